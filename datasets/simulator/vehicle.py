"""What carries the container: chassis, wheels, landing legs; the tractor and terminal trailers have modules of their own.

Sizes are those of ordinary road trailers: bolsters 2,438 mm wide and 1,219 mm over the road, main beams at most 1,016 mm apart over their
flanges (specifications of container chassis in North America), 2.55 m wide and 4 m high at most (directive 96/53/EC), tyres of about 1 m
(385/65 R 22.5 is 1,072 mm by its name). Parts between them are assumed. Heights are over the container's underside, so nearly all of it lies
below zero.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.vehicle_terminal import draw_guides, draw_terminal_frame
from scantally.datasets.simulator.vehicle_tractor import draw_tractor

BEAM_DEPTHS = (770.0, 1670.0)
WHEEL_DEPTHS = ((120.0, 420.0), (2020.0, 2320.0))


def draw_trailer(
    canvas: Canvas, x0: float, x1: float, rng: np.random.Generator, *, terminal: bool, boxes: list[tuple[float, float]]
) -> None:
    """A semi-trailer from x0 to x1 (mm) below containers that reach over ``boxes`` (x from, x to)."""
    if terminal:
        draw_terminal_frame(canvas, x0, x1, rng)
    else:
        _beams(canvas, x0, x1, rng)
        _bolsters(canvas, boxes)
        _fittings(canvas, x0, x1, rng)
        _rear_guard(canvas, x1, rng)
    axles = int(rng.integers(2, 4))
    _wheels(canvas, x1 - float(rng.uniform(1900.0, 2600.0)), axles, rng)
    _legs(canvas, x0 + float(rng.uniform(2300.0, 3000.0)), rng)
    for x, h in draw_tractor(canvas, x0, rng):
        wheel(canvas, x, h, 510.0)
    if terminal:
        draw_guides(canvas, boxes, rng)


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


def _bolsters(canvas: Canvas, boxes: list[tuple[float, float]]) -> None:
    """Box beams across the trailer that carry the containers' corner fittings, with the locks at their ends."""
    for x in (at for left, right in boxes for at in (left - 10.0, right - 180.0)):
        for side in (x, x + 184.0):
            canvas.web("steel", 6.0, side, -160.0, -8.0, 60.0, 2378.0)
        for h in (-155.0, -12.0):
            canvas.slab("steel", 6.0, x, x + 190.0, h, 60.0, 2378.0)
        for depth in (89.0, 2349.0):
            canvas.bar("steel", 70.0, x + 60.0, x + 130.0, -230.0, -10.0, depth)


def _wheels(canvas: Canvas, last: float, axles: int, rng: np.random.Generator) -> None:
    pitch = float(rng.uniform(1250.0, 1400.0))
    radius = float(rng.uniform(480.0, 530.0))
    centre = -float(rng.uniform(880.0, 1060.0))
    for k in range(axles):
        wheel(canvas, last - k * pitch, centre, radius)
        axle = last - k * pitch
        for depth in (950.0, 1490.0):  # hanger and trailing arm
            canvas.bar("steel", 22.0, axle - 560.0, axle - 430.0, centre + 130.0, -330.0, depth)
            canvas.strut("steel", 55.0, axle - 500.0, centre + 190.0, axle + 120.0, centre + 60.0, 80.0, depth)
        canvas.disc("rubber", 260.0, axle + 60.0, centre + 230.0, 120.0, 950.0)
    if rng.random() < 0.5:
        for k in range(axles):
            canvas.ring("polyethylene", 12.0, last - k * pitch, centre + 40.0, radius + 60.0, 250.0, up=True)


def wheel(canvas: Canvas, x: float, h: float, radius: float) -> None:
    """Twin tyres on both sides with rims, hub and axle: rubber and steel that the beam hardly crosses."""
    canvas.wheels.append((x, h, radius))
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


def _rear_guard(canvas: Canvas, x1: float, rng: np.random.Generator) -> None:
    """The underrun bar with its braces, lamps and plate behind the last axle (UN Regulation 58: at most 550 mm over the road)."""
    foot, depth = float(rng.uniform(-1200.0, -1050.0)), 500.0
    for z in (depth, 2438.0 - depth):
        canvas.bar("steel", 30.0, x1 - 110.0, x1 - 30.0, foot, -300.0, z)
        canvas.strut("steel", 9.0, x1 - 60.0, foot + 60.0, x1 - float(rng.uniform(450.0, 800.0)), -380.0, 60.0, z)
    canvas.end_wall("steel", 3.0, x1 - 120.0, x1 - 20.0, foot, foot + 120.0, 120.0, 2318.0)
    canvas.bar("polyethylene", 60.0, x1 - 40.0, x1 + 20.0, -330.0, -210.0, 300.0)
