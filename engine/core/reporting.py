"""What the OMS hears: one coherent stream of ExecutionReports for a parent, whatever its children do."""

from __future__ import annotations

from decimal import Decimal

from engine.core.commands import RefuseCancel, Report
from engine.orders.order import Parent
from engine.orders.states import Request, ord_status
from engine.risk.checks import Refusal
from fix.business import ZERO, ExecutionReport, OrderCancelReject, OrderCancelRequest, OrderStatusRequest
from fix.enums import CxlRejReason, CxlRejResponseTo, ExecType, OrdRejReason, OrdStatus


def report(
    parent: Parent,
    exec_type: ExecType,
    now: int,
    *,
    last_qty: Decimal = ZERO,
    last_px: Decimal = ZERO,
    last_mkt: str = "",
    untraded: bool = False,
    refusal: Refusal | None = None,
    text: str = "",
) -> Report:
    """The parent as it stands now, and what has just happened to it.

    `untraded`: as it stood before its first trade, for a New that the trade overtook.
    """
    order, cancel = parent.order, parent.cancel
    answers_cancel = cancel is not None and exec_type in (ExecType.PENDING_CANCEL, ExecType.CANCELED)
    cum = ZERO if untraded else parent.cum
    made = ExecutionReport(
        order_id=parent.order_id,
        cl_ord_id=cancel.cl_ord_id if cancel is not None and answers_cancel else order.cl_ord_id,
        exec_id="0" if exec_type is ExecType.ORDER_STATUS else parent.next_exec_id(),
        exec_type=exec_type,
        ord_status=ord_status(parent.state, Request.CANCEL if cancel else Request.NONE, cum),
        symbol=order.symbol,
        side=order.side,
        order_qty=order.order_qty,
        cum_qty=cum,
        leaves_qty=order.order_qty if untraded else parent.leaves,
        avg_px=ZERO if untraded else parent.avg_px,
        last_qty=last_qty,
        last_px=last_px,
        orig_cl_ord_id=order.cl_ord_id if answers_cancel else "",
        ord_rej_reason=None if refusal is None else refusal.reason,
        text=text if refusal is None else refusal.text,
        last_mkt=last_mkt,
        transact_time=now,
        ord_type=order.ord_type,
        price=order.price,
        time_in_force=order.time_in_force,
        account=order.account,
    )
    return Report(parent.order_id, parent.session, made)


def refuse_cancel(
    session: str, parent: Parent | None, request: OrderCancelRequest, reason: CxlRejReason, text: str
) -> RefuseCancel:
    """OrderCancelReject(9); of an unknown order with OrderID(37) NONE and OrdStatus(39) Rejected, as FIX asks."""
    reject = OrderCancelReject(
        order_id=parent.order_id if parent else "NONE",
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=request.orig_cl_ord_id,
        ord_status=parent.ord_status if parent else OrdStatus.REJECTED,
        response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
        reason=reason,
        text=text,
    )
    return RefuseCancel(parent.order_id if parent else "", session, reject)


def unknown_order(session: str, request: OrderStatusRequest, now: int) -> Report:
    """The answer to OrderStatusRequest(H) for an order we do not know: rejected, UNKNOWN_ORDER."""
    made = ExecutionReport(
        order_id="NONE",
        cl_ord_id=request.cl_ord_id,
        exec_id="0",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        symbol=request.symbol,
        side=request.side,
        order_qty=ZERO,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        ord_rej_reason=OrdRejReason.UNKNOWN_ORDER,
        text=f"ClOrdID(11) {request.cl_ord_id} is no order of this session",
        transact_time=now,
    )
    return Report("", session, made)
