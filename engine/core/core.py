"""Event in, commands out. Time comes with the event; nothing here waits, reads a clock or talks to anyone.

What an OMS asks is answered here, what a venue says goes through `engine.orders.booking` first. Parents go in and out
of `Orders`; where their quantity goes is `Placer`'s; what is not known is `doubt`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.core.commands import Closed, Command, Decide, Decision, Opened, SendCancel, Subscribe
from engine.core.doubt import Doubt, lose
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    MessageRefused,
    OrderReceived,
    StatusRequested,
    Tick,
    VenueDown,
    VenueUp,
)
from engine.core.orders import Orders
from engine.core.placing import Placer, Rules
from engine.core.reporting import refuse_cancel, report, unknown_order
from engine.market.book import Market
from engine.market.venues import Venue
from engine.orders import states
from engine.orders.booking import REFUSED, Booked, Effect, book
from engine.orders.order import Child, Parent
from engine.orders.states import Request, Step
from engine.risk.checks import Refusal, check
from fix.business import ExecutionReport, OrderCancelRequest
from fix.enums import CxlRejReason, ExecType, MsgType, OrdRejReason, OrdStatus

Out = list[Command]


class Core:
    """All orders of one engine. `prefix` makes its OrderIDs unlike those of any earlier run."""

    def __init__(self, venues: Iterable[Venue], rules: Rules, prefix: str) -> None:
        self.orders = Orders()
        self.market = Market()
        self.up: set[str] = set()
        self._venues = {venue.name: venue for venue in venues}
        symbols = sorted({symbol for venue in self._venues.values() for symbol in venue.listings})
        self._by_symbol = {s: tuple(v for v in self._venues.values() if s in v.listings) for s in symbols}
        self._placer = Placer(self._venues, self._by_symbol, self.market, self.up, rules)
        self._doubt = Doubt(self.orders, self.up, rules.ack_timeout)
        self._prefix = prefix
        self._taken = 0
        self._handlers: dict[type, Callable[[Any, int, Out], None]] = {
            OrderReceived: self._order_received,
            CancelReceived: self._cancel_received,
            StatusRequested: self._status_requested,
            Executed: self._executed,
            CancelRejected: self._cancel_rejected,
            MessageRefused: self._message_refused,
            VenueUp: self._venue_up,
            VenueDown: self._venue_down,
            BookChanged: self._book_changed,
            Tick: self._tick,
        }

    def handle(self, event: Event, now: int) -> tuple[Command, ...]:
        """The commands that `event` at `now` (ns since the epoch) asks for, in the order in which to do them."""
        out: Out = []
        self._handlers[type(event)](event, now, out)
        return tuple(out)

    # -- from an OMS -------------------------------------------------------------------------------------------------

    def _order_received(self, event: OrderReceived, now: int, out: Out) -> None:
        order = event.order
        self._taken += 1
        parent = Parent(f"{self._prefix}-{self._taken}", event.session, order, now)
        known = event.known or self.orders.by_cl_ord_id(event.session, order.cl_ord_id) is not None
        up = any(venue.name in self.up for venue in self._by_symbol.get(order.symbol, ()))
        refusal = check(order, known=known, symbols=self._by_symbol, up=up)
        if refusal is not None:
            self._refuse(parent, refusal, now, out)
            return
        placed = self._placer.place(parent, now)
        if not placed:
            text = f"OrderQty(38) {order.order_qty} fits no lot or minimum, or nothing is displayed to price it"
            self._refuse(parent, Refusal(OrdRejReason.INCORRECT_QUANTITY, text), now, out)
            return
        self.orders.add(parent)
        out.append(Opened(parent.order_id, parent.session, order.cl_ord_id))
        self._send(placed, now, out)

    @staticmethod
    def _refuse(parent: Parent, refusal: Refusal, now: int, out: Out) -> None:
        parent.apply(states.Event.REJECTED)
        out.append(Decide(parent.order_id, Decision.REFUSE, refusal.text, {"OrdRejReason": refusal.reason.value}))
        out.append(report(parent, ExecType.REJECTED, now, refusal=refusal))

    def _cancel_received(self, event: CancelReceived, now: int, out: Out) -> None:
        request, session = event.request, event.session
        parent = self.orders.by_cl_ord_id(session, request.orig_cl_ord_id)
        refusal = _why_not_cancel(parent, event)
        if refusal is not None or parent is None:
            reason, text = refusal or (CxlRejReason.UNKNOWN_ORDER, "")
            out.append(Decide(parent.order_id if parent else "", Decision.REFUSE, text, {"CxlRejReason": reason.value}))
            out.append(refuse_cancel(session, parent, request, reason, text))
            return
        parent.cancel = request
        out.append(report(parent, ExecType.PENDING_CANCEL, now))
        for child in parent.live:
            self._cancel_child(parent, child, now, out)
        self._proceed(parent, now, out, freed=False)

    def _cancel_child(self, parent: Parent, child: Child, now: int, out: Out, why: str = "the OMS cancels") -> None:
        """Not while in doubt: the cancel would be lost with the order; it follows when the venue has answered."""
        if child.in_doubt or child.request is Request.CANCEL:
            return
        child.changes += 1
        child.note(Step.CANCEL_SENT)
        request = OrderCancelRequest(
            cl_ord_id=f"{child.cl_ord_id}_{child.changes}",
            orig_cl_ord_id=child.cl_ord_id,
            symbol=child.symbol,
            side=parent.order.side,
            order_qty=child.qty,
            transact_time=now,
            order_id=child.venue_order_id,
        )
        out.append(Decide(parent.order_id, Decision.CANCEL, why, {"child": child.cl_ord_id}))
        self._send([SendCancel(parent.order_id, child.venue, request)], now, out)

    def _status_requested(self, event: StatusRequested, now: int, out: Out) -> None:
        parent = self.orders.by_cl_ord_id(event.session, event.request.cl_ord_id)
        if parent is None:
            out.append(unknown_order(event.session, event.request, now))
        else:
            out.append(report(parent, ExecType.ORDER_STATUS, now))

    # -- from a venue ------------------------------------------------------------------------------------------------

    def _executed(self, event: Executed, now: int, out: Out) -> None:
        found = self._child(event.venue, event.report.cl_ord_id, MsgType.EXECUTION_REPORT, out)
        if found is None:
            return
        parent, child = found
        booked = book(parent, child, event.report, now)
        if booked.alert:
            out.append(Decide(parent.order_id, Decision.ALERT, booked.alert))
        if booked.effect is Effect.DUPLICATE:
            reason = f"ExecID(17) {event.report.exec_id} was applied before"
            out.append(Decide(parent.order_id, Decision.IGNORE, reason, {"child": child.cl_ord_id}))
            return
        self._tell(parent, booked, event.report, self._venues[child.venue], now, out)
        if booked.effect is Effect.SETTLED or parent.cancel is not None:
            self._settled(parent, child, booked, now, out)
        if parent.cancel is not None or parent.done or not child.live:
            self._proceed(parent, now, out, freed=booked.effect is Effect.ENDED)

    def _child(self, venue: str, cl_ord_id: str, what: MsgType, out: Out) -> tuple[Parent, Child] | None:
        found = self.orders.child(cl_ord_id)
        if found is None or found[1].venue != venue:
            reason = (
                f"{venue} sent {what.name} for ClOrdID(11) {cl_ord_id or '(none)'}, which is no order of ours there"
            )
            out.append(Decide("", Decision.ALERT, reason))
            return None
        return found

    @staticmethod
    def _tell(parent: Parent, booked: Booked, said: ExecutionReport, venue: Venue, now: int, out: Out) -> None:
        """New once, before anything else; then each trade as it comes, late ones included."""
        if booked.effect not in (Effect.ACCEPTED, Effect.TRADED):
            return
        if not parent.announced:
            _announce(parent, now, out)
        if booked.effect is Effect.TRADED:
            filled = parent.cum >= parent.order.order_qty
            if parent.state is not OrdStatus.FILLED:
                parent.apply(states.Event.FILL if filled else states.Event.TRADE)
            credited, price = booked.credited, said.last_px
            out.append(report(parent, ExecType.TRADE, now, last_qty=credited, last_px=price, last_mkt=venue.mic))

    def _settled(self, parent: Parent, child: Child, booked: Booked, now: int, out: Out) -> None:
        if booked.effect is Effect.SETTLED:
            reason = f"{child.venue} answered: {child.state.name}, CumQty(14) {child.cum}"
            out.append(Decide(parent.order_id, Decision.SETTLE, reason, {"child": child.cl_ord_id}))
        if parent.cancel is not None and child.live and child.request is Request.NONE:
            self._cancel_child(parent, child, now, out)

    def _cancel_rejected(self, event: CancelRejected, now: int, out: Out) -> None:
        reject = event.reject
        found = self._child(event.venue, reject.orig_cl_ord_id or reject.cl_ord_id, MsgType.ORDER_CANCEL_REJECT, out)
        if found is None:
            return
        parent, child = found
        if not child.live:
            return  # the fill or the end of the order came first; nothing is left to cancel
        reason = f"{child.venue} did not cancel {child.cl_ord_id}: {reject.text or reject.reason or 'no reason given'}"
        out.append(Decide(parent.order_id, Decision.CANCEL, reason))
        child.note(Step.ANSWERED_CHANGE)
        if reject.reason is CxlRejReason.UNKNOWN_ORDER:  # either it never arrived or its end is on the way: ask
            lose(parent, child, f"{child.venue} does not know the order to cancel", out)
            self._doubt.ask(parent, child, now, out)
        self._proceed(parent, now, out, freed=False, why=reason)

    def _message_refused(self, event: MessageRefused, now: int, out: Out) -> None:
        found = self._child(event.venue, event.cl_ord_id, MsgType.REJECT, out)
        if found is None:
            return
        parent, child = found
        reason = f"{event.venue} refused MsgType(35) {event.msg_type.value} for {child.cl_ord_id}: {event.text}"
        if event.msg_type is MsgType.NEW_ORDER_SINGLE and child.state is OrdStatus.PENDING_NEW:
            out.append(Decide(parent.order_id, Decision.REFUSED, reason, {"child": child.cl_ord_id}))
            child.apply(states.Event.REJECTED)
            parent.avoid[child.venue] = REFUSED
            parent.refusal = (OrdRejReason.BROKER_OPTION, reason)
            self._proceed(parent, now, out, freed=True)
            return
        out.append(Decide(parent.order_id, Decision.ALERT, reason))
        if event.msg_type is MsgType.ORDER_CANCEL_REQUEST and child.request is Request.CANCEL:
            child.note(Step.ANSWERED_CHANGE)
            self._proceed(parent, now, out, freed=False, why=reason)

    # -- sessions, markets, time -------------------------------------------------------------------------------------

    def _venue_up(self, event: VenueUp, now: int, out: Out) -> None:
        """What is in doubt is asked before anything else goes to this venue."""
        self.up.add(event.venue)
        self._doubt.ask_all(event.venue, now, out)
        symbols = tuple(sorted(listing.symbol for listing in self._venues[event.venue].listings.values()))
        out.append(Subscribe("", event.venue, symbols))

    def _venue_down(self, event: VenueDown, now: int, out: Out) -> None:
        del now
        self.up.discard(event.venue)
        self.market.forget(event.venue)
        for parent, child in self.orders.at(event.venue):
            if not child.in_doubt:
                lose(parent, child, f"the session with {event.venue} ended", out)

    def _book_changed(self, event: BookChanged, now: int, out: Out) -> None:
        del out
        self.market.apply(event.venue, event.data, now)

    def _tick(self, event: Tick, now: int, out: Out) -> None:
        del event
        self._doubt.overdue(now, out)

    # -- what follows ------------------------------------------------------------------------------------------------

    def _send(self, commands: Iterable[Command], now: int, out: Out) -> None:
        for command in commands:
            out.append(command)
            self._doubt.watch(command, now)

    def _proceed(self, parent: Parent, now: int, out: Out, *, freed: bool, why: str = "") -> None:
        """After any change: final, or another round for what came back, or wait for the children."""
        if self.orders.retired(parent):
            return
        if parent.done:  # where children are left, a venue gave more than was asked of it: theirs is too much
            for child in [] if why else parent.live:
                self._cancel_child(parent, child, now, out, "the order is filled")
            if not parent.live:
                self._close(parent, "", out)
            return
        if freed and parent.cancel is None and parent.unrouted > 0:
            self._send(self._placer.place(parent, now), now, out)
        live = parent.live
        if not live:
            self._end(parent, now, out)
        elif parent.cancel is not None and all(child.request is Request.NONE for child in live):
            self._cancel_failed(parent, why, out)

    def _cancel_failed(self, parent: Parent, why: str, out: Out) -> None:
        """Every venue has answered and some kept their order: the parent lives on."""
        assert parent.cancel is not None
        request, parent.cancel = parent.cancel, None
        out.append(refuse_cancel(parent.session, parent, request, CxlRejReason.BROKER_OPTION, why))

    def _end(self, parent: Parent, now: int, out: Out) -> None:
        """No child can trade any more and the parent is not filled."""
        taken = any(child.state is not OrdStatus.REJECTED for child in parent.children.values())
        if taken and not parent.announced and parent.cancel is None:
            _announce(parent, now, out)
        if parent.cancel is not None:
            reason = "canceled by the OMS"
        elif parent.announced:
            reason = f"no venue takes the remaining {parent.unrouted}"
            if parent.refusal is not None:
                reason += f"; last answer: {parent.refusal[1]}"
        else:
            reason = "no venue took it"
        if parent.announced or parent.cancel is not None:
            parent.apply(states.Event.CANCELED)
            out.append(report(parent, ExecType.CANCELED, now, text="" if parent.cancel is not None else reason))
        else:
            refusal = Refusal(*(parent.refusal or (OrdRejReason.BROKER_OPTION, reason)))
            parent.apply(states.Event.REJECTED)
            out.append(report(parent, ExecType.REJECTED, now, refusal=refusal))
        self._close(parent, reason, out)

    def _close(self, parent: Parent, reason: str, out: Out) -> None:
        if parent.cancel is not None and parent.state is OrdStatus.FILLED:
            text = "the order was filled first"
            too_late = CxlRejReason.TOO_LATE_TO_CANCEL
            out.append(refuse_cancel(parent.session, parent, parent.cancel, too_late, text))
        if reason:
            out.append(Decide(parent.order_id, Decision.FINISH, reason, {"OrdStatus": parent.state.name}))
        out.append(Closed(parent.order_id))
        self.orders.retire(parent)


def _announce(parent: Parent, now: int, out: Out) -> None:
    parent.apply(states.Event.ACCEPTED)
    out.append(report(parent, ExecType.NEW, now, untraded=True))


def _why_not_cancel(parent: Parent | None, event: CancelReceived) -> tuple[CxlRejReason, str] | None:
    """CxlRejReason(102) and a sentence, or None when the cancel may go."""
    request = event.request
    if event.known or (parent is not None and request.cl_ord_id == request.orig_cl_ord_id):
        return CxlRejReason.DUPLICATE_CL_ORD_ID, f"ClOrdID(11) {request.cl_ord_id} was used before"
    if parent is None:
        return (
            CxlRejReason.UNKNOWN_ORDER,
            f"OrigClOrdID(41) {request.orig_cl_ord_id} is no order of this session",
        )
    if parent.done:
        return CxlRejReason.TOO_LATE_TO_CANCEL, f"the order is {parent.state.name}"
    if parent.cancel is not None:
        return CxlRejReason.ALREADY_PENDING, f"{parent.cancel.cl_ord_id} is pending"
    return None
