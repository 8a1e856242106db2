"""Where objects of interest are put, how often, and what is never written in papers there."""

from scantally.datasets.simulator.container import ContainerType, cavities

PLACES = ("floor", "load", "top", "doors", "reefer_unit", "in_floor", "in_roof", "tyre", "false_wall")
"""On the floor, within the load, on top of it, in a bag by the doors (rip-off), in a reefer's unit, under the floor's boards, in the roof,
in a tyre (of the trailer, or of a load of tyres), behind a false wall before the front wall."""

SECRET = frozenset({"doors", "reefer_unit", "in_floor", "in_roof", "tyre", "false_wall"})
"""Places that no honest papers account for."""

STRUCTURE = frozenset({"reefer_unit", "in_floor", "in_roof", "tyre"})
"""Places outside the room that a load fills: a container with nothing else in it is empty."""

CAVITY = {"reefer_unit": "unit", "in_floor": "floor", "in_roof": "roof"}
"""The cavity (``container.cavities``) behind a place."""

_SMALL: dict[str, float] = {
    "floor": 2,
    "load": 4,
    "top": 1,
    "doors": 2,
    "reefer_unit": 1,
    "in_floor": 1,
    "in_roof": 1,
    "tyre": 1,
    "false_wall": 1,
}
WEIGHTS: dict[str, dict[str, float]] = {
    "firearm": {**_SMALL, "floor": 3},
    "brick_packages": _SMALL,
    "currency": _SMALL,
    "ammunition": {**_SMALL, "in_roof": 0},
    "cigarettes": {"floor": 2, "load": 5, "top": 1, "doors": 1, "false_wall": 1, "reefer_unit": 1},
    "electronics": {"floor": 2, "load": 4, "top": 1, "false_wall": 1},
    "engine": {"floor": 3, "load": 2},
    "shield": {"floor": 3, "load": 3, "false_wall": 1, "in_floor": 1},
    "gas_cylinder": {"floor": 3, "load": 2, "false_wall": 0.5},
    "vehicle": {"floor": 1},
}
"""How often each kind is put where, before what the scene lacks is left out (assumed)."""

UNDECLARED_SHARE = {"cigarettes": 0.6, "ammunition": 0.6, "engine": 0.2, "electronics": 0.3}
"""Of objects that may be ordinary goods and lie in the open, so many are not in the papers (assumed)."""

BAGGED = frozenset({"firearm", "brick_packages", "currency", "cigarettes", "ammunition"})


def open_places(object_kind: str, kind: ContainerType, *, loaded: bool) -> dict[str, float]:
    """Places that an object of a kind may take in such a container, with their weights."""
    found = {CAVITY[place] for place in CAVITY if CAVITY[place] in cavities(kind)}
    lacking = {place for place, cavity in CAVITY.items() if cavity not in found}
    if not loaded:
        lacking |= {"load", "top"}
    if not kind.walled:
        lacking |= {"doors", "false_wall"}
    return {place: weight for place, weight in WEIGHTS[object_kind].items() if place not in lacking and weight > 0}
