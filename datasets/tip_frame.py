"""Where a container stands in a scan: its roof column by column, its floor, its ends, and how its space falls on the picture.

Measured on the picture itself, inside a box that may be loose: the roof's upper edge (it carries the truck's slope and bounce),
the far roof line and the floor. The fan beam's geometry is that of ``datasets.simulator.geometry``: what stands at a depth
appears smaller by distance / (distance + depth), seen from a source ``drop`` below the container's underside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from scantally.datasets.simulator.container_kinds import END_MM, FLOOR_MM, OUTER_WIDTH_MM
from scantally.detector.types import BoolArray, Box, FloatArray

OPEN = 0.955
"""Share of the open beam below which something stands in it: two walls leave about 0.9, air 0.99 and more."""

WALLED = 0.94
"""Below the roof's edge a wall and the roof leave about 0.85; a tank's or a flat rack's frame leaves air."""

LENGTHS_MM = (6058.0, 12192.0)
HEIGHTS_MM = {6058.0: 2591.0, 12192.0: 2743.0}
"""ISO 668: 20 ft and 40 ft. A 40 ft container is 2,591 or 2,896 mm high, which the picture does not tell: the mean, 6 % off at most."""

MEMBERS_MM = (275.0, 335.0)
"""Usual spacing of floor cross members, with some margin (makers' specifications of ISO 1496-1 dry containers)."""

USUAL_DROP_MM = 850.0
"""From the container's underside down to the source, where nothing says more: assumed, as fits roof and floor of real scans."""

FASTEST = 0.9
"""No real scan shows x more than this share longer than to scale (trucks are too fast, not too slow): a 20 ft container that seems
longer is a 40 ft one."""

FLOOR_SECTIONS, FLOOR_SPREAD_PX = 20, 10.0
"""Sections of a container in which its floor is looked for, and how far apart neighbours among them may lie to agree."""

LEAST_HIGH_PX, LEAST_WIDE = 100.0, 0.15
"""A container of fewer rows, or of fewer columns for its rows, does not show what is measured here (real ones: 0.6 and more)."""

AGREE = 0.95
"""By how much floors of one scan may differ before one of them is doubted."""

FAR_ROOF_SHARE, FLOOR_SHARE = 0.38, 0.855
"""Of the container's height in the picture, where they are not found: medians of the real scans (datasets/labels/ajna_notes.md)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerFrame:
    """A container in a scan. ``roof_N`` is the row of its near upper edge for each column from ``first`` on."""

    box: Box
    first: int
    roof_N: FloatArray
    far_roof_px: float  # below the near edge
    floor_px: float  # of the floor's near rim, below the near edge
    length_mm: float
    height_mm: float
    pitch_mm: float  # in the near wall's plane
    x_pitch_mm: float
    distance_mm: float
    drop_mm: float
    empty: bool  # known to hold no load: what is dark at its floor is the trailer
    measured: tuple[str, ...]  # which of "roof", "far_roof", "floor", "length" the picture showed

    @property
    def last(self) -> int:
        """Column behind the last one."""
        return self.first + self.roof_N.size

    @property
    def inside(self) -> tuple[int, int]:
        """Columns between the front wall and the doors."""
        margin = int(np.ceil(END_MM / self.x_pitch_mm)) + 3
        return self.first + margin, self.last - margin

    @property
    def inner_height_mm(self) -> float:
        """Free height between floor and roof."""
        return self.height_mm - FLOOR_MM - 35.0

    def scale(self, depth_mm: float) -> float:
        """How much smaller than at the near wall things at a depth appear."""
        return self.distance_mm / (self.distance_mm + depth_mm)

    def below_roof(self, height_mm: float, depth_mm: float) -> float:
        """Rows from the near upper edge down to a height over the underside, at a depth."""
        return (self.height_mm + self.drop_mm - (height_mm + self.drop_mm) * self.scale(depth_mm)) / self.pitch_mm

    def height_at(self, below_px: FloatArray, depth_mm: float) -> FloatArray:
        """The height over the underside that is seen so many rows below the near upper edge, at a depth."""
        above = self.height_mm + self.drop_mm - below_px * np.float32(self.pitch_mm)
        return np.asarray(above / np.float32(self.scale(depth_mm)) - np.float32(self.drop_mm), np.float32)


def find_frame(
    scan_HW: FloatArray,
    valid_HW: BoolArray,
    box: Box,
    *,
    alone: bool,
    empty: bool = False,
    pitch_mm: float | None = None,
    x_pitch_mm: float | None = None,
) -> ContainerFrame | None:
    """Measure a container in a scan.

    Args:
        scan_HW: Transmission or grey relative to the open beam.
        valid_HW: False for padding and dead rows.
        box: Of the container, up to some 60 px loose.
        alone: Whether it is the only one in the scan: one of two is taken for a 20 ft container.
        empty: Whether it is known to hold no load.
        pitch_mm: Along y in the near wall's plane, where known.
        x_pitch_mm: Along x, where known.

    Returns:
        None for what has no walls (tank, flat rack), and for what the picture does not show well enough.
    """
    x, y = (np.clip(box[k::2], 0, n) for k, n in enumerate(scan_HW.shape[::-1]))
    box = (float(x[0]), float(y[0]), float(x[1]), float(y[1]))
    cut = _ends(scan_HW, valid_HW, box)
    if cut is None:
        return None
    first, last = cut
    roof_N = _roof(scan_HW, box, first, last)
    if roof_N is None:
        return None
    high = box[3] - float(np.median(roof_N))
    if high < LEAST_HIGH_PX or last - first < LEAST_WIDE * high:
        return None
    levelled = level(scan_HW, roof_N, first, int(high) + 8)
    if float(np.median(levelled[int(0.05 * high) : int(0.12 * high)])) > WALLED:
        return None
    far, far_found = _far_roof(levelled, high)
    floor, floor_found = _floor(levelled, high)
    length, length_found = _length(levelled, floor, alone, (last - first, x_pitch_mm))
    height = HEIGHTS_MM[length]
    if pitch_mm is not None:  # the height that fits: 2,591 or 2,896 mm
        height = min((2591.0, 2896.0), key=lambda h: abs(h - FLOOR_MM - floor * pitch_mm))
    pitch = pitch_mm if pitch_mm is not None else (height - FLOOR_MM) / floor
    distance, drop = _source(far * pitch, height)
    found = (("far_roof", far_found), ("floor", floor_found), ("length", length_found))
    return ContainerFrame(
        box=box,
        first=first,
        roof_N=roof_N,
        far_roof_px=far,
        floor_px=floor,
        length_mm=length,
        height_mm=height,
        pitch_mm=pitch,
        x_pitch_mm=x_pitch_mm if x_pitch_mm is not None else length / (last - first),
        distance_mm=distance,
        drop_mm=drop,
        empty=empty,
        measured=("roof", *(name for name, there in found if there)),
    )


def agreed(frames: Sequence[ContainerFrame]) -> tuple[ContainerFrame, ...]:
    """Frames of one scan, brought to one geometry: equally high boxes show their floor at the same share of the far roof line.

    Where one shows it clearly higher, a trailer's guide was taken for it over its whole length.
    """
    shares = [(f.height_mm, f.floor_px / f.far_roof_px) for f in frames if {"far_roof", "floor"} <= set(f.measured)]
    out = []
    for f in frames:
        most = max((share for height, share in shares if height == f.height_mm), default=0.0)
        if {"far_roof", "floor"} <= set(f.measured) and f.floor_px / f.far_roof_px < AGREE * most:
            floor = f.far_roof_px * most
            pitch = (f.height_mm - FLOOR_MM) / floor
            distance, drop = _source(f.far_roof_px * pitch, f.height_mm)
            f = replace(f, floor_px=floor, pitch_mm=pitch, distance_mm=distance, drop_mm=drop)
        out.append(f)
    return tuple(out)


def level(scan_HW: FloatArray, roof_N: FloatArray, first: int, rows: int) -> FloatArray:
    """The container's columns, shifted so that the near upper edge is row 0, (rows, N)."""
    at_y = np.arange(rows, dtype=np.float32)[:, None] + roof_N[None, :]
    at_x = np.broadcast_to(np.arange(first, first + roof_N.size, dtype=np.float32), at_y.shape)
    out = cv2.remap(scan_HW, np.ascontiguousarray(at_x), at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)


def _ends(scan_HW: FloatArray, valid_HW: BoolArray, box: Box) -> tuple[int, int] | None:
    """First and last column of what stands in the box; None without walls."""
    h, w = scan_HW.shape
    x0, x1 = int(np.clip(box[0], 0, w)), int(np.clip(np.ceil(box[2]), 0, w))
    high = box[3] - box[1]
    y0, y1 = int(np.clip(box[1] + 0.15 * high, 0, h)), int(np.clip(box[1] + 0.75 * high, 0, h))
    if x1 - x0 < 40 or y1 - y0 < 40:
        return None
    part = scan_HW[y0:y1:3, x0:x1]
    good = valid_HW[y0:y1:3, x0:x1].mean(axis=0) > 0.5
    filled = (np.percentile(part, 60, axis=0) < OPEN) & good
    if filled.mean() < 0.6 or (part.max(axis=0) > 0.97)[filled].mean() > 0.6:
        return None
    hit = np.flatnonzero(filled)
    return x0 + int(hit[0]), x0 + int(hit[-1]) + 1


def _roof(scan_HW: FloatArray, box: Box, first: int, last: int) -> FloatArray | None:
    """Row of the near upper edge for each column: where the picture falls below the open beam, smoothed along x."""
    high = box[3] - box[1]
    y0, y1 = max(0, int(box[1] - 0.05 * high)), int(box[1] + 0.22 * high)
    strip = cv2.blur(np.ascontiguousarray(scan_HW[y0:y1, first:last]), (9, 1), borderType=cv2.BORDER_REPLICATE)
    dark = strip < OPEN - 0.02
    dark[:-2] &= dark[1:-1] & dark[2:]  # a single stray row is no roof
    rows = np.argmax(dark, axis=0).astype(np.float32)
    found = dark.any(axis=0)
    if found.mean() < 0.5:
        return None
    columns = np.arange(last - first)
    filled = np.asarray(np.interp(columns, columns[found], rows[found]), np.float32)
    return np.asarray(_smooth(_without_jumps(filled)) + y0, np.float32)


def _without_jumps(rows: FloatArray) -> FloatArray:
    """Corner fittings and fittings on the roof stand out from a straight line with some bounce: follow the line there."""
    columns = np.arange(rows.size)
    keep = np.ones(rows.size, np.bool_)
    for reach in (12.0, 6.0, 4.0):
        line = np.polynomial.Polynomial.fit(columns[keep], rows[keep], 3)(columns)
        keep = np.abs(rows - line - np.median((rows - line)[keep])) < reach
        if keep.sum() < 0.3 * rows.size:
            return np.asarray(np.full(rows.size, np.median(rows)), np.float32)
    return np.asarray(np.interp(columns, columns[keep], rows[keep]), np.float32)


def _smooth(rows: FloatArray) -> FloatArray:
    """Over about 30 columns: the truck's bounce is slower, the edge's own steps are not."""
    reach = max(1, min(15, rows.size // 8))
    wide = np.asarray(rows, np.float32)[None, :]
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), reach / 2.0, borderType=cv2.BORDER_REPLICATE)[0], np.float32)


def _profile(levelled: FloatArray, share: float) -> FloatArray:
    """One value a row: a percentile over the middle columns, which looks past what stands in some of them."""
    n = levelled.shape[1]
    return np.asarray(np.percentile(levelled[:, n // 8 : n - n // 8 : 4], share, axis=1), np.float32)


def _far_roof(levelled: FloatArray, high: float) -> tuple[float, bool]:
    """The far roof line: a narrow dark line, and below it one wall more and no roof."""
    y0, y1 = int(0.25 * high), int(0.52 * high)
    p = _profile(levelled, 50.0)
    dip = np.minimum(p[y0 - 14 : y1 - 14], p[y0 + 14 : y1 + 14]) - p[y0:y1]
    at = int(np.argmax(dip))
    if dip[at] < 0.03 or p[y0 + at + 14] < 0.5:
        return FAR_ROOF_SHARE * high, False
    return float(y0 + at - 3), True


def _floor(levelled: FloatArray, high: float) -> tuple[float, bool]:
    """The floor's near rim: where the free parts' grey first falls lastingly in the lower third, section by section.

    Guides of a terminal trailer rise in front of the floor and make the fall come higher, over most of the length at times, so the
    lowest group of sections that agree counts.
    """
    y0, y1 = int(0.68 * high), min(int(0.93 * high), levelled.shape[0] - 7)
    if y1 - y0 < 24:
        return FLOOR_SHARE * high, False
    n = levelled.shape[1]
    edges = np.linspace(0.03 * n, 0.97 * n, FLOOR_SECTIONS + 1).astype(int)
    sections = [np.median(levelled[:, a:b], axis=1) for a, b in pairwise(edges.tolist()) if b > a]
    falls = sorted(y for p in sections if (y := _first_fall(p, y0, y1)) is not None)
    if not falls:
        return FLOOR_SHARE * high, False
    apart = np.flatnonzero(np.diff(falls) > FLOOR_SPREAD_PX) + 1
    groups = [g for g in np.split(np.array(falls, np.float64), apart) if g.size >= 2]
    return (float(np.median(groups[-1])), True) if groups else (float(falls[-1]), True)


def _first_fall(profile: FloatArray, y0: int, y1: int) -> float | None:
    above, below = profile[y0 - 6 : y1 - 6], profile[y0 + 6 : y1 + 6]
    fall = np.where(above > 0.6, (above - below) / np.maximum(above, 0.05), 0.0)
    falling = np.flatnonzero(fall > 0.15)
    if not falling.size:
        return None
    first = int(falling[0])
    return float(y0 + first + int(np.argmax(fall[first : first + 14])))


def _length(levelled: FloatArray, floor_px: float, alone: bool, width: tuple[int, float | None]) -> tuple[float, bool]:
    """20 ft or 40 ft: from the pitch where known, else from how many cross members the floor shows."""
    columns, x_pitch = width
    if x_pitch is not None:
        return min(LENGTHS_MM, key=lambda mm: abs(mm - columns * x_pitch)), True
    if not alone:
        return LENGTHS_MM[0], False
    if columns * FASTEST > LENGTHS_MM[0] / (HEIGHTS_MM[LENGTHS_MM[0]] - FLOOR_MM) * floor_px:
        return LENGTHS_MM[1], True
    ratio = _member_ratio(levelled)
    return (LENGTHS_MM[0] if ratio is None or ratio > 0.6 else LENGTHS_MM[1]), ratio is not None


def _member_ratio(levelled: FloatArray) -> float | None:
    """How strongly the floor repeats at a 20 ft container's spacing of members against a 40 ft one's; None without members.

    Narrow teeth have a strong second harmonic: a 20 ft floor also shows twice its frequency, a 40 ft one never half of it. The
    rows that show it best decide, as loads and the trailer have patterns of their own.
    """
    ratios = []
    for share in np.linspace(0.85, 0.96, 6):
        y0 = int(share * levelled.shape[0])
        short, long = (_power(np.median(levelled[y0 : y0 + 14], axis=0), mm) for mm in LENGTHS_MM)
        if max(short, long) > 0.12:
            ratios.append(short / long)
    return min(ratios) if ratios else None


def _power(row_N: FloatArray, length_mm: float) -> float:
    """Largest share of a row's pattern at the usual spacings of cross members, were the container so long."""
    n = row_N.size
    flat = np.log(np.maximum(row_N, 0.02, dtype=np.float32))
    flat = flat - cv2.GaussianBlur(flat[None, :], (0, 0), max(n / 40.0, 1.0))[0]
    bound = 2.5 * float(np.median(np.abs(flat))) + 1e-6
    flat = np.clip(flat, -bound, bound)
    cycles = length_mm / np.linspace(*MEMBERS_MM, 25)
    phase = np.exp(-2j * np.pi * np.arange(n)[None, :] / n * cycles[:, None])
    return float(np.abs(phase @ (flat * np.hanning(n))).max() / np.sqrt(float(np.sum(flat**2)) * n + 1e-12))


def _source(far_mm: float, height_mm: float) -> tuple[float, float]:
    """Distance and drop of the source, mm: the far roof line lies (height + drop) width / (distance + width) below the near one.

    One line does not tell both, so the drop is the usual one unless the distance would be beyond what scanners have.
    """
    k = float(np.clip(far_mm / (height_mm + USUAL_DROP_MM), 0.24, 0.40))
    return OUTER_WIDTH_MM * (1.0 - k) / k, float(np.clip(far_mm / k - height_mm, 300.0, 1300.0))
