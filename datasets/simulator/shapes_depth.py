"""Drawing by depth: bodies cut by planes across the beam, so that each slice of a load holds what lies in it.

Depths are shares of the room that a load may fill, 0 next to the near wall; lengths are in mm, as in ``shapes``.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Window, chord
from scantally.datasets.simulator.shapes_solids import Solid, bounds, reach
from scantally.detector.types import FloatArray

Cut = tuple[Depths, float, float]  # a slice, and from where to where it reaches from a row's middle, mm

NEAR_CUTS = (-1.0, -0.8, -0.4, 0.4, 1.0)
"""Cuts of a round body in radii. The nearest row's rim is what a fan beam from below shows of a load's top, so it is cut finely."""

FAR_CUTS = (-1.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of round bodies of one diameter along x: where it lies in depth, and how it is cut."""

    depths: Depths
    cuts: tuple[Cut, ...]


def rows_of(count: int, depth_mm: float, deep_mm: float, shift: float = 0.5) -> list[Depths]:
    """Where ``count`` packages of a depth lie behind each other; ``shift`` shares out the free room before and after each.

    Where more than fit straight behind each other are asked for, they reach into each other's gaps.
    """
    step = depth_mm / count
    if deep_mm > step and count > 1:
        starts = [float(v) for v in np.linspace(0.0, max(depth_mm - deep_mm, 0.0), count)]
    else:
        starts = [i * step + shift * (step - deep_mm) for i in range(count)]
    return [_depths(s, min(s + deep_mm, depth_mm), depth_mm) for s in starts]


def round_rows(count: int, depth_mm: float, diameter_mm: float) -> list[Row]:
    """Rows of round bodies, the nearest cut into thin slices; a row of one diameter lies in the middle of its share."""
    found = []
    for i, depths in enumerate(rows_of(count, depth_mm, diameter_mm)):
        middle = (depths[0] + depths[1]) / 2 * depth_mm
        found.append(Row(depths=depths, cuts=_cuts(middle, diameter_mm / 2, depth_mm, FAR_CUTS if i else NEAR_CUTS)))
    return found


def _cuts(middle: float, radius: float, depth: float, at: Sequence[float]) -> tuple[Cut, ...]:
    ends = [(low * radius, high * radius) for low, high in itertools.pairwise(at)]
    return tuple((_depths(middle + a, middle + b, depth), a, b) for a, b in ends)


def even_cuts(middle: float, radius: float, depth_mm: float, count: int) -> tuple[Cut, ...]:
    """So many slices of one thickness through a round body, for small ones whose roundness shows."""
    return _cuts(middle, radius, depth_mm, [float(v) for v in np.linspace(-1.0, 1.0, count + 1)])


def _depths(near_mm: float, far_mm: float, depth_mm: float) -> Depths:
    """As shares, rounded so that the same slice always has the same key."""
    near, far = (round(min(max(v / depth_mm, 0.0), 1.0), 5) for v in (near_mm, far_mm))
    return near, max(far, near + 1e-4)


def between(half: FloatArray, low: float, high: float) -> FloatArray:
    """Path from ``low`` to ``high`` along the beam that lies within ``half`` of the middle plane."""
    path: FloatArray = np.maximum(np.minimum(half, np.float32(high)) - np.maximum(-half, np.float32(low)), 0)
    return path


@dataclass(frozen=True, kw_only=True, slots=True)
class Roll:
    """A hollow round body: material, g/cm3, radii and length in mm."""

    material: str
    density: float
    radius: float
    inner: float
    length: float


def upright(canvas: Canvas, roll: Roll, x: float, y: float, row: Row) -> None:
    """A roll that stands with its foot's middle at (x, y)."""
    where = canvas.window(x - roll.radius, x + roll.radius, y, y + roll.length)
    _turned(canvas, roll, row, where, where.x_1W - np.float32(x), _share(where.y_H1, y, y + roll.length, canvas.pitch))


def lengthwise(canvas: Canvas, roll: Roll, x: float, y: float, row: Row) -> None:
    """A roll that lies along the container from x on, its lowest line at y."""
    where = canvas.window(x, x + roll.length, y, y + 2 * roll.radius)
    middle = np.float32(y + roll.radius)
    _turned(canvas, roll, row, where, where.y_H1 - middle, _share(where.x_1W, x, x + roll.length, canvas.pitch))


def _turned(canvas: Canvas, roll: Roll, row: Row, where: Window, off: FloatArray, cover: FloatArray) -> None:
    outer, inner = (chord(off, r) * np.float32(0.5) for r in (roll.radius, roll.inner))
    for depths, low, high in row.cuts:
        canvas.turn_to(*depths)
        path = between(outer, low, high) - between(inner, low, high)
        canvas.add(roll.material, where, path * cover * np.float32(roll.density / MM_PER_CM))


def crosswise(canvas: Canvas, roll: Roll, x: float, y: float, depths: Depths) -> None:
    """A roll whose axis is the beam: a ring with its lowest point at (x, y) that fills a slice."""
    canvas.turn_to(*depths)
    canvas.stamp(ring(roll, canvas.pitch), x - roll.radius, y)


def ring(roll: Roll, pitch: float) -> Canvas:
    """What the beam meets of a roll along its axis; edges shared out to pixels by their distance."""
    stamp = Canvas.around(2 * roll.radius, 2 * roll.radius, pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    away = np.sqrt(np.square(where.x_1W - np.float32(roll.radius)) + np.square(where.y_H1 - np.float32(roll.radius)))
    cover = np.clip((roll.radius - away) / pitch + 0.5, 0, 1) - np.clip((roll.inner - away) / pitch + 0.5, 0, 1)
    stamp.add(roll.material, where, (cover * (roll.length * roll.density / MM_PER_CM)).astype(np.float32))
    return stamp


def _share(centres: FloatArray, low: float, high: float, pitch: float) -> FloatArray:
    """Share of each pixel between two places."""
    covered = np.minimum(centres + pitch / 2, high) - np.maximum(centres - pitch / 2, low)
    share: FloatArray = (np.clip(covered, 0, None) / pitch).astype(np.float32)
    return share


def draw_deep(canvas: Canvas, solids: Sequence[Solid], depth_mm: float, spans: Sequence[Depths]) -> None:
    """Draw solids, z from 0 at the near wall to ``depth_mm``, each slice with what lies in it; slices must not overlap."""
    for solid, low, high in zip(solids, *bounds(solids), strict=True):
        where = canvas.window(low[0], high[0], low[1], high[1])
        if not where.x_1W.size or not where.y_H1.size:
            continue
        enter, leave = reach(solid, where.x_1W, where.y_H1)
        for near, far in spans:
            z0, z1 = near * depth_mm, far * depth_mm
            if high[2] > z0 and low[2] < z1:
                till = leave if high[2] <= z1 else np.minimum(leave, np.float32(z1))
                path = till - (enter if low[2] >= z0 else np.maximum(enter, np.float32(z0)))
                canvas.turn_to(near, far)
                canvas.add(solid.material, where, np.maximum(path, 0) * np.float32(solid.density / MM_PER_CM))


def even(count: int, near: float = 0.0, far: float = 1.0) -> list[Depths]:
    """So many slices of one thickness between two depths."""
    edges = [round(float(v), 5) for v in np.linspace(near, far, count + 1)]
    return list(itertools.pairwise(edges))
