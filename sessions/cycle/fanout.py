"""Fan-out dispersion: how far apart the children of one parent leave."""

from __future__ import annotations


class FanOut:
    """Time from the first to the last child of a parent handed to its socket, in µs; the latest 10,000 parents."""

    KEPT = 10_000

    def __init__(self) -> None:
        self._spans: list[int] = []
        self._next = 0
        self._order = ""
        self._first = self._last = 0

    def sent(self, order_id: str, at: int) -> None:
        if order_id != self._order:
            self.end()
            self._order, self._first, self._last = order_id, at, at
        self._first, self._last = min(self._first, at), max(self._last, at)

    def end(self) -> None:
        if self._order and self._last > self._first:
            self._keep((self._last - self._first) // 1_000)
        self._order = ""

    def _keep(self, span: int) -> None:
        if len(self._spans) < self.KEPT:
            self._spans.append(span)
        else:
            self._spans[self._next] = span
            self._next = (self._next + 1) % self.KEPT

    def summary(self) -> dict[str, int]:
        """p50 and p99 in µs, and of how many."""
        spans = sorted(self._spans)
        if not spans:
            return {"count": 0, "p50": 0, "p99": 0}
        return {"count": len(spans), "p50": spans[len(spans) // 2], "p99": spans[len(spans) * 99 // 100]}
