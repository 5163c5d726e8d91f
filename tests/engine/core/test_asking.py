"""What an OMS asks is answered in one order of precedence, whatever else is wrong with it."""

from __future__ import annotations

import pytest

from engine.core.events import OrderReceived, StatusRequested
from engine.core.placing import Rules
from engine.risk.limits import CustomerLimits, Limits
from fix.business import OrderStatusRequest
from fix.enums import CxlRejReason, ExecType, OrdRejReason, OrdStatus
from tests.engine.core.counts import said
from tests.engine.core.life import Life, accepted, replace_refused
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

ALPHA = venue("ALPHA")


def test_orders_are_numbered_as_they_come_the_refused_ones_too() -> None:
    life = Life(ALPHA)
    ids = [
        life.order(new_order(qty, cl_ord_id=name))[-1].order_id for qty, name in (("1", "A"), ("0", "B"), ("1", "C"))
    ]
    assert ids == ["T-1", "T-2", "T-3"]


@pytest.mark.parametrize(
    ("cl_ord_id", "orig", "reason"),
    [
        ("A", "X", CxlRejReason.DUPLICATE_CL_ORD_ID),  # though there is no X
        ("B", "X", CxlRejReason.UNKNOWN_ORDER),
        ("B", "F", CxlRejReason.TOO_LATE_TO_CANCEL),  # filled
        ("B", "P", CxlRejReason.ALREADY_PENDING),  # a cancel is pending
        ("B", "K", CxlRejReason.TOO_LATE_TO_CANCEL),  # the engine ends it
        ("B", "A", CxlRejReason.BROKER_OPTION),  # no quantity
    ],
)
def test_what_is_looked_at_first_is_said_first(cl_ord_id: str, orig: str, reason: CxlRejReason) -> None:
    life = accepted(ALPHA)
    for number, name in ((2, "F"), (3, "P")):
        life.order(new_order(cl_ord_id=name))
        life.accepts(f"T-{number}-1")
    life.trades("T-2-1", "300 at 99")
    life.cancel("C", "P")
    if orig == "K":
        life.order(new_order(cl_ord_id="K"))
        life.mass_cancels()
    commands = life.amends(new_order("0", cl_ord_id=cl_ord_id), orig)
    assert said(commands) == [f"9 {cl_ord_id} {reason.name}"]


def test_a_refused_request_leaves_its_clordid_unused() -> None:
    life = accepted(ALPHA)
    life.amends(new_order("0", cl_ord_id="B"))
    assert life.core.orders.by_cl_ord_id("OMS", "B") is None
    assert said(life.amends(new_order("200", cl_ord_id="B"))) == ["PENDING_REPLACE PENDING_REPLACE 300"]


def test_no_more_requests_than_the_rules_say_wait_for_each_other() -> None:
    life = accepted(ALPHA, rules=Rules(chained=1))
    life.amends(new_order("200", cl_ord_id="B"))
    refusal = replace_refused(CxlRejReason.ALREADY_PENDING, "B is pending", OrdStatus.PENDING_REPLACE, cl_ord_id="Z")
    assert life.amends(new_order("100", cl_ord_id="Z"), "B")[1:] == (refusal,)
    assert said(life.cancel("C", "B"))[0].startswith("PENDING_CANCEL")


def test_a_status_is_told_under_the_name_that_was_asked_for() -> None:
    life = accepted(ALPHA)
    life.amends(new_order("200", cl_ord_id="B"))
    life.replaced(1)
    for name in ("A", "B"):
        [told] = life.asks(name)
        assert told == life.hears(0, ExecType.ORDER_STATUS, OrdStatus.NEW, cl_ord_id=name)


def test_a_status_of_another_session_is_nobodys() -> None:
    life = accepted(ALPHA)
    request = OrderStatusRequest("A", "ACME", new_order().side)
    [told] = life.does(StatusRequested("OTHER", request))
    assert said((told,)) == ["ORDER_STATUS REJECTED 0"]


def test_the_same_clordid_is_another_order_in_another_session() -> None:
    life = accepted(ALPHA)
    assert said(life.does(OrderReceived("OTHER", new_order()))) == []
    assert life.parent(2).session == "OTHER"


def test_a_kill_is_said_before_a_limit_and_a_check_before_it() -> None:
    life = Life(ALPHA, limits=Limits(every=CustomerLimits(max_qty=D("1"))))
    told = life.order(new_order("0"))[-1].report  # type: ignore[union-attr]
    assert told.ord_rej_reason is OrdRejReason.INCORRECT_QUANTITY  # type: ignore[union-attr]
    told = life.order(new_order("2", cl_ord_id="B"))[-1].report  # type: ignore[union-attr]
    assert told.ord_rej_reason is OrdRejReason.ORDER_EXCEEDS_LIMIT  # type: ignore[union-attr]
