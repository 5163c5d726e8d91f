"""Quantities that add up: wishes made into multiples of each venue's lot, none below its minimum.

All quantities in parent units. Largest-remainder apportionment: floor everybody to the lot, then hand the rest out a
lot at a time, first to whom the floor took most.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from fix.business import ZERO


class Wish(NamedTuple):
    """What the router would like at one venue: any quantity ≥ 0; only the ratios between wishes count."""

    venue: str
    qty: Decimal
    lot: Decimal
    minimum: Decimal


def fit(wishes: Sequence[Wish], total: Decimal) -> tuple[dict[str, Decimal], Decimal]:
    """(quantity by venue, dust). The quantities and the dust add up to `total` exactly; dust is what no lot can take.

    A venue whose share falls below its minimum is left out and the total shared by the others; first one that could not
    take the total by itself either, so that it does not push out one that can.
    """
    active = list(wishes)
    while active:
        shares = _round(active, total)
        small = [wish for wish in active if shares[wish.venue] < wish.minimum]
        if not small:
            return shares, total - sum(shares.values(), ZERO)
        active.remove(min(small, key=lambda wish: (_takes(wish, total), wish.qty)))
    return {}, total


def _takes(wish: Wish, total: Decimal) -> bool:
    """Whether this venue alone could take it, but for less than a lot."""
    return total >= wish.lot and total - total % wish.lot >= wish.minimum


def _round(wishes: Sequence[Wish], total: Decimal) -> dict[str, Decimal]:
    asked = sum([wish.qty for wish in wishes], ZERO)
    shares: dict[str, Decimal] = {}
    lost: list[tuple[Decimal, int]] = []
    rest = total
    for position, wish in enumerate(wishes):
        exact = wish.qty if asked == total else _scaled(wish.qty, asked, total, len(wishes))
        share = exact - exact % wish.lot
        shares[wish.venue] = share
        rest -= share
        lost.append((share - exact, position))
    if rest:
        _hand_out(rest, [wishes[position] for _, position in sorted(lost)], shares)
    return shares


def _scaled(qty: Decimal, asked: Decimal, total: Decimal, count: int) -> Decimal:
    return total * qty / asked if asked else total / count


def _hand_out(rest: Decimal, order: Sequence[Wish], shares: dict[str, Decimal]) -> None:
    """One lot each in turn, then all that is left to the finest lot that still fits."""
    for wish in order:
        if wish.lot <= rest:
            shares[wish.venue] += wish.lot
            rest -= wish.lot
    for wish in sorted(order, key=lambda wish: wish.lot, reverse=True):
        whole = rest - rest % wish.lot
        shares[wish.venue] += whole
        rest -= whole
