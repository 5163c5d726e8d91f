"""What a venue says of a child, applied: the one way in which fills and states enter, live or from the record.

Nothing here decides. A report that was applied before, or that cannot be true, changes nothing and says so.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from engine.orders.order import Child, Parent
from engine.orders.states import Event, Request, Step, TransitionError
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecType, OrdRejReason, OrdStatus, OrdType, TimeInForce

REFUSED = -1  # in Parent.avoid: this venue will not be asked again for this parent


class Effect(Enum):
    """What a report changed."""

    NOTHING = auto()
    DUPLICATE = auto()
    ACCEPTED = auto()
    TRADED = auto()
    ENDED = auto()  # refused, canceled or expired: its open quantity is free again
    SETTLED = auto()  # an answer to a status request agrees with what we know


class Booked(NamedTuple):
    """`credited` is the traded quantity in parent units; `alert` what a person should hear of."""

    effect: Effect
    credited: Decimal = ZERO
    alert: str = ""


_EVENTS = {
    ExecType.PENDING_NEW: Event.PENDING,
    ExecType.NEW: Event.ACCEPTED,
    ExecType.CANCELED: Event.CANCELED,
    ExecType.REJECTED: Event.REJECTED,
    ExecType.EXPIRED: Event.EXPIRED,
    ExecType.DONE_FOR_DAY: Event.DONE_FOR_DAY,
    ExecType.SUSPENDED: Event.SUSPENDED,
    ExecType.STOPPED: Event.STOPPED,
    ExecType.CALCULATED: Event.CALCULATED,
    ExecType.REPLACED: Event.REPLACED,
    ExecType.RESTATED: Event.RESTATED,
}
_PROMISES = {
    ExecType.PENDING_CANCEL,
    ExecType.PENDING_REPLACE,
}  # "I have your request"; the answer comes later
_ENDS = {Event.CANCELED, Event.REJECTED, Event.EXPIRED}
_STATUS_EVENTS = {
    OrdStatus.NEW: Event.ACCEPTED,
    OrdStatus.CANCELED: Event.CANCELED,
    OrdStatus.REJECTED: Event.REJECTED,
    OrdStatus.EXPIRED: Event.EXPIRED,
    OrdStatus.DONE_FOR_DAY: Event.DONE_FOR_DAY,
    OrdStatus.SUSPENDED: Event.SUSPENDED,
}


def book(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    """Applies `report` once (law 3). Never raises: what the table does not know comes back as an alert."""
    if report.exec_type is ExecType.ORDER_STATUS:
        return _settle(parent, child, report, now)
    if report.exec_id and report.exec_id in child.exec_ids:
        return Booked(Effect.DUPLICATE)
    try:
        booked = _apply(parent, child, report, now)
    except TransitionError as error:
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id} at {child.venue}: {error}")
    child.exec_ids.add(report.exec_id)
    return booked


def _apply(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    if report.exec_type is ExecType.TRADE:
        return _trade(parent, child, report)
    if report.exec_type in _PROMISES:
        return Booked(Effect.NOTHING)
    event = _EVENTS.get(report.exec_type)
    if event is None:
        what = f"{report.exec_type.name} of {report.exec_ref_id or 'a trade'}"
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id} at {child.venue}: {what} is not applied by itself")
    return _move(parent, child, event, report, now)


def _trade(parent: Parent, child: Child, report: ExecutionReport) -> Booked:
    if not report.exec_id:  # it could not be told from a repetition
        why = f"{child.cl_ord_id}: a trade of {report.last_qty} without ExecID(17) is not booked"
        return Booked(Effect.NOTHING, alert=why)
    if report.last_qty <= 0:
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id}: a trade of {report.last_qty} is none")
    filled = child.cum + report.last_qty
    child.apply(Event.FILL if filled >= child.qty else Event.TRADE)
    _answered(child)
    credited = parent.book(child, report.last_qty, report.last_px)
    alert = ""
    if filled > child.qty:
        alert = f"{child.cl_ord_id} at {child.venue} is overfilled: {filled} of {child.qty}"
    elif report.cum_qty != filled:
        alert = f"{child.cl_ord_id}: {child.venue} says CumQty(14) {report.cum_qty}, its trades add up to {filled}"
    if child.in_doubt and child.claimed == child.cum:
        child.note(Step.SETTLED)
    return Booked(Effect.TRADED, credited, alert)


def _move(parent: Parent, child: Child, event: Event, report: ExecutionReport, now: int) -> Booked:
    child.apply(event)
    child.venue_order_id = report.order_id or child.venue_order_id
    if event in _ENDS:
        _give_back(parent, child, event, report, now)
        return Booked(Effect.ENDED, alert=_claim(child, report))
    if event is Event.ACCEPTED:
        _answered(child)
        return Booked(Effect.ACCEPTED)
    return Booked(Effect.NOTHING)


def _answered(child: Child) -> None:
    if child.request is Request.NEW:
        child.note(Step.ANSWERED_NEW)


def _give_back(parent: Parent, child: Child, event: Event, report: ExecutionReport, now: int) -> None:
    """A venue that refused, or dropped what it was to keep, is not asked again; one that had no more may be."""
    immediate = child.ord_type is OrdType.MARKET or child.time_in_force is not TimeInForce.DAY
    parent.avoid[child.venue] = now if immediate and event is not Event.REJECTED else REFUSED
    if event is Event.REJECTED:
        text = f"{child.venue}: {report.text or 'rejected without a reason'}"
        parent.refusal = (report.ord_rej_reason or OrdRejReason.BROKER_OPTION, text)


def _claim(child: Child, report: ExecutionReport) -> str:
    """Fills that the end of an order speaks of and nobody has seen: they are not free to go elsewhere (law 4)."""
    if report.cum_qty <= child.cum:
        return ""
    child.claimed = report.cum_qty
    says = f"{child.venue} says CumQty(14) {report.cum_qty} as it ends, its trades add up to {child.cum}"
    return f"{child.cl_ord_id}: {says}"


def _settle(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    """An answer to OrderStatusRequest(H). It never creates a fill: those come as trades, resent if they were lost."""
    if not child.live:
        return Booked(Effect.NOTHING)
    if report.ord_status is OrdStatus.REJECTED:
        return _unknown(parent, child, report, now)
    if report.cum_qty != child.cum:
        child.claimed = report.cum_qty
        says = f"{child.venue} says CumQty(14) {report.cum_qty}, its trades add up to {child.cum}"
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id}: {says}; it stays in doubt until they agree")
    return _agree(parent, child, report, now)


def _unknown(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    """The venue has no such order. Ours came before the question in its sequence, or was gap-filled and never comes."""
    acknowledged = child.state is not OrdStatus.PENDING_NEW or child.cum > 0
    event = Event.CANCELED if acknowledged else Event.REJECTED
    child.apply(event)
    _give_back(parent, child, event, report, now)
    alert = f"{child.cl_ord_id}: {child.venue} acknowledged it before and does not know it now" if acknowledged else ""
    return Booked(Effect.ENDED, alert=alert)


def _agree(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    event = _STATUS_EVENTS.get(report.ord_status)
    accepted = event is Event.ACCEPTED and child.state is OrdStatus.PENDING_NEW
    try:
        if event is not None:
            child.apply(event)
    except TransitionError as error:
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id} at {child.venue}: {error}")
    if event in _ENDS:
        _give_back(parent, child, event, report, now)
        return Booked(Effect.ENDED)
    if child.in_doubt:
        child.note(Step.SETTLED)
    return Booked(Effect.ACCEPTED if accepted else Effect.SETTLED)
