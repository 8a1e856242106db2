"""Whether an object can be seen at all in a scan: its contrast against the noise, with everything known."""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.hiding_displace import laid_over
from scantally.datasets.simulator.project import EDGE_G_CM2, Placed
from scantally.datasets.simulator.scanner import noise_deviation
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.visibility import Values, Visibility, contrast_to_noise, summed_up
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import BoolArray, FloatArray

__all__ = ["Visibility", "judge"]

Layers = dict[str, FloatArray]

STEPS_16_BIT = 60000.0
"""Grey of the open beam in a calibrated file."""


def judge(placed: Placed, canvas: Canvas, style: Style, taken: tuple[Placed, ...] = ()) -> Visibility:
    """Compare the scene with and without the object, at the object's place.

    Without it, the load fills the room that it takes (``taken``), so an object of the load's own density and material cannot be
    seen; one that is lighter shows as bright. Noise is photons, electronics and the step of the file's grey values; the load's own
    texture is not noise here. Of two energies the one that shows the object better counts: an officer sees both.
    """
    mask = placed.total > EDGE_G_CM2
    if not mask.any():
        return summed_up(np.zeros(0, np.float32))
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
    bands = (_ratio(whole, without, beam, style, dead)[mask] for beam in style.beams)
    return max((summed_up(band) for band in bands), key=lambda v: (v.inspectable, v.cnr))


def values_of(style: Style) -> Values:
    """What a scanner's file can hold; black is one grey step, as the reader gives it (``detector.imaging.openbeam.floor_of``)."""
    if not style.eight_bit:
        return Values(black=1.0 / STEPS_16_BIT, white=1.0, step=1.0 / STEPS_16_BIT)
    gain = style.open_grey / 255.0
    black, white = ((v / gain) ** (1.0 / style.gamma) for v in (1.0 / 255.0, 1.0))
    return Values(black=black, white=white, step=1.0 / 255.0, gamma=style.gamma, gain=gain)


def _ratio(whole: Layers, without: Layers, beam: Beam, style: Style, dead: BoolArray) -> FloatArray:
    """Contrast to noise of each pixel at one energy."""
    before, after = _signal(without, beam, style), _signal(whole, beam, style)
    return contrast_to_noise(before, after, values_of(style), lambda s: noise_deviation(s, style) ** 2, dead)


def _signal(layers: Layers, beam: Beam, style: Style) -> FloatArray:
    """Signal with scatter on it.

    Glare comes from a neighbourhood that lets through 0.3, about; the cargo's scatter from the window's own columns (see
    ``scanner.optics``).
    """
    clean = transmission_picture(beam, layers)
    once = style.cargo_scatter * float(np.mean(-clean * np.log(np.maximum(clean, 1e-30))))
    return np.asarray((1.0 - style.scatter) * clean + np.float32(style.scatter * 0.3 + once), np.float32)
