"""The inside of tyres as a hiding place: of the trailer's wheels, and of a load of tyres."""

from collections.abc import Sequence

import numpy as np

from scantally.datasets.simulator.hiding_stand import Spot, Stand
from scantally.datasets.simulator.shapes_solids import Vector

RIM_SHARE, TREAD_MM = 0.58, 32.0
"""Of a tyre's radius that its rim takes, and the thickness of tread and belts, as ``vehicle.wheel`` draws them."""

TYRE_DEPTH_MM = 190.0

WHEEL_DEPTHS_MM = (120.0, 420.0, 2020.0, 2320.0)


def ring_room(radius: float) -> tuple[float, float]:
    """The block that lies at the bottom of a standing tyre's inside: (width, height)."""
    inside = radius - TREAD_MM
    wide = 0.5 * inside
    return wide, float(np.sqrt(inside**2 - (wide / 2) ** 2) - RIM_SHARE * radius)


def tyre_room(loads: Sequence[Stand], wheel_mm: float) -> Vector:
    """The free block in a tyre of the load, or in a wheel of a radius where no load of tyres is."""
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


def in_a_tyre(
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
