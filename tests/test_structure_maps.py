"""Floors thicker than their type's, and places denser than goods can lie: what counts as one, and what does not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighed_boxes import Block, Drawing, draw

from scantally.datasets.simulator.container_kinds import CONTAINERS
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.detector.config.containers import build_of
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.maps.areal import weigh
from scantally.detector.maps.dense import dense_places
from scantally.detector.maps.floor import thick_floor
from scantally.detector.maps.outline import Coarse, Outline
from scantally.detector.types import Box, Provenance, Scan, Weighing

LAYER = Block(density=600.0, x=(150.0, 5908.0), high=150.0)
"""From end to end, 15 cm high."""


def weighed(scan: Scan, box: Box, code: str = "22G1") -> Weighing:
    return weigh(scan, box, code, WeighingSettings(), PenetrationSettings())


@pytest.mark.parametrize("how", [Drawing(), Drawing(pitch=6.0), Drawing(energies=(6.0, 9.0)), Drawing(distance=6500.0)])
def test_an_even_layer_from_end_to_end_is_a_thick_floor(how: Drawing) -> None:
    scan, box = draw(LAYER, how=how)
    found = weighed(scan, box).floor
    assert found is not None
    assert found.thicker_mm == pytest.approx(150.0, abs=35.0)
    assert found.bare_share == pytest.approx(1.0, abs=0.02)
    x0, y0, x1, y1 = found.box
    assert box[0] < x0 < x1 < box[2] and box[1] < y0 < y1 <= box[3]
    assert (y1 - y0) * how.pitch == pytest.approx(found.thicker_mm, abs=3 * how.pitch)


@pytest.mark.parametrize(
    "blocks",
    [
        (),
        (replace(LAYER, high=40.0),),  # within what floors differ by
        (replace(LAYER, x=(150.0, 4000.0)),),  # goods that end somewhere
        (replace(LAYER, high=1500.0),),  # nothing lies bare
        (replace(LAYER, x=(150.0, 2800.0)), replace(LAYER, x=(3600.0, 5908.0))),  # two stacks with a gap
        (replace(LAYER, x=(700.0, 5358.0)),),  # clear of the ends
        (replace(LAYER, density=20.0),),  # foil and straw
    ],
    ids=["empty", "low", "part", "loaded", "gap", "clear of the ends", "light"],
)
def test_what_is_no_thick_floor(blocks: tuple[Block, ...]) -> None:
    assert weighed(*draw(*blocks)).floor is None


def test_side_guides_of_a_trailer_are_no_floor() -> None:
    assert weighed(*draw(how=Drawing(guide_g_cm2=16.0))).floor is None


def test_a_thick_floor_is_seen_beside_a_load() -> None:
    found = weighed(*draw(LAYER, Block(density=400.0, x=(1000.0, 3000.0), high=1200.0))).floor
    assert found is not None and 0.4 < found.bare_share < 0.75


def test_a_container_whose_ends_meet_has_no_floor() -> None:
    outline = Outline(
        left=5.0,
        right=5.0,
        roof=0.0,
        underside=20.0,
        wide_mm=12.0,
        high_mm=12.0,
        drop_mm=850.0,
        distance_mm=5500.0,
        rows_mm_h=np.arange(20, 0, -1, dtype=np.float32) * 12.0,
        rises_h=np.full(20, 0.2, np.float32),
    )
    coarse = Coarse(bands_Bhw=np.ones((1, 20, 10), np.float32), left=0, top=0, factor=1)
    build = build_of("22G1")
    assert build is not None
    for columns in (slice(5, 5), slice(7, 3), slice(30, 40)):
        assert thick_floor(np.zeros((20, 10), np.float32), coarse, outline, build, columns) is None


@pytest.mark.parametrize("code", ["22T1", "22P1"])
def test_what_has_no_such_floor_has_no_thick_one(code: str) -> None:
    assert weighed(*draw(LAYER), code).floor is None


def simulated(code: str, floor_mm: float, filled: float) -> SimulatedScan:
    one = ContainerPlan(kind=CONTAINERS[code], x0_mm=0.0, false_floor_mm=floor_mm, false_floor_filled=filled)
    return simulate_scan(77100, 3, look="cal", plan=ScenePlan(containers=(one,), terminal=False))


def as_scan(made: SimulatedScan) -> Scan:
    return Scan(
        transmission_BHW=made.transmission_BHW,
        valid_HW=np.ones(made.transmission_BHW.shape[1:], np.bool_),
        floor=1 / 65535,
        pitch_mm=made.pitch_mm,
        energies_mv=made.energies_mv,
        calibrated=True,
        provenance=Provenance(source="made", sha256="0" * 64, format="made"),
    )


@pytest.mark.parametrize("code", ["22G1", "22R1"])
@pytest.mark.parametrize(("floor_mm", "filled"), [(0.0, 0.0), (120.0, 0.0), (200.0, 0.6)])
def test_boards_on_joists_are_found_and_an_empty_container_has_none(code: str, floor_mm: float, filled: float) -> None:
    made = simulated(code, floor_mm, filled)
    found = weighed(as_scan(made), made.truth.containers[0].box, code).floor
    assert (found is not None) == (floor_mm > 0.0)
    if found is not None:
        assert found.thicker_mm == pytest.approx(floor_mm, abs=45.0)


def test_what_is_put_below_the_boards_weighs() -> None:
    hollow, filled = (simulated("22G1", 200.0, share).truth for share in (0.0, 0.6))
    assert hollow.containers[0].box == filled.containers[0].box
    light, heavy = (simulated("22G1", 200.0, share).transmission_BHW for share in (0.0, 0.6))
    assert float(heavy.mean()) < float(light.mean())


PITCH = 10.0
WHOLE: Box = (100.0, 50.0, 100.0 + 120 * 5.0, 50.0 + 40 * 5.0)  # cells of 5 cm


def load(*blocks: tuple[slice, slice, float]) -> Weighing:
    areal_hw = np.zeros((40, 120), np.float32)
    for rows, columns, areal in blocks:
        areal_hw[rows, columns] = areal
    return Weighing(mass_kg=1.0, areal_hw=areal_hw, areal_box=WHOLE)


def test_a_dense_block_is_found_where_it_stands() -> None:
    seen = load((slice(10, 30), slice(20, 50), 233.0))  # a tonne in each m3
    ((box, there),) = dense_places(seen, PITCH, 999.0)
    assert box == (100.0 + 20 * 5, 50.0 + 10 * 5, 100.0 + 50 * 5, 50.0 + 30 * 5)
    assert there == pytest.approx(1000.0, rel=1e-4)
    assert dense_places(seen, PITCH, 1001.0) == ()


def test_a_small_dense_thing_is_weighed_with_what_is_around_it() -> None:
    seen = load((slice(20, 25), slice(50, 55), 4 * 233.0))
    ((_, there),) = dense_places(seen, PITCH, 900.0)  # a quarter of the square
    assert there == pytest.approx(1000.0, rel=1e-4)
    assert dense_places(load((slice(20, 24), slice(50, 55), 4 * 233.0)), PITCH, 900.0) == ()


def test_the_largest_places_come_first_each_with_its_own_density() -> None:
    seen = load(
        (slice(0, 12), slice(0, 12), 500.0),
        (slice(0, 40), slice(40, 80), 300.0),
        (slice(0, 14), slice(100, 114), 900.0),
    )
    found = dense_places(seen, PITCH, 1000.0)
    assert [round(there, -1) for _, there in found] == [1290.0, 3860.0, 2150.0]


@pytest.mark.parametrize(
    "seen",
    [
        Weighing(missing="x"),
        Weighing(mass_kg=1.0, areal_hw=np.zeros((0, 5), np.float32), areal_box=WHOLE),
        Weighing(mass_kg=1.0, areal_hw=np.full((40, 120), np.inf, np.float32), areal_box=WHOLE),
        Weighing(mass_kg=1.0, areal_hw=np.full((40, 120), np.nan, np.float32), areal_box=WHOLE),
        Weighing(mass_kg=1.0, areal_hw=np.ones((3, 3), np.float32) * 9e9, areal_box=WHOLE),
    ],
)
def test_what_was_not_weighed_or_is_too_small_has_no_places(seen: Weighing) -> None:
    assert dense_places(replace(seen), PITCH / 100.0, 1.0) == ()


@given(seed=st.integers(0, 2**32 - 1), limit=st.floats(1.0, 2000.0))
@settings(max_examples=40, deadline=None)
def test_places_lie_within_and_reach_the_limit(seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    areal_hw = rng.gamma(1.0, 150.0, (int(rng.integers(1, 40)), int(rng.integers(1, 90)))).astype(np.float32)
    seen = Weighing(mass_kg=1.0, areal_hw=areal_hw, areal_box=WHOLE)
    for (x0, y0, x1, y1), there in dense_places(seen, PITCH, limit):
        assert there > limit * (1.0 - 1e-5)
        assert WHOLE[0] <= x0 < x1 <= WHOLE[2] + 1e-6 and WHOLE[1] <= y0 < y1 <= WHOLE[3] + 1e-6
