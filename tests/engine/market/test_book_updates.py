"""Updates that are numbered, entries that are named, and trades."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.market.book import DisplayedBook, Level, Market
from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction

D = Decimal
BID, OFFER, TRADE = MDEntryType.BID, MDEntryType.OFFER, MDEntryType.TRADE
NEW, CHANGE, DELETE = MDUpdateAction
ALPHA = ("ALPHA", "X")


def entry(
    level: str,
    *,
    kind: MDEntryType | None = BID,
    action: MDUpdateAction = NEW,
    entry_id: str = "",
    rpt_seq: int = 0,
    symbol: str = "X",
) -> MDEntry:
    """`level` as "100 at 9.5"."""
    size, price = map(D, level.split(" at "))
    return MDEntry(kind, price, size, action, symbol, entry_id, rpt_seq)


def snapshot(*entries: MDEntry, rpt_seq: int | None = None) -> MarketData:
    return MarketData(snapshot=True, symbol="X", entries=entries, rpt_seq=rpt_seq)


def increment(*entries: MDEntry) -> MarketData:
    return MarketData(snapshot=False, symbol="", entries=entries)


def bids(market: Market) -> list[Level] | None:
    """What routing sees of ALPHA; None for nothing."""
    book = market.displayed(*ALPHA)
    return None if book is None else list(book.levels(BID))


def levels(*pairs: str) -> list[Level]:
    return [(D(price), D(size)) for size, price in (pair.split(" at ") for pair in pairs)]


# -- numbered updates ----------------------------------------------------------------------------------------------------


def test_updates_in_order_are_applied() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=8), entry("1 at 9", rpt_seq=9)), now=2) == []
    assert bids(market) == levels("6 at 10", "1 at 9")


def test_a_gap_makes_a_book_stale_until_the_next_snapshot() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=9)), now=2) == ["X"]
    assert (bids(market), market.book(*ALPHA) is None) == (None, False)
    assert market.apply("ALPHA", increment(entry("7 at 10", rpt_seq=10)), now=3) == []
    assert bids(market) is None
    market.apply("ALPHA", snapshot(entry("8 at 10"), rpt_seq=11), now=4)
    assert bids(market) == levels("8 at 10")


def test_a_gap_in_one_book_leaves_the_others() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    market.apply("ALPHA", MarketData(snapshot=True, symbol="Y", entries=(entry("5 at 3"),), rpt_seq=70), now=1)
    market.apply("BETA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    both = increment(entry("6 at 10", rpt_seq=9), entry("6 at 3", rpt_seq=71, symbol="Y"))
    assert market.apply("ALPHA", both, now=2) == ["X"]
    others = [market.displayed("ALPHA", "Y"), market.displayed("BETA", "X")]
    assert [book.levels(BID) for book in others if book is not None] == [levels("6 at 3"), levels("5 at 10")]


def test_an_update_that_was_seen_before_is_passed_over() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=8)), now=2)
    again = increment(entry("4 at 10", rpt_seq=7), entry("3 at 10", rpt_seq=8), entry("2 at 10", rpt_seq=2))
    assert market.apply("ALPHA", again, now=3) == []
    book = market.displayed(*ALPHA)
    assert book is not None
    assert (book.levels(BID), book.updated_at) == (levels("6 at 10"), 2)


def test_the_entries_of_one_message_may_share_a_number() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(rpt_seq=7), now=1)
    market.apply("ALPHA", increment(entry("5 at 10", rpt_seq=8), entry("6 at 9", rpt_seq=8)), now=2)
    market.apply("ALPHA", increment(entry("1 at 10", rpt_seq=8), entry("7 at 9", rpt_seq=9)), now=3)
    assert bids(market) == levels("5 at 10", "7 at 9")


def test_numbered_updates_wait_for_a_snapshot_and_others_do_not() -> None:
    market = Market()
    assert market.apply("ALPHA", increment(entry("5 at 10", rpt_seq=1)), now=1) == ["X"]
    market.apply("BETA", increment(entry("5 at 10")), now=1)
    beta = market.displayed("BETA", "X")
    assert bids(market) is None
    assert beta is not None
    assert beta.levels(BID) == levels("5 at 10")


def test_a_snapshot_without_a_number_takes_the_next_one_as_it_comes() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10")), now=1)
    market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=40)), now=2)
    assert bids(market) == levels("6 at 10")
    assert market.apply("ALPHA", increment(entry("7 at 10", rpt_seq=42)), now=3) == ["X"]


def test_a_snapshot_before_the_first_update_has_number_zero() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=0), now=1)
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=2)), now=2) == ["X"]
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=0), now=3)
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=1)), now=4) == []
    assert bids(market) == levels("6 at 10")


def test_a_venue_that_numbers_from_one_again_has_lost_its_place() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=1)), now=2) == ["X"]
    market.apply("ALPHA", snapshot(entry("7 at 10"), rpt_seq=1), now=3)
    assert market.apply("ALPHA", increment(entry("9 at 10", rpt_seq=1)), now=4) == []
    assert bids(market) == levels("7 at 10")


def test_entries_that_are_no_part_of_the_book_count_all_the_same() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    other, trade = entry("0 at 0", kind=None, rpt_seq=8), entry("3 at 10", kind=TRADE, rpt_seq=9)
    market.apply("ALPHA", increment(other, trade, entry("2 at 10", rpt_seq=10)), now=2)
    assert bids(market) == levels("2 at 10")


def test_a_session_that_ended_begins_anew() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), rpt_seq=7), now=1)
    market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=9)), now=2)
    market.forget("ALPHA")
    assert bids(market) == []
    assert market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=10)), now=3) == ["X"]
    market.apply("ALPHA", snapshot(entry("4 at 10"), rpt_seq=3), now=4)
    market.apply("ALPHA", increment(entry("5 at 10", rpt_seq=4)), now=5)
    assert bids(market) == levels("5 at 10")


def test_a_stale_book_has_no_part_in_the_midpoint() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10"), entry("5 at 12", kind=OFFER), rpt_seq=7), now=1)
    market.apply("BETA", snapshot(entry("5 at 8"), entry("5 at 13", kind=OFFER)), now=1)
    both = [ALPHA, ("BETA", "X")]
    assert market.mid(both) == D(11)
    market.apply("ALPHA", increment(entry("6 at 10", rpt_seq=9)), now=2)
    assert (market.mid(both), market.mid(both[:1])) == (D("10.5"), None)


STEPS = st.lists(
    st.sampled_from(["next", "next", "next", "lost", "snapshot"]) | st.integers(1, 5).map(lambda back: f"again {back}"),
    max_size=25,
)


@given(STEPS, st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9)), min_size=25, max_size=25))
def test_a_book_that_is_not_stale_is_what_the_venue_has(steps: list[str], changes: list[tuple[int, int]]) -> None:
    """Whatever is lost or comes again. `changes` are prices and sizes, the first has number 1."""
    market, venue, number, lost = Market(), {D(3): D(3)}, 0, True
    for now, step in enumerate(steps):
        if step == "snapshot":
            entries = tuple(MDEntry(BID, price, size, symbol="X") for price, size in venue.items() if size)
            market.apply("ALPHA", snapshot(*entries, rpt_seq=number), now)
            lost = False
        elif step.startswith("again"):
            old = number - int(step.split()[1])
            if old > 0:  # not the last: a venue repeats what it has sent before
                market.apply("ALPHA", increment(_change(old, changes)), now)
                lost = lost or old == 1
        else:
            venue[D(changes[number][0])] = D(changes[number][1])
            number += 1
            if step == "next":
                market.apply("ALPHA", increment(_change(number, changes)), now)
            lost = lost or step == "lost"
        shown = bids(market)
        if not lost:
            assert shown == sorted(((price, size) for price, size in venue.items() if size), reverse=True)
        elif step == "next":
            assert shown is None


def _change(number: int, changes: list[tuple[int, int]]) -> MDEntry:
    price, size = changes[number - 1]
    return MDEntry(BID, D(price), D(size), CHANGE, "X", rpt_seq=number)


# -- named entries -------------------------------------------------------------------------------------------------------


def applied(*entries: MDEntry) -> DisplayedBook:
    book = DisplayedBook()
    for each in entries:
        book.apply(each)
    return book


def test_a_level_holds_all_that_is_named_at_its_price() -> None:
    book = applied(entry("5 at 10", entry_id="A"), entry("2 at 10", entry_id="B"), entry("1 at 9", entry_id="C"))
    assert book.levels(BID) == levels("7 at 10", "1 at 9")
    book.apply(entry("0 at 0", action=DELETE, entry_id="A"))
    assert book.levels(BID) == levels("2 at 10", "1 at 9")
    book.apply(entry("0 at 10", action=DELETE, entry_id="B"))
    assert book.levels(BID) == levels("1 at 9")


def test_an_entry_may_change_its_price_and_its_size() -> None:
    book = applied(entry("5 at 10", entry_id="A"), entry("2 at 10", entry_id="B"))
    book.apply(entry("4 at 9", action=CHANGE, entry_id="A"))
    assert book.levels(BID) == levels("2 at 10", "4 at 9")
    book.apply(entry("3 at 0", action=CHANGE, entry_id="A"))
    assert book.levels(BID) == levels("2 at 10", "3 at 9")
    book.apply(entry("0 at 0", action=CHANGE, entry_id="A"))
    assert book.levels(BID) == levels("2 at 10")


def test_what_changes_a_name_need_not_say_its_side_or_its_symbol() -> None:
    market = Market()
    named = (entry("5 at 10", entry_id="A"), entry("5 at 11", kind=OFFER, entry_id="B"))
    market.apply("BETA", increment(*[each._replace(symbol="Z") for each in named]), now=1)
    market.apply("ALPHA", snapshot(*named), now=1)
    changed = entry("4 at 0", kind=None, action=CHANGE, entry_id="B", symbol="")
    deleted = entry("0 at 0", kind=None, action=DELETE, entry_id="A", symbol="")
    unknown = entry("9 at 9", kind=None, entry_id="C", symbol="")
    market.apply("ALPHA", increment(changed, deleted, unknown), now=2)
    alpha = market.displayed(*ALPHA)
    assert alpha is not None
    assert (alpha.levels(BID), alpha.levels(OFFER), alpha.updated_at) == ([], levels("4 at 11"), 2)


def test_a_name_belongs_to_its_side() -> None:
    book = applied(entry("5 at 10", entry_id="1"), entry("6 at 11", kind=OFFER, entry_id="1"))
    book.apply(entry("0 at 0", kind=OFFER, action=DELETE, entry_id="1"))
    assert (book.levels(BID), book.levels(OFFER)) == (levels("5 at 10"), [])


def test_who_changes_what_nobody_has_named_means_the_level() -> None:
    """In 4.2 and 4.4 the entries of a snapshot have no names, and those of the increments after it may."""
    book = applied(entry("5 at 10"), entry("6 at 9"), entry("7 at 8"))
    book.apply(entry("0 at 10", action=DELETE, entry_id="A"))
    book.apply(entry("2 at 9", action=CHANGE, entry_id="B"))
    assert book.levels(BID) == levels("2 at 9", "7 at 8")
    book.apply(entry("0 at 0", action=DELETE, entry_id="B"))
    assert book.levels(BID) == levels("7 at 8")


def test_names_do_not_outlive_a_snapshot() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(entry("5 at 10", entry_id="A")), now=1)
    market.apply("ALPHA", snapshot(entry("8 at 10")), now=2)
    market.apply("ALPHA", increment(entry("3 at 10", entry_id="A")), now=3)
    assert bids(market) == levels("11 at 10")


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from([BID, OFFER]), st.integers(1, 3), st.integers(0, 4)),
        max_size=30,
    )
)
def test_a_book_of_named_entries_is_the_sum_of_them(steps: list[tuple[str, MDEntryType, int, int]]) -> None:
    """Size 0 deletes; a name that is there changes, another is new."""
    book, plain = DisplayedBook(), dict[tuple[MDEntryType, str], tuple[int, int]]()
    for name, kind, price, size in steps:
        known = plain.pop((kind, name), None)
        if size:
            plain[kind, name] = price, size
            book.apply(entry(f"{size} at {price}", kind=kind, action=CHANGE if known else NEW, entry_id=name))
        elif known:
            book.apply(entry("0 at 0", kind=kind, action=DELETE, entry_id=name))
        for side in (BID, OFFER):
            sizes: dict[Decimal, Decimal] = {}
            for (of, _), (at, shown) in plain.items():
                if of is side:
                    sizes[D(at)] = sizes.get(D(at), D(0)) + shown
            assert book.levels(side) == sorted(sizes.items(), reverse=side is BID)


# -- trades --------------------------------------------------------------------------------------------------------------


def test_trades_add_up_by_venue_and_symbol() -> None:
    market = Market()
    market.apply("ALPHA", increment(entry("3 at 10", kind=TRADE), entry("2 at 11", kind=TRADE)), now=1)
    market.apply("ALPHA", increment(entry("9 at 5", kind=TRADE, symbol="Y")), now=2)
    market.apply("BETA", increment(entry("0.5 at 12", kind=TRADE)), now=3)
    keys = [ALPHA, ("ALPHA", "Y"), ("BETA", "X"), ("BETA", "Y")]
    assert market.volume(keys) == dict(zip(keys, (D(5), D(9), D("0.5"), D(0)), strict=True))
    assert [market.last_px(*key) for key in keys] == [D(11), D(5), D(12), None]


def test_a_trade_is_no_news_of_the_book() -> None:
    market = Market()
    market.apply("ALPHA", increment(entry("3 at 10", kind=TRADE)), now=1)
    assert market.book(*ALPHA) is None
    market.apply("ALPHA", snapshot(entry("5 at 10")), now=2)
    market.apply("ALPHA", increment(entry("3 at 10", kind=TRADE)), now=3)
    book = market.book(*ALPHA)
    assert book is not None
    assert (book.levels(BID), book.updated_at) == (levels("5 at 10"), 2)


def test_a_snapshot_repeats_the_last_trade_and_adds_nothing() -> None:
    market = Market()
    for now in (1, 2):
        market.apply("ALPHA", snapshot(entry("3 at 10", kind=TRADE)), now)
    assert (market.volume([ALPHA]), market.last_px(*ALPHA)) == ({ALPHA: D(0)}, D(10))


def test_corrections_and_what_is_no_trade_count_nothing() -> None:
    market = Market()
    corrected, busted = (entry("3 at 10", kind=TRADE, action=action) for action in (CHANGE, DELETE))
    market.apply("ALPHA", increment(corrected, busted, entry("3 at 0", kind=TRADE)), now=1)
    assert (market.volume([ALPHA]), market.last_px(*ALPHA)) == ({ALPHA: D(0)}, None)
    market.apply("ALPHA", increment(entry("-3 at 10", kind=TRADE), entry("0 at 9", kind=TRADE)), now=2)
    assert (market.volume([ALPHA]), market.last_px(*ALPHA)) == ({ALPHA: D(0)}, D(9))


def test_a_trade_that_comes_again_counts_once_where_the_venue_numbers_it() -> None:
    market = Market()
    market.apply("ALPHA", snapshot(rpt_seq=7), now=1)
    for now in (2, 3):
        market.apply("ALPHA", increment(entry("3 at 10", kind=TRADE, rpt_seq=8)), now)
    assert market.volume([ALPHA]) == {ALPHA: D(3)}


def test_what_has_traded_outlives_the_session() -> None:
    market = Market()
    market.apply("ALPHA", increment(entry("3 at 10", kind=TRADE)), now=1)
    market.forget("ALPHA")
    assert (market.volume([ALPHA]), market.last_px(*ALPHA)) == ({ALPHA: D(3)}, D(10))
