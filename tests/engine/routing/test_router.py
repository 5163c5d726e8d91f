from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.book import DisplayedBook
from engine.routing.router import Candidate, Plan, Slice, candidates, route
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from tests.engine.orders.making import new_order
from tests.engine.routing.making import D, book_of, candidate, levels, venue

ALPHA, BETA = venue("ALPHA"), venue("BETA")
IOC = new_order("300", time_in_force=TimeInForce.IOC)
MARKET = new_order("300", price=None)
FOK = new_order("300", time_in_force=TimeInForce.FOK)


def _slice(name: str, qty: str, unit: str = "1") -> Slice:
    return Slice(name, f"ACME.{name}", D(qty), D(unit))


# -- an order that may rest --------------------------------------------------------------------------------------------


def test_what_is_displayed_is_swept_and_the_rest_goes_by_weight() -> None:
    choice = [candidate(ALPHA, "100 at 99"), candidate(BETA, "50 at 100", "900 at 101")]
    assert route(new_order("350"), D(350), choice, first=True) == Plan(
        (_slice("ALPHA", "200"), _slice("BETA", "150")),
        D(0),
        "swept 150 displayed at ALPHA, BETA; 200 by weight",
    )


def test_a_quantity_that_is_all_displayed_goes_where_it_is() -> None:
    choice = [candidate(ALPHA, "100 at 99"), candidate(BETA, "500 at 100")]
    assert route(new_order("120"), D(120), choice, first=True) == Plan(
        (_slice("ALPHA", "100"), _slice("BETA", "20")), D(0), "swept 120 displayed at ALPHA, BETA"
    )


def test_without_market_data_weights_decide() -> None:
    choice = [candidate(venue("ALPHA", weight="1"), dark=True), candidate(venue("BETA", weight="2"), dark=True)]
    assert route(new_order(), D(300), choice, first=True) == Plan(
        (_slice("ALPHA", "100"), _slice("BETA", "200")), D(0), "300 by weight"
    )


def test_a_venue_without_weight_gets_only_what_it_displays() -> None:
    choice = [candidate(venue("ALPHA", weight="0"), "40 at 100"), candidate(BETA)]
    assert route(new_order(), D(300), choice, first=True).slices == (_slice("ALPHA", "40"), _slice("BETA", "260"))


def test_an_order_that_may_rest_is_sent_by_weight_in_every_round() -> None:
    assert route(new_order(), D(70), [candidate(ALPHA)], first=False) == Plan(
        (_slice("ALPHA", "70"),), D(0), "70 by weight"
    )


def test_a_sell_is_swept_from_the_bids() -> None:
    books = [book_of(bids=levels("100 at 101")), book_of(bids=levels("80 at 102"), offers=levels("500 at 100"))]
    choice = [Candidate(of, of.listings["ACME"], book, D(1)) for of, book in zip((ALPHA, BETA), books, strict=True)]
    assert route(new_order("150", side=Side.SELL), D(150), choice, first=True) == Plan(
        (_slice("ALPHA", "70"), _slice("BETA", "80")), D(0), "swept 150 displayed at BETA, ALPHA"
    )


def test_lots_and_minimums_leave_dust() -> None:
    choice = [candidate(venue("ALPHA", lot="100", minimum="100"), dark=True)]
    assert route(new_order("250"), D(250), choice, first=True) == Plan(
        (_slice("ALPHA", "200"),), D(50), "250 by weight; 50 is below every lot or minimum"
    )


def test_a_quantity_below_every_minimum_goes_nowhere() -> None:
    choice = [candidate(venue("ALPHA", minimum="10"), "500 at 99")]
    assert route(new_order("9"), D(9), choice, first=True) == Plan(
        (), D(9), "9 by weight; 9 is below every lot or minimum"
    )


def test_without_venues_nothing_is_routed() -> None:
    assert route(new_order(), D(300), [], first=False).slices == ()
    assert route(IOC, D(300), [], first=False).unplaced == 300
    assert route(FOK, D(300), [], first=False).unplaced == 300


def test_what_one_venue_shows_below_its_minimum_the_others_still_take() -> None:
    choice = [candidate(venue("ALPHA", minimum="100"), "20 at 99"), candidate(BETA, "500 at 100")]
    assert route(new_order("20"), D(20), choice, first=True) == Plan(
        (_slice("BETA", "20"),), D(0), "swept 20 displayed at BETA"
    )


# -- an order that may not rest ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [IOC, MARKET])
def test_the_first_round_also_looks_for_hidden_liquidity(order: NewOrderSingle) -> None:
    choice = [candidate(ALPHA, "100 at 99"), candidate(BETA, dark=True)]
    assert route(order, D(300), choice, first=True) == Plan(
        (_slice("ALPHA", "200"), _slice("BETA", "100")), D(0), "swept 100 displayed at ALPHA; 200 by weight"
    )


@pytest.mark.parametrize("order", [IOC, MARKET])
def test_later_rounds_take_only_what_they_see(order: NewOrderSingle) -> None:
    choice = [candidate(ALPHA, "100 at 99"), candidate(BETA, dark=True)]
    assert route(order, D(300), choice, first=False) == Plan(
        (_slice("ALPHA", "100"),),
        D(200),
        "swept 100 displayed at ALPHA; 200 left: nothing more is displayed within the limit",
    )


def test_a_market_order_has_no_limit() -> None:
    choice = [candidate(ALPHA, "100 at 99", "100 at 9999")]
    assert route(MARKET, D(300), choice, first=False).slices == (_slice("ALPHA", "200"),)
    assert route(IOC, D(300), choice, first=False).slices == (_slice("ALPHA", "100"),)


def test_a_later_round_does_not_ask_one_venue_for_what_another_shows() -> None:
    """ALPHA shows less than it takes; BETA must not get ALPHA's part on top of its own."""
    choice = [candidate(venue("ALPHA", minimum="100"), "50 at 99"), candidate(BETA, "100 at 100")]
    assert route(IOC, D(300), choice, first=False) == Plan(
        (_slice("BETA", "100"),),
        D(200),
        "swept 100 displayed at BETA; 200 left: nothing more is displayed within the limit",
    )


# -- fill or kill ------------------------------------------------------------------------------------------------------


def test_fill_or_kill_goes_whole_to_the_venue_that_shows_most() -> None:
    choice = [candidate(ALPHA, "100 at 99"), candidate(BETA, "250 at 100"), candidate(venue("GAMMA"), "900 at 101")]
    assert route(FOK, D(300), choice, first=True) == Plan((_slice("BETA", "300"),), D(0), "fill or kill: whole to BETA")


def test_fill_or_kill_goes_whole_to_the_venue_that_weighs_most_where_nothing_is_shown() -> None:
    choice = [candidate(venue("ALPHA", weight="1")), candidate(venue("BETA", weight="2"), dark=True)]
    assert route(FOK, D(300), choice, first=True).slices == (_slice("BETA", "300"),)


def test_fill_or_kill_passes_over_a_venue_whose_lot_cannot_take_all_of_it() -> None:
    choice = [candidate(ALPHA), candidate(venue("BETA", lot="200"), "900 at 99")]
    assert route(FOK, D(300), choice, first=True).slices == (_slice("ALPHA", "300"),)
    assert route(FOK, D(300), choice[1:], first=True) == Plan(
        (), D(300), "fill or kill: no venue's lot takes the whole quantity"
    )


# -- contracts ---------------------------------------------------------------------------------------------------------


def test_contracts_are_ordered_in_the_venues_unit() -> None:
    future = candidate(venue("ALPHA", contract="20"), "3 at 100")
    assert route(new_order("60"), D(60), [future], first=True) == Plan(
        (_slice("ALPHA", "3", unit="20"),), D(0), "swept 60 displayed at ALPHA"
    )


def test_an_inverse_contract_is_worth_its_value_at_the_better_price_and_keeps_the_dust_it_leaves() -> None:
    """100 USD at 60000 is 0.001666… BTC: counted as 0.00166667, so that contracts are never worth more than was asked.

    Rounded to the other venue's lot, 0.00167, the OMS would be told of BTC that nobody has.
    """
    coin = venue("COIN", contract="100", inverse=True)
    spot = venue("SPOT", lot="0.00001", minimum="0.00001")
    books: dict[str, DisplayedBook | None] = {
        "COIN": book_of(bids=levels("500 at 60000"), offers=levels("40 at 60010")),
        "SPOT": None,
    }
    choice = candidates([coin, spot], "ACME", books)
    assert [c.unit for c in choice] == [D("0.00166667"), D(1)]
    plan = route(new_order("0.1", price="60010"), D("0.1"), choice, first=True)
    coins = _slice("COIN", "50", unit="0.00166667")._replace(dust=D("0.0000065"))
    assert plan.slices == (coins, _slice("SPOT", "0.01666"))
    assert sum(part.qty * part.unit + part.dust for part in plan.slices) == D("0.1")
    assert plan.unplaced == 0


def test_dust_that_is_more_than_a_thousandth_of_the_contracts_is_left_over() -> None:
    coin, spot = venue("COIN", contract="100", inverse=True), venue("SPOT", lot="0.001", minimum="0.001")
    choice = candidates([coin, spot], "ACME", {"COIN": book_of(offers=levels("1 at 60000")), "SPOT": None})
    plan = route(new_order("0.002", price="60000"), D("0.002"), choice, first=True)
    assert (plan.slices, plan.unplaced) == ((_slice("COIN", "1", unit="0.00166667"),), D("0.00033333"))


@pytest.mark.parametrize("book", [None, DisplayedBook()])
def test_an_inverse_contract_without_a_price_waits(book: DisplayedBook | None) -> None:
    coin, spot = venue("COIN", contract="100", inverse=True), venue("SPOT")
    books = {"COIN": book, "SPOT": None}
    assert candidates([coin, spot], "ACME", books) == [Candidate(spot, spot.listings["ACME"], None, D(1))]


def test_inverse_contracts_by_themselves_count_in_hundred_millionths() -> None:
    coin = venue("COIN", contract="100", inverse=True)
    choice = candidates([coin], "ACME", {"COIN": book_of(offers=levels("40 at 60000"))})
    assert [c.unit for c in choice] == [D("0.00166667")]


# -- whatever the venues are -------------------------------------------------------------------------------------------


@st.composite
def choices(draw: st.DrawFn) -> list[Candidate]:
    """Shares in lots, contracts, and inverse contracts, with books, empty books or none."""
    venues = []
    books: dict[str, DisplayedBook | None] = {}
    for number in range(draw(st.integers(1, 4))):
        lot = draw(st.sampled_from(["1", "5", "100", "0.001", "0.5"]))
        made = venue(
            f"V{number}",
            weight=draw(st.sampled_from(["0", "1", "2.5"])),
            lot=lot,
            minimum=str(D(lot) * draw(st.integers(1, 12))),
            fee=draw(st.sampled_from(["0", "0.0005", "-0.0002"])),
            contract=draw(st.sampled_from(["1", "1", "0.01", "100"])),
            inverse=draw(st.booleans()),
        )
        shown = st.lists(st.tuples(st.integers(95, 105).map(D), st.integers(1, 400).map(D)), max_size=4)
        venues.append(made)
        books[made.name] = draw(st.none() | shown.map(lambda offers: book_of(offers=offers)))
    return candidates(venues, "ACME", books)


def _whole_and_exact(qty: Decimal, choice: Sequence[Candidate], plan: Plan) -> None:
    placed = sum(Fraction(part.qty) * Fraction(part.unit) + Fraction(part.dust) for part in plan.slices)
    assert placed + Fraction(plan.unplaced) == Fraction(qty)
    assert plan.unplaced >= 0
    listings = {c.venue.name: c for c in choice}
    for part in plan.slices:
        chosen = listings[part.venue]
        assert (part.symbol, part.unit) == (chosen.listing.symbol, chosen.unit)
        assert part.qty % chosen.listing.lot == 0
        assert part.qty >= chosen.listing.min_qty


@given(
    choices(),
    st.decimals("0.001", "5000", places=3),
    st.sampled_from([TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK]),
    st.sampled_from(["95", "100", "105", None]),
    st.booleans(),
)
def test_children_and_the_unplaced_add_up_in_whole_lots_above_the_minimum(
    choice: list[Candidate], qty: Decimal, time_in_force: TimeInForce, price: str | None, first: bool
) -> None:
    order = new_order(str(qty), price, time_in_force=time_in_force)
    plan = route(order, qty, choice, first=first)
    _whole_and_exact(qty, choice, plan)
    assert len({part.venue for part in plan.slices}) == len(plan.slices)
    if time_in_force is TimeInForce.FOK:
        assert [Fraction(part.qty) * Fraction(part.unit) for part in plan.slices] in ([], [Fraction(qty)])


@given(choices(), st.decimals("0.001", "5000", places=3), st.sampled_from(["95", "100", "105", None]))
def test_a_later_round_of_an_immediate_order_never_exceeds_what_each_venue_shows_within_the_limit(
    choice: list[Candidate], qty: Decimal, price: str | None
) -> None:
    order = new_order(str(qty), price, time_in_force=TimeInForce.IOC)
    assert order.ord_type is (OrdType.MARKET if price is None else OrdType.LIMIT)
    shown = {
        c.venue.name: sum(
            size for at, size in (c.book.against(Side.BUY) if c.book else []) if price is None or at <= D(price)
        )
        for c in choice
    }
    for part in route(order, qty, choice, first=False).slices:
        assert part.qty <= shown[part.venue]
