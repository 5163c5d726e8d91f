"""`manifold demo`: the main job, run here from end to end, and the three accounts of it compared."""

from __future__ import annotations

import time
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from sessions.demo.account import account
from sessions.demo.flow import Tally, trade
from sessions.demo.processes import DemoError, running
from sessions.oms.client import Oms, terms


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
            trade(out, oms, tally, seed, count)
        finally:
            oms.session.stop()
        engine.stop()
    return account(out, folder, oms)
