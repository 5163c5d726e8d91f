"""`python -m tests.bench.dark`: ways to split over dark venues, while they learn from what was filled, and the ideal one.

Venues are made as the paper (`engine/routing/dark.py` names it) found them: most often empty, now and then deep. In each
round so many lots are sent and what was filled is heard. What counts is what a split is expected to fill, as here the
venues are known. A seed is a world, the same for every rule: in which order the venues stand, and what they have.

python -m tests.bench.dark [--seed 0] [--seeds 40] [--out docs/dark.svg]
"""

from __future__ import annotations

import argparse
import math
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from engine.routing.dark import Tail, allocate, expected

DEEPEST = 100  # lots
ROUNDS = 3_000
PRIOR = 2.0
STEP = 0.05  # of the bandit

Fills = list[list[float]]  # lots expected to be filled, by seed and round


# -- venues ----------------------------------------------------------------------------------------------------------


class Pool:
    """A dark venue: empty with the probability `empty`, else it has s lots with one in proportion to s^-exponent."""

    def __init__(self, empty: float, exponent: float) -> None:
        weights = [s**-exponent for s in range(1, DEEPEST + 1)]
        full = sum(weights)
        self._up_to = list(accumulate([empty, *((1 - empty) * weight / full for weight in weights)]))

    def survival(self, s: int) -> float:
        if s == 0:
            return 1.0
        return 1 - self._up_to[s - 1] if s <= DEEPEST else 0.0

    def available(self, chance: Random) -> int:
        return min(bisect_right(self._up_to, chance.random()), DEEPEST)


class Scenario(NamedTuple):
    name: str
    pools: Sequence[Pool]
    lots: int


FOUR = tuple(Pool(*of) for of in ((0.67, 0.25), (0.80, 0.75), (0.90, 0.25), (0.96, 1.30)))
TEN = tuple(
    Pool(*of)
    for of in (
        *((0.50, 1.60), (0.60, 0.90), (0.67, 0.25), (0.75, 0.50), (0.80, 0.75)),
        *((0.85, 0.10), (0.90, 0.25), (0.92, 1.00), (0.96, 1.30), (0.98, 0.40)),
    )
)
SCENARIOS = (Scenario("four venues", FOUR, 40), Scenario("ten venues", TEN, 40))


# -- rules -----------------------------------------------------------------------------------------------------------


class Rule(Protocol):
    def split(self) -> Sequence[int]:
        """Lots for each venue in this round."""

    def hear(self, venue: int, sent: int, filled: int) -> None:
        """The answer of a venue that something was sent to."""


class Fixed:
    """The same in every round, whatever is heard."""

    def __init__(self, split: Sequence[int]) -> None:
        self._split = split

    def split(self) -> Sequence[int]:
        return self._split

    def hear(self, venue: int, sent: int, filled: int) -> None:
        pass


class Greedy:
    """A tail for each venue, and each lot where one more is most likely to be filled."""

    def __init__(self, venues: int, lots: int, prior: float) -> None:
        self._lots = lots
        self._tails = [Tail(prior) for _ in range(venues)]

    def split(self) -> Sequence[int]:
        return allocate(self._lots, self._tails)

    def hear(self, venue: int, sent: int, filled: int) -> None:
        self._tails[venue].observe(sent, filled)


class Bandit:
    """In proportion to weights: a venue's goes up by a step when all it got was filled, and down when it was not."""

    def __init__(self, venues: int, lots: int) -> None:
        self._lots = lots
        self._weights = [1.0] * venues

    def split(self) -> Sequence[int]:
        return shared(self._lots, self._weights)

    def hear(self, venue: int, sent: int, filled: int) -> None:
        self._weights[venue] *= 1 + STEP if filled == sent else 1 - STEP


def shared(lots: int, weights: Sequence[float]) -> tuple[int, ...]:
    """In proportion to `weights`, whole lots; what is left goes to the largest remainders, the first of equals."""
    full = sum(weights)
    exact = [lots * weight / full for weight in weights]
    given = [int(part) for part in exact]
    by_remainder = sorted(range(len(given)), key=lambda venue: given[venue] - exact[venue])
    for venue in by_remainder[: lots - sum(given)]:
        given[venue] += 1
    return tuple(given)


RULES: dict[str, Callable[[Sequence[Pool], int], Rule]] = {
    "ideal": lambda pools, lots: Fixed(allocate(lots, pools)),
    "Kaplan-Meier": lambda pools, lots: Greedy(len(pools), lots, PRIOR),
    "no prior": lambda pools, lots: Greedy(len(pools), lots, prior=0.0),
    "bandit": lambda pools, lots: Bandit(len(pools), lots),
    "uniform": lambda pools, lots: Fixed(shared(lots, [1.0] * len(pools))),
}


# -- the study -------------------------------------------------------------------------------------------------------


def play(rule: Rule, pools: Sequence[Pool], rounds: int, seed: int) -> list[float]:
    """Lots that the split of each round is expected to fill."""
    chance = Random(seed)
    fills = []
    for _ in range(rounds):
        split = rule.split()
        fills.append(expected(split, pools))
        for venue, (pool, sent) in enumerate(zip(pools, split, strict=True)):
            available = pool.available(chance)  # drawn for a venue that gets nothing as well: the world is the same
            if sent:
                rule.hear(venue, sent, min(sent, available))
    return fills


def study(scenario: Scenario, seeds: Iterable[int], rounds: int) -> dict[str, Fills]:
    fills: dict[str, Fills] = {name: [] for name in RULES}
    for seed in seeds:
        pools = list(scenario.pools)
        Random(seed).shuffle(pools)  # or the first of equals would be the best
        for name, rule in RULES.items():
            fills[name].append(play(rule(pools, scenario.lots), pools, rounds, seed))
    return fills


def window(fills: Fills, start: int, end: int, lots: int) -> tuple[float, float]:
    """The share filled in the rounds from `start` up to `end`, its mean over the seeds and the error of that mean."""
    shares = [statistics.fmean(of_seed[start:end]) / lots for of_seed in fills]
    return statistics.fmean(shares), statistics.stdev(shares) / math.sqrt(len(shares))


def table(scenario: Scenario, fills: dict[str, Fills]) -> Table:
    windows = list(pairwise((0, 10, 30, 100, 300, 1_000, ROUNDS)))
    made = Table("% filled in rounds", box=box.MARKDOWN)
    for start, end in windows:
        made.add_column(f"{start + 1:,} to {end:,}", justify="right")
    for name, of_rule in fills.items():
        figures = [window(of_rule, start, end, scenario.lots) for start, end in windows]
        made.add_row(name, *(f"{100 * mean:.1f} ± {100 * error:.1f}" for mean, error in figures))
    return made


# -- the plot --------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT, PANEL = 880, 340, 440  # px
LEFT, TOP, ACROSS, DOWN = 46, 44, 290, 240  # of the axes in a panel
MOST = 0.30  # share filled at the top
LINE = 15  # px between two labels
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600 } .axis { fill: #59636e }
.paper { fill: #fff } path { fill: none; stroke-width: 2 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.c0 { stroke: #59636e; stroke-dasharray: 2 4 } .c1 { stroke: #0969da } .c2 { stroke: #0969da; stroke-dasharray: 7 4 }
.c3 { stroke: #bc4c00 } .c4 { stroke: #8250df }
.l0 { fill: #59636e } .l1, .l2 { fill: #0969da } .l3 { fill: #bc4c00 } .l4 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .axis { fill: #9198a1 } .paper { fill: #0d1117 } .grid { stroke: #3d444d }
.c0 { stroke: #9198a1 } .c1, .c2 { stroke: #4493f8 } .c3 { stroke: #f0883e } .c4 { stroke: #ab7df8 }
.l0 { fill: #9198a1 } .l1, .l2 { fill: #4493f8 } .l3 { fill: #f0883e } .l4 { fill: #ab7df8 }
}"""


def plot(results: Sequence[tuple[Scenario, dict[str, Fills]]]) -> str:
    """An SVG of one panel for each scenario: the share filled against the round, on a logarithmic axis."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    title = "<title>Share of the lots sent that is filled, by round, for each way to split over dark venues</title>"
    lines = [head, title, f"<style>{STYLE}\n</style>", f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>']
    for number, (scenario, fills) in enumerate(results):
        lines.append(f'<g transform="translate({number * PANEL} 0)">')
        lines += [*_axes(f"{scenario.name}, {scenario.lots} lots a round"), *_curves(scenario, fills), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _x(number: float) -> float:
    return LEFT + ACROSS * math.log(number) / math.log(ROUNDS)


def _y(share: float) -> float:
    return TOP + DOWN * (1 - share / MOST)


def _axes(title: str) -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="18">{title}</text>'
    yield f'<text class="axis" x="{LEFT}" y="{TOP - 8}">filled of what was sent</text>'
    for percent in range(0, round(MOST * 100) + 1, 10):
        y = _y(percent / 100)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}h{ACROSS}"/>'
        yield f'<text class="axis" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>'
    for number in (1, 10, 100, 1_000):
        yield f'<path class="grid" d="M{_x(number):.1f} {TOP + DOWN}v5"/>'
        yield f'<text class="axis" x="{_x(number):.1f}" y="{TOP + DOWN + 19}" text-anchor="middle">{number:,}</text>'
    yield f'<text class="axis" x="{LEFT + ACROSS}" y="{TOP + DOWN + 36}" text-anchor="end">round</text>'


def _curves(scenario: Scenario, fills: dict[str, Fills]) -> Iterator[str]:
    edges = sorted({0, *(round(10 ** (step / 8)) for step in range(28)), ROUNDS})
    ends = {}
    for number, (name, of_rule) in enumerate(fills.items()):
        shares = [window(of_rule, start, end, scenario.lots)[0] for start, end in pairwise(edges)]
        middles = [math.sqrt((start + 1) * end) for start, end in pairwise(edges)]
        points = " ".join(f"{_x(at):.1f} {_y(share):.1f}" for at, share in zip(middles, shares, strict=True))
        yield f'<path class="c{number}" d="M{points}"/>'
        ends[number, name] = _y(shares[-1])
    below = -math.inf
    for (number, name), y in sorted(ends.items(), key=lambda end: end[1]):
        below = max(y + 4, below + LINE)
        yield f'<text class="l{number}" x="{LEFT + ACROSS + 6}" y="{below:.1f}">{name}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dark", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--seeds", type=int, default=40, help="how many, two or more")
    parser.add_argument("--out", type=Path, help="where the plot goes, an SVG")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.seeds)
    out = Console(width=120)
    results = []
    for scenario in SCENARIOS:
        worlds = track(seeds, scenario.name, console=out, transient=True, disable=not out.is_terminal)
        fills = study(scenario, worlds, ROUNDS)
        out.print(f"{scenario.name}, {scenario.lots} lots a round, {len(seeds)} seeds from {asked.seed}")
        out.print(table(scenario, fills))
        results.append((scenario, fills))
    if asked.out:
        asked.out.write_text(plot(results), encoding="utf-8")


if __name__ == "__main__":
    main()
