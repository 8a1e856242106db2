"""What a scan's own scanner does to a picture, measured on the scan: blur, noise, grey steps, the darkest grey, the grey curve."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.tip_curve import USUAL_ENERGY_MV, GreyCurve, estimate_curve
from scantally.datasets.tip_frame import ContainerFrame, agreed, find_frame
from scantally.datasets.tip_lines import Lines, find_lines
from scantally.detector.errors import InputError
from scantally.detector.types import BoolArray, Box, FloatArray

CLIPPED_OPEN = 0.9
"""Share of the open beam's pixels at the very top of the scale from which the open beam is cut there."""

LAG_PX = 3
"""Further than a scanner's smoothing correlates noise."""

BLOCK_PX = 12

LEAST_PX, MOST_VALUE = 32, 1.1
"""Smallest side of a scan, and its brightest value (noise over the open beam included), that is measured at all."""

PIXEL_VARIANCE = 1.0 / 12.0
"""Of a pixel's own width: what area averaging does to an edge before any blur."""

MOST_PEDESTAL = 0.03
"""Of the open beam: scatter in cargo scanners stays below it (assumed); a darkest place brighter than this is no bare scatter."""

EDGE_RANGE_PX = (0.45, 2.0)
"""Standard deviations of edge spread that are believed."""

BACKGROUNDS = ("steel", "cellulose")
"""What the scan's own contents may be taken for when the beam's hardening is worked out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Variance of one pixel's linear signal s: ``dark`` + ``photon`` s. ``smooth_px`` is the Gaussian that correlates it."""

    dark: float
    photon: float
    smooth_px: float = 0.0

    def variance(self, signal: FloatArray) -> FloatArray:
        """At signals of any shape."""
        return np.asarray(np.float32(self.dark) + np.float32(self.photon) * np.maximum(signal, 0.0), np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanCharacter:
    """Everything that an object must share with a scan to belong to it.

    ``edge_px`` is the standard deviation of the edge spread along x and y, the pixel's own width included. ``step`` is one grey
    step (0: none), ``black`` the smallest value, both relative to the open beam; ``pedestal`` the signal where no beam gets through.
    """

    curve: GreyCurve
    noise: Noise
    edge_px: tuple[float, float]
    step: float
    black: float
    white: float
    pedestal: float
    frames: tuple[ContainerFrame, ...]
    background: str = "steel"
    lines: Lines | None = None
    quantisation_88: FloatArray | None = None  # of the JPEG file that the scan came from

    @property
    def energy_mv(self) -> float:
        """Of the beam, as known or assumed."""
        return self.curve.energy_mv

    def stated(self) -> tuple[str, ...]:
        """What was measured and what is only assumed, in sentences."""
        return (
            self.curve.stated(),
            f"hardening by what the scan shows, taken for {self.background}, at {self.energy_mv:g} MV",
            f"edge spread {self.edge_px[0]:.2f} px along x and {self.edge_px[1]:.2f} px along y",
        )


def estimate_character(
    scan_HW: FloatArray,
    containers: Sequence[Box],
    valid_HW: BoolArray | None = None,
    *,
    empty: Sequence[bool] = (),
    calibrated: bool = False,
    energy_mv: float | None = None,
    pitch_mm: float | None = None,
    x_pitch_mm: float | None = None,
    background: str = "steel",
    quantisation_88: FloatArray | None = None,
) -> ScanCharacter:
    """Measure a scan once; then project into it as often as wanted.

    Args:
        scan_HW: One band as a reader gives it: transmission where ``calibrated``, else grey relative to the open beam; float32.
        containers: Their boxes; some 60 px of air around them do no harm.
        valid_HW: False for padding and dead rows.
        empty: For each container whether it is known to hold no load; none is known where this is empty itself.
        calibrated: Whether values are transmission; else the grey curve is estimated.
        energy_mv: Of the beam, where known.
        pitch_mm: Along y in the near wall's plane, where known; else from the ISO sizes.
        x_pitch_mm: Along x, likewise.
        background: What the contents are taken for when hardening is worked out: one of BACKGROUNDS.
        quantisation_88: Of the JPEG file that the scan was read from (``tip_jpeg.quantisation_of``); None for any other.

    Raises:
        ValueError: the scan is no (H, W) float32 picture, or the background is not one of BACKGROUNDS.
        InputError: the scan is too small, or it or a box holds what is no transmission or place.
    """
    if scan_HW.ndim != 2 or scan_HW.dtype != np.float32:
        raise ValueError(f"expected an (H, W) float32 scan, got {scan_HW.shape} {scan_HW.dtype}")
    if background not in BACKGROUNDS:
        raise ValueError(f"background {background!r} is not one of {', '.join(BACKGROUNDS)}")
    _check(scan_HW, containers)
    valid = np.ones(scan_HW.shape, np.bool_) if valid_HW is None else valid_HW
    lines = find_lines(scan_HW, valid)
    scan_HW, valid = lines.without(scan_HW), lines.followed()
    found = functools.partial(
        find_frame, scan_HW, valid, alone=len(containers) == 1, pitch_mm=pitch_mm, x_pitch_mm=x_pitch_mm
    )
    measured = [found(box, empty=k < len(empty) and empty[k]) for k, box in enumerate(containers)]
    frames = tuple(f for f in measured if f is not None)
    frames = agreed(frames) if pitch_mm is None else frames
    step = _grey_step(scan_HW)
    white = float(scan_HW[valid].max(initial=0.0)) if valid.any() else 1.0
    if calibrated:
        curve = GreyCurve(calibrated=True, energy_mv=energy_mv or USUAL_ENERGY_MV)
    else:
        curve = estimate_curve(scan_HW, frames, energy_mv, clipped=_clipped_open(scan_HW, white, step))
    signal = curve.signal(scan_HW)
    usable = valid & (scan_HW < white - 0.5 * step) & (scan_HW > 2.5 * step)
    return ScanCharacter(
        curve=curve,
        noise=_noise(signal, usable, step**2 / 12.0),
        edge_px=(_edge_spread(signal, usable, axis=1), _edge_spread(signal, usable, axis=0)),
        step=step,
        black=min(float(scan_HW.min()), float(curve.grey(np.full(1, MOST_PEDESTAL, np.float32))[0])),
        white=white,
        pedestal=_pedestal(signal, valid),
        frames=frames,
        background=background,
        lines=lines,
        quantisation_88=quantisation_88,
    )


def _check(scan_HW: FloatArray, containers: Sequence[Box]) -> None:
    """Refuse what cannot be measured, in one line."""
    h, w = scan_HW.shape
    if min(h, w) < LEAST_PX:
        raise InputError("scan to project into", f"{w} x {h} px: expected at least {LEAST_PX} x {LEAST_PX}")
    low, high = float(scan_HW.min()), float(scan_HW.max())
    if not (low >= 0.0 and high <= MOST_VALUE):  # NaN fails both
        raise InputError("scan to project into", f"expected transmission from 0 to 1, got {low:g} to {high:g}")
    for box in containers:
        if not np.isfinite(box).all():
            raise InputError("scan to project into", f"container box {box}: expected finite numbers")


def _grey_step(scan_HW: FloatArray) -> float:
    """One grey step of an eight-bit picture, relative to the open beam; 0 for finer ones."""
    values, counts = np.unique(scan_HW[::3, ::3], return_counts=True)
    usual = counts > 1e-4 * counts.sum() + 2  # lines that the reader interpolated hold a few values of their own
    if not 8 < usual.sum() <= 320 or counts[usual].sum() < 0.9 * counts.sum():
        return 0.0
    return float(np.median(np.diff(values[usual])))


def _clipped_open(scan_HW: FloatArray, white: float, step: float) -> bool:
    """Whether the bright end is one single value: noise in the open beam would spread it over many."""
    near = scan_HW[::3, ::3][scan_HW[::3, ::3] > 0.96 * white]
    return step > 0.0 and near.size > 0 and float((near > white - 1.5 * step).mean()) > CLIPPED_OPEN


def _noise(signal: FloatArray, usable: BoolArray, rounding: float) -> Noise:
    """From mixed second differences (blind to rows, columns and slopes) of blocks; the quieter ones of each brightness count.

    ``rounding`` to grey steps is taken off: a projection is rounded again.
    """
    d = signal[LAG_PX:, LAG_PX:] - signal[:-LAG_PX, LAG_PX:] - signal[LAG_PX:, :-LAG_PX] + signal[:-LAG_PX, :-LAG_PX]
    d *= np.float32(0.5)
    good = usable[LAG_PX:, LAG_PX:] & usable[:-LAG_PX, :-LAG_PX]
    mean, variance, along = _blocks(signal[LAG_PX:, LAG_PX:], d, good)
    levels, noise, kept = _quiet(mean, variance)
    if levels.size < 3:
        return Noise(dark=max(float(variance.min(initial=0.0)) - rounding, 0.0), photon=0.0)
    noise = np.maximum(
        noise - np.float32(rounding), np.float32(0.25 * rounding + 1e-12)
    )  # less is not seen through rounding
    dark, photon = _line(levels, noise)
    rho = float(np.median(along[kept] / np.maximum(variance[kept], 1e-12)))
    return Noise(dark=dark, photon=photon, smooth_px=_smoothing(rho))


def _blocks(signal: FloatArray, d: FloatArray, good: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per wholly usable block: mean signal, variance of d, and its covariance with the next column."""
    h, w = (n // BLOCK_PX for n in d.shape)
    size = (w, h)

    def mean(picture: FloatArray) -> FloatArray:
        cut = np.ascontiguousarray(picture[: h * BLOCK_PX, : w * BLOCK_PX])
        return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.float32)

    whole = mean(good.astype(np.float32)) > 0.999
    neighbour = np.zeros_like(d)
    neighbour[:, :-1] = d[:, :-1] * d[:, 1:]
    return mean(signal)[whole], mean(d * d)[whole], mean(neighbour)[whole]


def _quiet(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """For each band of brightness its level and the variance of its quieter blocks, and which blocks those are."""
    edges = np.linspace(0.0, 1.05, 22)
    band = np.digitize(mean, edges)
    levels, noise = [], []
    kept = np.zeros(mean.size, np.bool_)
    for k in np.unique(band):
        inside = np.flatnonzero(band == k)
        if inside.size < 12:
            continue
        bound = float(np.percentile(variance[inside], 30))
        quiet = inside[variance[inside] <= bound]
        kept[quiet] = True
        levels.append(float(mean[quiet].mean()))
        noise.append(bound)  # of 144 values, correlated: the percentile is some 5 % low
    return np.asarray(levels, np.float32), np.asarray(noise, np.float32) * np.float32(1.05), kept


def _line(levels: FloatArray, noise: FloatArray) -> tuple[float, float]:
    """dark + photon * level, both not negative, through most of the points: texture only lifts them, so the lower count more."""
    weight = 1.0 / np.maximum(noise, 1e-12)
    best = (float(np.min(noise)), 0.0)
    for _ in range(6):
        a = np.stack([np.ones_like(levels), levels], axis=1) * weight[:, None]
        dark, photon = np.linalg.lstsq(a.astype(np.float64), (noise * weight).astype(np.float64), rcond=None)[0]
        if photon < 0.0:
            dark, photon = float(np.average(noise, weights=weight**2)), 0.0
        if dark < 0.0:
            dark, photon = 0.0, float(np.sum(noise * levels * weight**2) / np.sum((levels * weight) ** 2))
        best = (float(dark), float(photon))
        over = noise / np.maximum(best[0] + best[1] * levels, 1e-12)
        weight = 1.0 / np.maximum(noise, 1e-12) / np.maximum(over, 1.0) ** 2
    return best


def _smoothing(rho: float) -> float:
    """Width of the Gaussian that leaves a correlation ``rho`` between neighbours."""
    widths = np.linspace(0.0, 1.5, 31)[1:]
    kernels = [cv2.getGaussianKernel(9, float(s), cv2.CV_64F)[:, 0] for s in widths]
    rhos = [float(np.sum(k[1:] * k[:-1]) / np.sum(k * k)) for k in kernels]
    return float(np.interp(rho, [0.02, *rhos], [0.0, *widths]))


def _edge_spread(signal: FloatArray, usable: BoolArray, axis: int) -> float:
    """Standard deviation of the spread of sharp edges along an axis.

    Across a step of height A blurred by a Gaussian, the largest difference between neighbours is A / (sqrt(2 pi) sigma), sigma
    including the difference's own width of one pixel. Things have soft edges too, so a low percentile is the scanner's.
    """
    picture = signal if axis == 1 else np.ascontiguousarray(signal.T)
    good = usable if axis == 1 else np.ascontiguousarray(usable.T)
    reach = 5
    picture, good = picture[::2], good[::2]
    step = np.abs(np.diff(picture, axis=1))[:, reach:-reach]
    height = np.abs(picture[:, 2 * reach + 1 :] - picture[:, : -2 * reach - 1])
    crest = (step >= np.roll(step, 1, axis=1)) & (step > np.roll(step, -1, axis=1)) & (height > 0.12)
    crest &= good[:, reach : -reach - 1] & good[:, 2 * reach + 1 :] & good[:, : -2 * reach - 1]
    y, x = np.nonzero(crest)
    if y.size < 50:
        return 0.8
    flat = _flatness(picture, y, x, reach)
    sharp = flat < 0.12 * height[y, x]
    if sharp.sum() < 30:
        return 0.8
    sigma = height[y, x][sharp] / (np.sqrt(2.0 * np.pi) * step[y, x][sharp])
    measured = float(np.percentile(sigma, 25))
    return float(np.clip(np.sqrt(max(measured**2 - PIXEL_VARIANCE, 0.0)), *EDGE_RANGE_PX))


def _flatness(picture: FloatArray, y: NDArray[np.intp], x: NDArray[np.intp], reach: int) -> FloatArray:
    """How much the picture still changes between 3 and 5 px on both sides of the edges between columns x + reach and the next."""
    left = np.abs(picture[y, x] - picture[y, x + 2])
    right = np.abs(picture[y, x + 2 * reach + 1] - picture[y, x + 2 * reach - 1])
    return np.asarray(np.maximum(left, right), np.float32)


def _pedestal(signal: FloatArray, valid: BoolArray) -> float:
    """The darkest smooth place: no more than that arrives as scatter where nothing gets through."""
    smooth = cv2.blur(signal, (9, 9))
    smooth[~valid] = 1.0
    return float(min(max(float(smooth.min()), 0.0), MOST_PEDESTAL))
