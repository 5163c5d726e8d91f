from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from fix.enums import Side, TimeInForce
from sessions.simulator.book import Book, BookEvent, Trade
from sessions.simulator.liquidity import Action, Enter, Liquidity, Withdraw

TICK, LOT, LEVELS = Decimal("0.01"), Decimal(10), 8


def source(seed: int, mid: str = "100.00") -> Liquidity:
    return Liquidity(seed, mid=Decimal(mid), tick=TICK, lot=LOT, levels=LEVELS, size=Decimal(500))


def empty() -> Book:
    return Book("ACME", tick=TICK, lot=LOT)


def act(book: Book, actions: list[Action]) -> list[Trade]:
    """Does as told; the trades that came of it."""
    events: list[BookEvent] = []
    for action in actions:
        if isinstance(action, Enter):
            events += book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
        else:
            events += book.cancel(action.order_id)
    return [event for event in events if isinstance(event, Trade)]


def play(seed: int, steps: int) -> list[list[Action]]:
    made, book = source(seed), empty()
    moves = [made.opening()]
    act(book, moves[0])
    for _ in range(steps):
        moves.append(made.step(book))
        act(book, moves[-1])
    return moves


def test_the_same_seed_makes_the_same_moves_and_another_seed_others() -> None:
    assert play(7, 200) == play(7, 200)
    assert play(7, 200) != play(8, 200)


def test_it_opens_with_a_ladder_on_each_side_of_the_mid() -> None:
    opening = source(1).opening()
    places = sorted((action.side, action.price) for action in opening if isinstance(action, Enter))
    below = [(Side.BUY, Decimal(f"99.9{9 - n}")) for n in range(LEVELS)]
    above = [(Side.SELL, Decimal(f"100.0{1 + n}")) for n in range(LEVELS)]
    assert places == sorted(below + above)


def test_sizes_are_whole_lots_around_the_configured_one() -> None:
    sizes = {action.qty for action in source(1).opening() if isinstance(action, Enter)}
    assert all(size % LOT == 0 and 250 <= size <= 750 for size in sizes)
    assert len(sizes) > LEVELS


def test_a_size_below_the_lot_becomes_one_lot() -> None:
    small = Liquidity(1, mid=Decimal(100), tick=TICK, lot=LOT, levels=2, size=Decimal(1))
    assert [action.qty for action in small.opening() if isinstance(action, Enter)] == [LOT] * 4


def test_left_alone_it_stays_a_full_ladder_and_never_trades_with_itself() -> None:
    made, book = source(3), empty()
    act(book, made.opening())
    for _ in range(3_000):
        assert act(book, made.step(book)) == []
        bids, offers = book.levels(Side.BUY, 100), book.levels(Side.SELL, 100)
        assert len(bids) == len(offers) == LEVELS
        assert bids[0][0] + 2 * TICK == offers[0][0]


def test_the_mid_drifts_by_at_most_a_tick_at_a_time() -> None:
    made, book = source(5), empty()
    act(book, made.opening())
    mids = []
    for _ in range(500):
        act(book, made.step(book))
        best = book.best(Side.BUY)
        assert best is not None
        mids.append(best + TICK)
    assert {abs(after - before) for before, after in itertools.pairwise(mids)} == {Decimal(0), TICK}


@pytest.mark.parametrize("mid", ["0.01", "0.05", "0.09"])
def test_prices_stay_above_zero_however_low_the_mid(mid: str) -> None:
    made, book = source(2, mid), empty()
    moves = made.opening()
    for _ in range(500):
        assert all(action.price > 0 for action in moves if isinstance(action, Enter))
        act(book, moves)
        moves = made.step(book)


def test_what_a_client_took_is_filled_again() -> None:
    made, book = source(4), empty()
    act(book, made.opening())
    book.enter("client", Side.BUY, Decimal(100_000), None, TimeInForce.IOC)
    assert book.levels(Side.SELL, 100) == []
    actions = made.step(book)
    entered = [action for action in actions if isinstance(action, Enter) and action.side is Side.SELL]
    withdrawn = [action for action in actions if isinstance(action, Withdraw)]
    assert len(entered) == LEVELS
    assert all(book.resting(action.order_id) for action in withdrawn)


def test_what_goes_goes_before_anything_comes() -> None:
    for moves in play(9, 500)[1:]:
        kinds = [type(action) for action in moves]
        assert kinds == sorted(kinds, key=[Withdraw, Enter].index)
