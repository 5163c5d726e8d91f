"""Profiles: what each promises, the figures of small ones, and what jitter may and may not do."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.schedule.almgren import Trajectory, holdings
from engine.schedule.curve import Bucket, Profile, by_volume, drawn, even, front_loaded, jittered, learned

D = Decimal
HOUR = 3_600_000_000_000
GRAIN = Fraction(1, 10**12)
SIZES = st.decimals(0, 1, places=2)
TIMES = st.decimals(0, "0.5", places=2)


@st.composite
def curves(draw: st.DrawFn) -> list[Bucket]:
    begins = sorted(draw(st.sets(st.integers(0, 24 * HOUR), min_size=2, max_size=12)))
    volumes = st.decimals(0, 100_000, places=1)
    return [(begin, draw(volumes)) for begin in begins]


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Any: from the first nanosecond or later, with slices of nothing as well."""
    offsets = sorted(draw(st.sets(st.integers(0, 20) | st.integers(0, 8 * HOUR), min_size=1, max_size=12)))
    fractions = st.integers(0, 10**12).map(lambda n: D(n).scaleb(-12))
    return tuple(zip(offsets, [*sorted(draw(fractions) for _ in offsets[1:]), D(1)], strict=True))


def _holds(profile: Profile) -> bool:
    """What a profile promises."""
    offsets, fractions = zip(*profile, strict=True)
    rises = all(before < after for before, after in pairwise(offsets))
    grows = all(before <= after for before, after in pairwise(fractions))
    return rises and grows and offsets[0] >= 0 and fractions[0] >= 0 and fractions[-1] == 1


def _volume(buckets: list[Bucket], start: int, end: int) -> Fraction:
    """Bucket by bucket: the part of each that lies within."""
    ends = [begin for begin, _ in buckets[1:]] + [2 * buckets[-1][0] - buckets[-2][0]]
    found = Fraction(0)
    for (begin, volume), stop in zip(buckets, ends, strict=True):
        inside = max(min(stop, end) - max(begin, start), 0)
        found += Fraction(volume) * inside / (stop - begin)
    return found


# -- TWAP ------------------------------------------------------------------------------------------------------------


def test_equal_slices_each_at_the_beginning_of_its_interval() -> None:
    assert even(4 * HOUR, 4) == ((0, D("0.25")), (HOUR, D("0.5")), (2 * HOUR, D("0.75")), (3 * HOUR, D(1)))
    assert even(10, 3) == ((0, D("0.333333333334")), (3, D("0.666666666667")), (6, D(1)))
    assert even(1, 1) == ((0, D(1)),)


@given(st.integers(1, 500), st.integers(0, 8 * HOUR))
def test_even_slices_are_a_profile_and_never_below_their_part(slices: int, more: int) -> None:
    profile = even(slices + more, slices)
    assert (len(profile), _holds(profile)) == (slices, True)
    above = [Fraction(fraction) - Fraction(n, slices) for n, (_, fraction) in enumerate(profile, start=1)]
    assert all(0 <= rounded < GRAIN for rounded in above)


@pytest.mark.parametrize(("duration", "slices"), [(10, 0), (10, -1), (10, 11), (0, 1), (-5, 1)])
def test_a_duration_is_cut_into_one_slice_at_least_and_no_finer_than_its_unit(duration: int, slices: int) -> None:
    with pytest.raises(ValueError, match=f"^{duration} ns cannot be cut into {slices} slices$"):
        even(duration, slices)
    with pytest.raises(ValueError, match=f"^{duration} ns cannot be cut into {slices} slices$"):
        by_volume([(0, D(1)), (HOUR, D(1))], 5, 5 + duration, slices)


# -- VWAP ------------------------------------------------------------------------------------------------------------

MORNING = [(9 * HOUR, D(600)), (10 * HOUR, D(100)), (11 * HOUR, D(300))]


def test_slices_are_as_large_as_the_volume_in_them() -> None:
    assert by_volume(MORNING, 9 * HOUR, 12 * HOUR, 3) == ((0, D("0.6")), (HOUR, D("0.7")), (2 * HOUR, D(1)))


def test_part_of_a_bucket_counts_for_its_part() -> None:
    """From half past nine: 300, 50 of ten to eleven by half past, 50 more, and a half of the last."""
    start, end = 9 * HOUR + HOUR // 2, 11 * HOUR + HOUR // 2
    wanted = (
        (0, D("0.545454545455")),
        (HOUR // 2, D("0.636363636364")),
        (HOUR, D("0.727272727273")),
        (3 * HOUR // 2, D(1)),
    )
    assert by_volume(MORNING, start, end, 4) == wanted


def test_outside_of_the_curve_nothing_trades() -> None:
    assert by_volume(MORNING, 8 * HOUR, 14 * HOUR, 3) == ((0, D("0.6")), (2 * HOUR, D(1)), (4 * HOUR, D(1)))


@given(curves(), st.integers(0, 24 * HOUR), st.integers(1, 24 * HOUR), st.integers(1, 20))
def test_every_slice_is_the_part_of_the_volume_up_to_its_end(
    curve: list[Bucket], start: int, duration: int, slices: int
) -> None:
    slices = min(slices, duration)
    whole = _volume(curve, start, start + duration)
    if not whole:
        with pytest.raises(ValueError, match=f"^the volume curve is empty between {start} and {start + duration} ns"):
            by_volume(curve, start, start + duration, slices)
        return
    profile = by_volume(curve, start, start + duration, slices)
    assert _holds(profile)
    assert [offset for offset, _ in profile] == [duration * n // slices for n in range(slices)]
    ends = [offset for offset, _ in profile[1:]] + [duration]
    for (_, fraction), end in zip(profile, ends, strict=True):
        assert 0 <= Fraction(fraction) - _volume(curve, start, start + end) / whole < GRAIN


@pytest.mark.parametrize(
    ("curve", "sentence"),
    [
        ([], "^a volume curve needs two buckets or more, not 0: "),
        ([(0, D(5))], "^a volume curve needs two buckets or more, not 1: "),
        ([(0, D(0)), (HOUR, D(0))], f"^the volume curve is empty between 0 and {HOUR} ns of the day$"),
        ([(HOUR, D(1)), (HOUR, D(1))], "^the buckets of a volume curve must rise in time"),
        ([(HOUR, D(1)), (0, D(1))], "^the buckets of a volume curve must rise in time"),
        ([(0, D(2)), (HOUR, D(-1))], "no volume may be below zero$"),
    ],
)
def test_a_curve_that_is_none_is_refused_in_a_sentence(curve: list[Bucket], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        by_volume(curve, 0, HOUR, 2)


# -- what days teach -------------------------------------------------------------------------------------------------


def test_a_busy_day_counts_no_more_than_a_quiet_one() -> None:
    days = [[(0, D(3)), (HOUR, D(1))], [(0, D(1_000)), (HOUR, D(3_000))], [(0, D(0)), (HOUR, D(0))], []]
    assert learned(days) == ((0, D("0.5")), (HOUR, D("0.5")))


def test_a_bucket_that_a_day_lacks_counts_as_nothing() -> None:
    assert learned([[(HOUR, D(1))], [(0, D(1)), (HOUR, D(1))]]) == ((0, D("0.25")), (HOUR, D("0.75")))


@given(st.lists(curves(), min_size=1, max_size=4).filter(lambda days: any(v for day in days for _, v in day)))
def test_the_mean_of_days_is_a_curve_that_adds_up_to_one(days: list[list[Bucket]]) -> None:
    curve = learned(days)
    assert sum(volume for _, volume in curve) == 1
    assert [begin for begin, _ in curve] == sorted(
        {begin for day in days if any(v for _, v in day) for begin, _ in day}
    )
    shapes = [{begin: Fraction(v) for begin, v in day} for day in days if any(v for _, v in day)]
    for begin, volume in curve:
        parts = [shape.get(begin, Fraction(0)) / sum(shape.values(), Fraction(0)) for shape in shapes]
        assert abs(Fraction(volume) - sum(parts, Fraction(0)) / len(parts)) < GRAIN


@pytest.mark.parametrize("days", [[], [[]], [[(0, D(0)), (HOUR, D(0))]]])
def test_from_no_volume_nothing_is_learned(days: list[list[Bucket]]) -> None:
    with pytest.raises(ValueError, match=r"^there is no day with any volume to learn a curve from$"):
        learned(days)


# -- implementation shortfall ----------------------------------------------------------------------------------------


def test_a_trajectory_is_followed_step_by_step() -> None:
    solved = holdings(1e6, 5, 5, 0.95, 2.5e-6, 2.5e-7, 0.0625, 1e-6)
    profile = front_loaded(solved, 5 * HOUR)
    assert [offset for offset, _ in profile] == [0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
    assert [f"{fraction:.7f}" for _, fraction in profile] == [
        "0.4580444",
        "0.7101458",
        "0.8521025",
        "0.9378582",
        "1.0000000",
    ]
    assert profile[-1][1] == 1


@given(st.sampled_from([0.0, 1e-7, 1e-6, 1e-4, 1e30]), st.integers(1, 50), st.floats(0.01, 1e12))
def test_every_trajectory_makes_a_profile_ahead_of_the_even_one(aversion: float, steps: int, total: float) -> None:
    profile = front_loaded(holdings(total, 5, steps, 0.95, 2.5e-6, 2.5e-7, 0.0625, aversion), HOUR)
    assert _holds(profile)
    for (offset, fraction), (even_offset, even_fraction) in zip(profile, even(HOUR, steps), strict=True):
        assert offset == even_offset
        assert fraction >= even_fraction - 2 * D(1).scaleb(-12)


def test_more_steps_than_nanoseconds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^1 ns cannot be cut into 2 slices$"):
        front_loaded(Trajectory((2.0, 1.0, 0.0), 0, 0, 0), 1)


# -- jitter ----------------------------------------------------------------------------------------------------------


@given(profiles(), st.integers(), SIZES, TIMES)
def test_jitter_keeps_to_its_bounds_and_the_profile_a_profile(
    profile: Profile, seed: int, size: Decimal, time: Decimal
) -> None:
    moved = jittered(profile, seed, size, time)
    assert _holds(moved)
    assert (len(moved), moved[-1]) == (len(profile), profile[-1])
    was, now = [Fraction(0)], [Fraction(0)]
    was += [Fraction(fraction) for _, fraction in profile]
    now += [Fraction(fraction) for _, fraction in moved]
    for before, after in zip(pairwise(was), pairwise(now), strict=True):
        slice_before, slice_after = before[1] - before[0], after[1] - after[0]
        assert abs(slice_after - slice_before) <= Fraction(size) * slice_before
    edges = [0, *(offset for offset, _ in profile)]
    for (early, offset, late), (other, _) in zip(zip(edges, edges[1:], edges[2:], strict=False), moved, strict=False):
        assert time * (early - offset) <= other - offset <= time * (late - offset)


@given(profiles(), st.integers())
def test_without_bounds_to_move_in_nothing_moves(profile: Profile, seed: int) -> None:
    assert jittered(profile, seed, D(0), D(0)) == profile


def test_a_seed_is_drawn_the_same_on_every_machine_for_ever() -> None:
    """What is on record must come out again: these figures may never change."""
    assert [drawn(7, 0), drawn(7, 1)] == [11512792577066536153, 7651910736988481393]
    assert drawn(-7, 0) == 6346803029050357066
    assert jittered(even(4 * HOUR, 4), 7, D("0.2"), D("0.25")) == (
        (36988481393, D("0.252066536153")),
        (2789383785229, D("0.509357599003")),
        (7861034001101, D("0.734570670267")),
        (10800000000000, D(1)),
    )


def test_different_seeds_differ_in_size_and_in_time() -> None:
    profile = even(8 * HOUR, 40)
    sizes = {tuple(f for _, f in jittered(profile, seed, D("0.1"), D(0))) for seed in range(200)}
    times = {tuple(o for o, _ in jittered(profile, seed, D(0), D("0.1"))) for seed in range(200)}
    assert (len(sizes), len(times)) == (200, 200)


def test_jitter_uses_the_room_it_has_and_leans_to_no_side() -> None:
    """Over 400 seeds of 40 slices: a cut reaches near both ends of its room, and the mean stays near the middle."""
    profile = even(40 * HOUR, 40)
    changed, delayed = [], []
    for seed in range(400):
        moved = jittered(profile, seed, D("0.5"), D("0.5"))
        changed += [float((now - was) * 40) for (_, was), (_, now) in zip(profile[:-1], moved, strict=False)]
        delayed += [(now - was) / HOUR for (was, _), (now, _) in zip(profile[1:-1], moved[1:], strict=False)]
    assert [min(changed), max(changed)] == pytest.approx([-0.25, 0.25], abs=0.01)
    assert [min(delayed), max(delayed)] == pytest.approx([-0.5, 0.5], abs=0.01)
    assert sum(changed) / len(changed) == pytest.approx(0, abs=0.01)
    assert sum(delayed) / len(delayed) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(("size", "time"), [("-0.1", "0"), ("1.1", "0"), ("0", "-0.1"), ("0", "0.51")])
def test_more_room_than_there_is_between_two_slices_is_refused(size: str, time: str) -> None:
    with pytest.raises(ValueError, match=f"^slices can be jittered by .*, not by {size} and {time}$"):
        jittered(even(HOUR, 2), 0, D(size), D(time))
