"""Where in a container an object could be: on the floor, in the load or on it. Never across a wall, and in the air only when that is
asked for."""

from dataclasses import dataclass

import cv2
import numpy as np

from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, WALL_MM
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip_character import ScanCharacter
from scantally.datasets.tip_frame import ContainerFrame, level
from scantally.detector.types import FloatArray

PLACES = ("floor", "load", "top")

ANYWHERE = "anywhere"
"""At any height, and in the air too: no place for an object of interest, but what finds anomalies must not learn where to look."""

LOAD_SHARE = 0.80
"""Of the empty walls' signal: darker is load. The roof strip's far rail reaches it, and is left out by its narrowness."""

COARSE_PX = 4
"""Loads are found on a picture so much coarser."""

LOAD_NEAR_MM = 90.0
"""Depth at which the upper edge of a load is taken to stand: it fills the container's width, as most do."""

LEAST_LOAD_MM = 250.0
"""Lower than this nothing lies on it or in it."""

LEVEL_MM = 60.0
"""How uneven the support of what lies on a load may be."""

FOOT_MM = 40.0
"""What of an object reaches so low carries it."""

LIFTED_KG = 100.0
"""What two people lift: a heavier thing stands on the floor, not on or between goods (assumed)."""

WITHIN_LOAD_MM = 1800.0
"""A longer or higher thing stands by itself: no load closes around a car."""

TRIES = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A place in a container: the object's left edge (column of the scan, not rounded), its base over the floor, its depth."""

    frame: ContainerFrame
    left: float
    base_mm: float
    depth_mm: float
    place: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What stands in a container: for each coarse column the load's height over the floor in mm, 0 where the floor is free."""

    first: int  # column of the scan at which the inside begins
    tops_mm_M: FloatArray


def find_room(scan_HW: FloatArray, character: ScanCharacter, frame: ContainerFrame) -> Room:
    """Read a container's load off its picture: what is darker than the walls from the floor up, with gaps of up to 100 mm."""
    left, right = frame.inside
    y1 = int(frame.floor_px) - 4
    part = character.curve.signal(level(scan_HW, frame.roof_N[left - frame.first : right - frame.first], left, y1))
    size = (max(1, (right - left) // COARSE_PX), max(1, y1 // COARSE_PX))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    dark = (small < LOAD_SHARE * _walls(small)).astype(np.uint8)
    dark = cv2.morphologyEx(
        dark, cv2.MORPH_OPEN, np.ones((4, 2), np.uint8)
    )  # roof lines and lashing rings are narrower
    gap = max(1, round(100.0 / frame.pitch_mm / COARSE_PX))
    dark = cv2.morphologyEx(
        np.pad(dark, ((0, gap), (0, 0)), constant_values=1), cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8)
    )
    standing = np.minimum.accumulate(dark[: size[1]][::-1], axis=0).sum(axis=0)  # coarse rows from the floor up
    top_px = np.asarray((size[1] - standing) * COARSE_PX, np.float32)
    heights = frame.height_at(top_px, LOAD_NEAR_MM) - np.float32(FLOOR_MM)
    tops = np.where(
        heights > LEAST_LOAD_MM, heights, np.where(standing * COARSE_PX * frame.pitch_mm > 100.0, heights, 0.0)
    )
    return Room(first=left, tops_mm_M=np.asarray(np.maximum(tops, 0.0), np.float32))


def _walls(small: FloatArray) -> float:
    """Signal behind two empty walls; a container that is full shows none, and then the usual one serves."""
    seen = float(np.percentile(small, 95))
    return seen if seen > 0.7 else 0.88


def draw_spot(
    scan_HW: FloatArray,
    character: ScanCharacter,
    sprite: Sprite,
    rng: np.random.Generator,
    places: tuple[str, ...] = PLACES,
) -> Spot | None:
    """Draw a place where the object could be, or None when it fits nowhere.

    None means that none of TRIES draws found one: no container was made out, or none with walls; the object is longer or higher than
    the room; it would tip over as it is drawn and no load holds it; no floor is free over its length; the load is too low for it, it
    is larger than WITHIN_LOAD_MM, and on top of the load it is too heavy (LIFTED_KG), does not lie level or has no room.

    Raises:
        ValueError: a place is neither one of PLACES nor ANYWHERE.
    """
    if not set(places) <= {*PLACES, ANYWHERE}:
        raise ValueError(f"places {places} are not all of {', '.join((*PLACES, ANYWHERE))}")
    if not character.frames or not places:
        return None
    rooms: dict[int, Room] = {}
    for _ in range(TRIES):
        k = int(rng.integers(len(character.frames)))
        frame = character.frames[k]
        if k not in rooms:
            rooms[k] = find_room(scan_HW, character, frame)
        spot = _try(frame, rooms[k], sprite, places[int(rng.integers(len(places)))], rng)
        if spot is not None:
            return spot
    return None


def stands(sprite: Sprite) -> bool:
    """Whether an object rests as it is drawn: its centre of mass lies over its feet. What leans needs cargo around it."""
    total = sprite.total
    solid = total > 0.5
    lowest = np.where(solid.any(axis=0), solid.shape[0] - np.argmax(solid[::-1], axis=0), 0)
    feet = np.flatnonzero(lowest > solid.shape[0] - FOOT_MM / sprite.pitch_mm)
    if not feet.size:
        return False
    centre = float((total.sum(axis=0) @ np.arange(solid.shape[1])) / max(float(total.sum()), 1e-9))
    return bool(feet[0] <= centre <= feet[-1])


def _try(frame: ContainerFrame, room: Room, sprite: Sprite, place: str, rng: np.random.Generator) -> Spot | None:
    """One draw; None when the object does not fit there."""
    high, wide = (n * sprite.pitch_mm for n in sprite.shape)
    columns = wide / frame.x_pitch_mm
    first, last = frame.inside
    if columns > last - first or high > frame.inner_height_mm:
        return None
    if place not in ("load", ANYWHERE) and not stands(sprite):
        return None
    left = float(rng.uniform(first, last - columns))
    span = room.tops_mm_M[int((left - first) / COARSE_PX) : int((left + columns - first) / COARSE_PX) + 1]
    half = sprite.depth_mm / 2.0 if sprite.slices else 0.0
    shallowest, deepest = 180.0 + half, OUTER_WIDTH_MM - WALL_MM - 100.0 - half
    if deepest < shallowest:
        shallowest = deepest = (shallowest + deepest) / 2.0
    if not span.size:
        return None
    if place in ("load", "top") and frame.empty:
        return None
    if place == ANYWHERE:
        base, depth = rng.uniform(0.0, frame.inner_height_mm - high), rng.uniform(shallowest, deepest)
        return Spot(frame=frame, left=left, base_mm=float(base), depth_mm=float(depth), place=place)
    if place == "floor":
        if float(span.max()) > 0.0:
            return None
        return Spot(frame=frame, left=left, base_mm=0.0, depth_mm=float(rng.uniform(shallowest, deepest)), place=place)
    lowest, top = float(span.min()), float(span.max())
    heavy = sprite.mass_kg > LIFTED_KG
    if max(high, wide) > WITHIN_LOAD_MM or (heavy and place == "top"):
        return None
    if place == "load":
        if lowest < high + LEAST_LOAD_MM / 5.0 or lowest < LEAST_LOAD_MM:
            return None
        base = 0.0 if heavy else float(rng.uniform(0.0, lowest - high))
        return Spot(frame=frame, left=left, base_mm=base, depth_mm=float(rng.uniform(shallowest, deepest)), place=place)
    middle = span[span.size // 4 : max(span.size - span.size // 4, span.size // 4 + 1)]
    held = (span > top - LEVEL_MM).mean() >= 0.5 and float(middle.max()) > top - LEVEL_MM
    if top < LEAST_LOAD_MM or not held or top + high > frame.inner_height_mm:
        return None
    return Spot(
        frame=frame,
        left=left,
        base_mm=top,
        depth_mm=float(rng.uniform(shallowest, max(shallowest, min(1000.0, deepest)))),
        place=place,
    )
