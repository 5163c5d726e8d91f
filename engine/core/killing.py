"""The kill switch: what it reaches stops at once, and it is flat only when every child is confirmed gone.

A kill holds until a named person releases it, over restarts too. RTS 6 Art. 12: cancel any or all orders at any or all
venues, traceable to trader and client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.actions import Scope
from engine.core.commands import Command, Decide, Decision, Keep
from engine.core.orders import Orders
from engine.orders.order import Child, Parent
from engine.risk.checks import Refusal
from fix.business import NewOrderSingle
from fix.enums import OrdRejReason

KEY = "kills"


class InForce(NamedTuple):
    """A kill as a person looks at it; `left` children are not confirmed gone yet."""

    scope: Scope
    name: str
    person: str
    reason: str
    left: int

    @property
    def words(self) -> str:
        reach = "everything" if self.scope is Scope.ALL else f"{self.scope} {self.name}"
        return f"{reach} is killed by {self.person}: {self.reason}"


class _Kill:
    """`left`: ClOrdIDs of the children not yet confirmed gone."""

    __slots__ = ("flat", "left", "name", "person", "reason", "scope")

    def __init__(self, scope: Scope, name: str, person: str, reason: str, *, flat: bool = False) -> None:
        self.scope, self.name, self.person, self.reason, self.flat = scope, name, person, reason, flat
        self.left: set[str] = set()

    @property
    def shown(self) -> InForce:
        return InForce(self.scope, self.name, self.person, self.reason, len(self.left))

    @property
    def words(self) -> str:
        return self.shown.words

    def reaches(self, session: str, order: NewOrderSingle) -> bool:
        """Whole orders; a kill of a venue reaches what of them is there."""
        if self.scope is Scope.CUSTOMER:
            return self.name == session
        if self.scope is Scope.STRATEGY:
            return self.name == order.strategy
        return self.scope is Scope.ALL


class Kills:
    """Those in force. `kept`: as `Keep` remembered them."""

    def __init__(self, orders: Orders, kept: Mapping[str, object] | None = None) -> None:
        self._orders = orders
        self._kills: dict[tuple[str, str], _Kill] = {}
        for value in (kept or {}).values():
            assert isinstance(value, Mapping)
            kill = _Kill(
                Scope(str(value["scope"])),
                str(value["name"]),
                str(value["person"]),
                str(value["reason"]),
                flat=bool(value["flat"]),
            )
            self._kills[kill.scope, kill.name] = kill

    def __bool__(self) -> bool:
        return bool(self._kills)

    def recount(self) -> None:
        """After a restart, once the open orders are in hand."""
        for kill in self._kills.values():
            if not kill.flat:
                kill.left = {child.cl_ord_id for _, child in self._reached(kill)}

    def refuse(self, session: str, order: NewOrderSingle) -> Refusal | None:
        for kill in self._kills.values():
            if kill.reaches(session, order):
                return Refusal(OrdRejReason.BROKER_OPTION, kill.words)
        return None

    def venue(self, name: str) -> str:
        """Why nothing may go to this venue, or ""."""
        kill = self._kills.get((Scope.VENUE, name))
        return kill.words if kill is not None else ""

    def kill(self, scope: Scope, name: str, person: str, reason: str, out: list[Command]) -> list[tuple[Parent, Child]]:
        """In force from now on; the children it reaches, for the caller to cancel."""
        made = _Kill(scope, name, person, reason)
        self._kills[scope, name] = made
        reached = self._reached(made)
        made.left = {child.cl_ord_id for _, child in reached}
        out.append(Decide("", Decision.KILL, made.words, {"children": str(len(reached))}))
        self._keep(out)
        self._look(made, out)
        return reached

    def release(self, scope: Scope, name: str, person: str, reason: str, out: list[Command]) -> bool:
        """Whether there was such a kill. What it cancels stays cancelled."""
        kill = self._kills.pop((scope, name), None)
        if kill is None:
            return False
        state = "flat" if kill.flat else f"not flat, {len(kill.left)} children left"
        out.append(Decide("", Decision.KILL, f"{person} ends: {kill.words} ({state}); {reason}"))
        self._keep(out)
        return True

    def gone(self, child: Child, out: list[Command]) -> None:
        """A child is over, and its venue has said so."""
        for kill in self._kills.values():
            if child.cl_ord_id in kill.left:
                kill.left.discard(child.cl_ord_id)
                self._look(kill, out)

    def in_force(self) -> list[InForce]:
        return [kill.shown for kill in self._kills.values()]

    def _look(self, kill: _Kill, out: list[Command]) -> None:
        if not kill.left and not kill.flat:
            kill.flat = True
            out.append(Decide("", Decision.FLAT, f"{kill.words}: flat, every child is confirmed gone"))
            self._keep(out)

    def _reached(self, kill: _Kill) -> list[tuple[Parent, Child]]:
        if kill.scope is Scope.VENUE:
            return self._orders.at(kill.name)
        reached = [parent for parent in self._orders.open() if kill.reaches(parent.session, parent.order)]
        return [(parent, child) for parent in reached for child in parent.live]

    def _keep(self, out: list[Command]) -> None:
        value = {
            f"{kill.scope}:{kill.name}": {
                "scope": kill.scope.value,
                "name": kill.name,
                "person": kill.person,
                "reason": kill.reason,
                "flat": kill.flat,
            }
            for kill in self._kills.values()
        }
        out.append(Keep("", KEY, value or None))
