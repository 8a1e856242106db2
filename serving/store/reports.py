"""Reports of scans. They are added and never changed; the one with the highest version is the one that counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Engine, func, insert, select

from scantally.serving.store.clock import from_us
from scantally.serving.store.engine import reading
from scantally.serving.store.schema import REPORTS


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReport:
    """A report whose files are stored already."""

    sha256: str  # of its JSON
    disposition: str
    package: str  # NAME/VERSION of the model package
    html_sha256: str | None = None
    looked_sha256: str | None = None  # what the model said, which a check of other papers starts from
    manifest_sha256: str | None = None  # the manifest that was used
    container_numbers: tuple[str, ...] = ()
    """Containers that were found by reading the scan and its papers; manifests of those will find the scan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A report as the store knows it."""

    scan_id: str
    version: int
    created_at: datetime
    sha256: str
    html_sha256: str | None
    looked_sha256: str | None
    manifest_sha256: str | None
    disposition: str
    package: str

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401 (a row of REPORTS as a mapping)
        """From a row."""
        return cls(**{name: row[name] for name in cls.__slots__} | {"created_at": from_us(row["created_at"])})


def reports_of(engine: Engine, scan_id: str) -> tuple[Report, ...]:
    """All reports of a scan, the newest first."""
    wanted = select(REPORTS).where(REPORTS.c.scan_id == scan_id).order_by(REPORTS.c.version.desc())
    with reading(engine) as connection:
        rows = connection.execute(wanted).mappings().all()
    return tuple(Report.of(row) for row in rows)


def report_of(engine: Engine, scan_id: str, version: int | None = None) -> Report | None:
    """The newest report of a scan, or the one of a version; None where there is none."""
    wanted = select(REPORTS).where(REPORTS.c.scan_id == scan_id).order_by(REPORTS.c.version.desc()).limit(1)
    if version is not None:
        wanted = wanted.where(REPORTS.c.version == version)
    with reading(engine) as connection:
        row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else Report.of(row)


def add_report(connection: Connection, scan_id: str, new: NewReport, now: int) -> int:
    """Add a report within a transaction that took a number (``events.next_number``), and say its version."""
    newest = select(func.coalesce(func.max(REPORTS.c.version), 0)).where(REPORTS.c.scan_id == scan_id)
    version = int(connection.execute(newest).scalar_one()) + 1
    row = {
        "scan_id": scan_id,
        "version": version,
        "created_at": now,
        "sha256": new.sha256,
        "html_sha256": new.html_sha256,
        "looked_sha256": new.looked_sha256,
        "manifest_sha256": new.manifest_sha256,
        "disposition": new.disposition,
        "package": new.package,
    }
    connection.execute(insert(REPORTS).values(row))
    return version
