"""What every builder of an object shares: what is asked of it, poses, stacks, bags, and the finished sprite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.shapes import MM_PER_CM, VISIBLE, WHOLE, Canvas, Depths, noise
from scantally.datasets.simulator.shapes_depth import draw_deep, even
from scantally.datasets.simulator.shapes_solids import Matrix, Solid, Vector, draw_solids, extent, rotation
from scantally.datasets.simulator.sprite import DepthSlice, Sprite, layers_mass_kg
from scantally.detector.physics.materials import MATERIALS
from scantally.detector.types import FloatArray

SPACE = "space"
"""A drawing layer that is no material: room that is closed to a load, drawn like a material of 1 g/cm3."""

FREE_ROOM: Vector = (5600.0, 2200.0, 2200.0)
"""Length, height and depth that an object may have when nothing closer is said, in mm: a short container's inside."""

BAG_ROOM = 40.0  # mm of slack cloth around what a bag holds


class NoRoomError(ValueError):
    """An object cannot be made to fit the room it was asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is asked of a builder.

    ``shape`` belongs to the object's instance: the same instance always draws the same shape from it. ``rng`` draws pose, number
    and arrangement. ``room`` is the box (x, y, z in mm) that the object must fit in; ``resting`` asks for poses that a body
    takes by itself; ``bag`` puts it into a sports bag.
    """

    shape: np.random.Generator
    rng: np.random.Generator
    pitch: float
    room: Vector = FREE_ROOM
    resting: bool = False
    bag: bool = False

    @property
    def close(self) -> bool:
        """Whether the room holds no more than what one person carries."""
        return self.bag or min(self.room[:2]) < 450.0

    def inside(self) -> Vector:
        """The room less the slack of a bag."""
        rim = 2.0 * BAG_ROOM if self.bag else 0.0
        return (self.room[0] - rim, self.room[1] - rim, self.room[2] - rim)

    def holds(self, size: Sequence[float]) -> bool:
        """Whether a thing of a size fits, with a hand's breadth of rounding to spare."""
        slack = 2.0 * self.pitch
        return all(s + slack <= r for s, r in zip(size, self.inside(), strict=True))

    def choose(self, options: Sequence[str], weights: Sequence[float]) -> str:
        """One of the options, by weight, drawn for the arrangement."""
        shares = np.asarray(weights, np.float64)
        return str(self.rng.choice(np.asarray(options), p=shares / shares.sum()))


def reach(solids: Sequence[Solid], pose: Matrix) -> Vector:
    """Size along x, y and z of solids in a pose, in mm."""
    low, high = extent(solids, pose)
    wide, tall, deep = (float(v) for v in high - low)
    return (wide, tall, deep)


SLICE_MM = 150.0
"""Deep bodies are cut into slices of about this thickness: a fan that rises by 0.15 at the floor spreads one over 22 mm."""


LEAST_DEEP_MM = 250.0
"""Objects that are not as deep as this have no slices."""


def posed(solids: Sequence[Solid], pose: Matrix, pitch: float, fine: int = 2, *, by_depth: bool = False) -> Canvas:
    """Draw solids in a pose, tight around them; ``by_depth`` cuts deep ones into slices (and then ``fine`` is 1)."""
    low, high = extent(solids, pose)
    canvas = Canvas.around(float(high[0] - low[0]), float(high[1] - low[1]), pitch)
    moved = [s.moved(pose, (-float(low[0]), -float(low[1]), -float(low[2]))) for s in solids]
    deep = float(high[2] - low[2])
    count = round(deep / SLICE_MM) if by_depth and deep > LEAST_DEEP_MM else 1
    if count > 1:
        draw_deep(canvas, moved, deep, even(count))
    else:
        draw_solids(canvas, moved, fine)
    return cropped(canvas)


def cropped(canvas: Canvas) -> Canvas:
    """The canvas without its empty rims: the hulls of round bodies reach further than they do, and things must not float."""
    filled = _filled(canvas)
    rows, columns = (np.flatnonzero(f) for f in filled)
    if not rows.size:
        return canvas
    y, x = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    out = Canvas(width_px=x.stop - x.start, height_px=y.stop - y.start, pitch=canvas.pitch)
    for depths, layers in canvas.slices.items():
        out.turn_to(*depths)
        for name, areal in layers.items():
            out.layer(name)[:] = areal[y, x]
    out.turn_to(*WHOLE)
    return out


def _filled(canvas: Canvas) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows and which columns hold any material, (h,) and (w,)."""
    rows, columns = np.zeros(canvas.height_px, np.bool_), np.zeros(canvas.width_px, np.bool_)
    for layers in canvas.slices.values():
        for name, areal in layers.items():
            if name != SPACE:
                there = areal > VISIBLE
                rows |= there.any(axis=1)
                columns |= there.any(axis=0)
    return rows, columns


def degrees(angles: Vector) -> Vector:
    """Yaw, pitch and roll in whole tenths of a degree, between -180 and 180."""
    yaw, pitch, roll = (round((float(np.degrees(a)) + 180.0) % 360.0 - 180.0, 1) for a in angles)
    return (yaw, pitch, roll)


def square_poses(rng: np.random.Generator, jitter: float = 0.05) -> list[Vector]:
    """The six ways to lay a box on a face with an edge across the beam, in any order, each a little askew."""
    half = np.pi / 2
    faces = [(0, 0, 0), (0, 0, half), (0, half, 0), (half, 0, 0), (half, 0, half), (0, half, half)]
    order = rng.permutation(len(faces))
    about = np.pi * rng.integers(2)
    turns = [(faces[k][0] + about, faces[k][1], faces[k][2]) for k in order]
    return [
        (float(a + rng.normal(0, jitter)), float(b + rng.normal(0, jitter)), float(c + rng.normal(0, jitter)))
        for a, b, c in turns
    ]


def fitting_pose(order: Order, solids: Sequence[Solid], jitter: float = 0.05) -> Vector:
    """A pose on one of the faces in which the solids fit the room. Raises NoRoomError when none does."""
    for angles in square_poses(order.rng, jitter):
        if order.holds(reach(solids, rotation(*angles))):
            return angles
    raise NoRoomError("the object is larger than its room in every pose")


def stacked(
    order: Order, stamps: Sequence[Canvas], depth: float, count: int, label: str, *, highest: float = 1500.0
) -> tuple[Canvas, int, float]:
    """Like boxes beside, on and behind each other, as many as the room holds: (canvas, how many, depth in mm).

    Every level lies on a full one, and no pile is higher than ``highest`` mm. Raises NoRoomError when not one fits.
    """
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    room, rng = order.inside(), order.rng
    step = wide + max(2.0, 0.01 * wide)
    most = (int((room[0] - 2 * order.pitch) // step), int(min(room[1], highest) // high), int(room[2] // depth))
    most = (most[0], max(most[1], int(room[1] >= high)), most[2])
    if min(most) < 1:
        raise NoRoomError(f"{label}: not one of {wide:.0f} x {high:.0f} x {depth:.0f} mm fits {room}")
    n = min(count, most[0] * most[1] * most[2])
    behind = int(rng.integers(1, min(most[2], max(1, n // 2)) + 1)) if n > 3 else 1
    behind = max(min(behind, 6), -(-n // (most[0] * most[1])))
    shown = -(-n // behind)
    columns = int(np.clip(round(np.sqrt(shown * high / wide) * rng.uniform(0.6, 1.8)), -(-shown // most[1]), most[0]))
    canvas = Canvas.around(columns * step + 2 * order.pitch, -(-shown // columns) * high, order.pitch)
    for i in range(n):
        spot = i % shown
        x, y = (spot % columns) * step + float(rng.uniform(0, step - wide)), (spot // columns) * high
        stamp = stamps[int(rng.integers(len(stamps)))]
        canvas.turn_to(*row_depths(i // shown, behind, depth))
        canvas.stamp(stamp, x, y)
        canvas.mark(label, (x, x + stamp.width, y, y + stamp.height))
    return canvas, n, behind * depth


def row_depths(k: int, count: int, depth: float) -> Depths:
    """The depths of one of ``count`` rows of a depth in mm behind each other; thin rows share a slice."""
    if count * depth < LEAST_DEEP_MM:
        return WHOLE
    groups = max(1, min(count, round(count * depth / SLICE_MM)))
    per = -(-count // groups)
    first = k - k % per
    return round(first / count, 5), round(min(first + per, count) / count, 5)


def turned(stamp: Canvas, angle: float) -> Canvas:
    """A canvas turned about the beam by an angle (radians); what it holds keeps its mass."""
    c, s = abs(np.cos(angle)), abs(np.sin(angle))
    out = Canvas.around(stamp.width * c + stamp.height * s, stamp.width * s + stamp.height * c, stamp.pitch)
    matrix = cv2.getRotationMatrix2D(((stamp.width_px - 1) / 2, (stamp.height_px - 1) / 2), -np.degrees(angle), 1.0)
    matrix[:, 2] += ((out.width_px - stamp.width_px) / 2, (out.height_px - stamp.height_px) / 2)
    for name, areal in stamp.layers.items():
        out.layer(name)[:] = cv2.warpAffine(areal, matrix, (out.width_px, out.height_px), flags=cv2.INTER_LINEAR)
    return out


def heaped(order: Order, stamps: Sequence[Canvas], depth: float, count: int, label: str) -> tuple[Canvas, int, float]:
    """Things dropped one by one at any turn: each comes to rest on those below it in its lane of depth."""
    room, rng = order.inside(), order.rng
    tall = max(s.height for s in stamps)
    widest = max(s.width for s in stamps)
    lanes = int(np.clip(room[2] // depth, 1, 4))
    if room[0] < widest + 2 * order.pitch or room[1] < tall or room[2] < depth:
        raise NoRoomError(f"{label}: no heap fits {room}")
    spread = max(widest, tall * np.sqrt(count / lanes) * float(rng.uniform(0.9, 1.5)))
    across = min(room[0] - 2 * order.pitch, spread + widest)
    canvas = Canvas.around(across, min(room[1], tall * (count / lanes + 2)), order.pitch)
    tops, put = np.zeros((lanes, canvas.width_px)), 0
    for i in range(count):
        stamp = stamps[int(rng.integers(len(stamps)))]
        canvas.turn_to(*row_depths(i % lanes, lanes, depth))
        put += _dropped(rng, canvas, stamp, tops[i % lanes], label)
    return canvas, put, min(lanes * depth, room[2])


def _dropped(rng: np.random.Generator, canvas: Canvas, stamp: Canvas, top: Matrix, label: str) -> int:
    """Let one thing fall where it comes to lie lowest of three tried places; 1 if it still fits below the rim, else 0."""
    tries = rng.random(3) * max(canvas.width - stamp.width, 0.0)
    spans = [slice(int(x / canvas.pitch), int(x / canvas.pitch) + stamp.width_px) for x in tries]
    rest = [float(np.percentile(top[s], 70)) for s in spans]
    k = int(np.argmin(rest))
    if rest[k] + stamp.height > canvas.height + 1e-6:
        return 0
    canvas.stamp(stamp, float(tries[k]), rest[k])
    canvas.mark(label, (float(tries[k]), float(tries[k]) + stamp.width, rest[k], rest[k] + stamp.height))
    top[spans[k]] = np.maximum(top[spans[k]], rest[k] + stamp.height * 0.7)
    return 1


def bagged(rng: np.random.Generator, content: Canvas) -> Canvas:
    """Content in a cloth bag close around it: two layers of about 0.05 g/cm2, more at the rim where it curves away."""
    canvas = Canvas.around(content.width + 2 * BAG_ROOM, content.height + 1.5 * BAG_ROOM, content.pitch)
    canvas.stamp(content, BAG_ROOM, 0.5 * BAG_ROOM)
    for label, span, _ in content.parts:
        shift = (BAG_ROOM, BAG_ROOM, 0.5 * BAG_ROOM, 0.5 * BAG_ROOM)
        canvas.mark(label, (span[0] + shift[0], span[1] + shift[1], span[2] + shift[2], span[3] + shift[3]))
    cloth_around(rng, canvas)
    return canvas


def cloth_around(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw the cloth of a bag around what a canvas holds."""
    canvas.turn_to(*WHOLE)
    held = [a for layers in canvas.slices.values() for m, a in layers.items() if m != SPACE]
    content = np.logical_or.reduce([a > 0 for a in held])
    near = cv2.distanceTransform((~content).astype(np.uint8), cv2.DIST_L2, 3) * np.float32(canvas.pitch)
    slack = BAG_ROOM * (0.5 + 0.2 * noise(rng, near.shape, 60 / canvas.pitch))
    inside = np.clip(slack - near, 0, None)
    cloth = np.where(inside > 0, 0.10 + 0.2 * np.exp(-inside / 6), 0)
    canvas.layer("textile")[:] += cloth.astype(np.float32)


def finished(
    order: Order,
    canvas: Canvas,
    label: str,
    *,
    variety: str,
    count: int,
    depth_mm: float,
    pose: Vector | None = None,
    spread_mm: float | None = None,
) -> Sprite:
    """The sprite of an object, tight, in its bag where one was ordered, with the room that it takes from a load."""
    spread = depth_mm if spread_mm is None else min(spread_mm, depth_mm)
    if order.bag:
        canvas, depth_mm = bagged(order.rng, canvas), depth_mm + 2 * BAG_ROOM
    _trim_space(canvas)
    drawn = canvas.sprite(label, count=count, tight=True)
    layers = {m: a for m, a in drawn.layers.items() if m != SPACE}
    deep = depth_mm > LEAST_DEEP_MM and list(canvas.slices) != [WHOLE]
    slices = tuple(_without_space(s) for s in canvas.depth_slices(label, tight=True)) if deep else ()
    return Sprite(
        label=label,
        layers=layers,
        pitch_mm=drawn.pitch_mm,
        mass_kg=layers_mass_kg(layers, drawn.pitch_mm),
        count=count,
        parts=drawn.parts,
        variety=variety,
        pose=None if pose is None else degrees(pose),
        depth_mm=depth_mm,
        spread_mm=spread,
        space_mm=_space(drawn.layers, depth_mm),
        slices=slices,
    )


def _without_space(part: DepthSlice) -> DepthSlice:
    """A slice of materials alone: what an object takes from a load goes by its whole depth."""
    layers = {m: a for m, a in part.sprite.layers.items() if m != SPACE}
    if len(layers) == len(part.sprite.layers):
        return part
    layers = layers or {"cellulose": np.zeros(part.sprite.shape, np.float32)}
    return replace(
        part, sprite=replace(part.sprite, layers=layers, mass_kg=layers_mass_kg(layers, part.sprite.pitch_mm))
    )


def _trim_space(canvas: Canvas) -> None:
    """Closed room ends where the material ends, so that a sprite is tight around the material."""
    if any(SPACE in layers for layers in canvas.slices.values()):
        rows, columns = _filled(canvas)
        for layers in canvas.slices.values():
            if SPACE in layers:
                layers[SPACE][~rows] = 0.0
                layers[SPACE][:, ~columns] = 0.0


def _space(layers: Mapping[str, FloatArray], depth_mm: float) -> FloatArray:
    """Thickness along the beam that no load can fill, in mm: closed room where it was drawn, else the solid material."""
    solid = np.zeros_like(next(iter(layers.values())))
    for name, areal in layers.items():
        if name != SPACE:
            solid += areal * np.float32(MM_PER_CM / MATERIALS[name].density)
    if SPACE in layers:
        np.maximum(solid, layers[SPACE] * np.float32(MM_PER_CM), out=solid)
    return np.minimum(solid, np.float32(depth_mm), out=solid)
