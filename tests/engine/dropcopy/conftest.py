"""Every test that asks for `url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.dropcopy.store import Durability, Store
from tests import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as running:
        yield running


@pytest.fixture
def database(server: postgres.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with server.database() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that nobody has used."""
    made: str = request.getfixturevalue("database") if request.param == "postgresql" else str(tmp_path / "store.db")
    return made


@pytest.fixture
def opened() -> Iterator[Callable[..., Store]]:
    """`Store.open`, and everything it opened is closed in the end."""
    stores: list[Store] = []

    def open_store(url: str, *, create: bool = True, durability: Durability = "process") -> Store:
        stores.append(Store.open(url, durability=durability, create=create))
        return stores[-1]

    yield open_store
    for each in stores:
        each.close()


@pytest.fixture
def store(url: str, opened: Callable[..., Store]) -> Store:
    """A new store, open to be written."""
    return opened(url)
