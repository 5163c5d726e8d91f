"""The loop and how it waits, after Agrona's idle strategies: spin, back off, or sleep."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Literal, Protocol


class IdleStrategy(Protocol):
    def idle(self, worked: bool) -> None:
        """Called after every turn."""


class BusySpin:
    """Never waits: lowest latency, a processor of its own."""

    def idle(self, worked: bool) -> None:
        pass


class Sleep:
    """Always waits a while when there was nothing to do."""

    def __init__(self, seconds: float = 0.001) -> None:
        self._seconds = seconds

    def idle(self, worked: bool) -> None:
        if not worked:
            time.sleep(self._seconds)


class BackOff:
    """Spins, then yields, then waits until something comes, but for `longest` seconds at most: timers run in turns."""

    def __init__(
        self, wait: Callable[[float], object] = time.sleep, spins: int = 4, yields: int = 4, longest: float = 0.002
    ) -> None:
        self._wait = wait
        self._spins, self._yields, self._longest = spins, yields, longest
        self._turns = 0

    def idle(self, worked: bool) -> None:
        if worked:
            self._turns = 0
            return
        self._turns += 1
        if self._turns > self._spins + self._yields:
            self._wait(self._longest)
        elif self._turns > self._spins:
            os.sched_yield()


def idle_strategy(name: Literal["busy-spin", "back-off", "sleep"], wait: Callable[[float], object]) -> IdleStrategy:
    """`wait(seconds)` returns early when there is something to read; see `sessions.gateway.sockets`."""
    if name == "busy-spin":
        return BusySpin()
    return Sleep() if name == "sleep" else BackOff(wait)


class StopSignal:
    """True once SIGINT or SIGTERM has come. To be made after `import quickfix`, which resets SIGINT."""

    def __init__(self) -> None:
        self.name = ""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def __bool__(self) -> bool:
        return bool(self.name)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.name = signal.Signals(number).name


def run(turn: Callable[[], bool], idle: IdleStrategy, stop: StopSignal) -> None:
    """Turns until told to stop."""
    while not stop:
        idle.idle(turn())
