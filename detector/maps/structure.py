"""What an empty container looks like: its areal density row by row, from what its parts weigh."""

import numpy as np

from scantally.detector.config.containers import WIDTH_MM, Build
from scantally.detector.maps.outline import Outline
from scantally.detector.types import FloatArray

_INSET_MM = 60.0  # floor and roof reach from here to as far from the other side
_DEPTHS, _HEIGHTS = 60, 12  # parts that the floor is divided into, along the beam and upwards
_FLATTEST = 0.05  # no beam that is flatter is reckoned with: a sheet would be endless along it


def empty_container(outline: Outline, build: Build) -> FloatArray:
    """Areal density of walls, roof and floor straight across, (h,) g/cm2: walls everywhere, the rest where the fan shows it."""
    part = build.structure
    rows_h = np.full(outline.rows_mm_h.size, part.walls_g_cm2, np.float32)
    roof = (outline.rows_mm_h < build.height_mm - 20.0) & (outline.rows_mm_h > far_roof_mm(outline, build))
    # A level sheet is met at a slant: its way through is its thickness over the beam's rise.
    rows_h += np.where(roof, part.roof_g_cm2 / np.maximum(outline.rises_h, _FLATTEST), 0.0).astype(np.float32)
    return rows_h + _floor(outline, build)


def far_roof_mm(outline: Outline, build: Build) -> float:
    """Height in the near wall's plane at which the far side's roof appears."""
    return outline.seen_mm(build.height_mm, WIDTH_MM)


def _floor(outline: Outline, build: Build) -> FloatArray:
    """The floor's mass spread over the rows that show it, taken as even from the underside to its top."""
    part = build.structure
    depths = np.linspace(_INSET_MM, WIDTH_MM - _INSET_MM, _DEPTHS)
    heights = np.linspace(20.0, part.floor_mm - 5.0, _HEIGHTS)
    scale = outline.distance_mm / (outline.distance_mm + depths)
    seen = (heights[:, None] + outline.drop_mm) * scale[None, :] - outline.drop_mm
    edges = np.arange(seen.min() - outline.high_mm, seen.max() + 2 * outline.high_mm, outline.high_mm)
    share, _ = np.histogram(seen, edges)
    deep_cm, row_cm = (WIDTH_MM - 2 * _INSET_MM) / 10.0, outline.high_mm / 10.0
    # What stands deeper appears smaller, so that a square centimetre of the near plane covers more of it.
    areal = share / seen.size * part.floor_g_cm2 * deep_cm / row_cm * float(scale.mean())
    middles = edges[:-1] + outline.high_mm / 2.0
    return np.interp(outline.rows_mm_h, middles, areal, left=0.0, right=0.0).astype(np.float32)
