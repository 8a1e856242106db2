"""One container on a coarse grid: where its ends, its roof and its underside lie, and how rows and columns become millimetres."""

from dataclasses import dataclass

import cv2
import numpy as np

from scantally.detector.config.containers import WIDTH_MM, Build
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.types import BoolArray, Box, FloatArray

_BESIDE = (0.03, 0.06, 0.03, 0.02)  # of the box's size: how much more is cut out at the left, top, right and below
_AIR = (0.011, 0.036, 0.011, 0.012)  # of the box's size: air inside it (docs/decisions/0005)
_ROOF_BELOW = 0.93  # transmission of the roof's rail and nearer than that of air beside it
_POST_BELOW = 0.8  # transmission of a corner post
_TRUST = 0.8  # in a box's lower edge, which is known to about 1 % of its height
_BELOW_MM = (100.0, 500.0)  # how far the far side's underside may show below the near side's


@dataclass(frozen=True, kw_only=True, slots=True)
class Coarse:
    """Part of a scan on a grid of cells, ``factor`` pixels wide and high, whose corner lies at (left, top) of the scan."""

    bands_Bhw: FloatArray  # (B, h, w) transmission, low energy first
    left: int
    top: int
    factor: int

    def across(self, x: float) -> float:
        """A column of the scan as a column of the grid."""
        return (x - self.left) / self.factor

    def down(self, y: float) -> float:
        """A row of the scan as a row of the grid."""
        return (y - self.top) / self.factor


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """Where the container lies on the grid, in cells, and what a cell covers in the near wall's plane, in mm.

    ``underside`` is the row of the near side's underside. ``rows_mm_h`` is each row's height above it in the near wall's plane,
    ``rises_h`` the tangent of its beam's angle over the horizontal. ``drop_mm`` says how far the source stands below the underside.
    """

    left: float
    right: float
    roof: float
    underside: float
    wide_mm: float
    high_mm: float
    drop_mm: float
    distance_mm: float
    rows_mm_h: FloatArray
    rises_h: FloatArray

    @property
    def slants_h(self) -> FloatArray:
        """How much longer than straight across the beam's way is, for each row."""
        return np.asarray(np.sqrt(1.0 + self.rises_h**2), np.float32)

    def seen_mm(self, height_mm: float, depth_mm: float) -> float:
        """Height in the near wall's plane at which a height at a depth appears."""
        return (height_mm + self.drop_mm) * self.distance_mm / (self.distance_mm + depth_mm) - self.drop_mm

    def columns(self, from_left_mm: float, from_right_mm: float) -> slice:
        """Columns between two distances from the ends' outer faces."""
        first = round(self.left + from_left_mm / self.wide_mm)
        last = round(self.right - from_right_mm / self.wide_mm)
        return slice(max(0, first), max(0, last))


def shrink(bands_BHW: FloatArray, box: Box, pitch_mm: float, cell_mm: float) -> Coarse:
    """Cut a container out, with a little of what is beside it, and average it over cells."""
    _, height, width = bands_BHW.shape
    x0, y0, x1, y1 = box
    more = [share * size for share, size in zip(_BESIDE, (x1 - x0, y1 - y0) * 2, strict=True)]
    left, top = int(max(0.0, x0 - more[0])), int(max(0.0, y0 - more[1]))
    factor = max(1, round(cell_mm / pitch_mm))
    w, h = (int(min(width, x1 + more[2])) - left) // factor, (int(min(height, y1 + more[3])) - top) // factor
    bands = [
        cv2.resize(band[top : top + h * factor, left : left + w * factor], (w, h), interpolation=cv2.INTER_AREA)
        for band in bands_BHW
    ]
    return Coarse(bands_Bhw=np.stack(bands).astype(np.float32, copy=False), left=left, top=top, factor=factor)


def find_outline(coarse: Coarse, box: Box, pitch_mm: float, build: Build, settings: WeighingSettings) -> Outline | None:
    """The container's outline, found in the picture near its box; None when nothing there looks like a container's end or roof.

    The known length gives what a column covers, so a truck that drove faster than the scanner assumed does no harm.
    """
    seen_hw = coarse.bands_Bhw[-1]
    x0, y0, x1, y1 = coarse.across(box[0]), coarse.down(box[1]), coarse.across(box[2]), coarse.down(box[3])
    wide, high = x1 - x0, y1 - y0
    left, right = _ends(seen_hw, (x0, y0, x1, y1))
    if right - left < 0.5 * wide:
        return None
    roof = _roof(seen_hw, (left, y0, right, y1), flat=build.family == "flat_rack")
    high_mm = pitch_mm * coarse.factor
    underside = roof + build.height_mm / high_mm
    drop_mm = _drop((y1 - _AIR[3] * high - underside) * high_mm, settings)
    above_mm = np.asarray((underside - np.arange(seen_hw.shape[0]) - 0.5) * high_mm, np.float32)
    return Outline(
        left=left,
        right=right,
        roof=roof,
        underside=underside,
        wide_mm=build.length_mm / (right - left),
        high_mm=high_mm,
        drop_mm=drop_mm,
        distance_mm=settings.source_to_load_mm,
        rows_mm_h=above_mm,
        rises_h=np.asarray((above_mm + drop_mm) / settings.source_to_load_mm, np.float32),
    )


def _ends(seen_hw: FloatArray, box: Box) -> tuple[float, float]:
    """Outer faces of the corner posts: where the middle rows turn dark nearest to where the box says."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    rows = slice(int(y0 + 0.2 * high), max(int(y0 + 0.6 * high), int(y0 + 0.2 * high) + 1))
    dark_w: BoolArray = np.median(seen_hw[rows], axis=0) < _POST_BELOW
    begins = np.flatnonzero(dark_w[1:] & ~dark_w[:-1]) + 1.0
    stops = np.flatnonzero(dark_w[:-1] & ~dark_w[1:]) + 1.0
    guess = (x0 + _AIR[0] * wide, x1 - _AIR[2] * wide)
    return _nearest(begins, guess[0], 0.035 * wide), _nearest(stops, guess[1], 0.035 * wide)


def _nearest(places: FloatArray | np.ndarray, guess: float, reach: float) -> float:
    near = places[np.abs(places - guess) <= reach]
    return float(near[np.argmin(np.abs(near - guess))]) if near.size else guess


def _roof(seen_hw: FloatArray, box: Box, *, flat: bool) -> float:
    """Row of the near side's top: of its upper rail, or of a flat rack's corner posts."""
    left, y0, right, y1 = box
    high = y1 - y0
    if flat:
        post = max(2, round(0.01 * (right - left)))
        sides = (slice(int(left), int(left) + post), slice(int(right) - post, int(right)))
        profile_h = np.minimum(*(np.median(seen_hw[:, side], axis=1) for side in sides))
    else:
        inner = slice(int(left + 0.1 * (right - left)), int(right - 0.1 * (right - left)))
        profile_h = np.median(seen_hw[:, inner], axis=1)
    first, last = int(max(0.0, y0 - 0.03 * high)), int(y0 + 0.12 * high)
    hit = np.flatnonzero(profile_h[first:last] < (_POST_BELOW if flat else _ROOF_BELOW))
    return float(first + hit[0]) if hit.size else y0 + _AIR[1] * high


def _drop(below_mm: float, settings: WeighingSettings) -> float:
    """How far the source stands below the underside: by how far the far side shows below the near one, drawn to what is usual."""
    if below_mm <= 0.0:
        return settings.source_below_mm
    by_picture = float(np.clip(below_mm, *_BELOW_MM)) * (settings.source_to_load_mm + WIDTH_MM) / WIDTH_MM
    return float(np.clip(_TRUST * by_picture + (1.0 - _TRUST) * settings.source_below_mm, 300.0, 1500.0))
