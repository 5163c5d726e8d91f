"""Everything a person types: one TOML file for an engine, one for a simulated venue.

Unknown keys are refused, values are checked here and nowhere else, and every error names the key, the value and the
fix. Secrets are not typed here: database passwords come from libpq's own places (PGPASSWORD, ~/.pgpass).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sessions.fallback import FallbackConfig
from sessions.faults import sentences
from sessions.fields import (
    Address,
    CompID,
    DialectName,
    FieldValue,
    Host,
    LogonTag,
    Mic,
    Name,
    Number,
    Port,
    Positive,
    Settings,
    Symbol,
    Table,
    TimeOfDay,
    Whole,
    written,
)
from sessions.limits import LimitsConfig
from sessions.listings import Currency, Fee, SecurityConfig, Ticks
from sessions.routing import CurveConfig, LearningConfig, RoutingConfig


class ConfigError(ValueError):
    """What is wrong with a configuration: one line for each fault."""


def _list(value: Any) -> Any:
    if isinstance(value, list):
        return value
    raise PydanticCustomError("list_of", "must be a list, in square brackets")


TimeInForceName = Literal["DAY", "IOC", "FOK", "GTC", "GTD"]
SocketPath = Annotated[str, written(r"[^\0]*[^\0/]", "the path of a file, such as control.sock")]
# The kernel has room for 107 bytes (unix(7)).
_SOCKET_BYTES = 100


class SessionConfig(Table):
    """One FIX session. `sender` is our CompID, `target` theirs; `quickfix` passes its settings by their names."""

    name: Name
    dialect: DialectName
    sender: CompID
    target: CompID
    heartbeat: Annotated[Whole, Field(ge=1, le=3600)] = 30
    quickfix: Settings = Field(default_factory=dict)


class OmsConfig(SessionConfig):
    """An OMS. `cancel_on_disconnect`: its open orders are cancelled when its session ends."""

    cancel_on_disconnect: bool = False


class ListingConfig(Table):
    """An instrument as one venue trades it, see `engine.market.venues.Listing`. `min_qty` is a lot where not given."""

    symbol: Symbol
    lot: Positive = Decimal(1)
    min_qty: Positive | None = None
    max_qty: Positive | None = None
    tick: Positive = Decimal("0.01")
    ticks: Ticks = ()
    contract: Positive = Decimal(1)
    inverse: bool = False
    taker_fee: Fee = Decimal(0)
    maker_fee: Fee = Decimal(0)
    currency: Currency = ""
    security: SecurityConfig | None = None

    @model_validator(mode="after")
    def _lots(self) -> Self:
        least = self.lot if self.min_qty is None else self.min_qty
        if least % self.lot:
            raise ValueError(f"min_qty {self.min_qty} is no multiple of lot {self.lot}; raise it to the next one")
        if self.max_qty is not None and self.max_qty < least:
            raise ValueError(f"max_qty {self.max_qty} is below the minimum of {least}; raise it or take it out")
        if self.ticks and "tick" in self.model_fields_set:
            raise ValueError(f"tick {self.tick} is given beside ticks; take one of them out")
        return self


class VenueConfig(SessionConfig):
    """A venue we connect to, and what it takes. `instruments` by the symbol that the OMS uses.

    `replaces`: OrderCancelReplaceRequest(G); `mass_cancel`: OrderMassCancelRequest(q); `times_in_force`:
    TimeInForce(59). `cancel_on_disconnect`: it cancels our orders itself when the session ends, asked for by a field of
    `logon` where the venue wants that. A `dark` one displays nothing by design.
    With `trades` it is asked for those too, which POV, caps of participation and placement count.
    """

    host: Host
    port: Annotated[Whole, Field(ge=1, le=65535)]
    mic: Mic = ""
    weight: Positive = Decimal(1)
    replaces: bool = True
    mass_cancel: bool = False
    cancel_on_disconnect: bool = False
    dark: bool = False
    trades: bool = False
    times_in_force: Annotated[list[TimeInForceName], BeforeValidator(_list), Field(min_length=1)] = Field(
        default_factory=lambda: list(get_args(TimeInForceName))
    )
    logon: dict[LogonTag, FieldValue] = Field(default_factory=dict)
    instruments: dict[Symbol, ListingConfig] = Field(min_length=1)

    @model_validator(mode="after")
    def _speaks(self) -> Self:
        if self.mass_cancel and self.dialect == "FIX.4.2":
            raise ValueError("mass_cancel = true: FIX.4.2 has no OrderMassCancelRequest(q); take it out")
        return self


class StoreConfig(Table):
    """`durability`: what a committed turn survives: the end of the process, or a loss of power as well."""

    url: str
    durability: Literal["process", "power"] = "power"

    @field_validator("url")
    @classmethod
    def _sound(cls, url: str) -> str:
        if re.match(r"[^:/]+://[^:/]*:[^@]*@", url) or re.search(r"[?&](ssl)?password=", url):
            raise ValueError("holds a password; take it out and set PGPASSWORD or use ~/.pgpass")
        scheme, separator, rest = url.partition("://")
        if separator and scheme not in ("sqlite", "postgresql+psycopg"):
            raise ValueError("names a database that is not supported; use a path or postgresql+psycopg://host/database")
        if not (rest if separator else url).strip("/") or url.endswith(":memory:"):
            raise ValueError("names no file; give the path of an SQLite file, such as store.db")
        return url


class ListenConfig(Table):
    """Where OMSs and compliance systems connect to."""

    host: Address = "127.0.0.1"
    port: Port


class ControlConfig(Table):
    """Where operators reach the engine: a socket in the file system, see `Reached.control_socket`."""

    socket: SocketPath | None = None


class Reached(Table):
    """What it takes to reach an engine."""

    model_config = ConfigDict(extra="ignore")

    instance: Name
    control: ControlConfig = ControlConfig()

    def control_socket(self, path: Path) -> Path:
        """Where operators reach the engine; counts from the folder of `path`, the configuration's own.

        ConfigError when that is longer than what the kernel takes.
        """
        socket = path.parent / (self.control.socket or f"{self.instance}.sock")
        length = len(os.fsencode(socket))
        if length > _SOCKET_BYTES:
            raise ConfigError(
                f"{path}: control.socket = {str(socket)!r}: has {length} bytes, the system takes {_SOCKET_BYTES}; "
                "choose a shorter path, such as /run/manifold.sock"
            )
        return socket


class EngineConfig(Reached):
    """One engine."""

    model_config = ConfigDict(extra="forbid")

    idle: Literal["busy-spin", "back-off", "sleep"] = "back-off"
    store: StoreConfig
    listen: ListenConfig
    routing: RoutingConfig = RoutingConfig()
    limits: LimitsConfig = LimitsConfig()
    fallback: FallbackConfig = FallbackConfig()
    learning: LearningConfig = LearningConfig()
    curve: list[CurveConfig] = Field(default_factory=list)
    oms: list[OmsConfig] = Field(min_length=1)
    drop_copy: list[SessionConfig] = Field(default_factory=list)
    venue: list[VenueConfig] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        sessions: list[SessionConfig] = [*self.oms, *self.drop_copy, *self.venue]
        _once("name", ["door", *[session.name for session in sessions]])  # the listener's own records are "door"'s
        _once("dialect, sender and target", [f"{s.dialect} {s.sender} {s.target}" for s in sessions])
        self.fallback.watches(venue.name for venue in self.venue)
        return self

    @model_validator(mode="after")
    def _limits_somebody(self) -> Self:
        """A limit under a misspelt name would hold for nobody."""
        symbols = {symbol for venue in self.venue for symbol in venue.instruments}
        _once("curve.symbol", [curve.symbol for curve in self.curve])
        _known("curve.symbol", [curve.symbol for curve in self.curve], "venue's instrument", symbols)
        limits = self.limits
        _known("limits.customer", [each.name for each in limits.customer], "[[oms]]", [each.name for each in self.oms])
        _known("limits.venue", [each.name for each in limits.venue], "[[venue]]", [each.name for each in self.venue])
        _known("limits.instrument", [each.symbol for each in limits.instrument], "venue's instrument", symbols)
        return self


class BookConfig(Table):
    """An instrument of a simulated venue: `levels` of `size` around `mid` on each side."""

    symbol: Symbol
    mid: Positive
    tick: Positive = Decimal("0.01")
    lot: Positive = Decimal(1)
    levels: Annotated[Whole, Field(ge=1, le=100)] = 8
    size: Positive = Decimal(500)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        lowest = self.tick * (self.levels + 1)
        if self.mid < lowest:
            raise ValueError(
                f"mid {self.mid} leaves no room for {self.levels} levels of tick {self.tick} below it; "
                f"raise mid to {lowest} or more, or lower levels or tick"
            )
        if self.size < self.lot:
            raise ValueError(f"size {self.size} is below lot {self.lot}; raise it to a lot or more")
        return self


class ReplayConfig(Table):
    """Recorded books instead of generated ones: the folder, which instrument of it, and how fast (1 is as recorded)."""

    path: Path
    instrument: Literal["spot", "usdm", "cm"]
    symbol: Symbol
    levels: Annotated[Whole, Field(ge=1, le=1000)] = 20
    speed: Annotated[Number, Field(gt=0, le=1000)] = 1.0


class SimulatorConfig(SessionConfig):
    """A simulated venue. `latency` ms between a message and its answer; `reject_every` n refuses each nth order.

    `day_ends`, in UTC, is when DAY orders expire. `halt_at` seconds after its start and for `halt_for` seconds nothing
    trades and only cancels are taken.
    """

    host: Address = "127.0.0.1"
    port: Port
    seed: Whole = 1
    latency: Annotated[Number, Field(ge=0, le=60_000)] = 0.0
    update_every: Annotated[Number, Field(gt=0, le=3600)] = 0.1
    reject_every: Annotated[Whole, Field(ge=0)] = 0
    day_ends: TimeOfDay | None = None
    cancel_on_disconnect: bool = False
    halt_at: Annotated[Number, Field(ge=0, le=86_400)] | None = None
    halt_for: Annotated[Number, Field(gt=0, le=86_400)] = 10.0
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


def _known(key: str, values: Iterable[str], what: str, names: Iterable[str]) -> None:
    for value in values:
        if value not in names:
            raise ValueError(f"{key} {value} is no {what}; name one of {', '.join(sorted(names))}")


T = TypeVar("T", EngineConfig, SimulatorConfig)
Valid = TypeVar("Valid", bound=Table)
_KINDS: dict[type[Table], tuple[str, str]] = {
    EngineConfig: ("an engine", "manifold run"),
    SimulatorConfig: ("a simulated venue", "manifold simulate"),
}


def load(path: Path, kind: type[T]) -> T:
    """The configuration in `path`; ConfigError listing every fault."""
    return _checked(path, _read(path), kind)


def control_socket(path: Path) -> Path:
    """Where the engine of this configuration is reached, whatever else is wrong in it: a kill does not wait."""
    return _valid(path, _read(path), Reached).control_socket(path)


def check_file(path: Path) -> str:
    """Says what a sound configuration describes; ConfigError when it is not sound."""
    values = _read(path)
    if _kind(values) is SimulatorConfig:
        simulator = _checked(path, values, SimulatorConfig)
        symbols = _count(len(simulator.instrument) + len(simulator.replay), "instrument")
        return f"sound: a simulated venue {simulator.name} speaking {simulator.dialect}, {symbols}"
    engine = _checked(path, values, EngineConfig)
    parties = [_count(len(engine.oms), "OMS"), _count(len(engine.venue), "venue")]
    parties += [_count(len(engine.drop_copy), "drop copy")] if engine.drop_copy else []
    return f"sound: an engine {engine.instance} with {', '.join(parties)}"


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give the path of a TOML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; a configuration is a TOML file") from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is not TOML: its lists are nested too deeply") from None
    except ArithmeticError:
        raise ConfigError(f"{path}: holds a number with too large an exponent; write it out") from None


def _checked(path: Path, values: dict[str, Any], kind: type[T]) -> T:
    meant = _kind(values)
    if meant is not kind:
        (what, command), (wanted, _) = _KINDS[meant], _KINDS[kind]
        raise ConfigError(f"{path}: describes {what}, not {wanted}; it is for {command}")
    checked = _valid(path, values, kind)
    if isinstance(checked, EngineConfig):
        checked.control_socket(path)
    return checked


def _valid(path: Path, values: dict[str, Any], kind: type[Valid]) -> Valid:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        lines = [f"{path}: {sentence}" for sentence in sentences(error, values, kind)]
        raise ConfigError("\n".join(lines)) from None


def _kind(values: dict[str, Any]) -> type[EngineConfig | SimulatorConfig]:
    """Which of the two most of the keys belong to."""
    simulator, engine = (len(values.keys() & kind.model_fields.keys()) for kind in (SimulatorConfig, EngineConfig))
    return SimulatorConfig if simulator > engine else EngineConfig


def _count(number: int, what: str) -> str:
    many = {"OMS": "OMSs", "drop copy": "drop copies"}.get(what, f"{what}s")
    return f"{number} {what if number == 1 else many}"
