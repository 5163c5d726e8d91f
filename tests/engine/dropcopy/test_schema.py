from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from engine.dropcopy import schema
from engine.dropcopy.schema import SchemaError, check, migrate


@pytest.fixture
def database_engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=NullPool)
    yield engine
    engine.dispose()


def version(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [row[0] for row in connection.execute(text("SELECT version FROM schema_version"))]


def tables(engine: Engine) -> list[str]:
    return sorted(inspect(engine).get_table_names())


def test_an_empty_database_becomes_a_store(database_engine: Engine) -> None:
    with database_engine.begin() as connection:
        migrate(connection)
    assert tables(database_engine) == ["kept", "parent_order", "record", "schema_version", "session_numbers", "used_id"]
    assert {index["name"] for index in inspect(database_engine).get_indexes("record")} == {
        "record_of_order",
        "record_outbound",
    }
    assert version(database_engine) == [2]
    with database_engine.connect() as connection:
        check(connection)


def test_a_store_that_is_up_to_date_stays_as_it_is(database_engine: Engine) -> None:
    for _ in range(2):
        with database_engine.begin() as connection:
            migrate(connection)
            connection.execute(text("INSERT INTO session_numbers VALUES ('OMS', 1, 1, 0, 1) ON CONFLICT DO NOTHING"))
    assert version(database_engine) == [2]
    with database_engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM session_numbers")).all() == [("OMS", 1, 1, 0, 1)]


def test_an_older_store_takes_the_steps_it_lacks(database_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with database_engine.begin() as connection:
        migrate(connection)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _add_column))
    with (
        database_engine.connect() as connection,
        pytest.raises(SchemaError, match="has schema version 2, this Manifold reads 3; start the engine on it once"),
    ):
        check(connection)
    with database_engine.begin() as connection:
        migrate(connection)
    assert version(database_engine) == [3]
    assert "note" in {column["name"] for column in inspect(database_engine).get_columns("record")}


def test_a_store_of_the_first_version_takes_the_second_step(
    database_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then, database_engine.begin() as connection:
        then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        migrate(connection)
    assert tables(database_engine) == ["parent_order", "record", "schema_version", "session_numbers"]
    with database_engine.begin() as connection:
        migrate(connection)
    assert tables(database_engine) == ["kept", "parent_order", "record", "schema_version", "session_numbers", "used_id"]


def test_a_step_that_fails_leaves_the_store_as_it_was(database_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with database_engine.begin() as connection:
        migrate(connection)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _add_column, _add_column))
    with pytest.raises((OperationalError, ProgrammingError)), database_engine.begin() as connection:
        migrate(connection)
    assert version(database_engine) == [2]
    assert "note" not in {column["name"] for column in inspect(database_engine).get_columns("record")}


def test_a_first_step_that_fails_leaves_the_database_empty(
    database_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _add_column, _add_column))
    with pytest.raises((OperationalError, ProgrammingError)), database_engine.begin() as connection:
        migrate(connection)
    assert tables(database_engine) == []


def _add_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE record ADD COLUMN note TEXT"))


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            ["UPDATE schema_version SET version = 3"],
            "has schema version 3, this Manifold knows 2; use a newer Manifold",
        ),
        (["UPDATE schema_version SET version = 0"], "table schema_version is not ours"),
        (["DELETE FROM schema_version"], "table schema_version is not ours"),
        (["INSERT INTO schema_version VALUES (1)"], "table schema_version is not ours"),
        (["DROP TABLE schema_version", "CREATE TABLE schema_version (version TEXT)"], "schema_version is not ours"),
        (["DROP TABLE schema_version"], "holds kept, parent_order, record and no store"),
    ],
)
def test_what_is_no_store_of_ours_is_refused_and_left_alone(
    database_engine: Engine, statements: list[str], sentence: str
) -> None:
    with database_engine.begin() as connection:
        migrate(connection)
    with database_engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    before = tables(database_engine)
    for look in (migrate, check):
        with pytest.raises(SchemaError, match=sentence), database_engine.begin() as connection:
            look(connection)
    assert tables(database_engine) == before


def test_an_empty_database_has_nothing_to_read(database_engine: Engine) -> None:
    with database_engine.connect() as connection, pytest.raises(SchemaError, match="there is no store in this databas"):
        check(connection)
