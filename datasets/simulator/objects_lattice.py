"""Boxes of like cells: packs in a case, notes in a bundle. Areal density by separable sums, whatever the number of cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.objects_common import SPACE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.detector.types import FloatArray

Counts = tuple[int, int, int]
Face = tuple[int, int, int]
FACES: tuple[Face, ...] = ((0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0), (2, 1, 0))
"""Which of a box's own axes lie along x, y and the beam."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A box in a cell, from ``low`` to ``high`` (mm from the cell's corner), of a material and a density in g/cm3."""

    material: str
    density: float
    low: Vector
    high: Vector


@dataclass(frozen=True, kw_only=True, slots=True)
class Lattice:
    """So many cells of a size (mm) with the same pieces, along the box's own three axes."""

    cell: Vector
    counts: Counts
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> Vector:
        """The whole box in mm."""
        a, b, c = (n * s for n, s in zip(self.counts, self.cell, strict=True))
        return (a, b, c)

    @property
    def mass_kg(self) -> float:
        """All pieces of all cells."""
        one = sum(p.density * float(np.prod(np.subtract(p.high, p.low))) for p in self.pieces)
        return one * float(np.prod(self.counts)) * 1e-6


def seen(size: Vector, face: Face) -> Vector:
    """A box's size along x, y and the beam when it is seen on a face."""
    return (size[face[0]], size[face[1]], size[face[2]])


def draw_lattice(
    lattice: Lattice, face: Face, pitch: float, canvas: Canvas | None = None, at: Vector = (0, 0, 0)
) -> Canvas:
    """Draw a lattice with its lower left corner at ``at`` on a canvas, or on one of its own size."""
    wide, high, deep = seen(lattice.size, face)
    canvas = canvas or Canvas.around(wide, high, pitch)
    for piece in lattice.pieces:
        x, y = (_stripes(lattice, piece, face[k], canvas, at[k], k) for k in (0, 1))
        axis = face[2]
        along = lattice.counts[axis] * (piece.high[axis] - piece.low[axis])
        canvas.layer(piece.material)[:] += (y[:, None] * x[None, :]) * np.float32(piece.density * along / MM_PER_CM)
    canvas.box(SPACE, (at[0], at[0] + wide, at[1], at[1] + high), deep / MM_PER_CM)
    return canvas


def _stripes(lattice: Lattice, piece: Piece, axis: int, canvas: Canvas, start: float, way: int) -> FloatArray:
    """Share of each pixel along one way that the piece covers, repeated from cell to cell."""
    n = canvas.width_px if way == 0 else canvas.height_px
    edges = np.arange(n + 1) * canvas.pitch - start
    period, low, high = lattice.cell[axis], piece.low[axis], piece.high[axis]
    edges = np.clip(edges, 0.0, period * lattice.counts[axis])
    whole = np.floor(edges / period)
    covered = whole * (high - low) + np.clip(edges - whole * period - low, 0.0, high - low)
    return np.asarray(np.diff(covered) / canvas.pitch, np.float32)


def walls(cell: Vector, thick: float, material: str, density: float) -> tuple[Piece, ...]:
    """The six sides of a cell, each of a thickness."""
    a, b, c = cell
    spans: Sequence[tuple[Vector, Vector]] = (
        ((0, 0, 0), (thick, b, c)),
        ((a - thick, 0, 0), (a, b, c)),
        ((thick, 0, 0), (a - thick, thick, c)),
        ((thick, b - thick, 0), (a - thick, b, c)),
        ((thick, thick, 0), (a - thick, b - thick, thick)),
        ((thick, thick, c - thick), (a - thick, b - thick, c)),
    )
    return tuple(Piece(material=material, density=density, low=low, high=high) for low, high in spans)


def case_around(canvas: Canvas, size: Vector, thick: float, material: str, density: float) -> None:
    """Walls of a case of an outer size (along x, y and the beam) around what a canvas holds, its corner at the origin."""
    box = Lattice(cell=size, counts=(1, 1, 1), pieces=walls(size, thick, material, density))
    draw_lattice(box, (0, 1, 2), canvas.pitch, canvas)
    canvas.layer(SPACE)[:] = np.minimum(canvas.layer(SPACE), np.float32(size[2] / MM_PER_CM))
