"""One FIX session over QuickFIX, polled from our one thread.

QuickFIX keeps the session protocol: logon, heartbeats, sequence numbers, gaps, reconnects. The bytes are ours: incoming
ones are taken from its log callback exactly as received; business messages are built, numbered and written by us (see
`sessions.gateway.wire`), and resent by us from whoever keeps them. Each session has a QuickFIX object of its own:
`poll()` runs timers only when no socket is ready, so a busy session would starve the heartbeats of a quiet one that
shares its object.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NamedTuple

import quickfix

from fix import tags
from fix.enums import MsgType
from fix.message import HEADER_TAGS, GarbledMessageError, Header, Message, check_frame, encode
from fix.timestamp import format_utc
from sessions.gateway.callbacks import Application, LogFactory
from sessions.gateway.lenient import lenient
from sessions.gateway.redaction import redacted
from sessions.gateway.terms import SettingsError, Terms, settings
from sessions.gateway.wire import Wire, sockets
from spec.dialects import Dialect, dialect

# Messages that came too early wait for the gap before them; QuickFIX keeps them too, so this only bounds a sick peer.
HELD_MAX = 100_000
KEPT_MAX = 100_000  # messages a simulated counterparty can send again
POLLS_MAX = 64  # per turn: a flooding session must not keep the others waiting (law 8)


class Came(StrEnum):
    """What became of incoming bytes."""

    IN = "in"
    SKIPPED = "skipped"  # garbled, a duplicate, or too early: QuickFIX did not deliver them


class Incoming(NamedTuple):
    """`at` in ns since the epoch, read when the bytes came out of the socket buffer."""

    session: str
    came: Came
    raw: bytes
    at: int


class Sent(NamedTuple):
    """A message that left on this session, or is about to leave again."""

    number: int
    msg_type: str
    raw: bytes


class FixSession:
    """See the module. The hooks are the owner's.

    `on_admin` hears of each session message before QuickFIX sends it, `on_resent` of what is about to leave again.
    `history(begin, end)` gives the business messages sent under these numbers, in order.
    """

    def __init__(self, terms: Terms, inbox: list[Incoming]) -> None:
        self.terms = terms
        self.name = terms.name
        self.dialect: Dialect = dialect(terms.dialect)
        self.begin_string = self.dialect.begin_string
        self.up = False
        self.on_state: Callable[[FixSession], None] = lambda _: None
        self.on_admin: Callable[[FixSession, Sent], None] = lambda *_: None
        self.on_resent: Callable[[FixSession, list[Sent]], None] = lambda *_: None
        self.on_event: Callable[[FixSession, str], None] = lambda *_: None
        self.on_slow: Callable[[FixSession, int], None] = lambda *_: None
        self.history: Callable[[FixSession, int, int], Iterable[Sent]] = lambda _, begin, end: self._remembered(
            begin, end
        )
        self._inbox = inbox
        self._raw: str | None = None
        self._raw_at = 0
        self._held: dict[int, str] = {}
        self._count = 0
        self._wire: Wire | None = None
        self._before: set[int] | None = None  # the sockets there were when QuickFIX began to connect
        self._next_out = 0  # behind what was given to `send`, until `flush` tells QuickFIX
        self._kept: deque[Sent] = deque(maxlen=KEPT_MAX)
        self._build()

    def _build(self) -> None:
        terms = self.terms
        begin = self.dialect.begin_string
        self.id = quickfix.SessionID(begin, terms.sender, terms.target)
        self._application = Application(self)
        self._factory = LogFactory(self)
        self._stores = quickfix.NullStoreFactory()
        kind = quickfix.SocketInitiator if terms.connect else quickfix.SocketAcceptor
        with lenient(self.dialect) as dictionaries:
            self._settings, self.kept_port = settings(terms, self.dialect, self.id, dictionaries)
            try:
                self._connector = kind(self._application, self._stores, self._settings, self._factory)
            except quickfix.ConfigError as error:
                why = str(error).removeprefix("Configuration failed: ")
                raise SettingsError(f"{terms.name}.quickfix: {why}; correct the setting or take it out") from None
        self.session = quickfix.Session.lookupSession(self.id)

    # -- the owner's side --------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Lets QuickFIX read, answer and keep time; what came is in the inbox afterwards."""
        for _ in range(POLLS_MAX):
            before = self._count
            self._connector.poll()
            if self._count == before:
                break
        self._skip()
        if self._before is not None:
            self._connected()
        if self._wire is not None and self._wire.waiting:
            self.flush()

    def attach(self, descriptor: int) -> None:
        """The connection that QuickFIX reads from is this one."""
        self._detach()
        self._wire = Wire(descriptor)

    def filenos(self) -> list[int]:
        """What can become readable."""
        return [] if self._wire is None else [self._wire.fileno()]

    def start_from(self, next_out: int, next_in: int) -> None:
        """Sets the sequence numbers to send and to expect next."""
        self.session.setNextSenderMsgSeqNum(next_out)
        self.session.setNextTargetMsgSeqNum(next_in)

    def next_out(self) -> int:
        number: int = self._next_out or self.session.getExpectedSenderNum()
        return number

    def next_in(self) -> int:
        number: int = self.session.getExpectedTargetNum()
        return number

    def send(self, raw: bytes, number: int) -> None:
        """Takes a message built by us, to leave with `flush`. Not logged on, it only uses up its number and waits to be
        asked for.
        """
        self._next_out = number + 1
        if self.up and self._wire is not None:
            self._wire.write(raw)

    def flush(self) -> None:
        """All that was given to `send` leaves in one write."""
        if self._next_out:
            self.session.setNextSenderMsgSeqNum(self._next_out)
            self._next_out = 0
        if self._wire is not None and not self._wire.flush():
            self._cut(self._wire)

    def say(self, msg_type: MsgType, text: str, now: int) -> None:
        """Builds, keeps and sends in one go, for a simulated counterparty, which has no store."""
        number = self.next_out()
        raw = encode(msg_type.value, text, self._header(number, now))
        if self._kept and self._kept[-1].number >= number:
            self._kept.clear()  # both sides have started again from 1
        self._kept.append(Sent(number, msg_type.value, raw))
        self.send(raw, number)
        self.flush()

    def _header(self, number: int, now: int, extra: tuple[tuple[int, str], ...] = ()) -> Header:
        terms = self.terms
        return Header(self.begin_string, terms.sender, terms.target, number, format_utc(now), extra)

    def _remembered(self, begin: int, end: int) -> list[Sent]:
        return [sent for sent in self._kept if begin <= sent.number <= end]

    def disconnect(self) -> None:
        self.session.disconnect()

    def stop(self) -> None:
        """Ends the session without a word; see `logout`."""
        self._connector.stop(True)

    def logout(self, why: str = "") -> None:
        self.session.logout(why)

    # -- QuickFIX's side ---------------------------------------------------------------------------------------------

    def arrived(self, raw: str) -> None:
        self._skip()
        self._raw = raw
        self._raw_at = time.time_ns()
        self._count += 1

    def delivered(self, message: Any) -> None:
        raw, at = self._raw, self._raw_at
        self._raw = None
        if raw is None:  # it came too early and waited for the gap to be filled
            number = int(message.getHeader().getField(tags.MsgSeqNum))
            raw, at = self._held.pop(number, None) or message.toString(), time.time_ns()
        self._inbox.append(Incoming(self.name, Came.IN, raw.encode("utf-8", "surrogateescape"), at))

    def _skip(self) -> None:
        raw, self._raw = self._raw, None
        if raw is None:
            return
        data = raw.encode("utf-8", "surrogateescape")
        self._inbox.append(Incoming(self.name, Came.SKIPPED, data, self._raw_at))
        try:
            check_frame(data)
        except GarbledMessageError:
            return  # whatever number it claims, QuickFIX does not keep it
        number = raw.partition("\x0134=")[2].partition("\x01")[0]
        if number.isascii() and number.isdigit() and len(number) < 19 and len(self._held) < HELD_MAX:
            self._held[int(number)] = raw

    def told(self, text: str) -> None:
        if text.startswith("Connecting to "):
            self._before = sockets()
        elif text in {"Disconnecting", "Connection failed"}:
            self._detach()
        self.on_event(self, redacted(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape"))

    def _connected(self) -> None:
        """QuickFIX has begun to connect in this poll, and in this poll it alone opens sockets: the new one is ours."""
        new, self._before = sockets() - (self._before or set()), None
        if len(new) == 1:
            self.attach(new.pop())
        else:  # somebody else opened one meanwhile, or ours is gone again: QuickFIX connects anew
            self.session.disconnect()

    def _detach(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def cut(self) -> None:
        """Ends the connection at once; nothing more leaves on it."""
        if self._wire is not None:
            self._wire.cut()

    def _cut(self, wire: Wire) -> None:
        self.on_slow(self, wire.waiting)
        wire.cut()

    def logged(self, *, up: bool) -> None:
        if not (up or self.up):
            return  # nobody was logged on: QuickFIX says so of every attempt to connect that fails
        self.up = up
        if up:
            self._held.clear()
        else:
            self._detach()
        self.on_state(self)

    def on_admin_out(self, message: Any) -> None:
        if self._wire is not None and not self._wire.complete():
            self._cut(self._wire)
        header = message.getHeader()
        number, msg_type = int(header.getField(tags.MsgSeqNum)), header.getField(tags.MsgType)
        if msg_type == MsgType.LOGON:
            for tag, value in self.terms.logon.items():
                message.setField(tag, value)
        self.on_admin(self, Sent(number, msg_type, message.toString().encode("utf-8", "surrogateescape")))

    def on_resend_request(self, message: Any) -> None:
        """Answers a ResendRequest(2).

        QuickFIX, which keeps nothing, fills the whole gap once more behind us; by then its numbers are below what the
        peer expects, and it is a duplicate that is ignored.
        """
        try:
            begin, end = int(message.getField(tags.BeginSeqNo)), int(message.getField(tags.EndSeqNo))
        except (ValueError, quickfix.FieldNotFound):
            return  # QuickFIX rejects it
        last = self.next_out() - 1
        again = self._again(begin, min(end or last, last))
        if not again or self._wire is None:
            return
        try:
            self.on_resent(self, again)
        except Exception:  # what is not on record does not leave, and must not be taken for sent
            self._wire.cut()
            raise
        for sent in again:
            self._wire.write(sent.raw)
        self.flush()

    def _again(self, begin: int, end: int) -> list[Sent]:
        """The messages of these numbers marked PossDupFlag(43)=Y, with gap fills for the rest; [] when none is kept."""
        now, again, position = time.time_ns(), [], begin
        for sent in self.history(self, begin, end):
            if sent.number > position:
                again.append(self._gap_fill(position, sent.number, now))
            again.append(sent._replace(raw=self._possible_duplicate(sent, now)))
            position = sent.number + 1
        if again and position <= end:
            again.append(self._gap_fill(position, end + 1, now))
        return again

    def _possible_duplicate(self, sent: Sent, now: int) -> bytes:
        message = Message.parse(sent.raw)
        text = "".join([f"{tag}={value}\x01" for tag, value in message.ordered() if tag not in HEADER_TAGS])
        extra = ((tags.PossDupFlag, "Y"), (tags.OrigSendingTime, message[tags.SendingTime]))
        return encode(sent.msg_type, text, self._header(sent.number, now, extra))

    def _gap_fill(self, number: int, new_number: int, now: int) -> Sent:
        """SequenceReset(4) in gap-fill mode in place of the messages `number` to `new_number` - 1."""
        extra = ((tags.PossDupFlag, "Y"), (tags.OrigSendingTime, format_utc(now)))
        text = f"{tags.NewSeqNo}={new_number}\x01{tags.GapFillFlag}=Y\x01"
        kind = MsgType.SEQUENCE_RESET.value
        return Sent(number, kind, encode(kind, text, self._header(number, now, extra)))
