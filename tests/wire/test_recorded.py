"""Recorded books of three BTC instruments with different units: children add up, and all accounts agree."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.dropcopy.store import Store
from engine.dropcopy.summary import disagreements, parents
from engine.dropcopy.verify import verify
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from sessions.demo.account import venue_fills
from sessions.demo.processes import Process, start
from sessions.oms.client import Oms, terms
from tests.world import PATIENCE, complaints, wait

pytestmark = pytest.mark.wire
SHARED = Path(os.environ.get("MANIFOLD_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "data" / "binance-btc-20240808"


class Recorded(NamedTuple):
    """A venue that replays one instrument; `listing` is how the engine's configuration describes it."""

    name: str
    dialect: str
    instrument: str
    file: str
    symbol: str
    listing: str


VENUES = (
    Recorded("SPOT", "FIX.4.4", "spot", "spot-btcusdt.gz", "BTCUSDT", "lot = 0.00001, min_qty = 0.00001, tick = 0.01"),
    Recorded("USDM", "FIX.4.2", "usdm", "usdm-btcusdt.gz", "BTCUSDT", "lot = 0.001, min_qty = 0.001, tick = 0.1"),
    Recorded("COINM", "FIX.5.0SP2", "cm", "cm-btcusd_perp.gz", "BTCUSD_PERP", "contract = 100, inverse = true"),
)
LOTS = {"SPOT": Decimal("0.00001"), "USDM": Decimal("0.001"), "COINM": Decimal(1)}
MISSING = [str(DATA / venue.file) for venue in VENUES if not (DATA / venue.file).is_file()]


def _venue_toml(venue: Recorded) -> str:
    return f"""name = "{venue.name}"
dialect = "{venue.dialect}"
sender = "{venue.name}"
target = "MANIFOLD"
port = 0
fills = "fills-{venue.name}.csv"

[[replay]]
path = "{DATA}"
instrument = "{venue.instrument}"
symbol = "{venue.symbol}"
speed = 10
"""


def _engine_toml(ports: dict[str, str]) -> str:
    venues = "".join(
        f"""
[[venue]]
name = "{venue.name}"
dialect = "{venue.dialect}"
sender = "MANIFOLD"
target = "{venue.name}"
host = "127.0.0.1"
port = {ports[venue.name]}
instruments.BTC = {{ symbol = "{venue.symbol}", {venue.listing} }}
"""
        for venue in VENUES
    )
    return f"""instance = "recorded"
store = {{ url = "store.db", durability = "process" }}
listen = {{ port = 0 }}

[[oms]]
name = "OMS"
dialect = "FIX.4.4"
sender = "MANIFOLD"
target = "BTC-OMS"
{venues}"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where the engine listens, all venues being logged on."""
    started: list[Process] = []
    deadline = time.monotonic() + PATIENCE
    try:
        for venue in VENUES:
            path = tmp_path / f"{venue.name}.toml"
            path.write_text(_venue_toml(venue))
            started.append(start(path.stem, ["simulate", str(path)], tmp_path))
        ports = {process.name: process.wait_for(r"listening on \S+:(\d+)", deadline)[1] for process in started}
        path = tmp_path / "engine.toml"
        path.write_text(_engine_toml(ports))
        started.append(start("engine", ["run", str(path), "--verbose"], tmp_path))
        found = started[-1].wait_for(r"listening on \S+:(\d+)", deadline)
        for _ in VENUES:
            started[-1].wait_for("logged on", deadline)
        yield int(found[1])
    finally:
        for process in reversed(started):
            process.stop()
    assert complaints(tmp_path) == []


@pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}; set MANIFOLD_SHARED")
def test_an_order_in_btc_is_split_over_three_units_and_adds_up(port: int, tmp_path: Path) -> None:
    wait(lambda: _all_show_prices(tmp_path), lambda: False, "prices from every venue")
    oms = Oms(terms("FIX.4.4", "BTC-OMS", "MANIFOLD", ("127.0.0.1", port)))
    try:
        wait(lambda: oms.session.up, oms.poll, "logon")
        for qty in ("0.00001", "0.123", "2.5", "40"):
            for side in (Side.BUY, Side.SELL):
                oms.send(_order(f"{side.name}-{qty}", side, Decimal(qty)), time.time_ns())
        wait(lambda: not oms.open, oms.poll, "all parents final")
    finally:
        oms.session.stop()
    told = {cl_ord_id: ticket.cum for cl_ord_id, ticket in oms.tickets.items()}
    store = Store.open(str(tmp_path / "store.db"), create=False)
    kept = {parent.order.cl_ord_id: parent for parent in parents(store)}
    assert verify(store).problem == ""
    store.close()
    assert disagreements(kept.values(), told, venue_fills(tmp_path)) == []
    assert [parent for parent in kept.values() if parent.cum > parent.order.order_qty] == []
    assert min(told["BUY-2.5"], told["SELL-2.5"]) > Decimal("2.4")
    children = [child for parent in kept.values() for child in parent.children.values()]
    assert [child for child in children if child.qty % LOTS[child.venue]] == []
    assert {child.venue for child in kept["BUY-40"].children.values()} == LOTS.keys()


def _order(cl_ord_id: str, side: Side, qty: Decimal) -> NewOrderSingle:
    return NewOrderSingle(cl_ord_id, "BTC", side, qty, OrdType.MARKET, None, TimeInForce.DAY, time.time_ns())


def _all_show_prices(folder: Path) -> bool:
    store = Store.open(str(folder / "store.db"), create=False)
    shown = {record.session for record in store.records() if record.msg_type == "X"}
    store.close()
    return shown == {venue.name for venue in VENUES}
