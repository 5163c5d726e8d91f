"""A client's orders as a simulated venue keeps them: terms, what was done, and under which names they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush

from engine.orders.states import TERMINAL
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdStatus, Side, TimeInForce

GOOD_TILL = frozenset({TimeInForce.GTC, TimeInForce.GTD})
# Reports that state the terms of the order, which may not be those it came with
_WITH_TERMS = frozenset({ExecType.REPLACED, ExecType.RESTATED, ExecType.ORDER_STATUS})


@dataclass(slots=True)
class VenueOrder:
    """`order` holds the terms and the ClOrdID(11) of now, `came_as` the ClOrdID it was entered with."""

    order_id: str
    order: NewOrderSingle
    status: OrdStatus = OrdStatus.NEW
    cum: Decimal = ZERO
    notional: Decimal = ZERO
    came_as: str = ""
    orig_cl_ord_id: str = ""  # what the last replace replaced
    cum_before: Decimal = ZERO  # today
    notional_before: Decimal = ZERO

    @property
    def leaves(self) -> Decimal:
        return ZERO if self.status in TERMINAL else self.order.order_qty - self.cum

    def replaced(self, order: NewOrderSingle) -> None:
        """New terms under a new ClOrdID; less than was filled means what was filled (Appendix D, C.3.c)."""
        self.orig_cl_ord_id = self.order.cl_ord_id
        self.order = order._replace(order_qty=max(order.order_qty, self.cum))
        self._reckon()

    def filled(self, qty: Decimal, price: Decimal) -> None:
        self.cum += qty
        self.notional += qty * price
        self._reckon()

    def next_day(self) -> None:
        self.cum_before, self.notional_before = self.cum, self.notional

    def _reckon(self) -> None:
        open_as = OrdStatus.PARTIALLY_FILLED if self.cum else OrdStatus.NEW
        self.status = open_as if self.cum < self.order.order_qty else OrdStatus.FILLED

    def report(self, exec_id: str, exec_type: ExecType, now: int) -> ExecutionReport:
        order, terms = self.order, exec_type in _WITH_TERMS
        report = ExecutionReport(
            order_id=self.order_id,
            cl_ord_id=order.cl_ord_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=self.status,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            cum_qty=self.cum,
            leaves_qty=self.leaves,
            avg_px=_average(self.notional, self.cum),
            transact_time=now,
            ord_type=order.ord_type if terms else None,
            price=order.price if terms else None,
            time_in_force=order.time_in_force if terms else None,
            expire_time=order.expire_time if terms else 0,
        )
        return self._of_today(report) if order.time_in_force in GOOD_TILL else report

    def _of_today(self, report: ExecutionReport) -> ExecutionReport:
        """FIX 4.4: DayOrderQty(424) is OrderQty(38) less what was filled on earlier days."""
        today = self.cum - self.cum_before
        return report._replace(
            day_order_qty=self.order.order_qty - self.cum_before,
            day_cum_qty=today,
            day_avg_px=_average(self.notional - self.notional_before, today),
        )


class VenueOrders:
    """Look-up by what messages and books carry."""

    def __init__(self) -> None:
        self._named: dict[str, VenueOrder] = {}  # by every ClOrdID(11) it has or had
        self._held: dict[str, VenueOrder] = {}
        self._used: set[str] = set()
        self._ends: list[tuple[int, str]] = []  # when GTD orders expire, the first one first

    def add(self, held: VenueOrder) -> None:
        held.came_as = held.order.cl_ord_id
        self._held[held.order_id] = held
        self._name(held)

    def replace(self, held: VenueOrder, order: NewOrderSingle) -> None:
        held.replaced(order)
        self._name(held)

    def _name(self, held: VenueOrder) -> None:
        order = held.order
        self._named[order.cl_ord_id] = held
        self.use(order.cl_ord_id)
        if order.time_in_force is TimeInForce.GTD:
            heappush(self._ends, (order.expire_time, held.order_id))

    def use(self, cl_ord_id: str) -> None:
        """A request came under this name, whatever becomes of it."""
        self._used.add(cl_ord_id)

    def used(self, cl_ord_id: str) -> bool:
        return cl_ord_id in self._used

    def by_cl_ord_id(self, cl_ord_id: str) -> VenueOrder | None:
        """Also by one that was replaced since; then it is not the order's own."""
        return self._named.get(cl_ord_id)

    def by_id(self, order_id: str) -> VenueOrder | None:
        return self._held.get(order_id)

    def working(self, symbol: str = "", side: Side | None = None) -> list[VenueOrder]:
        """Those of which something is open, oldest first; of one symbol, one side, where that is asked."""
        return [
            held
            for held in self._held.values()
            if held.leaves and symbol in ("", held.order.symbol) and side in (None, held.order.side)
        ]

    def expired(self, now: int) -> Iterator[VenueOrder]:
        """GTD orders that end by now."""
        while self._ends and self._ends[0][0] <= now:
            held = self._held[heappop(self._ends)[1]]
            if held.leaves and held.order.time_in_force is TimeInForce.GTD and held.order.expire_time <= now:
                yield held


def _average(notional: Decimal, qty: Decimal) -> Decimal:
    return round(notional / qty, 8) if qty else ZERO
