"""Crops of scans with simulated objects projected into them, drawn by several processes: the same crops with any number of them."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe
from scantally.datasets.labelled import Label, LabelledScan, containers_of
from scantally.datasets.simulator.objects import OBJECTS, make_object
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.workers import one_thread_each
from scantally.datasets.tip import ScanCharacter, estimate_character, place_and_project
from scantally.datasets.tip_jpeg import quantisation_of
from scantally.datasets.tip_place import PLACES
from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import EMPTY
from scantally.detector.models.ort import usable_cores
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.config import Crops, TrainConfig
from scantally.training.cutting import Cutter, cutter_of, scale_of
from scantally.training.sources import TRAIN

PORTION = 200
"""Objects that one process draws at a time, each portion from a seed of its own."""

TIP_ENERGIES_MV = (4.0, 6.0, 9.0)
"""The energy of the real scans is not known; projected objects are drawn over the usual ones."""

TOGETHER = 3
"""Objects that are projected into a scan that is drawn: reading it costs more than projecting."""

PROJECTION_TRIES = 6
"""Draws of object and place before the next scan is drawn: many real loads let nothing through."""

WITHIN = ("load",)
"""Where an object lies within a load."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Portion:
    """Some of the objects, drawn from a seed of their own."""

    config: TrainConfig
    recipe: Recipe
    scans: tuple[LabelledScan, ...]
    crops: Crops
    count: int
    seed: int
    prefix: str


def projected(
    scans: Sequence[LabelledScan], crops: Crops, config: TrainConfig, cutter: Cutter, prefix: str
) -> Iterator[Canvas]:
    """Crops of containers with simulated objects projected into them, a few into each scan that is drawn."""
    starts = range(0, crops.projected_objects if scans and known_objects(config) else 0, PORTION)
    portions = [
        Portion(
            config=config,
            recipe=cutter.whole,
            scans=tuple(scans),
            crops=crops,
            count=min(PORTION, crops.projected_objects - start),
            seed=int(cutter.rng.integers(2**63)),
            prefix=f"{prefix}{number:02d}x",
        )
        for number, start in enumerate(starts)
    ]
    if len(portions) < 2:
        yield from (crop for portion in portions for crop in drawn(portion))
        return
    context = multiprocessing.get_context("spawn")
    with one_thread_each(), ProcessPoolExecutor(usable_cores(), mp_context=context) as pool:
        for made in pool.map(drawn, portions):
            yield from made


def known_objects(config: TrainConfig) -> list[str]:
    """The objects of interest that the simulator makes and the detail pass may report."""
    return [label for label in config.detail_labels() if label in OBJECTS]


def drawn(portion: Portion) -> list[Canvas]:
    """The crops of one portion."""
    config, crops, rng = portion.config, portion.crops, np.random.default_rng(portion.seed)
    cutter = cutter_of(config, portion.recipe, rng)
    loaded = [scan for scan in portion.scans if any(_is_load(config, x) for x in scan.labels)]
    sprites = _endless(config, rng)
    characters: dict[str, ScanCharacter] = {}
    made: list[Canvas] = []
    placed = 0
    for number in range(portion.count):
        if placed >= portion.count:
            break
        within = bool(loaded) and crops.projected_within > 0 and rng.random() < crops.projected_within
        among = loaded if within else portion.scans
        scan = among[int(rng.integers(len(among)))]
        picture = scan.open()
        if scan.name not in characters:
            characters[scan.name] = character_of(scan, picture, rng)
        wanted, places = min(TOGETHER, portion.count - placed), WITHIN if within else PLACES
        picture, labels = _with_objects(picture, characters[scan.name], sprites, wanted, rng, places)
        placed += len(labels)
        made += cutter.around(picture, labels, scale_of(scan, config), f"{portion.prefix}{number:05d}")
    return made


def _with_objects(
    picture: FloatArray,
    character: ScanCharacter,
    sprites: Iterator[tuple[str, Sprite]],
    count: int,
    rng: np.random.Generator,
    places: tuple[str, ...],
) -> tuple[FloatArray, list[Label]]:
    """The picture with up to so many objects projected where they could be and can be seen, and their labels."""
    labels: list[Label] = []
    for _ in range(PROJECTION_TRIES):
        if len(labels) == count:
            break
        kind, sprite = next(sprites)
        found = place_and_project(picture, character, sprite, rng, places)
        # An object in front of cargo that lets nothing through leaves no trace, and must not be taught as visible.
        if found is None or not found.inspectable or touches(found.box, labels):
            continue
        picture = found.transmission_HW
        labels.append(Label(label=kind, box=found.box))
    return picture, labels


def touches(box: Box, labels: Sequence[Label]) -> bool:
    """Whether a box overlaps that of a label."""
    others = np.array([x.box for x in labels], np.float64).reshape(-1, 4)
    return bool((iou(box, others) > 0).any())


def _endless(config: TrainConfig, rng: np.random.Generator) -> Iterator[tuple[str, Sprite]]:
    """Objects of all kinds alike, of the instances that training may show."""
    kinds = known_objects(config)
    instances = TRAIN if config.simulated and config.simulated.suite else None
    while True:
        kind = kinds[int(rng.integers(len(kinds)))]
        yield kind, make_object(kind, rng, config.detail_pitch_mm / 2.0, instances)


def character_of(scan: LabelledScan, picture: FloatArray, rng: np.random.Generator) -> ScanCharacter:
    """What the scan's scanner is like, for an energy that is drawn where none is known."""
    containers = containers_of(scan)
    energy = float(rng.choice(TIP_ENERGIES_MV))
    table = None if scan.path is None else quantisation_of(scan.path)
    return estimate_character(
        picture,
        [box for box, _ in containers],
        empty=[empty for _, empty in containers],
        energy_mv=energy,
        pitch_mm=scan.pitch_mm,
        quantisation_88=table,
    )


def _is_load(config: TrainConfig, item: Label) -> bool:
    return item.label != EMPTY and config.labels.get(item.label) is Group.LOAD
