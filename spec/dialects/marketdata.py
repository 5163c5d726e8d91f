"""MarketDataRequest(V), W and X: the words are the same in every version we speak.

Bodies are written in ascending order of tag with each group behind its count, which is how QuickFIX writes them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from fix import tags
from fix.business import ZERO, MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, MsgType, SessionRejectReason, SubscriptionRequestType
from fix.message import Fields, Group, GroupShape, Message
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
WANTED_ENTRIES = Members(tags.MDEntryType)
BOOK = (MDEntryType.BID, MDEntryType.OFFER)


@dataclass(frozen=True, slots=True)
class MarketDataRequest:
    """MarketDataRequest(V). `depth` 0 is the full book, 1 the top. With `trades`, what trades is asked for as well: a
    venue that does not tell may refuse the whole request.
    """

    md_req_id: str
    subscription: SubscriptionRequestType
    depth: int
    symbols: tuple[str, ...]
    trades: bool = False


class MarketDataWords:
    """Market data in and out, shared by every dialect."""

    _last_update_time = False  # LastUpdateTime(779) of a W: 5.0 SP2 asks for it, 4.2 does not know it

    @staticmethod
    def write_md_request(request: MarketDataRequest) -> str:
        symbols = "".join(f"55={symbol}\x01" for symbol in request.symbols)
        wanted = (*BOOK, MDEntryType.TRADE) if request.trades else BOOK
        kinds = "".join(f"269={kind}\x01" for kind in wanted)
        return (
            f"146={len(request.symbols)}\x01{symbols}262={request.md_req_id}\x01263={request.subscription}\x01"
            f"264={request.depth}\x01265=1\x01267={len(wanted)}\x01{kinds}"
        )

    @staticmethod
    def read_md_request(message: Message) -> MarketDataRequest:
        fields = message.fields
        entries = message.groups(tags.NoRelatedSym, RELATED_SYMBOLS)
        kinds = [str(entry[tags.MDEntryType]) for entry in message.groups(tags.NoMDEntryTypes, WANTED_ENTRIES)]
        depth = read.text(fields, tags.MarketDepth)
        if not depth.isdecimal() or len(depth) > 9:
            raise DialectError(f"MarketDepth(264): {depth!r} is not a depth", tags.MarketDepth)
        return MarketDataRequest(
            md_req_id=read.text(fields, tags.MDReqID),
            subscription=read.member(fields, tags.SubscriptionRequestType, SUBSCRIPTIONS),
            depth=int(depth),
            symbols=tuple(str(entry[tags.Symbol]) for entry in entries),
            trades=MDEntryType.TRADE in kinds,
        )

    def write_md_snapshot(self, md_req_id: str, symbol: str, entries: Sequence[MDEntry], at: int = 0) -> str:
        """`at`: when the book stood like this, 0 where nobody knows."""
        levels = "".join(f"269={e.entry_type}\x01270={plain(e.price)}\x01271={plain(e.size)}\x01" for e in entries)
        when = f"779={format_utc(at)}\x01" if at and self._last_update_time else ""
        return f"55={symbol}\x01262={md_req_id}\x01268={len(entries)}\x01{levels}{when}"

    @staticmethod
    def write_md_incremental(md_req_id: str, entries: Sequence[MDEntry]) -> str:
        """RptSeq(83) where an entry has one: 5.0 SP2 knows it, and to earlier versions it is an extension."""
        return f"262={md_req_id}\x01268={len(entries)}\x01{''.join(map(_change, entries))}"

    @staticmethod
    def read_market_data(message: Message) -> MarketData:
        """W or X. Levels that cannot be told apart, and those of X without MDUpdateAction(279) or Symbol(55), are
        refused: nobody could apply them. Trades only add to a message and are read leniently. Entries of other kinds
        are left out unless they have a number, for without it the next update would seem to be missing.
        """
        snapshot = message.msg_type == MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH
        shape = SNAPSHOT_ENTRIES if snapshot else INCREMENTAL_ENTRIES
        symbol = read.text(message.fields, tags.Symbol) if snapshot else ""
        groups = [_plain(group) for group in message.groups(tags.NoMDEntries, shape)]
        count = read.text(message.fields, tags.NoMDEntries)
        if count != str(len(groups)):
            why = f"NoMDEntries(268) says {count}, counted {len(groups)}"
            raise DialectError(why, tags.NoMDEntries, SessionRejectReason.INCORRECT_NUMINGROUP_COUNT)
        entries = tuple(entry for group in groups if (entry := _entry(group, symbol)) is not None)
        numbers = [_rpt_seq(fields) for fields in (message.fields, *groups) if snapshot and tags.RptSeq in fields]
        return MarketData(snapshot, symbol, entries, max(numbers, default=None))


def _change(entry: MDEntry) -> str:
    named = f"278={entry.entry_id}\x01" if entry.entry_id else ""
    number = f"83={entry.rpt_seq}\x01" if entry.rpt_seq else ""
    return (
        f"279={entry.action}\x01269={entry.entry_type}\x01{named}55={entry.symbol}\x01"
        f"270={plain(entry.price)}\x01271={plain(entry.size)}\x01{number}"
    )


def _plain(group: Group) -> dict[int, str]:
    """An entry without the groups in it."""
    return {tag: value for tag, value in group.items() if isinstance(value, str)}


def _rpt_seq(fields: Fields) -> int:
    return read.any_count(fields.get(tags.RptSeq, ""))


def _entry(fields: Fields, symbol: str) -> MDEntry | None:
    """`symbol` is that of a W, "" in an X. None for what is neither a level nor a trade nor counted."""
    kind = ENTRY_TYPES.get(fields.get(tags.MDEntryType, ""))
    known_by_name = tags.MDEntryID in fields and tags.MDEntryType not in fields
    return _level(fields, symbol, kind) if kind in BOOK or known_by_name else _other(fields, symbol, kind)


def _level(fields: Fields, symbol: str, kind: MDEntryType | None) -> MDEntry:
    """What changes or deletes an entry that MDEntryID(278) names need not say again what stays as it was."""
    action = MDUpdateAction.NEW if symbol else read.member(fields, tags.MDUpdateAction, UPDATE_ACTIONS)
    entry_id = fields.get(tags.MDEntryID, "")
    known = entry_id and action is not MDUpdateAction.NEW
    return MDEntry(
        entry_type=kind,
        price=read.number_or(fields, tags.MDEntryPx) if known else read.number(fields, tags.MDEntryPx),
        size=read.number_or(fields, tags.MDEntrySize),
        action=action,
        symbol=symbol or (fields.get(tags.Symbol, "") if known else read.text(fields, tags.Symbol)),
        entry_id=entry_id,
        rpt_seq=0 if symbol else _rpt_seq(fields),
    )


def _other(fields: Fields, symbol: str, kind: MDEntryType | None) -> MDEntry | None:
    """A trade, or what has nothing but its number for us."""
    rpt_seq = 0 if symbol else _rpt_seq(fields)
    symbol = symbol or fields.get(tags.Symbol, "")
    if not symbol or not (kind or rpt_seq):
        return None
    return MDEntry(
        entry_type=kind,
        price=read.any_number(fields.get(tags.MDEntryPx, "")) or ZERO,
        size=read.any_number(fields.get(tags.MDEntrySize, "")) or ZERO,
        action=read.optional_member(fields, tags.MDUpdateAction, UPDATE_ACTIONS) or MDUpdateAction.NEW,
        symbol=symbol,
        rpt_seq=rpt_seq,
    )
