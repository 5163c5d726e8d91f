"""`manifold run`: one engine as a process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

from sessions.config import EngineConfig
from sessions.cycle.idle import StopSignal, run
from sessions.deployment import build
from sessions.listening import bound


def settle_memory() -> None:
    """What lives as long as the process is not looked at again, and the collector runs rarely.

    The loop's values hold no cycles and die by count, so that looking for some finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run_engine(config: EngineConfig, path: Path, say: Callable[[str], None]) -> None:
    """Runs until told to stop. `say` hears what an operator wants to know; ListenError when the port is taken."""
    stop = StopSignal()
    engine, idle = build(config, path, time.time_ns())
    try:
        with bound(f"{path}: listen.host:port", config.listen.host, config.listen.port):
            door = engine.open_door(config.listen.host, config.listen.port)
        open_orders = engine.recover()
        if open_orders:
            say(f"{open_orders} open orders recovered; children in doubt will be asked for at their venues")
        engine.on_state = lambda name, up: say(f"{name} {'logged on' if up else 'logged off'}")
        say(f"{config.instance} listening on {door.host}:{door.port}, store {engine.store.name}")
        say(f"connecting to {', '.join(f'{venue.name} at {venue.host}:{venue.port}' for venue in config.venue)}")
        settle_memory()
        run(engine.turn, idle, stop)
        say(f"stopping on {stop.name}")
        engine.stop(stop.name)
    finally:
        engine.store.close()
