"""Orders, children and venues' reports for tests: what a test does not name is unimportant to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.orders.order import Child, Fill, Parent
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce

D = Decimal
NOW = 1_000_000_000


def new_order(
    qty: str = "300",
    price: str | None = "100",
    *,
    cl_ord_id: str = "A",
    symbol: str = "ACME",
    side: Side = Side.BUY,
    ord_type: OrdType | None = None,
    time_in_force: TimeInForce = TimeInForce.DAY,
) -> NewOrderSingle:
    """A LIMIT order, a MARKET order when `price` is None."""
    return NewOrderSingle(
        cl_ord_id=cl_ord_id,
        symbol=symbol,
        side=side,
        order_qty=D(qty),
        ord_type=ord_type or (OrdType.MARKET if price is None else OrdType.LIMIT),
        price=None if price is None else D(price),
        time_in_force=time_in_force,
        transact_time=NOW,
        account="ACC",
    )


def new_parent(order: NewOrderSingle | None = None) -> Parent:
    return Parent("T-1", "OMS", order or new_order(), NOW)


def new_child(
    parent: Parent,
    qty: str = "100",
    *,
    venue: str = "ALPHA",
    unit: str = "1",
    dust: str = "0",
    time_in_force: TimeInForce | None = None,
) -> Child:
    """One more child of `parent`, on its way to the venue."""
    order = parent.order
    child = Child(
        cl_ord_id=f"{parent.order_id}-{len(parent.children) + 1}",
        venue=venue,
        symbol=order.symbol,
        qty=D(qty),
        unit=D(unit),
        dust=D(dust),
        ord_type=order.ord_type,
        price=order.price,
        time_in_force=time_in_force or order.time_in_force,
        sent_at=NOW,
    )
    parent.children[child.cl_ord_id] = child
    return child


def said(
    child: Child,
    exec_type: ExecType,
    *,
    exec_id: str = "V1",
    ord_status: OrdStatus = OrdStatus.NEW,
    last_qty: str = "0",
    last_px: str = "0",
    cum: str | None = None,
    order_id: str = "",
    exec_ref_id: str = "",
    ord_rej_reason: OrdRejReason | None = None,
    text: str = "",
    **more: Any,
) -> ExecutionReport:
    """What a venue says of `child`; CumQty(14) is what it must be when `cum` does not say otherwise.

    `more` are fields by their own names.
    """
    traded = D(last_qty) if exec_type is ExecType.TRADE else ZERO
    cum_qty = child.cum + traded if cum is None else D(cum)
    return ExecutionReport(
        order_id=order_id,
        cl_ord_id=child.cl_ord_id,
        exec_id=exec_id,
        exec_type=exec_type,
        ord_status=ord_status,
        symbol=child.symbol,
        side=Side.BUY,
        order_qty=child.qty,
        cum_qty=cum_qty,
        leaves_qty=child.qty - cum_qty,
        avg_px=ZERO,
        last_qty=D(last_qty),
        last_px=D(last_px),
        exec_ref_id=exec_ref_id,
        ord_rej_reason=ord_rej_reason,
        text=text,
    )._replace(**more)


def trade(
    child: Child, qty: str, price: str = "100", *, exec_id: str = "F1", cum: str | None = None
) -> ExecutionReport:
    return said(child, ExecType.TRADE, exec_id=exec_id, last_qty=qty, last_px=price, cum=cum)


def fill(qty: str, price: str = "100") -> Fill:
    return Fill(D(qty), D(price))


def corrected(
    child: Child, ref: str, qty: str, price: str = "100", *, exec_id: str = "G1", **more: Any
) -> ExecutionReport:
    """The trade `ref` was in truth one of `qty`; of nothing where that is "0" (Trade Cancel)."""
    exec_type = ExecType.TRADE_CORRECT if D(qty) else ExecType.TRADE_CANCEL
    cum = child.cum + D(qty) - (child.trades[ref].qty if ref in child.trades else ZERO)
    said_of_it = said(child, exec_type, exec_id=exec_id, exec_ref_id=ref, last_qty=qty, last_px=price, cum=str(cum))
    return said_of_it._replace(**more)


def answer(child: Child, ord_status: OrdStatus, cum: str = "0") -> ExecutionReport:
    """The answer to our OrderStatusRequest(H)."""
    return said(child, ExecType.ORDER_STATUS, exec_id="0", ord_status=ord_status, cum=cum)
