"""What can happen to the core. All frozen; instants come beside them as `now` (ns since the epoch, UTC)."""

from __future__ import annotations

from dataclasses import dataclass

from fix.business import (
    ExecutionReport,
    MarketData,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import MsgType


@dataclass(frozen=True, slots=True)
class OrderReceived:
    """NewOrderSingle(D) from an OMS. `known`: this session used the ClOrdID(11) before, as the store remembers."""

    session: str
    order: NewOrderSingle
    known: bool = False


@dataclass(frozen=True, slots=True)
class CancelReceived:
    """OrderCancelRequest(F) from an OMS. `known`: its ClOrdID(11) was used before."""

    session: str
    request: OrderCancelRequest
    known: bool = False


@dataclass(frozen=True, slots=True)
class StatusRequested:
    """OrderStatusRequest(H) from an OMS."""

    session: str
    request: OrderStatusRequest


@dataclass(frozen=True, slots=True)
class Executed:
    """ExecutionReport(8) from a venue."""

    venue: str
    report: ExecutionReport


@dataclass(frozen=True, slots=True)
class CancelRejected:
    """OrderCancelReject(9) from a venue."""

    venue: str
    reject: OrderCancelReject


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """Reject(3) or BusinessMessageReject(j) from a venue, matched to the message of ours that it refuses."""

    venue: str
    msg_type: MsgType
    cl_ord_id: str
    text: str


@dataclass(frozen=True, slots=True)
class VenueUp:
    """The session with the venue is logged on."""

    venue: str


@dataclass(frozen=True, slots=True)
class VenueDown:
    """The session with the venue ended, or the engine has just started."""

    venue: str


@dataclass(frozen=True, slots=True)
class BookChanged:
    """Market data (W or X) from a venue."""

    venue: str
    data: MarketData


@dataclass(frozen=True, slots=True)
class Tick:
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
