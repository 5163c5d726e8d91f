"""One strategy's copy of the world: the production core, its venues, and a clock that jumps from event to event.

What the core sends reaches a venue after the venue's latency, what a venue says reaches the core after the same. At one
instant the market comes first, then what was on the way, in the order in which it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from heapq import heappop, heappush
from typing import Any, NamedTuple

from engine.core.commands import Closed, Command, Opened, Report, SendCancel, SendOrder, SendStatusRequest
from engine.core.core import Core
from engine.core.events import BookChanged, CancelReceived, Event, Executed, OrderReceived, Tick, VenueUp
from engine.core.learning import Learn
from engine.core.placing import Rules
from engine.core.setup import Curve
from engine.market.venues import Listing, Venue
from engine.orders.order import Parent
from fix.business import ZERO, NewOrderSingle, OrderCancelRequest
from fix.enums import ExecType, OrdStatus, Side
from sessions.study.exchange import Exchange, Rested
from sessions.study.tape import Moment, Shown, Tape, told, worth

OMS = "OMS"
LATE = 60_000_000_000  # ns: what is still open so long after its time hangs, and that is a bug


class Place(NamedTuple):
    """A venue with its one listing. `latency` ns one way, `maker_fee` a fraction of the value."""

    venue: Venue
    listing: Listing
    latency: int
    maker_fee: Decimal


class Job(NamedTuple):
    """A parent to be: comes at `at`, is cancelled at `until` (ns). `limit`: how far beyond the midpoint, as a fraction;
    None is a market order.
    """

    number: int
    at: int
    until: int
    side: Side
    limit: Decimal | None


class Fill(NamedTuple):
    """A trade as the OMS hears of it: `qty` in parent units; `fee` in money; `made`: we rested."""

    at: int
    venue: str
    child: str
    qty: Decimal
    price: Decimal
    made: bool
    fee: Decimal


class Waited(NamedTuple):
    """A child that waited in a queue until its parent ended: what was known before, and whether all of it filled."""

    child: str
    venue: str
    rested: Rested
    until: int
    filled: bool


class Outcome(NamedTuple):
    """What became of one parent. `mids` by venue and `mid` over all of them are of its arrival.

    What the strategy left is bought (sold) from all that is shown at `ended`, on paper: `left_value`, `left_fee`.
    """

    job: Job
    qty: Decimal
    mid: Decimal
    mids: Mapping[str, Decimal]
    status: OrdStatus
    cum: Decimal
    fills: tuple[Fill, ...]
    children: int
    rejects: int
    ended: int
    left_value: Decimal
    left_fee: Decimal
    waited: tuple[Waited, ...]
    text: str


class Scene(NamedTuple):
    """What is the same for every strategy. `script`: what happens at venues, and what of it is heard, by time."""

    places: tuple[Place, ...]
    jobs: tuple[Job, ...]
    script: Sequence[tuple[int, str, Moment | BookChanged]]
    tick: int
    rules: Rules
    learn: Learn
    curves: Mapping[str, Curve]


def scripted(tape: Tape, places: Sequence[Place]) -> list[tuple[int, str, Moment | BookChanged]]:
    """Each moment at its venue, and again when the core hears of it."""
    by_name = {place.venue.name: place for place in places}
    script: list[tuple[int, str, Moment | BookChanged]] = []
    for moment in tape:
        place = by_name[moment.venue]
        heard = told(moment, place.listing.symbol)
        script += [(moment.at, moment.venue, moment), (moment.at + place.latency, moment.venue, heard)]
    script.sort(key=lambda each: each[0])
    return script


class _Open:
    """A parent while it is worked."""

    def __init__(self, job: Job, order: NewOrderSingle, mid: Decimal, mids: Mapping[str, Decimal]) -> None:
        self.job, self.order, self.mid, self.mids = job, order, mid, mids
        self.parent: Parent | None = None
        self.fills: list[Fill] = []
        self.text = ""


class World:
    """`make` writes the order of a job: (its instant, side, limit price, ClOrdID(11)) → the order."""

    def __init__(self, scene: Scene, make: Callable[[int, Side, Decimal | None, str], NewOrderSingle]) -> None:
        self._scene, self._make = scene, make
        self._places = {place.venue.name: place for place in scene.places}
        venues = [place.venue for place in scene.places]
        self.core = Core(venues, scene.rules, "S", curves=scene.curves, learn=scene.learn)
        self.exchanges = {
            p.venue.name: Exchange(p.venue.name, p.listing.symbol, tick=p.listing.tick, lot=p.listing.lot)
            for p in scene.places
        }
        self.outcomes: list[Outcome] = []
        self._heap: list[tuple[int, int, Callable[[Any, int], None], Any]] = []
        self._sent = 0
        self._open: dict[str, _Open] = {}  # by OrderID(37)
        self._ticking = False
        self._doings: dict[type, Callable[[Any, int], None]] = {
            SendOrder: lambda c, now: self._to_venue(c.venue, self.exchanges[c.venue].order, c.order, now),
            SendCancel: lambda c, now: self._to_venue(c.venue, self.exchanges[c.venue].cancel, c.request, now),
            SendStatusRequest: lambda c, now: self._to_venue(c.venue, self.exchanges[c.venue].status, c.request, now),
            Closed: self._closed,
        }

    def run(self, progress: Callable[[int], None] = lambda _: None) -> list[Outcome]:
        """All jobs to their end, in their order; `progress` hears how much of the script was played, now and then."""
        script, heap, jobs = self._scene.script, self._heap, self._scene.jobs
        began = script[0][0]
        for name in self.exchanges:
            self._handle(VenueUp(name), began)
        for job in jobs:
            self._push(job.at, self._arrives, job)
        at, end = 0, len(script)
        while len(self.outcomes) < len(jobs):
            if at < end and (not heap or script[at][0] <= heap[0][0]):
                self._play(*script[at])
                at += 1
                if not at % 4096:
                    progress(at)
            else:
                now, _, act, what = heappop(heap)
                assert now < jobs[-1].until + LATE, "a parent hangs"
                act(what, now)
        progress(end)
        return sorted(self.outcomes, key=lambda outcome: outcome.job.number)

    def _play(self, now: int, venue: str, what: Moment | BookChanged) -> None:
        if isinstance(what, BookChanged):
            self._handle(what, now)
            return
        exchange = self.exchanges[venue]
        said = exchange.shows(what) if isinstance(what, Shown) else exchange.trades(what)
        if said:
            self._hear(venue, said, now)

    # -- messages --------------------------------------------------------------------------------------------------

    def _push(self, at: int, act: Callable[[Any, int], None], what: Any) -> None:
        self._sent += 1
        heappush(self._heap, (at, self._sent, act, what))

    def _to_venue(self, venue: str, asks: Callable[[Any, int], list[Event]], message: Any, now: int) -> None:
        def arrives(what: Any, at: int) -> None:
            self._hear(venue, asks(what, at), at)

        self._push(now + self._places[venue].latency, arrives, message)

    def _hear(self, venue: str, said: list[Event], now: int) -> None:
        for event in said:
            self._push(now + self._places[venue].latency, self._handle, event)

    def _handle(self, event: Event, now: int) -> None:
        commands = self.core.handle(event, now)
        if isinstance(event, Executed) and event.report.exec_type is ExecType.TRADE:
            self._filled(event, commands, now)
        self._do(commands, now)

    def _do(self, commands: Sequence[Command], now: int) -> None:
        for command in commands:
            act = self._doings.get(type(command))
            if act is not None:
                act(command, now)

    def _filled(self, event: Executed, commands: Sequence[Command], now: int) -> None:
        """Before what follows from it: it may be the last of its parent."""
        for command in commands:
            if isinstance(command, Report) and command.report.exec_type is ExecType.TRADE:
                said, place = command.report, self._places[event.venue]
                made = event.report.exec_id in self.exchanges[event.venue].made
                rate = place.maker_fee if made else place.listing.taker_fee
                fee = said.last_qty * said.last_px * rate
                fill = Fill(now, event.venue, event.report.cl_ord_id, said.last_qty, said.last_px, made, fee)
                self._open[command.order_id].fills.append(fill)

    # -- parents -----------------------------------------------------------------------------------------------------

    def _arrives(self, job: Job, now: int) -> None:
        mids = {name: mid for name, exchange in self.exchanges.items() if (mid := exchange.mid()) is not None}
        mid = self._mid()
        price = None if job.limit is None else self._limit(mid, job)
        order = self._make(now, job.side, price, f"P{job.number}")
        working = _Open(job, order, mid, mids)
        self._opens(working, now)
        self._push(job.until, self._ends, working)
        if not self._ticking:
            self._ticking = True
            self._push(now + self._scene.tick, self._ticks, None)

    def _opens(self, working: _Open, now: int) -> None:
        event = OrderReceived(OMS, working.order)
        commands = self.core.handle(event, now)
        opened = next((command for command in commands if isinstance(command, Opened)), None)
        if opened is None:
            report = next(command.report for command in commands if isinstance(command, Report))
            working.text = report.text
            self._finished(working, now)
            return
        working.parent = self.core.orders.by_id(opened.order_id)
        self._open[opened.order_id] = working
        self._do(commands, now)

    def _mid(self) -> Decimal:
        """Of the best bid and offer that any venue shows."""
        books = [exchange.book for exchange in self.exchanges.values()]
        bids = [book.bids.levels[0][0] for book in books if book.bids.levels]
        offers = [book.offers.levels[0][0] for book in books if book.offers.levels]
        assert bids, "a market has bids when an order comes"
        assert offers, "and offers"
        return (max(bids) + min(offers)) / 2

    def _limit(self, mid: Decimal, job: Job) -> Decimal:
        """In steps of the finest venue; each venue's own follow in the core."""
        assert job.limit is not None
        tick = min(place.listing.tick for place in self._scene.places)
        price = mid * (1 + job.side.sign * job.limit)
        return price - price % tick

    def _ends(self, working: _Open, now: int) -> None:
        parent, order = working.parent, working.order
        if parent is None or parent.done:
            return
        request = OrderCancelRequest(
            f"{order.cl_ord_id}C", order.cl_ord_id, order.symbol, order.side, order.order_qty, now
        )
        self._handle(CancelReceived(OMS, request), now)

    def _ticks(self, _: None, now: int) -> None:
        self._ticking = bool(self._open)
        if self._ticking:
            self._handle(Tick(), now)
            self._push(now + self._scene.tick, self._ticks, None)

    def _closed(self, command: Closed, now: int) -> None:
        working = self._open.pop(command.order_id)
        parent = working.parent
        assert parent is not None
        assert parent.cum == sum([fill.qty for fill in working.fills], ZERO), "fills add up to what the parent has"
        self._finished(working, now)

    def _finished(self, working: _Open, now: int) -> None:
        job, parent, qty = working.job, working.parent, working.order.order_qty
        cum = ZERO if parent is None else parent.cum
        children = {} if parent is None else parent.children
        value, fee = self._on_paper(job.side, qty - cum, working.mid)
        self.outcomes.append(
            Outcome(
                job=job,
                qty=qty,
                mid=working.mid,
                mids=working.mids,
                status=OrdStatus.REJECTED if parent is None else parent.state,
                cum=cum,
                fills=tuple(working.fills),
                children=len(children),
                rejects=sum(child.state is OrdStatus.REJECTED for child in children.values()),
                ended=now,
                left_value=value,
                left_fee=fee,
                waited=tuple(self._waited(working)),
                text=working.text,
            )
        )

    def _waited(self, working: _Open) -> list[Waited]:
        found = []
        for child in working.parent.children.values() if working.parent is not None else ():
            exchange = self.exchanges[child.venue]
            rested = exchange.rested.get(child.cl_ord_id)
            if rested is not None:
                filled = exchange.filled(child.cl_ord_id)
                found.append(Waited(child.cl_ord_id, child.venue, rested, working.job.until, filled))
        return found

    def _on_paper(self, side: Side, qty: Decimal, mid: Decimal) -> tuple[Decimal, Decimal]:
        """(value, fees) of taking this from all venues, the best first net of fees; what is not shown costs as much as
        the last that is, or the midpoint where nothing is.
        """
        levels = []
        for name, exchange in self.exchanges.items():
            listing = self._places[name].listing
            for price, size in exchange.free(side):
                net = side.sign * price + price * listing.taker_fee
                levels.append((net, price, size * worth(listing, price), listing.taker_fee))
        value = fees = ZERO
        left, price, fee = qty, mid, ZERO
        for _, price, size, fee in sorted(levels) if qty else ():
            taken = min(left, size)
            left, value, fees = left - taken, value + taken * price, fees + taken * price * fee
            if not left:
                break
        return value + left * price, fees + left * price * fee
