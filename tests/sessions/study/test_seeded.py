from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from statistics import fmean

from engine.market.book import DisplayedBook
from fix.enums import MDEntryType, Side
from sessions.study.seeded import seeded
from sessions.study.tape import Shown, Tape, Traded
from tests.sessions.study.making import SECOND, WALK, D, quotes

VENUES = ("ALPHA", "BETA")
LONG = WALK._replace(length=300 * SECOND)


def test_one_seed_makes_one_market_and_another_another() -> None:
    assert seeded(7, WALK, [quotes()]) == seeded(7, WALK, [quotes()]) != seeded(8, WALK, [quotes()])


def test_a_venue_more_does_not_change_the_others() -> None:
    both = seeded(7, WALK, [quotes("BETA"), quotes("ALPHA")])
    assert [moment for moment in both if moment.venue == "ALPHA"] == seeded(7, WALK, [quotes("ALPHA")])


def test_venues_have_sizes_and_trades_of_their_own() -> None:
    tape = seeded(7, WALK, [quotes("ALPHA"), quotes("BETA")])
    alpha, beta = ([moment.at for moment in tape if isinstance(moment, Traded) and moment.venue == v] for v in VENUES)
    assert alpha
    assert not set(alpha) & set(beta)


def test_books_are_never_crossed_and_hold_whole_lots_in_ticks() -> None:
    book, spread = DisplayedBook(), quotes(lot=D(10), spread=3, trades=20.0)
    for moment in seeded(3, WALK, [spread]):
        if isinstance(moment, Traded):
            best = book.best(MDEntryType.OFFER if moment.side is Side.BUY else MDEntryType.BID)
            assert moment.price == best
            assert moment.qty % 10 == 0
            continue
        if moment.snapshot:
            book.clear()
        for ladder, levels in ((book.bids, moment.bids), (book.offers, moment.offers)):
            for price, size in levels:
                assert price % D("0.01") == 0
                assert size % 10 == 0
                ladder.put(price, size)
        bid, offer = book.best(MDEntryType.BID), book.best(MDEntryType.OFFER)
        assert bid is None or offer is None or offer - bid >= D("0.03")
        assert max(len(book.bids.levels), len(book.offers.levels)) <= 5


def test_what_trades_is_gone_from_the_level_it_traded_at() -> None:
    tape = seeded(3, WALK, [quotes(trades=20.0)])
    for moment, after in pairwise(tape):
        if isinstance(moment, Traded):
            assert isinstance(after, Shown)
            changed = after.offers if moment.side is Side.BUY else after.bids
            assert [price for price, _ in changed] == [moment.price]


def test_trades_come_as_often_and_are_as_large_as_asked() -> None:
    traded = [m for m in seeded(11, LONG, [quotes(trades=5.0, size=D(9000))]) if isinstance(m, Traded)]
    assert 1350 < len(traded) < 1650
    assert 90 < fmean(float(moment.qty) for moment in traded) < 110
    assert 0.45 < sum(moment.side is Side.BUY for moment in traded) / len(traded) < 0.55


def test_without_trades_and_movement_it_stands_still() -> None:
    tape = seeded(1, WALK._replace(volatility=0.0), [quotes(trades=0.0, error=0.0)])
    assert {len(moment.bids) for moment in tape if isinstance(moment, Shown) and moment.snapshot} == {5}
    prices = {price for moment in tape if isinstance(moment, Shown) for price, _ in moment.bids}
    assert prices == {D("99.99"), D("99.98"), D("99.97"), D("99.96"), D("99.95")}


def moved(tape: Tape, venue: str) -> float:
    """By how much the midpoint goes the way of a trade within a second of it, in ticks, in the mean."""
    mids: list[tuple[int, Decimal]] = []
    found, book = [], DisplayedBook()
    for moment in tape:
        if isinstance(moment, Shown) and moment.venue == venue:
            for ladder, levels in ((book.bids, moment.bids), (book.offers, moment.offers)):
                for price, size in levels:
                    ladder.put(price, size)
            if book.bids.levels and book.offers.levels:
                mids.append((moment.at, (book.bids.levels[0][0] + book.offers.levels[0][0]) / 2))
    for moment in tape:
        if isinstance(moment, Traded) and moment.venue == venue:
            before = next((mid for at, mid in reversed(mids) if at < moment.at), None)
            after = next((mid for at, mid in mids if at >= moment.at + SECOND), None)
            if before is not None and after is not None:
                found.append(float(moment.side.sign * (after - before) / D("0.01")))
    return fmean(found)


def test_informed_trades_precede_the_price_and_others_do_not() -> None:
    fast = LONG._replace(volatility=0.0004, length=120 * SECOND)
    tape = seeded(5, fast, [quotes("ALPHA", trades=3.0), quotes("BETA", informed=0.8, trades=3.0)])
    assert moved(tape, "BETA") > 1.0
    assert abs(moved(tape, "ALPHA")) < 0.5
