"""From a configuration to an engine: what is built, and what is refused before anything is touched."""

from __future__ import annotations

import itertools
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.core.placing import Rules
from engine.dropcopy.store import StoreError
from engine.market.venues import Listing, Venue
from fix.enums import TimeInForce
from sessions.config import ConfigError, EngineConfig
from sessions.cycle.engine import Engine
from sessions.cycle.idle import BackOff, BusySpin, IdleStrategy, Sleep
from sessions.cycle.setup import Party, Role
from sessions.deployment import build, prefix, store_url
from sessions.gateway.terms import SettingsError

AT = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
D = Decimal
_numbers = itertools.count(1)  # QuickFIX knows sessions of a process by their CompIDs: each has its own


def config(**changes: Any) -> EngineConfig:
    number = next(_numbers)
    session = {"name": "OMS", "dialect": "FIX.4.4", "sender": f"BUILT{number}", "target": "OMS"}
    copy = session | {"name": "COPY", "target": "COPY"}
    venue = session | {"name": "ALPHA", "target": "ALPHA", "host": "127.0.0.1", "port": 9881}
    venue |= {"instruments": {"ACME": {"symbol": "ACM", "lot": 10}}} | changes.pop("venue", {})
    values = {"instance": "t", "store": {"url": "store.db"}, "listen": {"port": 0}}
    return EngineConfig.model_validate(values | {"oms": [session], "drop_copy": [copy], "venue": [venue]} | changes)


def built(folder: Path, **changes: Any) -> tuple[Engine, IdleStrategy]:
    engine, idle = build(config(**changes), folder / "engine.toml", AT)
    engine.store.close()
    return engine, idle


def test_an_engine_is_built_beside_its_configuration(tmp_path: Path) -> None:
    engine, _ = built(tmp_path)
    assert (tmp_path / "store.db").is_file()
    assert engine.store.name == f"sqlite:///{tmp_path / 'store.db'}"


@pytest.mark.parametrize(("name", "kind"), [("busy-spin", BusySpin), ("back-off", BackOff), ("sleep", Sleep)])
def test_the_loop_waits_as_it_is_told(tmp_path: Path, name: str, kind: type) -> None:
    assert isinstance(built(tmp_path, idle=name)[1], kind)


def test_a_venue_is_known_as_configured_and_its_minimum_is_a_lot_unless_given(tmp_path: Path) -> None:
    perpetual = {"symbol": "PERP", "lot": 2, "min_qty": 6, "tick": "0.1", "contract": 100, "inverse": True}
    listed = {"ACME": {"symbol": "ACM", "lot": 10, "taker_fee": "-0.1"}, "BTC": perpetual}
    engine, _ = built(tmp_path, venue={"instruments": listed, "mic": "XALP", "weight": 3})
    assert engine.setup.venues == (
        Venue(
            name="ALPHA",
            mic="XALP",
            weight=D(3),
            listings={
                "ACME": Listing("ACM", lot=D(10), min_qty=D(10), tick=D("0.01"), taker_fee=D("-0.1")),
                "BTC": Listing("PERP", lot=D(2), min_qty=D(6), tick=D("0.1"), contract=D(100), inverse=True),
            },
        ),
    )


def test_everything_that_decides_is_part_of_the_setup(tmp_path: Path) -> None:
    takes = {"replaces": False, "mass_cancel": True, "cancel_on_disconnect": True, "times_in_force": ["DAY", "GTC"]}
    routing = {"max_attempts": 7, "ack_timeout": 0.5, "chained": 2, "day_start": "22:00:30"}
    limits = {"restricted": ["NONE"]}
    engine, _ = built(tmp_path, venue=takes, routing=routing, limits=limits, fallback={"stale": 3})
    setup = engine.setup
    assert setup.prefix == prefix(AT)
    assert setup.rules == Rules(7, 500_000_000, 2, (22 * 3600 + 30) * SECOND, frozenset())
    assert setup.venues[0] == Venue(
        "ALPHA",
        listings={"ACME": Listing("ACM", lot=D(10), min_qty=D(10))},
        replaces=False,
        mass_cancel=True,
        cancel_on_disconnect=True,
        times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC}),
    )
    assert setup.limits.restricted == frozenset({"NONE"})
    assert setup.watch["ALPHA"].stale == 3 * SECOND
    assert setup.parties == (
        Party("OMS", Role.OMS, "FIX.4.4"),
        Party("COPY", Role.DROP_COPY, "FIX.4.4"),
        Party("ALPHA", Role.VENUE, "FIX.4.4"),
    )


def test_an_oms_may_have_its_orders_cancelled_when_its_session_ends(tmp_path: Path) -> None:
    number = next(_numbers)
    oms = {
        "name": "OMS",
        "dialect": "FIX.4.4",
        "sender": f"BUILT{number}",
        "target": "OMS",
        "cancel_on_disconnect": True,
    }
    engine, _ = built(tmp_path, oms=[oms])
    assert engine.setup.rules.cancel_on_disconnect == frozenset({"OMS"})


def test_a_host_nobody_knows_is_told_and_no_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, venue={"host": "nowhere.example"})
    assert str(caught.value) == (
        f"{tmp_path / 'engine.toml'}: venue.ALPHA.host = 'nowhere.example': Name or service not known; "
        "is the name right, and does the name server answer?"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_only_quickfix_can_judge_is_told_and_no_store_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        built(tmp_path, venue={"quickfix": {"DataDictionary": "none.xml"}})
    assert str(caught.value) == (
        "ALPHA.quickfix: none.xml: Could not parse data dictionary file; correct the setting or take it out"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the folder does not exist; make it first"):
        built(tmp_path, store={"url": "none/store.db"})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("store.db", "/etc/manifold/store.db"),
        ("../store.db", "/etc/manifold/../store.db"),
        ("/var/store.db", "/var/store.db"),
        ("sqlite:////var/store.db", "sqlite:////var/store.db"),
        ("postgresql+psycopg://db/manifold", "postgresql+psycopg://db/manifold"),
    ],
)
def test_a_path_counts_from_the_folder_of_the_configuration(url: str, found: str) -> None:
    assert store_url(url, Path("/etc/manifold/engine.toml")) == found


def test_every_tenth_of_a_second_has_a_mark_of_its_own() -> None:
    marks = [prefix(AT + tenth * 100_000_000) for tenth in range(3)]
    assert marks == ["7T5CZY8", "7T5CZY9", "7T5CZYA"]
    assert prefix(AT + 99_999_999) == marks[0]
