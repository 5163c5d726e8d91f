"""A configuration is checked once, and every fault is a sentence: the key, the value, what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sessions.config import (
    ConfigError,
    EngineConfig,
    ListenConfig,
    ListingConfig,
    RoutingConfig,
    SessionConfig,
    SimulatorConfig,
    StoreConfig,
    VenueConfig,
    check_file,
    load,
)

ENGINE = """
instance = "demo"

[store]
url = "store.db"

[listen]
port = 9880

[[oms]]
name = "OMS"
dialect = "FIX.4.4"
sender = "MANIFOLD"
target = "OMS"

[[venue]]
name = "ALPHA"
dialect = "FIX.4.2"
sender = "MANIFOLD"
target = "ALPHA"
host = "venue.example"
port = 9881

[venue.instruments.ACME]
symbol = "ACM"
lot = 10
"""

SIMULATOR = """
name = "ALPHA"
dialect = "FIX.4.2"
sender = "ALPHA"
target = "MANIFOLD"
port = 0

[[instrument]]
symbol = "ACME"
mid = 100.00
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "t.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(folder: Path, text: str | bytes) -> list[str]:
    """What `config check` says of it, without the file's name in front."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        check_file(path)
    return str(caught.value).replace(f"{path}: ", "").split("\n")


def test_an_engine_is_read_with_every_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, ENGINE), EngineConfig) == EngineConfig(
        instance="demo",
        idle="back-off",
        store=StoreConfig(url="store.db", durability="power"),
        listen=ListenConfig(host="127.0.0.1", port=9880),
        routing=RoutingConfig(max_attempts=4, ack_timeout=5.0),
        oms=[SessionConfig(name="OMS", dialect="FIX.4.4", sender="MANIFOLD", target="OMS", heartbeat=30, quickfix={})],
        drop_copy=[],
        venue=[
            VenueConfig(
                name="ALPHA",
                dialect="FIX.4.2",
                sender="MANIFOLD",
                target="ALPHA",
                host="venue.example",
                port=9881,
                mic="",
                weight=Decimal(1),
                instruments={
                    "ACME": ListingConfig(
                        symbol="ACM",
                        lot=Decimal(10),
                        min_qty=None,
                        tick=Decimal("0.01"),
                        contract=Decimal(1),
                        inverse=False,
                        taker_fee=Decimal(0),
                    )
                },
            )
        ],
    )


def test_numbers_are_read_as_they_are_written_and_never_through_a_float(tmp_path: Path) -> None:
    text = SIMULATOR.replace("mid = 100.00", "mid = 61833.100000000000000001\nlot = 0.00001")
    book = load(written(tmp_path, text), SimulatorConfig).instrument[0]
    assert (str(book.mid), str(book.lot)) == ("61833.100000000000000001", "0.00001")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert check_file(written(tmp_path, b"\xef\xbb\xbf" + ENGINE.encode())) == (
        "sound: an engine demo with 1 OMS, 1 venue"
    )


def test_check_says_what_a_file_describes(tmp_path: Path) -> None:
    more = ENGINE + ENGINE[ENGINE.index("[[venue]]") :].replace('"ALPHA"', '"BETA"')
    more += '[[drop_copy]]\nname = "C"\ndialect = "FIX.4.4"\nsender = "MANIFOLD"\ntarget = "C"\n'
    assert check_file(written(tmp_path, more)) == "sound: an engine demo with 1 OMS, 2 venues, 1 drop copy"
    assert check_file(written(tmp_path, SIMULATOR)) == "sound: a simulated venue ALPHA speaking FIX.4.2, 1 instrument"


def test_quickfix_settings_may_be_written_as_toml_has_them(tmp_path: Path) -> None:
    text = ENGINE.replace(
        "port = 9881",
        "port = 9881\nquickfix = { ResetOnLogon = true, LogonTimeout = 5, StartTime = 08:00:00, "
        'EndTime = "17:00:00", NonStopSession = false, SocketConnectHost1 = "10.0.0.1", SocketConnectPort1 = 9881 }',
    )
    assert load(written(tmp_path, text), EngineConfig).venue[0].quickfix == {
        "ResetOnLogon": "Y",
        "LogonTimeout": "5",
        "StartTime": "08:00:00",
        "EndTime": "17:00:00",
        "NonStopSession": "N",
        "SocketConnectHost1": "10.0.0.1",
        "SocketConnectPort1": "9881",
    }


COMP_ID = "must be 1 to 64 printable ASCII characters without spaces"
ADDRESS = "is no IPv4 address; a listener binds to one, such as 127.0.0.1 or 0.0.0.0"
PASSWORD = "holds a password; take it out and set PGPASSWORD or use ~/.pgpass"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('instance = "demo"', "", "instance: is missing; add it"),
        ('instance = "demo"', "instance = 3", "instance = 3: must be text, in quotes"),
        (
            'instance = "demo"',
            'instance = "a b"',
            "instance = 'a b': must be 1 to 32 letters, digits, underscores, dots and hyphens",
        ),
        (
            'instance = "demo"',
            'instance = "demo"\nidle = "fast"',
            "idle = 'fast': must be 'busy-spin', 'back-off' or 'sleep'",
        ),
        ('instance = "demo"', 'instance = "demo"\nroute = 1', "route: unknown key; did you mean routing?"),
        ("[store]", "[store]\nzz = 1", "store.zz: unknown key; the keys here are durability, url"),
        (
            'url = "store.db"',
            'url = ""',
            "store.url = '': names no file; give the path of an SQLite file, such as store.db",
        ),
        (
            'url = "store.db"',
            'url = "sqlite:///:memory:"',
            "store.url = 'sqlite:///:memory:': names no file; give the path of an SQLite file, such as store.db",
        ),
        (
            'url = "store.db"',
            'url = "mysql://h/d"',
            (
                "store.url = 'mysql://h/d': names a database that is not supported; "
                "use a path or postgresql+psycopg://host/database"
            ),
        ),
        (
            'url = "store.db"',
            'url = "postgresql+psycopg://me:s/e@cret@h/d"',
            f"store.url = 'postgresql+psycopg://me:***@h/d': {PASSWORD}",
        ),
        (
            'url = "store.db"',
            'url = "postgresql+psycopg://h/d?password=secret"',
            f"store.url = 'postgresql+psycopg://h/d?password=***': {PASSWORD}",
        ),
        ("port = 9880", "port = 70000", "listen.port = 70000: must be 65535 or less"),
        ("port = 9880", "port = -1", "listen.port = -1: must be 0 or more"),
        ("port = 9880", 'port = "http"', "listen.port = 'http': must be a whole number"),
        ("port = 9880", "port = true", "listen.port = true: must be a whole number"),
        ("port = 9880", 'port = 0\nhost = "localhost"', f"listen.host = 'localhost': {ADDRESS}"),
        ("port = 9880", 'port = 0\nhost = "::1"', f"listen.host = '::1': {ADDRESS}"),
        ("[listen]", "[routing]\nack_timeout = true\n[listen]", "routing.ack_timeout = true: must be a number"),
        ("[listen]", "[routing]\nack_timeout = 0\n[listen]", "routing.ack_timeout = 0: must be above 0"),
        ('target = "OMS"', 'target = "O M S"', f"oms.OMS.target = 'O M S': {COMP_ID}"),
        ('target = "OMS"', 'target = ""', f"oms.OMS.target = '': {COMP_ID}"),
        ('target = "OMS"', r'target = "O\u0001S"', f"oms.OMS.target = 'O\\x01S': {COMP_ID}"),
        ('target = "OMS"', 'target = "OMS"\nheartbeat = 0', "oms.OMS.heartbeat = 0: must be 1 or more"),
        ('name = "OMS"', "", "oms.1.name: is missing; add it"),
        ('name = "ALPHA"', 'name = "OMS"', "name 'OMS' is used twice; each must be its own"),
        ('"FIX.4.2"', '"FIX42"', "venue.ALPHA.dialect = 'FIX42': must be 'FIX.4.2', 'FIX.4.4' or 'FIX.5.0SP2'"),
        ('"venue.example"', '"a b"', "venue.ALPHA.host = 'a b': must be a host name or an IPv4 address"),
        ("port = 9881", "port = 0", "venue.ALPHA.port = 0: must be 1 or more"),
        (
            "port = 9881",
            'port = 1\nmic = "xal"',
            "venue.ALPHA.mic = 'xal': must be a market identifier code: four capital letters or digits",
        ),
        ("[[venue]]", "[venue]", "venue: is written once; write [[venue]] above each"),
        ("[venue.instruments.ACME]", "[venue.instrument.ACME]", "venue.ALPHA.instruments: is missing; add it"),
        (
            "[venue.instruments.ACME]",
            '[venue.instruments." ACME"]',
            (
                "venue.ALPHA.instruments. ACME = ' ACME': "
                "must be 1 to 64 printable ASCII characters, no space at either end"
            ),
        ),
        ("lot = 10", "lot = 0", "venue.ALPHA.instruments.ACME.lot = 0: must be above 0"),
        ("lot = 10", "lot = nan", "venue.ALPHA.instruments.ACME.lot = NaN: must be a finite number"),
        ("lot = 10", 'lot = "ten"', "venue.ALPHA.instruments.ACME.lot = 'ten': must be a number"),
        ("lot = 10", "lot = true", "venue.ALPHA.instruments.ACME.lot = true: must be a number"),
        ("lot = 10", 'inverse = "maybe"', "venue.ALPHA.instruments.ACME.inverse = 'maybe': must be true or false"),
        ("lot = 10", "taker_fee = 1", "venue.ALPHA.instruments.ACME.taker_fee = 1: must be below 1"),
        (
            "lot = 10",
            "lot = 10\nmin_qty = 15",
            "venue.ALPHA.instruments.ACME: min_qty 15 is no multiple of lot 10; raise it to the next one",
        ),
        (
            "port = 9881",
            'port = 9881\nquickfix = { ResetOnLogin = "Y" }',
            "venue.ALPHA.quickfix.ResetOnLogin is no setting of QuickFIX; did you mean ResetOnLogon?",
        ),
        (
            "port = 9881",
            'port = 9881\nquickfix = { ResetOnLogon = "yes" }',
            "venue.ALPHA.quickfix.ResetOnLogon = 'yes': must be Y or N",
        ),
        (
            "port = 9881",
            "port = 9881\nquickfix = { ResetOnLogon = [1] }",
            "venue.ALPHA.quickfix.ResetOnLogon: must be text, in quotes",
        ),
        (
            "port = 9881",
            'port = 9881\nquickfix = { StartTime = "08:00:00" }',
            'venue.ALPHA.quickfix: StartTime needs NonStopSession = "N" beside it',
        ),
        (
            "port = 9881",
            'port = 9881\nquickfix = "x"',
            "venue.ALPHA.quickfix = 'x': must be a table, with keys of its own",
        ),
    ],
)
def test_each_fault_of_an_engine_names_key_value_and_fix(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in faults(tmp_path, ENGINE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[[instrument]]", '[[instrument]]\nsymbol = "X"\nmid = 1\n[[instrument]]', None),
        (
            "[[instrument]]",
            '[[instrument]]\nsymbol = "ACME"\nmid = 1\n[[instrument]]',
            "symbol 'ACME' is used twice; each must be its own",
        ),
        (
            "mid = 100.00",
            "mid = 0.05",
            (
                "instrument.ACME: mid 0.05 leaves no room for 8 levels of tick 0.01 below it; "
                "raise mid to 0.09 or more, or lower levels or tick"
            ),
        ),
        (
            "mid = 100.00",
            "mid = 100.00\nlot = 1000",
            "instrument.ACME: size 500 is below lot 1000; raise it to a lot or more",
        ),
        ("mid = 100.00", "mid = 100.00\nlevels = 101", "instrument.ACME.levels = 101: must be 100 or less"),
        ("port = 0", 'port = 0\nhost = "localhost"', f"host = 'localhost': {ADDRESS}"),
        ("port = 0", "port = 0\nfills = 3", "fills = 3: must be text, in quotes"),
        ("port = 0", "port = 0\nlatency = -1", "latency = -1: must be 0 or more"),
        (
            "[[instrument]]",
            '[[replay]]\npath = "p"\ninstrument = "gold"\nsymbol = "BTC"\n[[instrument]]',
            "replay.BTC.instrument = 'gold': must be 'spot', 'usdm' or 'cm'",
        ),
    ],
)
def test_each_fault_of_a_simulated_venue_does_so_too(tmp_path: Path, old: str, new: str, sentence: str | None) -> None:
    text = SIMULATOR.replace(old, new)
    if sentence is None:
        assert check_file(written(tmp_path, text)).endswith("2 instruments")
    else:
        assert faults(tmp_path, text) == [sentence]


def test_a_venue_that_trades_nothing_says_what_to_add(tmp_path: Path) -> None:
    text = SIMULATOR[: SIMULATOR.index("[[instrument]]")]
    assert faults(tmp_path, text) == ["trades nothing; add an [[instrument]] or a [[replay]]"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = ENGINE.replace("instance", "instanc").replace("9880", "-1").replace("venue.example", "")
    assert faults(tmp_path, text) == [
        "instance: is missing; add it",
        "listen.port = -1: must be 0 or more",
        "venue.ALPHA.host = '': must be a host name or an IPv4 address",
        "instanc: unknown key; did you mean instance?",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff\xfe\x00", "is not UTF-8 text; a configuration is a TOML file"),
        ("[store", "is not TOML: Expected ']' at the end of a table declaration (at "),
        ("a = 1\na = 2", "is not TOML: Cannot overwrite a value (at "),
        ("a = " + "[" * 9_999, "is not TOML: its lists are nested too deeply"),
        ("a = 1e9999999999999999999", "holds a number with too large an exponent; write it out"),
    ],
    ids=["bytes", "syntax", "twice", "depth", "exponent"],
)
def test_what_is_no_toml_is_told_where(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(sentence)


def test_a_file_that_is_not_there_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read: No such file or directory; give the path of a"):
        check_file(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory; give the path of a TOML file"):
        load(tmp_path, EngineConfig)


def test_the_file_of_the_other_kind_says_which_command_takes_it(tmp_path: Path) -> None:
    path = written(tmp_path, SIMULATOR)
    with pytest.raises(ConfigError) as caught:
        load(path, EngineConfig)
    assert str(caught.value) == f"{path}: describes a simulated venue, not an engine; it is for manifold simulate"
    written(tmp_path, ENGINE)
    with pytest.raises(ConfigError) as caught:
        load(path, SimulatorConfig)
    assert str(caught.value) == f"{path}: describes an engine, not a simulated venue; it is for manifold run"
