"""An order as a venue has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.orders.order import GOOD_TILL
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import OrdStatus

SYMBOL = "ACME"
OPEN = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.SUSPENDED})


@dataclass(slots=True)
class Held:
    """`trades` by ExecID(17), quantity and price; `said` all reports of it but answers; `untold` trades that the venue
    has not reported yet. `cl_ord_id` is the current one.
    """

    order: NewOrderSingle
    cl_ord_id: str
    qty: Decimal
    price: Decimal | None
    status: OrdStatus = OrdStatus.NEW
    trades: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    said: list[ExecutionReport] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def cum(self) -> Decimal:
        return sum((qty for qty, _ in self.trades.values()), ZERO)

    @property
    def leaves(self) -> Decimal:
        return max(self.qty - self.cum, ZERO) if self.status in OPEN or self.asleep else ZERO

    @property
    def asleep(self) -> bool:
        """Done for a day that it outlives."""
        return self.status is OrdStatus.DONE_FOR_DAY and self.order.time_in_force in GOOD_TILL

    @property
    def working(self) -> OrdStatus:
        """Of an order that is open or filled, by what has traded."""
        if self.cum >= self.qty:
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if self.cum else OrdStatus.NEW
