"""A world for tests that need a real one: venue processes, an engine process that may be killed, an OMS in this process."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sessions.demo.config import VENUES, engine_toml, venue_toml
from sessions.demo.processes import Process, start
from sessions.oms.client import Oms, terms

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait(condition: Callable[[], bool], step: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Steps until the condition holds; fails by name when it does not."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience} s for {what}"
        if not step():
            time.sleep(0.001)


class World:
    """Three venues and an engine in `folder`; the engine may be killed and started again on the same store and port."""

    def __init__(self, folder: Path, seed: int, store: str = "store.db") -> None:
        self.folder = folder
        self.port = free_port()
        self._venues: list[Process] = []
        self._seed = seed
        self._store = store
        self.engine: Process | None = None

    def start_venues(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for number, venue in enumerate(VENUES):
            path = self.folder / f"venue-{venue.name.lower()}.toml"
            path.write_text(venue_toml(venue, self._seed + number))
            self._venues.append(start(path.stem, ["simulate", str(path)], self.folder))
        ports = {
            venue.name: int(process.wait_for(r"listening on \S+:(\d+)", deadline)[1])
            for venue, process in zip(VENUES, self._venues, strict=True)
        }
        (self.folder / "engine.toml").write_text(engine_toml(ports, self.port, self._store))

    def start_engine(self, *, ready: bool = True) -> Process:
        deadline = time.monotonic() + PATIENCE
        self.engine = start("engine", ["run", str(self.folder / "engine.toml"), "--verbose"], self.folder)
        if ready:
            self.engine.wait_for(r"listening on", deadline)
            for _ in VENUES:
                self.engine.wait_for(r"^(ALPHA|BETA|GAMMA) logged on", deadline)
        return self.engine

    def kill_engine(self) -> None:
        """kill -9."""
        assert self.engine is not None
        self.engine.kill()

    def stop(self) -> None:
        for process in [self.engine, *self._venues]:
            if process is not None:
                process.stop()

    def oms(self) -> Oms:
        return Oms(terms("FIX.4.4", "OMS", "MANIFOLD", ("127.0.0.1", self.port)))


@contextlib.contextmanager
def world(folder: Path, seed: int, store: str = "store.db") -> Iterator[World]:
    made = World(folder, seed, store)
    try:
        made.start_venues()
        yield made
    finally:
        made.stop()
