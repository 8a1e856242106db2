"""Which blocks would have been found where: the grid, what describes a place, and sizes that are known by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inspectability_limits import (
    BOUNDS_MM,
    DENSITIES,
    PITCH_MM,
    cells,
    even,
    from_edge,
    from_step,
    limits,
    scan_of,
    sizes,
    straight,
    whole,
)
from numpy.typing import NDArray

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.evidence.inspectability import with_inspectability
from scantally.detector.maps.inspectability import (
    EDGES,
    MATERIALS,
    Ground,
    Places,
    described,
    ground_of,
    inspectability,
    smallest,
    steel_mm,
)
from scantally.detector.maps.limits import INPUTS, THREATS, Limit
from scantally.detector.maps.strangeness import USUAL
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import Box, Case, ContainerView, FloatArray, Inspectability, Penetration, Scan

RULE = PenetrationSettings()
LARGEST: dict[str, float | None] = {"steel": 20.0, "brick": 30.0}
Float64 = NDArray[np.float64]


def ground(scan: Scan, box: Box | None = None) -> Ground:
    found = ground_of(scan, box or whole(scan))
    assert found is not None
    return found


def at(*places: tuple[int, int]) -> tuple[Places, Places]:
    return np.array([row for row, _ in places]), np.array([column for _, column in places])


def everywhere(one: Ground) -> tuple[Places, Places]:
    rows, columns = (part.ravel() for part in np.indices(one.dark_hw.shape))
    return rows, columns


def value(name: str, inputs_NI: FloatArray) -> FloatArray:
    return inputs_NI[:, INPUTS.index(name)]


def of_cells(dark_hw: FloatArray, **changes: Any) -> Scan:  # noqa: ANN401
    """A scan each of whose cells has this -ln T."""
    return scan_of(np.exp(-np.asarray(dark_hw, np.float32)).repeat(2, axis=0).repeat(2, axis=1), **changes)


def drawn(seed: int, rows: int, columns: int) -> FloatArray:
    return np.random.default_rng(seed).uniform(0.1, 4.0, (rows, columns)).astype(np.float32)


# The grid.


@pytest.mark.parametrize(
    ("size", "pitch", "box", "grid", "factor", "cell", "covers"),
    [
        ((600, 1300), 5.0, (0, 0, 1300, 600), (100, 216), 6, 30.0, (0, 0, 1296, 600)),
        ((600, 1300), 4.4, (0, 0, 1300, 600), (85, 185), 7, 30.8, (0, 0, 1295, 595)),
        ((60, 130), 100.0, (0, 0, 130, 60), (60, 130), 1, 100.0, (0, 0, 130, 60)),
        ((200, 400), None, (0, 0, 400, 200), (100, 200), 2, 2 * 2750 / 200, (0, 0, 400, 200)),
        ((200, 400), None, (10.7, 5.2, 390.9, 190.9), (92, 190), 2, 2 * 2750 / 185.7, (10, 5, 390, 189)),
        ((200, 400), 15.0, (-20, -30, 600, 300), (100, 200), 2, 30.0, (0, 0, 400, 200)),
        ((200, 400), None, (-20, -30, 600, 300), (50, 100), 4, 4 * 2750 / 330, (0, 0, 400, 200)),
        ((200, 400), 15.0, (350, 150, 999, 999), (25, 25), 2, 30.0, (350, 150, 400, 200)),
    ],
)
def test_a_container_is_laid_on_a_grid_of_about_30_mm(
    size: tuple[int, int], pitch: float | None, box: Box, grid: tuple[int, int], factor: int, cell: float, covers: Box
) -> None:
    one = ground(scan_of(even(0.5, *size), pitch_mm=pitch), box)
    assert (one.dark_hw.shape, one.factor, one.box) == (grid, factor, covers)
    assert one.cell_mm == pytest.approx(cell)
    for part in (one.dark_hw, one.noise_hw, one.fine_hw, one.coarse_hw):
        assert part.shape == grid and part.dtype == np.float32


@pytest.mark.parametrize(
    ("height", "width", "box", "known"),
    [
        (24, 24, (0, 0, 24, 24), True),
        (23, 400, (0, 0, 400, 23), False),
        (200, 23, (0, 0, 23, 200), False),
        (200, 400, (376, 0, 999, 200), True),
        (200, 400, (377, 0, 999, 200), False),
        (200, 400, (500, 0, 900, 200), False),
        (200, 400, (-300, -200, -10, -5), False),
        (200, 400, (100, 100, 100, 100), False),
    ],
)
def test_of_what_shows_less_than_twelve_cells_either_way_nothing_is_said(
    height: int, width: int, box: Box, known: bool
) -> None:
    scan = scan_of(even(0.5, height, width))
    assert (ground_of(scan, box) is not None) == known
    assert known or inspectability(scan, box, limits(), RULE, LARGEST) is None


def test_a_cell_is_the_mean_of_its_pixels_and_no_darker_than_the_file() -> None:
    picture = even(0.5, 48, 48)
    picture[0:2, 0:2] = ((0.1, 0.2), (0.3, 0.4))
    picture[2:4, 4:6] = 1e-6
    one = ground(scan_of(picture, floor=1e-3))
    assert one.dark_hw[0, 0] == pytest.approx(-np.log(0.25), abs=1e-5)
    assert one.dark_hw[1, 2] == pytest.approx(one.deepest) == pytest.approx(-np.log(1e-3), abs=1e-5)
    assert one.dark_hw[5, 5] == pytest.approx(-np.log(0.5), abs=1e-5)


def test_the_cell_of_a_pixel_is_found_or_the_nearest() -> None:
    one = ground(scan_of(even(0.5, 200, 400)), (10.0, 5.0, 110.0, 95.0))  # 45 rows and 50 columns of two pixels
    assert [one.at(10.0, 5.0), one.at(11.9, 6.9), one.at(12.0, 9.0)] == [(0, 0), (0, 0), (2, 1)]
    assert [one.at(-50.0, 1e4), one.at(1e4, -50.0)] == [(44, 0), (0, 49)]


def test_the_energy_is_the_highest_or_the_usual() -> None:
    two = np.stack([even(0.4), even(0.5)])
    both = scan_of(even(0.5), transmission_BHW=two, energies_mv=(4.0, 9.0))
    assert ground(both).energy_mv == 9.0 and ground(both).dark_hw[0, 0] == pytest.approx(-np.log(0.5), abs=1e-5)
    assert ground(scan_of(even(0.5))).energy_mv == 6.0


@pytest.mark.parametrize("spread", [0.005, 0.02, 0.1])
def test_noise_is_what_pixels_differ_by(spread: float) -> None:
    rng = np.random.default_rng(0)
    noisy = np.exp(rng.normal(-1.0, spread, (400, 800))).astype(np.float32)
    assert np.median(ground(scan_of(np.minimum(noisy, 1.0))).noise_hw) == pytest.approx(spread, rel=0.1)
    assert not ground(scan_of(even(0.4))).noise_hw.any()


# Unevenness, by a plain search.


def plain_mean(picture_hw: Float64, wide: int, high: int) -> Float64:
    """Over a window that has its middle, or the cell after it, at each cell; beyond its borders the picture is mirrored."""
    padded = np.pad(picture_hw, ((high // 2, high - 1 - high // 2), (wide // 2, wide - 1 - wide // 2)), "symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, (high, wide)).mean(axis=(2, 3))


def plain_contrast(dark_hw: FloatArray, n: int) -> tuple[Float64, Float64]:
    """Means over n x n cells, and less that of the 8 n x n cells around."""
    square_hw = plain_mean(dark_hw.astype(np.float64), n, n)
    around_hw = plain_mean(dark_hw.astype(np.float64), 3 * n, 3 * n) * (9 * n * n) - square_hw * (n * n)
    return square_hw, square_hw - around_hw / (8 * n * n)


def plain_clutter(dark_hw: FloatArray, n: int, wide: int, high: int) -> Float64:
    return np.sqrt(plain_mean(np.square(plain_contrast(dark_hw, n)[1]), wide, high))


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(12, 30), columns=st.integers(12, 50))
@settings(max_examples=15, deadline=None)
def test_unevenness_at_fixed_scales_is_that_of_a_plain_search(seed: int, rows: int, columns: int) -> None:
    one = ground(of_cells(drawn(seed, rows, columns)))
    assert one.fine_hw == pytest.approx(plain_clutter(one.dark_hw, 2, 17, 17), abs=2e-3)  # 60 mm, over 0.5 m
    assert one.coarse_hw == pytest.approx(plain_clutter(one.dark_hw, 5, 33, 33), abs=2e-3)  # 150 mm, over 1 m


def test_an_even_picture_has_no_clutter() -> None:
    one = ground(scan_of(even(0.3)))
    assert one.fine_hw.max() < 1e-3 and one.coarse_hw.max() < 1e-3
    for edge in (20.0, 100.0, 800.0):
        found = described(one, "brick", 1.2, edge, everywhere(one))
        for name in ("clutter", "clutter_along", "clutter_near"):
            assert value(name, found) == pytest.approx(np.log(0.01), abs=0.05)
        assert value("contrast_here", found).max() < 1e-3


def test_stripes_of_one_cell_have_three_quarters_of_their_step() -> None:
    """A dark cell has two dark ones among its eight neighbours, a bright one six."""
    dark = np.full((92, 200), 1.0, np.float32)
    dark[:, ::2] = 1.8
    found = described(ground(of_cells(dark)), "steel", 7.85, 30.0, at((40, 100), (45, 101), (50, 90)))
    assert value("contrast_here", found) == pytest.approx(0.6, abs=1e-3)
    for name in ("clutter", "clutter_near"):  # what is along reaches to the picture's ends
        assert value(name, found) == pytest.approx(np.log(0.6 + 0.01), abs=1e-3)
    assert value("attenuation", found) == pytest.approx([1.8, 1.0, 1.8], abs=1e-3)


# What describes a place.


def behind(mv: float, material: str, areal_g_cm2: float, floor: float = 1e-5) -> float:
    """-ln of what gets through, by Beer and Lambert, as far down as a file stores it."""
    layers = {material: np.full((1, 1), areal_g_cm2, np.float32)}
    return -float(np.log(max(float(transmission_picture(mv, layers)[0, 0]), floor)))


def curve(mv: float, material: str) -> tuple[Float64, Float64]:
    """-ln T, and the areal density behind which it is that."""
    areal = np.linspace(0.0, 800.0, 20_001)
    dark = -np.log(transmission_picture(mv, {material: areal[None].astype(np.float32)})[0].astype(np.float64))
    return dark, areal


@pytest.mark.parametrize("mv", [4.0, 6.0, 9.0])
@pytest.mark.parametrize(
    ("threat", "stands", "edge"),
    [
        ("steel", 0.0, 20.0),
        ("steel", 39.25, 50.0),
        ("steel", 117.0, 100.0),
        ("brick", 0.0, 50.0),
        ("brick", 40.0, 100.0),
        ("brick", 80.0, 500.0),
    ],
)
def test_the_step_of_a_block_is_that_of_beer_and_lambert(mv: float, threat: str, stands: float, edge: float) -> None:
    """Polychromatic: behind more of its own material a block darkens by less."""
    material, density = MATERIALS[threat], DENSITIES[threat]
    base = behind(mv, material, stands)
    one = ground(scan_of(even(np.exp(-base), 48, 48), energies_mv=(mv,)))
    step = np.exp(value("step", described(one, threat, density, edge, at((12, 12)))))
    expected = behind(mv, material, stands + density * edge / 10.0) - base
    assert step == pytest.approx(expected, rel=2e-3)
    assert stands == 0.0 or expected < behind(mv, material, density * edge / 10.0)


@pytest.mark.parametrize("floor", [1 / 255, 1e-3, 1e-5])
def test_a_step_ends_at_the_darkest_that_the_file_stores(floor: float) -> None:
    for above in (1.0, 1.5, 20.0):
        one = ground(scan_of(even(floor * above, 48, 48), floor=floor))
        step = np.exp(value("step", described(one, "steel", 7.85, 300.0, at((12, 12)))))
        assert step == pytest.approx(max(np.log(above), 0.003), rel=1e-3)


def test_a_file_that_stores_less_than_a_hundred_thousandth_is_taken_to_store_that() -> None:
    one = ground(scan_of(even(1e-6, 48, 48), floor=1e-9))
    assert one.deepest == pytest.approx(-np.log(1e-5)) == pytest.approx(float(one.dark_hw.max()), rel=1e-6)


@given(seed=st.integers(0, 2**32 - 1), threat=st.sampled_from(THREATS), share=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_a_place_is_described_by_these_in_this_order(seed: int, threat: str, share: float) -> None:
    rows, columns = 30, 45
    low, high = BOUNDS_MM[threat]
    edge = float(low * (high / low) ** share)
    one = ground(of_cells(drawn(seed, rows, columns), energies_mv=(9.0,)))
    where = everywhere(one)
    n = max(1, round(edge / 30.0))
    square, contrast = plain_contrast(one.dark_hw, n)
    dark, areal = curve(9.0, MATERIALS[threat])
    with_it = np.interp(square.ravel(), dark, areal) + DENSITIES[threat] * edge / 10.0
    step = np.minimum(np.interp(with_it, areal, dark), -np.log(1e-5)) - square.ravel()
    row, column = (part.astype(np.float64) for part in where)
    margin = np.min([row, 29 - row, column, 44 - column], axis=0) * 30.0
    expected = {
        "edge": np.full(rows * columns, np.log(edge)),
        "step": np.log(np.maximum(step, 0.003)),
        "clutter": np.log(plain_clutter(one.dark_hw, n, 67, 27).ravel() + 0.01),  # over 2 x 0.8 m
        "clutter_along": np.log(plain_clutter(one.dark_hw, n, 401, 21).ravel() + 0.01),  # over 12 x 0.6 m
        "clutter_near": np.log(plain_clutter(one.dark_hw, n, 33, 33).ravel() + 0.01),  # over 1 x 1 m
        "contrast_here": np.abs(contrast).ravel(),
        "attenuation": square.ravel(),
        "fine": np.log(one.fine_hw.ravel() + 0.005),
        "coarse": np.log(one.coarse_hw.ravel() + 0.005),
        "noise": np.log(one.noise_hw.ravel() + 0.001),
        "height": row / rows,
        "rim": np.minimum(margin, 300.0) / 300.0,
        "strange": np.full(rows * columns, USUAL),
    }
    found = described(one, threat, DENSITIES[threat], edge, where)
    assert tuple(expected) == INPUTS and found.shape == (rows * columns, len(INPUTS)) and found.dtype == np.float32
    for number, (name, wanted) in enumerate(expected.items()):
        assert found[:, number] == pytest.approx(wanted, abs=0.02 if name.startswith("clutter") else 5e-3), name


@given(
    seed=st.integers(0, 2**32 - 1),
    floor=st.sampled_from([1 / 255, 1 / 65535, 1e-6]),
    pitch=st.sampled_from([None, 15.0, 40.0, 120.0]),
    edge=st.floats(1.0, 3000.0),
    dark=st.sampled_from(["all dark", "all bright", "either", "any"]),
)
@example(seed=136807, floor=1 / 255, pitch=None, edge=20.0, dark="any")  # sums that slide along end below nothing
@settings(max_examples=60, deadline=None)
def test_every_input_is_finite(seed: int, floor: float, pitch: float | None, edge: float, dark: str) -> None:
    rng = np.random.default_rng(seed)
    picture = {
        "all dark": even(1e-6, 60, 70),
        "all bright": even(1.0, 60, 70),
        "either": rng.choice(np.array([1e-6, 1.0], np.float32), (60, 70)),
        "any": np.exp(-rng.uniform(0.0, 13.8, (60, 70))).astype(np.float32),
    }[dark]
    one = ground(scan_of(picture, floor=floor, pitch_mm=pitch))
    for threat in THREATS:
        assert np.isfinite(described(one, threat, DENSITIES[threat], edge, everywhere(one))).all()


def test_what_stands_there_as_steel() -> None:
    for mv, energies in ((6.0, None), (9.0, (9.0,))):
        for mm in (0.0, 10.0, 100.0, 250.0):
            one = ground(scan_of(even(np.exp(-behind(mv, "steel", 0.785 * mm)), 48, 48), energies_mv=energies))
            assert steel_mm(one, (3, 4)) == pytest.approx(mm, rel=2e-3, abs=0.05)


# Sizes.


def size(limit: Limit, transmission: float = 0.5, threat: str = "steel", **changes: Any) -> float:  # noqa: ANN401
    """Of an even picture, in cm; it is the same everywhere."""
    one = ground(scan_of(even(transmission, 60, 80), **changes))
    found = smallest(one, threat, limit, everywhere(one))
    assert found.dtype == np.float32 and found.shape == (30 * 40,)
    assert (found == found[0]).all() or np.ptp(found) < 1e-3 * found[0]
    return float(found[0])


@pytest.mark.parametrize("edge_mm", [20.1, 28.0, 33.3, 100.0, 240.0, 299.0])
def test_blocks_are_found_from_the_edge_on_at_which_the_odds_are_even(edge_mm: float) -> None:
    assert size(from_edge(edge_mm)) == pytest.approx(edge_mm / 10.0, rel=1e-3)
    assert size(from_edge(2.5 * edge_mm, "brick"), threat="brick") == pytest.approx(edge_mm / 4.0, rel=1e-3)


@pytest.mark.parametrize("threat", THREATS)
def test_what_is_always_found_is_stated_from_the_smallest_that_was_tried_and_what_never_is_has_no_size(
    threat: str,
) -> None:
    low, high = BOUNDS_MM[threat]
    assert size(straight(threat, 1.0), threat=threat) == size(straight(threat, 0.0), threat=threat)
    assert size(straight(threat, 1.0), threat=threat) == pytest.approx(low / 10.0)
    assert size(from_edge(0.5 * low, threat), threat=threat) == pytest.approx(low / 10.0)
    assert size(straight(threat, -1.0), threat=threat) == np.inf
    assert size(from_edge(1.01 * high, threat), threat=threat) == np.inf


@pytest.mark.parametrize("stands_mm", [0.0, 50.0, 120.0])
@pytest.mark.parametrize("step", [1.0, 2.0])
def test_a_block_that_must_darken_by_so_much_is_as_large_as_beer_and_lambert_say(stands_mm: float, step: float) -> None:
    stands = 0.785 * stands_mm
    dark, areal = curve(6.0, "steel")
    base = behind(6.0, "steel", stands)
    expected_cm = (np.interp(base + step, dark, areal) - stands) / 7.85
    assert 2.0 < expected_cm < 30.0
    assert size(from_step(step), float(np.exp(-base))) == pytest.approx(expected_cm, rel=0.01)


def test_behind_more_only_larger_blocks_are_found_and_at_the_file_s_end_none() -> None:
    found = [size(from_step(1.0), float(np.exp(-dark)), floor=1e-4) for dark in (0.0, 1.0, 3.0, 6.0, 8.0, 8.3, 9.2)]
    assert found[:5] == sorted(found[:5]) and len(set(found[:5])) == 5 and np.isfinite(found[:5]).all()
    assert found[5:] == [np.inf, np.inf]  # 1e-4 is 9.21: no step of 1 is left


def test_a_network_that_favours_small_blocks_does_not_break_it() -> None:
    """A larger block hides no better: with the smallest found all are, and none where it is not."""
    small = straight(shift=float(np.log(100.0)), weights={"edge": -1.0})
    assert size(small) == pytest.approx(2.0)
    assert size(straight(shift=float(np.log(15.0)), weights={"edge": -1.0})) == np.inf


def test_what_was_found_once_stays_found() -> None:
    """Odds that are above even only between 5 and 9 cm."""
    low, high = np.log(50.0), np.log(90.0)
    both = tuple((40.0, 40.0) if name == "edge" else (0.0, 0.0) for name in INPUTS)
    shifts = (-40.0 * float(low), -40.0 * float(high))
    middle = straight().model_copy(update={"first_IM": both, "first_M": shifts, "last_M": (1.0, -1.0), "last": -1.0})
    edges = np.geomspace(20.0, 300.0, EDGES)
    first = next(k for k, edge in enumerate(edges) if edge > 50.0)
    assert edges[first] < 90.0
    assert size(middle) == pytest.approx(float(np.sqrt(edges[first - 1] * edges[first])) / 10.0, rel=1e-3)


@st.composite
def networks(draw: st.DrawFn) -> Limit:
    """Any network of three hidden values, that finds some blocks of most pictures."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = rng.normal(0.0, 0.3, (len(INPUTS), 3))
    return straight().model_copy(
        update={
            "first_IM": tuple(tuple(float(v) for v in row) for row in weights),
            "first_M": tuple(float(v) for v in rng.normal(0.0, 0.5, 3)),
            "last_M": tuple(float(v) for v in rng.normal(0.0, 2.0, 3)),
            "last": draw(st.floats(-3, 3)),
        }
    )


def plain_size(edges: list[float], odds: list[float]) -> float:
    """The first edge at which the odds are even, in a straight line over its logarithm, in cm."""
    best: list[float] = []
    for k, one in enumerate(odds):
        best.append(max([*best, one]))
        if best[-1] >= 0.0:
            if k == 0:
                return edges[0] / 10.0
            share = best[-2] / (best[-2] - best[-1])
            return float(edges[k - 1] * (edges[k] / edges[k - 1]) ** share) / 10.0
    return float("inf")


@given(limit=networks(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_sizes_are_those_of_a_plain_search(limit: Limit, seed: int) -> None:
    one = ground(of_cells(drawn(seed, 14, 16)))
    where = everywhere(one)
    found = smallest(one, "steel", limit, where)
    edges = [float(edge) for edge in np.geomspace(20.0, 300.0, EDGES)]
    odds = [limit.log_odds(described(one, "steel", 7.85, edge, where)) for edge in edges]
    expected = [plain_size(edges, [float(row[k]) for row in odds]) for k in range(found.size)]
    assert found == pytest.approx(expected, rel=1e-3)


@given(limit=networks(), seed=st.integers(0, 2**32 - 1), more=st.floats(0, 3))
@settings(max_examples=25, deadline=None)
def test_sizes_are_among_those_tried_and_fall_with_the_odds(limit: Limit, seed: int, more: float) -> None:
    one = ground(of_cells(drawn(seed, 14, 16)))
    found = smallest(one, "steel", limit, everywhere(one))
    assert (((found >= 2.0 * (1 - 1e-6)) & (found <= 30.0 * (1 + 1e-6))) | (found == np.inf)).all()
    easier = smallest(one, "steel", limit.model_copy(update={"last": limit.last + more}), everywhere(one))
    assert (easier <= found * (1 + 1e-4)).all()


# A whole container: 184 x 800 pixels are 23 x 100 places.


def seen(
    scan: Scan, steel: Limit | None = None, brick: Limit | None = None, largest: dict[str, float | None] = LARGEST
) -> Inspectability:
    found = inspectability(scan, whole(scan), limits(steel, brick), RULE, largest)
    assert found is not None
    return found


WHOLE_INSIDE = cells(23, 100, (slice(1, 20), slice(1, 99)))
"""Without a place at either side and at the roof, and without three at the floor."""


def walls(width: int = 800) -> FloatArray:
    return even(0.85, 184, width)


def test_places_are_about_twelve_centimetres_wide() -> None:
    found = seen(scan_of(even(0.85, 190, 805)))
    assert found.steel_cm_hw.shape == (23, 100) and found.box == (0.0, 0.0, 800.0, 184.0)
    assert found.steel_cm_hw == pytest.approx(10.0, rel=1e-3) and found.brick_cm_hw == pytest.approx(20.0, rel=1e-3)
    assert found.steel_cm_hw.dtype == found.brick_cm_hw.dtype == np.float32
    again = inspectability(scan_of(even(0.85, 300, 900)), (30.5, 41.2, 835.0, 230.0), limits(), RULE, LARGEST)
    assert again is not None and again.box == (30.0, 41.0, 830.0, 225.0) and again.steel_cm_hw.shape == (23, 100)


def test_places_are_seen_at_their_middle() -> None:
    """A block of steel one place wide, which nothing can be seen through: the place that it is, and no other, is at the file's end."""
    picture = walls()
    picture[80:88, 400:408] = 1e-5
    found = seen(scan_of(picture))
    assert np.argwhere(found.stopped_hw).tolist() == [[10, 50]]


def test_an_empty_container_has_an_inside_and_no_load() -> None:
    found = seen(scan_of(walls()))
    assert np.array_equal(found.inside_hw, WHOLE_INSIDE)
    assert not found.load_hw.any()


def test_half_a_load_is_half_the_inside() -> None:
    picture = walls()
    picture[:, :400] = 0.3
    found = seen(scan_of(picture))
    assert np.array_equal(found.inside_hw, WHOLE_INSIDE)
    assert np.array_equal(found.load_hw, WHOLE_INSIDE & (np.arange(100) < 50))


def test_a_container_that_is_filled_evenly_is_all_load() -> None:
    found = seen(scan_of(even(0.4, 184, 800)))
    assert np.array_equal(found.load_hw, WHOLE_INSIDE)


def test_load_is_darker_than_three_quarters_of_the_wall() -> None:
    picture = walls()
    picture[64:88, 80:160], picture[64:88, 240:320] = 0.85 * 0.74, 0.85 * 0.76
    assert np.array_equal(seen(scan_of(picture)).load_hw, cells(23, 100, (slice(8, 11), slice(10, 20))))


@pytest.mark.parametrize(
    ("largest", "blind"),
    [
        ({"steel": 20.0, "brick": 30.0}, False),
        ({"steel": 9.9, "brick": 30.0}, True),
        ({"steel": 20.0, "brick": 19.9}, True),
        ({"steel": 9.9, "brick": 19.9}, True),
        ({"steel": None, "brick": 19.9}, True),
        ({"steel": 9.9, "brick": None}, True),
        ({"steel": None, "brick": 30.0}, False),
        ({"steel": None, "brick": None}, False),
        ({}, False),
    ],
)
def test_a_place_is_blind_where_the_largest_block_of_either_kind_would_be_missed(
    largest: dict[str, float | None], blind: bool
) -> None:
    found = seen(scan_of(walls()), largest=largest)  # 10 cm of steel and bricks of 20 cm are found
    assert np.array_equal(found.blind_hw, WHOLE_INSIDE & blind)


def test_a_place_is_blind_where_nothing_that_was_tried_would_be_found() -> None:
    never = straight("brick", -1.0)
    assert np.array_equal(seen(scan_of(walls()), brick=never, largest={"brick": 80.0}).blind_hw, WHOLE_INSIDE)
    assert not seen(scan_of(walls()), brick=never, largest={"brick": None}).blind_hw.any()


@given(limit=networks(), seed=st.integers(0, 2**32 - 1), steel=st.floats(1, 40), brick=st.floats(1, 100))
@settings(max_examples=15, deadline=None)
def test_what_is_blind_or_load_is_inside(limit: Limit, seed: int, steel: float, brick: float) -> None:
    scan = of_cells(drawn(seed, 40, 60))
    found = seen(scan, limit, from_step(1.0, "brick"), {"steel": steel, "brick": brick})
    assert not (found.load_hw & ~found.inside_hw).any()
    missed = (found.steel_cm_hw > steel) | (found.brick_cm_hw > brick)
    assert np.array_equal(found.blind_hw, missed & found.inside_hw)


@pytest.mark.parametrize(("above", "stopped"), [(1.0, True), (1.6, True), (1.7, False), (100.0, False)])
def test_the_beam_is_stopped_where_the_largest_block_changes_hardly_anything(above: float, stopped: bool) -> None:
    """Less than 0.5 in -ln T: a factor of 1.65."""
    picture = walls()
    picture[:, :400] = 1e-4 * above
    found = seen(scan_of(picture, floor=1e-4)).stopped_hw
    assert found[:, :49].all() == found[:, :49].any() == stopped and not found[:, 51:].any()


def test_whether_sizes_rest_on_a_known_pitch_is_said() -> None:
    assert seen(scan_of(walls())).scaled
    assert not seen(scan_of(walls(), pitch_mm=None)).scaled


def test_nothing_of_it_can_be_written_to() -> None:
    found = seen(scan_of(walls()))
    for name in ("steel_cm_hw", "brick_cm_hw", "inside_hw", "load_hw", "blind_hw", "stopped_hw"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[0, 0] = 1


def test_cells_of_different_shapes_are_none() -> None:
    with pytest.raises(ValueError, match=r"expected cells of one shape, got \(3, 4\) and \(20, 50\)"):
        sizes(load_hw=cells(3, 4))


@pytest.mark.parametrize(
    ("height", "width", "pitch", "places", "inside"),
    [
        (12, 12, 20.1, (2, 2), 0),
        (12, 12, 25.0, (2, 2), 0),
        (125, 13, None, (25, 2), 0),
        (400, 24, PITCH_MM, (50, 3), 0),
        (400, 32, PITCH_MM, (50, 4), 0),  # two places a side: nothing between
        (400, 40, PITCH_MM, (50, 5), 41),  # one between, and of fifty rows two less above and seven below
    ],
)
def test_of_a_sliver_without_an_inside_nothing_is_said(
    height: int, width: int, pitch: float | None, places: tuple[int, int], inside: int
) -> None:
    """A container of which the picture shows hardly a post: no place is left between its sides."""
    scan = scan_of(even(0.5, height, width), pitch_mm=pitch)
    found = inspectability(scan, whole(scan), limits(), RULE, {"steel": 9.0, "brick": None})
    assert (found is None) == (inside == 0)
    if found is None:
        return
    assert found.steel_cm_hw.shape == places
    for part in (found.inside_hw, found.load_hw, found.blind_hw):
        assert part.shape == places and np.count_nonzero(part) == inside


@pytest.mark.parametrize(
    ("mv", "held"),
    [(1e-6, False), (0.05, False), (0.06, True), (0.2, True), (10.0, True), (10.01, False), (15.0, False)],
)
def test_at_an_energy_that_no_table_holds_nothing_is_said(mv: float, held: bool) -> None:
    """Options and profiles accept any above 0."""
    scan = scan_of(walls(), energies_mv=(mv,))
    assert (ground_of(scan, whole(scan)) is not None) == held
    found = inspectability(scan, whole(scan), limits(), RULE, LARGEST)
    assert (found is not None) == held
    assert found is None or np.array_equal(found.inside_hw, WHOLE_INSIDE)
    before = case()
    after = with_inspectability(before, scan, LIMITS, CHECKS, RULE)
    assert (after.inspectability is not None) == held and replace(after, inspectability=None) == before


# Brought to a case.


def case(box: Box | None = (0.0, 0.0, 800.0, 184.0), why: str | None = None) -> Case:
    through = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4, judgeable=why is None, why=why)
    return Case(
        container=ContainerView(number=None, size_type=None, box=box), manifest=None, penetration=through, pitch_mm=15.0
    )


CHECKS = CheckSettings(anomaly_rate=0.2, unsure=0.25, threat_steel_cm=20, threat_brick_cm=30)
LIMITS = limits(anomaly_rate=0.2, unsure=0.25)


def test_a_case_gets_the_sizes_of_its_own_container() -> None:
    picture = walls(1600)
    picture[:, 800:] = 0.3
    scan = scan_of(picture)
    for left, loaded in ((0.0, False), (800.0, True)):
        found = with_inspectability(case((left, 0.0, left + 800.0, 184.0)), scan, LIMITS, CHECKS, RULE).inspectability
        assert found is not None and found.box == (left, 0.0, left + 800.0, 184.0)
        assert found.load_hw.any() == loaded and not found.blind_hw.any()


def test_what_is_of_interest_is_the_site_s_to_set() -> None:
    for steel, brick, blind in ((9.0, None, True), (None, 19.0, True), (11.0, 21.0, False), (None, None, False)):
        mine = CHECKS.model_copy(update={"threat_steel_cm": steel, "threat_brick_cm": brick})
        found = with_inspectability(case(), scan_of(walls()), LIMITS, mine, RULE).inspectability
        assert found is not None and found.blind_hw.any() == blind


def test_what_counts_as_load_is_the_site_s_to_set() -> None:
    scan = scan_of(even(0.4, 184, 800))
    rule = RULE.model_copy(update={"filled_below": 0.5})
    assert not seen_in(scan, rule).load_hw.any() and seen_in(scan, RULE).load_hw.any()


def seen_in(scan: Scan, rule: PenetrationSettings) -> Inspectability:
    found = with_inspectability(case(), scan, LIMITS, CHECKS, rule).inspectability
    assert found is not None
    return found


def test_without_limits_a_container_or_a_picture_nothing_is_known() -> None:
    scan = scan_of(walls())
    for one, known in (
        (case(), None),
        (case(box=None), LIMITS),
        (case(why="the picture is black and no beam got through"), LIMITS),
        (case(box=(0.0, 0.0, 20.0, 184.0)), LIMITS),
    ):
        after = with_inspectability(one, scan, known, CHECKS, RULE)
        assert after.inspectability is None and replace(after, inspectability=None) == one


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, True),
        ({"anomaly_rate": 0.19}, False),
        ({"unsure": 0.26}, False),
        ({"anomaly_rate": 0.5, "unsure": 0.26}, False),
        ({"anomaly_rate": 0.1, "unsure": 0.1}, False),
        ({"anomaly_rate": 0.5}, True),
        ({"unsure": 0.1}, True),
        ({"sure": 0.9}, True),
    ],
)
def test_settings_that_ask_for_more_than_was_measured_leave_nothing_known(
    changes: dict[str, float], known: bool
) -> None:
    mine = CHECKS.model_copy(update=changes)
    found = with_inspectability(case(), scan_of(walls()), LIMITS, mine, RULE).inspectability
    assert (found is not None) == known


def test_where_padding_or_dead_rows_are_half_of_a_place_nothing_would_have_been_found() -> None:
    whole_scan = scan_of(walls())
    before = inspectability(whole_scan, whole(whole_scan), limits(), RULE, LARGEST)
    valid = np.ones(walls().shape, np.bool_)
    valid[:, : valid.shape[1] // 2] = False
    padded = scan_of(walls(), valid_HW=valid)
    found = inspectability(padded, whole(padded), limits(), RULE, LARGEST)
    assert before is not None and found is not None
    columns = found.steel_cm_hw.shape[1]
    assert (
        np.isinf(found.steel_cm_hw[:, : columns // 2 - 1]).all()
        and np.isinf(found.brick_cm_hw[:, : columns // 2 - 1]).all()
    )
    assert found.blind_hw[:, : columns // 2 - 1][found.inside_hw[:, : columns // 2 - 1]].all()
    right = np.s_[:, columns // 2 + 1 :]
    assert np.array_equal(found.steel_cm_hw[right], before.steel_cm_hw[right])
    assert np.isfinite(before.steel_cm_hw).any()
