"""Timber: bundles of sawn boards, and logs."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame, chord
from scantally.datasets.simulator.shapes_depth import rows_of
from scantally.detector.types import FloatArray

# Densities in g/cm3: woods from the USDA Wood Handbook (FPL-GTR-190, 2010), tables 4-3 and 5-3: spruce 0.40 to oak 0.68, tropical ones to 1.


def timber(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Bundles of sawn boards on stickers, or logs that lie lengthwise."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    if rng.random() < 0.45:
        _logs(rng, canvas, frame)
    else:
        _board_bundles(rng, canvas, frame)
    return canvas


def _board_bundles(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> None:
    """Bundles about 1.1 m wide, two in depth, several high and long, their ends not flush."""
    n = max(1, round(canvas.width / rng.uniform(2400, 6000)))  # EN 1313-1: lengths of 1.8 to 6 m
    length = canvas.width / n
    across = max(1, round(frame.depth / 1150))
    density, high = rng.uniform(0.40, 0.75), rng.uniform(400, 1100)
    levels = max(1, int(canvas.height * rng.uniform(0.6, 0.98) // (high + 90)))
    high = min(high, canvas.height / levels - 90)
    for i in range(n):
        for k in range(across):
            canvas.turn_to(k / across, (k + 1) / across)
            for j in range(levels - (rng.random() < 0.2)):
                shorter = rng.uniform(0, 0.12) * length
                place = (i * length + rng.uniform(0, 1) * shorter, length - shorter - 30, j * (high + 90))
                _bundle(rng, canvas, place, max(high, 60), frame.depth / across * rng.uniform(0.8, 0.95), density)


def _bundle(
    rng: np.random.Generator,
    canvas: Canvas,
    place: tuple[float, float, float],
    high: float,
    deep: float,
    density: float,
) -> None:
    """One bundle on 80 to 100 mm bearers: boards of 22 to 75 mm (EN 1313-1) with stickers of 20 to 25 mm in kiln-dried goods."""
    x, length, y = place
    board, sticker = rng.uniform(22, 75), rng.choice([0.0, 2.0, 22.0])
    bearers = np.linspace(0.06, 0.90, max(2, int(length // 900)))
    for share in bearers:
        canvas.box("cellulose", (x + share * length, x + share * length + 90, y, y + 85), PINE * deep / MM_PER_CM)
    up = 90.0
    while up + board <= high + 90:
        front, back = rng.uniform(0, 60, 2)
        areal = density * rng.uniform(0.92, 1.06) * deep / MM_PER_CM
        canvas.box("cellulose", (x + front, x + length - back, y + up, y + up + board), areal)
        if sticker > 5:
            for share in bearers:
                gap = (x + share * length, x + share * length + 30, y + up + board, y + up + board + sticker)
                canvas.box("cellulose", gap, PINE * deep / MM_PER_CM)
        up += board + sticker
    for share in bearers[:: max(1, len(bearers) // 3)]:
        canvas.box("steel", (x + share * length, x + share * length + 20, y, y + up), 1.2)  # steel strap 19 x 0.5 mm


def _logs(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> None:
    """Logs in depth and height, each tapered and slightly askew; drawn at a quarter of the pitch along x and stretched."""
    coarse = max(1, canvas.width_px // 4)
    radius = rng.uniform(75, 260)
    density = rng.uniform(0.55, 1.05)  # green wood: USDA Wood Handbook, table 4-1 (moisture) with table 5-3
    lengths = max(1, round(canvas.width / rng.choice([2900.0, 5800.0, 11600.0])))
    levels = max(1, int(canvas.height * rng.uniform(0.5, 0.95) / (radius * 1.75)))
    per_layer = min(max(1, int(frame.depth / (2 * radius))), 8)
    share = max(1.0, frame.depth / (2 * radius * per_layer))
    # A round log shows its edges where the beam touches it, at one depth: so its slice is thinner than the log.
    spans = rows_of(min(per_layer, LOG_SLICES), frame.depth, min(radius * 0.8, frame.depth / per_layer))
    end = int(rng.integers(2))
    thin: FloatArray = np.zeros((len(spans), canvas.height_px, coarse), np.float32)
    y_H1 = ((np.arange(canvas.height_px, dtype=np.float32) + 0.5) * np.float32(canvas.pitch))[:, None]
    for i in range(lengths):
        for j in range(levels):
            for k in range(per_layer if j < levels - 1 else max(1, per_layer // 2)):
                ends = _ends(rng, (i / lengths, (i + 1) / lengths), end)
                behind = thin[k * len(spans) // per_layer]
                _log(rng, behind, y_H1, ends, radius * (1 + 1.75 * j), radius, canvas.width)
    repeats = -(-canvas.width_px // coarse)
    for depths, areal in zip(spans, thin, strict=True):
        canvas.turn_to(*depths)
        wide = np.repeat(areal, repeats, axis=1)[:, : canvas.width_px]
        canvas.layer("cellulose")[:] += wide * np.float32(density * share / MM_PER_CM)


LOG_SLICES = 4


def _ends(rng: np.random.Generator, room: tuple[float, float], end: int) -> tuple[float, float]:
    """Where a log begins and ends: the bundle is flush at one end, and at the other each log ends where it is cut."""
    long = room[1] - room[0]
    flush, ragged = rng.uniform(0, 0.04) * long, abs(rng.normal(0, 0.13)) * long
    cut = (ragged, flush) if end == 0 else (flush, ragged)
    return room[0] + min(cut[0], 0.35 * long), room[1] - min(cut[1], 0.35 * long)


def _log(
    rng: np.random.Generator,
    thin: FloatArray,
    y_H1: FloatArray,
    ends: tuple[float, float],
    height: float,
    radius: float,
    width: float,
) -> None:
    """One log: path through a cone whose axis slopes and bends a little; cut below by the floor."""
    columns = thin.shape[1]
    room = ends[1] - ends[0]
    c0, c1 = int(ends[0] * columns), int(ends[1] * columns)
    if c1 <= c0:
        return
    r = radius * rng.uniform(0.7, 1.15)
    along = np.linspace(-0.5, 0.5, c1 - c0, dtype=np.float32)
    taper = r * (1 + rng.choice([-1, 1]) * rng.uniform(0.05, 0.2) * along)
    slope = rng.normal(0, 0.016) * room * width * (height > 2 * radius)
    axis = np.maximum(height + slope * along + rng.normal(0, 0.15) * r * np.square(2 * along), taper)
    low, high = float((axis - taper).min()), float((axis + taper).max())
    rows = slice(int(np.searchsorted(y_H1[:, 0], low)), int(np.searchsorted(y_H1[:, 0], high)))
    thin[rows, c0:c1] += chord(y_H1[rows] - axis, taper)
