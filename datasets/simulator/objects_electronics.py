"""Electronics in boxes: phones, laptops, hard disks, servers, and lithium cells. Devices are built from boards, batteries, cells and cases.

Sizes: 19-inch servers are 482.6 mm wide over their ears with 44.45 mm a unit (EIA-310); cells 18650 are 18.0 to 18.5 x 65 mm and 45
to 48 g (makers' data sheets);
phones (about 150 x 72 x 8 mm, 160 to 210 g), laptops (13 to 17 inches, 1.3 to 2.8 kg) and one or two unit servers (14 to 25 kg) are as their
makers state them in general; hard disks are 147 x 101.6 x 26.1 mm (SFF-8301) and 0.5 to 0.75 kg. Materials that the attenuation table lacks are drawn as their neighbours: oxides of cobalt and nickel as
steel, electrolyte and graphite as polyethylene, glass-fibre board as glass.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.objects_ammunition import box_shell
from scantally.datasets.simulator.objects_common import (
    NoRoomError,
    Order,
    finished,
    posed,
    reach,
    square_poses,
    stacked,
)
from scantally.datasets.simulator.shapes_solids import Solid, Vector, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite

STEEL, ALUMINIUM, COPPER, GLASS, PLASTIC = 7.85, 2.70, 8.96, 2.50, 1.10  # g/cm3: PNNL-15870; polycarbonate with ABS
BOARD, FOAM, PULP = 0.15, 0.03, 0.25  # corrugated board, foam, moulded pulp


def phone(rng: np.random.Generator) -> list[Solid]:
    """A phone lying on its back: x along, y thickness, z across."""
    long, wide, thick = float(rng.uniform(138, 168)), float(rng.uniform(67, 78)), float(rng.uniform(7.2, 9.2))
    cell = (long * float(rng.uniform(0.5, 0.62)), thick * 0.55, wide * float(rng.uniform(0.45, 0.6)))
    start = long * 0.12
    return [
        *box_shell((long, thick, wide), 1.1, "aluminium", ALUMINIUM * 0.6, closed=False),
        block("glass", GLASS, (2, thick - 1.2, 2), (long - 2, thick - 0.1, wide - 2)),
        *_cell_block((start, thick * 0.2, 3.0), cell),
        block("glass", 1.9, (start, thick * 0.35, cell[2] + 5), (long * 0.95, thick * 0.35 + 0.9, wide - 3)),
        block("copper", COPPER * 0.35, (long * 0.7, thick * 0.4, 6), (long * 0.93, thick * 0.4 + 1.5, wide - 6)),
        cylinder("steel", STEEL * 0.8, (long * 0.86, thick * 0.2, wide * 0.25), thick * 0.6, 6.0, "y"),
        block("steel", STEEL * 0.7, (2, thick * 0.3, wide * 0.3), (16, thick * 0.75, wide * 0.7)),
        *tube("copper", COPPER * 0.6, (long * 0.42, thick * 0.75, wide / 2), 0.9, 24, 13, "y"),  # wireless charging
    ]


def disk(rng: np.random.Generator) -> list[Solid]:
    """A hard disk lying down: x along, y thickness, z across; platters, hub, magnets of the arm, cast body, board."""
    long, wide, thick = 147.0, 101.6, float(rng.choice([20.2, 26.1]))
    platters = 1 + int(rng.integers(1, 4))
    hub, reach_mm = (long * 0.42, 0.0, wide / 2), 47.5
    step = (thick - 10.0) / platters
    return [
        *box_shell((long, thick - 1.0, wide), 3.0, "aluminium", ALUMINIUM, closed=False),
        block("steel", STEEL, (1, thick - 1.0, 1), (long - 1, thick, wide - 1)),
        *(
            cylinder("aluminium", ALUMINIUM, (hub[0], 4.0 + k * step, hub[2]), 1.3, reach_mm, "y")
            for k in range(platters)
        ),
        cylinder("steel", STEEL * 0.8, (hub[0], 2.0, hub[2]), thick - 5.0, 12.5, "y"),
        block("steel", STEEL * 0.9, (long - 42, 3, 10), (long - 12, 6, 48)),
        block("steel", STEEL * 0.9, (long - 42, thick - 9, 10), (long - 12, thick - 5, 48)),
        cylinder("steel", STEEL * 0.7, (long - 38, 3, 62), thick - 8, 8.0, "y"),
        block("glass", 1.9, (long * 0.3, 0.4, 5), (long - 5, 1.8, wide - 5)),
    ]


def _cell_block(at: Vector, size: Vector) -> list[Solid]:
    """A pouch of lithium-ion cells, 2.4 g/cm3: oxide, foils of copper and aluminium, graphite with electrolyte."""
    end = (at[0] + size[0], at[1] + size[1], at[2] + size[2])
    shares = (("steel", 1.00), ("copper", 0.40), ("aluminium", 0.25), ("polyethylene", 0.75))
    return [block(material, density, at, end) for material, density in shares]


def laptop(rng: np.random.Generator) -> list[Solid]:
    """A closed laptop lying down: x along, y thickness, z depth."""
    long, deep, thick = float(rng.uniform(300, 400)), float(rng.uniform(205, 275)), float(rng.uniform(16, 27))
    metal = rng.random() < 0.5
    case = ("aluminium", ALUMINIUM) if metal else ("polyethylene", PLASTIC)
    wall = 1.0 if metal else 1.6
    parts = [
        *box_shell((long, thick * 0.7, deep), wall, *case, closed=False),
        block("glass", GLASS, (6, thick * 0.74, 6), (long - 6, thick * 0.74 + 1.6, deep - 6)),
        block(*case, (0, thick * 0.74 + 1.8, 0), (long, thick, deep)),
        block("steel", STEEL, (20, thick * 0.62, deep * 0.45), (long - 20, thick * 0.62 + 0.6, deep * 0.9)),
        block("glass", 1.9, (long * 0.08, thick * 0.3, deep * 0.5), (long * 0.9, thick * 0.3 + 1.4, deep * 0.93)),
        block(
            "copper",
            COPPER * 0.3,
            (long * 0.1, thick * 0.32, deep * 0.5),
            (long * 0.9, thick * 0.32 + 1.0, deep * 0.93),
        ),
        *(
            cylinder("polyethylene", 0.5, (x, thick * 0.15, deep * 0.78), thick * 0.4, 28, "y")
            for x in (long * 0.2, long * 0.72)
        ),
        *tube("copper", COPPER * 0.6, (long * 0.2, thick * 0.4, deep * 0.82), long * 0.45, 4, 3),
        block(
            "aluminium",
            ALUMINIUM * 0.6,
            (long * 0.62, thick * 0.2, deep * 0.7),
            (long * 0.74, thick * 0.45, deep * 0.85),
        ),
        *(
            block("steel", STEEL, (x, thick * 0.6, deep - 12), (x + 45, thick * 0.85, deep - 2))
            for x in (30.0, long - 75)
        ),
    ]
    if rng.random() < 0.5:
        return [*parts, *_cell_block((long * 0.12, thick * 0.12, 14), (long * 0.76, thick * 0.4, deep * 0.38))]
    n = int(rng.choice([4, 6, 8]))
    cells = [s for k in range(n) for s in lithium_cell((long * 0.08 + (k % 4) * 67, 10.5, 20 + (k // 4) * 20.0), "x")]
    return [*parts, *cells]


def lithium_cell(at: Vector, axis: str = "y") -> list[Solid]:
    """A cell 18650 from the middle of its base: steel can of 0.25 mm, jelly roll of 2.3 g/cm3."""
    r, long = 9.2, 65.0
    core = (("steel", 0.95), ("copper", 0.45), ("aluminium", 0.25), ("polyethylene", 0.65))
    return [
        *tube("steel", STEEL, at, long, r, r - 0.25, axis),
        *(cylinder(material, density, at, long, r - 0.25, axis) for material, density in core),
    ]


def server(rng: np.random.Generator) -> list[Solid]:
    """A rack server lying as mounted: x depth from its front, y height, z width."""
    units = int(rng.choice([1, 2]))
    deep, high, wide = float(rng.uniform(640, 760)), 44.45 * units - 1.5, 434.0
    bays = 8 if units == 1 else 12
    step = wide / bays
    parts = [
        *box_shell((deep, high, wide), 1.0, "steel", STEEL, closed=False),
        block("steel", STEEL, (-3, 0, -24), (1, high, wide + 24)),  # ears
        block("glass", 1.9, (deep * 0.3, 8, 20), (deep * 0.95, 9.8, wide - 20)),
        block("copper", COPPER * 0.3, (deep * 0.3, 9.8, 20), (deep * 0.95, 11, wide - 20)),
        *(s for k in range(bays) for s in _drive((6.0, 6.0, k * step + 4), high - 12, step - 8)),
        *(s for k in range(6) for s in _fan((deep * 0.24, 4.0, 25 + k * 66.0), high - 8)),
        *(s for z in (80.0, 260.0) for s in _heat_sink((deep * 0.42, 12.0, z), high - 18)),
        *(
            block("glass", 1.9, (deep * 0.40 + k * 11, 11, 190), (deep * 0.40 + k * 11 + 1.3, min(high - 4, 42), 250))
            for k in range(10)
        ),
    ]
    for z in (15.0, 110.0):  # power supplies
        parts += [
            *_shift(box_shell((280, min(high - 4, 40), 80), 0.8, "steel", STEEL, closed=False), (deep - 285, 3, z)),
            block("copper", COPPER * 0.5, (deep - 230, 8, z + 12), (deep - 190, 34, z + 52)),
            block("aluminium", ALUMINIUM * 0.5, (deep - 170, 6, z + 8), (deep - 60, 30, z + 30)),
            *(cylinder("aluminium", 1.6, (deep - 130 + k * 32, 6, z + 58), 28, 12, "y") for k in range(2)),
        ]
    return parts


def _shift(solids: list[Solid], by: Vector) -> list[Solid]:
    return [s.moved(np.eye(3), by) for s in solids]


def _drive(at: Vector, high: float, wide: float) -> list[Solid]:
    """A disk drive in its tray: aluminium body, steel plates, board."""
    body = (100.0, min(high, 70.0), min(wide, 15.0))
    return [
        block("aluminium", ALUMINIUM * 0.7, at, (at[0] + body[0], at[1] + body[1], at[2] + body[2])),
        block("steel", STEEL * 0.5, (at[0] + 15, at[1] + 8, at[2] + 3), (at[0] + 80, at[1] + body[1] - 8, at[2] + 9)),
    ]


def _fan(at: Vector, high: float) -> list[Solid]:
    r = min(high, 60.0) / 2
    centre = (at[0], at[1] + r, at[2] + 25)
    return [*tube("polyethylene", 1.2, centre, 38, r, r - 3), cylinder("copper", COPPER * 0.4, centre, 28, r * 0.45)]


def _heat_sink(at: Vector, high: float) -> list[Solid]:
    """A copper or aluminium base and 0.4 mm fins every 2.4 mm, drawn as a body of a sixth of aluminium, over a processor."""
    return [
        block("copper", COPPER, at, (at[0] + 78, at[1] + 5, at[2] + 100)),
        block("aluminium", ALUMINIUM / 6, (at[0], at[1] + 5, at[2]), (at[0] + 78, at[1] + high, at[2] + 100)),
        block("steel", STEEL * 0.6, (at[0] + 15, at[1] - 5, at[2] + 20), (at[0] + 63, at[1], at[2] + 80)),
    ]


def boxed(device: list[Solid], rims: Vector, filling: tuple[str, float], lid: float = 5.0) -> list[Solid]:
    """A device in filling and board, the box's corner at the origin."""
    low = np.min([s.corners.min(axis=0) for s in device], axis=0)
    high = np.max([s.corners.max(axis=0) for s in device], axis=0)
    inner = tuple(float(h - a) + 2 * r for h, a, r in zip(high, low, rims, strict=True))
    outer: Vector = (inner[0] + 2 * lid, inner[1] + 2 * lid, inner[2] + 2 * lid)
    moved = _shift(
        device, (rims[0] + lid - float(low[0]), rims[1] + lid - float(low[1]), rims[2] + lid - float(low[2]))
    )
    ends = [
        block(filling[0], filling[1], (lid, lid, lid), (lid + rims[0], outer[1] - lid, outer[2] - lid)),
        block(
            filling[0],
            filling[1],
            (outer[0] - lid - rims[0], lid, lid),
            (outer[0] - lid, outer[1] - lid, outer[2] - lid),
        ),
        block(
            filling[0], filling[1], (lid + rims[0], lid, lid), (outer[0] - lid - rims[0], lid + rims[1], outer[2] - lid)
        ),
    ]
    board = BOARD if lid > 2 else 0.7
    return [*moved, *ends, *box_shell(outer, lid, "cellulose", board)]


def cell_box(rng: np.random.Generator) -> list[Solid]:
    """Fifty to a hundred cells standing in a carton; those one behind another are drawn as one of so many times the density."""
    nx, nz = (int(v) for v in rng.permutation([10, int(rng.integers(5, 11))]))
    rows = [lithium_cell((12.6 + k * 19.2, 4.0, 12.6)) for k in range(nx)]
    cells = [replace(s, density=s.density * nz) for row in rows for s in row]
    return [*cells, *box_shell((nx * 19.2 + 6, 74.0, nz * 19.2 + 6), 3.0, "cellulose", 0.3)]


def phone_box(rng: np.random.Generator) -> list[Solid]:
    """A phone in its box of solid board, over its charger and cable."""
    device = phone(rng)
    charger = [
        block("polyethylene", PLASTIC, (20, -30, 15), (62, -6, 57)),
        block("copper", COPPER * 0.35, (28, -26, 22), (52, -10, 48)),
    ]
    rims = (float(rng.uniform(4, 9)), float(rng.uniform(2, 6)), float(rng.uniform(4, 9)))
    return boxed([*device, *(charger if rng.random() < 0.6 else [])], rims, ("cellulose", PULP), 1.6)


def laptop_box(rng: np.random.Generator) -> list[Solid]:
    """A laptop between foam, with its charger."""
    device = laptop(rng)
    charger = [
        block("polyethylene", PLASTIC, (40, -34, 20), (150, -6, 72)),
        block("copper", COPPER * 0.3, (55, -30, 28), (130, -10, 64)),
    ]
    rims = (float(rng.uniform(25, 50)), float(rng.uniform(12, 30)), float(rng.uniform(20, 40)))
    return boxed([*device, *charger], rims, ("polyethylene", FOAM), 4.0)


def disk_box(rng: np.random.Generator) -> list[Solid]:
    """A hard disk in a bag between moulded ends."""
    rims = (float(rng.uniform(10, 22)), float(rng.uniform(6, 14)), float(rng.uniform(8, 18)))
    return boxed(disk(rng), rims, ("polyethylene", FOAM), 1.5)


def server_box(rng: np.random.Generator) -> list[Solid]:
    """A server in foam ends and double-wall board."""
    rims = (float(rng.uniform(60, 110)), float(rng.uniform(45, 80)), float(rng.uniform(50, 80)))
    return boxed(server(rng), rims, ("polyethylene", FOAM), 7.0)


KINDS: dict[str, tuple[Callable[[np.random.Generator], list[Solid]], tuple[int, int]]] = {
    "phones": (phone_box, (10, 90)),
    "laptops": (laptop_box, (4, 40)),
    "servers": (server_box, (1, 12)),
    "cells": (cell_box, (2, 30)),
    "disks": (disk_box, (8, 80)),
}
"""What is in the boxes, and how many of them in a lot."""


FACE_ON = 0.6
"""Of lots that may lie on any face, so many show their largest one (assumed)."""


def electronics(order: Order) -> Sprite:
    """A lot of like boxes, stacked on any of their faces that the room allows."""
    names = sorted(KINDS)
    name = names[int(order.shape.choice(len(names), p=(0.12, 0.22, 0.26, 0.26, 0.14)))]
    build, lots = KINDS[name]
    solids = build(order.shape)
    upright = (0.0, float(order.rng.normal(0, 0.006)), 0.0)
    about = (0.0, upright[1] + np.pi / 2, 0.0)  # servers keep upright as they are packed, cells as they are drawn
    poses = {"servers": [upright, about], "cells": [upright]}.get(name) or square_poses(order.rng, 0.006)
    fits = [p for p in poses if order.holds(reach(solids, rotation(*p)))]
    if not fits:
        raise NoRoomError(f"no box of {name} fits {order.room}")
    if order.rng.random() < FACE_ON:  # like books on a shelf across the beam
        fits = [min(fits, key=lambda p: reach(solids, rotation(*p))[2])]
    pose = rotation(*fits[int(order.rng.integers(len(fits)))])
    stamps = [posed(solids, pose, order.pitch, fine=1)]
    deep = reach(solids, pose)[2]
    n = int(order.rng.integers(lots[0], lots[1] + 1))
    canvas, put, whole = stacked(order, stamps, deep, max(1, n // 6) if order.close else n, "box", highest=1800.0)
    return finished(order, canvas, "electronics", variety=name, count=put, depth_mm=whole)
