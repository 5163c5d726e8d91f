"""An engine without sockets: a real decider, three venues of three dialects, and a record kept in memory.

After each thing that happens, every parent is rebuilt from its records and must equal the living one: so a script
that runs has compared every prefix of every order's life.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from engine.core.actions import Action, Outcome, Settle
from engine.core.orders import child_id
from engine.core.placing import Rules
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Kind, Record
from engine.market.venues import Listing, Venue
from engine.orders.order import Child, Parent
from fix import tags
from fix.business import (
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
    MassCancelRequestType,
    MassCancelResponse,
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
from sessions.cycle.decider import Decider
from sessions.cycle.outbox import Outbox
from sessions.cycle.setup import Party, Role, Setup
from sessions.gateway.session import Came, FixSession, Incoming
from tests.engine.dropcopy.memory import Past, Wire, differences

D = Decimal
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
LISTINGS = {
    "ALPHA": {"XYZ": Listing("XYZ.A", lot=D(10))},
    "BETA": {"XYZ": Listing("XYZ")},
    "GAMMA": {"XYZ": Listing("XYZ.G", contract=D("0.1"))},
}
DIALECTS = dict(zip(LISTINGS, VERSIONS, strict=True))
VENUES = tuple(
    Venue(name, mic, listings=LISTINGS[name], mass_cancel=name == "BETA")
    for name, mic in zip(LISTINGS, ("XALP", "XBET", "XGAM"), strict=True)
)
TIMEOUT = 5_000_000_000
DAY = 86_400_000_000_000
ALL_ORDERS = MassCancelRequestType.CANCEL_ALL_ORDERS


class Scene:
    """`oms`: the version that the OMS speaks. `cancels`: its orders are cancelled when its session ends."""

    def __init__(self, oms: str = "FIX.4.4", *, cancels: bool = False) -> None:
        self.now = 1_700_000_000_000_000_000
        self.past = Past()
        self.open: list[str] = []
        self.reports: list[ExecutionReport] = []  # what the venues said
        self._runs = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        self._out = Outbox()
        versions = {"OMS": oms, "COPY": "FIX.4.2", **DIALECTS}
        self._wires = {name: Wire(name, version) for name, version in versions.items()}
        roles = {"OMS": Role.OMS, "COPY": Role.DROP_COPY}
        self._parties = tuple(Party(name, roles.get(name, Role.VENUE), v) for name, v in versions.items())
        self._rules = Rules(4, TIMEOUT, cancel_on_disconnect=frozenset(["OMS"] if cancels else []))
        self._kept: dict[str, Mapping[str, object]] = {}
        self._came = 0
        self._start()
        self.up()

    # -- the engine's life -------------------------------------------------------------------------------------------

    def _start(self) -> None:
        setup = Setup(next(self._runs), VENUES, self._rules, kept=dict(self._kept), parties=self._parties)
        sessions = cast("dict[str, FixSession]", self._wires)
        self.decider = Decider(setup, sessions, self._out, self.past)
        self.core = self.decider.core
        self.decider.start(self.open, self.now)
        self._record()

    def restart(self) -> None:
        """The engine is killed and started again, and the venues are back."""
        self.now += 1_000_000
        self._start()
        self.up()

    def up(self) -> None:
        for venue in VENUES:
            self._logged(venue.name, up=True)

    def down(self, name: str) -> None:
        """A venue's session ends, or that of the OMS."""
        self._logged(name, up=False)

    def _logged(self, name: str, *, up: bool) -> None:
        self.now += 1_000_000
        self.decider.logged(name, self.now, up=up)
        self._record()

    def wait(self, for_: int = TIMEOUT) -> None:
        """Long enough for every answer to be overdue, if not told otherwise."""
        self.now += for_
        self.decider.tick(self.now)
        self._record()

    def next_day(self) -> None:
        """Midnight passes."""
        self.now += DAY
        self.decider.tick(self.now)
        self._record()

    def orders(self, action: Action) -> None:
        """A person does."""
        self.now += 1_000_000
        self.decider.instructed("ann", "ann", "she knows why", action, self.now)
        self._record()

    def settle(self, child: Child, outcome: Outcome, cum: Decimal | int) -> None:
        self.orders(Settle(child.cl_ord_id, outcome, D(cum)))

    # -- what is there -----------------------------------------------------------------------------------------------

    @property
    def records(self) -> list[Record]:
        return self.past.records

    def parent(self, number: int = 0) -> Parent:
        """The first, second … that was taken on: the living one, or what the record says where it was forgotten."""
        order_id = self.past.opened[number].order_id
        return self.core.orders.by_id(order_id) or self.rebuilt(order_id)

    @property
    def taken(self) -> int:
        """How many parents were taken on."""
        return len(self.past.opened)

    def children(self) -> list[Child]:
        return [child for number in range(self.taken) for child in self.parent(number).children.values()]

    def at(self, venue: str, number: int = 0) -> Child:
        """The last child of a parent at a venue."""
        return [child for child in self.parent(number).children.values() if child.venue == venue][-1]

    def rebuilt(self, order_id: str) -> Parent:
        return rebuild(order_id, self.of_order(order_id))

    def of_order(self, order_id: str) -> list[Record]:
        return list(self.past.order_records(order_id))

    def sent(self, name: str, *msg_types: MsgType) -> list[Message]:
        """What went to a counterparty, of these types."""
        ours = [r for r in self.records if (r.kind, r.session) == (Kind.OUT, name) and r.msg_type in msg_types]
        return [Message.parse(record.body) for record in ours]

    def told(self) -> list[str]:
        """ExecType(150) and OrdStatus(39) of the reports to the OMS, its refusals as 9."""
        messages = self.sent("OMS", MsgType.EXECUTION_REPORT, MsgType.ORDER_CANCEL_REJECT)
        return [f"{message.get(tags.ExecType) or '9'} {message.get(tags.OrdStatus)}" for message in messages]

    # -- what the OMS says -------------------------------------------------------------------------------------------

    def order(
        self,
        cl_ord_id: str,
        qty: int = 100,
        price: str | None = "10",
        time_in_force: TimeInForce = TimeInForce.DAY,
        side: Side = Side.BUY,
        ends: int = 0,
        **asked: Any,
    ) -> None:
        """`ends`: ns from now to ExpireTime(126) of a GTD order; `asked`: fields of its strategy."""
        kind, limit = (OrdType.MARKET, None) if price is None else (OrdType.LIMIT, D(price))
        expires = self.now + ends if ends else 0
        order = NewOrderSingle(
            cl_ord_id, "XYZ", side, D(qty), kind, limit, time_in_force, self.now, "ACC", expire_time=expires
        )._replace(**asked)
        self.comes("OMS", MsgType.NEW_ORDER_SINGLE, self._wires["OMS"].dialect.write_order(order))

    def replace(self, cl_ord_id: str, orig: str, qty: int = 100, price: str | None = "10", number: int = 0) -> None:
        """Of the parent `number`, with its own other terms."""
        order = self.parent(number).order
        request = OrderCancelReplaceRequest(
            cl_ord_id,
            orig,
            "XYZ",
            order.side,
            D(qty),
            order.ord_type,
            None if price is None or order.price is None else D(price),
            order.time_in_force,
            self.now,
            expire_time=order.expire_time,
        )
        self.comes("OMS", MsgType.ORDER_CANCEL_REPLACE_REQUEST, self._wires["OMS"].dialect.write_replace(request))

    def cancel(self, cl_ord_id: str, orig_cl_ord_id: str) -> None:
        request = OrderCancelRequest(cl_ord_id, orig_cl_ord_id, "XYZ", Side.BUY, D(100), self.now)
        self.comes("OMS", MsgType.ORDER_CANCEL_REQUEST, self._wires["OMS"].dialect.write_cancel(request))

    def cancel_all(self, cl_ord_id: str) -> None:
        words = self._wires["OMS"].dialect
        if words.has_mass_messages:
            request = OrderMassCancelRequest(cl_ord_id, ALL_ORDERS, "", None, self.now)
            self.comes("OMS", MsgType.ORDER_MASS_CANCEL_REQUEST, words.write_mass_cancel(request))

    def ask(self, cl_ord_id: str) -> None:
        request = OrderStatusRequest(cl_ord_id, "XYZ", Side.BUY)
        self.comes("OMS", MsgType.ORDER_STATUS_REQUEST, self._wires["OMS"].dialect.write_status_request(request))

    # -- what the venues say -----------------------------------------------------------------------------------------

    def says(self, child: Child, exec_type: ExecType, **values: Any) -> None:
        """An ExecutionReport(8) of a child, true unless `values` say otherwise."""
        parent, _ = self._found(child)
        usual: dict[str, Any] = {
            "order_id": f"{child.venue}-1",
            "cl_ord_id": child.name,
            "exec_id": f"E{self._came}",
            "exec_type": exec_type,
            "ord_status": _STATUS.get(exec_type, OrdStatus.NEW),
            "symbol": child.symbol,
            "side": parent.order.side,
            "order_qty": child.qty,
            "cum_qty": child.cum,
            "leaves_qty": child.leaves,
            "avg_px": D(0),
        }
        self.reports.append(ExecutionReport(**(usual | values)))
        self.repeat(child.venue, self.reports[-1])

    def _found(self, child: Child) -> tuple[Parent, Child]:
        for number in range(self.taken):
            parent = self.parent(number)
            if child.cl_ord_id in parent.children:
                return parent, parent.children[child.cl_ord_id]
        raise AssertionError(child.cl_ord_id)

    def fills(self, child: Child, qty: Decimal | int, price: str = "10", **values: Any) -> None:
        usual: dict[str, Any] = {"last_qty": D(qty), "last_px": D(price), "cum_qty": child.cum + qty}
        self.says(child, ExecType.TRADE, **(usual | values))

    def corrects(self, child: Child, ref: str, qty: Decimal | int, price: str = "10", **values: Any) -> None:
        """The trade `ref` was in truth one of `qty`."""
        cum = child.cum + qty - child.trades[ref].qty if ref in child.trades else child.cum
        usual: dict[str, Any] = {"exec_ref_id": ref, "last_qty": D(qty), "last_px": D(price), "cum_qty": cum}
        self.says(child, ExecType.TRADE_CORRECT, **(usual | {"leaves_qty": child.qty - cum} | values))

    def busts(self, child: Child, ref: str, *, leaves: Decimal | int | None = None) -> None:
        """The trade `ref` never was; `leaves` of the order are open then, all of its rest where None."""
        cum = child.cum - child.trades[ref].qty if ref in child.trades else child.cum
        still = child.qty - cum if leaves is None else D(leaves)
        self.says(child, ExecType.TRADE_CANCEL, exec_ref_id=ref, cum_qty=cum, leaves_qty=still)

    def replaced(self, child: Child, **values: Any) -> None:
        """As we asked."""
        usual: dict[str, Any] = {"cl_ord_id": child.request_id, "orig_cl_ord_id": child.name}
        if child.asked is not None:
            usual |= {"order_qty": child.asked.qty, "price": child.asked.price}
        self.says(child, ExecType.REPLACED, **(usual | values))

    def repeat(self, venue: str, report: ExecutionReport) -> None:
        self.comes(venue, MsgType.EXECUTION_REPORT, self._wires[venue].dialect.write_execution(report))

    def echo(self, back: int) -> None:
        """Says a report again: the last, the one before it …"""
        for report in self.reports[-back:][:1]:
            self.repeat(next(v for v in LISTINGS if report.order_id.startswith(v)), report)

    def answers(self, child: Child, status: OrdStatus, **values: Any) -> None:
        """The answer to an OrderStatusRequest(H)."""
        self.says(child, ExecType.ORDER_STATUS, ord_status=status, **values)

    def keeps(self, child: Child, reason: CxlRejReason = CxlRejReason.BROKER_OPTION, *, by: str = "") -> None:
        """An OrderCancelReject(9) of the last cancel or replace of a child, from its venue or another."""
        venue, to = by or child.venue, CxlRejResponseTo.ORDER_CANCEL_REQUEST
        if child.asked is not None:
            to = CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST
        reject = OrderCancelReject("1", child.request_id, child.name, child.state, to, reason)
        self.comes(venue, MsgType.ORDER_CANCEL_REJECT, self._wires[venue].dialect.write_cancel_reject(reject))

    def refuses(self, child: Child, msg_type: MsgType, *, business: bool = False) -> None:
        """A Reject(3) or BusinessMessageReject(j) of the last message of that type about a child."""
        ours = [m for m in self.sent(child.venue, msg_type) if child_id(m[tags.ClOrdID]) == child.cl_ord_id]
        words = self._wires[child.venue].dialect
        if ours and business:
            text = words.write_business_reject(ours[-1], BusinessRejectReason.OTHER, "not now")
            self.comes(child.venue, MsgType.BUSINESS_MESSAGE_REJECT, text)
        elif ours:
            text = words.write_reject(ours[-1], SessionRejectReason.VALUE_IS_INCORRECT, 38, "not so")
            self.comes(child.venue, MsgType.REJECT, text)

    def refuses_all(self, venue: str) -> None:
        """The venue cancels nothing at once."""
        refused = MassCancelResponse.CANCEL_REQUEST_REJECTED
        report = OrderMassCancelReport("1", "A-Q1", ALL_ORDERS, refused, text="one by one")
        self.comes(venue, MsgType.ORDER_MASS_CANCEL_REPORT, self._wires[venue].dialect.write_mass_cancel_report(report))

    def display(self, venue: str, bid: str, offer: str, size: int) -> None:
        symbol, sides = LISTINGS[venue]["XYZ"].symbol, {MDEntryType.BID: bid, MDEntryType.OFFER: offer}
        entries = [MDEntry(side, D(price), D(size), symbol=symbol) for side, price in sides.items()]
        text = self._wires[venue].dialect.write_md_snapshot("MD", symbol, entries)
        self.comes(venue, MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, text)

    # -- receive, decide, record -------------------------------------------------------------------------------------

    def comes(self, name: str, msg_type: MsgType, text: str) -> None:
        self.now += 1_000_000
        self._came += 1
        begin = self._wires[name].begin_string
        raw = encode(msg_type.value, text, Header(begin, name, "MANIFOLD", self._came, format_utc(self.now)))
        self.decider.received(Incoming(name, Came.IN, raw, self.now))
        self._record()

    def _record(self) -> None:
        out, past = self._out, self.past
        past.records += [Record(len(past.records) + 1 + n, *entry, b"") for n, entry in enumerate(out.entries)]
        past.opened += out.opened
        past.used += out.used
        for name, number in out.next_out.items():
            self._wires[name].number = number
        closed = Counter(out.closed)
        closed.subtract(out.reopened)
        self.open += [each.order_id for each in out.opened] + [each for each, n in closed.items() if n < 0]
        self.open = [each for each in self.open if closed[each] <= 0]
        for key, value in out.kept.items():
            self._kept.pop(key, None)
            if value is not None:
                self._kept[key] = value
        out.recorded()
        out.sends = []
        self._compare()

    def _compare(self) -> None:
        for opened in self.past.opened:
            living = self.core.orders.by_id(opened.order_id)
            if living is not None:
                found = differences(self.rebuilt(opened.order_id), living)
                assert found == [], found


_STATUS = {
    ExecType.CANCELED: OrdStatus.CANCELED,
    ExecType.REJECTED: OrdStatus.REJECTED,
    ExecType.EXPIRED: OrdStatus.EXPIRED,
    ExecType.TRADE: OrdStatus.PARTIALLY_FILLED,
    ExecType.PENDING_NEW: OrdStatus.PENDING_NEW,
    ExecType.PENDING_CANCEL: OrdStatus.PENDING_CANCEL,
    ExecType.DONE_FOR_DAY: OrdStatus.DONE_FOR_DAY,
    ExecType.SUSPENDED: OrdStatus.SUSPENDED,
    ExecType.STOPPED: OrdStatus.STOPPED,
    ExecType.CALCULATED: OrdStatus.CALCULATED,
}
