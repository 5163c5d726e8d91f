"""A parent and its children: quantities, reassembly, and nothing that decides.

Units: a parent counts in its own unit; a child in its venue's. `Child.unit` says how many parent units one venue unit
is (1 for shares, the contract multiplier for futures), frozen when the child is made, so that sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from engine.orders.states import CHANGING, DAY_ENDS, ENDS, TERMINAL, Event, Request, Step, advance, ord_status, step
from fix.business import ZERO, NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import ExecRestatementReason, OrdRejReason, OrdStatus, OrdType, TimeInForce

ONE = Decimal(1)
AVG_PX_PLACES = Decimal("0.00000001")
REFUSED = -1  # in Parent.avoid: this venue will not be asked again for this parent
GOOD_TILL = frozenset({TimeInForce.GTC, TimeInForce.GTD})  # these outlive the day
Change = OrderCancelRequest | OrderCancelReplaceRequest


@dataclass(slots=True)
class Fill:
    """A trade as it stands now. `qty` in venue units; `told`: the ExecID(17) the OMS knows it by; `dust`: what of its
    child's it counts for, in parent units; `earlier`: it is of a trading day before.
    """

    qty: Decimal
    px: Decimal
    told: str = ""
    dust: Decimal = ZERO
    earlier: bool = False


class Closing(NamedTuple):
    """Why the engine itself ends an order, and as what: CANCELED or EXPIRED."""

    reason: str
    event: Event


class Terms(NamedTuple):
    """What a replace may change of a child. `qty` in total, in venue units."""

    qty: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    expire_time: int


@dataclass(slots=True)
class Child:
    """One order at one venue. `qty`, `cum` in venue units; `price` as sent, None for a market order."""

    cl_ord_id: str
    venue: str
    symbol: str
    qty: Decimal
    unit: Decimal
    ord_type: OrdType
    price: Decimal | None
    time_in_force: TimeInForce
    sent_at: int
    state: OrdStatus = OrdStatus.PENDING_NEW
    request: Request = Request.NEW
    cum: Decimal = ZERO
    notional: Decimal = ZERO  # Σ quantity x price, parent units
    claimed: Decimal | None = None  # CumQty of a status answer or an end that is ahead of the fills we have seen
    venue_order_id: str = ""
    dust: Decimal = ZERO  # parent units, below every lot around; counts with the last of `qty`
    expire_time: int = 0
    changes: int = 0  # cancels and replaces sent, for their ClOrdIDs
    named: str = ""  # ClOrdID(11) of the last accepted replace: what the venue calls it now
    asked: Terms | None = None  # of the replace that is outstanding, or whose answer may have been lost
    denied: bool = False  # the venue, asked for it while in doubt, knows none of the name it had before that replace
    splits: int = 0  # corporate actions that are counted in its terms
    kept: int = 0  # how often the venue refused to change it since we last had reason to ask
    exec_ids: set[str] = field(default_factory=set)
    trades: dict[str, Fill] = field(default_factory=dict)  # by ExecID(17), the corrected one's too

    @property
    def live(self) -> bool:
        state = self.state
        return state not in ENDS or (state in DAY_ENDS and self.time_in_force in GOOD_TILL)

    @property
    def leaves(self) -> Decimal:
        """Venue units that may still trade."""
        return self.qty - self.cum if self.live else ZERO

    @property
    def exposure(self) -> Decimal:
        """Parent units that may still trade, or have traded at an end whose fills we have not seen."""
        if self.live:
            qty = self.qty if self.asked is None else max(self.qty, self.asked.qty)
            return (qty - self.cum) * self.unit + self.dust
        if self.claimed is None:
            return ZERO
        return max(self.credit(min(self.claimed, self.qty)) - self.credit(self.cum), ZERO)

    def credit(self, qty: Decimal) -> Decimal:
        """Parent units that so many traded venue units count for."""
        return trimmed(qty * self.unit + (self.dust if qty >= self.qty else ZERO))

    @property
    def in_doubt(self) -> bool:
        return self.request is Request.IN_DOUBT

    @property
    def name(self) -> str:
        """ClOrdID(11) under which the venue has it."""
        return self.named or self.cl_ord_id

    @property
    def request_id(self) -> str:
        """ClOrdID(11) of our last request to change it."""
        return f"{self.cl_ord_id}_{self.changes}"

    @property
    def terms(self) -> Terms:
        return Terms(self.qty, self.price, self.time_in_force, self.expire_time)

    @property
    def ord_status(self) -> OrdStatus:
        return ord_status(self.state, self.request, self.cum)

    def apply(self, event: Event) -> None:
        """Moves by the table; TransitionError leaves everything as it was.

        What is asked of a filled order is still to be answered (Appendix D, B.1.c).
        """
        self.state = advance(self.state, event)
        if self.live:
            return
        if self.state is not OrdStatus.FILLED or self.request not in CHANGING:
            self.note(Step.ENDED)
            self.asked = None

    def note(self, what: Step) -> None:
        self.request = step(self.request, what)

    def unchanged(self) -> None:
        """What was asked of it is refused: what it waited for before, it waits for again."""
        self.note(Step.ANSWERED_CHANGE)
        if self.request is Request.NONE and self.state is OrdStatus.PENDING_NEW:
            self.request = Request.NEW

    def take(self, terms: Terms) -> None:
        """The venue has them in force."""
        self.requantify(terms.qty)
        _, self.price, self.time_in_force, self.expire_time = terms
        self.asked = None

    def requantify(self, qty: Decimal) -> None:
        """Dust counts with the last of what was sent: of another quantity there is none, and the parent may send it."""
        if qty != self.qty and self.cum < self.qty:
            self.dust = ZERO
        self.qty = qty

    def sums(self, *, earlier: bool = False) -> tuple[Decimal, Decimal]:
        """(quantity in parent units, Σ quantity x price) of its trades, or of those of days before alone."""
        fills = {id(fill): fill for fill in self.trades.values() if fill.earlier or not earlier}.values()
        credited = [(fill.qty * self.unit + fill.dust, fill.px) for fill in fills]
        return trimmed(sum([qty for qty, _ in credited], ZERO)), sum([qty * px for qty, px in credited], ZERO)

    def sweep_dust(self, fill: Fill) -> None:
        """One trade counts for the dust while all has traded: `fill`, should none do or should none be left of that."""
        for each in self.trades.values():
            if self.cum < self.qty or not each.qty:
                each.dust = ZERO
        if self.dust and self.cum >= self.qty and not any(each.dust for each in self.trades.values()):
            carrier = fill if fill.qty else next(each for each in self.trades.values() if each.qty)
            carrier.dust = self.dust


@dataclass(slots=True)
class Parent:
    """The OMS's order and what became of it. `order` holds the terms in force and the ClOrdID(11) last accepted."""

    order_id: str
    session: str
    order: NewOrderSingle
    received_at: int
    state: OrdStatus = OrdStatus.PENDING_NEW
    cum: Decimal = ZERO
    notional: Decimal = ZERO  # Σ quantity x price, parent units
    children: dict[str, Child] = field(default_factory=dict)
    requests: list[Change] = field(default_factory=list)  # cancels and replaces not yet answered, oldest first
    changed: bool = False  # a child has taken a change that the oldest request asks for
    ended: bool = False  # it was over before a late fill filled it
    astray: bool = False  # a child may have terms that nobody asks for any more
    closing: Closing | None = None
    ends_as: Event = Event.CANCELED  # as its last children did, and their ExecRestatementReason(378)
    ends_why: ExecRestatementReason | None = None
    names: list[str] = field(default_factory=list)  # every ClOrdID(11) it or a request about it had before
    reports: int = 0  # ExecutionReports made, for their ExecIDs
    attempts: int = 0  # rounds of routing
    avoid: dict[str, int] = field(default_factory=dict)  # venue → when it gave quantity back, or REFUSED
    arrival_mid: Decimal | None = None  # midpoint of the consolidated book when it came
    splits: int = 0  # corporate actions that are counted in its terms
    refusal: tuple[OrdRejReason, str] | None = None  # the last venue's, should none take the order
    day_start: int = 0  # ns; what traded before was on a day before
    cum_before: Decimal = ZERO  # of `cum` and `notional`, what was traded on days before
    notional_before: Decimal = ZERO
    plan: dict[str, object] | None = None  # where and when it goes, should it ask for anything of its own

    def __post_init__(self) -> None:
        self.day_start = self.day_start or self.received_at

    @property
    def done(self) -> bool:
        state = self.state
        return state in ENDS and (state in TERMINAL or self.order.time_in_force not in GOOD_TILL)

    @property
    def announced(self) -> bool:
        """Whether the OMS has been told New."""
        return self.state is not OrdStatus.PENDING_NEW

    @property
    def cancel(self) -> OrderCancelRequest | None:
        """The pending one; what came before it is moot."""
        return next((each for each in self.requests if isinstance(each, OrderCancelRequest)), None)

    @property
    def pending(self) -> Request:
        if not self.requests:
            return Request.NONE
        return Request.CANCEL if self.cancel is not None else Request.REPLACE

    @property
    def ord_status(self) -> OrdStatus:
        return ord_status(self.state, self.pending, self.cum)

    @property
    def leaves(self) -> Decimal:
        return ZERO if self.done else max(self.order.order_qty - self.cum, ZERO)

    @property
    def live(self) -> list[Child]:
        """Children that may still trade, those in doubt included."""
        return [child for child in self.children.values() if child.live]

    @property
    def working(self) -> Decimal:
        """Parent units at venues that may still trade or have, unseen; those in doubt included (law 5)."""
        return sum([child.exposure for child in self.children.values()], ZERO)

    @property
    def unrouted(self) -> Decimal:
        """What may still be sent. Never negative unless a venue overfilled."""
        return self.order.order_qty - self.cum - self.working

    @property
    def avg_px(self) -> Decimal:
        """Σ quantity x price / Σ quantity over all venues, eight decimals; 0 while nothing has traded."""
        return average(self.notional, self.cum)

    @property
    def day_cum(self) -> Decimal:
        """DayCumQty(425)."""
        return self.cum - self.cum_before

    @property
    def day_order_qty(self) -> Decimal:
        """DayOrderQty(424): OrderQty less what traded on days before (FIX 4.4 Volume 4, "GT orders")."""
        return self.order.order_qty - self.cum_before

    @property
    def day_avg_px(self) -> Decimal:
        """DayAvgPx(426)."""
        return average(self.notional - self.notional_before, self.day_cum)

    def book(self, child: Child, exec_id: str, fill: Fill) -> Decimal:
        """Adds a fill to child and parent; gives its quantity back in parent units."""
        before, child.cum = child.cum, child.cum + fill.qty
        credited = fill.qty if child.unit == ONE else trimmed(fill.qty * child.unit)
        if child.dust and before < child.qty <= child.cum:
            fill.dust = child.dust
            credited += child.dust
        self.cum += credited
        self.notional += credited * fill.px
        child.notional += credited * fill.px
        child.trades[exec_id] = fill
        return credited

    def amend(self, child: Child, fill: Fill, qty: Decimal, px: Decimal) -> None:
        """A fill of `child` was in truth one of `qty` venue units at `px`; 0 where there was none.

        What changes of an earlier day's trade changes nothing of this day's quantities (Appendix D, J.1.c).
        """
        before, earlier_before = child.sums(), child.sums(earlier=True)
        child.cum += qty - fill.qty
        if child.claimed is not None:
            child.claimed += qty - fill.qty
        fill.qty, fill.px = qty, px
        child.sweep_dust(fill)
        after, earlier_after = child.sums(), child.sums(earlier=True)
        self.cum += after[0] - before[0]
        self.notional += after[1] - before[1]
        child.notional += after[1] - before[1]
        self.cum_before += earlier_after[0] - earlier_before[0]
        self.notional_before += earlier_after[1] - earlier_before[1]

    def follow(self, *, traded: bool) -> None:
        """Filled, or filled no more, as its trades stand now; `traded`: by a new one.

        What venues would not change before may have to go now.
        """
        if self.cum >= self.order.order_qty:
            if self.state is not OrdStatus.FILLED:
                self.ended = self.done
                self.apply(Event.FILL)
                for child in self.children.values():
                    child.kept = 0
        elif self.state is OrdStatus.FILLED:
            self.apply(Event.UNFILLED if self.ended else Event.REOPENED)
        elif traded:
            self.apply(Event.TRADE)

    def begin_day(self, start: int) -> None:
        """A trading day begins at `start` (ns): what traded until now is of days before."""
        self.day_start, self.cum_before, self.notional_before = start, self.cum, self.notional
        for child in self.children.values():
            for fill in child.trades.values():
                fill.earlier = True

    def replace(self, request: OrderCancelReplaceRequest, qty: Decimal) -> None:
        """The terms that `request` asks for are in force, with `qty` in total; routing begins anew."""
        self.requests.remove(request)
        self.names.append(self.order.cl_ord_id)
        self.order = self.order._replace(
            cl_ord_id=request.cl_ord_id,
            order_qty=qty,
            price=request.price,
            time_in_force=request.time_in_force,
            expire_time=request.expire_time,
            transact_time=request.transact_time,
        )
        if self.state is OrdStatus.FILLED:
            if qty > self.cum:
                self.apply(Event.REOPENED)
        else:
            self.apply(Event.REPLACED)
            if self.cum >= qty:
                self.apply(Event.FILL)
        self.settle_request()
        self.attempts = 0
        self.avoid.clear()

    def last_accepted(self, request: Change) -> str:
        """OrigClOrdID(41) of an answer to `request`: ClOrdID(11) the order had before."""
        return self.order.cl_ord_id if self.order.cl_ord_id != request.cl_ord_id else self.names[-1]

    def canceled(self, request: OrderCancelRequest) -> None:
        """It ended by this request, and is spoken of by its ClOrdID(11) from now on (Appendix D, J.1.b)."""
        self.requests.remove(request)
        self.names.append(self.order.cl_ord_id)
        self.order = self.order._replace(cl_ord_id=request.cl_ord_id)
        self.settle_request()

    def answered(self, request: Change) -> None:
        """A request that is refused."""
        self.requests.remove(request)
        self.names.append(request.cl_ord_id)
        self.settle_request()

    def settle_request(self) -> None:
        self.changed = False
        for child in self.children.values():
            child.kept = 0

    def apply(self, event: Event) -> None:
        """Moves by the table; TransitionError leaves everything as it was."""
        self.state = advance(self.state, event)

    def next_exec_id(self) -> str:
        self.reports += 1
        return f"{self.order_id}-E{self.reports}"


def average(notional: Decimal, qty: Decimal) -> Decimal:
    """Eight decimals; 0 of nothing."""
    return trimmed((notional / qty).quantize(AVG_PX_PLACES)) if qty else ZERO


def trimmed(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 100.50000000 → 100.5, 1E+2 → 100."""
    if value == value.to_integral_value():
        return value.quantize(ONE)
    return value.normalize()
