"""Tanks: vessels lying along the container, their liquid, rings, manholes and valves."""

from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.loads_round import STEEL, liquid
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Frame, Window, chord
from scantally.datasets.simulator.shapes_depth import Roll, between, even_cuts, round_rows, upright
from scantally.detector.types import FloatArray


def tank(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Horizontal vessels with dished ends on saddles, with a liquid up to a level (tank containers: ISO 1496-3)."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    vessels = 2 if canvas.width > 9500 and rng.random() < 0.6 else 1
    length = canvas.width / vessels
    high = min(canvas.height, frame.depth) * rng.uniform(0.80, 0.97)
    material, density = liquid(rng)
    fill = rng.choice([0.0, rng.uniform(0.1, 0.8), rng.uniform(0.8, 0.97)], p=[0.2, 0.2, 0.6])
    for i in range(vessels):
        start = i * length + length * 0.02
        _vessel(rng, canvas, (start, length * 0.96, high / 2), frame.depth, (material, density, float(fill)))
    return canvas


def _vessel(
    rng: np.random.Generator,
    canvas: Canvas,
    place: tuple[float, float, float],
    depth: float,
    content: tuple[str, float, float],
) -> None:
    """Shell, dished ends and liquid, in slices by depth so that a fan beam sees the round outline."""
    material, density, fill = content
    start, length, radius = place
    centre = radius + (canvas.height - 2 * radius) * rng.uniform(0.1, 0.6)
    shell = rng.uniform(4.0, 7.0)  # mm: portable tanks need 5 to 6 mm of mild steel (IMDG Code 6.7.2.4)
    where = canvas.window(start, start + length, centre - radius, centre + radius)
    y = where.y_H1 - np.float32(centre)
    dish = radius * rng.uniform(0.35, 0.5)  # 2:1 elliptical (EN 13445-3) and flatter heads
    outer = _revolved(where, start, length, radius, dish)
    ends = _revolved(where, start + shell, length - 2 * shell, radius - shell, dish)
    level = np.clip((fill * 2 * radius - radius - y) / canvas.pitch + 0.5, 0, 1)
    halves = [
        chord(y, r) * np.float32(0.5) for r in (outer, ends)
    ]  # how far each surface reaches from the middle plane
    for k in range(TANK_SLICES):
        low, high = (2 * radius * v / TANK_SLICES - radius for v in (k, k + 1))
        canvas.turn_to(*((0.5 + v / depth) for v in (low, high)))
        body, inside = (between(h, low, high) for h in halves)
        canvas.add("steel", where, (body - inside) * np.float32(STEEL / MM_PER_CM))
        canvas.add(material, where, inside * level * np.float32(density / MM_PER_CM))
    canvas.turn_to(0.4, 0.6)
    _fittings(rng, canvas, place, centre, depth)


TANK_SLICES = 6


def _revolved(where: Window, start: float, length: float, radius: float, dish: float) -> FloatArray:
    """Radius along x of a vessel with elliptical ends, (1, w)."""
    inset = np.clip(np.minimum(where.x_1W - start, start + length - where.x_1W) / dish, 0, 1)
    along: FloatArray = (radius * np.sqrt(1 - np.square(1 - inset))).astype(np.float32)
    return along


def _fittings(
    rng: np.random.Generator, canvas: Canvas, place: tuple[float, float, float], centre: float, depth: float
) -> None:
    """Stiffening rings, saddles, a manhole, valves and a walkway."""
    start, length, radius = place
    for share in np.linspace(0.2, 0.8, int(rng.integers(2, 6))):
        x = start + share * length
        where = canvas.window(x, x + 40, centre - radius, centre + radius)
        ring = chord(where.y_H1 - np.float32(centre), radius) - chord(where.y_H1 - np.float32(centre), radius - 30)
        canvas.add("steel", where, ring * np.ones_like(where.x_1W) * np.float32(0.35 * STEEL / MM_PER_CM))
    for share in (rng.uniform(0.12, 0.22), rng.uniform(0.75, 0.88)):
        canvas.box(
            "steel", (start + share * length, start + share * length + 200, 0, max(centre - radius, 0) + 180), 6.0
        )
    top = centre + radius
    canvas.box("aluminium", (start + 0.05 * length, start + 0.95 * length, top + 20, top + 45), 1.5)
    _manholes(rng, canvas, (start, length, top), depth)


def _manholes(rng: np.random.Generator, canvas: Canvas, place: tuple[float, float, float], depth: float) -> None:
    """A manhole of 500 mm (IMDG Code 6.7) with its neck, flange and lid, and pipes and valves: rings that the fan sees as ellipses."""
    start, length, top = place
    row = round_rows(1, depth, MANHOLE_MM)[0]
    rings = replace(row, cuts=even_cuts(depth / 2, MANHOLE_MM / 2, depth, MANHOLE_SLICES))
    x = start + length * float(rng.uniform(0.35, 0.65))
    half = MANHOLE_MM / 2
    for outer, inner, low, high in (
        (half - 45, half - 53, -15.0, 80.0),
        (half, half - 53, 60.0, 85.0),
        (half - 20, 0.0, 85.0, 93.0),
    ):
        upright(
            canvas,
            Roll(material="steel", density=STEEL, radius=outer, inner=inner, length=high - low),
            x,
            top + low,
            rings,
        )
    for side in rng.choice([-1.0, 1.0], int(rng.integers(1, 4))):
        at = x + side * max(float(rng.uniform(0.08, 0.3)) * length, 450.0)
        radius = float(rng.uniform(50, 90))
        pipe = Roll(
            material="steel", density=STEEL, radius=radius, inner=radius * 0.75, length=float(rng.uniform(90, 130))
        )
        upright(canvas, pipe, at, top - 15.0, rings)


MANHOLE_MM = 620.0
"""Over the flange of a manhole of 500 mm (assumed)."""

MANHOLE_SLICES = 6
