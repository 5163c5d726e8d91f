"""Books as venues show them decide where an order goes, from the snapshot on and with every change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Heard, Oms, Venue, new_order
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire
VENUES = (("FIX.4.4", "EAST"), ("FIX.4.2", "WEST"))


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A new one for each test: books stay."""
    venues = [Venue(dialect, name) for dialect, name in VENUES]
    with stage(tmp_path_factory.mktemp("market-data"), venues, log_on=False) as made:
        yield made


def shows(venue: Venue, asked: Heard, *, bids: str = "", offers: str = "") -> None:
    """MarketDataSnapshotFullRefresh(W) of ACME: levels are size@price."""
    levels = [("0", level) for level in bids.split()] + [("1", level) for level in offers.split()]
    entries = "|".join(f"269={kind}|270={_price(level)}|271={_size(level)}" for kind, level in levels)
    venue.says("W", f"55=ACME|262={asked[262]}|268={len(levels)}|{entries}")


def changes(venue: Venue, asked: Heard, *levels: str) -> None:
    """MarketDataIncrementalRefresh(X) of ACME: levels are +size@price (new), =size@price (change), -0@price (gone)."""
    actions = {"+": "0", "=": "1", "-": "2"}
    entries = [f"279={actions[level[0]]}|269=1|55=ACME|270={_price(level)}|271={_size(level[1:])}" for level in levels]
    venue.says("X", f"262={asked[262]}|268={len(levels)}|{'|'.join(entries)}")


def _price(level: str) -> str:
    return level.partition("@")[2]


def _size(level: str) -> str:
    return level.partition("@")[0]


def test_the_split_follows_the_books(scene: Stage) -> None:
    east, west = scene.venues
    wanted = "263=1|264=0|265=1|267=2|146=2|55=ACME"
    here, there = east.log_on(wanted), west.log_on(wanted)
    shows(east, here, bids="100@9.9", offers="100@10 200@10.2")
    shows(west, there, bids="100@9.8", offers="50@10.1 500@10.3")
    with scene.oms() as oms:
        goes(scene, oms, "SWEPT", "300", {"EAST": "250", "WEST": "50"})
        goes(scene, oms, "SOLD", "150", {"EAST": "100", "WEST": "50"}, side="2")
        changes(west, there, "+70@9.95", "=10@10.1")
        goes(scene, oms, "NEW AND CHANGED", "180", {"EAST": "100", "WEST": "80"})
        changes(west, there, "-0@9.95")
        changes(east, here, "-0@10")
        goes(scene, oms, "GONE", "100", {"EAST": "90", "WEST": "10"})
        shows(east, here, offers="5@10")
        goes(scene, oms, "SHOWN ANEW", "15", {"EAST": "5", "WEST": "10"})


def test_what_a_lost_venue_showed_is_forgotten(scene: Stage) -> None:
    east, west = scene.venues
    here, there = east.log_on(), west.log_on()
    shows(east, here, offers="100@10")
    shows(west, there, offers="100@11")
    with scene.oms() as oms:
        goes(scene, oms, "THERE", "100", {"EAST": "100"})
        east.closes()
        scene.says("EAST logged off")
        goes(scene, oms, "LOST", "100", {"WEST": "100"})
        east.opens()
        again = east.log_on()
        goes(scene, oms, "BACK WITHOUT A BOOK", "100", {"WEST": "100"})
        shows(east, again, offers="60@10")
        goes(scene, oms, "BACK", "100", {"EAST": "60", "WEST": "40"})


def goes(scene: Stage, oms: Oms, cl_ord_id: str, qty: str, parts: dict[str, str], side: str = "1") -> None:
    """An order is split into `parts`, by venue, and filled."""
    for venue in scene.venues:
        if venue.connected:
            venue.hears_no_more()  # so that what it has shown has been seen
    oms.says("D", new_order(cl_ord_id, "ACME", qty, side=side))
    children = {venue: venue.hears("D") for venue in scene.venues if venue.sender in parts}
    assert {venue.sender: child[38] for venue, child in children.items()} == parts
    for venue, child in children.items():
        venue.fills(child, child[38], "10")
    told = [oms.hears("8", f"11={cl_ord_id}") for _ in range(1 + len(children))]
    assert told[-1].picked(39, 14) == f"39=2|14={qty}"
