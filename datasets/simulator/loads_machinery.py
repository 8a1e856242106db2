"""Machines: motors, gearboxes, engines, pumps, cabinets, rotors and vessels, put beside each other on the floor."""

from collections.abc import Callable

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import Canvas, Depths, Frame
from scantally.datasets.simulator.shapes_depth import draw_deep, even
from scantally.datasets.simulator.shapes_solids import Solid, block, cylinder, extent, rotation, tube

# g/cm3: carbon steel; grey cast iron 7.1 to 7.3 (ISO 185), drawn as steel; copper 8.96, drawn as brass, two thirds of
# a winding (assumed); CRC Handbook, PNNL-15870.
STEEL, CAST, WINDING, ALUMINIUM, RUBBER, PLASTIC = 7.85, 7.2, 6.0, 2.70, 1.15, 0.95
Size = tuple[float, float, float]  # length (x), height (y), depth (z) in mm
Builder = Callable[[np.random.Generator, Size], list[Solid]]


def machinery(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Irregular assemblies on skids or in crates, one to three in depth, with free space between and above."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    rows = int(rng.integers(1, 4)) if frame.depth > 1500 else 1
    found = False
    for near, far in even(rows):
        x = rng.uniform(0, 0.06) * canvas.width
        spans = even((4, 2, 2)[rows - 1], near + 0.04 / rows, far - 0.04 / rows)
        while x < canvas.width - 300:
            size = _room(rng, canvas, frame, (canvas.width - x, (far - near) * 0.9))
            if rng.random() < 0.88:
                found |= _place(rng, canvas, x, size, (frame.depth, spans))
            x += size[0] + rng.uniform(10, 300)
    if not found:
        size = (canvas.width, canvas.height, frame.depth * 0.8)
        _place(rng, canvas, 0.0, size, (frame.depth, even(4, 0.05, 0.95)))
    return canvas


def _room(rng: np.random.Generator, canvas: Canvas, frame: Frame, left: tuple[float, float]) -> Size:
    """A machine's room: the length that is left at most, and within its row's share of the depth."""
    length, deep = min(rng.uniform(700, 2800), left[0]), frame.depth * left[1]
    return length, canvas.height * rng.uniform(0.25, 0.92), min(deep * rng.uniform(0.6, 1.0), 1400.0)


def _place(rng: np.random.Generator, canvas: Canvas, x: float, size: Size, where: tuple[float, list[Depths]]) -> bool:
    """Build one machine, stand it on a skid in the middle of its row; what would stick out is left off. False: no room."""
    depth, spans = where
    crated = rng.random() < 0.35
    base = 100.0 if canvas.height > 400 else 0.0
    margin = 40.0 if crated else 0.0
    length, tall, deep = size[0] - 2 * margin, size[1] - base - margin, size[2] - 2 * margin
    if min(length, tall, deep) < 60:
        return False
    solids = BUILDERS[int(rng.integers(len(BUILDERS)))](rng, (length, tall, deep))
    low, high = extent(solids)
    middle = (spans[0][0] + spans[-1][1]) / 2 * depth
    left = min(x + margin, canvas.width - float(high[0] - low[0]))
    shift = (left - float(low[0]), base - float(low[1]), middle - float(low[2] + high[2]) / 2)
    inside = [m for s in solids if _fits(m := s.moved(np.eye(3), shift), canvas)]
    inside += _skid(x, size, base, middle) if base else []
    inside += _crate(x, (size[0], min(size[1], canvas.height), size[2]), middle) if crated else []
    draw_deep(canvas, inside, depth, spans)
    return True


def _fits(solid: Solid, canvas: Canvas) -> bool:
    low, high = extent([solid])
    return bool(low[0] >= -1 and low[1] >= -1 and high[0] <= canvas.width + 1 and high[1] <= canvas.height + 1)


def _skid(x: float, size: Size, base: float, middle: float) -> list[Solid]:
    """A deck of boards on three bearers across."""
    z0, z1 = middle - size[2] / 2, middle + size[2] / 2
    deck = block("cellulose", PINE * 0.7, (x, base - 25, z0), (x + size[0], base, z1))
    feet = [(x + share * size[0], x + (share + 0.1) * size[0]) for share in (0.02, 0.45, 0.88)]
    return [deck, *(block("cellulose", PINE, (a, 0, z0), (b, base - 25, z1)) for a, b in feet)]


def _crate(x: float, size: Size, middle: float) -> list[Solid]:
    """A case of 20 mm boards with battens (ISPM 15 wood): faint faces, dark rims."""
    length, tall, deep = size
    z0, z1 = middle - deep / 2, middle + deep / 2
    faces = [block("cellulose", PINE, (x, 0, z), (x + length, tall, z + 20)) for z in (z0, z1 - 20)]
    ends = [block("cellulose", PINE, (left, 0, z0), (left + 22, tall, z1)) for left in (x, x + length - 22)]
    lid = block("cellulose", PINE, (x, tall - 22, z0), (x + length, tall, z1))
    battens = [
        block("cellulose", PINE, (x + share * length, 0, z), (x + share * length + 80, tall, z + 25))
        for share in np.linspace(0.02, 0.9, max(2, int(length // 500)))
        for z in (z0 + 20, z1 - 45)
    ]
    return [*faces, *ends, lid, *battens]


def motor(rng: np.random.Generator, size: Size) -> list[Solid]:
    """An electric motor: finned frame, stator and rotor, shaft, feet, terminal box (proportions of IEC 60072 frames)."""
    r = min(size[1], size[2], size[0] / 1.6) * 0.42
    length = min(size[0] * 0.8, r * 3.4)
    parts = [
        *tube("steel", CAST, (0, r, 0), length, r, r * 0.90),
        *tube("brass", WINDING, (length * 0.15, r, 0), length * 0.65, r * 0.9, r * 0.55),
        cylinder("steel", STEEL, (length * 0.12, r, 0), length * 0.7, r * 0.52),
        cylinder("steel", STEEL, (-length * 0.18, r, 0), length * 1.3, r * 0.14),
        cylinder("steel", CAST, (length * 0.02, r, 0), r * 0.08, r * 0.98),
        cylinder("steel", CAST, (length * 0.94, r, 0), r * 0.08, r * 0.98),
        block("steel", CAST, (length * 0.2, -r * 0.12, -r), (length * 0.75, r * 0.06, r)),
        block("aluminium", ALUMINIUM * 0.4, (length * 0.35, r * 1.9, -r * 0.3), (length * 0.6, r * 2.3, r * 0.3)),
    ]
    fins = np.linspace(0.12, 0.88, 8) * length
    return parts + [s for x in fins for s in tube("steel", CAST, (float(x), r, 0), length * 0.012, r * 1.07, r)]


def gearbox(rng: np.random.Generator, size: Size) -> list[Solid]:
    """A cast housing with wheels on several shafts and flanges."""
    w, h, d = size[0] * 0.85, size[1] * rng.uniform(0.5, 0.9), min(size[2], size[0])
    t = rng.uniform(10, 22)
    parts = [block("steel", CAST, (0, 0, 0), (w, h, d)), block("steel", -CAST, (t, t, t), (w - t, h - t, d - t))]
    n = int(rng.integers(2, 5))
    for i in range(n):
        x, y = w * (i + 0.7) / (n + 0.4), h * rng.uniform(0.4, 0.6)
        r = min(w / (n + 0.4) * rng.uniform(0.4, 0.75), y - t, h - y - t)
        parts += tube("steel", STEEL, (x, y, d * 0.3), d * rng.uniform(0.1, 0.4), max(r, 5), max(r, 5) * 0.3, axis="z")
        parts.append(cylinder("steel", STEEL, (x, y, -d * 0.05), d * 1.1, max(r, 5) * 0.25, axis="z"))
    parts.append(cylinder("steel", STEEL, (-w * 0.08, h * 0.5, d / 2), w * 0.3, h * 0.07))
    return [*parts, block("steel", CAST, (-w * 0.03, 0, 0), (w * 1.03, t * 1.5, d))]


def engine(rng: np.random.Generator, size: Size) -> list[Solid]:
    """An in-line engine: block with bores and pistons, head, sump, flywheel, manifold, alternator, fan."""
    n = int(rng.choice([3, 4, 6]))
    pitch = min(size[0] * 0.72 / n, size[1] * 0.28, 190.0)
    bore, w, d = pitch * 0.82, pitch * n + 30, min(pitch * 2.6, size[2])
    deck, crank = pitch * 2.5, pitch * 0.9
    parts = [block("steel", CAST * 0.62, (0, crank * 0.5, -d / 2), (w, deck, d / 2))]
    for i in range(n):
        x, top = 15 + pitch * (i + 0.5), deck - rng.uniform(0.05, 0.6) * pitch
        parts.append(cylinder("steel", -CAST * 0.6, (x, crank * 1.2, 0), deck - crank * 1.2, bore / 2, axis="y"))
        parts.append(cylinder("aluminium", ALUMINIUM, (x, top - bore * 0.6, 0), bore * 0.6, bore / 2 - 1, axis="y"))
        parts.append(block("steel", STEEL, (x - 12, crank, -15), (x + 12, top - bore * 0.5, 15)))
        parts += tube("steel", CAST, (x, deck + pitch * 0.4, d * 0.3), d * 0.35, bore * 0.3, bore * 0.24, axis="z")
    return [
        *parts,
        block("aluminium", ALUMINIUM * 0.7, (0, deck, -d * 0.4), (w, deck + pitch, d * 0.4)),
        block("steel", STEEL * 0.06, (10, 0, -d * 0.35), (w - 10, crank * 0.5, d * 0.35)),
        cylinder("steel", STEEL, (0, crank, 0), w, pitch * 0.28),
        cylinder("steel", CAST, (w, crank, 0), pitch * 0.28, min(pitch * 1.2, crank * 1.9)),
        cylinder("steel", STEEL, (-pitch * 0.3, crank, 0), pitch * 0.25, pitch * 0.7),
        cylinder("aluminium", ALUMINIUM * 1.2, (-pitch * 0.25, deck * 0.75, d * 0.5), pitch * 0.9, pitch * 0.42),
        *tube("aluminium", ALUMINIUM, (0, deck + pitch * 0.8, d * 0.45), w, pitch * 0.28, pitch * 0.24),
    ]


def pump(rng: np.random.Generator, size: Size) -> list[Solid]:
    """A pump or blower: spiral casing seen on its face, flanged pipes, a motor on the same base."""
    r = min(size[1] * 0.42, size[0] * 0.25, 420.0)
    deep = r * 0.7
    parts = [
        *tube("steel", CAST, (r, r * 1.1, 0), deep, r, r * 0.93, axis="z"),
        cylinder("steel", CAST, (r, r * 1.1, -12), 12, r, axis="z"),
        cylinder("steel", CAST, (r, r * 1.1, deep), 12, r, axis="z"),
        *tube("steel", STEEL, (r, r * 1.1, deep * 0.3), deep * 0.4, r * 0.8, r * 0.2, axis="z"),
        *tube("steel", CAST, (r * 1.6, r * 1.1, deep / 2), r * 1.1, r * 0.36, r * 0.3, axis="y"),
        *tube("steel", CAST, (r * 1.6, r * 2.15, deep / 2), r * 0.08, r * 0.55, r * 0.3, axis="y"),
        block("steel", STEEL, (0, 0, 0), (size[0] * 0.9, 14, deep)),
    ]
    drive = [s.moved(np.eye(3), (2.6 * r, 14, deep / 2)) for s in motor(rng, (size[0] - 2.6 * r, r * 1.6, r * 1.6))]
    return parts + drive


def cabinet(rng: np.random.Generator, size: Size) -> list[Solid]:
    """A sheet-steel machine: frame of hollow section, panels, drives, plates, cylinders within."""
    w, h, d = size[0] * 0.95, size[1] * 0.97, size[2]
    section, wall = rng.uniform(50, 100), rng.uniform(3, 6)
    share = STEEL * 4 * wall / section  # a hollow section as a solid of the same mass
    parts = [block("steel", STEEL, (0, 0, z), (w, h, z + rng.uniform(1.2, 2.5))) for z in (0.0, d)]
    for x in (0.0, w * rng.uniform(0.3, 0.6), w - section):
        for z in (0.0, d - section):
            parts.append(block("steel", share, (x, 0, z), (x + section, h, z + section)))
    for y in (0.0, h * rng.uniform(0.3, 0.6), h - section):
        parts += [block("steel", share, (0, y, z), (w, y + section, z + section)) for z in (0.0, d - section)]
    for _ in range(int(rng.integers(5, 14))):
        parts += _inner(rng, w, h, d)
    return parts


def _inner(rng: np.random.Generator, w: float, h: float, d: float) -> list[Solid]:
    """Something inside a machine: a block, a roller, a cylinder, a plate or a duct."""
    x, y = rng.uniform(0.05, 0.7) * w, rng.uniform(0.05, 0.7) * h
    a, b = rng.uniform(0.08, 0.28) * w, rng.uniform(0.05, 0.25) * h
    form = rng.integers(5)
    if form == 0:
        return [block("steel", CAST * rng.uniform(0.1, 0.5), (x, y, 0), (x + a, y + b, rng.uniform(0.1, 0.4) * d))]
    if form == 1:
        return tube("steel", STEEL, (x, y + b / 2, 0), d * 0.8, b / 2, b / 2 * rng.uniform(0.6, 0.93), axis="z")
    if form == 2:
        return [cylinder("steel", STEEL * 0.6, (x, y + b / 3, 0), a * 1.2, min(b / 3, 90.0))]
    if form == 3:
        return [block("aluminium", ALUMINIUM, (x, y, 0), (x + a, y + b, rng.uniform(10, 60)))]
    tilt = rotation(rng.uniform(-0.6, 0.6), 0, 0)
    return [
        s.moved(tilt, (x, y, 0)) for s in tube("steel", STEEL, (0, 0, 0), a, min(b / 3, 60.0), min(b / 3, 60.0) * 0.85)
    ]


def rotor(rng: np.random.Generator, size: Size) -> list[Solid]:
    """Rotors, rollers or shafts with discs on trestles, lying along the container."""
    r = min(size[1] * 0.38, size[2] * 0.48, 600.0)
    length, y = size[0] * 0.94, r + 60
    discs = np.sort(rng.uniform(0.12, 0.86, int(rng.integers(2, 9))))
    parts = [cylinder("steel", STEEL, (0, y, 0), length, r * rng.uniform(0.15, 0.35))]
    for share in discs:
        wide = length * rng.uniform(0.01, 0.08)
        parts.append(cylinder("steel", STEEL, (share * length, y, 0), wide, r * rng.uniform(0.45, 1.0)))
    for share in (0.06, 0.92):
        parts.append(block("cellulose", PINE, (share * length - 60, 0, -r * 0.8), (share * length + 60, y, r * 0.8)))
    return parts


def vessel(rng: np.random.Generator, size: Size) -> list[Solid]:
    """An upright receiver or boiler with nozzles on legs."""
    r = min(size[0] * 0.42, size[2] * 0.5, 700.0)
    h, wall, leg = size[1] * 0.8, rng.uniform(4, 12), size[1] * 0.1
    parts = tube("steel", STEEL, (r, leg, 0), h, r, r - wall, axis="y")
    for y in (leg, leg + h - 1.3 * wall):
        parts.append(cylinder("steel", STEEL, (r, y, 0), 1.3 * wall, r, axis="y"))
    for x in (r * 0.3, r * 1.6):
        parts.append(block("steel", STEEL * 0.3, (x, 0, -60), (x + 70, leg, 60)))
    for _ in range(int(rng.integers(1, 4))):
        y, n = leg + h * rng.uniform(0.2, 0.8), rng.uniform(30, 90)
        parts += tube("steel", STEEL, (r * 1.95, y, 0), 120, n, n * 0.85)
        parts += tube("steel", STEEL, (r * 1.95 + 100, y, 0), 22, n * 1.6, n * 0.85)
    return parts


BUILDERS: tuple[Builder, ...] = (motor, gearbox, engine, pump, cabinet, cabinet, rotor, vessel)
