from __future__ import annotations

from typing import get_args

from engine.core import actions
from engine.core.actions import Action, Kill, Release, Scope


def test_everything_a_person_may_ask_is_an_action() -> None:
    defined = {made for made in vars(actions).values() if isinstance(made, type) and issubclass(made, tuple)}
    assert {made for made in defined if made.__module__ == actions.__name__} == set(get_args(Action))


def test_a_kill_of_all_has_no_name_and_a_release_ends_the_same() -> None:
    assert Kill(Scope.ALL) == ("all", "")
    assert tuple(Release(Scope.VENUE, "ALPHA")) == tuple(Kill(Scope.VENUE, "ALPHA"))
