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

from engine.core.actions import Outcome
from engine.core.commands import Decision
from engine.core.orders import child_id
from engine.dropcopy.store import Kind, Record
from engine.orders import states
from engine.orders.booking import OUTCOMES, book, decide, refuse_change, refuse_order
from engine.orders.order import Change, Child, Closing, Fill, Parent, Terms
from engine.orders.states import Step
from fix import tags
from fix.business import ExecutionReport, NewOrderSingle, OrderCancelReplaceRequest
from fix.enums import ExecRestatementReason, ExecType, MsgType, TimeInForce
from fix.message import Message
from spec.dialects import dialect_of

_CHANGES = (MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_CANCEL_REPLACE_REQUEST)


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
        self._denied = False  # a request as it came, and the OMS is about to be told
        self._other = False  # the OMS is about to be refused another order under its ClOrdID(11)
        self._fill: Fill | None = None  # booked, and the OMS is about to be told

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
                self._fill = book(parent, child, report, record.at).fill
        elif record.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            parent.requests.append(dialect.read_cancel(message))
        elif record.msg_type == MsgType.ORDER_CANCEL_REPLACE_REQUEST:
            parent.requests.append(dialect.read_replace(message))

    # -- what went ---------------------------------------------------------------------------------------------------

    def _said(self, parent: Parent, record: Record, message: Message) -> None:
        if record.msg_type in _CHANGES:
            child = _child_of(parent, child_id(message[tags.OrigClOrdID]))
            child.changes += 1
            replace = record.msg_type == MsgType.ORDER_CANCEL_REPLACE_REQUEST
            child.note(Step.REPLACE_SENT if replace else Step.CANCEL_SENT)
        elif record.session != parent.session:
            return  # to a venue, or a copy for compliance
        elif record.msg_type == MsgType.EXECUTION_REPORT:
            self._reported(parent, dialect_of(message).read_execution(message))
        elif record.msg_type == MsgType.ORDER_CANCEL_REJECT:
            request = _request(parent, message[tags.ClOrdID])
            if request is not None and not self._denied:
                parent.answered(request)
            self._denied = False

    def _reported(self, parent: Parent, report: ExecutionReport) -> None:
        kind = report.exec_type
        if kind is ExecType.ORDER_STATUS:
            return
        parent.reports += 1
        if kind is ExecType.PENDING_CANCEL:
            parent.settle_request()
        elif kind is ExecType.PENDING_REPLACE:
            if len(parent.requests) == 1:
                parent.settle_request()
        elif kind is ExecType.REPLACED:
            request = _request(parent, report.cl_ord_id)
            if not isinstance(request, OrderCancelReplaceRequest):
                raise ValueError(f"the OMS is told of a replace {report.cl_ord_id} that it did not ask for")
            parent.replace(request, report.order_qty)
        elif kind is ExecType.RESTATED:
            self._restated(parent, report)
        elif self._other:
            self._other = False
        elif kind in _EVENTS:
            parent.apply(_EVENTS[kind])
            if parent.cancel is not None and report.cl_ord_id == parent.cancel.cl_ord_id:
                parent.canceled(parent.cancel)
        elif kind in _TRADES:
            self._traded(parent, report)
        else:
            raise ValueError(f"no OMS is told ExecType(150) {kind.name} of its order")

    def _traded(self, parent: Parent, report: ExecutionReport) -> None:
        parent.follow(traded=report.exec_type is ExecType.TRADE)
        if self._fill is not None:
            self._fill.told = report.exec_id

    def _restated(self, parent: Parent, report: ExecutionReport) -> None:
        if report.restatement_reason is ExecRestatementReason.GT_RENEWAL:
            parent.begin_day(report.transact_time)
        elif report.restatement_reason is not ExecRestatementReason.GT_CORPORATE_ACTION:
            parent.order = parent.order._replace(order_qty=report.order_qty)
        parent.apply(states.Event.RESTATED)

    # -- what was decided --------------------------------------------------------------------------------------------

    def _decided(self, decision: dict[str, Any], at: int) -> None:
        parent, detail = self.parent, decision["detail"]
        if parent is None:
            return
        kind = decision["kind"]
        if kind == Decision.SCHEDULE:
            parent.plan = detail
        elif kind == Decision.ROUTE:
            parent.attempts = int(detail["attempt"])
            if "released" in detail:
                parent.avoid.clear()  # each release is a beginning
            if detail["mid"]:
                parent.arrival_mid = Decimal(detail["mid"])
            for described in detail["children"]:
                child = _child(parent.order, described, at)
                child.splits = parent.splits
                parent.children[child.cl_ord_id] = child
        elif kind == Decision.REPLACE:
            _child_of(parent, detail["child"]).asked = _terms(detail)
        elif kind == Decision.REFUSED:
            self._refused(parent, detail, decision["reason"])
        elif kind == Decision.DOUBT:
            _child_of(parent, detail["child"]).note(Step.LOST)
        elif kind == Decision.SETTLE and "outcome" in detail:
            child, outcome = _child_of(parent, detail["child"]), Outcome(detail["outcome"])
            decide(parent, child, OUTCOMES[outcome.value], Decimal(detail["cum_qty"]), at)
        elif kind == Decision.REFUSE and "OrdRejReason" in detail:
            self._other = bool(parent.children) or parent.plan is not None  # it was taken on before
        elif kind == Decision.REFUSE and "CxlRejReason" in detail:
            parent.requests.pop()
            self._denied = True
        elif kind == Decision.CANCEL and "mass" in detail:
            _child_of(parent, detail["child"]).note(Step.CANCEL_SENT)
        elif kind == Decision.CLOSE:
            parent.closing = Closing(decision["reason"], states.Event[detail["as"]])
            for child in parent.live:
                child.kept = 0

    @staticmethod
    def _refused(parent: Parent, detail: dict[str, Any], reason: str) -> None:
        child = _child_of(parent, detail["child"])
        if "mass" in detail:
            child.unchanged()
            return
        if "change" in detail:
            refuse_change(parent, child)
            return
        refuse_order(parent, child, reason)


_EVENTS = {
    ExecType.NEW: states.Event.ACCEPTED,
    ExecType.CANCELED: states.Event.CANCELED,
    ExecType.REJECTED: states.Event.REJECTED,
    ExecType.EXPIRED: states.Event.EXPIRED,
    ExecType.DONE_FOR_DAY: states.Event.DONE_FOR_DAY,
    ExecType.SUSPENDED: states.Event.SUSPENDED,
    ExecType.STOPPED: states.Event.STOPPED,
}
_TRADES = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)


def _request(parent: Parent, cl_ord_id: str) -> Change | None:
    """The pending one with this ClOrdID(11); the last, for one refused as a duplicate stands behind what it repeats."""
    return next((each for each in reversed(parent.requests) if each.cl_ord_id == cl_ord_id), None)


def _child_of(parent: Parent, cl_ord_id: str) -> Child:
    try:
        return parent.children[cl_ord_id]
    except KeyError:
        raise ValueError(f"{cl_ord_id} is no child of this order") from None


def _terms(described: dict[str, str]) -> Terms:
    return Terms(
        Decimal(described["qty"]),
        Decimal(described["price"]) if described["price"] else None,
        TimeInForce(described["time_in_force"]),
        int(described["expire_time"]),
    )


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
        expire_time=order.expire_time,
        sent_at=at,
    )
