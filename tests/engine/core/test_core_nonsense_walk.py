"""Random walks among venues that say anything at all, an OMS that asks for anything, and people who do not rest.

Nothing of it raises, or makes the OMS hear what cannot be; and another core that is given the same events, but for the
ticks that asked for nothing, does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core.actions import (
    Action,
    ChangeLimits,
    Enable,
    Kill,
    Outcome,
    Release,
    Scope,
    Settle,
    TakeBack,
    TakeOut,
)
from engine.core.commands import SendOrder
from engine.core.core import Core
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    Instructed,
    MassCanceled,
    MassCancelReceived,
    MassStatusRequested,
    MessageRefused,
    OmsDown,
    OrderReceived,
    ReplaceReceived,
    StatusRequested,
    Tick,
    TradeDenied,
    VenueDown,
    VenueUp,
)
from engine.core.placing import Rules
from engine.market.health import Watch
from engine.orders.order import Child
from engine.risk.limits import CustomerLimits, Limits, VenueLimits
from fix.business import (
    DontKnowTrade,
    ExecutionReport,
    MarketData,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecRestatementReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
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
    replace(venue("ALPHA"), mass_cancel=True),
    replace(venue("BETA", lot="10", minimum="20"), replaces=False),
    venue("GAMMA", lot="0.5", minimum="0.5", contract="3", weight="2"),
    venue("COIN", contract="250", inverse=True),
)
NAMES = [each.name for each in VENUES]
HUGE = "9" * 15 + ".9999999999"  # as many digits before the point as a dialect lets through
LIKELY = [ExecType.NEW, ExecType.TRADE, ExecType.TRADE, ExecType.CANCELED, ExecType.ORDER_STATUS, ExecType.REPLACED]
LIMITS = (
    Limits(),
    Limits(
        every=CustomerLimits(open_value=D(200_000), duplicate_window=SECOND, messages=30, repeats=3),
        venues={name: VenueLimits(messages=6, reserve=2, window=SECOND) for name in NAMES},
        default_credit=D(10**7),
    ),
)
WATCH = {
    "ALPHA": Watch(rejects=2, of=6, probe_after=5 * SECOND),
    "GAMMA": Watch(latency=SECOND, samples=3, window=6, stale=20 * SECOND),
}
# Some need a number the ledger of an OMS cannot follow: a split counts anew what has traded.
RESTATED_FOR = [
    None,
    *(each for each in ExecRestatementReason if each is not ExecRestatementReason.GT_CORPORATE_ACTION),
]
LASTING = [TimeInForce.GTC, TimeInForce.GTD]


class Walk:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        rules = Rules(cancel_on_disconnect=frozenset({"OMS"} if self.random.random() < 0.5 else ()))
        limits = self._one(LIMITS)
        self.core, self.twin = (Core(VENUES, rules, "T", limits, WATCH) for _ in range(2))
        self.ledger = Ledger()
        self.now = NOW
        self.sent: list[SendOrder] = []
        self.names = ["A0"]  # what the OMS called its orders and requests

    def _one(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def happens(self, event: Event) -> None:
        before = {id(child) for child in self._in_doubt()}
        commands = self.core.handle(event, self.now)
        if commands or not isinstance(event, Tick):
            assert self.twin.handle(event, self.now) == commands, "not the same twice"
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
        rare = [self._mass, self._oms, self._instruct, self._mass_answer, self._day]
        kinds: list[Callable[[], None]] = [self._order, self._cancel, self._session, self._book, self._time]
        kinds += [self._order, self._replace, self._replace, self._reject, self._refuse, self._bust, self._one(rare)]
        self._one(kinds + [self._report] * 12)()

    # -- the OMS -----------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        self.names.append(f"A{self.random.randint(1, 200)}")
        wanted = self._one([TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, *LASTING, *LASTING])
        order = NewOrderSingle(
            cl_ord_id=self.names[-1],
            symbol=self._one(["ACME"] * 19 + ["GLOBEX"]),
            side=self._one([Side.BUY, Side.BUY, Side.SELL, Side.SELL_SHORT] * 5 + [Side.CROSS]),
            order_qty=D(self._one(["100", "300", "77.5", "1000", "0.5"] * 4 + ["0", "-1", HUGE])),
            ord_type=self._one([OrdType.LIMIT, OrdType.LIMIT, OrdType.MARKET] * 5 + [OrdType.STOP]),
            price=self._one([D(100), D("99.5")] * 5 + [D(HUGE), None]),
            time_in_force=wanted,
            transact_time=self.now,
            expire_time=self.now + self._one([-SECOND, 9 * SECOND, 99 * SECOND]) if wanted is TimeInForce.GTD else 0,
        )
        known, resend = self.random.random() < 0.05, self.random.random() < 0.1
        self.happens(OrderReceived("OMS", order, known, resend))

    def _cancel(self) -> None:
        cl_ord_id, orig = f"C{self.random.randint(1, 99)}", self._one(self.names[-9:])
        self.names.append(cl_ord_id)
        known = self.random.random() < 0.05
        self.happens(CancelReceived("OMS", OrderCancelRequest(cl_ord_id, orig, "", Side.BUY, D(0), self.now), known))
        self.happens(StatusRequested("OMS", OrderStatusRequest(orig, "", Side.BUY)))

    def _replace(self) -> None:
        """Mostly of what it has as it last called it."""
        open_now = [parent.order for parent in self.core.orders.open()]
        order = self._one(open_now or [new_order()])
        orig = self._one([order.cl_ord_id] * 4 + self.names[-3:])
        self.names.append(f"R{self.random.randint(1, 400)}")
        wanted = self._one([order.time_in_force] * 4 + [TimeInForce.DAY, TimeInForce.IOC, TimeInForce.GTC])
        request = OrderCancelReplaceRequest(
            cl_ord_id=self.names[-1],
            orig_cl_ord_id=orig,
            symbol=order.symbol,
            side=order.side,
            order_qty=D(self._one(["100", "300", "77.5", "0.5", "400", "20", "0"])),
            ord_type=order.ord_type,
            price=order.price and D(self._one(["99", "99.5", "100", "100.005", "101"])),
            time_in_force=wanted,
            transact_time=self.now,
            expire_time=order.expire_time if wanted is TimeInForce.GTD else 0,
        )
        self.happens(ReplaceReceived("OMS", request, known=self.random.random() < 0.05))

    def _mass(self) -> None:
        what, side = self._one(list(MassCancelRequestType)), self._one([None, Side.BUY, Side.SELL])
        request = OrderMassCancelRequest(f"M{self.random.randint(1, 99)}", what, "ACME", side, self.now)
        self.happens(MassCancelReceived("OMS", request))
        asked = OrderMassStatusRequest("S", self._one(list(MassStatusReqType)), "ACME", side)
        self.happens(MassStatusRequested("OMS", asked))

    def _oms(self) -> None:
        self.happens(OmsDown("OMS"))
        order_id = self._one(["", "T-1", "T-9999"])
        self.happens(TradeDenied("OMS", DontKnowTrade(order_id, "E1", self._one(list(DKReason)), "ACME", Side.BUY)))

    def _instruct(self) -> None:
        scope, name = self._one(list(Scope)), self._one(["", "OMS", *NAMES])
        child = self._named()[1]
        actions: list[Action] = [Kill(scope, name), Enable("OMS"), ChangeLimits(self._one(LIMITS)), TakeOut(name)]
        actions += [Settle(child, self._one(list(Outcome)), self._number()) for _ in range(3)]
        self.happens(Instructed("ada", "why not", self._one(actions)))
        for over in (Release(Scope.ALL), Release(Scope.CUSTOMER, "OMS"), Release(Scope.STRATEGY), TakeBack(name)):
            if self.random.random() < 0.7:
                self.happens(Instructed("bob", "all is well", over))

    # -- the venues --------------------------------------------------------------------------------------------------

    def _named(self) -> tuple[str, str]:
        """A venue and a ClOrdID(11): usually of one of our last orders there."""
        if not self.sent or self.random.random() < 0.05:
            return self._one(NAMES), self._one(["", "T-1", "T-1-99", "-", "_", "T-1-1_x", "x" * 50])
        command = self._one(self.sent[-12:])
        name = command.venue if self.random.random() < 0.97 else self._one(NAMES)
        cl_ord_id = command.order.cl_ord_id
        return name, self._one([cl_ord_id, cl_ord_id, f"{cl_ord_id}_1", f"{cl_ord_id}_2"])

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
            price=self._one([None, D(100), D("99.5")]),
            restatement_reason=self._one(RESTATED_FOR),
            ord_rej_reason=self._one([None, *OrdRejReason]),
            text=self._one(["", "why not"]),
        )
        self.happens(Executed(name, report))

    def _bust(self) -> None:
        """A trade that was one is cancelled or corrected."""
        held = [(p, c) for p in self.core.orders.open() for c in p.children.values() if c.trades]
        if not held:
            return
        parent, child = self._one(held)
        kind, left = self._one([ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT]), self._one(["0", "20"])
        report = ExecutionReport(
            order_id="X1",
            cl_ord_id=child.cl_ord_id,
            exec_id=f"E{self.random.randint(1, 400)}",
            exec_type=kind,
            ord_status=OrdStatus.NEW,
            symbol=child.symbol,
            side=parent.order.side,
            order_qty=child.qty,
            cum_qty=self._number(),
            leaves_qty=D(left),
            avg_px=D(0),
            last_qty=self._number(),
            last_px=self._number(),
            exec_ref_id=self._one(list(child.trades)),
        )
        self.happens(Executed(child.venue, report))

    def _mass_answer(self) -> None:
        kind, why = self._one(list(MassCancelResponse)), self._one([None, *MassCancelRejectReason])
        report = OrderMassCancelReport("R", "T-Q1", MassCancelRequestType.CANCEL_ALL_ORDERS, kind, why)
        self.happens(MassCanceled(self._one(NAMES), report))

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

    def _day(self) -> None:
        self.now += self._one([8, 24, 48]) * 3600 * SECOND
        self.happens(Tick())


@settings(max_examples=40)
@given(st.integers(0, 2**32))
@example(57621)  # a change waits for its throttle while a tick asks for nothing
def test_no_venue_can_make_the_core_raise_or_tell_the_oms_what_cannot_be(seed: int) -> None:
    walk = Walk(seed)
    for name in NAMES:
        walk.happens(VenueUp(name))
    walk.happens(OrderReceived("OMS", new_order()))
    for _ in range(STEPS):
        walk.step()
    assert walk.ledger.accounts["T-1"].order.cl_ord_id == "A"
