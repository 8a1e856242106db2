"""Ammunition: cartridges in commercial boxes, steel cans, wooden crates, on belts or loose.

Cartridges after the tables of the C.I.P. (case length, length in all): 9 mm Luger 19.15 and 29.69 mm, 5.56 x 45 (223 Rem.) 44.70 and
57.40, 7.62 x 39 38.70 and 56.00, 308 Win. 51.18 and 71.12, calibre 12 shells of 70 mm. Masses of whole cartridges are those of ordinary
bullets: 12, 12, 16.5, 24 g; shells with 32 g of shot about 47 g. The steel can is the M2A1 (MIL-DTL-3060: 305 x 155 x 185 mm, 2.3 kg);
boxes, tins and crates have sizes that follow from what they hold (assumed: a step of 1 mm between cartridges).
"""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_common import (
    SPACE,
    NoRoomError,
    Order,
    finished,
    heaped,
    posed,
    square_poses,
    stacked,
)
from scantally.datasets.simulator.shapes import Canvas
from scantally.datasets.simulator.shapes_solids import Matrix, Solid, Vector, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite

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


def cartridge(kind: Cartridge, times: float = 1.0) -> list[Solid]:
    """One cartridge along y, its base at 0; ``times`` so many behind each other."""
    shell = kind.name == "calibre 12"
    wall = 0.5 if not shell else 0.9
    if shell:
        body = tube("polyethylene", 0.95 * times, (0, 16, 0), kind.case - 16, kind.radius, kind.radius - wall, "y")
        head = cylinder("brass", BRASS * 0.30 * times, (0, 0, 0), 16, kind.radius, "y")
        shot = cylinder("lead", 4.63 * times, (0, 34, 0), kind.bullet, kind.neck, "y")  # 32 g in a cup
        return [*body, head, shot]
    head = cylinder("brass", BRASS * times, (0, 0, 0), 3.5, kind.radius, "y")
    body = tube("brass", BRASS * times, (0, 3.5, 0), kind.case - 3.5, kind.radius, kind.radius - wall, "y")
    powder = cylinder("cellulose", POWDER * times, (0, 3.5, 0), 0.6 * kind.case, kind.radius - wall, "y")
    start = kind.whole - kind.bullet * 1.25
    bullet = cylinder("lead", _bullet_density(kind) * times, (0, start, 0), kind.bullet, kind.neck, "y")
    return [head, *body, powder, bullet]


def _bullet_density(kind: Cartridge) -> float:
    """So that the whole cartridge has its mass; ogives and steel cores make it less than lead's."""
    inner = kind.radius - 0.5
    ring = np.pi * (kind.radius**2 - inner**2) * (kind.case - 3.5) + np.pi * kind.radius**2 * 3.5
    rest = kind.mass * 1e6 - BRASS * ring - POWDER * np.pi * inner**2 * 0.6 * kind.case
    return float(np.clip(rest / (np.pi * kind.neck**2 * kind.bullet), 4.0, LEAD))


def tray(
    kind: Cartridge, n: tuple[int, int, int], wall: float, material: str, density: float, face: int
) -> list[Solid]:
    """A box of n cartridges beside, above and behind each other in walls of a thickness.

    They stand (face 0), lie along the view (1) or point along the beam (2).
    """
    step, long = 2 * kind.radius + 1.0, kind.whole + 3.0
    turn = (rotation(0, 0, 0), rotation(-np.pi / 2, 0, 0), rotation(0, 0, np.pi / 2))[face]
    size = ((step, long, step), (long, step, step), (step, step, long))[face]
    first = ((0.5, 0, 0.5), (0, 0.5, 0.5), (0.5, 0.5, 0))[face]  # of a cartridge's base within its cell
    solids: list[Solid] = []
    one = [s.moved(turn, (0.0, 0.0, 0.0)) for s in cartridge(kind, n[2])]
    for i in range(n[0]):
        for j in range(n[1]):
            at = (wall + (i + first[0]) * size[0], wall + (j + first[1]) * size[1] + (1.5 if face == 0 else 0.0), 0.0)
            solids += [s.moved(np.eye(3), at) for s in one]
    w, h, d = (count * s + 2 * wall for count, s in zip(n, size, strict=True))
    return [*solids, *box_shell((w, h, d), wall, material, density)]


def box_shell(size: Vector, wall: float, material: str, density: float, *, closed: bool = True) -> list[Solid]:
    """A box from the origin on, with walls of a thickness, closed to a load."""
    w, h, d = size
    inner = block(material, -density, (wall, wall, wall), (w - wall, h - wall, d - wall))
    shell = [block(material, density, (0, 0, 0), size), inner]
    return [*shell, block(SPACE, 1.0, (0, 0, 0), size)] if closed else shell


def _boxes(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Commercial boxes of 20, 25 or 50 in trays."""
    n = {"9 mm Luger": (10, 1, 5), "calibre 12": (5, 1, 5)}.get(kind.name, (10, 1, 2))
    face = int(order.rng.integers(3))
    counts = {0: n, 1: (n[1], n[0], n[2]), 2: (n[0], n[2], n[1])}[face]
    solids = tray(kind, counts, 1.5, "cellulose", BOARD, face)
    stamps = [posed(solids, _askew(order.rng, 0.012), order.pitch, fine=1)]
    deep = float(max(s.corners[:, 2].max() for s in solids)) + 2.0
    count = int(order.rng.integers(1, 13)) if order.close else int(order.rng.integers(4, 61))
    return stacked(order, stamps, deep, count, "box", highest=800.0)


def _askew(rng: np.random.Generator, by: float) -> Matrix:
    return rotation(float(rng.normal(0, by)), float(rng.normal(0, 2 * by)), float(rng.normal(0, by)))


CAN: Vector = (305.0, 185.0, 155.0)
CAN_WALL = 0.9
"""MIL-DTL-3060: length, height and width in mm; sheet steel, together with lid and latch 2.3 kg."""


def can(kind: Cartridge, face: int, *, end_on: bool = False) -> list[Solid]:
    """A steel ammunition can full of cartridges, seen from its side or its end: sheet, lid with rim, latch and handle.

    Cartridges one behind another are drawn as one of so many times the density, so it must not be turned far from the view.
    """
    w, h, d = (CAN[2], CAN[1], CAN[0]) if end_on else CAN
    step, long = 2 * kind.radius + 1.5, kind.whole + 4.0
    turns = (rotation(0, 0, 0), rotation(-np.pi / 2, 0, 0), rotation(0, 0, np.pi / 2))
    cell = ((step, long, step), (long, step, step), (step, step, long))[face]
    free = (w - 16, h - 22, d - 10)
    n = [max(1, int(f // c)) for f, c in zip(free, cell, strict=True)]
    one = [s.moved(turns[face], (0.0, 0.0, 0.0)) for s in cartridge(kind, n[2])]
    first = ((0.5, 0, 0.5), (0, 0.5, 0.5), (0.5, 0.5, 0))[face]
    solids = [
        s.moved(np.eye(3), (8 + (i + first[0]) * cell[0], 5 + (j + first[1]) * cell[1], 0.0))
        for i in range(n[0])
        for j in range(n[1])
        for s in one
    ]
    latch = block("steel", STEEL, (-6, h - 70, 40), (-1, h - 10, d - 40))
    handle = tube("steel", STEEL, (w * 0.3, h - 4, d / 2), w * 0.4, 4, 2)
    return [
        *solids,
        *box_shell((w, h - 8, d), CAN_WALL, "steel", STEEL),
        *(_frame((0, w), (h - 30, h - 12), d)),
        block("steel", STEEL, (4, h - 8, 4), (w - 4, h - 6.6, d - 4)),
        *([] if end_on else [latch, *handle]),
    ]


def _frame(x: tuple[float, float], y: tuple[float, float], deep: float) -> list[Solid]:
    """The folded rim of a lid: one more sheet all round."""
    rim = block("steel", STEEL, (x[0] - 1, y[0], -1), (x[1] + 1, y[1], deep + 1))
    return [rim, block("steel", -STEEL, (x[0], y[0], 0), (x[1], y[1], deep))]


def _cans(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    rng = order.rng
    end_on = bool(rng.random() < 0.35) or order.inside()[0] < CAN[0] + 30
    solids = can(kind, int(rng.integers(3)), end_on=end_on)
    stamps = [posed(solids, _askew(rng, 0.006), order.pitch, fine=1)]
    deep = (CAN[0] if end_on else CAN[2]) + 10.0
    count = int(rng.integers(1, 4)) if order.close else int(rng.integers(1, 17))
    return stacked(order, stamps, deep, count, "can", highest=800.0)


def crate(kind: Cartridge) -> list[Solid]:
    """A wooden crate of 18 mm boards with two sheet-steel tins of cartridges lying in layers."""
    step = 2 * kind.radius + 0.5
    n = (int(170 // step), max(1, int(130 // step)), max(1, int(300 // (kind.whole + 2))))
    one = [s.moved(rotation(0, 0, np.pi / 2), (0.0, 0.0, 0.0)) for s in cartridge(kind, n[2])]
    tin = (n[0] * step + 6, n[1] * step + 6, 310.0)
    solids: list[Solid] = []
    for left in (22.0, 28.0 + tin[0]):
        cells = [(left + 3 + (i + 0.5) * step, 23 + (j + 0.5) * step, 0.0) for i in range(n[0]) for j in range(n[1])]
        solids += [s.moved(np.eye(3), at) for at in cells for s in one]
        shell = box_shell(tin, 0.5, "steel", STEEL, closed=False)
        solids += [s.moved(np.eye(3), (left, 20.0, 0.0)) for s in shell]
    size = (2 * tin[0] + 52, tin[1] + 40, tin[2] + 40)
    battens = [
        block("cellulose", PINE, (x, 0, -16), (x + 45, size[1], 0)) for x in (size[0] * 0.15, size[0] * 0.85 - 45)
    ]
    strap = [block("steel", STEEL, (x, 0, -1), (x + 16, size[1], 0)) for x in (size[0] * 0.3, size[0] * 0.7)]
    return [*solids, *box_shell(size, 18.0, "cellulose", PINE), *battens, *strap]


def _crates(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    solids = crate(kind)
    if not order.holds((460.0, 180.0, 360.0)):
        raise NoRoomError("no crate fits")
    stamps = [posed(solids, _askew(order.rng, 0.008), order.pitch, fine=1)]
    return stacked(order, stamps, 380.0, int(order.rng.integers(1, 13)), "crate", highest=900.0)


def _loose(order: Order, kind: Cartridge) -> tuple[Canvas, int, float]:
    """Cartridges at any turn in a heap, a hand's breadth to a bucketful: counted as one lot."""
    rng = order.rng
    poses = [square_poses(rng, 0.5)[0] for _ in range(10)]
    stamps = [posed(cartridge(kind), rotation(*p), order.pitch, fine=1) for p in poses]
    n = int(rng.integers(60, 240)) if order.close else int(rng.integers(120, 500))
    canvas, _, deep = heaped(order, stamps, kind.whole, n, "cartridge")
    canvas.parts = [("heap", (0.0, canvas.width, 0.0, canvas.height), canvas.depths)]
    return canvas, 1, deep
