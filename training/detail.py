"""Detail canvases: crops at the detail scale around objects of interest, and crops without any."""

from collections.abc import Iterator, Sequence

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe, detail_canvas
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.objects import OBJECTS, make_object
from scantally.datasets.tip import ScanCharacter, estimate_character, place_and_project
from scantally.datasets.tip_jpeg import quantisation_of
from scantally.detector.models.boxes import iou
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.config import TrainConfig
from scantally.training.sources import TRAIN, Source

TIP_ENERGIES_MV = (4.0, 6.0, 9.0)
"""The energy of the real scans is not known; projected objects are drawn over the usual ones."""

PROJECTION_TRIES = 6
"""Draws of scan, object and place before a projection is given up: many real loads let nothing through."""


def detail_canvases(
    config: TrainConfig, sources: Sequence[Source], recipe: Recipe, rng: np.random.Generator
) -> Iterator[Canvas]:
    """All detail canvases of a configuration, in an order that the seed alone decides."""
    wanted = {name for name, group in config.labels.items() if group is Group.OBJECT}
    wanted |= set(config.detail_labels())
    for source in sources:
        shown = [scan for scan in source.scans if any(x.label in wanted for x in scan.labels)]
        for scan in shown if source.crops.detail_crops else ():
            for number in range(source.crops.detail_crops * source.repeats):
                yield from _around_objects(scan, wanted, config, recipe, rng, f"{source.prefix}-{scan.name}-{number}")
        clean = [scan for scan in source.scans if not any(x.label in wanted for x in scan.labels)]
        yield from _negatives(clean, source.crops.detail_negatives, config, recipe, rng, f"{source.prefix}neg")
        yield from _projected(clean, source.crops.projected_objects, config, recipe, rng, f"{source.prefix}tip")


def _around_objects(
    scan: LabelledScan,
    wanted: set[str],
    config: TrainConfig,
    recipe: Recipe,
    rng: np.random.Generator,
    prefix: str,
) -> Iterator[Canvas]:
    """Crops that show every wanted thing of the scan; what a crop shows whole gets none of its own."""
    picture = scan.open()
    labels = [x for x in scan.labels if x.label in wanted]
    scale = _scale(scan, config)
    side = recipe.canvas / scale
    left = list(labels)
    number = 0
    while left:
        corner = _corner_around(left[0].box, side, picture.shape, rng)
        left = [x for x in left[1:] if not _inside(x.box, corner, side)]
        yield detail_canvas(picture, labels, corner, scale, recipe, rng, f"{prefix}-{number}")
        number += 1


def _inside(box: Box, corner: tuple[int, int], side: float) -> bool:
    x, y = corner
    return box[0] >= x and box[1] >= y and box[2] <= x + side and box[3] <= y + side


def _negatives(
    scans: Sequence[LabelledScan],
    count: int,
    config: TrainConfig,
    recipe: Recipe,
    rng: np.random.Generator,
    prefix: str,
) -> Iterator[Canvas]:
    """Crops of containers without any object of interest."""
    for number in range(count if scans else 0):
        scan = scans[int(rng.integers(len(scans)))]
        scale = _scale(scan, config)
        picture = scan.open()
        corner = _corner_around(_inner_point(scan, rng), recipe.canvas / scale, picture.shape, rng)
        yield detail_canvas(picture, (), corner, scale, recipe, rng, f"{prefix}{number:05d}")


def _projected(
    scans: Sequence[LabelledScan],
    count: int,
    config: TrainConfig,
    recipe: Recipe,
    rng: np.random.Generator,
    prefix: str,
) -> Iterator[Canvas]:
    """Crops of containers with one simulated object projected into each, where it could be and where it can be seen."""
    kinds = [label for label in config.detail_labels() if label in OBJECTS]
    instances = TRAIN if config.simulated and config.simulated.suite else None
    characters: dict[str, ScanCharacter] = {}
    for number in range(count if scans and kinds else 0):
        for _ in range(PROJECTION_TRIES):
            scan = scans[int(rng.integers(len(scans)))]
            kind = kinds[int(rng.integers(len(kinds)))]
            picture = scan.open()
            if scan.name not in characters:
                characters[scan.name] = _character(scan, picture, rng)
            sprite = make_object(kind, rng, config.detail_pitch_mm / 2.0, instances)
            found = place_and_project(picture, characters[scan.name], sprite, rng)
            # An object in front of cargo that lets nothing through leaves no trace, and must not be taught as visible.
            if found is None or not found.inspectable:
                continue
            scale = _scale(scan, config)
            corner = _corner_around(found.box, recipe.canvas / scale, picture.shape, rng)
            label = Label(label=kind, box=found.box)
            yield detail_canvas(found.transmission_HW, (label,), corner, scale, recipe, rng, f"{prefix}{number:05d}")
            break


def _character(scan: LabelledScan, picture: FloatArray, rng: np.random.Generator) -> ScanCharacter:
    """What the scan's scanner is like, for an energy that is drawn where none is known."""
    containers = [x.box for x in scan.labels if x.label == "container"]
    vacant = np.array([x.box for x in scan.labels if x.label == "empty"], np.float64).reshape(-1, 4)
    empty = [bool((iou(box, vacant) > 0.7).any()) for box in containers]
    energy = float(rng.choice(TIP_ENERGIES_MV))
    table = None if scan.path is None else quantisation_of(scan.path)
    return estimate_character(
        picture, containers, empty=empty, energy_mv=energy, pitch_mm=scan.pitch_mm, quantisation_88=table
    )


def _scale(scan: LabelledScan, config: TrainConfig) -> float:
    return 1.0 if scan.pitch_mm is None else scan.pitch_mm / config.detail_pitch_mm


def _inner_point(scan: LabelledScan, rng: np.random.Generator) -> Box:
    """A point of a container of the scan, drawn, as a box without area; of the whole scan where none is labelled."""
    containers = [x.box for x in scan.labels if x.label == "container"]
    if not containers:
        rows, columns = scan.open().shape
        containers = [(0.0, 0.0, float(columns), float(rows))]
    box = containers[int(rng.integers(len(containers)))]
    x, y = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
    return (float(x), float(y), float(x), float(y))


def _corner_around(box: Box, side: float, shape: tuple[int, ...], rng: np.random.Generator) -> tuple[int, int]:
    """Upper left corner of a drawn square of ``side`` scan pixels that holds the box where it is small enough."""
    corner = []
    for low, high, size in ((box[0], box[2], shape[1]), (box[1], box[3], shape[0])):
        first, last = sorted((high - side, low))
        drawn = rng.uniform(first, last)
        corner.append(int(np.clip(drawn, 0, max(0.0, size - side))))
    return corner[0], corner[1]
