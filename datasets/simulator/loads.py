"""The table of loads: a kind of cargo to the function that builds one, seen from the side."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scantally.datasets.simulator.loads_bags import big_bags, sacks
from scantally.datasets.simulator.loads_bales import bales
from scantally.datasets.simulator.loads_boxes import cartons
from scantally.datasets.simulator.loads_bulk import bulk
from scantally.datasets.simulator.loads_coils import coils
from scantally.datasets.simulator.loads_cold import frozen_cartons, meat
from scantally.datasets.simulator.loads_home import household
from scantally.datasets.simulator.loads_machinery import machinery
from scantally.datasets.simulator.loads_pipes import pipes
from scantally.datasets.simulator.loads_reels import reels
from scantally.datasets.simulator.loads_round import drums, tyres
from scantally.datasets.simulator.loads_stacks import sheets, slabs
from scantally.datasets.simulator.loads_tank import tank
from scantally.datasets.simulator.loads_timber import timber
from scantally.datasets.simulator.loads_vehicles import vehicles
from scantally.datasets.simulator.shapes import Canvas, Frame
from scantally.datasets.simulator.sprite import DepthSlice, Sprite

LoadMaker = Callable[[np.random.Generator, Frame], Canvas]
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
    "bales": bales,
    "coils": coils,
    "pipes": pipes,
    "reels": reels,
    "vehicles": vehicles,
    "frozen_cartons": frozen_cartons,
    "meat": meat,
    "household": household,
}


COUNTED = frozenset({"drums", "tyres", "bales", "coils", "pipes", "reels", "vehicles", "meat"})
"""Loads whose pieces are counted: their sprites hold a part for each."""
HANGING = frozenset({"meat"})
"""Loads that hang from the ceiling: they take the whole height of their room, however heavy they are."""

COVERING = frozenset(
    {"sacks", "cartons", "household", "bales", "big_bags", "frozen_cartons", "tyres", "drums", "reels", "timber"}
)
"""Loads that stand as a wall, so that whoever opens the doors sees nothing of what is behind."""

DRAWS = 8
LIGHTER = 4
PAYLOAD_KG = 28000.0
"""What a container bears, about (ISO 1496-1 ratings of 30,480 kg less the tare); a heavier draw is drawn again, lower and shorter."""

LEAST_ROOM: dict[str, tuple[float, float, float]] = {
    "vehicles": (2400.0, 1300.0, 850.0),
    "meat": (700.0, 900.0, 500.0),
    "drums": (700.0, 1050.0, 650.0),
}
"""Width, height and depth in mm below which nothing of a kind stands."""


def has_room(kind: str, width_mm: float, height_mm: float, depth_mm: float) -> bool:
    """Whether a room is large enough for at least one thing of a kind."""
    least = LEAST_ROOM.get(kind, (0.0, 0.0, 0.0))
    return all(have >= need for have, need in zip((width_mm, height_mm, depth_mm), least, strict=True))


def make_load(
    kind: str, rng: np.random.Generator, width_mm: float, height_mm: float, depth_mm: float, pitch_mm: float
) -> Sprite:
    """Build a load of a kind (a key of LOADS) that stands on the sprite's last row.

    The sprite is at most ``width_mm`` x ``height_mm``; along the beam the load takes at most about ``depth_mm``.
    A draw that leaves the room empty is drawn again; the sprite is all zero where nothing of the kind fits (no drum stands
    in 400 mm). Raises KeyError for an unknown kind and ValueError for a size or pitch that is not positive.
    """
    return _whole(kind, _build(kind, rng, width_mm, height_mm, depth_mm, pitch_mm))


def make_load_slices(
    kind: str,
    rng: np.random.Generator,
    width_mm: float,
    height_mm: float,
    depth_mm: float,
    pitch_mm: float,
    *,
    full: bool = False,
) -> tuple[Sprite, tuple[DepthSlice, ...]]:
    """The load that ``make_load`` builds with the same arguments, and the same load by depth.

    A ``full`` one is stowed up to the room's height, or as high as the fullest of several draws.

    A slice's mass lies between two depths, so that a fan beam can show each at its own scale. The slices have the whole
    sprite's size and add up to it.
    """
    canvas = _build(kind, rng, width_mm, height_mm, depth_mm, pitch_mm, full=full)
    return _whole(kind, canvas), canvas.depth_slices(kind)


def _whole(kind: str, canvas: Canvas) -> Sprite:
    return canvas.sprite(kind, count=len(canvas.parts) if kind in COUNTED else None)


def _build(
    kind: str,
    rng: np.random.Generator,
    width: float,
    height: float,
    depth: float,
    pitch: float,
    *,
    full: bool = False,
) -> Canvas:
    if min(width, height, depth, pitch) <= 0:
        raise ValueError(f"sizes and pitch must be positive, got {width} x {height} x {depth} at {pitch} mm")
    frame = Frame(width=width, height=height, depth=depth, pitch=pitch, full=full)
    canvas = _drawn(kind, rng, frame)
    for draw in range(LIGHTER + (LIGHTER if full else 0)):
        share = PAYLOAD_KG / max(canvas.mass_kg(), 1.0)
        if share >= 1.0:
            break
        if full and draw < LIGHTER:  # a room that is to be full is filled with something lighter
            canvas = _drawn(kind, rng, frame)
            continue
        low, narrow = max(frame.height * share**0.5, 350.0), max(frame.width * share**0.6, 600.0)
        low = frame.height if kind in HANGING or full else low
        frame = replace(frame, height=min(low, frame.height), width=min(narrow, frame.width))
        canvas = _drawn(kind, rng, frame)
    return canvas


def _drawn(kind: str, rng: np.random.Generator, frame: Frame) -> Canvas:
    canvas = LOADS[kind](rng, frame)
    for _ in range(DRAWS - 1):
        if not canvas.is_empty():
            break
        canvas = LOADS[kind](rng, frame)
    for _ in range(DRAWS - 1 if frame.full and kind in COVERING else 0):
        height = hides_up_to(_whole(kind, canvas))
        if height >= HIDES * canvas.height:
            break
        other = LOADS[kind](rng, frame)
        canvas = other if hides_up_to(_whole(kind, other)) > height else canvas
    return canvas


HIDES = 0.8
"""A cover reaches at least to this share of the room's height in nine columns of ten, where one of the draws does."""

SOLID = 0.3
"""Areal density in g/cm2 that counts as something: two sheets of board and what little they hold."""


def hides_up_to(load: Sprite) -> float:
    """Height in mm over its foot up to which nine columns of ten of a load hold something; 0 where there is nothing."""
    there = load.total > SOLID
    tops = np.where(there.any(axis=0), there.shape[0] - np.argmax(there, axis=0), 0)
    return float(np.quantile(tops, 0.1, method="lower")) * load.pitch_mm
