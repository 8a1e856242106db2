"""Scans, their jobs and reports, manifests, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables of the first version."""
    _counters()
    _scans()
    _jobs()
    _reports()
    _manifests()
    _events()


def _counters() -> None:
    table = op.create_table(
        "counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(table, [{"name": "events", "value": 0}])


def _scans() -> None:
    op.create_table(
        "scans",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("received_at", _BIG, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("request_sha256", sa.Text, nullable=False),
        sa.Column("container_numbers", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("manifest_sha256", sa.Text),
        sa.Column("manifest_name", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("disposition", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
        sa.UniqueConstraint("number", name="uq_scans_number"),
        sa.UniqueConstraint("key", name="uq_scans_key"),
    )
    op.create_index("ix_scans_state", "scans", ["state", "number", "received_at", "disposition"])
    op.create_index("ix_scans_disposition", "scans", ["disposition", "number", "received_at", "state"])
    op.create_index("ix_scans_received", "scans", ["number", "received_at"])
    op.create_table(
        "scan_containers",
        sa.Column("container", sa.Text, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("container", "number", name="pk_scan_containers"),
        sa.ForeignKeyConstraint(["number"], ["scans.number"], name="fk_scan_containers_number"),
    )
    op.create_index("ix_scan_containers_number", "scan_containers", ["number"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("scan_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", _BIG, nullable=False),
        sa.Column("not_before", _BIG, nullable=False),
        sa.Column("leased_until", _BIG),
        sa.Column("lease", sa.Text),
        sa.Column("worker", sa.Text),
        sa.Column("papers_to", _BIG, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("finished_at", _BIG),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_jobs_scan_id"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "id"])
    op.create_index("ix_jobs_scan_id", "jobs", ["scan_id"])
    still = sa.text("state IN ('queued', 'leased')")
    op.create_index("uq_jobs_open", "jobs", ["scan_id"], unique=True, sqlite_where=still, postgresql_where=still)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("scan_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("html_sha256", sa.Text),
        sa.Column("looked_sha256", sa.Text),
        sa.Column("manifest_sha256", sa.Text),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("package", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_reports_scan_id"),
        sa.UniqueConstraint("scan_id", "version", name="uq_reports_scan_id"),
    )


def _manifests() -> None:
    op.create_table(
        "manifests",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("container", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("received_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_manifests"),
        sa.UniqueConstraint("number", name="uq_manifests_number"),
        sa.UniqueConstraint("container", "version", name="uq_manifests_container"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("number", _BIG, nullable=False, autoincrement=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scan_id", sa.Text),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
    )
    op.create_index("ix_events_scan_id", "events", ["scan_id"])
