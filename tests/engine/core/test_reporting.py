from __future__ import annotations

import pytest

from engine.core.commands import Report
from engine.core.reporting import refuse_cancel, report, unknown_order
from engine.orders.order import Parent
from engine.orders.states import Event
from engine.risk.checks import Refusal
from fix.business import ExecutionReport, OrderCancelRequest, OrderStatusRequest
from fix.enums import CxlRejReason, ExecType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce
from tests.engine.core.script import cancel_refused
from tests.engine.orders.making import NOW, D, new_child, new_order, new_parent

LATER = NOW + 7
REQUEST = OrderCancelRequest("C", "A", "ACME", Side.BUY, D(300), NOW)


@pytest.fixture
def parent() -> Parent:
    """100 of 300 traded at 99.5."""
    made = new_parent()
    made.apply(Event.TRADE)
    made.book(new_child(made), D(100), D("99.5"))
    return made


def _made(told: Report) -> ExecutionReport:
    assert (told.order_id, told.session) == ("T-1", "OMS")
    return told.report


def test_a_trade_tells_the_order_and_what_has_just_happened(parent: Parent) -> None:
    told = report(parent, ExecType.TRADE, LATER, last_qty=D(100), last_px=D("99.5"), last_mkt="XALP")
    assert _made(told) == ExecutionReport(
        order_id="T-1",
        cl_ord_id="A",
        exec_id="T-1-E1",
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.PARTIALLY_FILLED,
        symbol="ACME",
        side=Side.BUY,
        order_qty=D(300),
        cum_qty=D(100),
        leaves_qty=D(200),
        avg_px=D("99.5"),
        last_qty=D(100),
        last_px=D("99.5"),
        last_mkt="XALP",
        transact_time=LATER,
        ord_type=OrdType.LIMIT,
        price=D(100),
        time_in_force=TimeInForce.DAY,
        account="ACC",
    )


def test_exec_ids_count_up_and_an_answer_to_a_question_has_none(parent: Parent) -> None:
    kinds = [ExecType.TRADE, ExecType.ORDER_STATUS, ExecType.TRADE]
    assert [_made(report(parent, kind, LATER)).exec_id for kind in kinds] == ["T-1-E1", "0", "T-1-E2"]


def test_a_new_that_the_trade_overtook_stands_before_it() -> None:
    parent = new_parent()
    parent.book(new_child(parent), D(100), D("99.5"))
    parent.apply(Event.ACCEPTED)
    made = _made(report(parent, ExecType.NEW, LATER, untraded=True))
    assert (made.ord_status, made.cum_qty, made.leaves_qty, made.avg_px) == (OrdStatus.NEW, D(0), D(300), D(0))


@pytest.mark.parametrize(
    ("exec_type", "cl_ord_id", "orig_cl_ord_id"),
    [
        (ExecType.PENDING_CANCEL, "C", "A"),
        (ExecType.CANCELED, "C", "A"),
        (ExecType.TRADE, "A", ""),
        (ExecType.NEW, "A", ""),
        (ExecType.ORDER_STATUS, "A", ""),
    ],
)
def test_what_answers_a_cancel_names_it_and_what_does_not_names_the_order(
    parent: Parent, exec_type: ExecType, cl_ord_id: str, orig_cl_ord_id: str
) -> None:
    parent.cancel = REQUEST
    made = _made(report(parent, exec_type, LATER))
    assert (made.cl_ord_id, made.orig_cl_ord_id) == (cl_ord_id, orig_cl_ord_id)
    assert made.ord_status is OrdStatus.PENDING_CANCEL


def test_a_cancel_by_the_venues_names_the_order(parent: Parent) -> None:
    parent.apply(Event.CANCELED)
    made = _made(report(parent, ExecType.CANCELED, LATER, text="no venue takes the remaining 200"))
    assert (made.cl_ord_id, made.orig_cl_ord_id, made.text) == ("A", "", "no venue takes the remaining 200")
    assert (made.ord_status, made.cum_qty, made.leaves_qty) == (OrdStatus.CANCELED, D(100), D(0))


def test_a_rejection_says_why() -> None:
    parent = new_parent(new_order(price=None))
    parent.apply(Event.REJECTED)
    refusal = Refusal(OrdRejReason.UNKNOWN_SYMBOL, "Symbol(55) ACME is not traded here")
    made = _made(report(parent, ExecType.REJECTED, LATER, refusal=refusal))
    assert (made.ord_rej_reason, made.text) == (OrdRejReason.UNKNOWN_SYMBOL, "Symbol(55) ACME is not traded here")
    assert (made.ord_status, made.leaves_qty, made.price) == (OrdStatus.REJECTED, D(0), None)


def test_a_refused_cancel_tells_how_the_order_stands(parent: Parent) -> None:
    reason, text = CxlRejReason.BROKER_OPTION, "no"
    assert refuse_cancel("OMS", parent, REQUEST, reason, text) == cancel_refused(
        reason, text, OrdStatus.PARTIALLY_FILLED
    )


def test_a_refused_cancel_of_no_order_has_none_and_is_rejected() -> None:
    reason, text = CxlRejReason.UNKNOWN_ORDER, "unknown"
    assert refuse_cancel("OMS", None, REQUEST, reason, text) == cancel_refused(
        reason, text, OrdStatus.REJECTED, order_id=""
    )


def test_the_answer_about_an_unknown_order_goes_to_who_asked() -> None:
    told = unknown_order("OTHER", OrderStatusRequest("Z", "ACME", Side.SELL), LATER)
    assert (told.order_id, told.session) == ("", "OTHER")
    made = told.report
    assert (made.order_id, made.cl_ord_id, made.exec_id, made.side) == ("NONE", "Z", "0", Side.SELL)
    assert (made.exec_type, made.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.REJECTED)
    assert (made.ord_rej_reason, made.transact_time) == (OrdRejReason.UNKNOWN_ORDER, LATER)
