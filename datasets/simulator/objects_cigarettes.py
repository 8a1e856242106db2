"""Cigarettes: packs of twenty, cartons of ten packs, cases of fifty cartons (10,000 cigarettes, the trade's master case)."""

import numpy as np

from scantally.datasets.simulator.objects_common import Order, finished, heaped, stacked, turned
from scantally.datasets.simulator.objects_lattice import (
    FACES,
    Face,
    Lattice,
    Piece,
    case_around,
    draw_lattice,
    seen,
    walls,
)
from scantally.datasets.simulator.shapes import Canvas
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.datasets.simulator.sprite import Sprite

# Width, height and thickness of a pack of twenty in mm, the filter's length, and its mass without the pack in kg. King size is 84 mm
# long with a filter of 21 to 27 mm and holds about 0.65 to 0.75 g of tobacco (plain ones of 70 mm and 25 mm around held 0.77 to 1.0 g from
# 1960 to 1990: Tob. Induc. Dis. 21, 85 (2023), table 3), some 0.9 g in all; longer and slimmer ones and the packs in proportion (assumed).
FORMATS: dict[str, tuple[Vector, float, float]] = {
    "king size": ((55.0, 88.0, 23.0), 24.0, 0.0180),
    "100 mm": ((55.0, 102.0, 23.0), 28.0, 0.0205),
    "slims": ((53.0, 98.0, 16.5), 27.0, 0.0115),
    "soft pack": ((54.0, 84.0, 22.5), 21.0, 0.0180),
}
BOARD, BOARD_MM = 0.80, 0.30  # folding box board, g/cm3
CASE_BOARD, CASE_MM = 0.15, 4.0  # corrugated board as a body


def cigarettes(order: Order) -> Sprite:
    """One to forty-eight cases, or loose cartons in a box or bag."""
    names = sorted(FORMATS)
    name = names[int(order.shape.integers(len(names)))]
    fill = float(order.shape.uniform(0.92, 1.08))
    counts = ((2, 5, 5), (2, 5, 5), (1, 5, 10), (5, 5, 2))[int(order.shape.integers(4))]
    cased = not order.close and order.rng.random() < 0.75
    canvas, n, deep = _cases(order, name, fill, counts) if cased else _cartons(order, name, fill)
    return finished(
        order, canvas, "cigarettes", variety=f"{name}, {'cases' if cased else 'cartons'}", count=n, depth_mm=deep
    )


def carton(name: str, fill: float, counts: tuple[int, int, int] = (1, 1, 1)) -> Lattice:
    """Cartons of ten packs (five beside each other, two behind), so many along each axis, as one lattice of packs."""
    (wide, tall, thick), tip, mass = FORMATS[name]
    cell = (wide + 0.6, tall + 1.0, thick + 0.4)
    inner = (wide - 2 * BOARD_MM, tall - 2 * BOARD_MM, thick - 2 * BOARD_MM)
    filler, tobacco = 0.5, (inner[1] - tip)  # a filter is half as dense as the tobacco rod
    density = mass * fill * 1e6 / (inner[0] * inner[2] * (tobacco + filler * tip))
    low = BOARD_MM + 0.3
    pieces = (
        Piece(
            material="cellulose",
            density=density,
            low=(low, low, low),
            high=(low + inner[0], low + tobacco, low + inner[2]),
        ),
        Piece(
            material="cellulose",
            density=density * filler,
            low=(low, low + tobacco, low),
            high=(low + inner[0], low + inner[1], low + inner[2]),
        ),
        *walls(cell, BOARD_MM + 0.1, "cellulose", BOARD),
        Piece(
            material="aluminium", density=2.7, low=(0.0, 0.0, 0.0), high=(cell[0], cell[1], 0.013)
        ),  # the liner's foil
    )
    return Lattice(cell=cell, counts=(5 * counts[0], counts[1], 2 * counts[2]), pieces=pieces)


def _cases(order: Order, name: str, fill: float, counts: tuple[int, int, int]) -> tuple[Canvas, int, float]:
    lattice = carton(name, fill, counts)
    outer = tuple(s + 2 * CASE_MM + 6.0 for s in lattice.size)
    fits = [f for f in FACES if order.holds(seen((outer[0], outer[1], outer[2]), f))] or [FACES[0]]
    face = fits[int(order.rng.integers(len(fits)))]
    stamps = [case(lattice, face, order.pitch)]
    n = int(order.rng.integers(1, 9)) if order.rng.random() < 0.4 else int(order.rng.integers(8, 49))
    return stacked(order, stamps, outer[face[2]], n, "case", highest=2200.0)


def case(lattice: Lattice, face: Face, pitch: float) -> Canvas:
    """A case of cartons in corrugated board, seen on a face."""
    wide, high, deep = (s + 2 * CASE_MM + 6.0 for s in seen(lattice.size, face))
    canvas = Canvas.around(wide, high, pitch)
    draw_lattice(lattice, face, pitch, canvas, (CASE_MM + 3.0, CASE_MM + 3.0, 0.0))
    case_around(canvas, (wide, high, deep), CASE_MM, "cellulose", CASE_BOARD)
    return canvas


def _cartons(order: Order, name: str, fill: float) -> tuple[Canvas, int, float]:
    """Cartons stacked without a case, or tumbled."""
    rng, lattice = order.rng, carton(name, fill)
    n = int(rng.integers(2, 25)) if order.close else int(rng.integers(20, 121))
    fits = [f for f in FACES if order.holds(seen(lattice.size, f))] or [FACES[0]]
    faces = [fits[int(k)] for k in rng.integers(len(fits), size=6)]
    if order.bag and rng.random() < 0.6:
        flat = [draw_lattice(lattice, f, order.pitch) for f in faces]
        stamps = [turned(s, float(rng.normal(0, 0.35))) for s in flat]
        return heaped(order, stamps, float(np.median(lattice.size)), n, "carton")
    stamp = draw_lattice(lattice, faces[0], order.pitch)
    return stacked(order, [stamp], seen(lattice.size, faces[0])[2], n, "carton", highest=1200.0)
