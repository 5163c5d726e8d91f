from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from sessions.study.config import load
from sessions.study.files import FILLS, PARENTS, fills, parents, write
from sessions.study.study import Played, play, staged, summaries
from tests.sessions.study.making import STUDY


def played(folder: Path) -> tuple[Path, list[Played]]:
    path = folder / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    config = load(path)
    stage = staged(config, path)
    return path, [play(config, stage, strategy, lambda _: None) for strategy in config.strategy]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_there_is_a_row_for_each_parent_and_strategy_and_what_it_says_adds_up(tmp_path: Path) -> None:
    _, runs = played(tmp_path)
    rows = table(parents(runs))
    assert tuple(rows[0]) == PARENTS
    assert [(row["strategy"], row["parent"], row["side"]) for row in rows] == [
        (run.strategy.name, str(n), "BUY" if n % 2 else "SELL") for run in runs for n in range(1, 5)
    ]
    for row in rows:
        assert Decimal(row["cum"]) + Decimal(row["leaves"]) == Decimal(row["qty"]) == 1500
        assert row["arrived"] == f"20240101-00:00:{5 + 12 * (int(row['parent']) - 1):02d}.000000000"
    measures = [measure for run in runs for measure in run.measures]
    assert [row["net_bp"] for row in rows] == [f"{measure.net:.6f}" for measure in measures]


def test_fills_are_those_of_the_parents(tmp_path: Path) -> None:
    _, runs = played(tmp_path)
    made = table(fills(runs))
    assert tuple(made[0]) == FILLS
    assert {row["liquidity"] for row in made} == {"made", "took"}
    for row in table(parents(runs)):
        mine = [each for each in made if (each["strategy"], each["parent"]) == (row["strategy"], row["parent"])]
        assert sum([Decimal(each["qty"]) for each in mine], Decimal(0)) == Decimal(row["cum"])
        assert sum([Decimal(each["fee"]) for each in mine], Decimal(0)) == pytest.approx(Decimal(row["fees"]))
        value = sum([Decimal(each["qty"]) * Decimal(each["px"]) for each in mine], Decimal(0))
        assert Decimal(row["avg_px"]) == pytest.approx(value / Decimal(row["cum"]), abs=Decimal("1e-8"))


def test_the_same_study_leaves_the_same_bytes(tmp_path: Path) -> None:
    left = []
    for name in ("first", "second"):
        path, runs = played(tmp_path)
        config = load(path)
        write(tmp_path / "deep" / name, config, runs, summaries(config, runs))
        left.append({each.name: each.read_bytes() for each in sorted((tmp_path / "deep" / name).iterdir())})
    assert left[0] == left[1]
    assert list(left[0]) == ["fills.csv", "parents.csv", "report.html"]
