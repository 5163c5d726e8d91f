"""Heartbeats go on whatever the load: QuickFIX keeps time only in a poll that finds nothing to read."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import count, pairwise
from pathlib import Path
from random import SystemRandom

import pytest

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from fix.timestamp import parse_utc
from sessions.oms.client import Oms
from tests.wire.foreign import Oms as Foreign
from tests.world import World, wait, world

pytestmark = pytest.mark.wire
BEAT = 2
IN_FLIGHT = 100


QUIET = """
[[oms]]
name = "QUIET"
dialect = "FIX.4.2"
sender = "MANIFOLD"
target = "QUIET"
"""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[World]:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    with world(tmp_path, seed, heartbeat=BEAT, more=QUIET) as made:
        made.start_engine()
        yield made


def test_no_session_is_lost_under_sustained_flow(scene: World) -> None:
    quiet = Foreign("FIX.4.2", "QUIET", "MANIFOLD").connect(scene.port)
    oms = scene.oms()
    try:
        quiet.log_on(heartbeat=BEAT)
        wait(lambda: oms.session.up, oms.poll, "logon")
        beats = _flood(oms, quiet)
        log = (scene.folder / "engine.log").read_text()
        wait(lambda: not oms.open, oms.poll, "all parents final")
    finally:
        quiet.leaves()
        oms.session.stop()
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    print(f"{len(oms.tickets)} parents, seconds between heartbeats: {[round(gap / 1e9, 2) for gap in gaps]}")
    assert "logged off" not in log
    assert max(gaps) < 2 * BEAT * 1e9
    assert [ticket for ticket in oms.tickets.values() if ticket.traded != ticket.cum] == []


def _flood(oms: Oms, quiet: Foreign) -> list[int]:
    """Orders without a break until the quiet session has heard four heartbeats: when it was sent each, in ns."""
    beats: list[int] = []
    flying: list[str] = []
    due = time.monotonic() + 1
    numbers = count()
    while len(beats) < 4:
        flying = [cl_ord_id for cl_ord_id in flying if not oms.tickets[cl_ord_id].done]
        while len(flying) < IN_FLIGHT:
            flying.append(f"F-{next(numbers)}")
            oms.send(_order(flying[-1]), time.time_ns())
        oms.poll()
        if time.monotonic() > due:
            quiet.says("0")
            due += 1
        if select.select([quiet.connection], [], [], 0)[0]:
            heard = quiet.anything()
            assert heard.picked(35) == "35=0"
            assert heard.get(112) == ""  # no answer, but a heartbeat by itself
            beats.append(parse_utc(heard[52]))
    return beats


def _order(cl_ord_id: str) -> NewOrderSingle:
    now = time.time_ns()
    return NewOrderSingle(cl_ord_id, "ACME", Side.BUY, Decimal(10), OrdType.MARKET, None, TimeInForce.IOC, now)
