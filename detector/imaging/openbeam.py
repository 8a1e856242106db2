"""From grey to transmission: which way round the picture is, how bright the open beam is, and the division by it.

Beer and Lambert: what reaches the detector is I = I0 exp(-mu x); transmission is I / I0, and I0 is the grey where nothing
stands in the beam. Signals are grey values as a share of the full scale, float32.
"""

import cv2
import numpy as np

from scantally.detector.config.scanners import GammaCurve, GreyCurve, LogCurve, Polarity, TableCurve
from scantally.detector.types import MIN_TRANSMISSION, BoolArray, FloatArray

BLOCK_PX = 8
LEAST_LEVEL = 0.25  # of the full scale: a brightest plateau below it is cargo, not air
FLAT = 0.04  # standard deviation in a block of air, of the brightest grey; measured in the noisiest real scans: 0.025
WINDOW = 0.015  # half width of a plateau's grey values, of the brightest grey
LEAST_SHARE = 0.004  # of all blocks: the smallest area of air worth believing


def open_beam_level(signal_HW: FloatArray, valid_HW: BoolArray) -> float | None:
    """Grey of the open beam: the brightest plateau of flat blocks.

    Args:
        signal_HW: Grey values, dense is dark, as a share of the full scale, (H, W).
        valid_HW: False for padding and dead lines, which are not looked at.

    Returns:
        None when no flat area is bright enough to be air (all dense, all black, nothing valid).
    """
    flat_N, total = _flat_blocks(signal_HW, valid_HW)
    if flat_N.size == 0:
        return None
    level = _brightest_plateau(flat_N, max(2, round(LEAST_SHARE * total)))
    return level if level is not None and level >= LEAST_LEVEL else None


def _flat_blocks(signal_HW: FloatArray, valid_HW: BoolArray) -> tuple[FloatArray, int]:
    """Mean grey of the flat, wholly valid blocks, (N,), and the number of wholly valid blocks."""
    height, width = (n - n % BLOCK_PX for n in signal_HW.shape)
    size = (width // BLOCK_PX, height // BLOCK_PX)
    area_HW = np.ascontiguousarray(signal_HW[:height, :width])
    # INTER_AREA with a whole factor is the mean over each block.
    mean = cv2.resize(area_HW, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(area_HW * area_HW, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(valid_HW[:height, :width].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    valid_hw = share > 0.999
    top = float(mean[valid_hw].max(initial=0.0))
    flat_hw = valid_hw & (np.sqrt(np.maximum(square - mean * mean, 0.0)) <= FLAT * top)
    return mean[flat_hw].astype(np.float32), int(valid_hw.sum())


def _brightest_plateau(grey_N: FloatArray, least: int) -> float | None:
    """Centre of the brightest group of at least ``least`` values."""
    ordered = np.sort(grey_N)
    width = WINDOW * float(ordered[-1])
    crowd_N = np.searchsorted(ordered, ordered + width, "right") - np.searchsorted(ordered, ordered - width, "left")
    crowded = np.flatnonzero(crowd_N >= least)
    if crowded.size == 0:
        return None
    edge = float(ordered[crowded[-1]])
    # A few blocks brighter than air (clipped lines, ringing) must not be taken for it: climb to the nearest crest.
    near = np.flatnonzero(ordered >= edge - 4 * width)
    centre = float(ordered[near[np.argmax(crowd_N[near])]])
    return float(np.median(ordered[(ordered >= centre - width) & (ordered <= centre + width)]))


def infer_polarity(signal_HW: FloatArray) -> tuple[Polarity, bool]:
    """Which way round the picture is, and whether that is clear.

    Above a container there is air, and so the top of the picture shows the open beam. Padding, black or white, is first
    left out: lines at the border that are as good as constant at an end of the scale.

    Args:
        signal_HW: Grey values as shown, as a share of the full scale, (H, W).
    """
    small_hw = cv2.resize(np.ascontiguousarray(signal_HW), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    low, high = float(small_hw.min()), float(small_hw.max())
    if high - low < 0.02:
        return "dark", False
    small_hw = (small_hw - low) / (high - low)
    extreme_hw = (small_hw < 0.04, small_hw > 0.96)
    ends_W = np.logical_or(*(end_hw.mean(axis=0) > 0.95 for end_hw in extreme_hw))
    if ends_W.all():
        return "dark", False
    ends_H = np.logical_or(*(end_hw[:, ~ends_W].mean(axis=1) > 0.95 for end_hw in extreme_hw))
    # What is left begins with the roof, or with air that is not quite at the end of the scale: both on the air's side.
    first = int(np.argmin(ends_H))
    strip = small_hw[first : first + max(2, small_hw.shape[0] // 40), ~ends_W]
    if strip.size == 0:
        return "dark", False
    bright_share = float((strip > 0.5).mean())
    return ("bright" if bright_share < 0.4 else "dark"), abs(bright_share - 0.5) > 0.2


def apply_curve(relative: FloatArray, curve: GreyCurve) -> FloatArray:
    """Grey relative to the open beam, in [0, 1], to transmission in [0, 1]; any shape."""
    bent = relative
    if isinstance(curve, GammaCurve):
        bent = relative ** np.float32(curve.exponent)
    elif isinstance(curve, LogCurve):
        bent = np.float32(10) ** (np.float32(-curve.decades) * (1 - relative))
    elif isinstance(curve, TableCurve):
        grey, transmission = np.array(curve.points).T
        bent = np.interp(relative, grey, transmission).astype(np.float32)
    return bent


def floor_of(step: float, level: float, curve: GreyCurve) -> float:
    """Smallest transmission that differs from black: one grey step above 0, and never below what a Scan holds.

    Args:
        step: One grey step as a share of the full scale; 0 for floating point.
        level: The open beam as a share of the full scale.
        curve: From grey to transmission.
    """
    one_step = np.array([min(step / level, 1.0)], np.float32)
    return max(float(apply_curve(one_step, curve)[0]), MIN_TRANSMISSION)


def to_transmission(signal_HW: FloatArray, level: float, curve: GreyCurve, floor: float) -> FloatArray:
    """Signal divided by the open beam and bent by the curve, clipped to [floor, 1]; a new array, (H, W)."""
    relative_HW = np.clip(signal_HW * np.float32(1 / level), 0.0, 1.0)
    return np.clip(apply_curve(relative_HW, curve), np.float32(floor), np.float32(1.0))
