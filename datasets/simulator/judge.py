"""Whether an object can be seen at all in a scan: its contrast against the noise, with everything known."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.hiding_displace import laid_over
from scantally.datasets.simulator.project import EDGE_G_CM2, Placed
from scantally.datasets.simulator.scanner import noise_deviation
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.truth import INSPECTABLE_CNR, INSPECTABLE_SHARE
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray

Layers = dict[str, FloatArray]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visibility:
    """``cnr``: mean contrast in -ln T over the object per one pixel's noise; ``visible``: share of it over three times the noise."""

    cnr: float
    visible: float

    @property
    def inspectable(self) -> bool:
        """The fixed rule of ``truth``."""
        return self.visible >= INSPECTABLE_SHARE and self.cnr >= INSPECTABLE_CNR


def judge(placed: Placed, canvas: Canvas, style: Style, taken: tuple[Placed, ...] = ()) -> Visibility:
    """Compare the scene with and without the object, at the object's place.

    Without it, the load fills the room that it takes (``taken``), so an object of the load's own density and material cannot be
    seen; one that is lighter shows as bright. Noise is photons, electronics and the step of the file's grey values; the load's own
    texture is not noise here. Of two energies the one that shows the object better counts: an officer sees both.
    """
    mask = placed.total > EDGE_G_CM2
    if not mask.any():
        return Visibility(cnr=0.0, visible=0.0)
    h, w = mask.shape
    rows, columns = slice(placed.y, placed.y + h), slice(placed.x, placed.x + w)
    slants = canvas.view.slants()[rows, None]
    whole = {name: layer[rows, columns] * slants for name, layer in canvas.layers.items()}
    without = dict(whole)
    for layers, sign in ((placed.layers, -1.0), (laid_over(placed, taken), 1.0)):
        for name, areal in layers.items():
            without[name] = without[name] + areal * (slants * np.float32(sign))
    without = {name: np.maximum(layer, 0) for name, layer in without.items()}
    dead = np.isin(np.arange(placed.y, placed.y + h), style.dead_rows)[:, None]
    bands = [np.where(dead, 0.0, _ratio(whole, without, beam, style))[mask] for beam in style.beams]
    return max(
        (Visibility(cnr=float(b.mean()), visible=float((b > INSPECTABLE_CNR).mean())) for b in bands),
        key=lambda v: (v.inspectable, v.cnr),
    )


def _ratio(whole: Layers, without: Layers, beam: Beam, style: Style) -> FloatArray:
    """Contrast in -ln T over noise, darker or brighter, of each pixel at one energy."""
    with_it, deviation = _signal(whole, beam, style)
    contrast = np.abs(np.log(_signal(without, beam, style)[0]) - np.log(with_it))
    return np.asarray(contrast / deviation, np.float32)


def _signal(layers: Layers, beam: Beam, style: Style) -> tuple[FloatArray, FloatArray]:
    """Signal with scatter on it, and the standard deviation of its logarithm.

    Glare comes from a neighbourhood that lets through 0.3, about; the cargo's scatter from the window's own columns (see
    ``scanner.optics``).
    """
    clean = transmission_picture(beam, layers)
    once = style.cargo_scatter * float(np.mean(-clean * np.log(np.maximum(clean, 1e-30))))
    signal = (1.0 - style.scatter) * clean + np.float32(style.scatter * 0.3 + once + 1e-7)
    variance = (noise_deviation(signal, style) / signal) ** 2
    if style.eight_bit:
        white = (255.0 / style.open_grey) ** (1.0 / style.gamma)
        signal = np.minimum(signal, np.float32(white))  # what is brighter shows as white
        grey = np.float32(style.open_grey) * signal**style.gamma
        step = np.where(grey < 1.0, np.inf, 0.29 / np.maximum(grey, 1.0) / style.gamma)
    else:
        step = 0.29 / 60000.0 / signal
    return signal, np.sqrt(variance + step**2)
