"""What leaves the accelerator and what the detector makes of it.

Broad-spectrum model: thick-target bremsstrahlung after Kramers, N(E) ~ E0/E - 1 photons per energy (H. A. Kramers,
Phil. Mag. 46, 836 (1923)), hardened by filters, weighted by what the detector makes of a photon. A detector that adds up
light (a scintillator on a photodiode, as cargo scanners have) signals energy: a photon that interacts counts with its
whole energy, which neglects what escapes again (G. F. Knoll, "Radiation Detection and Measurement", 4th ed., ch. 10).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scantally.detector.physics.attenuation import ENERGY_RANGE_MEV, CrossSections, Float64, mass_attenuation
from scantally.detector.physics.materials import MATERIALS

FINE_POINTS = 400
"""Points of the fine energy grid: doubling them moves no transmission of 400 mm of steel by more than 0.1 %."""

Filters = tuple[tuple[str, float], ...]
"""Materials in the beam before the cargo, and how thick each is in mm."""

USUAL_FILTERS: Filters = (("tungsten", 2.0), ("copper", 5.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Beam:
    """An accelerator with its filters and the detector: thicknesses in mm.

    ``detector`` is any material; those that scintillate are cadmium tungstate, caesium iodide, gadolinium oxysulfide and
    plastic scintillator. ``response`` says whether the detector adds up energy or counts photons.
    """

    energy_mv: float
    filters_mm: Filters = USUAL_FILTERS
    detector: str = "cadmium tungstate"
    detector_mm: float = 30.0
    response: Literal["energy", "count"] = "energy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spectrum:
    """Energies in MeV and their share of the open beam's signal; the shares add up to 1."""

    energies_mev: Float64
    weights: Float64


def fine_spectrum(beam: Beam, points: int = FINE_POINTS, table: CrossSections | None = None) -> Spectrum:
    """The signal's spectrum on a fine grid: photons x filter transmission x response.

    Raises:
        KeyError: no such material.
        ValueError: the energy lies outside the attenuation table (0.05 to 10 MV).
    """
    if not ENERGY_RANGE_MEV[0] < beam.energy_mv <= ENERGY_RANGE_MEV[1]:
        raise ValueError(f"beam energy must lie in {ENERGY_RANGE_MEV} MV, got {beam.energy_mv}")
    edges = np.linspace(ENERGY_RANGE_MEV[0], beam.energy_mv, points + 1)
    energies = (edges[1:] + edges[:-1]) / 2.0
    photons = (beam.energy_mv / energies - 1.0) * _through(beam, energies, table)
    signal = photons * efficiency(beam, energies, table)
    if beam.response == "energy":
        signal *= energies
    return Spectrum(energies_mev=energies, weights=signal / signal.sum())


def efficiency(beam: Beam, energies_mev: Float64, table: CrossSections | None = None) -> Float64:
    """Share of photons that interact in the detector: 1 - exp(-mu d)."""
    areal = MATERIALS[beam.detector].density * beam.detector_mm / 10.0
    return np.asarray(-np.expm1(-mass_attenuation(beam.detector, energies_mev, table) * areal), np.float64)


def quadrature(spectrum: Spectrum, nodes: int) -> Spectrum:
    """A few energies that stand for the whole spectrum: Gauss quadrature in log E with the spectrum as weight.

    The recurrence comes from the discrete Stieltjes procedure, nodes and weights from the Jacobi matrix (G. H. Golub
    and J. H. Welsch, Math. Comp. 23, 221 (1969)). It is exact for polynomials in log E of degree 2 nodes - 1.
    """
    x, w = np.log(spectrum.energies_mev), spectrum.weights
    diagonal, off = _recurrence(x, w, nodes)
    roots, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    return Spectrum(energies_mev=np.exp(roots), weights=vectors[0] ** 2)


def _through(beam: Beam, energies: Float64, table: CrossSections | None) -> Float64:
    depth = np.zeros_like(energies)
    for name, thickness in beam.filters_mm:
        depth += mass_attenuation(name, energies, table) * MATERIALS[name].density * thickness / 10.0
    return np.asarray(np.exp(-depth), np.float64)


def _recurrence(x: Float64, w: Float64, nodes: int) -> tuple[Float64, Float64]:
    """Coefficients of the orthonormal polynomials under the discrete weight."""
    diagonal, off = np.zeros(nodes), np.zeros(nodes - 1)
    before, now = np.zeros_like(x), np.ones_like(x) / np.sqrt(w.sum())
    for k in range(nodes):
        diagonal[k] = np.sum(w * x * now**2)
        following = (x - diagonal[k]) * now - (off[k - 1] if k else 0.0) * before
        if k < nodes - 1:
            off[k] = np.sqrt(np.sum(w * following**2))
            before, now = now, following / off[k]
    return diagonal, off
