"""Crops of a scan at the detail scale: where they lie, and what they show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.canvas import Canvas, Recipe, detail_canvas
from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.types import Box, FloatArray
from scantally.training.config import TrainConfig

ROOMY = 0.75
"""What is at most so long, as a share of a tile's side, is shown on a tile: it needs surroundings too."""


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


def cutter_of(config: TrainConfig, recipe: Recipe, rng: np.random.Generator) -> Cutter:
    """A cutter whose parts fill a tile of the configuration's detail pictures."""
    return Cutter(whole=recipe, part=replace(recipe, canvas=recipe.canvas // config.detail_tiles), rng=rng)


def scale_of(scan: LabelledScan, config: TrainConfig) -> float:
    """View pixels for a pixel of the scan."""
    return 1.0 if scan.pitch_mm is None else scan.pitch_mm / config.detail_pitch_mm


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
