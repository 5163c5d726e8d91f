from __future__ import annotations

from decimal import Decimal

from fix.enums import ExecType, OrdStatus, Side, TimeInForce
from sessions.simulator.orders import VenueOrder, VenueOrders
from tests.sessions.simulator.making import AT, order

D = Decimal
GTD = TimeInForce.GTD


def test_what_is_open_goes_down_to_nothing_with_the_fills() -> None:
    held = VenueOrder("V-1", order())
    seen = [(held.status, held.leaves)]
    for qty in (40, 60):
        held.filled(D(qty), D(10))
        seen.append((held.status, held.leaves))
    assert seen == [
        (OrdStatus.NEW, D(100)),
        (OrdStatus.PARTIALLY_FILLED, D(60)),
        (OrdStatus.FILLED, D(0)),
    ]


def test_nothing_of_an_order_that_ended_is_open() -> None:
    assert VenueOrder("V-1", order(), OrdStatus.CANCELED).leaves == 0


def test_a_report_says_what_was_done_and_terms_only_where_they_may_be_news() -> None:
    held = VenueOrder("V-1", order())
    held.filled(D(30), D("10.01"))
    held.filled(D(10), D("10.03"))
    trade = held.report("X1", ExecType.TRADE, AT)
    assert (trade.order_qty, trade.cum_qty, trade.leaves_qty, trade.avg_px) == (D(100), D(40), D(60), D("10.015"))
    assert (trade.ord_type, trade.price, trade.time_in_force, trade.day_order_qty) == (None, None, None, None)
    status = held.report("0", ExecType.ORDER_STATUS, AT)
    assert (status.ord_type, status.price, status.time_in_force) == held.order[4:7]


def test_the_day_of_an_order_that_lasts_longer_begins_with_what_is_open_then() -> None:
    held = VenueOrder("V-1", order(time_in_force=TimeInForce.GTC))
    held.filled(D(30), D(10))
    held.next_day()
    held.filled(D(20), D(11))
    report = held.report("X1", ExecType.TRADE, AT)
    assert (report.order_qty, report.cum_qty, report.avg_px) == (D(100), D(50), D("10.4"))
    assert (report.day_order_qty, report.day_cum_qty, report.day_avg_px) == (D(70), D(20), D(11))


def test_an_order_is_found_by_all_its_names_and_keeps_the_first_for_the_accounts() -> None:
    orders, held = VenueOrders(), VenueOrder("V-1", order("C1"))
    orders.add(held)
    orders.replace(held, order("C2", 50))
    orders.use("C3")
    assert [orders.by_cl_ord_id(name) for name in ("C1", "C2", "C3")] == [held, held, None]
    assert [orders.used(name) for name in ("C1", "C2", "C3", "C4")] == [True, True, True, False]
    assert (held.came_as, held.orig_cl_ord_id, held.order.cl_ord_id) == ("C1", "C1", "C2")
    assert (orders.by_id("V-1"), orders.by_id("V-2")) == (held, None)


def test_those_that_work_are_told_by_symbol_and_side() -> None:
    orders = VenueOrders()
    made = [
        VenueOrder("V-1", order("C1")),
        VenueOrder("V-2", order("C2", side=Side.SELL)),
        VenueOrder("V-3", order("C3", symbol="OTHER")),
        VenueOrder("V-4", order("C4")),
    ]
    for held in made:
        orders.add(held)
    made[3].status = OrdStatus.EXPIRED
    assert [held.order_id for held in orders.working()] == ["V-1", "V-2", "V-3"]
    assert [held.order_id for held in orders.working("ACME")] == ["V-1", "V-2"]
    assert [held.order_id for held in orders.working("ACME", Side.SELL)] == ["V-2"]


def test_those_good_till_a_time_end_then_once_the_earliest_first() -> None:
    orders = VenueOrders()
    for number, end in ((1, 30), (2, 10), (3, 20)):
        orders.add(VenueOrder(f"V-{number}", order(f"C{number}", time_in_force=GTD, expire_time=AT + end)))
    later = orders.by_id("V-3")
    assert later is not None
    orders.replace(later, later.order._replace(cl_ord_id="C4", expire_time=AT + 40))
    ended = []
    for passed in (9, 25, 30, 40, 50):
        for held in orders.expired(AT + passed):
            held.status = OrdStatus.EXPIRED
            ended.append((passed, held.order_id))
    assert ended == [(25, "V-2"), (30, "V-1"), (40, "V-3")]
