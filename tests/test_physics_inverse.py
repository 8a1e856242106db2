"""From transmission back to areal density."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scantally.detector.physics.inverse import TABLE_ATTENUATION, areal_density, areal_table, look_up
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import spectrum_of, transmission

BEAMS = (Beam(energy_mv=4.0), Beam(energy_mv=6.0), Beam(energy_mv=9.0))


@pytest.mark.parametrize("beam", BEAMS, ids=lambda beam: f"{beam.energy_mv:g} MV")
@pytest.mark.parametrize("material", ["cellulose", "polyethylene", "water", "aluminium", "steel"])
def test_a_table_gives_back_what_stands_there(beam: Beam, material: str) -> None:
    spectrum = spectrum_of(beam)
    for areal in (0.02, 0.5, 3.0, 30.0, 120.0):
        attenuation = np.array([-np.log(transmission(spectrum, {material: areal}))], np.float32)
        assert look_up(attenuation, areal_table(beam, material))[0] == pytest.approx(areal, rel=3e-3, abs=2e-3)


@pytest.mark.parametrize(
    ("material", "areal"), [("steel", 78.5), ("cellulose", 20.0)], ids=["100 mm of steel", "20 g/cm2 of cellulose"]
)
def test_newton_and_the_table_agree(material: str, areal: float) -> None:
    beam = BEAMS[1]
    seen = np.array([[transmission(spectrum_of(beam), {material: areal})]], np.float32)
    exact = areal_density(seen, beam, {material: np.ones_like(seen)})[0, 0]
    assert look_up(-np.log(seen), areal_table(beam, material))[0, 0] == pytest.approx(exact, abs=0.01)


def test_nothing_in_the_beam_weighs_nothing() -> None:
    assert look_up(np.zeros((2, 3), np.float32), areal_table(BEAMS[1], "steel")).max() == 0.0
    assert areal_density(np.full((1, 1), 0.5, np.float32), BEAMS[1], {"steel": np.zeros((1, 1), np.float32)})[0, 0] == 0


def test_outside_the_table_its_ends_hold() -> None:
    table_N = areal_table(BEAMS[1], "steel")
    low, high = look_up(np.array([-0.1, TABLE_ATTENUATION + 5.0], np.float32), table_N)
    assert low == 0.0
    assert high == pytest.approx(table_N[-1], rel=1e-3)


@given(st.floats(0.0, TABLE_ATTENUATION - 0.1), st.floats(0.001, 0.1))
def test_more_attenuation_is_more_matter(attenuation: float, more: float) -> None:
    low, high = look_up(np.array([attenuation, attenuation + more], np.float32), areal_table(BEAMS[0], "steel"))
    assert high > low


def test_a_table_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        areal_table(BEAMS[1], "steel")[0] = 1.0
