"""Whether an object can be seen at all in a scan: its contrast against the noise, with everything known."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.project import EDGE_G_CM2, Placed
from scantally.datasets.simulator.scanner import noise_deviation
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.truth import INSPECTABLE_CNR, INSPECTABLE_SHARE
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Visibility:
    """``cnr``: mean contrast in -ln T over the object per one pixel's noise; ``visible``: share of it over three times the noise."""

    cnr: float
    visible: float

    @property
    def inspectable(self) -> bool:
        """The fixed rule of ``truth``."""
        return self.visible >= INSPECTABLE_SHARE and self.cnr >= INSPECTABLE_CNR


def judge(placed: Placed, canvas: Canvas, style: Style) -> Visibility:
    """Compare the scene with and without the object, at the object's place.

    Noise is photons, electronics and the step of the file's grey values; the load's own texture is not noise here.
    """
    total = placed.total
    h, w = total.shape
    rows, columns = slice(placed.y, placed.y + h), slice(placed.x, placed.x + w)
    slants = canvas.view.slants()[rows, None]
    whole = {name: layer[rows, columns] * slants for name, layer in canvas.layers.items()}
    without = {n: np.maximum(a - placed.layers[n] * slants, 0) if n in placed.layers else a for n, a in whole.items()}
    mask = total > EDGE_G_CM2
    if not mask.any():
        return Visibility(cnr=0.0, visible=0.0)
    with_it, deviation = _signal(whole, style)
    ratio = (np.log(_signal(without, style)[0]) - np.log(with_it)) / deviation
    seen = ratio[mask]
    return Visibility(cnr=float(seen.mean()), visible=float((seen > INSPECTABLE_CNR).mean()))


def _signal(layers: dict[str, FloatArray], style: Style) -> tuple[FloatArray, FloatArray]:
    """Signal with scatter on it, and the standard deviation of its logarithm."""
    clean = transmission_picture(style.energies_mv[-1], layers)
    signal = (1.0 - style.scatter) * clean + np.float32(style.scatter * 0.3) + np.float32(1e-7)
    variance = (noise_deviation(signal, style) / signal) ** 2
    if style.eight_bit:
        grey = np.float32(style.open_grey) * signal**style.gamma
        step = np.where(grey < 1.0, np.inf, 0.29 / np.maximum(grey, 1.0) / style.gamma)
    else:
        step = 0.29 / 60000.0 / signal
    return signal, np.sqrt(variance + step**2)
