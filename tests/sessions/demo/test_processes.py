"""Processes of the demo: what they print is heard, and all of them end whatever happens."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sessions.demo.config import VENUES, venue_toml
from sessions.demo.processes import DemoError, Process, running, start
from tests.sessions.command import children_of
from tests.world import PATIENCE

pytestmark = pytest.mark.wire


def soon() -> float:
    return time.monotonic() + PATIENCE


def simulated(folder: Path, logs: Path) -> Process:
    (folder / "venue.toml").write_text(venue_toml(VENUES[0], 1), encoding="utf-8")
    return start("venue", ["simulate", str(folder / "venue.toml")], logs)


def test_what_a_process_prints_is_heard_and_kept(tmp_path: Path) -> None:
    process = simulated(tmp_path, tmp_path)
    try:
        found = process.wait_for(r"ALPHA listening on 127\.0\.0\.1:(\d+)", soon())
        assert int(found[1]) > 0
    finally:
        process.stop()
    assert process.popen.returncode == 0
    assert (tmp_path / "venue.log").read_text(encoding="utf-8") == found.string


def test_a_process_whose_log_cannot_be_written_is_heard_all_the_same(tmp_path: Path) -> None:
    process = simulated(tmp_path, tmp_path / "none")
    try:
        process.wait_for("No such file or directory", soon())
        process.wait_for("ALPHA listening", soon())
    finally:
        process.kill()
    assert process.popen.returncode == -9


def test_a_process_that_ends_before_it_is_ready_leaves_its_last_words(tmp_path: Path) -> None:
    process = start("venue", ["simulate", str(tmp_path / "none.toml")], tmp_path)
    with pytest.raises(DemoError) as caught:
        process.wait_for("listening", soon())
    assert str(caught.value) == (
        f"venue did not get ready: it ended with exit code 2; its log {tmp_path / 'venue.log'} ends:\n"
        f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory; give the path of a TOML file"
    )
    assert caught.value.code == 3


def test_a_demo_runs_until_one_of_its_processes_dies_and_ends_the_others(tmp_path: Path) -> None:
    with running(tmp_path, seed=1) as demo:
        demo.check()
        assert [process.name for process in demo.processes] == [
            "venue-alpha",
            "venue-beta",
            "venue-gamma",
            "engine",
        ]
        demo.processes[1].kill()
        with pytest.raises(DemoError, match=r"^venue-beta did not stay until the end: SIGKILL ended it; its log \S+"):
            demo.check()
    assert [process.popen.returncode for process in demo.processes] == [0, -9, 0, 0]


def test_who_interrupts_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    def interrupted() -> None:
        if list(tmp_path.glob("*.log")):
            raise DemoError("interrupted", 1)

    with pytest.raises(DemoError, match="interrupted"), running(tmp_path, 1, interrupted):
        pytest.fail("it was not to get ready")
    for name in ("alpha", "beta", "gamma"):
        assert (tmp_path / f"venue-{name}.toml").exists()
    assert not (tmp_path / "engine.toml").exists()
    assert children_of(tmp_path) == []
