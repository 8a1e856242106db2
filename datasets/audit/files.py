"""Every picture file of a dataset looked at, by several processes."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import cv2

from scantally.datasets.audit.look import Look, look_at
from scantally.datasets.dataset import Image
from scantally.datasets.simulator.workers import one_thread_each
from scantally.detector.config.limits import Limits
from scantally.detector.errors import InputError

CHUNK = 16
"""Files that a process takes at a time."""

ALONE = 64
"""Fewer files than this are looked at by this process itself: to start another takes as long."""

Task = tuple[Path, str]


def look_at_all(folder: Path, images: Sequence[Image], workers: int) -> Iterator[Look]:
    """A look for each image, in order.

    Raises:
        InputError: a worker process was killed.
        MissingExtraError: the decoder is not installed.
    """
    tasks = [(folder / x.file_name, x.source) for x in images]
    if workers == 1 or len(tasks) < ALONE:
        limits = Limits()
        yield from (look_at(path, name, limits) for path, name in tasks)
        return
    chunks = [tasks[i : i + CHUNK] for i in range(0, len(tasks), CHUNK)]
    with one_thread_each(), ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin) as pool:
        try:
            for looks in pool.map(_look_at_chunk, chunks):
                yield from looks
        except BrokenProcessPool as e:
            problem = "a worker process was killed, perhaps for want of memory: expected fewer --workers"
            raise InputError(str(folder), problem) from e
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    import signal

    cv2.setNumThreads(1)
    with suppress(ValueError):  # an interruption is the parent's to handle
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _look_at_chunk(tasks: Sequence[Task]) -> list[Look]:
    limits = Limits()
    return [look_at(path, name, limits) for path, name in tasks]
