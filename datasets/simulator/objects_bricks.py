"""Brick-shaped packages of pressed powder, stacked or loose in a bag."""

import numpy as np

from scantally.datasets.simulator.objects_common import (
    BAG_ROOM,
    SPACE,
    NoRoomError,
    Order,
    bagged,
    finished,
    heaped,
    posed,
    reach,
    stacked,
)
from scantally.datasets.simulator.shapes import Canvas
from scantally.datasets.simulator.shapes_solids import block, rotation
from scantally.datasets.simulator.sprite import Sprite

# Pressed bricks of about 1 kg, as reports of seizures describe them; face and thickness (200 x 130 mm, 30 to 55 mm) assumed so that mass and
# density agree. Pressed powder is 1.0 to 1.3 g/cm3 (crystals of cocaine hydrochloride: 1.34, PubChem). The thickness follows from mass, face and density.
BRICK_LONG, BRICK_WIDE, BRICK_MASS = (185.0, 220.0), (120.0, 150.0), (0.95, 1.30)  # mm, mm, kg
BRICK_DENSITY = (1.0, 1.3)
Vector = tuple[float, float, float]


def brick_packages(order: Order) -> Sprite:
    """Six to sixty wrapped packages of about 1 kg, stacked or loose in a bag; fewer where the room is close."""
    shape, rng = order.shape, order.rng
    long, wide, mass, density = (float(shape.uniform(*r)) for r in (BRICK_LONG, BRICK_WIDE, BRICK_MASS, BRICK_DENSITY))
    size = (long, wide, mass * 1e6 / (density * long * wide))
    material = "cocaine" if shape.random() < 0.8 else "sugar"
    n = int(rng.integers(1, 25)) if order.close else int(rng.integers(6, 61))
    loose = rng.random() < 0.45 and order.inside()[1] > 1.6 * long
    canvas, put, deep = (_loose if loose else _stack)(order, n, size, material, density)
    if loose and not order.bag:
        bag = Canvas.around(canvas.width + 2 * BAG_ROOM, canvas.height + BAG_ROOM, order.pitch)
        canvas = bagged(rng, canvas) if order.holds((bag.width, bag.height, deep)) else canvas
    return finished(order, canvas, "brick_packages", variety=f"{material} bricks", count=put, depth_mm=deep)


def brick(size: Vector, material: str, density: float, turn: Vector, pitch: float) -> Canvas:
    """One package turned by (yaw, pitch, roll), in 1 mm of tape and film."""
    a, b, c = (s / 2 for s in size)
    wrap = 1.0
    outer = (a + wrap, b + wrap, c + wrap)
    low, high = (-outer[0], -outer[1], -outer[2]), outer
    solids = [
        block("polyethylene", 0.95, low, high),
        block("polyethylene", -0.95, (-a, -b, -c), (a, b, c)),
        block(material, density, (-a, -b, -c), (a, b, c)),
        block(SPACE, 1.0, low, high),
    ]
    return posed(solids, rotation(*turn), pitch, fine=1 if pitch < 3.0 else 2)


def _stack(order: Order, n: int, size: Vector, material: str, density: float) -> tuple[Canvas, int, float]:
    """Bricks laid flat on each other, on edge or upright, one to four behind another."""
    rng, jitter = order.rng, 0.02
    faces = np.array([(0, 0, np.pi / 2), (0, np.pi / 2, np.pi / 2), (0, 0, 0), (np.pi / 2, 0, 0)])
    solid = [block(material, density, (0, 0, 0), size)]
    fits = [f for f in faces if order.holds(reach(solid, rotation(*(f + 0.03))))]
    if not fits:
        raise NoRoomError(f"no brick fits {order.room}")
    face = fits[int(rng.integers(len(fits)))]
    turns = [face + rng.normal(0, jitter, 3) for _ in range(4)]
    stamps = [brick(size, material, density, (float(a), float(b), float(c)), order.pitch) for a, b, c in turns]
    deep = max(reach(solid, rotation(*t))[2] for t in turns) + 2.0
    return stacked(order, stamps, deep, n, "brick", highest=1200.0)  # higher piles would not stand


def _loose(order: Order, n: int, size: Vector, material: str, density: float) -> tuple[Canvas, int, float]:
    """Bricks dropped into a bag one by one, at any turn."""
    rng = order.rng
    turns = [(rng.normal(0, 0.5), rng.normal(0, 0.3), rng.choice([0.0, 0.4, 1.57])) for _ in range(8)]
    stamps = [brick(size, material, density, (float(a), float(b), float(c)), order.pitch) for a, b, c in turns]
    return heaped(order, stamps, size[1] + 10.0, n, "brick")
