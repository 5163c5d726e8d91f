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


COMPLAINTS = ("Traceback", "the session goes on", "what left differs from the record", "QuickFIX did not take")


def complaints(folder: Path) -> list[str]:
    """Lines of the logs in `folder` that no run may write, whatever its counterparties do."""
    lines = [line for log in sorted(folder.glob("*.log")) for line in log.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if any(words in line for words in COMPLAINTS)]


class World:
    """Three venues and an engine in `folder`; the engine may be killed and started again on the same store and port."""

    def __init__(self, folder: Path, seed: int, store: str = "store.db", heartbeat: int = 30, more: str = "") -> None:
        self.folder = folder
        self.heartbeat = heartbeat
        self._more = more  # at the end of the engine's configuration
        self.port = free_port()
        self.comp_id = f"OMS-{self.port}"  # QuickFIX knows a session of a process by its names, even a stopped one
        self._venues: list[Process] = []
        self._seed = seed
        self.store = store if "://" in store else str(folder / store)
        self.engine: Process | None = None

    def start_venues(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for number, venue in enumerate(VENUES):
            path = self.folder / f"venue-{venue.name.lower()}.toml"
            path.write_text(self._beating(venue_toml(venue, self._seed + number)))
            self._venues.append(start(path.stem, ["simulate", str(path)], self.folder))
        ports = {
            venue.name: int(process.wait_for(r"listening on \S+:(\d+)", deadline)[1])
            for venue, process in zip(VENUES, self._venues, strict=True)
        }
        text = engine_toml(ports, self.port, self.store).replace('target = "OMS"', f'target = "{self.comp_id}"')
        (self.folder / "engine.toml").write_text(self._beating(text + self._more))

    def _beating(self, toml: str) -> str:
        return toml.replace("\ndialect =", f"\nheartbeat = {self.heartbeat}\ndialect =")

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
        """SIGTERM to all; nobody may have complained."""
        for process in [self.engine, *self._venues]:
            if process is not None:
                process.stop()
        assert complaints(self.folder) == []

    def oms(self) -> Oms:
        beat = ("HeartBtInt", str(self.heartbeat))
        return Oms(terms("FIX.4.4", self.comp_id, "MANIFOLD", ("127.0.0.1", self.port), [beat]))


@contextlib.contextmanager
def world(folder: Path, seed: int, store: str = "store.db", heartbeat: int = 30, more: str = "") -> Iterator[World]:
    made = World(folder, seed, store, heartbeat, more)
    try:
        made.start_venues()
        yield made
    finally:
        made.stop()
