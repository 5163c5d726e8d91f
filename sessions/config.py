"""Everything a person types: one TOML file for an engine, one for a simulated venue.

Unknown keys are refused, values are checked here and nowhere else, and every error names the key, the value and the
fix. Secrets are not typed here: database passwords come from libpq's own places (PGPASSWORD, ~/.pgpass).
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

DialectName = Literal["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"]
CompID = Annotated[str, Field(pattern=r"^[!-~]+$", max_length=64)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=32)]
Symbol = Annotated[str, Field(pattern=r"^[!-~]+( [!-~]+)*$", max_length=64)]
Port = Annotated[int, Field(ge=0, le=65535)]
Positive = Annotated[Decimal, Field(gt=0)]


class ConfigError(ValueError):
    """What is wrong with a configuration: one line for each fault."""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionConfig(Table):
    """One FIX session. `sender` is our CompID, `target` theirs; `quickfix` passes its settings by their names."""

    name: Name
    dialect: DialectName
    sender: CompID
    target: CompID
    heartbeat: Annotated[int, Field(ge=1, le=3600)] = 30
    quickfix: dict[str, str] = Field(default_factory=dict)


class ListingConfig(Table):
    """An instrument as one venue trades it; see `engine.market.venues.Listing`."""

    symbol: Symbol
    lot: Positive = Decimal(1)
    min_qty: Positive = Decimal(1)
    tick: Positive = Decimal("0.01")
    contract: Positive = Decimal(1)
    inverse: bool = False
    taker_fee: Annotated[Decimal, Field(gt=-1, lt=1)] = Decimal(0)

    @model_validator(mode="after")
    def _lots(self) -> Self:
        if self.min_qty % self.lot:
            raise ValueError(f"min_qty {self.min_qty} is no multiple of lot {self.lot}; raise it to the next one")
        return self


class VenueConfig(SessionConfig):
    """A venue we connect to. `instruments` by the symbol that the OMS uses."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    mic: Annotated[str, Field(pattern=r"^[A-Z0-9]{4}$")] | Literal[""] = ""
    weight: Positive = Decimal(1)
    instruments: dict[Symbol, ListingConfig] = Field(min_length=1)


class StoreConfig(Table):
    """`durability`: what a committed turn survives: the end of the process, or a loss of power as well."""

    url: str
    durability: Literal["process", "power"] = "power"

    @field_validator("url")
    @classmethod
    def _no_password(cls, url: str) -> str:
        if re.match(r"^[^/]+://[^/@]*:[^/@]+@", url):
            raise ValueError("holds a password; take it out and set PGPASSWORD or use ~/.pgpass")
        return url


class ListenConfig(Table):
    """Where OMSs and compliance systems connect to."""

    host: str = "127.0.0.1"
    port: Port

    @field_validator("host")
    @classmethod
    def _address(cls, host: str) -> str:
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            raise ValueError("is no IP address; a listener binds to one, such as 127.0.0.1 or 0.0.0.0") from None


class RoutingConfig(Table):
    """`ack_timeout` in seconds."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 4
    ack_timeout: Annotated[float, Field(gt=0, le=3600)] = 5.0


class EngineConfig(Table):
    """One engine."""

    instance: Name
    idle: Literal["busy-spin", "back-off", "sleep"] = "back-off"
    store: StoreConfig
    listen: ListenConfig
    routing: RoutingConfig = RoutingConfig()
    oms: list[SessionConfig] = Field(min_length=1)
    drop_copy: list[SessionConfig] = Field(default_factory=list)
    venue: list[VenueConfig] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        sessions: list[SessionConfig] = [*self.oms, *self.drop_copy, *self.venue]
        _once("name", [session.name for session in sessions])
        _once("sender and target", [f"{s.dialect} {s.sender} {s.target}" for s in sessions])
        return self


class BookConfig(Table):
    """An instrument of a simulated venue: `levels` of `size` around `mid` on each side."""

    symbol: Symbol
    mid: Positive
    tick: Positive = Decimal("0.01")
    lot: Positive = Decimal(1)
    levels: Annotated[int, Field(ge=1, le=100)] = 8
    size: Positive = Decimal(500)


class ReplayConfig(Table):
    """Recorded books instead of generated ones: the folder, which instrument of it, and how fast (1 is as recorded)."""

    path: Path
    instrument: Literal["spot", "usdm", "cm"]
    symbol: Symbol
    levels: Annotated[int, Field(ge=1, le=1000)] = 20
    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0


class SimulatorConfig(SessionConfig):
    """A simulated venue. `latency` ms between a message and its answer; `reject_every` n refuses each nth order."""

    host: str = "127.0.0.1"
    port: Port
    seed: int = 1
    latency: Annotated[float, Field(ge=0, le=60_000)] = 0.0
    update_every: Annotated[float, Field(gt=0, le=3600)] = 0.1
    reject_every: Annotated[int, Field(ge=0)] = 0
    fills: Path | None = None
    instrument: list[BookConfig] = Field(default_factory=list)
    replay: list[ReplayConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def _trades_something(self) -> Self:
        symbols = [book.symbol for book in self.instrument] + [replay.symbol for replay in self.replay]
        if not symbols:
            raise ValueError("trades nothing; add an [[instrument]] or a [[replay]]")
        _once("symbol", symbols)
        return self


def _once(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value!r} is used twice; each must be its own")
        seen.add(value)


T = TypeVar("T", bound=Table)


def load(path: Path, kind: type[T]) -> T:
    """The configuration in `path`; ConfigError listing every fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; a configuration is a TOML file") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        lines = [f"{path}: {_sentence(fault, kind)}" for fault in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def _sentence(fault: ErrorDetails, kind: type[Table]) -> str:
    """Key, value and fix."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"]) or "the file"
    if fault["type"] == "extra_forbidden":
        return f"{key}: unknown key{_suggestion(str(fault['loc'][-1]), kind)}"
    if fault["type"] == "missing":
        return f"{key}: is missing; add it"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error" and isinstance(fault["input"], dict):
        return f"{key}: {message}"
    return f"{key} = {_shown(fault['input'])}: {message}"


def _shown(value: Any) -> str:
    text = repr(value)
    text = re.sub(r"(://[^/@:]*:)[^@]+@", r"\1***@", text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _suggestion(key: str, kind: type[Table]) -> str:
    known = sorted(_keys(kind))
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else "; take it out"


def _keys(kind: type[BaseModel]) -> set[str]:
    """Every key of a table and of the tables in it."""
    found: set[str] = set(kind.model_fields)
    for field in kind.model_fields.values():
        for inner in _tables(field.annotation):
            found |= _keys(inner)
    return found


def _tables(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for argument in getattr(annotation, "__args__", ()) for table in _tables(argument)]


def check_file(path: Path) -> str:
    """Says what a sound configuration describes; ConfigError when it is not sound."""
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8")).keys()
    except (OSError, ValueError):
        keys = {}.keys()  # load() says what is wrong
    if "instrument" in keys or "replay" in keys:
        simulator = load(path, SimulatorConfig)
        symbols = len(simulator.instrument) + len(simulator.replay)
        return f"sound: a simulated venue {simulator.name} speaking {simulator.dialect}, {symbols} instruments"
    engine = load(path, EngineConfig)
    parties = f"{len(engine.oms)} OMS, {len(engine.drop_copy)} drop copies, {len(engine.venue)} venues"
    return f"sound: an engine {engine.instance} with {parties}"
