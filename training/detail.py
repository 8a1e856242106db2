"""Detail canvases: crops at the detail scale around objects of interest, and crops without any."""

from collections.abc import Iterator, Sequence

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe, detail_canvas
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.tip import object_transmission, project
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.config import TrainConfig

TIP_ENERGIES_MV = (4.0, 6.0, 9.0)
"""The energy of the real scans is not known; projected objects are drawn over the usual ones."""

SMALL_OBJECTS = ("firearm", "gas_cylinder", "brick_packages")
"""What is projected: a vehicle would fill a container that already has its load."""


def detail_canvases(
    config: TrainConfig,
    real: Sequence[LabelledScan],
    simulated: Sequence[LabelledScan],
    recipe: Recipe,
    rng: np.random.Generator,
) -> Iterator[Canvas]:
    """All detail canvases of a configuration, in an order that the seed alone decides."""
    objects = {name for name, group in config.labels.items() if group is Group.OBJECT}
    if config.simulated:
        per_object = config.simulated.detail_crops
        for scan in simulated:
            if any(x.label in objects for x in scan.labels) and per_object:
                yield from _around_objects(scan, objects, per_object, config, recipe, rng)
        clean = [s for s in simulated if not any(x.label in objects for x in s.labels)]
        yield from _negatives(clean, config.simulated.detail_negatives, config, recipe, rng, "simneg")
    if config.real:
        yield from _negatives(real, config.real.detail_negatives, config, recipe, rng, "realneg")
        wanted = [x for x in SMALL_OBJECTS if x in objects]
        yield from _projected(real, wanted, config.real.projected_objects, config, recipe, rng)


def _around_objects(
    scan: LabelledScan,
    objects: set[str],
    per_object: int,
    config: TrainConfig,
    recipe: Recipe,
    rng: np.random.Generator,
) -> Iterator[Canvas]:
    picture = scan.open()
    labels = [x for x in scan.labels if x.label in objects]
    scale = _scale(scan, config)
    number = 0
    for item in labels:
        for _ in range(per_object):
            corner = _corner_around(item.box, recipe.canvas / scale, picture.shape, rng)
            yield detail_canvas(picture, labels, corner, scale, recipe, rng, f"detail-{scan.name}-{number}")
            number += 1


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
    kinds: Sequence[str],
    count: int,
    config: TrainConfig,
    recipe: Recipe,
    rng: np.random.Generator,
) -> Iterator[Canvas]:
    """Crops of real containers with one simulated object in each, on the floor or anywhere above it."""
    for number in range(count if scans and kinds else 0):
        scan = scans[int(rng.integers(len(scans)))]
        kind = kinds[int(rng.integers(len(kinds)))]
        picture, box = place_object(scan, kind, config.detail_pitch_mm, rng)
        label = Label(label=kind, box=box)
        # An object in front of cargo that lets nothing through leaves no trace, and must not be taught as visible.
        if not _visible(scan.open(), picture, box):
            continue
        scale = _scale(scan, config)
        corner = _corner_around(box, recipe.canvas / scale, picture.shape, rng)
        yield detail_canvas(picture, (label,), corner, scale, recipe, rng, f"tip{number:05d}")


def place_object(scan: LabelledScan, kind: str, pitch_mm: float, rng: np.random.Generator) -> tuple[FloatArray, Box]:
    """Project one drawn object of a kind into a drawn container of a real scan: (H, W) transmission and its box."""
    picture = scan.open()
    containers = [x.box for x in scan.labels if x.label == "container"]
    box = containers[int(rng.integers(len(containers)))]
    squeeze = float(rng.uniform(0.4, 1.0))  # real trucks' speed is not compensated: x is not to scale
    sprite = make_object(kind, rng, pitch_mm)
    shape = object_transmission(sprite, float(rng.choice(TIP_ENERGIES_MV)), squeeze, 1.0)
    shape = shape[: max(8, int(0.7 * (box[3] - box[1]))), : max(8, int(0.9 * (box[2] - box[0])))]
    h, w = shape.shape
    x = int(rng.integers(int(box[0]), max(int(box[0]) + 1, int(box[2]) - w)))
    floor = box[1] + 0.86 * (box[3] - box[1])
    lowest, highest = int(floor) - h, int(box[1] + 0.08 * (box[3] - box[1]))
    y = lowest if rng.random() < 0.4 else int(rng.integers(min(highest, lowest), max(highest, lowest) + 1))
    x = int(np.clip(x, 0, picture.shape[1] - w))
    y = int(np.clip(y, 0, picture.shape[0] - h))
    return project(picture, shape, x, y)


def _visible(before: FloatArray, after: FloatArray, box: Box) -> bool:
    """Whether the object darkens what a picture of 255 grey levels can show, over a fifth of its box."""
    x0, y0, x1, y1 = (int(v) for v in box)
    difference = before[y0:y1, x0:x1] - after[y0:y1, x0:x1]
    return bool(difference.size) and float(np.mean(difference > 2 / 255)) > 0.2


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
