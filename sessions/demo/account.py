"""The three accounts of a demo compared: what the OMS was told, what the store says, what the venues say they made."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.dropcopy.store import Kind, Store
from engine.dropcopy.summary import Summary, disagreements, parents, summarise
from engine.dropcopy.verify import Verification, verify
from fix.business import ZERO
from sessions.oms.client import Oms


def account(out: Console, folder: Path, oms: Oms) -> bool:
    store = Store.open(str(folder / "store.db"), create=False)
    every = list(parents(store))
    told = {cl_ord_id: ticket.cum for cl_ord_id, ticket in oms.tickets.items()}
    faults = disagreements(every, told, venue_fills(folder))
    faults += [f"{ticket.order.cl_ord_id} is not final: {ticket.status.name}" for ticket in oms.open]
    faults += [f"the engine refused: {refusal}" for refusal in oms.refusals if "filled first" not in refusal]
    verification = verify(store)
    if not verification.ok:
        faults.append(f"the store does not verify: {verification.problem}")
    _print(out, summarise(every), verification, _fan_out(store), folder)
    for fault in faults:
        out.print(fault, style="red", markup=False)
    if not faults:
        out.print("[green]OMS, children and venues agree on every parent; the chain verifies.[/]")
    store.close()
    return not faults


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


def _print(
    out: Console, summary: Summary, verification: Verification, fan_out: Mapping[str, int], folder: Path
) -> None:
    table = Table("venue", "children", "fills", "quantity", "average price", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, line in sorted(summary.venues.items()):
        table.add_row(name, str(line.children), str(line.fills), f"{line.qty:f}", f"{line.avg_px:.4f}")
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    out.print()
    out.print(table)
    out.print()
    rows = {
        "parents": statuses,
        "children": str(summary.children),
        "fill rate": f"{summary.fill_rate:.1%} of {summary.ordered:f}",
        "slippage": f"{summary.slippage:.2f} bp against the arrival mid",
        "fan-out": f"p50 {fan_out.get('p50', 0)} µs, p99 {fan_out.get('p99', 0)} µs from first to last child",
        "records": f"{verification.records}, chain {'verified' if verification.ok else 'BROKEN'}",
        "kept in": f"{folder} (store.db and logs)",
    }
    for name, value in rows.items():
        out.print(f"{name:10} {value}", markup=False)
