"""Where a load is denser than goods can lie, whatever its depth: by the load's areal density across the container's whole width."""

import cv2
import numpy as np

from scantally.detector.config.containers import INNER_WIDTH_MM
from scantally.detector.maps.inspectability import bounds
from scantally.detector.types import Box, FloatArray, Weighing

WINDOW_MM = 500.0
"""Densities are means over squares of this side: of packages and the gaps between them, as stowed goods' densities are."""

WIDTH_CM = INNER_WIDTH_MM["dry"] / 10.0
"""A load that fills less of the width is denser than is stated here."""

MOST = 3


def dense_places(seen: Weighing, pitch_mm: float, kg_m3: float) -> tuple[tuple[Box, float], ...]:
    """The largest places where more than so many kg would stand in each m3 even if the load filled the whole width, with the most there.

    Boxes hold the squares whose means reach ``kg_m3``, in pixels of the scan. Nothing where nothing was weighed.
    """
    if (
        seen.areal_hw is None
        or seen.areal_box is None
        or not seen.areal_hw.size
        or not np.isfinite(seen.areal_hw).all()
    ):
        return ()
    rows, columns = seen.areal_hw.shape
    x0, y0, x1, y1 = seen.areal_box
    wide, high = (max(1, round(WINDOW_MM / mm)) for mm in ((x1 - x0) / columns * pitch_mm, (y1 - y0) / rows * pitch_mm))
    if rows < high or columns < wide:
        return ()
    density_hw = _means(seen.areal_hw, wide, high) / np.float32(WIDTH_CM / 1000.0)
    hit_hw = np.pad((density_hw > kg_m3).astype(np.uint8), ((0, high - 1), (0, wide - 1)))
    if not hit_hw.any():
        return ()
    # Each square's upper left corner stands for the whole of it.
    whole_hw = cv2.dilate(hit_hw, np.ones((high, wide), np.uint8), anchor=(wide - 1, high - 1), borderValue=0)
    found = bounds(whole_hw.astype(np.bool_), seen.areal_box, 0.0, MOST)
    return tuple((box, _most(density_hw, box, seen.areal_box, (rows, columns), (wide, high))) for box in found)


def _means(areal_hw: FloatArray, wide: int, high: int) -> FloatArray:
    """Means over all squares that lie wholly within, by their upper left corners."""
    sums = cv2.integral(np.ascontiguousarray(areal_hw), sdepth=cv2.CV_64F)
    whole = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    return np.asarray(whole / (high * wide), np.float32)


def _most(density_hw: FloatArray, box: Box, whole: Box, shape: tuple[int, int], window: tuple[int, int]) -> float:
    """The densest square within a box."""
    (rows, columns), (wide, high) = shape, window
    left, right = (round((x - whole[0]) / (whole[2] - whole[0]) * columns) for x in (box[0], box[2]))
    top, bottom = (round((y - whole[1]) / (whole[3] - whole[1]) * rows) for y in (box[1], box[3]))
    part = density_hw[top : max(top + 1, bottom - high + 1), left : max(left + 1, right - wide + 1)]
    return float(part.max())
