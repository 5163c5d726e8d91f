"""Risk before the wire: what needs memory of other orders. The order of the checks is that of `engine.risk.refusals`.

What the rules ask of a firm, and where it is here. SEC 17 CFR 240.15c3-5(c)(1): credit of each customer and of all
(`open_value`, `credit`, `total_open_value`), prices and sizes that must be mistakes, order by order or over a short
time, and duplicates; (c)(2): restricted securities. RTS 6 (Commission Delegated Regulation 2017/589), Article 15(1):
price collars by instrument, per order and over a period, maximum value, volume and messages; 15(2): all orders count
from the moment they are sent; 15(3): repeated execution stops until a named person enables it.

Both texts speak of prices outside of set parameters and of no side: a collar holds on both, and is given a width of its
own (`passive_collar`) where a desk rests orders far away. A collar fails closed: without a reference price nothing
passes it, market orders included, and so does every value that cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from engine.risk import refusals
from engine.risk.checks import Kept, Refusal
from engine.risk.credit import Traded
from engine.risk.exposure import Exposure, Open
from engine.risk.history import History
from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits
from engine.risk.money import EXACT, mark, plain, usable, worth
from engine.risk.throttle import Throttle
from fix.business import ZERO, NewOrderSingle
from fix.enums import OrdType, Side

STOPPED = "stopped:"
_NOTHING = InstrumentLimits()


class Ask(NamedTuple):
    """An order as it is to be. `value` of all of it, `added` to what is open; None where no price tells them."""

    order: NewOrderSingle
    price: Decimal | None  # None for a market order
    reference: Decimal | None
    value: Decimal | None
    added: Decimal | None
    larger: bool = True  # in quantity than it was
    dearer: bool = True  # in value


class Controls:
    """`kept`: what the `Kept` pairs said before a restart, by key. `day_start` in ns after midnight UTC."""

    def __init__(self, limits: Limits, kept: Mapping[str, Mapping[str, object]], day_start: int = 0) -> None:
        self.throttle = Throttle(limits.venues)
        self._limits = limits
        self._free = not limits.beyond_customers
        self._stopped = {
            key.removeprefix(STOPPED): str(value["why"]) for key, value in kept.items() if key.startswith(STOPPED)
        }
        self._traded = Traded(kept, day_start)
        self._exposure = Exposure(counting=limits.of_what_is_open)
        self._histories: dict[str, History] = {}

    # -- may it go ---------------------------------------------------------------------------------------------------

    def refuse(self, session: str, order: NewOrderSingle, reference: Decimal | None, now: int) -> Refusal | None:
        """None when the order may go; it counts as sent from then on. `reference` is the price of the market now.

        A `Refusal` with something to keep stops the customer.
        """
        history = self._history(session)
        if self._free and history.free and session not in self._stopped:
            return None
        ask = _asked(order, usable(reference))
        refusal = (
            self._refuse_customer(session, history, now)
            or self._refuse_repeats(session, history, order, now)
            or self._refuse_instrument(order, history.limits)
            or (refusals.duplicate(history.limits) if history.sent_before(order, now) else None)
            or self._refuse_terms(ask, history, now)
            or self._refuse_sums(session, ask, history, now)
            or self._refuse_self_trade(ask)
        )
        if refusal is None:
            history.sent(order, ask.added, now)
        return refusal

    def refuse_change(
        self,
        session: str,
        order_id: str,
        current: NewOrderSingle,
        target: NewOrderSingle,
        reference: Decimal | None,
        now: int,
    ) -> Refusal | None:
        """None when the order may become `target`. Only what it adds counts; one that only takes away always may, as
        long as it is not one message too many, for it takes risk off.
        """
        history = self._history(session)
        if _eases(current, target):
            return refusals.too_many_messages(history.limits) if history.one_too_many(now) else None
        ask = self._changed(order_id, current, target, usable(reference))
        refusal = (
            self._refuse_customer(session, history, now)
            or (refusals.restricted(target.symbol) if target.symbol in self._limits.restricted else None)
            or self._refuse_terms(ask, history, now)
            or self._refuse_sums(session, ask, history, now)
            or self._refuse_self_trade(ask)
        )
        if refusal is None:
            history.sent_more(ask.added, now)
        return refusal

    def venue_room(self, venue: str) -> Decimal | None:
        """Value that may still be opened at a venue; None without a limit."""
        limits = self._limits.venues.get(venue)
        if limits is None or limits.open_value is None:
            return None
        value = self._exposure.value("venue", venue)
        return ZERO if value is None else max(EXACT.subtract(limits.open_value, value), ZERO)

    # -- what happened -----------------------------------------------------------------------------------------------

    def message(self, session: str, now: int) -> None:
        """Counts a cancel, which is never refused."""
        self._history(session).message(now)

    def note(self, order_id: str, entry: Open | None) -> None:
        """After every change of a parent: what of it is open, None when it is over."""
        self._exposure.note(order_id, entry)

    def executed(self, account: str, value: Decimal, now: int) -> Kept | None:
        """A trade of today, quantity x price; below zero where one is cancelled or corrected. Gives what to keep."""
        self._traded.add(account, value, now)
        return None if self._credit(account) is None else self._traded.kept(account)

    # -- what a person changes ---------------------------------------------------------------------------------------

    @property
    def stopped(self) -> Mapping[str, str]:
        """Customers that the repeated-execution throttle stopped, and why."""
        return self._stopped

    def enable(self, customer: str) -> Kept | None:
        """Lets a stopped customer go on; None when it was not stopped, else what to forget."""
        if self._stopped.pop(customer, None) is None:
            return None
        self._history(customer).enable()
        return f"{STOPPED}{customer}", None

    def change(self, limits: Limits) -> tuple[Kept, ...]:
        """Other limits from now on; what is open and what was done counts against them. Gives what to keep."""
        before, self._limits = self._limits, limits
        self._free = not limits.beyond_customers
        self.throttle.change(limits.venues)
        self._exposure.count(on=limits.of_what_is_open)
        for session, history in self._histories.items():
            history.change(limits.customers.get(session, limits.every))
        accounts = self._traded.accounts()
        fresh = [a for a in accounts if before.credit.get(a, before.default_credit) is None]
        return tuple(self._traded.kept(account) for account in fresh if self._credit(account) is not None)

    # -- the checks --------------------------------------------------------------------------------------------------

    def _history(self, session: str) -> History:
        history = self._histories.get(session)
        if history is None:
            limits = self._limits.customers.get(session, self._limits.every)
            history = self._histories[session] = History(limits)
        return history

    def _credit(self, account: str) -> Decimal | None:
        return self._limits.credit.get(account, self._limits.default_credit)

    def _refuse_customer(self, session: str, history: History, now: int) -> Refusal | None:
        why = self._stopped.get(session)
        if why is not None:
            return refusals.stopped(session, why)
        return refusals.too_many_messages(history.limits) if history.one_too_many(now) else None

    def _refuse_repeats(self, session: str, history: History, order: NewOrderSingle, now: int) -> Refusal | None:
        if not history.repeats(order, now):
            return None
        why = self._stopped[session] = refusals.why_stopped(order, history.limits)
        return refusals.repeated(session, why, (f"{STOPPED}{session}", {"why": why, "at": now}))

    def _refuse_instrument(self, order: NewOrderSingle, limits: CustomerLimits) -> Refusal | None:
        if order.symbol in self._limits.restricted:
            return refusals.restricted(order.symbol)
        if limits.locate and order.side is Side.SELL_SHORT and order.locate != "N":
            return refusals.no_locate(order.locate)
        return None

    def _refuse_terms(self, ask: Ask, history: History, now: int) -> Refusal | None:
        """What an order says, whatever else is open."""
        limits, own = history.limits, self._limits.instruments.get(ask.order.symbol, _NOTHING)
        max_qty = limits.max_qty if own.max_qty is None else own.max_qty
        if max_qty is not None and ask.larger and ask.order.order_qty > max_qty:
            return refusals.too_large(ask.order.order_qty, max_qty)
        collar = limits.collar if own.collar is None else own.collar
        refusal = _refuse_price(ask, collar, limits.passive_collar) or _refuse_drift(ask, history, now)
        if refusal is not None or limits.max_value is None or not ask.dearer:
            return refusal
        if ask.value is None:
            return refusals.no_reference("max_value", ask.order.symbol)
        return refusals.worth_too_much(ask.value, limits.max_value) if ask.value > limits.max_value else None

    def _refuse_sums(self, session: str, ask: Ask, history: History, now: int) -> Refusal | None:
        """What it comes to with everything else that was sent, is open or was traded."""
        if ask.added is not None and ask.added <= 0:
            return None
        limits, account = history.limits, ask.order.account
        value, credit = self._exposure.value, self._credit(account)
        refusal = None
        if limits.period_value is not None:
            sent = history.sent_value.at(now)
            refusal = _above("period_value", limits.period_value, ask, sent, window=limits.period)
        if refusal is None and limits.open_value is not None:
            refusal = _above("open_value", limits.open_value, ask, value("customer", session))
        if refusal is None and self._limits.total_open_value is not None:
            refusal = _above("total_open_value", self._limits.total_open_value, ask, value("all"))
        if refusal is None and credit is not None:
            opened = value("account", account)
            used = None if opened is None else EXACT.add(opened, self._traded.today(account, now))
            refusal = _above("credit", credit, ask, used)
        return refusal

    def _refuse_self_trade(self, ask: Ask) -> Refusal | None:
        order = ask.order
        if self._limits.self_trade and self._exposure.meets(order.symbol, order.side, ask.price):
            return refusals.self_trade(order)
        return None

    def _changed(
        self, order_id: str, current: NewOrderSingle, target: NewOrderSingle, reference: Decimal | None
    ) -> Ask:
        was, ask = _asked(current, reference), _asked(target, reference)
        entry = self._exposure.find(order_id)
        leaves = ZERO if entry is None else entry.leaves
        counted = ZERO
        if entry is not None and entry.mark is not None and entry.account == target.account:
            counted = worth(leaves, entry.mark)
        at = mark(target.side, ask.price, ask.reference)
        after = None if at is None else worth(max(leaves + target.order_qty - current.order_qty, ZERO), at)
        return ask._replace(
            added=None if after is None else max(EXACT.subtract(after, counted), ZERO),
            larger=target.order_qty > current.order_qty,
            dearer=ask.value is None or was.value is None or ask.value > was.value,
        )


def _asked(order: NewOrderSingle, reference: Decimal | None) -> Ask:
    price = order.price if order.ord_type is OrdType.LIMIT else None
    at = mark(order.side, price, reference)
    value = None if at is None else worth(order.order_qty, at)
    return Ask(order, price, reference, value, value)


def _eases(current: NewOrderSingle, target: NewOrderSingle) -> bool:
    """Whether a change takes quantity away, if anything, and leaves the rest."""
    same = (target.ord_type, target.price, target.account) == (current.ord_type, current.price, current.account)
    return same and target.order_qty <= current.order_qty


def _refuse_price(ask: Ask, collar: Decimal | None, passive: Decimal | None) -> Refusal | None:
    if collar is None:
        return None
    if ask.reference is None:
        return refusals.no_reference("collar", ask.order.symbol)
    if ask.price is None:
        return None
    name, fraction = _width(ask, ask.price, ask.reference, ("collar", collar), passive)
    if abs(ask.price - ask.reference) <= fraction * ask.reference:
        return None
    return refusals.off_price(f"Price(44) {plain(ask.price)}", name, fraction, ask.reference)


def _refuse_drift(ask: Ask, history: History, now: int) -> Refusal | None:
    """Small steps that go far: against the price of the market as it was; a market order goes at what it is now."""
    limits = history.limits
    if limits.period_collar is None:
        return None
    if ask.reference is None:
        return refusals.no_reference("period_collar", ask.order.symbol)
    oldest = history.oldest_reference(ask.order.symbol, ask.reference, now)
    price = ask.reference if ask.price is None else ask.price
    name, fraction = _width(ask, price, oldest, ("period_collar", limits.period_collar), limits.passive_collar)
    if abs(price - oldest) <= fraction * oldest:
        return None
    what = "the market at" if ask.price is None else "Price(44)"
    return refusals.off_price(f"{what} {plain(price)}", name, fraction, oldest, limits.period)


def _width(
    ask: Ask, price: Decimal, reference: Decimal, collar: tuple[str, Decimal], passive: Decimal | None
) -> tuple[str, Decimal]:
    """Name and fraction of the collar that holds: a buy below the reference and a sale above it may have their own."""
    away = passive is not None and (price - reference) * ask.order.side.sign < 0
    return ("passive_collar", passive) if away and passive is not None else collar


def _above(name: str, most: Decimal, ask: Ask, before: Decimal | None, *, window: int = 0) -> Refusal | None:
    if ask.added is None:
        return refusals.no_reference(name, ask.order.symbol)
    if before is None:
        return refusals.unknown_value(name)
    if EXACT.add(before, ask.added) <= most:
        return None
    return refusals.above(name, most, ask.added, before, window)
