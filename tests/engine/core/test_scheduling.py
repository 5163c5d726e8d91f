"""When: TWAP, VWAP, POV, shortfall and icebergs, as scripts over the whole core."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.core.actions import Kill, Scope
from engine.core.commands import Command, Decide, Decision, Report, SendOrder
from engine.core.core import Core
from engine.core.events import Instructed
from engine.core.placing import Rules
from engine.core.scheduling import DAY
from engine.market.venues import Venue
from fix.business import NewOrderSingle
from fix.enums import ExecType, OrdRejReason, OrdStatus, TimeInForce
from fix.timestamp import format_utc
from tests.engine.core.script import SECOND, Desk
from tests.engine.orders.making import NOW, D, new_order
from tests.engine.routing.making import venue

HOUR = 3600 * SECOND
CURVE = ((0, D(1000)), (12 * HOUR, D(3000)))  # a quarter in the morning


class Scheduled(Desk):
    """One venue, ALPHA, and a curve of ACME."""

    def __init__(self, *venues: Venue, now: int = NOW) -> None:
        super().__init__(*(venues or (venue("ALPHA"),)))
        self.core = Core(venues or (venue("ALPHA"),), Rules(), "T", curves={"ACME": CURVE})
        self.now = now
        for each in venues or (venue("ALPHA"),):
            self.up(each.name)

    def fills(self, *children: int) -> None:
        for number in children:
            self.trades(number, f"{self.child(number)[1].leaves} at 99")


def wants(strategy: str, *parameters: tuple[str, object], qty: str = "300", **more: Any) -> NewOrderSingle:
    given = tuple((name, str(value)) for name, value in parameters)
    return new_order(qty)._replace(strategy=strategy, parameters=given, **more)


def at(seconds: float) -> str:
    return format_utc(NOW + int(seconds * SECOND))


def sent(commands: tuple[Command, ...]) -> list[str]:
    """ "ALPHA 100", each order in turn."""
    return [f"{each.venue} {each.order.order_qty}" for each in commands if isinstance(each, SendOrder)]


def twap(*more: tuple[str, object], **fields: Any) -> NewOrderSingle:
    return wants("1001", ("EndTime", at(60)), ("Slices", 3), *more, **fields)


# -- TWAP --------------------------------------------------------------------------------------------------------------


def test_each_slice_goes_at_the_beginning_of_its_interval() -> None:
    desk = Scheduled()
    assert sent(desk.order(twap())) == ["ALPHA 100"]
    desk.fills(1)
    assert [sent(desk.waits(seconds)) for seconds in (19, 1, 10)] == [[], ["ALPHA 100"], []]
    desk.fills(2)
    assert sent(desk.waits(10)) == ["ALPHA 100"]
    told = desk.trades(3, "100 at 99")
    assert told[0] == desk.told(4, ExecType.TRADE, OrdStatus.FILLED, cum="300", avg="99", last="100 at 99", mkt="XALP")
    assert desk.waits(100) == ()


def test_what_is_asked_and_made_of_it_is_on_record_before_anything_goes_and_the_oms_hears_new_at_once() -> None:
    desk = Scheduled()
    _, schedule, new, route, order = desk.order(twap())
    profile = [[0, "0.333333333334"], [20 * SECOND, "0.666666666667"], [40 * SECOND, "1"]]
    release = {"kind": "timed", "start": NOW, "profile": profile, "end": NOW + 60 * SECOND, "participation": None}
    assert schedule == Decide(
        "T-1", Decision.SCHEDULE, "TWAP, where: smart", {"strategy": "TWAP", "where": "smart", "release": release}
    )
    assert new == desk.told_new(order=new_order())
    assert isinstance(route, Decide)
    assert route.detail["attempt"] == 1
    assert isinstance(order, SendOrder)
    assert (order.order.strategy, order.order.parameters) == ("", ())


def test_before_its_start_it_is_new_and_nothing_goes() -> None:
    desk = Scheduled()
    taken = desk.order(wants("1001", ("StartTime", at(30)), ("EndTime", at(60)), ("Slices", 2)))
    assert (sent(taken), desk.told_new() in taken) == ([], True)
    assert [sent(desk.waits(seconds)) for seconds in (29, 1, 15)] == [[], ["ALPHA 150"], ["ALPHA 150"]]


def test_what_a_venue_gives_back_is_caught_up_with_and_ends_the_order_only_when_its_time_is_over() -> None:
    desk = Scheduled()
    desk.order(twap(time_in_force=TimeInForce.IOC))
    desk.accepts(1)
    assert sent(desk.ends(1, ExecType.EXPIRED)) == []
    assert sent(desk.waits(20)) == ["ALPHA 200"]
    desk.trades(2, "50 at 99")
    desk.ends(2, ExecType.EXPIRED)
    assert sent(desk.waits(20)) == ["ALPHA 250"]
    desk.ends(3, ExecType.EXPIRED)
    assert desk.waits(19) == ()
    assert sent(desk.waits(1)) == ["ALPHA 250"]
    ended = desk.ends(4, ExecType.EXPIRED)
    assert ended[-2].detail == {"OrdStatus": "CANCELED"}  # type: ignore[union-attr]


def test_a_venue_that_refuses_is_asked_again_with_the_next_slice_and_not_with_every_tick() -> None:
    desk = Scheduled()
    desk.order(twap())
    assert sent(desk.rejects(1)) == []
    assert [sent(desk.waits(1)) for _ in range(19)] == [[]] * 19
    assert sent(desk.waits(1)) == ["ALPHA 200"]


def test_a_cancel_ends_it_at_once() -> None:
    desk = Scheduled()
    desk.order(wants("1001", ("StartTime", at(30)), ("EndTime", at(60))))
    assert desk.told(3, ExecType.CANCELED, OrdStatus.CANCELED, cancel="C", order=new_order()) in desk.cancel()
    assert desk.waits(100) == ()


def test_dust_that_no_venue_takes_is_not_waited_for() -> None:
    desk = Scheduled(venue("ALPHA", lot="100", minimum="100"))
    assert sent(desk.order(twap(qty="350"))) == ["ALPHA 100"]
    assert [sent(desk.waits(20)) for _ in range(3)] == [["ALPHA 100"], ["ALPHA 100"], []]
    desk.fills(1, 2)
    ended = desk.trades(3, "100 at 99")
    assert ended[-2].reason == "no venue takes the remaining 50"  # type: ignore[union-attr]


def test_jitter_comes_from_the_orders_own_seed() -> None:
    plans = []
    for prefix in ("T", "T", "U"):
        core = Desk(venue("ALPHA")).core if prefix == "T" else Core((venue("ALPHA"),), Rules(), "U")
        desk = Desk(venue("ALPHA"))
        desk.core = core
        desk.up("ALPHA")
        schedule = desk.order(twap(("SizeJitter", "0.5"), ("TimeJitter", "0.2")))[1]
        assert isinstance(schedule, Decide)
        plans.append(schedule.detail["release"])
    assert plans[0] == plans[1] != plans[2]


# -- VWAP, shortfall -----------------------------------------------------------------------------------------------------


def test_vwap_follows_the_curve_over_midnight() -> None:
    desk = Scheduled(now=18 * HOUR)
    until = format_utc(DAY + 6 * HOUR)
    order = wants("1", ("EndTime", until), ("Slices", 2), qty="200")._replace(transact_time=18 * HOUR)
    assert sent(desk.order(order)) == ["ALPHA 150"]
    assert sent(desk.waits(6 * 3600)) == ["ALPHA 50"]


def test_shortfall_is_in_more_of_a_hurry_the_more_risk_is_feared() -> None:
    first = []
    for urgency in ("0", "0.0001", "0.01"):
        desk = Scheduled()
        desk.shows("ALPHA", "1000 at 100.1", bids=("1000 at 99.9",))
        order = wants("3", ("EndTime", at(86_400)), ("Slices", 4), ("Urgency", urgency), ("Volatility", "0.02"))
        first.append(int(sent(desk.order(order))[0].split()[1]))
    assert first[0] == 75
    assert first[0] < first[1] < first[2] <= 300


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (wants("1", ("EndTime", at(60)))._replace(symbol="OTHER"), "Symbol(55) OTHER is not traded here"),
        (wants("1001", ("EndTime", format_utc(NOW - SECOND // 2)))._replace(transact_time=0), "its EndTime has passed"),
        (wants("3", ("EndTime", at(60)), ("Urgency", "0"), ("Volatility", "0.02")), "nothing is displayed to price"),
        (twap(time_in_force=TimeInForce.FOK), "TimeInForce(59) FOK is for one order at once; TWAP sends several"),
        (wants("777"), "TargetStrategy(847) = '777'"),
        (new_order()._replace(destination="OMEGA"), "ExDestination(100) OMEGA is no venue of ACME; ALPHA are"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(order: NewOrderSingle, text: str) -> None:
    desk = Scheduled()
    decide, report = desk.order(order)
    assert isinstance(decide, Decide)
    assert decide.kind is Decision.REFUSE
    assert text in decide.reason
    assert report.report.text == decide.reason  # type: ignore[union-attr]
    unsupported = OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC
    assert report.report.ord_rej_reason in (unsupported, OrdRejReason.UNKNOWN_SYMBOL)  # type: ignore[union-attr, operator]
    assert desk.waits(1000) == ()


def test_vwap_without_a_curve_says_so() -> None:
    desk = Desk(venue("ALPHA"))
    decide = desk.order(wants("1", ("EndTime", at(60))))[0]
    why = "no volume curve of ACME is configured; add a [[curve]], or ask for TWAP"
    assert isinstance(decide, Decide)
    assert decide.reason == f"TargetStrategy(847) 1 (VWAP): {why}"


# -- iceberg -------------------------------------------------------------------------------------------------------------


def test_an_iceberg_shows_its_part_and_the_next_when_that_is_gone() -> None:
    desk = Scheduled()
    assert sent(desk.order(new_order()._replace(max_floor=D(120)))) == ["ALPHA 120"]
    assert sent(desk.trades(1, "50 at 99")) == []
    assert sent(desk.trades(1, "70 at 99")) == ["ALPHA 120"]
    assert sent(desk.trades(2, "120 at 99")) == ["ALPHA 60"]
    assert desk.trades(3, "60 at 99")[0].report.ord_status is OrdStatus.FILLED  # type: ignore[union-attr]


def test_an_iceberg_over_several_venues_is_topped_up_where_a_part_is_gone() -> None:
    desk = Scheduled(venue("ALPHA"), venue("BETA"))
    assert sent(desk.order(new_order()._replace(max_floor=D(100)))) == ["ALPHA 50", "BETA 50"]
    assert sent(desk.trades(1, "50 at 99")) == ["ALPHA 25", "BETA 25"]


def test_an_iceberg_no_venue_takes_is_over() -> None:
    desk = Scheduled()
    desk.order(new_order()._replace(max_floor=D(120)))
    ended = desk.rejects(1)
    assert ended[0].report.ord_status is OrdStatus.REJECTED  # type: ignore[union-attr]


# -- law 4, whatever happens -----------------------------------------------------------------------------------------------


def test_more_never_goes_than_is_due() -> None:
    desk = Scheduled(venue("ALPHA"), venue("BETA", lot="7"))
    desk.order(wants("1001", ("EndTime", at(100)), ("Slices", 50), ("SizeJitter", "1"), qty="1000"))
    parent = desk.core.orders.by_id("T-1")
    assert parent is not None
    for second in range(1, 101):
        desk.waits(1)
        for child in parent.live:
            if second % 3:
                desk.trades(child.cl_ord_id, f"{min(child.leaves, Decimal(second % 5 + 1))} at 99")
        assert parent.cum + parent.working <= 1000
        assert parent.cum + parent.working <= 1000 * (second // 2 + 2) / Decimal(50) + 20
    assert parent.unrouted == 0


def test_a_venue_that_always_gives_back_is_not_asked_for_ever() -> None:
    """What is due counts in whole quanta beyond what is out: once 7 are filled it is 37, and with 30 more out it is 30."""
    desk = Scheduled(venue("ALPHA", lot="10", minimum="10"))
    assert sent(desk.order(wants("1001", ("EndTime", at(60)), ("Slices", 4), qty="148"))) == ["ALPHA 30"]
    desk.trades(1, "7 at 99")
    assert sent(desk.ends(1, cum="7")) == ["ALPHA 30"]
    desk.accepts(2)
    assert sent(desk.ends(2)) == []
    assert sent(desk.waits(15)) == ["ALPHA 60"]


def test_a_kill_ends_what_waits_for_its_next_part() -> None:
    desk = Scheduled()
    desk.order(wants("1001", ("StartTime", at(30)), ("EndTime", at(60))))
    told = desk.does(Instructed("ann", "enough", Kill(Scope.ALL)))
    reports = [each.report for each in told if isinstance(each, Report)]
    assert [(each.ord_status, each.text) for each in reports] == [(OrdStatus.CANCELED, "killed by ann: enough")]
    assert desk.waits(100) == ()
