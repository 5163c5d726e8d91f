"""Recorded books: depth updates of a Binance stream with one REST snapshot, played back into a simulated venue.

Each line is a local clock in ns, a space, and the exchange's JSON. The snapshot comes while updates run; as Binance's
documentation of local order books says, updates before it are dropped, the first one kept must span it (spot: U <=
lastUpdateId + 1 <= u; futures: U <= lastUpdateId <= u), and each later one must follow the last (spot: U = last u + 1,
futures: pu = last u).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from fix.enums import Side
from sessions.simulator.book import Book
from sessions.simulator.liquidity import BACKGROUND, Action, Enter, Withdraw

Instrument = Literal["spot", "usdm", "cm"]
Level = tuple[Decimal, Decimal]  # price, size


@dataclass(frozen=True, slots=True)
class Facts:
    """How an instrument is traded: its file, and its steps of price and size (contracts of 100 USD for `cm`)."""

    file: str
    tick: Decimal
    lot: Decimal


FACTS: dict[Instrument, Facts] = {
    "spot": Facts("spot-btcusdt.gz", Decimal("0.01"), Decimal("0.00001")),
    "usdm": Facts("usdm-btcusdt.gz", Decimal("0.1"), Decimal("0.001")),
    "cm": Facts("cm-btcusd_perp.gz", Decimal("0.1"), Decimal(1)),
}


class RecordingError(ValueError):
    """A recording that cannot be played: file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class BookUpdate:
    """`at` ns of the recorder's clock; sizes are absolute, 0 takes a level away; a snapshot replaces everything."""

    at: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    snapshot: bool = False


def updates(folder: Path, instrument: Instrument) -> Iterator[BookUpdate]:
    """The recording as a stream in flat memory; RecordingError naming file and line where it is no recording."""
    path = folder / FACTS[instrument].file
    if not path.is_file():
        raise RecordingError(f"{path}: there is no recording here; give the folder that holds {path.name}")
    reader = _Reader(spot=instrument == "spot")
    number = 1
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            for line in lines:
                yield from reader.read(line.rstrip())
                number += 1
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path}, line {number}: cannot be read: {error}") from None
    except KeyError as error:
        raise RecordingError(f"{path}, line {number}: {error} is missing") from None
    except (TypeError, AttributeError, ArithmeticError):
        raise RecordingError(f"{path}, line {number}: is no message of a recording") from None
    except ValueError as error:
        raise RecordingError(f"{path}, line {number}: {error}") from None
    if reader.last is None:
        raise RecordingError(f"{path}: holds no snapshot")


class _Reader:
    def __init__(self, *, spot: bool) -> None:
        self.last: int | None = None  # id of the last update applied, None before the snapshot
        self._spot = spot
        self._bridged = False
        self._early: list[tuple[int, dict[str, Any]]] = []

    def read(self, line: str) -> Iterator[BookUpdate]:
        clock, _, text = line.partition(" ")
        message = json.loads(text)
        at = int(clock)
        if "lastUpdateId" in message:
            self.last = message["lastUpdateId"]
            yield BookUpdate(at, _levels(message["bids"]), _levels(message["asks"]), snapshot=True)
            early, self._early = self._early, []
            for earlier, data in early:
                yield from self._apply(max(at, earlier), data)
        elif message["data"].get("e") == "depthUpdate":
            if self.last is None:
                self._early.append((at, message["data"]))
            else:
                yield from self._apply(at, message["data"])

    def _apply(self, at: int, data: dict[str, Any]) -> Iterator[BookUpdate]:
        assert self.last is not None
        first, final = data["U"], data["u"]
        if not self._bridged:
            wanted = self.last + 1 if self._spot else self.last
            if final < wanted:
                return
            if first > wanted:
                raise ValueError(f"updates {wanted} to {first - 1} behind the snapshot are missing")
        elif (first - 1 if self._spot else data["pu"]) != self.last:
            raise ValueError(f"updates between {self.last} and {first} are missing")
        self._bridged, self.last = True, final
        yield BookUpdate(at, _levels(data["b"]), _levels(data["a"]))


def _levels(pairs: Sequence[Sequence[str]]) -> tuple[Level, ...]:
    return tuple([(Decimal(price), Decimal(size)) for price, size in pairs])


class RecordedBook:
    """The levels as the recording has them."""

    def __init__(self) -> None:
        self._sides: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def apply(self, update: BookUpdate) -> None:
        for side, levels in ((Side.BUY, update.bids), (Side.SELL, update.asks)):
            sizes = self._sides[side]
            if update.snapshot:
                sizes.clear()
            for price, size in levels:
                if size:
                    sizes[price] = size
                else:
                    sizes.pop(price, None)

    def levels(self, side: Side, depth: int) -> list[Level]:
        """(price, size), best first."""
        return sorted(self._sides[side].items(), reverse=side is Side.BUY)[:depth]


class Mirror:
    """Keeps one background order per price in a book: it shows recorded levels, and clients trade against them."""

    def __init__(self) -> None:
        self._made = 0
        self._orders: dict[tuple[Side, Decimal], tuple[str, Decimal]] = {}

    def actions(self, book: Book, bids: Sequence[Level], asks: Sequence[Level]) -> list[Action]:
        """What makes `book` show these levels: first what goes, then what comes."""
        wanted = {(Side.BUY, price): size for price, size in bids} | {(Side.SELL, price): size for price, size in asks}
        withdrawn: list[Action] = []
        for place, (order_id, size) in list(self._orders.items()):
            if wanted.get(place) != size or book.resting(order_id) != size:
                del self._orders[place]
                withdrawn.append(Withdraw(order_id))
        entered = [self._enter(*place, size) for place, size in wanted.items() if place not in self._orders]
        return [*withdrawn, *entered]

    def _enter(self, side: Side, price: Decimal, size: Decimal) -> Enter:
        self._made += 1
        order_id = f"{BACKGROUND}{self._made}"
        self._orders[side, price] = (order_id, size)
        return Enter(order_id, side, size, price)
