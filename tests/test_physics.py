import numpy as np
import pytest

from scantally.detector.physics.attenuation import element_attenuation, mass_attenuation, nist_table
from scantally.detector.physics.dose import air_kerma_ugy, fluence_kerma_gy_cm2
from scantally.detector.physics.materials import ATOMIC_WEIGHT, MATERIALS
from scantally.detector.physics.spectra import Beam, efficiency, fine_spectrum, quadrature
from scantally.detector.physics.transmission import NODES, spectrum_of, transmission, transmission_picture

# Hubbell and Seltzer, NISTIR 5632 (physics.nist.gov/PhysRefData/XrayMassCoef), total with coherent scattering, cm2/g.
NIST = {
    (26, 0.1): 3.717e-1,
    (26, 1.0): 5.995e-2,
    (26, 2.0): 4.265e-2,
    (26, 3.0): 3.621e-2,
    (26, 4.0): 3.312e-2,
    (26, 6.0): 3.057e-2,
    (26, 10.0): 2.994e-2,
    (6, 1.0): 6.361e-2,
    (82, 1.0): 7.102e-2,
    (82, 5.0): 4.272e-2,
}


# Issued figures of steel's transmission and R values: tests/test_physics_readme.py.
@pytest.mark.parametrize(("key", "expected"), NIST.items())
def test_elements_agree_with_nist(key: tuple[int, float], expected: float) -> None:
    z, energy = key
    assert element_attenuation(z, np.array([energy]))[0] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("z", sorted(nist_table()))
def test_pair_production_rises_with_energy(z: int) -> None:
    energies = np.linspace(1.03, 10.0, 500)
    everything = element_attenuation(z, energies)
    below = element_attenuation(z, np.array([1.0219]))[0]
    assert np.all(np.diff(everything[energies < 2.0]) < 0)
    assert everything[0] == pytest.approx(below, rel=0.02)
    # The swing that was left out of the table: 2.5 and 3.5 MeV lie between their neighbours.
    at = element_attenuation(z, np.array([2.0, 2.5, 3.0, 3.5, 4.0]))
    assert at[0] > at[1] > at[2]
    assert min(at[2], at[4]) * 0.99 <= at[3] <= max(at[2], at[4])


def test_the_k_edge_is_a_step() -> None:
    low, high = element_attenuation(74, np.array([0.0695, 0.0696]))
    assert high / low > 4.0  # tungsten: 2.55 to 11.2 cm2/g at 69.5 keV (NISTIR 5632)
    assert (low, high) == (pytest.approx(2.55, rel=0.05), pytest.approx(11.2, rel=0.05))


def test_energies_outside_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match=r"photon energies must lie in \(0.05, 10.0\) MeV"):
        element_attenuation(26, np.array([0.01, 1.0]))
    with pytest.raises(ValueError, match="beam energy must lie in"):
        fine_spectrum(Beam(energy_mv=12.0))
    with pytest.raises(KeyError):
        mass_attenuation("unobtainium", np.array([1.0]))


@pytest.mark.parametrize("name", MATERIALS)
def test_mass_fractions_add_up(name: str) -> None:
    material = MATERIALS[name]
    assert sum(fraction for _, fraction in material.fractions) == pytest.approx(1.0)
    assert all(z in ATOMIC_WEIGHT and z in nist_table() for z, _ in material.fractions)
    assert material.density > 0


def test_water_is_one_ninth_hydrogen() -> None:
    assert dict(MATERIALS["water"].fractions)[1] == pytest.approx(0.1119, abs=1e-4)


def test_the_fine_grid_is_fine_enough() -> None:
    for energy in (3.0, 6.0, 9.0):
        areal = {"steel": 7.85 * 40}
        once, twice = (transmission(fine_spectrum(Beam(energy_mv=energy), n), areal) for n in (400, 800))
        assert once == pytest.approx(twice, rel=1e-3)


@pytest.mark.parametrize("energy", [3.0, 4.0, 6.0, 9.0])
def test_the_quadrature_stands_for_the_fine_grid(energy: float) -> None:
    few = quadrature(spectrum_of(energy), NODES)
    assert few.weights.sum() == pytest.approx(1.0)
    assert np.all(few.weights > 0)
    for material in MATERIALS:
        for areal in (0.5, 5.0, 20.0, 60.0, 120.0, 200.0, 280.0):
            exact = transmission(spectrum_of(energy), {material: areal})
            if exact > 1e-5:
                assert transmission(few, {material: areal}) == pytest.approx(exact, rel=0.01)


def test_a_picture_agrees_with_the_formula() -> None:
    rng = np.random.default_rng(1)
    names = ("steel", "water", "polyethylene")
    layers = {name: (rng.random((37, 501)) * 30).astype(np.float32) for name in names}
    picture = transmission_picture(6.0, layers)
    assert picture.shape == (37, 501)
    assert picture.dtype == np.float32
    for y, x in ((0, 0), (36, 500), (20, 333)):
        expected = transmission(spectrum_of(6.0), {name: float(layers[name][y, x]) for name in names})
        assert picture[y, x] == pytest.approx(expected, rel=0.01)


def test_nothing_in_the_way_is_open_beam() -> None:
    assert np.all(transmission_picture(6.0, {"steel": np.zeros((3, 4), np.float32)}) == pytest.approx(1.0, abs=1e-6))


def test_a_thick_scintillator_stops_more() -> None:
    energies = np.array([1.0, 3.0])
    thin = efficiency(Beam(energy_mv=6.0, detector_mm=10.0), energies)
    thick = efficiency(Beam(energy_mv=6.0, detector_mm=30.0), energies)
    assert np.all(thick > thin)
    assert np.all(thick < 1.0)


@pytest.mark.parametrize("energy", [3.0, 4.0, 6.0, 9.0])
def test_filters_harden_the_beam(energy: float) -> None:
    bare, usual, heavy = (
        fine_spectrum(Beam(energy_mv=energy, filters_mm=f))
        for f in ((), Beam(energy_mv=energy).filters_mm, (("lead", 20.0), ("copper", 5.0)))
    )
    means = [float(np.sum(s.energies_mev * s.weights)) for s in (bare, usual, heavy)]
    assert means == sorted(means)
    assert means[2] < energy


def test_the_order_of_filters_does_not_matter() -> None:
    one, other = (
        Beam(energy_mv=6.0, filters_mm=f)
        for f in ((("tungsten", 2.0), ("copper", 5.0)), (("copper", 5.0), ("tungsten", 2.0)))
    )
    assert fine_spectrum(one).weights == pytest.approx(fine_spectrum(other).weights)


@pytest.mark.parametrize(
    ("detector", "mm"), [("caesium iodide", 30.0), ("gadolinium oxysulfide", 1.0), ("plastic scintillator", 50.0)]
)
def test_other_detectors_give_other_spectra(detector: str, mm: float) -> None:
    usual, other = (
        fine_spectrum(Beam(energy_mv=6.0)),
        fine_spectrum(Beam(energy_mv=6.0, detector=detector, detector_mm=mm)),
    )
    assert other.weights.sum() == pytest.approx(1.0)
    assert not np.allclose(usual.weights, other.weights, rtol=0.02)


def test_counting_photons_sees_a_softer_beam() -> None:
    energy, count = (fine_spectrum(Beam(energy_mv=6.0, response=r)) for r in ("energy", "count"))
    areal = {"steel": 78.5}
    assert transmission(count, areal) < 0.7 * transmission(energy, areal)
    assert energy.weights / count.weights == pytest.approx(
        energy.energies_mev * (energy.weights[0] / count.weights[0] / energy.energies_mev[0])
    )


def test_a_picture_takes_any_beam() -> None:
    layers = {"steel": np.full((2, 3), 40.0, np.float32)}
    beam = Beam(energy_mv=9.0, filters_mm=(), detector="plastic scintillator", detector_mm=100.0)
    picture = transmission_picture(beam, layers)
    assert picture[1, 2] == pytest.approx(transmission(spectrum_of(beam), {"steel": 40.0}), rel=0.01)
    assert picture[1, 2] != pytest.approx(float(transmission_picture(9.0, layers)[1, 2]), rel=0.01)


def test_air_kerma_of_cobalt_photons() -> None:
    """1.25 MeV: 5.3e-12 Gy cm2 a photon (1.25 MeV x 0.02666 cm2/g), the two lines of Co-60 as one."""
    assert fluence_kerma_gy_cm2(np.array([1.25]))[0] == pytest.approx(5.34e-12, rel=0.01)


def test_a_dose_goes_with_quanta_and_area() -> None:
    beam = Beam(energy_mv=6.0)
    one = air_kerma_ugy(beam, 1e5, 0.25)
    assert 1.0 < one < 20.0  # a cargo scanner's dose at the detectors for one line, about
    assert air_kerma_ugy(beam, 2e5, 0.25) == pytest.approx(2.0 * one)
    assert air_kerma_ugy(beam, 1e5, 0.5) == pytest.approx(0.5 * one)
    assert air_kerma_ugy(Beam(energy_mv=6.0, detector_mm=10.0), 1e5, 0.25) > one


def test_gadoliniums_rows_begin_above_its_k_edge() -> None:
    """NISTIR 5632: 11.75 cm2/g at 60 keV, 3.109 at 100 keV."""
    assert element_attenuation(64, np.array([0.06, 0.1])) == pytest.approx([11.75, 3.109], rel=0.01)
