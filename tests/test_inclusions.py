"""Solids of no particular kind: size, mass, material and room, and cubes of an exact mass."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.objects import OBJECTS, make_from
from scantally.datasets.simulator.objects_common import FREE_ROOM, LEAST_DEEP_MM, NoRoomError, Order
from scantally.datasets.simulator.objects_inclusions import COMMON, FILLED, LONGEST_MM, MOST_SOLIDS, cube, inclusion
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.datasets.simulator.sprite import Sprite, layers_mass_kg
from scantally.detector.physics.materials import MATERIALS

REACH = 2 * (0.5 + 0.33)
"""Times its longest side: so far do solids reach that lie off the middle by a third of it."""


def order(seed: int, pitch: float = 4.4, room: Vector = FREE_ROOM, pose: int = 0, bag: bool = False) -> Order:
    return Order(
        shape=np.random.default_rng(seed), rng=np.random.default_rng([seed, pose]), pitch=pitch, room=room, bag=bag
    )


def same(one: Sprite, other: Sprite) -> bool:
    alike = set(one.layers) == set(other.layers) and one.shape == other.shape
    return alike and all(np.array_equal(one.layers[m], other.layers[m]) for m in one.layers)


# Inclusions.


@given(seed=st.integers(0, 2**32 - 1), pitch=st.floats(1.5, 9))
@settings(max_examples=60, deadline=None)
def test_any_inclusion_is_physical_tight_and_of_common_materials(seed: int, pitch: float) -> None:
    sprite = inclusion(order(seed, pitch))
    assert (sprite.label, sprite.count, sprite.pitch_mm) == ("inclusion", 1, pitch)
    assert set(sprite.layers) <= set(COMMON) and len(sprite.layers) <= MOST_SOLIDS and sprite.variety in sprite.layers
    for layer in sprite.layers.values():
        assert np.isfinite(layer).all() and layer.min() >= 0
    assert sprite.mass_kg > 0
    assert sprite.mass_kg == pytest.approx(layers_mass_kg(sprite.layers, pitch), rel=1e-6)
    there = sprite.total > 0
    assert all(rim.any() for rim in (there[0], there[-1], there[:, 0], there[:, -1]))
    # A turned solid of three sides is at most as long as its diagonal.
    most = REACH * LONGEST_MM[1] * 3**0.5
    assert max(sprite.shape) * pitch <= most + 3 * pitch and 0 < sprite.depth_mm <= most


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_nothing_is_denser_than_its_material_as_deep_as_the_inclusion(seed: int) -> None:
    sprite = inclusion(order(seed))
    for material, layer in sprite.layers.items():
        whole = MATERIALS[material].density * FILLED[1] * sprite.depth_mm / 10.0
        assert float(layer.max()) <= MOST_SOLIDS * whole * 1.01


@pytest.mark.parametrize("seed", range(12))
def test_the_same_order_gives_the_same_inclusion(seed: int) -> None:
    one, other = inclusion(order(seed)), inclusion(order(seed))
    assert same(one, other) and one.mass_kg == other.mass_kg and one.depth_mm == other.depth_mm


def test_an_instance_keeps_its_materials_and_its_mass_in_every_pose() -> None:
    turned = [inclusion(order(5, 2.0, pose=pose)) for pose in range(6)]
    assert {frozenset(s.layers) for s in turned} == {frozenset(turned[0].layers)}
    assert len({s.shape for s in turned}) > 3
    assert [s.mass_kg for s in turned] == pytest.approx([turned[0].mass_kg] * 6, rel=0.06)


def test_sizes_materials_and_numbers_of_solids_are_of_all_kinds() -> None:
    made = [inclusion(order(seed)) for seed in range(150)]
    assert {m for s in made for m in s.layers} == set(COMMON)
    longest = sorted(max(s.shape) * s.pitch_mm for s in made)
    assert longest[15] < 120 and longest[-15] > 450
    assert {len(s.layers) for s in made} >= {1, 2, 3}
    assert len({s.mass_kg for s in made}) == 150


def test_no_lead_and_nothing_of_interest_is_among_them() -> None:
    """The head must never have been taught shields, nor any object that the benchmark asks for."""
    assert "lead" not in COMMON and set(COMMON) <= set(MATERIALS)
    assert "inclusion" not in OBJECTS and "cube" not in OBJECTS


@given(seed=st.integers(0, 2**32 - 1), side=st.floats(60, 900))
@settings(max_examples=60, deadline=None)
def test_an_inclusion_fits_its_room_or_says_that_there_is_none(seed: int, side: float) -> None:
    try:
        sprite = inclusion(order(seed, room=(side, side, side)))
    except NoRoomError as e:
        assert str(e).startswith("an inclusion of ") and str(e).endswith(" mm does not fit")
    else:
        assert max(sprite.shape) * sprite.pitch_mm <= side + 1e-6 and sprite.depth_mm <= side


def test_no_room_is_said_with_the_size() -> None:
    with pytest.raises(NoRoomError, match=r"^an inclusion of \d+ x \d+ mm does not fit$"):
        inclusion(order(0, room=(20.0, 20.0, 20.0)))


def test_other_ones_are_drawn_until_one_fits() -> None:
    room = (150.0, 150.0, 150.0)
    fitted = [make_from(inclusion, "inclusion", np.random.default_rng(seed), 2.2, room=room) for seed in range(8)]
    assert all(max(s.shape) * 2.2 <= 150.0 and s.instance.startswith("inclusion-") for s in fitted)
    with pytest.raises(NoRoomError):
        make_from(inclusion, "inclusion", np.random.default_rng(0), 2.2, room=(9.0, 9.0, 9.0))


def test_a_deep_inclusion_is_cut_into_slices_that_are_the_whole() -> None:
    deep = 0
    for seed in range(40):
        sprite = inclusion(order(seed))
        if not sprite.slices:
            continue
        deep += 1
        assert sprite.depth_mm > LEAST_DEEP_MM
        assert sum(s.sprite.mass_kg for s in sprite.slices) == pytest.approx(sprite.mass_kg, rel=1e-4)
    assert deep > 5


# Cubes.


@given(
    material=st.sampled_from(["steel", "water", "aluminium", "polyethylene"]),
    share=st.floats(0.2, 1.0),
    edge=st.floats(30, 600),
    pitch=st.sampled_from([1.1, 2.2, 4.4]),
)
@settings(max_examples=40, deadline=None)
def test_a_cube_weighs_what_it_must(material: str, share: float, edge: float, pitch: float) -> None:
    """Within 2 %; of small ones within what half a pixel more or less at each side makes."""
    density = MATERIALS[material].density * share
    sprite = cube(order(0, pitch), material, density, edge)
    rounding = (1.0 + 0.5 * pitch / edge) ** 2 - 1.0
    assert sprite.mass_kg == pytest.approx(density * (edge / 10.0) ** 3 / 1000.0, rel=max(0.02, rounding))
    assert (sprite.label, sprite.variety, sprite.count, sprite.depth_mm) == ("cube", material, 1, edge)
    assert set(sprite.layers) == {material}


@pytest.mark.parametrize("edge", [44.0, 132.0, 440.0])
def test_a_cube_has_one_face_to_the_beam(edge: float) -> None:
    """Every beam that meets it goes through its whole depth; only at the rim pixels lie half beside it."""
    sprite = cube(order(0), "water", 1.0, edge)
    assert all(abs(n * 4.4 - edge) <= 2 * 4.4 for n in sprite.shape)
    inner = sprite.total[1:-1, 1:-1]
    assert inner == pytest.approx(np.full(inner.shape, edge / 10.0), rel=1e-4)


def test_the_same_cube_is_the_same_whatever_is_drawn() -> None:
    assert same(cube(order(1), "steel", 7.8, 200.0), cube(order(2, pose=3), "steel", 7.8, 200.0))


@pytest.mark.parametrize(("edge", "fits"), [(191.2, True), (191.3, False), (500.0, False)])
def test_a_cube_fits_its_room_with_two_pixels_to_spare_or_is_refused(edge: float, fits: bool) -> None:
    asked = order(0, room=(400.0, 200.0, 300.0))
    if fits:
        assert cube(asked, "water", 1.0, edge).depth_mm == edge
        return
    with pytest.raises(NoRoomError, match=f"^a cube of {edge:.0f} mm does not fit$"):
        cube(asked, "water", 1.0, edge)
