"""A small exchange that keeps honest books: what it holds is the truth, however late, twice or crossed it says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from fix import tags
from fix.business import (
    ZERO,
    ExecutionReport,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    OrderStatusRequest,
)
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MassCancelRejectReason,
    MassCancelResponse,
    MDEntryType,
    MDUpdateAction,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from fix.message import Message, body
from sessions.gateway.session import Came, Incoming
from tests.simulation.held import OPEN, SYMBOL, Held
from tests.simulation.network import End

MANNERS = ("accept", "pending", "fill", "part", "early", "silent", "reject", "refuse")
_BUSINESS = frozenset({"D", "F", "G", "H", "V", "q"})
_DAYS = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD})
_ENDED_EARLY = (OrdStatus.CANCELED, OrdStatus.EXPIRED)


class SimVenue:
    """`held` by the ClOrdID(11) that the order came with. `dishonored`: orders whose venue gave more than was asked,
    or took back what it had said: no engine can keep law 4 for those.
    """

    def __init__(self, end: End, inbox: list[Incoming], clock: Callable[[], int]) -> None:
        self.end, self.name, self.dialect = end, end.name, end.dialect
        self.held: dict[str, Held] = {}
        self.dishonored: set[str] = set()
        self.tired = False  # nothing new: rests what may rest, grants every cancel
        self.subscribed = False
        self._inbox = inbox
        self._desk: deque[Message] = deque()
        self._clock = clock
        self._numbers = 0
        self._current: dict[str, str] = {}  # ClOrdID(11) of a replace → of the order

    # -- what comes

    def take_in(self) -> None:
        """From the session to the desk. A logon ends the subscriptions of the one before."""
        for incoming in self._inbox:
            message = Message.parse(incoming.raw)
            if incoming.came is Came.IN and message.msg_type == MsgType.LOGON:
                self.subscribed = False
            elif incoming.came is Came.IN and message.msg_type in _BUSINESS:
                self._desk.append(message)
        self._inbox.clear()

    def coming(self) -> list[bytes]:
        """What was received and not read yet."""
        self.take_in()
        return [message.raw for message in self._desk]

    def read(self, manner: str) -> bool:
        """Reads the next message and answers it in this manner; whether there was one."""
        self.take_in()
        if not self._desk:
            return False
        message, dialect = self._desk.popleft(), self.dialect
        if message.msg_type == MsgType.MARKET_DATA_REQUEST:
            self.subscribed = True
        elif message.msg_type == MsgType.ORDER_STATUS_REQUEST:
            if manner != "silent":
                self._answer(dialect.read_status_request(message))
        elif manner == "refuse" and message.msg_type != MsgType.NEW_ORDER_SINGLE:
            self._refuse(message)
        elif message.msg_type == MsgType.NEW_ORDER_SINGLE:
            self._enter(message, dialect.read_order(message), manner)
        elif message.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            self._cancel(dialect.read_cancel(message), manner)
        elif message.msg_type == MsgType.ORDER_CANCEL_REPLACE_REQUEST:
            self._replace(dialect.read_replace(message), manner)
        elif message.msg_type == MsgType.ORDER_MASS_CANCEL_REQUEST and manner != "silent":
            self._cancel_all(dialect.read_mass_cancel(message), refused=manner == "reject")
        return True

    def _cancel_all(self, request: OrderMassCancelRequest, *, refused: bool) -> None:
        """Orders that are open, each with a report of its own."""
        leaving = [] if refused else [held for held in self.held.values() if held.leaves]
        response = MassCancelResponse.CANCEL_REQUEST_REJECTED if refused else MassCancelResponse.CANCEL_ALL_ORDERS
        number = f"{self.name}-{request.cl_ord_id}"
        reason = MassCancelRejectReason.OTHER if refused else None
        made = OrderMassCancelReport(
            number, request.cl_ord_id, request.request_type, response, reason, len(leaving), transact_time=self._clock()
        )
        self.end.say(MsgType.ORDER_MASS_CANCEL_REPORT, self.dialect.write_mass_cancel_report(made), self._clock())
        for held in leaving:
            self.end_order(held, OrdStatus.CANCELED)

    def _refuse(self, message: Message) -> None:
        text = self.dialect.write_business_reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, "not now")
        self.end.say(MsgType.BUSINESS_MESSAGE_REJECT, text, self._clock())

    def _enter(self, message: Message, order: NewOrderSingle, manner: str) -> None:
        if order.cl_ord_id in self.held:
            raise AssertionError(f"{self.name} has {order.cl_ord_id} already")
        if manner == "refuse":
            self._refuse(message)
            return
        held = self.held[order.cl_ord_id] = Held(order, order.cl_ord_id, order.order_qty, order.price)
        self._current[order.cl_ord_id] = order.cl_ord_id
        if manner == "reject":
            held.status = OrdStatus.REJECTED
            self._say(held, ExecType.REJECTED)
            return
        if manner == "pending":
            self._say(held, ExecType.PENDING_NEW)
        if manner not in ("early", "silent"):
            self._say(held, ExecType.NEW)
        part = ZERO if manner in ("accept", "pending", "silent") else held.qty
        whole = manner == "fill" or order.time_in_force is TimeInForce.FOK
        if part and held.qty > 1 and not whole:
            part = held.qty // 2
        if part:
            self.trade(held, part)
        if manner == "early":
            self._say(held, ExecType.NEW)
        immediate = order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK) or order.ord_type is OrdType.MARKET
        if immediate and held.leaves:
            self.end_order(held, OrdStatus.CANCELED)

    def _cancel(self, request: OrderCancelRequest, manner: str) -> None:
        held = self._named(request.orig_cl_ord_id)
        if manner == "silent":
            return
        if held is None or not held.leaves or manner == "reject":
            self._reject(request.cl_ord_id, request.orig_cl_ord_id, held, CxlRejResponseTo.ORDER_CANCEL_REQUEST)
            return
        if manner == "pending":
            self._say(held, ExecType.PENDING_CANCEL, cl_ord_id=request.cl_ord_id)
        if manner == "fill":
            self.trade(held, held.leaves)
            self._reject(request.cl_ord_id, request.orig_cl_ord_id, held, CxlRejResponseTo.ORDER_CANCEL_REQUEST)
        elif manner == "part" and held.leaves > 1:
            self.trade(held, held.leaves // 2)
            self.end_order(held, OrdStatus.CANCELED, request.cl_ord_id)
        elif manner == "early" and held.leaves > 1:
            self._crossed(held, held.leaves // 2, request.cl_ord_id)
        else:
            self.end_order(held, OrdStatus.CANCELED, request.cl_ord_id)

    def _crossed(self, held: Held, qty: Decimal, cl_ord_id: str) -> None:
        """The fill came first and is told last."""
        exec_id, price = self._exec_id(), self._price(held)
        held.trades[exec_id] = (qty, price)
        held.status = OrdStatus.CANCELED
        self._say(held, ExecType.CANCELED, cl_ord_id=cl_ord_id)
        self._say(held, ExecType.TRADE, qty, price, exec_id=exec_id)

    def _replace(self, request: OrderCancelReplaceRequest, manner: str) -> None:
        held = self._named(request.orig_cl_ord_id)
        if manner == "silent":
            return
        if held is not None and held.leaves and manner in ("fill", "part") and held.leaves > 1:
            self.trade(held, held.leaves if manner == "fill" else held.leaves // 2)
        if held is None or not held.leaves or manner == "reject":
            self._reject(request.cl_ord_id, request.orig_cl_ord_id, held, CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST)
            return
        if manner == "pending":
            self._say(held, ExecType.PENDING_REPLACE, cl_ord_id=request.cl_ord_id, orig=held.cl_ord_id)
        orig, held.cl_ord_id = held.cl_ord_id, request.cl_ord_id
        self._current[request.cl_ord_id] = held.order.cl_ord_id
        held.qty, held.price = max(request.order_qty, held.cum), request.price  # Appendix D, C.3.c
        held.status = held.working
        self._say(held, ExecType.REPLACED, cl_ord_id=request.cl_ord_id, orig=orig)

    def _named(self, cl_ord_id: str) -> Held | None:
        return self.held.get(self._current.get(cl_ord_id, ""))

    def _reject(self, cl_ord_id: str, orig: str, held: Held | None, to: CxlRejResponseTo) -> None:
        reason = CxlRejReason.BROKER_OPTION if held else CxlRejReason.UNKNOWN_ORDER
        if held is not None and not held.leaves:
            reason = CxlRejReason.TOO_LATE_TO_CANCEL
        status = held.status if held else OrdStatus.REJECTED
        reject = OrderCancelReject(held.order.cl_ord_id if held else "NONE", cl_ord_id, orig, status, to, reason)
        self.end.say(MsgType.ORDER_CANCEL_REJECT, self.dialect.write_cancel_reject(reject), self._clock())

    def _answer(self, request: OrderStatusRequest) -> None:
        held = self._named(request.cl_ord_id)
        if held is None:
            order = NewOrderSingle(
                request.cl_ord_id, request.symbol, request.side, ZERO, OrdType.LIMIT, None, TimeInForce.DAY, 0
            )
            held = Held(order, request.cl_ord_id, ZERO, None, OrdStatus.REJECTED)
        self._say(held, ExecType.ORDER_STATUS, exec_id="0")

    # -- what it does by itself

    def happens(self, held: Held, what: str, n: int) -> None:
        """One of LIVES to one of its orders."""
        if what in ("late", "over"):
            self.dishonored.add(held.order.cl_ord_id)
            self.trade(held, held.leaves + n if what == "over" else min(Decimal(n), held.qty - held.cum))
        elif what in ("trade", "all"):
            self.trade(held, held.leaves if what == "all" else min(Decimal(n), held.leaves))
        elif what == "cancel":
            self.end_order(held, OrdStatus.CANCELED)
        elif what == "expire":
            self.end_order(held, OrdStatus.EXPIRED)
        elif what == "suspend" and held.status is not OrdStatus.SUSPENDED:
            held.status = OrdStatus.SUSPENDED
            self._say(held, ExecType.SUSPENDED)
        elif what == "suspend":
            held.status = held.working
            self._say(held, ExecType.NEW)
        elif what == "restate":
            self._say(held, ExecType.RESTATED)
        elif what == "done" and held.asleep:
            held.status = held.working
            self._say(held, ExecType.NEW)
        elif what == "done":
            self.end_order(held, OrdStatus.DONE_FOR_DAY)
        elif what == "again":
            self._put(held.said[-1])
        elif what == "hide":
            self._hide(held, min(Decimal(n), held.leaves))
        elif what == "tell":
            self.tell(held)
        else:
            self._amend_trade(held, what, n)

    def can(self, what: str) -> list[Held]:
        """The orders that it can happen to."""
        if what == "late":
            return [h for h in self.held.values() if h.status in _ENDED_EARLY and h.qty > h.cum]
        if what in ("bust", "correct"):
            return [h for h in self.held.values() if h.trades and not h.untold]
        if what == "tell":
            return [h for h in self.held.values() if h.untold]
        if what == "hide":
            awake = [h for h in self.held.values() if h.leaves and not h.asleep]
            return [h for h in awake if h.status is not OrdStatus.SUSPENDED]
        if what == "suspend":  # nothing but morning wakes what sleeps
            return [h for h in self.held.values() if h.leaves and not h.asleep]
        if what == "done":
            return [h for h in self.held.values() if h.leaves and h.order.time_in_force in _DAYS]
        if what == "over":  # a fill of an order that is filled already is refused with an alert, not booked
            return [h for h in self.held.values() if h.leaves and not h.untold]
        return [h for h in self.held.values() if (h.said if what == "again" else h.leaves)]

    def _hide(self, held: Held, qty: Decimal) -> None:
        """A trade that it tells late: until then its answers and the order's end are ahead of what it has said."""
        exec_id = self._exec_id()
        held.trades[exec_id] = (qty, self._price(held))
        held.untold.append(exec_id)
        held.status = held.working

    def tell(self, held: Held) -> None:
        exec_id = held.untold.pop(0)
        self._say(held, ExecType.TRADE, *held.trades[exec_id], exec_id=exec_id)

    def tell_all(self) -> bool:
        """All that it has not told yet; whether there was any."""
        late = [held for held in self.held.values() for _ in held.untold]
        for held in late:
            self.tell(held)
        return bool(late)

    def _amend_trade(self, held: Held, what: str, n: int) -> None:
        """A trade is cancelled, or its price corrected. What was taken back does not trade again."""
        exec_id = list(held.trades)[n % len(held.trades)]
        qty, price = held.trades.pop(exec_id)
        if what == "correct":
            new, price = self._exec_id(), price + Decimal(n) / 100
            held.trades[new] = (qty, price)
            self._say(held, ExecType.TRADE_CORRECT, qty, price, exec_id=new, ref=exec_id)
            return
        if held.status is OrdStatus.FILLED:
            held.status = OrdStatus.CANCELED
        elif held.status is OrdStatus.PARTIALLY_FILLED:
            held.status = held.working
        self._say(held, ExecType.TRADE_CANCEL, qty, price, ref=exec_id)

    def strange(self, n: int) -> None:
        """What nobody asked for and nothing can be made of."""
        if n % 2:
            text = body({tags.MDReqID: "none", tags.Text: "no such thing"})
            self.end.say(MsgType.MARKET_DATA_REQUEST_REJECT, text, self._clock())
            return
        order = NewOrderSingle("ZZ-9-9", SYMBOL, Side.BUY, Decimal(5), OrdType.LIMIT, None, TimeInForce.DAY, 0)
        self._say(Held(order, order.cl_ord_id, order.order_qty, None), ExecType.NEW)

    def quote(self, bid: Decimal, offer: Decimal, size: Decimal) -> None:
        """A snapshot; with size 0 the offer goes away. Nothing for who did not ask."""
        if not self.subscribed:
            return
        if size:
            entries = (MDEntry(MDEntryType.BID, bid, size), MDEntry(MDEntryType.OFFER, offer, size))
            text = self.dialect.write_md_snapshot("MD", SYMBOL, entries)
            self.end.say(MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, text, self._clock())
        else:
            entry = MDEntry(MDEntryType.OFFER, offer, ZERO, MDUpdateAction.DELETE, SYMBOL)
            text = self.dialect.write_md_incremental("MD", (entry,))
            self.end.say(MsgType.MARKET_DATA_INCREMENTAL_REFRESH, text, self._clock())

    # -- what it says

    def trade(self, held: Held, qty: Decimal) -> None:
        exec_id, price = self._exec_id(), self._price(held)
        held.trades[exec_id] = (qty, price)
        if held.status in OPEN and held.status is not OrdStatus.SUSPENDED:
            held.status = held.working
        elif held.cum >= held.qty:
            held.status = OrdStatus.FILLED
        self._say(held, ExecType.TRADE, qty, price, exec_id=exec_id)

    def end_order(self, held: Held, status: OrdStatus, cl_ord_id: str = "") -> None:
        held.status = status
        self._say(held, ExecType(status.value), cl_ord_id=cl_ord_id)

    def _exec_id(self) -> str:
        self._numbers += 1
        return f"{self.name}{self._numbers}"

    def _price(self, held: Held) -> Decimal:
        return (held.price or Decimal(10)) + Decimal(self._numbers % 7) / 100

    def _say(
        self,
        held: Held,
        exec_type: ExecType,
        last_qty: Decimal = ZERO,
        last_px: Decimal = ZERO,
        *,
        exec_id: str = "",
        cl_ord_id: str = "",
        orig: str = "",
        ref: str = "",
    ) -> None:
        report = ExecutionReport(
            order_id=f"{self.name}-{held.order.cl_ord_id}",
            cl_ord_id=cl_ord_id or held.cl_ord_id,
            exec_id=exec_id or self._exec_id(),
            exec_type=exec_type,
            ord_status=_PROMISED.get(exec_type, held.status),
            symbol=held.order.symbol,
            side=held.order.side,
            order_qty=held.qty,
            cum_qty=held.cum,
            leaves_qty=held.leaves,
            avg_px=ZERO,
            last_qty=last_qty,
            last_px=last_px,
            orig_cl_ord_id=orig or (held.cl_ord_id if cl_ord_id else ""),
            exec_ref_id=ref,
            ord_rej_reason=OrdRejReason.BROKER_OPTION if exec_type is ExecType.REJECTED else None,
            transact_time=self._clock(),
        )
        if exec_type is not ExecType.ORDER_STATUS:
            held.said.append(report)
        self._put(report)

    def _put(self, report: ExecutionReport) -> None:
        self.end.say(MsgType.EXECUTION_REPORT, self.dialect.write_execution(report), self._clock())


_PROMISED = {
    ExecType.PENDING_NEW: OrdStatus.PENDING_NEW,
    ExecType.PENDING_CANCEL: OrdStatus.PENDING_CANCEL,
    ExecType.PENDING_REPLACE: OrdStatus.PENDING_REPLACE,
}


def live(venues: Sequence[SimVenue], what: str, which: int, n: int) -> bool:
    """Something happens to `which` of all the orders it can happen to; whether there is one."""
    able = [(venue, held) for venue in venues for held in venue.can(what)]
    if able:
        venue, held = able[which % len(able)]
        venue.happens(held, what, n)
    return bool(able)
