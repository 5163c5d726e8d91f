"""A counterparty that plays its part beside the test, which has to poll its own side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def played(script: Callable[[], object]) -> Iterator[None]:
    """`script` runs in a thread of its own; what fails in it fails the test."""
    failed: list[BaseException] = []

    def play() -> None:
        try:
            script()
        except BaseException as error:  # noqa: BLE001  told below, in the test's thread
            failed.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        if failed:
            raise failed[0]
