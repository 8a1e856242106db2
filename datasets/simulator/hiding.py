"""Where an object comes to lie: inside its container, cavity, tyre or load, on something that carries it, beside what is there already.

Lengths in mm: x from the first container's front, heights over the container's underside, depth from its near face.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container import OUTER_WIDTH_MM, ContainerType, Span, cavities
from scantally.datasets.simulator.hiding_load import beside, on_top, within
from scantally.datasets.simulator.hiding_places import CAVITY
from scantally.datasets.simulator.hiding_stand import Spot, Stand, tops
from scantally.datasets.simulator.hiding_tyre import in_a_tyre, tyre_room
from scantally.datasets.simulator.plan import ContainerPlan, ObjectPlan
from scantally.datasets.simulator.shapes_solids import Vector

SIDE_MM = 90.0
"""From a container's outer face to what stands in it, at the sides."""

BAG: Vector = (850.0, 430.0, 430.0)
"""A sports bag that one person carries, about the largest (assumed)."""

BETWEEN_MEMBERS_MM = 230.0
"""Free length between two cross members of any floor: they stand 280 mm apart or more and are 45 mm wide."""

Members = Sequence[tuple[float, float]]

PLYWOOD_SHARE = 0.43
"""Plywood (0.65 g/cm3) over the density of cellulose's cell wall substance (1.5)."""

JOIST_MM, JOIST_APART_MM = 45.0, 400.0
"""Joists of a false floor: width, and from one to the next."""

GOODS_SHARE = 0.8
"""Density of parcels of powder (1.2 g/cm3) over cellulose's."""

GOLDEN = 0.618034

TRIES, FLOOR_TRIES = 16, 24


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
        return tyre_room(loads, wheel_mm)
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


def find_spot(
    planned: ObjectPlan,
    container: ContainerPlan,
    size: Vector,
    loads: Sequence[Stand],
    taken: Sequence[Spot],
    wheels: Sequence[tuple[float, float, float]],
    members: Members = (),
) -> Spot | None:
    """The first place for an object of a size that is free of other objects; None where it finds none.

    Candidates follow the planned shares first and step on from there, so the same plan gives the same place.
    """
    for k in range(TRIES):
        x_share, z_share = (planned.x_share + k * GOLDEN) % 1.0, (planned.depth_share + k * GOLDEN**2) % 1.0
        if planned.place == "in_floor":
            cavity = cavities(container.kind)[CAVITY[planned.place]]
            spot = _between(members, cavity, container.x0_mm, size, (x_share, z_share))
        else:
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
        return in_a_tyre(loads, wheels, size, shares)
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


def _between(members: Members, span: Span, x0: float, size: Vector, shares: tuple[float, float]) -> Spot | None:
    """In a floor's cavity, between two of the members that cross it; None where no gap is long enough."""
    ends = [(a - x0, b - x0) for a, b in members if b > x0 + span.x0_mm and a < x0 + span.x1_mm]
    starts = [span.x0_mm, *(b for _, b in sorted(ends))]
    stops = [*(a for a, _ in sorted(ends)), span.x1_mm]
    free = [(a, b) for a, b in zip(np.maximum.accumulate(starts), stops, strict=True) if b - a >= size[0]]
    if not free:
        return None
    at = shares[0] * len(free)
    low, high = free[min(int(at), len(free) - 1)]
    gap = replace(span, x0_mm=float(low), x1_mm=float(high))
    return _in_span(gap, x0, size, (at % 1.0, shares[1]))


def _on_floor(free: Span, x0: float, size: Vector, near: float, loads: Sequence[Stand], share: float) -> Spot | None:
    """On the bare floor where there is some, else at the bottom of a load, which makes way."""
    room = free.x1_mm - free.x0_mm - size[0]
    for k in range(FLOOR_TRIES):
        x = x0 + free.x0_mm + ((share + k * GOLDEN) % 1.0) * room
        if beside(loads, x, size, near):
            return Spot(x_mm=x, base_mm=free.h0_mm, size=size, near_mm=near)
    return within(loads, size, near, share, 0.0)


def _by_doors(free: Span, x0: float, size: Vector, near: float, loads: Sequence[Stand], share: float) -> Spot | None:
    """Within some 0.4 m of the doors: on the floor, else on what stands there, else low in the load."""
    x = x0 + free.x1_mm - size[0] - (1.0 - share) * min(400.0, free.x1_mm - free.x0_mm - size[0])
    if beside(loads, x, size, near):
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


def draw_false_floor(canvas: Canvas, container: ContainerPlan) -> None:
    """Boards of 18 mm plywood on joists, over the whole floor, with what is hidden below them spread evenly."""
    high = container.false_floor_mm
    if high <= 0.0:
        return
    kind: ContainerType = container.kind
    x0 = container.x0_mm + kind.front_mm + 10.0
    x1, near, far = x0 + kind.inner_length_mm - 20.0, 75.0, OUTER_WIDTH_MM - 75.0
    canvas.slab("cellulose", 18.0 * PLYWOOD_SHARE, x0, x1, kind.floor_mm + high - 9.0, near, far)
    room = high - 18.0
    for x in np.arange(x0, x1 - JOIST_MM, JOIST_APART_MM):
        canvas.web("cellulose", JOIST_MM * PLYWOOD_SHARE, float(x), kind.floor_mm, kind.floor_mm + room, near, far)
    layers = max(1, round(room / 20.0))  # a sheet that is as thick as the room would show its middle alone
    for k in range(layers):
        sheet = container.false_floor_filled * room / layers * GOODS_SHARE
        if sheet > 0.0:
            canvas.slab("cellulose", sheet, x0, x1, kind.floor_mm + (k + 0.5) * room / layers, near, far)
