"""`manifold demo`, small, as a person runs it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from sessions.demo.processes import DemoError
from sessions.demo.run import run_demo
from tests.sessions.command import PATIENCE, children_of, manifold, manifold_running
from tests.world import complaints


def until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.01)


@pytest.mark.wire
def test_a_demo_agrees_with_itself_and_says_where_everything_is(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = manifold("demo", "--parents", "30", "--seed", "5", "--folder", folder)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"seed 5, 30 parents, everything in {folder}"
    assert [line.split()[:2] for line in lines[3:6]] == [
        ["ALPHA", "FIX.4.2"],
        ["BETA", "FIX.4.4"],
        ["GAMMA", "FIX.5.0SP2"],
    ]
    said = dict(line.split(maxsplit=1) for line in lines[7:] if not line.startswith(("fill rate", "OMS")))
    assert sum(map(int, re.findall(r"(\d+) [A-Z]+", said["parents"]))) == 30
    assert int(said["children"]) >= 30
    assert re.fullmatch(r"-?[\d.]+ bp against the arrival mid", said["slippage"])
    assert re.fullmatch(r"p50 [1-9]\d* µs, p99 [1-9]\d* µs from first to last child", said["fan-out"])
    assert re.fullmatch(r"\d+ in, \d+ out.*, all recorded", said["messages"])
    assert re.fullmatch(r"\d+ with \d+ decisions and \d+ events; chain verified", said["records"])
    assert lines[-1] == "OMS, children and venues agree on every parent; the chain verifies."
    assert all(len(line) <= 80 for line in lines if str(tmp_path) not in line)
    assert complaints(folder) == []
    assert children_of(folder) == []
    look = said["look"].split()
    shown = manifold(*look[1:])
    assert shown.returncode == 0
    assert re.fullmatch(r"DEMO-0001(-[RXC])?", shown.stdout.partition(" ")[0])  # as it was last accepted


@pytest.mark.wire
def test_a_venue_that_counts_otherwise_makes_it_exit_1_and_name_the_parent(tmp_path: Path) -> None:
    """While it runs, somebody writes ALPHA's first fill down once more."""
    folder, fills = tmp_path / "demo", tmp_path / "demo" / "fills-alpha.csv"
    with manifold_running("demo", "--parents", "30", "--seed", "5", "--folder", folder) as process:
        until(lambda: fills.exists() and fills.read_text().count("\n") > 1, "a fill at ALPHA")
        line = fills.read_text().splitlines()[1]
        with fills.open("a") as file:
            file.write(f"{line}\n")
        printed, complained = process.communicate(timeout=PATIENCE)
    assert (process.returncode, complained) == (1, "")
    parent = line.split(",")[1].rpartition("-")[0].rpartition("-")[2]  # parents are numbered as they come
    assert re.match(rf"DEMO-{int(parent):04d}(-[RXC])?: the OMS was told ", printed.splitlines()[-1])
    assert "agree on every parent" not in printed


@pytest.mark.wire
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    folder, log = tmp_path / "demo", tmp_path / "demo" / "engine.log"
    with manifold_running("demo", "--parents", "2000", "--folder", folder) as process:
        until(lambda: log.exists() and "OMS logged on" in log.read_text(), "the OMS")
        process.send_signal(number)
        printed, complained = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed.count("\n")) == (1, 1)
    assert complained == f"interrupted by {number.name}; what was recorded until then is in {folder}\n"
    assert children_of(folder) == []
    assert complaints(folder) == []
    assert manifold("verify", folder / "store.db").returncode == 0


def test_a_folder_that_is_in_use_or_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, why in (
        (tmp_path, "is not empty; give another"),
        (tmp_path / "file", "Not a directory; give a folder that can be made or is empty"),
        (tmp_path / "file" / "below", "Not a directory; give a folder that can be made or is empty"),
    ):
        with pytest.raises(DemoError) as caught:
            run_demo(Console(), 1, 1, folder)
        assert str(caught.value).replace(f"{folder}: ", f"{folder} ") == f"--folder {folder} {why}"
        assert caught.value.code == 2
