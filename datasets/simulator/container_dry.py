"""Dry boxes, drawn as steel and wood that the beam crosses.

Sheet, rail and floor thicknesses are those that makers' specifications of ordinary dry containers built to ISO 1496-1 give (side
panels 1.6 and 2.0 mm, roof 1.6 to 2.0 mm, door panels 2.0 mm, top rail 60 x 60 x 3 mm tube, bottom rail 162 x 48 x 3.2 mm channel,
cross members 122 x 45 x 4 mm, plywood floor 28 mm, walls in trapezes of 278 mm; docs/sources.md says which were read).
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, ContainerType
from scantally.datasets.simulator.container_parts import corners, cross_member, doors, eyelets, rails, tunnel
from scantally.detector.types import FloatArray

PLYWOOD_SHARE = 0.43
"""Floor plywood (0.65 g/cm3) over the density of cellulose's cell wall substance (1.5)."""


def draw_dry(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """An ordinary closed box whose front stands at x0 (mm)."""
    walls(canvas, kind, x0, rng)
    _roof(canvas, kind, x0, rng)
    floor(canvas, kind, x0, rng)
    front_wall(canvas, kind, x0)
    doors(canvas, kind, x0, rng)
    rails(canvas, kind, x0)
    end_strips(canvas, kind, x0, rng)
    eyelets(canvas, kind, x0, rng)
    corners(canvas, kind, x0)


def walls(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
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


def end_strips(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Plain strips of the side walls beside the posts, doubled by the posts' inner faces."""
    wide, h1 = float(rng.uniform(70.0, 130.0)), kind.height_mm - 60.0
    for depth in (40.0, OUTER_WIDTH_MM - 40.0):
        for left, right in ((100.0, 100.0 + wide), (kind.length_mm - 130.0 - wide, kind.length_mm - 130.0)):
            canvas.bar("steel", 3.0, x0 + left, x0 + right, FLOOR_MM, h1, depth)
            edge = right if left < 1000.0 else left
            canvas.bar("steel", 5.0, x0 + edge - 8.0, x0 + edge + 8.0, FLOOR_MM, h1, depth)


def floor(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Plywood on cross members, with forklift pockets or a gooseneck tunnel."""
    near, far = 60.0, OUTER_WIDTH_MM - 60.0
    x1 = x0 + kind.length_mm
    wood = 28.0 * PLYWOOD_SHARE * float(rng.uniform(0.9, 1.2))
    canvas.slab("cellulose", wood, x0 + 80.0, x1 - 80.0, FLOOR_MM - 14.0, near, far)
    tunnel_mm = float(rng.uniform(3150.0, 3500.0)) if kind.gooseneck else 0.0
    spacing = float(rng.uniform(280.0, 330.0))
    for x in np.arange(x0 + tunnel_mm + 200.0, x1 - 150.0, spacing):
        cross_member(canvas, float(x), 20.0, 137.0, near, far)
    if kind.gooseneck:
        tunnel(canvas, x0, tunnel_mm, near, far)
    elif rng.random() < 0.8:
        for x in (x0 + kind.length_mm / 2 - 1200.0, x0 + kind.length_mm / 2 + 840.0):
            canvas.member(x - 15.0, x + 375.0)
            canvas.slab("steel", 3.0, x, x + 360.0, 20.0, near, far)
            canvas.bar("steel", 6.0, x - 15.0, x + 375.0, 18.0, 137.0, near)
            canvas.bar("steel", 6.0, x - 15.0, x + 375.0, 18.0, 137.0, far)


def front_wall(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Seen edge-on: a beam along the wall crosses some 16 slopes of its folded 2 mm sheet, about 50 mm of steel."""
    canvas.end_wall("steel", 1.0, x0 + 55.0, x0 + 100.0, 120.0, kind.height_mm - 40.0, 60.0, OUTER_WIDTH_MM - 60.0)
    for h0, h1, mm in ((0.0, 130.0, 4.0), (kind.height_mm - 110.0, kind.height_mm, 3.0)):  # sill and header
        canvas.end_wall("steel", mm, x0 + 30.0, x0 + 110.0, h0, h1, 150.0, OUTER_WIDTH_MM - 150.0)
    for depth in (0.0, OUTER_WIDTH_MM - 150.0):
        canvas.bar("steel", 12.0, x0, x0 + 140.0, 100.0, kind.height_mm - 60.0, depth + 75.0)
        canvas.bar("steel", 60.0, x0, x0 + 8.0, 100.0, kind.height_mm - 60.0, depth + 75.0)
