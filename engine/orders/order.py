"""A parent and its children: quantities, reassembly, and nothing that decides.

Units: a parent counts in its own unit; a child in its venue's. `Child.unit` says how many parent units one venue unit
is (1 for shares, the contract multiplier for futures), frozen when the child is made, so that sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.orders.states import TERMINAL, Event, Request, Step, advance, ord_status, step
from fix.business import ZERO, NewOrderSingle, OrderCancelRequest
from fix.enums import OrdRejReason, OrdStatus, OrdType, TimeInForce

ONE = Decimal(1)
AVG_PX_PLACES = Decimal("0.00000001")


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
    fills: int = 0
    claimed: Decimal | None = None  # CumQty of a status answer or an end that is ahead of the fills we have seen
    venue_order_id: str = ""
    dust: Decimal = ZERO  # parent units, below every lot around; counts with the last of `qty`
    changes: int = 0  # cancels and replaces sent, for their ClOrdIDs
    exec_ids: set[str] = field(default_factory=set)

    @property
    def live(self) -> bool:
        return self.state not in TERMINAL

    @property
    def leaves(self) -> Decimal:
        """Venue units that may still trade."""
        return ZERO if self.state in TERMINAL else self.qty - self.cum

    @property
    def exposure(self) -> Decimal:
        """Parent units that may still trade, or have traded at an end whose fills we have not seen."""
        if self.state not in TERMINAL:
            return (self.qty - self.cum) * self.unit + self.dust
        if self.claimed is None:
            return ZERO
        return max(self.credit(min(self.claimed, self.qty)) - self.credit(self.cum), ZERO)

    def credit(self, qty: Decimal) -> Decimal:
        """Parent units that so many traded venue units count for."""
        return trimmed(qty * self.unit + (self.dust if qty >= self.qty else ZERO))

    @property
    def in_doubt(self) -> bool:
        return self.request is Request.IN_DOUBT

    def apply(self, event: Event) -> None:
        """Moves by the table; TransitionError leaves everything as it was."""
        self.state = advance(self.state, event)
        if self.state in TERMINAL:
            self.request = Request.NONE

    def note(self, what: Step) -> None:
        self.request = step(self.request, what)


@dataclass(slots=True)
class Parent:
    """The OMS's order and what became of it."""

    order_id: str
    session: str
    order: NewOrderSingle
    received_at: int
    state: OrdStatus = OrdStatus.PENDING_NEW
    cum: Decimal = ZERO
    notional: Decimal = ZERO  # Σ quantity x price, parent units
    children: dict[str, Child] = field(default_factory=dict)
    cancel: OrderCancelRequest | None = None
    reports: int = 0  # ExecutionReports made, for their ExecIDs
    attempts: int = 0  # rounds of routing
    avoid: dict[str, int] = field(default_factory=dict)  # venue → when it gave quantity back; -1: it refused the order
    arrival_mid: Decimal | None = None  # midpoint of the consolidated book when it came
    refusal: tuple[OrdRejReason, str] | None = None  # the last venue's, should none take the order

    @property
    def done(self) -> bool:
        return self.state in TERMINAL

    @property
    def announced(self) -> bool:
        """Whether the OMS has been told New."""
        return self.state is not OrdStatus.PENDING_NEW

    @property
    def ord_status(self) -> OrdStatus:
        pending = Request.CANCEL if self.cancel is not None else Request.NONE
        return ord_status(self.state, pending, self.cum)

    @property
    def leaves(self) -> Decimal:
        return ZERO if self.done else max(self.order.order_qty - self.cum, ZERO)

    @property
    def live(self) -> list[Child]:
        """Children that may still trade, those in doubt included."""
        return [child for child in self.children.values() if child.state not in TERMINAL]

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
        if not self.cum:
            return ZERO
        average = (self.notional / self.cum).quantize(AVG_PX_PLACES)
        return trimmed(average)

    def book(self, child: Child, qty: Decimal, price: Decimal) -> Decimal:
        """Adds a fill of `qty` venue units to child and parent; gives it back in parent units."""
        before, child.cum = child.cum, child.cum + qty
        credited = qty if child.unit == ONE else trimmed(qty * child.unit)
        if child.dust and before < child.qty <= child.cum:
            credited += child.dust
        self.cum += credited
        self.notional += credited * price
        child.notional += credited * price
        child.fills += 1
        return credited

    def apply(self, event: Event) -> None:
        """Moves by the table; TransitionError leaves everything as it was."""
        self.state = advance(self.state, event)

    def next_exec_id(self) -> str:
        self.reports += 1
        return f"{self.order_id}-E{self.reports}"


def trimmed(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 100.50000000 → 100.5, 1E+2 → 100."""
    if value == value.to_integral_value():
        return value.quantize(ONE)
    return value.normalize()
