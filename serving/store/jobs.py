"""Jobs: leased, renewed, and ended once.

A lease is a random token with a deadline. Whoever holds the token may end the job, in one transaction with what came of it; once the
lease has run out and another worker has taken the job, there is another token, and the late worker's result is not stored. Which clock
deadlines are compared with, and what its jumps do, is in ``clock.py``.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select, update

from scantally.detector.errors import one_line
from scantally.serving.settings import ServeSettings
from scantally.serving.store import words
from scantally.serving.store.clock import SECOND, now_us, over, seconds
from scantally.serving.store.engine import reading, writing
from scantally.serving.store.events import append, next_number
from scantally.serving.store.reports import NewReport, add_report
from scantally.serving.store.schema import JOBS, MANIFESTS, SCANS
from scantally.serving.store.work import OPEN, JobKind, has_newer_papers, name_containers, queue_job

_LONGEST_ERROR = 500
_J = JOBS.c


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job and the lease on it."""

    id: int
    scan_id: str
    kind: JobKind
    tries: int  # with this one
    lease: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """How much work lies there."""

    queued: int
    leased: int
    oldest_s: float  # how long the oldest job that is not ended has been there; 0 without one


def lease(engine: Engine, worker: str, settings: ServeSettings) -> Job | None:
    """Take the oldest job that may be taken, for ``settings.lease_s``; None if there is none.

    A job whose lease ran out may be taken again. One that was begun ``settings.max_tries`` times and never ended is given up here: it
    fails, and its scan with it.
    """
    while (first := _first_due(engine)) is not None:
        job_id, tries = first
        if tries < settings.max_tries:
            return _take(engine, worker, settings)
        _give_up(engine, job_id, settings.max_tries)
    return None


def renew(engine: Engine, job: Job, seconds_more: float) -> bool:
    """Let the lease last so many seconds from now on. False: it is lost, and the work may stop."""
    with writing(engine) as connection:
        now = now_us(connection)
        change = update(JOBS).where(*_held(job)).values(since=now, leased_until=now + seconds(seconds_more))
        return connection.execute(change).rowcount == 1


def finish(engine: Engine, job: Job, report: NewReport) -> bool:
    """End a job with its report, all in one transaction. False: the lease is lost, and nothing was stored.

    May be called again after a StoreBusyError: a job that this lease ended already is True, and no second report is made.
    """
    containers = words.usable_numbers(report.container_numbers)
    with writing(engine) as connection:
        number, now = next_number(connection), now_us(connection)
        row = _end(connection, job, "done", None, now)
        if row is None:
            return _has_ended(connection, job, "done")
        version = add_report(connection, job.scan_id, report, now)
        done = {"state": "done", "failure": None, "disposition": report.disposition}
        connection.execute(update(SCANS).where(SCANS.c.id == job.scan_id).values(done))
        body = {"job": job.kind, "version": version, "disposition": report.disposition}
        append(connection, kind="report", scan_id=job.scan_id, body=body, number=number)
        _recheck_if_newer(connection, row, containers, report.manifest_sha256, now)
    return True


def fail(engine: Engine, job: Job, error: str, *, retry: bool, settings: ServeSettings) -> bool:
    """End a try without a report. With ``retry`` and tries left, the job waits ``retry_after_s``, doubled with each try, and is taken again;
    else it failed, and an inspected scan with it. False: the lease is lost, and nothing changed.
    """
    text = _error(error)
    if retry and job.tries < settings.max_tries:
        wait = seconds(settings.retry_after_s * 2 ** (job.tries - 1))
        return _requeue(engine, job, error=text, tries=job.tries, wait=wait)
    with writing(engine) as connection:
        number, now = next_number(connection), now_us(connection)
        row = _end(connection, job, "failed", text, now)
        if row is None:
            return _has_ended(connection, job, "failed")
        _tell_failure(connection, row, text, number, now)
    return True


def release(engine: Engine, job: Job) -> bool:
    """Give a job back that was not worked on, as at an orderly end of the worker: it does not count as a try. False: the lease is lost."""
    return _requeue(engine, job, error=None, tries=job.tries - 1, wait=0)


def queued(engine: Engine) -> int:
    """Jobs that wait, those among them that wait for their next try."""
    return backlog(engine).queued


def backlog(engine: Engine) -> Backlog:
    """Figures of the jobs that are not ended."""
    wanted = select(_J.state, func.count(), func.min(_J.created_at)).where(_J.state.in_(OPEN)).group_by(_J.state)
    with reading(engine) as connection:
        now = now_us(connection)
        found = {state: (count, oldest) for state, count, oldest in connection.execute(wanted)}
    counts = {state: found.get(state, (0, now))[0] for state in OPEN}
    oldest = min((oldest for _, oldest in found.values()), default=now)
    return Backlog(**counts, oldest_s=max(0, now - oldest) / SECOND)


def _due(now: int) -> ColumnElement[bool]:
    waits = and_(_J.state == "queued", over(_J.not_before, _J.since, now))
    lost = and_(_J.state == "leased", over(_J.leased_until, _J.since, now))
    return and_(_J.state.in_(OPEN), or_(waits, lost))


def _first_due(engine: Engine) -> tuple[int, int] | None:
    """Looking takes no lock: workers without work stand in nobody's way."""
    with reading(engine) as connection:
        wanted = select(_J.id, _J.tries).where(_due(now_us(connection))).order_by(_J.id).limit(1)
        row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.id, row.tries)


def _take(engine: Engine, worker: str, settings: ServeSettings) -> Job | None:
    token = secrets.token_hex(16)
    with writing(engine) as connection:
        now = now_us(connection)
        # SQLite knows no FOR UPDATE and needs none: this transaction is the only one that writes.
        may = select(_J.id).where(_due(now), _J.tries < settings.max_tries).order_by(_J.id).limit(1)
        chosen = may.with_for_update(skip_locked=True).scalar_subquery()
        papers = select(func.coalesce(func.max(MANIFESTS.c.number), 0)).scalar_subquery()
        taken = {
            "state": "leased",
            "tries": _J.tries + 1,
            "lease": token,
            "worker": one_line(worker),
            "papers_to": papers,
        }
        times = {"since": now, "leased_until": now + seconds(settings.lease_s)}
        change = update(JOBS).where(_J.id == chosen).values(taken | times)
        row = connection.execute(change.returning(_J.id, _J.scan_id, _J.kind, _J.tries)).one_or_none()
        if row is None:  # others were faster
            return None
        if row.kind == "inspect":
            connection.execute(update(SCANS).where(SCANS.c.id == row.scan_id).values(state="processing"))
    return Job(**row._mapping, lease=token)


def _give_up(engine: Engine, job_id: int, max_tries: int) -> None:
    with writing(engine) as connection:
        number, now = next_number(connection), now_us(connection)
        mine = (_J.id == job_id, _due(now), _J.tries >= max_tries)
        found = connection.execute(select(JOBS).where(*mine).with_for_update()).one_or_none()
        if found is None:  # another worker gave it up, or its own came back
            return
        text = _lost(found)
        connection.execute(update(JOBS).where(_J.id == job_id).values(_ended("failed", text, now)))
        _tell_failure(connection, found, text, number, now)


def _lost(job: Row[Any]) -> str:
    tries = f"{job.tries} {'try' if job.tries == 1 else 'tries'}"
    if job.state == "queued":
        return job.error or f"given up after {tries}"
    return f"given up after {tries}: the worker ended or hung each time without a word, the last one being {job.worker}"


def _held(job: Job) -> tuple[ColumnElement[bool], ...]:
    return _J.id == job.id, _J.lease == job.lease, _J.state == "leased"


def _ended(state: str, error: str | None, now: int) -> dict[str, Any]:
    return {"state": state, "error": error, "finished_at": now, "leased_until": None}


def _end(connection: Connection, job: Job, state: str, error: str | None, now: int) -> Row[Any] | None:
    """End a job if the lease on it holds; its row, or None."""
    change = update(JOBS).where(*_held(job)).values(_ended(state, error, now))
    return connection.execute(change.returning(JOBS)).one_or_none()


def _has_ended(connection: Connection, job: Job, state: str) -> bool:
    """Whether this very lease ended the job so: the answer to an earlier call may have been lost with the connection."""
    wanted = select(_J.id).where(_J.id == job.id, _J.lease == job.lease, _J.state == state)
    return connection.execute(wanted).one_or_none() is not None


def _requeue(engine: Engine, job: Job, *, error: str | None, tries: int, wait: int) -> bool:
    with writing(engine) as connection:
        now = now_us(connection)
        back = {"state": "queued", "lease": None, "leased_until": None, "error": error, "tries": tries}
        change = update(JOBS).where(*_held(job)).values(back | {"since": now, "not_before": now + wait})
        if connection.execute(change).rowcount != 1:
            return False
        if job.kind == "inspect":
            connection.execute(update(SCANS).where(SCANS.c.id == job.scan_id).values(state="queued"))
    return True


def _tell_failure(connection: Connection, job: Row[Any], text: str, number: int, now: int) -> None:
    """What a failed job leaves. A failed recheck leaves the scan its report, and an event says that it is not of the newest papers."""
    kind = job.kind
    if kind == "inspect":
        connection.execute(update(SCANS).where(SCANS.c.id == job.scan_id).values(state="failed", failure=text))
        append(connection, kind="failed", scan_id=job.scan_id, body={"error": text}, number=number)
        return
    append(connection, kind="recheck_failed", scan_id=job.scan_id, body={"error": text}, number=number)
    _recheck_if_newer(connection, job, (), None, now)


def _recheck_if_newer(
    connection: Connection, job: Row[Any], found: tuple[str, ...], used: str | None, now: int
) -> None:
    """Queue a recheck where a manifest came that the job cannot have seen: after it was taken, or for a container only now found."""
    scan = connection.execute(select(SCANS).where(SCANS.c.id == job.scan_id)).one()
    new = name_containers(connection, scan.number, found)
    # A manifest that came with the scan takes the place of those that were sent before it (manifests.papers_of).
    least = 0 if scan.manifest_sha256 is None else scan.number
    sought = ((scan.container_numbers, job.papers_to), (new, least))
    if any(has_newer_papers(connection, containers, number, used) for containers, number in sought):
        queue_job(connection, job.scan_id, "recheck", now)


def _error(text: str) -> str:
    return one_line(text)[:_LONGEST_ERROR] or "failed without a reason"
