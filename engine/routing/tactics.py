"""Where, by the name that an order asks for it: `split` chooses, and each tactic gives a plan for one round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.routing.dark import allocate
from engine.routing.placement import Costs, Queue, place
from engine.routing.rounding import Wish, fit
from engine.routing.router import Candidate, Plan, immediate, route, share, slices_of, swept, whole
from fix.business import ZERO, NewOrderSingle
from fix.enums import MDEntryType, Side, TimeInForce

POST_ONLY = "6"  # ExecInst(18): participate don't initiate


class Prices(NamedTuple):
    """What it costs to be wrong, for the placement of Cont & Kukanov, as fractions of the price.

    `impact` of all that is sent, `under` and `over` for each unit too few or too many in the end.
    """

    impact: Decimal = Decimal("0.00001")
    under: Decimal = Decimal("0.0005")
    over: Decimal = Decimal("0.0005")


def split(
    where: str, order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool
) -> Plan:
    """Splits `qty` (parent units) over `choice` by the tactic `where`; KeyError where there is none of that name."""
    if order.time_in_force is TimeInForce.FOK:
        return route(order, qty, choice, first=first)
    if order.min_qty:
        return ranking(order, qty, choice, prices, first=first)
    if POST_ONLY in order.exec_inst.split():
        return weights(order, qty, choice, prices, first=first)
    return TACTICS[where](order, qty, choice, prices, first=first)


def smart(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool) -> Plan:
    """Sweeps what is displayed and shares the rest by weight."""
    del prices
    return route(order, qty, choice, first=first)


def weights(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool) -> Plan:
    """Shares by weight alone, whatever is displayed. What must trade at once is sent so in its first round only."""
    if immediate(order) and not first:
        return smart(order, qty, choice, prices, first=first)
    shares, dust = share(choice, qty)
    return Plan(slices_of(choice, shares), dust, f"{qty:f} by weight alone")


def ranking(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool) -> Plan:
    """Whole to one venue: to which shows most of it, of those to the cheapest net of fees, of those to which weighs
    most. What it gives back goes to the next.
    """
    del prices, first
    return whole(order, qty, choice, "ranking: ", strict=False)


def dark(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool) -> Plan:
    """First among the venues that show nothing by design, by what each has taken before; then as `smart`."""
    hidden = [c for c in choice if c.venue.dark]
    if not (first and hidden):
        return smart(order, qty, choice, prices, first=first)
    lot = max(c.listing.lot * c.unit for c in hidden)
    lots = allocate(int(qty // lot), [c.insight.tail for c in hidden])
    wanted = [
        Wish(c.venue.name, given * lot, c.listing.lot * c.unit, c.listing.min_qty * c.unit)
        for c, given in zip(hidden, lots, strict=True)
        if given
    ]
    shares, left = fit(wanted, qty)
    if not shares:
        return smart(order, qty, choice, prices, first=first)
    return Plan(slices_of(hidden, shares), left, f"{qty - left:f} by what dark venues took before")


def placement(order: NewOrderSingle, qty: Decimal, choice: Sequence[Candidate], prices: Prices, *, first: bool) -> Plan:
    """Divides between taking now and resting at each venue's own best price, never more than `qty` in all.

    It needs a quote, and a venue where something has traded to say how fast its queue goes; otherwise it is `smart`.
    """
    quote = _quote(choice)
    moving = [c for c in choice if c.insight.outflow > 0 and c.book is not None]
    if quote is None or not moving or immediate(order) or not first:
        return smart(order, qty, choice, prices, first=first)
    mid, half_spread = quote
    rest_at = {c.venue.name: _own_price(c, order, mid) for c in moving}
    costs = Costs(
        half_spread=float(half_spread),
        fee=float(mid * min(c.listing.taker_fee - c.insight.edge for c in choice)),
        impact=float(mid * prices.impact),
        under=float(mid * prices.under),
        over=float(mid * prices.over),
    )
    queues = [_queue(c, order.side, rest_at[c.venue.name], mid, half_spread) for c in moving]
    best = place(float(qty), queues, costs, overbook=False)
    taken = swept(order, min(Decimal(round(best.market)), qty), choice)
    shares, dust = fit(_wishes(moving, best.limits), qty - sum(taken.values(), ZERO))
    resting = tuple(part._replace(price=rest_at[part.venue]) for part in slices_of(moving, shares))
    reason = f"placement: {sum(taken.values(), ZERO):f} taken now, {sum(shares.values(), ZERO):f} rests"
    return Plan((*slices_of(choice, taken), *resting), dust, f"{reason}, expected cost {best.cost:.6g}")


def _quote(choice: Sequence[Candidate]) -> tuple[Decimal, Decimal] | None:
    """(midpoint, half the spread), 0 where the market is crossed; None without both sides of it."""
    books = [c.book for c in choice if c.book is not None]
    bids = [price for book in books if (price := book.best(MDEntryType.BID)) is not None]
    offers = [price for book in books if (price := book.best(MDEntryType.OFFER)) is not None]
    if not (bids and offers):
        return None
    bid, offer = max(bids), min(offers)
    return (bid + offer) / 2, max(offer - bid, ZERO) / 2


def _own_price(c: Candidate, order: NewOrderSingle, mid: Decimal) -> Decimal:
    """Where to rest at a venue: at its own best price, for at another's it might take, and no worse than the limit."""
    assert c.book is not None
    own = c.book.best(MDEntryType.BID if order.side is Side.BUY else MDEntryType.OFFER) or mid
    if order.price is None:
        return own
    return min(own, order.price) if order.side is Side.BUY else max(own, order.price)


def _queue(c: Candidate, side: Side, price: Decimal, mid: Decimal, half_spread: Decimal) -> Queue:
    """What a venue's price is better than half a spread from the middle counts as a rebate."""
    assert c.book is not None
    ahead = (c.book.bids if side is Side.BUY else c.book.offers).get(price, ZERO) * c.unit
    rebate = mid * (c.insight.edge - c.listing.maker_fee) + side.sign * (mid - price) - half_spread
    return Queue(c.venue.name, float(ahead), float(c.insight.outflow), float(rebate))


def _wishes(moving: Sequence[Candidate], limits: Sequence[float]) -> list[Wish]:
    """In the ratios of `limits`; alike where they are all nothing and something is left over all the same."""
    return [
        Wish(c.venue.name, Decimal(limit if any(limits) else 1), c.listing.lot * c.unit, c.listing.min_qty * c.unit)
        for c, limit in zip(moving, limits, strict=True)
        if limit > 0 or not any(limits)
    ]


Tactic = Callable[..., Plan]
TACTICS: Mapping[str, Tactic] = {
    "smart": smart,
    "placement": placement,
    "dark": dark,
    "ranking": ranking,
    "weights": weights,
}
