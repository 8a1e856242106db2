"""Polychromatic Beer-Lambert: from areal densities to transmission.

T(lambda) = sum_k w_k exp(-sum_i mu_i(E_k) lambda_i), with w_k the share of the open beam's signal at energy E_k.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from scantally.detector.physics.attenuation import CrossSections, Float64, mass_attenuation
from scantally.detector.physics.spectra import Beam, Spectrum, fine_spectrum, quadrature
from scantally.detector.types import FloatArray

NODES = 8
"""Energies a picture is computed with: within 0.7 % of the fine grid down to a transmission of 1e-5 (tests)."""

_CHUNK = 1 << 14
"""Pixels worked on at once, about: small enough for the cache."""


def transmission(spectrum: Spectrum, areal_g_cm2: Mapping[str, float], table: CrossSections | None = None) -> float:
    """Transmission through areal densities per material (g/cm2), over every energy of the spectrum."""
    depth = np.zeros_like(spectrum.energies_mev)
    for name, areal in areal_g_cm2.items():
        depth += mass_attenuation(name, spectrum.energies_mev, table) * areal
    return float(np.sum(spectrum.weights * np.exp(-depth)))


def transmission_picture(
    beam: Beam | float, layers: Mapping[str, FloatArray], nodes: int = NODES, slants_H: FloatArray | None = None
) -> FloatArray:
    """Transmission of a picture.

    Args:
        beam: the accelerator with its filters and detector, or its energy in MV with the usual ones.
        layers: areal density per material, all (H, W) float32 in g/cm2; at least one.
        nodes: energies of the quadrature.
        slants_H: how much longer each row's way through everything is, (H,); not at all when None.

    Returns:
        (H, W) float32 in (0, 1].
    """
    names = sorted(layers)
    rows, columns = layers[names[0]].shape
    mu_KM, weights_K = coefficients(_beam(beam), tuple(names), nodes)
    out = np.empty((rows, columns), np.float32)
    step = max(1, _CHUNK // max(columns, 1))
    for start in range(0, rows, step):
        part = slice(start, start + step)
        slants = None if slants_H is None else slants_H[part]
        out[part] = _rows(out[part].shape, [layers[name][part] for name in names], mu_KM, weights_K, slants)
    return out


def _rows(
    shape: tuple[int, ...], areal: list[FloatArray], mu_KM: FloatArray, weights_K: FloatArray, slants: FloatArray | None
) -> FloatArray:
    """A few rows of the picture: materials that are not there cost nothing."""
    here = [number for number, part in enumerate(areal) if part.any()]
    if not here:
        return np.ones(shape, np.float32)
    depth_KP = mu_KM[:, here] @ np.stack([areal[number].reshape(-1) for number in here]).astype(np.float32, copy=False)
    if slants is not None:
        depth_KP *= np.repeat(slants.astype(np.float32, copy=False), shape[1])
    np.exp(depth_KP, out=depth_KP)
    signal: FloatArray = (weights_K @ depth_KP).reshape(shape)
    return signal


@lru_cache(maxsize=64)
def spectrum_of(beam: Beam | float, nodes: int | None = None) -> Spectrum:
    """A beam's spectrum (a number: the usual beam of so many MV): fine, or as a quadrature of so many energies."""
    fine = fine_spectrum(_beam(beam))
    return fine if nodes is None else quadrature(fine, nodes)


@lru_cache(maxsize=256)
def coefficients(beam: Beam, names: tuple[str, ...], nodes: int) -> tuple[FloatArray, FloatArray]:
    """Minus mass attenuation (K energies, M materials) in cm2/g, and the energies' weights (K,)."""
    spectrum = spectrum_of(beam, nodes)
    mu: list[Float64] = [-mass_attenuation(name, spectrum.energies_mev) for name in names]
    return np.stack(mu, axis=1).astype(np.float32), spectrum.weights.astype(np.float32)


def _beam(beam: Beam | float) -> Beam:
    return beam if isinstance(beam, Beam) else Beam(energy_mv=float(beam))
