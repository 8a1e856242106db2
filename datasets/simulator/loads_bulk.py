"""Loads that flow: heaps and liner bags, sacks and bales, big bags. Densities are as stowed, in g/cm3."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame, noise, pillow, waviness
from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """What flows: its material, its range of bulk densities, and the size of its pieces in mm."""

    material: str
    density: tuple[float, float]
    piece: float = 0.0
    repose: tuple[float, float] = (23.0, 35.0)  # angle of repose in degrees


# Bulk densities and angles of repose: Engineering ToolBox, "Bulk material densities" and "Angle of repose"; stowage factors
# of the GDV Transport Information Service (tis-gdv.de) for the bagged goods.
POURED = (
    Goods(material="cellulose", density=(0.70, 0.80)),  # wheat, maize, soya beans
    Goods(material="cellulose", density=(0.55, 0.68)),  # malt, green coffee, cocoa beans
    Goods(material="sugar", density=(0.80, 0.95)),  # raw and white sugar
    Goods(material="polyethylene", density=(0.52, 0.62)),  # plastic pellets
    Goods(material="concrete", density=(1.10, 1.60), repose=(30.0, 40.0)),  # cement, clays, salt
    Goods(material="granite", density=(1.40, 1.80), piece=40, repose=(33.0, 42.0)),  # ore, crushed stone
    Goods(material="cellulose", density=(0.18, 0.35), piece=35, repose=(35.0, 45.0)),  # wood chips, bark
)
SCRAP = (
    Goods(material="steel", density=(0.55, 1.15), piece=90, repose=(35.0, 45.0)),  # shredded and heavy melting scrap
    Goods(material="aluminium", density=(0.20, 0.60), piece=70, repose=(35.0, 45.0)),  # aluminium scrap
    Goods(material="brass", density=(0.60, 1.30), piece=70, repose=(35.0, 45.0)),  # mixed copper and brass scrap
)
SACKED = (
    Goods(material="cellulose", density=(0.55, 0.75)),  # coffee, cocoa, rice, flour
    Goods(material="sugar", density=(0.75, 0.90)),
    Goods(material="concrete", density=(1.10, 1.45)),  # cement
    Goods(material="polyethylene", density=(0.50, 0.60)),  # resins
)
BALED = (
    Goods(material="textile", density=(0.25, 0.55)),  # cotton (ISO 8115 bales: 360 to 420 kg/m3), wool, used clothes
    Goods(material="cellulose", density=(0.35, 0.80)),  # waste paper, pulp (pulp bales 0.7 to 0.85)
    Goods(material="rubber", density=(0.75, 0.95)),  # natural rubber bales
)


def pick(rng: np.random.Generator, goods: tuple[Goods, ...]) -> tuple[Goods, float]:
    """One kind of goods and its density."""
    chosen = goods[int(rng.integers(len(goods)))]
    return chosen, float(rng.uniform(*chosen.density))


def bulk(rng: np.random.Generator, frame: Frame) -> Sprite:
    """A heap at its angle of repose, or a bulging liner bag, or scrap; the depth of its crown fades the top."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    form = rng.choice(["heap", "liner", "scrap"], p=[0.35, 0.35, 0.30])
    goods, density = pick(rng, SCRAP if form == "scrap" else POURED)
    x = (np.arange(canvas.width_px, dtype=np.float32) + 0.5) * np.float32(canvas.pitch)
    top = _liner_top(rng, x, canvas) if form == "liner" else _heap_top(rng, x, canvas, goods)
    path = _crowned(rng, top, canvas, frame.depth, goods.piece)
    if goods.piece:
        path *= _grain(rng, path, goods.piece, canvas.pitch)
    canvas.add(
        goods.material, canvas.window(0, canvas.width - 1e-3, 0, canvas.height - 1e-3), path * (density / MM_PER_CM)
    )
    return canvas.sprite("bulk")


def _heap_top(rng: np.random.Generator, x: FloatArray, canvas: Canvas, goods: Goods) -> FloatArray:
    """Height of the crown along x: cones poured at several places, or one filled from the door, cut by the slope."""
    slope = np.tan(np.radians(rng.uniform(*goods.repose)))
    peak = canvas.height * rng.uniform(0.45, 0.95)
    if rng.random() < 0.6:
        full = canvas.width * rng.uniform(0.35, 0.95)
        top = peak - np.maximum(x - full, 0) * slope
    else:
        centres = np.linspace(0, canvas.width, int(rng.integers(2, 6)) * 2 + 1)[1::2]
        top = np.max([peak * rng.uniform(0.7, 1) - np.abs(x - c) * slope for c in centres], axis=0)
        top = np.maximum(top, peak * rng.uniform(0.1, 0.7))
    swell = waviness(rng, x.size, rng.uniform(300, 900) / canvas.pitch) * canvas.height * 0.02
    return _capped(top + swell, canvas)


def _liner_top(rng: np.random.Generator, x: FloatArray, canvas: Canvas) -> FloatArray:
    """Height of a filled liner: nearly level, bulging down at the door end, sometimes round at the front."""
    peak, reach = canvas.height * rng.uniform(0.6, 0.98), canvas.width * rng.uniform(0.93, 1.0)
    start, power = canvas.width * rng.uniform(0.2, 0.7), rng.uniform(2.0, 3.2)
    back = np.clip((x - start) / (reach - start), 0, 1) ** power
    top = peak * np.maximum(1 - back, 0) ** rng.uniform(0.35, 0.7)
    front = canvas.width * rng.uniform(0.0, 0.2)
    top *= 1 - rng.uniform(0.03, 0.2) * np.clip(1 - x / max(front, 1.0), 0, 1) ** 2
    swell = waviness(rng, x.size, rng.uniform(600, 1500) / canvas.pitch) * canvas.height * 0.008
    return _capped(top + swell, canvas)


def _capped(top: FloatArray, canvas: Canvas) -> FloatArray:
    capped: FloatArray = np.clip(top, 0, canvas.height).astype(np.float32)
    return capped


def _crowned(rng: np.random.Generator, top: FloatArray, canvas: Canvas, depth: float, piece: float) -> FloatArray:
    """Path through a heap whose surface falls from the crown to both walls as a parabola of a drop, (h, w) mm."""
    y = (np.arange(canvas.height_px, dtype=np.float32)[:, None] + 0.5) * np.float32(canvas.pitch)
    drop = np.float32(rng.uniform(0.08, 0.30) * min(depth, 2400.0))
    surface = np.broadcast_to(top, (canvas.height_px, canvas.width_px))
    if piece:
        surface = np.minimum(
            surface + noise(rng, surface.shape, piece / canvas.pitch) * np.float32(piece * 0.8), top + piece
        )
    below = np.clip((surface - y) / drop, 0, 1)
    path: FloatArray = np.sqrt(below, dtype=np.float32) * np.float32(depth)
    return path


def _grain(rng: np.random.Generator, path: FloatArray, piece: float, pitch: float) -> FloatArray:
    """Relative variation of a path through pieces of a size: the fewer pieces a beam meets, the more it varies."""
    grain = noise(rng, path.shape, piece / pitch) + noise(rng, path.shape, piece / pitch / 3) * np.float32(0.7)
    spread = np.sqrt(np.float32(piece) / np.maximum(path, piece))
    varied: FloatArray = np.clip(1 + grain * spread * np.float32(1.3), 0, 4)
    return varied


def sacks(rng: np.random.Generator, frame: Frame) -> Sprite:
    """Sacks in upright columns or bound like bricks, on pallets or on the floor; or bales."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    baled = rng.random() < 0.3
    goods, density = pick(rng, BALED if baled else SACKED)
    # 25 to 60 kg sacks: GDV gives 600-1000 x 350-600 x 120-250 mm; bales ISO 8115: 1400 x 530 x 700 mm and smaller.
    long, high = (
        (rng.uniform(550, 1100), rng.uniform(350, 700)) if baled else (rng.uniform(330, 850), rng.uniform(110, 230))
    )
    deep = rng.uniform(450, 1100)
    rows = max(1, round(frame.depth / deep))
    stamps = [
        _sack(rng, goods.material, density, (long, high, frame.depth / rows), frame.pitch, baled) for _ in range(10)
    ]
    lift = _sack_base(rng, canvas, frame) if rng.random() < 0.35 else 0.0
    levels = _levels(rng, canvas, long, (canvas.height - lift) * rng.uniform(0.4, 0.97) / high)
    bond = 0.5 if rng.random() < 0.25 else 0.0
    for row in range(rows):
        _sack_row(rng, canvas, stamps, (long, high), levels + (rng.integers(-1, 2) if row else 0), lift, bond)
    return canvas.sprite("sacks")


def _sack_base(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> float:
    """Pallets under the sacks; returns their height."""
    length = rng.choice([1000.0, 1200.0])
    for i in range(int(canvas.width // length)):
        pallet(canvas, i * length, length * 0.97, frame.depth)
    return PALLET_HEIGHT


def _levels(
    rng: np.random.Generator, canvas: Canvas, long: float, most: float
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """How many sacks high each column is: level, with steps down towards the door."""
    n = max(1, int(canvas.width // long))
    wobble = rng.integers(-1, 1, n) * (rng.random(n) < 0.4)
    filled = int(n * rng.uniform(0.6, 1.0)) or 1
    step = np.where(np.arange(n) < filled, 0, -int(rng.integers(0, max(2, int(most)))))
    levels: np.ndarray[tuple[int], np.dtype[np.int64]] = np.maximum(int(most) + wobble + step, 0)
    return levels


def _sack(
    rng: np.random.Generator, material: str, density: float, size: tuple[float, float, float], pitch: float, baled: bool
) -> Canvas:
    """One sack or bale: round edges, slack corners; bales have straps."""
    a, b, c = (s / 2 * rng.uniform(0.95, 1.02) for s in size)
    stamp = Canvas.of(2 * a + 2 * pitch, 2 * b + 2 * pitch, pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    x, y = where.x_1W - a - pitch, where.y_H1 - b - pitch
    sag = y + np.float32(rng.uniform(-0.12, 0.12) * b) * np.cos(x * np.float32(rng.uniform(2, 4) / a))
    stamp.add(material, where, pillow(x, sag, a, b, c) * np.float32(density * rng.uniform(0.93, 1.05) / MM_PER_CM))
    if baled:
        for strap in np.linspace(-0.6, 0.6, int(rng.integers(3, 6))) * a + a:
            stamp.box("steel", (strap, strap + 4, pitch, 2 * b), 0.5)  # wire ties, 3 to 4 mm
    return stamp


def _sack_row(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: list[Canvas],
    size: tuple[float, float],
    levels: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    lift: float,
    bond: float,
) -> None:
    long, high = size
    spread = (canvas.width - len(levels) * long) / len(levels)
    for i, n in enumerate(levels):
        left = i * (long + spread) + rng.normal(0, 0.02) * long
        for j in range(int(n)):
            x = left + rng.normal(0, 0.02) * long + (bond * long if j % 2 else 0)
            y = lift + j * high + rng.normal(0, 0.02) * high
            if y + high <= canvas.height:
                canvas.stamp(stamps[int(rng.integers(len(stamps)))], x, max(y, 0))


PALLET_HEIGHT = 144.0  # EN 13698-1, the EUR flat pallet: 144 mm high, 20 to 25 kg
PINE = 0.50  # g/cm3, air-dry pine: USDA Wood Handbook (2010), table 4-3


def pallet(canvas: Canvas, x: float, length: float, depth: float) -> None:
    """A flat wooden pallet seen from the side: deck boards above and below, three blocks between."""
    full = PINE * depth / MM_PER_CM
    canvas.box("cellulose", (x, x + length, 122, PALLET_HEIGHT), full * 0.85)
    canvas.box("cellulose", (x, x + length, 100, 122), full * 0.40)
    canvas.box("cellulose", (x, x + length, 0, 22), full * 0.40)
    for share in (0.0, 0.45, 0.90):
        canvas.box("cellulose", (x + share * length, x + (share + 0.1) * length, 22, 100), full * 0.40)


def big_bags(rng: np.random.Generator, frame: Frame) -> Sprite:
    """Flexible intermediate bulk containers (ISO 21898): bulging columns with lifting loops, one or two high."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    goods, density = pick(rng, POURED)
    wide = rng.uniform(880, 1150)  # ISO 21898 bases 0.85 to 1.1 m, bulging when filled
    rows = max(1, int(frame.depth // 1000))
    two_high = canvas.height > 1700 and rng.random() < 0.45
    high = canvas.height * rng.uniform(0.36, 0.47) if two_high else min(rng.uniform(700, 1900), canvas.height * 0.9)
    stamps = [_big_bag(rng, goods.material, density, (wide, high, frame.depth / rows), frame.pitch) for _ in range(6)]
    columns = max(1, int(canvas.width / (wide * 0.97)))
    for row in range(rows):
        _bag_row(rng, canvas, stamps, columns, high, two_high, row)
    return canvas.sprite("big_bags")


def _bag_row(
    rng: np.random.Generator, canvas: Canvas, stamps: list[Canvas], columns: int, high: float, two_high: bool, row: int
) -> None:
    step = canvas.width / columns
    for i in range(columns):
        if row and rng.random() < 0.08:
            continue
        x = i * step + rng.normal(0, 0.015) * step
        canvas.stamp(stamps[int(rng.integers(len(stamps)))], x, 0)
        if two_high and rng.random() < 0.93:
            canvas.stamp(stamps[int(rng.integers(len(stamps)))], x + rng.normal(0, 0.04) * step, high * 0.97)


def _big_bag(
    rng: np.random.Generator, material: str, density: float, size: tuple[float, float, float], pitch: float
) -> Canvas:
    """One bag: upright sides that bulge, a domed top and a flat bottom, with loops above."""
    a, c = size[0] / 2, size[2] / 2 * rng.uniform(0.93, 1.0)
    high = size[1] * rng.uniform(0.88, 1.0)
    loops = rng.uniform(100, 280)
    stamp = Canvas.of(2 * a, high + loops, pitch)
    where = stamp.window(0, stamp.width, 0, stamp.height)
    x, y = (where.x_1W - a) / a, where.y_H1 / high
    dome = 1 - rng.uniform(0.10, 0.30) * np.square(x) - rng.uniform(0, 0.05) * np.abs(x)
    y = y / dome
    bulge = np.float32(rng.uniform(0.90, 0.97)) + np.float32(rng.uniform(0.03, 0.09)) * np.sin(np.pi * np.clip(y, 0, 1))
    rounded = np.clip((y - 0.80) / 0.20, 0, None) ** rng.uniform(2.0, 3.0)
    inside = 1 - np.square(np.square(x / bulge)) - rounded
    path = 2 * c * np.sqrt(np.sqrt(np.clip(inside, 0, 1))) * bulge
    stamp.add(material, where, (path * (density / MM_PER_CM)).astype(np.float32))
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
