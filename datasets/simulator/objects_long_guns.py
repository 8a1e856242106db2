"""Rifles, shotguns and submachine guns, built from parts. Dimensions are drawn about published ones, given beside each builder."""

import numpy as np

from scantally.datasets.simulator.objects_firearm_parts import (
    ALUMINIUM,
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
from scantally.datasets.simulator.shapes_solids import Solid, cylinder, prism, tube


def bolt_action(rng: np.random.Generator) -> list[Solid]:
    """A bolt-action rifle of 950 to 1,250 mm (Mauser 98k: 1,110, Mosin 91/30: 1,232, Remington 700: 1,055 to 1,180)."""
    barrel = between(rng, 500, 740)
    parts = [
        *barrel_tube(0, barrel, between(rng, 11, 14), 3.9),
        *tube("steel", STEEL, (-210, 0, 0), 215, 16.5, 9.5),
        cylinder("steel", STEEL, (-190, 0, 0), 150, 8.2),
        cylinder("steel", STEEL, (-150, 0, 8), 52, 4.5, "z"),
        bar(-130, -30, -48, -14, 17, "steel", STEEL * 0.25),
        *rounds((-34, -16), (51, 20, 5.9), 0.0, int(rng.integers(0, 4))),
        *guard(-190, -128, -34, 30, 14),
        *_stock(rng, -175, -24, between(rng, 330, 370), "cellulose", WOOD),
        bar(-215, barrel * between(rng, 0.3, 0.85), -36, -8, 44, "cellulose", WOOD * 0.8),
        bar(barrel - 22, barrel - 14, 9, 22, 3),
    ]
    return parts + (_scope(rng, -140, 40) if rng.random() < 0.4 else [])


def _scope(rng: np.random.Generator, start: float, y: float) -> list[Solid]:
    """A telescopic sight: 25.4 or 30 mm aluminium tube, bells, lenses, steel rings."""
    r, long = float(rng.choice([12.7, 15.0])), between(rng, 230, 340)
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
    heel, toe = y - between(rng, 8, 45), y - between(rng, 110, 150)
    wrist = rear - long * 0.3
    return [
        plate(material, density, [(rear, y + 16), (rear, y - 24), (wrist, y - 46), (wrist, y + 2)], 40),
        plate(material, density, [(wrist, y + 2), (wrist, y - 46), (rear - long, toe), (rear - long, heel)], 42),
        bar(
            rear - long - 8,
            rear - long,
            toe,
            heel,
            42,
            *(("rubber", 1.15) if rng.random() < 0.5 else ("steel", STEEL * 0.4)),
        ),
    ]


def _curved_box(
    foot: tuple[float, float], wide: float, drop: float, sweep: float, cartridges: tuple[float, float, float, int]
) -> list[Solid]:
    """A sheet-steel magazine in three pieces that sweep forward, with its cartridges."""
    x, y = foot
    case, bullet, radius, n = cartridges
    solids: list[Solid] = []
    for i in range(3):
        a, b = (sweep * (k / 3) ** 1.6 for k in (i, i + 1))
        top, bottom = y - drop * i / 3, y - drop * (i + 1) / 3
        solids.append(
            plate(
                "steel", STEEL * 0.11, [(x - wide + a, top), (x + a, top), (x + b, bottom), (x - wide + b, bottom)], 26
            )
        )
    for i in range(n):
        at = i * radius * 1.75
        ahead = sweep * min(at / drop, 1.0) ** 1.6
        solids += [s.moved(np.eye(3), (ahead, -at, 0)) for s in rounds((x - 3, y), (case, bullet, radius), 0.0, 1)]
    return solids


def ak_like(rng: np.random.Generator) -> list[Solid]:
    """A Kalashnikov pattern of 870 to 950 mm (AKM: 880, AK-74: 943; folding stocks 640 to 700 when folded)."""
    barrel = 415.0 * between(rng, 0.96, 1.04)
    wood = rng.random() < 0.7
    material, density = ("cellulose", WOOD) if wood else ("polyethylene", POLYMER)
    butt = (
        _wire_stock(-265, -20)
        if rng.random() < 0.25
        else _stock(rng, -262, -20, between(rng, 225, 250), material, density)
    )
    return [
        *barrel_tube(0, barrel, 10.5, 3.9),
        bar(-265, 0, -46, 18, 32),
        bar(-262, -4, -44, 16, 28, "steel", -STEEL * 0.94),
        cylinder("steel", STEEL * 0.9, (-140, 4, 0), 150, 10),
        cylinder("steel", STEEL * 0.3, (-255, 8, 0), 110, 7),
        *tube("steel", STEEL, (20, 27, 0), 200, 9.5, 7),
        bar(15, 190, -26, 24, 44, material, density * 0.6),
        bar(190, 206, -8, 32, 18),
        bar(barrel - 40, barrel - 26, -9, 42, 10),
        bar(-12, 8, 18, 40, 14),
        *guard(-190, -120, -46, 32, 15),
        plate(material, density * 0.8, [(-225, -46), (-190, -46), (-222, -135), (-252, -130)], 30),
        *_curved_box(
            (-40, -40), 68, between(rng, 190, 215), between(rng, 45, 85), (39.0, 15.0, 5.6, int(rng.integers(0, 18)))
        ),
        *butt,
    ]


def _wire_stock(rear: float, y: float) -> list[Solid]:
    """An open steel stock: two rods and a plate."""
    low = prism(
        "steel", STEEL, [(rear, y - 20), (rear, y - 12), (rear - 235, y - 92), (rear - 235, y - 100)], (-14, -8)
    )
    return [bar(rear - 235, rear, y, y + 8, 10), low, bar(rear - 240, rear - 232, y - 105, y + 12, 28)]


def ar_like(rng: np.random.Generator) -> list[Solid]:
    """An AR-15 pattern of 750 to 1,010 mm (M4: 757 to 838, M16A2: 1,003)."""
    barrel = between(rng, 368, 510)
    hand = barrel * between(rng, 0.45, 0.75)
    fixed = rng.random() < 0.5
    butt = _stock(rng, -235, -4, 205, "polyethylene", POLYMER * 0.75) if fixed else _slide_stock(rng)
    sight = [bar(-150, -20, 32, 42, 16, "aluminium", ALUMINIUM), bar(-140, -60, 42, 58, 8, "aluminium", ALUMINIUM)]
    return [
        *barrel_tube(0, barrel, 9.5, 2.85),
        *tube("steel", STEEL, (barrel, 0, 0), 44, 11, 6),
        *tube("aluminium", ALUMINIUM, (0, 0, 0), hand, 24, 20),
        bar(-200, 2, -20, 22, 30, "aluminium", ALUMINIUM * 0.6),
        cylinder("steel", STEEL * 0.8, (-165, 0, 0), 165, 11.5),
        bar(-205, -20, -50, -20, 26, "aluminium", ALUMINIUM * 0.45),
        bar(-80, -16, -80, -48, 30, "aluminium", ALUMINIUM * 0.4),
        cylinder("steel", STEEL * 0.2, (-440 if fixed else -400, -2, 0), 200, 13),
        *guard(-150, -92, -50, 26, 12),
        plate("polyethylene", POLYMER, [(-195, -48), (-158, -48), (-192, -140), (-228, -134)], 30),
        *_curved_box(
            (-18, -56), 62, between(rng, 120, 145), between(rng, 8, 28), (44.7, 12.0, 4.7, int(rng.integers(0, 14)))
        ),
        *tube("steel", STEEL, (hand, 0, 0), 22, 13, 9.5),
        bar(hand + 2, hand + 16, 8, 52, 9),
        *(sight if rng.random() < 0.6 else _scope(rng, -170, 52)),
        *butt,
    ]


def _slide_stock(rng: np.random.Generator) -> list[Solid]:
    out = between(rng, 0, 80)
    rear = -330 - out
    return [
        plate("polyethylene", POLYMER * 0.6, [(rear + 120, 16), (rear + 120, -22), (rear, -110), (rear, 16)], 36),
        bar(rear - 12, rear, -115, 18, 38, "rubber", 1.15),
        cylinder("aluminium", ALUMINIUM * 0.5, (rear + 20, 0, 0), -200 - rear - 20, 15),
    ]


def shotgun(rng: np.random.Generator) -> list[Solid]:
    """A pump-action or double-barrelled shotgun of 950 to 1,280 mm (Mossberg 500: 1,008 to 1,210; doubles 1,050 to 1,170)."""
    double = rng.random() < 0.35
    barrel, wrist = (between(rng, 640, 760), -62.0) if double else (between(rng, 460, 710), -145.0)
    below = -24.0
    second = (
        barrel_tube(0, barrel, 11.5, 9.3, below)
        if double
        else [*tube("steel", STEEL, (0, below, 0), barrel * 0.72, 11.5, 10.6)]
    )
    fore = bar(60, 270, below - 20, below + 10, 42, "cellulose", WOOD * 0.8)
    shells = (
        []
        if double
        else [cylinder("lead", 2.6, (20 + i * 71.0, below, 0), 66, 10) for i in range(int(rng.integers(0, 5)))]
    )
    return [
        *tube("steel", STEEL, (0, 0, 0), barrel, 12, 9.3),
        *second,
        bar(wrist - 8, 0, below - 16, 15, 34, "steel", STEEL * 0.45),
        cylinder("steel", STEEL * 0.8, (-120 if not double else -50, 0, 0), 90 if not double else 40, 10),
        *shells,
        fore,
        *guard(wrist - 10, wrist + 58, below - 14, 30, 14),
        *_stock(
            rng, wrist, below + 8, between(rng, 330, 360), "cellulose" if rng.random() < 0.7 else "polyethylene", WOOD
        ),
    ]


def submachine_gun(rng: np.random.Generator) -> list[Solid]:
    """A submachine gun of 440 to 700 mm with its stock out or folded (Uzi: 470 and 640, MP5A3: 550 and 700, MP 40: 630 and 833)."""
    barrel, body = between(rng, 150, 250), between(rng, 260, 330)
    inside = rng.random() < 0.5
    grip_x = -body * (0.45 if inside else 0.75)
    feed = grip_x if inside else -between(rng, 10, 60)
    stock = _wire_stock(-body, 0) if rng.random() < 0.7 else []
    return [
        *barrel_tube(-40, barrel + 40, 8.5, 4.5),
        *tube("steel", STEEL, (-body, 0, 0), body, 21, 19.2),
        cylinder("steel", STEEL, (-body * 0.8, 0, 0), 120, 17),
        bar(-body * 0.95, -body * 0.1, -46, -18, 30, "steel", STEEL * 0.25),
        *tube("steel", STEEL, (0, 0, 0), barrel * 0.45, 19, 17.5),
        *guard(grip_x + 8, grip_x + 66, -44, 30, 12),
        plate(
            "polyethylene",
            POLYMER,
            [(grip_x - 36, -44), (grip_x + 10, -44), (grip_x - 2, -132), (grip_x - 46, -132)],
            30,
        ),
        *_curved_box(
            (feed + 4, -46),
            34,
            between(rng, 150, 215),
            0 if inside else between(rng, 0, 25),
            (19.0, 10.5, 4.9, int(rng.integers(0, 20))),
        ),
        bar(-30, -22, 20, 38, 12),
        bar(-body + 12, -body + 22, 20, 38, 12),
        *stock,
    ]
