from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from sessions.config import ConfigError
from sessions.simulator.recorded import FACTS
from sessions.study.run import run
from tests.sessions.study.making import RECORDING, STUDY, beginning

EXAMPLE = Path(__file__).parents[3] / "examples" / "study.toml"


def test_a_study_from_its_file_to_its_report(tmp_path: Path) -> None:
    config, said, screen = tmp_path / "study.toml", list[str](), io.StringIO()
    config.write_text(STUDY, encoding="utf-8")
    console = Console(file=screen, width=80, force_terminal=True, color_system=None)
    assert run(config, tmp_path / "out", said.append, console) == 0
    assert said[0].startswith("Seed 7. 4 parents of 1500 ACME")
    assert said[-1] == f"seed 7, everything in {tmp_path / 'out'}: report.html, parents.csv, fills.csv"
    assert said[-2].startswith("153 s simulated in ")
    shown = screen.getvalue()
    assert all(name in shown for name in ("smart", "equal split", "in time", "against it", "own mid"))
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["fills.csv", "parents.csv", "report.html"]


def test_it_writes_beside_where_it_is_called_where_no_folder_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(STUDY, encoding="utf-8")
    run(Path("mine.toml"), None, lambda _: None, Console(file=io.StringIO()))
    assert [path.name for path in tmp_path.glob("runs/study-*/*.html")] == ["report.html"]


def test_what_the_engine_refuses_is_said(tmp_path: Path) -> None:
    config, said = tmp_path / "study.toml", list[str]()
    config.write_text(STUDY.replace('target = "1001"', 'target = "1"'), encoding="utf-8")
    run(config, tmp_path / "out", said.append, Console(file=io.StringIO()))
    assert any(line.startswith("in time: refused by the engine: TargetStrategy(847) 1 (VWAP)") for line in said)


def test_a_fault_leaves_nothing_behind(tmp_path: Path) -> None:
    config = tmp_path / "study.toml"
    config.write_text(STUDY.replace("count = 4", "count = 400"), encoding="utf-8")
    with pytest.raises(ConfigError, match="has room for 4"):
        run(config, tmp_path / "out", lambda _: None, Console(file=io.StringIO()))
    assert not (tmp_path / "out").exists()


def test_the_recorded_example_runs_and_a_sweep_costs_least_of_what_takes(tmp_path: Path) -> None:
    missing = [RECORDING / facts.file for facts in FACTS.values() if not (RECORDING / facts.file).is_file()]
    if missing:
        pytest.skip(f"{missing[0]} is not there; set MANIFOLD_SHARED")
    for facts in FACTS.values():
        beginning(RECORDING / facts.file, tmp_path, seconds=80)
    config = tmp_path / "study.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace("../../shared/data/binance-btc-20240808", str(tmp_path))
    config.write_text(text.replace("count = 40", "count = 6"), encoding="utf-8")
    assert run(config, tmp_path / "out", lambda _: None, Console(file=io.StringIO())) == 0
    rows = [line.split(",") for line in (tmp_path / "out" / "parents.csv").read_text().splitlines()[1:]]
    costs = {name: [float(row[10]) for row in rows if row[0] == name] for name in {row[0] for row in rows}}
    assert {len(each) for each in costs.values()} == {6}
    assert sum(costs["sweep"]) < sum(costs["best single venue"]) < sum(costs["equal split"])
