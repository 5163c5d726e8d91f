"""The two tables, walked in full: each cell stands here a second time, in a form a person can check at a glance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.orders.states import (
    CLOSED,
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
    "PENDING ACCEPTED TRADE FILL CANCELED REJECTED EXPIRED DONE_FOR_DAY SUSPENDED STOPPED CALCULATED REPLACED RESTATED "
    "REOPENED UNFILLED"
)
ORDER_TABLE = """
    PENDING_NEW       A 0 1 2 4 8 C 3 9 7 B 0 0 - -
    NEW               0 0 1 2 4 8 C 3 9 7 B 0 0 - -
    PARTIALLY_FILLED  1 1 1 2 4 - C 3 9 7 B 1 1 - -
    STOPPED           0 7 1 2 4 8 C 3 9 7 B 7 0 - -
    SUSPENDED         0 0 9 2 4 8 C 3 9 7 B 9 0 - -
    DONE_FOR_DAY      - 0 3 2 4 - C 3 9 - B 3 0 - -
    CALCULATED        - - B 2 4 - C - - - - - - - -
    FILLED            - - - 2 - - - - - - - - - 1 4
    CANCELED          - - 4 2 - - - - - - - - - - -
    EXPIRED           - - C 2 - - - - - - - - - - -
    REJECTED          - - - - - - - - - - - - - - -
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


def test_a_terminal_state_takes_late_fills_and_stays_terminal_until_a_trade_never_was() -> None:
    late = {Event.TRADE, Event.FILL, Event.REOPENED, Event.UNFILLED}
    assert {state for state, row in ORDER.items() if set(row) <= late} == TERMINAL
    opened = {(state, event) for state in TERMINAL for event, after in ORDER[state].items() if after not in TERMINAL}
    assert opened == {(OrdStatus.FILLED, Event.REOPENED)}  # Appendix D, C.1.c and J.1.a


# Rows of the table that real venues wrote, and why they are there
REASONS = [
    ("an acknowledgement overtaken by its fill", "PARTIALLY_FILLED ACCEPTED PARTIALLY_FILLED"),
    ("an order with executions is canceled, never rejected", "PARTIALLY_FILLED REJECTED -"),
    ("a guarantee stands while the order is amended", "STOPPED REPLACED STOPPED"),
    ("it trades, and is suspended still", "SUSPENDED TRADE SUSPENDED"),
    ("trading goes on: new again", "SUSPENDED ACCEPTED NEW"),
    ("a fill before the close, reported after it", "DONE_FOR_DAY TRADE DONE_FOR_DAY"),
    ("a GTC order the next morning", "DONE_FOR_DAY RESTATED NEW"),
    ("a GTC order amended overnight", "DONE_FOR_DAY REPLACED DONE_FOR_DAY"),
    ("done for the day and said twice", "DONE_FOR_DAY DONE_FOR_DAY DONE_FOR_DAY"),
    ("the day's sums are made when the day is over", "DONE_FOR_DAY CALCULATED CALCULATED"),
    ("a cancel overtook a fill", "CANCELED TRADE CANCELED"),
    ("a cancel overtook the last fill", "CANCELED FILL FILLED"),
    ("a close overtook a fill", "EXPIRED TRADE EXPIRED"),
    ("a venue gave more than was asked, and once more", "FILLED FILL FILLED"),
    ("its trade was cancelled, and it is open again", "FILLED REOPENED PARTIALLY_FILLED"),
    ("its trade was cancelled, and the venue has closed it", "FILLED UNFILLED CANCELED"),
    ("nothing comes back from a rejection", "REJECTED TRADE -"),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=why) for why, row in REASONS])
def test_rows_with_their_reasons(row: str) -> None:
    state, event, after = row.split()
    found = ORDER[OrdStatus[state]].get(Event[event])
    assert (found.name if found else "-") == after


def test_only_a_settlement_or_the_end_leaves_doubt() -> None:
    """Design, law 5: unknown is a state."""
    assert {what for what, after in REQUEST[Request.IN_DOUBT].items() if after is not Request.IN_DOUBT} == {
        Step.SETTLED,
        Step.ENDED,
    }


def test_doubt_can_come_over_every_request() -> None:
    assert {step(request, Step.LOST) for request in Request} == {Request.IN_DOUBT}


# FIX 4.4 Volume 4, "OrdStatus precedence": the highest of those that apply
PRECEDENCE = """
    PENDING_CANCEL PENDING_REPLACE DONE_FOR_DAY CALCULATED FILLED STOPPED SUSPENDED CANCELED EXPIRED PARTIALLY_FILLED
    NEW REJECTED PENDING_NEW
"""


@pytest.mark.parametrize("cum", [Decimal(0), Decimal(5)])
@pytest.mark.parametrize("request_", list(Request))
@pytest.mark.parametrize("state", list(ORDER))
def test_ord_status_by_precedence(state: OrdStatus, request_: Request, cum: Decimal) -> None:
    pending = {Request.CANCEL: "PENDING_CANCEL", Request.REPLACE: "PENDING_REPLACE"}.get(request_)
    untraded = state is OrdStatus.PARTIALLY_FILLED and not cum  # all its trades were cancelled
    apply = {"NEW" if untraded else state.name}
    if cum and state is not OrdStatus.REJECTED:  # which has no executions
        apply.add("PARTIALLY_FILLED")
    if pending and state not in CLOSED:  # what has ended otherwise than filled has ended its requests as well
        apply.add(pending)
    assert ord_status(state, request_, cum).name == min(apply, key=PRECEDENCE.split().index)
