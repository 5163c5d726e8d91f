"""Is the record whole and unchanged? Reads it from the first to the last, in flat memory."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.store import Kind, Store


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
    """Checks numbering and chain of every record, and that the derived tables say the same as the records.

    What a chain cannot show by itself is that its end was cut off: compare `head` with one noted before.
    """
    last, seq = GENESIS, 0
    numbers: dict[str, int] = {}
    for record in store.records():
        if record.seq != seq + 1:
            problem = f"record {seq + 1} is missing: record {record.seq} follows record {seq}"
            return Verification(seq, last.hex(), problem)
        fields = (record.at, record.kind, record.session, record.msg_seq_num, record.msg_type, record.order_id)
        expected = digest(last, record.seq, *fields, record.body)
        if expected != record.digest:
            return Verification(seq, last.hex(), f"record {record.seq} was changed, or one before it was exchanged")
        last, seq = expected, record.seq
        if record.kind == Kind.OUT:
            numbers[record.session] = record.msg_seq_num
    return Verification(seq, last.hex(), _derived(store, numbers))


def _derived(store: Store, numbers: dict[str, int]) -> str:
    sessions = store.sessions()
    for name, number in numbers.items():
        held = sessions.get(name)
        if held is None or held.next_out <= number:
            stands = "nothing" if held is None else str(held.next_out)
            return f"session {name}: its last message has MsgSeqNum(34) {number}, the next one is noted as {stands}"
    return ""
