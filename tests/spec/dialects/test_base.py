"""The contract of every dialect: what is written is a valid message of its version, and reads as what was meant."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix import tags
from fix.business import ExecutionReport, OrderCancelReject, Reject
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    MsgType,
    OrdRejReason,
    OrdStatus,
    SessionRejectReason,
    Side,
)
from fix.message import SOH, Message, body
from spec.dialects import DIALECTS, Dialect, DialectError, dialect_of
from spec.dialects import dialect as dialect_named
from spec.dictionary import for_session
from tests.spec.dialects import making
from tests.spec.dialects.making import has, refusal, wire

NOON, HOUR = 1_709_208_000 * 10**9, 3600 * 10**9  # 2024-02-29 12:00:00


# -- there and back --------------------------------------------------------------------------------------------------


@given(st.data())
def test_an_execution_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    """Without what a venue only repeats of our own order: the core knows better."""
    report = data.draw(making.executions(dialect))
    reason, restated = report.ord_rej_reason, report.restatement_reason
    if reason is not None and not has(dialect, tags.OrdRejReason, reason):
        reason = OrdRejReason.BROKER_OPTION
    if restated is not None and not has(dialect, tags.ExecRestatementReason, restated):
        restated = ExecRestatementReason.BROKER_OPTION
    expected = report._replace(
        ord_rej_reason=reason, restatement_reason=restated, ord_type=None, time_in_force=None, account=""
    )
    if not dialect.has_mass_messages:
        expected = expected._replace(mass_status_req_id="", tot_num_reports=0, last_rpt_requested=False)
    assert dialect.read_execution(wire(dialect, "8", dialect.write_execution(report))) == expected


@given(st.data())
def test_a_cancel_reject_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    reject = data.draw(making.CANCEL_REJECTS)
    reason = reject.reason
    if reason is not None and not has(dialect, tags.CxlRejReason, reason):
        reason = CxlRejReason.BROKER_OPTION
    written = wire(dialect, "9", dialect.write_cancel_reject(reject))
    assert dialect.read_cancel_reject(written) == replace(reject, reason=reason)


@pytest.mark.parametrize("reason", SessionRejectReason)
def test_a_reject_says_which_message_which_tag_and_why(dialect: Dialect, reason: SessionRejectReason) -> None:
    refused = wire(dialect, "0", "")
    written = wire(dialect, "3", dialect.write_reject(refused, reason, 38, "OrderQty(38) is odd"))
    told = reason.value if has(dialect, tags.SessionRejectReason, reason) else ""
    assert dialect.read_reject(written) == Reject(7, "0", told, "OrderQty(38) is odd", ref_tag_id=38)


def test_a_reject_of_a_whole_message_names_no_tag(dialect: Dialect) -> None:
    refused = wire(dialect, "0", "")
    why = SessionRejectReason.VALUE_IS_INCORRECT
    assert dialect.write_reject(refused, why, 0, "no") == "45=7\x0158=no\x01372=0\x01373=5\x01"


@pytest.mark.parametrize("reason", BusinessRejectReason)
def test_a_business_reject_says_which_message_and_why(dialect: Dialect, reason: BusinessRejectReason) -> None:
    refused = Message.parse(b"35=G\x0134=7\x0111=O-1\x01")
    written = wire(dialect, "j", dialect.write_business_reject(refused, reason, "not here"))
    told = reason if has(dialect, tags.BusinessRejectReason, reason) else BusinessRejectReason.OTHER
    assert dialect.read_reject(written) == Reject(7, "G", told.value, "not here", ref_id="O-1")


def test_a_business_reject_names_a_request_that_has_an_identifier_of_its_own(dialect: Dialect) -> None:
    refused = Message.parse(b"35=AF\x0134=7\x01584=M-1\x01")
    written = dialect.write_business_reject(refused, BusinessRejectReason.OTHER, "no")
    assert written == "45=7\x0158=no\x01372=AF\x01379=M-1\x01380=0\x01"


def test_a_business_reject_of_a_message_without_clordid_has_no_reference(dialect: Dialect) -> None:
    refused = Message.parse(b"35=BE\x0134=7\x01")
    why = BusinessRejectReason.UNSUPPORTED_MESSAGE_TYPE
    assert dialect.write_business_reject(refused, why, "no") == "45=7\x0158=no\x01372=BE\x01380=3\x01"


@pytest.mark.parametrize("number", ["", "seven", "-7", "\xb2", "9" * 5000])
def test_a_reject_of_nobody_knows_which_message_is_read_all_the_same(dialect: Dialect, number: str) -> None:
    text = f"35=3\x0145={number}\x01371={number}\x0158=no\x01"
    assert dialect.read_reject(Message.parse(text.encode("latin-1"))) == Reject(0, "", "", "no")


# -- what is written -------------------------------------------------------------------------------------------------


@given(st.data())
def test_bodies_are_written_in_ascending_order_of_tag(dialect: Dialect, data: st.DataObject) -> None:
    order = data.draw(making.orders(dialect))
    for text in (
        dialect.write_order(order._replace(parameters=order.parameters[:1])),  # a second entry starts again at 958
        dialect.write_replace(data.draw(making.replaces(dialect))),
        dialect.write_cancel(data.draw(making.cancels(dialect))),
        dialect.write_status_request(data.draw(making.status_requests(dialect))),
        dialect.write_dont_know(data.draw(making.denials(dialect))),
        dialect.write_execution(data.draw(making.executions(dialect))),
        dialect.write_cancel_reject(data.draw(making.CANCEL_REJECTS)),
    ):
        fields = Message.parse(f"35=?\x01{text}".encode("latin-1")).fields
        del fields[tags.MsgType]
        assert text == body(fields)


@given(st.data())
def test_a_marked_copy_is_a_valid_report_too(dialect: Dialect, data: st.DataObject) -> None:
    report = data.draw(making.executions(dialect))
    copy = wire(dialect, "8", dialect.write_execution(report) + dialect.copy_mark)
    mark = "Y" if tags.CopyMsgIndicator in for_session(dialect.begin_string).fields else ""
    assert copy.get(tags.CopyMsgIndicator) == mark


def test_a_report_on_an_order_nobody_knows_has_no_empty_fields(dialect: Dialect) -> None:
    """FIX 4.4 lets an OrderStatusRequest(H) leave out Symbol(55), and an OrderMassStatusRequest(AF) has no ClOrdID(11):
    the answer then has none either.
    """
    answer = ExecutionReport(
        order_id="NONE",
        cl_ord_id="O-1",
        exec_id="0",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        symbol="",
        side=Side.BUY,
        order_qty=Decimal(0),
        cum_qty=Decimal(0),
        leaves_qty=Decimal(0),
        avg_px=Decimal(0),
    )
    assert f"={SOH}" not in dialect.write_execution(answer)
    assert f"={SOH}" not in dialect.write_execution(answer._replace(cl_ord_id=""))


# -- what is read ----------------------------------------------------------------------------------------------------


MISSING, INCORRECT = SessionRejectReason.REQUIRED_TAG_MISSING, SessionRejectReason.VALUE_IS_INCORRECT
FORMAT = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE


@pytest.mark.parametrize(
    ("fields", "tag"), [({54: "1", 150: "0"}, 39), ({39: "0", 150: "0"}, 54), ({39: "0", 54: "1"}, 150)]
)
def test_a_report_must_have_what_the_core_needs(dialect: Dialect, fields: dict[int, str], tag: int) -> None:
    error = refusal(dialect.read_execution, "8", body(fields))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(("fields", "tag"), [({39: "0"}, 11), ({11: "O-2"}, 39)])
def test_a_cancel_reject_must_have_what_the_core_needs(dialect: Dialect, fields: dict[int, str], tag: int) -> None:
    error = refusal(dialect.read_cancel_reject, "9", body(fields))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


REPORT = {6: "9.5", 14: "40", 31: "9.5", 32: "40", 38: "100", 39: "1", 54: "1", 55: "IBM", 150: "F", 151: "60"}


@pytest.mark.parametrize("tag", [6, 14, 31, 32, 38, 151])
def test_a_report_says_which_number_is_none(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_execution, "8", body({**REPORT, tag: "many"}))
    assert (str(error), error.tag, error.reason) == (f"tag {tag}: 'many' is not a number", tag, FORMAT)


@pytest.mark.parametrize("tag", [39, 54])
def test_a_report_says_which_value_nobody_knows(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_execution, "8", body({**REPORT, tag: "?"}))
    assert (str(error), error.tag, error.reason) == (f"tag {tag}: '?' is not a value we know", tag, INCORRECT)


def report_of(dialect: Dialect, text: str) -> ExecutionReport:
    return dialect.read_execution(
        Message.parse(f"35=8|37=V-1|11=O-1|17=X-1|54=1|55=IBM|{text}".replace("|", SOH).encode())
    )


def test_an_exectype_nobody_knows_says_where_the_order_stands_and_keeps_its_text(dialect: Dialect) -> None:
    reports = [report_of(dialect, f"39=1|14=40|150=L|{text}") for text in ("", "58=triggered|")]
    assert [(r.exec_type, r.ord_status, r.cum_qty, r.text) for r in reports] == [
        (ExecType.ORDER_STATUS, OrdStatus.PARTIALLY_FILLED, Decimal(40), "ExecType(150) 'L' is not known"),
        (ExecType.ORDER_STATUS, OrdStatus.PARTIALLY_FILLED, Decimal(40), "ExecType(150) 'L' is not known: triggered"),
    ]


@pytest.mark.parametrize("exec_type", ["1", "2", "F"])
def test_a_fill_is_a_trade_by_whichever_name(dialect: Dialect, exec_type: str) -> None:
    assert report_of(dialect, f"39=1|150={exec_type}|").exec_type is ExecType.TRADE


def test_a_replaced_order_is_new_again(dialect: Dialect) -> None:
    report = report_of(dialect, "39=5|41=O-0|44=9.6|38=200|150=5|60=20240229-12:00:00.5|")
    assert (report.exec_type, report.ord_status, report.orig_cl_ord_id) == (ExecType.REPLACED, OrdStatus.NEW, "O-0")
    assert (report.order_qty, report.price, report.transact_time) == (Decimal(200), Decimal("9.6"), NOON + 500_000_000)


def test_a_restatement_says_why_and_what_holds_now(dialect: Dialect) -> None:
    report = report_of(dialect, "38=200|39=1|44=4.75|126=20240301-00:00:00|150=D|378=0|424=150|425=50|426=4.8|")
    assert (report.exec_type, report.restatement_reason) == (
        ExecType.RESTATED,
        ExecRestatementReason.GT_CORPORATE_ACTION,
    )
    assert (report.order_qty, report.price, report.expire_time) == (Decimal(200), Decimal("4.75"), NOON + 12 * HOUR)
    assert (report.day_order_qty, report.day_cum_qty, report.day_avg_px) == (Decimal(150), Decimal(50), Decimal("4.8"))


def test_a_fill_with_odd_fields_is_a_fill(dialect: Dialect) -> None:
    odd = "60=noon|44=cheap|126=never|378=X|424=some|425=more|426=NaN|584=M-1|911=many|912=perhaps|"
    report = report_of(dialect, f"14=40|31=9.5|32=40|39=1|150=F|{odd}")
    assert report == report_of(dialect, "14=40|31=9.5|32=40|39=1|150=F|584=M-1|")
    assert (report.exec_type, report.last_qty, report.last_px) == (ExecType.TRADE, Decimal(40), Decimal("9.5"))


def test_a_report_without_quantities_is_read_as_zeros(dialect: Dialect) -> None:
    report = dialect.read_execution(Message.parse(b"35=8\x0139=0\x0154=1\x01150=0\x01"))
    assert {report.order_qty, report.cum_qty, report.leaves_qty, report.avg_px, report.last_qty, report.last_px} == {0}


def test_reasons_we_have_no_name_for_do_not_hide_a_report(dialect: Dialect) -> None:
    report = dialect.read_execution(Message.parse(b"35=8\x0139=8\x0154=1\x01103=77\x01150=8\x01"))
    assert (report.ord_status, report.ord_rej_reason) == (OrdStatus.REJECTED, None)
    reject = dialect.read_cancel_reject(Message.parse(b"35=9\x0111=O-2\x0139=0\x01102=77\x01434=7\x01"))
    assert reject == OrderCancelReject(
        "", "O-2", "", OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST, reason=None, text=""
    )


# -- finding one -----------------------------------------------------------------------------------------------------


def test_a_dialect_is_found_by_name_and_by_message(dialect: Dialect) -> None:
    assert type(dialect_named(dialect.name)) is DIALECTS[dialect.name]
    assert type(dialect_of(wire(dialect, MsgType.HEARTBEAT, ""))) is type(dialect)


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(DialectError) as refused:
        dialect_named("FIX.4.0")
    assert str(refused.value) == "no dialect 'FIX.4.0'; known are FIX.4.2, FIX.4.4, FIX.5.0SP2"
    with pytest.raises(DialectError) as refused:
        dialect_of(Message.parse(b"8=FIX.4.0\x0135=0\x01"))
    assert (str(refused.value), refused.value.tag) == ("no dialect for BeginString(8) 'FIX.4.0'", tags.BeginString)
