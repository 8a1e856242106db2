"""What could not have been seen: for each place in a container the smallest blocks that would have been found there.

A block adds mu rho s to -ln T along the beam (Beer and Lambert; polychromatic, by the tables of ``physics.inverse``), as far down as the
file stores anything. Against that stands what the picture shows without it at the block's own scale: the root mean square of the
difference between a square of its size and the ring around it, over what surrounds the place. How both weigh was measured (``limits``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.detector.config.containers import CONTAINER_HEIGHT_MM
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.maps.limits import THREATS, Limit, Limits
from scantally.detector.maps.strangeness import strangeness
from scantally.detector.physics.attenuation import ENERGY_RANGE_MEV
from scantally.detector.physics.inverse import TABLE_ATTENUATION, areal_table, look_up
from scantally.detector.physics.spectra import Beam
from scantally.detector.types import AnomalyMap, BoolArray, Box, FloatArray, Inspectability, Scan

MATERIALS = {"steel": "steel", "brick": "cellulose"}
"""What blocks are of: bricks of organic goods attenuate as cellulose does, gram for gram, within some per cent (XCOM)."""

STEEL_G_CM3 = 7.85

USUAL_MV = 6.0
"""Taken where the scan does not say its energy: the commonest of cargo scanners."""

CELL_MM, PLACE_MM = 30.0, 120.0
"""Sides of the cells that clutter is measured on, and of those that sizes are stated for, about."""

EDGES = 9
"""Edges that are tried between the smallest and the largest."""

FOUND = 0.5
"""A block counts as one that would have been found where it would have been more often than not."""

AROUND_MM, ALONG_MM, NEAR_MM = (2000.0, 800.0), (12_000.0, 600.0), (1000.0, 1000.0)
"""Width and height of what clutter is measured over."""

STRANGE_MM = 1000.0
"""Side of the square over which the anomaly map is averaged: where much is strange one thing more stands out less, or more."""

FINE_MM, COARSE_MM = 60.0, 150.0
"""Scales at which the place's own unevenness is measured, whatever the block."""

SIDE, UNDER = 0.05, 0.14
"""Of a container's height: what is left out along its sides and its roof (rails and posts), and below (the floor and the air under it)."""

RIM_MM = 300.0
STOPPED_STEP = 0.5
_LEAST_CELLS = 12  # of a container's height: of a smaller picture nothing is said
_FLOOR = 1e-5
_TABLE = 2000

Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ground:
    """One container on a grid: -ln of each cell's mean transmission, a pixel's noise in it, and unevenness at two fixed scales."""

    dark_hw: FloatArray
    noise_hw: FloatArray
    fine_hw: FloatArray
    coarse_hw: FloatArray
    strange_hw: FloatArray  # log odds of the anomaly maps, over STRANGE_MM
    deepest: float  # -ln of the least that the file stores
    energy_mv: float
    cell_mm: float
    factor: int  # pixels a cell
    left: int
    top: int

    def cells(self, size_mm: float) -> int:
        """Cells that a size covers, at least one."""
        return max(1, round(size_mm / self.cell_mm))

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell that shows a pixel of the scan, or the nearest."""
        rows, columns = self.dark_hw.shape
        row, column = (y - self.top) // self.factor, (x - self.left) // self.factor
        return int(np.clip(row, 0, rows - 1)), int(np.clip(column, 0, columns - 1))

    @property
    def box(self) -> Box:
        """What the grid covers, in pixels of the scan."""
        rows, columns = self.dark_hw.shape
        right, bottom = self.left + columns * self.factor, self.top + rows * self.factor
        return (float(self.left), float(self.top), float(right), float(bottom))


def ground_of(scan: Scan, box: Box, maps: Sequence[AnomalyMap] = ()) -> Ground | None:
    """The grid of one container; None where it shows too small, or the tables do not hold the scan's energy.

    ``maps`` are the scan's anomaly maps.
    """
    pitch = scan.pitch_mm or CONTAINER_HEIGHT_MM / max(box[3] - box[1], 1.0)
    factor = max(1, round(CELL_MM / pitch))
    left, top = max(0, int(box[0])), max(0, int(box[1]))
    columns, rows = (min(scan.width, int(box[2])) - left) // factor, (min(scan.height, int(box[3])) - top) // factor
    energy = USUAL_MV if scan.energies_mv is None else float(scan.energies_mv[-1])
    if rows < _LEAST_CELLS or columns < _LEAST_CELLS or not ENERGY_RANGE_MEV[0] < energy <= ENERGY_RANGE_MEV[1]:
        return None
    part = scan.primary_HW[top : top + rows * factor, left : left + columns * factor]
    floor = max(scan.floor, _FLOOR)
    mean_hw = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    dark_hw = -np.log(np.maximum(mean_hw, np.float32(floor)))
    cell_mm = factor * pitch
    fine_hw, coarse_hw = (
        _clutter(_contrast(dark_hw, max(1, round(size / cell_mm)))[1], (reach, reach), cell_mm)
        for size, reach in ((FINE_MM, 500.0), (COARSE_MM, 1000.0))
    )
    return Ground(
        dark_hw=dark_hw,
        noise_hw=_noise(part, (columns, rows), floor),
        fine_hw=fine_hw,
        coarse_hw=coarse_hw,
        strange_hw=strangeness(
            maps,
            (float(left), float(top), float(left + columns * factor), float(top + rows * factor)),
            (rows, columns),
            max(1, round(STRANGE_MM / cell_mm)),
        ),
        deepest=float(-np.log(floor)),
        energy_mv=energy,
        cell_mm=cell_mm,
        factor=factor,
        left=left,
        top=top,
    )


def _noise(part_HW: FloatArray, size: tuple[int, int], floor: float) -> FloatArray:
    """Standard deviation of a pixel in -ln T: of neighbours' differences, root mean square, over each cell and those around."""
    some_HW = np.maximum(part_HW[::3], np.float32(floor))  # every third row says enough
    left_HW, right_HW = some_HW[:, :-1], some_HW[:, 1:]
    change_HW = np.minimum(np.square((right_HW - left_HW) / (0.5 * (right_HW + left_HW))), np.float32(1.0))
    mean_hw = cv2.blur(cv2.resize(change_HW, size, interpolation=cv2.INTER_AREA), (5, 5))
    return np.asarray(np.sqrt(np.maximum(mean_hw, 0.0) / 2.0), np.float32)


def _mean(picture_hw: FloatArray, cells: int, high: int | None = None) -> FloatArray:
    if cells == 1 and high in (1, None):
        return picture_hw
    return np.asarray(cv2.blur(picture_hw, (cells, high or cells), borderType=cv2.BORDER_REFLECT), np.float32)


def _contrast(dark_hw: FloatArray, cells: int) -> tuple[FloatArray, FloatArray]:
    """Mean over squares of so many cells, and its difference from the ring of three times the size."""
    square_hw = _mean(dark_hw, cells)
    ring_hw = (np.float32(9.0) * _mean(dark_hw, 3 * cells) - square_hw) / np.float32(8.0)
    return square_hw, square_hw - ring_hw


def _clutter(contrast_hw: FloatArray, reach_mm: tuple[float, float], cell_mm: float) -> FloatArray:
    """Root mean square of what is there without any block, over so much around each cell."""
    wide, high = (max(1, round(mm / cell_mm)) | 1 for mm in reach_mm)
    # Sums that slide along leave a little less than nothing where there is nothing.
    return np.sqrt(np.maximum(_mean(np.square(contrast_hw), wide, high), np.float32(0.0)))


def described(ground: Ground, threat: str, density: float, edge_mm: float, at: tuple[Places, Places]) -> FloatArray:
    """What a network of ``limits`` is given for a block with its middle at each of N cells: (N, I), in the order of INPUTS."""
    cells = ground.cells(edge_mm)
    square_hw, contrast_hw = _contrast(ground.dark_hw, cells)
    base_N = square_hw[at]
    step_N = _step(base_N, ground, threat, density * edge_mm / 10.0)
    clutter = [
        np.log(_clutter(contrast_hw, reach, ground.cell_mm)[at] + 0.01) for reach in (AROUND_MM, ALONG_MM, NEAR_MM)
    ]
    rows, columns = ground.dark_hw.shape
    row_N, column_N = at
    margin_N = np.minimum.reduce([row_N, rows - 1 - row_N, column_N, columns - 1 - column_N]) * ground.cell_mm
    inputs = (
        np.full(base_N.size, np.log(edge_mm)),
        np.log(np.maximum(step_N, 0.003)),
        *clutter,
        np.abs(contrast_hw[at]),
        base_N,
        np.log(ground.fine_hw[at] + 0.005),
        np.log(ground.coarse_hw[at] + 0.005),
        np.log(ground.noise_hw[at] + 0.001),
        row_N / rows,
        np.minimum(margin_N, RIM_MM) / RIM_MM,
        ground.strange_hw[at],
    )
    return np.stack(inputs, axis=1).astype(np.float32)


def _step(base_N: FloatArray, ground: Ground, threat: str, areal_g_cm2: float) -> FloatArray:
    """By how much a block darkens, in -ln T, behind what hardens the beam as its own material does, down to the file's darkest."""
    forth_N, back_N, most = _tables(ground.energy_mv, MATERIALS[threat])
    with_it_N = np.minimum(look_up(base_N, forth_N) + np.float32(areal_g_cm2), np.float32(most))
    at_N = with_it_N * np.float32((_TABLE - 1) / most)
    return np.asarray(np.minimum(np.interp(at_N, np.arange(_TABLE), back_N), ground.deepest) - base_N, np.float32)


def steel_mm(ground: Ground, at: tuple[int, int]) -> float:
    """Steel that would attenuate as what stands at a cell does, in mm."""
    areal = look_up(ground.dark_hw[at], _tables(ground.energy_mv, "steel")[0])
    return float(areal) / STEEL_G_CM3 * 10.0


def _stopped(ground: Ground, steel: Limit, at: tuple[Places, Places]) -> BoolArray:
    """Where the largest block adds hardly anything to -ln T, (N,): the file or the beam is at its end."""
    areal = steel.density_g_cm3 * steel.largest_mm / 10.0
    return np.asarray(_step(ground.dark_hw[at], ground, "steel", areal) < STOPPED_STEP, np.bool_)


@lru_cache(maxsize=16)
def _tables(energy_mv: float, material: str) -> tuple[FloatArray, FloatArray, float]:
    """Areal density by attenuation, and attenuation by areal density at even steps up to the last, which is given too."""
    forth_N = areal_table(Beam(energy_mv=energy_mv), material)
    most = float(forth_N[-1])
    steps = np.linspace(0.0, TABLE_ATTENUATION, forth_N.size)
    return forth_N, np.interp(np.linspace(0.0, most, _TABLE), forth_N, steps).astype(np.float32), most


def inspectability(
    scan: Scan,
    box: Box,
    limits: Limits,
    settings: PenetrationSettings,
    largest_cm: Mapping[str, float | None],
    maps: Sequence[AnomalyMap] = (),
) -> Inspectability | None:
    """Smallest blocks for the places of one container; None where ``ground_of`` gives none, or it is a sliver without an inside.

    Args:
        scan: the scan.
        box: the container, in pixels of the scan.
        limits: of the package that searched it.
        settings: what counts as load.
        largest_cm: by kind of block, the edge of the largest one of interest; None where none is.
        maps: of anomalies, in the whole scan.
    """
    ground = ground_of(scan, box, maps)
    if ground is None:
        return None
    every = max(1, round(PLACE_MM / ground.cell_mm))
    rows, columns = (n // every for n in ground.dark_hw.shape)
    row_N, column_N = (
        part.ravel() for part in np.mgrid[every // 2 : rows * every : every, every // 2 : columns * every : every]
    )
    sizes = {
        threat: smallest(ground, threat, limits.threats[threat], (row_N, column_N)).reshape(rows, columns)
        for threat in THREATS
    }
    x0, y0, _, _ = ground.box
    side = every * ground.factor
    shown_hw = cv2.resize(
        np.exp(-ground.dark_hw[: rows * every, : columns * every]), (columns, rows), interpolation=cv2.INTER_AREA
    )
    inside_hw, load_hw = _filled(shown_hw, settings)
    if not inside_hw.any():
        return None
    padded_hw = _padded(scan, ground, (rows, columns), side)
    for edge_cm_hw in sizes.values():
        edge_cm_hw[padded_hw] = np.inf
    blind_hw = np.zeros((rows, columns), np.bool_)
    for threat, largest in largest_cm.items():
        if largest is not None:
            blind_hw |= sizes[threat] > largest
    return Inspectability(
        steel_cm_hw=sizes["steel"],
        brick_cm_hw=sizes["brick"],
        inside_hw=inside_hw,
        load_hw=load_hw,
        blind_hw=blind_hw & inside_hw,
        stopped_hw=_stopped(ground, limits.threats["steel"], (row_N, column_N)).reshape(rows, columns),
        box=(x0, y0, x0 + columns * side, y0 + rows * side),
        scaled=scan.pitch_mm is not None,
    )


def _padded(scan: Scan, ground: Ground, places: tuple[int, int], side: int) -> BoolArray:
    """Places of which half and more is padding or dead rows, (h, w): nothing would have been found there. ``side`` in pixels."""
    rows, columns = places
    valid_HW = scan.valid_HW[ground.top : ground.top + rows * side, ground.left : ground.left + columns * side]
    share_hw = cv2.resize(valid_HW.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(share_hw <= 0.5, np.bool_)


def smallest(ground: Ground, threat: str, limit: Limit, at: tuple[Places, Places]) -> FloatArray:
    """Edge in cm from which on a block would have been found at each of N cells, (N,); infinite where not even the largest would."""
    edges = np.geomspace(limit.smallest_mm, limit.largest_mm, EDGES)
    odds_EN = np.stack(
        [limit.log_odds(described(ground, threat, limit.density_g_cm3, float(edge), at)) for edge in edges]
    )
    # A larger block hides no better: what is found once stays found.
    odds_EN = np.maximum.accumulate(odds_EN, axis=0) - np.float32(np.log(FOUND / (1.0 - FOUND)))
    first_N = (odds_EN >= 0.0).argmax(axis=0)
    upper_N = np.take_along_axis(odds_EN, first_N[None], 0)[0]
    lower_N = np.take_along_axis(odds_EN, np.maximum(first_N - 1, 0)[None], 0)[0]
    share_N = np.where(first_N > 0, -lower_N / np.maximum(upper_N - lower_N, 1e-6), 1.0)
    logs = np.log(edges)
    crossed_N = np.exp(logs[first_N] - (1.0 - share_N) * (logs[1] - logs[0])) / 10.0
    return np.where(odds_EN[-1] >= 0.0, crossed_N, np.inf).astype(np.float32)


def _filled(shown_hw: FloatArray, settings: PenetrationSettings) -> tuple[BoolArray, BoolArray]:
    """Places inside, without posts and rails and what is below the floor, and those of them that are darker than bare walls."""
    rows, columns = shown_hw.shape
    side = max(1, round(SIDE * rows))
    inside_hw = np.zeros((rows, columns), np.bool_)
    if columns <= 2 * side:  # a sliver has no inside
        return inside_hw, inside_hw.copy()
    inside_hw[side : max(side + 1, round((1.0 - UNDER) * rows)), side : columns - side] = True
    wall = max(float(np.percentile(shown_hw[inside_hw], settings.brightest_percentile)), settings.wall_level)
    return inside_hw, inside_hw & (shown_hw < settings.filled_below * wall)


def bounds(mask_hw: BoolArray, box: Box, least: float, most: int) -> tuple[Box, ...]:
    """Boxes of the largest regions of a grid, in pixels of the scan: at most so many, of at least so many cells, largest first."""
    _, _, stats_N5, _ = cv2.connectedComponentsWithStats(mask_hw.astype(np.uint8), connectivity=4)
    found = sorted((tuple(int(v) for v in s) for s in stats_N5[1:] if s[4] >= least), key=lambda s: (-s[4], s[:2]))
    rows, columns = mask_hw.shape
    x0, y0, x1, y1 = box
    wide, high = (x1 - x0) / columns, (y1 - y0) / rows
    return tuple(
        (x0 + x * wide, y0 + y * high, x0 + (x + w) * wide, y0 + (y + h) * high) for x, y, w, h, _ in found[:most]
    )
