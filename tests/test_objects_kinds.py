"""Ammunition, cigarettes, currency, electronics, engines and shields: cited sizes and masses; rooms, bags and instances."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator import objects_ammunition
from scantally.datasets.simulator.objects import MODELS, OBJECTS, draw_instance, make_object
from scantally.datasets.simulator.objects_ammunition import CAN, CARTRIDGES, Cartridge, can, cartridge, fill
from scantally.datasets.simulator.objects_cigarettes import FORMATS, carton, case
from scantally.datasets.simulator.objects_common import NoRoomError, Order, heaped, posed, reach, stacked, turned
from scantally.datasets.simulator.objects_currency import NOTES, strap
from scantally.datasets.simulator.objects_electronics import disk, laptop, lithium_cell, phone, server
from scantally.datasets.simulator.objects_engine import MOTORS, Motor, gearbox, motor
from scantally.datasets.simulator.objects_lattice import FACES, Face, Lattice, Piece, draw_lattice, seen, walls
from scantally.datasets.simulator.objects_rounds import Ring, Rows, draw_ends, draw_rows
from scantally.datasets.simulator.objects_shield import FORMS, HEAVIEST_KG
from scantally.datasets.simulator.shapes import Canvas
from scantally.datasets.simulator.shapes_solids import Solid, Vector, extent, rotation
from scantally.datasets.simulator.sprite import layers_mass_kg

FLAT = rotation(0, 0, 0)
SMALL_ROOMS: tuple[Vector, ...] = ((240.0, 115.0, 2200.0), (850.0, 430.0, 430.0), (300.0, 2300.0, 2200.0))


def mass(solids: list[Solid], pitch: float = 2.0) -> float:
    canvas = posed(solids, FLAT, pitch)
    return layers_mass_kg({m: a for m, a in canvas.sprite("x").layers.items() if m != "space"}, pitch)


def weighed(canvas: Canvas) -> float:
    layers = canvas.sprite("x").layers
    return layers_mass_kg({m: a for m, a in layers.items() if m != "space"}, canvas.pitch)


def size(solids: list[Solid]) -> list[float]:
    low, high = extent([s for s in solids if s.density > 0 and s.material != "space"])
    return [float(v) for v in high - low]


@pytest.mark.parametrize("kind", CARTRIDGES, ids=lambda k: k.name)
def test_cartridges_have_the_length_of_the_cip_tables_and_their_mass(kind: Cartridge) -> None:
    solids = cartridge(kind)
    wide, long, _ = size(solids)
    assert wide == pytest.approx(2 * kind.radius, abs=0.1)
    assert long == pytest.approx(kind.whole, rel=0.12)
    assert mass(solids, 0.5) == pytest.approx(kind.mass, rel=0.15)


def test_a_steel_can_has_the_size_of_the_standard_and_weighs_like_a_full_one() -> None:
    # MIL-DTL-3060: 305 x 155 x 185 mm, 2.3 kg empty; a full one holds 5 to 20 kg of cartridges.
    for kind in CARTRIDGES:
        for face in range(3):
            canvas = can(kind, face, 2.0)
            assert canvas.width == pytest.approx(CAN[0], abs=12) and canvas.height == pytest.approx(CAN[1], abs=2)
            assert 4.0 < weighed(canvas) < 26.0
            assert 4.0 < weighed(can(kind, face, 2.0, end_on=True)) < 26.0
    assert can(CARTRIDGES[0], 0, 2.0, end_on=True).width == pytest.approx(CAN[2], abs=2)


def test_an_empty_steel_can_weighs_what_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_ammunition, "fill", lambda *_: 0)
    for end_on in (False, True):
        assert weighed(can(CARTRIDGES[0], 0, 1.0, end_on=end_on)) == pytest.approx(2.3, abs=0.5)


@pytest.mark.parametrize("face", [0, 1, 2])
@pytest.mark.parametrize("kind", CARTRIDGES, ids=lambda k: k.name)
def test_a_room_is_filled_with_whole_cartridges(kind: Cartridge, face: int) -> None:
    for pitch in (1.0, 2.2):
        canvas = Canvas.around(300.0, 170.0, pitch)
        n = fill(canvas, kind, (3.0, 3.0), (290.0, 160.0, 150.0), face)
        assert n >= 20
        assert weighed(canvas) == pytest.approx(n * mass(cartridge(kind), 0.5), rel=0.04)


def test_rows_of_rods_have_the_volume_of_rods_at_any_pitch() -> None:
    body = (Ring(material="water", density=1.0, start=2.0, length=20.0, outer=4.0, inner=1.0),)
    volume = np.pi * (4.0**2 - 1.0) * 20.0
    places = np.array([11.3, 29.9, 50.0])
    for pitch, lying in ((0.7, False), (3.1, True), (5.0, False)):
        canvas = Canvas.around(90.0, 90.0, pitch)
        draw_rows(canvas, body, Rows(length=24.0, across=places, along=np.array([3.0, 40.0]), behind=7), lying=lying)
        assert weighed(canvas) * 1e6 == pytest.approx(volume * 3 * 2 * 7, rel=1e-4)
    ends = Canvas.around(90.0, 90.0, 0.7)
    draw_ends(ends, body, places, np.array([20.0, 60.0]), 7)
    assert weighed(ends) * 1e6 == pytest.approx(volume * 3 * 2 * 7, rel=0.02)


def test_every_second_cartridge_lies_nose_to_nose() -> None:
    body = (Ring(material="lead", density=11.0, start=20.0, length=4.0, outer=4.0),)
    canvas = Canvas.around(20.0, 80.0, 1.0)
    rows = Rows(length=30.0, across=np.array([10.0]), along=np.array([0.0, 30.0]), behind=1, flip=True)
    draw_rows(canvas, body, rows, lying=False)
    hit = np.flatnonzero(canvas.layers["lead"].any(axis=1))
    assert hit.tolist() == [20, 21, 22, 23, 36, 37, 38, 39]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_case_holds_ten_thousand_cigarettes(name: str) -> None:
    lattice = carton(name, 1.0, (2, 5, 5))
    assert int(np.prod(lattice.counts)) * 20 == 10_000
    one = lattice.mass_kg / int(np.prod(lattice.counts))
    assert 0.014 < one < 0.032  # a pack of twenty: some 12 to 21 g of cigarettes and 5 to 8 g of pack
    drawn = case(lattice, (0, 1, 2), 4.0).sprite("x")
    whole = layers_mass_kg({m: a for m, a in drawn.layers.items() if m != "space"}, 4.0)
    assert lattice.mass_kg < whole < lattice.mass_kg + 1.6  # and the board
    assert 6.0 < whole < 17.0


@pytest.mark.parametrize("name", sorted(NOTES))
def test_a_strap_of_banknotes_weighs_a_gram_a_note(name: str) -> None:
    long, wide = NOTES[name]
    one = strap(name, 1.0)
    share = long * wide / (156.0 * 66.0)  # a US note weighs 1 g
    assert one.mass_kg * 1000 == pytest.approx(100.0 * share, rel=0.04)
    assert one.cell[2] == pytest.approx(100 * 0.11, rel=0.06)


def test_devices_have_the_size_and_mass_of_their_kind() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        flat = phone(rng)
        assert 130 < size(flat)[0] < 175 and 0.10 < mass(flat, 1.0) < 0.32
        folded = laptop(rng)
        assert 290 < size(folded)[0] < 410 and 0.9 < mass(folded) < 3.6
        rack = server(rng)
        assert size(rack)[2] == pytest.approx(482.6, abs=2) and 10 < mass(rack, 3.0) < 32
        assert 44.45 - 2 < size(rack)[1] <= 2 * 44.45
        assert size(disk(rng))[0] == pytest.approx(147.0, abs=0.1) and 0.4 < mass(disk(rng), 1.0) < 0.8
    cell = lithium_cell((0, 0, 0))
    assert size(cell) == pytest.approx([18.4, 65.0, 18.4]) and 0.042 < mass(cell, 0.5) < 0.052


@pytest.mark.parametrize("kind", MOTORS, ids=lambda m: m.name)
def test_engines_weigh_what_their_class_weighs(kind: Motor) -> None:
    for seed in range(6):
        assert kind.mass[0] * 0.9 < mass(motor(np.random.default_rng(seed), kind), 6.0) < kind.mass[1]
    assert 20 < mass(gearbox(np.random.default_rng(1), 1.0), 4.0) < 60


@pytest.mark.parametrize("form", sorted(FORMS))
def test_shields_are_dense_and_can_be_moved(form: str) -> None:
    for seed in range(8):
        solids = FORMS[form](np.random.default_rng(seed), 1.0)
        canvas = posed(solids, FLAT, 3.0).sprite("x")
        metal = sum(float(canvas.layers[m].sum()) for m in ("lead", "steel") if m in canvas.layers)
        assert 3.0 < mass(solids, 3.0) < 1.15 * HEAVIEST_KG
        assert metal > 0.2 * sum(float(a.sum()) for m, a in canvas.layers.items() if m != "space")
        assert canvas.total.max() > 5.0


def test_a_lattice_weighs_the_same_from_every_side() -> None:
    box = Lattice(cell=(40.0, 25.0, 60.0), counts=(3, 5, 2), pieces=walls((40.0, 25.0, 60.0), 1.5, "cellulose", 0.8))
    for face in FACES:
        canvas = draw_lattice(box, face, 3.3)
        drawn = layers_mass_kg({"cellulose": canvas.layers["cellulose"]}, 3.3)
        assert drawn == pytest.approx(box.mass_kg, rel=1e-4)
        assert float(canvas.layers["space"].max()) * 10 == pytest.approx(seen(box.size, face)[2], rel=1e-4)


def test_turning_keeps_the_mass() -> None:
    piece = Piece(material="cellulose", density=1.0, low=(0, 0, 0), high=(90, 40, 10))
    flat = draw_lattice(Lattice(cell=(90.0, 40.0, 10.0), counts=(1, 1, 1), pieces=(piece,)), FACES[0], 2.0)
    for angle in (0.2, 0.9, 2.0):
        assert turned(flat, angle).layers["cellulose"].sum() == pytest.approx(flat.layers["cellulose"].sum(), rel=0.02)


def boxes(pitch: float) -> list[Canvas]:
    face: Face = (0, 1, 2)
    piece = Piece(material="water", density=1.0, low=(0, 0, 0), high=(100, 60, 50))
    return [draw_lattice(Lattice(cell=(100.0, 60.0, 50.0), counts=(1, 1, 1), pieces=(piece,)), face, pitch)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 80))
def test_stacks_and_heaps_rest_on_the_ground_and_stay_in_their_room(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    order = Order(shape=rng, rng=rng, pitch=5.0, room=(900.0, 500.0, 400.0))
    for canvas, count, deep in (
        stacked(order, boxes(5.0), 50.0, n, "box"),
        heaped(order, boxes(5.0), 50.0, n, "box"),
    ):
        water = canvas.sprite("x").layers["water"][::-1]
        assert canvas.width <= 900 and canvas.height <= 500 and deep <= 400
        assert water.sum() * 0.25 / 1000 == pytest.approx(count * 0.3, rel=0.01)
        assert water[0].any() and len(canvas.parts) == count <= n
    levels = sorted({span[2] for _, span, _ in stacked(order, boxes(5.0), 50.0, n, "box")[0].parts})
    assert levels[0] == 0 and all(b - a == pytest.approx(60.0) for a, b in pairwise(levels))


@pytest.mark.parametrize("kind", sorted(OBJECTS))
@pytest.mark.parametrize("room", SMALL_ROOMS)
def test_objects_fit_the_room_or_say_that_they_do_not(kind: str, room: Vector) -> None:
    for seed in range(3):
        try:
            sprite = make_object(kind, np.random.default_rng(seed), 5.0, room=room)
        except NoRoomError:
            assert kind in (
                "vehicle",
                "gas_cylinder",
                "engine",
                "electronics",
                "shield",
                "cigarettes",
                "ammunition",
                "currency",
            )
            continue
        sizes = (sprite.shape[1] * 5.0, sprite.shape[0] * 5.0, sprite.depth_mm)
        assert all(s <= r for s, r in zip(sizes, room, strict=True))


def test_a_bag_is_around_what_it_holds() -> None:
    for kind in ("firearm", "brick_packages", "currency", "cigarettes", "ammunition"):
        sprite = make_object(kind, np.random.default_rng(3), 4.0, room=(850.0, 430.0, 430.0), bag=True)
        cloth = sprite.layers["textile"]
        assert cloth[-1].any() and (sprite.total > 0)[:, 0].any()
        assert sprite.shape[1] * 4.0 <= 850 and sprite.shape[0] * 4.0 <= 430


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_no_instance_is_in_two_parts(kind: str) -> None:
    numbers: dict[str, set[str]] = {"train": set(), "test": set()}
    for part, found in numbers.items():
        for seed in range(6):
            found.add(make_object(kind, np.random.default_rng(seed), 8.0, part).instance)
    assert all(int(name[-4:]) % 3 == 2 for name in numbers["test"])
    assert all(int(name[-4:]) % 3 != 2 for name in numbers["train"])


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_seed_draws_an_instance_of_its_part(seed: int) -> None:
    test, train = (draw_instance(np.random.default_rng(seed), part) for part in ("test", "train"))
    assert 0 <= test < MODELS and test % 3 == 2
    assert 0 <= train < MODELS and train % 3 != 2
    assert 0 <= draw_instance(np.random.default_rng(seed), None) < MODELS


def test_an_instance_always_has_the_same_shape() -> None:
    """Two draws of one instance differ in pose and number alone."""
    drawn: dict[str, set[str]] = {}
    for seed in range(400):
        number = draw_instance(np.random.default_rng(seed), None)
        drawn.setdefault(str(number), set()).add(str(seed))
    twice = next(seeds for seeds in drawn.values() if len(seeds) > 1)
    sprites = [make_object("gas_cylinder", np.random.default_rng(int(s)), 6.0) for s in sorted(twice)[:2]]
    assert sprites[0].instance == sprites[1].instance
    assert sprites[0].variety == sprites[1].variety


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^no such part: 'dev', expected one of train, test$"):
        make_object("firearm", np.random.default_rng(0), 4.0, "dev")


def test_no_room_is_said() -> None:
    with pytest.raises(NoRoomError):
        make_object("vehicle", np.random.default_rng(0), 6.0, room=(900.0, 500.0, 400.0))


def test_reach_is_the_size_in_a_pose() -> None:
    solids = gearbox(np.random.default_rng(0), 1.0)
    assert reach(solids, rotation(np.pi / 2, 0, 0))[1] == pytest.approx(reach(solids, FLAT)[0], rel=1e-6)
