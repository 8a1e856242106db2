"""Bales: pressed fibres, paper, plastics, rubber and scrap in straps, stacked in rows, columns and levels."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame, noise
from scantally.datasets.simulator.shapes_depth import rows_of

Size = tuple[float, float, float]  # length (x), height (y), depth (z) in mm
Spread = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bale:
    """A kind of bale: g/cm3 as pressed, sides in mm from the longest, mm of its ties, how uneven the filling is."""

    material: str
    density: Spread
    sides: tuple[Spread, Spread, Spread]
    tie: tuple[str, float]
    uneven: float = 0.06


# Cotton: ISO 8115, 1,400 x 530 x 700 mm at 360 to 450 kg/m3 (49 CFR 172.102, special provision 137, cites it; sisal: 620 kg/m3). As
# stowed: jute 1.8 m3/t, pulp 1.13 to 1.70 (handybulk.com), 1.50 to 1.64 (cargohandbook.com), rubber 1.3 to 1.8; a bale itself is denser.
# Cans: 14 to 30 lb/ft3 baled, 30 to 50 densified (ISRI). Wool, used clothing, waste paper, straw, plastics, and most sizes: assumed.
BALES = (
    Bale(
        material="textile",
        density=(0.34, 0.48),
        sides=((1350, 1450), (650, 720), (510, 560)),
        tie=("steel", 3.5),
    ),
    Bale(material="textile", density=(0.35, 0.75), sides=((700, 1200), (650, 780), (600, 750)), tie=("steel", 4.0)),
    Bale(
        material="textile",
        density=(0.22, 0.45),
        sides=((600, 1200), (450, 750), (400, 650)),
        tie=("polyethylene", 12.0),
        uneven=0.12,
    ),
    Bale(material="cellulose", density=(0.40, 0.65), sides=((900, 1250), (450, 600), (400, 520)), tie=("steel", 3.0)),
    Bale(
        material="cellulose",
        density=(0.70, 0.88),
        sides=((800, 860), (640, 720), (430, 520)),
        tie=("steel", 3.0),
        uneven=0.02,
    ),
    Bale(
        material="cellulose",
        density=(0.38, 0.70),
        sides=((1000, 1800), (1050, 1150), (720, 1120)),
        tie=("steel", 3.5),
        uneven=0.10,
    ),
    Bale(
        material="cellulose",
        density=(0.18, 0.38),
        sides=((450, 1200), (440, 600), (350, 480)),
        tie=("polyethylene", 8.0),
        uneven=0.10,
    ),
    Bale(material="rubber", density=(0.85, 0.95), sides=((1050, 1450), (1050, 1150), (900, 1100)), tie=("steel", 0.0)),
    Bale(
        material="polyethylene",
        density=(0.22, 0.50),
        sides=((1050, 1500), (1000, 1150), (750, 1120)),
        tie=("steel", 3.5),
        uneven=0.18,
    ),
    Bale(
        material="aluminium",
        density=(0.22, 0.85),
        sides=((700, 1200), (500, 800), (400, 600)),
        tie=("steel", 3.5),
        uneven=0.22,
    ),
)
BULGE = 0.04  # how far a strapped bale swells, as a share of its side: assumed


def bales(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Bales of one kind in rows one behind another, level but for the last ones; every bale is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    kind = BALES[int(rng.integers(len(BALES)))]
    size = _size(rng, kind, canvas, frame.depth)
    rows = max(1, int(frame.depth // size[2]))
    stamps = [_bale(rng, kind, size, frame.pitch) for _ in range(5)]
    columns = max(1, int(canvas.width // (size[0] * 1.01)))
    filled = columns if frame.full or rng.random() < 0.6 else int(rng.integers(max(1, columns // 2), columns + 1))
    most = max(1, int(canvas.height * (1.0 if frame.full else rng.uniform(0.55, 1.0)) // size[1]))
    lean = np.cumsum(rng.normal(0, 0.010, (most, filled)), axis=0) * size[0]
    for depths in rows_of(rows, frame.depth, size[2]):
        canvas.turn_to(*depths)
        _bale_row(rng, canvas, stamps, size, (filled, most), lean, full=frame.full)
    return canvas


SHORT, SHORT_LAST = 0.04, 0.4
"""How often a column lacks its topmost bale: seldom, but for the last two by the doors (assumed)."""


def _size(rng: np.random.Generator, kind: Bale, canvas: Canvas, depth: float) -> Size:
    """A bale lies on its widest face or on its side, along or across; none is larger than the room."""
    long, wide, flat = (rng.uniform(*side) for side in kind.sides)
    x, y, z = ((long, flat, wide), (wide, flat, long), (long, wide, flat))[int(rng.choice(3, p=[0.45, 0.35, 0.2]))]
    return min(x, canvas.width), min(y, canvas.height), min(z, depth)


def _bale(rng: np.random.Generator, kind: Bale, size: Size, pitch: float) -> Canvas:
    """One bale: rounded corners, pressed layers, ties round it that cut in a little."""
    stamp = Canvas.of(size[0], size[1], pitch)
    where = stamp.window(0, stamp.width - 1e-3, 0, stamp.height - 1e-3)
    half, up = stamp.width / 2, stamp.height / 2
    ties = np.linspace(-0.75, 0.75, int(rng.integers(4, 8)))
    swell = 1 - BULGE * np.abs(np.cos(np.pi * (where.x_1W - half) / half * len(ties) / 2))
    u, v = np.abs(where.x_1W - half) / half, np.abs(where.y_H1 - up) / (up * (1 - BULGE / 2 + BULGE / 2 * swell))
    inside = np.clip(1 - u ** rng.uniform(14, 30) - v ** rng.uniform(14, 30), 0, 1) ** 0.4
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    layers = noise(rng, (shape[0], 1), rng.uniform(15, 60) / pitch) * 0.5 + noise(
        rng, shape, rng.uniform(30, 90) / pitch
    )
    path = size[2] * rng.uniform(0.95, 1.0) * inside * np.clip(1 + kind.uneven * layers, 0.2, 1.8)
    stamp.add(kind.material, where, (path * (rng.uniform(*kind.density) / MM_PER_CM)).astype(np.float32))
    material, thick = kind.tie
    for tie in ties if thick else ():
        x = half + tie * half
        density = 7.85 if material == "steel" else 0.95  # wire and woven strap, CRC Handbook
        stamp.box(material, (x, x + thick, 0, stamp.height), 2 * thick * 0.3 * density / MM_PER_CM)
    return stamp


def _bale_row(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: list[Canvas],
    size: Size,
    counts: tuple[int, int],
    lean: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    *,
    full: bool,
) -> None:
    columns, levels = counts
    step = size[0] * 1.01
    for i in range(columns):
        short = SHORT_LAST if i >= columns - 2 else SHORT
        top = levels - int(rng.random() < short * (not full)) * int(levels > 1)
        for j in range(top):
            stamp = stamps[int(rng.integers(len(stamps)))]
            x = i * step + float(lean[j, i]) + rng.normal(0, 0.006) * size[0]
            x = min(max(x, 0.0), canvas.width - stamp.width)
            canvas.stamp(stamp, x, j * size[1])
            canvas.mark("bale", (x, x + stamp.width, j * size[1], j * size[1] + stamp.height))
