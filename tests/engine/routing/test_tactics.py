"""Where: each tactic by its name, over the same few venues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.venues import Listing
from engine.routing.dark import Tail
from engine.routing.router import Candidate, Insight, Plan, Slice
from engine.routing.tactics import TACTICS, Prices, split
from fix.business import NewOrderSingle
from fix.enums import Side, TimeInForce
from tests.engine.orders.making import new_order
from tests.engine.routing.making import D, book_of, candidate, levels, venue

ALPHA, BETA, GAMMA = venue("ALPHA"), venue("BETA", weight="2"), venue("GAMMA")
IOC = new_order("300", time_in_force=TimeInForce.IOC)


def plan(
    where: str, order: NewOrderSingle, choice: Sequence[Candidate], *, first: bool = True, qty: str | None = None
) -> Plan:
    return split(where, order, order.order_qty if qty is None else D(qty), choice, Prices(), first=first)


def sent(of: Plan) -> dict[str, Decimal]:
    return {part.venue: part.qty for part in of.slices}


def quoted(name: str, bid: str, offer: str, *, outflow: str = "0", fee: str = "0", rebate: str = "0") -> Candidate:
    """`bid` and `offer` as "100 at 9.5"."""
    of = venue(name, fee=fee)
    listing = replace(of.listings["ACME"], maker_fee=-D(rebate))
    book = book_of(bids=levels(bid), offers=levels(offer))
    return Candidate(of, listing, book, D(1), Insight(outflow=D(outflow)))


# -- smart, weights, ranking -----------------------------------------------------------------------------------------------


def test_smart_takes_what_is_displayed_and_weights_take_no_notice() -> None:
    choice = [candidate(ALPHA, "300 at 99"), candidate(BETA, "300 at 101")]
    assert sent(plan("smart", new_order(), choice)) == {"ALPHA": D(300)}
    assert plan("weights", new_order(), choice) == Plan(
        (Slice("ALPHA", "ACME.ALPHA", D(100), D(1)), Slice("BETA", "ACME.BETA", D(200), D(1))),
        D(0),
        "300 by weight alone",
    )


def test_what_must_trade_at_once_goes_by_weight_once() -> None:
    choice = [candidate(ALPHA, "50 at 99"), candidate(BETA)]
    assert sent(plan("weights", IOC, choice)) == {"ALPHA": D(100), "BETA": D(200)}
    assert sent(plan("weights", IOC, choice, first=False)) == {"ALPHA": D(50)}


def test_post_only_takes_nothing() -> None:
    order = new_order()._replace(exec_inst="G 6")
    choice = [candidate(ALPHA, "300 at 99"), candidate(BETA)]
    assert sent(plan("smart", order, choice)) == {"ALPHA": D(100), "BETA": D(200)}


def test_ranking_goes_whole_to_whoever_shows_most_of_it_cheapest() -> None:
    dear, cheap = candidate(ALPHA, "300 at 99.5"), candidate(venue("CHEAP"), "300 at 99")
    fee = candidate(venue("FEE", fee="0.01"), "300 at 98.9")
    few, none = candidate(GAMMA, "100 at 98"), candidate(BETA)
    assert sent(plan("ranking", new_order(), [few, dear, fee, cheap, none])) == {"CHEAP": D(300)}
    assert sent(plan("ranking", new_order(), [few, none, dear])) == {"ALPHA": D(300)}
    assert sent(plan("ranking", new_order(), [few, none])) == {"GAMMA": D(300)}
    assert sent(plan("ranking", new_order(), [candidate(ALPHA), none])) == {"BETA": D(300)}


def test_ranking_for_a_sale_takes_the_highest_bid() -> None:
    choice = [quoted("LOW", "300 at 99", "1 at 101"), quoted("HIGH", "300 at 99.5", "1 at 101")]
    assert sent(plan("ranking", new_order(price="90", side=Side.SELL), choice)) == {"HIGH": D(300)}


def test_a_minimum_quantity_goes_whole_whatever_is_asked() -> None:
    order = new_order()._replace(min_qty=D(200))
    choice = [candidate(ALPHA, "150 at 99"), candidate(BETA, "150 at 100")]
    assert sent(plan("smart", order, choice)) == {"ALPHA": D(300)}
    assert plan("smart", order, choice).reason == "ranking: whole to ALPHA"


def test_ranking_leaves_over_what_the_lot_does() -> None:
    assert plan("ranking", new_order("250"), [candidate(venue("ALPHA", lot="100", minimum="100"))]).unplaced == 50


# -- dark ------------------------------------------------------------------------------------------------------------------


def hidden(name: str, *seen: tuple[int, int], lot: str = "1", minimum: str = "1") -> Candidate:
    """A dark venue that took so many of so many lots."""
    tail = Tail(2.0)
    for each in seen:
        tail.observe(*each)
    found = candidate(replace(venue(name, lot=lot, minimum=minimum), dark=True), dark=True)
    return found._replace(insight=Insight(tail=tail))


def test_dark_venues_get_what_they_took_before() -> None:
    choice = [candidate(ALPHA, "300 at 99"), hidden("ONE", *[(20, 5)] * 9), hidden("TWO", *[(20, 12)] * 9)]
    assert plan("dark", IOC._replace(order_qty=D(17)), choice) == Plan(
        (Slice("ONE", "ACME.ONE", D(5), D(1)), Slice("TWO", "ACME.TWO", D(12), D(1))),
        D(0),
        "17 by what dark venues took before",
    )


def test_what_they_gave_back_is_swept_and_without_any_it_is_smart() -> None:
    lit = candidate(ALPHA, "300 at 99")
    assert sent(plan("dark", IOC, [lit, hidden("ONE")], first=False)) == {"ALPHA": D(300)}
    assert plan("dark", IOC, [lit]) == plan("smart", IOC, [lit])


def test_a_dark_venues_minimum_is_kept() -> None:
    choice = [hidden("ONE", *[(20, 5)] * 9, minimum="10"), hidden("TWO", *[(20, 12)] * 9)]
    assert sent(plan("dark", IOC._replace(order_qty=D(17)), choice)) == {"TWO": D(17)}


# -- placement --------------------------------------------------------------------------------------------------------------


def test_placement_waits_where_the_queue_is_short_and_pays() -> None:
    slow = quoted("SLOW", "5000 at 99.9", "500 at 100.1", outflow="2000")
    fast = quoted("FAST", "500 at 99.9", "500 at 100.1", outflow="9000", rebate="0.0002")
    found = plan("placement", new_order("1000", price="100.1"), [slow, fast])
    assert found.slices[-1]._replace(qty=D(0)) == Slice("FAST", "ACME.FAST", D(0), D(1), price=D("99.9"))
    assert sum(part.qty for part in found.slices) + found.unplaced == 1000
    assert all(part.venue == "FAST" for part in found.slices if part.price is not None)
    assert found.reason.startswith("placement: ")


def test_placement_takes_more_the_dearer_it_is_to_miss() -> None:
    choice = [quoted("ALPHA", "500 at 99.9", "9000 at 100.1", outflow="900")]
    taken = []
    for under in ("0.0001", "0.002", "0.02"):
        found = split(
            "placement", new_order("1000", price="100.1"), D(1000), choice, Prices(under=D(under)), first=True
        )
        taken.append(sum(part.qty for part in found.slices if part.price is None))
    assert taken[0] < taken[1] < taken[2]


@pytest.mark.parametrize("order", [new_order("100"), new_order("100", side=Side.SELL)])
def test_it_rests_at_the_best_price_of_its_own_side_or_its_limit(order: NewOrderSingle) -> None:
    choice = [quoted("ALPHA", "10 at 99.9", "10 at 100.1", outflow="100000")]
    own, limit = (D("99.9"), D("99.5")) if order.side is Side.BUY else (D("100.1"), D("100.5"))
    prices = Prices(under=D("0.00001"))
    free = order._replace(price=D(110) if order.side is Side.BUY else D(90))
    assert {part.price for part in split("placement", free, D(100), choice, prices, first=True).slices} == {own}
    bound = order._replace(price=limit)
    assert {part.price for part in split("placement", bound, D(100), choice, prices, first=True).slices} == {limit}


def test_without_trades_to_judge_by_placement_is_smart() -> None:
    still = quoted("ALPHA", "10 at 99.9", "10 at 100.1")
    moving = quoted("ALPHA", "10 at 99.9", "10 at 100.1", outflow="100")
    for order, choice in ((new_order(), [still]), (IOC, [moving]), (new_order(), [candidate(ALPHA, "9 at 99")])):
        assert plan("placement", order, choice) == plan("smart", order, choice)


# -- all of them -------------------------------------------------------------------------------------------------------------

BOOKS = st.lists(
    st.builds(
        lambda name, lot, bid, offer, size, outflow, fee, dark: Candidate(
            replace(venue(name, weight=str(lot)), dark=dark),
            Listing(f"ACME.{name}", D(lot), D(lot), taker_fee=D(fee) / 10_000, maker_fee=-D(fee) / 20_000),
            None if dark else book_of(bids=levels(f"{size} at {bid}"), offers=levels(f"{size} at {offer}")),
            D(1),
            Insight(outflow=D(outflow)),
        ),
        st.sampled_from("ABCDEFGH"),
        st.integers(1, 7),
        st.integers(95, 99),
        st.integers(101, 105),
        st.integers(1, 500),
        st.integers(0, 2000),
        st.integers(-5, 9),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda found: found.venue.name,
)


@given(
    st.sampled_from(sorted(TACTICS)), BOOKS, st.integers(1, 2000), st.booleans(), st.sampled_from(list(TimeInForce)[:3])
)
def test_no_tactic_sends_more_than_was_asked_or_less_than_a_lot(
    where: str, choice: list[Candidate], qty: int, first: bool, tif: TimeInForce
) -> None:
    found = plan(where, new_order(str(qty), time_in_force=tif, price="103"), choice, first=first)
    lots = {c.venue.name: c.listing.lot for c in choice}
    assert sum(part.qty for part in found.slices) + found.unplaced == qty
    assert all(part.qty > 0 and not part.qty % lots[part.venue] for part in found.slices)
    assert found.unplaced >= 0
