"""Venues with their books, as a router sees them."""

from __future__ import annotations

from decimal import Decimal

from engine.market.book import DisplayedBook, Level
from engine.market.venues import Listing, Venue
from engine.routing.router import Candidate
from fix.business import MDEntry
from fix.enums import MDEntryType

D = Decimal


def levels(*pairs: str) -> list[Level]:
    """ "100 at 9.5" as (9.5, 100)."""
    return [(D(price), D(size)) for size, price in (pair.split(" at ") for pair in pairs)]


def book_of(*, offers: list[Level] | None = None, bids: list[Level] | None = None) -> DisplayedBook:
    book = DisplayedBook()
    for entry_type, side in ((MDEntryType.OFFER, offers or []), (MDEntryType.BID, bids or [])):
        for price, size in side:
            book.apply(MDEntry(entry_type, price, size))
    return book


def venue(
    name: str,
    *,
    weight: str = "1",
    lot: str = "1",
    minimum: str = "1",
    fee: str = "0",
    contract: str = "1",
    inverse: bool = False,
) -> Venue:
    """One that lists ACME under its own name for it."""
    listing = Listing(
        symbol=f"ACME.{name}",
        lot=D(lot),
        min_qty=D(minimum),
        contract=D(contract),
        inverse=inverse,
        taker_fee=D(fee),
    )
    return Venue(name, f"X{name[:3]}", D(weight), {"ACME": listing})


def candidate(of: Venue, *offers: str, unit: str | None = None, dark: bool = False) -> Candidate:
    """`offers` as in `levels`; `dark`: no market data has come."""
    listing = of.listings["ACME"]
    book = None if dark else book_of(offers=levels(*offers))
    return Candidate(of, listing, book, listing.contract if unit is None else D(unit))
