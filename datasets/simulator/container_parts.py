"""Parts that several kinds of containers share: corner fittings, rails, cross members, gooseneck tunnel, doors.

Corner fittings 178 x 162 x 118 mm: ISO 1161:2016. Sheet, rail and floor thicknesses are those that makers' specifications of
ordinary containers built to ISO 1496-1 give.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, ContainerType


def cross_member(canvas: Canvas, x: float, h0: float, h1: float, near: float, far: float) -> None:
    """A steel channel across the container under its floor."""
    canvas.slab("steel", 4.0, x, x + 45.0, h1, near, far)
    canvas.slab("steel", 4.0, x, x + 45.0, h0, near, far)
    canvas.web("steel", 4.0, x, h0, h1, near, far)


def tunnel(canvas: Canvas, x0: float, length: float, near: float, far: float) -> None:
    """The gooseneck tunnel under the front part of a forty-foot box's floor."""
    for depth in (700.0, OUTER_WIDTH_MM - 700.0):
        canvas.bar("steel", 6.0, x0 + 100.0, x0 + length, 20.0, 140.0, depth)
    canvas.slab("steel", 2.5, x0 + 100.0, x0 + length, 130.0, 700.0, OUTER_WIDTH_MM - 700.0)
    for x in np.arange(x0 + 250.0, x0 + length, 290.0):
        canvas.web("steel", 5.0, float(x), 20.0, 137.0, near, 700.0)
        canvas.web("steel", 5.0, float(x), 20.0, 137.0, OUTER_WIDTH_MM - 700.0, far)
        canvas.slab("steel", 4.0, float(x), float(x) + 60.0, 110.0, 700.0, OUTER_WIDTH_MM - 700.0)
    canvas.web("steel", 8.0, x0 + length, 10.0, 150.0, near, far)


def doors(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Two door leaves at the rear with lock bars, hinges, sill and header."""
    x1, top = x0 + kind.length_mm, kind.height_mm - 100.0
    canvas.end_wall("steel", 1.1, x1 - 60.0, x1 - 20.0, 140.0, top, 60.0, OUTER_WIDTH_MM - 60.0)
    canvas.end_wall("rubber", 12.0, x1 - 40.0, x1 - 20.0, 130.0, top, 1150.0, 1290.0)
    for h0, h1 in ((0.0, 150.0), (top, kind.height_mm)):  # sill and header
        canvas.end_wall("steel", 5.0, x1 - 120.0, x1 - 10.0, h0, h1, 150.0, OUTER_WIDTH_MM - 150.0)
    for depth in (0.0, OUTER_WIDTH_MM - 150.0):
        canvas.bar("steel", 24.0, x1 - 150.0, x1, 100.0, kind.height_mm - 60.0, depth + 75.0)
        canvas.bar("steel", 70.0, x1 - 10.0, x1, 100.0, kind.height_mm - 60.0, depth + 75.0)
    for depth in (330.0, 850.0, 1590.0, 2110.0):  # lock bars of 34 mm tube with their cams and brackets
        canvas.bar("steel", 11.0, x1 - 4.0, x1 + 30.0, 60.0, kind.height_mm - 40.0, depth)
        for h in (110.0, 700.0, 1150.0, kind.height_mm - 700.0, kind.height_mm - 120.0):
            canvas.bar("steel", 30.0, x1 - 15.0, x1 + 40.0, h + float(rng.uniform(-60, 60)), h + 75.0, depth)
    for depth in (40.0, OUTER_WIDTH_MM - 40.0):  # hinges
        for h in np.linspace(300.0, kind.height_mm - 350.0, int(rng.integers(4, 6))):
            canvas.bar("steel", 45.0, x1 - 10.0, x1 + 28.0, float(h), float(h) + 130.0, depth)


def corners(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Corner fittings: hollow castings of about 30 mm wall."""
    for depth in (20.0, OUTER_WIDTH_MM - 140.0):
        for x in (x0 - 4.0, x0 + kind.length_mm - 174.0):
            for h in (-4.0, kind.height_mm - 112.0):
                canvas.bar("steel", 90.0, x, x + 62.0, h, h + 118.0, depth)
                canvas.bar("steel", 90.0, x + 114.0, x + 178.0, h, h + 118.0, depth)
                canvas.bar("steel", 90.0, x + 62.0, x + 114.0, h, h + 44.0, depth)
                canvas.bar("steel", 90.0, x + 62.0, x + 114.0, h + 78.0, h + 118.0, depth)


def rails(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Top and bottom side rails."""
    h, x1 = kind.height_mm, x0 + kind.length_mm
    for depth in (30.0, OUTER_WIDTH_MM - 30.0):
        canvas.bar("steel", 6.0, x0 + 100.0, x1 - 100.0, h - 60.0, h, depth)
        canvas.bar("steel", 18.0, x0 + 100.0, x1 - 100.0, h - 63.0, h - 57.0, depth)
        canvas.bar("steel", 25.0, x0 + 100.0, x1 - 100.0, h - 6.0, h, depth)
        canvas.bar("steel", 3.2, x0 + 100.0, x1 - 100.0, 5.0, 167.0, depth)
        canvas.bar("steel", 35.0, x0 + 100.0, x1 - 100.0, 5.0, 10.0, depth)
        canvas.bar("steel", 35.0, x0 + 100.0, x1 - 100.0, 162.0, 167.0, depth)


def eyelets(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Lashing rings along the rails: 10 mm rod bent to a half round of some 60 mm."""
    step = float(rng.uniform(950.0, 1300.0))
    for x in np.arange(x0 + 400.0, x0 + kind.length_mm - 300.0, step):
        for depth in (70.0, OUTER_WIDTH_MM - 70.0):
            canvas.ring("steel", 10.0, float(x), kind.height_mm - 62.0, 28.0, depth, up=False)
            canvas.ring("steel", 10.0, float(x) + 60.0, FLOOR_MM, 28.0, depth, up=True)
