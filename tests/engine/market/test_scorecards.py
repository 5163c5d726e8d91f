"""Every figure by hand: its sign for a buy and a sell, its weight as it ages, and what it is drawn towards."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from engine.market.scorecards import (
    ANY,
    EFFECTIVE,
    FADE,
    FEES,
    FILL_RATE,
    HORIZONS,
    KEYS,
    LATENCIES,
    PENDING,
    REALISED,
    REJECT_RATE,
    SECOND,
    SYMBOLS,
    Figure,
    Key,
    Rules,
    Score,
    Scorecards,
)
from fix.enums import OrdType, Side

D = Decimal
MS = SECOND // 1000
HOUR = 3600 * SECOND
NOON = 500_000 * HOUR
BUY = Key("ALPHA", "ACME", Side.BUY, OrdType.LIMIT)
SELL = BUY._replace(side=Side.SELL)
BOTH = pytest.mark.parametrize(("key", "s"), [(BUY, 1), (SELL, -1), (BUY._replace(side=Side.SELL_SHORT), -1)])
NOTHING = Figure(0.0, 0.0)


class Day:
    """Scorecards and a clock: everything happens now, and `later` makes it later. Without `pseudo` nothing is shrunk."""

    def __init__(self, pseudo: int = 0, half_life: int = HOUR, horizon: int = 5 * SECOND) -> None:
        self.cards = Scorecards(Rules(half_life, horizon, pseudo))
        self.now = NOON

    def later(self, ns: int) -> Day:
        self.now += ns
        return self

    def fills(self, px: str, mid: str | None = "100", key: Key = BUY, qty: str = "10", fee: str = "0") -> Day:
        self.cards.filled(key, self.now, D(qty), D(px), None if mid is None else D(mid), D(fee))
        return self

    def moves(self, mid: str, symbol: str = "ACME") -> Day:
        self.cards.moved(symbol, self.now, D(mid))
        return self

    def sends(self, qty: str, displayed: str, key: Key = BUY) -> Day:
        self.cards.sent(key, self.now, D(qty), D(displayed))
        return self

    def ends(self, sent: str, filled: str, key: Key = BUY) -> Day:
        self.cards.ended(key, self.now, D(sent), D(filled))
        return self

    def says(self, index: int, key: Key = BUY) -> Figure:
        return self.cards.figure(key, index)

    def markouts(self, key: Key = BUY) -> list[float]:
        """Those measured, in basis points."""
        return [round(each.value * 1e4, 6) for each in self.cards.estimate(key).markouts if each.samples]


def about(value: float, samples: float = 1.0) -> Any:
    return pytest.approx((value, samples), rel=1e-12, abs=1e-15)


# -- signs -------------------------------------------------------------------------------------------------------------


@BOTH
def test_the_effective_spread_is_what_was_paid_over_the_midpoint_twice(key: Key, s: int) -> None:
    dear, cheap = ("101", "99") if s > 0 else ("99", "101")
    assert Day().fills(dear, key=key).says(EFFECTIVE, key) == about(0.02)
    assert Day().fills(cheap, key=key).says(EFFECTIVE, key) == about(-0.02)
    assert Day().fills("101", "100").fills("100", "100").says(EFFECTIVE) == about(0.01, 2)


@BOTH
def test_a_markout_is_good_when_the_midpoint_goes_our_way(key: Key, s: int) -> None:
    day = Day().fills("100", key=key)
    for delay, mid in zip(HORIZONS, ["101", "102", "103", "104", "105", "106"], strict=True):
        day.later(NOON + delay - day.now).moves(mid)
    assert day.markouts(key) == [s * bp for bp in (100, 200, 300, 400, 500, 600)]


@BOTH
def test_the_realised_spread_is_measured_against_the_midpoint_at_the_horizon(key: Key, s: int) -> None:
    day = Day(horizon=10 * SECOND).fills("101", "100", key)
    assert day.later(5 * SECOND).moves("90").says(REALISED, key) == NOTHING
    assert day.later(5 * SECOND).moves("125").says(REALISED, key) == about(2 * s * (101 - 125) / 125)
    assert day.cards.markout(key) == about(s * (125 - 101) / 101)


@BOTH
def test_a_reversion_is_a_price_that_comes_back_after_the_parent(key: Key, s: int) -> None:
    day = Day()
    day.cards.parent_ended("ACME", key.side, day.now, D(80), D(100))
    day.later(60 * SECOND - 1).moves(str(100 - 5 * s))
    assert day.cards.estimate(key).reversion == NOTHING
    day.later(1).moves(str(100 - 2 * s))
    assert day.cards.estimate(key).reversion == about(2 / 80)
    other = key._replace(side=Side.SELL if s > 0 else Side.BUY)
    assert day.cards.estimate(other).reversion == NOTHING
    of_others = day.cards.estimate(key._replace(venue="BETA", symbol="OTHER")).reversion
    assert of_others == about(2 / 80, 0), "that of all symbols, for want of its own"


@BOTH
def test_fees_are_basis_points_of_the_value_and_a_rebate_is_negative(key: Key, s: int) -> None:
    del s
    day = Day().fills("100", qty="30", fee="0.9", key=key)
    assert day.says(FEES, key) == about(3)
    assert day.fills("100", qty="10", fee="-2.1", key=key).says(FEES, key) == about(-3, 2)


# -- which midpoint ----------------------------------------------------------------------------------------------------


def test_the_midpoint_in_force_when_a_markout_was_due_counts() -> None:
    day = Day().fills("100").later(50 * MS).moves("101").later(10 * SECOND).moves("150")
    assert day.markouts() == [100, 100, 100, 100]
    assert day.later(HOUR).moves("200").markouts() == [100, 100, 100, 100, 5000, 5000]


def test_one_that_comes_at_that_very_instant_is_in_force() -> None:
    day = Day().fills("100").later(SECOND // 10 - 1).moves("101")
    assert day.markouts() == []
    assert day.later(1).moves("102").moves("103").markouts() == [200]


def test_before_any_was_told_that_of_the_fill_is_in_force_or_else_the_first() -> None:
    assert Day().fills("100", "102").later(SECOND).moves("105").markouts() == [200, 500]
    assert Day().fills("100", None).later(SECOND).moves("105").markouts() == [500, 500]
    assert Day().fills("100", None).fills("100", "101").later(2 * SECOND).moves("105").markouts() == [100, 100]
    told = Day().fills("100", "101").later(MS).moves("102").fills("100", "50").later(SECOND).moves("51")
    assert told.markouts() == [200, (200 - 4900) / 2], "what was told stands"


def test_without_a_midpoint_there_is_no_spread() -> None:
    day = Day().fills("100", None).fills("100", "0").moves("0").later(SECOND).moves("-1")
    assert (day.says(EFFECTIVE), day.markouts()) == (NOTHING, [])


def test_what_costs_nothing_has_no_relative_figures() -> None:
    day = Day().fills("0").fills("-1").fills("100", qty="0")
    day.cards.parent_ended("ACME", Side.BUY, day.now, D(0), D(100))
    day.later(60 * SECOND).moves("100")
    assert day.cards.known() == []
    assert day.cards.estimate(BUY) == Day().cards.estimate(BUY)


def test_a_symbol_that_nobody_traded_leaves_no_trace_but_the_time() -> None:
    moved, other = Day().moves("100"), Day()
    other.cards.moved("OTHER", NOON, D(1))
    assert moved.cards.described() == other.cards.described()


# -- rates -------------------------------------------------------------------------------------------------------------


def test_the_fill_rate_is_of_quantity() -> None:
    day = Day().ends("100", "100").ends("300", "0").ends("0", "0")
    assert day.says(FILL_RATE) == about(0.25, 2)


def test_the_reject_rate_is_of_answers() -> None:
    day = Day().sends("1", "0")
    for rejected in (False, True, False, False):
        day.cards.answered(BUY, MS, rejected=rejected)
    assert day.says(REJECT_RATE) == about(0.25, 4)


def test_fade_is_what_was_filled_of_what_was_displayed() -> None:
    assert Day().sends("100", "60").fills("100", qty="60").says(FADE) == about(1)
    assert Day().sends("100", "60").fills("100", qty="15").says(FADE) == about(0.25)
    assert Day().sends("40", "60").fills("100", qty="10").fills("100", qty="20").says(FADE) == about(0.75)
    assert Day().sends("100", "60").says(FADE) == about(0)


def test_hidden_quantity_does_not_make_up_for_what_faded_elsewhere() -> None:
    day = Day().sends("100", "50").fills("100", qty="100").later(2 * SECOND).sends("50", "50")
    assert day.later(HOUR).says(FADE).value == pytest.approx(0.5, rel=1e-3)


def test_where_nothing_is_displayed_nothing_fades() -> None:
    assert Day().sends("100", "0").fills("100").says(FADE) == Figure(1.0, 0.0)


def test_what_fills_later_was_resting() -> None:
    assert Day().sends("100", "60").later(SECOND).fills("100", qty="60").says(FADE).value == pytest.approx(1)
    assert Day().sends("100", "60").later(SECOND + 1).fills("100", qty="60").says(FADE).value == 0


def test_what_faded_is_not_made_up_for_by_the_next_order() -> None:
    day = Day().sends("60", "60").later(SECOND + 1).sends("20", "20").fills("100", qty="60")
    assert day.says(FADE).value == pytest.approx(20 / 80, rel=1e-3)


def test_orders_in_flight_together_share_what_is_filled() -> None:
    day = Day().sends("100", "100").sends("20", "20").fills("100", qty="90")
    assert (day.says(FADE), day.says(FADE, BUY.over_symbols)) == (about(0.75, 2), about(0.75, 2))
    day.fills("100", qty="30").fills("100", qty="30")
    assert (day.says(FADE), day.says(FADE, BUY.over_symbols)) == (about(1, 2), about(1, 2))


def test_latencies_are_the_nearest_rank_of_the_last_ones() -> None:
    day = Day()
    for ms in range(1, 101):
        day.cards.answered(BUY, ms * MS, rejected=False)
        day.cards.answered(BUY, 7 * HOUR, rejected=True)
        if ms == 7:
            assert [each.value / MS for each in day.cards.estimate(BUY).latencies] == [4, 7, 7]
    assert [each.value / MS for each in day.cards.estimate(BUY).latencies] == [50, 90, 99]
    for _ in range(LATENCIES):
        day.cards.answered(BUY, 3 * MS, rejected=False)
    assert day.cards.estimate(BUY).latencies == (Figure(3.0 * MS, LATENCIES),) * 3


# -- ageing ------------------------------------------------------------------------------------------------------------


def test_a_sample_weighs_half_after_a_half_life() -> None:
    day = Day().ends("8", "8").later(HOUR).ends("8", "0")
    assert day.says(FILL_RATE) == Figure(0.5 / 1.5, 1.5)
    assert day.later(HOUR).moves("1").says(FILL_RATE) == Figure(0.5 / 1.5, 0.75)
    assert day.later(HOUR // 2).moves("1").says(FILL_RATE) == about(0.5 / 1.5, 0.75 / 2**0.5)


def test_a_late_sample_counts_as_of_the_latest_instant_and_turns_nothing_back() -> None:
    day = Day().ends("8", "8").later(-SECOND).ends("8", "0").later(SECOND).ends("8", "0")
    assert day.says(FILL_RATE) == Figure(1 / 3, 3.0)


def test_after_a_clock_was_set_forward_and_back_learning_goes_on() -> None:
    """Only what was known before is lost to the year that did not pass."""
    day = Day().ends("8", "8").later(9000 * HOUR).ends("8", "8").later(-9000 * HOUR)
    assert day.ends("8", "0").says(FILL_RATE) == Figure(0.5, 2.0)
    assert day.later(HOUR).ends("8", "0").says(FILL_RATE) == Figure(0.25, 2.0)
    assert day.fills("100").later(SECOND).moves("101").markouts() == [0, 100]


def test_weights_never_run_out_of_range() -> None:
    """The same through a change of the origin, which is at 500 half-lives, as without one."""
    far, near = Day().ends("8", "8"), Day().ends("8", "8")
    for day, gone in ((far, 499), (near, 3)):
        day.later(gone * HOUR).ends("8", "8").later(HOUR + HOUR // 2).ends("8", "0").ends("8", "0")
    mean = 2**-1.5 / (2**-1.5 + 2)
    assert far.says(FILL_RATE) == about(mean, 2**-1.5 + 2)
    assert near.says(FILL_RATE).value > mean
    assert far.later(10**9 * HOUR).moves("1").says(FILL_RATE) == Figure(1.0, 0.0)


# -- shrinking ---------------------------------------------------------------------------------------------------------


def test_few_samples_are_drawn_to_the_venue_and_that_to_the_prior() -> None:
    day = Day(pseudo=8)
    assert day.says(FILL_RATE) == Figure(1.0, 0.0)
    day.ends("10", "0").ends("10", "0", BUY._replace(symbol="OTHER"))
    venue = (2 * 0 + 8 * 1) / (2 + 8)
    assert day.says(FILL_RATE, BUY.over_symbols) == about(venue, 2)
    assert day.says(FILL_RATE) == about((1 * 0 + 8 * venue) / (1 + 8), 1)
    assert day.says(FILL_RATE, BUY._replace(symbol="NEW")) == about(venue, 0)


def test_other_venues_sides_and_types_say_nothing() -> None:
    day = Day().ends("10", "0")
    others = [BUY._replace(venue="BETA"), SELL, BUY._replace(ord_type=OrdType.MARKET)]
    assert [day.says(FILL_RATE, key) for key in others] == [Figure(1.0, 0.0)] * 3


def test_a_venue_averages_ratios_since_quantities_of_two_symbols_do_not_add_up() -> None:
    day = Day().ends("1000", "1000").ends("0.5", "0", BUY._replace(symbol="BTC"))
    assert day.says(FILL_RATE, BUY.over_symbols) == about(0.5, 2)


def test_latencies_are_drawn_to_those_of_the_venue() -> None:
    day, other = Day(pseudo=3), BUY._replace(symbol="OTHER")
    assert day.cards.estimate(BUY).latencies == (NOTHING,) * 3
    day.cards.answered(BUY, 9 * MS, rejected=False)
    for _ in range(99):
        day.cards.answered(other, MS, rejected=False)
    assert day.cards.estimate(BUY).latencies[0] == about((1 * 9 + 3 * 1) / 4 * MS, 1)
    assert day.cards.estimate(BUY._replace(symbol="NEW")).latencies[2] == about(MS, 0)


def test_of_what_nobody_knows_the_best_is_assumed() -> None:
    best = Figure(1.0, 0.0)
    expected = Score(best, best, NOTHING, NOTHING, NOTHING, NOTHING, (NOTHING,) * 6, NOTHING, (NOTHING,) * 3)
    assert Day(pseudo=50).cards.estimate(BUY) == expected


def test_keys_are_told_in_order_each_venue_before_its_symbols() -> None:
    day = Day().ends("1", "1", BUY._replace(venue="BETA")).ends("1", "1")
    day.cards.parent_ended("ACME", Side.BUY, day.now, D(1), D(1))
    assert [key[:2] for key in day.cards.known()] == [
        ("ALPHA", ANY),
        ("ALPHA", "ACME"),
        ("BETA", ANY),
        ("BETA", "ACME"),
    ]


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_events_take_no_more_room_than_the_bounds() -> None:
    day = Day()
    for n in range(25_000):
        key = BUY._replace(symbol=f"S{n % 6000}")
        day.sends("10", "10", key).fills("100", key=key).ends("10", "10", key)
        day.cards.answered(key, n, rejected=False)
    cards, tapes = day.cards._cards, day.cards._tapes
    assert (len(cards), len(tapes)) == (KEYS, SYMBOLS)
    assert BUY.over_symbols in cards, "the venue outlives its symbols"
    assert {len(card.took) for card in cards.values()} <= set(range(1, LATENCIES + 1))
    assert day.cards.dropped == (25_000 - SYMBOLS) * len(HORIZONS)


def test_the_longest_unheard_of_is_forgotten() -> None:
    day = Day().ends("8", "0")
    keys = [BUY._replace(symbol=f"S{n}") for n in range(KEYS)]
    for key in keys[: KEYS - 2]:
        day.ends("8", "8", key)
    day.ends("8", "0").ends("8", "8", keys[-1])
    assert [day.says(FILL_RATE, key).samples for key in (BUY, keys[0], keys[1])] == [2, 0, 1]


def test_what_waits_for_the_symbol_that_was_traded_longest_ago_is_dropped() -> None:
    day = Day().fills("100", key=BUY).fills("100", key=BUY._replace(symbol="S0")).fills("100", key=BUY)
    for n in range(1, SYMBOLS):
        day.fills("100", key=BUY._replace(symbol=f"S{n}"))
    assert (list(day.cards._tapes)[:2], day.cards.dropped) == (["ACME", "S1"], len(HORIZONS))


def test_fills_wait_in_a_bounded_queue_and_what_is_dropped_is_counted() -> None:
    day = Day().fills("50")
    for _ in range(PENDING):
        day.fills("100")
    for _ in range(PENDING + 2):
        day.cards.parent_ended("ACME", Side.BUY, day.now, D(100), D(100))
    assert day.cards.dropped == len(HORIZONS) + 2
    day.later(60 * SECOND).moves("101")
    assert day.markouts() == [0, 0, 0, 0, 0, 100]
    score = day.cards.estimate(BUY)
    assert [each.samples for each in (*score.markouts, score.reversion)] == [pytest.approx(PENDING)] * 7


def test_what_was_forgotten_meanwhile_is_not_measured() -> None:
    day = Day().fills("100")
    for n in range(KEYS):
        day.ends("1", "1", BUY._replace(symbol=f"S{n}"))
    day.later(SECOND).moves("101")
    assert (BUY in day.cards.known(), day.markouts(), day.cards.dropped) == (False, [], 2)


def test_it_is_written_for_json() -> None:
    described = Day().sends("10", "10").fills("100").later(SECOND).moves("101").cards.described()
    assert json.loads(json.dumps(described)) == described
