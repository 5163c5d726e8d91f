"""What a store says happened, parent by parent and venue by venue, and whether the venues agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.orders import parent_id
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Store
from engine.orders.order import Child, Parent, trimmed
from fix.business import ZERO


@dataclass(slots=True)
class VenueLine:
    """One venue's share; quantities in parent units."""

    children: int = 0
    fills: int = 0
    qty: Decimal = ZERO
    notional: Decimal = ZERO

    @property
    def avg_px(self) -> Decimal:
        return self.notional / self.qty if self.qty else ZERO


@dataclass(slots=True)
class Summary:
    """`slippage` in basis points of the arrival mid, weighted by value; positive is worse than the mid."""

    statuses: dict[str, int] = field(default_factory=dict)
    venues: dict[str, VenueLine] = field(default_factory=dict)
    children: int = 0
    ordered: Decimal = ZERO
    filled: Decimal = ZERO
    cost: Decimal = ZERO  # Σ (price - mid) x quantity, signed by side
    value: Decimal = ZERO  # Σ mid x quantity of the parents that had a mid

    @property
    def fill_rate(self) -> Decimal:
        return self.filled / self.ordered if self.ordered else ZERO

    @property
    def slippage(self) -> Decimal:
        return self.cost / self.value * 10_000 if self.value else ZERO


def parents(store: Store) -> Iterable[Parent]:
    """Every parent of the store, rebuilt from its records."""
    for opened in store.parents():
        yield rebuild(opened.order_id, store.order_records(opened.order_id))


def summarise(all_parents: Iterable[Parent]) -> Summary:
    summary = Summary()
    for parent in all_parents:
        status = parent.ord_status.name
        summary.statuses[status] = summary.statuses.get(status, 0) + 1
        summary.children += len(parent.children)
        summary.ordered += parent.order.order_qty
        summary.filled += parent.cum
        if parent.arrival_mid is not None and parent.cum:
            value = parent.arrival_mid * parent.cum
            summary.value += value
            summary.cost += parent.order.side.sign * (parent.notional - value)
        for child in parent.children.values():
            line = summary.venues.setdefault(child.venue, VenueLine())
            line.children += 1
            line.fills += sum(1 for fill in child.trades.values() if fill.qty)
            line.qty += child.credit(child.cum)
            line.notional += child.notional
    return summary


def disagreements(
    all_parents: Iterable[Parent], told: Mapping[str, Decimal], venues_say: Mapping[str, Decimal]
) -> list[str]:
    """Where three accounts of a parent's filled quantity differ: `told` to the OMS by ClOrdID(11), its children's
    fills in the store, and `venues_say`, venue units by the child's ClOrdID. One sentence for each.
    """
    found = []
    theirs: dict[str, Decimal] = {}
    children: dict[str, Child] = {}
    known = list(all_parents)
    for parent in known:
        children |= parent.children
    for cl_ord_id, qty in venues_say.items():
        order_id = parent_id(cl_ord_id) or cl_ord_id
        child = children.get(cl_ord_id)
        theirs[order_id] = theirs.get(order_id, ZERO) + (qty if child is None else child.credit(qty))
    for parent in known:
        ours = sum([child.credit(child.cum) for child in parent.children.values()], ZERO)
        accounts = (told.get(parent.order.cl_ord_id, ZERO), ours, theirs.pop(parent.order_id, ZERO))
        if len({*accounts, parent.cum}) > 1:
            oms, ours, venues = map(trimmed, accounts)
            found.append(f"{parent.order.cl_ord_id}: the OMS was told {oms}, children filled {ours}, venues {venues}")
    found += [
        f"{order_id}: venues filled {trimmed(qty)} of an order that is not in the store"
        for order_id, qty in theirs.items()
        if qty
    ]
    return found
