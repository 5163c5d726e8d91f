"""What can happen to the core. Named tuples, for they are made by the thousand.

Instants come beside them as `now` (ns since the epoch, UTC).
"""

from __future__ import annotations

from typing import NamedTuple

from engine.core.actions import Action
from fix.business import (
    DontKnowTrade,
    ExecutionReport,
    MarketData,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import MsgType


class OrderReceived(NamedTuple):
    """NewOrderSingle(D) from an OMS. `known`: this session used the ClOrdID(11) before, as the store remembers.

    `resend`: PossResend(97)=Y, it may have come before under another MsgSeqNum(34).
    """

    session: str
    order: NewOrderSingle
    known: bool = False
    resend: bool = False


class CancelReceived(NamedTuple):
    """OrderCancelRequest(F) from an OMS. `known`: its ClOrdID(11) was used before."""

    session: str
    request: OrderCancelRequest
    known: bool = False


class ReplaceReceived(NamedTuple):
    """OrderCancelReplaceRequest(G) from an OMS. `known`: its ClOrdID(11) was used before."""

    session: str
    request: OrderCancelReplaceRequest
    known: bool = False


class MassCancelReceived(NamedTuple):
    """OrderMassCancelRequest(q) from an OMS. `known`: its ClOrdID(11) was used before."""

    session: str
    request: OrderMassCancelRequest
    known: bool = False


class MassStatusRequested(NamedTuple):
    """OrderMassStatusRequest(AF) from an OMS."""

    session: str
    request: OrderMassStatusRequest


class TradeDenied(NamedTuple):
    """DontKnowTrade(Q) from an OMS."""

    session: str
    denial: DontKnowTrade


class OmsDown(NamedTuple):
    """The session with an OMS ended."""

    session: str


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


class MassCanceled(NamedTuple):
    """OrderMassCancelReport(r) from a venue."""

    venue: str
    report: OrderMassCancelReport


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
    """Time went by: what waits for an answer may have waited too long.

    A tick that asks for no command leaves no trace, so that a replay need not know of it.
    """


class Instructed(NamedTuple):
    """A named person asks for something, and says why."""

    person: str
    reason: str
    action: Action


Event = (
    OrderReceived
    | CancelReceived
    | ReplaceReceived
    | StatusRequested
    | MassCancelReceived
    | MassStatusRequested
    | TradeDenied
    | OmsDown
    | Executed
    | CancelRejected
    | MassCanceled
    | MessageRefused
    | VenueUp
    | VenueDown
    | BookChanged
    | Tick
    | Instructed
)
