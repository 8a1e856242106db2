"""Parts that firearms share: x forward along the barrel, y up, z across, in mm."""

import numpy as np

from scantally.datasets.simulator.shapes_solids import Solid, block, cylinder, prism, tube

# g/cm3: gun steel; 7075 aluminium; glass-filled nylon, drawn as polyethylene; walnut and beech (USDA Wood Handbook, table 5-3);
# a full magazine is cartridges with air between: brass, lead and powder fill about 60 % of it.
STEEL, ALUMINIUM, POLYMER, WOOD, BRASS, LEAD = 7.85, 2.81, 1.20, 0.65, 8.50, 11.30
Points = list[tuple[float, float]]


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn evenly from a range."""
    return float(rng.uniform(low, high))


def plate(material: str, density: float, outline: Points, thick: float) -> Solid:
    """A convex outline of a thickness, in the middle plane."""
    return prism(material, density, outline, (-thick / 2, thick / 2))


def bar(
    x0: float, x1: float, y0: float, y1: float, thick: float, material: str = "steel", density: float = STEEL
) -> Solid:
    """A box of a thickness, in the middle plane."""
    return block(material, density, (x0, y0, -thick / 2), (x1, y1, thick / 2))


def barrel_tube(start: float, length: float, outer: float, bore: float, y: float = 0.0) -> list[Solid]:
    """A barrel, thinner towards the muzzle: two tubes."""
    rear = length * 0.35
    return [
        *tube("steel", STEEL, (start, y, 0), rear, outer, bore),
        *tube("steel", STEEL, (start + rear, y, 0), length - rear, outer * 0.82, bore),
    ]


def guard(x0: float, x1: float, top: float, drop: float, thick: float = 9.0) -> list[Solid]:
    """A trigger guard as a bent strap of 3 mm around a hole, and the trigger in it."""
    middle, bottom = (x0 + x1) / 2, top - drop
    return [
        bar(x0 + 5, x1 - 5, bottom, bottom + 3.5, thick),
        plate("steel", STEEL, [(x0, top), (x0 + 4, top), (x0 + 9, bottom), (x0 + 4, bottom)], thick),
        plate("steel", STEEL, [(x1 - 4, top), (x1, top), (x1 - 4, bottom), (x1 - 9, bottom)], thick),
        plate(
            "steel",
            STEEL,
            [(middle - 8, top), (middle - 1, top), (middle + 3, top - drop * 0.7), (middle - 1, top - drop * 0.7)],
            6,
        ),
    ]


def rounds(foot: tuple[float, float], size: tuple[float, float, float], slant: float, n: int) -> list[Solid]:
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
