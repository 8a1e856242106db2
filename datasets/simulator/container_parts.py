"""Parts that several kinds of containers share: corner fittings, rails, cross members, gooseneck tunnel, doors.

Corner fittings: ISO 1161:2016 (178 x 162 x 118 mm, a slot of 124.5 x 63.5 mm in the plate that twistlocks enter, its middle 101.5 mm
from the end and 89 mm from the side as in ISO 668, annex A). Walls of 28 mm on the outer faces and 20 mm towards the container, and openings
of 79 x 51 and 63.5 x 51 mm in the side and the end, are assumed so that a fitting weighs what makers state, 11 to 12 kg. Sheet, rail and floor thicknesses are those that makers' specifications of
ordinary containers built to ISO 1496-1 give.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, ContainerType

Vector = tuple[float, float, float]
Rectangles = tuple[tuple[float, float, float, float], ...]
WALL, BACK = 28.0, 20.0
LONG, DEEP, HIGH = 178.0, 162.0, 118.0
SLOT = (39.0, 163.5, 57.0, 121.0)  # from the end along x, and from the side into the depth
SIDE = (62.0, 141.0, 32.0, 83.0)  # the side's opening: from the end, and from the plate's outer face
_BACK_WALL = (LONG - BACK, LONG, WALL, HIGH)
_SOLID: Rectangles = ((0.0, LONG, 0.0, WALL), (0.0, WALL, WALL, HIGH), _BACK_WALL)

FITTING: tuple[tuple[float, float, Rectangles], ...] = (
    (
        0.0,
        WALL,
        (
            (0.0, SIDE[0], 0.0, HIGH),
            (SIDE[1], LONG, 0.0, HIGH),
            (SIDE[0], SIDE[1], 0.0, SIDE[2]),
            (SIDE[0], SIDE[1], SIDE[3], HIGH),
        ),
    ),
    (WALL, SLOT[2], _SOLID),
    (
        SLOT[2],
        SLOT[3],
        (
            (0.0, SLOT[0], 0.0, WALL),
            (SLOT[1], LONG, 0.0, WALL),
            (0.0, WALL, WALL, SIDE[2]),  # the end's opening is as high as the side's
            (0.0, WALL, SIDE[3], HIGH),
            _BACK_WALL,
        ),
    ),
    (SLOT[3], DEEP, _SOLID),
)
"""A corner fitting, cut across the beam: from depth to depth, the rectangles of steel (x0, x1, h0, h1), mm from its outermost corner.

The face towards the container's middle is open, as real scans show: their side openings are as bright as what lies behind."""


def cross_member(canvas: Canvas, x: float, h0: float, h1: float, near: float, far: float) -> None:
    """A steel channel across the container under its floor."""
    canvas.member(x, x + 45.0)
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
    """Eight corner fittings; they stand out 4 mm at the ends and over the roof and the rails."""
    x1, top = x0 + kind.length_mm + 4.0, kind.height_mm + 6.0
    for z, inward in ((0.0, 1.0), (OUTER_WIDTH_MM, -1.0)):
        for x, along in ((x0 - 4.0, 1.0), (x1, -1.0)):
            for h, up in ((-4.0, 1.0), (top, -1.0)):
                fitting(canvas, (x, h, z), (along, up, inward))


def fitting(canvas: Canvas, corner: Vector, ways: Vector) -> None:
    """A casting from its outermost corner (x, height, depth); ``ways`` are the signs of the ways into the container.

    It is drawn at several depths: the fan rises by a good part of the casting's width, so a beam that enters by the side's opening may
    leave by the slot in the horizontal plate, as it does in real scans.
    """
    (x, h, z), (along, up, inward) = corner, ways
    for z0, z1, walls in FITTING:
        count = max(1, round((z1 - z0) / 18.0))
        deep = (z1 - z0) / count
        for i in range(count):
            depth = z + inward * (z0 + (i + 0.5) * deep)
            for a, b, low, high in walls:
                xs, hs = sorted((x + along * a, x + along * b)), sorted((h + up * low, h + up * high))
                canvas.bar("steel", deep, xs[0], xs[1], hs[0], hs[1], depth)


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
