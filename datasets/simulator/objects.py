"""The table of objects of interest: each built from parts, turned, and seen from the side, tight around itself."""

from collections.abc import Callable

import numpy as np

from scantally.datasets.simulator.objects_bricks import brick_packages
from scantally.datasets.simulator.objects_firearm_load import firearm
from scantally.datasets.simulator.objects_goods import gas_cylinder
from scantally.datasets.simulator.objects_vehicle import vehicle
from scantally.datasets.simulator.sprite import Sprite

ObjectMaker = Callable[[np.random.Generator, float], Sprite]
OBJECTS: dict[str, ObjectMaker] = {
    "firearm": firearm,
    "vehicle": vehicle,
    "gas_cylinder": gas_cylinder,
    "brick_packages": brick_packages,
}


def make_object(kind: str, rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """Build an object of a kind (a key of OBJECTS); the sprite ends where the object does.

    Raises KeyError for an unknown kind and ValueError for a pitch that is not positive.
    """
    if pitch_mm <= 0:
        raise ValueError(f"the pitch must be positive, got {pitch_mm} mm")
    return OBJECTS[kind](rng, pitch_mm)
