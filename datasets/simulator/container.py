"""ISO containers on the canvas: each family draws itself, and one box goes around any of them."""

from collections.abc import Callable

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_dry import draw_dry
from scantally.datasets.simulator.container_kinds import (
    CONTAINERS,
    END_MM,
    FLOOR_MM,
    OUTER_WIDTH_MM,
    ContainerType,
    Span,
    carried,
    cavities,
)
from scantally.datasets.simulator.container_open import draw_flat_rack, draw_open_top
from scantally.datasets.simulator.container_reefer import draw_reefer
from scantally.datasets.simulator.container_tank import draw_tank
from scantally.datasets.simulator.container_turned import TurnedCanvas
from scantally.detector.types import Box

__all__ = [
    "CONTAINERS",
    "END_MM",
    "FLOOR_MM",
    "OUTER_WIDTH_MM",
    "ContainerType",
    "Span",
    "carried",
    "cavities",
    "container_box",
    "draw_container",
]

FAMILIES: dict[str, Callable[[Canvas, ContainerType, float, np.random.Generator], None]] = {
    "dry": draw_dry,
    "open_top": draw_open_top,
    "reefer": draw_reefer,
    "flat_rack": draw_flat_rack,
    "tank": draw_tank,
}
"""Who draws which family of containers."""


def draw_container(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> Box:
    """Draw a container whose front stands at x0 (mm), and return its box in the canvas's pixels."""
    if kind.turned:
        FAMILIES[kind.family](TurnedCanvas(canvas, x0, x0 + kind.length_mm), kind.turn(), x0, rng)
    else:
        FAMILIES[kind.family](canvas, kind, x0, rng)
    return container_box(canvas, kind, x0)


def container_box(canvas: Canvas, kind: ContainerType, x0: float) -> Box:
    """The box around a container, near and far side together."""
    view = canvas.view
    left = min(view.column(x0), view.column(x0, OUTER_WIDTH_MM))
    right = max(view.column(x0 + kind.length_mm + 15.0), view.column(x0 + kind.length_mm, OUTER_WIDTH_MM))
    return (left, view.row(kind.height_mm), right, view.row(0.0, OUTER_WIDTH_MM))
