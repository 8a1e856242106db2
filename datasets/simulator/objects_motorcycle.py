"""Motorcycles seen from the side, built from tubes and solids. mm, x from the front tyre, y from the ground."""

import numpy as np

from scantally.datasets.simulator.shapes import Canvas
from scantally.datasets.simulator.shapes_solids import (
    Solid,
    ball,
    block,
    cylinder,
    draw_solids,
    prism,
    rotation,
    tube,
)

# g/cm3: CRC Handbook; tyre compound; seat foam; petrol (EN 228); a lead-acid battery holds about 40 % lead.
STEEL, ALUMINIUM, RUBBER, FOAM, PETROL, LEAD = 7.85, 2.70, 1.15, 0.05, 0.74, 11.3
Points = list[tuple[float, float]]


def motorcycle(rng: np.random.Generator, pitch: float) -> Canvas:
    """A motorcycle of 1.9 to 2.3 m (Honda CG 125: 1,985 mm, CB 500F: 2,080, Gold Wing 2,575 is beyond)."""
    length, r = rng.uniform(1900, 2300), rng.uniform(290, 335)
    canvas = Canvas.of(length, rng.uniform(1050, 1250), pitch)
    front, rear, hub = r, length - r, r
    head = (front + 330.0, canvas.height - 330.0)
    solids = _motor(rng, length * 0.50)
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


def _motor(rng: np.random.Generator, x: float) -> list[Solid]:
    """A crankcase with flywheel and clutch, and a finned cylinder that leans forward (to the left)."""
    bore, tall = rng.uniform(26, 42), rng.uniform(240, 330)
    lean = rotation(float(rng.uniform(0.15, 0.9)), 0, 0)
    top: list[Solid] = [
        block("aluminium", ALUMINIUM, (-bore * 1.7, 90, -80), (bore * 1.7, tall, 80)),
        cylinder("aluminium", -ALUMINIUM, (0, 110, 0), tall - 160, bore, "y"),
        *tube("steel", STEEL, (0, 100, 0), tall - 150, bore + 4, bore, "y"),
        cylinder("aluminium", ALUMINIUM, (0, 130 + 40 * rng.random(), 0), 45, bore - 1, "y"),
        *(
            block("aluminium", ALUMINIUM, (-bore * 2.4, y, -110), (bore * 2.4, y + 4, 110))
            for y in np.arange(120, tall - 20, 16.0)
        ),
    ]
    case = [
        ball("aluminium", ALUMINIUM * 0.75, (40, 0, 0), (230, 140, 130)),
        cylinder("steel", STEEL, (-10, 0, -60), 70, 85, "z"),
        cylinder("steel", STEEL * 0.5, (130, -10, 40), 70, 75, "z"),
        cylinder("steel", STEEL * 0.7, (60, 40, -50), 100, 45, "z"),
    ]
    return [*(s.moved(lean, (x - 30, 330.0, 0.0)) for s in top), *(s.moved(np.eye(3), (x, 330.0, 0.0)) for s in case)]


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
