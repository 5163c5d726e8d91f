"""The OMS cancels: every live child hears of it, and the OMS one answer, whoever wins the race."""

from __future__ import annotations

import pytest

from engine.core.commands import Closed, Command, Decision
from fix.enums import CxlRejReason, ExecType, MsgType, OrdStatus
from tests.engine.core.script import Desk, cancel_refused, decided, finished, kept_by, used
from tests.engine.orders.making import new_order
from tests.engine.routing.making import venue

TRADE, CANCELED = ExecType.TRADE, ExecType.CANCELED
PENDING, FILLED = OrdStatus.PENDING_CANCEL, OrdStatus.FILLED
BY_THE_OMS = finished("canceled by the OMS", OrdStatus.CANCELED)


@pytest.fixture
def desk() -> Desk:
    """100 each at ALPHA, BETA and GAMMA, all acknowledged."""
    made = Desk()
    made.order()
    for child in (1, 2, 3):
        made.accepts(child)
    return made


def _sent(desk: Desk, *children: int) -> tuple[Command, ...]:
    names = {1: "ALPHA", 2: "BETA", 3: "GAMMA"}
    return tuple(each for child in children for each in desk.canceled(child, order_id=f"{names[child]}-T-1-{child}"))


def test_a_cancel_reaches_all_live_children_and_is_done_when_all_have_answered(desk: Desk) -> None:
    assert desk.cancel() == (used(), desk.told(2, ExecType.PENDING_CANCEL, PENDING, cancel="C"), *_sent(desk, 1, 2, 3))
    assert desk.ends(2) == ()
    assert desk.ends(1) == ()
    assert desk.ends(3) == (desk.told(3, CANCELED, OrdStatus.CANCELED, cancel="C"), *BY_THE_OMS)


def test_what_has_ended_is_not_canceled_again(desk: Desk) -> None:
    desk.trades(1, "100 at 99")
    told = desk.told(3, ExecType.PENDING_CANCEL, PENDING, cum="100", avg="99", cancel="C")
    assert desk.cancel() == (used(), told, *_sent(desk, 2, 3))


def test_an_order_is_canceled_before_it_is_acknowledged() -> None:
    """FIX 4.4 Appendix D, B.1.d and B.1.e: the acknowledgement may cross the cancel."""
    desk = Desk(venue("ALPHA"))
    desk.order()
    assert desk.cancel() == (used(), desk.told(1, ExecType.PENDING_CANCEL, PENDING, cancel="C"), *desk.canceled(1))
    assert desk.accepts(1) == (desk.told(2, ExecType.NEW, PENDING),)
    assert desk.ends(1) == (desk.told(3, CANCELED, OrdStatus.CANCELED, cancel="C"), *BY_THE_OMS)


def test_a_canceled_order_that_was_never_acknowledged_needs_no_new() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.cancel()
    assert desk.ends(1) == (desk.told(2, CANCELED, OrdStatus.CANCELED, cancel="C"), *BY_THE_OMS)


def test_a_promise_to_cancel_is_not_told(desk: Desk) -> None:
    desk.cancel()
    assert desk.says(1, ExecType.PENDING_CANCEL, PENDING) == ()


def test_trades_while_the_cancel_is_pending_are_told_as_such(desk: Desk) -> None:
    """FIX 4.4 Appendix D, B.1.b."""
    desk.cancel()
    assert desk.trades(1, "40 at 99") == (
        desk.told(3, TRADE, PENDING, cum="40", avg="99", last="40 at 99", mkt="XALP"),
    )
    for child in (1, 2):
        desk.ends(child)
    assert desk.ends(3) == (
        desk.told(4, CANCELED, OrdStatus.CANCELED, cum="40", avg="99", cancel="C"),
        *BY_THE_OMS,
    )


def test_a_cancel_that_comes_after_the_last_fill_is_too_late(desk: Desk) -> None:
    """FIX 4.4 Appendix D, B.1.c."""
    desk.cancel()
    for child in (1, 2):
        desk.trades(child, "100 at 99")
    too_late = CxlRejReason.TOO_LATE_TO_CANCEL
    assert desk.trades(3, "100 at 99") == (
        desk.told(5, TRADE, PENDING, cum="300", avg="99", last="100 at 99", mkt="XGAM"),
        cancel_refused(too_late, "the order was filled first", FILLED),
        Closed("T-1"),
    )
    assert desk.keeps(3, too_late, "filled") == (kept_by(3, "GAMMA did not cancel T-1-3: filled"),)


def test_a_venue_with_nothing_left_to_cancel_is_asked_what_became_of_it(desk: Desk) -> None:
    """Its fill is on the way or was lost: a late cancel must not hide it."""
    desk.cancel()
    assert desk.keeps(1, CxlRejReason.TOO_LATE_TO_CANCEL, "filled") == (
        kept_by(1, "ALPHA did not cancel T-1-1: filled"),
        desk.lost(1, "ALPHA has nothing left to change of it"),
        desk.asked(1, "ALPHA-T-1-1"),
    )
    assert desk.trades(1, "100 at 99") == (
        desk.told(3, TRADE, PENDING, cum="100", avg="99", last="100 at 99", mkt="XALP"),
    )
    desk.ends(2)
    assert desk.ends(3)[-2:] == BY_THE_OMS


def test_venues_that_keep_their_orders_keep_the_parent_alive(desk: Desk) -> None:
    desk.cancel()
    assert desk.keeps(1, text="no cancels in the auction") == (
        kept_by(1, "ALPHA did not cancel T-1-1: no cancels in the auction"),
    )
    assert desk.ends(2) == ()
    why = "GAMMA did not cancel T-1-3: no reason given"
    assert desk.keeps(3) == (
        kept_by(3, why),
        cancel_refused(CxlRejReason.BROKER_OPTION, why, OrdStatus.NEW),
        *desk.routed("100 by weight", "4 ALPHA 34", "5 BETA 33", "6 GAMMA 33", attempt=2),
    )
    assert desk.cancel("C2") == (
        used("C2"),
        desk.told(3, ExecType.PENDING_CANCEL, PENDING, cancel="C2"),
        *desk.canceled(1, 2, order_id="ALPHA-T-1-1"),
        *desk.canceled(3, 2, order_id="GAMMA-T-1-3"),
        *desk.canceled(4),
        *desk.canceled(5),
        *desk.canceled(6),
    )


def test_a_cancel_that_the_venue_could_not_read_is_no_cancel() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.accepts(1)
    desk.cancel()
    why = "ALPHA refused MsgType(35) F for T-1-1: bad tag"
    assert desk.cannot_read(1, MsgType.ORDER_CANCEL_REQUEST) == (
        kept_by(1, why),
        cancel_refused(CxlRejReason.BROKER_OPTION, why, OrdStatus.NEW),
    )
    assert desk.cannot_read(1, MsgType.ORDER_CANCEL_REQUEST) == (decided(Decision.ALERT, why),)


def test_an_order_whose_cancel_is_refused_before_it_is_acknowledged_is_asked_for() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.cancel()
    why = "ALPHA did not cancel T-1-1: not now"
    assert desk.keeps(1, text="not now") == (
        kept_by(1, why),
        cancel_refused(CxlRejReason.BROKER_OPTION, why, OrdStatus.PENDING_NEW),
    )
    silent = "ALPHA has not answered in 5 s"
    assert desk.waits(6) == (desk.lost(1, silent, still="300"), desk.asked(1))


def test_a_refusal_nobody_asked_for_changes_nothing(desk: Desk) -> None:
    why = "ALPHA did not cancel T-1-1: what cancel?"
    assert desk.keeps(1, text="what cancel?") == (decided(Decision.IGNORE, why, {"child": "T-1-1"}),)
    assert desk.trades(1, "10 at 99") == (
        desk.told(2, TRADE, OrdStatus.PARTIALLY_FILLED, cum="10", avg="99", last="10 at 99", mkt="XALP"),
    )


def test_what_comes_back_while_the_oms_cancels_is_not_routed_again(desk: Desk) -> None:
    desk.cancel()
    assert desk.ends(1, ExecType.EXPIRED) == ()


# -- late fills --------------------------------------------------------------------------------------------------------


def _canceled(desk: Desk) -> None:
    desk.cancel()
    for child in (1, 2, 3):
        desk.ends(child)


AS_CANCELED = new_order()._replace(cl_ord_id="C")  # Appendix D, J.1.b: what ended by a cancel has its ClOrdID(11)


def test_a_fill_that_the_cancel_overtook_is_told(desk: Desk) -> None:
    _canceled(desk)
    assert desk.trades(1, "40 at 99") == (
        desk.told(4, TRADE, OrdStatus.CANCELED, cum="40", avg="99", last="40 at 99", mkt="XALP", order=AS_CANCELED),
    )
    assert desk.trades(1, "60 at 99") == (
        desk.told(5, TRADE, OrdStatus.CANCELED, cum="100", avg="99", last="60 at 99", mkt="XALP", order=AS_CANCELED),
    )


def test_late_fills_may_fill_a_canceled_order(desk: Desk) -> None:
    _canceled(desk)
    for child in (1, 2):
        desk.trades(child, "100 at 99")
    assert desk.trades(3, "100 at 99") == (
        desk.told(6, TRADE, FILLED, cum="300", avg="99", last="100 at 99", mkt="XGAM", order=AS_CANCELED),
    )
    assert desk.cancel("C2")[1] == cancel_refused(
        CxlRejReason.TOO_LATE_TO_CANCEL, "the order is FILLED", FILLED, cl_ord_id="C2", orig="C"
    )
