"""Hiding places: objects lie inside them, rest on something, and loads make way for what lies in them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.build import Built, build
from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import CONTAINERS, OUTER_WIDTH_MM, Span, cavities
from scantally.datasets.simulator.draw_plan import draw_plan
from scantally.datasets.simulator.hiding import BAG, SIDE_MM, find_spot, room_for
from scantally.datasets.simulator.hiding_displace import displace, take_from
from scantally.datasets.simulator.hiding_load import on_top, within
from scantally.datasets.simulator.hiding_places import CAVITY, PLACES, SECRET, STRUCTURE, WEIGHTS, open_places
from scantally.datasets.simulator.hiding_stand import Spot, Stand, tops
from scantally.datasets.simulator.hiding_tyre import TREAD_MM, ring_room, tyre_spots
from scantally.datasets.simulator.judge import judge
from scantally.datasets.simulator.objects import OBJECTS
from scantally.datasets.simulator.plan import (
    OBJECT_WEIGHTS,
    BlockPlan,
    ContainerPlan,
    ObjectPlan,
    ScenePlan,
    Wishes,
)
from scantally.datasets.simulator.project import place
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.datasets.simulator.sprite import DepthSlice, Sprite, SpritePart, layers_mass_kg
from scantally.datasets.simulator.style import Style, draw_style
from scantally.detector.types import FloatArray

PITCH = 10.0


def small(look: str = "cal", **changes: object) -> Style:
    style = draw_style(np.random.default_rng(3), look)
    fixed: dict[str, object] = {"pitch_mm": 14.0, "height": 270, "dashed_rows": (), "padding": (0, 0), "squeeze": 1.0}
    return replace(style, **(fixed | changes))  # type: ignore[arg-type]


def wish(where: str, kind: str = "brick_packages", **changes: float | bool | str) -> ObjectPlan:
    given_here: dict[str, float | bool | str] = {"x_share": 0.4, "height_share": 0.5, "depth_mm": 900.0}
    return ObjectPlan(kind=kind, place=where, **(given_here | changes))  # type: ignore[arg-type]


def scene(*objects: ObjectPlan, code: str = "22G1", blocks: tuple[BlockPlan, ...] = (), wall: float = 0.0) -> ScenePlan:
    one = ContainerPlan(kind=CONTAINERS[code], x0_mm=0.0, blocks=blocks, objects=objects, false_wall_mm=wall)
    return ScenePlan(containers=(one,), terminal=False)


def heap(seed: int, depth: float = 2200.0) -> Stand:
    """Water 600 to 1,500 mm high in two slices, with a rough top."""
    rng = np.random.default_rng(seed)
    slices = []
    for near, far in ((0.0, 0.5), (0.5, 1.0)):
        layer = np.zeros((160, 400), np.float32)
        steps = np.repeat(rng.integers(60, 150, 20), 20)
        for column, high in enumerate(steps):
            layer[160 - high :, column] = 0.5 * depth / 10.0 * 0.5  # half as dense as water
        sprite = Sprite(label="x", layers={"water": layer}, pitch_mm=PITCH, mass_kg=0.0)
        slices.append(DepthSlice(sprite=sprite, near=near, far=far))
    return Stand(slices=tuple(slices), x_mm=500.0, base_mm=165.0, near_mm=100.0, depth_mm=depth)


def least_top(load: Stand, spot: Spot) -> float:
    first = round((spot.x_mm - load.x_mm) / PITCH)
    columns = slice(first, first + int(np.ceil(spot.size[0] / PITCH)))
    return float(tops(load.solid(spot.near_mm, spot.near_mm + spot.size[2]), PITCH)[columns].min())


sizes = st.tuples(st.floats(60, 1200), st.floats(60, 700), st.floats(40, 900))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1000), size=sizes, shares=st.tuples(*[st.floats(0, 1)] * 3))
def test_what_lies_in_a_load_never_pokes_out(seed: int, size: Vector, shares: tuple[float, float, float]) -> None:
    load = heap(seed)
    near = 100.0 + shares[0] * (2200.0 - size[2])
    spot = within([load], size, near, shares[1], shares[2])
    if spot is None:
        return
    assert load.x_mm <= spot.x_mm and spot.x_mm + size[0] <= load.x_mm + load.width_mm + PITCH
    assert spot.base_mm >= load.base_mm
    assert spot.base_mm + size[1] <= load.base_mm + least_top(load, spot) + 1e-6


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1000), size=sizes, shares=st.tuples(*[st.floats(0, 1)] * 2))
def test_what_lies_on_top_is_carried(seed: int, size: Vector, shares: tuple[float, float]) -> None:
    load = heap(seed)
    near = 100.0 + shares[0] * (2200.0 - size[2])
    spot = on_top([load], size, near, shares[1], 2500.0)
    if spot is None:
        return
    first = round((spot.x_mm - load.x_mm) / PITCH)
    below = tops(load.solid(near, near + size[2]), PITCH)[first : first + int(np.ceil(size[0] / PITCH)) + 1]
    assert spot.base_mm - load.base_mm == pytest.approx(float(below.max()))
    half = max(1, below.size // 2)
    assert min((below[:half] >= below.max() - 50).mean(), (below[-half:] >= below.max() - 50).mean()) > 0.6
    assert spot.base_mm + size[1] <= 2500.0


def inside(spot: Spot, span: Span) -> bool:
    ends = ((span.x0_mm, span.x1_mm), (span.h0_mm, span.h1_mm), (span.z0_mm, span.z1_mm))
    starts = (spot.x_mm, spot.base_mm, spot.near_mm)
    return all(a - 1e-6 <= s and s + d <= b + 1e-6 for (a, b), s, d in zip(ends, starts, spot.size, strict=True))


@settings(max_examples=80, deadline=None)
@given(
    code=st.sampled_from(["22G1", "42G1", "45G1", "22R1", "45R1"]),
    where=st.sampled_from(PLACES),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
    loaded=st.booleans(),
)
def test_every_place_puts_objects_where_they_may_be(
    code: str, where: str, shares: tuple[float, float, float, float], loaded: bool
) -> None:
    kind = CONTAINERS[code]
    if where in CAVITY and CAVITY[where] not in cavities(kind):
        return
    plan = scene(code=code, wall=500.0 if where == "false_wall" else 0.0).containers[0]
    planned = wish(
        where, x_share=shares[0], height_share=shares[1], depth_mm=shares[2] * OUTER_WIDTH_MM, bag=where == "doors"
    )
    loads = [replace(heap(3), x_mm=kind.front_mm + 50.0, base_mm=kind.floor_mm)] if loaded else []
    room = room_for(planned, plan, loads, 500.0)
    size = (max(30.0, 0.5 * room[0] * shares[3]), max(20.0, 0.6 * room[1]), 0.4 * room[2])
    wheels = [(2000.0, -700.0, 500.0)]
    spot = find_spot(planned, plan, size, loads, [], wheels)
    if spot is None:
        assert where in ("load", "top", "floor", "doors") or size[0] > room[0] or size[1] > room[1]
        return
    if where == "tyre":
        foot = np.hypot(spot.size[0] / 2, spot.base_mm + 700.0)
        assert foot <= 500.0 - TREAD_MM + 1 and spot.base_mm + size[1] <= -700.0
    elif where in CAVITY:
        assert inside(spot, cavities(kind)[CAVITY[where]])
    else:
        top = kind.floor_mm + kind.inner_height_mm
        hold = Span(
            x0_mm=kind.front_mm, x1_mm=kind.length_mm - kind.rear_mm, h0_mm=kind.floor_mm, h1_mm=top,
            z0_mm=SIDE_MM, z1_mm=OUTER_WIDTH_MM - SIDE_MM,
        )  # fmt: skip
        assert inside(spot, hold)
    if where == "false_wall":
        assert spot.x_mm + size[0] <= kind.front_mm + 500.0
    again = find_spot(planned, plan, size, loads, [spot], wheels)
    assert again is None or not again.meets(spot)


def test_the_inside_of_a_tyre_holds_its_block() -> None:
    for radius in (270.0, 400.0, 530.0):
        wide, high = ring_room(radius)
        assert wide > 0.4 * radius and high > 0.15 * radius
    standing = SpritePart(label="tyre", box=(0.0, 0.0, 60.0, 60.0))
    lying = SpritePart(label="tyre", box=(100.0, 40.0, 160.0, 60.0))
    slanting = SpritePart(label="tyre", box=(200.0, 0.0, 280.0, 60.0))
    layer = np.ones((60, 300), np.float32)
    parts = (standing, lying, slanting)
    sprite = Sprite(label="tyres", layers={"rubber": layer}, pitch_mm=PITCH, mass_kg=0.0, parts=parts)
    part = DepthSlice(sprite=sprite, near=0.0, far=0.25)
    load = Stand(slices=(part,), x_mm=0.0, base_mm=165.0, near_mm=90.0, depth_mm=2200.0)
    found = tyre_spots(load)
    assert len(found) == 2
    assert all(s.near_mm >= 90.0 and s.near_mm + s.size[2] <= 90.0 + 550.0 for s in found)
    assert found[0].base_mm > 165.0 and found[0].base_mm + found[0].size[1] < 165.0 + 300.0
    assert found[1].x_mm > 1000.0 and found[1].x_mm + found[1].size[0] < 1600.0


def thing(material: str, density: float, size: Vector, pitch: float = 5.0) -> Sprite:
    shape = (int(size[1] / pitch), int(size[0] / pitch))
    layer = np.full(shape, density * size[2] / 10.0, np.float32)
    space = np.full(shape, size[2], np.float32)
    mass = layers_mass_kg({material: layer}, pitch)
    return Sprite(
        label="x",
        layers={material: layer},
        pitch_mm=pitch,
        mass_kg=mass,
        depth_mm=size[2],
        spread_mm=size[2],
        space_mm=space,
    )


def even_load(material: str = "water", density: float = 0.5) -> Stand:
    layer: FloatArray = np.full((150, 400), density * 1100.0 / 10.0, np.float32)
    sprite = Sprite(
        label="x", layers={material: layer}, pitch_mm=PITCH, mass_kg=layers_mass_kg({material: layer}, PITCH)
    )
    slices = (DepthSlice(sprite=sprite, near=0.0, far=0.5), DepthSlice(sprite=sprite, near=0.5, far=1.0))
    return Stand(slices=slices, x_mm=500.0, base_mm=165.0, near_mm=100.0, depth_mm=2200.0)


@settings(max_examples=25, deadline=None)
@given(x=st.floats(600, 3500), up=st.floats(0, 900), near=st.floats(100, 1700), wide=st.floats(80, 800))
def test_a_load_loses_its_density_times_the_room_an_object_takes(x: float, up: float, near: float, wide: float) -> None:
    """Volume times density, within 1 %, wherever the object lies: also over the border of two slices."""
    view = build(scene(), small(), np.random.default_rng(0)).canvas.view
    load, body = even_load(), thing("steel", 1.0, (wide, 300.0, 420.0))
    size = (body.shape[1] * 5.0, 300.0, 420.0)
    spot = Spot(x_mm=x, base_mm=165.0 + up, size=size, near_mm=near)
    cut = displace(view, load, body, spot)
    assert cut is not None
    volume_l = size[0] * size[1] * size[2] * 1e-6
    assert cut.mass_kg == pytest.approx(0.5 * volume_l, rel=0.01)
    left = sum(s.sprite.mass_kg for s in cut.stand.slices)
    assert left + cut.mass_kg == pytest.approx(sum(s.sprite.mass_kg for s in load.slices), rel=1e-4)


def test_the_picture_loses_what_the_load_loses() -> None:
    """Mass integrated from the picture, at the object's depth, before and after: within 1 %."""
    view = build(scene(), small(pitch_mm=7.0, height=520), np.random.default_rng(0)).canvas.view
    load, body = even_load(), thing("steel", 1.0, (400.0, 300.0, 200.0))
    spot = Spot(x_mm=1500.0, base_mm=400.0, size=(400.0, 300.0, 200.0), near_mm=800.0)
    whole = place(view, load.slices[0].sprite, load.x_mm, load.base_mm, 100.0, 1200.0)
    canvas = Canvas(view)
    canvas.add(whole.layers, whole.x, whole.y)
    before = float(canvas.layer("water").sum(dtype=np.float64))
    cut = displace(view, load, body, spot)
    assert cut is not None
    left, really = take_from(canvas, whole, cut.taken)
    gone = before - float(canvas.layer("water").sum(dtype=np.float64))
    pixel_cm2 = view.pitch_mm * view.x_pitch_mm / view.scale(900.0) / 100.0
    assert gone * pixel_cm2 / 1000.0 == pytest.approx(cut.mass_kg, rel=0.01)
    assert sum(float(p.layers["water"].sum()) for p in really) == pytest.approx(gone, rel=1e-3)
    assert left.total.min() >= 0.0 and canvas.layer("water").min() >= -1e-4


def bulk(width: float = 5000.0, height: float = 1700.0, kind: str = "bulk") -> BlockPlan:
    return BlockPlan(kind=kind, x_mm=150.0, width_mm=width, height_mm=height)


def test_an_object_takes_the_place_of_load_and_the_truth_weighs_less() -> None:
    plans = [scene(blocks=(bulk(),)), scene(wish("load"), blocks=(bulk(),))]
    bare, full = (simulate_scan(6, 0, small(), plan=p, wishes=Wishes(deviation_share=0.0)).truth for p in plans)
    assert full.objects[0].place == "load"
    assert full.loads[0].mass_kg < bare.loads[0].mass_kg
    assert bare.loads[0].mass_kg - full.loads[0].mass_kg < 4 * full.objects[0].mass_kg


def seen_as(
    material: str, density: float, look: str = "cal", energies: tuple[float, ...] = (6.0,)
) -> tuple[float, bool]:
    """How well a block shows in water of half its density that it displaces."""
    style = small(look, energies_mv=energies)
    view = build(scene(), style, np.random.default_rng(0)).canvas.view
    load, body = even_load(), thing(material, density, (400.0, 300.0, 300.0))
    spot = Spot(x_mm=1500.0, base_mm=400.0, size=(400.0, 300.0, 300.0), near_mm=500.0)
    canvas = Canvas(view)
    whole = place(view, load.slices[0].sprite, load.x_mm, load.base_mm, 100.0, 1200.0)
    canvas.add(whole.layers, whole.x, whole.y)
    cut = displace(view, load, body, spot)
    assert cut is not None
    _, really = take_from(canvas, whole, cut.taken)
    placed = place(view, body, spot.x_mm, spot.base_mm, 500.0, 800.0)
    canvas.add(placed.layers, placed.x, placed.y)
    verdict = judge(placed, canvas, style, really)
    return verdict.cnr, verdict.inspectable


def test_what_is_like_the_load_cannot_be_seen_and_what_is_lighter_can() -> None:
    same, lighter, denser = (seen_as("water", density) for density in (0.5, 0.05, 1.5))
    assert same[0] < 0.1 * min(lighter[0], denser[0])
    assert lighter[1] and denser[1]


@pytest.mark.parametrize("energies", [(4.0, 6.0), (6.0, 9.0)])
def test_two_energies_show_at_least_what_one_shows(energies: tuple[float, float]) -> None:
    both = seen_as("steel", 2.0, energies=energies)[0]
    assert both >= max(seen_as("steel", 2.0, energies=(e,))[0] for e in energies) - 1e-6


def pixels(built: Built, span: Span, slack: float) -> tuple[float, float, float, float]:
    """The box around a block of space in the picture."""
    view = built.canvas.view
    xs = [view.column(x, z) for x in (span.x0_mm, span.x1_mm) for z in (span.z0_mm, span.z1_mm)]
    ys = [view.row(h, z) for h in (span.h0_mm, span.h1_mm) for z in (span.z0_mm, span.z1_mm)]
    return (min(xs) - slack, min(ys) - slack, max(xs) + slack, max(ys) + slack)


@pytest.mark.parametrize("where", ["reefer_unit", "in_floor", "in_roof"])
def test_hidden_objects_show_within_their_cavity(where: str) -> None:
    span = cavities(CONTAINERS["22R1"])[CAVITY[where]]
    for seed in range(3):
        built = build(scene(wish(where, "currency"), code="22R1"), small(), np.random.default_rng(seed))
        assert [t.place for t in built.objects] == [where]
        x0, y0, x1, y1 = built.objects[0].placed.box
        a, b, c, d = pixels(built, span, 2.0)
        assert a <= x0 and x1 <= c and b <= y0 and y1 <= d


@pytest.mark.parametrize("code", ["22G1", "42G1", "22P1"])
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_hidden_in_a_floor_lies_between_its_cross_members(code: str, turned: bool) -> None:
    kind = CONTAINERS[code].turn() if turned else CONTAINERS[code]
    found = set()
    for seed in range(6):
        plan = scene(wish("in_floor", "currency", x_share=seed / 6), code=code)
        plan = replace(plan, containers=(replace(plan.containers[0], kind=kind, x0_mm=0.0),))
        built = build(plan, small(), np.random.default_rng(seed))
        assert len(built.canvas.members) >= 9
        for thing in built.objects:
            assert thing.place == "in_floor"
            ends = (thing.x_mm, thing.x_mm + thing.sprite.shape[1] * thing.sprite.pitch_mm)
            assert all(b <= ends[0] + 1e-6 or a >= ends[1] - 1e-6 for a, b in built.canvas.members)
            found.add(round(thing.x_mm))
    assert len(found) >= 3


def test_a_floor_without_a_gap_has_no_place() -> None:
    container = scene().containers[0]
    members = [(float(x), x + 100.0) for x in range(0, 6100, 150)]
    assert find_spot(wish("in_floor"), container, (60.0, 50.0, 50.0), [], [], [], members) is None
    spot = find_spot(wish("in_floor"), container, (40.0, 50.0, 50.0), [], [], [], members)
    assert spot is not None and spot.x_mm % 150.0 >= 100.0 and (spot.x_mm + 40.0 - 1e-6) % 150.0 >= 100.0


def test_a_false_wall_is_drawn_before_the_load() -> None:
    wall = 600.0
    plans = [scene(wish("false_wall", "currency"), blocks=(), wall=w) for w in (wall, 0.0)]
    walled, bare = (build(p, small(), np.random.default_rng(2)) for p in plans)
    view = walled.canvas.view
    at = int(view.column(CONTAINERS["22G1"].front_mm + wall + 8.0, 1200.0))
    row = int(view.row(1400.0, 1200.0))
    total = [sum(float(a[row, at]) for a in b.canvas.layers.values()) for b in (walled, bare)]
    assert total[0] > total[1] + 5.0
    assert walled.objects[0].place == "false_wall"
    assert walled.objects[0].placed.box[2] <= at + 2


def test_a_bag_stands_by_the_doors() -> None:
    kind = CONTAINERS["22G1"]
    built = build(scene(wish("doors", "firearm", bag=True, x_share=0.9)), small(), np.random.default_rng(1))
    found = built.objects[0]
    assert found.place == "doors" and "textile" in found.sprite.layers
    assert found.x_mm > kind.length_mm - kind.rear_mm - 450.0 - BAG[0]


def test_loads_stand_behind_a_false_wall() -> None:
    """Drawn plans: no block reaches into the room that a wall cuts off."""
    seen = 0
    for seed in range(400):
        plan = draw_plan(np.random.default_rng(seed), Wishes(object_share=1.0, empty_share=0.0, deviation_share=0.0))
        for container in plan.containers:
            if container.false_wall_mm:
                seen += 1
                assert any(o.place == "false_wall" and o.hidden for o in container.objects)
                wall = container.kind.front_mm + container.false_wall_mm
                assert all(b.x_mm > wall for b in container.blocks)
    assert seen > 10


def test_every_object_has_places_and_secret_ones_are_never_declared() -> None:
    assert set(OBJECTS) == set(OBJECT_WEIGHTS) == set(WEIGHTS)
    assert {p for table in WEIGHTS.values() for p in table} == set(PLACES)
    assert STRUCTURE < SECRET < set(PLACES)
    reefer, dry = CONTAINERS["22R1"], CONTAINERS["22G1"]
    assert "reefer_unit" in open_places("firearm", reefer, loaded=True)
    assert "reefer_unit" not in open_places("firearm", dry, loaded=True)
    assert not {"load", "top"} & set(open_places("firearm", dry, loaded=False))
    for seed in range(200):
        plan = draw_plan(np.random.default_rng(seed), Wishes(object_share=1.0, instances="test"))
        objects = [o for c in plan.containers for o in c.objects]
        assert all(o.hidden for o in objects if o.place in SECRET)
        assert all(o.part == "test" for o in objects)


def test_the_truth_names_variety_instance_and_pose() -> None:
    plan = scene(wish("floor", "firearm", x_share=0.5))
    scan = simulate_scan(8, 1, small(), plan=plan, wishes=Wishes(deviation_share=0.0))
    found = scan.truth.objects[0]
    assert found.variety and found.instance.startswith("firearm-")
    assert found.pose is None or len(found.pose) == 3
    assert scan.truth == simulate_scan(8, 1, small(), plan=plan, wishes=Wishes(deviation_share=0.0)).truth
