"""The naive model: what venues said on record, summed up. No states, no requests, no routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from engine.core.orders import Orders, child_id
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecType

Trades = dict[str, tuple[Decimal, Decimal]]


@dataclass
class Reference:
    """`units`: parent units of one venue unit, by venue; `trades` by parent, child and ExecID(17)."""

    units: Mapping[str, Decimal]
    trades: dict[str, dict[str, Trades]] = field(default_factory=dict)
    venue: dict[str, str] = field(default_factory=dict)  # of a child
    _known: set[tuple[str, str]] = field(default_factory=set)

    def hear(self, order_id: str, venue: str, report: ExecutionReport) -> None:
        """What is said a second time is not heard."""
        child = child_id(report.cl_ord_id)
        mine = self.trades.setdefault(order_id, {}).setdefault(child, {})
        self.venue[child] = venue
        if report.exec_type is ExecType.ORDER_STATUS or (child, report.exec_id) in self._known:
            return
        self._known.add((child, report.exec_id))
        if report.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
            mine.pop(report.exec_ref_id, None)
        if report.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT):
            mine[report.exec_id] = (report.last_qty, report.last_px)

    def state(self, order_id: str) -> list[str]:
        """A line for each child that traded, and one for the parent: quantities and values in parent units."""
        lines, cum, worth = [], ZERO, ZERO
        for child, trades in sorted(self.trades.get(order_id, {}).items()):
            unit = self.units[self.venue[child]]
            qty = sum((qty for qty, _ in trades.values()), ZERO)
            cum += qty * unit
            worth += sum((qty * unit * price for qty, price in trades.values()), ZERO)
            if qty:
                lines.append(f"{child} {qty.normalize():f}")
        return [*lines, f"{order_id} {cum.normalize():f} {worth.normalize():f}"]


def state_of(orders: Orders, order_id: str) -> list[str]:
    """The same of the engine's parent."""
    parent = orders.by_id(order_id)
    assert parent is not None
    children = sorted(parent.children.values(), key=lambda child: child.cl_ord_id)
    lines = [f"{child.cl_ord_id} {child.cum.normalize():f}" for child in children if child.cum]
    return [*lines, f"{order_id} {parent.cum.normalize():f} {parent.notional.normalize():f}"]


def digest(lines: list[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
