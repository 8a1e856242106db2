"""Mass from a noise-free picture: right with the true materials and depths, and how wrong without them.

The table of docs/simulator.md is what ``pytest -m prove -s tests/test_physics_mass.py`` prints.
"""

from dataclasses import replace

import numpy as np
import pytest

from scantally.datasets.simulator.build import LOAD_DEPTH_MM, LOAD_NEAR_MM, build
from scantally.datasets.simulator.container import CONTAINERS, FLOOR_MM
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.loads import LOADS, make_load_slices
from scantally.datasets.simulator.mass import Body, bodies, guessed_mass_kg, layers_of, mass_kg
from scantally.datasets.simulator.objects import OBJECTS, make_object
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan
from scantally.datasets.simulator.project import place
from scantally.datasets.simulator.sprite import DepthSlice
from scantally.datasets.simulator.style import draw_style
from scantally.detector.physics.inverse import areal_density
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import FloatArray

BEAM = Beam(energy_mv=6.0)
Layers = dict[str, FloatArray]


@pytest.fixture(scope="module")
def scene() -> tuple[View, Layers]:
    """An empty container's view, and what stands in the beam."""
    style = replace(draw_style(np.random.default_rng(3), "cal"), pitch_mm=10.0, height=400, yaw_tan=0.002)
    plan = ScenePlan(containers=(ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0),), terminal=False)
    canvas = build(plan, style, np.random.default_rng(0)).canvas
    slants = canvas.view.slants()[:, None]
    return canvas.view, {name: layer * slants for name, layer in canvas.layers.items()}


def load(view: View, kind: str, seed: int) -> tuple[float, list[Body]]:
    rng = np.random.default_rng(seed)
    sprite, slices = make_load_slices(kind, rng, 4500.0, 1500.0, LOAD_DEPTH_MM, 10.0)
    return sprite.mass_kg, bodies(view, slices, 500.0, FLOOR_MM, LOAD_NEAR_MM, LOAD_DEPTH_MM)


def together(one: Layers, other: Layers) -> Layers:
    return {n: np.asarray(one.get(n, 0.0) + other.get(n, 0.0), np.float32) for n in one.keys() | other.keys()}


@pytest.mark.parametrize("kind", LOADS)
def test_a_loads_mass_comes_out_of_its_picture(kind: str, scene: tuple[View, Layers]) -> None:
    view, rest = scene
    truth, things = load(view, kind, 1)
    picture = transmission_picture(BEAM, together(layers_of(view, things), rest))
    assert truth > 50.0
    assert mass_kg(view, picture, BEAM, things, rest) == pytest.approx(truth, rel=0.01)


@pytest.mark.parametrize("kind", OBJECTS)
def test_an_objects_mass_comes_out_of_its_picture(kind: str, scene: tuple[View, Layers]) -> None:
    view, rest = scene
    sprite = make_object(kind, np.random.default_rng(2), 5.0)
    slices = sprite.slices or (DepthSlice(sprite=sprite, near=0.0, far=1.0),)
    things = bodies(view, slices, 900.0, FLOOR_MM, 200.0, sprite.depth_mm)
    picture = transmission_picture(BEAM, together(layers_of(view, things), rest))
    assert mass_kg(view, picture, BEAM, things, rest) == pytest.approx(sprite.mass_kg, rel=0.01)


def test_the_picture_is_what_is_weighed(scene: tuple[View, Layers]) -> None:
    """A picture that lets less through weighs more: the mass does not come from the scene's own layers."""
    view, rest = scene
    truth, things = load(view, "cartons", 1)
    picture = transmission_picture(BEAM, together(layers_of(view, things), rest))
    assert mass_kg(view, picture**1.1, BEAM, things, rest) > 1.05 * truth
    farther = [replace(b, near_mm=b.near_mm + 500.0, far_mm=b.far_mm + 500.0) for b in things]
    assert mass_kg(view, picture, BEAM, farther, rest) > 1.05 * truth


def test_inversion_gives_back_what_stands_there() -> None:
    mix = {
        "steel": np.array([[0.0, 5.0, 100.0, 250.0]], np.float32),
        "water": np.array([[3.0, 5.0, 0.0, 10.0]], np.float32),
    }
    found = areal_density(transmission_picture(BEAM, mix, nodes=16), BEAM, mix)
    assert found == pytest.approx(mix["steel"] + mix["water"], rel=2e-3)


def test_the_slant_and_the_depth_count(scene: tuple[View, Layers]) -> None:
    """Without the slant or at a wrong depth, a guess in the right material is off by what geometry says."""
    view, _ = scene
    sprite = make_object("gas_cylinder", np.random.default_rng(2), 5.0)
    thing = Body(placed=place(view, sprite, 900.0, FLOOR_MM, 2190.0, 2210.0), near_mm=2190.0, far_mm=2210.0)
    picture = transmission_picture(BEAM, layers_of(view, [thing]))
    open_beam = np.ones_like(picture)
    at = {z: guessed_mass_kg(view, picture, open_beam, BEAM, "steel", z) for z in (0.0, 2200.0)}
    assert at[2200.0] / at[0.0] == pytest.approx(1.0 + 2200.0 / view.distance_mm, rel=1e-6)
    assert at[2200.0] == pytest.approx(sprite.mass_kg, rel=0.03)


@pytest.mark.prove
def test_error_without_materials_and_depths_by_load(scene: tuple[View, Layers]) -> None:
    """Every load taken for cellulose or for steel at mid depth, the empty container divided out; mean and range of three."""
    view, rest = scene
    empty, middle = transmission_picture(BEAM, rest), LOAD_NEAR_MM + LOAD_DEPTH_MM / 2.0
    print("\n| load | true mix and depths | as cellulose | as steel |\n|---|---|---|---|")
    for kind in LOADS:
        known, light, heavy = [], [], []
        for seed in range(3):
            truth, things = load(view, kind, seed)
            picture = transmission_picture(BEAM, together(layers_of(view, things), rest))
            known.append(100.0 * (mass_kg(view, picture, BEAM, things, rest) / truth - 1.0))
            for errors, material in ((light, "cellulose"), (heavy, "steel")):
                guess = guessed_mass_kg(view, picture, empty, BEAM, material, middle)
                errors.append(100.0 * (guess / truth - 1.0))
        print(f"| {kind} | {_range(known, 2)} | {_range(light, 0)} | {_range(heavy, 0)} |")
        assert np.abs(known).max() < 1.0
        assert np.abs(known).max() < min(np.abs(light).max(), np.abs(heavy).max())


def _range(percent: list[float], digits: int) -> str:
    return f"{np.mean(percent):+.{digits}f} % ({min(percent):+.{digits}f} to {max(percent):+.{digits}f})"
