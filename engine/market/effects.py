"""What routing makes of the scorecards: a change of a venue's rebate and of what is expected to fill, within bounds.

Only what sets a venue apart counts: its markout less the mean over all venues, so that a market that runs against all
of them moves none. What is in use is a *generation*, made from what was learned by then. A new one follows no sooner
than a period after, differs from the one before by no more than a step, and may be taken back.

A venue that is avoided brings no new samples: those it has fade, its figures go back to those of its parent, and it is
tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from engine.market.samples import spell
from engine.market.scorecards import ANY, FILL_RATE, REJECT_RATE, Key, Scorecards
from fix.business import ZERO
from fix.enums import OrdType, Side

ONE = Decimal(1)
PLACES = Decimal("0.000001")  # of every effect: a hundredth of a basis point


class Bounds(NamedTuple):
    """How far an effect may go.

    `rebate` up and down, as a fraction of the price; the multiplier of fills from `fill_low` to `fill_high`. A venue of
    which more than `reject_max` (0 to 1) is rejected, out of `min_samples` or more, gets nothing.
    """

    rebate: Decimal
    fill_low: Decimal
    fill_high: Decimal
    reject_max: Decimal
    min_samples: int


class Pace(NamedTuple):
    """`period` in ns between generations; the most by which one may move a rebate and a multiplier, in whole PLACES."""

    period: int
    rebate: Decimal
    fill: Decimal


class Effect(NamedTuple):
    """`rebate` is to be added to the venue's own, a fraction of the price; what is expected to fill is times `fill`."""

    rebate: Decimal
    fill: Decimal
    eligible: bool
    reason: str


class Generation(NamedTuple):
    """`parameters` as `written` gives them; numbers are never used twice."""

    number: int
    at: int
    parameters: Mapping[str, Mapping[str, object]]


class _Means(NamedTuple):
    """Over all venues, of one symbol, side and type."""

    markout: float
    fill_rate: float
    venues: int


NEUTRAL = Effect(ZERO, ONE, eligible=True, reason="nothing was learned of it")


def effects(cards: Scorecards, key: Key, bounds: Bounds) -> Effect:
    """What is learned of `key` by now; routing uses what a generation says."""
    return _effect(cards, key, _means(cards, key, _venues(cards.known())), bounds)


def every(cards: Scorecards, bounds: Bounds) -> dict[Key, Effect]:
    """Of all keys that something is known of, in their order."""
    keys = cards.known()
    venues = _venues(keys)
    means: dict[tuple[str, Side, OrdType], _Means] = {}
    found = {}
    for key in keys:
        group = key[1:]
        if group not in means:
            means[group] = _means(cards, key, venues)
        found[key] = _effect(cards, key, means[group], bounds)
    return found


def written(effects: Mapping[Key, Effect]) -> dict[str, dict[str, object]]:
    """For JSON, by "venue|symbol|Side(54)|OrdType(40)", the symbol empty for the venue over all of them."""
    return {
        f"{key.venue}|{key.symbol}|{key.side}|{key.ord_type}": {
            "rebate": f"{effect.rebate:.6f}",
            "fill": f"{effect.fill:.6f}",
            "eligible": effect.eligible,
            "reason": effect.reason,
        }
        for key, effect in effects.items()
    }


def read(parameters: Mapping[str, Mapping[str, Any]]) -> dict[Key, Effect]:
    """What `written` wrote. A venue's name has no bar; a symbol may have one."""
    found = {}
    for text, values in parameters.items():
        venue, rest = text.split("|", 1)
        symbol, side, ord_type = rest.rsplit("|", 2)
        effect = Effect(Decimal(values["rebate"]), Decimal(values["fill"]), values["eligible"], values["reason"])
        found[Key(venue, symbol, Side(side), OrdType(ord_type))] = effect
    return found


class Generations:
    """The effects in use."""

    def __init__(self, cards: Scorecards, bounds: Bounds, pace: Pace) -> None:
        self.current = Generation(0, 0, {})
        self.frozen = False  # by a roll-back
        self._cards = cards
        self._bounds = bounds
        self._pace = pace
        self._before: Generation | None = None
        self._number = 0  # of the last one made, in use or not
        self._made_at = 0
        self._effects: dict[Key, Effect] = {}  # of the current one

    def effect(self, key: Key) -> Effect:
        """In use for `key`: its own, that of its venue over all symbols, or none."""
        return _in(self._effects, key)

    def parameters(self) -> dict[str, dict[str, object]]:
        """What is learned by now, whatever is in use."""
        return written(every(self._cards, self._bounds))

    def renew(self, at: int) -> Generation:
        """The one in use from now on: the same while it is frozen or the last one was made within the period.

        A clock that was set back by more than the period does not prolong it.
        """
        if self.frozen or (self._number and abs(at - self._made_at) < self._pace.period):
            return self.current
        self._number += 1
        self._made_at = at
        stepped = self._stepped(every(self._cards, self._bounds))
        self._before, self.current = self.current, Generation(self._number, at, written(stepped))
        self._effects = stepped
        return self.current

    def roll_back(self) -> Generation | None:
        """Back to the one before, with no new one until `release`. None, and nothing changes, where there is none."""
        if self._before is None:
            return None
        self.current, self._before, self.frozen = self._before, None, True
        self._effects = read(self.current.parameters)
        return self.current

    def release(self) -> None:
        """New ones may follow again, on from the one in use."""
        self.frozen = False

    def described(self) -> dict[str, object]:
        """For JSON; what is learned is described by its scorecards."""
        before = None if self._before is None else self._before._asdict()
        return {
            "current": self.current._asdict(),
            "before": before,
            "number": self._number,
            "made_at": self._made_at,
            "frozen": self.frozen,
        }

    @classmethod
    def restored(cls, cards: Scorecards, bounds: Bounds, pace: Pace, values: Mapping[str, Any]) -> Generations:
        """What `described` wrote."""
        generations = cls(cards, bounds, pace)
        generations.current = Generation(**values["current"])
        generations.frozen = values["frozen"]
        generations._before = None if values["before"] is None else Generation(**values["before"])
        generations._number, generations._made_at = values["number"], values["made_at"]
        generations._effects = read(generations.current.parameters)
        return generations

    def _stepped(self, learned: Mapping[Key, Effect]) -> dict[Key, Effect]:
        """One step on from those in use, for every key: also for one that had, or will have, only its venue's.

        What is no longer known goes back to that of its venue, and then needs no line of its own.
        """
        found: dict[Key, Effect] = {}
        for key in sorted({*learned, *self._effects}):
            default = _in(found, key)  # of its venue, which stands before it
            effect = _step(self.effect(key), learned.get(key, default), self._pace)
            if key in learned or effect[:3] != default[:3]:
                found[key] = effect
        return found


def _in(effects: Mapping[Key, Effect], key: Key) -> Effect:
    return effects.get(key) or effects.get(key.over_symbols, NEUTRAL)


def _step(old: Effect, new: Effect, pace: Pace) -> Effect:
    """Whether a venue is eligible at all is no matter of steps."""
    rebate = old.rebate + _clamped(new.rebate - old.rebate, -pace.rebate, pace.rebate)
    fill = old.fill + _clamped(new.fill - old.fill, -pace.fill, pace.fill)
    if (rebate, fill) == (new.rebate, new.fill):
        return new
    return Effect(rebate, fill, new.eligible, f"{new.reason}; a step towards {_bp(new.rebate)} and x {new.fill:.3f}")


def _venues(keys: Iterable[Key]) -> dict[tuple[Side, OrdType], list[str]]:
    """Those of which something is known for that side and type."""
    found: dict[tuple[Side, OrdType], list[str]] = {}
    for key in keys:
        if key.symbol == ANY:
            found.setdefault((key.side, key.ord_type), []).append(key.venue)
    return found


def _means(cards: Scorecards, key: Key, venues: Mapping[tuple[Side, OrdType], list[str]]) -> _Means:
    """Each venue counts once, with what is known of this symbol there or, for want of it, of the venue."""
    names = sorted({key.venue, *venues.get((key.side, key.ord_type), [])})
    keys = [key._replace(venue=name) for name in names]
    markout = sum(cards.markout(each).value for each in keys) / len(keys)
    fill_rate = sum(cards.figure(each, FILL_RATE).value for each in keys) / len(keys)
    return _Means(markout, fill_rate, len(keys))


def _effect(cards: Scorecards, key: Key, means: _Means, bounds: Bounds) -> Effect:
    markout, filled, rejected = cards.markout(key), cards.figure(key, FILL_RATE), cards.figure(key, REJECT_RATE)
    times = filled.value / means.fill_rate if means.fill_rate else 1.0
    rejects = rejected.samples >= bounds.min_samples and rejected.value > float(bounds.reject_max)
    reason = (
        f"markout after {spell(cards.rules.horizon)} {_bp(markout.value)} by {markout.samples:.1f} fills,"
        f" {_bp(means.markout)} over {means.venues} venues;"
        f" filled {_percent(filled.value)} by {filled.samples:.1f} orders, {_percent(means.fill_rate)} over them;"
        f" rejected {_percent(rejected.value)} of {rejected.samples:.1f}"
    )
    return Effect(
        _rounded(markout.value - means.markout, -bounds.rebate, bounds.rebate),
        _rounded(times, bounds.fill_low, bounds.fill_high),
        not rejects,
        f"{reason}, over the limit of {_percent(bounds.reject_max)}" if rejects else reason,
    )


def _rounded(value: float, low: Decimal, high: Decimal) -> Decimal:
    """Adding zero takes the sign from a zero, so that equal effects are equal text."""
    return _clamped(Decimal(value), low, high).quantize(PLACES) + ZERO


def _clamped(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    return min(max(value, low), high)


def _bp(fraction: float | Decimal) -> str:
    return f"{float(fraction) * 1e4:.2f} bp"


def _percent(fraction: float | Decimal) -> str:
    return f"{float(fraction) * 100:.1f} %"
