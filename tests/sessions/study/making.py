"""Small markets by hand: a venue, what it shows, what trades there, and an order over it."""

from __future__ import annotations

import gzip
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.core.learning import Learn
from engine.core.placing import Rules
from engine.market.venues import Listing, Venue
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from sessions.study.seeded import Quotes, Walk
from sessions.study.tape import Moment, Shown, Traded, ordered
from sessions.study.world import Job, Place, Scene, scripted
from tests.engine.routing.making import levels

D = Decimal
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
BEGIN = 1_704_067_200 * SECOND
WALK = Walk(begin=BEGIN, length=10 * SECOND, every=SECOND // 10, mid=100.0, volatility=0.0002)


def at(seconds: float) -> int:
    """ns since the epoch, so many seconds after the market began."""
    return BEGIN + round(seconds * SECOND)


def shows(
    seconds: float = 0, *, bids: str = "", offers: str = "", venue: str = "ALPHA", snapshot: bool = False
) -> Shown:
    """ "100 at 9.5, 20 at 9.4": sizes at prices."""
    return Shown(at(seconds), venue, tuple(_levels(bids)), tuple(_levels(offers)), snapshot)


def _levels(text: str) -> list[tuple[Decimal, Decimal]]:
    return levels(*text.split(", ")) if text else []


def trades(seconds: float, side: Side, what: str, venue: str = "ALPHA") -> Traded:
    """ "100 at 9.5"; `side` of who took."""
    [(price, qty)] = levels(what)
    return Traded(at(seconds), venue, side, qty, price)


def order(qty: str = "100", price: str | None = "100", **more: Any) -> NewOrderSingle:
    """A BUY for the day as a venue gets it; without a price a market order."""
    made = NewOrderSingle(
        cl_ord_id="S-1-1",
        symbol="ACME.ALPHA",
        side=Side.BUY,
        order_qty=D(qty),
        ord_type=OrdType.MARKET if price is None else OrdType.LIMIT,
        price=None if price is None else D(price),
        time_in_force=TimeInForce.DAY,
        transact_time=BEGIN,
    )
    return made._replace(**more)


def place(
    name: str = "ALPHA",
    *,
    latency: int = MILLISECOND,
    taker_fee: str = "0",
    maker_fee: str = "0",
    contract: str = "1",
    inverse: bool = False,
) -> Place:
    listing = Listing(f"ACME.{name}", contract=D(contract), inverse=inverse, taker_fee=D(taker_fee))
    return Place(Venue(name, name, listings={"ACME": listing}), listing, latency, D(maker_fee))


def job(number: int = 1, seconds: float = 1, until: float = 2, side: Side = Side.BUY, limit: str | None = None) -> Job:
    return Job(number, at(seconds), at(until), side, None if limit is None else D(limit))


def scene(*moments: Moment, places: tuple[Place, ...] = (), jobs: tuple[Job, ...] = ()) -> Scene:
    where = places or (place(),)
    script = scripted(ordered(moments), where)
    return Scene(where, jobs or (job(),), script, 100 * MILLISECOND, Rules(), Learn(), {})


def asks(strategy: str = "", qty: str = "100", **more: Any) -> Any:
    """What writes the order of a job, as `World` wants it."""

    def make(now: int, side: Side, price: Decimal | None, cl_ord_id: str) -> NewOrderSingle:
        made = order(qty, None if price is None else str(price), side=side, transact_time=now, cl_ord_id=cl_ord_id)
        return made._replace(symbol="ACME", strategy=strategy, **more)

    return make


def quotes(venue: str = "ALPHA", **more: Any) -> Quotes:
    made = Quotes(venue, D("0.01"), D(1), 2, 5, D(500), 2.0, D(100), 0.00005, 0.0, SECOND)
    return made._replace(**more)


SHARED = Path(os.environ.get("MANIFOLD_SHARED", Path(__file__).parents[3].parent / "shared"))
RECORDING = SHARED / "data" / "binance-btc-20240808"


def beginning(recording: Path, folder: Path, *, seconds: int) -> None:
    """The first part of a recording, under the same name in another folder."""
    with gzip.open(recording, "rt") as lines, gzip.open(folder / recording.name, "wt", compresslevel=1) as some:
        first = 0
        for line in lines:
            clock = int(line.partition(" ")[0])
            first = first or clock
            if clock > first + seconds * SECOND:
                break
            some.write(line)


STUDY = """
seed = 7
symbol = "ACME"
baseline = "equal split"

[market]
kind = "seeded"
length = 60
mid = 100

[parents]
count = 4
quantity = 1500
start = 5
spacing = 12
duration = 10
limit = 2

[[venue]]
name = "ALPHA"
symbol = "ACME.A"
taker_fee = 0.00005
[venue.quotes]

[[venue]]
name = "BETA"
symbol = "ACME.B"
latency = 3.0
[venue.quotes]
informed = 0.5

[[strategy]]
name = "smart"
target = "1000"

[[strategy]]
name = "equal split"
target = "1006"

[[strategy]]
name = "in time"
target = "1001"
parameters = { EndTime = 8, Slices = 4 }
"""
