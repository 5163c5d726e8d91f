"""What befalls some worlds only: a seed switches one or two themes on, and their actions come between the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import NamedTuple, TypeVar

from engine.core import actions as core
from engine.core.actions import Scope
from engine.market.health import Watch
from engine.risk.limits import CustomerLimits, Limits, VenueLimits
from fix.enums import Side, TimeInForce

MS = 1_000_000
NAMES = ("kill", "operate", "mass", "leave", "days", "limits", "fallback")
HOUR = 3_600_000  # ms
T = TypeVar("T")
RATE = 0.12  # of a theme's action behind any other
WATCH = Watch(
    latency=500 * MS,
    quantile=Decimal("0.5"),
    window=4,
    samples=2,
    rejects=2,
    of=4,
    stale=60_000 * MS,
    probe_after=1_000 * MS,
    probe_at_most=8_000 * MS,
    good_for=20_000 * MS,
)


class Theme(NamedTuple):
    """`mass`: venues that take mass cancels; `leaving`: OMSs whose orders end with their session; `others`: the limits
    that a person may change to.
    """

    names: tuple[str, ...] = ()
    mass: tuple[str, ...] = ()
    leaving: frozenset[str] = frozenset()
    limits: Limits = Limits()
    others: tuple[Limits, ...] = ()
    watch: Watch | None = None


class Operate(NamedTuple):
    """A person asks."""

    person: str
    action: core.Action


class Settle(NamedTuple):
    """A person settles `which` of the children in doubt as the venue says on the telephone."""

    person: str
    which: int


class Lasting(NamedTuple):
    """An order that outlives the day; GTD ends `lives` ms from now, GTC where that is 0."""

    oms: int
    qty: int
    price: Decimal
    side: Side
    lives: int


class Some(NamedTuple):
    """An action of the world's own, as its name and its fields."""

    name: str
    fields: tuple[object, ...]


def theme(random: Random, versions: Sequence[tuple[str, str]], omss: int) -> Theme:
    """`versions` of the venues by name."""
    names = random.sample(NAMES, random.choice((0, 0, 1, 1, 1, 2)))
    able = [name for name, version in versions if version != "FIX.4.2"]
    limits = tuple(_limits(random, [name for name, _ in versions]) for _ in range(3)) if "limits" in names else ()
    leaving = random.sample(range(1, omss + 1), random.randint(1, omss)) if "leave" in names else []
    return Theme(
        names=tuple(names),
        mass=tuple(name for name in able if "kill" in names and random.random() < 0.6),
        leaving=frozenset(f"OMS{number}" for number in leaving),
        limits=limits[0] if limits else Limits(),
        others=limits,
        watch=WATCH if "fallback" in names else None,
    )


def _limits(random: Random, venues: Sequence[str]) -> Limits:
    def some(*values: int) -> Decimal | None:
        return Decimal(random.choice(values)) if random.random() < 0.6 else None

    every = CustomerLimits(
        max_qty=some(50, 100, 120),
        open_value=some(1_500, 3_000),
        messages=random.choice((None, 2, 6)),
        message_window=200 * MS,
        repeats=random.choice((None, 2)),
        repeat_window=5_000 * MS,
    )
    throttles = {
        name: VenueLimits(random.choice((3, 5)), 300 * MS, random.choice((0, 1, 2)), some(800, 2_000))
        for name in venues
        if random.random() < 0.8
    }
    return Limits(every=every, venues=throttles, total_open_value=some(5_000), self_trade=random.random() < 0.2)


class Drawer:
    """Draws what a theme does. A person is asked for once only, so that a kill is known by its person."""

    def __init__(self, random: Random, drawn: Theme, omss: int, venues: Sequence[str]) -> None:
        self._random, self._theme, self._omss, self._venues = random, drawn, omss, venues
        self._persons = 0
        self._killed: list[core.Kill] = []
        self._out: list[str] = []
        self._draws: dict[str, Callable[[], Operate | Settle | Lasting | Some]] = {
            "kill": self._kill,
            "operate": self._operate,
            "mass": self._mass,
            "leave": self._leave,
            "days": self._day,
            "limits": self._limit,
            "fallback": self._fail,
        }

    def between(self, actions: Iterable[T], made: Callable[[Some], T]) -> Iterator[T | Operate | Settle | Lasting]:
        """`actions`, and now and then one of a theme's; `made` makes one of the world's own."""
        for action in actions:
            yield action
            if self._theme.names and self._random.random() < RATE:
                drawn = self._draws[self._random.choice(self._theme.names)]()
                yield made(drawn) if isinstance(drawn, Some) else drawn

    def _person(self) -> str:
        self._persons += 1
        return f"P{self._persons}"

    def _kill(self) -> Operate:
        random = self._random
        if self._killed and random.random() < 0.6:
            killed = self._killed.pop(random.randrange(len(self._killed)))
            return Operate(self._person(), core.Release(*killed))
        scope = random.choice((Scope.ALL, Scope.CUSTOMER, Scope.CUSTOMER, Scope.VENUE, Scope.VENUE))
        name = {Scope.ALL: "", Scope.CUSTOMER: f"OMS{1 + self._oms()}"}.get(scope) or (
            random.choice(self._venues) if scope is Scope.VENUE else ""
        )
        kill = core.Kill(scope, name)
        self._killed.append(kill)
        return Operate(self._person(), kill)

    def _operate(self) -> Operate | Settle:
        random = self._random
        if random.random() < 0.6:
            return Settle(self._person(), random.randrange(8))
        if self._out and random.random() < 0.6:
            return Operate(self._person(), core.TakeBack(self._out.pop()))
        self._out.append(random.choice(self._venues))
        return Operate(self._person(), core.TakeOut(self._out[-1]))

    def _mass(self) -> Some:
        what = self._random.choice(("mass", "mass", "all", "all", "deny", "anew"))
        return Some("Ask", (self._oms(), what, self._random.randrange(3)))

    def _leave(self) -> Some:
        if self._random.random() < 0.4:
            return Some("Join", (self._random.randrange(8),))
        return Some("Cut", (self._oms(), self._random.choice((0, 1)), self._random.choice((0, 1, 2))))

    def _day(self) -> Lasting | Some:
        random, chance = self._random, self._random.random()
        if chance < 0.5:
            price = Decimal(random.randint(990, 1010)) / 100
            lives = random.choice((0, 0, 60_000, HOUR, 30 * HOUR))
            side = random.choice((Side.BUY, Side.SELL))
            return Lasting(self._oms(), random.choice((7, 20, 100, 300)), price, side, lives)
        if chance < 0.75:
            return Some("Wait", (random.choice((HOUR, 6 * HOUR, 24 * HOUR, 49 * HOUR)),))
        return Some("Live", (random.choice(("done", "trade", "trade", "bust", "correct")), random.randrange(8), 5))

    def _limit(self) -> Operate | Some:
        random, chance = self._random, self._random.random()
        if chance < 0.4:
            return Operate(self._person(), core.ChangeLimits(random.choice(self._theme.others)))
        if chance < 0.7:
            return Operate(self._person(), core.Enable(f"OMS{1 + self._oms()}"))
        return Some("Order", (self._oms(), 20, Decimal(10), Side.BUY, TimeInForce.DAY))

    def _fail(self) -> Some:
        random, chance = self._random, self._random.random()
        if chance < 0.5:
            return Some("Read", (random.randrange(8), random.choice(("reject", "silent", "accept"))))
        if chance < 0.75:
            return Some("Wait", (random.choice((600, 1_500, 9_000)),))
        return Some("Quote", (random.randrange(len(self._venues)), Decimal("9.99"), Decimal("10.01"), 40))

    def _oms(self) -> int:
        return self._random.randrange(self._omss)
