"""Reefers: insulated boxes with a refrigeration unit in their front end.

Walls are some 65 mm of polyurethane foam (about 45 kg/m3) between an outer skin of 0.8 to 1.2 mm steel and a lining of 0.6 to 0.8 mm
stainless steel, on frames of folded sheet; the floor is of extruded aluminium T bars, 63 mm high, over foam. These are the usual values
of makers' specifications; where frames lie, and what the unit consists of, was drawn after real scans (datasets/labels/ajna_notes.md).
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM, ContainerType
from scantally.datasets.simulator.container_parts import corners, cross_member, doors, tunnel
from scantally.datasets.simulator.container_unit import draw_unit

FOAM_SHARE = 0.048
"""Density of the foam (45 kg/m3) over that of polyethylene, which stands for polyurethane: at MeV energies mass alone counts."""

NEAR, FAR = 45.0, OUTER_WIDTH_MM - 45.0
T_BAR_MM = 63.0


def draw_reefer(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """A reefer whose unit stands at x0 (mm)."""
    sheet = float(rng.uniform(1.35, 1.8))  # both skins of a wall, as steel
    x1 = x0 + kind.length_mm
    spacing = float(rng.uniform(980.0, 1180.0))
    for depth in (NEAR, FAR):
        canvas.bar("steel", sheet, x0 + 90.0, x1 - 60.0, 150.0, kind.height_mm - 60.0, depth)
        canvas.bar("polyethylene", 65.0 * FOAM_SHARE, x0 + 400.0, x1 - 90.0, 150.0, kind.height_mm - 60.0, depth)
        _frames(canvas, kind, x0, depth, spacing, rng)
        _linings(canvas, kind, x0, depth)
        _rails(canvas, kind, x0, depth)
    _roof(canvas, kind, x0, sheet, rng)
    _floor(canvas, kind, x0, spacing / 2.0, rng)
    _rear(canvas, kind, x0, rng)
    draw_unit(canvas, kind, x0, rng)
    corners(canvas, kind, x0)


def _frames(
    canvas: Canvas, kind: ContainerType, x0: float, depth: float, spacing: float, rng: np.random.Generator
) -> None:
    """Upright frames in a wall: bands with two edges that stand along the beam, darkest amid the length.

    The edges are of 1.5 to 2 mm sheet some 60 mm deep, and not quite parallel to the beam away from the middle; welds and rivets
    that hold them show as darker dashes.
    """
    h0, h1 = 170.0 + float(rng.uniform(0.0, 60.0)), kind.height_mm - 110.0
    middle = x0 + kind.length_mm * float(rng.uniform(0.4, 0.6))
    for x in np.arange(x0 + 700.0 + float(rng.uniform(0.0, spacing)), x0 + kind.length_mm - 250.0, spacing):
        at, wide = float(x) + float(rng.normal(0.0, 45.0)), float(rng.uniform(55.0, 115.0))
        aligned = float(np.exp(-(((at - middle) / (0.33 * kind.length_mm)) ** 2)))
        canvas.bar("steel", float(rng.uniform(0.8, 2.2)), at, at + wide, h0, h1, depth)
        for edge in (at + 6.0, at + wide - 14.0):
            canvas.bar("steel", float(rng.uniform(1.0, 4.0)) + 11.0 * aligned, edge, edge + 12.0, h0, h1, depth)
            _dashes(canvas, edge, (h0, h1), depth, rng)


def _dashes(canvas: Canvas, x: float, span: tuple[float, float], depth: float, rng: np.random.Generator) -> None:
    step = float(rng.uniform(280.0, 560.0))
    for h in np.arange(span[0] + float(rng.uniform(50.0, step)), span[1] - 150.0, step):
        high = float(rng.uniform(60.0, 190.0))
        canvas.bar("steel", float(rng.uniform(5.0, 20.0)), x + 1.0, x + 9.0, float(h), float(h) + high, depth)


def _linings(canvas: Canvas, kind: ContainerType, x0: float, depth: float) -> None:
    """Scuff plates over the floor and the edges of lining panels along the wall."""
    inner = 100.0 if depth < 1000.0 else OUTER_WIDTH_MM - 100.0
    x = (x0 + kind.front_mm, x0 + kind.length_mm - kind.rear_mm)
    canvas.bar("aluminium", 3.0, *x, kind.floor_mm, kind.floor_mm + 210.0, inner)
    for h, high, mm in ((215.0, 14.0, 4.0), (340.0, 10.0, 2.5), (410.0, 6.0, 1.5), (520.0, 22.0, 1.5)):
        canvas.bar("steel", mm, *x, kind.floor_mm + h, kind.floor_mm + h + high, inner)


def _rails(canvas: Canvas, kind: ContainerType, x0: float, depth: float) -> None:
    x, h = (x0 + 100.0, x0 + kind.length_mm - 100.0), kind.height_mm
    canvas.bar("steel", 4.0, *x, h - 105.0, h, depth)
    for low, high, mm in ((h - 9.0, h, 32.0), (h - 72.0, h - 66.0, 10.0), (h - 108.0, h - 103.0, 8.0)):
        canvas.bar("steel", mm, *x, low, high, depth)
    canvas.bar("steel", 5.0, *x, 5.0, 150.0, depth)
    for low, high, mm in ((3.0, 12.0, 45.0), (142.0, 150.0, 30.0)):
        canvas.bar("steel", mm, *x, low, high, depth)


def _roof(canvas: Canvas, kind: ContainerType, x0: float, sheet: float, rng: np.random.Generator) -> None:
    """Two skins with foam between them, and bows across that hold them apart."""
    x1, top = x0 + kind.length_mm, kind.height_mm - 10.0
    canvas.slab("steel", 0.55 * sheet, x0 + 60.0, x1 - 60.0, top, 60.0, OUTER_WIDTH_MM - 60.0)
    canvas.slab("aluminium", 1.2, x0 + kind.front_mm, x1 - 60.0, top - 78.0, 100.0, OUTER_WIDTH_MM - 100.0)
    canvas.slab("polyethylene", 75.0 * FOAM_SHARE, x0 + 400.0, x1 - 60.0, top - 40.0, 60.0, OUTER_WIDTH_MM - 60.0)
    spacing = float(rng.uniform(900.0, 1250.0))
    for x in np.arange(x0 + 800.0, x1 - 350.0, spacing):
        at = float(x) + float(rng.normal(0.0, 40.0))
        canvas.crease("aluminium", float(rng.uniform(1.0, 2.5)), at, 55.0, top - 40.0, 100.0, OUTER_WIDTH_MM - 100.0)
        for edge in (0.0, 50.0):
            canvas.crease("steel", 0.8, at + edge, 8.0, top - 40.0, 100.0, OUTER_WIDTH_MM - 100.0)
    for depth in (60.0, OUTER_WIDTH_MM - 360.0):  # doubling plates at the corners
        for x, wide in ((x0 + 100.0, 280.0), (x1 - 390.0, 280.0)):
            canvas.slab("steel", 3.0, x, x + wide, kind.height_mm - 4.0, depth, depth + 300.0)
    canvas.slab("steel", 1.6, x1 - 420.0, x1 - 100.0, top - 30.0, 60.0, OUTER_WIDTH_MM - 60.0)


def _floor(canvas: Canvas, kind: ContainerType, x0: float, pitch: float, rng: np.random.Generator) -> None:
    """T bars along the length, foam, the lower sheet that sags between the cross members, and these."""
    a, b, top = x0 + kind.front_mm - 60.0, x0 + kind.length_mm - 60.0, kind.floor_mm
    for z in np.arange(110.0, OUTER_WIDTH_MM - 100.0, 63.5):
        canvas.bar("aluminium", 27.0, a, b, top - 5.0, top, float(z))
        canvas.bar("aluminium", 3.5, a, b, top - T_BAR_MM, top - 5.0, float(z))
    canvas.slab("aluminium", 3.0, a, b, top - T_BAR_MM, 90.0, OUTER_WIDTH_MM - 90.0)
    canvas.slab("polyethylene", 65.0 * FOAM_SHARE, a, b, top - 100.0, 90.0, OUTER_WIDTH_MM - 90.0)
    canvas.slab("steel", 1.2, a, b, 140.0, 90.0, OUTER_WIDTH_MM - 90.0)
    start = x0 + 400.0
    if kind.gooseneck:
        start = x0 + float(rng.uniform(3150.0, 3500.0))
        tunnel(canvas, x0, start - x0, 60.0, OUTER_WIDTH_MM - 60.0)
    for k, x in enumerate(np.arange(start + 150.0, b - 100.0, pitch)):
        cross_member(canvas, float(x), 12.0, 132.0, 60.0, OUTER_WIDTH_MM - 60.0)
        if k % 2 == 0:
            canvas.web("steel", 5.0, float(x) + 60.0, 12.0, 132.0, 60.0, OUTER_WIDTH_MM - 60.0)
    _sagging_sheet(canvas, (start + 180.0, b - 100.0), pitch, 85.0, rng)


def _sagging_sheet(
    canvas: Canvas, span: tuple[float, float], pitch: float, height: float, rng: np.random.Generator
) -> None:
    """The sheet that closes the floor's side between the cross members: a row of shallow arches along the near side."""
    x = np.arange(span[0], span[1], 25.0)
    if not x.size:
        return
    wave = float(rng.uniform(30.0, 55.0)) * np.sqrt(np.abs(np.sin(np.pi * (x - span[0]) / pitch)))
    xs = np.concatenate([x, x[::-1]])
    hs = np.concatenate([height + wave, np.full(x.size, 0.0)])
    canvas.outline("steel", float(rng.uniform(5.0, 9.0)), xs, hs, 70.0)


def _rear(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """Insulated doors in a heavy frame: two skins and 80 mm of foam, edge-on."""
    x1, top = x0 + kind.length_mm, kind.height_mm - 110.0
    doors(canvas, kind, x0, rng)
    for a, mm in ((92.0, 0.9), (24.0, 0.9)):
        canvas.end_wall("aluminium", mm, x1 - a, x1 - a + 8.0, 150.0, top, 90.0, OUTER_WIDTH_MM - 90.0)
    canvas.end_wall("polyethylene", 75.0 * FOAM_SHARE, x1 - 92.0, x1 - 16.0, 150.0, top, 90.0, OUTER_WIDTH_MM - 90.0)
    for depth in (80.0, OUTER_WIDTH_MM - 80.0):
        canvas.bar("steel", 26.0, x1 - 210.0, x1 - 90.0, 110.0, top, depth)
        canvas.bar("steel", 2.0, x1 - 320.0, x1 - 210.0, 150.0, top, depth)
