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
from engine.dropcopy.recovery import RecoveryError, rebuild
from engine.dropcopy.store import Entry, Kind, Record, SessionNumbers, Store, StoreError
from engine.orders.order import Parent
from fix import tags
from fix.enums import ADMIN_MSG_TYPES, MsgType
from fix.message import GarbledMessageError, Message
from sessions.cycle.fanout import FanOut
from sessions.cycle.intake import Answer, Note, OmsIntake, Refused, VenueIntake, only_listens, order_of
from sessions.cycle.outbox import Outbox
from sessions.cycle.perform import Performer
from sessions.gateway.door import Door
from sessions.gateway.door import Refused as TurnedAway
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming, Sent
from sessions.gateway.wire import wait

logger = logging.getLogger("manifold.engine")
_WITH_CL_ORD_ID = (MsgType.NEW_ORDER_SINGLE, MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_STATUS_REQUEST)
_MSG_SEQ_NUM = b"\x0134="
_ADMIN = ADMIN_MSG_TYPES - {MsgType.REJECT.value}  # a Reject(3) concerns a message of ours
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
        self._epochs: dict[str, int] = {}  # of sessions that started again from 1 while the store could not be written
        self._order_of: dict[int, str] = {}  # of the messages that a resend is made of
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
        session.history = self._history
        session.on_resent = self._resent
        session.on_event = self._session_event
        session.on_slow = self._too_slow

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
        if now - self._ticked >= TICK:
            self._ticked = now
            self._apply(Tick(), now)
        worked = False
        while self._inbox or self._changes or self._out.entries:
            self._take(self._clock())
            self._commit()
            self._send()
            worked = True
        return worked

    def wait(self, seconds: float) -> None:
        """Until something comes, or `seconds` have passed."""
        listening = [] if self._door is None else self._door.filenos()
        wait([*listening, *[number for session in self._sessions.values() for number in session.filenos()]], seconds)

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
        taken, self._inbox[:] = self._inbox[:TAKEN_MAX], self._inbox[TAKEN_MAX:]
        for incoming in taken:
            try:
                self._receive(incoming, now)
            except GarbledMessageError:
                self._garbled(incoming, now)
        if self._inbox:
            return  # a session's end comes behind its last message
        changes, self._changes = self._changes, []
        for session, up in changes:
            self._out.event(now, session.name, {"event": "logon" if up else "logout"})
            self.on_state(session.name, up)
            if session.name in self._venue_names:
                self._apply(VenueUp(session.name) if up else VenueDown(session.name), now)

    def _garbled(self, incoming: Incoming, now: int) -> None:
        """Secrets may hold SOH: without them their message reads, and what is said of one that does not shows none."""
        raw = redacted(incoming.raw)
        try:
            self._receive(incoming._replace(raw=raw), now)
        except GarbledMessageError as error:
            self._out.skipped(incoming.at, incoming.session, 0, "", raw)
            self._performer.alert(f"{incoming.session}: {error}", now)

    def _receive(self, incoming: Incoming, now: int) -> None:
        name, came, raw, at = incoming
        message = Message.parse(raw)
        kind = message.msg_type
        if came is Came.SKIPPED:
            self._out.skipped(at, name, sequence_number(message), kind, redacted(raw))
            return
        if kind in _ADMIN:
            self._out.received(at, name, sequence_number(message), kind, "", redacted(raw))
            return
        intake = self._intakes.get(name)
        read = intake.read(message) if intake is not None else only_listens(name, self._sessions[name].dialect, message)
        if isinstance(read, Refused):
            read = self._refused(read)
        if isinstance(read, (Answer, Note)):
            self._out.received(at, name, sequence_number(message), kind, "", redacted(raw))
            self._note(self._sessions[name], read, now)
            return
        order_id = order_of(message) if name in self._venue_names else self._meant(read)
        if order_id:
            self._recall(order_id)
        commands = self.core.handle(read, now)
        if not order_id:
            order_id = next((command.order_id for command in commands if command.order_id), "")
        self._out.received(at, name, sequence_number(message), kind, order_id, raw)
        self._performer.perform(commands, now)

    def _apply(self, event: Event, now: int) -> None:
        self._performer.perform(self.core.handle(event, now), now)

    def _note(self, session: FixSession, read: Answer | Note, now: int) -> None:
        refuse = isinstance(read, Answer) and session.name not in self._venue_names
        kind = do.Decision.REFUSE if refuse else do.Decision.ALERT
        self._out.decision(now, "", kind.value, read.reason, {"session": session.name})
        if not refuse:
            logger.warning("%s", read.reason)
        if isinstance(read, Answer):
            self._out.message(session, read.msg_type, read.text, "", now)

    def _recall(self, order_id: str) -> None:
        """Brings a parent that finished long ago back from the store, should somebody still speak of it."""
        if self.core.orders.by_id(order_id) is None and self.store.has_order(order_id):
            try:
                self.core.orders.add(self._remembered(order_id))
            except RecoveryError as error:
                self._performer.alert(str(error), self._clock())

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
        text = refused.reject.text or f"reason {refused.reject.reason}"
        for record in self.store.outbound(refused.venue, number, number):
            cl_ord_id = Message.parse(record.body).get(tags.ClOrdID)
            if cl_ord_id:
                return MessageRefused(refused.venue, MsgType(record.msg_type), cl_ord_id, text)
        if not number and refused.reject.ref_msg_type in _WITH_CL_ORD_ID:  # RefSeqNum(45) is optional in j
            return MessageRefused(refused.venue, MsgType(refused.reject.ref_msg_type), refused.reject.ref_id, text)
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
        self._epochs.clear()
        out.entries, out.opened, out.closed, out.next_out = [], [], [], {}

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
        for session, came, raw, _ in self._inbox:
            if came is Came.IN:
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
        entry: Entry = (self._clock(), Kind.OUT.value, session.name, number, msg_type, "", redacted(raw))
        old = self._numbers[session.name]
        if msg_type == MsgType.LOGON and b"\x01141=Y\x01" in raw:  # ResetSeqNumFlag: both sides start again from 1
            numbers = SessionNumbers(1, number + 1, old.epoch + 1)
        else:
            numbers = SessionNumbers(old.next_in, max(number + 1, old.next_out), old.epoch)
        try:
            self.store.commit([entry], sessions={session.name: numbers})
            self._numbers[session.name] = numbers
        except StoreError as error:  # a callback cannot hold it back; the turn's own commit tries again, or ends us
            logger.critical("%s", error)
            self._out.entries.append(entry)
            self._epochs[session.name] = numbers.epoch

    def _history(self, session: FixSession, begin: int, end: int) -> list[Sent]:
        """What a ResendRequest(2) gets. Orders are never sent again: a venue gets gap fills and is asked."""
        records = list(self.store.outbound(session.name, begin, end))
        chosen = questions(records) if session.name in self._venue_names else records
        self._order_of = {record.msg_seq_num: record.order_id for record in chosen}
        return [Sent(r.msg_seq_num, r.msg_type, r.body) for r in chosen if r.msg_type not in _ADMIN]

    def _resent(self, session: FixSession, again: list[Sent]) -> None:
        now = self._clock()
        self.store.commit(
            [
                (now, Kind.RESENT.value, session.name, number, msg_type, self._order_of.get(number, ""), raw)
                for number, msg_type, raw in again
            ]
        )

    def _too_slow(self, session: FixSession, waiting: int) -> None:
        why = f"{session.name} leaves {waiting} bytes unread; disconnected, it may ask for them when it comes back"
        self._performer.alert(why, self._clock())

    def _session_event(self, session: FixSession, text: str) -> None:
        logger.info("%s: %s", session.name, text)

    def _turned_away(self, visitor: TurnedAway) -> None:
        now = self._clock()
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


def sequence_number(message: Message) -> int:
    """MsgSeqNum(34), 0 where a garbled message has none that could be stored."""
    text = message.fields.get(tags.MsgSeqNum, "")
    return int(text) if len(text) < 19 and text.isdecimal() else 0
