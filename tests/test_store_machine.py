"""Jobs in any order of events, against a model of what must hold."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from stores import VARIABLE, WITHOUT, FakeClock, opened, report, states, take_in

from scantally.serving.store import events
from scantally.serving.store.clock import SECOND
from scantally.serving.store.jobs import Job, fail, finish, lease, release, renew
from scantally.serving.store.manifests import papers_of, put_manifest
from scantally.serving.store.reports import report_of, reports_of

LEASE, TRIES = 60.0, 3
CONTAINERS = ("MSKU1234565", "TGHU7644021")


class Jobs(RuleBasedStateMachine):
    """Clients, workers and a clock do as they like."""

    database = "sqlite"
    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.store = self.stack.enter_context(
            opened(self.database, folder, self.clock, lease_s=LEASE, max_tries=TRIES, retry_after_s=5)
        )
        self.scans: list[str] = []
        self.valid: dict[int, tuple[str, int]] = {}  # by job: the token of the lease, and when it ends
        self.finished: set[str] = set()  # leases that were told that their report is stored
        self.papers = 0
        self.looked_up: dict[str, str | None] = {}  # by lease: the manifest that its worker found

    def teardown(self) -> None:
        """Let time pass and workers work until nothing is left: every scan has come to its end."""
        try:
            for _ in range(1000):
                job = self._lease()
                if job is not None:
                    assert self._finish(job)
                elif all(state in ("done", "failed") for _, jobs in states(self.store).values() for _, state in jobs):
                    break
                self.clock.go(20)
            found = states(self.store)
            assert all(state in ("done", "failed") for state, _ in found.values())
            self.nothing_is_lost_or_doubled()
            self._newest_papers_were_used()
        finally:
            self.stack.close()

    def _newest_papers_were_used(self) -> None:
        failed = {e.scan_id for e in events.after(self.store.engine, 0, 100_000) if e.kind == "recheck_failed"}
        newest = {}  # by container, the scan that a manifest is of
        for event in events.after(self.store.engine, 0, 100_000):
            if event.kind == "manifest":
                newest[event.body["container"]] = event.scan_id
        for scan_id in {*newest.values()} - failed - {None}:
            made, papers = report_of(self.store.engine, scan_id), papers_of(self.store.engine, scan_id)
            if made is not None:
                assert made.manifest_sha256 == papers[0].sha256

    def _finish(self, job: Job) -> bool:
        stored = finish(self.store.engine, job, report(self.looked_up.get(job.lease)))
        if stored:
            self.finished.add(job.lease)
        return stored

    @rule(container=st.sampled_from(CONTAINERS))
    def accept(self, container: str) -> None:
        self.scans.append(take_in(self.store, len(self.scans), container_numbers=(container,)))

    @rule(container=st.sampled_from(CONTAINERS), same=st.booleans())
    def manifest(self, container: str, same: bool) -> None:
        self.papers += not same
        put_manifest(self.store.engine, container, f"{self.papers:064x}", "bill.xml")

    def _lease(self) -> Job | None:
        job = lease(self.store.engine, "worker", self.store.settings)
        if job is not None:
            self._look_papers_up(job)
        return job

    def _look_papers_up(self, job: Job) -> None:
        papers = papers_of(self.store.engine, job.scan_id)
        self.looked_up[job.lease] = papers[0].sha256 if papers else None

    @rule(job=leases)
    def look_papers_up_late(self, job: Job) -> None:
        self._look_papers_up(job)

    @rule(target=leases)
    def lease_one(self) -> object:
        job = self._lease()
        if job is None:
            return multiple()
        now = self.clock()
        token, ends = self.valid.get(job.id, ("", 0))
        assert ends <= now or token == job.lease, "a job was leased while another lease on it held"
        self.valid[job.id] = (job.lease, now + round(LEASE * SECOND))
        return job

    @rule(job=leases, seconds=st.sampled_from([1.0, 30.0, 60.0]))
    def renew_one(self, job: Job, seconds: float) -> None:
        if renew(self.store.engine, job, seconds):
            assert self.valid[job.id][0] == job.lease
            self.valid[job.id] = (job.lease, self.clock() + round(seconds * SECOND))
        else:
            self._is_lost(job)

    @rule(job=leases)
    def finish_one(self, job: Job) -> None:
        before = len(reports_of(self.store.engine, job.scan_id))
        again = job.lease in self.finished
        if self._finish(job):
            assert len(reports_of(self.store.engine, job.scan_id)) == before + (not again)
            self._ended(job)
        else:
            assert not again and len(reports_of(self.store.engine, job.scan_id)) == before
            self._is_lost(job)

    @rule(job=leases, retry=st.booleans())
    def fail_one(self, job: Job, retry: bool) -> None:
        if fail(self.store.engine, job, "model crashed", retry=retry, settings=self.store.settings):
            self._ended(job)
        else:
            self._is_lost(job)

    @rule(job=leases)
    def release_one(self, job: Job) -> None:
        if release(self.store.engine, job):
            self._ended(job)
        else:
            self._is_lost(job)

    @rule(seconds=st.sampled_from([1.0, 10.0, 59.0, 61.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.go(seconds)

    @rule(seconds=st.sampled_from([1.0, 100.0, 86_400.0]))
    def the_clock_jumps_back(self, seconds: float) -> None:
        self.clock.go(-seconds)
        # A lease may now end early (a second try), so the model knows of no valid one any more.
        self.valid = {job: (token, 0) for job, (token, _) in self.valid.items()}

    def _ended(self, job: Job) -> None:
        token, _ = self.valid[job.id]
        assert token == job.lease
        self.valid[job.id] = (token, 0)

    def _is_lost(self, job: Job) -> None:
        """A lease is only ever lost when its time was over, or it had ended."""
        token, ends = self.valid[job.id]
        assert token != job.lease or ends <= self.clock()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        found = states(self.store)
        assert set(found) == set(self.scans)
        for scan_id, (state, jobs) in found.items():
            reports = reports_of(self.store.engine, scan_id)
            (first, first_state), *later = jobs
            assert first == "inspect" and all(kind == "recheck" for kind, _ in later)
            assert len(reports) == sum(job_state == "done" for _, job_state in jobs)
            assert [r.version for r in reports] == list(range(len(reports), 0, -1))
            assert sum(job_state in ("queued", "leased") for _, job_state in jobs) <= 1
            expected = {"leased": "processing"}.get(first_state, first_state)
            assert state == expected


class JobsOnPostgres(Jobs):
    """The same on the other database."""

    database = "postgresql"


_QUICK = settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
TestJobs = Jobs.TestCase
TestJobs.settings = _QUICK


@pytest.mark.skipif(not os.environ.get(VARIABLE), reason=WITHOUT)
class TestJobsOnPostgres(JobsOnPostgres.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(_QUICK, max_examples=10)
