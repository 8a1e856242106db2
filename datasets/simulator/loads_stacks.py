"""Stacked loads: sheets, stone."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame, waviness
from scantally.datasets.simulator.shapes_depth import draw_deep, even, rows_of
from scantally.datasets.simulator.shapes_solids import Solid, block, prism, rotation
from scantally.detector.types import FloatArray

# Densities in g/cm3: wood panels after makers' data; paper 0.61 to 1.16 (newsprint to coated), widened; metals from the CRC Handbook and
# PNNL-15870; float glass 2.5 (EN 572-1); granite 2.69 (PNNL-15870), marble to 2.75; plastic sheet from polyethylene to acrylic 1.19, filled.
SHEETS = (
    ("cellulose", 0.55, 0.72),  # plywood, particle board, MDF
    ("cellulose", 0.70, 1.00),  # paper and board in sheets
    ("steel", 7.80, 7.90),
    ("aluminium", 2.65, 2.75),
    ("polyethylene", 0.92, 1.30),  # plastic sheet
    ("glass", 2.45, 2.55),
)
STONE = (2.60, 2.75)  # granite, marble


def sheets(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Stacks of plates on bearers, or plates that stand on edge in frames."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    kind, low, high = SHEETS[int(rng.integers(len(SHEETS)))]
    upright = rng.random() < 0.3
    sagging = not upright and kind == "cellulose" and rng.random() < 0.6  # veneer, hides, soft board
    x = rng.uniform(0, 0.05) * canvas.width
    # Sheet lengths are those of the trade (no standard sets them): 2,440 x 1,220 mm panels, 2,000 to 3,000 mm metal, 700 to 1,000 mm paper.
    length = float(rng.choice([720.0, 1020.0, 1220.0, 2440.0, 3000.0]))
    length = min(length, canvas.width * 0.95)
    while x + length <= canvas.width:
        density = rng.uniform(low, high)
        if upright:
            _standing(rng, canvas, (x, length), frame.depth, kind, density)
        elif sagging:
            _sagging(rng, canvas, (x, length), frame.depth, kind, density)
        elif rng.random() < 0.93:
            _lying(rng, canvas, (x, length), frame.depth, kind, density)
        x += length + rng.uniform(20, 160)
    return canvas


def _sagging(
    rng: np.random.Generator, canvas: Canvas, place: tuple[float, float], depth: float, kind: str, density: float
) -> None:
    """A pack of thin limp layers on bearers, in two or three rows: its top sags or slants, and layers part here and there."""
    x, length = place
    rows = int(rng.integers(2, 4)) if depth > 1500 else 1
    tall = canvas.height * rng.uniform(0.4, 0.8)
    for depths in rows_of(rows, depth, depth / rows * 0.95):
        canvas.turn_to(*depths)
        deep = depth * (depths[1] - depths[0])
        for share in np.linspace(0.04, 0.90, max(3, int(length // 600))):
            canvas.box("cellulose", (x + share * length, x + share * length + 80, 0, 95), PINE * deep / MM_PER_CM)
        where = canvas.window(x, x + length, 95, min(tall * 1.2 + 95, canvas.height - 1e-3))
        areal = _layers(rng, where.x_1W, where.y_H1 - np.float32(95), (x + length / 2, length / 2, tall), canvas.pitch)
        canvas.add(kind, where, areal * np.float32(density * deep / MM_PER_CM))


def _layers(
    rng: np.random.Generator, x_1W: FloatArray, y_H1: FloatArray, shape: tuple[float, float, float], pitch: float
) -> FloatArray:
    """Share of the full thickness of a sagging pack, (h, w); ``shape`` is its middle, half length and height."""
    middle, half, tall = shape
    tall *= rng.uniform(0.85, 1.05)
    u = (x_1W - middle) / half
    bend = rng.uniform(-0.07, 0.07) * u + rng.uniform(-0.02, 0.07) * (np.square(u) - 0.5)
    bend = bend + 0.006 * waviness(rng, u.size, half / pitch / 2)[None, :]
    level = y_H1 / tall - bend * np.clip(y_H1 / tall, 0, 1)  # the lowest layers lie flat
    share = np.clip((1 - level) * tall / pitch + 0.5, 0, 1)
    for _ in range(int(rng.integers(4, 10))):
        at, turned = rng.uniform(0.15, 1.0), rng.uniform(-0.05, 0.05)
        open_1W = np.clip(np.sin(u * rng.uniform(0.8, 2.5) + rng.uniform(0, 6)), 0, 1) * rng.uniform(0.1, 0.6)
        share = share * (1 - open_1W * np.exp(-np.square((level - at - turned * u) / rng.uniform(0.004, 0.015))))
    out: FloatArray = share.astype(np.float32)
    return out


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
    back = block("cellulose", PINE, (0, 0, 0), (80, tall * 0.85, deep)).moved(
        turn, (x + slip + (-81.0 if lean > 0 else pieces * 33.5 + 1.0), 120, 0)
    )
    solids.append(back)
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
