"""What a venue says of a child, applied: the one way in which fills and states enter, live or from the record.

Nothing here decides. A report that was applied before, or that cannot be true, changes nothing and says so.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from engine.orders import restating
from engine.orders.order import REFUSED, Child, Fill, Parent
from engine.orders.states import Event, Request, Step, TransitionError
from fix.business import ZERO, ExecutionReport
from fix.enums import DKReason, ExecType, OrdRejReason, OrdStatus, OrdType, TimeInForce


class Effect(Enum):
    """What a report changed."""

    NOTHING = auto()
    DUPLICATE = auto()
    ACCEPTED = auto()
    TRADED = auto()
    CORRECTED = auto()  # a trade is not what it was
    BUSTED = auto()  # a trade never was
    ENDED = auto()  # refused, canceled or expired: its open quantity is free again
    CHANGED = auto()  # other terms are in force: some of its quantity may be free again
    HALTED = auto()  # suspended, stopped, done for the day, or back from it
    SETTLED = auto()  # an answer to a status request agrees with what we know
    ASK = auto()  # what it says of the child raises a question that only the venue can answer


class Booked(NamedTuple):
    """`credited` is the traded quantity in parent units, `fill` what of the child's trades it concerns; `alert` what a
    person should hear of; `deny` why the venue is to hear DontKnowTrade(Q).
    """

    effect: Effect
    credited: Decimal = ZERO
    alert: str = ""
    fill: Fill | None = None
    deny: DKReason | None = None


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
_HALTS = {Event.DONE_FOR_DAY, Event.SUSPENDED, Event.STOPPED, Event.CALCULATED}
HALTED = {OrdStatus.DONE_FOR_DAY, OrdStatus.SUSPENDED, OrdStatus.STOPPED, OrdStatus.CALCULATED}
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
    exec_type = report.exec_type
    if exec_type is ExecType.TRADE:
        return _trade(parent, child, report)
    if exec_type in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
        return _amend(parent, child, report)
    if exec_type in _PROMISES:
        return Booked(Effect.NOTHING)
    if exec_type in _EVENTS:
        return _move(parent, child, _EVENTS[exec_type], report, now)
    return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id} at {child.venue}: {exec_type.name} says nothing here")


# -- trades, and what becomes of them ----------------------------------------------------------------------------------


def _trade(parent: Parent, child: Child, report: ExecutionReport) -> Booked:
    if not report.exec_id:  # it could not be told from a repetition
        why = f"{child.cl_ord_id}: a trade of {report.last_qty} without ExecID(17) is not booked"
        return Booked(Effect.NOTHING, alert=why)
    if report.last_qty <= 0:
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id}: a trade of {report.last_qty} is none")
    strange = _strange(parent, child, report)
    if strange is not None:
        return strange
    filled = child.cum + report.last_qty
    child.apply(Event.FILL if filled >= child.qty else Event.TRADE)
    _answered(child)
    fill = Fill(report.last_qty, report.last_px)
    credited = parent.book(child, report.exec_id, fill)
    alert = ""
    if filled > child.qty:
        alert = f"{child.cl_ord_id} at {child.venue} is overfilled: {filled} of {child.qty}"
    elif report.cum_qty != filled:
        alert = f"{child.cl_ord_id}: {child.venue} says CumQty(14) {report.cum_qty}, its trades add up to {filled}"
    if child.in_doubt and child.claimed == child.cum:
        _settled(child)
    return Booked(Effect.TRADED, credited, alert, fill)


def _strange(parent: Parent, child: Child, report: ExecutionReport) -> Booked | None:
    """A trade on the other side or in another symbol is not this order's, whatever ClOrdID(11) it carries."""
    side = parent.order.side
    if report.side is not side and report.side.sign != side.sign:
        why = f"{child.cl_ord_id}: {child.venue} reports a trade of Side(54) {report.side.name}, it is {side.name}"
        return Booked(Effect.NOTHING, alert=f"{why}; not booked", deny=DKReason.WRONG_SIDE)
    if report.symbol and report.symbol != child.symbol:
        why = f"{child.cl_ord_id}: {child.venue} reports a trade in {report.symbol}, it is for {child.symbol}"
        return Booked(Effect.NOTHING, alert=f"{why}; not booked", deny=DKReason.UNKNOWN_SYMBOL)
    return None


def _amend(parent: Parent, child: Child, report: ExecutionReport) -> Booked:
    """A trade is corrected or cancelled. ExecRefID(19) names the last report of it."""
    fill = child.trades.get(report.exec_ref_id)
    what = (
        f"{child.cl_ord_id}: {child.venue} sends {report.exec_type.name} of ExecID(17) {report.exec_ref_id or 'none'}"
    )
    if fill is None or not report.exec_id:
        return Booked(Effect.NOTHING, alert=f"{what}, which is no trade of it", deny=DKReason.NO_MATCHING_ORDER)
    busted = report.exec_type is ExecType.TRADE_CANCEL
    if not busted and (report.last_qty <= 0 or report.last_px <= 0):
        return Booked(Effect.NOTHING, alert=f"{what} to {report.last_qty} at {report.last_px}; not applied")
    qty, px = (ZERO, ZERO) if busted else (report.last_qty, report.last_px)
    parent.amend(child, fill, qty, px)
    child.trades[report.exec_id] = fill
    _follow(child, report)
    alert = ""
    if child.cum != report.cum_qty:
        alert = f"{what}: it says CumQty(14) {report.cum_qty}, its trades add up to {child.cum}"
    return Booked(Effect.BUSTED if busted else Effect.CORRECTED, child.credit(qty), alert, fill)


def _follow(child: Child, report: ExecutionReport) -> None:
    """Filled, or filled no more, through a correction; is what is missing now open at the venue again?"""
    if child.state is OrdStatus.FILLED:
        if child.cum < child.qty:
            child.apply(Event.REOPENED if report.leaves_qty > 0 else Event.UNFILLED)
    elif child.live and child.cum >= child.qty:
        child.apply(Event.FILL)


# -- states ------------------------------------------------------------------------------------------------------------


def _move(parent: Parent, child: Child, event: Event, report: ExecutionReport, now: int) -> Booked:
    before, ours = child.state, child.request is Request.CANCEL
    child.apply(event)
    child.venue_order_id = report.order_id or child.venue_order_id
    if not child.live:
        parent.changed = parent.changed or (ours and event is Event.CANCELED)
        give_back(parent, child, event, now, report, wanted=ours)
        return Booked(Effect.ENDED, alert=_claim(child, report))
    if event is Event.REPLACED or event is Event.RESTATED:
        return _restated(parent, child, event, report)
    if event is not Event.PENDING:
        _answered(child)
    if event in _HALTS or before in HALTED:
        return Booked(Effect.HALTED)
    return Booked(Effect.ACCEPTED if event is Event.ACCEPTED else Effect.NOTHING)


def _restated(parent: Parent, child: Child, event: Event, report: ExecutionReport) -> Booked:
    earlier = report.cl_ord_id.startswith(f"{child.cl_ord_id}_") and report.cl_ord_id != child.request_id
    if event is Event.REPLACED and child.asked is not None and not earlier:
        restating.replaced(parent, child, report)
        alert = ""
    else:
        alert = restating.restated(parent, child, report)
        if event is Event.REPLACED and earlier:  # given up for lost, and another was sent since
            child.named = report.cl_ord_id
    _answered(child)
    if child.live and child.qty <= child.cum:
        child.apply(Event.FILL)
    return Booked(Effect.CHANGED, alert=alert)


def _answered(child: Child) -> None:
    if child.request is Request.NEW:
        child.note(Step.ANSWERED_NEW)


def give_back(
    parent: Parent,
    child: Child,
    event: Event,
    now: int,
    report: ExecutionReport | None = None,
    *,
    wanted: bool = False,
) -> None:
    """A venue that refused, or dropped what it was to keep, is not asked again; one that had no more may be, and one
    that canceled as we `wanted`.
    """
    immediate = child.ord_type is OrdType.MARKET or child.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    if not (wanted and event is Event.CANCELED):
        parent.avoid[child.venue] = now if immediate and event is not Event.REJECTED else REFUSED
    parent.ends_as = Event.CANCELED if immediate else _OWN_ENDS.get(event, Event.CANCELED)
    parent.ends_why = None if report is None else report.restatement_reason
    if event is Event.REJECTED:
        text, reason = (report.text, report.ord_rej_reason) if report is not None else ("", None)
        text = f"{child.venue}: {text or 'rejected without a reason'}"
        parent.refusal = (reason or OrdRejReason.BROKER_OPTION, text)


# How a parent ends whose last children did so, if nothing else was asked for
_OWN_ENDS = {
    Event.EXPIRED: Event.EXPIRED,
    Event.DONE_FOR_DAY: Event.DONE_FOR_DAY,
    Event.CALCULATED: Event.DONE_FOR_DAY,
}


def _claim(child: Child, report: ExecutionReport) -> str:
    """Fills that the end of an order speaks of and nobody has seen: they are not free to go elsewhere (law 4)."""
    if report.cum_qty <= child.cum:
        return ""
    child.claimed = report.cum_qty
    says = f"{child.venue} says CumQty(14) {report.cum_qty} as it ends, its trades add up to {child.cum}"
    return f"{child.cl_ord_id}: {says}"


def refuse_order(parent: Parent, child: Child, reason: str) -> None:
    """Reject(3) or BusinessMessageReject(j) of the new order itself: its venue never took it."""
    child.apply(Event.REJECTED)
    parent.avoid[child.venue] = REFUSED
    parent.refusal = (OrdRejReason.BROKER_OPTION, reason)


def refuse_change(parent: Parent, child: Child) -> None:
    """OrderCancelReject(9), or a refusal of the request itself: the child stays as it was.

    Where nobody wants that replace any more, what is wanted now has not been asked for yet.
    """
    moot = child.asked is not None and parent.pending is not Request.REPLACE
    child.unchanged()
    child.asked = None
    child.kept = 0 if moot else child.kept + 1


# -- answers to OrderStatusRequest(H) ----------------------------------------------------------------------------------


def _settle(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    """It never creates a fill: those come as trades, resent if they were lost."""
    if not child.live:
        return Booked(Effect.NOTHING)
    if report.ord_status is OrdStatus.REJECTED:
        return _unknown(parent, child, report, now)
    child.claimed = None
    if child.asked is not None and child.in_doubt:
        restating.found(parent, child, report)
    if report.cum_qty != child.cum:
        child.claimed = report.cum_qty
        says = f"{child.venue} says CumQty(14) {report.cum_qty}, its trades add up to {child.cum}"
        alert = f"{child.cl_ord_id}: {says}; it stays in doubt until they agree"
        return Booked(Effect.NOTHING if child.in_doubt else Effect.ASK, alert=alert)
    return _agree(parent, child, report, now)


def _settled(child: Child) -> None:
    """Its venue, asked once more to change it, may say yes now."""
    child.note(Step.SETTLED)
    child.kept = 0


def _unknown(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    """The venue has no such order. Ours came before the question in its sequence, or was gap-filled and never comes.

    While a replace of it may have been lost, it may be there under the replace's name.
    """
    if child.asked is not None and not child.denied:
        child.denied = True
        return Booked(Effect.ASK)
    acknowledged = child.state is not OrdStatus.PENDING_NEW or child.cum > 0
    event = Event.CANCELED if acknowledged else Event.REJECTED
    child.apply(event)
    give_back(parent, child, event, now, report)
    alert = f"{child.cl_ord_id}: {child.venue} acknowledged it before and does not know it now" if acknowledged else ""
    return Booked(Effect.ENDED, alert=alert)


def _agree(parent: Parent, child: Child, report: ExecutionReport, now: int) -> Booked:
    event = _STATUS_EVENTS.get(report.ord_status)
    accepted = event is Event.ACCEPTED and child.state is OrdStatus.PENDING_NEW
    before = child.state
    try:
        if event is not None:
            child.apply(event)
    except TransitionError as error:
        return Booked(Effect.NOTHING, alert=f"{child.cl_ord_id} at {child.venue}: {error}")
    if not child.live and event is not None:
        give_back(parent, child, event, now, report)
        return Booked(Effect.ENDED)
    if child.in_doubt:
        _settled(child)
    if event in _HALTS or before in HALTED:
        return Booked(Effect.HALTED)
    return Booked(Effect.ACCEPTED if accepted else Effect.SETTLED)


# -- what a person says ------------------------------------------------------------------------------------------------


# A person's words for what became of a child
OUTCOMES: dict[str, Event | None] = {"working": None, "canceled": Event.CANCELED, "rejected": Event.REJECTED}


def decide(parent: Parent, child: Child, ended: Event | None, cum_qty: Decimal, now: int) -> Effect:
    """A child in doubt is settled by hand: it works, or ended so, with `cum_qty` traded in venue units.

    Trades we have not seen stay claimed until they come. TransitionError when the table does not allow the end.
    """
    accepted = ended is None and child.state is OrdStatus.PENDING_NEW
    child.apply(ended or (Event.ACCEPTED if accepted else Event.RESTATED))
    child.claimed = cum_qty if cum_qty > child.cum else None
    if ended is not None:
        give_back(parent, child, ended, now)
        return Effect.ENDED
    _settled(child)
    child.asked = None
    return Effect.ACCEPTED if accepted else Effect.SETTLED
