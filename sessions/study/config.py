"""What a person types for a study: one TOML file. Errors name the key, the value and the fix."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from engine.market.venues import Listing, Venue
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from fix.timestamp import format_utc
from sessions.config import ConfigError, ListingConfig
from sessions.faults import sentences
from sessions.fields import Name, Number, Positive, Symbol, Table, Whole
from sessions.routing import LearningConfig, RoutingConfig
from sessions.simulator.recorded import Instrument
from spec.strategies import Fault, asked

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
RECORDING = Path("data/binance-btc-20240808")  # within MANIFOLD_SHARED
TIMES = ("StartTime", "EndTime")  # given in seconds after the order comes
Share = Annotated[Number, Field(ge=0, le=1)]
Seconds = Annotated[Number, Field(gt=0, le=86_400)]


class RecordedMarket(Table):
    """`path`: the folder with the recordings, else the one that MANIFOLD_SHARED leads to; `levels`: how deep the books
    are shown.
    """

    kind: Literal["recorded"]
    path: Path | None = None
    levels: Annotated[Whole, Field(ge=1, le=1000)] = 20


class SeededMarket(Table):
    """A price that wanders from `mid`: `volatility` in bp over a second; `length` and `every` (a step) in seconds."""

    kind: Literal["seeded"]
    length: Seconds
    mid: Positive
    volatility: Annotated[Number, Field(ge=0, le=1000)] = 1.0
    every: Annotated[Number, Field(ge=0.001, le=60)] = 0.1


class QuotesConfig(Table):
    """A venue's market where it is seeded, see `seeded.Quotes`. `error` in bp, `lead` in seconds."""

    spread: Annotated[Whole, Field(ge=1, le=1000)] = 2
    levels: Annotated[Whole, Field(ge=1, le=100)] = 10
    size: Positive = Decimal(500)
    trades: Annotated[Number, Field(ge=0, le=1000)] = 2.0
    trade_size: Positive = Decimal(100)
    error: Annotated[Number, Field(ge=0, le=1000)] = 0.5
    informed: Share = 0.0
    lead: Annotated[Number, Field(ge=0, le=3600)] = 1.0


class StudyVenue(ListingConfig):
    """A venue and the one instrument it trades; `latency` ms one way. `instrument`: its recording."""

    name: Name
    weight: Positive = Decimal(1)
    latency: Annotated[Number, Field(ge=0, le=60_000)] = 1.0
    maker_fee: Annotated[Decimal, Field(gt=-1, lt=1)] = Decimal(0)
    instrument: Instrument | None = None
    quotes: QuotesConfig | None = None


class ParentsConfig(Table):
    """`count` orders of `quantity`, the first `start` s after the market opens, `spacing` s apart, for `duration` s.

    `limit`: bp beyond the midpoint at arrival, market orders where none is given.
    """

    count: Annotated[Whole, Field(ge=2, le=10_000)]
    quantity: Positive
    side: Literal["buy", "sell", "alternate"] = "alternate"
    start: Annotated[Number, Field(ge=0, le=86_400)] = 10.0
    spacing: Seconds
    duration: Seconds
    limit: Annotated[Number, Field(gt=-1000, lt=1000)] | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Orders that overlap would trade with each other's leftovers, and would not be samples of their own."""
        if self.spacing < self.duration:
            raise ValueError(f"spacing {self.spacing:g} is below duration {self.duration:g}; raise it, orders overlap")
        return self


class StrategyConfig(Table):
    """`target` is TargetStrategy(847); `parameters` by their names, StartTime and EndTime in seconds from arrival."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    target: str
    parameters: dict[str, str | Decimal | int] = Field(default_factory=dict)

    @field_validator("parameters", mode="after")
    @classmethod
    def _durations(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        texts = [name for name in TIMES if isinstance(parameters.get(name), str)]
        if texts:
            raise ValueError(f"{texts[0]} is text; give the seconds from the order's arrival")
        return parameters

    def ordered(self, order: NewOrderSingle) -> NewOrderSingle:
        """The order, asking for this."""
        now = order.transact_time
        given = [(name, _written(name, value, now)) for name, value in self.parameters.items()]
        return order._replace(strategy=self.target, parameters=tuple(given))


def _written(name: str, value: str | Decimal | int, now: int) -> str:
    if name in TIMES:
        return format_utc(now + int(Decimal(value) * SECOND))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


class StudyConfig(Table):
    """One study. `baseline` names the strategy that the others are compared with; `curve` a file for VWAP.

    `tick` ms between the looks of the engine at its clock. `routing` and `learning` are an engine's own.
    """

    seed: Whole = 1
    symbol: Symbol
    market: Annotated[RecordedMarket | SeededMarket, Field(discriminator="kind")]
    tick: Annotated[Whole, Field(ge=1, le=60_000)] = 100
    curve: Path | None = None
    baseline: str
    routing: RoutingConfig = RoutingConfig()
    learning: LearningConfig = LearningConfig()
    parents: ParentsConfig
    venue: list[StudyVenue] = Field(min_length=1)
    strategy: list[StrategyConfig] = Field(min_length=1)

    @model_validator(mode="after")
    def _names(self) -> Self:
        for what, names in (("venue", [v.name for v in self.venue]), ("strategy", [s.name for s in self.strategy])):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"{what} name {twice!r} is used twice; each must be its own")
        if self.baseline not in [each.name for each in self.strategy]:
            known = ", ".join(each.name for each in self.strategy)
            raise ValueError(f"baseline {self.baseline!r} is no strategy; name one of {known}")
        return self

    @model_validator(mode="after")
    def _markets(self) -> Self:
        wanted, other = (
            ("instrument", "quotes") if isinstance(self.market, RecordedMarket) else ("quotes", "instrument")
        )
        for venue in self.venue:
            if getattr(venue, wanted) is None:
                raise ValueError(f"venue.{venue.name}.{wanted} is missing; a {self.market.kind} market needs it")
            if getattr(venue, other) is not None:
                raise ValueError(f"venue.{venue.name}.{other} is for the other kind of market; take it out")
        return self

    @model_validator(mode="after")
    def _followed(self) -> Self:
        """What the engine would refuse of every order is said here once."""
        order = self.order(0, Side.BUY, Decimal(1) if self.parents.limit is not None else None, "1")
        answers = [(strategy.name, asked(strategy.ordered(order))) for strategy in self.strategy]
        faults = [f"strategy.{name}: {answer.text}" for name, answer in answers if isinstance(answer, Fault)]
        if faults:
            raise ValueError(faults[0])
        return self

    def order(self, now: int, side: Side, price: Decimal | None, cl_ord_id: str) -> NewOrderSingle:
        ord_type = OrdType.MARKET if price is None else OrdType.LIMIT
        quantity = self.parents.quantity
        return NewOrderSingle(cl_ord_id, self.symbol, side, quantity, ord_type, price, TimeInForce.DAY, now)

    def venues(self) -> tuple[Venue, ...]:
        """LastMkt(30) of what they trade is their name."""
        return tuple(
            Venue(name=each.name, mic=each.name, weight=each.weight, listings={self.symbol: listing(each)})
            for each in self.venue
        )


def listing(venue: StudyVenue) -> Listing:
    return Listing(
        symbol=venue.symbol,
        lot=venue.lot,
        min_qty=venue.lot if venue.min_qty is None else venue.min_qty,
        tick=venue.tick,
        contract=venue.contract,
        inverse=venue.inverse,
        taker_fee=venue.taker_fee,
        maker_fee=venue.maker_fee,
    )


def load(path: Path) -> StudyConfig:
    """The study in `path`; ConfigError with one line for each fault."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give the path of a TOML file") from None
    except ValueError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    except ArithmeticError:
        raise ConfigError(f"{path}: holds a number with too large an exponent; write it out") from None
    return checked(path, values)


def checked(path: Path, values: Mapping[str, Any]) -> StudyConfig:
    try:
        return StudyConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {each}" for each in sentences(error, values, StudyConfig))) from None


def folder(market: RecordedMarket, beside: Path) -> Path:
    """Where the recordings are; a relative path counts from the folder of `beside`. ConfigError where nothing says."""
    if market.path is not None:
        return beside.parent / market.path
    shared = os.environ.get("MANIFOLD_SHARED")
    if not shared:
        key = f"{beside}: market.path"
        raise ConfigError(f"{key}: is missing; give the folder of the recordings, or set MANIFOLD_SHARED")
    return Path(shared) / RECORDING
