"""Marketable quantity: take the best levels of all venues, net of fees, until the quantity or the limit is reached.

For a fixed snapshot of the books without per-venue constraints this greedy is the optimum: exchanging any taken unit
for one not taken can only raise the cost.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.market.book import Level
from fix.business import ZERO
from fix.enums import Side

ONE = Decimal(1)


class Displayed(NamedTuple):
    """One venue's levels against the order, best first. A venue unit is `unit` parent units; `lot` in parent units."""

    venue: str
    levels: Sequence[Level]
    unit: Decimal
    taker_fee: Decimal
    lot: Decimal


def sweep(side: Side, qty: Decimal, limit: Decimal | None, books: Sequence[Displayed]) -> dict[str, Decimal]:
    """Parent units to take at each venue, whole lots: at most `qty`, less when books, limit or lots end."""
    taken: dict[str, Decimal] = {}
    left = qty
    for _, index, price, size in heapq.merge(*(_offers(side, book, i) for i, book in enumerate(books))):
        if limit is not None and (price > limit if side is Side.BUY else price < limit):
            continue  # another venue's lower fee may still bring a price within the limit
        book = books[index]
        take = min(left, size)
        take -= take % book.lot
        if not take:
            continue  # the next venue's lot may be finer
        taken[book.venue] = taken.get(book.venue, ZERO) + take
        left -= take
        if not left:
            break
    return taken


def _offers(side: Side, book: Displayed, index: int) -> Iterator[tuple[Decimal, int, Decimal, Decimal]]:
    """(signed price net of fee, index of the book, price, size in parent units), cheapest first for either side."""
    sign = side.sign
    net = sign * (ONE + sign * book.taker_fee)
    for price, size in book.levels:
        yield price * net, index, price, size * book.unit
