"""One order for each refusal. They stand in the order of precedence: each order has every fault that comes after its own."""

from __future__ import annotations

import pytest

from engine.risk.checks import ORD_TYPES, SIDES, TIMES_IN_FORCE, Refusal, check
from fix.business import NewOrderSingle
from fix.enums import OrdRejReason, OrdType, Side, TimeInForce
from tests.engine.orders.making import NOW, D, new_order

SYMBOLS = frozenset({"ACME"})
UNSUPPORTED = OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC

UNTIL = new_order()._replace(time_in_force=TimeInForce.GTD)
UNPRICED = UNTIL._replace(price=None)
BAD_TIME = UNPRICED._replace(time_in_force=TimeInForce.GTX)
BAD_TYPE = BAD_TIME._replace(ord_type=OrdType.STOP)
BAD_SIDE = BAD_TYPE._replace(side=Side.CROSS)
NO_QUANTITY = BAD_SIDE._replace(order_qty=D(0))
UNKNOWN_SYMBOL = NO_QUANTITY._replace(symbol="GLOBEX")


def _refusal(order: NewOrderSingle, *, known: bool = False, up: bool = False) -> Refusal | None:
    return check(order, known=known, symbols=SYMBOLS, up=up, now=NOW)


def test_a_cl_ord_id_that_was_used_before() -> None:
    text = "ClOrdID(11) A was used before"
    assert _refusal(UNKNOWN_SYMBOL, known=True) == Refusal(OrdRejReason.DUPLICATE_ORDER, text)


def test_an_unknown_symbol() -> None:
    text = "Symbol(55) GLOBEX is not traded here"
    assert _refusal(UNKNOWN_SYMBOL) == Refusal(OrdRejReason.UNKNOWN_SYMBOL, text)


@pytest.mark.parametrize("qty", ["0", "-1"])
def test_a_quantity_that_is_none(qty: str) -> None:
    text = f"OrderQty(38) {qty} is not above zero"
    order = NO_QUANTITY._replace(order_qty=D(qty))
    assert _refusal(order) == Refusal(OrdRejReason.INCORRECT_QUANTITY, text)


@pytest.mark.parametrize("side", sorted(set(Side) - SIDES))
def test_a_side_we_do_not_trade(side: Side) -> None:
    text = f"Side(54) {side.name} is not supported; BUY, SELL and SELL_SHORT are"
    assert _refusal(BAD_SIDE._replace(side=side)) == Refusal(UNSUPPORTED, text)


@pytest.mark.parametrize("ord_type", sorted(set(OrdType) - ORD_TYPES))
def test_a_type_we_do_not_route(ord_type: OrdType) -> None:
    text = f"OrdType(40) {ord_type.name} is not supported; MARKET and LIMIT are"
    assert _refusal(BAD_TYPE._replace(ord_type=ord_type)) == Refusal(UNSUPPORTED, text)


@pytest.mark.parametrize("time_in_force", sorted(set(TimeInForce) - TIMES_IN_FORCE))
def test_a_time_in_force_we_do_not_keep(time_in_force: TimeInForce) -> None:
    text = f"TimeInForce(59) {time_in_force.name} is not supported; DAY, IOC, FOK, GTC and GTD are"
    assert _refusal(BAD_TIME._replace(time_in_force=time_in_force)) == Refusal(UNSUPPORTED, text)


def test_a_limit_order_without_a_limit() -> None:
    assert _refusal(UNPRICED) == Refusal(OrdRejReason.OTHER, "Price(44) is missing: a LIMIT order has one")


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_price_that_is_none(price: str) -> None:
    text = f"Price(44) {price} is not above zero"
    assert _refusal(new_order(price=price)) == Refusal(OrdRejReason.OTHER, text)


@pytest.mark.parametrize(
    ("expire_time", "reason", "text"),
    [
        (0, OrdRejReason.OTHER, "ExpireTime(126) or ExpireDate(432) is missing: a GTD order has one"),
        (NOW, OrdRejReason.TOO_LATE_TO_ENTER, "ExpireTime(126) is past: the GTD order would end at once"),
    ],
)
def test_an_order_until_a_time_that_is_not_to_come(expire_time: int, reason: OrdRejReason, text: str) -> None:
    assert _refusal(UNTIL._replace(expire_time=expire_time)) == Refusal(reason, text)


def test_no_venue_to_send_it_to() -> None:
    text = "no venue for ACME is open to orders now"
    assert _refusal(new_order()) == Refusal(OrdRejReason.EXCHANGE_CLOSED, text)


@pytest.mark.parametrize("side", sorted(SIDES))
@pytest.mark.parametrize("time_in_force", sorted(TIMES_IN_FORCE))
@pytest.mark.parametrize("price", ["100", None])
def test_what_is_left_may_go(side: Side, time_in_force: TimeInForce, price: str | None) -> None:
    order = new_order(price=price, side=side, time_in_force=time_in_force)
    assert _refusal(order._replace(expire_time=NOW + 1), up=True) is None
