"""The real engine on a real store, between counterparties that cost next to nothing: no sockets, every answer at once.

The price of an order says what becomes of it at the venues, and what its OMS wants next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice

from engine.core.placing import Rules
from engine.dropcopy.store import Store
from engine.market.venues import Listing, Venue
from fix import tags
from fix.enums import MsgType
from fix.message import Message
from fix.timestamp import format_utc
from sessions.cycle.engine import Counterparties, Engine
from sessions.cycle.setup import Setup
from sessions.deployment import prefix
from sessions.gateway.session import Incoming
from tests.sessions.cycle.standin import StandIn

VENUES = ("V1", "V2", "V3")
FILLED, RESTS, AMENDED, CANCELED, BUSTED = "10", "10.01", "10.02", "10.03", "10.04"
WINDOW = 50  # parents that come at once
Clock = Callable[[], int]  # ns since the epoch


def mixture(resting: int) -> Iterator[str]:
    """For ever: one of `resting` stays open, one of 40 each is amended, canceled, or has a trade cancelled."""
    often = {0: AMENDED, 1: CANCELED, 2: BUSTED}
    for number in cycle(range(1, 40 * resting + 1)):
        yield RESTS if number % resting == 0 else often.get(number % 40, FILLED)


class Desk(StandIn):
    """An OMS. It keeps nothing: what it does next stands in what it hears."""

    def __init__(self, inbox: list[Incoming], clock: Clock) -> None:
        super().__init__("OMS", inbox=inbox)
        self._clock = clock
        self._orders = 0

    def order(self, price: str) -> None:
        self._orders += 1
        now = self._clock()
        self.heard("D", f"11=C{self._orders}|38=300|40=2|44={price}|54=1|55=ACME|59=0|60={format_utc(now)}|", now)

    def send(self, raw: bytes, number: int) -> None:
        self._next_out = number + 1
        if b"\x01150=0\x01" not in raw:
            return
        now, report = self._clock(), Message.parse(raw)
        name = report[tags.ClOrdID]
        about = f"11={name}R|38=300|41={name}|54=1|55=ACME|60={format_utc(now)}|"
        if report[tags.Price] == AMENDED:
            self.heard("G", f"{about}40=2|44={FILLED}|59=0|", now)
        elif report[tags.Price] == CANCELED:
            self.heard("F", about, now)

    def flush(self) -> None:
        """It has heard it all by now."""


class Exchange(StandIn):
    """A venue. It too keeps nothing but the count of its reports."""

    def __init__(self, name: str, inbox: list[Incoming], clock: Clock) -> None:
        super().__init__(name, inbox=inbox)
        self._clock = clock
        self._reports = 0

    def send(self, raw: bytes, number: int) -> None:
        self._next_out = number + 1
        asked = Message.parse(raw)
        kind = asked.msg_type
        if kind == MsgType.NEW_ORDER_SINGLE:
            self._order(asked)
        elif kind == MsgType.ORDER_CANCEL_REPLACE_REQUEST:
            self._report(asked, "5", "0")
            self._trade(asked)
        elif kind == MsgType.ORDER_CANCEL_REQUEST:
            self._report(asked, "4", "4")

    def flush(self) -> None:
        """It has answered by now."""

    def _order(self, asked: Message) -> None:
        self._report(asked, "0", "0")
        price = asked[tags.Price]
        if price in (FILLED, BUSTED):
            self._trade(asked)
        if price == BUSTED:
            self._report(asked, "H", "0", more=f"19={self.name}-{self._reports}|")
            self._trade(asked)
        elif price == RESTS and self.name == VENUES[0]:
            self._trade(asked)

    def _trade(self, asked: Message) -> None:
        qty = asked[tags.OrderQty]
        self._report(asked, "F", "2", qty, f"31=10|32={qty}|")

    def _report(self, asked: Message, exec_type: str, status: str, cum: str = "0", more: str = "") -> None:
        self._reports += 1
        now, qty, name = self._clock(), asked[tags.OrderQty], asked[tags.ClOrdID]
        if tags.OrigClOrdID in asked.fields and exec_type in "45":
            more = f"{more}41={asked[tags.OrigClOrdID]}|"
        first = name.partition("_")[0]
        self.heard(
            "8",
            f"6={10 if cum != '0' else 0}|11={name}|14={cum}|17={self.name}-{self._reports}|{more}37={self.name}{first}|"
            f"38={qty}|39={status}|54=1|55=ACME|60={format_utc(now)}|150={exec_type}|"
            f"151={qty if status == '0' else 0}|",
            now,
        )


class House:
    """See `opened`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        inbox: list[Incoming] = []
        self.desk = Desk(inbox, clock)
        venues = [Exchange(name, inbox, clock) for name in VENUES]
        listed = tuple(Venue(name, listings={"ACME": Listing("ACME")}) for name in VENUES)
        setup = Setup(prefix(clock()), listed, Rules())
        self.engine = Engine(setup, store, Counterparties([self.desk], [], venues), inbox, clock)
        self.engine.recover()
        for session in (self.desk, *venues):
            session.logged(up=True)
        self.engine.turn()

    def work(self, prices: Iterator[str], count: int, progress: Callable[[int], None] = lambda _: None) -> None:
        """So many parents, each to the end that its price says; `progress` hears how many have been."""
        for done in range(0, count, WINDOW):
            for price in islice(prices, min(WINDOW, count - done)):
                self.desk.order(price)
            self.engine.turn()
            progress(done)


@contextmanager
def opened(url: str, clock: Clock = time.time_ns) -> Iterator[House]:
    """A house on the store at this URL, made where there is none."""
    store = Store.open(url, durability="process")
    try:
        yield House(store, clock)
    finally:
        store.close()
