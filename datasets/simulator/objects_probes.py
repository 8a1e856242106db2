"""Objects that only judge: no training and no suite draws them, so that finding one is no matter of memory."""

from collections.abc import Callable

import numpy as np

from scantally.datasets.simulator.objects_common import Order
from scantally.datasets.simulator.objects_firearm_load import firearm_of
from scantally.datasets.simulator.objects_firearm_parts import (
    POLYMER,
    STEEL,
    Points,
    bar,
    barrel_tube,
    between,
    guard,
    plate,
    rounds,
)
from scantally.datasets.simulator.objects_firearms import Family
from scantally.datasets.simulator.shapes_solids import Solid, cylinder, tube
from scantally.datasets.simulator.sprite import Sprite


def bullpup(rng: np.random.Generator) -> list[Solid]:
    """A bullpup rifle of 690 to 800 mm: magazine and action behind the grip, in the butt (FAMAS: 757, Steyr AUG: 690 to 805, SA80: 785).

    No family of ``FAMILIES`` has its magazine behind its grip or its barrel's rear in the butt.
    """
    barrel, butt = between(rng, 420, 500), -between(rng, 330, 370)
    grip = between(rng, 20, 60)
    shell: Points = [
        (butt, 42), (butt, -92), (grip - 70, -40), (grip + 190, -34), (grip + 190, 18), (grip - 40, 42),
    ]  # fmt: skip
    handle = between(rng, 60, 85)
    drop, back = between(rng, 150, 180), -between(rng, 150, 190)
    return [
        *barrel_tube(-90, barrel, 9.5, 2.85),
        *tube("steel", STEEL, (barrel - 90, 0, 0), 60, 11, 6),
        bar(-290, -90, -24, 24, 30, "steel", STEEL * 0.28),
        cylinder("steel", STEEL * 0.85, (-230, 4, 0), 130, 13),
        cylinder("steel", STEEL * 0.25, (butt + 20, 10, 0), 110, 12),
        plate("polyethylene", POLYMER * 0.45, shell, 46),
        bar(butt - 10, butt, -95, 44, 44, "rubber", 1.15),
        # The long handle over the receiver, with the sight in it.
        bar(-120, grip + 170, handle, handle + 16, 22, "polyethylene", POLYMER),
        bar(-120, -96, 40, handle, 22, "polyethylene", POLYMER),
        bar(grip + 150, grip + 170, 16, handle, 22, "polyethylene", POLYMER),
        plate("polyethylene", POLYMER, [(grip - 20, -38), (grip + 18, -38), (grip, -128), (grip - 40, -124)], 30),
        *guard(grip + 18, grip + 84, -36, 34, 12),
        bar(back - 64, back, -60 - drop, -60, 26, "steel", STEEL * 0.11),
        *rounds((back - 2, -62), (44.7, 12.0, 4.7), 0.0, int(rng.integers(0, 14))),
    ]


BULLPUP = Family(name="bullpup", length=(690, 830), build=bullpup)


def _bullpup(order: Order) -> Sprite:
    return firearm_of(order, (BULLPUP,))


PROBES: dict[str, tuple[str, Callable[[Order], Sprite]]] = {"bullpup": ("firearm", _bullpup)}
"""Name to the label that should find it, and what makes one."""
