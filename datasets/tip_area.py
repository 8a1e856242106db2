"""Area averages of a layer on another grid, columns first: a slice that stands at several depths keeps its columns at each."""

import numpy as np

from scantally.detector.physics.attenuation import Float64
from scantally.detector.types import FloatArray


def summed_columns(layer: FloatArray, at_x: Float64) -> Float64:
    """(H + 1, W): a layer's sums from its top down, averaged between column edges (W + 1) in its own pixels; nothing lies beyond its rim."""
    summed = np.pad(np.cumsum(np.cumsum(layer, axis=0, dtype=np.float64), axis=1), ((1, 0), (1, 0)))
    return np.asarray(np.diff(_between(summed, at_x, 1), axis=1) / np.diff(at_x)[None, :], np.float64)


def averaged_rows(summed: Float64, at_y: Float64) -> FloatArray:
    """(h, W): averages between row edges (h + 1) of what ``summed_columns`` gives."""
    rows = np.diff(_between(summed, at_y, 0), axis=0) / np.diff(at_y)[:, None]
    return np.asarray(np.maximum(rows, 0.0), np.float32)


def _between(summed: Float64, edges: Float64, axis: int) -> Float64:
    """Values along an axis at edges that lie between pixels."""
    place = np.clip(edges, 0.0, summed.shape[axis] - 1.0)
    whole = np.minimum(place.astype(np.int64), summed.shape[axis] - 2)
    part = np.expand_dims(place - whole, 1 - axis)
    return np.asarray(np.take(summed, whole, axis) * (1.0 - part) + np.take(summed, whole + 1, axis) * part, np.float64)
