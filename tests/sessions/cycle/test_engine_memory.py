"""What an engine holds does not depend on how much it has done; `tests.bench.volume` measures it over a million children."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

from engine.core.orders import FINISHED_KEPT
from tests.bench.house import House, mixture, opened
from tests.sessions.cycle.standin import NOW

MANY = 2 * FINISHED_KEPT  # parents: more than are remembered, and longer than a venue may take to answer


class Clock:
    """A millisecond goes by at every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        self.now += 1_000_000
        return self.now


def test_it_holds_no_more_after_twice_as_many_parents(tmp_path: Path) -> None:
    prices = mixture(resting=MANY * 10)  # none
    with opened(str(tmp_path / "store.db"), Clock()) as house:
        house.work(prices, MANY)
        before = _held(house)
        house.work(prices, MANY)
        after = _held(house)
    grown = {kind: count for kind, count in (after - before).items() if count >= MANY // 2}
    assert grown == {}


def _held(house: House) -> Counter[str]:
    """Objects by type, once nothing is on its way."""
    assert house.engine.store.open_orders() == []
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects())
