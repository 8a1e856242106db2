"""Making many scans in worker processes: the same bytes with any number of them, and it goes on where it was stopped."""

import hashlib
import json
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from scantally.datasets.simulator.files import SUFFIXES, is_complete, make_folder, sweep, write_whole
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.suites import SUITES, Suite
from scantally.datasets.simulator.suites_benchmark import LIBRARIES
from scantally.datasets.simulator.workers import ENDING, begin, one_thread_each, undisturbed, work
from scantally.detector.errors import ConfigError

SUITE = "suite.json"
Done = tuple[str, tuple[str, str] | None]


def prepare(folder: Path, name: str, jobs: Sequence[Job]) -> list[Job]:
    """Make the folder ready for a set of scans, and say which are still to be made.

    Raises:
        ConfigError: the folder holds files that would be overwritten and are not this set's, or the set was begun by
            another version or with other options.
    """
    for place in dict.fromkeys([folder, *((folder / job.stem).parent for job in jobs)]):
        make_folder(place)
    last = [SUITE] if name in SUITES and SUITES[name].describe is not None else []
    mark = folder / f".simulated-{name}.json"
    stamp = _stamp(name, jobs)
    if mark.exists():
        _refuse_other(mark, stamp)
    else:
        _refuse_foreign(folder, [*last, *(job.stem + suffix for job in jobs for suffix in SUFFIXES)])
        write_whole(mark, stamp.encode())
    sweep(folder, (job.stem for job in jobs), (mark.name, *last))
    left = [job for job in jobs if not is_complete(folder, job.stem, areal=job.areal)]
    if left:
        for ending in last:  # it says that the suite is complete
            (folder / ending).unlink(missing_ok=True)
    return left


def _stamp(name: str, jobs: Sequence[Job]) -> str:
    """What the bytes of a set depend on, beside the scans' own numbers."""
    stamp: dict[str, object] = {"set": name, "versions": {x: version(x) for x in ("scantally", *LIBRARIES)}}
    if any(job.areal for job in jobs):
        stamp["areal"] = True
    wishes = next((job.wishes for job in jobs if job.wishes is not None), None)
    if wishes is not None:
        text = json.dumps(asdict(wishes), sort_keys=True, default=sorted)
        stamp["wishes_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(stamp) + "\n"


def _refuse_other(mark: Path, stamp: str) -> None:
    try:
        begun = mark.read_text("utf-8", errors="replace")
    except OSError as e:
        raise ConfigError(str(mark), f"cannot be read: {e.strerror or e}") from e
    if begun != stamp:
        problem = f"these scans were begun {_difference(begun, stamp)}"
        raise ConfigError(str(mark), f"{problem}; expected the same again, or another folder")


def _difference(begun: str, stamp: str) -> str:
    """How the set that a mark stands for was begun otherwise than this stamp says."""
    now = json.loads(stamp)
    try:
        then = json.loads(begun)
        versions = {name: str(then["versions"].get(name, "none")) for name in now["versions"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        return "by another version of Scantally, which left another mark"
    found = [f"by {x} {versions[x][:40]}, this is {here}" for x, here in now["versions"].items() if versions[x] != here]
    if ("areal" in then) != ("areal" in now):
        found.append("with --areal, this is without" if "areal" in then else "without --areal, this is with it")
    if then.get("wishes_sha256") != now.get("wishes_sha256"):
        found.append("with other wishes for the scenes")
    return " and ".join(found) or "in another way"


def _refuse_foreign(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        if (folder / name).exists():
            problem = "is there already and was not made by this command; expected another folder"
            raise ConfigError(str(folder / name), problem)


def produce(folder: Path, jobs: Sequence[Job], workers: int) -> Generator[str, None, None]:
    """Make and write scans; yields each stem, in order.

    However it ends, but for SIGKILL, scans that were being written are finished first and nothing half-written stays.

    Raises:
        ConfigError: a file cannot be written, or a worker was killed.
        SystemExit: told to end by SIGTERM or SIGHUP.
    """
    if not jobs:
        return
    count = min(workers, len(jobs))
    with _told_to_end(), one_thread_each():
        pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=begin)
        try:
            for stem, fault in _in_order(pool, folder, jobs, 2 * count):
                if fault is not None:
                    raise ConfigError(*fault)
                yield stem
        except BrokenProcessPool as e:
            problem = (
                "a worker process was killed, perhaps for want of memory: run it again to go on, with fewer --workers"
            )
            raise ConfigError(str(folder), problem) from e
        finally:
            with (
                undisturbed()
            ):  # a thread whose joining is interrupted counts as ended, and its workers would wait for ever
                pool.shutdown(wait=True, cancel_futures=True)
                sweep(folder, (job.stem for job in jobs))


def _in_order(pool: ProcessPoolExecutor, folder: Path, jobs: Sequence[Job], ahead: int) -> Iterator[Done]:
    """Results in the order of the jobs. Few are begun ahead, so that an end is soon reached and a long list costs no memory."""
    waiting: deque[Future[Done]] = deque()
    for job in jobs:
        with undisturbed():  # the first one starts the workers
            waiting.append(pool.submit(work, folder, job))
        while len(undone := [future for future in waiting if not future.done()]) >= ahead:
            wait(undone, return_when=FIRST_COMPLETED)
        while waiting and waiting[0].done():
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def conclude(folder: Path, suite: Suite) -> None:
    """Write a finished suite's ``suite.json``, where it has one: where that file is, the suite is complete.

    Raises:
        ConfigError: it cannot be written.
    """
    if suite.describe is not None:
        write_whole(folder / SUITE, (json.dumps(suite.describe(), indent=1) + "\n").encode())


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM and SIGHUP end the run in order, as an interruption from the keyboard does, where nothing else was made of them."""
    numbers = [n for n in ENDING if signal.getsignal(n) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
