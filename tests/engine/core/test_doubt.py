"""Design, law 5: unknown is a state. What is in doubt is not routed again until the venue has answered."""

from __future__ import annotations

import pytest

from engine.core.commands import Closed, Command, Decision, Subscribe
from engine.core.placing import Rules
from fix.enums import CxlRejReason, ExecType, MsgType, OrdRejReason, OrdStatus
from tests.engine.core.script import SECOND, Desk, decided, finished, kept_by, used
from tests.engine.routing.making import venue

NEW, TRADE = ExecType.NEW, ExecType.TRADE
PARTLY, FILLED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED
ENDED = "the session with ALPHA ended"
SILENT = "ALPHA has not answered in 5 s"
STILL_SILENT = "ALPHA has not answered for T-1-1 in 5 s; asking again"
SUBSCRIBE = Subscribe("", "ALPHA", ("ACME.ALPHA",), "T-MD4")


def _settled(said: str) -> Command:
    return decided(Decision.SETTLE, f"ALPHA answered: {said}", {"child": "T-1-1"})


@pytest.fixture
def desk() -> Desk:
    """100 each at ALPHA, BETA and GAMMA, nothing acknowledged."""
    made = Desk()
    made.order()
    return made


# -- a session ends ----------------------------------------------------------------------------------------------------


def test_a_venue_that_goes_down_leaves_its_children_in_doubt_and_nothing_is_routed_again(desk: Desk) -> None:
    assert desk.down("ALPHA") == (desk.lost(1, ENDED),)
    assert desk.down("ALPHA") == ()
    assert desk.waits(3600)[0] == desk.lost(2, "BETA has not answered in 5 s")


def test_only_what_may_still_trade_is_in_doubt(desk: Desk) -> None:
    desk.trades(1, "30 at 99")
    desk.trades(2, "100 at 99")
    assert desk.down("ALPHA") == (desk.lost(1, ENDED, still="70"),)
    assert desk.down("BETA") == ()


def test_what_another_venue_gives_back_goes_elsewhere_and_what_is_in_doubt_does_not(desk: Desk) -> None:
    desk.down("ALPHA")
    assert desk.rejects(2) == desk.routed("100 by weight", "4 GAMMA 100", attempt=2)


def test_the_question_is_the_first_thing_a_venue_hears_when_it_comes_back(desk: Desk) -> None:
    desk.down("ALPHA")
    assert desk.up("ALPHA") == (desk.asked(1), SUBSCRIBE)


def test_the_question_names_the_venues_order_id_where_it_has_given_one(desk: Desk) -> None:
    desk.accepts(1)
    desk.down("ALPHA")
    assert desk.up("ALPHA") == (desk.asked(1, "ALPHA-T-1-1"), SUBSCRIBE)


def test_all_in_doubt_at_one_venue_are_asked_for_oldest_first() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.order(desk.child(1)[0].order._replace(cl_ord_id="B"))
    desk.down("ALPHA")
    first, second, _ = desk.up("ALPHA")
    assert [first[0], second[0]] == ["T-1", "T-2"]


# -- what the venue answers --------------------------------------------------------------------------------------------


def test_an_order_that_arrived_is_acknowledged_by_the_answer(desk: Desk) -> None:
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.NEW) == (desk.told_new(),)
    assert not desk.child(1)[1].in_doubt


def test_an_answer_that_agrees_is_on_record(desk: Desk) -> None:
    desk.trades(1, "30 at 99")
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.answers(1, PARTLY) == (_settled("PARTIALLY_FILLED, CumQty(14) 30"),)


def test_lost_fills_come_as_trades_and_settle_what_the_answer_spoke_of(desk: Desk) -> None:
    desk.accepts(1)
    desk.down("ALPHA")
    desk.up("ALPHA")
    why = "T-1-1: ALPHA says CumQty(14) 30, its trades add up to 0; it stays in doubt until they agree"
    assert desk.answers(1, PARTLY, cum="30") == (decided(Decision.ALERT, why),)
    assert desk.trades(1, "30 at 99") == (desk.told(2, TRADE, PARTLY, cum="30", avg="99", last="30 at 99", mkt="XALP"),)
    assert not desk.child(1)[1].in_doubt


def test_an_order_unknown_to_the_venue_is_routed_elsewhere(desk: Desk) -> None:
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.REJECTED) == desk.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2)


def test_an_order_that_ended_meanwhile_gives_its_rest_back(desk: Desk) -> None:
    desk.accepts(1)
    desk.trades(1, "30 at 99")
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.CANCELED) == desk.routed("70 by weight", "4 BETA 35", "5 GAMMA 35", attempt=2)


def test_an_acknowledgement_that_comes_late_does_not_end_the_doubt(desk: Desk) -> None:
    """It may have been sent before the session ended; the question asks for what is now."""
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.accepts(1) == (desk.told_new(),)
    assert desk.child(1)[1].in_doubt
    assert desk.answers(1, OrdStatus.NEW) == (_settled("NEW, CumQty(14) 0"),)


def test_fills_of_a_child_in_doubt_may_fill_the_order() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.down("ALPHA")
    assert desk.trades(1, "300 at 99") == (
        desk.told_new(),
        desk.told(2, TRADE, FILLED, cum="300", avg="99", last="300 at 99", mkt="XALP"),
        Closed("T-1"),
    )


# -- a venue that does not answer --------------------------------------------------------------------------------------


def test_an_order_without_an_answer_is_in_doubt_and_asked_for_once_it_is_overdue(desk: Desk) -> None:
    desk.accepts(2)
    desk.accepts(3)
    assert desk.waits(4.999) == ()
    assert desk.waits(0.001) == (desk.lost(1, SILENT), desk.asked(1))


def test_the_time_a_venue_may_take_is_a_rule() -> None:
    desk = Desk(venue("ALPHA"), rules=Rules(ack_timeout=SECOND // 2))
    desk.order()
    assert desk.waits(0.49) == ()
    assert desk.waits(0.01) == (desk.lost(1, "ALPHA has not answered in 0.5 s", still="300"), desk.asked(1))


def test_a_question_without_an_answer_is_asked_again_and_a_person_hears_of_it(desk: Desk) -> None:
    for child in (2, 3):
        desk.accepts(child)
    desk.waits(5)
    assert desk.waits(4.9) == ()
    assert desk.waits(0.1) == (decided(Decision.ALERT, STILL_SILENT), desk.asked(1))
    assert desk.waits(9.9) == ()
    twice = STILL_SILENT.replace("5 s", "10 s")
    assert desk.waits(0.1) == (decided(Decision.ALERT, twice), desk.asked(1))
    desk.answers(1, OrdStatus.NEW)
    assert desk.waits(5) == ()


def test_a_question_has_its_own_time_whenever_the_order_was_sent(desk: Desk) -> None:
    for child in (2, 3):
        desk.accepts(child)
    desk.waits(4)
    desk.down("ALPHA")
    desk.up("ALPHA")
    assert desk.waits(1) == ()
    assert desk.waits(3.9) == ()
    assert desk.waits(0.1) == (decided(Decision.ALERT, STILL_SILENT), desk.asked(1))
    assert desk.waits(4.9) == ()


def test_a_cancel_has_its_own_time_whenever_the_order_was_sent(desk: Desk) -> None:
    for child in (1, 2, 3):
        desk.accepts(child)
    desk.waits(4)
    desk.cancel()
    for child in (2, 3):
        desk.ends(child)
    assert desk.waits(4.9) == ()
    assert desk.waits(0.1) == (desk.lost(1, SILENT), desk.asked(1, "ALPHA-T-1-1"))


def test_nobody_asks_a_venue_that_is_down(desk: Desk) -> None:
    desk.accepts(2)
    desk.accepts(3)
    desk.down("ALPHA")
    assert desk.waits(60) == ()
    assert desk.up("ALPHA") == (desk.asked(1), SUBSCRIBE)


def test_what_was_answered_or_is_over_is_not_looked_at(desk: Desk) -> None:
    desk.accepts(1)
    desk.trades(2, "100 at 99")
    desk.accepts(3)
    assert desk.waits(60) == ()


# -- cancels and doubt -------------------------------------------------------------------------------------------------


def test_a_child_in_doubt_is_canceled_after_it_is_known(desk: Desk) -> None:
    for child in (1, 2, 3):
        desk.accepts(child)
    desk.down("ALPHA")
    pending = desk.told(2, ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, cancel="C")
    assert desk.cancel() == (
        used(),
        pending,
        *desk.canceled(2, order_id="BETA-T-1-2"),
        *desk.canceled(3, order_id="GAMMA-T-1-3"),
    )
    assert desk.up("ALPHA") == (desk.asked(1, "ALPHA-T-1-1"), SUBSCRIBE)
    assert desk.answers(1, OrdStatus.NEW) == (
        _settled("NEW, CumQty(14) 0"),
        *desk.canceled(1, order_id="ALPHA-T-1-1"),
    )


def test_a_cancel_lost_with_its_session_is_sent_again(desk: Desk) -> None:
    for child in (1, 2, 3):
        desk.accepts(child)
    desk.cancel()
    assert desk.down("ALPHA") == (desk.lost(1, ENDED),)
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.NEW) == (
        _settled("NEW, CumQty(14) 0"),
        *desk.canceled(1, change=2, order_id="ALPHA-T-1-1"),
    )


def test_an_unknown_order_is_over_when_it_was_to_be_canceled() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.down("ALPHA")
    desk.cancel()
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.REJECTED) == (
        desk.told(2, ExecType.CANCELED, OrdStatus.CANCELED, cancel="C"),
        *finished("canceled by the OMS", OrdStatus.CANCELED),
    )


def test_a_venue_that_does_not_know_what_to_cancel_is_asked(desk: Desk) -> None:
    """Either the order never arrived or its end is on the way."""
    for child in (1, 2, 3):
        desk.accepts(child)
    desk.cancel()
    assert desk.keeps(1, CxlRejReason.UNKNOWN_ORDER) == (
        kept_by(1, "ALPHA did not cancel T-1-1: 1"),
        desk.lost(1, "ALPHA has nothing left to change of it"),
        desk.asked(1, "ALPHA-T-1-1"),
    )


def test_a_child_in_doubt_whose_message_the_venue_could_not_read_is_routed_elsewhere() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.down("ALPHA")
    why = "ALPHA refused MsgType(35) D for T-1-1: bad tag"
    assert desk.cannot_read(1, MsgType.NEW_ORDER_SINGLE) == (
        decided(Decision.REFUSED, why, {"child": "T-1-1"}),
        desk.told(1, ExecType.REJECTED, OrdStatus.REJECTED, text=why, reason=OrdRejReason.BROKER_OPTION),
        *finished("no venue took it", OrdStatus.REJECTED),
    )
