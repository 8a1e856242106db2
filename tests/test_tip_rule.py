"""One rule says what can be seen, in what the simulator makes with an object and in what one is projected into."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tip_frames import frame_of

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import CONTAINERS, FLOOR_MM
from scantally.datasets.simulator.judge import judge, values_of
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.project import place
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.style import Style, draw_style
from scantally.datasets.simulator.visibility import Values, Visibility, contrast_to_noise, summed_up
from scantally.datasets.tip import project_at
from scantally.datasets.tip_character import Noise, ScanCharacter
from scantally.datasets.tip_curve import GreyCurve
from scantally.datasets.tip_frame import ContainerFrame
from scantally.datasets.tip_lines import find_lines
from scantally.datasets.tip_place import Spot
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray

EIGHT_BIT = Values(black=1 / 255, white=1.0, step=1 / 255)
LEFT_MM, DEPTH_MM = 2600.0, 1200.0


@pytest.mark.parametrize(
    ("without", "with_it", "blind", "expected"),
    [
        (0.9, 0.9, False, 0.0),
        (0.9, 0.45, False, np.log(2.0) / np.hypot(1e-3 / 0.45, 1 / 255 / 12**0.5 / 0.45)),
        (0.45, 0.9, False, np.log(2.0) / np.hypot(1e-3 / 0.9, 1 / 255 / 12**0.5 / 0.9)),  # lighter than the load
        (0.9, 1e-5, False, np.log(0.9 * 255) / np.hypot(0.255, 12**-0.5)),  # turned black: down to black
        (4 / 255, 1e-5, False, np.log(4.0) / np.hypot(0.255, 12**-0.5)),
        (1e-3, 1e-5, False, 0.0),  # black before: nothing
        (1e-5, 1e-3, False, 0.0),
        (1e-5, 0.45, False, np.log(0.45 * 255) / np.hypot(1e-3 / 0.45, 1 / 255 / 12**0.5 / 0.45)),  # up from black
        (1.4, 1.1, False, 0.0),  # white before and after
        (1.4, 0.45, False, np.log(1 / 0.45) / np.hypot(1e-3 / 0.45, 1 / 255 / 12**0.5 / 0.45)),  # down from white
        (0.9, 0.45, True, 0.0),  # a detector that does not follow
        (0.9, 1e-5, True, 0.0),
    ],
)
def test_the_rule(without: float, with_it: float, blind: bool, expected: float) -> None:
    def one(v: float) -> FloatArray:
        return np.full((1, 1), v, np.float32)

    found = contrast_to_noise(
        one(without), one(with_it), EIGHT_BIT, lambda s: np.full_like(s, 1e-6), np.full((1, 1), blind)
    )
    assert float(found[0, 0]) == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ([], (0.0, 0.0, False)),
        ([2.9, 3.1], (3.0, 0.5, True)),
        ([2.0, 3.1], (2.55, 0.5, False)),
        ([0, 0, 0, 20], (5.0, 0.25, False)),
    ],
)
def test_what_is_inspectable(ratio: list[float], expected: tuple[float, float, bool]) -> None:
    seen = summed_up(np.array(ratio, np.float32))
    assert (seen.cnr, seen.visible) == pytest.approx(expected[:2], rel=1e-5)
    assert seen.inspectable is expected[2]


def style_of(look: str, dead: bool) -> Style:
    still = {
        "wobble_px": 0.0,
        "slope_px": 0.0,
        "speed_drift": 0.0,
        "column_flicker": 0.0,
        "row_gain": 0.0,
        "yaw_tan": 0.0,
    }
    known = {"pitch_mm": 5.0, "height": 720, "energies_mv": (6.0,), "smoothing_px": 0.0, "scatter": 0.0, "quanta": 2e4}
    more = {"electronic": 1e-3, "squeeze": 1.0, "gamma": 1.2, "open_grey": 243.0, "blur_px": 0.3, "dead_rows": ()}
    style = replace(draw_style(np.random.default_rng(3), "cal"), **(still | known | more), cargo_scatter=0.0)  # type: ignore[arg-type]
    style = replace(style, interlaced=False, look=look)
    if look == "cal":
        style = replace(style, gamma=1.0)
    return replace(style, dead_rows=tuple(range(0, 720, 2))) if dead else style


def canvas_of(style: Style, steel_mm: float) -> Canvas:
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0, blocks=(), objects=(), dunnage=False)
    plan = ScenePlan(containers=(container,), terminal=False, margins_mm=(900.0, 900.0))
    canvas = build(plan, style, np.random.default_rng(1)).canvas
    if steel_mm:
        canvas.bar("steel", steel_mm, 300.0, 5700.0, 150.0, 2300.0, 1200.0)
    return canvas


def both(style: Style, steel_mm: float, material: str, areal: float) -> tuple[Visibility, Visibility]:
    """What the simulator's judge and a projection say about one plate."""
    side = round(400.0 / 2.5)
    sprite = Sprite(
        label="plate", layers={material: np.full((side, side), areal, np.float32)}, pitch_mm=2.5, mass_kg=1.0
    )
    canvas = canvas_of(style, steel_mm)
    view, values = canvas.view, values_of(style)
    slants = view.slants()[:, None]
    clean = transmission_picture(style.energies_mv[0], {n: a * slants for n, a in canvas.layers.items()})
    clean = np.asarray(cv2.GaussianBlur(clean, (0, 0), style.blur_px), np.float32)
    grey = np.rint(values.gain * np.clip(clean, 0, 1) ** values.gamma / values.step) * values.step
    scan = np.asarray(np.clip(grey, values.step, 1.0), np.float32)
    scan[list(style.dead_rows)] = values.step
    spot = Spot(frame=frame_of(canvas.view), left=view.column(LEFT_MM), base_mm=500.0, depth_mm=DEPTH_MM, place="load")
    projected = project_at(scan, character_of(style, scan, spot.frame), sprite, spot, np.random.default_rng(1))
    placed = place(view, sprite, LEFT_MM, FLOOR_MM + 500.0, DEPTH_MM - 1.0, DEPTH_MM + 1.0)
    canvas.add(placed.layers, placed.x, placed.y)
    return judge(placed, canvas, style), Visibility(cnr=projected.cnr, visible=projected.visible)


def character_of(style: Style, scan: FloatArray, frame: ContainerFrame) -> ScanCharacter:
    values = values_of(style)
    return ScanCharacter(
        curve=GreyCurve(gamma=values.gamma, gain=values.gain, energy_mv=6.0),
        noise=Noise(dark=style.electronic**2, photon=1.0 / style.quanta),
        edge_px=(0.5, 0.5),
        step=values.step,
        black=values.step,
        white=1.0,
        pedestal=0.0,
        frames=(frame,),
        lines=find_lines(scan, np.ones(scan.shape, np.bool_)),
    )


@pytest.mark.parametrize(
    ("look", "steel_mm", "material", "areal", "dead", "low", "high"),
    [
        ("A", 0.0, "cellulose", 0.3, False, 0.0, 3.0),  # hardly there
        ("A", 0.0, "steel", 10.0, False, 20.0, 200.0),
        ("A", 0.0, "lead", 150.0, False, 5.0, 40.0),  # turned black
        ("A", 60.0, "steel", 20.0, False, 3.0, 80.0),  # behind cargo
        ("A", 900.0, "steel", 20.0, False, 0.0, 0.1),  # behind cargo that lets nothing through
        ("A", 0.0, "steel", 10.0, True, 10.0, 100.0),  # every second row is dead
        ("cal", 0.0, "cellulose", 0.3, False, 0.0, 3.0),
        ("cal", 0.0, "steel", 10.0, False, 20.0, 200.0),
        ("cal", 60.0, "steel", 20.0, False, 3.0, 80.0),
        ("cal", 900.0, "steel", 20.0, False, 0.0, 0.1),
        ("cal", 0.0, "steel", 10.0, True, 10.0, 100.0),
    ],
)
def test_the_simulators_judge_and_a_projection_say_the_same(
    look: str, steel_mm: float, material: str, areal: float, dead: bool, low: float, high: float
) -> None:
    judged, projected = both(style_of(look, dead), steel_mm, material, areal)
    assert low <= judged.cnr <= high
    assert projected.cnr == pytest.approx(judged.cnr, rel=0.1, abs=0.2)
    assert projected.visible == pytest.approx(judged.visible, abs=0.06)
    assert projected.inspectable is judged.inspectable
