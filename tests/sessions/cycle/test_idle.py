from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from sessions.cycle.idle import BackOff, BusySpin, Sleep, StopSignal, idle_strategy, run


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done instead of work, in order; none of it takes time."""
    done: list[str] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: done.append(f"sleep {seconds:g}"))
    monkeypatch.setattr(os, "sched_yield", lambda: done.append("yield"))
    return done


def test_busy_spin_never_waits(waited: list[str]) -> None:
    strategy = BusySpin()
    for worked in (False, True, False):
        strategy.idle(worked)
    assert waited == []


def test_sleep_waits_whenever_there_was_nothing_to_do(waited: list[str]) -> None:
    strategy = Sleep(0.25)
    for worked in (False, True, False):
        strategy.idle(worked)
    assert waited == ["sleep 0.25", "sleep 0.25"]


def test_back_off_spins_then_yields_then_waits(waited: list[str]) -> None:
    strategy = BackOff(lambda seconds: waited.append(f"wait {seconds:g}"), spins=2, yields=2, longest=0.5)
    for _ in range(6):
        strategy.idle(worked=False)
    assert waited == ["yield", "yield", "wait 0.5", "wait 0.5"]


def test_back_off_starts_anew_after_work(waited: list[str]) -> None:
    strategy = BackOff(lambda seconds: waited.append(f"wait {seconds:g}"), spins=1, yields=1, longest=0.5)
    for worked in (False, False, False, True, False, False, False):
        strategy.idle(worked)
    assert waited == ["yield", "wait 0.5"] * 2


def test_strategies_by_their_names_in_the_configuration(waited: list[str]) -> None:
    def wait(seconds: float) -> None:
        waited.append(f"wait {seconds:g}")

    assert isinstance(idle_strategy("busy-spin", wait), BusySpin)
    assert isinstance(idle_strategy("sleep", wait), Sleep)
    back_off = idle_strategy("back-off", wait)
    for _ in range(100):
        back_off.idle(worked=False)
    assert waited[-1] == "wait 0.002"


# -- stopping ------------------------------------------------------------------------------------------------------


@pytest.fixture
def handlers() -> Iterator[None]:
    """Puts this process's own signal handlers back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("handlers")
def test_a_signal_stops_the_loop_after_the_turn_it_came_in(number: signal.Signals) -> None:
    stop = StopSignal()
    turns: list[int] = []

    def turn() -> bool:
        turns.append(len(turns))
        if len(turns) == 3:
            signal.raise_signal(number)
        return len(turns) % 2 == 0

    idled: list[bool] = []

    class Noting:
        def idle(self, worked: bool) -> None:
            idled.append(worked)

    run(turn, Noting(), stop)
    assert (turns, idled, stop.name) == ([0, 1, 2], [False, True, False], number.name)


@pytest.mark.usefixtures("handlers")
def test_a_loop_told_to_stop_before_it_starts_does_not_start() -> None:
    stop = StopSignal()
    assert not stop
    signal.raise_signal(signal.SIGTERM)
    assert stop
    run(lambda: pytest.fail("turned"), BusySpin(), stop)
