"""The demo's orders, and the OMS that sends them."""

from __future__ import annotations

import io
from collections import Counter
from decimal import Decimal

import pytest
from rich.console import Console

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from sessions.demo import flow
from sessions.demo.config import SYMBOLS, VENUES
from sessions.demo.flow import Change, Tally, changes, orders, trade
from sessions.demo.processes import DemoError
from sessions.oms.client import Oms, terms
from tests.sessions.oms.desk import FILLED, desk
from tests.world import free_port

D = Decimal


def made(seed: int, count: int) -> list[NewOrderSingle]:
    return [order._replace(transact_time=0) for order in orders(seed, count)]


def test_one_seed_makes_the_same_orders_and_another_makes_others() -> None:
    assert made(7, 200) == made(7, 200)
    assert made(7, 200) != made(8, 200)
    assert made(7, 200)[:30] == made(7, 30)


def test_most_orders_are_larger_than_what_any_one_venue_shows() -> None:
    shown = [venue.levels * venue.size for venue in VENUES]
    for seed in range(20):
        large = sum(order.order_qty > max(shown) for order in made(seed, 200))
        assert large > 100, f"seed {seed}: {large} of 200"


def test_there_is_some_of_everything() -> None:
    kinds = Counter((order.side, order.ord_type, order.symbol) for order in made(1, 200))
    assert kinds.keys() == {
        (side, ord_type, symbol)
        for side in (Side.BUY, Side.SELL)
        for ord_type in (OrdType.MARKET, OrdType.LIMIT)
        for symbol in SYMBOLS
    }


def test_every_order_is_sound() -> None:
    for order in made(3, 500):
        assert order.order_qty >= 1
        assert (order.price is None) is (order.ord_type is OrdType.MARKET)
        assert order.price is None or abs(order.price - SYMBOLS[order.symbol]) < 1
    assert [order.cl_ord_id for order in made(3, 3)] == ["DEMO-0001", "DEMO-0002", "DEMO-0003"]


def test_some_of_those_that_may_rest_are_changed_and_one_seed_changes_the_same() -> None:
    for seed in range(20):
        by_name = {order.cl_ord_id: order for order in made(seed, 200)}
        wanted = changes(seed, by_name.values())
        canceled = [name for name, change in wanted.items() if not change.qty]
        assert 8 <= len(canceled) <= 50, f"seed {seed}"
        assert 8 <= len(wanted) - len(canceled) <= 50, f"seed {seed}"
        assert all(by_name[name].price is not None for name in wanted), f"seed {seed}"
        assert {by_name[name].time_in_force for name in wanted} == {TimeInForce.DAY}, f"seed {seed}"
        assert wanted == changes(seed, by_name.values())
        early = changes(seed, made(seed, 30))
        assert early == {name: change for name, change in wanted.items() if name <= "DEMO-0030"}


# -- an OMS sends them -------------------------------------------------------------------------------------------------


def screen() -> Console:
    return Console(file=io.StringIO())


@pytest.mark.wire
def test_the_oms_sends_all_and_is_done_when_all_are_final() -> None:
    tally = Tally()
    with desk(heard=tally.heard) as scene:

        def counterparty() -> None:
            for order in scene.all_heard():
                qty = order[38]
                scene.reports(order, "F", "2", f"38={qty}|14={qty}|151=0|6=10|32={qty}|31=10|30=XBET")

        trade(screen(), scene.oms, tally, 1, 5, counterparty)
        assert [ticket.order.cl_ord_id for ticket in scene.oms.tickets.values() if ticket.done] == [
            f"DEMO-000{number}" for number in range(1, 6)
        ]
        total = sum((order.order_qty for order in made(1, 5)), D(0))
        assert (tally.fills, tally.qty, tally.notional) == ({"XBET": 5}, {"XBET": total}, {"XBET": total * 10})


@pytest.mark.wire
def test_what_rests_is_canceled_and_what_nobody_answers_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "REST", 0.0)
    monkeypatch.setattr(flow, "END_PATIENCE", 2.0)
    canceled: list[str] = []
    with desk() as scene:

        def counterparty() -> None:
            canceled.extend(message[41] for message in scene.all_heard() if message.msg_type == "F")

        trade(screen(), scene.oms, Tally(), 1, 3, counterparty)
        assert canceled == ["DEMO-0001", "DEMO-0002", "DEMO-0003"]
        assert [ticket.order.cl_ord_id for ticket in scene.oms.open] == canceled


@pytest.mark.wire
def test_orders_are_changed_while_they_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counterparty fills every other order at once, and grants every request about the others."""
    monkeypatch.setattr(flow, "CHANGE", 0.5)
    monkeypatch.setattr(flow, "CHANGE_WITHIN", 0.0)
    monkeypatch.setattr(flow, "RATE", 20.0)
    wanted = changes(1, made(1, 12))
    asked: dict[str, str] = {}
    with desk() as scene:

        def counterparty() -> None:
            for heard in scene.all_heard():
                qty, name = heard[38], heard[11]
                if heard.msg_type == "D" and int(name[-4:]) % 2:
                    scene.reports(heard, "F", "2", f"38={qty}|14={qty}|151=0|6=10|32={qty}|31=10")
                elif heard.msg_type == "D":
                    scene.reports(heard, "0", "0", f"38={qty}|151={qty}")
                elif int(heard[41].removesuffix("-R")[-4:]) % 2:
                    scene.says("9", f"37=E|11={name}|41={heard[41]}|39=2|102=0|434=1|58=too late|")
                elif heard.msg_type == "G":
                    asked[heard[41]] = f"{qty} at {heard[44]}"
                    scene.reports(heard, "5", "0", f"37=E|11={name}|41={heard[41]}|38={qty}|151={qty}")
                else:
                    asked.setdefault(heard[41].removesuffix("-R"), "cancel")
                    scene.reports(heard, "4", "4", f"37=E|11={name}|41={heard[41]}|38={qty}")

        trade(screen(), scene.oms, Tally(), 1, 12, counterparty)
        even = [f"DEMO-{number:04d}" for number in range(2, 13, 2)]
        expected = dict.fromkeys(even, "cancel") | {
            name: f"{change.qty} at {change.price}" for name, change in wanted.items() if change.qty and name in even
        }
        assert asked == expected
        assert (scene.oms.open, [*scene.oms.unanswered], scene.oms.refusals) == ([], [], [])


@pytest.mark.wire
def test_an_order_that_is_over_is_not_changed() -> None:
    with desk() as scene:
        [order] = scene.sends("A")
        scene.reports(order, "F", "2", FILLED)
        scene.until("final")
        for qty in (0, 100):
            flow._change(scene.oms, "A", Change(0.0, D(qty), D(10)))
        assert scene.oms.tickets["A"].names == ["A"]


@pytest.mark.wire
def test_an_engine_that_lets_nobody_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "START_PATIENCE", 0.1)
    oms = Oms(terms("FIX.4.4", "NOBODY", "MANIFOLD", ("127.0.0.1", free_port())))
    try:
        with pytest.raises(DemoError, match="the engine did not let the OMS log on"):
            trade(screen(), oms, Tally(), 1, 1, lambda: None)
    finally:
        oms.session.stop()


@pytest.mark.wire
def test_whoever_checks_may_end_it_at_any_time() -> None:
    def interrupted() -> None:
        raise DemoError("interrupted", 1)

    with desk() as scene, pytest.raises(DemoError, match="interrupted"):
        trade(screen(), scene.oms, Tally(), 1, 100, interrupted)


def test_the_table_shows_every_venue_from_the_start() -> None:
    out = Console(file=io.StringIO(), width=80)
    out.print(Tally(fills={"XBET": 2}, qty={"XBET": D(300)}, notional={"XBET": D(30_003)}).table())
    assert isinstance(out.file, io.StringIO)
    assert [line.rstrip() for line in out.file.getvalue().splitlines()] == [
        "venue  FIX         fills  quantity  average price",
        "ALPHA  FIX.4.2         0         0",
        "BETA   FIX.4.4         2       300       100.0100",
        "GAMMA  FIX.5.0SP2      0         0",
    ]
