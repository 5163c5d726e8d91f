"""The three accounts of a demo compared: what the OMS was told, what the store says, what the venues say they made."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.dropcopy.store import Kind, Store
from engine.dropcopy.summary import Summary, disagreements, parents, summarise
from engine.dropcopy.verify import Verification, verify
from engine.orders.order import Parent
from fix.business import ZERO
from fix.enums import CxlRejReason
from sessions.demo.config import VENUES
from sessions.oms.client import Oms


def account(out: Console, folder: Path, oms: Oms) -> bool:
    """Prints the summary, and what does not agree. `folder` holds store.db and each venue's fills-NAME.csv."""
    with closing(Store.open(str(folder / "store.db"), create=False)) as store:
        every = list(parents(store))
        verification = verify(store)
        faults = disputed(every, oms, venue_fills(folder))
        if not verification.ok:
            faults.append(f"the store does not verify: {verification.problem}")
        _print(out, summarise(every), oms, _rows(store, verification, folder))
    for fault in faults:
        out.print(fault, style="red", markup=False)
    if not faults:
        out.print("OMS, children and venues agree on every parent; the chain verifies.", style="green")
    return not faults


def disputed(every: Sequence[Parent], oms: Oms, venues_say: Mapping[str, Decimal]) -> list[str]:
    """One sentence for each parent on which the three differ, that is not final, or whose refusal we did not expect."""
    # An order goes by the name of the last request that was accepted.
    told = {name: ticket.cum for ticket in oms.tickets.values() for name in ticket.names}
    faults = disagreements(every, told, venues_say)
    known = {parent.order.cl_ord_id for parent in every}
    faults += [
        f"{cl_ord_id}: the OMS was told {ticket.cum} of an order that is not in the store"
        for cl_ord_id, ticket in oms.tickets.items()
        if ticket.cum and known.isdisjoint(ticket.names)
    ]
    faults += [
        f"{ticket.order.cl_ord_id}: CumQty(14) {ticket.cum}, but the fills add up to {ticket.traded}"
        for ticket in oms.tickets.values()
        if ticket.cum != ticket.traded
    ]
    faults += [f"{ticket.order.cl_ord_id} is not final: {ticket.status.name}" for ticket in oms.open]
    faults += [f"{name} was not answered" for name in oms.unanswered if name not in oms.tickets]
    faults += [f"the engine refused: {refusal}" for refusal in oms.refusals]
    return faults + [
        f"the engine refused: {denial.cl_ord_id}: {denial.text}"
        for denial in oms.denials
        if denial.reason is not CxlRejReason.TOO_LATE_TO_CANCEL  # what the market did first
    ]


def venue_fills(folder: Path) -> Mapping[str, Decimal]:
    """Σ LastQty by the child's ClOrdID(11), as the venues wrote it down."""
    sums: dict[str, Decimal] = {}
    for path in sorted(folder.glob("fills-*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                sums[row["ClOrdID"]] = sums.get(row["ClOrdID"], ZERO) + Decimal(row["LastQty"])
    return sums


def _fan_out(store: Store) -> Mapping[str, int]:
    """From the engine's last word."""
    found: Mapping[str, int] = {}
    for record in store.records():
        if record.kind == Kind.EVENT:
            found = json.loads(record.body).get("fan_out_us", found)
    return found


def _rows(store: Store, verification: Verification, folder: Path) -> dict[str, str]:
    counts, fan_out = store.counts(), _fan_out(store)
    skipped = counts.get(Kind.SKIPPED, 0)
    messages = f"{counts.get(Kind.IN, 0)} in, {counts.get(Kind.OUT, 0)} out"
    others = f"{counts.get(Kind.DECISION, 0)} decisions and {counts.get(Kind.EVENT, 0)} events"
    return {
        "fan-out": f"p50 {fan_out.get('p50', 0)} µs, p99 {fan_out.get('p99', 0)} µs from first to last child",
        "messages": f"{messages}{f', {skipped} not delivered' if skipped else ''}, all recorded",
        "records": f"{verification.records} with {others}; chain {'verified' if verification.ok else 'BROKEN'}",
        "kept in": f"{folder}",
        "look": f"manifold show order DEMO-0001 --store {folder / 'store.db'}",
    }


def _print(out: Console, summary: Summary, oms: Oms, rows: Mapping[str, str]) -> None:
    table = Table("venue", "FIX", "children", "fills", "quantity", "average price", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    speaks = {venue.name: venue.dialect for venue in VENUES}
    for name, line in sorted(summary.venues.items()):
        row = (str(line.children), str(line.fills), f"{line.qty:f}", f"{line.avg_px:.4f}")
        table.add_row(name, speaks.get(name, ""), *row)
    statuses = Counter(ticket.status.name for ticket in oms.tickets.values())
    amended = sum(ticket.current.cl_ord_id != ticket.order.cl_ord_id for ticket in oms.tickets.values())
    out.print()
    out.print(table)
    out.print()
    first = {
        "parents": ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())),
        "amended": f"{amended} parents; {len(oms.denials)} requests came too late",
        "children": str(summary.children),
        "fill rate": f"{summary.fill_rate:.1%} of {summary.ordered:f}",
        "slippage": f"{summary.slippage:.2f} bp against the arrival mid",
    }
    for name, value in {**first, **rows}.items():
        out.print(f"{name:10} {value}", markup=False)
