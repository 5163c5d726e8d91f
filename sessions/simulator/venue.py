"""A simulated venue: FIX in front of order books. It keeps its messages in memory and resends them when asked."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from engine.orders.states import TERMINAL
from fix.business import ZERO, ExecutionReport, MDEntry, NewOrderSingle, OrderCancelReject, OrderCancelRequest
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MDEntryType,
    MDUpdateAction,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    SubscriptionRequestType,
    TimeInForce,
)
from fix.message import GarbledMessageError, Message
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming
from sessions.simulator.book import Book, BookEvent, Cancelled, LevelChanged, Trade
from sessions.simulator.liquidity import Action, Enter
from spec.dialects import DialectError

logger = logging.getLogger("manifold.simulator")
SUPPORTED_SIDES = frozenset({Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT})
SUPPORTED_TIMES = frozenset({TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK})


@dataclass(slots=True)
class VenueOrder:
    """A client's order as the venue keeps it."""

    order_id: str
    order: NewOrderSingle
    status: OrdStatus = OrdStatus.NEW
    cum: Decimal = ZERO
    notional: Decimal = ZERO
    canceled_by: OrderCancelRequest | None = None

    @property
    def leaves(self) -> Decimal:
        return ZERO if self.status in TERMINAL else self.order.order_qty - self.cum


@dataclass(frozen=True, slots=True)
class Fill:
    """What the venue says it made, apart from FIX: the third column of every reconciliation."""

    at: int
    cl_ord_id: str
    exec_id: str
    side: Side
    qty: Decimal
    price: Decimal


@dataclass(slots=True)
class Market:
    """One instrument: its book, and where its background orders come from."""

    book: Book
    moves: Callable[[int], list[Action]]  # now in ns → actions that are due
    subscribed: bool = False
    changed: dict[tuple[Side, Decimal], Decimal] = field(default_factory=dict)


class Venue:
    """Answers one session. `latency` ns lie between message and answer; every `reject_every`th order is refused."""

    def __init__(
        self,
        session: FixSession,
        inbox: list[Incoming],
        markets: dict[str, Market],
        on_fill: Callable[[Fill], None] = lambda _: None,
        *,
        latency: int = 0,
        reject_every: int = 0,
    ) -> None:
        self._session = session
        self._inbox = inbox
        self._markets = markets
        self._on_fill = on_fill
        self._latency = latency
        self._reject_every = reject_every
        self._waiting: deque[tuple[int, Message]] = deque()
        self._orders: dict[str, VenueOrder] = {}
        self._by_venue_id: dict[str, VenueOrder] = {}
        self._received = self._executed = 0
        self._handlers: dict[str, Callable[[Message, int], None]] = {
            MsgType.NEW_ORDER_SINGLE.value: self._new_order,
            MsgType.ORDER_CANCEL_REQUEST.value: self._cancel,
            MsgType.ORDER_STATUS_REQUEST.value: self._status,
            MsgType.MARKET_DATA_REQUEST.value: self._market_data,
        }

    def turn(self, now: int) -> bool:
        """One round at `now` ns; whether there was anything to do."""
        self._session.poll()
        came, self._inbox[:] = self._inbox[:], []
        self._take(came)
        worked = bool(came)
        while self._waiting and self._waiting[0][0] <= now:
            self._handle(self._waiting.popleft()[1], now)
            worked = True
        for market in self._markets.values():
            for action in market.moves(now):
                self._background(market, action, now)
                worked = True
        self._publish(now)
        return worked

    def _take(self, came: list[Incoming]) -> None:
        for incoming in came:
            try:
                if incoming.came is Came.IN:
                    self._waiting.append((incoming.at + self._latency, Message.parse(redacted(incoming.raw))))
            except GarbledMessageError as error:
                logger.warning("%s: %s", self._session.name, error)

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
        self._received += 1
        held = VenueOrder(f"{self._session.name}-{self._received}", order)
        refusal = self._refusal(order)
        if refusal is not None:
            held.status = OrdStatus.REJECTED
            self._report(held, ExecType.REJECTED, now, reason=refusal[0], text=refusal[1])
            return
        self._orders[order.cl_ord_id] = held
        self._by_venue_id[held.order_id] = held
        self._report(held, ExecType.NEW, now)
        market = self._markets[order.symbol]
        price = order.price if order.ord_type is OrdType.LIMIT else None
        events = market.book.enter(held.order_id, order.side, order.order_qty, price, order.time_in_force)
        self._tell(market, events, now)

    def _refusal(self, order: NewOrderSingle) -> tuple[OrdRejReason, str] | None:
        market = self._markets.get(order.symbol)
        if market is None:
            return OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {order.symbol} is not traded here"
        if order.cl_ord_id in self._orders:
            return OrdRejReason.DUPLICATE_ORDER, f"ClOrdID(11) {order.cl_ord_id} was used before"
        if order.order_qty <= 0 or order.order_qty % market.book.lot:
            return (
                OrdRejReason.INCORRECT_QUANTITY,
                f"OrderQty(38) {order.order_qty} is no multiple of {market.book.lot}",
            )
        if order.side not in SUPPORTED_SIDES:
            return OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, f"Side(54) {order.side.name} is not supported"
        if order.ord_type not in (OrdType.MARKET, OrdType.LIMIT) or order.time_in_force not in SUPPORTED_TIMES:
            return OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, "MARKET and LIMIT with DAY, IOC or FOK are supported"
        if order.ord_type is OrdType.LIMIT and (order.price is None or order.price <= 0):
            return OrdRejReason.OTHER, "Price(44) is missing or not above zero"
        if order.ord_type is OrdType.LIMIT and order.price is not None and order.price % market.book.tick:
            return OrdRejReason.OTHER, f"Price(44) {order.price} is no multiple of {market.book.tick}"
        if self._reject_every and self._received % self._reject_every == 0:
            return OrdRejReason.BROKER_OPTION, f"every {self._reject_every}th order is refused here"
        return None

    def _cancel(self, message: Message, now: int) -> None:
        request = self._session.dialect.read_cancel(message)
        held = self._orders.get(request.orig_cl_ord_id)
        if held is None or not held.leaves:
            self._refuse_cancel(held, request, now)
            return
        held.canceled_by = request
        market = self._markets[held.order.symbol]
        self._tell(market, market.book.cancel(held.order_id), now)

    def _refuse_cancel(self, held: VenueOrder | None, request: OrderCancelRequest, now: int) -> None:
        reject = OrderCancelReject(
            order_id=held.order_id if held else "NONE",
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            ord_status=held.status if held else OrdStatus.REJECTED,
            response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
            reason=CxlRejReason.TOO_LATE_TO_CANCEL if held else CxlRejReason.UNKNOWN_ORDER,
            text="nothing is left to cancel" if held else "no such order here",
        )
        self._say(MsgType.ORDER_CANCEL_REJECT, self._session.dialect.write_cancel_reject(reject), now)

    def _status(self, message: Message, now: int) -> None:
        request = self._session.dialect.read_status_request(message)
        held = self._orders.get(request.cl_ord_id)
        if held is not None:
            self._report(held, ExecType.ORDER_STATUS, now)
            return
        order = NewOrderSingle(
            cl_ord_id=request.cl_ord_id,
            symbol=request.symbol,
            side=request.side,
            order_qty=ZERO,
            ord_type=OrdType.MARKET,
            price=None,
            time_in_force=TimeInForce.DAY,
            transact_time=now,
        )
        nobody = VenueOrder("NONE", order, OrdStatus.REJECTED)
        self._report(nobody, ExecType.ORDER_STATUS, now, reason=OrdRejReason.UNKNOWN_ORDER, text="no such order here")

    # -- what the book says --------------------------------------------------------------------------------------------

    def _background(self, market: Market, action: Action, now: int) -> None:
        if isinstance(action, Enter):
            events = market.book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
        else:
            events = market.book.cancel(action.order_id)
        self._tell(market, events, now)

    def _tell(self, market: Market, events: tuple[BookEvent, ...], now: int) -> None:
        for event in events:
            if isinstance(event, Trade):
                for order_id in (event.maker, event.taker):
                    held = self._by_venue_id.get(order_id)
                    if held is not None:
                        self._fill(held, event.qty, event.price, now)
            elif isinstance(event, Cancelled):
                held = self._by_venue_id.get(event.order_id)
                if held is not None:
                    held.status = OrdStatus.CANCELED
                    self._report(held, ExecType.CANCELED, now, text=event.reason)
            elif isinstance(event, LevelChanged):
                market.changed[event.side, event.price] = event.size

    def _fill(self, held: VenueOrder, qty: Decimal, price: Decimal, now: int) -> None:
        held.cum += qty
        held.notional += qty * price
        held.status = OrdStatus.PARTIALLY_FILLED if held.cum < held.order.order_qty else OrdStatus.FILLED
        exec_id = self._report(held, ExecType.TRADE, now, last_qty=qty, last_px=price)
        self._on_fill(Fill(now, held.order.cl_ord_id, exec_id, held.order.side, qty, price))

    def _report(
        self,
        held: VenueOrder,
        exec_type: ExecType,
        now: int,
        *,
        last_qty: Decimal = ZERO,
        last_px: Decimal = ZERO,
        reason: OrdRejReason | None = None,
        text: str = "",
    ) -> str:
        order, request = held.order, held.canceled_by
        self._executed += 1
        exec_id = "0" if exec_type is ExecType.ORDER_STATUS else f"{self._session.name}-X{self._executed}"
        answers = request is not None and exec_type is ExecType.CANCELED
        report = ExecutionReport(
            order_id=held.order_id,
            cl_ord_id=request.cl_ord_id if request is not None and answers else order.cl_ord_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=held.status,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            cum_qty=held.cum,
            leaves_qty=held.leaves,
            avg_px=round(held.notional / held.cum, 8) if held.cum else ZERO,
            last_qty=last_qty,
            last_px=last_px,
            orig_cl_ord_id=order.cl_ord_id if answers else "",
            ord_rej_reason=reason,
            text=text,
            transact_time=now,
        )
        self._say(MsgType.EXECUTION_REPORT, self._session.dialect.write_execution(report), now)
        return exec_id

    # -- market data ---------------------------------------------------------------------------------------------------

    def _market_data(self, message: Message, now: int) -> None:
        """A snapshot of each symbol now, changes from then on while the session lasts."""
        dialect = self._session.dialect
        request = dialect.read_md_request(message)
        for symbol in request.symbols:
            market = self._markets.get(symbol)
            if market is None:
                text = f"58=Symbol(55) {symbol} is not traded here\x01262={request.md_req_id}\x01281=0\x01"
                self._say(MsgType.MARKET_DATA_REQUEST_REJECT, text, now)
                continue
            market.subscribed = request.subscription is SubscriptionRequestType.SNAPSHOT_PLUS_UPDATES
            if request.subscription is SubscriptionRequestType.DISABLE:
                continue
            market.changed.clear()
            snapshot = dialect.write_md_snapshot(request.md_req_id, symbol, list(_levels(market.book)), now)
            self._say(MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, snapshot, now)

    def _publish(self, now: int) -> None:
        for symbol, market in self._markets.items():
            changed, market.changed = market.changed, {}
            if not (changed and market.subscribed and self._session.up):
                continue
            entries = [_entry(symbol, side, price, size) for (side, price), size in changed.items()]
            text = self._session.dialect.write_md_incremental(f"MD-{symbol}", entries)
            self._say(MsgType.MARKET_DATA_INCREMENTAL_REFRESH, text, now)

    def unsubscribe(self) -> None:
        """The session ended; a new one asks again."""
        for market in self._markets.values():
            market.subscribed = False


def _levels(book: Book) -> Iterator[MDEntry]:
    for side, kind in ((Side.BUY, MDEntryType.BID), (Side.SELL, MDEntryType.OFFER)):
        for price, size in book.levels(side, 1_000):
            yield MDEntry(kind, price, size, symbol=book.symbol)


def _entry(symbol: str, side: Side, price: Decimal, size: Decimal) -> MDEntry:
    kind = MDEntryType.BID if side is Side.BUY else MDEntryType.OFFER
    action = MDUpdateAction.CHANGE if size else MDUpdateAction.DELETE
    return MDEntry(kind, price, size, action, symbol)
