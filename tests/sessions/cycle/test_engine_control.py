"""What a named person asks of a running engine: recorded, decided, answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from engine.core.actions import Action, Kill, Release, Scope
from tests.sessions.cycle.scene import ORDER, Scene


class Asked(NamedTuple):
    person: str
    user: str
    reason: str
    action: Action
    answer: Callable[..., None]


class Line:
    """A channel that a test speaks into."""

    def __init__(self) -> None:
        self.closed = False
        self.answers: list[str] = []
        self.done: list[bool] = []
        self._waiting: list[Asked] = []

    def ask(self, action: Action, reason: str = "a test") -> None:
        self._waiting.append(Asked("Ada", "desk", reason, action, self._hear))

    def _hear(self, text: str, *, ok: bool = True) -> None:
        self.answers.append(text)
        self.done.append(ok)

    def poll(self) -> list[Asked]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def filenos(self) -> list[int]:
        return []

    def close(self) -> None:
        self.closed = True


def asked(scene: Scene, action: Action) -> Line:
    line = Line()
    scene.engine.open_control(line)
    line.ask(action)
    return line


def test_an_instruction_is_on_record_before_what_it_causes_and_answered_when_it_is_committed(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    line = asked(scene, Kill(Scope.ALL))
    journal = scene.turn()
    assert journal[0] == ("commit", "in OMS D", "decision route", "out ALPHA D", "out BETA D")
    second = next(entry for entry in journal[1:] if entry[0] == "commit")
    assert second[1:3] == ("event instructed", "decision kill")
    event = next(r for r in scene.all_records() if b'"instructed"' in r.body)
    assert json.loads(event.body) == {
        "event": "instructed",
        "person": "Ada",
        "user": "desk",
        "reason": "a test",
        "action": {"kind": "Kill", "scope": "all", "name": ""},
    }
    (answer,) = line.answers
    assert answer.startswith(f"recorded as {event.seq}: ")
    assert scene.reasons("kill")[0] in answer


def test_nothing_is_answered_while_the_store_fails(scene: Scene) -> None:
    line = asked(scene, Kill(Scope.VENUE, "ALPHA"))
    scene.store.failures = 2
    heard_at: list[int] = []
    commit = scene.store.commit

    def counting(*arguments: object, **named: object) -> None:
        heard_at.append(len(line.answers))
        commit(*arguments, **named)  # type: ignore[arg-type]

    scene.store.commit = counting  # type: ignore[method-assign]
    scene.turn()
    assert heard_at == [0, 0, 0]
    assert len(line.answers) == 1


def test_the_channel_is_closed_with_the_engine(scene: Scene) -> None:
    line = Line()
    scene.engine.open_control(line)
    scene.engine.stop("SIGTERM")
    assert line.closed


def test_what_cannot_be_done_is_answered_as_such(scene: Scene) -> None:
    line = asked(scene, Release(Scope.ALL))
    scene.turn()
    assert line.done == [False]
    assert "Ada asked for what cannot be done: there is no kill of all" in line.answers[0]
