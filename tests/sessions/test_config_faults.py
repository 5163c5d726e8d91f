"""Every fault of a configuration is a sentence: the key, the value, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessions.config import check_file
from tests.sessions.test_config import ENGINE, SIMULATOR, faults, written

COMP_ID = "must be 1 to 64 printable ASCII characters without spaces"
ADDRESS = "is no IPv4 address; a listener binds to one, such as 127.0.0.1 or 0.0.0.0"
TIME = "must be a time of day in UTC, such as 00:00:00"
SOCKET = "must be the path of a file, such as control.sock"
LIST = "must be a list, in square brackets"
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
        ("[listen]", "[routing]\nchained = 0\n[listen]", "routing.chained = 0: must be 1 or more"),
        ("[listen]", "[routing]\nday_start = 8\n[listen]", f"routing.day_start = 8: {TIME}"),
        ("[listen]", "[routing]\nday_start = 08:00:00.5\n[listen]", f"routing.day_start = 08:00:00.500000: {TIME}"),
        ("[listen]", '[routing]\nday_start = "24:00:00"\n[listen]', f"routing.day_start = '24:00:00': {TIME}"),
        ("[listen]", "[control]\nport = 1\n[listen]", "control.port: unknown key; the keys here are socket"),
        ("[listen]", '[control]\nsocket = ""\n[listen]', f"control.socket = '': {SOCKET}"),
        ("[listen]", '[control]\nsocket = "run/"\n[listen]', f"control.socket = 'run/': {SOCKET}"),
        ("[listen]", '[control]\nsocket = "a\\u0000"\n[listen]', f"control.socket = 'a\\x00': {SOCKET}"),
        ('target = "OMS"', 'target = "O M S"', f"oms.OMS.target = 'O M S': {COMP_ID}"),
        ('target = "OMS"', 'target = ""', f"oms.OMS.target = '': {COMP_ID}"),
        ('target = "OMS"', r'target = "O\u0001S"', f"oms.OMS.target = 'O\\x01S': {COMP_ID}"),
        (
            "[listen]",
            '[[fallback.venue]]\nname = "BETA"\n[listen]',
            "fallback.venue BETA is no [[venue]]; name one of ALPHA",
        ),
        ("[listen]", "[limits]\nmax_qty = 0\n[listen]", "limits.max_qty = 0: must be above 0"),
        (
            "[listen]",
            '[[limits.customer]]\nname = "DESK"\n[listen]',
            "limits.customer DESK is no [[oms]]; name one of OMS",
        ),
        (
            "[listen]",
            '[[limits.venue]]\nname = "OMS"\n[listen]',
            "limits.venue OMS is no [[venue]]; name one of ALPHA",
        ),
        (
            "[listen]",
            '[[limits.instrument]]\nsymbol = "ACM"\n[listen]',
            "limits.instrument ACM is no venue's instrument; name one of ACME",
        ),
        (
            'target = "OMS"',
            'target = "OMS"\ncancel_on_disconnect = "maybe"',
            "oms.OMS.cancel_on_disconnect = 'maybe': must be true or false",
        ),
        ("port = 9881", 'port = 1\ntimes_in_force = "DAY"', f"venue.ALPHA.times_in_force = 'DAY': {LIST}"),
        ("port = 9881", "port = 1\ntimes_in_force = []", "venue.ALPHA.times_in_force: is empty; add one"),
        (
            "port = 9881",
            'port = 1\ntimes_in_force = ["DAY", "GTX"]',
            "venue.ALPHA.times_in_force.2 = 'GTX': must be 'DAY', 'IOC', 'FOK', 'GTC' or 'GTD'",
        ),
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
        ("port = 0", "port = 0\nday_ends = 7", "day_ends = 7: must be a time of day in UTC, such as 00:00:00"),
        ("port = 0", "port = 0\nhalt_at = -1", "halt_at = -1: must be 0 or more"),
        ("port = 0", "port = 0\nhalt_for = 0", "halt_for = 0: must be above 0"),
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
