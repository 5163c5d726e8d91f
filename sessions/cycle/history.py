"""What has happened so far, for whoever decides: the store, and what stands in the outbox and is not in it yet.

It does not matter where one commit ends and the next begins: decided again, everything comes out the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from engine.dropcopy.store import Kind, Opened, Record, Store
from sessions.cycle.outbox import Outbox


class History(Protocol):
    """`Present` in a running engine, `sessions.cycle.replay.Past` afterwards."""

    def has_order(self, order_id: str) -> bool:
        """Whether such a parent was ever taken on."""
        ...

    def order_records(self, order_id: str) -> Iterator[Record]:
        """Everything about one parent, in order."""
        ...

    def orders_by_cl_ord_id(self, cl_ord_id: str) -> list[Opened]:
        """Parents of every session that used this ClOrdID(11), for the order or a request about it; oldest first."""
        ...

    def cl_ord_ids(self) -> Iterator[tuple[str, str]]:
        """(session, ClOrdID(11)) of all that were used."""
        ...

    def sent(self, session: str, number: int) -> Iterator[Record]:
        """What left on a session under this MsgSeqNum(34) since its numbers were last reset."""
        ...


class Present:
    """Of a running engine."""

    def __init__(self, store: Store, out: Outbox) -> None:
        self._store = store
        self._out = out

    def has_order(self, order_id: str) -> bool:
        return any(each.order_id == order_id for each in self._out.opened) or self._store.has_order(order_id)

    def order_records(self, order_id: str) -> Iterator[Record]:
        waiting = (Record(0, *entry, b"") for entry in self._out.entries if entry[5] == order_id)
        return chain(self._store.order_records(order_id), waiting)

    def orders_by_cl_ord_id(self, cl_ord_id: str) -> list[Opened]:
        waiting = [each for each in self._out.opened if each.cl_ord_id == cl_ord_id]
        for order_id, _, used in self._out.used:
            if used == cl_ord_id:
                waiting += [each for each in self._out.opened if each.order_id == order_id]
                waiting += self._store.orders(order_id)
        return [*self._store.orders_by_cl_ord_id(cl_ord_id), *waiting]

    def cl_ord_ids(self) -> Iterator[tuple[str, str]]:
        return chain(self._store.cl_ord_ids(), self._store.used_ids())

    def sent(self, session: str, number: int) -> Iterator[Record]:
        head = (Kind.OUT.value, session, number)
        waiting = (Record(0, *entry, b"") for entry in self._out.entries if entry[1:4] == head)
        return chain(self._store.outbound(session, number, number), waiting)
