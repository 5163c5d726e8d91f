"""`manifold show order`: everything on record about one order, as a tree a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from rich.tree import Tree

from engine.core.orders import child_id
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Kind, Record, Store
from engine.orders.order import Child, Parent, trimmed
from fix import tags
from fix.enums import ExecType, MsgType
from fix.message import GarbledMessageError, Message
from fix.timestamp import format_utc
from sessions.gateway.redaction import redacted


def order_trees(store: Store, cl_ord_id: str) -> Iterator[Tree]:
    """One tree for each order that used this ClOrdID(11) or has this OrderID(37); none when nobody did.

    An order that was taken on is found at once. One that was refused is looked for in the whole record.
    """
    opened = [each.order_id for each in store.orders_by_cl_ord_id(cl_ord_id)]
    if not opened and store.has_order(cl_ord_id):
        opened = [cl_ord_id]
    for order_id in opened:
        yield _order(store, order_id)
    if not opened:
        yield from _refused(store, cl_ord_id)


def _order(store: Store, order_id: str) -> Tree:
    records = list(store.order_records(order_id))
    return _tree(rebuild(order_id, records), records)


def _refused(store: Store, cl_ord_id: str) -> Iterator[Tree]:
    """Orders the core refused have an OrderID(37). What was refused as a message has none: then the decision and the
    answer stand right behind it.
    """
    mark = f"\x01{tags.ClOrdID}={cl_ord_id}\x01".encode()
    shown: set[str] = set()
    tree: Tree | None = None
    for record in store.records():
        asked = record.kind == Kind.IN and record.msg_type in _ASK and mark in record.body
        if tree is not None and (asked or record.kind not in (Kind.DECISION, Kind.OUT)):
            yield tree
            tree = None
        if record.order_id and (asked or record.order_id == cl_ord_id) and record.order_id not in shown:
            shown.add(record.order_id)
            yield _order(store, record.order_id)
        elif asked and not record.order_id:
            tree = Tree(Text.assemble((cl_ord_id, "bold"), f" from {record.session}: refused as a message"))
            tree.add(_line(record))
        elif tree is not None:
            tree.add(_line(record))
            if record.kind == Kind.OUT:
                yield tree
                tree = None
    if tree is not None:
        yield tree


_ASK = frozenset(
    (
        MsgType.NEW_ORDER_SINGLE.value,
        MsgType.ORDER_CANCEL_REQUEST.value,
        MsgType.ORDER_CANCEL_REPLACE_REQUEST.value,
    )
)


def _tree(parent: Parent, records: Iterable[Record]) -> Tree:
    order = parent.order
    price = f" at {order.price}" if order.price is not None else ""
    what = f"{order.side.name} {order.order_qty} {order.symbol} {order.ord_type.name}{price} {order.time_in_force.name}"
    status = f"{parent.ord_status.name}, CumQty {trimmed(parent.cum)}, AvgPx {trimmed(parent.avg_px)}"
    came = f"from {parent.session} at {format_utc(parent.received_at, 6)}, OrderID {parent.order_id}"
    tree = Tree(Text.assemble((order.cl_ord_id, "bold"), f" {came}: {what}: {status}"))
    branches = {child.cl_ord_id: Tree(_child_line(child)) for child in parent.children.values()}
    placed: set[str] = set()
    for record in records:
        branch = tree
        owner = _owner(record)
        if owner in branches:
            branch = branches[owner]
            if owner not in placed:
                placed.add(owner)
                tree.children.append(branch)
        branch.add(_line(record))
    return tree


def _child_line(child: Child) -> Text:
    price = f" at {child.price}" if child.price is not None else ""
    sizes = f"{child.qty} {child.symbol} {child.ord_type.name}{price}: {child.state.name}, filled {trimmed(child.cum)}"
    line = Text.assemble((child.venue, "bold"), f" {child.cl_ord_id} {sizes}")
    return line.append(", in doubt", "bold red") if child.in_doubt else line


def _owner(record: Record) -> str:
    """ClOrdID(11) of the child that a record is about, "" for the parent itself."""
    if record.kind == Kind.DECISION:
        return str(json.loads(record.body)["detail"].get("child", ""))
    if record.kind in (Kind.IN, Kind.OUT, Kind.RESENT):
        message = Message.parse(record.body)
        return child_id(message.get(tags.OrigClOrdID) or message.get(tags.ClOrdID))
    return ""


class _Line:
    """A record: on one line where it fits, else its gist and below it the message, wrapped between fields."""

    def __init__(self, gist: Text, raw: str = "") -> None:
        self._gist, self._raw = gist, raw

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        if not self._raw:
            yield self._gist
        elif len(self._gist) + 1 + len(self._raw) <= width:
            yield Text.assemble(self._gist, " ", (self._raw, "dim"))
        else:
            yield self._gist
            yield Text("\n".join(_wrapped(self._raw, width - 2)), style="dim", overflow="fold")


def _wrapped(raw: str, width: int) -> Iterator[str]:
    line = ""
    for part in raw.removesuffix("|").split("|"):
        field = f"{part}|"
        if line and len(line) + len(field) > width:
            yield f"  {line}"
            line = ""
        line += field
    yield f"  {line}"


def _line(record: Record) -> _Line:
    at = (format_utc(record.at, 6).partition("-")[2], "dim")
    if record.kind == Kind.DECISION:
        decision = json.loads(record.body)
        return _Line(Text.assemble(at, " ", (decision["kind"], "yellow"), f": {decision['reason']}"))
    arrow = ("<-", "green") if record.kind == Kind.IN else ("->", "blue")
    raw = redacted(record.body)
    try:
        message = Message.parse(raw)
    except GarbledMessageError:
        return _Line(Text.assemble(at, " ", arrow, f" {record.session} garbled"), repr(raw))
    name = _NAMES.get(record.msg_type, "")
    gist = Text.assemble(at, " ", arrow, f" {record.session} {name}({record.msg_type}){_gist(message)}")
    return _Line(gist, str(message))


_NAMES = {member.value: member.name.replace("_", " ").title().replace(" ", "") for member in MsgType}
_EXEC_TYPES = {member.value: member.name for member in ExecType}


def _gist(message: Message) -> str:
    if message.msg_type != MsgType.EXECUTION_REPORT:
        return ""
    gist = f" {_EXEC_TYPES.get(message.get(tags.ExecType), message.get(tags.ExecType))}"
    if message.get(tags.LastQty, "0") != "0":
        gist += f" {message.get(tags.LastQty)} @ {message.get(tags.LastPx)}"
    return gist
