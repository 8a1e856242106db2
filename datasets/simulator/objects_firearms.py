"""The families of firearms, and the overall lengths that their makers state."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.objects_handguns import pistol, revolver
from scantally.datasets.simulator.objects_long_guns import ak_like, ar_like, bolt_action, shotgun, submachine_gun
from scantally.datasets.simulator.objects_machine_guns import machine_gun
from scantally.datasets.simulator.shapes_solids import Solid


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """How one kind of firearm is built, and what overall length its makers state, in mm."""

    name: str
    length: tuple[float, float]
    build: Callable[[np.random.Generator], list[Solid]]


# Those lengths are named in each builder; a few were compared with published data (docs/sources.md). Overall lengths that this file can build, wider than the ones cited in each builder by the drawn parts' spread.
FAMILIES: tuple[Family, ...] = (
    Family(name="pistol", length=(148, 230), build=pistol),
    Family(name="revolver", length=(140, 310), build=revolver),
    Family(name="bolt_action", length=(950, 1310), build=bolt_action),
    Family(name="ak_like", length=(860, 980), build=ak_like),
    Family(name="ar_like", length=(720, 1040), build=ar_like),
    Family(name="shotgun", length=(900, 1300), build=shotgun),
    Family(name="submachine_gun", length=(400, 860), build=submachine_gun),
    Family(name="machine_gun", length=(1000, 1340), build=machine_gun),
)
