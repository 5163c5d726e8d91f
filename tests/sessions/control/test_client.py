"""Who answers, who does not, and what a person is told then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sessions.control import client
from sessions.control.client import ChannelError, ask
from sessions.control.words import Answer, Look, Ping, Reload
from tests.sessions.control.room import STATUS, room


@contextmanager
def answering(path: Path, answer: Callable[[socket.socket], object]) -> Iterator[None]:
    """Somebody else listens there, and does this with the one who connects."""

    def serve() -> None:
        with listener.accept()[0] as line:
            answer(line)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def asked_of(path: Path) -> str:
    with pytest.raises(ChannelError) as caught:
        ask(path, Ping())
    return str(caught.value)


def test_a_question_and_an_instruction_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with room(path) as here, here.serving():
        assert ask(path, Look()) == Answer(ok=True, status=STATUS)
        assert ask(path, Reload(by="alice", reason="drill")) == Answer(ok=True, text="recorded as 7")


def test_nobody_there(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    said = f"{path}: no engine listens there; is it running, with this configuration?"
    assert asked_of(path) == said
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    assert asked_of(path) == said


def test_who_may_not_is_told(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        said = f"{path}: Protocol wrong type for socket; ask as the engine's own user or root"
        assert asked_of(path) == said


def test_an_engine_that_hangs_up(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with answering(path, lambda line: line.recv(1000)):
        assert asked_of(path) == f"{path}: hung up without an answer; the engine's log says why"


def test_who_is_turned_away_before_the_question_hears_why(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with answering(path, lambda line: line.send(b'{"ok":false,"text":"16 others are asking"}\n')):
        assert ask(path, Ping()) == Answer(ok=False, text="16 others are asking")


def test_what_is_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with answering(path, lambda line: (line.recv(1000), line.send(b"220 mail.example ESMTP\r\n"))):
        assert asked_of(path) == f"{path}: what answers there is no engine of this version"


def test_an_engine_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "demo.sock"
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    with answering(path, lambda line: (line.recv(1000), line.recv(1000))):
        assert asked_of(path) == (
            f"{path}: the engine did not answer in 0.05 s; `manifold run` says what it is waiting for"
        )
