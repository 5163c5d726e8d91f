from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sessions.cycle.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Started, everybody logged on."""
    made = Scene(tmp_path)
    made.start()
    yield made
    made.store.close()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails is tried again at once."""
    monkeypatch.setattr("sessions.cycle.engine.STORE_PAUSE", 0.0)
