"""Where a parent's open quantity goes, and how much: sweep what is displayed, share the rest by weight."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from engine.market.book import DisplayedBook
from engine.market.venues import Listing, Venue
from engine.routing.dark import Survival, Tail
from engine.routing.rounding import Wish, fit
from engine.routing.sweep import Displayed, sweep
from fix.business import ZERO, NewOrderSingle
from fix.enums import MDEntryType, OrdType, TimeInForce

ONE = Decimal(1)
PLACES = Decimal("0.00000001")


class Insight(NamedTuple):
    """What is known of a venue from what happened there before.

    `edge`: how much better its executions turned out than others', as a fraction of the price; below zero is worse.
    `fill` counts for its weight. `outflow`: how much is expected to go from the front of a queue while an order waits,
    parent units. `tail`: how much a venue that shows nothing takes.
    """

    edge: Decimal = ZERO
    fill: Decimal = ONE
    outflow: Decimal = ZERO
    tail: Survival = Tail()


class Candidate(NamedTuple):
    """A venue that may take this order. `book` is None where no market data has come; `unit` as in Child."""

    venue: Venue
    listing: Listing
    book: DisplayedBook | None
    unit: Decimal
    insight: Insight = Insight()


class Slice(NamedTuple):
    """One child to be: `qty` in venue units, `unit` parent units each; `dust` as in Child. `price` where it is not to
    be the parent's limit.
    """

    venue: str
    symbol: str
    qty: Decimal
    unit: Decimal
    dust: Decimal = ZERO
    price: Decimal | None = None


class Plan(NamedTuple):
    """`slices` and `unplaced` (parent units) add up to what was asked. `reason` says why it is so."""

    slices: tuple[Slice, ...]
    unplaced: Decimal
    reason: str


def candidates(venues: Sequence[Venue], symbol: str, books: dict[str, DisplayedBook | None]) -> list[Candidate]:
    """Venues that list `symbol`, with their unit's worth. An inverse contract needs a price: without one it waits."""
    found: list[Candidate] = []
    for venue in venues:
        listing = venue.listings[symbol]
        book = books[venue.name]
        unit = _worth(listing, book) if listing.inverse else listing.contract
        if unit:
            found.append(Candidate(venue, listing, book, unit))
    return found


def _worth(listing: Listing, book: DisplayedBook | None) -> Decimal:
    """Of an inverse contract in parent units, rounded up so that none too many are asked for.

    Eight decimals, whatever lots are around: what the OMS is told it has must be what it has.
    """
    best = [book.best(side) for side in (MDEntryType.BID, MDEntryType.OFFER)] if book else []
    prices = [price for price in best if price is not None]
    return (listing.contract / min(prices)).quantize(PLACES, ROUND_CEILING) if prices else ZERO


def route(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], *, first: bool) -> Plan:
    """Splits `qty` (parent units) over `choice`.

    What is displayed within the limit is taken first. What is left rests by weight when the order may rest; an IOC or
    market order sends it by weight in its first round only, for hidden liquidity, and later takes only what it can see.
    """
    if order.time_in_force is TimeInForce.FOK:
        return whole(order, qty, choice, "fill or kill: ", strict=True)
    taken = swept(order, qty, choice)
    rest = qty - sum(taken.values(), ZERO)
    by_weight = rest if first or not immediate(order) else ZERO
    shares, dust = fit(_wanted(choice, taken, by_weight), qty - rest + by_weight)
    slices, left = _with_dust(choice, slices_of(choice, shares), dust)
    reason = _reason(taken, by_weight, rest - by_weight, left)
    return Plan(slices, rest - by_weight + left, reason)


def immediate(order: NewOrderSingle) -> bool:
    """Whether what does not trade at once is over."""
    return order.ord_type is OrdType.MARKET or order.time_in_force is TimeInForce.IOC


def share(choice: Sequence[Candidate], qty: Decimal) -> tuple[dict[str, Decimal], Decimal]:
    """(quantity by venue, dust) by weight alone."""
    return fit(_wanted(choice, {}, qty), qty)


def _with_dust(
    choice: Sequence[Candidate], slices: tuple[Slice, ...], dust: Decimal
) -> tuple[tuple[Slice, ...], Decimal]:
    """What contracts of uneven worth leave below every lot goes to the largest slice of them; (slices, dust left over).

    Only what is too small to be traded anywhere and less than a thousandth of that slice: beyond that, the OMS would be
    told of what nobody has.
    """
    lots = [c.listing.lot * c.unit for c in choice if not c.listing.inverse]
    inverse = {c.venue.name for c in choice if c.listing.inverse}
    uneven = [part for part in slices if part.venue in inverse]
    if not (dust and lots and uneven):
        return slices, dust
    largest = max(uneven, key=lambda part: part.qty * part.unit)
    if dust >= min(lots) or dust * 1_000 > largest.qty * largest.unit:
        return slices, dust
    return tuple(part._replace(dust=dust) if part is largest else part for part in slices), ZERO


def swept(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate]) -> dict[str, Decimal]:
    """A venue that would get less than its own minimum is left out, and the others are swept deeper instead.

    First one that could not have its minimum by itself either, so that it does not push out one that can.
    """
    shown = _displayed(order, choice)
    least = {c.venue.name: c.listing.min_qty * c.unit for c in choice}

    def worth(book: Displayed) -> tuple[bool, Decimal]:
        alone = sweep(order.side, qty, order.price, [book])
        return alone.get(book.venue, ZERO) >= least[book.venue], taken[book.venue]

    while shown:
        taken = sweep(order.side, qty, order.price, shown)
        small = [book for book in shown if ZERO < taken.get(book.venue, ZERO) < least[book.venue]]
        if not small:
            return taken
        shown.remove(min(small, key=worth))
    return {}


def _displayed(order: NewOrderSingle, choice: Sequence[Candidate]) -> list[Displayed]:
    return [
        Displayed(
            c.venue.name,
            c.book.against(order.side),
            c.unit,
            c.listing.taker_fee - c.insight.edge,
            c.listing.lot * c.unit,
        )
        for c in choice
        if c.book is not None
    ]


def _wanted(choice: Sequence[Candidate], taken: dict[str, Decimal], by_weight: Decimal) -> list[Wish]:
    """Only the ratios between wishes count: where nothing is swept, the weights are the wishes."""
    weights = sum([_weight(c) for c in choice], ZERO) if taken and by_weight else ZERO
    each = by_weight / weights if weights else ONE
    wishes = []
    for c in choice:
        wish = taken.get(c.venue.name, ZERO)
        if by_weight:
            wish += each * _weight(c)
        if wish:
            wishes.append(Wish(c.venue.name, wish, c.listing.lot * c.unit, c.listing.min_qty * c.unit))
    return wishes


def _weight(c: Candidate) -> Decimal:
    return c.venue.weight if c.insight.fill == ONE else c.venue.weight * c.insight.fill


def slices_of(choice: Sequence[Candidate], shares: dict[str, Decimal]) -> tuple[Slice, ...]:
    slices = []
    for c in choice:
        share = shares.get(c.venue.name, ZERO)
        if share:
            qty = (share if c.unit == ONE else share / c.unit).quantize(c.listing.lot)
            while c.listing.max_qty is not None and qty > c.listing.max_qty:
                most = c.listing.max_qty - c.listing.max_qty % c.listing.lot
                most = min(most, qty - c.listing.min_qty)  # what is left has to be an order as well
                slices.append(Slice(c.venue.name, c.listing.symbol, most, c.unit))
                qty -= most
            slices.append(Slice(c.venue.name, c.listing.symbol, qty, c.unit))
    return tuple(slices)


def whole(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], why: str, *, strict: bool) -> Plan:
    """All to the venue that shows most of it, of those to the cheapest net of fees, of those to which weighs most; over
    several venues a FillOrKill could fill half. `strict`: without dust.
    """

    def attraction(c: Candidate) -> tuple[Decimal, Decimal, Decimal]:
        shown = _displayed(order, [c])
        taken = sum(sweep(order.side, qty, order.price, shown).values(), ZERO)
        best = shown[0].levels[0][0] * (order.side.sign + shown[0].taker_fee) if taken else ZERO
        return taken, -best, _weight(c)

    for c in sorted(choice, key=attraction, reverse=True):
        shares, dust = fit([Wish(c.venue.name, qty, c.listing.lot * c.unit, c.listing.min_qty * c.unit)], qty)
        if shares and not (strict and dust):
            return Plan(slices_of([c], shares), dust, f"{why}whole to {c.venue.name}")
    return Plan((), qty, f"{why}no venue's lot takes the whole quantity")


def _reason(taken: dict[str, Decimal], by_weight: Decimal, left: Decimal, dust: Decimal) -> str:
    parts = []
    if taken:
        parts.append(f"swept {sum(taken.values(), ZERO):f} displayed at {', '.join(taken)}")
    if by_weight:
        parts.append(f"{by_weight:f} by weight")
    if left:
        parts.append(f"{left:f} left: nothing more is displayed within the limit")
    if dust:
        parts.append(f"{dust:f} is below every lot or minimum")
    return "; ".join(parts) or "nothing to route"
