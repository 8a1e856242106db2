"""Firearms as they are found: alone in any pose, a few in a bundle, many in a case, or wrapped in goods."""

from collections.abc import Sequence

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_common import (
    SPACE,
    NoRoomError,
    Order,
    finished,
    fitting_pose,
    posed,
    reach,
    row_depths,
)
from scantally.datasets.simulator.objects_firearms import FAMILIES, Family
from scantally.datasets.simulator.shapes import MM_PER_CM, WHOLE, Canvas
from scantally.datasets.simulator.shapes_solids import Solid, Vector, rotation
from scantally.datasets.simulator.sprite import Sprite

# What firearms are wrapped in, g/cm3 as packed: clothes, saw dust, foam, paper (assumed).
WRAPPINGS = {"textile": (0.15, 0.30), "cellulose": (0.12, 0.30), "polyethylene": (0.03, 0.06)}

GUN_MM = 60.0
"""Thickness of a firearm across its profile, about: what is spread over the depth at each place of it."""


def firearm(order: Order) -> Sprite:
    """One firearm (two draws of five), a bundle of two to six, a case of four to twelve of one make, or some wrapped in goods."""
    return firearm_of(order, FAMILIES)


def firearm_of(order: Order, families: Sequence[Family]) -> Sprite:
    """One or more firearms of one of these families, as ``firearm`` draws them."""
    family = families[int(order.shape.integers(len(families)))]
    solids = family.build(order.shape)
    forms = ("single", "wrapped") if order.close else ("single", "bundle", "case", "wrapped")
    form = order.choose(forms, (0.8, 0.2) if order.close else (0.4, 0.25, 0.18, 0.17))
    if form == "single":
        return single(order, family, solids)
    if form == "wrapped":
        return wrapped(order, family, solids)
    return _several(order, family, solids, cased=form == "case")


def single(order: Order, family: Family, solids: list[Solid], angles: Vector | None = None) -> Sprite:
    """One firearm, in a drawn pose unless one is given (yaw, pitch, roll in radians)."""
    pose = angles or _pose(order, solids)
    canvas = posed(solids, rotation(*pose), order.pitch)
    canvas.mark("firearm", (0, canvas.width, 0, canvas.height))
    deep = reach(solids, rotation(*pose))[2]
    return finished(order, canvas, "firearm", variety=family.name, count=1, depth_mm=deep, pose=pose, spread_mm=GUN_MM)


def _pose(order: Order, solids: list[Solid]) -> Vector:
    """A pose that fits the room. Raises NoRoomError when the firearm is too large in every pose."""
    for _ in range(8):
        angles = _lying(order.rng) if order.resting else any_pose(order.rng)
        if order.holds(reach(solids, rotation(*angles))):
            return angles
    return fitting_pose(order, solids)


def any_pose(rng: np.random.Generator) -> Vector:
    """Lengthwise in the view more often than not; turned about the beam at will; seldom end-on, which few could name."""
    yaw = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else rng.normal(0, 0.15) + np.pi * rng.integers(2)
    pitch = float(np.clip(rng.normal(0, 0.45), -1.2, 1.2))
    roll = rng.normal(0, 0.5) + np.pi * rng.integers(2)
    return (float(yaw), pitch, float(roll))


def _lying(rng: np.random.Generator) -> Vector:
    """On a floor: lying on a side, leaning with its profile in the view, or stood up against something."""
    form = rng.random()
    pitch = float(np.clip(rng.normal(0, 0.5), -1.3, 1.3))
    if form < 0.3:  # flat on a side: seen from its back or its belly
        return (float(rng.normal(0, 0.03)), pitch, float(np.pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.2)))
    if form < 0.8:  # leaning, its profile to the beam
        return (float(rng.normal(0, 0.08)), pitch, float(rng.normal(0, 0.5) + np.pi * rng.integers(2)))
    return (float(rng.choice([-1, 1]) * rng.uniform(0.9, 1.5)), 0.5 * pitch, float(rng.normal(0, 0.6)))


def wrapped(order: Order, family: Family, solids: list[Solid]) -> Sprite:
    """A firearm in the middle of a carton of soft goods: clothes, saw dust or foam, and board around them."""
    rng = order.rng
    angles = (float(rng.normal(0, 0.06)), float(rng.normal(0, 0.12)), float(rng.normal(0, 0.3)))
    if not order.holds(reach(solids, rotation(*angles))):
        angles = fitting_pose(order, solids)
    pose = rotation(*angles)
    size, free = reach(solids, pose), order.inside()
    rims = [float(min(rng.uniform(15, 140), (f - s) / 2 - 8 - order.pitch)) for s, f in zip(size, free, strict=True)]
    if min(rims) < 1.0:
        raise NoRoomError(f"no wrapped {family.name} fits {order.room}")
    gun = posed(solids, pose, order.pitch)
    canvas = Canvas.around(size[0] + 2 * rims[0], size[1] + 2 * rims[1], order.pitch)
    canvas.stamp(gun, rims[0], rims[1])
    deep = size[2] + 2 * rims[2]
    _carton(rng, canvas, deep, size[2] * 0.3)
    canvas.mark("firearm", (rims[0], rims[0] + gun.width, rims[1], rims[1] + gun.height))
    return finished(
        order, canvas, "firearm", variety=family.name, count=1, depth_mm=deep, pose=angles, spread_mm=GUN_MM
    )


def _carton(rng: np.random.Generator, canvas: Canvas, deep: float, taken: float) -> None:
    """Filling around what is drawn already (which takes ``taken`` mm of the depth where it is), and 5 mm of corrugated board."""
    material = list(WRAPPINGS)[int(rng.integers(len(WRAPPINGS)))]
    density = float(rng.uniform(*WRAPPINGS[material]))
    there = np.add.reduce(list(canvas.layers.values())) > 0
    whole = (0.0, canvas.width, 0.0, canvas.height)
    path = np.where(there, max(deep - taken, 0.0), deep).astype(np.float32)
    canvas.layer(material)[:] += path * np.float32(density / MM_PER_CM)
    board = 0.15 / MM_PER_CM  # corrugated board, g/cm3
    canvas.box("cellulose", whole, 2 * 5 * board)
    for span in ((0, 5, 0, canvas.height), (canvas.width - 5, canvas.width, 0, canvas.height), (0, canvas.width, 0, 5)):
        canvas.box("cellulose", span, deep * board)
    canvas.box(SPACE, whole, deep / MM_PER_CM)


def _several(order: Order, family: Family, one: list[Solid], *, cased: bool) -> Sprite:
    """Like firearms side by side, some turned about, a little askew; two drawn stamps serve for all."""
    rng = order.rng
    base = rotation(rng.normal(0, 0.04), rng.normal(0, 0.08), rng.normal(0, 0.15))
    poses = (base, rotation(np.pi, 0, 0) @ base)
    stamps = [posed(one, pose, order.pitch, fine=1) for pose in poses]
    n = int(rng.integers(4, 13)) if cased else int(rng.integers(2, 7))
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    step = high * rng.uniform(0.25, 0.9)
    # A case is carried by two men: about half a metre high, so the rest lies one behind another.
    levels = min(int(np.ceil(n / rng.integers(1, 4))), int(450 / step) + 1)
    margin = 60.0 if cased else 20.0
    canvas = Canvas.of(wide * 1.08 + 2 * margin, high + step * (levels - 1) + 2 * margin, order.pitch)
    rows = -(-n // levels)
    deep = min(max(0.4 * canvas.width, 150.0), 420.0) if cased else reach(one, base)[2] * rows
    for i in range(n):
        canvas.turn_to(*row_depths(i // levels, rows, deep / rows))
        _lay(rng, canvas, stamps[int(rng.integers(2))], margin, (i % levels) * step)
    canvas.turn_to(*WHOLE)
    if cased:
        _case(canvas, deep)
    return finished(order, canvas, "firearm", variety=family.name, count=n, depth_mm=deep)


def _lay(rng: np.random.Generator, canvas: Canvas, stamp: Canvas, margin: float, up: float) -> None:
    room = canvas.width - 2 * margin - stamp.width
    x, y = margin + max(room, 0) * rng.random(), margin + up
    canvas.stamp(stamp, x, y)
    canvas.mark("firearm", (x, x + stamp.width, y, y + stamp.height))


def _case(canvas: Canvas, deep: float) -> None:
    """A transport case of 18 mm boards, 150 to 420 mm deep, with battens and two steel bands."""
    w, h = canvas.width, canvas.height
    canvas.box("cellulose", (0, w, 0, h), 2 * 18 * PINE / MM_PER_CM)
    for span in ((0, 18, 0, h), (w - 18, w, 0, h), (0, w, 0, 18), (0, w, h - 18, h)):
        canvas.box("cellulose", span, deep * PINE / MM_PER_CM)
    for share in (0.15, 0.78):
        canvas.box("cellulose", (share * w, share * w + 70, 0, h), 2 * 18 * PINE / MM_PER_CM)
        canvas.box("steel", (share * w + 28, share * w + 42, 0, h), 1.0)
    canvas.box(SPACE, (0, w, 0, h), deep / MM_PER_CM)
