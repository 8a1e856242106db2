"""Gas cylinders and brick-shaped packages."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, noise
from scantally.datasets.simulator.shapes_solids import (
    Matrix,
    Solid,
    ball,
    block,
    cylinder,
    draw_solids,
    extent,
    rotation,
    tube,
)
from scantally.datasets.simulator.sprite import Sprite

STEEL, BRASS = 7.85, 8.50  # g/cm3, CRC Handbook


@dataclass(frozen=True, kw_only=True, slots=True)
class Bottle:
    """A pressure vessel: lengths in mm, content in g/cm3 over its whole inside when full (gas) or as a liquid with a level."""

    diameter: tuple[float, float]
    height: tuple[float, float]  # of the shell, without the valve
    wall: tuple[float, float]
    content: str
    density: float
    liquid: bool


# ISO 9809-1: 50 l at 200 bar is 229 mm wide, about 1,500 mm high, 5.4 to 6 mm of steel; 10 and 20 l in 140 and 204 mm.
# LPG: EN 1442, 11 to 13 kg bottles 300 to 320 mm wide, 33 kg ones 1,100 to 1,300 mm high, 2 to 3 mm of steel.
# Oxygen at 200 bar about 0.26 g/cm3, CO2 filled to 0.75 kg/l (EIGA), liquid propane 0.50 to 0.51 g/cm3 (NIST WebBook).
BOTTLES = (
    Bottle(diameter=(226, 232), height=(1420, 1520), wall=(5.2, 6.5), content="water", density=0.26, liquid=False),
    Bottle(diameter=(138, 142), height=(780, 960), wall=(3.6, 5.0), content="water", density=0.75, liquid=False),
    Bottle(diameter=(200, 207), height=(740, 950), wall=(4.8, 6.0), content="water", density=0.26, liquid=False),
    Bottle(diameter=(298, 322), height=(420, 560), wall=(2.2, 3.2), content="polyethylene", density=0.505, liquid=True),
    Bottle(
        diameter=(298, 380), height=(1050, 1250), wall=(2.5, 3.5), content="polyethylene", density=0.505, liquid=True
    ),
)


def gas_cylinder(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """Standing or lying, one to nine, sometimes in a rack, full or empty."""
    kind = BOTTLES[int(rng.integers(len(BOTTLES)))]
    n = 1 if rng.random() < 0.5 else int(rng.integers(2, 10))
    lying = rng.random() < 0.4
    stamps = [_bottle_stamp(rng, kind, pitch_mm, lying=lying) for _ in range(min(n, 3))]
    levels = int(rng.integers(1, 4)) if lying else 1
    columns = -(-n // levels)
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    step_x = wide * 1.02 if not lying else wide * 0.04
    canvas = Canvas.of(wide + step_x * (columns - 1) + 80, high * levels + 60, pitch_mm)
    for i in range(n):
        x, y = 30 + (i % columns) * step_x, 10 + (i // columns) * high
        canvas.stamp(stamps[i % len(stamps)], x, y)
        canvas.mark("gas_cylinder", (x, x + wide, y, y + high))
    if n > 1 and not lying and rng.random() < 0.5:
        _rack(canvas)
    return canvas.sprite("gas_cylinder", count=n, tight=True)


def _rack(canvas: Canvas) -> None:
    """A pallet cage of steel angles: base, posts, two rails."""
    w, h = canvas.width, canvas.height
    for span in ((0, w, 0, 40), (0, w, h * 0.45, h * 0.45 + 30), (0, w, h * 0.8, h * 0.8 + 30)):
        canvas.box("steel", span, 2 * 4 * STEEL / MM_PER_CM)
    for left in (0.0, w - 45):
        canvas.box("steel", (left, left + 45, 0, h * 0.85), 2 * 5 * STEEL / MM_PER_CM)


def _bottle_stamp(rng: np.random.Generator, kind: Bottle, pitch: float, *, lying: bool) -> Canvas:
    diameter, height, wall = (float(rng.uniform(*r)) for r in (kind.diameter, kind.height, kind.wall))
    fill = float(rng.choice([0.0, rng.uniform(0.3, 0.85), 1.0]))
    solids = gas_bottle(kind, diameter, height, wall, fill, capped=bool(rng.random() < 0.6), lying=lying)
    # Lying bottles point slightly towards or away from the beam; standing ones lean a little.
    turn = rotation(np.pi / 2, rng.normal(0, 0.12), 0) if lying else rotation(rng.normal(0, 0.015), 0, 0)
    turned = [s.moved(turn, (0.0, 0.0, 0.0)) for s in solids]
    low, high = extent(turned)
    canvas = Canvas.of(float(high[0] - low[0]), float(high[1] - low[1]), pitch)
    draw_solids(canvas, [s.moved(np.eye(3), (-float(low[0]), -float(low[1]), 0.0)) for s in turned])
    return canvas


def gas_bottle(
    kind: Bottle, diameter: float, height: float, wall: float, fill: float, *, capped: bool, lying: bool
) -> list[Solid]:
    """Shell with round shoulder and foot, content, neck, brass valve, and cap or collar. y is the axis, from the foot."""
    r = diameter / 2
    dome = r * (0.55 if kind.liquid else 0.9)
    body = height - dome - wall * 2
    solids = [
        *tube("steel", STEEL, (0, wall * 2, 0), body, r, r - wall, "y"),
        *_dome("steel", STEEL, (height - dome), r, dome, wall),
        cylinder("steel", STEEL, (0, 0, 0), wall * 2, r * 0.92, "y"),
        *tube("steel", STEEL, (0, height - 6, 0), 28, 17, 12, "y"),
        cylinder("brass", BRASS * 0.8, (0, height + 12, 0), 75, 13, "y"),
        block("brass", BRASS * 0.7, (-8, height + 40, -8), (42, height + 62, 8)),
    ]
    if kind.liquid:
        solids += tube("steel", STEEL, (0, height - dome * 0.6, 0), 140, r * 0.5, r * 0.5 - 2.5, "y")
        solids += tube("steel", STEEL, (0, -25, 0), 45, r * 0.75, r * 0.75 - 2.5, "y")
    elif capped:
        solids += tube("steel", STEEL, (0, height - 10, 0), 150, 40, 36.5, "y")
    if fill > 0 and not (kind.liquid and lying):
        top = body * (fill * 0.8 if kind.liquid else 1.0)
        density = kind.density if kind.liquid else kind.density * fill
        solids.append(cylinder(kind.content, density, (0, wall * 2, 0), top, r - wall, "y"))
    elif fill > 0:
        solids.append(cylinder(kind.content, kind.density * fill * 0.8, (0, wall * 2, 0), body, r - wall, "y"))
    return solids


def _dome(material: str, density: float, y: float, r: float, high: float, wall: float) -> list[Solid]:
    """Half an ellipsoid shell above a height, as outer less inner, each cut by a half space."""
    floor = np.array([[0.0, -1.0, 0.0, -y]])
    halves = []
    for sign, a, b in ((1, r, high), (-1, r - wall, high - wall)):
        whole = ball(material, sign * density, (0, y, 0), (a, b, a))
        corners = whole.corners.copy()
        corners[:, 1] = np.maximum(corners[:, 1], y)
        halves.append(_cut(whole, floor, corners))
    return halves


def _cut(solid: Solid, planes: Matrix, corners: Matrix) -> Solid:
    return replace(solid, planes=np.vstack([solid.planes, planes]), corners=corners)


# --- Brick packages. UNODC, "World Drug Report" annexes and national laboratory guides describe pressed cocaine as bricks of about
# 1 kg; 200 x 130 x 35 to 60 mm. Densities of pressed powder 1.0 to 1.3 g/cm3 (crystal cocaine hydrochloride 1.34, PubChem).
BRICK_LONG, BRICK_WIDE, BRICK_THICK = (185.0, 220.0), (120.0, 150.0), (38.0, 60.0)
BRICK_DENSITY = (1.0, 1.3)


def brick_packages(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """Six to sixty wrapped packages of about 1 kg: stacked, or loose in a bag."""
    size = tuple(float(rng.uniform(*r)) for r in (BRICK_LONG, BRICK_WIDE, BRICK_THICK))
    material = "cocaine" if rng.random() < 0.8 else "sugar"
    density = float(rng.uniform(*BRICK_DENSITY))
    n = int(rng.integers(6, 61))
    if rng.random() < 0.45:
        return _loose(rng, pitch_mm, n, (size[0], size[1], size[2]), material, density)
    return _stack(rng, pitch_mm, n, (size[0], size[1], size[2]), material, density)


Vector = tuple[float, float, float]


def brick(rng: np.random.Generator, size: Vector, material: str, density: float, turn: Vector, pitch: float) -> Canvas:
    """One package turned by (yaw, pitch, roll), in 1 mm of tape and film."""
    a, b, c = (s / 2 for s in size)
    wrap = 1.0
    pose = rotation(*turn)
    outer = block("polyethylene", 0.95, (-a - wrap, -b - wrap, -c - wrap), (a + wrap, b + wrap, c + wrap))
    solids = [
        outer,
        block("polyethylene", -0.95, (-a, -b, -c), (a, b, c)),
        block(material, density, (-a, -b, -c), (a, b, c)),
    ]
    turned = [s.moved(pose, (0.0, 0.0, 0.0)) for s in solids]
    low, high = extent(turned)
    canvas = Canvas.of(float(high[0] - low[0]) + pitch, float(high[1] - low[1]) + pitch, pitch)
    draw_solids(canvas, [s.moved(np.eye(3), (-float(low[0]), -float(low[1]), 0.0)) for s in turned])
    return canvas


def _stack(rng: np.random.Generator, pitch: float, n: int, size: Vector, material: str, density: float) -> Sprite:
    """Bricks laid flat on each other, on edge or upright, one to four behind another."""
    faces = ((0.0, 0.0, np.pi / 2), (0.0, np.pi / 2, np.pi / 2), (0.0, 0.0, 0.0), (np.pi / 2, 0.0, 0.0))
    face = faces[int(rng.integers(len(faces)))]
    jitter = 0.02
    stamps = [
        brick(
            rng,
            size,
            material,
            density,
            (face[0] + rng.normal(0, jitter), face[1] + rng.normal(0, jitter), face[2] + rng.normal(0, jitter)),
            pitch,
        )
        for _ in range(4)
    ]
    behind = int(rng.integers(1, 5)) if n >= 12 else 1
    shown = -(-n // behind)
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    columns = max(1, int(np.sqrt(shown * high / wide) * rng.uniform(0.7, 1.8)))
    levels = -(-shown // columns)
    canvas = Canvas.of(columns * wide * 1.05 + 20, levels * high * 1.02 + 20, pitch)
    for i in range(n):
        spot = i % shown
        x = 5 + (spot % columns) * wide * 1.03 + abs(rng.normal(0, 0.02) * wide)
        y = 5 + (spot // columns) * high
        _put(canvas, stamps[int(rng.integers(4))], x, y)
    return canvas.sprite("brick_packages", count=n, tight=True)


def _put(canvas: Canvas, stamp: Canvas, x: float, y: float) -> None:
    x = min(x, max(canvas.width - stamp.width, 0))
    y = min(y, max(canvas.height - stamp.height, 0))
    canvas.stamp(stamp, x, y)
    canvas.mark("brick", (x, x + stamp.width, y, y + stamp.height))


def _loose(rng: np.random.Generator, pitch: float, n: int, size: Vector, material: str, density: float) -> Sprite:
    """Bricks thrown into a bag: any turn, piled in a mound, with thin cloth around them."""
    stamps = [
        brick(rng, size, material, density, (rng.uniform(0, np.pi), rng.normal(0, 0.5), rng.uniform(0, np.pi)), pitch)
        for _ in range(8)
    ]
    volume = n * size[0] * size[1] * size[2] / rng.uniform(0.5, 0.65)  # loose packing of boxes fills 50 to 65 %
    deep = min(rng.uniform(250, 420), volume ** (1 / 3) * 1.2)
    wide = np.sqrt(volume / deep * rng.uniform(1.2, 2.6))
    high = volume / deep / wide
    canvas = Canvas.of(wide + 240, high + 240, pitch)
    for _ in range(n):
        stamp = stamps[int(rng.integers(8))]
        u = rng.uniform(-1, 1)
        ceiling = max(high * (1 - 0.35 * u * u) - stamp.height * 0.4, 0)
        _put(canvas, stamp, 20 + (u + 1) / 2 * max(wide - stamp.width * 0.4, 1), 10 + rng.random() * ceiling)
    _bag(rng, canvas, wide, high)
    return canvas.sprite("brick_packages", count=n, tight=True)


def _bag(rng: np.random.Generator, canvas: Canvas, wide: float, high: float) -> None:
    """A cloth bag: two layers of about 0.05 g/cm2, doubled at the rim."""
    where = canvas.window(0, canvas.width, 0, canvas.height)
    x = (where.x_1W - canvas.width / 2) / (canvas.width / 2)
    y = (where.y_H1 - canvas.height * 0.45) / (canvas.height * 0.5)
    shape = (where.y_H1.shape[0], where.x_1W.shape[1])
    inside = 1 - np.square(np.square(x)) - np.square(np.square(y)) + 0.03 * noise(rng, shape, 10)
    cloth = np.where(inside > 0, 0.10 + 0.15 * np.exp(-inside / 0.08), 0)
    canvas.add("textile", where, cloth.astype(np.float32))
