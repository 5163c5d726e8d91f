"""Dark venues: how many lots go where, when a venue shows nothing and only min(sent, available) is ever seen.

After Ganchev, Kearns, Nevmyvaka and Vaughan, "Censored exploration and the dark pool problem" (UAI 2009; CACM 53(5),
2010). What a venue takes is learnt from what it took, by the estimate of Kaplan and Meier, as a fill of all that was
sent says only "so much, or more". Then each lot goes where one more is most likely to be filled.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import mul
from typing import Any, Protocol

# Bins of a venue: an order of a thousand lots says all that is asked of a larger one in a split of some thousands, and
# the tail is made anew in some 0.2 ms. Beyond it the tail is flat.
BOUND = 1_000
HEAVY = 2.0**64  # a power of two, so that dividing by it changes no ratio


class Survival(Protocol):
    def survival(self, s: int) -> float:
        """The probability that the venue takes `s` lots or more, falling with `s`; 1 for 0 lots."""


class Tail:
    """What one venue takes, from orders of so many lots and how many of them were filled.

    With N_j the orders of which more than j lots were sent and at least j filled, and D_j those of them filled with j
    exactly, T(s) is the product over j < s of 1 - D_j / (N_j + prior). It is flat beyond what was ever seen: a venue of
    which nothing is known has 1 everywhere, which is why it is tried.

    `prior` is the belief that a venue fills whatever it is sent, as so many observations. At 0 the estimate is Kaplan
    and Meier's, and one unlucky answer is final: after a first order that found nothing T is 0 everywhere, and the
    venue is not asked again. The paper waits for many observations before it trusts an estimate; this does the same by
    degrees, and is the mean of a beta process with prior hazard 0 (Hjort, Annals of Statistics 18(3), 1990). 2 serves
    well (`python -m tests.bench.dark`).

    Each observation leaves `decay` of the weight of those before, because venues change; 1 forgets nothing.
    """

    __slots__ = ("_decay", "_prior", "_short", "_tail", "_weight", "_whole")

    def __init__(self, prior: float = 0.0, decay: float = 1.0) -> None:
        """Raises ValueError for a prior below 0, and for a decay above 1 or below a half, which remembers nothing."""
        if not (prior >= 0 and 0.5 <= decay <= 1):
            raise ValueError(f"prior {prior} and decay {decay}: a prior is 0 or more, a decay from 0.5 to 1")
        self._prior = prior
        self._decay = decay
        self._weight = 1.0  # of the last observation; it grows, which is the same as that all others shrink
        self._whole: dict[int, float] = {}  # orders filled whole, by their size: the venue had as much, or more
        self._short: dict[int, float] = {}  # orders not filled whole, by what was: the venue had so much
        self._tail: list[float] | None = [1.0]  # None until it is asked for again

    def observe(self, sent: int, filled: int) -> None:
        """Of `sent` lots `filled` were filled; more than was sent counts as all of it.

        0 of 0 only makes what came before lighter: with a prior and a decay, a venue that is sent nothing comes back.
        Raises ValueError for less than 0.
        """
        if sent < 0 or filled < 0:
            raise ValueError(f"{filled} of {sent} lots: neither can be below 0")
        self._weight /= self._decay
        reach = min(sent, BOUND)
        counts, size = (self._whole, reach) if filled >= reach else (self._short, filled)
        counts[size] = counts.get(size, 0.0) + self._weight
        if self._weight > HEAVY:
            self._lighten()
        self._tail = None

    def survival(self, s: int) -> float:
        """T(s): the probability that the venue takes `s` lots or more."""
        if self._tail is None:
            self._tail = self._estimate()
        return self._tail[s] if s < len(self._tail) else self._tail[-1]

    def described(self) -> dict[str, object]:
        """What was learnt, for JSON; the settings are not part of it."""
        return {
            "weight": self._weight,
            "whole": [[size, count] for size, count in sorted(self._whole.items())],
            "short": [[size, count] for size, count in sorted(self._short.items())],
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], prior: float = 0.0, decay: float = 1.0) -> Tail:
        """With the same settings, one that goes on to the last bit as the one that was described would have."""
        tail = cls(prior, decay)
        tail._weight = state["weight"]
        tail._whole = dict(state["whole"])
        tail._short = dict(state["short"])
        tail._tail = None
        return tail

    def _estimate(self) -> list[float]:
        """T(0), T(1) and so on, to one beyond the largest size seen."""
        doubt = self._prior * self._weight
        at_risk = 0.0
        kept: list[float] = []
        for size in range(max((*self._whole, *self._short), default=-1), -1, -1):
            ended = self._short.get(size, 0.0)
            at_risk += ended + self._whole.get(size + 1, 0.0)
            kept.append(1 - ended / (at_risk + doubt) if ended else 1.0)
        return list(accumulate(reversed(kept), mul, initial=1.0))

    def _lighten(self) -> None:
        """All weights, before they grow out of what a float can hold."""
        self._weight /= HEAVY
        for counts in (self._whole, self._short):
            for size in counts:
                counts[size] /= HEAVY


def allocate(lots: int, tails: Sequence[Survival], caps: Sequence[int] | None = None) -> tuple[int, ...]:
    """Lots for each venue: one at a time to where one more is most likely to be filled, the first of equals.

    As tails fall, no other split of as many lots is expected to fill more. They add up to `lots`, or to the sum of the
    `caps` where that is less.
    """
    room = [lots] * len(tails) if caps is None else caps
    given = [0] * len(tails)
    heap = [(-tail.survival(1), i) for i, tail in enumerate(tails) if room[i] > 0]
    heapq.heapify(heap)
    for _ in range(lots):
        if not heap:
            break
        i = heap[0][1]
        given[i] += 1
        if given[i] < room[i]:
            heapq.heapreplace(heap, (-tails[i].survival(given[i] + 1), i))
        else:
            heapq.heappop(heap)
    return tuple(given)


def expected(allocation: Sequence[int], tails: Sequence[Survival]) -> float:
    """Lots that will be filled, on average: T(s) for each s-th lot at each venue."""
    return sum(tail.survival(s) for lots, tail in zip(allocation, tails, strict=True) for s in range(1, lots + 1))
