"""What a customer, an account, an instrument and a venue may do; None is no limit. Plain values, checked where they
are typed.

`described` and `restored` turn them into what JSON can hold and back, for the record of a change and its replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class CustomerLimits:
    """Of one customer, that is, one OMS session. Quantities in parent units, values in quote currency, times in ns.

    `collar` is a fraction of the reference price; `passive_collar` stands in its place where an order is away from the
    market (a buy below the reference, a sale above). `period_collar` is a fraction too, of the reference as it was
    `period` ago. `period_value` may be sent within `period`, `messages` within `message_window`. An order with the same
    account, symbol, side, quantity and price as one sent within `duplicate_window` is taken for a mistake; more than
    `repeats` such orders within `repeat_window` stop the customer until a named person enables it.
    """

    collar: Decimal | None = None
    passive_collar: Decimal | None = None
    period_collar: Decimal | None = None
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
class InstrumentLimits:
    """Of one Symbol(55), for all customers: each stands in the place of the customer's own."""

    collar: Decimal | None = None
    max_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VenueLimits:
    """`messages` per `window` ns, of which `reserve` are kept for cancels; `open_value` resting there at most."""

    messages: int | None = None
    window: int = 1_000_000_000
    reserve: int = 0
    open_value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """`every` holds for each customer that has none of its own; `credit` by Account(1), `default_credit` for each
    account that is not in it; `total_open_value` for all customers together.
    """

    every: CustomerLimits = CustomerLimits()
    customers: Mapping[str, CustomerLimits] = field(default_factory=dict)
    instruments: Mapping[str, InstrumentLimits] = field(default_factory=dict)
    venues: Mapping[str, VenueLimits] = field(default_factory=dict)
    credit: Mapping[str, Decimal] = field(default_factory=dict)
    default_credit: Decimal | None = None
    total_open_value: Decimal | None = None
    restricted: frozenset[str] = frozenset()  # symbols nobody may trade
    self_trade: bool = False  # True: refuse what could meet an open order of ours on the other side

    @property
    def beyond_customers(self) -> bool:
        """Whether there is any that is not a customer's own or a venue's."""
        return replace(self, every=CustomerLimits(), customers={}, venues={}) != Limits()

    @property
    def of_what_is_open(self) -> bool:
        """Whether any asks what is open, so that somebody has to count it."""
        asked = [self.default_credit, self.total_open_value, self.every.open_value]
        asked += [customer.open_value for customer in self.customers.values()]
        asked += [venue.open_value for venue in self.venues.values()]
        return self.self_trade or bool(self.credit) or any(most is not None for most in asked)


Part = TypeVar("Part", bound=CustomerLimits | InstrumentLimits | VenueLimits)


def described(limits: Limits) -> dict[str, object]:
    """Numbers with a point as text; what is at its default is left out of the parts."""
    return {
        "every": _written(limits.every),
        "customers": {name: _written(part) for name, part in limits.customers.items()},
        "instruments": {symbol: _written(part) for symbol, part in limits.instruments.items()},
        "venues": {name: _written(part) for name, part in limits.venues.items()},
        "credit": {account: str(credit) for account, credit in limits.credit.items()},
        "default_credit": None if limits.default_credit is None else str(limits.default_credit),
        "total_open_value": None if limits.total_open_value is None else str(limits.total_open_value),
        "restricted": sorted(limits.restricted),
        "self_trade": limits.self_trade,
    }


def restored(values: Mapping[str, Any]) -> Limits:
    """What `described` wrote."""
    return Limits(
        every=_read(CustomerLimits, values["every"]),
        customers={name: _read(CustomerLimits, part) for name, part in values["customers"].items()},
        instruments={symbol: _read(InstrumentLimits, part) for symbol, part in values["instruments"].items()},
        venues={name: _read(VenueLimits, part) for name, part in values["venues"].items()},
        credit={account: Decimal(credit) for account, credit in values["credit"].items()},
        default_credit=None if values["default_credit"] is None else Decimal(values["default_credit"]),
        total_open_value=None if values["total_open_value"] is None else Decimal(values["total_open_value"]),
        restricted=frozenset(values["restricted"]),
        self_trade=values["self_trade"],
    )


def _written(part: CustomerLimits | InstrumentLimits | VenueLimits) -> dict[str, object]:
    given = {each.name: getattr(part, each.name) for each in fields(part) if getattr(part, each.name) != each.default}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in given.items()}


def _read(kind: type[Part], values: Mapping[str, Any]) -> Part:
    given: dict[str, Any] = {name: Decimal(v) if isinstance(v, str) else v for name, v in values.items()}
    return kind(**given)
