"""Manifests of containers, which may come before the scan or after it: whichever comes second lets the two be checked.

- The manifest first: the scan's own job finds it with ``papers_of``.
- The scan first, and it is done: ``put_manifest`` queues a recheck.
- The manifest in the middle of the work: each job knows the newest manifest of the time it was taken, and where its end finds a newer
  one, it queues the recheck (``jobs.finish``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Engine, insert, select

from scantally.serving.store import words
from scantally.serving.store.clock import from_us, now_us
from scantally.serving.store.engine import reading, writing
from scantally.serving.store.events import append, next_number
from scantally.serving.store.schema import MANIFESTS, SCAN_CONTAINERS, SCANS
from scantally.serving.store.work import is_open, queue_job


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredManifest:
    """A manifest that was sent for a container."""

    number: int
    container: str
    version: int
    sha256: str
    file_name: str
    received_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401 (a row of MANIFESTS as a mapping)
        """From a row."""
        return cls(**{name: row[name] for name in cls.__slots__} | {"received_at": from_us(row["received_at"])})


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """A manifest file that a scan is to be checked against."""

    sha256: str
    file_name: str
    container: str | None  # that it was sent for; None: it came with the scan and says by itself


def put_manifest(engine: Engine, container: str, sha256: str, file_name: str) -> int:
    """Keep a manifest, whose file is stored already, as the newest of a container, and say its version.

    The newest scan of this container is checked again with it. The same content as the newest version's changes nothing.

    Raises:
        InputError: that is no container number.
    """
    wanted = words.container_number(container)
    name = words.file_name(file_name)
    with writing(engine) as connection:
        number = next_number(connection)
        newest = _newest(connection, wanted)
        if newest is not None and newest.sha256 == sha256:
            return newest.version
        version, now = (0 if newest is None else newest.version) + 1, now_us(connection)
        row = {"number": number, "container": wanted, "version": version, "sha256": sha256, "file_name": name}
        connection.execute(insert(MANIFESTS).values(row | {"received_at": now}))
        scan_id = _queue_recheck(connection, wanted, now)
        body = {"container": wanted, "version": version}
        append(connection, kind="manifest", scan_id=scan_id, body=body, number=number)
    return version


def manifest_for(engine: Engine, container: str) -> StoredManifest | None:
    """The newest manifest of a container, or None. Raises InputError where that is no container number."""
    wanted = words.container_number(container)
    with reading(engine) as connection:
        return _newest(connection, wanted)


def papers_of(engine: Engine, scan_id: str) -> tuple[Paper, ...]:
    """What a scan is to be checked against, the newest first; of two that speak of one container, the first counts.

    A manifest that came with the scan is as old as the scan: one that was sent for a container later stands before it, and one that
    was sent earlier is not needed.
    """
    with reading(engine) as connection:
        scan = connection.execute(select(SCANS).where(SCANS.c.id == scan_id)).one_or_none()
        if scan is None:
            return ()
        sent = [m for c in scan.container_numbers if (m := _newest(connection, c)) is not None]
    own = scan.manifest_sha256
    later = [m for m in sorted(sent, key=lambda m: -m.number) if own is None or m.number > scan.number]
    papers = [Paper(sha256=m.sha256, file_name=m.file_name, container=m.container) for m in later]
    if own is not None:
        papers.append(Paper(sha256=own, file_name=scan.manifest_name or "unnamed", container=None))
    return tuple(papers)


def _newest(connection: Connection, container: str) -> StoredManifest | None:
    wanted = select(MANIFESTS).where(MANIFESTS.c.container == container).order_by(MANIFESTS.c.version.desc()).limit(1)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else StoredManifest.of(row)


def _queue_recheck(connection: Connection, container: str, now: int) -> str | None:
    """The scan that is concerned, or None: the newest of the container that did not fail. An older one was of an earlier load."""
    number = SCAN_CONTAINERS.c.number
    wanted = (
        select(SCANS.c.id, SCANS.c.state)
        .join(SCAN_CONTAINERS, number == SCANS.c.number)
        .where(SCAN_CONTAINERS.c.container == container, SCANS.c.state != "failed")
        .order_by(number.desc())
        .limit(1)
    )
    scan = connection.execute(wanted).one_or_none()
    if scan is None:
        return None
    # A job that is not ended either reads the new manifest, or finds at its end that there is a newer one.
    if not is_open(connection, scan.id):
        queue_job(connection, scan.id, "recheck", now)
    return str(scan.id)
