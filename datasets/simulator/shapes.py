"""Drawing in areal density: a canvas in millimetres, and the path length of a beam through simple bodies.

Lengths are in mm, x to the right, y upwards from the floor, z along the beam. A thickness in mm times a density in
g/cm3 over ten is an areal density in g/cm2.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from scantally.datasets.simulator.sprite import DepthSlice, Sprite, SpritePart, layers_mass_kg
from scantally.detector.types import Box, FloatArray

MM_PER_CM = 10.0
Span = tuple[float, float, float, float]  # x0, x1, y0, y1 in mm
Depths = tuple[float, float]  # nearest and farthest, as shares of the room's depth
Part = tuple[str, Span, Depths]
WHOLE: Depths = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The room that a load may fill, and the pixel pitch, all in mm; a ``full`` load leaves no step at its top: it hides what is behind."""

    width: float
    height: float
    depth: float
    pitch: float
    full: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A part of the canvas: slices of the upward arrays, and the pixel centres in mm."""

    rows: slice
    columns: slice
    x_1W: FloatArray
    y_H1: FloatArray


def pixels(length_mm: float, pitch_mm: float) -> int:
    """Whole pixels within a length, at least one."""
    return max(1, int(length_mm / pitch_mm + 1e-6))


@dataclass(kw_only=True, slots=True)
class Canvas:
    """Areal density by material, (h, w) float32 in g/cm2, while it is drawn: row 0 lies on the floor.

    ``layers`` are those of the depths that are drawn at present; ``slices`` hold all.
    """

    width_px: int
    height_px: int
    pitch: float
    layers: dict[str, FloatArray] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    slices: dict[Depths, dict[str, FloatArray]] = field(default_factory=dict)
    depths: Depths = WHOLE
    cleaned: bool = False
    tight: tuple[slice, slice] | None = None  # the rows and columns that hold anything, once they were looked for

    def __post_init__(self) -> None:
        self.slices[self.depths] = self.layers

    @classmethod
    def of(cls, width_mm: float, height_mm: float, pitch_mm: float) -> "Canvas":
        """An empty canvas of whole pixels inside the given size."""
        return cls(width_px=pixels(width_mm, pitch_mm), height_px=pixels(height_mm, pitch_mm), pitch=pitch_mm)

    @classmethod
    def around(cls, width_mm: float, height_mm: float, pitch_mm: float) -> "Canvas":
        """An empty canvas of whole pixels that holds the given size."""
        wide, high = (max(1, int(np.ceil(v / pitch_mm - 1e-6))) for v in (width_mm, height_mm))
        return cls(width_px=wide, height_px=high, pitch=pitch_mm)

    @property
    def width(self) -> float:
        """Width in mm."""
        return self.width_px * self.pitch

    @property
    def height(self) -> float:
        """Height in mm."""
        return self.height_px * self.pitch

    def turn_to(self, near: float, far: float) -> None:
        """What is drawn from now on lies between these shares of the depth."""
        self.depths = (near, far)
        self.layers = self.slices.setdefault(self.depths, {})

    def flat(self) -> "Canvas":
        """All depths together as one."""
        canvas = Canvas(width_px=self.width_px, height_px=self.height_px, pitch=self.pitch)
        for layers in self.slices.values():
            for material, areal in layers.items():
                canvas.layer(material)[:] += areal
        canvas.parts = [(label, span, WHOLE) for label, span, _ in self.parts]
        return canvas

    def mirror(self) -> None:
        """Swap left and right of what is drawn; to be called before parts are marked."""
        for layers in self.slices.values():
            for material, areal in layers.items():
                layers[material] = np.ascontiguousarray(areal[:, ::-1])
        self.tight = None

    def turned_about(self) -> "Canvas":
        """The same things turned half round about the vertical: left is right, and near is far."""
        canvas = Canvas(width_px=self.width_px, height_px=self.height_px, pitch=self.pitch)
        for (near, far), layers in self.slices.items():
            canvas.turn_to(round(1.0 - far, 5), round(1.0 - near, 5))
            for material, areal in layers.items():
                canvas.layer(material)[:] = areal[:, ::-1]
        canvas.turn_to(*WHOLE)
        return canvas

    def layer(self, material: str) -> FloatArray:
        """The array of a material, made when first asked for."""
        self.cleaned, self.tight = False, None
        if material not in self.layers:
            self.layers[material] = np.zeros((self.height_px, self.width_px), np.float32)
        return self.layers[material]

    def window(self, x0: float, x1: float, y0: float, y1: float) -> Window:
        """The pixels that touch a rectangle; empty when it lies outside."""
        c0, c1 = (min(max(int(np.floor(v)), 0), self.width_px) for v in (x0 / self.pitch, x1 / self.pitch + 1))
        r0, r1 = (min(max(int(np.floor(v)), 0), self.height_px) for v in (y0 / self.pitch, y1 / self.pitch + 1))
        x = (np.arange(c0, c1, dtype=np.float32) + 0.5) * np.float32(self.pitch)
        y = (np.arange(r0, r1, dtype=np.float32) + 0.5) * np.float32(self.pitch)
        return Window(rows=slice(r0, r1), columns=slice(c0, c1), x_1W=x[None, :], y_H1=y[:, None])

    def add(self, material: str, where: Window, areal_HW: FloatArray) -> None:
        """Put more of a material into a window; ``areal_HW`` in g/cm2."""
        self.layer(material)[where.rows, where.columns] += areal_HW

    def box(self, material: str, span: Span, areal: float) -> None:
        """A rectangle of constant areal density, its edges shared out to pixels by the area that they cover."""
        where = self.window(*span)
        cover = self._cover(where.x_1W, span[0], span[1]) * self._cover(where.y_H1, span[2], span[3])
        self.add(material, where, cover * np.float32(areal))

    def _cover(self, centres: FloatArray, low: float, high: float) -> FloatArray:
        half = self.pitch / 2
        covered = np.minimum(centres + half, high) - np.maximum(centres - half, low)
        share: FloatArray = (np.maximum(covered, 0) / self.pitch).astype(np.float32)
        return share

    def stamp(self, stamp: "Canvas", x: float, y: float, share: float = 1.0) -> None:
        """Add another canvas with its lower left corner at (x, y), to the nearest pixel; what sticks out is cut.

        The stamp's depths become shares of the depths that are drawn at present.
        """
        c, r = round(x / self.pitch), round(y / self.pitch)
        c0, c1 = max(c, 0), min(c + stamp.width_px, self.width_px)
        r0, r1 = max(r, 0), min(r + stamp.height_px, self.height_px)
        if c0 >= c1 or r0 >= r1:
            return
        outer = self.depths
        for depths, layers in stamp.slices.items():
            self.turn_to(*_within(outer, depths))
            for material, source in layers.items():
                piece = source[r0 - r : r1 - r, c0 - c : c1 - c]
                self.layer(material)[r0:r1, c0:c1] += piece if share == 1.0 else piece * np.float32(share)
        self.turn_to(*outer)

    def mark(self, label: str, span: Span) -> None:
        """Record a countable part at (x0, x1, y0, y1)."""
        self.parts.append((label, span, self.depths))

    def sprite(self, label: str, *, count: int | None = None, tight: bool = False) -> Sprite:
        """All depths together: row 0 on top, mass from the layers; ``tight`` cuts empty rims away."""
        self._clean()
        window = self._tight() if tight else self._whole()
        return self._sprite(label, list(self.slices), self.parts, window, count=count)

    def depth_slices(self, label: str, *, tight: bool = False) -> tuple[DepthSlice, ...]:
        """Each depth by itself, of the sprite's size (``tight``: without empty rims); their layers add up to the sprite's.

        A part goes with the slice whose middle is nearest to its own: round bodies are cut into several slices.
        """
        self._clean()
        window = self._tight() if tight else self._whole()
        drawn = sorted(depths for depths, layers in self.slices.items() if layers)
        owners = [min(drawn, key=lambda d: (abs(sum(d) - sum(where)), d)) for _, _, where in self.parts if drawn]
        return tuple(
            DepthSlice(
                sprite=self._sprite(
                    label, [d], [p for p, owner in zip(self.parts, owners, strict=False) if owner == d], window
                ),
                near=d[0],
                far=d[1],
            )
            for d in drawn
        )

    def mass_kg(self) -> float:
        """Mass of all that is drawn."""
        self._clean()
        return sum(layers_mass_kg(layers, self.pitch) for layers in self.slices.values())

    def is_empty(self) -> bool:
        """Whether nothing was drawn."""
        self._clean()
        return not any(self.slices.values())

    def _clean(self) -> None:
        """Drop empty layers, and lift to zero what holes in solids left below it by rounding."""
        if self.cleaned:
            return
        self.cleaned = True
        for layers in self.slices.values():
            for material in list(layers):
                np.maximum(layers[material], 0, out=layers[material])
                if not layers[material].max() > 0:
                    del layers[material]

    def _sprite(
        self,
        label: str,
        depths: list[Depths],
        parts: list[Part],
        window: tuple[slice, slice],
        *,
        count: int | None = None,
    ) -> Sprite:
        layers = self._summed(depths)
        rows, columns = window
        drawn = {m: a[rows, columns][::-1] for m, a in sorted(layers.items())}
        return Sprite(
            label=label,
            layers=drawn,
            pitch_mm=self.pitch,
            mass_kg=layers_mass_kg(drawn, self.pitch),
            count=count,
            parts=tuple(SpritePart(label=p, box=self._pixel_box(span, rows, columns)) for p, span, _ in parts),
        )

    def _summed(self, depths: list[Depths]) -> dict[str, FloatArray]:
        """Layers of some depths added up, by material; new arrays where more than one depth holds a material."""
        holders: dict[str, list[FloatArray]] = {}
        for where in depths:
            for material, areal in self.slices[where].items():
                holders.setdefault(material, []).append(areal)
        if not holders:  # a sprite has at least one layer, and of nothing it is all zero
            return {"cellulose": np.zeros((self.height_px, self.width_px), np.float32)}
        return {m: arrays[0] if len(arrays) == 1 else _sum(arrays) for m, arrays in holders.items()}

    def _tight(self) -> tuple[slice, slice]:
        if self.tight is None:
            arrays = (a for layers in self.slices.values() for a in layers.values())
            self.tight = _extent(arrays, self.height_px, self.width_px)
        return self.tight

    def _whole(self) -> tuple[slice, slice]:
        return slice(0, self.height_px), slice(0, self.width_px)

    def _pixel_box(self, span: Span, rows: slice, columns: slice) -> Box:
        """A span in mm as a box in pixels of the finished sprite, rows counted from the top."""
        x0, x1 = (min(max(v / self.pitch, columns.start), columns.stop) - columns.start for v in span[:2])
        y0, y1 = (rows.stop - min(max(v / self.pitch, rows.start), rows.stop) for v in (span[3], span[2]))
        return (x0, y0, x1, y1)


def _within(outer: Depths, inner: Depths) -> Depths:
    """Shares of shares of the depth."""
    if inner == WHOLE:
        return outer
    near, far = (round(outer[0] + share * (outer[1] - outer[0]), 5) for share in inner)
    return near, far


def _sum(arrays: list[FloatArray]) -> FloatArray:
    total = arrays[0] + arrays[1]
    for areal in arrays[2:]:
        total += areal
    return total


def _extent(arrays: Iterable[FloatArray], height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns that hold anything; one pixel when nothing does."""
    rows, columns = np.zeros(height, np.bool_), np.zeros(width, np.bool_)
    for a in arrays:
        there = a > VISIBLE
        rows |= there.any(axis=1)
        columns |= there.any(axis=0)
    if not rows.any():
        return slice(0, 1), slice(0, 1)
    r, c = np.flatnonzero(rows), np.flatnonzero(columns)
    return slice(int(r[0]), int(r[-1]) + 1), slice(int(c[0]), int(c[-1]) + 1)


VISIBLE = 1e-4  # g/cm2: less than this changes a transmission by under one part in 100,000


# --- Path lengths in mm; x and y are offsets from the body's centre and broadcast against each other.


def chord(offset: FloatArray, radius: FloatArray | float) -> FloatArray:
    """Path through a circle of a radius at a distance from its centre."""
    path: FloatArray = (2 * np.sqrt(np.maximum(np.square(radius) - np.square(offset), 0))).astype(np.float32)
    return path


def noise(rng: np.random.Generator, shape: tuple[int, int], grain_px: float) -> FloatArray:
    """Smooth random field of zero mean and about unit spread, (h, w); ``grain_px`` is the size of its lumps."""
    h, w = shape
    step = max(grain_px, 1.0)
    coarse = rng.standard_normal((int(h / step) + 2, int(w / step) + 2), dtype=np.float32)
    grown = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    field_HW: FloatArray = np.ascontiguousarray(grown, dtype=np.float32).reshape(h, w)
    return field_HW


def waviness(rng: np.random.Generator, n: int, grain_px: float) -> FloatArray:
    """One-dimensional smooth noise of zero mean and about unit spread, (n,)."""
    return noise(rng, (1, n), grain_px)[0] if n > 1 else np.zeros(1, np.float32)
