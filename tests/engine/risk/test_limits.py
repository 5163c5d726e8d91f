from __future__ import annotations

import json

import pytest

from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits, VenueLimits, described, restored
from tests.engine.orders.making import D

SOME = Limits(
    every=CustomerLimits(collar=D("0.05"), messages=10, locate=True),
    customers={"OMS": CustomerLimits(max_qty=D("1E+3"), duplicate_window=7)},
    instruments={"ACME": InstrumentLimits(max_qty=D(5))},
    venues={"ALPHA": VenueLimits(messages=50, window=1, reserve=5, open_value=D(10))},
    credit={"ACC": D("100.50")},
    default_credit=D(0),
    total_open_value=D(7),
    restricted=frozenset({"GLOBEX", "ACME"}),
    self_trade=True,
)


def test_nothing_is_limited_unless_it_is_said() -> None:
    assert Limits() == Limits(every=CustomerLimits(), customers={}, venues={}, credit={}, restricted=frozenset())
    assert VenueLimits().messages is None


def test_they_are_written_down_without_what_is_at_its_default() -> None:
    assert described(SOME) == {
        "every": {"collar": "0.05", "messages": 10, "locate": True},
        "customers": {"OMS": {"max_qty": "1E+3", "duplicate_window": 7}},
        "instruments": {"ACME": {"max_qty": "5"}},
        "venues": {"ALPHA": {"messages": 50, "window": 1, "reserve": 5, "open_value": "10"}},
        "credit": {"ACC": "100.50"},
        "default_credit": "0",
        "total_open_value": "7",
        "restricted": ["ACME", "GLOBEX"],
        "self_trade": True,
    }


@pytest.mark.parametrize("limits", [SOME, Limits()])
def test_what_was_written_is_read_back(limits: Limits) -> None:
    assert restored(json.loads(json.dumps(described(limits)))) == limits


@pytest.mark.parametrize(
    ("limits", "beyond_customers", "of_what_is_open"),
    [
        (Limits(), False, False),
        (Limits(every=CustomerLimits(max_qty=D(1)), venues={"ALPHA": VenueLimits(messages=1)}), False, False),
        (Limits(customers={"OMS": CustomerLimits(open_value=D(1))}), False, True),
        (Limits(every=CustomerLimits(open_value=D(1))), False, True),
        (Limits(venues={"ALPHA": VenueLimits(open_value=D(1))}), False, True),
        (Limits(restricted=frozenset({"ACME"})), True, False),
        (Limits(instruments={"ACME": InstrumentLimits(collar=D(1))}), True, False),
        (Limits(credit={"ACC": D(1)}), True, True),
        (Limits(default_credit=D(1)), True, True),
        (Limits(total_open_value=D(1)), True, True),
        (Limits(self_trade=True), True, True),
    ],
)
def test_what_has_to_be_looked_at(limits: Limits, *, beyond_customers: bool, of_what_is_open: bool) -> None:
    assert (limits.beyond_customers, limits.of_what_is_open) == (beyond_customers, of_what_is_open)
