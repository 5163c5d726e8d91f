"""Orders that outlive the day, and orders that are halted: what the OMS hears of it, and what it does not."""

from __future__ import annotations

from typing import Any

from engine.core.commands import Command, Decision
from engine.core.placing import Rules
from fix.business import NewOrderSingle
from fix.enums import ExecRestatementReason, ExecType, OrdRejReason, OrdStatus, TimeInForce
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import SECOND, Desk, decided, finished
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

DAY = 86_400 * SECOND
NEW, SUSPENDED, DONE = OrdStatus.NEW, OrdStatus.SUSPENDED, OrdStatus.DONE_FOR_DAY
RENEWAL, OTHER = ExecRestatementReason.GT_RENEWAL, ExecRestatementReason.OTHER
GTC = new_order(time_in_force=TimeInForce.GTC)
ON = "trading goes on"
ALPHA = venue("ALPHA")


def days(order_qty: str, cum: str, avg: str) -> dict[str, Any]:
    return {"day_order_qty": D(order_qty), "day_cum_qty": D(cum), "day_avg_px": D(avg)}


def until(life_ends: int) -> NewOrderSingle:
    return new_order(time_in_force=TimeInForce.GTD)._replace(expire_time=life_ends)


def next_day(life: Desk) -> tuple[Command, ...]:
    return life.waits((DAY - life.now % DAY) / SECOND)


def halts(life: Desk, child: int, how: ExecType) -> tuple[Command, ...]:
    return life.says(child, how, OrdStatus(how.value))


# -- good till ... -----------------------------------------------------------------------------------------------------


def test_the_quantities_of_a_day_begin_anew_with_it() -> None:
    """FIX 4.4 Appendix D, H.1.a."""
    life = accepted(ALPHA, order=GTC)
    assert life.trades(1, "100 at 99")[0] == life.hears(
        2,
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        cum="100",
        avg="99",
        last="100 at 99",
        last_mkt="XALP",
        **days("300", "100", "99"),
    )
    assert next_day(life) == (
        life.hears(
            3,
            ExecType.RESTATED,
            OrdStatus.PARTIALLY_FILLED,
            cum="100",
            avg="99",
            restatement_reason=RENEWAL,
            **days("200", "0", "0"),
        ),
    )
    assert life.trades(1, "50 at 90")[0] == life.hears(
        4,
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        cum="150",
        avg="96",
        last="50 at 90",
        last_mkt="XALP",
        **days("200", "50", "90"),
    )


def test_a_day_begins_when_the_rules_say_and_once() -> None:
    life = accepted(ALPHA, order=GTC, rules=Rules(day_start=6 * 3600 * SECOND))
    assert life.waits(6 * 3600 - 2) == ()
    assert said(life.waits(1)) == ["RESTATED NEW 300"]
    assert life.waits(3600) == ()
    assert said(life.waits(23 * 3600)) == ["RESTATED NEW 300"]


def test_a_day_begins_with_time_alone() -> None:
    """A restart must know what came before it: the record of a tick says so, that of a trade could not."""
    life = accepted(ALPHA, order=GTC)
    life.now += DAY
    assert said(life.trades(1, "10 at 99")) == ["TRADE PARTIALLY_FILLED 300"]
    assert said(life.waits(0.05)) == ["RESTATED PARTIALLY_FILLED 300"]


def test_a_trade_of_an_earlier_day_that_is_cancelled_changes_nothing_of_this_one() -> None:
    """FIX 4.4 Appendix D, J.1.c."""
    life = accepted(ALPHA, order=GTC)
    life.trades(1, "100 at 99", exec_id="X")
    next_day(life)
    life.trades(1, "50 at 90")
    told = life.takes_back(1, "X", leaves="250")
    assert told == (
        life.hears(
            5,
            ExecType.TRADE_CANCEL,
            OrdStatus.PARTIALLY_FILLED,
            cum="50",
            avg="90",
            last_mkt="XALP",
            exec_ref_id="T-1-E2",
            **days("300", "50", "90"),
        ),
    )


def test_an_order_of_the_day_says_nothing_of_days() -> None:
    life = accepted(ALPHA)
    assert next_day(life) == ()
    [told] = life.trades(1, "10 at 99")
    assert told == life.told(
        2, ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, cum="10", avg="99", last="10 at 99", mkt="XALP"
    )


def test_an_order_is_restated_no_sooner_than_it_is_announced() -> None:
    life = Life(ALPHA, rules=Rules(ack_timeout=2 * DAY))
    life.order(GTC)
    assert next_day(life) == ()
    assert said(life.accepts(1)) == ["NEW NEW 300"]
    assert said(next_day(life)) == ["RESTATED NEW 300"]


def test_nothing_is_said_of_an_order_that_is_over() -> None:
    life = accepted(ALPHA, order=GTC)
    life.trades(1, "300 at 99")
    assert next_day(life) == ()


def test_a_gtd_order_ends_when_its_time_has_come() -> None:
    life = accepted(ALPHA, order=until(9 * SECOND))
    assert life.waits(7.9) == ()
    reason = "its ExpireTime(126) has come"
    assert life.waits(0.1) == (
        decided(Decision.CLOSE, reason, {"as": "EXPIRED"}),
        *life.sent_cancel(1, reason),
    )
    assert life.ends(1) == (
        life.hears(2, ExecType.EXPIRED, OrdStatus.EXPIRED, text=reason, **days("300", "0", "0")),
        *finished(reason, OrdStatus.EXPIRED),
    )


def test_or_when_the_venue_ended_it_first() -> None:
    life = accepted(ALPHA, order=until(9 * SECOND))
    assert said(life.ends(1, ExecType.EXPIRED)) == ["EXPIRED EXPIRED 300"]
    assert life.waits(60) == ()


def test_a_fill_that_crosses_its_end_is_told() -> None:
    life = accepted(ALPHA, order=until(9 * SECOND))
    life.waits(8)
    assert said(life.trades(1, "300 at 99")) == ["TRADE FILLED 300"]
    assert life.waits(60) == ()


def test_an_amended_end_is_the_one_that_counts() -> None:
    life = accepted(ALPHA, order=until(9 * SECOND))
    life.amends(life.wants(cl_ord_id="B", expire_time=20 * SECOND))
    life.replaced(1)
    assert life.waits(18.9) == ()
    assert sent(life.waits(0.1)) == ["cancel 1 ALPHA"]


def test_an_order_that_is_open_again_still_ends_in_time() -> None:
    life = accepted(ALPHA, order=until(9 * SECOND))
    life.trades(1, "300 at 99", exec_id="X")
    assert life.waits(1) == ()
    life.takes_back(1, "X", leaves="300")
    assert sent(life.waits(10)) == ["cancel 1 ALPHA"]


def test_an_end_that_is_past_is_refused() -> None:
    life = Life(ALPHA)
    order = until(life.now)
    text = "ExpireTime(126) is past: the GTD order would end at once"
    commands = life.order(order)
    assert commands[0] == decided(Decision.REFUSE, text, {"OrdRejReason": OrdRejReason.TOO_LATE_TO_ENTER.value})


# -- halted ------------------------------------------------------------------------------------------------------------


def test_the_order_is_suspended_when_all_its_children_are_and_new_again_when_one_is_not() -> None:
    """FIX 4.4 Appendix D, K.1.a."""
    life = accepted(ALPHA, venue("BETA"))
    assert halts(life, 1, ExecType.SUSPENDED) == ()
    assert halts(life, 2, ExecType.SUSPENDED) == (life.hears(2, ExecType.SUSPENDED, SUSPENDED),)
    assert life.accepts(1) == (life.hears(3, ExecType.NEW, NEW, text=ON),)
    assert life.accepts(2) == ()


def test_the_last_child_that_was_not_halted_may_end() -> None:
    life = accepted(ALPHA, venue("BETA"))
    halts(life, 1, ExecType.SUSPENDED)
    assert said(life.trades(2, "150 at 99")) == ["TRADE PARTIALLY_FILLED 300", "SUSPENDED SUSPENDED 300"]


def test_a_stopped_order_trades_at_its_guarantee() -> None:
    life = accepted(ALPHA)
    assert halts(life, 1, ExecType.STOPPED) == (life.hears(2, ExecType.STOPPED, OrdStatus.STOPPED),)
    assert said(life.trades(1, "300 at 99")) == ["TRADE FILLED 300"]


def test_an_order_of_the_day_is_over_when_its_venues_are_done_for_it() -> None:
    life = accepted(ALPHA)
    nobody = "no venue takes the remaining 300"
    assert life.ends(1, ExecType.DONE_FOR_DAY) == (
        life.hears(2, ExecType.DONE_FOR_DAY, DONE, text=nobody, leaves_qty=D("0")),
        *finished(nobody, DONE),
    )


def test_what_one_venue_is_done_with_may_go_to_another() -> None:
    life = accepted(ALPHA, venue("BETA"))
    assert sent(life.ends(1, ExecType.DONE_FOR_DAY)) == ["new 3 BETA 150"]


def test_an_order_that_outlives_the_day_is_done_for_it_and_restated_on_the_next() -> None:
    life = accepted(ALPHA, order=GTC)
    assert said(halts(life, 1, ExecType.DONE_FOR_DAY)) == ["DONE_FOR_DAY DONE_FOR_DAY 300"]
    assert said(next_day(life)) == ["RESTATED NEW 300"]
    life.restates(1, ExecType.RESTATED, "300", restatement_reason=RENEWAL)
    assert said(life.trades(1, "300 at 99")) == ["TRADE FILLED 300"]


def test_one_of_its_children_that_goes_on_is_told() -> None:
    life = accepted(ALPHA, venue("BETA"), order=GTC)
    halts(life, 1, ExecType.DONE_FOR_DAY)
    halts(life, 2, ExecType.DONE_FOR_DAY)
    assert life.accepts(1) == (
        life.hears(3, ExecType.RESTATED, NEW, restatement_reason=OTHER, text=ON, **days("300", "0", "0")),
    )


def test_a_halted_order_is_cancelled() -> None:
    life = accepted(ALPHA)
    halts(life, 1, ExecType.SUSPENDED)
    assert sent(life.cancel()) == ["cancel 1 ALPHA"]
    assert said(life.ends(1)) == ["CANCELED CANCELED 300"]


def test_an_order_whose_venue_suspends_it_first_was_accepted() -> None:
    """New comes before anything else, or a replace would wait for it for ever."""
    life = Life(ALPHA)
    life.order()
    assert said(halts(life, 1, ExecType.SUSPENDED)) == ["NEW NEW 300", "SUSPENDED SUSPENDED 300"]
    assert sent(life.amends(life.wants("200", cl_ord_id="B"))) == ["replace 1 ALPHA 200 at 100"]


def test_halts_that_come_while_a_cancel_is_pending_and_is_refused() -> None:
    """Done for the day, then renewed and suspended by the venues while nobody tells the OMS: it must not raise."""
    life = accepted(ALPHA, venue("BETA"), order=GTC)
    for child in (1, 2):
        halts(life, child, ExecType.DONE_FOR_DAY)
    life.cancel()
    for child in (1, 2):
        life.accepts(child)
        halts(life, child, ExecType.SUSPENDED)
    assert said(life.keeps(1)) == []
    assert said(life.keeps(2))[0] == "9 C BROKER_OPTION"


# -- restated by the venue ---------------------------------------------------------------------------------------------


def test_what_a_venue_declines_goes_elsewhere() -> None:
    """FIX 4.4 Appendix D, E.1.d."""
    life = accepted(ALPHA, venue("BETA"))
    assert sent(life.restates(1, ExecType.RESTATED, "100")) == ["new 3 BETA 50"]


def test_where_nobody_takes_it_the_order_is_restated() -> None:
    life = accepted(ALPHA)
    declined = ExecRestatementReason.PARTIAL_DECLINE_OF_ORDER_QTY
    commands = life.restates(1, ExecType.RESTATED, "100", restatement_reason=declined)
    assert said(commands) == ["RESTATED NEW 100"]
    assert said(life.trades(1, "100 at 99")) == ["TRADE FILLED 100"]


def test_a_child_that_its_venue_raises_is_cancelled() -> None:
    life = accepted(ALPHA)
    life.witnessed = False  # law 4 is the venue's to break
    assert sent(life.restates(1, ExecType.RESTATED, "400")) == ["cancel 1 ALPHA"]


def test_a_split_counts_quantity_and_trades_anew() -> None:
    """FIX 4.4 Appendix D, H.1.b: two for one, of which 100 had traded at 50."""
    life = accepted(ALPHA, order=GTC)
    life.trades(1, "100 at 50")
    next_day(life)
    life.witnessed = False  # what a ledger of trades cannot know
    corporate = ExecRestatementReason.GT_CORPORATE_ACTION
    told = life.restates(1, ExecType.RESTATED, "600", cum="200", restatement_reason=corporate, price=D("50"))
    assert told == (
        life.hears(
            4,
            ExecType.RESTATED,
            OrdStatus.PARTIALLY_FILLED,
            cum="200",
            avg="25",
            restatement_reason=corporate,
            **days("400", "0", "0"),
        ),
    )
    order = life.parent().order
    assert (order.order_qty, order.price) == (D("600"), D("50"))
