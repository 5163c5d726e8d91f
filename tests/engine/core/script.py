"""A core to write scripts for: what happens goes in as a method, the commands come out, and `desk.…ed` says which."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.core.commands import (
    Closed,
    Command,
    Decide,
    Decision,
    Opened,
    RefuseCancel,
    Report,
    SendCancel,
    SendDontKnow,
    SendOrder,
    SendStatusRequest,
    Subscribe,
    Used,
)
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
from engine.core.placing import Rules
from engine.market.venues import Venue
from engine.orders.order import Child, Parent
from engine.orders.states import TERMINAL
from fix.business import (
    ZERO,
    DontKnowTrade,
    ExecutionReport,
    MarketData,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecType,
    MDEntryType,
    MsgType,
    OrdRejReason,
    OrdStatus,
)
from tests.engine.orders.making import NOW, D, new_order
from tests.engine.routing.making import levels, venue

SECOND = 1_000_000_000
VENUES = (venue("ALPHA"), venue("BETA"), venue("GAMMA"))
FINAL = {status.name for status in TERMINAL}


class Desk:
    """One core with its venues up, at an instant of its own."""

    def __init__(self, *venues: Venue, rules: Rules | None = None, down: tuple[str, ...] = ()) -> None:
        self.core = Core(venues or VENUES, rules or Rules(), "T")
        self.now = NOW
        self._exec_ids = 0
        for each in venues or VENUES:
            if each.name not in down:
                self.does(VenueUp(each.name))

    def does(self, event: Event) -> tuple[Command, ...]:
        return self.core.handle(event, self.now)

    # -- what an OMS does ------------------------------------------------------------------------------------------

    def order(self, order: NewOrderSingle | None = None, *, known: bool = False) -> tuple[Command, ...]:
        return self.does(OrderReceived("OMS", order or new_order(), known))

    def cancel(self, cl_ord_id: str = "C", orig: str = "A", *, known: bool = False) -> tuple[Command, ...]:
        return self.does(CancelReceived("OMS", self.request(cl_ord_id, orig), known))

    def request(self, cl_ord_id: str = "C", orig: str = "A") -> OrderCancelRequest:
        order = new_order()
        return OrderCancelRequest(cl_ord_id, orig, order.symbol, order.side, order.order_qty, self.now)

    def asks(self, cl_ord_id: str = "A", session: str = "OMS") -> tuple[Command, ...]:
        return self.does(StatusRequested(session, OrderStatusRequest(cl_ord_id, "ACME", new_order().side)))

    # -- what a venue does: `child` is the number of the child of the first parent, or its whole ClOrdID -----------

    def child(self, child: int | str) -> tuple[Parent, Child]:
        found = self.core.orders.child(f"T-1-{child}" if isinstance(child, int) else child)
        assert found is not None
        return found

    def says(
        self,
        child: int | str,
        exec_type: ExecType,
        ord_status: OrdStatus,
        *,
        last: str = "0 at 0",
        cum: str | None = None,
        text: str = "",
        reason: OrdRejReason | None = None,
        exec_id: str | None = None,
    ) -> tuple[Command, ...]:
        """ExecutionReport(8), with an ExecID(17) never used before and the CumQty(14) that all trades add up to."""
        parent, told = self.child(child)
        [(last_px, last_qty)] = levels(last)
        self._exec_ids += 1
        cum_qty = told.cum + last_qty if cum is None else D(cum)
        report = ExecutionReport(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=told.cl_ord_id,
            exec_id=exec_id or f"V{self._exec_ids}",
            exec_type=exec_type,
            ord_status=ord_status,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=told.qty,
            cum_qty=cum_qty,
            leaves_qty=told.qty - cum_qty,
            avg_px=ZERO,
            last_qty=last_qty,
            last_px=last_px,
            text=text,
            ord_rej_reason=reason,
        )
        return self.does(Executed(told.venue, report))

    def accepts(self, child: int | str) -> tuple[Command, ...]:
        return self.says(child, ExecType.NEW, OrdStatus.NEW)

    def trades(
        self, child: int | str, last: str, *, cum: str | None = None, exec_id: str | None = None
    ) -> tuple[Command, ...]:
        return self.says(child, ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, last=last, cum=cum, exec_id=exec_id)

    def ends(self, child: int | str, how: ExecType = ExecType.CANCELED, cum: str | None = None) -> tuple[Command, ...]:
        return self.says(child, how, OrdStatus(how.value), cum=cum)

    def rejects(self, child: int | str, text: str = "", reason: OrdRejReason | None = None) -> tuple[Command, ...]:
        return self.says(child, ExecType.REJECTED, OrdStatus.REJECTED, text=text, reason=reason)

    def answers(self, child: int | str, ord_status: OrdStatus, cum: str | None = None) -> tuple[Command, ...]:
        return self.says(child, ExecType.ORDER_STATUS, ord_status, cum=cum)

    def keeps(self, child: int | str, reason: CxlRejReason | None = None, text: str = "") -> tuple[Command, ...]:
        """OrderCancelReject(9) of our last cancel."""
        told = self.child(child)[1]
        reject = OrderCancelReject(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=f"{told.cl_ord_id}_{told.changes}",
            orig_cl_ord_id=told.cl_ord_id,
            ord_status=told.state,
            response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
            reason=reason,
            text=text,
        )
        return self.does(CancelRejected(told.venue, reject))

    def cannot_read(self, child: int | str, msg_type: MsgType, text: str = "bad tag") -> tuple[Command, ...]:
        """Reject(3) or BusinessMessageReject(j) of a message of ours."""
        told = self.child(child)[1]
        name = told.cl_ord_id if msg_type is MsgType.NEW_ORDER_SINGLE else told.request_id
        return self.does(MessageRefused(told.venue, msg_type, name, text))

    def subscribed(self, name: str, number: int) -> Command:
        """The `number`th request for market data of this core."""
        return Subscribe("", name, (f"ACME.{name}",), f"T-MD{number}")

    def shows(self, name: str, *offers: str, bids: tuple[str, ...] = ()) -> tuple[Command, ...]:
        """A snapshot of ACME at the venue, later than everything before."""
        self.now += 1
        symbol = f"ACME.{name}"
        entries = [MDEntry(MDEntryType.OFFER, price, size, symbol=symbol) for price, size in levels(*offers)]
        entries += [MDEntry(MDEntryType.BID, price, size, symbol=symbol) for price, size in levels(*bids)]
        return self.does(BookChanged(name, MarketData(snapshot=True, symbol=symbol, entries=tuple(entries))))

    def up(self, name: str) -> tuple[Command, ...]:
        return self.does(VenueUp(name))

    def down(self, name: str) -> tuple[Command, ...]:
        return self.does(VenueDown(name))

    def waits(self, seconds: float) -> tuple[Command, ...]:
        self.now += int(seconds * SECOND)
        return self.does(Tick())

    # -- what comes of it ------------------------------------------------------------------------------------------

    def routed(
        self, reason: str, *children: str, attempt: int = 1, unplaced: str = "0", mid: str = "", of: int = 1
    ) -> tuple[Command, ...]:
        """The decision and the orders; a child as "2 BETA 100"."""
        parent = self.core.orders.by_id(f"T-{of}")
        assert parent is not None
        described, orders = [], []
        for number, name, qty in (child.split() for child in children):
            cl_ord_id, symbol = f"T-{of}-{number}", f"ACME.{name}"
            price = "" if parent.order.price is None else str(parent.order.price)
            described.append(
                {"id": cl_ord_id, "venue": name, "symbol": symbol, "qty": qty, "unit": "1", "dust": "0", "price": price}
            )
            sent = parent.order._replace(
                cl_ord_id=cl_ord_id, symbol=symbol, order_qty=Decimal(qty), transact_time=self.now
            )
            orders.append(SendOrder(parent.order_id, name, sent))
        detail: dict[str, object] = {"attempt": attempt, "unplaced": unplaced, "mid": mid, "children": described}
        seen = self.core.floor.placer.seen(parent.order.symbol)
        if seen.tops or seen.stale:
            detail["market"] = seen.described()
        return (Decide(parent.order_id, Decision.ROUTE, reason, detail), *orders)

    def told(
        self,
        number: int,
        exec_type: ExecType,
        ord_status: OrdStatus,
        *,
        cum: str = "0",
        avg: str = "0",
        last: str = "0 at 0",
        mkt: str = "",
        text: str = "",
        reason: OrdRejReason | None = None,
        order: NewOrderSingle | None = None,
        order_id: str = "T-1",
        cancel: str = "",
    ) -> Report:
        """The `number`th ExecutionReport(8) to the OMS about its order, 0 for an answer to its question.

        `cancel` is the ClOrdID(11) of its request that this answers.
        """
        order = order or new_order()
        [(last_px, last_qty)] = levels(last)
        final = ord_status.name in FINAL
        made = ExecutionReport(
            order_id=order_id,
            cl_ord_id=cancel or order.cl_ord_id,
            exec_id=f"{order_id}-E{number}" if number else "0",
            exec_type=exec_type,
            ord_status=ord_status,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            cum_qty=D(cum),
            leaves_qty=ZERO if final else order.order_qty - D(cum),
            avg_px=D(avg),
            last_qty=last_qty,
            last_px=last_px,
            orig_cl_ord_id=order.cl_ord_id if cancel else "",
            ord_rej_reason=reason,
            text=text,
            last_mkt=mkt,
            transact_time=self.now,
            ord_type=order.ord_type,
            price=order.price,
            time_in_force=order.time_in_force,
            account=order.account,
        )
        return Report(order_id, "OMS", made)

    def told_new(self, number: int = 1, order: NewOrderSingle | None = None) -> Report:
        return self.told(number, ExecType.NEW, OrdStatus.NEW, order=order)

    def canceled(
        self, child: int, change: int = 1, *, order_id: str = "", why: str = "the OMS cancels"
    ) -> tuple[Command, ...]:
        """The decision and the cancel to the venue; `order_id` when the venue has given one."""
        parent, told = self.child(child)
        request = OrderCancelRequest(
            cl_ord_id=f"{told.cl_ord_id}_{change}",
            orig_cl_ord_id=told.cl_ord_id,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=told.qty,
            transact_time=self.now,
            order_id=order_id,
        )
        return (
            decided(Decision.CANCEL, why, {"child": told.cl_ord_id}),
            SendCancel(parent.order_id, told.venue, request),
        )

    def lost(self, child: int, why: str, still: str = "100") -> Command:
        return decided(Decision.DOUBT, why, {"child": f"T-1-{child}", "open": still})

    def asked(self, child: int, order_id: str = "") -> Command:
        """The question to the venue."""
        parent, told = self.child(child)
        request = OrderStatusRequest(told.cl_ord_id, told.symbol, parent.order.side, order_id)
        return SendStatusRequest(parent.order_id, told.venue, request)


def decided(kind: Decision, reason: str, detail: Mapping[str, object] | None = None, order_id: str = "T-1") -> Decide:
    return Decide(order_id, kind, reason, detail or {})


def finished(reason: str, ord_status: OrdStatus) -> tuple[Command, ...]:
    return decided(Decision.FINISH, reason, {"OrdStatus": ord_status.name}), Closed("T-1")


def used(cl_ord_id: str = "C", of: int = 1) -> Command:
    return Used(f"T-{of}", "OMS", cl_ord_id)


def denied(venue: str, cl_ord_id: str, reason: DKReason, report: ExecutionReport, order_id: str = "") -> Command:
    """DontKnowTrade(Q) of a venue's report."""
    text = f"ClOrdID(11) {cl_ord_id or '(none)'}: {reason.name.lower().replace('_', ' ')}"
    denial = DontKnowTrade(
        report.order_id,
        report.exec_id,
        reason,
        report.symbol,
        report.side,
        report.order_qty,
        report.last_qty,
        report.last_px,
        text,
    )
    return SendDontKnow(order_id, venue, denial)


def kept_by(child: int, reason: str, change: int = 1) -> Command:
    """The venue refuses to change the child."""
    return decided(Decision.REFUSED, reason, {"child": f"T-1-{child}", "change": f"T-1-{child}_{change}"})


def opened(cl_ord_id: str = "A", of: int = 1) -> Command:
    return Opened(f"T-{of}", "OMS", cl_ord_id)


def cancel_refused(
    reason: CxlRejReason,
    text: str,
    ord_status: OrdStatus,
    *,
    order_id: str = "T-1",
    cl_ord_id: str = "C",
    orig: str = "A",
) -> RefuseCancel:
    reject = OrderCancelReject(
        order_id=order_id or "NONE",
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=orig,
        ord_status=ord_status,
        response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
        reason=reason,
        text=text,
    )
    return RefuseCancel(order_id, "OMS", reject)
