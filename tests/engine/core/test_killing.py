from __future__ import annotations

import pytest

from engine.core.actions import Scope
from engine.core.commands import Command, Decision
from engine.core.killing import InForce, Kills
from engine.core.orders import Orders
from engine.orders.order import Child, Parent
from engine.orders.states import Event
from fix.enums import OrdRejReason
from tests.engine.core.kills import flat, kept, killed, value
from tests.engine.core.script import decided
from tests.engine.orders.making import new_child, new_order, new_parent

ALL = (Scope.ALL, "", "ada", "a test")


@pytest.fixture
def parent() -> Parent:
    """A child at ALPHA and one at BETA."""
    made = new_parent(new_order()._replace(strategy="TWAP"))
    new_child(made, venue="ALPHA")
    new_child(made, venue="BETA")
    return made


@pytest.fixture
def kills(parent: Parent) -> Kills:
    orders = Orders()
    orders.add(parent)
    return Kills(orders)


def gone(kills: Kills, child: Child) -> list[Command]:
    out: list[Command] = []
    child.apply(Event.CANCELED)
    kills.gone(child, out)
    return out


@pytest.mark.parametrize(
    ("scope", "name", "children"),
    [
        (Scope.ALL, "", ["T-1-1", "T-1-2"]),
        (Scope.CUSTOMER, "OMS", ["T-1-1", "T-1-2"]),
        (Scope.CUSTOMER, "OTHER", []),
        (Scope.STRATEGY, "TWAP", ["T-1-1", "T-1-2"]),
        (Scope.STRATEGY, "VWAP", []),
        (Scope.VENUE, "BETA", ["T-1-2"]),
        (Scope.VENUE, "GAMMA", []),
    ],
)
def test_what_a_kill_reaches(kills: Kills, parent: Parent, scope: Scope, name: str, children: list[str]) -> None:
    reached = kills.kill(scope, name, "ada", "a test", [])
    assert [child.cl_ord_id for _, child in reached] == children
    whole = bool(children) and scope is not Scope.VENUE
    assert (kills.refuse(parent.session, parent.order) is not None) is whole


def test_flat_is_said_once_and_kept(kills: Kills, parent: Parent) -> None:
    out: list[Command] = []
    kills.kill(*ALL, out)
    assert out == [killed(2), kept()]
    first, second = parent.children.values()
    assert gone(kills, first) == []
    assert gone(kills, second) == [flat(), kept(flat=True)]
    kills.gone(second, out)
    assert out == [killed(2), kept()]


def test_what_is_not_reached_is_nothing_to_it(kills: Kills, parent: Parent) -> None:
    kills.kill(Scope.VENUE, "ALPHA", "ada", "a test", [])
    assert gone(kills, parent.children["T-1-2"]) == []
    assert kills.in_force() == [InForce(Scope.VENUE, "ALPHA", "ada", "a test", 1)]


def test_a_refusal_says_who_and_why(kills: Kills, parent: Parent) -> None:
    assert not kills
    kills.kill(*ALL, [])
    assert kills
    refusal = kills.refuse(parent.session, parent.order)
    assert refusal is not None
    assert (refusal.reason, refusal.text) == (OrdRejReason.BROKER_OPTION, "everything is killed by ada: a test")
    assert kills.venue("ALPHA") == ""


def test_a_release_is_of_one_kill(kills: Kills, parent: Parent) -> None:
    out: list[Command] = []
    kills.kill(*ALL, [])
    kills.kill(Scope.CUSTOMER, "OMS", "bob", "he too", [])
    assert not kills.release(Scope.VENUE, "ALPHA", "cy", "done", out)
    assert out == []
    assert kills.release(Scope.ALL, "", "cy", "done", out)
    assert out[0] == decided(
        Decision.KILL,
        "cy ends: everything is killed by ada: a test (not flat, 2 children left); done",
        order_id="",
    )
    refusal = kills.refuse(parent.session, parent.order)
    assert refusal is not None
    assert refusal.text == "customer OMS is killed by bob: he too"


def test_a_second_kill_of_the_same_counts_anew(kills: Kills, parent: Parent) -> None:
    kills.kill(*ALL, [])
    gone(kills, parent.children["T-1-1"])
    out: list[Command] = []
    kills.kill(Scope.ALL, "", "bob", "once more", out)
    assert out[0] == killed(1, "everything is killed by bob: once more")


def test_what_was_kept_is_in_force_and_counts_what_is_in_hand(parent: Parent) -> None:
    orders = Orders()
    kills = Kills(orders, {"all:": value(), "venue:BETA": value("venue", "BETA", flat=True)})
    orders.add(parent)
    kills.recount()
    assert [each.left for each in kills.in_force()] == [2, 0]
    assert kills.venue("BETA") == "venue BETA is killed by ada: a test"
