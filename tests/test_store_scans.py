import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from stores import DATABASES, START, FakeClock, done, new_scan, opened, report, take, take_in

from scantally.detector.errors import InputError
from scantally.serving.store import events
from scantally.serving.store.clock import SECOND, from_us
from scantally.serving.store.errors import KeyReusedError, QueueFullError
from scantally.serving.store.jobs import backlog, fail, finish
from scantally.serving.store.scans import Filters, ScanOptions, _page, accept, get, list_scans
from scantally.serving.store.schema import JOBS, SCAN_CONTAINERS, SCANS
from scantally.serving.store.store import Store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with opened(request.param, tmp_path, clock) as found:
        yield found


def rows(store: Store) -> tuple[int, int, int]:
    """Scans, jobs, and events."""
    with store.engine.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (SCANS, JOBS)]
    return counts[0], counts[1], len(events.after(store.engine, 0))


def test_an_accepted_scan_has_all_that_was_said_of_it(store: Store) -> None:
    options = ScanOptions(pitch_mm=4.5, energies_mv=(6.0, 4.0), polarity="dark")
    scan_id = take_in(
        store, 7, container_numbers=("msku 123456-5", "MSKU1234565", "TGHU 764402 1"), options=options,
        manifest_sha256="cd" * 32, manifest_name="C:\\papers\\bill.edi",
    )  # fmt: skip
    scan = get(store.engine, scan_id)
    assert scan is not None
    assert (scan.id, scan.sha256, scan.file_name) == (scan_id, f"{7:064x}", "7.tif")
    assert scan.container_numbers == ("MSKU1234565", "TGHU7644021")
    assert (scan.options, scan.manifest_sha256, scan.manifest_name) == (options, "cd" * 32, "bill.edi")
    assert (scan.state, scan.failure, scan.disposition) == ("queued", None, None)
    assert scan.received_at == from_us(START)
    assert len(scan_id) == 32 and rows(store) == (1, 1, 1)
    told = events.after(store.engine, 0)[0]
    assert (told.kind, told.scan_id, told.number) == ("received", scan_id, scan.number)


def test_no_scan_is_none(store: Store) -> None:
    assert get(store.engine, "0" * 32) is None


def test_a_repeated_request_is_answered_with_the_first_scan(store: Store) -> None:
    first = accept(store.engine, new_scan(1, key="gate-1"), max_queued=9)
    again = accept(store.engine, new_scan(1, key="gate-1"), max_queued=9)
    assert (again.id, first.repeated, again.repeated) == (first.id, False, True)
    assert rows(store) == (1, 1, 1)


def test_without_a_key_the_same_file_is_another_scan(store: Store) -> None:
    assert take_in(store, 1) != take_in(store, 1)


def test_a_key_that_comes_with_another_request_is_refused(store: Store) -> None:
    accept(store.engine, new_scan(1, key="gate-1"), max_queued=9)
    with pytest.raises(KeyReusedError, match="expected the same request or a new key"):
        accept(store.engine, new_scan(2, key="gate-1"), max_queued=9)
    assert rows(store) == (1, 1, 1)


def test_a_full_queue_refuses_and_a_repeated_request_is_still_answered(store: Store) -> None:
    first = accept(store.engine, new_scan(1, key="gate-1"), max_queued=2)
    accept(store.engine, new_scan(2), max_queued=2)
    with pytest.raises(QueueFullError, match=r"^2 scans wait already; try again later$"):
        accept(store.engine, new_scan(3), max_queued=2)
    assert accept(store.engine, new_scan(1, key="gate-1"), max_queued=2).id == first.id
    take(store)
    accept(store.engine, new_scan(3), max_queued=2)
    assert rows(store) == (3, 3, 3)


def test_ten_at_once_with_one_key_make_one_scan(store: Store) -> None:
    found: list[str] = []

    def send() -> None:
        found.append(accept(store.engine, new_scan(1, key="gate-1"), max_queued=9).id)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10 and len(set(found)) == 1
    assert rows(store) == (1, 1, 1)


def test_many_at_once_never_make_the_queue_longer_than_it_may_be(store: Store) -> None:
    refused: list[int] = []

    def send(number: int) -> None:
        try:
            accept(store.engine, new_scan(number), max_queued=5)
        except QueueFullError:
            refused.append(number)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7 and rows(store) == (5, 5, 5)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"key": ""}, "Idempotency-Key: expected 1 to 255 printable characters"),
        ({"key": "a\0b"}, "Idempotency-Key: expected 1 to 255 printable characters"),
        ({"key": "x" * 256}, "Idempotency-Key: expected 1 to 255 printable characters"),
        ({"container_numbers": (" - ",)}, "container number: expected 1 to 40 printable characters, got ' - '"),
        ({"container_numbers": ("A\0B",)}, "container number: expected 1 to 40 printable characters, got 'A\\x00B'"),
    ],
)
def test_what_no_database_can_keep_is_refused(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        new_scan(**values)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\0b\ud800.tif", "a b .tif"),
        ("../../x.tif", "x.tif"),
        ("", "unnamed"),
        ("y" * 300 + ".tif", "y" * 251 + ".tif"),
    ],
)
def test_a_name_is_made_fit_for_both_databases(store: Store, name: str, kept: str) -> None:
    scan = get(store.engine, take_in(store, file_name=name))
    assert scan is not None and scan.file_name == kept


def test_pages_hold_every_scan_once_while_others_arrive(store: Store) -> None:
    ids = [take_in(store, n) for n in range(7)]
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = list_scans(store.engine, Filters(), cursor, limit=2)
        seen += [scan.id for scan in page.scans]
        cursor = page.cursor
        take_in(store, 100)
    assert seen == ids[::-1] and cursor is None


def test_a_last_page_that_is_full_has_no_cursor(store: Store) -> None:
    take_in(store)
    assert list_scans(store.engine, Filters(), limit=1).cursor is None
    take_in(store)
    assert list_scans(store.engine, Filters(), limit=1).cursor is not None


def test_filters_hold_what_they_say(store: Store, clock: FakeClock) -> None:
    a = done(store, 1, container_numbers=("MSKU1234565",))
    clock.go(60)
    b = take_in(store, 2)
    fail(store.engine, take(store), "no scan", retry=False, settings=store.settings)
    clock.go(60)
    c = take_in(store, 3, container_numbers=("MSKU1234565", "TGHU7644021"))
    finish(store.engine, take(store), report(disposition="inspect"))
    clock.go(60)
    d = take_in(store, 4)

    def found(**values: Any) -> list[str]:  # noqa: ANN401 (any filter)
        return [scan.id for scan in list_scans(store.engine, Filters(**values)).scans]

    assert found() == [d, c, b, a]
    assert (found(state="done"), found(state="failed"), found(state="queued")) == ([c, a], [b], [d])
    assert (found(disposition="inspect"), found(disposition="review")) == ([c], [])
    assert found(container="msku-1234565") == [c, a]
    assert found(container="MSKU1234565", disposition="release") == [a]
    start = from_us(START)
    assert found(received_from=start + timedelta(seconds=60)) == [d, c, b]
    assert found(received_before=start + timedelta(seconds=120)) == [b, a]
    assert found(received_before=start + timedelta(seconds=121), state="done") == [c, a]
    assert [s.id for s in list_scans(store.engine, Filters(container="MSKU1234565"), limit=1).scans] == [c]


@pytest.mark.parametrize("cursor", ["", "x", "MQ==", "LTE", "MA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "ä", "IDE"])
def test_another_cursor_than_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InputError, match=r"^cursor: expected the cursor that an earlier page of this list ended with$"):
        list_scans(store.engine, Filters(), cursor)


def test_the_order_is_that_of_arrival_when_the_clock_jumps_back(store: Store, clock: FakeClock) -> None:
    a = take_in(store, 1)
    clock.go(-86_400)
    b = take_in(store, 2)
    assert [s.id for s in list_scans(store.engine, Filters()).scans] == [b, a]
    found = list_scans(store.engine, Filters(received_before=from_us(START)))
    assert [s.id for s in found.scans] == [b]


def test_the_backlog_is_counted(store: Store, clock: FakeClock) -> None:
    assert backlog(store.engine).oldest_s == 0
    take_in(store, 1)
    clock.go(5)
    take_in(store, 2)
    take(store)
    clock.go(5)
    found = backlog(store.engine)
    assert (found.queued, found.leased, found.oldest_s) == (1, 1, 10)


MANY = 100_000
FILTERS = {
    "nothing": Filters(),
    "state": Filters(state="done"),
    "a rare state": Filters(state="failed"),
    "disposition": Filters(disposition="inspect"),
    "received after": Filters(received_from=from_us(START + 10 * SECOND)),
    "received long ago": Filters(received_before=from_us(START + 100 * SECOND)),
    "container": Filters(container="C77"),
    "state and long ago": Filters(state="done", received_before=from_us(START + 100 * SECOND)),
    "all": Filters(state="done", disposition="review", received_from=from_us(START + 10 * SECOND), container="C77"),
    "a state that none has": Filters(state="processing"),
}
INDEXES = {
    "nothing": "sqlite_autoindex_scans_2",  # of the unique number
    "state": "ix_scans_state",
    "a rare state": "ix_scans_state",
    "disposition": "ix_scans_disposition",
    "received after": "ix_scans_received",
    "received long ago": "ix_scans_received",
    "container": "sqlite_autoindex_scan_containers_1",  # of the primary key
    "state and long ago": "ix_scans_state",
    "all": "sqlite_autoindex_scan_containers_1",
    "a state that none has": "ix_scans_state",
}


@pytest.fixture(scope="module", params=DATABASES)
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """100,000 scans, one a second."""
    with opened(request.param, tmp_path_factory.mktemp("large")) as store:
        numbers = range(1, MANY + 1)
        with store.engine.begin() as connection:
            connection.execute(insert(SCANS), [_row(n) for n in numbers])
            connection.execute(insert(SCAN_CONTAINERS), [{"container": f"C{n % 9973}", "number": n} for n in numbers])
        if request.param == "postgresql":
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        yield store


def _row(n: int) -> dict[str, object]:
    state = "failed" if n % 1000 == 0 else "done"
    return {
        "id": f"{n:032x}", "number": n, "sha256": "", "file_name": "x", "received_at": START + n * SECOND, "state": state,
        "key": None, "request_sha256": "", "container_numbers": [f"C{n % 9973}"], "options": {},
        "disposition": ("release", "review", "inspect")[n % 3] if state == "done" else None,
    }  # fmt: skip


@pytest.mark.parametrize("which", FILTERS)
def test_lists_of_100_000_scans_are_fast_and_read_indexes(large: Store, which: str) -> None:
    filters = FILTERS[which]
    with large.engine.connect() as connection:
        wanted = _page(filters, MANY, 51)
        explain = "EXPLAIN QUERY PLAN " if large.settings.database is None else "EXPLAIN "
        compiled = wanted.compile(large.engine)
        plan = connection.exec_driver_sql(explain + str(compiled), _plain(compiled)).all()
    steps = [str(row[-1]) for row in plan]
    assert not any("Seq Scan" in step or step.startswith("SCAN") for step in steps), steps
    if large.settings.database is None:
        # All that is walked through is in the index; whole rows are looked up for the page alone.
        assert any(f"USING COVERING INDEX {INDEXES[which]}" in step for step in steps), steps
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        page = list_scans(large.engine, filters, limit=50)
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.05, took  # seconds; a list that reads whole rows of all scans takes longer
    assert all(a.number > b.number for a, b in pairwise(page.scans))


def _plain(compiled: Any) -> Any:  # noqa: ANN401 (a compiled statement's parameters, as its driver takes them)
    values = compiled.construct_params()
    return tuple(values[name] for name in compiled.positiontup) if compiled.positional else values


def test_walking_through_a_large_list_meets_each_scan_once(large: Store) -> None:
    seen, cursor = 0, None
    filters = Filters(disposition="inspect", received_before=from_us(START + 9000 * SECOND))
    while True:
        page = list_scans(large.engine, filters, cursor, limit=500)
        seen, cursor = seen + len(page.scans), page.cursor
        if cursor is None:
            break
    assert seen == sum(1 for n in range(1, 9000) if n % 3 == 2 and n % 1000)
