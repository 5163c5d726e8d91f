"""The listener. It binds where it is told, reads a Logon(A) before anything else, and hands the socket to its session.

QuickFIX's own acceptor listens on every interface, answers nobody it does not know, and waits up to a second in its one
thread for a first message that comes in pieces. So its listening socket is replaced by a private one in the file
system: the door accepts, looks at the first message without taking it (MSG_PEEK), and only a complete Logon(A) with the
CompIDs of a configured session passes; its file descriptor takes the place of a dummy connection that the session has
accepted. Nobody else gets a byte further, and what they sent is recorded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import select
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fix import tags
from fix.enums import MsgType
from fix.message import GarbledMessageError, Header, Message, body, check_frame, encode
from fix.timestamp import format_utc
from sessions.gateway.redaction import redacted
from sessions.gateway.session import FixSession
from sessions.gateway.wire import sockets

logger = logging.getLogger("manifold.door")

FIRST_MESSAGE_MAX = 4096  # bytes; a Logon with credentials has some 300
WAITING_MAX = 64  # connections without a Logon yet; more are closed at once
PATIENCE = 10.0  # seconds to send it
_END = re.compile(rb"\x0110=\d{3}\x01")
_START = b"8=FIX"


@dataclass(frozen=True, slots=True)
class Refused:
    """A connection that did not pass: who (address), what it sent, why not, and the Logout(5) it gets, if any."""

    address: str
    raw: bytes
    reason: str
    answer: bytes = b""


@dataclass(slots=True)
class _Visitor:
    connection: socket.socket
    address: str
    since: float


class Door:
    """One listening socket for all acceptor sessions of a process; `refused` hears of everyone turned away."""

    def __init__(
        self, host: str, port: int, sessions: Sequence[FixSession], refused: Callable[[Refused], None]
    ) -> None:
        """OSError when the address cannot be bound. Port 0 takes a free one: see `port`."""
        self._listener = socket.create_server((host, port), backlog=WAITING_MAX)
        self._listener.setblocking(False)
        self._knocking = select.poll()
        self._knocking.register(self._listener, select.POLLIN)
        self.host, self.port = self._listener.getsockname()[:2]
        self._refused = refused
        self._waiting: list[_Visitor] = []
        self._leaving: list[tuple[socket.socket, bytes]] = []  # turned away: what they hear before they go
        self._back = tempfile.TemporaryDirectory(prefix="manifold-door-")
        self._entrances = [_Entrance(session, Path(self._back.name) / str(n)) for n, session in enumerate(sessions)]
        self._by_comp_ids = {
            (e.session.dialect.begin_string, e.session.terms.target, e.session.terms.sender): e for e in self._entrances
        }

    def poll(self) -> None:
        """Accepts, looks, passes on or turns away. Never blocks."""
        self._see_off()
        for _ in range(WAITING_MAX):
            if not self._knocking.poll(0):
                break
            with contextlib.suppress(BlockingIOError, ConnectionAbortedError):  # gone again
                connection, address = self._listener.accept()
                self._welcome(connection, f"{address[0]}:{address[1]}")
        for visitor in list(self._waiting):
            self._look(visitor)

    def filenos(self) -> list[int]:
        """What can become readable."""
        return [self._listener.fileno()]

    def close(self) -> None:
        self._see_off()
        for visitor in self._waiting:
            visitor.connection.close()
        self._listener.close()
        self._back.cleanup()

    def _welcome(self, connection: socket.socket, address: str) -> None:
        connection.setblocking(False)
        visitor = _Visitor(connection, address, time.monotonic())
        if len(self._waiting) >= WAITING_MAX:
            self._turn_away(visitor, b"", f"{WAITING_MAX} connections are waiting to log on already")
        else:
            self._waiting.append(visitor)

    def _look(self, visitor: _Visitor) -> None:
        try:
            seen = visitor.connection.recv(FIRST_MESSAGE_MAX, socket.MSG_PEEK)
        except BlockingIOError:
            seen = None
        except OSError as error:
            self._turn_away(visitor, b"", f"connection lost: {error}")
            return
        if seen is not None:
            self._judge(visitor, seen)
        elif time.monotonic() - visitor.since > PATIENCE:
            self._turn_away(visitor, b"", f"nothing came in {PATIENCE:g} s")

    def _judge(self, visitor: _Visitor, seen: bytes) -> None:
        end = _END.search(seen)
        if not seen:
            self._turn_away(visitor, seen, "closed before a Logon(A)")
        elif not seen.startswith(_START[: len(seen)]):
            self._turn_away(visitor, seen, "the first bytes are no FIX message")
        elif end is not None:
            self._admit(visitor, seen[: end.end()])
        elif len(seen) >= FIRST_MESSAGE_MAX:
            self._turn_away(visitor, seen, f"no complete message in the first {FIRST_MESSAGE_MAX} bytes")
        elif time.monotonic() - visitor.since > PATIENCE:
            self._turn_away(visitor, seen, f"no complete message in {PATIENCE:g} s")

    def _admit(self, visitor: _Visitor, first: bytes) -> None:
        try:
            check_frame(first)
            logon = Message.parse(redacted(first))  # secrets may hold SOH
        except GarbledMessageError as error:
            self._turn_away(visitor, first, f"garbled: {error}")
            return
        if logon.msg_type != MsgType.LOGON:
            self._turn_away(visitor, first, f"the first message is MsgType(35) {logon.msg_type}, not Logon(A)")
            return
        ids = (logon.get(tags.BeginString), logon.get(tags.SenderCompID), logon.get(tags.TargetCompID))
        entrance = self._by_comp_ids.get(ids)
        reason = self._why_not(ids, entrance)
        if reason or entrance is None:
            self._turn_away(visitor, first, reason, _logout(logon, reason))
            return
        self._waiting.remove(visitor)
        entrance.hand_over(visitor.connection)

    def _why_not(self, ids: tuple[str, str, str], entrance: _Entrance | None) -> str:
        if entrance is not None:
            return f"SenderCompID(49) {ids[1]} is logged on already" if entrance.session.up else ""
        begin, sender, target = ids
        if not any(sender == known[1] for known in self._by_comp_ids):
            return f"SenderCompID(49) {sender or '(none)'} is not known here"
        if not any((sender, target) == known[1:] for known in self._by_comp_ids):
            return f"TargetCompID(56) {target or '(none)'} is not whom {sender} may talk to here"
        return f"BeginString(8) {begin} is not what {sender} speaks here"

    def _turn_away(self, visitor: _Visitor, seen: bytes, reason: str, answer: bytes = b"") -> None:
        """The answer leaves with the next poll: by then the turn has put on record what it says (law 1)."""
        if visitor in self._waiting:
            self._waiting.remove(visitor)
        self._leaving.append((visitor.connection, answer))
        logger.warning("refused %s: %s", visitor.address, reason)
        self._refused(Refused(visitor.address, seen, reason, answer))

    def _see_off(self) -> None:
        leaving, self._leaving = self._leaving, []
        for connection, answer in leaving:
            with contextlib.suppress(OSError):  # whether the peer still reads it is its own affair
                connection.send(answer)
                connection.recv(
                    FIRST_MESSAGE_MAX
                )  # unread bytes would turn the close into a reset that eats our answer
                connection.shutdown(socket.SHUT_WR)
            connection.close()


def _logout(logon: Message, reason: str) -> bytes:
    """A Logout(5) that says why."""
    header = Header(
        begin_string=logon.get(tags.BeginString),
        sender=logon.get(tags.TargetCompID),
        target=logon.get(tags.SenderCompID),
        seq_num=1,
        sending_time=format_utc(time.time_ns()),
    )
    return encode(MsgType.LOGOUT.value, body({tags.Text: reason}), header)


class _Entrance:
    """The way into one session's QuickFIX acceptor."""

    def __init__(self, session: FixSession, path: Path) -> None:
        self.session = session
        self._path = str(path)
        before = sockets()
        session.poll()  # QuickFIX binds its listener on its first poll
        if session.kept_port is not None:
            session.kept_port.release()
        listening = _listening(sockets() - before)
        with socket.socket(socket.AF_UNIX) as private:
            private.bind(self._path)
            private.listen(4)
            private.setblocking(False)
            os.dup2(private.fileno(), listening)

    def hand_over(self, connection: socket.socket) -> None:
        """The session goes on with this connection as if it had accepted it itself."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with socket.socket(socket.AF_UNIX) as dummy:
            dummy.connect(self._path)
            accepted = self._accepted()
            if accepted is None:
                logger.error("%s: QuickFIX did not take the connection", self.session.name)
            else:
                os.dup2(connection.fileno(), accepted)
                self.session.attach(accepted)
                self._read_logon()
        connection.close()

    def _accepted(self) -> int | None:
        """QuickFIX's end of the dummy, by its address: the number alone may be one that a connection just gave up.

        A look in which QuickFIX drops a connection accepts none, so that it takes more than one.
        """
        for _ in range(4):
            self.session.poll()
            for descriptor in sockets():
                with socket.socket(fileno=os.dup(descriptor)) as candidate:
                    ours = candidate.family is socket.AF_UNIX and candidate.getsockname() == self._path
                    if ours and not candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        return descriptor
        return None

    def _read_logon(self) -> None:
        """At once, so that who comes next with these CompIDs finds the session up. QuickFIX takes a look to see that
        there is a connection, and another to read it.
        """
        for _ in range(3):
            if not self.session.up:
                self.session.poll()


def _listening(found: set[int]) -> int:
    for descriptor in found:
        with socket.socket(fileno=os.dup(descriptor)) as candidate:
            if candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return descriptor
    raise RuntimeError("QuickFIX opened no listening socket")
