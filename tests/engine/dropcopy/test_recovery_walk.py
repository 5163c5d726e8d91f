"""Anything at all happens to a few orders; after each thing every parent is what its records say (see `Scene`)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.actions import Kill, Outcome, Release, Scope, TakeBack, TakeOut
from engine.orders.order import Child
from fix.enums import CxlRejReason, ExecRestatementReason, ExecType, MsgType, OrdStatus, TimeInForce
from tests.engine.dropcopy.scene import DAY, VERSIONS, D, Scene

Act = Callable[[Scene, Child, int], None]
_TERMS = [
    ("10", TimeInForce.DAY, 0),
    ("10", TimeInForce.GTC, 0),
    ("10", TimeInForce.GTD, DAY + 7),
    ("10", TimeInForce.IOC, 0),
    (None, TimeInForce.DAY, 0),
    ("10", TimeInForce.FOK, 0),
    ("10", TimeInForce.GTC, 0),
]
_STATES = [OrdStatus.NEW, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED, OrdStatus.SUSPENDED]
_ENDS = [ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED]
_HALTS = [ExecType.DONE_FOR_DAY, ExecType.SUSPENDED, ExecType.STOPPED, ExecType.CALCULATED, ExecType.NEW]
_MESSAGES = [MsgType.NEW_ORDER_SINGLE, MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_CANCEL_REPLACE_REQUEST]
_REASONS = [*ExecRestatementReason]
_KILLS = [Kill(Scope.ALL), Kill(Scope.CUSTOMER, "OMS"), Kill(Scope.VENUE, "BETA"), Kill(Scope.STRATEGY, "")]


def _name(scene: Scene) -> str:
    return f"c{len(scene.records)}"


def _order(scene: Scene, _: Child, size: int) -> None:
    price, time_in_force, ends = _TERMS[size % len(_TERMS)]
    scene.order(_name(scene), 10 * size, price, time_in_force, ends=ends)


def _of(scene: Scene, size: int) -> str:
    """What one of the orders is called now."""
    return scene.parent(size % scene.taken).order.cl_ord_id


def _replace(scene: Scene, _: Child, size: int) -> None:
    """Up, down, to another price, behind what is pending or behind nothing."""
    number = size % scene.taken
    parent = scene.parent(number)
    orig = parent.requests[-1].cl_ord_id if parent.requests and size > 2 else parent.order.cl_ord_id
    qty = parent.order.order_qty * [D(2), D(1), D("0.5"), D(1), D("1.5")][size % 5]
    scene.replace(_name(scene), orig, int(qty), ["10", "9.9", "10.1"][size % 3], number)


def _split(scene: Scene, child: Child, _: int) -> None:
    scene.says(
        child,
        ExecType.RESTATED,
        restatement_reason=ExecRestatementReason.GT_CORPORATE_ACTION,
        order_qty=child.qty * 2,
        cum_qty=child.cum * 2,
        leaves_qty=child.leaves * 2,
        price=None if child.price is None else child.price / 2,
    )


def _restate(scene: Scene, child: Child, size: int) -> None:
    reason, qty = _REASONS[1 + size % (len(_REASONS) - 1)], max(child.qty + (size - 4) * 3, D(1))
    scene.says(child, ExecType.RESTATED, restatement_reason=reason, order_qty=qty, price=child.price)


def _ref(child: Child, size: int) -> str:
    return [*child.trades, "none"][size % (len(child.trades) + 1)]


ACTS: dict[str, Act] = {
    "order": _order,
    "again": lambda scene, _, size: scene.order(_of(scene, size)),
    "cancel": lambda scene, _, size: scene.cancel(_name(scene), _of(scene, size)),
    "cancel again": lambda scene, _, size: scene.cancel("again", _of(scene, size)),
    "replace": _replace,
    "replace again": lambda scene, _, size: scene.replace("again", _of(scene, size), 30, number=size % scene.taken),
    "cancel all": lambda scene, _, __: scene.cancel_all(_name(scene)),
    "status": lambda scene, _, size: scene.ask(_of(scene, size)),
    "accept": lambda scene, child, _: scene.says(child, ExecType.NEW),
    "some": lambda scene, child, size: scene.fills(child, size),
    "all": lambda scene, child, _: scene.fills(child, child.leaves),
    "too much": lambda scene, child, _: scene.fills(child, child.qty),
    "correct": lambda scene, child, size: scene.corrects(child, _ref(child, size), 4 + size, "9.5"),
    "bust": lambda scene, child, size: scene.busts(child, _ref(child, size), leaves=None if size % 2 else 0),
    "replaced": lambda scene, child, _: scene.replaced(child),
    "replaced to what traded": lambda scene, child, _: scene.replaced(child, order_qty=max(child.cum, D(1))),
    "split": _split,
    "restate": _restate,
    "halt": lambda scene, child, size: scene.says(child, _HALTS[size % len(_HALTS)]),
    "end": lambda scene, child, size: scene.says(child, _ENDS[size % len(_ENDS)]),
    "end with unseen fills": lambda scene, child, _: scene.says(child, ExecType.CANCELED, cum_qty=child.cum + 1),
    "other": lambda scene, child, size: scene.says(child, [*ExecType][size % len(ExecType)]),
    "repeat": lambda scene, _, size: scene.echo(size),
    "answer": lambda scene, child, size: scene.answers(child, _STATES[size % len(_STATES)]),
    "answer as asked": lambda scene, child, _: scene.answers(child, OrdStatus.NEW, cl_ord_id=child.request_id),
    "claim": lambda scene, child, size: scene.answers(child, OrdStatus.NEW, cum_qty=child.cum + size % 3),
    "keep": lambda scene, child, size: scene.keeps(child, [*CxlRejReason][size % 3]),
    "refuse": lambda scene, child, size: scene.refuses(child, _MESSAGES[size % 3], business=size > 3),
    "refuse all": lambda scene, _, __: scene.refuses_all("BETA"),
    "down": lambda scene, child, _: scene.down(child.venue),
    "up": lambda scene, _, __: scene.up(),
    "OMS gone": lambda scene, _, __: scene.down("OMS"),
    "wait": lambda scene, _, __: scene.wait(),
    "next day": lambda scene, _, __: scene.next_day(),
    "show": lambda scene, child, size: scene.display(child.venue, "9.9", "10", size * 5),
    "settle": lambda scene, child, size: scene.settle(child, [*Outcome][size % 3], child.cum + size % 2),
    "kill": lambda scene, _, size: scene.orders(_KILLS[size % len(_KILLS)]),
    "release": lambda scene, _, size: scene.orders(Release(*_KILLS[size % len(_KILLS)])),
    "take out": lambda scene, child, _: scene.orders(TakeOut(child.venue)),
    "take back": lambda scene, child, _: scene.orders(TakeBack(child.venue)),
    "crash": lambda scene, _, __: scene.restart(),
}


def _walk(scene: Scene, acts: list[tuple[str, int, int]]) -> None:
    scene.order("c1", 60, time_in_force=TimeInForce.GTC)
    for act, which, size in acts:
        children = scene.children()
        ACTS[act](scene, children[which % len(children)], size)


WALKS = st.lists(st.tuples(st.sampled_from([*ACTS]), st.integers(0, 8), st.integers(1, 7)), max_size=25)


@pytest.mark.parametrize("oms", VERSIONS)
@settings(deadline=None, max_examples=100)
@given(cancels=st.booleans(), acts=WALKS)
def test_whatever_happens(oms: str, cancels: bool, acts: list[tuple[str, int, int]]) -> None:
    _walk(Scene(oms, cancels=cancels), acts)
