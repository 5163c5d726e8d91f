"""`manifold run` as a process: what it says, how it ends, what it leaves."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from engine.dropcopy.store import Kind, Store
from engine.dropcopy.verify import verify
from sessions.demo.processes import Process, start
from tests.sessions.evidence import evidence
from tests.sessions.test_config import ENGINE
from tests.world import PATIENCE, free_port

pytestmark = pytest.mark.wire
HERE = ENGINE.replace("venue.example", "127.0.0.1")


def running(folder: Path, port: int, venue: int, more: str = "") -> Process:
    text = HERE.replace("9880", str(port)).replace("9881", str(venue)) + more
    (folder / "engine.toml").write_text(text)
    return start("engine", ["run", str(folder / "engine.toml")], folder)


def events(folder: Path) -> list[str]:
    with closing(Store.open(str(folder / "store.db"), create=False)) as store:
        assert verify(store).problem == ""
        return [json.loads(record.body)["event"] for record in store.records() if record.kind == Kind.EVENT]


def ended(process: Process) -> tuple[int, list[str]]:
    """Exit code, and what was printed."""
    code = process.popen.wait(PATIENCE)
    process.reader.join()
    return code, process.log.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_an_operator_wants_to_know_and_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    venue = free_port()
    process = running(tmp_path, 0, venue)
    process.wait_for("connecting to", time.monotonic() + PATIENCE)
    process.popen.send_signal(number)
    code, lines = ended(process)
    assert re.fullmatch(rf"demo listening on 127\.0\.0\.1:\d+, store sqlite:///{tmp_path}/store\.db", lines[0])
    assert (code, lines[1:]) == (
        0,
        [
            f"operators reach it at {tmp_path}/demo.sock",
            f"connecting to ALPHA at 127.0.0.1:{venue}",
            f"stopping on {number.name}",
        ],
    )
    assert events(tmp_path) == ["started", "stopped"]


def test_a_venue_that_cannot_be_reached_is_no_event(tmp_path: Path) -> None:
    """QuickFIX says "logged out" of every attempt: it is neither told nor recorded, however often it happens."""
    with socket.create_server(("127.0.0.1", 0)) as venue:
        process = running(tmp_path, 0, venue.getsockname()[1])
        venue.settimeout(PATIENCE)
        for _ in range(3):
            venue.accept()[0].close()
        process.stop()
    code, lines = ended(process)
    assert (code, lines[3:]) == (0, ["stopping on SIGTERM"])
    assert events(tmp_path) == ["started", "stopped"]


def test_a_port_that_is_taken_is_told_and_leaves_nothing_on_record(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = (
            f"{tmp_path / 'engine.toml'}: listen.host:port = 127.0.0.1:{port}: another process listens there; "
            "stop it or choose another port, 0 takes a free one"
        )
        assert ended(running(tmp_path, port, 1)) == (3, [said])
    assert events(tmp_path) == []


def test_two_engines_do_not_share_a_store(tmp_path: Path) -> None:
    first = running(tmp_path, 0, 1)
    first.wait_for("listening on", time.monotonic() + PATIENCE)
    second = start("second", ["run", str(tmp_path / "engine.toml")], tmp_path)
    code, lines = ended(second)
    first.stop()
    assert (code, len(lines)) == (3, 1)
    assert lines[0].endswith("another engine writes to this store; stop it or use another path")
    assert first.popen.returncode == 0


def test_what_an_earlier_run_left_open_is_told(tmp_path: Path) -> None:
    evidence(tmp_path / "store.db", doubt=True)
    beta = HERE[HERE.index("[[venue]]") :].replace("ALPHA", "BETA")
    process = running(tmp_path, 0, 1, beta)
    process.wait_for("connecting to", time.monotonic() + PATIENCE)
    process.stop()
    code, lines = ended(process)
    assert code == 0
    assert "1 open order recovered; children in doubt will be asked for at their venues" in lines


def test_a_counterparty_of_an_open_order_cannot_be_taken_out(tmp_path: Path) -> None:
    evidence(tmp_path / "store.db", doubt=True)
    text = HERE.replace('name = "OMS"', 'name = "DESK"').replace("9880", "0")
    (tmp_path / "engine.toml").write_text(text)
    process = start("engine", ["run", str(tmp_path / "engine.toml")], tmp_path)
    why = "is not there, and order A is open with it; put it back until the order is final"
    path = tmp_path / "engine.toml"
    assert ended(process) == (2, [f"{path}: [[oms]] OMS {why}", f"{path}: [[venue]] BETA {why}"])
