"""Orders that go part by part, rebuilt: `Scene` compares the living with the record after every single thing."""

from __future__ import annotations

from decimal import Decimal

from fix.enums import ExecType, OrdRejReason, OrdStatus
from fix.timestamp import format_utc
from tests.engine.dropcopy.scene import Scene

D = Decimal
SECOND = 1_000_000_000


def twap(scene: Scene, cl_ord_id: str = "c1", start: float = 0) -> None:
    begin, end = (format_utc(scene.now + int(at * SECOND)) for at in (start, start + 60))
    parameters = (("StartTime", begin), ("EndTime", end), ("Slices", "3"))
    scene.order(cl_ord_id, 90, strategy="1001", parameters=parameters)


def test_a_plan_and_what_was_released_of_it() -> None:
    scene = Scene()
    twap(scene)
    assert [len(scene.parent().children), scene.parent().working] == [3, D(30)]
    for child in list(scene.parent().children.values()):
        scene.says(child, ExecType.NEW)
        scene.fills(child, child.qty, "10")
    scene.wait(20 * SECOND)
    assert (scene.parent().cum, scene.parent().working, scene.parent().attempts) == (D(30), D(30), 1)
    assert scene.rebuilt(scene.parent().order_id).plan == scene.parent().plan


def test_what_came_back_is_forgotten_with_the_next_release() -> None:
    scene = Scene()
    twap(scene)
    for child in list(scene.parent().children.values()):
        scene.says(child, ExecType.REJECTED, ord_rej_reason=OrdRejReason.EXCHANGE_CLOSED)
    assert set(scene.parent().avoid.values()) == {-1}
    scene.wait(20 * SECOND)
    assert (scene.parent().avoid, scene.parent().working) == ({}, D(60))


def test_before_its_first_child_it_is_open_and_a_repetition_is_refused() -> None:
    scene = Scene()
    twap(scene, start=30)
    twap(scene, start=30)
    assert (scene.parent().state, scene.parent().children, scene.open) == (OrdStatus.NEW, {}, [scene.parent().order_id])
    scene.wait(31 * SECOND)
    assert scene.parent().working == 30


def test_an_iceberg_that_was_topped_up() -> None:
    scene = Scene()
    scene.order("c1", 90, max_floor=D(30))
    child = scene.at("ALPHA")
    scene.fills(child, child.qty, "10")
    assert scene.parent().working == 30
    assert scene.parent().cum == child.qty
