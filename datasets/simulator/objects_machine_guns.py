"""Belt-fed machine guns, built from parts. Dimensions are drawn about published ones, given beside the builder."""

import numpy as np

from scantally.datasets.simulator.objects_firearm_parts import (
    POLYMER,
    STEEL,
    WOOD,
    bar,
    barrel_tube,
    between,
    guard,
    plate,
    rounds,
)
from scantally.datasets.simulator.shapes_solids import Solid, cylinder, rotation, tube


def machine_gun(rng: np.random.Generator) -> list[Solid]:
    """A belt-fed machine gun of 1,030 to 1,270 mm (M249: 1,041 mm and 7.5 kg; PKM: 1,192 and 7.5; FN MAG: 1,263 and 11.8)."""
    barrel, body = between(rng, 470, 600), between(rng, 290, 360)
    wood = rng.random() < 0.4
    material, density = ("cellulose", WOOD) if wood else ("polyethylene", POLYMER * 0.7)
    return [
        *barrel_tube(-30, barrel + 30, between(rng, 11.5, 13.5), 3.9),
        *tube("steel", STEEL, (barrel, 0, 0), between(rng, 50, 90), 13, 8),
        *tube("steel", STEEL, (0, -30, 0), barrel * between(rng, 0.6, 0.8), 11, 8.5),
        *(bar(x, x + 22, -42, 14, 24) for x in (2.0, barrel * 0.62)),
        bar(-body, 0, -62, 30, 52),
        bar(-body + 3, -3, -60, 28, 46, "steel", -STEEL * 0.97),
        cylinder("steel", STEEL * 0.85, (-body * 0.75, -30, 0), body * 0.5, 16),
        cylinder("steel", STEEL * 0.3, (-body + 10, -30, 0), body * 0.35, 8),
        bar(-body * 0.72, -10, 30, 44, 60, "steel", STEEL * 0.3),
        bar(-body * 0.4, -body * 0.15, 44, 52, 20),
        *_belt(rng, -body * 0.35),
        *_handle(rng, barrel),
        *_bipod(rng, barrel * between(rng, 0.6, 0.85)),
        *guard(-body + 20, -body + 84, -60, 34, 16),
        plate(material, density, [(-body - 8, -58), (-body + 28, -58), (-body - 2, -150), (-body - 38, -144)], 32),
        *_butt(rng, -body, material, density),
    ]


def _belt(rng: np.random.Generator, feed: float) -> list[Solid]:
    """A box of sheet steel under the receiver with its belt: cartridges one above another (7.62 x 51: case 51.2, 71.1 in all, C.I.P.)."""
    if rng.random() < 0.4:
        return []
    n = int(rng.integers(3, 9))
    case = bar(feed - 100, feed + 30, -175, -64, 92, "steel", STEEL * 0.05)
    rows = [rounds((feed + 10, -70), (51.0, 20.0, 5.9), 0.0, n) for _ in range(3)]
    shifts = [(0.0, 0.0, z) for z in (-26.0, 0.0, 26.0)]
    return [case, *(s.moved(np.eye(3), shift) for row, shift in zip(rows, shifts, strict=True) for s in row)]


def _handle(rng: np.random.Generator, barrel: float) -> list[Solid]:
    """The carrying handle over the barrel's rear."""
    x = barrel * between(rng, 0.02, 0.15)
    return [
        plate("steel", STEEL, [(x, 10), (x + 10, 10), (x + 22, 62), (x + 12, 62)], 10),
        cylinder("polyethylene", POLYMER, (x + 12, 62, 0), 95, 12),
    ]


def _bipod(rng: np.random.Generator, x: float) -> list[Solid]:
    """Two legs of 16 mm tube, folded along the barrel or let down."""
    down = -1.35 if rng.random() < 0.4 else between(rng, -0.12, 0.0)
    legs: list[Solid] = []
    for side in (-1, 1):
        leg = tube("steel", STEEL, (0, 0, 0), 265, 8, 6.2)
        foot = bar(255, 275, -16, 16, 30)
        pose = rotation(down, 0.12 * side if down < -1 else 0.0, 0)
        legs += [s.moved(pose, (x, -26.0, 16.0 * side)) for s in (*leg, foot)]
    return [*legs, bar(x - 14, x + 14, -34, 18, 50, "steel", STEEL * 0.5)]


def _butt(rng: np.random.Generator, rear: float, material: str, density: float) -> list[Solid]:
    long = between(rng, 200, 240)
    toe = between(rng, -125, -95)
    outline = [(rear, 10), (rear, -52), (rear - long, toe), (rear - long, 16)]
    hole = [(rear - 60, -18), (rear - 60, -40), (rear - long + 50, toe + 45), (rear - long + 50, -18)]
    shell = [plate(material, density, outline, 42), bar(rear - long - 8, rear - long, toe, 18, 44)]
    return [*shell, plate(material, -density, hole, 42)] if rng.random() < 0.5 else shell
