"""Messages from OMSs and venues into the core's events; what cannot become one gets its FIX refusal here.

A refusal is Reject(3) for a message that is wrong in itself, BusinessMessageReject(j) for a type we do not handle
(FIX 4.4 Volume 2, "Reject" and "Business Message Reject"); an order refused for what it asks is the core's affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    MassCanceled,
    MassCancelReceived,
    MassStatusRequested,
    OrderReceived,
    ReplaceReceived,
    StatusRequested,
    TradeDenied,
)
from engine.core.orders import parent_id
from fix import tags
from fix.business import Reject
from fix.enums import BusinessRejectReason, MsgType, SessionRejectReason
from fix.message import Message
from spec.dialects import Dialect, DialectError
from spec.validation import Validator

if TYPE_CHECKING:
    from sessions.cycle.seen import Seen


# As `sessions.deployment.prefix` and the core make them; a venue may say anything, and nothing else is looked up.
_ORDER_ID = re.compile(r"[0-9A-Z]{1,12}-[0-9]{1,12}\Z")
REFUSALS = frozenset({MsgType.REJECT.value, MsgType.BUSINESS_MESSAGE_REJECT.value})


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal ready to send: Reject(3) or BusinessMessageReject(j), and the sentence for the record."""

    msg_type: MsgType
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A venue refused a message of ours; which one stands in the record under its number."""

    venue: str
    reject: Reject


@dataclass(frozen=True, slots=True)
class Note:
    """Nothing to decide, something to put on record."""

    reason: str


class OmsIntake:
    """Everything an OMS may say. `validator` knows its FIX version; `seen` every ClOrdID(11) it used."""

    def __init__(self, session: str, dialect: Dialect, validator: Validator, seen: Seen) -> None:
        self._session = session
        self._dialect = dialect
        self._validator = validator
        self._seen = seen

    def read(self, message: Message) -> Event | Answer | Note:
        """An event, or the refusal this message gets."""
        if message.msg_type in REFUSALS:
            return refused_by(self._session, message)
        fault = self._validator.check(message)
        if fault is not None and fault.reason is SessionRejectReason.INVALID_MSGTYPE:
            return self._unsupported(message)
        if fault is not None:
            return self._reject(message, fault.reason, fault.tag, fault.text)
        try:
            return self._event(message)
        except DialectError as error:
            return self._reject(message, error.reason, error.tag, str(error))

    def _event(self, message: Message) -> Event | Answer:
        kind, dialect, session, used = message.msg_type, self._dialect, self._session, self._seen
        if kind == MsgType.NEW_ORDER_SINGLE:
            order = dialect.read_order(message)
            resend = message.get(tags.PossResend) == "Y"
            return OrderReceived(session, order, used.use(session, order.cl_ord_id), resend)
        if kind == MsgType.ORDER_CANCEL_REQUEST:
            cancel = dialect.read_cancel(message)
            return CancelReceived(session, cancel, used.has(session, cancel.cl_ord_id))
        if kind == MsgType.ORDER_CANCEL_REPLACE_REQUEST:
            replace = dialect.read_replace(message)
            return ReplaceReceived(session, replace, used.has(session, replace.cl_ord_id))
        if kind == MsgType.ORDER_STATUS_REQUEST:
            return StatusRequested(session, dialect.read_status_request(message))
        if kind == MsgType.ORDER_MASS_CANCEL_REQUEST:
            mass_cancel = dialect.read_mass_cancel(message)
            return MassCancelReceived(session, mass_cancel, used.has(session, mass_cancel.cl_ord_id))
        if kind == MsgType.ORDER_MASS_STATUS_REQUEST:
            return MassStatusRequested(session, dialect.read_mass_status_request(message))
        if kind == MsgType.DONT_KNOW_TRADE:
            return TradeDenied(session, dialect.read_dont_know(message))
        return self._unsupported(message)

    def _reject(self, message: Message, reason: SessionRejectReason, tag: int, why: str) -> Answer:
        return Answer(MsgType.REJECT, self._dialect.write_reject(message, reason, tag, why), why)

    def _unsupported(self, message: Message) -> Answer:
        why = f"MsgType(35) {message.msg_type} is not supported on this session"
        reason = BusinessRejectReason.UNSUPPORTED_MESSAGE_TYPE
        return Answer(MsgType.BUSINESS_MESSAGE_REJECT, self._dialect.write_business_reject(message, reason, why), why)


def refused_by(session: str, message: Message) -> Note:
    """A refusal is never answered with another: two sides that did so would never end."""
    refusal = f"{session} refused our message {message.get(tags.RefSeqNum) or '(unnamed)'}"
    return Note(f"{refusal}: {message.get(tags.Text) or 'no reason given'}")


def only_listens(session: str, dialect: Dialect, message: Message) -> Answer | Note:
    """What a compliance system asks for; it hears what it hears anyway, and may not trade."""
    if message.msg_type in REFUSALS:
        return refused_by(session, message)
    why = f"{session} only listens: MsgType(35) {message.msg_type} is not for this session"
    text = dialect.write_business_reject(message, BusinessRejectReason.NOT_AUTHORIZED, why)
    return Answer(MsgType.BUSINESS_MESSAGE_REJECT, text, why)


class VenueIntake:
    """Everything a venue may say. Its messages are read leniently: a fill with an odd field is a fill."""

    def __init__(self, venue: str, dialect: Dialect) -> None:
        self._venue = venue
        self._dialect = dialect

    def read(self, message: Message) -> Event | Answer | Refused | Note:
        try:
            return self._event(message)
        except DialectError as error:
            text = self._dialect.write_reject(message, error.reason, error.tag, str(error))
            return Answer(MsgType.REJECT, text, f"{self._venue} sent what cannot be read: {error}")

    def _event(self, message: Message) -> Event | Refused | Note:
        kind, dialect, venue = message.msg_type, self._dialect, self._venue
        if kind == MsgType.EXECUTION_REPORT:
            return Executed(venue, dialect.read_execution(message))
        if kind in (MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, MsgType.MARKET_DATA_INCREMENTAL_REFRESH):
            return BookChanged(venue, dialect.read_market_data(message))
        if kind == MsgType.ORDER_CANCEL_REJECT:
            return CancelRejected(venue, dialect.read_cancel_reject(message))
        if kind == MsgType.ORDER_MASS_CANCEL_REPORT:
            return MassCanceled(venue, dialect.read_mass_cancel_report(message))
        if kind in REFUSALS:
            return Refused(venue, dialect.read_reject(message))
        if kind == MsgType.MARKET_DATA_REQUEST_REJECT:
            return Note(f"{venue} gives no market data: {message.get(tags.Text) or message.get(tags.MDReqRejReason)}")
        return Note(f"{venue} sent MsgType(35) {kind}, which nothing here needs")


def order_of(message: Message) -> str:
    """OrderID of our parent that a venue's message is about, "" when it names nothing that looks like our child."""
    fields = message.fields
    cl_ord_id = fields.get(tags.ClOrdID, "")
    if message.msg_type == MsgType.ORDER_CANCEL_REJECT:  # the order is named as the original of the cancel
        cl_ord_id = fields.get(tags.OrigClOrdID) or cl_ord_id
    order_id = parent_id(cl_ord_id)
    return order_id if _ORDER_ID.match(order_id) else ""
