"""Whoever has the database's password may change anything: it is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.dropcopy.store import Changes, Entry, Kind, Opened, SessionNumbers, Store, StoreError
from engine.dropcopy.verify import Verification, verify
from tests.engine.dropcopy.entries import AT, entry, query

Open = Callable[..., Store]
EVERYTHING = 18
ELSE = "is not what was written: changed, or put in another's place"
CUT = ": the end of the record was cut off, or the note changed"


def routed(number: int, attempt: int = 1) -> Entry:
    child = f'{{"id":"A-{number}-{attempt}"}}'
    body = f'{{"detail":{{"attempt":{attempt},"children":[{child}]}},"kind":"route","reason":"by weight"}}'.encode()
    return entry(kind=Kind.DECISION, session="", msg_type="", order_id=f"A-{number}", body=body)


def order(number: int) -> list[Entry]:
    """One parent comes and is routed to ALPHA."""
    order_id = f"A-{number}"
    received = entry(number, kind=Kind.IN, msg_type="D", order_id=order_id, body=b"35=D\x0111=%d\x01" % number)
    return [received, routed(number), entry(number, session="ALPHA", msg_type="D", order_id=order_id)]


def report(number: int, status: str, order_id: str) -> list[Entry]:
    """ALPHA reports, and the OMS hears of it."""
    return [
        entry(number, kind=Kind.IN, session="ALPHA", order_id=order_id, body=b"35=8\x0139=0\x01"),
        entry(number, order_id=order_id, body=b"35=8\x0139=%s\x01" % status.encode()),
    ]


def numbers(oms: tuple[int, int], alpha: tuple[int, int], epoch: int = 0) -> dict[str, SessionNumbers]:
    return {"OMS": SessionNumbers(*oms, epoch), "ALPHA": SessionNumbers(*alpha, 0)}


def opened_as(number: int) -> list[Opened]:
    return [Opened(f"A-{number}", "OMS", str(number), AT)]


def fill(store: Store) -> None:
    """Two parents, the first one filled, the second in part. The numbers with the OMS are reset; in the end it misses
    a report, and ALPHA logs on with a number that is still to come.
    """
    store.commit(order(1), Changes(opened=opened_as(1)), sessions=numbers((2, 1), (1, 2)))
    store.commit([*report(1, "0", "A-1"), routed(1, 2)], sessions=numbers((2, 2), (2, 2)))
    logon = entry(1, msg_type="A", body=b"35=A\x01141=Y\x01")
    store.commit([logon], sessions={"OMS": SessionNumbers(1, 2, 1)})
    store.commit([entry(1, kind=Kind.IN, msg_type="A"), entry(kind=Kind.EVENT)], sessions=numbers((2, 2), (2, 2), 1))
    store.commit(order(2), Changes(opened=opened_as(2)), sessions=numbers((3, 2), (2, 3), 1))
    store.commit(report(2, "2", "A-1"), Changes(closed=["A-1"]), sessions=numbers((3, 3), (3, 3), 1))
    store.commit(report(3, "1", "A-2"), sessions=numbers((3, 4), (4, 3), 1))
    store.commit([entry(2, msg_type="4"), entry(9, kind=Kind.IN, session="ALPHA", msg_type="A")])


@pytest.fixture
def evidence(url: str, opened: Open) -> str:
    """A store with everything in it, closed."""
    store = opened(url)
    fill(store)
    store.close()
    return url


def verified(url: str, opened: Open) -> Verification:
    reader = opened(url, create=False)
    found = verify(reader)
    reader.close()
    return found


def test_an_honest_store_is_whole(evidence: str, opened: Open) -> None:
    reader = opened(evidence, create=False)
    *_, last = reader.records()
    assert verify(reader) == Verification(EVERYTHING, last.digest.hex())
    assert verify(reader).ok


def test_an_empty_store_is_whole(store: Store) -> None:
    assert verify(store) == Verification(0, "00" * 32)


def test_the_head_is_the_digest_of_the_last_good_record(evidence: str, opened: Open) -> None:
    digest = [record.digest for record in opened(evidence, create=False).records()][6]
    query(evidence, "UPDATE record SET at = at + 1 WHERE seq = 8")
    problem = f"record 8 {ELSE}"
    assert verified(evidence, opened) == Verification(7, digest.hex(), problem)
    assert not verified(evidence, opened).ok


def test_an_order_that_is_routed_anew_is_one_order_and_its_end_may_be_told_by_the_refusal_of_a_cancel(
    store: Store,
) -> None:
    store.commit(
        [*order(1), *order(2)], Changes(opened=[*opened_as(1), *opened_as(2)]), sessions=numbers((3, 1), (1, 3))
    )
    head = routed(1)
    amended = (*head[:-1], head[-1].replace(b'"id":"A-1-1"', b'"id":"A-1-2"'))
    pending = entry(1, order_id="A-1", body=b"35=8\x0139=6\x01")
    filled = entry(2, msg_type="9", order_id="A-1", body=b"35=9\x0139=2\x01")
    store.commit([amended, pending, filled], Changes(closed=["A-1"]), sessions=numbers((3, 3), (1, 3)))
    assert verify(store).problem == ""


CHANGES: dict[str, Any] = {
    "at": 0,
    "kind": "decision",
    "session": "BETA",
    "msg_seq_num": 7,
    "msg_type": "9",
    "order_id": "A-2",
    "body": b"35=8\x0139=1\x01",
    "digest": bytes(32),
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_value_is_found(evidence: str, opened: Open, column: str) -> None:
    reader = opened(evidence, create=False)
    change = f"UPDATE record SET {column} = :value WHERE seq = :seq"
    for seq in (1, 5, EVERYTHING):
        [(honest,)] = query(evidence, f"SELECT {column} FROM record WHERE seq = :seq", seq=seq)
        query(evidence, change, value=CHANGES[column], seq=seq)
        assert verify(reader).problem == f"record {seq} {ELSE}"
        query(evidence, change, value=honest, seq=seq)
    assert verify(reader).ok


COLUMNS = "at, kind, session, msg_seq_num, msg_type, order_id, body"


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["DELETE FROM record WHERE seq = 5"], "record 5 is missing: record 6 follows record 4"),
        (["DELETE FROM record WHERE seq <= 5"], "record 1 is missing: record 6 follows record 0"),
        (["UPDATE record SET seq = 99 WHERE seq = 5"], "record 5 is missing: record 6 follows record 4"),
        (
            ["DELETE FROM record WHERE seq = 5", "UPDATE record SET seq = -seq WHERE seq > 5", "UPDATE record SET seq = -seq - 1 WHERE seq < 0"],
            f"record 5 {ELSE}",
        ),
        (
            ["UPDATE record SET seq = -5 WHERE seq = 5", "UPDATE record SET seq = 5 WHERE seq = 6", "UPDATE record SET seq = 6 WHERE seq = -5"],
            f"record 5 {ELSE}",
        ),
        (
            [
                "UPDATE record SET seq = -seq WHERE seq > 4",
                "UPDATE record SET seq = 1 - seq WHERE seq < 0",
                f"INSERT INTO record SELECT 5, {COLUMNS}, digest FROM record WHERE seq = 4",
            ],
            f"record 5 {ELSE}",
        ),
        (
            [f"INSERT INTO record SELECT 19, {COLUMNS}, digest FROM record WHERE seq = 18"],
            f"record 19 {ELSE}",
        ),
    ],
    ids=["deleted", "beginning deleted", "renumbered", "closed up", "exchanged", "inserted", "appended"],
)  # fmt: skip
def test_a_record_that_is_gone_new_or_elsewhere_is_found(
    evidence: str, opened: Open, statements: list[str], problem: str
) -> None:
    for statement in statements:
        query(evidence, statement)
    assert verified(evidence, opened).problem == problem


@pytest.mark.parametrize(
    ("kept", "problem"),
    [
        (16, ""),  # no number and no order tells of a gap fill and a logon: only `head` does
        (15, "session OMS: the record ends with MsgSeqNum(34) 2 sent, 4 is noted as the next"),
        (9, "session ALPHA: the record ends with MsgSeqNum(34) 1 sent, 3 is noted as the next"),
        (0, "session ALPHA: the record ends with MsgSeqNum(34) 0 sent, 3 is noted as the next"),
    ],
)
def test_an_end_that_was_cut_off_is_found(evidence: str, opened: Open, kept: int, problem: str) -> None:
    before = verified(evidence, opened)
    query(evidence, "DELETE FROM record WHERE seq > :kept", kept=kept)
    found = verified(evidence, opened)
    assert found.problem.startswith(problem)
    assert (found.records, found.head != before.head) == (kept, True)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE session_numbers SET next_out = next_out - 1 WHERE session = 'OMS'",
            "session OMS: the record ends with MsgSeqNum(34) 3 sent, 3 is noted as the next" + CUT,
        ),
        (
            "UPDATE session_numbers SET next_in = 3 WHERE session = 'ALPHA'",
            "session ALPHA: MsgSeqNum(34) 3 was received, 3 is noted as the next",
        ),
        (
            "UPDATE session_numbers SET epoch = 0 WHERE session = 'OMS'",
            "session OMS: the record has 1 resets of its numbers, 0 are noted",
        ),
        (
            "DELETE FROM session_numbers WHERE session = 'ALPHA'",
            "session ALPHA: the record ends with MsgSeqNum(34) 2 sent, 1 is noted as the next" + CUT,
        ),
        (
            "INSERT INTO session_numbers VALUES ('BETA', 1, 7, 0, 1)",
            "session BETA: the record ends with MsgSeqNum(34) 0 sent, 7 is noted as the next" + CUT,
        ),
        (
            "UPDATE parent_order SET closed_seq = 12 WHERE order_id = 'A-2'",
            "order A-2 is open by the record, and not noted as open",
        ),
        ("DELETE FROM parent_order WHERE order_id = 'A-1'", "2 orders were taken on, 1 are noted"),
        ("INSERT INTO parent_order VALUES ('A-3', 'OMS', '3', 1, 1, 1)", "2 orders were taken on, 3 are noted"),
        (
            "UPDATE parent_order SET order_id = 'A-3', closed_seq = NULL WHERE order_id = 'A-1'",
            "order A-3 is noted as open, and no record tells of it",
        ),
    ],
)
def test_tables_that_contradict_the_record_are_found(evidence: str, opened: Open, statement: str, problem: str) -> None:
    query(evidence, statement)
    assert verified(evidence, opened).problem == problem


def test_text_where_bytes_belong_is_found(tmp_path: Any, opened: Open) -> None:
    """SQLite only: PostgreSQL keeps its types."""
    store = opened(str(tmp_path / "store.db"))
    fill(store)
    query(store._engine.url.render_as_string(), "UPDATE record SET body = 'text' WHERE seq = 5")
    assert verify(store).problem == "record 5 cannot be read, a value is of the wrong type: can't concat str to bytes"
    query(store._engine.url.render_as_string(), "UPDATE record SET kind = CAST(x'ff' AS TEXT) WHERE seq = 5")
    with pytest.raises(StoreError, match="Could not decode to UTF-8 column 'kind'"):
        verify(store)


@pytest.mark.parametrize("moment", ["sessions", "open_orders", "cl_ord_ids", "records"])
def test_an_engine_may_write_meanwhile(url: str, opened: Open, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, orders and records are read one after the other; what came between them is no contradiction."""
    writer = opened(url)
    fill(writer)
    reader = opened(url, create=False)
    honest = getattr(reader, moment)

    def read(**options: int) -> Any:
        if moment != "records" or options:
            writer.commit(order(3), Changes(opened=opened_as(3)), sessions=numbers((4, 4), (4, 4), 1))
            writer.commit(report(4, "4", "A-2"), Changes(closed=["A-2"]), sessions=numbers((4, 5), (5, 4), 1))
        found = honest(**options)
        if moment != "records":
            writer.commit(
                [entry(1, msg_type="A", body=b"35=A\x01141=Y\x01")], sessions={"OMS": SessionNumbers(1, 2, 2)}
            )
            writer.commit(report(5, "8", "A-3"), Changes(closed=["A-3"]), sessions=numbers((1, 6), (6, 4), 2))
        return found

    monkeypatch.setattr(reader, moment, read)
    assert verify(reader).problem == ""
    monkeypatch.undo()
    assert verify(reader).problem == ""
