"""The business messages in one canonical form, FIX 4.4's meaning under FIX's names.

A dialect (`spec.dialects`) turns a wire message into one of these and back, so that nothing above it asks for a
version. Quantities and prices are Decimal; instants are nanoseconds since the epoch; "" or None means the field was
absent. The two that travel by the thousand are named tuples, made in a third of the time of a frozen dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MDEntryType,
    MDUpdateAction,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)

ZERO = Decimal(0)


class NewOrderSingle(NamedTuple):
    """NewOrderSingle(D). `price` is None where the order has none."""

    cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    ord_type: OrdType
    price: Decimal | None
    time_in_force: TimeInForce
    transact_time: int
    account: str = ""


@dataclass(frozen=True, slots=True)
class OrderCancelRequest:
    """OrderCancelRequest(F)."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    transact_time: int
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderStatusRequest:
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    symbol: str
    side: Side
    order_id: str = ""


class ExecutionReport(NamedTuple):
    """ExecutionReport(8); `exec_type` is never 1 or 2: a fill is TRADE, whole or partial."""

    order_id: str
    cl_ord_id: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    symbol: str
    side: Side
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    last_qty: Decimal = ZERO
    last_px: Decimal = ZERO
    orig_cl_ord_id: str = ""
    exec_ref_id: str = ""
    ord_rej_reason: OrdRejReason | None = None
    text: str = ""
    last_mkt: str = ""
    transact_time: int = 0
    ord_type: OrdType | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class OrderCancelReject:
    """OrderCancelReject(9)."""

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    response_to: CxlRejResponseTo
    reason: CxlRejReason | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Reject(3) or BusinessMessageReject(j): the counterparty refused message `ref_seq_num`."""

    ref_seq_num: int
    ref_msg_type: str
    reason: str
    text: str
    ref_tag_id: int = 0
    ref_id: str = ""


@dataclass(frozen=True, slots=True)
class MDEntry:
    """One level of MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X)."""

    entry_type: MDEntryType
    price: Decimal
    size: Decimal
    action: MDUpdateAction = MDUpdateAction.NEW
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class MarketData:
    """W when `snapshot`, else X. In a W every entry concerns `symbol`; in an X each entry names its own."""

    snapshot: bool
    symbol: str
    entries: tuple[MDEntry, ...]
