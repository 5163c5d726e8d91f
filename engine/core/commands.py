"""What the core wants done, in this order. Every command names the order it belongs to ("" where none)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from fix.business import (
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)


class Decision(StrEnum):
    """Kinds of decision, as they stand in the store."""

    REFUSE = "refuse"
    ROUTE = "route"
    CANCEL = "cancel"
    DOUBT = "doubt"
    SETTLE = "settle"
    REFUSED = "refused"  # a venue refused the message itself
    IGNORE = "ignore"
    FINISH = "finish"
    ALERT = "alert"  # a person should look


class Opened(NamedTuple):
    """A parent is taken on."""

    order_id: str
    session: str
    cl_ord_id: str


class Closed(NamedTuple):
    """A parent is final and everything about it is reported."""

    order_id: str


class Decide(NamedTuple):
    """A decision and its reason, for the record. `detail` holds text, numbers as text, and lists of such mappings."""

    order_id: str
    kind: Decision
    reason: str
    detail: Mapping[str, object] = {}


class SendOrder(NamedTuple):
    order_id: str
    venue: str
    order: NewOrderSingle


class SendCancel(NamedTuple):
    order_id: str
    venue: str
    request: OrderCancelRequest


class SendStatusRequest(NamedTuple):
    order_id: str
    venue: str
    request: OrderStatusRequest


class Report(NamedTuple):
    """ExecutionReport(8) to an OMS; compliance systems receive a copy."""

    order_id: str
    session: str
    report: ExecutionReport


class RefuseCancel(NamedTuple):
    """OrderCancelReject(9) to an OMS."""

    order_id: str
    session: str
    reject: OrderCancelReject


class Subscribe(NamedTuple):
    """Ask a venue for the market data of these of its symbols."""

    order_id: str
    venue: str
    symbols: tuple[str, ...]


Command = Opened | Closed | Decide | SendOrder | SendCancel | SendStatusRequest | Report | RefuseCancel | Subscribe
