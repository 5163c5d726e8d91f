"""An open channel, who connects to it, and what an engine would do with what comes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.core.actions import Scope
from engine.risk.limits import Limits
from sessions.control.channel import Asked, Channel
from sessions.control.desk import Desk
from sessions.control.words import DoubtState, KillState, SessionState, Status, VenueState
from tests.world import wait

STATUS = Status(
    instance="demo",
    open_orders=1,
    doubts=3,
    sessions=[
        SessionState(name="OMS", role="oms", up=True),
        SessionState(name="COMPLIANCE", role="drop copy", up=False),
    ],
    venues=[VenueState(name="ALPHA", state="in"), VenueState(name="BETA", state="out", reason="by alice: tests")],
    kills=[
        KillState(scope=Scope.ALL, name="", by="alice", reason="drill", open=0),
        KillState(scope=Scope.VENUE, name="BETA", by="bob", reason="odd fills", open=2),
    ],
    stopped=["OMS"],
    in_doubt=[
        DoubtState(
            cl_ord_id="R-1-2",
            venue="BETA",
            symbol="ACME",
            order="A",
            open_qty=Decimal("0.50"),
            reason="no answer in 5 s",
        )
    ],
)
RESTRICTED = Limits(restricted=frozenset({"GLOBEX"}))


def desk() -> Desk:
    return Desk("demo", ["OMS"], ["BETA", "ALPHA"], limits=lambda: RESTRICTED, status=lambda: STATUS)


class Room:
    def __init__(self, path: Path, channel: Channel) -> None:
        self.path = path
        self.channel = channel
        self.asked: list[Asked] = []
        self._lines: list[socket.socket] = []

    def poll(self) -> bool:
        came = self.channel.poll()
        self.asked += came
        return bool(came)

    def dial(self, sent: bytes = b"") -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        self._lines.append(line)
        line.connect(str(self.path))
        line.setblocking(False)
        line.sendall(sent)
        return line

    def say(self, **values: Any) -> socket.socket:
        return self.dial(json.dumps(values).encode() + b"\n")

    def hears(self, line: socket.socket) -> str:
        """Everything until it is hung up on."""
        heard = [b"?"]

        def read() -> bool:
            self.poll()
            try:
                heard.append(line.recv(100_000))
            except BlockingIOError:
                return False
            except ConnectionResetError:  # hung up on with what we sent unread
                heard.append(b"")
            return True

        wait(lambda: heard[-1] == b"", read, "the end of the connection")
        return b"".join(heard[1:]).decode()

    def answers(self, line: socket.socket) -> Any:
        return json.loads(self.hears(line))

    @contextmanager
    def serving(self, text: str = "recorded as 7", *, ok: bool = True) -> Iterator[None]:
        """Meanwhile every instruction gets this answer."""
        over = threading.Event()

        def serve() -> None:
            while not over.wait(0.001):
                if self.poll():
                    self.asked[-1].answer(text, ok=ok)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def close(self) -> None:
        self.channel.close()
        for line in self._lines:
            line.close()


@contextmanager
def room(path: Path, told: Desk | None = None) -> Iterator[Room]:
    with closing(Room(path, Channel.open(path, told or desk()))) as made:
        yield made
