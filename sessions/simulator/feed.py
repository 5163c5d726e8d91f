"""A venue's market data: the book when it is asked for, its changes from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fix.business import MDEntry
from fix.enums import MDEntryType, MDUpdateAction, MsgType, Side, SubscriptionRequestType
from fix.message import Message
from sessions.gateway.session import FixSession
from sessions.simulator.book import Book
from sessions.simulator.liquidity import Action


@dataclass(slots=True)
class Market:
    """One instrument: its book, and where its background orders come from."""

    book: Book
    moves: Callable[[int], list[Action]]  # now in ns → actions that are due
    subscribed: bool = False
    changed: dict[tuple[Side, Decimal], Decimal] = field(default_factory=dict)


class Feed:
    """Answers MarketDataRequest(V) on one session. DialectError for one that cannot be read."""

    def __init__(self, session: FixSession, markets: Mapping[str, Market]) -> None:
        self._session = session
        self._markets = markets

    def request(self, message: Message, now: int) -> None:
        """A snapshot of each symbol now, changes from then on while the session lasts."""
        dialect = self._session.dialect
        request = dialect.read_md_request(message)
        for symbol in request.symbols:
            market = self._markets.get(symbol)
            if market is None:
                text = f"58=Symbol(55) {symbol} is not traded here\x01262={request.md_req_id}\x01281=0\x01"
                self._session.say(MsgType.MARKET_DATA_REQUEST_REJECT, text, now)
                continue
            market.subscribed = request.subscription is SubscriptionRequestType.SNAPSHOT_PLUS_UPDATES
            if request.subscription is SubscriptionRequestType.DISABLE:
                continue
            market.changed.clear()
            snapshot = dialect.write_md_snapshot(request.md_req_id, symbol, list(_levels(market.book)), now)
            self._session.say(MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, snapshot, now)

    def publish(self, now: int) -> None:
        """What has changed since the last time, each level once."""
        for symbol, market in self._markets.items():
            changed, market.changed = market.changed, {}
            if not (changed and market.subscribed and self._session.up):
                continue
            entries = [_entry(symbol, side, price, size) for (side, price), size in changed.items()]
            text = self._session.dialect.write_md_incremental(f"MD-{symbol}", entries)
            self._session.say(MsgType.MARKET_DATA_INCREMENTAL_REFRESH, text, now)

    def stop(self) -> None:
        """The session ended; a new one asks again."""
        for market in self._markets.values():
            market.subscribed = False


def _levels(book: Book) -> Iterator[MDEntry]:
    for side, kind in ((Side.BUY, MDEntryType.BID), (Side.SELL, MDEntryType.OFFER)):
        for price, size in book.levels(side, 1_000):
            yield MDEntry(kind, price, size, symbol=book.symbol)


def _entry(symbol: str, side: Side, price: Decimal, size: Decimal) -> MDEntry:
    kind = MDEntryType.BID if side is Side.BUY else MDEntryType.OFFER
    action = MDUpdateAction.CHANGE if size else MDUpdateAction.DELETE
    return MDEntry(kind, price, size, action, symbol)
