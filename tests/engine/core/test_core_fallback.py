"""A venue that is slow, rejects, is silent or taken out by hand: what rests there goes elsewhere, one order tries it,
and it is taken back; each of it on record.
"""

from __future__ import annotations

import pytest

from engine.core.actions import TakeBack, TakeOut
from engine.core.commands import Command, Decision, Keep
from engine.core.events import BookChanged
from engine.market.health import SECOND, Watch
from fix.business import MarketData
from fix.enums import ExecType, OrdRejReason, OrdStatus
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import decided, opened
from tests.engine.orders.making import new_order
from tests.engine.routing.making import venue

ALPHA, BETA = venue("ALPHA"), venue("BETA")
OUT_OF_ROUTING = "ALPHA is out of routing"
SLOW = Watch(latency=SECOND, samples=2, window=4)
REJECTING = Watch(rejects=2, of=5)
SILENT = Watch(stale=10 * SECOND)


def stands(state: str, reason: str) -> Command:
    return decided(Decision.VENUE, f"ALPHA is {state}: {reason}", {"venue": "ALPHA", "state": state}, order_id="")


def keeps_out(reason: str) -> tuple[Command, ...]:
    """Out by rule, and remembered so."""
    return stands("out", reason), Keep("", "venues", {"ALPHA": {"reason": reason}})


def order(life: Life, cl_ord_id: str, qty: str = "300") -> tuple[Command, ...]:
    return life.order(new_order(qty, cl_ord_id=cl_ord_id))


def with_watch(watch: Watch) -> Life:
    """150 each at ALPHA and BETA, acknowledged, of T-1."""
    return accepted(ALPHA, BETA, watch={"ALPHA": watch})


# -- out ---------------------------------------------------------------------------------------------------------------


def test_what_rests_at_a_slow_venue_is_canceled_and_sent_elsewhere() -> None:
    life = Life(ALPHA, BETA, watch={"ALPHA": SLOW})
    life.order()
    order(life, "A2")
    life.now += 2 * SECOND
    assert life.accepts(1) == (life.told_new(),)
    reason = "90 % of the last 2 acknowledgements took up to 2 s, the limit is 1 s; to be probed after 30 s"
    assert life.accepts("T-2-1") == (
        life.hears(1, ExecType.NEW, OrdStatus.NEW, of=2),
        *keeps_out(reason),
        *life.sent_cancel(1, OUT_OF_ROUTING),
        *life.sent_cancel("T-2-1", OUT_OF_ROUTING),
    )
    assert life.ends(1) == life.routed("150 by weight", "3 BETA 150", attempt=2)
    assert life.ends("T-2-1") == life.routed("150 by weight", "3 BETA 150", attempt=2, of=2)


def test_what_is_not_answered_in_time_is_as_slow_as_can_be() -> None:
    life = Life(ALPHA, BETA, watch={"ALPHA": Watch(latency=SECOND, samples=1, window=4)})
    life.order()
    life.accepts(2)
    reason = "1 of the last 1 orders were not acknowledged, 90 % must be within 1 s; to be probed after 30 s"
    assert life.waits(5) == (
        life.lost(1, "ALPHA has not answered in 5 s", "150"),
        *keeps_out(reason),
        life.asked(1),
    )
    assert sent(life.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]


def test_what_rests_at_a_venue_that_rejects_goes_elsewhere() -> None:
    life = with_watch(REJECTING)
    order(life, "A2")
    assert life.rejects("T-2-1") == life.routed("150 by weight", "3 BETA 150", attempt=2, of=2)
    order(life, "A3")
    reason = "2 of the last 3 orders were rejected, the limit is 2 of 5; the last: full; to be probed after 30 s"
    assert life.rejects("T-3-1", "full") == (
        *keeps_out(reason),
        *life.sent_cancel(1, OUT_OF_ROUTING),
        *life.routed("150 by weight", "3 BETA 150", attempt=2, of=3),
    )
    assert sent(order(life, "A4")) == ["new 1 BETA 300"]


def test_what_rests_at_a_venue_without_market_data_goes_elsewhere() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    assert life.waits(9.9) == ()
    reason = "no market data for 10 s, the limit is 10 s; to be probed after 30 s"
    assert life.waits(0.1) == (*keeps_out(reason), *life.sent_cancel(1, OUT_OF_ROUTING))
    assert life.ends(1) == life.routed("150 by weight", "3 BETA 150", attempt=2)


def test_a_fill_that_crosses_the_cancel_is_not_sent_again() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    life.waits(10)
    life.trades(1, "100 at 99")
    assert sent(life.ends(1)) == ["new 3 BETA 50"]


def test_a_venue_that_keeps_what_rests_there_is_asked_again_after_a_while() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    life.waits(10)
    assert sent(life.keeps(1)) == []
    assert sent(life.waits(4.9)) == []
    assert sent(life.waits(0.1)) == ["cancel 1 ALPHA"]
    assert sent(life.ends(1)) == ["new 3 BETA 150"]


def test_a_pending_amendment_does_not_hold_it_back() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    life.amends(life.wants("250", cl_ord_id="B"))
    assert life.child(1)[1].asked is not None
    assert sent(life.waits(10)) == ["ask 1 ALPHA", "replace 2 BETA 100 at 100"]
    assert sent(life.stands(1, OrdStatus.NEW, "150", "100")) == ["cancel 1 ALPHA"]
    life.replaced(2)
    commands = life.ends(1)
    assert said(commands) == ["REPLACED NEW 250"]
    assert sent(commands) == ["new 3 BETA 150"]


def test_where_all_venues_are_out_what_rests_stays_and_new_orders_are_refused() -> None:
    life = accepted(ALPHA, watch={"ALPHA": Watch(rejects=1)})
    order(life, "A2")
    commands = life.rejects("T-2-1", "closed")
    assert sent(commands) == []
    assert said(commands) == ["REJECTED REJECTED 300"]
    refused = order(life, "A3")[-1]
    assert said((refused,)) == ["REJECTED REJECTED 300"]
    assert life.parent().live != []


def test_what_is_left_of_an_order_waits_for_no_venue_that_is_out() -> None:
    life = with_watch(REJECTING)
    life.down("BETA")
    order(life, "A2")
    life.rejects("T-2-1")
    order(life, "A3")
    commands = life.rejects("T-3-1")
    assert said(commands) == ["REJECTED REJECTED 300"]


# -- the probe ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def out() -> Life:
    """ALPHA rejected twice and is out; nothing rests there."""
    life = Life(ALPHA, BETA, watch={"ALPHA": REJECTING})
    for number in (1, 2):
        order(life, f"A{number}")
        life.rejects(f"T-{number}-1")
        life.accepts(f"T-{number}-2")
        life.accepts(f"T-{number}-3")
    return life


def test_before_its_wait_is_over_nothing_goes_there(out: Life) -> None:
    assert out.waits(29.9) == ()
    assert sent(order(out, "B")) == ["new 1 BETA 300"]


def test_after_its_wait_one_order_goes_there_and_no_other_while_it_is_not_answered(out: Life) -> None:
    assert out.waits(30) == (stands("probing", "out for 30 s; one order may go there to try it"),)
    assert order(out, "B") == (
        opened("B", of=3),
        *out.routed("300 by weight", "1 ALPHA 150", "2 BETA 150", of=3),
    )
    assert sent(order(out, "C")) == ["new 1 BETA 300"]
    out.now += SECOND
    assert out.accepts("T-3-1") == (
        out.hears(1, ExecType.NEW, OrdStatus.NEW, of=3),
        stands("in", "the probe T-3-1 was acknowledged in 1 s"),
        Keep("", "venues", None),
    )
    assert sent(order(out, "D")) == ["new 1 ALPHA 150", "new 2 BETA 150"]


def test_a_probe_that_is_rejected_takes_it_out_for_twice_as_long(out: Life) -> None:
    out.waits(30)
    order(out, "B")
    reason = "the probe T-3-1 was rejected: full; to be probed after 60 s"
    assert out.rejects("T-3-1", "full") == (
        *keeps_out(reason),
        *out.routed("150 by weight", "3 BETA 150", attempt=2, of=3),
    )
    out.accepts("T-3-2")
    out.accepts("T-3-3")
    assert out.waits(59.9) == ()
    assert out.waits(0.1) == (stands("probing", "out for 60 s; one order may go there to try it"),)


def test_a_probe_that_is_not_answered_takes_it_out_too(out: Life) -> None:
    out.waits(30)
    order(out, "B")
    out.accepts("T-3-2")
    reason = "the probe T-3-1 was not acknowledged; to be probed after 60 s"
    lost, *change, asked = out.waits(5)
    assert tuple(change) == keeps_out(reason)
    assert sent((lost, asked)) == ["ask 1 ALPHA"]


def test_a_probe_whose_cancel_crosses_the_answer_counts_all_the_same(out: Life) -> None:
    out.waits(30)
    order(out, "B")
    out.cancel("C", "B")
    assert stands("in", "the probe T-3-1 was acknowledged in 0 µs") in out.accepts("T-3-1")


def test_the_next_probe_decides_when_the_session_ended_before_the_answer(out: Life) -> None:
    out.waits(30)
    order(out, "B")
    out.down("ALPHA")
    assert stands("probing", "its session is up; one order may go there to try it") in out.up("ALPHA")
    assert sent(order(out, "C")) == ["new 1 ALPHA 150", "new 2 BETA 150"]


def test_market_data_brings_the_probe_forward_once_the_wait_is_over() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    life.waits(10)
    life.ends(1)
    life.accepts(3)
    assert life.waits(40) == ()
    assert life.shows("ALPHA", "10 at 101") == (stands("probing", "out for 40 s; one order may go there to try it"),)


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_a_venue_is_taken_out_and_back_by_a_named_person() -> None:
    life = accepted()
    assert life.told_to(TakeOut("ALPHA"), "ada", "it lags") == (
        stands("out", "taken out by ada: it lags"),
        Keep("", "venues", {"ALPHA": {"by": "ada", "reason": "it lags"}}),
        *life.sent_cancel(1, OUT_OF_ROUTING),
    )
    assert life.ends(1) == life.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2)
    life.accepts(4)
    life.accepts(5)
    assert life.waits(3600) == ()
    assert sent(order(life, "B")) == ["new 1 BETA 150", "new 2 GAMMA 150"]
    assert life.told_to(TakeBack("ALPHA"), "bob", "it does not") == (
        stands("in", "taken back by bob: it does not"),
        Keep("", "venues", None),
    )
    assert sent(order(life, "C")) == ["new 1 ALPHA 100", "new 2 BETA 100", "new 3 GAMMA 100"]


def test_what_a_person_took_out_stays_out_over_a_restart() -> None:
    kept = {"venues": {"ALPHA": {"by": "ada", "reason": "it lags"}}}
    life = Life(ALPHA, BETA, kept=kept)
    assert sent(life.order()) == ["new 1 BETA 300"]


def test_what_a_rule_took_out_begins_with_a_probe_after_a_restart() -> None:
    life = Life(ALPHA, BETA, watch={"ALPHA": REJECTING}, kept={"venues": {"ALPHA": {"reason": "it rejects"}}})
    assert [sent(life.order()), sent(order(life, "B"))] == [["new 1 ALPHA 150", "new 2 BETA 150"], ["new 1 BETA 300"]]


def test_by_hand_the_last_venue_is_left_too() -> None:
    life = accepted(ALPHA)
    assert sent(life.told_to(TakeOut("ALPHA"))) == ["cancel 1 ALPHA"]
    assert said(life.ends(1)) == ["CANCELED CANCELED 300"]


@pytest.mark.parametrize("action", [TakeOut("NOWHERE"), TakeBack("NOWHERE")])
def test_what_is_no_venue_is_neither_taken_out_nor_back(action: TakeOut | TakeBack) -> None:
    why = "ada asked for what cannot be done: NOWHERE is no venue"
    assert Life().told_to(action) == (decided(Decision.REFUSE, why, order_id=""),)


# -- what leaves a venue alone -----------------------------------------------------------------------------------------


def test_a_session_that_ends_leaves_what_rests_there_in_doubt_and_asks_for_no_cancel() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    assert life.down("ALPHA") == (life.lost(1, "the session with ALPHA ended", "150"),)
    assert life.waits(100) == ()
    assert sent(life.up("ALPHA")) == ["ask 1 ALPHA"]
    assert sent(life.answers(1, OrdStatus.NEW)) == []


def test_data_of_another_venue_says_nothing_of_this_one() -> None:
    life = with_watch(SILENT)
    life.shows("ALPHA", "10 at 101")
    life.now += 10 * SECOND
    life.does(BookChanged("BETA", MarketData(snapshot=True, symbol="ACME.BETA", entries=())))
    assert sent(life.waits(0)) == ["cancel 1 ALPHA"]


def test_a_refusal_says_that_nothing_can_be_routed_to() -> None:
    life = Life(ALPHA, kept={"venues": {"ALPHA": {"by": "ada", "reason": "it lags"}}})
    text = "no venue for ACME is open to orders now"
    assert life.order() == (
        decided(Decision.REFUSE, text, {"OrdRejReason": OrdRejReason.EXCHANGE_CLOSED.value}),
        life.told(1, ExecType.REJECTED, OrdStatus.REJECTED, text=text, reason=OrdRejReason.EXCHANGE_CLOSED),
    )
