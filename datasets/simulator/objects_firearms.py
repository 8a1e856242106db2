"""Firearms built from parts in three dimensions: x forward along the barrel, y up, z across, in mm.

Origin: the rear of the barrel's axis. Dimensions are drawn from ranges about published ones; the range stands beside each family.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.shapes_solids import Solid, block, cylinder, prism, tube

# g/cm3: gun steel; 7075 aluminium; glass-filled nylon, drawn as polyethylene; walnut and beech (USDA Wood Handbook, table 5-3);
# a full magazine is cartridges with air between: brass, lead and powder fill about 60 % of it.
STEEL, ALUMINIUM, POLYMER, WOOD, BRASS, LEAD = 7.85, 2.81, 1.20, 0.65, 8.50, 11.30
Points = list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """How one kind of firearm is built, and what overall length its makers state, in mm."""

    name: str
    length: tuple[float, float]
    build: Callable[[np.random.Generator], list[Solid]]


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _plate(material: str, density: float, outline: Points, thick: float) -> Solid:
    return prism(material, density, outline, (-thick / 2, thick / 2))


def _bar(
    x0: float, x1: float, y0: float, y1: float, thick: float, material: str = "steel", density: float = STEEL
) -> Solid:
    return block(material, density, (x0, y0, -thick / 2), (x1, y1, thick / 2))


def _barrel(start: float, length: float, outer: float, bore: float, y: float = 0.0) -> list[Solid]:
    """A barrel, thinner towards the muzzle: two tubes."""
    rear = length * 0.35
    return [
        *tube("steel", STEEL, (start, y, 0), rear, outer, bore),
        *tube("steel", STEEL, (start + rear, y, 0), length - rear, outer * 0.82, bore),
    ]


def _guard(x0: float, x1: float, top: float, drop: float, thick: float = 9.0) -> list[Solid]:
    """A trigger guard as a bent strap of 3 mm around a hole, and the trigger in it."""
    middle, bottom = (x0 + x1) / 2, top - drop
    return [
        _bar(x0 + 5, x1 - 5, bottom, bottom + 3.5, thick),
        _plate("steel", STEEL, [(x0, top), (x0 + 4, top), (x0 + 9, bottom), (x0 + 4, bottom)], thick),
        _plate("steel", STEEL, [(x1 - 4, top), (x1, top), (x1 - 4, bottom), (x1 - 9, bottom)], thick),
        _plate(
            "steel",
            STEEL,
            [(middle - 8, top), (middle - 1, top), (middle + 3, top - drop * 0.7), (middle - 1, top - drop * 0.7)],
            6,
        ),
    ]


def _rounds(foot: tuple[float, float], size: tuple[float, float, float], slant: float, n: int) -> list[Solid]:
    """A column of cartridges in a magazine that hangs from ``foot`` (its top front): brass cases with lead-cored bullets ahead."""
    (x, y), (case, bullet, radius) = foot, size
    step = radius * 1.75  # double column: each lies half beside the one below
    solids: list[Solid] = []
    for i in range(n):
        sx, sy, z = x - case - bullet - i * step * slant, y - radius - i * step, radius * (0.5 if i % 2 else -0.5)
        solids += tube("brass", BRASS, (sx, sy, z), case, radius, radius * 0.82)
        solids.append(cylinder("cellulose", 0.9, (sx, sy, z), case, radius * 0.8))  # powder: about 0.9 g/cm3
        solids.append(cylinder("lead", LEAD * 0.8, (sx + case, sy, z), bullet * 0.8, radius * 0.72))
    return solids


def pistol(rng: np.random.Generator) -> list[Solid]:
    """A self-loading pistol of 160 to 220 mm (Glock 26: 163, Glock 17: 202, M1911A1: 216, Beretta 92FS: 217)."""
    long = _between(rng, 160, 220)
    high, thick, polymer = _between(rng, 24, 31), _between(rng, 24, 29), rng.random() < 0.5
    grip, lean = _between(rng, 78, 105), _between(rng, 0.18, 0.36)
    frame, density = ("polyethylene", POLYMER) if polymer else ("steel", STEEL)
    wide = _between(rng, 44, 54)
    back, hip = 12.0, -high * 0.5
    outline = [
        (back, hip - 12),
        (back + wide, hip - 12),
        (back + wide - lean * grip, hip - 12 - grip),
        (back - lean * grip, hip - 12 - grip),
    ]
    slide = [
        _bar(0, long, -high * 0.5, high * 0.5, thick),
        _bar(28, long - 3, -high * 0.42, high * 0.30, thick * 0.74, "steel", -STEEL),
        *_barrel(long * 0.32, long * 0.66, 7.2, 4.5),
        cylinder("steel", STEEL * 0.55, (long * 0.33, -high * 0.33, 0), long * 0.6, 4.2),
        _bar(34, long * 0.4, -high * 0.3, high * 0.28, thick * 0.5),
        _bar(long - 12, long - 7, high * 0.5, high * 0.5 + 5, 4),
        _bar(4, 13, high * 0.5, high * 0.5 + 5, 16),
    ]
    return [
        *slide,
        _bar(6, long * 0.92, hip - 13, hip, thick * 0.9, frame, density * (1 if polymer else 0.55)),
        _plate(frame, density * 0.5, outline, thick),
        *_guard(back + wide - 4, back + wide + 44, hip - 12, 27, 10),
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
    shell = _plate("steel", STEEL * 0.13, box, 21)
    return [shell, *_rounds((front - 2, outline[0][1]), (19.0, 10.5, 4.9), lean, int(rng.integers(3, int(grip / 9))))]


def revolver(rng: np.random.Generator) -> list[Solid]:
    """A revolver of 165 to 300 mm (S&W 36: 160 to 175, S&W 10: 230, S&W 29: 292)."""
    barrel = _between(rng, 50, 165)
    drum, long = _between(rng, 17.5, 22), _between(rng, 36, 44)
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
        *_barrel(long, barrel, 8.5, 4.6),
        _bar(long, long + barrel * 0.8, -16, -9, 9),
        _bar(long + barrel - 14, long + barrel - 4, 8, 15, 3),
        _bar(-24, long + 4, cylinder_y + drum + 1, cylinder_y + drum + 8, 12),
        _bar(-26, -1, cylinder_y - drum - 6, cylinder_y + drum + 4, 14),
        _bar(-26, long + 6, cylinder_y - drum - 9, cylinder_y - drum - 1, 13),
        _bar(long, long + 7, cylinder_y - drum - 6, 10, 13),
        _plate("steel", STEEL, [(-30, 4), (-20, 6), (-26, 22), (-40, 24)], 7),
        *_guard(-14, 34, cylinder_y - drum - 8, 26),
        _plate(material, density, [(-18, cylinder_y - drum), (-34, cylinder_y + 6), (-62, -105), (-20, -110)], 30),
        _plate("steel", STEEL, [(-20, cylinder_y - drum), (-33, cylinder_y + 4), (-56, -98), (-44, -98)], 9),
    ]


def bolt_action(rng: np.random.Generator) -> list[Solid]:
    """A bolt-action rifle of 950 to 1,250 mm (Mauser 98k: 1,110, Mosin 91/30: 1,232, Remington 700: 1,055 to 1,180)."""
    barrel = _between(rng, 500, 740)
    parts = [
        *_barrel(0, barrel, _between(rng, 11, 14), 3.9),
        *tube("steel", STEEL, (-210, 0, 0), 215, 16.5, 9.5),
        cylinder("steel", STEEL, (-190, 0, 0), 150, 8.2),
        cylinder("steel", STEEL, (-150, 0, 8), 52, 4.5, "z"),
        _bar(-130, -30, -48, -14, 17, "steel", STEEL * 0.25),
        *_rounds((-34, -16), (51, 20, 5.9), 0.0, int(rng.integers(0, 4))),
        *_guard(-190, -128, -34, 30, 14),
        *_stock(rng, -175, -24, _between(rng, 330, 370), "cellulose", WOOD),
        _bar(-215, barrel * _between(rng, 0.3, 0.85), -36, -8, 44, "cellulose", WOOD * 0.8),
        _bar(barrel - 22, barrel - 14, 9, 22, 3),
    ]
    return parts + (_scope(rng, -140, 40) if rng.random() < 0.4 else [])


def _scope(rng: np.random.Generator, start: float, y: float) -> list[Solid]:
    """A telescopic sight: 25.4 or 30 mm aluminium tube, bells, lenses, steel rings."""
    r, long = float(rng.choice([12.7, 15.0])), _between(rng, 230, 340)
    return [
        *tube("aluminium", ALUMINIUM, (start, y, 0), long, r, r - 2),
        *tube("aluminium", ALUMINIUM, (start + long, y, 0), 60, r * 1.6, r * 1.6 - 2.5),
        *tube("aluminium", ALUMINIUM, (start - 50, y, 0), 55, r * 1.4, r * 1.4 - 2.5),
        *(cylinder("glass", 2.5, (x, y, 0), 6, r - 2) for x in (start - 40, start + long * 0.6, start + long + 45)),
        *(s for x in (start + long * 0.2, start + long * 0.75) for s in tube("steel", STEEL, (x, y, 0), 16, r + 5, r)),
        cylinder("aluminium", ALUMINIUM, (start + long * 0.45, y, 0), 26, 8, "y"),
    ]


def _stock(rng: np.random.Generator, rear: float, y: float, long: float, material: str, density: float) -> list[Solid]:
    """A butt stock with a pistol-like wrist: two wedges, and a plate at its end."""
    heel, toe = y - _between(rng, 8, 45), y - _between(rng, 110, 150)
    wrist = rear - long * 0.3
    return [
        _plate(material, density, [(rear, y + 16), (rear, y - 24), (wrist, y - 46), (wrist, y + 2)], 40),
        _plate(material, density, [(wrist, y + 2), (wrist, y - 46), (rear - long, toe), (rear - long, heel)], 42),
        _bar(
            rear - long - 8,
            rear - long,
            toe,
            heel,
            42,
            *(("rubber", 1.15) if rng.random() < 0.5 else ("steel", STEEL * 0.4)),
        ),
    ]


def _curved_box(
    foot: tuple[float, float], wide: float, drop: float, sweep: float, rounds: tuple[float, float, float, int]
) -> list[Solid]:
    """A sheet-steel magazine in three pieces that sweep forward, with its cartridges."""
    x, y = foot
    case, bullet, radius, n = rounds
    solids: list[Solid] = []
    for i in range(3):
        a, b = (sweep * (k / 3) ** 1.6 for k in (i, i + 1))
        top, bottom = y - drop * i / 3, y - drop * (i + 1) / 3
        solids.append(
            _plate(
                "steel", STEEL * 0.11, [(x - wide + a, top), (x + a, top), (x + b, bottom), (x - wide + b, bottom)], 26
            )
        )
    for i in range(n):
        at = i * radius * 1.75
        ahead = sweep * min(at / drop, 1.0) ** 1.6
        solids += [s.moved(np.eye(3), (ahead, -at, 0)) for s in _rounds((x - 3, y), (case, bullet, radius), 0.0, 1)]
    return solids


def ak_like(rng: np.random.Generator) -> list[Solid]:
    """A Kalashnikov pattern of 870 to 950 mm (AKM: 880, AK-74: 943; folding stocks 640 to 700 when folded)."""
    barrel = 415.0 * _between(rng, 0.96, 1.04)
    wood = rng.random() < 0.7
    material, density = ("cellulose", WOOD) if wood else ("polyethylene", POLYMER)
    butt = (
        _wire_stock(-265, -20)
        if rng.random() < 0.25
        else _stock(rng, -262, -20, _between(rng, 225, 250), material, density)
    )
    return [
        *_barrel(0, barrel, 10.5, 3.9),
        _bar(-265, 0, -46, 18, 32),
        _bar(-262, -4, -44, 16, 28, "steel", -STEEL * 0.94),
        cylinder("steel", STEEL * 0.9, (-140, 4, 0), 150, 10),
        cylinder("steel", STEEL * 0.3, (-255, 8, 0), 110, 7),
        *tube("steel", STEEL, (20, 27, 0), 200, 9.5, 7),
        _bar(15, 190, -26, 24, 44, material, density * 0.6),
        _bar(190, 206, -8, 32, 18),
        _bar(barrel - 40, barrel - 26, -9, 42, 10),
        _bar(-12, 8, 18, 40, 14),
        *_guard(-190, -120, -46, 32, 15),
        _plate(material, density * 0.8, [(-225, -46), (-190, -46), (-222, -135), (-252, -130)], 30),
        *_curved_box(
            (-40, -40), 68, _between(rng, 190, 215), _between(rng, 45, 85), (39.0, 15.0, 5.6, int(rng.integers(0, 18)))
        ),
        *butt,
    ]


def _wire_stock(rear: float, y: float) -> list[Solid]:
    """An open steel stock: two rods and a plate."""
    low = prism(
        "steel", STEEL, [(rear, y - 20), (rear, y - 12), (rear - 235, y - 92), (rear - 235, y - 100)], (-14, -8)
    )
    return [_bar(rear - 235, rear, y, y + 8, 10), low, _bar(rear - 240, rear - 232, y - 105, y + 12, 28)]


def ar_like(rng: np.random.Generator) -> list[Solid]:
    """An AR-15 pattern of 750 to 1,010 mm (M4: 757 to 838, M16A2: 1,003)."""
    barrel = _between(rng, 368, 510)
    hand = barrel * _between(rng, 0.45, 0.75)
    fixed = rng.random() < 0.5
    butt = _stock(rng, -235, -4, 205, "polyethylene", POLYMER * 0.75) if fixed else _slide_stock(rng)
    sight = [_bar(-150, -20, 32, 42, 16, "aluminium", ALUMINIUM), _bar(-140, -60, 42, 58, 8, "aluminium", ALUMINIUM)]
    return [
        *_barrel(0, barrel, 9.5, 2.85),
        *tube("steel", STEEL, (barrel, 0, 0), 44, 11, 6),
        *tube("aluminium", ALUMINIUM, (0, 0, 0), hand, 24, 20),
        _bar(-200, 2, -20, 22, 30, "aluminium", ALUMINIUM * 0.6),
        cylinder("steel", STEEL * 0.8, (-165, 0, 0), 165, 11.5),
        _bar(-205, -20, -50, -20, 26, "aluminium", ALUMINIUM * 0.45),
        _bar(-80, -16, -80, -48, 30, "aluminium", ALUMINIUM * 0.4),
        cylinder("steel", STEEL * 0.2, (-440 if fixed else -400, -2, 0), 200, 13),
        *_guard(-150, -92, -50, 26, 12),
        _plate("polyethylene", POLYMER, [(-195, -48), (-158, -48), (-192, -140), (-228, -134)], 30),
        *_curved_box(
            (-18, -56), 62, _between(rng, 120, 145), _between(rng, 8, 28), (44.7, 12.0, 4.7, int(rng.integers(0, 14)))
        ),
        *tube("steel", STEEL, (hand, 0, 0), 22, 13, 9.5),
        _bar(hand + 2, hand + 16, 8, 52, 9),
        *(sight if rng.random() < 0.6 else _scope(rng, -170, 52)),
        *butt,
    ]


def _slide_stock(rng: np.random.Generator) -> list[Solid]:
    out = _between(rng, 0, 80)
    rear = -330 - out
    return [
        _plate("polyethylene", POLYMER * 0.6, [(rear + 120, 16), (rear + 120, -22), (rear, -110), (rear, 16)], 36),
        _bar(rear - 12, rear, -115, 18, 38, "rubber", 1.15),
        cylinder("aluminium", ALUMINIUM * 0.5, (rear + 20, 0, 0), -200 - rear - 20, 15),
    ]


def shotgun(rng: np.random.Generator) -> list[Solid]:
    """A pump-action or double-barrelled shotgun of 950 to 1,280 mm (Mossberg 500: 1,008 to 1,210; doubles 1,050 to 1,170)."""
    barrel, double = _between(rng, 460, 760), rng.random() < 0.35
    below = -24.0
    second = (
        _barrel(0, barrel, 11.5, 9.3, below)
        if double
        else [*tube("steel", STEEL, (0, below, 0), barrel * 0.72, 11.5, 10.6)]
    )
    fore = _bar(60, 270, below - 20, below + 10, 42, "cellulose", WOOD * 0.8)
    shells = (
        []
        if double
        else [cylinder("lead", 2.6, (20 + i * 71.0, below, 0), 66, 10) for i in range(int(rng.integers(0, 5)))]
    )
    return [
        *tube("steel", STEEL, (0, 0, 0), barrel, 12, 9.3),
        *second,
        _bar(-150 if not double else -70, 0, below - 16, 15, 34, "steel", STEEL * 0.45),
        cylinder("steel", STEEL * 0.8, (-120 if not double else -50, 0, 0), 90 if not double else 40, 10),
        *shells,
        fore,
        *_guard(-150, -80, below - 14, 30, 14),
        *_stock(
            rng, -140, below + 8, _between(rng, 330, 360), "cellulose" if rng.random() < 0.7 else "polyethylene", WOOD
        ),
    ]


def submachine_gun(rng: np.random.Generator) -> list[Solid]:
    """A submachine gun of 440 to 700 mm with its stock out or folded (Uzi: 470 and 640, MP5A3: 550 and 700, MP 40: 630 and 833)."""
    barrel, body = _between(rng, 150, 250), _between(rng, 260, 330)
    inside = rng.random() < 0.5
    grip_x = -body * (0.45 if inside else 0.75)
    feed = grip_x if inside else -_between(rng, 10, 60)
    stock = _wire_stock(-body, 0) if rng.random() < 0.7 else []
    return [
        *_barrel(-40, barrel + 40, 8.5, 4.5),
        *tube("steel", STEEL, (-body, 0, 0), body, 21, 19.2),
        cylinder("steel", STEEL, (-body * 0.8, 0, 0), 120, 17),
        _bar(-body * 0.95, -body * 0.1, -46, -18, 30, "steel", STEEL * 0.25),
        *tube("steel", STEEL, (0, 0, 0), barrel * 0.45, 19, 17.5),
        *_guard(grip_x + 8, grip_x + 66, -44, 30, 12),
        _plate(
            "polyethylene",
            POLYMER,
            [(grip_x - 36, -44), (grip_x + 10, -44), (grip_x - 2, -132), (grip_x - 46, -132)],
            30,
        ),
        *_curved_box(
            (feed + 4, -46),
            34,
            _between(rng, 150, 215),
            0 if inside else _between(rng, 0, 25),
            (19.0, 10.5, 4.9, int(rng.integers(0, 20))),
        ),
        _bar(-30, -22, 20, 38, 12),
        _bar(-body + 12, -body + 22, 20, 38, 12),
        *stock,
    ]


# Overall lengths that this file can build, wider than the ones cited in each builder by the drawn parts' spread.
FAMILIES: tuple[Family, ...] = (
    Family(name="pistol", length=(155, 230), build=pistol),
    Family(name="revolver", length=(140, 310), build=revolver),
    Family(name="bolt_action", length=(950, 1310), build=bolt_action),
    Family(name="ak_like", length=(860, 980), build=ak_like),
    Family(name="ar_like", length=(720, 1040), build=ar_like),
    Family(name="shotgun", length=(900, 1300), build=shotgun),
    Family(name="submachine_gun", length=(400, 860), build=submachine_gun),
)
