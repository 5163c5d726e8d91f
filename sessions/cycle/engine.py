"""The duty cycle of one engine: poll, decide, record, send (design, "The one loop").

Everything that may change an order passes through here in one thread; the store's commit stands between what was
decided and what leaves (law 1). This is the shell around `engine.core`: it owns sessions, store and clock, and decides
nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.commands import Decide, Decision
from engine.core.core import Core
from engine.dropcopy.store import Changes, Entry, Kind, Record, SessionNumbers, Store, StoreError
from fix.enums import MsgType
from fix.message import Message
from sessions.cycle.decider import ADMIN, Decider
from sessions.cycle.fanout import FanOut
from sessions.cycle.history import Present
from sessions.cycle.instructing import Asked, Channel
from sessions.cycle.outbox import Outbox
from sessions.cycle.setup import Party, Role, Setup, described, restored
from sessions.gateway.door import Door
from sessions.gateway.door import Refused as TurnedAway
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming, Sent
from sessions.gateway.wire import wait

logger = logging.getLogger("manifold.engine")
_MSG_SEQ_NUM = b"\x0134="
# Messages decided, committed and sent at once: while a piece of a flood is on its way, the counterparties work on the
# piece before, and a commit costs little beside what is in it.
TAKEN_MAX = 100
TICK = 50_000_000  # ns between looks at what is overdue
STORE_ATTEMPTS, STORE_PAUSE = 10, 1.0  # a full disk or a database restart may pass; seconds between


@dataclass(frozen=True, slots=True)
class Counterparties:
    """The sessions of one engine by role."""

    oms: Sequence[FixSession]
    drop_copies: Sequence[FixSession]
    venues: Sequence[FixSession]

    def all(self) -> list[FixSession]:
        return [*self.oms, *self.drop_copies, *self.venues]

    def named(self) -> tuple[Party, ...]:
        roles = ((Role.OMS, self.oms), (Role.DROP_COPY, self.drop_copies), (Role.VENUE, self.venues))
        return tuple(Party(each.name, role, each.terms.dialect) for role, sessions in roles for each in sessions)


class Engine:
    """`turn()` is the loop's body. Built by `sessions.deployment`, which also opens what it is given."""

    def __init__(
        self,
        setup: Setup,
        store: Store,
        parties: Counterparties,
        inbox: list[Incoming],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """What is kept in `store`, and `parties`, become part of the setup that is recorded."""
        self.store = store
        self.fan_out = FanOut()
        self.on_state: Callable[[str, bool], None] = lambda *_: None
        self._parties = parties
        self._sessions = {session.name: session for session in parties.all()}
        self._inbox = inbox
        self._changes: list[tuple[FixSession, bool]] = []
        self._clock = clock
        self._wall = self._ahead = 0  # what the clock last said; how far ours is ahead of one that was set back
        self._out = Outbox()
        self._door: Door | None = None
        self._channel: Channel | None = None
        self._answers: list[tuple[int, Asked, list[Decide]]] = []  # which entry it is, and what was decided
        self._ticked = 0
        self._epochs: dict[str, int] = {}  # of sessions that started again from 1 while the store could not be written
        self._order_of: dict[int, str] = {}  # of the messages that a resend is made of
        known = store.sessions()
        self._numbers = {name: known.get(name, SessionNumbers(1, 1, 0)) for name in self._sessions}
        self._venue_names = frozenset(session.name for session in parties.venues)
        complete = replace(setup, kept=store.kept(), parties=parties.named())
        self.setup = restored(described(complete))  # through its record, for that is what it is decided again with
        self._decider = Decider(self.setup, self._sessions, self._out, Present(store, self._out))
        for session in self._sessions.values():
            self._adopt_session(session)

    @property
    def core(self) -> Core:
        return self._decider.core

    def _adopt_session(self, session: FixSession) -> None:
        numbers = self._numbers[session.name]
        session.start_from(numbers.next_out, numbers.next_in)
        session.on_state = lambda which: self._changes.append((which, which.up))
        session.on_admin = self._admin_out
        session.history = self._history
        session.on_resent = self._resent
        session.on_event = self._session_event
        session.on_slow = self._too_slow

    def standing(self) -> list[tuple[str, Role, bool]]:
        """Name and role of each session, and whether it is logged on."""
        return [(party.name, party.role, self._sessions[party.name].up) for party in self.setup.parties]

    # -- life --------------------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Rebuilds the open parents, everything live in doubt; how many. To be called once, before the first turn."""
        number = self._decider.start([each.order_id for each in self.store.open_orders()], self._now())
        self._commit()
        self._send()
        return number

    def open_door(self, host: str, port: int) -> Door:
        """Listens for OMSs and compliance systems; OSError when the address is taken."""
        self._door = Door(host, port, [*self._parties.oms, *self._parties.drop_copies], self._turned_away)
        return self._door

    def open_control(self, channel: Channel) -> None:
        """Operators are heard from now on; the channel is closed with the engine."""
        self._channel = channel

    def turn(self) -> bool:
        """One round; whether there was anything to do."""
        if self._door is not None:
            self._door.poll()
        for session in self._sessions.values():
            session.poll()
        worked = self._work()
        now = self._now()  # behind all that came, so that instants do not go backwards
        if self._channel is not None:
            self._instructed(self._channel, now)
        if now - self._ticked >= TICK or now < self._ticked:
            self._ticked = now
            self._decider.tick(now)
        return self._work() or worked

    def _now(self) -> int:
        """The time, in ns since the epoch. A clock that is set back does not stop what is waited for: ours goes on from
        where it was, and the record says by how much it is ahead, until the next start.
        """
        wall = self._clock()
        back, self._wall = self._wall - wall, wall
        if back > 0:
            self._ahead += back
            now = wall + self._ahead
            logger.warning("the clock was set back by %s s; ours goes on, restart to follow it", back / 1e9)
            self._out.event(now, "", {"event": "clock set back", "ns": back, "ahead_ns": self._ahead})
        return wall + self._ahead

    def _work(self) -> bool:
        worked = False
        while self._inbox or self._changes or self._out.entries:
            self._take(self._now())
            self._commit()
            self._send()
            worked = True
        return worked

    def wait(self, seconds: float) -> None:
        """Until something comes, or `seconds` have passed."""
        listening = [each for each in (self._door, self._channel, *self._sessions.values()) if each is not None]
        wait([number for each in listening for number in each.filenos()], seconds)

    def stop(self, reason: str) -> None:
        """Logs out, records why and closes; what is open stays open for the next start."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        now = self._now()
        self._out.event(now, "", {"event": "stopped", "reason": reason, "fan_out_us": self.fan_out.summary()})
        self._commit()
        for session in self._sessions.values():
            session.logout(reason)
        deadline = time.monotonic() + 1.0
        while any(session.up for session in self._sessions.values()) and time.monotonic() < deadline:
            if not self.turn():
                self.wait(0.01)
        for session in self._sessions.values():
            session.stop()
        self._take(self._now())
        self._commit()
        if self._door is not None:
            self._door.close()
        self.store.close()

    # -- decide ------------------------------------------------------------------------------------------------------

    def _take(self, now: int) -> None:
        self._out.sending = now
        taken, self._inbox[:] = self._inbox[:TAKEN_MAX], self._inbox[TAKEN_MAX:]
        for incoming in taken:
            self._decider.received(incoming)
        if self._inbox:
            return  # a session's end comes behind its last message
        changes, self._changes = self._changes, []
        for session, up in changes:
            self._decider.logged(session.name, now, up=up)
            self.on_state(session.name, up)

    def _instructed(self, channel: Channel, now: int) -> None:
        self._out.sending = now
        for asked in channel.poll():
            entry = len(self._out.entries) + 1
            decided = self._decider.instructed(asked.person, asked.user, asked.reason, asked.action, now)
            self._answers.append((entry, asked, decided))

    # -- record, send --------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        out = self._out
        if not out.entries:
            return
        behind = self.store.last
        moved = self._moved(out)
        self._write(out.entries, out.changes(), moved)
        self._numbers.update(moved)
        self._epochs.clear()
        out.recorded()
        answers, self._answers = self._answers, []
        for entry, asked, decided in answers:
            reasons = "; ".join(dict.fromkeys(each.reason for each in decided)) or "nothing had to be done"
            done = not any(each.kind is Decision.REFUSE for each in decided)
            asked.answer(f"recorded as {behind + entry}: {reasons}", ok=done)

    def _write(self, entries: Sequence[Entry], changes: Changes, sessions: Mapping[str, SessionNumbers]) -> None:
        """Nothing leaves without a record: waits for the store, then gives up with StoreError."""
        for attempt in range(1, STORE_ATTEMPTS + 1):
            try:
                self.store.commit(entries, changes, sessions=sessions)
            except StoreError as error:
                logger.critical("%s (attempt %d of %d)", error, attempt, STORE_ATTEMPTS)
                if attempt == STORE_ATTEMPTS:
                    raise
                time.sleep(STORE_PAUSE)
            else:
                return

    def _moved(self, out: Outbox) -> dict[str, SessionNumbers]:
        """Sequence numbers that are not what the store last heard. What still waits in the inbox is not received yet:
        after a crash it has to be asked for again (law 2).
        """
        waiting = self._waiting()
        moved = {}
        for name, session in self._sessions.items():
            old = self._numbers[name]
            sends, expects = out.next_out.get(name) or session.next_out(), session.next_in()
            if name in waiting:
                expects = max(min(waiting[name], expects), old.next_in)
            numbers = SessionNumbers(expects, sends, self._epochs.get(name, old.epoch))
            if numbers != old:
                moved[name] = numbers
        return moved

    def _waiting(self) -> dict[str, int]:
        """The lowest MsgSeqNum(34) in the inbox by session. It need not be the first: a Logon(A) or ResendRequest(2)
        behind a gap is delivered before what fills the gap.
        """
        lowest: dict[str, int] = {}
        counted = Came.IN  # looked up once: a flood is gone through with every commit
        for session, came, raw, _ in self._inbox:
            if came is counted:
                start = raw.find(_MSG_SEQ_NUM) + len(_MSG_SEQ_NUM)
                number = int(raw[start : raw.find(b"\x01", start)])
                lowest[session] = min(number, lowest.get(session, number))
        return lowest

    def _send(self) -> None:
        """Back to back; all children of a parent are in flight together."""
        sends, self._out.sends = self._out.sends, []
        for session, raw, number, _ in sends:
            session.send(raw, number)
        left: dict[str, int] = {}
        for session, _, _, _ in sends:
            if session.name not in left:
                session.flush()
                left[session.name] = time.perf_counter_ns()
        for session, _, _, order_id in sends:
            if session.name in self._venue_names:
                self.fan_out.sent(order_id, left[session.name])
        self.fan_out.end()

    # -- callbacks: these come out of poll() ---------------------------------------------------------------------------

    def _admin_out(self, session: FixSession, sent: Sent) -> None:
        """QuickFIX is about to send a session message of its own: recorded first, like everything."""
        number, msg_type, raw = sent
        entry: Entry = (self._now(), Kind.OUT.value, session.name, number, msg_type, "", redacted(raw))
        old = self._numbers[session.name]
        if msg_type == MsgType.LOGON and b"\x01141=Y\x01" in raw:  # ResetSeqNumFlag: both sides start again from 1
            numbers = SessionNumbers(1, number + 1, old.epoch + 1)
        else:
            numbers = SessionNumbers(old.next_in, max(number + 1, old.next_out), old.epoch)
        try:
            self._write([entry], Changes(), {session.name: numbers})
            self._numbers[session.name] = numbers
        except StoreError:  # the turn's own commit tries again, or ends us; what is not on record does not leave
            session.cut()
            self._out.entries.append(entry)
            self._epochs[session.name] = numbers.epoch

    def _history(self, session: FixSession, begin: int, end: int) -> list[Sent]:
        """What a ResendRequest(2) gets. Orders are never sent again: a venue gets gap fills and is asked."""
        records = list(self.store.outbound(session.name, begin, end))
        chosen = questions(records) if session.name in self._venue_names else records
        self._order_of = {record.msg_seq_num: record.order_id for record in chosen}
        return [Sent(r.msg_seq_num, r.msg_type, r.body) for r in chosen if r.msg_type not in ADMIN]

    def _resent(self, session: FixSession, again: list[Sent]) -> None:
        now = self._now()
        entries = [
            (now, Kind.RESENT.value, session.name, number, msg_type, self._order_of.get(number, ""), raw)
            for number, msg_type, raw in again
        ]
        self._write(entries, Changes(), {})

    def _too_slow(self, session: FixSession, waiting: int) -> None:
        why = f"{session.name} leaves {waiting} bytes unread; disconnected, it may ask for them when it comes back"
        logger.warning("%s", why)
        self._out.event(self._now(), session.name, {"event": "too slow", "reason": why})

    def _session_event(self, session: FixSession, text: str) -> None:
        logger.info("%s: %s", session.name, text)

    def _turned_away(self, visitor: TurnedAway) -> None:
        now = self._now()
        self._out.skipped(now, "door", 0, "", redacted(visitor.raw))
        what = {"event": "refused", "address": visitor.address, "reason": visitor.reason}
        if visitor.answer:
            what["answer"] = str(Message.parse(visitor.answer))
        self._out.event(now, "door", what)


def questions(records: Sequence[Record]) -> list[Record]:
    """What was asked of a venue since its last logon: a gap fill over a subscription would leave us without prices."""
    logons = [number for number, record in enumerate(records, start=1) if record.msg_type == MsgType.LOGON]
    asked = (MsgType.ORDER_STATUS_REQUEST, MsgType.MARKET_DATA_REQUEST)
    return [record for record in records[logons[-1] if logons else 0 :] if record.msg_type in asked]
