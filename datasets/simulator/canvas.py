"""Drawing areal density onto a picture: rectangles with soft edges, polygons, sheets seen at an angle, sprites."""

from collections.abc import Mapping

import cv2
import numpy as np

from scantally.datasets.simulator.geometry import View
from scantally.detector.physics.attenuation import Float64
from scantally.detector.physics.materials import MATERIALS
from scantally.detector.types import Box, FloatArray

_SUBPIXEL_BITS = 4

STEEL_PER_MM = 0.03
"""Attenuation of a millimetre of steel behind some centimetres of it, at 6 MV (detector.physics)."""


class Canvas:
    """Layers of areal density (g/cm2) per material on a view's picture."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.layers: dict[str, FloatArray] = {}
        self.wheels: list[tuple[float, float, float]] = []  # x, height and radius of the wheels drawn, mm
        self.members: list[tuple[float, float]] = []  # from x to x, what crosses under the floors drawn, mm

    def member(self, x0: float, x1: float) -> None:
        """Note that a cross member or a forklift pocket closes the floor from x0 to x1 (mm); drawing it is the caller's."""
        self.members.append((x0, x1))

    def layer(self, material: str) -> FloatArray:
        """The material's layer, made when first asked for."""
        found = self.layers.get(material)
        if found is None:
            found = self.layers[material] = np.zeros((self.view.height, self.view.width), np.float32)
        return found

    def bar(self, material: str, mm: float, x0: float, x1: float, h0: float, h1: float, depth: float = 0.0) -> None:
        """A rectangle ``mm`` thick along the beam at a depth, from x0 to x1 and from height h0 to h1 (mm)."""
        view = self.view
        area = MATERIALS[material].density * mm / 10.0
        self.patch(
            material, area, (view.column(x0, depth), view.row(h1, depth), view.column(x1, depth), view.row(h0, depth))
        )

    def patch(self, material: str, areal: float, box: Box) -> None:
        """A rectangle in pixels; pixels at its rim get the share that it covers."""
        x0, y0, x1, y1 = box
        columns, rows = _cover(x0, x1, self.view.width), _cover(y0, y1, self.view.height)
        if columns is None or rows is None:
            return
        (cx, cover_x), (cy, cover_y) = columns, rows
        self.layer(material)[cy, cx] += np.float32(areal) * cover_y[:, None] * cover_x[None, :]

    def slab(self, material: str, mm: float, x0: float, x1: float, height: float, z0: float, z1: float) -> None:
        """A horizontal sheet ``mm`` thick at a height, from depth z0 to z1: its path is thickness / sin(angle)."""
        view = self.view
        rise = np.maximum(np.abs(view.rises()), 1e-3)
        crossing = (height + view.drop_mm) / rise - view.distance_mm  # depth at which a row's beam meets the sheet
        slack = view.pitch_mm * view.distance_mm / (height + view.drop_mm)  # a pixel's reach in depth, about
        inside = np.clip((crossing - z0) / slack + 0.5, 0, 1) * np.clip((z1 - crossing) / slack + 0.5, 0, 1)
        path = np.minimum(
            mm / rise, (z1 - z0)
        )  # vertical thickness over tangent: the horizontal way; slants() lengthens it
        self._rows_times_columns(material, (inside * path).astype(np.float32), x0, x1, (z0 + z1) / 2.0)

    def crease(self, material: str, mm: float, x: float, wide: float, height: float, z0: float, z1: float) -> None:
        """A bend across a horizontal sheet, from depth z0 to z1: ``mm`` more sheet, seen as steeply as the sheet is."""
        view = self.view
        ends = ((x, z0), (x + wide, z0), (x + wide, z1), (x, z1))
        points = np.array([(view.column(a, z), view.row(height, z)) for a, z in ends], np.float32)
        rise = (height + view.drop_mm) / (view.distance_mm + (z0 + z1) / 2.0)
        share = min(1.0, wide / view.x_pitch_mm)
        self.polygon(material, share * mm / rise, points)

    def polygon(self, material: str, mm: float, points: FloatArray) -> None:
        """A polygon, (N, 2) in pixels, ``mm`` thick."""
        view = self.view
        x0, y0 = np.floor(points.min(axis=0)).astype(int) - 1
        x1, y1 = np.ceil(points.max(axis=0)).astype(int) + 2
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, view.width), min(y1, view.height)
        if x1 <= x0 or y1 <= y0:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        fixed = np.rint((points - (x0, y0)) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=_SUBPIXEL_BITS)
        areal = MATERIALS[material].density * mm / 10.0
        self.layer(material)[y0:y1, x0:x1] += mask * np.float32(areal / 255.0)

    def add(self, layers: Mapping[str, FloatArray], x: int, y: int) -> None:
        """Layers that are already in picture pixels, with their top left corner at (x, y)."""
        for name, layer in layers.items():
            h, w = layer.shape
            x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, self.view.width), min(y + h, self.view.height)
            if x1 > x0 and y1 > y0:
                self.layer(name)[y0:y1, x0:x1] += layer[y0 - y : y1 - y, x0 - x : x1 - x]

    def curtain(self, material: str, columns_mm: FloatArray, h0: float, h1: float, depth: float) -> None:
        """A wall whose thickness changes along x, (W,) in mm, from height h0 to h1 at a depth."""
        rows = _cover(self.view.row(h1, depth), self.view.row(h0, depth), self.view.height)
        hit = np.flatnonzero(columns_mm)
        if rows is None or not hit.size:
            return
        columns = slice(int(hit[0]), int(hit[-1]) + 1)
        areal = columns_mm[columns] * np.float32(MATERIALS[material].density / 10.0)
        self.layer(material)[rows[0], columns] += rows[1][:, None] * areal[None, :]

    def web(self, material: str, mm: float, x: float, h0: float, h1: float, z0: float, z1: float) -> None:
        """A plate ``mm`` thick that stands square to x, from depth z0 to z1: its volume spread over its projection."""
        view = self.view
        corners = [(x + dx, h, z) for dx in (0.0, mm) for h in (h0, h1) for z in (z0, z1)]
        points = np.array([(view.column(cx, z), view.row(h, z)) for cx, h, z in corners], np.float32)
        centre = points[:, 0].mean()
        points[:, 0] = centre + np.where(
            points[:, 0] < centre, np.minimum(points[:, 0] - centre, -0.5), np.maximum(points[:, 0] - centre, 0.5)
        )
        hull = cv2.convexHull(points)[:, 0, :]
        area_mm2 = float(cv2.contourArea(hull)) * view.pitch_mm * view.x_pitch_mm
        volume = mm * (h1 - h0) * (z1 - z0) * view.scale((z0 + z1) / 2.0)
        self.polygon(material, min(volume / max(area_mm2, 1.0), self._thin_limit(mm)), hull)

    def end_wall(
        self,
        material: str,
        mm: float,
        x0: float,
        x1: float,
        h0: float,
        h1: float,
        z0: float,
        z1: float,
        slices: int = 48,
    ) -> None:
        """A wall square to x, with ``mm`` of sheet folded between x0 and x1, seen edge-on from depth z0 to z1."""
        view, step = self.view, (z1 - z0) / slices
        areal = np.float32(MATERIALS[material].density * mm * step / (x1 - x0) / 10.0)
        depths = z0 + (np.arange(slices) + 0.5) * step
        parts = 1 + int(2.0 * abs((z1 - z0) * view.yaw_tan) / view.x_pitch_mm)  # slices within half a pixel go together
        for group in np.array_split(depths, min(parts, slices)):
            middle = float(group.mean())
            columns = _cover(view.column(x0, middle), view.column(x1, middle), view.width)
            if columns is not None:
                rows = self._rows_seen(h0, h1, group)
                self.layer(material)[rows[0], columns[0]] += areal * rows[1][:, None] * columns[1][None, :]

    def _rows_seen(self, h0: float, h1: float, depths: Float64) -> tuple[slice, FloatArray]:
        """The rows between two heights at any of some depths, and how many of the depths each row sees."""
        view = self.view
        scales = view.distance_mm / (view.distance_mm + depths)
        tops, feet = ((view.top_mm - (h + view.drop_mm) * scales) / view.pitch_mm for h in (h1, h0))
        first, last = max(int(np.floor(tops.min())), 0), min(int(np.ceil(feet.max())), view.height)
        at = np.arange(first, max(first, last))
        cover = np.minimum(at + 1.0, feet[:, None]) - np.maximum(at, tops[:, None])
        return slice(first, max(first, last)), np.asarray(np.clip(cover, 0.0, 1.0).sum(axis=0), np.float32)

    def ring(self, material: str, mm: float, x: float, h: float, radius: float, depth: float, *, up: bool) -> None:
        """A half ring of rod that stands on (or hangs from) a height."""
        angle = np.linspace(0.0, np.pi, 9)
        sign = 1.0 if up else -1.0
        arcs = [(x + r * np.cos(angle), h + sign * r * np.sin(angle)) for r in (radius + mm / 2, radius - mm / 2)]
        xs = np.concatenate([arcs[0][0], arcs[1][0][::-1]])
        hs = np.concatenate([arcs[0][1], arcs[1][1][::-1]])
        self.outline(material, mm * 0.8, xs, hs, depth)

    def disc(self, material: str, mm: float, x: float, h: float, radius: float, depth: float) -> None:
        """A disc across the beam."""
        angle = np.linspace(0.0, 2.0 * np.pi, 41)[:-1]
        self.outline(material, mm, x + radius * np.cos(angle), h + radius * np.sin(angle), depth)

    def strut(
        self, material: str, mm: float, x0: float, h0: float, x1: float, h1: float, wide: float, depth: float
    ) -> None:
        """A straight bar of a width between two places at one depth."""
        dx, dh = x1 - x0, h1 - h0
        length = max(float(np.hypot(dx, dh)), 1e-6)
        ox, oh = -dh / length * wide / 2.0, dx / length * wide / 2.0
        xs, hs = np.array([x0 + ox, x1 + ox, x1 - ox, x0 - ox]), np.array([h0 + oh, h1 + oh, h1 - oh, h0 - oh])
        self.outline(material, mm, xs, hs, depth)

    def annulus(self, material: str, mm: float, x: float, h: float, radii: tuple[float, float], depth: float) -> None:
        """A ring across the beam, between two radii."""
        angle = np.linspace(0.0, 2.0 * np.pi, 61)
        ends = [(r * np.cos(a), r * np.sin(a)) for r, a in ((radii[1], angle), (radii[0], angle[::-1]))]
        xs, hs = x + np.concatenate([e[0] for e in ends]), h + np.concatenate([e[1] for e in ends])
        self.outline(material, mm, xs, hs, depth)

    def outline(self, material: str, mm: float, xs: Float64, hs: Float64, depth: float) -> None:
        """A flat figure across the beam, ``mm`` thick: its corners (N,) along x and in height, in mm, at one depth."""
        scale, view = self.view.scale(depth), self.view
        columns = (xs + depth * view.yaw_tan - view.left_mm) / view.x_pitch_mm
        rows = (view.top_mm - (hs + view.drop_mm) * scale) / view.pitch_mm
        self.polygon(material, mm, np.stack([columns, rows], axis=1).astype(np.float32))

    def _thin_limit(self, mm: float) -> float:
        """Most steel-like thickness that a plate thinner than the beam can show: the beam passes beside it.

        A beam about 1.5 pixels wide averages transmission, not depth: it sees at most -ln(1 - share covered).
        """
        share = min(0.95, mm / (1.5 * self.view.x_pitch_mm))
        return float(-np.log1p(-share)) / STEEL_PER_MM

    def _rows_times_columns(self, material: str, rows_mm: FloatArray, x0: float, x1: float, depth: float) -> None:
        columns = _cover(self.view.column(x0, depth), self.view.column(x1, depth), self.view.width)
        hit = np.flatnonzero(rows_mm)
        if columns is None or not hit.size:
            return
        areal = rows_mm[hit[0] : hit[-1] + 1] * np.float32(MATERIALS[material].density / 10.0)
        self.layer(material)[hit[0] : hit[-1] + 1, columns[0]] += areal[:, None] * columns[1][None, :]


def _cover(low: float, high: float, size: int) -> tuple[slice, FloatArray] | None:
    """The pixels that [low, high) touches, and the share of each that it covers; None when it misses the picture."""
    first, last = max(int(np.floor(low)), 0), min(int(np.ceil(high)), size)
    if last <= first or high <= low:
        return None
    at = np.arange(first, last, dtype=np.float32)
    return slice(first, last), np.minimum(at + 1.0, np.float32(high)) - np.maximum(at, np.float32(low))
