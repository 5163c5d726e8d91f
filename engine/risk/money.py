"""Values: what a quantity is worth at a price, so that sums of them are exact however long they are kept."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal

from fix.enums import Side

# A quantity and a price have at most 15 digits before the point (`spec.dialects.reading`), a value 30 and eight after
# it: whatever is added up stays far below 64, so nothing is ever rounded and a sum returns to zero when all is gone.
EXACT = Context(prec=64, rounding=ROUND_CEILING)
PLACES = Decimal("0.00000001")


def worth(qty: Decimal, price: Decimal) -> Decimal:
    """In quote currency, rounded up at the eighth decimal."""
    return EXACT.quantize(EXACT.multiply(qty, price), PLACES)


def usable(reference: Decimal | None) -> Decimal | None:
    """None for what is no price: missing, not a number, infinite, zero or below."""
    return reference if reference is not None and reference.is_finite() and reference > 0 else None


def mark(side: Side, price: Decimal | None, reference: Decimal | None) -> Decimal | None:
    """At which price an order counts: its limit, the reference where it has none, None where neither is known.

    A sale counts at the higher of the two: it trades at its limit or above, and one with a limit far below the market
    would be worth next to nothing by its limit.
    """
    if price is None or reference is None or side is Side.BUY:
        return reference if price is None else price
    return max(price, reference)


def plain(value: Decimal) -> str:
    """For a sentence: no exponent, no zeros after the last digit that counts."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
