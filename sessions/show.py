"""`manifold show order`: everything on record about one parent, as a tree a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.markup import escape
from rich.tree import Tree

from engine.core.orders import child_id
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Kind, Record, Store
from engine.orders.order import Child, Parent, trimmed
from fix import tags
from fix.enums import ExecType, MsgType
from fix.message import Message
from fix.timestamp import format_utc


def order_trees(store: Store, cl_ord_id: str) -> Iterable[Tree]:
    """One tree for each parent that used this ClOrdID(11) or has this OrderID(37); none when nobody did."""
    opened = store.orders_by_cl_ord_id(cl_ord_id)
    order_ids = [each.order_id for each in opened] or ([cl_ord_id] if store.has_order(cl_ord_id) else [])
    for order_id in order_ids:
        records = list(store.order_records(order_id))
        yield _tree(rebuild(order_id, records), records)


def _tree(parent: Parent, records: list[Record]) -> Tree:
    order = parent.order
    price = f" at {order.price}" if order.price is not None else ""
    what = f"{order.side.name} {order.order_qty} {order.symbol} {order.ord_type.name}{price} {order.time_in_force.name}"
    status = f"{parent.ord_status.name}, CumQty {trimmed(parent.cum)}, AvgPx {parent.avg_px}"
    tree = Tree(
        f"[bold]{escape(order.cl_ord_id)}[/] from {parent.session}, OrderID {parent.order_id}: {what}: {status}"
    )
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


def _child_line(child: Child) -> str:
    price = f" at {child.price}" if child.price is not None else ""
    doubt = ", [bold red]in doubt[/]" if child.in_doubt else ""
    sizes = f"{child.qty} {child.symbol} {child.ord_type.name}{price}: {child.state.name}, filled {child.cum}"
    return f"[bold]{child.venue}[/] {child.cl_ord_id} {sizes}{doubt}"


def _owner(record: Record) -> str:
    """ClOrdID(11) of the child that a record is about, "" for the parent itself."""
    if record.kind == Kind.DECISION:
        return str(json.loads(record.body)["detail"].get("child", ""))
    if record.kind in (Kind.IN, Kind.OUT):
        message = Message.parse(record.body)
        return child_id(message.get(tags.OrigClOrdID) or message.get(tags.ClOrdID))
    return ""


def _line(record: Record) -> str:
    at = format_utc(record.at, 6).partition("-")[2]
    if record.kind == Kind.DECISION:
        decision = json.loads(record.body)
        return f"[dim]{at}[/] [yellow]{decision['kind']}[/]: {escape(decision['reason'])}"
    message = Message.parse(record.body)
    arrow = "[green]<-[/]" if record.kind == Kind.IN else "[blue]->[/]"
    name = _names.get(record.msg_type, record.msg_type)
    title = f"{record.session} {name}({record.msg_type}){_gist(message)}"
    return f"[dim]{at}[/] {arrow} {title} [dim]{escape(str(message))}[/]"


_names = {member.value: member.name.replace("_", " ").title().replace(" ", "") for member in MsgType}
_exec_types = {member.value: member.name for member in ExecType}


def _gist(message: Message) -> str:
    if message.msg_type != MsgType.EXECUTION_REPORT:
        return ""
    gist = f" {_exec_types.get(message.get(tags.ExecType), message.get(tags.ExecType))}"
    if message.get(tags.LastQty, "0") != "0":
        gist += f" {message.get(tags.LastQty)} @ {message.get(tags.LastPx)}"
    return gist
