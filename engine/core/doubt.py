"""Unknown is a state: children whose fate is not known, and how it becomes known (design, law 5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from engine.core.commands import Command, Decide, Decision, SendStatusRequest
from engine.core.orders import Orders
from engine.orders.order import Child, Parent
from engine.orders.states import Request, Step
from fix.business import OrderStatusRequest
from fix.enums import OrdStatus

LATER_AT_MOST = 64  # times the timeout between two questions to a venue that does not answer


def lose(parent: Parent, child: Child, why: str, out: list[Command]) -> None:
    """`child` is in doubt from now on: what it may still trade is not routed again until the venue has answered."""
    child.note(Step.LOST)
    out.append(Decide(parent.order_id, Decision.DOUBT, why, {"child": child.cl_ord_id, "open": str(child.leaves)}))


class _Wait(NamedTuple):
    """`request` is what the child waited for when this began: where it waits for something else, this is over."""

    due: int
    request: Request
    times: int


class Doubt:
    """Asks for what is in doubt, and notices requests that stay without an answer for `timeout` ns.

    A question that stays without an answer is repeated after twice the time. `unanswered` hears of each new order that
    was not answered in time; `again` of a child that its venue would not change, when it may be asked once more.
    """

    def __init__(self, orders: Orders, up: AbstractSet[str], timeout: int) -> None:
        self._orders = orders
        self._up = up
        self._timeout = timeout
        self._waiting: OrderedDict[str, _Wait] = OrderedDict()  # all for the same time, so that the first is due first
        self._longer: dict[str, _Wait] = {}
        self.unanswered: Callable[[Parent, Child, int, list[Command]], None] = lambda *_: None
        self.again: Callable[[Parent, Child, int, list[Command]], None] = lambda *_: None

    def begin(self, children: Iterable[Child], now: int) -> None:
        """From now on for the first answer to these orders."""
        self._forget(now)
        due = now + self._timeout
        for child in children:
            self._waiting[child.cl_ord_id] = _Wait(due, Request.NEW, 1)

    def watch(self, child: Child, now: int, times: int = 1) -> None:
        """From now on for what `child` waits for."""
        self._forget(now)
        wait = _Wait(now + self._timeout * times, child.request, times)
        name = child.cl_ord_id
        self._waiting.pop(name, None)
        self._longer.pop(name, None)
        if times == 1:
            self._waiting[name] = wait
        else:
            self._longer[name] = wait

    def ask(self, parent: Parent, child: Child, now: int, out: list[Command], times: int = 1) -> None:
        name = child.request_id if child.denied else child.name
        request = OrderStatusRequest(name, child.symbol, parent.order.side, child.venue_order_id)
        out.append(SendStatusRequest(parent.order_id, child.venue, request))
        self.watch(child, now, times)

    def ask_all(self, venue: str, now: int, out: list[Command]) -> None:
        """Every child in doubt at a venue that has come up."""
        for parent, child in self._orders.at(venue):
            if child.in_doubt:
                self.ask(parent, child, now, out)

    def overdue(self, now: int, out: list[Command]) -> None:
        due = []
        while self._waiting and next(iter(self._waiting.values())).due <= now:
            due.append(self._waiting.popitem(last=False))
        late = [name for name, wait in self._longer.items() if wait.due <= now] if self._longer else []
        due += [(name, self._longer.pop(name)) for name in late]
        for name, wait in due:
            found = self._waits(name, wait)
            if found is not None:
                self._look(*found, wait, now, out)

    def _forget(self, now: int) -> None:
        """What waits no more does not stay until the next tick: a replay hears of few."""
        while self._waiting:
            name, wait = next(iter(self._waiting.items()))
            if wait.due > now or self._waits(name, wait) is not None:
                return
            del self._waiting[name]

    def _waits(self, name: str, wait: _Wait) -> tuple[Parent, Child] | None:
        """The child, where it waits for the same still."""
        found = self._orders.child(name)
        still = found is not None and found[1].live and found[1].request is wait.request and found[1].venue in self._up
        return found if still else None

    def _look(self, parent: Parent, child: Child, wait: _Wait, now: int, out: list[Command]) -> None:
        seconds = self._timeout * wait.times / 1e9
        if child.request is Request.NONE:
            if child.kept:
                self.again(parent, child, now, out)
            return
        times = 1
        if child.in_doubt:
            reason = f"{child.venue} has not answered for {child.cl_ord_id} in {seconds:g} s; asking again"
            out.append(Decide(parent.order_id, Decision.ALERT, reason))
            times = min(wait.times * 2, LATER_AT_MOST)
        else:
            new = child.state is OrdStatus.PENDING_NEW  # though a cancel may be pending
            lose(parent, child, f"{child.venue} has not answered in {seconds:g} s", out)
            if new:
                self.unanswered(parent, child, now, out)
        self.ask(parent, child, now, out, times)
