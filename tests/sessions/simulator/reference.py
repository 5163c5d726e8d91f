"""The naive book: one list of orders, searched and sorted for every trade. Slow, and too plain to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fix.enums import Side, TimeInForce
from sessions.simulator.book import Accepted, BookEvent, Cancelled, LevelChanged, Trade

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
