"""The best bid and offer over all venues, as they stood when an order was routed: what the record of a decision shows.

Prices are as displayed, sizes in parent units. A book that is stale is named and not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.market.book import DisplayedBook, Level
from fix.business import ZERO
from fix.enums import Side


class Shown(NamedTuple):
    """A venue's book, None where no market data has come. One venue unit is `unit` parent units."""

    venue: str
    unit: Decimal
    taker_fee: Decimal
    book: DisplayedBook | None


class Top(NamedTuple):
    """Best bid and offer of one venue, None where it shows none; sizes in parent units."""

    venue: str
    bid: Level | None
    offer: Level | None


class Best(NamedTuple):
    """A price, the size shown at it by all venues together, and who they are."""

    price: Decimal
    size: Decimal
    venues: tuple[str, ...]


class Snapshot(NamedTuple):
    """`bid` and `offer` are None where nobody shows one; `tops` are in the order of the books."""

    bid: Best | None
    offer: Best | None
    tops: tuple[Top, ...]
    stale: tuple[str, ...]

    @property
    def locked(self) -> bool:
        """Somebody bids what somebody asks."""
        return self.bid is not None and self.offer is not None and self.bid.price == self.offer.price

    @property
    def crossed(self) -> bool:
        """Somebody bids more than somebody asks."""
        return self.bid is not None and self.offer is not None and self.bid.price > self.offer.price

    @property
    def mid(self) -> Decimal | None:
        """Halfway between bid and offer; None without one of them."""
        return None if self.bid is None or self.offer is None else (self.bid.price + self.offer.price) / 2

    @property
    def microprice(self) -> Decimal | None:
        """Between bid and offer, each weighted by the size on the other side: near the side that will be gone first.

        Also called weighted mid-price (Stoikov, "The micro-price", Quantitative Finance 18, 2018).
        """
        if self.bid is None or self.offer is None:
            return None
        worth = self.bid.price * self.offer.size + self.offer.price * self.bid.size
        return worth / (self.bid.size + self.offer.size)

    def described(self) -> dict[str, object]:
        """What JSON can hold, numbers as text, "" for none: "venues" has bid, its size, offer, its size of each."""
        marks = ["locked"] if self.locked else ["crossed"] if self.crossed else []
        return {
            "bid": _texts(self.bid),
            "offer": _texts(self.offer),
            "venues": {top.venue: [*_texts(top.bid), *_texts(top.offer)] for top in self.tops},
            "marks": marks,
            "stale": list(self.stale),
        }


def snapshot(books: Sequence[Shown]) -> Snapshot:
    """Of all of `books` together."""
    tops, stale = [], []
    for venue, unit, _, book in books:
        if book is not None and book.stale:
            stale.append(venue)
        elif book is not None:
            tops.append(Top(venue, _top(book.bids.levels, unit), _top(book.offers.levels, unit)))
    bids = [(top.bid, top.venue) for top in tops if top.bid is not None]
    offers = [(top.offer, top.venue) for top in tops if top.offer is not None]
    return Snapshot(_best(bids, max), _best(offers, min), tuple(tops), tuple(stale))


def net_best(side: Side, books: Sequence[Shown]) -> Best | None:
    """What an order of this side can trade at, the venue's taker fee in the price; None where nobody shows anything."""
    net = []
    for venue, unit, fee, book in books:
        top = None if book is None or book.stale else _top(book.against(side), unit)
        if top is not None:
            net.append(((top[0] * (1 + side.sign * fee), top[1]), venue))
    return _best(net, min if side is Side.BUY else max)


def _top(levels: Sequence[Level], unit: Decimal) -> Level | None:
    return (levels[0][0], levels[0][1] * unit) if levels else None


def _best(shown: Sequence[tuple[Level, str]], pick: Callable[[Iterable[Decimal]], Decimal]) -> Best | None:
    if not shown:
        return None
    best = pick([price for (price, _), _ in shown])
    there = [(size, venue) for (price, size), venue in shown if price == best]
    return Best(best, sum([size for size, _ in there], ZERO), tuple([venue for _, venue in there]))


def _texts(level: Level | Best | None) -> list[str]:
    return ["", ""] if level is None else [str(level[0]), str(level[1])]
