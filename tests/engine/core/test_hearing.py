"""Who is meant by what a venue says, and what is nobody's."""

from __future__ import annotations

from engine.core.commands import Command, Decision
from engine.core.events import CancelRejected, Executed, MassCanceled, MessageRefused
from fix.business import OrderCancelReject, OrderMassCancelReport
from fix.enums import (
    CxlRejResponseTo,
    DKReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MsgType,
    OrdStatus,
)
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import decided, denied
from tests.engine.orders.making import new_order, trade
from tests.engine.orders.making import said as says
from tests.engine.routing.making import venue

ALPHA, BETA = venue("ALPHA"), venue("BETA")


def alert(what: MsgType, name: str, of: str = "ALPHA") -> Command:
    reason = f"{of} sent {what.name} for ClOrdID(11) {name}, which is no order of ours there"
    return decided(Decision.ALERT, reason, order_id="")


def test_what_another_venue_says_of_a_child_is_nobodys() -> None:
    life = accepted(ALPHA, BETA)
    report = trade(life.child(1)[1], "10", "99")
    assert life.does(Executed("BETA", report)) == (
        alert(MsgType.EXECUTION_REPORT, "T-1-1", "BETA"),
        denied("BETA", "T-1-1", DKReason.NO_MATCHING_ORDER, report),
    )


def test_a_report_that_is_no_trade_is_not_denied() -> None:
    life = accepted(ALPHA)
    report = says(life.child(1)[1], ExecType.NEW)._replace(cl_ord_id="")
    assert life.does(Executed("ALPHA", report)) == (alert(MsgType.EXECUTION_REPORT, "(none)"),)


def test_a_child_is_found_by_the_name_of_any_of_its_requests() -> None:
    life = accepted(ALPHA)
    life.amends(new_order("200", cl_ord_id="B"))
    life.replaced(1)
    report = trade(life.child(1)[1], "200", "99")._replace(cl_ord_id="T-1-1_1")
    assert said(life.does(Executed("ALPHA", report))) == ["TRADE FILLED 200"]


def test_a_refusal_without_origclordid_is_found_by_its_own_name() -> None:
    life = accepted(ALPHA)
    life.cancel()
    status, answer_to = OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST
    reject = OrderCancelReject("", "T-1-1_1", "", status, answer_to)
    assert said(life.does(CancelRejected("ALPHA", reject))) == ["9 C BROKER_OPTION"]


def test_a_refusal_of_nobodys_request_is_for_a_person() -> None:
    life = accepted(ALPHA)
    status, answer_to = OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST
    reject = OrderCancelReject("", "X", "", status, answer_to)
    assert life.does(CancelRejected("ALPHA", reject)) == (alert(MsgType.ORDER_CANCEL_REJECT, "X"),)


def test_a_refused_question_is_for_a_person() -> None:
    life = accepted(ALPHA)
    reason = "ALPHA refused MsgType(35) H for T-1-1: cannot"
    refused = MessageRefused("ALPHA", MsgType.ORDER_STATUS_REQUEST, "T-1-1", "cannot")
    assert life.does(refused) == (decided(Decision.ALERT, reason),)


def test_a_mass_cancel_report_names_its_reason() -> None:
    life = accepted(ALPHA)
    kind, rejected = MassCancelRequestType.CANCEL_ALL_ORDERS, MassCancelResponse.CANCEL_REQUEST_REJECTED
    report = OrderMassCancelReport("R", "T-Q1", kind, rejected, MassCancelRejectReason.MASS_CANCEL_NOT_SUPPORTED)
    reason = "ALPHA does not cancel all orders: 0"
    assert life.does(MassCanceled("ALPHA", report)) == (decided(Decision.ALERT, reason, order_id=""),)


def test_each_logon_asks_for_market_data_under_a_name_of_its_own() -> None:
    life = Life(ALPHA)
    life.down("ALPHA")
    assert life.up("ALPHA") == (life.subscribed("ALPHA", 2),)


def test_new_is_told_once_and_before_whatever_comes_first() -> None:
    for first in (ExecType.SUSPENDED, ExecType.STOPPED, ExecType.CALCULATED):
        life = Life(ALPHA)
        life.order()
        told = said(life.says(1, first, OrdStatus(first.value)))
        assert told[:1] == ["NEW NEW 300"], first
        assert "NEW NEW 300" not in told[1:]


def test_a_restated_order_was_accepted() -> None:
    life = Life(ALPHA)
    life.order()
    assert said(life.restates(1, ExecType.RESTATED, "300")) == ["NEW NEW 300"]
    assert sent(life.amends(new_order("200", cl_ord_id="B"))) == ["replace 1 ALPHA 200 at 100"]
