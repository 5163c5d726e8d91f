"""A simulated venue whose client is the test, without a wire."""

from __future__ import annotations

from decimal import Decimal

from fix.enums import Side
from sessions.gateway.session import Incoming
from sessions.simulator.book import Book
from sessions.simulator.feed import Market
from sessions.simulator.liquidity import Action, Enter
from sessions.simulator.reporter import Fill
from sessions.simulator.venue import Conduct, Venue
from tests.sessions.cycle.standin import AT, NOW, StandIn

ORDER = f"55=ACME|60={AT}|"


class Scene:
    """A venue XTST with one market ACME: 100 at 10.02 offered, 50 at 9.98 bid, tick 0.01, lot 10."""

    def __init__(self, conduct: Conduct | None = None, *, version: str = "FIX.4.4", at: int = NOW) -> None:
        self.inbox: list[Incoming] = []
        self.session = StandIn("XTST", version, inbox=self.inbox)
        self.fills: list[Fill] = []
        self.due: list[Action] = [
            Enter("BG1", Side.SELL, Decimal(100), Decimal("10.02")),
            Enter("BG2", Side.BUY, Decimal(50), Decimal("9.98")),
        ]
        book = Book("ACME", tick=Decimal("0.01"), lot=Decimal(10))
        self.market = Market(book, self._moves)
        self.venue = Venue(self.session, self.inbox, {"ACME": self.market}, self.fills.append, conduct)
        self.session.on_state = lambda which: None if which.up else self.venue.left()
        self.session.up = True
        assert self.turn(at) == []

    def _moves(self, now: int) -> list[Action]:
        due, self.due = self.due, []
        return due

    def turn(self, now: int = NOW) -> list[tuple[str, ...]]:
        """One round; what the venue said."""
        self.venue.turn(now)
        said, self.session.journal[:] = self.session.journal[:], []
        return said

    def says(self, msg_type: str, text: str, now: int = NOW) -> list[tuple[str, ...]]:
        self.session.heard(msg_type, text, now)
        return self.turn(now)

    def order(self, text: str, now: int = NOW) -> list[tuple[str, ...]]:
        return self.says("D", text + ORDER, now)


def report(text: str) -> tuple[str, str]:
    return ("EXECUTION_REPORT", text)


def new(cl_ord_id: str, number: int, exec_number: int, side: int, qty: int) -> tuple[str, str]:
    return report(
        f"6=0|11={cl_ord_id}|14=0|17=XTST-X{exec_number}|37=XTST-{number}|38={qty}|39=0|54={side}|55=ACME|60={AT}|150=0|151={qty}|"
    )


def rejected(cl_ord_id: str, number: int, exec_number: int, qty: str, text: str, reason: str) -> tuple[str, str]:
    return report(
        f"6=0|11={cl_ord_id}|14=0|17=XTST-X{exec_number}|37=XTST-{number}|38={qty}|39=8|54=1|55=ACME|"
        f"58={text}|60={AT}|103={reason}|150=8|151=0|"
    )
