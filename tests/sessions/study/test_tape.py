from __future__ import annotations

import pytest

from engine.core.events import BookChanged
from engine.market.venues import Listing
from fix.business import MarketData, MDEntry
from fix.enums import MDEntryType, MDUpdateAction, Side
from sessions.study.tape import Moment, Volumes, opens, ordered, told, worth
from tests.sessions.study.making import D, at, shows, trades


def test_a_tape_is_in_the_order_of_time_and_of_what_was_there_first() -> None:
    first, second, third = trades(2, Side.BUY, "1 at 10"), shows(2, bids="1 at 9"), shows(1, bids="2 at 9")
    assert ordered([first, second, third]) == [third, first, second]


def test_a_market_opens_when_every_venue_has_shown_something() -> None:
    tape: list[Moment] = [shows(1), trades(2, Side.BUY, "1 at 10", "BETA"), shows(3, venue="BETA"), shows(4)]
    assert opens(tape) == at(3)
    with pytest.raises(ValueError, match="empty"):
        opens([])


def test_what_is_shown_is_told_as_a_change_or_a_whole_book() -> None:
    moment = shows(bids="5 at 9, 0 at 8", offers="7 at 10")
    entries = (
        MDEntry(MDEntryType.BID, D("9"), D("5"), MDUpdateAction.CHANGE, "ACME.A"),
        MDEntry(MDEntryType.BID, D("8"), D("0"), MDUpdateAction.DELETE, "ACME.A"),
        MDEntry(MDEntryType.OFFER, D("10"), D("7"), MDUpdateAction.CHANGE, "ACME.A"),
    )
    assert told(moment, "ACME.A") == BookChanged("ALPHA", MarketData(snapshot=False, symbol="", entries=entries))
    whole = BookChanged("ALPHA", MarketData(snapshot=True, symbol="ACME.A", entries=entries))
    assert told(moment._replace(snapshot=True), "ACME.A") == whole


def test_a_trade_is_told_as_a_trade() -> None:
    entry = MDEntry(MDEntryType.TRADE, D("10"), D("3"), symbol="ACME.A")
    heard = told(trades(1, Side.SELL, "3 at 10"), "ACME.A")
    assert heard == BookChanged("ALPHA", MarketData(snapshot=False, symbol="", entries=(entry,)))


def test_an_inverse_contract_is_worth_the_less_the_higher_the_price() -> None:
    assert worth(Listing("X", contract=D(5)), D(50)) == 5
    assert worth(Listing("X", contract=D(100), inverse=True), D(50)) == 2


def test_the_average_price_is_of_the_time_asked_for_over_all_venues_in_the_parents_unit() -> None:
    listings = {"ALPHA": Listing("A"), "BETA": Listing("B", contract=D(100), inverse=True)}
    tape: list[Moment] = [
        trades(1, Side.BUY, "1 at 10"),
        trades(2, Side.BUY, "3 at 12"),
        shows(2.5, bids="1 at 1"),
        trades(3, Side.SELL, "1 at 20", "BETA"),
        trades(4, Side.BUY, "9 at 90"),
    ]
    volumes = Volumes(tape, listings)
    assert volumes.average(at(2), at(3)) == D(3 * 12 + 5 * 20) / 8
    assert volumes.average(at(0), at(1)) == 10
    assert volumes.average(at(1.5), at(1.7)) is None
