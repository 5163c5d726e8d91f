"""A replace of a parent as the smallest set of changes of its children. It says what is still to ask, and asks nothing.

It is looked at anew after everything that happens, so that a fill, a refusal or an end in between changes what is asked
next, and never adds up to more than the OMS wants (law 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from engine.market.venues import Listing, Venue
from engine.orders.order import GOOD_TILL, Child, Parent, Terms, trimmed
from engine.orders.states import Request
from fix.business import ZERO, NewOrderSingle, OrderCancelReplaceRequest
from fix.enums import OrdType, Side, TimeInForce

RESTING = GOOD_TILL | {TimeInForce.DAY}


class Step(NamedTuple):
    """To ask of a child: these terms, or its cancel where None."""

    child: Child
    terms: Terms | None


class Amendment(NamedTuple):
    """`steps` to take now; `waiting` for answers that are on their way; `refused`: venues keep theirs as it was."""

    steps: tuple[Step, ...]
    waiting: bool
    refused: bool


def as_it_is(order: NewOrderSingle) -> OrderCancelReplaceRequest:
    """What would change nothing, for children that have other terms than their parent."""
    return OrderCancelReplaceRequest(
        cl_ord_id=order.cl_ord_id,
        orig_cl_ord_id=order.cl_ord_id,
        symbol=order.symbol,
        side=order.side,
        order_qty=order.order_qty,
        ord_type=order.ord_type,
        price=order.price,
        time_in_force=order.time_in_force,
        transact_time=order.transact_time,
        expire_time=order.expire_time,
    )


def plan(parent: Parent, target: OrderCancelReplaceRequest, venues: Mapping[str, Venue], *, firm: bool) -> Amendment:
    """What is left to do until the children of `parent` fit `target`; `firm`: who will not be replaced has to go.

    Quantity that is too much is taken from the largest children first, which touches the fewest: those that are no more
    than it are cancelled, the last is reduced. A child that needs another price is asked for both at once.
    """
    live = parent.live
    movable = [child for child in live if child.request is Request.NONE]
    allowed = max(target.order_qty - parent.cum, ZERO)
    excess = sum([_committed(child) for child in parent.children.values()], ZERO) - allowed
    steps, refused = [], False
    for child in sorted(movable, key=lambda child: child.exposure, reverse=True):
        listing = venues[child.venue].listings[parent.order.symbol]
        terms, left = _wanted(child, target, listing, excess)
        excess -= child.exposure - left
        if terms == child.terms:
            continue
        if child.kept == 1 and firm:
            terms = None
        elif child.kept:
            refused = True
            continue
        replaceable = venues[child.venue].replaces and target.time_in_force in venues[child.venue].times_in_force
        steps.append(Step(child, terms if terms is not None and replaceable else None))
    waiting = len(movable) < len(live)
    return Amendment(tuple(steps), waiting, refused)


def _committed(child: Child) -> Decimal:
    """Parent units it may come to, once what is asked of it is answered with yes."""
    if child.live and child.request is Request.CANCEL:
        return ZERO
    if child.live and child.request is Request.REPLACE and child.asked is not None:
        dust = child.dust if child.asked.qty == child.qty else ZERO
        return max(child.asked.qty - child.cum, ZERO) * child.unit + dust
    return child.exposure


def _wanted(
    child: Child, target: OrderCancelReplaceRequest, listing: Listing, excess: Decimal
) -> tuple[Terms | None, Decimal]:
    """(terms it should have, None for none; its exposure then), with `excess` parent units too many at venues."""
    resting = target.time_in_force in RESTING or target.time_in_force is child.time_in_force
    if not resting or (excess > 0 and child.exposure <= excess):
        return None, ZERO
    qty, left = child.qty, child.exposure
    if excess > 0:
        leaves = (left - excess - child.dust) / child.unit
        leaves -= leaves % listing.lot
        if leaves <= 0 or leaves < listing.min_qty:
            return None, ZERO
        qty, left = trimmed(child.cum + leaves), leaves * child.unit
    price = child.price
    if target.ord_type is OrdType.LIMIT and target.price is not None:
        price = within(target.price, listing.tick_at(target.price), target.side)
    return Terms(qty, price, target.time_in_force, target.expire_time), left


def within(limit: Decimal, tick: Decimal, side: Side) -> Decimal:
    """The nearest price that the venue takes and that is no worse than `limit`: down for a buy, up for a sell.

    A buy below the first tick has none; it keeps its limit, and the venue says no with its own reason.
    """
    over = limit % tick
    if not over or (side is Side.BUY and limit < tick):
        return limit
    return limit - over if side is Side.BUY else limit - over + tick
