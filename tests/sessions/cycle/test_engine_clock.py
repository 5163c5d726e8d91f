"""A clock that is set back: what is waited for is waited for no longer than it should be."""

from __future__ import annotations

import json

from tests.sessions.cycle.scene import ORDER, SECOND, Scene


def test_a_clock_that_is_set_back_stops_nothing_and_is_on_record(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.now -= 3600 * SECOND
    scene.turn()
    assert json.loads(scene.records("event")[-1]) == {
        "event": "clock set back",
        "ns": 3600 * SECOND,
        "ahead_ns": 3600 * SECOND,
    }
    scene.now += 5 * SECOND
    scene.turn()
    assert scene.reasons("doubt") == [f"{venue} has not answered in 5 s" for venue in ("ALPHA", "BETA")]


def test_instants_on_record_do_not_go_back(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.now -= 60 * SECOND
    scene.oms.heard("D", ORDER.replace("11=C1", "11=C2"), at=scene.now)
    scene.turn()
    instants = [record.at for record in scene.all_records() if record.kind == "decision"]
    assert instants == sorted(instants)
