"""What holds of scorecards whatever happens: they say what a plain sum over history says, and a restart changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.scorecards import (
    EFFECTIVE,
    FEES,
    FILL_RATE,
    HORIZONS,
    MARKOUT,
    PRIORS,
    REALISED,
    REJECT_RATE,
    SECOND,
    Key,
    Rules,
    Scorecards,
)
from fix.enums import OrdType, Side

D = Decimal
START = 1_800_000_000 * SECOND
RULES = Rules(half_life=7 * SECOND, horizon=SECOND, pseudo=8)
SYMBOLS = ("ACME", "OTHER")
KEYS = [Key(v, s, side, OrdType.LIMIT) for v in ("ALPHA", "BETA") for s in SYMBOLS for side in (Side.BUY, Side.SELL)]

KEY = st.sampled_from(KEYS)
SIZES = st.integers(1, 9).map(D)
PRICES = st.integers(9_900, 10_100).map(lambda cents: D(cents) / 100)
STEPS = st.one_of(
    st.tuples(st.just("sent"), KEY, SIZES, st.integers(0, 9).map(D)),
    st.tuples(st.just("answered"), KEY, st.integers(0, SECOND), st.booleans()),
    st.tuples(st.just("filled"), KEY, SIZES, PRICES, st.none() | PRICES, SIZES),
    st.tuples(st.just("ended"), KEY, st.just(D(9)), st.integers(0, 9).map(D)),
    st.tuples(st.just("moved"), st.sampled_from(SYMBOLS), PRICES),
    st.tuples(
        st.just("parent_ended"), st.sampled_from(SYMBOLS), st.sampled_from([Side.BUY, Side.SELL]), PRICES, PRICES
    ),
)
# Often exactly when a markout is due; now and then beyond 500 half-lives.
GAPS = st.one_of(st.integers(0, 2 * SECOND), st.sampled_from([0, *HORIZONS, 4000 * SECOND]))
Script = list[tuple[int, tuple[Any, ...]]]
SCRIPTS = st.lists(st.tuples(GAPS, STEPS), max_size=40)
# So that there is a midpoint in force from the beginning.
OPENING: Script = [
    (START, ("filled", KEYS[0], D(1), D(100), D(100), D(0))),
    (0, ("filled", KEYS[2], D(1), D(100), D(100), D(0))),
]


def play(cards: Scorecards, now: int, step: tuple[Any, ...]) -> None:
    what, *rest = step
    if what == "answered":
        cards.answered(rest[0], rest[1], rejected=rest[2])
    elif what == "parent_ended":
        cards.parent_ended(rest[0], rest[1], now, *rest[2:])
    else:
        getattr(cards, what)(rest[0], now, *rest[1:])


def played(script: Script, cards: Scorecards | None = None, now: int = 0) -> tuple[Scorecards, int]:
    cards = cards or Scorecards(RULES)
    for gap, step in script:
        now += gap
        play(cards, now, step)
    return cards, now


def text(cards: Scorecards) -> str:
    return json.dumps(cards.described())


# -- against a plain sum over history ----------------------------------------------------------------------------------


class Sample(NamedTuple):
    """`above` over `below` of one figure, known since `at`."""

    key: Key
    figure: int
    at: int
    above: Decimal
    below: Decimal = D(1)


def history(script: Script) -> list[tuple[int, tuple[Any, ...]]]:
    """With instants instead of gaps. An answer has none of its own."""
    now, told, found = 0, 0, []
    for gap, step in script:
        now += gap
        told = told if step[0] == "answered" else now
        found.append((told, step))
    return found


def samples(script: Script) -> Iterator[Sample]:
    events = history(script)
    for n, (at, (what, key, *rest)) in enumerate(events):
        if what == "answered":
            yield Sample(key, REJECT_RATE, at, D(rest[1]))
        elif what == "ended":
            yield Sample(key, FILL_RATE, at, rest[1], rest[0])
        elif what == "filled":
            qty, px, mid, fee = rest
            yield Sample(key, FEES, at, fee * 10_000, qty * px)
            if mid is not None:
                yield Sample(key, EFFECTIVE, at, 2 * key.side.sign * (px - mid) / mid)
            for index, delay in enumerate(HORIZONS):
                yield from marked(events, n, key, px, index, at + delay)


def marked(events: Script, n: int, key: Key, px: Decimal, index: int, due: int) -> Iterator[Sample]:
    """The markout of the n-th event, once the midpoint has moved when it was due or later."""
    force = [D(100), *(step[2] for _, step in events[: n + 1] if step[:2] == ("moved", key.symbol))][-1]
    for at, step in events[n + 1 :]:
        if step[:2] != ("moved", key.symbol):
            continue
        if at >= due:
            mid = step[2] if at == due else force
            yield Sample(key, MARKOUT + index, at, key.side.sign * (mid - px) / px)
            if HORIZONS[index] == RULES.horizon:
                yield Sample(key, REALISED, at, 2 * key.side.sign * (px - mid) / mid)
            return
        force = step[2]


def shrunk(parts: list[tuple[float, float, float]], parent: float) -> tuple[float, float]:
    """(weight, above, below) of each sample."""
    count = sum(weight for weight, _, _ in parts)
    below = sum(weight * under for weight, _, under in parts)
    mean = sum(weight * over for weight, over, _ in parts) / below if below else parent
    return (count * mean + RULES.pseudo * parent) / (count + RULES.pseudo), count


@given(SCRIPTS)
def test_every_figure_is_the_plain_sum_over_history(script: Script) -> None:
    script = OPENING + script
    cards, _ = played(script)
    told, (now, _) = list(samples(script)), history(script)[-1]
    weights = [2.0 ** -((now - each.at) / RULES.half_life) for each in told]
    for key in KEYS:
        for index in (FILL_RATE, REJECT_RATE, EFFECTIVE, REALISED, FEES, *range(MARKOUT, MARKOUT + len(HORIZONS))):
            of_venue = [
                (weight, float(each.above / each.below), 1.0)
                for each, weight in zip(told, weights, strict=True)
                if each.figure == index and each.key.over_symbols == key.over_symbols
            ]
            own = [
                (weight, float(each.above), float(each.below))
                for each, weight in zip(told, weights, strict=True)
                if each.figure == index and each.key == key
            ]
            venue = shrunk(of_venue, PRIORS[index])
            assert cards.figure(key.over_symbols, index) == pytest.approx(venue, rel=1e-9, abs=1e-12)
            assert cards.figure(key, index) == pytest.approx(shrunk(own, venue[0]), rel=1e-9, abs=1e-12)


# -- what never changes ------------------------------------------------------------------------------------------------


@given(SCRIPTS, SCRIPTS)
def test_a_restart_changes_nothing(before: Script, after: Script) -> None:
    kept, now = played(OPENING + before)
    restarted = Scorecards.restored(RULES, json.loads(text(kept)))
    assert text(restarted) == text(kept)
    assert text(played(after, restarted, now)[0]) == text(played(after, kept, now)[0])
    assert [restarted.estimate(key) for key in KEYS] == [kept.estimate(key) for key in KEYS]


@given(SCRIPTS)
def test_the_same_events_give_the_same_text(script: Script) -> None:
    assert text(played(script)[0]) == text(played(script)[0])


@given(SCRIPTS)
def test_asking_changes_nothing(script: Script) -> None:
    asked, silent = Scorecards(RULES), Scorecards(RULES)
    now = 0
    for gap, step in OPENING + script:
        now += gap
        play(asked, now, step)
        play(silent, now, step)
        for key in KEYS:
            asked.estimate(key)
    assert [asked.estimate(key) for key in KEYS] == [silent.estimate(key) for key in KEYS]


@given(SCRIPTS)
def test_rates_stay_between_nothing_and_everything(script: Script) -> None:
    cards, _ = played(OPENING + script)
    for key in [*KEYS, *(key.over_symbols for key in KEYS)]:
        score = cards.estimate(key)
        for rate in (score.fill_rate, score.fade, score.reject_rate):
            assert -1e-9 <= rate.value <= 1 + 1e-9
