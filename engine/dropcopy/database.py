"""The way to a database: its URL, its file and lock, its settings, and its errors as sentences."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

from sqlalchemy import URL, exc, make_url

from engine.dropcopy.schema import SchemaError

Durability = Literal["process", "power"]
CHECKPOINT = 4_000  # pages of log before SQLite moves them into the file


class StoreError(RuntimeError):
    """The store cannot do this; the sentence says which store, what happened, and what to do. Nothing was written."""


def parse_url(url: str) -> URL:
    try:
        if "://" in url:
            return make_url(url)
        if "@" not in url.partition(":")[2]:
            return make_url(f"sqlite:///{url}")
    except (exc.ArgumentError, ValueError):
        pass
    what = "neither a path nor a URL like postgresql+psycopg://user@host/database"
    raise StoreError(f"the store is given as {what} (the text is not shown, it may hold a password)")


def check_file(name: str | None, *, create: bool) -> None:
    if not name or name == ":memory:":
        raise StoreError("a store must outlive the process: give the path of an SQLite file")
    path = Path(name)
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the path of a file in it, such as {path / 'store.db'}")
    if not create and not path.is_file():
        raise StoreError(f"{path}: there is no store here; is the path right?")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder does not exist; make it first")


def lock_file(path: Path) -> IO[bytes]:
    """Held as long as this process lives; the operating system gives it back whatever happens."""
    try:
        lock = path.with_name(f"{path.name}.lock").open("wb")
    except OSError as error:
        raise StoreError(f"{path}: cannot be locked: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreError(f"{path}: another engine writes to this store; stop it or use another path") from None
    return lock


def settings(backend: str, durability: Durability, *, writer: bool) -> Any:
    """WAL lets readers read while the loop writes. FULL waits for the disk at each commit, NORMAL does not."""
    if backend == "sqlite":
        level = "FULL" if durability == "power" else "NORMAL"
        writing = ["journal_mode=WAL", f"synchronous={level}", f"wal_autocheckpoint={CHECKPOINT}"]
        commands = [f"PRAGMA {each}" for each in ("busy_timeout=5000", *(writing if writer else ()))]
    else:
        commands = [f"SET synchronous_commit = {'on' if durability == 'power' else 'off'}"]

    def apply(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for command in commands:
            cursor.execute(command)
        cursor.close()
        if backend != "sqlite":
            connection.commit()

    return apply


@contextlib.contextmanager
def sentences(name: str) -> Iterator[None]:
    """Database errors as StoreError with something a person can act on."""
    try:
        yield
    except SchemaError as error:
        raise StoreError(f"{name}: {error}") from None
    except exc.NoSuchModuleError:
        raise StoreError(f"{name}: this database is not supported; use sqlite or postgresql+psycopg") from None
    except ModuleNotFoundError as error:
        raise StoreError(f"{name}: {error.name} is not installed; install manifold-fix[postgresql]") from None
    except exc.OperationalError as error:
        raise StoreError(f"{name}: {_first_line(error)}{_advice(str(error.orig))}") from error
    except (exc.IntegrityError, exc.DataError) as error:
        raise StoreError(f"{name}: does not take this, nothing of it was written: {_first_line(error)}") from error
    except exc.DatabaseError as error:
        raise StoreError(f"{name}: is no store of Manifold, or it is damaged: {_first_line(error)}") from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"{name}: {_first_line(error)}") from error


def _first_line(error: exc.SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]


def _advice(message: str) -> str:
    advice = {
        "No space left": "; make room, nothing of this turn was written",
        "full": "; make room, nothing of this turn was written",
        "no such table": "; this is no store of Manifold",
        "locked": "; another process holds it",
        "unable to open": "; is the folder there and may we write to it?",
        "readonly": "; may we write to it?",
        "could not connect": "; does the server run, and is the URL right?",
        "connection": "; does the server run, and is the URL right?",
    }
    return next((text for mark, text in advice.items() if mark in message), "")
