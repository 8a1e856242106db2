"""Mass from a noise-free picture: what a scan could tell about how much there is, with and without knowing what it is.

A pixel's transmission says how much matter its beam met only if one knows which: attenuation is inverted for the true mix of
materials. The beam runs at a slant, so its way through a body is longer than straight across. And what stands deeper looks
smaller: a pixel covers more of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.project import Placed, place
from scantally.datasets.simulator.sprite import DepthSlice
from scantally.detector.physics.inverse import areal_density
from scantally.detector.physics.spectra import Beam
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """Something as it falls onto the picture, and between which depths (mm behind the near wall) it stands."""

    placed: Placed
    near_mm: float
    far_mm: float


def bodies(
    view: View, slices: Sequence[DepthSlice], x_mm: float, base_mm: float, z0: float, depth: float
) -> list[Body]:
    """A load's slices, each placed by itself: arguments as ``project.place_slices``."""
    found = []
    for part in slices:
        near, far = z0 + part.near * depth, z0 + part.far * depth
        found.append(Body(placed=place(view, part.sprite, x_mm, base_mm, near, far), near_mm=near, far_mm=far))
    return [body for body in found if body.placed.layers]


def layers_of(view: View, things: Sequence[Body]) -> dict[str, FloatArray]:
    """Areal density per material of all bodies along the slanted beam, (H, W) g/cm2 of the whole picture."""
    layers: dict[str, FloatArray] = {}
    for body in things:
        for name, part in body.placed.layers.items():
            layer = layers.setdefault(name, np.zeros((view.height, view.width), np.float32))
            _window(layer, body.placed, part)[...] += part
    slants = view.slants()[:, None]
    return {name: layer * slants for name, layer in layers.items()}


def mass_kg(
    view: View,
    transmission_HW: FloatArray,
    beam: Beam,
    things: Sequence[Body],
    behind: Mapping[str, FloatArray] | None = None,
) -> float:
    """Mass of bodies, integrated from a noise-free picture with their true materials and depths.

    Args:
        view: the picture's geometry.
        transmission_HW: what the beam's signal came to, with everything in it.
        beam: of that picture.
        things: the bodies that are weighed.
        behind: what else stands in the beam (container, trailer), per material along the slanted beam, (H, W) g/cm2.
    """
    mine = layers_of(view, things)
    mix = {name: layer.copy() for name, layer in mine.items()}
    for name, layer in (behind or {}).items():
        mix[name] = mix[name] + layer if name in mix else layer
    here = _total(mine) > 0.0
    mix = {name: np.where(here, layer, np.float32(0.0)) for name, layer in mix.items()}
    total = _total(mix)
    found_HW = areal_density(transmission_HW, beam, mix)
    ratio = np.asarray(found_HW / np.maximum(total, 1e-9), np.float32)  # found over true, for each pixel
    grams = 0.0
    for body in things:
        for part in body.placed.layers.values():
            found: FloatArray = np.multiply(part, _window(ratio, body.placed, part))
            grams += float(found.sum(dtype=np.float64)) * pixel_cm2(view, body.near_mm, body.far_mm)
    return grams / 1000.0


def guessed_mass_kg(
    view: View, transmission_HW: FloatArray, empty_HW: FloatArray, beam: Beam, material: str, depth_mm: float
) -> float:
    """Mass when all load is taken for one material at one depth, and the empty container's transmission is divided out."""
    relative = np.asarray(np.clip(transmission_HW / np.maximum(empty_HW, 1e-12), 1e-12, 1.0), np.float32)
    plain = (relative < 0.9999).astype(np.float32)  # nothing was added elsewhere
    areal = areal_density(relative, beam, {material: plain}) / view.slants()[:, None]
    return float(areal.sum(dtype=np.float64)) * pixel_cm2(view, depth_mm, depth_mm) / 1000.0


def pixel_cm2(view: View, near_mm: float, far_mm: float) -> float:
    """What a pixel covers of a body that is even between two depths: its height grows with the depth, its width does not.

    The body's picture shrinks by d / (d + z), on average over the depths by d ln((d + far) / (d + near)) / (far - near).
    """
    if far_mm - near_mm < 1.0:
        scale = view.scale((near_mm + far_mm) / 2.0)
    else:
        d = view.distance_mm
        scale = d * float(np.log((d + far_mm) / (d + near_mm))) / (far_mm - near_mm)
    return view.pitch_mm * view.x_pitch_mm / scale / 100.0


def _total(layers: Mapping[str, FloatArray]) -> FloatArray:
    total: FloatArray = np.sum(list(layers.values()), axis=0, dtype=np.float32)
    return total


def _window(picture_HW: FloatArray, placed: Placed, part: FloatArray) -> FloatArray:
    """The part of a picture where something was placed: a view of it."""
    h, w = part.shape
    return picture_HW[placed.y : placed.y + h, placed.x : placed.x + w]
