"""Making many scans in worker processes: the same bytes with any number of them, and it goes on where it was stopped."""

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import cv2

from scantally.datasets.simulator.files import SUFFIXES, is_complete, sweep, write_scan, write_whole
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.suites import Suite, make
from scantally.detector.errors import ConfigError

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Linear algebra on several threads may add up in another order: each worker has one, for equal bytes and for speed."""


def prepare(folder: Path, name: str, jobs: Sequence[Job]) -> list[Job]:
    """Make the folder ready for a set of scans, and say which are still to be made.

    Raises:
        ConfigError: the folder holds files that would be overwritten and are not this set's, or the set was begun by
            another version.
    """
    for place in dict.fromkeys([folder, *((folder / job.stem).parent for job in jobs)]):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise ConfigError(str(place), f"cannot be made a folder: {e.strerror or e}") from e
    mark = folder / f".simulated-{name}.json"
    stamp = json.dumps({"set": name, "version": version("scantally")}) + "\n"
    if mark.exists():
        _refuse_other_version(mark, stamp)
    else:
        _refuse_foreign(folder, jobs)
        write_whole(mark, stamp.encode())
    sweep(folder, (job.stem for job in jobs))
    return [job for job in jobs if not is_complete(folder, job.stem)]


def _refuse_other_version(mark: Path, stamp: str) -> None:
    if mark.read_text("utf-8") != stamp:
        raise ConfigError(str(mark), f"these scans were begun by another version; expected {stamp.strip()}")


def _refuse_foreign(folder: Path, jobs: Sequence[Job]) -> None:
    for job in jobs:
        for suffix in SUFFIXES:
            if (folder / (job.stem + suffix)).exists():
                problem = "is there already and was not made by this command; expected another folder"
                raise ConfigError(str(folder / (job.stem + suffix)), problem)


def produce(folder: Path, jobs: Sequence[Job], workers: int) -> Iterator[str]:
    """Make and write scans; yields each stem, in order.

    Raises:
        ConfigError: a file cannot be written.
    """
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            max_workers=workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
        ) as pool,
    ):
        try:
            for stem, fault in pool.map(_work, ((folder, job) for job in jobs)):
                if fault is not None:
                    raise ConfigError(*fault)
                yield stem
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def conclude(folder: Path, suite: Suite) -> None:
    """Write a finished suite's ``suite.json``, where it has one: where that file is, the suite is complete.

    Raises:
        ConfigError: it cannot be written.
    """
    if suite.describe is not None:
        write_whole(folder / "suite.json", (json.dumps(suite.describe(), indent=1) + "\n").encode())


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """The environment that workers start with."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin() -> None:
    """Begin as a worker: one thread, no word about an interruption, which is the parent's to handle, and no life without it.

    Intel's primitives in OpenCV choose their code by the processor; OpenCV's own, which is as fast here, differs less.
    """
    cv2.setNumThreads(1)
    cv2.ipp.setUseIPP(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: the pool's pipes stay open in each worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: tuple[Path, Job]) -> tuple[str, tuple[str, str] | None]:
    """The stem, and source and problem of a fault: our errors take two arguments, which pickle does not bring back."""
    folder, job = task
    try:
        write_scan(folder, job.stem, make(job))
    except ConfigError as e:
        return job.stem, (e.source, e.problem)
    return job.stem, None
