"""What an OMS asks: orders, changes of them, and how they stand. Everything is answered here or set to work."""

from __future__ import annotations

from engine.core.commands import Decide, Decision, Keep, Opened, Reopened, ReportMassCancel, Used
from engine.core.events import (
    CancelReceived,
    MassCancelReceived,
    MassStatusRequested,
    OmsDown,
    OrderReceived,
    ReplaceReceived,
    StatusRequested,
    TradeDenied,
)
from engine.core.floor import Floor, Out
from engine.core.reporting import no_orders, refuse_change, report, unknown_order
from engine.core.scheduling import recorded
from engine.core.working import Worker
from engine.orders import states
from engine.orders.order import Change, Closing, Parent
from engine.risk.checks import Refusal, check
from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderMassCancelReport
from fix.enums import (
    CxlRejReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    OrdRejReason,
    OrdStatus,
    Side,
)

_ONE, _ALL = MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY, MassCancelRequestType.CANCEL_ALL_ORDERS
_RESPONSES = {_ONE: MassCancelResponse.CANCEL_ORDERS_FOR_A_SECURITY, _ALL: MassCancelResponse.CANCEL_ALL_ORDERS}
_STATUS_ONE, _STATUS_ALL = MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY, MassStatusReqType.STATUS_FOR_ALL_ORDERS


class Desk:
    """Serves the OMSs of a floor."""

    def __init__(self, floor: Floor, worker: Worker) -> None:
        self._floor = floor
        self._worker = worker
        self._taken = 0

    # -- orders ------------------------------------------------------------------------------------------------------

    def order(self, event: OrderReceived, now: int, out: Out) -> None:
        floor, order = self._floor, event.order
        before = floor.orders.by_cl_ord_id(event.session, order.cl_ord_id)
        if before is not None and event.resend:  # Appendix D, F.1.b: it has it already
            reason = f"PossResend(97)=Y of ClOrdID(11) {order.cl_ord_id}, which came before"
            out.append(Decide(before.order_id, Decision.IGNORE, reason))
            out.append(report(before, ExecType.ORDER_STATUS, now, cl_ord_id=order.cl_ord_id))
            return
        self._taken += 1
        parent = Parent(f"{floor.prefix}-{self._taken}", event.session, order, now)
        refusal = self._refusal(event, known=event.known or before is not None, now=now)
        refusal = refusal or floor.schedules.plan(parent, now)
        placed = [] if refusal is not None else floor.placer.place(parent, now)
        waits = refusal is None and floor.schedules.waits(parent, now)
        if (placed or waits) and floor.limited:  # last, for it counts as sent what it lets go
            refusal = floor.controls.refuse(event.session, order, floor.reference(order.symbol), now)
        if refusal is None and not (placed or waits):
            text = f"OrderQty(38) {order.order_qty} fits no lot or minimum, or nothing is displayed to price it"
            refusal = Refusal(OrdRejReason.INCORRECT_QUANTITY, text)
        if refusal is not None:
            if before is not None and refusal.reason is OrdRejReason.DUPLICATE_ORDER:
                parent = before  # Appendix D, F.1.a: it tells how the first one stands
            else:
                parent.apply(states.Event.REJECTED)
                floor.schedules.forget(parent)
            self._refuse(parent, order.cl_ord_id, refusal, now, out)
            return
        floor.orders.add(parent)
        out.append(Opened(parent.order_id, parent.session, order.cl_ord_id))
        if parent.plan is not None:
            out.append(recorded(parent))
        if waits:
            self._worker.announce(parent, now, out)  # no venue may speak of it for hours
        floor.send(parent, placed, now, out)
        floor.taken_on(parent)

    def _refusal(self, event: OrderReceived, *, known: bool, now: int) -> Refusal | None:
        floor, order, session = self._floor, event.order, event.session
        listed = floor.by_symbol.get(order.symbol, ())
        if order.destination and listed and not any(order.destination in (v.name, v.mic) for v in listed):
            names = ", ".join(venue.name for venue in listed)
            text = f"ExDestination(100) {order.destination} is no venue of {order.symbol}; {names} are"
            return Refusal(OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, text)
        listed = tuple(v for v in listed if order.destination in ("", v.name, v.mic))
        open_to = any(v.name in floor.up and floor.open_to(v.name, now) for v in listed)
        killed = floor.kills.refuse(session, order) if floor.kills else None
        return killed or check(order, known=known, symbols=floor.by_symbol, up=open_to, now=now)

    @staticmethod
    def _refuse(parent: Parent, cl_ord_id: str, refusal: Refusal, now: int, out: Out) -> None:
        out.append(Decide(parent.order_id, Decision.REFUSE, refusal.text, {"OrdRejReason": refusal.reason.value}))
        if refusal.keep is not None:
            out.append(Decide("", Decision.THROTTLE, refusal.text, {"customer": parent.session}))
            out.append(Keep("", *refusal.keep))
        out.append(report(parent, ExecType.REJECTED, now, refusal=refusal, cl_ord_id=cl_ord_id))

    # -- changes -----------------------------------------------------------------------------------------------------

    def cancel(self, event: CancelReceived, now: int, out: Out) -> None:
        floor, request = self._floor, event.request
        if floor.limited:
            floor.controls.message(event.session, now)
        parent = floor.orders.by_cl_ord_id(event.session, request.orig_cl_ord_id)
        refusal = self._why_not(event, parent)
        if parent is None or refusal is not None:
            self._refuse_change(event, parent, refusal, out)
            return
        self._take(event.session, parent, request, out)
        out.append(report(parent, ExecType.PENDING_CANCEL, now, answers=request))
        for older in parent.requests[:-1]:  # replaces: moot now
            text = f"the cancel {request.cl_ord_id} came behind it"
            self._worker.refuse(parent, older, CxlRejReason.BROKER_OPTION, text, out)
        parent.settle_request()
        self._worker.proceed(parent, now, out)

    def replace(self, event: ReplaceReceived, now: int, out: Out) -> None:
        floor, request = self._floor, event.request
        parent = floor.orders.by_cl_ord_id(event.session, request.orig_cl_ord_id)
        refusal = self._why_not(event, parent) or (
            None if parent is None else self._why_not_replace(parent, request, now)
        )
        if floor.limited:
            if parent is None or refusal is not None:
                floor.controls.message(event.session, now)
            else:
                refusal = self._beyond_limits(parent, request, now)
        if parent is None or refusal is not None:
            self._refuse_change(event, parent, refusal, out)
            return
        if floor.orders.revive(parent):
            floor.taken_on(parent)
            out.append(Reopened(parent.order_id))
        self._take(event.session, parent, request, out)
        out.append(report(parent, ExecType.PENDING_REPLACE, now, answers=request))
        if len(parent.requests) == 1:
            parent.settle_request()
            self._worker.proceed(parent, now, out)
        else:
            floor.count(parent)  # it may trade by these terms once those before it are in force

    def _take(self, session: str, parent: Parent, request: Change, out: Out) -> None:
        parent.requests.append(request)
        self._floor.orders.name(parent, request.cl_ord_id)
        out.append(Used(parent.order_id, session, request.cl_ord_id))

    def _refuse_change(
        self,
        event: CancelReceived | ReplaceReceived,
        parent: Parent | None,
        refusal: tuple[CxlRejReason, str] | None,
        out: Out,
    ) -> None:
        reason, text = refusal or (CxlRejReason.UNKNOWN_ORDER, "")
        order_id = parent.order_id if parent else ""
        out.append(Decide(order_id, Decision.REFUSE, text, {"CxlRejReason": reason.value}))
        out.append(refuse_change(event.session, parent, event.request, reason, text))

    def _why_not(
        self, event: CancelReceived | ReplaceReceived, parent: Parent | None
    ) -> tuple[CxlRejReason, str] | None:
        """CxlRejReason(102) and a sentence, or None when the request may be looked at."""
        request = event.request
        taken = self._floor.orders.by_cl_ord_id(event.session, request.cl_ord_id)
        if event.known or taken is not None:
            return CxlRejReason.DUPLICATE_CL_ORD_ID, f"ClOrdID(11) {request.cl_ord_id} was used before"
        if parent is None:
            text = f"OrigClOrdID(41) {request.orig_cl_ord_id} is no order of this session"
            return CxlRejReason.UNKNOWN_ORDER, text
        filled = parent.state is OrdStatus.FILLED and not parent.ended
        raises = isinstance(request, OrderCancelReplaceRequest) and filled
        if parent.done and not (raises and request.order_qty > parent.cum):
            return CxlRejReason.TOO_LATE_TO_CANCEL, f"the order is {parent.state.name}"
        if parent.cancel is not None:
            return CxlRejReason.ALREADY_PENDING, f"{parent.cancel.cl_ord_id} is pending"
        if parent.closing is not None and isinstance(request, OrderCancelReplaceRequest):
            return CxlRejReason.TOO_LATE_TO_CANCEL, parent.closing.reason
        return None

    def _why_not_replace(
        self, parent: Parent, request: OrderCancelReplaceRequest, now: int
    ) -> tuple[CxlRejReason, str] | None:
        option, order, floor = CxlRejReason.BROKER_OPTION, parent.order, self._floor
        if len(parent.requests) >= floor.rules.chained:
            return CxlRejReason.ALREADY_PENDING, f"{parent.requests[-1].cl_ord_id} is pending"
        if request.orig_cl_ord_id not in (order.cl_ord_id, *[pending.cl_ord_id for pending in parent.requests]):
            return option, f"OrigClOrdID(41) {request.orig_cl_ord_id} is not what the order was last accepted as"
        same = (("Symbol(55)", order.symbol, request.symbol), ("Side(54)", order.side.name, request.side.name))
        for name, is_now, wanted in (*same, ("OrdType(40)", order.ord_type.name, request.ord_type.name)):
            if wanted and is_now != wanted:
                return option, f"{name} {wanted} is not the order's {is_now}; only quantity, price and time may change"
        target = _amended(order, request)
        killed = floor.kills.refuse(parent.session, target) if floor.kills else None
        refusal = killed or check(target, known=False, symbols=floor.by_symbol, up=True, now=now)
        return None if refusal is None else (option, refusal.text)

    def _beyond_limits(
        self, parent: Parent, request: OrderCancelReplaceRequest, now: int
    ) -> tuple[CxlRejReason, str] | None:
        """What it adds to the order as it will be once everything pending is in force; counts the message."""
        current, controls = parent.order, self._floor.controls
        for pending in parent.requests:
            if isinstance(pending, OrderCancelReplaceRequest):
                current = _amended(current, pending)
        reference = self._floor.reference(current.symbol)
        target = _amended(current, request)
        refusal = controls.refuse_change(parent.session, parent.order_id, current, target, reference, now)
        return None if refusal is None else (CxlRejReason.BROKER_OPTION, refusal.text)

    # -- all at once -------------------------------------------------------------------------------------------------

    def mass_cancel(self, event: MassCancelReceived, now: int, out: Out) -> None:
        floor, request = self._floor, event.request
        if floor.limited:
            floor.controls.message(event.session, now)
        reason, text = self._why_not_all(event)
        symbol = request.symbol if request.request_type is _ONE else ""
        found = [] if reason else self._open(event.session, symbol, request.side)
        number = f"{floor.prefix}-{event.session}-{request.cl_ord_id}"
        made = OrderMassCancelReport(
            order_id=number,
            cl_ord_id=request.cl_ord_id,
            request_type=request.request_type,
            response=MassCancelResponse.CANCEL_REQUEST_REJECTED if reason else _RESPONSES[request.request_type],
            reject_reason=reason,
            total_affected=len(found),
            symbol=request.symbol,
            side=request.side,
            transact_time=now,
            text=text,
        )
        what = f"mass cancel {request.cl_ord_id} of {len(found)} orders" if reason is None else text
        kind = Decision.CANCEL if reason is None else Decision.REFUSE
        out.append(Decide("", kind, what, {"session": event.session}))
        if reason is None:
            out.append(Used("", event.session, request.cl_ord_id))
        out.append(ReportMassCancel("", event.session, made))
        for parent in found:
            closing = Closing(f"the OMS's mass cancel {request.cl_ord_id}", states.Event.CANCELED)
            self._worker.close(parent, closing, now, out)

    def _why_not_all(self, event: MassCancelReceived) -> tuple[MassCancelRejectReason | None, str]:
        request = event.request
        if event.known or self._floor.orders.by_cl_ord_id(event.session, request.cl_ord_id) is not None:
            return MassCancelRejectReason.OTHER, f"ClOrdID(11) {request.cl_ord_id} was used before"
        if request.request_type not in _RESPONSES:
            text = f"MassCancelRequestType(530) {request.request_type.name} is not supported; 1 and 7 are"
            return MassCancelRejectReason.MASS_CANCEL_NOT_SUPPORTED, text
        if request.request_type is _ONE and request.symbol not in self._floor.by_symbol:
            return (
                MassCancelRejectReason.INVALID_OR_UNKNOWN_SECURITY,
                f"Symbol(55) {request.symbol} is not traded here",
            )
        return None, ""

    def mass_status(self, event: MassStatusRequested, now: int, out: Out) -> None:
        request = event.request
        if request.request_type not in (_STATUS_ONE, _STATUS_ALL):
            text = f"MassStatusReqType(585) {request.request_type.name} is not supported; 1 and 7 are"
            out.append(no_orders(event.session, request, text, now))
            return
        symbol = request.symbol if request.request_type is _STATUS_ONE else ""
        found = self._open(event.session, symbol, request.side)
        for number, parent in enumerate(found, start=1):
            mass = (request.mass_status_req_id, len(found), number == len(found))
            out.append(report(parent, ExecType.ORDER_STATUS, now, mass=mass))
        if not found:
            out.append(no_orders(event.session, request, "no open order", now))

    def _open(self, session: str, symbol: str, side: Side | None) -> list[Parent]:
        return [
            parent
            for parent in self._floor.orders.open()
            if not parent.done
            and parent.session == session
            and symbol in ("", parent.order.symbol)
            and side in (None, parent.order.side)
        ]

    # -- how it stands -----------------------------------------------------------------------------------------------

    def status(self, event: StatusRequested, now: int, out: Out) -> None:
        parent = self._floor.orders.by_cl_ord_id(event.session, event.request.cl_ord_id)
        if parent is None:
            out.append(unknown_order(event.session, event.request, now))
        else:
            asked = event.request.cl_ord_id
            out.append(report(parent, ExecType.ORDER_STATUS, now, cl_ord_id=asked))

    def denied(self, event: TradeDenied, now: int, out: Out) -> None:
        """DontKnowTrade(Q): for people to settle; nothing is taken back that a venue has not."""
        del now
        denial = event.denial
        known = self._floor.orders.by_id(denial.order_id)
        what = f"{event.session} does not know the trade {denial.exec_id} of {denial.order_id}"
        reason = f"{what}: DKReason(127) {denial.reason.name} {denial.text}".rstrip()
        out.append(Decide(known.order_id if known else "", Decision.ALERT, reason))

    def gone(self, event: OmsDown, now: int, out: Out) -> None:
        """Its session ended."""
        if event.session not in self._floor.rules.cancel_on_disconnect:
            return
        for parent in self._open(event.session, "", None):
            closing = Closing(f"the session with {event.session} ended", states.Event.CANCELED)
            self._worker.close(parent, closing, now, out)


def _amended(order: NewOrderSingle, request: OrderCancelReplaceRequest) -> NewOrderSingle:
    return order._replace(
        cl_ord_id=request.cl_ord_id,
        order_qty=request.order_qty,
        price=request.price,
        time_in_force=request.time_in_force,
        expire_time=request.expire_time,
    )
