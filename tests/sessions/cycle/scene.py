"""An engine with a real store and stand-in sessions, turned by hand under a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.core.placing import Rules
from engine.dropcopy.store import Changes, Entry, Record, SessionNumbers, Store, StoreError
from engine.dropcopy.verify import verify
from engine.market.venues import Listing, Venue
from sessions.cycle.engine import Counterparties, Engine
from sessions.cycle.setup import Setup
from sessions.gateway.session import Incoming
from tests.sessions.cycle.standin import AT, NOW, Journal, StandIn, shown

SECOND = 1_000_000_000
ORDER = f"11=C1|38=100|40=2|44=10|54=1|55=ACME|59=0|60={AT}|"

TO_ALPHA = f"35=D|11=T-1-1|38=50|40=2|44=10|54=1|55=ACME|59=0|60={AT}|"
TO_BETA = f"35=D|11=T-1-2|38=50|40=2|44=10|54=1|55=ACME|59=0|60={AT}|"


class JournaledStore(Store):
    """Writes each commit into the journal; fails as often as it is told to."""

    journal: Journal
    failures = 0

    def commit(
        self,
        entries: Sequence[Entry],
        changes: Changes = Changes(),  # noqa: B008  a value
        *,
        sessions: Mapping[str, SessionNumbers] | None = None,
    ) -> None:
        if self.failures:
            self.failures -= 1
            self.journal.append(("commit failed",))
            raise StoreError("the disk is full")
        super().commit(entries, changes, sessions=sessions)
        self.journal.append(("commit", *[_named(entry[1], entry[2], entry[4], entry[6]) for entry in entries]))


def _named(kind: str, session: str, msg_type: str, body: bytes) -> str:
    """in OMS D, out ALPHA 8, decision route, event logon OMS …"""
    if kind == "decision":
        return f"decision {json.loads(body)['kind']}"
    if kind == "event":
        return f"event {json.loads(body)['event']} {session}".rstrip()
    return f"{kind} {session} {msg_type}".rstrip()


class Scene:
    """One OMS, one compliance system, the venues ALPHA and BETA, which share ACME half and half."""

    def __init__(self, folder: Path, prefix: str = "T", url: str = "", rules: Rules | None = None) -> None:
        self.folder = folder
        self.url = url or str(folder / "store.db")
        self.now = NOW
        self.journal: Journal = []
        self.inbox: list[Incoming] = []
        self.oms, self.copy, self.alpha, self.beta = (
            StandIn(name, "FIX.4.4", self.journal, self.inbox) for name in ("OMS", "COPY", "ALPHA", "BETA")
        )
        store = JournaledStore.open(self.url, durability="process")
        assert isinstance(store, JournaledStore)
        self.store = store
        self.store.journal = self.journal
        self.engine = self._engine(prefix, rules or Rules(ack_timeout=5 * SECOND))

    def _engine(self, prefix: str, rules: Rules) -> Engine:
        venues = tuple(Venue(name, listings={"ACME": Listing("ACME")}) for name in ("ALPHA", "BETA"))
        parties = Counterparties([self.oms], [self.copy], [self.alpha, self.beta])
        setup = Setup(prefix, venues, rules)
        return Engine(setup, self.store, parties, self.inbox, lambda: self.now)

    def killed(self) -> None:
        """The process ends without a word; the operating system gives the store free."""
        self.store.close()

    def turn(self) -> Journal:
        """One turn; the calls it made, in order."""
        self.journal.clear()
        self.engine.turn()
        return list(self.journal)

    def start(self) -> None:
        """Everybody logs on, and what that brings is out of the way."""
        self.engine.recover()
        for session in (self.oms, self.copy, self.alpha, self.beta):
            session.logged(up=True)
        self.turn()

    def records(self, *kinds: str) -> list[str]:
        """Bodies of the records of these kinds, in order."""
        return [shown(record.body) for record in self.all_records() if record.kind in kinds]

    def all_records(self) -> list[Record]:
        assert verify(self.store).problem == ""
        return list(self.store.records())

    def reasons(self, kind: str) -> list[str]:
        """Of the decisions of this kind, in order."""
        decisions = [json.loads(body) for body in self.records("decision")]
        return [str(decision["reason"]) for decision in decisions if decision["kind"] == kind]


def sent(journal: Journal) -> list[tuple[str, str]]:
    """(session, message from MsgType(35) on, without header and trailer) of what was sent, in order."""
    return [(entry[1], _body(entry[2])) for entry in journal if entry[0] == "send"]


def _body(text: str) -> str:
    fields = text.split("|")
    return "|".join(f for f in fields[:-2] if f.partition("=")[0] not in ("8", "9", "34", "49", "52", "56")) + "|"


def said(*, child: str, exec_id: str, exec_type: str, status: str, cum: int, last: str = "", order: str = "V1") -> str:
    """Body of a venue's ExecutionReport(8) about a child of 50."""
    leaves = 0 if status in "248" else 50 - cum
    return (
        f"6=10|11={child}|14={cum}|17={exec_id}|{last}37={order}|38=50|39={status}|54=1|55=ACME|60={AT}|"
        f"150={exec_type}|151={leaves}|"
    )


def filled(child: str, exec_id: str, qty: int) -> str:
    status = "2" if qty == 50 else "1"
    return said(child=child, exec_id=exec_id, exec_type="F", status=status, cum=qty, last=f"31=10|32={qty}|")


def reported(exec_id: str, exec_type: str, status: str, cum: int, leaves: int, last: str = "", text: str = "") -> str:
    """Body of a report to the OMS about its order C1."""
    avg = 10 if cum else 0
    return (
        f"35=8|6={avg}|11=C1|14={cum}|17=T-1-E{exec_id}|{last}37=T-1|38=100|39={status}|40=2|44=10|54=1|55=ACME|"
        f"{text}59=0|60={AT}|150={exec_type}|151={leaves}|"
    )
