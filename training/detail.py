"""Detail canvases: crops at the detail scale around objects of interest, and crops without any."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe, detail_canvas, side_by_side
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.objects import OBJECTS, make_object
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import ScanCharacter, estimate_character, place_and_project
from scantally.datasets.tip_jpeg import quantisation_of
from scantally.datasets.tip_place import PLACES
from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import EMPTY
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.config import Crops, TrainConfig
from scantally.training.mining import Mine, nothing
from scantally.training.sources import TRAIN, Source

TIP_ENERGIES_MV = (4.0, 6.0, 9.0)
"""The energy of the real scans is not known; projected objects are drawn over the usual ones."""

TOGETHER = 3
"""Objects that are projected into a scan that is drawn: reading it costs more than projecting."""

PROJECTION_TRIES = 6
"""Draws of object and place before the next scan is drawn: many real loads let nothing through."""

WITHIN = ("load",)
"""Where an object lies within a load."""

ROOMY = 0.75
"""What is at most so long, as a share of a tile's side, is shown on a tile: it needs surroundings too."""

POOL = 256
"""Tiles that are mixed: objects of one scan should not stand on one canvas."""


def detail_canvases(
    config: TrainConfig, sources: Sequence[Source], recipe: Recipe, rng: np.random.Generator, mine: Mine = nothing
) -> Iterator[Canvas]:
    """All detail canvases of a configuration, in an order that the seed (and what ``mine`` finds) alone decides."""
    cutter = Cutter(whole=recipe, part=replace(recipe, canvas=recipe.canvas // config.detail_tiles), rng=rng)
    crops = (crop for source in sources for crop in _crops(config, source, cutter, mine))
    yield from crops if config.detail_tiles == 1 else tiled(crops, recipe, config.detail_tiles, rng)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutter:
    """Cuts crops of a scan: a ``part`` of a canvas around what is small enough for it, else a ``whole`` one."""

    whole: Recipe
    part: Recipe
    rng: np.random.Generator

    def around(self, picture: FloatArray, labels: Sequence[Label], scale: float, prefix: str) -> Iterator[Canvas]:
        """Crops that show every label; what a crop shows whole gets none of its own."""
        left = list(labels)
        number = 0
        while left:
            recipe = self.part if _longer_side(left[0].box) * scale <= ROOMY * self.part.canvas else self.whole
            side = recipe.canvas / scale
            corner = _corner_around(left[0].box, side, picture.shape, self.rng)
            left = [x for x in left[1:] if not _inside(x.box, corner, side)]
            yield detail_canvas(picture, labels, corner, scale, recipe, self.rng, f"{prefix}-{number}")
            number += 1

    def at(self, picture: FloatArray, point: Box, scale: float, name: str) -> Canvas:
        """A crop without any label around a point."""
        corner = _corner_around(point, self.part.canvas / scale, picture.shape, self.rng)
        return detail_canvas(picture, (), corner, scale, self.part, self.rng, name)


def _crops(config: TrainConfig, source: Source, cutter: Cutter, mine: Mine) -> Iterator[Canvas]:
    wanted = {name for name, group in config.labels.items() if group is Group.OBJECT} | set(config.detail_labels())
    shown = [scan for scan in source.scans if any(x.label in wanted for x in scan.labels)]
    for scan in shown if source.crops.detail_crops else ():
        labels = [x for x in scan.labels if x.label in wanted]
        for number in range(source.crops.detail_crops * source.repeats):
            name = f"{source.prefix}-{scan.name}-{number}"
            yield from cutter.around(scan.open(), labels, _scale(scan, config), name)
    clean = [scan for scan in source.scans if not any(x.label in wanted for x in scan.labels)]
    yield from _negatives(clean, source.crops.detail_negatives, config, cutter, f"{source.prefix}neg")
    for number, alarm in enumerate(mine(clean, source.crops.detail_mined)):
        name = f"{source.prefix}alarm{number:05d}"
        yield cutter.at(alarm.scan.open(), alarm.box, _scale(alarm.scan, config), name)
    yield from _projected(clean, source.crops, config, cutter, f"{source.prefix}tip")


def tiled(crops: Iterable[Canvas], recipe: Recipe, tiles: int, rng: np.random.Generator) -> Iterator[Canvas]:
    """Lay crops that fill only a part of a canvas side by side on canvases, mixed; whole ones go through as they are."""
    pool: list[Canvas] = []
    for crop in crops:
        if crop.picture_HW3.shape[0] == recipe.canvas:
            yield crop
            continue
        pool.append(crop)
        if len(pool) == POOL:
            yield side_by_side([pool.pop(int(rng.integers(len(pool)))) for _ in range(tiles**2)], recipe, tiles)
    while pool:
        taken = [pool.pop(int(rng.integers(len(pool)))) for _ in range(min(tiles**2, len(pool)))]
        yield side_by_side(taken, recipe, tiles)


def _negatives(
    scans: Sequence[LabelledScan], count: int, config: TrainConfig, cutter: Cutter, prefix: str
) -> Iterator[Canvas]:
    """Crops of containers without any object of interest."""
    for number in range(count if scans else 0):
        scan = scans[int(cutter.rng.integers(len(scans)))]
        yield cutter.at(scan.open(), _inner_point(scan, cutter.rng), _scale(scan, config), f"{prefix}{number:05d}")


def _projected(
    scans: Sequence[LabelledScan], crops: Crops, config: TrainConfig, cutter: Cutter, prefix: str
) -> Iterator[Canvas]:
    """Crops of containers with simulated objects projected into them, a few into each scan that is drawn."""
    count = crops.projected_objects
    loaded = [scan for scan in scans if any(_is_load(config, x) for x in scan.labels)]
    kinds = [label for label in config.detail_labels() if label in OBJECTS]
    instances = TRAIN if config.simulated and config.simulated.suite else None
    characters: dict[str, ScanCharacter] = {}
    placed = 0
    for number in range(count if scans and kinds else 0):
        if placed >= count:
            break
        within = bool(loaded) and crops.projected_within > 0 and cutter.rng.random() < crops.projected_within
        among = loaded if within else scans
        scan = among[int(cutter.rng.integers(len(among)))]
        picture = scan.open()
        if scan.name not in characters:
            characters[scan.name] = _character(scan, picture, cutter.rng)
        sprites = (
            (kind, make_object(kind, cutter.rng, config.detail_pitch_mm / 2.0, instances))
            for kind in _endless(kinds, cutter.rng)
        )
        wanted, places = min(TOGETHER, count - placed), WITHIN if within else PLACES
        picture, labels = _with_objects(picture, characters[scan.name], sprites, wanted, cutter.rng, places)
        placed += len(labels)
        yield from cutter.around(picture, labels, _scale(scan, config), f"{prefix}{number:05d}")


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
        if found is None or not found.inspectable or _touches(found.box, labels):
            continue
        picture = found.transmission_HW
        labels.append(Label(label=kind, box=found.box))
    return picture, labels


def _touches(box: Box, labels: Sequence[Label]) -> bool:
    others = np.array([x.box for x in labels], np.float64).reshape(-1, 4)
    return bool((iou(box, others) > 0).any())


def _endless(kinds: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    while True:
        yield kinds[int(rng.integers(len(kinds)))]


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


def _is_load(config: TrainConfig, item: Label) -> bool:
    return item.label != EMPTY and config.labels.get(item.label) is Group.LOAD


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


def _inside(box: Box, corner: tuple[int, int], side: float) -> bool:
    x, y = corner
    return box[0] >= x and box[1] >= y and box[2] <= x + side and box[3] <= y + side


def _longer_side(box: Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def _corner_around(box: Box, side: float, shape: tuple[int, ...], rng: np.random.Generator) -> tuple[int, int]:
    """Upper left corner of a drawn square of ``side`` scan pixels that holds the box where it is small enough."""
    corner = []
    for low, high, size in ((box[0], box[2], shape[1]), (box[1], box[3], shape[0])):
        first, last = sorted((high - side, low))
        drawn = rng.uniform(first, last)
        corner.append(int(np.clip(drawn, 0, max(0.0, size - side))))
    return corner[0], corner[1]
