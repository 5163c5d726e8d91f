from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dropcopy.store import Changes, Opened, Store
from engine.dropcopy.summary import Summary, VenueLine, disagreements, parents, summarise
from engine.orders.order import Parent
from fix.enums import ExecType, Side, TimeInForce
from tests.engine.dropcopy.scene import LISTINGS, Scene

D = Decimal


@pytest.fixture
def scene() -> Scene:
    """c1 bought 80 at three venues and the rest canceled, c2 sold 5 at ALPHA before there was a market, c3 refused."""
    scene = Scene()
    scene.order("c2", 30, "10", side=Side.SELL)
    scene.fills(scene.at("ALPHA"), 5, "10.5")
    for venue, size in (("ALPHA", 30), ("BETA", 40), ("GAMMA", 500)):
        scene.display(venue, "9.90", "10.10", size)
    scene.order("c1", 120, "10.10", TimeInForce.IOC)
    for venue, qty in (("ALPHA", D(30)), ("BETA", D(40)), ("GAMMA", D(100))):
        scene.fills(scene.at(venue, 1), qty, "10.1")
    while scene.parent(1).live:
        scene.says(scene.parent(1).live[0], ExecType.EXPIRED)
    for venue in LISTINGS:
        scene.down(venue)
    scene.order("c3")
    return scene


@pytest.fixture
def both(scene: Scene) -> list[Parent]:
    return [scene.parent(0), scene.parent(1)]


def test_a_summary_adds_up_parents_and_venues(both: list[Parent]) -> None:
    summary = summarise(both)
    assert {name: (line.fills, line.qty, line.notional) for name, line in summary.venues.items()} == {
        "ALPHA": (2, D(35), D("355.5")),
        "BETA": (1, D(40), D(404)),
        "GAMMA": (1, D(10), D(101)),  # 100 contracts of a tenth
    }
    assert summary.statuses == {"PARTIALLY_FILLED": 1, "CANCELED": 1}
    assert (
        summary.children
        == sum(line.children for line in summary.venues.values())
        == len(both[0].children) + len(both[1].children)
    )
    assert (summary.ordered, summary.filled, summary.fill_rate) == (D(150), D(85), D(85) / 150)


def test_slippage_counts_parents_that_had_a_mid(both: list[Parent]) -> None:
    """80 bought at 10.10 with the mid at 10: a hundred basis points worse; c2 came before there was a mid."""
    summary = summarise(both)
    assert (summary.cost, summary.value, summary.slippage) == (D(8), D(800), D(100))


@pytest.mark.parametrize(("side", "price", "slippage"), [(Side.BUY, "10.1", 100), (Side.BUY, "9.9", -100), (Side.SELL, "10.1", -100), (Side.SELL_SHORT, "9.9", 100)])  # fmt: skip
def test_slippage_is_positive_where_the_price_is_worse(side: Side, price: str, slippage: int) -> None:
    scene = Scene()
    for venue in LISTINGS:
        scene.display(venue, "9", "11", 100)
    scene.order("c1", 60, "10", side=side)
    scene.fills(scene.at("BETA"), 7, price)
    assert summarise([scene.parent()]).slippage == slippage


def test_nothing_sums_up_to_nothing() -> None:
    summary = summarise([])
    assert summary == Summary()
    assert (summary.fill_rate, summary.slippage, VenueLine().avg_px) == (D(0), D(0), D(0))


def test_the_average_price_of_a_venue_is_weighted() -> None:
    assert VenueLine(children=1, fills=2, qty=D(30), notional=D(303)).avg_px == D("10.1")


def test_parents_come_from_the_record(store: Store, scene: Scene, both: list[Parent]) -> None:
    entries = [(r.at, r.kind, r.session, r.msg_seq_num, r.msg_type, r.order_id, r.body) for r in scene.records]
    for parent in both:
        taken_on = Opened(parent.order_id, parent.session, parent.order.cl_ord_id, parent.received_at)
        store.commit(entries, Changes(opened=[taken_on]))
        entries = []
    assert list(parents(store)) == both


# -- do the accounts agree? ----------------------------------------------------------------------------------------------

TOLD = {"c1": D(80), "c2": D(5), "c3": D(0)}
VENUES_SAY = {"A-1-1": D(5), "A-2-1": D(30), "A-2-2": D(40), "A-2-3": D(100)}


def test_accounts_that_agree(both: list[Parent]) -> None:
    assert disagreements(both, TOLD, VENUES_SAY) == []
    assert disagreements(both, TOLD, VENUES_SAY | {"B-1-1": D(0), "A-2-9": D(0)}) == []


@pytest.mark.parametrize(
    ("told", "venues_say", "found"),
    [
        ({"c1": D(79)}, {}, ["c1: the OMS was told 79, children filled 80, venues 80"]),
        ({}, {"A-2-3": D(90)}, ["c1: the OMS was told 80, children filled 80, venues 79"]),
        ({}, {"A-2-9": D(1)}, ["c1: the OMS was told 80, children filled 80, venues 81"]),
        ({}, {"B-7-1": D(3)}, ["B-7: venues filled 3 of an order that is not in the store"]),
        ({}, {"B-7-1": D(3), "B-7-2": D(2)}, ["B-7: venues filled 5 of an order that is not in the store"]),
        ({}, {"stranger": D(3)}, ["stranger: venues filled 3 of an order that is not in the store"]),
        (
            {"c1": D(0), "c2": D(0)},
            {},
            [
                "c2: the OMS was told 0, children filled 5, venues 5",
                "c1: the OMS was told 0, children filled 80, venues 80",
            ],
        ),
    ],
)
def test_every_disagreement_is_a_sentence(
    both: list[Parent], told: dict[str, Decimal], venues_say: dict[str, Decimal], found: list[str]
) -> None:
    assert disagreements(both, TOLD | told, VENUES_SAY | venues_say) == found


def test_an_order_the_oms_never_heard_of_was_told_nothing(both: list[Parent]) -> None:
    assert disagreements(both, {"c2": D(5)}, VENUES_SAY) == ["c1: the OMS was told 0, children filled 80, venues 80"]
