"""The displayed book of one instrument at one venue, as its market data tells it, and the view over all venues."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, Side

Level = tuple[Decimal, Decimal]  # price, size in venue units


@dataclass(slots=True)
class DisplayedBook:
    """Sizes by price. Sorted views are made when asked for and kept until the next change."""

    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    offers: dict[Decimal, Decimal] = field(default_factory=dict)
    updated_at: int = 0
    _sorted: dict[MDEntryType, list[Level]] = field(default_factory=dict)

    def apply(self, entry: MDEntry) -> None:
        """An entry of size 0 or action Delete takes the level away. Prices and sizes below zero are no market."""
        side = self.bids if entry.entry_type is MDEntryType.BID else self.offers
        self._sorted.pop(entry.entry_type, None)
        if entry.action is MDUpdateAction.DELETE or entry.size <= 0 or entry.price <= 0:
            side.pop(entry.price, None)
        else:
            side[entry.price] = entry.size

    def clear(self) -> None:
        self.bids.clear()
        self.offers.clear()
        self._sorted.clear()

    def levels(self, side: MDEntryType) -> list[Level]:
        """Best first."""
        levels = self._sorted.get(side)
        if levels is None:
            sizes = self.bids if side is MDEntryType.BID else self.offers
            levels = self._sorted[side] = sorted(sizes.items(), reverse=side is MDEntryType.BID)
        return levels

    def best(self, side: MDEntryType) -> Decimal | None:
        levels = self.levels(side)
        return levels[0][0] if levels else None

    def against(self, side: Side) -> list[Level]:
        """The levels an order of this side can take."""
        return self.levels(MDEntryType.OFFER if side is Side.BUY else MDEntryType.BID)


class Market:
    """All displayed books, by venue and venue symbol."""

    def __init__(self) -> None:
        self._books: dict[tuple[str, str], DisplayedBook] = {}

    def apply(self, venue: str, data: MarketData, now: int) -> None:
        """A snapshot replaces the book; an increment changes levels. `now` in ns marks the books' age."""
        if data.snapshot:
            self._book(venue, data.symbol).clear()
            self._book(venue, data.symbol).updated_at = now
        for entry in data.entries:
            book = self._book(venue, entry.symbol)
            book.apply(entry)
            book.updated_at = now

    def forget(self, venue: str) -> None:
        """The venue is gone: what it displayed is worth nothing."""
        for key, book in self._books.items():
            if key[0] == venue:
                book.clear()

    def book(self, venue: str, symbol: str) -> DisplayedBook | None:
        """None where no market data has come, so that weights decide."""
        return self._books.get((venue, symbol))

    def _book(self, venue: str, symbol: str) -> DisplayedBook:
        return self._books.setdefault((venue, symbol), DisplayedBook())

    def mid(self, listings: list[tuple[str, str]]) -> Decimal | None:
        """Midpoint of the best bid and offer over these (venue, symbol); None while a side is empty."""
        books = [book for key in listings if (book := self._books.get(key)) is not None]
        bids = [price for book in books if (price := book.best(MDEntryType.BID)) is not None]
        offers = [price for book in books if (price := book.best(MDEntryType.OFFER)) is not None]
        return (max(bids) + min(offers)) / 2 if bids and offers else None
