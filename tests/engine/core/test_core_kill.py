"""The kill switch: nothing new, everything cancelled, and flat exactly when the last child is confirmed gone."""

from __future__ import annotations

import pytest

from engine.core.actions import Kill, Outcome, Scope, Settle
from engine.core.commands import Closed, Decision, Reopened
from engine.core.events import OrderReceived
from fix.business import NewOrderSingle
from fix.enums import CxlRejReason, ExecType, MsgType, OrdRejReason, OrdStatus
from tests.engine.core.counts import said, sent
from tests.engine.core.kills import EVERYTHING, KILLED, closed, flat, is_flat, kept, killed
from tests.engine.core.life import Life, accepted, replace_refused
from tests.engine.core.script import decided, finished, kept_by
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

ALL = Kill(Scope.ALL)


@pytest.fixture
def life() -> Life:
    """100 each at ALPHA, BETA and GAMMA, all acknowledged."""
    return accepted()


# -- all ---------------------------------------------------------------------------------------------------------------


def test_all_is_cancelled_and_flat_when_the_last_child_is_gone(life: Life) -> None:
    assert life.told_to(ALL) == (
        killed(3),
        kept(),
        closed(),
        *life.sent_cancel(1, KILLED),
        *life.sent_cancel(2, KILLED),
        *life.sent_cancel(3, KILLED),
    )
    assert [life.ends(1), life.ends(2)] == [(), ()]
    assert life.ends(3) == (
        flat(),
        kept(flat=True),
        life.hears(2, ExecType.CANCELED, OrdStatus.CANCELED, text=KILLED),
        *finished(KILLED, OrdStatus.CANCELED),
    )
    assert not is_flat(life.trades(3, "10 at 99"))


def test_with_nothing_open_it_is_flat_at_once() -> None:
    assert Life().told_to(ALL) == (killed(0), kept(), flat(), kept(flat=True))


def test_a_new_order_is_refused_at_once(life: Life) -> None:
    life.told_to(ALL)
    order = new_order(cl_ord_id="N")
    assert life.order(order) == (
        decided(Decision.REFUSE, EVERYTHING, {"OrdRejReason": "0"}, "T-2"),
        life.told(
            1,
            ExecType.REJECTED,
            OrdStatus.REJECTED,
            text=EVERYTHING,
            reason=OrdRejReason.BROKER_OPTION,
            order=order,
            order_id="T-2",
        ),
    )


def test_so_is_an_amendment(life: Life) -> None:
    life.told_to(ALL)
    refusal = replace_refused(CxlRejReason.TOO_LATE_TO_CANCEL, KILLED)
    assert life.amends(life.wants("200", cl_ord_id="B"))[1:] == (refusal,)


def test_and_one_that_would_open_a_filled_order_again(life: Life) -> None:
    for child in (1, 2, 3):
        life.trades(child, "100 at 99")
    life.told_to(ALL)
    refusal = replace_refused(CxlRejReason.BROKER_OPTION, EVERYTHING, OrdStatus.FILLED)
    assert life.amends(life.wants("400", cl_ord_id="B"))[1:] == (refusal,)


def test_what_gives_its_quantity_back_is_not_routed_again(life: Life) -> None:
    life.told_to(ALL)
    assert [sent(life.ends(1, ExecType.EXPIRED)), sent(life.ends(2))] == [[], []]


def test_pending_requests_are_answered(life: Life) -> None:
    life.amends(life.wants(price="101", cl_ord_id="B"))
    assert life.told_to(ALL) == (killed(3), kept(), closed(), replace_refused(CxlRejReason.BROKER_OPTION, KILLED))
    assert life.replaced(1) == life.sent_cancel(1, KILLED, change=2)
    assert sent(life.keeps(2)) == ["cancel 2 BETA"]


def test_a_cancel_of_the_oms_gets_its_own_answer(life: Life) -> None:
    life.cancel()
    assert sent(life.told_to(ALL)) == []
    life.ends(1)
    life.ends(2)
    assert said(life.ends(3)) == ["CANCELED CANCELED 300"]
    assert life.parent().order.cl_ord_id == "C"


def test_a_late_fill_is_told_and_does_not_make_it_less_flat(life: Life) -> None:
    life.told_to(ALL)
    for child in (1, 2, 3):
        commands = life.ends(child)
    assert is_flat(commands)
    assert said(life.trades(1, "40 at 99")) == ["TRADE CANCELED 300"]


def test_a_child_that_is_filled_is_gone_too() -> None:
    life = accepted(venue("ALPHA"))
    life.told_to(ALL)
    assert life.trades(1, "300 at 99") == (
        life.hears(2, ExecType.TRADE, OrdStatus.FILLED, cum="300", avg="99", last="300 at 99", last_mkt="XALP"),
        flat(),
        kept(flat=True),
        Closed("T-1"),
    )


def test_an_order_that_is_opened_again_by_a_cancelled_trade_is_closed_and_not_routed() -> None:
    life = accepted(venue("ALPHA"))
    life.trades(1, "300 at 99", exec_id="X")
    life.told_to(ALL)
    commands = life.takes_back(1, "X", leaves="300")
    assert commands[1:] == (Reopened("T-1"), closed(EVERYTHING), *life.sent_cancel(1, EVERYTHING))
    assert said(life.ends(1)) == ["CANCELED CANCELED 300"]


# -- what does not go at once ------------------------------------------------------------------------------------------


def test_what_is_in_doubt_is_not_gone_before_its_venue_or_a_person_has_said_so(life: Life) -> None:
    life.down("ALPHA")
    assert sent(life.told_to(ALL)) == ["cancel 2 BETA", "cancel 3 GAMMA"]
    life.ends(2)
    assert not is_flat(life.ends(3))
    assert sent(life.up("ALPHA")) == ["ask 1 ALPHA"]
    assert sent(life.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]
    assert is_flat(life.ends(1))


def test_an_order_the_venue_does_not_know_is_gone(life: Life) -> None:
    life.down("ALPHA")
    life.told_to(ALL)
    life.ends(2)
    life.ends(3)
    life.up("ALPHA")
    assert is_flat(life.answers(1, OrdStatus.REJECTED))


def test_a_person_may_settle_the_last_one(life: Life) -> None:
    life.down("ALPHA")
    life.told_to(ALL)
    life.ends(2)
    life.ends(3)
    assert is_flat(life.told_to(Settle("T-1-1", Outcome.CANCELED, D("0"))))


def test_a_venue_that_refuses_is_asked_again_after_the_time_it_may_take_to_answer(life: Life) -> None:
    life.told_to(ALL)
    life.ends(2)
    life.ends(3)
    assert life.keeps(1, text="auction") == (kept_by(1, "ALPHA did not cancel T-1-1: auction"),)
    assert life.waits(4.9) == ()
    assert life.waits(0.1) == life.sent_cancel(1, KILLED, change=2)
    life.keeps(1)
    assert sent(life.waits(5)) == ["cancel 1 ALPHA"]
    assert is_flat(life.ends(1))


def test_a_venue_that_refuses_what_the_oms_asked_for_is_asked_again_for_the_kill() -> None:
    life = accepted(venue("ALPHA"))
    life.cancel()
    life.told_to(ALL)
    commands = life.keeps(1)
    assert said(commands) == ["9 C BROKER_OPTION"]
    assert sent(commands) == ["cancel 1 ALPHA"]
    assert sent(life.keeps(1)) == []
    assert sent(life.waits(5)) == ["cancel 1 ALPHA"]


def test_an_order_that_is_closing_already_is_asked_for_once_more() -> None:
    life = accepted(venue("ALPHA"))
    life.mass_cancels()
    life.keeps(1)
    assert life.told_to(ALL) == (killed(1), kept(), *life.sent_cancel(1, "the OMS's mass cancel M", change=2))
    life.keeps(1)
    assert sent(life.waits(5)) == ["cancel 1 ALPHA"]
    assert is_flat(life.ends(1))


def test_a_cancel_that_is_not_answered_leaves_the_child_in_doubt(life: Life) -> None:
    life.told_to(ALL)
    life.ends(2)
    life.ends(3)
    assert sent(life.waits(5)) == ["ask 1 ALPHA"]
    assert sent(life.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]


def test_an_order_on_its_way_is_cancelled_before_its_acknowledgement() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    assert sent(life.told_to(ALL)) == ["cancel 1 ALPHA"]
    assert said(life.accepts(1)) == ["NEW NEW 300"]
    assert is_flat(life.ends(1))


def test_an_order_that_the_venue_could_not_read_is_gone() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    life.told_to(ALL)
    assert is_flat(life.cannot_read(1, MsgType.NEW_ORDER_SINGLE))


# -- some --------------------------------------------------------------------------------------------------------------


def of_strategy(cl_ord_id: str, strategy: str) -> NewOrderSingle:
    return new_order(cl_ord_id=cl_ord_id)._replace(strategy=strategy)


def test_one_customer_is_killed_and_another_is_not() -> None:
    life = accepted(venue("ALPHA"))
    life.does(OrderReceived("OTHER", new_order()))
    words = f"customer OMS is {KILLED}"
    assert life.told_to(Kill(Scope.CUSTOMER, "OMS")) == (
        killed(1, words),
        kept("customer", "OMS"),
        closed(),
        *life.sent_cancel(1, KILLED),
    )
    assert life.ends(1)[:2] == (flat(words), kept("customer", "OMS", flat=True))
    assert sent(life.does(OrderReceived("OTHER", new_order(cl_ord_id="B")))) == ["new 1 ALPHA 300"]
    assert said(life.order(new_order(cl_ord_id="B"))) == ["REJECTED REJECTED 300"]


def test_one_strategy_is_killed_and_another_is_not() -> None:
    life = accepted(venue("ALPHA"), order=of_strategy("A", "1000"))
    life.order(of_strategy("A2", "1006"))
    assert sent(life.told_to(Kill(Scope.STRATEGY, "1000"))) == ["cancel 1 ALPHA"]
    assert is_flat(life.ends(1))
    assert said(life.order(of_strategy("A3", "1000"))) == ["REJECTED REJECTED 300"]
    assert sent(life.order(of_strategy("A4", "1006"))) == ["new 1 ALPHA 300"]


def test_of_one_venue_what_is_there_goes_elsewhere(life: Life) -> None:
    words = f"venue ALPHA is {KILLED}"
    assert life.told_to(Kill(Scope.VENUE, "ALPHA")) == (
        killed(1, words),
        kept("venue", "ALPHA"),
        *life.sent_cancel(1, words),
    )
    assert life.ends(1) == (
        flat(words),
        kept("venue", "ALPHA", flat=True),
        *life.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2),
    )
    assert sent(life.order(new_order(cl_ord_id="B"))) == ["new 1 BETA 150", "new 2 GAMMA 150"]


def test_of_one_venue_what_an_amendment_waits_for_elsewhere_does_not_hold_it_back(life: Life) -> None:
    life.amends(life.wants(price="101", cl_ord_id="B"))
    life.replaced(1)
    assert sent(life.told_to(Kill(Scope.VENUE, "ALPHA"))) == ["cancel 1 ALPHA"]


def test_a_venue_nobody_knows_cannot_be_killed(life: Life) -> None:
    why = "ada asked for what cannot be done: NOWHERE is no venue"
    assert life.told_to(Kill(Scope.VENUE, "NOWHERE")) == (decided(Decision.REFUSE, why, order_id=""),)
