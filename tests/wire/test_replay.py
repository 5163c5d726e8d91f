"""`manifold replay` over what a day left behind: decided again it is the same, and a copy that somebody changed is not."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sessions.cli import app
from tests.sessions.command import manifold
from tests.wire.foreign import Venue, cancel, new_order, replace
from tests.wire.stage import Stage, stage
from tests.wire.test_operator import does

pytestmark = pytest.mark.wire
RESTS = "40=2|44=50|59=0"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a day with an amendment, a trade that is cancelled, a kill -9, a venue lost, limits and a kill."""
    folder = tmp_path_factory.mktemp("replay")
    with stage(folder, [Venue("FIX.4.4", "EAST"), Venue("FIX.5.0SP2", "WEST")]) as scene:
        _trade(scene)
    return folder / "store.db"


def _trade(scene: Stage) -> None:
    east, west = scene.venues
    with scene.oms() as oms:
        oms.says("D", new_order("DAY", "ACME", "100", RESTS))
        here, there = east.hears("D"), west.hears("D")
        west.acknowledges(there)
        east.fills(here, "20", "50", exec_id="T-1")
        oms.hears("8", "150=0")
        oms.hears("8", "150=F|14=20")
        oms.says("G", replace("DAY-R", "DAY", "ACME", "60", RESTS))
        oms.hears("8", "150=E")
        changed = west.hears("G", "38=10")
        west.replaces(there, changed)
        oms.hears("8", "11=DAY-R|150=5|38=60|14=20")
        east.reports(here, "H", "0", "17=T-2|19=T-1|14=0|151=50")
        oms.hears("8", "11=DAY-R|150=H|14=0|151=60")
        oms.hears_no_more()
    scene.is_killed()
    scene.starts(log_on=False)
    for venue, child in ((east, here), (west, changed)):
        venue.accepts()
        venue.answers_logon()
        venue.hears("H", f"11={child[11]}")
        venue.hears("V")
    east.reports(here, "I", "0", "14=0|151=50")
    west.reports(changed, "I", "0")
    config = scene.folder / "engine.toml"
    config.write_text(f"{config.read_text()}\n[limits]\nmax_qty = 200\n")
    does(scene, "reload")
    with scene.oms("OMS42") as oms:
        oms.says("D", new_order("TOO LARGE", "ACME", "201", RESTS))
        oms.hears("8", "11=TOO LARGE|150=8|103=3")
    does(scene, "kill", "--customer", "OMS")
    for venue, child in ((east, here), (west, changed)):
        venue.cancels(child, venue.hears("F", f"41={child[11]}"))
    scene.decides("flat: customer OMS is killed by A. Smith: as agreed: flat, every child is confirmed gone")
    does(scene, "release", "--customer", "OMS")
    with scene.oms("OMS50") as oms:
        oms.says("D", new_order("LAST", "ACME", "100", RESTS))
        children = east.hears("D"), west.hears("D")
        oms.says("F", cancel("LAST-C", "LAST", "ACME"))
        oms.hears("8", "150=6")
        for venue, child in zip((east, west), children, strict=True):
            venue.cancels(child, venue.hears("F"))
        oms.hears("8", "150=4|39=4")


def test_everything_is_decided_the_same_way_again(day: Path) -> None:
    done = manifold("replay", day)
    assert (done.returncode, done.stderr) == (0, "")
    said = re.fullmatch(rf"{day}: (\d+) decisions and (\d+) messages decided again: no difference\n", done.stdout)
    assert said is not None, done.stdout
    with closing(sqlite3.connect(day)) as store:
        counted = "select count(*) from record where kind = ? and msg_type not in ('0', '1', '2', '4', '5', 'A')"
        assert [int(number) for number in said.groups()] == [
            store.execute(counted, [kind]).fetchone()[0] for kind in ("decision", "out")
        ]


# which record, what somebody made of what in it, what is on record, what is decided again
DOCTORED = {
    "what was asked of a venue": (
        "kind = 'out' and session = 'WEST' and msg_type = 'G'",
        (b"\x0138=10\x01", b"\x0138=11\x01"),
        r"out WEST \S+ 35=G\|.*\|38=11\|",
        r"out WEST \S+ 35=G\|.*\|38=10\|",
    ),
    "what an OMS was told": (
        "kind = 'out' and session = 'OMS' and msg_type = '8' and instr(body, x'013135303D4601')",  # 150=F
        (b"\x0132=20\x01", b"\x0132=21\x01"),
        r"out OMS \S+ 35=8\|.*\|32=21\|",
        r"out OMS \S+ 35=8\|.*\|32=20\|",
    ),
    "what a venue said": (
        "kind = 'in' and session = 'EAST' and instr(body, x'0131373D542D3101')",  # 17=T-1
        (b"\x0131=50\x01", b"\x0131=49\x01"),
        r"out OMS \S+ 35=8\|.*\|31=50\|",
        r"out OMS \S+ 35=8\|.*\|31=49\|",
    ),
    "why it was decided": (
        "kind = 'decision' and instr(body, 'as DAY-R asks')",
        (b"as DAY-R asks", b"as we please"),
        r"decision \S+ .*as we please",
        r"decision \S+ .*as DAY-R asks",
    ),
    "who killed": (
        "kind = 'event' and instr(body, '\"Kill\"')",
        (b"A. Smith", b"B. Jones"),
        r"decision .*customer OMS is killed by A\. Smith",
        r"decision .*customer OMS is killed by B\. Jones",
    ),
}


@pytest.mark.parametrize("what", DOCTORED)
def test_a_copy_that_somebody_changed_shows_both_sides(day: Path, tmp_path: Path, what: str) -> None:
    which, (was, becomes), there, again = DOCTORED[what]
    copy = tmp_path / "copy.db"
    shutil.copy(day, copy)
    with closing(sqlite3.connect(copy)) as store:
        query = f"select seq, body from record where {which} order by seq"
        seq, body = store.execute(query).fetchone()
        assert body.count(was) == 1
        store.execute("update record set body = ? where seq = ?", [body.replace(was, becomes), seq])
        store.commit()
    done = CliRunner().invoke(app, ["replay", str(copy)])
    assert (done.exit_code, done.stdout) == (1, "")
    first, on_record, decided = done.stderr.splitlines()
    assert re.fullmatch(rf"{copy}: decided again, it is not the same: record \d+", first)
    assert re.match(rf"  on record:     {there}", on_record)
    assert re.match(rf"  decided again: {again}", decided)


def test_a_store_that_is_none_is_refused(tmp_path: Path) -> None:
    done = manifold("replay", tmp_path / "nothing.db")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{tmp_path}/nothing.db: ")
