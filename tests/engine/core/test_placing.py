from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest

from engine.core.commands import Decide, Decision, SendOrder
from engine.core.learning import Learn, Learning
from engine.core.placing import Placer, Rules, describe
from engine.core.scheduling import Figures, Schedules
from engine.market.book import Market
from engine.market.venues import Venue
from engine.orders.order import REFUSED, Parent
from engine.orders.states import Event
from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, OrdType, TimeInForce
from tests.engine.core.script import VENUES
from tests.engine.orders.making import NOW, D, new_child, new_order, new_parent
from tests.engine.routing.making import venue

LATER = NOW + 7


def _placer(
    *venues: Venue,
    up: str = "ALPHA BETA GAMMA",
    rules: Rules | None = None,
    closed: str = "",
    room: Mapping[str, Decimal] = MappingProxyType({}),
) -> Placer:
    """`closed`: venues that no child may go to now; `room`: the value that may still be opened at a venue."""
    known = venues or VENUES
    by_name = {each.name: each for each in known}
    shut = closed.split()
    return Placer(
        by_name,
        {"ACME": tuple(known)},
        Market(),
        set(up.split()),
        rules or Rules(),
        lambda name, now: name not in shut and now == LATER,
        room.get,
        lambda: bool(room),
        Schedules(Figures(lambda _: ZERO, lambda _: ZERO, lambda _: None), {}),
        Learning(Learn(), by_name, lambda _: None, {}),
        lambda *_: ZERO,
    )


def _show(placer: Placer, name: str, offer: str, at: int, bid: str = "90") -> None:
    symbol = f"ACME.{name}"
    entries = (
        MDEntry(MDEntryType.OFFER, D(offer), D(500), symbol=symbol),
        MDEntry(MDEntryType.BID, D(bid), D(500), symbol=symbol),
    )
    placer.market.apply(name, MarketData(snapshot=True, symbol=symbol, entries=entries), at)


def _venues_of(placer: Placer, parent: Parent) -> list[str]:
    return [command.venue for command in placer.place(parent, LATER) if isinstance(command, SendOrder)]


def test_the_decision_is_recorded_before_the_orders_leave() -> None:
    placer = _placer(venue("ALPHA", lot="10"), up="ALPHA")
    parent = new_parent(new_order("305"))
    child = {
        "id": "T-1-1",
        "venue": "ALPHA",
        "symbol": "ACME.ALPHA",
        "qty": "300",
        "unit": "1",
        "dust": "0",
        "price": "100",
    }
    detail = {"attempt": 1, "unplaced": "5", "mid": "", "children": [child]}
    order = new_order("300", cl_ord_id="T-1-1", symbol="ACME.ALPHA")._replace(transact_time=LATER)
    assert placer.place(parent, LATER) == [
        Decide("T-1", Decision.ROUTE, "305 by weight; 5 is below every lot or minimum", detail),
        SendOrder("T-1", "ALPHA", order),
    ]
    assert (parent.attempts, parent.unrouted, list(parent.children)) == (1, D(5), ["T-1-1"])


def test_children_carry_the_terms_of_their_parent() -> None:
    parent = new_parent(new_order(price=None, time_in_force=TimeInForce.IOC))
    _placer(venue("ALPHA", contract="100"), up="ALPHA").place(parent, LATER)
    child = parent.children["T-1-1"]
    assert (child.ord_type, child.price, child.time_in_force) == (OrdType.MARKET, None, TimeInForce.IOC)
    assert (child.qty, child.unit, child.exposure, child.sent_at) == (D(3), D(100), D(300), LATER)
    assert describe(child) == {
        "id": "T-1-1",
        "venue": "ALPHA",
        "symbol": "ACME.ALPHA",
        "qty": "3",
        "unit": "100",
        "dust": "0",
        "price": "",
    }


def test_a_childs_limit_is_a_price_its_venue_takes() -> None:
    parent = new_parent(new_order(price="10.005"))
    _placer(venue("ALPHA"), up="ALPHA").place(parent, LATER)
    assert parent.children["T-1-1"].price == D("10.00")


def test_children_end_when_their_parent_does() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTD)._replace(expire_time=LATER + 5, locate="N"))
    [_, sent] = _placer(venue("ALPHA"), up="ALPHA").place(parent, LATER)
    assert isinstance(sent, SendOrder)
    assert (sent.order.time_in_force, sent.order.expire_time, sent.order.locate) == (TimeInForce.GTD, LATER + 5, "N")
    child = parent.children["T-1-1"]
    assert child.expire_time == LATER + 5


def test_only_what_is_not_routed_yet_is_placed() -> None:
    parent = new_parent()
    new_child(parent, "100")
    new_child(parent, "150").apply(Event.CANCELED)
    [decision, order] = _placer(venue("BETA"), up="BETA").place(parent, LATER)
    assert isinstance(decision, Decide)
    assert isinstance(order, SendOrder)
    assert (order.order.cl_ord_id, order.order.order_qty) == ("T-1-3", D(200))


def test_venues_that_are_down_are_left_out() -> None:
    assert _venues_of(_placer(up="GAMMA ALPHA"), new_parent()) == ["ALPHA", "GAMMA"]
    assert _placer(up="").place(new_parent(), LATER) == []


def test_venues_that_are_out_of_routing_are_left_out() -> None:
    assert _venues_of(_placer(closed="BETA"), new_parent()) == ["ALPHA", "GAMMA"]
    assert _placer(closed="ALPHA BETA GAMMA").place(new_parent(), LATER) == []


def test_venues_that_do_not_know_its_time_in_force_are_left_out() -> None:
    day = replace(venue("BETA"), times_in_force=frozenset({TimeInForce.DAY}))
    placer = _placer(venue("ALPHA"), day, up="ALPHA BETA")
    for time_in_force, venues in ((TimeInForce.GTC, ["ALPHA"]), (TimeInForce.DAY, ["ALPHA", "BETA"])):
        assert _venues_of(placer, new_parent(new_order(time_in_force=time_in_force))) == venues


@pytest.mark.parametrize(
    ("room", "shares"),
    [
        ({}, {"ALPHA": 100, "BETA": 100, "GAMMA": 100}),
        ({"BETA": D(10_000)}, {"ALPHA": 100, "BETA": 100, "GAMMA": 100}),
        ({"BETA": D(9_999)}, {"ALPHA": 150, "GAMMA": 150}),
        (
            {"BETA": D(9_999), "GAMMA": D(14_999)},
            {"ALPHA": 300},
        ),  # the others' share grows, and is too much for one more
        ({"ALPHA": D(0), "BETA": D(0), "GAMMA": D(0)}, {}),
    ],
)
def test_a_venue_without_room_for_its_share_is_left_out(room: dict[str, Decimal], shares: dict[str, int]) -> None:
    placed = _placer(room=room).place(new_parent(), LATER)
    assert {each.venue: each.order.order_qty for each in placed if isinstance(each, SendOrder)} == shares


def test_a_market_order_is_worth_what_the_market_is() -> None:
    """And where nothing is shown nobody knows what it is worth: it does not go there."""
    room = {"BETA": D(45_999)}  # 500 are shown there, with the middle of the market at 92
    placer = _placer(room=room)
    assert _venues_of(placer, new_parent(new_order(price=None))) == ["ALPHA", "GAMMA"]
    for name in ("ALPHA", "BETA", "GAMMA"):
        _show(placer, name, "94", NOW)
    assert _venues_of(placer, new_parent(new_order("1200", price=None))) == ["ALPHA", "GAMMA"]
    room["BETA"] = D(46_000)
    assert _venues_of(placer, new_parent(new_order("1200", price=None))) == ["ALPHA", "BETA", "GAMMA"]


def test_a_venue_that_refused_is_left_out_for_good() -> None:
    placer, parent = _placer(), new_parent()
    parent.avoid = {"BETA": REFUSED}
    _show(placer, "BETA", "99", LATER)
    assert _venues_of(placer, parent) == ["ALPHA", "GAMMA"]


@pytest.mark.parametrize(("shown_at", "venues"), [(NOW, ["ALPHA", "GAMMA"]), (NOW + 1, ["BETA"])])
def test_a_venue_that_had_no_more_is_back_when_its_book_has_changed_since(shown_at: int, venues: list[str]) -> None:
    placer, parent = _placer(), new_parent()
    parent.avoid = {"BETA": NOW}
    _show(placer, "BETA", "99", shown_at)
    assert _venues_of(placer, parent) == venues


def test_a_venue_that_had_no_more_and_shows_no_book_is_left_out() -> None:
    parent = new_parent()
    parent.avoid = {"BETA": NOW}
    assert _venues_of(_placer(), parent) == ["ALPHA", "GAMMA"]


def test_attempts_are_bounded_and_one_without_children_is_none() -> None:
    parent = new_parent()
    placer = _placer(rules=Rules(max_attempts=1))
    assert _placer(up="").place(parent, LATER) == []
    assert parent.attempts == 0
    assert _venues_of(placer, parent) == ["ALPHA", "BETA", "GAMMA"]
    for child in parent.children.values():
        child.apply(Event.CANCELED)
    assert placer.place(parent, LATER) == []


def test_the_arrival_midpoint_is_that_of_the_first_round() -> None:
    placer, parent = _placer(), new_parent(new_order("1200", price="95"))
    _show(placer, "ALPHA", "94", NOW)
    placer.place(parent, LATER)
    assert parent.arrival_mid == D(92)
    _show(placer, "ALPHA", "96", LATER)
    parent.children["T-1-1"].apply(Event.CANCELED)
    [decision, *_] = placer.place(parent, LATER)
    assert isinstance(decision, Decide)
    assert (decision.detail["attempt"], decision.detail["mid"], parent.arrival_mid) == (2, "92", D(92))


def test_an_amended_order_is_routed_anew_with_the_midpoint_of_its_arrival() -> None:
    placer, parent = _placer(), new_parent(new_order("300", price="95"))
    _show(placer, "ALPHA", "94", NOW)
    placer.place(parent, LATER)
    _show(placer, "ALPHA", "96", LATER)
    parent.order = parent.order._replace(order_qty=D(600))
    parent.attempts = 0
    [decision, *_] = placer.place(parent, LATER)
    assert isinstance(decision, Decide)
    assert (decision.detail["attempt"], decision.detail["mid"], parent.arrival_mid) == (1, "92", D(92))
