"""The demo's orders, sent by an OMS and watched as they run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
REFRESH = 0.1  # seconds between looks at the screen


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
    """The demo's orders: buy and sell, market and limit; four of five are larger than what any one venue shows."""
    random = Random(seed)  # noqa: S311  a demonstration, not a secret
    shown = max(venue.size * venue.levels for venue in VENUES)
    for number in range(1, count + 1):
        symbol = random.choice(list(SYMBOLS))
        mid = SYMBOLS[symbol]
        side = random.choice((Side.BUY, Side.SELL))
        market = random.random() < 0.3
        reach = Decimal(random.randint(-3, 9)) / 100
        large = random.random() < 0.8
        yield NewOrderSingle(
            cl_ord_id=f"DEMO-{number:04d}",
            symbol=symbol,
            side=side,
            order_qty=Decimal(shown + random.randint(1, 40) * 100 if large else random.randint(1, 900)),
            ord_type=OrdType.MARKET if market else OrdType.LIMIT,
            price=None if market else mid + side.sign * reach,
            time_in_force=random.choice((TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC)),
            transact_time=time.time_ns(),
        )


def trade(out: Console, oms: Oms, tally: Tally, seed: int, count: int, check: Callable[[], object]) -> None:
    """Sends the orders and shows how they run, until all are final or patience ends; `check` may raise at any time."""

    def step() -> None:
        check()
        if not oms.poll():
            time.sleep(0.002)

    _log_on(oms, step)
    with _screen(out, oms, tally, count) as refresh:

        def run_until(deadline: float, *, even_idle: bool = False) -> None:
            while time.monotonic() < deadline and (oms.open or even_idle):
                step()
                refresh()

        began = time.monotonic()
        for number, order in enumerate(orders(seed, count), start=1):
            oms.send(order, time.time_ns())
            run_until(began + number / RATE, even_idle=True)
        run_until(time.monotonic() + REST)
        for ticket in oms.open:
            oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
        run_until(time.monotonic() + END_PATIENCE)


@contextmanager
def _screen(out: Console, oms: Oms, tally: Tally, count: int) -> Iterator[Callable[[], None]]:
    """A bar and a table that stay current while orders run, and make room for the summary afterwards."""
    bar = Progress(TextColumn("parents final"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=out)
    task = bar.add_task("parents", total=count)
    shown = 0.0
    with Live(Group(bar, tally.table()), console=out, auto_refresh=False, transient=True) as live:

        def refresh() -> None:
            nonlocal shown
            if time.monotonic() - shown >= REFRESH:
                shown = time.monotonic()
                bar.update(task, completed=len(oms.tickets) - len(oms.open))
                live.update(Group(bar, tally.table()), refresh=True)

        yield refresh


def _log_on(oms: Oms, step: Callable[[], None]) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while not oms.session.up:
        if time.monotonic() > deadline:
            raise DemoError(f"the engine did not let the OMS log on{f': {oms.goodbye}' if oms.goodbye else ''}")
        step()
