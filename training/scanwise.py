"""Work on many scans by all cores, in order and with a word of how far it is: the same results with any number of processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from scantally.datasets.simulator.workers import one_thread_each
from scantally.detector.models.ort import usable_cores

J = TypeVar("J")
R = TypeVar("R")

EVERY = 50
"""Jobs between two words."""


def scanwise(
    work: Callable[[J], Sequence[R]], jobs: Sequence[J], done: str, say: Callable[[str], None], *, chunksize: int = 1
) -> Iterator[R]:
    """What ``work`` gives for each job, one after the other, in the jobs' order.

    Args:
        work: a module's function; it and the jobs are pickled, and its module is imported once a process.
        jobs: one for each look at a scan.
        done: what has been done with a scan, in a word: "drawn".
        say: takes a line of progress.
        chunksize: jobs that a process is given at a time.

    Raises:
        Whatever ``work`` raises.
    """
    context = multiprocessing.get_context("spawn")
    with one_thread_each(), ProcessPoolExecutor(usable_cores(), mp_context=context) as pool:
        for number, found in enumerate(pool.map(work, jobs, chunksize=chunksize), 1):
            yield from found
            if number % EVERY == 0 or number == len(jobs):
                say(f"{number} of {len(jobs)} scans {done}")
