"""A session without a wire: it counts as QuickFIX does, and keeps a journal of what it was told to do."""

from __future__ import annotations

from fix.enums import MsgType
from fix.message import Header, Message, encode
from fix.timestamp import format_utc
from sessions.gateway.session import Came, FixSession, Incoming, Sent
from sessions.gateway.terms import Terms
from spec.dialects import dialect

NOW = 1_700_000_000_000_000_000  # 20231114-22:13:20.000
AT = "20231114-22:13:20.000"
Journal = list[tuple[str, ...]]


def wire(text: str) -> str:
    """FIX with | for SOH."""
    return text.replace("|", "\x01")


def shown(raw: bytes | str) -> str:
    text = raw if isinstance(raw, str) else raw.decode("latin-1")
    return text.replace("\x01", "|")


def message(msg_type: str, text: str, version: str = "FIX.4.4") -> Message:
    """The second message of a counterparty OMS; its body with | for SOH."""
    header = Header(dialect(version).begin_string, "OMS", "MANIFOLD", 2, AT)
    return Message.parse(encode(msg_type, wire(text), header))


class StandIn(FixSession):
    """Takes a `FixSession`'s place. `heard` and `logged` play the counterparty."""

    def __init__(
        self, name: str, version: str = "FIX.4.4", journal: Journal | None = None, inbox: list[Incoming] | None = None
    ) -> None:
        self.terms = Terms(name, version, sender="MANIFOLD", target=name)
        self.name = name
        self.dialect = dialect(version)
        self.begin_string = self.dialect.begin_string
        self.up = False
        self.on_state = lambda _: None
        self.on_admin = lambda *_: None
        self.on_resent = lambda *_: None
        self.on_slow = lambda *_: None
        self.history = lambda *_: []
        self.on_event = lambda *_: None
        self.journal = [] if journal is None else journal
        self._inbox = [] if inbox is None else inbox
        self._given: list[bytes] = []
        self._next_out = self._next_in = 1

    # -- what its owner calls

    def poll(self) -> None:
        pass

    def start_from(self, next_out: int, next_in: int) -> None:
        self._next_out, self._next_in = next_out, next_in

    def next_out(self) -> int:
        return self._next_out

    def next_in(self) -> int:
        return self._next_in

    def filenos(self) -> list[int]:
        return []

    def send(self, raw: bytes, number: int) -> None:
        self._next_out = number + 1
        self._given.append(raw)

    def flush(self) -> None:
        given, self._given = self._given, []
        self.journal += [("send", self.name, shown(raw)) for raw in given]

    def say(self, msg_type: MsgType, text: str, now: int) -> None:
        self._next_out += 1
        self.journal.append((msg_type.name, shown(text)))

    def logout(self, why: str = "") -> None:
        self.journal.append(("logout", self.name, why))
        self.logged(up=False)

    def cut(self) -> None:
        self.journal.append(("cut", self.name))

    def stop(self) -> None:
        self.journal.append(("stop", self.name))

    # -- what its counterparty does

    def heard(self, msg_type: str, text: str, at: int = NOW, came: Came = Came.IN) -> bytes:
        """A message from the counterparty, its body with | for SOH; the bytes."""
        header = Header(self.begin_string, self.terms.target, self.terms.sender, self._next_in, format_utc(at))
        raw = encode(msg_type, wire(text), header)
        if came is Came.IN:
            self._next_in += 1
        self._inbox.append(Incoming(self.name, came, raw, at))
        return raw

    def heard_bytes(self, raw: bytes, at: int = NOW, came: Came = Came.SKIPPED) -> None:
        self._inbox.append(Incoming(self.name, came, raw, at))

    def logged(self, *, up: bool) -> None:
        self.up = up
        self.on_state(self)

    def says_logon(self, number: int, text: str) -> bytes:
        """QuickFIX sends a Logon(A) of its own."""
        header = Header(self.begin_string, self.terms.sender, self.terms.target, number, AT)
        raw = encode(MsgType.LOGON, wire(text), header)
        self.on_admin(self, Sent(number, MsgType.LOGON.value, raw))
        self._next_out = number + 1
        return raw
