"""Unknown is a state: children whose fate is not known, and how it becomes known (design, law 5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Set as AbstractSet

from engine.core.commands import Command, Decide, Decision, SendCancel, SendOrder, SendStatusRequest
from engine.core.orders import Orders, child_id
from engine.orders.order import Child, Parent
from engine.orders.states import Request, Step
from fix.business import OrderStatusRequest


def lose(parent: Parent, child: Child, why: str, out: list[Command]) -> None:
    """`child` is in doubt from now on: what it may still trade is not routed again until the venue has answered."""
    child.note(Step.LOST)
    out.append(Decide(parent.order_id, Decision.DOUBT, why, {"child": child.cl_ord_id, "open": str(child.leaves)}))


class Doubt:
    """Asks for what is in doubt, and notices requests that stay without an answer for `timeout` ns."""

    def __init__(self, orders: Orders, up: AbstractSet[str], timeout: int) -> None:
        self._orders = orders
        self._up = up
        self._timeout = timeout
        # when each child's last request was sent, oldest first; each is looked at once, when it is overdue
        self._waiting: OrderedDict[str, int] = OrderedDict()

    def watch(self, command: Command, now: int) -> None:
        if isinstance(command, SendOrder):
            self._waiting[command.order.cl_ord_id] = now
        elif isinstance(command, SendCancel):
            self._wait(child_id(command.request.cl_ord_id), now)

    def _wait(self, cl_ord_id: str, now: int) -> None:
        self._waiting[cl_ord_id] = now
        self._waiting.move_to_end(cl_ord_id)

    def ask(self, parent: Parent, child: Child, now: int, out: list[Command]) -> None:
        request = OrderStatusRequest(child.cl_ord_id, child.symbol, parent.order.side, child.venue_order_id)
        out.append(SendStatusRequest(parent.order_id, child.venue, request))
        self._wait(child.cl_ord_id, now)

    def ask_all(self, venue: str, now: int, out: list[Command]) -> None:
        """Every child in doubt at a venue that has come up."""
        for parent, child in self._orders.at(venue):
            if child.in_doubt:
                self.ask(parent, child, now, out)

    def overdue(self, now: int, out: list[Command]) -> None:
        while self._waiting and now - next(iter(self._waiting.values())) >= self._timeout:
            found = self._orders.child(self._waiting.popitem(last=False)[0])
            if found is not None and found[1].live and found[1].venue in self._up:
                self._look(*found, now, out)

    def _look(self, parent: Parent, child: Child, now: int, out: list[Command]) -> None:
        seconds = self._timeout / 1e9
        if child.in_doubt:
            reason = f"{child.venue} has not answered for {child.cl_ord_id} in {seconds:g} s; asking again"
            out.append(Decide(parent.order_id, Decision.ALERT, reason))
        elif child.request in (Request.NEW, Request.CANCEL):
            lose(parent, child, f"{child.venue} has not answered in {seconds:g} s", out)
        else:
            return
        self.ask(parent, child, now, out)
