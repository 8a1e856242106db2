"""Many like round bodies in rows, drawn at once: cartridges that stand, lie across the view or point along the beam.

Bodies that stand or lie are sums of rods and tubes whose areal density is a product of a profile across and a cover along, so a row costs
as much as one. Lengths in mm, densities in g/cm3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.detector.physics.attenuation import Float64
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """A rod, or a tube where it has an inner radius, from ``start`` on along the body's axis; the body's foot is at 0."""

    material: str
    density: float
    start: float
    length: float
    outer: float
    inner: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Bodies of a length: their axes' places across, the places where they begin along their axis, and how many are behind each other.

    Every second one along the axis points the other way where ``flip`` is set.
    """

    length: float
    across: Float64
    along: Float64
    behind: int
    flip: bool = False


def draw_rows(canvas: Canvas, body: Sequence[Ring], rows: Rows, *, lying: bool) -> None:
    """Bodies that stand (axis y), or lie across the view (axis x)."""
    sizes = (canvas.height_px, canvas.width_px) if lying else (canvas.width_px, canvas.height_px)
    for ring in body:
        path = _paths(sizes[0], canvas.pitch, rows.across, ring)
        spans = [_span(ring, at, rows, turned=rows.flip and k % 2 == 1) for k, at in enumerate(rows.along)]
        cover = _covers(sizes[1], canvas.pitch, spans) * (ring.density * rows.behind / MM_PER_CM)
        areal = path[:, None] * cover[None, :] if lying else cover[:, None] * path[None, :]
        canvas.layer(ring.material)[:] += areal.astype(np.float32)


def draw_ends(canvas: Canvas, body: Sequence[Ring], xs: Float64, ys: Float64, behind: int) -> None:
    """Bodies that point along the beam, at every x and every y; each pixel is the mean of 3 x 3 beams."""
    away = _nearest(canvas.height_px, canvas.pitch, ys)[:, None] + _nearest(canvas.width_px, canvas.pitch, xs)[None, :]
    for ring in body:
        hit = (away < ring.outer**2) & (away >= ring.inner**2)
        share = hit.reshape(canvas.height_px, 3, canvas.width_px, 3).sum(axis=(1, 3), dtype=np.float32) / np.float32(9)
        canvas.layer(ring.material)[:] += share * np.float32(ring.density * ring.length * behind / MM_PER_CM)


def _span(ring: Ring, at: float, rows: Rows, *, turned: bool) -> tuple[float, float]:
    low = at + (rows.length - ring.start - ring.length if turned else ring.start)
    return low, low + ring.length


def _paths(count: int, pitch: float, centres: Float64, ring: Ring) -> Float64:
    """Mean path through a row of tubes over each pixel, (count,), exact: the area of circles between the pixel's edges."""
    edges = np.arange(count + 1) * pitch - np.asarray(centres)[:, None]
    areas = _area(edges, ring.outer) - _area(edges, ring.inner)
    return np.asarray(np.diff(areas, axis=1).sum(axis=0) / pitch, np.float64)


def _area(at: Float64, radius: float) -> Float64:
    """Area of a circle left of a line, but for a constant."""
    if radius <= 0.0:
        return np.zeros_like(at)
    t = np.clip(at / radius, -1.0, 1.0)
    return np.asarray(radius**2 * (t * np.sqrt(1.0 - t**2) + np.arcsin(t)), np.float64)


def _covers(count: int, pitch: float, spans: Sequence[tuple[float, float]]) -> Float64:
    """How much of each pixel some spans cover together, (count,)."""
    low, high = (np.array([s[k] for s in spans])[:, None] for k in (0, 1))
    edges = np.clip(np.arange(count + 1) * pitch, low, high)
    return np.asarray(np.diff(edges, axis=1).sum(axis=0) / pitch, np.float64)


def _nearest(count: int, pitch: float, centres: Float64) -> FloatArray:
    """Square of the way to the nearest centre, of three places in each pixel, (3 count,)."""
    at = (np.arange(3 * count) + 0.5) * pitch / 3
    return np.asarray(np.min(np.abs(at[:, None] - np.asarray(centres)[None, :]), axis=1) ** 2, np.float32)
