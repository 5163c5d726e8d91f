"""kill -9 of the engine in the middle of its work: nothing lost, nothing twice, and all accounts agree.

The OMS amends and cancels meanwhile. MANIFOLD_KILLS=50 in the environment kills it fifty times.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from heapq import heappop, heappush
from pathlib import Path
from random import Random, SystemRandom

import pytest

from engine.core.orders import child_id
from engine.dropcopy.store import Kind, Store
from engine.dropcopy.summary import parents
from engine.dropcopy.verify import verify
from fix import tags
from fix.business import NewOrderSingle
from fix.message import Message
from sessions.cycle.replay import replay
from sessions.demo.account import disputed, venue_fills
from sessions.demo.config import VENUES as DEMO_VENUES
from sessions.demo.flow import _change, changes, orders
from sessions.oms.client import Oms
from tests import postgres
from tests.world import PATIENCE, World, wait, world

pytestmark = pytest.mark.wire
PARENTS = 500
VENUES = frozenset(venue.name for venue in DEMO_VENUES)
KILLS = int(os.environ.get("MANIFOLD_KILLS", "4"))
BURST = 60


class Desk:
    """The OMS, and what it wants of its orders later on. `poll` asks for what is due."""

    def __init__(self, oms: Oms, seed: int, flow: Sequence[NewOrderSingle]) -> None:
        self.oms = oms
        self._wanted = changes(seed, flow)
        self._due: list[tuple[float, str]] = []

    def send(self, order: NewOrderSingle) -> None:
        self.oms.send(order, time.time_ns())
        change = self._wanted.get(order.cl_ord_id)
        if change is not None:
            heappush(self._due, (time.monotonic() + change.after, order.cl_ord_id))

    def poll(self) -> bool:
        came = self.oms.poll()
        while self._due and self._due[0][0] <= time.monotonic():
            cl_ord_id = heappop(self._due)[1]
            _change(self.oms, cl_ord_id, self._wanted[cl_ord_id])
        return came


@pytest.fixture
def seed() -> int:
    chosen = SystemRandom().randrange(1_000_000)
    print(f"seed {chosen}")
    return chosen


@pytest.fixture
def scene(tmp_path: Path, seed: int) -> Iterator[World]:
    with world(tmp_path, seed) as made:
        made.start_engine()
        yield made


def test_killed_at_random_points_everything_is_accounted_for(scene: World, seed: int) -> None:
    kill_at = sorted(Random(seed).sample(range(20, PARENTS - 20), KILLS))
    print(f"killed at parents {kill_at}")
    flow = list(orders(seed, PARENTS))
    with _logged_on(scene) as oms:
        desk = Desk(oms, seed, flow)
        for number, order in enumerate(flow):
            desk.send(order)
            pause = time.monotonic() + 0.004
            while time.monotonic() < pause:
                desk.poll()
            if number in kill_at:
                _restart(scene)
                wait(lambda: oms.session.up, desk.poll, "logon after the crash")
        _finish(desk)
    scene.stop()
    assert _check(scene, oms, PARENTS) > 0


def test_killed_while_everybody_talks_everything_is_accounted_for(scene: World, seed: int) -> None:
    """Bursts: hundreds of messages are on their way in all directions when it happens."""
    _bursts(scene, seed, lambda: _restart(scene), rounds=3)


def test_killed_again_while_it_starts_everything_is_accounted_for(scene: World, seed: int) -> None:
    random = Random(seed)

    def kill() -> None:
        scene.kill_engine()
        for _ in range(2):
            engine = scene.start_engine(ready=False)
            said = random.choice(
                [r"(open orders recovered|listening on)", r"listening on", r"^(ALPHA|BETA|GAMMA) logged on"]
            )
            print(f"killed again at {said!r}")
            engine.wait_for(said, time.monotonic() + PATIENCE)
            scene.kill_engine()
        scene.start_engine()

    _bursts(scene, seed, kill, rounds=2)


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing())
def test_killed_beside_a_postgresql_store_everything_is_accounted_for(tmp_path: Path, seed: int) -> None:
    with postgres.server() as server, server.database() as url, world(tmp_path, seed, url) as scene:
        scene.start_engine()
        _bursts(scene, seed, lambda: _restart(scene), rounds=2)


def _restart(scene: World) -> None:
    scene.kill_engine()
    scene.start_engine()


def _bursts(scene: World, seed: int, kill: Callable[[], None], rounds: int) -> None:
    """In each round a burst of orders, and the kill as soon as a random number of reports has come back."""
    random = Random(seed)
    flow = list(orders(seed, BURST * rounds))
    with _logged_on(scene) as oms:
        desk = Desk(oms, seed, flow)
        for number in range(rounds):
            for order in flow[number * BURST : (number + 1) * BURST]:
                desk.send(order)
            _listen(desk, random.randrange(BURST))
            kill()
            wait(lambda: oms.session.up, desk.poll, "logon after the crash")
        _finish(desk)
    scene.stop()
    _check(scene, oms, len(flow))


def _listen(desk: Desk, reports: int) -> None:
    """Until so many more reports have come."""

    def heard() -> int:
        return sum(len(ticket.exec_ids) for ticket in desk.oms.tickets.values())

    enough = heard() + reports
    wait(lambda: heard() >= enough, desk.poll, f"{reports} reports")


@contextmanager
def _logged_on(scene: World) -> Iterator[Oms]:
    oms = scene.oms()
    try:
        wait(lambda: oms.session.up, oms.poll, "logon")
        yield oms
    finally:
        oms.session.stop()


def _finish(desk: Desk) -> None:
    """What rests after a while is canceled; then every parent is final and every request answered."""
    oms = desk.oms
    wait(lambda: not oms.unanswered, desk.poll, "all requests answered")  # a cancel would make them moot
    quiet = time.monotonic() + 2.0
    while oms.open and time.monotonic() < quiet:
        desk.poll()
    for ticket in oms.open:
        oms.cancel(ticket.order.cl_ord_id, f"{ticket.order.cl_ord_id}-C", time.time_ns())
    wait(lambda: not (oms.open or oms.unanswered), desk.poll, "all parents final, all requests answered")


def _check(scene: World, oms: Oms, count: int) -> int:
    """All accounts agree; how many children in doubt were asked for."""
    assert len(oms.tickets) == count
    with closing(Store.open(scene.store, create=False)) as store:
        assert verify(store).problem == ""
        assert disputed(list(parents(store)), oms, venue_fills(scene.folder)) == []
        assert store.open_orders() == []
        assert replay(store).difference == ""
        return _nothing_twice_and_doubts_first(store, count)


def _nothing_twice_and_doubts_first(store: Store, count: int) -> int:
    """By the record: each order came once, each child left once, and after a restart a venue with children in doubt
    heard the question about each of them before anything else. A child whose end the venue resent by itself is not in
    doubt any more, nor one whose venue resent what it had answered to the engine that was killed.
    """
    venue_of = {child.cl_ord_id: child.venue for parent in parents(store) for child in parent.children.values()}
    sent: list[str] = []
    received: list[str] = []
    doubted: dict[str, bool] = {}  # children in doubt, and whether this engine has asked for them
    questions = 0
    for record in store.records():
        if record.kind == Kind.DECISION:
            decision = json.loads(record.body)
            if decision["kind"] == "doubt":
                doubted[decision["detail"]["child"]] = False
            elif decision["kind"] == "settle":
                doubted.pop(decision["detail"]["child"], None)
        elif record.kind == Kind.EVENT and b'"started"' in record.body:
            doubted = dict.fromkeys(doubted, False)
        elif record.kind == Kind.IN and record.session in VENUES and record.msg_type == "8":
            report = Message.parse(record.body)
            if report[tags.OrdStatus] in "248C":
                doubted.pop(child_id(report[tags.ClOrdID]), None)
        elif record.kind == Kind.IN and record.msg_type == "D":
            received.append(Message.parse(record.body)[tags.ClOrdID])
        elif record.kind == Kind.OUT and record.msg_type in tuple("DFGH"):
            cl_ord_id = Message.parse(record.body)[tags.ClOrdID]
            if record.msg_type == "H":
                questions += 1
                if child_id(cl_ord_id) in doubted:
                    doubted[child_id(cl_ord_id)] = True
                continue
            open_questions = [c for c, asked in doubted.items() if not asked and venue_of[c] == record.session]
            assert open_questions == [], f"{cl_ord_id} went to {record.session} before they were asked for"
            sent += [cl_ord_id] if record.msg_type == "D" else []
    assert len(sent) == len(set(sent))
    assert len(received) == len(set(received)) == count
    print(f"{questions} children in doubt were asked for")
    return questions
