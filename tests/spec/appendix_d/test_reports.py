"""Groups E to L: every case, under its numbers in FIX 4.4 and FIX 4.2, and the rows people get wrong."""

from __future__ import annotations

from fix.enums import ExecType, OrdRejReason, OrdStatus
from spec.appendix_d import Day, Heard, Quantities, reports
from tests.engine.orders.making import D

BY_ID = {case.id: case for case in reports.CASES}


def _heard(name: str) -> list[Heard]:
    return [step for step in BY_ID[name].steps if isinstance(step, Heard)]


def test_every_case_is_there_once_under_both_its_numbers() -> None:
    assert [(case.id, case.fix42) for case in reports.CASES] == [
        ("E.1.a", "D18"),
        ("E.1.b", "D19"),
        ("E.1.c", "D20"),
        ("E.1.d", "D21"),
        ("E.1.e", ""),
        ("F.1.a", "D22"),
        ("F.1.b", "D31"),
        ("F.1.c", "D23"),
        ("G.1.a", "D24"),
        ("G.1.b", "D25"),
        ("G.1.c", "D26"),
        ("H.1.a", "D27"),
        ("H.1.b", "D28"),
        ("H.1.c", "D29"),
        ("H.1.d", "D30"),
        ("I.1.a", "D32"),
        ("I.1.b", "D33"),
        ("J.1.a", "D34"),
        ("J.1.b", "D35"),
        ("J.1.c", "D36"),
        ("J.1.d", ""),
        ("K.1.a", ""),
        ("K.1.b", ""),
        ("L.1.a", "D37"),
        ("L.1.b", ""),
    ]


def test_the_refusal_of_a_duplicate_tells_how_the_first_order_stands() -> None:
    last = _heard("F.1.a")[-1]
    assert (last.exec_type, last.ord_status) == (ExecType.REJECTED, OrdStatus.PARTIALLY_FILLED)
    assert last.qty == Quantities(D("10000"), D("2000"), D("8000"))
    assert last.rejected is OrdRejReason.DUPLICATE_ORDER


def test_a_split_is_no_trade_of_the_day() -> None:
    restated = _heard("H.1.b")[-3]
    assert (restated.qty, restated.day) == (
        Quantities(D("20000"), D("4000"), D("16000")),
        Day(D("16000"), D("0")),
    )


def test_correcting_an_earlier_day_changes_what_is_left_for_this_one() -> None:
    assert [(each.exec_ref_id, each.day) for each in _heard("J.1.c")[-2:]] == [
        ("B", Day(D("8500"), D("1000"))),
        ("E", Day(D("8500"), D("500"))),
    ]


def test_a_correction_names_the_last_report_of_its_trade() -> None:
    assert [each.exec_ref_id for each in _heard("J.1.a")] == ["", "", "", "C", "D", "", "F"]


def test_an_order_stays_canceled_whatever_becomes_of_its_trades() -> None:
    assert [(each.exec_type, each.ord_status, each.qty.cum_qty) for each in _heard("J.1.b")[-2:]] == [
        (ExecType.TRADE_CANCEL, OrdStatus.CANCELED, D("0")),
        (ExecType.TRADE, OrdStatus.CANCELED, D("4000")),
    ]


def test_a_guarantee_is_no_trade() -> None:
    stopped = _heard("L.1.a")[1]
    assert (stopped.exec_type, stopped.last_qty, stopped.qty.cum_qty) == (ExecType.STOPPED, D("1000"), D("0"))
