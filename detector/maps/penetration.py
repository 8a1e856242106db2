"""Where the beam got through one container, and whether its inside looks filled."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.types import BoolArray, Box, FloatArray, Penetration

_CELLS_HIGH = 100  # regions are found on a grid of about this many cells over the box's shorter side
_MIN_CELL_PX = 4
_SAMPLES = 100_000  # pixels that are enough for a percentile


@dataclass(frozen=True, kw_only=True, slots=True)
class _View:
    """The part of the picture below one box; ``left`` and ``top`` are where it lies in the scan."""

    transmission_HW: FloatArray
    valid_HW: BoolArray
    left: int
    top: int


def penetration(
    transmission_HW: FloatArray,
    valid_HW: BoolArray,
    floor: float,
    box: Box | None,
    settings: PenetrationSettings | None = None,
) -> Penetration:
    """Judge how well the beam got through a container.

    Args:
        transmission_HW: the band that sees deepest, (H, W), in (0, 1], 1 is open beam.
        valid_HW: (H, W), False for dead rows and padding; they count for nothing.
        floor: smallest transmission that the file could store.
        box: the container, in pixels of the scan; None is the whole scan.
        settings: the rule; the shipped one when None.
    """
    rule = settings or PenetrationSettings()
    view = _crop(transmission_HW, valid_HW, box)
    valid = int(np.count_nonzero(view.valid_HW))
    if valid == 0 or valid < rule.min_valid_share * view.valid_HW.size:
        return _nothing("most of the picture here is padding or dead detector rows")
    opaque_HW = (view.transmission_HW <= opaque_limit(floor, rule)) & view.valid_HW
    dense_share = float(np.count_nonzero(opaque_HW) / valid)
    why = _why_not(view, dense_share, rule)
    return Penetration(
        dense_share=dense_share,
        dense_boxes=_regions(opaque_HW, view, rule),
        filled_share=0.0 if why else _filled_share(view, rule),
        judgeable=why is None,
        why=why,
    )


def opaque_limit(floor: float, settings: PenetrationSettings) -> float:
    """Transmission at and below which the beam counts as stopped, for a file whose smallest step is ``floor``."""
    return max(settings.opaque_levels * floor, settings.opaque_transmission)


def _crop(transmission_HW: FloatArray, valid_HW: BoolArray, box: Box | None) -> _View:
    height, width = valid_HW.shape
    x0, y0, x1, y1 = box or (0, 0, width, height)
    left, right = (int(np.clip(round(x), 0, width)) for x in (x0, x1))
    top, bottom = (int(np.clip(round(y), 0, height)) for y in (y0, y1))
    part = (slice(top, bottom), slice(left, right))
    return _View(transmission_HW=transmission_HW[part], valid_HW=valid_HW[part], left=left, top=top)


def _nothing(why: str) -> Penetration:
    return Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.0, judgeable=False, why=why)


def _why_not(view: _View, dense_share: float, rule: PenetrationSettings) -> str | None:
    """Why the picture as a whole says nothing, or None."""
    if dense_share > rule.black_share:
        return "the picture is black and no beam got through"
    t_K = _sample(view.transmission_HW, view.valid_HW)
    if np.count_nonzero(t_K > rule.open_beam_level) > rule.white_share * t_K.size:
        return "the picture shows open beam only and no container"
    dark, bright = np.percentile(t_K, (1, 99))
    if bright - dark < rule.min_contrast:
        return "the picture is one even grey"
    return None


def _filled_share(view: _View, rule: PenetrationSettings) -> float:
    """Share of the inside, without rim and floor band, that is clearly darker than the bare walls."""
    height, width = view.valid_HW.shape
    side, top = int(width * rule.side_margin), int(height * rule.side_margin)
    inside = (slice(top, max(top + 1, int(height * (1 - rule.floor_band)))), slice(side, max(side + 1, width - side)))
    t_K = _sample(view.transmission_HW[inside], view.valid_HW[inside])
    if t_K.size == 0:
        return 0.0
    wall = max(float(np.percentile(t_K, rule.brightest_percentile)), rule.wall_level)
    return float(np.count_nonzero(t_K < rule.filled_below * wall) / t_K.size)


def _sample(t_HW: FloatArray, valid_HW: BoolArray) -> FloatArray:
    """Values of valid pixels, thinned evenly: a percentile needs no more."""
    step = max(1, math.ceil((t_HW.size / _SAMPLES) ** 0.5))
    values_K: FloatArray = t_HW[::step, ::step][valid_HW[::step, ::step]]
    return values_K


def _regions(opaque_HW: BoolArray, view: _View, rule: PenetrationSettings) -> tuple[Box, ...]:
    """Boxes of connected opaque regions in pixels of the scan, largest first, found on a coarse grid."""
    height, width = opaque_HW.shape
    cell = max(_MIN_CELL_PX, min(height, width) // _CELLS_HIGH)
    size = (-(-width // cell), -(-height // cell))
    opaque_hw, valid_hw = (
        cv2.resize(mask_HW.view(np.uint8) * np.float32(1), size, interpolation=cv2.INTER_AREA)
        for mask_HW in (opaque_HW, view.valid_HW)
    )
    # Detector rows that are weak or left out must not cut one load into slices.
    grid_hw = cv2.morphologyEx((opaque_hw > 0.5 * valid_hw).view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, _, stats_N5, _ = cv2.connectedComponentsWithStats(grid_hw, connectivity=8)
    scale = np.array([width / grid_hw.shape[1], height / grid_hw.shape[0]])
    found = [stats_N5[i] for i in range(1, count) if stats_N5[i][4] >= rule.min_region_share * grid_hw.size]
    found.sort(key=lambda s: (-int(s[4]), int(s[0]), int(s[1])))
    return tuple(_box(s[:2] * scale, (s[:2] + s[2:4]) * scale, view) for s in found[: rule.max_regions])


def _box(low_xy: NDArray[np.float64], high_xy: NDArray[np.float64], view: _View) -> Box:
    x0, y0 = (float(round(v)) for v in low_xy)
    x1, y1 = (float(round(v)) for v in high_xy)
    return (x0 + view.left, y0 + view.top, x1 + view.left, y1 + view.top)
