"""Background liquidity: a ladder around a drifting mid, moved a little at a time. One seed makes the same moves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from fix.enums import Side
from sessions.simulator.book import Book


@dataclass(frozen=True, slots=True)
class Enter:
    """A background order that rests, or takes what it crosses."""

    order_id: str
    side: Side
    qty: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Withdraw:
    order_id: str


Action = Enter | Withdraw
BACKGROUND = "BG"  # how the OrderIDs of background orders start


class Liquidity:
    """`levels` prices on each side, around `size` at each; orders are bounded by that."""

    def __init__(self, seed: int, *, mid: Decimal, tick: Decimal, lot: Decimal, levels: int, size: Decimal) -> None:
        self._random = Random(seed)  # noqa: S311  a market, not a secret
        self._lowest = tick * (levels + 1)  # the lowest bid stays above zero
        self._mid = max(mid - mid % tick, self._lowest)
        self._tick, self._lot = tick, lot
        self._levels, self._size = levels, size
        self._orders: dict[str, tuple[Side, Decimal]] = {}
        self._made = 0

    def opening(self) -> list[Action]:
        """The first ladder."""
        return [
            self._enter(side, self._price(side, n))
            for n in range(1, self._levels + 1)
            for side in (Side.BUY, Side.SELL)
        ]

    def step(self, book: Book) -> list[Action]:
        """Drifts the mid by at most a tick, takes away what is out of the ladder and some more, fills what is empty."""
        self._mid = max(self._mid + self._tick * self._random.choice((-1, 0, 0, 0, 1)), self._lowest)
        actions: list[Action] = []
        ladder = {(side, self._price(side, n)) for n in range(1, self._levels + 1) for side in (Side.BUY, Side.SELL)}
        for order_id, place in list(self._orders.items()):
            gone = not book.resting(order_id)
            if gone or place not in ladder or self._random.random() < 0.02:
                del self._orders[order_id]
                if not gone:
                    actions.append(Withdraw(order_id))
        held = set(self._orders.values())
        actions += [self._enter(side, price) for side, price in sorted(ladder - held)]
        return actions

    def _enter(self, side: Side, price: Decimal) -> Enter:
        self._made += 1
        order_id = f"{BACKGROUND}{self._made}"
        qty = self._size * Decimal(self._random.randint(50, 150)) / 100
        qty = max(qty - qty % self._lot, self._lot)
        self._orders[order_id] = (side, price)
        return Enter(order_id, side, qty, price)

    def _price(self, side: Side, level: int) -> Decimal:
        return self._mid - side.sign * self._tick * level
