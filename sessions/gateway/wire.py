"""The sending half of one connection, which is ours: the bytes on record are the bytes on the wire.

QuickFIX opens, reads and closes the connection and says what the session layer must; business messages we write
ourselves. QuickFIX would parse and write each anew, with a packet of its own, and its queue for a peer that does not
read is unbounded and invisible. Here a turn's messages leave in one write, and what the peer leaves standing is
counted.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Iterable

WAITING_MAX = 8 << 20  # bytes: tens of thousands of messages; who leaves so many standing will not catch up
PATIENCE_MS = 100  # for a message that is half out when QuickFIX has something to say in between


class Wire:
    """Has a descriptor of its own, so that it can never write to another connection that got the same number."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._parts: list[bytes] = []
        self.waiting = 0  # bytes that the peer's window and our buffers have not taken

    def fileno(self) -> int:
        return self._socket.fileno()

    def write(self, raw: bytes) -> None:
        """To leave with the next `flush`."""
        self._parts.append(raw)

    def flush(self) -> bool:
        """Writes what can be written without waiting; False when too much is left standing and the peer has to go.

        A connection that is gone takes everything: QuickFIX notices when it reads.
        """
        data = b"".join(self._parts)
        try:
            sent = self._socket.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)
        self._parts = [data[sent:]] if sent < len(data) else []
        self.waiting = len(data) - sent
        return self.waiting <= WAITING_MAX

    def complete(self) -> bool:
        """Before QuickFIX writes by itself: no message may be half out. False when the peer does not take it."""
        while self._parts:
            if not self.flush() or (self.waiting and not self._writable()):
                return False
        return True

    def _writable(self) -> bool:
        ready = select.poll()
        ready.register(self._socket, select.POLLOUT)
        return bool(ready.poll(PATIENCE_MS))

    def close(self) -> None:
        """Gives our descriptor back; the connection itself is QuickFIX's."""
        self._socket.close()

    def cut(self) -> None:
        """Ends the connection: QuickFIX reads its end and says that the session is down."""
        self._parts, self.waiting = [], 0
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def wait(descriptors: Iterable[int], seconds: float) -> None:
    """Until something can be read or accepted there, or `seconds` have passed."""
    readable = select.poll()
    for descriptor in descriptors:
        readable.register(descriptor, select.POLLIN)
    readable.poll(seconds * 1_000)


def sockets() -> set[int]:
    """Descriptors of this process that are sockets."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  names only, and on the way of every logon
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):  # noqa: PTH115
                found.add(int(name))
    return found
