"""Is the record whole and unchanged? Reads it from the first to the last, in flat memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.store import Kind, Record, SessionNumbers, Store
from fix.enums import ADMIN_MSG_TYPES, MsgType


@dataclass(frozen=True, slots=True)
class Verification:
    """`problem` is the first that was found, "" when all is well; `head` the last digest, to be kept elsewhere."""

    records: int
    head: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


def verify(store: Store) -> Verification:
    """Checks numbering and chain of every record, and that the tables from which an engine starts again say the same:
    sequence numbers, which parents are open, and how many there are.

    Who changes records, chain and tables alike is found by comparing `head` with one noted before. An engine may be
    writing: the tables are of some moment between the end of the first reading and the end of the second.
    """
    reading = _Reading()
    problem = reading.follow(store.records())
    if not problem:
        reading.mark()
        sessions, opened = store.sessions(), {each.order_id for each in store.open_orders()}
        noted = sum(1 for _ in store.cl_ord_ids())
        problem = reading.follow(store.records(after=reading.seq))
        problem = problem or reading.sessions_differ(sessions) or reading.orders_differ(opened, noted, store)
    return Verification(reading.seq, reading.head.hex(), problem)


_FINAL = frozenset({b"2", b"4", b"8", b"C"})  # OrdStatus(39): Filled, Canceled, Rejected, Expired
_DONE_FOR_DAY, _GOOD_TILL = b"3", (b"\x0159=1\x01", b"\x0159=6\x01")  # DoneForDay too, but of orders that outlive it

# A fill while a cancel is pending says PendingCancel; that it was the last is told by the refusal of the cancel
_TELLING = frozenset({MsgType.EXECUTION_REPORT.value, MsgType.ORDER_CANCEL_REJECT.value})


class _Reading:
    """What the records say, up to the last one read."""

    def __init__(self) -> None:
        self.seq, self.head = 0, GENESIS
        self._marked = False
        self._numbers: dict[str, list[tuple[int, int]]] = {}  # (next out, resets) by session: now, and since the mark
        self._heard: dict[str, int] = {}  # last business message by session, until the mark
        self._open: set[str] = set()  # parents not final; after the mark only those open then
        self._taken = 0  # parents ever
        self._waiting: set[str] = set()  # taken on with a plan, and without a child yet
        self._taken_then = 0

    def follow(self, records: Iterable[Record]) -> str:
        """Reads on; the problem where there is one."""
        try:
            for record in records:
                if record.seq != self.seq + 1:
                    return f"record {self.seq + 1} is missing: record {record.seq} follows record {self.seq}"
                fields = (record.at, record.kind, record.session, record.msg_seq_num, record.msg_type, record.order_id)
                expected = digest(self.head, record.seq, *fields, record.body)
                if expected != record.digest:
                    return f"record {record.seq} is not what was written: changed, or put in another's place"
                self.seq, self.head = record.seq, expected
                self._note(record)
        except (TypeError, ValueError) as error:  # SQLite lets anybody write text where bytes belong
            return f"record {self.seq + 1} cannot be read, a value is of the wrong type: {error}"
        return ""

    def mark(self) -> None:
        """The tables are read from here on."""
        self._marked = True
        self._taken_then = self._taken

    def _note(self, record: Record) -> None:
        if record.kind == Kind.OUT:
            self._sent(record)
        elif record.kind == Kind.IN:
            if not self._marked and record.msg_type not in ADMIN_MSG_TYPES:
                self._heard[record.session] = record.msg_seq_num
        elif record.kind == Kind.DECISION and b'"kind":"schedule"' in record.body:
            self._waiting.add(record.order_id)
            self._take(record.order_id)
        elif record.kind == Kind.DECISION and b'"kind":"route"' in record.body:
            first = f'"id":"{record.order_id}-1"'.encode() in record.body  # its first child, once in its life
            if first and record.order_id not in self._waiting:
                self._take(record.order_id)
            elif not self._marked:
                self._open.add(record.order_id)
            self._waiting.discard(record.order_id)

    def _take(self, order_id: str) -> None:
        self._taken += 1
        if not self._marked:
            self._open.add(order_id)

    def _sent(self, record: Record) -> None:
        known = self._numbers.setdefault(record.session, [(1, 0)])
        following, resets = known[-1]
        if record.msg_type == MsgType.LOGON and b"\x01141=Y\x01" in record.body:  # ResetSeqNumFlag
            following, resets = record.msg_seq_num + 1, resets + 1
            self._heard.pop(record.session, None)
        else:  # a gap fill takes an old number again
            following = max(following, record.msg_seq_num + 1)
        self._numbers[record.session] = [*(known if self._marked else ()), (following, resets)]
        if record.msg_type in _TELLING and record.order_id:
            if _final(record.body):
                self._open.discard(record.order_id)
                self._waiting.discard(record.order_id)
            elif not self._marked:
                self._open.add(record.order_id)  # open again: a trade was taken back, or the quantity raised

    def sessions_differ(self, noted: dict[str, SessionNumbers]) -> str:
        for name in sorted({*self._numbers, *noted}):
            known, held = self._numbers.get(name, [(1, 0)]), noted.get(name, SessionNumbers(1, 1, 0))
            following, resets = known[-1]
            if held.epoch not in {resets for _, resets in known}:
                return f"session {name}: the record has {resets} resets of its numbers, {held.epoch} are noted"
            if (held.next_out, held.epoch) not in known:
                what = f"the record ends with MsgSeqNum(34) {following - 1} sent, {held.next_out} is noted as the next"
                return f"session {name}: {what}: the end of the record was cut off, or the note changed"
            if held.next_in <= self._heard.get(name, 0):
                what = f"MsgSeqNum(34) {self._heard[name]} was received, {held.next_in} is noted as the next"
                return f"session {name}: {what}"
        return ""

    def orders_differ(self, opened: set[str], noted: int, store: Store) -> str:
        if not self._taken_then <= noted <= self._taken:
            return f"{self._taken} orders were taken on, {noted} are noted"
        for order_id in sorted(self._open - opened):
            return f"order {order_id} is open by the record, and not noted as open"
        for order_id in sorted(opened - self._open):  # filled too early, opened since the mark, or made up
            if next(store.order_records(order_id), None) is None:
                return f"order {order_id} is noted as open, and no record tells of it"
        return ""


def _final(body: bytes) -> bool:
    place = body.find(b"\x0139=")
    status = body[place + 4 : place + 5]
    return status in _FINAL or (status == _DONE_FOR_DAY and not any(each in body for each in _GOOD_TILL))
