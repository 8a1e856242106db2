"""Loads that flow: heaps, liner bags and scrap. Densities are as stowed, in g/cm3."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, noise, waviness
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """What flows: its material, its range of bulk densities, and the size of its pieces in mm."""

    material: str
    density: tuple[float, float]
    piece: float = 0.0
    repose: tuple[float, float] = (23.0, 35.0)  # angle of repose in degrees


# Bulk densities: stowage factors of cargo in bulk (handybulk.com, segalshipping.com, the IMSBC Code for ores) and tables of bulk
# densities (inter-bulk.com, simetric.co.uk), widened to the next 0.05; shredded scrap 0.8 to 1.1 (ISRI Scrap Specifications Circular),
# heavy and mixed scrap lighter: assumed. Angles of repose: grain and pellets 23 to 35, broken ore and chips 33 to 45 degrees, assumed
# from the handling trade's tables. docs/sources.md has the figures that were read.
POURED = (
    Goods(material="cellulose", density=(0.65, 0.85)),  # wheat, maize, soya beans
    Goods(material="cellulose", density=(0.45, 0.75)),  # malt, green coffee, cocoa beans
    Goods(material="sugar", density=(0.80, 0.95)),  # raw and white sugar
    Goods(material="polyethylene", density=(0.50, 0.88)),  # plastic pellets, those of PET the heaviest
    Goods(material="concrete", density=(0.88, 1.65), repose=(30.0, 40.0)),  # cement, clays, salt
    Goods(material="granite", density=(1.25, 2.00), piece=40, repose=(33.0, 42.0)),  # ore, crushed stone
    Goods(material="cellulose", density=(0.18, 0.40), piece=35, repose=(35.0, 45.0)),  # wood chips, bark
)
SCRAP = (
    Goods(material="steel", density=(0.55, 1.15), piece=90, repose=(35.0, 45.0)),  # shredded and heavy melting scrap
    Goods(material="aluminium", density=(0.20, 0.60), piece=70, repose=(35.0, 45.0)),  # aluminium scrap
    Goods(material="brass", density=(0.60, 1.30), piece=70, repose=(35.0, 45.0)),  # mixed copper and brass scrap
)


def pick(rng: np.random.Generator, goods: tuple[Goods, ...]) -> tuple[Goods, float]:
    """One kind of goods and its density."""
    chosen = goods[int(rng.integers(len(goods)))]
    return chosen, float(rng.uniform(*chosen.density))


def bulk(rng: np.random.Generator, frame: Frame) -> Canvas:
    """A heap at its angle of repose, or a bulging liner bag, or scrap; the depth of its crown fades the top."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    form = rng.choice(["heap", "liner", "scrap"], p=[0.35, 0.35, 0.30])
    goods, density = pick(rng, SCRAP if form == "scrap" else POURED)
    x = (np.arange(canvas.width_px, dtype=np.float32) + 0.5) * np.float32(canvas.pitch)
    held = form == "liner" and rng.random() < 0.5 and canvas.width > 1500
    wall = canvas.width - rng.uniform(60, 250) if held else canvas.width
    top = _liner_top(rng, x, canvas, wall, held) if form == "liner" else _heap_top(rng, x, canvas, goods)
    n = DEPTHS  # pieces at several depths overlap in the picture, and a crown is narrow on top
    drop = np.float32(rng.uniform(0.08, 0.30) * min(frame.depth, 2400.0))
    for i in range(n):
        canvas.turn_to(i / n, (i + 1) / n)
        path = _crowned(rng, top, canvas, drop, (i / n, (i + 1) / n), goods.piece) * np.float32(frame.depth)
        if goods.piece:
            path *= _grain(rng, path, goods.piece, canvas.pitch)
        everywhere = canvas.window(0, canvas.width - 1e-3, 0, canvas.height - 1e-3)
        canvas.add(goods.material, everywhere, path * np.float32(density / MM_PER_CM))
    if held:
        _bulkhead(rng, canvas, wall, float(top.max()), frame.depth)
    return canvas


DEPTHS = 4
"""Slices of a heap."""


def _bulkhead(rng: np.random.Generator, canvas: Canvas, x: float, high: float, depth: float) -> None:
    """What holds a liner back from the doors: four or five bars of 40 x 60 mm square tube across, and a board or planks on them."""
    tall = min(high * rng.uniform(0.85, 1.0), canvas.height)
    board = float(rng.choice([4.0, 12.0, 38.0]))
    bars = int(rng.integers(4, 6))
    for i in range(DEPTHS):
        canvas.turn_to(i / DEPTHS, (i + 1) / DEPTHS)
        share = depth / DEPTHS / MM_PER_CM
        canvas.box("cellulose", (x, x + board, 0, tall), 0.55 * share)  # plywood and planks: USDA Wood Handbook (2010)
        for y in np.linspace(0.06, 0.9, bars) * tall:
            canvas.box("steel", (x + board, x + board + 40, y, y + 60), 7.85 * 0.24 * share)  # walls of 3 mm


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


def _liner_top(rng: np.random.Generator, x: FloatArray, canvas: Canvas, wall: float, held: bool) -> FloatArray:
    """Height of a filled liner: nearly level, falling off to the door end or full up to a bulkhead, sometimes round in front."""
    peak, reach = canvas.height * rng.uniform(0.6, 0.98), canvas.width * rng.uniform(0.93, 1.0)
    if held:
        slack = np.clip((x - wall + 400) / 400, 0, 1) ** 2
        swell = waviness(rng, x.size, rng.uniform(600, 1500) / canvas.pitch) * canvas.height * 0.008
        return _capped((peak * (1 - rng.uniform(0.02, 0.3) * slack) + swell) * (x < wall), canvas)
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


def _crowned(
    rng: np.random.Generator, top: FloatArray, canvas: Canvas, drop: np.float32, depths: Depths, piece: float
) -> FloatArray:
    """Share of the depth between two depths that lies below a surface which falls as a parabola to both walls, (h, w)."""
    y = (np.arange(canvas.height_px, dtype=np.float32)[:, None] + 0.5) * np.float32(canvas.pitch)
    surface = np.broadcast_to(top, (canvas.height_px, canvas.width_px))
    if piece:
        surface = surface + noise(rng, surface.shape, piece / canvas.pitch / 2) * np.float32(piece * 0.5)
    reach = (
        np.sqrt(np.clip((surface - y) / drop, 0, 1), dtype=np.float32) / 2
    )  # from the crown at half depth, either way
    near, far = (np.float32(v) for v in depths)
    inside = np.minimum(np.float32(0.5) + reach, far) - np.maximum(np.float32(0.5) - reach, near)
    share: FloatArray = np.maximum(inside, 0)
    return share


def _grain(rng: np.random.Generator, path: FloatArray, piece: float, pitch: float) -> FloatArray:
    """Relative variation of a path through pieces of a size: the fewer pieces a beam meets, the more it varies."""
    size = piece / pitch
    grain = noise(rng, path.shape, size) + noise(rng, path.shape, size / 2.5) + noise(rng, path.shape, size / 6)
    spread = np.sqrt(np.float32(piece) / np.maximum(path, piece))
    varied: FloatArray = np.clip(1 + grain * spread * np.float32(1.4), 0, 5)
    return varied
