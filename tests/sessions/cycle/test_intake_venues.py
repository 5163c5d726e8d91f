"""What a venue may say, and which of our orders it is about."""

from __future__ import annotations

import pytest

from engine.core.events import BookChanged, CancelRejected, Executed, MassCanceled
from fix.business import OrderMassCancelReport, Reject
from fix.enums import ExecType, MassCancelRequestType, MassCancelResponse, MsgType
from sessions.cycle.intake import Answer, Note, Refused, order_of
from tests.sessions.cycle.intakes import EXECUTION, VERSIONS, venue
from tests.sessions.cycle.standin import message, wire

ALL = MassCancelRequestType.CANCEL_ALL_ORDERS


def test_what_a_venue_says_becomes_an_event_by_its_type() -> None:
    kinds = {
        ("8", EXECUTION): Executed,
        ("9", "11=T-1-1_1|37=V1|39=1|41=T-1-1|102=0|434=1|"): CancelRejected,
        ("r", "11=T-K1|37=M1|530=7|531=7|533=2|"): MassCanceled,
        ("W", "55=ACME|262=MD|268=1|269=0|270=9|271=5|"): BookChanged,
        ("X", "262=MD|268=1|279=0|269=0|55=ACME|270=9|271=5|"): BookChanged,
    }
    assert {key: type(venue().read(message(*key))) for key in kinds} == kinds


def test_a_fill_with_odd_fields_is_a_fill() -> None:
    odd = EXECUTION + "103=77|4999=x|59=Z|"
    assert isinstance(venue().read(message("8", odd)), Executed)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_exec_type_nobody_knows_is_a_statement_of_status(version: str) -> None:
    read = venue(version).read(message("8", EXECUTION.replace("150=F", "150=L"), version))
    assert isinstance(read, Executed)
    assert (read.report.exec_type, read.report.text) == (ExecType.ORDER_STATUS, "ExecType(150) 'L' is not known")


def test_a_mass_cancel_report_says_of_how_many_orders() -> None:
    report = OrderMassCancelReport("M1", "T-K1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS, total_affected=2)
    assert venue().read(message("r", "11=T-K1|37=M1|530=7|531=7|533=2|")) == MassCanceled("ALPHA", report)


def test_a_venues_refusal_keeps_what_it_refuses() -> None:
    read = venue().read(message("3", "45=7|58=no|371=44|372=D|373=5|"))
    assert read == Refused("ALPHA", Reject(7, "D", "5", "no", 44))


@pytest.mark.parametrize("number", ["\xb2", "9" * 19, "9" * 5_000, "x", ""])
def test_a_refusal_of_a_message_with_no_number_a_store_could_hold_refuses_message_0(number: str) -> None:
    read = venue().read(message("3", f"45={number}|58=no|"))
    assert read == Refused("ALPHA", Reject(0, "", "", "no"))


def test_what_a_venue_says_and_nobody_needs_is_noted() -> None:
    assert venue().read(message("Y", "262=MD|281=0|58=no such symbol|")) == Note(
        "ALPHA gives no market data: no such symbol"
    )
    assert venue().read(message("h", "336=1|340=2|")) == Note("ALPHA sent MsgType(35) h, which nothing here needs")


def test_an_execution_report_that_cannot_be_read_gets_a_reject() -> None:
    why = "tag 32: 'five' is not a number"
    assert venue().read(message("8", EXECUTION.replace("32=5", "32=five"))) == Answer(
        MsgType.REJECT, wire(f"45=2|58={why}|371=32|372=8|373=6|"), f"ALPHA sent what cannot be read: {why}"
    )


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("11=T5K3QG-17-2|", "T5K3QG-17"),
        ("11=T5K3QG-17-2_1|41=T5K3QG-17-2|", "T5K3QG-17"),
        ("11=T5K3QG-17-2_1|", "T5K3QG-17"),
        ("11=strange|", ""),
        ("11=' OR 1=1 ---3|", ""),
        ("11=A\xe9-1-1|", ""),
        ("", ""),
    ],
)
def test_a_message_is_about_the_parent_its_cl_ord_id_names_and_strange_ones_are_about_none(
    text: str, order_id: str
) -> None:
    assert order_of(message("8", text)) == order_id
