"""The naive book: one list of orders, searched and sorted for every trade. Slow, and too plain to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fix.enums import Side, TimeInForce
from sessions.simulator.book import Accepted, Amended, BookEvent, Cancelled, LevelChanged, Trade

ZERO = Decimal(0)


@dataclass
class Order:
    order_id: str
    side: Side
    qty: Decimal
    price: Decimal


class NaiveBook:
    """Says of every command what `sessions.simulator.book.Book` must say."""

    def __init__(self) -> None:
        self.orders: list[Order] = []  # oldest first

    def enter(
        self, order_id: str, side: Side, qty: Decimal, price: Decimal | None, tif: TimeInForce
    ) -> tuple[BookEvent, ...]:
        events: list[BookEvent] = [Accepted(order_id, qty)]
        within = [order for order in self._best_first(_other(side)) if _meets(side, price, order.price)]
        if tif is TimeInForce.FOK and sum(order.qty for order in within) < qty:
            return (*events, Cancelled(order_id, qty, "fill or kill: not enough at this price"))
        touched: list[Decimal] = []
        for maker in within:
            traded = min(qty, maker.qty)
            if traded:
                events.append(Trade(order_id, maker.order_id, traded, maker.price))
                touched += [] if maker.price in touched else [maker.price]
                maker.qty -= traded
                qty -= traded
        self.orders = [order for order in self.orders if order.qty]
        changes: list[BookEvent] = [LevelChanged(_other(side), p, self.size(_other(side), p)) for p in touched]
        if qty and price is not None and tif is TimeInForce.DAY:
            self.orders.append(Order(order_id, side, qty, price))
            changes.append(LevelChanged(side, price, self.size(side, price)))
        elif qty:
            events.append(Cancelled(order_id, qty, "nothing more at this price"))
        return (*events, *changes)

    def cancel(self, order_id: str) -> tuple[BookEvent, ...]:
        for order in self.orders:
            if order.order_id == order_id:
                self.orders.remove(order)
                change = LevelChanged(order.side, order.price, self.size(order.side, order.price))
                return (Cancelled(order_id, order.qty, "canceled on request"), change)
        return ()

    def replace(self, order_id: str, qty: Decimal, price: Decimal | None, tif: TimeInForce) -> tuple[BookEvent, ...]:
        for order in self.orders:
            if order.order_id == order_id:
                break
        else:
            return ()
        came = Amended(order_id, qty)
        if not qty or (price == order.price and qty <= order.qty and tif is TimeInForce.DAY):
            order.qty = qty
            self.orders = [order for order in self.orders if order.qty]
            return (came, LevelChanged(order.side, order.price, self.size(order.side, order.price)))
        self.orders.remove(order)
        _, *others = self.enter(order_id, order.side, qty, price, tif)
        changes = {(e.side, e.price): e for e in others if isinstance(e, LevelChanged)}
        old = LevelChanged(order.side, order.price, self.size(order.side, order.price))
        changes = {(old.side, old.price): old} | changes
        return (came, *[e for e in others if not isinstance(e, LevelChanged)], *changes.values())

    def size(self, side: Side, price: Decimal) -> Decimal:
        return sum((order.qty for order in self.orders if (order.side, order.price) == (side, price)), ZERO)

    def levels(self, side: Side) -> list[tuple[Decimal, Decimal]]:
        prices = dict.fromkeys(order.price for order in self._best_first(side))
        return [(price, self.size(side, price)) for price in prices]

    def _best_first(self, side: Side) -> Iterator[Order]:
        mine = [order for order in self.orders if order.side is side]
        return iter(sorted(mine, key=lambda order: -order.price if side is Side.BUY else order.price))


def _other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def _meets(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    if limit is None:
        return True
    return price <= limit if side is Side.BUY else price >= limit
