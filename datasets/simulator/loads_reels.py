"""Reels: paper, board, film and cloth on cores, standing or lying, and cable on wooden drums."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.shapes import Canvas, Depths, Frame
from scantally.datasets.simulator.shapes_depth import Roll, Row, crosswise, lengthwise, round_rows, rows_of, upright


@dataclass(frozen=True, kw_only=True, slots=True)
class Wound:
    """What is wound: g/cm3 as wound, diameters and lengths (widths of the web) in mm, core's bore."""

    material: str
    density: tuple[float, float]
    diameter: tuple[float, float]
    length: tuple[float, float]
    bore: float


# Paper: newsprint in reels of about 0.92 or 1 m and 0.8 to 1.6 m long, kraftliner 1.2 to 2 m long (handybulk.com), reels of up to 3 m and
# 4.5 t (GDV, Container Handbook, 19.3). Apparent densities: newsprint 0.61 to 0.78 g/cm3, linerboard about 0.7, coated paper 1.1 to 1.2,
# tissue 0.25 to 0.50, widened. Cores, film (polypropylene 0.9 less air), nonwovens, cloth and carpet: assumed.
WOUND = (
    Wound(material="cellulose", density=(0.60, 0.72), diameter=(1000, 1270), length=(700, 1500), bore=76.0),
    Wound(material="cellulose", density=(0.65, 0.85), diameter=(1100, 1350), length=(800, 2300), bore=102.0),
    Wound(material="cellulose", density=(0.85, 1.20), diameter=(800, 1150), length=(400, 1300), bore=76.0),
    Wound(material="polyethylene", density=(0.82, 0.93), diameter=(400, 900), length=(500, 1800), bore=152.0),
    Wound(material="polyethylene", density=(0.08, 0.25), diameter=(600, 1150), length=(800, 2100), bore=76.0),
    Wound(material="textile", density=(0.20, 0.48), diameter=(260, 600), length=(1100, 2000), bore=50.0),
)
CABLE = ("brass", (1.6, 3.4))  # copper with its insulation as wound, drawn as brass: assumed


def reels(rng: np.random.Generator, frame: Frame) -> Canvas:
    """Reels of one make; every reel is counted and boxed."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    form = str(rng.choice(["upright", "along", "across", "cable"], p=[0.55, 0.14, 0.16, 0.15]))
    if form == "cable":
        _cable(rng, canvas, frame)
        return canvas
    made = WOUND[int(rng.integers(len(WOUND)))]
    room = {"upright": min(canvas.width, frame.depth), "along": min(canvas.height, frame.depth)}
    diameter = min(float(rng.uniform(*made.diameter)), room.get(form, min(canvas.width, canvas.height)))
    roll = Roll(
        material=made.material,
        density=float(rng.uniform(*made.density)),
        radius=diameter / 2,
        inner=min(made.bore, diameter / 2) / 2,
        length=float(rng.uniform(*made.length)),
    )
    {"upright": _upright, "along": _along, "across": _across}[form](rng, canvas, frame, roll)
    return canvas


def _upright(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Columns of reels that stand on each other, rows of them in depth."""
    levels = max(1, int(canvas.height // roll.length))
    levels = levels if frame.full or rng.random() < 0.7 else int(rng.integers(1, levels + 1))
    roll = replace(roll, length=min(roll.length, canvas.height / levels))
    across = max(1, int(frame.depth // (2 * roll.radius)))
    step = 2 * roll.radius * rng.uniform(1.005, 1.04)
    columns = max(1, int((canvas.width - 2 * roll.radius) // step) + 1)
    for k, row in enumerate(round_rows(across, frame.depth, 2 * roll.radius)):
        for i in range(columns - int(rng.random() < 0.15 and columns > 2)):
            x = i * step + roll.radius + rng.uniform(0, 3) * (k % 2)
            for j in range(levels - int(rng.random() < 0.08 and levels > 1)):
                one = replace(roll, density=roll.density * rng.uniform(0.97, 1.03))
                _mark(canvas, row, (x - roll.radius, x + roll.radius, j * roll.length, (j + 1) * roll.length))
                upright(canvas, one, x, j * roll.length, row)


def _along(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Lying with the axis along the container, on each other in straight piles."""
    roll = replace(roll, length=min(roll.length, canvas.width))
    across = max(1, int(frame.depth // (2 * roll.radius)))
    levels = max(1, int(canvas.height * rng.uniform(0.5, 1.0) // (2 * roll.radius)))
    step = roll.length + rng.uniform(10, 60)
    columns = max(1, int((canvas.width - roll.length) // step) + 1)
    for row in round_rows(across, frame.depth, 2 * roll.radius):
        for i in range(columns):
            for j in range(levels - int(rng.random() < 0.15 and levels > 1)):
                x, y = i * step, j * 2 * roll.radius
                _mark(canvas, row, (x, x + roll.length, y, y + 2 * roll.radius))
                lengthwise(canvas, roll, x, y, row)


def _mark(canvas: Canvas, row: Row, span: tuple[float, float, float, float]) -> None:
    canvas.turn_to(*row.depths)
    canvas.mark("reel", span)


def _across(rng: np.random.Generator, canvas: Canvas, frame: Frame, roll: Roll) -> None:
    """Lying with the axis across: discs, in the grooves of those below like logs."""
    behind = max(1, int(frame.depth // roll.length))
    roll = replace(roll, length=min(roll.length, frame.depth))
    step = 2 * roll.radius * 1.01
    columns = max(1, int(canvas.width // step))
    for depths in rows_of(behind, frame.depth, roll.length):
        _groove_pile(rng, canvas, roll, (columns, step), depths)


def _groove_pile(rng: np.random.Generator, canvas: Canvas, roll: Roll, line: tuple[int, float], depths: Depths) -> None:
    """Each layer lies in the grooves of the one below, one reel shorter."""
    columns, step = line
    up = float(np.sqrt(max(4 * roll.radius**2 - (step / 2) ** 2, 0)))
    most = int((canvas.height - 2 * roll.radius) // up) + 1
    levels = min(most, columns, int(rng.integers(1, max(most, 1) + 1)))
    for j in range(levels):
        for i in range(columns - j):
            x, y = (i + 0.5 + j / 2) * step, j * up
            crosswise(canvas, roll, x, y, depths)
            canvas.mark("reel", (x - roll.radius, x + roll.radius, y, y + 2 * roll.radius))


def _cable(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> None:
    """Wooden drums of cable with the axis across (flanges of 600 to 2,200 mm, NF C 33-200 and DIN 46391), standing on the flanges."""
    radius = min(rng.uniform(600, 2100), canvas.height, canvas.width) / 2
    long = min(rng.uniform(0.45, 0.8) * 2 * radius, frame.depth * 0.95)
    behind = max(1, int(frame.depth // (long + 40)))
    wound = radius * rng.uniform(0.6, 0.92)
    material, density = CABLE[0], float(rng.uniform(*CABLE[1]))
    flange = Roll(material="cellulose", density=PINE, radius=radius, inner=40.0, length=0.16 * long)
    barrel = Roll(material="cellulose", density=PINE, radius=radius * 0.42, inner=radius * 0.36, length=0.84 * long)
    cable = Roll(material=material, density=density, radius=wound, inner=radius * 0.42, length=0.84 * long)
    step = 2 * radius + rng.uniform(10, 250)
    places = np.arange(max(1, int((canvas.width - 2 * radius) // step) + 1)) * step + radius
    for depths in rows_of(behind, frame.depth, long):
        for x in places:
            for roll in (flange, barrel, cable):
                crosswise(canvas, roll, float(x), radius - roll.radius, depths)
            canvas.mark("reel", (float(x) - radius, float(x) + radius, 0.0, 2 * radius))
            canvas.box("cellulose", (float(x) + 0.55 * radius, float(x) + 0.7 * radius, 0, 90), PINE * long / 20)
