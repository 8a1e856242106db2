"""Stores for tests: on SQLite, and on a real PostgreSQL server where ``SCANTALLY_TEST_POSTGRES`` names one."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, select, text

from scantally.serving.settings import DRIVER, ServeSettings
from scantally.serving.store.clock import SECOND, Clock
from scantally.serving.store.jobs import Job, finish, lease
from scantally.serving.store.reports import NewReport
from scantally.serving.store.scans import NewScan, accept
from scantally.serving.store.schema import JOBS, SCANS
from scantally.serving.store.store import Store, open_store

VARIABLE = "SCANTALLY_TEST_POSTGRES"
WITHOUT = (
    f"{VARIABLE} names no PostgreSQL server, so the store is NOT tested on PostgreSQL; expected a URL such as "
    "postgresql://user:password@127.0.0.1:5432/test"
)
DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not os.environ.get(VARIABLE), reason=WITHOUT)),
]
START = 1_900_000_000 * SECOND  # in 2030
SHA = "ab" * 32


@dataclass
class FakeClock:
    """A clock that goes only when it is told to."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


@contextmanager
def settings_for(database: str, folder: Path, **values: Any) -> Iterator[ServeSettings]:  # noqa: ANN401 (any field)
    """Settings of an empty database of its own, which is gone afterwards."""
    if database == "sqlite":
        yield ServeSettings(folder=folder, **values)
        return
    schema = f"scantally_test_{secrets.token_hex(8)}"
    url = make_url(os.environ[VARIABLE]).set(drivername=DRIVER)
    _administer(url.render_as_string(hide_password=False), f"CREATE SCHEMA {schema}")
    try:
        own = url.update_query_dict({"options": f"-c search_path={schema}"}).render_as_string(hide_password=False)
        yield ServeSettings(folder=folder, database=own, **values)
    finally:
        _administer(url.render_as_string(hide_password=False), f"DROP SCHEMA {schema} CASCADE")


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


@contextmanager
def opened(database: str, folder: Path, clock: Clock | None = None, **values: Any) -> Iterator[Store]:  # noqa: ANN401 (any field)
    """An empty store."""
    with settings_for(database, folder, **values) as settings:
        store = open_store(settings, clock)
        try:
            yield store
        finally:
            store.close()


def new_scan(number: int = 0, **values: Any) -> NewScan:  # noqa: ANN401 (any field)
    """A scan that somebody sends."""
    return NewScan(
        **{"sha256": f"{number:064x}", "file_name": f"{number}.tif", "request_sha256": f"{number:064x}"} | values
    )


def take_in(store: Store, number: int = 0, **values: Any) -> str:  # noqa: ANN401 (any field)
    """Accept a scan and say its id."""
    return accept(store.engine, new_scan(number, **values), max_queued=store.settings.max_queued).id


def take(store: Store, worker: str = "worker") -> Job:
    """A job, which there must be."""
    job = lease(store.engine, worker, store.settings)
    assert job is not None
    return job


def report(manifest: str | None = None, disposition: str = "release", **values: Any) -> NewReport:  # noqa: ANN401 (any field)
    """A report of a worker."""
    return NewReport(
        **{"sha256": SHA, "package": "cargo/1", "disposition": disposition, "manifest_sha256": manifest} | values
    )


def done(store: Store, number: int = 0, **values: Any) -> str:  # noqa: ANN401 (any field)
    """A scan that is worked off."""
    scan_id = take_in(store, number, **values)
    job = take(store)
    assert job.scan_id == scan_id
    assert finish(store.engine, job, report())
    return scan_id


def states(store: Store) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """By scan: its state, and the kind and state of each of its jobs."""
    with store.engine.connect() as connection:
        jobs = connection.execute(select(JOBS.c.scan_id, JOBS.c.kind, JOBS.c.state).order_by(JOBS.c.id)).all()
        scans = connection.execute(select(SCANS.c.id, SCANS.c.state)).all()
    return {s.id: (s.state, [(j.kind, j.state) for j in jobs if j.scan_id == s.id]) for s in scans}


def die_at(engine: Engine, step: int) -> Callable[..., None]:
    """Let this process end without a word at the step with this number: before and after each statement, before each commit, and where
    what is returned is called.
    """
    count = itertools.count()

    def step_on(*_: object) -> None:
        if next(count) == step:
            os._exit(9)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, step_on)
    return step_on


def in_process(settings: ServeSettings, step: int | None, act: Callable[[Store], None]) -> None:
    """What a process of its own does: open the store, act, and die at a step; exit code 0 if it came through."""
    store = open_store(settings)
    after = None if step is None else die_at(store.engine, step)
    act(store)
    if after is not None:  # all is done, and nobody was told
        after()
    store.close()
