"""From a plan to areal density: containers, trailer, loads and objects drawn on one canvas."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import container_box, draw_container
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.loads import make_load_slices
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.plan import ROAD_PAYLOAD_KG, BlockPlan, ContainerPlan, ObjectPlan, ScenePlan
from scantally.datasets.simulator.project import Placed, place, place_slices
from scantally.datasets.simulator.shapes import DepthSlice
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.vehicle import draw_trailer
from scantally.detector.types import Box

LOAD_NEAR_MM, LOAD_DEPTH_MM = 90.0, 2250.0
"""Depth from the near wall's outer face to a load, and how deep a load may be."""

SOLID_G_CM2 = 3.0
"""Areal density from which a load carries what lies on it: more than film or an empty crate."""


CUT_SHARE = 0.03
"""Of all scans, so many cut a container off at the picture's edge (4 of the 196 real ones)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A load block or an object as drawn: which container, its sprite, where it fell."""

    container: int
    label: str
    sprite: Sprite
    placed: Placed
    x_mm: float  # of the sprite's left edge
    place: str = "load"
    hidden: bool = False  # a load behind a cover


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A drawn scene. The canvas's layers do not yet hold the slanted beam's longer way."""

    canvas: Canvas
    boxes: tuple[Box, ...]
    loads: tuple[Thing, ...]
    objects: tuple[Thing, ...]


def build(plan: ScenePlan, style: Style, rng: np.random.Generator) -> Built:
    """Draw a scene as a scanner of this style sees it."""
    backdrop_rng, goods_rng = rng.spawn(2)
    view = _view(plan, style, backdrop_rng)
    canvas = Canvas(view)
    for container in plan.containers:
        draw_container(canvas, container.kind, container.x0_mm, backdrop_rng)
        if container.dunnage and not container.kind.tank:
            _dunnage(canvas, container, backdrop_rng)
    _carrier(canvas, plan, backdrop_rng)
    loads: list[Thing] = []
    objects: list[Thing] = []
    for number, container in enumerate(plan.containers):
        mine = _load(canvas, number, container, goods_rng)
        loads += mine
        objects += _objects(canvas, number, container, mine, goods_rng)
    boxes = tuple(container_box(canvas, c.kind, c.x0_mm) for c in plan.containers)
    return Built(canvas=canvas, boxes=boxes, loads=tuple(loads), objects=tuple(objects))


def _view(plan: ScenePlan, style: Style, rng: np.random.Generator) -> View:
    """The picture's frame: some road before the truck and after it."""
    length = plan.length_mm
    before, after = plan.margins_mm or _margins(length, rng)
    x_pitch = style.pitch_mm / style.squeeze
    top = max(c.kind.height_mm for c in plan.containers) + style.drop_mm
    return View(
        width=max(64, int((before + length + after) / x_pitch)),
        height=style.height,
        pitch_mm=style.pitch_mm,
        x_pitch_mm=x_pitch,
        left_mm=-before,
        top_mm=top + float(rng.uniform(90.0, 330.0)),
        distance_mm=style.distance_mm,
        drop_mm=style.drop_mm,
        yaw_tan=style.yaw_tan,
    )


def _margins(length: float, rng: np.random.Generator) -> tuple[float, float]:
    """Road shown before and after the containers, in mm: a single short container often stands amid a long trailer."""
    if rng.random() < CUT_SHARE:  # the scan begins late or ends early
        cut, rest = float(rng.uniform(0.02, 0.3)) * min(length, 6000.0), float(rng.uniform(100.0, 1200.0))
        return (-cut, rest) if rng.random() < 0.6 else (rest, -cut)
    if length < 7000.0 and rng.random() < 0.6:
        return float(rng.uniform(500.0, 5500.0)), float(rng.uniform(1500.0, 6500.0))
    before = rng.uniform(100.0, 1200.0) if rng.random() < 0.75 else rng.uniform(1000.0, 0.35 * length + 1000.0)
    return float(before), float(rng.uniform(0.08, 0.3)) * length + 400.0


def _carrier(canvas: Canvas, plan: ScenePlan, rng: np.random.Generator) -> None:
    spans = [(c.x0_mm, c.x0_mm + c.kind.length_mm) for c in plan.containers]
    short = plan.length_mm < 7000.0 and not plan.terminal
    front = float(rng.uniform(100.0, 900.0)) + (float(rng.uniform(0.0, 3500.0)) if short else 0.0)
    rear = float(rng.uniform(50.0, 900.0)) + (float(rng.uniform(0.0, 3500.0)) if short else 0.0)
    draw_trailer(canvas, -front, plan.length_mm + rear, rng, terminal=plan.terminal, boxes=spans)


def _dunnage(canvas: Canvas, container: ContainerPlan, rng: np.random.Generator) -> None:
    """Planks, pallets and paper that are left on the floor: no load."""
    for _ in range(int(rng.integers(1, 5))):
        wide, high = float(rng.uniform(200.0, 2000.0)), float(rng.uniform(20.0, 160.0))
        kind = container.kind
        x = container.x0_mm + kind.front_mm + float(rng.uniform(0.0, max(kind.inner_length_mm - wide, 1.0)))
        depth, mm = float(rng.uniform(200.0, 2200.0)), float(rng.uniform(10.0, 300.0))
        canvas.bar("cellulose", mm, x, x + wide, kind.floor_mm, kind.floor_mm + high, depth)


def _load(canvas: Canvas, number: int, container: ContainerPlan, rng: np.random.Generator) -> list[Thing]:
    """Build every block; when they weigh too much together, narrower ones."""
    pitch = max(5.0, canvas.view.pitch_mm)
    made = [_made(block, rng, pitch) for block in container.blocks]
    total = sum(sprite.mass_kg for sprite, _ in made)
    blocks = container.blocks
    if total > ROAD_PAYLOAD_KG:
        blocks = tuple(_shrunk(b, ROAD_PAYLOAD_KG / total) for b in blocks)
        made = [_made(block, rng, pitch) for block in blocks]
    things = [_put(canvas, number, container, b, *m) for b, m in zip(blocks, made, strict=True)]
    return [t for t in things if t.placed.layers and t.placed.box[2] > t.placed.box[0]]


def _made(block: BlockPlan, rng: np.random.Generator, pitch: float) -> tuple[Sprite, tuple[DepthSlice, ...]]:
    depth = (block.far - block.near) * LOAD_DEPTH_MM
    return make_load_slices(block.kind, rng, block.width_mm, block.height_mm, depth, pitch)


def _shrunk(block: BlockPlan, share: float) -> BlockPlan:
    """Lower and narrower, never too small to be anything."""
    return replace(
        block,
        width_mm=max(600.0, block.width_mm * share**0.6),
        height_mm=max(350.0, block.height_mm * share**0.4),
    )


def _put(
    canvas: Canvas,
    number: int,
    container: ContainerPlan,
    block: BlockPlan,
    sprite: Sprite,
    slices: tuple[DepthSlice, ...],
) -> Thing:
    base = container.kind.floor_mm
    left = container.x0_mm + block.x_mm
    near, depth = LOAD_NEAR_MM + block.near * LOAD_DEPTH_MM, (block.far - block.near) * LOAD_DEPTH_MM
    placed = place_slices(canvas.view, slices, left, base, near, depth)
    canvas.add(placed.layers, placed.x, placed.y)
    return Thing(container=number, label=block.kind, sprite=sprite, placed=placed, x_mm=left, hidden=block.hidden)


def _objects(
    canvas: Canvas, number: int, container: ContainerPlan, loads: list[Thing], rng: np.random.Generator
) -> list[Thing]:
    found = []
    for planned in container.objects:
        sprite = make_object(planned.kind, rng, max(2.0, canvas.view.pitch_mm / 2.0))
        thing = _put_object(canvas, number, container, planned, sprite, loads)
        if thing is not None:
            found.append(thing)
    return found


def _put_object(
    canvas: Canvas, number: int, container: ContainerPlan, planned: ObjectPlan, sprite: Sprite, loads: list[Thing]
) -> Thing | None:
    rows, columns = sprite.shape
    wide, high = columns * sprite.pitch_mm, rows * sprite.pitch_mm
    room = container.kind.inner_length_mm - wide
    if room < 0:
        return None
    if planned.kind == "vehicle":
        x, z0, z1 = room - planned.x_share * min(room, 150.0), 800.0, 1640.0
    else:
        x, z0, z1 = planned.x_share * room, planned.depth_mm - 40.0, planned.depth_mm + 40.0
    left = container.x0_mm + container.kind.front_mm + x
    base = _base(planned, (left, left + wide), high, container.kind.inner_height_mm, loads)
    placed = place(canvas.view, sprite, left, container.kind.floor_mm + base, z0, z1)
    if placed.box[2] - placed.box[0] < 2 or placed.box[3] - placed.box[1] < 2:
        return None
    canvas.add(placed.layers, placed.x, placed.y)
    return Thing(container=number, label=planned.kind, sprite=sprite, placed=placed, x_mm=left, place=planned.place)


def _base(planned: ObjectPlan, at: tuple[float, float], high: float, room: float, loads: list[Thing]) -> float:
    """Height over the floor of an object that reaches over ``at`` (x, mm): on or in the load there, else on the floor.

    Nothing floats: what lies on top lies on the highest place of the load below it.
    """
    tops = [_top(thing, at) for thing in loads]
    top = max([t for t in tops if t > 0.0], default=0.0)
    if planned.place not in ("load", "top") or top <= 0.0:
        return 0.0
    wanted = top if planned.place == "top" else planned.height_share * max(0.0, top - high)
    return float(min(wanted, max(0.0, room - high)))


def _top(thing: Thing, at: tuple[float, float]) -> float:
    """How high a load reaches over its base between two places, 0 where it is not."""
    sprite = thing.sprite
    first, last = (int((x - thing.x_mm) / sprite.pitch_mm) for x in at)
    part = sprite.total[:, max(0, first) : max(0, last)]
    rows = np.flatnonzero(part.max(axis=1) > SOLID_G_CM2) if part.size else np.zeros(0, np.int64)
    return float((sprite.shape[0] - rows[0]) * sprite.pitch_mm) if rows.size else 0.0
