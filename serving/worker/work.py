"""What the working child does: takes jobs one after another, and ends each with its report or with the reason why there is none."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from scantally.detector.errors import InputError, ScantallyError
from scantally.serving.settings import ServeSettings
from scantally.serving.store import jobs, manifests, scans
from scantally.serving.store.errors import FileLostError, StoreError
from scantally.serving.store.jobs import Job
from scantally.serving.store.reports import NewReport, report_of
from scantally.serving.store.scans import ScanOptions
from scantally.serving.store.store import Store, open_store
from scantally.serving.worker.bench import Bench, Made, Paper, Parts, problem_of
from scantally.serving.worker.supervise import Said

IDLE_S = 0.25
"""Between two looks for work where there was none."""

_REPORT_LIMIT = 1 << 31  # bytes: of what we make ourselves nothing is refused


def run(pipe: Connection, settings: ServeSettings) -> None:
    """Work until the parent says stop, or is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group at an end: the parent says when
    stop = threading.Event()
    threading.Thread(target=_listen, args=(pipe, stop), daemon=True).start()
    try:
        store = open_store(settings)
        bench = Bench(parts_of(settings))
    except ScantallyError as e:
        pipe.send(Said(word="failed", what=str(e)))
        return
    try:
        pipe.send(Said(word="ready", what=bench.package))
        _work(pipe, store, bench, stop)
    finally:
        store.close()


def parts_of(settings: ServeSettings) -> Parts:
    """What the site works with."""
    return Parts(
        model=settings.model,
        config=settings.config,
        goods=settings.goods,
        scanner=settings.scanner,
        provider=settings.provider,
    )


def _listen(pipe: Connection, stop: threading.Event) -> None:
    """Nothing but a stop comes; where the parent is gone its jobs are another's soon, and nobody ends this process but itself."""
    try:
        pipe.recv()
    except (EOFError, OSError):
        os._exit(1)
    stop.set()


def _work(pipe: Connection, store: Store, bench: Bench, stop: threading.Event) -> None:
    name = f"{os.uname().nodename}:{os.getpid()}"
    while not stop.is_set():
        try:
            job = jobs.lease(store.engine, name, store.settings)
        except StoreError:
            job = None  # busy or away: it is asked again
        if job is None:
            stop.wait(IDLE_S)
            continue
        pipe.send(Said(word="began", what=job))
        do(store, bench, job)
        pipe.send(Said(word="ended", what=job.id))


def do(store: Store, bench: Bench, job: Job) -> bool:
    """Work at one job and end it. False: the lease was lost on the way, and the job is another's.

    A scan or manifest that cannot be used fails at once; whatever else goes wrong is tried again, ``max_tries`` times in all.
    """
    try:
        with _renewed(store, job):
            made, papers = _made(store, bench, job)
            report = _stored(store, made, papers)
        return jobs.finish(store.engine, job, report)
    except InputError as e:
        return _failed(store, job, problem_of(e), retry=False)
    except FileLostError as e:
        return _failed(store, job, str(e), retry=False)
    except Exception as e:  # noqa: BLE001 (whatever one scan does to us, the rest flows on)
        return _failed(store, job, problem_of(e), retry=True)


def _failed(store: Store, job: Job, why: str, *, retry: bool) -> bool:
    """If not even this can be stored, the lease runs out, and the job is tried again."""
    with suppress(StoreError):
        return jobs.fail(store.engine, job, why, retry=retry, settings=store.settings)
    return False


def _made(store: Store, bench: Bench, job: Job) -> tuple[Made, tuple[manifests.Paper, ...]]:
    scan = scans.get(store.engine, job.scan_id)
    if scan is None:
        raise StoreError(f"there is no scan {job.scan_id}")
    papers = manifests.papers_of(store.engine, scan.id)
    made = bench.inspect(
        store.files.read(scan.sha256),
        scan.file_name,
        scan.options,
        [Paper(raw=store.files.read(p.sha256), name=p.file_name, container=p.container) for p in papers],
        scan.container_numbers,
        _kept(store, job, bench, scan.options),
    )
    return made, papers


def _kept(store: Store, job: Job, bench: Bench, reading: ScanOptions) -> bytes | None:
    """What the same model said of the scan, read in the same way, before; None where it is to be asked again."""
    if job.kind != "recheck":
        return None
    last = report_of(store.engine, job.scan_id)
    if last is None or last.looked_sha256 is None:
        return None
    try:
        made_with = json.loads(store.files.read(last.sha256))["made_with"]
        return store.files.read(last.looked_sha256) if made_with == bench.made_with(reading) else None
    except FileLostError:
        return None  # the model can say it again


def _stored(store: Store, made: Made, papers: tuple[manifests.Paper, ...]) -> NewReport:
    report, page, looked = (
        store.files.put([raw], _REPORT_LIMIT).sha256 for raw in (made.report, made.page, made.looked)
    )
    return NewReport(
        sha256=report,
        html_sha256=page,
        looked_sha256=looked,
        manifest_sha256=papers[0].sha256 if papers else None,
        disposition=made.disposition,
        package=made.package,
        container_numbers=made.containers,
    )


@contextmanager
def _renewed(store: Store, job: Job) -> Iterator[None]:
    """Keep the lease while the work goes on; a parent sees to it that it does not go on for ever."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(store.settings.lease_s / 3.0):
            with suppress(StoreError):
                jobs.renew(store.engine, job, store.settings.lease_s)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
