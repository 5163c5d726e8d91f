"""What the handlers of the core work with: the orders in hand, the venues, and whether something may go there now."""

from __future__ import annotations

from decimal import Decimal

from engine.core.commands import Command, Decide, Decision, Keep, SendCancel, SendOrder, SendReplace
from engine.core.doubt import Doubt, lose
from engine.core.killing import KEY as KILLS
from engine.core.killing import Kills
from engine.core.learning import Learning
from engine.core.orders import Orders
from engine.core.placing import Placer
from engine.core.scheduling import Figures, Schedules
from engine.core.setup import Setup
from engine.market.book import Market
from engine.market.health import Change, Health, State
from engine.market.venues import Venue
from engine.orders.order import GOOD_TILL, Child, Parent, Terms
from engine.orders.states import FREE, Step
from engine.risk.controls import Controls
from engine.risk.exposure import Open
from engine.risk.limits import Limits
from engine.routing.router import PLACES
from fix.business import ZERO, OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import OrdStatus
from fix.market import MarketData

Out = list[Command]
VENUES = "venues"  # Keep's key for those taken out


class Floor:
    """One for a core; every room of it has the same."""

    def __init__(self, setup: Setup) -> None:
        self.rules = setup.rules
        self.prefix = setup.prefix
        self.limits = setup.limits
        self.orders = Orders()
        self.market = Market()
        self.up: set[str] = set()
        self.venues: dict[str, Venue] = {venue.name: venue for venue in setup.venues}
        symbols = sorted({symbol for venue in setup.venues for symbol in venue.listings})
        self.by_symbol = {s: tuple(v for v in setup.venues if s in v.listings) for s in symbols}
        self.kills = Kills(self.orders, setup.kept.get(KILLS))
        self.health = Health(setup.watch, _tables(setup.kept.get(VENUES)))
        self.controls = Controls(setup.limits, setup.kept, setup.rules.day_start)
        self.throttle = self.controls.throttle
        self.doubt = Doubt(self.orders, self.up, setup.rules.ack_timeout)
        self.limited = setup.limits != Limits()
        self.schedules = Schedules(Figures(self._volume, self._quantum, self._quote), setup.curves)
        self.learning = Learning(setup.learn, self.venues, self.reference, setup.kept)
        self.placer = Placer(
            venues=self.venues,
            by_symbol=self.by_symbol,
            market=self.market,
            up=self.up,
            rules=setup.rules,
            open_to=self.open_to,
            room=self.controls.venue_room,
            capped=lambda: self.limited,
            schedules=self.schedules,
            learning=self.learning,
            outflow=self._outflow,
        )
        self.held: dict[str, None] = {}  # OrderIDs of parents with a request that waits for its venue's throttle
        self.ending: dict[str, None] = {}  # OrderIDs of parents with an ExpireTime(126)
        self.lasting: dict[str, None] = {}  # OrderIDs of parents that outlive their day
        self.since: dict[str, int] = {}  # by venue, when its market began to be watched
        self.oldest = 0  # none of them is in a day that began before
        self._out = self.health.kept()  # as it was last kept
        self.watched = any(w.latency is not None or w.rejects is not None for w in setup.watch.values())
        self.troubled = True  # whether a venue may be closed to us; `look` finds out

    # -- may it go ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """After anything that opens or closes a venue. While all are open, nobody has to ask about each."""
        self.troubled = bool(self.kills) or not all(map(self.health.eligible, self.venues))

    def open_to(self, venue: str, now: int) -> bool:
        """Whether a child may go to this venue now."""
        if not self.troubled and not self.limited:
            return True
        if self.kills and self.kills.venue(venue):
            return False
        health = self.health
        return (health.eligible(venue) or health.may_probe(venue)) and self.throttle.room(venue, now) != 0

    def unwelcome(self, venue: str, symbol: str) -> str:
        """Why what rests at this venue has to leave it, or "". Where its session ended, what is there is in doubt.

        Out by rule it leaves only for a venue that is better: where all are out, the fault may be ours.
        """
        if not self.troubled or venue not in self.up:
            return ""
        killed = self.kills.venue(venue) if self.kills else ""
        health = self.health
        if killed or health.eligible(venue) or health.probing(venue):
            return killed
        better = any(health.eligible(each.name) for each in self.by_symbol[symbol])
        return f"{venue} is out of routing" if better or health.by_hand(venue) else ""

    # -- what goes to venues -----------------------------------------------------------------------------------------

    def send(self, parent: Parent, commands: list[Command], now: int, out: Out) -> None:
        """Orders of a round of routing, and what was decided about them."""
        out += commands
        sent = [command for command in commands if isinstance(command, SendOrder)]
        if self.learning.on:
            for command in sent:
                book = self.market.displayed(command.venue, command.order.symbol)
                self.learning.sent(parent, parent.children[command.order.cl_ord_id], book, now)
        for command in sent if self.limited or self.troubled else ():
            self.throttle.take(command.venue, now)
            self.health.probe_sent(command.venue, command.order.cl_ord_id)
        self.doubt.begin([parent.children[command.order.cl_ord_id] for command in sent], now)

    def cancel(self, parent: Parent, child: Child, now: int, out: Out, why: str, *, refused: int = 0) -> None:
        """Not while in doubt: the cancel would be lost with the order; it follows when the venue has answered. Nor
        while a replace is pending: under which name the venue has it is not known. Nor again where the venue said no
        more than `refused` times.
        """
        if child.request not in FREE or child.kept > refused:
            return
        if child.venue not in self.up:  # a person settled it, and the venue has not been asked yet
            self.ask(parent, child, f"the session with {child.venue} is down", now, out)
            return
        if not self.throttle.take(child.venue, now, cancel=True):
            self.held[parent.order_id] = None
            return
        child.changes += 1
        child.note(Step.CANCEL_SENT)
        request = OrderCancelRequest(
            cl_ord_id=child.request_id,
            orig_cl_ord_id=child.name,
            symbol=child.symbol,
            side=parent.order.side,
            order_qty=child.qty,
            transact_time=now,
            order_id=child.venue_order_id,
        )
        out.append(Decide(parent.order_id, Decision.CANCEL, why, {"child": child.cl_ord_id}))
        out.append(SendCancel(parent.order_id, child.venue, request))
        self.doubt.watch(child, now)

    def replace(self, parent: Parent, child: Child, terms: Terms, now: int, out: Out, why: str) -> None:
        """Of a child without an outstanding request."""
        if child.venue not in self.up:
            self.ask(parent, child, f"the session with {child.venue} is down", now, out)
            return
        if not self.throttle.take(child.venue, now):
            self.held[parent.order_id] = None
            return
        child.changes += 1
        child.asked = terms
        child.note(Step.REPLACE_SENT)
        qty, price, time_in_force, expire_time = terms
        request = OrderCancelReplaceRequest(
            cl_ord_id=child.request_id,
            orig_cl_ord_id=child.name,
            symbol=child.symbol,
            side=parent.order.side,
            order_qty=qty,
            ord_type=child.ord_type,
            price=price,
            time_in_force=time_in_force,
            transact_time=now,
            order_id=child.venue_order_id,
            account=parent.order.account,
            expire_time=expire_time,
        )
        detail = {
            "child": child.cl_ord_id,
            "qty": str(qty),
            "price": "" if price is None else str(price),
            "time_in_force": time_in_force.value,
            "expire_time": str(expire_time),
        }
        out.append(Decide(parent.order_id, Decision.REPLACE, why, detail))
        out.append(SendReplace(parent.order_id, child.venue, request))
        self.doubt.watch(child, now)

    def ask(self, parent: Parent, child: Child, why: str, now: int, out: Out) -> None:
        """Its fate is not known: the venue is asked."""
        if not child.in_doubt:
            new = child.state is OrdStatus.PENDING_NEW
            lose(parent, child, why, out)
            if new and child.venue in self.up:
                self.doubt.unanswered(parent, child, now, out)
        if child.venue in self.up:
            self.doubt.ask(parent, child, now, out)

    # -- accounts kept beside the orders -----------------------------------------------------------------------------

    def reference(self, symbol: str) -> Decimal | None:
        """The price of the market now, as it stands over all venues."""
        listed = self.by_symbol.get(symbol, ())
        return self.market.mid([(venue.name, venue.listings[symbol].symbol) for venue in listed])

    def _volume(self, symbol: str) -> Decimal:
        """What has traded at all venues, in parent units. The worth of inverse contracts changes: they are left out."""
        listed = [(venue.name, venue.listings[symbol]) for venue in self.by_symbol[symbol]]
        units = {(name, listing.symbol): listing.contract for name, listing in listed if not listing.inverse}
        return sum([qty * units[key] for key, qty in self.market.volume(units).items()], ZERO)

    def _outflow(self, venue: Venue, symbol: str, now: int) -> Decimal:
        """What is expected to trade on one side there within the horizon, in parent units."""
        listing = venue.listings[symbol]
        watched = now - self.since.get(venue.name, now)
        if watched <= 0 or listing.inverse:
            return ZERO
        key = venue.name, listing.symbol
        return self.market.volume([key])[key] * listing.contract * self.rules.horizon / watched / 2

    def symbols(self, venue: str, data: MarketData) -> list[str]:
        """Those that `data` is about, as the OMS calls them."""
        named = {data.symbol, *[entry.symbol for entry in data.entries]}
        return [symbol for symbol, listing in self.venues[venue].listings.items() if listing.symbol in named]

    def _quantum(self, symbol: str) -> Decimal:
        """Inverse contracts, whose worth changes, say nothing here."""
        listed = [venue.listings[symbol] for venue in self.by_symbol[symbol]]
        return min([each.min_qty * each.contract for each in listed if not each.inverse], default=PLACES)

    def _quote(self, symbol: str) -> tuple[Decimal, Decimal] | None:
        """(midpoint, spread) over all venues; None while a side is empty or the market is crossed."""
        seen = self.placer.seen(symbol)
        if seen.bid is None or seen.offer is None or seen.mid is None or seen.bid.price >= seen.offer.price:
            return None
        return seen.mid, seen.offer.price - seen.bid.price

    def taken_on(self, parent: Parent) -> None:
        """A parent is in hand, or has other terms than it had."""
        self.schedules.take_on(parent)
        if parent.order.expire_time:
            self.ending[parent.order_id] = None
        if parent.order.time_in_force in GOOD_TILL:
            self.lasting[parent.order_id] = None
            self.oldest = min(self.oldest, parent.day_start)
        self.count(parent)

    def count(self, parent: Parent) -> None:
        """What of it is open, for the limits; nothing is counted while there are none."""
        if not self.limited:
            return
        if parent.done and not parent.live:
            self.controls.note(parent.order_id, None)
            return
        order = parent.order
        at: dict[str, Decimal] = {}
        for child in parent.children.values():
            at[child.venue] = at.get(child.venue, ZERO) + child.exposure
        leaves, price = parent.leaves, order.price
        for request in parent.requests:
            if isinstance(request, OrderCancelReplaceRequest):
                leaves = max(leaves, request.order_qty - parent.cum)
                price = request.price if price is None or request.price is None else max(price, request.price)
        entry = Open(parent.session, order.account, order.symbol, order.side, leaves, price, parent.arrival_mid, at)
        self.controls.note(parent.order_id, entry)

    def executed(self, parent: Parent, value: Decimal, now: int, out: Out) -> None:
        """A trade of today, for the credit of its account; below zero where one is taken back."""
        if value:
            kept = self.controls.executed(parent.order.account, value, now)
            if kept is not None:
                out.append(Keep("", *kept))

    def change_limits(self, limits: Limits, out: Out) -> None:
        self.limits, self.limited = limits, limits != Limits()
        for kept in self.controls.change(limits):
            out.append(Keep("", *kept))
        for parent in self.orders.open():
            self.controls.note(parent.order_id, None)  # it is counted anew, if at all
            self.count(parent)

    def stands(self, change: Change | None, out: Out) -> bool:
        """Records where a venue stands from now on; whether what rests there has to leave."""
        if change is None:
            return False
        self.look()
        reason = f"{change.venue} is {change.state}: {change.reason}"
        out.append(Decide("", Decision.VENUE, reason, {"venue": change.venue, "state": change.state.value}))
        if self._out != self.health.kept():
            self._out = self.health.kept()
            out.append(Keep("", VENUES, self._out or None))
        return change.state is State.OUT and change.venue in self.up


def _tables(kept: object) -> dict[str, dict[str, object]]:
    return kept if isinstance(kept, dict) else {}
