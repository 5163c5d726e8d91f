from __future__ import annotations

from decimal import Decimal
from random import Random, SystemRandom

import pytest

from fix.enums import Side, TimeInForce
from sessions.simulator.book import Accepted, Amended, Book, BookEvent, Cancelled, LevelChanged, Trade
from tests.sessions.simulator.reference import NaiveBook

BUY, SELL = Side.BUY, Side.SELL
DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK
KILLED = "fill or kill: not enough at this price"
NO_MORE = "nothing more at this price"


def d(value: int | str) -> Decimal:
    return Decimal(value)


@pytest.fixture
def book() -> Book:
    """Offers: 10 at 101 of A, then 20 at 101 of B, then 30 at 102 of C; one bid, 40 at 99 of D."""
    made = Book("ACME", tick=d("1"), lot=d(1))
    for order_id, side, qty, price in (("A", SELL, 10, 101), ("B", SELL, 20, 101), ("C", SELL, 30, 102)):
        made.enter(order_id, side, d(qty), d(price), DAY)
    made.enter("D", BUY, d(40), d(99), DAY)
    return made


def test_a_limit_order_that_crosses_nothing_rests() -> None:
    book = Book("ACME", tick=d(1), lot=d(1))
    assert book.enter("A", SELL, d(10), d(101), DAY) == (Accepted("A", d(10)), LevelChanged(SELL, d(101), d(10)))
    assert book.enter("B", SELL, d(5), d(101), DAY) == (Accepted("B", d(5)), LevelChanged(SELL, d(101), d(15)))
    assert book.levels(SELL, 10) == [(d(101), d(15))]


def test_the_older_order_at_a_price_trades_first_and_better_prices_before_worse(book: Book) -> None:
    assert book.enter("T", BUY, d(35), d(102), DAY) == (
        Accepted("T", d(35)),
        Trade("T", "A", d(10), d(101)),
        Trade("T", "B", d(20), d(101)),
        Trade("T", "C", d(5), d(102)),
        LevelChanged(SELL, d(101), d(0)),
        LevelChanged(SELL, d(102), d(25)),
    )


def test_what_a_limit_order_cannot_take_rests_at_its_own_price(book: Book) -> None:
    assert book.enter("T", BUY, d(50), d(101), DAY) == (
        Accepted("T", d(50)),
        Trade("T", "A", d(10), d(101)),
        Trade("T", "B", d(20), d(101)),
        LevelChanged(SELL, d(101), d(0)),
        LevelChanged(BUY, d(101), d(20)),
    )
    assert (book.best(BUY), book.best(SELL)) == (d(101), d(102))


def test_a_market_order_takes_every_price_and_what_is_left_is_canceled(book: Book) -> None:
    assert book.enter("T", BUY, d(100), None, DAY) == (
        Accepted("T", d(100)),
        Trade("T", "A", d(10), d(101)),
        Trade("T", "B", d(20), d(101)),
        Trade("T", "C", d(30), d(102)),
        Cancelled("T", d(40), NO_MORE),
        LevelChanged(SELL, d(101), d(0)),
        LevelChanged(SELL, d(102), d(0)),
    )
    assert book.best(SELL) is None


def test_a_market_order_on_an_empty_book_is_canceled_whole() -> None:
    book = Book("ACME", tick=d(1), lot=d(1))
    assert book.enter("T", SELL, d(5), None, DAY) == (Accepted("T", d(5)), Cancelled("T", d(5), NO_MORE))


def test_ioc_never_rests(book: Book) -> None:
    assert book.enter("T", SELL, d(50), d(99), IOC) == (
        Accepted("T", d(50)),
        Trade("T", "D", d(40), d(99)),
        Cancelled("T", d(10), NO_MORE),
        LevelChanged(BUY, d(99), d(0)),
    )
    assert book.resting("T") == 0


def test_fok_trades_whole_or_not_at_all(book: Book) -> None:
    assert book.enter("T", BUY, d(31), d(101), FOK) == (Accepted("T", d(31)), Cancelled("T", d(31), KILLED))
    assert book.levels(SELL, 10) == [(d(101), d(30)), (d(102), d(30))]
    assert book.enter("U", BUY, d(30), d(101), FOK) == (
        Accepted("U", d(30)),
        Trade("U", "A", d(10), d(101)),
        Trade("U", "B", d(20), d(101)),
        LevelChanged(SELL, d(101), d(0)),
    )


def test_a_partly_filled_order_keeps_its_place_in_the_queue(book: Book) -> None:
    book.enter("T", BUY, d(4), d(101), DAY)
    assert book.resting("A") == 6
    assert book.enter("U", BUY, d(7), d(101), DAY) == (
        Accepted("U", d(7)),
        Trade("U", "A", d(6), d(101)),
        Trade("U", "B", d(1), d(101)),
        LevelChanged(SELL, d(101), d(19)),
    )


def test_cancel_takes_what_still_rests_and_is_forgotten_by_the_queue(book: Book) -> None:
    book.enter("T", BUY, d(4), d(101), DAY)
    assert book.cancel("A") == (Cancelled("A", d(6), "canceled on request"), LevelChanged(SELL, d(101), d(20)))
    assert book.cancel("A") == ()
    assert book.enter("U", BUY, d(1), d(101), DAY) == (
        Accepted("U", d(1)),
        Trade("U", "B", d(1), d(101)),
        LevelChanged(SELL, d(101), d(19)),
    )


def test_cancel_of_the_last_order_empties_the_level(book: Book) -> None:
    assert book.cancel("D") == (Cancelled("D", d(40), "canceled on request"), LevelChanged(BUY, d(99), d(0)))
    assert book.levels(BUY, 10) == []


def test_cancel_of_a_filled_or_unknown_order_says_nothing(book: Book) -> None:
    book.enter("T", BUY, d(10), d(101), DAY)
    assert (book.cancel("A"), book.cancel("T"), book.cancel("never")) == ((), (), ())


def test_less_at_the_same_price_keeps_its_place_in_the_queue(book: Book) -> None:
    assert book.replace("A", d(4), d(101), DAY) == (Amended("A", d(4)), LevelChanged(SELL, d(101), d(24)))
    assert book.enter("T", BUY, d(5), d(101), DAY)[1:3] == (
        Trade("T", "A", d(4), d(101)),
        Trade("T", "B", d(1), d(101)),
    )


@pytest.mark.parametrize("qty", [10, 4])
def test_the_same_terms_again_change_nothing_but_what_is_open(book: Book, qty: int) -> None:
    book.replace("A", d(qty), d(101), DAY)
    assert book.replace("A", d(qty), d(101), DAY) == (Amended("A", d(qty)), LevelChanged(SELL, d(101), d(20 + qty)))
    assert book.resting("A") == qty


def test_more_at_the_same_price_goes_to_the_end_of_the_queue(book: Book) -> None:
    assert book.replace("A", d(11), d(101), DAY) == (Amended("A", d(11)), LevelChanged(SELL, d(101), d(31)))
    assert book.enter("T", BUY, d(25), d(101), DAY)[1:3] == (
        Trade("T", "B", d(20), d(101)),
        Trade("T", "A", d(5), d(101)),
    )


def test_another_price_takes_the_order_from_one_level_to_the_end_of_another(book: Book) -> None:
    assert book.replace("A", d(10), d(102), DAY) == (
        Amended("A", d(10)),
        LevelChanged(SELL, d(101), d(20)),
        LevelChanged(SELL, d(102), d(40)),
    )
    assert book.enter("T", BUY, d(60), d(102), DAY)[1:4] == (
        Trade("T", "B", d(20), d(101)),
        Trade("T", "C", d(30), d(102)),
        Trade("T", "A", d(10), d(102)),
    )


def test_a_price_that_crosses_trades_at_once_and_the_rest_rests_there(book: Book) -> None:
    assert book.replace("D", d(50), d(101), DAY) == (
        Amended("D", d(50)),
        Trade("D", "A", d(10), d(101)),
        Trade("D", "B", d(20), d(101)),
        LevelChanged(BUY, d(99), d(0)),
        LevelChanged(SELL, d(101), d(0)),
        LevelChanged(BUY, d(101), d(20)),
    )
    assert book.resting("D") == 20


def test_an_order_amended_to_one_that_may_not_rest_is_over(book: Book) -> None:
    assert book.replace("D", d(40), d(99), IOC) == (
        Amended("D", d(40)),
        Cancelled("D", d(40), NO_MORE),
        LevelChanged(BUY, d(99), d(0)),
    )
    assert book.replace("A", d(50), d(101), FOK) == (
        Amended("A", d(50)),
        Cancelled("A", d(50), KILLED),
        LevelChanged(SELL, d(101), d(20)),
    )
    assert book.replace("B", d(5), None, DAY)[1] == Cancelled("B", d(5), NO_MORE)
    assert [book.resting(order_id) for order_id in "ABD"] == [0, 0, 0]


def test_an_order_amended_to_nothing_is_gone(book: Book) -> None:
    assert book.replace("D", d(0), d(99), DAY) == (Amended("D", d(0)), LevelChanged(BUY, d(99), d(0)))
    assert (book.cancel("D"), book.replace("D", d(1), d(99), DAY)) == ((), ())


def test_a_short_sale_is_a_sale(book: Book) -> None:
    assert book.enter("T", Side.SELL_SHORT, d(1), d(99), DAY) == (
        Accepted("T", d(1)),
        Trade("T", "D", d(1), d(99)),
        LevelChanged(BUY, d(99), d(39)),
    )


def test_levels_are_cut_at_the_depth_asked_for(book: Book) -> None:
    assert book.levels(SELL, 1) == [(d(101), d(30))]


def test_the_book_says_what_a_naive_one_says_over_thousands_of_commands() -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    random = Random(seed)
    book, naive = Book("ACME", tick=d(1), lot=d(1)), NaiveBook()
    seen: dict[tuple[Side, Decimal], Decimal] = {}  # as somebody knows the book who only hears of its changes
    for number in range(6_000):
        known = f"{random.randrange(max(number - 60, 0), number + 1)}"
        what = random.random()
        if what < 0.25:
            events, expected = book.cancel(known), naive.cancel(known)
        elif what < 0.5:
            terms = (d(random.randint(0, 20)), _price(random), _time(random))
            events, expected = book.replace(known, *terms), naive.replace(known, *terms)
        else:
            order = (str(number), random.choice((BUY, SELL)), d(random.randint(1, 20)), _price(random), _time(random))
            events, expected = book.enter(*order), naive.enter(*order)
        assert events == expected, f"command {number}"
        seen |= {(event.side, event.price): event.size for event in events if isinstance(event, LevelChanged)}
        for side in (BUY, SELL):
            assert book.levels(side, 1_000) == naive.levels(side) == _shown(seen, side)
    assert {order.order_id: order.qty for order in naive.orders} == {
        order.order_id: book.resting(order.order_id) for order in naive.orders
    }


def _shown(seen: dict[tuple[Side, Decimal], Decimal], wanted: Side) -> list[tuple[Decimal, Decimal]]:
    levels = [(price, size) for (side, price), size in seen.items() if side is wanted and size]
    return sorted(levels, reverse=wanted is BUY)


def _price(random: Random) -> Decimal | None:
    return None if random.random() < 0.1 else d(random.randint(95, 105))


def _time(random: Random) -> TimeInForce:
    return random.choice((DAY, DAY, DAY, IOC, FOK))


def test_a_level_at_which_orders_come_and_go_holds_nothing_but_what_rests() -> None:
    book = Book("ACME", tick=d(1), lot=d(1))
    book.enter("first", BUY, d(1), d(100), DAY)
    for number in range(1_000):
        book.enter(str(number), BUY, d(1), d(100), DAY)
        book.cancel(str(number))
    events: tuple[BookEvent, ...] = book.enter("T", SELL, d(5), d(100), IOC)
    assert events[1:] == (
        Trade("T", "first", d(1), d(100)),
        Cancelled("T", d(4), NO_MORE),
        LevelChanged(BUY, d(100), d(0)),
    )
