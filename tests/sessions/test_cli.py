"""Every command as a person types it: what it prints, and its exit code."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sessions import cli
from tests.engine.dropcopy.entries import query
from tests.sessions.command import manifold, manifold_running
from tests.sessions.evidence import evidence
from tests.sessions.test_config import ENGINE, SIMULATOR


def run(*arguments: str | Path) -> Result:
    """In this process: for commands that open no session."""
    return CliRunner().invoke(cli.app, [str(each) for each in arguments], terminal_width=80)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evidence(tmp_path_factory.mktemp("cli") / "store.db")


COMMANDS = (
    ["demo"],
    ["run"],
    ["simulate"],
    ["submit"],
    ["verify"],
    ["replay"],
    ["study"],
    ["atdl"],
    ["show", "order"],
    ["config", "check"],
    ["operator", "status"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_each_command_has_an_example_of_it(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"Example: manifold {' '.join(command)} " in " ".join(result.stdout.split())


def test_help_lists_every_command_and_the_exit_codes() -> None:
    said = run("--help").stdout
    assert {line.split()[1] for line in said.splitlines() if re.match(r"│ [a-z]+  ", line)} == {
        command[0] for command in COMMANDS
    }
    assert "0 done, 1 the answer is no, 2 wrong input, 3 the store or the network failed" in " ".join(said.split())


def test_version() -> None:
    assert (run("--version").stdout, run("--version").exit_code) == (f"manifold {version('manifold-fix')}\n", 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["demo", "--parents", "0"],
        ["demo", "--parents", "many"],
        ["run"],
        ["submit", "orders.csv"],
        ["submit", "orders.csv", "--connect", "127.0.0.1:9880", "--timeout", "0"],
        ["show", "order", "A"],
        ["verify", "--nonsense"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_understood_is_wrong_input(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


# -- config check ------------------------------------------------------------------------------------------------------


def test_config_check_says_what_a_sound_file_describes(tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text(ENGINE)
    result = run("config", "check", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: sound: an engine demo with 1 OMS, 1 venue\n")


def test_config_check_lists_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text(ENGINE.replace("port = 9880", "port = -1").replace('"venue.example"', '"[red]"'))
    result = run("config", "check", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{path}: listen.port = -1: must be 0 or more",
        f"{path}: venue.ALPHA.host = '[red]': must be a host name or an IPv4 address",
    ]


# -- verify ------------------------------------------------------------------------------------------------------------


def test_verify_gives_the_head_of_a_sound_store(store: Path) -> None:
    result = run("verify", store)
    assert result.exit_code == 0
    assert re.fullmatch(rf"{store}: 19 records, chain verified, head [0-9a-f]{{64}}\n", result.stdout)


def test_verify_says_no_to_a_store_that_was_changed(tmp_path: Path) -> None:
    path = evidence(tmp_path / "store.db")
    query(str(path), "UPDATE record SET body = 'x' WHERE seq = 7")
    result = run("verify", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{path}: not as it was written: record 7 ")


def test_neither_a_missing_store_nor_a_foreign_file_is_touched(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_text("hello")
    query(str(foreign), "CREATE TABLE theirs (x)")
    before = (text.read_bytes(), foreign.read_bytes())
    for path in (tmp_path / "none.db", tmp_path, text, foreign):
        for result in (run("verify", path), run("show", "order", "A", "--store", path)):
            assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1), result.output
            assert str(path) in result.stderr
    assert (text.read_bytes(), foreign.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign.db", "text.db"]


@pytest.mark.parametrize("url", ["", "sqlite://", "mysql://h/d", "nonsense://"])
def test_what_names_no_store_is_told(url: str) -> None:
    result = run("verify", url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1), result.output


def test_a_password_on_the_command_line_is_never_repeated() -> None:
    result = run("verify", "postgresql+psycopg://me:secret@127.0.0.1:1/d")
    assert result.exit_code == 3
    assert "secret" not in result.output


# -- show order --------------------------------------------------------------------------------------------------------


def test_show_order_prints_each_record_on_a_line_of_its_own_into_a_pipe(store: Path) -> None:
    result = run("show", "order", "A", "--store", store)
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr, len(lines)) == (0, "", 14)
    assert lines[0].startswith("A from OMS at 20231114-22:13:20.001000, OrderID R-1: ")
    assert max(map(len, lines)) > 200


def test_show_order_of_an_order_nobody_sent_is_a_no(store: Path) -> None:
    result = run("show", "order", "[Z]", "--store", store)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{store}: no order with ClOrdID(11) or OrderID(37) [Z]; capital letters count\n"


# -- simulate, as a process --------------------------------------------------------------------------------------------


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    path = tmp_path / "venue.toml"
    path.write_text(SIMULATOR)
    return path


@pytest.mark.wire
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_simulated_venue_says_where_it_listens_and_stops_when_told(venue: Path, number: signal.Signals) -> None:
    with manifold_running("simulate", venue) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(number)
        assert process.communicate() == ("", "")
    assert process.returncode == 0
    assert re.fullmatch(r"ALPHA listening on 127\.0\.0\.1:\d+ \(FIX\.4\.2\)\n", line)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.wire
def test_what_a_simulated_venue_cannot_have_is_told(venue: Path, taken: int) -> None:
    wrong = {
        f"port = {taken}": (3, f"host:port = 127.0.0.1:{taken}: another process listens there; stop it or choose"),
        'port = 0\nfills = "none/f.csv"': (2, "fills = 'none/f.csv': No such file or directory; is it a file in a"),
        'port = 0\nquickfix = { DataDictionary = "no" }': (2, "ALPHA.quickfix: no: Could not parse data dictionary"),
        'port = 0\nfills = "/dev/full"': (3, "No space left on device; make room or give permission, then start"),
    }
    for line, (code, said) in wrong.items():
        venue.write_text(SIMULATOR.replace("port = 0", line))
        done = manifold("simulate", venue)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
        assert said in done.stderr


@pytest.mark.wire
def test_the_other_kind_of_file_says_which_command_takes_it(venue: Path) -> None:
    done = manifold("run", venue)
    said = f"{venue}: describes a simulated venue, not an engine; it is for manifold simulate\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.wire
def test_verbose_logs_session_events_with_utc_times(venue: Path) -> None:
    """An OMS that is refused leaves a line of the door; what is printed is kept apart from what is logged."""
    with manifold_running("simulate", venue, "--verbose") as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split(":")[1].split()[0])
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert stranger.recv(100) == b""
        process.send_signal(signal.SIGINT)
        printed, logged = process.communicate()
    assert printed == ""
    assert re.search(
        r"^\d{8}-\d\d:\d\d:\d\d\.\d{3}Z WARNING manifold\.door: refused 127\.0\.0\.1:", logged, re.MULTILINE
    )
