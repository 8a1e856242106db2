"""Named sets of scans, and the scans that a seed draws: what ``scantally simulate`` writes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scantally.datasets.simulator import suites_benchmark, suites_demo, suites_gallery, suites_papers
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """A named set: its scans, how one is made, and the document that is written beside them when all are there."""

    jobs: Callable[[], list[Job]]
    make: Callable[[Job], SimulatedScan]
    describe: Callable[[], dict[str, object]] | None = None


SUITES: dict[str, Suite] = {
    "demo": Suite(jobs=suites_demo.demo, make=suites_demo.make_sample),
    suites_benchmark.NAME: Suite(
        jobs=suites_benchmark.benchmark, make=suites_benchmark.make_scan, describe=suites_benchmark.describe
    ),
    suites_papers.NAME: Suite(jobs=suites_papers.papers, make=suites_papers.make_scan, describe=suites_papers.describe),
    "gallery": Suite(jobs=suites_gallery.gallery, make=suites_gallery.make_piece),
}
"""Sets with a name."""


def series(count: int, seed: int, wishes: Wishes | None = None) -> list[Job]:
    """Scans 0 to count - 1 of a seed."""
    return [Job(stem=f"s{seed}-{index:06d}", seed=seed, index=index, wishes=wishes) for index in range(count)]


def make(job: Job) -> SimulatedScan:
    """Simulate a job's scan."""
    scan = _made(job)
    return replace(scan, with_areal=True) if job.areal else scan


def _made(job: Job) -> SimulatedScan:
    if job.suite is None:
        return simulate_scan(job.seed, job.index, wishes=job.wishes)
    return SUITES[job.suite].make(job)
