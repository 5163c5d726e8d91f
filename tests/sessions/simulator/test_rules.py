from __future__ import annotations

from decimal import Decimal

import pytest

from fix.business import NewOrderSingle, OrderCancelRequest, OrderMassCancelRequest
from fix.enums import (
    CxlRejReason,
    MassCancelRejectReason,
    MassCancelRequestType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from sessions.simulator.book import Book
from sessions.simulator.orders import VenueOrder
from sessions.simulator.rules import change_refusal, mass_cancel_refusal, replace_refusal, terms_refusal
from tests.sessions.simulator.making import AT, order

BOOK = Book("ACME", tick=Decimal("0.01"), lot=Decimal(10))
KINDS = "MARKET and LIMIT with DAY, IOC, FOK, GTC or GTD are supported"


@pytest.mark.parametrize("time_in_force", [TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC])
def test_what_it_trades_it_takes(time_in_force: TimeInForce) -> None:
    assert terms_refusal(order(time_in_force=time_in_force), BOOK, AT) is None
    assert terms_refusal(order(ord_type=OrdType.MARKET, time_in_force=time_in_force), BOOK, AT) is None
    assert terms_refusal(order(time_in_force=TimeInForce.GTD, expire_time=AT + 1), BOOK, AT) is None


@pytest.mark.parametrize(
    ("wrong", "reason", "text"),
    [
        (order(qty=15), OrdRejReason.INCORRECT_QUANTITY, "OrderQty(38) 15 is no multiple of 10"),
        (order(side=Side.CROSS), OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, "Side(54) CROSS is not supported"),
        (order(ord_type=OrdType.STOP), OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, KINDS),
        (order(time_in_force=TimeInForce.OPG), OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, KINDS),
        (order()._replace(price=None), OrdRejReason.OTHER, "Price(44) is missing or not above zero"),
        (order(price="0.001"), OrdRejReason.OTHER, "Price(44) 0.001 is no multiple of 0.01"),
        (order(time_in_force=TimeInForce.GTD), OrdRejReason.OTHER, "ExpireTime(126) is missing or past"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_cannot_trade_it_refuses(wrong: NewOrderSingle, reason: OrdRejReason, text: str) -> None:
    assert terms_refusal(wrong, BOOK, AT) == (reason, text)


def test_a_change_names_an_order_that_works_by_its_last_name_under_a_new_one() -> None:
    request = OrderCancelRequest("R", "C1", "ACME", Side.BUY, Decimal(100), AT)
    held = VenueOrder("V-1", order("C1"))
    renamed, over = VenueOrder("V-2", order("C2")), VenueOrder("V-3", order("C1"), OrdStatus.FILLED)
    assert change_refusal(held, request, used=False) is None
    refusals = [
        change_refusal(None, request, used=True),
        change_refusal(over, request, used=True),
        change_refusal(over, request, used=False),
        change_refusal(renamed, request, used=False),
    ]
    assert refusals == [
        (CxlRejReason.UNKNOWN_ORDER, "no such order here"),
        (CxlRejReason.DUPLICATE_CL_ORD_ID, "ClOrdID(11) R was used before"),
        (CxlRejReason.TOO_LATE_TO_CANCEL, "nothing is left to cancel"),
        (CxlRejReason.OTHER, "C1 was replaced: the order is C2 now"),
    ]


@pytest.mark.parametrize(
    ("amended", "text"),
    [
        (order(symbol="OTHER"), "Symbol(55) OTHER is not the order's, ACME"),
        (order(side=Side.SELL), "Side(54) 2 is not the order's, 1"),
        (order(qty=0), "OrderQty(38) 0 is no multiple of 10"),
    ],
)
def test_an_order_stays_what_it_is_about(amended: NewOrderSingle, text: str) -> None:
    assert replace_refusal(order(), amended, BOOK, AT) == (CxlRejReason.OTHER, text)


def test_orders_are_canceled_together_by_symbol_or_all_of_them() -> None:
    one, every = MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY, MassCancelRequestType.CANCEL_ALL_ORDERS
    product = MassCancelRequestType.CANCEL_ORDERS_FOR_A_PRODUCT

    def refusal(kind: MassCancelRequestType, symbol: str) -> object:
        return mass_cancel_refusal(OrderMassCancelRequest("M", kind, symbol, None, AT), {"ACME"})

    assert (refusal(one, "ACME"), refusal(every, "")) == (None, None)
    unknown = MassCancelRejectReason.INVALID_OR_UNKNOWN_SECURITY
    assert refusal(one, "OTHER") == (unknown, "Symbol(55) OTHER is not traded here")
    text = "MassCancelRequestType(530) 3 is not supported; 1 and 7 are"
    assert refusal(product, "") == (MassCancelRejectReason.MASS_CANCEL_NOT_SUPPORTED, text)
