"""The `[limits]` of a configuration: what a person types, in seconds and plain numbers, and what it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits, VenueLimits
from sessions.fields import Name, Positive, Symbol, Table, Whole, written


def _fraction(value: Decimal) -> Decimal:
    """Who writes 5 means a twentieth."""
    if value >= 1:
        raise PydanticCustomError("fraction", "must be a fraction below 1; 5 % is 0.05")
    return value


def _names(value: Any) -> Any:
    if isinstance(value, list):
        return value
    raise PydanticCustomError("list_of", "must be a list, in square brackets")


Fraction = Annotated[Positive, AfterValidator(_fraction)]
# What a window holds is in memory: an hour of one customer's orders is, a week's need not be.
Seconds = Annotated[Decimal, Field(ge=Decimal("0.001"), le=3600)]
# As many instants are remembered, for each customer and each venue.
Count = Annotated[Whole, Field(ge=1, le=1_000_000)]
Account = Annotated[str, written(r"[ -~]{1,64}", "1 to 64 printable ASCII characters")]
Symbols = Annotated[list[Symbol], BeforeValidator(_names)]


class CustomerTable(Table):
    """See `engine.risk.limits.CustomerLimits`. Values in quote currency; `period` and the windows in seconds."""

    collar: Fraction | None = None
    passive_collar: Positive | None = None
    period_collar: Fraction | None = None
    max_qty: Positive | None = None
    max_value: Positive | None = None
    open_value: Positive | None = None
    period_value: Positive | None = None
    period: Seconds = Decimal(60)
    messages: Count | None = None
    message_window: Seconds = Decimal(1)
    duplicate_window: Annotated[Decimal, Field(ge=0, le=3600)] = Decimal(0)
    repeats: Count | None = None
    repeat_window: Seconds = Decimal(1)
    locate: bool = False

    def customer_limits(self) -> CustomerLimits:
        return CustomerLimits(
            collar=self.collar,
            passive_collar=self.passive_collar,
            period_collar=self.period_collar,
            max_qty=self.max_qty,
            max_value=self.max_value,
            open_value=self.open_value,
            period_value=self.period_value,
            period=_ns(self.period),
            messages=self.messages,
            message_window=_ns(self.message_window),
            duplicate_window=_ns(self.duplicate_window),
            repeats=self.repeats,
            repeat_window=_ns(self.repeat_window),
            locate=self.locate,
        )


class CustomerConfig(CustomerTable):
    """A customer's own, `name` being that of its `[[oms]]`. What is not given here is as for everybody."""

    name: Name


class InstrumentConfig(Table):
    """Of one symbol, for all customers and in the place of theirs."""

    symbol: Symbol
    collar: Fraction | None = None
    max_qty: Positive | None = None


class VenueLimitsConfig(Table):
    """`messages` in `per` seconds, of which `reserve` are for cancels alone; `open_value` resting there at most."""

    name: Name
    messages: Count | None = None
    per: Seconds = Decimal(1)
    reserve: Annotated[Whole, Field(ge=0)] = 0
    open_value: Positive | None = None

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.reserve and self.messages is None:
            raise ValueError(f"reserve {self.reserve} is a part of messages; give messages, or take it out")
        if self.messages is not None and self.reserve >= self.messages:
            raise ValueError(f"reserve {self.reserve} leaves no order of messages {self.messages}; lower it")
        return self


class AccountConfig(Table):
    """`credit`: what Account(1) may have open and have traded today together. 0 lets it trade nothing."""

    account: Account
    credit: Annotated[Decimal, Field(ge=0, lt=10**15)]


class LimitsConfig(CustomerTable):
    """Limits for everybody, and under them the ones of their own. Without a key there is no such limit."""

    total_open_value: Positive | None = None
    default_credit: Annotated[Decimal, Field(ge=0, lt=10**15)] | None = None
    restricted: Symbols = Field(default_factory=list)
    self_trade: Literal["refuse", "allow"] = "allow"
    customer: list[CustomerConfig] = Field(default_factory=list)
    instrument: list[InstrumentConfig] = Field(default_factory=list)
    venue: list[VenueLimitsConfig] = Field(default_factory=list)
    account: list[AccountConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once("limits.customer", "name", [customer.name for customer in self.customer])
        _once("limits.instrument", "symbol", [instrument.symbol for instrument in self.instrument])
        _once("limits.venue", "name", [venue.name for venue in self.venue])
        _once("limits.account", "account", [account.account for account in self.account])
        return self

    @model_validator(mode="after")
    def _passive_has_a_collar(self) -> Self:
        collared = self.collar or self.period_collar or any(each.collar for each in self.instrument)
        if self.passive_collar is not None and not collared:
            raise ValueError("passive_collar widens a collar and there is none; give collar too, or take it out")
        for customer in self.customer:
            own = customer.collar or customer.period_collar
            if customer.passive_collar is not None and not (collared or own):
                raise ValueError(
                    f"passive_collar of customer {customer.name} widens a collar and there is none; "
                    "give collar too, or take it out"
                )
        return self

    def limits(self) -> Limits:
        every = self.model_dump(include=set(CustomerTable.model_fields))
        own = {each.name: {**every, **each.model_dump(exclude_unset=True, exclude={"name"})} for each in self.customer}
        return Limits(
            every=self.customer_limits(),
            customers={name: CustomerTable(**values).customer_limits() for name, values in own.items()},
            instruments={each.symbol: InstrumentLimits(each.collar, each.max_qty) for each in self.instrument},
            venues={v.name: VenueLimits(v.messages, _ns(v.per), v.reserve, v.open_value) for v in self.venue},
            credit={each.account: each.credit for each in self.account},
            default_credit=self.default_credit,
            total_open_value=self.total_open_value,
            restricted=frozenset(self.restricted),
            self_trade=self.self_trade == "refuse",
        )


def _ns(seconds: Decimal) -> int:
    return int(seconds * 1_000_000_000)


def _once(table: str, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{key} {name!r} is used twice in [[{table}]]; each must be its own")
        seen.add(name)
