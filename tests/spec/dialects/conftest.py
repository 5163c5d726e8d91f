"""One contract for every dialect: a test that takes `dialect` runs once in each version."""

from __future__ import annotations

import pytest

from spec.dialects import DIALECTS, Dialect, dialect


@pytest.fixture(scope="session", params=DIALECTS, name="dialect")
def every_dialect(request: pytest.FixtureRequest) -> Dialect:
    return dialect(str(request.param))
