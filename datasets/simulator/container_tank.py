"""Tank containers: the frame around the vessel, which is a load of its own.

The frame is that of ISO 1496-3; thicknesses of its parts are assumed.
"""

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM, ContainerType
from scantally.datasets.simulator.container_parts import corners


def draw_tank(canvas: Canvas, kind: ContainerType, x0: float, _rng: np.random.Generator) -> None:
    """Posts, rails, struts, saddles and the walkway of a tank container."""
    _frame(canvas, kind, x0)
    corners(canvas, kind, x0)


def _frame(canvas: Canvas, kind: ContainerType, x0: float) -> None:
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
