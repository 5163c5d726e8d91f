"""`manifold run`: one engine as a process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

from engine.core.orders import Orders
from sessions.config import ConfigError, EngineConfig
from sessions.control.channel import Channel
from sessions.control.desk import desk
from sessions.control.status import carried_over, status_of
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
    """Runs until told to stop. `say` hears what an operator wants to know; ListenError when the port is taken,
    ConfigError when an open order's counterparty is not configured.
    """
    stop = StopSignal()
    engine, idle = build(config, path, time.time_ns())
    try:
        with bound(f"{path}: listen.host:port", config.listen.host, config.listen.port):
            door = engine.open_door(config.listen.host, config.listen.port)
        open_orders = engine.recover()
        _check_counterparties(engine.core.orders, config, path)
        socket = config.control_socket(path)
        engine.open_control(Channel.open(socket, desk(config, path, lambda: status_of(engine, config.instance))))
        if open_orders:
            orders = "1 open order" if open_orders == 1 else f"{open_orders} open orders"
            say(f"{orders} recovered; children in doubt will be asked for at their venues")
        for sentence in carried_over(engine):
            say(sentence)
        engine.on_state = lambda name, up: say(f"{name} {'logged on' if up else 'logged off'}")
        say(f"{config.instance} listening on {door.host}:{door.port}, store {engine.store.name}")
        say(f"operators reach it at {socket}")
        say(f"connecting to {', '.join(f'{venue.name} at {venue.host}:{venue.port}' for venue in config.venue)}")
        settle_memory()
        run(engine.turn, idle, stop)
        say(f"stopping on {stop.name}")
        engine.stop(stop.name)
    finally:
        engine.store.close()


def _check_counterparties(orders: Orders, config: EngineConfig, path: Path) -> None:
    """ConfigError when an open order of an earlier run has a counterparty that is not configured any more."""
    oms, venues = {each.name for each in config.oms}, {each.name for each in config.venue}
    gone = {
        f"{path}: [[{kind}]] {name} is not there, and order {parent.order.cl_ord_id} is open with it; "
        "put it back until the order is final"
        for parent in orders.open()
        for kind, name, known in [
            ("oms", parent.session, oms),
            *(("venue", child.venue, venues) for child in parent.children.values() if child.live),
        ]
        if name not in known
    }
    if gone:
        raise ConfigError("\n".join(sorted(gone)))
