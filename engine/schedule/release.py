"""How much of a parent may be out by now: executed and working, cumulative.

The caller sends max(due - cum - working, 0). What a venue or a cap held back is therefore due as soon as it may be, and
after an amendment the same rules hold for the new quantity: where more is out than is due, nothing is sent.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from engine.schedule.curve import Profile, drawn
from fix.business import ZERO


class Situation(NamedTuple):
    """Of one parent at `now` (ns since the epoch, UTC). All quantities in parent units.

    `cum` is executed and `working` is at venues; `market_volume` has traded since the start, ours with it; `quantum` is
    the smallest quantity that any venue takes, above 0.
    """

    now: int
    order_qty: Decimal
    cum: Decimal
    working: Decimal
    market_volume: Decimal
    quantum: Decimal


@dataclass(frozen=True, slots=True)
class Timed:
    """TWAP, VWAP and implementation shortfall: `profile` from `start`, and everything at `end` (ns since the epoch).

    Before the end no more than the fraction `participation` of the market's volume, ours with it; None is no cap.
    """

    start: int
    profile: Profile
    end: int
    participation: Decimal | None = None

    def due(self, at: Situation) -> Decimal:
        """What may have been sent by now, executed or working, in parent units: 0..order_qty."""
        if at.now >= self.end:
            return at.order_qty
        passed = bisect_right(self.profile, at.now - self.start, key=itemgetter(0))
        if not passed:
            return ZERO
        target = self.profile[passed - 1][1] * at.order_qty
        if self.participation is not None:
            target = min(target, self.participation * at.market_volume)
        return _released(target, at, last=at.quantum)

    @property
    def until(self) -> int | None:
        """From when everything is due; None where time alone never brings that."""
        return self.end


@dataclass(frozen=True, slots=True)
class Participating:
    """POV: the fraction `rate` of the market's volume since `start`, ours with it; everything at `end`, if any."""

    start: int
    end: int | None
    rate: Decimal

    def due(self, at: Situation) -> Decimal:
        """As of Timed."""
        if self.end is not None and at.now >= self.end:
            return at.order_qty
        if at.now < self.start:
            return ZERO
        return _released(self.rate * at.market_volume, at, last=at.quantum)

    @property
    def until(self) -> int | None:
        """As of Timed."""
        return self.end


@dataclass(frozen=True, slots=True)
class Shown:
    """Iceberg: never more than `display` at venues, MaxFloor(111), and topped up after each fill, as
    DisplayWhen(1083)=1 has it.

    With `low` it is topped up to what is drawn from low..display, anew each time another `low` is executed: by what
    is executed and the seed alone, so that a restart shows the same. Nothing is due where `display` is below the
    quantum, unless it is all that is left: no venue takes so little.
    """

    display: Decimal
    low: Decimal | None
    seed: int

    def due(self, at: Situation) -> Decimal:
        """As of Timed. The last display takes the dust with it where the smallest that may be drawn has room for it."""
        least = self.display if self.low is None else self.low
        last = at.quantum if least >= 2 * at.quantum else ZERO
        return _released(at.cum + self._display(at), at, last)

    @property
    def until(self) -> int | None:
        """As of Timed."""
        return None

    def _display(self, at: Situation) -> Decimal:
        if self.low is None:
            return self.display
        least, most = max(math.ceil(self.low / at.quantum), 1), int(self.display / at.quantum)
        if least >= most:
            return self.display
        refresh = int(at.cum / at.quantum) // least
        return at.quantum * (least + drawn(self.seed, refresh) % (most - least + 1))


Release = Timed | Participating | Shown
KINDS: Mapping[str, type[Release]] = {"timed": Timed, "participating": Participating, "shown": Shown}


def described(release: Release) -> dict[str, object]:
    """What JSON can hold, decimals as text."""
    kind = next(name for name, kind in KINDS.items() if isinstance(release, kind))
    return {"kind": kind} | {each.name: _written(getattr(release, each.name)) for each in fields(release)}


def restored(values: Mapping[str, Any]) -> Release:
    """What `described` wrote."""
    return KINDS[values["kind"]](**{name: _read(value) for name, value in values.items() if name != "kind"})


def _released(target: Decimal, at: Situation, last: Decimal) -> Decimal:
    """At most `target`, so that what goes now is whole quanta; all of it as soon as the target reaches it.

    Until then `last` is kept back, so that the last slice is one that a venue takes: what is left over by then is
    below a quantum and goes with it. Whole beyond what is out, and not from 0: after a part of 37 that the venue ended,
    a slice of 63 would be no better than one of 37.
    """
    if target >= at.order_qty:
        return at.order_qty
    out = at.cum + at.working
    most = min(target, at.order_qty - last)
    base = out if out < most else ZERO
    return base + (most - base) // at.quantum * at.quantum  # cut towards 0, also where all is below `last`


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return [[offset, str(fraction)] for offset, fraction in value]
    return str(value) if isinstance(value, Decimal) else value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple((offset, Decimal(fraction)) for offset, fraction in value)
    return Decimal(value) if isinstance(value, str) else value
