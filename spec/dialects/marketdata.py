"""MarketDataRequest(V), W and X: the words are the same in every version we speak.

Bodies are written in ascending order of tag with each group behind its count, which is how QuickFIX writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fix import tags
from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, MsgType, SubscriptionRequestType
from fix.message import Group, GroupShape, Message
from spec.dialects import reading as read
from spec.dialects.reading import DialectError, plain

ENTRY_TYPES = read.members(MDEntryType)
UPDATE_ACTIONS = read.members(MDUpdateAction)
SUBSCRIPTIONS = read.members(SubscriptionRequestType)


@dataclass(frozen=True, slots=True)
class Members:
    """Enough of a group's shape to find where its entries end: every member of it in 4.2 to 5.0SP2 we may meet."""

    delimiter: int
    members: frozenset[int]
    groups: Mapping[int, GroupShape]


# fmt: off
_ENTRY_MEMBERS = frozenset({
    15, 18, 22, 37, 48, 54, 55, 58, 59, 64, 83, 110, 126, 198, *range(269, 281), *range(282, 293), 299, 336, 345, 346,
    354, 355, 387, 423, 432, 451, 461, 528, 529, 537, 546, 625, 811, 828, 1023, 1024, 1025, 1026, 1048, 1070,
})
# fmt: on
SNAPSHOT_ENTRIES = Members(tags.MDEntryType, _ENTRY_MEMBERS, {})
INCREMENTAL_ENTRIES = Members(tags.MDUpdateAction, _ENTRY_MEMBERS, {})
ENTRY_TYPES_WANTED = Members(tags.MDEntryType, frozenset({tags.MDEntryType}), {})
RELATED_SYMBOLS = Members(tags.Symbol, frozenset({55, 48, 22, 65, 167, 200, 201, 202, 207, 461, 541}), {})


@dataclass(frozen=True, slots=True)
class MarketDataRequest:
    """MarketDataRequest(V). `depth` 0 is the full book, 1 the top."""

    md_req_id: str
    subscription: SubscriptionRequestType
    depth: int
    symbols: tuple[str, ...]


class MarketDataWords:
    """Market data in and out, shared by every dialect."""

    @staticmethod
    def write_md_request(request: MarketDataRequest) -> str:
        symbols = "".join(f"55={symbol}\x01" for symbol in request.symbols)
        return (
            f"146={len(request.symbols)}\x01{symbols}262={request.md_req_id}\x01263={request.subscription}\x01"
            f"264={request.depth}\x01265=1\x01267=2\x01269=0\x01269=1\x01"
        )

    @staticmethod
    def read_md_request(message: Message) -> MarketDataRequest:
        fields = message.fields
        entries = message.groups(tags.NoRelatedSym, RELATED_SYMBOLS)
        depth = read.text(fields, tags.MarketDepth)
        if not depth.isdigit():
            raise DialectError(f"MarketDepth(264): {depth!r} is not a depth", tags.MarketDepth)
        return MarketDataRequest(
            md_req_id=read.text(fields, tags.MDReqID),
            subscription=read.member(fields, tags.SubscriptionRequestType, SUBSCRIPTIONS),
            depth=int(depth),
            symbols=tuple(str(entry[tags.Symbol]) for entry in entries),
        )

    @staticmethod
    def write_md_snapshot(md_req_id: str, symbol: str, entries: Sequence[MDEntry]) -> str:
        levels = "".join(f"269={e.entry_type}\x01270={plain(e.price)}\x01271={plain(e.size)}\x01" for e in entries)
        return f"55={symbol}\x01262={md_req_id}\x01268={len(entries)}\x01{levels}"

    @staticmethod
    def write_md_incremental(md_req_id: str, entries: Sequence[MDEntry]) -> str:
        levels = "".join(
            f"279={e.action}\x01269={e.entry_type}\x0155={e.symbol}\x01270={plain(e.price)}\x01271={plain(e.size)}\x01"
            for e in entries
        )
        return f"262={md_req_id}\x01268={len(entries)}\x01{levels}"

    @staticmethod
    def read_market_data(message: Message) -> MarketData:
        """W or X. An X entry without MDUpdateAction(279) or Symbol(55) is refused: nobody could apply it."""
        snapshot = message.msg_type == MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH
        shape = SNAPSHOT_ENTRIES if snapshot else INCREMENTAL_ENTRIES
        symbol = read.text(message.fields, tags.Symbol) if snapshot else ""
        entries = [_entry(group, symbol) for group in message.groups(tags.NoMDEntries, shape)]
        return MarketData(snapshot, symbol, tuple(entry for entry in entries if entry is not None))


def _entry(group: Group, symbol: str) -> MDEntry | None:
    """None for kinds of entry that are no level of the book (trades, opening prices …)."""
    fields = {tag: value for tag, value in group.items() if isinstance(value, str)}
    entry_type = ENTRY_TYPES.get(fields.get(tags.MDEntryType, ""))
    if entry_type not in (MDEntryType.BID, MDEntryType.OFFER):
        return None
    action = MDUpdateAction.NEW
    if not symbol:
        action = read.member(fields, tags.MDUpdateAction, UPDATE_ACTIONS)
    return MDEntry(
        entry_type=entry_type,
        price=read.number(fields, tags.MDEntryPx),
        size=read.number_or(fields, tags.MDEntrySize, ZERO),
        action=action,
        symbol=symbol or read.text(fields, tags.Symbol),
    )
