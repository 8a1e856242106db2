"""Detector rows that do not follow the beam: a projected object must not darken them, and cannot be seen in them."""

from dataclasses import dataclass

import numpy as np

from scantally.detector.imaging.padding import find_dead_lines, interpolate_lines
from scantally.detector.types import BoolArray, FloatArray

BESIDE_PX = 4
"""A row is compared with the rows so far above and below: weak detector elements come in runs of up to four rows."""

SHADED = 0.93
"""Of the open beam: where both sides are brighter, a bright row would not show."""

LIFT = 0.06
"""By how much a weak row stands out, of the open beam (real scans: 15 to 60 grey of 255)."""

SECTIONS, LEAST_SECTIONS, LEAST_SHARE = 12, 0.6, 0.15
"""A weak row stands out in this share of the picture's sections, in each of them in that share of the shaded columns: dashes of a
detector run through everything, gaps in a load or a chassis do not."""

SOFT = 0.5
"""Share of a row's lift in the row beside it from which its edge was blurred by the beam: no detector row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """``rows_R``: which rows; ``deaf_RW``: for each of their pixels how much of the open beam it shows whatever stands there
    (0: it follows; 1: it keeps its value); ``filled_HW``: what the reader filled in from the rows and columns beside it, or left out.
    """

    rows_R: tuple[int, ...]
    deaf_RW: FloatArray
    filled_HW: BoolArray

    def followed(self) -> BoolArray:
        """Pixels that were measured by detectors which follow the beam, (H, W)."""
        out = ~self.filled_HW
        for row, deaf in zip(self.rows_R, self.deaf_RW, strict=True):
            out[row] &= deaf == 0.0
        return out

    def stuck(self, shape: tuple[int, ...]) -> BoolArray:
        """Pixels that keep their values whatever stands there, as a picture of a shape."""
        out = np.zeros(shape, np.bool_)
        for row, deaf in zip(self.rows_R, self.deaf_RW, strict=True):
            out[row] = deaf >= 1.0
        return out

    def without(self, scan_HW: FloatArray) -> FloatArray:
        """The scan as it would be with all rows whole: the weak and stuck ones filled in from beside."""
        if not self.rows_R:
            return scan_HW
        bad = np.zeros(scan_HW.shape[0], np.bool_)
        bad[list(self.rows_R)] = True
        filled = interpolate_lines(scan_HW[None], bad, np.zeros(scan_HW.shape[1], np.bool_))[0]
        out = scan_HW.copy()
        for row, deaf in zip(self.rows_R, self.deaf_RW, strict=True):
            out[row] = np.where(deaf > 0.0, filled[row], out[row])
        return out

    def restored(self, scan_HW: FloatArray, whole_HW: FloatArray, out_HW: FloatArray, step: float) -> FloatArray:
        """What these rows show of a projection: a weak one adds its share of the open beam, a stuck one keeps the scan's values.

        Args:
            scan_HW: Before.
            whole_HW: What ``without`` made of it.
            out_HW: ``whole_HW`` with the object; its values are used up.
            step: One grey step, 0 for none.
        """
        changed = out_HW != whole_HW
        for row, deaf in zip(self.rows_R, self.deaf_RW, strict=True):
            weak = deaf + (1.0 - deaf) * out_HW[row]
            if step > 0.0:
                weak = np.rint(weak / np.float32(step)) * np.float32(step)
            out_HW[row] = np.where(changed[row] & (deaf < 1.0), weak, scan_HW[row])
        rows = np.flatnonzero((changed & self.filled_HW).any(axis=1))
        bad = np.array([bool(self.filled_HW[y][changed[y]].all()) for y in range(len(changed))]) if rows.size else None
        if bad is not None:  # the reader fills a dead row in from what is beside it, object and all
            bad &= changed.any(axis=1)
            anew = interpolate_lines(out_HW[None], bad, np.zeros(out_HW.shape[1], np.bool_))[0]
            out_HW[bad] = np.where(changed[bad], anew[bad], out_HW[bad])
        return out_HW


def find_lines(scan_HW: FloatArray, valid_HW: BoolArray) -> Lines:
    """Stuck rows (of one value), weak rows (brighter than both sides in all parts of the picture), and what ``valid_HW`` leaves out."""
    columns = valid_HW.any(axis=0)
    seen = scan_HW[:, columns]
    deaf = np.zeros(scan_HW.shape, np.float32)
    fixed, rows = np.zeros(scan_HW.shape[0], np.bool_), []
    if seen.shape[1] >= 8 * SECTIONS and scan_HW.shape[0] > 4 * BESIDE_PX:
        fixed = _constant(seen)
        rows = np.flatnonzero((fixed | _weak(seen)) & valid_HW.any(axis=1)).tolist()
        deaf[fixed] = 1.0
    bad = np.zeros(scan_HW.shape[0], np.bool_)
    bad[rows] = True
    if rows:
        base = interpolate_lines(scan_HW[None], bad, np.zeros(scan_HW.shape[1], np.bool_))[0]
        for row in rows:
            if not deaf[row].any():
                lift = (scan_HW[row] - base[row]) / np.maximum(1.0 - base[row], 0.02)
                deaf[row] = np.where(lift > 0.3 * LIFT, np.clip(lift, 0.0, 1.0), 0.0)
    return Lines(rows_R=tuple(rows), deaf_RW=deaf[rows], filled_HW=~valid_HW)


def _constant(seen_HW: FloatArray) -> BoolArray:
    """Rows of one value that differ from both sides."""
    rows, _ = find_dead_lines(seen_HW, 1.0)
    spread = seen_HW.max(axis=1) - seen_HW.min(axis=1)
    return np.asarray(rows & (spread <= 0.02), np.bool_)


def _weak(seen_HW: FloatArray) -> BoolArray:
    """Rows that stand out bright against both sides in most sections of the picture, with sharp edges."""
    above, middle, below = seen_HW[: -2 * BESIDE_PX], seen_HW[BESIDE_PX:-BESIDE_PX], seen_HW[2 * BESIDE_PX :]
    sides = np.maximum(above, below)
    shaded = sides < SHADED
    lifted = shaded & (middle - sides > LIFT)
    edges = np.linspace(0, seen_HW.shape[1], SECTIONS + 1).astype(int)[:-1]
    dark = np.add.reduceat(shaded.astype(np.int32), edges, axis=1)
    light = np.add.reduceat(lifted.astype(np.int32), edges, axis=1)
    counted = dark > 0.3 * seen_HW.shape[1] / SECTIONS
    share = ((light > LEAST_SHARE * dark) & counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    weak = np.zeros(seen_HW.shape[0], np.bool_)
    weak[BESIDE_PX:-BESIDE_PX] = (share >= LEAST_SECTIONS) & (counted.sum(axis=1) >= SECTIONS // 3)
    return _sharp(seen_HW, weak)


def _sharp(seen_HW: FloatArray, weak_H: BoolArray) -> BoolArray:
    """Only runs of at most four rows whose lift ends within one row: a detector's rows do, what the beam shows is blurred."""
    out = np.zeros_like(weak_H)
    marks = np.flatnonzero(np.diff(np.concatenate([[0], weak_H.astype(np.int8), [0]])))
    for first, last in zip(marks[::2].tolist(), (marks[1::2] - 1).tolist(), strict=True):
        if last - first < BESIDE_PX:
            run = seen_HW[first : last + 1].max(axis=0)
            out[first : last + 1] = all(
                _falls(run, seen_HW[near], seen_HW[far])
                for near, far in ((first - 1, first - BESIDE_PX + 1), (last + 1, last + BESIDE_PX - 1))
            )
    return out


def _falls(run_W: FloatArray, near_W: FloatArray, far_W: FloatArray) -> bool:
    """Whether what stands out of a run of rows is gone in the row beside it."""
    stands = run_W - far_W > LIFT
    if not stands.any():
        return False
    rest = (near_W - far_W)[stands] / (run_W - far_W)[stands]
    return float(np.median(rest)) <= SOFT
