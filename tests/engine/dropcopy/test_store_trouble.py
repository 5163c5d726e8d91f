"""What a store does when its disk is full, its server dies, or it is asked for what cannot be."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.dropcopy.store import Changes, Opened, SessionNumbers, Store, StoreError
from tests import postgres
from tests.engine.dropcopy.entries import AT, entry, query, recorded

Open = Callable[..., Store]
WRITER = (
    "pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
TURN = [entry(1, body=b"one"), entry(2, body=b"two"), entry(3, body=b"three")]


def commit(store: Store, turn: list[Any] = TURN) -> None:
    """One turn of the loop with everything that a turn may have."""
    last = turn[-1][3]
    store.commit(
        turn,
        Changes(opened=[Opened(f"A-{last}", "OMS", f"c{last}", AT)]),
        sessions={"OMS": SessionNumbers(1, last + 1, 0)},
    )


def bodies(store: Store) -> list[bytes]:
    """What is on record, dense and chained."""
    records = list(store.records())
    assert records == recorded(
        *[(r.at, r.kind, r.session, r.msg_seq_num, r.msg_type, r.order_id, r.body) for r in records]
    )
    return [record.body for record in records]


@pytest.fixture
def opened(opened: Open) -> Open:
    """PostgreSQL loses the last commits with its server unless it waits for the log."""
    return partial(opened, durability="power")


def hang_up(store: Store) -> None:
    """The server ends the writer's connection, as it does before it shuts down."""
    url = store._engine.url.render_as_string(hide_password=False)
    query(url, f"SELECT pg_terminate_backend(pid, 10000) FROM {WRITER}")  # waits until it is gone


def let_go(store: Store) -> None:
    """Closes a writer; the server notices a moment later."""
    store.close()
    url = store._engine.url.render_as_string(hide_password=False)
    until(lambda: not query(url, f"SELECT pid FROM {WRITER}"), "the lock of a writer that is gone")


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + postgres.PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.01)


# -- what cannot be opened ---------------------------------------------------------------------------------------------


def test_an_sqlite_store_is_a_file_in_a_folder_that_exists(tmp_path: Path) -> None:
    folder, text = tmp_path / "none" / "store.db", tmp_path / "notes.txt"
    text.write_text("dear diary, " * 100)
    wrong = {
        str(folder): f"{folder}: the folder does not exist; make it first",
        str(text): f"sqlite:///{text}: is no store of Manifold, or it is damaged: file is not a database",
        "sqlite://": "a store must outlive the process: give the path of an SQLite file",
        ":memory:": "a store must outlive the process: give the path of an SQLite file",
    }
    assert {url: refusal(url) for url in wrong} == wrong
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "notes.txt.lock"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://desk:hunter2@/store?host=/nowhere",
        "postgresql+psycopg://desk@/store?host=/nowhere&password=hunter2",
        "postgresql+psycopg://desk:hunter2@localhost:port/store",
        "postgresql//desk:hunter2@localhost/store",
        "://desk:hunter2@localhost/store",
        "oracle+nothing://desk:hunter2@localhost/store",
        "mysql+nothing://desk:hunter2@localhost/store",
    ],
)
def test_no_refusal_shows_the_password(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_the_name_of_a_store_shows_no_password(database: str, opened: Open) -> None:
    first = opened(database.replace("@", ":hunter2@"))
    assert first.name == database.replace("@", ":***@").replace("/tmp/", "%2Ftmp%2F")
    second = opened(f"{database}&password=hunter2", create=False)
    assert "hunter2" not in second.name


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    return str(refused.value)


@pytest.mark.parametrize(("durability", "waits"), [("power", {"2", "on"}), ("process", {"1", "off"})])
def test_durability_says_whether_a_commit_waits_for_the_disk(
    url: str, opened: Open, durability: str, waits: set[str]
) -> None:
    store = opened(url, durability=durability)
    setting = "PRAGMA synchronous" if store.name.startswith("sqlite") else "SHOW synchronous_commit"
    with store._transaction() as connection:
        assert str(connection.exec_driver_sql(setting).scalar()) in waits


def test_a_writer_that_is_killed_leaves_the_store_to_the_next(url: str, opened: Open) -> None:
    code = "import sys; from engine.dropcopy.store import Store; s = Store.open(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        assert "another engine writes to this store" in refusal(url)
        other.kill()
    until(lambda: _opens(opened, url), "the lock of a writer that was killed")


def _opens(opened: Open, url: str) -> bool:
    try:
        opened(url)
    except StoreError:
        return False
    return True


# -- a full disk -------------------------------------------------------------------------------------------------------


def test_on_a_full_disk_nothing_is_written_until_there_is_room(tmp_path: Path, opened: Open) -> None:
    store = opened(str(tmp_path / "store.db"))
    commit(store)
    _limit(store, 20)
    with pytest.raises(StoreError, match="disk is full; make room, nothing of this turn was written"):
        commit(store, [entry(4, body=b"four"), entry(5, body=bytes(1_000_000))])
    assert bodies(store) == [b"one", b"two", b"three"]
    _limit(store, 1_000_000)
    commit(store, [entry(4, body=b"four"), entry(5, body=b"five")])
    assert bodies(store) == [b"one", b"two", b"three", b"four", b"five"]


def _limit(store: Store, pages: int) -> None:
    with store._transaction() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


# -- a server that dies ------------------------------------------------------------------------------------------------


def test_a_commit_is_tried_again_once_the_server_is_back(server: postgres.Server, database: str, opened: Open) -> None:
    store = opened(database)
    commit(store, [entry(1, body=b"before")])
    server.crash()
    try:
        for _ in range(2):
            with pytest.raises(StoreError):
                commit(store, [entry(2, body=b"during")])
    finally:
        server.start()
    commit(store, [entry(2, body=b"during")])
    commit(store, [entry(3, body=b"after")])
    assert bodies(store) == [b"before", b"during", b"after"]
    assert [order.order_id for order in store.open_orders()] == ["A-1", "A-2", "A-3"]


def test_a_reader_lives_through_a_restart(server: postgres.Server, database: str, opened: Open) -> None:
    commit(opened(database))
    reader = opened(database, create=False)
    assert len(list(reader.records())) == 3
    server.crash()
    server.start()
    with pytest.raises(StoreError):
        reader.counts()
    assert len(list(reader.records())) == 3


def test_a_commit_whose_answer_was_lost_is_not_written_again(
    database: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(database)
    _lose_next_answer(store, monkeypatch)
    with pytest.raises(StoreError):
        commit(store)
    assert store.has_order("A-3")  # a look is no recovery: the lock and the end of the record are still to be checked
    commit(store)
    commit(store, [entry(4, body=b"four")])
    assert bodies(store) == [b"one", b"two", b"three", b"four"]
    assert [order.order_id for order in store.open_orders()] == ["A-3", "A-4"]


def test_only_what_is_new_is_written_after_a_lost_answer(
    database: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop may have more to record by the time the server is back."""
    store = opened(database)
    _lose_next_answer(store, monkeypatch)
    with pytest.raises(StoreError):
        store.commit(TURN[:1])
    commit(store)
    assert bodies(store) == [b"one", b"two", b"three"]
    assert store.sessions() == {"OMS": SessionNumbers(1, 4, 0)}
    assert [order.order_id for order in store.open_orders()] == ["A-3"]


def _lose_next_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server commits, and the connection ends before it can say so."""
    dialect = store._engine.dialect
    honest = dialect.do_commit

    def do_commit(connection: Any) -> None:
        monkeypatch.setattr(dialect, "do_commit", honest)
        honest(connection)
        connection.dbapi_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dialect, "do_commit", do_commit)


def test_an_engine_that_took_over_meanwhile_keeps_the_store(database: str, opened: Open) -> None:
    store = opened(database)
    commit(store)
    hang_up(store)
    other = opened(database)
    with pytest.raises(StoreError):
        commit(store, [entry(4)])
    with pytest.raises(StoreError, match="another engine writes to this store"):
        commit(store, [entry(4)])
    let_go(other)
    commit(store, [entry(4, body=b"four")])
    assert bodies(store) == [b"one", b"two", b"three", b"four"]


def test_what_somebody_else_wrote_meanwhile_ends_the_writer(database: str, opened: Open) -> None:
    store = opened(database)
    commit(store)
    hang_up(store)
    with pytest.raises(StoreError):
        commit(store, [entry(4)])
    other = opened(database)
    commit(other, [entry(4, body=b"other")])
    let_go(other)
    for _ in range(2):
        with pytest.raises(StoreError, match="its end, record 4, is not ours: somebody else wrote to it"):
            commit(store, [entry(4, body=b"four")])
    assert bodies(opened(database, create=False)) == [b"one", b"two", b"three", b"other"]
