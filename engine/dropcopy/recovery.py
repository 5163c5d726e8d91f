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
from engine.orders.states import Step
from fix import tags
from fix.business import ExecutionReport, NewOrderSingle, OrderCancelRequest
from fix.enums import ExecType, MsgType, OrdRejReason, OrdStatus
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
        except KeyError as error:
            raise RecoveryError(f"order {order_id}, record {record.seq}: {error} is missing") from error
        except ArithmeticError as error:
            raise RecoveryError(f"order {order_id}, record {record.seq}: one of its numbers is none") from error
        except (ValueError, TypeError) as error:
            raise RecoveryError(f"order {order_id}, record {record.seq}: {error}") from error
    if story.parent is None:
        raise RecoveryError(f"order {order_id}: its NewOrderSingle(D) is not on record")
    return story.parent


class _Story:
    def __init__(self, order_id: str) -> None:
        self.parent: Parent | None = None
        self._order_id = order_id
        self._asked: OrderCancelRequest | None = None  # the last cancel from the OMS
        self._refused = False  # that one, as it came, and the OMS is about to be told
        self._cancels: dict[tuple[str, int], Child] = {}  # what we asked to cancel, by venue and MsgSeqNum(34)

    def tell(self, record: Record) -> None:
        if record.kind == Kind.DECISION:
            self._decided(json.loads(record.body), record.at)
        elif record.kind in (Kind.IN, Kind.OUT):
            message = Message.parse(record.body)
            incoming = record.kind == Kind.IN
            if self.parent is None and incoming and record.msg_type == MsgType.NEW_ORDER_SINGLE:
                order = dialect_of(message).read_order(message)
                self.parent = Parent(self._order_id, record.session, order, record.at)
            elif self.parent is not None:
                (self._heard if incoming else self._said)(self.parent, record, message)

    # -- what came ---------------------------------------------------------------------------------------------------

    def _heard(self, parent: Parent, record: Record, message: Message) -> None:
        dialect = dialect_of(message)
        if record.msg_type == MsgType.EXECUTION_REPORT:
            report = dialect.read_execution(message)
            child = parent.children.get(child_id(report.cl_ord_id))
            if child is not None and child.venue == record.session:
                book(parent, child, report, record.at)
        elif record.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            self._asked = dialect.read_cancel(message)
        elif record.msg_type == MsgType.ORDER_CANCEL_REJECT:
            reject = dialect.read_cancel_reject(message)
            child = parent.children.get(child_id(reject.orig_cl_ord_id or reject.cl_ord_id))
            if child is not None and child.venue == record.session:
                child.note(Step.ANSWERED_CHANGE)
        elif record.msg_type in (MsgType.REJECT, MsgType.BUSINESS_MESSAGE_REJECT):
            child = self._cancels.get((record.session, dialect.read_reject(message).ref_seq_num))
            if child is not None:
                child.note(Step.ANSWERED_CHANGE)

    # -- what went ---------------------------------------------------------------------------------------------------

    def _said(self, parent: Parent, record: Record, message: Message) -> None:
        if record.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            child = _child_of(parent, message[tags.OrigClOrdID])
            child.changes += 1
            child.note(Step.CANCEL_SENT)
            self._cancels[record.session, record.msg_seq_num] = child
        elif record.session != parent.session:
            return  # to a venue, or a copy for compliance
        elif record.msg_type == MsgType.EXECUTION_REPORT:
            self._reported(parent, dialect_of(message).read_execution(message))
        elif record.msg_type == MsgType.ORDER_CANCEL_REJECT:
            if not self._refused and not parent.done:  # else it is not the pending one, or the end of the order
                parent.cancel = None
            self._refused = False

    def _reported(self, parent: Parent, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.ORDER_STATUS:
            return
        parent.reports += 1
        if report.exec_type is ExecType.PENDING_CANCEL:
            parent.cancel = self._asked
        elif report.exec_type in _EVENTS:
            parent.apply(_EVENTS[report.exec_type])
        elif report.exec_type is not ExecType.TRADE:
            raise ValueError(f"no OMS is told ExecType(150) {report.exec_type.name} of its order")
        elif parent.state is not OrdStatus.FILLED:  # a venue may give more than was asked
            filled = report.cum_qty >= parent.order.order_qty
            parent.apply(states.Event.FILL if filled else states.Event.TRADE)

    # -- what was decided --------------------------------------------------------------------------------------------

    def _decided(self, decision: dict[str, Any], at: int) -> None:
        parent, detail = self.parent, decision["detail"]
        if parent is None:
            return
        kind = decision["kind"]
        if kind == Decision.ROUTE:
            parent.attempts = int(detail["attempt"])
            if detail["mid"]:
                parent.arrival_mid = Decimal(detail["mid"])
            for described in detail["children"]:
                child = _child(parent.order, described, at)
                parent.children[child.cl_ord_id] = child
        elif kind == Decision.REFUSED:
            child = _child_of(parent, detail["child"])
            child.apply(states.Event.REJECTED)
            parent.avoid[child.venue] = REFUSED
            parent.refusal = (OrdRejReason.BROKER_OPTION, decision["reason"])
        elif kind == Decision.DOUBT:
            _child_of(parent, detail["child"]).note(Step.LOST)
        elif kind == Decision.REFUSE:
            self._refused = True


_EVENTS = {
    ExecType.NEW: states.Event.ACCEPTED,
    ExecType.CANCELED: states.Event.CANCELED,
    ExecType.REJECTED: states.Event.REJECTED,
}


def _child_of(parent: Parent, cl_ord_id: str) -> Child:
    try:
        return parent.children[cl_ord_id]
    except KeyError:
        raise ValueError(f"{cl_ord_id} is no child of this order") from None


def _child(order: NewOrderSingle, described: dict[str, str], at: int) -> Child:
    return Child(
        cl_ord_id=described["id"],
        venue=described["venue"],
        symbol=described["symbol"],
        qty=Decimal(described["qty"]),
        unit=Decimal(described["unit"]),
        dust=Decimal(described["dust"]),
        ord_type=order.ord_type,
        price=Decimal(described["price"]) if described["price"] else None,
        time_in_force=order.time_in_force,
        sent_at=at,
    )
