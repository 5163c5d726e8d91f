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
    ExecType,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    SessionRejectReason,
    Side,
    TimeInForce,
)
from fix.message import SOH, Message, body
from spec.dialects import DIALECTS, Dialect, DialectError, dialect_of
from spec.dialects import dialect as dialect_named
from spec.dictionary import for_session
from tests.spec.dialects import making
from tests.spec.dialects.making import wire

NOW = "20240229-12:00:00.000"


def has(dialect: Dialect, tag: int, value: str) -> bool:
    return value in for_session(dialect.begin_string).fields[tag].values


def refusal(dialect: Dialect, msg_type: str, text: str) -> DialectError:
    """What the dialect's reader of this type says about a message it cannot take."""
    readers = {
        "D": dialect.read_order,
        "F": dialect.read_cancel,
        "H": dialect.read_status_request,
        "8": dialect.read_execution,
        "9": dialect.read_cancel_reject,
    }
    with pytest.raises(DialectError) as refused:
        readers[msg_type](Message.parse(f"35={msg_type}|{text}".replace("|", SOH).encode()))
    return refused.value


# -- there and back --------------------------------------------------------------------------------------------------


@given(st.data())
def test_an_order_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    order = data.draw(making.orders(dialect))
    price = None if order.ord_type is OrdType.MARKET else order.price  # of a MARKET order it means nothing
    assert dialect.read_order(wire(dialect, "D", dialect.write_order(order))) == order._replace(price=price)


@given(st.data())
def test_a_cancel_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.cancels(dialect))
    assert dialect.read_cancel(wire(dialect, "F", dialect.write_cancel(request))) == request


@given(st.data())
def test_a_status_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.status_requests(dialect))
    assert dialect.read_status_request(wire(dialect, "H", dialect.write_status_request(request))) == request


@given(st.data())
def test_an_execution_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    """Without what a venue only repeats of our own order, and without its clock: the core knows better."""
    report = data.draw(making.executions(dialect))
    reason = report.ord_rej_reason
    if reason is not None and not has(dialect, tags.OrdRejReason, reason):
        reason = OrdRejReason.BROKER_OPTION
    assert dialect.read_execution(wire(dialect, "8", dialect.write_execution(report))) == report._replace(
        ord_rej_reason=reason, transact_time=0, ord_type=None, price=None, time_in_force=None, account=""
    )


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
    for text in (
        dialect.write_order(data.draw(making.orders(dialect))),
        dialect.write_cancel(data.draw(making.cancels(dialect))),
        dialect.write_status_request(data.draw(making.status_requests(dialect))),
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
    """FIX 4.4 lets an OrderStatusRequest(H) leave out Symbol(55); the answer then has none either."""
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


# -- what is read ----------------------------------------------------------------------------------------------------


def test_an_order_without_time_in_force_is_good_for_the_day(dialect: Dialect) -> None:
    order = dialect.read_order(Message.parse(f"35=D|11=O|55=IBM|54=1|38=5|40=1|60={NOW}|".replace("|", SOH).encode()))
    assert (order.time_in_force, order.price, order.account) == (TimeInForce.DAY, None, "")


ORDER = {11: "O-1", 38: "5", 40: "2", 44: "9.5", 54: "1", 55: "IBM", 59: "0", 60: NOW}
MISSING, INCORRECT = SessionRejectReason.REQUIRED_TAG_MISSING, SessionRejectReason.VALUE_IS_INCORRECT
FORMAT = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE


@pytest.mark.parametrize("tag", [11, 38, 40, 54, 55, 60])
def test_an_order_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect, "D", body({t: value for t, value in ORDER.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(
    ("tag", "value", "text", "reason"),
    [
        (38, "lots", "tag 38: 'lots' is not a number", FORMAT),
        (38, "1" * 16, "tag 38: '1111111111111111' has more than 15 digits before the point", FORMAT),
        (44, "9,5", "tag 44: '9,5' is not a number", FORMAT),
        (54, "?", "tag 54: '?' is not a value we know", INCORRECT),
        (40, "market", "tag 40: 'market' is not a value we know", INCORRECT),
        (59, "", "tag 59: '' is not a value we know", INCORRECT),
        (60, "20240230-12:00:00", "tag 60: '20240230-12:00:00' is no moment of any day", FORMAT),
        (60, "noon", "tag 60: 'noon' is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])", FORMAT),
    ],
)
def test_an_order_that_cannot_be_read_says_why(
    dialect: Dialect, tag: int, value: str, text: str, reason: SessionRejectReason
) -> None:
    error = refusal(dialect, "D", body({**ORDER, tag: value}))
    assert (str(error), error.tag, error.reason) == (text, tag, reason)


@pytest.mark.parametrize(
    ("msg_type", "fields", "tag"),
    [
        ("F", {11: "O-2", 54: "1", 60: NOW}, 41),
        ("F", {11: "O-2", 41: "O-1", 60: NOW}, 54),
        ("H", {54: "1"}, 11),
        ("H", {11: "O-1"}, 54),
        ("8", {54: "1", 150: "0"}, 39),
        ("8", {39: "0", 150: "0"}, 54),
        ("8", {39: "0", 54: "1"}, 150),
        ("9", {39: "0"}, 11),
        ("9", {11: "O-2"}, 39),
    ],
)
def test_other_messages_must_have_what_the_core_needs(
    dialect: Dialect, msg_type: str, fields: dict[int, str], tag: int
) -> None:
    error = refusal(dialect, msg_type, body(fields))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


REPORT = {6: "9.5", 14: "40", 31: "9.5", 32: "40", 38: "100", 39: "1", 54: "1", 55: "IBM", 150: "F", 151: "60"}


@pytest.mark.parametrize("tag", [6, 14, 31, 32, 38, 151])
def test_a_report_says_which_number_is_none(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect, "8", body({**REPORT, tag: "many"}))
    assert (str(error), error.tag, error.reason) == (f"tag {tag}: 'many' is not a number", tag, FORMAT)


@pytest.mark.parametrize("tag", [39, 54, 150])
def test_a_report_says_which_value_nobody_knows(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect, "8", body({**REPORT, tag: "?"}))
    assert (str(error), error.tag, error.reason) == (f"tag {tag}: '?' is not a value we know", tag, INCORRECT)


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
