from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.market.book import Level
from engine.routing.sweep import Displayed, sweep
from fix.enums import Side
from tests.engine.routing.making import levels

D = Decimal
FEES = st.sampled_from([D(0), D("0.01"), D("-0.01"), D("0.1")])


def _shown(venue: str, *pairs: str, unit: str = "1", fee: str = "0", lot: str = "1") -> Displayed:
    return Displayed(venue, levels(*pairs), D(unit), D(fee), D(lot))


@st.composite
def small_books(draw: st.DrawFn, side: Side) -> list[Displayed]:
    """Up to three venues of up to three levels, lots of one: few enough to try every split."""
    books = []
    for number in range(draw(st.integers(0, 3))):
        prices = draw(st.lists(st.integers(95, 105), unique=True, max_size=3))
        prices.sort(reverse=side is not Side.BUY)
        shown = [(D(price), D(draw(st.integers(1, 3)))) for price in prices]
        books.append(Displayed(f"V{number}", shown, D(1), draw(FEES), D(1)))
    return books


def _within(limit: Decimal | None, side: Side, book: Displayed) -> list[Level]:
    return [(p, size) for p, size in book.levels if limit is None or (p <= limit if side is Side.BUY else p >= limit)]


def _cost(side: Side, qty: Decimal, shown: list[Level], fee: Decimal) -> Decimal:
    """What `qty` costs at one venue, fees included; the negative of what it brings for a sell."""
    cost = D(0)
    for price, size in shown:
        take = min(qty, size)
        cost += take * price * (side.sign + fee)
        qty -= take
    return cost


@given(st.data(), st.sampled_from([Side.BUY, Side.SELL]), st.integers(1, 12), st.none() | st.integers(94, 106))
def test_no_split_is_cheaper(data: st.DataObject, side: Side, qty: int, price: int | None) -> None:
    limit = None if price is None else D(price)
    books = data.draw(small_books(side))
    open_to_us = [(book, _within(limit, side, book)) for book in books]
    sizes = [int(sum(size for _, size in shown)) for _, shown in open_to_us]

    def cost(split: tuple[int, ...]) -> Decimal:
        pairs = zip(split, open_to_us, strict=True)
        return sum((_cost(side, D(part), shown, book.taker_fee) for part, (book, shown) in pairs), D(0))

    most = min(qty, sum(sizes))
    cheapest = min(cost(split) for split in product(*(range(size + 1) for size in sizes)) if sum(split) == most)
    taken = sweep(side, D(qty), limit, books)
    found = tuple(int(taken.get(book.venue, D(0))) for book in books)
    assert sum(found) == most
    assert all(part <= size for part, size in zip(found, sizes, strict=True))
    assert cost(found) == cheapest


@given(
    st.lists(
        st.builds(
            Displayed,
            venue=st.uuids().map(str),
            levels=st.lists(st.tuples(st.integers(90, 110).map(D), st.integers(1, 500).map(D)), max_size=4).map(sorted),
            unit=st.sampled_from([D(1), D("0.001"), D(100), D("0.0017")]),
            taker_fee=FEES,
            lot=st.sampled_from([D(1), D("0.001"), D(50), D("0.0051")]),
        ),
        max_size=4,
    ),
    st.decimals("0.001", "5000", places=3),
    st.integers(90, 110).map(D),
)
def test_whole_lots_within_quantity_limit_and_what_is_shown(
    books: list[Displayed], qty: Decimal, limit: Decimal
) -> None:
    taken = sweep(Side.BUY, qty, limit, books)
    shown = {book.venue: book for book in books}
    assert sum(taken.values(), D(0)) <= qty
    for venue, part in taken.items():
        book = shown[venue]
        assert part > 0
        assert part % book.lot == 0
        assert part <= sum(size for price, size in book.levels if price <= limit) * book.unit


def test_the_best_levels_of_all_venues_are_taken_first() -> None:
    books = [_shown("A", "10 at 100", "10 at 102"), _shown("B", "10 at 101", "10 at 103")]
    assert sweep(Side.BUY, D(25), None, books) == {"A": D(15), "B": D(10)}


def test_a_sell_takes_the_highest_bids() -> None:
    books = [_shown("A", "10 at 102", "10 at 100"), _shown("B", "10 at 103", "10 at 101")]
    assert sweep(Side.SELL_SHORT, D(25), None, books) == {"B": D(15), "A": D(10)}


def test_nothing_is_taken_beyond_the_limit() -> None:
    books = [_shown("A", "10 at 100", "10 at 102"), _shown("B", "10 at 101")]
    assert sweep(Side.BUY, D(100), D(101), books) == {"A": D(10), "B": D(10)}
    assert sweep(Side.BUY, D(100), D(99), books) == {}


def test_a_fee_makes_a_price_worse_and_a_rebate_better() -> None:
    books = [_shown("A", "10 at 100.0", fee="0.001"), _shown("B", "10 at 100.05")]
    assert sweep(Side.BUY, D(10), None, books) == {"B": D(10)}
    books = [_shown("A", "10 at 100.0"), _shown("B", "10 at 99.95", fee="-0.001")]
    assert sweep(Side.SELL, D(10), None, books) == {"B": D(10)}


def test_the_limit_is_a_price_without_fees_and_the_order_of_the_levels_one_with_them() -> None:
    books = [_shown("A", "10 at 101", fee="-0.02"), _shown("B", "10 at 100", "10 at 100.5")]
    assert sweep(Side.BUY, D(30), D("100.5"), books) == {"B": D(20)}


def test_at_one_price_the_first_venue_is_taken_first() -> None:
    books = [_shown("B", "10 at 100"), _shown("A", "10 at 100")]
    assert sweep(Side.BUY, D(10), None, books) == {"B": D(10)}


def test_sizes_count_in_parent_units() -> None:
    books = [_shown("A", "10 at 100", unit="0.5", lot="0.5"), _shown("B", "10 at 101")]
    assert sweep(Side.BUY, D(8), None, books) == {"A": D(5), "B": D(3)}


def test_what_a_lot_cannot_take_is_left_to_a_finer_one() -> None:
    books = [_shown("A", "250 at 100", lot="100"), _shown("B", "30 at 101")]
    assert sweep(Side.BUY, D(220), None, books) == {"A": D(200), "B": D(20)}


def test_without_books_nothing_is_taken() -> None:
    assert sweep(Side.BUY, D(10), None, []) == {}
