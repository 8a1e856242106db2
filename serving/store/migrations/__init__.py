"""Brings a database of any earlier version to this software's, whole or not at all."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from scantally.serving.store.engine import WAIT_S, reading, writing
from scantally.serving.store.errors import StoreVersionError

NEWEST = "head"

_LOCK = 0x7363616E74616C6C
"""Key of PostgreSQL's advisory lock: 'scantall' in ASCII, so that no other program takes the same by chance."""

_PATIENCE_S = 120.0
"""Another replica may be migrating a large database: SQLite's lock is the transaction's own, PostgreSQL's is asked for within one."""


def migrate(engine: Engine, to: str = NEWEST) -> None:
    """Bring the database to a version, in one transaction and under a lock: replicas that start at once do it one after the other.

    Raises:
        StoreVersionError: the database is newer than this software.
        StoreError: the database is locked, away, full or failing; nothing was changed.
    """
    script = _script()
    with writing(engine, wait_s=_PATIENCE_S if engine.dialect.name == "sqlite" else WAIT_S) as connection:
        if connection.dialect.name == "postgresql":
            # Until the end of the transaction. Waiting for another replica's migration is no reason to give up.
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE_S:.0f}s'")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        found = _version(connection)
        _refuse_newer(script, found)
        if found != (script.get_current_head() if to == NEWEST else to):
            _run(script, connection, to)


def version_of(engine: Engine) -> str | None:
    """The version that the database has, or None for one without tables."""
    with reading(engine) as connection:
        return _version(connection)


def versions() -> tuple[str, ...]:
    """All versions that this software knows, the oldest first."""
    return tuple(script.revision for script in reversed(list(_script().walk_revisions())))


def _script() -> ScriptDirectory:
    return ScriptDirectory(Path(__file__).parent)


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(script: ScriptDirectory, found: str | None) -> None:
    known = {s.revision for s in script.walk_revisions()}
    if found is not None and found not in known:
        newest = script.get_current_head()
        raise StoreVersionError(
            f"the database has version {found}, and this software knows versions up to {newest}: install the newer release"
        )


def _run(script: ScriptDirectory, connection: Connection, to: str) -> None:
    def steps(revision: object, _context: MigrationContext) -> list[RevisionStep]:
        return list(script._upgrade_revs(to, revision))  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=to) as environment:
        # SQLite undoes changes of tables like any other; Alembic takes it that Python's driver, by default, would not let it.
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
