"""Dense shields: lead or steel that hides something inside or behind it.

Lead sheet is 1.75 to 3.55 mm thick (EN 12588:2006, blue to orange, formerly codes 4 to 8). Lead bricks are 50 x 100 x 200 mm (usual in laboratories;
ISO 7212 has units for walls of 50 and 100 mm). Boxes and plates have walls of 5 to 60 mm, as
workshops make them (assumed).
"""

from itertools import pairwise

import numpy as np

from scantally.datasets.simulator.objects_common import SPACE, NoRoomError, Order, finished, posed, reach, square_poses
from scantally.datasets.simulator.objects_firearms import FAMILIES
from scantally.datasets.simulator.shapes_solids import Solid, Vector, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite

LEAD, STEEL = 11.35, 7.85  # g/cm3, PNNL-15870
HEAVIEST_KG = 900.0


def shield(order: Order) -> Sprite:
    """A box, a wrapping, a plate or a wall of bricks, with something small in it or behind it."""
    shape = order.shape
    forms = sorted(FORMS)
    form = forms[int(shape.integers(len(forms)))]
    small = order.close or min(order.room) < 300.0
    solids = FORMS[form](shape, 0.45 if small else 1.0)
    upright = [(0.0, 0.0, 0.0), (0.0, np.pi / 2, 0.0)]
    lean = 0.02 if form in ("box", "sheet") else 0.004
    turned = [(a + float(order.rng.normal(0, lean)), b + float(order.rng.normal(0, 0.1)), 0.0) for a, b, _ in upright]
    poses = [turned[int(k)] for k in order.rng.permutation(2)] + (square_poses(order.rng, 0.02) if small else [])
    pose = next((p for p in poses if order.holds(reach(solids, rotation(*p)))), None)
    if pose is None:
        raise NoRoomError(f"no shield fits {order.room}")
    canvas = posed(solids, rotation(*pose), order.pitch, by_depth=True)
    canvas.mark("shield", (0, canvas.width, 0, canvas.height))
    deep = reach(solids, rotation(*pose))[2]
    return finished(order, canvas, "shield", variety=form, count=1, depth_mm=deep, pose=pose)


def _metal(rng: np.random.Generator) -> tuple[str, float]:
    return ("lead", LEAD) if rng.random() < 0.6 else ("steel", STEEL)


def hollow(size: Vector, wall: float, metal: tuple[str, float]) -> list[Solid]:
    """A closed box from the origin on."""
    w, h, d = size
    inside = block(metal[0], -metal[1], (wall, wall, wall), (w - wall, h - wall, d - wall))
    return [block(*metal, (0, 0, 0), size), inside, block(SPACE, 1.0, (0, 0, 0), size)]


def _content(rng: np.random.Generator, room: Vector, at: Vector) -> list[Solid]:
    """What is hidden: blocks of powder, notes, a pistol's worth of steel, or nothing; on the floor of its room."""
    kind = int(rng.integers(4))
    high = room[1] * float(rng.uniform(0.25, 0.8))
    end = (
        at[0] + room[0] * float(rng.uniform(0.5, 0.95)),
        at[1] + high,
        at[2] + room[2] * float(rng.uniform(0.5, 0.95)),
    )
    if kind == 0:
        return [block("cocaine", 1.1, at, end)]
    if kind == 1:
        return [block("cellulose", 0.85, at, end)]
    if kind == 2:
        return _pistols(rng, room, at)
    return []


def _pistols(rng: np.random.Generator, room: Vector, at: Vector) -> list[Solid]:
    """Pistols lying in the room, as many of one make as go beside each other; none in a room that is too small."""
    gun = FAMILIES[0].build(rng)
    flat = [s.moved(rotation(0, 0, 0), (0.0, 0.0, 0.0)) for s in gun]
    low = np.min([s.corners.min(axis=0) for s in flat], axis=0)
    high = np.max([s.corners.max(axis=0) for s in flat], axis=0)
    if any(float(h - a) > r for h, a, r in zip(high, low, room, strict=True)):
        return []
    return [s.moved(np.eye(3), (at[0] - float(low[0]), at[1] - float(low[1]), at[2] - float(low[2]))) for s in flat]


def lead_or_steel_box(rng: np.random.Generator, scale: float) -> list[Solid]:
    """A box of 150 to 600 mm with walls of 5 to 40 mm and a lid with a rim, not heavier than HEAVIEST_KG."""
    metal = _metal(rng)
    size = (
        float(rng.uniform(220, 600)) * scale,
        float(rng.uniform(160, 450)) * scale,
        float(rng.uniform(160, 420)) * scale,
    )
    wall = min(float(rng.uniform(5, 40)), 0.2 * min(size))
    face = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    wall = min(wall, HEAVIEST_KG * 1e6 / (face * metal[1]))
    rim = block(
        *metal, (-wall * 0.5, size[1] - wall * 1.6, -wall * 0.5), (size[0] + wall * 0.5, size[1], size[2] + wall * 0.5)
    )
    hole = block(metal[0], -metal[1], (0, size[1] - wall * 1.6, 0), (size[0], size[1], size[2]))
    room = (size[0] - 2 * wall, size[1] - 2 * wall, size[2] - 2 * wall)
    return [*hollow(size, wall, metal), rim, hole, *_content(rng, room, (wall, wall, wall))]


def sheet_wrap(rng: np.random.Generator, scale: float) -> list[Solid]:
    """A parcel in one to four turns of lead sheet, with the overlap of its ends."""
    sheet = float(rng.choice([1.80, 2.24, 2.65, 3.15, 3.55])) * int(rng.integers(1, 5))  # EN 12588 codes 4 to 8
    size = (
        float(rng.uniform(200, 520)) * scale,
        float(rng.uniform(100, 280)) * scale,
        float(rng.uniform(120, 320)) * scale,
    )
    lap = block("lead", LEAD, (size[0] * 0.35, size[1], 2), (size[0] * 0.6, size[1] + sheet, size[2] - 2))
    room = (size[0] - 2 * sheet, size[1] - 2 * sheet, size[2] - 2 * sheet)
    return [*hollow(size, sheet, ("lead", LEAD)), lap, *_content(rng, room, (sheet, sheet, sheet))]


def plate(rng: np.random.Generator, scale: float) -> list[Solid]:
    """A plate of 250 to 1,000 mm and 15 to 60 mm that stands on edge before what it hides, with feet that hold it."""
    metal = _metal(rng)
    wide, high = float(rng.uniform(350, 1000)) * scale, float(rng.uniform(250, 700)) * scale
    thick = min(float(rng.uniform(15, 60)), HEAVIEST_KG * 1e6 / (wide * high * metal[1]))
    feet = [block("steel", STEEL, (x, 0, -70), (x + 8, high * 0.4, 0)) for x in (wide * 0.1, wide * 0.85)]
    hidden = _content(rng, (wide * 0.7, high * 0.8, 250.0), (wide * 0.12, 0.0, thick + 10))
    return [block(*metal, (0, 0, 0), (wide, high, thick)), *feet, *hidden]


def brick_wall(rng: np.random.Generator, scale: float) -> list[Solid]:
    """Lead bricks in bond around a hollow: 50 mm thick, courses of 100 mm."""
    n, courses = max(2, round(float(rng.integers(2, 5)) * scale)), max(1, round(float(rng.integers(2, 5)) * scale))
    wide, deep, joint = n * 200.0, 300.0 * max(scale, 0.7), 0.8
    solids: list[Solid] = []
    for course in range(courses):
        y0, y1 = course * 100.0, course * 100.0 + 100.0 - joint
        shift = 100.0 * (course % 2)
        edges = sorted({0.0, wide, *(float(x) + shift for x in np.arange(0, wide, 200.0))})
        for z in (0.0, deep - 50.0):
            pairs = [(a, b) for a, b in pairwise(edges) if b - a > 1]
            solids += [block("lead", LEAD, (a, y0, z), (b - joint, y1, z + 50)) for a, b in pairs if b <= wide]
        solids += [block("lead", LEAD, (x, y0, 50), (x + 50, y1, deep - 50)) for x in (0.0, wide - 50)]
    room = (wide - 100, courses * 100.0, deep - 100)
    closed = block(SPACE, 1.0, (0, 0, 0), (wide, courses * 100.0, deep))
    return [*solids, closed, *_content(rng, room, (50, 0, 50))]


def pig(rng: np.random.Generator, scale: float) -> list[Solid]:
    """A lead pot with a lid and a handle, 90 to 260 mm wide."""
    r = float(rng.uniform(60, 130)) * (0.7 if scale < 1 else 1.0)
    high, wall = r * float(rng.uniform(2.0, 3.0)), r * float(rng.uniform(0.35, 0.65))
    hole = cylinder("lead", -LEAD, (r, wall, r), high - 2 * wall, r - wall, "y")
    handle = tube("steel", STEEL, (r * 0.4, high + 22, r), r * 1.2, 7, 4)
    posts = [block("steel", STEEL, (x, high, r - 6), (x + 10, high + 24, r + 6)) for x in (r * 0.4, r * 1.6 - 10)]
    solid = cylinder("lead", LEAD, (r, 0, r), high, r, "y")
    return [solid, hole, cylinder(SPACE, 1.0, (r, 0, r), high, r, "y"), *handle, *posts]


FORMS = {"box": lead_or_steel_box, "sheet": sheet_wrap, "plate": plate, "bricks": brick_wall, "pot": pig}
"""Builders by the shield's form: (rng, scale) to solids standing on y = 0."""
