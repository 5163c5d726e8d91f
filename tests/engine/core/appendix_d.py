"""What both runs of Appendix D need: a desk with one venue, whose OMS sends the client's lines of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.core.commands import Command, SendCancel, SendReplace
from engine.core.events import CancelReceived, OrderReceived, ReplaceReceived, StatusRequested, Tick
from engine.core.placing import Rules
from engine.orders.order import Parent
from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderStatusRequest
from fix.enums import CxlRejResponseTo, MsgType, OrdType
from spec.appendix_d import CASES, Case, Heard, Refused, Sent, Step
from tests.engine.core.script import SECOND, Desk
from tests.engine.orders.making import NOW, D, new_order
from tests.engine.routing.making import venue

VENUE = "VENUE"
LIMIT, TRADED_AT = D("130"), D("50")
OTHER_LIMITS = {"Y": D("129"), "Z": D("128")}
DAY = 86_400 * SECOND
RESPONSE_TO = {
    SendCancel: CxlRejResponseTo.ORDER_CANCEL_REQUEST,
    SendReplace: CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST,
}
PATHS = {name: (case, steps) for case in CASES for name, steps in case.paths().items()}


def in_brokers_order(steps: Iterable[Step]) -> Iterator[Step]:
    """The lines as the broker sees them: what a client's message crosses on its way comes before it."""
    held: list[tuple[Sent, int]] = []
    for step in steps:
        if isinstance(step, Sent) and step.crosses:
            held.append((step, step.crosses))
            continue
        yield step
        held = [(sent, left - isinstance(step, (Heard, Refused))) for sent, left in held]
        yield from [sent for sent, left in held if not left]
        held = [(sent, left) for sent, left in held if left]


class Table:
    """A desk with one venue, whose OMS sends what a case says."""

    def __init__(self, case: Case) -> None:
        rules = Rules(chained=case.chained) if case.chained else Rules()
        self.desk = Desk(venue(VENUE), rules=rules)
        self.desk.now += 20_000 * DAY  # an instant of our days
        self._exec_ids = 0

    def does(self, step: Sent, *, known: bool = False) -> tuple[Command, ...]:
        """The client's line as the OMS's. `known`: the OMS used the ClOrdID(11) before."""
        mine, orig = step.cl_ord_id, step.orig_cl_ord_id
        order = new_order(cl_ord_id=mine, time_in_force=step.time_in_force)._replace(
            order_qty=step.order_qty, price=step.price or LIMIT
        )
        symbol, side, now = order.symbol, order.side, self.desk.now
        match step.msg_type:
            case MsgType.NEW_ORDER_SINGLE:
                return self.desk.does(OrderReceived("OMS", order, known, step.poss_resend))
            case MsgType.ORDER_CANCEL_REQUEST:
                cancel = OrderCancelRequest(mine, orig, symbol, side, step.order_qty, now)
                return self.desk.does(CancelReceived("OMS", cancel, known))
            case MsgType.ORDER_CANCEL_REPLACE_REQUEST:
                return self.desk.does(ReplaceReceived("OMS", _replace(step, order), known))
            case _:
                return self.desk.does(StatusRequested("OMS", OrderStatusRequest(mine, symbol, side)))

    def next_day(self) -> tuple[Command, ...]:
        self.desk.now += DAY
        return self.desk.does(Tick())

    def exec_id(self, letter: str = "") -> str:
        self._exec_ids += 1
        return letter or f"V{self._exec_ids}"

    @property
    def parent(self) -> Parent:
        found = self.desk.core.orders.by_id("T-1")
        assert found is not None
        return found


def _replace(step: Sent, order: NewOrderSingle) -> OrderCancelReplaceRequest:
    """It asks for another price as well, so that a venue has to agree whether the quantity goes up or down."""
    return OrderCancelReplaceRequest(
        cl_ord_id=step.cl_ord_id,
        orig_cl_ord_id=step.orig_cl_ord_id,
        symbol=order.symbol,
        side=order.side,
        order_qty=step.order_qty,
        ord_type=OrdType.LIMIT,
        price=step.price or OTHER_LIMITS[step.cl_ord_id],
        time_in_force=order.time_in_force,
        transact_time=NOW,
    )
