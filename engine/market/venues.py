"""What is known of a venue beforehand: its listings, lots, fees and weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.market.instruments import Security
from fix.enums import TimeInForce

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Listing:
    """One instrument at one venue.

    `lot`, `min_qty` in venue units, `tick` in price units. One venue unit is `contract` parent units; when `inverse`,
    it is `contract` units of the quote currency (a 100 USD contract on BTC), so its worth in parent units depends on
    the price. `taker_fee` and `maker_fee` are fractions of the traded value, negative for a rebate.

    Where the tick depends on the price, `ticks` has (from this price, tick) rising from 0, and `tick` does not count.
    `max_qty`: of one order, in venue units, None where the venue has no such bound. `currency` is Currency(15).
    """

    symbol: str
    lot: Decimal = ONE
    min_qty: Decimal = ONE
    tick: Decimal = Decimal("0.01")
    contract: Decimal = ONE
    inverse: bool = False
    taker_fee: Decimal = Decimal(0)
    maker_fee: Decimal = Decimal(0)
    ticks: tuple[tuple[Decimal, Decimal], ...] = ()
    max_qty: Decimal | None = None
    currency: str = ""
    security: Security | None = None

    def tick_at(self, price: Decimal) -> Decimal:
        """The step between one price and the next, at this price."""
        tick = self.tick
        for start, step in self.ticks:
            if price < start:
                break
            tick = step
        return tick


@dataclass(frozen=True, slots=True)
class Venue:
    """`listings` by the symbol that the OMS uses; `weight` counts where no market data says better.

    `replaces`: it takes OrderCancelReplaceRequest(G); `mass_cancel`: OrderMassCancelRequest(q). With
    `cancel_on_disconnect` it cancels our orders itself when the session ends. A `dark` one displays nothing by design.
    It tells of `trades` where it is asked.
    """

    name: str
    mic: str = ""
    weight: Decimal = ONE
    listings: Mapping[str, Listing] = field(default_factory=dict)
    replaces: bool = True
    mass_cancel: bool = False
    cancel_on_disconnect: bool = False
    dark: bool = False
    trades: bool = False
    times_in_force: frozenset[TimeInForce] = frozenset(
        {TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC, TimeInForce.GTD}
    )
