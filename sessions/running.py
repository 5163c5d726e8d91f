"""`manifold run`: one engine as a process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

from sessions.config import EngineConfig
from sessions.cycle.idle import StopSignal, run
from sessions.deployment import build


def settle_memory() -> None:
    """What lives as long as the process is not looked at again, and the collector runs rarely.

    The loop's values hold no cycles and die by count, so that looking for some finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run_engine(config: EngineConfig, path: Path, say: Callable[[str], None]) -> None:
    """Runs until told to stop. `say` hears what an operator wants to know; OSError when the port is taken."""
    engine, idle = build(config, path, time.time_ns())
    try:
        open_orders = engine.recover()
        if open_orders:
            say(f"{open_orders} open orders recovered; children in doubt will be asked for at their venues")
        engine.on_state = lambda name, up: say(f"{name} {'logged on' if up else 'logged off'}")
        door = engine.open_door(config.listen.host, config.listen.port)
        say(f"{config.instance} listening on {door.host}:{door.port}, store {engine.store.name}")
        stop = StopSignal()
        settle_memory()
        run(engine.turn, idle, stop)
        say(f"stopping on {stop.name}")
        engine.stop(stop.name)
    finally:
        engine.store.close()
