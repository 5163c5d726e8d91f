from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.market.venues import Listing, Venue
from fix.enums import OrdType, Side, TimeInForce
from sessions.config import ConfigError
from sessions.study.config import RecordedMarket, StrategyConfig, checked, folder, load
from tests.sessions.study.making import BEGIN, STUDY, D, order

EXAMPLE = Path(__file__).parents[3] / "examples" / "study.toml"
FILE = Path("study.toml")


def values() -> dict[str, Any]:
    return tomllib.loads(STUDY, parse_float=Decimal)


def test_the_example_is_sound() -> None:
    config = load(EXAMPLE)
    assert [each.name for each in config.strategy] == ["sweep", "placement", "equal split", "best single venue"]
    assert [(each.name, each.instrument) for each in config.venue] == [
        ("SPOT", "spot"),
        ("USDM", "usdm"),
        ("COINM", "cm"),
    ]


def test_venues_are_the_engines_own() -> None:
    alpha, beta = checked(FILE, values()).venues()
    listing = Listing("ACME.A", taker_fee=D("0.00005"))
    assert alpha == Venue("ALPHA", "ALPHA", listings={"ACME": listing})
    assert beta.listings == {"ACME": Listing("ACME.B")}


def test_an_order_is_a_market_order_where_no_limit_is_asked_for() -> None:
    config = checked(FILE, values())
    market, limited = (config.order(BEGIN, Side.SELL, price, "P1") for price in (None, D(10)))
    assert (market.ord_type, market.price, market.order_qty) == (OrdType.MARKET, None, D(1500))
    assert (limited.ord_type, limited.price, limited.time_in_force) == (OrdType.LIMIT, D(10), TimeInForce.DAY)


def test_a_strategys_times_count_from_the_arrival() -> None:
    config = StrategyConfig(
        name="x", target="1001", parameters={"EndTime": D("1.5"), "Slices": 3, "SizeJitter": D("0.5")}
    )
    asked = config.ordered(order())
    assert asked.strategy == "1001"
    assert asked.parameters == (("EndTime", "20240101-00:00:01.500"), ("Slices", "3"), ("SizeJitter", "0.5"))


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(table: Any) -> None:
        for part in path[:-1]:
            table = table[part]
        table[path[-1]] = to

    return change


def _drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(table: Any) -> None:
        for part in path[:-1]:
            table = table[part]
        del table[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_set("sead", to=7), "sead: unknown key; did you mean seed?"),
        (_drop("symbol"), "symbol: is missing; add it"),
        (_set("parents", "count", to=1), "parents.count = 1: must be 2 or more"),
        (
            _set("parents", "spacing", to=9),
            "parents: spacing 9 is below duration 10; raise it, orders overlap",
        ),
        (
            _set("baseline", to="other"),
            "baseline 'other' is no strategy; name one of smart, equal split, in time",
        ),
        (_set("venue", 1, "name", to="ALPHA"), "venue name 'ALPHA' is used twice; each must be its own"),
        (_set("strategy", 1, "name", to="smart"), "strategy name 'smart' is used twice; each must be its own"),
        (_drop("venue", 0, "quotes"), "venue.ALPHA.quotes is missing; a seeded market needs it"),
        (
            _set("market", to={"kind": "recorded", "path": "x"}),
            "venue.ALPHA.instrument is missing; a recorded market needs it",
        ),
        (
            _set("venue", 0, "instrument", to="spot"),
            "venue.ALPHA.instrument is for the other kind of market; take it out",
        ),
        (_set("venue", 0, "latency", to=-1), "venue.ALPHA.latency = -1: must be 0 or more"),
        (
            _set("strategy", 2, "parameters", "Slices", to=0),
            "strategy.in time: Slices = '0': must be 1 or more",
        ),
        (
            _set("strategy", 0, "target", to="9"),
            "strategy.smart: TargetStrategy(847) = '9': is no strategy we know; use 1 (VWAP)",
        ),
        (
            _set("strategy", 2, "parameters", "EndTime", to="20240101-00:00:00"),
            "EndTime is text; give the seconds from the order's arrival",
        ),
    ],
)
def test_a_fault_names_the_key_the_value_and_the_fix(change: Callable[[dict[str, Any]], None], sentence: str) -> None:
    table = values()
    change(table)
    with pytest.raises(ConfigError) as caught:
        checked(FILE, table)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("study.toml: ")


def test_all_faults_are_told_at_once() -> None:
    table = values()
    table["parents"]["count"], table["tick"] = 1, 0
    with pytest.raises(ConfigError) as caught:
        checked(FILE, table)
    assert str(caught.value).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "cannot be read"), ("seed =", "is not TOML"), ("a = 1e99999999999999999999", "exponent")],
)
def test_a_file_that_is_none_is_told_so(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "study.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=sentence):
        load(path)


def test_recordings_are_where_the_file_or_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path("/desk/study.toml")
    monkeypatch.setenv("MANIFOLD_SHARED", "/data/shared")
    assert folder(RecordedMarket(kind="recorded", path=Path("here")), beside) == Path("/desk/here")
    nowhere = RecordedMarket(kind="recorded")
    assert folder(nowhere, beside) == Path("/data/shared/data/binance-btc-20240808")
    monkeypatch.delenv("MANIFOLD_SHARED")
    with pytest.raises(ConfigError, match=r"study.toml: market.path: is missing; give the folder"):
        folder(nowhere, beside)
