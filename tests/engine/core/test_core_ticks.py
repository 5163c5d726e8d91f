"""A tick that asks for nothing leaves no trace: a replay knows only of those that did, and must come to the same.

`Life` holds every script here, and of all other tests, against a core that is spared such ticks; here are the scripts
in which the difference would show.
"""

from __future__ import annotations

import pytest

from engine.core.actions import TakeBack, TakeOut
from engine.market.health import Watch
from engine.risk.limits import Limits, VenueLimits
from fix.enums import TimeInForce
from tests.engine.core.counts import sent
from tests.engine.core.life import Life, accepted
from tests.engine.core.script import SECOND
from tests.engine.orders.making import new_order
from tests.engine.routing.making import venue

ALPHA, BETA = venue("ALPHA"), venue("BETA")


def test_a_tick_is_not_missed_where_it_asks_for_something() -> None:
    life = Life(ALPHA)
    life.order()
    life.twin.handle = life.core.handle = lambda *_: ()  # type: ignore[method-assign]
    assert life.waits(5) == ()


def test_the_witness_notices_a_tick_that_leaves_a_trace() -> None:
    life = accepted(ALPHA)
    life.core.floor.prefix = "U"
    with pytest.raises(AssertionError, match="left a trace"):
        life.up("ALPHA")


def test_a_child_that_may_stay_after_all_is_as_it_was() -> None:
    """It would not leave; its venue is back before it is asked again, and then another venue fills the whole order."""
    life = accepted(ALPHA, BETA)
    life.told_to(TakeOut("ALPHA"))
    life.keeps(1)
    life.told_to(TakeBack("ALPHA"))
    assert life.waits(5) == ()
    life.lawful = False
    commands = life.trades(2, "300 at 99")
    assert [each for each in sent(commands) if each != "cancel 1 ALPHA"] == []
    assert sent(life.trades(1, "1 at 99")) in ([], ["cancel 1 ALPHA"])


def test_a_question_that_is_not_due_is_not_moved() -> None:
    life = Life(ALPHA, BETA)
    life.order()
    assert life.waits(4.9) == ()
    assert sent(life.waits(0.1)) == ["ask 1 ALPHA", "ask 2 BETA"]
    assert life.waits(4.9) == ()
    assert sent(life.waits(0.1)) == ["ask 1 ALPHA", "ask 2 BETA"]


def test_a_throttle_that_lets_nothing_go_yet_is_not_moved() -> None:
    life = accepted(ALPHA, limits=Limits(venues={"ALPHA": VenueLimits(messages=2, reserve=1, window=SECOND)}))
    life.amends(life.wants("200", cl_ord_id="B"))
    for _ in range(9):
        assert life.waits(0.1) == ()
    assert sent(life.waits(0.1)) == ["replace 1 ALPHA 200 at 100"]


def test_a_venue_that_waits_for_its_probe_is_not_moved() -> None:
    life = Life(ALPHA, BETA, watch={"ALPHA": Watch(rejects=1, stale=10 * SECOND)})
    life.order()
    life.accepts(2)
    life.rejects(1)
    life.accepts(3)
    for _ in range(29):
        assert life.waits(1) == ()
    assert len(life.waits(1)) == 1


def test_a_day_that_begins_with_a_tick_that_says_nothing_begins_with_whatever_comes_next() -> None:
    life = Life(ALPHA)
    assert life.waits(86_400) == ()
    life.order(new_order(time_in_force=TimeInForce.GTC))
    life.accepts(1)
    assert life.waits(3600) == ()
    assert len(life.waits(23 * 3600)) == 1


def test_a_gtd_order_that_is_over_may_be_open_again() -> None:
    gtd = new_order(time_in_force=TimeInForce.GTD)._replace(expire_time=100 * SECOND)
    life = accepted(ALPHA, order=gtd)
    life.trades(1, "300 at 99", exec_id="X")
    assert life.waits(10) == ()
    life.takes_back(1, "X", leaves="300")
    assert sent(life.waits(100)) == ["cancel 1 ALPHA"]


def test_a_child_that_would_not_leave_and_is_open_again_is_asked_again() -> None:
    """Filled meanwhile, a tick passes over it in silence; a trade taken back opens it again."""
    life = accepted(ALPHA, BETA)
    assert sent(life.told_to(TakeOut("ALPHA"))) == ["cancel 1 ALPHA"]
    life.keeps(1)
    life.trades(1, "150 at 99", exec_id="X")
    assert life.waits(10) == ()
    life.takes_back(1, "X", leaves="150")
    life.order(new_order(cl_ord_id="B"))
    assert sent(life.waits(10)) == ["cancel 1 ALPHA", "ask 1 BETA"]
