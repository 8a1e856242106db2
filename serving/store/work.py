"""What becomes a job, inside a transaction that others began. A scan has at most one job that is not ended: an index sees to it."""

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, exists, insert, select, update

from scantally.serving.store.schema import JOBS, MANIFESTS, SCAN_CONTAINERS, SCANS

JobKind = Literal["inspect", "recheck"]
"""``inspect``: model and checks. ``recheck``: the checks again, with other papers and without the model."""

OPEN = ("queued", "leased")


def queue_job(connection: Connection, scan_id: str, kind: JobKind, now: int) -> None:
    """Add a job that may be taken at once."""
    row = {"scan_id": scan_id, "kind": kind, "state": "queued", "tries": 0, "papers_to": 0}
    times = {"since": now, "not_before": now, "created_at": now}
    connection.execute(insert(JOBS).values(row | times))


def is_open(connection: Connection, scan_id: str) -> bool:
    """Whether a job of this scan waits or is being worked on."""
    found = exists().where(JOBS.c.scan_id == scan_id, JOBS.c.state.in_(OPEN))
    return bool(connection.execute(select(found)).scalar_one())


def name_containers(connection: Connection, number: int, containers: tuple[str, ...]) -> tuple[str, ...]:
    """Add containers to those of a scan with this number, and say which are new to it."""
    wanted = select(SCANS.c.container_numbers).where(SCANS.c.number == number)
    known = connection.execute(wanted).scalar_one()
    new = tuple(container for container in containers if container not in known)
    if new:
        change = update(SCANS).where(SCANS.c.number == number).values(container_numbers=[*known, *new])
        connection.execute(change)
        index_containers(connection, number, new)
    return new


def index_containers(connection: Connection, number: int, containers: Iterable[str]) -> None:
    """Let a scan be found by containers."""
    rows = [{"container": container, "number": number} for container in containers]
    if rows:
        connection.execute(insert(SCAN_CONTAINERS), rows)


def has_newer_papers(connection: Connection, containers: Iterable[str], number: int, used: str | None) -> bool:
    """Whether one of the containers' newest manifests came after ``number`` and is not the one that was used."""
    for container in containers:
        wanted = select(MANIFESTS.c.number, MANIFESTS.c.sha256).where(MANIFESTS.c.container == container)
        newest = connection.execute(wanted.order_by(MANIFESTS.c.version.desc()).limit(1)).one_or_none()
        if newest is not None and newest.number > number and newest.sha256 != used:
            return True
    return False
