"""The parts of the benchmark: what may appear in which, so that the test parts hold what training never sees.

Three things are held back for ``test``: scanners, instances of objects, and headings of the Harmonized System. Two more are held back
for ``test-open``: types of load and of object.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from scantally.datasets.simulator.goods import GOODS, Goods
from scantally.datasets.simulator.loads import COUNTED
from scantally.datasets.simulator.papers_lines import heading
from scantally.datasets.simulator.plan import LOAD_WEIGHTS, OBJECT_WEIGHTS
from scantally.datasets.simulator.style import Style, draw_style

Range = tuple[float, float]

OPEN = "test-open"
OPEN_LOADS = ("coils", "household", "meat")
OPEN_OBJECTS = ("currency", "shield")
"""The part with open classes, and the types that appear in it and nowhere else."""

RESERVED_SHARE = 0.42
"""Of the headings, so many are kept for ``test``, or as many as can be spared elsewhere; at least 0.3 must be reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scanner:
    """A cell of scanners: a family with narrower ranges of what tells its members apart. ``quanta`` sets the noise."""

    look: str
    energies_mv: tuple[float, ...]
    pitch_mm: Range
    quanta: Range
    weight: float


SEEN = {
    "A-fine": Scanner(look="A", energies_mv=(6.0,), pitch_mm=(4.40, 4.57), quanta=(6e4, 1.5e5), weight=0.36),
    "B-4": Scanner(look="B", energies_mv=(4.0,), pitch_mm=(5.20, 5.37), quanta=(4e3, 8e3), weight=0.26),
    "cal-6": Scanner(look="cal", energies_mv=(6.0,), pitch_mm=(4.0, 4.7), quanta=(2e4, 6e4), weight=0.12),
    "cal-9": Scanner(look="cal", energies_mv=(9.0,), pitch_mm=(4.0, 4.7), quanta=(2e4, 6e4), weight=0.12),
    "cal-4-6": Scanner(look="cal", energies_mv=(4.0, 6.0), pitch_mm=(4.0, 4.7), quanta=(2e4, 6e4), weight=0.14),
}
UNSEEN = {
    "A-coarse": Scanner(look="A", energies_mv=(6.0,), pitch_mm=(4.60, 4.75), quanta=(1.7e5, 3e5), weight=0.28),
    "A2": Scanner(look="A2", energies_mv=(6.0,), pitch_mm=(4.8, 5.15), quanta=(6e3, 1.6e4), weight=0.16),
    "B-6": Scanner(look="B", energies_mv=(6.0,), pitch_mm=(5.40, 5.55), quanta=(9e3, 1.5e4), weight=0.20),
    "cal-6-coarse": Scanner(look="cal", energies_mv=(6.0,), pitch_mm=(4.9, 5.5), quanta=(7e4, 2e5), weight=0.12),
    "cal-6-9": Scanner(look="cal", energies_mv=(6.0, 9.0), pitch_mm=(4.9, 5.5), quanta=(7e4, 2e5), weight=0.14),
    "cal-4-6-coarse": Scanner(look="cal", energies_mv=(4.0, 6.0), pitch_mm=(4.9, 5.5), quanta=(7e4, 2e5), weight=0.10),
}
"""Cells of training and validation (and of ``test-open``, whose loads and objects are new), and cells of ``test`` alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of the benchmark.

    ``stories`` says how many scans are ``clean`` (honest papers, no object of interest), ``declared`` (honest papers that name the
    objects) or wrong in each of the ways of ``deviations``. ``instances`` is the part that ``make_object`` draws instances for.
    """

    seed: int
    stories: Mapping[str, int]
    scanners: Mapping[str, Scanner]
    instances: str
    loads: tuple[str, ...]
    objects: tuple[str, ...]
    headings: frozenset[str]

    @property
    def count(self) -> int:
        """How many scans there are."""
        return sum(self.stories.values())


@cache
def parts() -> dict[str, Part]:
    """The benchmark's parts by name."""
    reserved, common, opened = reserved_headings(), common_headings(), open_headings()
    loads = tuple(name for name in LOAD_WEIGHTS if name not in OPEN_LOADS)  # tanks come with their own container
    objects = tuple(name for name in OBJECT_WEIGHTS if name not in OPEN_OBJECTS)
    train = Part(
        seed=871_001,
        stories=stories(900, 100, 580, 60),
        scanners=SEEN,
        instances="train",
        loads=loads,
        objects=objects,
        headings=common,
    )
    test = replace(
        train,
        seed=871_003,
        stories=stories(520, 40, 230, 30),
        scanners=UNSEEN,
        instances="test",
        headings=common | reserved,
    )
    return {
        "train": train,
        "validation": replace(train, seed=871_002, stories=stories(300, 30, 158, 16)),
        "test": test,
        OPEN: replace(
            train,
            seed=871_004,
            stories=stories(140, 0, 118, 6),
            instances="test",
            loads=OPEN_LOADS,
            objects=OPEN_OBJECTS,
            headings=common | opened,
        ),
    }


def stories(clean: int, declared: int, undeclared: int, each_other: int) -> dict[str, int]:
    """How many scans tell each story; ``each_other`` is of every other way in which papers are wrong."""
    others = ("hidden_load", "wrong_goods", "wrong_count", "wrong_mass", "false_empty", "false_full")
    told = {"clean": clean, "declared": declared, "undeclared_object": undeclared}
    told |= dict.fromkeys((*others, "wrong_container_number"), each_other)
    return {story: count for story, count in told.items() if count}


def draw_scanner(rng: np.random.Generator, scanners: Mapping[str, Scanner]) -> tuple[str, Style]:
    """A scanner's cell and a style within it."""
    names = list(scanners)
    weights = np.array([scanners[name].weight for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    cell = scanners[name]
    style = draw_style(rng, cell.look)
    pitch = round(float(rng.uniform(*cell.pitch_mm)), 3)
    quanta = float(np.exp(rng.uniform(*np.log(cell.quanta))))
    height = style.height if style.eight_bit else int(style.height * style.pitch_mm / pitch)
    return name, replace(style, energies_mv=cell.energies_mv, pitch_mm=pitch, quanta=quanta, height=height)


def open_headings() -> frozenset[str]:
    """Headings of the types that only ``test-open`` holds."""
    return frozenset(heading(g) for label in (*OPEN_LOADS, *OPEN_OBJECTS) for g in GOODS.get(label, ()))


def common_headings() -> frozenset[str]:
    """Headings that every part may name."""
    return frozenset(_known()) - reserved_headings()


@cache
def reserved_headings() -> frozenset[str]:
    """Headings of ``test`` alone: each one's goods have others of the same look in every other part.

    Their order is that of a hash, so that a new row moves no other; honest papers of the other parts stay possible.
    """
    known, opened = _known(), open_headings()
    wanted = int(RESERVED_SHARE * len(known))
    reserved: set[str] = set()
    for code in sorted(known, key=lambda code: hashlib.sha256(code.encode()).digest()):
        if len(reserved) < wanted and code not in opened and _spared(code, reserved):
            reserved.add(code)
    return frozenset(reserved)


def _known() -> set[str]:
    """Headings of the types that training sees, tanks among them."""
    hidden = (*OPEN_LOADS, *OPEN_OBJECTS)
    return {heading(g) for label, table in GOODS.items() if label not in hidden for g in table}


def _spared(code: str, reserved: set[str]) -> bool:
    """Whether each of a heading's goods has a double among those that stay."""
    return all(
        any(_doubles(goods, other) for other in table if heading(other) not in reserved | {code})
        for table in GOODS.values()
        for goods in table
        if heading(goods) == code
    )


def _doubles(goods: Goods, other: Goods) -> bool:
    """Whether other goods may stand for some: of the same materials at least, and of a density and package that overlap."""
    return (
        set(goods.materials) <= set(other.materials)
        and _overlap(goods.density, other.density)
        and _overlap(goods.package_kg, other.package_kg)
    )


def _overlap(a: Range, b: Range) -> bool:
    return max(a[0], b[0]) <= min(a[1], b[1])


def declarable(objects: tuple[str, ...]) -> tuple[str, ...]:
    """Objects that papers may name."""
    return tuple(name for name in objects if name in GOODS)


def counted(loads: tuple[str, ...]) -> tuple[str, ...]:
    """Loads whose pieces are counted."""
    return tuple(name for name in loads if name in COUNTED)
