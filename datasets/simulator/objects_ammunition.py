"""Ammunition: cartridges in commercial boxes, steel cans, wooden crates, on belts or loose.

Cartridges after the tables of the C.I.P. (case length, length in all): 9 mm Luger 19.15 and 29.69 mm, 5.56 x 45 (223 Rem.) 44.70 and
57.40, 7.62 x 39 38.70 and 56.00, 308 Win. 51.18 and 71.12, calibre 12 shells of 70 mm. Masses of whole cartridges are those of ordinary
bullets: 12, 12, 16.5, 24 g; shells with 32 g of shot about 47 g. The steel can is the U.S. M2A1 of about 12 x 6 x 7 in outside;
boxes, tins and crates have sizes that follow from what they hold (assumed: a step of 1 mm between cartridges).
"""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_common import (
    SPACE,
    Order,
    cropped,
    finished,
    heaped,
    posed,
    square_poses,
    stacked,
)
from scantally.datasets.simulator.objects_lattice import Lattice, draw_lattice, walls
from scantally.datasets.simulator.objects_rounds import Ring, Rows, draw_ends, draw_rows
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import Solid, Vector, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.physics.attenuation import Float64

BRASS, LEAD, STEEL, POWDER, BOARD = 8.5, 11.3, 7.85, 0.9, 0.7  # g/cm3: CRC Handbook; powder as poured; solid board


@dataclass(frozen=True, kw_only=True, slots=True)
class Cartridge:
    """Lengths and radii in mm, density of what the bullet or the shot is (jackets included), whole mass in kg."""

    name: str
    case: float
    whole: float
    radius: float
    neck: float  # radius of the bullet
    bullet: float  # length of the bullet's body, part of it inside the case
    mass: float


CARTRIDGES = (
    Cartridge(name="9 mm Luger", case=19.15, whole=29.69, radius=4.95, neck=4.5, bullet=11.0, mass=0.012),
    Cartridge(name="5.56 x 45", case=44.70, whole=57.40, radius=4.75, neck=2.85, bullet=15.0, mass=0.012),
    Cartridge(name="7.62 x 39", case=38.70, whole=56.00, radius=5.6, neck=3.95, bullet=19.0, mass=0.0165),
    Cartridge(name="308 Win.", case=51.18, whole=71.12, radius=5.95, neck=3.9, bullet=23.0, mass=0.024),
    Cartridge(name="calibre 12", case=70.0, whole=70.0, radius=10.2, neck=9.2, bullet=26.0, mass=0.047),
)


def ammunition(order: Order) -> Sprite:
    """Boxes, steel cans or crates in a stack, or loose cartridges in a heap."""
    kind = CARTRIDGES[int(order.shape.integers(len(CARTRIDGES)))]
    pack = str(order.shape.choice(["boxes", "can", "crate", "loose"], p=[0.35, 0.3, 0.2, 0.15]))
    build = {"boxes": _boxes, "can": _cans, "crate": _crates, "loose": _loose}[pack]
    canvas, n, deep = build(order, kind)
    return finished(order, canvas, "ammunition", variety=f"{kind.name}, {pack}", count=n, depth_mm=deep)


def rings(kind: Cartridge) -> tuple[Ring, ...]:
    """What a cartridge consists of, from its base on."""
    if kind.name == "calibre 12":
        return (
            Ring(material="polyethylene", density=0.95, start=16, length=kind.case - 16, outer=kind.radius, inner=9.3),
            Ring(material="brass", density=BRASS * 0.30, start=0, length=16, outer=kind.radius),
            Ring(material="lead", density=4.63, start=34, length=kind.bullet, outer=kind.neck),  # 32 g in a cup
        )
    inner, start = kind.radius - 0.5, kind.whole - kind.bullet * 1.25
    return (
        Ring(material="brass", density=BRASS, start=0, length=3.5, outer=kind.radius),
        Ring(material="brass", density=BRASS, start=3.5, length=kind.case - 3.5, outer=kind.radius, inner=inner),
        Ring(material="cellulose", density=POWDER, start=3.5, length=0.6 * kind.case, outer=inner),
        Ring(material="lead", density=_bullet_density(kind), start=start, length=kind.bullet, outer=kind.neck),
    )


def cartridge(kind: Cartridge) -> list[Solid]:
    """One cartridge along y, its base at 0."""
    solids: list[Solid] = []
    for ring in rings(kind):
        at = (0.0, ring.start, 0.0)
        if ring.inner:
            solids += tube(ring.material, ring.density, at, ring.length, ring.outer, ring.inner, "y")
        else:
            solids.append(cylinder(ring.material, ring.density, at, ring.length, ring.outer, "y"))
    return solids


def _bullet_density(kind: Cartridge) -> float:
    """So that the whole cartridge has its mass; ogives and steel cores make it less than lead's."""
    inner = kind.radius - 0.5
    ring = np.pi * (kind.radius**2 - inner**2) * (kind.case - 3.5) + np.pi * kind.radius**2 * 3.5
    rest = kind.mass * 1e6 - BRASS * ring - POWDER * np.pi * inner**2 * 0.6 * kind.case
    return float(np.clip(rest / (np.pi * kind.neck**2 * kind.bullet), 4.0, LEAD))


def box_shell(size: Vector, wall: float, material: str, density: float, *, closed: bool = True) -> list[Solid]:
    """A box from the origin on, with walls of a thickness, closed to a load."""
    w, h, d = size
    inner = block(material, -density, (wall, wall, wall), (w - wall, h - wall, d - wall))
    shell = [block(material, density, (0, 0, 0), size), inner]
    return [*shell, block(SPACE, 1.0, (0, 0, 0), size)] if closed else shell


def fill(canvas: Canvas, kind: Cartridge, at: tuple[float, float], room: Vector, face: int, group: int = 10) -> int:
    """Cartridges in the room from a corner on, in cartons of ``group`` beside each other; returns how many went in.

    They stand (face 0), lie across the view (1) or point along the beam (2); layers lie nose to nose.
    """
    step, long = 2 * kind.radius + 0.4, kind.whole + 2.5
    behind = max(1, int(room[2] // (long if face == 2 else step)))
    x, y = (at[k] + _places(room[k], step, group if k == 0 or face != 0 else 5) for k in (0, 1))
    if face == 2:
        draw_ends(canvas, rings(kind), x, y, behind)
        return len(x) * len(y) * behind
    along = np.asarray(at[face == 0] + long * np.arange(max(1, int(room[face == 0] // long))) + 1.0, np.float64)
    across = y if face else x
    rows = Rows(length=kind.whole, across=across, along=along, behind=behind, flip=True)
    draw_rows(canvas, rings(kind), rows, lying=face == 1)
    return len(across) * len(along) * behind


CARTON_GAP = 3.0
"""Board and air between two cartons of cartridges (assumed)."""


def _places(room: float, step: float, group: int) -> Float64:
    """Middles of cartridges from a wall on, with a gap after every so many; at least one."""
    count = np.arange(max(1, int(room // step)))
    at: Float64 = (count + 0.5) * step + (count // group) * CARTON_GAP
    inside: Float64 = at[(at + step / 2 <= room) | (count == 0)]
    return inside


def _wall(canvas: Canvas, at: tuple[float, float], size: Vector, thick: float, material: str, density: float) -> None:
    """Six walls of a box whose lower left corner is at a place."""
    box = Lattice(cell=size, counts=(1, 1, 1), pieces=walls(size, thick, material, density))
    draw_lattice(box, (0, 1, 2), canvas.pitch, canvas, (*at, 0.0))


BOXES: dict[str, tuple[int, int, int]] = {"9 mm Luger": (10, 1, 5), "calibre 12": (5, 1, 5)}
"""Cartridges in a commercial box, beside, above and behind each other as they stand; 10 x 1 x 2 in all others."""


def tray(kind: Cartridge, face: int, pitch: float) -> tuple[Canvas, float]:
    """A commercial box of 20, 25 or 50, seen on a face, and its depth."""
    n, wall = BOXES.get(kind.name, (10, 1, 2)), 1.5
    step, long = 2 * kind.radius + 0.4, kind.whole + 3.0
    a, b, c = n[0] * step + 1.0, n[1] * long, n[2] * step + 1.0
    w, h, d = ((a, b, c), (b, a, c), (a, c, b))[face]
    size = (w + 2 * wall, h + 2 * wall, d + 2 * wall)
    canvas = Canvas.around(size[0], size[1], pitch)
    fill(canvas, kind, (wall, wall), (w, h, d), face)
    _wall(canvas, (0.0, 0.0), size, wall, "cellulose", BOARD)
    return canvas, size[2]


def _boxes(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Commercial boxes of 20, 25 or 50."""
    stamp, deep = tray(kind, int(order.rng.integers(3)), order.pitch)
    count = int(order.rng.integers(1, 13)) if order.close else int(order.rng.integers(4, 61))
    return stacked(order, [stamp], deep + 2.0, count, "box", highest=800.0)


CAN: Vector = (305.0, 185.0, 155.0)
CAN_WALL, CAN_RIM = 0.9, 1.2
"""MIL-DTL-3060: length, height and width in mm; sheet steel, together with lid, latch and handle 2.3 kg."""

HANDLE_MM, ROD_MM, LATCH_MM = 15.0, 7.0, 8.0
"""How far the lowered handle stands over the lid, its rod, and how far the latch stands out at one end."""


def can(kind: Cartridge, face: int, pitch: float, *, end_on: bool = False) -> Canvas:
    """A steel ammunition can full of cartons, seen from its side or its end: sheet, lid with rim, latch and handle."""
    w, h, d = (CAN[2], CAN[1], CAN[0]) if end_on else CAN
    left = 0.0 if end_on else LATCH_MM
    lid = h - HANDLE_MM
    canvas = Canvas.around(w + left, h, pitch)
    fill(canvas, kind, (left + 4.0, 3.0), (w - 8.0, lid - 12.0, d - 8.0), face)
    _wall(canvas, (left, 0.0), (w, lid, d), CAN_WALL, "steel", STEEL)
    both, through = 2 * CAN_RIM * STEEL / MM_PER_CM, d * STEEL / MM_PER_CM
    for low, high in ((lid - 32.0, lid - 10.0), (0.0, 6.0)):  # the lid's folded rim, and the bottom's seam
        canvas.box("steel", (left, left + w, low, high), both)
        for x in (left, left + w - CAN_RIM):
            canvas.box("steel", (x, x + CAN_RIM, low, high), through)
    rod, x0, x1 = ROD_MM * 0.785 * STEEL / MM_PER_CM, left + 0.25 * w, left + 0.75 * w
    if end_on:
        canvas.box(
            "steel", (left + w / 2 - 4, left + w / 2 + 4, lid, h), 0.5 * CAN[0] * 0.785 * 0.8 * STEEL / MM_PER_CM
        )
        canvas.box("steel", (left + w / 2 - 25, left + w / 2 + 25, lid - 75.0, lid), 1.5 * STEEL / MM_PER_CM)
        return canvas
    canvas.box("steel", (x0, x1, h - ROD_MM, h), rod)
    for x in (x0, x1 - ROD_MM):
        canvas.box("steel", (x, x + ROD_MM, lid, h), rod)
    canvas.box("steel", (0.0, 2.0, lid - 75.0, lid), 50.0 * STEEL / MM_PER_CM)
    canvas.box("steel", (0.0, left, lid - 80.0, lid - 74.0), 50.0 * STEEL / MM_PER_CM)
    return canvas


def _cans(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Cans in a stack, seen from the side or from the end."""
    rng = order.rng
    end_on = bool(rng.random() < 0.35) or order.inside()[0] < CAN[0] + 30
    stamp = can(kind, int(order.shape.choice([0, 1, 2], p=[0.5, 0.3, 0.2])), order.pitch, end_on=end_on)
    deep = (CAN[0] if end_on else CAN[2]) + 10.0
    count = int(rng.integers(1, 4)) if order.close else int(rng.integers(1, 17))
    return stacked(order, [stamp], deep, count, "can", highest=800.0)


def crate(kind: Cartridge, face: int, pitch: float) -> Canvas:
    """A wooden crate of 18 mm boards with two sheet-steel tins of cartons, battens and bands."""
    tin: Vector = (178.0, 138.0, 310.0)
    size = (2 * tin[0] + 52, tin[1] + 40, tin[2] + 40)
    canvas = Canvas.around(size[0], size[1], pitch)
    for left in (22.0, 30.0 + tin[0]):
        fill(canvas, kind, (left + 3, 23.0), (tin[0] - 6, tin[1] - 6, tin[2] - 6), face)
        _wall(canvas, (left, 20.0), tin, 0.5, "steel", STEEL)
    _wall(canvas, (0.0, 0.0), size, 18.0, "cellulose", PINE)
    for share in (0.12, 0.80):  # battens in front and behind, with a steel band over each
        x = share * size[0]
        canvas.box("cellulose", (x, x + 35, 0, size[1]), 2 * 16 * PINE / MM_PER_CM)
        canvas.box("steel", (x + 10, x + 26, 0, size[1]), 2 * 0.8 * STEEL / MM_PER_CM)
    return canvas


def _crates(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Crates in a stack."""
    stamp = crate(kind, int(order.shape.integers(3)), order.pitch)
    return stacked(order, [stamp], 380.0, int(order.rng.integers(1, 13)), "crate", highest=900.0)


PINCH = 5
"""Loose cartridges fall so many at a time."""


def _pinch(rng: np.random.Generator, kind: Cartridge, single: list[Canvas]) -> Canvas:
    """Some cartridges across each other."""
    canvas = Canvas.around(1.6 * kind.whole, 1.1 * kind.whole, single[0].pitch)
    for k in rng.integers(len(single), size=PINCH):
        free = (canvas.width - single[k].width, canvas.height - single[k].height)
        canvas.stamp(single[k], *(max(f, 0.0) * float(rng.random()) for f in free))
    return cropped(canvas)


def _loose(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Cartridges at any turn in a heap, a hand's breadth to a bucketful: counted as one lot."""
    rng = order.rng
    poses = [square_poses(rng, 0.5)[0] for _ in range(10)]
    single = [posed(cartridge(kind), rotation(*p), order.pitch, fine=1) for p in poses]
    stamps = [_pinch(rng, kind, single) for _ in range(8)]
    n = int(rng.integers(60, 240)) if order.close else int(rng.integers(120, 500))
    canvas, _, deep = heaped(order, stamps, kind.whole, n // PINCH, "cartridge")
    canvas.parts = [("heap", (0.0, canvas.width, 0.0, canvas.height), canvas.depths)]
    return canvas, 1, deep
