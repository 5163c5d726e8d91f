"""How orders are routed, as it is typed."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from engine.core.learning import Learn
from engine.core.placing import Rules
from engine.routing.tactics import TACTICS, Prices
from sessions.faults import sentences
from sessions.fields import Table
from sessions.routing import CurveConfig, LearningConfig, RoutingConfig
from spec.strategies import WHERE

SECOND = 1_000_000_000


class Deployment(Table):
    """As much of an engine's configuration as is needed here."""

    routing: RoutingConfig = RoutingConfig()
    learning: LearningConfig = LearningConfig()
    curve: list[CurveConfig] = Field(default_factory=list)


def typed(text: str) -> Deployment:
    return Deployment.model_validate(tomllib.loads(text, parse_float=Decimal))


def test_what_is_not_typed_is_as_the_engine_has_it() -> None:
    assert typed("").routing.rules(frozenset()) == Rules()
    assert typed("").learning.learn() == Learn()


def test_what_is_typed_holds() -> None:
    routing = """
    [routing]
    max_attempts = 9
    ack_timeout = 2.5
    chained = 2
    day_start = 22:00:01
    where = "placement"
    horizon = 30
    impact = 0.0001
    under = 0.002
    over = 0.003
    """
    assert typed(routing).routing.rules(frozenset({"OMS"})) == Rules(
        max_attempts=9,
        ack_timeout=2_500_000_000,
        chained=2,
        day_start=79_201 * SECOND,
        cancel_on_disconnect=frozenset({"OMS"}),
        where="placement",
        prices=Prices(Decimal("0.0001"), Decimal("0.002"), Decimal("0.003")),
        horizon=30 * SECOND,
    )
    learning = """
    [learning]
    on = true
    half_life = 60
    horizon = 0.1
    pseudo = 5
    period = 10
    rebate = 0.001
    step = 0.0002
    fill_low = 0.1
    fill_high = 2
    reject_max = 0.5
    min_samples = 7
    """
    assert typed(learning).learning.learn() == Learn(
        on=True,
        half_life=60 * SECOND,
        horizon=SECOND // 10,
        pseudo=5,
        period=10 * SECOND,
        rebate=Decimal("0.001"),
        step=Decimal("0.0002"),
        fill_low=Decimal("0.1"),
        fill_high=Decimal(2),
        reject_max=Decimal("0.5"),
        min_samples=7,
    )
    assert typed('[[curve]]\nsymbol = "ACME"\npath = "acme.csv"').curve == [
        CurveConfig(symbol="ACME", path=Path("acme.csv"))
    ]


def test_the_tactics_that_can_be_typed_are_those_there_are() -> None:
    for name in TACTICS:
        assert typed(f'[routing]\nwhere = "{name}"').routing.where == name
    assert set(TACTICS) == set(WHERE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[routing]\nwhere = "best"', "routing.where = 'best'"),
        ("[routing]\nhorizon = 0", "routing.horizon = 0"),
        ("[routing]\nimpact = 0", "routing.impact = 0"),
        ("[learning]\nhorizon = 2", "learning.horizon = 2"),
        ("[learning]\nfill_low = 0", "learning.fill_low = 0"),
        ("[learning]\nperiod = 1", "learning.period = 1"),
        ('[[curve]]\nsymbol = "ACME"', "curve.ACME.path"),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_the_value(text: str, said: str) -> None:
    values = tomllib.loads(text, parse_float=Decimal)
    with pytest.raises(ValidationError) as raised:
        Deployment.model_validate(values)
    [sentence] = sentences(raised.value, values, Deployment)
    assert sentence.startswith(said), sentence
