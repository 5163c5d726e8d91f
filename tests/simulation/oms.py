"""An OMS: it sends orders and changes its mind, believes nothing it is told, and waits for every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from fix import tags
from fix.business import (
    DontKnowTrade,
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    DKReason,
    ExecType,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    MsgType,
    OrdType,
    Side,
    TimeInForce,
)
from fix.message import Message
from fix.timestamp import format_utc
from sessions.gateway.session import Came, Incoming
from tests.simulation.account import Accounts
from tests.simulation.held import SYMBOL
from tests.simulation.network import End
from tests.simulation.rules import Violation

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
        self._all_asked: dict[str, int] = {}  # mass requests without an answer, and how many answers came
        self.ending: set[str] = set()  # OrderIDs(37) that a mass cancel ends
        self._last_trade: ExecutionReport | None = None

    # -- what it says

    def order(
        self,
        qty: int,
        price: Decimal | None,
        side: Side,
        tif: TimeInForce,
        *,
        expire_time: int = 0,
        how: str = "",
        extra: tuple[tuple[int, str], ...] = (),
    ) -> None:
        kind = OrdType.MARKET if price is None else OrdType.LIMIT
        new = NewOrderSingle(
            self._id(), SYMBOL, side, Decimal(qty), kind, price, tif, self._clock(), expire_time=expire_time
        )
        if how == "iceberg":
            new = new._replace(max_floor=Decimal(min(qty, 30)))
        elif how == "twap":
            until = format_utc(self._clock() + 20_000_000_000)
            given = (("EndTime", until), ("Slices", "4"), ("SizeJitter", "0.5"), ("TimeJitter", "0.5"))
            new = new._replace(strategy="1001", parameters=given)
        sent = Sent(new, new.cl_ord_id)
        self.sent.append(sent)
        self._by_cl_ord_id[new.cl_ord_id] = sent
        self.end.say_with(extra, MsgType.NEW_ORDER_SINGLE, self.dialect.write_order(new), self._clock())

    def ask(self, what: str, which: int, qty: int, price: Decimal) -> bool:
        """`what` of the order number `which`; whether there is one."""
        if what in ("mass", "all", "deny", "anew"):
            return self._ask_of_all(what)
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

    def _ask_of_all(self, what: str) -> bool:
        """Of no order in particular; whether its FIX version can say it."""
        dialect, end, now = self.dialect, self.end, self._clock()
        if what == "anew":
            self.order(20, Decimal(10), Side.BUY, TimeInForce.DAY, extra=((tags.PossResend, "Y"),))
            return True
        if what == "deny":
            trade = self._last_trade
            if trade is not None:
                denial = DontKnowTrade(
                    trade.order_id, trade.exec_id, DKReason.OTHER, SYMBOL, trade.side, text="not ours"
                )
                end.say(MsgType.DONT_KNOW_TRADE, dialect.write_dont_know(denial), now)
            return trade is not None
        if not dialect.has_mass_messages:
            return False
        name = self._id()
        self._all_asked[name] = 0
        if what == "mass":
            cancel = OrderMassCancelRequest(name, MassCancelRequestType.CANCEL_ALL_ORDERS, "", None, now)
            end.say(MsgType.ORDER_MASS_CANCEL_REQUEST, dialect.write_mass_cancel(cancel), now)
        else:
            status = OrderMassStatusRequest(name, MassStatusReqType.STATUS_FOR_ALL_ORDERS)
            end.say(MsgType.ORDER_MASS_STATUS_REQUEST, dialect.write_mass_status_request(status), now)
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
            expire_time=order.expire_time,
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
            if report.exec_type is ExecType.TRADE:
                self._last_trade = report
            if report.mass_status_req_id in self._all_asked:
                self._told_of_all(report)
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

        elif message.msg_type == MsgType.ORDER_MASS_CANCEL_REPORT:
            said = self.dialect.read_mass_cancel_report(message)
            self.heard.append(f"r {said.cl_ord_id} {said.order_id}")
            del self._all_asked[said.cl_ord_id]
            if said.response is not MassCancelResponse.CANCEL_REQUEST_REJECTED:
                opened = [account.order_id for account in self.accounts.by_id.values() if account.open]
                self.ending.update(opened)

    def _told_of_all(self, report: ExecutionReport) -> None:
        name = report.mass_status_req_id
        self._all_asked[name] += 1
        if report.last_rpt_requested:
            count = self._all_asked.pop(name)
            if count != max(report.tot_num_reports, 1):
                raise Violation("a mass status tells of so many orders as it says", f"{name}: {count} of {report}")

    def still_open(self) -> list[str]:
        """What a mass cancel was to end."""
        return [order_id for order_id in sorted(self.ending) if self.accounts.by_id[order_id].open]

    def unanswered(self) -> list[str]:
        """Requests that got no final answer, and orders nobody spoke of."""
        mute = [sent.order.cl_ord_id for sent in self.sent if not sent.heard]
        mute += list(self._all_asked)
        return [*mute, *[cl_ord_id for sent in self.sent for cl_ord_id in sent.asked]]
