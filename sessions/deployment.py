"""The composition root: from a configuration to a running engine. Everything is built here and nowhere else."""

from __future__ import annotations

import socket
from pathlib import Path

from engine.core.placing import Rules
from engine.dropcopy.store import Store
from engine.market.venues import Listing, Venue
from fix.enums import TimeInForce
from sessions.config import ConfigError, EngineConfig, ListingConfig, SessionConfig, VenueConfig
from sessions.cycle.engine import Counterparties, Engine
from sessions.cycle.idle import IdleStrategy, idle_strategy
from sessions.cycle.setup import Setup
from sessions.gateway.session import FixSession, Incoming
from sessions.gateway.terms import Terms

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def build(config: EngineConfig, path: Path, started_at: int) -> tuple[Engine, IdleStrategy]:
    """Opens store and sessions; nothing listens or connects yet. `started_at` ns names this run's orders.

    Paths count from the folder of `path`, the configuration's own.
    ConfigError when a venue's name cannot be resolved, SettingsError when QuickFIX refuses a setting, StoreError when
    the store cannot be opened; the store is opened last and untouched by the others.
    """
    inbox: list[Incoming] = []
    parties = Counterparties(
        oms=[FixSession(_terms(each), inbox) for each in config.oms],
        drop_copies=[FixSession(_terms(each), inbox) for each in config.drop_copy],
        venues=[FixSession(_terms(each, (_address(each, path), each.port)), inbox) for each in config.venue],
    )
    store = Store.open(store_url(config.store.url, path), durability=config.store.durability)
    engine = Engine(_setup(config, prefix(started_at)), store, parties, inbox)
    return engine, idle_strategy(config.idle, engine.wait)


def _setup(config: EngineConfig, prefix: str) -> Setup:
    routing, start = config.routing, config.routing.day_start
    rules = Rules(
        max_attempts=routing.max_attempts,
        ack_timeout=int(routing.ack_timeout * 1e9),
        chained=routing.chained,
        day_start=((start.hour * 60 + start.minute) * 60 + start.second) * 1_000_000_000,
        cancel_on_disconnect=frozenset(each.name for each in config.oms if each.cancel_on_disconnect),
    )
    return Setup(
        prefix=prefix,
        venues=tuple(_venue(each) for each in config.venue),
        rules=rules,
        limits=config.limits.limits(),
        watch=config.fallback.watches(each.name for each in config.venue),
    )


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
    )


def store_url(url: str, beside: Path) -> str:
    """A path of an SQLite file counts from the folder of the configuration."""
    return url if "://" in url else str(beside.parent / url)
