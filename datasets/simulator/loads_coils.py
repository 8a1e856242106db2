"""Coils of steel and other metals: lying in cradles, axis across or along, or standing on skids.

Coils in containers: 4 t of 0.84 m and 1.26 m wide to 24 t of 1.66 m and 1.84 m wide, on timber of 10 x 10 cm, three or more of at most 32 %
of the payload (GDV, Container Handbook, packing of steel coils, sections 2.3, 6.1 and 6.5). Bores of 508 and 610 mm (20 and 24 in) and
narrower ones are those of the trade. Lashing and cradles follow the CTU Code (IMO/ILO/UNECE 2014), annex 7.
"""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import MM_PER_CM, WHOLE, Canvas, Depths, Frame
from scantally.datasets.simulator.shapes_depth import Roll, crosswise, lengthwise, round_rows, rows_of, upright
from scantally.datasets.simulator.shapes_solids import draw_solids, prism

BED = 60.0  # mm of squared timber under a coil: assumed
PAYLOAD_KG = (12000.0, 25500.0)  # coils fill a container by mass, not by room


@dataclass(frozen=True, kw_only=True, slots=True)
class Metal:
    """What is coiled: g/cm3 as wound, bore diameters in mm."""

    material: str
    density: tuple[float, float]
    bores: tuple[float, ...]


# Solid densities (CRC Handbook) less 1 to 4 % of air between the laps (the Container Handbook reckons 7.6 for steel); wire rod is wound
# loosely: assumed a third to a half of the room.
METALS = (
    Metal(material="steel", density=(7.5, 7.8), bores=(508.0, 610.0)),
    Metal(material="steel", density=(7.5, 7.8), bores=(305.0, 406.0, 508.0)),
    Metal(material="steel", density=(2.2, 4.0), bores=(600.0, 850.0)),
    Metal(material="aluminium", density=(2.55, 2.68), bores=(405.0, 508.0)),
    Metal(material="brass", density=(7.9, 8.4), bores=(300.0, 400.0, 508.0)),
)


def coils(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Coils spread over the length so that floor and axles bear them; every coil is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    metal = METALS[int(rng.integers(len(METALS)))]
    room = min(canvas.height - BED - 10, canvas.width, frame.depth)
    bore = min(float(rng.choice(metal.bores)), room * 0.5)
    roll = Roll(
        material=metal.material,
        density=float(rng.uniform(*metal.density)),
        radius=min(max(bore * rng.uniform(1.3, 2.5), 420.0), room) / 2,
        inner=bore / 2,
        length=float(rng.uniform(80, 420) if rng.random() < 0.5 else rng.uniform(420, 1500)),
    )
    form = str(rng.choice(["across", "along", "upright"], p=[0.45, 0.2, 0.35]))
    {"across": _across, "along": _along, "upright": _standing}[form](rng, canvas, frame, roll)
    return canvas


def _mass(roll: Roll) -> float:
    """Kilograms of one coil."""
    return float(np.pi * (roll.radius**2 - roll.inner**2) * roll.length * roll.density / 1e6)


def _places(rng: np.random.Generator, width: float, one: float, most: int) -> list[float]:
    """Left edges of groups spread evenly from the front, or close to each other."""
    count = max(1, min(int(width // (one + 40)), most))
    if count * one > width:
        return []
    step = (width - one) / max(count - 1, 1) if rng.random() < 0.4 and count > 1 else one + rng.uniform(20, 40)
    step = min(step, (width - one) / max(count - 1, 1))
    start = (width - step * (count - 1) - one) * (0.5 if rng.random() < 0.6 else float(rng.random()))
    return [start + i * step for i in range(count)]


def _shrunk(roll: Roll, length: float) -> Roll:
    """The same coil not wider than the room."""
    return Roll(
        material=roll.material,
        density=roll.density,
        radius=roll.radius,
        inner=roll.inner,
        length=min(roll.length, length),
    )


def _across(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Axis along the beam: black rings, one to four beside each other in depth."""
    roll = _shrunk(roll, frame.depth * 0.95)
    behind = max(1, min(int(frame.depth // (roll.length + 60)), 4, int(rng.integers(1, 5))))
    most = max(1, int(rng.uniform(*PAYLOAD_KG) / (_mass(roll) * behind)))
    rows = rows_of(behind, frame.depth, roll.length)
    for left in _places(rng, canvas.width, 2 * roll.radius, most):
        x = left + roll.radius
        _cradle(canvas, x, roll.radius, rows)
        for depths in rows:
            crosswise(canvas, roll, x, BED, depths)
            canvas.mark("coil", (left, left + 2 * roll.radius, BED, BED + 2 * roll.radius))
            _straps(canvas, roll, x)


def _cradle(canvas: Canvas, x: float, radius: float, rows: list[Depths]) -> None:
    """Bearers under the coils and wedges at both sides of them."""
    near, far = rows[0][0], rows[-1][1]
    canvas.turn_to(near, far)
    areal = PINE * 0.5 * 2000.0 * (far - near) / MM_PER_CM  # two bearers of which half the depth is timber
    canvas.box("cellulose", (max(x - 0.9 * radius, 0), x + 0.9 * radius, 0, BED), areal)
    for side in (-1, 1):
        foot, edge = x + side * 0.35 * radius, x + side * 0.85 * radius
        outline = [(foot, BED), (edge, BED), (edge, BED + 0.42 * radius)]
        draw_solids(canvas, [prism("cellulose", PINE * 0.6, outline, (0, 2000.0 * (far - near)))], fine=1)


def _straps(canvas: Canvas, roll: Roll, x: float) -> None:
    """Steel bands through the eye, 32 x 0.8 mm (EN 13246)."""
    for share in (-0.5, 0.5):
        at = x + share * (roll.inner + roll.radius) / 2
        canvas.box("steel", (at, at + 32, BED + roll.radius, BED + roll.radius * 1.6), 0.6)


def _along(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Axis along the container: rectangles whose upper and lower edges are round in depth."""
    roll = _shrunk(roll, canvas.width * 0.9)
    behind = max(1, min(int(frame.depth // (2 * roll.radius + 50)), 2))
    most = max(1, int(rng.uniform(*PAYLOAD_KG) / (_mass(roll) * behind)))
    rows = round_rows(behind, frame.depth, 2 * roll.radius)
    for left in _places(rng, canvas.width, roll.length, most):
        for row in rows:
            canvas.turn_to(*row.depths)
            canvas.box("cellulose", (left, left + roll.length, 0, BED), PINE * 200 / MM_PER_CM)
            for wedge in (0.1, 0.8):
                span = (left + wedge * roll.length, left + (wedge + 0.1) * roll.length, BED, BED + 0.3 * roll.radius)
                canvas.box("cellulose", span, PINE * roll.radius * 0.6 / MM_PER_CM)
            lengthwise(canvas, roll, left, BED, row)
            canvas.turn_to(*row.depths)
            canvas.mark("coil", (left, left + roll.length, BED, BED + 2 * roll.radius))


def _standing(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Eye to the sky, one or more on a skid with timber between them; narrow coils make flat black drums."""
    levels = max(1, min(int((canvas.height - 20) // (roll.length + BED)), int(rng.integers(1, 5))))
    roll = _shrunk(roll, (canvas.height - 20) / levels - BED)
    behind = max(1, int(frame.depth // (2 * roll.radius + 20)))
    most = max(1, int(rng.uniform(*PAYLOAD_KG) / (_mass(roll) * behind * levels)))
    for left in _places(rng, canvas.width, 2 * roll.radius, most):
        for row in round_rows(behind, frame.depth, 2 * roll.radius):
            for j in range(levels - int(rng.random() < 0.2 and levels > 1)):
                y = j * (roll.length + BED)
                canvas.turn_to(*row.depths)
                for share in (0.1, 0.8, 1.5):
                    span = (left + share * roll.radius, left + (share + 0.35) * roll.radius, y, y + BED)
                    canvas.box("cellulose", span, PINE * 1.6 * roll.radius / MM_PER_CM)
                canvas.mark("coil", (left, left + 2 * roll.radius, y + BED, y + BED + roll.length))
                upright(canvas, roll, left + roll.radius, y + BED, row)
    canvas.turn_to(*WHOLE)
