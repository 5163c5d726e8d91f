"""One OMS and three venues on raw sockets, as cheap as they can be, so that the router under test is what is measured."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from fix.message import checksum
from fix.timestamp import format_utc

MESSAGE = re.compile(rb"8=FIX.+?\x0110=\d\d\d\x01", re.DOTALL)
_TYPE = re.compile(rb"\x0135=([^\x01]+)")
_CL_ORD_ID = re.compile(rb"\x0111=([^\x01]+)")
_QTY = re.compile(rb"\x0138=([^\x01]+)")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Line:
    """One FIX 4.4 session end. Answers what the session layer must; everything else goes to `handle`."""

    def __init__(self, sender: str, target: str, handle: Callable[[Line, bytes, bytes], None]) -> None:
        self._head = f"\x0149={sender}\x0152=", f"\x0156={target}\x01"
        self._handle = handle
        self.socket: socket.socket | None = None
        self.up = False
        self.ready = (
            False  # the other side has read our answer to its Logon(A): it has answered a question that came behind
        )
        self._out = 0
        self._buffer = b""
        self._pending: list[bytes] = []

    def build(self, msg_type: str, body: str) -> bytes:
        self._out += 1
        counted = f"35={msg_type}\x0134={self._out}{self._head[0]}{format_utc(time.time_ns())}{self._head[1]}{body}"
        framed = f"8=FIX.4.4\x019={len(counted)}\x01{counted}".encode()
        return framed + b"10=%03d\x01" % checksum(framed)

    def queue(self, msg_type: str, body: str) -> None:
        self._pending.append(self.build(msg_type, body))

    def flush(self) -> None:
        if self._pending and self.socket is not None:
            self.socket.setblocking(True)
            self.socket.sendall(b"".join(self._pending))
            self.socket.setblocking(False)
            self._pending.clear()

    def logon(self) -> None:
        self.queue("A", "98=0\x01108=30\x01141=Y\x01")
        self.flush()

    def read(self) -> bool:
        """False when the other side is gone."""
        assert self.socket is not None
        try:
            data = self.socket.recv(262_144)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        self._buffer += data
        end = 0
        for found in MESSAGE.finditer(self._buffer):
            end = found.end()
            self._take(found[0])
        self._buffer = self._buffer[end:]
        self.flush()
        return True

    def _take(self, raw: bytes) -> None:
        found = _TYPE.search(raw)
        assert found is not None
        kind = found[1]
        if kind == b"A":
            if not self._out:
                reset = "141=Y\x01" if b"\x01141=Y\x01" in raw else ""
                self.queue("A", f"98=0\x01108=30\x01{reset}")
                self.queue("1", "112=READY\x01")
            self.up = True
        elif kind == b"0":
            self.ready = self.ready or b"\x01112=READY\x01" in raw
        elif kind == b"1":
            test = raw.partition(b"\x01112=")[2].partition(b"\x01")[0].decode()
            self.queue("0", f"112={test}\x01")
        elif kind in (b"D", b"8"):
            self._handle(self, kind, raw)


@dataclass(slots=True)
class Parent:
    sent: float
    done: float = 0.0
    reports: int = 0


class Counterparties:
    """Runs one router through its work; see `throughput` and `latency`."""

    def __init__(self, our_comp_id: str) -> None:
        self._selector = selectors.DefaultSelector()
        self.venue_ports: list[int] = []
        self._listeners: list[socket.socket] = []
        self._venues = [Line(f"V{n}", our_comp_id, self._child) for n in (1, 2, 3)]
        for venue in self._venues:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(False)
            self.venue_ports.append(listener.getsockname()[1])
            self._listeners.append(listener)
            self._selector.register(listener, selectors.EVENT_READ, (listener, venue))
        self.oms = Line("OMS", our_comp_id, self._report)
        self.parents: dict[str, Parent] = {}
        self.finished = 0
        self.faults: list[str] = []
        self._children_seen: set[bytes] = set()
        self._arrivals: dict[str, list[float]] = {}  # of children, by what their ClOrdIDs have in common
        self._number = 0

    def connect(self, port: int, alive: Callable[[], bool], patience: float = 20.0) -> None:
        """Logs on at the router and waits for it at the venues; TimeoutError when it does not come up."""
        deadline = time.monotonic() + patience
        while self.oms.socket is None:
            try:
                self.oms.socket = socket.create_connection(("127.0.0.1", port), timeout=1)
            except OSError:
                if time.monotonic() > deadline or not alive():
                    raise TimeoutError("the router does not listen") from None
                self.step(0.02)
        self.oms.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.oms.socket.setblocking(False)
        self._selector.register(self.oms.socket, selectors.EVENT_READ, self.oms)
        while not all(venue.ready for venue in self._venues):
            self._patient(deadline, "the router does not log on at the venues")
        self.oms.logon()
        while not self.oms.up:
            self._patient(deadline, "the router does not answer the OMS's Logon(A)")

    def _patient(self, deadline: float, what: str) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        self.step(0.02)

    def step(self, timeout: float = 0.0) -> None:
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Line):
                if not key.data.read():
                    self._selector.unregister(key.fileobj)
            else:
                listener, venue = key.data
                venue.socket, _ = listener.accept()
                venue.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                venue.socket.setblocking(False)
                self._selector.register(venue.socket, selectors.EVENT_READ, venue)

    def close(self) -> None:
        for line in (self.oms, *self._venues):
            if line.socket is not None:
                line.socket.close()
        for listener in self._listeners:
            listener.close()
        self._selector.close()

    # -- work --------------------------------------------------------------------------------------------------------

    def send(self) -> Parent:
        self._number += 1
        cl_ord_id = f"P{self._number}"
        parent = self.parents[cl_ord_id] = Parent(time.perf_counter())
        now = format_utc(time.time_ns())
        self.oms.queue("D", f"11={cl_ord_id}\x0138=300\x0140=2\x0144=10.5\x0154=1\x0155=ACME\x0159=0\x0160={now}\x01")
        return parent

    def throughput(self, count: int, window: int = 50, limit: float = 60.0) -> float:
        """Parents per second with up to `window` outstanding; TimeoutError behind `limit` seconds."""
        start, target = time.perf_counter(), self.finished + count
        sent = self.finished
        while self.finished < target:
            while sent < target and sent - self.finished < window:
                self.send()
                sent += 1
            self.oms.flush()
            self.step(0.05)
            if time.perf_counter() - start > limit:
                raise TimeoutError(f"{self.finished} of {target} parents finished in {limit:g} s")
        return count / (time.perf_counter() - start)

    def latency(self, count: int) -> list[float]:
        """Full cycles in µs, one parent at a time."""
        cycles = []
        for _ in range(count):
            parent = self.send()
            target = self.finished + 1
            self.oms.flush()
            limit = time.perf_counter() + 5
            while self.finished < target:
                self.step(0.05)
                if time.perf_counter() > limit:
                    raise TimeoutError("a parent took more than 5 s")
            cycles.append((parent.done - parent.sent) * 1e6)
        return cycles

    def fan_out(self) -> list[float]:
        """µs between the first and the last child of a parent at the venues, and forgets what is finished."""
        spans = [(max(arrived) - min(arrived)) * 1e6 for arrived in self._arrivals.values() if len(arrived) == 3]
        self.parents.clear()
        self._arrivals.clear()
        self._children_seen.clear()
        return spans

    def _child(self, venue: Line, kind: bytes, raw: bytes) -> None:
        now = time.perf_counter()
        assert kind == b"D"
        found, qty = _CL_ORD_ID.search(raw), _QTY.search(raw)
        assert found is not None
        assert qty is not None
        if found[1] in self._children_seen:
            self.faults.append(f"child {found[1].decode()} came twice")
        self._children_seen.add(found[1])
        cl_ord_id, size = found[1].decode(), qty[1].decode()
        self._arrivals.setdefault(cl_ord_id.rpartition("-")[0], []).append(now)
        common = f"11={cl_ord_id}\x0114={{cum}}\x0117={cl_ord_id}-{{n}}\x01"
        rest = f"37=V{cl_ord_id}\x0138={size}\x0139={{st}}\x0154=1\x0155=ACME\x01150={{et}}\x01151={{leaves}}\x01"
        venue.queue("8", "6=0\x01" + common.format(cum=0, n=1) + rest.format(st=0, et=0, leaves=size))
        fill = f"31=10.5\x0132={size}\x01"
        venue.queue("8", "6=10.5\x01" + common.format(cum=size, n=2) + fill + rest.format(st=2, et="F", leaves=0))

    def _report(self, _: Line, kind: bytes, raw: bytes) -> None:
        assert kind == b"8"
        found = _CL_ORD_ID.search(raw)
        assert found is not None
        parent = self.parents.get(found[1].decode())
        if parent is None:
            return
        parent.reports += 1
        if b"\x0139=2\x01" in raw:
            parent.done = time.perf_counter()
            self.finished += 1
            if parent.reports != 4 or b"\x0114=300\x01" not in raw:
                self.faults.append(f"{found[1].decode()}: {parent.reports} reports, the last {raw!r}")
        elif b"\x0139=8\x01" in raw:
            self.finished += 1
            self.faults.append(f"{found[1].decode()} was rejected: {raw!r}")
