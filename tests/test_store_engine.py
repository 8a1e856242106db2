import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError
from stores import DATABASES, VARIABLE, WITHOUT, opened, settings_for, states, take_in

from scantally.serving.settings import SQLITE_FILE, ServeSettings
from scantally.serving.store.engine import open_engine, reading, writing
from scantally.serving.store.errors import StoreBusyError, StoreFailedError, StoreFullError
from scantally.serving.store.schema import COUNTERS, SCAN_CONTAINERS
from scantally.serving.store.store import Store, open_store

needs_postgres = pytest.mark.skipif(not os.environ.get(VARIABLE), reason=WITHOUT)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, tmp_path / "service") as found:
        yield found


def test_what_a_block_wrote_is_kept_and_undone_when_it_raises(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(insert(COUNTERS).values(name="a", value=1))
    with pytest.raises(ZeroDivisionError), writing(store.engine) as connection:
        connection.execute(insert(COUNTERS).values(name="b", value=1))
        raise ZeroDivisionError
    with reading(store.engine) as connection:
        assert sorted(connection.execute(select(COUNTERS.c.name)).scalars()) == ["a", "events"]


def test_a_broken_rule_of_a_table_is_a_fault_of_ours_and_stays_itself(store: Store) -> None:
    with pytest.raises(IntegrityError), writing(store.engine) as connection:
        connection.execute(insert(SCAN_CONTAINERS).values(container="A", number=99))


def test_another_fault_of_the_database_is_told_in_one_line(store: Store) -> None:
    with (
        pytest.raises(StoreFailedError, match=r"^the database failed: ") as caught,
        writing(store.engine) as connection,
    ):
        connection.execute(text("SELECT nothing FROM nowhere"))
    assert "\n" not in str(caught.value)


def test_a_lock_that_is_given_up_in_time_is_waited_for(store: Store) -> None:
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(store.engine) as connection:
            connection.execute(COUNTERS.update().values(value=5))
            held.set()
            let_go.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    threading.Timer(0.3, let_go.set).start()
    begin = time.monotonic()
    with writing(store.engine) as connection:
        connection.execute(COUNTERS.update().values(value=COUNTERS.c.value + 1))
    assert time.monotonic() - begin > 0.25
    holder.join()
    with reading(store.engine) as connection:
        assert connection.execute(select(COUNTERS.c.value)).scalar_one() == 6


def test_readers_see_the_last_state_while_another_writes(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(COUNTERS.update().values(value=5))
        with reading(store.engine) as other:
            assert other.execute(select(COUNTERS.c.value)).scalar_one() == 0


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Store]:
    with opened("sqlite", tmp_path / "service") as found:
        yield found


def test_sqlite_is_set_up_to_outlive_a_power_cut(on_sqlite: Store) -> None:
    with reading(on_sqlite.engine) as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
    assert values == ["wal", 2, 1, 2000]


def test_writers_that_read_first_come_one_after_the_other(on_sqlite: Store) -> None:
    def count() -> None:
        for _ in range(10):
            with writing(on_sqlite.engine) as connection:
                value = connection.execute(select(COUNTERS.c.value)).scalar_one()
                connection.execute(COUNTERS.update().values(value=value + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(on_sqlite.engine) as connection:
        assert connection.execute(select(COUNTERS.c.value)).scalar_one() == 40


def test_opening_sweeps_up_what_was_half_written_long_ago(on_sqlite: Store) -> None:
    parts = on_sqlite.files.folder / "parts"
    for name, age_s in (("old", 7200), ("young", 60)):
        (parts / name).write_bytes(b"half")
        os.utime(parts / name, (time.time() - age_s,) * 2)
    open_store(on_sqlite.settings).close()
    assert [path.name for path in parts.iterdir()] == ["young"]


def test_sqlite_s_file_is_its_owner_s_alone(on_sqlite: Store) -> None:
    folder = on_sqlite.settings.folder
    assert [oct(stat.S_IMODE(p.stat().st_mode)) for p in (folder, folder / SQLITE_FILE)] == ["0o700", "0o600"]


def test_a_folder_with_odd_signs_in_its_name_works(tmp_path: Path) -> None:
    with opened("sqlite", tmp_path / "50% of a? #1 ö") as store:
        take_in(store)
    assert (tmp_path / "50% of a? #1 ö" / SQLITE_FILE).stat().st_size > 0


def test_a_sqlite_that_stays_locked_is_told_after_a_bounded_time(on_sqlite: Store) -> None:
    other = sqlite3.connect(on_sqlite.settings.folder / SQLITE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begin = time.monotonic()
    with (
        pytest.raises(StoreBusyError, match=r"^the database is busy: database is locked$"),
        writing(on_sqlite.engine, wait_s=0.1),
    ):
        raise AssertionError("the block must not begin")
    assert time.monotonic() - begin < 5
    other.execute("ROLLBACK")
    other.close()
    take_in(on_sqlite)


def test_a_sqlite_file_that_is_away_is_waited_for_and_no_new_one_is_begun(on_sqlite: Store) -> None:
    take_in(on_sqlite)
    on_sqlite.engine.dispose()  # as a service has it that just began
    path, away = on_sqlite.settings.folder / SQLITE_FILE, on_sqlite.settings.folder / "away"
    path.rename(away)
    with pytest.raises(StoreBusyError, match="unable to open database file"), reading(on_sqlite.engine, wait_s=0.1):
        pass
    assert not path.exists()
    threading.Timer(0.3, lambda: away.rename(path)).start()
    with reading(on_sqlite.engine):
        pass
    assert len(states(on_sqlite)) == 1


def test_a_sqlite_without_room_is_told_and_goes_on_once_there_is_some(on_sqlite: Store) -> None:
    def limit(pages: int) -> None:
        with reading(on_sqlite.engine) as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    limit(1)  # no fewer than there are
    accepted = 0
    with pytest.raises(StoreFullError, match=r"^no room for the database: database or disk is full$"):
        for n in range(1000):
            take_in(on_sqlite, n)
            accepted += 1
    assert len(states(on_sqlite)) == accepted
    limit(1_000_000)
    take_in(on_sqlite)
    assert len(states(on_sqlite)) == accepted + 1


def test_a_place_without_rights_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailedError, match="cannot be made"):
        open_engine(ServeSettings(folder=tmp_path / "missing"))


def test_a_killed_process_leaves_no_lock(on_sqlite: Store) -> None:
    path = on_sqlite.settings.folder / SQLITE_FILE
    script = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "c.execute('DELETE FROM counters'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    take_in(on_sqlite)


def test_a_postgresql_that_does_not_answer_is_told_after_a_bounded_time(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    engine = open_engine(ServeSettings(folder=tmp_path, database=f"postgresql://me:secret@127.0.0.1:{port}/none"))
    begin = time.monotonic()
    with pytest.raises(StoreBusyError, match=r"^the database is busy or away: ") as caught, writing(engine, wait_s=0.2):
        pass
    assert time.monotonic() - begin < 5 and "secret" not in str(caught.value)
    engine.dispose()


@needs_postgres
def test_postgresql_is_set_up_to_keep_what_it_commits_and_not_to_hang(tmp_path: Path) -> None:
    with opened("postgresql", tmp_path) as store, reading(store.engine) as connection:
        names = ("synchronous_commit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        values = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
    assert values == ["on", "30s", "10s", "1min"]


@needs_postgres
def test_a_connection_that_postgresql_cut_is_replaced(tmp_path: Path) -> None:
    with opened("postgresql", tmp_path) as store:
        with reading(store.engine) as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        _cut(store, pid)
        take_in(store)
        assert len(states(store)) == 1


@needs_postgres
def test_a_connection_that_is_cut_inside_a_block_is_told_as_busy(tmp_path: Path) -> None:
    with opened("postgresql", tmp_path) as store:
        with pytest.raises(StoreBusyError), writing(store.engine) as connection:
            connection.execute(COUNTERS.update().values(value=7))
            _cut(store, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            connection.execute(select(COUNTERS.c.value))
        with reading(store.engine) as connection:
            assert connection.execute(select(COUNTERS.c.value)).scalar_one() == 0


def _cut(store: Store, pid: int) -> None:
    """End a connection from the server's side, as its restart does."""
    other = open_engine(store.settings)
    with reading(other) as connection:
        connection.execute(select(func.pg_terminate_backend(pid, 5000)))
    other.dispose()


@needs_postgres
def test_a_database_that_postgresql_does_not_have_is_told(tmp_path: Path) -> None:
    with settings_for("postgresql", tmp_path) as settings:
        none = make_url(f"{settings.database}").set(database="no_such_database").render_as_string(hide_password=False)
        engine = open_engine(settings.model_copy(update={"database": none}))
        with pytest.raises(StoreBusyError, match="does not exist"), writing(engine, wait_s=0.1):
            pass
        engine.dispose()
