"""The suite ``demo``: four small samples for a first look."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.plan import BlockPlan, ContainerPlan, ObjectPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.style import Style, draw_style

DEMO_SEEDS = {"honest": 8, "undeclared": 9, "false_empty": 19, "too_dense": 8}
"""Chosen by looking at the pictures: see-through cartons, a rifle beside sacks, rows of drums, blocks of granite."""


def _demo_style(seed: int) -> Style:
    """A calibrated scanner with coarse pixels: small files that still show everything."""
    drawn = draw_style(np.random.default_rng(seed), "cal")
    return replace(drawn, energies_mv=(6.0,), pitch_mm=8.0, height=430, distance_mm=5000.0, drop_mm=700.0, yaw_tan=0.0)


def _scene(kind: str, blocks: tuple[BlockPlan, ...], objects: tuple[ObjectPlan, ...] = ()) -> ScenePlan:
    container = ContainerPlan(kind=CONTAINERS[kind], x0_mm=0.0, blocks=blocks, objects=objects)
    return ScenePlan(containers=(container,), terminal=False, margins_mm=(1100.0, 3200.0))


def _honest(job: Job) -> SimulatedScan:
    blocks = (BlockPlan(kind="cartons", x_mm=150.0, width_mm=5200.0, height_mm=2000.0),)
    return _sample(job, _scene("22G1", blocks), Wishes(deviation_share=0.0))


def _undeclared(job: Job) -> SimulatedScan:
    blocks = (BlockPlan(kind="sacks", x_mm=150.0, width_mm=2400.0, height_mm=1700.0),)
    gun = ObjectPlan(kind="firearm", place="floor", x_share=0.8, height_share=0.0, depth_mm=500.0)
    return _sample(job, _scene("22G1", blocks, (gun,)), Wishes(deviation_share=0.0))


def _false_empty(job: Job) -> SimulatedScan:
    blocks = (BlockPlan(kind="drums", x_mm=150.0, width_mm=4200.0, height_mm=1900.0),)
    return _sample(job, _scene("22G1", blocks), Wishes(deviation="false_empty"))


def _too_dense(job: Job) -> SimulatedScan:
    blocks = (BlockPlan(kind="slabs", x_mm=300.0, width_mm=5000.0, height_mm=1500.0),)
    return _sample(job, _scene("22G1", blocks), Wishes(deviation_share=0.0))


def _sample(job: Job, plan: ScenePlan, wishes: Wishes) -> SimulatedScan:
    return simulate_scan(job.seed, job.index, _demo_style(job.seed), wishes=wishes, plan=plan)


_SAMPLES: dict[str, Callable[[Job], SimulatedScan]] = {
    "honest": _honest,
    "undeclared": _undeclared,
    "false_empty": _false_empty,
    "too_dense": _too_dense,
}


def demo() -> list[Job]:
    """Honest, an undeclared object, a false empty, too dense to judge."""
    return [Job(stem=name, seed=seed, index=0, suite="demo", story=name) for name, seed in DEMO_SEEDS.items()]


def make_sample(job: Job) -> SimulatedScan:
    """Simulate one of the four."""
    return _SAMPLES[job.story](job)
