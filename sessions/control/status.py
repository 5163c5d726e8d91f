"""How a running engine stands, for the person who asks."""

from __future__ import annotations

from itertools import islice

from sessions.control.words import SHOWN_MAX, DoubtState, KillState, SessionState, Status, VenueState
from sessions.cycle.engine import Engine


def status_of(engine: Engine, instance: str) -> Status:
    """As of its last turn."""
    floor = engine.core.floor
    doubts = [(p, c) for p in floor.orders.open() for c in p.children.values() if c.in_doubt]
    return Status(
        instance=instance,
        open_orders=sum(1 for parent in floor.orders.open() if not parent.done),
        doubts=len(doubts),
        sessions=[SessionState(name=name, role=role.value, up=up) for name, role, up in engine.standing()],
        venues=[
            VenueState(name=change.venue, state=change.state.value, reason=change.reason)
            for change in map(floor.health.standing, floor.venues)
        ],
        kills=[
            KillState(scope=kill.scope, name=kill.name, by=kill.person, reason=kill.reason, open=kill.left)
            for kill in floor.kills.in_force()
        ],
        stopped=sorted(floor.controls.stopped),
        in_doubt=[
            DoubtState(
                cl_ord_id=child.cl_ord_id,
                venue=child.venue,
                symbol=parent.order.symbol,
                order=parent.order.cl_ord_id,
                open_qty=child.leaves,
                reason=f"last heard: {child.state.name}, CumQty(14) {child.cum}",
            )
            for parent, child in islice(doubts, SHOWN_MAX)
        ],
    )


def carried_over(engine: Engine) -> list[str]:
    """What an earlier run left in force, a sentence each."""
    floor = engine.core.floor
    return [
        *[f"{kill.words}; in force until it is released" for kill in floor.kills.in_force()],
        *[f"{venue} was taken out of routing: {kept['reason']}" for venue, kept in sorted(floor.health.kept().items())],
        *[f"{customer} stays stopped until it is enabled" for customer in sorted(floor.controls.stopped)],
    ]
