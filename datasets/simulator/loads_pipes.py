"""Pipes and bars: bundles that lie along the container, seen from the side, or across it, seen on their ends."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, chord
from scantally.datasets.simulator.shapes_depth import Roll, ring, rows_of
from scantally.datasets.simulator.shapes_solids import Matrix
from scantally.detector.types import FloatArray

BEARER = 80.0  # mm of squared timber between bundles: assumed
PAYLOAD_KG = (9000.0, 25500.0)  # metal fills a container by mass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipe:
    """A material of pipes: g/cm3, outer diameters in mm, walls as shares of them."""

    material: str
    density: float
    outer: tuple[float, ...]
    wall: tuple[float, float]


# Outer diameters: EN 10220 (steel), EN 12449 and EN 755 (copper, aluminium), EN ISO 1452 and EN 12201 (plastics, SDR 11 to
# 41, so walls of 2.4 to 9 % of the diameter), EN 877 (cast iron). Densities: CRC Handbook; PVC 1.4 drawn as polyethylene.
PIPES = (
    Pipe(
        material="steel", density=7.85, outer=(48.3, 60.3, 88.9, 114.3, 168.3, 219.1, 323.9, 406.4), wall=(0.02, 0.08)
    ),
    Pipe(material="steel", density=7.85, outer=(60.3, 88.9, 114.3, 168.3, 219.1, 323.9), wall=(0.03, 0.10)),
    Pipe(material="steel", density=7.85, outer=(20.0, 32.0, 50.0, 80.0, 120.0), wall=(0.5, 0.5)),  # bars, EN 10060
    Pipe(material="aluminium", density=2.70, outer=(50.0, 80.0, 120.0, 178.0), wall=(0.03, 0.5)),
    Pipe(material="brass", density=8.5, outer=(28.0, 54.0, 108.0), wall=(0.03, 0.08)),
    Pipe(material="polyethylene", density=0.95, outer=(110.0, 160.0, 200.0, 315.0, 400.0, 630.0), wall=(0.024, 0.09)),
    Pipe(material="polyethylene", density=1.40, outer=(50.0, 75.0, 110.0, 160.0, 250.0), wall=(0.024, 0.06)),
)


def pipes(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Bundles of one size of pipe on bearers; every bundle is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    kind = PIPES[int(rng.integers(len(PIPES)))]
    outer = min(float(rng.choice(kind.outer)), canvas.height * 0.4, frame.depth * 0.45)
    roll = Roll(
        material=kind.material,
        density=kind.density,
        radius=outer / 2,
        inner=outer / 2 * (1 - 2 * float(rng.uniform(*kind.wall))),
        length=0.0,
    )
    mass = float(rng.uniform(*PAYLOAD_KG))
    if rng.random() < 0.65 or outer < 45.0 or canvas.width < outer + 200:
        _lengthwise(rng, canvas, frame, roll, mass)
    else:
        _crosswise(rng, canvas, frame, roll, mass)
    return canvas


def _per_mm(roll: Roll) -> float:
    """Kilograms per mm of pipe."""
    return float(np.pi * (roll.radius**2 - roll.inner**2) * roll.density / 1e6)


def _lengthwise(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll, mass: float) -> None:
    """Two to four bundles beside each other in depth, several high; long lots are one behind another."""
    lots = max(1, round(canvas.width / float(rng.choice([2000.0, 3000.0, 5800.0, 11800.0]))))
    long = canvas.width / lots - 20
    beside = max(1, min(int(rng.integers(2, 5)), int(frame.depth // (2 * roll.radius))))
    wide = max(1, int(frame.depth / beside * 0.92 // (2 * roll.radius)))
    fits = int((canvas.height - BEARER - 2 * roll.radius) / (roll.radius * 1.733)) + 1
    tall = max(1, min(int(rng.uniform(250, 800) // (2 * roll.radius)), 40, fits))
    most = mass / max(_per_mm(roll) * wide * tall * long * beside * lots, 1e-9)
    if most < 1.0:  # even one level would be too heavy
        wide, tall = max(1, int(wide * most**0.5)), max(1, int(tall * most**0.5))
    levels = max(1, int(min(most, (canvas.height + BEARER) // (_hexagon(roll, tall) + BEARER))))
    for lot in range(lots):
        for depths in rows_of(beside, frame.depth, wide * 2 * roll.radius):
            canvas.turn_to(*depths)
            for level in range(levels - int(rng.random() < 0.15 and levels > 1)):
                foot = (lot * canvas.width / lots, level * (_hexagon(roll, tall) + BEARER))
                _bundle(rng, canvas, roll, foot, (long, wide, tall))


def _hexagon(roll: Roll, tall: int) -> float:
    """Height of so many layers that lie in each other's grooves."""
    return 2 * roll.radius + (tall - 1) * roll.radius * float(np.sqrt(3.0))


def _bundle(
    rng: np.random.Generator, canvas: Canvas, roll: Roll, foot: tuple[float, float], size: tuple[float, int, int]
) -> None:
    """One bundle on bearers: its pipes' ends are not quite flush, and straps hold it."""
    (x, y), (long, wide, tall) = foot, size
    up = roll.radius * float(np.sqrt(3.0))
    ragged = min(float(rng.choice([6.0, 30.0, 120.0])), long * 0.05)
    for j in range(tall):
        count = max(1, wide - (j % 2))
        ends = rng.uniform(0, ragged, (count, 2))
        middle = y + BEARER + roll.radius + j * up
        where = canvas.window(x, x + long, middle - roll.radius, middle + roll.radius)
        beside = _covered(where.x_1W, x + ends[:, 0], x + long - ends[:, 1], canvas.pitch)
        off = where.y_H1 - np.float32(middle)
        path = chord(off, roll.radius) - chord(off, roll.inner)
        canvas.add(roll.material, where, path * beside * np.float32(roll.density / MM_PER_CM))
    top = y + BEARER + _hexagon(roll, tall)
    deep = wide * 2 * roll.radius
    for share in np.linspace(0.05, 0.92, max(2, int(long // 1500) + 1)):
        at = x + float(share) * long
        canvas.box("cellulose", (at, at + 80, y, y + BEARER), PINE * deep / MM_PER_CM)
        band = min(at + 130, x + long - ragged - 40)  # not beyond the shortest pipe's end
        canvas.box("steel", (band, band + 32, y + BEARER, top), 1.3)  # straps of 32 x 0.8 mm, both sides (EN 13246)
    canvas.mark("bundle", (x, x + long, y + BEARER, top))


def _covered(x_1W: FloatArray, starts: Matrix, ends: Matrix, pitch: float) -> FloatArray:
    """How many pipes each column of pixels crosses, (1, w)."""
    low = np.clip((x_1W - starts[:, None]) / pitch + 0.5, 0, 1)
    high = np.clip((ends[:, None] - x_1W) / pitch + 0.5, 0, 1)
    count: FloatArray = np.minimum(low, high).sum(axis=0, keepdims=True).astype(np.float32)
    return count


def _crosswise(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll, mass: float) -> None:
    """Cut lengths that lie across, between stakes: rings in hexagonal packing."""
    roll = replace(roll, length=frame.depth * float(rng.uniform(0.75, 0.98)))
    depths = rows_of(1, frame.depth, roll.length)[0]
    left = mass / max(_per_mm(roll) * roll.length, 1e-9)
    lots = max(1, min(int(rng.integers(1, 4)), int(canvas.width // (2 * roll.radius + 200))))
    lot = canvas.width / lots
    stamp = ring(roll, canvas.pitch)
    canvas.turn_to(*depths)
    for i in range(lots):
        columns = int((lot - 120) // (2 * roll.radius))
        most = int((canvas.height - BEARER - 2 * roll.radius) // (roll.radius * np.sqrt(3.0))) + 1
        tall = int(min(most * rng.uniform(0.4, 1.0), left / lots / max(columns, 1)))
        if columns >= 1:
            _ends(canvas, stamp, roll, (i * lot + 50, columns, max(tall, 1)), depths)


def _ends(canvas: Canvas, stamp: Canvas, roll: Roll, pile: tuple[float, int, int], depths: Depths) -> None:
    x, columns, tall = pile
    up = roll.radius * float(np.sqrt(3.0))
    for j in range(tall):
        for i in range(columns - (j % 2 if columns > 1 else 0)):
            canvas.stamp(stamp, x + i * 2 * roll.radius + (j % 2) * roll.radius, BEARER + j * up)
    right, top = x + columns * 2 * roll.radius, BEARER + _hexagon(roll, tall)
    canvas.box("cellulose", (x, right, 0, BEARER), PINE * 240 / MM_PER_CM)  # three bearers across
    for stake in (x - 45, right):
        canvas.box("cellulose", (stake, stake + 45, 0, min(top, canvas.height)), PINE * 270 / MM_PER_CM)
    canvas.mark("bundle", (x, right, BEARER, top))
