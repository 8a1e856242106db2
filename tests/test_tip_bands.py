"""Projection into all energies of a scan: the same place in each, each with its own transmission, as the simulator makes it."""

from dataclasses import replace

import numpy as np
import pytest
from tip_frames import frame_of

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import CONTAINERS, FLOOR_MM
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.project import place, place_object
from scantally.datasets.simulator.scanner import Warp, acquire
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.style import Style, draw_style
from scantally.datasets.tip_bands import (
    BandsCharacter,
    estimate_bands,
    place_and_project_bands,
    project_bands_at,
    seen_from,
)
from scantally.datasets.tip_place import Spot
from scantally.detector.errors import InputError
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray, Provenance, Scan

LEFT_MM, DEPTH_MM, BASE_MM = 2600.0, 1200.0, 600.0
PAIR = (6.0, 9.0)


def style_of(*, interlaced: bool, quanta: float = 1e7, energies: tuple[float, ...] = PAIR) -> Style:
    still = {
        "wobble_px": 0.0,
        "slope_px": 0.0,
        "speed_drift": 0.0,
        "column_flicker": 0.0,
        "row_gain": 0.0,
        "yaw_tan": 0.0,
    }
    known = {
        "pitch_mm": 5.0,
        "height": 720,
        "energies_mv": energies,
        "smoothing_px": 0.0,
        "scatter": 0.0,
        "blur_px": 0.7,
    }
    more = {"quanta": quanta, "electronic": 1e-5, "cargo_scatter": 0.0, "dead_rows": (), "interlaced": interlaced}
    return replace(draw_style(np.random.default_rng(3), "cal"), **(still | known | more))  # type: ignore[arg-type]


def canvas_of(style: Style) -> Canvas:
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0, blocks=(), objects=(), dunnage=False)
    plan = ScenePlan(containers=(container,), terminal=False, margins_mm=(900.0, 900.0))
    canvas = build(plan, style, np.random.default_rng(1)).canvas
    canvas.bar("steel", 30.0, 300.0, 5700.0, 300.0, 2300.0, 1200.0)
    return canvas


def scanned(canvas: Canvas, style: Style) -> Scan:
    slants = canvas.view.slants()[:, None]
    layers = {n: a * slants for n, a in canvas.layers.items()}
    size = canvas.view.width
    warp = Warp(source_x_W=np.arange(size, dtype=np.float32), shift_W=np.zeros(size, np.float32))
    bands = [
        acquire(transmission_picture(e, layers), warp, style, np.random.default_rng(50 + k), k)
        for k, e in enumerate(style.energies_mv)
    ]
    steps = np.rint(np.clip(np.stack(bands), 1e-5, 1.0) * 60000.0) / 60000.0  # as a 16-bit file holds it
    return Scan(
        transmission_BHW=np.asarray(np.clip(steps, 1e-5, 1.0), np.float32),
        valid_HW=np.ones(steps.shape[1:], np.bool_),
        floor=1e-5,
        pitch_mm=style.pitch_mm,
        energies_mv=style.energies_mv,
        calibrated=True,
        provenance=Provenance(source="made", sha256="0" * 64, format="tiff"),
    )


def character_of(scan: Scan, canvas: Canvas) -> BandsCharacter:
    frame = frame_of(canvas.view)
    return estimate_bands(scan, [frame.box], x_pitch_mm=frame.x_pitch_mm)


def plate(material: str, areal: float) -> Sprite:
    return Sprite(label="plate", layers={material: np.full((160, 160), areal, np.float32)}, pitch_mm=2.5, mass_kg=1.0)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("kind", ["gas_cylinder", "brick_packages", "steel", "cellulose"])
def test_both_energies_are_what_the_simulator_makes(kind: str, interlaced: bool) -> None:
    style = style_of(interlaced=interlaced)
    canvas = canvas_of(style)
    before = scanned(canvas, style)
    made = kind in ("steel", "cellulose")
    sprite = plate(kind, 15.0) if made else make_object(kind, np.random.default_rng(4), 2.5)
    character = character_of(before, canvas)
    assert [b.first for b in character.bands] == ([0, 1] if interlaced else [None, None])
    spot = Spot(
        frame=frame_of(canvas.view), left=canvas.view.column(LEFT_MM), base_mm=BASE_MM, depth_mm=DEPTH_MM, place="load"
    )
    found = project_bands_at(before, character, sprite, spot, np.random.default_rng(2))
    if sprite.slices:
        placed = place_object(canvas.view, sprite, LEFT_MM, FLOOR_MM + BASE_MM, DEPTH_MM - sprite.depth_mm / 2.0)
    else:
        placed = place(canvas.view, sprite, LEFT_MM, FLOOR_MM + BASE_MM, DEPTH_MM - 1.0, DEPTH_MM + 1.0)
    canvas.add(placed.layers, placed.x, placed.y)
    after = scanned(canvas, style)
    boxes = [b.box for b in found.bands]
    assert boxes[0] == pytest.approx(boxes[1], abs=2.0)  # one place
    depths = []
    for with_it, mine, bare in zip(
        after.transmission_BHW, found.scan.transmission_BHW, before.transmission_BHW, strict=True
    ):
        changed = with_it < 0.97 * bare
        error, depth = np.log(mine[changed] / with_it[changed]), np.log(bare[changed] / with_it[changed])
        assert changed.sum() > 200
        assert float(np.abs(error).mean()) < 0.07 * float(depth.mean())
        assert float(np.median(np.abs(error))) < 0.015
        depths.append(depth.mean())
    assert depths[0] > 1.03 * depths[1]  # the lower energy is weakened more


@pytest.mark.parametrize("interlaced", [False, True])
def test_the_ratio_of_the_energies_tells_the_material(interlaced: bool) -> None:
    style = style_of(interlaced=interlaced, energies=(4.0, 6.0))
    canvas = canvas_of(style)
    before = scanned(canvas, style)
    character = character_of(before, canvas)
    spot = Spot(
        frame=frame_of(canvas.view), left=canvas.view.column(LEFT_MM), base_mm=BASE_MM, depth_mm=DEPTH_MM, place="load"
    )
    ratios = {}
    for material in ("cellulose", "steel"):
        found = project_bands_at(before, character, plate(material, 20.0), spot, np.random.default_rng(2))
        x0, y0, x1, y1 = (int(v) for v in found.best.box)
        inner = np.s_[:, y0 + 12 : y1 - 12, x0 + 12 : x1 - 12]
        low, high = np.log(before.transmission_BHW[inner] / found.scan.transmission_BHW[inner]).mean(axis=(1, 2))
        ratios[material] = low / high
    assert ratios["cellulose"] > ratios["steel"] + 0.01 > 1.05


def test_columns_between_stay_interpolated_and_nothing_else_changes() -> None:
    style = style_of(interlaced=True, quanta=5e4)
    canvas = canvas_of(style)
    before = scanned(canvas, style)
    spot = Spot(
        frame=frame_of(canvas.view), left=canvas.view.column(LEFT_MM), base_mm=BASE_MM, depth_mm=DEPTH_MM, place="load"
    )
    found = project_bands_at(before, character_of(before, canvas), plate("steel", 15.0), spot, np.random.default_rng(2))
    assert [seen_from(p) for p in before.transmission_BHW] == [0, 1]
    assert [seen_from(p) for p in found.scan.transmission_BHW] == [0, 1]
    x0, y0, x1, y1 = (int(v) for v in found.best.box)
    outside = np.ones(before.valid_HW.shape, np.bool_)
    outside[y0 - 7 : y1 + 7, x0 - 9 : x1 + 9] = False
    assert (found.scan.transmission_BHW[:, outside] == before.transmission_BHW[:, outside]).all()
    assert found.scan.notes == ("a simulated object (plate) was projected into this scan",)


def test_a_scan_of_one_energy_is_read_as_before_and_noise_is_no_interlacing() -> None:
    rng = np.random.default_rng(0)
    assert seen_from(np.asarray(0.5 + 0.01 * rng.standard_normal((200, 300)), np.float32)) is None
    assert seen_from(np.full((200, 300), 0.5, np.float32)) is None
    assert seen_from(np.full((200, 300), 1.0, np.float32)) is None


def test_a_drawn_place_is_one_for_all_energies_and_the_draw_repeats() -> None:
    style = style_of(interlaced=False, quanta=5e4)
    canvas = canvas_of(style)
    before = scanned(canvas, style)
    character = character_of(before, canvas)
    sprite = make_object("brick_packages", np.random.default_rng(5), 2.5)
    one, two = (place_and_project_bands(before, character, sprite, np.random.default_rng(3)) for _ in range(2))
    assert one is not None and two is not None
    assert (one.scan.transmission_BHW == two.scan.transmission_BHW).all()
    assert one.bands[0].box == pytest.approx(one.bands[1].box, abs=2.0)
    assert one.best.cnr == max(b.cnr for b in one.bands)


def test_another_scans_character_and_a_tiny_scan_are_errors() -> None:
    style = style_of(interlaced=False)
    canvas = canvas_of(style)
    scan = scanned(canvas, style)
    character = character_of(scan, canvas)
    spot = Spot(frame=frame_of(canvas.view), left=600.0, base_mm=BASE_MM, depth_mm=DEPTH_MM, place="load")
    single = replace(scan, transmission_BHW=scan.transmission_BHW[:1].copy(), energies_mv=(6.0,))
    with pytest.raises(ValueError, match="a character of 2 energies does not belong to 1"):
        project_bands_at(single, character, plate("steel", 1.0), spot, np.random.default_rng(0))
    tiny: FloatArray = np.full((2, 8, 8), 0.5, np.float32)
    with pytest.raises(InputError, match="8 x 8 px: expected at least 32 x 32"):
        estimate_bands(replace(scan, transmission_BHW=tiny, valid_HW=np.ones((8, 8), np.bool_)), ())
