"""Solids in three dimensions: convex bodies that are turned, moved and looked through.

A solid is what a set of half spaces leaves, cut further by one cylinder or ellipsoid if given. A beam crosses a convex
body once, so its path is the length between the last entry and the first exit. Bodies with holes are sums in which the hole
counts negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Window
from scantally.detector.types import FloatArray

Vector = tuple[float, float, float]
Matrix = NDArray[np.float64]
AXES = {"x": 0, "y": 1, "z": 2}
FAR = np.float32(1e6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Solid:
    """A convex body of one material. Arrays are float64, mm.

    ``planes`` (k, 4): points p with n.p <= c for each row (n, c). ``quadric`` (3, 3) and ``centre``: points with
    (p - centre)' Q (p - centre) <= 1. ``corners`` (m, 3): a hull that holds the body.
    """

    material: str
    density: float  # g/cm3; negative where this is a hole in another solid
    planes: Matrix
    corners: Matrix
    quadric: Matrix | None = None
    centre: Matrix | None = None

    def moved(self, rotation: Matrix, shift: Vector) -> "Solid":
        """Turned about the origin, then shifted."""
        by, back = np.array(shift), rotation.T
        planes = np.empty_like(self.planes)
        planes[:, :3] = self.planes[:, :3] @ back
        planes[:, 3] = self.planes[:, 3] + planes[:, :3] @ by
        return Solid(
            material=self.material,
            density=self.density,
            planes=planes,
            corners=self.corners @ back + by,
            quadric=None if self.quadric is None else rotation @ self.quadric @ back,
            centre=None if self.centre is None else rotation @ self.centre + by,
        )


def block(material: str, density: float, low: Vector, high: Vector) -> Solid:
    """A box from one corner to the opposite one."""
    a, b = np.minimum(low, high).astype(np.float64), np.maximum(low, high).astype(np.float64)
    planes = np.vstack([np.column_stack([np.eye(3), b]), np.column_stack([-np.eye(3), -a])])
    corners = np.array([[(a, b)[i][0], (a, b)[j][1], (a, b)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return Solid(material=material, density=density, planes=planes, corners=corners)


def prism(material: str, density: float, outline: Sequence[tuple[float, float]], z: tuple[float, float]) -> Solid:
    """A convex outline in x and y (either sense of turn), drawn out along z."""
    points = np.asarray(outline, np.float64)
    edges = np.roll(points, -1, axis=0) - points
    if np.sum(points[:, 0] * np.roll(points[:, 1], -1) - np.roll(points[:, 0], -1) * points[:, 1]) < 0:
        edges = -edges
    normals = np.column_stack([edges[:, 1], -edges[:, 0], np.zeros(len(points))])
    sides = np.column_stack([normals, np.sum(normals[:, :2] * points, axis=1)])
    ends = np.array([[0, 0, 1, max(z)], [0, 0, -1, -min(z)]], np.float64)
    corners = np.vstack([np.column_stack([points, np.full(len(points), v)]) for v in z])
    return Solid(material=material, density=density, planes=np.vstack([sides, ends]), corners=corners)


def cylinder(material: str, density: float, start: Vector, length: float, radius: float, axis: str = "x") -> Solid:
    """A rod from ``start`` along an axis."""
    i = AXES[axis]
    reach = np.full(3, radius)
    reach[i] = length / 2
    centre = np.asarray(start, np.float64)
    centre[i] += length / 2
    hull = block(material, density, tuple(centre - reach), tuple(centre + reach))
    quadric = np.diag([0.0 if k == i else radius**-2.0 for k in range(3)])
    ends = hull.planes[[i, i + 3]]
    return replace(hull, planes=ends, quadric=quadric, centre=centre)


def ball(material: str, density: float, centre: Vector, half_axes: Vector) -> Solid:
    """An ellipsoid."""
    c, h = np.asarray(centre, np.float64), np.asarray(half_axes, np.float64)
    hull = block(material, density, tuple(c - h), tuple(c + h))
    return replace(hull, planes=np.zeros((0, 4)), quadric=np.diag(h**-2.0), centre=c)


def tube(
    material: str, density: float, start: Vector, length: float, outer: float, inner: float, axis: str = "x"
) -> list[Solid]:
    """A pipe: a rod and the hole in it."""
    rod = cylinder(material, density, start, length, outer, axis)
    return [rod, cylinder(material, -density, start, length, inner, axis)]


def rotation(yaw: float, pitch: float, roll: float) -> Matrix:
    """Turn by roll about x, then pitch about y, then yaw about z (the beam), in radians."""
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (yaw, pitch, roll))
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    turned: Matrix = about_z @ about_y @ about_x
    return turned


def extent(solids: Sequence[Solid], pose: Matrix | None = None) -> tuple[Matrix, Matrix]:
    """Lowest and highest corner of the hulls, (3,) each, turned into a pose where one is given."""
    corners = np.concatenate([s.corners for s in solids])
    corners = corners if pose is None else corners @ pose.T
    return corners.min(axis=0), corners.max(axis=0)


def bounds(solids: Sequence[Solid]) -> tuple[list[Vector], list[Vector]]:
    """Lowest and highest corner of each hull, (x, y, z) in mm."""
    if not solids:
        return [], []
    starts = np.cumsum([0, *(len(s.corners) for s in solids[:-1])])
    corners = np.concatenate([s.corners for s in solids])
    lows, highs = (f.reduceat(corners, starts, axis=0).tolist() for f in (np.minimum, np.maximum))
    return [(x, y, z) for x, y, z in lows], [(x, y, z) for x, y, z in highs]


def draw_solids(canvas: Canvas, solids: Sequence[Solid], fine: int = 2) -> None:
    """Add solids to a canvas; each pixel is the mean of ``fine`` x ``fine`` beams."""
    for solid, (x0, y0, _), (x1, y1, _) in zip(solids, *bounds(solids), strict=True):
        where = canvas.window(x0, x1, y0, y1)
        if where.x_1W.size and where.y_H1.size:
            path = _mean_path(solid, where, canvas.pitch, fine)
            canvas.add(solid.material, where, path * np.float32(solid.density / MM_PER_CM))


def _mean_path(solid: Solid, where: Window, pitch: float, fine: int) -> FloatArray:
    if fine == 1:
        return path_through(solid, where.x_1W, where.y_H1)
    offsets = ((np.arange(fine) + 0.5) / fine - 0.5) * pitch
    x = (where.x_1W[0][:, None] + offsets).reshape(1, -1).astype(np.float32)
    y = (where.y_H1[:, 0][:, None] + offsets).reshape(-1, 1).astype(np.float32)
    path = path_through(solid, x, y)
    mean = path[0::fine].copy()
    for k in range(1, fine):
        mean += path[k::fine]
    total = mean[:, 0::fine].copy()
    for k in range(1, fine):
        total += mean[:, k::fine]
    total *= np.float32(fine**-2)
    return total


def path_through(solid: Solid, x_1W: FloatArray, y_H1: FloatArray) -> FloatArray:
    """Path of beams along z through a solid, in mm, (h, w)."""
    enter, leave = reach(solid, x_1W, y_H1)
    path: FloatArray = np.maximum(leave - enter, 0, out=leave)
    return path


def reach(solid: Solid, x_1W: FloatArray, y_H1: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Depths z where beams enter and leave a solid, in mm, (h, w) each; those that miss it leave before they enter."""
    shape = (y_H1.shape[0], x_1W.shape[1])
    enter, leave = np.full(shape, -FAR, np.float32), np.full(shape, FAR, np.float32)
    for nx, ny, nz, c in solid.planes.astype(np.float32):
        room = _linear(-nx, -ny, c, x_1W, y_H1)
        if abs(nz) < 1e-6:
            np.copyto(leave, -FAR, where=room < 0)
        elif nz > 0:
            np.minimum(leave, room / nz, out=leave)
        else:
            np.maximum(enter, room / nz, out=enter)
    if solid.quadric is not None and solid.centre is not None:
        low, high = _through_quadric(solid.quadric, solid.centre, x_1W, y_H1)
        np.maximum(enter, low, out=enter)
        np.minimum(leave, high, out=leave)
    return enter, leave


def _through_quadric(q: Matrix, centre: Matrix, x_1W: FloatArray, y_H1: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where beams along z enter and leave a quadric: roots of a z^2 + 2 b z + c = 0."""
    u, v = x_1W - np.float32(centre[0]), y_H1 - np.float32(centre[1])
    qf = q.astype(np.float32)
    a = np.float32(max(float(qf[2, 2]), 1e-12))  # a cylinder along the beam: a circle that beams cross from end to end
    b = _linear(qf[0, 2], qf[1, 2], np.float32(0.0), u, v)
    inside = a - a * _linear(qf[0, 0], qf[1, 1], np.float32(0.0), u * u, v * v)
    if qf[0, 1] != 0:
        inside = inside - (2 * a * qf[0, 1] * u) * v
    inside = inside + b * b
    half = np.sqrt(np.maximum(inside, 0)) / a
    middle = np.float32(centre[2]) - b / a
    missed = inside <= 0
    low, high = np.asarray(middle - half, np.float32), np.asarray(middle + half, np.float32)
    np.copyto(low, FAR, where=missed)
    np.copyto(high, -FAR, where=missed)
    return low, high


def _linear(nx: np.float32, ny: np.float32, c: np.float32, x_1W: FloatArray, y_H1: FloatArray) -> FloatArray:
    """nx x + ny y + c, not wider or higher than it changes: (1, 1), (1, W), (H, 1) or (H, W)."""
    along = c + nx * x_1W if nx else np.full((1, 1), c, np.float32)
    total: FloatArray = along + ny * y_H1 if ny else along
    return total
