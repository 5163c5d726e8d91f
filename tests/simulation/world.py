"""A whole world around one engine: counterparties, connections, a clock, a store and what befalls them."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.dropcopy.recovery import RecoveryError
from engine.dropcopy.store import Entry, StoreError
from fix.enums import MsgType, TimeInForce
from sessions.gateway.session import Incoming
from tests.simulation import actions as do
from tests.simulation.checks import Checks
from tests.simulation.house import SECOND, Clock, Crashed, build, open_store
from tests.simulation.network import End, Link
from tests.simulation.oms import SimOms
from tests.simulation.people import SimChannel
from tests.simulation.rules import Violation
from tests.simulation.themes import Lasting, Operate, Settle
from tests.simulation.venue import SimVenue, live

ALL = 10_000
ROUNDS = 80  # of looking whether anything still moves; a time-out and its answer take two or three


class World:
    """`step` does an action; `rest` lets everything come to its end. `counts`: what happened, by kind; `story`, when
    `telling`: what was recorded `at` which action.
    """

    def __init__(self, plan: do.Plan, folder: Path, clock: Clock, *, telling: bool = False) -> None:
        self.plan, self.clock = plan, clock
        self.counts: Counter[str] = Counter()
        self.at, self.telling, self.story = 0, telling, list[tuple[int, str]]()
        self._path = str(folder / "store.db")
        self._inbox: list[Incoming] = []
        self._boots = 0
        self._armed: do.Crash | None = None
        self._before: dict[str, Any] | None = None  # the parents as last recorded, while a turn is under way
        self._sends_left = 0
        self.omss = [SimOms(*self._outside(f"OMS{n}", version)) for n, version in enumerate(plan.omss, start=1)]
        self.copy = SimOms(*self._outside("COPY", "FIX.4.4"))
        self.venues = [SimVenue(*self._outside(t.name, t.version, initiates=False)) for t in plan.venues]
        for venue, terms in zip(self.venues, plan.venues, strict=True):
            venue.end.narrow = terms.narrow
        outside = [oms.end for oms in (*self.omss, self.copy)] + [venue.end for venue in self.venues]
        self.links = [Link(self._inside(end), end) for end in outside]
        self.checks = Checks(plan, self.venues, self.omss, self.copy, self.links, lambda: clock.steady)
        self.people = SimChannel()
        self._actions: dict[type, Callable[[Any], bool]] = {
            do.Order: self._order,
            do.Ask: lambda a: self.omss[a.oms].ask(a.what, a.which, a.qty, a.price),
            do.Turn: lambda _: self._turn(),
            do.Wait: self._wait,
            do.Carry: self._carry,
            do.Drop: self._drop,
            do.Double: lambda a: self.links[a.link].double(),
            do.Beat: self._beat,
            do.Cut: lambda a: self.links[a.link].cut(a.out, a.inwards),
            do.Join: self._join,
            do.Read: self._read,
            do.Live: self._live,
            do.Quote: self._quote,
            do.Strange: self._strange,
            do.Crash: self._crash,
            do.Fail: self._fail,
            Operate: lambda a: self.people.ask(a.person, a.action),
            Settle: self._settle,
            Lasting: self._lasting,
        }

    def start(self) -> None:
        """Everybody logs on."""
        with self._process():
            self._boot()
            self._calm()

    def _outside(self, name: str, version: str, *, initiates: bool = True) -> tuple[End, list[Incoming], Clock]:
        inbox: list[Incoming] = []
        return End(name, version, self.clock, inbox, ours=False, initiates=initiates), inbox, self.clock

    def _inside(self, there: End) -> End:
        version = there.dialect.name
        end = End(there.name, version, self.clock, self._inbox, ours=True, initiates=not there.initiates)
        end.gate = self._gate
        return end

    # -- the engine's process

    def _boot(self, lost: dict[str, Any] | None = None) -> None:
        """A process starts; `lost`: the open parents that the one before had."""
        self._boots += 1
        self.store = open_store(self._path)
        self.store.watch = self._committed
        ends = {link.here.name: link.here for link in self.links}
        self.engine = build(self.plan, self.store, ends, self._inbox, self.clock, f"R{self._boots}")
        self.engine.open_control(self.people)
        self.checks.starts(self.engine.core)
        try:
            if lost is not None:
                self.checks.recovered(lost, self.store)
            self.engine.recover()
        except RecoveryError as error:
            raise Violation("an order can be rebuilt from its records", str(error)) from error

    def _committed(self, entries: Sequence[Entry]) -> None:
        self.counts["records"] += len(entries)
        if self.telling:
            self.story += [(self.at, told(entry)) for entry in entries if entry[4] != MsgType.HEARTBEAT]
        self.checks.recorded(entries)

    def _gate(self, end: End, raw: bytes, number: int) -> None:
        self.checks.leaves(end.name, raw, number)
        if self._armed is not None and self._armed.when == "sending":
            if not self._sends_left:
                raise Crashed
            self._sends_left -= 1

    def _turn(self) -> bool:
        if self._armed is not None or self.store.failures:
            self._before = self.checks.parents()
        worked = self.engine.turn()
        self._before = None
        self.checks.step()
        return worked

    @contextlib.contextmanager
    def _process(self) -> Iterator[None]:
        """Whatever the engine's process does may be its end; an exception that is none of ours is a bug."""
        try:
            yield
        except Crashed:
            self._ended()
        except StoreError:  # tried often enough
            self.counts["stores given up"] += 1
            self._ended()
        except Violation:
            raise
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            raise Violation("nothing ends the engine", what) from error

    def _ended(self) -> None:
        """The process is gone. What it had on record is what the next one knows."""
        self.counts["crashes"] += 1
        lost = self._before if self._before is not None and self.store.kept_back else self.checks.parents()
        out = self._armed.out if self._armed is not None else 0
        self._armed, self._before = None, None
        self.store.close()
        self._inbox.clear()
        for link in self.links:
            link.lost(self._inside(link.there), out)
        self._boot(lost)
        self.checks.verified(self.store)

    # -- actions

    def step(self, action: do.Action) -> None:
        name = type(action).__name__.lower()
        with self._process():
            if self._actions[type(action)](action):
                self.counts[name] += 1
        self.clock.advance(1_000_000)
        for oms in self.omss:
            oms.take_in()
        self.copy.take_in()

    def _order(self, action: do.Order) -> bool:
        self.omss[action.oms].order(action.qty, action.price, action.side, action.tif, how=action.how)
        return True

    def _lasting(self, action: Lasting) -> bool:
        tif = TimeInForce.GTD if action.lives else TimeInForce.GTC
        ends = self.clock() + action.lives * 1_000_000 if action.lives else 0
        self.omss[action.oms].order(action.qty, action.price, action.side, tif, expire_time=ends)
        return True

    def _settle(self, action: Settle) -> bool:
        known = self.checks.truths()
        if known:
            self.people.ask(action.person, known[action.which % len(known)])
            self._turn()  # while what was said on the telephone is true
        return bool(known)

    def _wait(self, action: do.Wait) -> bool:
        self.clock.advance(action.ms * 1_000_000)
        if not -1 < action.ms < 10_000:
            self.counts["clock jumps"] += 1
        if action.ms < 0:
            self.checks.disturbed()
        return True

    def _carry(self, action: do.Carry) -> bool:
        coming = self._coming()
        if coming:
            link, inwards = coming[action.which % len(coming)]
            link.carry(inwards=inwards, count=action.n)
        return bool(coming)

    def _coming(self) -> list[tuple[Link, bool]]:
        """Each link and direction that has something on its way."""
        out = [(link, False) for link in self.links if link.here.flight]
        return out + [(link, True) for link in self.links if link.there.flight]

    def _drop(self, action: do.Drop) -> bool:
        coming = self._coming()
        if not coming:
            return False
        link, inwards = coming[action.which % len(coming)]
        return link.drop(inwards=inwards)

    def _join(self, action: do.Join) -> bool:
        down = [link for link in self.links if not link.there.connected]
        return bool(down) and down[action.which % len(down)].join()

    def _read(self, action: do.Read) -> bool:
        waiting = [venue for venue in self.venues if venue.coming()]
        return bool(waiting) and waiting[action.which % len(waiting)].read(action.manner)

    def _live(self, action: do.Live) -> bool:
        return live(self.venues, action.what, action.which, action.n)

    def _beat(self, action: do.Beat) -> bool:
        link = self.links[action.link]
        (link.there if action.inwards else link.here).beat()
        return True

    def _quote(self, action: do.Quote) -> bool:
        self.venues[action.venue].quote(action.bid, action.offer, Decimal(action.size))
        return True

    def _strange(self, action: do.Strange) -> bool:
        self.venues[action.venue].strange(action.n)
        return True

    def _crash(self, action: do.Crash) -> bool:
        self._armed = action
        if action.when == "now":
            raise Crashed
        if action.when == "sending":
            self._sends_left = action.sent
        else:
            self.store.crash = action.when
        return True

    def _fail(self, action: do.Fail) -> bool:
        self.store.failures = action.times
        self.checks.disturbed()
        return True

    # -- the end of all faults

    def rest(self) -> None:
        """Everything is connected again and nothing fails any more; time goes on until nothing moves."""
        self._armed, self.store.crash, self.store.failures = None, "", 0
        self.clock.set_right()
        self._calm()
        for link in self.links:  # what was lost behind the last message comes out
            link.here.beat()
            link.there.beat()
        still = 0
        for _ in range(ROUNDS):
            self._calm()
            self.clock.advance(6 * SECOND)
            still = 0 if self._turn() else still + 1
            if still == 2:
                self.checks.at_rest(self.store, self.engine._now())
                return
        raise Violation("everything comes to rest", "something still moves after a long time")

    def end(self) -> str:
        """The OMSs cancel all they have; the last digest of the store."""
        with self._process():
            self._end()
        if self.checks.standing is not None:
            self.counts.update(self.checks.standing.counts)
        return self.checks.over(self.store)

    def _end(self) -> None:
        self.rest()
        for oms in self.omss:
            for which in range(len(oms.sent)):
                oms.ask("cancel", which, 0, Decimal(0))
        for venue in self.venues:
            venue.tired = True
        self.rest()

    def close(self) -> None:
        self.store.close()

    def _calm(self) -> None:
        """Until nothing moves at this instant."""
        moved = True
        while moved:
            moved = False
            for link in self.links:
                moved |= link.join()
                moved |= link.carry(inwards=False, count=ALL)
                moved |= link.carry(inwards=True, count=ALL)
            for venue in self.venues:
                while venue.read("accept"):
                    moved = True
                moved |= venue.tell_all()
            for oms in (*self.omss, self.copy):
                oms.take_in()
            moved |= self._turn()


def told(entry: Entry) -> str:
    """A record in a line: out V1 35=D|11=…"""
    _, kind, session, number, _, _, raw = entry
    text = raw.decode("latin-1")
    if kind in ("decision", "event"):
        return f"{kind} {session} {text}".replace("  ", " ")
    shown = [f for f in text.split("\x01") if f.partition("=")[0] not in _UNTOLD]
    return f"{kind} {session} {number} {'|'.join(shown)}"


_UNTOLD = frozenset({"8", "9", "10", "49", "56", "52", "60", "34", "122", ""})
