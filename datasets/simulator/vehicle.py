"""What carries the container: chassis, wheels, landing legs, the tractor's rear, a terminal trailer's guides.

Sizes are those of ordinary road trailers (main beams about 900 mm apart, tyres of about 1 m); heights are over the
container's underside, so all of it lies below zero, except a terminal trailer's guides.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas

BEAM_DEPTHS = (770.0, 1670.0)
WHEEL_DEPTHS = ((120.0, 420.0), (2020.0, 2320.0))


def draw_trailer(
    canvas: Canvas, x0: float, x1: float, rng: np.random.Generator, *, terminal: bool, boxes: list[tuple[float, float]]
) -> None:
    """A semi-trailer from x0 to x1 (mm) below containers that reach over ``boxes`` (x from, x to)."""
    _beams(canvas, x0, x1, rng)
    axles = int(rng.integers(2, 4))
    _wheels(canvas, x1 - float(rng.uniform(1900.0, 2600.0)), axles, rng)
    _legs(canvas, x0 + float(rng.uniform(2300.0, 3000.0)), rng)
    _fittings(canvas, x0, x1, rng)
    _tractor(canvas, x0, rng)
    if terminal:
        _guides(canvas, boxes, rng)


def _beams(canvas: Canvas, x0: float, x1: float, rng: np.random.Generator) -> None:
    """Two I-beams, shallow over the neck and deep behind it, with cross members."""
    neck = x0 + float(rng.uniform(2500.0, 3600.0))
    deep, shallow = float(rng.uniform(330.0, 480.0)), float(rng.uniform(130.0, 200.0))
    web, flange = float(rng.uniform(6.0, 9.0)), float(rng.uniform(14.0, 20.0))
    for depth in BEAM_DEPTHS:
        canvas.bar("steel", web, x0, neck, -shallow, -5.0, depth)
        canvas.bar("steel", web, neck, x1, -deep, -5.0, depth)
        canvas.strut("steel", 45.0, x0, -shallow, neck, -shallow, flange, depth)
        canvas.strut("steel", 45.0, neck, -shallow, neck + 500.0, -deep, flange, depth)
        canvas.strut("steel", 60.0, neck + 500.0, -deep, x1, -deep, flange, depth)
        canvas.bar("steel", 60.0, x0, x1, -5.0 - flange, -5.0, depth)
    for x in np.arange(x0 + 300.0, x1 - 200.0, float(rng.uniform(900.0, 1500.0))):
        canvas.web("steel", 6.0, float(x), -min(deep, 260.0), -30.0, 250.0, 2190.0)
        canvas.bar("steel", 12.0, float(x), float(x) + 60.0, -180.0, -20.0, 200.0)
    for x in (x0 + 60.0, x1 - 260.0):  # bolsters that carry the corner fittings
        canvas.bar("steel", 20.0, x, x + 200.0, -160.0, -8.0, 120.0)
        canvas.bar("steel", 20.0, x, x + 200.0, -160.0, -8.0, 2320.0)


def _wheels(canvas: Canvas, last: float, axles: int, rng: np.random.Generator) -> None:
    pitch = float(rng.uniform(1250.0, 1400.0))
    radius = float(rng.uniform(480.0, 530.0))
    centre = -float(rng.uniform(680.0, 760.0))
    for k in range(axles):
        wheel(canvas, last - k * pitch, centre, radius)
        canvas.strut("steel", 30.0, last - k * pitch, centre, last - k * pitch - 450.0, -380.0, 90.0, 1000.0)
    if rng.random() < 0.5:
        for k in range(axles):
            canvas.ring("polyethylene", 12.0, last - k * pitch, centre + 40.0, radius + 60.0, 250.0, up=True)


def wheel(canvas: Canvas, x: float, h: float, radius: float) -> None:
    """Twin tyres on both sides with rims, hub and axle: rubber and steel that the beam hardly crosses."""
    for depth in (z for pair in WHEEL_DEPTHS for z in pair):
        canvas.disc("rubber", 55.0, x, h, radius, depth)
        canvas.annulus("rubber", 190.0, x, h, (radius - 30.0, radius), depth)
        canvas.annulus("steel", 6.0, x, h, (radius - 26.0, radius - 10.0), depth)
        canvas.annulus("steel", 70.0, x, h, (0.52 * radius, 0.57 * radius), depth)
        canvas.disc("steel", 14.0, x, h, 0.52 * radius, depth)
    canvas.disc("steel", 110.0, x, h, 210.0, 300.0)
    canvas.disc("steel", 110.0, x, h, 210.0, 2140.0)
    canvas.disc("steel", 150.0, x, h, 80.0, 1219.0)


def _legs(canvas: Canvas, x: float, rng: np.random.Generator) -> None:
    for depth in (450.0, 1990.0):
        canvas.bar("steel", 22.0, x, x + 130.0, -1200.0, -150.0, depth)
        canvas.bar("steel", 60.0, x + 25.0, x + 105.0, -900.0, -260.0, depth)
    canvas.strut("steel", 14.0, x + 60.0, -900.0, x + float(rng.choice([-1, 1])) * 700.0, -350.0, 60.0, 450.0)


def _fittings(canvas: Canvas, x0: float, x1: float, rng: np.random.Generator) -> None:
    """Air tank, tool box, spare wheel, side guards, lamps: whatever hangs between the legs and the wheels."""
    span = (x0 + 3600.0, max(x1 - 4500.0, x0 + 4200.0))
    for _ in range(int(rng.integers(0, 4))):
        x = float(rng.uniform(*span))
        wide, high, mm = float(rng.uniform(200, 900)), float(rng.uniform(120, 380)), float(rng.uniform(3, 14))
        canvas.bar("steel", mm, x, x + wide, -450.0 - high, -450.0, float(rng.uniform(200, 2200)))
    if rng.random() < 0.4:
        canvas.disc("rubber", 250.0, float(rng.uniform(*span)), -800.0, 300.0, 1219.0)
    if rng.random() < 0.6:
        depth = float(rng.choice([60.0, 2380.0]))
        for h in (-620.0, -900.0):
            canvas.bar("steel", 5.0, span[0], span[1], h, h + 70.0, depth)
        for x in np.linspace(span[0], span[1], 4):
            canvas.bar("steel", 12.0, float(x), float(x) + 50.0, -900.0, -350.0, depth)


def _tractor(canvas: Canvas, x0: float, rng: np.random.Generator) -> None:
    """Fifth wheel, frame and drive axles under the trailer's neck, and rarely the cab's rear."""
    coupling = x0 + float(rng.uniform(700.0, 1300.0))
    canvas.bar("steel", 180.0, coupling - 420.0, coupling + 420.0, -300.0, -215.0, 1219.0)
    for depth in (800.0, 1640.0):
        canvas.bar(
            "steel", 14.0, coupling - 6000.0, coupling + float(rng.uniform(1100.0, 1600.0)), -620.0, -350.0, depth
        )
    for _ in range(int(rng.integers(6, 16))):  # springs, tanks, lamps, brackets
        x, h = coupling + float(rng.normal(200.0, 900.0)), float(rng.uniform(-1000.0, -260.0))
        wide, high = float(rng.uniform(40.0, 420.0)), float(rng.uniform(25.0, 180.0))
        canvas.bar("steel", float(rng.uniform(5.0, 70.0)), x, x + wide, h - high, h, float(rng.uniform(300.0, 2100.0)))
    axles = int(rng.integers(1, 3))
    for k in range(axles):
        wheel(canvas, coupling + 350.0 - k * 1350.0, -760.0, 510.0)
    if rng.random() < 0.6:
        canvas.ring("polyethylene", 14.0, coupling + 350.0, -730.0, 600.0, 250.0, up=True)
    if rng.random() < 0.25:
        x = x0 - float(rng.uniform(500.0, 900.0))
        canvas.bar(
            "steel", 12.0, x - 120.0, x, -300.0, float(rng.uniform(600.0, 2300.0)), float(rng.choice([300.0, 2100.0]))
        )
    if rng.random() < 0.12:
        rear = x0 - float(rng.uniform(700.0, 1100.0))
        canvas.bar("steel", 6.0, rear - 3000.0, rear, -700.0, 1900.0, 300.0)
        canvas.bar("steel", 6.0, rear - 3000.0, rear, -700.0, 1900.0, 2100.0)
        canvas.end_wall("steel", 3.0, rear - 60.0, rear, -700.0, 1900.0, 300.0, 2100.0)


def _guides(canvas: Canvas, boxes: list[tuple[float, float]], rng: np.random.Generator) -> None:
    """Plates at the sides of a terminal trailer that stand up beside the container's lower part."""
    long_plates = rng.random() < 0.35
    for left, right in boxes:
        if long_plates:
            edge = 0.15 * (right - left)
            _guide(
                canvas, left + edge, right - edge, float(rng.uniform(250.0, 420.0)), float(rng.uniform(8.0, 16.0)), rng
            )
            continue
        wide, high, mm = (
            float(rng.uniform(700.0, 850.0)),
            float(rng.uniform(180.0, 420.0)),
            float(rng.uniform(6.0, 14.0)),
        )
        for x in np.linspace(
            left + 0.1 * (right - left), right - 0.1 * (right - left) - wide, 4 if right - left > 9000 else 2
        ):
            _guide(canvas, float(x), float(x) + wide, high, mm, rng)


def _guide(canvas: Canvas, x0: float, x1: float, high: float, mm: float, rng: np.random.Generator) -> None:
    for depth in (-80.0, 2520.0):
        canvas.bar("steel", mm, x0, x1, -300.0, high, depth)
        canvas.bar("steel", mm, x0, x1, high - 25.0, high, depth)
        for x in (x0, x1 - 160.0):
            canvas.bar("steel", 40.0, x, x + 160.0, -420.0, high - 260.0, depth)
