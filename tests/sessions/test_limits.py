"""The limits as a person types them."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits, VenueLimits
from sessions.faults import sentences
from sessions.fields import Table
from sessions.limits import LimitsConfig

SECOND = 1_000_000_000
FULL = """
[limits]
collar = 0.05
passive_collar = 0.5
period_collar = 0.1
max_qty = 10000
max_value = 1_000_000
open_value = 5_000_000
period_value = 2_000_000
period = 300
messages = 100
message_window = 0.5
duplicate_window = 0.25
repeats = 20
repeat_window = 2
locate = true
total_open_value = 20_000_000
default_credit = 0
restricted = ["GLOBEX"]
self_trade = "refuse"

[[limits.customer]]
name = "OMS"
collar = 0.02
locate = false

[[limits.instrument]]
symbol = "ACME"
max_qty = 500.5

[[limits.venue]]
name = "ALPHA"
messages = 50
per = 1
reserve = 10
open_value = 3_000_000

[[limits.account]]
account = "ACC"
credit = 1_000_000.50
"""


class Engine(Table):
    limits: LimitsConfig = LimitsConfig()


def _read(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def _limits(text: str) -> Limits:
    return Engine.model_validate(_read(text)).limits.limits()


def _faults(text: str) -> list[str]:
    values = _read(text)
    with pytest.raises(ValidationError) as caught:
        Engine.model_validate(values)
    return list(sentences(caught.value, values, Engine))


def test_without_a_word_nothing_is_limited() -> None:
    assert _limits("") == Limits()


def test_all_of_them() -> None:
    every = CustomerLimits(
        collar=Decimal("0.05"),
        passive_collar=Decimal("0.5"),
        period_collar=Decimal("0.1"),
        max_qty=Decimal(10_000),
        max_value=Decimal(1_000_000),
        open_value=Decimal(5_000_000),
        period_value=Decimal(2_000_000),
        period=300 * SECOND,
        messages=100,
        message_window=SECOND // 2,
        duplicate_window=SECOND // 4,
        repeats=20,
        repeat_window=2 * SECOND,
        locate=True,
    )
    limits = _limits(FULL)
    own = limits.customers["OMS"]
    assert limits == Limits(
        every=every,
        customers={"OMS": own},
        instruments={"ACME": InstrumentLimits(max_qty=Decimal("500.5"))},
        venues={"ALPHA": VenueLimits(50, SECOND, 10, Decimal(3_000_000))},
        credit={"ACC": Decimal("1000000.50")},
        default_credit=Decimal(0),
        total_open_value=Decimal(20_000_000),
        restricted=frozenset({"GLOBEX"}),
        self_trade=True,
    )
    changed = {f for f in CustomerLimits.__dataclass_fields__ if getattr(own, f) != getattr(every, f)}
    assert (changed, own.collar, own.locate) == ({"collar", "locate"}, Decimal("0.02"), False)


def test_what_a_customer_sets_back_to_a_default_is_its_own() -> None:
    text = '[limits]\nperiod = 300\n[[limits.customer]]\nname = "OMS"\nperiod = 60'
    assert _limits(text).customers == {"OMS": CustomerLimits(period=60 * SECOND)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("collar = 5", "limits.collar = 5: must be a fraction below 1; 5 % is 0.05"),
        ("period_collar = 1.0", "limits.period_collar = 1.0: must be a fraction below 1; 5 % is 0.05"),
        ("collar = 0", "limits.collar = 0: must be above 0"),
        ("collar = nan", "limits.collar = NaN: must be a finite number"),
        ("max_value = -1", "limits.max_value = -1: must be above 0"),
        ("messages = 0", "limits.messages = 0: must be 1 or more"),
        ("messages = 1.5", "limits.messages = 1.5: must be a whole number"),
        ("message_window = 0", "limits.message_window = 0: must be 0.001 or more"),
        ("period = 7200", "limits.period = 7200: must be 3600 or less"),
        ("duplicate_window = -1", "limits.duplicate_window = -1: must be 0 or more"),
        ("colar = 0.1", "limits.colar: unknown key; did you mean collar?"),
        ('self_trade = "no"', "limits.self_trade = 'no': must be 'refuse' or 'allow'"),
        ('restricted = "ACME"', "limits.restricted = 'ACME': must be a list, in square brackets"),
        (
            "passive_collar = 0.5",
            "limits: passive_collar widens a collar and there is none; give collar too, or take it out",
        ),
        (
            '[[limits.customer]]\nname = "OMS"\npassive_collar = 0.5',
            "limits: passive_collar of customer OMS widens a collar and there is none; give collar too, or take it out",
        ),
        (
            '[[limits.customer]]\nname = "OMS"\n[[limits.customer]]\nname = "OMS"',
            "limits: name 'OMS' is used twice in [[limits.customer]]; each must be its own",
        ),
        ("[[limits.customer]]", "limits.customer.1.name: is missing; add it"),
        ('[limits.venue]\nname = "ALPHA"', "limits.venue: is written once; write [[venue]] above each"),
        (
            '[[limits.venue]]\nname = "ALPHA"\nreserve = 5',
            "limits.venue.ALPHA: reserve 5 is a part of messages; give messages, or take it out",
        ),
        (
            '[[limits.venue]]\nname = "ALPHA"\nmessages = 5\nreserve = 5',
            "limits.venue.ALPHA: reserve 5 leaves no order of messages 5; lower it",
        ),
        ('[[limits.account]]\naccount = "ACC"\ncredit = -1', "limits.account.1.credit = -1: must be 0 or more"),
        ('[[limits.account]]\naccount = ""\ncredit = 1', "limits.account.1.account = '': must be 1 to 64 printable ASCII characters"),
    ],
)  # fmt: skip
def test_a_fault_names_the_key_the_value_and_the_fix(text: str, fault: str) -> None:
    assert _faults(f"[limits]\n{text}") == [fault]


@pytest.mark.parametrize("key", ["collar", "max_qty", "messages", "period", "duplicate_window"])
def test_a_flag_is_no_number(key: str) -> None:
    assert len(_faults(f"[limits]\n{key} = true")) == 1
