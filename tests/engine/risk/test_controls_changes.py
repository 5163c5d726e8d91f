"""What a replace of an open order is refused for."""

from __future__ import annotations

import pytest

from engine.risk.checks import Refusal
from engine.risk.controls import Controls
from engine.risk.exposure import Open
from engine.risk.limits import CustomerLimits, Limits
from fix.business import NewOrderSingle
from fix.enums import OrdRejReason, Side
from tests.engine.orders.making import D, new_order

LIMIT = OrdRejReason.ORDER_EXCEEDS_LIMIT
REF = D(100)


def _change(limits: Limits, target: NewOrderSingle, leaves: str = "60", *, current: str = "100") -> Refusal | None:
    """Of an order for 100 at `current`, of which `leaves` are open."""
    controls = Controls(limits, {})
    order = new_order("100", current)
    controls.note("T-1", Open("OMS", "ACC", "ACME", Side.BUY, D(leaves), D(current)))
    controls.note("T-2", Open("OMS", "ACC", "ACME", Side.SELL, D(10), D(103)))
    return controls.refuse_change("OMS", "T-1", order, target, REF, 0)


@pytest.mark.parametrize(
    ("limits", "target", "text"),
    [
        (Limits(restricted=frozenset({"ACME"})), new_order("100", "99"), "Symbol(55) ACME is on the restricted list"),
        (Limits(every=CustomerLimits(max_qty=D(50))), new_order("100", "99"), ""),
        (Limits(every=CustomerLimits(max_qty=D(50))), new_order("101"), "OrderQty(38) 101 is above max_qty 50"),
        (
            Limits(every=CustomerLimits(collar=D("0.01"))),
            new_order("100", "102"),
            "Price(44) 102 is further than collar 0.01 from the reference 100",
        ),
        (Limits(every=CustomerLimits(max_value=D(9_000))), new_order("100", "99"), ""),
        (Limits(every=CustomerLimits(max_value=D(9_000))), new_order("80", "125"), ""),
        (
            Limits(every=CustomerLimits(max_value=D(9_000))),
            new_order("110"),
            "value 11000 is above max_value 9000",
        ),
        (Limits(every=CustomerLimits(period_value=D(1_000))), new_order("110"), ""),
        (
            Limits(every=CustomerLimits(period_value=D(1_000))),
            new_order("111"),
            "value 1100 with 0 sent within 60 s is above period_value 1000",
        ),
        # 60 at 100 and 10 at 103 are open
        (Limits(every=CustomerLimits(open_value=D(7_500))), new_order("104"), ""),
        (
            Limits(every=CustomerLimits(open_value=D(7_500))),
            new_order("105"),
            "value 500 with 7030 open is above open_value 7500",
        ),
        (Limits(every=CustomerLimits(open_value=D(7_060))), new_order("100", "100.5"), ""),
        (Limits(every=CustomerLimits(open_value=D(1))), new_order("50"), ""),
        (Limits(every=CustomerLimits(open_value=D(1))), new_order("90", "99"), ""),
        (Limits(self_trade=True), new_order("100", "102"), ""),
        (
            Limits(self_trade=True),
            new_order("100", "103"),
            "BUY ACME could trade with an open order of ours on the other side",
        ),
    ],
)
def test_of_a_change_only_what_it_adds_counts(limits: Limits, target: NewOrderSingle, text: str) -> None:
    refusal = _change(limits, target)
    assert (refusal.text if refusal else "") == text


def test_a_change_that_takes_away_needs_no_reference_and_one_that_does_not_needs_it() -> None:
    limits = Limits(every=CustomerLimits(collar=D("0.1"), max_value=D(1), open_value=D(1)))
    controls, order = Controls(limits, {}), new_order("100")
    assert controls.refuse_change("OMS", "T-1", order, order._replace(order_qty=D(99)), None, 0) is None
    refusal = controls.refuse_change("OMS", "T-1", order, order._replace(price=D(99)), None, 0)
    assert refusal == Refusal(OrdRejReason.OTHER, "collar needs a reference price of ACME, and there is none")


def test_a_change_to_another_account_is_new_to_it() -> None:
    limits = Limits(credit={"ACC": D(10**6), "B": D(5_000)})
    refusal = _change(limits, new_order("100", "100")._replace(account="B"))
    text = "value 6000 with 0 that the account has open and traded today is above credit 5000"
    assert refusal == Refusal(LIMIT, text)


def test_raising_an_order_that_was_filled_adds_what_is_new() -> None:
    limits = Limits(every=CustomerLimits(open_value=D(1_500)))
    controls, order = Controls(limits, {}), new_order("100")
    assert controls.refuse_change("OMS", "T-9", order, order._replace(order_qty=D(115)), REF, 0) is None
    assert controls.refuse_change("OMS", "T-9", order, order._replace(order_qty=D(116)), REF, 0) is not None


def test_what_a_change_adds_counts_for_the_period() -> None:
    controls, order = Controls(Limits(every=CustomerLimits(period_value=D(1_500))), {}), new_order("100")
    controls.note("T-1", Open("OMS", "ACC", "ACME", Side.BUY, D(100), D(100)))
    assert controls.refuse_change("OMS", "T-1", order, order._replace(order_qty=D(110)), REF, 0) is None
    refusal = controls.refuse("OMS", new_order("6", "100"), REF, 0)
    assert refusal == Refusal(LIMIT, "value 600 with 1000 sent within 60 s is above period_value 1500")
