"""A market as a tape: what each venue shows and what trades there, in the order of time.

It is made once and played to every strategy, so that all of them see the same. What we do changes nothing on it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.core.events import BookChanged
from engine.market.book import Level
from engine.market.venues import Listing
from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, Side


class Shown(NamedTuple):
    """From `at` (ns) on a venue shows these sizes at these prices, 0 for none; a snapshot replaces all there was."""

    at: int
    venue: str
    bids: tuple[Level, ...]
    offers: tuple[Level, ...]
    snapshot: bool = False


class Traded(NamedTuple):
    """A trade of others at a venue. `side` is that of the one who came and took; `qty` in venue units."""

    at: int
    venue: str
    side: Side
    qty: Decimal
    price: Decimal


Moment = Shown | Traded
Tape = Sequence[Moment]


def ordered(moments: Iterable[Moment]) -> Tape:
    """By time; what happens at one instant stays in its order."""
    return sorted(moments, key=lambda moment: moment.at)


def opens(tape: Tape) -> int:
    """When every venue on the tape has shown something (ns). ValueError for an empty tape."""
    first: dict[str, int] = {}
    for moment in tape:
        if isinstance(moment, Shown):
            first.setdefault(moment.venue, moment.at)
    return max(first.values())


def told(moment: Moment, symbol: str) -> BookChanged:
    """What the venue's feed says of it."""
    if isinstance(moment, Traded):
        entries: tuple[MDEntry, ...] = (MDEntry(MDEntryType.TRADE, moment.price, moment.qty, symbol=symbol),)
        return BookChanged(moment.venue, MarketData(snapshot=False, symbol="", entries=entries))
    entries = tuple(
        [level(MDEntryType.BID, price, size, symbol) for price, size in moment.bids]
        + [level(MDEntryType.OFFER, price, size, symbol) for price, size in moment.offers]
    )
    return BookChanged(moment.venue, MarketData(moment.snapshot, symbol if moment.snapshot else "", entries))


def level(kind: MDEntryType, price: Decimal, size: Decimal, symbol: str) -> MDEntry:
    return MDEntry(kind, price, size, MDUpdateAction.CHANGE if size else MDUpdateAction.DELETE, symbol)


def worth(listing: Listing, price: Decimal) -> Decimal:
    """Parent units of one venue unit at this price."""
    return listing.contract / price if listing.inverse else listing.contract


class Volumes:
    """What traded on a tape, for the average price of any time."""

    def __init__(self, tape: Tape, listings: Mapping[str, Listing]) -> None:
        self._at: list[int] = []
        self._sums = [(ZERO, ZERO)]  # Σ quantity, Σ quantity x price
        for moment in tape:
            if isinstance(moment, Traded):
                qty = moment.qty * worth(listings[moment.venue], moment.price)
                total, value = self._sums[-1]
                self._at.append(moment.at)
                self._sums.append((total + qty, value + qty * moment.price))

    def average(self, start: int, end: int) -> Decimal | None:
        """Volume-weighted average price over all venues, both ends (ns) included; None where nothing traded."""
        before, until = self._sums[bisect_left(self._at, start)], self._sums[bisect_right(self._at, end)]
        qty = until[0] - before[0]
        return (until[1] - before[1]) / qty if qty else None
