"""Processes that end without a word at any step, and processes that work at once."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from stores import DATABASES, SHA, done, in_process, report, settings_for, states, take, take_in

from scantally.serving.settings import ServeSettings
from scantally.serving.store import events
from scantally.serving.store.clock import SECOND
from scantally.serving.store.jobs import finish, lease
from scantally.serving.store.manifests import put_manifest
from scantally.serving.store.reports import reports_of
from scantally.serving.store.store import Store, open_store

LEASE = 60  # seconds
DAY = 86_400


def kinds(store: Store) -> list[str]:
    return [event.kind for event in events.after(store.engine, 0)]


def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # What is installed: the server of Python 3.11 does not look in the tests' folder.
    installed = ["store", "jobs", "manifests", "scans", "migrations"]
    context.set_forkserver_preload(["pytest", "psycopg", *(f"scantally.serving.store.{name}" for name in installed)])
    return context


def work_off(store: Store) -> None:
    while (job := lease(store.engine, "process", store.settings)) is not None:
        finish(store.engine, job, report())


def inspect_one(store: Store) -> None:
    finish(store.engine, take(store), report())


def take_in_one(store: Store) -> None:
    take_in(store, 1, key="gate-1", container_numbers=("MSKU1234565",))


def put_one(store: Store) -> None:
    put_manifest(store.engine, "MSKU1234565", SHA, "bill.xml")


def give_up_one(store: Store) -> None:
    assert lease(store.engine, "other", store.settings.model_copy(update={"max_tries": 1})) is None


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServeSettings]:
    with settings_for(request.param, tmp_path, lease_s=1, retry_after_s=0.001) as found:
        yield found


def test_processes_that_lease_at_once_get_each_job_once(settings: ServeSettings) -> None:
    store = open_store(settings.model_copy(update={"lease_s": LEASE}))
    ids = [take_in(store, n) for n in range(60)]
    workers = [processes().Process(target=in_process, args=(store.settings, None, work_off)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert states(store) == {scan_id: ("done", [("inspect", "done")]) for scan_id in ids}
    assert [len(reports_of(store.engine, scan_id)) for scan_id in ids] == [1] * 60
    store.close()


def tomorrow() -> int:
    """A clock by which every lease of a process that reads the real one is over."""
    return time.time_ns() // 1000 + DAY * SECOND


def killed(settings: ServeSettings, act: str, step: int) -> bool:
    """Whether a process that acts was killed before its step with this number; False: it had come through."""
    process = processes().Process(target=in_process, args=(settings, step, globals()[act]))
    process.start()
    process.join(60)
    assert process.exitcode in (0, 9)
    return process.exitcode == 9


def whole(store: Store) -> None:
    """What holds at any instant, whoever was killed."""
    for scan_id, (state, jobs) in states(store).items():
        reports = reports_of(store.engine, scan_id)
        assert [r.version for r in reports] == list(range(len(reports), 0, -1))
        assert len(reports) == sum(job_state == "done" for _, job_state in jobs)
        assert (state == "done") == bool(reports)
        assert sum(job_state in ("queued", "leased") for _, job_state in jobs) <= 1
        told = Counter(event.kind for event in events.history(store.engine, scan_id))
        assert told["report"] == len(reports) and told["received"] == 1 and told["failed"] == (state == "failed")


def test_a_process_killed_at_any_step_of_lease_and_finish_loses_and_doubles_nothing(settings: ServeSettings) -> None:
    store = open_store(settings, tomorrow)
    step, kills = 0, 0
    while True:
        scan_id = take_in(store, step)
        died = killed(settings, "inspect_one", step)
        whole(store)
        while (job := lease(store.engine, "heir", store.settings)) is not None:
            assert finish(store.engine, job, report())
        assert states(store)[scan_id] == ("done", [("inspect", "done")])
        assert len(reports_of(store.engine, scan_id)) == 1
        whole(store)
        if not died:
            break
        step, kills = step + 1, kills + 1
    assert kills >= 12
    store.close()


def test_a_process_killed_at_any_step_of_accept_is_answered_right_when_it_asks_again(settings: ServeSettings) -> None:
    step = 0
    store = open_store(settings)
    while killed(settings, "take_in_one", step):
        whole(store)
        assert len(states(store)) <= 1
        step += 1
        if states(store):  # it died after the commit, before it could tell
            break
    assert step >= 5
    first = [*states(store)]
    take_in_one(store)
    assert [*states(store)] == first and len(first) == 1
    assert states(store)[first[0]] == ("queued", [("inspect", "queued")])
    store.close()


def test_a_process_killed_at_any_step_of_a_manifest_leaves_all_or_nothing_of_it(settings: ServeSettings) -> None:
    store = open_store(settings)
    scan_id = done(store, 1, container_numbers=("MSKU1234565",))
    step = 0
    while killed(settings, "put_one", step):
        whole(store)
        put = kinds(store).count("manifest")
        assert states(store)[scan_id][1] == [("inspect", "done"), ("recheck", "queued")][: 1 + put]
        step += 1
        if put:
            break
    assert step >= 5
    put_one(store)
    assert kinds(store).count("manifest") == 1
    store.close()


def test_a_process_killed_at_any_step_of_giving_up_leaves_all_or_nothing_of_it(settings: ServeSettings) -> None:
    store = open_store(settings, tomorrow)
    scan_id = take_in(store)
    take(store)
    step = 0
    while killed(settings, "give_up_one", step):
        whole(store)
        step += 1
        if states(store)[scan_id][0] == "failed":
            break
        assert states(store)[scan_id] == ("processing", [("inspect", "leased")])
    assert step >= 5
    give_up_one(store)
    assert states(store)[scan_id] == ("failed", [("inspect", "failed")])
    assert kinds(store).count("failed") == 1
    store.close()
