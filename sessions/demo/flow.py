"""The demo's orders, sent by an OMS and watched as they run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdType, Side, TimeInForce
from sessions.demo.config import SYMBOLS, VENUES
from sessions.demo.processes import START_PATIENCE, DemoError
from sessions.oms.client import Oms, Ticket

RATE = 50.0  # parents per second
REST = 1.5  # seconds that resting orders get before the OMS cancels them
END_PATIENCE = 20.0


@dataclass(slots=True)
class Tally:
    """What the OMS sees while the orders run."""

    fills: dict[str, int] = field(default_factory=dict)
    qty: dict[str, Decimal] = field(default_factory=dict)
    notional: dict[str, Decimal] = field(default_factory=dict)

    def heard(self, _: Ticket, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.TRADE:
            venue = report.last_mkt
            self.fills[venue] = self.fills.get(venue, 0) + 1
            self.qty[venue] = self.qty.get(venue, ZERO) + report.last_qty
            self.notional[venue] = self.notional.get(venue, ZERO) + report.last_qty * report.last_px

    def table(self) -> Table:
        table = Table("venue", "FIX", "fills", "quantity", "average price", box=None, pad_edge=False)
        for column in table.columns[2:]:
            column.justify = "right"
        for venue in VENUES:
            qty = self.qty.get(venue.mic, ZERO)
            price = f"{self.notional[venue.mic] / qty:.4f}" if qty else ""
            table.add_row(venue.name, venue.dialect, str(self.fills.get(venue.mic, 0)), f"{qty:f}", price)
        return table


def orders(seed: int, count: int) -> Iterator[NewOrderSingle]:
    """The demo's orders: buy and sell, market and limit, most of them larger than what one venue shows."""
    random = Random(seed)  # noqa: S311  a demonstration, not a secret
    for number in range(1, count + 1):
        symbol = random.choice(list(SYMBOLS))
        mid = SYMBOLS[symbol]
        side = random.choice((Side.BUY, Side.SELL))
        market = random.random() < 0.3
        reach = Decimal(random.randint(-3, 9)) / 100
        yield NewOrderSingle(
            cl_ord_id=f"DEMO-{number:04d}",
            symbol=symbol,
            side=side,
            order_qty=Decimal(random.randint(1, 50) * 100 if random.random() < 0.7 else random.randint(1, 900)),
            ord_type=OrdType.MARKET if market else OrdType.LIMIT,
            price=None if market else mid + side.sign * reach,
            time_in_force=random.choice((TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC)),
            transact_time=time.time_ns(),
        )


def trade(out: Console, oms: Oms, tally: Tally, seed: int, count: int) -> None:
    bar = Progress(TextColumn("parents final"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=out)
    task = bar.add_task("parents", total=count)
    _until(oms, lambda: oms.session.up, START_PATIENCE, "the engine did not let the OMS log on")
    with Live(Group(bar, tally.table()), console=out, refresh_per_second=10) as live:

        def refresh() -> None:
            bar.update(task, completed=len(oms.tickets) - len(oms.open))
            live.update(Group(bar, tally.table()))

        began = time.monotonic()
        for number, order in enumerate(orders(seed, count)):
            oms.send(order, time.time_ns())
            while time.monotonic() < began + number / RATE:
                _step(oms)
            if number % 10 == 0:
                refresh()
        rest = time.monotonic() + REST
        while oms.open and time.monotonic() < rest:
            _step(oms)
            refresh()
        for ticket in oms.open:
            oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
        deadline = time.monotonic() + END_PATIENCE
        while oms.open and time.monotonic() < deadline:
            _step(oms)
            refresh()
        refresh()


def _step(oms: Oms) -> None:
    if not oms.poll():
        time.sleep(0.002)


def _until(oms: Oms, reached: Callable[[], bool], patience: float, otherwise: str) -> None:
    deadline = time.monotonic() + patience
    while not reached():
        if time.monotonic() > deadline:
            raise DemoError(otherwise)
        _step(oms)
