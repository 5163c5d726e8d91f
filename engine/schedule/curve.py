"""Profiles: which part of a parent may be out, by the time that has passed since its start.

A slice goes out when its interval begins, for it takes the interval to trade it: at each offset stands the part that is
to be done by the next one, and the last slice has its interval still before it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import accumulate, pairwise

from engine.schedule.almgren import Trajectory
from fix.business import ZERO

Profile = tuple[tuple[int, Decimal], ...]  # (offset ns ≥ 0 strictly rising, cumulative fraction); the last is exactly 1
Bucket = tuple[int, Decimal]  # (begin ns of the day, volume); up to the next, the last as long as the one before

PLACES = 12  # of a fraction
GRAIN = Decimal(1).scaleb(-PLACES)
ONE = Decimal(1)
HALF = Decimal("0.5")


def even(duration: int, slices: int) -> Profile:
    """TWAP: equal slices at equal distances within `duration` ns. ValueError unless 1 ≤ slices ≤ duration."""
    return tuple((at, _up(Fraction(n, slices))) for n, at in enumerate(_offsets(duration, slices), start=1))


def by_volume(buckets: Sequence[Bucket], start: int, end: int, slices: int) -> Profile:
    """VWAP: slices at equal distances from `start` to `end` (ns of the day), each as large as the volume in it.

    A bucket that is only partly in a slice counts pro rata. ValueError where the curve is none: fewer than two buckets,
    not in order, a volume below zero, or nothing traded between `start` and `end`; and as `even` does.
    """
    offsets = _offsets(end - start, slices)
    ends = [*(start + offset for offset in offsets[1:]), end]
    before, *until = _traded(buckets, [start, *ends])
    if before == until[-1]:
        raise ValueError(f"the volume curve is empty between {start} and {end} ns of the day")
    whole = until[-1] - before
    return tuple((offset, _up((volume - before) / whole)) for offset, volume in zip(offsets, until, strict=True))


def learned(days: Sequence[Sequence[Bucket]]) -> tuple[Bucket, ...]:
    """The mean of several days' curves, each made to add up to 1 first, so that a busy day counts no more than others.

    It adds up to exactly 1. The days share their buckets; one that a day lacks counts as nothing on it, and a day
    without volume is left out. ValueError where none is left.
    """
    totals = [sum((Fraction(volume) for _, volume in day), Fraction(0)) for day in days]
    shapes = [(day, total) for day, total in zip(days, totals, strict=True) if total > 0]
    if not shapes:
        raise ValueError("there is no day with any volume to learn a curve from")
    means: dict[int, Fraction] = defaultdict(Fraction)
    for day, total in shapes:
        for begin, volume in day:
            means[begin] += Fraction(volume) / total / len(shapes)
    begins = sorted(means)
    sums = [ZERO, *map(_up, accumulate(means[begin] for begin in begins))]
    return tuple((begin, after - before) for begin, (before, after) in zip(begins, pairwise(sums), strict=True))


def front_loaded(trajectory: Trajectory, duration: int) -> Profile:
    """Implementation shortfall: the trajectory's steps over `duration` ns. ValueError as `even` does."""
    total, *left = map(Fraction, trajectory.holdings)
    offsets = _offsets(duration, len(left))
    return tuple((offset, _up(1 - held / total)) for offset, held in zip(offsets, left, strict=True))


def jittered(profile: Profile, seed: int, size: Decimal, time: Decimal) -> Profile:
    """Less regular, so that nobody can tell the next slice from the last: a function of the seed alone.

    No slice grows or shrinks by more than `size` of itself (0..1), none moves by more than `time` (0..1/2) of the
    interval that it moves into. The last offset stays. ValueError beyond these bounds.
    """
    if not (ZERO <= size <= ONE and ZERO <= time <= HALF):
        raise ValueError(f"slices can be jittered by 0..1 in size and 0..0.5 in time, not by {size} and {time}")
    found = []
    around = zip([(0, ZERO), *profile], profile, profile[1:], strict=False)
    for number, ((before, done), (offset, fraction), (after, next_done)) in enumerate(around):
        # The cut between two slices moves; half of what the smaller one may change, for its other cut moves as well.
        reach = int(size * min(fraction - done, next_done - fraction) / 2 / GRAIN)
        moved = fraction + _between(seed, 2 * number, -reach, reach) * GRAIN
        early, late = int(time * (offset - before)), int(time * (after - offset))
        found.append((offset + _between(seed, 2 * number + 1, -early, late), moved))
    return (*found, profile[-1])


def drawn(seed: int, number: int) -> int:
    """64 bits that look random: the `number`th of this seed, the same on every machine."""
    return int.from_bytes(sha256(f"{seed} {number}".encode()).digest()[:8], "big")


def _between(seed: int, number: int, low: int, high: int) -> int:
    """Drawn from low ≤ n < high; `low` where they are the same."""
    return low + drawn(seed, number) % max(high - low, 1)


def _offsets(duration: int, slices: int) -> list[int]:
    if not 1 <= slices <= duration:
        raise ValueError(f"{duration} ns cannot be cut into {slices} slices")
    return [duration * n // slices for n in range(slices)]


def _up(fraction: Fraction) -> Decimal:
    """Rounded up: a third of 300 is 100, and must not become 99.99… that a lot of 100 makes nothing of."""
    return Decimal(math.ceil(fraction * 10**PLACES)).scaleb(-PLACES).normalize()


def _traded(buckets: Sequence[Bucket], instants: Sequence[int]) -> list[Fraction]:
    """Volume from the beginning of the day to each of `instants`."""
    if len(buckets) < 2:
        raise ValueError(f"a volume curve needs two buckets or more, not {len(buckets)}: it would be empty or endless")
    begins = [begin for begin, _ in buckets]
    if any(after <= before for before, after in pairwise(begins)) or any(volume < 0 for _, volume in buckets):
        raise ValueError("the buckets of a volume curve must rise in time, and no volume may be below zero")
    begins.append(2 * begins[-1] - begins[-2])
    sums = list(accumulate((Fraction(volume) for _, volume in buckets), initial=Fraction(0)))
    found = []
    for instant in instants:
        at = min(max(instant, begins[0]), begins[-1])
        place = min(bisect_right(begins, at), len(buckets)) - 1
        part = Fraction(at - begins[place], begins[place + 1] - begins[place])
        found.append(sums[place] + part * (sums[place + 1] - sums[place]))
    return found
