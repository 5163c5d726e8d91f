"""The demo's processes: three simulated venues and the engine, each what a person would start by hand."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import TextIO

from sessions.demo.config import VENUES, engine_toml, venue_toml

START_PATIENCE = 30.0  # seconds until every process listens and every session is up
STOP_PATIENCE = 10.0  # seconds a process gets to end by itself
TAIL = 5  # lines of a log that an error shows


class DemoError(RuntimeError):
    """Why the demo could not be run to its end; `code` is the exit code."""

    def __init__(self, text: str, code: int = 3) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Process:
    """A process of the demo; what it prints goes into its log and comes back as lines."""

    name: str
    popen: subprocess.Popen[str]
    lines: Queue[str]
    log: Path
    reader: threading.Thread

    def wait_for(self, pattern: str, deadline: float, check: Callable[[], object] = lambda: None) -> re.Match[str]:
        """The first line that matches; DemoError with the end of the log when none comes. `check` may raise."""
        while time.monotonic() < deadline:
            check()
            try:
                line = self.lines.get(timeout=0.05)
            except Empty:
                if self.popen.poll() is not None and self.lines.empty():
                    break
                continue
            found = re.search(pattern, line)
            if found is not None:
                return found
        raise DemoError(f"{self.name} did not get ready{self.last_words()}")

    def last_words(self) -> str:
        """How it ended, where it did, and the end of its log."""
        code = self.popen.poll()
        ended = ""
        if code is not None:
            self.reader.join()  # it reads to the end
            ended = f": it ended with exit code {code}" if code >= 0 else f": {signal.Signals(-code).name} ended it"
        tail = self.log.read_text(encoding="utf-8").splitlines()[-TAIL:] if self.log.exists() else []
        return "\n".join([f"{ended}; its log {self.log} {'ends:' if tail else 'is empty'}", *tail])

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(timeout=STOP_PATIENCE)
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
        stdin=subprocess.DEVNULL,
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
    """To the end whatever happens: a process whose output nobody reads stands still."""
    with stream:
        try:
            with log.open("a", encoding="utf-8", buffering=1) as file:
                for line in stream:
                    lines.put(line)
                    file.write(line)
        except OSError as error:
            lines.put(f"{log}: {error.strerror}\n")
            for line in stream:
                lines.put(line)


@dataclass(slots=True)
class Running:
    """All processes of a demo, logged on to each other. `port` is where the engine listens."""

    processes: list[Process]
    engine: Process
    port: int

    def check(self) -> None:
        """DemoError when one of them has ended by itself."""
        _all_alive(self.processes)


def _all_alive(processes: Iterable[Process]) -> None:
    for process in processes:
        if process.popen.poll() is not None:
            raise DemoError(f"{process.name} did not stay until the end{process.last_words()}")


@contextmanager
def running(folder: Path, seed: int, check: Callable[[], object] = lambda: None) -> Iterator[Running]:
    """Three venues and the engine; all are stopped at the end. `check` is called while waiting and may raise."""
    started: list[Process] = []
    deadline = time.monotonic() + START_PATIENCE

    def watch() -> None:
        check()
        _all_alive(started)

    try:
        ports = {}
        for number, venue in enumerate(VENUES):
            path = folder / f"venue-{venue.name.lower()}.toml"
            path.write_text(venue_toml(venue, seed + number), encoding="utf-8")
            started.append(start(path.stem, ["simulate", str(path)], folder))
        for venue, process in zip(VENUES, started, strict=True):
            ports[venue.name] = int(process.wait_for(r"listening on \S+:(\d+)", deadline, watch)[1])
        path = folder / "engine.toml"
        path.write_text(engine_toml(ports), encoding="utf-8")
        engine = start("engine", ["run", str(path), "--verbose"], folder)
        started.append(engine)
        port = int(engine.wait_for(r"listening on \S+:(\d+)", deadline, watch)[1])
        for _ in VENUES:
            engine.wait_for(r"^\w+ logged on", deadline, watch)
        yield Running(started, engine, port)
    finally:
        for process in reversed(started):
            process.stop()
