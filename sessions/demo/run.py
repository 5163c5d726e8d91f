"""`manifold demo`: the main job, run here from end to end, and the three accounts of it compared."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from sessions.cycle.idle import StopSignal
from sessions.demo.account import account
from sessions.demo.flow import Tally, trade
from sessions.demo.processes import DemoError, running
from sessions.oms.client import Oms, terms


def run_demo(out: Console, seed: int | None, count: int, folder: Path | None) -> bool:
    """Whether all accounts agree and the store verifies. DemoError when it could not be run to its end."""
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = _made(folder or Path("runs") / time.strftime("demo-%Y%m%d-%H%M%S"))
    out.print(f"seed {seed}, {count} parents, everything in {folder}", markup=False)
    stop = StopSignal()

    def check() -> None:
        if stop:
            raise DemoError(f"interrupted by {stop.name}; what was recorded until then is in {folder}", 1)

    tally = Tally()
    with running(folder, seed, check) as demo:
        oms = Oms(terms("FIX.4.4", "OMS", "MANIFOLD", ("127.0.0.1", demo.port)), tally.heard)

        def check_all() -> None:
            check()
            demo.check()

        try:
            trade(out, oms, tally, seed, count, check_all)
        finally:
            oms.leave()
        demo.engine.stop()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # nothing is left to be ended in order
    return account(out, folder, oms)


def _made(folder: Path) -> Path:
    try:
        if folder.exists() and any(folder.iterdir()):
            raise DemoError(f"--folder {folder} is not empty; give another", 2)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(f"--folder {folder}: {error.strerror}; give a folder that can be made or is empty", 2) from None
    return folder
