"""Mass cancels and mass status, there and back in every version that has them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix.business import OrderMassCancelReport, OrderMassCancelRequest
from fix.enums import (
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    SessionRejectReason,
)
from fix.message import SOH, Message, body
from spec.dialects import DIALECTS, Dialect
from spec.dialects import dialect as dialect_named
from spec.dictionary import for_session
from tests.spec.dialects import making
from tests.spec.dialects.making import REPORT, refusal, wire

NOW = "20240229-12:00:00.000"
MISSING, INCORRECT = SessionRejectReason.REQUIRED_TAG_MISSING, SessionRejectReason.VALUE_IS_INCORRECT


@pytest.fixture(scope="module", params=[name for name, known in DIALECTS.items() if known.has_mass_messages])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return dialect_named(str(request.param))


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_has_them_where_its_version_has(name: str) -> None:
    known = for_session(dialect_named(name).begin_string).messages.keys()
    assert {"q", "r", "AF"} <= known if dialect_named(name).has_mass_messages else {"q", "r", "AF"}.isdisjoint(known)


# -- there and back --------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_mass_cancel_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.mass_cancels(dialect))
    assert dialect.read_mass_cancel(wire(dialect, "q", dialect.write_mass_cancel(request))) == request


@given(st.data())
def test_a_mass_cancel_report_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    report = data.draw(making.mass_cancel_reports(dialect))
    assert dialect.read_mass_cancel_report(wire(dialect, "r", dialect.write_mass_cancel_report(report))) == report


@given(st.data())
def test_a_mass_status_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.mass_status_requests(dialect))
    written = wire(dialect, "AF", dialect.write_mass_status_request(request))
    assert dialect.read_mass_status_request(written) == request


# -- what is written -------------------------------------------------------------------------------------------------

ALL, ONE = MassCancelRequestType.CANCEL_ALL_ORDERS, MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY


@given(st.data())
def test_bodies_are_written_in_ascending_order_of_tag(dialect: Dialect, data: st.DataObject) -> None:
    for text in (
        dialect.write_mass_cancel(data.draw(making.mass_cancels(dialect))),
        dialect.write_mass_cancel_report(data.draw(making.mass_cancel_reports(dialect))),
        dialect.write_mass_status_request(data.draw(making.mass_status_requests(dialect))),
    ):
        fields = Message.parse(f"35=?\x01{text}".encode("latin-1")).fields
        assert f"35=?\x01{text}" == f"35=?\x01{body({tag: v for tag, v in fields.items() if tag != 35})}"


def test_a_report_counts_the_orders_it_concerns_or_says_why_there_are_none(dialect: Dialect) -> None:
    mine = "1369=M-7|" if dialect.name == "FIX.5.0SP2" else ""
    done = OrderMassCancelReport("M-7", "Q-1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS, total_affected=3)
    none = OrderMassCancelReport("M-7", "Q-1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS)
    rejected = OrderMassCancelReport(
        "M-7",
        "Q-1",
        ONE,
        MassCancelResponse.CANCEL_REQUEST_REJECTED,
        MassCancelRejectReason.INVALID_OR_UNKNOWN_SECURITY,
        symbol="NOPE",
        text="NOPE is not traded here",
    )
    assert [dialect.write_mass_cancel_report(each).replace(SOH, "|") for each in (done, none, rejected)] == [
        f"11=Q-1|37=M-7|530=7|531=7|533=3|{mine}",
        f"11=Q-1|37=M-7|530=7|531=7|533=0|{mine}",
        f"11=Q-1|37=M-7|55=NOPE|58=NOPE is not traded here|530=1|531=0|532=1|{mine}",
    ]


def test_an_answer_to_a_mass_status_request_says_which_of_how_many_it_is(dialect: Dialect) -> None:
    report = REPORT._replace(mass_status_req_id="M-1", tot_num_reports=3)
    for each, last in ((report, "N"), (report._replace(last_rpt_requested=True), "Y")):
        assert dialect.write_execution(each).endswith(f"151=60\x01584=M-1\x01911=3\x01912={last}\x01")


# -- what is read ----------------------------------------------------------------------------------------------------


def test_a_symbol_where_all_orders_are_asked_for_means_nothing(dialect: Dialect) -> None:
    request = Message.parse(f"35=q|11=Q-1|55=IBM|60={NOW}|530=7|".replace("|", SOH).encode())
    assert dialect.read_mass_cancel(request) == OrderMassCancelRequest("Q-1", ALL, "", None, making.NOW)
    status = dialect.read_mass_status_request(Message.parse(b"35=AF\x0155=IBM\x01584=M-1\x01585=7\x01"))
    assert (status.request_type, status.symbol) == (MassStatusReqType.STATUS_FOR_ALL_ORDERS, "")


MASS_CANCEL = {11: "Q-1", 54: "1", 55: "IBM", 60: NOW, 530: "1"}
MASS_STATUS = {54: "1", 55: "IBM", 584: "M-1", 585: "1"}


@pytest.mark.parametrize("tag", [11, 55, 60, 530])
def test_a_mass_cancel_request_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_mass_cancel, "q", body({t: v for t, v in MASS_CANCEL.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize("tag", [55, 584, 585])
def test_a_mass_status_request_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_mass_status_request, "AF", body({t: v for t, v in MASS_STATUS.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize("tag", [54, 530])
def test_a_side_nobody_knows_does_not_become_both(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_mass_cancel, "q", body({**MASS_CANCEL, tag: "?"}))
    assert (str(error), error.tag, error.reason) == (f"tag {tag}: '?' is not a value we know", tag, INCORRECT)
    assert refusal(dialect.read_mass_status_request, "AF", body({**MASS_STATUS, 54: "?"})).tag == 54


def test_a_venues_report_is_read_leniently(dialect: Dialect) -> None:
    text = "35=r|37=V-9|11=Q-1|530=7|531=7|532=77|533=many|54=?|55=IBM|60=noon|58=so it is|"
    assert dialect.read_mass_cancel_report(Message.parse(text.replace("|", SOH).encode())) == OrderMassCancelReport(
        "V-9", "Q-1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS, symbol="IBM", text="so it is"
    )


def test_4_2_answers_a_mass_status_request_of_its_own_without_what_it_does_not_know() -> None:
    report = REPORT._replace(mass_status_req_id="M-1", tot_num_reports=3, day_cum_qty=Decimal(40))
    assert dialect_named("FIX.4.2").write_execution(report).endswith("151=60\x01425=40\x01")
