"""kill -9 of the engine in the middle of 500 parents: nothing lost, nothing twice, and all accounts agree."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random, SystemRandom

import pytest

from engine.core.orders import child_id
from engine.dropcopy.store import Kind, Store
from engine.dropcopy.summary import disagreements, parents
from engine.dropcopy.verify import verify
from fix import tags
from fix.message import Message
from sessions.demo.account import venue_fills
from sessions.demo.flow import orders
from sessions.oms.client import Oms
from tests.world import wait, world

PARENTS = 500
KILLS = 4


@pytest.mark.wire
def test_killed_at_random_points_everything_is_accounted_for(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    random = Random(seed)
    kill_at = sorted(random.sample(range(20, PARENTS - 20), KILLS))
    print(f"killed at parents {kill_at}")
    with world(tmp_path, seed) as scene:
        scene.start_engine()
        oms = scene.oms()
        try:
            wait(lambda: oms.session.up, oms.poll, "logon")
            for number, order in enumerate(orders(seed, PARENTS)):
                oms.send(order, time.time_ns())
                pause = time.monotonic() + 0.004
                while time.monotonic() < pause:
                    oms.poll()
                if number in kill_at:
                    scene.kill_engine()
                    scene.start_engine()
                    wait(lambda: oms.session.up, oms.poll, "logon after the crash")
            _finish(oms)
        finally:
            oms.session.stop()
        scene.stop()
    _check(tmp_path, oms)


def _finish(oms: Oms) -> None:
    """What rests after a while is canceled; then every parent is final."""
    quiet = time.monotonic() + 2.0
    while oms.open and time.monotonic() < quiet:
        oms.poll()
    for ticket in oms.open:
        oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
    wait(lambda: not oms.open, oms.poll, f"all parents final; open: {[t.order.cl_ord_id for t in oms.open][:5]}")


def _check(folder: Path, oms: Oms) -> None:
    assert len(oms.tickets) == PARENTS
    for ticket in oms.tickets.values():
        assert ticket.done
        assert ticket.traded == ticket.cum, f"{ticket.order.cl_ord_id}: reports add up to {ticket.traded}"
    store = Store.open(str(folder / "store.db"), create=False)
    assert verify(store).problem == ""
    told = {cl_ord_id: ticket.cum for cl_ord_id, ticket in oms.tickets.items()}
    assert disagreements(parents(store), told, venue_fills(folder)) == []
    assert store.open_orders() == []
    _nothing_twice_and_doubts_first(store)
    store.close()


def _nothing_twice_and_doubts_first(store: Store) -> None:
    """By the record: each order came once, each child left once, and after a restart a venue with children in doubt
    heard the question about each of them before anything else. A child whose end the venue resent by itself is not in
    doubt any more.
    """
    venue_of = {child.cl_ord_id: child.venue for parent in parents(store) for child in parent.children.values()}
    sent: list[str] = []
    received: list[str] = []
    doubted: dict[str, set[str]] = {}
    asked = 0
    for record in store.records():
        if record.kind == Kind.DECISION and b'"kind":"doubt"' in record.body:
            child = json.loads(record.body)["detail"]["child"]
            doubted.setdefault(venue_of[child], set()).add(child)
        if record.kind == Kind.EVENT and b'"started"' in record.body:
            doubted = {}
        if record.kind == Kind.IN and record.session in doubted and record.msg_type == "8":
            report = Message.parse(record.body)
            if report[tags.OrdStatus] in "248C":
                doubted[record.session].discard(child_id(report[tags.ClOrdID]))
        if record.kind not in (Kind.IN, Kind.OUT) or record.msg_type not in tuple("DFH"):
            continue
        cl_ord_id = Message.parse(record.body)[tags.ClOrdID]
        if record.kind == Kind.IN:
            received += [cl_ord_id] if record.msg_type == "D" else []
        elif record.msg_type == "H":
            doubted.get(record.session, set()).discard(cl_ord_id)
            asked += 1
        else:
            assert not doubted.get(record.session), (
                f"{cl_ord_id} went to {record.session} before {doubted} were asked for"
            )
            sent += [cl_ord_id] if record.msg_type == "D" else []
    assert len(sent) == len(set(sent))
    assert len(received) == len(set(received)) == PARENTS
    print(f"{asked} children in doubt were asked for")
    assert asked > 0
