"""Round loads: drums and tyres."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PALLET_HEIGHT, pallet
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame, chord
from scantally.datasets.simulator.shapes_depth import Row, between, round_rows
from scantally.datasets.simulator.shapes_solids import Matrix, draw_solids, rotation, tube
from scantally.detector.types import FloatArray

STEEL, RUBBER = 7.85, 1.15  # g/cm3: carbon steel; tyre compound as in physics/materials

# Liquids as material stand-ins and densities at 20 C: CRC Handbook of Chemistry and Physics; juice concentrate at 65 Brix 1.32.
LIQUIDS = (
    ("water", 0.98, 1.05),  # aqueous goods, wine, beer
    ("polyethylene", 0.78, 0.95),  # mineral and vegetable oils, solvents
    ("sugar", 1.25, 1.40),  # syrup, molasses, juice concentrate
    ("water", 1.10, 1.40),  # acids and brines
)

DRUM_DIAMETER = 585.0  # ISO 15750-2: steel drums of 212, 216.5 or 230 l; over the hoops, and 880 mm high
DRUM_HEIGHT = 880.0
DRUM_SHELL = 1.0  # mm: EN 210 allows 0.6 to 1.5


def liquid(rng: np.random.Generator) -> tuple[str, float]:
    """A liquid's material and density in g/cm3."""
    material, low, high = LIQUIDS[int(rng.integers(len(LIQUIDS)))]
    return material, float(rng.uniform(low, high))


def drums(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Steel drums of 200 l in rows, one to three high, on pallets or floor; every drum is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    material, density = liquid(rng)
    fill = rng.uniform(0.88, 0.98) if rng.random() < 0.8 else rng.uniform(0.0, 0.7)
    rows = _drum_rows(rng, frame.depth)
    stamps = {row: [_drum(rng, (material, density, fill), row, frame.pitch) for _ in range(3)] for row in rows}
    lift = PALLET_HEIGHT if rng.random() < 0.5 else 0.0
    level = DRUM_HEIGHT + (lift or 12.0)  # a sheet of plywood between layers that stand on each other
    most = int((canvas.height + 12.0 * (not lift)) // level)
    layers = (most if frame.full else int(rng.integers(1, most + 1))) if most >= 1 else 0
    step = DRUM_DIAMETER * rng.uniform(1.0, 1.03)
    for j in range(layers):
        _drum_layer(
            rng, canvas, stamps, (step, frame.depth), (j * level, lift), last=j == layers - 1 and not frame.full
        )
    return canvas


def _drum_rows(rng: np.random.Generator, depth: float) -> list[Row]:
    """Rows one behind another, or in each other's gaps so that one more fits."""
    straight = max(1, int(depth // DRUM_DIAMETER))
    nested = int((depth - DRUM_DIAMETER) / (DRUM_DIAMETER * 0.87)) + 1
    count = nested if rng.random() < 0.5 and nested > straight else straight
    return round_rows(count, depth, DRUM_DIAMETER)


def _drum_layer(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: dict[Row, list[list[Canvas]]],
    room: tuple[float, float],
    rise: tuple[float, float],
    *,
    last: bool,
) -> None:
    """One layer: pallets if there are any, then row by row; the last layer may end before the doors."""
    (step, depth), (base, lift) = room, rise
    nested = len(stamps) * DRUM_DIAMETER > depth
    columns = int((canvas.width - nested * step / 2) // step)
    filled = int(rng.integers(max(1, columns // 2), columns + 1)) if last and columns else columns
    shift = rng.uniform(0, 0.5) * (canvas.width - (columns + nested / 2) * step) if columns else 0.0
    for k, (row, drawn) in enumerate(stamps.items()):
        along = shift + (k % 2) * nested * step / 2
        if lift and columns:
            canvas.turn_to(*row.cuts[len(row.cuts) // 2][0])
            for i in range(0, filled, 2):
                pallet(canvas, along + i * step, step * min(2, filled - i), depth / len(stamps), base)
        for i in range(filled):
            x = min(max(i * step + along + rng.normal(0, 4), 0), canvas.width - DRUM_DIAMETER)
            for (depths, _, _), stamp in zip(row.cuts, drawn[int(rng.integers(len(drawn)))], strict=True):
                canvas.turn_to(*depths)
                canvas.stamp(stamp, x, base + lift)
            canvas.turn_to(*row.depths)
            canvas.mark("drum", (x, x + DRUM_DIAMETER, base + lift, base + lift + DRUM_HEIGHT))


def _drum(rng: np.random.Generator, content: tuple[str, float, float], row: Row, pitch: float) -> list[Canvas]:
    """One drum, cut as its row is: shell, ends, chimes, two rolling hoops, and liquid up to a level."""
    material, density, fill = content
    fill = float(np.clip(fill + rng.normal(0, 0.01), 0, 0.985))
    return [_drum_cut((material, density, fill), cut[1:], pitch) for cut in row.cuts]


def _drum_cut(content: tuple[str, float, float], cut: tuple[float, float], pitch: float) -> Canvas:
    material, density, fill = content
    stamp = Canvas.around(DRUM_DIAMETER, DRUM_HEIGHT, pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    offset = where.x_1W - np.float32(DRUM_DIAMETER / 2)
    body = DRUM_DIAMETER / 2 - 8  # the hoops stand out by about 8 mm

    def path(radius: float) -> FloatArray:
        return between(chord(offset, radius) * np.float32(0.5), *cut)

    shell, inner = path(body) - path(body - DRUM_SHELL), path(body - DRUM_SHELL)
    stamp.add("steel", where, shell * np.ones_like(where.y_H1) * np.float32(STEEL / MM_PER_CM))
    level = np.clip((fill * DRUM_HEIGHT - where.y_H1) / pitch + 0.5, 0, 1) * (where.y_H1 > 15)
    stamp.add(material, where, inner * level * np.float32(density / MM_PER_CM))
    hoop = (path(DRUM_DIAMETER / 2) - path(DRUM_DIAMETER / 2 - 4 * DRUM_SHELL)) * np.float32(0.5)
    _bands(stamp, inner, [(y, DRUM_SHELL) for y in (14.0, DRUM_HEIGHT - 14.0)])
    _bands(stamp, hoop, [(y, 12.0) for y in (0.0, DRUM_HEIGHT * 0.35, DRUM_HEIGHT * 0.65, DRUM_HEIGHT - 12)])
    return stamp


def _bands(stamp: Canvas, path_1W: FloatArray, bands: list[tuple[float, float]]) -> None:
    """Steel over some heights (from, how high), as deep as ``path_1W``; thin ones shared out to pixels."""
    for y, high in bands:
        where = stamp.window(0, stamp.width, y, y + high)
        rows = np.minimum(where.y_H1 + stamp.pitch / 2, y + high) - np.maximum(where.y_H1 - stamp.pitch / 2, y)
        areal = path_1W * (np.maximum(rows, 0) / stamp.pitch) * (STEEL / MM_PER_CM)
        stamp.add("steel", where, areal.astype(np.float32))


def tyres(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Tyres standing, lying in piles or laced at a slant; every tyre is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    # ETRTO sizes, from 155/65 R 13 (532 mm) to 315/80 R 22.5 (1,076 mm): outer diameter, section width.
    diameter, width = (
        (rng.uniform(532, 720), rng.uniform(155, 265))
        if rng.random() < 0.6
        else (rng.uniform(950, 1076), rng.uniform(245, 315))
    )
    diameter = min(diameter, canvas.height, canvas.width)
    width = min(width, diameter * 0.4)
    form = str(rng.choice(["standing", "lying", "laced"]))
    slant = {"standing": 0.0, "lying": 90.0, "laced": float(rng.uniform(45, 62))}[form]
    turns = (slant, -slant) if form == "laced" else (slant,)
    stamps = [
        _tyre(rng, diameter, width, s + (rng.normal(0, 3) if s % 90 else 0), frame.pitch)
        for s in turns
        for _ in range(3)
    ]
    _tyre_pile(rng, canvas, stamps, (diameter, width), form, frame.depth)
    return canvas


def _tyre_pile(
    rng: np.random.Generator, canvas: Canvas, stamps: list[Canvas], size: tuple[float, float], form: str, depth: float
) -> None:
    """Fill the frame: beside each other along x, above each other, and one behind another."""
    diameter, width = size
    wide, high = stamps[0].width, stamps[0].height
    across = {"standing": wide, "lying": wide, "laced": wide * 0.45}[form]
    up = {"standing": high * 0.88, "lying": high, "laced": high * 0.62}[form]
    rows = max(1, int(depth // (width if form == "standing" else diameter * 0.9)))
    columns, levels = int((canvas.width - wide) / across) + 1, int((canvas.height - high) / up) + 1
    top = max(1, round(levels * rng.uniform(0.4, 1.0)))
    groups = min(rows, 4)  # that many depths are told apart
    for row in range(rows):
        group = row * groups // rows
        canvas.turn_to(group / groups, (group + 1) / groups)
        for j in range(top):
            for i in range(columns):
                if j == top - 1 and rng.random() < 0.15:
                    continue
                x = i * across + (across / 2 if form == "standing" and j % 2 else 0) + rng.normal(0, 0.02) * diameter
                _put_tyre(
                    rng, canvas, stamps[(3 * (j % 2) if len(stamps) > 3 else 0) + int(rng.integers(3))], x, j * up
                )


def _put_tyre(rng: np.random.Generator, canvas: Canvas, stamp: Canvas, x: float, y: float) -> None:
    x = min(max(x, 0), max(canvas.width - stamp.width, 0))
    y = min(max(y + rng.normal(0, 6), 0), max(canvas.height - stamp.height, 0))
    canvas.stamp(stamp, x, y)
    canvas.mark("tyre", (x, x + stamp.width, y, y + stamp.height))


def _tyre(rng: np.random.Generator, diameter: float, width: float, slant: float, pitch: float) -> Canvas:
    """One tyre at a slant (see _tyre_turn): tread band, two walls, steel beads and belt."""
    outer = diameter / 2
    rim, tread, wall = (
        outer * rng.uniform(0.55, 0.68),
        outer * rng.uniform(0.035, 0.055),
        outer * rng.uniform(0.025, 0.035),
    )
    half = width / 2
    band = tube("rubber", RUBBER, (0, 0, -half), width, outer, outer - tread, axis="z")
    belt = tube(
        "steel", STEEL, (0, 0, -half * 0.8), width * 0.8, outer - tread * 0.6, outer - tread * 0.6 - 1.2, axis="z"
    )
    walls = [
        s for z in (-half, half - wall) for s in tube("rubber", RUBBER, (0, 0, z), wall, outer - tread, rim, axis="z")
    ]
    beads = [s for z in (-half, half - 8) for s in tube("steel", STEEL, (0, 0, z), 8, rim + 8, rim, axis="z")]
    turn = _tyre_turn(slant)
    wide, high = np.ptp(np.vstack([s.corners for s in band]) @ turn.T, axis=0)[:2]
    stamp = Canvas.around(float(wide), float(high), pitch)
    solids = [s.moved(turn, (stamp.width / 2, stamp.height / 2, 0)) for s in (*band, *belt, *walls, *beads)]
    draw_solids(stamp, solids, fine=2 if stamp.width_px < 150 else 1)
    return stamp


def _tyre_turn(slant: float) -> Matrix:
    """0: the axis is the beam. Otherwise the tyre lies (90) or leans to either side by the rest to 90 degrees."""
    if slant == 0:
        return np.eye(3)
    lean = np.sign(slant) * np.radians(90 - abs(slant))
    return rotation(lean, 0, 0) @ rotation(0, 0, np.pi / 2)
