from dataclasses import replace

import numpy as np
import pytest

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import CONTAINERS, container_box, draw_container
from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM, carried, cavities
from scantally.datasets.simulator.container_parts import FITTING, corners, fitting
from scantally.datasets.simulator.draw_plan import draw_plan
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.loads import LOADS
from scantally.datasets.simulator.papers import TARE_KG
from scantally.datasets.simulator.plan import CONTAINER_WEIGHTS, ContainerPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.config.iso6346 import size_type_name

CODES = tuple(CONTAINERS)


def view(**changes: object) -> View:
    plain = View(
        width=1400,
        height=420,
        pitch_mm=10.0,
        x_pitch_mm=10.0,
        left_mm=-800.0,
        top_mm=4100.0,
        distance_mm=5000.0,
        drop_mm=1000.0,
        yaw_tan=0.0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def drawn(code: str, seed: int = 3, *, turned: bool = False, **changes: object) -> Canvas:
    canvas = Canvas(view(**changes))
    kind = CONTAINERS[code].turn() if turned else CONTAINERS[code]
    draw_container(canvas, kind, 0.0, np.random.default_rng(seed))
    return canvas


def total(canvas: Canvas) -> np.ndarray:  # type: ignore[type-arg]
    return np.sum(list(canvas.layers.values()), axis=0)  # type: ignore[no-any-return]


@pytest.mark.parametrize("code", CODES)
def test_outer_sizes_are_those_of_iso_668(code: str) -> None:
    """ISO 668, table 1: lengths 6,058 and 12,192 mm, heights 2,591 and 2,896 mm; ISO 6346: what the code's digits mean."""
    kind = CONTAINERS[code]
    assert kind.code == code
    assert kind.length_mm == {"2": 6058.0, "4": 12192.0}[code[0]]
    assert kind.height_mm == {"2": 2591.0, "5": 2896.0}[code[1]]
    assert OUTER_WIDTH_MM == 2438.0


@pytest.mark.parametrize("code", [code for code in CODES if code[2] == "G"])
def test_dry_boxes_are_at_least_as_large_inside_as_iso_668_wants(code: str) -> None:
    """ISO 668, table of least inner sizes: length 5,867 and 11,998 mm, height 241 mm less than outside."""
    kind = CONTAINERS[code]
    least = 11998.0 if kind.gooseneck else 5867.0
    assert least <= kind.inner_length_mm < kind.length_mm - 100.0
    assert kind.height_mm - 241.0 <= kind.inner_height_mm < kind.height_mm - 150.0


@pytest.mark.parametrize(
    ("code", "length", "height"),
    [("22R1", 5450.0, 2250.0), ("45R1", 11583.0, 2545.0), ("22P1", 5640.0, 2220.0), ("45P3", 11650.0, 2245.0)],
)
def test_special_containers_have_the_usual_inner_sizes(code: str, length: float, height: float) -> None:
    """Carriers' equipment guides agree within some centimetres."""
    kind = CONTAINERS[code]
    assert kind.inner_length_mm == pytest.approx(length, abs=60.0)
    assert kind.inner_height_mm == pytest.approx(height, abs=60.0)


@pytest.mark.parametrize("code", [*CONTAINER_WEIGHTS, "22T1"])
def test_every_drawn_code_is_known_to_the_checks_and_has_a_tare(code: str) -> None:
    assert size_type_name(code) is not None
    assert code in TARE_KG


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_what_is_drawn_fills_its_box(code: str, turned: bool) -> None:
    """The pixels that a container darkens reach to the box's sides, at the expected size, and hardly beyond them."""
    canvas = drawn(code, turned=turned)
    kind = CONTAINERS[code]
    x0, y0, x1, y1 = container_box(canvas, kind, 0.0)
    rows, columns = np.nonzero(total(canvas) > 1.0)
    assert x1 - x0 == pytest.approx(kind.length_mm / 10.0, abs=4.0)
    assert y1 - y0 == pytest.approx((kind.height_mm + 1000.0 * (1.0 - 5000.0 / 7438.0)) / 10.0, abs=1.0)
    assert (columns.min(), columns.max() + 1) == pytest.approx((x0, x1), abs=5.0)
    assert (rows.min(), rows.max() + 1) == pytest.approx((y0, y1), abs=5.0)


@pytest.mark.parametrize("code", CODES)
def test_no_areal_density_is_negative_and_the_same_numbers_give_the_same_picture(code: str) -> None:
    first, again, other = (drawn(code, seed, yaw_tan=0.01) for seed in (3, 3, 4))
    for name, layer in first.layers.items():
        assert float(layer.min()) >= 0.0
        assert np.isfinite(layer).all()
        assert np.array_equal(layer, again.layers[name])
    if code != "22T1":  # a tank's frame has nothing to draw lots for
        assert not np.array_equal(total(first), total(other))


@pytest.mark.parametrize("code", CODES)
def test_the_structure_weighs_what_its_plate_says(code: str) -> None:
    """Mass integrated over the picture, each depth scaled back by the view's mean, is of the order of the tare."""
    canvas = drawn(code)
    slants = canvas.view.slants()[:, None]
    seen = sum(float((layer * slants).sum(dtype=np.float64)) for layer in canvas.layers.values()) / 1000.0
    mean_scale = canvas.view.scale(OUTER_WIDTH_MM / 2.0)
    tare = sum(TARE_KG[code]) / 2.0
    frame_only = code == "22T1"  # the vessel is a load of its own
    assert (0.15 if frame_only else 0.6) * tare < seen / mean_scale < 1.6 * tare


def test_a_corner_fitting_weighs_what_makers_state() -> None:
    """11 to 12 kg of cast steel in the 178 x 162 x 118 mm of ISO 1161, as cut and as drawn."""
    volume = sum((z1 - z0) * (b - a) * (d - c) for z0, z1, walls in FITTING for a, b, c, d in walls)
    assert 11.0 <= volume * 7.85e-6 <= 12.0
    assert FITTING[0][0] == 0.0 and FITTING[-1][1] == 162.0
    edges = np.array([walls for _, _, parts in FITTING for walls in parts])
    assert (edges.min(axis=0)[[0, 2]] == 0.0).all() and (edges.max(axis=0)[[1, 3]] == (178.0, 118.0)).all()
    canvas = Canvas(view(pitch_mm=2.0, x_pitch_mm=2.0, left_mm=-100.0, top_mm=3700.0, distance_mm=1e7))
    fitting(canvas, (0.0, 2591.0, 0.0), (1.0, -1.0, 1.0))
    assert float(canvas.layers["steel"].sum()) * 0.04 / 1000.0 == pytest.approx(volume * 7.85e-6, rel=0.01)


def test_light_shines_through_a_top_fitting_and_its_walls_are_dark() -> None:
    """In real scans the middle is bright, where the side's opening meets the plate's slot, in a dark frame."""
    canvas = Canvas(view(pitch_mm=2.0, x_pitch_mm=2.0, height=900, top_mm=3700.0, drop_mm=900.0))
    corners(canvas, CONTAINERS["22G1"], 0.0)
    steel = canvas.layers["steel"]
    x0, top = round(canvas.view.column(-4.0)), round(canvas.view.row(2597.0))
    near = steel[top : top + 59, x0 : x0 + 89]
    assert float(near[14:40, 35:60].min()) < 5.0  # over 0.85 of the open beam
    assert float(np.median(near[20:, 3:12])) > 50.0 and float(np.median(near[:, 35:60])) < 40.0


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_cavities_lie_in_the_structure_and_not_in_the_free_space(code: str, turned: bool) -> None:
    kind = CONTAINERS[code].turn() if turned else CONTAINERS[code]
    found = cavities(kind)
    assert bool(found) != kind.tank
    free = (kind.front_mm, kind.length_mm - kind.rear_mm, kind.floor_mm, kind.height_mm - kind.roof_mm)
    for name, s in found.items():
        assert 0.0 <= s.x0_mm < s.x1_mm <= kind.length_mm, name
        assert 0.0 <= s.h0_mm < s.h1_mm <= kind.height_mm, name
        assert 0.0 <= s.z0_mm < s.z1_mm <= OUTER_WIDTH_MM, name
        over_x = min(s.x1_mm, free[1]) - max(s.x0_mm, free[0])
        over_h = min(s.h1_mm, free[3]) - max(s.h0_mm, free[2])
        if name != "roof" or kind.family == "reefer":  # a dry box's false roof hangs into the free space
            assert min(over_x, over_h) <= 0.0, name


def test_cavities_by_kind() -> None:
    names = {code: set(cavities(kind)) for code, kind in CONTAINERS.items()}
    assert names["42G1"] == {"floor", "front", "doors", "roof"}
    assert names["45R1"] == {"unit", "floor", "roof", "front", "doors"}
    assert names["22U1"] == {"floor", "front", "doors"}
    assert names["45P1"] == {"floor"}


def test_a_turned_reefer_has_its_unit_at_the_rear() -> None:
    plain, turned = (total(drawn("45R1", turned=t)) for t in (False, True))
    v = view()
    first = slice(round(v.column(150.0)), round(v.column(350.0)))
    last = slice(round(v.column(12192.0 - 350.0)), round(v.column(12192.0 - 150.0)))
    rows = slice(100, 250)
    assert plain[rows, first].mean() > 2.0 * plain[rows, last].mean()
    assert turned[rows, last].mean() > 2.0 * turned[rows, first].mean()
    kind = CONTAINERS["45R1"]
    assert kind.turn().front_mm == kind.rear_mm
    assert kind.turn().turn() == kind
    assert cavities(kind.turn())["unit"].x1_mm > 0.9 * kind.length_mm


@pytest.mark.parametrize("length", ["22", "45"])
def test_folding_ends_stand_clear_of_the_base_on_hinges_and_fixed_ends_do_not(length: str) -> None:
    """ISO 6346: P1 has fixed complete ends, P3 folding ones. A level beam passes under a folding end's posts."""
    level = {"pitch_mm": 4.0, "x_pitch_mm": 4.0, "width": 3400, "height": 950, "left_mm": -400.0, "distance_mm": 1e7}
    fixed, folding = (drawn(f"{length}{ends}", **level) for ends in ("P1", "P3"))
    kind, sight = CONTAINERS[f"{length}P3"], fixed.view
    rows = slice(round(sight.row(kind.floor_mm + 42.0)), round(sight.row(kind.floor_mm + 18.0)))
    foot = slice(round(sight.column(24.0)), round(sight.column(kind.front_mm - 80.0)))
    assert float(folding.layers["steel"][rows, foot].max()) < 0.1
    assert float(fixed.layers["steel"][rows, foot].min()) > 10.0
    above = slice(round(sight.row(kind.floor_mm + 600.0)), round(sight.row(kind.floor_mm + 30.0)))
    knee = slice(round(sight.column(kind.front_mm + 120.0)), round(sight.column(kind.front_mm + 300.0)))
    assert float(folding.layers["steel"][above, knee].max()) < 1.0 < float(fixed.layers["steel"][above, knee].max())
    assert not CONTAINERS["22T1"].folding and not CONTAINERS["22G1"].folding


def test_nothing_stands_over_a_flat_rack() -> None:
    canvas = drawn("45P3")
    v = canvas.view
    inside = total(canvas)[: int(v.row(2896.0 - 1500.0)), int(v.column(600.0)) : int(v.column(11500.0))]
    assert inside.max() == 0.0


@pytest.mark.parametrize("kind", list(CONTAINERS.values()), ids=CODES)
def test_every_container_carries_something_and_cold_goods_go_by_reefer(kind: object) -> None:
    loads = carried(kind, tuple(LOADS))  # type: ignore[arg-type]
    assert loads
    if kind.family != "reefer":  # type: ignore[attr-defined]
        assert not {"meat", "frozen_cartons"} & set(loads)
    if kind.family == "flat_rack":  # type: ignore[attr-defined]
        assert not {"bulk", "sacks", "cartons"} & set(loads)


def test_plans_draw_every_container_and_load_what_it_carries() -> None:
    rng, seen, turned = np.random.default_rng(8), set(), set()
    for _ in range(400):
        for container in draw_plan(rng, Wishes()).containers:
            seen.add(container.kind.code)
            turned.add((container.kind.family, container.kind.turned))
            assert {b.kind for b in container.blocks} <= set(carried(container.kind, tuple(LOADS)))
            if not container.kind.walled:
                assert not container.objects
    assert seen == {*CONTAINER_WEIGHTS, "22T1"}
    assert ("reefer", True) in turned
    assert ("dry", True) not in turned


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(containers=("22G1", "45P3"), loads=("meat",), tank_share=0.0),
        Wishes(containers=("45P3",), deviation="hidden_load"),
    ],
)
def test_wishes_that_no_container_meets_are_refused(wishes: Wishes) -> None:
    with pytest.raises(ValueError, match=r"none of the wished containers .*45P3.* carries what is wished"):
        draw_plan(np.random.default_rng(0), wishes)


REAL = {"A": (229.0, 217.0, (86.0, 150.0)), "B": (205.0, 194.0, (54.0, 108.0))}
"""Median grey of walls, of walls and roof, and the range of the floor's, in real scans (datasets/labels/ajna_notes.md)."""


@pytest.mark.parametrize("look", list(REAL))
@pytest.mark.parametrize(("code", "slack"), [("42G1", 8.0), ("45R1", 16.0)])
def test_empty_containers_are_as_grey_as_real_ones(look: str, code: str, slack: float) -> None:
    walls, roofs, floors = [], [], []
    for index in range(4):
        plan = ScenePlan(containers=(ContainerPlan(kind=CONTAINERS[code], x0_mm=0.0),), terminal=False)
        style = replace(draw_style(np.random.default_rng(index), look), dashed_rows=(), padding=(0, 0), squeeze=0.4)
        scan = simulate_scan(7, index, style, plan=plan)
        assert scan.grey_HW is not None
        x0, y0, x1, y1 = scan.truth.containers[0].box
        grey = scan.grey_HW[:, int(x0 + 0.35 * (x1 - x0)) : int(x0 + 0.85 * (x1 - x0))]
        for values, low, high in ((walls, 0.5, 0.72), (roofs, 0.1, 0.3), (floors, 0.87, 0.93)):
            values.append(float(np.median(grey[int(y0 + low * (y1 - y0)) : int(y0 + high * (y1 - y0))])))
    real = REAL[look]
    assert np.mean(walls) == pytest.approx(real[0], abs=slack)
    assert np.mean(roofs) == pytest.approx(real[1], abs=slack)
    assert real[2][0] - 25.0 < np.mean(floors) < real[2][1] + 15.0
