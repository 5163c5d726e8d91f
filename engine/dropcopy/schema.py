"""Tables of the store, and the ordered steps by which an older store becomes a current one.

`record` is the evidence: append-only, dense `seq` from 1, chained. The other tables can be derived from it; they
save a restart from reading everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    literal_column,
    select,
    text,
)

metadata = MetaData()

record = Table(
    "record",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),  # ns since the epoch, UTC
    Column("kind", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("msg_seq_num", BigInteger, nullable=False),
    Column("msg_type", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
_OF_ORDER = text("order_id <> ''")
_OUTBOUND = text("kind = 'out'")
Index("record_of_order", record.c.order_id, sqlite_where=_OF_ORDER, postgresql_where=_OF_ORDER)
Index("record_outbound", record.c.session, record.c.msg_seq_num, sqlite_where=_OUTBOUND, postgresql_where=_OUTBOUND)

session_numbers = Table(
    "session_numbers",
    metadata,
    Column("session", Text, primary_key=True),
    Column("next_in", BigInteger, nullable=False),
    Column("next_out", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),  # how often the numbers were reset to 1
    Column("epoch_seq", BigInteger, nullable=False),  # first record of the epoch
)

parent_order = Table(
    "parent_order",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("session", Text, nullable=False),
    Column("cl_ord_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("opened_seq", BigInteger, nullable=False),
    Column("closed_seq", BigInteger, nullable=True),
    sqlite_with_rowid=False,
)
Index("parent_by_cl_ord_id", parent_order.c.cl_ord_id, parent_order.c.session)

used_id = Table(  # of cancels and replaces; those of the orders themselves are in parent_order
    "used_id",
    metadata,
    Column("cl_ord_id", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

kept = Table(
    "kept",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))


class SchemaError(RuntimeError):
    """This database is no store that we can use; the sentence says why, and what to do."""


def _first(connection: Connection) -> None:
    metadata.create_all(connection, [record, session_numbers, parent_order, schema_version])


def _second(connection: Connection) -> None:
    metadata.create_all(connection, [used_id, kept])


# Step n makes version n + 1 of version n. A step is never changed once released; a new one is appended.
MIGRATIONS = (_first, _second)


def migrate(connection: Connection) -> None:
    """Brings the store up to date within the caller's transaction, which must be fresh: all of it or nothing."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's sqlite3 begins none for CREATE TABLE
    version = _version(connection)
    for step in MIGRATIONS[version:]:
        step(connection)
    if version < len(MIGRATIONS):
        connection.execute(schema_version.delete())
        connection.execute(schema_version.insert().values(version=len(MIGRATIONS)))


def check(connection: Connection) -> None:
    """For who only reads: SchemaError unless the store is there and up to date."""
    version = _version(connection)
    if version == 0:
        raise SchemaError("there is no store in this database; is the path or URL right?")
    if version < len(MIGRATIONS):
        raise SchemaError(
            f"the store has schema version {version}, this Manifold reads {len(MIGRATIONS)}; start the engine on it "
            "once, or read it with the Manifold that made it"
        )


def _version(connection: Connection) -> int:
    """0 of an empty database."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    if schema_version.name not in tables:
        raise SchemaError(
            f"the database holds {', '.join(sorted(tables)[:3])} and no store; give the store a database of its own"
        )
    rows: Sequence[Any] = connection.execute(select(literal_column("*")).select_from(schema_version)).all()
    if len(rows) != 1 or len(rows[0]) != 1 or not isinstance(rows[0][0], int) or rows[0][0] < 1:
        raise SchemaError(f"table {schema_version.name} is not ours; give the store a database of its own")
    version = rows[0][0]
    if version > len(MIGRATIONS):
        raise SchemaError(
            f"the store has schema version {version}, this Manifold knows {len(MIGRATIONS)}; use a newer Manifold"
        )
    return version
