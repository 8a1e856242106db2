"""What finds anomalies: how a cell of the network's map compares with the rest of its own scan, judged by a small head.

A cell is described four ways: by the network's features, by how they differ from those of the cells along it (its row of the load), by
its distance to the nearest of cells far from it in the same scan (self-similarity: what a load repeats is usual there, whatever it is),
and by what the picture shows in it. The head, three small convolutions, was fitted on solids of no particular kind projected into scans
(``training.anomalies``): it never saw an object of interest as one. numpy alone; nothing here knows a label of an object.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.detector.types import BoolArray, ByteArray, FloatArray

ROW_CELLS = (61, 3)
"""Columns and rows of cells whose mean is "along it": some 4.3 m of the load at 70 mm a cell."""

APART_CELLS = 9
"""Cells that are nearer along the container are not compared: they may show the same thing."""

LEVEL_CELLS = 4
"""Rows above and below a cell that it is compared with: things of a load lie at the same heights again."""

NEAREST = (1, 3)
"""Distances that describe a cell: to the nearest and the third nearest."""

UNIT, MIDDLE = np.float32(1.0 / 3.0), np.float32(1.5)
"""Distances times ``UNIT`` less ``MIDDLE`` are what the head is given: mostly between -1 and 1."""

DISTANCES = 2 * len(NEAREST)
"""Distances of a cell: NEAREST of single cells, and NEAREST of means over 3 x 3."""

PARTS = 4
STATISTICS = 9
"""Mean, deviation and least of each of three channels of the encoded picture, from PARTS x PARTS pixels a cell."""

LEAST_CELLS = 60
"""Of the inside of containers in a view: fewer tell nothing of what is usual there."""

SMOOTH_CELLS = 3

Weights: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Head:
    """Arrays of a fitted head. C channels of the map, K principal axes, I inputs, M hidden channels; all float32."""

    mean_C: Weights
    deviation_C: Weights
    axes_CK: Weights
    first_IM: Weights
    first_M: Weights
    middle_L33MM: Weights  # layer, row, column, from, to
    middle_LM: Weights
    last_M: Weights
    last: float
    straight_D: Weights  # log odds for each unit of the four distances, beside what the convolutions make of them

    @property
    def inputs(self) -> int:
        """How many values describe a cell."""
        return inputs_of(self.mean_C.size, self.axes_CK.shape[1])


def inputs_of(channels: int, axes: int) -> int:
    """How many values describe a cell of a map with so many channels, brought to so many principal axes."""
    return channels + axes + DISTANCES + STATISTICS


def described(features_CHW: FloatArray, statistics_HW9: FloatArray, inside_HW: BoolArray, head: Head) -> FloatArray:
    """The inputs of every cell, (h, w, I) float32.

    Args:
        features_CHW: the network's map.
        statistics_HW9: of the encoded picture that it was made from (``statistics``).
        inside_HW: which cells lie within a container; others describe nothing.
        head: says what is usual, and along which axes cells are compared.
    """
    channels, rows, columns = features_CHW.shape
    normal_NC = (features_CHW.reshape(channels, -1).T - head.mean_C) / head.deviation_C
    axes_HWK = np.asarray((normal_NC @ head.axes_CK).reshape(rows, columns, -1), np.float32)
    return np.concatenate(
        [
            normal_NC.reshape(rows, columns, channels),
            axes_HWK - along(axes_HWK, inside_HW),
            distances(axes_HWK, inside_HW) * UNIT - MIDDLE,
            statistics_HW9 * np.float32(3.0) - np.float32(1.0),
        ],
        axis=2,
        dtype=np.float32,
    )


def along(axes_HWK: FloatArray, inside_HW: BoolArray) -> FloatArray:
    """The mean of the cells beside each one along the container, (h, w, K); of the inside alone."""
    weight_HW = _blur(inside_HW.astype(np.float32))
    kept = np.where(inside_HW[..., None], axes_HWK, np.float32(0.0)).astype(np.float32)
    summed = np.stack([_blur(np.ascontiguousarray(kept[..., k])) for k in range(kept.shape[2])], axis=2)
    return np.asarray(summed / np.maximum(weight_HW, np.float32(1e-3))[..., None], np.float32)


def _blur(picture: FloatArray) -> FloatArray:
    return np.asarray(cv2.blur(picture, ROW_CELLS, borderType=cv2.BORDER_CONSTANT), np.float32)


def distances(axes_HWK: FloatArray, inside_HW: BoolArray) -> FloatArray:
    """How far each inside cell is from others of the same scan, (h, w, 4) float32: 0 outside and where there are too few.

    Distances to the nearest and the third nearest cell at about the same height, where loads repeat themselves, of single cells and of
    means over 3 x 3: all of them are compared but those that may show the same thing.
    """
    found = np.zeros((*inside_HW.shape, DISTANCES), np.float32)
    if np.count_nonzero(inside_HW) < LEAST_CELLS:
        return found
    wide_HWK = np.stack(
        [cv2.blur(np.ascontiguousarray(axes_HWK[..., k]), (3, 3)) for k in range(axes_HWK.shape[2])], axis=2
    )
    found[..., : len(NEAREST)] = _nearest(axes_HWK, inside_HW, inside_HW)
    asked_HW = every_other(inside_HW)
    found[..., len(NEAREST) :] = _filled(_nearest(wide_HWK, inside_HW, asked_HW), inside_HW, asked_HW)
    return found


def every_other(inside_HW: BoolArray) -> BoolArray:
    """Inside cells of even columns, and those of odd ones with none of them beside: means over 3 x 3 share most with the next ones."""
    even_HW = inside_HW.copy()
    even_HW[:, 1::2] = False
    beside_HW = np.zeros_like(inside_HW)
    beside_HW[:, 1:] |= even_HW[:, :-1]
    beside_HW[:, :-1] |= even_HW[:, 1:]
    return even_HW | (inside_HW & ~beside_HW)


def _filled(found_HWJ: FloatArray, inside_HW: BoolArray, asked_HW: BoolArray) -> FloatArray:
    """The mean of the cells at the left and the right for those that were not asked."""
    kept_HWJ = np.pad(found_HWJ * asked_HW[..., None], ((0, 0), (1, 1), (0, 0)))
    count_HW = np.pad(asked_HW.astype(np.float32), ((0, 0), (1, 1)))
    mean_HWJ = (kept_HWJ[:, :-2] + kept_HWJ[:, 2:]) / np.maximum(count_HW[:, :-2] + count_HW[:, 2:], 1.0)[..., None]
    return np.where((inside_HW & ~asked_HW)[..., None], mean_HWJ, found_HWJ).astype(np.float32)


def _nearest(cells_HWK: FloatArray, inside_HW: BoolArray, asked_HW: BoolArray) -> FloatArray:
    """Distances of the cells asked for to the NEAREST-th inside cells within LEVEL rows and at least APART columns away, (h, w, 2)."""
    rows, columns, _ = cells_HWK.shape
    square_HW = np.square(cells_HWK).sum(axis=2)
    closed: dict[bytes, NDArray[np.intp]] = {}  # most rows of a container have the same cells inside
    found = np.zeros((rows, columns, len(NEAREST)), np.float32)
    for row in range(rows):
        here = np.flatnonzero(asked_HW[row])
        if not here.size:
            continue
        band = slice(max(0, row - LEVEL_CELLS), row + LEVEL_CELLS + 1)
        there = np.flatnonzero(inside_HW[band].ravel())
        key = asked_HW[row].tobytes() + inside_HW[band].tobytes()
        if key not in closed:
            closed[key] = np.flatnonzero(np.abs(here[:, None] - there % columns) < APART_CELLS)
        # The squares of the others ride along as one more axis: a pass over all pairs costs more than the product.
        others_PK = cells_HWK[band].reshape(-1, cells_HWK.shape[2])[there] * np.float32(-2.0)
        others_PK = np.column_stack([others_PK, square_HW[band].ravel()[there]])
        own_NK = np.column_stack([cells_HWK[row, here], np.ones(here.size, np.float32)])
        square_NP = own_NK @ others_PK.T
        square_NP.ravel()[closed[key]] = np.inf
        far_NJ = np.sqrt(np.maximum(_least(square_NP) + square_HW[row, here, None], 0.0))
        found[row, here] = np.where(np.isfinite(far_NJ), far_NJ, 0.0)
    return found


def _least(values_NP: FloatArray) -> FloatArray:
    """The NEAREST-th least values of each row, (N, 2); what is given is used up. A few times the least: sorting parts takes five times as long."""
    rows_N = np.arange(values_NP.shape[0])
    found = np.empty((rows_N.size, len(NEAREST)), np.float32)
    last = min(max(NEAREST), values_NP.shape[1])
    for k in range(1, last + 1):
        at_N = values_NP.argmin(axis=1)
        for number, wanted in enumerate(NEAREST):
            if min(wanted, last) == k:
                found[:, number] = values_NP[rows_N, at_N]
        values_NP[rows_N, at_N] = np.inf
    return found


def statistics(picture_HW3: ByteArray, rows: int, columns: int) -> FloatArray:
    """What the encoded picture shows in each cell, (h, w, 9) in [0, 1]: mean, deviation and least of each channel.

    Of the picture shrunk to ``PARTS`` x ``PARTS`` pixels a cell: single pixels are noise.
    """
    small = cv2.resize(picture_HW3, (columns * PARTS, rows * PARTS), interpolation=cv2.INTER_AREA)
    cells = small.reshape(rows, PARTS, columns, PARTS, 3).astype(np.float32) / np.float32(255.0)
    return np.concatenate([cells.mean((1, 3)), cells.std((1, 3)), cells.min((1, 3))], axis=2, dtype=np.float32)


def judged(inputs_HWI: FloatArray, head: Head) -> FloatArray:
    """The head's answer for every cell, (h, w): log odds of not belonging there. Each layer looks twice as far as the one before.

    The distances count once more by themselves: of loads that nothing was fitted on they say more than the convolutions do.
    """
    cells: FloatArray = np.maximum(inputs_HWI @ head.first_IM + head.first_M, np.float32(0.0))
    for layer, (kernel_33MM, bias_M) in enumerate(zip(head.middle_L33MM, head.middle_LM, strict=True)):
        cells = np.maximum(_convolved(cells, kernel_33MM, 2**layer) + bias_M, np.float32(0.0))
    first = inputs_HWI.shape[2] - STATISTICS - DISTANCES
    straight_HW = inputs_HWI[..., first : first + DISTANCES] @ head.straight_D
    return np.asarray(cells @ head.last_M + straight_HW + np.float32(head.last), np.float32)


def _convolved(cells_HWM: FloatArray, kernel_33MM: Weights, reach: int) -> FloatArray:
    """A 3 x 3 convolution whose taps lie so many cells apart, with nothing around the map."""
    rows, columns = cells_HWM.shape[:2]
    padded = np.pad(cells_HWM, ((reach, reach), (reach, reach), (0, 0)))
    total = np.zeros((rows, columns, kernel_33MM.shape[3]), np.float32)
    for y in range(3):
        for x in range(3):
            tap = padded[y * reach : y * reach + rows, x * reach : x * reach + columns]
            total += tap @ kernel_33MM[y, x]
    return total


def smoothed(scores_HW: FloatArray, inside_HW: BoolArray) -> FloatArray:
    """Mean over 3 x 3 cells of the inside; minus infinity outside."""
    size = (SMOOTH_CELLS, SMOOTH_CELLS)
    kept = np.where(inside_HW, scores_HW, np.float32(0.0)).astype(np.float32)
    weight = cv2.blur(inside_HW.astype(np.float32), size, borderType=cv2.BORDER_CONSTANT)
    mean = cv2.blur(kept, size, borderType=cv2.BORDER_CONSTANT) / np.maximum(weight, np.float32(1e-6))
    return np.asarray(np.where(inside_HW, mean, -np.inf), np.float32)
