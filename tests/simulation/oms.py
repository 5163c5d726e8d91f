"""An OMS: it sends orders and changes its mind, believes nothing it is told, and waits for every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from fix import tags
from fix.business import (
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import ExecType, MsgType, OrdType, Side, TimeInForce
from fix.message import Message
from sessions.gateway.session import Came, Incoming
from tests.simulation.account import Accounts
from tests.simulation.held import SYMBOL
from tests.simulation.network import End

Request = OrderCancelRequest | OrderCancelReplaceRequest


@dataclass(slots=True)
class Sent:
    """An order of this OMS. `now` is the ClOrdID(11) it goes by; `asked` requests without a final answer."""

    order: NewOrderSingle
    now: str
    heard: bool = False
    asked: dict[str, Request] = field(default_factory=dict)


class SimOms:
    """`accounts` is what it has heard, in the order of MsgSeqNum(34)."""

    def __init__(self, end: End, inbox: list[Incoming], clock: Callable[[], int]) -> None:
        self.end, self.name, self.dialect = end, end.name, end.dialect
        self.accounts = Accounts()
        self.heard: list[str] = []  # bodies of all reports, to compare with what was sent
        self.sent: list[Sent] = []
        self._by_cl_ord_id: dict[str, Sent] = {}
        self._inbox = inbox
        self._clock = clock
        self._numbers = 0

    # -- what it says

    def order(self, qty: int, price: Decimal | None, side: Side, tif: TimeInForce) -> None:
        kind = OrdType.MARKET if price is None else OrdType.LIMIT
        new = NewOrderSingle(self._id(), SYMBOL, side, Decimal(qty), kind, price, tif, self._clock())
        sent = Sent(new, new.cl_ord_id)
        self.sent.append(sent)
        self._by_cl_ord_id[new.cl_ord_id] = sent
        self.end.say(MsgType.NEW_ORDER_SINGLE, self.dialect.write_order(new), self._clock())

    def ask(self, what: str, which: int, qty: int, price: Decimal) -> bool:
        """`what` of the order number `which`; whether there is one."""
        if not self.sent:
            return False
        sent = self.sent[-1 - which % len(self.sent)]
        if what == "cancel":
            self._cancel(sent)
        elif what == "replace":
            self._replace(sent, qty, price)
        elif what == "status":
            request = OrderStatusRequest(sent.now, SYMBOL, sent.order.side)
            self.end.say(MsgType.ORDER_STATUS_REQUEST, self.dialect.write_status_request(request), self._clock())
        else:  # the same order once more under another MsgSeqNum(34), "resend" marked PossResend(97)=Y
            text = self.dialect.write_order(sent.order)
            extra = ((tags.PossResend, "Y"),) if what == "resend" else ()
            self.end.say_with(extra, MsgType.NEW_ORDER_SINGLE, text, self._clock())
        return True

    def _cancel(self, sent: Sent) -> None:
        order = sent.order
        request = OrderCancelRequest(self._id(), sent.now, SYMBOL, order.side, order.order_qty, self._clock())
        self._asks(sent, request)
        self.end.say(MsgType.ORDER_CANCEL_REQUEST, self.dialect.write_cancel(request), self._clock())

    def _replace(self, sent: Sent, qty: int, price: Decimal) -> None:
        order = sent.order
        request = OrderCancelReplaceRequest(
            cl_ord_id=self._id(),
            orig_cl_ord_id=list(sent.asked)[-1] if sent.asked and qty % 2 else sent.now,  # chained: of the pending one
            symbol=SYMBOL,
            side=order.side,
            order_qty=Decimal(qty),
            ord_type=order.ord_type,
            price=None if order.price is None else price,
            time_in_force=order.time_in_force,
            transact_time=self._clock(),
        )
        self._asks(sent, request)
        self.end.say(MsgType.ORDER_CANCEL_REPLACE_REQUEST, self.dialect.write_replace(request), self._clock())

    def _asks(self, sent: Sent, request: Request) -> None:
        sent.asked[request.cl_ord_id] = request
        self._by_cl_ord_id[request.cl_ord_id] = sent

    def _id(self) -> str:
        self._numbers += 1
        return f"C{self._numbers}"

    # -- what it hears

    def take_in(self) -> None:
        for incoming in self._inbox:
            if incoming.came is Came.IN:
                self._hear(Message.parse(incoming.raw))
        self._inbox.clear()

    def _hear(self, message: Message) -> None:
        if message.msg_type == MsgType.EXECUTION_REPORT:
            report = self.dialect.read_execution(message)
            self.heard.append(f"8 {report.exec_id} {report.order_id}")
            self.accounts.hear(report)
            sent = self._by_cl_ord_id.get(report.cl_ord_id)
            if sent is None or report.exec_type is ExecType.ORDER_STATUS:
                return
            sent.heard = True
            if report.exec_type in (ExecType.CANCELED, ExecType.REPLACED):
                sent.asked.pop(report.cl_ord_id, None)
            if report.exec_type is ExecType.REPLACED:
                sent.now = report.cl_ord_id
        elif message.msg_type == MsgType.ORDER_CANCEL_REJECT:
            reject = self.dialect.read_cancel_reject(message)
            self.heard.append(f"9 {reject.cl_ord_id} {reject.order_id}")
            self.accounts.refused(reject)
            sent = self._by_cl_ord_id.get(reject.cl_ord_id)
            if sent is not None:
                sent.asked.pop(reject.cl_ord_id, None)

    def unanswered(self) -> list[str]:
        """Requests that got no final answer, and orders nobody spoke of."""
        mute = [sent.order.cl_ord_id for sent in self.sent if not sent.heard]
        return [*mute, *[cl_ord_id for sent in self.sent for cl_ord_id in sent.asked]]
