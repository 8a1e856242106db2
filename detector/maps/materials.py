"""From transmission to areal density where the materials are not known: between organic matter and steel."""

import cv2
import numpy as np

from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.maps.outline import Coarse, Outline
from scantally.detector.physics.inverse import TABLE_ATTENUATION, areal_table, look_up
from scantally.detector.physics.spectra import Beam
from scantally.detector.types import FloatArray

ORGANIC = ("cellulose", "polyethylene")
"""What stands for goods without metal: between the two lie water, food, textiles, sugar and most plastics (XCOM)."""

METAL = "steel"

_REACH_MM = 150.0  # two energies are compared over so much, so that their noise does not count
_TELLING = (0.5, 5.0)  # attenuation between which two energies tell materials apart
_SHARES = (-0.4, 1.3)  # of metal; beyond 0 and 1, as noise and lighter or heavier elements make it
_LEAST_LEFT = 0.35  # of what is seen stays when the veil is taken off
_SHRINK = 4


def areal_of(
    coarse: Coarse, energies_mv: tuple[float, ...], outline: Outline, settings: WeighingSettings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What is seen at the highest energy, the veil that lies over it, both (h, w) transmission, and areal density, (h, w) g/cm2.

    Areal density is straight across: the slanted beam's longer way is taken off. With two energies their ratio says for each place
    how much of it is metal; with one, the settings do.
    """
    beams = [Beam(energy_mv=float(energy)) for energy in energies_mv]
    veils = [veil(band_hw, outline, settings) for band_hw in coarse.bands_Bhw]
    seen_hw = coarse.bands_Bhw[-1]
    depth_hw = attenuation(seen_hw, veils[-1])
    metal: FloatArray | float = settings.metal_share
    if len(beams) == 2:
        metal = _metal_share((coarse.bands_Bhw[0], seen_hw), (veils[0], veils[1]), (beams[0], beams[1]), outline)
    light_N, heavy_N = _organic(beams[-1]), areal_table(beams[-1], METAL)
    if isinstance(metal, float):
        along_hw = look_up(depth_hw, light_N + metal * (heavy_N - light_N))
    else:
        along_hw = look_up(depth_hw, light_N)
        along_hw += metal * (look_up(depth_hw, heavy_N) - along_hw)
    areal_hw = along_hw / outline.slants_h[:, None]
    return seen_hw, veils[-1], np.asarray(areal_hw, np.float32)


def veil(band_hw: FloatArray, outline: Outline, settings: WeighingSettings) -> FloatArray:
    """Light that scatter and glare spread from the surroundings over each place, (h, w)."""
    reach = settings.veil_reach_mm / outline.high_mm / _SHRINK
    small = cv2.resize(band_hw, None, fx=1 / _SHRINK, fy=1 / _SHRINK, interpolation=cv2.INTER_AREA)
    broad = cv2.GaussianBlur(small, (0, 0), reach, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(broad, band_hw.shape[::-1]) * np.float32(settings.veil), np.float32)


def attenuation(seen: FloatArray, veil_over: FloatArray) -> FloatArray:
    """-ln T without the veil."""
    return np.asarray(-np.log(np.maximum(seen - veil_over, np.maximum(_LEAST_LEFT * seen, 1e-6))), np.float32)


def _organic(beam: Beam) -> FloatArray:
    light, heavy = (areal_table(beam, name) for name in ORGANIC)
    return np.asarray((light + heavy) / 2.0, np.float32)


def _metal_share(
    bands: tuple[FloatArray, FloatArray],
    veils: tuple[FloatArray, FloatArray],
    beams: tuple[Beam, Beam],
    outline: Outline,
) -> FloatArray:
    """Share of metal, (h, w): where between organic matter and steel the low energy's attenuation lies, at the high one's."""
    size = (round(_REACH_MM / outline.wide_mm) | 1, round(_REACH_MM / outline.high_mm) | 1)
    low_hw, high_hw = (
        attenuation(cv2.blur(band, size), cv2.blur(over, size)) for band, over in zip(bands, veils, strict=True)
    )
    light_hw, heavy_hw = _expected(high_hw, beams, "organic"), _expected(high_hw, beams, METAL)
    telling = (high_hw > _TELLING[0]) & (high_hw < _TELLING[1])
    span_hw = np.maximum(light_hw - heavy_hw, 1e-3)
    share_hw = np.clip((light_hw - low_hw) / span_hw, *_SHARES)
    whole = (
        float((light_hw - low_hw)[telling].sum() / max(float(span_hw[telling].sum()), 1e-6)) if telling.any() else 0.0
    )
    return np.where(telling, share_hw, np.float32(np.clip(whole, *_SHARES))).astype(np.float32)


def _expected(high_hw: FloatArray, beams: tuple[Beam, Beam], material: str) -> FloatArray:
    """The low energy's attenuation behind as much of one material as the high one saw."""
    low_N, high_N = ((_organic(b) if material == "organic" else areal_table(b, material)) for b in beams)
    steps = np.linspace(0.0, TABLE_ATTENUATION, high_N.size)
    return look_up(high_hw, np.interp(high_N, low_N, steps).astype(np.float32))
