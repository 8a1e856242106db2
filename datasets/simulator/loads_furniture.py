"""Pieces of a removal, seen from the side: furniture, appliances, bedding, and boxes of belongings."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from scantally.datasets.simulator.loads_boxes import BOARD, BOARD_MM, Fill, electronics, light, paper, textiles
from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, noise
from scantally.datasets.simulator.shapes_solids import Solid, block, cylinder, draw_solids, rotation, tube

# g/cm3: CRC Handbook (steel, aluminium, glass); particle board 0.65 (EN 312); polyurethane foam 0.025 to 0.045 (ISO 845);
# plastics 1.05; concrete counterweights 2.3. Sizes in mm: EN 1116 kitchen appliances (600 x 600 x 850), ISO 7174 chairs, EN 747 beds.
STEEL, ALUMINIUM, GLASS, BOARDS, FOAM, PLASTIC = 7.85, 2.70, 2.50, 0.65, 0.035, 1.05
Size = tuple[float, float, float]
Maker = Callable[[np.random.Generator, Size, float], Canvas]


def _solid(size: Size, pitch: float, solids: list[Solid]) -> Canvas:
    stamp = Canvas.of(size[0], size[1], pitch)
    draw_solids(stamp, solids, fine=1)
    return stamp


def _cabinet(size: Size, material: str, density: float, sheet: float) -> list[Solid]:
    """A closed box of sheet all around."""
    w, h, d = size
    inner = block(material, -density, (sheet, sheet, sheet), (w - sheet, h - sheet, d - sheet))
    return [block(material, density, (0, 0, 0), (w, h, d)), inner]


def fridge(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Steel sheet, foam, a floor between its two doors, shelves of glass, a compressor low at the back."""
    w, h, d = size
    wall = min(45.0, w / 4)
    shelves = [block("glass", GLASS, (wall, y, 60), (w - wall, y + 4, d - 60)) for y in np.linspace(0.3, 0.9, 4) * h]
    parts = [
        *_cabinet(size, "steel", STEEL, 0.7),
        *_cabinet((w, h, d), "polyethylene", FOAM, wall),
        block("polyethylene", 2 * FOAM, (wall, 0.62 * h, wall), (w - wall, 0.62 * h + 50.0, d - wall)),
        block("steel", STEEL * 0.08, (wall, 0.03 * h, d * 0.6), (w - wall, 0.14 * h, d - 30)),
        cylinder("steel", STEEL * 0.55, (w * 0.5, 30, d * 0.75), min(190.0, h * 0.25), 80, "y"),
        *shelves,
    ]
    return _solid(size, pitch, parts)


def washer(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A drum whose axis is the beam or lies along, a motor and a concrete counterweight."""
    w, h, d = size
    r, axis = min(w, h) * 0.38, "z" if rng.random() < 0.6 else "x"
    start = (w / 2, h * 0.52, d * 0.2) if axis == "z" else (w * 0.2, h * 0.52, d / 2)
    parts = [
        *_cabinet(size, "steel", STEEL, 0.8),
        *tube("steel", STEEL, start, min(w, d) * 0.55, r, r - 1.2, axis),
        *tube("polyethylene", PLASTIC, start, min(w, d) * 0.6, r + 30, r + 26, axis),
        block("concrete", 2.3, (w * 0.2, h * 0.84, d * 0.2), (w * 0.8, h * 0.93, d * 0.7)),
        cylinder("steel", STEEL * 0.7, (w * 0.45, h * 0.1, d * 0.5), w * 0.3, min(70.0, h * 0.1), "x"),
    ]
    return _solid(size, pitch, parts)


def wardrobe(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Particle board with partitions, shelves and a rod for clothes, which are often still inside."""
    w, h, d = size
    parts = _cabinet(size, "cellulose", BOARDS, 18.0)
    split = w * float(rng.uniform(0.4, 0.62))
    parts.append(block("cellulose", BOARDS, (split, 18, 18), (split + 18, h - 18, d - 18)))
    shelves = np.linspace(0.0, h, int(rng.integers(4, 7)))[1:-1]
    parts += [block("cellulose", BOARDS, (split + 18, y, 18), (w - 18, y + 18, d - 18)) for y in shelves]
    parts.append(cylinder("steel", STEEL * 0.3, (18, h * 0.92, d / 2), split - 18, 12.5, "x"))
    if rng.random() < 0.6:
        parts.append(block("textile", float(rng.uniform(0.04, 0.1)), (40, h * 0.35, 60), (split - 20, h * 0.9, d - 60)))
    return _solid(size, pitch, parts)


def chest(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A chest of drawers with what is in them."""
    w, h, d = size
    parts = _cabinet(size, "cellulose", BOARDS, 18.0)
    edges = np.linspace(60.0, h - 18.0, int(rng.integers(4, 6)))
    for low, high in pairwise(edges):
        parts.append(block("cellulose", BOARDS, (24, low, 30), (w - 24, low + 10, d - 30)))
        parts += [block("cellulose", BOARDS, (x, low, 30), (x + 14, high - 60, d - 30)) for x in (24.0, w - 38.0)]
        full = float(rng.uniform(0.0, 0.8)) * (high - low - 40)
        parts.append(block("textile", 0.12, (40, low + 10, 40), (w - 40, low + 10 + full, d - 40)))
    return _solid(size, pitch, parts)


def mattress(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """On its edge, its face to the beam: foam in cloth, often with a field of steel springs in a frame of wire."""
    stamp = _solid(size, pitch, [block("polyethylene", FOAM, (0, 0, 0), size), *_cabinet(size, "textile", 0.2, 8.0)])
    if rng.random() < 0.7:
        where = stamp.window(30, stamp.width - 30, 30, stamp.height - 30)
        u, v = ((a / np.float32(SPRING_MM)) % 1.0 - 0.5 for a in (where.x_1W, where.y_H1))
        rings = np.exp(-np.square((np.sqrt(u * u + v * v) - 0.33) / 0.11))
        stamp.add(
            "steel", where, (rings * np.float32(SPRINGS_G_CM2 / max(float(rings.mean()), 1e-3))).astype(np.float32)
        )
        for span in (
            (24.0, stamp.width - 24, 24.0, 30.0),
            (24.0, stamp.width - 24, stamp.height - 30, stamp.height - 24),
        ):
            stamp.box("steel", span, STEEL * 4.0 / MM_PER_CM)
    return stamp


SPRING_MM = 75.0
"""Distance of the springs of a bonnell core (assumed)."""

SPRINGS_G_CM2 = 0.6
"""Some 180 springs of 2.2 mm wire and 35 g on a square metre (assumed)."""


def sofa(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Seen from the front: a timber frame, a seat with springs between two arms, and a back."""
    w, h, d = size
    arm = min(190.0, w * 0.2)
    parts = [
        block("polyethylene", FOAM * 1.4, (arm, h * 0.3, 0), (w - arm, h * 0.55, d)),
        block("polyethylene", FOAM * 1.4, (arm, h * 0.45, d * 0.7), (w - arm, h, d)),
        block("cellulose", PINE, (arm, h - 40.0, d - 60), (w - arm, h, d - 10)),
        block("cellulose", PINE, (0, h * 0.12, 0), (w, h * 0.2, 45)),
        block("cellulose", PINE, (0, h * 0.12, d - 45), (w, h * 0.2, d)),
    ]
    for x in (0.0, w - arm):
        parts += _moved(_cabinet((arm, h * 0.66, d), "cellulose", PINE, 16.0), (x, 0.0, 0.0))
        parts.append(block("polyethylene", FOAM, (x, h * 0.06, 0), (x + arm, h * 0.7, d)))
    stamp = _solid(size, pitch, parts)
    where = stamp.window(arm + 20, stamp.width - arm - 20, h * 0.22, h * 0.42)
    wave = np.abs((where.x_1W / 110.0) % 1.0 - 0.5) * 2.0 - (where.y_H1 - h * 0.22) / (h * 0.2)
    stamp.add("steel", where, (1.4 * np.exp(-np.square(wave / 0.16))).astype(np.float32))  # springs on the frame
    return stamp


def _moved(solids: list[Solid], shift: Size) -> list[Solid]:
    return [s.moved(rotation(0, 0, 0), shift) for s in solids]


def on_end(piece: Canvas) -> Canvas:
    """A piece turned by a quarter, its left side down."""
    turned = Canvas(width_px=piece.height_px, height_px=piece.width_px, pitch=piece.pitch)
    for material, areal in piece.layers.items():
        turned.layer(material)[:] = np.ascontiguousarray(areal.T)
    return turned


def table(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A top with a rail on four legs."""
    w, h, d = size
    legs = [(x, z) for x in (10.0, w - 70.0) for z in (10.0, d - 70.0)]
    parts = [block("cellulose", BOARDS, (0, h - 28.0, 0), (w, h, d))]
    parts += [block("cellulose", PINE * 1.2, (x, 0, z), (x + 60, h - 28, z + 60)) for x, z in legs]
    parts += [block("cellulose", PINE, (40, h - 110, z), (w - 40, h - 28, z + 20)) for z in (30.0, d - 50.0)]
    return _solid(size, pitch, parts)


def chairs(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Stacked chairs: frames of 20 mm steel tube (wall 1.2 mm) and seats, each shifted a little over the last."""
    stamp = Canvas.of(size[0], size[1], pitch)
    w, h, d = stamp.width, stamp.height, size[2]
    count = max(1, int((h - 0.45 * h) / 90))
    for i in range(min(count, 6)):
        y, x = i * 90.0, i * 12.0
        tall = min(h - y, 0.85 * h)
        parts: list[Solid] = []
        for foot in (0.12, 0.82):
            parts += tube("steel", STEEL * 2, (x + foot * w, y, 0), tall * (0.95 if foot > 0.5 else 0.5), 10, 8.8, "y")
        seat = y + 0.5 * tall
        parts.append(block("cellulose", BOARDS, (x + 0.1 * w, seat, 0), (x + 0.85 * w, seat + 14, d)))
        parts.append(block("cellulose", BOARDS, (x + 0.78 * w, y + 0.75 * tall, 0), (x + 0.82 * w, y + 0.95 * tall, d)))
        draw_solids(stamp, parts, fine=1)
    return stamp


def bicycle(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Two wheels of 622 mm rims (ISO 5775), a frame of tubes, saddle, handlebar and chain wheel."""
    stamp = Canvas.of(size[0], size[1], pitch)
    r = min(stamp.height * 0.33, stamp.width * 0.2, 345.0)
    rear, front = (r, r), (stamp.width - r, r)
    foot = (rear[0] + 0.40 * (front[0] - rear[0]), 0.8 * r)
    seat, head = (foot[0] - 0.45 * r, 2.35 * r), (front[0] - 0.55 * r, 2.25 * r)
    parts: list[Solid] = []
    for x, y in (rear, front):
        parts += tube("rubber", 1.15, (x, y, 0), 37, r, r - 8, "z")
        parts += tube("aluminium", ALUMINIUM, (x, y, 8), 22, r - 8, r - 22, "z")
        parts.append(cylinder("steel", STEEL * 0.6, (x, y, -30), 100, 18, "z"))
    for a, b in ((rear, foot), (rear, seat), (foot, seat), (foot, head), (seat, head), (front, head)):
        parts += _rod(a, b, 16.0)
    top = (head[0] - 20.0, min(stamp.height - 20.0, head[1] + 0.35 * r))
    parts += [*_rod(head, top, 14.0), *_rod(seat, (seat[0] - 20.0, seat[1] + 0.3 * r), 13.0)]
    parts.append(cylinder("aluminium", ALUMINIUM * 0.3, (*top, -220), 440, 14, "z"))
    parts.append(
        block("polyethylene", 0.5, (seat[0] - 150, seat[1] + 0.3 * r, -60), (seat[0] + 110, seat[1] + 0.42 * r, 60))
    )
    parts += tube("steel", STEEL, (*foot, 0), 4, 85, 60, "z")
    draw_solids(stamp, parts, fine=1)
    return stamp


def _rod(a: tuple[float, float], b: tuple[float, float], radius: float) -> list[Solid]:
    """A steel tube of 1.4 mm wall between two places."""
    run = np.array([b[0] - a[0], b[1] - a[1]])
    turn = rotation(float(np.arctan2(run[1], run[0])), 0, 0)
    parts = tube("steel", STEEL, (0, 0, 0), float(np.hypot(*run)), radius, radius - 1.4)
    return [p.moved(turn, (*a, 0.0)) for p in parts]


def carpet(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A rolled carpet that stands on its end."""
    w, h, _ = size
    return _solid(size, pitch, tube("textile", float(rng.uniform(0.2, 0.3)), (w / 2, 0, w / 2), h, w / 2, 30.0, "y"))


def bundle(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Bedding and clothes in a bag: soft and round."""
    stamp = Canvas.of(size[0], size[1], pitch)
    where = stamp.window(0, stamp.width - 1e-3, 0, stamp.height - 1e-3)
    u, v = (where.x_1W / stamp.width - 0.5) * 2, (where.y_H1 / stamp.height - 0.45) * 1.82
    inside = np.sqrt(np.clip(1 - np.abs(u) ** 3 - np.abs(v) ** 3, 0, 1))
    folds = np.clip(1 + 0.25 * noise(rng, (where.y_H1.size, where.x_1W.size), 50 / pitch), 0.3, 2)
    areal = rng.uniform(0.06, 0.14) * size[2] / MM_PER_CM
    stamp.add("textile", where, (inside * folds * areal).astype(np.float32))
    return stamp


def crockery(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Plates on edge and pots in paper: ceramics at about a tenth of the volume."""
    x = 20.0
    while x < stamp.width - 40:
        if rng.random() < 0.75:
            stamp.box(
                "concrete",
                (x, x + 6, 20, 20 + float(rng.uniform(0.3, 0.75)) * stamp.height),
                2.3 * 220 / MM_PER_CM * 0.6,
            )
            x += float(rng.uniform(14, 22))
        else:
            wide = float(rng.uniform(60, 120))
            stamp.box("concrete", (x, min(x + wide, stamp.width - 10), 20, 20 + wide), 2.3 * 12 / MM_PER_CM)
            x += wide + 10
    stamp.box("cellulose", (8, stamp.width - 8, 10, stamp.height - 20), 0.04 * deep / MM_PER_CM)


HEAVY: tuple[Fill, ...] = (paper, crockery, electronics)
LIGHT: tuple[Fill, ...] = (textiles, textiles, textiles, light, electronics)


def box(rng: np.random.Generator, size: Size, pitch: float, fill: Fill) -> Canvas:
    """A removal carton; its flaps are double, and its content leaves some room."""
    stamp = Canvas.of(size[0], size[1], pitch)
    stamp.box("cellulose", (0, stamp.width, 0, stamp.height), 2 * BOARD * BOARD_MM / MM_PER_CM)
    for edge in ((0.0, BOARD_MM), (stamp.width - BOARD_MM, stamp.width)):
        stamp.box("cellulose", (*edge, 0, stamp.height), BOARD * size[2] / MM_PER_CM)
    for low in (0.0, stamp.height - 2 * BOARD_MM):
        stamp.box("cellulose", (0, stamp.width, low, low + 2 * BOARD_MM), BOARD * size[2] / MM_PER_CM)
    if stamp.width > 120 and stamp.height > 120:
        fill(rng, stamp, size[2] * float(rng.uniform(0.75, 0.98)))
    return stamp
