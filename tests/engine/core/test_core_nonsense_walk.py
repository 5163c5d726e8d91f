"""Random walks among venues that say anything at all: nothing they say raises, or makes the OMS hear what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.commands import SendOrder
from engine.core.core import Core
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    MessageRefused,
    OrderReceived,
    StatusRequested,
    Tick,
    VenueDown,
    VenueUp,
)
from engine.core.placing import Rules
from engine.orders.order import Child
from fix.business import (
    ExecutionReport,
    MarketData,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MDEntryType,
    MDUpdateAction,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from tests.engine.core.ledger import Ledger
from tests.engine.core.script import SECOND
from tests.engine.orders.making import NOW, new_order
from tests.engine.routing.making import venue

T = TypeVar("T")
D = Decimal
STEPS = 250
VENUES = (
    venue("ALPHA"),
    venue("BETA", lot="10", minimum="20"),
    venue("GAMMA", lot="0.5", minimum="0.5", contract="3", weight="2"),
    venue("COIN", contract="250", inverse=True),
)
NAMES = [each.name for each in VENUES]
HUGE = "9" * 15 + ".9999999999"  # as many digits before the point as a dialect lets through
LIKELY = [ExecType.NEW, ExecType.TRADE, ExecType.TRADE, ExecType.CANCELED, ExecType.ORDER_STATUS]


class Walk:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.core = Core(VENUES, Rules(), "T")
        self.ledger = Ledger()
        self.now = NOW
        self.sent: list[SendOrder] = []

    def _one(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def happens(self, event: Event) -> None:
        before = {id(child) for child in self._in_doubt()}
        commands = self.core.handle(event, self.now)
        self.ledger.hear(commands, event.order if isinstance(event, OrderReceived) else None)
        sends = [command for command in commands if isinstance(command, SendOrder)]
        self.sent += sends
        for order_id in {command.order_id for command in sends}:
            self._never_more_than_asked(order_id)
        if isinstance(event, VenueDown):
            assert not sends, "what is in doubt was routed again"
            assert before <= {id(child) for child in self._in_doubt()}

    def _in_doubt(self) -> list[Child]:
        return [child for parent in self.core.orders.open() for child in parent.children.values() if child.in_doubt]

    def _never_more_than_asked(self, order_id: str) -> None:
        """Law 4 at every order sent, in doubt or not: only a venue that trades more than it was asked can break it."""
        parent = self.core.orders.by_id(order_id)
        assert parent is not None
        committed = Fraction(0)
        for child in parent.children.values():
            committed += Fraction(child.cum + child.leaves) * Fraction(child.unit)
        assert committed <= Fraction(parent.order.order_qty), "law 4"

    def step(self) -> None:
        kind = self._one(
            [self._order, self._order, self._cancel, self._session, self._book, self._time, self._reject, self._refuse]
            + [self._report] * 9
        )
        kind()

    # -- the OMS -----------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        order = NewOrderSingle(
            cl_ord_id=f"A{self.random.randint(1, 200)}",
            symbol=self._one(["ACME"] * 19 + ["GLOBEX"]),
            side=self._one([Side.BUY, Side.BUY, Side.SELL, Side.SELL_SHORT] * 5 + [Side.CROSS]),
            order_qty=D(self._one(["100", "300", "77.5", "1000", "0.5"] * 4 + ["0", "-1", HUGE])),
            ord_type=self._one([OrdType.LIMIT, OrdType.LIMIT, OrdType.MARKET] * 5 + [OrdType.STOP]),
            price=self._one([D(100), D("99.5")] * 5 + [D(HUGE), None]),
            time_in_force=self._one([TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK] * 5 + [TimeInForce.GTC]),
            transact_time=self.now,
        )
        self.happens(OrderReceived("OMS", order, known=self.random.random() < 0.05))

    def _cancel(self) -> None:
        taken_on = [account.order.cl_ord_id for account in self.ledger.accounts.values()]
        cl_ord_id, orig = f"C{self.random.randint(1, 99)}", self._one([*taken_on[-6:], "A0"])
        known = self.random.random() < 0.05
        self.happens(CancelReceived("OMS", OrderCancelRequest(cl_ord_id, orig, "", Side.BUY, D(0), self.now), known))
        self.happens(StatusRequested("OMS", OrderStatusRequest(orig, "", Side.BUY)))

    # -- the venues --------------------------------------------------------------------------------------------------

    def _named(self) -> tuple[str, str]:
        """A venue and a ClOrdID(11): usually of one of our last orders there."""
        if not self.sent or self.random.random() < 0.05:
            return self._one(NAMES), self._one(["", "T-1", "T-1-99", "-", "_", "T-1-1_x", "x" * 50])
        command = self._one(self.sent[-12:])
        name = command.venue if self.random.random() < 0.97 else self._one(NAMES)
        return name, self._one([command.order.cl_ord_id, command.order.cl_ord_id, f"{command.order.cl_ord_id}_1"])

    def _report(self) -> None:
        name, cl_ord_id = self._named()
        order = new_order()
        report = ExecutionReport(
            order_id=self._one(["", "X1", "X2"]),
            cl_ord_id=cl_ord_id,
            exec_id=f"E{self.random.randint(1, 400)}",
            exec_type=self._one(LIKELY + list(ExecType)),
            ord_status=self._one(list(OrdStatus)),
            symbol=order.symbol,
            side=order.side,
            order_qty=D(100),
            cum_qty=self._number(),
            leaves_qty=self._number(),
            avg_px=self._number(),
            last_qty=self._number(),
            last_px=self._number(),
            exec_ref_id=self._one(["", "E1"]),
            ord_rej_reason=self._one([None, *OrdRejReason]),
            text=self._one(["", "why not"]),
        )
        self.happens(Executed(name, report))

    def _number(self) -> Decimal:
        if self.random.random() < 0.9:
            return D(self._one(["0", "1", "10", "20", "33.3", "50", "100"]))
        return D(self._one([HUGE, f"-{HUGE}", "-1", "0.000000000000000000000000000001", "0.00"]))

    def _reject(self) -> None:
        name, cl_ord_id = self._named()
        reject = OrderCancelReject(
            order_id="",
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=self._one(["", cl_ord_id]),
            ord_status=self._one(list(OrdStatus)),
            response_to=self._one(list(CxlRejResponseTo)),
            reason=self._one([None, *CxlRejReason]),
        )
        self.happens(CancelRejected(name, reject))

    def _refuse(self) -> None:
        name, cl_ord_id = self._named()
        self.happens(MessageRefused(name, self._one(list(MsgType)), cl_ord_id, "cannot read it"))

    def _session(self) -> None:
        name = self._one(NAMES)
        self.happens(VenueUp(name) if self.random.random() < 0.6 else VenueDown(name))

    def _book(self) -> None:
        name = self._one(NAMES)
        symbol = self._one([f"ACME.{name}"] * 4 + ["NOBODY"])
        entries = [
            MDEntry(
                entry_type=self._one([MDEntryType.BID, MDEntryType.OFFER]),
                price=D(self._one(["98", "99.5", "100", "101", "0", "-1", HUGE, "0.000000001"])),
                size=D(self._one(["1", "40", "300", "0", "-1", HUGE, "0.000000001"])),
                action=self._one(list(MDUpdateAction)),
                symbol=symbol,
            )
            for _ in range(self.random.randint(0, 4))
        ]
        data = MarketData(snapshot=self.random.random() < 0.3, symbol=symbol, entries=tuple(entries))
        self.happens(BookChanged(name, data))

    def _time(self) -> None:
        self.now += self.random.randint(-SECOND, 6 * SECOND)
        self.happens(Tick())


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_no_venue_can_make_the_core_raise_or_tell_the_oms_what_cannot_be(seed: int) -> None:
    walk = Walk(seed)
    for name in NAMES:
        walk.happens(VenueUp(name))
    walk.happens(OrderReceived("OMS", new_order()))
    for _ in range(STEPS):
        walk.step()
    assert walk.ledger.accounts["T-1"].order.cl_ord_id == "A"
