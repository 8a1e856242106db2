"""Side guides of terminal trailers: plates beside a container's foot that are no load."""

import cv2
import numpy as np

from scantally.detector.maps.outline import Outline
from scantally.detector.types import BoolArray, FloatArray

HEIGHTS_MM = (180.0, 600.0)
"""Where a guide's upper edge may lie over the underside: 320 to 520 mm in real scans (datasets/labels/ajna_notes.md)."""

STEP_G_CM2 = (9.0, 28.0)
"""A plate of 11 to 36 mm of steel."""

LEAST_MM = 1500.0
"""Guides that are shorter are left in: they weigh some ten kg, and a load's own edges are more often as short."""

FREE_SHARE = 0.06
"""Of the length at each end: guides stand clear of the corner posts, loads begin there."""

_RAIL_MM = 42.0  # a guide's upper rim is a rail
_RAIL_SHARE = 0.6  # so much more than the plate
_AROUND_MM = 400.0  # an edge goes on for so long, nearly everywhere
_GAP_MM = 200.0  # uprights may break an edge for so long


def guides(load_hw: FloatArray, outline: Outline, inside: slice) -> FloatArray:
    """Areal density of guides straight across, (h, w) g/cm2, zero where there are none.

    A guide's upper edge is level and sharp: above it and below it the load goes on evenly. A load's own upper edge fans out
    over many rows, because its far side appears lower.

    Args:
        load_hw: what stands in the beam beside the empty container, g/cm2.
        outline: of the container.
        inside: columns between the ends.
    """
    found_hw = np.zeros_like(load_hw)
    step_w, row_w = _edges(load_hw, outline)
    hit_w = (row_w >= 0) & _clear_of_ends(row_w.size, inside)
    gap = np.ones((1, int(_GAP_MM / outline.wide_mm) | 1), np.uint8)
    joined = cv2.morphologyEx(hit_w.astype(np.uint8)[None], cv2.MORPH_CLOSE, gap)
    count, label_1w = cv2.connectedComponents(joined)
    for number in range(1, count):
        columns = np.flatnonzero(label_1w[0] == number)
        if columns.size * outline.wide_mm >= LEAST_MM:
            _draw(found_hw, columns, columns[hit_w[columns]], step_w, row_w, outline)
    return found_hw


def _clear_of_ends(width: int, inside: slice) -> BoolArray:
    free = FREE_SHARE * (inside.stop - inside.start)
    at = np.arange(width)
    return np.asarray((at > inside.start + free) & (at < inside.stop - free), np.bool_)


def _edges(load_hw: FloatArray, outline: Outline) -> tuple[FloatArray, FloatArray]:
    """For each column the highest sharp step down into a guide, g/cm2, and its row; row -1 where there is none."""
    width = load_hw.shape[1]
    best_w, row_w = np.zeros(width, np.float32), np.full(width, -1.0, np.float32)
    above = round(100.0 / outline.high_mm) + 2
    low, high = HEIGHTS_MM
    around = int(_AROUND_MM / outline.wide_mm) | 1
    sums_hw = np.cumsum(load_hw, axis=0, dtype=np.float32)
    for row in np.flatnonzero((outline.rows_mm_h > low) & (outline.rows_mm_h < high)):
        if row < above:
            continue
        step_w, sharp_w = _step(sums_hw, int(row), outline.high_mm)
        level_w = cv2.blur(sharp_w.astype(np.float32)[None], (around, 1))[0] > 0.8
        wide_w = cv2.dilate(level_w.astype(np.uint8)[None], np.ones((1, around), np.uint8))[0] > 0
        use_w = wide_w & sharp_w & (step_w > best_w)
        best_w[use_w], row_w[use_w] = step_w[use_w], row
    return best_w, row_w


def _step(sums_hw: FloatArray, row: int, high_mm: float) -> tuple[FloatArray, BoolArray]:
    """By how much a row's lower side is denser than its upper side beyond the load's own trend, and where that is sharp.

    ``sums_hw`` holds each column's sums from the top down.
    """
    last = sums_hw.shape[0] - 1

    def mean(near_mm: float, far_mm: float) -> FloatArray:
        first = min(row + round(near_mm / high_mm), last - 1)
        stop = min(max(first + 1, row + round(far_mm / high_mm)), last)
        band: FloatArray = (sums_hw[stop - 1] - sums_hw[first - 1]) / (stop - first)
        return band

    above, higher, rail = mean(-45.0, -12.0), mean(-100.0, -60.0), mean(0.0, 40.0)
    below, lower = mean(55.0, 95.0), mean(105.0, 145.0)
    step = np.asarray(below - above - 0.5 * ((above - higher) * 1.1 + (lower - below) * 1.6), np.float32)
    even = 0.35 * np.maximum(step, 1.0) + 3.0
    sharp = (step > STEP_G_CM2[0]) & (step < STEP_G_CM2[1]) & (rail - above > 6.0)
    return step, sharp & (np.abs(lower - below) < even) & (np.abs(above - higher) < even)


def _draw(
    found_hw: FloatArray,
    columns: FloatArray | np.ndarray,
    sure: FloatArray | np.ndarray,
    step_w: FloatArray,
    row_w: FloatArray,
    outline: Outline,
) -> None:
    """A plate of one thickness with its rail, from its upper edge down to the underside."""
    thick = float(np.median(step_w[sure]))
    edge = np.interp(columns, sure, cv2.medianBlur(row_w[sure][None], 5)[0])
    rows = np.arange(found_hw.shape[0])[:, None]
    plate = (rows >= edge[None]) & (outline.rows_mm_h[:, None] > 0.0)
    rail = plate & (rows < edge[None] + _RAIL_MM / outline.high_mm)
    found_hw[:, columns] += np.where(plate, thick, 0.0) + np.where(rail, _RAIL_SHARE * thick, 0.0)
