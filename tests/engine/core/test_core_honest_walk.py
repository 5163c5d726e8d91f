"""Random walks among honest venues: whatever crosses, is lost, comes twice or late, the accounts agree in the end."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.commands import Command, SendCancel, SendOrder, SendStatusRequest, Subscribe
from engine.core.core import Core
from engine.core.events import (
    BookChanged,
    CancelReceived,
    Event,
    OrderReceived,
    StatusRequested,
    Tick,
    VenueDown,
    VenueUp,
)
from engine.core.orders import parent_id
from engine.core.placing import Rules
from fix.business import MarketData, MDEntry, OrderCancelRequest, OrderStatusRequest
from fix.enums import MDEntryType, Side, TimeInForce
from tests.engine.core.honest import HonestVenue
from tests.engine.core.ledger import Ledger
from tests.engine.core.script import SECOND
from tests.engine.orders.making import NOW, new_order
from tests.engine.routing.making import venue

D = Decimal
STEPS = 250
LOTS = {"ALPHA": "1", "BETA": "5", "GAMMA": "10"}


class Walk:
    """A core, three venues and an OMS, moved by one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.core = Core([venue(name, lot=lot) for name, lot in LOTS.items()], Rules(), "T")
        self.venues = {name: HonestVenue(name, self.random) for name in LOTS}
        self.ledger = Ledger()
        self.now = NOW
        self._sent = 0
        for name in LOTS:
            self.happens(VenueUp(name))

    def happens(self, event: Event) -> None:
        """Law 4 holds at every moment in truth, not only in the core's opinion."""
        commands = self.core.handle(event, self.now)
        self.ledger.hear(commands, event.order if isinstance(event, OrderReceived) else None)
        touched = {self._send(command) for command in commands}
        if isinstance(event, VenueUp):
            kinds = [type(command) for command in commands]
            first = kinds[: kinds.index(Subscribe)]
            assert set(first) <= {SendStatusRequest}, "something went before the questions"
            assert SendStatusRequest not in kinds[len(first) :]
        for order_id in touched - {""}:
            assert self.committed(order_id) <= self.ledger.accounts[order_id].order.order_qty, "law 4"

    def _send(self, command: Command) -> str:
        """Puts it on its way; the OrderID(37) of an order that something was sent for."""
        if not isinstance(command, (SendOrder, SendCancel, SendStatusRequest)):
            return ""
        to = self.venues[command.venue]
        assert to.up, f"{type(command).__name__} to a venue that is down"
        to.heard.append(command)
        return command.order_id

    def committed(self, order_id: str) -> Decimal:
        held = [pair for each in self.venues.values() for pair in each.committed().items()]
        return sum((qty for cl_ord_id, qty in held if parent_id(cl_ord_id) == order_id), D(0))

    # -- steps -------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        chance = self.random.random()
        at = self.random.choice(list(self.venues.values()))
        if chance < 0.10:
            self._order()
        elif chance < 0.13:
            self._cancel()
        elif chance < 0.16:
            self.now += self.random.randint(0, 6 * SECOND)
            self.happens(Tick())
        elif chance < 0.20:
            self._reconnect(at)
        elif chance < 0.25:
            self._show(at.name)
        elif chance < 0.60:
            at.acts()
        else:
            self._deliver(at)

    def _order(self) -> None:
        self._sent += 1
        tifs = [TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK]
        order = new_order(
            str(self.random.randint(1, 400)),
            self.random.choice(["100", "101", None]),
            cl_ord_id=f"A{self._sent}",
            side=self.random.choice([Side.BUY, Side.SELL]),
            time_in_force=self.random.choice(tifs),
        )
        self.happens(OrderReceived("OMS", order))

    def _cancel(self) -> None:
        number = self.random.randint(1, self._sent + 1)
        cl_ord_id, orig = f"C{self.now}", f"A{number}"
        self.happens(CancelReceived("OMS", OrderCancelRequest(cl_ord_id, orig, "ACME", Side.BUY, D(1), self.now)))
        self.happens(StatusRequested("OMS", OrderStatusRequest(orig, "ACME", Side.BUY)))

    def _reconnect(self, at: HonestVenue) -> None:
        if at.up:
            at.disconnects()
            self.happens(VenueDown(at.name))
        else:
            at.up = True
            self.happens(VenueUp(at.name))

    def _show(self, name: str) -> None:
        symbol = f"ACME.{name}"
        entries = [
            MDEntry(kind, D(self.random.randint(98, 102)), D(self.random.randint(0, 90)), symbol=symbol)
            for kind in (MDEntryType.BID, MDEntryType.OFFER)
        ]
        self.now += 1
        self.happens(BookChanged(name, MarketData(snapshot=False, symbol="", entries=tuple(entries))))

    def _deliver(self, at: HonestVenue) -> None:
        if at.up and at.says:
            for said in at.next():
                self.happens(said)

    # -- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Everything comes up, is delivered, answered and canceled; a bounded number of rounds must do."""
        for at in self.venues.values():
            at.tired = True
            if not at.up:
                self._reconnect(at)
        for _ in range(20):
            self._drain()
            left = list(self.core.orders.open())
            if not left:
                return
            for parent in left:
                self.now += 1
                cl_ord_id, orig = f"C{self.now}", parent.order.cl_ord_id
                request = OrderCancelRequest(cl_ord_id, orig, "ACME", Side.BUY, D(1), self.now)
                self.happens(CancelReceived("OMS", request))
            self._drain()
            self.now += 5 * SECOND
            self.happens(Tick())
        raise AssertionError(f"still open: {[parent.order_id for parent in self.core.orders.open()]}")

    def _drain(self) -> None:
        while any(at.heard or at.says for at in self.venues.values()):
            for at in self.venues.values():
                at.acts()
                self._deliver(at)

    def check(self) -> None:
        traded: dict[str, Decimal] = {}
        for at in self.venues.values():
            for cl_ord_id, held in at.held.items():
                order_id = parent_id(cl_ord_id)
                traded[order_id] = traded.get(order_id, D(0)) + held.cum
                assert not held.leaves
        for order_id, account in self.ledger.accounts.items():
            assert account.closed
            assert account.cum == traded.get(order_id, D(0)) <= account.order.order_qty


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_every_order_is_final_in_the_end_and_all_accounts_agree(seed: int) -> None:
    walk = Walk(seed)
    for _ in range(STEPS):
        walk.step()
    walk.finish()
    walk.check()
    assert walk.ledger.accounts
