"""What requests and answers hold, as documents; their JSON Schema is part of the published OpenAPI."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from scantally.detector.types import Document
from scantally.serving.store.events import Event
from scantally.serving.store.scans import Scan, ScanState


class Problem(Document):
    """Why a request was refused (RFC 9457, ``application/problem+json``)."""

    title: str
    status: int
    detail: str = Field(examples=["scan.tif: expected at most 200 MB"])


class ScanView(Document):
    """A scan and how far it is."""

    id: str = Field(examples=["9c5b1d0e6f3a4b8f9d2e7c6a5b4c3d2e"])
    file_name: str = Field(examples=["gate-3.tif"])
    received_at: datetime
    containers: tuple[str, ...] = Field(examples=[["CSQU3054383"]])
    state: ScanState
    failure: str | None = None
    """Why there is no report, where it failed."""
    disposition: Literal["release", "review", "inspect"] | None = None
    """What the newest report proposes; null before there is one."""

    @classmethod
    def of(cls, scan: Scan) -> "ScanView":
        """As a client sees it."""
        return cls.model_validate(
            {
                "id": scan.id,
                "file_name": scan.file_name,
                "received_at": scan.received_at,
                "containers": scan.container_numbers,
                "state": scan.state,
                "failure": scan.failure,
                "disposition": scan.disposition,
            }
        )


class ScanPage(Document):
    """Scans, the newest first."""

    scans: tuple[ScanView, ...]
    cursor: str | None
    """For the next page; null on the last one."""


class ReportEntry(Document):
    """One report of a scan."""

    version: int
    created_at: datetime
    disposition: str
    package: str = Field(examples=["cargo/0.5.8"])
    manifest_sha256: str | None


class ReportList(Document):
    """All reports of a scan, the newest first. None is ever changed."""

    reports: tuple[ReportEntry, ...]


class ManifestTaken(Document):
    """A manifest that is kept as a container's newest."""

    container: str = Field(examples=["CSQU3054383"])
    version: int
    """From 1; the same content again does not count."""


class Ready(Document):
    """Whether work is done, part by part."""

    ready: bool
    worker: str = Field(examples=["ready"])
    package: str | None = Field(examples=["cargo/0.5.8"])
    store: str = Field(examples=["writable"])
    free_mb: int
    waiting: int
    """Scans and rechecks that wait."""
    trouble: tuple[str, ...]
    """What keeps it from being ready."""


class EventView(Document):
    """Something that happened."""

    number: int
    at: datetime
    kind: str = Field(examples=["report"])
    scan: str | None
    body: dict[str, object]

    @classmethod
    def of(cls, event: Event) -> "EventView":
        """As a client sees it."""
        return cls(number=event.number, at=event.at, kind=event.kind, scan=event.scan_id, body=dict(event.body))
