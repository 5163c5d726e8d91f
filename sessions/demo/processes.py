"""The demo's processes: three simulated venues and the engine, each what a person would start by hand."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import TextIO

from sessions.demo.config import VENUES, engine_toml, venue_toml

START_PATIENCE = 15.0  # seconds until every process listens and every session is up


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
    popen = subprocess.Popen(  # noqa: S603  our own command line
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
