"""The composition root: from a configuration to a running engine. Everything is built here and nowhere else."""

from __future__ import annotations

import socket
from pathlib import Path

from engine.core.setup import Curve
from engine.dropcopy.store import Store
from engine.market.venues import Listing, Venue
from fix.enums import TimeInForce
from sessions.config import ConfigError, EngineConfig, ListingConfig, SessionConfig, VenueConfig
from sessions.curves import read_curve
from sessions.cycle.engine import Counterparties, Engine
from sessions.cycle.idle import IdleStrategy, idle_strategy
from sessions.cycle.setup import Setup
from sessions.gateway.session import FixSession, Incoming
from sessions.gateway.terms import Terms
from sessions.routing import CurveConfig

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def build(config: EngineConfig, path: Path, started_at: int) -> tuple[Engine, IdleStrategy]:
    """Opens store and sessions; nothing listens or connects yet. `started_at` ns names this run's orders.

    Paths count from the folder of `path`, the configuration's own.
    ConfigError when a venue's name cannot be resolved, SettingsError when QuickFIX refuses a setting, StoreError when
    the store cannot be opened; the store is opened last and untouched by the others.
    """
    setup = _setup(config, path, prefix(started_at))
    inbox: list[Incoming] = []
    parties = Counterparties(
        oms=[FixSession(_terms(each), inbox) for each in config.oms],
        drop_copies=[FixSession(_terms(each), inbox) for each in config.drop_copy],
        venues=[FixSession(_terms(each, (_address(each, path), each.port)), inbox) for each in config.venue],
    )
    store = Store.open(store_url(config.store.url, path), durability=config.store.durability)
    engine = Engine(setup, store, parties, inbox)
    return engine, idle_strategy(config.idle, engine.wait)


def _setup(config: EngineConfig, path: Path, prefix: str) -> Setup:
    rules = config.routing.rules(frozenset(each.name for each in config.oms if each.cancel_on_disconnect))
    return Setup(
        prefix=prefix,
        venues=tuple(_venue(each) for each in config.venue),
        rules=rules,
        limits=config.limits.limits(),
        watch=config.fallback.watches(each.name for each in config.venue),
        curves={each.symbol: _curve(each, path) for each in config.curve},
        learn=config.learning.learn(),
    )


def _curve(config: CurveConfig, path: Path) -> Curve:
    """Counts from the folder of the configuration, as the store does."""
    try:
        return read_curve(path.parent / config.path)
    except OSError as error:
        key = f"{path}: curve.{config.symbol}.path = {str(config.path)!r}"
        raise ConfigError(f"{key}: cannot be read: {error.strerror}; give the path of a CSV file") from None
    except ValueError as error:
        raise ConfigError(str(error)) from None


def prefix(started_at: int) -> str:
    """The run's mark in every OrderID(37): its start in tenths of a second, base 36; six to seven characters.

    Venues want ClOrdIDs unlike any of the day's, of any store; a restart within a tenth of a second does not happen.
    """
    number, text = started_at // 100_000_000, ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def _terms(config: SessionConfig, connect: tuple[str, int] | None = None) -> Terms:
    return Terms(
        name=config.name,
        dialect=config.dialect,
        sender=config.sender,
        target=config.target,
        connect=connect,
        heartbeat=config.heartbeat,
        settings=config.quickfix,
        logon=config.logon if isinstance(config, VenueConfig) else {},
    )


def _address(config: VenueConfig, path: Path) -> str:
    """Names are resolved once, before the loop: QuickFIX would do it inside, and wait."""
    try:
        return str(socket.getaddrinfo(config.host, config.port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        key = f"{path}: venue.{config.name}.host = {config.host!r}"
        raise ConfigError(f"{key}: {error.strerror}; is the name right, and does the name server answer?") from None


def _venue(config: VenueConfig) -> Venue:
    return Venue(
        name=config.name,
        mic=config.mic,
        weight=config.weight,
        listings={symbol: _listing(listing) for symbol, listing in config.instruments.items()},
        replaces=config.replaces,
        mass_cancel=config.mass_cancel,
        cancel_on_disconnect=config.cancel_on_disconnect,
        dark=config.dark,
        trades=config.trades,
        times_in_force=frozenset(TimeInForce[name] for name in config.times_in_force),
    )


def _listing(config: ListingConfig) -> Listing:
    return Listing(
        symbol=config.symbol,
        lot=config.lot,
        min_qty=config.lot if config.min_qty is None else config.min_qty,
        tick=config.tick,
        contract=config.contract,
        inverse=config.inverse,
        taker_fee=config.taker_fee,
        maker_fee=config.maker_fee,
        ticks=config.ticks,
        max_qty=config.max_qty,
        currency=config.currency,
        security=None if config.security is None else config.security.security(),
    )


def store_url(url: str, beside: Path) -> str:
    """A path of an SQLite file counts from the folder of the configuration."""
    return url if "://" in url else str(beside.parent / url)
