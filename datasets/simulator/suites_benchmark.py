"""The fixed benchmark ``cargo-1``: which scans it holds, how each is made, and the document that describes it."""

from dataclasses import replace
from importlib.metadata import version

import numpy as np

from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.parts import OPEN, Part, counted, declarable, draw_scanner, parts
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.truth import INSPECTABLE_CNR, INSPECTABLE_SHARE, Truth

NAME = "cargo-1"
ATTEMPTS = 40
STEP = 100_000
"""A draw that does not tell its story (no room for the object, say) is drawn again, so many indices later."""

EMPTY_SHARE = 0.2
LIBRARIES = ("numpy", "opencv-python-headless", "tifffile", "imagecodecs")


def benchmark() -> list[Job]:
    """All scans, with the part as folder. Stories come in random order, so that no place in the list tells one."""
    return [job for name, part in parts().items() for job in jobs_of(part, NAME, f"{name}/{name}")]


def jobs_of(part: Part, suite: str, stem: str) -> list[Job]:
    """The scans of a part, STEM-0000 and so on, with its stories in random order."""
    stories = [story for story, count in part.stories.items() for _ in range(count)]
    order = np.random.default_rng([part.seed, part.count]).permutation(part.count)
    return [
        Job(stem=f"{stem}-{i:04d}", seed=part.seed, index=i, suite=suite, story=stories[k]) for i, k in enumerate(order)
    ]


def make_scan(job: Job) -> SimulatedScan:
    """Simulate a scan of the benchmark.

    Raises:
        RuntimeError: no draw tells the job's story; the suite is then wrong.
    """
    name = job.stem.split("/")[0]
    return tell(job, parts()[name], name)


def tell(job: Job, part: Part, name: str) -> SimulatedScan:
    """A scan of a part that tells the job's story: the first draw that does.

    Raises:
        RuntimeError: no draw does; the suite is then wrong.
    """
    wishes = wishes_for(part, job.story, closed=name != OPEN)
    for attempt in range(ATTEMPTS):
        index = job.index + attempt * STEP
        scanner, style = draw_scanner(np.random.default_rng([job.seed, index, 1]), part.scanners)
        made = simulate_scan(job.seed, index, style, wishes=wishes)
        if tells(made.truth, job.story):
            return replace(made, truth=made.truth.model_copy(update={"part": name, "scanner": scanner}))
    raise RuntimeError(f"{job.stem}: {ATTEMPTS} draws and none of them is {job.story!r}")


def wishes_for(part: Part, story: str, *, closed: bool = True) -> Wishes:
    """What to draw for a story. Where classes are open, every scan holds one: its loads are, and where it has objects, they are."""
    wishes = Wishes(
        loads=part.loads,
        objects=part.objects,
        headings=part.headings,
        instances=part.instances,
        deviation_share=0.0,
        empty_share=EMPTY_SHARE if closed else 0.0,
        object_share=0.0,
    )
    wishes = wishes if closed else replace(wishes, tank_share=0.0)
    if story == "clean":
        return wishes
    if story == "declared":
        return replace(wishes, objects=declarable(part.objects), object_share=1.0)
    if story == "wrong_count":
        return replace(wishes, loads=counted(part.loads), deviation=story)
    return replace(wishes, deviation=story)


def tells(truth: Truth, story: str) -> bool:
    """Whether a scan is what its story says."""
    if story == "clean":
        return truth.deviation is None and not truth.objects
    if story == "declared":
        return truth.deviation is None and bool(truth.objects)
    return truth.deviation == story


def describe() -> dict[str, object]:
    """What ``suite.json`` says: counts, seeds, versions, rules, and what each part may hold."""
    return {
        "suite": NAME,
        "versions": {name: version(name) for name in ("scantally", *LIBRARIES)},
        "inspectable": {"cnr_at_least": INSPECTABLE_CNR, "visible_share_at_least": INSPECTABLE_SHARE},
        "parts": {name: described(part) for name, part in parts().items()},
    }


def described(part: Part) -> dict[str, object]:
    """What ``suite.json`` says of a part."""
    return {
        "count": part.count,
        "seed": part.seed,
        "stories": dict(part.stories),
        "scanners": list(part.scanners),
        "instances": part.instances,
        "loads": list(part.loads),
        "objects": list(part.objects),
        "headings": sorted(part.headings),
    }
