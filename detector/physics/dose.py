"""Dose that goes with a number of detected photons: what "a stated dose" means for an image's noise."""

import numpy as np

from scantally.detector.physics.attenuation import Float64
from scantally.detector.physics.spectra import Beam, efficiency, fine_spectrum

JOULE_PER_MEV = 1.602177e-13
"""The elementary charge, exact in the SI since 2019 (CODATA 2018)."""

AIR_ENERGIES_MEV = np.array(
    [0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
)
AIR_ENERGY_ABSORPTION = np.array(
    [
        0.04098, 0.03041, 0.02407, 0.02325, 0.02496, 0.02672, 0.02872, 0.02949, 0.02966, 0.02953, 0.02882,
        0.02789, 0.02666, 0.02547, 0.02345, 0.02057, 0.01870, 0.01740, 0.01647, 0.01525, 0.01450,
    ]
)  # fmt: skip
"""Mass energy-absorption of dry air in cm2/g: J. H. Hubbell and S. M. Seltzer, NISTIR 5632, table 4."""


def fluence_kerma_gy_cm2(energies_mev: Float64) -> Float64:
    """Air kerma in Gy that one photon per cm2 gives, radiative losses (under 3 % here) left out: E times mu_en/rho."""
    air = np.exp(np.interp(np.log(energies_mev), np.log(AIR_ENERGIES_MEV), np.log(AIR_ENERGY_ABSORPTION)))
    return np.asarray(energies_mev * JOULE_PER_MEV * air * 1e3, np.float64)


def air_kerma_ugy(beam: Beam, quanta: float, area_cm2: float) -> float:
    """Air kerma in microgray at the detector, for one line, when the open beam's signal is as noisy as ``quanta`` photons.

    ``quanta`` are effective ones: a detector that adds up energy is as noisy as (sum n E)^2 / (sum n E^2) photons counted,
    because photons of high energy weigh more (R. K. Swank, J. Appl. Phys. 44, 4199 (1973), without the scintillator's own
    spread). ``area_cm2`` is what one pixel of the detector collects from.
    """
    spectrum = fine_spectrum(beam)
    energies, weights = spectrum.energies_mev, spectrum.weights
    response = energies if beam.response == "energy" else np.ones_like(energies)
    detected = weights / response  # in proportion to photons that interact
    per_quantum = float((detected * response**2).sum() / (detected * response).sum() ** 2)
    arriving = detected * quanta * per_quantum / efficiency(beam, energies)
    return float((arriving * fluence_kerma_gy_cm2(energies)).sum() / area_cm2 * 1e6)
