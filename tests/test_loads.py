"""Loads: physical bounds, exact mass, counts, and the path lengths that they are drawn from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.loads import LEAST_ROOM, LOADS, make_load, make_load_slices
from scantally.datasets.simulator.loads_round import DRUM_DIAMETER, DRUM_HEIGHT
from scantally.datasets.simulator.shapes import Canvas, chord, noise
from scantally.datasets.simulator.shapes_solids import Solid, ball, block, cylinder, draw_solids, prism, rotation, tube
from scantally.datasets.simulator.sprite import Sprite, layers_mass_kg
from scantally.detector.physics.materials import MATERIALS

KINDS = sorted(LOADS)
# Heaviest that a load can be along the beam: its deepest material, solid, over the depth and a margin for bulging.
SOLID = {"steel": 7.85, "lead": 11.4, "granite": 2.8, "glass": 2.6, "aluminium": 2.8, "brass": 8.6}


def draw(
    kind: str, seed: int, width: float = 5850, height: float = 2350, depth: float = 2330, pitch: float = 8.0
) -> Sprite:
    return make_load(kind, np.random.default_rng(seed), width, height, depth, pitch)


@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.floats(700, 6000),
    height=st.floats(400, 2700),
    depth=st.floats(500, 2400),
    pitch=st.floats(3, 9),
)
def test_any_load_is_physical(kind: str, seed: int, width: float, height: float, depth: float, pitch: float) -> None:
    sprite = draw(kind, seed, width, height, depth, pitch)
    rows, columns = sprite.shape
    assert columns * pitch <= width + 1e-3 and rows * pitch <= height + 1e-3
    assert sprite.label == kind and sprite.pitch_mm == pitch
    least = LEAST_ROOM.get(kind, (0.0, 0.0, 0.0))
    assert sprite.mass_kg > 0 or any(have < need for have, need in zip((width, height, depth), least, strict=True))
    for material, layer in sprite.layers.items():
        assert material in MATERIALS
        assert np.isfinite(layer).all() and layer.min() >= 0
        assert layer.max() <= SOLID.get(material, 1.7) * depth / 10 * 2.5
    assert sprite.mass_kg == pytest.approx(layers_mass_kg(sprite.layers, pitch), rel=1e-6)
    for part in sprite.parts:
        x0, y0, x1, y1 = part.box
        assert 0 <= x0 <= x1 <= columns and 0 <= y0 <= y1 <= rows


@pytest.mark.parametrize("seed", range(237, 243))
def test_where_no_car_stands_a_motorcycle_does(seed: int) -> None:
    assert draw("vehicles", seed, 2748, 1300, 1650, 8.0).count


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_bytes(kind: str) -> None:
    a, b, other = draw(kind, 7), draw(kind, 7), draw(kind, 8)
    assert a.mass_kg == b.mass_kg and a.parts == b.parts
    assert all(np.array_equal(a.layers[m], b.layers[m]) for m in a.layers | b.layers)
    assert a.mass_kg != other.mass_kg


@pytest.mark.parametrize("kind", KINDS)
def test_slices_by_depth_add_up_to_the_load(kind: str) -> None:
    for seed in range(3):
        whole, slices = make_load_slices(kind, np.random.default_rng(seed), 5850, 2350, 2330, 8.0)
        assert sum(s.sprite.mass_kg for s in slices) == pytest.approx(whole.mass_kg, rel=1e-4)
        assert sum(len(s.sprite.parts) for s in slices) == len(whole.parts)
        total = np.sum([s.sprite.total for s in slices], axis=0)
        assert np.allclose(total, whole.total, rtol=1e-4, atol=0.02)
        assert all(0 <= s.near < s.far <= 1 and s.sprite.shape == whole.shape for s in slices)
        assert whole.mass_kg == draw(kind, seed).mass_kg


def test_a_tank_bulges_in_the_middle_of_its_depth() -> None:
    _, slices = make_load_slices("tank", np.random.default_rng(1), 5850, 2350, 2330, 8.0)
    tops = {s.near: int(np.flatnonzero(s.sprite.layers["steel"].any(axis=1))[0]) for s in slices}
    shells = [tops[near] for near in sorted(tops) if near != 0.4]
    assert shells[0] > shells[1] > shells[2] and shells[-1] > shells[-2] > shells[-3]


@pytest.mark.parametrize("kind", KINDS)
def test_loads_stand_on_the_floor_and_differ(kind: str) -> None:
    sprites = [draw(kind, seed) for seed in range(8)]
    feet = [
        float(s.total[-int(np.ceil(40 / s.pitch_mm)) :].max()) for s in sprites
    ]  # machines and sheets may have feet
    assert min(feet) > 0.05
    assert len({round(s.mass_kg, 3) for s in sprites}) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_load_weighs_what_a_container_could_hold(kind: str) -> None:
    """A 20 ft box carries up to about 28 t; the geometry alone may exceed it, but not a solid's mass, and not be nothing."""
    masses = [draw(kind, seed).mass_kg for seed in range(12)]
    assert min(masses) > 50
    assert np.median(masses) < 45_000


@pytest.mark.parametrize("seed", range(6))
def test_drums_are_counted_and_measured(seed: int) -> None:
    sprite = draw("drums", seed, pitch=4.4)
    assert sprite.count == len(sprite.parts) and sprite.count
    for part in sprite.parts:
        x0, y0, x1, y1 = part.box
        assert part.label == "drum"
        assert (x1 - x0) * 4.4 == pytest.approx(DRUM_DIAMETER, abs=5) and (y1 - y0) * 4.4 == pytest.approx(
            DRUM_HEIGHT, abs=5
        )
    # ISO 15750-2: an empty drum of 216.5 l weighs 14 to 24 kg; the heaviest content here is 1.4 kg/l.
    pallets = sprite.mass_kg - sprite.layers["steel"].sum() * 0.44**2 / 1000
    assert 14 <= sprite.layers["steel"].sum() * 0.44**2 / 1000 / sprite.count <= 30
    assert pallets / sprite.count < 216.5 * 1.45 + 30


def test_tyres_are_counted_and_weigh_like_tyres() -> None:
    for seed in range(8):
        sprite = draw("tyres", seed)
        assert sprite.count == len(sprite.parts)
        # ETRMA: passenger tyres 6.5 to 11 kg; heavy truck tyres 45 to 70 kg.
        assert 3 < sprite.mass_kg / (sprite.count or 1) < 85


def test_a_full_depth_of_water_is_233() -> None:
    """2,330 mm of water is 233 g/cm2."""
    canvas = Canvas.of(1000, 1000, 5)
    canvas.box("water", (0, 1000, 0, 1000), 1.0 * 2330 / 10)
    assert canvas.sprite("x").layers["water"] == pytest.approx(233.0)


@pytest.mark.parametrize("pitch", [3.0, 4.4, 9.0])
@pytest.mark.parametrize(
    ("solid", "volume_cm3"),
    [
        ([block("water", 1.0, (50, 50, 0), (250, 150, 80))], 20 * 10 * 8),
        ([cylinder("water", 1.0, (50, 150, 0), 200, 60)], 20 * np.pi * 36),
        ([cylinder("water", 1.0, (150, 150, 0), 70, 90, "z")], 7 * np.pi * 81),
        ([ball("water", 1.0, (150, 150, 10), (100, 70, 50))], 4 / 3 * np.pi * 10 * 7 * 5),
        (tube("water", 1.0, (150, 40, 0), 200, 90, 60, "y"), 20 * np.pi * (81 - 36)),
        ([prism("water", 1.0, [(50, 50), (50, 250), (250, 50)], (-40, 30))], 20 * 20 / 2 * 7),
    ],
)
def test_solids_keep_their_volume_at_any_turn(solid: list[Solid], volume_cm3: float, pitch: float) -> None:
    rng = np.random.default_rng(int(pitch * 10))
    for _ in range(4):
        turn = rotation(*rng.uniform(0, 2 * np.pi, 3))
        canvas = Canvas.of(900, 900, pitch)
        at = np.array([450, 450, 0.0]) - turn @ np.array([150, 150, 0])
        draw_solids(canvas, [s.moved(turn, (at[0], at[1], at[2])) for s in solid], fine=3)
        assert canvas.sprite("x").mass_kg * 1000 == pytest.approx(volume_cm3, rel=0.01)


@pytest.mark.parametrize("span", [(10.0, 20.0, 5.0, 30.0), (10.3, 11.1, 5.2, 5.9), (0.0, 100.0, 0.0, 100.0)])
def test_boxes_keep_their_mass_below_a_pixel(span: tuple[float, float, float, float]) -> None:
    canvas = Canvas.of(100, 100, 4)
    canvas.box("steel", span, 10.0)
    area_cm2 = (span[1] - span[0]) * (span[3] - span[2]) / 100
    assert canvas.sprite("x").mass_kg == pytest.approx(10.0 * area_cm2 / 1000, rel=1e-4)


def test_sprites_are_upright_and_tight() -> None:
    canvas = Canvas.of(100, 100, 10)
    canvas.box("steel", (20, 50, 0, 10), 1.0)
    canvas.mark("thing", (20, 50, 0, 10))
    whole, tight = canvas.sprite("x"), canvas.sprite("x", tight=True)
    assert whole.shape == (10, 10) and whole.layers["steel"][9, 2:5] == pytest.approx(1.0)
    assert whole.parts[0].box == (2, 9, 5, 10)
    assert tight.shape == (1, 3) and tight.parts[0].box == (0, 0, 3, 1)


def test_stamps_are_cut_at_the_rim() -> None:
    stamp = Canvas.of(40, 40, 10)
    stamp.box("steel", (0, 40, 0, 40), 2.0)
    canvas = Canvas.of(100, 100, 10)
    for x, y in ((-20, -20), (80, 80), (500, 0), (0, -500)):
        canvas.stamp(stamp, x, y)
    assert canvas.layers["steel"].sum() == pytest.approx(2 * 4 * 2.0)


def test_chord_and_noise() -> None:
    assert chord(np.array([0.0, 3.0, 5.0, 6.0], np.float32), 5.0) == pytest.approx([10, 8, 0, 0])
    field = noise(np.random.default_rng(0), (200, 300), 5)
    assert field.shape == (200, 300) and abs(float(field.mean())) < 0.05 and 0.5 < float(field.std()) < 1.3


@pytest.mark.parametrize("bad", [(0, 1, 1, 1), (1, -1, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)])
def test_sizes_must_be_positive(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"^sizes and pitch must be positive, got "):
        make_load("bulk", np.random.default_rng(0), *bad)


def test_where_nothing_fits_the_load_is_empty() -> None:
    sprite = make_load("drums", np.random.default_rng(0), 3000, 400, 2330, 5)
    assert sprite.mass_kg == 0 and sprite.count == 0 and sprite.total.max() == 0


def test_unknown_kind() -> None:
    with pytest.raises(KeyError, match="elephants"):
        make_load("elephants", np.random.default_rng(0), 1000, 1000, 1000, 5)
