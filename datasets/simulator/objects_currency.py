"""Currency: banknotes in straps of a hundred, in bricks, bags and suitcases.

US notes: 156 x 66 mm, 0.11 mm (0.0043 in), 1 g (US Bureau of Engraving and Printing), so 0.88 g/cm3 in a new strap. Euro notes: 50 is
140 x 77 mm, 100 is 147 x 77 in the series of 2019 (82 in the first), 20 is 133 x 72 (ECB). Used notes lie less close (assumed: up to half as thick again).
"""

import numpy as np

from scantally.datasets.simulator.objects_ammunition import box_shell
from scantally.datasets.simulator.objects_common import NoRoomError, Order, finished, heaped, posed, stacked, turned
from scantally.datasets.simulator.objects_lattice import FACES, Face, Lattice, Piece, draw_lattice, seen
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import Solid, Vector, block, rotation, tube
from scantally.datasets.simulator.sprite import Sprite

NOTES: dict[str, tuple[float, float]] = {
    "USD": (156.0, 66.0),
    "EUR 100": (147.0, 77.0),
    "EUR 50": (140.0, 77.0),
    "EUR 20": (133.0, 72.0),
}
STRAP_MM = 10.9  # a hundred new notes
PAPER = 0.88  # g/cm3: 1 g over 156 x 66.3 x 0.109 mm
Size3 = tuple[int, int, int]


def currency(order: Order) -> Sprite:
    """Straps in film-wrapped bricks, a suitcase full, or loose in a heap."""
    names = sorted(NOTES)
    name = names[int(order.shape.integers(len(names)))]
    used = float(1.0 + order.shape.choice([0.0, 1.0]) * order.shape.uniform(0.1, 0.5))
    forms, weights = ("bricks", "suitcase", "loose"), (0.5, 0.25, 0.25)
    form = "bricks" if order.close and not order.bag else order.choose(forms, (0.6, 0.0, 0.4) if order.bag else weights)
    build = {"bricks": _bricks, "suitcase": _suitcase, "loose": _loose}[form]
    canvas, n, deep = build(order, strap(name, used))
    return finished(order, canvas, "currency", variety=f"{name}, {form}", count=n, depth_mm=deep)


def strap(name: str, used: float, counts: Size3 = (1, 1, 1)) -> Lattice:
    """Straps of a hundred notes with a paper band, so many along their length, width and thickness."""
    long, wide = NOTES[name]
    thick = STRAP_MM * used
    cell = (long + 2.5, wide + 2.0, thick + 0.6)
    middle = cell[0] / 2
    return Lattice(
        cell=cell,
        counts=counts,
        pieces=(
            Piece(
                material="cellulose",
                density=PAPER / used,
                low=(1.2, 1.0, 0.2),
                high=(long + 1.2, wide + 1.0, thick + 0.2),
            ),
            Piece(material="cellulose", density=0.8, low=(middle - 17, 0.8, 0.0), high=(middle + 17, wide + 1.2, 0.2)),
            Piece(
                material="cellulose",
                density=0.8,
                low=(middle - 17, 0.8, thick + 0.2),
                high=(middle + 17, wide + 1.2, thick + 0.4),
            ),
        ),
    )


def _film(canvas: Canvas, size: Vector) -> None:
    """Shrink film round a brick: 0.2 mm."""
    wide, high, deep = size
    canvas.box("polyethylene", (0, wide, 0, high), 2 * 0.2 * 0.94 / MM_PER_CM)
    for span in ((0, 0.3, 0, high), (wide - 0.3, wide, 0, high)):
        canvas.box("polyethylene", span, deep * 0.94 / MM_PER_CM)


def _bricks(order: Order, one: Lattice) -> tuple[Canvas, int, float]:
    """Ten straps on each other in film (a thousand notes), and such bricks in a stack."""
    rng = order.rng
    lattice = Lattice(
        cell=one.cell, counts=(1, 1, 10 if not order.close else int(rng.integers(2, 11))), pieces=one.pieces
    )
    fits = [f for f in FACES if order.holds(seen(lattice.size, f))]
    if not fits:
        raise NoRoomError(f"no brick of banknotes fits {order.room}")
    face = fits[int(rng.integers(len(fits)))]
    stamp = draw_lattice(lattice, face, order.pitch)
    size = seen(lattice.size, face)
    _film(stamp, size)
    n = int(rng.integers(1, 41)) if order.close else int(rng.integers(8, 241))
    return stacked(order, [stamp], size[2] + 1.0, n, "bundle", highest=900.0)


def _loose(order: Order, one: Lattice) -> tuple[Canvas, int, float]:
    """Straps thrown into a heap."""
    rng = order.rng
    faces: list[Face] = [FACES[int(k)] for k in rng.integers(len(FACES), size=6)]
    stamps = [turned(draw_lattice(one, f, order.pitch), float(rng.normal(0, 0.3))) for f in faces]
    n = int(rng.integers(10, 80)) if order.close else int(rng.integers(30, 200))
    return heaped(order, stamps, one.cell[1], n, "bundle")


def _suitcase(order: Order, one: Lattice) -> tuple[Canvas, int, float]:
    """A hard suitcase with layers of straps: seen from its face or on edge."""
    rng = order.rng
    size = (float(rng.uniform(540, 720)), float(rng.uniform(380, 480)), float(rng.uniform(180, 270)))
    inner = [s - 24.0 for s in size]
    cell = seen(one.cell, FACES[int(rng.integers(2))])
    counts = (
        int(inner[0] // cell[0]),
        int(inner[1] // cell[1]),
        max(1, int(inner[2] * rng.uniform(0.4, 1.0) // cell[2])),
    )
    pieces = one.pieces if cell == one.cell else _swapped(one).pieces
    straps = Lattice(cell=cell, counts=counts, pieces=pieces)
    lying = rng.random() < 0.4
    face: Face = (0, 2, 1) if lying else (0, 1, 2)
    outer = seen(size, face)
    if not order.holds((outer[0] + 30, outer[1] + 60, outer[2] + 30)):
        raise NoRoomError(f"no suitcase fits {order.room}")
    shell = posed(_shell(size), rotation(0, 0, np.pi / 2 if lying else 0.0), order.pitch, fine=1)
    canvas = Canvas.around(shell.width, shell.height, order.pitch)
    canvas.stamp(shell, 0.0, 0.0)
    draw_lattice(straps, face, order.pitch, canvas, ((shell.width - outer[0]) / 2 + 12, 12.0 if lying else 42.0, 0.0))
    canvas.mark("suitcase", (0, canvas.width, 0, canvas.height))
    return canvas, 1, outer[2] + 30.0


def _swapped(one: Lattice) -> Lattice:
    """The same strap with its length and width changed over."""
    pieces = tuple(
        Piece(
            material=p.material,
            density=p.density,
            low=(p.low[1], p.low[0], p.low[2]),
            high=(p.high[1], p.high[0], p.high[2]),
        )
        for p in one.pieces
    )
    return Lattice(cell=(one.cell[1], one.cell[0], one.cell[2]), counts=one.counts, pieces=pieces)


def _shell(size: Vector) -> list[Solid]:
    """A hard case: 3 mm of plastic, an aluminium frame at the parting, wheels, a drawn-in handle of steel tube, hinges and locks."""
    w, h, d = size
    base = 30.0  # the wheels' height
    box = [s.moved(np.eye(3), (0.0, base, 0.0)) for s in box_shell(size, 3.0, "polyethylene", 1.05)]
    frame = [block("aluminium", 2.7, (0, base, d / 2 - 9), (w, base + h, d / 2 + 9))]
    frame.append(block("aluminium", -2.7, (4, base + 4, d / 2 - 9), (w - 4, base + h - 4, d / 2 + 9)))
    wheels = [
        s
        for x in (45.0, w - 45.0)
        for z in (25.0, d - 45.0)
        for s in tube("rubber", 1.15, (x, base - 5, z), 20, 25, 8, "z")
    ]
    rods = [s for x in (w * 0.38, w * 0.62) for s in tube("steel", 7.85, (x, base + 20, d - 12), h - 10, 6, 4.8, "y")]
    locks = [
        block("steel", 7.85, (x, base + h - 8, d / 2 - 15), (x + 34, base + h + 6, d / 2 + 15))
        for x in (w * 0.2, w * 0.75)
    ]
    grip = [block("polyethylene", 1.05, (w * 0.4, base + h + 8, d / 2 - 10), (w * 0.6, base + h + 24, d / 2 + 10))]
    return [*box, *frame, *wheels, *rods, *locks, *grip]
