"""Who plays: each module of this room makes its own `scene`; every test has an OMS that starts anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Oms
from tests.wire.stage import Stage


@pytest.fixture
def oms(scene: Stage) -> Iterator[Oms]:
    with scene.oms() as made:
        yield made
