"""What the OMS hears: one coherent stream of ExecutionReports for a parent, whatever its children do."""

from __future__ import annotations

from decimal import Decimal

from engine.core.commands import RefuseCancel, Report
from engine.orders.order import GOOD_TILL, Change, Parent
from engine.orders.states import Request, ord_status
from engine.risk.checks import Refusal
from fix.business import (
    ZERO,
    ExecutionReport,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    OrdRejReason,
    OrdStatus,
    Side,
)

_RESPONSE_TO = {
    OrderCancelRequest: CxlRejResponseTo.ORDER_CANCEL_REQUEST,
    OrderCancelReplaceRequest: CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST,
}


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
    answers: Change | None = None,
    exec_ref_id: str = "",
    why: ExecRestatementReason | None = None,
    mass: tuple[str, int, bool] | None = None,
    cl_ord_id: str = "",
) -> Report:
    """The parent as it stands now, and what has just happened to it.

    `untraded`: as it stood before its first trade, for a New that the trade overtook. `answers`: the request it is
    about, whose ClOrdID(11) it carries. `mass`: MassStatusReqID(584), TotNumReports(911), LastRptRequested(912).
    `cl_ord_id`: that by which the OMS asked, where it is not the last one.
    """
    order = parent.order
    cum = ZERO if untraded else parent.cum
    made = ExecutionReport(  # by position, as its fields stand: this is the hot path
        parent.order_id,
        cl_ord_id or (order.cl_ord_id if answers is None else answers.cl_ord_id),
        "0" if exec_type is ExecType.ORDER_STATUS else parent.next_exec_id(),
        exec_type,
        ord_status(parent.state, parent.pending if parent.requests else Request.NONE, cum),
        order.symbol,
        order.side,
        order.order_qty,
        cum,
        order.order_qty if untraded else parent.leaves,
        ZERO if untraded else parent.avg_px,
        last_qty,
        last_px,
        "" if answers is None else parent.last_accepted(answers),
        exec_ref_id,
        None if refusal is None else refusal.reason,
        text if refusal is None else refusal.text,
        last_mkt,
        now,
        order.ord_type,
        order.price,
        order.time_in_force,
        order.account,
        why,
        order.expire_time,
    )
    if order.time_in_force in GOOD_TILL:
        made = made._replace(
            day_order_qty=parent.day_order_qty,
            day_cum_qty=ZERO if untraded else parent.day_cum,
            day_avg_px=ZERO if untraded else parent.day_avg_px,
        )
    if mass is not None:
        made = made._replace(mass_status_req_id=mass[0], tot_num_reports=mass[1], last_rpt_requested=mass[2])
    return Report(parent.order_id, parent.session, made)


def refuse_change(
    session: str, parent: Parent | None, request: Change, reason: CxlRejReason, text: str
) -> RefuseCancel:
    """OrderCancelReject(9) of a cancel or a replace. OrigClOrdID(41) names the order as it was last accepted.

    Of an unknown order with OrderID(37) NONE and OrdStatus(39) Rejected, as FIX asks (Appendix D, B.1.f).
    """
    reject = OrderCancelReject(
        order_id=parent.order_id if parent else "NONE",
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=parent.order.cl_ord_id if parent else request.orig_cl_ord_id,
        ord_status=parent.ord_status if parent else OrdStatus.REJECTED,
        response_to=_RESPONSE_TO[type(request)],
        reason=reason,
        text=text,
    )
    return RefuseCancel(parent.order_id if parent else "", session, reject)


def unknown_order(session: str, request: OrderStatusRequest, now: int) -> Report:
    """The answer to OrderStatusRequest(H) for an order we do not know: rejected, UNKNOWN_ORDER."""
    text = f"ClOrdID(11) {request.cl_ord_id} is no order of this session"
    made = _none(request.cl_ord_id, request.symbol, request.side, text, now)
    return Report("", session, made._replace(ord_rej_reason=OrdRejReason.UNKNOWN_ORDER))


def no_orders(session: str, request: OrderMassStatusRequest, text: str, now: int) -> Report:
    """The answer to OrderMassStatusRequest(AF) where there is no order to report: TotNumReports(911) 0."""
    made = _none("", request.symbol, request.side or Side.BUY, text, now)
    return Report("", session, made._replace(mass_status_req_id=request.mass_status_req_id, last_rpt_requested=True))


def _none(cl_ord_id: str, symbol: str, side: Side, text: str, now: int) -> ExecutionReport:
    return ExecutionReport(
        order_id="NONE",
        cl_ord_id=cl_ord_id,
        exec_id="0",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        symbol=symbol,
        side=side,
        order_qty=ZERO,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        text=text,
        transact_time=now,
    )
