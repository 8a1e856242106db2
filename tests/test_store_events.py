import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from stores import DATABASES, START, FakeClock, opened

from scantally.serving.store import events
from scantally.serving.store.clock import from_us, to_us
from scantally.serving.store.engine import writing
from scantally.serving.store.errors import StoreFailedError
from scantally.serving.store.schema import COUNTERS
from scantally.serving.store.store import Store


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, tmp_path, FakeClock()) as found:
        yield found


def add(store: Store, text: str) -> int:
    with writing(store.engine) as connection:
        return events.append(connection, kind="received", scan_id=None, body={"text": text})


def test_events_come_back_in_order(store: Store) -> None:
    assert events.newest(store.engine) == 0
    numbers = [add(store, text) for text in "abc"]
    assert numbers == [1, 2, 3] and events.newest(store.engine) == 3
    found = events.after(store.engine, 1)
    assert [(e.number, e.kind, e.scan_id, e.body) for e in found] == [
        (2, "received", None, {"text": "b"}),
        (3, "received", None, {"text": "c"}),
    ]
    assert found[0].at == from_us(START)
    assert [e.number for e in events.after(store.engine, 0, limit=2)] == [1, 2]
    assert events.after(store.engine, 3) == ()


def test_an_undone_transaction_leaves_no_event(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), writing(store.engine) as connection:
        events.append(connection, kind="received", scan_id=None, body={})
        raise ZeroDivisionError
    assert events.after(store.engine, 0) == ()


def test_a_reader_who_goes_on_from_the_last_number_misses_none(store: Store) -> None:
    seen: list[int] = []
    over = threading.Event()

    def read() -> None:
        while True:
            last = over.is_set()
            seen.extend(event.number for event in events.after(store.engine, seen[-1] if seen else 0))
            if last:
                return

    writers = [threading.Thread(target=lambda: [add(store, "x") for _ in range(25)]) for _ in range(4)]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    reader.join()
    assert seen == list(range(1, 101))


def test_a_lost_counter_is_told_and_not_begun_again(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(delete(COUNTERS))
    with pytest.raises(StoreFailedError, match="restore it from a backup"):
        add(store, "x")


def test_times_are_exact_and_those_beyond_all_calendars_are_their_end() -> None:
    for stamp in (0, 1, START, START + 1, -1):
        assert to_us(from_us(stamp)) == stamp
    assert from_us(1 << 62).year == 9999
    with pytest.raises(ValueError, match="time zone"):
        to_us(from_us(0).replace(tzinfo=None))
