"""Polychromatic Beer-Lambert: from areal densities to transmission.

T(lambda) = sum_k w_k exp(-sum_i mu_i(E_k) lambda_i), with w_k the share of the open beam's signal at energy E_k.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from scantally.detector.physics.attenuation import Float64, mass_attenuation
from scantally.detector.physics.spectra import Beam, Spectrum, fine_spectrum, quadrature
from scantally.detector.types import FloatArray

NODES = 8
"""Energies a picture is computed with: within 0.7 % of the fine grid down to a transmission of 1e-5 (tests)."""

_CHUNK = 1 << 14
"""Pixels worked on at once: small enough for the cache."""


def transmission(spectrum: Spectrum, areal_g_cm2: Mapping[str, float]) -> float:
    """Transmission through areal densities per material (g/cm2), over every energy of the spectrum."""
    depth = np.zeros_like(spectrum.energies_mev)
    for name, areal in areal_g_cm2.items():
        depth += mass_attenuation(name, spectrum.energies_mev) * areal
    return float(np.sum(spectrum.weights * np.exp(-depth)))


def transmission_picture(energy_mv: float, layers: Mapping[str, FloatArray], nodes: int = NODES) -> FloatArray:
    """Transmission of a picture.

    Args:
        energy_mv: the accelerator's energy, with the usual filters and detector.
        layers: areal density per material, all (H, W) float32 in g/cm2; at least one.
        nodes: energies of the quadrature.

    Returns:
        (H, W) float32 in (0, 1].
    """
    names = sorted(layers)
    shape = layers[names[0]].shape
    mu_KM, weights_K = _coefficients(energy_mv, tuple(names), nodes)
    flat = [np.ascontiguousarray(layers[name], np.float32).reshape(-1) for name in names]
    out = np.empty(shape[0] * shape[1], np.float32)
    for start in range(0, out.size, _CHUNK):
        areal_MP = np.stack([layer[start : start + _CHUNK] for layer in flat])
        out[start : start + _CHUNK] = weights_K @ np.exp(mu_KM @ areal_MP)
    return out.reshape(shape)


@lru_cache(maxsize=64)
def spectrum_of(energy_mv: float, nodes: int | None = None) -> Spectrum:
    """The usual beam's spectrum at an energy: fine, or as a quadrature of so many energies."""
    fine = fine_spectrum(Beam(energy_mv=energy_mv))
    return fine if nodes is None else quadrature(fine, nodes)


@lru_cache(maxsize=256)
def _coefficients(energy_mv: float, names: tuple[str, ...], nodes: int) -> tuple[FloatArray, FloatArray]:
    """Minus mass attenuation (K energies, M materials) and the energies' weights (K,)."""
    spectrum = spectrum_of(energy_mv, nodes)
    mu: list[Float64] = [-mass_attenuation(name, spectrum.energies_mev) for name in names]
    return np.stack(mu, axis=1).astype(np.float32), spectrum.weights.astype(np.float32)
