"""What no venue can take ends an order by rule and is never waited for; what one can take is not mistaken for it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.core.commands import Closed, Command, Decide, Decision, SendOrder
from engine.core.placing import Rules
from engine.market.venues import Venue
from fix.enums import ExecType, OrdStatus, TimeInForce
from tests.engine.core.script import Desk, decided, finished, opened
from tests.engine.orders.making import new_order
from tests.engine.routing.making import venue

D = Decimal
TRADE, CANCELED, PARTLY = ExecType.TRADE, ExecType.CANCELED, OrdStatus.PARTIALLY_FILLED
ALPHA, BETA = venue("ALPHA", lot="0.01"), venue("BETA", lot="0.01")  # a minimum of 1
COARSE = venue("GAMMA", lot="5", minimum="5")
IOC = new_order("9.52", time_in_force=TimeInForce.IOC)
DAY = new_order("9.52")


def sent(commands: tuple[Command, ...]) -> list[str]:
    """ "ALPHA 4.76" for each new order."""
    return [f"{each.venue} {each.order.order_qty.normalize():f}" for each in commands if isinstance(each, SendOrder)]


def reasons(commands: tuple[Command, ...]) -> list[str]:
    return [each.reason for each in commands if isinstance(each, Decide)]


def test_what_is_left_below_every_minimum_ends_the_order() -> None:
    desk = Desk(ALPHA, BETA)
    desk.shows("ALPHA", "20 at 99")
    assert sent(desk.order(IOC)) == ["ALPHA 9.52"]
    desk.shows("BETA", "20 at 99")
    desk.trades(1, "9.11 at 99")
    reason = "no venue takes the remaining 0.41"
    told = desk.told(3, CANCELED, OrdStatus.CANCELED, cum="9.11", avg="99", text=reason, order=IOC)
    assert desk.ends(1) == (told, *finished(reason, OrdStatus.CANCELED))


def test_what_fitted_no_lot_when_the_order_came_ends_it_with_the_last_fill() -> None:
    desk = Desk(COARSE)
    assert reasons(desk.order(DAY)) == ["9.52 by weight; 4.52 is below every lot or minimum"]
    reason = "no venue takes the remaining 4.52"
    assert desk.trades(1, "5 at 99") == (
        desk.told_new(order=DAY),
        desk.told(2, TRADE, PARTLY, cum="5", avg="99", last="5 at 99", mkt="XGAM", order=DAY),
        desk.told(3, CANCELED, OrdStatus.CANCELED, cum="5", avg="99", text=reason, order=DAY),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_a_child_that_rests_waits_for_itself_and_not_for_the_dust_beside_it() -> None:
    desk = Desk(ALPHA, BETA)
    assert sent(desk.order(DAY)) == ["ALPHA 4.76", "BETA 4.76"]
    desk.trades(1, "4.35 at 99")
    assert desk.ends(1) == ()
    assert desk.waits(3600) == (desk.lost(2, "BETA has not answered in 5 s", still="4.76"), desk.asked(2))
    reason = "no venue takes the remaining 0.41"
    assert desk.trades(2, "4.76 at 99") == (
        desk.told(3, TRADE, PARTLY, cum="9.11", avg="99", last="4.76 at 99", mkt="XBET", order=DAY),
        desk.told(4, CANCELED, OrdStatus.CANCELED, cum="9.11", avg="99", text=reason, order=DAY),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_dust_of_two_venues_may_be_an_order_for_a_third() -> None:
    desk = Desk(ALPHA, BETA, venue("GAMMA", lot="0.01", minimum="1"))
    assert sent(desk.order(new_order("9"))) == ["ALPHA 3", "BETA 3", "GAMMA 3"]
    desk.trades(1, "2.4 at 99")
    assert desk.ends(1) == ()
    desk.trades(2, "2.4 at 99")
    assert sent(desk.ends(2)) == ["GAMMA 1.2"]


def test_what_is_too_small_for_the_venues_that_are_left_ends_the_order() -> None:
    order = new_order("10.52")
    desk = Desk(ALPHA, COARSE)
    assert sent(desk.order(order)) == ["ALPHA 5.52", "GAMMA 5"]
    desk.trades(2, "5 at 99")
    desk.trades(1, "1 at 99")
    reason = "no venue takes the remaining 4.52"
    assert desk.ends(1) == (
        desk.told(4, CANCELED, OrdStatus.CANCELED, cum="6", avg="99", text=reason, order=order),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_dust_ends_the_order_when_the_venue_that_held_it_was_gone_and_has_answered() -> None:
    desk = Desk(ALPHA, COARSE)
    assert sent(desk.order(new_order("5"))) == ["ALPHA 5"]
    desk.trades(1, "4.8 at 99")
    assert [desk.down("ALPHA"), desk.waits(3600)] == [(desk.lost(1, "the session with ALPHA ended", "0.20"),), ()]
    desk.up("ALPHA")
    assert reasons(desk.answers(1, OrdStatus.CANCELED, cum="4.8")) == ["no venue takes the remaining 0.2"]


def test_while_all_venues_are_down_nothing_is_ended_for_what_is_in_doubt_there() -> None:
    desk = Desk(ALPHA, BETA)
    desk.order(DAY)
    desk.accepts(2)
    desk.trades(1, "4.35 at 99")
    desk.ends(1)
    assert [desk.down("ALPHA"), desk.down("BETA")] == [(), (desk.lost(2, "the session with BETA ended", "4.76"),)]
    assert desk.waits(3600) == ()
    desk.up("BETA")
    assert desk.answers(2, OrdStatus.NEW) == (
        decided(Decision.SETTLE, "BETA answered: NEW, CumQty(14) 0", {"child": "T-1-2"}),
    )
    assert reasons(desk.trades(2, "4.76 at 99")) == ["no venue takes the remaining 0.41"]


def test_when_all_venues_were_down_and_know_nothing_the_rest_ends_the_order() -> None:
    desk = Desk(ALPHA, BETA)
    desk.order(DAY)
    desk.trades(1, "4.35 at 99")
    desk.trades(2, "4.35 at 99")
    for name in ("ALPHA", "BETA"):
        desk.down(name)
    desk.up("ALPHA")
    assert desk.answers(1, OrdStatus.CANCELED, cum="4.35") == ()
    desk.up("BETA")
    assert reasons(desk.answers(2, OrdStatus.CANCELED, cum="4.35")) == ["no venue takes the remaining 0.82"]


# -- what is no dust ---------------------------------------------------------------------------------------------------


def test_a_venue_whose_minimum_is_beyond_the_order_does_not_push_out_one_that_takes_it() -> None:
    desk = Desk(ALPHA, venue("BETA", lot="0.01", minimum="5", weight="9"))
    assert sent(desk.order(new_order("3"))) == ["ALPHA 3"]


def test_nor_when_it_shows_the_better_price() -> None:
    desk = Desk(ALPHA, venue("BETA", lot="0.01", minimum="5", weight="9"))
    desk.shows("BETA", "2.5 at 98")
    desk.shows("ALPHA", "10 at 99")
    order = new_order("3", time_in_force=TimeInForce.IOC)
    assert reasons(desk.order(order)) == ["swept 3.00 displayed at ALPHA"]


def test_nor_when_it_shows_less_than_its_minimum() -> None:
    desk = Desk(venue("ALPHA", lot="0.5", minimum="2"), venue("BETA", lot="0.5", minimum="3"))
    desk.shows("BETA", "2.5 at 98")
    desk.shows("ALPHA", "10 at 99")
    order = new_order("3", time_in_force=TimeInForce.IOC)
    assert reasons(desk.order(order)) == ["swept 3.0 displayed at ALPHA"]


def test_what_was_left_while_nobody_could_take_it_goes_to_a_venue_that_came_up_before_the_order_is_ended() -> None:
    desk = Desk(down=("BETA",))
    assert sent(desk.order()) == ["ALPHA 150", "GAMMA 150"]
    desk.accepts(1)
    desk.down("GAMMA")
    assert sent(desk.ends(1)) == []
    gone = [*desk.up("BETA"), *desk.up("GAMMA"), *desk.answers(2, OrdStatus.NEW), *desk.trades(2, "150 at 99")]
    assert sum(each.order.order_qty for each in gone if isinstance(each, SendOrder)) == 150
    assert [each for each in gone if isinstance(each, Closed)] == []


# -- any lots, any minimums --------------------------------------------------------------------------------------------

NAMES = ("ALPHA", "BETA", "GAMMA")
Terms = tuple[str, int, int]  # lot, lots in the minimum, weight
LOTS = st.sampled_from(["0.01", "0.5", "1", "3"])
TERMS = st.tuples(LOTS, st.integers(1, 5), st.integers(1, 9))
QTY = st.integers(1, 2000).map(lambda hundredths: D(hundredths) / 100)


def of_terms(name: str, terms: Terms) -> Venue:
    lot, lots, weight = terms
    return venue(name, lot=lot, minimum=str(D(lot) * lots), weight=str(weight))


def takes(terms: Terms, rest: Decimal) -> bool:
    """Whether a venue would take some of it, said as simply as can be."""
    return rest >= D(terms[0]) * terms[1]


@given(
    terms=st.tuples(TERMS, TERMS, TERMS),
    qty=QTY,
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.booleans()), max_size=30),
)
def test_an_order_is_over_exactly_when_nothing_of_it_is_open_and_no_venue_takes_the_rest(
    terms: tuple[Terms, ...], qty: Decimal, steps: list[tuple[int, int, bool]]
) -> None:
    by_name: dict[str, Terms] = dict(zip(NAMES, terms, strict=True))
    desk = Desk(*[of_terms(*pair) for pair in by_name.items()], rules=Rules(max_attempts=100))
    commands = desk.order(new_order(str(qty)))
    assert (commands[0] == opened()) is any(takes(each, qty) for each in terms)
    parent = desk.core.orders.by_id("T-1")
    left = set(NAMES)
    for which, quarters, ends in [*steps, *[(0, 1, True)] * 20]:
        if parent is None or not parent.live:
            break
        child = parent.live[which % len(parent.live)]
        lot = D(by_name[child.venue][0])
        lots = max(child.leaves / lot * quarters // 4, D(1))
        if ends:
            commands = desk.ends(child.cl_ord_id)
            left.discard(child.venue)
        else:
            commands = desk.trades(child.cl_ord_id, f"{lots * lot} at 99")
        assert any(isinstance(each, Closed) for each in commands) is (not parent.live)
    if parent is not None:
        rest = qty - parent.cum
        assert not parent.live
        assert [name for name in sorted(left) if takes(by_name[name], rest)] == []
        assert (parent.state is OrdStatus.FILLED) is (rest == 0)
