"""How our orders trade among those of a tape, as scripts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import BookChanged, CancelRejected, Event, Executed
from fix.business import OrderCancelRequest, OrderStatusRequest
from fix.enums import CxlRejReason, ExecType, MDEntryType, OrdStatus, Side, TimeInForce
from sessions.study.exchange import Exchange, Rested
from tests.sessions.study.making import D, at, order, shows, trades

BOOK = shows(bids="40 at 99, 10 at 98", offers="60 at 100, 50 at 101", snapshot=True)


def exchange() -> Exchange:
    made = Exchange("ALPHA", "ACME.ALPHA", tick=D("0.01"), lot=D(1))
    assert made.shows(BOOK) == []
    return made


def said(events: list[Event]) -> list[str]:
    """ "NEW", "TRADE 60 at 100", "shows 0 at 100, traded 60 at 100"."""
    return [_told(event) for event in events]


def _told(event: Event) -> str:
    if isinstance(event, Executed):
        report = event.report
        traded = f" {report.last_qty} at {report.last_px}" if report.exec_type is ExecType.TRADE else ""
        return f"{report.exec_type.name}{traded}"
    if isinstance(event, BookChanged):
        kinds = {MDEntryType.TRADE: "traded"}
        entries = event.data.entries
        return ", ".join(f"{kinds.get(e.entry_type, 'shows')} {e.size} at {e.price}" for e in entries)  # type: ignore[arg-type]
    assert isinstance(event, CancelRejected)
    return f"kept: {event.reject.text}"


def cancel(made: Exchange, name: str = "S-1-1", request: str = "S-1-1_1") -> list[Event]:
    return made.cancel(OrderCancelRequest(request, name, "ACME.ALPHA", Side.BUY, D(1), at(9)), at(9))


# -- taking ------------------------------------------------------------------------------------------------------------


def test_a_market_order_takes_level_by_level_and_what_is_not_there_is_canceled() -> None:
    taken = said(exchange().order(order("120", None), at(1)))
    feed = "shows 0 at 100, traded 60 at 100, shows 0 at 101, traded 50 at 101"
    assert taken == ["NEW", "TRADE 60 at 100", "TRADE 50 at 101", feed, "CANCELED"]


def test_what_was_taken_is_gone_until_that_level_changes() -> None:
    made = exchange()
    made.order(order("50", "100"), at(1))
    assert list(made.free(Side.BUY)) == [(D(100), D(10)), (D(101), D(50))]
    made.shows(shows(2, offers="70 at 101"))
    assert list(made.free(Side.BUY)) == [(D(100), D(10)), (D(101), D(70))]
    made.shows(shows(3, offers="55 at 100"))
    assert list(made.free(Side.BUY)) == [(D(100), D(55)), (D(101), D(70))]
    assert made.mid() == D("99.5")


def test_what_two_orders_took_of_a_level_adds_up() -> None:
    made = exchange()
    for name in "AB":
        made.order(order("25", "100", cl_ord_id=name), at(1))
    assert said(made.order(order("25", "100", cl_ord_id="C"), at(1)))[1] == "TRADE 10 at 100"


def test_a_sell_takes_bids() -> None:
    taken = said(exchange().order(order("45", "98", side=Side.SELL), at(1)))
    feed = "shows 0 at 99, traded 40 at 99, shows 5 at 98, traded 5 at 98"
    assert taken == ["NEW", "TRADE 40 at 99", "TRADE 5 at 98", feed]


def test_fill_or_kill_is_all_or_nothing() -> None:
    made = exchange()
    assert said(made.order(order("61", time_in_force=TimeInForce.FOK), at(1))) == ["NEW", "CANCELED"]
    whole = made.order(order("60", time_in_force=TimeInForce.FOK, cl_ord_id="B"), at(1))
    assert said(whole) == ["NEW", "TRADE 60 at 100", "shows 0 at 100, traded 60 at 100"]


def test_immediate_or_cancel_does_not_rest() -> None:
    made = exchange()
    assert said(made.order(order("61", time_in_force=TimeInForce.IOC), at(1)))[-1] == "CANCELED"
    assert made.rested == {}


def test_what_the_venue_does_not_trade_is_rejected() -> None:
    made = exchange()
    for wrong in (order("1.5"), order(price="99.995"), order(symbol="OTHER")):
        assert said(made.order(wrong, at(1))) == ["REJECTED"]


# -- resting -----------------------------------------------------------------------------------------------------------


def test_an_order_waits_behind_what_is_shown_and_trades_move_it_up() -> None:
    made = exchange()
    assert said(made.order(order("20", "99"), at(1))) == ["NEW"]
    assert said(made.trades(trades(2, Side.SELL, "30 at 99"))) == []
    assert said(made.trades(trades(3, Side.BUY, "30 at 100"))) == []
    assert said(made.trades(trades(4, Side.SELL, "15 at 99"))) == ["TRADE 5 at 99"]
    assert said(made.trades(trades(5, Side.SELL, "90 at 99"))) == ["TRADE 15 at 99"]
    assert said(made.trades(trades(6, Side.SELL, "90 at 99"))) == []
    assert made.filled("S-1-1")
    assert made.made == {"ALPHA-X2", "ALPHA-X3"}


def test_a_cancel_ahead_moves_it_up_only_where_the_level_says_so() -> None:
    made = exchange()
    made.order(order("20", "99"), at(1))
    made.shows(shows(2, bids="90 at 99"))  # others come behind
    made.shows(shows(3, bids="45 at 99"))  # and go: 40 are thought to be ahead still
    assert said(made.trades(trades(4, Side.SELL, "40 at 99"))) == []
    made = exchange()
    made.order(order("20", "99"), at(1))
    made.shows(shows(2, bids="12 at 99"))
    assert said(made.trades(trades(4, Side.SELL, "13 at 99"))) == ["TRADE 1 at 99"]


def test_a_trade_at_a_worse_price_meets_us_first() -> None:
    made = exchange()
    made.order(order("20", "99"), at(1))
    assert said(made.trades(trades(2, Side.SELL, "5 at 98"))) == ["TRADE 5 at 99"]


def test_the_better_of_two_orders_is_met_first_and_then_the_earlier() -> None:
    made = exchange()
    for name, price in (("A", "98"), ("B", "99"), ("C", "99")):
        made.order(order("20", price, cl_ord_id=name), at(1))
    filled = made.trades(trades(2, Side.SELL, "95 at 98"))
    assert [f"{e.report.cl_ord_id} {e.report.last_qty}" for e in filled if isinstance(e, Executed)] == [
        "B 20",
        "C 20",
        "A 20",
    ]


def test_two_orders_share_what_is_ahead_of_them() -> None:
    made = exchange()
    for name in "AB":
        made.order(order("20", "99", cl_ord_id=name), at(1))
    filled = made.trades(trades(2, Side.SELL, "65 at 99"))
    assert [f"{e.report.cl_ord_id} {e.report.last_qty}" for e in filled if isinstance(e, Executed)] == ["A 20", "B 5"]


def test_offers_that_come_down_to_us_trade_with_us_at_our_price_as_far_as_they_are_shown() -> None:
    made = exchange()
    made.order(order("20", "99.5"), at(1))
    met = made.shows(shows(2, offers="15 at 99.2"))
    assert said(met) == ["TRADE 15 at 99.5", "shows 0 at 99.2, traded 15 at 99.5"]
    assert said(made.shows(shows(3, bids="1 at 90"))) == []
    assert said(made.shows(shows(4, offers="9 at 99.5"))) == ["TRADE 5 at 99.5", "shows 4 at 99.5, traded 5 at 99.5"]


def test_how_it_began_to_wait_is_known_for_a_prediction() -> None:
    made = exchange()
    made.trades(trades(2, Side.SELL, "30 at 99"))
    made.trades(trades(2, Side.BUY, "7 at 100"))
    made.order(order("70", "100"), at(10))
    assert made.rested == {"S-1-1": Rested(at(10), D(10), D(0), 30 / 10_000_000_000)}


# -- cancels and questions -----------------------------------------------------------------------------------------------


def test_a_canceled_order_does_not_trade() -> None:
    made = exchange()
    made.order(order("20", "99"), at(1))
    assert said(cancel(made)) == ["CANCELED"]
    assert said(made.trades(trades(2, Side.SELL, "100 at 99"))) == []


def test_a_cancel_that_comes_too_late_is_refused_and_the_question_answered() -> None:
    made = exchange()
    made.order(order("20", "100"), at(1))
    [kept] = cancel(made)
    assert isinstance(kept, CancelRejected)
    assert (kept.reject.reason, kept.reject.ord_status) == (CxlRejReason.TOO_LATE_TO_CANCEL, OrdStatus.FILLED)
    [answer] = made.status(OrderStatusRequest("S-1-1", "ACME.ALPHA", Side.BUY), at(3))
    assert isinstance(answer, Executed)
    assert (answer.report.exec_type, answer.report.cum_qty) == (ExecType.ORDER_STATUS, D(20))


def test_nobody_cancels_what_is_not_there() -> None:
    assert said(cancel(exchange(), "X")) == ["kept: no such order here"]


# -- whatever happens ------------------------------------------------------------------------------------------------------

STEP = st.tuples(st.sampled_from(["bid", "offer", "sell", "buy", "ours"]), st.integers(97, 102), st.integers(0, 50))


@given(st.lists(STEP, max_size=40))
def test_nothing_fills_beyond_its_quantity_and_a_taker_never_beyond_what_is_shown(
    steps: list[tuple[str, int, int]],
) -> None:
    made, ordered, filled = exchange(), dict[str, Decimal](), dict[str, Decimal]()
    for number, (what, price, qty) in enumerate(steps, start=1):
        out: list[Event] = []
        if what == "bid":
            out = made.shows(shows(number, bids=f"{qty} at {price}"))
        elif what == "offer":
            out = made.shows(shows(number, offers=f"{qty} at {price}"))
        elif what == "ours" and qty:
            ordered[str(number)] = D(qty)
            shown = sum([size for _, size in made.free(Side.BUY, D(price))], D(0))
            out = made.order(order(str(qty), str(price), cl_ord_id=str(number)), at(number))
            took = sum([e.report.last_qty for e in out if isinstance(e, Executed)], D(0))
            assert took == min(shown, qty)
        elif qty:
            side = Side.SELL if what == "sell" else Side.BUY
            out = made.trades(trades(number, side, f"{qty} at {price}"))
            assert sum([e.report.last_qty for e in out if isinstance(e, Executed)], D(0)) <= qty
        for event in out:
            if isinstance(event, Executed):
                name = event.report.cl_ord_id
                filled[name] = filled.get(name, D(0)) + event.report.last_qty
                assert event.report.cum_qty == filled[name] <= ordered[name]
