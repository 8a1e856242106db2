"""Loads of refrigerated containers: frozen cartons in block stow, and meat that hangs from rails."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PALLET_HEIGHT, pallet
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, noise
from scantally.datasets.simulator.shapes_depth import even, rows_of
from scantally.datasets.simulator.shapes_solids import cylinder, draw_solids

Size = tuple[float, float, float]
BOARD = 0.14  # g/cm3, corrugated board as in loads_boxes
# Density inside the carton: meat 1.04 and ice 0.92 g/cm3 less the air between pieces, and butter 0.87 to 0.95 (assumed: frozen blocks hold 5 to
# 45 % of air).
FROZEN = (("water", 0.55, 0.95), ("water", 0.75, 1.00), ("polyethylene", 0.80, 0.93))  # the last stands for fat
# g/cm3: ICRU Report 44 (muscle, cortical bone; PNNL-15870 has 1.04 for muscle); CRC Handbook.
MUSCLE, BONE, STEEL, ALUMINIUM = 1.05, 1.92, 7.85, 2.70
FREE = 100.0  # mm under the load line that let cold air pass: at least 80 to 100 (docs/sources.md)


def frozen_cartons(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Cartons of one size in a tight block with a flat top under the load line; sometimes on pallets."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    material, low, high = FROZEN[int(rng.integers(len(FROZEN)))]
    # Cartons of 10 to 27 kg: 380 to 610 x 250 to 410 x 100 to 210 mm (half and whole of the 600 x 400 module, ISO 3394).
    size = (min(rng.uniform(270, 610), canvas.width), rng.uniform(100, 210), min(rng.uniform(380, 610), frame.depth))
    lift = PALLET_HEIGHT if rng.random() < 0.25 and canvas.height > 900 else 0.0
    density = float(rng.uniform(low, high))
    rows = max(1, int(frame.depth // size[2]))
    stamps = [_frozen(rng, material, density * rng.uniform(0.98, 1.02), size, frame.pitch) for _ in range(5)]
    levels = max(1, int((canvas.height - FREE - lift) // size[1]))
    columns = max(1, int(canvas.width // (size[0] + 2)))
    full = columns if rng.random() < 0.6 else int(rng.integers(max(1, columns // 2), columns + 1))
    for depths in rows_of(rows, frame.depth, size[2], 0.5):
        canvas.turn_to(*depths)
        _carriers(canvas, lift, full * (size[0] + 2), size[2])
        short = int(rng.random() < 0.2)  # the last layer is often not full
        _block(rng, canvas, stamps, size, (columns, full, levels), lift, short)
    return canvas


def _carriers(canvas: Canvas, lift: float, wide: float, deep: float) -> None:
    count = max(1, round(wide / 1200)) if lift else 0
    for i in range(count):
        pallet(canvas, i * wide / count, wide / count * 0.98, deep)


def _block(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: list[Canvas],
    size: Size,
    counts: tuple[int, int, int],
    lift: float,
    short: int,
) -> None:
    columns, full, levels = counts
    step = size[0] + 2
    start = rng.uniform(0, max(canvas.width - columns * step, 0.0))
    for i in range(full):
        for j in range(levels - int(short and i > full * 0.6 and levels > 1)):
            x = start + i * step + rng.normal(0, 2.5)
            canvas.stamp(stamps[int(rng.integers(len(stamps)))], max(x, 0), lift + j * size[1])


def _frozen(rng: np.random.Generator, material: str, density: float, size: Size, pitch: float) -> Canvas:
    """One carton: board, and pieces frozen into a block with small voids at the rims."""
    stamp = Canvas.of(*size[:2], pitch)
    stamp.box("cellulose", (0, stamp.width, 0, stamp.height), 2 * 4.0 * BOARD / MM_PER_CM)
    for y in (0.0, stamp.height - 5.0):
        stamp.box("cellulose", (0, stamp.width, y, y + 5), size[2] * BOARD / MM_PER_CM)
    where = stamp.window(4, stamp.width - 4, 5, stamp.height - 6)
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    filled = np.clip(1 + 0.035 * noise(rng, shape, 40 / pitch), 0.6, 1.1)
    stamp.add(material, where, (filled * ((size[2] - 10) * density / MM_PER_CM)).astype(np.float32))
    return stamp


# Shapes by height from the lowest point (0) to the hock (1): half width and half depth as shares of the largest.
SIDES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "hind": ((0.0, 0.06, 0.2, 0.45, 0.62, 0.78, 0.9, 1.0), (0.45, 0.70, 0.78, 0.86, 1.0, 0.62, 0.26, 0.17)),
    "fore": ((0.0, 0.08, 0.3, 0.55, 0.8, 0.95, 1.0), (0.25, 0.62, 0.95, 1.0, 0.85, 0.7, 0.35)),
    "half": ((0.0, 0.05, 0.16, 0.3, 0.6, 0.75, 0.86, 0.95, 1.0), (0.5, 0.85, 0.95, 1.0, 0.88, 1.0, 0.6, 0.24, 0.15)),
    "lamb": ((0.0, 0.06, 0.15, 0.4, 0.65, 0.8, 0.93, 1.0), (0.3, 0.4, 0.75, 1.0, 0.8, 0.95, 0.4, 0.2)),
}
# Length, width and depth of hanging pieces in mm: beef quarters 60 to 100 kg, pork halves 35 to 50, lambs 14 to 25 (UNECE
# standards for bovine, porcine and ovine carcasses name the cuts; sizes assumed so that masses fit).
PIECES: dict[str, tuple[Size, Size]] = {
    "hind": ((1150, 400, 230), (1450, 520, 300)),
    "fore": ((950, 480, 210), (1200, 620, 280)),
    "half": ((1350, 330, 170), (1650, 420, 210)),
    "lamb": ((950, 240, 160), (1150, 300, 210)),
}


def meat(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Quarters, halves or lambs on hooks from rails along the ceiling; the rails stand on posts at both ends. Each is counted."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    kind = list(PIECES)[int(rng.integers(len(PIECES)))]
    low, high = PIECES[kind]
    size = tuple(float(rng.uniform(a, b)) for a, b in zip(low, high, strict=True))
    hook, rail = rng.uniform(120, 220), 60.0
    long = min(size[0], canvas.height - hook - rail - 60)
    if long < 450:
        return canvas
    shrink = (long / size[0]) ** 0.5
    shape = (long, size[1] * shrink, size[2] * shrink)
    rails = max(1, min(int(frame.depth // (shape[2] * 1.15)), 5))
    stamps = [_carcass(rng, kind, shape, frame.pitch) for _ in range(7)]
    tiers = 2 if kind == "lamb" and canvas.height > 2 * (long + hook) + rail else 1
    for near, far in even(rails):
        middle = (near + far) / 2
        rod, meat_at = (_about(middle, mm / frame.depth) for mm in (RAIL_WIDE, shape[2]))
        canvas.turn_to(*rod)
        _rail(canvas, rail)
        for tier in range(tiers):
            top = canvas.height - rail - hook - tier * (long + hook * 0.6)
            _hung(rng, canvas, stamps, (top, canvas.height - rail / 2), shape, (rod, meat_at))
    return canvas


RAIL_WIDE = 60.0  # flange of a T rail, and depth of the end posts, mm (assumed)


def _about(middle: float, deep: float) -> Depths:
    """A slice of a depth about a middle, within the room."""
    return round(max(middle - deep / 2, 0.0), 5), round(min(middle + deep / 2, 1.0), 5)


def _rail(canvas: Canvas, rail: float) -> None:
    """An aluminium T rail under the ceiling, its flange below, and the end posts of hollow section that bear it."""
    top = canvas.height
    canvas.box("aluminium", (0, canvas.width, top - rail, top), ALUMINIUM * 8 / MM_PER_CM)
    canvas.box("aluminium", (0, canvas.width, top - rail, top - rail + 8), ALUMINIUM * (RAIL_WIDE - 8) / MM_PER_CM)
    for x in (0.0, canvas.width - 50):
        canvas.box("aluminium", (x, x + 50, 0, top - rail), ALUMINIUM * RAIL_WIDE * 0.25 / MM_PER_CM)


def _hung(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: list[Canvas],
    place: tuple[float, float],
    size: Size,
    at: tuple[Depths, Depths],
) -> None:
    """Pieces pushed against each other along one rail, each on a hook or chain up to the rail at ``place[1]``.

    ``at`` are the depths of the rail with its hooks and of the meat.
    """
    (top, high), (_, wide, _) = place, size
    x, end = 60.0, canvas.width * (1.0 if rng.random() < 0.7 else float(rng.uniform(0.5, 1.0))) - 60.0
    while x + wide * 0.9 < end:
        canvas.turn_to(*at[1])
        stamp = stamps[int(rng.integers(len(stamps)))]
        y = max(top - stamp.height + float(rng.normal(0, 12)), 20.0)
        canvas.stamp(stamp, x, y)
        canvas.mark("carcass", (x, x + stamp.width, y, y + stamp.height))
        canvas.turn_to(*at[0])
        _hook(canvas, x + stamp.width / 2, y + stamp.height, high)
        x += wide * float(rng.uniform(0.72, 1.05))


def _hook(canvas: Canvas, x: float, foot: float, high: float) -> None:
    """A hook of 12 mm rod that reaches into the meat, and the roller or shackle that bears it on the rail."""
    canvas.box("steel", (x - 6, x + 6, foot - 70, high), STEEL * 12 / MM_PER_CM)
    canvas.box("steel", (x - 22, x + 22, high - 45, high), STEEL * 15 / MM_PER_CM)


def _carcass(rng: np.random.Generator, kind: str, size: Size, pitch: float) -> Canvas:
    """A piece seen from a random side: rounded muscle about a line of bones."""
    long, wide, deep = size[0] * rng.uniform(0.9, 1.0), size[1], size[2]
    turned = rng.uniform(0, 1)  # how far it shows its narrow side
    across, along = wide + (deep - wide) * turned * 0.7, deep + (wide - deep) * turned * 0.4
    stamp = Canvas.around(across * 1.06, long, pitch)
    where = stamp.window(0, stamp.width - 1e-3, 0, stamp.height - 1e-3)
    heights, shares = SIDES[kind]
    profile = np.interp(where.y_H1 / long, heights, shares) * (1 + 0.03 * noise(rng, (where.y_H1.size, 1), 90 / pitch))
    bend = np.sin(where.y_H1 / long * np.pi * rng.uniform(0.6, 1.4)) * across * rng.uniform(-0.06, 0.06)
    off = (where.x_1W - stamp.width / 2 - bend) / np.maximum(across / 2 * profile, 1.0)
    inside = np.sqrt(np.clip(1 - np.square(off), 0, 1)) * (where.y_H1 < long)
    path = inside * along * profile * (1 + 0.05 * noise(rng, (where.y_H1.size, where.x_1W.size), 60 / pitch))
    stamp.add("water", where, (np.maximum(path, 0) * (MUSCLE / MM_PER_CM)).astype(np.float32))
    _bones(rng, stamp, long, kind)
    return stamp


def _bones(rng: np.random.Generator, stamp: Canvas, long: float, kind: str) -> None:
    """Leg bones as rods, drawn as concrete, which attenuates about like bone; they take the muscle's place."""
    middle, thick = stamp.width / 2, 22.0 if kind != "lamb" else 11.0
    rods = [(0.62, 0.36), (0.35, 0.26)] if kind != "fore" else [(0.55, 0.4), (0.2, 0.33)]
    solids = []
    for low, share in rods:
        start = (middle + float(rng.normal(0, 12)), low * long, 0.0)
        solids.append(cylinder("concrete", BONE - MUSCLE, start, share * long, thick, "y"))
    draw_solids(stamp, solids, fine=1)
