"""What tests put into a store, and a way around it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import NullPool, create_engine, text

from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.store import Entry, Kind, Record

AT = 1_700_000_000_000_000_000


def entry(
    number: int = 0,
    *,
    kind: Kind = Kind.OUT,
    session: str = "OMS",
    msg_type: str = "8",
    order_id: str = "",
    body: bytes = b"8=FIX.4.4\x0135=8\x01",
) -> Entry:
    return (AT + number, kind.value, session, number, msg_type, order_id, body)


def recorded(*entries: Entry) -> list[Record]:
    """These entries as the whole record of a store."""
    records, last = [], GENESIS
    for seq, each in enumerate(entries, start=1):
        last = digest(last, seq, *each)
        records.append(Record(seq, *each, last))
    return records


def query(url: str, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Runs a statement behind the store's back, as somebody with the database's password would."""
    engine = create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows
