"""Marketable quantity: take the best levels of all venues, net of fees, until the quantity or the limit is reached.

For a fixed snapshot of the books without per-venue constraints this greedy is the optimum: exchanging any taken unit for
one not taken can only raise the cost.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.market.book import Level
from fix.business import ZERO
from fix.enums import Side

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Displayed:
    """One venue's levels against the order, best first. `unit` parent units make one venue unit."""

    venue: str
    levels: Sequence[Level]
    unit: Decimal
    taker_fee: Decimal


def sweep(side: Side, qty: Decimal, limit: Decimal | None, books: Sequence[Displayed]) -> dict[str, Decimal]:
    """Parent units to take at each venue; their sum is at most `qty`, less when the books or the limit end."""
    taken: dict[str, Decimal] = {}
    left = qty
    for _, _, price, size, venue in heapq.merge(*(_offers(side, book, i) for i, book in enumerate(books))):
        if limit is not None and (price > limit if side is Side.BUY else price < limit):
            continue  # another venue's lower fee may still bring a price within the limit
        take = min(left, size)
        taken[venue] = taken.get(venue, ZERO) + take
        left -= take
        if not left:
            break
    return taken


def _offers(side: Side, book: Displayed, index: int) -> Iterator[tuple[Decimal, int, Decimal, Decimal, str]]:
    """(signed price net of fee, tie-breaker, price, size in parent units, venue), cheapest first for either side."""
    sign = side.sign
    net = sign * (ONE + sign * book.taker_fee)
    for price, size in book.levels:
        yield price * net, index, price, size * book.unit, book.venue
