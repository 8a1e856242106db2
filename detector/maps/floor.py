"""A floor that is thicker than its ISO type's: an even layer over the bare part of a container's floor, as far as no load stands on it.

What an empty container of the type shows is taken off the scan before (``structure.empty_container``), so that what is left over the
floor is more than its type has. Source and detectors see a raised floor's near edge highest, and its far side lower, by perspective: the
layer's upper edge in the near wall's plane is the raised floor's.
"""

import cv2
import numpy as np

from scantally.detector.config.containers import Build
from scantally.detector.maps.outline import Coarse, Outline
from scantally.detector.maps.structure import far_roof_mm
from scantally.detector.types import BoolArray, Box, FloatArray, ThickFloor

LAYER_G_CM2 = 2.5
"""So much beyond the empty container is a layer; boards of 18 mm, seen at their usual slant, have 4 and more, a reefer's T bars 1.6."""

BARE_G_CM2 = 1.0
"""Less than this, straight across, is nothing that stands on the floor."""

OVER_MM = (450.0, 900.0)
"""Between these heights over the floor a column must be bare for its floor to be judged."""

LEAST_MM, MOST_MM = 60.0, 400.0
"""A layer that is less high is a floor's own unevenness; a higher one is no floor."""

BARE_SHARE = 0.4
"""Of the length so much must lie bare."""

EVEN_SHARE = 0.95
"""Of the bare columns so many must show the layer up to its edge: goods that are laid out leave gaps."""

END_SHARE = 0.06
"""Of the length at each end: a floor reaches there, the side guides of a trailer do not (``guides.FREE_SHARE``)."""

ALONG_MM = 300.0
"""Columns are averaged over so much: one cross member or joist more or less does not count."""


def thick_floor(
    load_hw: FloatArray, coarse: Coarse, outline: Outline, build: Build, columns: slice
) -> ThickFloor | None:
    """The layer over a floor; None where there is none, or too little of the floor lies bare to tell.

    Args:
        load_hw: what stands in the beam beside an empty container of the type, straight across, g/cm2, with a trailer's side guides: a
            layer's upper edge is as level and sharp as theirs.
        coarse: the grid that it lies on.
        outline: of the container on it.
        build: the container's type.
        columns: between the ends.
    """
    floor_mm = build.structure.floor_mm
    part_hw = np.ascontiguousarray(load_hw[:, columns])
    if build.family in ("flat_rack", "tank") or not part_hw.size:
        return None
    smooth_hw = cv2.blur(part_hw, (int(ALONG_MM / outline.wide_mm) | 1, 1))
    bare_w = _bare(smooth_hw, outline, build)
    if float(bare_w.mean()) < BARE_SHARE:
        return None
    over_h = np.asarray(outline.rows_mm_h - floor_mm, np.float32)
    low_h = (over_h > 0.0) & (over_h < MOST_MM)
    thicker_mm = _reach(over_h[low_h], _even(smooth_hw[low_h] >= LAYER_G_CM2, bare_w))
    if thicker_mm < LEAST_MM or thicker_mm >= MOST_MM - 2 * outline.high_mm:
        return None
    at = np.flatnonzero(bare_w)
    top, bottom = (coarse.top + _row(outline, mm) * coarse.factor for mm in (floor_mm + thicker_mm, floor_mm))
    first, last = (coarse.left + (columns.start + int(at[k]) + k % 2) * coarse.factor for k in (0, -1))
    box: Box = (float(first), float(top), float(last), float(bottom))
    return ThickFloor(box=box, thicker_mm=float(thicker_mm), bare_share=float(bare_w.mean()))


def _bare(smooth_hw: FloatArray, outline: Outline, build: Build) -> BoolArray:
    low, high = (build.structure.floor_mm + mm for mm in OVER_MM)
    rows_h = (outline.rows_mm_h > low) & (outline.rows_mm_h < min(high, far_roof_mm(outline, build)))
    if not rows_h.any():
        return np.zeros(smooth_hw.shape[1], np.bool_)
    return np.asarray(smooth_hw[rows_h].mean(axis=0) < BARE_G_CM2, np.bool_)


def _even(layer_hw: BoolArray, bare_w: BoolArray) -> BoolArray:
    """Rows that show the layer nearly everywhere where the floor is bare, and as nearly everywhere at both ends, as far as these are bare."""
    side = max(1, round(END_SHARE * bare_w.size))
    even_h: BoolArray = layer_hw[:, bare_w].mean(axis=1) >= EVEN_SHARE
    for end in (slice(0, side), slice(bare_w.size - side, bare_w.size)):
        if bare_w[end].any():
            even_h &= layer_hw[:, end][:, bare_w[end]].mean(axis=1) >= EVEN_SHARE
    return even_h


def _reach(high_mm_h: FloatArray, even_h: BoolArray) -> float:
    """Up to which height over the floor every row shows the layer, in mm; rows come from the highest down."""
    reached = 0.0
    for high, even in zip(high_mm_h[::-1], even_h[::-1], strict=True):
        if not even:
            break
        reached = float(high)
    return reached


def _row(outline: Outline, mm: float) -> float:
    return outline.underside - mm / outline.high_mm
