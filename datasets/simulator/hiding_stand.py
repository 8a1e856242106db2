"""What a scene's loads and objects take of a container's space: blocks, and loads by depth.

Lengths in mm: x from the first container's front, heights over the container's underside, depth from its near face.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from scantally.datasets.simulator.container import OUTER_WIDTH_MM
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.datasets.simulator.sprite import DepthSlice
from scantally.detector.types import FloatArray

SOLID_G_CM2 = 3.0
"""Areal density over a container's whole depth from which a load carries what lies on it: more than film or an empty crate."""

CLEAR_SHARE = 0.1
"""Share of that from which there is something at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """The block of space that an object takes."""

    x_mm: float
    base_mm: float
    size: Vector
    near_mm: float

    def meets(self, other: "Spot") -> bool:
        """Whether two blocks of space overlap."""
        mine, theirs = self._spans(), other._spans()
        return all(a0 < b1 and b0 < a1 for (a0, a1), (b0, b1) in zip(mine, theirs, strict=True))

    def _spans(self) -> tuple[tuple[float, float], ...]:
        starts = (self.x_mm, self.base_mm, self.near_mm)
        return tuple((a, a + s) for a, s in zip(starts, self.size, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """A load as it stands: its slices by depth, all of one size, from ``x_mm`` and ``base_mm`` on, ``depth_mm`` deep from ``near_mm``.

    ``memo`` keeps what ``solid`` found: a load is asked many times.
    """

    slices: tuple[DepthSlice, ...]
    x_mm: float
    base_mm: float
    near_mm: float
    depth_mm: float
    memo: dict[tuple[int, ...], FloatArray] = field(default_factory=dict, compare=False, repr=False)

    @property
    def pitch(self) -> float:
        """Of the slices, in mm."""
        return self.slices[0].sprite.pitch_mm

    @property
    def width_mm(self) -> float:
        """Along x."""
        return self.slices[0].sprite.shape[1] * self.pitch

    def spans(self) -> Iterator[tuple[DepthSlice, float, float]]:
        """Each slice with the depths between which it lies."""
        for part in self.slices:
            yield part, self.near_mm + part.near * self.depth_mm, self.near_mm + part.far * self.depth_mm

    def solid(self, near: float, far: float) -> FloatArray:
        """Areal density over the threshold that carries, of the slices between two depths, (h, w); rows from the top."""
        key = tuple(k for k, (_, z0, z1) in enumerate(self.spans()) if z1 > near and z0 < far)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._solid(key)
        return found

    def _solid(self, key: tuple[int, ...]) -> FloatArray:
        if not key:
            return np.zeros(self.slices[0].sprite.shape, np.float32)
        deep = sum(self.slices[k].far - self.slices[k].near for k in key) * self.depth_mm
        total = self.slices[key[0]].sprite.total
        for k in key[1:]:
            total = total + self.slices[k].sprite.total
        return total / np.float32(SOLID_G_CM2 * max(deep, 1.0) / OUTER_WIDTH_MM)


def tops(solid_HW: FloatArray, pitch: float) -> FloatArray:
    """Height of the topmost solid pixel of each column, (W,) in mm; 0 where there is none."""
    there = solid_HW > 1.0
    first = np.argmax(there, axis=0)
    height = (there.shape[0] - first) * pitch
    return np.where(there.any(axis=0), height, 0.0).astype(np.float32)


def height_in(load: Stand, x0: float, x1: float, near: float, far: float) -> float:
    """How high a load reaches between two places and two depths, 0 where it is not."""
    first, last = int((x0 - load.x_mm) / load.pitch) - 1, int((x1 - load.x_mm) / load.pitch) + 2
    if x1 <= load.x_mm or x0 >= load.x_mm + load.width_mm:
        return 0.0
    there = load.solid(near, far)[:, max(first, 0) : max(last, 0)] > CLEAR_SHARE
    rows = np.flatnonzero(there.any(axis=1))
    return float((there.shape[0] - int(rows[0])) * load.pitch) if rows.size else 0.0
