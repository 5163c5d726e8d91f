"""The parents in hand: those open, and the last ones finished, for what a venue or an OMS still says of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from engine.orders.order import Child, Parent

# Late fills and late cancels come within seconds; older ones are brought back from the store (`adopt`).
FINISHED_KEPT = 512


def parent_id(cl_ord_id: str) -> str:
    """OrderID(37) of the parent of this child or child's cancel: T5K3QG-17-2_1 → T5K3QG-17."""
    return cl_ord_id.rpartition("-")[0]


def child_id(cl_ord_id: str) -> str:
    """ClOrdID(11) of the child that this cancel or replace is about: T5K3QG-17-2_1 → T5K3QG-17-2."""
    return cl_ord_id.partition("_")[0]


class Orders:
    """Look-up by what the messages carry."""

    def __init__(self) -> None:
        self._parents: dict[str, Parent] = {}
        self._keys: dict[tuple[str, str], Parent] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()

    def add(self, parent: Parent) -> None:
        self._parents[parent.order_id] = parent
        for cl_ord_id in _names(parent):
            self._keys[parent.session, cl_ord_id] = parent
        if parent.done and not parent.live:
            self.retire(parent)

    def name(self, parent: Parent, cl_ord_id: str) -> None:
        """A request about it has this ClOrdID(11); it is found by it from now on."""
        self._keys[parent.session, cl_ord_id] = parent

    def retire(self, parent: Parent) -> None:
        """Finished; remembered until `FINISHED_KEPT` others have finished."""
        self._finished[parent.order_id] = None
        if len(self._finished) > FINISHED_KEPT:
            old = self._parents.pop(self._finished.popitem(last=False)[0])
            for cl_ord_id in _names(old):
                self._keys.pop((old.session, cl_ord_id), None)

    def revive(self, parent: Parent) -> bool:
        """It is not finished after all; whether it was."""
        if parent.order_id not in self._finished:
            return False
        del self._finished[parent.order_id]
        return True

    def retired(self, parent: Parent) -> bool:
        return parent.order_id in self._finished

    def by_id(self, order_id: str) -> Parent | None:
        return self._parents.get(order_id)

    def by_cl_ord_id(self, session: str, cl_ord_id: str) -> Parent | None:
        return self._keys.get((session, cl_ord_id))

    def child(self, cl_ord_id: str) -> tuple[Parent, Child] | None:
        """By the ClOrdID of the child itself or of a cancel or replace of it."""
        parent = self._parents.get(parent_id(cl_ord_id))
        child = parent.children.get(child_id(cl_ord_id)) if parent else None
        return None if parent is None or child is None else (parent, child)

    def at(self, venue: str) -> list[tuple[Parent, Child]]:
        """Live children at a venue, oldest parent first."""
        return [(p, c) for p in self.open() for c in p.children.values() if c.venue == venue and c.live]

    def open(self) -> Iterator[Parent]:
        """Those not retired: a filled parent too while a child of it may still trade."""
        return (parent for parent in self._parents.values() if parent.order_id not in self._finished)


def _names(parent: Parent) -> list[str]:
    return [parent.order.cl_ord_id, *parent.names, *[request.cl_ord_id for request in parent.requests]]
