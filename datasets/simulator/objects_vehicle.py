"""Vehicles seen from the side: cars of several bodies, and motorcycles. mm, x from the front bumper, y from the ground."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.loads_machinery import engine
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import (
    Solid,
    ball,
    block,
    cylinder,
    draw_solids,
    extent,
    prism,
    rotation,
    tube,
)
from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.types import FloatArray

# g/cm3: CRC Handbook; tyre compound; seat foam 0.05 (ISO 845 range for moulded polyurethane 0.04 to 0.06); petrol 0.74 (EN 228).
STEEL, ALUMINIUM, RUBBER, FOAM, PETROL, GLASS, PLASTIC, LEAD = 7.85, 2.70, 1.15, 0.05, 0.74, 2.50, 1.0, 11.3
Points = list[tuple[float, float]]
Outline = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """A car's side as shares of its length and height; sizes in mm after makers' data sheets of common cars."""

    length: tuple[float, float]
    height: tuple[float, float]
    outline: Points
    windows: tuple[Points, ...]
    axles: tuple[float, float]
    wheel: tuple[float, float]  # tyre's outer radius


_NOSE: Points = [(0.0, 0.22), (0.0, 0.42), (0.02, 0.52)]
BODIES = (
    Body(  # hatchback: 3.6 to 4.4 m, as VW Polo 4,053 x 1,461 or Fiat Uno 3,820 x 1,480
        length=(3600, 4400),
        height=(1420, 1540),
        outline=[
            *_NOSE,
            (0.10, 0.60),
            (0.24, 0.65),
            (0.38, 0.97),
            (0.55, 1.0),
            (0.82, 0.96),
            (0.95, 0.66),
            (1.0, 0.58),
            (1.0, 0.22),
        ],
        windows=(
            [(0.29, 0.67), (0.40, 0.92), (0.53, 0.94), (0.53, 0.66)],
            [(0.56, 0.66), (0.56, 0.94), (0.78, 0.91), (0.86, 0.68)],
        ),
        axles=(0.19, 0.82),
        wheel=(280, 325),
    ),
    Body(  # saloon: 4.3 to 5.0 m, as Toyota Corolla 4,630 x 1,435 or BMW 5 4,936 x 1,479
        length=(4300, 5000),
        height=(1400, 1500),
        outline=[
            *_NOSE,
            (0.12, 0.62),
            (0.26, 0.67),
            (0.40, 0.97),
            (0.53, 1.0),
            (0.68, 0.97),
            (0.82, 0.71),
            (0.97, 0.66),
            (1.0, 0.5),
            (1.0, 0.24),
        ],
        windows=(
            [(0.31, 0.69), (0.41, 0.93), (0.52, 0.94), (0.52, 0.68)],
            [(0.55, 0.68), (0.55, 0.94), (0.66, 0.92), (0.76, 0.71)],
        ),
        axles=(0.19, 0.79),
        wheel=(305, 340),
    ),
    Body(  # sport utility vehicle: 4.2 to 4.95 m, as Toyota RAV4 4,600 x 1,685 or Land Cruiser 4,950 x 1,880
        length=(4200, 4950),
        height=(1620, 1880),
        outline=[
            (0.0, 0.28),
            (0.0, 0.52),
            (0.03, 0.60),
            (0.22, 0.67),
            (0.34, 0.96),
            (0.5, 1.0),
            (0.92, 0.97),
            (0.98, 0.66),
            (1.0, 0.6),
            (1.0, 0.28),
        ],
        windows=(
            [(0.28, 0.69), (0.36, 0.92), (0.5, 0.94), (0.5, 0.68)],
            [(0.53, 0.68), (0.53, 0.94), (0.7, 0.93), (0.7, 0.69)],
            [(0.73, 0.69), (0.73, 0.93), (0.9, 0.91), (0.94, 0.69)],
        ),
        axles=(0.19, 0.79),
        wheel=(345, 400),
    ),
    Body(  # pick-up: 5.0 to 5.4 m, as Toyota Hilux 5,325 x 1,815
        length=(5000, 5400),
        height=(1700, 1830),
        outline=[
            (0.0, 0.30),
            (0.0, 0.54),
            (0.03, 0.6),
            (0.2, 0.66),
            (0.31, 0.96),
            (0.42, 1.0),
            (0.58, 0.98),
            (0.63, 0.66),
            (0.99, 0.65),
            (1.0, 0.32),
        ],
        windows=(
            [(0.26, 0.68), (0.33, 0.92), (0.43, 0.94), (0.43, 0.67)],
            [(0.46, 0.67), (0.46, 0.94), (0.56, 0.92), (0.59, 0.68)],
        ),
        axles=(0.17, 0.77),
        wheel=(360, 400),
    ),
)


def vehicle(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """A car (four draws of five) or a motorcycle; either end forward."""
    canvas = _motorcycle(rng, pitch_mm) if rng.random() < 0.2 else _car(rng, pitch_mm)
    if rng.random() < 0.5:
        canvas.layers = {m: np.ascontiguousarray(a[:, ::-1]) for m, a in canvas.layers.items()}
    canvas.mark("vehicle", (0, canvas.width, 0, canvas.height))
    return canvas.sprite("vehicle", count=1, tight=True)


def _car(rng: np.random.Generator, pitch: float) -> Canvas:
    body = BODIES[int(rng.integers(len(BODIES)))]
    length, height = float(rng.uniform(*body.length)), float(rng.uniform(*body.height))
    canvas = Canvas.of(length, height, pitch)
    jitter = rng.normal(0, 0.006, (len(body.outline), 2))
    jitter[[0, 1, -1], 0] = 0.0
    outline = smooth(np.clip(np.asarray(body.outline) + jitter, 0, 1) * (length, height))
    _shell(rng, canvas, outline, [smooth(np.asarray(w) * (length, height), 1) for w in body.windows])
    wheel = float(rng.uniform(*body.wheel))
    for share in body.axles:
        draw_solids(canvas, _wheels(rng, share * length, wheel), fine=1)
    draw_solids(canvas, _drivetrain(rng, body, length, height, wheel), fine=1)
    draw_solids(canvas, _cabin(rng, body, length, height, wheel), fine=1)
    return canvas


def smooth(points: Outline, rounds: int = 2) -> Outline:
    """Corners cut at a quarter and three quarters of each edge (Chaikin 1974), which rounds a closed outline."""
    for _ in range(rounds):
        ahead = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * ahead, 0.25 * points + 0.75 * ahead], axis=1).reshape(-1, 2)
    return points


def fill(canvas: Canvas, outline: Outline) -> FloatArray:
    """Share of each pixel that a closed outline covers, (h, w); rows upwards."""
    mask = np.zeros((canvas.height_px, canvas.width_px), np.uint8)
    fixed = np.round((outline / canvas.pitch - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
    cover: FloatArray = mask.astype(np.float32) / 255
    return cover


def _shell(rng: np.random.Generator, canvas: Canvas, outline: Outline, windows: list[Outline]) -> None:
    """Sheet of 0.7 to 0.9 mm: twice outer and inner skin at the sides; roof and bonnet, curved across, as a dark rim."""
    cover, sheet = fill(canvas, outline), rng.uniform(0.7, 0.9)
    inward = cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * np.float32(canvas.pitch)
    crown = rng.uniform(25, 45)  # how far a panel's curve across spreads its edge, mm
    rim = np.exp(-inward / crown) * (sheet * rng.uniform(900, 1400) / crown)
    sides = np.full_like(cover, 3.0 * sheet)
    glass = np.zeros_like(cover)
    for window in windows:
        pane = fill(canvas, window)
        sides -= 2.6 * sheet * pane
        glass += pane * np.float32(2 * rng.uniform(3.2, 4.0))  # EN ISO 3537 panes of 3 to 4 mm
        inside = cv2.distanceTransform((pane < 0.5).astype(np.uint8), cv2.DIST_L2, 3) * np.float32(canvas.pitch)
        sides += np.where(pane < 0.5, 4 * sheet * np.exp(-inside / 18), 0)  # pillars and frames are folded boxes
    steel = cover * (sides + rim) * np.float32(STEEL / MM_PER_CM)
    everywhere = canvas.window(0, canvas.width - 1e-3, 0, canvas.height - 1e-3)
    canvas.add("steel", everywhere, np.maximum(steel, 0).astype(np.float32))
    canvas.add("glass", everywhere, (cover * glass * np.float32(GLASS / MM_PER_CM)).astype(np.float32))


def _wheels(rng: np.random.Generator, x: float, r: float) -> list[Solid]:
    """Both wheels of an axle and what joins them, each part twice as deep: tyre, rim with spokes, disc, hub, spring."""
    rim, wide = r * rng.uniform(0.60, 0.70), rng.uniform(165, 235)
    metal, density = ("aluminium", ALUMINIUM) if rng.random() < 0.6 else ("steel", STEEL * 0.45)
    parts = [
        *tube("rubber", RUBBER, (x, r, 0), 2 * wide, r, r - 13, "z"),
        *tube("rubber", RUBBER, (x, r, 0), 2 * 18, r - 13, rim, "z"),
        *tube(metal, density, (x, r, 0), 2 * wide, rim, rim - 6, "z"),
        cylinder("steel", STEEL, (x, r, 0), 2 * 20, rim * 0.72, "z"),
        cylinder("steel", STEEL * 0.8, (x, r, 0), 2 * 80, rim * 0.27, "z"),
        cylinder("steel", STEEL * 0.12, (x, r, 0), 1200, 28, "z"),
        *tube("steel", STEEL * 0.5, (x, r * 1.15, 0), r * 1.1, 62, 48, "y"),
        cylinder("steel", STEEL * 0.6, (x, r, 0), r * 1.5, 22, "y"),
    ]
    turned, n = rng.uniform(0, np.pi), int(rng.choice([5, 6, 7, 10]))
    for k in range(n):
        spoke = block(metal, density, (rim * 0.2, -16, 0), (rim - 6, 16, 2 * 22))
        parts.append(spoke.moved(rotation(turned + 2 * np.pi * k / n, 0, 0), (x, r, 0.0)))
    return parts


def _drivetrain(rng: np.random.Generator, body: Body, length: float, height: float, wheel: float) -> list[Solid]:
    """Engine and gearbox over the front axle, battery, radiator, tank, exhaust, floor, sills, bumpers."""
    front, rear = (a * length for a in body.axles)
    low = wheel * 0.62
    across = rng.random() < 0.7  # a transverse engine is seen on its end
    motor = engine(rng, (430.0 if across else 700.0, height * 0.36, 520.0))
    edge, _ = extent(motor)
    place = (front - (180 if across else 260) - float(edge[0]), low - float(edge[1]), 0.0)
    gears = block(
        "aluminium", ALUMINIUM * 0.8, (front - 60, low, 0), (front + (220 if across else 560), low + 260, 330)
    )
    exhaust = _tubes(front + 300, length * 0.97, low - 10, rng)
    return [
        *(s.moved(np.eye(3), place) for s in motor),
        gears,
        block("lead", LEAD * 0.42, (length * 0.055, low + 250, 0), (length * 0.055 + 175, low + 425, 230)),
        block("aluminium", ALUMINIUM * 0.25, (length * 0.035, low + 30, 0), (length * 0.035 + 38, low + 430, 560)),
        block("polyethylene", PETROL, (rear - 480, low, 0), (rear - 130, low + 60 + 120 * rng.random(), 850)),
        block("polyethylene", PLASTIC, (rear - 500, low - 10, 0), (rear - 110, low + 210, 16)),
        block("steel", STEEL * 0.012, (front + wheel, low - 10, 0), (rear - wheel * 0.5, low + 45, 1350)),
        block("steel", STEEL * 0.11, (front + wheel + 20, low - 20, 0), (rear - wheel - 20, low + 70, 160)),
        block("steel", STEEL * 0.02, (0, low + 60, 0), (60, low + 200, 1200)),
        block("steel", STEEL * 0.02, (length - 55, low + 80, 0), (length, low + 220, 1200)),
        *exhaust,
    ]


def _tubes(x0: float, x1: float, y: float, rng: np.random.Generator) -> list[Solid]:
    muffler = x1 - rng.uniform(400, 900)
    return [
        *tube("steel", STEEL, (x0, y, 0), x1 - x0, 26, 24.4),
        *tube("steel", STEEL, (muffler, y + 15, 0), 380, 90, 88),
        *tube("steel", STEEL, (x0 + 150, y, 0), 280, 60, 57.5),
    ]


def _cabin(rng: np.random.Generator, body: Body, length: float, height: float, wheel: float) -> list[Solid]:
    """Seats, their frames and rails, dashboard, steering wheel, spare wheel."""
    floor = wheel * 0.75
    first = body.windows[0]
    seat = (first[0][0] + first[-1][0]) / 2 * length + 150
    parts: list[Solid] = []
    for x in (seat, seat + 850) if len(body.windows) > 1 else (seat,):
        parts += _seat(x, floor, height * 0.62)
    dash = first[0][0] * length - 60
    wheel_turn = rotation(0, 0.0, 0) @ rotation(np.radians(-25), np.pi / 2, 0)
    steering = tube("steel", STEEL * 0.6, (0, 0, 0), 22, 185, 168, "z")
    return [
        *parts,
        block("polyethylene", PLASTIC * 0.12, (dash - 150, height * 0.50, 0), (dash + 220, height * 0.64, 1300)),
        block("steel", STEEL * 0.05, (dash, height * 0.52, 0), (dash + 60, height * 0.57, 1300)),
        *(s.moved(wheel_turn, (dash + 380, height * 0.58, 0.0)) for s in steering),
        *(
            tube("rubber", RUBBER, (length * 0.90, floor + 90, 0), 120, wheel * 0.9, wheel * 0.62, "y")
            if rng.random() < 0.6
            else []
        ),
    ]


def _seat(x: float, y: float, top: float) -> list[Solid]:
    """Two seats behind each other: cushion, back leaning to the rear, head rest; 20 mm tube frames."""
    back: Points = [(x + 380, y + 180), (x + 500, y + 190), (x + 640, y + top), (x + 540, y + top)]
    return [
        block("polyethylene", FOAM, (x - 40, y + 110, 0), (x + 460, y + 250, 1000)),
        prism("polyethylene", FOAM, back, (0, 1000)),
        prism(
            "steel", STEEL, [(x + 470, y + 150), (x + 492, y + 150), (x + 625, y + top), (x + 603, y + top)], (0, 10)
        ),
        block("steel", STEEL, (x - 20, y + 100, 0), (x + 480, y + 118, 10)),
        ball("polyethylene", FOAM * 1.5, (x + 605, y + top + 70, 250), (50, 95, 280)),
        cylinder("steel", STEEL, (x + 600, y + top - 40, 0), 100, 7, "y"),
    ]


def _motorcycle(rng: np.random.Generator, pitch: float) -> Canvas:
    """A motorcycle of 1.9 to 2.3 m (Honda CG 125: 1,985 mm, CB 500F: 2,080, Gold Wing 2,575 is beyond)."""
    length, r = rng.uniform(1900, 2300), rng.uniform(290, 335)
    canvas = Canvas.of(length, rng.uniform(1050, 1250), pitch)
    front, rear, hub = r, length - r, r
    head = (front + 330.0, canvas.height - 330.0)
    motor = engine(rng, (260.0, 480.0, 320.0))
    low, _ = extent(motor)
    solids = [s.moved(np.eye(3), (length * 0.42 - float(low[0]), 190 - float(low[1]), 0.0)) for s in motor]
    for x, wide in ((front, 100.0), (rear, 140.0)):
        solids += tube("rubber", RUBBER, (x, hub, 0), wide, r, r - 16, "z") + tube(
            "rubber", RUBBER, (x, hub, 0), 22, r - 16, r * 0.72, "z"
        )
        solids += tube("aluminium", ALUMINIUM, (x, hub, 0), wide * 0.7, r * 0.72, r * 0.72 - 9, "z")
        solids += [
            cylinder("steel", STEEL, (x, hub, 0), 10, r * 0.42, "z"),
            cylinder("steel", STEEL * 0.6, (x, hub, 0), 150, 40, "z"),
        ]
        for k in range(6):
            spoke = block("aluminium", ALUMINIUM, (0, -9, 0), (r * 0.7, 9, 30))
            solids.append(spoke.moved(rotation(k * np.pi / 3 + x, 0, 0), (x, hub, 0.0)))
    for a, b, tube_r in _frame(front, rear, hub, head, length):
        solids += strut(a, b, tube_r)
    tank = (length * 0.46, canvas.height - 300.0, 0.0)
    solids += [ball("steel", STEEL, tank, (260, 125, 140)), ball("steel", -STEEL, tank, (258.8, 123.8, 138.8))]
    solids.append(ball("polyethylene", PETROL * rng.uniform(0, 0.9), tank, (258.8, 123.8, 138.8)))
    seat: Points = [
        (length * 0.56, canvas.height - 330),
        (length * 0.6, canvas.height - 270),
        (length * 0.9, canvas.height - 250),
        (length * 0.88, canvas.height - 320),
    ]
    solids += [
        prism("polyethylene", FOAM * 2, seat, (0, 280)),
        block("lead", LEAD * 0.4, (length * 0.6, 480, 0), (length * 0.6 + 130, 610, 80)),
    ]
    solids += tube("steel", STEEL, (length * 0.55, 240, 120), length * 0.42, 48, 45.5)
    solids.append(ball("aluminium", ALUMINIUM * 0.25, (front + 210, canvas.height - 300, 0), (90, 95, 90)))
    draw_solids(canvas, solids, fine=2)
    return canvas


Strut = tuple[tuple[float, float], tuple[float, float], float]


def _frame(front: float, rear: float, hub: float, head: tuple[float, float], length: float) -> list[Strut]:
    """Fork, handlebar, frame tubes, swing arm and rear springs as struts (from, to, radius)."""
    seat = (length * 0.66, head[1] - 60.0)
    foot = (length * 0.62, 300.0)
    return [
        ((front, hub), head, 24.0),
        (head, (head[0] + 180, head[1] + 240), 11.0),
        (head, (length * 0.42, 230.0), 19.0),
        ((length * 0.42, 200.0), foot, 19.0),
        (head, seat, 22.0),
        (seat, foot, 17.0),
        (seat, (length * 0.93, seat[1] + 20), 14.0),
        (foot, (rear, hub), 22.0),
        ((length * 0.80, seat[1]), (rear - 30, hub + 20), 26.0),
    ]


def strut(a: tuple[float, float], b: tuple[float, float], radius: float) -> list[Solid]:
    """A steel tube of 2.5 mm wall between two points of the side view."""
    long = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    turn = rotation(float(np.arctan2(b[1] - a[1], b[0] - a[0])), 0, 0)
    return [s.moved(turn, (a[0], a[1], 0.0)) for s in tube("steel", STEEL, (0, 0, 0), long, radius, radius - 2.5)]
