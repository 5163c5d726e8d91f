"""`manifold operator` as a person types it, against a channel that a small loop looks after."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.core.actions import (
    Action,
    ChangeLimits,
    Enable,
    Kill,
    LearnAgain,
    Outcome,
    Release,
    RollBack,
    Scope,
    Settle,
    TakeBack,
    TakeOut,
)
from sessions import operate
from sessions.operate import _lines
from tests.sessions.command import manifold
from tests.sessions.control.room import RESTRICTED, STATUS, Room, room
from tests.sessions.test_config import ENGINE

SIGNED = ("--by", "A. Smith", "--reason", "as agreed with B. Jones")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "engine.toml"
    path.write_text(ENGINE)
    return path


@pytest.fixture
def here(config: Path) -> Iterator[Room]:
    with room(config.parent / "demo.sock") as made:
        yield made


def run(*arguments: str | Path) -> Result:
    """In this process."""
    return CliRunner().invoke(operate.app, [str(each) for each in arguments], terminal_width=80)


def test_each_command_asks_for_its_action_and_prints_the_answer(here: Room, config: Path) -> None:
    commands: dict[tuple[str, ...], Action] = {
        ("kill", "--all"): Kill(Scope.ALL, ""),
        ("kill", "--customer", "OMS"): Kill(Scope.CUSTOMER, "OMS"),
        ("kill", "--strategy", "1001"): Kill(Scope.STRATEGY, "1001"),
        ("kill", "--venue", "ALPHA"): Kill(Scope.VENUE, "ALPHA"),
        ("release", "--all"): Release(Scope.ALL, ""),
        ("release", "--venue", "GONE"): Release(Scope.VENUE, "GONE"),
        ("settle", "R-1-2", "--canceled", "--cum-qty", "0.50"): Settle("R-1-2", Outcome.CANCELED, Decimal("0.50")),
        ("settle", "R-1-2", "--working"): Settle("R-1-2", Outcome.WORKING, Decimal(0)),
        ("settle", "R-1-2", "--rejected"): Settle("R-1-2", Outcome.REJECTED, Decimal(0)),
        ("enable", "OMS"): Enable("OMS"),
        ("reload",): ChangeLimits(RESTRICTED),
        ("roll-back",): RollBack(),
        ("learn",): LearnAgain(),
        ("venue", "out", "ALPHA"): TakeOut("ALPHA"),
        ("venue", "in", "ALPHA"): TakeBack("ALPHA"),
    }
    with here.serving():
        for words in commands:
            result = run(*words, *SIGNED, "--config", config)
            assert (result.exit_code, result.stdout, result.stderr) == (0, "recorded as 7\n", ""), words
    assert [asked.action for asked in here.asked] == list(commands.values())
    assert {(asked.person, asked.reason) for asked in here.asked} == {("A. Smith", "as agreed with B. Jones")}


@pytest.mark.wire
def test_as_a_process(here: Room, config: Path) -> None:
    with here.serving():
        done = manifold("operator", "kill", "--venue", "ALPHA", *SIGNED, "--config", config)
        stands = manifold("operator", "status", "--config", config)
    assert (done.returncode, done.stdout, done.stderr) == (0, "recorded as 7\n", "")
    assert (stands.returncode, stands.stdout.splitlines(), stands.stderr) == (0, STANDS, "")
    assert [asked.action for asked in here.asked] == [Kill(Scope.VENUE, "ALPHA")]


def test_an_answer_of_no_is_exit_code_1(here: Room, config: Path) -> None:
    with here.serving("OMS is not stopped", ok=False):
        no = run("enable", "OMS", *SIGNED, "--config", config)
        nobody = run("kill", "--venue", "ALHPA", *SIGNED, "--config", config)
    assert (no.exit_code, no.stdout, no.stderr) == (1, "", "OMS is not stopped\n")
    said = "there is no venue ALHPA; the venues here are ALPHA, BETA\n"
    assert (nobody.exit_code, nobody.stdout, nobody.stderr) == (1, "", said)


def test_a_fault_elsewhere_in_the_configuration_stops_no_kill(here: Room, config: Path) -> None:
    config.write_text(ENGINE.replace("port = 9880", "port = -1"))
    with here.serving():
        assert run("kill", "--all", *SIGNED, "--config", config).exit_code == 0
    assert [asked.action for asked in here.asked] == [Kill(Scope.ALL)]


STANDS = [
    "demo: 1 open order, 3 children in doubt, 2 kills in force, 1 customer stopped",
    "session   OMS         oms        up",
    "session   COMPLIANCE  drop copy  down",
    "venue     ALPHA       in",
    "venue     BETA        out        by alice: tests",
    "kill      all         flat       by alice: drill",
    "kill      venue BETA  2 open     by bob: odd fills",
    "stopped   OMS                    repeats its orders; a named person has to enable it",
    "in doubt  R-1-2       BETA       0.50 ACME of A: no answer in 5 s",
    "and 2 more in doubt",
]


def test_an_engine_with_nothing_to_tell_says_so() -> None:
    quiet = STATUS.model_copy(
        update={"open_orders": 0, "doubts": 0, "sessions": [], "venues": [], "kills": [], "stopped": [], "in_doubt": []}
    )
    assert _lines(quiet) == ["demo: no open orders, no children in doubt, no kills in force, no customers stopped"]


# -- what is wrong before anybody is asked -----------------------------------------------------------------------------

SCOPES = "give one of --all, --customer, --strategy, --venue\n"
OUTCOMES = "give one of --working, --canceled, --rejected\n"
SHORT = "must be 1 to 64 printable characters, no space at either end\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("kill", *SIGNED), SCOPES),
        (("kill", "--all", "--venue", "ALPHA", *SIGNED), SCOPES),
        (("release", *SIGNED), SCOPES),
        (("settle", "C", *SIGNED), OUTCOMES),
        (("settle", "C", "--working", "--rejected", *SIGNED), OUTCOMES),
        (
            ("settle", "C", "--canceled", *SIGNED),
            "say what it traded before it was canceled: cum_qty, 0 for nothing\n",
        ),
        (("settle", "C", "--canceled", "--cum-qty", "x", *SIGNED), "cum_qty = 'x': must be a number\n"),
        (("kill", "--venue", "", *SIGNED), "give a name, or all without one\n"),
        (("reload", "--by", " ", "--reason", "drill"), f"by = ' ': {SHORT}"),
        (("reload", "--by", "alice\x1b[1m", "--reason", "drill"), f"by = 'alice\\x1b[1m': {SHORT}"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_a_sentence(config: Path, words: tuple[str, ...], said: str) -> None:
    result = run(*words, "--config", config)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)


@pytest.mark.parametrize("missing", ["--by", "--reason", "--config"])
def test_nobody_acts_without_a_name_a_reason_and_an_engine(config: Path, missing: str) -> None:
    words = {"--by": "alice", "--reason": "drill", "--config": str(config)}
    del words[missing]
    result = run("kill", "--all", *(each for pair in words.items() for each in pair))
    assert result.exit_code == 2
    assert f"Missing option '{missing}'" in result.stderr


def test_a_configuration_that_names_no_engine_is_told(tmp_path: Path) -> None:
    result = run("status", "--config", tmp_path / "none.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{tmp_path / 'none.toml'}: cannot be read: No such file")


def test_an_engine_that_does_not_run_is_exit_code_3(config: Path) -> None:
    socket = config.parent / "demo.sock"
    result = run("status", "--config", config)
    said = f"{socket}: no engine listens there; is it running, with this configuration?\n"
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", said)


COMMANDS = ("kill", "release", "settle", "enable", "reload", "venue out", "venue in", "roll-back", "learn", "status")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_an_example_of_it(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: manifold operator {command} " in " ".join(result.stdout.split())
