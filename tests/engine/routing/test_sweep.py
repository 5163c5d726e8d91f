from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.routing.sweep import Displayed, sweep
from fix.enums import Side
from tests.engine.routing.making import levels

D = Decimal
BOTH = st.sampled_from([Side.BUY, Side.SELL])
FEES = st.sampled_from([D(0), D("0.01"), D("-0.01"), D("0.1")])
LIMITS = st.none() | st.integers(94, 106).map(D)
SHARED = Path(os.environ.get("MANIFOLD_SHARED", Path(__file__).parents[3].parent / "shared"))
RECORDED = [SHARED / "data" / "meta-exchange" / f"exchange-0{number}.json" for number in range(1, 5)]


def _shown(venue: str, *pairs: str, unit: str = "1", fee: str = "0", lot: str = "1") -> Displayed:
    return Displayed(venue, levels(*pairs), D(unit), D(fee), D(lot))


# -- against every split there is ------------------------------------------------------------------------------------


@st.composite
def small_books(draw: st.DrawFn, side: Side, lots: Sequence[int], *, alike: bool) -> list[Displayed]:
    """Up to three venues of up to three levels, few enough to try every split. Sizes need not be whole lots."""
    one = draw(st.sampled_from(lots))
    most = 1000 if side is Side.BUY else 9
    books = []
    for number in range(draw(st.integers(0 if alike else 2, 3))):
        prices = draw(st.lists(st.integers(95, 105), unique=True, min_size=0 if alike else 1, max_size=3))
        prices.sort(reverse=side is not Side.BUY)
        shown = [(D(price), D(draw(st.integers(1, 4)))) for price in prices]
        lot = one if alike else draw(st.sampled_from(lots))
        balance = draw(st.none() | st.integers(0, most).map(D))
        books.append(Displayed(f"V{number}", shown, D(1), draw(FEES), D(lot), balance))
    return books


def _costs(side: Side, limit: Decimal | None, book: Displayed) -> dict[int, Decimal]:
    """What each quantity costs that may be taken there, fees included; the negative of what it brings for a sell."""
    found, qty, cost = {0: D(0)}, 0, D(0)
    for price, size in book.levels:
        if limit is not None and (price > limit if side is Side.BUY else price < limit):
            break
        for _ in range(int(size)):
            qty, cost = qty + 1, cost + price * (side.sign + book.taker_fee)
            used = cost if side is Side.BUY else qty
            if qty % book.lot == 0 and (book.balance is None or used <= book.balance):
                found[qty] = cost
    return found


def _optimum(qty: int, choice: Sequence[dict[int, Decimal]]) -> tuple[int, Decimal]:
    """(quantity, cost) of the best split: the most that can be taken, at the least cost."""
    splits = [(sum(split), split) for split in product(*choice) if sum(split) <= qty]
    most = max(total for total, _ in splits)
    return most, min(_total(split, choice) for total, split in splits if total == most)


def _total(split: Sequence[int], choice: Sequence[dict[int, Decimal]]) -> Decimal:
    return sum((costs[part] for part, costs in zip(split, choice, strict=True)), D(0))


def _swept(side: Side, qty: int, limit: Decimal | None, books: Sequence[Displayed]) -> list[int]:
    taken = sweep(side, D(qty), limit, books)
    return [int(taken.get(book.venue, D(0))) for book in books]


@given(st.data(), BOTH, st.integers(1, 12), LIMITS)
def test_with_equal_lots_no_split_takes_more_or_is_cheaper(
    data: st.DataObject, side: Side, qty: int, limit: Decimal | None
) -> None:
    books = data.draw(small_books(side, (1, 2, 3), alike=True))
    choice = [_costs(side, limit, book) for book in books]
    found = _swept(side, qty, limit, books)
    assert all(part in costs for part, costs in zip(found, choice, strict=True))
    assert (sum(found), _total(found, choice)) == _optimum(qty, choice)


@given(st.data(), BOTH, st.integers(1, 12), LIMITS)
def test_with_lots_that_differ_it_is_best_until_one_does_not_fit(
    data: st.DataObject, side: Side, qty: int, limit: Decimal | None
) -> None:
    books = data.draw(small_books(side, (1, 2, 3), alike=False))
    choice = [_costs(side, limit, book) for book in books]
    found, fitted = _lot_by_lot(qty, books, choice)
    assert _swept(side, qty, limit, books) == found
    most, cost = _optimum(qty, choice)
    if fitted:
        assert (sum(found), _total(found, choice)) == (most, cost)
    else:
        assert sum(found) > most - max(book.lot for book in books)


def _lot_by_lot(qty: int, books: Sequence[Displayed], choice: Sequence[dict[int, Decimal]]) -> tuple[list[int], bool]:
    """The cheapest lot of all, again and again, and whether each of them fitted into what was left."""
    found, fitted, left = [0] * len(books), True, qty
    lots = [int(book.lot) for book in books]
    open_to_us = set(range(len(books)))
    while left:
        prices = {
            i: (choice[i][found[i] + lots[i]] - choice[i][found[i]]) / lots[i]
            for i in open_to_us
            if found[i] + lots[i] in choice[i]
        }
        if not prices:
            break
        i = min(prices, key=lambda i: (prices[i], i))
        if lots[i] > left:
            fitted = False
            open_to_us.remove(i)
            continue
        found[i] += lots[i]
        left -= lots[i]
    return found, fitted


# -- what always holds -------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            Displayed,
            venue=st.uuids().map(str),
            levels=st.lists(st.tuples(st.integers(90, 110).map(D), st.integers(1, 500).map(D)), max_size=4).map(sorted),
            unit=st.sampled_from([D(1), D("0.001"), D(100), D("0.0017")]),
            taker_fee=FEES,
            lot=st.sampled_from([D(1), D("0.001"), D(50), D("0.0051")]),
            balance=st.none() | st.decimals(-1, 50_000, places=2),
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
        assert book.balance is None or part * book.levels[0][0] * (1 + book.taker_fee) <= book.balance


# -- by hand -----------------------------------------------------------------------------------------------------------


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


def test_a_lot_may_span_levels_and_counts_at_their_average_price() -> None:
    books = [_shown("A", "1 at 100", "9 at 110", lot="2"), _shown("B", "2 at 107", lot="2")]
    assert sweep(Side.BUY, D(2), None, books) == {"A": D(2)}
    books[1] = _shown("B", "2 at 104", lot="2")
    assert sweep(Side.BUY, D(2), None, books) == {"B": D(2)}


def test_a_lot_does_not_reach_beyond_the_limit() -> None:
    assert sweep(Side.BUY, D(9), D(109), [_shown("A", "3 at 100", "9 at 110", lot="2")]) == {"A": D(2)}


def test_finer_lots_are_not_given_back_for_a_coarser() -> None:
    """What the module says of lots that differ: B alone would fill all of it, and for less than A and C."""
    books = [_shown("A", "20 at 99"), _shown("B", "100 at 100", lot="100")]
    assert sweep(Side.BUY, D(100), None, books) == {"A": D(20)}
    books.append(_shown("C", "80 at 110"))
    assert sweep(Side.BUY, D(100), None, books) == {"A": D(20), "C": D(80)}


def test_a_buy_takes_no_more_than_its_money_pays_for_with_the_fee() -> None:
    books = [_shown("A", "5 at 100", "5 at 200", fee="0.1")._replace(balance=D(1000)), _shown("B", "9 at 300")]
    assert sweep(Side.BUY, D(10), None, books) == {"A": D(7), "B": D(3)}  # 550 for five, 440 for two
    books[0] = books[0]._replace(balance=D("989.99"))
    assert sweep(Side.BUY, D(10), None, books) == {"A": D(6), "B": D(4)}


def test_a_cent_too_little_is_too_little_and_an_overdrawn_account_pays_for_nothing() -> None:
    found = [
        sweep(Side.BUY, D(5), None, [_shown("A", "5 at 100")._replace(balance=D(balance))])
        for balance in ("500", "499.99", "99.99", "-500")
    ]
    assert found == [{"A": D(5)}, {"A": D(4)}, {}, {}]


def test_a_sell_takes_no_more_than_what_is_there() -> None:
    books = [_shown("A", "5 at 100", "5 at 90", unit="2", lot="4")._replace(balance=D("11.9")), _shown("B", "9 at 80")]
    assert sweep(Side.SELL, D(16), None, books) == {"A": D(8), "B": D(8)}
    books[0] = books[0]._replace(balance=D(0))
    assert sweep(Side.SELL, D(16), None, books) == {"B": D(9)}


# -- four recorded venues with what is in their accounts -----------------------------------------------------------------


def _recorded(side: Side) -> Iterator[Displayed]:
    key, money = ("Asks", "Euro") if side is Side.BUY else ("Bids", "Crypto")
    for path in RECORDED:
        if not path.is_file():
            pytest.skip(f"{path} is not there; set MANIFOLD_SHARED")
        found = json.loads(path.read_text(), parse_float=D, parse_int=D)
        shown = [(each["Order"]["Price"], each["Order"]["Amount"]) for each in found["OrderBook"][key]]
        yield Displayed(found["Id"], shown, D(1), D(0), D("0.00000001"), found["AvailableFunds"][money])


def _one_after_the_other(side: Side, qty: Decimal, books: Sequence[Displayed]) -> dict[str, Decimal]:
    """All orders of all venues in one list, best first, each filled as far as its venue's account goes."""
    orders = [(side.sign * price, n, size) for n, book in enumerate(books) for price, size in book.levels]
    left = [int(book.balance * 10**10) for book in books if book.balance is not None]  # in whole numbers: cents of 1e-8
    parts, open_qty = [0] * len(books), int(qty * 10**8)
    for signed, n, size in sorted(orders):
        each = int(abs(signed) * 100) if side is Side.BUY else 100
        part = min(int(size * 10**8), open_qty, left[n] // each)
        parts[n] += part
        left[n] -= part * each
        open_qty -= part
    return {book.venue: D(part) / 10**8 for book, part in zip(books, parts, strict=True) if part}


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("qty", ["0.00000001", "0.4", "1.5", "3.14159265", "7", "9.5", "25", "50"])
def test_recorded_venues_are_swept_as_far_as_their_accounts_go(side: Side, qty: str) -> None:
    books = list(_recorded(side))
    taken = sweep(side, D(qty), None, books)
    assert taken == _one_after_the_other(side, D(qty), books)
    funds = sum((book.balance for book in books if book.balance is not None), D(0))
    enough = D(8) if side is Side.BUY else funds  # 464,788.98 EUR at some 57,300 each
    assert (sum(taken.values()) == D(qty)) is (D(qty) <= enough)
