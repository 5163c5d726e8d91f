"""The OMS amends: the fewest changes at venues, one Pending and one answer to the OMS, and never more than asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.core.commands import Closed
from engine.core.placing import Rules
from engine.market.venues import Venue
from fix.business import NewOrderSingle
from fix.enums import CxlRejReason, ExecType, MsgType, OrdStatus, OrdType, Side, TimeInForce
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted, replace_refused
from tests.engine.core.script import finished, kept_by, used
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

REPLACED, NEW, PARTLY = ExecType.REPLACED, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED
OPTION, TOO_LATE = CxlRejReason.BROKER_OPTION, CxlRejReason.TOO_LATE_TO_CANCEL
WAS = new_order()
ANSWERS = ("B", "A")


@pytest.fixture
def life() -> Life:
    """100 each at ALPHA, BETA and GAMMA, all acknowledged."""
    return accepted()


def asked(qty: str = "300", price: str | None = "100", **terms: object) -> NewOrderSingle:
    """The terms of B."""
    return new_order(qty, price, cl_ord_id="B")._replace(**terms)  # type: ignore[arg-type]


def without_replace(name: str) -> Venue:
    return replace(venue(name), replaces=False)


# -- quantity ----------------------------------------------------------------------------------------------------------


def test_more_goes_out_as_new_children_and_is_answered_at_once(life: Life) -> None:
    assert life.amends(asked("450")) == (
        *life.promised(2, order=WAS),
        life.hears(3, REPLACED, NEW, answers=ANSWERS),
        *life.routed("150 by weight", "4 ALPHA 50", "5 BETA 50", "6 GAMMA 50"),
    )
    assert life.parent().order == asked("450")._replace(transact_time=life.now)


def test_less_is_taken_from_the_largest_child_and_nobody_else_is_touched() -> None:
    life = accepted(venue("ALPHA"), venue("BETA", weight="3"), venue("GAMMA"), order=new_order("500"))
    assert life.amends(asked("400")) == (
        *life.promised(2, order=new_order("500")),
        *life.sent_replace(2, "200"),
    )
    assert life.replaced(2) == (life.hears(3, REPLACED, NEW, answers=ANSWERS),)


def test_children_that_are_no_more_than_what_is_too_much_go_whole_and_one_is_reduced(life: Life) -> None:
    assert life.amends(asked("120")) == (
        *life.promised(2, order=WAS),
        *life.sent_cancel(1, "B leaves nothing for it"),
        *life.sent_replace(2, "20"),
    )
    assert life.ends(1) == ()
    assert life.replaced(2) == (life.hears(3, REPLACED, NEW, answers=ANSWERS),)


def test_a_child_that_would_be_left_below_its_venues_lot_is_left_with_whole_lots_and_the_rest_goes_elsewhere() -> None:
    life = accepted(venue("ALPHA", lot="10", minimum="10", weight="2"), venue("BETA"), order=new_order("90"))
    assert sent(life.amends(asked("55"))) == ["replace 1 ALPHA 20 at 100"]
    assert sent(life.replaced(1)) == ["new 3 BETA 5"]


def test_a_child_that_would_be_left_below_its_venues_minimum_goes_whole() -> None:
    life = accepted(venue("ALPHA", minimum="50", weight="2"), venue("BETA"), order=new_order("90"))
    assert sent(life.amends(asked("55"))) == ["cancel 1 ALPHA"]
    assert sent(life.ends(1)) == ["new 3 BETA 25"]


def test_a_contract_counts_in_its_own_units() -> None:
    life = accepted(venue("ALPHA", contract="10"), order=new_order("300"))
    assert sent(life.amends(asked("255"))) == ["replace 1 ALPHA 25 at 100"]
    assert said(life.replaced(1)) == ["REPLACED NEW 255"]


def test_what_has_traded_is_taken_off_before_anything_is_asked(life: Life) -> None:
    life.trades(1, "80 at 99")
    assert sent(life.amends(asked("180"))) == ["cancel 2 BETA", "replace 3 GAMMA 80 at 100"]
    life.ends(2)
    assert life.replaced(3) == (life.hears(4, REPLACED, PARTLY, answers=ANSWERS, cum="80", avg="99"),)


def test_less_than_what_has_traded_leaves_the_order_filled_with_what_has(life: Life) -> None:
    """FIX 4.4 Appendix D, C.3.c."""
    life.trades(1, "80 at 99")
    assert sent(life.amends(asked("50"))) == ["cancel 2 BETA", "cancel 3 GAMMA", "cancel 1 ALPHA"]
    assert [life.ends(1), life.ends(2)] == [(), ()]
    assert life.ends(3) == (
        life.hears(4, REPLACED, OrdStatus.FILLED, answers=ANSWERS, cum="80", avg="99", leaves_qty=D("0")),
        Closed("T-1"),
    )
    assert life.parent().order.order_qty == 80


def test_what_changes_nothing_at_venues_is_answered_at_once(life: Life) -> None:
    assert life.amends(asked()) == (*life.promised(2, order=WAS), life.hears(3, REPLACED, NEW, answers=ANSWERS))


def test_a_filled_order_is_open_again_when_it_is_raised(life: Life) -> None:
    """FIX 4.4 Appendix D, C.1.c."""
    for child in (1, 2, 3):
        life.trades(child, "100 at 99")
    commands = life.amends(asked("330"))
    assert said(commands) == ["PENDING_REPLACE PENDING_REPLACE 300", "REPLACED PARTIALLY_FILLED 330"]
    assert sent(commands) == ["new 4 ALPHA 10", "new 5 BETA 10", "new 6 GAMMA 10"]


def test_a_filled_order_takes_no_other_amendment(life: Life) -> None:
    for child in (1, 2, 3):
        life.trades(child, "100 at 99")
    refusal = replace_refused(TOO_LATE, "the order is FILLED", OrdStatus.FILLED)
    assert life.amends(asked("300", "101"))[1:] == (refusal,)


# -- price and time in force -------------------------------------------------------------------------------------------


def test_another_price_is_asked_of_every_child(life: Life) -> None:
    assert life.amends(asked(price="101")) == (
        *life.promised(2, order=WAS),
        *life.sent_replace(1, "100", "101"),
        *life.sent_replace(2, "100", "101"),
        *life.sent_replace(3, "100", "101"),
    )
    assert [life.replaced(1), life.replaced(3)] == [(), ()]
    assert life.replaced(2) == (life.hears(3, REPLACED, NEW, answers=ANSWERS),)
    assert life.cancel("C", "B")[2:] == (
        *life.sent_cancel(1, "the OMS cancels", change=2),
        *life.sent_cancel(2, "the OMS cancels", change=2),
        *life.sent_cancel(3, "the OMS cancels", change=2),
    )


@pytest.mark.parametrize(
    ("side", "price", "at"), [(Side.BUY, "101.009", "101"), (Side.SELL, "101.001", "101.01"), (Side.BUY, "1", "1")]
)
def test_a_price_is_rounded_to_the_tick_and_never_beyond_the_limit(side: Side, price: str, at: str) -> None:
    life = accepted(venue("ALPHA"), order=new_order(side=side))
    [order] = sent(life.amends(asked(price=price, side=side)))
    assert order.startswith("replace 1 ALPHA 300 at ")
    assert D(order.rpartition(" ")[2]) == D(at)
    assert said(life.replaced(1)) == ["REPLACED NEW 300"]


def test_price_and_less_quantity_are_asked_of_a_child_at_once(life: Life) -> None:
    commands = life.amends(asked("150", "101"))
    assert sent(commands) == ["cancel 1 ALPHA", "replace 2 BETA 50 at 101", "replace 3 GAMMA 100 at 101"]
    assert [life.replaced(2), life.ends(1)] == [(), ()]
    assert said(life.replaced(3)) == ["REPLACED NEW 150"]


def test_price_and_more_quantity_go_out_when_the_price_is_everywhere(life: Life) -> None:
    assert sent(life.amends(asked("330", "101"))) == [
        f"replace {k} 100 at 101" for k in ("1 ALPHA", "2 BETA", "3 GAMMA")
    ]
    assert [life.replaced(1), life.replaced(2)] == [(), ()]
    commands = life.replaced(3)
    assert said(commands) == ["REPLACED NEW 330"]
    assert sent(commands) == ["new 4 ALPHA 10", "new 5 BETA 10", "new 6 GAMMA 10"]
    assert life.child(4)[1].price == D("101")


def test_an_order_that_may_not_rest_any_more_is_taken_back_and_sent_anew(life: Life) -> None:
    target = asked(time_in_force=TimeInForce.IOC)
    assert sent(life.amends(target)) == ["cancel 1 ALPHA", "cancel 2 BETA", "cancel 3 GAMMA"]
    assert [life.ends(1), life.trades(2, "100 at 99")[1:], life.ends(3)[:1]] == [
        (),
        (),
        (life.hears(4, REPLACED, PARTLY, answers=ANSWERS, cum="100", avg="99"),),
    ]
    assert [(c.venue, c.time_in_force) for c in life.parent().live] == [
        ("ALPHA", TimeInForce.IOC),
        ("BETA", TimeInForce.IOC),
        ("GAMMA", TimeInForce.IOC),
    ]


def test_an_order_that_is_to_outlive_the_day_is_replaced_where_it_is(life: Life) -> None:
    target = asked(time_in_force=TimeInForce.GTC)
    life.amends(target)
    assert [c.asked.time_in_force for c in life.parent().live if c.asked] == [TimeInForce.GTC] * 3
    life.replaced(1)
    life.replaced(2)
    day: dict[str, Any] = {"day_order_qty": D("300"), "day_cum_qty": D("0"), "day_avg_px": D("0")}
    assert life.replaced(3) == (life.hears(3, REPLACED, NEW, answers=ANSWERS, **day),)


def test_a_venue_that_knows_no_such_time_in_force_is_left() -> None:
    plain = replace(venue("ALPHA"), times_in_force=frozenset({TimeInForce.DAY, TimeInForce.IOC}))
    life = accepted(plain, venue("BETA"))
    target = asked(time_in_force=TimeInForce.GTC)
    assert sent(life.amends(target)) == ["cancel 1 ALPHA", "replace 2 BETA 150 at 100"]
    life.replaced(2)
    assert sent(life.ends(1)) == ["new 3 BETA 150"]


# -- venues that cannot, or would not ----------------------------------------------------------------------------------


def test_where_a_venue_cannot_replace_its_child_is_canceled_and_sent_anew() -> None:
    life = accepted(without_replace("ALPHA"), venue("BETA"))
    assert life.amends(asked(price="101")) == (
        *life.promised(2, order=WAS),
        *life.sent_cancel(1, "B leaves nothing for it"),
        *life.sent_replace(2, "150", "101"),
    )
    assert life.ends(1) == ()
    assert life.replaced(2) == (
        life.hears(3, REPLACED, NEW, answers=ANSWERS),
        *life.routed("150 by weight", "3 ALPHA 75", "4 BETA 75"),
    )


def test_where_one_venue_refuses_and_another_has_agreed_the_child_of_the_first_goes(life: Life) -> None:
    life.amends(asked(price="101"))
    assert life.replaced(2) == ()
    why = "ALPHA did not replace T-1-1: frozen"
    assert life.keeps(1, text="frozen") == (kept_by(1, why), *life.sent_cancel(1, "B could not change it", change=2))
    assert life.replaced(3) == ()
    assert life.ends(1) == (
        life.hears(3, REPLACED, NEW, answers=ANSWERS),
        *life.routed("100 by weight", "4 ALPHA 34", "5 BETA 33", "6 GAMMA 33"),
    )


def test_it_does_not_matter_who_answers_first(life: Life) -> None:
    life.amends(asked(price="101"))
    why = "ALPHA did not replace T-1-1: frozen"
    assert life.keeps(1, text="frozen") == (kept_by(1, why),)
    assert life.replaced(2) == life.sent_cancel(1, "B could not change it", change=2)


def test_a_child_that_would_neither_change_nor_go_is_asked_again_after_a_while(life: Life) -> None:
    life.amends(asked(price="101"))
    life.replaced(2)
    life.replaced(3)
    life.keeps(1)
    assert sent(life.keeps(1)) == []
    assert life.waits(4.9) == ()
    assert sent(life.waits(0.1)) == ["replace 1 ALPHA 100 at 101"]
    assert said(life.replaced(1)) == ["REPLACED NEW 300"]


def test_where_all_refuse_the_terms_stay_as_they_were(life: Life) -> None:
    life.amends(asked(price="101"))
    assert [sent(life.keeps(1)), sent(life.keeps(3))] == [[], []]
    why = "BETA did not replace T-1-2: frozen"
    assert life.keeps(2, text="frozen") == (kept_by(2, why), replace_refused(OPTION, why))
    assert life.parent().order == WAS
    assert [child.price for child in life.parent().live] == [D("100")] * 3
    assert sent(life.amends(asked(price="102", cl_ord_id="B2"))) == [
        "replace 1 ALPHA 100 at 102",
        "replace 2 BETA 100 at 102",
        "replace 3 GAMMA 100 at 102",
    ]


def test_a_replace_that_the_venue_could_not_read_is_none() -> None:
    life = accepted(venue("ALPHA"))
    life.amends(asked(price="101"))
    why = "ALPHA refused MsgType(35) G for T-1-1: bad tag"
    assert life.cannot_read(1, MsgType.ORDER_CANCEL_REPLACE_REQUEST) == (kept_by(1, why), replace_refused(OPTION, why))


# -- what is refused at once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "reason", "text"),
    [
        (asked("0"), OPTION, "OrderQty(38) 0 is not above zero"),
        (asked(price="-1"), OPTION, "Price(44) -1 is not above zero"),
        (
            asked(side=Side.SELL),
            OPTION,
            "Side(54) SELL is not the order's BUY; only quantity, price and time may change",
        ),
        (
            asked(symbol="GLOBEX"),
            OPTION,
            "Symbol(55) GLOBEX is not the order's ACME; only quantity, price and time may change",
        ),
        (
            asked(ord_type=OrdType.MARKET, price=None),
            OPTION,
            "OrdType(40) MARKET is not the order's LIMIT; only quantity, price and time may change",
        ),
        (
            asked(time_in_force=TimeInForce.OPG),
            OPTION,
            "TimeInForce(59) OPG is not supported; DAY, IOC, FOK, GTC and GTD are",
        ),
        (
            asked(time_in_force=TimeInForce.GTD),
            OPTION,
            "ExpireTime(126) or ExpireDate(432) is missing: a GTD order has one",
        ),
        (asked(cl_ord_id="A"), CxlRejReason.DUPLICATE_CL_ORD_ID, "ClOrdID(11) A was used before"),
    ],
)
def test_a_replace_that_cannot_be_is_refused_and_nothing_changes(
    life: Life, target: NewOrderSingle, reason: CxlRejReason, text: str
) -> None:
    assert life.amends(target)[1:] == (replace_refused(reason, text, cl_ord_id=target.cl_ord_id),)
    assert life.parent().requests == []
    assert said(life.amends(asked("450", cl_ord_id="B2")))[-1] == "REPLACED NEW 450"


def test_a_replace_of_an_order_nobody_knows_names_none(life: Life) -> None:
    unknown = replace_refused(
        CxlRejReason.UNKNOWN_ORDER,
        "OrigClOrdID(41) X is no order of this session",
        OrdStatus.REJECTED,
        order_id="",
        orig="X",
    )
    assert life.amends(asked("450"), "X")[1:] == (unknown,)


def test_a_clordid_that_the_store_remembers_was_used_before(life: Life) -> None:
    text = "ClOrdID(11) B was used before"
    assert life.amends(asked("450"), known=True)[1:] == (replace_refused(CxlRejReason.DUPLICATE_CL_ORD_ID, text),)


def test_a_replace_of_what_the_order_was_called_before_is_refused(life: Life) -> None:
    life.amends(asked("450"))
    text = "OrigClOrdID(41) A is not what the order was last accepted as"
    refusal = replace_refused(OPTION, text, cl_ord_id="B2", orig="B")
    assert life.amends(asked("460", cl_ord_id="B2"), "A")[1:] == (refusal,)


# -- before the order is acknowledged ----------------------------------------------------------------------------------


def test_a_replace_before_the_acknowledgement_waits_for_new() -> None:
    """FIX 4.4 Appendix D, D.1.b: New comes first."""
    life = Life(venue("ALPHA"))
    life.order()
    assert life.amends(asked(price="101")) == life.promised(1, order=WAS)
    assert life.accepts(1) == (
        life.hears(2, ExecType.NEW, OrdStatus.PENDING_REPLACE),
        *life.sent_replace(1, "300", "101"),
    )
    assert said(life.replaced(1)) == ["REPLACED NEW 300"]


def test_children_are_amended_as_they_are_acknowledged() -> None:
    life = Life(venue("ALPHA"), venue("BETA"))
    life.order()
    life.amends(asked("200"))
    assert sent(life.accepts(2)) == ["replace 2 BETA 50 at 100"]
    assert [sent(life.accepts(1)), said(life.replaced(2))] == [[], ["REPLACED NEW 200"]]


def test_an_order_that_no_venue_takes_is_rejected_though_a_replace_is_pending() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    life.amends(asked("200"))
    commands = life.rejects(1, "closed")
    assert said(commands) == ["REJECTED REJECTED 300", "9 B TOO_LATE_TO_CANCEL"]
    assert commands[-2:] == finished("no venue took it", OrdStatus.REJECTED)


def test_what_a_venue_rejects_before_new_goes_elsewhere_and_is_amended_there() -> None:
    life = Life(venue("ALPHA"), venue("BETA"), rules=Rules(max_attempts=2), down=("BETA",))
    life.order()
    life.amends(asked("200"))
    life.up("BETA")
    assert sent(life.rejects(1)) == ["new 2 BETA 300"]
    assert sent(life.accepts(2)) == ["replace 2 BETA 200 at 100"]


def test_used_is_said_before_anything_is_told(life: Life) -> None:
    assert life.amends(asked("450"))[0] == used("B")
