"""What a parent needs next depends on how it stands, and on nothing that came before."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.core.commands import Closed, Command
from engine.orders import states
from engine.orders.order import Closing
from fix.enums import ExecType, OrdStatus, TimeInForce
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

ALPHA = venue("ALPHA")


@pytest.fixture
def life() -> Life:
    return accepted(ALPHA)


def proceed(life: Life, *, freed: bool = False) -> list[Command]:
    out: list[Command] = []
    life.core._worker.proceed(life.parent(), life.now, out, freed=freed)
    return out


def test_nothing_is_asked_of_an_order_that_works(life: Life) -> None:
    assert proceed(life) == []
    assert proceed(life, freed=True) == []


def test_nothing_is_asked_twice(life: Life) -> None:
    life.cancel()
    assert proceed(life) == []
    life = accepted(ALPHA)
    life.amends(new_order("200", cl_ord_id="B"))
    assert proceed(life) == []


def test_nothing_is_said_of_an_order_that_is_over(life: Life) -> None:
    life.trades(1, "300 at 99")
    assert proceed(life, freed=True) == []


def test_an_order_is_closed_once(life: Life) -> None:
    first: list[Command] = []
    again: list[Command] = []
    closing = Closing("a test", states.Event.CANCELED)
    life.core._worker.close(life.parent(), closing, life.now, first)
    life.core._worker.close(life.parent(), Closing("again", states.Event.EXPIRED), life.now, again)
    assert (sent(tuple(first)), again) == (["cancel 1 ALPHA"], [])
    assert life.parent().closing == closing


def test_an_order_that_was_never_announced_is_canceled_without_new() -> None:
    life = Life(ALPHA)
    life.order()
    life.cancel()
    assert said(life.ends(1)) == ["CANCELED CANCELED 300"]


STEPS = {
    "replaced": lambda life: life.replaced(1),
    "fill": lambda life: life.trades(2, "100 at 99"),
    "gone": lambda life: life.ends(3),
}


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=" ".join)
def test_it_does_not_matter_in_which_order_answers_fills_and_ends_cross(order: tuple[str, ...]) -> None:
    """Of 300 there are to be 250: 50 go at ALPHA, BETA fills, GAMMA drops its 100, which go out anew."""
    life = accepted()
    life.amends(new_order("250", cl_ord_id="B"))
    told = [each for name in order for each in said(STEPS[name](life))]
    assert len([each for each in told if each.startswith("REPLACED")]) == 1
    parent = life.parent()
    assert (parent.cum, parent.order.order_qty, parent.unrouted) == (D(100), D(250), D(0))


def test_the_rest_of_an_order_ends_as_its_last_child_did() -> None:
    for how, status in ((ExecType.EXPIRED, OrdStatus.EXPIRED), (ExecType.CANCELED, OrdStatus.CANCELED)):
        life = accepted(ALPHA)
        commands = life.ends(1, how)
        assert said(commands) == [f"{how.name} {status.name} 300"]
        assert commands[-1] == Closed("T-1")


def test_an_order_beyond_the_day_does_not_end_with_the_day_of_its_children() -> None:
    life = accepted(ALPHA)
    order = new_order(cl_ord_id="B", time_in_force=TimeInForce.GTC)
    life.amends(order)
    life.down("ALPHA")
    life.up("ALPHA")
    commands = life.ends(1, ExecType.DONE_FOR_DAY)
    assert said(commands)[0] == "REPLACED NEW 300"
    assert life.parent().order.order_qty == D("300")
