"""Threat image projection: what it makes of a scan is what the simulator makes of the same scene with the object in it."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from tip_frames import frame_of

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import CONTAINERS, FLOOR_MM
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.project import place, place_object
from scantally.datasets.simulator.scanner import expose, noise_deviation, optics
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.style import Style, draw_style
from scantally.datasets.tip import Projection, place_and_project, project_at
from scantally.datasets.tip_character import Noise, ScanCharacter, estimate_character
from scantally.datasets.tip_curve import GreyCurve
from scantally.datasets.tip_frame import ContainerFrame
from scantally.datasets.tip_place import Spot
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray

STILL = {"wobble_px": 0.0, "slope_px": 0.0, "speed_drift": 0.0, "column_flicker": 0.0, "row_gain": 0.0, "yaw_tan": 0.0}
QUIET = {"quanta": 1e12, "electronic": 0.0, "scatter": 0.0}
DEPTH_MM, LEFT_MM = 1200.0, 2600.0


def calibrated(**changes: object) -> Style:
    style = draw_style(np.random.default_rng(3), "cal")
    known = STILL | {"pitch_mm": 5.0, "height": 720, "energies_mv": (6.0,), "smoothing_px": 0.0}
    return replace(style, **(known | changes))  # type: ignore[arg-type]


def canvas_of(style: Style, steel_mm: float = 0.0) -> Canvas:
    """An empty 20 ft container, with a plate of steel all over its inside when asked for."""
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0, blocks=(), objects=(), dunnage=False)
    plan = ScenePlan(containers=(container,), terminal=False, margins_mm=(900.0, 900.0))
    canvas = build(plan, style, np.random.default_rng(1)).canvas
    if steel_mm:
        canvas.bar("steel", steel_mm, 300.0, 5700.0, 300.0, 2300.0, 1200.0)
    return canvas


def character_of(style: Style, frame: ContainerFrame) -> ScanCharacter:
    edge = float(np.hypot(style.blur_px, np.sqrt(1 / 12)))
    return ScanCharacter(
        curve=GreyCurve(calibrated=True, energy_mv=style.energies_mv[0]),
        noise=Noise(dark=style.electronic**2, photon=1.0 / style.quanta),
        edge_px=(edge, edge),
        step=0.0,
        black=1e-6,
        white=1.0,
        pedestal=0.0,
        frames=(frame,),
    )


def exposed(canvas: Canvas, style: Style) -> FloatArray:
    slants = canvas.view.slants()[:, None]
    clean = transmission_picture(style.energies_mv[0], {n: a * slants for n, a in canvas.layers.items()})
    return np.clip(expose(optics(clean, style), style, np.random.default_rng(9)), 1e-6, 1.0)


def both_ways(sprite: Sprite, style: Style, steel_mm: float = 0.0) -> tuple[FloatArray, FloatArray, Projection]:
    """The scan without the object, the scan simulated with it, and the projection into the first."""
    canvas = canvas_of(style, steel_mm)
    before = exposed(canvas, style)
    if sprite.slices:
        placed = place_object(canvas.view, sprite, LEFT_MM, FLOOR_MM, DEPTH_MM - sprite.depth_mm / 2.0)
    else:
        placed = place(canvas.view, sprite, LEFT_MM, FLOOR_MM, DEPTH_MM - 1.0, DEPTH_MM + 1.0)
    canvas.add(placed.layers, placed.x, placed.y)
    frame = frame_of(canvas.view)
    spot = Spot(frame=frame, left=canvas.view.column(LEFT_MM), base_mm=0.0, depth_mm=DEPTH_MM, place="floor")
    projected = project_at(before, character_of(style, frame), sprite, spot, np.random.default_rng(2))
    return before, exposed(canvas, style), projected


def plate(material: str, areal: float, side_mm: float = 400.0) -> Sprite:
    n = round(side_mm / 2.5)
    return Sprite(label="plate", layers={material: np.full((n, n), areal, np.float32)}, pitch_mm=2.5, mass_kg=1.0)


@pytest.mark.parametrize("kind", ["gas_cylinder", "brick_packages", "firearm", "engine"])
@pytest.mark.parametrize("steel_mm", [0.0, 40.0])
@pytest.mark.parametrize("squeeze", [1.0, 0.6])
def test_a_projection_is_what_the_simulator_makes_with_the_object(kind: str, steel_mm: float, squeeze: float) -> None:
    sprite = make_object(kind, np.random.default_rng(4), 2.5)
    before, with_it, found = both_ways(sprite, calibrated(squeeze=squeeze, **QUIET), steel_mm)
    changed = with_it < 0.97 * before
    error = np.log(found.transmission_HW[changed] / with_it[changed])
    depth = np.log(before[changed] / with_it[changed])
    assert changed.sum() > 50
    assert float(np.abs(error).mean()) < 0.06 * float(depth.mean())
    assert float(np.median(np.abs(error))) < 0.012
    # The simulator averages areal density over a pixel, the projection transmission: small dense parts come out paler here.
    assert abs(float(error.mean())) < 0.045 * float(depth.mean())
    rows, columns = np.nonzero(changed)
    true = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert found.box == pytest.approx(true, abs=4.0)


def test_cargo_hardens_the_beam_for_the_object() -> None:
    _, with_it, found = both_ways(plate("steel", 31.4), calibrated(**QUIET), 80.0)
    before, _, bare = both_ways(plate("steel", 31.4), calibrated(**QUIET))
    x, y = (int((found.box[i] + found.box[i + 2]) / 2) for i in (0, 1))
    behind = -np.log(found.transmission_HW[y, x] / both_ways(plate("steel", 1e-3), calibrated(**QUIET), 80.0)[0][y, x])
    alone = -np.log(bare.transmission_HW[y, x] / before[y, x])
    assert behind < 0.9 * alone  # a plain multiplication would leave them equal
    assert found.transmission_HW[y, x] == pytest.approx(with_it[y, x], rel=0.03)


def test_the_noise_is_the_scanners_inside_the_object_too() -> None:
    style = calibrated(quanta=3e3, electronic=3e-4, scatter=0.0)
    _, with_it, found = both_ways(plate("steel", 40.0), style)
    x0, y0, x1, _ = (int(v) for v in found.box)
    inner = np.s_[y0 + 8 : y0 + 40, x0 + 8 : x1 - 8]

    def deviation(t: FloatArray) -> float:
        part = t[inner]
        return float(np.std(np.diff(part, axis=1)) / np.sqrt(2))

    expected = float(noise_deviation(np.array([with_it[inner].mean()], np.float32), style)[0])
    weakened = float(noise_deviation(np.ones(1, np.float32), style)[0]) * float(with_it[inner].mean())
    assert deviation(found.transmission_HW) == pytest.approx(expected, rel=0.1)
    assert deviation(found.transmission_HW) > 1.5 * weakened  # what a plain multiplication leaves


def test_nothing_changes_around_the_object_and_nothing_gets_brighter() -> None:
    before, _, found = both_ways(plate("steel", 4.0), calibrated(quanta=3e4, scatter=0.0))
    x0, y0, x1, y1 = (int(v) for v in found.box)
    outside = np.ones(before.shape, np.bool_)
    outside[y0 - 5 : y1 + 5, x0 - 5 : x1 + 5] = False
    assert (found.transmission_HW[outside] == before[outside]).all()
    quiet, _, clean = both_ways(plate("steel", 4.0), calibrated(**QUIET))
    assert float((clean.transmission_HW - quiet).max()) <= 1e-6
    margin = np.s_[y0 - 4 : y0 - 1, x0:x1]
    change = found.transmission_HW[margin] - before[margin]
    assert abs(float(change.mean())) < 0.02 * float(before[margin].mean())


@pytest.mark.parametrize("blur", [0.6, 1.2])
def test_edges_are_as_sharp_as_the_scanners_and_no_sharper(blur: float) -> None:
    before, with_it, found = both_ways(plate("steel", 30.0), calibrated(blur_px=blur, **QUIET))
    y = int((found.box[1] + found.box[3]) / 2) - 20
    left = int(found.box[0])

    def width(t: FloatArray) -> float:
        edge = (t[y] / before[y])[left - 6 : left + 8]
        slope = -np.diff(edge)
        at = np.arange(slope.size)
        centre = (slope * at).sum() / slope.sum()
        return float(np.sqrt((slope * (at - centre) ** 2).sum() / slope.sum()))

    assert width(found.transmission_HW) == pytest.approx(width(with_it), rel=0.08)


def test_the_scan_is_not_touched_and_the_same_draw_gives_the_same_projection() -> None:
    style = calibrated(quanta=3e4)
    scan = exposed(canvas_of(style), style)
    kept = scan.copy()
    character = character_of(style, frame_of(canvas_of(style).view))
    sprite = make_object("gas_cylinder", np.random.default_rng(4), 2.5)
    one, two = (place_and_project(scan, character, sprite, np.random.default_rng(6)) for _ in range(2))
    assert one is not None and two is not None
    assert (scan == kept).all()
    assert (one.transmission_HW == two.transmission_HW).all() and one.box == two.box


def test_what_was_clipped_shows_nothing() -> None:
    style = calibrated(**QUIET)
    canvas = canvas_of(style)
    frame = frame_of(canvas.view)
    eight_bit = replace(character_of(style, frame), step=1 / 255, black=1 / 255)
    spot = Spot(frame=frame, left=canvas.view.column(LEFT_MM), base_mm=0.0, depth_mm=DEPTH_MM, place="floor")
    for value in (1 / 255, 1.0):
        scan = np.full((canvas.view.height, canvas.view.width), value, np.float32)
        found = project_at(scan, eight_bit, plate("lead", 60.0), spot, np.random.default_rng(1))
        assert (found.cnr, found.visible, found.inspectable) == (0.0, 0.0, False)
        assert found.box[2] - found.box[0] == 0.0
    grey = np.full((canvas.view.height, canvas.view.width), 200 / 255, np.float32)
    shield = project_at(grey, eight_bit, plate("lead", 90.0), spot, np.random.default_rng(1))
    assert shield.inspectable  # black where the walls were seen through: nothing is plainer


def test_grey_steps_and_range_stay_the_files_own() -> None:
    style = calibrated(quanta=2e4)
    canvas = canvas_of(style)
    frame = frame_of(canvas.view)
    scan = np.asarray(np.maximum(np.rint(exposed(canvas, style) * 243), 1) / 243, np.float32)
    character = replace(character_of(style, frame), step=1 / 243, black=1 / 243)
    spot = Spot(frame=frame, left=canvas.view.column(LEFT_MM), base_mm=0.0, depth_mm=DEPTH_MM, place="floor")
    found = project_at(scan, character, plate("lead", 60.0), spot, np.random.default_rng(1))
    values = found.transmission_HW * 243
    assert np.abs(values - np.rint(values)).max() < 1e-3
    assert values.min() >= 0.999 and values.max() <= 243.001


def test_the_rule_of_inspectable_is_the_simulators() -> None:
    style = calibrated(quanta=2e4)
    for areal, seen in ((0.3, False), (20.0, True)):
        _, _, found = both_ways(plate("steel", areal), style)
        assert found.inspectable is seen
        assert found.inspectable == (found.visible >= 0.3 and found.cnr >= 3.0)


def test_an_object_outside_the_scan_is_an_error() -> None:
    style = calibrated(**QUIET)
    frame = frame_of(canvas_of(style).view)
    scan = np.full((720, 1500), 0.9, np.float32)
    spot = Spot(frame=frame, left=1490.0, base_mm=0.0, depth_mm=DEPTH_MM, place="floor")
    with pytest.raises(ValueError, match="leaves the scan"):
        project_at(scan, character_of(style, frame), plate("steel", 4.0), spot, np.random.default_rng(0))


def test_an_objects_place_follows_the_containers_slope() -> None:
    style = calibrated(**QUIET)
    canvas = canvas_of(style)
    frame = frame_of(canvas.view)
    sloping = replace(frame, roof_N=frame.roof_N + np.linspace(0, 40, frame.roof_N.size, dtype=np.float32))
    scan = np.full((760, canvas.view.width), 0.9, np.float32)
    spot = Spot(frame=sloping, left=canvas.view.column(1000.0), base_mm=0.0, depth_mm=DEPTH_MM, place="floor")
    wide = Sprite(label="bar", layers={"steel": np.full((20, 1600), 8.0, np.float32)}, pitch_mm=2.5, mass_kg=1.0)
    found = project_at(scan, character_of(style, sloping), wide, spot, np.random.default_rng(0))
    dark = found.transmission_HW < 0.8
    x0, x1 = int(found.box[0]) + 5, int(found.box[2]) - 5
    left, right = (float(np.flatnonzero(dark[:, x]).mean()) for x in (x0, x1))
    assert right - left == pytest.approx(40.0 * (x1 - x0) / frame.roof_N.size, abs=1.5)


def test_a_projection_is_quick() -> None:
    style = calibrated(quanta=3e4, height=800)
    scan = cv2.resize(exposed(canvas_of(style), style), (2000, 800))
    frame = replace(frame_of(canvas_of(style).view), first=200, x_pitch_mm=4.0, roof_N=np.full(1500, 60.0, np.float32))
    character = character_of(style, frame)
    sprite = make_object("gas_cylinder", np.random.default_rng(4), 2.2)
    times = []
    for seed in range(5):
        begin = time.process_time()
        place_and_project(scan, character, sprite, np.random.default_rng(seed))
        times.append(time.process_time() - begin)
    assert min(times) < 0.3


@pytest.mark.parametrize(
    ("scan", "background", "said"),
    [
        (np.ones((4, 4), np.float64), "steel", "expected an (H, W) float32 scan"),
        (np.ones((4, 4), np.float32), "cheese", "background 'cheese' is not one of steel, cellulose"),
    ],
)
def test_what_cannot_be_measured_is_an_error(scan: FloatArray, background: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        estimate_character(scan, (), background=background)
    assert said in str(caught.value)
