from dataclasses import replace

import numpy as np
import pytest
from stdnum import iso6346

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.plan import BlockPlan, ContainerPlan, ObjectPlan, ScenePlan, Wishes
from scantally.datasets.simulator.project import place
from scantally.datasets.simulator.scanner import draw_warp, expose, optics
from scantally.datasets.simulator.scene import SimulatedScan, clean_transmission, simulate_scan
from scantally.datasets.simulator.sprite import Sprite, layers_mass_kg, paste
from scantally.datasets.simulator.style import LOOKS, Style, draw_style
from scantally.detector.types import Box, FloatArray

SMALL = {"pitch_mm": 14.0, "height": 270}


def small(look: str, **changes: object) -> Style:
    style = draw_style(np.random.default_rng(3), look)
    return replace(style, **(SMALL | {"dashed_rows": (), "padding": (0, 0)} | changes))  # type: ignore[arg-type]


def scene(*objects: ObjectPlan, blocks: tuple[BlockPlan, ...] = ()) -> ScenePlan:
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0, blocks=blocks, objects=objects)
    return ScenePlan(containers=(container,), terminal=False)


CYLINDER = ObjectPlan(kind="gas_cylinder", place="floor", x_share=0.5, height_share=0.0, depth_mm=1200.0)
HONEST = Wishes(deviation_share=0.0)


def seen_by(without: FloatArray, with_it: FloatArray, least: float) -> Box:
    rows, columns = np.nonzero(without - with_it > least)
    return (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


def iou(a: Box, b: Box) -> float:
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0.0) * max(h, 0.0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_the_same_seed_gives_the_same_scan() -> None:
    style = small("cal")
    first, again, other = (simulate_scan(4, i, style) for i in (7, 7, 8))
    assert np.array_equal(first.transmission_BHW, again.transmission_BHW)
    assert first.truth == again.truth
    assert first.manifests == again.manifests
    assert first.truth != other.truth


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_gives_a_readable_scan(look: str) -> None:
    scan = simulate_scan(11, 0, small(look))
    t = scan.transmission_BHW
    assert t.dtype == np.float32
    assert t.shape == (len(scan.energies_mv), scan.truth.height, scan.truth.width)
    assert t.min() > 0.0
    assert t.max() <= 1.0
    assert (scan.grey_HW is None) == (look == "cal")
    assert np.median(t[-1, :4]) > 0.95  # the sky


@pytest.mark.parametrize("squeeze", [1.0, 0.6, 0.35])
def test_truth_boxes_cover_what_changes(squeeze: float) -> None:
    """With and without the object, everything else equal: the pixels that change are the box's, at any squeeze."""
    style = small(
        "cal", pitch_mm=8.0, height=460, squeeze=squeeze, quanta=1e12, electronic=0.0, speed_drift=0.08, wobble_px=2.0,
        slope_px=12.0, scatter=0.0, blur_px=0.3, energies_mv=(6.0,),
    )  # fmt: skip
    with_it = simulate_scan(5, 1, style, plan=scene(CYLINDER), wishes=HONEST)
    without = simulate_scan(5, 1, style, plan=scene(), wishes=HONEST)
    changed = seen_by(without.transmission_BHW[-1], with_it.transmission_BHW[-1], 0.004)
    assert iou(with_it.truth.objects[0].box, changed) > 0.7
    assert not without.truth.objects


def test_a_squeeze_scales_x_only() -> None:
    boxes = []
    for squeeze in (1.0, 0.5):
        style = small("cal", squeeze=squeeze, speed_drift=0.0, wobble_px=0.0, slope_px=0.0)
        boxes.append(simulate_scan(5, 1, style, plan=scene(CYLINDER), wishes=HONEST).truth.containers[0].box)
    (a0, a1, a2, a3), (b0, b1, b2, b3) = boxes
    assert (b2 - b0) == pytest.approx((a2 - a0) * 0.5, abs=2)
    assert (b1, b3) == (pytest.approx(a1, abs=0.2), pytest.approx(a3, abs=0.2))


def test_noise_falls_with_the_root_of_dose() -> None:
    flat = np.full((300, 300), 0.25, np.float32)
    style = small("cal", electronic=0.0, row_gain=0.0, column_flicker=0.0, quanta=1e4)
    ratio = []
    for dose in (1e4, 4e4, 16e4):
        noisy = expose(flat, replace(style, quanta=dose), np.random.default_rng(2))
        ratio.append(float(noisy.mean() / noisy.std()) / np.sqrt(dose))
    assert ratio == pytest.approx([0.5] * 3, rel=0.03)  # sqrt(T N) per pixel


def test_smoothed_noise_keeps_its_stated_deviation() -> None:
    from scantally.datasets.simulator.scanner import noise_deviation

    flat = np.full((400, 400), 0.5, np.float32)
    style = small("A", electronic=0.0, row_gain=0.0, column_flicker=0.0, row_offset=0.0, smoothing_px=0.7)
    noisy = expose(flat, style, np.random.default_rng(2))
    assert noisy.std() == pytest.approx(float(noise_deviation(flat, style)[0, 0]), rel=0.03)


def test_scatter_darkens_open_beam_beside_a_heavy_load() -> None:
    picture = np.ones((200, 400), np.float32)
    picture[:, :150] = 1e-4
    out = optics(picture, small("B", scatter=0.05))
    assert out[100, 170] < out[100, 390] - 0.005
    assert out[100, 75] > 1e-4


def test_mass_survives_the_projection() -> None:
    """A sprite at the near wall, to scale, weighs in the picture what it weighs."""
    style = small("cal", squeeze=1.0, pitch_mm=5.0, height=760)
    view = build(scene(), style, np.random.default_rng(0)).canvas.view
    sprite = Sprite(label="x", layers={"steel": np.full((60, 90), 7.0, np.float32)}, pitch_mm=4.0, mass_kg=0.0)
    placed = place(view, sprite, 1000.0, 300.0, -1.0, 1.0)
    assert layers_mass_kg(placed.layers, 5.0) == pytest.approx(layers_mass_kg(sprite.layers, 4.0), rel=0.01)
    assert (placed.box[2] - placed.box[0]) * 5.0 == pytest.approx(90 * 4.0, abs=10)


def test_what_is_deeper_appears_smaller_and_its_edge_spreads() -> None:
    view = build(scene(), small("cal", pitch_mm=5.0, height=760), np.random.default_rng(0)).canvas.view
    sprite = Sprite(label="x", layers={"water": np.full((300, 50), 50.0, np.float32)}, pitch_mm=5.0, mass_kg=0.0)
    near, far, both = (place(view, sprite, 0.0, 165.0, *z) for z in ((0, 1), (2399, 2400), (0, 2400)))
    assert near.box[3] - near.box[1] > 1.3 * (far.box[3] - far.box[1])
    assert both.box[1] == pytest.approx(near.box[1], abs=12)
    column = both.total[:, 20]
    assert np.all(np.diff(column[: int(0.2 * column.size)]) >= -1e-3)


def test_an_object_behind_too_much_stone_is_not_inspectable() -> None:
    style = small("A", squeeze=0.6)
    block = BlockPlan(kind="slabs", x_mm=400.0, width_mm=5200.0, height_mm=1800.0)
    gun = ObjectPlan(kind="brick_packages", place="floor", x_share=0.5, height_share=0.0, depth_mm=1200.0)
    open_view = simulate_scan(3, 2, style, plan=scene(gun), wishes=HONEST).truth.objects[0]
    assert open_view.inspectable
    assert open_view.visible > 0.8
    built = build(scene(gun, blocks=(block,)), style, np.random.default_rng(1))
    assert built.objects
    hidden = simulate_scan(3, 2, style, plan=scene(gun, blocks=(block,)), wishes=HONEST).truth.objects[0]
    assert hidden.cnr < open_view.cnr


def test_an_empty_container_is_said_to_be_empty() -> None:
    scan = simulate_scan(1, 0, small("cal"), plan=scene(), wishes=HONEST)
    assert scan.truth.containers[0].empty
    assert scan.manifest.empty
    assert scan.manifest.lines == ()


def _is_object_hidden(scan: SimulatedScan) -> bool:
    never = ("firearm", "brick_packages", "currency", "shield")
    return any(o.label in never or not o.declared for o in scan.truth.objects)


def test_papers_say_what_they_get_wrong() -> None:
    seen = set()
    for index in range(30):
        scan = simulate_scan(21, index, small("cal", pitch_mm=30.0, height=125))
        truth = scan.truth
        seen.add(truth.deviation)
        assert (truth.deviation == "undeclared_object") == _is_object_hidden(scan)
        for number, (container, paper) in enumerate(zip(truth.containers, scan.manifests, strict=True)):
            assert iso6346.is_valid(container.number)
            spoilt = truth.deviation_container == number
            if not (spoilt and truth.deviation == "wrong_container_number"):
                assert paper.container_number == container.number
            if spoilt and truth.deviation == "false_empty":
                assert (paper.empty, container.empty) == (True, False)
            if spoilt and truth.deviation == "false_full":
                assert (paper.empty, container.empty) == (False, True)
    assert {None, "undeclared_object"} < seen


def test_objects_rest_on_something() -> None:
    """An object on top of a load stands where the load ends."""
    top = ObjectPlan(kind="brick_packages", place="top", x_share=0.3, height_share=0.5, depth_mm=1200.0)
    block = BlockPlan(kind="sacks", x_mm=150.0, width_mm=5600.0, height_mm=1500.0)
    built = build(scene(top, blocks=(block,)), small("cal"), np.random.default_rng(4))
    load, thing = built.loads[0], built.objects[0]
    x = int(thing.placed.x - load.placed.x + thing.placed.total.shape[1] / 2)
    rows = np.flatnonzero(load.placed.total[:, x] > 1.0)
    assert thing.placed.box[3] > load.placed.y + rows[0]  # its lower edge is not over the load


def test_the_warp_takes_boxes_along() -> None:
    style = small("cal", wobble_px=2.0, slope_px=10.0, speed_drift=0.08)
    warp = draw_warp(np.random.default_rng(1), 900, style)
    picture = np.ones((200, 900), np.float32)
    picture[80:120, 300:340] = 0.2
    rows, columns = np.nonzero(warp.apply(picture) < 0.6)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert found == pytest.approx(warp.box((300.0, 80.0, 340.0, 120.0)), abs=2.0)


def test_more_matter_never_lets_more_through() -> None:
    style = small("cal")
    bare = build(scene(), style, np.random.default_rng(6))
    loaded = build(scene(CYLINDER), style, np.random.default_rng(6))
    assert np.all(clean_transmission(loaded, 6.0) <= clean_transmission(bare, 6.0) + 1e-6)


def test_paste_clips() -> None:
    canvas = {"steel": np.zeros((10, 10), np.float32)}
    sprite = Sprite(label="x", layers={"water": np.ones((4, 6), np.float32)}, pitch_mm=5.0, mass_kg=0.0)
    assert paste(canvas, sprite, 7, -2) == (7.0, 0.0, 10.0, 2.0)
    assert canvas["water"].sum() == 6.0
    assert paste(canvas, sprite, 50, 50) == (10.0, 10.0, 10.0, 10.0)


def test_a_sprite_checks_itself() -> None:
    with pytest.raises(ValueError, match="has no layers"):
        Sprite(label="x", layers={}, pitch_mm=5.0, mass_kg=0.0)
    with pytest.raises(ValueError, match="layer 'water' must be"):
        layers = {"steel": np.ones((2, 2), np.float32), "water": np.ones((2, 3), np.float32)}
        Sprite(label="x", layers=layers, pitch_mm=5.0, mass_kg=0.0)


def test_an_unknown_look_is_refused() -> None:
    with pytest.raises(ValueError, match="no such look: 'C', expected one of A, A2, B, cal"):
        draw_style(np.random.default_rng(0), "C")
