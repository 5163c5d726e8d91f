from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from engine.core.setup import Setup
from engine.risk.limits import Limits
from tests.engine.routing.making import venue


def test_what_is_not_said_is_without_limits_without_watch_and_without_a_past() -> None:
    setup = Setup("T", (venue("ALPHA"),))
    assert (setup.limits, setup.watch, setup.kept) == (Limits(), {}, {})


def test_it_does_not_change_once_it_is_recorded() -> None:
    with pytest.raises(FrozenInstanceError):
        Setup("T", ()).prefix = "U"  # type: ignore[misc]
