"""`manifold submit`: the orders of a CSV, sent and followed to their end."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from rich.console import Console

from engine.orders.order import trimmed
from fix.business import ExecutionReport
from fix.enums import ExecType
from fix.timestamp import format_utc
from sessions.oms.client import Oms, Ticket, terms
from sessions.oms.orderfile import read_orders
from spec.dialects import DIALECTS

LOGON_PATIENCE = 10.0  # seconds


class SubmitError(RuntimeError):
    """Why nothing was sent; `code` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def submit_orders(out: Console, path: Path, connect: str, ids: tuple[str, str, str], timeout: float) -> bool:
    """Whether every order finished. `ids` are dialect, our CompID and theirs; OrderFileError for a faulty CSV."""
    address = _address(connect)
    dialect, sender, target = ids
    if dialect not in DIALECTS:
        raise SubmitError(f"--dialect {dialect!r} is not known; it is one of {', '.join(DIALECTS)}", 2)
    orders = read_orders(path, time.time_ns())

    def heard(ticket: Ticket, report: ExecutionReport) -> None:
        out.print(_line(ticket, report), markup=False)

    oms = Oms(terms(dialect, sender, target, address), heard)
    try:
        _log_on(oms, connect)
        for order in orders:
            oms.send(order, time.time_ns())
        deadline = time.monotonic() + timeout
        while (oms.open or not oms.tickets) and time.monotonic() < deadline and not oms.refusals:
            if not oms.poll():
                time.sleep(0.001)
        for refusal in oms.refusals:
            out.print(f"refused: {refusal}", markup=False)
        _summary(out, oms, len(orders))
        return not oms.open
    finally:
        oms.session.stop()


def _address(connect: str) -> tuple[str, int]:
    host, _, port = connect.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SubmitError(f"--connect {connect!r} is not HOST:PORT, such as 127.0.0.1:9880", 2)
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise SubmitError(f"--connect {connect!r}: {error.strerror}; is the host right?", 2) from None
    return str(found[0][4][0]), int(port)


def _log_on(oms: Oms, connect: str) -> None:
    said: list[str] = []
    oms.session.on_event = lambda _, text: said.append(text)
    deadline = time.monotonic() + LOGON_PATIENCE
    while not oms.session.up:
        if time.monotonic() > deadline:
            last = f"; the last thing heard: {said[-1]}" if said else ""
            advice = "does the engine listen there, and are the CompIDs right?"
            raise SubmitError(f"{connect}: no Logon(A) in {LOGON_PATIENCE:g} s; {advice}{last}", 3)
        if not oms.poll():
            time.sleep(0.005)


def _line(ticket: Ticket, report: ExecutionReport) -> str:
    at = format_utc(time.time_ns()).partition("-")[2]
    line = f"{at} {ticket.order.cl_ord_id} {report.exec_type.name}: {report.ord_status.name}"
    if report.exec_type is ExecType.TRADE:
        line += f" {report.last_qty} @ {report.last_px} {report.last_mkt}".rstrip()
    line += f", CumQty {trimmed(report.cum_qty)}, LeavesQty {trimmed(report.leaves_qty)}, AvgPx {report.avg_px}"
    return f"{line}: {report.text}" if report.text else line


def _summary(out: Console, oms: Oms, count: int) -> None:
    statuses: dict[str, int] = {}
    for ticket in oms.tickets.values():
        statuses[ticket.status.name] = statuses.get(ticket.status.name, 0) + 1
    said = ", ".join(f"{number} {name}" for name, number in sorted(statuses.items()))
    out.print(f"{count} orders: {said}", markup=False)
    for ticket in oms.open:
        out.print(f"unfinished: {ticket.order.cl_ord_id} {ticket.status.name}, CumQty {ticket.cum}", markup=False)
