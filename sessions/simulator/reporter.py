"""What a simulated venue says of its orders, and what it writes down of its fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fix.business import (
    ZERO,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
)
from fix.enums import CxlRejResponseTo, ExecType, MsgType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce
from sessions.gateway.session import FixSession
from sessions.simulator.orders import VenueOrder
from sessions.simulator.rules import ChangeRefusal


@dataclass(frozen=True, slots=True)
class Fill:
    """What the venue says it made, apart from FIX: the third column of every reconciliation.

    `cl_ord_id` is the one that the order was entered with, whatever it was replaced by since.
    """

    at: int
    cl_ord_id: str
    exec_id: str
    side: Side
    qty: Decimal
    price: Decimal


class Reporter:
    """Speaks on one session; `on_fill` hears of each fill after the client was told."""

    def __init__(self, session: FixSession, on_fill: Callable[[Fill], None]) -> None:
        self._session = session
        self._on_fill = on_fill
        self._executed = 0

    def report(self, held: VenueOrder, exec_type: ExecType, now: int, **more: Any) -> str:
        """An ExecutionReport(8) of the order as it stands, `more` being fields of it by their names; its ExecID(17)."""
        self._executed += 1
        exec_id = "0" if exec_type is ExecType.ORDER_STATUS else f"{self._session.name}-X{self._executed}"
        report = held.report(exec_id, exec_type, now)
        text = self._session.dialect.write_execution(report._replace(**more) if more else report)
        self._session.say(MsgType.EXECUTION_REPORT, text, now)
        return exec_id

    def fill(self, held: VenueOrder, qty: Decimal, price: Decimal, now: int) -> None:
        held.filled(qty, price)
        exec_id = self.report(held, ExecType.TRADE, now, last_qty=qty, last_px=price)
        self._on_fill(Fill(now, held.came_as, exec_id, held.order.side, qty, price))

    def nobody(self, cl_ord_id: str, symbol: str, side: Side | None, now: int, **more: Any) -> None:
        """An answer to who asks for what is not here: OrderID(37) is NONE, OrdStatus(39) Rejected."""
        order = NewOrderSingle(
            cl_ord_id=cl_ord_id,
            symbol=symbol,
            side=side or Side.UNDISCLOSED,
            order_qty=ZERO,
            ord_type=OrdType.MARKET,
            price=None,
            time_in_force=TimeInForce.DAY,
            transact_time=now,
        )
        held = VenueOrder("NONE", order, OrdStatus.REJECTED)
        why = {"ord_rej_reason": OrdRejReason.UNKNOWN_ORDER, "text": "no such order here"}
        terms = {"ord_type": None, "time_in_force": None}
        self.report(held, ExecType.ORDER_STATUS, now, **{**why, **terms, **more})

    def refuse(
        self,
        held: VenueOrder | None,
        request: OrderCancelRequest | OrderCancelReplaceRequest,
        refusal: ChangeRefusal,
        now: int,
    ) -> None:
        """OrderCancelReject(9). OrigClOrdID(41) is the last accepted one of an order we know (Appendix D, D.2.d)."""
        canceling = isinstance(request, OrderCancelRequest)
        reject = OrderCancelReject(
            order_id=held.order_id if held else "NONE",
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=held.order.cl_ord_id if held else request.orig_cl_ord_id,
            ord_status=held.status if held else OrdStatus.REJECTED,
            response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST
            if canceling
            else CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST,
            reason=refusal[0],
            text=refusal[1],
        )
        self._session.say(MsgType.ORDER_CANCEL_REJECT, self._session.dialect.write_cancel_reject(reject), now)
