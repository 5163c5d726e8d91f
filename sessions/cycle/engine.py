"""The duty cycle of one engine: poll, decide, record, send (design, "The one loop").

Everything that may change an order passes through here in one thread; the store's commit stands between what was
decided and what leaves (law 1). This is the shell around `engine.core`: it owns sessions, store and clock, and decides
nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.core import commands as do
from engine.core.core import Core
from engine.core.events import CancelReceived, Event, MessageRefused, StatusRequested, Tick, VenueDown, VenueUp
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Entry, Kind, SessionNumbers, Store, StoreError
from engine.orders.order import Parent
from fix import tags
from fix.enums import ADMIN_MSG_TYPES, MsgType
from fix.message import GarbledMessageError, Message
from sessions.cycle.fanout import FanOut
from sessions.cycle.intake import Answer, Note, OmsIntake, Refused, VenueIntake, order_of
from sessions.cycle.outbox import Outbox
from sessions.cycle.perform import Performer
from sessions.gateway.door import Door
from sessions.gateway.door import Refused as TurnedAway
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming

logger = logging.getLogger("manifold.engine")
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


class Engine:
    """`turn()` is the loop's body. Built by `sessions.deployment`, which also opens what it is given."""

    def __init__(
        self,
        core: Core,
        store: Store,
        parties: Counterparties,
        intakes: Mapping[str, OmsIntake | VenueIntake],
        inbox: list[Incoming],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.core = core
        self.store = store
        self.fan_out = FanOut()
        self.on_state: Callable[[str, bool], None] = lambda *_: None
        self._parties = parties
        self._sessions = {session.name: session for session in parties.all()}
        self._intakes = intakes
        self._inbox = inbox
        self._changes: list[tuple[FixSession, bool]] = []
        self._clock = clock
        self._out = Outbox()
        self._door: Door | None = None
        self._ticked = 0
        known = store.sessions()
        self._numbers = {name: known.get(name, SessionNumbers(1, 1, 0)) for name in self._sessions}
        self._venue_names = frozenset(session.name for session in parties.venues)
        self._performer = Performer(self._sessions, parties.drop_copies, self._out)
        for session in self._sessions.values():
            self._adopt_session(session)

    def _adopt_session(self, session: FixSession) -> None:
        numbers = self._numbers[session.name]
        session.start_from(numbers.next_out, numbers.next_in)
        session.on_state = lambda which: self._changes.append((which, which.up))
        session.on_admin = self._admin_out
        session.on_resend = self._resend
        session.on_event = self._session_event

    # -- life --------------------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Rebuilds the open parents, everything live in doubt; how many. To be called once, before the first turn."""
        opened = self.store.open_orders()
        for each in opened:
            self.core.orders.add(self._remembered(each.order_id))
        now = self._clock()
        self._out.event(now, "", {"event": "started", "open_orders": len(opened)})
        for name in sorted(self._venue_names):
            self._apply(VenueDown(name), now)
        self._commit()
        return len(opened)

    def open_door(self, host: str, port: int) -> Door:
        """Listens for OMSs and compliance systems; OSError when the address is taken."""
        self._door = Door(host, port, [*self._parties.oms, *self._parties.drop_copies], self._turned_away)
        return self._door

    def turn(self) -> bool:
        """One round; whether there was anything to do."""
        if self._door is not None:
            self._door.poll()
        for session in self._sessions.values():
            session.poll()
        now = self._clock()
        self._take(now)
        if now - self._ticked >= TICK:
            self._ticked = now
            self._apply(Tick(), now)
        if not self._out.entries:
            return False
        self._commit()
        self._send()
        return True

    def stop(self, reason: str) -> None:
        """Logs out, records why and closes; what is open stays open for the next start."""
        now = self._clock()
        self._out.event(now, "", {"event": "stopped", "reason": reason, "fan_out_us": self.fan_out.summary()})
        self._commit()
        for session in self._sessions.values():
            session.logout(reason)
        deadline = time.monotonic() + 1.0
        while any(session.up for session in self._sessions.values()) and time.monotonic() < deadline:
            self.turn()
        for session in self._sessions.values():
            session.stop()
        self._take(self._clock())
        self._commit()
        if self._door is not None:
            self._door.close()
        self.store.close()

    # -- decide ------------------------------------------------------------------------------------------------------

    def _take(self, now: int) -> None:
        # All of it: what would stay behind here would count as received in the sequence numbers of this commit (law 2).
        # How much one turn can bring is bounded by POLLS_MAX reads of each socket.
        taken, self._inbox[:] = self._inbox[:], []
        for incoming in taken:
            try:
                self._receive(incoming, now)
            except GarbledMessageError as error:
                self._out.skipped(incoming.at, incoming.session, 0, "", incoming.raw)
                self._performer.alert(f"{incoming.session}: {error}", now)
        changes, self._changes = self._changes, []
        for session, up in changes:
            self._out.event(now, session.name, {"event": "logon" if up else "logout"})
            self.on_state(session.name, up)
            if session.name in self._venue_names:
                self._apply(VenueUp(session.name) if up else VenueDown(session.name), now)

    def _receive(self, incoming: Incoming, now: int) -> None:
        message = Message.parse(incoming.raw)
        number = sequence_number(message)
        name, kind = incoming.session, message.msg_type
        if incoming.came is Came.SKIPPED:
            self._out.skipped(incoming.at, name, number, kind, redacted(incoming.raw))
        elif kind in ADMIN_MSG_TYPES and kind != MsgType.REJECT:
            self._out.received(incoming.at, name, number, kind, "", redacted(incoming.raw))
        else:
            self._business(name, message, number, incoming, now)

    def _business(self, name: str, message: Message, number: int, incoming: Incoming, now: int) -> None:
        intake = self._intakes.get(name)
        read = intake.read(message) if intake is not None else Note(f"{name} only listens")
        if isinstance(read, Refused):
            read = self._refused(read)
        if isinstance(read, (Answer, Note)):
            self._out.received(incoming.at, name, number, message.msg_type, "", incoming.raw)
            self._note(self._sessions[name], read, now)
            return
        order_id = order_of(message) if name in self._venue_names else self._meant(read)
        if order_id:
            self._recall(order_id)
        commands = self.core.handle(read, now)
        order_id = order_id or next((command.order_id for command in commands if command.order_id), "")
        self._out.received(incoming.at, name, number, message.msg_type, order_id, incoming.raw)
        self._performer.perform(commands, now)

    def _apply(self, event: Event, now: int) -> None:
        self._performer.perform(self.core.handle(event, now), now)

    def _note(self, session: FixSession, read: Answer | Note, now: int) -> None:
        venue = session.name in self._venue_names
        kind = do.Decision.ALERT if venue else do.Decision.REFUSE
        self._out.decision(now, "", kind.value, read.reason, {"session": session.name})
        if venue:
            logger.warning("%s", read.reason)
        if isinstance(read, Answer):
            self._out.message(session, read.msg_type, read.text, "", now)

    def _recall(self, order_id: str) -> None:
        """Brings a parent that finished long ago back from the store, should somebody still speak of it."""
        if self.core.orders.by_id(order_id) is None and self.store.has_order(order_id):
            self.core.orders.add(self._remembered(order_id))

    def _meant(self, event: Event) -> str:
        """OrderID of the parent that a cancel or status request is about, "" for a new order or an unknown one."""
        if isinstance(event, CancelReceived):
            cl_ord_id = event.request.orig_cl_ord_id
        elif isinstance(event, StatusRequested):
            cl_ord_id = event.request.cl_ord_id
        else:
            return ""
        parent = self.core.orders.by_cl_ord_id(event.session, cl_ord_id)
        if parent is not None:
            return parent.order_id
        found = [each for each in self.store.orders_by_cl_ord_id(cl_ord_id) if each.session == event.session]
        return found[-1].order_id if found else ""

    def _remembered(self, order_id: str) -> Parent:
        return rebuild(order_id, self.store.order_records(order_id))

    def _refused(self, refused: Refused) -> Event | Note:
        """Which message of ours a venue's Reject(3) or j means stands in the record, under its number."""
        number = refused.reject.ref_seq_num
        for record in self.store.outbound(refused.venue, number, number):
            cl_ord_id = Message.parse(record.body).get(tags.ClOrdID)
            if cl_ord_id:
                text = refused.reject.text or f"reason {refused.reject.reason}"
                return MessageRefused(refused.venue, MsgType(record.msg_type), cl_ord_id, text)
        return Note(f"{refused.venue} refused our message {number}: {refused.reject.text}")

    # -- record, send --------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        out = self._out
        if not out.entries:
            return
        moved = self._moved(out)
        for attempt in range(STORE_ATTEMPTS):
            try:
                self.store.commit(out.entries, opened=out.opened, closed=out.closed, sessions=moved)
                break
            except StoreError as error:  # nothing leaves without a record: wait for the store, then give up
                logger.critical("%s (attempt %d of %d)", error, attempt + 1, STORE_ATTEMPTS)
                if attempt + 1 == STORE_ATTEMPTS:
                    raise
                time.sleep(STORE_PAUSE)
        self._numbers.update(moved)
        out.entries, out.opened, out.closed, out.next_out = [], [], [], {}

    def _moved(self, out: Outbox) -> dict[str, SessionNumbers]:
        """Sequence numbers that are not what the store last heard."""
        moved = {}
        for name, session in self._sessions.items():
            old = self._numbers[name]
            sends, expects = out.next_out.get(name) or session.next_out(), session.next_in()
            if (expects, sends) != (old.next_in, old.next_out):
                moved[name] = SessionNumbers(expects, sends, old.epoch)
        return moved

    def _send(self) -> None:
        """Back to back; all children of a parent are in flight together."""
        sends, self._out.sends = self._out.sends, []
        for session, raw, sending_time, order_id in sends:
            session.send(raw, sending_time)
            if session.name in self._venue_names:
                self.fan_out.sent(order_id, time.perf_counter_ns())
        self.fan_out.end()

    # -- callbacks: these come out of poll() ---------------------------------------------------------------------------

    def _admin_out(self, session: FixSession, number: int, msg_type: str, raw: bytes) -> None:
        """QuickFIX is about to send a session message of its own: recorded first, like everything."""
        entry: Entry = (self._clock(), Kind.OUT.value, session.name, number, msg_type, "", redacted(raw))
        old = self._numbers[session.name]
        if msg_type == MsgType.LOGON and b"\x01141=Y\x01" in raw:  # ResetSeqNumFlag: both sides start again from 1
            numbers = SessionNumbers(1, number + 1, old.epoch + 1)
        else:
            numbers = SessionNumbers(old.next_in, max(number + 1, old.next_out), old.epoch)
        self._numbers[session.name] = numbers
        try:
            self.store.commit([entry], sessions={session.name: numbers})
        except StoreError as error:  # a callback cannot hold it back; the turn's own commit tries again, or ends us
            logger.critical("%s", error)
            self._out.entries.append(entry)

    def _resend(self, session: FixSession, begin: int, end: int) -> None:
        """Answers a ResendRequest(2) from the store. Orders are never resent: venues get gap fills and are asked."""
        if session.name in self._venue_names:
            return
        after = session.next_out()
        last = min(end or after - 1, after - 1)
        position = begin
        for record in self.store.outbound(session.name, begin, last):
            if record.msg_type in ADMIN_MSG_TYPES:
                continue
            if record.msg_seq_num > position:
                session.gap_fill(position, record.msg_seq_num)
            session.resend(record.body, record.msg_seq_num, Message.parse(record.body)[tags.SendingTime])
            position = record.msg_seq_num + 1
        if position <= last:
            session.gap_fill(position, last + 1)
        session.start_from(after, session.next_in())

    def _session_event(self, session: FixSession, text: str) -> None:
        logger.info("%s: %s", session.name, text)

    def _turned_away(self, visitor: TurnedAway) -> None:
        now = self._clock()
        self._out.skipped(now, "door", 0, "", redacted(visitor.raw))
        self._out.event(now, "door", {"event": "refused", "address": visitor.address, "reason": visitor.reason})


def sequence_number(message: Message) -> int:
    """MsgSeqNum(34), 0 where a garbled message has none that could be stored."""
    text = message.get(tags.MsgSeqNum)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
