"""The table of objects of interest: each built from parts, turned, and seen from the side, tight around itself."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.objects_ammunition import ammunition
from scantally.datasets.simulator.objects_bricks import brick_packages
from scantally.datasets.simulator.objects_cigarettes import cigarettes
from scantally.datasets.simulator.objects_common import FREE_ROOM, NoRoomError, Order
from scantally.datasets.simulator.objects_currency import currency
from scantally.datasets.simulator.objects_electronics import electronics
from scantally.datasets.simulator.objects_engine import engine
from scantally.datasets.simulator.objects_firearm_load import firearm
from scantally.datasets.simulator.objects_goods import gas_cylinder
from scantally.datasets.simulator.objects_shield import shield
from scantally.datasets.simulator.objects_vehicle import vehicle
from scantally.datasets.simulator.shapes_solids import Vector
from scantally.datasets.simulator.sprite import Sprite

ObjectMaker = Callable[[Order], Sprite]
OBJECTS: dict[str, ObjectMaker] = {
    "firearm": firearm,
    "vehicle": vehicle,
    "gas_cylinder": gas_cylinder,
    "brick_packages": brick_packages,
    "ammunition": ammunition,
    "cigarettes": cigarettes,
    "engine": engine,
    "shield": shield,
    "electronics": electronics,
    "currency": currency,
}

MODELS = 3000
"""Instances of each kind: the shape of number k comes from a random stream of its own, the same in every scan."""

PARTS = ("train", "test")
TEST_EVERY = 3
TRIES = 24


def make_object(
    kind: str,
    rng: np.random.Generator,
    pitch_mm: float,
    part: str | None = None,
    *,
    room: Vector = FREE_ROOM,
    resting: bool = False,
    bag: bool = False,
) -> Sprite:
    """Build an object of a kind (a key of OBJECTS); the sprite ends where the object does.

    Instances: each kind has MODELS instances, numbered from 0. An instance's number alone decides its variety and every measure of
    its shape; ``rng`` decides which instance is drawn, and its pose, number and arrangement. A part of a benchmark owns instances:
    ``test`` those whose number leaves 2 when divided by 3, ``train`` all others; None draws from all. So no instance is ever in both,
    and ``Sprite.instance`` names the one that was drawn.

    Args:
        kind: A key of OBJECTS.
        rng: Everything random comes from it.
        pitch_mm: Of the sprite's raster, square, in mm; half the scan's pitch or finer, so that the scan's own blur is what is seen.
        part: "train", "test" or None.
        room: The box (x, y, z in mm) that the object must fit in.
        resting: Ask for a pose that a body takes by itself on a floor.
        bag: Put it into a sports bag.

    Raises:
        KeyError: an unknown kind; the message names those that there are.
        ValueError: an unknown part, or a pitch that is not positive.
        NoRoomError: nothing of the kind fits the room (a ValueError too).
    """
    if kind not in OBJECTS:
        raise KeyError(f"no such kind of object: {kind!r}, expected one of {', '.join(OBJECTS)}")
    return make_from(OBJECTS[kind], kind, rng, pitch_mm, part, room=room, resting=resting, bag=bag)


def make_from(
    maker: ObjectMaker,
    kind: str,
    rng: np.random.Generator,
    pitch_mm: float,
    part: str | None = None,
    *,
    room: Vector = FREE_ROOM,
    resting: bool = False,
    bag: bool = False,
) -> Sprite:
    """As ``make_object``, by a maker that is in no table."""
    if pitch_mm <= 0:
        raise ValueError(f"the pitch must be positive, got {pitch_mm} mm")
    problem = NoRoomError(f"no {kind} fits {room}")
    for _ in range(TRIES):
        number = draw_instance(rng, part)
        shape = np.random.default_rng([zlib.crc32(kind.encode()), number])
        try:
            sprite = maker(Order(shape=shape, rng=rng, pitch=pitch_mm, room=room, resting=resting, bag=bag))
        except NoRoomError as e:
            problem = e
            continue
        size = (sprite.shape[1] * pitch_mm, sprite.shape[0] * pitch_mm, sprite.depth_mm)
        if all(s <= r for s, r in zip(size, room, strict=True)):
            return replace(sprite, instance=f"{kind}-{number:04d}")
    raise problem


def draw_instance(rng: np.random.Generator, part: str | None) -> int:
    """The number of an instance that belongs to a part (see ``make_object``). Raises ValueError for an unknown part."""
    if part is not None and part not in PARTS:
        raise ValueError(f"no such part: {part!r}, expected one of {', '.join(PARTS)}")
    number = int(rng.integers(MODELS))
    if part == "test":
        return number - number % TEST_EVERY + TEST_EVERY - 1
    if part == "train" and number % TEST_EVERY == TEST_EVERY - 1:
        return number - int(rng.integers(1, TEST_EVERY))
    return number
