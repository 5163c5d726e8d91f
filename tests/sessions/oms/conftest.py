from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.wire.foreign import Venue


@pytest.fixture
def engine() -> Iterator[Venue]:
    """Whom the OMS talks to: a counterparty on a raw socket that says what the test tells it to."""
    made = Venue("FIX.4.4", "ENGINE", resets=True)
    yield made
    made.closes()


@pytest.fixture
def signals() -> Iterator[None]:
    """What the code under test does with SIGINT and SIGTERM ends with the test."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
