from __future__ import annotations

import pytest

from engine.core.commands import Report
from engine.core.reporting import no_orders, refuse_change, report, unknown_order
from engine.orders.order import Parent
from engine.orders.states import Event
from engine.risk.checks import Refusal
from fix.business import (
    ExecutionReport,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    MassStatusReqType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from tests.engine.core.script import cancel_refused
from tests.engine.orders.making import NOW, D, fill, new_child, new_order, new_parent

LATER = NOW + 7
REQUEST = OrderCancelRequest("C", "A", "ACME", Side.BUY, D(300), NOW)
REPLACE = OrderCancelReplaceRequest("B", "A", "ACME", Side.BUY, D(500), OrdType.LIMIT, D(99), TimeInForce.DAY, NOW)


@pytest.fixture
def parent() -> Parent:
    """100 of 300 traded at 99.5."""
    made = new_parent()
    made.apply(Event.TRADE)
    made.book(new_child(made), "F1", fill("100", "99.5"))
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
    parent.book(new_child(parent), "F1", fill("100", "99.5"))
    parent.apply(Event.ACCEPTED)
    made = _made(report(parent, ExecType.NEW, LATER, untraded=True))
    assert (made.ord_status, made.cum_qty, made.leaves_qty, made.avg_px) == (OrdStatus.NEW, D(0), D(300), D(0))


@pytest.mark.parametrize("exec_type", [ExecType.PENDING_CANCEL, ExecType.CANCELED])
def test_what_answers_a_request_names_it(parent: Parent, exec_type: ExecType) -> None:
    parent.requests.append(REQUEST)
    made = _made(report(parent, exec_type, LATER, answers=REQUEST))
    assert (made.cl_ord_id, made.orig_cl_ord_id, made.ord_status) == ("C", "A", OrdStatus.PENDING_CANCEL)


@pytest.mark.parametrize("exec_type", [ExecType.TRADE, ExecType.NEW, ExecType.RESTATED])
def test_what_does_not_answer_it_names_the_order(parent: Parent, exec_type: ExecType) -> None:
    parent.requests.append(REQUEST)
    made = _made(report(parent, exec_type, LATER))
    assert (made.cl_ord_id, made.orig_cl_ord_id, made.ord_status) == ("A", "", OrdStatus.PENDING_CANCEL)


def test_an_answer_names_the_order_as_it_was_asked_for(parent: Parent) -> None:
    made = _made(report(parent, ExecType.ORDER_STATUS, LATER, cl_ord_id="old"))
    assert (made.cl_ord_id, made.orig_cl_ord_id) == ("old", "")


def test_a_pending_replace_is_told_with_the_terms_that_are_still_in_force(parent: Parent) -> None:
    parent.requests.append(REPLACE)
    made = _made(report(parent, ExecType.PENDING_REPLACE, LATER, answers=REPLACE))
    assert (made.cl_ord_id, made.orig_cl_ord_id, made.ord_status) == ("B", "A", OrdStatus.PENDING_REPLACE)
    assert (made.order_qty, made.price, made.leaves_qty) == (D(300), D(100), D(200))


def test_a_replaced_order_is_told_with_its_new_terms(parent: Parent) -> None:
    parent.requests.append(REPLACE)
    parent.replace(REPLACE, D(500))
    made = _made(report(parent, ExecType.REPLACED, LATER, answers=REPLACE))
    assert (made.cl_ord_id, made.orig_cl_ord_id, made.ord_status) == ("B", "A", OrdStatus.PARTIALLY_FILLED)
    assert (made.order_qty, made.price, made.cum_qty, made.leaves_qty) == (D(500), D(99), D(100), D(400))


def test_a_corrected_trade_names_the_report_that_told_it(parent: Parent) -> None:
    told = [_made(report(parent, ExecType.TRADE, LATER)).exec_id]
    for kind in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
        made = _made(report(parent, kind, LATER, exec_ref_id=told[-1]))
        assert made.exec_ref_id == told[-1]
        told.append(made.exec_id)
    assert told == ["T-1-E1", "T-1-E2", "T-1-E3"]


@pytest.mark.parametrize("time_in_force", [TimeInForce.GTC, TimeInForce.GTD])
def test_an_order_that_outlives_the_day_is_told_with_the_days_quantities(time_in_force: TimeInForce) -> None:
    """Appendix D, H.1.a."""
    made = new_parent(new_order(time_in_force=time_in_force)._replace(expire_time=LATER + 5))
    child = new_child(made, "300")
    made.book(child, "F1", fill("100", "98"))
    made.begin_day(LATER)
    made.book(child, "F2", fill("50", "101"))
    why = ExecRestatementReason.GT_RENEWAL
    told = _made(report(made, ExecType.RESTATED, LATER, why=why))
    assert (told.day_order_qty, told.day_cum_qty, told.day_avg_px) == (D(200), D(50), D(101))
    assert (told.cum_qty, told.avg_px, told.restatement_reason, told.expire_time) == (D(150), D(99), why, LATER + 5)
    new = _made(report(made, ExecType.NEW, LATER, untraded=True))
    assert (new.day_cum_qty, new.day_avg_px, new.cum_qty) == (D(0), D(0), D(0))


def test_a_day_order_is_told_without(parent: Parent) -> None:
    made = _made(report(parent, ExecType.TRADE, LATER))
    assert (made.day_order_qty, made.day_cum_qty, made.day_avg_px, made.expire_time) == (None, None, None, 0)


def test_one_of_many_answers_says_which_it_is(parent: Parent) -> None:
    made = _made(report(parent, ExecType.ORDER_STATUS, LATER, mass=("M1", 7, True)))
    assert (made.mass_status_req_id, made.tot_num_reports, made.last_rpt_requested) == ("M1", 7, True)


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
    assert refuse_change("OMS", parent, REQUEST, reason, text) == cancel_refused(
        reason, text, OrdStatus.PARTIALLY_FILLED
    )


def test_a_refused_cancel_of_no_order_has_none_and_is_rejected() -> None:
    reason, text = CxlRejReason.UNKNOWN_ORDER, "unknown"
    assert refuse_change("OMS", None, REQUEST, reason, text) == cancel_refused(
        reason, text, OrdStatus.REJECTED, order_id=""
    )


def test_the_answer_about_an_unknown_order_goes_to_who_asked() -> None:
    told = unknown_order("OTHER", OrderStatusRequest("Z", "ACME", Side.SELL), LATER)
    assert (told.order_id, told.session) == ("", "OTHER")
    made = told.report
    assert (made.order_id, made.cl_ord_id, made.exec_id, made.side) == ("NONE", "Z", "0", Side.SELL)
    assert (made.exec_type, made.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.REJECTED)
    assert (made.ord_rej_reason, made.transact_time) == (OrdRejReason.UNKNOWN_ORDER, LATER)


def test_a_refused_replace_says_so_and_names_the_last_that_was_accepted(parent: Parent) -> None:
    """Appendix D, D.2.d."""
    parent.requests = [REPLACE]
    chained = OrderCancelReplaceRequest("D", "B", "ACME", Side.BUY, D(600), OrdType.LIMIT, D(99), TimeInForce.DAY, NOW)
    reject = refuse_change("OMS", parent, chained, CxlRejReason.ALREADY_PENDING, "no").reject
    assert (reject.cl_ord_id, reject.orig_cl_ord_id, reject.ord_status) == ("D", "A", OrdStatus.PENDING_REPLACE)
    assert reject.response_to is CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST


def test_no_order_is_one_answer_and_the_last() -> None:
    told = no_orders(
        "OTHER", OrderMassStatusRequest("M1", MassStatusReqType.STATUS_FOR_ALL_ORDERS), "no open order", LATER
    )
    made = told.report
    assert (told.order_id, told.session, made.order_id, made.text) == ("", "OTHER", "NONE", "no open order")
    assert (made.mass_status_req_id, made.tot_num_reports, made.last_rpt_requested) == ("M1", 0, True)
    assert (made.exec_type, made.ord_status, made.ord_rej_reason) == (ExecType.ORDER_STATUS, OrdStatus.REJECTED, None)
