"""A small OMS: sends orders over FIX and follows each to its end. `manifold submit` and the demo are made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from engine.orders.states import TERMINAL
from fix import tags
from fix.business import ZERO, ExecutionReport, NewOrderSingle, OrderCancelRequest, Reject
from fix.enums import MsgType, OrdStatus
from fix.message import Message
from sessions.gateway.session import Came, FixSession, Incoming
from sessions.gateway.terms import Terms
from spec.dialects import DialectError

GOODBYE_PATIENCE = 1.0  # seconds


@dataclass(slots=True)
class Ticket:
    """One order and what the counterparty has said of it."""

    order: NewOrderSingle
    status: OrdStatus = OrdStatus.PENDING_NEW
    cum: Decimal = ZERO
    avg_px: Decimal = ZERO
    text: str = ""
    traded: Decimal = ZERO  # Σ LastQty(32), to be compared with CumQty(14)
    exec_ids: set[str] = field(default_factory=set)
    refused: str = ""  # the NewOrderSingle(D) itself was refused, and no ExecutionReport(8) will come

    @property
    def done(self) -> bool:
        return self.status in TERMINAL


class Oms:
    """One initiator session; `heard(ticket, report)` is called for every ExecutionReport(8) that is new."""

    def __init__(self, terms: Terms, heard: Callable[[Ticket, ExecutionReport], None] = lambda *_: None) -> None:
        self._inbox: list[Incoming] = []
        self.session = FixSession(terms, self._inbox)
        self.tickets: dict[str, Ticket] = {}
        self.refusals: list[str] = []
        self.goodbye = ""  # Text(58) of the last Logout(5)
        self._sent: dict[int, Ticket] = {}  # by MsgSeqNum(34)
        self._heard = heard

    @property
    def open(self) -> list[Ticket]:
        """What is neither final nor refused."""
        return [ticket for ticket in self.tickets.values() if not (ticket.done or ticket.refused)]

    def send(self, order: NewOrderSingle, now: int) -> None:
        ticket = self.tickets[order.cl_ord_id] = Ticket(order)
        self._sent[self.session.next_out()] = ticket
        self.session.say(MsgType.NEW_ORDER_SINGLE, self.session.dialect.write_order(order), now)

    def cancel(self, cl_ord_id: str, request_id: str, now: int) -> None:
        order = self.tickets[cl_ord_id].order
        request = OrderCancelRequest(request_id, cl_ord_id, order.symbol, order.side, order.order_qty, now)
        self.session.say(MsgType.ORDER_CANCEL_REQUEST, self.session.dialect.write_cancel(request), now)

    def leave(self) -> None:
        """Logs out, gives the counterparty a moment to answer, and ends the session."""
        if self.session.up:
            self.session.logout()
        deadline = time.monotonic() + GOODBYE_PATIENCE
        while self.session.up and time.monotonic() < deadline:
            if not self.poll():
                time.sleep(0.002)
        self.session.stop()

    def poll(self) -> bool:
        """Whether anything came."""
        self.session.poll()
        if self.session.up:
            self.session.session.setResetOnLogon(False)  # only the first Logon(A) starts anew; a reconnect goes on
        came, self._inbox[:] = self._inbox[:], []
        for incoming in came:
            if incoming.came is Came.IN:
                self._receive(Message.parse(incoming.raw))
        return bool(came)

    def _receive(self, message: Message) -> None:
        if message.msg_type == MsgType.EXECUTION_REPORT:
            try:
                self._reported(self.session.dialect.read_execution(message))
            except DialectError as error:
                self.refusals.append(f"an ExecutionReport(8) that cannot be read: {error}: {message}")
        elif message.msg_type in (MsgType.REJECT, MsgType.BUSINESS_MESSAGE_REJECT):
            self._refused(self.session.dialect.read_reject(message))
        elif message.msg_type == MsgType.ORDER_CANCEL_REJECT:
            self.refusals.append(f"{message.get(tags.OrigClOrdID)}: {message.get(tags.Text) or str(message)}")
        elif message.msg_type == MsgType.LOGOUT:
            self.goodbye = message.get(tags.Text)

    def _refused(self, reject: Reject) -> None:
        """RefSeqNum(45) says which message was refused; it may have been a cancel."""
        text = reject.text or f"reason {reject.reason or '(none given)'}"
        ticket = self._sent.get(reject.ref_seq_num)
        if ticket is not None and not ticket.exec_ids:
            ticket.refused = text
        self.refusals.append(text if ticket is None else f"{ticket.order.cl_ord_id}: {text}")

    def _reported(self, report: ExecutionReport) -> None:
        ticket = self.tickets.get(report.orig_cl_ord_id or report.cl_ord_id)
        if ticket is None or report.exec_id in ticket.exec_ids:
            return
        ticket.exec_ids.add(report.exec_id)
        ticket.status, ticket.cum, ticket.avg_px = report.ord_status, report.cum_qty, report.avg_px
        ticket.text = report.text or ticket.text
        ticket.traded += report.last_qty
        self._heard(ticket, report)


def terms(
    dialect: str, sender: str, target: str, connect: tuple[str, int], options: Iterable[tuple[str, str]] = ()
) -> Terms:
    """Of an OMS that starts anew each time: it asks for both sequence numbers to be reset at Logon(A)."""
    settings = {"ResetOnLogon": "Y"} | dict(options)
    return Terms(sender, dialect, sender, target, connect, settings=settings)
