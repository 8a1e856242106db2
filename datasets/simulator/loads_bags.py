"""Bagged loads: sacks and big bags. Densities are as stowed, in g/cm3."""

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.loads_bulk import POURED, Goods, pick
from scantally.datasets.simulator.loads_pallet import PALLET_HEIGHT, pallet
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame
from scantally.datasets.simulator.shapes_solids import Matrix

Counts = NDArray[np.int64]
# Stowage factors of bagged goods (cargohandbook.com, after the GDV's Transport Information Service; handybulk.com): cocoa 1.92 to 2.40 m3/t,
# coffee 1.70 to 2.09, rice 1.34 to 1.60, flour 1.42 to 1.64; sugar, cement and resins: as in loads_bulk, less the air between sacks.
SACKED = (
    Goods(material="cellulose", density=(0.40, 0.78)),  # coffee, cocoa, rice, flour
    Goods(material="sugar", density=(0.75, 0.90)),
    Goods(material="concrete", density=(1.10, 1.45)),  # cement
    Goods(material="polyethylene", density=(0.50, 0.80)),  # resins
)


def sacks(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Sacks in upright columns or bound like bricks, on pallets or on the floor."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    goods, density = pick(rng, SACKED)
    # Sacks of 25 to 60 kg: sizes that hold these masses at these densities (assumed).
    long, high = rng.uniform(250, 850), rng.uniform(110, 210)
    high = min(high, canvas.height * 0.4)
    rows = min(max(1, round(frame.depth / rng.uniform(450, 1100))), 3)
    size = (long, high, frame.depth / rows)
    stamps = [_sack(rng, goods.material, density, size, frame.pitch) for _ in range(10)]
    tops = [_sack(rng, goods.material, density, size, frame.pitch, slack=True) for _ in range(6)]
    lift = _sack_base(rng, canvas, frame) if rng.random() < 0.3 and canvas.height > 600 else 0.0
    share = 1.0 if frame.full else rng.uniform(0.4, 0.97)
    levels = _levels(rng, canvas, long, (canvas.height - lift) * share / high, full=frame.full)
    bond = 0.5 if rng.random() < 0.2 else 0.0
    lean = np.cumsum(rng.normal(0, 0.012, (int(levels.max(initial=0)) + 1, 1)), axis=0) + rng.normal(
        0, 0.02, levels.size
    )
    for row in range(rows):
        canvas.turn_to(row / rows, (row + 1) / rows)
        short = (rng.random(levels.size) < (0.35 if row else 0.15)) & (not frame.full)
        _sack_row(rng, canvas, (stamps, tops), (long, high), levels - short, lift, bond, lean)
    return canvas


def _sack_base(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> float:
    """Pallets under all of the sacks, about 1 or 1.2 m long; returns their height."""
    count = max(1, round(canvas.width / float(rng.choice([1000.0, 1200.0]))))
    length = canvas.width / count
    for i in range(count):
        pallet(canvas, i * length, length * 0.97, frame.depth)
    return PALLET_HEIGHT


def _levels(rng: np.random.Generator, canvas: Canvas, long: float, most: float, *, full: bool) -> Counts:
    """How many sacks high each column is: level, with steps down towards the door."""
    n = max(1, int(canvas.width // (long * 0.98)))
    filled = n if full else int(n * rng.uniform(0.7, 1.0)) or 1
    step = np.where(np.arange(n) < filled, 0, -int(rng.integers(0, max(2, int(most)))))
    levels: Counts = np.maximum(max(1, int(most)) + step, 0)
    return levels


def _sack(
    rng: np.random.Generator,
    material: str,
    density: float,
    size: tuple[float, float, float],
    pitch: float,
    *,
    slack: bool = False,
) -> Canvas:
    """One sack, pressed flat by those above; the topmost are ``slack`` and round."""
    a, b, c = size[0] / 2 * rng.uniform(0.95, 1.01), size[1] / 2, size[2] / 2 * rng.uniform(0.94, 1.0)
    stamp = Canvas.around(size[0] * 1.02, size[1], pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    x, y = where.x_1W - stamp.width / 2, where.y_H1 - stamp.height / 2
    y = y + np.float32(rng.uniform(-0.08, 0.08) * b) * np.cos(x * np.float32(rng.uniform(2, 4) / a))
    u, v = np.square(np.square(x / a)), np.square(np.square(y / b))
    inside = np.maximum(1 - u ** (0.8 if slack else 1.4) - v ** (0.7 if slack else 4.0), 0)
    path = 2 * c * np.sqrt(np.sqrt(inside)) * (density * rng.uniform(0.93, 1.05) / MM_PER_CM)
    stamp.add(material, where, path.astype(np.float32))
    return stamp


def _sack_row(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: tuple[list[Canvas], list[Canvas]],
    size: tuple[float, float],
    levels: Counts,
    lift: float,
    bond: float,
    lean: Matrix,
) -> None:
    """One row along x; ``lean`` (levels, columns) is the drift of the columns in sack lengths, shared by all rows."""
    long, high = size
    step = canvas.width / len(levels)
    pressed, slack = stamps
    for i, n in enumerate(levels):
        for j in range(int(n)):
            kinds = slack if j == n - 1 else pressed
            x = i * step + (lean[j, i] + rng.normal(0, 0.012)) * long + (bond * long if j % 2 else 0)
            y = lift + j * high
            if y + high <= canvas.height:
                canvas.stamp(kinds[int(rng.integers(len(kinds)))], x, y)


MOST_KG = 2000.0
"""What a big bag bears: those of the trade are rated for 0.5 to 2 t (assumed; ISO 21898 asks for five times the load in tests)."""


def big_bags(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Flexible intermediate bulk containers (FIBCs, ISO 21898): bulging columns with lifting loops, one or two high."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    goods, density = pick(rng, POURED)
    wide = rng.uniform(880, 1150)  # usually about 1.1 m across and 1 to 2 m high when filled; ISO 21898 sets no sizes
    rows = max(1, int(frame.depth // 1000))
    two_high = canvas.height > 1700 and rng.random() < (0.9 if frame.full else 0.45)
    high = canvas.height * rng.uniform(0.36, 0.47) if two_high else min(rng.uniform(700, 1900), canvas.height * 0.9)
    high = min(high, MOST_KG * 1e6 / (density * wide * frame.depth / rows))
    size = (wide, high, frame.depth / rows)
    # The lower of two is pressed flat; a lot may hold bags of two fillings.
    second = high * rng.uniform(0.6, 1.0) if rng.random() < 0.3 and not two_high else high
    lower = [_big_bag(rng, goods.material, density, size, frame.pitch, flat=two_high) for _ in range(4)]
    upper = [_big_bag(rng, goods.material, density, (wide, second, size[2]), frame.pitch, flat=False) for _ in range(4)]
    columns = max(1, int(canvas.width / (wide * 0.97)))
    for row in range(rows):
        canvas.turn_to(row / rows, (row + 1) / rows)
        _bag_row(rng, canvas, (lower, upper), columns, high, two_high)
    return canvas


def _bag_row(
    rng: np.random.Generator,
    canvas: Canvas,
    kinds: tuple[list[Canvas], list[Canvas]],
    columns: int,
    high: float,
    two_high: bool,
) -> None:
    """One row along x: alternately of both fillings in runs, or one on top of the other."""
    lower, upper = kinds
    step, run = canvas.width / columns, int(rng.integers(2, 6))
    for i in range(columns):
        if rng.random() < 0.04:
            continue
        x = i * step + rng.normal(0, 0.02) * step
        foot = lower if two_high or (i // run) % 2 == 0 else upper
        canvas.stamp(foot[int(rng.integers(4))], x, 0)
        if two_high and rng.random() < 0.95:
            canvas.stamp(upper[int(rng.integers(4))], x + rng.normal(0, 0.03) * step, high * 0.94)


def _big_bag(
    rng: np.random.Generator,
    material: str,
    density: float,
    size: tuple[float, float, float],
    pitch: float,
    *,
    flat: bool,
) -> Canvas:
    """One bag: upright sides that bulge, a domed top (a pressed one, ``flat``) and round lower corners, with loops above."""
    a, c = size[0] / 2, size[2] / 2 * rng.uniform(0.93, 1.0)
    high = size[1] * rng.uniform(0.93, 1.0)
    loops = 0.0 if flat else rng.uniform(100, 280)
    stamp = Canvas.of(2 * a, high + loops, pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    x, y = (where.x_1W - a) / a, where.y_H1 / high
    drop = rng.uniform(0.02, 0.05) if flat else rng.uniform(0.06, 0.20)
    skew = rng.uniform(-0.04, 0.04) * (not flat)
    y = y / (1 - drop * np.abs(x) ** rng.uniform(2.2, 4.0) + skew * x - abs(skew))
    bulge = 0.955 + rng.uniform(0.015, 0.045) * np.sin(np.pi * np.clip(y * rng.uniform(0.9, 1.6), 0, 1))
    ends = np.clip((y - 0.88) / 0.12, 0, None) ** 3 + np.clip(1 - y / 0.06, 0, None) ** 3 * 0.5
    inside = 1 - np.square(np.square(x / bulge)) ** 1.25 - ends
    path = 2 * c * np.sqrt(np.sqrt(np.clip(inside, 0, 1))) * bulge
    stamp.add(material, where, (path * (density / MM_PER_CM)).astype(np.float32))
    if not flat:
        _loops(rng, stamp, a, high, loops)
    return stamp


def _loops(rng: np.random.Generator, stamp: Canvas, a: float, high: float, loops: float) -> None:
    """Webbing of woven polypropylene, two arcs per side seen through each other, 0.1 to 0.3 g/cm2 a band."""
    for side in (-1, 1):
        centre, half = a + side * a * rng.uniform(0.35, 0.6), a * rng.uniform(0.25, 0.38)
        base = high * 0.8
        where = stamp.window(centre - half - 30, centre + half + 30, base, high + loops)
        reach = (high + loops * rng.uniform(0.7, 0.98)) - base
        radius = np.sqrt(np.square((where.x_1W - centre) / half) + np.square((where.y_H1 - base) / reach))
        band = np.clip(1 - np.abs(radius - 0.95) * half / 22, 0, 1)
        stamp.add("polyethylene", where, (band * rng.uniform(0.3, 0.8)).astype(np.float32))
