import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import (
    DATABASES,
    SHA,
    FakeClock,
    opened,
    report,
    states,
    take,
    take_in,
)

from scantally.serving.store import events
from scantally.serving.store.jobs import Job, fail, finish, lease, queued, release, renew
from scantally.serving.store.reports import report_of, reports_of
from scantally.serving.store.scans import get
from scantally.serving.store.store import Store, open_store

LEASE, WAIT = 60, 5  # seconds, as the defaults
DAY = 86_400


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with opened(request.param, tmp_path, clock) as found:
        yield found


def kinds(store: Store) -> list[str]:
    return [event.kind for event in events.after(store.engine, 0)]


def none_left(store: Store) -> bool:
    return lease(store.engine, "worker", store.settings) is None


def test_the_oldest_job_comes_first_and_none_twice(store: Store) -> None:
    ids = [take_in(store, n) for n in range(3)]
    assert [take(store).scan_id for _ in ids] == ids
    assert none_left(store)
    assert [state for state, _ in states(store).values()] == ["processing"] * 3


def test_a_finished_job_leaves_a_report_and_a_done_scan(store: Store) -> None:
    scan_id = take_in(store)
    job = take(store)
    assert (job.scan_id, job.kind, job.tries) == (scan_id, "inspect", 1)
    new = report(disposition="review", html_sha256="cd" * 32, looked_sha256="ef" * 32)
    assert finish(store.engine, job, new)
    scan, made = get(store.engine, scan_id), report_of(store.engine, scan_id)
    assert scan is not None and (scan.state, scan.disposition) == ("done", "review")
    assert made is not None and (made.version, made.sha256, made.package) == (1, SHA, "cargo/1")
    assert (made.html_sha256, made.looked_sha256, made.manifest_sha256) == ("cd" * 32, "ef" * 32, None)
    told = events.history(store.engine, scan_id)
    assert [event.kind for event in told] == ["received", "report"]
    assert told[1].body == {"job": "inspect", "version": 1, "disposition": "review"}
    assert none_left(store) and queued(store.engine) == 0


def test_finishing_again_with_the_same_lease_is_no_second_report(store: Store) -> None:
    scan_id = take_in(store)
    job = take(store)
    assert [finish(store.engine, job, report()) for _ in range(3)] == [True] * 3
    assert len(reports_of(store.engine, scan_id)) == 1 and kinds(store) == ["received", "report"]


def test_a_lease_that_runs_out_lets_another_take_the_job(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    late = take(store, "slow")
    clock.go(LEASE - 1)
    assert none_left(store)
    clock.go(1)
    second = take(store, "fast")
    assert (second.id, second.tries) == (late.id, 2) and second.lease != late.lease
    assert not finish(store.engine, late, report(disposition="inspect"))
    assert not renew(store.engine, late, LEASE) and not release(store.engine, late)
    assert not fail(store.engine, late, "late", retry=True, settings=store.settings)
    assert not fail(store.engine, late, "late", retry=False, settings=store.settings)
    assert reports_of(store.engine, scan_id) == ()
    assert finish(store.engine, second, report())
    assert not finish(store.engine, late, report())
    assert [r.disposition for r in reports_of(store.engine, scan_id)] == ["release"]


def test_a_late_worker_whose_job_nobody_took_may_still_finish(store: Store, clock: FakeClock) -> None:
    take_in(store)
    job = take(store)
    clock.go(DAY)
    assert finish(store.engine, job, report())
    assert none_left(store)


def test_a_renewed_lease_lasts(store: Store, clock: FakeClock) -> None:
    take_in(store)
    job = take(store)
    for _ in range(5):
        clock.go(LEASE - 1)
        assert renew(store.engine, job, LEASE)
        assert none_left(store)
    clock.go(LEASE)
    assert take(store).id == job.id


def test_a_failed_try_waits_and_each_further_one_twice_as_long(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    for wait in (WAIT, 2 * WAIT):
        assert fail(store.engine, take(store), "model crashed", retry=True, settings=store.settings)
        assert states(store)[scan_id] == ("queued", [("inspect", "queued")])
        clock.go(wait - 1)
        assert none_left(store)
        clock.go(1)
    job = take(store)
    assert fail(store.engine, job, "model crashed\nat once", retry=True, settings=store.settings)
    assert fail(store.engine, job, "model crashed", retry=True, settings=store.settings)  # asked again, done once
    scan = get(store.engine, scan_id)
    assert scan is not None and (scan.state, scan.failure) == ("failed", "model crashed at once")
    clock.go(DAY)
    assert none_left(store) and kinds(store) == ["received", "failed"]


def test_a_failure_for_good_is_not_tried_again(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    assert fail(store.engine, take(store), "x.tif: not a scan", retry=False, settings=store.settings)
    clock.go(DAY)
    assert none_left(store)
    assert states(store)[scan_id] == ("failed", [("inspect", "failed")])


def test_a_scan_that_kills_its_workers_fails_after_bounded_tries_and_the_rest_flows_on(
    store: Store, clock: FakeClock
) -> None:
    poison, good = take_in(store, 1), take_in(store, 2)
    for n in range(3):
        assert take(store, f"worker {n}").scan_id == poison
        clock.go(LEASE)
    assert take(store).scan_id == good
    scan = get(store.engine, poison)
    assert scan is not None and scan.state == "failed"
    assert scan.failure == (
        "given up after 3 tries: the worker ended or hung each time without a word, the last one being worker 2"
    )
    assert kinds(store) == ["received", "received", "failed"]


def test_a_worker_that_comes_back_after_its_job_was_given_up_is_refused(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    for _ in range(3):
        job = take(store)
        clock.go(LEASE)
    assert none_left(store)
    assert not finish(store.engine, job, report())
    assert get(store.engine, scan_id).state == "failed"  # type: ignore[union-attr]


def test_a_released_job_is_at_once_free_and_no_try_was_used(store: Store) -> None:
    scan_id = take_in(store)
    for n in range(10):
        job = take(store, f"worker {n}")
        assert (job.scan_id, job.tries) == (scan_id, 1)
        assert release(store.engine, job)
    assert states(store)[scan_id][0] == "queued"


def test_fewer_tries_than_were_used_already_give_a_job_up(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    fail(store.engine, take(store), "model crashed", retry=True, settings=store.settings)
    clock.go(WAIT)
    assert lease(store.engine, "worker", store.settings.model_copy(update={"max_tries": 1})) is None
    scan = get(store.engine, scan_id)
    assert scan is not None and (scan.state, scan.failure) == ("failed", "model crashed")


@pytest.mark.parametrize("jump", [-DAY, -LEASE - 1, -30, 0])
def test_after_a_jump_backwards_a_lease_ends_within_twice_its_length(store: Store, clock: FakeClock, jump: int) -> None:
    take_in(store)
    dead = take(store)
    clock.go(jump)
    for _ in range(2 * LEASE + 1):
        job = lease(store.engine, "other", store.settings)
        if job is not None:
            break
        clock.go(1)
    assert job is not None and job.id == dead.id and job.lease != dead.lease


@pytest.mark.parametrize("jump", [-DAY, -WAIT - 1, -1])
def test_after_a_jump_backwards_a_failed_try_waits_at_most_twice_as_long(
    store: Store, clock: FakeClock, jump: int
) -> None:
    take_in(store)
    fail(store.engine, take(store), "model crashed", retry=True, settings=store.settings)
    clock.go(jump)
    for _ in range(2 * WAIT):
        if lease(store.engine, "worker", store.settings) is not None:
            break
        clock.go(1)
    else:
        take(store)


def test_a_small_step_back_ends_no_lease(store: Store, clock: FakeClock) -> None:
    take_in(store)
    job = take(store)
    clock.go(-0.5)
    assert none_left(store)
    assert finish(store.engine, job, report())


def test_a_jump_forwards_costs_a_second_try_and_no_second_report(store: Store, clock: FakeClock) -> None:
    scan_id = take_in(store)
    first = take(store)
    clock.go(DAY)
    second = take(store)
    assert finish(store.engine, second, report())
    assert not finish(store.engine, first, report())
    assert len(reports_of(store.engine, scan_id)) == 1


def test_without_a_clock_of_its_own_the_store_reads_the_database_s(tmp_path: Path, store: Store) -> None:
    own = open_store(store.settings)
    try:
        scan_id = take_in(own)
        assert finish(own.engine, take(own), report())
        scan = get(own.engine, scan_id)
        made = report_of(own.engine, scan_id)
        assert scan is not None and made is not None
        assert 0 <= (made.created_at - scan.received_at).total_seconds() < 60
    finally:
        own.close()


def test_threads_that_lease_at_once_get_each_job_once(store: Store) -> None:
    ids = [take_in(store, n) for n in range(30)]
    taken: list[Job] = []

    def work(name: str) -> None:
        while (job := lease(store.engine, name, store.settings)) is not None:
            taken.append(job)
            assert finish(store.engine, job, report())

    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A thread may see none while others take the last ones, but together they leave none.
    assert Counter(job.scan_id for job in taken) == Counter(ids)
    assert all(len(reports_of(store.engine, scan_id)) == 1 for scan_id in ids)
