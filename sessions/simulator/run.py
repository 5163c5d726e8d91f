"""`manifold simulate`: one venue as a process, from its configuration."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from fix.enums import Side, TimeInForce
from sessions.config import BookConfig, ConfigError, ReplayConfig, SimulatorConfig
from sessions.cycle.idle import BackOff, StopSignal, run
from sessions.gateway.door import Door
from sessions.gateway.session import FixSession, Incoming
from sessions.gateway.terms import Terms
from sessions.gateway.wire import wait
from sessions.listening import bound
from sessions.simulator.book import Book
from sessions.simulator.feed import Market
from sessions.simulator.liquidity import Action, Enter, Liquidity
from sessions.simulator.recorded import FACTS, BookUpdate, Mirror, RecordedBook, updates
from sessions.simulator.reporter import Fill
from sessions.simulator.venue import Conduct, Venue

logger = logging.getLogger("manifold.simulator")
SECOND = 1_000_000_000  # ns
FILLS_HEADER = "at,ClOrdID,ExecID,Side,LastQty,LastPx\n"


def simulate(config: SimulatorConfig, beside: Path, listening: Callable[[Door], None]) -> None:
    """Runs until SIGINT or SIGTERM; `listening` hears of the address. Paths count from the folder of `beside`."""
    stop = StopSignal()
    inbox: list[Incoming] = []
    session = FixSession(terms(config), inbox)
    markets = {each.symbol: generated(each, config) for each in config.instrument}
    markets |= {each.symbol: replayed(each, beside) for each in config.replay}
    with ExitStack() as stack:
        on_fill: Callable[[Fill], None] = lambda _: None  # noqa: E731
        if config.fills is not None:
            on_fill = fill_writer(stack.enter_context(_opened(beside, config.fills)))
        venue = Venue(session, inbox, markets, on_fill, conduct(config))
        session.on_state = lambda which: None if which.up else venue.left()
        with bound(f"{beside}: host:port", config.host, config.port):
            door = Door(config.host, config.port, [session], lambda _: None)
        stack.callback(door.close)
        listening(door)

        def turn() -> bool:
            door.poll()
            return venue.turn(time.time_ns())

        run(turn, BackOff(lambda seconds: wait([*door.filenos(), *session.filenos()], seconds)), stop)
        session.stop()


def terms(config: SimulatorConfig) -> Terms:
    return Terms(
        name=config.name,
        dialect=config.dialect,
        sender=config.sender,
        target=config.target,
        heartbeat=config.heartbeat,
        settings=config.quickfix,
    )


def conduct(config: SimulatorConfig) -> Conduct:
    ends = config.day_ends
    return Conduct(
        latency=int(config.latency * 1e6),
        reject_every=config.reject_every,
        day_ends=None if ends is None else ((ends.hour * 60 + ends.minute) * 60 + ends.second) * SECOND,
        cancel_on_disconnect=config.cancel_on_disconnect,
        halt_at=None if config.halt_at is None else int(config.halt_at * SECOND),
        halt_for=int(config.halt_for * SECOND),
    )


def _opened(beside: Path, fills: Path) -> TextIO:
    try:
        return (beside.parent / fills).open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigError(f"{beside}: fills = {str(fills)!r}: {error.strerror}; is it a file in a folder?") from None


def fill_writer(file: TextIO) -> Callable[[Fill], None]:
    """One line of CSV for each fill, on disk as soon as it is made."""
    if not file.tell():
        file.write(FILLS_HEADER)

    def write(fill: Fill) -> None:
        file.write(f"{fill.at},{fill.cl_ord_id},{fill.exec_id},{fill.side.name},{fill.qty},{fill.price}\n")

    return write


def generated(config: BookConfig, venue: SimulatorConfig) -> Market:
    """Seeded liquidity: the ladder at once, a small move every `update_every` seconds."""
    book = Book(config.symbol, tick=config.tick, lot=config.lot)
    seed = venue.seed * 1_000 + sum(config.symbol.encode())
    source = Liquidity(seed, mid=config.mid, tick=config.tick, lot=config.lot, levels=config.levels, size=config.size)
    for action in source.opening():
        assert isinstance(action, Enter)
        book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
    every, due = int(venue.update_every * 1e9), 0

    def moves(now: int) -> list[Action]:
        nonlocal due
        if now < due:
            return []
        due = now + every
        return source.step(book)

    return Market(book, moves)


def replayed(config: ReplayConfig, beside: Path) -> Market:
    """Recorded books at the pace of the recording; when it ends, the last book stays."""
    facts = FACTS[config.instrument]
    book = Book(config.symbol, tick=facts.tick, lot=facts.lot)
    source = updates(beside.parent / config.path, config.instrument)
    recorded, mirror = RecordedBook(), Mirror()
    waiting: BookUpdate | None = next(source)  # what is wrong with the path shows at the start
    began_at, offset = waiting.at if waiting else 0, 0

    def moves(now: int) -> list[Action]:
        nonlocal waiting, offset
        offset = offset or now
        until = began_at + int((now - offset) * config.speed)
        changed = False
        while waiting is not None and waiting.at <= until:
            recorded.apply(waiting)
            waiting, changed = next(source, None), True
        if not changed:
            return []
        return mirror.actions(
            book, _whole(recorded, Side.BUY, config, facts.lot), _whole(recorded, Side.SELL, config, facts.lot)
        )

    return Market(book, moves)


def _whole(recorded: RecordedBook, side: Side, config: ReplayConfig, lot: Decimal) -> list[tuple[Decimal, Decimal]]:
    return [(price, size - size % lot) for price, size in recorded.levels(side, config.levels) if size >= lot]
