"""The contract of every store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from engine.dropcopy import schema
from engine.dropcopy.store import CHUNK, Changes, Kind, Opened, SessionNumbers, Store, StoreError
from tests.engine.dropcopy.entries import AT, entry, query, recorded

Open = Callable[..., Store]


# -- the record --------------------------------------------------------------------------------------------------------


def test_what_is_committed_is_read_back_as_it_was(store: Store) -> None:
    entries = [entry(n, kind=kind, order_id="A-1" if n else "") for n, kind in enumerate(Kind)]
    store.commit(entries)
    assert list(store.records()) == recorded(*entries)
    assert store.counts() == dict.fromkeys(sorted(Kind), 1)


@pytest.mark.parametrize("body", [b"", bytes(range(256)), b"\x00", b"\xff\x00" * 4_000_000], ids=len)
def test_a_body_may_be_any_bytes(store: Store, body: bytes) -> None:
    store.commit([entry(1, kind=Kind.SKIPPED, body=body)])
    assert list(store.records()) == recorded(entry(1, kind=Kind.SKIPPED, body=body))


def test_times_and_numbers_go_to_the_end_of_64_bits(store: Store) -> None:
    largest = 2**63 - 1
    store.commit([(largest, Kind.SKIPPED.value, "OMS", largest, "", "", b"")])
    assert [(record.at, record.msg_seq_num) for record in store.records()] == [(largest, largest)]


def test_numbering_and_chain_go_on_after_a_restart(url: str, opened: Open) -> None:
    first = opened(url)
    first.commit([entry(1), entry(2)])
    first.commit([entry(3)])
    first.close()
    second = opened(url)
    second.commit([entry(4)])
    assert list(second.records()) == recorded(entry(1), entry(2), entry(3), entry(4))
    assert list(second.records(after=3)) == recorded(entry(1), entry(2), entry(3), entry(4))[3:]


def test_a_commit_that_fails_half_way_writes_nothing(store: Store) -> None:
    taken = Opened("A-1", "OMS", "1", AT)
    store.commit([entry(1)], Changes(opened=[taken]), sessions={"OMS": SessionNumbers(2, 2, 0)})
    with pytest.raises(StoreError, match="does not take this, nothing of it was written"):
        store.commit(
            [entry(2), entry(3)], Changes(opened=[taken], closed=["A-1"]), sessions={"OMS": SessionNumbers(9, 9, 0)}
        )
    assert list(store.records()) == recorded(entry(1))
    assert store.open_orders() == [taken]
    assert store.sessions() == {"OMS": SessionNumbers(2, 2, 0)}
    store.commit([entry(4)])
    assert list(store.records()) == recorded(entry(1), entry(4))


def test_the_records_of_an_order_are_its_own_and_in_order(store: Store) -> None:
    entries = [entry(n, order_id=order_id) for n, order_id in enumerate(["A-1", "", "A-2", "A-1", "A-10"])]
    store.commit(entries)
    every = recorded(*entries)
    assert list(store.order_records("A-1")) == [every[0], every[3]]
    assert list(store.order_records("A-3")) == []
    assert list(store.order_records("")) == []


def test_a_long_record_is_read_in_little_memory(store: Store) -> None:
    body = bytes(400)
    for start in range(0, 50_000, 5_000):
        store.commit([entry(n, body=body) for n in range(start, start + 5_000)])
    tracemalloc.start()
    read = sum(1 for _ in store.records())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == 50_000
    assert peak < 3 * CHUNK * (len(body) + 1_000)  # two chunks and something; all of it would be ten times as much


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_session_numbers_are_those_last_committed(store: Store) -> None:
    assert store.sessions() == {}
    store.commit([entry(1)], sessions={"OMS": SessionNumbers(1, 2, 0), "ALPHA": SessionNumbers(5, 1, 0)})
    store.commit([entry(2)], sessions={"OMS": SessionNumbers(7, 3, 0)})
    store.commit([entry(3)])
    assert store.sessions() == {"OMS": SessionNumbers(7, 3, 0), "ALPHA": SessionNumbers(5, 1, 0)}


def test_outbound_gives_a_range_of_what_left_on_one_session(store: Store) -> None:
    sent = [entry(number, body=b"sent %d" % number) for number in (1, 2, 3, 4)]
    other = [entry(2, session="ALPHA"), entry(3, kind=Kind.IN), entry(3, kind=Kind.SKIPPED)]
    store.commit([*sent, *other])
    assert [r.body for r in store.outbound("OMS", 2, 3)] == [b"sent 2", b"sent 3"]
    assert [r.body for r in store.outbound("OMS", 4, 9)] == [b"sent 4"]
    assert list(store.outbound("BETA", 1, 9)) == []


def test_outbound_begins_at_the_last_reset(store: Store) -> None:
    store.commit([entry(1, body=b"old 1"), entry(2, body=b"old 2")], sessions={"OMS": SessionNumbers(1, 3, 0)})
    store.commit([entry(1, body=b"new 1")], sessions={"OMS": SessionNumbers(1, 2, 1)})
    store.commit([entry(2, body=b"new 2")], sessions={"OMS": SessionNumbers(2, 3, 1)})
    assert [r.body for r in store.outbound("OMS", 1, 9)] == [b"new 1", b"new 2"]


def test_outbound_is_ordered_by_number_then_by_time(store: Store) -> None:
    """A gap fill is on record under the number that it takes again."""
    store.commit([entry(1), entry(2), entry(1, msg_type="4")])
    assert [(r.msg_seq_num, r.msg_type) for r in store.outbound("OMS", 1, 2)] == [(1, "8"), (1, "4"), (2, "8")]


# -- parents -----------------------------------------------------------------------------------------------------------


def test_parents_are_open_until_they_are_closed(store: Store) -> None:
    one, two, three = (Opened(f"A-{n}", "OMS", f"c{n}", AT + n) for n in (1, 2, 3))
    store.commit([entry(1)], Changes(opened=[one]))
    store.commit([entry(2)], Changes(opened=[two]))
    store.commit([entry(3)], Changes(opened=[three], closed=["A-1", "A-3"]))
    assert store.open_orders() == [two]
    assert store.parents() == [one, two, three]
    assert [store.has_order(order_id) for order_id in ("A-1", "A-2", "A-9", "")] == [True, True, False, False]


def test_clordids_are_remembered_for_each_session(store: Store) -> None:
    one, two, same = Opened("A-1", "OMS", "c1", AT), Opened("A-2", "OMS", "c2", AT), Opened("A-3", "DESK", "c1", AT)
    store.commit([entry(1)], Changes(opened=[one]))
    store.commit([entry(2)], Changes(opened=[two], closed=["A-1"]))
    store.commit([entry(3)], Changes(opened=[same]))
    assert store.orders_by_cl_ord_id("c1") == [one, same]
    assert store.orders_by_cl_ord_id("c9") == []
    asked = [("OMS", "c1"), ("OMS", "c2"), ("DESK", "c1"), ("DESK", "c2")]
    assert [store.seen_cl_ord_id(*key) for key in asked] == [True, True, True, False]
    assert sorted(store.cl_ord_ids()) == [("DESK", "c1"), ("OMS", "c1"), ("OMS", "c2")]


def test_an_order_is_found_by_every_clordid_that_was_used_for_it(store: Store) -> None:
    one, two = Opened("A-1", "OMS", "c1", AT), Opened("A-2", "OMS", "c2", AT)
    store.commit([entry(1), entry(2)], Changes(opened=[one, two], used=[("A-1", "OMS", "c3"), ("A-2", "DESK", "c3")]))
    assert store.orders_by_cl_ord_id("c1") == [one]
    assert store.orders_by_cl_ord_id("c3") == [one, two]
    assert store.seen_cl_ord_id("OMS", "c3")
    assert sorted(store.used_ids()) == [("DESK", "c3"), ("OMS", "c3")]


def test_an_order_that_is_opened_again_is_open(store: Store) -> None:
    one, two, three = (Opened(f"A-{n}", "OMS", f"c{n}", AT) for n in (1, 2, 3))
    store.commit([entry(1)], Changes(opened=[one, two, three], closed=["A-1", "A-2"]))
    store.commit([entry(2)], Changes(reopened=["A-1", "A-2"], closed=["A-2"]))
    assert store.open_orders() == [one, three]
    store.commit([entry(3)], Changes(closed=["A-3", "A-3"], reopened=["A-3", "A-2"]))
    assert store.open_orders() == [one, two]


def test_the_store_says_what_it_said_before_a_record(store: Store) -> None:
    """Of each order and ClOrdID from the last entry on that it came with."""
    one, two = Opened("A-1", "OMS", "c1", AT), Opened("A-2", "OMS", "c2", AT)
    entries = [entry(n, order_id=order_id) for n, order_id in enumerate(["A-1", "A-1", "A-2", "A-2", "A-1"], start=1)]
    changes = Changes(opened=[one, two], opened_with=[2, 4], used=[("A-1", "OMS", "c9")], used_with=[5])
    store.commit(entries, changes)
    store.commit([entry(6), entry(7)], Changes(closed=["A-1"]))
    assert [[order.order_id for order in store.open_orders(before=seq)] for seq in (2, 3, 4, 5, 7, 8)] == [
        [],
        ["A-1"],
        ["A-1"],
        ["A-1", "A-2"],
        ["A-1", "A-2"],
        ["A-2"],
    ]
    assert [store.has_order("A-2", before=seq) for seq in (4, 5)] == [False, True]
    assert [store.orders_by_cl_ord_id("c9", before=seq) for seq in (5, 6)] == [[], [one]]
    assert [store.seen_cl_ord_id("OMS", "c1", before=seq) for seq in (2, 3)] == [False, True]
    assert [record.seq for record in store.order_records("A-1", before=5)] == [1, 2]
    assert [record.seq for record in store.outbound("OMS", 1, 9, before=4)] == [1, 2, 3]
    assert [record.seq for record in store.outbound("OMS", 1, 9, since=3, before=5)] == [3, 4]
    assert list(store.cl_ord_ids(before=4)) == [("OMS", "c1")]
    assert list(store.used_ids(before=5)) == []


def test_what_is_kept_is_there_until_it_is_forgotten(store: Store, url: str, opened: Open) -> None:
    store.commit([entry(1)], Changes(kept={"kill": {"scope": "all"}, "credit": {"A": "1.50"}}))
    store.commit([entry(2)], Changes(kept={"kill": None, "credit": {"A": "2"}, "none": None}))
    store.close()
    assert opened(url).kept() == {"credit": {"A": "2"}}


def test_a_store_of_the_first_version_goes_on_as_a_current_one(
    url: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Opened("A-1", "OMS", "c1", AT), Opened("A-2", "OMS", "c2", AT)
    with monkeypatch.context() as then:
        then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old = opened(url)
        old.commit([entry(1), entry(2)], Changes(opened=[one, two], closed=["A-1"]))
        old.close()
    with pytest.raises(StoreError, match="has schema version 1, this Manifold reads 2; start the engine on it once"):
        opened(url, create=False)
    store = opened(url)
    store.commit([entry(3)], Changes(reopened=["A-1"], used=[("A-1", "OMS", "c3")], kept={"kill": {}}))
    assert list(store.records()) == recorded(entry(1), entry(2), entry(3))
    assert store.open_orders() == [one, two]
    assert (store.orders_by_cl_ord_id("c1"), store.orders_by_cl_ord_id("c3"), store.kept()) == (
        [one],
        [one],
        {"kill": {}},
    )


def test_the_number_of_the_last_record_is_known_to_writer_and_reader(store: Store, url: str, opened: Open) -> None:
    assert (store.last, opened(url, create=False).last) == (0, 0)
    store.commit([entry(1), entry(2)])
    assert (store.last, opened(url, create=False).last) == (2, 2)


# -- writer and readers ------------------------------------------------------------------------------------------------


def test_a_reader_reads_while_the_writer_writes(url: str, opened: Open) -> None:
    writer = opened(url)
    writer.commit([entry(n) for n in range(CHUNK + 1)])
    reader = opened(url, create=False)
    reading = reader.records()
    next(reading)
    writer.commit([entry(9)], sessions={"OMS": SessionNumbers(1, 10, 0)})
    assert sum(1 for _ in reading) == CHUNK  # what was there when it began to read
    assert sum(1 for _ in reader.records()) == CHUNK + 2
    assert reader.sessions() == {"OMS": SessionNumbers(1, 10, 0)}


def test_there_is_one_writer(url: str, opened: Open) -> None:
    writer = opened(url)
    with pytest.raises(StoreError, match="another engine writes to this store; stop it or use another"):
        opened(url)
    writer.close()
    opened(url).commit([entry(1)])


def test_who_reads_cannot_write(url: str, opened: Open) -> None:
    opened(url).close()
    reader = opened(url, create=False)
    with pytest.raises(StoreError, match="is closed or was opened to be read"):
        reader.commit([entry(1)])


def test_a_reader_makes_no_store(url: str, opened: Open) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        opened(url, create=False)


@pytest.mark.parametrize("create", [True, False])
def test_the_database_of_something_else_is_left_alone(url: str, opened: Open, create: bool) -> None:
    query(url, "CREATE TABLE customer (name TEXT)")
    with pytest.raises(StoreError, match="the database holds customer and no store; give the store a database of its"):
        opened(url, create=create)
    assert query(url, "SELECT count(*) FROM customer") == [(0,)]


@pytest.mark.parametrize("create", [True, False])
def test_a_store_of_a_newer_manifold_is_left_alone(url: str, opened: Open, create: bool) -> None:
    opened(url).close()
    query(url, "UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="schema version 99, this Manifold knows 2; use a newer Manifold"):
        opened(url, create=create)
    query(url, "UPDATE schema_version SET version = 2")
    opened(url)
