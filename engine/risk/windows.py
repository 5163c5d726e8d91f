"""How much within the last so many nanoseconds: sliding windows that depend on nothing but the instants they are given.

A clock that steps back makes a window longer, never shorter. `window` may be changed at any time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from decimal import Decimal

from engine.risk.money import EXACT
from fix.business import ZERO

# A window is this fine: what is summed stays in it for at most a 64th longer than it should, so that it takes 64
# numbers however many orders come, and errs only to the safe side.
SLOTS = 64


class Rate:
    """At most `count` within `window` ns. That many are kept: one more is too many while the oldest is recent."""

    __slots__ = ("_times", "window")

    def __init__(self, count: int, window: int, times: tuple[int, ...] = ()) -> None:
        self._times = deque(times, maxlen=count)
        self.window = window

    @property
    def count(self) -> int:
        return self._times.maxlen or 0

    def full(self, now: int) -> bool:
        times = self._times
        return len(times) == times.maxlen and (not times or times[0] > now - self.window)

    def add(self, now: int) -> None:
        self._times.append(now)

    def resized(self, count: int, window: int) -> Rate:
        return Rate(count, window, tuple(self._times))


class Total:
    """The sum of what came within `window` ns, and a 64th of it longer at most."""

    __slots__ = ("_slots", "_total", "window")

    def __init__(self, window: int) -> None:
        self.window = window
        self._slots: deque[tuple[int, Decimal]] = deque()  # end of the slot, sum
        self._total = ZERO

    def at(self, now: int) -> Decimal:
        while self._slots and self._slots[0][0] <= now - self.window:
            self._total = EXACT.subtract(self._total, self._slots.popleft()[1])
        return self._total

    def add(self, value: Decimal, now: int) -> None:
        self.at(now)
        self._total = EXACT.add(self._total, value)
        end = slot_end(now, self.window)
        if self._slots and end <= self._slots[-1][0]:
            end, earlier = self._slots.pop()
            value = EXACT.add(earlier, value)
        self._slots.append((end, value))


class Oldest:
    """The oldest of the prices seen within `window` ns, and a 64th of it longer at most."""

    __slots__ = ("_slots", "window")

    def __init__(self, window: int) -> None:
        self.window = window
        self._slots: deque[tuple[int, Decimal]] = deque()  # end of the slot, the first price in it

    def add(self, price: Decimal, now: int) -> Decimal:
        """The oldest one, `price` itself where there is none before it."""
        while self._slots and self._slots[0][0] <= now - self.window:
            self._slots.popleft()
        end = slot_end(now, self.window)
        if not self._slots or end > self._slots[-1][0]:
            self._slots.append((end, price))
        return self._slots[0][1]


class Seen:
    """How often each key came within `window` ns. Holds one entry for each that did, and none that is older."""

    __slots__ = ("_counts", "_order", "window")

    def __init__(self, window: int) -> None:
        self.window = window
        self._counts: dict[Hashable, int] = {}
        self._order: deque[tuple[int, Hashable]] = deque()

    def __len__(self) -> int:
        return len(self._order)

    def times(self, key: Hashable, now: int) -> int:
        while self._order and self._order[0][0] <= now - self.window:
            old = self._order.popleft()[1]
            self._counts[old] -= 1
            if not self._counts[old]:
                del self._counts[old]
        return self._counts.get(key, 0)

    def add(self, key: Hashable, now: int) -> int:
        """How often it came, this time included."""
        count = self._counts[key] = self.times(key, now) + 1
        self._order.append((now, key))
        return count

    def clear(self) -> None:
        self._counts.clear()
        self._order.clear()


def slot_end(now: int, window: int) -> int:
    width = max(window // SLOTS, 1)
    return (now // width + 1) * width
