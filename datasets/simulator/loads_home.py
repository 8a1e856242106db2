"""Removal goods: bays from the front wall to the doors, in each a large piece on the floor and boxes and bedding up to the roof on it."""

from dataclasses import dataclass, field

import numpy as np

from scantally.datasets.simulator.loads_furniture import (
    HEAVY,
    LIGHT,
    Maker,
    Size,
    bicycle,
    box,
    bundle,
    carpet,
    chairs,
    chest,
    fridge,
    mattress,
    on_end,
    sofa,
    table,
    wardrobe,
    washer,
)
from scantally.datasets.simulator.shapes import Canvas, Depths, Frame
from scantally.datasets.simulator.shapes_depth import even

LANE_MM = 580.0
"""Pieces stand side by side across the container, in lanes about so deep; thin ones take a third of theirs."""

BASES: dict[str, tuple[Maker, Size, Size, float, bool]] = {
    "fridge": (fridge, (560, 1400, 560), (720, 1850, 680), 1.0, False),
    "washer": (washer, (590, 820, 500), (610, 870, 620), 1.0, False),
    "wardrobe": (wardrobe, (900, 1700, 500), (1600, 2100, 620), 1.2, False),
    "chest": (chest, (700, 750, 400), (1200, 1100, 520), 1.0, False),
    "mattress": (mattress, (1900, 900, 160), (2000, 1600, 260), 1.2, True),
    "sofa": (sofa, (1500, 750, 750), (2100, 900, 800), 1.0, False),
    "table": (table, (1000, 700, 650), (1700, 760, 800), 0.9, False),
    "chairs": (chairs, (420, 850, 420), (520, 1250, 520), 0.7, False),
    "bicycle": (bicycle, (1600, 950, 150), (1750, 1050, 250), 0.9, True),
    "carpet": (carpet, (220, 1800, 220), (340, 2300, 340), 0.6, False),
}
"""What stands on the floor: who draws it, least and largest width, height and depth in mm, how often, and whether it is thin."""

ONLY_BOXES = 3.5
"""How often a bay holds boxes alone, on the same scale."""

BARE = frozenset({"bicycle", "chairs", "carpet"})
"""Pieces that nothing is put on."""

BOXES: tuple[Size, ...] = ((400.0, 310.0, 400.0), (480.0, 350.0, 480.0), (610.0, 460.0, 480.0))
"""Cartons for books, for the kitchen and for clothes: about 50, 80 and 135 l (usual removal cartons)."""


@dataclass(kw_only=True, slots=True)
class _Store:
    """Pieces of one household, each drawn when it is first asked for, and used again as others of its kind."""

    rng: np.random.Generator
    frame: Frame
    deep: float
    drawn: dict[tuple[str, int], Canvas] = field(default_factory=dict)

    def base(self, name: str) -> Canvas:
        """One of two pieces of a kind, no larger than the room."""
        key = (name, int(self.rng.integers(2)))
        if key not in self.drawn:
            make, low, high, _, _ = BASES[name]
            wide, tall, deep = (float(self.rng.uniform(a, b)) for a, b in zip(low, high, strict=True))
            size = (min(wide, self.frame.width), min(tall, self.frame.height), min(deep, self.deep))
            piece = make(self.rng, size, self.frame.pitch)
            upright = name == "sofa" and size[0] < 0.95 * self.frame.height and self.rng.random() < 0.5
            self.drawn[key] = on_end(piece) if upright else piece
        return self.drawn[key]

    def box(self, sort: int, *, low: bool) -> Canvas:
        """One of three cartons of a sort: books and crockery low, clothes and light things on top."""
        fills = HEAVY if low and self.rng.random() < 0.6 else LIGHT
        key = (f"box{sort}{fills is HEAVY}", int(self.rng.integers(3)))
        if key not in self.drawn:
            fill = fills[int(self.rng.integers(len(fills)))]
            wide, tall, deep = BOXES[sort]
            self.drawn[key] = box(self.rng, (wide, tall, min(deep, self.deep)), self.frame.pitch, fill)
        return self.drawn[key]

    def bundle(self, wide: float) -> Canvas:
        """A bag of bedding of a width, to half a decimetre."""
        key = ("bundle", round(wide / 50.0))
        if key not in self.drawn:
            size = (key[1] * 50.0, float(self.rng.uniform(220, 380)), min(600.0, self.deep))
            self.drawn[key] = bundle(self.rng, size, self.frame.pitch)
        return self.drawn[key]


def household(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Two or three lanes across the container, each filled bay by bay towards the doors, and lower there."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    lanes = even(max(1, round(frame.depth / LANE_MM)))
    store = _Store(rng=rng, frame=frame, deep=frame.depth / len(lanes))
    end = canvas.width * (1.0 if frame.full or rng.random() < 0.6 else float(rng.uniform(0.6, 1.0)))
    high = canvas.height * (1.0 if frame.full else float(rng.uniform(0.85, 1.0)))
    for lane in lanes:
        x = 0.0
        while x < end - 350:
            left = end - x
            low = (
                high * float(rng.uniform(0.4, 0.75)) if left < 1500 and rng.random() < 0.5 and not frame.full else high
            )
            x += _bay(rng, canvas, store, lane, (x, left, low)) + float(rng.uniform(0, 40))
    return canvas


def _bay(
    rng: np.random.Generator, canvas: Canvas, store: _Store, lane: Depths, room: tuple[float, float, float]
) -> float:
    """Fill one bay of a lane from (x, width left, height); returns the width taken."""
    x, left, high = room
    name = _choice(rng, left, high, bare=not store.frame.full)
    if name == "boxes":
        return _stacks(rng, canvas, store, lane, (x, min(left, float(rng.uniform(400, 1500))), 0.0, high))
    piece = store.base(name)
    if piece.width > left or piece.height > high:
        return _stacks(rng, canvas, store, lane, (x, min(left, 700.0), 0.0, high))
    near, far = lane
    canvas.turn_to(*((near, round(near + (far - near) / 3, 5)) if BASES[name][4] else lane))
    canvas.stamp(piece, x, 0.0)
    if name == "table":
        legroom = (x + 80.0, piece.width - 160.0, 0.0, piece.height - 110.0)
        _layer(rng, canvas, store, lane, legroom, bedding=False)
    if name not in BARE:
        _pile(rng, canvas, store, lane, (x, piece.width, piece.height, high))
    return piece.width


def _choice(rng: np.random.Generator, left: float, high: float, *, bare: bool) -> str:
    """A piece that may fit, or boxes."""
    fits = [
        n for n, (_, low, _, _, _) in BASES.items() if low[0] <= left and low[1] <= high and (bare or n not in BARE)
    ]
    weights = np.array([ONLY_BOXES, *(BASES[n][3] for n in fits)])
    return str(rng.choice(["boxes", *fits], p=weights / weights.sum()))


Room = tuple[float, float, float, float]  # x, width, height of what it stands on, and height that it may reach, mm


def _pile(rng: np.random.Generator, canvas: Canvas, store: _Store, lane: Depths, room: Room) -> None:
    """Layers on a piece, each level, until the room is full; bedding goes on top."""
    x, wide, base, high = room
    while True:
        gone = _layer(rng, canvas, store, lane, (x, wide, base, high), bedding=high - base < 480)
        if gone <= 0.0:
            return
        base += gone


def _layer(
    rng: np.random.Generator, canvas: Canvas, store: _Store, lane: Depths, room: Room, *, bedding: bool
) -> float:
    """Boxes of one sort, or bags, side by side on a level; returns the layer's height, 0 where nothing fits."""
    x, wide, base, high = room
    canvas.turn_to(*lane)
    if bedding and rng.random() < 0.6:
        piece = store.bundle(wide / max(1, round(wide / 800)) - 50)
        count = max(1, int(wide / max(piece.width, 1.0)))
        if base + piece.height <= high and piece.width <= wide:
            for i in range(count):
                canvas.stamp(piece, x + i * wide / count, base)
            return piece.height
    fits = [i for i, size in enumerate(BOXES) if size[0] <= wide and base + size[1] <= high]
    if not fits:
        return 0.0
    sort = int(rng.choice(fits))
    count = int(wide // BOXES[sort][0])
    step = BOXES[sort][0] + min((wide - count * BOXES[sort][0]) / count, 40.0)
    for i in range(count):
        canvas.stamp(store.box(sort, low=base < 700), x + i * step, base)
    return store.box(sort, low=False).height


def _stacks(rng: np.random.Generator, canvas: Canvas, store: _Store, lane: Depths, room: Room) -> float:
    """Columns of boxes from the floor to the room's height, each of one sort, the last free height filled with a bag."""
    x, wide, base, high = room
    fits = [i for i, size in enumerate(BOXES) if size[0] <= wide and base + size[1] <= high]
    if not fits:
        return wide
    sort = int(rng.choice(fits))
    count = max(1, int(wide // (BOXES[sort][0] + 5)))
    tall = store.box(sort, low=True).height
    canvas.turn_to(*lane)
    for i in range(count):
        at, y = x + i * (BOXES[sort][0] + 5), base
        while y + tall <= high:
            canvas.stamp(store.box(sort, low=y < 900), at + float(rng.normal(0, 5)), y)
            y += tall
    y = base + tall * int((high - base) // tall)
    _layer(rng, canvas, store, lane, (x, count * BOXES[sort][0], y, high), bedding=True)
    return count * (BOXES[sort][0] + 5)
