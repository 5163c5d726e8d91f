"""What venues say of our children, of their sessions and of their markets."""

from __future__ import annotations

from decimal import Decimal

from engine.core.commands import Decide, Decision, SendDontKnow, Subscribe
from engine.core.events import (
    BookChanged,
    CancelRejected,
    Executed,
    MassCanceled,
    MessageRefused,
    VenueDown,
    VenueUp,
)
from engine.core.floor import Floor, Out
from engine.core.orders import child_id
from engine.core.reporting import report
from engine.core.working import Worker
from engine.market.health import Change, State
from engine.orders import states
from engine.orders.booking import HALTED, Booked, Effect, book, refuse_change, refuse_order
from engine.orders.order import Child, Parent
from engine.orders.states import CHANGING, Request
from fix.business import ZERO, DontKnowTrade, ExecutionReport, NewOrderSingle
from fix.enums import (
    CxlRejReason,
    DKReason,
    ExecRestatementReason,
    ExecType,
    MassCancelResponse,
    MsgType,
    OrdStatus,
)

_TOLD = (Effect.ACCEPTED, Effect.TRADED, Effect.CORRECTED, Effect.BUSTED)
_PLAIN = (Effect.ACCEPTED, Effect.TRADED, Effect.NOTHING)
_RESTATING = (ExecType.RESTATED, ExecType.REPLACED)
_OTHERWISE = (Effect.CHANGED, Effect.HALTED)
_SETTLING = (Effect.SETTLED, Effect.ASK)
_FREED = (Effect.ENDED, Effect.BUSTED, Effect.CHANGED)
_CHANGES = (MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_CANCEL_REPLACE_REQUEST)


class Ear:
    """Hears the venues of a floor."""

    def __init__(self, floor: Floor, worker: Worker) -> None:
        self._floor = floor
        self._worker = worker
        self._subscribed = 0
        floor.doubt.unanswered = self._unanswered

    # -- reports -----------------------------------------------------------------------------------------------------

    def executed(self, event: Executed, now: int, out: Out) -> None:
        said = event.report
        found = self._child(event.venue, said.cl_ord_id, MsgType.EXECUTION_REPORT, out)
        if found is None:
            if said.exec_type is ExecType.TRADE:
                self._deny(event.venue, said, DKReason.NO_MATCHING_ORDER, "", out)
            return
        parent, child = found
        new = child.state is OrdStatus.PENDING_NEW and not child.in_doubt  # though a cancel may be pending
        over, terms, notional = not child.live, parent.order, parent.notional
        by_itself = said.exec_type in _RESTATING and child.asked is None
        could = child.exposure + child.credit(child.cum) if by_itself else ZERO
        booked = book(parent, child, said, now)
        effect = booked.effect
        if booked.alert:
            out.append(Decide(parent.order_id, Decision.ALERT, booked.alert))
        if effect in _TOLD:
            self._tell(parent, child, booked, said, now, out)
        elif effect is Effect.DUPLICATE:
            reason = f"ExecID(17) {said.exec_id} was applied before"
            out.append(Decide(parent.order_id, Decision.IGNORE, reason, {"child": child.cl_ord_id}))
            return
        else:
            self._otherwise(parent, child, booked, said, now, out)
        floor = self._floor
        learns = floor.learning.active
        if over or floor.limited or floor.kills or floor.troubled or learns or (new and floor.watched):
            self._follow(parent, child, said, now, out, new=new, over=over, notional=notional)
        if effect is Effect.CHANGED:
            declined = max(could - child.exposure - child.credit(child.cum), ZERO)
            self._changed(parent, child, terms, declined, now, out)
        elif self._stirs(parent, child, effect):
            self._worker.proceed(parent, now, out, freed=effect in _FREED)
        elif floor.limited:
            floor.count(parent)

    def _otherwise(
        self, parent: Parent, child: Child, booked: Booked, said: ExecutionReport, now: int, out: Out
    ) -> None:
        """What is neither news for the OMS nor a repetition."""
        if booked.deny is not None:
            self._deny(child.venue, said, booked.deny, parent.order_id, out)
        if booked.effect in _OTHERWISE and not parent.announced:  # what has other terms, or halts, was accepted
            self._worker.announce(parent, now, out)
        elif booked.effect in _SETTLING:
            self._settled(parent, child, booked, now, out)

    def _follow(
        self,
        parent: Parent,
        child: Child,
        said: ExecutionReport,
        now: int,
        out: Out,
        *,
        new: bool,
        over: bool,
        notional: Decimal,
    ) -> None:
        """What it means for those who watch: limits, venues, kills. Before, the child was `new` or `over`."""
        floor = self._floor
        if over and child.live and (child.kept or child.request is not Request.NONE):
            floor.doubt.watch(child, now)  # a tick may have passed over it meanwhile, or may not
        if floor.limited:
            floor.executed(parent, parent.notional - notional, now, out)
        if new and child.state is not OrdStatus.PENDING_NEW:
            self._first_answer(child, said, now, out)
        if floor.learning.active:
            floor.learning.heard(parent, child, said, now, out, new=new, over=over)
        if floor.kills and not child.live:
            floor.kills.gone(child, out)

    def _stirs(self, parent: Parent, child: Child, effect: Effect) -> bool:
        """Whether the parent may need something now. An order that only works and trades does not."""
        if effect not in _PLAIN or parent.requests or parent.closing is not None or parent.done or parent.astray:
            return True
        if not child.live and (
            parent.plan is not None or not any(c.state not in HALTED and c.live for c in parent.children.values())
        ):
            return True  # there is a next part; or it was the last, or the last that is not halted
        return self._floor.troubled and bool(self._floor.unwelcome(child.venue, parent.order.symbol))

    def _child(self, venue: str, cl_ord_id: str, what: MsgType, out: Out) -> tuple[Parent, Child] | None:
        found = self._floor.orders.child(cl_ord_id)
        if found is None or found[1].venue != venue:
            named = f"ClOrdID(11) {cl_ord_id or '(none)'}"
            out.append(
                Decide("", Decision.ALERT, f"{venue} sent {what.name} for {named}, which is no order of ours there")
            )
            return None
        return found

    @staticmethod
    def _deny(venue: str, said: ExecutionReport, reason: DKReason, order_id: str, out: Out) -> None:
        """DontKnowTrade(Q): we do not take this trade for ours."""
        denial = DontKnowTrade(
            order_id=said.order_id,
            exec_id=said.exec_id,
            reason=reason,
            symbol=said.symbol,
            side=said.side,
            order_qty=said.order_qty,
            last_qty=said.last_qty,
            last_px=said.last_px,
            text=f"ClOrdID(11) {said.cl_ord_id or '(none)'}: {reason.name.lower().replace('_', ' ')}",
        )
        out.append(SendDontKnow(order_id, venue, denial))

    def _tell(self, parent: Parent, child: Child, booked: Booked, said: ExecutionReport, now: int, out: Out) -> None:
        """New once, before anything else; then each trade as it comes, late ones included, and what becomes of it."""
        if not parent.announced:
            self._worker.announce(parent, now, out)
        if booked.fill is None:
            return  # of an acceptance it hears once
        fill, busted = booked.fill, booked.effect is Effect.BUSTED
        parent.follow(traded=booked.effect is Effect.TRADED)
        told = report(
            parent,
            _EXEC_TYPES[booked.effect],
            now,
            last_qty=ZERO if busted else booked.credited,
            last_px=ZERO if busted else said.last_px,
            last_mkt=self._floor.venues[child.venue].mic,
            exec_ref_id=fill.told,
        )
        fill.told = told.report.exec_id
        out.append(told)

    def _settled(self, parent: Parent, child: Child, booked: Booked, now: int, out: Out) -> None:
        if booked.effect is Effect.SETTLED:
            reason = f"{child.venue} answered: {child.state.name}, CumQty(14) {child.cum}"
            out.append(Decide(parent.order_id, Decision.SETTLE, reason, {"child": child.cl_ord_id}))
        else:
            self._floor.ask(parent, child, f"what {child.venue} says of {child.cl_ord_id} leaves a question", now, out)

    def _changed(
        self, parent: Parent, child: Child, terms: NewOrderSingle, declined: Decimal, now: int, out: Out
    ) -> None:
        """Other terms of a child, asked for or not. The OMS hears when its order is another because of it: after a
        corporate action, or where what the venue `declined` (parent units) is taken by nobody else.
        """
        why = ExecRestatementReason.GT_CORPORATE_ACTION if parent.order != terms else None
        self._worker.proceed(parent, now, out, freed=True)
        if child.live and parent.unrouted < 0:
            reason = f"{child.venue} raised {child.cl_ord_id} beyond what is asked"
            self._floor.cancel(parent, child, now, out, reason)
        left = min(declined, parent.unrouted)
        if why is None and left > 0 and parent.live and not (parent.done or parent.requests or parent.closing):
            why = ExecRestatementReason.PARTIAL_DECLINE_OF_ORDER_QTY
            parent.order = parent.order._replace(order_qty=parent.order.order_qty - left)
        if why is not None and not parent.done:
            parent.apply(states.Event.RESTATED)
            out.append(report(parent, ExecType.RESTATED, now, why=why))

    # -- refusals ----------------------------------------------------------------------------------------------------

    def cancel_rejected(self, event: CancelRejected, now: int, out: Out) -> None:
        reject = event.reject
        name = reject.orig_cl_ord_id or reject.cl_ord_id
        found = self._child(event.venue, name, MsgType.ORDER_CANCEL_REJECT, out)
        if found is None:
            return
        parent, child = found
        asked = "replace" if child.asked is not None else "cancel"
        said = f"{child.venue} did not {asked} {child.cl_ord_id}"
        reason = f"{said}: {reject.text or reject.reason or 'no reason given'}"
        older = child_id(reject.cl_ord_id) != reject.cl_ord_id != child.request_id
        if older or (child.request not in CHANGING and not child.in_doubt):  # its end came first, or nobody asked
            if child.live:
                out.append(Decide(parent.order_id, Decision.IGNORE, reason, {"child": child.cl_ord_id}))
            return
        out.append(
            Decide(parent.order_id, Decision.REFUSED, reason, {"child": child.cl_ord_id, "change": reject.cl_ord_id})
        )
        refuse_change(parent, child)
        if not child.live:
            return
        if reject.reason in (CxlRejReason.UNKNOWN_ORDER, CxlRejReason.TOO_LATE_TO_CANCEL):
            # either it never arrived, or its end or its fill is on the way: what became of it is not known
            self._floor.ask(parent, child, f"{child.venue} has nothing left to change of it", now, out)
        self._kept(parent, child, reason, now, out)

    def _kept(self, parent: Parent, child: Child, reason: str, now: int, out: Out) -> None:
        self._worker.proceed(parent, now, out, why=reason)
        self._wait_again(child, now)

    def _wait_again(self, child: Child, now: int) -> None:
        """What was asked of it is refused. It has to answer to the order itself first, or may be asked once more."""
        if child.live and (child.request is Request.NEW or (child.kept and child.request is Request.NONE)):
            self._floor.doubt.watch(child, now)

    def message_refused(self, event: MessageRefused, now: int, out: Out) -> None:
        """Reject(3) or BusinessMessageReject(j) of a message of ours."""
        if event.msg_type is MsgType.ORDER_MASS_CANCEL_REQUEST:
            reason = f"{event.venue} refused the mass cancel {event.cl_ord_id}: {event.text}"
            out.append(Decide("", Decision.ALERT, reason))
            self._each_by_itself(event.venue, event.cl_ord_id, reason, now, out)
            return
        found = self._child(event.venue, event.cl_ord_id, MsgType.REJECT, out)
        if found is None:
            return
        parent, child = found
        reason = f"{event.venue} refused MsgType(35) {event.msg_type.value} for {child.cl_ord_id}: {event.text}"
        if event.msg_type is MsgType.NEW_ORDER_SINGLE and child.state is OrdStatus.PENDING_NEW:
            out.append(Decide(parent.order_id, Decision.REFUSED, reason, {"child": child.cl_ord_id}))
            refuse_order(parent, child, reason)
            self._stands(self._floor.health.rejected(child.venue, event.text, now, child.cl_ord_id), now, out)
            if self._floor.kills:
                self._floor.kills.gone(child, out)
            self._worker.proceed(parent, now, out, freed=True)
            return
        if event.msg_type in _CHANGES and child.request in CHANGING:
            detail = {"child": child.cl_ord_id, "change": event.cl_ord_id}
            out.append(Decide(parent.order_id, Decision.REFUSED, reason, detail))
            refuse_change(parent, child)
            self._kept(parent, child, reason, now, out)
            return
        out.append(Decide(parent.order_id, Decision.ALERT, reason))

    def mass_canceled(self, event: MassCanceled, now: int, out: Out) -> None:
        """A mass cancel that the venue rejects leaves each order to be cancelled by itself."""
        said = event.report
        if said.response is not MassCancelResponse.CANCEL_REQUEST_REJECTED:
            reason = f"{event.venue} cancels {said.total_affected} orders"
            out.append(Decide("", Decision.CANCEL, reason, {"venue": event.venue}))
            return
        reason = f"{event.venue} does not cancel all orders: {said.text or said.reject_reason or 'no reason given'}"
        out.append(Decide("", Decision.ALERT, reason))
        self._each_by_itself(event.venue, said.cl_ord_id, reason, now, out)

    def _each_by_itself(self, venue: str, mass: str, reason: str, now: int, out: Out) -> None:
        """What a mass cancel was to cancel."""
        for parent, child in self._floor.orders.at(venue):
            if child.request is Request.CANCEL and not child.changes:
                child.unchanged()
                detail = {"child": child.cl_ord_id, "mass": mass}
                out.append(Decide(parent.order_id, Decision.REFUSED, reason, detail))
                self._worker.proceed(parent, now, out)
                self._wait_again(child, now)

    # -- how the venue stands ----------------------------------------------------------------------------------------

    def _first_answer(self, child: Child, said: ExecutionReport, now: int, out: Out) -> None:
        """Of a new order: how long it took, or that it was refused."""
        health = self._floor.health
        if child.state is OrdStatus.REJECTED:
            change = health.rejected(child.venue, said.text or "no reason given", now, child.cl_ord_id)
        else:
            change = health.acked(child.venue, now - child.sent_at, now, child.cl_ord_id)
        if change is not None:
            self._stands(change, now, out)

    def _unanswered(self, parent: Parent, child: Child, now: int, out: Out) -> None:
        del parent
        self._stands(self._floor.health.unanswered(child.venue, now, child.cl_ord_id), now, out)

    def _stands(self, change: Change | None, now: int, out: Out) -> None:
        """Where a venue goes out of routing, what rests there is to leave it."""
        if change is None:
            return
        if self._floor.stands(change, out):
            self.leave(change.venue, now, out)
        elif change.state is not State.OUT:
            self._offer(change.venue, now, out)

    def _offer(self, venue: str, now: int, out: Out) -> None:
        """A venue can be routed to again: what waits for one may go there."""
        listings = self._floor.venues[venue].listings
        for parent in list(self._floor.orders.open()):
            if parent.order.symbol in listings and parent.unrouted > 0:
                self._worker.proceed(parent, now, out, freed=True)

    def leave(self, venue: str, now: int, out: Out) -> None:
        for parent, child in self._floor.orders.at(venue):
            child.kept = 0
            self._worker.proceed(parent, now, out)

    def tick(self, now: int, out: Out) -> None:
        changes = self._floor.health.tick(now)
        gone = [change.venue for change in changes if self._floor.stands(change, out)]
        for change in changes:
            if change.venue in gone:
                self.leave(change.venue, now, out)
            elif change.state is not State.OUT:
                self._offer(change.venue, now, out)

    # -- sessions and markets ----------------------------------------------------------------------------------------

    def up(self, event: VenueUp, now: int, out: Out) -> None:
        """What is in doubt is asked before anything else goes to this venue."""
        floor = self._floor
        floor.up.add(event.venue)
        floor.since.setdefault(event.venue, now)
        change = floor.health.up(event.venue, now)
        floor.look()
        if change is not None and change.state is State.PROBING:
            floor.stands(change, out)
        floor.doubt.ask_all(event.venue, now, out)
        symbols = tuple(sorted(listing.symbol for listing in floor.venues[event.venue].listings.values()))
        self._subscribe(event.venue, symbols, out)
        self._offer(event.venue, now, out)

    def _subscribe(self, venue: str, symbols: tuple[str, ...], out: Out) -> None:
        self._subscribed += 1
        trades = self._floor.venues[venue].trades
        out.append(Subscribe("", venue, symbols, f"{self._floor.prefix}-MD{self._subscribed}", trades))

    def down(self, event: VenueDown, now: int, out: Out) -> None:
        floor = self._floor
        floor.up.discard(event.venue)
        floor.market.forget(event.venue)
        floor.health.down(event.venue, now)
        floor.look()
        for parent, child in floor.orders.at(event.venue):
            if not child.in_doubt:
                floor.ask(parent, child, f"the session with {event.venue} ended", now, out)

    def book(self, event: BookChanged, now: int, out: Out) -> None:
        floor = self._floor
        stale = floor.market.apply(event.venue, event.data, now)
        if stale:
            reason = (
                f"{event.venue} left out market data of {', '.join(stale)}: asked again, not routed by until it comes"
            )
            out.append(Decide("", Decision.ALERT, reason, {"venue": event.venue}))
            self._subscribe(event.venue, tuple(stale), out)
        if floor.learning.on:
            for symbol in floor.symbols(event.venue, event.data):
                floor.learning.moved(symbol, now)
        change = floor.health.data(event.venue, now)
        if change is not None:
            self._stands(change, now, out)


_EXEC_TYPES = {
    Effect.TRADED: ExecType.TRADE,
    Effect.CORRECTED: ExecType.TRADE_CORRECT,
    Effect.BUSTED: ExecType.TRADE_CANCEL,
}
