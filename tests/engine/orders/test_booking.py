"""What a venue says of a child: what it changes, and above all what it does not."""

from __future__ import annotations

from copy import deepcopy

import pytest

from engine.orders.booking import Booked, Effect, book
from engine.orders.order import REFUSED, Child, Parent
from engine.orders.states import Event, Request, Step
from fix.business import ZERO, ExecutionReport
from fix.enums import DKReason, ExecType, OrdRejReason, OrdStatus, Side, TimeInForce
from tests.engine.orders.making import D, answer, fill, new_child, new_order, new_parent, said, trade

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


def _traded(credited: str, alert: str = "", *, venue_units: str = "") -> Booked:
    """A trade at 100, which `trade` makes."""
    return Booked(Effect.TRADED, D(credited), alert, fill(venue_units or credited))


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


@pytest.mark.parametrize("halt", [ExecType.SUSPENDED, ExecType.STOPPED])
@pytest.mark.parametrize("time_in_force", [TimeInForce.DAY, TimeInForce.GTC])
def test_a_halt_keeps_the_quantity_and_so_does_its_end(halt: ExecType, time_in_force: TimeInForce) -> None:
    parent = new_parent(new_order(time_in_force=time_in_force))
    child = new_child(parent)
    _acknowledged(parent, child)
    assert book(parent, child, said(child, halt), LATER) == Booked(Effect.HALTED)
    assert (child.state, child.exposure, parent.avoid) == (OrdStatus(halt.value), D(100), {})
    assert book(parent, child, said(child, ExecType.NEW, exec_id="V2"), LATER) == Booked(Effect.HALTED)
    assert child.exposure == D(100)


@pytest.mark.parametrize("end", [ExecType.DONE_FOR_DAY, ExecType.CALCULATED])
def test_the_end_of_the_day_is_the_end_of_a_day_order(parent: Parent, child: Child, end: ExecType) -> None:
    book(parent, child, trade(child, "40"), LATER)
    assert book(parent, child, said(child, end), LATER) == Booked(Effect.ENDED)
    assert (child.live, parent.unrouted, parent.avoid) == (False, D(260), {"ALPHA": REFUSED})
    assert parent.ends_as is Event.DONE_FOR_DAY
    assert book(parent, child, trade(child, "10", exec_id="late"), LATER) == _traded("10")
    assert (child.state, parent.cum) == (OrdStatus(end.value), D(50))


@pytest.mark.parametrize("end", [ExecType.DONE_FOR_DAY, ExecType.CALCULATED])
def test_an_order_that_outlives_the_day_keeps_its_quantity_over_night(end: ExecType) -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent)
    _acknowledged(parent, child)
    assert book(parent, child, said(child, end), LATER) == Booked(Effect.HALTED)
    assert (child.live, child.exposure, parent.unrouted, parent.avoid) == (True, D(100), D(200), {})


def test_a_gtc_order_that_is_done_for_the_day_is_new_the_next_morning() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent)
    for exec_id, exec_type in (("V1", ExecType.NEW), ("V2", ExecType.DONE_FOR_DAY)):
        book(parent, child, said(child, exec_type, exec_id=exec_id), LATER)
    assert book(parent, child, said(child, ExecType.RESTATED, exec_id="V3"), LATER) == Booked(Effect.CHANGED)
    assert (child.state, child.exposure) == (OrdStatus.NEW, D(100))


# -- trades ------------------------------------------------------------------------------------------------------------


def test_a_trade_is_credited_and_leaves_the_rest_open(parent: Parent, child: Child) -> None:
    assert book(parent, child, trade(child, "40"), LATER) == _traded("40")
    assert (child.state, child.cum, child.exposure, parent.cum) == (OrdStatus.PARTIALLY_FILLED, D(40), D(60), D(40))


def test_a_fill_before_the_acknowledgement_answers_our_request(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "40"), LATER)
    assert child.request is Request.NONE
    _acknowledged(parent, child)
    assert child.state is OrdStatus.PARTIALLY_FILLED


def test_the_last_trade_fills_the_child(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "40", exec_id="F1"), LATER)
    assert book(parent, child, trade(child, "60", exec_id="F2"), LATER) == _traded("60")
    assert (child.state, child.cum, child.live, parent.cum) == (OrdStatus.FILLED, D(100), False, D(100))


def test_a_trade_of_contracts_is_credited_in_parent_units(parent: Parent) -> None:
    child = new_child(parent, "5", unit="20")
    assert book(parent, child, trade(child, "2"), LATER) == _traded("40", venue_units="2")
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
    assert book(parent, other, trade(other, "10"), LATER) == _traded("10")


def test_an_overfill_is_booked_and_alerted(parent: Parent, child: Child) -> None:
    alert = "T-1-1 at ALPHA is overfilled: 110 of 100"
    assert book(parent, child, trade(child, "110"), LATER) == _traded("110", alert)
    assert (child.state, child.cum, parent.cum) == (OrdStatus.FILLED, D(110), D(110))


def test_a_cum_qty_that_the_trades_do_not_add_up_to_is_alerted(parent: Parent, child: Child) -> None:
    alert = "T-1-1: ALPHA says CumQty(14) 70, its trades add up to 40"
    assert book(parent, child, trade(child, "40", cum="70"), LATER) == _traded("40", alert)


@pytest.mark.parametrize("qty", ["0", "-5"])
def test_a_trade_of_nothing_is_none(parent: Parent, child: Child, qty: str) -> None:
    alert = f"T-1-1: a trade of {qty} is none"
    assert _unchanged(parent, child, trade(child, qty)) == Booked(Effect.NOTHING, alert=alert)


@pytest.mark.parametrize("exec_type", [ExecType.FILL, ExecType.PARTIAL_FILL, ExecType.ORDER_STATUS])
def test_a_kind_that_says_nothing_is_for_a_person(parent: Parent, child: Child, exec_type: ExecType) -> None:
    """A dialect makes TRADE of the fills of FIX 4.2; an answer agrees or it does not."""
    _acknowledged(parent, child)
    if exec_type is ExecType.ORDER_STATUS:
        assert _unchanged(parent, child, said(child, exec_type)) == Booked(Effect.SETTLED)
        return
    alert = f"T-1-1 at ALPHA: {exec_type.name} says nothing here"
    booked = book(parent, child, said(child, exec_type), LATER)
    assert (booked, parent.cum) == (Booked(Effect.NOTHING, alert=alert), D(0))


def test_a_trade_without_an_exec_id_could_be_any(parent: Parent, child: Child) -> None:
    alert = "T-1-1: a trade of 40 without ExecID(17) is not booked"
    assert _unchanged(parent, child, trade(child, "40", exec_id="")) == Booked(Effect.NOTHING, alert=alert)


def test_a_trade_on_the_other_side_or_of_something_else_is_not_ours(parent: Parent, child: Child) -> None:
    for more, alert, reason in (
        (
            {"side": Side.SELL},
            "T-1-1: ALPHA reports a trade of Side(54) SELL, it is BUY; not booked",
            DKReason.WRONG_SIDE,
        ),
        (
            {"symbol": "OTHER"},
            "T-1-1: ALPHA reports a trade in OTHER, it is for ACME; not booked",
            DKReason.UNKNOWN_SYMBOL,
        ),
    ):
        report = trade(child, "40", exec_id=str(reason))._replace(**more)
        assert _unchanged(parent, child, report) == Booked(Effect.NOTHING, alert=alert, deny=reason)
    assert book(parent, child, trade(child, "40")._replace(symbol=""), LATER) == _traded("40")


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
    assert book(parent, child, trade(child, "40", exec_id="F1"), LATER) == _traded("40")
    assert (child.state, child.live, parent.cum) == (ended, False, D(40))
    assert book(parent, child, trade(child, "60", exec_id="F2"), LATER) == _traded("60")
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
def test_an_answer_of_another_state_moves_the_child_there(parent: Parent, status: OrdStatus) -> None:
    gtc = new_parent(new_order(time_in_force=TimeInForce.GTC))
    for order, halt in (
        (parent, Effect.ENDED if status is OrdStatus.DONE_FOR_DAY else Effect.HALTED),
        (gtc, Effect.HALTED),
    ):
        child = new_child(order, venue="BETA")
        _in_doubt(order, child)
        assert book(order, child, answer(child, status), LATER) == Booked(halt)
        assert (child.state, child.request) == (status, Request.NONE)
        assert child.exposure == (D(100) if halt is Effect.HALTED else D(0))


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


def test_an_answer_that_cannot_be_changes_nothing() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent)
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
