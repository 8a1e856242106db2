"""Pistols and revolvers, built from parts. Dimensions are drawn about published ones, which stand beside each builder."""

import numpy as np

from scantally.datasets.simulator.objects_firearm_parts import (
    POLYMER,
    STEEL,
    WOOD,
    Points,
    bar,
    barrel_tube,
    between,
    guard,
    plate,
    rounds,
)
from scantally.datasets.simulator.shapes_solids import Solid, cylinder


def pistol(rng: np.random.Generator) -> list[Solid]:
    """A self-loading pistol of 160 to 220 mm (Glock 26: 163, Glock 17: 202, M1911A1: 216, Beretta 92FS: 217)."""
    long = between(rng, 150, 195)
    high, thick, polymer = between(rng, 24, 31), between(rng, 24, 29), rng.random() < 0.5
    grip, lean = between(rng, 78, 105), between(rng, 0.18, 0.36)
    frame, density = ("polyethylene", POLYMER) if polymer else ("steel", STEEL)
    wide = between(rng, 44, 54)
    back, hip = 12.0, -high * 0.5
    outline = [
        (back, hip - 12),
        (back + wide, hip - 12),
        (back + wide - lean * grip, hip - 12 - grip),
        (back - lean * grip, hip - 12 - grip),
    ]
    slide = [
        bar(0, long, -high * 0.5, high * 0.5, thick),
        bar(28, long - 3, -high * 0.42, high * 0.30, thick * 0.74, "steel", -STEEL),
        *barrel_tube(long * 0.32, long * 0.66, 7.2, 4.5),
        cylinder("steel", STEEL * 0.55, (long * 0.33, -high * 0.33, 0), long * 0.6, 4.2),
        bar(34, long * 0.4, -high * 0.3, high * 0.28, thick * 0.5),
        bar(long - 12, long - 7, high * 0.5, high * 0.5 + 5, 4),
        bar(4, 13, high * 0.5, high * 0.5 + 5, 16),
    ]
    return [
        *slide,
        bar(6, long * 0.92, hip - 13, hip, thick * 0.9, frame, density * (1 if polymer else 0.55)),
        plate(frame, density * 0.5, outline, thick),
        *guard(back + wide - 4, back + wide + 44, hip - 12, 27, 10),
        *_magazine(rng, outline, grip, lean),
    ]


def _magazine(rng: np.random.Generator, outline: Points, grip: float, lean: float) -> list[Solid]:
    """A sheet-steel box in the grip, full, part full or absent, with 9 mm-like cartridges (C.I.P.: 19.15 mm case, 29.7 mm)."""
    if rng.random() < 0.15:
        return []
    rear, front = outline[0][0] + 7, outline[1][0] - 6
    box: Points = [
        (rear, outline[0][1]),
        (front, outline[0][1]),
        (front - lean * grip, outline[2][1] - 4),
        (rear - lean * grip, outline[2][1] - 4),
    ]
    shell = plate("steel", STEEL * 0.13, box, 21)
    return [shell, *rounds((front - 2, outline[0][1]), (19.0, 10.5, 4.9), lean, int(rng.integers(3, int(grip / 9))))]


def revolver(rng: np.random.Generator) -> list[Solid]:
    """A revolver of 165 to 300 mm (S&W 36: 160 to 175, S&W 10: 230, S&W 29: 292)."""
    barrel = between(rng, 50, 165)
    drum, long = between(rng, 17.5, 22), between(rng, 36, 44)
    material, density = ("cellulose", WOOD) if rng.random() < 0.6 else ("rubber", 1.15)
    turned = rng.uniform(0, np.pi / 3)
    spots = [
        (drum * 0.62 * np.cos(turned + k * np.pi / 3), drum * 0.62 * np.sin(turned + k * np.pi / 3)) for k in range(6)
    ]
    cylinder_y = -drum * 0.55
    chambers = [cylinder("steel", -STEEL * 0.75, (0, cylinder_y + b, a), long, 4.9) for a, b in spots]
    return [
        cylinder("steel", STEEL, (0, cylinder_y, 0), long, drum),
        *chambers,
        *barrel_tube(long, barrel, 8.5, 4.6),
        bar(long, long + barrel * 0.8, -16, -9, 9),
        bar(long + barrel - 14, long + barrel - 4, 8, 15, 3),
        bar(-24, long + 4, cylinder_y + drum + 1, cylinder_y + drum + 8, 12),
        bar(-26, -1, cylinder_y - drum - 6, cylinder_y + drum + 4, 14),
        bar(-26, long + 6, cylinder_y - drum - 9, cylinder_y - drum - 1, 13),
        bar(long, long + 7, cylinder_y - drum - 6, 10, 13),
        plate("steel", STEEL, [(-30, 4), (-20, 6), (-26, 22), (-40, 24)], 7),
        *guard(-14, 34, cylinder_y - drum - 8, 26),
        plate(material, density, [(-18, cylinder_y - drum), (-34, cylinder_y + 6), (-62, -105), (-20, -110)], 30),
        plate("steel", STEEL, [(-20, cylinder_y - drum), (-33, cylinder_y + 4), (-56, -98), (-44, -98)], 9),
    ]
