"""How a container's space falls onto the scan: a vertical fan beam from a low source, and a truck that drives by.

Lengths are in mm. Places are (x, height, depth): x along the truck from the container's front, height above the
container's underside, depth from the near wall (0) to the far wall. The source stands below the underside by ``drop`` and
``distance`` before the near wall, so a point at depth z appears, measured above the source's own height in the near
wall's plane, at (height + drop) * distance / (distance + z): the roof is seen from below as a strip. A fan that is not
quite square to the road shifts what lies deeper along x by z * tan(yaw).
"""

from dataclasses import dataclass

import numpy as np

from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The projection and the picture it falls on. ``x_pitch_mm`` is larger than ``pitch_mm`` when x is squeezed."""

    width: int
    height: int
    pitch_mm: float
    x_pitch_mm: float
    left_mm: float  # x of the picture's left rim
    top_mm: float  # above the source, in the near wall's plane, of the picture's top rim
    distance_mm: float
    drop_mm: float
    yaw_tan: float

    def scale(self, depth_mm: float) -> float:
        """How much smaller than at the near wall things at a depth appear."""
        return self.distance_mm / (self.distance_mm + depth_mm)

    def column(self, x_mm: float, depth_mm: float = 0.0) -> float:
        """Column (not rounded) of a place."""
        return (x_mm + depth_mm * self.yaw_tan - self.left_mm) / self.x_pitch_mm

    def row(self, height_mm: float, depth_mm: float = 0.0) -> float:
        """Row (not rounded) of a place."""
        return (self.top_mm - (height_mm + self.drop_mm) * self.scale(depth_mm)) / self.pitch_mm

    def rises(self) -> FloatArray:
        """Tangent of the beam's angle over the horizontal for each row, (H,)."""
        above = self.top_mm - (np.arange(self.height, dtype=np.float32) + 0.5) * self.pitch_mm
        return np.asarray(above / self.distance_mm, np.float32)

    def slants(self) -> FloatArray:
        """How much longer than straight across the beam's way through a depth is, for each row, (H,)."""
        return np.asarray(np.sqrt(1.0 + self.rises() ** 2), np.float32)
