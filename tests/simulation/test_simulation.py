"""Worlds that seeds make and break. `make simulate` plays thousands; a failure prints its seed: play it with

python -m tests.simulation --from SEED --seeds 1
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from engine.orders import booking
from engine.orders.order import Child
from engine.orders.states import TERMINAL, Request
from fix.business import ZERO
from fix.enums import Side, TimeInForce
from sessions.cycle.engine import Engine
from tests.simulation.actions import Action, Carry, Cut, Fail, Order, Plan, Read, Terms, Turn, draw
from tests.simulation.run import Outcome, play, seed, shortest

SEEDS, BATCH = 200, 20
MUTANTS_WITHIN = 60  # seeds

ONE = Decimal(1)
PLAN = Plan(
    venues=(
        Terms("V1", "FIX.4.4", ONE, ONE, ONE, narrow=False, replaces=True),
        Terms("V2", "FIX.4.2", ONE, ONE, ONE, narrow=True, replaces=False),
    ),
    omss=("FIX.4.4",),
    max_attempts=4,
    taken=100,
)
ORDER = Order(0, 100, Decimal(10), Side.BUY, TimeInForce.DAY)


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_every_world_holds(first: int) -> None:
    failed = {number: str(outcome.violation) for number, outcome in played(first, BATCH) if outcome.violation}
    assert failed == {}


def played(first: int, count: int) -> list[tuple[int, Outcome]]:
    return [(number, seed(number)) for number in range(first, first + count)]


def test_a_seed_played_twice_ends_in_the_same_record() -> None:
    once, twice = seed(7), seed(7)
    assert once.head == twice.head != ""
    assert once.counts == twice.counts


def test_a_drawn_world_is_the_same_list_of_actions_again() -> None:
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


def test_a_plain_script_runs_to_its_end() -> None:
    actions: Sequence[Action] = [ORDER, Carry(0, 1), Turn(), Carry(0, 1), Read(0, "fill"), Cut(2, 0, 0), Turn()]
    outcome = play(PLAN, actions)
    assert outcome.violation is None
    assert outcome.counts["order"] == outcome.counts["cut"] == 1


def test_a_store_that_fails_for_good_is_a_crash_and_nothing_is_lost() -> None:
    outcome = play(PLAN, [ORDER, Carry(0, 1), Fail(10), Turn()])
    assert outcome.violation is None
    assert outcome.counts["stores given up"] == outcome.counts["crashes"] == 1


# -- and it can fail: each of these is a bug that somebody could write ---------------------------------------------------


def sends_first(self: Engine, _: int = 0) -> bool:
    """`Engine._work` with the send before the commit."""
    worked = False
    while self._inbox or self._changes or self._out.entries:
        self._take(self._clock())
        self._send()
        self._commit()
        worked = True
    return worked


class _Nothing(set[str]):
    def __contains__(self, _: object) -> bool:
        return False


def books_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that comes twice is applied twice."""
    book = booking.book

    def forgetful(parent: Any, child: Child, report: Any, now: int) -> booking.Booked:
        child.exec_ids = _Nothing()
        return book(parent, child, report, now)

    monkeypatch.setattr("engine.core.hearing.book", forgetful)
    monkeypatch.setattr("engine.dropcopy.recovery.book", forgetful)


def doubt_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in doubt is routed again."""

    def exposure(child: Child) -> Decimal:
        if child.state in TERMINAL or child.request is Request.IN_DOUBT:
            return ZERO
        return (child.qty - child.cum) * child.unit + child.dust

    monkeypatch.setattr(Child, "exposure", property(exposure))


def sends_unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The send comes before the commit."""
    monkeypatch.setattr(Engine, "_work", sends_first)


def orders_are_resent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue that asks for a gap gets its orders again."""
    monkeypatch.setattr("sessions.cycle.engine.questions", list)


BUGS = {
    books_again: "the engine's sums are those of what venues said",
    doubt_is_free: "law 4: never more than asked",
    sends_unrecorded: "law 1: nothing leaves before it is recorded",
    orders_are_resent: "an order is never sent again",
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found(bug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bug(monkeypatch)
    for number in range(MUTANTS_WITHIN):
        violation = seed(number).violation
        if violation is not None:
            break
    assert violation is not None
    assert violation.rule == BUGS[bug]


def test_what_fails_is_shortened_and_still_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sends_unrecorded(monkeypatch)
    actions: list[Action] = [Read(0, "accept"), ORDER, Turn(), Carry(0, 1), Read(0, "accept"), Turn(), Turn()]
    violation = play(PLAN, actions).violation
    assert violation is not None
    left = shortest(PLAN, actions, violation.rule, lambda _: None)
    assert left == []
