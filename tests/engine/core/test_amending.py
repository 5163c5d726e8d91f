from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.amending import Amendment, Step, as_it_is, plan, within
from engine.market.venues import Venue
from engine.orders.order import Child, Parent, Terms
from engine.orders.states import Event, Request
from engine.orders.states import Step as Asked
from fix.business import OrderCancelReplaceRequest
from fix.enums import Side, TimeInForce
from tests.engine.orders.making import NOW, D, new_child, new_order, new_parent
from tests.engine.routing.making import venue

VENUES = {each.name: each for each in (venue("ALPHA"), venue("BETA"), venue("GAMMA"))}
DONE = Amendment((), waiting=False, refused=False)


def working(parent: Parent, qty: str, name: str, *, cum: str = "0", unit: str = "1") -> Child:
    child = new_child(parent, qty, venue=name, unit=unit)
    child.apply(Event.ACCEPTED)
    child.note(Asked.ANSWERED_NEW)
    child.cum = D(cum)
    parent.cum += D(cum) * D(unit)
    return child


@pytest.fixture
def parent() -> Parent:
    """150, 100 and 50, all acknowledged."""
    made = new_parent()
    for qty, name in (("150", "ALPHA"), ("100", "BETA"), ("50", "GAMMA")):
        working(made, qty, name)
    return made


def target(qty: str = "300", price: str = "100", tif: TimeInForce = TimeInForce.DAY) -> OrderCancelReplaceRequest:
    order = new_order(qty, price, time_in_force=tif)
    return OrderCancelReplaceRequest(
        "B", "A", order.symbol, order.side, order.order_qty, order.ord_type, order.price, tif, NOW
    )


def terms(qty: str, price: str = "100", tif: TimeInForce = TimeInForce.DAY) -> Terms:
    return Terms(D(qty), D(price), tif, 0)


def steps(
    parent: Parent, wanted: OrderCancelReplaceRequest, venues: dict[str, Venue] | None = None, *, firm: bool = False
) -> dict[str, str]:
    """ "100 at 101" by venue, "" for a cancel."""
    found = plan(parent, wanted, venues or VENUES, firm=firm).steps
    return {
        step.child.venue: "" if step.terms is None else f"{step.terms.qty.normalize():f} at {step.terms.price}"
        for step in found
    }


# -- quantity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "wanted"),
    [
        ("301", {}),
        ("300", {}),
        ("299", {"ALPHA": "149 at 100"}),
        ("151", {"ALPHA": "1 at 100"}),
        ("150", {"ALPHA": ""}),
        ("149", {"ALPHA": "", "BETA": "99 at 100"}),
        ("1", {"ALPHA": "", "BETA": "", "GAMMA": "1 at 100"}),
    ],
)
def test_the_largest_go_first_and_one_is_reduced(parent: Parent, qty: str, wanted: dict[str, str]) -> None:
    assert steps(parent, target(qty)) == wanted


def test_what_fits_is_done(parent: Parent) -> None:
    assert plan(parent, target(), VENUES, firm=False) == DONE
    assert plan(new_parent(), target("1"), VENUES, firm=False) == DONE


def test_what_has_traded_is_left_to_the_child_that_traded_it() -> None:
    parent = new_parent()
    working(parent, "200", "ALPHA", cum="150")
    working(parent, "100", "BETA")
    assert steps(parent, target("260")) == {"BETA": "60 at 100"}
    assert steps(parent, target("160")) == {"BETA": "", "ALPHA": "160 at 100"}


def test_less_than_has_traded_takes_all_that_is_open() -> None:
    parent = new_parent()
    working(parent, "300", "ALPHA", cum="150")
    assert steps(parent, target("100")) == {"ALPHA": ""}


def test_a_claim_of_trades_that_nobody_has_seen_counts() -> None:
    parent = new_parent()
    gone = working(parent, "100", "ALPHA")
    gone.apply(Event.CANCELED)
    gone.claimed = D(60)
    working(parent, "200", "BETA")
    assert steps(parent, target("250")) == {"BETA": "190 at 100"}


def test_whole_lots_and_no_less_than_the_minimum() -> None:
    parent = new_parent()
    working(parent, "300", "ALPHA")
    lots = {"ALPHA": venue("ALPHA", lot="50", minimum="100")}
    assert steps(parent, target("299"), lots) == {"ALPHA": "250 at 100"}
    assert steps(parent, target("100"), lots) == {"ALPHA": "100 at 100"}
    assert steps(parent, target("99"), lots) == {"ALPHA": ""}


def test_contracts_are_whole() -> None:
    parent = new_parent()
    working(parent, "30", "ALPHA", unit="10")
    assert steps(parent, target("255")) == {"ALPHA": "25 at 100"}


# -- price, time in force ----------------------------------------------------------------------------------------------


def test_another_price_is_for_all_and_goes_with_the_quantity(parent: Parent) -> None:
    assert steps(parent, target("250", "101")) == {
        "ALPHA": "100 at 101",
        "BETA": "100 at 101",
        "GAMMA": "50 at 101",
    }


def test_what_may_not_rest_is_taken_back(parent: Parent) -> None:
    assert steps(parent, target(tif=TimeInForce.IOC)) == {"ALPHA": "", "BETA": "", "GAMMA": ""}


def test_what_may_not_rest_already_stays() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.IOC))
    working(parent, "300", "ALPHA")
    assert plan(parent, target(tif=TimeInForce.IOC), VENUES, firm=False) == DONE


def test_where_a_venue_cannot_replace_its_child_is_cancelled(parent: Parent) -> None:
    some = VENUES | {"BETA": replace(VENUES["BETA"], replaces=False)}
    assert steps(parent, target(price="101"), some) == {"ALPHA": "150 at 101", "BETA": "", "GAMMA": "50 at 101"}
    assert steps(parent, target("290"), some) == {"ALPHA": "140 at 100"}


@pytest.mark.parametrize(
    ("limit", "tick", "side", "price"),
    [
        ("100", "0.01", Side.BUY, "100"),
        ("100.009", "0.01", Side.BUY, "100.00"),
        ("100.001", "0.01", Side.SELL, "100.01"),
        ("100.001", "0.01", Side.SELL_SHORT, "100.01"),
        ("0.004", "0.01", Side.BUY, "0.004"),
        ("0.004", "0.01", Side.SELL, "0.01"),
        ("101", "5", Side.BUY, "100"),
    ],
)
def test_a_price_within_the_limit(limit: str, tick: str, side: Side, price: str) -> None:
    assert within(D(limit), D(tick), side) == D(price)


# -- what is asked already, in doubt, refused --------------------------------------------------------------------------


def test_what_is_asked_counts_as_if_it_were_granted(parent: Parent) -> None:
    alpha = parent.children["T-1-1"]
    alpha.asked = terms("50")
    alpha.note(Asked.REPLACE_SENT)
    assert plan(parent, target("200"), VENUES, firm=False) == Amendment((), waiting=True, refused=False)
    assert steps(parent, target("190")) == {"BETA": "90 at 100"}
    alpha.cum, parent.cum = D(80), D(80)
    assert steps(parent, target("200")) == {"BETA": "70 at 100"}


def test_a_cancel_that_is_asked_leaves_nothing(parent: Parent) -> None:
    parent.children["T-1-1"].note(Asked.CANCEL_SENT)
    assert plan(parent, target("150"), VENUES, firm=False) == Amendment((), waiting=True, refused=False)


def test_what_is_in_doubt_counts_in_full_and_is_waited_for(parent: Parent) -> None:
    alpha = parent.children["T-1-1"]
    alpha.asked = terms("50")
    alpha.note(Asked.LOST)
    found = plan(parent, target("200"), VENUES, firm=False)
    assert found == Amendment((Step(parent.children["T-1-2"], None),), waiting=True, refused=False)


def test_a_venue_that_refused_is_not_asked_again(parent: Parent) -> None:
    parent.children["T-1-1"].kept = 1
    found = plan(parent, target(price="101"), VENUES, firm=False)
    assert [step.child.venue for step in found.steps] == ["BETA", "GAMMA"]
    assert found.refused


def test_unless_another_has_agreed_then_its_child_goes(parent: Parent) -> None:
    alpha = parent.children["T-1-1"]
    alpha.kept = 1
    assert steps(parent, target(price="101"), firm=True)["ALPHA"] == ""
    alpha.kept = 2
    assert "ALPHA" not in steps(parent, target(price="101"), firm=True)


def test_it_asks_nothing_itself(parent: Parent) -> None:
    before = {name: child.terms for name, child in parent.children.items()}
    plan(parent, target("1", "101"), VENUES, firm=False)
    assert {name: child.terms for name, child in parent.children.items()} == before
    assert {child.request for child in parent.children.values()} == {Request.NONE}


def test_a_child_that_is_as_the_order_is_needs_nothing_and_another_does(parent: Parent) -> None:
    assert plan(parent, as_it_is(parent.order), VENUES, firm=True) == DONE
    parent.children["T-1-2"].price = D("101")
    assert steps(parent, as_it_is(parent.order), firm=True) == {"BETA": "100 at 100"}
