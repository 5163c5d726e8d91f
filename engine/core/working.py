"""What a parent needs next, after anything that happened to it: cancels, an amendment, another round, or its end.

One function looks at the whole parent each time, `Worker.proceed`; what it asks for depends on nothing but how things
stand, so that it does not matter in which order answers, fills and requests crossed.
"""

from __future__ import annotations

from engine.core import amending
from engine.core.commands import Closed, Decide, Decision, Reopened
from engine.core.floor import Floor, Out
from engine.core.reporting import refuse_change, report
from engine.orders import states
from engine.orders.booking import HALTED
from engine.orders.order import GOOD_TILL, Change, Child, Closing, Parent
from engine.orders.states import FREE, Request
from engine.risk.checks import Refusal
from fix.business import OrderCancelReplaceRequest
from fix.enums import CxlRejReason, ExecRestatementReason, ExecType, OrdRejReason, OrdStatus

_EXEC_TYPES = {
    states.Event.CANCELED: ExecType.CANCELED,
    states.Event.EXPIRED: ExecType.EXPIRED,
    states.Event.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}
_HALTS = {
    OrdStatus.SUSPENDED: (states.Event.SUSPENDED, ExecType.SUSPENDED),
    OrdStatus.STOPPED: (states.Event.STOPPED, ExecType.STOPPED),
    OrdStatus.DONE_FOR_DAY: (states.Event.DONE_FOR_DAY, ExecType.DONE_FOR_DAY),
}


class Worker:
    """Of all parents of a floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        floor.doubt.again = self._again

    def announce(self, parent: Parent, now: int, out: Out) -> None:
        """New, once and before anything else."""
        parent.apply(states.Event.ACCEPTED)
        out.append(report(parent, ExecType.NEW, now, untraded=True))

    def close(self, parent: Parent, closing: Closing, now: int, out: Out) -> None:
        """The engine itself ends it; on record, so that a restart goes on with it."""
        if parent.done or parent.closing is not None:
            return
        parent.closing = closing
        detail = {"as": closing.event.name}
        out.append(Decide(parent.order_id, Decision.CLOSE, closing.reason, detail))
        for request in list(parent.requests):
            if isinstance(request, OrderCancelReplaceRequest):
                self.refuse(parent, request, CxlRejReason.BROKER_OPTION, closing.reason, out)
        for child in parent.live:
            child.kept = 0
        self.proceed(parent, now, out)

    def proceed(self, parent: Parent, now: int, out: Out, *, freed: bool = False, why: str = "") -> None:
        """`freed`: quantity came back that may go elsewhere; `why`: what a venue said that would not change a child."""
        floor = self._floor
        floor.held.pop(parent.order_id, None)
        if floor.orders.retired(parent):
            if parent.done and not parent.live:
                return
            floor.orders.revive(parent)
            floor.taken_on(parent)
            out.append(Reopened(parent.order_id))
        if not parent.done and parent.pending is Request.REPLACE and parent.closing is None:
            self._leave(parent, parent.live, now, out)
            freed = self._amend(parent, now, out, why) or freed
        if parent.done:
            freed = self._over(parent, now, out) or freed
        if parent.done:
            if not parent.live:
                self._retire(parent, "", out)
        elif parent.closing is not None or parent.cancel is not None:
            self._wind_up(parent, now, out, why)
        elif not parent.requests or not (parent.announced or parent.live):
            self._work(parent, now, out, freed=freed)
        floor.count(parent)

    # -- as the OMS wants it -----------------------------------------------------------------------------------------

    def _work(self, parent: Parent, now: int, out: Out, *, freed: bool) -> None:
        floor, live = self._floor, parent.live
        killed = floor.kills.refuse(parent.session, parent.order) if floor.kills else None
        if killed is not None:  # it was over when the kill came, and a trade of it was cancelled since
            self.close(parent, Closing(killed.text, states.Event.CANCELED), now, out)
            return
        if 0 < parent.order.expire_time <= now:  # its venues told of it before a tick did
            self.close(parent, Closing("its ExpireTime(126) has come", states.Event.EXPIRED), now, out)
            return
        self._leave(parent, live, now, out)
        if parent.astray:
            plan = self._conform(parent, amending.as_it_is(parent.order), now, out, firm=True)
            parent.astray = bool(plan.steps) or plan.waiting or plan.refused
        if (freed or not live or floor.schedules.releases(parent)) and parent.unrouted > 0:
            floor.send(parent, floor.placer.place(parent, now), now, out)
            live = parent.live
        if not live and floor.schedules.waits(parent, now):
            return
        if not live:
            self._end(parent, now, out)
        elif parent.state in _HALTS or any(child.state in HALTED for child in live):
            self._halt(parent, live, now, out)

    def _leave(self, parent: Parent, live: list[Child], now: int, out: Out) -> None:
        """Venues that are out of routing, or killed."""
        for child in live if self._floor.troubled else ():
            unwelcome = self._floor.unwelcome(child.venue, parent.order.symbol)
            if unwelcome:
                self._floor.cancel(parent, child, now, out, unwelcome)

    def _halt(self, parent: Parent, live: list[Child], now: int, out: Out) -> None:
        """Suspended, stopped or done for the day when all of it is, and back when some of it is not."""
        found = {OrdStatus.DONE_FOR_DAY if c.state is OrdStatus.CALCULATED else c.state for c in live}
        halt = _HALTS.get(found.pop()) if len(found) == 1 else None
        if halt is not None and parent.announced:
            event, exec_type = halt
            if event in states.ORDER[parent.state] and parent.state is not states.ORDER[OrdStatus.NEW][event]:
                parent.apply(event)
                out.append(report(parent, exec_type, now))
        elif halt is None and parent.state in _HALTS:
            resumed = parent.state is OrdStatus.SUSPENDED  # Appendix D, K.1.a: New again
            parent.apply(states.Event.ACCEPTED if resumed else states.Event.RESTATED)
            exec_type, why = (ExecType.NEW, None) if resumed else (ExecType.RESTATED, ExecRestatementReason.OTHER)
            out.append(report(parent, exec_type, now, why=why, text="trading goes on"))

    # -- amendments --------------------------------------------------------------------------------------------------

    def _amend(self, parent: Parent, now: int, out: Out, why: str) -> bool:
        """Works the replaces in their order; whether one was answered with yes."""
        done = False
        while parent.requests and not parent.done:
            request = parent.requests[0]
            assert isinstance(request, OrderCancelReplaceRequest), "a cancel makes the replaces before it moot"
            if request.orig_cl_ord_id != parent.order.cl_ord_id:
                text = f"OrigClOrdID(41) {request.orig_cl_ord_id} is not what the order was last accepted as"
                self.refuse(parent, request, CxlRejReason.BROKER_OPTION, text, out)
                continue
            if not parent.announced:
                return done  # New comes first
            plan = self._conform(parent, request, now, out, firm=parent.changed)
            if plan.steps or plan.waiting:
                return done
            if plan.refused:
                if parent.changed:
                    return done  # some have the new terms: who would not, and would not go either, is asked again
                self.refuse(parent, request, CxlRejReason.BROKER_OPTION, why or "the venues keep it as it is", out)
                continue
            self._replaced(parent, request, now, out)
            done = True
        return done

    def _conform(
        self, parent: Parent, target: OrderCancelReplaceRequest, now: int, out: Out, *, firm: bool
    ) -> amending.Amendment:
        """Asks children for what `target` wants of them; what is left to ask after that."""
        plan = amending.plan(parent, target, self._floor.venues, firm=firm)
        for child, terms in plan.steps:
            if terms is None:
                left = "could not change it" if child.kept else "leaves nothing for it"
                self._floor.cancel(parent, child, now, out, f"{target.cl_ord_id} {left}", refused=1)
            else:
                self._floor.replace(parent, child, terms, now, out, f"as {target.cl_ord_id} asks")
        return plan

    def _replaced(self, parent: Parent, request: OrderCancelReplaceRequest, now: int, out: Out) -> None:
        """No less than what has traded, or may have (Appendix D, C.3.c)."""
        parent.replace(request, max(request.order_qty, parent.cum + parent.working))
        self._floor.taken_on(parent)
        out.append(report(parent, ExecType.REPLACED, now, answers=request))

    def refuse(self, parent: Parent, request: Change, reason: CxlRejReason, text: str, out: Out) -> None:
        """One of its pending requests."""
        parent.answered(request)
        out.append(refuse_change(parent.session, parent, request, reason, text))

    # -- cancels -----------------------------------------------------------------------------------------------------

    def _wind_up(self, parent: Parent, now: int, out: Out, why: str) -> None:
        reason = "the OMS cancels" if parent.closing is None else parent.closing.reason
        live = parent.live
        for child in live:
            self._floor.cancel(parent, child, now, out, reason)
        if not live:
            self._end(parent, now, out)
        elif parent.cancel is not None and all(c.request in FREE and c.kept for c in live):
            text = why or "the venues keep it"
            self.refuse(parent, parent.cancel, CxlRejReason.BROKER_OPTION, text, out)
            if parent.closing is None:
                self._work(parent, now, out, freed=True)
            else:
                self._wind_up(parent, now, out, why)  # that it has to end still holds

    def _again(self, parent: Parent, child: Child, now: int, out: Out) -> None:
        """A child that its venue would not change is asked once more, if that is still wanted."""
        half_changed = parent.pending is Request.REPLACE and parent.changed
        unwelcome = self._floor.unwelcome(child.venue, parent.order.symbol)
        if parent.done or parent.closing is not None or parent.astray or half_changed or unwelcome:
            child.kept = 0
            self.proceed(parent, now, out)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _over(self, parent: Parent, now: int, out: Out) -> bool:
        """Filled, or ended otherwise: what children are left is too much, and what is asked comes too late, but to
        raise a filled order (Appendix D, C.1.c); whether it was raised.
        """
        raised = False
        while parent.requests:
            request = parent.requests[0]
            filled = parent.state is OrdStatus.FILLED
            if (
                filled
                and isinstance(request, OrderCancelReplaceRequest)
                and request.order_qty > parent.cum + parent.working
            ):
                self._replaced(parent, request, now, out)
                raised = True
                continue
            text = "the order was filled first" if filled else f"the order is {parent.state.name}"
            self.refuse(parent, request, CxlRejReason.TOO_LATE_TO_CANCEL, text, out)
        if parent.done:
            for child in parent.live:
                self._floor.cancel(parent, child, now, out, "the order is filled")
        return raised

    def _end(self, parent: Parent, now: int, out: Out) -> None:
        """No child can trade any more and the parent is not filled."""
        cancel, closing = parent.cancel, parent.closing
        taken = any(child.state is not OrdStatus.REJECTED for child in parent.children.values())
        if taken and not parent.announced and cancel is None and closing is None:
            self.announce(parent, now, out)
        if cancel is not None:
            reason, text = "canceled by the OMS", ""
        elif closing is not None:
            reason = text = closing.reason
        elif parent.announced:
            reason = f"no venue takes the remaining {parent.unrouted}"
            if parent.refusal is not None:
                reason += f"; last answer: {parent.refusal[1]}"
            text = reason
        else:
            reason = "no venue took it"
        if parent.announced or cancel is not None or closing is not None:
            event = states.Event.CANCELED
            if cancel is None:
                event = parent.ends_as if closing is None else closing.event
            if event is states.Event.DONE_FOR_DAY and parent.order.time_in_force in GOOD_TILL:
                event = states.Event.CANCELED  # its children were of a day, it is not
            parent.apply(event)
            if cancel is not None:
                parent.canceled(cancel)
            why = parent.ends_why if cancel is None and closing is None else None
            out.append(report(parent, _EXEC_TYPES[event], now, text=text, answers=cancel, why=why))
        else:
            refusal = Refusal(*(parent.refusal or (OrdRejReason.BROKER_OPTION, reason)))
            parent.apply(states.Event.REJECTED)
            out.append(report(parent, ExecType.REJECTED, now, refusal=refusal))
        self._over(parent, now, out)
        self._retire(parent, reason, out)

    def _retire(self, parent: Parent, reason: str, out: Out) -> None:
        if reason:
            out.append(Decide(parent.order_id, Decision.FINISH, reason, {"OrdStatus": parent.state.name}))
        out.append(Closed(parent.order_id))
        self._floor.schedules.forget(parent)
        self._floor.orders.retire(parent)
