"""What a person says of a child in doubt, and what a venue that will not change it leaves."""

from __future__ import annotations

from copy import deepcopy

import pytest

from engine.orders.booking import OUTCOMES, Effect, book, decide, refuse_change
from engine.orders.order import REFUSED, Child, Parent, Terms
from engine.orders.states import Event, Request, Step, TransitionError
from fix.business import OrderCancelReplaceRequest
from fix.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from tests.engine.orders.making import D, answer, new_child, new_order, new_parent, said, trade

LATER = 2_000_000_000
REPLACE = OrderCancelReplaceRequest("B", "A", "ACME", Side.BUY, D(450), OrdType.LIMIT, D(99), TimeInForce.DAY, LATER)


@pytest.fixture
def parent() -> Parent:
    return new_parent()


def _in_doubt(parent: Parent, traded: str = "0", *, accepted: bool = True) -> Child:
    child = new_child(parent)
    if accepted:
        book(parent, child, said(child, ExecType.NEW), LATER)
    if D(traded):
        book(parent, child, trade(child, traded), LATER)
    child.kept = 2
    child.note(Step.LOST)
    return child


@pytest.mark.parametrize(
    ("traded", "accepted", "effect", "state"),
    [
        ("0", False, Effect.ACCEPTED, OrdStatus.NEW),
        ("0", True, Effect.SETTLED, OrdStatus.NEW),
        ("40", True, Effect.SETTLED, OrdStatus.PARTIALLY_FILLED),
    ],
)
def test_it_works(parent: Parent, traded: str, accepted: bool, effect: Effect, state: OrdStatus) -> None:
    child = _in_doubt(parent, traded, accepted=accepted)
    assert decide(parent, child, OUTCOMES["working"], D(traded), LATER) is effect
    assert (child.state, child.request, child.kept, child.claimed) == (state, Request.NONE, 0, None)
    assert (child.exposure, parent.avoid) == (100 - D(traded), {})


@pytest.mark.parametrize(("outcome", "state"), [("canceled", OrdStatus.CANCELED), ("rejected", OrdStatus.REJECTED)])
def test_it_ended(parent: Parent, outcome: str, state: OrdStatus) -> None:
    child = _in_doubt(parent)
    assert decide(parent, child, OUTCOMES[outcome], D(0), LATER) is Effect.ENDED
    assert (child.state, child.request, child.exposure, parent.unrouted) == (state, Request.NONE, D(0), D(300))
    assert parent.avoid == {"ALPHA": REFUSED}
    assert (parent.refusal is not None) == (outcome == "rejected")


def test_trades_that_were_not_seen_stay_claimed_until_they_come(parent: Parent) -> None:
    """Law 4: 70 are the venue's, whoever says so."""
    child = _in_doubt(parent, "40")
    assert decide(parent, child, Event.CANCELED, D(70), LATER) is Effect.ENDED
    assert (child.claimed, child.exposure, parent.cum, parent.unrouted) == (D(70), D(30), D(40), D(230))
    book(parent, child, trade(child, "30", exec_id="late"), LATER)
    assert (child.exposure, parent.cum, parent.unrouted) == (D(0), D(70), D(230))


def test_one_that_works_may_still_trade_what_is_claimed(parent: Parent) -> None:
    child = _in_doubt(parent, "40")
    assert decide(parent, child, None, D(70), LATER) is Effect.SETTLED
    assert (child.claimed, child.exposure, parent.unrouted) == (D(70), D(60), D(200))


def test_an_order_with_trades_was_not_rejected(parent: Parent) -> None:
    child = _in_doubt(parent, "40")
    before = deepcopy(parent)
    with pytest.raises(TransitionError, match="REJECTED cannot follow PARTIALLY_FILLED"):
        decide(parent, child, OUTCOMES["rejected"], D(40), LATER)
    assert parent == before


def test_a_replace_that_may_have_been_lost_is_settled_with_it(parent: Parent) -> None:
    child = new_child(parent)
    book(parent, child, said(child, ExecType.NEW), LATER)
    child.asked = Terms(D(150), D(99), TimeInForce.DAY, 0)
    child.note(Step.REPLACE_SENT)
    child.note(Step.LOST)
    decide(parent, child, None, D(0), LATER)
    settled: list[object] = [child.asked, child.qty, child.exposure]
    assert settled == [None, D(100), D(100)]


def test_an_order_suspended_that_a_person_finds_working_is_open() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = _in_doubt(parent)
    child.apply(Event.DONE_FOR_DAY)
    decide(parent, child, None, D(0), LATER)
    assert (child.state, child.live) == (OrdStatus.NEW, True)


# -- what a venue will not change --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [Step.CANCEL_SENT, Step.REPLACE_SENT])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_refused_change_leaves_the_child_as_it_was(parent: Parent, sent: Step, wanted: bool) -> None:
    """A replace that nobody wants any more says nothing of what is wanted now."""
    child = new_child(parent)
    book(parent, child, said(child, ExecType.NEW), LATER)
    before = deepcopy(child)
    replaces = sent is Step.REPLACE_SENT
    if wanted and replaces:
        parent.requests.append(REPLACE)
    child.note(sent)
    child.asked = Terms(D(150), D(99), TimeInForce.DAY, 0) if replaces else None
    refuse_change(parent, child)
    assert (child.request, child.kept) == (Request.NONE, 0 if replaces and not wanted else 1)
    child.kept = 0
    assert child == before


def test_a_refusal_does_not_end_a_doubt(parent: Parent) -> None:
    child = _in_doubt(parent)
    refuse_change(parent, child)
    assert (child.in_doubt, child.kept) == (True, 3)


@pytest.mark.parametrize("how", ["an answer", "the trades it spoke of"])
def test_with_its_doubt_goes_how_often_the_venue_said_no(parent: Parent, how: str) -> None:
    """Else it would never be asked again."""
    child = _in_doubt(parent)
    if how == "an answer":
        book(parent, child, answer(child, OrdStatus.NEW), LATER)
    else:
        book(parent, child, answer(child, OrdStatus.PARTIALLY_FILLED, "40"), LATER)
        book(parent, child, trade(child, "40"), LATER)
    assert (child.request, child.kept) == (Request.NONE, 0)


def test_what_one_answer_claimed_the_next_may_take_back(parent: Parent) -> None:
    child = _in_doubt(parent)
    for cum in ("40", "0"):
        book(parent, child, answer(child, OrdStatus.NEW, cum), LATER)
    book(parent, child, said(child, ExecType.CANCELED, exec_id="V9"), LATER)
    assert (child.claimed, child.exposure, parent.unrouted) == (None, D(0), D(300))
