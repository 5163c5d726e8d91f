"""What crosses an amendment: fills, ends, refusals, lost sessions, more requests. `Life` counts law 4 at every step."""

from __future__ import annotations

import pytest

from engine.core.commands import Closed, Decision, SendCancel
from engine.core.placing import Rules
from fix.business import NewOrderSingle
from fix.enums import CxlRejReason, ExecType, OrdStatus
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted, replace_refused
from tests.engine.core.script import cancel_refused, decided, finished, kept_by, used
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

TRADE, REPLACED = ExecType.TRADE, ExecType.REPLACED
NEW, PARTLY, PENDING_REPLACE = OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_REPLACE
OPTION, TOO_LATE, UNKNOWN = CxlRejReason.BROKER_OPTION, CxlRejReason.TOO_LATE_TO_CANCEL, CxlRejReason.UNKNOWN_ORDER


@pytest.fixture
def life() -> Life:
    """100 each at ALPHA, BETA and GAMMA, all acknowledged."""
    return accepted()


@pytest.fixture
def alone() -> Life:
    """300 at ALPHA, acknowledged."""
    return accepted(venue("ALPHA"))


def asked(qty: str = "300", price: str = "100", cl_ord_id: str = "B") -> NewOrderSingle:
    return new_order(qty, price, cl_ord_id=cl_ord_id)


# -- fills -------------------------------------------------------------------------------------------------------------


def test_a_trade_while_the_replace_is_pending_is_told_as_such(life: Life) -> None:
    """FIX 4.4 Appendix D, C.1.b: with the old terms until the new ones are in force."""
    life.amends(asked(price="101"))
    assert life.trades(1, "40 at 99") == (
        life.hears(3, TRADE, PENDING_REPLACE, cum="40", avg="99", last="40 at 99", last_mkt="XALP"),
    )
    life.replaced(1)
    life.replaced(2)
    assert life.replaced(3) == (life.hears(4, REPLACED, PARTLY, answers=("B", "A"), cum="40", avg="99"),)


def test_a_fill_elsewhere_makes_no_difference_while_it_leaves_room(life: Life) -> None:
    assert sent(life.amends(asked("250"))) == ["replace 1 ALPHA 50 at 100"]
    assert sent(life.trades(2, "100 at 99")) == []
    assert said(life.replaced(1)) == ["REPLACED PARTIALLY_FILLED 250"]


def test_a_fill_that_crosses_the_reduction_is_taken_from_another_child(life: Life) -> None:
    """80 trade where 50 were to be left: 30 more have to go."""
    life.amends(asked("250"))
    assert sent(life.trades(1, "80 at 99")) == ["replace 2 BETA 70 at 100"]
    assert sent(life.replaced(1, "80")) == []
    assert said(life.replaced(2)) == ["REPLACED PARTIALLY_FILLED 250"]
    assert life.parent().unrouted == 0


def test_a_child_that_is_filled_before_its_replace_arrives_is_left_out_of_it(life: Life) -> None:
    life.amends(asked("250"))
    assert sent(life.trades(1, "100 at 99")) == ["replace 2 BETA 50 at 100"]
    assert sent(life.keeps(1, TOO_LATE)) == []
    assert said(life.replaced(2)) == ["REPLACED PARTIALLY_FILLED 250"]


def test_a_child_that_fills_while_it_is_canceled_leaves_too_much_which_the_order_then_has(life: Life) -> None:
    life.amends(asked("80"))
    for child in (1, 2, 3):
        commands = life.trades(child, "100 at 99")
        assert said(commands)[0] == "TRADE PENDING_REPLACE 300"
    assert said(commands) == ["TRADE PENDING_REPLACE 300", "9 B TOO_LATE_TO_CANCEL"]
    assert commands[-1] == Closed("T-1")


def test_the_last_fill_ends_an_order_whose_replace_is_pending(alone: Life) -> None:
    """FIX 4.4 Appendix D, C.1.a: it was filled first."""
    alone.amends(asked("200"))
    assert alone.trades(1, "300 at 99") == (
        alone.hears(3, TRADE, PENDING_REPLACE, cum="300", avg="99", last="300 at 99", last_mkt="XALP"),
        replace_refused(TOO_LATE, "the order was filled first", OrdStatus.FILLED),
        Closed("T-1"),
    )
    why = "ALPHA did not replace T-1-1: filled"
    assert alone.keeps(1, TOO_LATE, "filled") == (kept_by(1, why),)


def test_a_pending_raise_is_granted_to_an_order_that_is_filled_meanwhile(alone: Life) -> None:
    """FIX 4.4 Appendix D, C.1.c: what is more than it traded is open again."""
    alone.amends(asked("400", "101"))
    commands = alone.trades(1, "300 at 99")
    assert said(commands) == ["TRADE PENDING_REPLACE 300", "REPLACED PARTIALLY_FILLED 400"]
    assert sent(commands) == ["new 2 ALPHA 100"]


def test_a_venue_that_reduces_to_what_has_traded_has_filled_its_child(life: Life) -> None:
    life.amends(asked("250"))
    life.trades(1, "60 at 99")
    life.replaced(2) if life.child(2)[1].asked else None
    assert said(life.replaced(1, "60")) == ["REPLACED PARTIALLY_FILLED 250"]
    assert life.child(1)[1].state is OrdStatus.FILLED


def test_a_trade_that_is_cancelled_meanwhile_is_open_again(life: Life) -> None:
    life.trades(1, "100 at 99", exec_id="X")
    life.amends(asked(price="101"))
    assert said(life.takes_back(1, "X")) == ["TRADE_CANCEL PENDING_REPLACE 300"]
    life.replaced(2)
    commands = life.replaced(3)
    assert said(commands) == ["REPLACED NEW 300"]
    assert sent(commands) == ["new 4 ALPHA 34", "new 5 BETA 33", "new 6 GAMMA 33"]


# -- ends --------------------------------------------------------------------------------------------------------------


def test_what_a_venue_cancels_by_itself_meanwhile_goes_out_anew_with_the_new_terms(life: Life) -> None:
    life.amends(asked(price="101"))
    life.replaced(1)
    life.replaced(2)
    commands = life.ends(3)
    assert said(commands) == ["REPLACED NEW 300"]
    assert sent(commands) == ["new 4 ALPHA 34", "new 5 BETA 33", "new 6 GAMMA 33"]
    assert {child.price for child in life.parent().live} == {D("101")}


def test_an_order_whose_only_child_ends_takes_its_new_terms_elsewhere(alone: Life) -> None:
    alone.amends(asked("200", "101"))
    commands = alone.ends(1, ExecType.EXPIRED)
    assert said(commands) == ["REPLACED NEW 200"]
    assert sent(commands) == ["new 2 ALPHA 200"]


def test_a_child_that_was_halted_takes_the_new_terms(alone: Life) -> None:
    """FIX 4.4 Appendix D, K.1.b: it stays suspended."""
    alone.says(1, ExecType.SUSPENDED, OrdStatus.SUSPENDED)
    alone.amends(asked("200"))
    assert said(alone.replaced(1)) == ["REPLACED SUSPENDED 200"]


# -- a child in doubt --------------------------------------------------------------------------------------------------


def test_what_is_in_doubt_is_waited_for_and_the_others_are_asked(life: Life) -> None:
    life.down("GAMMA")
    assert sent(life.amends(asked(price="101"))) == ["replace 1 ALPHA 100 at 101", "replace 2 BETA 100 at 101"]
    assert [life.replaced(1), life.replaced(2)] == [(), ()]
    assert sent(life.up("GAMMA")) == ["ask 3 GAMMA"]
    assert sent(life.stands(3, NEW)) == ["replace 3 GAMMA 100 at 101"]
    assert said(life.replaced(3)) == ["REPLACED NEW 300"]


def test_what_may_have_traded_in_doubt_is_not_taken_from_it(life: Life) -> None:
    """100 in doubt may all be traded: of 120 there are 20 left for the others."""
    life.down("GAMMA")
    assert sent(life.amends(asked("120"))) == ["cancel 1 ALPHA", "replace 2 BETA 20 at 100"]
    life.ends(1)
    assert said(life.replaced(2)) == []
    life.up("GAMMA")
    assert said(life.stands(3, NEW)) == ["REPLACED NEW 120"]


def test_with_less_than_is_in_doubt_the_rest_goes_when_it_is_known(life: Life) -> None:
    life.down("GAMMA")
    life.amends(asked("60"))
    life.ends(1)
    assert said(life.ends(2)) == []
    life.up("GAMMA")
    assert sent(life.stands(3, NEW)) == ["replace 3 GAMMA 60 at 100"]
    assert said(life.replaced(3)) == ["REPLACED NEW 60"]


def test_a_raise_does_not_wait_but_for_what_is_in_doubt(life: Life) -> None:
    life.down("GAMMA")
    assert said(life.amends(asked("450"))) == ["PENDING_REPLACE PENDING_REPLACE 300"]
    life.up("GAMMA")
    commands = life.stands(3, NEW)
    assert said(commands) == ["REPLACED NEW 450"]
    assert sent(commands) == ["new 4 ALPHA 50", "new 5 BETA 50", "new 6 GAMMA 50"]


# -- a replace whose answer was lost -----------------------------------------------------------------------------------


@pytest.fixture
def lost(alone: Life) -> Life:
    """The session ended with the replace to 200 at 101 under way."""
    alone.amends(asked("200", "101"))
    assert alone.down("ALPHA") == (alone.lost(1, "the session with ALPHA ended", "300"),)
    assert alone.up("ALPHA")[:1] == (alone.asked(1, "ALPHA-T-1-1"),)
    return alone


def test_a_lost_replace_that_is_in_force_is_known_by_its_name(lost: Life) -> None:
    commands = lost.stands(1, NEW, "200", "101", name="T-1-1_1")
    assert commands == (
        decided(Decision.SETTLE, "ALPHA answered: NEW, CumQty(14) 0", {"child": "T-1-1"}),
        lost.hears(3, REPLACED, NEW, answers=("B", "A")),
    )
    assert sent(lost.cancel("C", "B")) == ["cancel 1 ALPHA"]
    assert lost.child(1)[1].name == "T-1-1_1"


def test_a_lost_replace_that_is_in_force_is_known_by_its_terms_too(lost: Life) -> None:
    assert said(lost.stands(1, NEW, "200", "101")) == ["REPLACED NEW 200"]


def test_a_lost_replace_that_never_arrived_is_sent_again(lost: Life) -> None:
    settled, *replace = lost.stands(1, NEW, "300", "100")
    assert settled == decided(Decision.SETTLE, "ALPHA answered: NEW, CumQty(14) 0", {"child": "T-1-1"})
    assert tuple(replace) == lost.sent_replace(1, "200", "101", change=2)
    assert said(lost.replaced(1)) == ["REPLACED NEW 200"]


def test_a_venue_that_knows_it_only_by_the_new_name_is_asked_by_that_name(lost: Life) -> None:
    why = "what ALPHA says of T-1-1 leaves a question"
    denied = lost.stands(1, OrdStatus.REJECTED)
    assert [each.order_id for each in denied] == ["T-1"]
    assert sent(denied) == ["ask 1_1 ALPHA"]
    assert why not in str(denied)  # it was in doubt before
    assert said(lost.stands(1, NEW, "200", "101", name="T-1-1_1")) == ["REPLACED NEW 200"]


def test_a_venue_that_knows_neither_name_has_no_such_order(lost: Life) -> None:
    lost.stands(1, OrdStatus.REJECTED)
    commands = lost.stands(1, OrdStatus.REJECTED, name="T-1-1_1")
    assert said(commands) == ["REPLACED NEW 200"]
    assert sent(commands) == ["new 2 ALPHA 200"]


def test_fills_that_were_lost_with_the_answer_are_waited_for_and_the_terms_are_known(lost: Life) -> None:
    assert said(lost.stands(1, PARTLY, "200", "101", name="T-1-1_1", cum="50")) == []
    commands = lost.trades(1, "50 at 99")
    assert said(commands) == ["TRADE PENDING_REPLACE 300", "REPLACED PARTIALLY_FILLED 200"]
    assert lost.child(1)[1].name == "T-1-1_1"


def test_an_answer_that_comes_late_is_as_good(alone: Life) -> None:
    """The time-out came first; the venue is asked all the same, and what it says then agrees."""
    alone.amends(asked("200", "101"))
    assert sent(alone.waits(5)) == ["ask 1 ALPHA"]
    assert said(alone.replaced(1)) == []
    assert said(alone.stands(1, NEW, "200", "101")) == ["REPLACED NEW 200"]


def test_a_refusal_that_comes_late_does_not_settle_what_is_in_doubt(alone: Life) -> None:
    alone.amends(asked("200", "101"))
    alone.waits(5)
    assert said(alone.keeps(1)) == []
    assert sent(alone.stands(1, NEW, "300", "100")) == ["replace 1 ALPHA 200 at 101"]


def test_a_refusal_of_an_older_request_is_not_one_of_the_last(alone: Life) -> None:
    alone.amends(asked("200", "101"))
    alone.waits(5)
    alone.stands(1, NEW, "300", "100")
    why = "ALPHA did not replace T-1-1: no reason given"
    assert alone.keeps(1, change=1) == (decided(Decision.IGNORE, why, {"child": "T-1-1"}),)
    assert said(alone.replaced(1)) == ["REPLACED NEW 200"]


def test_an_answer_to_a_request_that_was_given_up_for_lost_is_not_one_to_the_last(alone: Life) -> None:
    """The venue was slow: it told how the order stood before it replaced it, so that it was asked once more."""
    alone.amends(asked("200"))
    alone.waits(5)
    assert sent(alone.stands(1, NEW, "300", "100")) == ["replace 1 ALPHA 200 at 100"]
    first = {"cl_ord_id": "T-1-1_1", "orig_cl_ord_id": "T-1-1"}
    assert said(alone.restates(1, REPLACED, "200", **first)) == []
    assert sent(alone.keeps(1, UNKNOWN, "T-1-1 is replaced")) == ["ask 1_1 ALPHA"]
    assert said(alone.stands(1, NEW, "200", "100")) == ["REPLACED NEW 200"]
    assert [each.request.orig_cl_ord_id for each in alone.cancel("C", "B") if isinstance(each, SendCancel)] == [
        "T-1-1_1"
    ]


# -- chained -----------------------------------------------------------------------------------------------------------


def test_a_replace_of_a_pending_replace_is_worked_when_that_is_done(alone: Life) -> None:
    """FIX 4.4 Appendix D, D.2.b."""
    assert sent(alone.amends(asked("200"))) == ["replace 1 ALPHA 200 at 100"]
    assert alone.amends(asked("150", cl_ord_id="Z"), "B") == alone.promised(3, "Z")
    assert alone.replaced(1) == (
        alone.hears(4, REPLACED, PENDING_REPLACE, answers=("B", "A")),
        *alone.sent_replace(1, "150", change=2, orig="T-1-1_1", why="as Z asks"),
    )
    assert alone.replaced(1) == (alone.hears(5, REPLACED, NEW, answers=("Z", "B")),)


def test_as_many_as_the_rules_say_may_be_pending_and_no_more() -> None:
    life = accepted(venue("ALPHA"), rules=Rules(chained=2))
    life.amends(asked("200"))
    life.amends(asked("150", cl_ord_id="Z"), "B")
    refusal = replace_refused(CxlRejReason.ALREADY_PENDING, "Z is pending", PENDING_REPLACE, cl_ord_id="Y", orig="A")
    assert life.amends(asked("100", cl_ord_id="Y"), "Z")[1:] == (refusal,)
    assert [said(life.replaced(1)), said(life.replaced(1))] == [["REPLACED PENDING_REPLACE 200"], ["REPLACED NEW 150"]]


def test_a_replace_of_one_that_is_refused_is_refused_with_it(alone: Life) -> None:
    alone.amends(asked("200"))
    alone.amends(asked("150", cl_ord_id="Z"), "B")
    why = "ALPHA did not replace T-1-1: no"
    assert alone.keeps(1, text="no") == (
        kept_by(1, why),
        replace_refused(OPTION, why, PENDING_REPLACE),
        replace_refused(OPTION, "OrigClOrdID(41) B is not what the order was last accepted as", cl_ord_id="Z"),
    )
    assert alone.parent().order == new_order()


def test_all_that_are_pending_are_too_late_when_the_order_is_filled(alone: Life) -> None:
    alone.amends(asked("200"))
    alone.amends(asked("150", cl_ord_id="Z"), "B")
    assert said(alone.trades(1, "300 at 99")) == [
        "TRADE PENDING_REPLACE 300",
        "9 B TOO_LATE_TO_CANCEL",
        "9 Z TOO_LATE_TO_CANCEL",
    ]


# -- a cancel behind a replace -----------------------------------------------------------------------------------------


def test_a_cancel_behind_a_replace_makes_it_moot(alone: Life) -> None:
    alone.amends(asked("200"))
    assert alone.cancel("C", "B") == (
        used(),
        alone.hears(3, ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, answers=("C", "A")),
        replace_refused(OPTION, "the cancel C came behind it", OrdStatus.PENDING_CANCEL),
    )
    assert alone.replaced(1) == alone.sent_cancel(1, "the OMS cancels", change=2)
    assert alone.ends(1) == (
        alone.hears(4, ExecType.CANCELED, OrdStatus.CANCELED, answers=("C", "A")),
        *finished("canceled by the OMS", OrdStatus.CANCELED),
    )


def test_a_cancel_behind_a_replace_that_is_refused_goes_to_the_venue_then(alone: Life) -> None:
    alone.amends(asked("200"))
    alone.cancel()
    why = "ALPHA did not replace T-1-1: no"
    assert alone.keeps(1, text="no") == (kept_by(1, why), *alone.sent_cancel(1, "the OMS cancels", change=2))


def test_a_cancel_behind_several_replaces_makes_all_of_them_moot(alone: Life) -> None:
    alone.amends(asked("200"))
    alone.amends(asked("150", cl_ord_id="Z"), "B")
    assert said(alone.cancel("C", "Z"))[1:] == ["9 B BROKER_OPTION", "9 Z BROKER_OPTION"]


def test_nothing_is_taken_behind_a_cancel(alone: Life) -> None:
    alone.cancel()
    refusal = replace_refused(CxlRejReason.ALREADY_PENDING, "C is pending", OrdStatus.PENDING_CANCEL)
    assert alone.amends(asked("200"))[1:] == (refusal,)


def test_what_a_venue_replaced_before_it_refused_the_cancel_has_the_terms_of_the_order_again(alone: Life) -> None:
    """The OMS was told that its replace is refused: nothing may rest beyond the limit that it has."""
    alone.amends(asked(price="101"))
    alone.cancel()
    alone.replaced(1)
    commands = alone.keeps(1, text="no")
    assert said(commands) == ["9 C BROKER_OPTION"]
    assert sent(commands) == ["replace 1 ALPHA 300 at 100"]


def test_a_cancel_that_is_too_late_for_a_replaced_order_says_so(alone: Life) -> None:
    alone.amends(asked("200"))
    alone.replaced(1)
    alone.cancel("C", "B")
    too_late = cancel_refused(TOO_LATE, "the order was filled first", OrdStatus.FILLED, orig="B")
    assert alone.trades(1, "200 at 99")[1:] == (too_late, Closed("T-1"))


def test_a_venue_with_nothing_left_to_replace_is_asked_what_became_of_it(alone: Life) -> None:
    alone.amends(asked("200"))
    assert alone.keeps(1, UNKNOWN) == (
        kept_by(1, "ALPHA did not replace T-1-1: 1"),
        alone.lost(1, "ALPHA has nothing left to change of it", "300"),
        alone.asked(1, "ALPHA-T-1-1"),
    )
    commands = alone.stands(1, OrdStatus.CANCELED)
    assert said(commands) == ["REPLACED NEW 200"]
    assert sent(commands) == ["new 2 ALPHA 200"]
