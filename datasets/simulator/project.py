"""Placing a side-view sprite into the fan beam: what is deep appears smaller, so edges fan out over rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.sprite import DepthSlice, Sprite
from scantally.detector.types import Box, FloatArray

STEP_MM = 95.0
"""Distance of the depths that a body's extent along the beam is divided into: at 5 m they shift a roof line by under 8 px."""

EDGE_G_CM2 = 0.25
"""Areal density from which a pixel counts as part of a thing: about a grey level of 255 at 6 MV."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A sprite's layers in picture pixels, its top left corner, and the box of what can be seen of it."""

    layers: dict[str, FloatArray]
    x: int
    y: int
    box: Box
    parts: tuple[tuple[str, Box], ...] = ()

    @property
    def total(self) -> FloatArray:
        """Areal density of all materials, (h, w) g/cm2."""
        total: FloatArray = np.sum(list(self.layers.values()), axis=0, dtype=np.float32)
        return total


def place(
    view: View, sprite: Sprite, x_mm: float, base_mm: float, z0: float, z1: float, step_mm: float = STEP_MM
) -> Placed:
    """Project a sprite that stands with its lower left corner at (x, height) and reaches from depth z0 to z1.

    Mass along the beam is taken as even over the depth, so each row of the sprite falls onto a band of rows; flat things under the
    roof need smaller steps of depth than loads, or their copies would not meet.
    """
    rows, columns = sprite.shape
    high, wide = rows * sprite.pitch_mm, columns * sprite.pitch_mm
    count = max(1, round((z1 - z0) / step_mm))
    depths = (z0 + (np.arange(count) + 0.5) * (z1 - z0) / count).astype(np.float32)
    top = min(view.row(base_mm + high, z) for z in (z0, z1))
    bottom = max(view.row(base_mm, z) for z in (z0, z1))
    y0, y1 = max(0, int(np.floor(top)) - 1), min(view.height, int(np.ceil(bottom)) + 1)
    left, right = _x_span(view, x_mm, wide, z0, z1)
    x0, x1 = max(0, left), min(view.width, right)
    if y1 <= y0 or x1 <= x0:
        return Placed(layers={}, x=0, y=0, box=(0.0, 0.0, 0.0, 0.0))
    matrix = _row_matrix(view, rows, sprite.pitch_mm, base_mm, depths, y0, y1)
    frame = (x0, x1)
    layers = {
        name: _projected(view, layer, sprite.pitch_mm, x_mm, frame, (z0, z1), matrix)
        for name, layer in sprite.layers.items()
    }
    box = _seen(np.sum(list(layers.values()), axis=0, dtype=np.float32), x0, y0)
    middle = (z0 + z1) / 2.0
    parts = tuple((p.label, _part_box(view, sprite, p.box, x_mm, base_mm, middle)) for p in sprite.parts)
    return Placed(layers=layers, x=x0, y=y0, box=box, parts=parts)


def _projected(
    view: View,
    layer: FloatArray,
    pitch: float,
    x_mm: float,
    frame: tuple[int, int],
    depths: tuple[float, float],
    matrix: FloatArray,
) -> FloatArray:
    """One layer in the picture's rows and the frame's columns; work is done only where the layer holds anything."""
    out = np.zeros((matrix.shape[0], frame[1] - frame[0]), np.float32)
    rows, columns = (np.flatnonzero(layer.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return out
    r0, r1, c0, c1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    start = x_mm + c0 * pitch
    left, right = _x_span(view, start, (c1 - c0) * pitch, *depths)
    x0, x1 = max(frame[0], left), min(frame[1], right)
    hit = np.flatnonzero(matrix[:, r0:r1].any(axis=1))
    if x1 <= x0 or not hit.size:
        return out
    y0, y1 = int(hit[0]), int(hit[-1]) + 1
    across = _columns(view, layer[r0:r1, c0:c1], pitch, start, x0, x1, *depths)
    for first in range(y0, y1, BLOCK):  # a row of the picture sees few rows of a sprite
        lines = slice(first, min(first + BLOCK, y1))
        seen = np.flatnonzero(matrix[lines, r0:r1].any(axis=0))
        if seen.size:
            low, high = int(seen[0]), int(seen[-1]) + 1
            out[lines, x0 - frame[0] : x1 - frame[0]] = matrix[lines, r0 + low : r0 + high] @ across[low:high]
    return out


BLOCK = 64
"""Rows or columns of the picture that are worked out at once."""


def place_slices(
    view: View,
    slices: Sequence[DepthSlice],
    x_mm: float,
    base_mm: float,
    z0: float,
    depth_mm: float,
    step_mm: float = STEP_MM,
) -> Placed:
    """Project a load by depth: each slice at its own scale, within ``depth_mm`` from z0 on; one ``Placed`` of all."""
    ends = [(z0 + s.near * depth_mm, z0 + s.far * depth_mm) for s in slices]
    placed = [place(view, s.sprite, x_mm, base_mm, *e, step_mm) for s, e in zip(slices, ends, strict=True)]
    return _together([p for p in placed if p.layers])


OBJECT_STEP_MM = 20.0
"""Steps of depth that an object's extent along the beam is divided into: a fan that rises by 0.5 shifts it by 10 mm."""


def place_object(view: View, sprite: Sprite, x_mm: float, base_mm: float, near_mm: float) -> Placed:
    """Project an object that begins at a depth: by its slices, else about the middle of the depth that it takes."""
    if sprite.slices:
        return place_slices(view, sprite.slices, x_mm, base_mm, near_mm, sprite.depth_mm, OBJECT_STEP_MM)
    middle, half = near_mm + sprite.depth_mm / 2, sprite.spread_mm / 2
    return place(view, sprite, x_mm, base_mm, middle - half, middle + half, OBJECT_STEP_MM)


def _together(placed: Sequence[Placed]) -> Placed:
    if not placed:
        return Placed(layers={}, x=0, y=0, box=(0.0, 0.0, 0.0, 0.0))
    shapes = [next(iter(p.layers.values())).shape for p in placed]
    x0, y0 = min(p.x for p in placed), min(p.y for p in placed)
    x1 = max(p.x + w for p, (_, w) in zip(placed, shapes, strict=True))
    y1 = max(p.y + h for p, (h, _) in zip(placed, shapes, strict=True))
    layers: dict[str, FloatArray] = {}
    for p, (h, w) in zip(placed, shapes, strict=True):
        for name, layer in p.layers.items():
            if name not in layers:
                layers[name] = np.zeros((y1 - y0, x1 - x0), np.float32)
            layers[name][p.y - y0 : p.y - y0 + h, p.x - x0 : p.x - x0 + w] += layer
    box = _seen(np.sum(list(layers.values()), axis=0, dtype=np.float32), x0, y0)
    return Placed(layers=layers, x=x0, y=y0, box=box, parts=tuple(part for p in placed for part in p.parts))


def _x_span(view: View, x_mm: float, wide: float, z0: float, z1: float) -> tuple[int, int]:
    ends = [view.column(x, z) for x in (x_mm, x_mm + wide) for z in (z0, z1)]
    return int(np.floor(min(ends))) - 1, int(np.ceil(max(ends))) + 1


def _columns(
    view: View, layer: FloatArray, pitch: float, x_mm: float, x0: int, x1: int, z0: float, z1: float
) -> FloatArray:
    """Resample along x to the picture's columns: an area average over the pixel and over the shift between the depths."""
    shift = abs(z1 - z0) * abs(view.yaw_tan)
    reach = max(view.x_pitch_mm, pitch) + shift
    middle = view.left_mm + (np.arange(x0, x1) + 0.5) * view.x_pitch_mm - (z0 + z1) / 2.0 * view.yaw_tan - x_mm
    ends = np.clip(np.stack([middle - reach / 2, middle + reach / 2]) / pitch, 0.0, layer.shape[1])
    source, out = np.ascontiguousarray(layer), np.zeros((layer.shape[0], x1 - x0), np.float32)
    for first in range(0, x1 - x0, BLOCK):
        block = slice(first, min(first + BLOCK, x1 - x0))
        low, high = ends[:, block]
        c0, c1 = int(low[0]), int(np.ceil(high[-1]))
        if c1 > c0:
            at = np.arange(c0, c1)[:, None]
            cover = np.clip(high - at, 0.0, 1.0) - np.clip(low - at, 0.0, 1.0)  # of each of the sprite's columns
            out[:, block] = source[:, c0:c1] @ (cover * (pitch / reach)).astype(np.float32)
    return out


def _row_matrix(
    view: View, rows: int, pitch: float, base_mm: float, depths: FloatArray, y0: int, y1: int
) -> FloatArray:
    """How much of each sprite row each picture row sees, averaged over the depths: (picture rows, sprite rows)."""
    edges = view.top_mm - np.arange(y0, y1 + 1) * view.pitch_mm  # of the picture's rows, above the source
    scales = (view.distance_mm / (view.distance_mm + depths.astype(np.float64)))[None, :]
    heights = edges[:, None] / scales - view.drop_mm - base_mm
    at = np.clip(rows - heights / pitch, 0.0, rows)  # the same edges in sprite rows, from its top: (edges, depths)
    weights = np.broadcast_to(scales * pitch / (view.pitch_mm * depths.size), at.shape)
    whole = at.astype(np.int64)
    index = (whole + np.arange(len(edges))[:, None] * (rows + 1)).ravel()
    size = len(edges) * (rows + 1)
    full = np.bincount(index, weights.ravel(), size).reshape(len(edges), rows + 1)
    part = np.bincount(index, (weights * (at - whole)).ravel(), size).reshape(len(edges), rows + 1)
    above = np.cumsum(full[:, ::-1], axis=1)[:, ::-1] - full + part  # of each sprite row, what lies above an edge
    matrix = np.asarray(np.diff(above[:, :rows], axis=0), np.float32)
    matrix[matrix < ROUNDING] = 0.0
    return matrix


ROUNDING = 1e-9
"""Shares of a row that are smaller are what sums of doubles leave of nothing."""


def _seen(total: FloatArray, x0: int, y0: int) -> Box:
    seen = (total > EDGE_G_CM2).astype(np.uint8)
    if not seen.any():
        return (0.0, 0.0, 0.0, 0.0)
    x, y, w, h = cv2.boundingRect(seen)
    return (float(x0 + x), float(y0 + y), float(x0 + x + w), float(y0 + y + h))


def _part_box(view: View, sprite: Sprite, box: Box, x_mm: float, base_mm: float, depth: float) -> Box:
    pitch, rows = sprite.pitch_mm, sprite.shape[0]
    return (
        view.column(x_mm + box[0] * pitch, depth),
        view.row(base_mm + (rows - box[1]) * pitch, depth),
        view.column(x_mm + box[2] * pitch, depth),
        view.row(base_mm + (rows - box[3]) * pitch, depth),
    )
