"""Opens the database and begins transactions on it.

SQLite: write-ahead log, so that readers never wait; ``synchronous=FULL``, so that a committed transaction outlives a power cut; a
writing transaction takes the one lock at its beginning (``BEGIN IMMEDIATE``), for one that reads first could not get it later
without starting again. The driver's own idea of when a transaction begins is switched off. The folder must not be on a network.

PostgreSQL: READ COMMITTED; what must be serial takes a lock by itself (``events.next_number``).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scantally.serving.settings import SQLITE_FILE, ServeSettings
from scantally.serving.store.clock import OPTION, Clock
from scantally.serving.store.errors import StoreBusyError, StoreError, StoreFailedError, StoreFullError

WAIT_S = 10.0
"""So long a locked or absent database is waited for, by a clock that never jumps, before a caller hears of it."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.5

_SQLITE_WAIT_MS = 2_000  # SQLite's own waiting, within one attempt
_SQLITE_BUSY = {5, 6, 14, 15}  # SQLITE_BUSY, LOCKED, CANTOPEN, PROTOCOL (a race for the log)
_SQLITE_FULL = 13

_PG_BUSY = {"40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03"}
_PG_FULL = "53100"

# A server that hangs must not hang us; a commit is on its disk, whatever its own default is.
_PG_OPTIONS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "synchronous_commit": "on",
}
_PG_CONNECT = {
    "connect_timeout": 5,
    "application_name": "scantally",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_WRITES = "scantally_writes"


def open_engine(settings: ServeSettings, clock: Clock | None = None) -> Engine:
    """An engine for the settings' database; the folder is there already. ``clock`` replaces the database's clock in tests.

    Raises:
        StoreError: SQLite's file cannot be made.
    """
    options = {OPTION: clock}
    if settings.database is None:
        return _open_sqlite(settings.folder / SQLITE_FILE, options)
    url = make_url(settings.database)
    given = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in _PG_OPTIONS.items())
    url = url.update_query_dict({"options": f"{ours} {given}".strip()})
    return create_engine(
        url, pool_pre_ping=True, pool_timeout=WAIT_S, connect_args=_PG_CONNECT, execution_options=options
    )


def _open_sqlite(path: Path, options: dict[str, Any]) -> Engine:
    try:
        path.touch(mode=0o600)
    except OSError as e:
        raise StoreFailedError(f"{path}: cannot be made: {e.strerror or e}") from e
    # mode=rw: where the file is gone, a connection fails; it does not begin an empty database in the old one's place.
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            f"file:{quoted}?mode=rw", uri=True, timeout=_SQLITE_WAIT_MS / 1000, check_same_thread=False
        ),
        poolclass=QueuePool,
        pool_timeout=WAIT_S,
        execution_options=options,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_SQLITE_WAIT_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine, *, wait_s: float = WAIT_S) -> Iterator[Connection]:
    """A transaction that may write. It is committed at the end of the block, and undone if the block raises.

    A locked or briefly absent database is waited for before the block begins. What fails inside is not tried again here: the block
    has run, and its caller knows whether it may run twice.

    Raises:
        StoreBusyError: it stayed locked or away for ``wait_s`` seconds, or went away inside the block. Whether the change was made is
            then unknown; every function of the store may be called again and does not do its work twice.
        StoreFullError, StoreFailedError: no room, or another fault of disk or database.
    """
    with _told(), _begun(engine, wait_s, writes=True) as connection:
        yield connection
        connection.commit()


@contextmanager
def reading(engine: Engine, *, wait_s: float = WAIT_S) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite all its reads see one state. Raises as ``writing`` does."""
    with _told(), _begun(engine, wait_s, writes=False) as connection:
        yield connection


def _begun(engine: Engine, wait_s: float, *, writes: bool) -> Connection:
    ends, pause = time.monotonic() + wait_s, _FIRST_PAUSE_S
    while True:
        try:
            return _begin(engine, writes)
        except (DBAPIError, PoolTimeoutError) as e:
            left = ends - time.monotonic()
            if left <= 0 or not isinstance(_problem(e), StoreBusyError):
                raise
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _begin(engine: Engine, writes: bool) -> Connection:
    connection = engine.connect()
    try:
        connection.execution_options(**{_WRITES: writes}).begin()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _told() -> Iterator[None]:
    """Faults of the database as errors of the store; a broken rule of a table stays what it is, for that is a fault of ours."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as e:
        problem = _problem(e)
        if problem is None:
            raise
        raise problem from e


def _problem(error: DBAPIError | PoolTimeoutError) -> StoreError | None:
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError("the database is busy: no connection became free in time")
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_problem(error.orig)
    return _postgres_problem(error)


def _sqlite_problem(error: sqlite3.Error) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds in the higher bits
    if code in _SQLITE_BUSY:
        return StoreBusyError(f"the database is busy: {error}")
    if code == _SQLITE_FULL:
        return StoreFullError(f"no room for the database: {error}")
    return None if isinstance(error, sqlite3.IntegrityError) else StoreFailedError(f"the database failed: {error}")


def _postgres_problem(error: DBAPIError) -> StoreError | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    if code == _PG_FULL:
        return StoreFullError(f"no room for the database: {error.orig}")
    # Class 08 is of connections; without a code the server did not answer at all.
    lost = error.connection_invalidated or (not code and isinstance(error, OperationalError)) or code.startswith("08")
    if lost or code in _PG_BUSY:
        return StoreBusyError(f"the database is busy or away: {error.orig}")
    broken_rule = code.startswith("23")
    return None if broken_rule or not code else StoreFailedError(f"the database failed: {error.orig}")
