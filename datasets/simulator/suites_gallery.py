"""The suite ``gallery``: each type of container, load and object of interest once, seen as well as a scanner can see it."""

from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.container import CONTAINERS, END_MM
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.loads import LOADS
from scantally.datasets.simulator.objects import OBJECTS
from scantally.datasets.simulator.plan import BlockPlan, ContainerPlan, ObjectPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.style import Style, draw_style

SEEDS: dict[str, int] = {
    "load-cartons": 12,
    "load-coils": 3,
    "load-household": 5,
    "load-machinery": 3,
    "load-slabs": 3,
    "load-tank": 2,
}
"""Chosen by looking at the pictures; 1 for all others."""

BOXES = {"tank": "22T1", "meat": "45R1", "frozen_cartons": "45R1", "vehicles": "45G1"}
"""Containers of loads that do not travel in a 22G1, as far as the simulator has them."""

HEIGHTS = {"coils": 0.6, "slabs": 0.55, "machinery": 0.75}
"""Share of the free height that a load may fill; 0.85 for all others."""


def gallery() -> list[Job]:
    """Containers, loads, a load behind a cover, and objects. A tank container's vessel comes with its load."""
    stems = [f"container-{code}" for code, box in CONTAINERS.items() if not box.tank]
    stems += [f"load-{kind}" for kind in LOADS]
    stems += ["cover-sacks"]
    stems += [f"object-{kind}" for kind in OBJECTS]
    return [Job(stem=s, seed=SEEDS.get(s, 1), index=0, suite="gallery", story=s) for s in stems]


def make_piece(job: Job) -> SimulatedScan:
    """Simulate one of them."""
    sort, _, name = job.story.partition("-")
    plan = {"container": _container, "load": _load, "cover": _cover, "object": _object}[sort](name)
    return simulate_scan(job.seed, job.index, _style(), wishes=Wishes(deviation_share=0.0), plan=plan)


def _style() -> Style:
    """A calibrated scanner at a high dose that stands square to the road."""
    drawn = draw_style(np.random.default_rng(1), "cal")
    return replace(
        drawn,
        energies_mv=(6.0,),
        pitch_mm=4.0,
        height=880,
        distance_mm=5200.0,
        drop_mm=600.0,
        yaw_tan=0.0,
        quanta=2e5,
        slope_px=0.0,
        wobble_px=0.3,
    )


def _scene(code: str, blocks: tuple[BlockPlan, ...] = (), objects: tuple[ObjectPlan, ...] = ()) -> ScenePlan:
    container = ContainerPlan(kind=CONTAINERS[code], x0_mm=0.0, blocks=blocks, objects=objects)
    return ScenePlan(containers=(container,), terminal=False, margins_mm=(500.0, 500.0))


def _container(code: str) -> ScenePlan:
    return _scene(code)


def _load(kind: str) -> ScenePlan:
    code = BOXES.get(kind, "22G1")
    box = CONTAINERS[code]
    if box.tank:
        block = BlockPlan(kind=kind, x_mm=130.0, width_mm=box.length_mm - 260.0, height_mm=box.height_mm - 250.0)
        return _scene(code, (block,))
    start = box.front_mm + 50.0
    high = HEIGHTS.get(kind, 0.85) * box.inner_height_mm
    return _scene(code, (BlockPlan(kind=kind, x_mm=start, width_mm=box.inner_length_mm - 150.0, height_mm=high),))


def _cover(kind: str) -> ScenePlan:
    """Machines behind a row of another load, which stands by the doors, and beyond a wall of it."""
    box = CONTAINERS["22G1"]
    doors = box.length_mm - END_MM - 1450.0
    row = BlockPlan(kind=kind, x_mm=doors, width_mm=1400.0, height_mm=2200.0, cover=True)
    wall = BlockPlan(kind=kind, x_mm=150.0, width_mm=doors - 250.0, height_mm=2200.0, far=0.4, cover=True)
    hidden = BlockPlan(
        kind="machinery", x_mm=150.0, width_mm=doors - 250.0, height_mm=1500.0, near=0.4, far=1.0, hidden=True
    )
    return _scene("22G1", (wall, hidden, row))


def _object(kind: str) -> ScenePlan:
    return _scene("22G1", objects=(ObjectPlan(kind=kind, place="floor", x_share=0.5, height_share=0.0, depth_mm=0.0),))
