"""The last answers of a venue, so many and no more, and what they say of it against a limit."""

from __future__ import annotations

import math
from collections import deque
from decimal import Decimal

NEVER = 1 << 63  # ns: longer than any answer takes, for one that did not come in time


class Latencies:
    """How long the last `window` acknowledgements took, in ns.

    The quantile is by nearest rank: of n it is the ⌈quantile x n⌉th smallest, one of those measured and nothing between
    two. It is over `limit` exactly when more than n - ⌈quantile x n⌉ of them are, and that is what is counted: adding
    one costs the same whatever the window.
    """

    def __init__(self, limit: int, quantile: Decimal, window: int, samples: int) -> None:
        self._limit = limit
        self._quantile = quantile
        self._samples = samples
        self._took: deque[int] = deque(maxlen=window)
        self._slow = 0
        self._spared = [n - math.ceil(quantile * n) for n in range(window + 1)]

    def add(self, latency: int) -> str:
        """What is wrong now, "" while nothing is or there are fewer than `samples`."""
        took = self._took
        if len(took) == took.maxlen and took[0] > self._limit:
            self._slow -= 1
        took.append(latency)
        if latency > self._limit:
            self._slow += 1
        return self._sentence() if len(took) >= self._samples and self._slow > self._spared[len(took)] else ""

    def _sentence(self) -> str:
        many = len(self._took)
        share, limit = f"{(self._quantile * 100).normalize():f} %", spell(self._limit)
        took = sorted(self._took)[math.ceil(self._quantile * many) - 1]
        if took == NEVER:
            lost = self._took.count(NEVER)
            return f"{lost} of the last {many} orders were not acknowledged, {share} must be within {limit}"
        return f"{share} of the last {many} acknowledgements took up to {spell(took)}, the limit is {limit}"

    def clear(self) -> None:
        self._took.clear()
        self._slow = 0


class Rejects:
    """Which of the last `window` orders were rejected."""

    def __init__(self, limit: int, window: int) -> None:
        self._limit = limit
        self._answers: deque[bool] = deque(maxlen=window)

    def add(self, *, rejected: bool) -> str:
        """What is wrong now: `limit` of them or more; "" while nothing is."""
        self._answers.append(rejected)
        if not rejected:
            return ""
        count, many = self._answers.count(True), len(self._answers)
        if count < self._limit:
            return ""
        return f"{count} of the last {many} orders were rejected, the limit is {self._limit} of {self._answers.maxlen}"

    def clear(self) -> None:
        self._answers.clear()


def spell(ns: int) -> str:
    """90 µs, 812 ms, 1.5 s: as a person would say it."""
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000)):
        if abs(ns) >= size:
            return f"{ns / size:g} {unit}"
    return f"{ns / 1000:g} µs"
