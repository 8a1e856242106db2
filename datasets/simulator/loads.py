"""The table of loads: a kind of cargo to the function that builds one, seen from the side."""

from collections.abc import Callable

import numpy as np

from scantally.datasets.simulator.loads_bags import big_bags, sacks
from scantally.datasets.simulator.loads_boxes import cartons
from scantally.datasets.simulator.loads_bulk import bulk
from scantally.datasets.simulator.loads_machinery import machinery
from scantally.datasets.simulator.loads_round import drums, tank, tyres
from scantally.datasets.simulator.loads_stacks import sheets, slabs, timber
from scantally.datasets.simulator.shapes import Frame
from scantally.datasets.simulator.sprite import Sprite

LoadMaker = Callable[[np.random.Generator, Frame], Sprite]
LOADS: dict[str, LoadMaker] = {
    "bulk": bulk,
    "sacks": sacks,
    "big_bags": big_bags,
    "cartons": cartons,
    "timber": timber,
    "sheets": sheets,
    "slabs": slabs,
    "tank": tank,
    "machinery": machinery,
    "tyres": tyres,
    "drums": drums,
}


DRAWS = 8


def make_load(
    kind: str, rng: np.random.Generator, width_mm: float, height_mm: float, depth_mm: float, pitch_mm: float
) -> Sprite:
    """Build a load of a kind (a key of LOADS) that stands on the sprite's last row.

    The sprite is at most ``width_mm`` x ``height_mm``; along the beam the load takes at most about ``depth_mm``.
    A draw that leaves the room empty is drawn again; the sprite is all zero where nothing of the kind fits (no drum stands
    in 400 mm). Raises KeyError for an unknown kind and ValueError for a size or pitch that is not positive.
    """
    if min(width_mm, height_mm, depth_mm, pitch_mm) <= 0:
        raise ValueError(
            f"sizes and pitch must be positive, got {width_mm} x {height_mm} x {depth_mm} at {pitch_mm} mm"
        )
    frame = Frame(width=width_mm, height=height_mm, depth=depth_mm, pitch=pitch_mm)
    sprite = LOADS[kind](rng, frame)
    for _ in range(DRAWS - 1):
        if sprite.mass_kg > 0:
            break
        sprite = LOADS[kind](rng, frame)
    return sprite
