"""Deciding a store again holds no more of a long day than of a short one."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import closing
from pathlib import Path

from engine.core.orders import FINISHED_KEPT
from engine.dropcopy.store import Store
from sessions.cycle.replay import replay
from tests.bench.house import mixture, opened
from tests.sessions.cycle.test_engine_memory import Clock

MANY = 2 * FINISHED_KEPT  # parents


def test_it_holds_no_more_of_twice_as_many_parents(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    with opened(path, Clock()) as house:
        house.work(mixture(resting=MANY * 10), MANY)
        half = house.engine.store.last
        house.work(mixture(resting=MANY * 10), MANY)
    held: list[Counter[str]] = []

    def look(seq: int) -> None:
        if seq - half in range(1_000) or seq > 2 * half - 1_000:
            gc.collect()
            held.append(Counter(type(each).__name__ for each in gc.get_objects()))

    with closing(Store.open(path, create=False)) as store:
        assert replay(store, look).difference == ""
    assert {kind: count for kind, count in (held[-1] - held[0]).items() if count >= MANY // 2} == {}
