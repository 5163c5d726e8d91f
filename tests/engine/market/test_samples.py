"""Windows over a venue's last answers, against the definition of the quantile itself."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.samples import NEVER, Latencies, Rejects, spell

MS = 1_000_000
D = Decimal


def nearest_rank(took: list[int], quantile: Decimal) -> int:
    return sorted(took)[math.ceil(quantile * len(took)) - 1]


@given(
    latencies=st.lists(st.sampled_from([0, 1, 2, 3, NEVER]), max_size=60),
    limit=st.integers(0, 3),
    quantile=st.sampled_from([D("0.01"), D("0.07"), D("0.5"), D("0.9"), D("0.95"), D(1)]),
    window=st.integers(1, 8),
    samples=st.integers(1, 8),
)
def test_it_is_slow_exactly_when_the_quantile_of_the_window_is_over_the_limit(
    latencies: list[int], limit: int, quantile: Decimal, window: int, samples: int
) -> None:
    watched = Latencies(limit, quantile, window, samples)
    for count, latency in enumerate(latencies, start=1):
        last = latencies[max(count - window, 0) : count]
        slow = len(last) >= samples and nearest_rank(last, quantile) > limit
        assert bool(watched.add(latency)) is slow


@given(answers=st.lists(st.booleans(), max_size=60), limit=st.integers(1, 10), window=st.integers(1, 20))
def test_rejects_are_too_many_exactly_when_the_window_holds_so_many(
    answers: list[bool], limit: int, window: int
) -> None:
    watched = Rejects(limit, window)
    for count, rejected in enumerate(answers, start=1):
        last = answers[max(count - window, 0) : count]
        assert bool(watched.add(rejected=rejected)) is (rejected and last.count(True) >= limit)


def test_windows_are_bounded() -> None:
    slow, rejects = Latencies(MS, D("0.9"), 50, 20), Rejects(3, 20)
    for _ in range(1000):
        slow.add(0)
        rejects.add(rejected=True)
    assert (len(slow._took), len(rejects._answers)) == (50, 20)


def test_what_is_wrong_is_said_in_figures() -> None:
    slow = Latencies(500 * MS, D("0.9"), 50, 10)
    said = [slow.add(latency * MS) for latency in [12] * 8 + [812, 900]]
    assert said == [""] * 9 + ["90 % of the last 10 acknowledgements took up to 812 ms, the limit is 500 ms"]


def test_what_never_came_is_counted() -> None:
    slow = Latencies(500 * MS, D("0.9"), 50, 10)
    said = [slow.add(latency) for latency in [12] * 7 + [NEVER] * 3]
    assert said == [""] * 9 + ["3 of the last 10 orders were not acknowledged, 90 % must be within 500 ms"]


def test_rejects_are_said_in_figures() -> None:
    rejects = Rejects(2, 20)
    said = [rejects.add(rejected=rejected) for rejected in (True, False, True)]
    assert said == ["", "", "2 of the last 3 orders were rejected, the limit is 2 of 20"]


def test_after_clearing_everything_counts_anew() -> None:
    slow, rejects = Latencies(1, D("0.5"), 2, 2), Rejects(2, 2)
    for _ in range(2):
        assert [bool(slow.add(latency)) for latency in (0, 1, 2, 2)] == [False, False, False, True]
        assert [bool(rejects.add(rejected=True)) for _ in range(2)] == [False, True]
        slow.clear()
        rejects.clear()


@pytest.mark.parametrize(
    ("ns", "words"),
    [(0, "0 µs"), (500_000, "500 µs"), (812 * MS, "812 ms"), (1_000 * MS, "1 s"), (90_500 * MS, "90.5 s")],
)
def test_times_are_spelt_as_a_person_would(ns: int, words: str) -> None:
    assert spell(ns) == words
