"""The kill switch where a venue takes a mass cancel; its release; and what is left of it after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.actions import Kill, Release, Scope
from engine.core.commands import Command, Decision, Keep, SendMassCancel
from engine.core.events import MessageRefused
from engine.orders import states
from engine.orders.order import Closing, Parent
from fix.business import OrderMassCancelRequest
from fix.enums import MassCancelRequestType, MsgType, OrdStatus
from tests.engine.core.counts import said, sent
from tests.engine.core.kills import EVERYTHING, KILLED, closed, flat, is_flat, kept, killed, value
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import decided
from tests.engine.orders.making import NOW, new_child, new_order
from tests.engine.routing.making import venue

ALL = Kill(Scope.ALL)
MASS = replace(venue("ALPHA"), mass_cancel=True)


@pytest.fixture
def life() -> Life:
    """100 each at ALPHA, BETA and GAMMA, all acknowledged."""
    return accepted()


# -- at once, where the venue can --------------------------------------------------------------------------------------


def asked_all(life: Life, venue: str = "ALPHA", number: int = 1) -> Command:
    request = OrderMassCancelRequest(f"T-Q{number}", MassCancelRequestType.CANCEL_ALL_ORDERS, "", None, life.now)
    return SendMassCancel("", venue, request)


def in_one(child: str) -> Command:
    detail = {"child": child, "mass": "T-Q1"}
    return decided(Decision.CANCEL, "ALPHA is asked to cancel everything", detail, order_id=child.rpartition("-")[0])


def test_a_venue_that_takes_a_mass_cancel_gets_one() -> None:
    life = accepted(MASS, venue("BETA"))
    life.order(new_order(cl_ord_id="A2"))
    assert life.told_to(ALL) == (
        killed(4),
        kept(),
        asked_all(life),
        in_one("T-1-1"),
        in_one("T-2-1"),
        closed(),
        *life.sent_cancel(2, KILLED),
        closed(order_id="T-2"),
        *life.sent_cancel("T-2-2", KILLED),
    )
    reason = "ALPHA cancels 2 orders"
    assert life.mass_canceled("ALPHA", 2) == (decided(Decision.CANCEL, reason, {"venue": "ALPHA"}, order_id=""),)
    assert [is_flat(life.ends(child)) for child in (1, 2, "T-2-1", "T-2-2")] == [False, False, False, True]


def test_where_it_is_rejected_each_child_is_cancelled_by_itself() -> None:
    life = accepted(MASS)
    life.order(new_order(cl_ord_id="A2"))
    life.told_to(ALL)
    reason = "ALPHA does not cancel all orders: not today"
    assert life.mass_canceled("ALPHA", 0, rejected=True, text="not today") == (
        decided(Decision.ALERT, reason, order_id=""),
        decided(Decision.REFUSED, reason, {"child": "T-1-1", "mass": "T-Q1"}),
        *life.sent_cancel(1, KILLED),
        decided(Decision.REFUSED, reason, {"child": "T-2-1", "mass": "T-Q1"}, order_id="T-2"),
        *life.sent_cancel("T-2-1", KILLED),
    )


def test_where_the_message_itself_is_refused_each_child_is_cancelled_by_itself_too() -> None:
    life = accepted(MASS)
    life.told_to(ALL)
    reason = "ALPHA refused the mass cancel T-Q1: unknown MsgType"
    refused = MessageRefused("ALPHA", MsgType.ORDER_MASS_CANCEL_REQUEST, "T-Q1", "unknown MsgType")
    assert life.does(refused) == (
        decided(Decision.ALERT, reason, order_id=""),
        decided(Decision.REFUSED, reason, {"child": "T-1-1", "mass": "T-Q1"}),
        *life.sent_cancel(1, KILLED),
    )


def test_a_child_with_requests_of_its_own_is_cancelled_by_itself_too() -> None:
    life = accepted(MASS)
    life.amends(life.wants("200", cl_ord_id="B"))
    life.replaced(1)
    assert sent(life.told_to(ALL)) == ["cancel 1 ALPHA"]


def test_a_mass_cancel_that_is_not_answered_leaves_the_children_in_doubt() -> None:
    life = accepted(MASS)
    assert sent(life.told_to(ALL)) == ["cancel all ALPHA"]
    assert sent(life.waits(5)) == ["ask 1 ALPHA"]
    assert sent(life.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]


def test_a_venue_that_is_down_gets_nothing() -> None:
    life = accepted(MASS)
    life.down("ALPHA")
    assert sent(life.told_to(ALL)) == []
    life.up("ALPHA")
    assert sent(life.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]


def test_a_kill_of_the_venue_is_one_message_there() -> None:
    life = accepted(MASS, venue("BETA"))
    assert sent(life.told_to(Kill(Scope.VENUE, "ALPHA"))) == ["cancel all ALPHA"]
    assert sent(life.ends(1)) == ["new 3 BETA 150"]


# -- release, restart --------------------------------------------------------------------------------------------------


def test_a_named_person_releases_it_and_what_was_cancelled_stays_so(life: Life) -> None:
    life.told_to(ALL)
    life.ends(1)
    why = f"bob ends: {EVERYTHING} (not flat, 2 children left); all clear"
    assert life.told_to(Release(Scope.ALL), "bob", "all clear") == (
        decided(Decision.KILL, why, order_id=""),
        Keep("", "kills", None),
    )
    assert sent(life.order(new_order(cl_ord_id="B"))) != []
    life.ends(2)
    assert said(life.ends(3)) == ["CANCELED CANCELED 300"]


def test_there_is_nothing_to_release(life: Life) -> None:
    why = "ada asked for what cannot be done: there is no kill of customer OMS"
    assert life.told_to(Release(Scope.CUSTOMER, "OMS")) == (decided(Decision.REFUSE, why, order_id=""),)


def test_two_kills_are_flat_each_for_itself() -> None:
    life = accepted(venue("ALPHA"), venue("BETA"))
    life.told_to(Kill(Scope.VENUE, "ALPHA"))
    life.told_to(ALL)
    one, two = (value("venue", "ALPHA", flat=True), value())
    venue_flat, keep = life.ends(1)
    assert (venue_flat, keep) == (
        flat(f"venue ALPHA is {KILLED}"),
        Keep("", "kills", {"venue:ALPHA": one, "all:": two}),
    )
    assert life.ends(2)[0] == flat()


def closing_parent() -> Parent:
    """As the record has it after a crash: killed, and one child in doubt."""
    parent = Parent("T-0-1", "OMS", new_order(), NOW)
    child = new_child(parent, "300")
    child.symbol = "ACME.ALPHA"
    child.apply(states.Event.ACCEPTED)
    child.request = states.Request.IN_DOUBT
    parent.apply(states.Event.ACCEPTED)
    parent.closing = Closing(KILLED, states.Event.CANCELED)
    return parent


def test_a_kill_survives_a_restart_and_is_flat_when_what_was_left_is_gone() -> None:
    life = Life(venue("ALPHA"), kept={"kills": {"all:": value()}}, adopt=(closing_parent(),))
    assert said(life.order(new_order(cl_ord_id="B"))) == ["REJECTED REJECTED 300"]
    assert sent(life.answers("T-0-1-1", OrdStatus.NEW)) == ["cancel 1 ALPHA"]
    assert life.ends("T-0-1-1")[:2] == (flat(), kept(flat=True))


def test_a_kill_that_was_flat_is_flat_after_a_restart() -> None:
    life = Life(venue("ALPHA"), kept={"kills": {"all:": value(flat=True)}})
    assert said(life.order()) == ["REJECTED REJECTED 300"]
    assert life.core.floor.kills.in_force()[0].left == 0
