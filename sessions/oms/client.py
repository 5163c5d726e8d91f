"""A small OMS: sends orders over FIX and follows each to its end. `manifold submit` and the demo are made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from engine.orders.states import TERMINAL
from fix import tags
from fix.business import (
    ZERO,
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    Reject,
)
from fix.enums import ExecType, MsgType, OrdStatus
from fix.message import Message
from sessions.gateway.session import Came, FixSession, Incoming
from sessions.gateway.terms import Terms
from spec.dialects import DialectError

GOODBYE_PATIENCE = 1.0  # seconds
_NO_ANSWER = frozenset({ExecType.PENDING_NEW, ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})


@dataclass(slots=True)
class Ticket:
    """One order and what the counterparty has said of it.

    `order` is what was sent first, `current` the order as it was accepted last, and `pending` what replaces are to make
    of it that are not answered, by their ClOrdID(11), oldest first.
    """

    order: NewOrderSingle
    status: OrdStatus = OrdStatus.PENDING_NEW
    cum: Decimal = ZERO
    avg_px: Decimal = ZERO
    text: str = ""
    trades: dict[str, Decimal] = field(default_factory=dict)  # LastQty(32) by ExecID(17), as corrected
    exec_ids: set[str] = field(default_factory=set)
    refused: str = ""  # the NewOrderSingle(D) itself was refused, and no ExecutionReport(8) will come
    current: NewOrderSingle = field(init=False)
    pending: dict[str, NewOrderSingle] = field(default_factory=dict)
    names: list[str] = field(init=False)  # ClOrdID(11) of the order and of every request about it

    def __post_init__(self) -> None:
        self.current, self.names = self.order, [self.order.cl_ord_id]

    @property
    def latest(self) -> NewOrderSingle:
        """As it will be if every replace is accepted; the next request names its ClOrdID."""
        return next(reversed(self.pending.values()), self.current)

    @property
    def traded(self) -> Decimal:
        """Σ LastQty(32), to be compared with CumQty(14)."""
        return sum(self.trades.values(), ZERO)

    def book(self, report: ExecutionReport) -> None:
        self.status, self.cum, self.avg_px = report.ord_status, report.cum_qty, report.avg_px
        self.text = report.text or self.text
        if report.exec_type is ExecType.REPLACED:
            accepted = self.pending.pop(report.cl_ord_id, self.current)
            self.current = accepted._replace(order_qty=report.order_qty)
        if report.exec_type in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
            self.trades.pop(report.exec_ref_id, None)
        if report.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT):
            self.trades[report.exec_id] = report.last_qty

    @property
    def done(self) -> bool:
        return self.status in TERMINAL


class Oms:
    """One initiator session; `heard(ticket, report)` is called for every ExecutionReport(8) that is new.

    `tickets` are the orders by the ClOrdID(11) they were sent with.
    """

    def __init__(self, terms: Terms, heard: Callable[[Ticket, ExecutionReport], None] = lambda *_: None) -> None:
        self._inbox: list[Incoming] = []
        self.session = FixSession(terms, self._inbox)
        self.tickets: dict[str, Ticket] = {}
        self.unanswered: dict[str, None] = {}  # ClOrdID(11) of orders and requests, in the order they were sent
        self.denials: list[OrderCancelReject] = []
        self.refusals: list[str] = []  # of messages as such: they were not read, or not understood
        self.goodbye = ""  # Text(58) of the last Logout(5)
        self._named: dict[str, Ticket] = {}  # by the ClOrdID(11) of the order and of every request about it
        self._sent: dict[int, str] = {}  # ClOrdID(11) by MsgSeqNum(34)
        self._heard = heard

    @property
    def open(self) -> list[Ticket]:
        """What is neither final nor refused."""
        return [ticket for ticket in self.tickets.values() if not (ticket.done or ticket.refused)]

    def send(self, order: NewOrderSingle, now: int) -> None:
        ticket = self.tickets[order.cl_ord_id] = Ticket(order)
        self._say(MsgType.NEW_ORDER_SINGLE, order.cl_ord_id, ticket, self.session.dialect.write_order(order), now)

    def cancel(self, cl_ord_id: str, request_id: str, now: int) -> None:
        """The order that was sent as `cl_ord_id`, by its latest name."""
        order = self.tickets[cl_ord_id].latest
        self.request(
            OrderCancelRequest(request_id, order.cl_ord_id, order.symbol, order.side, order.order_qty, now), now
        )

    def replace(self, cl_ord_id: str, request_id: str, qty: Decimal, price: Decimal | None, now: int) -> None:
        """The order that was sent as `cl_ord_id`, by its latest name, is to have this quantity and price."""
        self.request(replacing(self.tickets[cl_ord_id].latest, request_id, now, order_qty=qty, price=price), now)

    def request(self, request: OrderCancelRequest | OrderCancelReplaceRequest, now: int) -> None:
        """As it is, but for its TransactTime(60); KeyError when we know nothing by its OrigClOrdID(41)."""
        ticket, dialect = self._named[request.orig_cl_ord_id], self.session.dialect
        if isinstance(request, OrderCancelRequest):
            text = dialect.write_cancel(replace(request, transact_time=now))
            self._ask(MsgType.ORDER_CANCEL_REQUEST, request.cl_ord_id, ticket, text, now)
            return
        ticket.pending[request.cl_ord_id] = amended(ticket.latest, request)
        text = dialect.write_replace(replace(request, transact_time=now))
        self._ask(MsgType.ORDER_CANCEL_REPLACE_REQUEST, request.cl_ord_id, ticket, text, now)

    def _ask(self, msg_type: MsgType, cl_ord_id: str, ticket: Ticket, text: str, now: int) -> None:
        ticket.names.append(cl_ord_id)
        self._say(msg_type, cl_ord_id, ticket, text, now)

    def _say(self, msg_type: MsgType, cl_ord_id: str, ticket: Ticket, text: str, now: int) -> None:
        self._named[cl_ord_id] = ticket
        self.unanswered[cl_ord_id] = None
        self._sent[self.session.next_out()] = cl_ord_id
        self.session.say(msg_type, text, now)

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
        dialect = self.session.dialect
        try:
            if message.msg_type == MsgType.EXECUTION_REPORT:
                self._reported(dialect.read_execution(message))
            elif message.msg_type == MsgType.ORDER_CANCEL_REJECT:
                self._denied(dialect.read_cancel_reject(message))
        except DialectError as error:
            kind = MsgType(message.msg_type)
            name = "ExecutionReport" if kind is MsgType.EXECUTION_REPORT else "OrderCancelReject"
            self.refusals.append(f"an {name}({kind}) that cannot be read: {error}: {message}")
        if message.msg_type in (MsgType.REJECT, MsgType.BUSINESS_MESSAGE_REJECT):
            self._refused(dialect.read_reject(message))
        elif message.msg_type == MsgType.LOGOUT:
            self.goodbye = message.get(tags.Text)

    def _refused(self, reject: Reject) -> None:
        """RefSeqNum(45) says which message was refused; it may have been a cancel."""
        text = reject.text or f"reason {reject.reason or '(none given)'}"
        cl_ord_id = self._sent.get(reject.ref_seq_num, "")
        ticket = self.tickets.get(cl_ord_id)
        if ticket is not None and not ticket.exec_ids:
            ticket.refused = text
        self._answered(cl_ord_id)
        self.refusals.append(f"{cl_ord_id}: {text}" if cl_ord_id else text)

    def _denied(self, reject: OrderCancelReject) -> None:
        """Where its fill came first, only this says that the order is Filled (Appendix D, B.1.c)."""
        self._answered(reject.cl_ord_id)
        ticket = self._named.get(reject.cl_ord_id)
        if ticket is not None and reject.order_id != "NONE":
            ticket.status = reject.ord_status
        self.denials.append(reject)

    def _answered(self, cl_ord_id: str) -> None:
        """Not as it was wished."""
        self.unanswered.pop(cl_ord_id, None)
        if cl_ord_id in self._named:
            self._named[cl_ord_id].pending.pop(cl_ord_id, None)

    def _reported(self, report: ExecutionReport) -> None:
        ticket = self._named.get(report.cl_ord_id) or self._named.get(report.orig_cl_ord_id)
        if ticket is None or report.exec_id in ticket.exec_ids:
            return
        ticket.exec_ids.add(report.exec_id)
        if report.exec_type not in _NO_ANSWER:
            for name in (report.cl_ord_id, report.orig_cl_ord_id):
                self.unanswered.pop(name, None)
        ticket.book(report)
        self._heard(ticket, report)


def replacing(order: NewOrderSingle, request_id: str, now: int, **terms: Any) -> OrderCancelReplaceRequest:
    """What makes `order` one with these terms, by their names in `fix.business`."""
    wanted = order._replace(**terms)
    return OrderCancelReplaceRequest(
        cl_ord_id=request_id,
        orig_cl_ord_id=order.cl_ord_id,
        symbol=wanted.symbol,
        side=wanted.side,
        order_qty=wanted.order_qty,
        ord_type=wanted.ord_type,
        price=wanted.price,
        time_in_force=wanted.time_in_force,
        transact_time=now,
        account=wanted.account,
        expire_time=wanted.expire_time,
    )


def amended(order: NewOrderSingle, request: OrderCancelReplaceRequest) -> NewOrderSingle:
    """`order` as it is once the request is accepted."""
    return order._replace(
        cl_ord_id=request.cl_ord_id,
        order_qty=request.order_qty,
        ord_type=request.ord_type,
        price=request.price,
        time_in_force=request.time_in_force,
        expire_time=request.expire_time,
    )


def terms(
    dialect: str, sender: str, target: str, connect: tuple[str, int], options: Iterable[tuple[str, str]] = ()
) -> Terms:
    """Of an OMS that starts anew each time: it asks for both sequence numbers to be reset at Logon(A)."""
    settings = {"ResetOnLogon": "Y"} | dict(options)
    return Terms(sender, dialect, sender, target, connect, settings=settings)
