"""From what happened to what is to be recorded and sent: message, event, commands.

There is no socket here and no clock. Everything that may change a decision is on record before what it causes, with the
instant at which the core heard of it (law 6): `sessions.cycle.replay` gives the same to a decider of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from engine.core import commands as do
from engine.core import events
from engine.core.actions import Action, Settle
from engine.core.events import Event
from engine.core.orders import parent_id
from engine.dropcopy.recovery import RecoveryError, rebuild
from engine.orders.order import Parent
from fix import tags
from fix.enums import ADMIN_MSG_TYPES, MsgType
from fix.message import GarbledMessageError, Message
from sessions.cycle import instructing
from sessions.cycle.history import History
from sessions.cycle.intake import Answer, Note, OmsIntake, Refused, VenueIntake, only_listens, order_of
from sessions.cycle.outbox import Outbox
from sessions.cycle.perform import Performer
from sessions.cycle.seen import Seen
from sessions.cycle.setup import Role, Setup, core_of, described
from sessions.gateway.redaction import redacted
from sessions.gateway.session import Came, FixSession, Incoming
from spec.dictionary import for_session
from spec.validation import Validator

logger = logging.getLogger("manifold.engine")
ADMIN = ADMIN_MSG_TYPES - {MsgType.REJECT.value}  # a Reject(3) concerns a message of ours
_WITH_CL_ORD_ID = (
    MsgType.NEW_ORDER_SINGLE,
    MsgType.ORDER_CANCEL_REQUEST,
    MsgType.ORDER_CANCEL_REPLACE_REQUEST,
    MsgType.ORDER_STATUS_REQUEST,
)
_USER_REQUEST = "BE"  # the one business message that bears secrets


class Decider:
    """Owns the core; fills `out`. `sessions` by name, those of `setup`."""

    def __init__(
        self,
        setup: Setup,
        sessions: Mapping[str, FixSession],
        out: Outbox,
        history: History,
        redact: Callable[[bytes], bytes] = redacted,
    ) -> None:
        """`redact` takes the secrets out of what is to be recorded."""
        self.core = core_of(setup)
        self._setup = setup
        self._sessions = sessions
        self._out = out
        self._history = history
        self._redact = redact
        self._venues = frozenset(setup.named(Role.VENUE))
        self._omss = frozenset(setup.named(Role.OMS))
        self._intakes = _intakes(setup, sessions, Seen(history.cl_ord_ids(), self._used))
        self._performer = Performer(sessions, [sessions[name] for name in setup.named(Role.DROP_COPY)], out)
        self._last = 0  # instants never go backwards, whatever the clock does

    # -- what happens ------------------------------------------------------------------------------------------------

    def start(self, open_orders: Iterable[str], now: int) -> int:
        """Rebuilds these parents, everything live in doubt; how many. RecoveryError when one cannot be."""
        opened = [self._remembered(order_id) for order_id in open_orders]
        self.core.adopt(opened)
        self._note_event(now, "", {"event": "started", "open_orders": len(opened), "setup": described(self._setup)})
        for name in sorted(self._venues):
            self._apply(events.VenueDown(name))
        for name in sorted(self._omss):
            self._apply(events.OmsDown(name))  # whose orders are to end with their session
        return len(opened)

    def logged(self, session: str, now: int, *, up: bool) -> None:
        """A session has begun or ended."""
        self._note_event(now, session, {"event": "logon" if up else "logout"})
        if session in self._venues:
            self._apply(events.VenueUp(session) if up else events.VenueDown(session))
        elif session in self._omss and not up:
            self._apply(events.OmsDown(session))

    def tick(self, now: int) -> None:
        """Time went by. On record only if that asks for something: else it leaves no trace, in the core neither."""
        now = max(now, self._last)
        commands = self.core.handle(events.Tick(), now)
        if commands:
            self._note_event(now, "", {"event": "tick"})
            self._performer.perform(commands, self._last)

    def instructed(self, person: str, user: str, reason: str, action: Action, now: int) -> list[do.Decide]:
        """An operator asks; what was decided."""
        what = {"event": "instructed", "person": person, "user": user, "reason": reason}
        self._note_event(now, "", what | {"action": instructing.described(action)})
        trouble = self._recall(parent_id(action.cl_ord_id)) if isinstance(action, Settle) else ""
        if trouble:
            self._performer.alert(trouble, self._last)
        commands = self.core.handle(events.Instructed(person, reason, action), self._last)
        self._performer.perform(commands, self._last)
        return [command for command in commands if isinstance(command, do.Decide)]

    def received(self, incoming: Incoming) -> None:
        """A message, or bytes that are none."""
        try:
            message = Message.parse(incoming.raw)
        except GarbledMessageError:
            self._without_secrets(incoming)
            return
        if message.msg_type == _USER_REQUEST:
            self._without_secrets(incoming)
        else:
            self._receive(incoming, message, self._redact)

    # -- messages ----------------------------------------------------------------------------------------------------

    def _without_secrets(self, incoming: Incoming) -> None:
        """Decided as it goes on record. Secrets may hold SOH: without them their message may read."""
        raw = self._redact(incoming.raw)
        try:
            message = Message.parse(raw)
        except GarbledMessageError as error:
            self._out.skipped(incoming.at, incoming.session, 0, "", raw)
            self._performer.alert(f"{incoming.session}: {error}", self._instant(incoming.at))
            return
        self._receive(incoming._replace(raw=raw), message, as_it_is)

    def _receive(self, incoming: Incoming, message: Message, redact: Callable[[bytes], bytes]) -> None:
        name, came, raw, at = incoming
        kind = message.msg_type
        if came is Came.SKIPPED:
            self._out.skipped(at, name, sequence_number(message), kind, redact(raw))
            return
        if kind in ADMIN:
            self._out.received(at, name, sequence_number(message), kind, "", redact(raw))
            return
        now = self._instant(at)
        intake = self._intakes.get(name)
        read = intake.read(message) if intake is not None else only_listens(name, self._sessions[name].dialect, message)
        if isinstance(read, Refused):
            read = self._refused(read)
        if isinstance(read, (Answer, Note)):
            self._out.received(now, name, sequence_number(message), kind, "", redact(raw))
            self._note(self._sessions[name], read)
            return
        order_id = order_of(message) if name in self._venues else self._meant(read)
        trouble = self._recall(order_id) if order_id else ""
        commands = self.core.handle(read, now)
        if isinstance(read, events.OrderReceived) and not order_id:
            order_id = _taken_as(read, commands)
        self._out.received(now, name, sequence_number(message), kind, order_id, raw)
        if trouble:
            self._performer.alert(trouble, now)
        self._performer.perform(commands, self._last)

    def _instant(self, at: int) -> int:
        self._last = max(at, self._last)
        return self._last

    def _note_event(self, now: int, session: str, what: Mapping[str, object]) -> None:
        self._out.event(self._instant(now), session, what)

    def _apply(self, event: Event) -> None:
        self._performer.perform(self.core.handle(event, self._last), self._last)

    def _note(self, session: FixSession, read: Answer | Note) -> None:
        refuse = isinstance(read, Answer) and session.name not in self._venues
        kind = do.Decision.REFUSE if refuse else do.Decision.ALERT
        self._out.decision(self._last, "", kind.value, read.reason, {"session": session.name})
        if not refuse:
            logger.warning("%s", read.reason)
        if isinstance(read, Answer):
            self._out.message(session, read.msg_type, read.text, "", self._last)

    # -- what was before ---------------------------------------------------------------------------------------------

    def _recall(self, order_id: str) -> str:
        """Brings a parent that finished long ago back, should somebody still speak of it; why not, where it cannot."""
        if self.core.orders.by_id(order_id) is None and self._history.has_order(order_id):
            try:
                self.core.orders.add(self._remembered(order_id))
            except RecoveryError as error:
                return str(error)
        return ""

    def _remembered(self, order_id: str) -> Parent:
        return rebuild(order_id, self._history.order_records(order_id))

    def _meant(self, event: Event) -> str:
        """OrderID of the parent that an OMS speaks of, again perhaps; "" for a new order or an unknown one."""
        if isinstance(event, events.OrderReceived):
            return self._named(event.session, event.order.cl_ord_id) if event.resend or event.known else ""
        if isinstance(event, (events.CancelReceived, events.ReplaceReceived)):
            return self._named(event.session, event.request.orig_cl_ord_id)
        if isinstance(event, events.StatusRequested):
            return self._named(event.session, event.request.cl_ord_id)
        if isinstance(event, events.TradeDenied):
            order_id = event.denial.order_id  # an OMS may say anything
            known = self.core.orders.by_id(order_id) is not None or self._history.has_order(order_id)
            return order_id if known else ""
        return ""

    def _named(self, session: str, cl_ord_id: str) -> str:
        parent = self.core.orders.by_cl_ord_id(session, cl_ord_id)
        if parent is not None:
            return parent.order_id
        found = [each for each in self._history.orders_by_cl_ord_id(cl_ord_id) if each.session == session]
        return found[-1].order_id if found else ""

    def _used(self, session: str, cl_ord_id: str) -> bool:
        return any(order.session == session for order in self._history.orders_by_cl_ord_id(cl_ord_id))

    def _refused(self, refused: Refused) -> Event | Note:
        """Which message of ours a venue's Reject(3) or j means stands in the record, under its number."""
        number = refused.reject.ref_seq_num
        text = refused.reject.text or f"reason {refused.reject.reason}"
        for record in self._history.sent(refused.venue, number):
            cl_ord_id = Message.parse(record.body).get(tags.ClOrdID)
            if cl_ord_id:
                return events.MessageRefused(refused.venue, MsgType(record.msg_type), cl_ord_id, text)
        if not number and refused.reject.ref_msg_type in _WITH_CL_ORD_ID:  # RefSeqNum(45) is optional in j
            kind = MsgType(refused.reject.ref_msg_type)
            return events.MessageRefused(refused.venue, kind, refused.reject.ref_id, text)
        return Note(f"{refused.venue} refused our message {number}: {refused.reject.text}")


def _intakes(setup: Setup, sessions: Mapping[str, FixSession], seen: Seen) -> dict[str, OmsIntake | VenueIntake]:
    intakes: dict[str, OmsIntake | VenueIntake] = {}
    for name in setup.named(Role.OMS):
        dialect = sessions[name].dialect
        intakes[name] = OmsIntake(name, dialect, Validator(for_session(dialect.begin_string)), seen)
    for name in setup.named(Role.VENUE):
        intakes[name] = VenueIntake(name, sessions[name].dialect)
    return intakes


def as_it_is(raw: bytes) -> bytes:
    """Bytes that have lost their secrets already."""
    return raw


def _taken_as(event: events.OrderReceived, commands: Iterable[do.Command]) -> str:
    """OrderID of a new order: of what the core says to it, which may have to say something of others first."""
    for command in commands:
        if isinstance(command, do.Opened):
            return command.order_id
        if isinstance(command, do.Report) and command.report.cl_ord_id == event.order.cl_ord_id:
            return command.order_id
    return ""


def sequence_number(message: Message) -> int:
    """MsgSeqNum(34), 0 where a garbled message has none that could be stored."""
    text = message.fields.get(tags.MsgSeqNum, "")
    return int(text) if len(text) < 19 and text.isdecimal() else 0
