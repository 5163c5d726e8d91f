"""What must hold: at every step, after a crash, at rest, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from engine.core.actions import Settle
from engine.core.core import Core
from engine.core.orders import Orders
from engine.dropcopy.recovery import rebuild
from engine.dropcopy.store import Entry, Record, Store
from engine.dropcopy.verify import verify
from engine.orders.order import GOOD_TILL, Child, Fill, Parent
from engine.orders.states import Request
from fix.business import ZERO, OrderCancelReplaceRequest
from fix.enums import MsgType
from fix.message import Message
from sessions.cycle.replay import replay
from tests.simulation.account import Accounts
from tests.simulation.actions import Plan
from tests.simulation.network import Link
from tests.simulation.oms import SimOms
from tests.simulation.people import doubtful, truth
from tests.simulation.reference import Reference, digest, state_of
from tests.simulation.rules import Violation
from tests.simulation.standing import Standing, quiet
from tests.simulation.venue import SimVenue

ORDERS = (
    MsgType.NEW_ORDER_SINGLE,
    MsgType.ORDER_CANCEL_REQUEST,
    MsgType.ORDER_CANCEL_REPLACE_REQUEST,
    MsgType.ORDER_MASS_CANCEL_REQUEST,
)
ANSWERS = (MsgType.EXECUTION_REPORT, MsgType.ORDER_CANCEL_REJECT, MsgType.ORDER_MASS_CANCEL_REPORT)
DAY = 86_400_000_000_000  # ns


class Checks:
    """Sees every commit and everything that leaves. `told`: what each OMS has been told, by the record."""

    orders: Orders
    core: Core

    def __init__(
        self,
        plan: Plan,
        venues: Sequence[SimVenue],
        omss: Sequence[SimOms],
        copy: SimOms,
        links: Sequence[Link],
        clock: Callable[[], int],
    ) -> None:
        self._venues = {venue.name: venue for venue in venues}
        self._omss = {oms.name: oms for oms in omss}
        self._copy = copy
        self._links = {link.there.name: link for link in links}
        self._units = {terms.name: terms.unit for terms in plan.venues}
        self._recorded: dict[tuple[str, int], bytes] = {}
        self._told = {oms.name: Accounts() for oms in omss}
        self._said: dict[str, list[str]] = {name: [] for name in (*self._told, copy.name)}
        self._reference = Reference(self._units)
        self._touched: set[str] = set()
        self._rested: dict[str, int] = {}  # records of an order when it was last looked at in rest
        self._known: set[str] = set()  # children
        self._leaving = plan.theme.leaving
        self.standing = None if quiet(plan.theme) else Standing(plan.theme, self._venues, self._coming, clock)

    def starts(self, core: Core) -> None:
        self.core, self.orders = core, core.orders
        if self.standing is not None:
            self.standing.started(core)

    def disturbed(self) -> None:
        """The store fails, or the clock is set back."""
        if self.standing is not None:
            self.standing.disturbed = True

    # -- as it happens

    def recorded(self, entries: Sequence[Entry]) -> None:
        for _, kind, session, number, msg_type, order_id, raw in entries:
            if kind == "out":
                self._recorded[session, number] = raw
                if session in self._said and msg_type in ANSWERS:
                    self._tell(session, Message.parse(raw))
            elif kind == "resent" and session in self._venues and msg_type in ORDERS:
                raise Violation("an order is never sent again", f"{session}: {Message.parse(raw)}")
            elif kind == "in" and msg_type == MsgType.EXECUTION_REPORT and session in self._venues:
                report = self._venues[session].dialect.read_execution(Message.parse(raw))
                self._reference.hear(order_id, session, report)
            elif kind == "event" and session in self._leaving and b'"logout"' in raw:
                self._left(session)
            if order_id:
                self._touched.add(order_id)
        if self.standing is not None:
            for entry in entries:
                self.standing.recorded(entry)

    def _left(self, session: str) -> None:
        """An OMS whose orders end with its session."""
        for parent in self.orders.open():
            if parent.session == session and not (parent.done or parent.closing or parent.cancel):
                raise Violation("the orders of an OMS that is gone are cancelled", parent.order_id)

    def _tell(self, session: str, message: Message) -> None:
        """Who is told the compliance system's copy keeps no account."""
        party = self._omss.get(session, self._copy)
        if message.msg_type == MsgType.ORDER_CANCEL_REJECT:
            reject = party.dialect.read_cancel_reject(message)
            self._said[session].append(f"9 {reject.cl_ord_id} {reject.order_id}")
            self._told[session].refused(reject)
            return
        if message.msg_type == MsgType.ORDER_MASS_CANCEL_REPORT:
            made = party.dialect.read_mass_cancel_report(message)
            self._said[session].append(f"r {made.cl_ord_id} {made.order_id}")
            return
        report = party.dialect.read_execution(message)
        self._said[session].append(f"8 {report.exec_id} {report.order_id}")
        if session in self._told:
            self._told[session].hear(report)

    def leaves(self, session: str, raw: bytes, number: int) -> None:
        if self._recorded.get((session, number)) != raw:
            raise Violation("law 1: nothing leaves before it is recorded", f"{session}: {Message.parse(raw)}")
        if self.standing is not None and session in self._venues:
            self.standing.leaves(session, raw)

    # -- at every step

    def step(self) -> None:
        """Of each order that something was recorded for."""
        for order_id in sorted(self._touched):
            parent = self.orders.by_id(order_id)
            if parent is not None:
                self._sums(parent)
                self._view(parent)
                self._never_more(parent)
        self._touched.clear()
        if self.standing is not None:
            self.standing.step(self.core)

    def _sums(self, parent: Parent) -> None:
        ours, theirs = state_of(self.orders, parent.order_id), self._reference.state(parent.order_id)
        if digest(ours) != digest(theirs):
            raise Violation("the engine's sums are those of what venues said", f"{ours}; the reference has {theirs}")

    def _view(self, parent: Parent) -> None:
        account = self._told[parent.session].by_id.get(parent.order_id)
        if account is None:
            if parent.announced:
                raise Violation("the OMS is told", f"{parent.order_id} is {parent.state.name}, and no report says so")
            return
        told = (account.cum, account.avg_px, account.leaves, account.status)
        ours = (parent.cum, parent.avg_px, parent.leaves, parent.ord_status)
        if told != ours:
            shown = [" ".join(map(str, each)) for each in (told, ours)]
            raise Violation("the OMS's view is ours", f"{parent.order_id}: it was told {shown[0]}, it is {shown[1]}")

    def _never_more(self, parent: Parent) -> None:
        if self._dishonored(parent):
            return
        asked = self._asked(parent)
        at_venues = sum((self._committed(child) for child in parent.children.values()), ZERO)
        for what, qty in (("at venues", at_venues), ("in the engine's books", parent.cum + parent.working)):
            if qty > asked:
                children = [f"{c.cl_ord_id} {c.state.name} {c.cum}/{c.qty}" for c in parent.children.values()]
                seen = f"{parent.order_id} asks for {asked}; {what} {qty} have traded or may; {children}"
                raise Violation("law 4: never more than asked", seen)

    def _dishonored(self, parent: Parent) -> bool:
        return any(child.cl_ord_id in self._venues[child.venue].dishonored for child in parent.children.values())

    def _asked(self, parent: Parent) -> Decimal:
        """What the OMS wants at most: as agreed, or as a replace that is still unanswered asks for."""
        wanted = [parent.order.order_qty]
        for sent in self._omss[parent.session].sent:
            if sent.order.cl_ord_id == parent.order.cl_ord_id or parent.order.cl_ord_id in (sent.now, *sent.asked):
                wanted += [r.order_qty for r in sent.asked.values() if isinstance(r, OrderCancelReplaceRequest)]
        return max(wanted)

    def _committed(self, child: Child) -> Decimal:
        """Parent units that traded at the venue, and that may: what is on its way included."""
        held = self._venues[child.venue].held.get(child.cl_ord_id)
        unit = self._units[child.venue]
        if held is not None:
            return (held.cum + held.leaves) * unit
        mark, named = b"\x0135=D\x01", f"\x0111={child.cl_ord_id}\x01".encode()
        return child.qty * unit if any(mark in raw and named in raw for raw in self._coming(child.venue)) else ZERO

    def _coming(self, venue: str) -> list[bytes]:
        """On its way there, or not read yet."""
        link = self._links[venue]
        coming = [*link.here.flight, *link.there.unread, *link.there.early(), *self._venues[venue].coming()]
        return [raw for raw in coming if raw]

    def truths(self) -> list[Settle]:
        """What a person could settle now."""
        children = doubtful(self.orders)
        found = [truth(child, self._venues, self._committed(child)) for child in children]
        return [each for each in found if each is not None]

    # -- after a crash

    def parents(self) -> dict[str, Any]:
        """The open ones, to compare with what is rebuilt."""
        return {parent.order_id: plain(parent) for parent in self.orders.open()}

    def recovered(self, before: dict[str, Any], store: Store) -> None:
        """A rebuilt parent is the lost one as of its last commit."""
        opened = [each.order_id for each in store.open_orders()]
        if sorted(opened) != sorted(before):
            raise Violation("open orders are open after a crash", f"{sorted(before)} were, {sorted(opened)} are")
        for order_id in opened:
            _compare(order_id, before[order_id], plain(rebuild(order_id, store.order_records(order_id))))

    @staticmethod
    def verified(store: Store) -> str:
        result = verify(store)
        if not result.ok:
            raise Violation("the chain verifies", result.problem)
        return result.head

    # -- at rest

    def at_rest(self, store: Store, now: int) -> None:
        """`now` as the engine has it."""
        if self.standing is not None:
            self.standing.at_rest(self.core)
        self._days(now)
        records: dict[str, list[Record]] = {}
        for record in store.records():
            records.setdefault(record.order_id, []).append(record)
        for opened in store.parents():
            mine = records[opened.order_id]
            if self._rested.get(opened.order_id) == len(mine):
                continue
            self._rested[opened.order_id] = len(mine)
            rebuilt = rebuild(opened.order_id, mine)
            self._known |= rebuilt.children.keys()
            parent = self.orders.by_id(opened.order_id)
            if parent is not None:
                _compare(parent.order_id, plain(parent), plain(rebuilt))
            self._agrees(rebuilt)
            self._view(rebuilt)
        self._nothing_unknown()
        for name, oms in (*self._omss.items(), (self._copy.name, self._copy)):
            if oms.heard != self._said[name]:
                raise Violation("an OMS hears what it was told, once and in order", _difference(oms, self._said[name]))
            if oms.still_open():
                raise Violation("a mass cancel ends what was open", f"{name}: {oms.still_open()}")
            if oms.unanswered():
                raise Violation("every request is answered", f"{name} waits for {oms.unanswered()}")
        for venue in self._venues.values():
            if not venue.subscribed:
                raise Violation("market data is subscribed", f"{venue.name} was not asked since its last logon")
        for name, link in self._links.items():
            numbers = (link.here.next_out(), link.there.next_in(), link.there.next_out(), link.here.next_in())
            if numbers[0] != numbers[1] or numbers[2] != numbers[3]:
                raise Violation("both ends count the same", f"{name}: {numbers}")

    def _days(self, now: int) -> None:
        """Each order that is open has heard of its day, and none is beyond its time."""
        for parent in self.orders.open():
            account = self._told[parent.session].by_id.get(parent.order_id)
            if parent.done or account is None:
                continue
            lasting = parent.order.time_in_force in GOOD_TILL
            if lasting and account.renewed // DAY < now // DAY:
                raise Violation(
                    "a day begins for orders that outlive it", f"{parent.order_id}: {account.renewed}, {now}"
                )
            if 0 < account.expire_time <= now:
                raise Violation("a GTD order ends at its time", f"{parent.order_id}: {account.expire_time}, {now}")

    def _agrees(self, parent: Parent) -> None:
        if parent.done and parent.live:
            left = [child.cl_ord_id for child in parent.live]
            raise Violation("nothing of a final order is live", f"{parent.order_id} {parent.state.name}: {left}")
        for child in parent.children.values():
            held = self._venues[child.venue].held.get(child.cl_ord_id)
            ours = (child.cum, child.live)
            truth = (held.cum if held else ZERO, held is not None and held.leaves > 0)
            waits = child.live and child.request is not Request.NONE
            if ours != truth or waits or (held is not None and child.live and child.qty != held.qty):
                seen = f"{child.cl_ord_id}: {child.state.name} {child.request.name} {child.cum}/{child.qty}"
                has = f"{held.status.name} {held.cum}/{held.qty}" if held else "no such order"
                raise Violation("engine and venue agree", f"{seen}, {child.venue} has {has}")

    def _nothing_unknown(self) -> None:
        for venue in self._venues.values():
            for cl_ord_id in venue.held:
                if cl_ord_id not in self._known:
                    raise Violation("every order at a venue is on record", f"{venue.name} holds {cl_ord_id}")

    def over(self, store: Store) -> str:
        """After everything was canceled; the last digest."""
        if store.open_orders():
            raise Violation("what is canceled ends", f"{[each.order_id for each in store.open_orders()]} are open")
        again = replay(store)
        if again.difference or again.without_setup:
            raise Violation("law 6: the same input gives the same output", again.difference or "no setup on record")
        return self.verified(store)


def plain(value: Any) -> Any:
    """A parent as nested values that compare, and do not change with it."""
    if isinstance(value, (Parent, Child, Fill)):
        return {name: plain(getattr(value, name)) for name in _NAMES[type(value)]}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return frozenset(value) if isinstance(value, set) else value


# `kept` is over with a restart: each live child is in doubt then, and asked again once its venue has answered for it
_NAMES = {kind: tuple(e.name for e in fields(kind) if e.name != "kept") for kind in (Parent, Child, Fill)}


def _compare(path: str, one: Any, other: Any) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            _compare(f"{path}.{key}", one.get(key), other.get(key))
    elif one != other:
        raise Violation("a rebuilt order is the one that was", f"{path} was {one}, the records give {other}")


def _difference(oms: SimOms, told: list[str]) -> str:
    for position, (heard, said) in enumerate(zip(oms.heard, told, strict=False)):
        if heard != said:
            return f"{oms.name}: report {position + 1} was {said}, it heard {heard}"
    return f"{oms.name}: {len(told)} reports were sent, it heard {len(oms.heard)}"
