"""A stage: `manifold run` as a process between counterparties that a test speaks for."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.dropcopy.store import Kind, Record, Store
from engine.dropcopy.verify import verify
from fix.message import Message
from fix.tags import BeginString
from sessions.cycle.replay import replay
from sessions.demo.processes import Process, start
from spec.dictionary import for_session
from spec.validation import Validator
from tests.wire.foreign import Oms, Peer, Venue, new_order
from tests.world import PATIENCE, complaints, free_port, wait

SYMBOLS = {"EAST": ("ACME", "EASTCO"), "WEST": ("ACME", "WESTCO"), "NORTH": ("ACME", "NORTHCO")}
OMS = {"OMS": "FIX.4.4", "OMS42": "FIX.4.2", "OMS50": "FIX.5.0SP2"}


class Stage:
    """The engine in `folder` and its venues. ACME is listed at all of them, EASTCO at EAST alone and so on."""

    def __init__(self, folder: Path, venues: Sequence[Venue], settings: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.venues = venues
        self.engine: Process | None = None
        self.peers: list[Peer] = [*venues]
        (folder / "engine.toml").write_text(_toml(self.port, venues, settings))

    def starts(self, *, log_on: bool = True) -> None:
        self.engine = start("engine", ["run", str(self.folder / "engine.toml"), "--verbose"], self.folder)
        self.engine.wait_for(r"listening on", time.monotonic() + PATIENCE)
        for venue in self.venues if log_on else ():
            venue.log_on()

    def says(self, line: str) -> None:
        """Waits until the engine has told its operator."""
        assert self.engine is not None
        self.engine.wait_for(re.escape(line), time.monotonic() + PATIENCE)

    def is_killed(self) -> None:
        """kill -9."""
        assert self.engine is not None
        self.engine.kill()

    def stops(self) -> None:
        """SIGTERM. It must end well, having complained of nothing, and leave a store that verifies and replays.

        Whatever the session, all that was heard of the engine is on record as it was on the wire, once, and valid.
        """
        for peer in self.peers:
            peer.hang_up()
        for venue in self.venues:
            venue.closes()
        if self.engine is None:
            return
        self.engine.stop()
        assert complaints(self.folder) == []
        assert self.engine.popen.returncode == 0
        with self.store() as store:
            assert verify(store).problem == ""
            assert replay(store).difference == ""
            assert _faults(store) == []
            sent = Counter(record.body for record in store.records() if record.kind == Kind.OUT)
        heard = Counter(
            heard.raw
            for peer in self.peers
            for heard in peer.everything
            if heard.get(43) != "Y" and (heard[35], heard.number) != ("5", 1)  # what the door says to a stranger
        )
        assert {raw: sent[raw] for raw in heard} == heard

    def visitor(self, name: str = "OMS") -> Oms:
        """Somebody who has connected and not logged on."""
        made = Oms(OMS.get(name, "FIX.4.4"), name, "MANIFOLD").connect(self.port)
        self.peers.append(made)
        return made

    @contextlib.contextmanager
    def oms(self, name: str = "OMS") -> Iterator[Oms]:
        """Logged on with new sequence numbers, and out at the end."""
        made = self.visitor(name)
        try:
            made.log_on()
            yield made
        finally:
            made.leaves()

    def works(self, oms: Oms, cl_ord_id: str) -> None:
        """An order goes to EAST, is filled and reported, and nothing else is said."""
        [east] = [venue for venue in self.venues if venue.sender == "EAST"]
        oms.says("D", new_order(cl_ord_id, "EASTCO", "10"))
        east.fills(east.hears("D", "38=10|55=EASTCO"), "10", "5")
        oms.hears("8", f"11={cl_ord_id}|150=0|39=0|14=0|151=10")
        oms.hears("8", f"11={cl_ord_id}|39=2|32=10|31=5|14=10|151=0")
        oms.hears_no_more()

    # -- the record ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        opened = Store.open(str(self.folder / "store.db"), create=False)
        try:
            yield opened
        finally:
            opened.close()

    def records(self) -> list[Record]:
        with self.store() as store:
            return list(store.records())

    def verdict(self, raw: bytes) -> str:
        """Kind and reason of the first decision behind a message that came, byte by byte as it is on record."""
        records = self.records()
        [position] = [n for n, record in enumerate(records) if record.kind == Kind.IN and record.body == raw]
        return next(said for said in map(_decision, records[position:]) if said)

    def alerts(self) -> list[str]:
        """Reasons of all alerts so far, but for those of `Venue.question`."""
        said = [decided for decided in self.decisions() if decided.startswith("alert: ")]
        return [reason.removeprefix("alert: ") for reason in said if "'PING'" not in reason]

    def decisions(self) -> list[str]:
        """Kind and reason of each on record."""
        return [decided for record in self.records() if (decided := _decision(record))]

    def decides(self, decision: str) -> None:
        """Waits until this one is on record."""
        wait(lambda: decision in self.decisions(), lambda: False, decision, PATIENCE)

    def turned_away(self, raw: bytes) -> str:
        """Why the door did not let somebody in, from the event behind what that one sent."""
        records = self.records()
        [position] = [n for n, record in enumerate(records) if (record.session, record.body) == ("door", raw)]
        return str(json.loads(records[position + 1].body)["reason"])

    def kept(self, raw: bytes) -> str:
        """As what these bytes are on record: in, out or skipped; "" for not at all."""
        return next((record.kind for record in self.records() if raw in record.body), "")


def _faults(store: Store) -> list[str]:
    """What is wrong with messages that went out, by the dictionary of their version."""
    validators = {begin: Validator(for_session(begin)) for begin in ("FIX.4.2", "FIX.4.4", "FIXT.1.1")}
    sent = [Message.parse(record.body) for record in store.records() if record.kind == Kind.OUT]
    return [
        f"{fault.text}: {message}" for message in sent for fault in validators[message[BeginString]].faults(message)
    ]


def _decision(record: Record) -> str:
    if record.kind != Kind.DECISION:
        return ""
    decision = json.loads(record.body)
    return f"{decision['kind']}: {decision['reason']}"


def _toml(port: int, venues: Sequence[Venue], settings: str) -> str:
    oms = "".join(_session("oms", name, dialect) for name, dialect in OMS.items())
    made = "".join(_venue(venue) for venue in venues)
    return f"""instance = "stage"
store = {{ url = "store.db", durability = "process" }}
listen = {{ port = {port} }}
{settings}
{oms}{_session("drop_copy", "COMPLIANCE", "FIX.4.4")}{made}"""


def _session(role: str, name: str, dialect: str) -> str:
    return f"""
[[{role}]]
name = "{name}"
dialect = "{dialect}"
sender = "MANIFOLD"
target = "{name}"
heartbeat = 60
"""


def _venue(venue: Venue) -> str:
    symbols = "".join(f'instruments.{name} = {{ symbol = "{name}" }}\n' for name in SYMBOLS[venue.sender])
    anew = 'quickfix.ResetOnLogon = "Y"\n' if venue.resets else ""
    return f"""{_session("venue", venue.sender, venue.dialect)}{anew}host = "127.0.0.1"
port = {venue.port}
mic = "X{venue.sender[:3]}"
{symbols}"""


@contextlib.contextmanager
def stage(folder: Path, venues: Sequence[Venue], settings: str = "", *, log_on: bool = True) -> Iterator[Stage]:
    made = Stage(folder, venues, settings)
    try:
        made.starts(log_on=log_on)
        yield made
    finally:
        made.stops()
