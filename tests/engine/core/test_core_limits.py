"""Risk before the wire: what is refused, and how what is open counts while it changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.core.actions import ChangeLimits, Enable
from engine.core.commands import Command, Decide, Decision, Keep
from engine.core.events import OrderReceived
from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits, VenueLimits
from fix.business import NewOrderSingle
from fix.enums import CxlRejReason, ExecType, OrdRejReason, OrdStatus, Side
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted, replace_refused
from tests.engine.core.script import SECOND, decided
from tests.engine.orders.making import D, new_order
from tests.engine.routing.making import venue

EXCEEDS, OPTION, OTHER = OrdRejReason.ORDER_EXCEEDS_LIMIT, OrdRejReason.BROKER_OPTION, OrdRejReason.OTHER
ALPHA = venue("ALPHA")


def of_customer(**limits: object) -> Limits:
    return Limits(every=CustomerLimits(**limits))  # type: ignore[arg-type]


def refused(life: Life, order: NewOrderSingle, reason: OrdRejReason, text: str, of: int) -> tuple[Command, ...]:
    order_id = f"T-{of}"
    rejected = ExecType.REJECTED
    told = life.told(1, rejected, OrdStatus.REJECTED, order=order, order_id=order_id, text=text, reason=reason)
    return decided(Decision.REFUSE, text, {"OrdRejReason": reason.value}, order_id), told


# -- orders ------------------------------------------------------------------------------------------------------------

BIG, SMALL = new_order("300", cl_ord_id="N"), new_order("10", cl_ord_id="S")
SHORT = BIG._replace(side=Side.SELL_SHORT)


@pytest.mark.parametrize(
    ("limits", "order", "reason", "text"),
    [
        (of_customer(max_qty=D("299")), BIG, EXCEEDS, "OrderQty(38) 300 is above max_qty 299"),
        (of_customer(max_value=D("29999")), BIG, EXCEEDS, "value 30000 is above max_value 29999"),
        (of_customer(open_value=D("29999")), BIG, EXCEEDS, "value 30000 with 0 open is above open_value 29999"),
        (
            of_customer(period_value=D("29999")),
            BIG,
            EXCEEDS,
            "value 30000 with 0 sent within 60 s is above period_value 29999",
        ),
        (
            Limits(total_open_value=D("29999")),
            BIG,
            EXCEEDS,
            "value 30000 with what all customers have open is above total_open_value 29999",
        ),
        (
            Limits(credit={"ACC": D("29999")}),
            BIG,
            EXCEEDS,
            "value 30000 with 0 that the account has open and traded today is above credit 29999",
        ),
        (of_customer(messages=0), BIG, EXCEEDS, "more than 0 messages in 1 s, the limit messages"),
        (Limits(restricted=frozenset({"ACME"})), BIG, OPTION, "Symbol(55) ACME is on the restricted list"),
        (
            of_customer(locate=True),
            SHORT,
            OTHER,
            "LocateReqd(114) is missing: a short sale goes with N, its shares being located",
        ),
        (of_customer(collar=D("0.1")), BIG, OTHER, "collar needs a reference price of ACME, and there is none"),
        (
            Limits(instruments={"ACME": InstrumentLimits(max_qty=D("299"))}),
            BIG,
            EXCEEDS,
            "OrderQty(38) 300 is above max_qty 299",
        ),
    ],
)
def test_a_refusal_has_its_reason_and_its_sentence_and_leaves_no_trace(
    limits: Limits, order: NewOrderSingle, reason: OrdRejReason, text: str
) -> None:
    life = Life(ALPHA, limits=limits)
    assert life.order(order) == refused(life, order, reason, text, of=1)
    assert life.core.orders.by_cl_ord_id("OMS", "N") is None
    assert life.core.floor.controls._exposure.value("all") == 0
    life.told_to(ChangeLimits(Limits()))
    assert sent(life.order(order)) == ["new 1 ALPHA 300"]


def test_a_price_too_far_from_the_market_is_refused_and_a_market_order_has_none() -> None:
    life = Life(ALPHA, limits=of_customer(collar=D("0.05")))
    assert said(life.order(new_order(price=None))) == ["REJECTED REJECTED 300"]
    life.shows("ALPHA", "10 at 101", bids=("10 at 99",))
    far = new_order(price="106", cl_ord_id="F")
    text = "Price(44) 106 is further than collar 0.05 from the reference 100"
    assert life.order(far) == refused(life, far, EXCEEDS, text, of=2)
    assert sent(life.order(new_order(price="105", cl_ord_id="G"))) == ["new 1 ALPHA 300"]
    assert sent(life.order(new_order(price=None, cl_ord_id="H"))) == ["new 1 ALPHA 300"]


def test_an_order_that_could_trade_with_ours_is_refused() -> None:
    life = accepted(ALPHA, limits=Limits(self_trade=True))
    sale = new_order(side=Side.SELL, cl_ord_id="N")
    text = "SELL ACME could trade with an open order of ours on the other side"
    assert life.order(sale) == refused(life, sale, OPTION, text, of=2)
    life.ends(1)
    assert sent(life.order(sale)) == ["new 1 ALPHA 300"]


def test_the_same_order_at_once_is_taken_for_a_mistake() -> None:
    life = Life(ALPHA, limits=of_customer(duplicate_window=SECOND))
    life.order()
    text = "an order with the same Account(1), Symbol(55), Side(54), OrderQty(38) and Price(44) was sent within "
    again = new_order(cl_ord_id="N")
    duplicate = OrdRejReason.DUPLICATE_ORDER
    assert life.order(again) == refused(life, again, duplicate, f"{text}duplicate_window, 1 s", of=2)
    life.now += SECOND
    assert sent(life.order(new_order(cl_ord_id="M"))) == ["new 1 ALPHA 300"]


# -- what is open ------------------------------------------------------------------------------------------------------


def value(life: Life) -> str:
    open_now = life.core.floor.controls._exposure.value("customer", "OMS")
    assert open_now == life.core.floor.controls._exposure.value("all")
    return f"{open_now:.0f}"


@pytest.fixture
def counted() -> Life:
    """300 at 100 open at ALPHA; 50 000 may be."""
    return accepted(ALPHA, limits=of_customer(open_value=D("50000")))


def test_what_trades_is_open_no_more(counted: Life) -> None:
    assert value(counted) == "30000"
    counted.trades(1, "100 at 99")
    assert value(counted) == "20000"
    counted.trades(1, "200 at 99")
    assert value(counted) == "0"


def test_what_is_canceled_is_open_until_the_venue_has_said_so(counted: Life) -> None:
    counted.cancel()
    assert value(counted) == "30000"
    counted.ends(1)
    assert value(counted) == "0"


def test_what_is_in_doubt_is_open(counted: Life) -> None:
    counted.down("ALPHA")
    assert value(counted) == "30000"


def test_a_trade_that_is_cancelled_is_open_again(counted: Life) -> None:
    counted.trades(1, "300 at 99", exec_id="X")
    counted.takes_back(1, "X", "100 at 99", leaves="200")
    assert value(counted) == "20000"


def test_a_pending_raise_counts_as_if_it_were_granted(counted: Life) -> None:
    counted.amends(counted.wants("400", "101", cl_ord_id="B"))
    assert value(counted) == "40400"
    counted.keeps(1)
    assert value(counted) == "30000"


def test_a_raise_behind_another_request_counts_from_the_moment_it_is_asked_for(counted: Life) -> None:
    counted.amends(counted.wants("200", cl_ord_id="B"))
    counted.amends(counted.wants("400", cl_ord_id="C"), orig="B")
    assert value(counted) == "40000"
    counted.replaced(1)
    assert value(counted) == "40000"


def test_a_pending_reduction_counts_when_it_is_granted(counted: Life) -> None:
    counted.amends(counted.wants("200", cl_ord_id="B"))
    assert value(counted) == "30000"
    counted.replaced(1)
    assert value(counted) == "20000"


def test_a_raise_beyond_the_limit_is_refused_and_a_reduction_never_is(counted: Life) -> None:
    text = "value 30000 with 30000 open is above open_value 50000"
    refusal = replace_refused(CxlRejReason.BROKER_OPTION, text)
    commands = counted.amends(counted.wants("600", cl_ord_id="B"))
    assert commands == (decided(Decision.REFUSE, text, {"CxlRejReason": "2"}), refusal)
    counted.told_to(ChangeLimits(of_customer(open_value=D("1"))))
    assert said(counted.amends(counted.wants("200", cl_ord_id="B2")))[0].startswith("PENDING_REPLACE")


def test_what_one_has_open_another_has_not(counted: Life) -> None:
    assert said(counted.order(new_order("201", cl_ord_id="N"))) == ["REJECTED REJECTED 201"]
    assert sent(counted.does(OrderReceived("OTHER", new_order("201")))) == ["new 1 ALPHA 201"]


def test_a_venue_gets_no_more_than_may_be_open_there() -> None:
    limits = Limits(venues={"ALPHA": VenueLimits(open_value=D("10000"))})
    life = Life(ALPHA, venue("BETA"), limits=limits)
    assert sent(life.order(new_order("200"))) == ["new 1 ALPHA 100", "new 2 BETA 100"]
    assert sent(life.order(new_order("10", cl_ord_id="N"))) == ["new 1 BETA 10"]
    life.trades(1, "100 at 99")
    assert sent(life.order(new_order("10", cl_ord_id="M"))) == ["new 1 ALPHA 5", "new 2 BETA 5"]


def test_a_trade_of_today_counts_for_the_credit_of_its_account_and_is_remembered() -> None:
    life = accepted(ALPHA, limits=Limits(credit={"ACC": D("40000")}))
    keep = Keep("", "credit:ACC", {"day": 0, "traded": "9900"})
    assert life.trades(1, "100 at 99", exec_id="X")[-1] == keep
    assert said(life.order(new_order("102", cl_ord_id="N"))) == ["REJECTED REJECTED 102"]
    life.takes_back(1, "X", leaves="300")
    assert sent(life.order(new_order("99", cl_ord_id="M"))) == ["new 1 ALPHA 99"]


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_message_too_many_is_refused_and_a_cancel_never_is() -> None:
    life = accepted(ALPHA, limits=of_customer(messages=2))
    assert said(life.cancel())[0].startswith("PENDING_CANCEL")
    assert said(life.order(new_order("10", cl_ord_id="N"))) == ["REJECTED REJECTED 10"]
    assert said(life.cancel("C2", "C")) == ["9 C2 ALREADY_PENDING"]
    life.now += SECOND
    assert sent(life.order(new_order("10", cl_ord_id="M"))) == ["new 1 ALPHA 10"]


def test_a_replace_that_is_refused_counts_once() -> None:
    life = accepted(ALPHA, limits=of_customer(messages=3, max_qty=D("1000")))
    assert said(life.amends(life.wants("2000", cl_ord_id="B"))) == ["9 B BROKER_OPTION"]
    assert sent(life.order(new_order("10", cl_ord_id="N"))) == ["new 1 ALPHA 10"]
    assert said(life.order(new_order("20", cl_ord_id="M"))) == ["REJECTED REJECTED 20"]


def test_replaces_that_are_one_too_many_do_not_keep_the_customer_out_for_ever() -> None:
    life = accepted(ALPHA, limits=of_customer(messages=1))
    for number in range(4):
        life.now += SECOND // 4
        commands = life.amends(life.wants("200", cl_ord_id=f"B{number}"))
    assert said(commands) == ["PENDING_REPLACE PENDING_REPLACE 300"]


# -- a customer that loops ---------------------------------------------------------------------------------------------


def test_a_customer_that_repeats_itself_is_stopped_until_a_named_person_enables_it() -> None:
    life = accepted(ALPHA, limits=of_customer(repeats=1))
    why = "BUY 300 ACME came more than 1 times in 1 s, the limit repeats"
    text = f"{why}; OMS is stopped until a named person enables it"
    order = new_order(cl_ord_id="A2")
    decision, told = refused(life, order, OPTION, text, of=2)
    assert life.order(order) == (
        decision,
        decided(Decision.THROTTLE, text, {"customer": "OMS"}, order_id=""),
        Keep("", "stopped:OMS", {"why": why, "at": life.now}),
        told,
    )
    life.now += 3600 * SECOND
    order = new_order("10", cl_ord_id="A3")
    text = f"OMS is stopped until a named person enables it again, because {why}"
    assert life.order(order) == refused(life, order, OPTION, text, of=3)
    assert said(life.cancel())[0].startswith("PENDING_CANCEL")
    assert life.told_to(Enable("OMS"), "bob", "mended") == (
        decided(Decision.THROTTLE, "bob lets OMS go on: mended", {"customer": "OMS"}, order_id=""),
        Keep("", "stopped:OMS", None),
    )
    assert sent(life.order(new_order("10", cl_ord_id="A4"))) == ["new 1 ALPHA 10"]


def test_a_stop_survives_a_restart() -> None:
    kept: Mapping[str, Mapping[str, object]] = {"stopped:OMS": {"why": "it loops", "at": 1}}
    life = Life(ALPHA, limits=of_customer(repeats=1), kept=kept)
    assert said(life.order()) == ["REJECTED REJECTED 300"]


def test_a_customer_that_is_not_stopped_cannot_be_enabled() -> None:
    why = "ada asked for what cannot be done: OMS is not stopped"
    assert Life().told_to(Enable("OMS")) == (decided(Decision.REFUSE, why, order_id=""),)


# -- the throttle of a venue -------------------------------------------------------------------------------------------


def throttled(messages: int, reserve: int) -> Limits:
    return Limits(venues={"ALPHA": VenueLimits(messages=messages, reserve=reserve, window=SECOND)})


def test_what_a_venue_cannot_be_sent_now_goes_elsewhere() -> None:
    life = Life(ALPHA, venue("BETA"), limits=throttled(2, 1))
    assert sent(life.order()) == ["new 1 ALPHA 150", "new 2 BETA 150"]
    assert sent(life.order(new_order(cl_ord_id="N"))) == ["new 1 BETA 300"]
    life.now += SECOND
    assert sent(life.order(new_order(cl_ord_id="M"))) == ["new 1 ALPHA 150", "new 2 BETA 150"]


def test_cancels_have_a_reserve_and_those_beyond_it_wait_for_a_tick() -> None:
    life = Life(ALPHA, limits=throttled(3, 1))
    for number in (1, 2):
        life.order(new_order(cl_ord_id=f"A{number}"))
        life.accepts(f"T-{number}-1")
    assert sent(life.cancel("C1", "A1")) == ["cancel 1 ALPHA"]
    assert sent(life.cancel("C2", "A2")) == []
    assert life.waits(0.5) == ()
    assert life.waits(0.5) == life.sent_cancel("T-2-1", "the OMS cancels")
    assert life.waits(1) == ()


def test_a_replace_waits_for_a_tick_as_well() -> None:
    life = accepted(ALPHA, limits=throttled(2, 1))
    assert sent(life.amends(life.wants("200", cl_ord_id="B"))) == []
    assert life.waits(0.9) == ()
    assert life.waits(0.1) == life.sent_replace(1, "200")


def test_what_waits_is_forgotten_when_nobody_wants_it_any_more() -> None:
    life = accepted(ALPHA, limits=throttled(2, 1))
    life.amends(life.wants("200", cl_ord_id="B"))
    life.trades(1, "300 at 99")
    assert life.waits(1) == ()


# -- other limits ------------------------------------------------------------------------------------------------------


def test_limits_change_while_orders_are_open_and_who_changed_them_is_on_record(counted: Life) -> None:
    lower = of_customer(open_value=D("30000"))
    assert counted.told_to(ChangeLimits(lower), "bob", "a quiet day") == (
        decided(Decision.LIMITS, "bob changes the limits: a quiet day", order_id=""),
    )
    assert said(counted.order(new_order("1", cl_ord_id="N"))) == ["REJECTED REJECTED 1"]
    assert counted.told_to(ChangeLimits(lower), "bob", "again") == (
        decided(Decision.LIMITS, "bob finds the limits unchanged: again", order_id=""),
    )


def test_what_was_opened_without_limits_counts_when_there_are_some() -> None:
    life = accepted(ALPHA)
    life.told_to(ChangeLimits(of_customer(open_value=D("50000"))))
    assert value(life) == "30000"
    assert said(life.order(new_order("201", cl_ord_id="N"))) == ["REJECTED REJECTED 201"]


def test_what_ended_while_there_were_no_limits_counts_no_more(counted: Life) -> None:
    counted.told_to(ChangeLimits(Limits()))
    counted.ends(1)
    counted.told_to(ChangeLimits(of_customer(open_value=D("50000"))))
    assert value(counted) == "0"


def test_credit_that_is_new_remembers_what_was_traded_today() -> None:
    life = accepted(ALPHA, limits=of_customer(open_value=D("50000")))
    life.trades(1, "100 at 99")
    decision, *keep = life.told_to(ChangeLimits(Limits(default_credit=D("1000000"))))
    assert isinstance(decision, Decide)
    assert keep == [Keep("", "credit:ACC", {"day": 0, "traded": "9900"})]


def test_an_order_that_no_lot_takes_is_not_one_that_was_sent() -> None:
    """Or the next try, of another quantity that is worth the same, would be one too many."""
    life = Life(venue("ALPHA", minimum="50"), limits=of_customer(period_value=D("1500"), duplicate_window=SECOND))
    assert said(life.order(new_order("10"))) == ["REJECTED REJECTED 10"]
    life.does(OrderReceived("OMS", new_order("10", cl_ord_id="N")))
    sent_value = life.core.floor.controls._history("OMS").sent_value.at(life.now)
    assert sent_value == 0
