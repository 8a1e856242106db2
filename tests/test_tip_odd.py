"""Threat image projection into damaged and odd scans: nothing is projected, or a clear error says why."""

from collections.abc import Callable

import numpy as np
import pytest

from scantally.datasets.simulator.container_kinds import CONTAINERS
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import Projection, estimate_character, place_and_project
from scantally.detector.errors import InputError
from scantally.detector.types import Box, FloatArray

MIDDLE: Box = (100.0, 50.0, 800.0, 500.0)


def even(value: float, shape: tuple[int, int] = (600, 900)) -> FloatArray:
    return np.full(shape, value, np.float32)


def with_pixel(value: float) -> FloatArray:
    scan = even(0.5)
    scan[300, 400] = value
    return scan


def attempts(scan: FloatArray, boxes: list[Box]) -> list[Projection]:
    character = estimate_character(scan, boxes)
    found = []
    for seed, kind in enumerate(("firearm", "vehicle", "brick_packages", "gas_cylinder") * 3):
        sprite = make_object(kind, np.random.default_rng(seed), 2.2)
        found.append(place_and_project(scan, character, sprite, np.random.default_rng(seed)))
    return [f for f in found if f is not None]


@pytest.fixture(scope="module")
def pair() -> tuple[FloatArray, list[Box]]:
    """Two empty 20 ft boxes on one trailer."""
    containers = tuple(
        ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=x, blocks=(), objects=(), dunnage=False) for x in (0.0, 6130.0)
    )
    plan = ScenePlan(containers=containers, terminal=False, margins_mm=(900.0, 900.0))
    scan = simulate_scan(5, 1, look="A", plan=plan)
    return scan.transmission_BHW[-1], [c.box for c in scan.truth.containers]


@pytest.mark.parametrize(
    ("scan", "boxes", "said"),
    [
        (even(0.5, (1, 1)), [(0.0, 0.0, 1.0, 1.0)], "1 x 1 px: expected at least 32 x 32"),
        (even(0.5, (0, 0)), [], "0 x 0 px: expected at least 32 x 32"),
        (even(0.5, (31, 2000)), [], "2000 x 31 px: expected at least 32 x 32"),
        (with_pixel(np.nan), [MIDDLE], "expected transmission from 0 to 1, got nan to nan"),
        (with_pixel(np.inf), [MIDDLE], "expected transmission from 0 to 1, got 0.5 to inf"),
        (with_pixel(-0.1), [MIDDLE], "expected transmission from 0 to 1, got -0.1 to 0.5"),
        (even(0.5) * np.float32(255), [MIDDLE], "expected transmission from 0 to 1, got 127.5 to 127.5"),
        (even(0.5), [(np.nan, 0.0, 9.0, 9.0)], "container box (nan, 0.0, 9.0, 9.0): expected finite numbers"),
    ],
)
def test_what_is_no_scan_is_refused_in_one_line(scan: FloatArray, boxes: list[Box], said: str) -> None:
    with pytest.raises(InputError) as caught:
        estimate_character(scan, boxes)
    assert str(caught.value) == f"scan to project into: {said}"


@pytest.mark.parametrize(
    ("scan", "boxes"),
    [
        (even(1.0), [MIDDLE]),  # nothing but open beam
        (even(0.5), []),  # no container
        (np.random.default_rng(0).random((600, 900), dtype=np.float32), [MIDDLE]),  # noise
        (even(0.5, (32, 32)), [(0.0, 0.0, 32.0, 32.0)]),
        (even(0.5, (64, 2000)), [(0.0, 0.0, 2000.0, 64.0)]),
        (even(0.5, (2000, 64)), [(0.0, 0.0, 64.0, 2000.0)]),
        (even(0.5), [(1000.0, 50.0, 1500.0, 500.0)]),  # beside the picture
        (even(0.5), [(800.0, 500.0, 100.0, 50.0)]),  # turned round
        (even(0.5), [(300.0, 300.0, 310.0, 310.0)]),
        (even(1.0), [(-1e9, -1e9, 1e9, 1e9)]),
    ],
)
def test_what_shows_no_container_takes_nothing(scan: FloatArray, boxes: list[Box]) -> None:
    assert attempts(scan, boxes) == []


def test_in_an_all_black_scan_nothing_can_be_seen() -> None:
    for found in attempts(even(1e-6), [MIDDLE]):
        assert (found.cnr, found.visible, found.inspectable) == (0.0, 0.0, False)
        assert (found.transmission_HW == np.float32(1e-6)).all()


def test_a_pair_of_containers_takes_objects_in_both_and_none_across(pair: tuple[FloatArray, list[Box]]) -> None:
    scan, boxes = pair
    character = estimate_character(scan, boxes, empty=(True, True))
    hit = [0, 0]
    for seed in range(12):
        sprite = make_object("brick_packages", np.random.default_rng(seed), 2.2)
        found = place_and_project(scan, character, sprite, np.random.default_rng(seed))
        assert found is not None
        inside = [b[0] <= found.box[0] and found.box[2] <= b[2] for b in boxes]
        assert sum(inside) == 1
        hit[inside.index(True)] += 1
    assert min(hit) >= 2


Cut = Callable[[FloatArray, Box], tuple[FloatArray, Box]]


def cut_left(scan: FloatArray, box: Box) -> tuple[FloatArray, Box]:
    at = int((box[0] + box[2]) / 2)
    return np.ascontiguousarray(scan[:, at:]), (0.0, box[1], box[2] - at, box[3])


def cut_right(scan: FloatArray, box: Box) -> tuple[FloatArray, Box]:
    at = int((box[0] + box[2]) / 2)
    return np.ascontiguousarray(scan[:, :at]), (box[0], box[1], float(at), box[3])


def cut_bottom(scan: FloatArray, box: Box) -> tuple[FloatArray, Box]:
    at = int(box[3] - 0.12 * (box[3] - box[1]))
    return np.ascontiguousarray(scan[:at]), (box[0], box[1], box[2], float(at))


def cut_out(scan: FloatArray, box: Box) -> tuple[FloatArray, Box]:
    x0, y0, x1, y1 = (int(v) for v in box)
    return np.ascontiguousarray(scan[y0:y1, x0:x1]), (0.0, 0.0, float(x1 - x0), float(y1 - y0))


@pytest.mark.parametrize("cut", [cut_left, cut_right, cut_bottom, cut_out])
def test_a_container_at_the_pictures_edge_takes_only_what_lies_in_the_picture(
    cut: Cut, pair: tuple[FloatArray, list[Box]]
) -> None:
    scan, box = cut(pair[0], pair[1][0])
    for found in attempts(scan, [box]):
        x0, y0, x1, y1 = found.box
        assert 0 <= x0 <= x1 <= scan.shape[1] and 0 <= y0 <= y1 <= scan.shape[0]
        assert np.isfinite(found.transmission_HW).all()


@pytest.mark.parametrize(("rows", "columns"), [(1200, 40), (40, 6000), (4000, 9000)])
def test_an_object_larger_than_the_container_fits_nowhere(
    rows: int, columns: int, pair: tuple[FloatArray, list[Box]]
) -> None:
    scan, boxes = pair
    huge = Sprite(label="x", layers={"steel": np.ones((rows, columns), np.float32)}, pitch_mm=2.5, mass_kg=1.0)
    assert place_and_project(scan, estimate_character(scan, boxes), huge, np.random.default_rng(0)) is None
