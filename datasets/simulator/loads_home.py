"""Removal goods: furniture, appliances, mattresses and boxes in rows and on each other, each on what lies below it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.loads_boxes import BOARD, BOARD_MM, FILLS
from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, noise
from scantally.datasets.simulator.shapes_depth import even
from scantally.datasets.simulator.shapes_solids import Solid, block, cylinder, draw_solids, rotation, tube

# g/cm3: CRC Handbook (steel, aluminium, glass); particle board 0.65 (EN 312); polyurethane foam 0.025 to 0.045 (ISO 845);
# plastics 1.05; concrete counterweights 2.3. Sizes in mm: EN 1116 kitchen appliances (600 x 600 x 850), ISO 7174 chairs, EN 747 beds.
STEEL, ALUMINIUM, GLASS, BOARDS, FOAM, PLASTIC = 7.85, 2.70, 2.50, 0.65, 0.035, 1.05
Size = tuple[float, float, float]
Maker = Callable[[np.random.Generator, Size, float], Canvas]


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Something drawn, and over how many rows of the depth it reaches."""

    drawn: Canvas
    rows: int


ROW_MM = 580.0
"""A row of the depth, about as deep as a cupboard or a carton; beds and tables take two."""


def household(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Mixed goods in rows along the depth: large things on the floor, boxes, chairs and bedding wherever the pile is lowest."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    spans = even(max(1, round(frame.depth / ROW_MM)))
    deep = frame.depth / len(spans)
    top = canvas.height * rng.uniform(0.65, 1.0)
    room = (canvas.width, top, deep, float(len(spans)))
    large = [_draw(rng, BASES, room, frame.pitch) for _ in range(LARGE)]
    small = [_draw(rng, UPPER, room, frame.pitch) for _ in range(SMALL)]
    skyline: NDArray[np.float64] = np.zeros((len(spans), canvas.width_px))
    for things, density in ((large, 350.0), (small, 90.0)):
        for _ in range(int(len(spans) * canvas.width / density)):
            _pile(rng, canvas, (things[int(rng.integers(len(things)))]), skyline, spans, top)
    return canvas


LARGE, SMALL = 12, 16  # different things in one container


def _pile(
    rng: np.random.Generator,
    canvas: Canvas,
    thing: Thing,
    skyline: NDArray[np.float64],
    spans: list[Depths],
    top: float,
) -> None:
    """Put a thing on the lowest of a few places, on the highest point below it; nothing where no room is left."""
    drawn = thing.drawn
    room, rows = canvas.width_px - drawn.width_px, len(spans) - thing.rows
    if room < 0:
        return
    places = [(int(rng.integers(rows + 1)), int(rng.integers(room + 1))) for _ in range(8)]
    heights = [float(skyline[r : r + thing.rows, x : x + drawn.width_px].max()) for r, x in places]
    best = int(np.argmin(heights))
    (r, x), base = places[best], heights[best]
    if base + drawn.height > top:
        return
    for depths in spans[r : r + thing.rows]:
        canvas.turn_to(*depths)
        canvas.stamp(drawn, x * canvas.pitch, base, 1.0 / thing.rows)
    skyline[r : r + thing.rows, x : x + drawn.width_px] = base + drawn.height


def _draw(
    rng: np.random.Generator,
    table: tuple[tuple[Maker, Size, Size], ...],
    room: tuple[float, float, float, float],
    pitch: float,
) -> Thing:
    """A thing of a table, no larger than the room: its width, height, a row's depth, and how many rows there are."""
    make, low, high = table[int(rng.integers(len(table)))]
    wide, tall, deep = (float(rng.uniform(a, b)) for a, b in zip(low, high, strict=True))
    rows = min(2 if deep > 1.1 * room[2] else 1, int(room[3]))
    size = (min(wide, room[0]), min(tall, room[1]), min(deep, rows * room[2]))
    return Thing(drawn=make(rng, size, pitch), rows=rows)


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
    """Steel sheet, foam, shelves of glass, a compressor low at the back."""
    w, h, d = size
    shelves = [block("glass", GLASS, (40, y, 60), (w - 40, y + 4, d - 60)) for y in np.linspace(0.3, 0.9, 4) * h]
    parts = [
        *_cabinet(size, "steel", STEEL, 0.7),
        *_cabinet((w, h, d), "polyethylene", FOAM, min(45.0, w / 4)),
        cylinder("steel", STEEL * 0.55, (w * 0.3, 20, d * 0.8), min(180.0, h * 0.3), 75, "y"),
        *shelves,
    ]
    return _solid(size, pitch, parts)


def washer(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A drum whose axis is the beam or lies along, a motor and a concrete counterweight."""
    w, h, d = size
    r, axis = min(w, h) * 0.38, "z" if rng.random() < 0.5 else "x"
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
    """Particle board, with clothes or nothing inside."""
    w, h, d = size
    parts = _cabinet(size, "cellulose", BOARDS, 18.0)
    parts += [block("cellulose", BOARDS, (x, 18, 18), (x + 18, h - 18, d - 18)) for x in (w * 0.33, w * 0.66)]
    if rng.random() < 0.5:
        parts.append(block("textile", rng.uniform(0.05, 0.15), (30, h * 0.2, 30), (w - 30, h * 0.85, d - 30)))
    return _solid(size, pitch, parts)


def mattress(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """On edge: foam in cloth, often with rows of steel springs."""
    stamp = _solid(size, pitch, [block("polyethylene", FOAM, (0, 0, 0), size), *_cabinet(size, "textile", 0.2, 8.0)])
    if rng.random() < 0.6:
        where = stamp.window(15, stamp.width - 15, 15, stamp.height - 15)
        coil = np.abs(np.sin(where.y_H1 * np.float32(np.pi / 65))) * np.ones_like(where.x_1W)
        # About 250 springs/m2 of 35 g each (bonnell cores, 2 mm wire): assumed.
        stamp.add("steel", where, (coil * (0.35 * size[2] / 1000.0)).astype(np.float32))
    return stamp


def sofa(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A timber frame, upholstery with springs; a back and two arms."""
    w, h, d = size
    arm = min(160.0, w * 0.2)
    parts = [
        block("polyethylene", FOAM * 1.4, (0, h * 0.2, 0), (w, h * 0.5, d)),
        block("polyethylene", FOAM * 1.4, (0, h * 0.5, d * 0.7), (w, h, d)),
        *(block("cellulose", PINE, (x, 0, 0), (x + 40, h * 0.6, d)) for x in (0.0, arm, w - arm - 40, w - 40)),
        block("cellulose", PINE, (0, h * 0.15, 0), (w, h * 0.22, 60)),
        block("steel", STEEL * 0.01, (arm, h * 0.25, 40), (w - arm, h * 0.42, d - 40)),
    ]
    return _solid(size, pitch, parts)


def table(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A top on four legs; half of them lie upside down."""
    w, h, d = size
    upside = rng.random() < 0.5
    top = (0.0, 28.0) if upside else (h - 28.0, h)
    legs = [(x, z) for x in (10.0, w - 60.0) for z in (10.0, d - 60.0)]
    parts = [block("cellulose", BOARDS, (0, top[0], 0), (w, top[1], d))]
    parts += [block("cellulose", PINE * 1.2, (x, 0, z), (x + 50, h, z + 50)) for x, z in legs]
    return _solid(size, pitch, parts)


def chairs(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Stacked chairs: frames of 20 mm steel tube (wall 1.2 mm) and seats, each shifted a little over the last."""
    stamp = Canvas.of(size[0], size[1], pitch)
    w, h, d = stamp.width, stamp.height, size[2]
    count = max(1, int((h - 0.45 * h) / 90))
    for i in range(min(count, 6)):
        y, x = i * 90.0, i * 12.0
        tall = min(h - y, 0.85 * h)
        lean = rotation(float(rng.uniform(-0.06, 0.06)), 0, 0)
        parts: list[Solid] = []
        for foot in (0.12, 0.82):
            parts += tube("steel", STEEL * 2, (x + foot * w, y, 0), tall * (0.95 if foot > 0.5 else 0.5), 10, 8.8, "y")
        parts.append(
            block("cellulose", BOARDS, (x + 0.1 * w, y + 0.5 * tall, 0), (x + 0.85 * w, y + 0.5 * tall + 14, d))
        )
        draw_solids(stamp, [p.moved(lean, (0, 0, 0)) for p in parts], fine=1)
    return stamp


def bicycle(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Two wheels of 622 mm rims (ISO 5775) and a frame of tubes."""
    stamp = Canvas.of(size[0], size[1], pitch)
    r = min(stamp.height * 0.33, stamp.width * 0.2, 340.0)
    hubs = (r, stamp.width - r)
    parts: list[Solid] = []
    for x in hubs:
        parts += tube("rubber", 1.15, (x, r, 0), 35, r, r - 6, "z")
        parts += tube("aluminium", ALUMINIUM, (x, r, 0), 22, r - 8, r - 18, "z")
        parts.append(cylinder("steel", STEEL, (x, r, 0), 60, 18, "z"))
    middle, high = sum(hubs) / 2, min(stamp.height - 40, 2.4 * r)
    for a, b in (
        ((hubs[0], r), (middle, high)),
        ((middle, r * 0.9), (hubs[1], r)),
        ((middle, r * 0.9), (middle - 60, high)),
    ):
        run = np.array([b[0] - a[0], b[1] - a[1]])
        turn = rotation(float(np.arctan2(run[1], run[0])), 0, 0)
        parts += [p.moved(turn, (*a, 0.0)) for p in tube("steel", STEEL, (0, 0, 0), float(np.hypot(*run)), 16, 14.6)]
    draw_solids(stamp, parts, fine=1)
    return stamp


def box(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """A carton of mixed belongings."""
    stamp = Canvas.of(size[0], size[1], pitch)
    stamp.box("cellulose", (0, stamp.width, 0, stamp.height), 2 * BOARD * BOARD_MM / MM_PER_CM)
    for edge in ((0.0, BOARD_MM), (stamp.width - BOARD_MM, stamp.width)):
        stamp.box("cellulose", (*edge, 0, stamp.height), BOARD * size[2] / MM_PER_CM)
    stamp.box("cellulose", (0, stamp.width, stamp.height - 8, stamp.height), BOARD * size[2] / MM_PER_CM)
    stamp.box("cellulose", (0, stamp.width, 0, 8), BOARD * size[2] / MM_PER_CM)
    if stamp.width > 120 and stamp.height > 120:
        FILLS[int(rng.integers(len(FILLS)))](rng, stamp, size[2] * 0.95 * float(rng.uniform(0.4, 1.0)))
    return stamp


def bundle(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Bedding, carpets and clothes in a bag: soft and round."""
    stamp = Canvas.of(size[0], size[1], pitch)
    where = stamp.window(0, stamp.width - 1e-3, 0, stamp.height - 1e-3)
    u, v = (where.x_1W / stamp.width - 0.5) * 2, (where.y_H1 / stamp.height - 0.45) * 1.82
    inside = np.sqrt(np.clip(1 - np.abs(u) ** 3 - np.abs(v) ** 3, 0, 1))
    folds = np.clip(1 + 0.25 * noise(rng, (where.y_H1.size, where.x_1W.size), 50 / pitch), 0.3, 2)
    areal = rng.uniform(0.06, 0.2) * size[2] / MM_PER_CM
    stamp.add("textile", where, (inside * folds * areal).astype(np.float32))
    return stamp


def panels(rng: np.random.Generator, size: Size, pitch: float) -> Canvas:
    """Dismantled furniture, doors, pictures and mirrors on edge."""
    stamp = Canvas.of(size[0], size[1], pitch)
    for _ in range(int(rng.integers(2, 6))):
        x0, x1 = sorted(rng.uniform(0, stamp.width, 2))
        wide = (0.0, stamp.width) if rng.random() < 0.5 else (x0, max(x1, x0 + 20))
        glassy = rng.random() < 0.2
        thick = rng.uniform(4, 22)
        areal = thick * (GLASS * 0.3 if glassy else BOARDS) / MM_PER_CM
        stamp.box("glass" if glassy else "cellulose", (*wide, 0, stamp.height * rng.uniform(0.7, 1.0)), areal)
    return stamp


BASES: tuple[tuple[Maker, Size, Size], ...] = (
    (fridge, (550, 850, 550), (800, 1850, 750)),
    (washer, (590, 820, 500), (620, 880, 620)),
    (wardrobe, (500, 700, 380), (1600, 2100, 620)),
    (mattress, (1850, 880, 140), (2050, 1650, 320)),
    (sofa, (800, 700, 700), (2100, 950, 900)),
    (table, (800, 700, 600), (1600, 770, 900)),
    (panels, (600, 900, 200), (2000, 2050, 500)),
    (box, (400, 300, 350), (650, 500, 600)),
    (box, (400, 300, 350), (650, 500, 600)),
    (bicycle, (1600, 950, 500), (1800, 1080, 600)),
)
UPPER: tuple[tuple[Maker, Size, Size], ...] = (
    (box, (300, 200, 300), (650, 480, 600)),
    (box, (300, 200, 300), (650, 480, 600)),
    (box, (300, 200, 300), (650, 480, 600)),
    (bundle, (400, 250, 350), (1000, 500, 700)),
    (chairs, (420, 800, 420), (520, 1250, 520)),
    (table, (450, 350, 400), (1100, 740, 800)),
    (mattress, (1850, 140, 880), (2050, 260, 1650)),
)
