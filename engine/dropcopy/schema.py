"""Tables of the store, and the ordered steps by which an older store becomes a current one.

`record` is the evidence: append-only, dense `seq` from 1, chained. The other two tables can be derived from it; they
save a restart from reading everything.
"""

from __future__ import annotations

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

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))


class SchemaError(RuntimeError):
    """This store was made by another version; the sentence says which."""


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


# Step n makes version n + 1 of version n. A step is never changed once released; a new one is appended.
MIGRATIONS = (_first,)


def migrate(connection: Connection) -> None:
    """Brings the store up to date within the caller's transaction; SchemaError when it is newer than we are."""
    known = inspect(connection).has_table("schema_version")
    version = connection.scalar(select(schema_version.c.version)) if known else 0
    if version is None or version > len(MIGRATIONS):
        raise SchemaError(
            f"the store has schema version {version}, this Manifold knows {len(MIGRATIONS)}; use a newer one"
        )
    for step in MIGRATIONS[version:]:
        step(connection)
    if version < len(MIGRATIONS):
        connection.execute(schema_version.delete())
        connection.execute(schema_version.insert().values(version=len(MIGRATIONS)))
