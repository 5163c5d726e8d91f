"""One FIX session over QuickFIX, polled from our one thread.

QuickFIX keeps the session protocol: logon, heartbeats, sequence numbers, gaps, reconnects. The bytes are ours: incoming
ones are taken from its log callback exactly as received, outgoing ones are built by us and only numbered by it, so that
what is on record is what was on the wire. Each session has a QuickFIX object of its own: `poll()` runs timers only when
no socket is ready, so a busy session would starve the heartbeats of a quiet one that shares its object.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import quickfix

from fix import tags
from fix.enums import MsgType
from fix.message import Header, encode
from fix.timestamp import format_utc
from sessions.gateway.callbacks import Application, LogFactory
from sessions.gateway.lenient import lenient
from sessions.gateway.terms import Terms, settings
from spec.dialects import Dialect, dialect
from spec.dictionary import installed

logger = logging.getLogger("manifold.session")
# Messages that came too early wait for the gap before them; QuickFIX keeps them too, so this only bounds a sick peer.
HELD_MAX = 100_000
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


class FixSession:
    """See the module. Hooks of the owner: `on_state(up)`, `on_admin(raw fields)`, `on_resend(begin, end)`."""

    def __init__(self, terms: Terms, inbox: list[Incoming]) -> None:
        self.terms = terms
        self.name = terms.name
        self.dialect: Dialect = dialect(terms.dialect)
        self.begin_string = self.dialect.begin_string
        self.up = False
        self.on_state: Callable[[FixSession], None] = lambda _: None
        self.on_admin: Callable[[FixSession, int, str, bytes], None] = lambda *_: None
        self.on_resend: Callable[[FixSession, int, int], None] = lambda *_: None
        self.on_event: Callable[[FixSession, str], None] = lambda *_: None
        self._inbox = inbox
        self._raw: str | None = None
        self._raw_at = 0
        self._held: dict[int, str] = {}
        self._count = 0
        self._expected: str | None = None
        self._sending_time = ""
        self._stamp: tuple[tuple[int, str], ...] = ()
        self._build()

    def _build(self) -> None:
        terms = self.terms
        begin = self.dialect.begin_string
        self.id = quickfix.SessionID(begin, terms.sender, terms.target)
        self._message = quickfix.Message()  # used again for each send: making one costs as much as filling it
        self._header = self._message.getHeader()
        self._application = Application(self)
        self._factory = LogFactory(self)
        self._stores = quickfix.MemoryStoreFactory() if terms.keeps_messages else quickfix.NullStoreFactory()
        kind = quickfix.SocketInitiator if terms.connect else quickfix.SocketAcceptor
        with lenient(self.dialect) as dictionaries:
            self._settings, self.port = settings(terms, self.dialect, self.id, dictionaries)
            self._connector = kind(self._application, self._stores, self._settings, self._factory)
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

    def start_from(self, next_out: int, next_in: int) -> None:
        """Sets the sequence numbers to send and to expect next."""
        self.session.setNextSenderMsgSeqNum(next_out)
        self.session.setNextTargetMsgSeqNum(next_in)

    def next_out(self) -> int:
        number: int = self.session.getExpectedSenderNum()
        return number

    def next_in(self) -> int:
        number: int = self.session.getExpectedTargetNum()
        return number

    def send(self, raw: bytes, sending_time: str) -> None:
        """Hands over a message built by us; not connected, it only takes its number and waits to be asked for."""
        text = raw.decode("utf-8", "surrogateescape")
        self._expected = text
        self._sending_time, self._stamp = sending_time, ()
        message = self._message
        kind = text.find("\x0135=", 10, 40) + 4
        if text[kind : kind + 2] in _WITH_GROUPS:
            message.setString(text, False, _groups())
        else:
            message.setString(text, False)
        self.session.send(message)

    def say(self, msg_type: MsgType, text: str, now: int) -> None:
        """Builds and sends in one go, for a simulated counterparty, which keeps no record of its own."""
        header = Header(
            self.dialect.begin_string, self.terms.sender, self.terms.target, self.next_out(), format_utc(now)
        )
        self.send(encode(msg_type.value, text, header), header.sending_time)

    def resend(self, raw: bytes, number: int, original_sending_time: str) -> None:
        """Sends a recorded message again under its number, marked PossDupFlag(43)=Y."""
        self.session.setNextSenderMsgSeqNum(number)
        self._expected = None
        self._sending_time = ""
        self._stamp = ((tags.PossDupFlag, "Y"), (tags.OrigSendingTime, original_sending_time))
        quickfix.Session.sendToTarget(parsed(raw.decode("utf-8", "surrogateescape")), self.id)

    def gap_fill(self, number: int, new_number: int) -> None:
        """SequenceReset(4) in gap-fill mode in place of the messages `number` to `new_number` - 1."""
        message = quickfix.Message()
        header = message.getHeader()
        header.setField(tags.BeginString, self.dialect.begin_string)
        header.setField(tags.MsgType, MsgType.SEQUENCE_RESET.value)
        header.setField(tags.PossDupFlag, "Y")
        message.setField(tags.GapFillFlag, "Y")
        message.setField(tags.NewSeqNo, str(new_number))
        self.session.setNextSenderMsgSeqNum(number)
        quickfix.Session.sendToTarget(message, self.id)

    def disconnect(self) -> None:
        self.session.disconnect()

    def stop(self) -> None:
        """Ends the session; a Logout(5) goes out first where one is logged on."""
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
        self._inbox.append(Incoming(self.name, Came.SKIPPED, raw.encode("utf-8", "surrogateescape"), self._raw_at))
        number = raw.partition("\x0134=")[2].partition("\x01")[0]
        if number.isdigit() and len(self._held) < HELD_MAX:
            self._held[int(number)] = raw

    def stamp(self, message: Any) -> None:
        """QuickFIX has just put its own clock into SendingTime(52); the one on record goes out."""
        if self._sending_time:
            self._header.setField(_SENDING_TIME, self._sending_time)
        elif self._stamp:
            header = message.getHeader()
            for tag, value in self._stamp:
                header.setField(tag, value)

    def left(self, raw: str) -> None:
        if self._expected is not None and raw[:2] == "8=":
            expected, self._expected = self._expected, None
            if raw != expected:
                self.on_event(self, f"what left differs from the record: {raw!r}, recorded {expected!r}")

    def told(self, text: str) -> None:
        self.on_event(self, text)

    def logged(self, *, up: bool) -> None:
        self.up = up
        if up:
            self._held.clear()
        self.on_state(self)

    def on_admin_out(self, message: Any) -> None:
        raw = message.toString().encode("utf-8", "surrogateescape")
        header = message.getHeader()
        self.on_admin(self, int(header.getField(tags.MsgSeqNum)), header.getField(tags.MsgType), raw)

    def on_resend_request(self, message: Any) -> None:
        begin, end = int(message.getField(tags.BeginSeqNo)), int(message.getField(tags.EndSeqNo))
        self.on_resend(self, begin, end or 0)


@functools.cache
def _groups() -> Any:
    """QuickFIX sorts the fields of a message unless a dictionary tells it of groups. 4.4's market data serves all
    versions we speak, and loads in milliseconds where 5.0 SP2 takes a second.
    """
    return quickfix.DataDictionary(str(installed("FIX44")))


_SENDING_TIME = tags.SendingTime
_WITH_GROUPS = frozenset({"V\x01", "W\x01", "X\x01"})


def parsed(text: str) -> Any:
    """A QuickFIX message that will leave as the bytes it is made from."""
    kind = text.find("\x0135=", 10, 40) + 4
    if text[kind : kind + 2] in _WITH_GROUPS:
        return quickfix.Message(text, _groups(), False)
    return quickfix.Message(text, False)


__all__ = ["Came", "FixSession", "Incoming", "Terms"]
