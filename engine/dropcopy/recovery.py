"""Open parents, rebuilt from their records (design: "Recovery").

Everything a parent is follows from what was recorded of it: the order, each routing decision, what the venues said,
what the OMS was told. Venues' reports go through the same booking as live ones; nothing is decided. The shell
afterwards puts every live child in doubt, so that the venues are asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from engine.core.commands import Decision
from engine.core.orders import child_id
from engine.dropcopy.store import Kind, Record
from engine.orders import states
from engine.orders.booking import REFUSED, book
from engine.orders.order import Child, Parent
from engine.orders.states import Step, TransitionError
from fix import tags
from fix.business import ExecutionReport, OrderCancelRequest
from fix.enums import ExecType, MsgType, OrdRejReason
from fix.message import Message
from spec.dialects import dialect_of


class RecoveryError(RuntimeError):
    """The records of an order do not tell a story; the sentence names the order and the record."""


def rebuild(order_id: str, records: Iterable[Record]) -> Parent:
    """The parent as it stood at its last record."""
    story = _Story(order_id)
    for record in records:
        try:
            story.tell(record)
        except (ValueError, KeyError) as error:
            raise RecoveryError(f"order {order_id}, record {record.seq}: {error}") from error
    if story.parent is None:
        raise RecoveryError(f"order {order_id}: its NewOrderSingle(D) is not on record")
    return story.parent


class _Story:
    def __init__(self, order_id: str) -> None:
        self.parent: Parent | None = None
        self._order_id = order_id
        self._asked: OrderCancelRequest | None = None  # the last cancel from the OMS, taken on or refused

    def tell(self, record: Record) -> None:
        if record.kind == Kind.DECISION:
            self._decided(json.loads(record.body))
        elif record.kind in (Kind.IN, Kind.OUT):
            message = Message.parse(record.body)
            incoming = record.kind == Kind.IN
            if self.parent is None and incoming and record.msg_type == MsgType.NEW_ORDER_SINGLE:
                order = dialect_of(message).read_order(message)
                self.parent = Parent(self._order_id, record.session, order, record.at)
            elif self.parent is not None:
                (self._heard if incoming else self._said)(self.parent, record, message)

    def _heard(self, parent: Parent, record: Record, message: Message) -> None:
        dialect = dialect_of(message)
        if record.msg_type == MsgType.EXECUTION_REPORT:
            report = dialect.read_execution(message)
            child = parent.children.get(child_id(report.cl_ord_id))
            if child is not None and child.venue == record.session:
                book(parent, child, report, record.at)
        elif record.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            self._asked = dialect.read_cancel(message)

    def _said(self, parent: Parent, record: Record, message: Message) -> None:
        if record.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            child = parent.children[message[tags.OrigClOrdID]]
            child.changes += 1
            if child.live and not child.in_doubt:
                child.note(Step.CANCEL_SENT)
        elif record.session != parent.session:
            return  # to a venue, or a copy for compliance
        elif record.msg_type == MsgType.EXECUTION_REPORT:
            self._reported(parent, dialect_of(message).read_execution(message))
        elif record.msg_type == MsgType.ORDER_CANCEL_REJECT:
            pending = parent.cancel
            parent.cancel = None if pending and pending.cl_ord_id == message[tags.ClOrdID] else pending

    def _reported(self, parent: Parent, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.ORDER_STATUS:
            return
        parent.reports += 1
        if report.exec_type is ExecType.PENDING_CANCEL:
            parent.cancel = self._asked
            return
        event = _EVENTS.get(report.exec_type)
        if event is states.Event.TRADE and not report.leaves_qty and report.cum_qty >= parent.order.order_qty:
            event = states.Event.FILL
        if event is not None:
            try:
                parent.apply(event)
            except TransitionError as error:
                raise RecoveryError(f"order {self._order_id}: {error}") from error

    def _decided(self, decision: dict[str, Any]) -> None:
        parent, detail = self.parent, decision["detail"]
        if parent is None:
            return
        if decision["kind"] == Decision.ROUTE:
            parent.attempts = int(detail["attempt"])
            if parent.attempts == 1 and detail["mid"]:
                parent.arrival_mid = Decimal(detail["mid"])
            for described in detail["children"]:
                child = _child(parent, described)
                parent.children[child.cl_ord_id] = child
        elif decision["kind"] == Decision.REFUSED:
            child = parent.children[detail["child"]]
            child.apply(states.Event.REJECTED)
            parent.avoid[child.venue] = REFUSED
            parent.refusal = (OrdRejReason.BROKER_OPTION, decision["reason"])


_EVENTS = {
    ExecType.NEW: states.Event.ACCEPTED,
    ExecType.TRADE: states.Event.TRADE,
    ExecType.CANCELED: states.Event.CANCELED,
    ExecType.REJECTED: states.Event.REJECTED,
}


def _child(parent: Parent, described: dict[str, str]) -> Child:
    order = parent.order
    return Child(
        cl_ord_id=described["id"],
        venue=described["venue"],
        symbol=described["symbol"],
        qty=Decimal(described["qty"]),
        unit=Decimal(described["unit"]),
        ord_type=order.ord_type,
        price=order.price,
        time_in_force=order.time_in_force,
        sent_at=parent.received_at,
    )
