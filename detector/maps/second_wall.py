"""A wall across a container that is not its end: a dark line from floor to roof near an end, alone, with the end's own line behind it.

Seen from the side a wall stands on edge, so that the beam runs along it for the width of the container, and even thin boards are dark.
"""

import cv2
import numpy as np

from scantally.detector.config.containers import CONTAINER_HEIGHT_MM
from scantally.detector.types import Box, FloatArray, Scan, SecondWall

CELL_MM = 8.0
LINE_MM, BESIDE_MM, ALONG_MM = 35.0, 60.0, 80.0
"""Width of the line and of what it is compared with on both sides, and the height over which rows are averaged."""

ROWS = (0.06, 0.80)
"""Of the box's height: from below the roof's rail down to what floors and trailers hide."""

MISSING_ROWS = 0.12
"""Of these rows so many may show less of a line: where load stands on both sides."""

ROOM_MM = (175.0, 1300.0)
"""From the end's own line to the wall: nearer is the end's structure or the next container's, and farther a bulkhead within the load."""

ALONE_MM = (120.0, 1500.0)
"""Another line at such a distance makes it one of a row of goods."""

ALIKE = 0.5
"""A line with this share of its contrast is another such line."""

LEAST = 0.3
"""Contrast in -ln T from which a line is a wall (docs/results.md)."""

END_MM = 100.0
"""Width within which an end's line is darkest somewhere."""

END_SHARE = 0.12
"""Of the length: so far from a box's ends their own lines are looked for, open doors and all."""

AIR = 0.05
"""-ln T in half of the rows below which a column shows no container: its bare walls have 0.1 and more."""

_FLOOR = 1e-4
_LEAST_CELLS = 40


def second_walls(scan: Scan, box: Box) -> tuple[SecondWall, ...]:
    """Walls near the ends of one container, at most one at each end; the pitch is taken from its height where it is not known."""
    pitch = scan.pitch_mm or CONTAINER_HEIGHT_MM / max(box[3] - box[1], 1.0)
    factor = max(1, round(CELL_MM / pitch))
    left, top = max(0, int(box[0])), max(0, int(box[1]))
    columns, rows = (min(scan.width, int(box[2])) - left) // factor, (min(scan.height, int(box[3])) - top) // factor
    if rows < _LEAST_CELLS or columns < _LEAST_CELLS:
        return ()
    part = scan.primary_HW[top : top + rows * factor, left : left + columns * factor]
    mean_hw = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    dark_hw = -np.log(np.maximum(mean_hw, np.float32(_FLOOR)))
    lines_w, bare_w = line_contrast(dark_hw, factor * pitch), np.median(_rows(dark_hw), axis=0)
    found = []
    for turned in (False, True):
        at = _wall_at(*((lines_w[::-1], bare_w[::-1]) if turned else (lines_w, bare_w)), factor * pitch)
        if at is not None:
            column = columns - 1 - at[0] if turned else at[0]
            x, half = left + column * factor, LINE_MM / pitch
            outline: Box = (max(box[0], x - half), box[1], min(box[2], x + factor + half), box[3])
            found.append(SecondWall(box=outline, contrast=float(lines_w[column]), room_mm=at[1]))
    return tuple(found)


def line_contrast(dark_hw: FloatArray, cell_mm: float) -> FloatArray:
    """For each column how much darker it is than the darker of its two sides, in nearly all rows; (w,) -ln T."""
    wide, beside, high = (max(1, round(mm / cell_mm)) for mm in (LINE_MM, BESIDE_MM, ALONG_MM))
    line_hw = cv2.blur(dark_hw, (wide, high))
    side_hw = cv2.blur(dark_hw, (beside, high))
    reach = (wide + beside) // 2 + 1
    padded_hw = np.pad(side_hw, ((0, 0), (reach, reach)))  # beside the box is air, as far as it is known
    darker_hw = np.maximum(padded_hw[:, : -2 * reach], padded_hw[:, 2 * reach :])
    return np.asarray(np.quantile(_rows(line_hw - darker_hw), MISSING_ROWS, axis=0), np.float32)


def _rows(picture_hw: FloatArray) -> FloatArray:
    rows = picture_hw.shape[0]
    return picture_hw[int(ROWS[0] * rows) : int(ROWS[1] * rows)]


def _wall_at(lines_w: FloatArray, bare_w: FloatArray, cell_mm: float) -> tuple[int, float] | None:
    """The column of a wall near the first column, and its distance in mm from the end's own line; None where there is none."""
    near = max(1, int(END_SHARE * lines_w.size))
    air = np.flatnonzero(bare_w[:near] < AIR)
    first = int(air[-1]) + 1 if air.size else 0  # what stands before air is another container, or its open door
    dark = first + np.flatnonzero(lines_w[first:near] >= LEAST * ALIKE)
    if not dark.size:
        return None
    # The outermost line is the end's, wherever within its width it is darkest: a wall may be darker.
    end = int(dark[0] + lines_w[dark[0] : dark[0] + max(1, round(END_MM / cell_mm))].argmax())
    begins, ends = end + round(ROOM_MM[0] / cell_mm), end + round(ROOM_MM[1] / cell_mm)
    zone_w = lines_w[begins : min(ends, lines_w.size // 2)]
    if not zone_w.size or float(zone_w.max()) < LEAST:
        return None
    column = begins + int(zone_w.argmax())
    if float(bare_w[end:column].min()) < AIR:
        return None
    apart, far = (round(mm / cell_mm) for mm in ALONE_MM)
    inward_w = lines_w[column + apart : column + far]
    outward_w = lines_w[max(begins, column - far) : max(begins, column - apart)]
    other = max((float(some.max()) for some in (inward_w, outward_w) if some.size), default=0.0)
    if other >= ALIKE * float(lines_w[column]):
        return None
    return column, (column - end) * cell_mm
