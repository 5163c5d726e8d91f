from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from engine.core import actions
from engine.core.actions import (
    Action,
    ChangeLimits,
    Enable,
    Kill,
    LearnAgain,
    Outcome,
    Release,
    RollBack,
    Scope,
    Settle,
    TakeBack,
    TakeOut,
)
from engine.core.commands import Decide, Decision, SendMassCancel
from engine.core.core import Core
from engine.core.events import Instructed
from engine.core.placing import Rules
from engine.orders.booking import OUTCOMES
from engine.risk.limits import Limits
from tests.engine.core.life import Life, accepted
from tests.engine.orders.making import NOW, D, new_order
from tests.engine.routing.making import venue

ONE_OF_EACH: tuple[Action, ...] = (
    Kill(Scope.ALL),
    Release(Scope.ALL),
    Settle("T-1-1", Outcome.WORKING, D(0)),
    Enable("OMS"),
    ChangeLimits(Limits(self_trade=True)),
    TakeOut("ALPHA"),
    TakeBack("ALPHA"),
    RollBack(),
    LearnAgain(),
)


def test_one_of_each_is_one_of_each() -> None:
    assert [type(each) for each in ONE_OF_EACH] == list(get_args(actions.Action))


@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: type(action).__name__)
def test_whatever_a_person_asks_is_on_record_with_the_name(action: Action) -> None:
    core = Core([venue("ALPHA")], Rules(), "T")
    decided = [each for each in core.handle(Instructed("ada", "a test", action), NOW) if isinstance(each, Decide)]
    assert "ada" in decided[0].reason


@pytest.mark.parametrize("action", [*ONE_OF_EACH[1:4], TakeOut("NOWHERE"), TakeBack(""), Kill(Scope.VENUE, "NOWHERE")])
def test_what_cannot_be_done_is_one_refusal_and_nothing_else(action: Action) -> None:
    [refused] = Life(venue("ALPHA")).told_to(action)
    assert isinstance(refused, Decide)
    assert refused.kind is Decision.REFUSE
    assert refused.reason.startswith("ada asked for what cannot be done: ")


def test_a_person_may_say_every_outcome_there_is() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_mass_cancels_are_numbered() -> None:
    life = accepted(replace(venue("ALPHA"), mass_cancel=True))
    names = []
    for number in (1, 2):
        commands = life.told_to(Kill(Scope.ALL))
        names += [each.request.cl_ord_id for each in commands if isinstance(each, SendMassCancel)]
        life.told_to(Release(Scope.ALL))
        life.order(new_order(cl_ord_id=f"B{number}"))
    assert names == ["T-Q1", "T-Q2"]
