"""The mass of a container's load, from transmission: an areal map of the load, its sum, and how far that may be off.

Beer and Lambert: a beam's attenuation says how many grams per square centimetre stand in its way, nearly whatever they are at
these energies. Depth does not matter for that; it does for how much a pixel covers: (d + z) / d times as much at a depth z behind the
near wall, which the slanted beam's longer way makes up for in part. Both are taken at the middle of the container.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from scantally.detector.config.containers import WIDTH_MM, Build, build_of
from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.maps.floor import thick_floor
from scantally.detector.maps.guides import guides
from scantally.detector.maps.materials import areal_of
from scantally.detector.maps.outline import Coarse, Outline, find_outline, shrink
from scantally.detector.maps.structure import empty_container, far_roof_mm
from scantally.detector.types import BoolArray, Box, FloatArray, Scan, Weighing

_ROOF_RAIL_MM = 75.0  # the upper side rail hides what little load stands as high
_BARE = (-1.5, 0.6)  # g/cm2 that bare walls may differ by from the expected ones
_BARE_PERCENTILE = 4.0
_BARE_OVER_MM = 450.0  # over the floor: bare walls are looked for above
_MAY_DOUBLE = 1.0  # what stands behind a stopped beam may be so many times as much again
_STEEL_G_CM3 = 7.85
_LEAST_CELLS = 40  # a container that shows smaller than this cannot be weighed
_BOX_LONGER, _BOX_HIGHER = 1.022, 1.14  # a located box over the container: air, and the far side's foot
_ISO_LENGTHS_MM = tuple(b.length_mm for b in map(build_of, ("22G1", "32G1", "42G1", "L2G1")) if b is not None)
_LENGTH_OFF = 0.07  # of the length: so much may a length differ from an ISO one
_UNEVEN = 1.4  # an uneven speed stretches or shrinks a container less; 40 ft are twice as long as 20 ft
_NEAR_MM = 90.0  # from the outer face of a side wall to the load
_VESSEL_SHARE = 0.65  # of a tank container's tare: the rest is frame
_END_MM = 150.0  # the load beside an end's structure is taken to go on as it does over so much


CUT_OFF = "the picture cuts the container off"
"""Why a container's length cannot be compared with its code's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """The part of the grid where load is weighed: rows from the underside to the roof's rail, columns between the ends."""

    rows_h: BoolArray
    columns: slice
    ends_mm: tuple[float, float]  # at each end: free room between the end's inner face and the columns

    def of(self, picture_hw: FloatArray) -> FloatArray:
        """This part of a picture."""
        part: FloatArray = picture_hw[self.rows_h, self.columns]
        return part


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sum:
    """What adds up to the load, in kg: what is seen, and what the errors rest on."""

    mass: float
    opaque: float  # of it, behind a stopped beam
    hidden: float  # what may be there at most: steel across the whole width
    guide: float  # what was taken for guides and left out


def weigh(
    scan: Scan, box: Box | None, size_type: str | None, settings: WeighingSettings, penetration: PenetrationSettings
) -> Weighing:
    """Weigh the load of one container.

    Args:
        scan: the scan.
        box: the container, in pixels of the scan.
        size_type: its ISO 6346 code; without one, a dry box of the length that the box has.
        settings: of the weighing.
        penetration: says how many of the file's smallest steps count as black.
    """
    build = build_of(size_type) if size_type else _likely(box, scan.pitch_mm)
    missing = _missing(scan, box, size_type, build)
    if missing is not None or box is None or build is None or scan.pitch_mm is None:
        return Weighing(missing=missing)
    coarse = shrink(scan.transmission_BHW, box, scan.pitch_mm, settings.cell_mm)
    big = min(coarse.bands_Bhw.shape[1:]) >= _LEAST_CELLS
    outline = find_outline(coarse, box, scan.pitch_mm, build, settings) if big else None
    if outline is None:
        return Weighing(missing="the container's ends cannot be made out in the picture")
    seen_hw, veil_hw, areal_hw = areal_of(coarse, scan.energies_mv or (), outline, settings)
    least = max(settings.deepest_transmission, scan.floor * penetration.opaque_levels)
    opaque_hw = seen_hw < np.maximum(least, settings.opaque_veils * veil_hw)
    load_hw = areal_hw - empty_container(outline, build)[:, None]
    return _weighed(load_hw, opaque_hw, coarse, outline, build, settings, cut=_is_cut(scan, box))


def _is_cut(scan: Scan, box: Box | None) -> bool:
    return box is not None and (box[0] <= 1.0 or box[2] >= scan.width - 1.0)


def wrong_length(box: Box | None, pitch_mm: float | None, size_type: str | None) -> str | None:
    """How a container's length contradicts its size and type code, without a full stop; None where it does not, or may not.

    Only another ISO length counts, and only one too far off for a truck's uneven speed. A height that fits no container says that the pitch
    is wrong.
    """
    build = build_of(f"{normalise_number(size_type or '')[:2]}G1")  # whatever type: its length and height count
    if box is None or pitch_mm is None or build is None:
        return None
    length, height = (box[2] - box[0]) * pitch_mm / _BOX_LONGER, (box[3] - box[1]) * pitch_mm / _BOX_HIGHER
    known = any(abs(length / mm - 1.0) < _LENGTH_OFF for mm in _ISO_LENGTHS_MM)
    if not known or _alike(length, build.length_mm) or not _alike(height, build.height_mm):
        return None
    said = f"{build.length_mm / 1000:.1f} m as its size and type code says"
    return f"the container in the picture is about {length / 1000:.0f} m long, not {said}"


def _alike(seen_mm: float, told_mm: float) -> bool:
    return told_mm / _UNEVEN < seen_mm < told_mm * _UNEVEN


def _likely(box: Box | None, pitch_mm: float | None) -> Build | None:
    """A dry box of the length and height that a located container has, where these fit one."""
    if box is None or pitch_mm is None:
        return None
    length, height = (box[2] - box[0]) * pitch_mm / _BOX_LONGER, (box[3] - box[1]) * pitch_mm / _BOX_HIGHER
    code = next((c for c, mm in (("2", 6058.0), ("4", 12192.0)) if abs(length / mm - 1.0) < _LENGTH_OFF), None)
    return None if code is None else build_of(f"{code}{'5' if height > 2743.0 else '2'}G1")


def _missing(scan: Scan, box: Box | None, size_type: str | None, build: Build | None) -> str | None:
    """What a weighing needs and has not got, as the end of a sentence; None when all is there."""
    lacks = []
    if not scan.calibrated:
        lacks.append("the grey values of this scan are not calibrated")
    if scan.energies_mv is None:
        lacks.append("the scanner's energy is not known")
    if scan.pitch_mm is None:
        lacks.append("the pixel pitch is not known")
    if box is None:
        lacks.append("no container was located")
    elif build is None:
        named = f"containers of size and type '{size_type}' cannot be weighed"
        lacks.append(named if size_type else "the container's size and type are not known")
    wrong = wrong_length(box, scan.pitch_mm, size_type)
    if wrong is not None:
        lacks.append(CUT_OFF if _is_cut(scan, box) else wrong)
    return " and ".join(lacks) or None


def _weighed(
    load_hw: FloatArray,
    opaque_hw: BoolArray,
    coarse: Coarse,
    outline: Outline,
    build: Build,
    settings: WeighingSettings,
    *,
    cut: bool,
) -> Weighing:
    room = _room(load_hw, outline, build)
    guide_hw = guides(load_hw, outline, room.columns) if build.family != "tank" else np.zeros_like(load_hw)
    load_hw = load_hw - guide_hw
    load_hw = load_hw - _bare(load_hw, room, outline, build)
    found = _sum(load_hw, guide_hw, opaque_hw, room, outline, build)
    low, high = _interval(found, build, settings)
    share = max(0.0, found.opaque) / max(found.mass, 1.0)
    # So few stopped cells that not even steel in all of them would weigh more than the error: fittings of an empty container.
    few = found.hidden <= _least_error(build, settings)
    bounded = cut or (share > settings.opaque_mass and not few)
    high += found.hidden if share > settings.opaque_mass else 0.0
    return Weighing(
        mass_kg=max(0.0, found.mass),
        low_kg=max(0.0, low),
        high_kg=None if bounded else max(0.0, high),
        lower_bound_only=bounded,
        opaque_share=min(1.0, share),
        filled_share=_filled(load_hw, room, outline, build, settings),
        room_m3=build.room_m3,
        tare_kg=build.tare_kg,
        areal_hw=np.maximum(room.of(load_hw), 0.0).astype(np.float32),
        areal_box=_box(room, coarse),
        floor=thick_floor(load_hw + guide_hw, coarse, outline, build, room.columns),
    )


def _room(load_hw: FloatArray, outline: Outline, build: Build) -> _Room:
    part = build.structure
    ends, walls = [part.end_mm, part.end_mm], [part.wall_end_mm, part.wall_end_mm]
    if part.unit_mm > 0.0:
        unit = 0 if _denser_left(load_hw, outline, build) else 1
        ends[unit], walls[unit] = part.unit_mm, part.unit_mm
    return _Room(
        rows_h=(outline.rows_mm_h > 0.0) & (outline.rows_mm_h < build.height_mm - _ROOF_RAIL_MM),
        columns=outline.columns(ends[0], ends[1]),
        ends_mm=(ends[0] - walls[0], ends[1] - walls[1]),
    )


def _denser_left(load_hw: FloatArray, outline: Outline, build: Build) -> bool:
    """Whether the end at the left is the denser one above the load: the one with a reefer's unit."""
    upper = (outline.rows_mm_h > 0.5 * build.height_mm) & (outline.rows_mm_h < far_roof_mm(outline, build) - 50.0)
    far = build.length_mm - build.structure.unit_mm + 100.0
    left, right = outline.columns(120.0, far), outline.columns(far, 120.0)
    return float(load_hw[upper, left].mean()) > float(load_hw[upper, right].mean())


def _bare(load_hw: FloatArray, room: _Room, outline: Outline, build: Build) -> float:
    """By how much bare walls are denser than expected, g/cm2, where some can be seen above the load; else 0."""
    over_mm = build.structure.floor_mm + _BARE_OVER_MM
    rows_h = (outline.rows_mm_h > over_mm) & (outline.rows_mm_h < far_roof_mm(outline, build) - 60.0)
    if not rows_h.any() or build.structure.walls_g_cm2 == 0.0:
        return 0.0
    smooth = cv2.blur(np.ascontiguousarray(load_hw[rows_h, room.columns]), (int(300.0 / outline.wide_mm) | 1, 1))
    least = float(np.percentile(smooth, _BARE_PERCENTILE))
    return least if _BARE[0] < least < _BARE[1] else 0.0


def _sum(
    load_hw: FloatArray, guide_hw: FloatArray, opaque_hw: BoolArray, room: _Room, outline: Outline, build: Build
) -> _Sum:
    """Mass in the room, at its ends and below the underside's line, where the far side's foot is seen."""
    d = outline.distance_mm
    kg = outline.high_mm * outline.wide_mm / 1e5 * (d + WIDTH_MM / 2.0) / d  # of a cell with 1 g/cm2
    load, stopped = room.of(load_hw), opaque_hw[room.rows_h, room.columns]
    side = max(1, round(_END_MM / outline.wide_mm))
    ends = [
        max(0.0, float(part.mean(axis=1).sum())) * kg * free / outline.wide_mm
        for part, free in zip((load[:, :side], load[:, -side:]), room.ends_mm, strict=True)
    ]
    return _Sum(
        mass=float(load.sum(dtype=np.float64)) * kg + sum(ends) + _below(load_hw, room, outline, build) * kg,
        opaque=float(load[stopped].sum(dtype=np.float64)) * kg,
        hidden=float(stopped.sum()) * kg * _STEEL_G_CM3 * WIDTH_MM / 10.0,
        guide=float(room.of(guide_hw).sum(dtype=np.float64)) * kg,
    )


def _below(load_hw: FloatArray, room: _Room, outline: Outline, build: Build) -> float:
    """What the far side's load has below the line of the near side's underside, summed g/cm2 of cells: trailer stands there too.

    The load is taken to go on as it does just over the floor.
    """
    floor_mm = build.structure.floor_mm
    depths = np.linspace(_NEAR_MM, WIDTH_MM - _NEAR_MM, 200)
    hidden_mm = float(np.maximum(0.0, outline.drop_mm * depths / outline.distance_mm - floor_mm).mean())
    foot_h = (outline.rows_mm_h > floor_mm + 20.0) & (outline.rows_mm_h < floor_mm + 280.0)
    foot_w = np.maximum(load_hw[foot_h, room.columns].mean(axis=0), 0.0)
    return float(foot_w.sum()) * hidden_mm / outline.high_mm


def _interval(found: _Sum, build: Build, settings: WeighingSettings) -> tuple[float, float]:
    tare = build.tare_kg or _assumed_tare(build)
    errors = (
        settings.geometry_error * found.mass,
        settings.material_error * found.mass,
        _structure_error(build, settings),
        settings.guide_error * found.guide,
    )
    half = settings.deviations * float(np.sqrt(np.square(errors).sum()))
    # Papers count a tank's vessel with the container; it stands in the beam like the load.
    vessel = _VESSEL_SHARE * tare[1] if build.family == "tank" else 0.0
    return found.mass - half - vessel, found.mass + half + _MAY_DOUBLE * max(0.0, found.opaque)


def _assumed_tare(build: Build) -> tuple[float, float]:
    return 0.3 * build.length_mm, 0.4 * build.length_mm


def _structure_error(build: Build, settings: WeighingSettings) -> float:
    """Standard error of the empty container, kg."""
    return settings.structure_error * sum(build.tare_kg or _assumed_tare(build)) / 2.0


def _least_error(build: Build, settings: WeighingSettings) -> float:
    """Half the interval of an empty container, kg."""
    return settings.deviations * _structure_error(build, settings)


def _filled(
    load_hw: FloatArray, room: _Room, outline: Outline, build: Build, settings: WeighingSettings
) -> float | None:
    """Share of the inside's side view that shows load."""
    top_mm = build.height_mm - build.structure.roof_mm
    rows_h = (outline.rows_mm_h > build.structure.floor_mm) & (outline.rows_mm_h < top_mm)
    inside = load_hw[rows_h, room.columns]
    return (
        float((cv2.blur(np.ascontiguousarray(inside), (5, 5)) > settings.filled_g_cm2).mean()) if inside.size else None
    )


def _box(room: _Room, coarse: Coarse) -> Box:
    rows = np.flatnonzero(room.rows_h)
    k = coarse.factor
    return (
        float(coarse.left + room.columns.start * k),
        float(coarse.top + rows[0] * k),
        float(coarse.left + room.columns.stop * k),
        float(coarse.top + (rows[-1] + 1) * k),
    )
