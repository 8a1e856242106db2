"""From a plan to areal density: containers, trailer, loads and objects drawn on one canvas."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import container_box, draw_container
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.hiding import draw_false_floor, draw_false_wall, find_spot, room_for
from scantally.datasets.simulator.hiding_displace import displace, take_from
from scantally.datasets.simulator.hiding_stand import Spot, Stand
from scantally.datasets.simulator.loads import HANGING, hides_up_to, make_load_slices
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.objects_common import NoRoomError
from scantally.datasets.simulator.plan import ROAD_PAYLOAD_KG, BlockPlan, ContainerPlan, ObjectPlan, ScenePlan
from scantally.datasets.simulator.project import Placed, place_object, place_slices
from scantally.datasets.simulator.sprite import DepthSlice, Sprite
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.vehicle import draw_trailer
from scantally.detector.types import Box

LOAD_NEAR_MM, LOAD_DEPTH_MM = 90.0, 2250.0
"""Depth from the near wall's outer face to a load, and how deep a load may be."""


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
    hidden: bool = False  # a load behind a cover, or an object that no papers name
    stand: Stand | None = None  # a load by depth
    taken: tuple[Placed, ...] = ()  # what an object takes from the load that it lies in


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
        draw_false_wall(canvas, container)
        draw_false_floor(canvas, container)
    _carrier(canvas, plan, backdrop_rng)
    loads: list[Thing] = []
    objects: list[Thing] = []
    for number, container in enumerate(plan.containers):
        mine = _load(canvas, number, container, goods_rng)
        objects += _objects(canvas, number, container, mine, goods_rng)  # loads make way for what lies in them
        loads += mine
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
    blocks = tuple(_hung(block, container) for block in container.blocks)
    made = [_made(block, rng, pitch) for block in blocks]
    total = sum(sprite.mass_kg for sprite, _ in made)
    if total > ROAD_PAYLOAD_KG:
        blocks = tuple(_shrunk(b, ROAD_PAYLOAD_KG / total) for b in blocks)
        made = [_made(block, rng, pitch) for block in blocks]
    lowered = _lowered(blocks, made)
    made = [m if b is a else _made(b, rng, pitch) for a, b, m in zip(blocks, lowered, made, strict=True)]
    things = [_put(canvas, number, container, b, *m) for b, m in zip(blocks, made, strict=True)]
    return [t for t in things if t.placed.layers and t.placed.box[2] > t.placed.box[0]]


def _made(block: BlockPlan, rng: np.random.Generator, pitch: float) -> tuple[Sprite, tuple[DepthSlice, ...]]:
    depth = (block.far - block.near) * LOAD_DEPTH_MM
    return make_load_slices(
        block.kind, rng, block.width_mm, block.height_mm, depth, pitch, full=block.cover or block.full
    )


def _lowered(blocks: tuple[BlockPlan, ...], made: list[tuple[Sprite, tuple[DepthSlice, ...]]]) -> tuple[BlockPlan, ...]:
    """Hidden blocks no higher than what their cover hides; the others as they are."""
    covers = [hides_up_to(sprite) for block, (sprite, _) in zip(blocks, made, strict=True) if block.cover]
    high = max(min(covers, default=np.inf), 350.0)
    return tuple(replace(b, height_mm=high) if b.hidden and b.height_mm > high else b for b in blocks)


def _hung(block: BlockPlan, container: ContainerPlan) -> BlockPlan:
    """What hangs from the ceiling reaches up to it."""
    return replace(block, height_mm=container.kind.inner_height_mm) if block.kind in HANGING else block


def _shrunk(block: BlockPlan, share: float) -> BlockPlan:
    """Lower and narrower, never too small to be anything; what hangs, and a cover, is only narrower."""
    tall = block.kind in HANGING or block.cover
    return replace(
        block,
        width_mm=max(600.0, block.width_mm * share ** (1.0 if tall else 0.6)),
        height_mm=block.height_mm if tall else max(350.0, block.height_mm * share**0.4),
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
    stand = Stand(slices=slices, x_mm=left, base_mm=base, near_mm=near, depth_mm=depth)
    return Thing(
        container=number,
        label=block.kind,
        sprite=sprite,
        placed=placed,
        x_mm=left,
        hidden=block.hidden,
        stand=stand if slices else None,
    )


def _objects(
    canvas: Canvas, number: int, container: ContainerPlan, loads: list[Thing], rng: np.random.Generator
) -> list[Thing]:
    """Build and place every object; the loads in the list are replaced by what is left of them."""
    found: list[Thing] = []
    taken: list[Spot] = []
    for planned in container.objects:
        made = _made_to_fit(canvas, container, planned, [t.stand for t in loads if t.stand], taken, rng)
        if made is None:
            continue
        where, sprite, spot = made
        placed = place_object(canvas.view, sprite, spot.x_mm, spot.base_mm, spot.near_mm)
        if placed.box[2] - placed.box[0] < 2 or placed.box[3] - placed.box[1] < 2:
            continue
        gone = _make_way(canvas, loads, sprite, spot) if where in MAKES_WAY else ()
        canvas.add(placed.layers, placed.x, placed.y)
        taken.append(spot)
        found.append(
            Thing(
                container=number,
                label=planned.kind,
                sprite=sprite,
                placed=placed,
                x_mm=spot.x_mm,
                place=where,
                hidden=planned.hidden,
                taken=gone,
            )
        )
    return found


MAKES_WAY = frozenset({"floor", "load", "doors"})
"""Places where a load may stand: it gives way. A cavity, a tyre's inside and the room on top hold none."""


def _made_to_fit(
    canvas: Canvas,
    container: ContainerPlan,
    planned: ObjectPlan,
    stands: list[Stand],
    taken: list[Spot],
    rng: np.random.Generator,
) -> tuple[str, Sprite, Spot] | None:
    """An object that fits where it is planned, else in the load, on it or on the floor: (place, sprite, spot)."""
    pitch = max(2.0, canvas.view.pitch_mm / 2.0)
    radius = min((r for _, _, r in canvas.wheels), default=0.0)
    for where in dict.fromkeys((planned.place, "load", "top", "floor") if planned.kind != "vehicle" else ("floor",)):
        wish = replace(planned, place=where)
        room = room_for(wish, container, stands, radius)
        for _ in range(2):
            try:
                sprite = make_object(
                    planned.kind, rng, pitch, planned.part, room=room, resting=where != "load", bag=planned.bag
                )
            except NoRoomError:
                break
            size = (sprite.shape[1] * sprite.pitch_mm, sprite.shape[0] * sprite.pitch_mm, sprite.depth_mm)
            spot = find_spot(wish, container, size, stands, taken, canvas.wheels, canvas.members)
            if spot is not None:
                return where, sprite, spot
    return None


def _make_way(canvas: Canvas, loads: list[Thing], sprite: Sprite, spot: Spot) -> tuple[Placed, ...]:
    """Take from every load what the object displaces: off the canvas, off the load's layers and off its mass."""
    gone: tuple[Placed, ...] = ()
    for k, load in enumerate(loads):
        cut = displace(canvas.view, load.stand, sprite, spot) if load.stand else None
        if cut is None:
            continue
        left, really = take_from(canvas, load.placed, cut.taken)
        lighter = replace(load.sprite, mass_kg=load.sprite.mass_kg - cut.mass_kg)
        loads[k] = replace(load, placed=left, sprite=lighter, stand=cut.stand)
        gone += really
    return gone
