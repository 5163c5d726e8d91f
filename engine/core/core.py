"""Event in, commands out. Time comes with the event; nothing here waits, reads a clock or talks to anyone.

What an OMS asks goes to `Desk`, what a venue says to `Ear`, what a person asks to `Operator`; what a parent needs next,
whoever spoke, is `Worker`'s. All of them work on one `Floor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.core.asking import Desk
from engine.core.commands import Command
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    Instructed,
    MassCanceled,
    MassCancelReceived,
    MassStatusRequested,
    MessageRefused,
    OmsDown,
    OrderReceived,
    ReplaceReceived,
    StatusRequested,
    Tick,
    TradeDenied,
    VenueDown,
    VenueUp,
)
from engine.core.floor import Floor, Out
from engine.core.hearing import Ear
from engine.core.learning import Learn
from engine.core.operating import Operator
from engine.core.placing import Rules
from engine.core.reporting import report
from engine.core.setup import Curve, Setup
from engine.core.working import Worker
from engine.market.health import Watch
from engine.market.venues import Venue
from engine.orders import states
from engine.orders.order import GOOD_TILL, Closing, Parent
from engine.risk.limits import Limits
from fix.enums import ExecRestatementReason, ExecType

DAY = 86_400_000_000_000  # ns
MILLISECOND = 1_000_000  # ns, as exact as TransactTime(60) tells it


class Core:
    """All orders of one engine. `prefix` makes its OrderIDs unlike those of any earlier run."""

    def __init__(
        self,
        venues: Iterable[Venue],
        rules: Rules,
        prefix: str,
        limits: Limits | None = None,
        watch: Mapping[str, Watch] | None = None,
        kept: Mapping[str, Mapping[str, object]] | None = None,
        curves: Mapping[str, Curve] | None = None,
        learn: Learn | None = None,
    ) -> None:
        setup = Setup(prefix, tuple(venues), rules, limits or Limits(), watch or {}, kept or {}, curves or {})
        self.floor = Floor(setup if learn is None else replace(setup, learn=learn))
        self.orders = self.floor.orders
        self.market = self.floor.market
        self.up = self.floor.up
        self._worker = worker = Worker(self.floor)
        self._ear = ear = Ear(self.floor, worker)
        desk, operator = Desk(self.floor, worker), Operator(self.floor, worker, ear)
        self._handlers: dict[type, Callable[[Any, int, Out], None]] = {
            OrderReceived: desk.order,
            CancelReceived: desk.cancel,
            ReplaceReceived: desk.replace,
            StatusRequested: desk.status,
            MassCancelReceived: desk.mass_cancel,
            MassStatusRequested: desk.mass_status,
            TradeDenied: desk.denied,
            OmsDown: desk.gone,
            Executed: ear.executed,
            CancelRejected: ear.cancel_rejected,
            MassCanceled: ear.mass_canceled,
            MessageRefused: ear.message_refused,
            VenueUp: ear.up,
            VenueDown: ear.down,
            BookChanged: ear.book,
            Tick: self._tick,
            Instructed: operator.instructed,
        }

    def handle(self, event: Event, now: int) -> tuple[Command, ...]:
        """The commands that `event` at `now` (ns since the epoch) asks for, in the order in which to do them."""
        out: Out = []
        self._handlers[type(event)](event, now, out)
        return tuple(out)

    def adopt(self, parents: Iterable[Parent]) -> None:
        """Open parents of an earlier run, rebuilt from their records; before anything else happens."""
        for parent in parents:
            self.orders.add(parent)
            self.floor.taken_on(parent)
        self.floor.kills.recount()

    # -- time --------------------------------------------------------------------------------------------------------

    def _tick(self, event: Tick, now: int, out: Out) -> None:
        del event
        floor = self.floor
        self._begin_days(now, out)
        floor.doubt.overdue(now, out)
        self._ear.tick(now, out)
        floor.learning.tick(now, out)
        for parent in self._expired(now):
            self._worker.close(parent, Closing("its ExpireTime(126) has come", states.Event.EXPIRED), now, out)
        for parent in floor.schedules.due(floor.orders.by_id, now):
            self._proceed(parent, now, out, freed=True)
        for order_id in list(floor.held):
            waiting = floor.orders.by_id(order_id)
            if waiting is None or floor.orders.retired(waiting):
                del floor.held[order_id]
                continue
            self._proceed(waiting, now, out, freed=False)

    def _proceed(self, parent: Parent, now: int, out: Out, *, freed: bool) -> None:
        """A tick that asks for nothing forgets nothing."""
        held, before = parent.order_id in self.floor.held, len(out)
        self._worker.proceed(parent, now, out, freed=freed)
        if held and len(out) == before:
            self.floor.held[parent.order_id] = None

    def _expired(self, now: int) -> list[Parent]:
        """GTD orders whose time has come; those that are not in hand any more are forgotten on the way."""
        ending, found = self.floor.ending, []
        for order_id in list(ending):
            parent = self.orders.by_id(order_id)
            if parent is None:
                del ending[order_id]
            elif not parent.done and parent.closing is None and 0 < parent.order.expire_time <= now:
                found.append(parent)
        return found

    def _begin_days(self, now: int, out: Out) -> None:
        """The day's quantities of orders that outlive the day begin anew, and the OMS is told (Appendix D, H.1.a)."""
        floor = self.floor
        start = now - (now - floor.rules.day_start) % DAY
        if floor.oldest >= start:
            return
        floor.oldest = start
        for order_id in list(floor.lasting):
            parent = self.orders.by_id(order_id)
            if parent is None or parent.order.time_in_force not in GOOD_TILL:
                del floor.lasting[order_id]
            elif parent.day_start < start and not parent.done:
                self._begin_day(parent, now, out)
                floor.oldest = min(floor.oldest, parent.day_start)

    def _begin_day(self, parent: Parent, now: int, out: Out) -> None:
        if not parent.announced:
            return  # New comes first
        parent.begin_day(now - now % MILLISECOND)
        parent.apply(states.Event.RESTATED)
        out.append(report(parent, ExecType.RESTATED, now, why=ExecRestatementReason.GT_RENEWAL))
