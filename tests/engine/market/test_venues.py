from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.amending import within
from engine.market.venues import Listing, Venue
from fix.enums import Side


def test_a_listing_is_a_share_traded_one_by_one_in_cents_unless_told_otherwise() -> None:
    one, cent, none = Decimal(1), Decimal("0.01"), Decimal(0)
    told = Listing("ACME", one, one, cent, contract=one, inverse=False, taker_fee=none, maker_fee=none)
    assert Listing("ACME") == replace(told, ticks=(), max_qty=None, currency="", security=None)


def test_the_tick_is_one_for_all_prices_or_that_of_the_row_a_price_stands_in() -> None:
    prices = [Decimal(price) for price in ("0", "0.2499", "0.25", "9.99", "10", "1000")]
    assert [Listing("ACME", tick=Decimal("0.5")).tick_at(price) for price in prices] == [Decimal("0.5")] * 6
    rows = tuple((Decimal(price), Decimal(tick)) for price, tick in (("0", "0.001"), ("0.25", "0.005"), ("10", "0.02")))
    ticks = [str(Listing("ACME", tick=Decimal("0.5"), ticks=rows).tick_at(price)) for price in prices]
    assert ticks == ["0.001", "0.001", "0.005", "0.005", "0.02", "0.02"]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.sampled_from([1, 2, 5, 10])), min_size=1, max_size=5),
    st.decimals("0.0001", "400", places=4),
    st.sampled_from([Side.BUY, Side.SELL]),
)
def test_a_price_rounded_to_its_tick_is_on_the_grid_where_it_comes_to_stand(
    rows: list[tuple[int, int]], price: Decimal, side: Side
) -> None:
    """Rows that meet at prices of both, as a configuration has to have them."""
    starts, ticks = [0], [Decimal(tick) / 100 for _, tick in rows]
    for width, _ in rows[1:]:
        starts.append(starts[-1] + width)
    listing = Listing("ACME", ticks=tuple(zip(map(Decimal, starts), ticks, strict=True)))
    rounded = within(price, listing.tick_at(price), side)
    assert rounded % listing.tick_at(rounded) == 0 or rounded == price < listing.tick_at(price)


def test_a_venue_is_found_by_the_symbol_of_the_oms_and_has_its_own() -> None:
    venue = Venue("ALPHA", listings={"ACME": Listing("ACM.X")})
    assert venue == Venue("ALPHA", "", Decimal(1), {"ACME": Listing("ACM.X")})
    assert venue.listings["ACME"].symbol == "ACM.X"


@pytest.mark.parametrize(("value", "name"), [(Listing("ACME"), "lot"), (Venue("ALPHA"), "weight")])
def test_what_is_known_beforehand_does_not_change(value: Listing | Venue, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, Decimal(2))
