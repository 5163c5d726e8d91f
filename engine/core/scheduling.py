"""When: parents whose quantity is released over time, and how much of each may be sent now.

What an order asks for becomes a plan once, when it comes; the plan is on record, and everything else follows from it
and from the market. Nothing here counts what was released: that is what the plan says of now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from engine.core.commands import Decide, Decision
from engine.orders.order import Parent
from engine.risk.checks import Refusal
from engine.schedule import almgren, curve
from engine.schedule.curve import Bucket, Profile
from engine.schedule.release import Participating, Release, Shown, Situation, Timed, described, restored
from fix.business import ZERO
from fix.enums import OrdRejReason, TimeInForce
from spec import strategies

DAY = 86_400_000_000_000  # ns
# Almgren & Chriss's rule of thumb: to trade 1 % of a day's volume at once costs a spread for the time being, and after
# 10 % of it the price stays a spread away.
TEMPORARY, PERMANENT = 0.01, 0.1


class Figures(NamedTuple):
    """What a plan asks of the market, by the symbol that the OMS uses. All in parent units and price units."""

    volume: Callable[[str], Decimal]  # traded since the engine started
    quantum: Callable[[str], Decimal]  # the smallest quantity that any venue takes
    quote: Callable[[str], tuple[Decimal, Decimal] | None]  # midpoint and spread


@dataclass(slots=True)
class _Entry:
    """`seen`: the market's volume before it; `last` what was due, and if all of it, when something was sent."""

    release: Release
    seen: Decimal
    last: tuple[Decimal, bool] = (ZERO, False)


class Schedules:
    """Of one core. `curves`: a usual day's volume by symbol."""

    def __init__(self, market: Figures, curves: Mapping[str, Sequence[Bucket]]) -> None:
        self._market = market
        self._curves = curves
        self._entries: dict[str, _Entry] = {}

    def plan(self, parent: Parent, now: int) -> Refusal | None:
        """Reads what the order asks for into `parent.plan`; nothing for an order that asks for nothing."""
        order = parent.order
        if not (order.strategy or order.parameters or order.max_floor is not None or order.min_qty is not None):
            return None
        asked = strategies.asked(order)
        if isinstance(asked, strategies.Fault):
            return Refusal(OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, asked.text)
        try:
            release = self._release(asked, parent, now)
        except ValueError as error:
            text = f"TargetStrategy(847) {asked.value} ({asked.title}): {error}"
            return Refusal(OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, text)
        if release is not None and order.time_in_force is TimeInForce.FOK:
            text = f"TimeInForce(59) FOK is for one order at once; {asked.title} sends several"
            return Refusal(OrdRejReason.UNSUPPORTED_ORDER_CHARACTERISTIC, text)
        where = asked.where if isinstance(asked, strategies.When) else type(asked).__name__.lower()
        parent.plan = {"strategy": asked.title, "where": where}
        if release is not None:
            parent.plan["release"] = described(release)
            self.take_on(parent)
        return None

    def take_on(self, parent: Parent) -> None:
        """A parent with a plan is in hand, new or rebuilt: what it has already is its part of the volume until now."""
        if parent.plan is None or "release" not in parent.plan or parent.order_id in self._entries:
            return
        release: Any = parent.plan["release"]
        entry = _Entry(restored(release), self._market.volume(parent.order.symbol))
        rate = _rate(entry.release)
        if rate:
            entry.seen -= (parent.cum + parent.working) / rate
        self._entries[parent.order_id] = entry

    def forget(self, parent: Parent) -> None:
        """It is over, or was refused. Not when a tick finds out: one that asks for nothing leaves no trace."""
        self._entries.pop(parent.order_id, None)

    def releases(self, parent: Parent) -> bool:
        """Whether its quantity is released part by part."""
        return self._entry(parent) is not None

    def open(self, parent: Parent, now: int) -> tuple[Decimal, bool]:
        """(parent units that may be sent now, whether more is due than when something was sent last)."""
        entry = self._entry(parent)
        if entry is None:
            return parent.unrouted, False
        due = self._due(parent, entry, now)
        return min(due[0] - parent.cum - parent.working, parent.unrouted), due > entry.last

    def sending(self, parent: Parent, now: int) -> None:
        """What is due now is about to be sent. The note of it never falls: what is due counts in whole quanta beyond
        what is out, and what comes back of that must not look like more.
        """
        entry = self._entry(parent)
        if entry is not None:
            entry.last = max(entry.last, self._due(parent, entry, now))

    def waits(self, parent: Parent, now: int) -> bool:
        """Whether time alone brings more, so that an order with nothing at venues is not over."""
        entry = self._entry(parent)
        return entry is not None and _patient(entry.release, now)

    def due(self, find: Callable[[str], Parent | None], now: int) -> list[Parent]:
        """Parents that have something to send, or whose time is over, since they last sent something."""
        found = []
        for order_id, entry in self._entries.items():
            parent = find(order_id)
            if parent is not None and not (parent.done or parent.requests or parent.closing):
                qty, more = self.open(parent, now)
                if more and (qty > 0 or not (parent.live or _patient(entry.release, now))):
                    found.append(parent)
        return found

    def _entry(self, parent: Parent) -> _Entry | None:
        return None if parent.plan is None else self._entries.get(parent.order_id)

    def _due(self, parent: Parent, entry: _Entry, now: int) -> tuple[Decimal, bool]:
        order = parent.order
        volume = self._market.volume(order.symbol) - entry.seen
        quantum = self._market.quantum(order.symbol)
        at = Situation(now, order.order_qty, parent.cum, parent.working, volume, quantum)
        return entry.release.due(at), not _patient(entry.release, now)

    # -- from what is asked to a plan ----------------------------------------------------------------------------------

    def _release(self, asked: strategies.Strategy, parent: Parent, now: int) -> Release | None:
        """None where everything may go at once. ValueError with a sentence where it cannot be planned."""
        if isinstance(asked, strategies.Iceberg):
            return Shown(asked.display_qty, asked.display_low, _seed(parent))
        if not isinstance(asked, strategies.Spanning):
            return None
        start, end = max(asked.start_time or now, now), asked.end_time
        if end is not None and end <= start:
            raise ValueError("its EndTime has passed")
        if isinstance(asked, strategies.POV):
            return Participating(start, end, asked.participation)
        assert isinstance(asked, strategies.Timed)
        assert end is not None, "the model asks for one"
        profile = curve.jittered(
            self._profile(asked, parent, start, end), _seed(parent), asked.size_jitter, asked.time_jitter
        )
        return Timed(start, profile, end, asked.participation)

    def _profile(self, asked: strategies.Timed, parent: Parent, start: int, end: int) -> Profile:
        symbol, duration = parent.order.symbol, end - start
        if isinstance(asked, strategies.TWAP):
            return curve.even(duration, asked.slices)
        buckets = self._curves.get(symbol)
        if buckets is None:
            raise ValueError(f"no volume curve of {symbol} is configured; add a [[curve]], or ask for TWAP")
        if isinstance(asked, strategies.Shortfall):
            return self._front_loaded(asked, parent, buckets, duration)
        begin = start % DAY
        return curve.by_volume(_several_days(buckets, begin + duration), begin, begin + duration, asked.slices)

    def _front_loaded(
        self, asked: strategies.Shortfall, parent: Parent, buckets: Sequence[Bucket], duration: int
    ) -> Profile:
        quote = self._market.quote(parent.order.symbol)
        if quote is None:
            raise ValueError(f"nothing is displayed to price {parent.order.symbol} with; ask for TWAP, or later")
        mid, spread = map(float, quote)
        volume = float(sum([volume for _, volume in buckets], ZERO))
        trajectory = almgren.holdings(
            total=float(parent.order.order_qty),
            horizon=duration / DAY,
            steps=asked.slices,
            volatility=float(asked.volatility) * mid,
            temporary=spread / (TEMPORARY * volume),
            permanent=spread / (PERMANENT * volume),
            fixed=spread / 2,
            risk_aversion=float(asked.urgency),
        )
        return curve.front_loaded(trajectory, duration)


def recorded(parent: Parent) -> Decide:
    """What an order asked for and what was made of it, for the record; the recovery reads it back."""
    assert parent.plan is not None
    reason = f"{parent.plan['strategy']}, where: {parent.plan['where']}"
    return Decide(parent.order_id, Decision.SCHEDULE, reason, parent.plan)


def _several_days(buckets: Sequence[Bucket], until: int) -> list[Bucket]:
    """The curve again for each day up to `until` (ns after the first midnight), with nothing in the nights between."""
    last, before = buckets[-1][0], buckets[-2][0]
    night = 2 * last - before
    day = [*buckets, *([(night, ZERO)] if night < buckets[0][0] + DAY else [])]
    return [(DAY * number + offset, volume) for number in range(until // DAY + 1) for offset, volume in day]


def _patient(release: Release, now: int) -> bool:
    return not isinstance(release, Shown) and (release.until is None or now < release.until)


def _rate(release: Release) -> Decimal | None:
    if isinstance(release, Participating):
        return release.rate
    return release.participation if isinstance(release, Timed) else None


def _seed(parent: Parent) -> int:
    """Of the OrderID(37), unlike that of any other order, and the same when it is decided again."""
    return curve.drawn(int.from_bytes(parent.order_id.encode(), "big"), 0)
