"""What in a picture is not cargo: black padding at the borders, dead and weak detector lines.

Signals are grey values as a share of the full scale, dense is dark: shape (H, W), float32.
"""

from dataclasses import dataclass

import numpy as np

from scantally.detector.types import BoolArray, FloatArray

BLACK_SHARE = 0.95  # of a padding line's pixels: weak detector rows leave a faint trace inside the padding
BRIGHT_SHARE = 0.05  # of the pixels of the first line beside the padding
LEAST_PADDING_PX = 3
BLUR_PX = 8  # a JPEG block: the padding's edge may be smeared over it
LONGEST_DEAD_RUN = 6  # lines; wider stripes are structure of the load, not a detector's fault
REACH = 4  # rows: further than a weak stripe is thick (up to 3 rows in the real scans), nearer than most structure


@dataclass(frozen=True, kw_only=True, slots=True)
class Margins:
    """Width of the padding at each border, px."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    def inside(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """The picture without its padding, as slices of rows and columns."""
        return slice(self.top, shape[0] - self.bottom), slice(self.left, shape[1] - self.right)

    def mask(self, shape: tuple[int, int]) -> BoolArray:
        """True in the padding, (H, W)."""
        padding_HW = np.ones(shape, np.bool_)
        padding_HW[self.inside(shape)] = False
        return padding_HW

    def __bool__(self) -> bool:
        return any((self.left, self.right, self.top, self.bottom))


def find_margins(padded_HW: BoolArray, bright_HW: BoolArray) -> Margins:
    """Borders whose lines hold (nearly) nothing but padding, and beside which bright pixels begin at once.

    Args:
        padded_HW: True where a pixel has the padding's grey, (H, W).
        bright_HW: True where a pixel is surely not a dense load, (H, W).

    Returns:
        No margins when the whole picture looks like padding: then it is a black picture, not an empty one.
    """
    left, right = _both_ends(padded_HW, bright_HW)
    if left + right >= padded_HW.shape[1]:
        return Margins()
    inside = slice(left, padded_HW.shape[1] - right)
    top, bottom = _both_ends(padded_HW[:, inside].T, bright_HW[:, inside].T)
    if top + bottom >= padded_HW.shape[0]:
        return Margins(left=left, right=right)
    return Margins(left=left, right=right, top=top, bottom=bottom)


def _both_ends(padded_NM: BoolArray, bright_NM: BoolArray) -> tuple[int, int]:
    """Padding lines at the beginning and the end of the second axis."""
    padded_M = padded_NM.mean(axis=0, dtype=np.float32)
    bright_M = bright_NM.mean(axis=0, dtype=np.float32)
    return _one_end(padded_M, bright_M), _one_end(padded_M[::-1], bright_M[::-1])


def _one_end(padded_M: FloatArray, bright_M: FloatArray) -> int:
    """Lines of padding in front, given each line's shares of padded and of bright pixels."""
    other = np.flatnonzero(padded_M < BLACK_SHARE)
    if other.size == 0:
        return len(padded_M)
    end = int(other[0])
    if end < LEAST_PADDING_PX:
        return 0
    # Padding ends within a block, and beside it is air. A dark load at the border fades out over more, and stays.
    beside = np.flatnonzero((padded_M[end : end + BLUR_PX] < 0.5) & (bright_M[end : end + BLUR_PX] >= BRIGHT_SHARE))
    return end + int(beside[0]) if beside.size else 0


def find_dead_lines(signal_HW: FloatArray, level: float) -> tuple[BoolArray, BoolArray]:
    """Dead rows and columns of a picture without padding: (H,) and (W,) bool.

    A line is dead when it is constant and differs from both sides, and a row is weak when it is brighter than the rows
    on both sides nearly everywhere, inside the load too. ``level`` is a bright grey to measure against.
    """
    if min(signal_HW.shape) < 2 * REACH + 1 or level <= 0:
        return np.zeros(signal_HW.shape[0], np.bool_), np.zeros(signal_HW.shape[1], np.bool_)
    rows_H = _constant_lines(signal_HW, level) | _weak_rows(signal_HW, level)
    return _short_runs(rows_H), _constant_lines(signal_HW.T, level)


def _constant_lines(signal_NM: FloatArray, level: float) -> BoolArray:
    mean_N = signal_NM.mean(axis=1)
    spread_N = signal_NM.max(axis=1) - signal_NM.min(axis=1)
    flat_N = spread_N <= 0.012 * level  # 3 of 255: what JPEG leaves of a constant line
    dead_N = np.zeros(len(mean_N), np.bool_)
    for first, last in _runs(flat_N, mean_N, 0.02 * level):
        if first < 1 or last > len(mean_N) - 2 or last - first >= LONGEST_DEAD_RUN:
            continue
        sides = signal_NM[[max(first - 2, 0), min(last + 2, len(mean_N) - 1)]]
        dead_N[first : last + 1] = bool((np.abs(sides - mean_N[first]).mean(axis=1) > 0.02 * level).all())
    return dead_N


def _runs(flag_N: BoolArray, value_N: FloatArray, jump: float) -> list[tuple[int, int]]:
    """First and last index of each run of true flags; a run ends, too, where the value jumps."""
    runs: list[tuple[int, int]] = []
    for i in np.flatnonzero(flag_N).tolist():
        if runs and runs[-1][1] == i - 1 and abs(float(value_N[i] - value_N[i - 1])) <= jump:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs


def _weak_rows(signal_HW: FloatArray, level: float) -> BoolArray:
    """Rows that clip to bright: found in the real scans of one port at the same height in every picture."""
    middle_HW = signal_HW[REACH:-REACH]
    sides_HW = np.maximum(signal_HW[: -2 * REACH], signal_HW[2 * REACH :])
    darker_HW = sides_HW < 0.93 * level  # where a row can be brighter at all
    brighter_HW = darker_HW & (middle_HW - sides_HW > 0.06 * level)
    dark_H = darker_HW.sum(axis=1)
    share_H = np.zeros(signal_HW.shape[0], np.float32)
    share_H[REACH:-REACH] = brighter_HW.sum(axis=1) / np.maximum(dark_H, 1)
    share_H[REACH:-REACH][dark_H < 0.1 * signal_HW.shape[1]] = 0
    # Measured in the real scans: sure rows reach 0.95, gaps between floor and chassis stay below 0.9; a sure row's
    # neighbour is the same stripe.
    seeds_H = share_H >= 0.9
    weak_H = seeds_H | ((share_H >= 0.6) & (np.roll(seeds_H, 1) | np.roll(seeds_H, -1)))
    for first, last in _runs(weak_H, np.zeros(len(weak_H), np.float32), 1.0):
        weak_H[first : last + 1] = _is_sharp(signal_HW, first, last)
    return weak_H


def _is_sharp(signal_HW: FloatArray, first: int, last: int) -> bool:
    """Whether a bright stripe ends within a row: a detector element does, the edge of a beam is blurred."""
    run_W = signal_HW[first : last + 1].max(axis=0)
    for beside, beyond in ((first - 1, first - REACH), (last + 1, last + REACH)):
        base_W = signal_HW[np.clip(beyond, 0, len(signal_HW) - 1)]
        stands_W = run_W - base_W > 0.02
        rest_W = (signal_HW[np.clip(beside, 0, len(signal_HW) - 1)] - base_W)[stands_W]
        if rest_W.size == 0 or float(np.median(rest_W / (run_W - base_W)[stands_W])) > 0.5:
            return False
    return True


def _short_runs(flag_N: BoolArray) -> BoolArray:
    kept_N = flag_N.copy()
    for first, last in _runs(flag_N, np.zeros(len(flag_N), np.float32), 1.0):
        if last - first >= LONGEST_DEAD_RUN:
            kept_N[first : last + 1] = False
    return kept_N


def interpolate_lines(values_BHW: FloatArray, rows_H: BoolArray, columns_W: BoolArray) -> FloatArray:
    """A copy in which dead lines are filled from the nearest good lines on both sides, in a straight line."""
    filled_BHW = values_BHW.copy()
    _fill(filled_BHW, rows_H, axis=1)
    _fill(filled_BHW, columns_W, axis=2)
    return filled_BHW


def _fill(values_BHW: FloatArray, dead_N: BoolArray, axis: int) -> None:
    good = np.flatnonzero(~dead_N)
    view = np.moveaxis(values_BHW, axis, 0)
    for i in np.flatnonzero(dead_N) if good.size else ():
        at = int(np.searchsorted(good, i))
        before, after = good[max(at - 1, 0)], good[min(at, good.size - 1)]
        weight = 0.5 if after == before else float(i - before) / float(after - before)
        view[i] = (1 - weight) * view[before] + weight * view[after]
