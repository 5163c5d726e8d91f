"""What a simulated venue refuses, and how FIX names the reason."""

from __future__ import annotations

from collections.abc import Container

from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest
from fix.enums import (
    CxlRejReason,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassStatusReqType,
    OrdRejReason,
    OrdType,
    Side,
    TimeInForce,
)
from sessions.simulator.book import Book
from sessions.simulator.orders import VenueOrder

SUPPORTED_SIDES = frozenset({Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT})
SUPPORTED_TIMES = frozenset({TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC, TimeInForce.GTD})
SERVED_CANCEL_TYPES = frozenset(
    {MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY, MassCancelRequestType.CANCEL_ALL_ORDERS}
)
SERVED_STATUS_TYPES = frozenset(
    {MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY, MassStatusReqType.STATUS_FOR_ALL_ORDERS}
)
Refusal = tuple[OrdRejReason, str]
ChangeRefusal = tuple[CxlRejReason, str]


def terms_refusal(order: NewOrderSingle, book: Book, now: int) -> Refusal | None:
    """Why the order could not rest or trade in this book, whether it is new or amended; None where it could."""
    if order.order_qty <= 0 or order.order_qty % book.lot:
        return OrdRejReason.INCORRECT_QUANTITY, f"OrderQty(38) {order.order_qty} is no multiple of {book.lot}"
    if order.side not in SUPPORTED_SIDES:
        return OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, f"Side(54) {order.side.name} is not supported"
    if order.ord_type not in (OrdType.MARKET, OrdType.LIMIT) or order.time_in_force not in SUPPORTED_TIMES:
        text = "MARKET and LIMIT with DAY, IOC, FOK, GTC or GTD are supported"
        return OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, text
    if order.ord_type is OrdType.LIMIT and (order.price is None or order.price <= 0):
        return OrdRejReason.OTHER, "Price(44) is missing or not above zero"
    if order.ord_type is OrdType.LIMIT and order.price is not None and order.price % book.tick:
        return OrdRejReason.OTHER, f"Price(44) {order.price} is no multiple of {book.tick}"
    if order.time_in_force is TimeInForce.GTD and order.expire_time <= now:
        return OrdRejReason.OTHER, "ExpireTime(126) is missing or past"
    return None


def change_refusal(
    held: VenueOrder | None, request: OrderCancelRequest | OrderCancelReplaceRequest, *, used: bool
) -> ChangeRefusal | None:
    """Why an order cannot be canceled or replaced. `used`: the request's ClOrdID(11) was used before.

    An order answers to its last ClOrdID only: FIX 4.4 has OrigClOrdID(41) name "the previous order (NOT the initial
    order of the day)".
    """
    what = "cancel" if isinstance(request, OrderCancelRequest) else "replace"
    if held is None:
        return CxlRejReason.UNKNOWN_ORDER, "no such order here"
    if used:
        return CxlRejReason.DUPLICATE_CL_ORD_ID, f"ClOrdID(11) {request.cl_ord_id} was used before"
    if not held.leaves:
        return CxlRejReason.TOO_LATE_TO_CANCEL, f"nothing is left to {what}"
    if held.order.cl_ord_id != request.orig_cl_ord_id:
        return CxlRejReason.OTHER, f"{request.orig_cl_ord_id} was replaced: the order is {held.order.cl_ord_id} now"
    return None


def replace_refusal(order: NewOrderSingle, amended: NewOrderSingle, book: Book, now: int) -> ChangeRefusal | None:
    """Why `order` cannot become `amended`."""
    for name, was, wanted in (("Symbol(55)", order.symbol, amended.symbol), ("Side(54)", order.side, amended.side)):
        if was != wanted:
            return CxlRejReason.OTHER, f"{name} {wanted} is not the order's, {was}"
    refusal = terms_refusal(amended, book, now)
    return None if refusal is None else (CxlRejReason.OTHER, refusal[1])


def mass_cancel_refusal(
    request: OrderMassCancelRequest, traded: Container[str]
) -> tuple[MassCancelRejectReason, str] | None:
    """Why orders cannot be canceled together; `traded` are the symbols there are."""
    if request.request_type not in SERVED_CANCEL_TYPES:
        text = f"MassCancelRequestType(530) {request.request_type} is not supported; 1 and 7 are"
        return MassCancelRejectReason.MASS_CANCEL_NOT_SUPPORTED, text
    if request.symbol and request.symbol not in traded:
        text = f"Symbol(55) {request.symbol} is not traded here"
        return MassCancelRejectReason.INVALID_OR_UNKNOWN_SECURITY, text
    return None
