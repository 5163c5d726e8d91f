"""The demo's orders, sent by an OMS and watched as they run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappop, heappush
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
CHANGE = 0.3  # of the orders that may rest, those that are amended, and as many again that are canceled
CHANGE_WITHIN = 0.05  # seconds
REST = 1.5  # seconds that resting orders get before the OMS cancels them
END_PATIENCE = 20.0
REFRESH = 0.1  # seconds between looks at the screen


@dataclass(frozen=True, slots=True)
class Change:
    """What the OMS wants of an order `after` so many seconds, if it still works; `qty` 0 cancels it."""

    after: float
    qty: Decimal
    price: Decimal


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


def changes(seed: int, orders: Iterable[NewOrderSingle]) -> dict[str, Change]:
    """By ClOrdID(11): some of the orders that may rest are amended in quantity and price, some canceled."""
    random = Random(f"changes of {seed}")  # noqa: S311  the same
    found = {}
    for order in orders:
        draw, after = random.random(), random.random() * CHANGE_WITHIN
        share, ticks = random.choice((50, 80, 100, 150)), random.randint(-3, 3)
        if order.price is not None and order.time_in_force is TimeInForce.DAY and draw < 2 * CHANGE:
            qty = max(order.order_qty * share // 100, Decimal(1)) if draw < CHANGE else ZERO
            found[order.cl_ord_id] = Change(after, qty, order.price + Decimal(ticks) / 100)
    return found


def trade(out: Console, oms: Oms, tally: Tally, seed: int, count: int, check: Callable[[], object]) -> None:
    """Sends the orders and shows how they run, until all are final or patience ends; `check` may raise at any time."""
    wanted = changes(seed, orders(seed, count))
    due: list[tuple[float, str]] = []  # when which of them is to be made

    def step() -> None:
        check()
        if not oms.poll():
            time.sleep(0.002)
        while due and due[0][0] <= time.monotonic():
            cl_ord_id = heappop(due)[1]
            _change(oms, cl_ord_id, wanted[cl_ord_id])

    _log_on(oms, step)
    with _screen(out, oms, tally, count) as refresh:

        def run_until(deadline: float, *, even_idle: bool = False) -> None:
            while time.monotonic() < deadline and (oms.open or oms.unanswered or even_idle):
                step()
                refresh()

        began = time.monotonic()
        for number, order in enumerate(orders(seed, count), start=1):
            oms.send(order, time.time_ns())
            if change := wanted.get(order.cl_ord_id):
                heappush(due, (time.monotonic() + change.after, order.cl_ord_id))
            run_until(began + number / RATE, even_idle=True)
        run_until(time.monotonic() + REST)
        for ticket in oms.open:
            oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
        run_until(time.monotonic() + END_PATIENCE)


def _change(oms: Oms, cl_ord_id: str, change: Change) -> None:
    """Unless the order is over, which the OMS knows a little late."""
    ticket, now = oms.tickets[cl_ord_id], time.time_ns()
    if ticket.done or ticket.refused:
        return
    if change.qty:
        oms.replace(cl_ord_id, f"{cl_ord_id}-R", change.qty, change.price, now)
    else:
        oms.cancel(cl_ord_id, f"{cl_ord_id}-X", now)


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
