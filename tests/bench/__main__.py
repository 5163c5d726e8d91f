"""`make bench`: Manifold beside three peers, the same counterparties, interleaved, medians.

python -m tests.bench [--rounds 5] [--parents 2000] [--quick] [--peers ours,typed,raw,fixcore] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import routing
from tests.bench.counterparties import Counterparties, free_ports

NAMES = {
    "ours": "Manifold, store on",
    "power": "Manifold, store on, safe from power loss",
    "typed": "QuickFIX threads, typed fields",
    "raw": "QuickFIX threads, raw strings",
    "fixcore": "fixcore-engine, asyncio",
}
OURS = {"ours": "process", "power": "power"}  # durability: survives kill -9; survives the power going
LATENCIES = 300
WARM_UP = 200
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Result:
    """`p50`, `p99` of the full cycle and the fan-out in µs; `cpu` ms per parent; `memory` MB resident."""

    rate: float
    p50: float
    p99: float
    cpu: float
    fan_p50: float
    fan_p99: float
    memory: float


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def manifold_config(folder: Path, oms_port: int, venue_ports: list[int], durability: str = "process") -> Path:
    """Three venues that list ACME and give no market data, so that weights split 300 into three times 100."""
    venues = "".join(
        f'[[venue]]\nname = "V{n}"\ndialect = "FIX.4.4"\nsender = "MANIFOLD"\ntarget = "V{n}"\nhost = "127.0.0.1"\n'
        f'port = {port}\nquickfix = {{ ResetOnLogon = "Y" }}\n[venue.instruments.ACME]\nsymbol = "ACME"\n'
        for n, port in enumerate(venue_ports, start=1)
    )
    path = folder / "engine.toml"
    path.write_text(
        f'instance = "bench"\n[store]\nurl = "store.db"\ndurability = "{durability}"\n[listen]\nport = {oms_port}\n'
        f'[[oms]]\nname = "OMS"\ndialect = "FIX.4.4"\nsender = "MANIFOLD"\ntarget = "OMS"\n{venues}'
    )
    return path


def command(peer: str, folder: Path, oms_port: int, venue_ports: list[int]) -> list[str]:
    if peer in OURS:
        return [
            sys.executable,
            "-m",
            "sessions",
            "run",
            str(manifold_config(folder, oms_port, venue_ports, OURS[peer])),
        ]
    return [sys.executable, "-m", f"tests.bench.peer_{peer}", str(oms_port), *map(str, venue_ports)]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Router:
    """One router process and its counterparties."""

    def __init__(self, peer: str, folder: Path) -> None:
        self.work = Counterparties("MANIFOLD" if peer in OURS else "ROUTER")
        (port,) = free_ports(1)
        log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            command(peer, folder, port, self.work.venue_ports), stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        try:
            self.work.connect(port, lambda: self.process.poll() is None)
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(f"{error}: {(folder / 'log').read_text()[-300:]}") from None

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.work.close()


def measure(peer: str, parents: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        router = Router(peer, Path(name))
        try:
            router.work.throughput(WARM_UP)
            router.work.fan_out()
            cpu = cpu_seconds(router.process.pid)
            rate = router.work.throughput(parents)
            cpu = cpu_seconds(router.process.pid) - cpu
            router.work.fan_out()
            cycles = router.work.latency(LATENCIES)
            spans = router.work.fan_out()
            if router.work.faults:
                raise RuntimeError(router.work.faults[0])
            return Result(
                rate=rate,
                p50=quantile(cycles, 0.5),
                p99=quantile(cycles, 0.99),
                cpu=cpu / parents * 1000,
                fan_p50=quantile(spans, 0.5),
                fan_p99=quantile(spans, 0.99),
                memory=resident(router.process.pid),
            )
        finally:
            router.stop()


def memory(counts: tuple[int, int]) -> tuple[float, float]:
    """MB resident after so many finished parents in one process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        router = Router("ours", Path(name))
        try:
            sizes, done = [], 0
            for count in counts:
                router.work.throughput(count - done)
                router.work.fan_out()
                done = count
                sizes.append(resident(router.process.pid))
            return sizes[0], sizes[1]
        finally:
            router.stop()


def median(results: list[Result]) -> Result:
    return Result(**{key: statistics.median(getattr(r, key) for r in results) for key in asdict(results[0])})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Manifold beside its peers.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parents", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help="one short round, no memory run")
    parser.add_argument("--peers", default=",".join(NAMES))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rounds, parents = (1, 500) if arguments.quick else (arguments.rounds, arguments.parents)
    out = Console(width=140)
    peers = arguments.peers.split(",")
    results: dict[str, list[Result]] = {peer: [] for peer in peers}
    for number in range(rounds):
        for peer in peers:
            try:
                results[peer].append(measure(peer, parents if peer != "typed" else parents // 4))
            except (TimeoutError, RuntimeError) as error:
                out.print(f"{NAMES[peer]}, round {number + 1}: {error}", style="red", markup=False)
    medians = {peer: median(found) for peer, found in results.items() if found}
    print_table(out, medians)
    sizes = None if arguments.quick or arguments.rounds == 1 or "ours" not in medians else memory((2_000, 20_000))
    good = verdicts(out, medians, sizes)
    for sentence in routing.sentences():
        out.print(sentence)
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"medians": {p: asdict(r) for p, r in medians.items()}, "memory": sizes}, indent=2)
        )
    return 0 if good else 1


def print_table(out: Console, medians: dict[str, Result]) -> None:
    table = Table("router", "parents/s", "cycle p50 µs", "p99 µs", "CPU ms/parent", "fan-out p50 µs", "p99 µs", "MB")
    for column in table.columns[1:]:
        column.justify = "right"
    for peer, r in medians.items():
        figures = (f"{r.rate:.0f}", f"{r.p50:.0f}", f"{r.p99:.0f}", f"{r.cpu:.2f}")
        table.add_row(NAMES[peer], *figures, f"{r.fan_p50:.0f}", f"{r.fan_p99:.0f}", f"{r.memory:.0f}")
    out.print(table)


def verdicts(out: Console, medians: dict[str, Result], sizes: tuple[float, float] | None) -> bool:
    """The promises, each with its figure."""
    good = True
    ours = medians.get("ours")
    for peer, wanted in (("typed", 5.0), ("raw", 0.0), ("fixcore", 1.0)):
        if ours is None or peer not in medians:
            continue
        ratio, cpu = ours.rate / medians[peer].rate, medians[peer].cpu / ours.cpu
        verdict = "" if not wanted else f", at least {wanted:g} wanted: {'yes' if ratio > wanted else 'NO'}"
        good = good and ratio > wanted
        out.print(f"against {NAMES[peer]}: {ratio:.1f} times the parents/s, {cpu:.1f} times less CPU{verdict}")
    if sizes is not None:
        flat = sizes[1] < sizes[0] * 1.15 + 5
        good = good and flat
        said = "flat" if flat else "GROWS"
        out.print(f"memory after 2,000 and 20,000 parents: {sizes[0]:.0f} and {sizes[1]:.0f} MB, {said}")
    return good


if __name__ == "__main__":
    sys.exit(main())
