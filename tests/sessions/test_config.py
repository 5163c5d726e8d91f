"""A configuration is checked once, and every fault is a sentence: the key, the value, what to do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from sessions.config import (
    ConfigError,
    ControlConfig,
    EngineConfig,
    ListenConfig,
    ListingConfig,
    OmsConfig,
    SimulatorConfig,
    StoreConfig,
    VenueConfig,
    check_file,
    control_socket,
    load,
)
from sessions.fallback import FallbackConfig
from sessions.limits import LimitsConfig
from sessions.routing import RoutingConfig

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
        routing=RoutingConfig(max_attempts=4, ack_timeout=5.0, chained=4, day_start=dt.time(0, 0, 0)),
        control=ControlConfig(socket=None),
        limits=LimitsConfig(),
        fallback=FallbackConfig(),
        oms=[
            OmsConfig(
                name="OMS",
                dialect="FIX.4.4",
                sender="MANIFOLD",
                target="OMS",
                heartbeat=30,
                quickfix={},
                cancel_on_disconnect=False,
            )
        ],
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
                replaces=True,
                mass_cancel=False,
                cancel_on_disconnect=False,
                times_in_force=["DAY", "IOC", "FOK", "GTC", "GTD"],
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


def test_the_socket_of_operators_counts_from_the_folder_of_the_file(tmp_path: Path) -> None:
    def socket(text: str) -> Path:
        path = written(tmp_path, text)
        return load(path, EngineConfig).control_socket(path)

    assert socket(ENGINE) == tmp_path / "demo.sock"
    assert socket(ENGINE + '[control]\nsocket = "a.sock"') == tmp_path / "a.sock"
    assert socket(ENGINE + '[control]\nsocket = "/run/a.sock"') == Path("/run/a.sock")


def test_the_socket_is_found_whatever_else_is_wrong_in_the_file(tmp_path: Path) -> None:
    assert control_socket(written(tmp_path, ENGINE.replace("9880", "-1") + "[limit]")) == tmp_path / "demo.sock"
    with pytest.raises(ConfigError, match=r"t.toml: instance: is missing; add it"):
        control_socket(written(tmp_path, SIMULATOR))


def test_a_socket_with_too_long_a_path_is_refused(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, f'{ENGINE}[control]\nsocket = "/{"s" * 100}"')
    assert fault == (
        f"control.socket = '/{'s' * 100}': has 101 bytes, the system takes 100; "
        "choose a shorter path, such as /run/manifold.sock"
    )
    assert check_file(written(tmp_path, f'{ENGINE}[control]\nsocket = "/{"s" * 99}"')).startswith("sound: ")


def test_the_start_of_the_day_may_be_written_as_text_or_as_a_time(tmp_path: Path) -> None:
    for text in ('"17:30:00"', "17:30:00"):
        path = written(tmp_path, f"{ENGINE}[routing]\nday_start = {text}")
        assert load(path, EngineConfig).routing.day_start == dt.time(17, 30)


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
