"""What routing learns: dark venues by what they took, lit ones by what their fills were worth afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.core.actions import LearnAgain, RollBack
from engine.core.commands import Command, Decide, Decision, Keep, SendOrder
from engine.core.core import Core
from engine.core.events import Instructed
from engine.core.learning import DARK, KEY, Learn
from engine.core.placing import Rules
from engine.market.venues import Venue
from fix.enums import ExecType, TimeInForce
from tests.engine.core.script import SECOND, Desk
from tests.engine.orders.making import new_order
from tests.engine.routing.making import D, venue

EAGER = Learn(on=True, half_life=600 * SECOND, horizon=SECOND, pseudo=5, period=60 * SECOND, min_samples=5)
DARKS = (replace(venue("ALPHA"), dark=True), replace(venue("BETA"), dark=True), venue("GAMMA"))


class Learning(Desk):
    def __init__(
        self, *venues: Venue, learn: Learn = EAGER, kept: Mapping[str, Mapping[str, object]] | None = None
    ) -> None:
        self.kept: dict[str, Any] = {}
        self.orders = 0
        super().__init__(*venues)
        self.core = Core(venues, Rules(), "T", learn=learn, kept=kept)
        for each in venues:
            self.up(each.name)

    def does(self, event: Any) -> tuple[Command, ...]:
        commands = super().does(event)
        self.kept.update({each.key: each.value for each in commands if isinstance(each, Keep)} if self.orders else {})
        return commands

    def sends(self, qty: str = "300", **terms: Any) -> dict[str, str]:
        """ClOrdID(11) of each child by venue, and what it was sent."""
        self.orders += 1
        order = new_order(qty)._replace(cl_ord_id=f"A{self.orders}", **terms)
        return {each.venue: each.order.cl_ord_id for each in self.order(order) if isinstance(each, SendOrder)}


# -- dark ----------------------------------------------------------------------------------------------------------------


def dark_order(desk: Learning) -> dict[str, str]:
    return desk.sends(strategy="1004", time_in_force=TimeInForce.IOC)


def test_an_unknown_dark_venue_is_tried_and_one_that_took_nothing_loses_to_the_next() -> None:
    desk = Learning(*DARKS, learn=Learn())
    sent = dark_order(desk)
    assert sent == {"ALPHA": "T-1-1"}
    desk.ends(sent["ALPHA"], ExecType.EXPIRED)
    assert dark_order(desk) == {"BETA": "T-2-1"}


def test_what_dark_venues_took_decides_and_is_kept_over_a_restart() -> None:
    desk = Learning(*DARKS, learn=Learn())
    for _ in range(4):
        for name, child in dark_order(desk).items():
            if name == "ALPHA":
                desk.trades(child, "40 at 99")
            desk.ends(child, ExecType.EXPIRED, cum="40" if name == "ALPHA" else "0")
    sizes = {name: desk.child(child)[1].qty for name, child in dark_order(desk).items()}
    assert sizes["ALPHA"] > 150
    again = Learning(*DARKS, learn=Learn(), kept={DARK: desk.kept[DARK]})
    assert {name: again.child(child)[1].qty for name, child in dark_order(again).items()} == sizes


def test_what_dark_venues_do_not_take_goes_to_the_others() -> None:
    desk = Learning(*DARKS, learn=Learn())
    desk.shows("GAMMA", "500 at 100")
    child = dark_order(desk)["ALPHA"]
    routed = [each for each in desk.ends(child, ExecType.EXPIRED) if isinstance(each, SendOrder)]
    assert [(each.venue, each.order.order_qty) for each in routed] == [("GAMMA", D(300))]


# -- scorecards ------------------------------------------------------------------------------------------------------------


def trade_and_move(desk: Learning, rounds: int) -> None:
    """Buys at both venues; after what ALPHA sold, the market falls by five basis points, and comes back."""
    for _ in range(rounds):
        for name in ("ALPHA", "BETA"):
            for each in ("ALPHA", "BETA"):
                desk.shows(each, "1000 at 100.1", bids=("1000 at 99.9",))
            child = desk.sends("10", price=D("100.1"), destination=name)[name]
            desk.accepts(child)
            desk.trades(child, "10 at 100.1")
            if name == "ALPHA":
                for each in ("ALPHA", "BETA"):
                    desk.shows(each, "1000 at 100.0", bids=("1000 at 99.8",))
            desk.now += 2 * SECOND
            for each in ("ALPHA", "BETA"):
                up = name == "BETA"
                desk.shows(
                    each, "1000 at 100.1" if up else "1000 at 100", bids=("1000 at 99.9" if up else "1000 at 99.8",)
                )


def shares(desk: Learning) -> dict[str, int]:
    for each in ("ALPHA", "BETA"):
        desk.shows(each, "1000 at 100.1", bids=("1000 at 99.9",))
    return {name: int(desk.child(child)[1].qty) for name, child in desk.sends("1200", price=D("100.1")).items()}


def test_a_venue_whose_fills_are_followed_by_moves_against_us_loses_its_share() -> None:
    desk = Learning(venue("ALPHA"), venue("BETA"))
    assert shares(desk) == {"ALPHA": 1000, "BETA": 200}
    trade_and_move(desk, 10)
    desk.waits(60)
    assert shares(desk) == {"ALPHA": 200, "BETA": 1000}


def test_each_use_of_what_was_learned_is_on_record() -> None:
    desk = Learning(venue("ALPHA"), venue("BETA"))
    trade_and_move(desk, 10)
    made = [each for each in desk.waits(60) if isinstance(each, Decide)]
    assert [each.kind for each in made] == [Decision.LEARN]
    order = new_order("10")._replace(cl_ord_id="Z")
    route = next(e for e in desk.order(order) if isinstance(e, Decide) and e.kind is Decision.ROUTE)
    assert any(str(line).startswith("BETA: ") for line in route.detail["learned"])  # type: ignore[attr-defined]


def test_a_person_takes_the_last_generation_back_and_nothing_new_follows_until_told() -> None:
    desk = Learning(venue("ALPHA"), venue("BETA"))
    trade_and_move(desk, 10)
    desk.waits(60)
    told = desk.does(Instructed("ann", "it looks wrong", RollBack()))
    assert told[-1].reason == "ann goes back to generation 0, which stays: it looks wrong"  # type: ignore[union-attr]
    assert shares(desk) == {"ALPHA": 1000, "BETA": 200}
    trade_and_move(desk, 2)
    assert [each for each in desk.waits(60) if isinstance(each, Decide) and each.kind is Decision.LEARN] == []
    again = desk.does(Instructed("ann", "again", RollBack()))
    assert again[0].kind is Decision.REFUSE  # type: ignore[union-attr]
    desk.does(Instructed("ann", "go on", LearnAgain()))
    desk.waits(60)
    assert shares(desk) == {"ALPHA": 200, "BETA": 1000}


def test_a_restart_goes_on_with_what_was_learned() -> None:
    desk = Learning(venue("ALPHA"), venue("BETA"))
    trade_and_move(desk, 10)
    desk.waits(60)
    again = Learning(venue("ALPHA"), venue("BETA"), kept={KEY: desk.kept[KEY]})
    again.now = desk.now
    assert shares(again) == shares(desk)


def test_off_it_learns_nothing_and_records_nothing() -> None:
    desk = Learning(venue("ALPHA"), venue("BETA"), learn=Learn())
    trade_and_move(desk, 10)
    assert desk.waits(600) == ()
    assert (shares(desk), desk.kept) == ({"ALPHA": 1000, "BETA": 200}, {})
