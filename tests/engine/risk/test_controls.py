"""One order for each limit, in the order of precedence: each has every fault that comes after its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.risk.checks import Refusal
from engine.risk.controls import Controls
from engine.risk.exposure import Open
from engine.risk.limits import CustomerLimits, InstrumentLimits, Limits, VenueLimits
from fix.enums import OrdRejReason, Side
from tests.engine.orders.making import D, new_order

SECOND = 1_000_000_000
LIMIT = OrdRejReason.ORDER_EXCEEDS_LIMIT
OPTION = OrdRejReason.BROKER_OPTION
OTHER = OrdRejReason.OTHER
REF = D(100)

# -- precedence ------------------------------------------------------------------------------------------------------

ALL = Limits(
    every=CustomerLimits(
        collar=D("0.05"),
        period_collar=D("0.04"),
        max_qty=D(100),
        max_value=D(10_000),
        open_value=D(15_000),
        period_value=D(12_000),
        messages=1,
        duplicate_window=SECOND,
        repeats=1,
        locate=True,
    ),
    credit={"ACC": D(15_000)},
    total_open_value=D(15_000),
    restricted=frozenset({"ACME"}),
    self_trade=True,
)
WORST = new_order("200", "90", side=Side.SELL_SHORT)
WORST_TEXT = "SELL_SHORT 200 ACME came more than 1 times in 1 s, the limit repeats"


def _without(limits: Limits, name: str) -> Limits:
    """The next limit comes to bear once this one is lifted."""
    part: Any = limits if name in Limits.__dataclass_fields__ else limits.every
    changed = replace(part, **{name: getattr(type(part)(), name)})
    return changed if part is limits else replace(limits, every=changed)


SAME = "an order with the same Account(1), Symbol(55), Side(54), OrderQty(38) and Price(44)"
PRECEDENCE = [
    ("messages", LIMIT, "more than 1 messages in 1 s, the limit messages"),
    ("repeats", OPTION, f"{WORST_TEXT}; OMS is stopped until a named person enables it"),
    ("restricted", OPTION, "Symbol(55) ACME is on the restricted list"),
    ("locate", OTHER, "LocateReqd(114) is missing: a short sale goes with N, its shares being located"),
    (
        "duplicate_window",
        OrdRejReason.DUPLICATE_ORDER,
        f"{SAME} was sent within duplicate_window, 1 s",
    ),
    ("max_qty", LIMIT, "OrderQty(38) 200 is above max_qty 100"),
    ("collar", LIMIT, "Price(44) 90 is further than collar 0.05 from the reference 100"),
    ("period_collar", LIMIT, "Price(44) 90 is further than period_collar 0.04 from the reference 100 of 60 s ago"),
    ("max_value", LIMIT, "value 20000 is above max_value 10000"),
    ("period_value", LIMIT, "value 20000 with 20000 sent within 60 s is above period_value 12000"),
    ("open_value", LIMIT, "value 20000 with 10000 open is above open_value 15000"),
    ("total_open_value", LIMIT, "value 20000 with what all customers have open is above total_open_value 15000"),
    ("credit", LIMIT, "value 20000 with 10500 that the account has open and traded today is above credit 15000"),
    ("self_trade", OPTION, "SELL_SHORT ACME could trade with an open order of ours on the other side"),
]


def _scene(limits: Limits) -> Controls:
    """The same order was sent a moment ago, without limits; 10000 are open on the other side and 500 traded."""
    watching = replace(Limits(), every=CustomerLimits(duplicate_window=SECOND, period_value=D(10**9), repeats=1))
    controls = Controls(watching, {})
    assert controls.refuse("OMS", WORST, REF, 0) is None
    controls.note("T-1", Open("OMS", "ACC", "ACME", Side.BUY, D(100), D(100)))
    controls.executed("ACC", D(500), 0)
    controls.change(limits)
    controls.message("OMS", 0)
    return controls


def test_each_limit_in_its_turn() -> None:
    limits, said = ALL, []
    for name, _, _ in PRECEDENCE:
        refusal = _scene(limits).refuse("OMS", WORST, REF, 1)
        assert refusal is not None
        said.append((name, refusal.reason, refusal.text))
        limits = _without(limits, name)
    assert said == PRECEDENCE
    assert _scene(limits).refuse("OMS", WORST, REF, 1) is None


def test_a_stop_comes_before_everything() -> None:
    controls = Controls(ALL, {"stopped:OMS": {"why": "it ran away"}})
    text = "OMS is stopped until a named person enables it again, because it ran away"
    assert controls.refuse("OMS", WORST, REF, 0) == Refusal(OPTION, text)


# -- prices ----------------------------------------------------------------------------------------------------------


def _price(limits: CustomerLimits, side: Side, price: str | None, reference: str | None = "100") -> str:
    """The text of the refusal, "" when the order may go."""
    controls = Controls(Limits(every=limits), {})
    order = new_order("1", price, side=side)
    refusal = controls.refuse("OMS", order, None if reference is None else D(reference), 0)
    return "" if refusal is None else refusal.text


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL, Side.SELL_SHORT])
@pytest.mark.parametrize(("price", "goes"), [("95", True), ("94.99", False), ("105", True), ("105.01", False)])
def test_a_collar_holds_on_both_sides(side: Side, price: str, *, goes: bool) -> None:
    text = f"Price(44) {price} is further than collar 0.05 from the reference 100"
    assert _price(CustomerLimits(collar=D("0.05")), side, price) == ("" if goes else text)


@pytest.mark.parametrize(
    ("side", "price", "collar"),
    [
        (Side.BUY, "60", ""),
        (Side.BUY, "49", "passive_collar 0.5"),
        (Side.BUY, "106", "collar 0.05"),
        (Side.SELL, "140", ""),
        (Side.SELL, "151", "passive_collar 0.5"),
        (Side.SELL, "94", "collar 0.05"),
    ],
)
def test_an_order_away_from_the_market_may_have_a_wider_one(side: Side, price: str, collar: str) -> None:
    text = f"Price(44) {price} is further than {collar} from the reference 100" if collar else ""
    assert _price(CustomerLimits(collar=D("0.05"), passive_collar=D("0.5")), side, price) == text


@pytest.mark.parametrize("price", ["100", None])
@pytest.mark.parametrize("reference", [None, "NaN", "Infinity", "0", "-1"])
@pytest.mark.parametrize("name", ["collar", "period_collar"])
def test_a_collar_lets_nothing_pass_without_a_reference(name: str, price: str | None, reference: str | None) -> None:
    text = f"{name} needs a reference price of ACME, and there is none"
    limits = CustomerLimits(**{name: D("0.05")})  # type: ignore[arg-type]
    assert _price(limits, Side.BUY, price, reference) == text


def test_a_collar_of_the_instrument_stands_in_the_place_of_the_customer_s() -> None:
    limits = Limits(every=CustomerLimits(collar=D("0.01")), instruments={"ACME": InstrumentLimits(collar=D("0.1"))})
    said = [
        Controls(limits, {}).refuse("OMS", new_order("1", "105", symbol=symbol), REF, 0) for symbol in ("ACME", "X")
    ]
    text = "Price(44) 105 is further than collar 0.01 from the reference 100"
    assert said == [None, Refusal(LIMIT, text)]


def test_small_steps_that_go_far_meet_the_collar_of_the_period() -> None:
    controls = Controls(Limits(every=CustomerLimits(collar=D("0.05"), period_collar=D("0.1"))), {})
    said = []
    for step, price in enumerate(("100", "104", "108", "112", None)):
        reference = D(100 + 4 * step)
        refusal = controls.refuse("OMS", new_order("1", price), reference, step * SECOND)
        said.append("" if refusal is None else refusal.text)
    assert said == [
        "",
        "",
        "",
        "Price(44) 112 is further than period_collar 0.1 from the reference 100 of 60 s ago",
        "the market at 116 is further than period_collar 0.1 from the reference 100 of 60 s ago",
    ]
    assert controls.refuse("OMS", new_order("1", "116"), D(116), 100 * SECOND) is None


# -- sizes and values ------------------------------------------------------------------------------------------------


def test_a_quantity_of_the_instrument_stands_in_the_place_of_the_customer_s() -> None:
    limits = Limits(every=CustomerLimits(max_qty=D(10)), instruments={"ACME": InstrumentLimits(max_qty=D(1000))})
    said = [Controls(limits, {}).refuse("OMS", new_order("500", symbol=symbol), REF, 0) for symbol in ("ACME", "X")]
    assert said == [None, Refusal(LIMIT, "OrderQty(38) 500 is above max_qty 10")]


@pytest.mark.parametrize("name", ["max_value", "period_value", "open_value"])
def test_values_hold_for_market_orders_and_let_none_pass_without_a_reference(name: str) -> None:
    controls = Controls(Limits(every=CustomerLimits(**{name: D(1000)})), {})  # type: ignore[arg-type]
    order = new_order("10", None)
    said = [controls.refuse("OMS", order, reference, 0) for reference in (None, D("100.1"), D(100))]
    assert said[0] == Refusal(OTHER, f"{name} needs a reference price of ACME, and there is none")
    assert said[1] is not None
    assert (said[1].reason, said[2]) == (LIMIT, None)


def test_a_sale_far_below_the_market_is_worth_what_the_market_gives() -> None:
    controls = Controls(Limits(every=CustomerLimits(max_value=D(1000))), {})
    refusal = controls.refuse("OMS", new_order("100", "0.01", side=Side.SELL), REF, 0)
    assert refusal == Refusal(LIMIT, "value 10000 is above max_value 1000")


def test_what_was_sent_counts_for_the_period_and_then_no_more() -> None:
    controls = Controls(Limits(every=CustomerLimits(period_value=D(1000), period=64 * SECOND)), {})
    order = new_order("6", "100")
    text = "value 600 with 600 sent within 64 s is above period_value 1000"
    assert controls.refuse("OMS", order, REF, 0) is None
    assert controls.refuse("OMS", order, REF, 64 * SECOND) == Refusal(LIMIT, text)
    assert controls.refuse("DESK", order, REF, 64 * SECOND) is None
    assert controls.refuse("OMS", order, REF, 65 * SECOND) is None


def test_what_is_open_counts_until_it_is_over() -> None:
    controls = Controls(Limits(every=CustomerLimits(open_value=D(1000))), {})
    entry = Open("OMS", "ACC", "ACME", Side.BUY, D(6), D(100))
    controls.note("T-1", entry)
    order = new_order("6", "100")
    refusals = [controls.refuse("OMS", order, REF, 0)]
    controls.note("T-1", entry._replace(leaves=D(4)))
    refusals.append(controls.refuse("OMS", order, REF, 0))
    assert refusals == [Refusal(LIMIT, "value 600 with 600 open is above open_value 1000"), None]


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(every=CustomerLimits(open_value=D(10**6))), "open_value"),
        (Limits(total_open_value=D(10**6)), "total_open_value"),
        (Limits(credit={"ACC": D(10**6)}), "credit"),
    ],
)
def test_no_sum_is_believed_while_a_part_of_it_has_no_price(limits: Limits, name: str) -> None:
    controls = Controls(Limits(), {})
    controls.note("T-1", Open("OMS", "ACC", "ACME", Side.BUY, D(6), None))
    controls.change(limits)
    refusal = controls.refuse("OMS", new_order("1"), REF, 0)
    assert refusal == Refusal(OTHER, f"{name} cannot be kept: an open order has no reference price to count at")
    controls.note("T-1", None)
    assert controls.refuse("OMS", new_order("1"), REF, 0) is None


def test_an_account_has_its_credit_or_the_default() -> None:
    controls = Controls(Limits(credit={"ACC": D(1000)}, default_credit=D(0)), {})
    order = new_order("6", "100")
    assert controls.refuse("OMS", order, REF, 0) is None
    controls.executed("ACC", D(600), 0)
    said = [controls.refuse("OMS", o, REF, 0) for o in (order, order._replace(account=""))]
    assert said == [
        Refusal(LIMIT, "value 600 with 600 that the account has open and traded today is above credit 1000"),
        Refusal(LIMIT, "value 600 with 0 that the account has open and traded today is above credit 0"),
    ]
    assert controls.refuse("OMS", order, REF, 86_400 * SECOND) is None


@pytest.mark.parametrize(
    ("entry", "room"),
    [
        (None, 1000),
        (Open("OMS", "", "ACME", Side.BUY, D(9), D(100), None, {"ALPHA": D(4)}), 600),
        (Open("OMS", "", "ACME", Side.BUY, D(90), D(100), None, {"ALPHA": D(40)}), 0),
        (Open("OMS", "", "ACME", Side.BUY, D(9), None, None, {"ALPHA": D(4)}), 0),
        (Open("OMS", "", "ACME", Side.BUY, D(9), D(100), None, {"BETA": D(4)}), 1000),
    ],
)
def test_a_venue_has_room_for_what_is_not_open_there(entry: Open | None, room: int) -> None:
    controls = Controls(Limits(venues={"ALPHA": VenueLimits(open_value=D(1000))}), {})
    controls.note("T-1", entry)
    assert (controls.venue_room("ALPHA"), controls.venue_room("BETA")) == (D(room), None)


# -- how often -------------------------------------------------------------------------------------------------------


def test_orders_replaces_and_cancels_count_together_and_by_customer() -> None:
    controls = Controls(Limits(every=CustomerLimits(messages=3)), {})
    order = new_order()
    controls.message("OMS", 0)
    assert controls.refuse("OMS", order, REF, 0) is None
    assert controls.refuse_change("OMS", "T-1", order, order._replace(price=D(99)), REF, 0) is None
    too_many = Refusal(LIMIT, "more than 3 messages in 1 s, the limit messages")
    assert controls.refuse("OMS", order, REF, 1) == too_many
    assert controls.refuse_change("OMS", "T-1", order, order._replace(order_qty=D(1)), REF, 1) == too_many
    assert controls.refuse("DESK", order, REF, 1) is None
    assert controls.refuse("OMS", order, REF, SECOND) is None


def test_repeats_stop_a_customer_until_somebody_enables_it_even_over_a_restart() -> None:
    limits = Limits(every=CustomerLimits(repeats=2))
    controls = Controls(limits, {})
    order = new_order("5")
    assert [controls.refuse("OMS", order, REF, now) for now in (0, 1)] == [None, None]
    why = "BUY 5 ACME came more than 2 times in 1 s, the limit repeats"
    keep = ("stopped:OMS", {"why": why, "at": 2})
    stopped = Refusal(OPTION, f"{why}; OMS is stopped until a named person enables it", keep)
    assert controls.refuse("OMS", order, REF, 2) == stopped
    again = Controls(Limits(), {keep[0]: keep[1]})  # even when the limit is gone
    for each in (controls, again):
        assert dict(each.stopped) == {"OMS": why}
        later = each.refuse("OMS", new_order("7"), REF, 90 * SECOND)
        assert later == Refusal(OPTION, f"OMS is stopped until a named person enables it again, because {why}")
        assert each.refuse("DESK", order, REF, 90 * SECOND) is None
        assert (each.enable("OMS"), each.enable("OMS")) == (("stopped:OMS", None), None)
        assert each.refuse("OMS", order, REF, 90 * SECOND) is None


def test_a_customer_that_is_enabled_may_repeat_as_often_again() -> None:
    controls, order = Controls(Limits(every=CustomerLimits(repeats=2)), {}), new_order("5")
    assert [controls.refuse("OMS", order, REF, now) is None for now in range(3)] == [True, True, False]
    controls.enable("OMS")
    assert [controls.refuse("OMS", order, REF, now) is None for now in range(3)] == [True, True, False]


def test_a_stopped_customer_may_still_take_quantity_away() -> None:
    controls = Controls(Limits(), {"stopped:OMS": {"why": "it ran away"}})
    order = new_order("5")
    assert controls.refuse_change("OMS", "T-1", order, order._replace(order_qty=D(4)), None, 0) is None
    assert controls.refuse_change("OMS", "T-1", order, order._replace(order_qty=D(6)), REF, 0) is not None


@pytest.mark.parametrize(
    ("side", "given", "goes"),
    [(Side.SELL_SHORT, "N", True), (Side.SELL_SHORT, "Y", False), (Side.SELL, "", True), (Side.BUY, "", True)],
)
def test_a_short_sale_needs_its_shares_located(side: Side, given: str, *, goes: bool) -> None:
    refusal = Controls(Limits(every=CustomerLimits(locate=True)), {}).refuse(
        "OMS", new_order(side=side)._replace(locate=given), REF, 0
    )
    text = f"LocateReqd(114) is {given}: a short sale goes with N, its shares being located"
    assert refusal == (None if goes else Refusal(OTHER, text))


# -- what a person changes -------------------------------------------------------------------------------------------


def test_credit_that_was_used_is_kept_from_when_there_is_a_limit() -> None:
    controls = Controls(Limits(), {})
    assert controls.executed("ACC", D(600), 0) is None
    assert controls.executed("B", D(1), 0) is None
    kept = controls.change(Limits(credit={"ACC": D(1000)}))
    assert kept == (("credit:ACC", {"day": 0, "traded": "600"}),)
    assert controls.executed("ACC", D("-0.5"), 0) == ("credit:ACC", {"day": 0, "traded": "599.5"})
    again = Controls(Limits(credit={"ACC": D(1000)}), {"credit:ACC": {"day": 0, "traded": "599.5"}})
    for each in (controls, again):
        refusal = each.refuse("OMS", new_order("5", "100"), REF, 0)
        assert refusal is not None
        assert "with 599.5 that the account has open" in refusal.text


def test_other_limits_hold_at_once_and_for_whom_they_are() -> None:
    controls = Controls(Limits(), {})
    order = new_order("5", "100")
    assert controls.refuse("OMS", order, REF, 0) is None
    controls.change(Limits(every=CustomerLimits(max_qty=D(4)), customers={"DESK": CustomerLimits()}))
    said = [controls.refuse(session, order, REF, 0) for session in ("OMS", "DESK", "NEW")]
    too_large = Refusal(LIMIT, "OrderQty(38) 5 is above max_qty 4")
    assert said == [too_large, None, too_large]
    assert controls.throttle.room("ALPHA", 0) is None
    controls.change(Limits(venues={"ALPHA": VenueLimits(messages=4, reserve=1)}))
    assert controls.refuse("OMS", order, REF, 0) is None
    assert controls.throttle.room("ALPHA", 0) == 3
