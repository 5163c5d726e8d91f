"""The drop-copy store: what came, what was decided, what went, in one chained sequence.

SQLAlchemy Core over SQLite (WAL) or PostgreSQL. The loop commits once per turn, before it sends; the statements of that
commit are prepared text with lists of tuples, because building them anew costs more than writing.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, func, make_url, select

from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.schema import SchemaError, check, migrate, parent_order, record, session_numbers

Durability = Literal["process", "power"]
CHUNK = 2_000  # rows read at a time, so that memory stays flat
CHECKPOINT = 4_000  # pages of log before SQLite moves them into the file
_LOCK = 0x6D616E69666F6C64  # PostgreSQL advisory lock: "manifold"


class StoreError(RuntimeError):
    """The store cannot do this; the sentence says which store, what happened, and what to do. Nothing was written."""


class Kind(StrEnum):
    """What a record is."""

    IN = "in"  # a message that the session layer delivered
    OUT = "out"
    RESENT = "resent"  # left again, marked PossDupFlag(43)=Y
    SKIPPED = "skipped"  # received and not delivered: garbled, a duplicate, too early, or from a stranger
    DECISION = "decision"  # JSON
    EVENT = "event"  # JSON


# What is to be recorded: at (ns since the epoch), kind, session, MsgSeqNum(34) or 0, MsgType(35), OrderID or "", body.
# A bare tuple: it is written to the database as it stands, some thirty thousand times a second.
Entry = tuple[int, str, str, int, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as it stands in the store."""

    seq: int
    at: int
    kind: str
    session: str
    msg_seq_num: int
    msg_type: str
    order_id: str
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class SessionNumbers:
    """MsgSeqNum(34) to expect and to send next. `epoch` counts the resets of both to 1."""

    next_in: int
    next_out: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A parent taken on, at `at` ns."""

    order_id: str
    session: str
    cl_ord_id: str
    at: int


class Store:
    """One writer, any number of readers. See `open`."""

    def __init__(self, engine: Engine, *, writer: bool, name: str) -> None:
        self.name = name
        self._engine = engine
        self._lock: IO[bytes] | None = None
        self._connection: Connection | None = None
        self._lost = False  # the writer's connection; only `_recovered` makes another, with the lock
        self._statements = _Statements(engine.dialect.name)
        self._seq, self._digest = 0, GENESIS
        try:
            self._become_writer() if writer else self._become_reader()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, *, durability: Durability = "power", create: bool = True) -> Store:
        """The store at `url`, an SQLAlchemy URL or the path of an SQLite file; StoreError when that cannot be.

        With `create` it is made or brought up to date and locked for this process, the only writer; without, it is
        opened to be read.
        """
        parsed = _url(url)
        shown = parsed.difference_update_query(["password", "sslpassword"])  # libpq takes them there as well
        name = shown.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite":
            _check_file(parsed.database, create=create)
        with _sentences(name):
            engine = create_engine(parsed)
            event.listen(engine, "connect", _settings(engine.dialect.name, durability, writer=create))
            return cls(engine, writer=create, name=name)

    # -- writing -----------------------------------------------------------------------------------------------------

    def _become_writer(self) -> None:
        if self._engine.dialect.name == "sqlite":
            self._lock = _lock_file(Path(str(self._engine.url.database)))
        self._connect()
        with self._transaction() as connection:
            migrate(connection)
            self._seq, self._digest = _head(connection)

    def _become_reader(self) -> None:
        with self._engine.connect() as connection:
            check(connection)

    def _connect(self) -> None:
        connection = self._engine.connect()
        if connection.dialect.name == "postgresql":
            if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar():
                connection.close()
                raise StoreError(f"{self.name}: another engine writes to this store; stop it or use another database")
            connection.commit()
        self._connection, self._lost = connection, False

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._connection is None:
            raise StoreError(f"{self.name} is closed or was opened to be read")
        try:
            with self._connection.begin():
                yield self._connection
        finally:
            self._lost = self._connection.invalidated

    def commit(
        self,
        entries: Sequence[Entry],
        *,
        opened: Sequence[Opened] = (),
        closed: Sequence[str] = (),
        sessions: Mapping[str, SessionNumbers] | None = None,
    ) -> None:
        """Records all of it in one transaction, durable when this returns; StoreError, and nothing is, otherwise."""
        seq, last = self._seq, self._digest
        rows = []
        for entry in entries:
            seq += 1
            last = digest(last, seq, *entry)
            rows.append((seq, *entry, last))
        if self._lost:
            rows, opened = self._recovered(rows, opened)
        with _sentences(self.name), self._transaction() as connection:
            if rows:
                connection.exec_driver_sql(self._statements.record, rows)
            if opened:
                parents = [(o.order_id, o.session, o.cl_ord_id, o.at, self._seq + 1) for o in opened]
                connection.exec_driver_sql(self._statements.opened, parents)
            if closed:
                connection.exec_driver_sql(self._statements.closed, [(seq, order_id) for order_id in closed])
            if sessions:
                numbers = [(name, n.next_in, n.next_out, n.epoch, self._seq + 1) for name, n in sessions.items()]
                connection.exec_driver_sql(self._statements.numbers, numbers)
        self._seq, self._digest = seq, last

    def _recovered(self, rows: list[Any], opened: Sequence[Opened]) -> tuple[list[Any], list[Opened]]:
        """Connects again; what is left to write, for the commit that lost the connection may have gone through."""
        with _sentences(self.name):
            self._connect()
            with self._transaction() as connection:
                head = _head(connection)
        possible = [(self._seq, self._digest), *[(row[0], row[-1]) for row in rows]]
        if head not in possible:
            connection.invalidate()
            self._lost = True
            what = "somebody else wrote to it, or it was brought back from a copy"
            raise StoreError(f"{self.name}: its end, record {head[0]}, is not ours: {what}; restart the engine")
        written = possible.index(head)
        return rows[written:], [each for each in opened if not (written and self.has_order(each.order_id))]

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(exc.SQLAlchemyError):  # a lost connection cannot be closed politely
                self._connection.close()
            self._connection = None
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- reading -----------------------------------------------------------------------------------------------------

    def sessions(self) -> dict[str, SessionNumbers]:
        table = session_numbers.c
        rows = self._all(select(table.session, table.next_in, table.next_out, table.epoch))
        return {name: SessionNumbers(next_in, next_out, epoch) for name, next_in, next_out, epoch in rows}

    def parents(self) -> list[Opened]:
        """Every parent ever, oldest first."""
        return [Opened(*row) for row in self._all(_PARENTS.order_by(parent_order.c.opened_seq))]

    def open_orders(self) -> list[Opened]:
        """Parents not yet final, oldest first."""
        query = _PARENTS.where(parent_order.c.closed_seq.is_(None)).order_by(parent_order.c.opened_seq)
        return [Opened(*row) for row in self._all(query)]

    def orders_by_cl_ord_id(self, cl_ord_id: str) -> list[Opened]:
        """Parents of every session that used this ClOrdID(11), oldest first."""
        query = _PARENTS.where(parent_order.c.cl_ord_id == cl_ord_id).order_by(parent_order.c.opened_seq)
        return [Opened(*row) for row in self._all(query)]

    def seen_cl_ord_id(self, session: str, cl_ord_id: str) -> bool:
        return any(order.session == session for order in self.orders_by_cl_ord_id(cl_ord_id))

    def has_order(self, order_id: str) -> bool:
        return bool(self._all(_PARENTS.where(parent_order.c.order_id == order_id)))

    def cl_ord_ids(self) -> Iterator[tuple[str, str]]:
        """(session, ClOrdID) of every parent ever."""
        for row in self._stream(select(parent_order.c.session, parent_order.c.cl_ord_id)):
            yield row[0], row[1]

    def order_records(self, order_id: str) -> Iterator[Record]:
        """Everything about one parent, in order."""
        query = select(record).where(record.c.order_id == order_id, record.c.order_id != "").order_by(record.c.seq)
        return (Record(*row) for row in self._all(query))

    def records(self, *, after: int = 0) -> Iterator[Record]:
        """The whole record behind `after`, in order, streamed."""
        return (Record(*row) for row in self._stream(select(record).where(record.c.seq > after).order_by(record.c.seq)))

    def outbound(self, session: str, begin: int, end: int) -> Iterator[Record]:
        """Messages sent on a session with MsgSeqNum(34) `begin` to `end` since its numbers were last reset."""
        epoch = select(session_numbers.c.epoch_seq).where(session_numbers.c.session == session).scalar_subquery()
        query = (
            select(record)
            .where(record.c.kind == Kind.OUT.value, record.c.session == session)
            .where(record.c.msg_seq_num.between(begin, end), record.c.seq >= func.coalesce(epoch, 0))
            .order_by(record.c.msg_seq_num, record.c.seq)
        )
        return (Record(*row) for row in self._all(query))

    def counts(self) -> dict[str, int]:
        """Records by kind."""
        query = select(record.c.kind, func.count()).group_by(record.c.kind).order_by(record.c.kind)
        return dict(tuple(row) for row in self._all(query))

    def _all(self, query: Any) -> Sequence[Any]:
        with _sentences(self.name):
            if self._connection is not None and not self._lost:
                with self._transaction() as own:
                    return own.execute(query).all()
            with self._engine.connect() as connection:
                return connection.execute(query).all()

    def _stream(self, query: Any) -> Iterator[Any]:
        chunked = query.execution_options(yield_per=CHUNK)
        with _sentences(self.name), self._engine.connect() as connection, connection.execute(chunked) as result:
            yield from result


_PARENTS = select(parent_order.c.order_id, parent_order.c.session, parent_order.c.cl_ord_id, parent_order.c.at)


class _Statements:
    """The text of a commit, in the database's own way to mark parameters."""

    def __init__(self, backend: str) -> None:
        mark = "?" if backend == "sqlite" else "%s"

        def marks(count: int) -> str:
            return ",".join([mark] * count)

        self.record = f"INSERT INTO record VALUES ({marks(9)})"  # noqa: S608  marks only
        self.opened = f"INSERT INTO parent_order VALUES ({marks(5)}, NULL)"  # noqa: S608
        self.closed = f"UPDATE parent_order SET closed_seq = {mark} WHERE order_id = {mark}"  # noqa: S608
        self.numbers = (
            f"INSERT INTO session_numbers VALUES ({marks(5)}) ON CONFLICT (session) DO UPDATE SET "  # noqa: S608
            "next_in = excluded.next_in, next_out = excluded.next_out, epoch = excluded.epoch, epoch_seq = CASE WHEN "
            "excluded.epoch = session_numbers.epoch THEN session_numbers.epoch_seq ELSE excluded.epoch_seq END"
        )


def _url(url: str) -> URL:
    try:
        if "://" in url:
            return make_url(url)
        if "@" not in url.partition(":")[2]:
            return make_url(f"sqlite:///{url}")
    except (exc.ArgumentError, ValueError):
        pass
    what = "neither a path nor a URL like postgresql+psycopg://user@host/database"
    raise StoreError(f"the store is given as {what} (the text is not shown, it may hold a password)")


def _check_file(name: str | None, *, create: bool) -> None:
    if not name or name == ":memory:":
        raise StoreError("a store must outlive the process: give the path of an SQLite file")
    path = Path(name)
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the path of a file in it, such as {path / 'store.db'}")
    if not create and not path.is_file():
        raise StoreError(f"{path}: there is no store here; is the path right?")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder does not exist; make it first")


def _lock_file(path: Path) -> IO[bytes]:
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


def _head(connection: Connection) -> tuple[int, bytes]:
    row = connection.execute(select(record.c.seq, record.c.digest).order_by(record.c.seq.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, GENESIS)


def _settings(backend: str, durability: Durability, *, writer: bool) -> Any:
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
def _sentences(name: str) -> Iterator[None]:
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
