"""The recorded books of `sessions.simulator.recorded` as a tape, with the trades between them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from engine.market.book import Ladder, Level
from fix.business import ZERO
from fix.enums import MDEntryType, Side
from sessions.simulator.recorded import FACTS, Instrument, RecordingError, updates
from sessions.study.tape import Moment, Shown, Tape, Traded, ordered


class Source(NamedTuple):
    """Which recording is which venue's. Sizes are cut to `lot`, for some old orders far from the market are finer."""

    venue: str
    instrument: Instrument
    lot: Decimal


def recorded(folder: Path, sources: Sequence[Source], depth: int) -> Tape:
    """The best `depth` levels of each side, by the recorder's clock (ns since the epoch). RecordingError naming file
    and line where it is no recording.
    """
    return ordered(moment for source in sources for moment in _moments(folder, source, depth))


def _moments(folder: Path, source: Source, depth: int) -> Iterator[Moment]:
    """What traded before the first book belongs to a market that nobody has seen."""
    books = list(_books(folder, source, depth))
    yield from books
    yield from (traded for traded in _trades(folder, source) if traded.at >= books[0].at)


class _View:
    """What changes of the best `depth` levels of one side."""

    def __init__(self, kind: MDEntryType, depth: int) -> None:
        self._whole, self._depth = Ladder(kind), depth
        self._shown: list[Level] = []

    def changes(self, levels: Sequence[Level], lot: Decimal, *, snapshot: bool) -> tuple[Level, ...]:
        """All of them after a snapshot."""
        if snapshot:
            self._whole.clear()
            self._shown = []
        for price, size in levels:
            self._whole.put(price, size - size % lot)
        before, self._shown = self._shown, self._whole.levels[: self._depth]
        if before == self._shown:
            return ()
        gone = dict(before).keys() - dict(self._shown).keys()
        known = set(before)
        return tuple(
            [(price, ZERO) for price, _ in before if price in gone]
            + [level for level in self._shown if level not in known]
        )


def _books(folder: Path, source: Source, depth: int) -> Iterator[Moment]:
    bids, offers = _View(MDEntryType.BID, depth), _View(MDEntryType.OFFER, depth)
    for update in updates(folder, source.instrument):
        changed = [
            view.changes(levels, source.lot, snapshot=update.snapshot)
            for view, levels in ((bids, update.bids), (offers, update.asks))
        ]
        if any(changed):
            yield Shown(update.at, source.venue, changed[0], changed[1], update.snapshot)


def _trades(folder: Path, source: Source) -> Iterator[Moment]:
    path = folder / FACTS[source.instrument].file
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for number, line in enumerate(lines, start=1):
            if '"e":"trade"' in line:
                try:
                    traded = _traded(line, source.venue)
                except (ValueError, KeyError, TypeError, ArithmeticError) as error:
                    raise RecordingError(f"{path}, line {number}: is no trade of a recording: {error!r}") from None
                if traded.qty > 0 and traded.price > 0:  # the insurance fund's have neither
                    yield traded


def _traded(line: str, venue: str) -> Traded:
    """`m`: the buyer was the one who waited."""
    clock, _, text = line.partition(" ")
    data: Mapping[str, str] = json.loads(text)["data"]
    side = Side.SELL if data["m"] else Side.BUY
    return Traded(int(clock), venue, side, Decimal(data["q"]), Decimal(data["p"]))
