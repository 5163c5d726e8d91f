"""The displayed book of one instrument at one venue, as its market data tells it, and the view over all venues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, Side

BID, OFFER, TRADE = MDEntryType.BID, MDEntryType.OFFER, MDEntryType.TRADE
NEW, DELETE = MDUpdateAction.NEW, MDUpdateAction.DELETE
Level = tuple[Decimal, Decimal]  # price, size in venue units
Key = tuple[str, str]  # venue, its symbol
UNKNOWN = -1


@dataclass(slots=True)
class Ladder:
    """One side of a book, best first. It is kept in order all the time, for a look at it is urgent and a change is not.

    `keys` are the prices, those of bids with the sign turned, so that they rise on either side. `named` are the entries
    that have an MDEntryID(278), no more than the venue shows at a time.
    """

    side: MDEntryType
    levels: list[Level] = field(default_factory=list)
    keys: list[Decimal] = field(default_factory=list)
    named: dict[str, Level] = field(default_factory=dict)

    def put(self, price: Decimal, size: Decimal) -> None:
        """The size shown at a price from now on; no size takes the level away. A price below zero is no market."""
        key = price.copy_negate() if self.side is BID else price
        at = bisect_left(self.keys, key)
        known = at < len(self.keys) and self.keys[at] == key
        if size <= 0 or price <= 0:
            del self.keys[at : at + known], self.levels[at : at + known]
        elif known:
            self.levels[at] = price, size
        else:
            self.keys.insert(at, key)
            self.levels.insert(at, (price, size))

    def get(self, price: Decimal, default: Decimal = ZERO) -> Decimal:
        """The size shown at a price."""
        at = bisect_left(self.keys, price.copy_negate() if self.side is BID else price)
        return self.levels[at][1] if at < len(self.levels) and self.levels[at][0] == price else default

    def put_named(self, entry: MDEntry) -> None:
        """A level holds what is named at its price. Who changes or deletes what has no name yet means the level."""
        known = self.named.pop(entry.entry_id, None)
        if known is not None:
            self.put(known[0], self.get(known[0]) - known[1])
        elif entry.action is not NEW:
            self.put(entry.price, ZERO)
        price = entry.price if entry.price or known is None else known[0]
        if entry.action is not DELETE and entry.size > 0 and price > 0:
            self.put(price, self.get(price) + entry.size)
            self.named[entry.entry_id] = price, entry.size

    def clear(self) -> None:
        self.levels.clear()
        self.keys.clear()
        self.named.clear()


@dataclass(slots=True)
class DisplayedBook:
    """Both sides, and whether they can be believed.

    `stale`: an update is missing, and what the venue has is not known before its next snapshot. (To `market.health` a
    stale venue is one that sends nothing at all.)
    """

    bids: Ladder = field(default_factory=lambda: Ladder(BID))
    offers: Ladder = field(default_factory=lambda: Ladder(OFFER))
    updated_at: int = 0
    stale: bool = False
    whole: bool = False  # a snapshot has come
    rpt_seq: int = UNKNOWN  # RptSeq(83) of the last update

    def apply(self, entry: MDEntry) -> None:
        """An entry of size 0 or action Delete takes the level away. Prices and sizes below zero are no market."""
        if entry.entry_type is None:
            if self.holds(entry.entry_id):
                (self.bids if entry.entry_id in self.bids.named else self.offers).put_named(entry)
        elif entry.entry_id:
            self.ladder(entry.entry_type).put_named(entry)
        else:
            self.ladder(entry.entry_type).put(entry.price, ZERO if entry.action is DELETE else entry.size)

    def holds(self, entry_id: str) -> bool:
        """Whether a level has an entry of this MDEntryID(278)."""
        return entry_id in self.bids.named or entry_id in self.offers.named

    def follows(self, rpt_seq: int, before: int) -> bool:
        """Whether the update of this number is news to a book that was at `before`; after a gap it makes it stale.

        A venue that begins with 1 again has forgotten what it sent, which is a gap as well.
        """
        again = rpt_seq == 1 < before
        if rpt_seq <= before and not again:
            return False
        if again or not self.whole or UNKNOWN < self.rpt_seq < rpt_seq - 1:
            self.stale = True
        self.rpt_seq = rpt_seq
        return True

    def begin(self, rpt_seq: int | None) -> None:
        """A snapshot follows that holds all updates up to this one."""
        self.clear()
        self.whole, self.rpt_seq = True, UNKNOWN if rpt_seq is None else rpt_seq

    def clear(self) -> None:
        self.bids.clear()
        self.offers.clear()
        self.stale, self.whole, self.rpt_seq = False, False, UNKNOWN

    def ladder(self, side: MDEntryType) -> Ladder:
        return self.bids if side is BID else self.offers

    def levels(self, side: MDEntryType) -> Sequence[Level]:
        """Best first. The book's own and no copy: it changes as the book does."""
        return self.ladder(side).levels

    def best(self, side: MDEntryType) -> Decimal | None:
        levels = self.ladder(side).levels
        return levels[0][0] if levels else None

    def against(self, side: Side) -> Sequence[Level]:
        """The levels an order of this side can take."""
        return self.levels(OFFER if side is Side.BUY else BID)


class Market:
    """All displayed books, by venue and venue symbol, and what has traded in them."""

    def __init__(self) -> None:
        self._books: dict[Key, DisplayedBook] = {}
        self._volumes: dict[Key, Decimal] = {}
        self._last_px: dict[Key, Decimal] = {}

    def apply(self, venue: str, data: MarketData, now: int) -> list[str]:
        """A snapshot replaces the book; an increment changes levels. `now` in ns marks the books' age.

        Where the venue sends RptSeq(83), an update that was seen before is passed over. Returns the symbols whose books
        became stale: they wait for a snapshot, which some venues send only when they are asked.
        """
        if data.snapshot:
            book = self._book((venue, data.symbol))
            book.begin(data.rpt_seq)
            book.updated_at = now
        before: dict[Key, tuple[int, bool]] = {}  # entries of one message may share a number
        for entry in data.entries:
            key = venue, entry.symbol or self._symbol_of(venue, entry.entry_id)
            if entry.rpt_seq:
                book = self._book(key)
                reached, _ = before.setdefault(key, (book.rpt_seq, book.stale))
                if not book.follows(entry.rpt_seq, reached):
                    continue
            if entry.entry_type is TRADE:
                self._trade(key, entry, counts=not data.snapshot)
            elif entry.entry_type is not None or entry.entry_id:
                book = self._book(key)
                book.apply(entry)
                book.updated_at = now
        return [key[1] for key, (_, stale) in before.items() if not stale and self._books[key].stale]

    def forget(self, venue: str) -> None:
        """The venue is gone: what it displayed is worth nothing. What has traded has traded."""
        for key, book in self._books.items():
            if key[0] == venue:
                book.clear()

    def book(self, venue: str, symbol: str) -> DisplayedBook | None:
        """None where no market data has come, so that weights decide."""
        return self._books.get((venue, symbol))

    def displayed(self, venue: str, symbol: str) -> DisplayedBook | None:
        """The book as routing may believe it: None for a stale one as well."""
        book = self._books.get((venue, symbol))
        return None if book is None or book.stale else book

    def mid(self, listings: Iterable[Key]) -> Decimal | None:
        """Midpoint of the best bid and offer over these (venue, symbol); None while a side is empty."""
        books = [book for key in listings if (book := self.displayed(*key)) is not None]
        bids = [price for book in books if (price := book.best(BID)) is not None]
        offers = [price for book in books if (price := book.best(OFFER)) is not None]
        return (max(bids) + min(offers)) / 2 if bids and offers else None

    def volume(self, listings: Iterable[Key]) -> dict[Key, Decimal]:
        """What has traded in each since this object was made, in venue units, our own trades among it.

        As the venues tell it in increments: a correction or a bust of a trade changes nothing.
        """
        return {key: self._volumes.get(key, ZERO) for key in listings}

    def last_px(self, venue: str, symbol: str) -> Decimal | None:
        """Price of the last trade there; None before the first."""
        return self._last_px.get((venue, symbol))

    def _trade(self, key: Key, entry: MDEntry, *, counts: bool) -> None:
        """A snapshot repeats the last trade and does not add to it."""
        if entry.action is not NEW or entry.price <= 0:
            return
        self._last_px[key] = entry.price
        if counts and entry.size > 0:
            self._volumes[key] = self._volumes.get(key, ZERO) + entry.size

    def _symbol_of(self, venue: str, entry_id: str) -> str:
        """Of an entry that was named before; "" of one that was not, a symbol that nobody looks at."""
        books = self._books.items()
        return next((symbol for (of, symbol), book in books if of == venue and book.holds(entry_id)), "")

    def _book(self, key: Key) -> DisplayedBook:
        book = self._books.get(key)
        if book is None:
            book = self._books[key] = DisplayedBook()
        return book
