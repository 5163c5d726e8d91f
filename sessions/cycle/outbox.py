"""What one turn of the loop has to record and then to send."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.dropcopy.store import Changes, Entry, Kind, Opened
from fix.message import Header, encode
from fix.timestamp import format_utc
from sessions.gateway.session import FixSession

_IN, _OUT, _SKIPPED = Kind.IN.value, Kind.OUT.value, Kind.SKIPPED.value
_DECISION, _EVENT = Kind.DECISION.value, Kind.EVENT.value


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: Mapping[str, object]) -> bytes:
    """JSON in one form: sorted keys, no spaces."""
    return _encode(value).encode()


class Outbox:
    """Filled while deciding; `entries` go to the store in one transaction, then `sends` to the sessions, in order.

    `sending` is the instant of the turn, which messages bear as SendingTime(52); 0 for that of what they answer.
    """

    def __init__(self) -> None:
        self.sending = 0
        self.entries: list[Entry] = []
        self.sends: list[tuple[FixSession, bytes, int, str]] = []  # session, message, MsgSeqNum(34), order
        self.next_out: dict[str, int] = {}
        self.opened: list[Opened] = []
        self.closed: list[str] = []
        self.reopened: list[str] = []
        self.used: list[tuple[str, str, str]] = []  # order, session, ClOrdID(11)
        self.kept: dict[str, Mapping[str, object] | None] = {}
        self._opened_with: list[int] = []
        self._used_with: list[int] = []

    def message(self, session: FixSession, msg_type: str, text: str, order_id: str, now: int) -> None:
        """An outgoing message with the MsgSeqNum(34) and SendingTime(52) it will leave with."""
        name, terms, at = session.name, session.terms, self.sending or now
        number = self.next_out.get(name) or session.next_out()
        self.next_out[name] = number + 1
        header = Header(session.begin_string, terms.sender, terms.target, number, format_utc(at))
        raw = encode(msg_type, text, header)
        self.entries.append((at, _OUT, name, number, msg_type, order_id, raw))
        self.sends.append((session, raw, number, order_id))

    def received(self, at: int, session: str, number: int, msg_type: str, order_id: str, raw: bytes) -> None:
        self.entries.append((at, _IN, session, number, msg_type, order_id, raw))

    def skipped(self, at: int, session: str, number: int, msg_type: str, raw: bytes) -> None:
        """Bytes that were not delivered. They may be anything: a MsgType(35) that is none stays out of the columns."""
        kind = msg_type if msg_type.isascii() and msg_type.isalnum() and len(msg_type) <= 8 else ""
        self.entries.append((at, _SKIPPED, session, number, kind, "", raw))

    def decision(self, now: int, order_id: str, kind: str, reason: str, detail: Mapping[str, object]) -> None:
        body = canonical({"kind": kind, "reason": reason, "detail": detail})
        self.entries.append((now, _DECISION, "", 0, "", order_id, body))

    def event(self, now: int, session: str, what: Mapping[str, object]) -> None:
        self.entries.append((now, _EVENT, session, 0, "", "", canonical(what)))

    def open(self, parent: Opened) -> None:
        """So from the last entry on; what it opened by has been entered."""
        self.opened.append(parent)
        self._opened_with.append(len(self.entries))

    def use(self, order_id: str, session: str, cl_ord_id: str) -> None:
        """So from the last entry on, like `open`."""
        self.used.append((order_id, session, cl_ord_id))
        self._used_with.append(len(self.entries))

    def changes(self) -> Changes:
        """What the entries change in the store's tables."""
        return Changes(
            self.opened, self.closed, self.reopened, self.used, self.kept, self._opened_with, self._used_with
        )

    def recorded(self) -> None:
        """The store has it all; `sends` are still to leave."""
        self.entries, self.next_out = [], {}
        self.opened, self.closed, self.reopened, self.used, self.kept = [], [], [], [], {}
        self._opened_with, self._used_with = [], []
