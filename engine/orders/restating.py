"""Terms of a child other than we sent: a replace taken, a restatement by the venue, and what a lost answer was."""

from __future__ import annotations

from decimal import Decimal

from engine.orders.order import REFUSED, Child, Parent, trimmed
from engine.orders.states import Request, Step
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecRestatementReason


def replaced(parent: Parent, child: Child, report: ExecutionReport) -> None:
    """What we asked for is in force. The venue may have amended the quantity to what had traded (Appendix D, C.3.c)."""
    assert child.asked is not None
    terms = child.asked
    if report.order_qty > 0:
        terms = terms._replace(qty=report.order_qty)
    child.take(terms)
    child.named = child.request_id
    child.denied = False
    child.kept = 0
    if child.request is Request.REPLACE:
        child.note(Step.ANSWERED_CHANGE)
    parent.changed = True
    if parent.pending is not Request.REPLACE:
        parent.astray = True  # nobody wants it any more


def restated(parent: Parent, child: Child, report: ExecutionReport) -> str:
    """The venue changed the order by itself (Appendix D, E.1.c, E.1.d, H.1); what a person should hear of, or ""."""
    if report.order_qty <= 0:
        return ""
    if report.restatement_reason is ExecRestatementReason.GT_CORPORATE_ACTION:
        return _corporate(parent, child, report)
    old = child.qty
    child.requantify(max(report.order_qty, child.cum))
    if child.qty < old:
        parent.avoid[child.venue] = REFUSED  # it wants no more of it
    if report.price is not None and child.price is not None:
        child.price = report.price
        sign = parent.order.side.sign
        if parent.order.price is not None and sign * report.price > sign * parent.order.price:
            parent.astray = True
    what = f"{child.cl_ord_id}: {child.venue} restates it to {child.qty} of {old}"
    if report.cum_qty != child.cum:
        return f"{what}, CumQty(14) {report.cum_qty}; its trades add up to {child.cum}"
    return what if child.qty != old else ""


def _corporate(parent: Parent, child: Child, report: ExecutionReport) -> str:
    """A split, say 2:1: quantity, what has traded of it and prices are counted anew; what was paid stays (H.1.b).

    Each child brings its part of the quantity; the parent's limit changes with the first that tells of it.
    """
    traded = trimmed(child.cum * report.order_qty / child.qty)
    cum, qty = traded - child.cum, report.order_qty - child.qty
    order = parent.order
    price = order.price
    child.splits += 1
    if child.splits > parent.splits:
        parent.splits = child.splits
        if report.price and child.price and price:
            price = trimmed(price * report.price / child.price)
    parent.order = order._replace(order_qty=trimmed(order.order_qty + qty * child.unit), price=price)
    credit = trimmed(cum * child.unit)
    parent.cum += credit
    parent.cum_before += credit
    _recount(child, traded)
    child.cum, child.qty = traded, report.order_qty
    if report.price:
        child.price = report.price
    if report.cum_qty == traded:
        return ""
    what = f"{child.cl_ord_id}: {child.venue} counts anew and says CumQty(14) {report.cum_qty}"
    return f"{what}, its trades add up to {traded}"


def _recount(child: Child, cum: Decimal) -> None:
    """Its trades as they are counted now: 40 at 100 are 80 at 50. The last takes what is not divided evenly."""
    fills = [fill for fill in {id(each): each for each in child.trades.values()}.values() if fill.qty]
    left = cum
    for place, fill in enumerate(fills, start=1):
        paid = fill.qty * fill.px
        fill.qty = left if place == len(fills) else trimmed(fill.qty * cum / child.cum)
        left -= fill.qty
        fill.px = paid / fill.qty if fill.qty else ZERO


def found(parent: Parent, child: Child, report: ExecutionReport) -> None:
    """A replace whose answer was lost: the status of the order tells which terms are in force."""
    asked, named = child.asked, report.cl_ord_id == child.request_id
    assert asked is not None
    if named or (_fits(report, asked.qty, asked.price) and not _fits(report, child.qty, child.price)):
        replaced(parent, child, report)
    else:
        child.asked = None
    child.denied = False


def _fits(report: ExecutionReport, qty: Decimal, price: Decimal | None) -> bool:
    return report.order_qty in (qty, 0) and (report.price is None or report.price == price)
