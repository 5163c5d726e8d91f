"""Tails against their definition, splits against every other split, and both in the worlds of `tests.bench.dark`."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.routing.dark import BOUND, Tail, allocate, expected
from tests.bench.dark import FOUR, PRIOR, SCENARIOS, Bandit, Fills, Pool, plot, shared, study, table, window

Answer = tuple[int, int]  # sent, filled

REFERENCE: list[Answer] = [(5, 2), (3, 3), (4, 0), (5, 5), (2, 2), (6, 1), (4, 4), (5, 3)]
ANSWERS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 14)), max_size=40)
PRIORS = st.sampled_from([0.0, 0.5, 2.0])
DECAYS = st.sampled_from([1.0, 0.9, 0.5])
TAILS = st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), max_size=8), min_size=1, max_size=4)


def heard(answers: Iterable[Answer], prior: float = 0.0, decay: float = 1.0) -> Tail:
    tail = Tail(prior, decay)
    for sent, filled in answers:
        tail.observe(sent, filled)
    return tail


def first(tail: Tail, many: int) -> list[float]:
    return [tail.survival(s) for s in range(1, many + 1)]


def by_definition(answers: Sequence[Answer], s: int, prior: float, decay: float) -> float:
    """Section by section from the paper's N and D, each answer weighing what its age leaves of it."""
    weighed = [(sent, filled, decay**age) for age, (sent, filled) in enumerate(reversed(answers))]
    survival = 1.0
    for j in range(s):
        at_risk = sum(weight for sent, filled, weight in weighed if sent > j and filled >= j)
        ended = sum(weight for sent, filled, weight in weighed if sent > j and filled == j)
        survival *= 1 - ended / (at_risk + prior) if ended else 1.0
    return survival


# -- what one venue takes --------------------------------------------------------------------------------------------


def test_the_reference_observations() -> None:
    assert first(heard(REFERENCE), 7) == pytest.approx([7 / 8, 3 / 4, 3 / 5, 2 / 5, 2 / 5, 2 / 5, 2 / 5], abs=1e-15)


def test_of_an_unknown_venue_everything_is_hoped() -> None:
    assert (first(Tail(), 3), Tail().survival(BOUND * 10)) == ([1.0, 1.0, 1.0], 1.0)


def test_a_whole_fill_says_only_so_much_or_more() -> None:
    tail = heard([(3, 3)])
    assert first(tail, 5) == [1.0, 1.0, 1.0, 1.0, 1.0]
    tail.observe(5, 4)
    assert first(tail, 6) == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def test_a_prior_outlives_bad_luck_and_is_outweighed() -> None:
    assert first(heard([(10, 0)]), 2) == [0.0, 0.0]
    assert first(heard([(10, 0)], prior=3.0), 2) == [0.75, 0.75]
    assert heard([(10, 0)] * 297, prior=3.0).survival(1) == pytest.approx(0.01)


@given(ANSWERS, PRIORS, DECAYS)
def test_it_is_the_product_that_defines_it(answers: list[Answer], prior: float, decay: float) -> None:
    found = first(heard(answers, prior, decay), 16)
    assert found == pytest.approx([by_definition(answers, s, prior, decay) for s in range(1, 17)], abs=1e-9)


@given(ANSWERS, PRIORS, DECAYS)
def test_it_falls_from_one_and_is_flat_beyond_what_was_seen(answers: list[Answer], prior: float, decay: float) -> None:
    tail = heard(answers, prior, decay)
    found = [tail.survival(0), *first(tail, 16)]
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[-1] >= 0
    largest = max((min(sent, filled) for sent, filled in answers), default=0)
    assert len(set(found[largest + 1 :])) == 1


@given(ANSWERS, ANSWERS, PRIORS, DECAYS)
def test_a_restart_changes_no_bit(before: list[Answer], after: list[Answer], prior: float, decay: float) -> None:
    tail = heard(before, prior, decay)
    written = json.dumps(tail.described())
    again = Tail.restored(json.loads(written), prior, decay)
    assert json.dumps(again.described()) == written
    for answer in after:
        assert again.survival(3) == tail.survival(3)
        tail.observe(*answer)
        again.observe(*answer)
    assert first(again, 16) == first(tail, 16)
    assert json.dumps(again.described()) == json.dumps(tail.described())


def test_what_was_learnt_is_small_and_plain() -> None:
    assert heard([*REFERENCE, (5, 2)]).described() == {
        "weight": 1.0,
        "whole": [[2, 1.0], [3, 1.0], [4, 1.0], [5, 1.0]],
        "short": [[0, 1.0], [1, 1.0], [2, 2.0], [3, 1.0]],
    }


def test_larger_orders_count_as_the_largest_that_has_a_bin() -> None:
    large = heard([(BOUND * 9, BOUND - 1), (BOUND * 9, BOUND), (BOUND * 9, BOUND * 8), (BOUND + 1, BOUND + 1)])
    assert large.described() == heard([(BOUND, BOUND - 1), *[(BOUND, BOUND)] * 3]).described()
    assert [large.survival(s) for s in (BOUND - 1, BOUND, BOUND * 10)] == [1.0, 0.75, 0.75]


def test_what_is_kept_is_bounded() -> None:
    chance = Random(1)
    tail = heard((chance.randrange(3 * BOUND), chance.randrange(3 * BOUND)) for _ in range(20_000))
    tail.survival(1)
    assert max(len(tail._whole), len(tail._short)) <= BOUND + 1
    assert tail._tail is not None
    assert len(tail._tail) <= BOUND + 2


# -- venues change ---------------------------------------------------------------------------------------------------


def test_the_last_answer_weighs_most() -> None:
    assert heard([(10, 10), (10, 0)], decay=0.5).survival(1) == pytest.approx(1 / 3)
    assert heard([(10, 0), (10, 10)], decay=0.5).survival(1) == pytest.approx(2 / 3)
    assert heard([(10, 0), (10, 10)]).survival(1) == 0.5


def test_a_venue_that_is_sent_nothing_is_hoped_for_again() -> None:
    tail = heard([(10, 0)] * 5, prior=1.0, decay=0.5)
    hopes = [tail.survival(1)]
    for _ in range(3):
        tail.observe(0, 0)
        hopes.append(tail.survival(1))
    ended = 31 / 16  # 1 + 1/2 + 1/4 + 1/8 + 1/16, and half of what is left of it each time
    assert hopes == pytest.approx([1 - ended / (ended + lighter) for lighter in (1, 2, 4, 8)])


def test_without_decay_nothing_sent_is_nothing_learnt() -> None:
    tail = heard([(10, 0), (10, 4), (0, 0)], prior=1.0)
    assert first(tail, 12) == first(heard([(10, 0), (10, 4)], prior=1.0), 12)


def test_weights_stay_what_they_are_however_long_it_goes_on() -> None:
    answers = [(12, 12), (12, 3), (12, 7), (5, 5), (12, 0)] * 300
    tail = heard(answers, prior=0.5, decay=0.5)
    assert first(tail, 14) == pytest.approx([by_definition(answers[-60:], s, 0.5, 0.5) for s in range(1, 15)], abs=1e-9)
    assert tail._weight < 2.0**65


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [(-1, 0), (5, -1)])
def test_less_than_nothing_is_no_answer_and_leaves_no_trace(answer: Answer) -> None:
    tail = heard(REFERENCE, decay=0.9)
    before = tail.described()
    with pytest.raises(ValueError, match="below 0"):
        tail.observe(*answer)
    assert tail.described() == before


@pytest.mark.parametrize(
    ("prior", "decay"), [(-0.1, 1.0), (0.0, 0.49), (0.0, 1.01), (float("nan"), 1.0), (0.0, float("nan"))]
)
def test_settings_that_make_no_sense_are_refused(prior: float, decay: float) -> None:
    with pytest.raises(ValueError, match=r"a prior is 0 or more, a decay from 0\.5 to 1"):
        Tail(prior, decay)


# -- how much where --------------------------------------------------------------------------------------------------


def test_the_reference_splits() -> None:
    assert [allocate(lots, FOUR) for lots in (10, 40)] == [(10, 0, 0, 0), (38, 2, 0, 0)]
    assert expected((10, 0, 0, 0), FOUR) == pytest.approx(3.023341, abs=5e-7)
    assert expected((38, 2, 0, 0), FOUR) == pytest.approx(9.640327, abs=5e-7)


def test_the_reference_uniform_split_leaves_out_what_does_not_divide() -> None:
    assert expected((2, 2, 2, 2), FOUR) == pytest.approx(1.295037, abs=5e-7)
    assert expected((3, 3, 2, 2), FOUR) == pytest.approx(1.775825, abs=5e-7)


@given(TAILS, PRIORS, st.integers(0, 6), st.data())
def test_no_split_is_expected_to_fill_more(
    answers: list[list[Answer]], prior: float, lots: int, data: st.DataObject
) -> None:
    tails = [heard(of_venue, prior) for of_venue in answers]
    caps = data.draw(st.none() | st.lists(st.integers(0, 4), min_size=len(tails), max_size=len(tails)))
    room = [lots] * len(tails) if caps is None else caps
    found = allocate(lots, tails, caps)
    assert sum(found) == min(lots, sum(room))
    assert all(given <= most for given, most in zip(found, room, strict=True))
    splits = product(*(range(min(most, lots) + 1) for most in room))
    best = max(expected(split, tails) for split in splits if sum(split) == sum(found))
    assert expected(found, tails) == pytest.approx(best, abs=1e-12)


@given(TAILS, PRIORS, st.integers(0, 60))
def test_it_is_the_largest_one_lot_at_a_time(answers: list[list[Answer]], prior: float, lots: int) -> None:
    tails = [heard(of_venue, prior) for of_venue in answers]
    given = [0] * len(tails)
    for _ in range(lots):
        hopes = [tail.survival(many + 1) for tail, many in zip(tails, given, strict=True)]
        given[hopes.index(max(hopes))] += 1
    assert allocate(lots, tails) == tuple(given)


def test_of_equals_the_first_gets_all_it_may() -> None:
    assert allocate(5, [Tail(), Tail()]) == (5, 0)
    assert allocate(5, [Tail(), Tail(), Tail()], caps=[2, 0, 9]) == (2, 0, 3)


def test_beyond_all_caps_and_without_venues_lots_stay() -> None:
    assert allocate(9, [Tail(), Tail()], caps=[2, 3]) == (2, 3)
    assert allocate(9, []) == ()
    assert allocate(0, [Tail()]) == (0,)


def test_each_lot_goes_where_one_more_is_most_likely() -> None:
    a = heard([(9, 2), (9, 2), (9, 0)])  # 2/3, 2/3, 0
    b = heard([(9, 9), (9, 0)])  # 1/2 however many
    assert [allocate(lots, [a, b]) for lots in (1, 2, 3, 4)] == [(1, 0), (2, 0), (2, 1), (2, 2)]


def test_without_a_prior_one_unlucky_answer_is_final() -> None:
    """Why the paper waits before it trusts an estimate."""
    often, seldom = [(9, 0)], [(9, 9), *[(9, 0)] * 8]
    assert allocate(9, [heard(often), heard(seldom)]) == (0, 9)
    assert allocate(9, [heard(often, prior=1.0), heard(seldom, prior=1.0)]) == (9, 0)


# -- learning, in worlds where the best is known ---------------------------------------------------------------------

SEEDS, ROUNDS = range(6), 1_000
WORLDS = pytest.mark.parametrize("world", [0, 1], ids=[scenario.name for scenario in SCENARIOS])


@cache
def played(world: int) -> dict[str, Fills]:
    return study(SCENARIOS[world], SEEDS, ROUNDS)


def mean(world: int, rule: str, start: int, end: int) -> float:
    return window(played(world)[rule], start, end, SCENARIOS[world].lots)[0]


@WORLDS
def test_it_beats_the_others_and_comes_near_the_ideal(world: int) -> None:
    learnt = {rule: mean(world, rule, 300, ROUNDS) for rule in played(world)}
    assert learnt["ideal"] > learnt["Kaplan-Meier"] > 0.95 * learnt["ideal"]
    assert learnt["Kaplan-Meier"] > learnt["bandit"] > learnt["uniform"]


def test_with_four_venues_it_does_so_in_every_world() -> None:
    fills = played(0)
    for seed in SEEDS:
        found = {rule: statistics.fmean(fills[rule][seed][300:]) for rule in fills}
        assert found["Kaplan-Meier"] > 0.95 * found["ideal"], f"seed {seed}"
        assert found["Kaplan-Meier"] > found["bandit"] > found["uniform"], f"seed {seed}"


@WORLDS
def test_its_gap_to_the_ideal_closes(world: int) -> None:
    windows = ((0, 30), (30, 300), (300, ROUNDS))
    gaps = [1 - mean(world, "Kaplan-Meier", *part) / mean(world, "ideal", *part) for part in windows]
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2] > 0


@WORLDS
def test_without_a_prior_the_gap_stays(world: int) -> None:
    early, late = (mean(world, "no prior", *part) for part in ((30, 300), (300, ROUNDS)))
    assert late == pytest.approx(early, rel=0.02)
    assert late < 0.8 * mean(world, "ideal", 300, ROUNDS)


def test_what_is_learnt_from_orders_of_every_size_is_what_is_there() -> None:
    chance, pool, tail = Random(7), FOUR[0], Tail(PRIOR)
    for _ in range(10_000):
        sent = chance.randint(1, 60)
        tail.observe(sent, min(sent, pool.available(chance)))
    assert first(tail, 50) == pytest.approx([pool.survival(s) for s in range(1, 51)], abs=0.02)


# -- the study itself ------------------------------------------------------------------------------------------------


def test_a_pool_has_what_its_tail_says() -> None:
    pool, chance = Pool(0.67, 0.25), Random(3)
    seen = [pool.available(chance) for _ in range(20_000)]
    for s in (1, 10, 50, 100):
        assert sum(many >= s for many in seen) / len(seen) == pytest.approx(pool.survival(s), abs=0.015)
    assert [pool.survival(s) for s in (0, 1, 100, 101)] == pytest.approx([1, 0.33, 0.002514, 0], abs=1e-6)


def test_shares_add_up_and_follow_the_weights() -> None:
    assert shared(10, [1, 1, 1, 1]) == (3, 3, 2, 2)
    assert shared(10, [6, 3, 1]) == (6, 3, 1)
    assert shared(3, [1, 0, 1]) == (2, 0, 1)


def test_the_bandit_moves_to_where_all_was_filled() -> None:
    bandit = Bandit(venues=2, lots=200)
    assert bandit.split() == (100, 100)
    bandit.hear(0, sent=100, filled=100)
    bandit.hear(1, sent=100, filled=99)
    assert bandit.split() == (105, 95)


def test_one_seed_is_one_world() -> None:
    assert study(SCENARIOS[0], [3], 20) == study(SCENARIOS[0], [3], 20) != study(SCENARIOS[0], [4], 20)


def test_the_table_and_the_plot_hold_every_rule() -> None:
    fills = study(SCENARIOS[0], range(2), 30)
    long = {rule: [of_seed * 100 for of_seed in of_rule] for rule, of_rule in fills.items()}
    made = table(SCENARIOS[0], long)
    assert list(made.columns[0].cells) == ["ideal", "Kaplan-Meier", "no prior", "bandit", "uniform"]
    assert next(iter(made.columns[1].cells)) == "24.1 ± 0.0"
    drawn = plot([(SCENARIOS[0], long)] * 2)
    assert [drawn.count(f">{rule}</text>") for rule in long] == [2] * 5
    assert len(drawn.encode()) < 30_000
