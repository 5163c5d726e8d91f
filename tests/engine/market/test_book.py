from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.market.book import DisplayedBook, Level, Market
from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, Side

D = Decimal
BID, OFFER = MDEntryType.BID, MDEntryType.OFFER
CHANGES = st.lists(
    st.builds(
        MDEntry,
        entry_type=st.sampled_from([BID, OFFER]),
        price=st.integers(-1, 6).map(D),
        size=st.integers(-1, 5).map(D),
        action=st.sampled_from(list(MDUpdateAction)),
        entry_id=st.just(""),
        rpt_seq=st.just(0),
    ),
    max_size=40,
)


def _levels(*pairs: str) -> list[Level]:
    """ "100 at 9.5" as (9.5, 100)."""
    return [(D(price), D(size)) for size, price in (pair.split(" at ") for pair in pairs)]


def _entry(
    entry_type: MDEntryType, level: str, action: MDUpdateAction = MDUpdateAction.NEW, symbol: str = "X"
) -> MDEntry:
    [(price, size)] = _levels(level)
    return MDEntry(entry_type, price, size, action, symbol)


def _snapshot(*entries: MDEntry, symbol: str = "X") -> MarketData:
    return MarketData(snapshot=True, symbol=symbol, entries=entries)


def _increment(*entries: MDEntry) -> MarketData:
    return MarketData(snapshot=False, symbol="", entries=entries)


def _market() -> Market:
    """X at ALPHA 10/11, at BETA 9/12."""
    market = Market()
    market.apply("ALPHA", _snapshot(_entry(BID, "5 at 10"), _entry(OFFER, "6 at 11")), now=1)
    market.apply("BETA", _snapshot(_entry(BID, "7 at 9"), _entry(OFFER, "8 at 12")), now=2)
    return market


def test_levels_stand_best_first() -> None:
    book = DisplayedBook()
    for level in ("1 at 9", "2 at 10", "3 at 8"):
        book.apply(_entry(BID, level))
        book.apply(_entry(OFFER, level))
    assert book.levels(BID) == _levels("2 at 10", "1 at 9", "3 at 8")
    assert book.levels(OFFER) == _levels("3 at 8", "1 at 9", "2 at 10")
    assert (book.best(BID), book.best(OFFER)) == (D(10), D(8))


def test_an_order_takes_the_other_side() -> None:
    book = DisplayedBook()
    book.apply(_entry(BID, "1 at 9"))
    book.apply(_entry(OFFER, "2 at 10"))
    assert book.against(Side.BUY) == _levels("2 at 10")
    assert {tuple(book.against(side)) for side in Side if side is not Side.BUY} == {tuple(_levels("1 at 9"))}


def test_a_level_changes_and_goes() -> None:
    book = DisplayedBook()
    book.apply(_entry(BID, "1 at 9"))
    book.apply(_entry(BID, "4 at 9", MDUpdateAction.CHANGE))
    assert book.levels(BID) == _levels("4 at 9")
    book.apply(_entry(BID, "4 at 9", MDUpdateAction.DELETE))
    assert (book.levels(BID), book.best(BID)) == ([], None)


def test_what_has_no_size_or_no_price_is_no_level() -> None:
    book = DisplayedBook()
    book.apply(_entry(BID, "1 at 9"))
    for level in ("0 at 9", "-1 at 8", "5 at 0", "5 at -2"):
        book.apply(_entry(BID, level))
    assert book.levels(BID) == []


@given(CHANGES)
def test_a_book_is_what_a_plain_dictionary_says(entries: list[MDEntry]) -> None:
    book = DisplayedBook()
    plain: dict[tuple[MDEntryType | None, Decimal], Decimal] = {}
    for entry in entries:
        book.apply(entry)
        plain[entry.entry_type, entry.price] = D(0) if entry.action is MDUpdateAction.DELETE else entry.size
        left = sorted((price, size) for (kind, price), size in plain.items() if kind is BID and size > 0 < price)
        assert book.levels(BID) == left[::-1]
        right = sorted((price, size) for (kind, price), size in plain.items() if kind is OFFER and size > 0 < price)
        assert book.levels(OFFER) == right


def test_a_snapshot_replaces_and_an_increment_changes() -> None:
    market = _market()
    book = market.book("ALPHA", "X")
    assert book is not None
    market.apply("ALPHA", _increment(_entry(BID, "2 at 9.5"), _entry(OFFER, "6 at 11", MDUpdateAction.DELETE)), now=3)
    assert (book.levels(BID), book.levels(OFFER), book.updated_at) == (_levels("5 at 10", "2 at 9.5"), [], 3)
    market.apply("ALPHA", _snapshot(_entry(BID, "1 at 8")), now=4)
    assert (book.levels(BID), book.levels(OFFER), book.updated_at) == (_levels("1 at 8"), [], 4)


def test_an_empty_snapshot_is_an_empty_book_and_not_an_unknown_one() -> None:
    market = Market()
    assert market.book("ALPHA", "X") is None
    market.apply("ALPHA", _snapshot(), now=5)
    assert market.book("ALPHA", "X") == market.displayed("ALPHA", "X") == DisplayedBook(updated_at=5, whole=True)


def test_an_increment_names_the_symbol_of_each_entry() -> None:
    market = Market()
    market.apply("ALPHA", _increment(_entry(BID, "1 at 9"), _entry(BID, "2 at 5", symbol="Y")), now=6)
    books = [market.book("ALPHA", symbol) for symbol in ("X", "Y")]
    assert [book.levels(BID) for book in books if book is not None] == [_levels("1 at 9"), _levels("2 at 5")]
    assert [book.updated_at for book in books if book is not None] == [6, 6]


def test_a_venue_that_is_gone_displays_nothing() -> None:
    market = _market()
    market.forget("ALPHA")
    alpha, beta = market.book("ALPHA", "X"), market.book("BETA", "X")
    assert alpha is not None
    assert beta is not None
    assert (alpha.levels(BID), alpha.levels(OFFER)) == ([], [])
    assert beta.levels(BID) == _levels("7 at 9")


def test_a_level_is_found_by_its_price() -> None:
    book = DisplayedBook()
    for level in ("1 at 9", "2 at 10", "3 at 8"):
        book.apply(_entry(BID, level))
        book.apply(_entry(OFFER, level))
    assert [(book.bids.get(D(price)), book.offers.get(D(price))) for price in ("8.0", "8.5", "9", "10", "11")] == [
        (D(3), D(3)),
        (D(0), D(0)),
        (D(1), D(1)),
        (D(2), D(2)),
        (D(0), D(0)),
    ]
    assert book.bids.get(D(7), D(5)) == D(5)


def test_the_midpoint_is_between_the_best_of_all_venues() -> None:
    market = _market()
    assert market.mid([("ALPHA", "X"), ("BETA", "X")]) == D("10.5")
    assert market.mid([("BETA", "X"), ("GAMMA", "X")]) == D("10.5")
    market.apply("BETA", _increment(_entry(OFFER, "8 at 12", MDUpdateAction.DELETE)), now=3)
    assert market.mid([("BETA", "X")]) is None
    assert market.mid([]) is None
