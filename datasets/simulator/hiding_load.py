"""Places in, on and beside loads: what lies there never pokes out, floats or hangs over."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scantally.datasets.simulator.hiding_stand import Spot, Stand, height_in, tops
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.detector.types import FloatArray


def within(loads: Sequence[Stand], size: Vector, near: float, x_share: float, height_share: float) -> Spot | None:
    """Inside a load: below its top at every column, and on something solid. None where no load is high enough."""
    options: list[tuple[Stand, FloatArray, float, int]] = []
    for load in loads:
        if load.near_mm - 1.0 <= near and near + size[2] <= load.near_mm + load.depth_mm + 1.0:
            solid, lowest = _profile(load, size, near)
            options += [(load, solid, float(lowest[c]), int(c)) for c in np.flatnonzero(lowest >= size[1] + load.pitch)]
    if not options:
        return None
    load, solid, top, column = options[min(int(x_share * len(options)), len(options) - 1)]
    base = _supported(solid, load.pitch, (column, size[0]), height_share * (top - size[1] - load.pitch))
    return Spot(x_mm=load.x_mm + column * load.pitch, base_mm=load.base_mm + base, size=size, near_mm=near)


def _profile(load: Stand, size: Vector, near: float) -> tuple[FloatArray, FloatArray]:
    """What is solid at an object's depths, and the lowest top under an object that begins at each column, (W - w + 1,)."""
    solid = load.solid(near, near + size[2])
    heights = tops(solid, load.pitch)
    w = int(np.ceil(size[0] / load.pitch)) + 1
    if w > heights.size:
        return solid, np.zeros(0, np.float32)
    return solid, np.asarray(sliding_window_view(heights, w).min(axis=1), np.float32)


def _supported(solid_HW: FloatArray, pitch: float, at: tuple[int, float], wanted: float) -> float:
    """The greatest height up to the wanted one with something solid right below it."""
    part = solid_HW[:, at[0] : at[0] + max(1, int(at[1] / pitch))]
    carries = (part > 1.0).mean(axis=1)[::-1] > 0.25  # by row from the floor up
    below = np.flatnonzero(carries[: max(0, int(wanted / pitch))])
    return float((below[-1] + 1) * pitch) if below.size else 0.0


LEVEL_MM, CARRIED_SHARE = 50.0, 0.6
"""What lies on top rests on columns that end within so much of the highest, under so much of each half of it."""


def on_top(loads: Sequence[Stand], size: Vector, near: float, x_share: float, ceiling: float) -> Spot | None:
    """On the highest place of a load below it, where that carries it, and under the roof. None where no load leaves room."""
    options: list[Spot] = []
    for load in loads:
        if near + size[2] > load.near_mm + load.depth_mm + 1.0 or near < load.near_mm - 1.0:
            continue
        for column, height in _shelves(tops(load.solid(near, near + size[2]), load.pitch), size[0] / load.pitch):
            if load.base_mm + height + size[1] <= ceiling:
                x = load.x_mm + column * load.pitch
                options.append(Spot(x_mm=x, base_mm=load.base_mm + height, size=size, near_mm=near))
    return options[min(int(x_share * len(options)), len(options) - 1)] if options else None


def _shelves(heights: FloatArray, width_px: float) -> list[tuple[int, float]]:
    """First column and height of every place where a load's top carries something of a width."""
    w = int(np.ceil(width_px)) + 1
    if w > heights.size:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(heights, w)
    highest = windows.max(axis=1)
    level = windows >= highest[:, None] - LEVEL_MM
    half = max(1, w // 2)
    carried = (level[:, :half].mean(axis=1) > CARRIED_SHARE) & (level[:, -half:].mean(axis=1) > CARRIED_SHARE)
    return [(int(c), float(highest[c])) for c in np.flatnonzero(carried & (highest > 150.0))]


CLEAR_MM = 25.0
"""Load lower than this is no hindrance: crumbs, and the toe of a heap."""


def beside(loads: Sequence[Stand], x: float, size: Vector, near: float) -> bool:
    """Whether no load stands in the block from x on."""
    return all(height_in(s, x, x + size[0], near, near + size[2]) < CLEAR_MM for s in loads)
