"""Windows against what a person would add up from the whole history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.risk.windows import SLOTS, Oldest, Rate, Seen, Total
from tests.engine.orders.making import D

WINDOW = 6_400  # a slot is 100
STEPS = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 10**6)), max_size=60)


def test_a_rate_lets_so_many_pass_in_any_window() -> None:
    rate = Rate(2, 10)
    passed = []
    for now in (0, 1, 2, 9, 10, 11, 12, 25):
        if not rate.full(now):
            rate.add(now)
            passed.append(now)
    assert passed == [0, 1, 10, 11, 25]


def test_a_rate_of_none_lets_nothing_pass() -> None:
    assert Rate(0, 10).full(0)


def test_what_must_not_be_refused_counts_beyond_the_rate_and_takes_no_more_memory() -> None:
    rate = Rate(2, 10)
    for now in range(5):
        rate.add(now)
    assert [rate.full(now) for now in (4, 12, 13)] == [True, True, False]


def test_another_count_keeps_what_came() -> None:
    rate = Rate(2, 10)
    rate.add(0)
    rate.add(1)
    assert not rate.resized(3, 10).full(2)
    assert rate.resized(1, 10).full(10)
    assert not rate.resized(1, 10).full(11)
    assert rate.resized(1, 100).full(11)


def test_a_clock_that_steps_back_makes_a_window_longer() -> None:
    rate, total, oldest = Rate(1, 10), Total(WINDOW), Oldest(WINDOW)
    rate.add(100)
    assert rate.full(50)
    total.add(D(1), 10_000)
    total.add(D(2), 5_000)
    assert total.at(16_400) == D(3)
    oldest.add(D(1), 10_000)
    assert oldest.add(D(2), 5_000) == D(1)


@given(STEPS)
def test_a_sum_holds_all_of_the_window_and_nothing_older_than_a_slot_more(steps: list[tuple[int, int]]) -> None:
    total, came, now = Total(WINDOW), [], 0
    for step, value in steps:
        now += step
        total.add(D(value), now)
        came.append((now, D(value)))
        inside = sum(v for at, v in came if at > now - WINDOW)
        longest = sum(v for at, v in came if at > now - WINDOW - WINDOW // SLOTS)
        assert inside <= total.at(now) <= longest
        assert len(total._slots) <= SLOTS + 2


@given(STEPS)
def test_the_oldest_price_is_the_first_of_the_oldest_slot_that_reaches_into_the_window(
    steps: list[tuple[int, int]],
) -> None:
    oldest, came, now = Oldest(WINDOW), [], 0
    for step, price in steps:
        now += step
        came.append((now, D(price)))
        expected = next(p for at, p in came if (at // 100 + 1) * 100 > now - WINDOW)
        assert oldest.add(D(price), now) == expected
        assert len(oldest._slots) <= SLOTS + 2


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ABC")), max_size=60))
def test_keys_are_counted_within_the_window_and_forgotten_after(steps: list[tuple[int, str]]) -> None:
    seen, came, now = Seen(100), [], 0
    for step, key in steps:
        now += step
        came.append((now, key))
        recent = [k for at, k in came if at > now - 100]
        assert seen.add(key, now) == recent.count(key)
        assert {k: seen.times(k, now) for k in "ABC"} == {k: recent.count(k) for k in "ABC"}
        assert len(seen) == len(recent)
    assert seen.times("A", now + 100) == 0
    assert (len(seen), seen._counts) == (0, {})


def test_a_longer_window_does_not_bring_back_what_was_forgotten() -> None:
    seen = Seen(10)
    seen.add("A", 0)
    seen.add("A", 5)
    assert seen.times("A", 12) == 1
    seen.window = 1_000
    assert seen.times("A", 13) == 1
    seen.clear()
    assert seen.times("A", 13) == 0
