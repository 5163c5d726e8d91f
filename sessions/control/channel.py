"""Where operators reach the engine: a socket in the file system, looked at once a turn.

Who connects is known to the kernel (SO_PEERCRED, unix(7)) and must be the engine's own user or root, before a byte is
read; the file's mode says the same. A connection brings one request, gets one answer and is closed. Everybody has
little time and little room, so that nobody can hold up the engine or keep others out for long.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pwd
import select
import socket
import stat
import struct
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from engine.core.actions import Action
from sessions.config import ConfigError
from sessions.control.desk import Desk
from sessions.control.words import Answer, Instruction, Look, Ping, RequestError, understood
from sessions.listening import ListenError

logger = logging.getLogger("manifold.control")

LINE_MAX = 64 * 1024  # bytes; the longest request has some 500
TEXT_MAX = 10_000  # characters of an answer; a kill of thousands has as many reasons, and they are on record
VISITORS_MAX = 16  # connections at once; more are turned away
PATIENCE = 5.0  # seconds for a request to come whole, for the engine to answer it, for the answer to be read
_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid


class Answering(Protocol):
    def __call__(self, text: str, *, ok: bool = True) -> None:
        """Tells who asked, and hangs up."""


class Asked(NamedTuple):
    """`person` is the name given, `user` the operating system's; `answer` is to be called once it is on record."""

    person: str
    user: str
    reason: str
    action: Action
    answer: Answering


@dataclass(slots=True, eq=False)
class _Visitor:
    connection: socket.socket
    user: str
    since: float  # what is waited for now
    heard: bytes = b""
    asked: bool = False
    telling: bytes = b""


class Channel:
    """See the module. Nothing here waits or raises, once it is open."""

    def __init__(self, listener: socket.socket, path: Path, desk: Desk) -> None:
        """Of `open`."""
        self._listener = listener
        self._path = path
        self._inode = path.stat().st_ino
        self._desk = desk
        self._users = {uid: _user(uid) for uid in (0, os.geteuid())}  # now: a name server may take its time
        self._knocking = select.poll()
        self._knocking.register(listener, select.POLLIN)
        self._visitors: list[_Visitor] = []

    @classmethod
    def open(cls, path: Path, desk: Desk) -> Channel:
        """ListenError when another engine is reached there, or something else is in the way."""
        listener = socket.socket(socket.AF_UNIX)
        try:
            _make_way(path)
            listener.bind(str(path))
            path.chmod(0o600)  # before anybody can connect
            listener.listen(VISITORS_MAX)
            listener.setblocking(False)
            return cls(listener, path, desk)
        except OSError as error:
            listener.close()
            raise ListenError(f"control.socket = {path}: {error.strerror}; choose another path") from None
        except ListenError:
            listener.close()
            raise

    def poll(self) -> list[Asked]:
        """Accepts, reads, answers what needs no decision; gives what does."""
        self._welcome()
        return [asked for visitor in list(self._visitors) if (asked := self._attend(visitor)) is not None]

    def filenos(self) -> list[int]:
        """What can become readable."""
        listening = [visitor.connection.fileno() for visitor in self._visitors if not visitor.asked]
        return [self._listener.fileno(), *listening]

    def close(self) -> None:
        """Removes the file, if it is still ours."""
        for visitor in list(self._visitors):
            self._hang_up(visitor)
        self._listener.close()
        with contextlib.suppress(OSError):
            if self._path.lstat().st_ino == self._inode:
                self._path.unlink()

    def _welcome(self) -> None:
        for _ in range(VISITORS_MAX):
            if not self._knocking.poll(0):
                return
            with contextlib.suppress(OSError):  # gone again; or no descriptor is free, and it has to wait outside
                connection = self._listener.accept()[0]
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        size = _CREDENTIALS.size
        pid, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        if uid not in self._users:
            logger.warning("refused process %d of user id %d: not the engine's own user", pid, uid)
            connection.close()
            return
        visitor = _Visitor(connection, self._users[uid], time.monotonic())
        self._visitors.append(visitor)
        if len(self._visitors) > VISITORS_MAX:
            logger.warning("turned away %s, process %d: %d are here already", visitor.user, pid, VISITORS_MAX)
            self._tell(visitor, Answer(ok=False, text=f"{VISITORS_MAX} others are asking; try again"))

    def _attend(self, visitor: _Visitor) -> Asked | None:
        try:
            if visitor.telling:
                self._send(visitor)
            elif not visitor.asked:
                return self._hear(visitor)
        except BlockingIOError:
            pass
        except OSError as error:
            logger.warning("lost %s: %s", visitor.user, error.strerror)
            self._hang_up(visitor)
        if visitor in self._visitors and time.monotonic() - visitor.since > PATIENCE:
            logger.warning("hung up on %s: nothing moved in %g s", visitor.user, PATIENCE)
            self._hang_up(visitor)
        return None

    def _hear(self, visitor: _Visitor) -> Asked | None:
        chunk = visitor.connection.recv(LINE_MAX + 1 - len(visitor.heard))
        visitor.heard += chunk
        if b"\n" in chunk:
            return self._judge(visitor)
        if not chunk:
            self._hang_up(visitor)  # left without asking anything
        elif len(visitor.heard) > LINE_MAX:
            self._tell(visitor, Answer(ok=False, text=f"a request is one line of at most {LINE_MAX} bytes"))
        return None

    def _judge(self, visitor: _Visitor) -> Asked | None:
        visitor.asked, visitor.since = True, time.monotonic()
        try:
            request = understood(visitor.heard)
            if isinstance(request, Instruction):
                return self._asked(visitor, request)
        except (RequestError, ConfigError) as error:
            logger.warning("refused what %s asks: %s", visitor.user, error)
            self._tell(visitor, Answer(ok=False, text=str(error)))
            return None
        self._tell(visitor, self._told(request))
        return None

    def _asked(self, visitor: _Visitor, request: Instruction) -> Asked:
        action = self._desk.action(request)
        return Asked(request.by, visitor.user, request.reason, action, partial(self._answer, visitor))

    def _told(self, request: Ping | Look) -> Answer:
        if isinstance(request, Look):
            return Answer(ok=True, status=self._desk.status())
        return Answer(ok=True, text=f"{self._desk.instance} is here")

    def _answer(self, visitor: _Visitor, text: str, *, ok: bool = True) -> None:
        """Nobody is told who was hung up on meanwhile."""
        if visitor in self._visitors:
            more = len(text) - TEXT_MAX
            cut = f"{text[:TEXT_MAX]}… and {more} characters more, see the record" if more > 0 else text
            self._tell(visitor, Answer(ok=ok, text=cut))

    def _tell(self, visitor: _Visitor, answer: Answer) -> None:
        visitor.asked, visitor.since = True, time.monotonic()
        visitor.telling = answer.model_dump_json().encode() + b"\n"
        try:
            self._send(visitor)
        except BlockingIOError:
            pass
        except OSError:  # it did not wait for the answer
            self._hang_up(visitor)

    def _send(self, visitor: _Visitor) -> None:
        visitor.telling = visitor.telling[visitor.connection.send(visitor.telling) :]
        if not visitor.telling:
            self._hang_up(visitor)

    def _hang_up(self, visitor: _Visitor) -> None:
        self._visitors.remove(visitor)
        visitor.connection.close()


def _make_way(path: Path) -> None:
    """Removes what an engine left that was killed; ListenError when something else is there."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ListenError(f"control.socket = {path}: is there already and no socket; move it or choose another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:  # it listens, with a queue before it
            pass
    raise ListenError(f"control.socket = {path}: another engine listens there; stop it or choose another path")


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
