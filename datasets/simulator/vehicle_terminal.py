"""Terminal trailers: a flat frame with fins at both ends and guides at its sides, between which containers are set down.

No standard gives their sizes; they were taken from real scans of two looks, with the heights of the container's own parts as the
scale (datasets/labels/ajna_notes.md). Heights are over the container's underside.
"""

from collections.abc import Sequence

import numpy as np

from scantally.datasets.simulator.canvas import Canvas

SIDES = (-40.0, 2478.0)
"""Depths of the guides: just outside the container's faces."""

FRAME_TOP, FRAME_FOOT, BEAM_FOOT = -105.0, -390.0, -600.0


def draw_terminal_frame(canvas: Canvas, x0: float, x1: float, rng: np.random.Generator) -> None:
    """The frame from x0 to x1 (mm): side channels, main beams that rise to the neck, cross members, fins, ladders."""
    neck = x0 + float(rng.uniform(1700.0, 2600.0))
    foot = BEAM_FOOT * float(rng.uniform(0.85, 1.1))
    for depth in (60.0, 2378.0):
        canvas.bar("steel", 6.0, x0, x1, FRAME_FOOT, FRAME_TOP, depth)
        canvas.bar("steel", 75.0, x0, x1, FRAME_TOP - 38.0, FRAME_TOP, depth)
        canvas.bar("steel", 75.0, x0, x1, FRAME_FOOT, FRAME_FOOT + 32.0, depth)
    for depth in (770.0, 1670.0):
        canvas.bar("steel", 8.0, neck + 900.0, x1, foot, -150.0, depth)
        canvas.bar("steel", 8.0, x0, neck + 900.0, -420.0, -150.0, depth)
        canvas.strut("steel", 70.0, x0, -430.0, neck, -440.0, 26.0, depth)
        canvas.strut("steel", 70.0, neck, -440.0, neck + 900.0, foot, 26.0, depth)
        canvas.strut("steel", 80.0, neck + 900.0, foot, x1, foot, 28.0, depth)
    for x in np.arange(neck + 600.0, x1 - 300.0, float(rng.uniform(1000.0, 1500.0))):
        canvas.web("steel", 7.0, float(x), -380.0, -130.0, 100.0, 2340.0)
    canvas.bar(
        "steel", 26.0, x0 + 30.0, x0 + float(rng.uniform(900.0, 1700.0)), -450.0, -170.0, 1219.0
    )  # coupling plate
    _ends(canvas, x0, x1, rng)
    _underneath(canvas, neck, x1, rng)


def _ends(canvas: Canvas, x0: float, x1: float, rng: np.random.Generator) -> None:
    """Fins that catch a container that is set down too far to the front or the rear, and lamps."""
    high = float(rng.uniform(90.0, 280.0))
    for depth in (150.0, 2290.0):
        for x, lean in ((x0, -1.0), (x1, 1.0)):
            xs = x + lean * np.array([-60.0, 130.0, 170.0, 120.0, -60.0])
            canvas.outline("steel", 45.0, xs, np.array([FRAME_FOOT, -330.0, high, high - 30.0, -180.0]), depth)
    canvas.bar("glass", 60.0, x1 + 60.0, x1 + 130.0, -260.0, -190.0, 300.0)
    if rng.random() < 0.6:  # a platform of expanded metal behind the last container
        canvas.bar("steel", 9.0, x1 - float(rng.uniform(500.0, 1000.0)), x1, -330.0, -150.0, 1219.0)


def _underneath(canvas: Canvas, neck: float, x1: float, rng: np.random.Generator) -> None:
    """Air vessel, ladders, twist-lock gear and braces between the legs and the wheels."""
    span = (neck + 1500.0, max(x1 - 3800.0, neck + 2000.0))
    at = float(rng.uniform(*span))
    canvas.bar("steel", 9.0, at, at + float(rng.uniform(600.0, 1000.0)), -430.0, -240.0, 1219.0)
    for x in rng.uniform(span[0], x1 - 300.0, int(rng.integers(1, 4))):  # ladders of angle iron
        for side in (0.0, 480.0):
            canvas.bar("steel", 14.0, float(x) + side, float(x) + side + 22.0, -1300.0, -560.0, 120.0)
        canvas.bar("steel", 14.0, float(x), float(x) + 500.0, -880.0, -860.0, 120.0)
    for x in rng.uniform(neck, x1 - 300.0, int(rng.integers(2, 7))):  # locks and their levers
        h = float(rng.uniform(-330.0, -200.0))
        for k in range(3):
            canvas.bar(
                "steel", 35.0, float(x) + 40.0 * k, float(x) + 40.0 * k + 90.0, h - 45.0 * k, h - 45.0 * k + 60.0, 200.0
            )
    canvas.strut("steel", 30.0, x1 - 60.0, -1300.0, x1 - 480.0, -560.0, 110.0, 300.0)
    canvas.bar("steel", 20.0, x1 - 90.0, x1 - 30.0, -1300.0, -390.0, 300.0)


def draw_guides(canvas: Canvas, boxes: Sequence[tuple[float, float]], rng: np.random.Generator) -> None:
    """Guides beside containers that reach over ``boxes`` (x from, x to): long ones, or short ones with a gap between them."""
    draw = _long if rng.random() < 0.6 else (_panel if rng.random() < 0.5 else _legged)
    high, mm = float(rng.uniform(320.0, 520.0)), float(rng.uniform(17.0, 27.0))
    drop = float(rng.uniform(0.0, 180.0)) * float(rng.random() < 0.6)  # the far side's guides may be lower
    for left, right in boxes:
        for x0, x1 in _places(left, right, rng, long=draw is _long):
            for depth in SIDES:
                draw(canvas, (x0, x1), high - (drop if depth > 0.0 else 0.0), mm, depth)


def _places(left: float, right: float, rng: np.random.Generator, *, long: bool) -> list[tuple[float, float]]:
    """Where guides stand along a container."""
    length = right - left
    if long:
        edges = (float(rng.uniform(0.1, 0.22)), float(rng.uniform(0.8, 0.9)))
        whole = (left + edges[0] * length, left + edges[1] * length)
        if length < 9000.0 or rng.random() < 0.3:
            return [whole]
        middle = left + 0.5 * length
        gap = float(rng.uniform(400.0, 1100.0))
        return [(whole[0], middle - gap), (middle + gap, whole[1])]
    wide = float(rng.uniform(700.0, 900.0))
    starts = np.linspace(left + 0.1 * length, right - 0.1 * length - wide, 4 if length > 9000.0 else 2)
    return [(float(x), float(x) + wide) for x in starts + rng.normal(0.0, 60.0, starts.size)]


def _long(canvas: Canvas, span: tuple[float, float], high: float, mm: float, depth: float) -> None:
    """A boxed plate with a top rail, a lower rail, uprights at uneven places and feet down to the frame."""
    x0, x1 = span
    canvas.bar("steel", mm, x0, x1, FRAME_FOOT, high, depth)
    canvas.bar("steel", 0.7 * mm, x0, x1, high - 42.0, high, depth)
    canvas.bar("steel", 40.0, x0, x1, high - 28.0, high - 20.0, depth)
    canvas.bar("steel", 1.6 * mm, x0, x1, -65.0, -16.0, depth)
    for share in (0.0, 0.045, 0.19, 0.42, 0.47, 0.71, 0.955, 1.0):
        at = x0 + share * (x1 - x0 - 14.0)
        canvas.bar("steel", 34.0, at, at + 14.0, FRAME_FOOT - 30.0, high, depth)
    for share in (0.42, 0.95):
        at = x0 + share * (x1 - x0)
        canvas.bar("steel", 45.0, at, at + 0.05 * (x1 - x0), -560.0, FRAME_TOP, depth)


def _panel(canvas: Canvas, span: tuple[float, float], high: float, mm: float, depth: float) -> None:
    """A short tall plate of three panels."""
    x0, x1 = span
    canvas.bar("steel", 0.5 * mm, x0, x1, FRAME_FOOT - 40.0, high, depth)
    third = (x1 - x0) / 3.0
    canvas.bar("steel", 0.35 * mm, x0 + 1.2 * third, x0 + 1.8 * third, FRAME_FOOT - 40.0, high, depth)
    for at in (x0, x0 + third, x0 + 2.0 * third, x1 - 20.0):
        canvas.bar("steel", 16.0, at, at + 20.0, FRAME_FOOT - 40.0, high, depth)
    canvas.bar("steel", 20.0, x0, x1, high - 14.0, high, depth)
    for at in (x0 - 25.0, x1 - 15.0):
        canvas.bar("steel", 60.0, at, at + 40.0, -560.0, FRAME_FOOT + 60.0, depth)


def _legged(canvas: Canvas, span: tuple[float, float], high: float, mm: float, depth: float) -> None:
    """A short plate, half as high, on two legs with a gap between them."""
    x0, x1 = span
    canvas.bar("steel", 0.6 * mm, x0, x1, -40.0, 0.75 * high, depth)
    canvas.bar("steel", 14.0, x0, x1, 0.75 * high - 40.0, 0.75 * high - 28.0, depth)
    for at in (x0, x1 - 0.24 * (x1 - x0)):
        canvas.bar("steel", 40.0, at, at + 0.24 * (x1 - x0), -430.0, -30.0, depth)
