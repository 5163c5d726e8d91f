"""The order-state table as a person reads it: a diagram of the plain life of an order, and the whole table."""

from __future__ import annotations

from engine.orders.states import ORDER, TERMINAL, Event
from fix.enums import OrdStatus

PLAIN = (OrdStatus.PENDING_NEW, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, *sorted(TERMINAL, key=list(OrdStatus).index))


def diagram() -> str:
    """Mermaid: the states of `PLAIN` and what leads from one to another; what leaves a state as it is has no arrow."""
    lines = ["stateDiagram-v2", f"    [*] --> {PLAIN[0].name}"]
    for state in PLAIN:
        reasons: dict[OrdStatus, list[str]] = {}
        for event, target in ORDER[state].items():
            if target is not state and target in PLAIN and event not in (Event.REPLACED, Event.RESTATED):
                reasons.setdefault(target, []).append(_words(event.name))
        lines += [f"    {state.name} --> {target.name}: {', '.join(events)}" for target, events in reasons.items()]
    return "\n".join(lines)


def table() -> str:
    """Markdown: a row for each state, a column for each event; an empty cell is a transition that is refused."""
    head = ["state", *(_words(event.name) for event in Event)]
    rows = [
        [f"**{state.name}**", *(row[event].name if event in row else "" for event in Event)]
        for state, row in ORDER.items()
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
