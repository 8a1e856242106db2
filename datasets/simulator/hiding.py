"""Where an object comes to lie: inside its container, cavity, tyre or load, on something that carries it, beside what is there already.

Lengths in mm: x from the first container's front, heights over the container's underside, depth from its near face.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import minimum_filter1d

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import OUTER_WIDTH_MM, ContainerType, Span, cavities
from scantally.datasets.simulator.hiding_places import CAVITY
from scantally.datasets.simulator.plan import ContainerPlan, ObjectPlan
from scantally.datasets.simulator.shapes import DepthSlice
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.detector.types import FloatArray

SIDE_MM = 90.0
"""From a container's outer face to what stands in it, at the sides."""

BAG: Vector = (850.0, 430.0, 430.0)
"""A sports bag that one person carries, about the largest (assumed)."""

BETWEEN_MEMBERS_MM = 240.0
"""Free length between two cross members of a floor, about: they stand 280 to 330 mm apart and are 45 mm wide."""

SOLID_G_CM2 = 3.0
"""Areal density over a container's whole depth from which a load carries what lies on it: more than film or an empty crate."""

PLYWOOD_SHARE = 0.43
"""Plywood (0.65 g/cm3) over the density of cellulose's cell wall substance (1.5)."""

GOLDEN = 0.618034
TRIES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """The block of space that an object takes."""

    x_mm: float
    base_mm: float
    size: Vector
    near_mm: float

    def meets(self, other: "Spot") -> bool:
        """Whether two blocks of space overlap."""
        mine, theirs = self._spans(), other._spans()
        return all(a0 < b1 and b0 < a1 for (a0, a1), (b0, b1) in zip(mine, theirs, strict=True))

    def _spans(self) -> tuple[tuple[float, float], ...]:
        starts = (self.x_mm, self.base_mm, self.near_mm)
        return tuple((a, a + s) for a, s in zip(starts, self.size, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """A load as it stands: its slices by depth, all of one size, from ``x_mm`` and ``base_mm`` on, ``depth_mm`` deep from ``near_mm``."""

    slices: tuple[DepthSlice, ...]
    x_mm: float
    base_mm: float
    near_mm: float
    depth_mm: float

    @property
    def pitch(self) -> float:
        """Of the slices, in mm."""
        return self.slices[0].sprite.pitch_mm

    @property
    def width_mm(self) -> float:
        """Along x."""
        return self.slices[0].sprite.shape[1] * self.pitch

    def spans(self) -> Iterator[tuple[DepthSlice, float, float]]:
        """Each slice with the depths between which it lies."""
        for part in self.slices:
            yield part, self.near_mm + part.near * self.depth_mm, self.near_mm + part.far * self.depth_mm

    def solid(self, near: float, far: float) -> FloatArray:
        """Share of the threshold that carries, least over the slices between two depths, (h, w); rows from the top."""
        found = [
            part.sprite.total / np.float32(SOLID_G_CM2 * max(z1 - z0, 1.0) / OUTER_WIDTH_MM)
            for part, z0, z1 in self.spans()
            if z1 > near and z0 < far
        ]
        none = np.zeros(self.slices[0].sprite.shape, np.float32)
        least: FloatArray = np.minimum.reduce(found) if found else none
        return least


def tops(solid_HW: FloatArray, pitch: float) -> FloatArray:
    """Height of the topmost solid pixel of each column, (W,) in mm; 0 where there is none."""
    there = solid_HW > 1.0
    first = np.argmax(there, axis=0)
    height = (there.shape[0] - first) * pitch
    return np.where(there.any(axis=0), height, 0.0).astype(np.float32)


def wall_room(container: ContainerPlan) -> float:
    """Length of the room before a false wall."""
    return max(container.false_wall_mm - 30.0, 0.0)


def room_for(planned: ObjectPlan, container: ContainerPlan, loads: Sequence[Stand], wheel_mm: float) -> Vector:
    """How large an object may be in the place that is planned for it."""
    kind = container.kind
    wide, tall = kind.inner_length_mm - 60.0, kind.inner_height_mm - 30.0
    deep = OUTER_WIDTH_MM - 2 * SIDE_MM
    if planned.place in CAVITY:
        return _cavity_room(planned.place, cavities(kind)[CAVITY[planned.place]])
    if planned.place == "tyre":
        return _tyre_room(loads, wheel_mm)
    if planned.place == "false_wall":
        return (wall_room(container), tall, deep)
    if planned.bag:
        return BAG
    heights = [tops(s.solid(s.near_mm, s.near_mm + s.depth_mm), s.pitch) for s in loads]
    if not heights or planned.place not in ("load", "top"):
        return (wide, tall, deep)
    across = 0.8 * max(s.width_mm for s in loads)
    if planned.place == "top":
        return (across, tall - float(min(np.percentile(h, 50) for h in heights)), deep)
    return (across, 0.85 * float(max(np.percentile(h, 60) for h in heights)), deep - 200.0)


def _cavity_room(place: str, span: Span) -> Vector:
    long = BETWEEN_MEMBERS_MM if place == "in_floor" else min(span.x1_mm - span.x0_mm, 2500.0)
    return (long, min(span.h1_mm - span.h0_mm, 1400.0), span.z1_mm - span.z0_mm)


RIM_SHARE, TREAD_MM = 0.58, 32.0
"""Of a tyre's radius that its rim takes, and the thickness of tread and belts, as ``vehicle.wheel`` draws them."""

TYRE_DEPTH_MM = 190.0


def ring_room(radius: float) -> tuple[float, float]:
    """The block that lies at the bottom of a standing tyre's inside: (width, height)."""
    inside = radius - TREAD_MM
    wide = 0.5 * inside
    return wide, float(np.sqrt(inside**2 - (wide / 2) ** 2) - RIM_SHARE * radius)


def _tyre_room(loads: Sequence[Stand], wheel_mm: float) -> Vector:
    inside = max((_in_tyre(s)[0] for s in loads if _in_tyre(s)), default=None, key=lambda size: size[0] * size[1])
    if inside is not None:
        return inside
    wide, high = ring_room(wheel_mm)
    return (wide, high, TYRE_DEPTH_MM)


def _in_tyre(load: Stand) -> list[Vector]:
    return [spot.size for spot in tyre_spots(load)][:1]


def tyre_spots(load: Stand) -> list[Spot]:
    """The inside of every tyre of a load that stands upright or lies flat; none for other loads."""
    found: list[Spot] = []
    for part, z0, z1 in load.spans():
        rows = part.sprite.shape[0]
        for piece in part.sprite.parts:
            if piece.label == "tyre":
                x0, y0, x1, y1 = (v * load.pitch for v in piece.box)
                inside = _inside_tyre(x1 - x0, y1 - y0, (z1 - z0))
                if inside is not None:
                    size, up = inside
                    x = load.x_mm + (x0 + x1 - size[0]) / 2
                    found.append(
                        Spot(x_mm=x, base_mm=load.base_mm + rows * load.pitch - y1 + up, size=size, near_mm=z0)
                    )
    return found


def _inside_tyre(wide: float, high: float, deep: float) -> tuple[Vector, float] | None:
    """Size of the free block in a tyre seen as a box, and its height over the box's foot; None for a slanting one."""
    if 0.9 < wide / high < 1.1:
        across, tall = ring_room(wide / 2)
        inside = wide / 2 - TREAD_MM
        return (across, tall, min(TYRE_DEPTH_MM, deep)), wide / 2 - float(np.sqrt(inside**2 - (across / 2) ** 2))
    if wide / high > 1.8:
        return (0.5 * wide, high - 30.0, min(0.5 * wide, deep)), 15.0
    return None


def find_spot(
    planned: ObjectPlan,
    container: ContainerPlan,
    size: Vector,
    loads: Sequence[Stand],
    taken: Sequence[Spot],
    wheels: Sequence[tuple[float, float, float]],
) -> Spot | None:
    """The first place for an object of a size that is free of other objects; None where it finds none.

    Candidates follow the planned shares first and step on from there, so the same plan gives the same place.
    """
    for k in range(TRIES):
        x_share, z_share = (planned.x_share + k * GOLDEN) % 1.0, (planned.depth_share + k * GOLDEN**2) % 1.0
        spot = _candidate(planned, container, size, loads, wheels, (x_share, z_share))
        if spot is not None and not any(spot.meets(other) for other in taken):
            return spot
    return None


def _candidate(
    planned: ObjectPlan,
    container: ContainerPlan,
    size: Vector,
    loads: Sequence[Stand],
    wheels: Sequence[tuple[float, float, float]],
    shares: tuple[float, float],
) -> Spot | None:
    kind, x0 = container.kind, container.x0_mm
    if planned.place in CAVITY:
        return _in_span(cavities(kind)[CAVITY[planned.place]], x0, size, shares)
    if planned.place == "tyre":
        return _in_a_tyre(loads, wheels, size, shares)
    free = _free(container)
    if planned.place == "false_wall":
        before = Span(
            x0_mm=kind.front_mm + 10.0, x1_mm=kind.front_mm + container.false_wall_mm - 15.0,
            h0_mm=free.h0_mm, h1_mm=free.h1_mm, z0_mm=free.z0_mm, z1_mm=free.z1_mm,
        )  # fmt: skip
        return _in_span(before, x0, size, shares)
    if not _fits(free, size):
        return None
    near = free.z0_mm + shares[1] * (free.z1_mm - free.z0_mm - size[2])
    if planned.place == "load":
        return within(loads, size, near, shares[0], planned.height_share)
    if planned.place == "top":
        return on_top(loads, size, near, shares[0], free.h1_mm)
    if planned.kind == "vehicle":
        spot = _by_doors(free, x0, size, near, loads, shares[0])
        return spot if spot is not None and spot.base_mm <= free.h0_mm else None
    if planned.place == "doors":
        return _by_doors(free, x0, size, near, loads, shares[0])
    return _on_floor(free, x0, size, near, loads, shares[0])


def _free(container: ContainerPlan) -> Span:
    """The room of a container that is open to loads."""
    kind = container.kind
    front = kind.front_mm + (container.false_wall_mm + 50.0 if container.false_wall_mm else 0.0)
    return Span(
        x0_mm=front + 15.0,
        x1_mm=kind.length_mm - kind.rear_mm - 15.0,
        h0_mm=kind.floor_mm,
        h1_mm=kind.floor_mm + kind.inner_height_mm - 10.0,
        z0_mm=SIDE_MM,
        z1_mm=OUTER_WIDTH_MM - SIDE_MM,
    )


def _fits(span: Span, size: Vector) -> bool:
    sides = (span.x1_mm - span.x0_mm, span.h1_mm - span.h0_mm, span.z1_mm - span.z0_mm)
    return all(s <= side for s, side in zip(size, sides, strict=True))


def _in_span(span: Span, x0: float, size: Vector, shares: tuple[float, float]) -> Spot | None:
    """On the bottom of a cavity."""
    if not _fits(span, size):
        return None
    x = span.x0_mm + shares[0] * (span.x1_mm - span.x0_mm - size[0])
    near = span.z0_mm + shares[1] * (span.z1_mm - span.z0_mm - size[2])
    return Spot(x_mm=x0 + x, base_mm=span.h0_mm, size=size, near_mm=near)


WHEEL_DEPTHS_MM = (120.0, 420.0, 2020.0, 2320.0)


def _in_a_tyre(
    loads: Sequence[Stand], wheels: Sequence[tuple[float, float, float]], size: Vector, shares: tuple[float, float]
) -> Spot | None:
    """At the bottom of a tyre of the load, or of the trailer where no load of tyres is."""
    spots = [s for load in loads for s in tyre_spots(load)]
    for x, height, radius in wheels if not spots else ():
        wide, high = ring_room(radius)
        foot = height - float(np.sqrt((radius - TREAD_MM) ** 2 - (wide / 2) ** 2))
        spots += [
            Spot(x_mm=x - wide / 2, base_mm=foot, size=(wide, high, TYRE_DEPTH_MM), near_mm=z - TYRE_DEPTH_MM / 2)
            for z in WHEEL_DEPTHS_MM
        ]
    spots = [s for s in spots if all(a <= b for a, b in zip(size, s.size, strict=True))]
    if not spots:
        return None
    chosen = spots[min(int(shares[0] * len(spots)), len(spots) - 1)]
    return Spot(
        x_mm=chosen.x_mm + (chosen.size[0] - size[0]) / 2,
        base_mm=chosen.base_mm,
        size=size,
        near_mm=chosen.near_mm + (chosen.size[2] - size[2]) / 2,
    )


def _profile(load: Stand, size: Vector, near: float) -> tuple[FloatArray, FloatArray]:
    """What is solid at an object's depths, and the lowest top under an object that begins at each column, (W - w + 1,)."""
    solid = load.solid(near, near + size[2])
    heights = tops(solid, load.pitch)
    w = int(np.ceil(size[0] / load.pitch)) + 1
    if w > heights.size:
        return solid, np.zeros(0, np.float32)
    lowest = minimum_filter1d(heights, w, origin=-(w // 2))[: heights.size - w + 1]
    return solid, np.asarray(lowest, np.float32)


def within(loads: Sequence[Stand], size: Vector, near: float, x_share: float, height_share: float) -> Spot | None:
    """Inside a load: below its top at every column, and on something solid. None where no load is high enough."""
    options: list[tuple[Stand, FloatArray, float, int]] = []
    for load in loads:
        if load.near_mm - 1.0 <= near and near + size[2] <= load.near_mm + load.depth_mm + 1.0:
            solid, lowest = _profile(load, size, near)
            options += [(load, solid, float(lowest[c]), int(c)) for c in np.flatnonzero(lowest >= size[1] + load.pitch)]
    if not options:
        return None
    load, solid, top, column = options[min(int(x_share * len(options)), len(options) - 1)]
    base = _supported(solid, load.pitch, (column, size[0]), height_share * (top - size[1] - load.pitch))
    return Spot(x_mm=load.x_mm + column * load.pitch, base_mm=load.base_mm + base, size=size, near_mm=near)


def _supported(solid_HW: FloatArray, pitch: float, at: tuple[int, float], wanted: float) -> float:
    """The greatest height up to the wanted one with something solid right below it."""
    part = solid_HW[:, at[0] : at[0] + max(1, int(at[1] / pitch))]
    carries = (part > 1.0).mean(axis=1)[::-1] > 0.25  # by row from the floor up
    below = np.flatnonzero(carries[: max(0, int(wanted / pitch))])
    return float((below[-1] + 1) * pitch) if below.size else 0.0


def on_top(loads: Sequence[Stand], size: Vector, near: float, x_share: float, ceiling: float) -> Spot | None:
    """On a load's highest place below it, and under the roof. None where no load leaves room."""
    options: list[Spot] = []
    for load in loads:
        heights = tops(load.solid(near, near + size[2]), load.pitch)
        w = int(np.ceil(size[0] / load.pitch)) + 1
        if w > heights.size or near + size[2] > load.near_mm + load.depth_mm + 1.0 or near < load.near_mm - 1.0:
            continue
        highest = -minimum_filter1d(-heights, w, origin=-(w // 2))[: heights.size - w + 1]
        for c in np.flatnonzero((highest > 200.0) & (load.base_mm + highest + size[1] <= ceiling)):
            spot = Spot(
                x_mm=load.x_mm + float(c) * load.pitch,
                base_mm=load.base_mm + float(highest[c]),
                size=size,
                near_mm=near,
            )
            options.append(spot)
    return options[min(int(x_share * len(options)), len(options) - 1)] if options else None


def _beside(loads: Sequence[Stand], x: float, size: Vector, near: float) -> bool:
    """Whether no load stands in the block from x on."""
    return not any(
        x < s.x_mm + s.width_mm
        and s.x_mm < x + size[0]
        and near < s.near_mm + s.depth_mm
        and s.near_mm < near + size[2]
        for s in loads
    )


def _on_floor(free: Span, x0: float, size: Vector, near: float, loads: Sequence[Stand], share: float) -> Spot | None:
    """On the bare floor where there is some, else at the bottom of a load, which makes way."""
    xs = np.arange(x0 + free.x0_mm, x0 + free.x1_mm - size[0] + 1.0, 25.0)
    bare = [float(x) for x in xs if _beside(loads, float(x), size, near)]
    if bare:
        x = bare[min(int(share * len(bare)), len(bare) - 1)]
        return Spot(x_mm=x, base_mm=free.h0_mm, size=size, near_mm=near)
    return within(loads, size, near, share, 0.0)


def _by_doors(free: Span, x0: float, size: Vector, near: float, loads: Sequence[Stand], share: float) -> Spot | None:
    """Within some 0.4 m of the doors: on the floor, else on what stands there, else low in the load."""
    x = x0 + free.x1_mm - size[0] - (1.0 - share) * min(400.0, free.x1_mm - free.x0_mm - size[0])
    if _beside(loads, x, size, near):
        return Spot(x_mm=x, base_mm=free.h0_mm, size=size, near_mm=near)
    last = max(loads, key=lambda s: s.x_mm + s.width_mm)
    return on_top([last], size, near, 1.0, free.h1_mm) or within([last], size, near, 1.0, 0.0)


def draw_false_wall(canvas: Canvas, container: ContainerPlan) -> None:
    """A wall of 15 mm plywood, or of folded 2 mm sheet like the front wall, from floor to roof across the container."""
    if container.false_wall_mm <= 0.0:
        return
    kind: ContainerType = container.kind
    x = container.x0_mm + kind.front_mm + container.false_wall_mm
    h0, h1 = kind.floor_mm, kind.floor_mm + kind.inner_height_mm
    if container.false_wall == "steel":
        canvas.end_wall("steel", 1.0, x, x + 45.0, h0, h1, 75.0, OUTER_WIDTH_MM - 75.0)
    else:
        canvas.end_wall("cellulose", 15.0 * PLYWOOD_SHARE, x, x + 15.0, h0, h1, 75.0, OUTER_WIDTH_MM - 75.0)
        for depth in (300.0, 900.0, 1500.0, 2100.0):  # battens
            canvas.bar("cellulose", 45.0 * PLYWOOD_SHARE, x + 15.0, x + 45.0, h0, h1, depth)
