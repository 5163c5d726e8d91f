"""One venue, played from a tape: our orders among those of others, which do not know of us.

An order that takes what is shown trades at the prices shown, as far as it is shown; what it took is gone until that
level changes next. An order that rests waits behind all that is shown at its price. A trade of others at that price
takes from the front; a level that shrinks below what waits before us can only have lost that. All other cancels are
thought to be behind us, which is the worst that can be: so we fill too late rather than too early. A trade at a worse
price than ours would have met us first, and an offer shown at our price or through it trades with us at our price, as
far as it is shown. What we do moves nobody: neither does our size drive others away, nor does taking invite them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from engine.core.events import BookChanged, CancelRejected, Event, Executed
from engine.market.book import DisplayedBook, Ladder, Level
from fix.business import (
    ZERO,
    MarketData,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import CxlRejResponseTo, ExecType, MDEntryType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce
from sessions.simulator.book import NEVER_REST, Book
from sessions.simulator.orders import VenueOrder, VenueOrders
from sessions.simulator.rules import ChangeRefusal, change_refusal, terms_refusal
from sessions.study.tape import Shown, Traded, level


class Rested(NamedTuple):
    """An order as it began to wait. Venue units; `rate`: what came per ns to take from this side until then."""

    at: int
    qty: Decimal
    ahead: Decimal
    rate: float


@dataclass(slots=True, eq=False)
class _Waiting:
    held: VenueOrder
    side: Side
    price: Decimal
    ahead: Decimal


class Exchange:
    """Trades one symbol. Every method gives what the engine will hear of it, in order."""

    def __init__(self, name: str, symbol: str, *, tick: Decimal, lot: Decimal) -> None:
        self.name, self.symbol = name, symbol
        self.book = DisplayedBook()
        self.made: set[str] = set()  # ExecID(17) of trades in which we rested
        self.rested: dict[str, Rested] = {}  # by ClOrdID(11)
        self._terms = Book(symbol, tick=tick, lot=lot)  # holds no order: only what it trades in
        self._orders = VenueOrders()
        self._waiting: list[_Waiting] = []  # in the order in which they came
        self._taken: dict[tuple[Side, Decimal], Decimal] = {}  # by the side of those who showed it
        self._flow = {Side.BUY: ZERO, Side.SELL: ZERO}  # what was taken from those who wait on this side
        self._began = 0
        self._reports = self._received = 0

    # -- what others do ------------------------------------------------------------------------------------------------

    def shows(self, shown: Shown) -> list[Event]:
        book, taken = self.book, self._taken
        self._began = self._began or shown.at
        if shown.snapshot:
            book.clear()
            taken.clear()
        for side, ladder, levels in ((Side.BUY, book.bids, shown.bids), (Side.SELL, book.offers, shown.offers)):
            for price, size in levels:
                ladder.put(price, size)
                if taken:
                    taken.pop((side, price), None)
        out: list[Event] = []
        for waiting in list(self._waiting):
            waiting.ahead = min(waiting.ahead, self._ladder(waiting.side).get(waiting.price))
            for price, size in self.free(waiting.side, waiting.price):
                self._meets(waiting, price, size, shown.at, out)
        return out

    def trades(self, traded: Traded) -> list[Event]:
        """The best of our prices is met first, then who came first; what is ahead of two of ours is the same."""
        resting = _opposite(traded.side)
        self._flow[resting] += traded.qty
        out: list[Event] = []
        left = traded.qty
        for waiting in sorted(self._waiting, key=lambda each: -each.price * each.side.sign):
            beyond = (waiting.price - traded.price) * resting.sign
            if waiting.side is not resting or beyond < 0:
                continue
            reaches = left if beyond else max(left - waiting.ahead, ZERO)
            waiting.ahead = ZERO if beyond else max(waiting.ahead - left, ZERO)
            qty = min(reaches, waiting.held.leaves)
            left -= qty
            if qty:
                self._fills(waiting, qty, traded.at, out)
        return out

    # -- what we do ----------------------------------------------------------------------------------------------------

    def order(self, order: NewOrderSingle, now: int) -> list[Event]:
        self._received += 1
        held = VenueOrder(f"{self.name}-{self._received}", order)
        refusal = terms_refusal(order, self._terms, now)
        if order.symbol != self.symbol:
            refusal = OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {order.symbol} is not traded here"
        if refusal is not None:
            held.status = OrdStatus.REJECTED
            return [self._report(held, ExecType.REJECTED, now, ord_rej_reason=refusal[0], text=refusal[1])]
        self._orders.add(held)
        out: list[Event] = [self._report(held, ExecType.NEW, now)]
        limit = order.price if order.ord_type is OrdType.LIMIT else None
        side = Side.BUY if order.side is Side.BUY else Side.SELL
        if order.time_in_force is not TimeInForce.FOK or self._enough(order, side, limit):
            self._takes(held, side, limit, now, out)
        if held.leaves and (limit is None or order.time_in_force in NEVER_REST):
            held.status = OrdStatus.CANCELED
            out.append(self._report(held, ExecType.CANCELED, now, text="nothing more at this price"))
        elif held.leaves and limit is not None:
            self._rests(held, side, limit, now)
        return out

    def cancel(self, request: OrderCancelRequest, now: int) -> list[Event]:
        held = self._orders.by_cl_ord_id(request.orig_cl_ord_id)
        refusal = change_refusal(held, request, used=self._orders.used(request.cl_ord_id))
        self._orders.use(request.cl_ord_id)
        if refusal is not None:
            return [CancelRejected(self.name, _refused(held, request, refusal))]
        assert held is not None, "an order that nobody knows is refused"
        self._waiting = [each for each in self._waiting if each.held is not held]
        held.status = OrdStatus.CANCELED
        names = {"cl_ord_id": request.cl_ord_id, "orig_cl_ord_id": held.order.cl_ord_id}
        return [self._report(held, ExecType.CANCELED, now, **names)]

    def status(self, request: OrderStatusRequest, now: int) -> list[Event]:
        """Of an order that came here: nothing is lost on the way."""
        held = self._orders.by_cl_ord_id(request.cl_ord_id)
        return [] if held is None else [self._report(held, ExecType.ORDER_STATUS, now)]

    def free(self, side: Side, limit: Decimal | None = None) -> Iterator[Level]:
        """What an order of this side may take within its limit, best first."""
        against = _opposite(side)
        for price, size in self.book.against(side):
            if limit is not None and (price - limit) * side.sign > 0:
                break
            left = size - self._taken.get((against, price), ZERO)
            if left > 0:
                yield price, left

    def mid(self) -> Decimal | None:
        """Midpoint of what is shown, whatever we took of it."""
        bid, offer = self.book.best(MDEntryType.BID), self.book.best(MDEntryType.OFFER)
        return None if bid is None or offer is None else (bid + offer) / 2

    def filled(self, cl_ord_id: str) -> bool:
        """Whether all of the order traded."""
        held = self._orders.by_cl_ord_id(cl_ord_id)
        return held is not None and held.status is OrdStatus.FILLED

    # -- trades --------------------------------------------------------------------------------------------------------

    def _enough(self, order: NewOrderSingle, side: Side, limit: Decimal | None) -> bool:
        return sum([size for _, size in self.free(side, limit)], ZERO) >= order.order_qty

    def _takes(self, held: VenueOrder, side: Side, limit: Decimal | None, now: int, out: list[Event]) -> None:
        told: list[MDEntry] = []
        for price, size in self.free(side, limit):
            qty = min(size, held.leaves)
            if not qty:
                break
            told += self._took(side, price, qty, price)
            held.filled(qty, price)
            out.append(self._report(held, ExecType.TRADE, now, last_qty=qty, last_px=price))
        self._tells(told, out)

    def _took(self, side: Side, shown_at: Decimal, qty: Decimal, price: Decimal) -> list[MDEntry]:
        """It is gone from what was shown, and the feed says so."""
        place = _opposite(side), shown_at
        taken = self._taken[place] = self._taken.get(place, ZERO) + qty
        kind = MDEntryType.BID if place[0] is Side.BUY else MDEntryType.OFFER
        left = self.book.ladder(kind).get(shown_at) - taken
        return [level(kind, shown_at, left, self.symbol), MDEntry(MDEntryType.TRADE, price, qty, symbol=self.symbol)]

    def _rests(self, held: VenueOrder, side: Side, price: Decimal, now: int) -> None:
        ahead = self._ladder(side).get(price)
        self._waiting.append(_Waiting(held, side, price, ahead))
        rate = float(self._flow[side]) / max(now - self._began, 1)
        self.rested[held.order.cl_ord_id] = Rested(now, held.leaves, ahead, rate)

    def _meets(self, waiting: _Waiting, price: Decimal, size: Decimal, now: int, out: list[Event]) -> None:
        """Others show at `price` what would have traded with us, had they known of us."""
        qty = min(size, waiting.held.leaves)
        if qty:
            told = self._took(waiting.side, price, qty, waiting.price)
            self._fills(waiting, qty, now, out)
            self._tells(told, out)

    def _fills(self, waiting: _Waiting, qty: Decimal, now: int, out: list[Event]) -> None:
        held = waiting.held
        held.filled(qty, waiting.price)
        report = self._report(held, ExecType.TRADE, now, last_qty=qty, last_px=waiting.price)
        self.made.add(report.report.exec_id)
        out.append(report)
        if not held.leaves:
            self._waiting.remove(waiting)

    def _tells(self, entries: Iterable[MDEntry], out: list[Event]) -> None:
        told = tuple(entries)
        if told:
            out.append(BookChanged(self.name, MarketData(snapshot=False, symbol="", entries=told)))

    def _ladder(self, side: Side) -> Ladder:
        return self.book.bids if side is Side.BUY else self.book.offers

    def _report(self, held: VenueOrder, exec_type: ExecType, now: int, **more: Any) -> Executed:
        self._reports += 1
        exec_id = "0" if exec_type is ExecType.ORDER_STATUS else f"{self.name}-X{self._reports}"
        report = held.report(exec_id, exec_type, now)
        return Executed(self.name, report._replace(**more) if more else report)


def _opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def _refused(held: VenueOrder | None, request: OrderCancelRequest, refusal: ChangeRefusal) -> OrderCancelReject:
    return OrderCancelReject(
        order_id=held.order_id if held else "NONE",
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=held.order.cl_ord_id if held else request.orig_cl_ord_id,
        ord_status=held.status if held else OrdStatus.REJECTED,
        response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
        reason=refusal[0],
        text=refusal[1],
    )
