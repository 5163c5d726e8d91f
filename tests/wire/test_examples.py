"""The examples a person copies: each is sound, and the terminals they describe work together."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sessions.checking import check
from sessions.cli import app
from sessions.config import (
    ControlConfig,
    EngineConfig,
    ListingConfig,
    OmsConfig,
    SimulatorConfig,
    VenueConfig,
)
from sessions.demo.processes import Process, start
from sessions.fallback import FallbackConfig
from sessions.fields import Table
from sessions.limits import AccountConfig, CustomerTable, InstrumentConfig, LimitsConfig, VenueLimitsConfig
from sessions.routing import RoutingConfig
from tests.sessions.command import manifold
from tests.world import PATIENCE, complaints

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SHARED = Path(os.environ.get("MANIFOLD_SHARED", ROOT / ".." / "shared"))
RECORDING = SHARED / "data" / "binance-btc-20240808" / "spot-btcusdt.gz"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_every_configuration_is_sound(path: Path) -> None:
    assert check(path).startswith("sound: ")


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        (
            "engine.toml",
            (
                EngineConfig,
                RoutingConfig,
                ControlConfig,
                LimitsConfig,
                CustomerTable,
                InstrumentConfig,
                VenueLimitsConfig,
                AccountConfig,
                FallbackConfig,
                OmsConfig,
                VenueConfig,
                ListingConfig,
            ),
        ),
        ("venue-alpha.toml", (SimulatorConfig,)),
    ],
)
def test_the_commented_configurations_have_every_key(name: str, tables: tuple[type[Table], ...]) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    text = re.sub("^# ", "", text, flags=re.MULTILINE)  # what has no default is shown behind a comment sign
    written = set(re.findall(r"^(\w+) +=", text, re.MULTILINE))
    written |= {word for table in re.findall(r"^\[+([\w.]+)\]", text, re.MULTILINE) for word in table.split(".")}
    missing = {key for table in tables for key in table.model_fields} - written
    assert missing <= {"replay", "quickfix"}  # the first has examples of its own


def test_what_is_shown_behind_a_comment_sign_is_sound_too(tmp_path: Path) -> None:
    text = (EXAMPLES / "engine.toml").read_text(encoding="utf-8")
    path = tmp_path / "engine.toml"
    path.write_text(re.sub(r"^# (?=\w+ = |\[\[)", "", text, flags=re.MULTILINE))
    assert "\n[[limits.account]]" in path.read_text()
    assert check(path).startswith("sound: ")


@pytest.mark.wire
@pytest.mark.parametrize(
    ("engine", "venues", "orders", "end"),
    [
        (
            "engine.toml",
            ("venue-alpha", "venue-beta", "venue-gamma"),
            "orders.csv",
            r"6 orders: \d CANCELED, \d FILLED, 1 REJECTED",
        ),
        (
            "btc-engine.toml",
            ("btc-spot", "btc-usdm", "btc-coinm"),
            "btc-orders.csv",
            r"4 orders: (\d CANCELED, )?\d FILLED",
        ),
    ],
    ids=["shares", "bitcoin"],
)
def test_the_terminals_work_together(
    tmp_path: Path, engine: str, venues: tuple[str, ...], orders: str, end: str
) -> None:
    """As the comments in them say, but for the ports: those of the examples may be taken here."""
    if engine.startswith("btc") and not RECORDING.exists():
        pytest.skip(f"{RECORDING} is not there; set MANIFOLD_SHARED to the folder that has it")
    for path in EXAMPLES.iterdir():
        if path.suffix in {".toml", ".csv"}:
            shutil.copy(path, tmp_path)
    with ExitStack() as stack:
        for venue in venues:
            _listens(stack, tmp_path, "simulate", f"{venue}.toml", into=engine)
        process, port = _listens(stack, tmp_path, "run", engine)
        for _ in venues:
            process.wait_for(r"^\w+ logged on", time.monotonic() + PATIENCE)
        sent = manifold("submit", tmp_path / orders, "--connect", f"127.0.0.1:{port}")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert re.fullmatch(end, sent.stdout.splitlines()[-1])
    assert complaints(tmp_path) == []
    _on_record(tmp_path, engine, orders)


def _listens(stack: ExitStack, folder: Path, command: str, name: str, into: str = "") -> tuple[Process, int]:
    """Starts it on a free port, which is also written into the configuration of the engine."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    [own] = re.findall(r"^port = (98\d\d)", text.partition("[[venue]]")[0], re.MULTILINE)
    text = text.replace(f"port = {own}", "port = 0").replace("../../shared", str(SHARED.resolve()))
    path.write_text(text, encoding="utf-8")
    process = start(path.stem, [command, str(path)], folder)
    stack.callback(process.stop)
    port = int(process.wait_for(r"listening on \S+:(\d+)", time.monotonic() + PATIENCE)[1])
    if into:
        engine = folder / into
        engine.write_text(engine.read_text(encoding="utf-8").replace(f"port = {own}", f"port = {port}"))
    return process, port


def _on_record(folder: Path, engine: str, orders: str) -> None:
    found = re.search(r'^url = "(.*)"', (folder / engine).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    store = str(folder / found[1])
    verified = CliRunner().invoke(app, ["verify", store])
    assert (verified.exit_code, verified.stderr) == (0, "")
    for line in (folder / orders).read_text(encoding="utf-8").splitlines()[1:]:
        cl_ord_id = line.partition(",")[0]
        shown = CliRunner().invoke(app, ["show", "order", cl_ord_id, "--store", store])
        assert (shown.exit_code, shown.stdout.partition(" ")[0]) == (0, cl_ord_id)
