"""Three accounts of the same orders, and every way in which they can differ."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from fix.business import OrderCancelReject
from fix.enums import CxlRejReason, CxlRejResponseTo, OrdStatus
from sessions.demo.account import account, venue_fills
from sessions.oms.client import Oms, Ticket, terms
from tests.engine.dropcopy.entries import query
from tests.sessions.evidence import evidence
from tests.sessions.oms.desk import order

D = Decimal
CANCELING = CxlRejResponseTo.ORDER_CANCEL_REQUEST


def ticket(cl_ord_id: str, status: OrdStatus, cum: int = 0, traded: int | None = None) -> Ticket:
    return Ticket(order(cl_ord_id), status, cum=D(cum), trades={"X1": D(cum if traded is None else traded)})


@pytest.fixture
def oms() -> Iterator[Oms]:
    """It was told what `evidence` holds; nobody ever answers it."""
    made = Oms(terms("FIX.4.4", "OMS", "MANIFOLD", ("127.0.0.1", 1)))
    made.tickets = {"A": ticket("A", OrdStatus.CANCELED, 100), "B": ticket("B", OrdStatus.REJECTED)}
    yield made
    made.session.stop()


def said(folder: Path, oms: Oms) -> tuple[bool, list[str]]:
    out = Console(file=io.StringIO(), width=80, soft_wrap=True)
    agreed = account(out, folder, oms)
    assert isinstance(out.file, io.StringIO)
    return agreed, [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_a_summary_says_everything_that_was_promised(tmp_path: Path, oms: Oms) -> None:
    evidence(tmp_path / "store.db")
    assert said(tmp_path, oms) == (
        True,
        [
            "",
            "venue  FIX      children  fills  quantity  average price",
            "ALPHA  FIX.4.2         1      1       100        10.2500",
            "BETA   FIX.4.4         1      0         0         0.0000",
            "",
            "parents    1 CANCELED, 1 REJECTED",
            "amended    0 parents; 0 requests came too late",
            "children   2",
            "fill rate  33.3% of 300",
            "slippage   250.00 bp against the arrival mid",
            "fan-out    p50 41 µs, p99 97 µs from first to last child",
            "messages   6 in, 7 out, all recorded",
            "records    19 with 4 decisions and 2 events; chain verified",
            f"kept in    {tmp_path}",
            f"look       manifold show order DEMO-0001 --store {tmp_path / 'store.db'}",
            "OMS, children and venues agree on every parent; the chain verifies.",
        ],
    )


def test_a_venue_that_says_otherwise_is_a_fault_that_names_the_parent(tmp_path: Path, oms: Oms) -> None:
    evidence(tmp_path / "store.db", venue_fills="90")
    agreed, lines = said(tmp_path, oms)
    assert (agreed, lines[-1]) == (False, "A: the OMS was told 100, children filled 100, venues 90")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (ticket("A", OrdStatus.CANCELED, 99), "A: the OMS was told 99, children filled 100, venues 100"),
        (ticket("A", OrdStatus.CANCELED, 100, 50), "A: CumQty(14) 100, but the fills add up to 50"),
        (ticket("A", OrdStatus.PARTIALLY_FILLED, 100), "A is not final: PARTIALLY_FILLED"),
        (ticket("Z", OrdStatus.FILLED, 300), "Z: the OMS was told 300 of an order that is not in the store"),
    ],
)
def test_what_the_oms_was_told_otherwise_is_a_fault(tmp_path: Path, oms: Oms, changed: Ticket, fault: str) -> None:
    evidence(tmp_path / "store.db")
    oms.tickets[changed.order.cl_ord_id] = changed
    agreed, lines = said(tmp_path, oms)
    assert (agreed, lines[-1]) == (False, fault)


def test_a_refusal_is_a_fault_unless_the_fill_came_before_the_cancel(tmp_path: Path, oms: Oms) -> None:
    evidence(tmp_path / "store.db")
    for reason, text in ((CxlRejReason.TOO_LATE_TO_CANCEL, "the order was filled first"), (CxlRejReason.OTHER, "no")):
        assert said(tmp_path, oms)[0]
        oms.denials.append(OrderCancelReject("1", "A-C", "A", OrdStatus.FILLED, CANCELING, reason, text))
    agreed, lines = said(tmp_path, oms)
    assert (agreed, lines[-1]) == (False, "the engine refused: A-C: no")
    oms.denials.clear()
    assert said(tmp_path, oms)[0]
    oms.refusals.append("A: Side(54) is missing")
    agreed, lines = said(tmp_path, oms)
    assert (agreed, lines[-1]) == (False, "the engine refused: A: Side(54) is missing")


def test_a_store_that_was_changed_is_a_fault(tmp_path: Path, oms: Oms) -> None:
    path = evidence(tmp_path / "store.db")
    query(str(path), "UPDATE record SET at = at + 1 WHERE seq = 5")
    agreed, lines = said(tmp_path, oms)
    assert not agreed
    assert "records    4 with 4 decisions and 2 events; chain BROKEN" in lines
    assert lines[-1].startswith("the store does not verify: record 5 ")


def test_fills_of_all_venues_are_added_up_by_child(tmp_path: Path) -> None:
    header = "at,ClOrdID,ExecID,Side,LastQty,LastPx\n"
    (tmp_path / "fills-a.csv").write_text(f"{header}1,R-1-1,X1,BUY,100,10\n2,R-1-1,X2,BUY,0.5,10\n")
    (tmp_path / "fills-b.csv").write_text(f"{header}1,R-1-2,X1,BUY,7,10\n")
    (tmp_path / "orders.csv").write_text("no fills")
    assert venue_fills(tmp_path) == {"R-1-1": D("100.5"), "R-1-2": D(7)}
