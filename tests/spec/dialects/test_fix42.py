"""What FIX 4.2 says otherwise: ExecTransType(20), ExecType(150) 1 and 2, and fewer reasons."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fix.business import ExecutionReport, NewOrderSingle, OrderCancelReject
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from fix.message import SOH, Message
from spec.dialects.fix42 import Fix42
from spec.dictionary import for_session
from tests.spec.dialects.making import REPORT

FIX42 = Fix42()


def written(report: ExecutionReport) -> Message:
    return Message.parse(f"35=8\x01{FIX42.write_execution(report)}".encode("latin-1"))


def from_wire(text: str) -> ExecutionReport:
    return FIX42.read_execution(Message.parse(f"35=8|54=1|{text}".replace("|", SOH).encode()))


def test_an_order_is_handled_automatically() -> None:
    order = NewOrderSingle(
        cl_ord_id="O-1",
        symbol="IBM",
        side=Side.SELL,
        order_qty=Decimal(100),
        ord_type=OrdType.LIMIT,
        price=Decimal("9.50"),
        time_in_force=TimeInForce.IOC,
        transact_time=1_709_208_000_123 * 10**6,
    )
    assert FIX42.write_order(order).replace(SOH, "|") == (
        "11=O-1|21=1|38=100|40=2|44=9.50|54=2|55=IBM|59=3|60=20240229-12:00:00.123|"
    )


def test_a_fill_is_partial_until_the_order_is_filled() -> None:
    whole = REPORT._replace(ord_status=OrdStatus.FILLED, cum_qty=Decimal(100), leaves_qty=Decimal(0))
    late = REPORT._replace(ord_status=OrdStatus.CANCELED, leaves_qty=Decimal(0))  # a fill that came after the cancel
    assert [(m[20], m[150], m[39]) for m in map(written, (REPORT, whole, late))] == [
        ("0", "1", "1"),
        ("0", "2", "2"),
        ("0", "1", "4"),
    ]


def test_a_whole_report_in_the_words_of_4_2() -> None:
    report = REPORT._replace(ord_type=OrdType.LIMIT, price=Decimal(10), time_in_force=TimeInForce.DAY, account="A")
    assert FIX42.write_execution(report).replace(SOH, "|") == (
        "1=A|6=9.5|11=O-1|14=40|17=X-1|20=0|31=9.5|32=40|37=V-1|38=100|39=1|40=2|44=10|54=1|55=IBM|59=0|"
        "60=20240229-12:00:00.000|150=1|151=60|"
    )


@pytest.mark.parametrize(
    ("exec_type", "trans_type", "says"),
    [
        (ExecType.TRADE_CANCEL, "1", "1"),
        (ExecType.TRADE_CORRECT, "2", "1"),
        (ExecType.ORDER_STATUS, "3", "1"),
        (ExecType.TRADE, "0", "1"),
        (ExecType.NEW, "0", "0"),
        (ExecType.CANCELED, "0", "4"),
        (ExecType.RESTATED, "0", "D"),
        (ExecType.PENDING_REPLACE, "0", "E"),
    ],
)
def test_what_4_4_says_in_exectype_stands_in_exectranstype(exec_type: ExecType, trans_type: str, says: str) -> None:
    """ExecType(150) of a correction, a cancel or a status is where the order stands."""
    message = written(REPORT._replace(exec_type=exec_type))
    assert (message[20], message[150]) == (trans_type, says)
    assert FIX42.read_execution(message).exec_type is exec_type


@pytest.mark.parametrize("status", [status for status in OrdStatus if status is not OrdStatus.REPLACED])
def test_a_status_has_an_exectype_in_every_state(status: OrdStatus) -> None:
    message = written(REPORT._replace(exec_type=ExecType.ORDER_STATUS, ord_status=status))
    assert (message[20], message[39], message[150]) == ("3", status, status)


@pytest.mark.parametrize(
    ("text", "exec_type"),
    [
        ("20=0|39=1|150=1|", ExecType.TRADE),
        ("20=0|39=2|150=2|", ExecType.TRADE),
        ("39=1|150=1|", ExecType.TRADE),
        ("20=0|39=0|150=0|", ExecType.NEW),
        ("20=3|39=1|150=1|", ExecType.ORDER_STATUS),
        ("20=3|39=0|150=0|", ExecType.ORDER_STATUS),
        ("20=3|39=0|", ExecType.ORDER_STATUS),
        ("20=2|39=1|150=1|", ExecType.TRADE_CORRECT),
        ("20=1|39=0|150=0|", ExecType.TRADE_CANCEL),
        ("20=0|39=1|150=F|", ExecType.TRADE),
        ("20=0|39=5|150=5|", ExecType.REPLACED),
    ],
)
def test_what_a_venue_says_is_read_as_4_4_means_it(text: str, exec_type: ExecType) -> None:
    assert from_wire(text).exec_type is exec_type


def test_a_correction_refers_to_the_execution_it_corrects() -> None:
    report = from_wire("17=X-2|19=X-1|20=2|31=9.4|32=30|39=1|150=1|")
    assert (report.exec_type, report.exec_id, report.exec_ref_id) == (ExecType.TRADE_CORRECT, "X-2", "X-1")
    assert (report.last_qty, report.last_px) == (Decimal(30), Decimal("9.4"))


def test_an_exectype_nobody_knows_is_a_status() -> None:
    report = from_wire("20=0|39=0|150=?|")
    assert (report.exec_type, report.text) == (ExecType.ORDER_STATUS, "ExecType(150) '?' is not known")


def test_a_replaced_order_of_which_nothing_traded_is_called_so() -> None:
    """FIX 4.2, Appendix D: "Partially filled" stands above "Replaced", which stands above "New"."""
    replaced = REPORT._replace(exec_type=ExecType.REPLACED, ord_status=OrdStatus.NEW, cum_qty=Decimal(0))
    partly = REPORT._replace(exec_type=ExecType.REPLACED)
    asked = REPORT._replace(exec_type=ExecType.ORDER_STATUS, ord_status=OrdStatus.NEW)
    assert [(m[20], m[150], m[39]) for m in map(written, (replaced, partly, asked))] == [
        ("0", "5", "5"),
        ("0", "5", "1"),
        ("3", "0", "0"),
    ]
    assert FIX42.read_execution(written(replaced)).ord_status is OrdStatus.NEW


@pytest.mark.parametrize("reason", ExecRestatementReason)
def test_a_reason_to_restate_4_2_has_no_code_for_is_the_brokers(reason: ExecRestatementReason) -> None:
    known = reason in for_session("FIX.4.2").fields[378].values
    message = written(REPORT._replace(exec_type=ExecType.RESTATED, restatement_reason=reason))
    assert message[378] == (reason if known else "4")


@pytest.mark.parametrize("reason", OrdRejReason)
def test_a_reason_4_2_has_no_code_for_is_the_brokers(reason: OrdRejReason) -> None:
    known = reason in for_session("FIX.4.2").fields[103].values
    message = written(REPORT._replace(exec_type=ExecType.REJECTED, ord_rej_reason=reason, text="so it is"))
    assert (message[103], message[58]) == (reason if known else "0", "so it is")


@pytest.mark.parametrize("reason", CxlRejReason)
def test_a_cancel_is_rejected_for_a_reason_4_2_knows(reason: CxlRejReason) -> None:
    known = reason in for_session("FIX.4.2").fields[102].values
    reject = OrderCancelReject(
        "V-1", "O-2", "O-1", OrdStatus.FILLED, CxlRejResponseTo.ORDER_CANCEL_REQUEST, reason, "so it is"
    )
    assert FIX42.write_cancel_reject(reject).replace(SOH, "|") == (
        f"11=O-2|37=V-1|39=2|41=O-1|58=so it is|102={reason if known else '2'}|434=1|"
    )


def test_there_is_no_mark_for_a_copy() -> None:
    assert FIX42.copy_mark == ""
