from __future__ import annotations

from typing import get_args

from engine.core import commands
from engine.core.commands import Closed, Command, Decide, Decision


def test_every_command_names_the_order_it_belongs_to() -> None:
    assert {command._fields[0] for command in get_args(Command)} == {"order_id"}


def test_everything_the_core_may_want_done_is_a_command() -> None:
    defined = {made for made in vars(commands).values() if isinstance(made, type) and issubclass(made, tuple)}
    defined = {made for made in defined if made.__module__ == commands.__name__}
    assert defined == set(get_args(Command))


def test_kinds_of_decision_are_words_of_the_record() -> None:
    """Old records must stay readable: a kind may come, none may go or be written otherwise."""
    assert [str(kind) for kind in Decision] == [
        "refuse",
        "route",
        "cancel",
        "doubt",
        "settle",
        "refused",
        "ignore",
        "finish",
        "alert",
        "replace",
        "close",
        "venue",
        "kill",
        "flat",
        "limits",
        "throttle",
        "schedule",
        "learn",
    ]


def test_a_decision_without_numbers_has_an_empty_detail_of_its_own() -> None:
    assert Decide("T-1", Decision.ALERT, "look") == Decide("T-1", Decision.ALERT, "look", {})
    assert Closed("T-1").order_id == "T-1"
