"""A price-time priority book of one instrument: orders in, events out.

Prices are kept sorted, orders at a price in a queue. A trade happens at the price of the order that rested (the maker).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from fix.business import ZERO
from fix.enums import Side, TimeInForce


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order is in, with its whole quantity."""

    order_id: str
    qty: Decimal


@dataclass(frozen=True, slots=True)
class Amended:
    """The order has new terms; `qty` of it is open now."""

    order_id: str
    qty: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """`taker` came and met `maker`, which rested."""

    taker: str
    maker: str
    qty: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`qty` of the order will not trade any more."""

    order_id: str
    qty: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class LevelChanged:
    """All that rests at a price now; size 0 when nothing does."""

    side: Side
    price: Decimal
    size: Decimal


BookEvent = Accepted | Amended | Trade | Cancelled | LevelChanged
Place = tuple[Side, Decimal]
NEVER_REST = frozenset({TimeInForce.IOC, TimeInForce.FOK})


@dataclass(slots=True, eq=False)
class _Resting:
    order_id: str
    side: Side
    price: Decimal
    qty: Decimal


@dataclass(slots=True)
class _Level:
    queue: deque[_Resting]
    size: Decimal = ZERO


class _Half:
    """One side of the book. `keys` are prices with the best first: negated for bids."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.keys: list[Decimal] = []
        self.levels: dict[Decimal, _Level] = {}

    def key(self, price: Decimal) -> Decimal:
        return -price if self.side is Side.BUY else price

    def best(self) -> Decimal | None:
        return self.key(self.keys[0]) if self.keys else None

    def add(self, order: _Resting) -> None:
        level = self.levels.get(order.price)
        if level is None:
            level = self.levels[order.price] = _Level(deque())
            insort(self.keys, self.key(order.price))
        level.queue.append(order)
        level.size += order.qty

    def reduce(self, price: Decimal, qty: Decimal) -> None:
        level = self.levels[price]
        level.size -= qty
        if not level.size:
            del self.levels[price]
            del self.keys[bisect_left(self.keys, self.key(price))]


class Book:
    """One instrument. Quantities are multiples of `lot`, prices of `tick`; whoever takes orders in checks that."""

    def __init__(self, symbol: str, *, tick: Decimal, lot: Decimal) -> None:
        self.symbol, self.tick, self.lot = symbol, tick, lot
        self._halves = {Side.BUY: _Half(Side.BUY), Side.SELL: _Half(Side.SELL)}
        self._resting: dict[str, _Resting] = {}

    def enter(
        self, order_id: str, side: Side, qty: Decimal, price: Decimal | None, tif: TimeInForce
    ) -> tuple[BookEvent, ...]:
        """A new order; `price` None is MARKET. What may not rest (MARKET, IOC, FOK) and does not trade is canceled."""
        side = Side.BUY if side is Side.BUY else Side.SELL
        return self._work(Accepted(order_id, qty), side, price, tif, {})

    def replace(self, order_id: str, qty: Decimal, price: Decimal | None, tif: TimeInForce) -> tuple[BookEvent, ...]:
        """`qty` of the order is to be open from now on, 0 for none of it; () when it does not rest here.

        With less at the same price it keeps its place in the queue. With more, or at another price, it is the last to
        have come, and may trade at once.
        """
        order = self._resting.get(order_id)
        if order is None:
            return ()
        place = (order.side, order.price)
        if qty and (price != order.price or qty > order.qty or tif in NEVER_REST):
            self._remove(order)
            return self._work(Amended(order_id, qty), order.side, price, tif, {place: None})
        if qty:
            self._halves[order.side].reduce(order.price, order.qty - qty)
            order.qty = qty
        else:
            self._remove(order)
        return (Amended(order_id, qty), *self._changes([place]))

    def cancel(self, order_id: str, reason: str = "canceled on request") -> tuple[BookEvent, ...]:
        """() when the order does not rest here."""
        order = self._resting.get(order_id)
        if order is None:
            return ()
        self._remove(order)
        return (Cancelled(order_id, order.qty, reason), *self._changes([(order.side, order.price)]))

    def levels(self, side: Side, depth: int) -> list[tuple[Decimal, Decimal]]:
        """(price, size), best first."""
        half = self._halves[side]
        return [(half.key(key), half.levels[half.key(key)].size) for key in half.keys[:depth]]

    def best(self, side: Side) -> Decimal | None:
        return self._halves[side].best()

    def resting(self, order_id: str) -> Decimal:
        """What of the order still rests; 0 when nothing does."""
        order = self._resting.get(order_id)
        return ZERO if order is None else order.qty

    def _work(
        self,
        came: Accepted | Amended,
        side: Side,
        price: Decimal | None,
        tif: TimeInForce,
        changed: dict[Place, None],
    ) -> tuple[BookEvent, ...]:
        """Trades what can be traded and lets the rest rest, where it may. `changed`: where the order was before."""
        order_id, qty = came.order_id, came.qty
        if tif is TimeInForce.FOK and self._available(side, price, qty) < qty:
            killed = Cancelled(order_id, qty, "fill or kill: not enough at this price")
            return (came, killed, *self._changes(changed))
        trades = self._match(order_id, side, qty, price)
        changed |= {(_opposite(side), trade.price): None for trade in trades}
        left = qty - sum([trade.qty for trade in trades], ZERO)
        ended: list[BookEvent] = []
        if left and (price is None or tif in NEVER_REST):
            ended.append(Cancelled(order_id, left, "nothing more at this price"))
        elif left and price is not None:
            resting = self._resting[order_id] = _Resting(order_id, side, price, left)
            self._halves[side].add(resting)
            changed[side, price] = None
        return (came, *trades, *ended, *self._changes(changed))

    def _match(self, taker: str, side: Side, qty: Decimal, limit: Decimal | None) -> list[Trade]:
        half = self._halves[_opposite(side)]
        trades: list[Trade] = []
        while qty and (price := half.best()) is not None and _reaches(side, limit, price):
            level = half.levels[price]
            maker = level.queue[0]
            traded = min(qty, maker.qty)
            trades.append(Trade(taker, maker.order_id, traded, price))
            maker.qty -= traded
            qty -= traded
            half.reduce(price, traded)
            if not maker.qty:
                level.queue.popleft()
                del self._resting[maker.order_id]
        return trades

    def _remove(self, order: _Resting) -> None:
        half = self._halves[order.side]
        half.levels[order.price].queue.remove(order)
        half.reduce(order.price, order.qty)
        del self._resting[order.order_id]

    def _changes(self, places: Iterable[Place]) -> list[LevelChanged]:
        return [LevelChanged(side, price, self._size(self._halves[side], price)) for side, price in places]

    def _available(self, side: Side, limit: Decimal | None, wanted: Decimal) -> Decimal:
        half, found = self._halves[_opposite(side)], ZERO
        for key in half.keys:
            price = half.key(key)
            if found >= wanted or not _reaches(side, limit, price):
                break
            found += half.levels[price].size
        return found

    @staticmethod
    def _size(half: _Half, price: Decimal) -> Decimal:
        level = half.levels.get(price)
        return ZERO if level is None else level.size


def _opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def _reaches(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    if limit is None:
        return True
    return price <= limit if side is Side.BUY else price >= limit
