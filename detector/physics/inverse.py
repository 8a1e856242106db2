"""Polychromatic Beer-Lambert backwards: from transmission to areal density."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from scantally.detector.physics.attenuation import Float64
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import coefficients
from scantally.detector.types import FloatArray

NODES = 16
"""Energies of the inversion: more than pictures are made with, so that it checks their quadrature too."""

TABLE_ATTENUATION = 12.0
"""Upper end of a table, in -ln T: beyond what any cargo scanner resolves."""

_TABLE_POINTS = 481
_STEPS = 30
_CHUNK = 1 << 13


def areal_density(transmission_HW: FloatArray, beam: Beam, mix: Mapping[str, FloatArray]) -> FloatArray:
    """Areal density (g/cm2 along the beam, all materials) that lets through what was seen, for a mix per pixel.

    Only the layers' proportions count. Newton's method on ln T, which falls and is convex in the areal density: from zero it
    comes up to the root and never passes it.

    Args:
        transmission_HW: (H, W), 1 is open beam.
        beam: of that picture.
        mix: per material how much of it there is, (H, W) in any unit; where all are zero, so is the answer.
    """
    names = sorted(mix)
    mu_KM, weights_K = (part.astype(np.float64) for part in coefficients(beam, tuple(names), NODES))
    wanted = np.log(np.clip(transmission_HW, 1e-30, 1.0)).reshape(-1)
    shares = np.stack([mix[name].reshape(-1) for name in names])
    out = np.zeros(wanted.size, np.float32)
    hit = np.flatnonzero(shares.sum(axis=0) > 0.0)
    for start in range(0, hit.size, _CHUNK):
        at = hit[start : start + _CHUNK]
        share = shares[:, at] / shares[:, at].sum(axis=0)
        out[at] = _invert(wanted[at], mu_KM @ share, weights_K)
    return out.reshape(transmission_HW.shape)


@lru_cache(maxsize=32)
def areal_table(beam: Beam, material: str) -> FloatArray:
    """Areal density of one material by attenuation: (N,) g/cm2 at N even steps of -ln T from 0 to TABLE_ATTENUATION; read-only.

    Between its points a straight line is off by less than 0.001 g/cm2 (tests).
    """
    attenuation_1N = np.linspace(0.0, TABLE_ATTENUATION, _TABLE_POINTS)[None, :]
    found_1N = areal_density(np.exp(-attenuation_1N), beam, {material: np.ones_like(attenuation_1N, np.float32)})
    table_N: FloatArray = found_1N[0]
    table_N.flags.writeable = False
    return table_N


def look_up(attenuation: FloatArray, table_N: FloatArray) -> FloatArray:
    """A table's values at attenuations of any shape, by straight lines; outside the table its ends."""
    step = (table_N.size - 1) / TABLE_ATTENUATION
    at = np.clip(attenuation * np.float32(step), 0.0, table_N.size - 1.001)
    whole = at.astype(np.int32)
    low = table_N[whole]
    return np.asarray(low + (table_N[whole + 1] - low) * (at - whole), np.float32)


def _invert(wanted_P: Float64, mu_KP: Float64, weights_K: Float64) -> Float64:
    areal_P = np.zeros_like(wanted_P)
    for _ in range(_STEPS):
        parts_KP = weights_K[:, None] * np.exp(mu_KP * areal_P)
        sum_P = parts_KP.sum(axis=0)
        step_P = (np.log(sum_P) - wanted_P) / -((parts_KP * mu_KP).sum(axis=0) / sum_P)
        areal_P += np.maximum(step_P, -areal_P)
        if np.abs(step_P).max() < 1e-5:
            break
    return areal_P
