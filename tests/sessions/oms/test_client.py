"""The small OMS follows each order to its end, whatever the counterparty says meanwhile."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from fix.enums import ExecType, OrdStatus
from sessions.oms.client import Oms, terms
from tests.sessions.gateway.links import House
from tests.sessions.oms.desk import FILLED, desk
from tests.world import wait

pytestmark = pytest.mark.wire
D = Decimal


@pytest.mark.parametrize(("version", "trade"), [("FIX.4.2", "1"), ("FIX.4.4", "F"), ("FIX.5.0SP2", "F")])
def test_an_order_is_followed_to_its_end_in_every_version(version: str, trade: str) -> None:
    with desk(version) as scene:
        [order] = scene.sends("A")
        scene.reports(order, "0", "0")
        scene.reports(order, trade, "1", "14=100|151=200|6=10|32=100|31=10")
        scene.reports(order, "2" if trade == "1" else trade, "2", "14=300|151=0|6=10.2|32=200|31=10.3")
        scene.until("final")
        ticket = scene.oms.tickets["A"]
        assert (ticket.status, ticket.cum, ticket.avg_px, ticket.traded) == (
            OrdStatus.FILLED,
            D(300),
            D("10.2"),
            D(300),
        )
        assert scene.heard == [("A", ExecType.NEW), ("A", ExecType.TRADE), ("A", ExecType.TRADE)]


def test_a_report_that_comes_twice_counts_once() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        for _ in range(2):
            scene.reports(order, "F", "1", "17=TWICE|14=100|151=200|6=10|32=100|31=10")
        scene.reports(order, "4", "4", "14=100|6=10")
        scene.until("final")
        assert (scene.oms.tickets["A"].status, scene.oms.tickets["A"].traded) == (OrdStatus.CANCELED, D(100))
        assert scene.heard == [("A", ExecType.TRADE), ("A", ExecType.CANCELED)]


def test_a_refused_message_ends_its_order_and_no_other() -> None:
    with desk() as scene:
        first, second, third = scene.sends("A", "B", "C")
        scene.says("3", f"45={first[34]}|372=D|58=not like this|")
        scene.says("j", f"45={second[34]}|372=D|380=3|")
        scene.reports(third, "F", "2", FILLED)
        scene.until("final")
        assert {ticket.order.cl_ord_id: (ticket.refused, ticket.done) for ticket in scene.oms.tickets.values()} == {
            "A": ("not like this", False),
            "B": ("reason 3", False),
            "C": ("", True),
        }
        assert scene.oms.refusals == ["A: not like this", "B: reason 3"]


def test_a_refused_cancel_leaves_the_order_alive_and_a_granted_one_ends_it() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        scene.oms.cancel("A", "A-1", time.time_ns())
        assert scene.hears("F")[11] == "A-1"
        scene.says("9", "37=E-A|11=A-1|41=A|39=0|434=1|58=not yet|")
        scene.until("denials")
        assert [(denial.cl_ord_id, denial.text) for denial in scene.oms.denials] == [("A-1", "not yet")]
        assert (scene.oms.refusals, [*scene.oms.unanswered]) == ([], ["A"])
        assert [ticket.order.cl_ord_id for ticket in scene.oms.open] == ["A"]
        scene.oms.cancel("A", "A-2", time.time_ns())
        scene.reports(order, "4", "4", f"11={scene.hears('F')[11]}|41=A")
        scene.until("final")
        assert scene.oms.tickets["A"].status is OrdStatus.CANCELED


def test_a_refusal_of_a_cancel_as_a_message_is_no_refusal_of_its_order() -> None:
    with desk() as scene:
        scene.sends("A")
        scene.oms.cancel("A", "A-1", time.time_ns())
        scene.says("3", f"45={scene.hears('F')[34]}|372=F|58=no|")
        scene.until("refusals")
        assert scene.oms.refusals == ["A-1: no"]
        assert [ticket.order.cl_ord_id for ticket in scene.oms.open] == ["A"]


def test_an_order_goes_on_under_the_names_and_terms_that_were_accepted() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        scene.reports(order, "0", "0")
        scene.oms.replace("A", "A-1", D(500), D("10.6"), time.time_ns())
        scene.oms.replace("A", "A-2", D(700), D("10.7"), time.time_ns())
        first, second = scene.hears("G"), scene.hears("G")
        assert [(heard[41], heard[38], heard[44]) for heard in (first, second)] == [
            ("A", "500", "10.6"),
            ("A-1", "700", "10.7"),
        ]
        scene.reports(order, "E", "E", "11=A-1|41=A")
        scene.reports(order, "5", "0", "11=A-1|41=A|38=500|151=500")
        scene.says("9", "37=E-A|11=A-2|41=A-1|39=0|434=2|58=too much|")
        scene.until("denials")
        ticket = scene.oms.tickets["A"]
        assert (ticket.current.cl_ord_id, ticket.current.order_qty, ticket.latest) == ("A-1", D(500), ticket.current)
        assert [*scene.oms.unanswered] == []
        scene.oms.cancel("A", "A-3", time.time_ns())
        assert scene.hears("F")[41] == "A-1"
        assert [*scene.oms.unanswered] == ["A-3"]
        scene.reports(order, "F", "1", "11=A-1|14=100|151=400|6=10|32=100|31=10")
        scene.reports(order, "4", "4", "11=A-3|41=A-1|14=100|6=10")
        scene.until("final")
        assert [*scene.oms.unanswered] == []
        kinds = (ExecType.NEW, ExecType.PENDING_REPLACE, ExecType.REPLACED, ExecType.TRADE, ExecType.CANCELED)
        assert scene.heard == [("A", kind) for kind in kinds]


def test_an_order_that_was_filled_before_its_cancel_ends_with_the_refusal() -> None:
    """FIX 4.4 Appendix D, B.1.c: PendingCancel outranks Filled."""
    with desk() as scene:
        [order] = scene.sends("A")
        scene.oms.cancel("A", "A-1", time.time_ns())
        scene.reports(order, "6", "6", "11=A-1|41=A")
        scene.reports(order, "F", "6", FILLED)
        scene.says("9", "37=NONE|11=A-9|41=A|39=8|434=1|102=1|")
        scene.until("denials")
        assert (scene.oms.tickets["A"].status, [*scene.oms.unanswered]) == (OrdStatus.PENDING_CANCEL, ["A-1"])
        scene.says("9", "37=E-A|11=A-1|41=A|39=2|434=1|102=0|")
        scene.until("final")
        assert (scene.oms.tickets["A"].status, [*scene.oms.unanswered]) == (OrdStatus.FILLED, [])


def test_a_fill_that_is_corrected_or_cancelled_counts_as_it_stands_then() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        scene.reports(order, "F", "1", "17=X1|14=100|151=200|6=10|32=100|31=10")
        scene.reports(order, "F", "1", "17=X2|14=150|151=150|6=10|32=50|31=10")
        scene.reports(order, "G", "1", "17=X3|19=X1|14=130|151=170|6=10|32=80|31=10")
        scene.reports(order, "H", "1", "17=X4|19=X2|14=80|151=220|6=10")
        scene.reports(order, "4", "4", "14=80|6=10")
        scene.until("final")
        ticket = scene.oms.tickets["A"]
        assert (ticket.trades, ticket.traded, ticket.cum) == ({"X3": D(80)}, D(80), D(80))


def test_a_report_nobody_can_read_and_one_of_a_stranger_end_nothing() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        scene.reports(order, "F", "1", "32=many|31=10")
        scene.reports(order, "F", "2", f"11=STRANGER|{FILLED}")
        scene.reports(order, "F", "2", FILLED)
        scene.until("final")
        scene.says("9", "37=E-A|11=A-1|41=A|39=?|434=1|")
        scene.house.wait(lambda: scene.oms.poll() and len(scene.oms.refusals) == 2, "the other refusal")
        assert scene.heard == [("A", ExecType.TRADE)]
        assert scene.oms.refusals.pop().startswith("an OrderCancelReject(9) that cannot be read: ")
        [refusal] = scene.oms.refusals
        assert refusal.startswith("an ExecutionReport(8) that cannot be read: ")
        assert "|32=many|" in refusal


def test_after_a_lost_connection_the_session_goes_on_with_its_numbers() -> None:
    with desk() as scene:
        scene.sends("A")
        scene.house.here.disconnect()
        scene.logs_on()
        [order] = scene.sends("B")
        assert order[34] == "4"  # behind Logon(A), the first order and the second Logon(A)
        scene.reports(order, "F", "2", FILLED)
        scene.house.wait(lambda: scene.oms.poll() and scene.oms.tickets["B"].done, "the fill")
        assert [ticket.order.cl_ord_id for ticket in scene.oms.open] == ["A"]


def test_why_the_counterparty_says_goodbye_is_kept() -> None:
    house = House()
    oms = Oms(terms("FIX.4.4", "STRANGER", "MANIFOLD", (house.door.host, house.door.port)))
    try:
        wait(lambda: bool(oms.goodbye), lambda: (house.poll(), oms.poll()), "the Logout(5)")
        assert oms.goodbye == "SenderCompID(49) STRANGER is not known here"
        assert not oms.session.up
    finally:
        oms.session.stop()
        house.close()
