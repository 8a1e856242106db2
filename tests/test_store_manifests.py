import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import DATABASES, FakeClock, done, opened, report, states, take, take_in

from scantally.detector.errors import InputError
from scantally.serving.store import events
from scantally.serving.store.jobs import fail, finish, lease
from scantally.serving.store.manifests import Paper, manifest_for, papers_of, put_manifest
from scantally.serving.store.reports import report_of, reports_of
from scantally.serving.store.scans import get
from scantally.serving.store.store import Store

BOX, OTHER = "MSKU1234565", "TGHU7644021"
FIRST, SECOND, OWN = "11" * 32, "22" * 32, "33" * 32
INSPECTED = ("inspect", "done")
WAITS, CHECKED = ("recheck", "queued"), ("recheck", "done")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with opened(request.param, tmp_path, clock) as found:
        yield found


def put(store: Store, sha256: str, container: str = BOX) -> int:
    return put_manifest(store.engine, container, sha256, "bill.xml")


def jobs_of(store: Store, scan_id: str) -> list[tuple[str, str]]:
    return states(store)[scan_id][1]


def used(store: Store, scan_id: str) -> list[str]:
    return [paper.sha256 for paper in papers_of(store.engine, scan_id)]


def test_the_newest_manifest_of_a_container_counts(store: Store) -> None:
    assert manifest_for(store.engine, BOX) is None
    assert (put(store, FIRST), put(store, SECOND), put(store, FIRST, OTHER)) == (1, 2, 1)
    found = manifest_for(store.engine, "msku 123456-5")
    assert found is not None
    assert (found.container, found.version, found.sha256, found.file_name) == (BOX, 2, SECOND, "bill.xml")


def test_the_same_content_again_changes_nothing(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    finish(store.engine, take(store), report(FIRST))
    told = events.newest(store.engine)
    assert put(store, FIRST) == 1
    assert events.newest(store.engine) == told and jobs_of(store, scan_id) == [INSPECTED, CHECKED]


def test_content_of_an_earlier_version_is_a_correction_like_any_other(store: Store) -> None:
    assert [put(store, sha) for sha in (FIRST, SECOND, FIRST)] == [1, 2, 3]


def test_a_manifest_before_the_scan_is_found_by_its_job(store: Store) -> None:
    put(store, FIRST)
    scan_id = take_in(store, container_numbers=(BOX,))
    job = take(store)
    assert papers_of(store.engine, scan_id) == (Paper(sha256=FIRST, file_name="bill.xml", container=BOX),)
    assert finish(store.engine, job, report(FIRST))
    assert jobs_of(store, scan_id) == [INSPECTED]


def test_a_manifest_after_the_scan_has_it_checked_again(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    assert states(store)[scan_id] == ("done", [INSPECTED, WAITS])
    job = take(store)
    assert (job.kind, job.scan_id) == ("recheck", scan_id)
    assert states(store)[scan_id][0] == "done"
    assert finish(store.engine, job, report(FIRST, disposition="inspect"))
    made = report_of(store.engine, scan_id)
    assert made is not None and (made.version, made.manifest_sha256) == (2, FIRST)
    assert report_of(store.engine, scan_id, 1) in reports_of(store.engine, scan_id)
    assert report_of(store.engine, scan_id, 3) is None
    scan = get(store.engine, scan_id)
    assert scan is not None and (scan.state, scan.disposition) == ("done", "inspect")
    kinds = [event.kind for event in events.history(store.engine, scan_id)]
    assert kinds == ["received", "report", "manifest", "report"]


def test_a_manifest_while_the_scan_waits_is_found_by_its_job(store: Store) -> None:
    scan_id = take_in(store, container_numbers=(BOX,))
    put(store, FIRST)
    job = take(store)
    assert used(store, scan_id) == [FIRST]
    finish(store.engine, job, report(FIRST))
    assert jobs_of(store, scan_id) == [INSPECTED]


@pytest.mark.parametrize(("looked_up", "expected"), [(None, [INSPECTED, WAITS]), (FIRST, [INSPECTED])])
def test_a_manifest_in_the_middle_of_the_work_is_not_missed(
    store: Store, looked_up: str | None, expected: list[tuple[str, str]]
) -> None:
    scan_id = take_in(store, container_numbers=(BOX,))
    job = take(store)
    put(store, FIRST)  # before or after the worker looked for papers
    assert jobs_of(store, scan_id) == [("inspect", "leased")]
    assert finish(store.engine, job, report(looked_up))
    assert jobs_of(store, scan_id) == expected


def test_a_correction_in_the_middle_of_a_recheck_is_checked_after_it(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    job = take(store)
    put(store, SECOND)
    assert jobs_of(store, scan_id) == [INSPECTED, ("recheck", "leased")]  # one at a time
    finish(store.engine, job, report(FIRST))
    assert take(store).kind == "recheck"
    assert used(store, scan_id) == [SECOND]


def test_many_corrections_while_one_recheck_waits_are_one_check(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    for n in range(5):
        put(store, f"{n:064x}")
    assert jobs_of(store, scan_id) == [INSPECTED, WAITS]


def test_a_failed_recheck_leaves_the_report_and_says_so(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    assert fail(store.engine, take(store), "bill.xml: no manifest", retry=False, settings=store.settings)
    scan = get(store.engine, scan_id)
    assert scan is not None and (scan.state, scan.failure, scan.disposition) == ("done", None, "release")
    told = events.history(store.engine, scan_id)[-1]
    assert (told.kind, told.body) == ("recheck_failed", {"error": "bill.xml: no manifest"})
    assert lease(store.engine, "worker", store.settings) is None


def test_a_correction_during_a_recheck_that_fails_is_still_checked(store: Store) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    job = take(store)
    put(store, SECOND)
    fail(store.engine, job, "bill.xml: no manifest", retry=False, settings=store.settings)
    assert jobs_of(store, scan_id) == [INSPECTED, ("recheck", "failed"), WAITS]


def test_a_recheck_that_kills_its_workers_is_given_up_and_a_correction_in_between_is_checked(
    store: Store, clock: FakeClock
) -> None:
    scan_id = done(store, container_numbers=(BOX,))
    put(store, FIRST)
    for _ in range(3):
        take(store)
        clock.go(60)
    put(store, SECOND)
    assert lease(store.engine, "worker", store.settings) is not None
    assert jobs_of(store, scan_id) == [INSPECTED, ("recheck", "failed"), ("recheck", "leased")]


def test_of_a_container_s_scans_the_newest_is_checked_again(store: Store) -> None:
    earlier, later = (done(store, n, container_numbers=(BOX,)) for n in range(2))
    put(store, FIRST)
    assert (jobs_of(store, earlier), jobs_of(store, later)) == ([INSPECTED], [INSPECTED, WAITS])


def test_an_earlier_load_is_left_alone_while_the_newest_scan_is_worked_on(store: Store) -> None:
    earlier = done(store, 1, container_numbers=(BOX,))
    later = take_in(store, 2, container_numbers=(BOX,))
    put(store, FIRST)
    assert (jobs_of(store, earlier), jobs_of(store, later)) == ([INSPECTED], [("inspect", "queued")])


def test_a_failed_scan_is_passed_over(store: Store) -> None:
    earlier = done(store, 1, container_numbers=(BOX,))
    take_in(store, 2, container_numbers=(BOX,))
    fail(store.engine, take(store), "not a scan", retry=False, settings=store.settings)
    put(store, FIRST)
    assert jobs_of(store, earlier) == [INSPECTED, WAITS]


def test_a_container_that_only_the_report_names_is_found_either_way(store: Store) -> None:
    put(store, FIRST, OTHER)
    scan_id = take_in(store)
    named = (BOX, OTHER, OTHER, "", "x" * 99)  # what was read may be no number at all
    assert finish(store.engine, take(store), report(container_numbers=named))
    scan = get(store.engine, scan_id)
    assert scan is not None and scan.container_numbers == (BOX, OTHER)
    assert jobs_of(store, scan_id) == [INSPECTED, WAITS]  # the manifest was there already
    assert finish(store.engine, take(store), report(FIRST, container_numbers=named))
    assert jobs_of(store, scan_id) == [INSPECTED, CHECKED]
    put(store, SECOND)  # and one that comes now
    assert jobs_of(store, scan_id) == [INSPECTED, CHECKED, WAITS]


def test_a_manifest_that_came_with_the_scan_is_as_old_as_the_scan(store: Store) -> None:
    put(store, FIRST)
    scan_id = take_in(store, container_numbers=(BOX,), manifest_sha256=OWN, manifest_name="own.json")
    own = Paper(sha256=OWN, file_name="own.json", container=None)
    assert papers_of(store.engine, scan_id) == (own,)
    assert finish(store.engine, take(store), report(OWN, container_numbers=(BOX, OTHER)))
    assert jobs_of(store, scan_id) == [INSPECTED]
    put(store, SECOND)
    assert papers_of(store.engine, scan_id) == (Paper(sha256=SECOND, file_name="bill.xml", container=BOX), own)
    assert jobs_of(store, scan_id) == [INSPECTED, WAITS]


def test_two_containers_have_each_their_papers(store: Store) -> None:
    scan_id = take_in(store, container_numbers=(BOX, OTHER))
    put(store, FIRST)
    put(store, SECOND, OTHER)
    assert [(p.sha256, p.container) for p in papers_of(store.engine, scan_id)] == [(SECOND, OTHER), (FIRST, BOX)]


def test_papers_of_no_scan_are_none(store: Store) -> None:
    assert papers_of(store.engine, "0" * 32) == ()


@pytest.mark.parametrize("container", ["", " -", "x" * 41, "A\0B"])
def test_what_is_no_container_number_is_refused(store: Store, container: str) -> None:
    with pytest.raises(InputError, match=r"^container number: expected 1 to 40 printable characters, got "):
        put(store, FIRST, container)
    with pytest.raises(InputError):
        manifest_for(store.engine, container)


def test_manifests_and_reports_at_once_end_with_the_newest_papers(store: Store) -> None:
    """Nothing is missed whichever way the two cross: the last report of each scan is of the last manifest."""
    scans = [take_in(store, n, container_numbers=(f"C{n}",)) for n in range(4)]
    busy = threading.Event()

    def send(n: int) -> None:
        for version in range(8):
            put(store, f"{version:064x}", f"C{n}")

    def work() -> None:
        while True:
            ended = busy.is_set()
            job = lease(store.engine, "worker", store.settings)
            if job is None:
                if ended:
                    return
                continue
            papers = used(store, job.scan_id)
            assert finish(store.engine, job, report(papers[0] if papers else None))

    senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    workers = [threading.Thread(target=work) for _ in range(3)]
    for thread in senders + workers:
        thread.start()
    for thread in senders:
        thread.join()
    busy.set()
    for thread in workers:
        thread.join()
    while (job := lease(store.engine, "last", store.settings)) is not None:
        finish(store.engine, job, report(used(store, job.scan_id)[0]))
    for scan_id in scans:
        made = report_of(store.engine, scan_id)
        assert made is not None and made.manifest_sha256 == f"{7:064x}"
