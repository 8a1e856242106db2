from dataclasses import replace

import numpy as np
import pytest

from scantally.datasets.simulator.build import CUT_SHARE, build
from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.datasets.simulator.vehicle import draw_trailer
from scantally.datasets.simulator.vehicle_terminal import draw_guides
from scantally.datasets.simulator.vehicle_tractor import draw_tractor
from scantally.detector.types import FloatArray

VIEW = View(
    width=1500,
    height=420,
    pitch_mm=10.0,
    x_pitch_mm=10.0,
    left_mm=-1500.0,
    top_mm=3000.0,
    distance_mm=5000.0,
    drop_mm=1000.0,
    yaw_tan=0.0,
)
PAIR = [(0.0, 6058.0), (6400.0, 12458.0)]


def trailer(seed: int, *, terminal: bool) -> Canvas:
    canvas = Canvas(VIEW)
    draw_trailer(canvas, -300.0, 12900.0, np.random.default_rng(seed), terminal=terminal, boxes=PAIR)
    return canvas


def total(canvas: Canvas) -> FloatArray:
    return np.asarray(np.sum(list(canvas.layers.values()), axis=0), np.float32)


@pytest.mark.parametrize("terminal", [False, True])
def test_trailers_repeat_and_have_no_negative_density(terminal: bool) -> None:
    first, again, other = (trailer(seed, terminal=terminal) for seed in (1, 1, 2))
    for name, layer in first.layers.items():
        assert float(layer.min()) >= 0.0
        assert np.array_equal(layer, again.layers[name])
    assert not np.array_equal(total(first), total(other))


def test_road_trailers_stay_below_the_container() -> None:
    for seed in range(12):
        over = total(trailer(seed, terminal=False))[: int(VIEW.row(0.0)) - 1, int(VIEW.column(100.0)) :]
        assert over.max() == 0.0


def test_terminal_trailers_guide_the_lower_part_of_every_container() -> None:
    """Guides reach 8 to 22 % up the container's height, over part of its length, and leave its upper part free."""
    for seed in range(25):
        canvas = Canvas(VIEW)
        draw_guides(canvas, PAIR, np.random.default_rng(seed))
        picture = total(canvas)
        for left, right in PAIR:
            part = picture[:, int(VIEW.column(left)) : int(VIEW.column(right))]
            rows, columns = np.nonzero(part[: int(VIEW.row(0.0))] > 1.0)
            assert 0.08 * 259.1 < VIEW.row(0.0) - rows.min() < 0.22 * 259.1
            assert columns.min() > 0.02 * part.shape[1]
            assert columns.max() < 0.98 * part.shape[1]
        gap = picture[:, int(VIEW.column(6058.0)) + 2 : int(VIEW.column(6400.0)) - 2]
        assert gap.max() == 0.0


def test_long_guides_are_as_dark_as_in_real_scans_and_the_floor_shows_through() -> None:
    """Look B: 60 to 110 of 255 beside the walls, sharp at the upper edge, and the cross members still to be seen."""
    found = 0
    for seed in range(12):
        plan = ScenePlan(containers=(ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0),), terminal=True)
        style = replace(
            draw_style(np.random.default_rng(seed), "B"),
            dashed_rows=(), dark_rows=(), padding=(0, 0), squeeze=0.6, wobble_px=0.1, slope_px=0.0, yaw_tan=0.0,
        )  # fmt: skip
        scan = simulate_scan(31, seed, style, plan=plan, wishes=Wishes(deviation_share=0.0))
        assert scan.grey_HW is not None
        x0, _, x1, y1 = scan.truth.containers[0].box
        middle = scan.grey_HW[:, int(x0 + 0.3 * (x1 - x0)) : int(x0 + 0.7 * (x1 - x0))].astype(float)
        rows = np.median(middle, axis=1)[: int(y1)]
        edge = int(np.argmax(np.maximum(rows[:-4] - rows[4:], 0.0) * (np.arange(rows.size - 4) > 0.5 * y1)))
        if rows[edge - 6] < 180.0 or rows[edge + 16] > 150.0 or rows[edge - 6] - rows[edge + 16] < 60.0:
            continue  # short guides leave the middle free
        found += 1
        assert 50.0 < rows[edge + 16] < 125.0
        floor = middle[edge + 40 : int(y1) - 30]
        assert np.median(floor.std(axis=1)) > 3.0  # cross members still vary along x
    assert found >= 3


def test_a_cab_is_drawn_before_the_container_now_and_then() -> None:
    high = 0
    for seed in range(60):
        canvas = Canvas(replace(VIEW, left_mm=-5000.0))
        axles = draw_tractor(canvas, 0.0, np.random.default_rng(seed))
        assert 1 <= len(axles) <= 3
        assert all(h < -800.0 for _, h in axles)
        front = total(canvas)[: int(VIEW.row(900.0)), : int((5000.0 - 900.0) / 10.0)]
        high += bool((front > 1.0).sum() > 400)
    assert 5 <= high <= 35


def test_some_scans_cut_a_container_off() -> None:
    plan = ScenePlan(containers=(ContainerPlan(kind=CONTAINERS["42G1"], x0_mm=0.0),), terminal=False)
    style = replace(draw_style(np.random.default_rng(0), "cal"), pitch_mm=60.0, height=60)
    cut = 0
    for seed in range(300):
        built = build(plan, style, np.random.default_rng(seed))
        x0, _, x1, _ = built.boxes[0]
        cut += x0 < -1.0 or x1 > built.canvas.view.width + 1.0
    assert 0.3 * CUT_SHARE < cut / 300 < 3.0 * CUT_SHARE


def test_a_cut_container_keeps_a_box_within_the_picture() -> None:
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0)
    plan = ScenePlan(containers=(container,), terminal=False, margins_mm=(-1500.0, 800.0))
    scan = simulate_scan(
        2, 2, replace(draw_style(np.random.default_rng(0), "cal"), pitch_mm=12.0, height=300), plan=plan
    )
    x0, _, x1, _ = scan.truth.containers[0].box
    assert 0.0 <= x0 < 1.0
    assert x1 == pytest.approx((6058.0 - 1500.0) / 12.0, abs=12.0)
