"""Market data in every dialect: requests, snapshots and increments there and back, and what others send."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix import tags
from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, SessionRejectReason, SubscriptionRequestType
from fix.message import SOH, Message
from fix.timestamp import format_utc
from spec.dialects import Dialect, DialectError
from spec.dialects.marketdata import INCREMENTAL_ENTRIES, SNAPSHOT_ENTRIES, MarketDataRequest
from spec.dictionary import GroupDef, for_session
from tests.spec.dialects import making
from tests.spec.dialects.making import NOW, wire

BID, OFFER, TRADE = MDEntryType.BID, MDEntryType.OFFER, MDEntryType.TRADE
ENTRIES = {"W": SNAPSHOT_ENTRIES, "X": INCREMENTAL_ENTRIES}
LEVELS = st.builds(
    MDEntry,
    entry_type=st.sampled_from(MDEntryType),
    price=making.NUMBERS,
    size=making.QUANTITIES,
    action=st.sampled_from(MDUpdateAction),
    symbol=making.IDS,
    entry_id=st.just(""),
    rpt_seq=st.just(0),
)
NAMED = st.builds(
    lambda entry, name: entry if entry.entry_type is TRADE else entry._replace(entry_id=name),
    LEVELS,
    st.just("") | making.IDS,
)


def from_wire(text: str) -> Message:
    return Message.parse(text.replace("|", SOH).encode())


def level(kind: MDEntryType | None, price: str, size: str, action: MDUpdateAction = MDUpdateAction.NEW) -> MDEntry:
    return MDEntry(kind, Decimal(price), Decimal(size), action, "IBM")


# -- there and back --------------------------------------------------------------------------------------------------


@given(request=making.MD_REQUESTS, trades=st.booleans())
def test_a_request_reads_as_it_was_written(dialect: Dialect, request: MarketDataRequest, trades: bool) -> None:
    asked = replace(request, trades=trades)
    assert dialect.read_md_request(wire(dialect, "V", dialect.write_md_request(asked))) == asked


@given(md_req_id=making.IDS, symbol=making.IDS, levels=st.lists(LEVELS, min_size=1, max_size=8))
def test_a_snapshot_reads_as_it_was_written(
    dialect: Dialect, md_req_id: str, symbol: str, levels: list[MDEntry]
) -> None:
    message = wire(dialect, "W", dialect.write_md_snapshot(md_req_id, symbol, levels, NOW))
    entries = tuple(entry._replace(action=MDUpdateAction.NEW, symbol=symbol) for entry in levels)
    assert dialect.read_market_data(message) == MarketData(snapshot=True, symbol=symbol, entries=entries)
    assert message[tags.MDReqID] == md_req_id


@given(md_req_id=making.IDS, levels=st.lists(NAMED, min_size=1, max_size=8))
def test_an_increment_reads_as_it_was_written(dialect: Dialect, md_req_id: str, levels: list[MDEntry]) -> None:
    message = wire(dialect, "X", dialect.write_md_incremental(md_req_id, levels))
    assert dialect.read_market_data(message) == MarketData(snapshot=False, symbol="", entries=tuple(levels))
    assert message[tags.MDReqID] == md_req_id


def test_an_increment_has_the_number_of_each_entry_where_there_is_one(dialect: Dialect) -> None:
    entries = [level(BID, "9.5", "100")._replace(rpt_seq=7), level(OFFER, "9.6", "50"), level(TRADE, "9.5", "5")]
    text = dialect.write_md_incremental("M-1", entries)
    assert "271=100\x0183=7\x01279=0" in text
    assert dialect.read_market_data(from_wire(f"35=X|{text}")).entries == tuple(entries)
    if tags.RptSeq in for_session(dialect.begin_string).messages["X"].groups[tags.NoMDEntries].members:
        assert dialect.read_market_data(wire(dialect, "X", text)).entries == tuple(entries)


def test_a_request_asks_for_trades_where_it_is_told(dialect: Dialect) -> None:
    request = MarketDataRequest("M-1", SubscriptionRequestType.SNAPSHOT, 1, ("IBM",))
    texts = [dialect.write_md_request(each) for each in (request, replace(request, trades=True))]
    assert [text.partition("267=")[2] for text in texts] == [
        "2\x01269=0\x01269=1\x01",
        "3\x01269=0\x01269=1\x01269=2\x01",
    ]


def test_a_snapshot_of_an_empty_book_says_so(dialect: Dialect) -> None:
    text = dialect.write_md_snapshot("M-1", "IBM", [])
    assert text == "55=IBM\x01262=M-1\x01268=0\x01"
    assert dialect.read_market_data(from_wire(f"35=W|{text}")) == MarketData(snapshot=True, symbol="IBM", entries=())


def test_a_snapshot_says_when_where_the_version_asks(dialect: Dialect) -> None:
    when = f"779={format_utc(NOW)}\x01" if tags.LastUpdateTime in required(dialect, "W") else ""
    text = dialect.write_md_snapshot("M-1", "IBM", [level(BID, "9.5", "100")], NOW)
    assert text == f"55=IBM\x01262=M-1\x01268=1\x01269=0\x01270=9.5\x01271=100\x01{when}"


def required(dialect: Dialect, msg_type: str) -> frozenset[int]:
    return for_session(dialect.begin_string).messages[msg_type].required


def test_an_entry_may_describe_its_instrument_at_any_length(dialect: Dialect) -> None:
    described = "55=IBM|65=WI|48=US4592001014|22=4|454=2|455=2005973|456=2|455=B1|456=A|167=CS|107=Common|"
    message = from_wire(
        f"35=X|262=M|268=2|279=0|269=0|{described}270=9.5|271=100|279=1|269=1|{described}270=9.6|271=50|813=1|10=000|"
    )
    expected = (level(BID, "9.5", "100"), level(OFFER, "9.6", "50", MDUpdateAction.CHANGE))
    assert dialect.read_market_data(message) == MarketData(snapshot=False, symbol="", entries=expected)


# -- what others send ------------------------------------------------------------------------------------------------


def test_entries_that_are_neither_levels_nor_trades_are_left_out(dialect: Dialect) -> None:
    message = from_wire("35=W|55=IBM|268=4|269=2|270=9.4|271=7|269=0|270=9.5|271=100|269=4|270=9|269=1|270=9.6|271=50|")
    expected = (level(TRADE, "9.4", "7"), level(BID, "9.5", "100"), level(OFFER, "9.6", "50"))
    assert dialect.read_market_data(message) == MarketData(snapshot=True, symbol="IBM", entries=expected)


def test_an_increment_keeps_what_has_a_number_though_it_has_nothing_else(dialect: Dialect) -> None:
    message = from_wire(
        "35=X|268=5|279=0|269=4|55=IBM|270=9|83=7|279=0|269=4|55=IBM|270=9|279=0|269=J|55=IBM|83=8|279=0|269=4|83=9|"
        "279=0|269=0|55=IBM|270=9.5|271=100|83=nine|"
    )
    expected = (
        level(None, "9", "0")._replace(rpt_seq=7),
        level(None, "0", "0")._replace(rpt_seq=8),
        level(BID, "9.5", "100"),
    )
    assert dialect.read_market_data(message).entries == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("55=IBM|83=40|268=1|269=0|270=9.5|271=100|", 40),
        ("55=IBM|268=2|269=0|270=9.5|271=100|83=41|269=4|83=42|", 42),
        ("55=IBM|83=0|268=0|", 0),
        ("55=IBM|268=1|269=0|270=9.5|271=100|", None),
    ],
)
def test_a_snapshot_has_one_number_wherever_it_stands(dialect: Dialect, text: str, number: int | None) -> None:
    data = dialect.read_market_data(from_wire(f"35=W|{text}"))
    assert (data.rpt_seq, [entry.rpt_seq for entry in data.entries]) == (number, [0] * len(data.entries))


def test_a_trade_nobody_can_read_takes_nothing_from_the_rest(dialect: Dialect) -> None:
    message = from_wire(
        "35=X|268=4|279=0|269=2|55=IBM|271=7|279=5|269=2|55=IBM|270=cheap|271=1|279=0|269=2|270=9|"
        "279=0|269=0|55=IBM|270=9.5|271=100|"
    )
    expected = (level(TRADE, "0", "7"), level(TRADE, "0", "1"), level(BID, "9.5", "100"))
    assert dialect.read_market_data(message).entries == expected


def test_other_fields_of_an_entry_do_not_end_it(dialect: Dialect) -> None:
    message = from_wire(
        "35=X|262=M|268=2|279=0|269=0|278=E1|55=IBM|270=9.5|15=USD|271=100|346=3|290=1|"
        "279=2|269=1|278=E2|55=IBM|270=9.6|271=0|336=1|58=gone|10=000|"
    )
    expected = (
        level(BID, "9.5", "100")._replace(entry_id="E1"),
        level(OFFER, "9.6", "0", MDUpdateAction.DELETE)._replace(entry_id="E2"),
    )
    assert dialect.read_market_data(message) == MarketData(snapshot=False, symbol="", entries=expected)


def test_what_changes_a_named_entry_says_only_what_is_new(dialect: Dialect) -> None:
    message = from_wire("35=X|268=2|279=1|278=E1|271=50|279=2|269=1|278=E2|55=IBM|")
    changed = level(None, "0", "50", MDUpdateAction.CHANGE)._replace(symbol="", entry_id="E1")
    deleted = level(OFFER, "0", "0", MDUpdateAction.DELETE)._replace(entry_id="E2")
    assert dialect.read_market_data(message).entries == (changed, deleted)


def test_a_level_that_goes_needs_no_size(dialect: Dialect) -> None:
    message = from_wire("35=X|268=1|279=2|269=0|55=IBM|270=9.5|")
    expected = (level(BID, "9.5", "0", MDUpdateAction.DELETE),)
    assert dialect.read_market_data(message) == MarketData(snapshot=False, symbol="", entries=expected)


@pytest.mark.parametrize(
    ("text", "tag", "reason"),
    [
        ("35=W|268=1|269=0|270=9.5|", 55, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=W|55=IBM|268=1|269=0|271=5|", 270, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=W|55=IBM|268=1|269=0|270=cheap|", 270, SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE),
        ("35=X|268=1|279=0|269=0|270=9.5|", 55, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=X|268=1|279=0|269=0|278=E1|270=9.5|", 55, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=X|268=1|279=0|269=0|278=E1|55=IBM|", 270, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=X|268=1|279=2|269=0|55=IBM|", 270, SessionRejectReason.REQUIRED_TAG_MISSING),
        ("35=X|268=1|279=7|269=0|55=IBM|270=9.5|", 279, SessionRejectReason.VALUE_IS_INCORRECT),
    ],
)
def test_a_level_nobody_could_apply_is_refused(
    dialect: Dialect, text: str, tag: int, reason: SessionRejectReason
) -> None:
    with pytest.raises(DialectError) as refused:
        dialect.read_market_data(from_wire(text))
    assert (refused.value.tag, refused.value.reason) == (tag, reason)


@pytest.mark.parametrize("depth", ["", "full", "-1", "1.0", "\xb2", "9" * 5000])
def test_a_depth_that_is_none_is_refused(dialect: Dialect, depth: str) -> None:
    text = f"35=V\x01146=1\x0155=IBM\x01262=M\x01263=1\x01264={depth}\x01"
    with pytest.raises(DialectError) as refused:
        dialect.read_md_request(Message.parse(text.encode("latin-1")))
    assert (str(refused.value), refused.value.tag) == (f"MarketDepth(264): {depth!r} is not a depth", 264)


@pytest.mark.parametrize("tag", [262, 263, 264])
def test_a_request_must_have_what_a_venue_needs(dialect: Dialect, tag: int) -> None:
    fields = {146: "1", 55: "IBM", 262: "M", 263: "1", 264: "0"}
    text = "".join(f"{t}={value}|" for t, value in fields.items() if t != tag)
    with pytest.raises(DialectError) as refused:
        dialect.read_md_request(from_wire(f"35=V|{text}"))
    assert (refused.value.tag, refused.value.reason) == (tag, SessionRejectReason.REQUIRED_TAG_MISSING)


@pytest.mark.parametrize("msg_type", ["W", "X"])
def test_an_entry_starts_where_the_version_says_and_nothing_in_it_looks_like_what_we_read(
    dialect: Dialect, msg_type: str
) -> None:
    """So that any field may be taken for a member of the entry it follows."""
    message = for_session(dialect.begin_string).messages[msg_type]
    group = message.groups[tags.NoMDEntries]
    assert group.delimiter == ENTRIES[msg_type].delimiter
    ours = {tags.MDEntryType, tags.MDEntryPx, tags.MDEntrySize, tags.MDUpdateAction, tags.MDEntryID, tags.RptSeq}
    assert ours & (message.fields | inner(group)) == set()
    assert tags.Symbol not in inner(group)


def inner(group: GroupDef) -> frozenset[int]:
    """Fields of the groups in a group, at any depth."""
    return frozenset().union(*(sub.members | inner(sub) for sub in group.groups.values()))
