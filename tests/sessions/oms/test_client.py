"""The small OMS against a counterparty that is not QuickFIX and says what the test wants said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from fix.business import NewOrderSingle
from fix.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from sessions.oms.client import Oms, terms
from tests.sessions.oms.counterparty import played
from tests.wire.foreign import Venue
from tests.world import wait

pytestmark = pytest.mark.wire
D = Decimal


def order(cl_ord_id: str) -> NewOrderSingle:
    return NewOrderSingle(
        cl_ord_id=cl_ord_id,
        symbol="ACME",
        side=Side.BUY,
        order_qty=D(300),
        ord_type=OrdType.LIMIT,
        price=D("10.5"),
        time_in_force=TimeInForce.DAY,
        transact_time=time.time_ns(),
    )


class Heard(list[tuple[str, ExecType]]):
    """(ClOrdID, ExecType) of every report that the OMS took for new."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def oms(engine: Venue, heard: Heard) -> Iterator[Oms]:
    made = Oms(
        terms(engine.dialect, "MANIFOLD", "ENGINE", ("127.0.0.1", engine.port)),
        lambda ticket, report: heard.append((ticket.order.cl_ord_id, report.exec_type)),
    )
    yield made
    made.session.stop()


def logs_on(engine: Venue) -> None:
    engine.accepts()
    engine.answers_logon()


def send(oms: Oms, *cl_ord_ids: str) -> None:
    wait(lambda: oms.session.up, oms.poll, "logon")
    for cl_ord_id in cl_ord_ids:
        oms.send(order(cl_ord_id), time.time_ns())


def final(oms: Oms) -> None:
    wait(lambda: not oms.open, oms.poll, "all orders final")


@pytest.mark.parametrize("dialect", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_an_order_is_followed_to_its_end_in_every_version(dialect: str, heard: Heard) -> None:
    engine = Venue(dialect, "ENGINE", resets=True)
    oms = Oms(
        terms(dialect, "MANIFOLD", "ENGINE", ("127.0.0.1", engine.port)),
        lambda ticket, report: heard.append((ticket.order.cl_ord_id, report.exec_type)),
    )

    def counterparty() -> None:
        logs_on(engine)
        came = engine.hears("D", "11=A|38=300|44=10.5|40=2|54=1|55=ACME")
        engine.acknowledges(came)
        engine.fills(came, "100", "10")
        engine.fills(came, "200", "10.25")

    with played(counterparty):
        send(oms, "A")
        final(oms)
    oms.session.stop()
    engine.closes()
    ticket = oms.tickets["A"]
    assert (ticket.status, ticket.cum, ticket.traded) == (OrdStatus.FILLED, D(300), D(300))
    assert heard == [("A", ExecType.NEW), ("A", ExecType.TRADE), ("A", ExecType.TRADE)]


def test_a_report_that_comes_twice_counts_once(engine: Venue, oms: Oms, heard: Heard) -> None:
    def counterparty() -> None:
        logs_on(engine)
        came = engine.hears("D")
        engine.fills(came, "100", "10", exec_id="X1")
        engine.reports(came, "F", "1", "32=100|31=10|14=100|151=200", exec_id="X1")
        engine.cancels(came)

    with played(counterparty):
        send(oms, "A")
        final(oms)
    assert (oms.tickets["A"].status, oms.tickets["A"].traded) == (OrdStatus.CANCELED, D(100))
    assert heard == [("A", ExecType.TRADE), ("A", ExecType.CANCELED)]


def test_a_refused_message_ends_its_order_and_no_other(engine: Venue, oms: Oms) -> None:
    def counterparty() -> None:
        logs_on(engine)
        first, second, third = (engine.hears("D") for _ in range(3))
        engine.says("3", f"45={first.number}|372=D|58=not like this")
        engine.says("j", f"45={second.number}|372=D|380=3")
        engine.fills(third, "300", "10")

    with played(counterparty):
        send(oms, "A", "B", "C")
        final(oms)
    assert {ticket.order.cl_ord_id: (ticket.refused, ticket.done) for ticket in oms.tickets.values()} == {
        "A": ("not like this", False),
        "B": ("reason 3", False),
        "C": ("", True),
    }
    assert oms.refusals == ["A: not like this", "B: reason 3"]


def test_a_refused_cancel_leaves_the_order_alive_and_a_granted_one_ends_it(engine: Venue, oms: Oms) -> None:
    def counterparty() -> None:
        logs_on(engine)
        came = engine.hears("D")
        engine.acknowledges(came)
        engine.hears("F", "11=A-1|41=A|38=300")
        engine.says("9", "37=E-A|11=A-1|41=A|39=0|434=1|58=not yet")
        engine.cancels(came, engine.hears("F", "11=A-2|41=A"))

    with played(counterparty):
        send(oms, "A")
        oms.cancel("A", "A-1", time.time_ns())
        wait(lambda: bool(oms.refusals), oms.poll, "the refusal")
        assert oms.refusals == ["A: not yet"]
        assert [ticket.order.cl_ord_id for ticket in oms.open] == ["A"]
        oms.cancel("A", "A-2", time.time_ns())
        final(oms)
    assert oms.tickets["A"].status is OrdStatus.CANCELED


def test_a_report_nobody_can_read_and_one_of_a_stranger_end_nothing(engine: Venue, oms: Oms, heard: Heard) -> None:
    def counterparty() -> None:
        logs_on(engine)
        came = engine.hears("D")
        engine.reports(came, "F", "1", "32=many|31=10")
        engine.reports(came, "F", "2", "11=STRANGER|32=1|31=10")
        engine.fills(came, "300", "10")

    with played(counterparty):
        send(oms, "A")
        final(oms)
    assert heard == [("A", ExecType.TRADE)]
    [refusal] = oms.refusals
    assert refusal.startswith("an ExecutionReport(8) that cannot be read: ")
    assert "|32=many|" in refusal


def test_after_a_lost_connection_the_session_goes_on_with_its_numbers(engine: Venue, oms: Oms) -> None:
    def counterparty() -> None:
        logs_on(engine)
        engine.hears("D", "11=A")
        engine.hang_up()
        engine.resets = False
        engine.accepts()
        engine.answers_logon()
        engine.fills(engine.hears("D", "11=B"), "300", "10")

    with played(counterparty):
        send(oms, "A")
        wait(lambda: not oms.session.up, oms.poll, "the loss")
        send(oms, "B")
        wait(lambda: oms.tickets["B"].done, oms.poll, "the fill")
    assert [ticket.order.cl_ord_id for ticket in oms.open] == ["A"]


def test_why_the_counterparty_says_goodbye_is_kept(engine: Venue, oms: Oms) -> None:
    def counterparty() -> None:
        engine.accepts()
        engine.says("5", "58=SenderCompID(49) MANIFOLD is not known here")
        engine.closes()

    with played(counterparty):
        wait(lambda: bool(oms.goodbye), oms.poll, "the Logout(5)")
    assert oms.goodbye == "SenderCompID(49) MANIFOLD is not known here"
    assert not oms.session.up
