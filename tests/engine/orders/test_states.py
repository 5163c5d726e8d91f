"""The two tables, walked in full: each cell stands here a second time, in a form a person can check at a glance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.orders.states import (
    ORDER,
    REQUEST,
    TERMINAL,
    Event,
    Request,
    Step,
    TransitionError,
    advance,
    ord_status,
    step,
)
from fix.enums import OrdStatus

# OrdStatus(39) by its value on the wire; "-": the event cannot follow, and nothing changes
EVENTS = (
    "PENDING ACCEPTED TRADE FILL CANCELED REJECTED EXPIRED DONE_FOR_DAY SUSPENDED STOPPED CALCULATED REPLACED RESTATED"
)
ORDER_TABLE = """
    PENDING_NEW       A 0 1 2 4 8 C 3 9 7 B 0 0
    NEW               0 0 1 2 4 8 C 3 9 7 B 0 0
    PARTIALLY_FILLED  1 1 1 2 4 - C 3 9 7 B 1 1
    STOPPED           0 7 1 2 4 8 C 3 9 7 B 0 0
    SUSPENDED         0 0 9 2 4 8 C 3 9 7 B 0 0
    DONE_FOR_DAY      - 0 3 2 4 - C - - - B - 0
    CALCULATED        - - B 2 4 - C - - - - - -
    FILLED            - - - - - - - - - - - - -
    CANCELED          - - 4 2 - - - - - - - - -
    EXPIRED           - - C 2 - - - - - - - - -
    REJECTED          - - - - - - - - - - - - -
"""

STEPS = "CANCEL_SENT REPLACE_SENT ANSWERED_NEW ANSWERED_CHANGE LOST SETTLED ENDED"
REQUEST_TABLE = """
    NONE      CANCEL REPLACE NONE     NONE     IN_DOUBT NONE NONE
    NEW       CANCEL -       NONE     NEW      IN_DOUBT NONE NONE
    CANCEL    CANCEL -       CANCEL   NONE     IN_DOUBT NONE NONE
    REPLACE   CANCEL REPLACE REPLACE  NONE     IN_DOUBT NONE NONE
    IN_DOUBT  -      -       IN_DOUBT IN_DOUBT IN_DOUBT NONE NONE
"""


def _rows(table: str) -> list[tuple[str, list[str]]]:
    return [(row[0], row[1:]) for line in table.split("\n") if (row := line.split())]


ORDER_CELLS = [
    pytest.param(OrdStatus[state], Event[event], None if cell == "-" else OrdStatus(cell), id=f"{state}-{event}")
    for state, cells in _rows(ORDER_TABLE)
    for event, cell in zip(EVENTS.split(), cells, strict=True)
]
REQUEST_CELLS = [
    pytest.param(Request[request], Step[what], None if cell == "-" else Request[cell], id=f"{request}-{what}")
    for request, cells in _rows(REQUEST_TABLE)
    for what, cell in zip(STEPS.split(), cells, strict=True)
]


def test_the_walk_below_is_the_full_product() -> None:
    assert EVENTS.split() == [event.name for event in Event]
    assert STEPS.split() == [what.name for what in Step]
    assert [name for name, _ in _rows(ORDER_TABLE)] == [state.name for state in ORDER]
    assert [name for name, _ in _rows(REQUEST_TABLE)] == [request.name for request in REQUEST]
    assert len(ORDER_CELLS) == len(ORDER) * len(Event)
    assert len(REQUEST_CELLS) == len(Request) * len(Step)


def test_every_state_a_counterparty_can_report_has_a_row() -> None:
    ours = {OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE}  # from the outstanding request, not from the table
    assert set(ORDER) == set(OrdStatus) - ours - {OrdStatus.REPLACED}  # an ExecType since FIX 4.3
    assert set(REQUEST) == set(Request)


@pytest.mark.parametrize(("state", "event", "expected"), ORDER_CELLS)
def test_an_order_moves_by_its_table(state: OrdStatus, event: Event, expected: OrdStatus | None) -> None:
    if expected is not None:
        assert advance(state, event) is expected
        return
    with pytest.raises(TransitionError, match=f"^{event.name} cannot follow {state.name}$"):
        advance(state, event)


@pytest.mark.parametrize(("request_", "what", "expected"), REQUEST_CELLS)
def test_a_request_moves_by_its_table(request_: Request, what: Step, expected: Request | None) -> None:
    if expected is not None:
        assert step(request_, what) is expected
        return
    with pytest.raises(TransitionError, match=f"^{what.name} cannot follow request {request_.name}$"):
        step(request_, what)


def test_what_is_no_state_of_the_table_moves_nowhere() -> None:
    with pytest.raises(TransitionError, match="FILL cannot follow PENDING_CANCEL"):
        advance(OrdStatus.PENDING_CANCEL, Event.FILL)


def test_a_terminal_state_takes_nothing_but_late_fills_and_stays_terminal() -> None:
    assert {state for state, row in ORDER.items() if set(row) <= {Event.TRADE, Event.FILL}} == TERMINAL
    assert {after for state in TERMINAL for after in ORDER[state].values()} <= TERMINAL


def test_only_a_settlement_or_the_end_leaves_doubt() -> None:
    """Design, law 5: unknown is a state."""
    assert {what for what, after in REQUEST[Request.IN_DOUBT].items() if after is not Request.IN_DOUBT} == {
        Step.SETTLED,
        Step.ENDED,
    }


def test_doubt_can_come_over_every_request() -> None:
    assert {step(request, Step.LOST) for request in Request} == {Request.IN_DOUBT}


@pytest.mark.parametrize("cum", [Decimal(0), Decimal(5)])
@pytest.mark.parametrize("request_", list(Request))
@pytest.mark.parametrize("state", list(ORDER))
def test_ord_status_by_precedence(state: OrdStatus, request_: Request, cum: Decimal) -> None:
    pending = {Request.CANCEL: OrdStatus.PENDING_CANCEL, Request.REPLACE: OrdStatus.PENDING_REPLACE}.get(request_)
    traded = OrdStatus.PARTIALLY_FILLED if cum and state in {OrdStatus.NEW, OrdStatus.PENDING_NEW} else None
    final = state if state in TERMINAL else None
    assert ord_status(state, request_, cum) is (final or pending or traded or state)
