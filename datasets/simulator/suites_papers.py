"""The set ``papers-1``: scans on which the strength of evidence is counted, with every way of untrue papers more than a hundred times.

The benchmark's rules of ``validation``, and a seed of its own: no network was trained or calibrated on them, and the benchmark's figures
stay a test of what was counted here.
"""

from dataclasses import replace
from functools import cache
from importlib.metadata import version

from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.parts import Part, parts, stories
from scantally.datasets.simulator.scene import SimulatedScan
from scantally.datasets.simulator.suites_benchmark import LIBRARIES, described, jobs_of, tell

NAME = "papers-1"
PART = "papers"
SEED = 871_005


@cache
def part() -> Part:
    """What may appear, and how often each story is told."""
    return replace(parts()["validation"], seed=SEED, stories=stories(400, 60, 160, 120))


def papers() -> list[Job]:
    """All scans."""
    return jobs_of(part(), NAME, PART)


def make_scan(job: Job) -> SimulatedScan:
    """Simulate a scan of the set.

    Raises:
        RuntimeError: no draw tells the job's story; the set is then wrong.
    """
    return tell(job, part(), PART)


def describe() -> dict[str, object]:
    """What ``suite.json`` says."""
    versions = {name: version(name) for name in ("scantally", *LIBRARIES)}
    return {"suite": NAME, "versions": versions, "parts": {PART: described(part())}}
