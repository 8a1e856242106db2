"""Brick-shaped packages of pressed powder, stacked or loose in a bag."""

import cv2
import numpy as np

from scantally.datasets.simulator.shapes import Canvas, noise
from scantally.datasets.simulator.shapes_solids import Matrix, block, draw_solids, extent, rotation
from scantally.datasets.simulator.sprite import Sprite

# Pressed bricks of about 1 kg, 200 x 130 mm and 30 to 55 mm thick: seizure reports of the EMCDDA and UNODC. Pressed powder is
# 1.0 to 1.3 g/cm3 (crystals of cocaine hydrochloride: 1.34, PubChem). The thickness follows from mass, face and density.
BRICK_LONG, BRICK_WIDE, BRICK_MASS = (185.0, 220.0), (120.0, 150.0), (0.95, 1.30)  # mm, mm, kg
BRICK_DENSITY = (1.0, 1.3)
Vector = tuple[float, float, float]


def brick_packages(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """Six to sixty wrapped packages of about 1 kg: stacked, or loose in a bag."""
    long, wide, mass, density = (float(rng.uniform(*r)) for r in (BRICK_LONG, BRICK_WIDE, BRICK_MASS, BRICK_DENSITY))
    size = (long, wide, mass * 1e6 / (density * long * wide))
    material = "cocaine" if rng.random() < 0.8 else "sugar"
    n = int(rng.integers(6, 61))
    if rng.random() < 0.45:
        return _loose(rng, pitch_mm, n, size, material, density)
    return _stack(rng, pitch_mm, n, size, material, density)


def brick(size: Vector, material: str, density: float, turn: Vector, pitch: float) -> Canvas:
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
    canvas = Canvas.around(float(high[0] - low[0]), float(high[1] - low[1]), pitch)
    draw_solids(canvas, [s.moved(np.eye(3), (-float(low[0]), -float(low[1]), 0.0)) for s in turned])
    return canvas


def _stack(rng: np.random.Generator, pitch: float, n: int, size: Vector, material: str, density: float) -> Sprite:
    """Bricks laid flat on each other, on edge or upright, one to four behind another."""
    faces = ((0.0, 0.0, np.pi / 2), (0.0, np.pi / 2, np.pi / 2), (0.0, 0.0, 0.0), (np.pi / 2, 0.0, 0.0))
    face = faces[int(rng.integers(len(faces)))]
    jitter = 0.02
    stamps = [
        brick(
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
    levels = min(-(-shown // columns), max(1, int(1200 / high)))  # higher piles would not stand
    columns = -(-shown // levels)
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
    """Bricks dropped into a bag one by one, at any turn: each comes to rest on those below it in its lane of depth."""
    stamps = [
        brick(size, material, density, (rng.normal(0, 0.5), rng.normal(0, 0.3), rng.choice([0.0, 0.4, 1.57])), pitch)
        for _ in range(8)
    ]
    lanes = int(np.clip(n / rng.uniform(3, 8), 1, 6))  # a sports bag is 200 to 450 mm deep
    # A bag is wider than high.
    reach = max(size[0] * np.sqrt(n / lanes) * rng.uniform(1.1, 1.8), 2.2 * size[0])
    canvas = Canvas.around(reach + 2 * BAG_ROOM, n / lanes * size[0] + 600, pitch)
    tops = np.full((lanes, canvas.width_px), BAG_ROOM / 2)
    for i in range(n):
        stamp = stamps[int(rng.integers(8))]
        _drop(rng, canvas, stamp, tops[i % lanes], reach)
    _bag(rng, canvas)
    return canvas.sprite("brick_packages", count=n, tight=True)


def _drop(rng: np.random.Generator, canvas: Canvas, stamp: Canvas, top: Matrix, reach: float) -> None:
    """The lowest of three tried places; turned bricks settle a little into each other's gaps."""
    tries = BAG_ROOM + rng.random(3) * max(reach - stamp.width, 0)
    spans = [slice(int(x / canvas.pitch), int(x / canvas.pitch) + stamp.width_px) for x in tries]
    rest = [float(top[s].mean()) for s in spans]
    k = int(np.argmin(rest))
    _put(canvas, stamp, float(tries[k]), rest[k])
    top[spans[k]] = np.maximum(top[spans[k]], rest[k] + stamp.height * 0.6)


BAG_ROOM = 40.0  # mm of slack cloth around what a bag holds


def _bag(rng: np.random.Generator, canvas: Canvas) -> None:
    """A cloth bag close around its content: two layers of about 0.05 g/cm2, more at the rim where it curves away."""
    content = np.add.reduce(list(canvas.layers.values())) > 0
    near = cv2.distanceTransform((~content).astype(np.uint8), cv2.DIST_L2, 3) * np.float32(canvas.pitch)
    slack = BAG_ROOM * (0.5 + 0.2 * noise(rng, near.shape, 60 / canvas.pitch))
    inside = np.clip(slack - near, 0, None)
    cloth = np.where(inside > 0, 0.10 + 0.2 * np.exp(-inside / 6), 0)
    canvas.layer("textile")[:] += cloth.astype(np.float32)
