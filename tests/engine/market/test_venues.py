from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

from engine.market.venues import Listing, Venue


def test_a_listing_is_a_share_traded_one_by_one_in_cents_unless_told_otherwise() -> None:
    one, cent = Decimal(1), Decimal("0.01")
    told = Listing("ACME", one, one, cent, contract=one, inverse=False, taker_fee=Decimal(0))
    assert Listing("ACME") == told


def test_a_venue_is_found_by_the_symbol_of_the_oms_and_has_its_own() -> None:
    venue = Venue("ALPHA", listings={"ACME": Listing("ACM.X")})
    assert venue == Venue("ALPHA", "", Decimal(1), {"ACME": Listing("ACM.X")})
    assert venue.listings["ACME"].symbol == "ACM.X"


@pytest.mark.parametrize(("value", "name"), [(Listing("ACME"), "lot"), (Venue("ALPHA"), "weight")])
def test_what_is_known_beforehand_does_not_change(value: Listing | Venue, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, Decimal(2))
