"""What a venue says of a child: what it changes, and above all what it does not."""

from __future__ import annotations

from copy import deepcopy

import pytest

from engine.orders.booking import REFUSED, Booked, Effect, book
from engine.orders.order import Child, Parent
from engine.orders.states import Event, Request, Step
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecType, OrdRejReason, OrdStatus, TimeInForce
from tests.engine.orders.making import D, answer, new_child, new_order, new_parent, said, trade

LATER = 2_000_000_000
NOTHING = Booked(Effect.NOTHING)


@pytest.fixture
def parent() -> Parent:
    return new_parent()


@pytest.fixture
def child(parent: Parent) -> Child:
    return new_child(parent)


def _unchanged(parent: Parent, child: Child, report: ExecutionReport) -> Booked:
    """Books a report that may change nothing but the list of ExecIDs."""
    before = deepcopy(parent)
    booked = book(parent, child, report, LATER)
    before.children[child.cl_ord_id].exec_ids = set(child.exec_ids)
    assert parent == before
    return booked


def _acknowledged(parent: Parent, child: Child) -> None:
    assert book(parent, child, said(child, ExecType.NEW, exec_id="ack"), LATER) == Booked(Effect.ACCEPTED)


# -- acknowledgement ---------------------------------------------------------------------------------------------------


def test_an_acknowledgement_answers_our_request_and_brings_the_venues_order_id(parent: Parent, child: Child) -> None:
    assert book(parent, child, said(child, ExecType.NEW, order_id="X9"), LATER) == Booked(Effect.ACCEPTED)
    assert (child.state, child.request, child.venue_order_id) == (OrdStatus.NEW, Request.NONE, "X9")
    assert (child.exec_ids, parent.state) == ({"V1"}, OrdStatus.PENDING_NEW)


def test_pending_new_is_a_promise_and_our_request_stays_open(parent: Parent, child: Child) -> None:
    assert _unchanged(parent, child, said(child, ExecType.PENDING_NEW)) == NOTHING
    assert (child.state, child.request) == (OrdStatus.PENDING_NEW, Request.NEW)


@pytest.mark.parametrize("promise", [ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE])
def test_a_promise_to_answer_changes_nothing(parent: Parent, child: Child, promise: ExecType) -> None:
    child.note(Step.CANCEL_SENT)
    assert _unchanged(parent, child, said(child, promise)) == NOTHING
    assert child.request is Request.CANCEL


@pytest.mark.parametrize(
    ("exec_type", "state"),
    [
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY),
        (ExecType.SUSPENDED, OrdStatus.SUSPENDED),
        (ExecType.STOPPED, OrdStatus.STOPPED),
        (ExecType.CALCULATED, OrdStatus.CALCULATED),
        (ExecType.RESTATED, OrdStatus.NEW),
        (ExecType.REPLACED, OrdStatus.NEW),
    ],
)
def test_what_only_moves_the_state_keeps_the_quantity(
    parent: Parent, child: Child, exec_type: ExecType, state: OrdStatus
) -> None:
    _acknowledged(parent, child)
    assert book(parent, child, said(child, exec_type), LATER) == NOTHING
    assert (child.state, child.exposure, parent.avoid) == (state, D(100), {})


# -- trades ------------------------------------------------------------------------------------------------------------


def test_a_trade_is_credited_and_leaves_the_rest_open(parent: Parent, child: Child) -> None:
    assert book(parent, child, trade(child, "40"), LATER) == Booked(Effect.TRADED, D(40))
    assert (child.state, child.cum, child.exposure, parent.cum) == (OrdStatus.PARTIALLY_FILLED, D(40), D(60), D(40))


def test_a_fill_before_the_acknowledgement_answers_our_request(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "40"), LATER)
    assert child.request is Request.NONE
    _acknowledged(parent, child)
    assert child.state is OrdStatus.PARTIALLY_FILLED


def test_the_last_trade_fills_the_child(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "40", exec_id="F1"), LATER)
    assert book(parent, child, trade(child, "60", exec_id="F2"), LATER) == Booked(Effect.TRADED, D(60))
    assert (child.state, child.cum, child.live, parent.cum) == (OrdStatus.FILLED, D(100), False, D(100))


def test_a_trade_of_contracts_is_credited_in_parent_units(parent: Parent) -> None:
    child = new_child(parent, "5", unit="20")
    assert book(parent, child, trade(child, "2"), LATER) == Booked(Effect.TRADED, D(40))
    assert (child.cum, child.exposure, parent.cum) == (D(2), D(60), D(40))


def test_an_exec_id_counts_once(parent: Parent, child: Child) -> None:
    """Design, law 3."""
    report = trade(child, "40")
    book(parent, child, report, LATER)
    assert _unchanged(parent, child, report) == Booked(Effect.DUPLICATE)
    assert _unchanged(parent, child, said(child, ExecType.CANCELED, exec_id="F1")) == Booked(Effect.DUPLICATE)


def test_an_exec_id_is_the_childs_own(parent: Parent, child: Child) -> None:
    other = new_child(parent, venue="BETA")
    book(parent, child, trade(child, "40"), LATER)
    assert book(parent, other, trade(other, "10"), LATER) == Booked(Effect.TRADED, D(10))


def test_an_overfill_is_booked_and_alerted(parent: Parent, child: Child) -> None:
    alert = "T-1-1 at ALPHA is overfilled: 110 of 100"
    assert book(parent, child, trade(child, "110"), LATER) == Booked(Effect.TRADED, D(110), alert)
    assert (child.state, child.cum, parent.cum) == (OrdStatus.FILLED, D(110), D(110))


def test_a_cum_qty_that_the_trades_do_not_add_up_to_is_alerted(parent: Parent, child: Child) -> None:
    alert = "T-1-1: ALPHA says CumQty(14) 70, its trades add up to 40"
    assert book(parent, child, trade(child, "40", cum="70"), LATER) == Booked(Effect.TRADED, D(40), alert)


@pytest.mark.parametrize("qty", ["0", "-5"])
def test_a_trade_of_nothing_is_none(parent: Parent, child: Child, qty: str) -> None:
    alert = f"T-1-1: a trade of {qty} is none"
    assert _unchanged(parent, child, trade(child, qty)) == Booked(Effect.NOTHING, alert=alert)


@pytest.mark.parametrize(
    ("exec_type", "text"),
    [
        (ExecType.TRADE_CORRECT, "T-1-1 at ALPHA: TRADE_CORRECT of F1 is not applied by itself"),
        (ExecType.TRADE_CANCEL, "T-1-1 at ALPHA: TRADE_CANCEL of F1 is not applied by itself"),
        (ExecType.FILL, "T-1-1 at ALPHA: FILL of F1 is not applied by itself"),
    ],
)
def test_corrections_are_for_a_person(parent: Parent, child: Child, exec_type: ExecType, text: str) -> None:
    book(parent, child, trade(child, "40"), LATER)
    assert _unchanged(parent, child, said(child, exec_type, exec_ref_id="F1")) == Booked(Effect.NOTHING, alert=text)


# -- the end of a child ------------------------------------------------------------------------------------------------


def test_a_rejection_gives_the_quantity_back_and_says_why(parent: Parent, child: Child) -> None:
    report = said(child, ExecType.REJECTED, text="no credit", ord_rej_reason=OrdRejReason.ORDER_EXCEEDS_LIMIT)
    assert book(parent, child, report, LATER) == Booked(Effect.ENDED)
    assert (child.state, child.request, parent.unrouted) == (OrdStatus.REJECTED, Request.NONE, D(300))
    assert parent.avoid == {"ALPHA": REFUSED}
    assert parent.refusal == (OrdRejReason.ORDER_EXCEEDS_LIMIT, "ALPHA: no credit")


def test_a_rejection_without_a_reason_is_the_brokers_option(parent: Parent, child: Child) -> None:
    book(parent, child, said(child, ExecType.REJECTED), LATER)
    assert parent.refusal == (OrdRejReason.BROKER_OPTION, "ALPHA: rejected without a reason")


@pytest.mark.parametrize("end", [ExecType.CANCELED, ExecType.EXPIRED])
def test_a_venue_that_drops_what_it_was_to_keep_is_not_asked_again(parent: Parent, child: Child, end: ExecType) -> None:
    _acknowledged(parent, child)
    assert book(parent, child, said(child, end), LATER) == Booked(Effect.ENDED)
    assert (parent.avoid, parent.refusal, parent.unrouted) == ({"ALPHA": REFUSED}, None, D(300))


@pytest.mark.parametrize("end", [ExecType.CANCELED, ExecType.EXPIRED])
@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_a_venue_that_had_no_more_is_asked_again_when_it_shows_more(
    parent: Parent, end: ExecType, time_in_force: TimeInForce
) -> None:
    child = new_child(parent, time_in_force=time_in_force)
    book(parent, child, trade(child, "40"), LATER)
    assert book(parent, child, said(child, end), LATER) == Booked(Effect.ENDED)
    assert (parent.avoid, parent.unrouted) == ({"ALPHA": LATER}, D(260))


def test_the_same_goes_for_a_market_order(parent: Parent) -> None:
    market = new_parent(new_order(price=None))
    child = new_child(market)
    book(market, child, said(child, ExecType.CANCELED), LATER)
    assert market.avoid == {"ALPHA": LATER}


def test_a_rejection_after_a_trade_cannot_be(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "40"), LATER)
    alert = "T-1-1 at ALPHA: REJECTED cannot follow PARTIALLY_FILLED"
    assert _unchanged(parent, child, said(child, ExecType.REJECTED, order_id="X9")) == Booked(
        Effect.NOTHING, alert=alert
    )
    assert "V1" not in child.exec_ids


@pytest.mark.parametrize("end", [Event.CANCELED, Event.EXPIRED])
def test_a_fill_that_was_on_its_way_when_the_order_ended_is_booked(parent: Parent, child: Child, end: Event) -> None:
    child.apply(end)
    ended = child.state
    assert book(parent, child, trade(child, "40", exec_id="F1"), LATER) == Booked(Effect.TRADED, D(40))
    assert (child.state, child.live, parent.cum) == (ended, False, D(40))
    assert book(parent, child, trade(child, "60", exec_id="F2"), LATER) == Booked(Effect.TRADED, D(60))
    assert (child.state, parent.cum) == (OrdStatus.FILLED, D(100))


@pytest.mark.parametrize("end", [Event.FILL, Event.REJECTED])
def test_no_fill_follows_a_fill_or_a_rejection(parent: Parent, child: Child, end: Event) -> None:
    child.apply(end)
    alert = f"T-1-1 at ALPHA: TRADE cannot follow {child.state.name}"
    assert _unchanged(parent, child, trade(child, "40")) == Booked(Effect.NOTHING, alert=alert)


@pytest.mark.parametrize("end", [ExecType.CANCELED, ExecType.EXPIRED])
def test_fills_that_the_end_speaks_of_and_nobody_has_seen_are_not_given_back(
    parent: Parent, child: Child, end: ExecType
) -> None:
    """Design, law 4: were they routed again, the fills on their way would be too much."""
    alert = "T-1-1: ALPHA says CumQty(14) 70 as it ends, its trades add up to 0"
    assert book(parent, child, said(child, end, cum="70"), LATER) == Booked(Effect.ENDED, alert=alert)
    assert (child.live, child.leaves, child.exposure, parent.unrouted) == (False, D(0), D(70), D(230))
    book(parent, child, trade(child, "30", exec_id="F1", cum="30"), LATER)
    assert (child.exposure, parent.cum, parent.unrouted) == (D(40), D(30), D(230))
    book(parent, child, trade(child, "40", exec_id="F2", cum="70"), LATER)
    assert (child.exposure, parent.cum, parent.unrouted) == (D(0), D(70), D(230))


def test_an_end_that_speaks_of_more_than_the_order_holds_back_no_more_than_the_order(
    parent: Parent, child: Child
) -> None:
    book(parent, child, said(child, ExecType.CANCELED, cum="1000"), LATER)
    assert (child.exposure, parent.unrouted) == (D(100), D(200))


# -- answers to OrderStatusRequest(H) ----------------------------------------------------------------------------------


def _in_doubt(parent: Parent, child: Child, traded: str = "0") -> None:
    if D(traded):
        book(parent, child, trade(child, traded, exec_id="F0"), LATER)
    child.note(Step.LOST)


def test_an_answer_that_agrees_settles(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child, "40")
    assert book(parent, child, answer(child, OrdStatus.PARTIALLY_FILLED, "40"), LATER) == Booked(Effect.SETTLED)
    assert (child.request, child.state, parent.cum) == (Request.NONE, OrdStatus.PARTIALLY_FILLED, D(40))


def test_an_answer_new_is_also_the_acknowledgement(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child)
    assert book(parent, child, answer(child, OrdStatus.NEW), LATER) == Booked(Effect.ACCEPTED)
    assert (child.request, child.state) == (Request.NONE, OrdStatus.NEW)
    assert _unchanged(parent, child, answer(child, OrdStatus.NEW)) == Booked(Effect.SETTLED)


@pytest.mark.parametrize("status", [OrdStatus.PENDING_NEW, OrdStatus.PENDING_CANCEL])
def test_an_answer_pending_settles_that_the_venue_has_it(parent: Parent, child: Child, status: OrdStatus) -> None:
    _in_doubt(parent, child)
    assert book(parent, child, answer(child, status), LATER) == Booked(Effect.SETTLED)
    assert (child.request, child.state) == (Request.NONE, OrdStatus.PENDING_NEW)


def test_an_answer_never_creates_a_fill(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child, "40")
    alert = "T-1-1: ALPHA says CumQty(14) 70, its trades add up to 40; it stays in doubt until they agree"
    assert book(parent, child, answer(child, OrdStatus.PARTIALLY_FILLED, "70"), LATER) == Booked(
        Effect.NOTHING, alert=alert
    )
    assert (child.in_doubt, child.cum, child.claimed, parent.cum) == (True, D(40), D(70), D(40))


def test_the_fills_that_an_answer_spoke_of_settle_it(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child)
    book(parent, child, answer(child, OrdStatus.PARTIALLY_FILLED, "70"), LATER)
    book(parent, child, trade(child, "30", exec_id="F1", cum="30"), LATER)
    assert child.in_doubt
    book(parent, child, trade(child, "40", exec_id="F2", cum="70"), LATER)
    assert (child.request, child.state) == (Request.NONE, OrdStatus.PARTIALLY_FILLED)


@pytest.mark.parametrize("status", [OrdStatus.CANCELED, OrdStatus.EXPIRED])
def test_an_answer_that_the_order_has_ended_gives_its_rest_back(
    parent: Parent, child: Child, status: OrdStatus
) -> None:
    _in_doubt(parent, child, "40")
    assert book(parent, child, answer(child, status, "40"), LATER) == Booked(Effect.ENDED)
    assert (child.state, parent.unrouted, parent.avoid) == (status, D(260), {"ALPHA": REFUSED})


@pytest.mark.parametrize("status", [OrdStatus.DONE_FOR_DAY, OrdStatus.SUSPENDED])
def test_an_answer_of_another_state_moves_the_child_there(parent: Parent, child: Child, status: OrdStatus) -> None:
    _in_doubt(parent, child)
    assert book(parent, child, answer(child, status), LATER) == Booked(Effect.SETTLED)
    assert (child.state, child.request, child.exposure) == (status, Request.NONE, D(100))


def test_an_order_unknown_at_the_venue_never_arrived(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child)
    report = answer(child, OrdStatus.REJECTED)._replace(ord_rej_reason=OrdRejReason.UNKNOWN_ORDER, text="unknown order")
    assert book(parent, child, report, LATER) == Booked(Effect.ENDED)
    assert (child.state, parent.unrouted, parent.avoid) == (OrdStatus.REJECTED, D(300), {"ALPHA": REFUSED})
    assert parent.refusal == (OrdRejReason.UNKNOWN_ORDER, "ALPHA: unknown order")


def test_an_order_that_the_venue_has_forgotten_is_over_and_a_person_hears_of_it(parent: Parent, child: Child) -> None:
    _in_doubt(parent, child, "40")
    alert = "T-1-1: ALPHA acknowledged it before and does not know it now"
    assert book(parent, child, answer(child, OrdStatus.REJECTED), LATER) == Booked(Effect.ENDED, alert=alert)
    assert (child.state, parent.cum, parent.unrouted, parent.refusal) == (OrdStatus.CANCELED, D(40), D(260), None)


def test_an_answer_that_cannot_be_changes_nothing(parent: Parent, child: Child) -> None:
    for exec_id, exec_type in (("V1", ExecType.NEW), ("V2", ExecType.CALCULATED)):
        book(parent, child, said(child, exec_type, exec_id=exec_id), LATER)
    _in_doubt(parent, child)
    alert = "T-1-1 at ALPHA: ACCEPTED cannot follow CALCULATED"
    assert _unchanged(parent, child, answer(child, OrdStatus.NEW)) == Booked(Effect.NOTHING, alert=alert)
    assert child.in_doubt


@pytest.mark.parametrize("status", list(OrdStatus))
def test_an_answer_for_a_child_that_has_ended_says_nothing_new(parent: Parent, child: Child, status: OrdStatus) -> None:
    child.apply(Event.CANCELED)
    assert _unchanged(parent, child, answer(child, status, "50")) == NOTHING


def test_answers_share_an_exec_id_and_all_count(parent: Parent, child: Child) -> None:
    """ExecID(17) of an answer is 0 in FIX 4.2 and need not be unique."""
    book(parent, child, answer(child, OrdStatus.NEW), LATER)
    _in_doubt(parent, child)
    assert book(parent, child, answer(child, OrdStatus.NEW), LATER) == Booked(Effect.SETTLED)
    assert (child.exec_ids, child.cum) == (set(), ZERO)
