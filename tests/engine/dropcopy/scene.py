"""A core with three venues of three dialects, whose record is written as the engine's loop writes it.

After each thing that happens, every parent is rebuilt from its records and must equal the living one: so a script
that runs has compared every prefix of every order's life.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from engine.core.core import Core
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Event,
    Executed,
    MessageRefused,
    OrderReceived,
    StatusRequested,
    Tick,
    VenueDown,
    VenueUp,
)
from engine.core.orders import child_id
from engine.core.placing import Rules
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Kind, Record
from engine.market.venues import Listing, Venue
from engine.orders.order import Child, Parent
from fix import tags
from fix.business import (
    ExecutionReport,
    MarketData,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MDEntryType,
    MsgType,
    OrdStatus,
    OrdType,
    SessionRejectReason,
    Side,
    TimeInForce,
)
from fix.message import Header, Message, encode
from fix.timestamp import format_utc
from sessions.cycle.intake import order_of
from sessions.cycle.outbox import Outbox
from sessions.cycle.perform import Performer
from sessions.gateway.session import FixSession
from sessions.gateway.terms import Terms
from spec.dialects import dialect

D = Decimal
DIALECTS = {"OMS": "FIX.4.4", "COPY": "FIX.4.2", "ALPHA": "FIX.4.2", "BETA": "FIX.4.4", "GAMMA": "FIX.5.0SP2"}
LISTINGS = {
    "ALPHA": {"XYZ": Listing("XYZ.A", lot=D(10))},
    "BETA": {"XYZ": Listing("XYZ")},
    "GAMMA": {"XYZ": Listing("XYZ.G", contract=D("0.1"))},
}
VENUES = [
    Venue(name, mic, listings=LISTINGS[name]) for name, mic in zip(LISTINGS, ("XALP", "XBET", "XGAM"), strict=True)
]
TIMEOUT = 5_000_000_000


class Wire:
    """What the outbox wants of a session: its words and the next number."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dialect = dialect(DIALECTS[name])
        self.begin_string = self.dialect.begin_string
        self.terms = Terms(name, self.dialect.name, "MANIFOLD", name)
        self.number = 1

    def next_out(self) -> int:
        return self.number


class Scene:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000_000
        self.records: list[Record] = []
        self.open: list[str] = []
        self.reports: list[ExecutionReport] = []  # what the venues said
        self._known: list[str] = []  # every OrderID that was taken on
        self._runs = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        self._out = Outbox()
        self._wires = {name: Wire(name) for name in DIALECTS}
        sessions = cast("dict[str, FixSession]", self._wires)
        self._performer = Performer(sessions, [sessions["COPY"]], self._out)
        self._came = 0
        self._start()
        self.up()

    # -- the engine's life -------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self.core = Core(VENUES, Rules(max_attempts=4, ack_timeout=TIMEOUT), next(self._runs))
        for order_id in self.open:
            self.core.orders.add(self.rebuilt(order_id))
        for venue in VENUES:
            self._happens(VenueDown(venue.name))

    def restart(self) -> None:
        """The engine is killed and started again, and the venues are back."""
        self._start()
        self.up()

    def up(self) -> None:
        for venue in VENUES:
            self._happens(VenueUp(venue.name))

    def down(self, venue: str) -> None:
        self._happens(VenueDown(venue))

    def wait(self) -> None:
        """Long enough for every answer to be overdue."""
        self.now += TIMEOUT
        self._happens(Tick())

    def display(self, venue: str, bid: str, offer: str, size: int) -> None:
        symbol, sides = LISTINGS[venue]["XYZ"].symbol, {MDEntryType.BID: bid, MDEntryType.OFFER: offer}
        entries = tuple(MDEntry(side, D(price), D(size), symbol=symbol) for side, price in sides.items())
        self._happens(BookChanged(venue, MarketData(True, symbol, entries)))

    # -- what is there -----------------------------------------------------------------------------------------------

    def parent(self, number: int = 0) -> Parent:
        """The first, second … that was taken on: the living one, or what the record says where it was forgotten."""
        order_id = self._known[number]
        return self.core.orders.by_id(order_id) or self.rebuilt(order_id)

    @property
    def taken(self) -> int:
        """How many parents were taken on."""
        return len(self._known)

    def children(self) -> list[Child]:
        return [child for number in range(self.taken) for child in self.parent(number).children.values()]

    def at(self, venue: str, number: int = 0) -> Child:
        """The last child of a parent at a venue."""
        return [child for child in self.parent(number).children.values() if child.venue == venue][-1]

    def rebuilt(self, order_id: str) -> Parent:
        return rebuild(order_id, self.of_order(order_id))

    def of_order(self, order_id: str) -> list[Record]:
        return [record for record in self.records if record.order_id == order_id]

    # -- what the OMS says -------------------------------------------------------------------------------------------

    def order(
        self,
        cl_ord_id: str,
        qty: int = 100,
        price: str | None = "10",
        time_in_force: TimeInForce = TimeInForce.DAY,
        side: Side = Side.BUY,
    ) -> None:
        kind = OrdType.MARKET if price is None else OrdType.LIMIT
        limit = None if price is None else D(price)
        order = NewOrderSingle(cl_ord_id, "XYZ", side, D(qty), kind, limit, time_in_force, self.now)
        self._comes("OMS", MsgType.NEW_ORDER_SINGLE, self._wires["OMS"].dialect.write_order(order))

    def cancel(self, cl_ord_id: str, orig_cl_ord_id: str) -> None:
        request = OrderCancelRequest(cl_ord_id, orig_cl_ord_id, "XYZ", Side.BUY, D(100), self.now)
        self._comes("OMS", MsgType.ORDER_CANCEL_REQUEST, self._wires["OMS"].dialect.write_cancel(request))

    def ask(self, cl_ord_id: str) -> None:
        request = OrderStatusRequest(cl_ord_id, "XYZ", Side.BUY)
        self._comes("OMS", MsgType.ORDER_STATUS_REQUEST, self._wires["OMS"].dialect.write_status_request(request))

    # -- what the venues say -----------------------------------------------------------------------------------------

    def says(self, child: Child, exec_type: ExecType, **values: Any) -> None:
        """An ExecutionReport(8) of a child, true unless `values` say otherwise."""
        usual: dict[str, Any] = {
            "order_id": f"{child.venue}-1",
            "cl_ord_id": child.cl_ord_id,
            "exec_id": f"E{self._came}",
            "exec_type": exec_type,
            "ord_status": _STATUS.get(exec_type, OrdStatus.NEW),
            "symbol": child.symbol,
            "side": Side.BUY,
            "order_qty": child.qty,
            "cum_qty": child.cum,
            "leaves_qty": child.leaves,
            "avg_px": D(0),
        }
        self.reports.append(ExecutionReport(**(usual | values)))
        self.repeat(child.venue, self.reports[-1])

    def fills(self, child: Child, qty: Decimal | int, price: str = "10") -> None:
        self.says(child, ExecType.TRADE, last_qty=D(qty), last_px=D(price), cum_qty=child.cum + qty)

    def repeat(self, venue: str, report: ExecutionReport) -> None:
        self._comes(venue, MsgType.EXECUTION_REPORT, self._wires[venue].dialect.write_execution(report))

    def echo(self, back: int) -> None:
        """Says a report again: the last, the one before it …"""
        for report in self.reports[-back:][:1]:
            self.repeat(next(v for v in LISTINGS if report.order_id.startswith(v)), report)

    def answers(self, child: Child, status: OrdStatus, **values: Any) -> None:
        """The answer to an OrderStatusRequest(H)."""
        self.says(child, ExecType.ORDER_STATUS, ord_status=status, **values)

    def keeps(self, child: Child, reason: CxlRejReason = CxlRejReason.BROKER_OPTION, *, by: str = "") -> None:
        """An OrderCancelReject(9) of the last cancel of a child, from its venue or another."""
        venue = by or child.venue
        cancel = f"{child.cl_ord_id}_{child.changes}"
        to = CxlRejResponseTo.ORDER_CANCEL_REQUEST
        reject = OrderCancelReject("1", cancel, child.cl_ord_id, child.state, to, reason)
        self._comes(venue, MsgType.ORDER_CANCEL_REJECT, self._wires[venue].dialect.write_cancel_reject(reject))

    def refuses(self, child: Child, msg_type: MsgType, *, business: bool = False) -> None:
        """A Reject(3) or BusinessMessageReject(j) of the last message of that type about a child."""
        sent = [r for r in self.records if (r.kind, r.session, r.msg_type) == (Kind.OUT, child.venue, msg_type)]
        ours = [m for m in map(_message, sent) if child_id(m[tags.ClOrdID]) == child.cl_ord_id]
        if not ours:
            return
        words = self._wires[child.venue].dialect
        if business:
            text = words.write_business_reject(ours[-1], BusinessRejectReason.OTHER, "not now")
            self._comes(child.venue, MsgType.BUSINESS_MESSAGE_REJECT, text)
        else:
            text = words.write_reject(ours[-1], SessionRejectReason.VALUE_IS_INCORRECT, 38, "not so")
            self._comes(child.venue, MsgType.REJECT, text)

    # -- the loop: receive, decide, record (see `sessions.cycle.engine`) ---------------------------------------------

    def _comes(self, name: str, msg_type: MsgType, text: str) -> None:
        self.now += 1_000_000
        self._came += 1
        begin = self._wires[name].begin_string
        raw = encode(msg_type.value, text, Header(begin, name, "MANIFOLD", self._came, format_utc(self.now)))
        message = Message.parse(raw)
        event = self._event(name, message)
        order_id = order_of(message) if name in LISTINGS else self._meant(event)
        if order_id in self._known and self.core.orders.by_id(order_id) is None:
            self.core.orders.add(self.rebuilt(order_id))
        commands = self.core.handle(event, self.now)
        order_id = order_id or next((command.order_id for command in commands if command.order_id), "")
        self._out.received(self.now, name, self._came, msg_type.value, order_id, raw)
        self._performer.perform(commands, self.now)
        self._record()

    def _happens(self, event: Event) -> None:
        self.now += 1_000_000
        self._performer.perform(self.core.handle(event, self.now), self.now)
        self._record()

    def _event(self, name: str, message: Message) -> Event:
        words = self._wires[name].dialect
        if message.msg_type == MsgType.NEW_ORDER_SINGLE:
            return OrderReceived(name, words.read_order(message))
        if message.msg_type == MsgType.ORDER_CANCEL_REQUEST:
            return CancelReceived(name, words.read_cancel(message))
        if message.msg_type == MsgType.ORDER_STATUS_REQUEST:
            return StatusRequested(name, words.read_status_request(message))
        if message.msg_type == MsgType.EXECUTION_REPORT:
            return Executed(name, words.read_execution(message))
        if message.msg_type == MsgType.ORDER_CANCEL_REJECT:
            return CancelRejected(name, words.read_cancel_reject(message))
        number = words.read_reject(message).ref_seq_num
        refused = next(r for r in self.records if (r.kind, r.session, r.msg_seq_num) == (Kind.OUT, name, number))
        return MessageRefused(name, MsgType(refused.msg_type), _message(refused)[tags.ClOrdID], message[tags.Text])

    def _meant(self, event: Event) -> str:
        if not isinstance(event, (CancelReceived, StatusRequested)):
            return ""
        request = event.request
        cl_ord_id = request.orig_cl_ord_id if isinstance(request, OrderCancelRequest) else request.cl_ord_id
        meant = [each for each in self._known if self.rebuilt(each).order.cl_ord_id == cl_ord_id]
        return meant[-1] if meant else ""

    def _record(self) -> None:
        out = self._out
        for entry in out.entries:
            self.records.append(Record(len(self.records) + 1, *entry, digest=b""))
        for name, number in out.next_out.items():
            self._wires[name].number = number
        taken_on = [each.order_id for each in out.opened]
        self._known += taken_on
        self.open = [each for each in [*self.open, *taken_on] if each not in out.closed]
        out.entries, out.opened, out.closed, out.next_out, out.sends = [], [], [], {}, []
        self._compare()

    def _compare(self) -> None:
        for order_id in self._known:
            living = self.core.orders.by_id(order_id)
            if living is not None:
                rebuilt = self.rebuilt(order_id)
                assert rebuilt == living, f"\n{rebuilt}\nby the record, in life\n{living}"


def _message(record: Record) -> Message:
    return Message.parse(record.body)


_STATUS = {
    ExecType.CANCELED: OrdStatus.CANCELED,
    ExecType.REJECTED: OrdStatus.REJECTED,
    ExecType.EXPIRED: OrdStatus.EXPIRED,
    ExecType.TRADE: OrdStatus.PARTIALLY_FILLED,
    ExecType.PENDING_NEW: OrdStatus.PENDING_NEW,
    ExecType.PENDING_CANCEL: OrdStatus.PENDING_CANCEL,
    ExecType.DONE_FOR_DAY: OrdStatus.DONE_FOR_DAY,
    ExecType.SUSPENDED: OrdStatus.SUSPENDED,
}
