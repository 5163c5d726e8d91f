"""Groups A to D: every case, under its numbers in FIX 4.4 and FIX 4.2, and the rows people get wrong."""

from __future__ import annotations

from fix.enums import CxlRejReason, ExecType, OrdStatus
from spec.appendix_d import Heard, Quantities, Refused, requests
from tests.engine.orders.making import D

BY_ID = {case.id: case for case in requests.CASES}


def test_every_case_is_there_once_under_both_its_numbers() -> None:
    assert [(case.id, case.fix42) for case in requests.CASES] == [
        ("A.1.a", "D1"),
        ("A.1.b", "D2"),
        ("B.1.a", "D3"),
        ("B.1.b", "D4"),
        ("B.1.c", "D5"),
        ("B.1.d", ""),
        ("B.1.e", ""),
        ("B.1.f", ""),
        ("C.1.a", "D6"),
        ("C.1.b", "D7"),
        ("C.1.c", "D8"),
        ("C.2.a", "D9"),
        ("C.3.a", "D10"),
        ("C.3.b", "D11"),
        ("C.3.c", "D12"),
        ("D.1.a", "D13"),
        ("D.1.b", "D14"),
        ("D.1.c", "D15"),
        ("D.2.a", "D16"),
        ("D.2.b", ""),
        ("D.2.c", ""),
        ("D.2.d", "D17"),
    ]


def test_a_fill_while_a_cancel_is_pending_says_so_and_only_the_refusal_says_filled() -> None:
    fill, refusal = BY_ID["B.1.c"].steps[-2:]
    assert isinstance(fill, Heard)
    assert (fill.exec_type, fill.ord_status) == (ExecType.TRADE, OrdStatus.PENDING_CANCEL)
    assert fill.qty == Quantities(D("10000"), D("10000"), D("0"))
    assert refusal == Refused("Y", "X", OrdStatus.FILLED, CxlRejReason.TOO_LATE_TO_CANCEL, "")


def test_a_cancel_of_an_unknown_order_is_refused_with_order_id_none() -> None:
    refusal = BY_ID["B.1.f"].steps[-1]
    assert refusal == Refused("Y", "X", OrdStatus.REJECTED, CxlRejReason.UNKNOWN_ORDER, "NONE")


def test_a_replace_that_comes_after_the_last_fill_is_refused_as_filled() -> None:
    refusal = BY_ID["C.2.a"].steps[-1]
    assert refusal == Refused("Y", "X", OrdStatus.FILLED, CxlRejReason.TOO_LATE_TO_CANCEL, "")


def test_an_order_lowered_to_no_more_than_has_traded_is_filled() -> None:
    for name, traded in (("C.3.b", D("7000")), ("C.3.c", D("8000"))):
        last = BY_ID[name].steps[-1]
        assert isinstance(last, Heard)
        replaced = (ExecType.REPLACED, OrdStatus.FILLED, Quantities(traded, traded, D("0")))
        assert (last.exec_type, last.ord_status, last.qty) == replaced


def test_a_refusal_names_the_id_that_was_accepted_last() -> None:
    case = BY_ID["D.2.d"]
    [refusal] = [step for step in case.steps if isinstance(step, Refused)]
    assert refusal == Refused("Z", "X", OrdStatus.PENDING_REPLACE, CxlRejReason.ALREADY_PENDING, "")
    assert case.chained == 1
