"""MarketDataRequest(V), W and X: the words are the same in every version we speak.

Bodies are written in ascending order of tag with each group behind its count, which is how QuickFIX writes them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from fix import tags
from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, MsgType, SessionRejectReason, SubscriptionRequestType
from fix.message import Group, GroupShape, Message
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.reading import DialectError, plain

ENTRY_TYPES = read.members(MDEntryType)
UPDATE_ACTIONS = read.members(MDUpdateAction)
SUBSCRIPTIONS = read.members(SubscriptionRequestType)


ANY_TAG = range(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Members:
    """Where the entries of a group start. A field we have not heard of must not end one, or those behind it would be
    lost (5.0 SP2 allows an entry four thousand different fields): what follows the last entry counts to it.
    """

    delimiter: int
    members: Container[int] = ANY_TAG
    groups: Mapping[int, GroupShape] = field(default_factory=dict)


SNAPSHOT_ENTRIES = Members(tags.MDEntryType)
INCREMENTAL_ENTRIES = Members(tags.MDUpdateAction)
RELATED_SYMBOLS = Members(tags.Symbol)


@dataclass(frozen=True, slots=True)
class MarketDataRequest:
    """MarketDataRequest(V). `depth` 0 is the full book, 1 the top."""

    md_req_id: str
    subscription: SubscriptionRequestType
    depth: int
    symbols: tuple[str, ...]


class MarketDataWords:
    """Market data in and out, shared by every dialect."""

    _last_update_time = False  # LastUpdateTime(779) of a W: 5.0 SP2 asks for it, 4.2 does not know it

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
        if not depth.isdecimal() or len(depth) > 9:
            raise DialectError(f"MarketDepth(264): {depth!r} is not a depth", tags.MarketDepth)
        return MarketDataRequest(
            md_req_id=read.text(fields, tags.MDReqID),
            subscription=read.member(fields, tags.SubscriptionRequestType, SUBSCRIPTIONS),
            depth=int(depth),
            symbols=tuple(str(entry[tags.Symbol]) for entry in entries),
        )

    def write_md_snapshot(self, md_req_id: str, symbol: str, entries: Sequence[MDEntry], at: int = 0) -> str:
        """`at`: when the book stood like this, 0 where nobody knows."""
        levels = "".join(f"269={e.entry_type}\x01270={plain(e.price)}\x01271={plain(e.size)}\x01" for e in entries)
        when = f"779={format_utc(at)}\x01" if at and self._last_update_time else ""
        return f"55={symbol}\x01262={md_req_id}\x01268={len(entries)}\x01{levels}{when}"

    @staticmethod
    def write_md_incremental(md_req_id: str, entries: Sequence[MDEntry]) -> str:
        levels = "".join(
            f"279={e.action}\x01269={e.entry_type}\x0155={e.symbol}\x01270={plain(e.price)}\x01271={plain(e.size)}\x01"
            for e in entries
        )
        return f"262={md_req_id}\x01268={len(entries)}\x01{levels}"

    @staticmethod
    def read_market_data(message: Message) -> MarketData:
        """W or X. Entries that cannot be told apart, and those of X without MDUpdateAction(279) or Symbol(55), are
        refused: nobody could apply them.
        """
        snapshot = message.msg_type == MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH
        shape = SNAPSHOT_ENTRIES if snapshot else INCREMENTAL_ENTRIES
        symbol = read.text(message.fields, tags.Symbol) if snapshot else ""
        groups = message.groups(tags.NoMDEntries, shape)
        count = read.text(message.fields, tags.NoMDEntries)
        if count != str(len(groups)):
            why = f"NoMDEntries(268) says {count}, counted {len(groups)}"
            raise DialectError(why, tags.NoMDEntries, SessionRejectReason.INCORRECT_NUMINGROUP_COUNT)
        entries = [_entry(group, symbol) for group in groups]
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
