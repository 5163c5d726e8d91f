"""From a parent's open quantity to orders at venues, with the reason on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.amending import within
from engine.core.commands import Command, Decide, Decision, SendOrder
from engine.core.learning import Learning
from engine.core.scheduling import Schedules
from engine.market.book import Market
from engine.market.consolidated import Shown, Snapshot, snapshot
from engine.market.venues import Venue
from engine.orders.order import REFUSED, Child, Parent
from engine.routing.router import Candidate, Plan, Slice, candidates
from engine.routing.tactics import Prices, split
from fix.business import ZERO, NewOrderSingle

PLACEMENT = "placement"  # the one tactic that asks how fast queues go


@dataclass(frozen=True, slots=True)
class Rules:
    """`max_attempts` rounds of routing for one parent; `ack_timeout` ns a venue may take to answer a request.

    `chained`: requests of one order that may be pending together. `day_start`: ns after midnight UTC at which a trading
    day begins, for the day's quantities of orders that outlive it. The orders of the sessions in `cancel_on_disconnect`
    are cancelled when theirs ends. `where` is the tactic of orders that ask for none, `prices` are those of placement,
    for which an order waits `horizon` ns in a queue.
    """

    max_attempts: int = 4
    ack_timeout: int = 5_000_000_000
    chained: int = 4
    day_start: int = 0
    cancel_on_disconnect: frozenset[str] = frozenset()
    where: str = "smart"
    prices: Prices = field(default_factory=Prices)
    horizon: int = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Placer:
    """`venues` all of them by name, `up` those logged on now; `open_to` says whether a child may go to a venue now,
    `room` the value that may still be opened there, None without a limit, `capped` whether there may be one at all.
    """

    venues: Mapping[str, Venue]
    by_symbol: Mapping[str, tuple[Venue, ...]]
    market: Market
    up: AbstractSet[str]
    rules: Rules
    open_to: Callable[[str, int], bool]
    room: Callable[[str], Decimal | None]
    capped: Callable[[], bool]
    schedules: Schedules
    learning: Learning
    outflow: Callable[[Venue, str, int], Decimal]

    def place(self, parent: Parent, now: int) -> list[Command]:
        """Routes what is not routed; [] when no venue takes any of it or the attempts are used up."""
        qty, more = self.schedules.open(parent, now)
        attempts = 0 if more else parent.attempts
        if qty <= 0 or attempts >= self.rules.max_attempts:
            return []
        plan = self._plan(parent, qty, {} if more else parent.avoid, now, first=not attempts)
        if not plan.slices:
            return []
        parent.attempts = attempts + 1
        self.schedules.sending(parent, now)
        if more:
            parent.avoid.clear()
        if parent.arrival_mid is None:
            parent.arrival_mid = self._mid(parent.order.symbol)
        children = [self._child(parent, part, now) for part in plan.slices]
        assert parent.unrouted >= 0, "law 4: never more than asked"
        detail = {
            "attempt": parent.attempts,
            "unplaced": str(plan.unplaced or ZERO),
            "mid": "" if parent.arrival_mid is None else str(parent.arrival_mid),
            "children": [describe(child) for child in children],
        }
        if more:
            detail["released"] = str(parent.cum + parent.working)
        seen = self.seen(parent.order.symbol)
        if seen.tops or seen.stale:
            detail["market"] = seen.described()
        learned = self.learning.used(parent.order, [part.venue for part in plan.slices])
        if learned:
            detail["learned"] = learned
        return [
            Decide(parent.order_id, Decision.ROUTE, plan.reason, detail),
            *[SendOrder(parent.order_id, child.venue, _order(parent.order, child, now)) for child in children],
        ]

    def _plan(self, parent: Parent, qty: Decimal, avoid: Mapping[str, int], now: int, *, first: bool) -> Plan:
        """A venue whose slice would be worth more than it has room for is left out, and the rest shared anew."""
        order, where = parent.order, self.rules.where if parent.plan is None else str(parent.plan["where"])
        choice = self._choice(order, avoid, now)
        if self.learning.active or where == PLACEMENT:
            choice = self._known(choice, order, where, now)
        while True:
            plan = split(where, order, qty, choice, self.rules.prices, first=first)
            full = {part.venue for part in plan.slices if self._too_much(order, part)} if self.capped() else ()
            if not full:
                return plan
            choice = [each for each in choice if each.venue.name not in full]

    def _too_much(self, order: NewOrderSingle, part: Slice) -> bool:
        room = self.room(part.venue)
        if room is None:
            return False
        price = part.price or order.price or self._mid(order.symbol)
        return price is None or part.qty * part.unit * price > room

    def _choice(self, order: NewOrderSingle, avoid: Mapping[str, int], now: int) -> list[Candidate]:
        symbol, wanted = order.symbol, order.time_in_force
        venues = [v for v in self.by_symbol[symbol] if v.name in self.up and wanted in v.times_in_force]
        venues = [v for v in venues if self.open_to(v.name, now)]
        if order.destination:
            venues = [v for v in venues if order.destination in (v.name, v.mic)]
        books = {v.name: self.market.displayed(v.name, v.listings[symbol].symbol) for v in venues}
        if avoid:
            venues = [v for v in venues if self._again(avoid, v, symbol)]
        return candidates(venues, symbol, books)

    def _known(self, choice: list[Candidate], order: NewOrderSingle, where: str, now: int) -> list[Candidate]:
        """With what was learned of each; those not to be used are left out, unless that is all of them."""
        found = []
        for each in choice:
            outflow = self.outflow(each.venue, order.symbol, now) if where == PLACEMENT else ZERO
            insight = self.learning.insight(each.venue, order, outflow)
            if insight is not None:
                found.append(each._replace(insight=insight))
        return found or choice

    def _again(self, avoid: Mapping[str, int], venue: Venue, symbol: str) -> bool:
        """Whether a venue that gave quantity back has shown new liquidity since."""
        since = avoid.get(venue.name)
        if since is None or since == REFUSED:
            return since is None
        book = self.market.book(venue.name, venue.listings[symbol].symbol)
        return book is not None and book.updated_at > since

    def _child(self, parent: Parent, part: Slice, now: int) -> Child:
        order, price = parent.order, part.price or parent.order.price
        child = Child(
            cl_ord_id=f"{parent.order_id}-{len(parent.children) + 1}",
            venue=part.venue,
            symbol=part.symbol,
            qty=part.qty,
            unit=part.unit,
            dust=part.dust,
            ord_type=order.ord_type,
            price=None if price is None else within(price, self._tick(part.venue, order, price), order.side),
            time_in_force=order.time_in_force,
            expire_time=order.expire_time,
            splits=parent.splits,
            sent_at=now,
        )
        parent.children[child.cl_ord_id] = child
        return child

    def _tick(self, venue: str, order: NewOrderSingle, price: Decimal) -> Decimal:
        return self.venues[venue].listings[order.symbol].tick_at(price)

    def seen(self, symbol: str) -> Snapshot:
        """The market as it stands over all venues that list it."""
        listed = [(v.name, v.listings[symbol]) for v in self.by_symbol[symbol]]
        return snapshot([Shown(n, x.contract, x.taker_fee, self.market.book(n, x.symbol)) for n, x in listed])

    def _mid(self, symbol: str) -> Decimal | None:
        return self.market.mid([(v.name, v.listings[symbol].symbol) for v in self.by_symbol[symbol]])


def describe(child: Child) -> dict[str, object]:
    """A child as it stands in the record of its routing; the recovery reads it back."""
    return {
        "id": child.cl_ord_id,
        "venue": child.venue,
        "symbol": child.symbol,
        "qty": str(child.qty),
        "unit": str(child.unit),
        "dust": str(child.dust),
        "price": "" if child.price is None else str(child.price),
    }


def _order(order: NewOrderSingle, child: Child, now: int) -> NewOrderSingle:
    """ExecInst(18) and MinQty(110) are for who executes it; strategies are ours."""
    sent = NewOrderSingle(  # by position, as its fields stand: this is the hot path
        child.cl_ord_id,
        child.symbol,
        order.side,
        child.qty,
        child.ord_type,
        child.price,
        child.time_in_force,
        now,
        order.account,
        child.expire_time,
        order.locate,
    )
    if order.min_qty or order.exec_inst:
        least = None if order.min_qty is None else min(order.min_qty / child.unit, child.qty)
        return sent._replace(min_qty=least, exec_inst=order.exec_inst)
    return sent
