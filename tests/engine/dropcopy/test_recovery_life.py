"""A parent's whole life, script by script, rebuilt from its records after each step (see `Scene`)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.core.actions import Kill, Outcome, Scope
from engine.orders.order import Closing
from engine.orders.states import Event, Request
from fix import tags
from fix.enums import CxlRejReason, ExecRestatementReason, ExecType, MsgType, OrdStatus, TimeInForce
from tests.engine.dropcopy.scene import DAY, LISTINGS, VERSIONS, D, Scene

GTC, GTD = TimeInForce.GTC, TimeInForce.GTD


@pytest.fixture(params=VERSIONS)
def scene(request: pytest.FixtureRequest) -> Scene:
    """With an OMS of each version."""
    return Scene(request.param)


def _accepted(scene: Scene, qty: int = 100, time_in_force: TimeInForce = TimeInForce.DAY, ends: int = 0) -> None:
    """c1 rests at the three venues: 30 at ALPHA, the rest at the others."""
    scene.order("c1", qty, "10", time_in_force, ends=ends)
    for venue in LISTINGS:
        scene.says(scene.at(venue), ExecType.NEW)


def _all(scene: Scene, act: Callable[..., None], *words: object) -> None:
    for child in list(scene.parent().live):
        act(child, *words)


# -- replaces ----------------------------------------------------------------------------------------------------------


def test_a_replace_that_every_venue_takes(scene: Scene) -> None:
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    scene.restart()
    assert scene.parent().pending is Request.REPLACE
    for venue in LISTINGS:
        scene.answers(scene.at(venue), OrdStatus.NEW, cl_ord_id=scene.at(venue).request_id)
    assert [each[0] for each in scene.told()] == ["0", "E", "5"]
    assert (scene.parent().order.cl_ord_id, scene.parent().order.price, scene.parent().names) == (
        "c2",
        D("9.9"),
        ["c1"],
    )


@pytest.mark.parametrize("qty", [200, 40])
def test_a_replace_of_the_quantity_that_fills_cross(scene: Scene, qty: int) -> None:
    _accepted(scene)
    scene.replace("c2", "c1", qty)
    _all(scene, scene.fills, 1)
    while scene.parent().requests:
        for child in list(scene.parent().live):
            if child.request is Request.REPLACE:
                scene.replaced(child)
            elif child.request is Request.CANCEL:
                scene.says(child, ExecType.CANCELED)
    assert (scene.parent().order.order_qty, scene.parent().requests) == (D(qty), [])
    scene.restart()
    assert scene.parent().order.order_qty == D(qty)


def test_a_replace_that_the_venues_refuse(scene: Scene) -> None:
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    _all(scene, scene.keeps)
    assert (scene.told()[-1], scene.parent().order.cl_ord_id, scene.parent().names) == ("9 0", "c1", ["c2"])
    scene.replace("c3", "c1", 100, "9.8")
    _all(scene, scene.replaced)
    assert (scene.parent().order.cl_ord_id, scene.parent().names) == ("c3", ["c2", "c1"])


def test_replaces_in_a_chain(scene: Scene) -> None:
    """Appendix D, D.2.b: two pending, then one by one."""
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    scene.replace("c3", "c2", 100, "9.8")
    scene.restart()
    assert [request.cl_ord_id for request in scene.parent().requests] == ["c2", "c3"]
    for _ in range(2):
        for child in list(scene.parent().live):
            if child.in_doubt:
                scene.answers(child, OrdStatus.NEW, cl_ord_id=child.request_id)
        _all(scene, scene.replaced)
    assert (scene.parent().order.cl_ord_id, scene.parent().order.price) == ("c3", D("9.8"))


def test_a_request_that_is_refused_at_once_leaves_the_pending_one_as_it_was(scene: Scene) -> None:
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    scene.replaced(scene.at("ALPHA"))
    assert scene.parent().changed
    for cl_ord_id, orig in (("c2", "c1"), ("c1", "c1"), ("c9", "c1")):
        scene.replace(cl_ord_id, orig, 50)
    assert (scene.parent().changed, scene.parent().names) == (True, [])
    for venue in ("BETA", "GAMMA"):
        scene.replaced(scene.at(venue))
    assert scene.parent().order.cl_ord_id == "c2"


def test_a_filled_order_is_raised(scene: Scene) -> None:
    """Appendix D, C.1.c."""
    _accepted(scene, 30)
    _all(scene, lambda child: scene.fills(child, child.leaves))
    assert (scene.parent().state, scene.open) == (OrdStatus.FILLED, [])
    scene.replace("c2", "c1", 60)
    assert (scene.parent().state, scene.open) == (OrdStatus.PARTIALLY_FILLED, ["A-1"])
    scene.restart()
    assert scene.parent().working == D(30)


def test_a_cancel_behind_a_replace(scene: Scene) -> None:
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    scene.cancel("c3", "c1")
    assert scene.told()[1:] == ["E E", "6 6", "9 6"]
    _all(scene, scene.replaced)
    _all(scene, scene.says, ExecType.CANCELED)
    assert (scene.parent().state, scene.parent().order.cl_ord_id) == (OrdStatus.CANCELED, "c3")


def test_cancels_that_are_refused_and_asked_again(scene: Scene) -> None:
    _accepted(scene)
    scene.cancel("c2", "c1")
    _all(scene, scene.keeps)
    scene.cancel("c3", "c1")
    _all(scene, scene.keeps)
    scene.wait()
    scene.cancel("c4", "c1")
    _all(scene, scene.says, ExecType.CANCELED)
    assert (scene.parent().order.cl_ord_id, scene.parent().names) == ("c4", ["c2", "c3", "c1"])


# -- trades that are not what they were --------------------------------------------------------------------------------


def test_busts_and_corrections(scene: Scene) -> None:
    _accepted(scene)
    alpha = scene.at("ALPHA")
    scene.fills(alpha, 10, exec_id="T1")
    scene.corrects(alpha, "T1", 8, "9.5", exec_id="T2")
    scene.restart()
    scene.busts(scene.at("ALPHA"), "T2")
    assert (scene.parent().cum, scene.parent().notional, scene.parent().ord_status) == (D(0), D(0), OrdStatus.NEW)


@pytest.mark.parametrize("leaves", [0, None])
def test_a_filled_order_is_open_again(scene: Scene, leaves: int | None) -> None:
    """Appendix D, J.1.a: at the venue, or to be sent elsewhere."""
    _accepted(scene, 30)
    _all(scene, lambda child: scene.fills(child, child.leaves))
    assert scene.open == []
    beta = scene.at("BETA")
    scene.busts(beta, next(iter(beta.trades)), leaves=leaves)
    assert (scene.parent().state, scene.open) == (OrdStatus.PARTIALLY_FILLED, ["A-1"])
    scene.restart()
    assert (scene.parent().working, scene.parent().unrouted) == (D(10), D(0))


def test_an_order_that_was_canceled_stays_so_whatever_is_busted(scene: Scene) -> None:
    """Appendix D, J.1.b; also where late fills had filled it in between."""
    _accepted(scene, 30)
    scene.cancel("c2", "c1")
    ended = list(scene.parent().live)
    _all(scene, scene.says, ExecType.CANCELED)
    for child in ended:
        scene.fills(child, child.qty)
    assert scene.parent().state is OrdStatus.FILLED
    scene.busts(ended[1], next(iter(ended[1].trades)), leaves=0)
    assert (scene.parent().state, scene.open, len(scene.parent().children)) == (OrdStatus.CANCELED, [], 3)


# -- days --------------------------------------------------------------------------------------------------------------


def test_a_day_begins(scene: Scene) -> None:
    _accepted(scene, time_in_force=GTC)
    scene.fills(scene.at("ALPHA"), 10)
    scene.next_day()
    scene.wait()
    scene.fills(scene.at("ALPHA"), 5)
    parent = scene.parent()
    assert (parent.day_order_qty, parent.day_cum, parent.cum) == (D(90), D(5), D(15))
    scene.restart()
    assert (scene.parent().day_order_qty, scene.parent().day_cum) == (D(90), D(5))


def test_a_day_begins_with_a_trade(scene: Scene) -> None:
    _accepted(scene, time_in_force=GTC)
    scene.fills(scene.at("ALPHA"), 10, exec_id="T1")
    scene.next_day()
    scene.fills(scene.at("BETA"), 5)
    assert (scene.parent().day_cum, scene.parent().cum_before) == (D(5), D(10))
    scene.next_day()
    scene.corrects(scene.at("ALPHA"), "T1", 8)
    assert (scene.parent().day_cum, scene.parent().cum_before) == (D(0), D(13))
    scene.restart()
    assert (scene.parent().day_cum, scene.parent().cum_before) == (D(0), D(13))


def test_done_for_the_day_and_back_in_the_morning(scene: Scene) -> None:
    _accepted(scene, time_in_force=GTC)
    _all(scene, scene.says, ExecType.DONE_FOR_DAY)
    assert (scene.parent().state, scene.parent().done) == (OrdStatus.DONE_FOR_DAY, False)
    scene.restart()
    scene.next_day()
    _all(scene, scene.answers, OrdStatus.NEW)
    assert (scene.parent().ord_status, scene.parent().working) == (OrdStatus.NEW, D(100))


def test_done_for_the_day_is_the_end_of_a_day_order(scene: Scene) -> None:
    _accepted(scene)
    scene.fills(scene.at("ALPHA"), 10)
    while scene.parent().live:
        scene.says(scene.parent().live[0], ExecType.DONE_FOR_DAY)
    assert (scene.parent().state, scene.open) == (OrdStatus.DONE_FOR_DAY, [])
    scene.fills(scene.at("ALPHA"), 5)
    assert scene.parent().cum == 15


@pytest.mark.parametrize("halt", [ExecType.SUSPENDED, ExecType.STOPPED])
def test_a_halt_and_its_end(scene: Scene, halt: ExecType) -> None:
    _accepted(scene)
    _all(scene, scene.says, halt)
    assert scene.parent().state.value == halt.value
    scene.fills(scene.at("BETA"), 5)
    scene.says(scene.at("ALPHA"), ExecType.NEW)
    assert scene.parent().ord_status is OrdStatus.PARTIALLY_FILLED


def test_a_split_and_a_restatement(scene: Scene) -> None:
    _accepted(scene, time_in_force=GTC)
    scene.fills(scene.at("BETA"), 10, exec_id="T1")
    scene.next_day()
    for child in list(scene.parent().live):
        more = {"order_qty": child.qty * 2, "cum_qty": child.cum * 2, "leaves_qty": child.leaves * 2, "price": D(5)}
        scene.says(child, ExecType.RESTATED, restatement_reason=ExecRestatementReason.GT_CORPORATE_ACTION, **more)
    parent = scene.parent()
    assert (parent.order.order_qty, parent.order.price, parent.cum, parent.cum_before) == (D(200), D(5), D(20), D(20))
    scene.restart()
    scene.busts(scene.at("BETA"), "T1")
    assert (scene.parent().cum, scene.parent().notional) == (D(0), D(0))


def test_a_venue_declines_a_part_that_nobody_else_takes(scene: Scene) -> None:
    _accepted(scene)
    for venue in LISTINGS:
        child = scene.at(venue)
        why = ExecRestatementReason.PARTIAL_DECLINE_OF_ORDER_QTY
        scene.says(child, ExecType.RESTATED, restatement_reason=why, order_qty=child.qty / 2)
    assert scene.parent().order.order_qty < 100
    scene.restart()
    assert scene.parent().unrouted >= 0


# -- ended by the engine -----------------------------------------------------------------------------------------------


def test_a_mass_cancel() -> None:
    scene = Scene()
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    scene.cancel_all("c3")
    scene.restart()
    assert scene.parent().closing == Closing("the OMS's mass cancel c3", Event.CANCELED)
    _all(scene, scene.answers, OrdStatus.NEW)
    _all(scene, scene.says, ExecType.CANCELED)
    assert (scene.parent().state, scene.open) == (OrdStatus.CANCELED, [])


@pytest.mark.parametrize("oms", VERSIONS)
def test_its_oms_is_gone(oms: str) -> None:
    scene = Scene(oms, cancels=True)
    _accepted(scene)
    scene.down("OMS")
    _all(scene, scene.keeps)
    scene.wait()
    scene.restart()
    _all(scene, scene.answers, OrdStatus.CANCELED)
    assert scene.parent().closing == Closing("the session with OMS ended", Event.CANCELED)
    assert (scene.parent().state, scene.open) == (OrdStatus.CANCELED, [])


def test_its_time_has_come(scene: Scene) -> None:
    _accepted(scene, time_in_force=GTD, ends=DAY)
    scene.next_day()
    scene.wait()
    scene.restart()
    _all(scene, scene.answers, OrdStatus.EXPIRED)
    assert (scene.parent().state, scene.open) == (OrdStatus.EXPIRED, [])


@pytest.mark.parametrize("kill", [Kill(Scope.ALL), Kill(Scope.CUSTOMER, "OMS"), Kill(Scope.VENUE, "BETA")])
@pytest.mark.parametrize("taken", [True, False])
def test_a_kill(scene: Scene, kill: Kill, taken: bool) -> None:
    """BETA takes a mass cancel, or does not."""
    _accepted(scene)
    scene.orders(kill)
    if not taken:
        scene.refuses_all("BETA")
    assert scene.at("BETA").request is Request.CANCEL
    scene.restart()
    for child in list(scene.parent().live):
        scene.answers(child, OrdStatus.CANCELED)
    assert scene.parent().live == [] or kill.scope is Scope.VENUE


def test_a_kill_goes_on_where_a_doubt_ended_with_the_trades_that_were_missing() -> None:
    """The venue could not cancel it, told of more trades than we had, and brought them."""
    scene = Scene()
    _accepted(scene)
    alpha = scene.at("ALPHA")
    scene.orders(Kill(Scope.ALL))
    scene.keeps(alpha, CxlRejReason.UNKNOWN_ORDER)
    scene.answers(alpha, OrdStatus.PARTIALLY_FILLED, cum_qty=D(10))
    scene.fills(alpha, 10)
    assert (alpha.request, alpha.changes) == (Request.CANCEL, 2)


def test_a_person_settles(scene: Scene) -> None:
    _accepted(scene)
    for venue in LISTINGS:
        scene.down(venue)
    alpha, beta, gamma = (scene.at(venue) for venue in LISTINGS)
    scene.settle(alpha, Outcome.CANCELED, 10)
    scene.settle(beta, Outcome.WORKING, 0)
    scene.settle(gamma, Outcome.REJECTED, 5)  # cannot be: the venue never had it, and traded 5
    assert [(child.state, child.in_doubt, child.claimed) for child in (alpha, beta, gamma)] == [
        (OrdStatus.CANCELED, False, D(10)),
        (OrdStatus.NEW, False, None),
        (OrdStatus.NEW, True, None),
    ]
    assert (scene.parent().working, scene.parent().unrouted) == (D(80), D(20))
    scene.restart()
    assert scene.parent().unrouted == 100 - scene.parent().working
    scene.fills(scene.parent().children[alpha.cl_ord_id], 10)
    assert scene.parent().cum == D(10)


# -- names -------------------------------------------------------------------------------------------------------------


def test_another_order_under_a_name_that_was_used(scene: Scene) -> None:
    """Appendix D, F.1.a: refused under that name, with how the first one stands."""
    _accepted(scene)
    scene.replace("c2", "c1", 100, "9.9")
    _all(scene, scene.replaced)
    for again in ("c1", "c2"):
        scene.order(again)
        refused = scene.sent("OMS", MsgType.EXECUTION_REPORT)[-1]
        assert (refused[tags.ClOrdID], refused[tags.ExecType], refused[tags.OrderID]) == (again, "8", "A-1")
    assert (scene.parent().reports, scene.parent().ord_status) == (5, OrdStatus.NEW)


def test_an_order_brought_back_from_the_record(scene: Scene) -> None:
    _accepted(scene, 30)
    scene.fills(scene.at("ALPHA"), 5)
    scene.cancel("c2", "c1")
    _all(scene, scene.says, ExecType.CANCELED)
    scene.restart()
    assert scene.core.orders.by_id("A-1") is None
    scene.fills(scene.at("ALPHA"), 5)
    assert (scene.parent().cum, scene.parent().state, scene.open) == (D(10), OrdStatus.CANCELED, [])
    scene.order("c1")
    assert scene.taken == 1
