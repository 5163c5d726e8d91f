"""How fast a venue is found out whose fills are followed by moves against us, and how still the honest ones stand.

Three venues are filled in turn, every ten seconds on either side. The midpoint after each fill is random with a
deviation of 5 bp at the horizon; at the toxic venue it runs against us by 4 bp on average. Rebates may change by 2 bp.
"""

from __future__ import annotations

import random
import statistics
from decimal import Decimal

import pytest

from engine.market.effects import Bounds, effects
from engine.market.scorecards import SECOND, Key, Rules, Scorecards
from fix.enums import OrdType, Side

D = Decimal
DAY = 86_400 * SECOND
BOUNDS = Bounds(rebate=D("0.0002"), fill_low=D("0.5"), fill_high=D("1.5"), reject_max=D("0.05"), min_samples=10)
HALF = BOUNDS.rebate / 2
VENUES = ("HONEST", "TOXIC", "OTHER")


def learn(seed: int, rounds: int, side: Side, against: float = 4.0) -> list[dict[str, Decimal]]:
    """The change of each venue's rebate after each round, in which every venue has one more fill."""
    dice, cards, now, mid = random.Random(seed), Scorecards(Rules(DAY)), 20_000 * DAY, 100.0
    keys = [Key(venue, "ACME", side, OrdType.LIMIT) for venue in VENUES]
    seen = []
    for _ in range(rounds):
        for key in keys:
            cards.moved("ACME", now, D(mid).quantize(D("0.0001")))
            cards.filled(key, now, D(100), D(mid).quantize(D("0.0001")), None, D(0))
            mid *= 1 + dice.gauss(-against * side.sign if key.venue == "TOXIC" else 0.0, 5.0) / 1e4
            cards.moved("ACME", now + 5 * SECOND, D(mid).quantize(D("0.0001")))
            now += 10 * SECOND
        seen.append({key.venue: effects(cards, key, BOUNDS).rebate for key in keys})
    return seen


# Over 150 seeds on either side: half of them after 13 fills, 95 of 100 after 29, the last after 62.
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_venue_that_is_followed_by_moves_against_us_soon_has_half_its_floor(side: Side) -> None:
    runs = [[change["TOXIC"] <= -HALF for change in learn(seed, 80, side)] for seed in range(15)]
    assert statistics.median(run.index(True) + 1 for run in runs) <= 20
    assert [run[-1] for run in runs] == [True] * 15


# Over 150 seeds on either side, of 900 honest venues nine in ten are off by less than 0.56 bp, the worst by 0.92 bp.
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_honest_venues_stay_within_noise(side: Side) -> None:
    off = [abs(change) for seed in range(10) for change in learn(seed, 120, side, against=0.0)[-1].values()]
    assert max(off) < HALF
    assert statistics.median(off) < BOUNDS.rebate / 5


def test_beside_a_toxic_venue_the_honest_ones_do_not_look_worse() -> None:
    last = [learn(seed, 60, Side.BUY)[-1] for seed in range(10)]
    assert min(min(change["HONEST"], change["OTHER"]) for change in last) > -BOUNDS.rebate / 10
