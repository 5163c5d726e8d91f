"""Both ends of a FIX session in this process, over a real door on loopback."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import time
from collections.abc import Callable

from fix.message import Header, encode
from fix.timestamp import format_utc
from sessions.gateway.door import Door, Refused
from sessions.gateway.session import FixSession, Incoming
from sessions.gateway.terms import Terms
from tests.sessions.cycle.standin import shown, wire
from tests.world import wait

_numbers = itertools.count(1)  # QuickFIX knows sessions of a process by their CompIDs: each has its own


class House:
    """An acceptor session `here` behind a door; its counterparty is `there`, or a bare socket."""

    def __init__(self, version: str = "FIX.4.4", heartbeat: int = 30, sessions: int = 1) -> None:
        self.version, self.heartbeat = version, heartbeat
        self.inbox: list[Incoming] = []
        self.refused: list[Refused] = []
        self.sessions = [
            FixSession(Terms("here", version, "MANIFOLD", f"OMS{number}", heartbeat=heartbeat), self.inbox)
            for number in itertools.islice(_numbers, sessions)
        ]
        self.here = self.sessions[0]
        self.them = self.here.terms.target
        self.door = Door("127.0.0.1", 0, self.sessions, self.refused.append)
        self.there: FixSession | None = None
        self.their_inbox: list[Incoming] = []
        self.events: list[str] = []
        self.here.on_event = lambda _, text: self.events.append(text)

    def connect(self, logon: dict[int, str] | None = None) -> FixSession:
        """The counterparty as a session of its own; `logon`: further fields of its Logon(A)."""
        terms = Terms("there", self.version, self.them, "MANIFOLD", (self.door.host, self.door.port), self.heartbeat)
        self.there = FixSession(dataclasses.replace(terms, logon=logon or {}), self.their_inbox)
        self.there.on_event = lambda _, text: self.events.append(text)
        return self.there

    def link(self) -> FixSession:
        """Both logged on."""
        there = self.connect()
        self.wait(lambda: self.here.up and there.up, "logon")
        return there

    def poll(self) -> bool:
        self.door.poll()
        for session in self.sessions:
            session.poll()
        if self.there is not None:
            self.there.poll()
        return False

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        wait(condition, self.poll, what, patience=20.0)

    def close(self) -> None:
        for session in (self.there, *self.sessions):
            if session is not None:
                session.stop()
        self.door.close()

    # -- the counterparty as a bare socket

    def knock(self) -> socket.socket:
        made = socket.create_connection((self.door.host, self.door.port))
        made.setblocking(False)
        return made

    def encoded(self, msg_type: str, text: str, number: int = 1, begin_string: str = "FIX.4.4") -> bytes:
        header = Header(begin_string, self.them, "MANIFOLD", number, format_utc(time.time_ns()))
        return encode(msg_type, wire(text), header)

    def logon(self, text: str = "98=0|108=30|") -> bytes:
        return self.encoded("A", text)

    def enter(self) -> socket.socket:
        """A bare socket that is logged on; the answer is read."""
        visitor = self.knock()
        visitor.sendall(self.logon())
        self.wait(lambda: self.here.up, "logon")
        assert "|35=A|" in self.hears(visitor)
        return visitor

    def hears(self, visitor: socket.socket) -> str:
        """What comes next at a bare socket; "" when it is closed."""
        heard: list[bytes] = []

        def came() -> bool:
            try:
                heard.append(visitor.recv(65_536))
            except BlockingIOError:
                return False
            return True

        self.wait(came, "something to read")
        return shown(heard[0])


def bodies(inbox: list[Incoming]) -> list[tuple[str, str]]:
    """(what became of it, MsgType(35) and body) of what came, in order."""
    return [(incoming.came.value, _body(shown(incoming.raw))) for incoming in inbox]


def _body(text: str) -> str:
    left_out = ("8", "9", "49", "52", "56", "10", "122")
    return "|".join(field for field in text.split("|")[:-1] if field.partition("=")[0] not in left_out)
