"""Marketable quantity: take the best levels of all venues, net of fees, until the quantity or the limit is reached.

For a fixed snapshot of the books this greedy is the optimum (as much as can be had, and that at the least cost) where
all venues have the same lot, whatever their fees, limits and balances: exchanging any lot taken for one not taken can
only raise the cost, for the lots of one venue never become cheaper. A balance only shortens a book, and a lot that
spans levels counts at its average price.

Where lots differ it is the optimum unless a venue's turn comes when less than its lot is left. From then on finer lots
are taken where there are any, and none is given back to make room for the coarser: what is taken may fall short of the
most that could be had, by less than the largest lot, or cost more than it had to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from engine.market.book import Level
from fix.business import ZERO
from fix.enums import Side

ONE = Decimal(1)


class Displayed(NamedTuple):
    """One venue's levels against the order, best first. A venue unit is `unit` parent units; `lot` in parent units.

    `balance` is what may be used there: money for a buy, fees included, or parent units for a sell; None is no bound.
    """

    venue: str
    levels: Sequence[Level]
    unit: Decimal
    taker_fee: Decimal
    lot: Decimal
    balance: Decimal | None = None


def sweep(side: Side, qty: Decimal, limit: Decimal | None, books: Sequence[Displayed]) -> dict[str, Decimal]:
    """Parent units to take at each venue, whole lots: at most `qty`, less when books, limit, balances or lots end.

    The limit is a price without fees. At one price net of fees the first of `books` is taken first.
    """
    signed = [side.sign + book.taker_fee for book in books]  # a price times this rises as it gets worse
    offers = [_offers(side, limit, book) for book in books]
    best = [(first[0] * signed[i], i, first[1]) for i, each in enumerate(offers) if (first := next(each, None))]
    heapify(best)
    taken: dict[int, Decimal] = {}
    left = qty
    while left and best:
        _, index, take = best[0]
        if take > left:
            take = left - left % books[index].lot
            heappop(best)  # the rest of this book would not fit either, but another venue's lot may be finer
        elif following := next(offers[index], None):
            heapreplace(best, (following[0] * signed[index], index, following[1]))
        else:
            heappop(best)
        if take:
            taken[index] = taken.get(index, ZERO) + take
            left -= take
    return {books[index].venue: part for index, part in taken.items()}


def _offers(side: Side, limit: Decimal | None, book: Displayed) -> Iterator[Level]:
    """What may be taken of a book, in parent units: whole lots at a price that only gets worse.

    What is left of a level makes a lot with the next, at their average price.
    """
    levels = _affordable(side, book)
    buy, lot = side is Side.BUY, book.lot
    odd = worth = ZERO
    for level in levels:
        price, size = level
        if limit is not None and (price > limit if buy else price < limit):
            return
        if not (odd or size % lot):
            yield level
            continue
        if odd:
            more = min(size, lot - odd)
            odd, worth, size = odd + more, worth + more * price, size - more
            if odd < lot:
                continue
            yield worth / lot, lot
        odd = size % lot
        worth = odd * price
        if size > odd:
            yield price, size - odd


def _affordable(side: Side, book: Displayed) -> Iterable[Level]:
    """Its levels in parent units, as far as the balance goes."""
    levels: Iterable[Level] = book.levels
    if book.unit != ONE:
        levels = ((price, size * book.unit) for price, size in levels)
    if book.balance is None:
        return levels
    return _paid(levels, max(book.balance, ZERO), ONE + book.taker_fee if side is Side.BUY else None)


def _paid(levels: Iterable[Level], left: Decimal, rate: Decimal | None) -> Iterator[Level]:
    """As many as `left` pays for: a unit costs its price times `rate`, or one of what is left where None."""
    for price, size in levels:
        each = ONE if rate is None else price * rate
        if size * each >= left:
            yield price, left / each
            return
        yield price, size
        left -= size * each
