"""The building stone of a scene: a thing seen from the side, as areal density per material."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scantally.detector.types import Box, FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class SpritePart:
    """A countable or inner part of a sprite; ``box`` is xyxy in the sprite's pixels."""

    label: str
    box: Box


@dataclass(frozen=True, kw_only=True, slots=True)
class Sprite:
    """Areal density along the beam, per material (names of ``detector.physics.materials``), in g/cm2.

    Every layer is (h, w) float32 with row 0 at the top, ``pitch_mm`` per pixel. Objects also say their ``variety`` (a pistol),
    which ``instance`` of it (see ``objects.make_object``), the ``pose`` (yaw, pitch, roll in degrees) where it is one body's, how far
    they reach along the beam (``depth_mm``), over how much of it each of their rows is spread (``spread_mm``: a slanting rifle is at one
    depth at each place), and the thickness that no load can fill (``space_mm``, (h, w)). Deep objects have ``slices``: what lies
    between two shares of ``depth_mm``, of the sprite's shape, together the sprite's layers and mass.
    """

    label: str
    layers: dict[str, FloatArray]
    pitch_mm: float
    mass_kg: float
    count: int | None = None
    parts: tuple[SpritePart, ...] = ()
    variety: str = ""
    instance: str = ""
    pose: tuple[float, float, float] | None = None
    depth_mm: float = 80.0
    spread_mm: float = 80.0
    space_mm: FloatArray | None = None
    slices: "tuple[DepthSlice, ...]" = ()

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError(f"sprite {self.label!r} has no layers")
        for name, layer in self.layers.items():
            if layer.ndim != 2 or layer.dtype != np.float32 or layer.shape != self.shape:
                raise ValueError(f"layer {name!r} must be {self.shape} float32, got {layer.shape} {layer.dtype}")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        first = next(iter(self.layers.values()))
        return int(first.shape[0]), int(first.shape[1])

    @property
    def total(self) -> FloatArray:
        """Areal density of all materials together, (h, w) g/cm2."""
        total: FloatArray = np.sum(list(self.layers.values()), axis=0, dtype=np.float32)
        return total


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthSlice:
    """The part of a load or an object between two depths.

    Shares of the depth that the load may fill (0 next to the near wall), or of the object's own depth.
    """

    sprite: Sprite
    near: float
    far: float


def layers_mass_kg(layers: Mapping[str, FloatArray], pitch_mm: float) -> float:
    """Mass in kg of layers in g/cm2: a pixel covers (pitch/10)^2 cm2."""
    total_g = sum(float(layer.sum(dtype=np.float64)) for layer in layers.values()) * (pitch_mm / 10.0) ** 2
    return total_g / 1000.0


def paste(canvas: dict[str, FloatArray], sprite: Sprite, x: int, y: int) -> Box:
    """Add a sprite's layers to a canvas with its top left corner at (x, y), clipped to the canvas.

    The canvas must hold at least one layer (it gives the size); missing materials are added. Returns the clipped box
    in canvas pixels (empty boxes have no area).
    """
    height, width = next(iter(canvas.values())).shape
    h, w = sprite.shape
    x0, x1 = max(0, min(width, x)), max(0, min(width, x + w))
    y0, y1 = max(0, min(height, y)), max(0, min(height, y + h))
    if x1 > x0 and y1 > y0:
        for name, layer in sprite.layers.items():
            target = canvas.setdefault(name, np.zeros((height, width), np.float32))
            target[y0:y1, x0:x1] += layer[y0 - y : y1 - y, x0 - x : x1 - x]
    return (float(x0), float(y0), float(x1), float(y1))
