"""Which names the engine must know before an instruction goes on, and which it need not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.core import actions
from engine.core.actions import Outcome, Scope
from engine.risk.limits import CustomerLimits, Limits
from sessions.config import ConfigError, EngineConfig, load
from sessions.control import words
from sessions.control.desk import desk as desk_of
from sessions.control.words import Instruction, RequestError
from tests.sessions.control.room import RESTRICTED, STATUS, desk
from tests.sessions.test_config import ENGINE


def kill(scope: Scope, name: str = "") -> words.Kill:
    return words.Kill(by="alice", reason="drill", scope=scope, name=name)


def release(scope: Scope, name: str = "") -> words.Release:
    return words.Release(by="alice", reason="drill", scope=scope, name=name)


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        (kill(Scope.ALL), actions.Kill(Scope.ALL, "")),
        (kill(Scope.CUSTOMER, "OMS"), actions.Kill(Scope.CUSTOMER, "OMS")),
        (kill(Scope.STRATEGY, "1001"), actions.Kill(Scope.STRATEGY, "1001")),
        (kill(Scope.VENUE, "BETA"), actions.Kill(Scope.VENUE, "BETA")),
        (release(Scope.ALL), actions.Release(Scope.ALL, "")),
        (release(Scope.VENUE, "GONE"), actions.Release(Scope.VENUE, "GONE")),
        (words.Enable(by="a", reason="b", customer="OMS"), actions.Enable("OMS")),
        (words.TakeOut(by="a", reason="b", venue="BETA"), actions.TakeOut("BETA")),
        (words.TakeBack(by="a", reason="b", venue="GONE"), actions.TakeBack("GONE")),
        (words.Reload(by="a", reason="b"), actions.ChangeLimits(RESTRICTED)),
        (
            words.Settle(by="a", reason="b", cl_ord_id="R-1-2", outcome=Outcome.CANCELED, cum_qty=Decimal("0.5")),
            actions.Settle("R-1-2", Outcome.CANCELED, Decimal("0.5")),
        ),
        (
            words.Settle(by="a", reason="b", cl_ord_id="R-1-2", outcome=Outcome.REJECTED),
            actions.Settle("R-1-2", Outcome.REJECTED, Decimal(0)),
        ),
    ],
)
def test_each_instruction_becomes_its_action(asked: Instruction, action: actions.Action) -> None:
    assert desk().action(asked) == action


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (kill(Scope.CUSTOMER, "oms"), "there is no customer oms; the customers here are OMS"),
        (kill(Scope.VENUE, "OMS"), "there is no venue OMS; the venues here are ALPHA, BETA"),
        (words.Enable(by="a", reason="b", customer="DESK"), "there is no customer DESK; the customers here are OMS"),
        (words.TakeOut(by="a", reason="b", venue="X"), "there is no venue X; the venues here are ALPHA, BETA"),
    ],
)
def test_a_name_that_is_not_here_is_told_with_those_that_are(asked: Instruction, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        desk().action(asked)
    assert str(caught.value) == said


def test_the_limits_are_read_again_each_time_and_only_when_sound(tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text(ENGINE)
    made = desk_of(load(path, EngineConfig), path, lambda: STATUS)
    reload = words.Reload(by="alice", reason="drill")
    assert (made.customers, made.venues, made.action(reload)) == (["OMS"], ["ALPHA"], actions.ChangeLimits(Limits()))
    path.write_text(ENGINE + "[limits]\nmax_qty = 7\n")
    assert made.action(reload) == actions.ChangeLimits(Limits(every=CustomerLimits(max_qty=Decimal(7))))
    path.write_text(ENGINE + "[limits]\nmax_qty = -7\n")
    with pytest.raises(ConfigError) as caught:
        made.action(reload)
    assert str(caught.value) == f"{path}: limits.max_qty = -7: must be above 0"
