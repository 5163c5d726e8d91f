"""`manifold submit`: the orders of a CSV, sent and followed to their end."""

from __future__ import annotations

import re
import socket
import time
from collections import deque
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from engine.orders.order import trimmed
from fix.business import ExecutionReport, NewOrderSingle
from fix.enums import ExecType
from fix.timestamp import format_utc
from sessions.cycle.idle import StopSignal
from sessions.oms.client import Oms, Ticket, terms
from sessions.oms.orderfile import Row, read_orders
from spec.dialects import DIALECTS

LOGON_PATIENCE = 10.0  # seconds: an engine that was started with us may still be starting
NOTICE = 1.0  # seconds of silence before we say that we wait


class SubmitError(RuntimeError):
    """Why nothing was sent; `code` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def submit_orders(out: Console, path: Path, connect: str, ids: tuple[str, str, str], timeout: float) -> bool:
    """Whether all was sent, every order is final, every request answered, and nothing refused outright.

    `ids` are dialect, our CompID and theirs.

    OrderFileError for a faulty CSV, SubmitError when nothing could be sent.
    """
    address = _address(connect)
    _check(ids)
    dialect, sender, target = ids
    rows = deque(read_orders(path, time.time_ns()))

    def heard(ticket: Ticket, report: ExecutionReport) -> None:
        out.print(_line(ticket, report), markup=False)

    stop = StopSignal()
    oms = Oms(terms(dialect, sender, target, address), heard)
    try:
        _log_on(out, oms, connect, address, stop)
        _trade(oms, rows, timeout, stop)
        _summary(out, oms, rows, interrupted=bool(stop))
    finally:
        oms.leave()
    return not (rows or oms.open or oms.unanswered or oms.refusals)


def _check(ids: tuple[str, str, str]) -> None:
    dialect, sender, target = ids
    if dialect not in DIALECTS:
        raise SubmitError(f"--dialect {dialect!r} is not known; it is one of {', '.join(DIALECTS)}", 2)
    for option, comp_id in (("--sender", sender), ("--target", target)):
        if not re.fullmatch(r"[!-~]+", comp_id):
            raise SubmitError(f"{option} {comp_id!r} is no CompID: printable ASCII characters without spaces", 2)


def _address(connect: str) -> tuple[str, int]:
    host, _, port = connect.rpartition(":")
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise SubmitError(f"--connect {connect!r} is not HOST:PORT, such as 127.0.0.1:9880", 2)
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SubmitError(f"--connect {connect!r}: {why}; is the host right?", 2) from None
    return str(found[0][4][0]), int(port)


def _log_on(out: Console, oms: Oms, connect: str, address: tuple[str, int], stop: StopSignal) -> None:
    began, told = time.monotonic(), False
    while not oms.session.up:
        waited = time.monotonic() - began
        if stop:
            raise SubmitError(f"interrupted by {stop.name}; nothing was sent", 1)
        if oms.goodbye:
            raise SubmitError(f"{connect}: the logon was refused: {oms.goodbye}", 3)
        if waited > LOGON_PATIENCE:
            raise SubmitError(f"{connect}: no Logon(A) in {LOGON_PATIENCE:g} s; {_why_not(address)}", 3)
        if waited > NOTICE and not told:
            told = True
            out.print(f"{connect}: no answer yet, trying for {LOGON_PATIENCE:g} s", markup=False)
        if not oms.poll():
            time.sleep(0.005)


def _why_not(address: tuple[str, int]) -> str:
    """QuickFIX does not say whether anybody took the connection."""
    try:
        socket.create_connection(address, timeout=1.0).close()
    except OSError as error:
        return f"nothing listens there ({error.strerror or error}); does the engine run, and is the port right?"
    return "somebody listens there and does not answer; is it a FIX engine, and are the CompIDs right?"


def _trade(oms: Oms, rows: deque[Row], timeout: float, stop: StopSignal) -> None:
    """Until nothing is open; each order may be refused by itself while the others go on. Takes out of `rows` what it
    sends.
    """
    deadline = time.monotonic() + timeout
    _send(oms, rows)
    while (rows or oms.open or oms.unanswered) and time.monotonic() < deadline and not stop:
        if oms.poll():
            _send(oms, rows)
        else:
            time.sleep(0.001)


def _send(oms: Oms, rows: deque[Row]) -> None:
    """In the order of the file; a request waits for an answer to what it is about, and the rows behind it wait too."""
    while rows:
        row = rows[0]
        if isinstance(row, NewOrderSingle):
            oms.send(row, time.time_ns())
        elif row.orig_cl_ord_id in oms.unanswered:
            return
        else:
            oms.request(row, time.time_ns())
        rows.popleft()


def _line(ticket: Ticket, report: ExecutionReport) -> str:
    at = format_utc(time.time_ns()).partition("-")[2]
    kind, status = report.exec_type.name, report.ord_status.name
    name = ticket.order.cl_ord_id
    if report.cl_ord_id not in ("", name):
        name += f" ({report.cl_ord_id})"
    line = f"{at} {name} {kind if kind == status else f'{kind}: {status}'}"
    if report.exec_type is ExecType.TRADE:
        line += f" {report.last_qty} @ {report.last_px} {report.last_mkt}".rstrip()
    line += f", CumQty {trimmed(report.cum_qty)}, LeavesQty {trimmed(report.leaves_qty)}, AvgPx {report.avg_px}"
    return f"{line}: {report.text}" if report.text else line


def _summary(out: Console, oms: Oms, unsent: Collection[Row], *, interrupted: bool) -> None:
    statuses: dict[str, int] = {}
    for ticket in oms.tickets.values():
        status = "refused" if ticket.refused else ticket.status.name
        statuses[status] = statuses.get(status, 0) + 1
    said = ", ".join(f"{number} {name}" for name, number in sorted(statuses.items()))
    lines = [f"refused: {refusal}" for refusal in oms.refusals]
    lines += [f"rejected: {denial.cl_ord_id}: {denial.text or 'no reason given'}" for denial in oms.denials]
    lines += [f"{len(oms.tickets)} orders: {said}"]
    if interrupted and oms.open:
        lines += ["interrupted before the end"]
    elif oms.open and not oms.session.up:
        lines += [f"the session is down{f': {oms.goodbye}' if oms.goodbye else ''}"]
    for ticket in oms.open:
        lines += [f"unfinished: {ticket.order.cl_ord_id} {ticket.status.name}, CumQty {trimmed(ticket.cum)}"]
    lines += [f"not answered: {name}" for name in oms.unanswered if name not in oms.tickets]
    lines += [f"not sent: {row.cl_ord_id}" for row in unsent]
    if oms.open:
        lines += ["what is unfinished is not canceled: it stays with the engine"]
    for line in lines:
        out.print(line, markup=False)
