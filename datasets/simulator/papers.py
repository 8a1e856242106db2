"""Manifests of simulated scans: honest, or wrong in one recorded way."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.build import Built, Thing
from scantally.datasets.simulator.deviations import DEVIATIONS, Deviation, Means, Paper, given, possible, spoil
from scantally.datasets.simulator.goods import GOODS
from scantally.datasets.simulator.iso_numbers import new_number
from scantally.datasets.simulator.papers_lines import Line, honest_line
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan, Wishes
from scantally.detector.types import Manifest

__all__ = ["DEVIATIONS", "Deviation", "Papers", "container_numbers", "write_papers"]

TARE_KG = {
    "22G1": (2050.0, 2500.0),
    "42G1": (3500.0, 3950.0),
    "45G1": (3700.0, 4150.0),
    "22U1": (2200.0, 2600.0),
    "42U1": (3600.0, 4300.0),
    "22R1": (2800.0, 3200.0),
    "45R1": (4300.0, 5000.0),
    "22P1": (2500.0, 3000.0),
    "45P1": (4800.0, 5900.0),
    "22P3": (2500.0, 3000.0),
    "45P3": (4800.0, 5900.0),
    "22T1": (3200.0, 4200.0),
}
"""Tare by size and type in kg: they span what sellers and carriers state (docs/sources.md); those of open tops are assumed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """One manifest per container, the containers' true numbers, and what is wrong.

    ``headings`` holds the HS code that is true for each (container, label) which honest papers name; ``declared`` the pairs
    that the manifest really names.
    """

    manifests: tuple[Manifest, ...]
    numbers: tuple[str, ...]
    deviation: Deviation | None
    headings: dict[tuple[int, str], str]
    declared: frozenset[tuple[int, str]]


def container_numbers(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Different numbers with valid check digits (ISO 6346)."""
    numbers: list[str] = []
    while len(numbers) < count:
        numbers.append(new_number(rng, numbers))
    return tuple(numbers)


def write_papers(
    plan: ScenePlan, built: Built, numbers: tuple[str, ...], wishes: Wishes, rng: np.random.Generator
) -> Papers:
    """Write the manifests, and perhaps make one of them wrong.

    A load behind a cover and an object that is never declared are wrong by themselves, and no second thing is then wrong.
    """
    papers = [_honest(i, c, numbers[i], built, wishes, rng) for i, c in enumerate(plan.containers)]
    headings = {(i, x.label): x.written.hs_code or "" for i, p in enumerate(papers) for x in (*p.secret, *p.lines)}
    spoilt = _given(papers) or _drawn(papers, wishes, numbers, rng)
    deviation = None
    if spoilt is not None:
        papers[spoilt[1].container], deviation = spoilt
    return Papers(
        manifests=tuple(p.manifest for p in papers),
        numbers=numbers,
        deviation=deviation,
        headings=headings,
        declared=frozenset((p.container, x.label) for p in papers for x in p.lines if x.things),
    )


def _given(papers: list[Paper]) -> tuple[Paper, Deviation] | None:
    return next((found for paper in papers if (found := given(paper)) is not None), None)


def _drawn(
    papers: list[Paper], wishes: Wishes, numbers: tuple[str, ...], rng: np.random.Generator
) -> tuple[Paper, Deviation] | None:
    """A deviation of the papers alone: the wished one where the scene allows it, else perhaps any."""
    if wishes.deviation is None and rng.random() >= wishes.deviation_share:
        return None
    paper = papers[0 if wishes.deviation else int(rng.integers(len(papers)))]
    kinds = possible(paper)
    if wishes.deviation is not None:
        kinds = [kind for kind in kinds if kind == wishes.deviation]
    if not kinds:
        return None
    means = Means(rng=rng, headings=wishes.headings, loads=wishes.loads, numbers=numbers)
    return spoil(paper, kinds[int(rng.integers(len(kinds)))], means)


def _honest(
    number: int, plan: ContainerPlan, iso_number: str, built: Built, wishes: Wishes, rng: np.random.Generator
) -> Paper:
    """Loads, and objects that are ordinary goods when they are declared, each kind on a line of its own."""
    loads = [t for t in built.loads if t.container == number]
    objects = [t for t in built.objects if t.container == number]
    named = [t for t in (*loads, *objects) if t.label in GOODS and not t.hidden]
    secret = _lines([t for t in loads if t.hidden], wishes, rng)
    return Paper(
        container=number,
        number=iso_number,
        reference=f"SIM{int(rng.integers(10_000_000)):07d}",
        size_type=plan.kind.code,
        tare_kg=round(float(rng.uniform(*TARE_KG[plan.kind.code])), -1),
        lines=_lines(named, wishes, rng),
        secret=secret,
        undeclared=tuple(t.label for t in objects if t.hidden or t.label not in GOODS),
    )


def _lines(things: list[Thing], wishes: Wishes, rng: np.random.Generator) -> tuple[Line, ...]:
    by_label: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        by_label[thing.label].append(thing)
    groups = enumerate(by_label.items(), start=1)
    return tuple(honest_line(k, label, group, wishes.headings, rng) for k, (label, group) in groups)
