"""Times, and the clock that they are read from.

Times are whole microseconds since 1970 in UTC, stored as BIGINT. They sort alike on SQLite, which has no type for times, and on
PostgreSQL, whose driver would convert between time zones; and sums of them are exact.

Leases compare times, so all who compare must read one clock. On PostgreSQL that is the database server's, whatever the clocks of the
replicas say. With SQLite all processes run on one machine and read its clock. Either may jump:

- Forwards: leases seem to have run out. Their jobs are taken again, which costs a second try; the first worker's report is then
  refused, for the lease has another token.
- Backwards: a deadline would lie in the far future. So each deadline is stored with the time it was set at, and holds only while the
  clock lies within one length of the deadline before that time, or after it (``over``). Whatever the jump, a lease ends by itself
  after at most twice its length of waiting.

What must be in order (cursors, events, which manifest is newer) goes by numbers that the database counts, never by time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, or_, select

Clock = Callable[[], int]
"""Microseconds since 1970 in UTC."""

OPTION = "scantally_clock"
"""Execution option of an engine that replaces its clock, for tests."""

SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def now_us(connection: Connection) -> int:
    """The time by the clock of this database."""
    clock: Clock | None = connection.get_execution_options().get(OPTION)
    if clock is not None:
        return clock()
    if connection.dialect.name == "postgresql":
        server = cast(func.extract("epoch", func.clock_timestamp()) * SECOND, BigInteger)
        return int(connection.execute(select(server)).scalar_one())
    return time.time_ns() // 1000


def over(deadline: ColumnElement[int], since: ColumnElement[int], now: int) -> ColumnElement[bool]:
    """Whether a deadline that was set at ``since`` has passed, or the clock has jumped back so far that it says nothing any more."""
    return or_(deadline <= now, since - (deadline - since) > now)


def seconds(count: float) -> int:
    """Seconds as whole microseconds."""
    return round(count * SECOND)


def to_us(moment: datetime) -> int:
    """A moment with a time zone as microseconds.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("expected a time with a time zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(stamp: int) -> datetime:
    """Microseconds as a moment in UTC; what a clock gone mad stamped after the year 9999 is its last moment, so that it can be shown."""
    if stamp > _LAST:
        return datetime.max.replace(tzinfo=UTC)
    return _EPOCH + timedelta(microseconds=stamp)
