"""Stacked loads: timber, sheets, stone."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, chord, waviness
from scantally.datasets.simulator.shapes_depth import draw_deep, even, rows_of
from scantally.datasets.simulator.shapes_solids import Solid, block, prism, rotation
from scantally.detector.types import FloatArray

# Densities in g/cm3: woods from the USDA Wood Handbook (2010), tables 4-3 and 5-3; metals, glass, stone from the CRC Handbook.
SHEETS = (
    ("cellulose", 0.55, 0.72),  # plywood, particle board, MDF
    ("cellulose", 0.70, 1.00),  # paper and board in sheets
    ("steel", 7.80, 7.90),
    ("aluminium", 2.65, 2.75),
    ("polyethylene", 0.92, 1.30),  # plastic sheet
    ("glass", 2.45, 2.55),
)
STONE = (2.60, 2.75)  # granite, marble


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
    spans = even(min(per_layer, LOG_SLICES))
    thin: FloatArray = np.zeros((len(spans), canvas.height_px, coarse), np.float32)
    y_H1 = ((np.arange(canvas.height_px, dtype=np.float32) + 0.5) * np.float32(canvas.pitch))[:, None]
    for i in range(lengths):
        for j in range(levels):
            for k in range(per_layer):
                ends = (i / lengths, (i + 1) / lengths)
                behind = thin[k * len(spans) // per_layer]
                _log(rng, behind, y_H1, ends, radius * (1 + 1.75 * j), radius, canvas.width)
    repeats = -(-canvas.width_px // coarse)
    for depths, areal in zip(spans, thin, strict=True):
        canvas.turn_to(*depths)
        wide = np.repeat(areal, repeats, axis=1)[:, : canvas.width_px]
        canvas.layer("cellulose")[:] += wide * np.float32(density * share / MM_PER_CM)


LOG_SLICES = 4


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
    c0 = int((ends[0] + rng.uniform(0, 0.12) * room) * columns)
    c1 = int((ends[1] - rng.uniform(0, 0.12) * room) * columns)
    if c1 <= c0:
        return
    r = radius * rng.uniform(0.7, 1.15)
    along = np.linspace(-0.5, 0.5, c1 - c0, dtype=np.float32)
    taper = r * (1 + rng.choice([-1, 1]) * rng.uniform(0.05, 0.2) * along)
    slope = rng.normal(0, 0.012) * room * width * (height > 2 * radius)
    axis = np.maximum(height + slope * along + rng.normal(0, 0.15) * r * np.square(2 * along), taper)
    low, high = float((axis - taper).min()), float((axis + taper).max())
    rows = slice(int(np.searchsorted(y_H1[:, 0], low)), int(np.searchsorted(y_H1[:, 0], high)))
    thin[rows, c0:c1] += chord(y_H1[rows] - axis, taper)


def sheets(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Stacks of plates on bearers, or plates that stand on edge in frames."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    kind, low, high = SHEETS[int(rng.integers(len(SHEETS)))]
    upright = rng.random() < 0.35
    x = rng.uniform(0, 0.05) * canvas.width
    # Sheet lengths: 2,440 x 1,220 mm (ISO 1954, EN 324-1), 2,000 to 3,000 mm metal, 700 to 1,000 mm paper.
    length = float(rng.choice([720.0, 1020.0, 1220.0, 2440.0, 3000.0]))
    length = min(length, canvas.width * 0.95)
    while x + length <= canvas.width:
        density = rng.uniform(low, high)
        if upright:
            _standing(rng, canvas, (x, length), frame.depth, kind, density)
        elif rng.random() < 0.93:
            _lying(rng, canvas, (x, length), frame.depth, kind, density)
        x += length + rng.uniform(20, 160)
    return canvas


def _lying(
    rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float, kind: str, density: float
) -> None:
    """Bundles on bearers, some high; heavy ones stay low so that a floor would bear them."""
    x, length = place
    heavy = density > 2
    most = (rng.uniform(0.08, 0.25) if heavy else rng.uniform(0.45, 0.95)) * canvas.height
    across = 2 if depth > 1800 else 1
    for k in range(across):
        canvas.turn_to(k / across, (k + 1) / across)
        y = 0.0
        while True:
            tall = rng.uniform(80, 260) if heavy else rng.uniform(250, 800)
            if y + tall + 95 > most:
                break
            _package(rng, canvas, (x, length), (y, tall), depth / across * rng.uniform(0.85, 0.97), kind, density)
            y += tall + 95


def _package(
    rng: np.random.Generator,
    canvas: Canvas,
    place: tuple[float, float],
    rise: tuple[float, float],
    deep: float,
    kind: str,
    density: float,
) -> None:
    x, length = place
    y, tall = rise
    for share in np.linspace(0.04, 0.90, max(3, int(length // 600))):
        canvas.box("cellulose", (x + share * length, x + share * length + 80, y, y + 95), PINE * deep / MM_PER_CM)
    slack, up = rng.uniform(0, 25), 95.0
    while up < tall + 95:
        ply = min(rng.uniform(60, 200), tall + 95 - up)  # a count of sheets between two slips
        shift = rng.normal(0, 5)
        canvas.box(
            kind,
            (x + slack + shift, x + length - slack + shift, y + up, y + up + ply - 2.5),
            density * deep / MM_PER_CM,
        )
        up += ply


def _standing(
    rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float, kind: str, density: float
) -> None:
    """Plates on edge in a wooden frame, face to the beam: packs of a few centimetres in depth."""
    x, length = place
    tall = min(rng.uniform(900, 2200), canvas.height - 120)
    if tall < 100:
        return
    packs = int(rng.integers(2, 5))
    pack = min(rng.uniform(25, 140) * MM_PER_CM / density, depth * 0.8) / packs  # together 25 to 140 g/cm2
    for slot in rng.permutation(len(SLOTS))[:packs]:
        canvas.turn_to(*SLOTS[slot])
        cut = rng.uniform(0.75, 1.0, 2)
        start = x + rng.uniform(0, 1) * length * (1 - cut[0])
        canvas.box(kind, (start, start + length * cut[0], 100, 100 + tall * cut[1]), density * pack / MM_PER_CM)
    timber_frame(canvas, (x, length), tall + 100, depth, SLOTS)


SLOTS: tuple[Depths, ...] = ((0.06, 0.14), (0.32, 0.42), (0.58, 0.68), (0.86, 0.94))
"""Depths at which packs of plates stand on edge."""


def timber_frame(
    canvas: Canvas, place: tuple[float, float], tall: float, depth: float, spans: tuple[Depths, ...]
) -> None:
    """A frame of 80 to 100 mm squared timber: bearers across, uprights and a top rail at the nearest and the farthest slice."""
    x, length = place
    for depths in spans:
        canvas.turn_to(*depths)
        canvas.box("cellulose", (x, x + length, 0, 30), PINE * depth * 0.5 / len(spans) / MM_PER_CM)
        for share in np.linspace(0, 1, max(2, int(length // 900) + 1)):
            left = min(x + share * length, x + length - 90)
            canvas.box("cellulose", (left, left + 90, 30, 100), PINE * depth * 0.8 / len(spans) / MM_PER_CM)
            if depths in (spans[0], spans[-1]):
                canvas.box("cellulose", (left, left + 80, 100, tall), PINE * 80 / MM_PER_CM)
        if depths in (spans[0], spans[-1]):
            canvas.box("cellulose", (x, x + length, tall - 60, tall), PINE * 80 / MM_PER_CM)


def slabs(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Stone: bundles of slabs on A-frames, seen on the face or on edge, or rough blocks on bearers."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    form = rng.choice(["face", "edge", "blocks"], p=[0.5, 0.3, 0.2])
    x, end = rng.uniform(0.0, 0.2) * canvas.width, canvas.width * rng.uniform(0.8, 1.0)
    while True:
        length = {"face": rng.uniform(2000, 3200), "edge": rng.uniform(450, 1300), "blocks": rng.uniform(1300, 2600)}[
            str(form)
        ]
        length = min(length, canvas.width * 0.7)
        if x + length > end:
            break
        draw = {"face": _slab_faces, "edge": _slab_edges, "blocks": _stone_block}[str(form)]
        draw(rng, canvas, (x, length), frame.depth)
        x += length + rng.uniform(40, 500)
    if canvas.is_empty():
        _stone_block(rng, canvas, (0.0, canvas.width * 0.8), frame.depth)
    return canvas


def _slab_faces(rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float) -> None:
    """Two bundles lean to the A-frame between them: 20 or 30 mm slabs, 2.4 to 3.2 m long and 1.2 to 2 m high."""
    x, length = place
    for near, far in FACES:
        canvas.turn_to(near, far)
        tall, thick, n = rng.uniform(1100, 2000), rng.choice([20.0, 30.0]), int(rng.integers(5, 14))
        tall = min(tall, canvas.height - 130)
        for _ in range(n if tall > 100 else 0):
            a, b = x + rng.uniform(0, 0.04) * length, x + length * rng.uniform(0.94, 1.0)
            top = 120 + tall * rng.uniform(0.93, 1.0)
            canvas.box("granite", (a, b, 120, top), min(thick, depth / 3 / n) * rng.uniform(*STONE) / MM_PER_CM)
    timber_frame(canvas, place, min(canvas.height, rng.uniform(1300, 2150)), depth * 0.8, FACES)
    for depths in FACES:
        canvas.turn_to(*depths)
        for share in (0.15, 0.5, 0.85):
            canvas.box("steel", (x + share * length, x + share * length + 60, 0, min(1900, canvas.height)), 1.5)


FACES: tuple[Depths, ...] = ((0.22, 0.40), (0.60, 0.78))
"""Depths of two bundles of slabs that lean to a frame between them."""


def _slab_edges(rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float) -> None:
    """A bundle that stands across: leaning lines with thin gaps."""
    x, length = place
    lean = rng.uniform(3, 10) * rng.choice([-1, 1])
    tall = min(rng.uniform(1000, 1900), canvas.height - 200)
    if tall < 100:
        return
    turn = rotation(np.radians(lean), 0, 0)
    slip = tall * np.sin(np.radians(abs(lean))) * (lean > 0)
    deep, pieces = min(rng.uniform(1500, 2300), depth), min(max(1, int(min(length * 0.6, length - slip - 40) / 34)), 24)
    solids: list[Solid] = []
    for i in range(pieces):
        slab = block(
            "granite", rng.uniform(*STONE), (0, 0, 0), (30, tall * rng.uniform(0.975, 1), deep * rng.uniform(0.9, 1))
        )
        solids.append(slab.moved(turn, (x + slip + i * 33.5, 120, 0)))
    base = [(x, 0.0), (x + length, 0.0), (x + length, 115.0), (x, 115.0)]
    solids.append(prism("cellulose", PINE, base, (0, deep * 0.6)))
    middle = [s.moved(np.eye(3), (0, 0, (depth - deep) / 2)) for s in solids]
    draw_deep(canvas, middle, depth, even(3))


def _stone_block(rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float) -> None:
    """A rough block on bearers: quarry blocks are cut to about 1.3 to 2.6 x 1 to 1.6 m to stay under 26 t."""
    x, length = place
    tall = min(rng.uniform(700, 1600), canvas.height - 110)
    if tall < 60:
        return
    where = canvas.window(x, x + length, 100, 100 + tall)
    rough = waviness(rng, where.x_1W.size, 12) * 8
    top = np.clip((100 + tall * 0.985 + rough - where.y_H1) / canvas.pitch, 0, 1)
    deep = min(depth * float(rng.choice([0.5, 0.6, 0.7])), 1700.0)
    canvas.turn_to(*rows_of(1, depth, deep)[0])
    canvas.add("granite", where, (top * (deep * rng.uniform(*STONE) / MM_PER_CM)).astype(np.float32))
    for share in (0.1, 0.45, 0.8):
        canvas.box("cellulose", (x + share * length, x + share * length + 120, 0, 100), PINE * deep / MM_PER_CM)
