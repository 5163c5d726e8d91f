"""The rules of the themes can fail: each of these is a bug that somebody could write into kills, limits, days or venues."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.actions import Scope
from engine.core.asking import Desk
from engine.core.core import Core
from engine.core.floor import Floor
from engine.core.killing import Kills
from engine.orders.order import Child, Parent
from engine.risk.controls import Controls
from engine.risk.throttle import Throttle
from tests.simulation.actions import draw
from tests.simulation.run import play
from tests.simulation.themes import NAMES, Lasting, Operate, Settle

WITHIN = 400  # seeds, of which those of its theme are played

reached = Kills._reached
killed = Kills.kill
made = Kills.__init__


def test_every_theme_is_drawn_and_the_base_flow_stays() -> None:
    plans = [draw(number) for number in range(100)]
    assert {name for plan, _ in plans for name in plan.theme.names} == set(NAMES)
    assert sum(not plan.theme.names for plan, _ in plans) > 20
    assert {type(each) for _, actions in plans for each in actions} >= {Operate, Settle, Lasting}


def nothing(*_: Any, **__: Any) -> None:
    """In the place of what should have been done."""


def doubt_is_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill forgets what is in doubt."""

    def kill(self: Kills, scope: Scope, name: str, *rest: Any) -> list[tuple[Parent, Child]]:
        monkeypatch.setattr(Kills, "_reached", lambda self, kill: [r for r in reached(self, kill) if not r[1].in_doubt])
        found = killed(self, scope, name, *rest)
        monkeypatch.setattr(Kills, "_reached", reached)
        return found

    monkeypatch.setattr(Kills, "kill", kill)


def killed_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill cancels, and stops nothing."""
    monkeypatch.setattr(Kills, "refuse", nothing)
    monkeypatch.setattr(Kills, "venue", lambda *_: "")


def forgets_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill ends with the process."""
    monkeypatch.setattr(Kills, "__init__", lambda self, orders, _: made(self, orders))


def routes_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue that was taken out is open."""
    monkeypatch.setattr(Floor, "open_to", lambda *_: True)


def throttles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything may go to a venue at once."""
    monkeypatch.setattr(Throttle, "take", lambda *_, **__: True)


def refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are not looked at."""
    monkeypatch.setattr(Controls, "refuse", nothing)


def counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open is not counted."""
    monkeypatch.setattr(Controls, "note", nothing)


def days_never_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Yesterday's trades are today's."""
    monkeypatch.setattr(Core, "_begin_days", nothing)


def orders_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GTD order outlives its time."""
    monkeypatch.setattr(Core, "_expired", lambda *_: [])


def gone_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The orders of an OMS outlive its session."""
    monkeypatch.setattr(Desk, "gone", nothing)


def cancels_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mass cancel is answered, and that is all."""
    monkeypatch.setattr(Desk, "_open", lambda *_: [])


BUGS = {
    doubt_is_flat: ("kill", "flat means that nothing can trade any more"),
    killed_may_go: ("kill", "nothing new leaves after a kill"),
    forgets_kills: ("kill", "kills survive a crash"),
    routes_to_all: ("operate", "a venue that is out gets one probe at most"),
    throttles_nothing: ("limits", "a venue gets no more than its throttle lets through"),
    refuses_nothing: ("limits", "nothing goes out for a refused order"),
    counts_nothing: ("limits", "open value is that of the open orders"),
    days_never_begin: ("days", "a day begins for orders that outlive it"),
    orders_never_end: ("days", "a GTD order ends at its time"),
    gone_unnoticed: ("leave", "the orders of an OMS that is gone are cancelled"),
    cancels_none: ("mass", "a mass cancel ends what was open"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found(bug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name, rule = BUGS[bug]
    bug(monkeypatch)
    for number in range(WITHIN):
        plan, actions = draw(number)
        violation = play(plan, actions).violation if name in plan.theme.names else None
        if violation is not None:
            break
    assert violation is not None
    assert violation.rule == rule, f"seed {number}: {violation}"
