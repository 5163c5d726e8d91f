"""What a customer, an account and a venue may do; None is no limit. Plain values, checked where they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CustomerLimits:
    """Of one customer, that is, one OMS session. Quantities in parent units, values in quote currency, times in ns.

    `collar` is a fraction of the reference price; `period_value` may be sent within `period`; an order with the same
    account, symbol, side, quantity and price within `duplicate_window` is taken for a mistake; `repeats` such orders
    within `repeat_window` stop the customer until a named person enables it.
    """

    collar: Decimal | None = None
    max_qty: Decimal | None = None
    max_value: Decimal | None = None
    open_value: Decimal | None = None
    period_value: Decimal | None = None
    period: int = 60_000_000_000
    messages: int | None = None
    message_window: int = 1_000_000_000
    duplicate_window: int = 0
    repeats: int | None = None
    repeat_window: int = 1_000_000_000
    locate: bool = False  # SELL_SHORT needs LocateReqd(114)=N


@dataclass(frozen=True, slots=True)
class VenueLimits:
    """`messages` per `window` ns, of which `reserve` are kept for cancels; `open_value` resting there at most."""

    messages: int | None = None
    window: int = 1_000_000_000
    reserve: int = 0
    open_value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """`every` holds for each customer that has none of its own; `credit` by Account(1)."""

    every: CustomerLimits = CustomerLimits()
    customers: Mapping[str, CustomerLimits] = field(default_factory=dict)
    venues: Mapping[str, VenueLimits] = field(default_factory=dict)
    credit: Mapping[str, Decimal] = field(default_factory=dict)
    restricted: frozenset[str] = frozenset()  # symbols nobody may trade
    self_trade: bool = False  # True: refuse what could meet an open order of ours on the other side
