"""Gas cylinders, standing or lying."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.objects_common import SPACE, NoRoomError, Order, finished, posed, row_depths
from scantally.datasets.simulator.shapes import MM_PER_CM, WHOLE, Canvas
from scantally.datasets.simulator.shapes_solids import Matrix, Solid, Vector, ball, block, cylinder, rotation, tube
from scantally.datasets.simulator.sprite import Sprite

STEEL, BRASS = 7.85, 8.50  # g/cm3, CRC Handbook


@dataclass(frozen=True, kw_only=True, slots=True)
class Bottle:
    """A pressure vessel: lengths in mm, content in g/cm3 over its whole inside when full (gas) or as a liquid with a level."""

    diameter: tuple[float, float]
    height: tuple[float, float]  # of the shell, without the valve
    wall: tuple[float, float]
    content: str
    density: float
    liquid: bool


# Seamless steel (ISO 9809-1 sets how walls are reckoned, not sizes): 229 mm (9 in) wide, 1.37 to 1.5 m high, 47 to 63 kg empty, walls of 4.7
# to 7 mm (suppliers' data); 10 and 20 l in 140 and 204 mm: assumed. LPG (welded, EN 1442): widths, heights and walls assumed so that
# contents and tares of 11 and 33 kg bottles come out.
# Oxygen at 200 bar about 0.26 g/cm3, CO2 filled to 0.75 kg/l (EIGA), liquid propane 0.50 to 0.51 g/cm3 (NIST WebBook).
BOTTLES = (
    Bottle(diameter=(226, 232), height=(1420, 1520), wall=(5.2, 6.5), content="water", density=0.26, liquid=False),
    Bottle(diameter=(138, 142), height=(780, 960), wall=(3.6, 5.0), content="water", density=0.75, liquid=False),
    Bottle(diameter=(200, 207), height=(740, 950), wall=(4.8, 6.0), content="water", density=0.26, liquid=False),
    Bottle(diameter=(298, 322), height=(420, 560), wall=(2.2, 3.2), content="polyethylene", density=0.505, liquid=True),
    Bottle(
        diameter=(298, 380), height=(1050, 1250), wall=(2.5, 3.5), content="polyethylene", density=0.505, liquid=True
    ),
)
VARIETIES = ("50 l, 200 bar", "10 l, CO2", "20 l, 200 bar", "LPG 11 kg", "LPG 33 kg")
"""Names of the bottles, in their order."""


def gas_cylinder(order: Order) -> Sprite:
    """Standing or lying, one to nine, sometimes in a rack, full or empty."""
    rng, pitch = order.rng, order.pitch
    number = int(order.shape.integers(len(BOTTLES)))
    kind = BOTTLES[number]
    size = tuple(float(order.shape.uniform(*r)) for r in (kind.diameter, kind.height, kind.wall))
    n = 1 if rng.random() < 0.5 or order.close else int(rng.integers(2, 10))
    thick, long = size[0] + 10.0, size[1] + 150.0
    stands, lies = order.holds((thick, long, thick)), order.holds((long + 60.0, thick, thick))
    if not (stands or lies):
        raise NoRoomError(f"no gas cylinder of {size[0]:.0f} x {size[1]:.0f} mm fits {order.room}")
    lying = not stands or (lies and rng.random() < 0.4)
    stamps = [_bottle_stamp(rng, kind, (size[0], size[1], size[2]), pitch, lying=lying) for _ in range(min(n, 2))]
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    levels = min(int(rng.integers(1, 4)), max(1, int(order.room[1] // high))) if lying else 1
    step_x = wide * 1.02 if not lying else wide * 0.04
    columns = min(-(-n // levels), max(1, int((order.room[0] - wide - 80) / step_x) + 1))
    n = min(n, levels * columns)
    canvas = Canvas.of(wide + step_x * (columns - 1) + 80, high * levels + 60, pitch)
    for i in range(n):
        x, y = 30 + (i % columns) * step_x, (i // columns) * high
        canvas.turn_to(*(row_depths(i % columns, columns, size[0]) if lying else WHOLE))
        canvas.stamp(stamps[i % len(stamps)], x, y)
        canvas.mark("gas_cylinder", (x, x + wide, y, y + high))
    canvas.turn_to(*WHOLE)
    if n > 1 and not lying and rng.random() < 0.5:
        _rack(canvas)
    deep = size[0] * (columns if lying else 1)  # lying ones show their length and lie side by side along the beam
    return finished(order, canvas, "gas_cylinder", variety=VARIETIES[number], count=n, depth_mm=deep)


def _rack(canvas: Canvas) -> None:
    """A pallet cage of steel angles: base, posts, two rails."""
    w, h = canvas.width, canvas.height
    for span in ((0, w, 0, 40), (0, w, h * 0.45, h * 0.45 + 30), (0, w, h * 0.8, h * 0.8 + 30)):
        canvas.box("steel", span, 2 * 4 * STEEL / MM_PER_CM)
    for left in (0.0, w - 45):
        canvas.box("steel", (left, left + 45, 0, h * 0.85), 2 * 5 * STEEL / MM_PER_CM)


def _bottle_stamp(rng: np.random.Generator, kind: Bottle, size: Vector, pitch: float, *, lying: bool) -> Canvas:
    diameter, height, wall = size
    fill = float(rng.choice([0.0, rng.uniform(0.3, 0.85), 1.0]))
    solids = gas_bottle(kind, diameter, height, wall, fill, capped=bool(rng.random() < 0.6), lying=lying)
    # Lying bottles point slightly towards or away from the beam; standing ones lean a little.
    turn = rotation(np.pi / 2, rng.normal(0, 0.12), 0) if lying else rotation(rng.normal(0, 0.015), 0, 0)
    room = cylinder(SPACE, 1.0, (0, 0, 0), height, diameter / 2, "y")
    return posed([*solids, room], turn, pitch)


def gas_bottle(
    kind: Bottle, diameter: float, height: float, wall: float, fill: float, *, capped: bool, lying: bool
) -> list[Solid]:
    """Shell with round shoulder and foot, content, neck, brass valve, and cap or collar. y is the axis, from the foot."""
    r = diameter / 2
    dome = r * (0.55 if kind.liquid else 0.9)
    body = height - dome - wall * 2
    solids = [
        *tube("steel", STEEL, (0, wall * 2, 0), body, r, r - wall, "y"),
        *_dome("steel", STEEL, (height - dome), r, dome, wall),
        cylinder("steel", STEEL, (0, 0, 0), wall * 2, r * 0.92, "y"),
        *tube("steel", STEEL, (0, height - 6, 0), 28, 17, 12, "y"),
        cylinder("brass", BRASS * 0.8, (0, height + 12, 0), 75, 13, "y"),
        block("brass", BRASS * 0.7, (-8, height + 40, -8), (42, height + 62, 8)),
    ]
    if kind.liquid:
        solids += tube("steel", STEEL, (0, height - dome * 0.6, 0), 140, r * 0.5, r * 0.5 - 2.5, "y")
        solids += tube("steel", STEEL, (0, -25, 0), 45, r * 0.75, r * 0.75 - 2.5, "y")
    elif capped:
        solids += tube("steel", STEEL, (0, height - 10, 0), 150, 40, 36.5, "y")
    if fill > 0 and not (kind.liquid and lying):
        top = body * (fill * 0.8 if kind.liquid else 1.0)
        density = kind.density if kind.liquid else kind.density * fill
        solids.append(cylinder(kind.content, density, (0, wall * 2, 0), top, r - wall, "y"))
    elif fill > 0:
        solids.append(cylinder(kind.content, kind.density * fill * 0.8, (0, wall * 2, 0), body, r - wall, "y"))
    return solids


def _dome(material: str, density: float, y: float, r: float, high: float, wall: float) -> list[Solid]:
    """Half an ellipsoid shell above a height, as outer less inner, each cut by a half space."""
    floor = np.array([[0.0, -1.0, 0.0, -y]])
    halves = []
    for sign, a, b in ((1, r, high), (-1, r - wall, high - wall)):
        whole = ball(material, sign * density, (0, y, 0), (a, b, a))
        corners = whole.corners.copy()
        corners[:, 1] = np.maximum(corners[:, 1], y)
        halves.append(_cut(whole, floor, corners))
    return halves


def _cut(solid: Solid, planes: Matrix, corners: Matrix) -> Solid:
    return replace(solid, planes=np.vstack([solid.planes, planes]), corners=corners)
