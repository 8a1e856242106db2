"""Cartons: stacks of boxes with varied contents, on pallets or on the floor."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.loads_pallet import PALLET_HEIGHT, pallet
from scantally.datasets.simulator.shapes import MM_PER_CM, WHOLE, Canvas, Frame, chord, noise

Fill = Callable[[np.random.Generator, Canvas, float], None]
BOARD = 0.14  # g/cm3 of corrugated board: single wall of 500 g/m2 at 3.6 mm (FEFCO grades)
BOARD_MM = 4.0
GLASS, STEEL, ALUMINIUM = 2.50, 7.85, 2.70  # g/cm3: CRC Handbook of Chemistry and Physics


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stow:
    """How a container is stowed: the height that its rows reach, mm; on pallets or not; each article as high as it is."""

    room: float
    palletised: bool
    mixed: bool
    tiers: int  # pallets on each other
    full: bool

    @property
    def lift(self) -> float:
        """Height that the lowest cartons stand on."""
        return PALLET_HEIGHT if self.palletised else 0.0


MIXED_SHARE = 0.2
"""Of the containers, so many hold consignments of several shippers, each as high as it is (assumed)."""


def cartons(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Rows of cartons of a few articles, level from the front wall to the doors and lower in the last row or two."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    stow = _stow(rng, canvas.height, full=frame.full)
    x = 0.0
    while x < canvas.width - 450 or x == 0.0:
        lot = min(rng.uniform(900, 4500), canvas.width - x)
        if canvas.width - x - lot < 500:
            lot = canvas.width - x
        x += _lot(rng, canvas, frame, (x, lot), stow) + rng.uniform(2, 40)
    return canvas


def _stow(rng: np.random.Generator, height: float, *, full: bool) -> _Stow:
    share = 0.98 if full else rng.uniform(0.8, 0.97) if rng.random() < 0.7 else rng.uniform(0.4, 0.8)
    palletised = bool(rng.random() < 0.4) and height > 700
    double = palletised and height * share > 1500 and rng.random() < 0.6
    mixed = bool(rng.random() < MIXED_SHARE) and not full
    return _Stow(room=height * share, palletised=palletised, mixed=mixed, tiers=1 + double, full=full)


def _lot(rng: np.random.Generator, canvas: Canvas, frame: Frame, place: tuple[float, float], stow: _Stow) -> float:
    """A stretch of one article, in rows one behind another; returns the length taken."""
    start, length = place
    room = stow.room * (rng.uniform(0.45, 1.0) if stow.mixed else 1.0)
    tier = room / stow.tiers - stow.lift
    # Carton sizes: common FEFCO outer lengths of 200 to 800 mm. They are made to fill a height: by pallet, or by container.
    wide, high = min(rng.uniform(220, 700), length), min(rng.uniform(150, 550), tier)
    if stow.palletised:
        long = _carriers(place)[0][1]
        wide = long / max(1, round(long / wide)) - 1.0
    levels = max(1, round(tier / high))
    high = tier / levels * (1.0 if stow.full else rng.uniform(0.94, 1.0))
    rows = 3  # two or three boxes behind each other look alike: three rows stand for all
    fill = FILLS[int(rng.integers(len(FILLS)))]
    stamps = [_carton(rng, (wide, high, frame.depth / rows), frame.pitch, fill) for _ in range(3)]
    columns = _pallets(rng, place, wide) if stow.palletised else _columns(place, wide)
    last = start + length >= canvas.width - 200 and not stow.full and rng.random() < 0.6
    counts = _heights(rng, len(columns), levels * stow.tiers, last=last and not stow.palletised)
    for k in range(stow.tiers if stow.palletised else 0):
        canvas.turn_to(*WHOLE)
        for x, long in _carriers(place):
            pallet(canvas, x, long, frame.depth, base=k * (tier + stow.lift))
    for row in range(rows):
        canvas.turn_to(row / rows, (row + 1) / rows)
        _carton_row(rng, canvas, stamps, columns, (high, levels), counts, (stow.lift, tier))
    return length if stow.palletised else columns[-1] + wide - start


def _carriers(place: tuple[float, float]) -> list[tuple[float, float]]:
    """Where pallets of some 1.2 m stand along a stretch, and how long each is."""
    start, length = place
    n = max(1, round(length / 1220))
    return [(start + i * length / n, length / n * 0.97) for i in range(n)]


def _columns(place: tuple[float, float], wide: float) -> list[float]:
    start, length = place
    count = max(1, int(length // (wide + 4)))
    return [start + i * (wide + 4) for i in range(count)]


def _pallets(rng: np.random.Generator, place: tuple[float, float], wide: float) -> list[float]:
    """Columns of cartons on pallets, which they fill."""
    found = []
    for start, long in _carriers(place):
        shift = rng.uniform(0.0, 6.0)
        found += [start + shift + i * (wide + 1.0) for i in range(max(1, round(long / (wide + 1.0))))]
    return found


def _heights(rng: np.random.Generator, count: int, levels: int, *, last: bool) -> list[int]:
    """How many cartons high each column is: level, but for the ``last`` row or two by the doors."""
    lower = min(int(rng.integers(1, 3)), count - 1) if last else 0
    steps = sorted((max(1, int(levels * rng.uniform(0.3, 0.8))) for _ in range(lower)), reverse=True)
    return [levels] * (count - lower) + steps


def _carton_row(
    rng: np.random.Generator,
    canvas: Canvas,
    stamps: list[Canvas],
    columns: list[float],
    size: tuple[float, int],
    counts: list[int],
    base: tuple[float, float],
) -> None:
    """One row along x: its columns' places and counts; ``size`` is a carton's height and how many a tier has, ``base`` the tier's."""
    (high, levels), (lift, tier) = size, base
    for start, count in zip(columns, counts, strict=True):
        lean = rng.normal(0, 4.0)
        for j in range(count):
            k, level = divmod(j, levels)
            x = start + rng.normal(0, 2.0) + lean * j / max(count, 1)
            canvas.stamp(stamps[int(rng.integers(len(stamps)))], max(x, 0), lift + k * (tier + lift) + level * high)


def _carton(rng: np.random.Generator, size: tuple[float, float, float], pitch: float, fill: Fill) -> Canvas:
    """One box: board all around (flaps double at top and bottom) and its content."""
    wide, high, deep = size
    stamp = Canvas.of(wide, high, pitch)
    w, h = stamp.width, stamp.height
    edge = BOARD * deep / MM_PER_CM
    stamp.box("cellulose", (0, w, 0, h), 2 * BOARD * BOARD_MM / MM_PER_CM)
    stamp.box("cellulose", (0, BOARD_MM, 0, h), edge)
    stamp.box("cellulose", (w - BOARD_MM, w, 0, h), edge)
    stamp.box("cellulose", (0, w, 0, 2 * BOARD_MM), edge)
    stamp.box("cellulose", (0, w, h - 2 * BOARD_MM, h), edge)
    fill(rng, stamp, deep * 0.97)
    return stamp


def light(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Foam, empty packaging, lamps: 0.02 to 0.06 g/cm3 (expanded polystyrene and filled-out paper)."""
    top = stamp.height * rng.uniform(0.8, 1)
    stamp.box("polyethylene", (5, stamp.width - 5, 5, top), rng.uniform(0.02, 0.06) * deep / MM_PER_CM)


def textiles(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Folded clothes: 0.15 to 0.30 g/cm3 as packed (stowage factors of towels and garments in cases, 3 to 6 m3/t)."""
    where = stamp.window(5, stamp.width - 5, 5, stamp.height * rng.uniform(0.88, 0.98))
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    folds = 1 + 0.06 * np.sin(where.y_H1 * np.float32(2 * np.pi / rng.uniform(25, 60))) + 0.05 * noise(rng, shape, 12)
    stamp.add("textile", where, (folds * (rng.uniform(0.15, 0.30) * deep / MM_PER_CM)).astype(np.float32))


def paper(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Books and copy paper: 0.6 to 0.8 g/cm3 (80 g/m2 at 0.1 mm), in several piles."""
    n, density = int(rng.integers(1, 4)), rng.uniform(0.6, 0.8)
    step = (stamp.width - 16) / n
    for i in range(n):
        top = stamp.height * rng.uniform(0.85, 0.97)
        stamp.box("cellulose", (8 + i * step, 5 + (i + 1) * step, 8, top), density * deep / MM_PER_CM)


def _bottles(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Bottles of glass or plastic with their liquid: 0.75 l wine bottles are 75 mm wide and 300 mm high (CETIE)."""
    wide = rng.uniform(62, 92)
    glass = rng.random() < 0.6
    levels = max(1, round((stamp.height - 10) / (wide * rng.uniform(3.0, 4.2))))
    tall = max((stamp.height - 12) / levels - 6, 10.0)
    n = max(1, int((stamp.width - 10) / wide))
    behind = max(1, int(deep / wide))
    for level in range(levels):
        for i in range(n):
            _bottle(
                stamp, (8 + (i + 0.5) * (stamp.width - 16) / n, 8 + level * (tall + 6)), (wide, tall), behind, glass
            )


def _bottle(stamp: Canvas, foot: tuple[float, float], size: tuple[float, float], behind: int, glass: bool) -> None:
    """A row of like bottles one behind another: shoulders at two thirds, then a neck."""
    (x, y), (wide, tall) = foot, size
    where = stamp.window(x - wide / 2, x + wide / 2, y, y + tall)
    up = (where.y_H1 - y) / tall
    radius = (wide / 2 - 2) * (0.36 + 0.64 * np.clip((0.78 - up) / 0.14, 0, 1))
    wall = 3.5 if glass else 0.5
    inner = chord(where.x_1W - np.float32(x), radius - wall)
    shell = chord(where.x_1W - np.float32(x), radius) - inner
    stamp.add(
        "glass" if glass else "polyethylene", where, shell * np.float32(behind * (GLASS if glass else 0.95) / MM_PER_CM)
    )
    stamp.add("water", where, inner * (up < 0.83) * np.float32(behind / MM_PER_CM))


def _cans(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Food in steel cans, 73 x 110 mm and like: rims as fine horizontal lines; content about water."""
    wide = rng.uniform(65, 100)
    levels = max(1, round((stamp.height - 12) / rng.uniform(60, 120)))
    tall = (stamp.height - 12) / levels
    behind = max(1, int(deep / wide))
    n = max(1, int((stamp.width - 8) / wide))
    for j in range(levels):
        for i in range(n):
            x, y = 6 + (i + 0.5) * (stamp.width - 12) / n, 8 + j * tall
            where = stamp.window(x - wide / 2, x + wide / 2, y, y + tall - 2)
            path = chord(where.x_1W - np.float32(x), wide / 2 - 1) * np.ones_like(where.y_H1)
            stamp.add("water", where, path * np.float32(1.03 * behind / MM_PER_CM))
            stamp.box("steel", (x - wide / 2, x + wide / 2, y, y + 2.5), wide * behind * 0.1 * STEEL / MM_PER_CM)


def electronics(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Devices in foam: steel chassis, aluminium sinks, boards and plastic shells between air."""
    n = int(rng.integers(1, 4))
    step = (stamp.width - 30) / n
    for i in range(n):
        x0, x1 = 20 + i * step, 12 + (i + 1) * step
        y0, y1 = stamp.height * 0.1, stamp.height * rng.uniform(0.75, 0.92)
        stamp.box("polyethylene", (x0, x1, y0, y1), rng.uniform(0.05, 0.12) * deep / MM_PER_CM)
        stamp.box("steel", (x0 + 6, x1 - 6, y0 + 6, y1 - 6), rng.uniform(0.8, 2.5))
        for _ in range(int(rng.integers(2, 6))):
            a, b = rng.uniform(x0, x1 - 15), rng.uniform(y0, y1 - 15)
            part = (a, min(a + rng.uniform(12, 90), x1), b, min(b + rng.uniform(8, 70), y1))
            stamp.box(str(rng.choice(["steel", "aluminium", "brass", "glass"])), part, rng.uniform(1.0, 7.0))


def _parts(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Small hardware, bearings, tools: steel at 2 to 10 % of a box's volume (25 kg at most in a box), clumped."""
    where = stamp.window(6, stamp.width - 6, 6, stamp.height * rng.uniform(0.4, 0.9))
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    clumps = np.clip(1 + 0.35 * noise(rng, shape, rng.uniform(3, 9)), 0.1, None)
    stamp.add("steel", where, (clumps * (rng.uniform(0.02, 0.10) * STEEL * deep / MM_PER_CM)).astype(np.float32))


def _food(rng: np.random.Generator, stamp: Canvas, deep: float) -> None:
    """Fruit, frozen meat or detergent: organic matter at 0.4 to 0.9 g/cm3 of the box, with small voids."""
    where = stamp.window(6, stamp.width - 6, 6, stamp.height * rng.uniform(0.85, 0.97))
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    voids = np.clip(1 + 0.10 * noise(rng, shape, rng.uniform(6, 20)), 0.3, None)
    stamp.add("water", where, (voids * (rng.uniform(0.4, 0.9) * deep / MM_PER_CM)).astype(np.float32))


FILLS: tuple[Fill, ...] = (
    light,
    textiles,
    textiles,
    paper,
    _bottles,
    _cans,
    electronics,
    electronics,
    _parts,
    _food,
)
