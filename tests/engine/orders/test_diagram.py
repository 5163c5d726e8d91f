from __future__ import annotations

from engine.orders.diagram import diagram, table
from engine.orders.states import ORDER, Event
from tests.docs import PLACES, generated


def test_the_documentation_shows_the_table_as_it_is() -> None:
    for place, parts in PLACES.items():
        text = place.read_text(encoding="utf-8")
        assert generated(text, parts) == text, "run python -m tests.docs"


def test_the_diagram_tells_the_plain_life_of_an_order() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> PENDING_NEW"]
    assert "    NEW --> PARTIALLY_FILLED: trade" in lines
    assert "    CANCELED --> FILLED: fill" in lines  # the cancel overtook the fill
    assert not any(line.split()[0] == line.split()[2].rstrip(":") for line in lines[1:])


def test_the_table_has_a_row_for_each_state_and_a_column_for_each_event() -> None:
    head, _, *rows = [line.strip("| ").split("|") for line in table().splitlines()]
    assert (len(head), len(rows)) == (len(Event) + 1, len(ORDER))
    assert [row[0].strip(" *") for row in rows] == [state.name for state in ORDER]
