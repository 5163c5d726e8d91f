"""The drop-copy store: what came, what was decided, what went, in one chained sequence.

SQLAlchemy Core over SQLite (WAL) or PostgreSQL. The loop commits once per turn, before it sends; the statements of that
commit are prepared text with lists of tuples, because building them anew costs more than writing.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, func, select

from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.database import Durability, StoreError, check_file, lock_file, parse_url, sentences, settings
from engine.dropcopy.schema import check, kept, migrate, parent_order, record, session_numbers, used_id

T = TypeVar("T")
CHUNK = 2_000  # rows read at a time, so that memory stays flat
END = 2**63 - 1  # behind every record
# Beside a narrower condition: of `seq` itself PostgreSQL, as long as it has no statistics, would read the whole index.
_place = record.c.seq + 0
_LOCK = 0x6D616E69666F6C64  # PostgreSQL advisory lock: "manifold"


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


class Changes(NamedTuple):
    """What the entries of a commit change in the tables beside the record.

    `used` holds (OrderID, session, ClOrdID(11)) of requests about a parent; `kept` what is to be remembered under a
    key, None to forget it. `opened_with` and `used_with` say by how many entries of the commit each of `opened` and
    `used` was so; by the first, where they say nothing.
    """

    opened: Sequence[Opened] = ()
    closed: Sequence[str] = ()
    reopened: Sequence[str] = ()
    used: Sequence[tuple[str, str, str]] = ()
    kept: Mapping[str, Mapping[str, object] | None] = {}
    opened_with: Sequence[int] = ()
    used_with: Sequence[int] = ()


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
        parsed = parse_url(url)
        shown = parsed.difference_update_query(["password", "sslpassword"])  # libpq takes them there as well
        name = shown.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite":
            check_file(parsed.database, create=create)
        with sentences(name):
            engine = create_engine(parsed)
            event.listen(engine, "connect", settings(engine.dialect.name, durability, writer=create))
            return cls(engine, writer=create, name=name)

    # -- writing -----------------------------------------------------------------------------------------------------

    def _become_writer(self) -> None:
        if self._engine.dialect.name == "sqlite":
            self._lock = lock_file(Path(str(self._engine.url.database)))
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
        changes: Changes = Changes(),  # noqa: B008  a value
        *,
        sessions: Mapping[str, SessionNumbers] | None = None,
    ) -> None:
        """Records all of it in one transaction, durable when this returns; StoreError, and nothing is, otherwise."""
        seq, last = self._seq, self._digest
        rows = []
        for entry in entries:
            seq += 1
            last = digest(last, seq, *entry)
            rows.append((seq, *entry, last))
        opened = _placed(changes.opened, changes.opened_with, self._seq)
        if self._lost:
            rows, opened = self._recovered(rows, opened)
        with sentences(self.name), self._transaction() as connection:
            if rows:
                connection.exec_driver_sql(self._statements.record, rows)
            if opened:
                parents = [(o.order_id, o.session, o.cl_ord_id, o.at, place) for o, place in opened]
                connection.exec_driver_sql(self._statements.opened, parents)
            if changes.closed or changes.reopened:
                self._close_or_open(connection, changes, seq)
            if changes.used:
                used = _placed(changes.used, changes.used_with, self._seq)
                connection.exec_driver_sql(self._statements.used, [(u[2], u[1], u[0], place) for u, place in used])
            if changes.kept:
                self._keep(connection, changes.kept)
            if sessions:
                numbers = [(name, n.next_in, n.next_out, n.epoch, self._seq + 1) for name, n in sessions.items()]
                connection.exec_driver_sql(self._statements.numbers, numbers)
        self._seq, self._digest = seq, last

    def _close_or_open(self, connection: Connection, changes: Changes, seq: int) -> None:
        """A parent that was closed and opened again within one commit is as it was before it."""
        counted = Counter(changes.closed)
        counted.subtract(changes.reopened)
        moved = [(seq if times > 0 else None, order_id) for order_id, times in counted.items() if times]
        if moved:
            connection.exec_driver_sql(self._statements.closed, moved)

    def _keep(self, connection: Connection, values: Mapping[str, Mapping[str, object] | None]) -> None:
        connection.exec_driver_sql(self._statements.forget, [(key,) for key in values])
        rows = [(key, json.dumps(value, sort_keys=True)) for key, value in values.items() if value is not None]
        if rows:
            connection.exec_driver_sql(self._statements.keep, rows)

    def _recovered(
        self, rows: list[Any], opened: list[tuple[Opened, int]]
    ) -> tuple[list[Any], list[tuple[Opened, int]]]:
        """Connects again; what is left to write, for the commit that lost the connection may have gone through."""
        with sentences(self.name):
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
        return rows[written:], [each for each in opened if not (written and self.has_order(each[0].order_id))]

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(exc.SQLAlchemyError):  # a lost connection cannot be closed politely
                self._connection.close()
            self._connection = None
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- reading; `before` a record: as it was then --------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The number of the last record, 0 of an empty store."""
        if self._connection is not None:
            return self._seq
        number: int = self._all(select(func.coalesce(func.max(record.c.seq), 0)))[0][0]
        return number

    def sessions(self) -> dict[str, SessionNumbers]:
        table = session_numbers.c
        rows = self._all(select(table.session, table.next_in, table.next_out, table.epoch))
        return {name: SessionNumbers(next_in, next_out, epoch) for name, next_in, next_out, epoch in rows}

    def kept(self) -> dict[str, dict[str, object]]:
        """What is to be remembered over a restart, by key."""
        return {key: json.loads(value) for key, value in self._all(select(kept.c.key, kept.c.value))}

    def parents(self) -> list[Opened]:
        """Every parent ever, oldest first."""
        return self._parents()

    def open_orders(self, *, before: int = END) -> list[Opened]:
        """Parents not yet final, oldest first."""
        closed = parent_order.c.closed_seq
        return self._parents(closed.is_(None) | (closed >= before), before=before)

    def orders_by_cl_ord_id(self, cl_ord_id: str, *, before: int = END) -> list[Opened]:
        """Parents of every session that used this ClOrdID(11), for the order or a request about it; oldest first."""
        used = select(used_id.c.order_id).where(used_id.c.cl_ord_id == cl_ord_id, used_id.c.seq < before)
        own = select(parent_order.c.order_id).where(parent_order.c.cl_ord_id == cl_ord_id)
        found = [order_id for (order_id,) in self._all(own.union(used))]  # in one query PostgreSQL reads all parents
        return self._parents(parent_order.c.order_id.in_(found), before=before) if found else []

    def seen_cl_ord_id(self, session: str, cl_ord_id: str, *, before: int = END) -> bool:
        return any(order.session == session for order in self.orders_by_cl_ord_id(cl_ord_id, before=before))

    def orders(self, order_id: str) -> list[Opened]:
        """The one parent of this OrderID(37), or none."""
        return self._parents(parent_order.c.order_id == order_id)

    def has_order(self, order_id: str, *, before: int = END) -> bool:
        return bool(self._parents(parent_order.c.order_id == order_id, before=before))

    def cl_ord_ids(self, *, before: int = END) -> Iterator[tuple[str, str]]:
        """(session, ClOrdID) of every parent ever."""
        table = parent_order.c
        yield from self._stream(select(table.session, table.cl_ord_id).where(table.opened_seq < before))

    def used_ids(self, *, before: int = END) -> Iterator[tuple[str, str]]:
        """(session, ClOrdID) of every request about a parent that counts as used."""
        yield from self._stream(select(used_id.c.session, used_id.c.cl_ord_id).where(used_id.c.seq < before))

    def order_records(self, order_id: str, *, before: int = END) -> Iterator[Record]:
        """Everything about one parent, in order."""
        query = select(record).where(record.c.order_id == order_id, record.c.order_id != "", _place < before)
        return (Record(*row) for row in self._all(query.order_by(record.c.seq)))

    def records(self, *, after: int = 0) -> Iterator[Record]:
        """The whole record behind `after`, in order, streamed."""
        return (Record(*row) for row in self._stream(select(record).where(record.c.seq > after).order_by(record.c.seq)))

    def outbound(
        self, session: str, begin: int, end: int, *, since: int | None = None, before: int = END
    ) -> Iterator[Record]:
        """Messages sent on a session with MsgSeqNum(34) `begin` to `end` since its numbers were last reset, or since
        the record `since` where that reset is not the last.
        """
        epoch = select(session_numbers.c.epoch_seq).where(session_numbers.c.session == session).scalar_subquery()
        query = (
            select(record)
            .where(record.c.kind == Kind.OUT.value, record.c.session == session)
            .where(record.c.msg_seq_num.between(begin, end), _place < before)
            .where(_place >= (func.coalesce(epoch, 0) if since is None else since))
            .order_by(record.c.msg_seq_num, record.c.seq)
        )
        return (Record(*row) for row in self._all(query))

    def counts(self) -> dict[str, int]:
        """Records by kind."""
        query = select(record.c.kind, func.count()).group_by(record.c.kind).order_by(record.c.kind)
        return dict(tuple(row) for row in self._all(query))

    def _parents(self, *where: Any, before: int = END) -> list[Opened]:
        table = parent_order.c
        query = select(table.order_id, table.session, table.cl_ord_id, table.at).where(table.opened_seq < before)
        # an older Manifold noted those of one commit under one number: T-9 was before T-10
        oldest_first = table.opened_seq, func.length(table.order_id), table.order_id
        return [Opened(*row) for row in self._all(query.where(*where).order_by(*oldest_first))]

    def _all(self, query: Any) -> Sequence[Any]:
        with sentences(self.name):
            if self._connection is not None and not self._lost:
                with self._transaction() as own:
                    return own.execute(query).all()
            with self._engine.connect() as connection:
                return connection.execute(query).all()

    def _stream(self, query: Any) -> Iterator[Any]:
        chunked = query.execution_options(yield_per=CHUNK)
        with sentences(self.name), self._engine.connect() as connection, connection.execute(chunked) as result:
            yield from result


def _placed(things: Sequence[T], places: Sequence[int], seq: int) -> list[tuple[T, int]]:
    """Each with the record by which it was so, of a commit behind `seq`."""
    return [(thing, seq + (places[n] if n < len(places) else 1)) for n, thing in enumerate(things)]


class _Statements:
    """The text of a commit, in the database's own way to mark parameters."""

    def __init__(self, backend: str) -> None:
        mark = "?" if backend == "sqlite" else "%s"

        def marks(count: int) -> str:
            return ",".join([mark] * count)

        self.record = f"INSERT INTO record VALUES ({marks(9)})"  # noqa: S608  marks only
        self.opened = f"INSERT INTO parent_order VALUES ({marks(5)}, NULL)"  # noqa: S608
        self.used = f"INSERT INTO used_id VALUES ({marks(4)}) ON CONFLICT DO NOTHING"  # noqa: S608
        self.forget = f"DELETE FROM kept WHERE key = {mark}"  # noqa: S608
        self.keep = f"INSERT INTO kept VALUES ({marks(2)})"  # noqa: S608
        self.closed = f"UPDATE parent_order SET closed_seq = {mark} WHERE order_id = {mark}"  # noqa: S608
        self.numbers = (
            f"INSERT INTO session_numbers VALUES ({marks(5)}) ON CONFLICT (session) DO UPDATE SET "  # noqa: S608
            "next_in = excluded.next_in, next_out = excluded.next_out, epoch = excluded.epoch, epoch_seq = CASE WHEN "
            "excluded.epoch = session_numbers.epoch THEN session_numbers.epoch_seq ELSE excluded.epoch_seq END"
        )


def _head(connection: Connection) -> tuple[int, bytes]:
    row = connection.execute(select(record.c.seq, record.c.digest).order_by(record.c.seq.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, GENESIS)


__all__ = ["END", "Changes", "Durability", "Entry", "Kind", "Opened", "Record", "SessionNumbers", "Store", "StoreError"]
