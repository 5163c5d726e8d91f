"""What happens in a world, drawn up front: a list of actions that can be read, shortened and played again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import NamedTuple

from fix.enums import Side, TimeInForce
from tests.simulation import themes
from tests.simulation.themes import Lasting, Operate, Settle, Theme
from tests.simulation.venue import MANNERS

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
LIVES = (
    "trade",
    "trade",
    "trade",
    "trade",
    "all",
    "all",
    "cancel",
    "expire",
    "again",
    "suspend",
    "restate",
    "done",
    "hide",
    "hide",
    "tell",
    "tell",
)
LENGTH = (40, 180)


class Terms(NamedTuple):
    """One venue. One unit there is `unit` parent units; `narrow`: it asks for gaps alone, not for all since;
    `replaces`: it is asked to change orders, else they are cancelled and made anew.
    """

    name: str
    version: str
    lot: Decimal
    unit: Decimal
    weight: Decimal
    narrow: bool
    replaces: bool


class Plan(NamedTuple):
    """What the world is made of."""

    venues: tuple[Terms, ...]
    omss: tuple[str, ...]  # versions
    max_attempts: int
    taken: int  # messages decided at once
    theme: Theme = Theme()


class Order(NamedTuple):
    oms: int
    qty: int
    price: Decimal | None
    side: Side
    tif: TimeInForce
    how: str = ""  # "iceberg" or "twap"


class Ask(NamedTuple):
    """`what`: cancel, replace, status, again, resend, mass (cancel of all), all (their status), deny (its last trade) or
    anew (an order that may have come before); `which` counts back from the OMS's last order.
    """

    oms: int
    what: str
    which: int
    qty: int = 0
    price: Decimal = Decimal(10)


class Turn(NamedTuple):
    """The engine turns."""


class Wait(NamedTuple):
    """Time passes; backwards when the clock is set."""

    ms: int


class Carry(NamedTuple):
    """So many messages arrive: `which` of the directions that have some on their way."""

    which: int
    n: int


class Drop(NamedTuple):
    """A message is lost: `which` of the directions that have some on their way."""

    which: int


class Double(NamedTuple):
    """The counterparty's last message arrives twice."""

    link: int


class Beat(NamedTuple):
    link: int
    inwards: bool


class Cut(NamedTuple):
    """The connection ends; so many messages of each direction arrive before it does."""

    link: int
    out: int
    inwards: int


class Join(NamedTuple):
    """`which` of the links that are down is up again."""

    which: int


class Read(NamedTuple):
    """A venue reads its next message and answers in this manner: `which` of those that have one."""

    which: int
    manner: str


class Live(NamedTuple):
    """Something happens to an order at a venue: `which` of those it can happen to."""

    what: str
    which: int
    n: int


class Quote(NamedTuple):
    venue: int
    bid: Decimal
    offer: Decimal
    size: int


class Strange(NamedTuple):
    venue: int
    n: int


class Crash(NamedTuple):
    """The engine's process ends: now, or in its next turn that records: before or after the commit, or with `sent`
    messages given away. `out` messages of each link that it wrote arrive all the same.
    """

    when: str
    sent: int
    out: int


class Fail(NamedTuple):
    """The store fails so many times."""

    times: int


Action = (
    Order | Ask | Turn | Wait | Carry | Drop | Double | Beat | Cut | Join | Read | Live | Quote | Strange | Crash | Fail
    | Operate | Settle | Lasting
)  # fmt: skip
_OWN: dict[str, Callable[..., Action]] = {
    kind.__name__: kind for kind in (Order, Ask, Wait, Cut, Join, Read, Live, Quote)
}


def draw(seed: int) -> tuple[Plan, list[Action]]:
    """The world and the actions of a seed."""
    random = Random(seed)
    count = random.randint(2, 4)
    venues = tuple(_terms(random, f"V{n}") for n in range(1, count + 1))
    omss = tuple(random.choice(VERSIONS) for _ in range(random.randint(1, 2)))
    aside = Random(f"theme {seed}")
    theme = themes.theme(aside, [(each.name, each.version) for each in venues], len(omss))
    plan = Plan(venues, omss, random.choice((2, 4, 4, 8)), random.choice((2, 3, 100)), theme)
    drawer = _Drawer(random, plan)
    actions = [drawer.action() for _ in range(random.randint(*LENGTH))]
    more = themes.Drawer(aside, theme, len(omss), [each.name for each in venues])
    return plan, list(more.between(actions, lambda some: _OWN[some.name](*some.fields)))


def _terms(random: Random, name: str) -> Terms:
    unit = Decimal(random.choice((1, 1, 1, 10)))
    lot = Decimal(random.choice((1, 1, 5, 10)) if unit == 1 else 1)
    weight = Decimal(random.choice((1, 1, 2, 3)))
    return Terms(name, random.choice(VERSIONS), lot, unit, weight, random.random() < 0.3, random.random() < 0.7)


class _Drawer:
    """Each run has faults of its own: some are left out altogether, so that the others get far."""

    def __init__(self, random: Random, plan: Plan) -> None:
        self._random = random
        self._hows = Random(random.getstate()[1][:3].__repr__())  # apart, so that a seed plays what it played before
        self._plan = plan
        self._links = len(plan.omss) + 1 + len(plan.venues)
        kinds: dict[Callable[[], Action], float] = {
            self._order: 6.0,
            self._ask: 4.0,
            self._turn: 22.0,
            self._wait: 5.0,
            self._carry: 30.0,
            self._read: 20.0,
            self._live: 10.0,
            self._quote: 3.0,
        }
        faults: dict[Callable[[], Action], float] = {
            self._drop: 1.5,
            self._double: 1.0,
            self._beat: 1.0,
            self._cut: 1.5,
            self._join: 3.0,
            self._strange: 0.5,
            self._crash: 1.2,
            self._fail: 0.8,
            self._jump: 0.4,
        }
        kinds |= {fault: weight for fault, weight in faults.items() if random.random() < 0.7}
        self._kinds, self._weights = list(kinds), list(kinds.values())
        self._manners = [m for m in MANNERS if m == "accept" or random.random() < 0.7]
        self._lives = [each for each in LIVES if each == "trade" or random.random() < 0.8]
        if random.random() < 0.15:
            self._lives += ["late", "over"]
        if random.random() < 0.3:
            self._lives += ["bust", "correct"]
        self._asks = ["cancel", "cancel", "status", "again", "resend"]
        if random.random() < 0.7:
            self._asks += ["replace"] * 4

    def action(self) -> Action:
        return self._random.choices(self._kinds, self._weights)[0]()

    def _order(self) -> Order:
        random = self._random
        price = None if random.random() < 0.2 else self._price()
        tif = random.choice((TimeInForce.DAY,) * 5 + (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
        side = random.choice((Side.BUY, Side.SELL))
        how = self._hows.choice(("", "", "", "iceberg", "twap"))
        oms, qty = random.randrange(len(self._plan.omss)), random.choice((1, 7, 20, 50, 100, 300))
        return Order(oms, qty, price, side, tif, how)

    def _ask(self) -> Ask:
        random = self._random
        what = random.choice(self._asks)
        qty = random.choice((1, 10, 30, 55, 90, 120, 351))
        return Ask(random.randrange(len(self._plan.omss)), what, random.choice((0, 0, 0, 1, 2, 5)), qty, self._price())

    def _turn(self) -> Turn:
        return Turn()

    def _wait(self) -> Wait:
        return Wait(self._random.choice((1, 20, 60, 1_000, 5_100)))

    def _jump(self) -> Wait:
        return Wait(self._random.choice((-3_600_000, -10_000, -100, 60_000, 86_400_000)))

    def _carry(self) -> Carry:
        random = self._random
        return Carry(random.randrange(8), random.choice((1, 1, 2, 5)))

    def _link(self) -> int:
        return self._random.randrange(self._links)

    def _read(self) -> Read:
        return Read(self._random.randrange(8), self._random.choice(self._manners))

    def _venue(self) -> int:
        return self._random.randrange(len(self._plan.venues))

    def _live(self) -> Live:
        random = self._random
        return Live(random.choice(self._lives), random.randrange(8), random.choice((1, 2, 5, 20)))

    def _quote(self) -> Quote:
        bid = self._price()
        spread = Decimal(self._random.randint(1, 5)) / 100
        return Quote(self._venue(), bid, bid + spread, self._random.choice((0, 1, 10, 40, 100)))

    def _price(self) -> Decimal:
        return Decimal(self._random.randint(990, 1010)) / 100

    def _drop(self) -> Drop:
        return Drop(self._random.randrange(8))

    def _double(self) -> Double:
        return Double(self._link())

    def _beat(self) -> Beat:
        return Beat(self._link(), self._random.random() < 0.5)

    def _cut(self) -> Cut:
        random = self._random
        return Cut(self._link(), random.choice((0, 0, 1, 2)), random.choice((0, 0, 1, 2)))

    def _join(self) -> Join:
        return Join(self._random.randrange(8))

    def _strange(self) -> Strange:
        return Strange(self._venue(), self._random.randrange(2))

    def _crash(self) -> Crash:
        random = self._random
        when = random.choice(("now", "before", "after", "sending"))
        return Crash(when, random.randrange(4), random.randrange(3))

    def _fail(self) -> Fail:
        return Fail(self._random.choice((1, 1, 2, 3, 10)))
