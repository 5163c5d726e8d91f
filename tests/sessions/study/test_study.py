from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fix.enums import Side
from sessions.config import ConfigError
from sessions.study.config import load
from sessions.study.study import BEGIN, Played, play, staged, summaries
from sessions.study.world import Job
from tests.sessions.study.making import SECOND, STUDY, D


def written(folder: Path, text: str = STUDY) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def played(path: Path) -> list[Played]:
    config = load(path)
    stage = staged(config, path)
    return [play(config, stage, strategy, lambda _: None) for strategy in config.strategy]


def test_parents_come_one_after_the_other_and_take_turns(tmp_path: Path) -> None:
    path = written(tmp_path)
    jobs = staged(load(path), path).scene.jobs
    limit = D("0.0002")
    assert jobs[:2] == (
        Job(1, BEGIN + 5 * SECOND, BEGIN + 15 * SECOND, Side.BUY, limit),
        Job(2, BEGIN + 17 * SECOND, BEGIN + 27 * SECOND, Side.SELL, limit),
    )
    assert len(jobs) == 4


@pytest.mark.parametrize(("side", "wanted"), [("buy", {Side.BUY}), ("sell", {Side.SELL})])
def test_or_all_are_of_one_side(tmp_path: Path, side: str, wanted: set[Side]) -> None:
    path = written(tmp_path, STUDY.replace("count = 4", f'count = 4\nside = "{side}"'))
    assert {job.side for job in staged(load(path), path).scene.jobs} == wanted


def test_parents_that_do_not_fit_in_the_market_are_refused_with_how_many_do(tmp_path: Path) -> None:
    path = written(tmp_path, STUDY.replace("count = 4", "count = 5"))
    with pytest.raises(ConfigError) as caught:
        staged(load(path), path)
    lasts = "the market is open for 60 s, which has room for 4; lower it, start, spacing or duration"
    assert str(caught.value) == f"{path}: parents.count = 5: {lasts}"


def test_every_strategy_sees_the_same_parents_over_the_same_market(tmp_path: Path) -> None:
    runs = played(written(tmp_path))
    seen = [[(o.job, o.mid, o.mids) for o in each.outcomes] for each in runs]
    assert seen[0] == seen[1] == seen[2]
    assert [o.job.number for o in runs[0].outcomes] == [1, 2, 3, 4]
    assert len({tuple(o.fills) for o in (run.outcomes[0] for run in runs)}) == 3


def test_parents_add_up(tmp_path: Path) -> None:
    for run in played(written(tmp_path)):
        for outcome in run.outcomes:
            assert sum([fill.qty for fill in outcome.fills], Decimal(0)) == outcome.cum
            assert 0 < outcome.cum <= outcome.qty == 1500


def test_a_world_is_played_again_the_same(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert played(path) == played(path)


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    first = played(written(tmp_path))[0].measures
    assert first != played(written(tmp_path, STUDY.replace("seed = 7", "seed = 8")))[0].measures


def test_the_others_are_compared_with_the_baseline_parent_by_parent(tmp_path: Path) -> None:
    path = written(tmp_path)
    runs = played(path)
    smart, equal, _ = found = summaries(load(path), runs)
    assert [each.name for each in found] == ["smart", "equal split", "in time"]
    assert equal.against is None
    assert smart.against is not None
    assert smart.against.mean == pytest.approx(smart.net.mean - equal.net.mean)
    mine, theirs = runs[0].measures, runs[1].measures
    differences = [a.net - b.net for a, b in zip(mine, theirs, strict=True)]
    assert min(differences) <= smart.against.low <= smart.against.high <= max(differences)


def test_a_curve_makes_vwap_possible_and_one_that_is_none_is_told(tmp_path: Path) -> None:
    vwap = STUDY.replace('target = "1001"', 'target = "1"')
    (tmp_path / "curve.csv").write_text("time,volume\n00:00,1\n12:00,1\n", encoding="utf-8")
    run = played(written(tmp_path, vwap.replace("seed = 7", 'seed = 7\ncurve = "curve.csv"')))[2]
    assert [outcome.text for outcome in run.outcomes] == [""] * 4
    assert "no volume curve" in played(written(tmp_path, vwap))[2].outcomes[0].text
    for name, sentence in (("none.csv", "curve = 'none.csv'"), ("study.toml", "header time,volume")):
        path = written(tmp_path, vwap.replace("seed = 7", f'seed = 7\ncurve = "{name}"'))
        with pytest.raises(ConfigError, match=sentence):
            staged(load(path), path)
