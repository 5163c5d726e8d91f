"""What a venue gives back goes to others, a bounded number of times; what it may still hold does not."""

from __future__ import annotations

from engine.core.commands import Closed, Decision
from engine.core.placing import Rules
from fix.enums import CxlRejReason, ExecType, MsgType, OrdRejReason, OrdStatus, TimeInForce
from tests.engine.core.script import Desk, decided, finished, kept_by, opened
from tests.engine.orders.making import new_order
from tests.engine.routing.making import venue

TRADE, REJECTED, CANCELED = ExecType.TRADE, ExecType.REJECTED, ExecType.CANCELED
PARTLY, FILLED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED
IOC = new_order(time_in_force=TimeInForce.IOC)


def test_what_a_venue_rejects_is_routed_to_the_others_and_the_oms_hears_nothing_of_it() -> None:
    desk = Desk()
    desk.order()
    assert desk.rejects(1) == desk.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2)
    assert desk.accepts(4) == (desk.told_new(),)


def test_what_a_venue_cancels_or_lets_expire_is_routed_to_the_others() -> None:
    desk = Desk()
    desk.order()
    desk.accepts(1)
    desk.trades(1, "30 at 99")
    assert desk.ends(1) == desk.routed("70 by weight", "4 BETA 35", "5 GAMMA 35", attempt=2)
    assert desk.ends(2, ExecType.EXPIRED) == desk.routed("100 by weight", "6 GAMMA 100", attempt=3)


def test_what_a_venue_could_not_read_is_routed_to_the_others() -> None:
    desk = Desk()
    desk.order()
    why = "ALPHA refused MsgType(35) D for T-1-1: bad tag"
    assert desk.cannot_read(1, MsgType.NEW_ORDER_SINGLE) == (
        decided(Decision.REFUSED, why, {"child": "T-1-1"}),
        *desk.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2),
    )


def test_a_refused_message_of_an_order_that_the_venue_has_is_only_an_alert() -> None:
    desk = Desk()
    desk.order()
    desk.accepts(1)
    for msg_type in (MsgType.NEW_ORDER_SINGLE, MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_STATUS_REQUEST):
        why = f"ALPHA refused MsgType(35) {msg_type} for T-1-1: bad tag"
        assert desk.cannot_read(1, msg_type) == (decided(Decision.ALERT, why),)


def test_an_order_that_no_venue_takes_is_rejected_with_the_last_venues_reason() -> None:
    desk = Desk(venue("ALPHA"), venue("BETA"))
    desk.order()
    assert desk.rejects(1, "no credit") == desk.routed("150 by weight", "3 BETA 150", attempt=2)
    assert desk.rejects(2, "no credit") == ()
    text, reason = "BETA: closed", OrdRejReason.EXCHANGE_CLOSED
    assert desk.rejects(3, "closed", reason) == (
        desk.told(1, REJECTED, OrdStatus.REJECTED, text=text, reason=reason),
        *finished("no venue took it", OrdStatus.REJECTED),
    )


def test_an_order_that_was_taken_once_is_canceled_with_the_last_venues_answer() -> None:
    desk = Desk(venue("ALPHA"), venue("BETA"))
    desk.order()
    desk.accepts(1)
    desk.trades(1, "30 at 99")
    desk.ends(1)
    desk.rejects(2, "halted")
    reason = "no venue takes the remaining 270; last answer: BETA: halted"
    assert desk.rejects(3, "halted") == (
        desk.told(3, CANCELED, OrdStatus.CANCELED, cum="30", avg="99", text=reason),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_the_rounds_of_routing_are_bounded() -> None:
    desk = Desk(rules=Rules(max_attempts=2))
    desk.order()
    assert desk.ends(1) == desk.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2)
    assert [desk.ends(child) for child in (2, 3, 4)] == [(), (), ()]
    reason = "no venue takes the remaining 300"
    assert desk.ends(5) == (
        desk.told_new(),
        desk.told(2, CANCELED, OrdStatus.CANCELED, text=reason),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_an_immediate_order_takes_what_is_still_displayed_elsewhere() -> None:
    desk = Desk()
    desk.shows("ALPHA", "300 at 99")
    desk.shows("BETA", "120 at 100")
    assert desk.order(IOC) == (opened(), *desk.routed("swept 300 displayed at ALPHA", "1 ALPHA 300"))
    desk.trades(1, "100 at 99")
    reason = "swept 120 displayed at BETA; 80 left: nothing more is displayed within the limit"
    assert desk.ends(1) == desk.routed(reason, "2 BETA 120", attempt=2, unplaced="80")


def test_a_venue_that_had_no_more_is_asked_again_once_it_shows_more() -> None:
    desk = Desk(venue("ALPHA"), venue("BETA"))
    desk.shows("ALPHA", "200 at 99")
    desk.shows("BETA", "100 at 100")
    desk.order(IOC)
    desk.shows("BETA")
    assert desk.ends(1) == ()
    desk.shows("ALPHA", "50 at 99")
    reason = "swept 50 displayed at ALPHA; 250 left: nothing more is displayed within the limit"
    assert desk.ends(2) == desk.routed(reason, "3 ALPHA 50", attempt=2, unplaced="250")


def test_fill_or_kill_goes_to_one_venue_after_the_other() -> None:
    desk = Desk()
    desk.shows("BETA", "300 at 99")
    order = new_order(time_in_force=TimeInForce.FOK)
    assert desk.order(order) == (opened(), *desk.routed("fill or kill: whole to BETA", "1 BETA 300"))
    assert desk.ends(1) == desk.routed("fill or kill: whole to ALPHA", "2 ALPHA 300", attempt=2)


# -- never more than asked (design, law 4) -----------------------------------------------------------------------------


def test_fills_that_an_end_speaks_of_and_nobody_has_seen_are_not_routed_again() -> None:
    desk = Desk()
    desk.order()
    desk.accepts(1)
    why = "T-1-1: ALPHA says CumQty(14) 30 as it ends, its trades add up to 0"
    assert desk.ends(1, cum="30") == (
        decided(Decision.ALERT, why),
        *desk.routed("70 by weight", "4 BETA 35", "5 GAMMA 35", attempt=2),
    )
    assert desk.trades(1, "30 at 99") == (desk.told(2, TRADE, PARTLY, cum="30", avg="99", last="30 at 99", mkt="XALP"),)


def test_an_overfill_is_told_as_it_is_and_alerted() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    assert desk.trades(1, "310 at 99") == (
        decided(Decision.ALERT, "T-1-1 at ALPHA is overfilled: 310 of 300"),
        desk.told_new(),
        desk.told(2, TRADE, FILLED, cum="310", avg="99", last="310 at 99", mkt="XALP"),
        Closed("T-1"),
    )


def _filled_by_a_late_fill() -> Desk:
    """ALPHA's 150 were canceled and went to BETA; they trade at ALPHA after all, while BETA holds 150 too many."""
    desk = Desk(venue("ALPHA"), venue("BETA"))
    desk.order()
    desk.accepts(1)
    desk.ends(1)
    desk.trades(2, "150 at 99")
    assert desk.trades(1, "150 at 99") == (
        desk.told(3, TRADE, FILLED, cum="300", avg="99", last="150 at 99", mkt="XALP"),
        *desk.canceled(3, why="the order is filled"),
    )
    return desk


def test_what_venues_hold_beyond_a_filled_order_is_canceled() -> None:
    desk = _filled_by_a_late_fill()
    assert desk.ends(3) == (Closed("T-1"),)


def test_a_fill_that_comes_before_that_cancel_is_told() -> None:
    desk = _filled_by_a_late_fill()
    assert desk.trades(3, "50 at 99") == (
        desk.told(4, TRADE, FILLED, cum="350", avg="99", last="50 at 99", mkt="XBET"),
    )
    assert desk.ends(3) == (Closed("T-1"),)


def test_a_venue_that_keeps_such_an_order_is_not_asked_in_a_circle() -> None:
    desk = _filled_by_a_late_fill()
    why = "BETA did not cancel T-1-3: filled"
    assert desk.keeps(3, CxlRejReason.TOO_LATE_TO_CANCEL, "filled") == (
        kept_by(3, why),
        desk.lost(3, "BETA has nothing left to change of it", still="150"),
        desk.asked(3),
    )
    assert desk.trades(3, "150 at 99") == (
        desk.told(4, TRADE, FILLED, cum="450", avg="99", last="150 at 99", mkt="XBET"),
        Closed("T-1"),
    )


def test_what_is_too_much_is_canceled_also_after_doubt() -> None:
    desk = _filled_by_a_late_fill()
    assert desk.down("BETA") == (desk.lost(3, "the session with BETA ended", still="150"),)
    assert desk.up("BETA")[0] == desk.asked(3)
    assert desk.answers(3, OrdStatus.PENDING_NEW) == (
        decided(Decision.SETTLE, "BETA answered: PENDING_NEW, CumQty(14) 0", {"child": "T-1-3"}),
        *desk.canceled(3, 2, why="the order is filled"),
    )


def test_a_late_fill_of_an_order_that_was_canceled_before_its_acknowledgement_is_told() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order(IOC)
    desk.ends(1)
    assert desk.trades(1, "40 at 99") == (
        desk.told(3, TRADE, OrdStatus.CANCELED, cum="40", avg="99", last="40 at 99", mkt="XALP", order=IOC),
    )
