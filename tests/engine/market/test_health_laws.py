"""What holds of venues' health whatever happens: same events, same changes; changes tell states; ticks leave no trace."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.market.health import SECOND, Change, Health, State, Watch

IN, OUT, PROBING = State.IN, State.OUT, State.PROBING
MS = 1_000_000
ALL = Watch(
    latency=500 * MS,
    quantile=Decimal("0.5"),
    window=4,
    samples=2,
    rejects=2,
    of=4,
    stale=10 * SECOND,
    probe_after=20 * SECOND,
    probe_at_most=60 * SECOND,
    good_for=100 * SECOND,
)
NAMES = st.sampled_from(["ALPHA", "BETA"])
CHILDREN = st.sampled_from(["T-1-1", "T-1-2"])
STEPS = st.one_of(
    st.tuples(st.just("acked"), NAMES, st.sampled_from([1 * MS, 501 * MS, -MS]), CHILDREN),
    st.tuples(st.just("rejected"), NAMES, st.just("halted"), CHILDREN),
    st.tuples(st.just("unanswered"), NAMES, CHILDREN),
    st.tuples(st.just("probe_sent"), NAMES, CHILDREN),
    st.tuples(st.sampled_from(["data", "up", "down"]), NAMES),
    st.tuples(st.sampled_from(["take_out", "take_back"]), NAMES),
    st.tuples(st.just("tick")),
)
SCRIPT = st.lists(st.tuples(st.integers(-SECOND, 40 * SECOND), STEPS), max_size=60)


def play(health: Health, now: int, step: tuple[Any, ...]) -> list[Change]:
    what, *rest = step
    if what == "tick":
        return health.tick(now)
    if what in ("take_out", "take_back"):
        return [getattr(health, what)(rest[0], "ANNA", "why")]
    if what == "probe_sent":
        health.probe_sent(*rest)
        return []
    change: Change | None
    if what == "acked":
        change = health.acked(rest[0], rest[1], now, rest[2])
    elif what == "rejected":
        change = health.rejected(rest[0], rest[1], now, rest[2])
    elif what == "unanswered":
        change = health.unanswered(rest[0], now, rest[1])
    else:
        change = getattr(health, what)(rest[0], now)
    return [] if change is None else [change]


def state(health: Health, venue: str) -> State:
    return IN if health.eligible(venue) else PROBING if health.probing(venue) else OUT


def inside(health: Health) -> dict[str, Any]:
    """Everything that is known, window by window."""
    found = {}
    for venue, standing in health._venues.items():
        values = {name: getattr(standing, name) for name in standing.__slots__}
        windows = {name: vars(values.pop(name)) for name in ("_took", "_rejects")}
        found[venue] = copy.deepcopy(values | windows)
    return found


def ward_of_two() -> Health:
    return Health({"ALPHA": ALL, "BETA": ALL}, {"BETA": {"reason": "slow"}})


@given(SCRIPT)
def test_the_same_events_bring_the_same_changes_and_the_changes_tell_the_states(
    script: list[tuple[int, tuple[Any, ...]]],
) -> None:
    one, other, now = ward_of_two(), ward_of_two(), 0
    told = {"ALPHA": OUT, "BETA": OUT}
    for later, step in script:
        now += later
        before = dict(told)
        changes = play(one, now, step)
        assert changes == play(other, now, step)
        told.update({change.venue: change.state for change in changes})
        assert told == {venue: state(one, venue) for venue in told}
        by_hand = step[0] in ("take_out", "take_back")
        assert by_hand or all(change.state is not before[change.venue] for change in changes), "a change of nothing"


@given(SCRIPT, st.integers(0, 60 * SECOND), st.integers(0, 60 * SECOND))
def test_a_tick_that_changes_nothing_leaves_no_trace(
    script: list[tuple[int, tuple[Any, ...]]], first: int, second: int
) -> None:
    health, now = ward_of_two(), 0
    for later, step in script:
        now += later
        play(health, now, step)
    before = inside(health)
    if not health.tick(now + first):
        assert inside(health) == before
        ticked = health.tick(now + first + second)
        alone, now = ward_of_two(), 0
        for later, step in script:
            now += later
            play(alone, now, step)
        assert ticked == alone.tick(now + first + second)
        assert inside(health) == inside(alone)


@given(SCRIPT)
def test_it_may_be_probed_only_when_it_is_probing_and_everything_kept_is_out_of_routing(
    script: list[tuple[int, tuple[Any, ...]]],
) -> None:
    health, now = ward_of_two(), 0
    for later, step in script:
        now += later
        play(health, now, step)
        for venue in ("ALPHA", "BETA"):
            assert health.probing(venue) or not health.may_probe(venue)
            assert venue not in health.kept() or not health.eligible(venue)
    again = Health({"ALPHA": ALL, "BETA": ALL}, health.kept())
    assert again.kept() == health.kept()
