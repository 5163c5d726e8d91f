"""`manifold operator` as a process beside a running engine: what it says is so at once, on record, and outlives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sessions.command import manifold
from tests.wire.foreign import Heard, Oms, Venue, cancel, new_order, replace
from tests.wire.market import VERSIONS, market
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire
RESTS = "40=2|44=50|59=0"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("operator"), [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]) as made:
        yield made


@pytest.fixture
def east(scene: Stage) -> Venue:
    return scene.venues[0]


@pytest.fixture
def west(scene: Stage) -> Venue:
    return scene.venues[1]


def operator(scene: Stage, *words: str) -> tuple[int, list[str]]:
    """Exit code, and the lines it printed; signed by A. Smith."""
    signed = () if words == ("status",) else ("--by", "A. Smith", "--reason", "as agreed")
    done = manifold("operator", *words, *signed, "--config", scene.folder / "engine.toml")
    assert not (done.stdout and done.stderr)
    return done.returncode, (done.stdout or done.stderr).splitlines()


def does(scene: Stage, *words: str) -> str:
    """What it put on record."""
    code, [line] = operator(scene, *words)
    assert code == 0, line
    return _recorded(line)


def declines(scene: Stage, *words: str) -> str:
    """Why it cannot be done, which is on record as well."""
    code, [line] = operator(scene, *words)
    assert code == 1, line
    return _recorded(line).removeprefix("A. Smith asked for what cannot be done: ")


def _recorded(line: str) -> str:
    found = re.fullmatch(r"recorded as \d+: (.*)", line)
    assert found is not None, line
    return found[1]


def _split(oms: Oms, east: Venue, west: Venue, cl_ord_id: str) -> tuple[Heard, Heard]:
    """100 ACME rest, half at each."""
    oms.says("D", new_order(cl_ord_id, "ACME", "100", RESTS))
    children = east.hears("D", "38=50"), west.hears("D", "38=50")
    east.acknowledges(children[0])
    west.acknowledges(children[1])
    oms.hears("8", f"11={cl_ord_id}|150=0|39=0")
    return children


# -- kill --------------------------------------------------------------------------------------------------------------


def test_a_kill_of_everything_while_orders_rest(tmp_path: Path) -> None:
    """At simulated venues, two of which cancel all in one message; over a kill -9 of the engine, until it is released."""
    words = "everything is killed by A. Smith: as agreed"
    with market(tmp_path) as scene:
        orders = {}
        for name in VERSIONS:
            with scene.oms(name) as oms:
                oms.says("D", new_order(f"{name}-1", "ACME", "300", RESTS))
                orders[name] = oms.hears("8", f"11={name}-1|150=0|39=0|151=300")[37]
        with scene.oms() as oms:
            assert does(scene, "kill", "--all").startswith(f"{words}; ")
            oms.hears("8", f"11=OMS-1|37={orders['OMS']}|150=4|39=4|14=0|151=0|58=killed by A. Smith: as agreed")
            oms.says("D", new_order("OMS-2", "ACME", "300", RESTS))
            oms.hears("8", f"11=OMS-2|150=8|39=8|103=0|58={words}")
            scene.decides(f"flat: {words}: flat, every child is confirmed gone")
        assert [scene.asked(order) for order in orders.values()] == ["DDDF"] * 3  # BETA and GAMMA have no more to hear
        assert scene.asked("").count("q") == 2
        scene.is_killed()
        scene.starts()
        code, lines = operator(scene, "status")
        assert (code, lines[0]) == (
            0,
            "stage: no open orders, no children in doubt, 1 kill in force, no customers stopped",
        )
        assert [line.split(maxsplit=3) for line in lines if line.startswith("kill")] == [
            ["kill", "all", "flat", "by A. Smith: as agreed"]
        ]
        for name in VERSIONS:
            with scene.oms(name) as oms:
                oms.says("D", new_order(f"{name}-3", "ACME", "300", RESTS))
                oms.hears("8", f"11={name}-3|150=8|39=8|58={words}")
        assert declines(scene, "release", "--customer", "OMS") == "there is no kill of customer OMS"
        assert does(scene, "release", "--all") == f"A. Smith ends: {words} (flat); as agreed"
        for name in VERSIONS:
            with scene.oms(name) as oms:
                oms.says("H", f"11={name}-1|55=ACME|54=1")
                oms.hears("8", f"11={name}-1|37={orders[name]}|39=4|14=0|151=0")  # what it cancelled stays so
                oms.says("D", new_order(f"{name}-4", "ACME", "3", "40=2|44=200|59=3"))
                oms.hears("8", f"11={name}-4|150=0|39=0")
                while oms.hears("8", f"11={name}-4")[39] != "2":
                    pass


def test_flat_is_when_every_child_is_gone(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    """Of one customer, the others go on; WEST answers only after the engine has died and come back."""
    words = "customer OMS is killed by A. Smith: as agreed"
    flat = f"{words}: flat, every child is confirmed gone"
    here, there = _split(oms, east, west, "KILLED")
    assert operator(scene, "kill", "--customer", "OMSS") == (
        1,
        ["there is no customer OMSS; the customers here are OMS, OMS42, OMS50"],
    )
    assert does(scene, "kill", "--customer", "OMS").startswith(f"{words}; ")
    oms.says("D", new_order("TOO LATE", "ACME", "100", RESTS))
    oms.hears("8", f"11=TOO LATE|150=8|103=0|58={words}")
    oms.says("G", replace("KILLED-R", "KILLED", "ACME", "200", RESTS))
    oms.hears("9", "11=KILLED-R|41=KILLED|434=2|102=0|58=killed by A. Smith: as agreed")
    east.cancels(here, east.hears("F", f"41={here[11]}"))
    west.hears("F", f"41={there[11]}")
    oms.hears_no_more()
    with scene.oms("OMS50") as other:
        other.says("D", new_order("ALIVE", "EASTCO", "10"))
        east.fills(east.hears("D", "55=EASTCO"), "10", "5")
        other.hears("8", "11=ALIVE|150=0")
        other.hears("8", "11=ALIVE|39=2")
    assert _kills(scene) == [["kill", "customer", "OMS", "1", "open", "by A. Smith: as agreed"]]
    scene.is_killed()
    scene.starts(log_on=False)
    oms.comes_back(scene.port)
    east.log_on()
    west.accepts()
    west.answers_logon()
    west.hears("H", f"11={there[11]}")
    west.hears("V")
    assert _kills(scene) == [["kill", "customer", "OMS", "1", "open", "by A. Smith: as agreed"]]
    west.reports(there, "0", "0", "20=3")
    again = west.hears("F", f"41={there[11]}")
    assert _decisions(scene, "flat") == []
    west.cancels(there, again)
    oms.hears("8", "11=KILLED|150=4|39=4|14=0|151=0|58=killed by A. Smith: as agreed")
    oms.hears_no_more()
    assert _decisions(scene, "flat") == [flat]
    assert _kills(scene) == [["kill", "customer", "OMS", "flat", "by A. Smith: as agreed"]]
    assert does(scene, "release", "--customer", "OMS") == f"A. Smith ends: {words} (flat); as agreed"
    scene.works(oms, "RELEASED")


def _kills(scene: Stage) -> list[list[str]]:
    code, lines = operator(scene, "status")
    assert code == 0
    return [
        [*line.partition(" by ")[0].split(), f"by {line.partition(' by ')[2]}"]
        for line in lines
        if line.startswith("kill")
    ]


def _decisions(scene: Stage, kind: str) -> list[str]:
    return [said.removeprefix(f"{kind}: ") for said in scene.decisions() if said.startswith(f"{kind}: ")]


def test_a_kill_of_a_venue_moves_what_rests_there(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here, there = _split(oms, east, west, "MOVED")
    assert does(scene, "kill", "--venue", "EAST").startswith("venue EAST is killed by A. Smith: as agreed")
    request = east.hears("F", f"41={here[11]}")
    west.hears_no_more()  # before EAST has confirmed, nothing of it is free
    east.cancels(here, request)
    more = west.hears("D", "38=50|44=50")
    oms.says("D", new_order("ONLY EAST", "EASTCO", "10"))
    oms.hears("8", "11=ONLY EAST|150=8|103=2|58=no venue for EASTCO is open to orders now")
    west.fills(there, "50", "50")
    oms.hears("8", "11=MOVED|39=1|14=50|151=50")
    west.fills(more, "50", "50")
    oms.hears("8", "11=MOVED|39=2|14=100|151=0")
    does(scene, "release", "--venue", "EAST")
    scene.works(oms, "BACK AT EAST")


# -- venues ------------------------------------------------------------------------------------------------------------


def test_a_venue_is_out_until_it_is_taken_back(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here, there = _split(oms, east, west, "LEAVES")
    assert does(scene, "venue", "out", "EAST").startswith("EAST is out: taken out by A. Smith: as agreed; ")
    east.cancels(here, east.hears("F", f"41={here[11]}"))
    more = west.hears("D", "38=50|44=50")
    oms.says("D", new_order("ONLY WEST", "ACME", "40", RESTS))
    west.fills(west.hears("D", "38=40"), "40", "50")
    oms.hears("8", "11=ONLY WEST|150=0")
    oms.hears("8", "11=ONLY WEST|39=2")
    scene.is_killed()
    scene.starts(log_on=False)
    oms.comes_back(scene.port)
    east.log_on()
    west.accepts()
    west.answers_logon()
    for child in (there, more):
        west.hears("H", f"11={child[11]}")
    west.hears("V")
    for child in (there, more):
        west.reports(child, "0", "0", "20=3")
    oms.says("D", new_order("STILL OUT", "EASTCO", "10"))
    oms.hears("8", "11=STILL OUT|150=8|103=2|58=no venue for EASTCO is open to orders now")
    assert does(scene, "venue", "in", "EAST") == "EAST is in: taken back by A. Smith: as agreed"
    for child in (there, more):
        west.fills(child, "50", "50")
    oms.hears("8", "11=LEAVES|39=1|14=50")
    oms.hears("8", "11=LEAVES|39=2|14=100")
    for venue, child in zip((east, west), _split(oms, east, west, "BOTH"), strict=True):
        venue.fills(child, "50", "50")
        oms.hears("8", "11=BOTH")
    oms.hears_no_more()


def test_status_says_who_took_a_venue_out(scene: Stage, oms: Oms) -> None:
    does(scene, "venue", "out", "EAST")
    venues = [line.split(maxsplit=3) for line in operator(scene, "status")[1] if line.startswith("venue")]
    does(scene, "venue", "in", "EAST")
    scene.works(oms, "IN AGAIN")
    assert venues == [["venue", "EAST", "out", "by A. Smith: as agreed"], ["venue", "WEST", "in"]]


# -- doubt -------------------------------------------------------------------------------------------------------------


def test_a_child_in_doubt_is_settled_by_hand(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    """30 of 50 it traded, says EAST's desk by telephone: 20 are free, 30 wait for the trade that proves them."""
    here, there = _split(oms, east, west, "SETTLED")
    assert declines(scene, "settle", here[11], "--canceled", "--cum-qty", "30") == f"{here[11]} is not in doubt: NEW"
    east.closes()
    scene.says("EAST logged off")
    code, lines = operator(scene, "status")
    [doubt] = [line for line in lines if line.startswith("in doubt")]
    assert (code, doubt.split()[2:]) == (
        0,
        f"{here[11]} EAST 50 ACME of SETTLED: last heard: NEW, CumQty(14) 0".split(),
    )
    limits = "between what it traded, 0, and its quantity, 50"
    why = f"CumQty(14) 51 of {here[11]} must be {limits}"
    assert declines(scene, "settle", here[11], "--canceled", "--cum-qty", "51") == why
    west.hears_no_more()
    reason = f"A. Smith settles {here[11]} as canceled: as agreed"
    assert does(scene, "settle", here[11], "--canceled", "--cum-qty", "30").startswith(f"{reason}; ")
    more = west.hears("D", "38=20|44=50")
    west.fills(there, "50", "50")
    oms.hears("8", "11=SETTLED|39=1|14=50|151=50")
    east.opens()
    east.log_on(due=False)
    east.fills(here, "30", "49")
    oms.hears("8", "11=SETTLED|39=1|32=30|31=49|14=80|151=20")
    west.fills(more, "20", "50")
    oms.hears("8", "11=SETTLED|39=2|32=20|14=100|151=0")
    oms.hears_no_more()
    west.hears_no_more()
    scene.works(oms, "NO DOUBT")


# -- limits ------------------------------------------------------------------------------------------------------------


def test_limits_are_read_again(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    path = scene.folder / "engine.toml"
    before = path.read_text()
    here, there = _split(oms, east, west, "LARGE")
    path.write_text(f"{before}\n[limits]\nmax_qty = 50\n")
    oms.says("D", new_order("NOT YET", "EASTCO", "60", RESTS))
    child = east.hears("D", "38=60")
    assert does(scene, "reload") == "A. Smith changes the limits: as agreed"
    raw = oms.says("D", new_order("TOO LARGE", "EASTCO", "60", RESTS))
    why = "OrderQty(38) 60 is above max_qty 50"
    oms.hears("8", f"11=TOO LARGE|150=8|39=8|14=0|103=3|58={why}")
    assert scene.verdict(raw) == f"refuse: {why}"
    path.write_text(f"{before}\n[limits]\nmax_qty = -1\n")
    code, [line] = operator(scene, "reload")
    assert (code, line.startswith(f"{path}: limits.max_qty = -1: ")) == (1, True)
    oms.says("D", new_order("AS BEFORE", "EASTCO", "60", RESTS))
    oms.hears("8", f"11=AS BEFORE|150=8|103=3|58={why}")
    path.write_text(before)
    assert does(scene, "reload") == "A. Smith changes the limits: as agreed"
    assert does(scene, "reload") == "A. Smith finds the limits unchanged: as agreed"
    for venue, filled, qty, name in (
        (east, here, 50, "LARGE"),
        (west, there, 50, "LARGE"),
        (east, child, 60, "NOT YET"),
    ):
        venue.fills(filled, str(qty), "50")
        heard = oms.hears("8", f"11={name}")
        if heard[150] == "0":
            oms.hears("8", f"11={name}|39=2")
    oms.hears_no_more()


def test_without_an_engine_nobody_answers(tmp_path: Path) -> None:
    made = Stage(tmp_path, [], "")
    code, [line] = operator(made, "kill", "--all")
    assert (code, line) == (
        3,
        f"{tmp_path}/stage.sock: no engine listens there; is it running, with this configuration?",
    )


def test_a_cancel_of_the_oms_behind_a_kill(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    """Both are answered with the one end of the order."""
    here, there = _split(oms, east, west, "TWO ENDS")
    does(scene, "kill", "--customer", "OMS")
    oms.says("F", cancel("TWO ENDS-C", "TWO ENDS", "ACME"))
    oms.hears("8", "11=TWO ENDS-C|41=TWO ENDS|150=6|39=6")
    east.cancels(here, east.hears("F"))
    west.cancels(there, west.hears("F"))
    oms.hears("8", "11=TWO ENDS-C|41=TWO ENDS|150=4|39=4|14=0|151=0")
    oms.hears_no_more()
    does(scene, "release", "--customer", "OMS")
    scene.works(oms, "ONE END")
