"""Things that are nothing in particular: solids of any shape and common material, and plain cubes of a given size.

What finds anomalies learns from inclusions what it is not to belong, without ever seeing an object of interest; cubes measure what could
have been seen.
"""

import numpy as np

from scantally.datasets.simulator.objects_common import NoRoomError, Order, finished, posed, reach
from scantally.datasets.simulator.shapes_solids import Solid, ball, block, cylinder, prism, rotation
from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.physics.materials import MATERIALS

COMMON = ("steel", "aluminium", "glass", "granite", "brass", "water", "cellulose", "polyethylene", "rubber", "textile")
"""What inclusions are of. No lead: shields of it are among the things that nothing may be taught."""

LONGEST_MM = (60.0, 700.0)
FILLED = (0.15, 1.0)
"""Share of a solid that is material: a box of small parts, a bundle, a casting."""

MOST_SOLIDS = 4

COMPACT_SHARE = 0.3
"""Of inclusions so many are one block about as deep and high as long: of shapes drawn at random few are, and such a block is the darkest."""


def inclusion(order: Order) -> Sprite:
    """One to four solids about one middle, in any pose. Raises NoRoomError where they do not fit the room."""
    shape = order.shape
    longest = float(np.exp(shape.uniform(*np.log(LONGEST_MM))))
    if shape.random() < COMPACT_SHARE:
        solids = [_compact(shape, longest)]
    else:
        solids = [_solid(shape, longest) for _ in range(int(shape.integers(1, MOST_SOLIDS + 1)))]
    yaw = float(order.rng.uniform(0, 2 * np.pi))
    pose = rotation(yaw, 0.0, 0.0) if order.rng.random() < 0.5 else rotation(yaw, *order.rng.uniform(0, np.pi, 2))
    size = reach(solids, pose)
    if not order.holds(size):
        raise NoRoomError(f"an inclusion of {size[0]:.0f} x {size[1]:.0f} mm does not fit")
    canvas = posed(solids, pose, order.pitch, by_depth=True)
    return finished(order, canvas, "inclusion", variety=solids[0].material, count=1, depth_mm=size[2])


def cube(order: Order, material: str, density: float, edge_mm: float) -> Sprite:
    """A cube, one face to the beam. Raises NoRoomError where it does not fit the room."""
    if not order.holds((edge_mm, edge_mm, edge_mm)):
        raise NoRoomError(f"a cube of {edge_mm:.0f} mm does not fit")
    solids = [block(material, density, (0.0, 0.0, 0.0), (edge_mm, edge_mm, edge_mm))]
    canvas = posed(solids, np.eye(3), order.pitch, by_depth=True)
    return finished(order, canvas, "cube", variety=material, count=1, depth_mm=edge_mm)


def _compact(rng: np.random.Generator, longest: float) -> Solid:
    """A block none of whose sides is shorter than two thirds of the longest one."""
    material = str(rng.choice(COMMON))
    half = longest / 2.0 * rng.uniform(2.0 / 3.0, 1.0, 3)
    return block(material, MATERIALS[material].density * float(rng.uniform(*FILLED)), tuple(-half), tuple(half))


def _solid(rng: np.random.Generator, longest: float) -> Solid:
    """A solid of random sides, the longest of them at most ``longest`` mm, off the middle by up to a third of it."""
    material = str(rng.choice(COMMON))
    density = MATERIALS[material].density * float(rng.uniform(*FILLED))
    half = longest / 2.0 * np.sort(np.exp(rng.uniform(np.log(0.15), 0.0, 3)))[::-1]
    middle = longest * rng.uniform(-0.33, 0.33, 3)
    low, high = middle - half, middle + half
    kind = int(rng.integers(4))
    if kind == 0:
        return block(material, density, tuple(low), tuple(high))
    if kind == 1:
        start = (float(low[0]), float(middle[1]), float(middle[2]))
        return cylinder(material, density, start, float(2 * half[0]), float(half[1]))
    if kind == 2:
        return ball(material, density, tuple(middle), tuple(half))
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
    outline = [(float(middle[0] + half[0] * np.cos(a)), float(middle[1] + half[1] * np.sin(a))) for a in angles]
    return prism(material, density, outline, (float(low[2]), float(high[2])))
