"""`manifold demo`: the main job, run here from end to end, and the three accounts of it compared."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from queue import Empty, Queue
from random import Random, SystemRandom
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from engine.dropcopy.store import Kind, Store
from engine.dropcopy.summary import Summary, disagreements, parents, summarise
from engine.dropcopy.verify import Verification, verify
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdType, Side, TimeInForce
from sessions.demo_config import SYMBOLS, VENUES, engine_toml, venue_toml
from sessions.oms import Oms, Ticket, terms

START_PATIENCE = 15.0  # seconds until every process listens and every session is up
RATE = 50.0  # parents per second
REST = 1.5  # seconds that resting orders get before the OMS cancels them
END_PATIENCE = 20.0


class DemoError(RuntimeError):
    """Why the demo could not be run."""


@dataclass(slots=True)
class Process:
    """A process of the demo; what it prints goes into its log and comes back as lines."""

    name: str
    popen: subprocess.Popen[str]
    lines: Queue[str]
    log: Path
    reader: threading.Thread

    def wait_for(self, pattern: str, deadline: float) -> re.Match[str]:
        """The first line that matches; DemoError with the end of the log when none comes."""
        while time.monotonic() < deadline:
            try:
                line = self.lines.get(timeout=0.05)
            except Empty:
                if self.popen.poll() is not None and self.lines.empty():
                    break
                continue
            found = re.search(pattern, line)
            if found is not None:
                return found
        tail = "\n".join(self.log.read_text(encoding="utf-8").splitlines()[-5:])
        raise DemoError(f"{self.name} did not get ready; its log {self.log} ends:\n{tail}")

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.reader.join()

    def kill(self) -> None:
        """SIGKILL: as a crash would."""
        self.popen.kill()
        self.popen.wait()
        self.reader.join()


def start(name: str, arguments: list[str], folder: Path) -> Process:
    """`manifold` with these arguments as a process of its own."""
    log = folder / f"{name}.log"
    popen = subprocess.Popen(
        [sys.executable, "-m", "sessions", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    lines: Queue[str] = Queue()
    reader = threading.Thread(target=_drain, args=(popen.stdout, lines, log), daemon=True)
    reader.start()
    return Process(name, popen, lines, log, reader)


def _drain(stream: TextIO, lines: Queue[str], log: Path) -> None:
    with stream, log.open("a", encoding="utf-8", buffering=1) as file:
        for line in stream:
            file.write(line)
            lines.put(line)


@contextmanager
def running(folder: Path, seed: int) -> Iterator[tuple[Process, int]]:
    """Three venues and the engine, all logged on; gives the engine and the port it listens on."""
    started: list[Process] = []
    deadline = time.monotonic() + START_PATIENCE
    try:
        ports = {}
        for number, venue in enumerate(VENUES):
            path = folder / f"venue-{venue.name.lower()}.toml"
            path.write_text(venue_toml(venue, seed + number), encoding="utf-8")
            started.append(start(f"venue-{venue.name.lower()}", ["simulate", str(path)], folder))
        for venue, process in zip(VENUES, started, strict=True):
            ports[venue.name] = int(process.wait_for(r"listening on \S+:(\d+)", deadline)[1])
        path = folder / "engine.toml"
        path.write_text(engine_toml(ports), encoding="utf-8")
        engine = start("engine", ["run", str(path), "--verbose"], folder)
        started.append(engine)
        port = int(engine.wait_for(r"listening on \S+:(\d+)", deadline)[1])
        for _ in VENUES:
            engine.wait_for("logged on", deadline)
        yield engine, port
    finally:
        for process in reversed(started):
            process.stop()


@dataclass(slots=True)
class Tally:
    """What the OMS sees while the orders run."""

    fills: dict[str, int] = field(default_factory=dict)
    qty: dict[str, Decimal] = field(default_factory=dict)
    notional: dict[str, Decimal] = field(default_factory=dict)

    def heard(self, _: Ticket, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.TRADE:
            venue = report.last_mkt
            self.fills[venue] = self.fills.get(venue, 0) + 1
            self.qty[venue] = self.qty.get(venue, ZERO) + report.last_qty
            self.notional[venue] = self.notional.get(venue, ZERO) + report.last_qty * report.last_px

    def table(self) -> Table:
        table = Table("venue", "FIX", "fills", "quantity", "average price", box=None, pad_edge=False)
        for column in table.columns[2:]:
            column.justify = "right"
        for venue in VENUES:
            qty = self.qty.get(venue.mic, ZERO)
            price = f"{self.notional[venue.mic] / qty:.4f}" if qty else ""
            table.add_row(venue.name, venue.dialect, str(self.fills.get(venue.mic, 0)), f"{qty:f}", price)
        return table


def run_demo(out: Console, seed: int | None, count: int, folder: Path | None) -> bool:
    """Whether all accounts agree and the store verifies. DemoError when it could not be run."""
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = folder or Path("runs") / time.strftime("demo-%Y%m%d-%H%M%S")
    if folder.exists() and any(folder.iterdir()):
        raise DemoError(f"{folder} is not empty; give another --folder")
    folder.mkdir(parents=True, exist_ok=True)
    out.print(f"seed {seed}, {count} parents, everything in {folder}", markup=False)
    tally = Tally()
    with running(folder, seed) as (engine, port):
        oms = Oms(terms("FIX.4.4", "OMS", "MANIFOLD", ("127.0.0.1", port)), tally.heard)
        try:
            _trade(out, oms, tally, seed, count)
        finally:
            oms.session.stop()
        engine.stop()
    return _account(out, folder, oms)


def orders(seed: int, count: int) -> Iterator[NewOrderSingle]:
    """The demo's orders: buy and sell, market and limit, most of them larger than what one venue shows."""
    random = Random(seed)  # noqa: S311  a demonstration, not a secret
    for number in range(1, count + 1):
        symbol = random.choice(list(SYMBOLS))
        mid = SYMBOLS[symbol]
        side = random.choice((Side.BUY, Side.SELL))
        market = random.random() < 0.3
        reach = Decimal(random.randint(-3, 9)) / 100
        yield NewOrderSingle(
            cl_ord_id=f"DEMO-{number:04d}",
            symbol=symbol,
            side=side,
            order_qty=Decimal(random.randint(1, 50) * 100 if random.random() < 0.7 else random.randint(1, 900)),
            ord_type=OrdType.MARKET if market else OrdType.LIMIT,
            price=None if market else mid + side.sign * reach,
            time_in_force=random.choice((TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC)),
            transact_time=time.time_ns(),
        )


def _trade(out: Console, oms: Oms, tally: Tally, seed: int, count: int) -> None:
    bar = Progress(TextColumn("parents final"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=out)
    task = bar.add_task("parents", total=count)
    _until(oms, lambda: oms.session.up, START_PATIENCE, "the engine did not let the OMS log on")
    with Live(Group(bar, tally.table()), console=out, refresh_per_second=10) as live:

        def refresh() -> None:
            bar.update(task, completed=len(oms.tickets) - len(oms.open))
            live.update(Group(bar, tally.table()))

        began = time.monotonic()
        for number, order in enumerate(orders(seed, count)):
            oms.send(order, time.time_ns())
            while time.monotonic() < began + number / RATE:
                _step(oms)
            if number % 10 == 0:
                refresh()
        rest = time.monotonic() + REST
        while oms.open and time.monotonic() < rest:
            _step(oms)
            refresh()
        for ticket in oms.open:
            oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
        deadline = time.monotonic() + END_PATIENCE
        while oms.open and time.monotonic() < deadline:
            _step(oms)
            refresh()
        refresh()


def _step(oms: Oms) -> None:
    if not oms.poll():
        time.sleep(0.002)


def _until(oms: Oms, reached: object, patience: float, otherwise: str) -> None:
    assert callable(reached)
    deadline = time.monotonic() + patience
    while not reached():
        if time.monotonic() > deadline:
            raise DemoError(otherwise)
        _step(oms)


# -- the accounts --------------------------------------------------------------------------------------------------


def _account(out: Console, folder: Path, oms: Oms) -> bool:
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
