"""What a decider needs around it, kept in memory: sessions without sockets, and the past in lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.dropcopy.store import Kind, Opened, Record
from engine.orders.order import Parent
from sessions.gateway.terms import Terms
from spec.dialects import dialect


class Wire:
    """What the outbox wants of a session: its words and the next number."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.dialect = dialect(version)
        self.begin_string = self.dialect.begin_string
        self.terms = Terms(name, version, "MANIFOLD", name)
        self.number = 1

    def next_out(self) -> int:
        return self.number


class Past:
    """What a decider looks up, kept in lists."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.opened: list[Opened] = []
        self.used: list[tuple[str, str, str]] = []

    def has_order(self, order_id: str) -> bool:
        return any(each.order_id == order_id for each in self.opened)

    def order_records(self, order_id: str) -> Iterator[Record]:
        return (record for record in self.records if record.order_id == order_id)

    def orders_by_cl_ord_id(self, cl_ord_id: str) -> list[Opened]:
        about = {order_id for order_id, _, used in self.used if used == cl_ord_id}
        return [each for each in self.opened if each.cl_ord_id == cl_ord_id or each.order_id in about]

    def cl_ord_ids(self) -> Iterator[tuple[str, str]]:
        yield from ((each.session, each.cl_ord_id) for each in self.opened)
        yield from ((session, cl_ord_id) for _, session, cl_ord_id in self.used)

    def sent(self, session: str, number: int) -> Iterator[Record]:
        head = (Kind.OUT, session, number)
        return (record for record in self.records if (record.kind, record.session, record.msg_seq_num) == head)


def differences(rebuilt: Parent, living: Parent) -> list[str]:
    """Field by field, where the record has it otherwise than it is."""
    found = _fields(living.order_id, rebuilt, living)
    for name in rebuilt.children.keys() & living.children.keys():
        found += _fields(name, rebuilt.children[name], living.children[name])
    return found


def _fields(name: str, rebuilt: Any, living: Any) -> list[str]:
    """But `kept`: how often a venue said no is forgotten at a kill, and at the end of every doubt. And `astray` may
    stand longer by the record, where it only makes somebody look once more.
    """
    names = [each for each in rebuilt.__slots__ if each not in ("children", "kept")]
    pairs = [(each, getattr(rebuilt, each), getattr(living, each)) for each in names]
    if isinstance(rebuilt, Parent):
        pairs.append(("children", [*rebuilt.children], [*living.children]))
    different = [pair for pair in pairs if pair[1] != pair[2] and pair[:2] != ("astray", True)]
    return [f"{name}.{each}: {told} by the record, {is_now} in life" for each, told, is_now in different]
