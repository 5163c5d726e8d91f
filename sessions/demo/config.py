"""The demo's configuration: three venues of unlike size, FIX version and lot, and an engine in front of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

SYMBOLS = {"ACME": Decimal("100.00"), "GLOBEX": Decimal("54.00")}


@dataclass(frozen=True, slots=True)
class DemoVenue:
    """`levels` on each side, `size` what one shows on average, `latency` in ms, `fee` a fraction of the value."""

    name: str
    mic: str
    dialect: str
    lot: int
    levels: int
    size: int
    latency: float
    fee: str


VENUES = (
    DemoVenue("ALPHA", "XALP", "FIX.4.2", 1, 8, 300, 1.0, "0.0003"),
    DemoVenue("BETA", "XBET", "FIX.4.4", 10, 8, 400, 2.0, "0"),
    DemoVenue("GAMMA", "XGAM", "FIX.5.0SP2", 100, 8, 500, 4.0, "-0.0001"),
)


def venue_toml(venue: DemoVenue, seed: int) -> str:
    """For `manifold simulate`; it takes a free port and prints it."""
    instruments = "".join(
        f"""
[[instrument]]
symbol = "{symbol}"
mid = {mid}
tick = 0.01
lot = {venue.lot}
levels = {venue.levels}
size = {venue.size}
"""
        for symbol, mid in SYMBOLS.items()
    )
    return f"""name = "{venue.name}"
dialect = "{venue.dialect}"
sender = "{venue.name}"
target = "MANIFOLD"
port = 0
seed = {seed}
latency = {venue.latency}
fills = "fills-{venue.name.lower()}.csv"
{instruments}"""


def engine_toml(ports: Mapping[str, int], listen: int = 0, store: str = "store.db") -> str:
    """For `manifold run`; `ports` are where the venues listen, `listen` is our own, 0 a free one."""
    return f"""instance = "demo"

[store]
url = "{store}"

[listen]
host = "127.0.0.1"
port = {listen}

[[oms]]
name = "OMS"
dialect = "FIX.4.4"
sender = "MANIFOLD"
target = "OMS"

[[drop_copy]]
name = "COMPLIANCE"
dialect = "FIX.4.4"
sender = "MANIFOLD"
target = "COMPLIANCE"
{"".join(_venue(venue, ports[venue.name]) for venue in VENUES)}"""


def _venue(venue: DemoVenue, port: int) -> str:
    instruments = "".join(
        f"""
[venue.instruments.{symbol}]
symbol = "{symbol}"
lot = {venue.lot}
min_qty = {venue.lot}
tick = 0.01
taker_fee = {venue.fee}
"""
        for symbol in SYMBOLS
    )
    return f"""
[[venue]]
name = "{venue.name}"
mic = "{venue.mic}"
dialect = "{venue.dialect}"
sender = "MANIFOLD"
target = "{venue.name}"
host = "127.0.0.1"
port = {port}
{instruments}"""
