"""A desk for the whole life of an order, and three witnesses of everything that happens at it.

What is said twice in every script: the sums never come to more than was asked (law 4), as the venues would count them;
the OMS hears one story (`Ledger`); and a second core that is spared every tick which asked for nothing does the same
(law 6, and what a replay relies on).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.core.actions import Action
from engine.core.commands import Command, Decide, Decision, RefuseCancel, Report, SendCancel, SendReplace
from engine.core.core import Core
from engine.core.events import (
    CancelRejected,
    Event,
    Executed,
    Instructed,
    MassCanceled,
    MassCancelReceived,
    OrderReceived,
    ReplaceReceived,
    Tick,
    VenueUp,
)
from engine.core.placing import Rules
from engine.market.health import Watch
from engine.market.venues import Venue
from engine.orders.order import Parent
from engine.risk.limits import Limits
from fix.business import (
    ZERO,
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MassCancelRequestType,
    MassCancelResponse,
    OrdStatus,
    Side,
)
from tests.engine.core.counts import Counts
from tests.engine.core.ledger import Ledger
from tests.engine.core.script import VENUES, Desk, cancel_refused, used
from tests.engine.orders.making import NOW, D, new_order

PERSON, WHY = "ada", "a test"
PENDING_REPLACE = OrdStatus.PENDING_REPLACE


class Life(Desk):
    """As `Desk`, with everything a core may be given."""

    def __init__(
        self,
        *venues: Venue,
        rules: Rules | None = None,
        down: tuple[str, ...] = (),
        limits: Limits | None = None,
        watch: Mapping[str, Watch] | None = None,
        kept: Mapping[str, Mapping[str, object]] | None = None,
        adopt: tuple[Parent, ...] = (),
        now: int = NOW,
    ) -> None:
        made = [Core(venues or VENUES, rules or Rules(), "T", limits, watch, kept) for _ in range(2)]
        self.core, self.twin = made
        self.core.adopt(adopt)
        self.witnessed = not adopt  # a rebuilt parent is in one core only, and no ledger knows it
        self.lawful = True  # while no venue trades more than it was asked
        self.ledger, self.counts = Ledger(), Counts()
        self.now = now
        self._exec_ids = 0
        for each in venues or VENUES:
            if each.name not in down:
                self.does(VenueUp(each.name))

    def does(self, event: Event) -> tuple[Command, ...]:
        commands = self.core.handle(event, self.now)
        if self.witnessed:
            self._witness(event, commands)
        return commands

    def _witness(self, event: Event, commands: tuple[Command, ...]) -> None:
        if commands or not isinstance(event, Tick):
            assert self.twin.handle(event, self.now) == commands, "a tick that asked for nothing left a trace"
        self.ledger.hear(commands, event.order if isinstance(event, OrderReceived) else None)
        self.counts.sees(event, commands)
        for order_id, account in self.ledger.accounts.items() if self.lawful else ():
            assert self.counts.of(order_id) <= account.order.order_qty, f"law 4 for {order_id}"

    # -- what an OMS does ------------------------------------------------------------------------------------------

    def wants(
        self, qty: str | None = None, price: str | None = None, *, of: int = 1, **terms: object
    ) -> NewOrderSingle:
        """The terms the OMS has now, but these."""
        order = self.parent(of).order
        given = dict(terms)
        if qty is not None:
            given["order_qty"] = D(qty)
        if price is not None:
            given["price"] = D(price)
        return order._replace(**given)  # type: ignore[arg-type]

    def asks_for(self, target: NewOrderSingle, orig: str = "A") -> OrderCancelReplaceRequest:
        return OrderCancelReplaceRequest(
            cl_ord_id=target.cl_ord_id,
            orig_cl_ord_id=orig,
            symbol=target.symbol,
            side=target.side,
            order_qty=target.order_qty,
            ord_type=target.ord_type,
            price=target.price,
            time_in_force=target.time_in_force,
            transact_time=self.now,
            account=target.account,
            expire_time=target.expire_time,
        )

    def amends(self, target: NewOrderSingle, orig: str = "A", *, known: bool = False) -> tuple[Command, ...]:
        """OrderCancelReplaceRequest(G): `target` as it is to be, with the ClOrdID(11) of the request."""
        return self.does(ReplaceReceived("OMS", self.asks_for(target, orig), known))

    def mass_cancels(
        self,
        what: MassCancelRequestType = MassCancelRequestType.CANCEL_ALL_ORDERS,
        symbol: str = "",
        side: Side | None = None,
        *,
        cl_ord_id: str = "M",
        known: bool = False,
    ) -> tuple[Command, ...]:
        request = OrderMassCancelRequest(cl_ord_id, what, symbol, side, self.now)
        return self.does(MassCancelReceived("OMS", request, known))

    # -- what a person does ----------------------------------------------------------------------------------------

    def told_to(self, action: Action, person: str = PERSON, reason: str = WHY) -> tuple[Command, ...]:
        return self.does(Instructed(person, reason, action))

    # -- what a venue does -----------------------------------------------------------------------------------------

    def parent(self, of: int = 1) -> Parent:
        found = self.core.orders.by_id(f"T-{of}")
        assert found is not None
        return found

    def replaced(self, child: int | str, qty: str | None = None, cum: str | None = None) -> tuple[Command, ...]:
        """ExecutionReport(8) Replaced, for our last request; `qty` where the venue has it otherwise."""
        parent, told = self.child(child)
        assert told.asked is not None
        self._exec_ids += 1
        order_qty = told.asked.qty if qty is None else D(qty)
        cum_qty = told.cum if cum is None else D(cum)
        report = ExecutionReport(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=told.request_id,
            exec_id=f"V{self._exec_ids}",
            exec_type=ExecType.REPLACED,
            ord_status=OrdStatus.NEW,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=order_qty,
            cum_qty=cum_qty,
            leaves_qty=order_qty - cum_qty,
            avg_px=ZERO,
            orig_cl_ord_id=told.name,
            price=told.asked.price,
        )
        return self.does(Executed(told.venue, report))

    def restates(self, child: int | str, exec_type: ExecType, qty: str, **more: object) -> tuple[Command, ...]:
        """A report of terms that nobody asked for."""
        parent, told = self.child(child)
        self._exec_ids += 1
        cum = D(str(more.pop("cum", told.cum)))
        report = ExecutionReport(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=told.name,
            exec_id=f"V{self._exec_ids}",
            exec_type=exec_type,
            ord_status=OrdStatus.NEW,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=D(qty),
            cum_qty=cum,
            leaves_qty=D(qty) - cum,
            avg_px=ZERO,
        )
        return self.does(Executed(told.venue, report._replace(**more)))  # type: ignore[arg-type]

    def takes_back(
        self, child: int | str, exec_ref_id: str, now_is: str = "", *, leaves: str = "0"
    ) -> tuple[Command, ...]:
        """A trade is cancelled, or corrected to `now_is`, "40 at 99"; `leaves` is open at the venue then."""
        parent, told = self.child(child)
        self._exec_ids += 1
        qty, px = (D(part) for part in (now_is or "0 at 0").split(" at "))
        cum = told.cum - told.trades[exec_ref_id].qty + qty
        report = ExecutionReport(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=told.name,
            exec_id=f"V{self._exec_ids}",
            exec_type=ExecType.TRADE_CORRECT if now_is else ExecType.TRADE_CANCEL,
            ord_status=OrdStatus.PARTIALLY_FILLED if cum else OrdStatus.NEW,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=told.qty,
            cum_qty=cum,
            leaves_qty=D(leaves),
            avg_px=ZERO,
            last_qty=qty,
            last_px=px,
            exec_ref_id=exec_ref_id,
        )
        return self.does(Executed(told.venue, report))

    def stands(
        self, child: int | str, ord_status: OrdStatus, qty: str = "", price: str = "", *, name: str = "", cum: str = ""
    ) -> tuple[Command, ...]:
        """The answer to OrderStatusRequest(H), with the terms that the venue has."""
        parent, told = self.child(child)
        cum_qty, order_qty = D(cum or str(told.cum)), D(qty or "0")
        report = ExecutionReport(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=name or told.name,
            exec_id="0",
            exec_type=ExecType.ORDER_STATUS,
            ord_status=ord_status,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=order_qty,
            cum_qty=cum_qty,
            leaves_qty=max(order_qty - cum_qty, ZERO),
            avg_px=ZERO,
            price=D(price) if price else None,
        )
        return self.does(Executed(told.venue, report))

    def keeps(
        self, child: int | str, reason: CxlRejReason | None = None, text: str = "", *, change: int = 0
    ) -> tuple[Command, ...]:
        """OrderCancelReject(9) of our last request to cancel or to replace, or of that `change`."""
        told = self.child(child)[1]
        replace, cancel = CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST, CxlRejResponseTo.ORDER_CANCEL_REQUEST
        reject = OrderCancelReject(
            order_id=f"{told.venue}-{told.cl_ord_id}",
            cl_ord_id=f"{told.cl_ord_id}_{change or told.changes}",
            orig_cl_ord_id=told.name,
            ord_status=told.state,
            response_to=cancel if told.asked is None else replace,
            reason=reason,
            text=text,
        )
        return self.does(CancelRejected(told.venue, reject))

    def says_as_it_is(self, venue: str, report: ExecutionReport) -> tuple[Command, ...]:
        return self.does(Executed(venue, report))

    def mass_canceled(
        self, venue: str, affected: int, *, rejected: bool = False, text: str = ""
    ) -> tuple[Command, ...]:
        """OrderMassCancelReport(r)."""
        response = MassCancelResponse.CANCEL_REQUEST_REJECTED if rejected else MassCancelResponse.CANCEL_ALL_ORDERS
        what = MassCancelRequestType.CANCEL_ALL_ORDERS
        report = OrderMassCancelReport("R", "T-Q1", what, response, total_affected=affected, text=text)
        return self.does(MassCanceled(venue, report))

    # -- what comes of it ------------------------------------------------------------------------------------------

    def hears(
        self,
        number: int,
        exec_type: ExecType,
        ord_status: OrdStatus,
        *,
        of: int = 1,
        order: NewOrderSingle | None = None,
        answers: tuple[str, str] | None = None,
        last: str = "0 at 0",
        cum: str = "0",
        avg: str = "0",
        **more: object,
    ) -> Report:
        """As `told`, of the order as the OMS has it now; `answers` are the ClOrdID(11) and OrigClOrdID(41)."""
        order = order or self.parent(of).order
        told = self.told(number, exec_type, ord_status, last=last, cum=cum, avg=avg, order=order, order_id=f"T-{of}")
        made = told.report._replace(expire_time=order.expire_time, **more)  # type: ignore[arg-type]
        if answers is not None:
            made = made._replace(cl_ord_id=answers[0], orig_cl_ord_id=answers[1])
        return told._replace(report=made)

    def promised(self, number: int, cl_ord_id: str = "B", orig: str = "A", **more: object) -> tuple[Command, ...]:
        """The request is taken, and told to be pending; `order` as it is until then."""
        told = self.hears(
            number,
            ExecType.PENDING_REPLACE,
            PENDING_REPLACE,
            answers=(cl_ord_id, orig),
            **more,  # type: ignore[arg-type]
        )
        return used(cl_ord_id), told

    def sent_replace(
        self, child: int, qty: str, price: str = "100", *, change: int = 1, orig: str = "", why: str = "as B asks"
    ) -> tuple[Command, ...]:
        """The decision and the replace to the venue; `orig` where the venue has it by another name than the first."""
        parent, told = self.child(child)
        assert told.asked is not None
        request = OrderCancelReplaceRequest(
            cl_ord_id=f"{told.cl_ord_id}_{change}",
            orig_cl_ord_id=orig or told.cl_ord_id,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=D(qty),
            ord_type=told.ord_type,
            price=D(price),
            time_in_force=told.asked.time_in_force,
            transact_time=self.now,
            order_id=told.venue_order_id,
            account=parent.order.account,
            expire_time=told.asked.expire_time,
        )
        detail = {
            "child": told.cl_ord_id,
            "qty": str(request.order_qty),
            "price": price,
            "time_in_force": told.asked.time_in_force.value,
            "expire_time": str(told.asked.expire_time),
        }
        return (
            Decide(parent.order_id, Decision.REPLACE, why, detail),
            SendReplace(parent.order_id, told.venue, request),
        )

    def sent_cancel(self, child: int | str, why: str, change: int = 1) -> tuple[Command, ...]:
        """The decision and the cancel to the venue, by the name under which the venue has the child."""
        parent, told = self.child(child)
        request = OrderCancelRequest(
            cl_ord_id=f"{told.cl_ord_id}_{change}",
            orig_cl_ord_id=told.name,
            symbol=told.symbol,
            side=parent.order.side,
            order_qty=told.qty,
            transact_time=self.now,
            order_id=told.venue_order_id,
        )
        return (
            Decide(parent.order_id, Decision.CANCEL, why, {"child": told.cl_ord_id}),
            SendCancel(parent.order_id, told.venue, request),
        )


def accepted(*venues: Venue, order: NewOrderSingle | None = None, **more: object) -> Life:
    """Every child of one order is acknowledged: with nothing else said, 100 each at ALPHA, BETA and GAMMA."""
    life = Life(*venues, **more)  # type: ignore[arg-type]
    life.order(order or new_order())
    for child in list(life.parent().children):
        life.accepts(child)
    return life


def replace_refused(
    reason: CxlRejReason,
    text: str,
    ord_status: OrdStatus = OrdStatus.NEW,
    *,
    cl_ord_id: str = "B",
    orig: str = "A",
    order_id: str = "T-1",
) -> RefuseCancel:
    """OrderCancelReject(9) of a replace."""
    made = cancel_refused(reason, text, ord_status, order_id=order_id, cl_ord_id=cl_ord_id, orig=orig)
    return made._replace(reject=replace(made.reject, response_to=CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST))
