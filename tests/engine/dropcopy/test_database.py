"""What a database's own errors become; the store's tests hold the rest of it against real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import exc

from engine.dropcopy.database import StoreError, check_file, lock_file, parse_url, sentences
from engine.dropcopy.schema import SchemaError


@pytest.mark.parametrize(
    ("url", "backend", "database"),
    [
        ("runs/store.db", "sqlite", "runs/store.db"),
        ("sqlite:////var/store.db", "sqlite", "/var/store.db"),
        ("postgresql+psycopg://db/manifold", "postgresql", "manifold"),
    ],
)
def test_a_store_is_named_by_a_path_or_a_url(url: str, backend: str, database: str) -> None:
    parsed = parse_url(url)
    assert (parsed.get_backend_name(), parsed.database) == (backend, database)


def test_what_is_neither_is_not_shown() -> None:
    with pytest.raises(StoreError, match="neither a path nor a URL") as refused:
        parse_url("postgresql:desk:hunter2@db")
    assert "hunter2" not in str(refused.value)


def test_a_file_has_to_be_possible(tmp_path: Path) -> None:
    check_file(str(tmp_path / "new.db"), create=True)
    for name, create, why in [
        (":memory:", True, "a store must outlive the process"),
        (str(tmp_path), True, "is a folder; give the path of a file in it"),
        (str(tmp_path / "new.db"), False, "there is no store here"),
        (str(tmp_path / "none" / "new.db"), True, "the folder does not exist"),
    ]:
        with pytest.raises(StoreError, match=why):
            check_file(name, create=create)


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    held = lock_file(tmp_path / "store.db")
    with pytest.raises(StoreError, match="another engine writes to this store"):
        lock_file(tmp_path / "store.db")
    held.close()
    lock_file(tmp_path / "store.db").close()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SchemaError("too old"), "store.db: too old"),
        (
            exc.OperationalError("", {}, Exception("database or disk is full")),
            "store.db: database or disk is full; make room, nothing of this turn was written",
        ),
        (
            exc.IntegrityError("", {}, Exception("UNIQUE constraint failed: record.seq\nmore")),
            "store.db: does not take this, nothing of it was written: UNIQUE constraint failed: record.seq",
        ),
        (
            exc.DatabaseError("", {}, Exception("file is not a database")),
            "store.db: is no store of Manifold, or it is damaged: file is not a database",
        ),
        (exc.NoSuchModuleError(), "store.db: this database is not supported; use sqlite or postgresql+psycopg"),
    ],
)
def test_errors_are_sentences_with_advice(error: Exception, sentence: str) -> None:
    with pytest.raises(StoreError) as told, sentences("store.db"):
        raise error
    assert str(told.value) == sentence
