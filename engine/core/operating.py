"""What a named person asks of a running engine: kills and releases, what is in doubt, limits, venues in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.actions import (
    ChangeLimits,
    Enable,
    Kill,
    LearnAgain,
    Outcome,
    Release,
    RollBack,
    Scope,
    Settle,
    TakeBack,
    TakeOut,
)
from engine.core.commands import Decide, Decision, Keep, SendMassCancel
from engine.core.events import Instructed
from engine.core.floor import Floor, Out
from engine.core.hearing import Ear
from engine.core.working import Worker
from engine.orders import states
from engine.orders.booking import OUTCOMES, Effect, decide
from engine.orders.order import Closing
from engine.orders.states import FREE, Step, TransitionError
from fix.business import OrderMassCancelRequest
from fix.enums import MassCancelRequestType


class Operator:
    """Acts for people; what cannot be done is said in a decision, and changes nothing."""

    def __init__(self, floor: Floor, worker: Worker, ear: Ear) -> None:
        self._floor = floor
        self._worker = worker
        self._ear = ear
        self._mass_cancels = 0
        self._actions: dict[type, Callable[[Instructed, Any, int, Out], None]] = {
            Kill: self._kill,
            Release: self._release,
            Settle: self._settle,
            Enable: self._enable,
            ChangeLimits: self._limits,
            TakeOut: self._take_out,
            TakeBack: self._take_back,
            RollBack: self._roll_back,
            LearnAgain: self._learn_again,
        }

    def instructed(self, event: Instructed, now: int, out: Out) -> None:
        self._actions[type(event.action)](event, event.action, now, out)

    # -- kills -------------------------------------------------------------------------------------------------------

    def _kill(self, event: Instructed, action: Kill, now: int, out: Out) -> None:
        floor = self._floor
        if action.scope is Scope.VENUE and action.name not in floor.venues:
            self._cannot(event, f"{action.name} is no venue", out)
            return
        reached = floor.kills.kill(action.scope, action.name, event.person, event.reason, out)
        floor.look()
        venues = (
            {action.name} if action.scope is Scope.VENUE else set(floor.venues) if action.scope is Scope.ALL else ()
        )
        for venue in sorted(venues):
            self._cancel_all(venue, now, out)
        reason = f"killed by {event.person}: {event.reason}"
        seen: set[str] = set()
        for parent, child in reached:
            child.kept = 0
            if parent.order_id in seen:
                continue
            seen.add(parent.order_id)
            if action.scope is not Scope.VENUE and parent.closing is None and not parent.done:
                self._worker.close(parent, Closing(reason, states.Event.CANCELED), now, out)
            else:
                self._worker.proceed(parent, now, out)
        for parent in list(floor.orders.open()):  # those that wait for their next part have no child to be reached by
            if not (parent.live or parent.done or parent.closing) and floor.kills.refuse(parent.session, parent.order):
                self._worker.close(parent, Closing(reason, states.Event.CANCELED), now, out)

    def _cancel_all(self, venue: str, now: int, out: Out) -> None:
        """In one message, where the venue takes it; where it does not, each child is cancelled by itself."""
        floor = self._floor
        if venue not in floor.up or not floor.venues[venue].mass_cancel:
            return
        here = [(p, c) for p, c in floor.orders.at(venue) if not c.changes]  # the others by themselves as well
        free = [(p, c) for p, c in here if c.request in FREE]
        if not free:
            return
        self._mass_cancels += 1
        floor.throttle.take(venue, now, cancel=True)
        name = f"{floor.prefix}-Q{self._mass_cancels}"
        request = OrderMassCancelRequest(name, MassCancelRequestType.CANCEL_ALL_ORDERS, "", None, now)
        out.append(SendMassCancel("", venue, request))
        for parent, child in free:
            child.note(Step.CANCEL_SENT)
            detail = {"child": child.cl_ord_id, "mass": name}
            out.append(Decide(parent.order_id, Decision.CANCEL, f"{venue} is asked to cancel everything", detail))
            floor.doubt.watch(child, now)

    def _release(self, event: Instructed, action: Release, now: int, out: Out) -> None:
        del now
        if not self._floor.kills.release(action.scope, action.name, event.person, event.reason, out):
            self._cannot(event, f"there is no kill of {action.scope} {action.name}".rstrip(), out)
        self._floor.look()

    # -- what is in doubt --------------------------------------------------------------------------------------------

    def _settle(self, event: Instructed, action: Settle, now: int, out: Out) -> None:
        floor = self._floor
        found = floor.orders.child(action.cl_ord_id)
        if found is None:
            self._cannot(event, f"{action.cl_ord_id} is no child of an order in hand", out)
            return
        parent, child = found
        if not child.in_doubt:
            self._cannot(event, f"{child.cl_ord_id} is not in doubt: {child.ord_status.name}", out)
            return
        if not child.cum <= action.cum_qty <= child.qty:
            limits = f"between what it traded, {child.cum}, and its quantity, {child.qty}"
            self._cannot(event, f"CumQty(14) {action.cum_qty} of {child.cl_ord_id} must be {limits}", out)
            return
        if action.outcome is Outcome.REJECTED and action.cum_qty:
            self._cannot(event, f"what {child.venue} rejected has traded nothing, not {action.cum_qty}", out)
            return
        try:
            effect = decide(parent, child, OUTCOMES[action.outcome], action.cum_qty, now)
        except TransitionError as error:
            self._cannot(event, f"{child.cl_ord_id}: {error}", out)
            return
        reason = f"{event.person} settles {child.cl_ord_id} as {action.outcome}: {event.reason}"
        detail = {"child": child.cl_ord_id, "outcome": action.outcome.value, "cum_qty": str(action.cum_qty)}
        out.append(Decide(parent.order_id, Decision.SETTLE, reason, detail))
        if effect is Effect.ACCEPTED and not parent.announced:
            self._worker.announce(parent, now, out)
        if not child.live and floor.kills:
            floor.kills.gone(child, out)
        self._worker.proceed(parent, now, out, freed=effect is Effect.ENDED)

    # -- limits and venues -------------------------------------------------------------------------------------------

    def _enable(self, event: Instructed, action: Enable, now: int, out: Out) -> None:
        del now
        kept = self._floor.controls.enable(action.customer)
        if kept is None:
            self._cannot(event, f"{action.customer} is not stopped", out)
            return
        reason = f"{event.person} lets {action.customer} go on: {event.reason}"
        out.append(Decide("", Decision.THROTTLE, reason, {"customer": action.customer}))
        out.append(Keep("", *kept))

    def _limits(self, event: Instructed, action: ChangeLimits, now: int, out: Out) -> None:
        del now
        same = action.limits == self._floor.limits
        what = "finds the limits unchanged" if same else "changes the limits"
        out.append(Decide("", Decision.LIMITS, f"{event.person} {what}: {event.reason}"))
        if not same:
            self._floor.change_limits(action.limits, out)

    def _take_out(self, event: Instructed, action: TakeOut, now: int, out: Out) -> None:
        if action.venue not in self._floor.venues:
            self._cannot(event, f"{action.venue} is no venue", out)
            return
        change = self._floor.health.take_out(action.venue, event.person, event.reason)
        if self._floor.stands(change, out):
            self._ear.leave(action.venue, now, out)

    def _take_back(self, event: Instructed, action: TakeBack, now: int, out: Out) -> None:
        del now
        if action.venue not in self._floor.venues:
            self._cannot(event, f"{action.venue} is no venue", out)
            return
        self._floor.stands(self._floor.health.take_back(action.venue, event.person, event.reason), out)

    def _roll_back(self, event: Instructed, action: RollBack, now: int, out: Out) -> None:
        del action, now
        learning = self._floor.learning
        if not learning.roll_back(out):
            self._cannot(event, "nothing was learned yet, or it was rolled back before", out)
            return
        number = learning.generations.current.number
        reason = f"{event.person} goes back to generation {number}, which stays: {event.reason}"
        out.append(Decide("", Decision.LEARN, reason, dict(learning.generations.current.parameters)))

    def _learn_again(self, event: Instructed, action: LearnAgain, now: int, out: Out) -> None:
        del action, now
        self._floor.learning.release(out)
        out.append(Decide("", Decision.LEARN, f"{event.person} lets new generations follow: {event.reason}"))

    @staticmethod
    def _cannot(event: Instructed, why: str, out: Out) -> None:
        out.append(Decide("", Decision.REFUSE, f"{event.person} asked for what cannot be done: {why}"))
