"""What a named person settles by hand, what an OMS asks of all its orders at once, and what it denies."""

from __future__ import annotations

import pytest

from engine.core.actions import Outcome, Settle
from engine.core.commands import Closed, Command, Decision, Report, ReportMassCancel, Used
from engine.core.events import MassStatusRequested, OmsDown, OrderReceived, TradeDenied
from engine.core.placing import Rules
from fix.business import (
    ZERO,
    DontKnowTrade,
    NewOrderSingle,
    OrderMassCancelReport,
    OrderMassStatusRequest,
)
from fix.enums import (
    DKReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    OrdStatus,
    Side,
)
from tests.engine.core.counts import said, sent
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import decided, denied, finished
from tests.engine.orders.making import D, new_order, trade
from tests.engine.routing.making import venue

ONE, EVERY = MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY, MassCancelRequestType.CANCEL_ALL_ORDERS


def cannot(why: str) -> tuple[Command, ...]:
    return (decided(Decision.REFUSE, f"ada asked for what cannot be done: {why}", order_id=""),)


def settled(outcome: str, cum: str = "0") -> Command:
    detail = {"child": "T-1-1", "outcome": outcome, "cum_qty": cum}
    return decided(Decision.SETTLE, f"ada settles T-1-1 as {outcome}: they called", detail)


# -- settled by hand ---------------------------------------------------------------------------------------------------


@pytest.fixture
def doubtful() -> Life:
    """100 each at three venues; ALPHA went before it acknowledged."""
    life = Life()
    life.order()
    life.accepts(2)
    life.accepts(3)
    life.down("ALPHA")
    return life


def settles(life: Life, outcome: Outcome, cum: str = "0", child: str = "T-1-1") -> tuple[Command, ...]:
    return life.told_to(Settle(child, outcome, D(cum)), "ada", "they called")


def test_it_works(doubtful: Life) -> None:
    assert settles(doubtful, Outcome.WORKING) == (settled("working"),)
    assert doubtful.child(1)[1].state is OrdStatus.NEW
    assert sent(doubtful.up("ALPHA")) == []
    assert said(doubtful.trades(1, "100 at 99")) == ["TRADE PARTIALLY_FILLED 300"]


def test_it_works_and_the_oms_hears_new() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    life.down("ALPHA")
    assert settles(life, Outcome.WORKING) == (settled("working"), life.told_new())


def test_it_was_canceled_and_its_quantity_goes_elsewhere(doubtful: Life) -> None:
    assert settles(doubtful, Outcome.CANCELED) == (
        settled("canceled"),
        *doubtful.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2),
    )


def test_it_was_canceled_after_trades_that_have_not_been_seen(doubtful: Life) -> None:
    """60 are claimed: only 40 go elsewhere, and the trades are booked when they come."""
    assert sent(settles(doubtful, Outcome.CANCELED, "60")) == ["new 4 BETA 20", "new 5 GAMMA 20"]
    doubtful.up("ALPHA")
    assert said(doubtful.trades(1, "60 at 99")) == ["TRADE PARTIALLY_FILLED 300"]
    assert doubtful.parent().unrouted == 0


def test_it_never_arrived(doubtful: Life) -> None:
    assert settles(doubtful, Outcome.REJECTED) == (
        settled("rejected"),
        *doubtful.routed("100 by weight", "4 BETA 50", "5 GAMMA 50", attempt=2),
    )


def test_the_last_child_of_an_order_that_no_venue_took() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    life.down("ALPHA")
    commands = settles(life, Outcome.REJECTED)
    assert said(commands) == ["REJECTED REJECTED 300"]
    assert commands[-1] == Closed("T-1")


def test_the_last_child_of_an_order_that_is_canceled() -> None:
    life = Life(venue("ALPHA"))
    life.order()
    life.down("ALPHA")
    life.cancel()
    assert said(settles(life, Outcome.CANCELED)) == ["CANCELED CANCELED 300"]


def test_what_works_at_a_venue_that_is_down_is_asked_for_before_it_is_cancelled(doubtful: Life) -> None:
    settles(doubtful, Outcome.WORKING)
    assert sent(doubtful.cancel()) == ["cancel 2 BETA", "cancel 3 GAMMA"]
    assert sent(doubtful.up("ALPHA")) == ["ask 1 ALPHA"]
    assert sent(doubtful.answers(1, OrdStatus.NEW)) == ["cancel 1 ALPHA"]


def test_what_works_at_a_venue_that_is_down_is_asked_for_before_it_is_replaced(doubtful: Life) -> None:
    settles(doubtful, Outcome.WORKING)
    assert sent(doubtful.amends(doubtful.wants(price="101", cl_ord_id="B"))) == [
        "replace 2 BETA 100 at 101",
        "replace 3 GAMMA 100 at 101",
    ]
    assert sent(doubtful.up("ALPHA")) == ["ask 1 ALPHA"]
    assert sent(doubtful.stands(1, OrdStatus.NEW, "100", "100")) == ["replace 1 ALPHA 100 at 101"]


@pytest.mark.parametrize(
    ("child", "outcome", "cum", "why"),
    [
        ("T-9-1", Outcome.WORKING, "0", "T-9-1 is no child of an order in hand"),
        ("T-1-2", Outcome.WORKING, "0", "T-1-2 is not in doubt: NEW"),
        (
            "T-1-1",
            Outcome.CANCELED,
            "101",
            "CumQty(14) 101 of T-1-1 must be between what it traded, 0, and its quantity, 100",
        ),
        (
            "T-1-1",
            Outcome.CANCELED,
            "-1",
            "CumQty(14) -1 of T-1-1 must be between what it traded, 0, and its quantity, 100",
        ),
    ],
)
def test_what_cannot_be_settled_so_stays_as_it_was(
    doubtful: Life, child: str, outcome: Outcome, cum: str, why: str
) -> None:
    assert settles(doubtful, outcome, cum, child) == cannot(why)
    assert doubtful.child(1)[1].in_doubt


def test_what_has_traded_was_not_rejected() -> None:
    life = accepted(venue("ALPHA"))
    life.trades(1, "40 at 99")
    life.down("ALPHA")
    assert settles(life, Outcome.REJECTED, "40") == cannot("what ALPHA rejected has traded nothing, not 40")
    assert settles(life, Outcome.CANCELED, "30") == cannot(
        "CumQty(14) 30 of T-1-1 must be between what it traded, 40, and its quantity, 300"
    )


# -- all orders of an OMS ----------------------------------------------------------------------------------------------


def mass(
    life: Life, total: int, what: MassCancelRequestType = EVERY, side: Side | None = None, symbol: str = ""
) -> Command:
    response = MassCancelResponse(what.value)
    report = OrderMassCancelReport(
        "T-OMS-M", "M", what, response, None, total, symbol=symbol, side=side, transact_time=life.now
    )
    return ReportMassCancel("", "OMS", report)


def mass_refused(
    life: Life, what: MassCancelRequestType, reason: MassCancelRejectReason, text: str, symbol: str = ""
) -> tuple[Command, ...]:
    rejected = MassCancelResponse.CANCEL_REQUEST_REJECTED
    report = OrderMassCancelReport(
        "T-OMS-M", "M", what, rejected, reason, symbol=symbol, transact_time=life.now, text=text
    )
    return decided(Decision.REFUSE, text, {"session": "OMS"}, order_id=""), ReportMassCancel("", "OMS", report)


def two_sides() -> Life:
    """A buys 300 and S sells 300 at ALPHA; OTHER has one of its own."""
    life = accepted(venue("ALPHA"))
    life.order(new_order(cl_ord_id="S", side=Side.SELL))
    life.does(OrderReceived("OTHER", new_order()))
    life.accepts("T-2-1")
    life.accepts("T-3-1")
    return life


def test_an_oms_cancels_all_it_has_and_nothing_of_anybody_else() -> None:
    life = two_sides()
    reason = "the OMS's mass cancel M"
    assert life.mass_cancels() == (
        decided(Decision.CANCEL, "mass cancel M of 2 orders", {"session": "OMS"}, order_id=""),
        Used("", "OMS", "M"),
        mass(life, 2),
        decided(Decision.CLOSE, reason, {"as": "CANCELED"}),
        *life.sent_cancel(1, reason),
        decided(Decision.CLOSE, reason, {"as": "CANCELED"}, "T-2"),
        *life.sent_cancel("T-2-1", reason),
    )
    assert life.ends(1) == (
        life.hears(2, ExecType.CANCELED, OrdStatus.CANCELED, text=reason),
        *finished(reason, OrdStatus.CANCELED),
    )


def test_or_one_side_of_it() -> None:
    life = two_sides()
    commands = life.mass_cancels(side=Side.SELL)
    assert commands[2] == mass(life, 1, side=Side.SELL)
    assert [each for each in commands if isinstance(each, Used)] == [Used("", "OMS", "M")]
    assert sent(commands) == ["cancel 1 ALPHA"]
    assert life.parent(2).closing is not None
    assert life.parent(1).closing is None


def test_or_one_security() -> None:
    life = two_sides()
    assert life.mass_cancels(ONE, "ACME")[2] == mass(life, 2, ONE, symbol="ACME")


def test_or_nothing_where_it_has_nothing() -> None:
    life = Life(venue("ALPHA"))
    assert life.mass_cancels()[1:] == (Used("", "OMS", "M"), mass(life, 0))


def test_what_is_pending_is_answered_first() -> None:
    life = accepted(venue("ALPHA"))
    life.amends(life.wants("200", cl_ord_id="B"))
    assert said(life.mass_cancels()) == ["9 B BROKER_OPTION"]
    assert sent(life.replaced(1)) == ["cancel 1 ALPHA"]


@pytest.mark.parametrize(
    ("what", "symbol", "reason", "text"),
    [
        (
            ONE,
            "GLOBEX",
            MassCancelRejectReason.INVALID_OR_UNKNOWN_SECURITY,
            "Symbol(55) GLOBEX is not traded here",
        ),
        (
            MassCancelRequestType.CANCEL_ORDERS_FOR_A_PRODUCT,
            "",
            MassCancelRejectReason.MASS_CANCEL_NOT_SUPPORTED,
            "MassCancelRequestType(530) CANCEL_ORDERS_FOR_A_PRODUCT is not supported; 1 and 7 are",
        ),
    ],
)
def test_a_mass_cancel_that_cannot_be_is_refused(
    what: MassCancelRequestType, symbol: str, reason: MassCancelRejectReason, text: str
) -> None:
    life = two_sides()
    assert life.mass_cancels(what, symbol) == mass_refused(life, what, reason, text, symbol)
    assert life.parent().closing is None


def test_its_clordid_is_used_once() -> None:
    life = two_sides()
    text, other = "ClOrdID(11) M was used before", MassCancelRejectReason.OTHER
    assert life.mass_cancels(known=True) == mass_refused(life, EVERY, other, text)


def asks_for_all(life: Life, what: MassStatusReqType, symbol: str = "", side: Side | None = None) -> list[str]:
    request = OrderMassStatusRequest("Q", what, symbol, side)
    told = [each.report for each in life.does(MassStatusRequested("OMS", request)) if isinstance(each, Report)]
    return [
        f"{r.order_id} {r.cl_ord_id} {r.ord_status.name} {r.mass_status_req_id} {r.tot_num_reports} "
        f"{'last' if r.last_rpt_requested else 'more'} {r.text}".rstrip()
        for r in told
    ]


def test_an_oms_asks_how_all_it_has_stands() -> None:
    life = two_sides()
    life.trades(1, "40 at 99")
    every, one = MassStatusReqType.STATUS_FOR_ALL_ORDERS, MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY
    assert asks_for_all(life, every) == ["T-1 A PARTIALLY_FILLED Q 2 more", "T-2 S NEW Q 2 last"]
    assert asks_for_all(life, one, "ACME", Side.SELL) == ["T-2 S NEW Q 1 last"]
    assert asks_for_all(life, one, "GLOBEX") == ["NONE  REJECTED Q 0 last no open order"]
    party = MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_PARTY_ID
    text = "MassStatusReqType(585) STATUS_FOR_ORDERS_FOR_A_PARTY_ID is not supported; 1 and 7 are"
    assert asks_for_all(life, party) == [f"NONE  REJECTED Q 0 last {text}"]


# -- its session ends --------------------------------------------------------------------------------------------------


def test_the_orders_of_an_oms_that_is_gone_are_cancelled_where_that_is_the_rule() -> None:
    rules = Rules(cancel_on_disconnect=frozenset({"OMS"}))
    life = accepted(venue("ALPHA"), rules=rules)
    life.does(OrderReceived("OTHER", new_order()))
    reason = "the session with OMS ended"
    assert life.does(OmsDown("OMS")) == (
        decided(Decision.CLOSE, reason, {"as": "CANCELED"}),
        *life.sent_cancel(1, reason),
    )
    assert life.does(OmsDown("OMS")) == ()
    assert life.does(OmsDown("OTHER")) == ()
    assert life.ends(1)[0] == life.hears(2, ExecType.CANCELED, OrdStatus.CANCELED, text=reason)


def test_they_stay_where_it_is_not() -> None:
    assert accepted().does(OmsDown("OMS")) == ()


# -- trades that one side does not know --------------------------------------------------------------------------------


def test_a_trade_the_oms_does_not_know_is_for_a_person_and_stays_booked() -> None:
    life = accepted(venue("ALPHA"))
    life.trades(1, "40 at 99")
    denial = DontKnowTrade("T-1", "T-1-E2", DKReason.CALCULATION_DIFFERENCE, "ACME", Side.BUY, text="39")
    reason = "OMS does not know the trade T-1-E2 of T-1: DKReason(127) CALCULATION_DIFFERENCE 39"
    assert life.does(TradeDenied("OMS", denial)) == (decided(Decision.ALERT, reason),)
    assert life.parent().cum == 40


def test_a_trade_of_no_order_is_denied_to_the_venue() -> None:
    life = accepted(venue("ALPHA"))
    report = trade(life.child(1)[1], "40", "99")._replace(cl_ord_id="X")
    commands = life.says_as_it_is("ALPHA", report)
    assert commands[1:] == (denied("ALPHA", "X", DKReason.NO_MATCHING_ORDER, report),)


def test_a_trade_on_the_other_side_is_denied_to_the_venue() -> None:
    life = accepted(venue("ALPHA"))
    report = trade(life.child(1)[1], "40", "99")._replace(side=Side.SELL)
    commands = life.says_as_it_is("ALPHA", report)
    assert commands[1:] == (denied("ALPHA", "T-1-1", DKReason.WRONG_SIDE, report, "T-1"),)
    assert life.parent().cum == ZERO


# -- possibly resent ---------------------------------------------------------------------------------------------------


def resent(life: Life, order: NewOrderSingle) -> tuple[Command, ...]:
    return life.does(OrderReceived("OMS", order, resend=True))


def test_an_order_that_comes_again_with_possresend_is_told_how_it_stands() -> None:
    """FIX 4.4 Appendix D, F.1.b."""
    life = accepted(venue("ALPHA"))
    life.trades(1, "40 at 99")
    reason = "PossResend(97)=Y of ClOrdID(11) A, which came before"
    assert resent(life, new_order()) == (
        decided(Decision.IGNORE, reason),
        life.hears(0, ExecType.ORDER_STATUS, OrdStatus.PARTIALLY_FILLED, cum="40", avg="99"),
    )


def test_an_order_that_never_came_before_is_taken_though_it_says_possresend() -> None:
    assert sent(resent(Life(venue("ALPHA")), new_order())) == ["new 1 ALPHA 300"]
