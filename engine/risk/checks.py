"""May this order go? Each refusal is a value with its FIX reason; the checks stand in order of precedence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fix.business import NewOrderSingle
from fix.enums import OrdRejReason, OrdType, Side, TimeInForce

SIDES = frozenset({Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT})
ORD_TYPES = frozenset({OrdType.MARKET, OrdType.LIMIT})
TIMES_IN_FORCE = frozenset({TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC, TimeInForce.GTD})

# To be remembered over a restart: a key, and a value that JSON can hold, None to forget it.
Kept = tuple[str, Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: OrdRejReason(103) and a sentence for Text(58); `keep` where it is to last beyond this order."""

    reason: OrdRejReason
    text: str
    keep: Kept | None = None


def check(order: NewOrderSingle, *, known: bool, symbols: Collection[str], up: bool, now: int = 0) -> Refusal | None:
    """None when the order may go at `now` (ns since the epoch).

    `known`: its ClOrdID was used; `up`: some venue that lists it is connected.
    """
    if known:
        text = f"ClOrdID(11) {order.cl_ord_id} was used before"
        return Refusal(OrdRejReason.DUPLICATE_ORDER, text)
    if order.symbol not in symbols:
        return Refusal(OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {order.symbol} is not traded here")
    if order.order_qty <= 0:
        return Refusal(OrdRejReason.INCORRECT_QUANTITY, f"OrderQty(38) {order.order_qty} is not above zero")
    return _check_terms(order) or _check_end(order, now) or _check_venues(order.symbol, up=up)


def _check_terms(order: NewOrderSingle) -> Refusal | None:
    unsupported = OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC
    if order.side not in SIDES:
        return Refusal(unsupported, f"Side(54) {order.side.name} is not supported; BUY, SELL and SELL_SHORT are")
    if order.ord_type not in ORD_TYPES:
        return Refusal(unsupported, f"OrdType(40) {order.ord_type.name} is not supported; MARKET and LIMIT are")
    if order.time_in_force not in TIMES_IN_FORCE:
        name = order.time_in_force.name
        return Refusal(unsupported, f"TimeInForce(59) {name} is not supported; DAY, IOC, FOK, GTC and GTD are")
    if order.ord_type is OrdType.LIMIT and order.price is None:
        return Refusal(OrdRejReason.OTHER, "Price(44) is missing: a LIMIT order has one")
    if order.price is not None and order.price <= 0:
        return Refusal(OrdRejReason.OTHER, f"Price(44) {order.price} is not above zero")
    return None


def _check_end(order: NewOrderSingle, now: int) -> Refusal | None:
    if order.time_in_force is not TimeInForce.GTD:
        return None
    if not order.expire_time:
        text = "ExpireTime(126) or ExpireDate(432) is missing: a GTD order has one"
        return Refusal(OrdRejReason.OTHER, text)
    if order.expire_time <= now:
        return Refusal(OrdRejReason.TOO_LATE_TO_ENTER, "ExpireTime(126) is past: the GTD order would end at once")
    return None


def _check_venues(symbol: str, *, up: bool) -> Refusal | None:
    return None if up else Refusal(OrdRejReason.EXCHANGE_CLOSED, f"no venue for {symbol} is open to orders now")
