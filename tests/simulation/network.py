"""FIX sessions without sockets: both ends of a connection, what is on its way between them, and how it breaks.

`End` takes a `FixSession`'s place and does QuickFIX's part as QuickFIX does it: numbers, gaps, resends. What it asks of
its owner (history, records of session messages) and the shape of what is resent are `FixSession`'s own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from engine.dropcopy.store import StoreError
from fix import tags
from fix.enums import ADMIN_MSG_TYPES, MsgType
from fix.message import Message, body, encode
from sessions.gateway.session import Came, FixSession, Incoming, Sent
from sessions.gateway.terms import Terms
from spec.dialects import dialect
from tests.simulation.rules import Violation

_LOGON = {tags.EncryptMethod: "0", tags.HeartBtInt: "30"}


class End(FixSession):
    """One end of a session. `flight` was written and is on its way from here; `unread` waits to be read here.

    None in `unread` is the end of the connection. `initiates`: this end says Logon(A) first. `gate` sees each business
    message before it is given away.
    """

    def __init__(
        self, name: str, version: str, clock: Callable[[], int], inbox: list[Incoming], *, ours: bool, initiates: bool
    ) -> None:
        sender, target = ("MANIFOLD", name) if ours else (name, "MANIFOLD")
        self.terms = Terms(name, version, sender, target)
        self.name, self.ours, self.initiates = name, ours, initiates
        self.dialect = dialect(version)
        self.begin_string = self.dialect.begin_string
        self.up = self.connected = False
        self.on_state = lambda _: None
        self.on_admin = lambda *_: None
        self.on_resent = lambda *_: None
        self.on_slow = lambda *_: None
        self.on_event = lambda *_: None
        self.history = lambda _, begin, end: self._remembered(begin, end)
        self.gate: Callable[[End, bytes, int], None] = lambda *_: None
        self.on_cut: Callable[[], object] = lambda: None
        self.flight: deque[bytes] = deque()
        self.unread: deque[bytes | None] = deque()
        self.narrow = False  # asks for the gap alone, not for everything since
        self._clock = clock
        self._inbox = inbox
        self._kept = deque()
        self._early: dict[int, bytes | None] = {}  # what came behind a gap; None: it was seen to at once
        self._asked = 0  # a ResendRequest(2) up to this number is on its way
        self._given: list[bytes] = []
        self._next_out = self._next_in = 1

    # -- its owner's side

    def start_from(self, next_out: int, next_in: int) -> None:
        self._next_out, self._next_in = next_out, next_in

    def next_out(self) -> int:
        return self._next_out

    def next_in(self) -> int:
        return self._next_in

    def filenos(self) -> list[int]:
        return []

    def send(self, raw: bytes, number: int) -> None:
        self.gate(self, raw, number)
        self._next_out = number + 1
        if self.up:
            self._given.append(raw)

    def flush(self) -> None:
        self.flight.extend(self._given)
        self._given.clear()

    def poll(self) -> None:
        while self.unread:
            raw = self.unread.popleft()
            if raw is None:
                self._ended()
            else:
                self._read(raw)

    def logout(self, why: str = "") -> None:
        if self.up:
            self._admin(MsgType.LOGOUT, f"{tags.Text}={why}\x01" if why else "")

    def cut(self) -> None:
        self.on_cut()

    def stop(self) -> None:
        self.connected = self.up = False

    # -- QuickFIX's

    def connect(self) -> None:
        self.connected = True
        if self.initiates:
            self._admin(MsgType.LOGON, body(_LOGON | self._version()))

    def beat(self) -> None:
        """Heartbeat(0): what was lost behind the last message comes out."""
        if self.up:
            self._admin(MsgType.HEARTBEAT, "")

    def say_with(self, extra: tuple[tuple[int, str], ...], msg_type: MsgType, text: str, now: int) -> None:
        """`say` with further header fields."""
        number = self._next_out
        raw = encode(msg_type.value, text, self._header(number, now, extra))
        self._kept.append(Sent(number, msg_type.value, raw))
        self.send(raw, number)
        self.flush()

    def early(self) -> list[bytes | None]:
        """What waits behind a gap."""
        return list(self._early.values())

    def twice(self, number: int) -> bytes | None:
        """The message of this number marked as a possible duplicate, which it is."""
        kept = self._remembered(number, number)
        return self._possible_duplicate(kept[0], self._clock()) if kept else None

    def _version(self) -> dict[int, str]:
        version = self.dialect.default_appl_ver_id
        return {1137: version} if version else {}

    def _ended(self) -> None:
        was, self.connected, self.up, self._asked = self.up, False, False, 0
        self._given.clear()
        self.flight.clear()
        if was:
            self.on_state(self)

    def _admin(self, msg_type: MsgType, text: str) -> None:
        number, self._next_out = self._next_out, self._next_out + 1
        raw = encode(msg_type.value, text, self._header(number, self._clock()))
        self.on_admin(self, Sent(number, msg_type.value, raw))
        self.flight.append(raw)

    def _read(self, raw: bytes) -> None:
        if not self.connected:
            return
        message = Message.parse(raw)
        number, kind = int(message[tags.MsgSeqNum]), message.msg_type
        duplicate = message.get(tags.PossDupFlag) == "Y"
        if number < self._next_in and not duplicate:
            rule = "law 1: a number is used once" if not self.ours else "law 2: expects what comes"
            raise Violation(rule, f"{self.name}: MsgSeqNum(34) {number} of {message}, {self._next_in} was expected")
        if kind == MsgType.LOGON:
            self._logon(raw, number)
        elif kind == MsgType.RESEND_REQUEST:
            self._hear(raw)
            if number > self._next_in:
                self._early[number] = None
            self._take(number, None)
            self._send_again(int(message[tags.BeginSeqNo]), int(message[tags.EndSeqNo]))
        elif number > self._next_in:
            self._put(Came.SKIPPED, raw)
            self._early[number] = raw
            self._ask(number)
        elif number < self._next_in:
            self._put(Came.SKIPPED, raw)
        elif kind == MsgType.SEQUENCE_RESET:
            self._hear(raw)
            self._next_in = max(int(message[tags.NewSeqNo]), self._next_in)
            self._drain()
        else:
            self._take(number, raw)

    def _logon(self, raw: bytes, number: int) -> None:
        self._hear(raw)
        if not self.initiates:
            self._admin(MsgType.LOGON, body(_LOGON | self._version()))
        self._early.clear()
        self.up = True
        if number > self._next_in:
            self._early[number] = None
            self._ask(number)
        self._take(number, None)
        self.on_state(self)

    def _take(self, number: int, raw: bytes | None) -> None:
        if number != self._next_in:
            return
        if raw is not None:
            self._hear(raw)
        self._next_in += 1
        self._drain()

    def _drain(self) -> None:
        while self._next_in in self._early:
            held = self._early.pop(self._next_in)
            self._take(self._next_in, held)
        if self._next_in > self._asked:
            self._asked = 0
        for number in [each for each in self._early if each < self._next_in]:
            del self._early[number]  # filled over

    def _ask(self, number: int) -> None:
        if self._asked:
            return
        self._asked = number - 1
        end = self._asked if self.narrow else 0
        self._admin(MsgType.RESEND_REQUEST, f"7={self._next_in}\x0116={end}\x01")

    def _send_again(self, begin: int, end: int) -> None:
        """As `FixSession.on_resend_request`; QuickFIX, which keeps nothing, then fills the whole gap behind us."""
        last = self._next_out - 1
        last = min(end or last, last)
        again = self._again(begin, last)
        if again:
            try:
                self.on_resent(self, again)
            except StoreError:  # what is not on record does not leave
                self.on_cut()
                return
        self.flight.extend(each.raw for each in again)
        if begin <= last:
            fill = self._gap_fill(begin, last + 1, self._clock())
            self.on_admin(self, fill)
            self.flight.append(fill.raw)

    def _hear(self, raw: bytes) -> None:
        self._put(Came.IN, raw)

    def _put(self, came: Came, raw: bytes) -> None:
        self._inbox.append(Incoming(self.name, came, raw, self._clock()))


class Link:
    """A connection between an engine's session and its counterparty's."""

    def __init__(self, here: End, there: End) -> None:
        self.here, self.there = here, there
        here.on_cut = lambda: self.cut(0, 0)

    @property
    def quiet(self) -> bool:
        return not (self.here.flight or self.there.flight or self.here.unread or self.there.unread)

    def join(self) -> bool:
        """Connects, when both ends have seen the last end."""
        if self.here.connected or self.there.connected or self.here.unread:
            return False
        for end in (self.here, self.there):
            end.connect()
        return True

    def carry(self, *, inwards: bool, count: int) -> bool:
        """The next messages of one direction arrive; a counterparty reads at once, the engine when it turns."""
        source, target = (self.there, self.here) if inwards else (self.here, self.there)
        moved = min(count, len(source.flight))
        for _ in range(moved):
            target.unread.append(source.flight.popleft())
        self.there.poll()
        return bool(moved)

    def drop(self, *, inwards: bool) -> bool:
        """The next business message is lost; what follows shows the gap. Nothing resent is: the line is sound again."""
        flight = (self.there if inwards else self.here).flight
        if not flight:
            return False
        message = Message.parse(flight[0])
        if message.msg_type in ADMIN_MSG_TYPES or tags.PossDupFlag in message:
            return False
        flight.popleft()
        return True

    def double(self) -> bool:
        """The counterparty's last business message comes once more, marked as it should be."""
        again = self.there.twice(self.there.next_out() - 1) if self.there.up else None
        if again is not None:
            self.there.flight.append(again)
        return again is not None

    def cut(self, out: int, inwards: int) -> bool:
        """Ends the connection; so many messages of each direction arrive all the same, the rest is lost."""
        if not self.there.connected:
            return False
        for source, target, kept in ((self.here, self.there, out), (self.there, self.here, inwards)):
            for _ in range(min(kept, len(source.flight))):
                target.unread.append(source.flight.popleft())
        for end in (self.here, self.there):
            end.flight.clear()
            end.unread.append(None)
        self.there.poll()
        return True

    def lost(self, here: End, out: int) -> None:
        """The engine's process ended: what it wrote may still arrive; `here` is the next process's end."""
        for _ in range(min(out, len(self.here.flight))):
            self.there.unread.append(self.here.flight.popleft())
        if self.there.connected:
            self.there.unread.append(None)
        self.there.flight.clear()
        self.there.poll()
        self.here = here
        here.on_cut = lambda: self.cut(0, 0)
