"""What is refused, and what is not ours: each gets its FIX answer and changes nothing (design, law 9)."""

from __future__ import annotations

import pytest

from engine.core.commands import Command, Decide, Decision, RefuseCancel, Report
from engine.core.events import CancelReceived, CancelRejected, Executed, MessageRefused, OrderReceived
from fix.business import ZERO, ExecutionReport, NewOrderSingle, OrderCancelReject, OrderStatusRequest
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecType,
    MsgType,
    OrdRejReason,
    OrdStatus,
    Side,
    TimeInForce,
)
from tests.engine.core.script import Desk, cancel_refused, decided, denied, opened
from tests.engine.orders.making import new_order, said
from tests.engine.routing.making import venue

ALERT = Decision.ALERT


def _refused(desk: Desk, order: NewOrderSingle, reason: OrdRejReason, text: str, of: int = 1) -> tuple[Command, ...]:
    order_id = f"T-{of}"
    told = desk.told(1, ExecType.REJECTED, OrdStatus.REJECTED, order=order, order_id=order_id, text=text, reason=reason)
    return decided(Decision.REFUSE, text, {"OrdRejReason": reason.value}, order_id), told


# -- orders ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "reason", "text"),
    [
        (new_order(symbol="GLOBEX"), OrdRejReason.UNKNOWN_SYMBOL, "Symbol(55) GLOBEX is not traded here"),
        (new_order("0"), OrdRejReason.INCORRECT_QUANTITY, "OrderQty(38) 0 is not above zero"),
        (
            new_order(time_in_force=TimeInForce.OPG),
            OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC,
            "TimeInForce(59) OPG is not supported; DAY, IOC, FOK, GTC and GTD are",
        ),
        (new_order()._replace(price=None), OrdRejReason.OTHER, "Price(44) is missing: a LIMIT order has one"),
    ],
)
def test_an_order_that_may_not_go_is_rejected_and_forgotten(
    order: NewOrderSingle, reason: OrdRejReason, text: str
) -> None:
    desk = Desk()
    assert desk.order(order) == _refused(desk, order, reason, text)
    assert desk.core.orders.by_id("T-1") is None
    assert desk.order() == (
        opened(of=2),
        *desk.routed("300 by weight", "1 ALPHA 100", "2 BETA 100", "3 GAMMA 100", of=2),
    )


def test_a_cl_ord_id_is_used_once() -> None:
    desk = Desk()
    desk.order()
    again = new_order("10")
    text = "ClOrdID(11) A was used before"
    rejected, duplicate = ExecType.REJECTED, OrdRejReason.DUPLICATE_ORDER
    assert desk.order(again) == (
        decided(Decision.REFUSE, text, {"OrdRejReason": duplicate.value}),
        desk.told(1, rejected, OrdStatus.PENDING_NEW, text=text, reason=duplicate),
    )
    assert desk.accepts(1) == (desk.told_new(2),)


def test_a_cl_ord_id_that_the_store_remembers_was_used_before() -> None:
    desk = Desk()
    text = "ClOrdID(11) A was used before"
    assert desk.order(known=True) == _refused(desk, new_order(), OrdRejReason.DUPLICATE_ORDER, text)


def test_no_order_is_taken_while_all_venues_are_down() -> None:
    desk = Desk(down=("ALPHA", "BETA", "GAMMA"))
    text = "no venue for ACME is open to orders now"
    assert desk.order() == _refused(desk, new_order(), OrdRejReason.EXCHANGE_CLOSED, text)


def test_a_quantity_that_no_venue_can_take_is_rejected() -> None:
    desk = Desk(venue("ALPHA", lot="100", minimum="100"))
    text = "OrderQty(38) 99 fits no lot or minimum, or nothing is displayed to price it"
    assert desk.order(new_order("99")) == _refused(desk, new_order("99"), OrdRejReason.INCORRECT_QUANTITY, text)


def test_an_inverse_contract_without_a_price_takes_no_order() -> None:
    desk = Desk(venue("COIN", contract="100", inverse=True))
    text = "OrderQty(38) 300 fits no lot or minimum, or nothing is displayed to price it"
    assert desk.order() == _refused(desk, new_order(), OrdRejReason.INCORRECT_QUANTITY, text)


# -- cancels and questions ---------------------------------------------------------------------------------------------


def _cancel_refusal(
    reason: CxlRejReason, text: str, ord_status: OrdStatus, order_id: str = "T-1", **ids: str
) -> tuple[Decide, RefuseCancel]:
    decision = decided(Decision.REFUSE, text, {"CxlRejReason": reason.value}, order_id)
    return decision, cancel_refused(reason, text, ord_status, order_id=order_id, **ids)


def test_a_cancel_of_an_unknown_order() -> None:
    """FIX 4.4 Appendix D, B.1.f: OrderID(37) is NONE, OrdStatus(39) Rejected."""
    desk = Desk()
    text = "OrigClOrdID(41) A is no order of this session"
    assert desk.cancel() == _cancel_refusal(CxlRejReason.UNKNOWN_ORDER, text, OrdStatus.REJECTED, "")


def test_nobody_cancels_the_order_of_another_session() -> None:
    desk = Desk()
    desk.order()
    text = "OrigClOrdID(41) A is no order of this session"
    decision, refusal = _cancel_refusal(CxlRejReason.UNKNOWN_ORDER, text, OrdStatus.REJECTED, "")
    assert desk.does(CancelReceived("OTHER", desk.request())) == (decision, refusal._replace(session="OTHER"))
    assert desk.child(1)[0].cancel is None


def test_a_cancel_with_a_cl_ord_id_that_was_used_before() -> None:
    desk = Desk()
    desk.order()
    reason, status = CxlRejReason.DUPLICATE_CL_ORD_ID, OrdStatus.PENDING_NEW
    assert desk.cancel(known=True) == _cancel_refusal(reason, "ClOrdID(11) C was used before", status)
    text = "ClOrdID(11) A was used before"
    assert desk.cancel("A") == _cancel_refusal(reason, text, status, cl_ord_id="A")


def test_a_second_cancel_while_one_is_pending() -> None:
    desk = Desk()
    desk.order()
    desk.cancel()
    assert desk.cancel("C2") == _cancel_refusal(
        CxlRejReason.ALREADY_PENDING, "C is pending", OrdStatus.PENDING_CANCEL, cl_ord_id="C2"
    )


def test_a_cancel_of_an_order_that_is_over() -> None:
    desk = Desk(venue("ALPHA"))
    desk.order()
    desk.trades(1, "300 at 99")
    assert desk.cancel() == _cancel_refusal(CxlRejReason.TOO_LATE_TO_CANCEL, "the order is FILLED", OrdStatus.FILLED)


def test_a_question_about_an_unknown_order() -> None:
    """FIX 4.4 Appendix D, G.1.a."""
    desk = Desk()
    request = OrderStatusRequest("A", "ACME", Side.BUY)
    answer = ExecutionReport(
        order_id="NONE",
        cl_ord_id=request.cl_ord_id,
        exec_id="0",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        symbol=request.symbol,
        side=request.side,
        order_qty=ZERO,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        ord_rej_reason=OrdRejReason.UNKNOWN_ORDER,
        text="ClOrdID(11) A is no order of this session",
        transact_time=desk.now,
    )
    assert desk.asks() == (Report("", "OMS", answer),)


# -- venues that speak of what is not ours -----------------------------------------------------------------------------


@pytest.mark.parametrize("cl_ord_id", ["", "nonsense", "T-1-9", "T-7-1", "T-1", "-", "_", "T-1-1-1"])
def test_a_report_of_no_order_of_ours_is_an_alert_and_nothing_else(cl_ord_id: str) -> None:
    desk = Desk()
    desk.order()
    report = said(desk.child(1)[1], ExecType.TRADE, last_qty="100", last_px="99")._replace(cl_ord_id=cl_ord_id)
    what = f"ALPHA sent EXECUTION_REPORT for ClOrdID(11) {cl_ord_id or '(none)'}, which is no order of ours there"
    assert desk.does(Executed("ALPHA", report)) == (
        decided(ALERT, what, order_id=""),
        denied("ALPHA", cl_ord_id, DKReason.NO_MATCHING_ORDER, report),
    )
    assert desk.child(1)[0].cum == 0


def test_a_venue_speaks_only_of_its_own_orders() -> None:
    desk = Desk()
    desk.order()
    report = said(desk.child(1)[1], ExecType.TRADE, last_qty="100", last_px="99")
    what = "BETA sent EXECUTION_REPORT for ClOrdID(11) T-1-1, which is no order of ours there"
    assert desk.does(Executed("BETA", report)) == (
        decided(ALERT, what, order_id=""),
        denied("BETA", "T-1-1", DKReason.NO_MATCHING_ORDER, report),
    )
    assert desk.child(1)[0].cum == 0


def test_the_same_goes_for_its_refusals() -> None:
    desk = Desk()
    desk.order()
    reject = OrderCancelReject("X", "T-1-1_1", "T-1-1", OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST)
    what = "BETA sent ORDER_CANCEL_REJECT for ClOrdID(11) T-1-1, which is no order of ours there"
    assert desk.does(CancelRejected("BETA", reject)) == (decided(ALERT, what, order_id=""),)
    what = "BETA sent REJECT for ClOrdID(11) T-1-1, which is no order of ours there"
    refusal = MessageRefused("BETA", MsgType.NEW_ORDER_SINGLE, "T-1-1", "bad tag")
    assert desk.does(refusal) == (decided(ALERT, what, order_id=""),)


def test_an_exec_id_counts_once() -> None:
    desk = Desk()
    desk.order()
    desk.trades(1, "40 at 99", exec_id="F1")
    ignored = decided(Decision.IGNORE, "ExecID(17) F1 was applied before", {"child": "T-1-1"})
    assert desk.trades(1, "40 at 99", exec_id="F1") == (ignored,)
    assert desk.child(1)[0].cum == 40


def test_what_cannot_be_is_an_alert_and_changes_nothing() -> None:
    desk = Desk()
    desk.order()
    desk.trades(1, "40 at 99")
    assert desk.rejects(1) == (decided(ALERT, "T-1-1 at ALPHA: REJECTED cannot follow PARTIALLY_FILLED"),)
    assert desk.child(1)[1].live


@pytest.mark.parametrize("exec_type", [ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT])
def test_a_correction_of_no_trade_of_ours_is_an_alert_and_denied(exec_type: ExecType) -> None:
    desk = Desk()
    desk.order()
    what = f"T-1-1: ALPHA sends {exec_type.name} of ExecID(17) none, which is no trade of it"
    report = said(desk.child(1)[1], exec_type)
    assert desk.does(Executed("ALPHA", report)) == (
        decided(ALERT, what),
        denied("ALPHA", "T-1-1", DKReason.NO_MATCHING_ORDER, report, "T-1"),
    )


def test_an_order_received_twice_at_once_goes_once() -> None:
    desk = Desk()
    event = OrderReceived("OMS", new_order())
    kinds = [[type(command).__name__ for command in desk.does(event)] for _ in range(2)]
    assert kinds == [["Opened", "Decide", "SendOrder", "SendOrder", "SendOrder"], ["Decide", "Report"]]
