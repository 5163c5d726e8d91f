"""A simulated venue: FIX in front of order books. It keeps its messages in memory and resends them when asked."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from fix import tags
from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelReport
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    ExecRestatementReason,
    ExecType,
    MassCancelResponse,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    TimeInForce,
)
from fix.message import GarbledMessageError, Message
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming
from sessions.simulator.book import Amended, BookEvent, Cancelled, LevelChanged, Trade
from sessions.simulator.feed import Feed, Market
from sessions.simulator.liquidity import Action, Enter
from sessions.simulator.orders import GOOD_TILL, VenueOrder, VenueOrders
from sessions.simulator.reporter import Fill, Reporter
from sessions.simulator.rules import (
    SERVED_STATUS_TYPES,
    Refusal,
    change_refusal,
    mass_cancel_refusal,
    replace_refusal,
    terms_refusal,
)
from spec.dialects import DialectError

logger = logging.getLogger("manifold.simulator")
DAY = 86_400_000_000_000  # ns
HALTED = "trading is halted"


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a venue behaves besides trading; times in ns.

    `latency` lies between a message and its answer; every `reject_every`th order is refused. At `day_ends` past
    midnight UTC DAY orders expire, and those that are good for longer are restated. With `cancel_on_disconnect` a
    session's orders end with it. `halt_at` after its start, and for `halt_for`, nothing trades and only cancels are
    taken.
    """

    latency: int = 0
    reject_every: int = 0
    day_ends: int | None = None
    cancel_on_disconnect: bool = False
    halt_at: int | None = None
    halt_for: int = 0


class Venue:
    """Answers one session."""

    def __init__(
        self,
        session: FixSession,
        inbox: list[Incoming],
        markets: dict[str, Market],
        on_fill: Callable[[Fill], None] = lambda _: None,
        conduct: Conduct | None = None,
    ) -> None:
        self._session = session
        self._inbox = inbox
        self._markets = markets
        self._conduct = conduct or Conduct()
        self._feed = Feed(session, markets)
        self._reporter = Reporter(session, on_fill)
        self._orders = VenueOrders()
        self._waiting: deque[tuple[int, Callable[[int], None]]] = deque()
        self._received = self._mass_cancels = 0
        self._began = self._last_turn = 0
        self._left = False
        self._handlers: dict[str, Callable[[Message, int], None]] = {
            MsgType.NEW_ORDER_SINGLE.value: self._new_order,
            MsgType.ORDER_CANCEL_REQUEST.value: self._cancel,
            MsgType.ORDER_CANCEL_REPLACE_REQUEST.value: self._replace,
            MsgType.ORDER_STATUS_REQUEST.value: self._status,
            MsgType.MARKET_DATA_REQUEST.value: self._feed.request,
        }
        if session.dialect.has_mass_messages:
            self._handlers[MsgType.ORDER_MASS_CANCEL_REQUEST.value] = self._mass_cancel
            self._handlers[MsgType.ORDER_MASS_STATUS_REQUEST.value] = self._mass_status

    def turn(self, now: int) -> bool:
        """One round at `now` ns; whether there was anything to do."""
        self._session.poll()
        came, self._inbox[:] = self._inbox[:], []
        self._take(came, now)
        worked = bool(came)
        self._time_passes(now)
        while self._waiting and self._waiting[0][0] <= now:
            self._waiting.popleft()[1](now)
            worked = True
        for market in () if self._halted(now) else self._markets.values():
            for action in market.moves(now):
                self._background(market, action, now)
                worked = True
        self._feed.publish(now)
        return worked

    def left(self) -> None:
        """The session ended."""
        self._feed.stop()
        self._left = True

    def _take(self, came: list[Incoming], now: int) -> None:
        for incoming in came:
            try:
                if incoming.came is Came.IN:
                    message = Message.parse(redacted(incoming.raw))
                    self._waiting.append((incoming.at + self._conduct.latency, partial(self._handle, message)))
            except GarbledMessageError as error:
                logger.warning("%s: %s", self._session.name, error)
        if self._left and self._conduct.cancel_on_disconnect:  # behind what the session said before it ended
            self._waiting.append((now + self._conduct.latency, self._abandoned))
        self._left = False

    def _handle(self, message: Message, now: int) -> None:
        handler = self._handlers.get(message.msg_type)
        dialect = self._session.dialect
        if handler is None:
            if len(message.msg_type) == 1 and message.msg_type in "012345A":
                return
            why = f"MsgType(35) {message.msg_type} is not supported here"
            reason = BusinessRejectReason.UNSUPPORTED_MESSAGE_TYPE
            self._say(MsgType.BUSINESS_MESSAGE_REJECT, dialect.write_business_reject(message, reason, why), now)
            return
        try:
            handler(message, now)
        except DialectError as error:
            self._say(MsgType.REJECT, dialect.write_reject(message, error.reason, error.tag, str(error)), now)

    def _say(self, msg_type: MsgType, text: str, now: int) -> None:
        self._session.say(msg_type, text, now)

    # -- orders ------------------------------------------------------------------------------------------------------

    def _new_order(self, message: Message, now: int) -> None:
        order = self._session.dialect.read_order(message)
        known = self._orders.by_cl_ord_id(order.cl_ord_id)
        if known is not None and message.get(tags.PossResend) == "Y":  # FIX 4.4 Appendix D, F.1.b
            self._reporter.report(known, ExecType.ORDER_STATUS, now)
            return
        self._received += 1
        held = VenueOrder(f"{self._session.name}-{self._received}", order)
        refusal = self._refusal(order, now)
        if refusal is not None:
            held.status = OrdStatus.REJECTED
            self._reporter.report(held, ExecType.REJECTED, now, ord_rej_reason=refusal[0], text=refusal[1])
            return
        self._orders.add(held)
        self._reporter.report(held, ExecType.NEW, now)
        market = self._markets[order.symbol]
        events = market.book.enter(held.order_id, order.side, order.order_qty, _limit(order), order.time_in_force)
        self._tell(market, events, now)

    def _refusal(self, order: NewOrderSingle, now: int) -> Refusal | None:
        market, every = self._markets.get(order.symbol), self._conduct.reject_every
        if market is None:
            return OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {order.symbol} is not traded here"
        if self._orders.used(order.cl_ord_id):
            return OrdRejReason.DUPLICATE_ORDER, f"ClOrdID(11) {order.cl_ord_id} was used before"
        refusal = terms_refusal(order, market.book, now)
        if refusal is None and self._halted(now):
            return OrdRejReason.EXCHANGE_CLOSED, HALTED
        if refusal is None and every and self._received % every == 0:
            return OrdRejReason.BROKER_OPTION, f"every {every}th order is refused here"
        return refusal

    def _cancel(self, message: Message, now: int) -> None:
        request = self._session.dialect.read_cancel(message)
        held = self._changeable(request, now)
        if held is not None:
            self._end(held, now, answers=request.cl_ord_id)

    def _replace(self, message: Message, now: int) -> None:
        request = self._session.dialect.read_replace(message)
        held = self._changeable(request, now)
        if held is None:
            return
        market, amended = self._markets[held.order.symbol], _amended(held.order, request)
        refusal = replace_refusal(held.order, amended, market.book, now)
        if refusal is None and self._halted(now):
            refusal = (CxlRejReason.OTHER, HALTED)
        if refusal is not None:
            self._reporter.refuse(held, request, refusal, now)
            return
        self._orders.replace(held, amended)
        left = held.order.order_qty - held.cum
        events = market.book.replace(held.order_id, left, _limit(amended), amended.time_in_force)
        self._tell(market, events, now)

    def _changeable(self, request: OrderCancelRequest | OrderCancelReplaceRequest, now: int) -> VenueOrder | None:
        """The working order that the request is about; None when there is none and the client was told so."""
        held = self._orders.by_cl_ord_id(request.orig_cl_ord_id)
        refusal = change_refusal(held, request, used=self._orders.used(request.cl_ord_id))
        self._orders.use(request.cl_ord_id)
        if refusal is None:
            return held
        self._reporter.refuse(held, request, refusal, now)
        return None

    def _status(self, message: Message, now: int) -> None:
        request = self._session.dialect.read_status_request(message)
        held = self._orders.by_cl_ord_id(request.cl_ord_id)
        if held is not None:
            before = request.cl_ord_id if request.cl_ord_id != held.order.cl_ord_id else ""
            self._reporter.report(held, ExecType.ORDER_STATUS, now, orig_cl_ord_id=before)
        else:
            self._reporter.nobody(request.cl_ord_id, request.symbol, request.side, now)

    # -- many orders at once -------------------------------------------------------------------------------------------

    def _mass_cancel(self, message: Message, now: int) -> None:
        """First the report, then Canceled for each order; cancels need no open market."""
        request = self._session.dialect.read_mass_cancel(message)
        refusal = mass_cancel_refusal(request, self._markets)
        self._orders.use(request.cl_ord_id)
        self._mass_cancels += 1
        orders = [] if refusal else self._orders.working(request.symbol, request.side)
        report = OrderMassCancelReport(
            order_id=f"{self._session.name}-M{self._mass_cancels}",
            cl_ord_id=request.cl_ord_id,
            request_type=request.request_type,
            response=MassCancelResponse.CANCEL_REQUEST_REJECTED,
            symbol=request.symbol,
            side=request.side,
            transact_time=now,
        )
        if refusal is not None:
            report = replace(report, reject_reason=refusal[0], text=refusal[1])
        else:
            response = MassCancelResponse(request.request_type.value)
            report = replace(report, response=response, total_affected=len(orders))
        self._say(MsgType.ORDER_MASS_CANCEL_REPORT, self._session.dialect.write_mass_cancel_report(report), now)
        for held in orders:
            self._end(held, now, reason=f"mass cancel {request.cl_ord_id}")

    def _mass_status(self, message: Message, now: int) -> None:
        """Every order that works, the last one marked; other kinds of question than for a symbol or all find none."""
        request = self._session.dialect.read_mass_status_request(message)
        asked = {"mass_status_req_id": request.mass_status_req_id}
        known = request.request_type in SERVED_STATUS_TYPES
        orders = self._orders.working(request.symbol, request.side) if known else []
        for number, held in enumerate(orders, start=1):
            last = number == len(orders)
            counts = {"tot_num_reports": len(orders), "last_rpt_requested": last}
            self._reporter.report(held, ExecType.ORDER_STATUS, now, **asked, **counts)
        if not orders:
            self._reporter.nobody(
                request.mass_status_req_id, request.symbol, request.side, now, **asked, last_rpt_requested=True
            )

    # -- time ----------------------------------------------------------------------------------------------------------

    def _time_passes(self, now: int) -> None:
        last, self._last_turn = self._last_turn or now, now
        self._began = self._began or now
        for held in self._orders.expired(now):
            self._end(held, now, ExecType.EXPIRED, "its ExpireTime(126) has come")
        ends = self._conduct.day_ends
        if ends is not None and (last - ends) // DAY < (now - ends) // DAY:
            self._day_ends(now)

    def _day_ends(self, now: int) -> None:
        for held in self._orders.working():
            if held.order.time_in_force in GOOD_TILL:
                held.next_day()
                renewal = ExecRestatementReason.GT_RENEWAL
                self._reporter.report(held, ExecType.RESTATED, now, restatement_reason=renewal)
            else:
                self._end(held, now, ExecType.EXPIRED, "the day has ended")

    def _halted(self, now: int) -> bool:
        halt = self._conduct.halt_at
        return halt is not None and 0 <= now - self._began - halt < self._conduct.halt_for

    def _abandoned(self, now: int) -> None:
        for held in self._orders.working():
            self._end(held, now, reason="canceled on disconnect")

    # -- what the books say --------------------------------------------------------------------------------------------

    def _background(self, market: Market, action: Action, now: int) -> None:
        if isinstance(action, Enter):
            events = market.book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
        else:
            events = market.book.cancel(action.order_id)
        self._tell(market, events, now)

    def _end(
        self,
        held: VenueOrder,
        now: int,
        how: ExecType = ExecType.CANCELED,
        reason: str = "canceled on request",
        answers: str = "",
    ) -> None:
        """A working order leaves its book. `answers`: ClOrdID(11) of the OrderCancelRequest(F) that wants it."""
        market = self._markets[held.order.symbol]
        self._tell(market, market.book.cancel(held.order_id, reason), now, how, answers)

    def _tell(
        self,
        market: Market,
        events: tuple[BookEvent, ...],
        now: int,
        how: ExecType = ExecType.CANCELED,
        answers: str = "",
    ) -> None:
        for event in events:
            if isinstance(event, LevelChanged):
                market.changed[event.side, event.price] = event.size
            elif isinstance(event, Trade):
                for order_id in (event.maker, event.taker):
                    held = self._orders.by_id(order_id)
                    if held is not None:
                        self._reporter.fill(held, event.qty, event.price, now)
            elif (held := self._orders.by_id(event.order_id)) is None:
                continue  # a background order
            elif isinstance(event, Cancelled):
                held.status = OrdStatus(how.value)
                names = {"cl_ord_id": answers, "orig_cl_ord_id": held.order.cl_ord_id} if answers else {}
                self._reporter.report(held, how, now, text=event.reason, **names)
            elif isinstance(event, Amended):
                self._reporter.report(held, ExecType.REPLACED, now, orig_cl_ord_id=held.orig_cl_ord_id)


def _limit(order: NewOrderSingle) -> Decimal | None:
    return order.price if order.ord_type is OrdType.LIMIT else None


def _amended(order: NewOrderSingle, request: OrderCancelReplaceRequest) -> NewOrderSingle:
    """The request names every term, those that do not change as well."""
    return order._replace(
        cl_ord_id=request.cl_ord_id,
        symbol=request.symbol or order.symbol,
        side=request.side,
        order_qty=request.order_qty,
        ord_type=request.ord_type,
        price=request.price,
        time_in_force=request.time_in_force,
        expire_time=request.expire_time,
    )
