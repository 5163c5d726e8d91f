"""The rules for venues as they are typed: seconds, one table for all, one for each that is unlike the others."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest
from pydantic import ValidationError

from engine.market.health import SECOND, Watch
from sessions.fallback import FallbackConfig
from sessions.faults import sentences
from sessions.fields import Table


class Deployment(Table):
    """As much of an engine's configuration as is needed here."""

    fallback: FallbackConfig = FallbackConfig()


def typed(text: str) -> FallbackConfig:
    return Deployment.model_validate(tomllib.loads(text, parse_float=Decimal)).fallback


def faults(text: str) -> list[str]:
    values = tomllib.loads(text, parse_float=Decimal)
    with pytest.raises(ValidationError) as raised:
        Deployment.model_validate(values)
    return list(sentences(raised.value, values, Deployment))


def test_everything_is_off_and_the_waits_are_those_of_the_engine_where_nothing_is_typed() -> None:
    assert typed("").watches(["ALPHA"]) == {"ALPHA": Watch()}
    assert typed("[fallback]").watches(["ALPHA"]) == {"ALPHA": Watch()}


EVERY = """
[fallback]
ack_limit = 0.5
ack_quantile = 0.95
ack_window = 100
ack_samples = 40
rejects = 5
rejects_of = 10
stale = 30
probe_after = 10
probe_at_most = 300.5
good_for = 120
"""


def test_what_is_typed_holds_for_every_venue() -> None:
    watch = Watch(
        latency=SECOND // 2,
        quantile=Decimal("0.95"),
        window=100,
        samples=40,
        rejects=5,
        of=10,
        stale=30 * SECOND,
        probe_after=10 * SECOND,
        probe_at_most=300 * SECOND + SECOND // 2,
        good_for=120 * SECOND,
    )
    assert typed(EVERY).watches(["ALPHA", "BETA"]) == {"ALPHA": watch, "BETA": watch}


def test_what_is_typed_for_one_venue_holds_there_and_the_rest_comes_from_all() -> None:
    text = "[fallback]\nrejects = 5\nstale = 30\n[[fallback.venue]]\nname = 'BETA'\nack_limit = 2\nstale = 0"
    assert typed(text).watches(["ALPHA", "BETA"]) == {
        "ALPHA": Watch(rejects=5, stale=30 * SECOND),
        "BETA": Watch(rejects=5, latency=2 * SECOND),
    }


def test_a_venue_is_judged_by_what_holds_there() -> None:
    text = "[fallback]\nack_window = 100\n[[fallback.venue]]\nname = 'BETA'\nack_samples = 60"
    assert typed(text).watches(["BETA"]) == {"BETA": Watch(window=100, samples=60)}


def test_the_venues_stand_in_the_order_in_which_they_are_configured() -> None:
    config = typed("[[fallback.venue]]\nname = 'BETA'\nstale = 1")
    assert list(config.watches(["GAMMA", "BETA", "ALPHA"])) == ["GAMMA", "BETA", "ALPHA"]


def test_a_venue_that_is_none_is_named() -> None:
    config = typed("[[fallback.venue]]\nname = 'BATE'\nstale = 1")
    with pytest.raises(ValueError, match=r"fallback\.venue BATE is no \[\[venue\]\]; name one of ALPHA, BETA"):
        config.watches(["ALPHA", "BETA"])


@pytest.mark.parametrize("seconds", ["0.0000000001", "0.000000001"])
def test_as_little_as_can_be_typed_is_not_off(seconds: str) -> None:
    assert typed(f"[fallback]\nack_limit = {seconds}").watches(["ALPHA"]) == {"ALPHA": Watch(latency=1)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ack_limit = -1", "fallback.ack_limit = -1: must be 0 or more"),
        ("ack_limit = 3601", "fallback.ack_limit = 3601: must be 3600 or less"),
        ("ack_limit = true", "fallback.ack_limit = true: must be a number"),
        ("ack_limit = nan", "fallback.ack_limit = NaN: must be 0 or more"),
        ("ack_quantile = 1.5", "fallback.ack_quantile = 1.5: must be 1 or less"),
        ("ack_quantile = 0", "fallback.ack_quantile = 0: must be above 0"),
        ("ack_window = 1001", "fallback.ack_window = 1001: must be 1000 or less"),
        ("rejects = 1.5", "fallback.rejects = 1.5: must be a whole number"),
        ("probe_after = 0", "fallback.probe_after = 0: must be above 0"),
        ("ack_limits = 1", "fallback.ack_limits: unknown key; did you mean ack_limit?"),
        ("ack_samples = 51", "fallback: ack_samples 51 is more than ack_window 50 ever holds; lower it"),
        ("rejects = 21", "fallback: rejects 21 is more than rejects_of 20; lower it"),
        ("probe_after = 601", "fallback: probe_at_most 600 is below probe_after 601; raise it"),
        ("[[fallback.venue]]\nstale = 1", "fallback.venue.1.name: is missing; add it"),
        ("[[fallback.venue]]\nname = 'BETA'\nstale = -1", "fallback.venue.BETA.stale = -1: must be 0 or more"),
        (
            "rejects = 6\n[[fallback.venue]]\nname = 'BETA'\nrejects_of = 5",
            "fallback: venue BETA: rejects 6 is more than rejects_of 5; lower it",
        ),
        (
            "[[fallback.venue]]\nname = 'BETA'\n[[fallback.venue]]\nname = 'BETA'",
            "fallback: venue BETA is there 2 times; write one",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_key_the_value_and_what_to_do(text: str, said: str) -> None:
    assert faults(f"[fallback]\n{text}") == [said]
