"""Detail canvases: crops at the detail scale around objects of interest, and crops without any."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe, side_by_side
from scantally.datasets.labelled import LabelledScan
from scantally.datasets.simulator.objects import OBJECTS
from scantally.detector.types import Box, Group
from scantally.training.config import TrainConfig
from scantally.training.cutting import Cutter, cutter_of, scale_of
from scantally.training.mining import Mine, nothing
from scantally.training.projected import known_objects, projected
from scantally.training.sources import Source

POOL = 256
"""Tiles that are mixed: objects of one scan should not stand on one canvas."""


def detail_canvases(
    config: TrainConfig, sources: Sequence[Source], recipe: Recipe, rng: np.random.Generator, mine: Mine = nothing
) -> Iterator[Canvas]:
    """All detail canvases of a configuration, in an order that the seed (and what ``mine`` finds) alone decides."""
    cutter = cutter_of(config, recipe, rng)
    crops = (crop for source in sources for crop in _crops(config, source, cutter, mine))
    yield from crops if config.detail_tiles == 1 else tiled(crops, recipe, config.detail_tiles, rng)


WITHOUT = ("detail_negatives", "detail_mined", "projected_objects")
"""Settings whose crops come from scans without any object."""


def lacking(config: TrainConfig, sources: Sequence[Source]) -> Iterator[tuple[str, str]]:
    """Settings that ask for crops of which none can come, and why: else their number would be 0 without a word."""
    wanted = _wanted(config)
    for source in sources:
        asked = {name: count for name in WITHOUT if (count := getattr(source.crops, name))}
        if not asked or not source.scans:
            continue
        clean = any(all(x.label not in wanted for x in scan.labels) for scan in source.scans)
        for name, count in asked.items():
            setting = f"{source.setting}.{name}"
            if name == "projected_objects" and not known_objects(config):
                taught = ", ".join(config.detail_labels()) or "none"
                made = ", ".join(sorted(OBJECTS))
                why = f"the simulator makes none of the labels of the detail pass ({taught}): expected 0, or one of {made}"
                yield setting, f"{count} wanted, but {why}"
            elif not clean:
                why = f"every one of its {len(source.scans)} scans shows an object: expected 0, or scans without any"
                yield setting, f"{count} wanted, but {why}"


def unused(config: TrainConfig, sources: Sequence[Source]) -> Iterator[tuple[str, int, int]]:
    """By source, how many of how many scans no picture comes of: they show no object, stand on no strip, and no negatives are asked for."""
    wanted = _wanted(config)
    for source in sources:
        if source.scout or any(getattr(source.crops, name) for name in WITHOUT):
            continue
        clean = sum(all(x.label not in wanted for x in scan.labels) for scan in source.scans)
        if clean:
            yield source.setting, clean, len(source.scans)


def _wanted(config: TrainConfig) -> set[str]:
    """What a scan without any object does not show."""
    return {name for name, group in config.labels.items() if group is Group.OBJECT} | set(config.detail_labels())


def _crops(config: TrainConfig, source: Source, cutter: Cutter, mine: Mine) -> Iterator[Canvas]:
    wanted = _wanted(config)
    shown = [scan for scan in source.scans if any(x.label in wanted for x in scan.labels)]
    for scan in shown if source.crops.detail_crops else ():
        labels = [x for x in scan.labels if x.label in wanted]
        for number in range(source.crops.detail_crops * source.repeats):
            name = f"{source.prefix}-{scan.name}-{number}"
            yield from cutter.around(scan.open(), labels, scale_of(scan, config), name)
    clean = [scan for scan in source.scans if not any(x.label in wanted for x in scan.labels)]
    yield from _negatives(clean, source.crops.detail_negatives, config, cutter, f"{source.prefix}neg")
    for number, alarm in enumerate(mine(clean, source.crops.detail_mined)):
        name = f"{source.prefix}alarm{number:05d}"
        yield cutter.at(alarm.scan.open(), alarm.box, scale_of(alarm.scan, config), name)
    yield from projected(clean, source.crops, config, cutter, f"{source.prefix}tip")


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
        yield cutter.at(scan.open(), _inner_point(scan, cutter.rng), scale_of(scan, config), f"{prefix}{number:05d}")


def _inner_point(scan: LabelledScan, rng: np.random.Generator) -> Box:
    """A point of a container of the scan, drawn, as a box without area; of the whole scan where none is labelled."""
    containers = [x.box for x in scan.labels if x.label == "container"]
    if not containers:
        rows, columns = scan.open().shape
        containers = [(0.0, 0.0, float(columns), float(rows))]
    box = containers[int(rng.integers(len(containers)))]
    x, y = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
    return (float(x), float(y), float(x), float(y))
