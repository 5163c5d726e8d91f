"""The normal life of an order: one in, many out, one stream of reports back."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.core.commands import Closed, Opened
from engine.core.events import Event, OrderReceived
from engine.orders.order import Parent
from fix.enums import ExecType, OrdStatus, TimeInForce
from tests.engine.core.script import Desk, finished, opened
from tests.engine.orders.making import NOW, new_order
from tests.engine.routing.making import venue

NEW, TRADE, CANCELED = ExecType.NEW, ExecType.TRADE, ExecType.CANCELED
PARTLY, FILLED = OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED
IOC = new_order(time_in_force=TimeInForce.IOC)


def test_one_order_goes_to_all_venues_at_once() -> None:
    desk = Desk()
    assert desk.order() == (opened(), *desk.routed("300 by weight", "1 ALPHA 100", "2 BETA 100", "3 GAMMA 100"))


def test_new_is_told_once_then_each_trade_until_the_order_is_filled() -> None:
    desk = Desk()
    desk.order()
    assert desk.accepts(1) == (desk.told_new(),)
    assert desk.accepts(2) == ()
    assert desk.accepts(3) == ()
    assert desk.trades(2, "100 at 99") == (
        desk.told(2, TRADE, PARTLY, cum="100", avg="99", last="100 at 99", mkt="XBET"),
    )
    assert desk.trades(1, "40 at 100") == (
        desk.told(3, TRADE, PARTLY, cum="140", avg="99.28571429", last="40 at 100", mkt="XALP"),
    )
    assert desk.trades(3, "100 at 98") == (
        desk.told(4, TRADE, PARTLY, cum="240", avg="98.75", last="100 at 98", mkt="XGAM"),
    )
    assert desk.trades(1, "60 at 100") == (
        desk.told(5, TRADE, FILLED, cum="300", avg="99", last="60 at 100", mkt="XALP"),
        Closed("T-1"),
    )


def test_a_trade_before_any_acknowledgement_is_told_after_new() -> None:
    desk = Desk()
    desk.order()
    assert desk.trades(1, "100 at 99") == (
        desk.told_new(),
        desk.told(2, TRADE, PARTLY, cum="100", avg="99", last="100 at 99", mkt="XALP"),
    )
    assert desk.accepts(2) == ()


def test_one_trade_may_be_all_of_it() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    assert desk.trades(1, "300 at 99.5") == (
        desk.told_new(),
        desk.told(2, TRADE, FILLED, cum="300", avg="99.5", last="300 at 99.5", mkt="XALP"),
        Closed("T-1"),
    )


def test_what_an_immediate_order_cannot_take_is_canceled() -> None:
    desk = Desk()
    desk.order(IOC)
    assert desk.trades(1, "60 at 100") == (
        desk.told_new(order=IOC),
        desk.told(2, TRADE, PARTLY, cum="60", avg="100", last="60 at 100", mkt="XALP", order=IOC),
    )
    assert desk.ends(1) == ()
    assert desk.ends(2) == ()
    reason = "no venue takes the remaining 240"
    assert desk.ends(3, ExecType.EXPIRED) == (
        desk.told(3, CANCELED, OrdStatus.CANCELED, cum="60", avg="100", order=IOC, text=reason),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_an_immediate_order_that_nobody_hits_is_canceled_and_not_rejected() -> None:
    """FIX 4.4 Appendix D, I.1.b: the venues took the order, there was nothing to take for it."""
    desk = Desk(venue("ALPHA"))
    desk.order(IOC)
    reason = "no venue takes the remaining 300"
    assert desk.ends(1) == (
        desk.told_new(order=IOC),
        desk.told(2, CANCELED, OrdStatus.CANCELED, order=IOC, text=reason),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_two_orders_are_two_streams() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    second = new_order("50", cl_ord_id="B")
    assert desk.order(second) == (opened("B", of=2), *desk.routed("50 by weight", "1 ALPHA 50", of=2))
    assert desk.accepts("T-2-1") == (desk.told(1, NEW, OrdStatus.NEW, order=second, order_id="T-2"),)
    assert desk.accepts("T-1-1") == (desk.told_new(),)


def test_the_same_cl_ord_id_from_two_sessions_is_two_orders() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    assert desk.does(OrderReceived("OTHER", new_order())) == (
        Opened("T-2", "OTHER", "A"),
        *desk.routed("300 by weight", "1 ALPHA 300", of=2),
    )
    told = desk.told(1, NEW, OrdStatus.NEW, order_id="T-2")
    assert desk.accepts("T-2-1") == (told._replace(session="OTHER"),)
    assert desk.accepts("T-1-1") == (desk.told_new(),)


def test_a_swept_book_is_on_record_with_the_midpoint_it_was_seen_at() -> None:
    desk = Desk()
    desk.shows("ALPHA", "200 at 100", bids=("10 at 98",))
    desk.shows("BETA", "100 at 99", bids=("10 at 97",))
    reason = "swept 300 displayed at BETA, ALPHA"
    assert desk.order() == (opened(), *desk.routed(reason, "1 ALPHA 200", "2 BETA 100", mid="98.5"))


def test_a_trade_in_contracts_is_told_in_the_units_of_the_order() -> None:
    desk = Desk(venue("ALPHA", contract="100"))
    desk.order()
    assert desk.trades(1, "2 at 99") == (
        desk.told_new(),
        desk.told(2, TRADE, PARTLY, cum="200", avg="99", last="200 at 99", mkt="XALP"),
    )


# -- status ------------------------------------------------------------------------------------------------------------


def test_a_status_request_is_answered_with_the_order_as_it_stands_and_counts_as_no_report() -> None:
    desk = Desk()
    desk.order()
    assert desk.asks() == (desk.told(0, ExecType.ORDER_STATUS, OrdStatus.PENDING_NEW),)
    desk.trades(1, "100 at 99")
    assert desk.asks() == (desk.told(0, ExecType.ORDER_STATUS, PARTLY, cum="100", avg="99"),)
    desk.trades(2, "100 at 99")
    assert desk.trades(3, "100 at 99")[0] == desk.told(
        4, TRADE, FILLED, cum="300", avg="99", last="100 at 99", mkt="XGAM"
    )
    assert desk.asks() == (desk.told(0, ExecType.ORDER_STATUS, FILLED, cum="300", avg="99"),)


# -- sessions and markets ----------------------------------------------------------------------------------------------


def test_a_venue_that_comes_up_is_asked_for_its_market_data() -> None:
    desk = Desk(down=("BETA",))
    assert desk.up("BETA") == (desk.subscribed("BETA", 3),)


def test_market_data_and_time_alone_cause_nothing() -> None:
    desk = Desk()
    assert desk.shows("ALPHA", "5 at 9") == ()
    assert desk.waits(3600) == ()


def test_a_venue_that_is_down_gets_nothing_and_its_book_counts_for_nothing() -> None:
    desk = Desk()
    desk.shows("ALPHA", "300 at 90")
    desk.down("ALPHA")
    assert desk.order() == (opened(), *desk.routed("300 by weight", "1 BETA 150", "2 GAMMA 150"))


def test_every_event_has_its_handler() -> None:
    assert set(Desk().core._handlers) == set(get_args(Event))


# -- brought back from the record --------------------------------------------------------------------------------------


def _recovered(desk: Desk) -> Parent:
    """As `engine.dropcopy.recovery` makes it: 100 at ALPHA, not answered."""
    parent = Parent("T-1", "OMS", new_order("100"), NOW)
    other = Desk(venue("ALPHA"))
    other.order(new_order("100"))
    parent.children = other.child(1)[0].children
    parent.attempts = 1
    desk.core.orders.add(parent)
    return parent


def test_a_parent_brought_back_goes_on_where_it_stood() -> None:
    desk = Desk(down=("ALPHA",))
    _recovered(desk)
    assert desk.down("ALPHA") == (desk.lost(1, "the session with ALPHA ended"),)
    assert desk.up("ALPHA") == (desk.asked(1), desk.subscribed("ALPHA", 3))
    assert desk.trades(1, "100 at 99") == (
        desk.told_new(order=new_order("100")),
        desk.told(2, TRADE, FILLED, cum="100", avg="99", last="100 at 99", mkt="XALP", order=new_order("100")),
        Closed("T-1"),
    )


def test_a_finished_parent_brought_back_answers_and_takes_a_late_fill() -> None:
    desk = Desk(venue("ALPHA"))
    parent = _recovered(desk)
    desk.ends(1)
    again = Desk()
    again.core.orders.add(parent)
    assert list(again.core.orders.open()) == []
    order, canceled = new_order("100"), OrdStatus.CANCELED
    assert again.asks() == (again.told(0, ExecType.ORDER_STATUS, canceled, order=order),)
    assert again.trades(1, "30 at 99", exec_id="late") == (
        again.told(3, TRADE, canceled, cum="30", avg="99", last="30 at 99", mkt="XALP", order=order),
    )


@pytest.mark.parametrize("kept", [ExecType.SUSPENDED, ExecType.STOPPED])
def test_what_only_moves_a_child_is_not_told_to_the_oms(kept: ExecType) -> None:
    desk = Desk()
    desk.order()
    desk.accepts(1)
    assert desk.says(1, kept, OrdStatus(kept.value)) == ()
