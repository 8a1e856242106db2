"""What runs in a worker process of the simulator: it makes scans, and ends with its parent, never in the middle of a scan's files."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.suites import make
from scantally.detector.errors import ConfigError

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Linear algebra on several threads may add up in another order: each worker has one, for equal bytes and for speed."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a run from outside. The parent handles it; its workers may be told as well, by a terminal or ``timeout``."""

_WRITING = threading.Lock()
"""Held while a worker writes the files of a scan: it does not end then."""


@contextmanager
def one_thread_each() -> Iterator[None]:
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


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals wait for the block's end; a process that is started in it has them blocked until it is ready for them.

    Blocking is not enough by itself: the system then hands a signal to another thread, of a library perhaps.
    """
    kept: list[int] = []
    in_main = threading.current_thread() is threading.main_thread()
    handlers = {n: handler for n in ENDING if in_main and (handler := signal.getsignal(n)) is not None}
    for number in handlers:
        signal.signal(number, lambda came, _: kept.append(came))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for came in dict.fromkeys(kept):
            signal.raise_signal(came)


def begin() -> None:
    """Begin as a worker: one thread, no word about an interruption, which is the parent's to handle, and no life without it.

    Intel's primitives in OpenCV choose their code by the processor; OpenCV's own, which is as fast here, differs less.
    """
    cv2.setNumThreads(1)
    cv2.ipp.setUseIPP(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_end, daemon=True).start())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: the pool's pipes stay open in each worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        _end()


def _end() -> None:
    with _WRITING:
        os._exit(1)


def work(folder: Path, job: Job) -> tuple[str, tuple[str, str] | None]:
    """The stem, and source and problem of a fault: our errors take two arguments, which pickle does not bring back."""
    try:
        scan = make(job)
        with _WRITING:
            write_scan(folder, job.stem, scan)
    except ConfigError as e:
        return job.stem, (e.source, e.problem)
    return job.stem, None
