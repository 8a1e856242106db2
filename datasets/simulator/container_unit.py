"""The refrigeration unit in a reefer's front end: what stands within its first 0.4 m.

A picture-frame unit as makers build it: condenser with its fan, compressor and receiver below, control box, two evaporator fans with
their coil above, all in a frame before an insulated bulkhead. Units weigh 400 to 610 kg (docs/sources.md); sizes of the parts are assumed.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM, ContainerType

DEEP_MM = 400.0


def draw_unit(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """The unit of a reefer whose front stands at x0 (mm)."""
    _frame(canvas, kind, x0)
    _casing(canvas, kind, x0)
    _bulkhead(canvas, kind, x0, rng)
    _lower(canvas, x0, rng)
    _upper(canvas, kind, x0, rng)
    _clutter(canvas, kind, x0, rng)


def _frame(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    top = kind.height_mm - 110.0
    for depth in (75.0, OUTER_WIDTH_MM - 75.0):  # corner posts
        canvas.bar("steel", 24.0, x0, x0 + 130.0, 100.0, top + 50.0, depth)
        canvas.bar("steel", 70.0, x0, x0 + 12.0, 100.0, top + 50.0, depth)
    for x, mm in ((6.0, 1.0), (60.0, 0.6)):  # the unit's own frame, edge-on
        canvas.end_wall("steel", mm, x0 + x, x0 + x + 14.0, 150.0, top, 150.0, OUTER_WIDTH_MM - 150.0)
    for h0, h1, mm in ((0.0, 150.0, 6.0), (top, kind.height_mm, 4.0)):
        canvas.end_wall("steel", mm, x0 + 20.0, x0 + 130.0, h0, h1, 150.0, OUTER_WIDTH_MM - 150.0)


def _casing(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Panels, fins and cables over the whole of the unit's width: some centimetres of metal along any beam."""
    top = kind.height_mm - 110.0
    slices = 10
    for depth in np.linspace(120.0, OUTER_WIDTH_MM - 120.0, slices):
        z = float(depth)
        canvas.bar("steel", 16.0 / slices, x0 + 20.0, x0 + 410.0, 130.0, top + 60.0, z)
        canvas.bar("aluminium", 30.0 / slices, x0 + 50.0, x0 + 380.0, 220.0, 0.55 * top, z)
        canvas.bar("aluminium", 30.0 / slices, x0 + 120.0, x0 + 400.0, 0.55 * top, top + 30.0, z)
        canvas.bar("steel", 5.0 / slices, x0 + 410.0, x0 + 500.0, 200.0, top, z)


def _bulkhead(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """The insulated wall behind the unit and the air duct's plate before the load: uneven streaks, edge-on."""
    top = kind.height_mm - 90.0
    canvas.end_wall("polyethylene", 3.0, x0 + 330.0, x0 + 410.0, 180.0, top, 90.0, OUTER_WIDTH_MM - 90.0)
    for _ in range(int(rng.integers(7, 11))):
        x, h0 = x0 + float(rng.uniform(300.0, 470.0)), float(rng.uniform(200.0, 0.6 * top))
        h1 = h0 + float(rng.uniform(0.25, 0.8)) * (top - h0)
        depth, mm = float(rng.uniform(150.0, 2280.0)), float(rng.uniform(10.0, 45.0))
        canvas.bar("steel", mm, x, x + float(rng.uniform(6.0, 22.0)), h0, h1, depth)
    canvas.end_wall("aluminium", 0.4, x0 + 470.0, x0 + 490.0, 260.0, top - 80.0, 100.0, OUTER_WIDTH_MM - 100.0)


def _lower(canvas: Canvas, x0: float, rng: np.random.Generator) -> None:
    """Compressor, receiver, condenser coil around its fan, transformer."""
    side = float(rng.choice([0.0, 900.0]))
    canvas.bar("steel", 65.0, x0 + 90.0, x0 + 330.0, 260.0, 620.0, 400.0 + side)
    canvas.disc("steel", 90.0, x0 + 210.0, 640.0, 110.0, 400.0 + side)
    canvas.bar("copper", 14.0, x0 + 60.0, x0 + 340.0, 700.0, 1150.0, 1250.0)
    canvas.bar("aluminium", 60.0, x0 + 60.0, x0 + 340.0, 700.0, 1150.0, 1250.0)
    canvas.bar("steel", 60.0, x0 + 120.0, x0 + 260.0, 880.0, 1010.0, 1250.0)  # the fan's motor
    canvas.bar("steel", 24.0, x0 + 110.0, x0 + 220.0, 240.0, 760.0, 1900.0 - side)
    canvas.bar("steel", 45.0, x0 + 100.0, x0 + 300.0, 230.0, 420.0, 1500.0)


def _upper(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Evaporator coil and its two fans, whose motors lie across the container, and the control box."""
    top = kind.height_mm - 240.0
    canvas.bar("copper", 12.0, x0 + 190.0, x0 + 370.0, top - 620.0, top - 120.0, 1219.0)
    canvas.bar("aluminium", 55.0, x0 + 190.0, x0 + 370.0, top - 620.0, top - 120.0, 1219.0)
    for depth, mm in ((640.0, 80.0), (1800.0, 45.0)):
        at, h = x0 + 235.0 + float(rng.normal(0.0, 15.0)), top - float(rng.uniform(60.0, 300.0))
        canvas.disc("steel", 0.45 * mm, at, h, 110.0, depth)
        canvas.disc("steel", 0.55 * mm, at, h, 70.0, depth)
        canvas.bar("steel", 0.5 * mm, at - 130.0, at + 110.0, h - 25.0, h + 25.0, depth)
    canvas.bar("steel", 14.0, x0 + 40.0, x0 + 190.0, top - 900.0, top - 450.0, 1700.0)
    canvas.bar("copper", 12.0, x0 + 60.0, x0 + 170.0, top - 860.0, top - 600.0, 1700.0)


def _clutter(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Sheets on edge, pipes, brackets and wiring: mostly upright streaks, as everything hangs in an upright frame."""
    top = kind.height_mm - 160.0
    for _ in range(int(rng.integers(34, 48))):
        x, wide = x0 + float(rng.uniform(15.0, 370.0)), float(rng.uniform(8.0, 90.0))
        h = float(rng.uniform(190.0, top - 100.0))
        high = float(rng.uniform(60.0, 800.0)) * (1.4 if wide < 30.0 else 0.5)
        mm = float(rng.uniform(4.0, 22.0)) * (1.5 if wide < 30.0 else 0.7)
        canvas.bar("steel", mm, x, x + wide, h, min(h + high, top), float(rng.uniform(150.0, 2280.0)))
    for _ in range(int(rng.integers(8, 14))):
        x, h = x0 + float(rng.uniform(40.0, 320.0)), float(rng.uniform(250.0, top - 300.0))
        end = (x + float(rng.normal(0.0, 60.0)), h + float(rng.uniform(100.0, 500.0)))
        canvas.strut("copper", 16.0, x, h, *end, 16.0, float(rng.uniform(200.0, 2200.0)))
