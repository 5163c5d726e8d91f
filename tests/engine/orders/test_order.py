from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.order import Child, trimmed
from engine.orders.states import ORDER, Event, Request, Step, TransitionError
from fix.business import OrderCancelRequest
from fix.enums import OrdStatus, OrdType, Side, TimeInForce
from tests.engine.orders.making import NOW, D, new_child, new_order, new_parent

QUANTITIES = st.decimals("0.01", "999999", places=2)
PRICES = st.decimals("0.0001", "99999", places=4)
UNITS = st.sampled_from([D(1), D(100), D("0.001"), D("0.0017")])
FILLS = st.lists(st.tuples(st.integers(0, 2), QUANTITIES, PRICES), min_size=1, max_size=20)


def _cancel() -> OrderCancelRequest:
    return OrderCancelRequest("C", "A", "ACME", Side.BUY, D(300), NOW)


@given(units=st.tuples(UNITS, UNITS, UNITS), fills=FILLS)
def test_fills_of_all_children_add_up_exactly(
    units: tuple[Decimal, Decimal, Decimal], fills: list[tuple[int, Decimal, Decimal]]
) -> None:
    parent = new_parent(new_order("100000000"))
    children = [new_child(parent, "50000000", unit=str(unit)) for unit in units]
    credited = [parent.book(children[which], qty, price) for which, qty, price in fills]

    exact = [Fraction(qty) * Fraction(units[which]) for which, qty, _ in fills]
    worth = [qty * Fraction(price) for qty, (_, _, price) in zip(exact, fills, strict=True)]
    notional = sum(worth, Fraction(0))
    assert [Fraction(qty) for qty in credited] == exact
    assert Fraction(parent.cum) == sum(exact)
    assert Fraction(parent.leaves) == max(100_000_000 - sum(exact), Fraction(0))
    assert Fraction(parent.notional) == notional == Fraction(sum(child.notional for child in children))
    assert abs(Fraction(parent.avg_px) - notional / sum(exact)) <= Fraction(1, 2 * 10**8)
    assert sum(child.fills for child in children) == len(fills)
    assert Fraction(parent.unrouted) == 100_000_000 - sum(exact) - sum(
        (Fraction(child.qty) - Fraction(child.cum)) * Fraction(child.unit) for child in children
    )


def test_an_order_of_one_venue_has_the_average_of_its_fills() -> None:
    parent = new_parent()
    child = new_child(parent, "300")
    assert parent.avg_px == 0
    assert parent.book(child, D(100), D("100.5")) == D(100)
    assert parent.book(child, D(200), D("99.75")) == D(200)
    assert (parent.cum, parent.leaves, str(parent.avg_px)) == (D(300), D(0), "100")


def test_an_average_without_end_has_eight_decimals() -> None:
    parent = new_parent()
    child = new_child(parent)
    parent.book(child, D(1), D(1))
    parent.book(child, D(2), D(2))
    assert str(parent.avg_px) == "1.66666667"


def test_contracts_count_in_parent_units_with_the_price_as_it_is() -> None:
    """5 contracts of 0.001 BTC each, at 60000 USD: 0.005 BTC for 300 USD."""
    parent = new_parent(new_order("1"))
    child = new_child(parent, "10", unit="0.001")
    assert (child.leaves, child.exposure, parent.unrouted) == (D(10), D("0.01"), D("0.99"))
    assert str(parent.book(child, D(5), D(60000))) == "0.005"
    assert (child.cum, parent.cum, parent.notional, parent.avg_px) == (D(5), D("0.005"), D(300), D(60000))
    assert (child.leaves, child.exposure, parent.working) == (D(5), D("0.005"), D("0.005"))


def test_what_works_at_venues_is_not_to_be_sent_again() -> None:
    parent = new_parent()
    first, second = new_child(parent, "100"), new_child(parent, "150", venue="BETA")
    assert (parent.working, parent.unrouted) == (D(250), D(50))
    first.note(Step.LOST)
    assert first.in_doubt
    assert (parent.working, parent.unrouted) == (D(250), D(50))  # law 5
    second.apply(Event.CANCELED)
    assert (parent.working, parent.unrouted, parent.live) == (D(100), D(200), [first])
    first.apply(Event.FILL)
    parent.book(first, D(100), D(100))
    assert (parent.working, parent.unrouted, parent.live) == (D(0), D(200), [])


def test_the_end_of_a_child_ends_its_request() -> None:
    child = new_child(new_parent())
    child.note(Step.LOST)
    child.apply(Event.EXPIRED)
    assert (child.live, child.leaves, child.exposure, child.request) == (False, D(0), D(0), Request.NONE)


@pytest.mark.parametrize("state", list(ORDER))
def test_a_refused_transition_changes_nothing(state: OrdStatus) -> None:
    for event in set(Event) - set(ORDER[state]):
        parent = new_parent()
        child = new_child(parent)
        parent.state = child.state = state
        parent.book(child, D(10), D(100))
        before = deepcopy(parent)
        with pytest.raises(TransitionError):
            child.apply(event)
        with pytest.raises(TransitionError):
            parent.apply(event)
        assert parent == before


def test_a_refused_step_changes_nothing() -> None:
    child = new_child(new_parent())
    child.note(Step.LOST)
    before = deepcopy(child)
    for what in (Step.CANCEL_SENT, Step.REPLACE_SENT):
        with pytest.raises(TransitionError):
            child.note(what)
    assert child == before


def test_a_parent_is_announced_once_it_is_new_and_done_once_it_is_final() -> None:
    parent = new_parent()
    assert (parent.announced, parent.done, parent.leaves) == (False, False, D(300))
    parent.apply(Event.ACCEPTED)
    assert (parent.announced, parent.done, parent.leaves) == (True, False, D(300))
    parent.apply(Event.CANCELED)
    assert (parent.announced, parent.done, parent.leaves) == (True, True, D(0))


def test_a_pending_cancel_outranks_what_has_traded_until_the_order_ends() -> None:
    parent = new_parent()
    parent.apply(Event.ACCEPTED)
    parent.cancel = _cancel()
    seen = [parent.ord_status]
    for event in (Event.TRADE, Event.FILL):
        parent.apply(event)
        seen.append(parent.ord_status)
    assert seen == [OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, OrdStatus.FILLED]


def test_an_overfill_leaves_nothing_open_and_less_than_nothing_to_route() -> None:
    parent = new_parent()
    child = new_child(parent, "300")
    child.apply(Event.FILL)
    parent.book(child, D(310), D(100))
    assert (parent.leaves, child.leaves, parent.working, parent.unrouted) == (D(0), D(0), D(0), D(-10))


def test_exec_ids_of_a_parent_are_numbered() -> None:
    parent = new_parent()
    assert [parent.next_exec_id() for _ in range(3)] == ["T-1-E1", "T-1-E2", "T-1-E3"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("100.50000000", "100.5"), ("1E+2", "100"), ("0.00000000", "0"), ("0.00000001", "1E-8"), ("-3.10", "-3.1")],
)
def test_numbers_are_trimmed(value: str, written: str) -> None:
    assert str(trimmed(D(value))) == written


@given(st.decimals("-1e15", "1e15", places=6))
def test_trimming_changes_no_value(value: Decimal) -> None:
    assert trimmed(value) == value


def test_dust_counts_with_the_last_of_a_child_and_with_nothing_before() -> None:
    parent = new_parent(new_order("0.1"))
    coins = Child("T-1-1", "COIN", "XBT", D(50), D("0.00166667"), OrdType.MARKET, None, TimeInForce.IOC, 0)
    coins.dust = D("0.0000065")
    parent.children["T-1-1"] = coins
    assert (coins.exposure, parent.unrouted) == (D("0.08334"), D("0.01666"))
    assert parent.book(coins, D(20), D(60000)) == D("0.0333334")
    assert (coins.credit(coins.cum), coins.exposure) == (D("0.0333334"), D("0.0500066"))
    assert parent.book(coins, D(30), D(60000)) == D("0.0500066")
    assert (parent.cum, coins.credit(coins.cum)) == (D("0.08334"), D("0.08334"))
