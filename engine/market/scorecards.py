"""What each venue's executions were worth: rates, latencies, spreads and markouts, from what was sent and came back.

Signs: s = +1 for a buy, -1 for a sell; p is the price of a fill, M_t the consolidated midpoint at t.

    effective spread  2 s (p - M_t) / M_t              what was paid for immediacy
    realised spread   2 s (p - M_t+D) / M_t+D          what of it the other side kept after D
    markout           s (M_t+D - p) / p                positive is good for us
    reversion         s (M_T - M_T+D) / AvgPx(6)       of a parent that ended at T; positive is a price that comes back

A figure is a mean in which the weight of a sample halves with every half-life. Old weights are never touched: new ones
are made larger instead, so that a sample costs nothing once it is added (Cormode, Shkapenyuk, Srivastava, Xu, "Forward
decay", ICDE 2009). Every sample also counts for its venue over all symbols, and what few samples say is drawn towards
that: x of n samples becomes (n x + k parent) / (n + k).
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fix.enums import OrdType, Side

SECOND = 1_000_000_000
HORIZONS = (SECOND // 10, SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND)  # of markouts, ns after the fill
QUANTILES = (0.5, 0.9, 0.99)  # of latencies
FADES_WITHIN = SECOND  # what is displayed is taken at once or was not there; a fill after that was resting
ANY = ""  # in place of a symbol: the venue over all of them; in place of a venue: parents, which have none

# Figures by number; MARKOUT + i is after HORIZONS[i].
FILL_RATE, FADE, REJECT_RATE, EFFECTIVE, REALISED, FEES, MARKOUT = range(7)
REVERSION = MARKOUT + len(HORIZONS)
# Of a venue of which nothing is known the best is assumed, so that it is tried and becomes known.
PRIORS = (1.0, 1.0, *[0.0] * (REVERSION - 1))

# Bounds; what is unheard of for longest is forgotten.
KEYS = 4096  # ten venues, a hundred symbols, two sides and two types are 4000; 8 kB each at most
SYMBOLS = 1024  # with fills that wait for a midpoint, which is a minute while quotes come
PENDING = 1024  # such fills of a symbol, 17 a second for a whole minute; 0.3 MB when full
LATENCIES = 128  # the last ones of a key; the 99th of a hundred is the second largest
FAR = 500  # half-lives from where a weight is 1 to the largest; a float ends at 2 to the 1023rd
LATE = 60 * SECOND  # an instant so far before the latest one is no late event, but a clock that was set back


class Key(NamedTuple):
    """Whose figures. In what is told, the venue and the symbol are never ANY."""

    venue: str
    symbol: str
    side: Side
    ord_type: OrdType

    @property
    def over_symbols(self) -> Key:
        return Key(self.venue, ANY, self.side, self.ord_type)


class Rules(NamedTuple):
    """`half_life` in ns. `horizon`, one of HORIZONS: the markout that counts, and the delay of the realised spread.

    `pseudo` is k: the variance of single samples over that of the venues' true means. Fills whose markouts vary by 5 bp
    about means that differ by 0.7 bp give 50.
    """

    half_life: int
    horizon: int = 5 * SECOND
    pseudo: int = 50


class Figure(NamedTuple):
    """A shrunk mean, and the effective number of samples of its own behind it."""

    value: float
    samples: float


class Score(NamedTuple):
    """Rates from 0 to 1, `fade` of what was displayed: 1 is none. Spreads, markouts and reversion are fractions of the
    price, fees basis points of the value, negative for a rebate, latencies ns.
    """

    fill_rate: Figure
    fade: Figure
    reject_rate: Figure
    effective: Figure
    realised: Figure
    fees: Figure
    markouts: tuple[Figure, ...]  # one for each of HORIZONS
    reversion: Figure
    latencies: tuple[Figure, ...]  # one for each of QUANTILES


class Scorecards:
    """Of all keys. Instants in ns; quantities in one unit for each key; prices that are not above zero are left out."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.dropped = 0  # markouts and reversions that were never measured
        self._counts = HORIZONS.index(rules.horizon)
        self._told = 0  # the latest instant
        self._time = 0  # the same, but it goes on where the clock was set back: all that is kept is in this time
        self._origin = 0  # where a weight is 1
        self._cards: OrderedDict[Key, _Card] = OrderedDict()  # the longest unheard of first
        self._tapes: OrderedDict[str, _Tape] = OrderedDict()

    # -- what happens ------------------------------------------------------------------------------------------------

    def sent(self, key: Key, at: int, qty: Decimal, displayed: Decimal) -> None:
        """A child of `qty`, when its venue displayed that much within the limit. Without a display nothing can fade."""
        self._goes_on(at)
        pair = own, _ = self._pair(key)
        shown = float(min(qty, displayed))
        if shown <= 0:
            return
        if self._time - own.sent_at > FADES_WITHIN:
            own.shown = own.owed = 0.0
        own.sent_at = self._time
        own.shown += shown
        own.owed += 1.0
        _add(*pair, FADE, 0.0, shown, self._weight(self._time))

    def answered(self, key: Key, latency_ns: int, *, rejected: bool) -> None:
        """The first answer to a child, as of the latest instant told. How fast a reject comes is of no interest."""
        pair = self._pair(key)
        _add(*pair, REJECT_RATE, 1.0 if rejected else 0.0, 1.0, self._weight(self._time))
        if not rejected:
            for card in pair:
                card.took.append(latency_ns)

    def filled(self, key: Key, at: int, qty: Decimal, px: Decimal, mid: Decimal | None, fee: Decimal) -> None:
        """`mid` is the consolidated midpoint then, None where a side was empty; `fee` in the money of qty x px."""
        self._goes_on(at)
        size, price, middle = float(qty), float(px), 0.0 if mid is None else float(mid)
        if size <= 0 or price <= 0:
            return
        weight = self._weight(self._time)
        own, venue = self._pair(key)
        if own.shown and self._time - own.sent_at <= FADES_WITHIN:
            self._taken(own, venue, size)
        _add(own, venue, FEES, float(fee) * 1e4, size * price, weight)
        if middle > 0:
            _add(own, venue, EFFECTIVE, 2 * own.sign * (price - middle) / middle, 1.0, weight)
        pending = _Pending(self._time, key, own.sign, price, price)
        for queue in self._tape(key.symbol, middle).queues[:-1]:
            self.dropped += len(queue) == PENDING
            queue.append(pending)

    def ended(self, key: Key, at: int, sent_qty: Decimal, filled_qty: Decimal) -> None:
        """A child is over, whatever ended it."""
        self._goes_on(at)
        if sent_qty > 0:
            _add(*self._pair(key), FILL_RATE, float(filled_qty), float(sent_qty), self._weight(self._time))

    def parent_ended(self, symbol: str, side: Side, at: int, avg_px: Decimal, mid: Decimal) -> None:
        """A parent is over that was filled at AvgPx(6); its reversion is measured after the longest of HORIZONS."""
        self._goes_on(at)
        if avg_px > 0 and mid > 0:
            key = _parents(symbol, side)
            own, _ = self._pair(key)
            queue = self._tape(symbol, float(mid)).queues[-1]
            self.dropped += len(queue) == PENDING
            queue.append(_Pending(self._time, key, -own.sign, float(mid), float(avg_px)))

    def moved(self, symbol: str, at: int, mid: Decimal) -> None:
        """The consolidated midpoint is `mid` from now on: what became due since the last time is measured.

        What was due before now is measured against the midpoint before this one, which was in force until now.
        """
        self._goes_on(at)
        tape = self._tapes.get(symbol)
        if tape is None or mid <= 0:
            return
        now, weight = float(mid), 0.0
        before, tape.mid = tape.mid or now, now
        for index, queue in enumerate(tape.queues):
            latest = self._time - _DELAYS[index]
            while queue and queue[0].at <= latest:
                pending = queue.popleft()
                weight = weight or self._weight(self._time)
                self._measured(pending, index, now if pending.at == latest else before, weight)

    def _taken(self, own: _Card, venue: _Card, size: float) -> None:
        """So much of what was displayed was there: it counts as of the order, and for no more than was displayed."""
        weight, took = self._weight(own.sent_at), min(size, own.shown)
        worth = own.owed * (took / own.shown)
        own.shown -= took
        own.owed -= worth
        own.means[FADE][0] += weight * took
        venue.means[FADE][0] += weight * worth

    def _measured(self, pending: _Pending, index: int, mid: float, weight: float) -> None:
        _, key, sign, base, px = pending
        own = self._cards.get(key)
        if own is None:  # forgotten meanwhile
            self.dropped += 1
            return
        venue = self._cards[own.over_symbols]
        _add(own, venue, MARKOUT + index, sign * (mid - base) / px, 1.0, weight)
        if index == self._counts:
            _add(own, venue, REALISED, 2 * sign * (px - mid) / mid, 1.0, weight)

    # -- what it comes to --------------------------------------------------------------------------------------------

    def known(self) -> list[Key]:
        """All of which something is known, in order: a venue over all symbols, ANY, before each of them."""
        return sorted(key for key in self._cards if key.venue != ANY)

    def estimate(self, key: Key) -> Score:
        """Everything, as of the latest instant told: shrunk towards the venue over all symbols, and that to a prior.

        A key adds up quantities, a venue averages ratios, since a share and a bitcoin cannot be added. There is no
        prior of latencies: a venue's are taken as they are.
        """
        figures = [self.figure(key, index) for index in range(REVERSION)]
        reversion = self.figure(_parents(key.symbol, key.side), REVERSION)
        latencies = tuple(self._latency(key, quantile) for quantile in QUANTILES)
        return Score._make([*figures[:MARKOUT], tuple(figures[MARKOUT:]), reversion, latencies])

    def markout(self, key: Key) -> Figure:
        """The one that counts, by the rules."""
        return self.figure(key, MARKOUT + self._counts)

    def figure(self, key: Key, index: int) -> Figure:
        """One of FILL_RATE, FADE …, as in `estimate`."""
        venue = self._shrunk(key.over_symbols, index, PRIORS[index])
        return venue if key.symbol == ANY else self._shrunk(key, index, venue.value)

    def _shrunk(self, key: Key, index: int, parent: float) -> Figure:
        one, card = self._weight(self._time), self._cards.get(key)
        above, below, count = card.means[index] if card else _NOTHING
        return self._drawn(above / below if below else parent, count / one, parent)

    def _latency(self, key: Key, quantile: float) -> Figure:
        venue, own = (card.took if (card := self._cards.get(k)) else () for k in (key.over_symbols, key))
        over_symbols = _nearest_rank(venue, quantile)
        return self._drawn(_nearest_rank(own, quantile), len(own), over_symbols)

    def _drawn(self, value: float, samples: float, parent: float) -> Figure:
        share = samples / (samples + self.rules.pseudo) if samples else 0.0
        return Figure(share * value + (1 - share) * parent, samples)

    # -- over a restart ----------------------------------------------------------------------------------------------

    def described(self) -> dict[str, object]:
        """All of it for JSON, to the last bit: what is restored from it goes on as if nothing had been."""
        return {
            "told": self._told,
            "time": self._time,
            "origin": self._origin,
            "dropped": self.dropped,
            "cards": [[list(key), *card.described()] for key, card in self._cards.items()],
            "tapes": [[symbol, *tape.described()] for symbol, tape in self._tapes.items()],
        }

    @classmethod
    def restored(cls, rules: Rules, values: Mapping[str, Any]) -> Scorecards:
        """What `described` wrote, under the same rules."""
        cards = cls(rules)
        cards._told, cards._time, cards._origin = values["told"], values["time"], values["origin"]
        cards.dropped = values["dropped"]
        for key, *card in values["cards"]:
            cards._cards.setdefault(_key(key), _Card(_key(key))).remember(*card)
        for symbol, *tape in values["tapes"]:
            cards._tapes.setdefault(symbol, _Tape()).remember(*tape)
        return cards

    # -- weights and bounds ------------------------------------------------------------------------------------------

    def _goes_on(self, at: int) -> None:
        if not -LATE <= at - self._told <= 0:
            self._time += max(at - self._told, 0)
            self._told = at

    def _weight(self, time: int) -> float:
        """Of a sample of that time; exactly twice that of one a half-life before."""
        halves, rest = divmod(time - self._origin, self.rules.half_life)
        if halves > FAR:
            self._rebase(halves)
            halves = 0
        return math.ldexp(2.0 ** (rest / self.rules.half_life), halves)

    def _rebase(self, halves: int) -> None:
        """By whole half-lives, so that no weight changes in any digit."""
        self._origin += halves * self.rules.half_life
        for card in self._cards.values():
            card.means = [[math.ldexp(each, -halves) for each in mean] for mean in card.means]

    def _pair(self, key: Key) -> tuple[_Card, _Card]:
        """Its card and that of its venue, which is never forgotten before it."""
        cards = self._cards
        own = cards.get(key)
        if own is None:
            own = cards[key] = _Card(key)
        venue = cards.get(own.over_symbols)
        if venue is None:
            venue = cards[own.over_symbols] = _Card(own.over_symbols)
        cards.move_to_end(key)
        cards.move_to_end(own.over_symbols)
        while len(cards) > KEYS:
            cards.popitem(last=False)
        return own, venue

    def _tape(self, symbol: str, mid: float) -> _Tape:
        """`mid`, where it is above 0, is in force when none was told."""
        tape = self._tapes.get(symbol)
        if tape is None:
            tape = self._tapes[symbol] = _Tape()
            if len(self._tapes) > SYMBOLS:
                _, forgotten = self._tapes.popitem(last=False)
                self.dropped += sum(map(len, forgotten.queues))
        self._tapes.move_to_end(symbol)
        tape.mid = tape.mid or mid
        return tape


_DELAYS = (*HORIZONS, HORIZONS[-1])  # of a tape's queues: each markout, and the reversion
_NOTHING = (0.0, 0.0, 0.0)


class _Pending(NamedTuple):
    """Waits for a midpoint M, to be worth sign (M - base) / px."""

    at: int
    key: Key
    sign: float
    base: float
    px: float


class _Card:
    """What is known of one key.

    `means`: for each figure the weighted sums above and below the line, and the weight of the samples. `shown`: what
    is still open of what was displayed for the orders at `sent_at`, worth `owed` orders.
    """

    __slots__ = ("means", "over_symbols", "owed", "sent_at", "shown", "sign", "took")

    def __init__(self, key: Key) -> None:
        self.over_symbols = key.over_symbols
        self.sign = float(key.side.sign)
        self.means = [list(_NOTHING) for _ in PRIORS]
        self.took: deque[int] = deque(maxlen=LATENCIES)
        self.sent_at = 0
        self.shown = self.owed = 0.0

    def described(self) -> list[object]:
        return [[list(mean) for mean in self.means], list(self.took), self.sent_at, self.shown, self.owed]

    def remember(self, means: list[list[float]], took: list[int], sent_at: int, shown: float, owed: float) -> None:
        self.means = [list(mean) for mean in means]
        self.took.extend(took)
        self.sent_at, self.shown, self.owed = sent_at, shown, owed


class _Tape:
    """One symbol: the midpoint in force, 0 without one, and what waits for a later one, a queue for each delay."""

    __slots__ = ("mid", "queues")

    def __init__(self) -> None:
        self.mid = 0.0
        self.queues: list[deque[_Pending]] = [deque(maxlen=PENDING) for _ in _DELAYS]

    def described(self) -> list[object]:
        return [self.mid, [[[at, list(key), *rest] for at, key, *rest in queue] for queue in self.queues]]

    def remember(self, mid: float, queues: list[list[list[Any]]]) -> None:
        self.mid = mid
        for queue, kept in zip(self.queues, queues, strict=True):
            queue.extend(_Pending(at, _key(key), *rest) for at, key, *rest in kept)


def _add(own: _Card, venue: _Card, index: int, above: float, below: float, weight: float) -> None:
    mean = own.means[index]
    mean[0] += weight * above
    mean[1] += weight * below
    mean[2] += weight
    mean = venue.means[index]
    mean[0] += weight * (above / below)
    mean[1] += weight
    mean[2] += weight


def _parents(symbol: str, side: Side) -> Key:
    """Where the reversion of parents is kept; their OrdType(40) makes no difference."""
    return Key(ANY, symbol, side, OrdType.MARKET)


def _key(values: list[str]) -> Key:
    venue, symbol, side, ord_type = values
    return Key(venue, symbol, Side(side), OrdType(ord_type))


def _nearest_rank(took: Sequence[int], quantile: float) -> float:
    return float(sorted(took)[math.ceil(quantile * len(took)) - 1]) if took else 0.0
