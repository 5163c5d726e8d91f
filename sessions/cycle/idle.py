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
    """Spins, then yields, then sleeps twice as long each time up to `longest` seconds."""

    def __init__(self, spins: int = 20, yields: int = 20, shortest: float = 0.000_05, longest: float = 0.001) -> None:
        self._spins, self._yields = spins, yields
        self._shortest, self._longest = shortest, longest
        self._turns = 0
        self._pause = shortest

    def idle(self, worked: bool) -> None:
        if worked:
            self._turns, self._pause = 0, self._shortest
            return
        self._turns += 1
        if self._turns > self._spins + self._yields:
            time.sleep(self._pause)
            self._pause = min(self._pause * 2, self._longest)
        elif self._turns > self._spins:
            os.sched_yield()


def idle_strategy(name: Literal["busy-spin", "back-off", "sleep"]) -> IdleStrategy:
    strategies: dict[str, Callable[[], IdleStrategy]] = {"busy-spin": BusySpin, "back-off": BackOff, "sleep": Sleep}
    return strategies[name]()


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
