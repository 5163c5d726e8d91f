"""For all tests: the fast ones first, and Hypothesis without a clock."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no bug.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts processes and opens sockets comes after everything that is pure."""
    items.sort(key=lambda item: item.get_closest_marker("wire") is not None)
