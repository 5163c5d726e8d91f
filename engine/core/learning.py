"""What routing learns from what happened: scorecards of lit venues, tails of dark ones, and how fast queues go.

The core tells it of each order and each answer. What is in use of the scorecards is a generation, and each is on
record; a person can take the last one back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.core.commands import Command, Decide, Decision, Keep
from engine.market.book import DisplayedBook
from engine.market.effects import Bounds, Effect, Generations, Pace
from engine.market.scorecards import Key, Rules, Scorecards
from engine.market.venues import Venue
from engine.orders.order import Child, Parent
from engine.routing.dark import Tail
from engine.routing.router import ONE, Insight
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import OrdStatus

KEY, DARK = "learned", "dark"  # of what is kept over a restart
SECOND = 1_000_000_000
PRIOR = 2.0  # so many fills are believed of a dark venue beforehand, see Tail


@dataclass(frozen=True, slots=True)
class Learn:
    """How it learns. Off, scorecards are not kept; dark venues always are.

    `half_life` of what is learned and `period` between generations in ns. What a generation may do to a venue: `rebate`
    up or down, a fraction of the price, `fill_low` to `fill_high` times its weight; nothing goes where more than
    `reject_max` is rejected out of `min_samples`. `step`: the most by which a rebate may move at once.
    """

    on: bool = False
    half_life: int = 3600 * SECOND
    horizon: int = 5 * SECOND
    pseudo: int = 50
    period: int = 300 * SECOND
    rebate: Decimal = Decimal("0.0005")
    fill_low: Decimal = Decimal("0.5")
    fill_high: Decimal = Decimal("1.5")
    reject_max: Decimal = Decimal("0.2")
    min_samples: int = 50
    step: Decimal = Decimal("0.0001")


class Learning:
    """Of one core. `reference` gives the midpoint of a symbol now; `kept` as `Keep` remembered it."""

    def __init__(
        self,
        learn: Learn,
        venues: Mapping[str, Venue],
        reference: Callable[[str], Decimal | None],
        kept: Mapping[str, Mapping[str, object]],
    ) -> None:
        self.on = learn.on
        self.active = learn.on or any(venue.dark for venue in venues.values())
        self._venues = venues
        self._reference = reference
        self._period = learn.period
        self._renewed = 0
        self._tails = _tails(kept.get(DARK, {}))
        bounds = Bounds(learn.rebate, learn.fill_low, learn.fill_high, learn.reject_max, learn.min_samples)
        pace = Pace(learn.period, learn.step, (learn.fill_high - learn.fill_low) / 5)
        before: Any = kept.get(KEY)
        rules = Rules(learn.half_life, learn.horizon, learn.pseudo)
        self._cards = Scorecards(rules) if before is None else Scorecards.restored(rules, before["cards"])
        if before is None:
            self.generations = Generations(self._cards, bounds, pace)
        else:
            self.generations = Generations.restored(self._cards, bounds, pace, before["generations"])

    # -- what routing asks ---------------------------------------------------------------------------------------------

    def insight(self, venue: Venue, order: NewOrderSingle, outflow: Decimal) -> Insight | None:
        """None where it is not to be used now."""
        tail = self._tails.get((venue.name, order.symbol)) if venue.dark else None
        effect = self.effect(venue.name, order)
        if effect is None:
            return Insight(outflow=outflow, tail=tail or Tail(PRIOR))
        return Insight(effect.rebate, effect.fill, outflow, tail or Tail(PRIOR)) if effect.eligible else None

    def effect(self, venue: str, order: NewOrderSingle) -> Effect | None:
        """In use for this order; None while nothing is learned."""
        if not self.on:
            return None
        return self.generations.effect(Key(venue, order.symbol, order.side, order.ord_type))

    def used(self, order: NewOrderSingle, venues: Sequence[str]) -> list[str]:
        """Why each of these venues counted other than it is configured, for the record."""
        found = [(name, self.effect(name, order)) for name in venues] if self.on else []
        return [f"{name}: {e.reason}" for name, e in found if e is not None and (e.rebate, e.fill) != (ZERO, ONE)]

    # -- what happens ------------------------------------------------------------------------------------------------

    def sent(self, parent: Parent, child: Child, book: DisplayedBook | None, now: int) -> None:
        """A child is on its way to where `book` is displayed."""
        if self.on:
            side, limit, shown = parent.order.side, child.price, ZERO
            for price, size in () if book is None else book.against(side):
                if (limit is not None and side.sign * (price - limit) > 0) or shown >= child.qty:
                    break
                shown += size
            self._cards.sent(_key(parent, child), now, child.qty * child.unit, shown * child.unit)

    def heard(
        self,
        parent: Parent,
        child: Child,
        said: ExecutionReport,
        now: int,
        out: list[Command],
        *,
        new: bool,
        over: bool,
    ) -> None:
        """A report; before it the child was `new` or `over`."""
        if self._venues[child.venue].dark and not over and not child.live:
            self._seen(parent, child, out)
        if not self.on:
            return
        key = _key(parent, child)
        if new and child.state is not OrdStatus.PENDING_NEW:
            self._cards.answered(key, now - child.sent_at, rejected=child.state is OrdStatus.REJECTED)
        if said.last_qty and said.last_px > 0:
            qty = said.last_qty * child.unit
            fee = qty * said.last_px * self._venues[child.venue].listings[parent.order.symbol].taker_fee
            self._cards.filled(key, now, qty, said.last_px, self._reference(parent.order.symbol), fee)
        if not over and not child.live:
            self._cards.ended(key, now, child.qty * child.unit, child.cum * child.unit)
        mid = self._reference(parent.order.symbol)
        if parent.done and not parent.live and parent.cum and mid is not None:
            self._cards.parent_ended(parent.order.symbol, parent.order.side, now, parent.avg_px, mid)

    def moved(self, symbol: str, now: int) -> None:
        """A book of it has changed."""
        mid = self._reference(symbol)
        if mid is not None:
            self._cards.moved(symbol, now, mid)

    def tick(self, now: int, out: list[Command]) -> None:
        """A new generation where it is time for one and it would say anything."""
        if self.on and not self.generations.frozen and now - self._renewed >= self._period and self._cards.known():
            self._renewed = now
            made = self.generations.renew(now)
            out.append(Decide("", Decision.LEARN, f"generation {made.number} is in use", dict(made.parameters)))
            out.append(self._kept())

    # -- what a person asks --------------------------------------------------------------------------------------------

    def roll_back(self, out: list[Command]) -> bool:
        """Back to the generation before, with no new one until `release`; whether there was one."""
        made = self.generations.roll_back()
        if made is not None:
            out.append(self._kept())
        return made is not None

    def release(self, out: list[Command]) -> None:
        self.generations.release()
        out.append(self._kept())

    def _kept(self) -> Keep:
        return Keep("", KEY, {"cards": self._cards.described(), "generations": self.generations.described()})

    def _seen(self, parent: Parent, child: Child, out: list[Command]) -> None:
        """What a dark venue took of an order that is over there. A refusal says nothing of what it would take."""
        if child.state is OrdStatus.REJECTED:
            return
        name, symbol = child.venue, parent.order.symbol
        lot = self._venues[name].listings[symbol].lot
        self._tails.setdefault((name, symbol), Tail(PRIOR)).observe(int(child.qty // lot), int(child.cum // lot))
        out.append(Keep("", DARK, {f"{of}|{what}": tail.described() for (of, what), tail in self._tails.items()}))


def _key(parent: Parent, child: Child) -> Key:
    return Key(child.venue, parent.order.symbol, parent.order.side, child.ord_type)


def _tails(kept: Mapping[str, Any]) -> dict[tuple[str, str], Tail]:
    """A venue's name has no bar; a symbol may have one."""
    return {(*name.split("|", 1),): Tail.restored(state, PRIOR) for name, state in kept.items()}  # type: ignore[misc]
