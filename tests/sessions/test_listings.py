"""Reference data of an instrument, from the file to the listing; every fault names key, value and fix."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.placing import Rules
from engine.market.instruments import Security
from engine.market.venues import Listing, Venue
from sessions.config import EngineConfig, ListingConfig, load
from sessions.cycle.setup import Setup, described, restored
from sessions.deployment import _listing
from tests.sessions.test_config import ENGINE, faults, written

D = Decimal
HERE = "venue.ALPHA.instruments.ACME"
OPTION = """
[venue.instruments.ACME.security]
security_type = "OPT"
maturity = "20261218"
put_or_call = "CALL"
strike = 105.5
cfi = "OCASPS"
multiplier = 100
"""
FULL = Listing(
    "ACM",
    lot=D(10),
    min_qty=D(10),
    maker_fee=D("-0.0002"),
    ticks=((D(0), D("0.0001")), (D(1), D("0.01"))),
    max_qty=D(5000),
    currency="EUR",
    security=Security("OPT", "20261218", "CALL", D("105.5"), "OCASPS", D(100)),
)
KEYS = 'maker_fee = -0.0002\nticks = [[0, 0.0001], [1, 0.01]]\nmax_qty = 5000\ncurrency = "EUR"\n'


def listing(folder: Path, text: str) -> Listing:
    config = load(written(folder, ENGINE + text), EngineConfig)
    return _listing(config.venue[0].instruments["ACME"])


def test_an_instrument_has_what_is_typed_and_nothing_else(tmp_path: Path) -> None:
    assert listing(tmp_path, KEYS + OPTION) == FULL
    assert listing(tmp_path, "") == Listing("ACM", lot=D(10), min_qty=D(10))


def test_what_is_typed_is_on_record_with_the_rest_of_the_setup() -> None:
    setup = Setup("T", (Venue("ALPHA", listings={"ACME": FULL}),), Rules())
    assert restored(json.loads(json.dumps(described(setup)))).venues == setup.venues


def test_a_future_needs_no_more_than_its_type(tmp_path: Path) -> None:
    text = '[venue.instruments.ACME.security]\nsecurity_type = "FUT"\nmaturity = "202612"'
    assert listing(tmp_path, text).security == Security("FUT", "202612")


@pytest.mark.parametrize("rows", ["[[0, 0.01]]", "[[0, 0.01], [0.25, 0.05], [10, 0.1]]", "[]"])
def test_rows_of_ticks_rise_from_nothing_and_meet_on_the_grid_of_both(tmp_path: Path, rows: str) -> None:
    ticks = listing(tmp_path, f"ticks = {rows}").ticks
    assert [list(row) for row in ticks] == json.loads(rows, parse_float=D, parse_int=D)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "ticks = 0.01",
            "ticks = 0.01: must be pairs of a price and the tick from there on, such as [[0, 0.0001], [1, 0.01]]",
        ),
        (
            "ticks = [[0, 0.01], [1]]",
            "ticks: must be pairs of a price and the tick from there on, such as [[0, 0.0001], [1, 0.01]]",
        ),
        ("ticks = [[0, 0.01], [1, 0]]", "ticks.2.2 = 0: must be above 0"),
        ("ticks = [[-1, 0.01]]", "ticks.1.1 = -1: must be 0 or more"),
        ("ticks = [[0, nan]]", "ticks.1.2 = NaN: must be a finite number"),
        (
            "ticks = [[1, 0.01]]",
            "ticks: begins at 1; the first row is for prices from 0, such as [[0, 0.0001], [1, 0.01]]",
        ),
        ("ticks = [[0, 0.01], [2, 0.02], [2, 0.05]]", "ticks: 2 stands behind 2; write the prices in rising order"),
        (
            "ticks = [[0, 0.03], [1, 0.5]]",
            "ticks: 1 is no multiple of tick 0.03; a row begins at a price of the row before it",
        ),
        (
            "ticks = [[0, 0.01], [1.01, 0.02]]",
            "ticks: 1.01 is no multiple of tick 0.02; a row begins at a price of the row before it",
        ),
        ("maker_fee = -1", "maker_fee = -1: must be above -1"),
        ("max_qty = 0", "max_qty = 0: must be above 0"),
        ('currency = "euro"', "currency = 'euro': must be a currency code, such as EUR"),
        ('security = "OPT"', "security = 'OPT': must be a table, with keys of its own"),
        ("[venue.instruments.ACME.security]", "security.security_type: is missing; add it"),
        (OPTION + "isin = 1", "security.isin: unknown key; the keys here are cfi, maturity, multiplier, put_or_call, security_type, strike"),
        (OPTION.replace("OPT", "opt"), "security.security_type = 'opt': must be a value of SecurityType(167), such as FUT or OPT"),
        (OPTION.replace("20261218", "2026"), "security.maturity = '2026': must be YYYYMM or YYYYMMDD"),
        (OPTION.replace("20261218", "20260231"), "security.maturity = '20260231': is no day; write YYYYMM or YYYYMMDD"),
        (OPTION.replace('"20261218"', "20261218"), "security.maturity = 20261218: must be text, in quotes"),
        (OPTION.replace("CALL", "call"), "security.put_or_call = 'call': must be 'PUT' or 'CALL'"),
        (OPTION.replace("105.5", "0"), "security.strike = 0: must be above 0"),
        (OPTION.replace("OCASPS", "OCA"), "security.cfi = 'OCA': must be a CFI code: six capital letters, such as OCASPS"),
        (OPTION.replace("= 100", "= -1"), "security.multiplier = -1: must be above 0"),
    ],
)  # fmt: skip
def test_each_fault_names_key_value_and_fix(tmp_path: Path, text: str, sentence: str) -> None:
    assert faults(tmp_path, ENGINE + text) == [f"{HERE}.{sentence}"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("max_qty = 9", "max_qty 9 is below the minimum of 10; raise it or take it out"),
        ("min_qty = 30\nmax_qty = 29", "max_qty 29 is below the minimum of 30; raise it or take it out"),
        ("tick = 0.5\nticks = [[0, 0.01]]", "tick 0.5 is given beside ticks; take one of them out"),
    ],
)
def test_keys_that_do_not_go_together_are_told(tmp_path: Path, text: str, sentence: str) -> None:
    assert faults(tmp_path, ENGINE + text) == [f"{HERE}: {sentence}"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('security_type = "OPT"', "maturity, strike, put_or_call"),
        ('security_type = "OOF"\nmaturity = "202612"\nstrike = 1', "put_or_call"),
        ('security_type = "MLEG"\ncfi = "OPASPS"\nput_or_call = "PUT"', "maturity, strike"),
    ],
)
def test_an_option_says_all_that_makes_it_one(tmp_path: Path, text: str, missing: str) -> None:
    [fault] = faults(tmp_path, f"{ENGINE}[venue.instruments.ACME.security]\n{text}")
    assert fault == f"{HERE}.security: an option has a maturity, a strike and put_or_call; add {missing}"


def test_every_key_of_a_listing_reaches_it() -> None:
    assert ListingConfig.model_fields.keys() == Listing.__dataclass_fields__.keys()
