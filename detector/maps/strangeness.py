"""How strange the surroundings of a place are: the anomaly maps' mean level around it, on another grid."""

from collections.abc import Sequence

import cv2
import numpy as np

from scantally.detector.types import AnomalyMap, Box, FloatArray

USUAL = -4.0
"""Log odds that are taken for what is less strange, for the rim of a container, and where nothing was looked at."""


def strangeness(maps: Sequence[AnomalyMap], box: Box, shape: tuple[int, int], reach: int) -> FloatArray:
    """Mean log odds over squares of ``reach`` cells around each cell of a grid of this shape over ``box``, (h, w).

    Args:
        maps: of all views; where several show a cell the strangest counts, and those without levels show nothing.
        box: what the grid covers, in pixels of the scan.
        shape: rows and columns of the grid.
        reach: cells.
    """
    level_hw = np.full(shape, USUAL, np.float32)
    x_w, y_h = (
        low + (np.arange(n) + 0.5) * (high - low) / n
        for low, high, n in ((box[0], box[2], shape[1]), (box[1], box[3], shape[0]))
    )
    for one in maps:
        if one.level_hw is None or not one.level_hw.size:
            continue
        rows, columns = one.level_hw.shape
        x0, y0, x1, y1 = one.box
        row_h, column_w = (y_h - y0) / (y1 - y0) * rows, (x_w - x0) / (x1 - x0) * columns
        down, across = (row_h >= 0.0) & (row_h < rows), (column_w >= 0.0) & (column_w < columns)
        if down.any() and across.any():
            own = np.ix_(row_h[down].astype(np.intp), column_w[across].astype(np.intp))
            at = np.ix_(np.flatnonzero(down), np.flatnonzero(across))
            level_hw[at] = np.maximum(level_hw[at], one.level_hw[own])
    return np.asarray(cv2.blur(level_hw, (reach, reach), borderType=cv2.BORDER_REFLECT), np.float32)
