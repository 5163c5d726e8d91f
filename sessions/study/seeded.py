"""A market made from a seed: one price that wanders, quotes around it at each venue, and trades that take from them.

The price is a random walk in equal steps of time. Each venue quotes it with an error of its own that fades, so that
quotes move together and not quite: best bid and offer are `spread` ticks apart, with `levels` of them on each side.
Trades come at random times (Poisson), of sizes drawn from an exponential distribution, from both sides alike; at a
venue with informed flow a part of them knows where the price will be `lead` later and trades that way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import NamedTuple

from engine.market.book import Level
from fix.business import ZERO
from fix.enums import Side
from sessions.study.tape import Moment, Shown, Tape, Traded, ordered

SECOND = 1_000_000_000
FADES = 0.9  # of a venue's error stays after a step
REFRESH = 0.2  # of the levels have another size after a step


class Walk(NamedTuple):
    """The price. `length` and `every` in ns; `volatility` is the standard deviation over a second, as a fraction."""

    begin: int
    length: int
    every: int
    mid: float
    volatility: float


class Quotes(NamedTuple):
    """A venue's market. Sizes in venue units: `size` at a level and `trade_size` of a trade, in the mean.

    `trades` per second; `error` is the standard deviation of the quotes' own error, as a fraction. Of the trades a part
    `informed` knows the price `lead` ns later.
    """

    venue: str
    tick: Decimal
    lot: Decimal
    spread: int
    levels: int
    size: Decimal
    trades: float
    trade_size: Decimal
    error: float
    informed: float
    lead: int


def seeded(seed: int, walk: Walk, venues: Sequence[Quotes]) -> Tape:
    """The same for the same arguments. A venue more does not change the others."""
    prices = _prices(Random(f"{seed} price"), walk)  # noqa: S311  a market, not a secret
    return ordered(moment for quotes in venues for moment in _Venue(seed, walk, quotes, prices).moments())


def _prices(random: Random, walk: Walk) -> list[float]:
    steps, step = walk.length // walk.every, walk.volatility * math.sqrt(walk.every / SECOND)
    prices = [walk.mid]
    for _ in range(steps):
        prices.append(prices[-1] * math.exp(step * random.gauss(0, 1)))
    return prices


class _Venue:
    def __init__(self, seed: int, walk: Walk, quotes: Quotes, prices: Sequence[float]) -> None:
        self._random = Random(f"{seed} venue {quotes.venue}")  # noqa: S311  the same
        self._walk, self._quotes, self._prices = walk, quotes, prices
        self._sizes: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def moments(self) -> Iterator[Moment]:
        error, quotes, walk = 0.0, self._quotes, self._walk
        for step, price in enumerate(self._prices):
            at = walk.begin + step * walk.every
            fresh = quotes.error * math.sqrt(1 - FADES**2) * self._random.gauss(0, 1)
            error = FADES * error + fresh
            bids, offers = self._moved(price * (1 + error))
            yield Shown(at, quotes.venue, bids, offers, snapshot=not step)
            for instant in self._arrivals(at):
                yield from self._trade(instant, step)

    def _moved(self, fair: float) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """What changes when the quotes go there: first what leaves the ladder, then what is in it."""
        tick, quotes = self._quotes.tick, self._quotes
        bid = max(math.floor(fair / float(tick) - quotes.spread / 2 + 0.5), quotes.levels) * tick
        best = {Side.BUY: bid, Side.SELL: bid + quotes.spread * tick}
        changes = []
        for side, sizes in self._sizes.items():
            ladder = [best[side] - side.sign * tick * n for n in range(quotes.levels)]
            gone = [price for price in sizes if price not in ladder]
            fresh = [p for p in ladder if p not in sizes or self._random.random() < REFRESH]
            changed = [(price, ZERO) for price in gone] + [(price, self._size()) for price in fresh]
            for price in gone:
                del sizes[price]
            sizes.update(changed[len(gone) :])
            changes.append(tuple(changed))
        return changes[0], changes[1]

    def _size(self) -> Decimal:
        return self._lots(float(self._quotes.size) * self._random.uniform(0.5, 1.5))

    def _lots(self, qty: float) -> Decimal:
        """At least one."""
        lot = self._quotes.lot
        return max(round(qty / float(lot)), 1) * lot

    def _arrivals(self, at: int) -> list[int]:
        """When trades come before the next step."""
        found, instant, quotes = [], float(at), self._quotes
        while quotes.trades:
            instant += self._random.expovariate(quotes.trades) * SECOND
            if instant >= at + self._walk.every:
                break
            found.append(int(instant))
        return found

    def _trade(self, at: int, step: int) -> Iterator[Moment]:
        """Takes level by level what it wants, as far as there is anything."""
        side = self._side(step)
        resting = Side.SELL if side is Side.BUY else Side.BUY
        sizes = self._sizes[resting]
        left = self._lots(self._random.expovariate(1 / float(self._quotes.trade_size)))
        for price in sorted(sizes, reverse=resting is Side.BUY):
            if not left:
                break
            qty = min(left, sizes[price])
            left -= qty
            sizes[price] -= qty
            yield Traded(at, self._quotes.venue, side, qty, price)
            changed = ((price, sizes[price]),)
            bids, offers = (changed, ()) if resting is Side.BUY else ((), changed)
            yield Shown(at, self._quotes.venue, bids, offers)
            if not sizes[price]:
                del sizes[price]

    def _side(self, step: int) -> Side:
        quotes, prices = self._quotes, self._prices
        chance, informed = self._random.random(), self._random.random() < quotes.informed
        later = prices[min(step + quotes.lead // self._walk.every, len(prices) - 1)]
        if informed and later != prices[step]:
            return Side.BUY if later > prices[step] else Side.SELL
        return Side.BUY if chance < 0.5 else Side.SELL
