from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.risk.limits import VenueLimits
from engine.risk.throttle import Throttle

TEN = {"ALPHA": VenueLimits(messages=10, window=1_000, reserve=3)}


def test_a_venue_without_a_limit_takes_all() -> None:
    throttle = Throttle({"ALPHA": VenueLimits()})
    assert [throttle.room(venue, 0) for venue in ("ALPHA", "BETA")] == [None, None]
    assert all(throttle.take("ALPHA", 0) for _ in range(1_000))
    assert throttle._sent == {}


def test_orders_leave_the_reserve_to_cancels() -> None:
    throttle = Throttle(TEN)
    assert [throttle.take("ALPHA", 0) for _ in range(8)] == [True] * 7 + [False]
    assert throttle.room("ALPHA", 0) == 0
    assert [throttle.take("ALPHA", 0, cancel=True) for _ in range(4)] == [True] * 3 + [False]


def test_cancels_come_first_out_of_what_all_may_use() -> None:
    throttle = Throttle(TEN)
    assert all(throttle.take("ALPHA", 0, cancel=True) for _ in range(5))
    assert throttle.room("ALPHA", 0) == 2
    assert all(throttle.take("ALPHA", 0, cancel=True) for _ in range(5))
    assert (throttle.room("ALPHA", 0), throttle.take("ALPHA", 0, cancel=True)) == (0, False)


def test_room_comes_back_as_the_window_slides() -> None:
    throttle = Throttle(TEN)
    for now in (0, 100, 200):
        throttle.take("ALPHA", now)
    assert [throttle.room("ALPHA", now) for now in (999, 1_000, 1_099, 1_100, 1_200)] == [4, 5, 5, 6, 7]


def test_each_venue_has_its_own() -> None:
    throttle = Throttle({**TEN, "BETA": VenueLimits(messages=1)})
    throttle.take("ALPHA", 0)
    assert (throttle.room("ALPHA", 0), throttle.room("BETA", 0)) == (6, 1)


def test_other_limits_count_what_was_sent() -> None:
    throttle = Throttle(TEN)
    for _ in range(7):
        throttle.take("ALPHA", 0)
    throttle.change({"ALPHA": VenueLimits(messages=8, window=1_000)})
    assert throttle.room("ALPHA", 0) == 1
    throttle.change({"ALPHA": VenueLimits(messages=5, window=1_000)})
    assert (throttle.room("ALPHA", 0), throttle.take("ALPHA", 0, cancel=True)) == (0, False)
    throttle.change({})
    assert throttle.room("ALPHA", 0) is None


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=80))
def test_no_window_holds_more_than_the_venue_takes_nor_orders_more_than_their_part(
    steps: list[tuple[int, bool]],
) -> None:
    throttle, now = Throttle(TEN), 0
    sent: list[int] = []
    for step, cancel in steps:
        now += step
        recent = [at for at in sent if at > now - 1_000]
        assert throttle.room("ALPHA", now) == max(7 - len(recent), 0)
        may = len(recent) < (10 if cancel else 7)
        assert throttle.take("ALPHA", now, cancel=cancel) is may
        sent += [now] if may else []
        assert len(throttle._sent.get("ALPHA", ())) <= 10
