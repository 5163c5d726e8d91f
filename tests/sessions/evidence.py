"""A store as an engine would leave it, written by hand.

A bought 100 of 300 at ALPHA, BETA gave its 200 back; B was refused as an order; C was refused as a message.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from engine.core.placing import describe
from engine.dropcopy.store import Changes, Entry, Kind, Opened, SessionNumbers, Store
from engine.orders.order import Child
from fix.enums import OrdType, TimeInForce
from fix.message import Header, encode
from fix.timestamp import format_utc
from sessions.cycle.outbox import canonical
from tests.sessions.cycle.standin import wire

AT = 1_700_000_000_000_000_000  # 20231114-22:13:20
SPEAKS = {"OMS": "FIX.4.4", "ALPHA": "FIX.4.2", "BETA": "FIX.4.4"}
ORDER = "38=300|40=2|44=10.5|54=1|55=ACME|59=3|"


def child(cl_ord_id: str, venue: str, qty: int) -> Child:
    return Child(
        cl_ord_id=cl_ord_id,
        venue=venue,
        symbol="ACME",
        qty=Decimal(qty),
        unit=Decimal(1),
        ord_type=OrdType.LIMIT,
        price=Decimal("10.5"),
        time_in_force=TimeInForce.IOC,
        sent_at=AT,
    )


CHILDREN = [describe(child("R-1-1", "ALPHA", 100)), describe(child("R-1-2", "BETA", 200))]


class Book:
    """Entries in order, a millisecond apart."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._numbers: dict[tuple[Kind, str], int] = {}

    def message(self, kind: Kind, session: str, msg_type: str, text: str, order_id: str = "R-1") -> None:
        number = self._numbers[kind, session] = self._numbers.get((kind, session), 1) + 1
        ids = (session, "MANIFOLD") if kind is Kind.IN else ("MANIFOLD", session)
        raw = encode(msg_type, wire(text), Header(SPEAKS[session], *ids, number, format_utc(self._at())))
        self.entries.append((self._at(), kind.value, session, number, msg_type, order_id, raw))

    def decision(self, order_id: str, kind: str, reason: str, **detail: object) -> None:
        body = canonical({"kind": kind, "reason": reason, "detail": detail})
        self.entries.append((self._at(), Kind.DECISION.value, "", 0, "", order_id, body))

    def event(self, **what: object) -> None:
        self.entries.append((self._at(), Kind.EVENT.value, "", 0, "", "", canonical(what)))

    def sessions(self) -> dict[str, SessionNumbers]:
        """What is due after the last message of each."""
        last = self._numbers.get
        return {name: SessionNumbers(last((Kind.IN, name), 1) + 1, last((Kind.OUT, name), 1) + 1, 0) for name in SPEAKS}

    def _at(self) -> int:
        return AT + len(self.entries) * 1_000_000


def filled_in_part(book: Book) -> None:
    terms = "38=100|40=2|44=10.5|54=1|55=ACME|59=3|"
    told = "37=R-1|11=A|38=300|54=1|55=ACME|"
    book.message(Kind.IN, "OMS", "D", f"11=A|{ORDER}60=20231114-22:13:20|")
    book.decision("R-1", "route", "swept 300 displayed at ALPHA, BETA", attempt=1, mid="10", children=CHILDREN)
    book.message(Kind.OUT, "ALPHA", "D", f"11=R-1-1|21=1|{terms}60=20231114-22:13:20|")
    book.message(Kind.OUT, "BETA", "D", f"11=R-1-2|{terms.replace('100', '200')}60=20231114-22:13:20|")
    alpha = "37=V1|11=R-1-1|20=0|38=100|54=1|55=ACME|"
    book.message(Kind.IN, "ALPHA", "8", f"{alpha}17=A1|150=0|39=0|14=0|151=100|6=0|")
    book.message(Kind.OUT, "OMS", "8", f"{told}17=E1|150=0|39=0|14=0|151=300|6=0|")
    book.message(Kind.IN, "ALPHA", "8", f"{alpha}17=A2|150=2|39=2|14=100|151=0|6=10.25|32=100|31=10.25|")
    book.message(Kind.OUT, "OMS", "8", f"{told}17=E2|150=F|39=1|14=100|151=200|6=10.25|32=100|31=10.25|30=XALP|")
    book.message(Kind.IN, "BETA", "8", "37=W1|11=R-1-2|17=B1|150=4|39=4|38=200|54=1|55=ACME|14=0|151=0|6=0|")
    book.message(Kind.OUT, "OMS", "8", f"{told}17=E3|150=4|39=4|14=100|151=0|6=10.25|58=no venue takes the rest|")
    book.decision("R-1", "finish", "no venue takes the remaining 200")


def refused(book: Book) -> None:
    book.message(Kind.IN, "OMS", "D", f"11=B|{ORDER}60=20231114-22:13:20|".replace("ACME", "[b]X"), "R-2")
    book.decision("R-2", "refuse", "Symbol(55) [b]X is not traded here", OrdRejReason="1")
    said = "37=R-2|11=B|17=E1|150=8|39=8|38=300|54=1|55=[b]X|14=0|151=0|6=0|103=1|"
    book.message(Kind.OUT, "OMS", "8", said, "R-2")
    book.message(Kind.IN, "OMS", "D", "11=C|55=ACME|", "")
    book.decision("", "refuse", "Side(54) is missing", session="OMS")
    book.message(Kind.OUT, "OMS", "3", "45=4|372=D|371=54|373=1|58=Side(54) is missing|", "")


def evidence(path: Path, *, doubt: bool = False, venue_fills: str = "100") -> Path:
    """The store at `path`, and beside it what the venues wrote down. With `doubt` BETA has not answered."""
    book = Book()
    book.event(event="started", open_orders=0)
    filled_in_part(book)
    if doubt:
        del book.entries[-3:]
        book.decision("R-1", "doubt", "the session with BETA ended", child="R-1-2")
    refused(book)
    book.event(event="stopped", reason="SIGTERM", fan_out_us={"count": 1, "p50": 41, "p99": 97})
    store = Store.open(str(path), durability="process")
    closed = [] if doubt else ["R-1"]
    opened = [Opened("R-1", "OMS", "A", AT)]
    store.commit(book.entries, Changes(opened=opened, closed=closed), sessions=book.sessions())
    store.close()
    (path.parent / "fills-alpha.csv").write_text(
        f"at,ClOrdID,ExecID,Side,LastQty,LastPx\n{AT},R-1-1,A2,BUY,{venue_fills},10.25\n", encoding="utf-8"
    )
    return path
