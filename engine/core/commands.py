"""What the core wants done, in this order. Every command names the order it belongs to ("" where none)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from fix.business import (
    DontKnowTrade,
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
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
    REPLACE = "replace"  # a child is to have other terms
    CLOSE = "close"  # the engine itself ends an order: killed, expired, its OMS gone
    VENUE = "venue"  # taken out of routing, probed, taken back
    KILL = "kill"
    FLAT = "flat"  # everything a kill reaches is confirmed gone
    LIMITS = "limits"
    THROTTLE = "throttle"
    SCHEDULE = "schedule"  # the strategy an order asks for, and what is made of it
    LEARN = "learn"  # what routing makes of what it learned, from now on


class Opened(NamedTuple):
    """A parent is taken on."""

    order_id: str
    session: str
    cl_ord_id: str


class Closed(NamedTuple):
    """A parent is final and everything about it is reported."""

    order_id: str


class Reopened(NamedTuple):
    """A parent that was final is not: a trade of it was cancelled, or its quantity was raised (Appendix D, C.1.c)."""

    order_id: str


class Used(NamedTuple):
    """A session used this ClOrdID(11) for a request about the parent; it may not use it again."""

    order_id: str
    session: str
    cl_ord_id: str


class Keep(NamedTuple):
    """To be remembered over a restart under `key`: kills, venues taken out, limits; None forgets it."""

    order_id: str
    key: str
    value: Mapping[str, object] | None


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


class SendReplace(NamedTuple):
    order_id: str
    venue: str
    request: OrderCancelReplaceRequest


class SendMassCancel(NamedTuple):
    order_id: str
    venue: str
    request: OrderMassCancelRequest


class SendDontKnow(NamedTuple):
    order_id: str
    venue: str
    denial: DontKnowTrade


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


class ReportMassCancel(NamedTuple):
    """OrderMassCancelReport(r) to an OMS."""

    order_id: str
    session: str
    report: OrderMassCancelReport


class Subscribe(NamedTuple):
    """Ask a venue for the market data of these of its symbols, under this MDReqID(262); `trades` for those as well."""

    order_id: str
    venue: str
    symbols: tuple[str, ...]
    request_id: str = ""
    trades: bool = False


Command = (
    Opened
    | Closed
    | Reopened
    | Used
    | Keep
    | Decide
    | SendOrder
    | SendCancel
    | SendReplace
    | SendMassCancel
    | SendDontKnow
    | SendStatusRequest
    | Report
    | RefuseCancel
    | ReportMassCancel
    | Subscribe
)
