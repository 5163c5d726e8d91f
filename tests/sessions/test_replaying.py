"""`manifold replay`: what a person is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from engine.dropcopy.store import Store
from sessions import cli
from sessions.replaying import replay_store
from tests import postgres
from tests.engine.dropcopy.entries import query
from tests.sessions.cycle.scene import ORDER, Scene
from tests.sessions.evidence import evidence


def recorded(folder: Path, url: str = "") -> str:
    """A store with one order that two venues have."""
    scene = Scene(folder, url=url)
    scene.start()
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.store.close()
    return scene.url


def replayed(url: str) -> Result:
    return CliRunner().invoke(cli.app, ["replay", url], terminal_width=80)


def test_no_difference_is_told_with_figures(tmp_path: Path) -> None:
    url = recorded(tmp_path)
    result = replayed(url)
    assert result.exit_code == 0
    assert re.fullmatch(rf"{url}: \d+ decisions and \d+ messages decided again: no difference\n", result.stdout)


def test_the_first_difference_is_told_with_both_sides(tmp_path: Path) -> None:
    url = recorded(tmp_path)
    changed = "CAST(replace(body, 'by weight', 'by chance') AS BLOB)"
    query(url, f"UPDATE record SET body = {changed} WHERE kind = 'decision'")
    result = replayed(url)
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert told[0].startswith(f"{url}: decided again, it is not the same: record ")
    assert told[1].startswith("  on record:     decision T-1 {")
    assert told[2] == told[1].replace("on record:    ", "decided again:").replace("by chance", "by weight")


@pytest.mark.parametrize(
    "change", ["body = replace(body, 'a', 'b')", "body = CAST('[' AS BLOB)", "body = CAST('{}' AS BLOB)"]
)
def test_a_record_that_cannot_be_read_is_a_difference(tmp_path: Path, change: str) -> None:
    url = recorded(tmp_path)
    query(url, f"UPDATE record SET {change} WHERE kind = 'event' AND session = 'OMS'")
    result = replayed(url)
    assert result.exit_code == 1
    assert re.search(r"it is not the same: record \d+ cannot be read: ", result.stderr)


def test_a_store_of_an_earlier_manifold_says_so(tmp_path: Path) -> None:
    result = replayed(str(evidence(tmp_path / "store.db")))
    assert result.exit_code == 1
    assert "no start in it says what the engine was made of: it can be verified, and not decided" in result.stderr


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    result = replayed(str(tmp_path / "none.db"))
    assert (result.exit_code, "there is no store here" in result.stderr) == (3, True)


def test_a_terminal_sees_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.cycle.replay.STEP", 2)
    store = Store.open(recorded(tmp_path), create=False)
    with (tmp_path / "screen").open("w") as screen:
        assert replay_store(store, Console(file=screen, force_terminal=True, width=80))[0]
    assert f"/{store.last}" in (tmp_path / "screen").read_text()
    store.close()


def test_postgresql_is_decided_again_as_well(tmp_path: Path) -> None:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as server, server.database() as url:
        result = replayed(recorded(tmp_path, url))
    assert (result.exit_code, "no difference" in result.stdout) == (0, True)
