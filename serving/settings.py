"""How a site runs the service: one optional file, ``serve.yaml``, whose every key has a default."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.types import Document

FILE = "serve.yaml"
SQLITE_FILE = "scantally.db"
DRIVER = "postgresql+psycopg"

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Megabytes = Annotated[int, Field(gt=0, le=1_000_000)]

MB = 1_000_000
"""Bytes of one megabyte: as makers of disks count."""


class ServeSettings(Document):
    """Settings of ``scantally serve``. Times in seconds, sizes in megabytes of 1,000,000 bytes."""

    folder: Path = Path("scantally-data")
    """The service's one folder: database, files by content, logs. It is made, for its owner alone, where there is none."""

    database: str | None = Field(default=None, repr=False)
    """URL of a PostgreSQL database, ``postgresql://user:password@host/name``; null: SQLite, in ``scantally.db`` in the folder.
    It may hold a password, so no message and no ``repr`` shows it."""

    host: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "127.0.0.1"
    """Address to listen at: this machine only, unless a site says otherwise."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    """TCP port; 0: any free one."""

    max_scan_mb: Megabytes = 200
    """A larger scan file is refused (413): a 16-bit dual-energy scan of 5,000 x 1,200 pixels has 24 MB without compression."""

    max_manifest_mb: Megabytes = 20
    """A larger manifest file is refused (413)."""

    lease_s: Annotated[float, Field(ge=1, le=3_600)] = 60
    """A worker that does not speak for so long is taken for dead, and its job is given to another."""

    max_tries: Annotated[int, Field(ge=1, le=100)] = 3
    """A job that was begun so often and never ended is given up as failed: one poisonous scan must not stop the others."""

    retry_after_s: Seconds = 5
    """Wait before the second try; it doubles with each further one."""

    scan_timeout_s: Seconds = 300
    """A scan that takes longer hangs: its worker is ended and the try counts as failed."""

    max_queued: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """While so many scans wait, no further one is accepted (429): the sender keeps it and tries again."""

    model: Path | None = None
    """Folder of a model package; null: the one that ships."""

    config: Path | None = None
    """Configuration of checks and reading; null: the defaults."""

    goods: Path | None = None
    """The site's additions to the goods table."""

    scanner: str | None = None
    """Profile of the site's scanner: a name or a file."""

    provider: str = "cpu"
    """Where the model runs: cpu, cuda, tensorrt."""

    least_free_mb: Annotated[int, Field(ge=0, le=1_000_000_000)] = 500
    """With less room on the folder's disk, nothing is accepted and the service is not ready."""

    @model_validator(mode="before")
    @classmethod
    def _one_kind_of_database(cls, values: Any) -> Any:  # noqa: ANN401 (before it is checked)
        # Here and not at the field: a field's error repeats the value, and this one may hold a password.
        if isinstance(values, Mapping) and values.get("database") is not None:
            return {**values, "database": _postgres(values["database"])}
        return values


def _postgres(url: object) -> str:
    """A PostgreSQL URL with the one driver that is installed."""
    problem = "database must be null (SQLite) or a URL such as postgresql://user:password@host/name"
    scheme, colon, rest = url.partition("://") if isinstance(url, str) else ("", "", "")
    if scheme not in {"postgresql", "postgres", DRIVER} or not colon:
        raise ValueError(problem)
    try:
        make_url(f"{DRIVER}://{rest}")
    except (ArgumentError, ValueError):
        raise ValueError(problem) from None
    return f"{DRIVER}://{rest}"


def load_settings(file: Path | None = None, folder: Path | None = None) -> ServeSettings:
    """The settings in ``file``, else in ``serve.yaml`` of ``folder`` where there is one, else the defaults.

    ``folder`` overrules the file. The folder of the result is absolute, so that a worker started elsewhere means the same one.

    Raises:
        ConfigError: the file is missing or cannot be used, with the first fault and its place.
    """
    path = file
    if path is None and folder is not None and (folder / FILE).exists():
        path = folder / FILE
    found = ServeSettings() if path is None else _read(path)
    return found.model_copy(update={"folder": (folder or found.folder).absolute()})


def _read(path: Path) -> ServeSettings:
    raw = read_bytes(path)
    # A file of comments only sets nothing, and is how a site begins.
    lines = [line.strip() for line in raw.decode("utf-8-sig", "replace").splitlines()]
    if all(not line or line.startswith("#") for line in lines):
        return ServeSettings()
    return parse_yaml(raw, str(path), ServeSettings)
