"""A wall across a container that is not its end: what counts as one, and what does not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.container_kinds import CONTAINERS
from scantally.datasets.simulator.plan import ContainerPlan, ObjectPlan, ScenePlan
from scantally.datasets.simulator.scene import clean_transmission
from scantally.datasets.simulator.style import draw_style
from scantally.detector.maps.second_wall import LEAST, ROOM_MM, line_contrast, second_walls
from scantally.detector.types import Box, FloatArray, Provenance, Scan

PITCH = 8.0
BOX: Box = (20.0, 10.0, 780.0, 330.0)
WIDE, HIGH = 800, 340
END_PX, LINE_PX = 4, 4


def picture(*lines_mm: float, ends: bool = True, roof: int = 10, right: bool = False) -> FloatArray:
    """A container with bare walls, and lines as dark as its ends at distances from the left one (or the right one), up to a row."""
    dark = np.zeros((HIGH, WIDE), np.float32)
    dark[10:330, 20:780] = 0.15
    if ends:
        dark[10:330, 20 : 20 + END_PX] += 1.5
        dark[10:330, 780 - END_PX : 780] += 1.5
    for mm in lines_mm:
        x = 20 + END_PX // 2 + round(mm / PITCH)
        x = WIDE - 1 - x if right else x
        dark[roof:330, x - LINE_PX // 2 : x + LINE_PX // 2] += 1.0
    return np.exp(-dark)


def scan(t_HW: FloatArray, pitch_mm: float | None = PITCH) -> Scan:
    return Scan(
        transmission_BHW=t_HW[None].astype(np.float32),
        valid_HW=np.ones(t_HW.shape, np.bool_),
        floor=1e-4,
        pitch_mm=pitch_mm,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="made", sha256="0", format="made"),
    )


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("room", [200.0, 500.0, 1000.0])
def test_a_line_from_floor_to_roof_before_an_end_is_a_wall(room: float, right: bool) -> None:
    (found,) = second_walls(scan(picture(room, right=right)), BOX)
    assert found.room_mm == pytest.approx(room, abs=2 * PITCH)
    assert found.contrast > LEAST
    middle = (found.box[0] + found.box[2]) / 2
    x = 22 + room / PITCH
    assert middle == pytest.approx(WIDE - 1 - x if right else x, abs=2)
    assert (found.box[1], found.box[3]) == (BOX[1], BOX[3])


@pytest.mark.parametrize(
    "made",
    [
        picture(),
        picture(ROOM_MM[0] / 2),  # the end's own structure
        picture(ROOM_MM[1] + 300.0),  # a bulkhead within the load
        picture(500.0, ends=False),  # with no end behind it: it is the end
        picture(400.0, 700.0, 1000.0),  # a row of goods
        picture(700.0, 1500.0),  # the next one further in
        picture(500.0, roof=80),  # goods that end below the roof
        np.ones((HIGH, WIDE), np.float32),
        np.full((HIGH, WIDE), 1e-4, np.float32),
    ],
    ids=["bare", "near", "far", "no end", "row", "two", "below the roof", "open beam", "black"],
)
def test_what_is_no_wall(made: FloatArray) -> None:
    assert second_walls(scan(made), BOX) == ()


def test_each_end_may_have_one() -> None:
    both = np.minimum(picture(500.0), picture(700.0, right=True))
    assert [round(one.room_mm, -2) for one in second_walls(scan(both), BOX)] == [500.0, 700.0]


def test_without_a_pitch_it_is_taken_from_the_height() -> None:
    (found,) = second_walls(scan(picture(500.0), None), BOX)
    assert found.room_mm == pytest.approx(500.0 * 2750.0 / (320.0 * PITCH), rel=0.1)


@pytest.mark.parametrize(
    "box",
    [(20.0, 10.0, 60.0, 40.0), (900.0, 10.0, 1500.0, 330.0), (100.0, 100.0, 100.0, 100.0), (-500.0, -500.0, 1e4, 1e4)],
)
def test_any_box_is_answered(box: Box) -> None:
    assert len(second_walls(scan(picture(500.0)), box)) <= 2


@pytest.mark.parametrize("wall_mm", [0.0, 300.0, 700.0])
@pytest.mark.parametrize("sheet", ["plywood", "steel"])
def test_a_simulated_false_wall_is_found_and_a_container_without_has_none(wall_mm: float, sheet: str) -> None:
    planned = ObjectPlan(kind="currency", place="false_wall", x_share=0.4, height_share=0.5, depth_mm=900.0)
    one = ContainerPlan(
        kind=CONTAINERS["22G1"],
        x0_mm=0.0,
        blocks=(),
        objects=(planned,) if wall_mm else (),
        false_wall_mm=wall_mm,
        false_wall=sheet,
    )
    style = replace(
        draw_style(np.random.default_rng(3), "cal"),
        pitch_mm=8.0,
        height=430,
        dashed_rows=(),
        padding=(0, 0),
        squeeze=1.0,
    )
    built = build(ScenePlan(containers=(one,), terminal=False), style, np.random.default_rng(2))
    found = second_walls(scan(clean_transmission(built, 6.0)), built.boxes[0])
    assert len(found) == (1 if wall_mm else 0)
    if found:
        assert found[0].room_mm == pytest.approx(wall_mm, abs=90.0)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_noise_and_a_load_beside_it_make_no_wall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = picture()
    left = int(rng.integers(30, 200))
    made[int(rng.integers(60, 200)) : 330, left : left + int(rng.integers(60, 400))] *= np.float32(
        rng.uniform(0.01, 0.8)
    )
    made = np.clip(made * np.exp(rng.normal(0, 0.05, made.shape)), 1e-4, 1.0)
    assert second_walls(scan(made.astype(np.float32)), BOX) == ()


def test_contrast_is_that_to_the_darker_side_in_nearly_all_rows() -> None:
    dark = np.full((100, 60), 0.2, np.float32)
    dark[:, 30:34] = 1.2
    dark[:, 34:] += 0.4
    found = line_contrast(dark, 8.0)
    assert found.shape == (60,) and found.dtype == np.float32
    assert found[31:33].max() == pytest.approx(1.2 - 0.6, abs=0.25)
    dark[20:45] = 0.2  # a quarter of the rows without it
    assert line_contrast(dark, 8.0).max() == pytest.approx(0.0, abs=1e-6)
