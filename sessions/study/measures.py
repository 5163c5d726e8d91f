"""What an order cost, in basis points of its value at arrival, and what of that is sure.

Signs: above zero is a cost to us. The implementation shortfall counts the whole order (Perold, "The implementation
shortfall", 1988): what was not filled is bought on paper when the order is over, so that waiting in vain is not free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from random import Random
from statistics import fmean
from typing import NamedTuple

from engine.routing.placement import Queue, fill_probability
from fix.business import ZERO
from fix.enums import OrdStatus
from sessions.study.tape import Volumes
from sessions.study.world import Outcome, Waited

SECOND = 1_000_000_000
DRAWS = 2_000  # of a bootstrap; its ends move by some hundredths of their distance from one seed to another
CROWD = 5  # children in a group, of whom it can be said what part filled
BP = 10_000


class Measure(NamedTuple):
    """One parent, in bp. `net` and `gross` of fees against the midpoint at arrival over all venues, what was left on
    paper included; `own` is gross, of what was filled, against each venue's own midpoint at arrival, so that it knows
    nothing of which venue is the dearer one; `vwap` is net, against the market's average price while it was open, None
    where nothing traded. `left` is the part of `net` that is on paper. `seconds` to the last fill, or to the end of
    what was not filled.
    """

    net: float
    gross: float
    own: float
    vwap: float | None
    left: float
    fees: Decimal
    rate: float
    seconds: float


class Interval(NamedTuple):
    """A mean and its 95 % confidence interval."""

    mean: float
    low: float
    high: float


class Bin(NamedTuple):
    """Children with predictions that are near to each other: their mean, and how many `of` them filled."""

    predicted: float
    filled: int
    of: int


def measured(outcome: Outcome, volumes: Volumes) -> Measure:
    side, mid, job = outcome.job.side.sign, outcome.mid, outcome.job
    value = sum([fill.qty * fill.price for fill in outcome.fills], ZERO)
    fees = sum([fill.fee for fill in outcome.fills], ZERO)
    worth = outcome.qty * mid
    gross = side * (value + outcome.left_value - worth) / worth * BP
    net = gross + (fees + outcome.left_fee) / worth * BP
    left = side * (outcome.left_value - (outcome.qty - outcome.cum) * mid) + outcome.left_fee
    own = sum([side * fill.qty * (fill.price - outcome.mids[fill.venue]) for fill in outcome.fills], ZERO)
    average = volumes.average(job.at, job.until)
    paid = value + outcome.left_value + side * (fees + outcome.left_fee)
    done = outcome.fills[-1].at if outcome.status is OrdStatus.FILLED else outcome.ended
    return Measure(
        net=float(net),
        gross=float(gross),
        own=float(own / (outcome.cum * mid) * BP) if outcome.cum else 0.0,
        vwap=None if average is None else float(side * (paid / outcome.qty - average) / average * BP),
        left=float(left / worth * BP),
        fees=fees,
        rate=float(outcome.cum / outcome.qty),
        seconds=(done - job.at) / SECOND,
    )


def interval(values: Sequence[float], seed: int) -> Interval:
    """By bootstrap over the values, which are taken to be independent: the 2.5 % and 97.5 % points of the means of
    samples drawn again. ValueError without values.
    """
    if not values:
        raise ValueError("there is no mean of nothing")
    random, count = Random(seed), len(values)  # noqa: S311  samples, not secrets
    means = sorted(fmean(random.choices(values, k=count)) for _ in range(DRAWS))
    return Interval(fmean(values), means[DRAWS * 25 // 1000], means[DRAWS - 1 - DRAWS * 25 // 1000])


def paired(values: Sequence[float], baseline: Sequence[float], seed: int) -> Interval:
    """Of the differences, parent by parent: what the market did to both is in neither."""
    return interval([mine - theirs for mine, theirs in zip(values, baseline, strict=True)], seed)


def predicted(waited: Waited) -> float | None:
    """How probable it was, when the child began to wait, that all of it fills before its parent ends: as
    `engine.routing.placement` has it, with trades going on as they did until then. None where none had come yet.
    """
    rested = waited.rested
    outflow = rested.rate * (waited.until - rested.at)
    if outflow <= 0:
        return None
    return fill_probability(Queue(waited.venue, float(rested.ahead), outflow, 0.0), float(rested.qty))


def calibration(waited: Iterable[Waited]) -> list[Bin]:
    """By deciles of the prediction, low to high; fewer groups where ten would hold less than `CROWD` each."""
    pairs = sorted((chance, each.filled) for each in waited if (chance := predicted(each)) is not None)
    groups = min(10, max(len(pairs) // CROWD, 1)) if pairs else 0
    parts = [pairs[len(pairs) * n // groups : len(pairs) * (n + 1) // groups] for n in range(groups)]
    return [Bin(fmean(p for p, _ in part), sum(filled for _, filled in part), len(part)) for part in parts]


def by_venue(outcomes: Iterable[Outcome], names: Sequence[str]) -> dict[str, Decimal]:
    """Parent units filled at each venue, in the order of `names`."""
    found = dict.fromkeys(names, ZERO)
    for outcome in outcomes:
        for fill in outcome.fills:
            found[fill.venue] += fill.qty
    return found


class Summary(NamedTuple):
    """One strategy. `against` is the paired difference of `net` to the baseline's, None for that itself."""

    name: str
    net: Interval
    against: Interval | None
    gross: Interval
    own: Interval
    vwap: Interval | None
    left: float
    rate: float
    seconds: float
    children: float
    rejects: int
    refused: str
    venues: dict[str, Decimal]


def summarised(
    name: str,
    outcomes: Sequence[Outcome],
    measures: Sequence[Measure],
    baseline: Sequence[Measure] | None,
    names: Sequence[str],
    seed: int,
) -> Summary:
    """`baseline` None for the baseline itself; `names` of all venues."""

    def mean(figure: Callable[[Measure], float]) -> Interval:
        return interval([figure(measure) for measure in measures], seed)

    vwaps = [measure.vwap for measure in measures if measure.vwap is not None]
    return Summary(
        name=name,
        net=mean(lambda m: m.net),
        against=None if baseline is None else paired([m.net for m in measures], [m.net for m in baseline], seed),
        gross=mean(lambda m: m.gross),
        own=mean(lambda m: m.own),
        vwap=interval(vwaps, seed) if vwaps else None,
        left=fmean(measure.left for measure in measures),
        rate=float(sum([o.cum for o in outcomes], ZERO) / sum([o.qty for o in outcomes], ZERO)),
        seconds=fmean(measure.seconds for measure in measures),
        children=fmean(outcome.children for outcome in outcomes),
        rejects=sum(outcome.rejects for outcome in outcomes),
        refused=next((outcome.text for outcome in outcomes if outcome.text), ""),
        venues=by_venue(outcomes, names),
    )
