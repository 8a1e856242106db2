"""When an object can be seen in a scan: one rule for what is simulated with it and for what it is projected into."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.truth import INSPECTABLE_CNR, INSPECTABLE_SHARE
from scantally.detector.types import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Visibility:
    """``cnr``: mean contrast in -ln T over the object per one pixel's noise; ``visible``: share of it over three times the noise."""

    cnr: float
    visible: float

    @property
    def inspectable(self) -> bool:
        """The fixed rule of ``truth``."""
        return self.visible >= INSPECTABLE_SHARE and self.cnr >= INSPECTABLE_CNR


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """What a file can hold. ``black`` and ``white`` are its darkest and brightest values as linear signals; a grey value is
    ``gain`` * signal ** ``gamma``, in steps of ``step``."""

    black: float
    white: float
    step: float
    gamma: float = 1.0
    gain: float = 1.0

    def held(self, signal: FloatArray) -> FloatArray:
        """The signal, cut at black and white, any shape."""
        return np.asarray(np.clip(signal, self.black, self.white), np.float32)

    def rounding(self, signal: FloatArray) -> FloatArray:
        """Standard deviation of ln signal that comes from whole grey steps (uniform: a step / sqrt(12))."""
        grey = np.float32(self.gain) * np.power(signal, np.float32(self.gamma))
        return np.asarray(self.step / np.sqrt(12.0) / np.maximum(grey, 1e-12) / self.gamma, np.float32)


def contrast_to_noise(
    without: FloatArray,
    with_it: FloatArray,
    values: Values,
    variance: Callable[[FloatArray], FloatArray],
    blind: BoolArray | None = None,
) -> FloatArray:
    """Contrast of each pixel in ln signal over the standard deviation of one pixel with the object, darker or brighter.

    Both signals count as the file holds them, so what the object turns black counts with the contrast down to black, and what
    was black before and is black with it counts as nothing. ``blind`` pixels (dead, stuck and weak detectors) show nothing.

    Args:
        without: Linear signal without the object, any shape.
        with_it: With it.
        values: Of the file.
        variance: Of one pixel's noise at linear signals.
        blind: Which pixels do not follow the beam.
    """
    before, after = values.held(without), values.held(with_it)
    deviation = np.sqrt(variance(after) / after**2 + values.rounding(after) ** 2)
    ratio = np.abs(np.log(before) - np.log(after)) / np.maximum(deviation, 1e-6)
    return np.asarray(ratio if blind is None else np.where(blind, 0.0, ratio), np.float32)


def summed_up(ratio: FloatArray) -> Visibility:
    """Over the pixels of an object."""
    if not ratio.size:
        return Visibility(cnr=0.0, visible=0.0)
    return Visibility(cnr=float(ratio.mean()), visible=float((ratio > INSPECTABLE_CNR).mean()))
