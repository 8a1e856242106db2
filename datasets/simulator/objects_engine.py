"""Used motor parts: engines and gearboxes from cars and lorries, with the parts that hang on them or without.

Length, height, width and mass are those of the classes in general (ranges assumed about usual means: petrol fours 100 to 150 kg,
diesel fours 150 to 200, V6 150 to 250): four-cylinder car engines 450 to 650 mm and 90 to
220 kg, sixes in V 120 to 260 kg, lorry engines 1.1 to 1.4 m and 400 to 1,300 kg, car gearboxes 20 to 60 kg. Bores of 70 to 100 mm for cars and
100 to 135 mm for lorries are the usual ones. x runs along the crankshaft, y up, z across.
"""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_common import NoRoomError, Order, finished, posed, reach
from scantally.datasets.simulator.objects_engine_parts import ALUMINIUM, IRON, PLASTIC, STEEL, hung_on
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import Solid, Vector, ball, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite


@dataclass(frozen=True, kw_only=True, slots=True)
class Motor:
    """A class of engine: bore range in mm, cylinders in a bank, banks, whether the block is of iron, least and largest mass in kg."""

    name: str
    bore: tuple[float, float]
    row: int
    banks: int
    iron: bool
    mass: tuple[float, float]


MOTORS = (
    Motor(name="petrol four", bore=(71, 88), row=4, banks=1, iron=False, mass=(70, 190)),
    Motor(name="diesel four", bore=(76, 95), row=4, banks=1, iron=True, mass=(110, 330)),
    Motor(name="three", bore=(71, 80), row=3, banks=1, iron=False, mass=(50, 130)),
    Motor(name="V6", bore=(80, 95), row=3, banks=2, iron=False, mass=(90, 280)),
    Motor(name="lorry six", bore=(104, 130), row=6, banks=1, iron=True, mass=(380, 1300)),
)

FINEST_MM = 3.3
"""Engines are not drawn at a finer pitch than this: less than a pixel of the finest scan, and under half the work."""

LEAST_ROOM_MM = 330.0
"""A gearbox's bell housing is about so wide."""


def engine(order: Order) -> Sprite:
    """One engine or gearbox, or two to six of a make, on the floor or on pallets."""
    shape, rng = order.shape, order.rng
    if min(order.room) < LEAST_ROOM_MM:
        raise NoRoomError(f"no engine fits {order.room}")
    pick = int(shape.integers(len(MOTORS) + 1))
    if pick == len(MOTORS):
        solids, name = gearbox(shape, float(shape.uniform(0.8, 1.25))), "gearbox"
    else:
        solids, name = motor(shape, MOTORS[pick]), MOTORS[pick].name
    n = 1 if rng.random() < 0.5 else int(rng.integers(2, 7))
    canvas, put, deep = _row(order, solids, n)
    return finished(order, canvas, "engine", variety=name, count=put, depth_mm=deep)


def _pose(rng: np.random.Generator) -> Vector:
    """Upright as it stands in a car, or fallen on a side; turned about the vertical at will."""
    fallen = float(rng.choice([0.0, np.pi / 2, -np.pi / 2, 0.0, 0.0]))
    return (float(rng.normal(0, 0.05)), float(rng.uniform(-np.pi, np.pi)), fallen + float(rng.normal(0, 0.08)))


def _row(order: Order, solids: list[Solid], n: int) -> tuple[Canvas, int, float]:
    """Engines of one make beside each other, some turned about, perhaps on pallets; as many as the room allows."""
    rng = order.rng
    poses = [p for p in (_pose(rng) for _ in range(6)) if order.holds(reach(solids, rotation(*p)))]
    if not poses:
        raise NoRoomError(f"no engine fits {order.room}")
    pose, pitch = rotation(*poses[0]), max(order.pitch, FINEST_MM)
    first = posed(solids, pose, pitch, fine=1, by_depth=True)
    stamps = [first, first.turned_about()] if n > 1 else [first]
    base = 140.0 if rng.random() < 0.45 and order.room[1] > max(s.height for s in stamps) + 160 else 0.0
    picks = [int(rng.integers(len(stamps))) for _ in range(n)]
    gaps = [float(rng.uniform(5, 90)) for _ in range(n)]
    starts = np.concatenate([[10.0], 10.0 + np.cumsum([stamps[k].width + g for k, g in zip(picks, gaps, strict=True)])])
    n = max(1, int(np.searchsorted(starts[1:], min(order.inside()[0] - 20, 3200.0))))
    wide = float(starts[n - 1]) + stamps[picks[n - 1]].width + 10
    canvas = Canvas.around(wide, max(s.height for s in stamps) + base, pitch)
    for k, x in zip(picks[:n], starts[:n], strict=True):
        canvas.stamp(stamps[k], float(x), base)
        canvas.mark("engine", (float(x), float(x) + stamps[k].width, base, base + stamps[k].height))
    if base:
        _pallet(canvas, base)
    return canvas, n, reach(solids, pose)[2]


def _pallet(canvas: Canvas, high: float) -> None:
    """Boards on blocks, 800 mm deep."""
    wide, areal = canvas.width, 800 * PINE / MM_PER_CM
    canvas.box("cellulose", (0, wide, high - 22, high), areal * 0.85)
    canvas.box("cellulose", (0, wide, 0, 22), areal * 0.35)
    for x in np.linspace(0, wide - 100, max(3, round(wide / 550) + 1)):
        canvas.box("cellulose", (float(x), float(x) + 100, 22, high - 22), areal * 0.4)


def motor(rng: np.random.Generator, kind: Motor) -> list[Solid]:
    """Block, crank train, heads with valves, sump, timing drive, flywheel, and most of what hangs on them."""
    bore = float(rng.uniform(*kind.bore))
    gap = bore * float(rng.uniform(0.08, 0.14)) + 4.0
    long = kind.row * (bore + gap) + bore * 0.35
    metal, density = ("steel", IRON) if kind.iron else ("aluminium", ALUMINIUM)
    phase = float(rng.uniform(0, 2 * np.pi))
    solids = _crank(rng, kind, bore, gap, phase)
    tilts = (0.0,) if kind.banks == 1 else (-float(np.radians(30)), float(np.radians(30)))
    for tilt in tilts:
        bank = _bank(rng, kind, (bore, gap, long, phase), (metal, density))
        solids += [s.moved(rotation(0, 0, tilt), (0.0, 0.0, 0.0)) for s in bank]
    solids += _ends(rng, bore, long, kind.iron)
    solids += hung_on(rng, bore, long, kind.row, kind.banks)
    if rng.random() < 0.45:
        at = long + bore * 0.5
        solids += [s.moved(np.eye(3), (at, 0.0, 0.0)) for s in gearbox(rng, bore / 80.0)]
    return solids


def _crank(rng: np.random.Generator, kind: Motor, bore: float, gap: float, phase: float) -> list[Solid]:
    """Crankshaft with webs, in a crankcase over a sump of sheet or cast aluminium with oil left in it."""
    throw, pitch = bore * 0.53, bore + gap
    long = kind.row * pitch + bore * 0.35
    parts = [cylinder("steel", IRON, (-bore * 0.35, 0, 0), long + bore * 0.8, bore * 0.31)]
    for k in range(kind.row):
        angle = phase + np.pi * (0, 1, 1, 0, 0, 1)[k % 6] if kind.row % 2 == 0 else phase + 2 * np.pi * k / 3
        x, y, z = (k + 0.5) * pitch, throw * float(np.cos(angle)), throw * float(np.sin(angle))
        parts.append(cylinder("steel", IRON, (x - bore * 0.17, y, z), bore * 0.34, bore * 0.28))
        for side in (-0.32, 0.17):
            parts.append(cylinder("steel", IRON, (x + side * bore, -0.25 * y, -0.25 * z), bore * 0.15, bore * 0.68))
    case = ("steel", IRON * (0.40 if kind.row < 6 else 0.55)) if kind.iron else ("aluminium", ALUMINIUM * 0.42)
    deep = bore * 1.35
    low = -bore * float(rng.uniform(1.5, 2.1))
    return [
        *parts,
        block(*case, (0, -bore * 0.75, -deep), (long, bore * 0.8, deep)),
        *_tray((0.0, low, -deep * 0.8), (long, -bore * 0.75, deep * 0.8), rng.random() < 0.5),
    ]


def _tray(low: Vector, high: Vector, cast: bool) -> list[Solid]:
    """A sump, open above."""
    wall, metal, density = (4.0, "aluminium", ALUMINIUM) if cast else (1.5, "steel", STEEL)
    inner = block(
        metal, -density, (low[0] + wall, low[1] + wall, low[2] + wall), (high[0] - wall, high[1], high[2] - wall)
    )
    oil = block(
        "polyethylene",
        0.87,
        (low[0] + wall, low[1] + wall, low[2] + wall),
        (high[0] - wall, low[1] + 14, high[2] - wall),
    )
    return [block(metal, density, low, high), inner, oil]


def _bank(
    rng: np.random.Generator, kind: Motor, size: tuple[float, float, float, float], case: tuple[str, float]
) -> list[Solid]:
    """A row of cylinders with its pistons and rods, its head with camshafts and valves, and the cover."""
    bore, gap, long, phase = size
    metal, density = case
    foot, deck, half = bore * 0.8, bore * 2.75, bore * 0.72
    pitch, throw = bore + gap, bore * 0.53
    parts = [block(metal, density * 0.82, (0, foot, -half), (long, deck, half))]
    for k in range(kind.row):
        angle = phase + np.pi * (0, 1, 1, 0, 0, 1)[k % 6] if kind.row % 2 == 0 else phase + 2 * np.pi * k / 3
        x, crown = (k + 0.5) * pitch + bore * 0.1, deck - throw * (1 - float(np.cos(angle))) - 3
        parts += [
            cylinder(metal, -density * 0.82, (x, foot, 0), deck - foot, bore / 2 + 2, "y"),
            *tube("steel", IRON, (x, foot + bore * 0.3, 0), deck - foot - bore * 0.3, bore / 2 + 2, bore / 2, "y"),
            cylinder("aluminium", ALUMINIUM, (x, crown - bore * 0.18, 0), bore * 0.18, bore / 2 - 0.5, "y"),
            *tube("aluminium", ALUMINIUM, (x, crown - bore * 0.6, 0), bore * 0.42, bore / 2 - 0.5, bore / 2 - 5, "y"),
            cylinder("steel", STEEL, (x, crown - bore * 0.3, -bore * 0.4), bore * 0.8, bore * 0.13, "z"),
            block("steel", STEEL, (x - 9, crown - bore * 1.9, -11), (x + 9, crown - bore * 0.25, 11)),
        ]
        parts += _valves(x, deck, bore)
    parts += _head(rng, bore, long, deck, half)
    return parts


def _valves(x: float, deck: float, bore: float) -> list[Solid]:
    lean = (-0.28, 0.28)
    stems = [
        cylinder("steel", STEEL, (0, 0, 0), bore * 1.1, 3.2, "y"),
        cylinder("steel", STEEL, (0, 0, 0), 5, bore * 0.17, "y"),
    ]
    return [
        s.moved(rotation(0, 0, t), (x + dx * bore, deck + 2.0, t * bore * 0.8))
        for t in lean
        for dx in (-0.22, 0.22)
        for s in stems
    ]


def _head(rng: np.random.Generator, bore: float, long: float, deck: float, half: float) -> list[Solid]:
    tall = bore * 1.25
    cams = [
        cylinder("steel", STEEL, (-10, deck + tall * 0.9, z), long + 10, bore * 0.13)
        for z in (-bore * 0.45, bore * 0.45)
    ]
    step = long / 14
    lobes = [
        cylinder(
            "steel",
            STEEL,
            (step * (k + 0.5), deck + tall * 0.9 + bore * 0.07 * float(np.cos(2.1 * k)), z),
            step * 0.35,
            bore * 0.2,
        )
        for k in range(14)
        for z in (-bore * 0.45, bore * 0.45)
    ]
    cover = ("polyethylene", PLASTIC) if rng.random() < 0.5 else ("aluminium", ALUMINIUM)
    bolts = [
        cylinder("steel", STEEL, (x, deck - bore * 0.9, z), bore * 1.6, 5, "y")
        for x in np.linspace(14, long - 14, 5)
        for z in (-half * 0.8, half * 0.8)
    ]
    shell = block(*cover, (-6, deck + tall, -half * 0.95), (long + 6, deck + tall + bore * 0.5, half * 0.95))
    inner = block(
        cover[0],
        -cover[1],
        (-2, deck + tall, -half * 0.95 + 4),
        (long + 2, deck + tall + bore * 0.5 - 4, half * 0.95 - 4),
    )
    return [
        block("aluminium", ALUMINIUM * 0.55, (0, deck, -half), (long, deck + tall, half)),
        *cams,
        *lobes,
        *bolts,
        shell,
        inner,
    ]


def _ends(rng: np.random.Generator, bore: float, long: float, iron: bool) -> list[Solid]:
    """Timing drive and damper in front; flywheel with its ring, and perhaps the clutch, behind."""
    ring, thick = bore * float(rng.uniform(1.5, 1.75)), float(rng.uniform(18, 30)) * (1.5 if iron else 1.0)
    clutch = cylinder("steel", IRON * 0.6, (long + thick + 6, 0, 0), bore * 0.5, ring * 0.8)
    return [
        *tube("steel", IRON, (-bore * 0.75, 0, 0), bore * 0.35, bore * 0.9, bore * 0.62),
        cylinder("steel", IRON, (-bore * 0.62, 0, 0), bore * 0.12, bore * 0.65),
        *(
            cylinder("steel", STEEL * 0.7, (-bore * 0.3, bore * 3.9, z), 14, bore * 0.55)
            for z in (-bore * 0.45, bore * 0.45)
        ),
        block("aluminium", ALUMINIUM * 0.5, (-bore * 0.36, -bore * 0.9, -bore), (-bore * 0.30, bore * 4.3, bore)),
        cylinder("steel", IRON, (long + 4, 0, 0), thick, ring * 0.93),
        *tube("steel", STEEL, (long + 6, 0, 0), 12, ring, ring * 0.93),
        *([clutch] if rng.random() < 0.6 else []),
    ]


def gearbox(rng: np.random.Generator, scale: float) -> list[Solid]:
    """A gearbox behind its bell housing: aluminium shells that narrow, two shafts with pairs of gears, a differential or a tail."""
    wall, bell = 7.0, 165.0 * scale
    lengths = [float(v) * scale for v in (rng.uniform(90, 130), rng.uniform(180, 260), rng.uniform(60, 160))]
    radii = (bell, bell * float(rng.uniform(0.62, 0.74)), bell * float(rng.uniform(0.3, 0.45)))
    solids: list[Solid] = []
    x = 0.0
    for long, r in zip(lengths, radii, strict=True):
        solids += [
            *tube("aluminium", ALUMINIUM, (x, 0, 0), long, r, r - wall),
            cylinder("aluminium", ALUMINIUM, (x + long - wall, 0, 0), wall, r),
        ]
        x += long
    first, apart = lengths[0] + 14, radii[1] * 0.42
    pairs = int(rng.integers(4, 7))
    step = (lengths[1] - 24) / pairs
    for k in range(pairs):
        share = 0.32 + 0.36 * k / pairs
        for y, r in ((apart * 0.9, share * 2 * apart), (-apart * 0.9, (1 - share) * 2 * apart)):
            solids.append(
                cylinder("steel", STEEL * 0.9, (first + k * step, y, 0), step * 0.75, min(r, radii[1] - wall - abs(y)))
            )
    for y in (apart * 0.9, -apart * 0.9):
        solids.append(
            cylinder("steel", STEEL, (lengths[0] * 0.4 if y > 0 else lengths[0] + 5, y, 0), lengths[1] + 40, 15 * scale)
        )
    if rng.random() < 0.5:  # front wheel drive: the differential hangs beside the shafts
        solids += [ball("steel", STEEL * 0.5, (first + 30, -bell * 0.75, 40), (52 * scale, 70 * scale, 70 * scale))]
        solids += tube("aluminium", ALUMINIUM, (first - 20, -bell * 0.75, 40), 120 * scale, 85 * scale, 80 * scale)
    return solids
