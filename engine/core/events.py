"""What can happen to the core. Named tuples, for they are made by the thousand.

Instants come beside them as `now` (ns since the epoch, UTC).
"""

from __future__ import annotations

from typing import NamedTuple

from fix.business import (
    ExecutionReport,
    MarketData,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import MsgType


class OrderReceived(NamedTuple):
    """NewOrderSingle(D) from an OMS. `known`: this session used the ClOrdID(11) before, as the store remembers."""

    session: str
    order: NewOrderSingle
    known: bool = False


class CancelReceived(NamedTuple):
    """OrderCancelRequest(F) from an OMS. `known`: its ClOrdID(11) was used before."""

    session: str
    request: OrderCancelRequest
    known: bool = False


class StatusRequested(NamedTuple):
    """OrderStatusRequest(H) from an OMS."""

    session: str
    request: OrderStatusRequest


class Executed(NamedTuple):
    """ExecutionReport(8) from a venue."""

    venue: str
    report: ExecutionReport


class CancelRejected(NamedTuple):
    """OrderCancelReject(9) from a venue."""

    venue: str
    reject: OrderCancelReject


class MessageRefused(NamedTuple):
    """Reject(3) or BusinessMessageReject(j) from a venue, matched to the message of ours that it refuses."""

    venue: str
    msg_type: MsgType
    cl_ord_id: str
    text: str


class VenueUp(NamedTuple):
    """The session with the venue is logged on."""

    venue: str


class VenueDown(NamedTuple):
    """The session with the venue ended, or the engine has just started."""

    venue: str


class BookChanged(NamedTuple):
    """Market data (W or X) from a venue."""

    venue: str
    data: MarketData


class Tick(NamedTuple):
    """Time went by: what waits for an answer may have waited too long."""


Event = (
    OrderReceived
    | CancelReceived
    | StatusRequested
    | Executed
    | CancelRejected
    | MessageRefused
    | VenueUp
    | VenueDown
    | BookChanged
    | Tick
)
