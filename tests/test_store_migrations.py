import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from stores import DATABASES, done, settings_for

from scantally.serving.settings import ServeSettings
from scantally.serving.store import migrations
from scantally.serving.store.engine import open_engine
from scantally.serving.store.errors import StoreVersionError
from scantally.serving.store.migrations import migrate, version_of, versions
from scantally.serving.store.schema import METADATA
from scantally.serving.store.store import open_store

NEWEST = "0001"


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServeSettings]:
    with settings_for(request.param, tmp_path) as found:
        yield found


def test_the_versions_are_known_in_their_order() -> None:
    assert versions()[-1] == NEWEST
    files = sorted(path.name[:4] for path in Path(migrations.__file__).parent.glob("versions/[0-9]*.py"))
    assert list(versions()) == files


def test_the_migrated_tables_are_those_that_the_code_means(settings: ServeSettings) -> None:
    engine = open_engine(settings)
    assert version_of(engine) is None
    migrate(engine)
    assert version_of(engine) == NEWEST
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        found = inspect(connection)
        for table in METADATA.sorted_tables:  # what Alembic does not compare
            assert found.get_pk_constraint(table.name)["name"] == table.primary_key.name
            names = {key["name"] for key in found.get_foreign_keys(table.name)}
            assert names == {key.name for key in table.foreign_key_constraints}
    engine.dispose()


@pytest.mark.parametrize("version", versions())
def test_every_earlier_version_comes_to_the_newest(settings: ServeSettings, version: str) -> None:
    engine = open_engine(settings)
    migrate(engine, version)
    assert version_of(engine) == version
    migrate(engine)
    migrate(engine)
    assert version_of(engine) == NEWEST
    engine.dispose()
    store = open_store(settings)
    done(store)
    store.close()


def test_a_newer_database_is_refused_in_one_line(settings: ServeSettings) -> None:
    open_store(settings).close()
    engine = open_engine(settings)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreVersionError) as caught:
        open_store(settings)
    assert str(caught.value) == (
        f"the database has version 9999, and this software knows versions up to {NEWEST}: install the newer release"
    )


def test_replicas_that_start_at_once_migrate_once(settings: ServeSettings) -> None:
    found: list[object] = []
    ready = threading.Barrier(5)

    def start() -> None:
        ready.wait()
        try:
            store = open_store(settings)
            found.append(version_of(store.engine))
            store.close()
        except Exception as e:
            found.append(e)

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [NEWEST] * 5


def test_a_migration_that_breaks_off_leaves_nothing(settings: ServeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(settings)
    run = migrations._run

    def broken(*arguments: object) -> None:
        run(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "_run", broken)
    with pytest.raises(KeyboardInterrupt):
        migrate(engine)
    monkeypatch.undo()
    assert version_of(engine) is None and inspect(engine).get_table_names() == []
    migrate(engine)
    assert version_of(engine) == NEWEST
    engine.dispose()
