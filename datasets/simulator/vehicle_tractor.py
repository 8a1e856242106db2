"""The tractor: fifth wheel, frame and drive axles under the trailer's neck, and its cab where the picture reaches so far.

Sizes are those of ordinary road tractors (cabs 2.0 to 2.3 m long and about 3 m high over the road, wheels of 1 m, 3.6 m from axle to
axle); heights are over the container's underside, which stands some 1.5 m over the road.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas

COUPLING_H = -300.0
AXLE_H = -960.0
ROAD_H = -1480.0


def draw_tractor(canvas: Canvas, x0: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Draw the tractor under a trailer that begins at x0 (mm); returns x and height of its axles, for their wheels."""
    coupling = x0 + float(rng.uniform(700.0, 1300.0))
    drop = float(rng.uniform(0.0, 120.0))
    _chassis(canvas, coupling, drop, rng)
    axles = [(coupling + 350.0 - k * 1350.0, AXLE_H - drop) for k in range(int(rng.integers(1, 3)))]
    if rng.random() < 0.6:
        canvas.ring("polyethylene", 14.0, coupling + 350.0, AXLE_H - drop + 30.0, 600.0, 250.0, up=True)
    if rng.random() < 0.25:  # exhaust, hoses' mast
        x, top = x0 - float(rng.uniform(500.0, 900.0)), float(rng.uniform(600.0, 1900.0))
        canvas.bar("steel", 12.0, x - 120.0, x, -400.0, top, float(rng.choice([300.0, 2100.0])))
    if rng.random() < 0.3:
        _cab(canvas, x0 - float(rng.uniform(700.0, 1100.0)), drop, rng)
        axles.append((coupling - 3600.0, AXLE_H - drop))
    return axles


def _chassis(canvas: Canvas, coupling: float, drop: float, rng: np.random.Generator) -> None:
    """Frame, fifth wheel, and the springs, tanks, lamps and brackets around them."""
    top = COUPLING_H - drop
    canvas.bar("steel", 170.0, coupling - 420.0, coupling + 420.0, top - 85.0, top, 1219.0)
    canvas.bar("steel", 70.0, coupling - 230.0, coupling + 260.0, top - 190.0, top - 85.0, 1219.0)
    rear = coupling + float(rng.uniform(1100.0, 1600.0))
    for depth in (800.0, 1640.0):
        canvas.bar("steel", 14.0, coupling - 6000.0, rear, top - 450.0, top - 190.0, depth)
        for h in (top - 450.0, top - 202.0):
            canvas.bar("steel", 50.0, coupling - 6000.0, rear, h, h + 12.0, depth)
    for _ in range(int(rng.integers(10, 22))):
        x, h = coupling + float(rng.normal(200.0, 900.0)), float(rng.uniform(-1150.0, top - 100.0))
        wide, high = float(rng.uniform(30.0, 320.0)), float(rng.uniform(20.0, 150.0))
        canvas.bar("steel", float(rng.uniform(5.0, 60.0)), x, x + wide, h - high, h, float(rng.uniform(300.0, 2100.0)))
    for side in (-1.0, 1.0):  # leaf springs over the axle
        canvas.strut(
            "steel", 70.0, coupling + 350.0, top - 420.0, coupling + 350.0 + side * 620.0, top - 540.0, 60.0, 900.0
        )


def _cab(canvas: Canvas, rear: float, drop: float, rng: np.random.Generator) -> None:
    """A forward-control cab whose rear wall stands at x ``rear``: shell, glass, seats, bunk, engine and fuel tank."""
    foot, top = -650.0 - drop, float(rng.uniform(1200.0, 1950.0)) - drop
    long, sill = float(rng.uniform(1950.0, 2300.0)), 350.0 - drop
    front = rear - long
    xs = np.array([rear, rear, rear - 0.75 * long, front + 60.0, front, front])
    hs = np.array([foot, top - 120.0, top, sill + 700.0, sill, foot])
    for depth in (110.0, 2328.0):
        canvas.outline("steel", 1.6, xs, hs, depth)
        window = (np.array([front + 260.0, front + 340.0, front + 1050.0, front + 1050.0]), sill)
        canvas.outline(
            "glass", 5.0, window[0], np.array([window[1], window[1] + 620.0, window[1] + 640.0, window[1]]), depth
        )
        for a, b in ((0, 1), (1, 2), (2, 3), (3, 4)):
            canvas.strut("steel", 5.0, float(xs[a]), float(hs[a]), float(xs[b]), float(hs[b]), 70.0, depth)
    canvas.end_wall("steel", 1.2, rear - 40.0, rear, foot, top - 120.0, 130.0, 2308.0)
    canvas.end_wall("glass", 6.0, front + 20.0, front + 140.0, sill, sill + 650.0, 200.0, 2240.0)
    for depth in (650.0, 1800.0):  # seats
        canvas.strut("polyethylene", 300.0, front + 1050.0, sill - 350.0, front + 1180.0, sill + 320.0, 110.0, depth)
        canvas.bar("polyethylene", 300.0, front + 620.0, front + 1100.0, sill - 380.0, sill - 270.0, depth)
        canvas.bar("steel", 25.0, front + 700.0, front + 1020.0, foot + 250.0, sill - 400.0, depth)
    canvas.bar("polyethylene", 180.0, rear - 650.0, rear - 60.0, sill - 380.0, sill - 240.0, 1219.0)  # bunk
    _engine(canvas, front + 500.0, foot, rng)
    canvas.bar("steel", 8.0, rear + 100.0, rear + 1100.0, ROAD_H + 420.0 - drop, -520.0 - drop, 250.0)  # fuel tank
    canvas.bar("polyethylene", 420.0, rear + 110.0, rear + 1090.0, ROAD_H + 430.0 - drop, -700.0 - drop, 250.0)


def _engine(canvas: Canvas, x: float, foot: float, rng: np.random.Generator) -> None:
    """Block, head, gearbox, radiator and bumper: iron that the beam hardly crosses."""
    canvas.bar("steel", 190.0, x, x + 1050.0, foot - 250.0, foot + 420.0, 1219.0)
    canvas.bar("aluminium", 220.0, x + 80.0, x + 1000.0, foot + 420.0, foot + 560.0, 1219.0)
    canvas.bar("steel", 110.0, x + 1050.0, x + 1750.0, foot - 180.0, foot + 200.0, 1219.0)
    canvas.bar("aluminium", 90.0, x - 220.0, x - 120.0, foot - 100.0, foot + 650.0, 1219.0)
    canvas.bar("steel", 30.0, x - 500.0, x - 420.0, foot - 280.0, foot + 20.0, 1219.0)
    for _ in range(int(rng.integers(5, 10))):
        at, h = x + float(rng.uniform(-200.0, 1500.0)), foot + float(rng.uniform(-200.0, 600.0))
        canvas.bar(
            "steel", float(rng.uniform(8.0, 40.0)), at, at + float(rng.uniform(50.0, 300.0)), h, h + 90.0, 1500.0
        )
