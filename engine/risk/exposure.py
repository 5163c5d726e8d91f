"""What our open parents may still trade, summed as it changes: one order costs the same however many are open.

An order counts in full from the moment it is noted, before anything of it is sent.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from engine.risk.money import EXACT, mark, usable, worth
from fix.business import ZERO
from fix.enums import Side

ONE = Decimal(1)


class Open(NamedTuple):
    """What is open of a parent. Quantities in parent units.

    `price` is its limit, None for a market order; `reference` the price of the market when it was taken on, and the
    same in every note, for it says what a market order and a sale are worth. While a replace is pending, `leaves` and
    `price` are those of whichever terms are worth more. `at`: what may still trade at each venue, in doubt included.
    """

    session: str
    account: str
    symbol: str
    side: Side
    leaves: Decimal
    price: Decimal | None
    reference: Decimal | None = None
    at: Mapping[str, Decimal] = {}

    @property
    def mark(self) -> Decimal | None:
        return mark(self.side, self.price, usable(self.reference))


# Whose open value. Plain text: an enumeration takes three times as long to look up, and each note does twenty look-ups.
Of = Literal["all", "customer", "account", "venue"]
Key = tuple[Of, str]


class Exposure:
    """`counting`: whether anybody asks for sums; else what is open is only remembered, for when somebody will."""

    def __init__(self, *, counting: bool = True) -> None:
        self._counting = counting
        self._open: dict[str, Open] = {}
        self._values = Sums()
        self._unpriced = Sums()  # how many open orders have no price to count at
        self._prices: dict[tuple[str, bool], Prices] = {}  # by symbol and whether they buy

    def note(self, order_id: str, entry: Open | None) -> None:
        """`entry` is what is open of the order from now on, None when it is over."""
        old = self._open.pop(order_id, None)
        if entry is not None:
            self._open[order_id] = entry
        if self._counting and old != entry:
            self._move(old, entry)

    def count(self, *, on: bool) -> None:
        """Begins to count, with all that is open, or ends it."""
        if on is self._counting:
            return
        self._counting = on
        self._values, self._unpriced, self._prices = Sums(), Sums(), {}
        for entry in self._open.values() if on else ():
            self._move(None, entry)

    def find(self, order_id: str) -> Open | None:
        return self._open.get(order_id)

    def value(self, of: Of, name: str = "") -> Decimal | None:
        """Σ open quantity x price; None when something open there has no price to count at."""
        return None if (of, name) in self._unpriced else self._values.get((of, name), ZERO)

    def meets(self, symbol: str, side: Side, price: Decimal | None) -> bool:
        """Whether an order could trade with an open one of ours on the other side; a market order with any."""
        others = self._prices.get((symbol, side is not Side.BUY))
        return others is not None and others.meet(price, buy=side is Side.BUY)

    def _move(self, old: Open | None, entry: Open | None) -> None:
        if old is not None:
            self._count(old, -ONE)
        if entry is not None:
            self._count(entry, ONE)
        self._quote(old, entry)

    def _count(self, entry: Open, sign: Decimal) -> None:
        price = entry.mark
        for key, qty in _shares(entry):
            if not qty:
                continue
            if price is None:
                self._unpriced.add(key, sign)
            else:
                self._values.add(key, worth(qty, price) * sign)

    def _quote(self, old: Open | None, entry: Open | None) -> None:
        before = None if old is None or not old.leaves else (old.symbol, old.side is Side.BUY, old.price)
        after = None if entry is None or not entry.leaves else (entry.symbol, entry.side is Side.BUY, entry.price)
        if before == after:
            return
        if before is not None:
            prices = self._prices[before[0], before[1]]
            prices.discard(before[2])
            if not prices:
                del self._prices[before[0], before[1]]
        if after is not None:
            self._prices.setdefault((after[0], after[1]), Prices()).add(after[2])


class Sums(dict[Key, Decimal]):
    """Exact, and without those that came back to zero."""

    def add(self, key: Key, value: Decimal) -> None:
        total = EXACT.add(self.get(key, ZERO), value)
        if total:
            self[key] = total
        else:
            self.pop(key, None)


class Prices:
    """The limits of the open orders on one side of one symbol, each once and in order, and how many have none."""

    __slots__ = ("_counts", "_sorted", "_unpriced")

    def __init__(self) -> None:
        self._counts: dict[Decimal, int] = {}
        self._sorted: list[Decimal] = []
        self._unpriced = 0

    def __bool__(self) -> bool:
        return bool(self._sorted) or self._unpriced > 0

    def add(self, price: Decimal | None) -> None:
        if price is None:
            self._unpriced += 1
            return
        if price not in self._counts:
            insort(self._sorted, price)
        self._counts[price] = self._counts.get(price, 0) + 1

    def discard(self, price: Decimal | None) -> None:
        if price is None:
            self._unpriced -= 1
            return
        self._counts[price] -= 1
        if not self._counts[price]:
            del self._counts[price]
            del self._sorted[bisect_left(self._sorted, price)]

    def meet(self, price: Decimal | None, *, buy: bool) -> bool:
        """Whether one of these and an order on the other side, a buy or not, could trade with each other."""
        if self._unpriced or price is None:
            return bool(self)
        return price >= self._sorted[0] if buy else price <= self._sorted[-1]


def _shares(entry: Open) -> Iterator[tuple[Key, Decimal]]:
    yield ("all", ""), entry.leaves
    yield ("customer", entry.session), entry.leaves
    yield ("account", entry.account), entry.leaves
    for venue, qty in entry.at.items():
        yield ("venue", venue), qty
