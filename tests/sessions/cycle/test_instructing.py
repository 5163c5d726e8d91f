from __future__ import annotations

import json
from decimal import Decimal
from typing import get_args

import pytest

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
from engine.risk.limits import CustomerLimits, Limits, VenueLimits
from sessions.cycle.instructing import described, restored
from sessions.cycle.outbox import canonical

ACTIONS: list[Action] = [
    Kill(Scope.ALL),
    Release(Scope.VENUE, "ALPHA"),
    Settle("T-1-2", Outcome.CANCELED, Decimal("0.50")),
    Enable("OMS"),
    ChangeLimits(
        Limits(
            every=CustomerLimits(max_qty=Decimal(5)),
            venues={"ALPHA": VenueLimits(messages=10, reserve=2)},
            restricted=frozenset({"X", "A"}),
        )
    ),
    TakeOut("ALPHA"),
    TakeBack("ALPHA"),
    RollBack(),
    LearnAgain(),
]


def test_every_action_is_here() -> None:
    assert {type(action) for action in ACTIONS} == set(get_args(Action))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_an_action_comes_back_from_its_record_as_it_was(action: Action) -> None:
    again = restored(json.loads(canonical(described(action))))
    assert again == action
    assert type(again) is type(action)


def test_an_action_is_its_kind_and_its_fields() -> None:
    assert described(ACTIONS[2]) == {"kind": "Settle", "cl_ord_id": "T-1-2", "outcome": "canceled", "cum_qty": "0.50"}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "kind = '': no such action; known are Kill, Release, "),
        ({"kind": "Sell"}, "kind = 'Sell': no such action"),
        ({"kind": "Kill", "scope": "world"}, "scope"),
        ({"kind": "Enable"}, "customer"),
        ({"kind": "Enable", "customer": "OMS", "venue": "ALPHA"}, "venue"),
    ],
)
def test_what_is_no_action_is_an_error_that_says_what_is_wrong(values: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        restored(values)
