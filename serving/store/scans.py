"""Scans: accepted once and for all in one transaction, found again by id or in pages."""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Engine, Select, func, insert, select

from scantally.detector.errors import InputError
from scantally.detector.types import Document
from scantally.serving.store import words
from scantally.serving.store.clock import from_us, now_us, to_us
from scantally.serving.store.engine import reading, writing
from scantally.serving.store.errors import KeyReusedError, QueueFullError
from scantally.serving.store.events import append, next_number
from scantally.serving.store.schema import JOBS, SCAN_CONTAINERS, SCANS
from scantally.serving.store.work import index_containers, queue_job

ScanState = Literal["queued", "processing", "done", "failed"]

MOST_ROWS = 500
"""Scans of one page."""

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ScanOptions(Document):
    """How a scan is to be read, as far as its sender says so; None is left to the file and the site's scanner profile."""

    pitch_mm: _Positive | None = None
    energies_mv: tuple[_Positive, ...] | None = None
    polarity: Literal["dark", "bright"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewScan:
    """A scan whose files are stored already.

    Raises:
        InputError: a container number or the key is none.
    """

    sha256: str
    file_name: str
    request_sha256: str  # of all that the request said: tells a repeated request from another one with its key
    key: str | None = None  # Idempotency-Key
    container_numbers: tuple[str, ...] = ()
    options: ScanOptions = field(default_factory=ScanOptions)
    manifest_sha256: str | None = None
    manifest_name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "file_name", words.file_name(self.file_name))
        object.__setattr__(self, "key", words.request_key(self.key))
        object.__setattr__(self, "container_numbers", words.container_numbers(self.container_numbers))
        name = None if self.manifest_name is None else words.file_name(self.manifest_name)
        object.__setattr__(self, "manifest_name", name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The promise that a client gets."""

    id: str
    repeated: bool  # the request came before, and this is its scan


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """A scan as the store knows it."""

    id: str
    number: int
    sha256: str
    file_name: str
    received_at: datetime
    container_numbers: tuple[str, ...]
    options: ScanOptions
    manifest_sha256: str | None
    manifest_name: str | None
    state: ScanState
    failure: str | None
    disposition: str | None

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401 (a row of SCANS as a mapping)
        """From a row."""
        own = {name: row[name] for name in cls.__slots__}
        own["received_at"] = from_us(row["received_at"])
        own["container_numbers"] = tuple(row["container_numbers"])
        own["options"] = ScanOptions.model_validate(row["options"])
        return cls(**own)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which scans a list holds: those that meet all that is not None."""

    state: ScanState | None = None
    disposition: str | None = None
    received_from: datetime | None = None  # this moment or later
    received_before: datetime | None = None
    container: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Scans, the newest first, and where the next page begins; None on the last one."""

    scans: tuple[Scan, ...]
    cursor: str | None


def accept(engine: Engine, new: NewScan, *, max_queued: int) -> Accepted:
    """Promise that a scan will be worked on: scan, job and event in one transaction. Its files must be stored before.

    Raises:
        KeyReusedError: the key is known from another request.
        QueueFullError: ``max_queued`` scans wait already.
        StoreError: it is not known whether it was accepted; with a key the request may simply be repeated.
    """
    with writing(engine) as connection:
        number = next_number(connection)
        if (known := _known(connection, new)) is not None:
            return Accepted(id=known, repeated=True)
        waiting = _waiting(connection)
        if waiting >= max_queued:
            raise QueueFullError(waiting)
        scan_id, now = uuid.uuid4().hex, now_us(connection)
        connection.execute(insert(SCANS).values(_row(new, scan_id, number, now)))
        index_containers(connection, number, new.container_numbers)
        queue_job(connection, scan_id, "inspect", now)
        body = {"file_name": new.file_name, "container_numbers": list(new.container_numbers)}
        append(connection, kind="received", scan_id=scan_id, body=body, number=number)
    return Accepted(id=scan_id, repeated=False)


def _known(connection: Connection, new: NewScan) -> str | None:
    if new.key is None:
        return None
    wanted = select(SCANS.c.id, SCANS.c.request_sha256).where(SCANS.c.key == new.key)
    first = connection.execute(wanted).one_or_none()
    if first is None:
        return None
    if first.request_sha256 != new.request_sha256:
        raise KeyReusedError
    return str(first.id)


def _waiting(connection: Connection) -> int:
    """Scans that wait. Checks of other papers don't count: each is of a scan that was accepted before, and there is one at most."""
    waits = select(func.count()).where(JOBS.c.state == "queued", JOBS.c.kind == "inspect")
    return int(connection.execute(waits).scalar_one())


def _row(new: NewScan, scan_id: str, number: int, now: int) -> dict[str, object]:
    return {
        "id": scan_id,
        "number": number,
        "sha256": new.sha256,
        "file_name": new.file_name,
        "received_at": now,
        "key": new.key,
        "request_sha256": new.request_sha256,
        "container_numbers": list(new.container_numbers),
        "options": new.options.model_dump(mode="json"),
        "manifest_sha256": new.manifest_sha256,
        "manifest_name": new.manifest_name,
        "state": "queued",
    }


def get(engine: Engine, scan_id: str) -> Scan | None:
    """A scan, or None where there is none of that id."""
    with reading(engine) as connection:
        row = connection.execute(select(SCANS).where(SCANS.c.id == scan_id)).mappings().one_or_none()
    return None if row is None else Scan.of(row)


def list_scans(engine: Engine, filters: Filters, cursor: str | None = None, limit: int = 50) -> Page:
    """A page of at most ``limit`` scans (up to 500), the newest first. Scans that arrive between two pages change neither.

    Raises:
        InputError: the cursor is none that a page came with, or the container to filter by is none.
    """
    limit = max(1, min(limit, MOST_ROWS))
    wanted = _page(filters, None if cursor is None else _number(cursor), limit + 1)
    with reading(engine) as connection:
        rows = connection.execute(wanted).mappings().all()
    more = len(rows) > limit
    return Page(
        scans=tuple(Scan.of(row) for row in rows[:limit]), cursor=_cursor(rows[limit - 1]["number"]) if more else None
    )


def _page(filters: Filters, before: int | None, count: int) -> Select[Any]:
    """The numbers come out of the indexes alone; only the rows of the page itself are looked up."""
    number: ColumnElement[int] = SCANS.c.number
    numbers = select(number)
    if filters.container is not None:
        number = SCAN_CONTAINERS.c.number
        mine = SCAN_CONTAINERS.c.container == words.container_number(filters.container)
        numbers = select(number).join(SCANS, SCANS.c.number == number).where(mine)
    numbers = numbers.where(*_conditions(filters))
    if before is not None:
        numbers = numbers.where(number < before)
    numbers = numbers.order_by(number.desc()).limit(count)
    return select(SCANS).where(SCANS.c.number.in_(numbers)).order_by(SCANS.c.number.desc())


def _conditions(filters: Filters) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.state is not None:
        found.append(SCANS.c.state == filters.state)
    if filters.disposition is not None:
        found.append(SCANS.c.disposition == filters.disposition)
    if filters.received_from is not None:
        found.append(SCANS.c.received_at >= to_us(filters.received_from))
    if filters.received_before is not None:
        found.append(SCANS.c.received_at < to_us(filters.received_before))
    return found


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _number(cursor: str) -> int:
    try:
        number = int(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        number = 0
    if not 0 < number < 1 << 63 or _cursor(number) != cursor:
        raise InputError("cursor", "expected the cursor that an earlier page of this list ended with")
    return number
