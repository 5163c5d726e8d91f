"""What people, rules and limits forbid, by the record alone, and what is sent in spite of it."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.core import actions as core
from engine.core.actions import Scope
from engine.core.core import Core
from engine.core.orders import parent_id
from engine.dropcopy.store import Entry
from engine.orders.order import Parent
from engine.risk.limits import Limits, VenueLimits
from fix import tags
from fix.business import ZERO, OrderCancelReplaceRequest
from fix.enums import MsgType, Side
from fix.message import Message
from sessions.cycle import instructing
from tests.simulation.rules import Violation
from tests.simulation.themes import Theme
from tests.simulation.venue import SimVenue

THROTTLED = frozenset({MsgType.NEW_ORDER_SINGLE, MsgType.ORDER_CANCEL_REQUEST, MsgType.ORDER_CANCEL_REPLACE_REQUEST})
ADDING = frozenset({MsgType.NEW_ORDER_SINGLE, MsgType.ORDER_CANCEL_REPLACE_REQUEST})


@dataclass(slots=True)
class _Venue:
    """`rule`: in, out or probing, as recorded; `probes` sent since; `sent`: when, as far as its throttle asks."""

    by_hand: bool = False
    rule: str = "in"
    probes: int = 0
    sent: deque[int] = field(default_factory=deque)


class Standing:
    """Of a world with a theme. `coming` gives what is on its way to a venue and not read there; `clock` never goes
    backwards.
    """

    def __init__(
        self,
        theme: Theme,
        venues: Mapping[str, SimVenue],
        coming: Callable[[str], Iterable[bytes]],
        clock: Callable[[], int],
    ) -> None:
        self._theme, self._venues, self._coming, self._clock = theme, venues, coming, clock
        self.counts: Counter[str] = Counter()
        self._kills: dict[tuple[Scope, str], str] = {}  # → the person
        self._flat: set[str] = set()  # persons whose kills are flat
        self._standings = {name: _Venue() for name in venues}
        self._limits = theme.limits
        self._sessions: dict[str, str] = {}  # of each order
        self._routed: set[str] = set()
        self._refused: set[str] = set()
        self._stopped: set[str] = set()
        # A throttle counts from when a message was decided: one that a failing store held back, or that came while the
        # clock was wrong, leaves later than it thinks. Nothing is asked of it then, until the next start.
        self.disturbed = False

    # -- as it is recorded -------------------------------------------------------------------------------------------

    def recorded(self, entry: Entry) -> None:
        _, kind, session, _, msg_type, order_id, raw = entry
        if kind == "event":
            self._event(session, json.loads(raw))
        elif kind == "decision":
            self._decision(order_id, json.loads(raw))
        elif kind == "in" and msg_type == MsgType.NEW_ORDER_SINGLE and order_id not in self._sessions:
            self._taken(session, order_id, raw)
        elif kind == "out" and session in self._venues:
            self._decided(session, msg_type, order_id)

    def _event(self, session: str, what: Mapping[str, Any]) -> None:
        name = what["event"]
        if name == "started":
            self._limits, self.disturbed = self._theme.limits, False
            for each in self._standings.values():
                each.rule, each.probes = "in" if each.rule == "in" else "probing", 0
                each.sent.clear()  # nobody remembers
        elif name == "logout" and session in self._standings:
            self._standings[session].probes = 0  # it is in doubt, the next one decides
        elif name == "instructed":
            self._asked(what["person"], instructing.restored(what["action"]))

    def _asked(self, person: str, action: core.Action) -> None:
        self.counts[f"told to {type(action).__name__.lower()}"] += 1
        if isinstance(action, core.Kill):
            self._kills[action.scope, action.name] = person
        elif isinstance(action, core.Release):
            self._kills.pop((action.scope, action.name), None)
        elif isinstance(action, core.TakeOut):
            self._standings[action.venue].by_hand = True
        elif isinstance(action, core.TakeBack):
            venue = self._standings[action.venue]
            venue.by_hand, venue.rule, venue.probes = False, "in", 0
        elif isinstance(action, core.Enable):
            self._stopped.discard(action.customer)
        elif isinstance(action, core.ChangeLimits):
            self._limits = action.limits

    def _decision(self, order_id: str, what: Mapping[str, Any]) -> None:
        kind, reason, detail = what["kind"], what["reason"], what["detail"]
        if kind == "flat":
            self._is_flat(reason)
        elif kind == "venue" and "taken out by" not in reason and "taken back by" not in reason:
            venue = self._standings[detail["venue"]]
            venue.rule, venue.probes = detail["state"], 0
            self.counts[f"venues {venue.rule}"] += 1
        elif kind == "refuse" and "OrdRejReason" in detail and order_id not in self._routed:
            self._refused.add(order_id)
            self.counts["refused"] += 1
        elif kind == "schedule":
            self._routed.add(order_id)
        elif kind == "throttle" and " lets " not in reason:
            self._stopped.add(detail["customer"])
            self.counts["stopped"] += 1

    def _taken(self, session: str, order_id: str, raw: bytes) -> None:
        """An order came that nobody spoke of before."""
        self._sessions[order_id] = session
        most = self._limits.every.max_qty
        too_large = most is not None and Decimal(Message.parse(raw)[tags.OrderQty]) > most
        if too_large or session in self._stopped:
            self._refused.add(order_id)

    def _decided(self, venue: str, msg_type: str, order_id: str) -> None:
        """A message to a venue, in the order of the record. What has to stay at one that is out follows its order still,
        so that a replace may go there: it opens nothing.
        """
        if msg_type == MsgType.NEW_ORDER_SINGLE:
            self._routed.add(order_id)
            if order_id in self._refused:
                raise Violation("nothing goes out for a refused order", f"{order_id} to {venue}")
            self._probe(venue, order_id)

    def _probe(self, venue: str, order_id: str) -> None:
        standing = self._standings[venue]
        if self._shut(venue) or (standing.rule == "probing" and standing.probes):
            raise Violation("a venue that is out gets one probe at most", f"{order_id} to {venue}, {standing}")
        standing.probes += 1

    def _shut(self, venue: str) -> bool:
        standing = self._standings[venue]
        return standing.by_hand or standing.rule == "out"

    # -- as it leaves ------------------------------------------------------------------------------------------------

    def leaves(self, venue: str, raw: bytes) -> None:
        start = raw.find(b"\x0135=") + 4
        msg_type = raw[start : raw.find(b"\x01", start)].decode()
        if msg_type == MsgType.NEW_ORDER_SINGLE:
            order_id = parent_id(Message.parse(raw)[tags.ClOrdID])
            for scope, name in self._kills:
                if self._reaches(scope, name, venue, order_id):
                    raise Violation("nothing new leaves after a kill", f"{order_id} to {venue}, {scope} {name}")
        if msg_type in THROTTLED:
            self._throttled(venue, msg_type)

    def _throttled(self, venue: str, msg_type: str) -> None:
        limits, sent, now = self._limits.venues.get(venue, VenueLimits()), self._standings[venue].sent, self._clock()
        if limits.messages is None or self.disturbed:
            sent.clear()
            return
        sent.append(now)
        while sent[0] <= now - limits.window:
            sent.popleft()
        if len(sent) > limits.messages - (limits.reserve if msg_type in ADDING else 0):
            raise Violation("a venue gets no more than its throttle lets through", f"{venue}: {msg_type}, {len(sent)}")

    # -- kills -------------------------------------------------------------------------------------------------------

    def _reaches(self, scope: Scope, name: str, venue: str, order_id: str) -> bool:
        reach = {Scope.VENUE: venue, Scope.CUSTOMER: self._sessions.get(order_id)}
        return scope is Scope.ALL or reach.get(scope) == name

    def _is_flat(self, reason: str) -> None:
        (key, person), *_ = [each for each in self._kills.items() if f"killed by {each[1]}:" in reason]
        self._flat.add(person)
        self.counts["flat"] += 1
        for name, venue in self._venues.items():
            live = [cl_ord_id for cl_ord_id, held in venue.held.items() if held.leaves]
            for cl_ord_id in (*live, *self._on_their_way(name)):
                if self._reaches(*key, name, parent_id(cl_ord_id)):
                    raise Violation("flat means that nothing can trade any more", f"{cl_ord_id} at {name}: {reason}")

    def _on_their_way(self, venue: str) -> list[str]:
        mark = b"\x0135=D\x01"
        return [Message.parse(raw)[tags.ClOrdID] for raw in self._coming(venue) if mark in raw]

    # -- at every step, after a start, at rest -----------------------------------------------------------------------

    def step(self, engine: Core) -> None:
        """What the limits count as open is what is open."""
        floor = engine.floor
        if not floor.limits.of_what_is_open:
            return
        naive: dict[tuple[str, str], Decimal] = {}
        unpriced = set()
        for parent in engine.orders.open():
            if parent.done and not parent.live:
                continue
            price = _price(parent)
            for key, qty in _shares(parent).items():
                if qty and price is None:
                    unpriced.add(key)
                elif price is not None:
                    naive[key] = naive.get(key, ZERO) + qty * price
        value: Any = floor.controls._exposure.value
        for key in {("all", ""), *naive, *unpriced}:
            wanted, counted = None if key in unpriced else naive.get(key, ZERO), value(*key)
            if wanted != counted:
                seen = f"{' '.join(key)}: {counted} is counted, {wanted} is open"
                raise Violation("open value is that of the open orders", seen)

    def started(self, engine: Core) -> None:
        floor = engine.floor
        kills = {(kill.scope, kill.name): kill.person for kill in floor.kills.in_force()}
        if kills != self._kills:
            raise Violation("kills survive a crash", f"{kills} of {self._kills}")
        out = {name for name in self._standings if floor.health.by_hand(name)}
        if out != {name for name, each in self._standings.items() if each.by_hand}:
            raise Violation("venues taken out survive a crash", f"{out} are out of {self._standings}")
        if set(floor.controls.stopped) != self._stopped:
            raise Violation("who is stopped stays so over a crash", f"{set(floor.controls.stopped)}, {self._stopped}")

    def at_rest(self, engine: Core) -> None:
        for key, person in self._kills.items():
            if person not in self._flat:
                left = [kill for kill in engine.floor.kills.in_force() if kill.person == person]
                raise Violation("at rest every kill is flat", f"{key}: {left}")
            for parent in engine.orders.open():
                if key[0] is not Scope.VENUE and self._reaches(*key, "", parent.order_id) and not parent.done:
                    raise Violation("at rest every order that is killed has ended", f"{parent.order_id}, {key}")


def _price(parent: Parent) -> Decimal | None:
    """At which it counts: its limit, of a sale the market where that is higher; the dearest that is asked for."""
    order, price = parent.order, parent.order.price
    for request in parent.requests:
        if isinstance(request, OrderCancelReplaceRequest) and price is not None and request.price is not None:
            price = max(price, request.price)
    market = parent.arrival_mid
    if price is None or (order.side is not Side.BUY and market is not None and market > price):
        return market
    return price


def _shares(parent: Parent) -> dict[tuple[str, str], Decimal]:
    asked = [each.order_qty for each in parent.requests if isinstance(each, OrderCancelReplaceRequest)]
    leaves = max([parent.leaves, *[qty - parent.cum for qty in asked]])
    shares = {("all", ""): leaves, ("customer", parent.session): leaves}
    for child in parent.children.values():
        key = ("venue", child.venue)
        shares[key] = shares.get(key, ZERO) + child.exposure
    return shares


def quiet(theme: Theme) -> bool:
    """Whether there is nothing to watch here."""
    return not theme.names and theme.limits == Limits()
