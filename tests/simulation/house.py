"""The house under test, as `sessions.deployment` builds it, with its store watched and its clock in our hands."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.core.placing import Rules
from engine.dropcopy.store import Entry, Store, StoreError
from engine.market.venues import Listing, Venue
from sessions.cycle import decider
from sessions.cycle import engine as loop
from sessions.cycle.engine import Counterparties, Engine
from sessions.cycle.setup import Setup
from sessions.gateway.session import Incoming
from spec.dictionary import Dictionary
from spec.validation import Validator
from tests.simulation.actions import Plan, Terms
from tests.simulation.held import SYMBOL
from tests.simulation.network import End

SECOND = 1_000_000_000
ACK_TIMEOUT = 5 * SECOND
START = 1_700_000_000 * SECOND


class Crashed(Exception):  # noqa: N818  not an error: the process ends here
    """The power goes."""


class Clock:
    """Takes the place of the module `time` as well: what sleeps lets time pass. `steady` only ever goes on."""

    def __init__(self) -> None:
        self.now = self.latest = self.steady = START

    def __call__(self) -> int:
        return self.now

    def advance(self, ns: int) -> None:
        """Backwards when somebody sets it."""
        self.now += ns
        self.steady += max(ns, 0)
        self.latest = max(self.now, self.latest)

    def set_right(self) -> None:
        """No earlier than it ever was."""
        self.advance(self.latest - self.now)

    time_ns = monotonic_ns = perf_counter_ns = __call__

    def monotonic(self) -> float:
        return self.now / SECOND

    time = perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(int(seconds * SECOND))


_validators: dict[int, Validator] = {}


def _validator(dictionary: Dictionary) -> Validator:
    """What it compiles for a version is compiled once, not at every start; `for_session` gives each dictionary once."""
    return _validators.setdefault(id(dictionary), Validator(dictionary))


@contextlib.contextmanager
def clocked(clock: Clock, taken: int) -> Iterator[None]:
    """Every module of the cycle and the gateway that asks for the time asks this clock. Nobody logs meanwhile, and
    the engine takes no more than so many messages at once.
    """
    rooms = [
        module for name, module in sys.modules.items() if name.startswith(("sessions.cycle.", "sessions.gateway."))
    ]
    asking: list[Any] = [module for module in rooms if getattr(module, "time", None) is time]
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    for module in asking:
        module.time = clock
    loop.TAKEN_MAX, most = taken, loop.TAKEN_MAX
    room: Any = decider
    room.Validator = _validator
    try:
        yield
    finally:
        room.Validator, loop.TAKEN_MAX = Validator, most
        for module in asking:
            module.time = time
        logging.disable(level)


class WatchedStore(Store):
    """Fails or ends the process when it is told to; shows what it has committed."""

    failures = 0
    crash = ""  # before or after the next commit
    kept_back = False  # the last commit did not go through
    watch: Callable[[Sequence[Entry]], None] = staticmethod(lambda _: None)

    def commit(self, entries: Sequence[Entry], *arguments: Any, **named: Any) -> None:
        self.kept_back = True
        if self.failures:
            self.failures -= 1
            raise StoreError("the disk is full")
        if self.crash == "before":
            raise Crashed
        super().commit(entries, *arguments, **named)
        self.kept_back = False
        self.watch(entries)
        if self.crash == "after":
            raise Crashed


def open_store(path: str) -> WatchedStore:
    store = WatchedStore.open(path, durability="process")
    assert isinstance(store, WatchedStore)
    return store


def build(plan: Plan, store: Store, ends: dict[str, End], inbox: list[Incoming], clock: Clock, prefix: str) -> Engine:
    """An engine as it starts. `ends` by name: OMS1 …, COPY, and the venues."""
    omss = [end for name, end in ends.items() if name.startswith("OMS")]
    venues = [ends[terms.name] for terms in plan.venues]
    theme = plan.theme
    setup = Setup(
        prefix,
        tuple(_venue(terms, mass_cancel=terms.name in theme.mass) for terms in plan.venues),
        Rules(plan.max_attempts, ACK_TIMEOUT, cancel_on_disconnect=theme.leaving),
        theme.limits,
        {terms.name: theme.watch for terms in plan.venues} if theme.watch is not None else {},
    )
    return Engine(setup, store, Counterparties(omss, [ends["COPY"]], venues), inbox, clock)


def _venue(terms: Terms, *, mass_cancel: bool) -> Venue:
    listing = Listing(SYMBOL, lot=terms.lot, min_qty=terms.lot, contract=terms.unit)
    return Venue(
        terms.name,
        weight=terms.weight,
        listings={SYMBOL: listing},
        replaces=terms.replaces,
        mass_cancel=mass_cancel,
    )
