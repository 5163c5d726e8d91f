"""`python -m tests.bench.volume`: a store of a million messages, and an engine of a million children.

    recover   makes the store, starts an engine on it until it listens, says what took how long, and decides it again
    memory    what an engine holds after a tenth of the children, and after all of them

python -m tests.bench.volume [recover] [memory] [--messages 1000000] [--children 1000000] [--url URL] [--postgres]
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from engine.dropcopy.store import Kind, Store
from sessions.config import EngineConfig, load
from sessions.demo.processes import start
from sessions.deployment import build
from tests import postgres
from tests.bench.__main__ import Router, manifold_config, resident
from tests.bench.counterparties import free_ports
from tests.bench.house import mixture, opened

MESSAGES_OF_A_PARENT = 14.5  # as `mixture` makes them
RESTING = 250  # one parent of so many stays open
PIECE = 3_000  # parents between two words about how far it is
RECOVERED_WITHIN = 15.0  # s
GROWN_AT_MOST = 1.10


def main() -> int:
    """0 when all that was promised is so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.volume", description=__doc__)
    parser.add_argument("what", nargs="*", default=[], choices=["recover", "memory", []], metavar="recover|memory")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--children", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true", help="the store in a PostgreSQL made for it, not in SQLite")
    parser.add_argument("--profile", action="store_true", help="where the start spends its time")
    parser.add_argument("--folder", type=Path, help="where the store goes, and is removed in the end")
    asked = parser.parse_args()
    what = asked.what or ["recover", "memory"]
    good = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="volume-", dir=asked.folder)))
        if "recover" in what:
            url = stack.enter_context(_database()) if asked.postgres else str(folder / "store.db")
            good = recover(folder, url, asked.messages, profile=asked.profile)
    if "memory" in what:
        good = memory(asked.children // 3) and good
    return 0 if good else 1


@contextmanager
def _database() -> Iterator[str]:
    with postgres.server() as server, server.database() as url:
        yield url


# -- a store of a million messages -----------------------------------------------------------------------------------


def recover(folder: Path, url: str, messages: int, *, profile: bool) -> bool:
    """Whether an engine starts in time on such a store, and all of it is decided again as it was."""
    _make(url, messages)
    _config(folder, url)
    _in_steps(folder, profile=profile)
    seconds = _as_a_process(folder)
    print(f"from nothing to listening: {seconds:.1f} s, {'as' if seconds < RECOVERED_WITHIN else 'NOT as'} promised")
    return _decided_again(url) and seconds < RECOVERED_WITHIN


def _make(url: str, messages: int) -> None:
    count, began = int(messages / MESSAGES_OF_A_PARENT) + 1, time.perf_counter()
    with opened(url) as house:
        house.work(mixture(RESTING), count, _progress("parents", count))
        took, store = time.perf_counter() - began, house.engine.store
        counts, still = store.counts(), len(store.open_orders())
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    print(f"made in {took:.0f} s, {count / took:.0f} parents/s: {count} parents, {still} of them open; {kinds}")
    said = counts[Kind.IN] + counts[Kind.OUT]
    assert said >= messages * 0.99, f"{said} messages are too few: see MESSAGES_OF_A_PARENT"
    assert still == count // RESTING, f"{still} parents are open"


def _config(folder: Path, url: str) -> Path:
    """Of an engine beside venues that are not there."""
    (port,) = free_ports(1)
    path = manifold_config(folder, port, free_ports(3))
    path.write_text(path.read_text().replace('url = "store.db"', f'url = "{url}"'))
    return path


def _in_steps(folder: Path, *, profile: bool) -> None:
    """What a start does, step by step, in this process."""
    path = folder / "engine.toml"
    began = time.perf_counter()
    config = load(path, EngineConfig)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    store = Store.open(config.store.url, durability=config.store.durability)
    opening = time.perf_counter()
    used = sum(1 for _ in store.cl_ord_ids()) + sum(1 for _ in store.used_ids())
    reading = time.perf_counter()
    store.close()
    closing = time.perf_counter()
    engine, _ = build(config, path, time.time_ns())
    building = time.perf_counter()
    open_orders = engine.recover()
    recovering = time.perf_counter()
    engine.store.close()
    profiler.disable()
    print(f"configuration read, store opened: {opening - began:.2f} s; {used} ClOrdIDs read: {reading - opening:.2f} s")
    print(f"engine built, ClOrdIDs in its filter: {building - closing:.2f} s")
    print(f"{open_orders} open orders rebuilt: {recovering - building:.2f} s")
    if profile:
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(25)


def _as_a_process(folder: Path) -> float:
    """Seconds until `manifold run` listens."""
    began = time.perf_counter()
    engine = start("engine", ["run", str(folder / "engine.toml")], folder)
    try:
        print(engine.wait_for(r"open orders recovered", time.monotonic() + 120).string.strip())
        engine.wait_for(r"listening on", time.monotonic() + 120)
        return time.perf_counter() - began
    finally:
        engine.stop()


def _decided_again(url: str) -> bool:
    """`manifold replay` as a process: how fast, and in how much memory."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "sessions", "replay", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read().strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    store = Store.open(url, create=False)
    records = store.last
    store.close()
    print(f"{said}\n{took:.0f} s, {records / took:.0f} records/s, {usage.ru_maxrss / 1024:.0f} MB at most")
    return process.returncode == 0


# -- a million children ----------------------------------------------------------------------------------------------


def memory(parents: int) -> bool:
    """Whether an engine, a process of its own, grows by no more than promised between a tenth of them and all."""
    with tempfile.TemporaryDirectory(prefix="volume-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        router = Router("ours", Path(name))
        try:
            first = _fed(router, parents // 10, 0, parents)
            last = _fed(router, parents, parents // 10, parents)
        finally:
            router.stop()
    good = last <= first * GROWN_AT_MOST
    print(f"memory after {parents // 10 * 3} and {parents * 3} children: {first:.1f} and {last:.1f} MB, ", end="")
    print(f"{last / first - 1:+.1%}, {'as' if good else 'NOT as'} promised")
    return good


def _fed(router: Router, until: int, done: int, parents: int) -> float:
    """MB resident once so many parents are finished."""
    began, before, say = time.perf_counter(), done, _progress("parents", parents)
    while done < until:
        count = min(PIECE, until - done)
        router.work.throughput(count, limit=300)
        router.work.fan_out()
        assert not router.work.faults, router.work.faults[0]
        done += count
        say(done)
    held = resident(router.process.pid)
    print(f"{done} parents: {held:.1f} MB, {(done - before) / (time.perf_counter() - began):.0f} parents/s")
    return held


def _progress(what: str, of: int) -> Callable[[int], None]:
    def say(done: int) -> None:
        if sys.stdout.isatty() and not done % PIECE:
            print(f"{done} of {of} {what}", end="\r", flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
