"""A small OMS: sends orders over FIX and follows each to its end. `manifold submit` and the demo are made of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from engine.orders.states import TERMINAL
from fix import tags
from fix.business import ZERO, ExecutionReport, NewOrderSingle, OrderCancelRequest
from fix.enums import MsgType, OrdStatus, OrdType, Side, TimeInForce
from fix.message import Message
from sessions.fixsession import Came, FixSession, Incoming, Terms

E = TypeVar("E", bound=StrEnum)
COLUMNS = ("ClOrdID", "Symbol", "Side", "OrderQty", "OrdType", "Price", "TimeInForce", "Account")
REQUIRED = COLUMNS[:5]


class OrderFileError(ValueError):
    """What is wrong with a file of orders: file, line, column, value and fix."""


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
        self._heard = heard

    @property
    def open(self) -> list[Ticket]:
        return [ticket for ticket in self.tickets.values() if not ticket.done]

    def send(self, order: NewOrderSingle, now: int) -> None:
        self.tickets[order.cl_ord_id] = Ticket(order)
        self.session.say(MsgType.NEW_ORDER_SINGLE, self.session.dialect.write_order(order), now)

    def cancel(self, cl_ord_id: str, request_id: str, now: int) -> None:
        order = self.tickets[cl_ord_id].order
        request = OrderCancelRequest(request_id, cl_ord_id, order.symbol, order.side, order.order_qty, now)
        self.session.say(MsgType.ORDER_CANCEL_REQUEST, self.session.dialect.write_cancel(request), now)

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
            self._reported(self.session.dialect.read_execution(message))
        elif message.msg_type in (MsgType.REJECT, MsgType.BUSINESS_MESSAGE_REJECT, MsgType.ORDER_CANCEL_REJECT):
            self.refusals.append(message.get(tags.Text) or str(message))

    def _reported(self, report: ExecutionReport) -> None:
        ticket = self.tickets.get(report.orig_cl_ord_id or report.cl_ord_id)
        if ticket is None or report.exec_id in ticket.exec_ids:
            return
        ticket.exec_ids.add(report.exec_id)
        ticket.status, ticket.cum, ticket.avg_px = report.ord_status, report.cum_qty, report.avg_px
        ticket.text = report.text or ticket.text
        ticket.traded += report.last_qty
        self._heard(ticket, report)


def read_orders(path: Path, now: int) -> list[NewOrderSingle]:
    """Orders of a CSV with the columns `COLUMNS` (the last three optional); OrderFileError naming the first fault."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _orders(csv.DictReader(file, strict=True), path, now)
    except OSError as error:
        raise OrderFileError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise OrderFileError(f"{path}: is not a CSV file in UTF-8: {error}") from None


def _orders(rows: csv.DictReader[str], path: Path, now: int) -> list[NewOrderSingle]:
    header = rows.fieldnames or []
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if missing or unknown:
        wrong = f"is missing {', '.join(missing)}" if missing else f"has unknown {', '.join(map(repr, unknown))}"
        raise OrderFileError(f"{path}: the first line {wrong}; it must name columns of {', '.join(COLUMNS)}")
    orders: list[NewOrderSingle] = []
    used: set[str] = set()
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        order = _order({key: (value or "").strip() for key, value in row.items() if key is not None}, where, now)
        if order.cl_ord_id in used:
            raise OrderFileError(f"{where}: ClOrdID {order.cl_ord_id} is used twice; each order needs its own")
        used.add(order.cl_ord_id)
        orders.append(order)
    if not orders:
        raise OrderFileError(f"{path}: holds no orders")
    return orders


def _order(row: dict[str, str], where: str, now: int) -> NewOrderSingle:
    for column in REQUIRED:
        if not row[column]:
            raise OrderFileError(f"{where}: {column} is empty; every order has one")
    price = row.get("Price", "")
    return NewOrderSingle(
        cl_ord_id=row["ClOrdID"],
        symbol=row["Symbol"],
        side=_member(Side, row["Side"], "Side", where),
        order_qty=_number(row["OrderQty"], "OrderQty", where),
        ord_type=_member(OrdType, row["OrdType"], "OrdType", where),
        price=_number(price, "Price", where) if price else None,
        time_in_force=_member(TimeInForce, row.get("TimeInForce") or "DAY", "TimeInForce", where),
        transact_time=now,
        account=row.get("Account", ""),
    )


def _member(enumeration: type[E], text: str, column: str, where: str) -> E:
    """By FIX name (BUY) or by its value on the wire (1)."""
    for member in enumeration:
        if text.upper() in (member.name, member.value):
            return member
    names = ", ".join(member.name for member in enumeration)
    raise OrderFileError(f"{where}: {column} {text!r} is not known; it is one of {names}")


def _number(text: str, column: str, where: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise OrderFileError(f"{where}: {column} {text!r} is not a number above zero")
    return number


def terms(dialect: str, sender: str, target: str, connect: tuple[str, int], options: Iterable[tuple[str, str]] = ()) -> Terms:
    """Of an OMS that starts anew each time: it asks for both sequence numbers to be reset at Logon(A)."""
    settings = {"ResetOnLogon": "Y"} | dict(options)
    return Terms(sender, dialect, sender, target, connect, keeps_messages=True, settings=settings)
