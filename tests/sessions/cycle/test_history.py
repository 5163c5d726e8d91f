"""It does not matter whether something is in the store already or stands in the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dropcopy.store import Opened, Store
from fix.enums import MsgType
from sessions.cycle.history import Present
from sessions.cycle.outbox import Outbox
from tests.sessions.cycle.standin import NOW, StandIn

ONE, TWO = Opened("T-1", "OMS", "C1", NOW), Opened("T-2", "OMS", "C2", NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(str(tmp_path / "store.db"), durability="process")
    yield made
    made.close()


def commit(store: Store, out: Outbox) -> None:
    store.commit(out.entries, out.changes())
    out.recorded()


def happen(out: Outbox, session: StandIn, opened: Opened) -> None:
    """An order is taken on and sent, and cancelled under another ClOrdID."""
    out.received(NOW, "OMS", 1, "D", opened.order_id, b"D")
    out.open(opened)
    out.message(session, MsgType.NEW_ORDER_SINGLE, f"11={opened.order_id}-1\x01", opened.order_id, NOW)
    session.start_from(out.next_out[session.name], 1)
    out.received(NOW, "OMS", 2, "F", opened.order_id, b"F")
    out.use(opened.order_id, "OMS", f"{opened.cl_ord_id}-X")


@pytest.mark.parametrize("commits", [0, 1, 2])
def test_everything_that_was_is_known(store: Store, commits: int) -> None:
    out, session = Outbox(), StandIn("ALPHA")
    past = Present(store, out)
    happen(out, session, ONE)
    if commits > 0:
        commit(store, out)
    happen(out, session, TWO)
    if commits > 1:
        commit(store, out)
    assert [past.has_order(order_id) for order_id in ("T-1", "T-2", "T-3")] == [True, True, False]
    assert [[r.kind for r in past.order_records(order_id)] for order_id in ("T-1", "T-2")] == [["in", "out", "in"]] * 2
    asked = ("C1", "C2", "C1-X", "C2-X", "C3")
    assert [past.orders_by_cl_ord_id(each) for each in asked] == [[ONE], [TWO], [ONE], [TWO], []]
    assert [[r.order_id for r in past.sent("ALPHA", number)] for number in (1, 2, 3)] == [["T-1"], ["T-2"], []]


def test_a_request_about_an_order_of_an_earlier_commit_is_known_at_once(store: Store) -> None:
    out = Outbox()
    happen(out, StandIn("ALPHA"), ONE)
    commit(store, out)
    out.use("T-1", "OMS", "C9")
    assert Present(store, out).orders_by_cl_ord_id("C9") == [ONE]


def test_what_was_used_is_given_once_more_after_a_restart(store: Store) -> None:
    out = Outbox()
    happen(out, StandIn("ALPHA"), ONE)
    commit(store, out)
    assert list(Present(store, out).cl_ord_ids()) == [("OMS", "C1"), ("OMS", "C1-X")]
