"""`manifold replay`: what is on record is decided again, and has to come out the same (law 6).

Everything that came goes to a decider like the engine's, whose sessions lead nowhere. At each start on record a new one
is made of what that start says it was made of, and the parents open then are rebuilt from the records before it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain

from engine.dropcopy.recovery import RecoveryError
from engine.dropcopy.store import END, Entry, Kind, Opened, Record, Store
from fix import tags
from fix.enums import MsgType
from sessions.cycle import instructing
from sessions.cycle.decider import ADMIN, Decider, as_it_is, logger
from sessions.cycle.outbox import Outbox
from sessions.cycle.setup import Setup, restored
from sessions.gateway.session import Came, FixSession, Incoming
from sessions.gateway.terms import Terms
from spec.dialects import dialect

STEP = 1_000  # records between two words about how far it is
# Set by the session layer when a message leaves: header and trailer
_OF_SESSION = frozenset(
    f"{tag}=".encode()
    for tag in (
        tags.BeginString,
        tags.BodyLength,
        tags.MsgSeqNum,
        tags.SenderCompID,
        tags.SendingTime,
        tags.TargetCompID,
        tags.CheckSum,
    )
)


@dataclass(slots=True)
class Outcome:
    """What was decided again. `difference` is the first, "" when there is none; of the first `without_setup` records
    it is not known what decided them: an earlier Manifold did not write it down.
    """

    decisions: int = 0
    messages: int = 0
    starts: int = 0
    without_setup: int = 0
    difference: str = ""


def replay(store: Store, progress: Callable[[int], None] = lambda _: None) -> Outcome:
    """Decides everything in `store` again, in flat memory, up to the first difference.

    `progress` hears the number of the record reached, now and then. An engine may be writing meanwhile.
    """
    again = _Again(store)
    with _quiet():
        try:
            for record in store.records():
                again.take(record)
                if not record.seq % STEP:
                    progress(record.seq)
            again.end()
        except _DifferentError as different:
            again.outcome.difference = str(different)
    return again.outcome


class _DifferentError(Exception):
    """Both sides, readable."""


@contextmanager
def _quiet() -> Iterator[None]:
    """The alerts of another day are no news."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


class Past:
    """A store as it was before one of its records."""

    def __init__(self, store: Store) -> None:
        self.before = END
        self._store = store
        self._resets: dict[str, int] = {}  # record with which a session's numbers began again

    def note(self, record: Record) -> None:
        """A session message that left; what counts is ResetSeqNumFlag(141)."""
        if record.msg_type == MsgType.LOGON and b"\x01141=Y\x01" in record.body:
            self._resets[record.session] = record.seq

    def has_order(self, order_id: str) -> bool:
        return self._store.has_order(order_id, before=self.before)

    def order_records(self, order_id: str) -> Iterator[Record]:
        return self._store.order_records(order_id, before=self.before)

    def orders_by_cl_ord_id(self, cl_ord_id: str) -> list[Opened]:
        return self._store.orders_by_cl_ord_id(cl_ord_id, before=self.before)

    def cl_ord_ids(self) -> Iterator[tuple[str, str]]:
        return chain(self._store.cl_ord_ids(before=self.before), self._store.used_ids(before=self.before))

    def sent(self, session: str, number: int) -> Iterator[Record]:
        since = self._resets.get(session, 0)
        return self._store.outbound(session, number, number, since=since, before=self.before)


class Nowhere(FixSession):
    """A session that speaks the dialect of one, and leads nowhere."""

    def __init__(self, name: str, speaks: str) -> None:
        self.name = name
        self.terms = Terms(name, speaks, sender="", target="")
        self.dialect = dialect(speaks)
        self.begin_string = self.dialect.begin_string

    def next_out(self) -> int:
        return 1


class _Again:
    """Takes one record after the other: what came is decided, what was decided is compared."""

    def __init__(self, store: Store) -> None:
        self.outcome = Outcome()
        self._store = store
        self._past = Past(store)
        self._out = Outbox()
        self._decider: Decider | None = None
        self._sessions: dict[str, FixSession] = {}
        self._open: dict[str, int] = {}  # parents not final, with the record that opened them
        self._expected: deque[Entry] = deque()  # decided again, and not yet met on record

    def take(self, record: Record) -> None:
        self._past.before = record.seq
        kind = record.kind
        if not isinstance(record.body, bytes):  # SQLite lets anybody write text where bytes belong
            raise _DifferentError(f"record {record.seq} cannot be read: its bytes are none")
        if kind == Kind.OUT and record.msg_type in ADMIN:
            self._past.note(record)
        elif kind == Kind.EVENT:
            happens = self._happening(record)
            if happens is not None:
                self._decide(record, happens)
        elif self._decider is None:
            self.outcome.without_setup = record.seq
        elif kind in (Kind.DECISION, Kind.OUT):
            self._compare(record)
        elif kind in (Kind.IN, Kind.SKIPPED) and record.session in self._sessions and record.msg_type not in ADMIN:
            came = Came.IN if kind == Kind.IN else Came.SKIPPED
            self._decide(
                record, partial(self._decider.received, Incoming(record.session, came, record.body, record.at))
            )

    # -- what happened -----------------------------------------------------------------------------------------------

    def _happening(self, record: Record) -> Callable[[], object] | None:
        """What the decider is to hear of an event, where that is anything."""
        try:
            what = json.loads(record.body)
            event = what["event"]
            if event == "started" and "setup" in what:
                return self._start(record, restored(what["setup"]))
            if self._decider is None:
                self.outcome.without_setup = record.seq
            elif event in ("logon", "logout"):
                return partial(self._decider.logged, record.session, record.at, up=event == "logon")
            elif event == "tick":
                return partial(self._decider.tick, record.at)
            elif event == "instructed":
                action = instructing.restored(what["action"])
                return partial(
                    self._decider.instructed, what["person"], what["user"], what["reason"], action, record.at
                )
        except (KeyError, TypeError, ValueError) as error:
            raise _DifferentError(f"record {record.seq} cannot be read: {error}") from error
        return None

    def _start(self, record: Record, setup: Setup) -> Callable[[], object]:
        if self._decider is None:  # what was open by then nobody has followed
            self._open = {each.order_id: n for n, each in enumerate(self._store.open_orders(before=record.seq))}
        self.outcome.starts += 1
        self._out = Outbox()
        self._sessions = {each.name: Nowhere(each.name, each.dialect) for each in setup.parties}
        self._decider = Decider(setup, self._sessions, self._out, self._past, as_it_is)
        return partial(self._decider.start, sorted(self._open, key=self._open.__getitem__), record.at)

    def _decide(self, record: Record, happens: Callable[[], object]) -> None:
        if self._expected:
            self._differ(_shown(record.kind, record.session, record.order_id, record.body), record.seq)
        try:
            happens()
        except RecoveryError as error:
            raise _DifferentError(f"record {record.seq}: {error}") from error
        self._expected.extend(self._out.entries)
        self._follow(record)
        self._out.recorded()
        self._out.sends.clear()
        self._compare(record)

    def _follow(self, record: Record) -> None:
        """Which parents are open, as the store notes it."""
        for each in self._out.opened:
            self._open[each.order_id] = record.seq
        for order_id in self._out.reopened:
            self._open[order_id] = next((r.seq for r in self._past.order_records(order_id)), record.seq)
        for order_id in self._out.closed:
            self._open.pop(order_id, None)

    # -- what was decided --------------------------------------------------------------------------------------------

    def _compare(self, record: Record) -> None:
        there = (record.kind, record.session, record.order_id, _business(record.kind, record.body))
        if self._expected:
            _, kind, session, _, _, order_id, body = self._expected[0]
            if there == (kind, session, order_id, _business(kind, body)):
                self._expected.popleft()
                self._count(record.kind)
                return
        if record.kind == Kind.OUT and record.msg_type == MsgType.REJECT:
            return  # of the session layer: one of ours that is missing is noticed with the next record
        self._differ(_shown(record.kind, record.session, record.order_id, record.body), record.seq)

    def _count(self, kind: str) -> None:
        self.outcome.decisions += kind == Kind.DECISION
        self.outcome.messages += kind == Kind.OUT

    def end(self) -> None:
        """Whatever was decided again has been met by now."""
        if self._expected:
            self._differ("nothing more", self._past.before + 1)

    def _differ(self, there: str, seq: int) -> None:
        again = "nothing"
        if self._expected:
            _, kind, session, _, _, order_id, body = self._expected[0]
            again = _shown(kind, session, order_id, body)
        raise _DifferentError(f"record {seq}\n  on record:     {there}\n  decided again: {again}")


def _business(kind: str, body: bytes) -> list[bytes]:
    """Of a message that leaves, what does not come from the session layer; all of anything else."""
    if kind != Kind.OUT:
        return [body]
    return [field for field in body.split(b"\x01") if field[: field.find(b"=") + 1] not in _OF_SESSION]


def _shown(kind: str, session: str, order_id: str, body: bytes) -> str:
    encoding = "utf-8" if kind in (Kind.DECISION, Kind.EVENT) else "latin-1"
    text = b"|".join(_business(kind, body)).decode(encoding, "replace").replace("\x01", "|")
    return " ".join(word for word in (kind, session, order_id, text) if word)
