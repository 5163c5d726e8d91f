"""Real sockets: who gets in, what they may say, and that nobody keeps the engine or the others waiting."""

from __future__ import annotations

import logging
import os
import random
import select
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.actions import ChangeLimits, Enable, Kill, Scope, TakeOut
from engine.risk.limits import Limits
from sessions.config import ConfigError
from sessions.control import channel as under_test
from sessions.control.channel import LINE_MAX, VISITORS_MAX, Channel
from sessions.control.desk import Desk
from sessions.listening import ListenError
from tests.sessions.control.room import RESTRICTED, STATUS, Room, desk, room
from tests.world import wait

SIGNED = {"by": "alice", "reason": "drill"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path / "demo.sock") as made:
        yield made


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_an_instruction_is_handed_on_and_answered_when_the_engine_is_done(here: Room) -> None:
    line = here.say(ask="kill", scope="venue", name="ALPHA", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    [(person, user, reason, action, answer)] = here.asked
    assert (person, reason, action) == ("alice", "drill", Kill(Scope.VENUE, "ALPHA"))
    assert user == under_test._user(os.geteuid())
    assert here.poll() is False  # the answer is the engine's to give
    answer("recorded as 7")
    assert here.answers(line) == {"ok": True, "text": "recorded as 7", "status": None}


def test_the_engine_may_say_no(here: Room) -> None:
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    here.asked[0].answer("OMS is not stopped", ok=False)
    assert here.answers(line) == {"ok": False, "text": "OMS is not stopped", "status": None}


def test_two_who_ask_at_once_are_answered_each_on_their_own(here: Room) -> None:
    first, second = (
        here.say(ask="enable", customer="OMS", **SIGNED),
        here.say(ask="out", venue="BETA", by="bob", reason="odd fills"),
    )
    wait(lambda: len(here.asked) == 2, here.poll, "both")
    assert [(asked.person, asked.action) for asked in here.asked] == [
        ("alice", Enable("OMS")),
        ("bob", TakeOut("BETA")),
    ]
    here.asked[1].answer("out")
    here.asked[0].answer("enabled")
    assert (here.answers(first)["text"], here.answers(second)["text"]) == ("enabled", "out")


def test_what_needs_no_decision_is_answered_at_once(here: Room) -> None:
    assert here.answers(here.say(ask="ping")) == {"ok": True, "text": "demo is here", "status": None}
    assert here.answers(here.say(ask="status")) == {"ok": True, "text": "", "status": STATUS.model_dump(mode="json")}
    assert here.asked == []


def test_a_reload_carries_the_limits_as_the_engine_reads_them(here: Room) -> None:
    here.say(ask="reload", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    assert here.asked[0].action == ChangeLimits(RESTRICTED)


def test_limits_that_cannot_be_read_go_back_as_sentences_and_change_nothing(tmp_path: Path) -> None:
    def unsound() -> Limits:
        raise ConfigError("engine.toml: limits.max_qty = -1: must be above 0")

    told = Desk("demo", ["OMS"], ["ALPHA"], limits=unsound, status=lambda: STATUS)
    with room(tmp_path / "demo.sock", told) as here:
        assert here.answers(here.say(ask="reload", **SIGNED)) == {
            "ok": False,
            "text": "engine.toml: limits.max_qty = -1: must be above 0",
            "status": None,
        }
        assert here.asked == []


def test_who_is_not_here_cannot_be_killed_by_a_slip_of_the_pen(here: Room) -> None:
    assert here.answers(here.say(ask="kill", scope="venue", name="ALHPA", **SIGNED)) == {
        "ok": False,
        "text": "there is no venue ALHPA; the venues here are ALPHA, BETA",
        "status": None,
    }
    assert here.asked == []


# -- what cannot be understood -----------------------------------------------------------------------------------------

NO_JSON = "a connection brings one request, one line of JSON"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\n", NO_JSON),
        (b"kill\n", NO_JSON),
        (b"\xff\xfe\n", NO_JSON),
        (b'{"ask":"ping"}\n{"ask":"ping"}\n', NO_JSON),
        (b"[" * 60_000 + b"\n", NO_JSON),
        (b'{"n":1e99999999999999999999}\n', NO_JSON),
        (b"7\n", "ask: must be one of ping, status, kill, release, settle, enable, reload, out, in, rollback, learn"),
        (b'{"ask":"ping","more":1}\n', "more: unknown key; the keys here are ask"),
        (b'{"ask":"reload"}\n', "by: is missing; add it\nreason: is missing; add it"),
        (b"x" * (LINE_MAX + 1), f"a request is one line of at most {LINE_MAX} bytes"),
    ],
    ids=["empty", "word", "bytes", "two", "depth", "exponent", "number", "key", "unsigned", "long"],
)
def test_garbage_is_answered_with_a_sentence_and_goes_no_further(here: Room, sent: bytes, said: str) -> None:
    assert here.answers(here.dial(sent)) == {"ok": False, "text": said, "status": None}
    assert here.asked == []
    assert here.answers(here.say(ask="ping"))["ok"]


def test_random_bytes_never_stop_it(here: Room) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    good = b'{"ask":"out","venue":"ALPHA","by":"alice","reason":"drill"}'
    for _ in range(200):
        spoiled = bytearray(good)
        for _ in range(draw.randint(1, 6)):
            spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
        line = here.dial(bytes(spoiled) + b"\n")
        here.poll()
        for asked in here.asked:  # a letter of the name or of the reason may have changed
            asked.answer("recorded")
        assert here.answers(line)["text"]
        here.asked.clear()


def test_a_request_may_come_in_pieces(here: Room) -> None:
    line = here.dial()
    for piece in (b'{"ask":', b'"ping"', b"}\n"):
        here.poll()
        line.send(piece)
    assert here.answers(line)["text"] == "demo is here"


# -- who dawdles, who leaves, who crowds -------------------------------------------------------------------------------


def test_who_never_sends_is_hung_up_on(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, halfway = here.dial(), here.dial(b'{"ask":')
    here.poll()
    assert here.answers(here.say(ask="ping"))["ok"]  # nobody waits for them
    monkeypatch.setattr(under_test, "PATIENCE", 0.0)
    assert (here.hears(silent), here.hears(halfway)) == ("", "")


def test_an_answer_too_long_to_read_is_cut(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "TEXT_MAX", 5)
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    here.asked[0].answer("12345678")
    assert here.answers(line)["text"] == "12345… and 3 characters more, see the record"


def test_who_does_not_read_the_answer_is_hung_up_on(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "TEXT_MAX", 10**8)
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    here.asked[0].answer("x" * 10_000_000)  # more than fits between us
    assert len(here.channel._visitors) == 1
    monkeypatch.setattr(under_test, "PATIENCE", 0.0)
    wait(lambda: here.channel._visitors == [], lambda: here.poll() or True, "the end of it")
    assert len(line.recv(10_000_000)) < 10_000_000


def test_a_long_answer_arrives_whole(here: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "TEXT_MAX", 10**8)
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    here.asked[0].answer("x" * 1_000_000)
    assert len(here.answers(line)["text"]) == 1_000_000


def test_who_left_before_the_answer_is_not_missed(here: Room) -> None:
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    line.close()
    here.asked[0].answer("enabled")
    here.asked[0].answer("enabled")
    assert here.answers(here.say(ask="ping"))["ok"]


def test_who_left_without_asking_is_not_missed(here: Room) -> None:
    for sent in (b"", b'{"ask"'):
        here.dial(sent).close()
    assert here.answers(here.say(ask="ping"))["ok"]
    assert here.channel._visitors == []


def test_more_than_there_is_room_for_are_turned_away_until_there_is(here: Room) -> None:
    lines = [here.dial() for _ in range(VISITORS_MAX)]
    here.poll()
    late = here.say(ask="ping")
    assert here.answers(late) == {"ok": False, "text": f"{VISITORS_MAX} others are asking; try again", "status": None}
    lines.pop().close()
    here.poll()
    assert here.answers(here.say(ask="ping"))["ok"]


def test_a_hundred_at_once_are_all_told_something(here: Room) -> None:
    lines = []
    for _ in range(100):
        lines.append(here.say(ask="ping"))
        here.poll()
    assert all(here.hears(line) for line in lines)


def test_the_loop_wakes_up_for_who_knocks_and_for_who_speaks(here: Room) -> None:
    def readable() -> bool:
        return bool(select.select(here.channel.filenos(), [], [], 0)[0])

    assert not readable()
    line = here.dial()
    assert readable()
    here.poll()
    assert not readable()
    line.send(b'{"ask":"enable","customer":"OMS","by":"a","reason":"b"}\n')
    assert readable()
    here.poll()
    line.close()
    assert not readable()  # what is only waiting for its answer does not keep the loop awake


# -- who may -----------------------------------------------------------------------------------------------------------


def test_the_file_is_the_engines_own(here: Room) -> None:
    mode = here.path.stat().st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)


def test_another_user_is_hung_up_on_before_a_byte_is_read(
    here: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(here.channel, "_users", {os.geteuid() + 1: "somebody"})
    with caplog.at_level(logging.WARNING, "manifold.control"):
        assert here.hears(here.say(ask="kill", scope="all", **SIGNED)) == ""
    assert here.asked == []
    assert caplog.messages == [f"refused process {os.getpid()} of user id {os.geteuid()}: not the engine's own user"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_is_refused_by_the_kernel_already(tmp_path: Path) -> None:
    """And by name where the file's mode was opened up."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with room(tmp_path / "demo.sock") as here:
        assert _as_nobody(here) == b"13"  # EACCES
        here.path.chmod(0o666)
        assert _as_nobody(here) == b""
        assert here.asked == []


def _as_nobody(here: Room) -> bytes:
    """What another user hears who asks: errno, or the answer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            line = here.say(ask="ping")
            line.setblocking(True)
            os.write(writing, line.recv(1000))
        except OSError as error:
            os.write(writing, str(error.errno).encode() if error.errno == 13 else b"")
        finally:
            os._exit(0)
    os.close(writing)
    wait(lambda: os.waitpid(child, os.WNOHANG)[0] != 0, here.poll, "the other user")
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


# -- what is in the way ------------------------------------------------------------------------------------------------


def test_an_engine_that_lives_keeps_its_place(here: Room) -> None:
    with pytest.raises(ListenError) as caught:
        Channel.open(here.path, desk())
    said = f"control.socket = {here.path}: another engine listens there; stop it or choose another path"
    assert str(caught.value) == said
    assert here.answers(here.say(ask="ping"))["ok"]


def test_a_queue_before_it_is_a_sign_of_life(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(ListenError, match="another engine listens there"):
            Channel.open(path, desk())


def test_what_a_killed_engine_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
        killed.listen()
    with room(path) as here:
        assert here.answers(here.say(ask="ping"))["ok"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    path.write_text("notes")
    with pytest.raises(ListenError) as caught:
        Channel.open(path, desk())
    assert str(caught.value) == (
        f"control.socket = {path}: is there already and no socket; move it or choose another path"
    )
    assert path.read_text() == "notes"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none" / "demo.sock"
    with pytest.raises(ListenError) as caught:
        Channel.open(path, desk())
    assert str(caught.value) == f"control.socket = {path}: No such file or directory; choose another path"


def test_closing_removes_the_file_but_never_a_successors(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    first = Channel.open(path, desk())
    path.rename(tmp_path / "old.sock")
    with room(path) as successor:
        first.close()
        assert successor.answers(successor.say(ask="ping"))["ok"]
    assert not path.exists()


def test_who_is_waiting_when_the_engine_stops_is_hung_up_on(here: Room) -> None:
    line = here.say(ask="enable", customer="OMS", **SIGNED)
    wait(lambda: bool(here.asked), here.poll, "the instruction")
    here.channel.close()
    assert line.recv(100) == b""
    here.asked[0].answer("too late")
