"""Which ClOrdIDs an OMS has used, ever: a Bloom filter in front of the store, so that memory stays flat.

A ClOrdID the filter does not know was never used; one it seems to know is looked up. At a million identifiers one in a
hundred new ones is looked up for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

_BITS = 1 << 24  # 2 MB


class Seen:
    """`look_up(session, cl_ord_id)` asks the store."""

    def __init__(self, used: Iterable[tuple[str, str]], look_up: Callable[[str, str], bool]) -> None:
        self._filter = bytearray(_BITS // 8)
        self._look_up = look_up
        for session, cl_ord_id in used:
            self.add(session, cl_ord_id)

    def add(self, session: str, cl_ord_id: str) -> bool:
        """Whether the filter did not know it yet."""
        known, fresh = self._filter, False
        for bit in _bits(session, cl_ord_id):
            byte, mask = bit >> 3, 1 << (bit & 7)
            if not known[byte] & mask:
                known[byte] |= mask
                fresh = True
        return fresh

    def use(self, session: str, cl_ord_id: str) -> bool:
        """Whether it was used before. From now on the store is asked: it knows whether this one was a use."""
        return not self.add(session, cl_ord_id) and self._look_up(session, cl_ord_id)

    has = use  # as an order's, so a request's


def _bits(session: str, cl_ord_id: str) -> tuple[int, int, int, int]:
    one, two = hash((session, cl_ord_id)), hash((cl_ord_id, session))
    return one % _BITS, (one >> 32) % _BITS, two % _BITS, (two >> 32) % _BITS
