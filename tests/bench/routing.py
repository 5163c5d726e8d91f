"""What it costs to route one parent over ten venues with a hundred levels each, from event to commands.

python -m tests.bench.routing
"""

from __future__ import annotations

import time
from decimal import Decimal

from engine.core.core import Core
from engine.core.events import BookChanged, OrderReceived, VenueUp
from engine.core.placing import Rules
from engine.market.venues import Listing, Venue
from fix.business import NewOrderSingle
from fix.enums import MDEntryType, OrdType, Side, TimeInForce
from fix.market import MarketData, MDEntry

VENUES, LEVELS, ORDERS = 10, 100, 400
TICK, SIZE = Decimal("0.01"), Decimal(100)
LEVELS_TAKEN = {"the best of each venue": 10, "five levels of each": 50, "fifty levels of each": 500}


def core() -> Core:
    """Ten venues, the same prices at all of them, fees that differ."""
    venues = [
        Venue(f"V{n}", listings={"ACME": Listing("ACME", taker_fee=Decimal(n) / 1_000_000)}) for n in range(VENUES)
    ]
    made = Core(venues, Rules(), "B")
    for number, venue in enumerate(venues):
        made.handle(VenueUp(venue.name), number)
        made.handle(BookChanged(venue.name, snapshot()), number)
    return made


def snapshot() -> MarketData:
    bids = [MDEntry(MDEntryType.BID, 100 - TICK * n, SIZE, symbol="ACME") for n in range(1, LEVELS + 1)]
    offers = [MDEntry(MDEntryType.OFFER, 100 + TICK * n, SIZE, symbol="ACME") for n in range(1, LEVELS + 1)]
    return MarketData(snapshot=True, symbol="ACME", entries=(*bids, *offers))


def costs(levels: int) -> list[float]:
    """µs for each of `ORDERS` parents that take so many levels; one book changes before each."""
    made, found = core(), []
    for number in range(ORDERS):
        changed = MDEntry(MDEntryType.OFFER, 100 + TICK, SIZE + number % 7, symbol="ACME")
        made.handle(
            BookChanged(f"V{number % VENUES}", MarketData(snapshot=False, symbol="", entries=(changed,))), number
        )
        qty = SIZE * levels
        order = NewOrderSingle(
            f"A{number}", "ACME", Side.BUY, qty, OrdType.LIMIT, Decimal(101), TimeInForce.IOC, number
        )
        began = time.perf_counter_ns()
        made.handle(OrderReceived("OMS", order), number)
        found.append((time.perf_counter_ns() - began) / 1000)
    return found


def sentences() -> list[str]:
    found = []
    for words, levels in LEVELS_TAKEN.items():
        taken = sorted(costs(levels))
        p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
        found.append(f"one parent over {VENUES} venues of {LEVELS} levels, {words}: p50 {p50:.0f} µs, p99 {p99:.0f} µs")
    return found


if __name__ == "__main__":
    print("\n".join(sentences()))
