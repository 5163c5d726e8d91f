"""What one customer did lately, as far as its limits ask for it."""

from __future__ import annotations

from decimal import Decimal

from engine.risk.limits import CustomerLimits
from engine.risk.windows import Oldest, Rate, Seen, Total
from fix.business import NewOrderSingle

Same = tuple[object, ...]


class History:
    """Nothing is kept for a limit that is not set, nothing for longer than its window, nothing over a restart."""

    def __init__(self, limits: CustomerLimits) -> None:
        self.sent_value = Total(limits.period)
        self._rate: Rate | None = None
        self._repeats = Seen(limits.repeat_window)
        self._sent = Seen(limits.duplicate_window)
        self._references: dict[str, Oldest] = {}
        self.change(limits)

    def change(self, limits: CustomerLimits) -> None:
        """Other limits from now on; what happened counts against them."""
        self.limits = limits
        self.free = limits == CustomerLimits()
        self.sent_value.window = limits.period
        self._repeats.window = limits.repeat_window
        self._sent.window = limits.duplicate_window
        for oldest in self._references.values():
            oldest.window = limits.period
        if limits.messages is None:
            self._rate = None
        elif self._rate is None:
            self._rate = Rate(limits.messages, limits.message_window)
        else:
            self._rate = self._rate.resized(limits.messages, limits.message_window)

    def message(self, now: int) -> None:
        """Counts one, whatever the limit: a cancel."""
        if self._rate is not None:
            self._rate.add(now)

    def one_too_many(self, now: int) -> bool:
        """Counts a message that may still come; one too many is refused and does not count."""
        if self._rate is None:
            return False
        if self._rate.full(now):
            return True
        self._rate.add(now)
        return False

    def repeats(self, order: NewOrderSingle, now: int) -> bool:
        """Counts one more of the same; True when that is more than `repeats`. What was refused counts too: it loops."""
        return self.limits.repeats is not None and self._repeats.add(_same(order), now) > self.limits.repeats

    def sent_before(self, order: NewOrderSingle, now: int) -> bool:
        """Whether the same order was sent within `duplicate_window`."""
        return self.limits.duplicate_window > 0 and self._sent.times(_same(order), now) > 0

    def oldest_reference(self, symbol: str, reference: Decimal, now: int) -> Decimal:
        """The reference at the beginning of `period`, as far as orders asked for it; now it is `reference`."""
        oldest = self._references.get(symbol)
        if oldest is None:
            oldest = self._references[symbol] = Oldest(self.limits.period)
        return oldest.add(reference, now)

    def sent(self, order: NewOrderSingle, value: Decimal | None, now: int) -> None:
        """The order may go, and counts from now on."""
        if self.limits.duplicate_window:
            self._sent.add(_same(order), now)
        self.sent_more(value, now)

    def sent_more(self, value: Decimal | None, now: int) -> None:
        if value and self.limits.period_value is not None:
            self.sent_value.add(value, now)

    def enable(self) -> None:
        """Begins to count repeats anew: a customer that is enabled is not stopped by what had stopped it."""
        self._repeats.clear()


def _same(order: NewOrderSingle) -> Same:
    return order.account, order.symbol, order.side, order.order_qty, order.price
