"""ISO containers, drawn as steel and wood that the beam crosses.

Outer sizes: ISO 668:2020 (series 1 freight containers); corner fittings 178 x 162 x 118 mm: ISO 1161:2016. Sheet, rail and
floor thicknesses are those that makers' specifications of ordinary dry containers built to ISO 1496-1 give (side panels
1.6 and 2.0 mm, roof 1.6 to 2.0 mm, door panels 2.0 mm, top rail 60 x 60 x 3 mm tube, bottom rail 162 x 48 x 3.2 mm channel, cross
members 122 x 45 x 4 mm, plywood floor 28 mm).
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import (
    CONTAINERS,
    END_MM,
    FLOOR_MM,
    OUTER_WIDTH_MM,
    ContainerType,
    Span,
    cavities,
)
from scantally.detector.types import Box, FloatArray

__all__ = [
    "CONTAINERS",
    "END_MM",
    "FLOOR_MM",
    "OUTER_WIDTH_MM",
    "ContainerType",
    "Span",
    "cavities",
    "container_box",
    "draw_container",
]

PLYWOOD_SHARE = 0.43
"""Floor plywood (0.65 g/cm3) over the density of cellulose's cell wall substance (1.5)."""


def draw_container(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> Box:
    """Draw a container whose front stands at x0 (mm), and return its box in the canvas's pixels."""
    if kind.tank:
        _tank_frame(canvas, kind, x0)
    else:
        _walls(canvas, kind, x0, rng)
        _roof(canvas, kind, x0, rng)
        _floor(canvas, kind, x0, rng)
        _front_wall(canvas, kind, x0)
        _doors(canvas, kind, x0, rng)
        _rails(canvas, kind, x0)
        _end_strips(canvas, kind, x0, rng)
        _eyelets(canvas, kind, x0, rng)
    _corners(canvas, kind, x0)
    return container_box(canvas, kind, x0)


def container_box(canvas: Canvas, kind: ContainerType, x0: float) -> Box:
    """The box around a container, near and far side together."""
    view = canvas.view
    left = min(view.column(x0), view.column(x0, OUTER_WIDTH_MM))
    right = max(view.column(x0 + kind.length_mm + 15.0), view.column(x0 + kind.length_mm, OUTER_WIDTH_MM))
    return (left, view.row(kind.height_mm), right, view.row(0.0, OUTER_WIDTH_MM))


def _walls(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Two corrugated side walls: the sheet's way is longer on the slopes between its faces."""
    sheet = float(rng.uniform(1.5, 1.95))
    depth_of_wave = float(rng.uniform(0.05, 0.16))
    phase = float(rng.uniform(0, 139.0))
    for depth in (20.0, OUTER_WIDTH_MM - 20.0):
        view = canvas.view
        x = view.left_mm + (np.arange(view.width) + 0.5) * view.x_pitch_mm - depth * view.yaw_tan
        wave = _corrugation(x - x0 - phase, view.x_pitch_mm)
        inside = (x > x0 + 100.0) & (x < x0 + kind.length_mm - 100.0)
        profile = (inside * sheet * (1.0 + depth_of_wave * wave)).astype(np.float32)
        canvas.curtain("steel", profile, FLOOR_MM - 60.0, kind.height_mm - 60.0, depth)


def _corrugation(x: FloatArray, pitch_mm: float) -> FloatArray:
    """0 on the faces and 1 on the slopes of a trapezoid of 278 mm (slopes and faces about 70 mm), smoothed to the pixel."""
    fine = np.stack([((x + s * pitch_mm) % 139.0) < 68.0 for s in (-0.375, -0.125, 0.125, 0.375)])
    return np.asarray(fine.mean(axis=0), np.float32)


def _roof(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    sheet = float(rng.uniform(1.35, 1.75))
    near, far = 60.0, OUTER_WIDTH_MM - 60.0
    canvas.slab("steel", sheet, x0 + 60.0, x0 + kind.length_mm - 60.0, kind.height_mm - 20.0, near, far)
    for x in np.arange(x0 + 290.0, x0 + kind.length_mm - 280.0, 209.0):  # ribs across: a step at each of their bends
        for bend in (0.0, 91.0):
            canvas.crease("steel", 0.6 * sheet, float(x) + bend, 14.0, kind.height_mm - 20.0, near + 40.0, far - 40.0)
    for x in (x0 + 60.0, x0 + kind.length_mm - 280.0):  # flat strips behind the headers
        canvas.slab("steel", 0.7 * sheet, x, x + 220.0, kind.height_mm - 20.0, near, far)
    for x in (x0 + 60.0, x0 + kind.length_mm - 310.0):  # doubling plates at the corners
        canvas.slab("steel", 3.0, x, x + 250.0, kind.height_mm - 8.0, near, near + 300.0)
        canvas.slab("steel", 3.0, x, x + 250.0, kind.height_mm - 8.0, far - 300.0, far)


def _end_strips(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Plain strips of the side walls beside the posts, doubled by the posts' inner faces."""
    wide, h1 = float(rng.uniform(70.0, 130.0)), kind.height_mm - 60.0
    for depth in (40.0, OUTER_WIDTH_MM - 40.0):
        for left, right in ((100.0, 100.0 + wide), (kind.length_mm - 130.0 - wide, kind.length_mm - 130.0)):
            canvas.bar("steel", 3.0, x0 + left, x0 + right, FLOOR_MM, h1, depth)
            edge = right if left < 1000.0 else left
            canvas.bar("steel", 5.0, x0 + edge - 8.0, x0 + edge + 8.0, FLOOR_MM, h1, depth)


def _rails(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    h, x1 = kind.height_mm, x0 + kind.length_mm
    for depth in (30.0, OUTER_WIDTH_MM - 30.0):
        canvas.bar("steel", 6.0, x0 + 100.0, x1 - 100.0, h - 60.0, h, depth)
        canvas.bar("steel", 18.0, x0 + 100.0, x1 - 100.0, h - 63.0, h - 57.0, depth)
        canvas.bar("steel", 25.0, x0 + 100.0, x1 - 100.0, h - 6.0, h, depth)
        canvas.bar("steel", 3.2, x0 + 100.0, x1 - 100.0, 5.0, 167.0, depth)
        canvas.bar("steel", 35.0, x0 + 100.0, x1 - 100.0, 5.0, 10.0, depth)
        canvas.bar("steel", 35.0, x0 + 100.0, x1 - 100.0, 162.0, 167.0, depth)


def _floor(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    near, far = 60.0, OUTER_WIDTH_MM - 60.0
    x1 = x0 + kind.length_mm
    wood = 28.0 * PLYWOOD_SHARE * float(rng.uniform(0.9, 1.2))
    canvas.slab("cellulose", wood, x0 + 80.0, x1 - 80.0, FLOOR_MM - 14.0, near, far)
    tunnel = float(rng.uniform(3150.0, 3500.0)) if kind.gooseneck else 0.0
    spacing = float(rng.uniform(280.0, 330.0))
    for x in np.arange(x0 + tunnel + 200.0, x1 - 150.0, spacing):
        _cross_member(canvas, float(x), 20.0, 137.0, near, far)
    if kind.gooseneck:
        _tunnel(canvas, x0, tunnel, near, far)
    elif rng.random() < 0.8:
        for x in (x0 + kind.length_mm / 2 - 1200.0, x0 + kind.length_mm / 2 + 840.0):
            canvas.slab("steel", 3.0, x, x + 360.0, 20.0, near, far)
            canvas.bar("steel", 6.0, x - 15.0, x + 375.0, 18.0, 137.0, near)
            canvas.bar("steel", 6.0, x - 15.0, x + 375.0, 18.0, 137.0, far)


def _cross_member(canvas: Canvas, x: float, h0: float, h1: float, near: float, far: float) -> None:
    canvas.slab("steel", 4.0, x, x + 45.0, h1, near, far)
    canvas.slab("steel", 4.0, x, x + 45.0, h0, near, far)
    canvas.web("steel", 4.0, x, h0, h1, near, far)


def _tunnel(canvas: Canvas, x0: float, length: float, near: float, far: float) -> None:
    for depth in (700.0, OUTER_WIDTH_MM - 700.0):
        canvas.bar("steel", 6.0, x0 + 100.0, x0 + length, 20.0, 140.0, depth)
    canvas.slab("steel", 2.5, x0 + 100.0, x0 + length, 130.0, 700.0, OUTER_WIDTH_MM - 700.0)
    for x in np.arange(x0 + 250.0, x0 + length, 290.0):
        canvas.web("steel", 5.0, float(x), 20.0, 137.0, near, 700.0)
        canvas.web("steel", 5.0, float(x), 20.0, 137.0, OUTER_WIDTH_MM - 700.0, far)
        canvas.slab("steel", 4.0, float(x), float(x) + 60.0, 110.0, 700.0, OUTER_WIDTH_MM - 700.0)
    canvas.web("steel", 8.0, x0 + length, 10.0, 150.0, near, far)


def _front_wall(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Seen edge-on: a beam along the wall crosses some 16 slopes of its folded 2 mm sheet, about 50 mm of steel."""
    canvas.end_wall("steel", 1.0, x0 + 55.0, x0 + 100.0, 120.0, kind.height_mm - 40.0, 60.0, OUTER_WIDTH_MM - 60.0)
    for h0, h1, mm in ((0.0, 130.0, 4.0), (kind.height_mm - 110.0, kind.height_mm, 3.0)):  # sill and header
        canvas.end_wall("steel", mm, x0 + 30.0, x0 + 110.0, h0, h1, 150.0, OUTER_WIDTH_MM - 150.0)
    for depth in (0.0, OUTER_WIDTH_MM - 150.0):
        canvas.bar("steel", 12.0, x0, x0 + 140.0, 110.0, kind.height_mm - 110.0, depth + 75.0)
        canvas.bar("steel", 60.0, x0, x0 + 8.0, 110.0, kind.height_mm - 110.0, depth + 75.0)


def _doors(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    x1, top = x0 + kind.length_mm, kind.height_mm - 100.0
    canvas.end_wall("steel", 1.1, x1 - 60.0, x1 - 20.0, 140.0, top, 60.0, OUTER_WIDTH_MM - 60.0)
    canvas.end_wall("rubber", 12.0, x1 - 40.0, x1 - 20.0, 130.0, top, 1150.0, 1290.0)
    for h0, h1 in ((0.0, 150.0), (top, kind.height_mm)):  # sill and header
        canvas.end_wall("steel", 5.0, x1 - 120.0, x1 - 10.0, h0, h1, 150.0, OUTER_WIDTH_MM - 150.0)
    for depth in (0.0, OUTER_WIDTH_MM - 150.0):
        canvas.bar("steel", 24.0, x1 - 150.0, x1, 110.0, kind.height_mm - 110.0, depth + 75.0)
        canvas.bar("steel", 70.0, x1 - 10.0, x1, 110.0, kind.height_mm - 110.0, depth + 75.0)
    for depth in (330.0, 850.0, 1590.0, 2110.0):  # lock bars of 34 mm tube with their cams and brackets
        canvas.bar("steel", 11.0, x1 - 4.0, x1 + 30.0, 60.0, kind.height_mm - 40.0, depth)
        for h in (110.0, 700.0, 1150.0, kind.height_mm - 700.0, kind.height_mm - 120.0):
            canvas.bar("steel", 30.0, x1 - 15.0, x1 + 40.0, h + float(rng.uniform(-60, 60)), h + 75.0, depth)
    for depth in (40.0, OUTER_WIDTH_MM - 40.0):  # hinges
        for h in np.linspace(300.0, kind.height_mm - 350.0, int(rng.integers(4, 6))):
            canvas.bar("steel", 45.0, x1 - 10.0, x1 + 28.0, float(h), float(h) + 130.0, depth)


def _corners(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Corner fittings: hollow castings of about 30 mm wall."""
    for depth in (20.0, OUTER_WIDTH_MM - 140.0):
        for x in (x0 - 4.0, x0 + kind.length_mm - 174.0):
            for h in (-4.0, kind.height_mm - 112.0):
                canvas.bar("steel", 90.0, x, x + 62.0, h, h + 118.0, depth)
                canvas.bar("steel", 90.0, x + 114.0, x + 178.0, h, h + 118.0, depth)
                canvas.bar("steel", 90.0, x + 62.0, x + 114.0, h, h + 44.0, depth)
                canvas.bar("steel", 90.0, x + 62.0, x + 114.0, h + 78.0, h + 118.0, depth)


def _eyelets(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Lashing rings along the rails: 10 mm rod bent to a half round of some 60 mm."""
    step = float(rng.uniform(950.0, 1300.0))
    for x in np.arange(x0 + 400.0, x0 + kind.length_mm - 300.0, step):
        for depth in (70.0, OUTER_WIDTH_MM - 70.0):
            canvas.ring("steel", 10.0, float(x), kind.height_mm - 62.0, 28.0, depth, up=False)
            canvas.ring("steel", 10.0, float(x) + 60.0, FLOOR_MM, 28.0, depth, up=True)


def _tank_frame(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    x1, h = x0 + kind.length_mm, kind.height_mm
    for depth in (75.0, OUTER_WIDTH_MM - 75.0):
        for x in (x0, x1 - 110.0):
            canvas.bar("steel", 16.0, x, x + 110.0, 100.0, h - 100.0, depth)
        canvas.bar("steel", 10.0, x0 + 100.0, x1 - 100.0, 20.0, 150.0, depth)
        canvas.bar("steel", 8.0, x0 + 100.0, x1 - 100.0, h - 90.0, h - 20.0, depth)
        for x, y in ((x0 + 60.0, x0 + 900.0), (x1 - 60.0, x1 - 900.0)):
            canvas.strut("steel", 8.0, x, h - 60.0, y, 150.0, 60.0, depth)
    for x in (x0 + 60.0, x1 - 80.0):
        canvas.end_wall("steel", 14.0, x, x + 60.0, 20.0, 150.0, 150.0, OUTER_WIDTH_MM - 150.0)
        canvas.end_wall("steel", 10.0, x, x + 60.0, h - 90.0, h - 20.0, 150.0, OUTER_WIDTH_MM - 150.0)
    canvas.bar("aluminium", 12.0, x0 + 300.0, x1 - 300.0, h - 40.0, h - 5.0, 1000.0)
    for x in (x0 + 1200.0, x1 - 1500.0):  # saddles
        canvas.bar("steel", 14.0, x, x + 300.0, 100.0, 600.0, 1219.0)
