from __future__ import annotations

import pytest

from engine.core.actions import Scope
from engine.core.commands import Command, Decision, Keep
from engine.core.floor import Floor
from engine.core.placing import Rules
from engine.core.setup import Setup
from engine.market.health import Watch
from engine.risk.limits import CustomerLimits, Limits, VenueLimits
from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType
from tests.engine.core.life import accepted
from tests.engine.core.script import SECOND, decided
from tests.engine.orders.making import NOW, D
from tests.engine.routing.making import venue

ALPHA, BETA = venue("ALPHA"), venue("BETA")


def floor(limits: Limits | None = None, watch: dict[str, Watch] | None = None) -> Floor:
    """ALPHA and BETA, both up."""
    made = Floor(Setup("T", (ALPHA, BETA), Rules(), limits or Limits(), watch or {}))
    for each in ("ALPHA", "BETA"):
        made.up.add(each)
        made.health.up(each, NOW)
    made.look()
    return made


def shows(of: Floor, name: str, bid: str, offer: str) -> None:
    symbol = f"ACME.{name}"
    sides = ((MDEntryType.BID, bid), (MDEntryType.OFFER, offer))
    entries = tuple(MDEntry(side, D(price), D(10), symbol=symbol) for side, price in sides)
    of.market.apply(name, MarketData(snapshot=True, symbol=symbol, entries=entries), NOW)


# -- may it go ---------------------------------------------------------------------------------------------------------


def test_a_venue_that_is_up_is_open_and_what_rests_there_is_welcome() -> None:
    made = floor()
    assert made.open_to("ALPHA", NOW)
    assert made.unwelcome("ALPHA", "ACME") == ""


def test_a_venue_taken_out_is_closed_and_what_rests_there_has_to_leave() -> None:
    made = floor()
    out: list[Command] = []
    assert made.stands(made.health.take_out("ALPHA", "ada", "it lags"), out)
    assert (made.open_to("ALPHA", NOW), made.open_to("BETA", NOW)) == (False, True)
    assert made.unwelcome("ALPHA", "ACME") == "ALPHA is out of routing"
    reason = "ALPHA is out: taken out by ada: it lags"
    assert out == [
        decided(Decision.VENUE, reason, {"venue": "ALPHA", "state": "out"}, order_id=""),
        Keep("", "venues", {"ALPHA": {"by": "ada", "reason": "it lags"}}),
    ]


def test_out_by_rule_it_leaves_only_for_a_venue_that_is_better() -> None:
    made = floor(watch={name: Watch(rejects=1) for name in ("ALPHA", "BETA")})
    made.stands(made.health.rejected("ALPHA", "full", NOW, "T-1-1"), [])
    assert made.unwelcome("ALPHA", "ACME") == "ALPHA is out of routing"
    made.stands(made.health.rejected("BETA", "full", NOW, "T-1-2"), [])
    assert made.unwelcome("ALPHA", "ACME") == ""
    assert not made.open_to("ALPHA", NOW)


def test_a_killed_venue_is_closed_whatever_its_health() -> None:
    made = floor()
    made.kills.kill(Scope.VENUE, "ALPHA", "ada", "a test", [])
    made.look()
    assert not made.open_to("ALPHA", NOW)
    assert made.unwelcome("ALPHA", "ACME") == "venue ALPHA is killed by ada: a test"


def test_where_the_session_ended_nothing_can_leave() -> None:
    made = floor()
    made.kills.kill(Scope.VENUE, "ALPHA", "ada", "a test", [])
    made.up.discard("ALPHA")
    made.look()
    assert made.unwelcome("ALPHA", "ACME") == ""


def test_a_venue_whose_throttle_is_full_is_closed_for_a_while() -> None:
    made = floor(Limits(venues={"ALPHA": VenueLimits(messages=1, window=SECOND)}))
    assert made.throttle.take("ALPHA", NOW)
    assert [made.open_to("ALPHA", at) for at in (NOW, NOW + SECOND - 1, NOW + SECOND)] == [False, False, True]


# -- the price of the market -------------------------------------------------------------------------------------------


def test_the_reference_is_the_middle_over_all_venues_and_none_of_half_a_book() -> None:
    made = floor()
    assert made.reference("ACME") is None
    shows(made, "ALPHA", "98", "103")
    shows(made, "BETA", "99", "104")
    assert made.reference("ACME") == D("101")
    assert made.reference("GLOBEX") is None


# -- what goes to venues -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0, 1])
def test_a_child_is_asked_to_go_as_often_as_it_may_refuse(kept: int) -> None:
    life = accepted(ALPHA)
    parent, child = life.child(1)
    child.kept = kept
    asked: list[Command] = []
    life.core.floor.cancel(parent, child, NOW, asked, "a test")
    assert len(asked) == (0 if kept else 2)
    insisted: list[Command] = []
    life.core.floor.cancel(parent, child, NOW, insisted, "a test", refused=1)
    assert len(insisted) == (2 if kept else 0)


def test_what_is_in_doubt_is_neither_cancelled_nor_lost_twice() -> None:
    life = accepted(ALPHA)
    life.down("ALPHA")
    parent, child = life.child(1)
    out: list[Command] = []
    life.core.floor.cancel(parent, child, NOW, out, "a test")
    life.core.floor.ask(parent, child, "a test", NOW, out)
    assert out == []


# -- what is open, for the limits --------------------------------------------------------------------------------------


def test_nothing_is_counted_while_there_are_no_limits() -> None:
    life = accepted(ALPHA)
    assert not life.core.floor.limited
    assert life.core.floor.controls._exposure.find("T-1") is None


def test_a_parent_counts_with_what_is_at_each_venue_and_with_the_dearer_terms() -> None:
    life = accepted(ALPHA, BETA, limits=Limits(every=CustomerLimits(open_value=D(10**6))))
    life.amends(life.wants("400", "101", cl_ord_id="B"))
    counted = life.core.floor.controls._exposure.find("T-1")
    assert counted is not None
    assert (counted.leaves, counted.price) == (D("400"), D("101"))
    assert counted.at == {"ALPHA": D("150"), "BETA": D("150")}
    life.replaced(1)
    life.replaced(2)
    counted = life.core.floor.controls._exposure.find("T-1")
    assert counted is not None
    assert counted.at == {"ALPHA": D("200"), "BETA": D("200")}


def test_a_parent_that_is_over_counts_no_more() -> None:
    life = accepted(ALPHA, limits=Limits(every=CustomerLimits(open_value=D(10**6))))
    life.trades(1, "300 at 99")
    assert life.core.floor.controls._exposure.find("T-1") is None
