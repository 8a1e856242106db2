"""The tables. A change here is a new file in ``migrations/versions``, and a test compares the two.

Times are microseconds (``clock.py``); ``number`` columns share one count (``counters``), so that they also tell what came first among
scans, manifests and events.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite counts rows by itself only in a column that is called INTEGER; there, too, it has 64 bits.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

SCANS = Table(
    "scans",
    METADATA,
    Column("id", Text, primary_key=True),  # UUID4, 32 hex digits
    Column("number", BigInteger, nullable=False, unique=True),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("key", Text, unique=True),  # Idempotency-Key
    Column("request_sha256", Text, nullable=False),
    Column("container_numbers", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("manifest_sha256", Text),  # a manifest that came with the scan
    Column("manifest_name", Text),
    Column("state", Text, nullable=False),
    Column("failure", Text),
    Column("disposition", Text),
    # Each index holds all that a list filters by: rows that a filter drops are never looked up.
    Index("ix_scans_state", "state", "number", "received_at", "disposition"),
    Index("ix_scans_disposition", "disposition", "number", "received_at", "state"),
    Index("ix_scans_received", "number", "received_at"),
)

# The numbers of SCANS.container_numbers once more, to find scans by.
SCAN_CONTAINERS = Table(
    "scan_containers",
    METADATA,
    Column("container", Text, primary_key=True),
    Column("number", BigInteger, ForeignKey("scans.number"), primary_key=True),
    Index("ix_scan_containers_number", "number"),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("scan_id", Text, ForeignKey("scans.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),  # when not_before or leased_until was set
    Column("not_before", BigInteger, nullable=False),
    Column("leased_until", BigInteger),
    Column("lease", Text),  # stays once the job is done: who finished it may ask again
    Column("worker", Text),
    Column("papers_to", BigInteger, nullable=False),  # the newest manifest's number when the lease was taken
    Column("error", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index("ix_jobs_state", "state", "id"),
    Index("ix_jobs_scan_id", "scan_id"),
)

# A scan is worked on by one at a time: of two, the one with older papers could come last and its report would count.
_OPEN = JOBS.c.state.in_(("queued", "leased"))
Index("uq_jobs_open", JOBS.c.scan_id, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)

REPORTS = Table(
    "reports",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("scan_id", Text, ForeignKey("scans.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("html_sha256", Text),
    Column("looked_sha256", Text),  # what the model said, for checks against another manifest
    Column("manifest_sha256", Text),
    Column("disposition", Text, nullable=False),
    Column("package", Text, nullable=False),
    UniqueConstraint("scan_id", "version"),
)

MANIFESTS = Table(
    "manifests",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("container", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("container", "version"),
)

# No foreign key: what happened stays known when a scan's time of keeping is over.
EVENTS = Table(
    "events",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("scan_id", Text),
    Column("body", JSON, nullable=False),
    Index("ix_events_scan_id", "scan_id"),
)
