"""Why an order may not go, in the order of precedence: what is looked at first is said first.

| limit | refused when | OrdRejReason(103) |
|---|---|---|
| stopped | the repeated-execution throttle stopped the customer and nobody has enabled it | 0 |
| messages | orders, replaces and cancels of the customer within `message_window` | 3 |
| repeats | the same order once more than `repeats` times within `repeat_window`: stops the customer | 0 |
| restricted | the symbol is on the restricted list | 0 |
| locate | SELL_SHORT without LocateReqd(114)=N | 99 |
| duplicate_window | the same order was sent within it | 6 |
| max_qty | OrderQty(38) above it | 3 |
| collar, passive_collar | Price(44) too far from the reference price | 3 |
| period_collar | Price(44) too far from the reference price as it was `period` ago | 3 |
| max_value | quantity x price above it | 3 |
| period_value | with what was sent within `period`, above it | 3 |
| open_value | with what the customer has open, above it | 3 |
| total_open_value | with what all customers have open, above it | 3 |
| credit | with what the account has open and traded today, above it | 3 |
| self_trade | it could trade with an open order of ours | 0 |
| any that needs a reference price | there is none, or what is open has none | 99 |

A sentence says nothing about anybody else's orders: it goes to the customer.
"""

from __future__ import annotations

from decimal import Decimal

from engine.risk.checks import Kept, Refusal
from engine.risk.limits import CustomerLimits
from engine.risk.money import plain
from fix.business import NewOrderSingle
from fix.enums import OrdRejReason

LIMIT = OrdRejReason.ORDER_EXCEEDS_LIMIT
SUMS = {
    "period_value": "with {} sent within {}",
    "open_value": "with {} open",
    "total_open_value": "with what all customers have open",
    "credit": "with {} that the account has open and traded today",
}


def stopped(customer: str, why: str) -> Refusal:
    return Refusal(
        OrdRejReason.BROKER_OPTION, f"{customer} is stopped until a named person enables it again, because {why}"
    )


def too_many_messages(limits: CustomerLimits) -> Refusal:
    return Refusal(
        LIMIT, f"more than {limits.messages} messages in {seconds(limits.message_window)}, the limit messages"
    )


def repeated(customer: str, why: str, keep: Kept) -> Refusal:
    return Refusal(OrdRejReason.BROKER_OPTION, f"{why}; {customer} is stopped until a named person enables it", keep)


def why_stopped(order: NewOrderSingle, limits: CustomerLimits) -> str:
    what = f"{order.side.name} {plain(order.order_qty)} {order.symbol}"
    return f"{what} came more than {limits.repeats} times in {seconds(limits.repeat_window)}, the limit repeats"


def restricted(symbol: str) -> Refusal:
    return Refusal(OrdRejReason.BROKER_OPTION, f"Symbol(55) {symbol} is on the restricted list")


def no_locate(given: str) -> Refusal:
    what = f"is {given}" if given else "is missing"
    return Refusal(OrdRejReason.OTHER, f"LocateReqd(114) {what}: a short sale goes with N, its shares being located")


def duplicate(limits: CustomerLimits) -> Refusal:
    text = (
        "an order with the same Account(1), Symbol(55), Side(54), OrderQty(38) and Price(44) was sent within "
        f"duplicate_window, {seconds(limits.duplicate_window)}"
    )
    return Refusal(OrdRejReason.DUPLICATE_ORDER, text)


def no_reference(limit: str, symbol: str) -> Refusal:
    return Refusal(OrdRejReason.OTHER, f"{limit} needs a reference price of {symbol}, and there is none")


def unknown_value(limit: str) -> Refusal:
    return Refusal(OrdRejReason.OTHER, f"{limit} cannot be kept: an open order has no reference price to count at")


def too_large(qty: Decimal, limit: Decimal) -> Refusal:
    return Refusal(LIMIT, f"OrderQty(38) {plain(qty)} is above max_qty {plain(limit)}")


def off_price(what: str, limit: str, fraction: Decimal, reference: Decimal, ago: int = 0) -> Refusal:
    """`what` names a price; `reference` is that of `ago` ns before."""
    when = f" of {seconds(ago)} ago" if ago else ""
    return Refusal(
        LIMIT, f"{what} is further than {limit} {plain(fraction)} from the reference {plain(reference)}{when}"
    )


def worth_too_much(value: Decimal, limit: Decimal) -> Refusal:
    return Refusal(LIMIT, f"value {plain(value)} is above max_value {plain(limit)}")


def above(limit: str, most: Decimal, added: Decimal, before: Decimal, window: int) -> Refusal:
    """`before`: what was sent within `window`, is open, or is open and traded today."""
    words = SUMS[limit].format(plain(before), seconds(window))
    return Refusal(LIMIT, f"value {plain(added)} {words} is above {limit} {plain(most)}")


def self_trade(order: NewOrderSingle) -> Refusal:
    text = f"{order.side.name} {order.symbol} could trade with an open order of ours on the other side"
    return Refusal(OrdRejReason.BROKER_OPTION, text)


def seconds(window: int) -> str:
    return f"{plain(Decimal(window) / 1_000_000_000)} s"
