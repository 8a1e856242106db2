"""What happened, in order, for streams of events and for histories of scans.

The numbers come from one row that each numbering transaction changes first and so locks until it ends: numbers become visible in their
order, and a reader who goes on after the last number that it saw misses nothing. (PostgreSQL's sequences don't promise that: the
transaction with the greater number may commit first.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, insert, select, update

from scantally.serving.store.clock import from_us, now_us
from scantally.serving.store.engine import reading
from scantally.serving.store.errors import StoreFailedError
from scantally.serving.store.schema import COUNTERS, EVENTS

Kind = Literal["received", "report", "failed", "recheck_failed", "manifest"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to a scan, or to the papers of a container."""

    number: int
    at: datetime
    kind: str
    scan_id: str | None
    body: Mapping[str, Any]


def next_number(connection: Connection) -> int:
    """The next number, which is this transaction's alone.

    It is to be taken before any row is changed or locked: all who take it then wait in one line, and none holds what another needs.
    """
    value = COUNTERS.c.value
    change = update(COUNTERS).where(COUNTERS.c.name == "events").values(value=value + 1).returning(value)
    number = connection.execute(change).scalar_one_or_none()
    if number is None:
        raise StoreFailedError("the database has lost its counter of events; restore it from a backup")
    return int(number)


def append(
    connection: Connection,
    *,
    kind: Kind,
    scan_id: str | None,
    body: Mapping[str, Any],
    number: int | None = None,
) -> int:
    """Add an event to the transaction and say its number; ``number`` is one that the transaction took before."""
    taken = next_number(connection) if number is None else number
    row = {"number": taken, "at": now_us(connection), "kind": kind, "scan_id": scan_id, "body": dict(body)}
    connection.execute(insert(EVENTS).values(row))
    return taken


def after(engine: Engine, number: int, limit: int = 100) -> tuple[Event, ...]:
    """At most ``limit`` events with greater numbers, the oldest first."""
    wanted = select(EVENTS).where(EVENTS.c.number > number).order_by(EVENTS.c.number).limit(limit)
    return _events(engine, wanted)


def history(engine: Engine, scan_id: str) -> tuple[Event, ...]:
    """All events of one scan, the oldest first."""
    return _events(engine, select(EVENTS).where(EVENTS.c.scan_id == scan_id).order_by(EVENTS.c.number))


def newest(engine: Engine) -> int:
    """The greatest number, from which a stream without a past begins; 0 before the first event."""
    with reading(engine) as connection:
        return int(connection.execute(select(func.coalesce(func.max(EVENTS.c.number), 0))).scalar_one())


def _events(engine: Engine, wanted: Any) -> tuple[Event, ...]:  # noqa: ANN401 (a select of EVENTS)
    with reading(engine) as connection:
        rows = connection.execute(wanted).mappings().all()
    return tuple(
        Event(number=r["number"], at=from_us(r["at"]), kind=r["kind"], scan_id=r["scan_id"], body=r["body"])
        for r in rows
    )
