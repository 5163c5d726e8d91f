"""The market over several venues: who is best, and what the record of a decision says of it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.book import DisplayedBook
from engine.market.consolidated import Best, Shown, Snapshot, Top, net_best, snapshot
from fix.business import MDEntry
from fix.enums import MDEntryType, Side

D = Decimal
BID, OFFER = MDEntryType.BID, MDEntryType.OFFER
NOBODY = Snapshot(None, None, (), ())


def shown(venue: str, bid: str = "", offer: str = "", *, unit: str = "1", fee: str = "0", stale: bool = False) -> Shown:
    """`bid` and `offer` as "100 at 9.5", "" for none; a worse level stands behind each."""
    book = DisplayedBook(stale=stale)
    for side, level, step in ((BID, bid, -1), (OFFER, offer, 1)):
        if level:
            size, price = map(D, level.split(" at "))
            book.apply(MDEntry(side, price + step, D(999)))
            book.apply(MDEntry(side, price, size))
    return Shown(venue, D(unit), D(fee), book)


def test_the_best_bid_and_offer_are_shown_by_some_and_counted_together() -> None:
    found = snapshot(
        [shown("A", "5 at 10", "6 at 12"), shown("B", "7 at 10", "8 at 11"), shown("C", "9 at 9", "1 at 11")]
    )
    assert found == Snapshot(
        bid=Best(D(10), D(12), ("A", "B")),
        offer=Best(D(11), D(9), ("B", "C")),
        tops=(
            Top("A", (D(10), D(5)), (D(12), D(6))),
            Top("B", (D(10), D(7)), (D(11), D(8))),
            Top("C", (D(9), D(9)), (D(11), D(1))),
        ),
        stale=(),
    )
    assert (found.mid, found.locked, found.crossed) == (D("10.5"), False, False)


def test_sizes_count_in_parent_units() -> None:
    found = snapshot([shown("A", "5 at 10", "6 at 12", unit="0.1"), shown("B", "7 at 10")])
    assert (found.bid, found.offer) == (Best(D(10), D("7.5"), ("A", "B")), Best(D(12), D("0.6"), ("A",)))


def test_a_side_that_nobody_shows_is_none_and_so_is_what_lies_between() -> None:
    found = snapshot([shown("A", "5 at 10"), shown("B")])
    assert found == Snapshot(Best(D(10), D(5), ("A",)), None, (Top("A", (D(10), D(5)), None), Top("B", None, None)), ())
    assert (found.mid, found.microprice, found.locked, found.crossed) == (None, None, False, False)
    assert snapshot([]) == snapshot([Shown("A", D(1), D(0), None)]) == NOBODY


def test_a_stale_book_is_named_and_not_looked_at() -> None:
    books = [shown("A", "5 at 10", "6 at 12"), shown("B", "7 at 11", "8 at 11.5", stale=True)]
    found = snapshot(books)
    assert (found.bid, found.offer) == (Best(D(10), D(5), ("A",)), Best(D(12), D(6), ("A",)))
    assert ([top.venue for top in found.tops], found.stale) == (["A"], ("B",))
    assert net_best(Side.SELL, books) == Best(D(10), D(5), ("A",))


@pytest.mark.parametrize(
    ("bid", "offer", "locked", "crossed"),
    [("10.99", "11", False, False), ("11.0", "11", True, False), ("11.01", "11", False, True)],
)
def test_a_market_is_locked_at_one_price_and_crossed_beyond_it(
    bid: str, offer: str, locked: bool, crossed: bool
) -> None:
    found = snapshot([shown("A", f"5 at {bid}", "6 at 12"), shown("B", "7 at 10", f"8 at {offer}")])
    assert (found.locked, found.crossed) == (locked, crossed)
    assert found.described()["marks"] == ["locked"] * locked + ["crossed"] * crossed


def test_the_microprice_is_near_the_side_that_will_be_gone_first() -> None:
    assert snapshot([shown("A", "90 at 10", "10 at 11")]).microprice == D("10.9")
    assert snapshot([shown("A", "10 at 10", "90 at 11")]).microprice == D("10.1")
    assert snapshot([shown("A", "10 at 10", "10 at 11")]).microprice == D("10.5")


def test_a_fee_makes_another_venue_the_best() -> None:
    books = [
        shown("A", "5 at 10", "6 at 11", fee="0.01"),
        shown("B", "7 at 9.99", "8 at 11.05", fee="-0.001"),
        Shown("C", D(1), D(0), None),
        shown("D"),
    ]
    assert net_best(Side.BUY, books) == Best(D("11.03895"), D(8), ("B",))
    assert net_best(Side.SELL, books) == net_best(Side.SELL_SHORT, books) == Best(D("9.99999"), D(7), ("B",))
    assert net_best(Side.BUY, books[2:]) is None


def test_the_record_is_text_that_json_can_hold() -> None:
    found = snapshot([shown("A", "5 at 10.50", "6 at 12", unit="0.1"), shown("B", "7 at 11"), shown("C", stale=True)])
    assert json.loads(json.dumps(found.described())) == {
        "bid": ["11", "7"],
        "offer": ["12", "0.6"],
        "venues": {"A": ["10.50", "0.5", "12", "0.6"], "B": ["11", "7", "", ""]},
        "marks": [],
        "stale": ["C"],
    }
    assert NOBODY.described() == {"bid": ["", ""], "offer": ["", ""], "venues": {}, "marks": [], "stale": []}


LEVELS = st.none() | st.tuples(st.integers(8, 12), st.integers(1, 5))


@given(st.lists(st.tuples(LEVELS, LEVELS), max_size=5))
def test_no_venue_is_better_than_the_best_and_all_that_are_as_good_are_named(
    tops: list[tuple[tuple[int, int] | None, tuple[int, int] | None]],
) -> None:
    def text(level: tuple[int, int] | None) -> str:
        return "" if level is None else f"{level[1]} at {level[0]}"

    found = snapshot([shown(f"V{n}", text(bid), text(offer)) for n, (bid, offer) in enumerate(tops)])
    for best, place, sign in ((found.bid, 0, -1), (found.offer, 1, 1)):
        side = [(top[place], f"V{n}") for n, top in enumerate(tops)]
        levels = [(sign * level[0], level[1], venue) for level, venue in side if level is not None]
        there = [level for level in levels if level[0] == min(levels)[0]]
        assert (best is None) is (not there)
        if best is not None:
            names = tuple(venue for *_, venue in there)
            assert best == Best(D(abs(there[0][0])), D(sum(size for _, size, _ in there)), names)
    if found.mid is not None and found.microprice is not None and found.bid and found.offer:
        low, high = sorted([found.bid.price, found.offer.price])
        assert low <= found.mid <= high
        assert low <= found.microprice <= high
