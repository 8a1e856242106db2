"""Drawing what stands where: containers, blocks of load, objects and where they hide, as somebody wishes."""

from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.container import CONTAINERS, OUTER_WIDTH_MM, ContainerType, carried
from scantally.datasets.simulator.hiding_places import BAGGED, SECRET, UNDECLARED_SHARE, open_places
from scantally.datasets.simulator.loads import COUNTED, COVERING, has_room
from scantally.datasets.simulator.plan import (
    CONTAINER_WEIGHTS,
    LOAD_WEIGHTS,
    OBJECT_WEIGHTS,
    BlockPlan,
    ContainerPlan,
    ObjectPlan,
    ScenePlan,
    Wishes,
)

COVER_SHARE = 0.12
"""Of the scenes that may deviate, so many have a load behind a cover."""

STUFFED_SHARE = 0.65
"""Of the loaded containers, so many are stowed as high as the goods allow: with it, loads reach as high as in the real scans
(docs/results.md, the test of realism)."""

_LOADED = {"empty_share": 0.0, "object_share": 0.0}
SCENES: dict[str, dict[str, float]] = {
    "undeclared_object": {"object_share": 1.0, "tank_share": 0.0},
    "hidden_load": _LOADED | {"tank_share": 0.0},
    "false_full": {"empty_share": 1.0, "object_share": 0.0, "tank_share": 0.0},
    "false_empty": _LOADED,
    "wrong_goods": _LOADED,
    "wrong_mass": _LOADED,
    "wrong_count": _LOADED | {"tank_share": 0.0},
    "wrong_container_number": {"object_share": 0.0},
}
"""What a scene must be like so that its papers can be wrong in a given way, and in no other."""


def draw_plan(rng: np.random.Generator, wishes: Wishes) -> ScenePlan:
    """Draw a scene."""
    if wishes.deviation is None and rng.random() < COVER_SHARE * wishes.deviation_share:
        wishes = replace(wishes, deviation="hidden_load")
    wishes = fitted(wishes)
    kinds = _container_kinds(rng, wishes)
    gap = float(rng.uniform(20.0, 80.0) if rng.random() < 0.5 else rng.uniform(80.0, 1500.0))
    x0, planned = 0.0, []
    for kind in kinds:
        planned.append(_container(rng, kind, x0, wishes))
        x0 += kind.length_mm + gap
        wishes = _after(wishes, planned[-1])
    return ScenePlan(containers=tuple(planned), terminal=bool(rng.random() < 0.25))


def fitted(wishes: Wishes) -> Wishes:
    """The same wishes, but scenes in which the wished deviation is possible."""
    if wishes.deviation is None:
        return wishes
    counted = tuple(kind for kind in wishes.loads if kind in COUNTED)
    scene = SCENES[wishes.deviation]
    return replace(
        wishes,
        loads=counted if wishes.deviation == "wrong_count" and counted else wishes.loads,
        empty_share=scene.get("empty_share", wishes.empty_share),
        object_share=scene.get("object_share", wishes.object_share),
        tank_share=scene.get("tank_share", wishes.tank_share),
    )


def _after(wishes: Wishes, first: ContainerPlan) -> Wishes:
    """Wishes for the container behind the first: papers are wrong in one way, so one container hides something."""
    if wishes.deviation is None and not first.objects:
        return wishes
    return replace(wishes, deviation=None, object_share=0.0)


def _container_kinds(rng: np.random.Generator, wishes: Wishes) -> list[ContainerType]:
    if rng.random() < wishes.tank_share:
        return [CONTAINERS["22T1"]]
    kinds = [k for k in (CONTAINERS[code] for code in wishes.containers) if _suits(k, wishes)]
    if not kinds:
        raise ValueError(f"none of the wished containers ({', '.join(wishes.containers)}) carries what is wished")
    weights = np.array([CONTAINER_WEIGHTS.get(k.code, 0.02) for k in kinds])
    first = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    if first.family == "reefer" and rng.random() < 0.5:  # terminals set them down either way round
        first = first.turn()
    pair = wishes.pairs and not first.gooseneck and rng.random() < 0.3
    return [first, first] if pair else [first]


def _suits(kind: ContainerType, wishes: Wishes) -> bool:
    """Whether scenes with such a container are possible; where things are hidden, there must be walls."""
    hides = wishes.deviation in ("hidden_load", "undeclared_object")
    return bool(carried(kind, wishes.loads) or not wishes.loads) and (kind.walled or not hides)


def _container(rng: np.random.Generator, kind: ContainerType, x0: float, wishes: Wishes) -> ContainerPlan:
    if kind.tank:
        block = BlockPlan(kind="tank", x_mm=130.0, width_mm=kind.length_mm - 260.0, height_mm=kind.height_mm - 250.0)
        return ContainerPlan(kind=kind, x0_mm=x0, blocks=(block,))
    wishes = replace(wishes, loads=carried(kind, wishes.loads), object_share=wishes.object_share * kind.walled)
    empty = rng.random() < wishes.empty_share
    blocks = () if empty else (_covered if wishes.deviation == "hidden_load" else _blocks)(rng, kind, wishes)
    objects = _objects(rng, wishes, kind, blocks) if rng.random() < wishes.object_share else ()
    if any(o.kind == "vehicle" for o in objects):
        blocks = _beside_vehicle(blocks, kind)
    wall = float(rng.uniform(150.0, 800.0)) if any(o.place == "false_wall" for o in objects) else 0.0
    return ContainerPlan(
        kind=kind,
        x0_mm=x0,
        blocks=_behind_wall(blocks, kind, wall),
        objects=objects,
        dunnage=bool(rng.random() < 0.3),
        false_wall_mm=wall,
        false_wall="steel" if wall and rng.random() < 0.4 else "plywood",
    )


def _blocks(rng: np.random.Generator, kind: ContainerType, wishes: Wishes) -> tuple[BlockPlan, ...]:
    """One to three blocks from the front on, some with gaps, mostly of one kind."""
    count = int(rng.choice([1, 2, 3], p=[0.72, 0.2, 0.08]))
    stuffed = bool(rng.random() < STUFFED_SHARE)
    free = kind.inner_length_mm * (1.0 if rng.random() < 0.65 or stuffed else float(rng.uniform(0.3, 1.0)))
    shares = rng.dirichlet(np.full(count, 3.0))
    at = kind.front_mm + float(rng.uniform(0.0, kind.inner_length_mm - free)) * float(rng.random() < 0.4)
    first, blocks = _load_kind(rng, wishes), []
    for share in shares:
        wide = float(share) * free
        label = first if rng.random() < 0.6 else _load_kind(rng, wishes)
        gap = float(rng.uniform(20.0, 120.0) if rng.random() < 0.7 else rng.uniform(100.0, 900.0))
        if wide - gap > 700.0:
            high = kind.inner_height_mm * _height_share(rng, stuffed=stuffed)
            block = BlockPlan(kind=label, x_mm=at, width_mm=wide - gap, height_mm=high, full=stuffed)
            blocks.append(_fitting(rng, block, wishes))
        at += wide
    return tuple(blocks)


def _height_share(rng: np.random.Generator, *, stuffed: bool) -> float:
    """How much of the inner height a block may take."""
    if stuffed:
        return float(rng.uniform(0.9, 0.99))
    return float(rng.uniform(0.7, 0.98) if rng.random() < 0.7 else rng.uniform(0.3, 0.75))


def _covered(rng: np.random.Generator, kind: ContainerType, wishes: Wishes) -> tuple[BlockPlan, ...]:
    """A cover load that whoever opens the doors sees, and another load behind it, or beyond it in the depth."""
    walls = tuple(name for name in wishes.loads if name in COVERING)
    cover = _load_kind(rng, replace(wishes, loads=walls or wishes.loads))
    others = tuple(name for name in wishes.loads if name != cover)
    hidden = _load_kind(rng, replace(wishes, loads=others)) if others else cover
    start, free = kind.front_mm + 20.0, kind.inner_length_mm - 40.0
    doors = float(rng.uniform(0.15, 0.4)) * free
    high = kind.inner_height_mm * float(rng.uniform(0.7, 0.95))
    low = high * float(rng.uniform(0.6, 1.0))
    row = BlockPlan(kind=cover, x_mm=start + free - doors, width_mm=doors, height_mm=high, cover=True)
    behind = BlockPlan(kind=hidden, x_mm=start, width_mm=free - doors - 60.0, height_mm=low, hidden=True)
    if rng.random() < 0.5:
        found: tuple[BlockPlan, ...] = (behind, row)
        return tuple(_fitting(rng, block, wishes, taken=(cover, hidden)) for block in found)
    near, far = (float(v) for v in rng.uniform((0.0, 0.6), (0.3, 0.75)))  # a channel along the container's length
    wall = [(0.0, near)] if near > 0.15 else []
    beside = replace(behind, kind=cover, height_mm=high, hidden=False, cover=True)
    sides = tuple(replace(beside, near=a, far=b) for a, b in [*wall, (far, 1.0)])
    found = (*sides, replace(behind, near=near if wall else 0.0, far=far), row)
    return tuple(_fitting(rng, block, wishes, taken=(cover, hidden)) for block in found)


def _fitting(rng: np.random.Generator, block: BlockPlan, wishes: Wishes, taken: tuple[str, ...] = ()) -> BlockPlan:
    """The block, or one of a kind that is not taken where nothing of its own would stand in so little room."""
    room = (block.width_mm, block.height_mm, (block.far - block.near) * LEAST_DEPTH_MM)
    others = tuple(kind for kind in wishes.loads if kind not in taken and has_room(kind, *room))
    if has_room(block.kind, *room) or not others:
        return block
    return replace(block, kind=_load_kind(rng, replace(wishes, loads=others)))


LEAST_DEPTH_MM = 2200.0
"""How deep the room for loads is in the narrowest container, about."""


def _load_kind(rng: np.random.Generator, wishes: Wishes) -> str:
    weights = np.array([LOAD_WEIGHTS[kind] for kind in wishes.loads])
    return str(rng.choice(wishes.loads, p=weights / weights.sum()))


def _objects(
    rng: np.random.Generator, wishes: Wishes, kind: ContainerType, blocks: tuple[BlockPlan, ...]
) -> tuple[ObjectPlan, ...]:
    weights = np.array([OBJECT_WEIGHTS[name] for name in wishes.objects])
    count = 1 if rng.random() < 0.65 else int(rng.integers(2, 4))
    names = [str(rng.choice(wishes.objects, p=weights / weights.sum())) for _ in range(count)]
    if "vehicle" in names:
        names = ["vehicle", *[name for name in names if name != "vehicle"]]
    places = [open_places(name, kind, loaded=bool(blocks)) for name in names]
    return tuple(_object(rng, name, where, wishes) for name, where in zip(names, places, strict=True) if where)


def _object(rng: np.random.Generator, kind: str, places: dict[str, float], wishes: Wishes) -> ObjectPlan:
    weights = np.array(list(places.values()))
    place = str(rng.choice(list(places), p=weights / weights.sum()))
    return ObjectPlan(
        kind=kind,
        place=place,
        x_share=float(rng.random()),
        height_share=float(rng.random()),
        depth_mm=float(rng.uniform(0.0, OUTER_WIDTH_MM)),
        bag=place == "doors" and kind in BAGGED,
        hidden=bool(rng.random() < UNDECLARED_SHARE.get(kind, 0.0)) or place in SECRET,
        part=wishes.instances,
    )


def _behind_wall(blocks: tuple[BlockPlan, ...], kind: ContainerType, wall: float) -> tuple[BlockPlan, ...]:
    """Load stands behind a false wall: blocks that begin before it are cut, and left out where too little is left."""
    if wall <= 0.0:
        return blocks
    start = kind.front_mm + wall + 70.0
    cut = [replace(b, x_mm=max(b.x_mm, start), width_mm=b.width_mm - max(start - b.x_mm, 0.0)) for b in blocks]
    return tuple(b for b in cut if b.width_mm > 600.0)


def _beside_vehicle(blocks: tuple[BlockPlan, ...], kind: ContainerType) -> tuple[BlockPlan, ...]:
    """A vehicle needs some five metres: it takes the rear, and load that reaches there is left out."""
    room = kind.length_mm - kind.rear_mm - 5000.0
    return tuple(b for b in blocks if b.x_mm + b.width_mm < room)
