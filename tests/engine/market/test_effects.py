"""What routing is told of a venue: its difference from the others, in bounds, a step at a time, and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.effects import (
    NEUTRAL,
    Bounds,
    Effect,
    Generation,
    Generations,
    Pace,
    effects,
    every,
    read,
    written,
)
from engine.market.scorecards import ANY, SECOND, Key, Rules, Scorecards
from fix.enums import OrdType, Side

D = Decimal
HOUR = 3600 * SECOND
NOON = 500_000 * HOUR
WIDE = Bounds(rebate=D(1), fill_low=D(0), fill_high=D(9), reject_max=D("0.05"), min_samples=10)
TIGHT = Bounds(rebate=D("0.0002"), fill_low=D("0.5"), fill_high=D("1.5"), reject_max=D("0.05"), min_samples=10)
PACE = Pace(period=60 * SECOND, rebate=D("0.00005"), fill=D("0.1"))
ALPHA = Key("ALPHA", "ACME", Side.BUY, OrdType.LIMIT)
BETA, GAMMA = ALPHA._replace(venue="BETA"), ALPHA._replace(venue="GAMMA")
SIGNS = pytest.mark.parametrize("side", [Side.BUY, Side.SELL])


def fresh(pseudo: int = 0) -> Scorecards:
    return Scorecards(Rules(HOUR, 5 * SECOND, pseudo))


def marked(cards: Scorecards, bp: Mapping[Key, int], times: int = 1, now: int = NOON) -> Scorecards:
    """So many fills at each venue, all at once, whose markouts in basis points are these."""
    for key, good in bp.items():
        symbol = f"{key.symbol}"
        for _ in range(times):
            px = D(100) - key.side.sign * D(good) / 100
            cards.filled(key, now, D(1), px, None, D(0))
        cards.moved(symbol, now, D(100))
    for symbol in {key.symbol for key in bp}:
        cards.moved(symbol, now + 5 * SECOND, D(100))
    return cards


def answered(cards: Scorecards, key: Key, many: int, rejects: int) -> Scorecards:
    cards.sent(key, NOON, D(1), D(0))
    for n in range(many):
        cards.answered(key, 1, rejected=n < rejects)
    return cards


def numbers(effect: Effect) -> tuple[str, str, bool]:
    return f"{effect.rebate:.6f}", f"{effect.fill:.6f}", effect.eligible


def rebate(cards: Scorecards, key: Key, bounds: Bounds = WIDE) -> float:
    """In basis points."""
    return round(float(effects(cards, key, bounds).rebate) * 1e4, 1)


# -- what is learned ---------------------------------------------------------------------------------------------------


@SIGNS
def test_a_rebate_is_what_a_markout_differs_from_the_mean_over_venues(side: Side) -> None:
    keys = [key._replace(side=side) for key in (ALPHA, BETA, GAMMA)]
    cards = marked(fresh(), dict(zip(keys, [-70, 20, -10], strict=True)))
    assert [rebate(cards, key) for key in keys] == pytest.approx([-50, 40, 10], abs=0.5)


def test_a_market_that_runs_against_all_venues_moves_none() -> None:
    cards = marked(fresh(), {ALPHA: -300, BETA: -300})
    assert [numbers(effects(cards, key, WIDE))[0] for key in (ALPHA, BETA)] == ["0.000000", "0.000000"]
    assert rebate(marked(fresh(), {ALPHA: -300}), ALPHA) == 0


def test_a_symbol_is_compared_with_the_same_symbol() -> None:
    """ACME runs against everybody, OTHER against nobody: no venue is better than another."""
    cards = marked(
        fresh(), {key._replace(symbol=s): bp for key in (ALPHA, BETA) for s, bp in (("ACME", -80), ("X", 80))}
    )
    assert {rebate(cards, key) for key in cards.known()} == {0.0}


def test_a_venue_without_fills_of_the_symbol_is_compared_by_its_others() -> None:
    cards = marked(fresh(), {ALPHA: -40, BETA._replace(symbol="OTHER"): 20})
    assert rebate(cards, ALPHA) == pytest.approx(-30, abs=0.3)
    assert rebate(cards, BETA) == pytest.approx(30, abs=0.3)


def test_next_to_nothing_is_nothing_and_has_no_sign() -> None:
    cards = marked(fresh(pseudo=1_000_000), {ALPHA: -1, BETA: 1})
    assert {numbers(effects(cards, key, WIDE))[0] for key in (ALPHA, BETA)} == {"0.000000"}


def test_few_samples_hardly_move_it() -> None:
    few, many = (marked(fresh(pseudo=50), {ALPHA: -100, BETA: 100}, times) for times in (1, 500))
    assert rebate(few, ALPHA) == pytest.approx(-3.9, abs=0.1)
    assert rebate(many, ALPHA) == pytest.approx(-99, abs=1)


def test_the_rebate_has_a_floor_and_a_ceiling() -> None:
    cards = marked(fresh(), {ALPHA: -70, BETA: 70})
    assert [numbers(effects(cards, key, TIGHT))[0] for key in (ALPHA, BETA)] == ["-0.000200", "0.000200"]


def test_fills_are_expected_as_they_came_compared_with_the_other_venues() -> None:
    cards = fresh()
    for key, filled in ((ALPHA, "30"), (BETA, "60"), (GAMMA, "90")):
        cards.ended(key, NOON, D(100), D(filled))
    assert [numbers(effects(cards, key, WIDE))[1] for key in (ALPHA, BETA, GAMMA)] == [
        "0.500000",
        "1.000000",
        "1.500000",
    ]
    within = TIGHT._replace(fill_low=D("0.75"), fill_high=D("1.25"))
    assert [numbers(effects(cards, key, within))[1] for key in (ALPHA, BETA, GAMMA)] == [
        "0.750000",
        "1.000000",
        "1.250000",
    ]


def test_where_nothing_ever_fills_nothing_is_expected_to_fill_less() -> None:
    cards = fresh()
    cards.ended(ALPHA, NOON, D(100), D(0))
    assert numbers(effects(cards, ALPHA, WIDE)) == ("0.000000", "1.000000", True)


@pytest.mark.parametrize(
    ("many", "rejects", "eligible"), [(9, 9, True), (10, 1, False), (20, 1, True), (20, 2, False), (20, 0, True)]
)
def test_a_venue_that_rejects_too_many_gets_nothing(many: int, rejects: int, eligible: bool) -> None:
    assert effects(answered(fresh(), ALPHA, many, rejects), ALPHA, WIDE).eligible is eligible


def test_a_venue_that_gets_nothing_is_tried_again_when_its_samples_have_faded() -> None:
    cards = answered(fresh(), ALPHA, 20, 20)
    cards.moved("ACME", NOON + HOUR, D(1))
    assert effects(cards, ALPHA, WIDE).eligible is False
    cards.moved("ACME", NOON + HOUR + 1, D(1))
    assert effects(cards, ALPHA, WIDE).eligible is True


def test_of_an_unknown_venue_nothing_is_said() -> None:
    assert numbers(effects(fresh(), ALPHA, WIDE)) == numbers(NEUTRAL)


def test_the_reason_has_the_figures() -> None:
    cards = answered(marked(fresh(), {ALPHA: -40, BETA: 20}, times=3), ALPHA, 20, 5)
    cards.ended(ALPHA, NOON, D(8), D(6))
    assert effects(cards, ALPHA, TIGHT) == Effect(
        D("-0.000200"),
        D("0.857143"),
        eligible=False,
        reason="markout after 5 s -39.84 bp by 3.0 fills, -9.90 bp over 2 venues; filled 75.0 % by 1.0 orders, "
        "87.5 % over them; rejected 25.0 % of 20.0, over the limit of 5.0 %",
    )
    assert effects(cards, BETA, TIGHT).reason.endswith("; rejected 0.0 % of 0.0")


def test_every_effect_is_that_of_its_key() -> None:
    bp = {key._replace(symbol=s): n for n, (key, s) in enumerate((k, s) for k in (ALPHA, BETA) for s in ("ACME", "X"))}
    cards = marked(fresh(pseudo=2), bp)
    assert every(cards, WIDE) == {key: effects(cards, key, WIDE) for key in cards.known()}
    assert list(every(cards, WIDE)) == sorted({*bp, ALPHA.over_symbols, BETA.over_symbols})


def test_effects_are_written_for_json_by_key() -> None:
    odd = Key("ALPHA", "A|B C", Side.SELL_SHORT, OrdType.MARKET)
    told = {ALPHA: Effect(D("-0.000120"), D("0.850000"), eligible=False, reason="so"), odd: NEUTRAL}
    assert written(told) == {
        "ALPHA|ACME|1|2": {"rebate": "-0.000120", "fill": "0.850000", "eligible": False, "reason": "so"},
        "ALPHA|A|B C|5|1": {
            "rebate": "0.000000",
            "fill": "1.000000",
            "eligible": True,
            "reason": "nothing was learned of it",
        },
    }
    assert read(json.loads(json.dumps(written(told)))) == told


# -- what is in use ----------------------------------------------------------------------------------------------------


def rebates(generations: Generations, *keys: Key) -> list[str]:
    return [f"{generations.effect(key).rebate:.6f}" for key in keys]


def test_nothing_is_in_use_before_the_first_generation() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    assert (generations.current, generations.effect(ALPHA)) == (Generation(0, 0, {}), NEUTRAL)
    assert generations.parameters() == written(every(generations._cards, TIGHT))


def test_a_generation_is_a_step_away_from_the_one_before() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    seen = []
    for n in range(5):
        made = generations.renew(NOON + n * PACE.period)
        assert (made.number, made.at) == (n + 1, NOON + n * PACE.period)
        assert (made, generations.effect(ALPHA)) == (generations.current, read(made.parameters)[ALPHA])
        seen.append(rebates(generations, ALPHA, BETA))
    assert seen == [[f"-{part}", part] for part in ("0.000050", "0.000100", "0.000150", "0.000200", "0.000200")]


def test_a_step_that_is_held_back_says_where_it_goes() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    generations.renew(NOON)
    learned = effects(generations._cards, ALPHA, TIGHT)
    assert generations.effect(ALPHA).reason == f"{learned.reason}; a step towards -2.00 bp and x 1.000"
    for n in range(1, 4):
        generations.renew(NOON + n * PACE.period)
    assert generations.effect(ALPHA) == learned


def test_generations_follow_each_other_no_faster_than_the_period() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    numbers = [generations.renew(NOON + at * SECOND).number for at in (0, 1, 59, 60, 119, 120, 100, 60, 61)]
    assert numbers == [1, 1, 1, 2, 2, 3, 3, 4, 4], "a clock set back by the whole period does not prolong it"


def test_a_venue_that_rejects_is_out_at_once() -> None:
    generations = Generations(answered(marked(fresh(), {ALPHA: -70, BETA: 70}), ALPHA, 20, 20), TIGHT, PACE)
    generations.renew(NOON)
    assert numbers(generations.effect(ALPHA)) == ("-0.000050", "1.000000", False)


def test_a_symbol_without_a_line_of_its_own_has_that_of_its_venue() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    generations.renew(NOON)
    assert generations.effect(ALPHA._replace(symbol="NEW")) == generations.effect(ALPHA.over_symbols) != NEUTRAL
    assert generations.effect(ALPHA._replace(side=Side.SELL)) == NEUTRAL


def test_a_symbol_that_becomes_known_starts_where_its_venue_stands_and_returns_there_when_it_is_forgotten() -> None:
    cards, new = marked(fresh(), {ALPHA: -70, BETA: 70}, times=100), ALPHA._replace(symbol="NEW")
    generations = Generations(cards, TIGHT, PACE)
    for n in range(4):
        generations.renew(NOON + n * PACE.period)
    marked(cards, {new: 70, new._replace(venue="BETA"): -70}, now=NOON + 10 * SECOND)
    seen = []
    for n in range(4, 6):
        generations.renew(NOON + n * PACE.period)
        seen.append(rebates(generations, ALPHA.over_symbols, new))
    del cards._cards[new]
    for n in range(6, 9):
        generations.renew(NOON + n * PACE.period)
        seen.append(rebates(generations, ALPHA.over_symbols, new))
    assert seen == [["-0.000200", part] for part in ("-0.000150", "-0.000100", "-0.000150", "-0.000200", "-0.000200")]
    assert new not in read(generations.current.parameters)


def test_what_is_no_longer_known_goes_back_step_by_step_and_is_dropped() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    generations.renew(NOON)
    generations.renew(NOON + PACE.period)
    generations._cards = fresh()
    seen = [rebates(generations, ALPHA)]
    for n in range(2, 5):
        generations.renew(NOON + n * PACE.period)
        seen.append(rebates(generations, ALPHA))
    assert seen == [["-0.000100"], ["-0.000050"], ["0.000000"], ["0.000000"]]
    assert generations.current.parameters == {}


def test_a_roll_back_goes_to_the_last_but_one_and_stays_there_until_it_is_released() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    made = [generations.renew(NOON + n * PACE.period) for n in range(3)]
    assert (generations.roll_back(), generations.current, generations.frozen) == (made[1], made[1], True)
    assert rebates(generations, ALPHA) == ["-0.000100"]
    assert generations.renew(NOON + HOUR) == made[1]
    assert (generations.roll_back(), generations.current) == (None, made[1]), "one step back is all there is"
    generations.release()
    assert generations.renew(NOON + 2 * PACE.period + 1) == made[1], "the period holds all the same"
    again = generations.renew(NOON + HOUR)
    assert (again.number, again.at, rebates(generations, ALPHA)) == (4, NOON + HOUR, ["-0.000150"])
    assert generations.roll_back() == made[1]


def test_the_first_generation_can_be_rolled_back_to_none_at_all() -> None:
    generations = Generations(marked(fresh(), {ALPHA: -70, BETA: 70}), TIGHT, PACE)
    assert (generations.roll_back(), generations.frozen) == (None, False)
    generations.renew(NOON)
    assert (generations.roll_back(), generations.effect(ALPHA)) == (Generation(0, 0, {}), NEUTRAL)


# -- whatever happens --------------------------------------------------------------------------------------------------

KEYS = [key._replace(symbol=symbol) for key in (ALPHA, BETA) for symbol in ("ACME", "X")]
MOVES = st.one_of(
    st.tuples(st.just("fills"), st.sampled_from(KEYS), st.integers(-300, 300)),
    st.tuples(st.just("ends"), st.sampled_from(KEYS), st.integers(0, 9)),
    st.tuples(st.just("renews")),
    st.tuples(st.sampled_from(["rolls back", "releases", "forgets"])),
)
STORY = st.lists(st.tuples(st.sampled_from([0, SECOND, 5 * SECOND, PACE.period]), MOVES), max_size=40)


def tell(generations: Generations, now: int, what: str, *rest: Any) -> None:
    cards = generations._cards
    if what == "fills":
        marked(cards, {rest[0]: rest[1]}, now=now)
    elif what == "ends":
        cards.ended(rest[0], now, D(9), D(rest[1]))
    elif what == "renews":
        generations.renew(now)
    elif what == "rolls back":
        generations.roll_back()
    elif what == "releases":
        generations.release()
    else:
        cards._cards.clear()
        cards._tapes.clear()


def restarted(generations: Generations) -> Generations:
    cards, kept = json.loads(json.dumps([generations._cards.described(), generations.described()]))
    return Generations.restored(Scorecards.restored(generations._cards.rules, cards), TIGHT, PACE, kept)


@given(STORY)
def test_no_effect_moves_by_more_than_a_step_or_leaves_its_bounds(story: list[tuple[int, tuple[Any, ...]]]) -> None:
    generations, now = Generations(fresh(pseudo=1), TIGHT, PACE), NOON
    known = [*KEYS, ALPHA.over_symbols, BETA.over_symbols, ALPHA._replace(symbol="NEW"), GAMMA]
    for gap, step in story:
        now += gap
        before = {key: generations.effect(key) for key in known}
        tell(generations, now, *step)
        for key in known:
            effect = generations.effect(key)
            assert abs(effect.rebate) <= TIGHT.rebate
            assert TIGHT.fill_low <= effect.fill <= TIGHT.fill_high
            assert step[0] == "rolls back" or abs(effect.rebate - before[key].rebate) <= PACE.rebate
            assert step[0] == "rolls back" or abs(effect.fill - before[key].fill) <= PACE.fill


@given(STORY, STORY)
def test_a_restart_changes_nothing(
    first: list[tuple[int, tuple[Any, ...]]], second: list[tuple[int, tuple[Any, ...]]]
) -> None:
    kept, now = Generations(fresh(pseudo=1), TIGHT, PACE), NOON
    for gap, step in first:
        now += gap
        tell(kept, now, *step)
    other = restarted(kept)
    for gap, step in [*second, (HOUR, ("renews",))]:
        now += gap
        tell(kept, now, *step)
        tell(other, now, *step)
    assert json.dumps([other.described(), other.parameters()]) == json.dumps([kept.described(), kept.parameters()])
    assert [other.effect(key) for key in KEYS] == [kept.effect(key) for key in KEYS]
    assert ANY in {key.symbol for key in read(other.parameters())} or not other.parameters()
