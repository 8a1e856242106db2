"""The scanner: from what physics lets through to what a file holds.

Which effects there are: G. Chen, "Understanding X-ray cargo imaging", Nucl. Instrum. Methods B 241, 810 (2005). How strong they are was
measured on real scans (datasets/labels/ajna_notes.md) or is assumed where a line says so.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from scantally.datasets.simulator.style import Style
from scantally.detector.types import Box, ByteArray, FloatArray

COARSE = 8
"""Broad spreading is computed on a picture so many times smaller."""

SCATTER_REACH_PX = 150.0
"""Reach of the cargo's scatter along the detector column (assumed: some 0.7 m, a third of the way from cargo to detectors)."""

HALO_PX = 60.0
"""Reach of scatter and glare in the detector: open beam beside heavy loads is darker over about 200 px in real scans."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Warp:
    """Uneven speed and wobble: ``source_x_W`` is the ideal column that each scanned column shows, ``shift_W`` how far down."""

    source_x_W: FloatArray
    shift_W: FloatArray

    def box(self, box: Box) -> Box:
        """Where a box of the ideal picture lies in the scan."""
        x = np.interp([box[0], box[2]], self.source_x_W + 0.5, np.arange(self.source_x_W.size) + 0.5)
        first, last = int(np.floor(x[0])), max(int(np.floor(x[0])) + 1, int(np.ceil(x[1])))
        shifts = self.shift_W[max(0, first) : last]
        if not shifts.size:
            return (float(x[0]), box[1], float(x[1]), box[3])
        return (float(x[0]), box[1] + float(shifts.min()), float(x[1]), box[3] + float(shifts.max()))

    def apply(self, picture: FloatArray) -> FloatArray:
        """Resample an ideal picture, (H, W)."""
        h, w = picture.shape
        map_x = np.broadcast_to(self.source_x_W, (h, w))
        map_y = np.arange(h, dtype=np.float32)[:, None] - self.shift_W[None, :]
        out = cv2.remap(picture, np.ascontiguousarray(map_x), map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out, np.float32)


def draw_warp(rng: np.random.Generator, width: int, style: Style) -> Warp:
    """A truck's uneven speed, bounce and slope over the picture."""
    columns = np.arange(width, dtype=np.float64)
    speed = 1.0 + style.speed_drift * smooth_noise(rng, width, max(width / 3.0, 50.0))
    source = np.cumsum(speed)
    source = (source - source[0]) * (width - 1.0) / (source[-1] - source[0])
    bounce = style.wobble_px * smooth_noise(rng, width, float(rng.uniform(60.0, 200.0)))
    slope = style.slope_px * (columns / width - 0.5)
    return Warp(source_x_W=source.astype(np.float32), shift_W=(bounce + slope).astype(np.float32))


def smooth_noise(rng: np.random.Generator, size: int, reach: float) -> FloatArray:
    """Gaussian noise of unit deviation that changes over about ``reach`` pixels, (size,)."""
    points = int(np.ceil(size / reach)) + 4
    knots = rng.normal(size=points)
    at = np.arange(size) / reach + float(rng.random())
    whole = at.astype(int)
    t = at - whole
    weights = [((1 - t) ** 3) / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6]
    value = sum(w * knots[np.minimum(whole + k, points - 1)] for k, w in enumerate(weights))
    return np.asarray(value / 0.69, np.float32)  # cubic B-spline smoothing leaves 0.69 of the knots' deviation


def optics(transmission_HW: FloatArray, style: Style) -> FloatArray:
    """Blur of spot and detector, glare (a share of the signal arrives spread over the neighbourhood), and the cargo's scatter."""
    sharp = cv2.GaussianBlur(transmission_HW, (0, 0), style.blur_px, borderType=cv2.BORDER_REPLICATE)
    small = cv2.resize(sharp, (0, 0), fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    broad = cv2.GaussianBlur(small, (0, 0), HALO_PX / COARSE, borderType=cv2.BORDER_REPLICATE)
    broad *= np.float32(style.scatter)
    if style.cargo_scatter > 0.0:
        broad += _scattered_once(np.asarray(small, np.float32)) * np.float32(style.cargo_scatter)
    halo = cv2.resize(broad, (sharp.shape[1], sharp.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.scaleAdd(sharp, 1.0 - style.scatter, halo), np.float32)


def _scattered_once(small_HW: FloatArray) -> FloatArray:
    """What photons that scatter once in the cargo bring to the detectors of their column, per unit of ``cargo_scatter``.

    At an optical depth t, a share t exp(-t) of the photons interacts exactly once (Poisson): -T ln T, the first term of
    broad-beam build-up. The fan shows one column at a time, so what scatters in a column lands in it, over many rows.
    """
    t = np.clip(small_HW, 1e-6, 1.0)
    once = -t * np.log(t)
    kernel = cv2.getGaussianKernel(_odd(SCATTER_REACH_PX / COARSE), SCATTER_REACH_PX / COARSE, cv2.CV_32F)
    beside = np.ones(1, np.float32)
    return np.asarray(cv2.sepFilter2D(once, -1, beside, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


def _odd(sigma: float) -> int:
    """Rows of a Gaussian kernel that reaches three deviations to both sides."""
    return 2 * int(np.ceil(3.0 * sigma)) + 1


def noise_deviation(transmission: FloatArray, style: Style) -> FloatArray:
    """Standard deviation of one pixel: photons (Poisson, so it goes with the root of dose) and electronics, smoothed."""
    variance = transmission / np.float32(style.quanta) + np.float32(style.electronic**2)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)) * np.float32(_left_by_smoothing(style)), np.float32)


def _left_by_smoothing(style: Style) -> float:
    """Share of white noise's deviation that the scanner's own smoothing leaves: the root of its kernel's sum of squares."""
    return float(np.sum(_kernel(style) ** 2)) if style.smoothing_px > 0 else 1.0


def _kernel(style: Style) -> FloatArray:
    return np.asarray(cv2.getGaussianKernel(7, style.smoothing_px, cv2.CV_32F), np.float32)


def _unit_noise(rng: np.random.Generator, shape: tuple[int, int], style: Style) -> FloatArray:
    """Gaussian noise of deviation 1, correlated over the smoothing."""
    noise = rng.standard_normal(shape, np.float32)
    if style.smoothing_px > 0:
        kernel = _kernel(style) / np.float32(np.sqrt(_left_by_smoothing(style)))
        noise = np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel), np.float32)
    return noise


def expose(transmission_HW: FloatArray, style: Style, rng: np.random.Generator) -> FloatArray:
    """Noise and gains on a picture after optics. Open beam is 1; noise may reach over it and below 0."""
    h, w = transmission_HW.shape
    noise = _unit_noise(rng, (h, w), style)
    noise *= noise_deviation(transmission_HW, style)
    half = np.sqrt(0.5)  # of the variance is slow, half changes from column to column
    flicker = half * smooth_noise(rng, w, float(rng.uniform(20, 120))) + half * rng.standard_normal(w)
    columns = np.asarray(1.0 + style.column_flicker * flicker, np.float32)
    rows = np.asarray(1.0 + style.row_gain * rng.standard_normal(h), np.float32)
    out = transmission_HW * columns[None, :]
    out *= rows[:, None]
    out += noise
    if style.row_offset > 0.0:
        offsets = style.row_offset * np.maximum(rng.standard_normal(h) - 1.0, 0.0)
        out += offsets.astype(np.float32)[:, None]
    for y in style.dark_rows:
        if y < h:
            out[y] *= np.float32(rng.uniform(0.97, 0.995))
    for y in style.dead_rows:
        if y < h:
            out[y] = 0.0
    return np.asarray(out, np.float32)


def acquire(clean_HW: FloatArray, warp: Warp, style: Style, rng: np.random.Generator, band: int = 0) -> FloatArray:
    """One band of a scan, from what physics lets through to what the detector gives, (H, W).

    An interlaced scanner's pulses alternate between two energies: band 0 sees the even columns and band 1 the odd ones, each
    with its own noise, and the columns between are interpolated, as a scanner does that shows both at one pitch.
    """
    seen = optics(warp.apply(clean_HW), style)
    if not style.interlaced:
        return expose(seen, style, rng)
    return _fill_between(expose(np.ascontiguousarray(seen[:, band::2]), style, rng), band, seen.shape[1])


def _fill_between(lines_HL: FloatArray, first: int, width: int) -> FloatArray:
    """Lines at every second column from ``first`` (0 or 1) on, and means of their neighbours between; at a rim the only one."""
    out = np.empty((lines_HL.shape[0], width), np.float32)
    out[:, first::2] = lines_HL
    padded = np.concatenate([lines_HL[:, :1]] * first + [lines_HL, lines_HL[:, -1:]], axis=1)
    between = out[:, 1 - first :: 2]
    count = between.shape[1]
    np.add(padded[:, :count], padded[:, 1 : count + 1], out=between)
    between *= np.float32(0.5)
    return out


def to_grey(exposed_HW: FloatArray, style: Style, rng: np.random.Generator) -> ByteArray:
    """Grey values of an uncalibrated scanner: its curve, clipping, stuck rows and black padding."""
    curve = np.clip(exposed_HW, 0.0, None)
    if style.gamma != 1.0:
        cv2.pow(curve, style.gamma, curve)
    grey = np.rint(curve * np.float32(style.open_grey))
    out = np.clip(grey, 0, 255).astype(np.uint8)
    _stuck_rows(out, style, rng)
    left, right = style.padding
    if left or right:
        out = np.pad(out, ((0, 0), (left, right)))
    return np.asarray(out, np.uint8)


def _stuck_rows(grey: ByteArray, style: Style, rng: np.random.Generator) -> None:
    """Weak detector elements: rows of open-beam grey, dashed where the element recovers."""
    for y in style.dashed_rows:
        if y >= grey.shape[0] - 2:
            continue
        on = smooth_noise(rng, grey.shape[1], float(rng.uniform(8, 60))) > rng.uniform(-1.5, 0.8)
        high = int(rng.integers(1, 3))
        strength = float(rng.uniform(0.15, 1.0))
        rows = grey[y : y + high].astype(np.float32)
        rows[:, on] += strength * (style.open_grey - rows[:, on])
        grey[y : y + high] = np.clip(np.rint(rows), 0, 255).astype(np.uint8)
