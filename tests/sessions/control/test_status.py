"""What a person sees of a running engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from engine.core.actions import Kill, Scope, TakeOut
from sessions.control.status import carried_over, status_of
from sessions.control.words import DoubtState, KillState, SessionState, VenueState
from tests.sessions.cycle.scene import ORDER, Scene


def test_sessions_venues_kills_and_what_is_in_doubt(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.start()
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.beta.logged(up=False)
    scene.turn()
    scene.engine._decider.instructed("ann", "desk", "they ask for it", TakeOut("ALPHA"), scene.now)
    scene.engine._decider.instructed("ann", "desk", "stop", Kill(Scope.CUSTOMER, "OMS"), scene.now)
    status = status_of(scene.engine, "here")
    assert (status.instance, status.open_orders, status.doubts, status.stopped) == ("here", 1, 1, [])
    assert status.sessions == [
        SessionState(name="OMS", role="oms", up=True),
        SessionState(name="COPY", role="drop copy", up=True),
        SessionState(name="ALPHA", role="venue", up=True),
        SessionState(name="BETA", role="venue", up=False),
    ]
    assert status.venues == [
        VenueState(name="ALPHA", state="out", reason="by ann: they ask for it"),
        VenueState(name="BETA", state="out", reason="its session is down"),
    ]
    assert status.kills == [KillState(scope=Scope.CUSTOMER, name="OMS", by="ann", reason="stop", open=2)]
    assert status.in_doubt == [
        DoubtState(
            cl_ord_id="T-1-2",
            venue="BETA",
            symbol="ACME",
            order="C1",
            open_qty=Decimal(50),
            reason="last heard: PENDING_NEW, CumQty(14) 0",
        )
    ]
    scene.store.close()


def test_what_an_earlier_run_left_in_force_is_told_at_the_next_start(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.start()
    assert carried_over(scene.engine) == []
    tell = scene.engine._decider.instructed
    tell("ann", "desk", "they ask for it", TakeOut("ALPHA"), scene.now)
    tell("bob", "desk", "stop", Kill(Scope.CUSTOMER, "OMS"), scene.now)
    tell("bob", "desk", "all of it", Kill(Scope.ALL, ""), scene.now)
    scene.turn()
    scene.store.close()
    again = Scene(tmp_path)
    again.start()
    assert carried_over(again.engine) == [
        "everything is killed by bob: all of it; in force until it is released",
        "customer OMS is killed by bob: stop; in force until it is released",
        "ALPHA was taken out of routing: they ask for it",
    ]
    again.store.close()
