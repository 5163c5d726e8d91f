from __future__ import annotations

import pytest

from engine.core.orders import FINISHED_KEPT, Orders, child_id, parent_id
from engine.orders.order import Parent
from engine.orders.states import Event
from tests.engine.orders.making import NOW, new_child, new_order


def _parent(number: int, *, session: str = "OMS", done: bool = False) -> Parent:
    """T-<number>, ClOrdID(11) A<number>, with a child at ALPHA and one at BETA that ended."""
    parent = Parent(f"T-{number}", session, new_order(cl_ord_id=f"A{number}"), NOW)
    new_child(parent)
    new_child(parent, venue="BETA").apply(Event.CANCELED)
    if done:
        parent.children[f"T-{number}-1"].apply(Event.FILL)
        parent.apply(Event.FILL)
    return parent


@pytest.mark.parametrize(
    ("cl_ord_id", "child", "parent"),
    [
        ("T5K3QG-17-2", "T5K3QG-17-2", "T5K3QG-17"),
        ("T5K3QG-17-2_1", "T5K3QG-17-2", "T5K3QG-17"),
        ("T5K3QG-17-2_12", "T5K3QG-17-2", "T5K3QG-17"),
        ("nonsense", "nonsense", ""),
        ("", "", ""),
    ],
)
def test_the_ids_of_children_and_cancels_name_their_parent(cl_ord_id: str, child: str, parent: str) -> None:
    assert (child_id(cl_ord_id), parent_id(cl_ord_id)) == (child, parent)


def test_a_parent_is_found_by_what_messages_carry() -> None:
    orders = Orders()
    first, second = _parent(1), _parent(2, session="OTHER")
    orders.add(first)
    orders.add(second)
    assert orders.by_id("T-1") is first
    assert orders.by_cl_ord_id("OTHER", "A2") is second
    assert orders.by_cl_ord_id("OMS", "A2") is None
    assert orders.child("T-2-1") == (second, second.children["T-2-1"])
    assert orders.child("T-2-1_7") == (second, second.children["T-2-1"])
    assert [orders.child(unknown) for unknown in ("T-2-9", "T-9-1", "T-2", "")] == [None] * 4


def test_only_live_children_are_at_a_venue_oldest_parent_first() -> None:
    orders = Orders()
    first, done, second = _parent(1), _parent(2, done=True), _parent(3)
    for parent in (first, done, second):
        orders.add(parent)
    assert orders.at("ALPHA") == [(first, first.children["T-1-1"]), (second, second.children["T-3-1"])]
    assert orders.at("BETA") == []
    assert list(orders.open()) == [first, second]


def test_a_filled_parent_stays_open_while_a_venue_holds_too_much_of_it() -> None:
    orders = Orders()
    parent = _parent(1)
    parent.apply(Event.FILL)
    orders.add(parent)
    assert (list(orders.open()), orders.retired(parent)) == ([parent], False)
    assert orders.at("ALPHA") == [(parent, parent.children["T-1-1"])]


def test_finished_parents_are_remembered_and_then_forgotten() -> None:
    """Memory must not grow with finished parents."""
    orders = Orders()
    open_one = _parent(0)
    orders.add(open_one)
    for number in range(1, FINISHED_KEPT + 2):
        orders.add(_parent(number, done=True))
    assert orders.by_id("T-1") is None
    assert orders.by_cl_ord_id("OMS", "A1") is None
    assert orders.child("T-1-1") is None
    assert orders.by_id("T-2") is not None
    assert orders.by_id("T-0") is open_one
    assert len(orders._parents) == FINISHED_KEPT + 1 == len(orders._keys)


def test_a_forgotten_parent_can_be_brought_back() -> None:
    orders = Orders()
    forgotten = _parent(0, done=True)
    orders.add(forgotten)
    for number in range(1, FINISHED_KEPT + 1):
        orders.add(_parent(number, done=True))
    assert orders.by_id("T-0") is None
    orders.add(forgotten)
    assert orders.retired(forgotten)
    assert orders.by_cl_ord_id("OMS", "A0") is forgotten
