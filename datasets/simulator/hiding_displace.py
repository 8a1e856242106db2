"""What an object takes from a load that it lies in: as much of the load's local density as the object is thick."""

from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.geometry import View
from scantally.datasets.simulator.hiding_stand import Spot, Stand
from scantally.datasets.simulator.project import Placed, place
from scantally.datasets.simulator.sprite import DepthSlice, Sprite, layers_mass_kg
from scantally.detector.types import FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Displaced:
    """The load that is left, what was taken from it in picture pixels (one ``Placed`` per depth), and its mass."""

    stand: Stand
    taken: tuple[Placed, ...]
    mass_kg: float


def displace(view: View, stand: Stand, sprite: Sprite, spot: Spot) -> Displaced | None:
    """Make way in a load for an object at a spot; None where the two do not meet.

    Each slice of the load that the object reaches into loses its own density times the part of the object's thickness
    (``Sprite.space_mm``) that lies in it, so the load's mass falls by local density times displaced volume.
    """
    space = sprite.space_mm
    if space is None:
        return None
    rows, columns, room = _on_grid(stand, space, sprite.pitch_mm, spot)
    if not room.any():
        return None
    slices: list[DepthSlice] = []
    taken: list[Placed] = []
    mass = 0.0
    far = spot.near_mm + spot.size[2]
    for part, z0, z1 in stand.spans():
        near_end, far_end = max(z0, spot.near_mm), min(z1, far)
        if far_end <= near_end:
            slices.append(part)
            continue
        share = np.minimum(room * np.float32((far_end - near_end) / spot.size[2] / (z1 - z0)), np.float32(1.0))
        gone = {name: layer[rows, columns] * share for name, layer in part.sprite.layers.items()}
        mass += layers_mass_kg(gone, stand.pitch)
        slices.append(replace(part, sprite=_less(part.sprite, gone, rows, columns)))
        piece = Sprite(label="gone", layers=gone, pitch_mm=stand.pitch, mass_kg=0.0)
        x = stand.x_mm + columns.start * stand.pitch
        base = stand.base_mm + (part.sprite.shape[0] - rows.stop) * stand.pitch
        taken.append(place(view, piece, x, base, near_end, far_end))
    if mass <= 0.0:
        return None
    return Displaced(stand=replace(stand, slices=tuple(slices), memo={}), taken=tuple(taken), mass_kg=mass)


def _on_grid(stand: Stand, space_HW: FloatArray, pitch: float, spot: Spot) -> tuple[slice, slice, FloatArray]:
    """The object's thickness in mm averaged over the load's pixels, and the rows and columns of the load that it touches."""
    height, width = stand.slices[0].sprite.shape
    h, w = space_HW.shape
    top = (
        stand.base_mm + height * stand.pitch - spot.base_mm - h * pitch
    )  # from the load's upper edge down to the object's
    rows, down = _overlaps(top, h, pitch, height, stand.pitch)
    columns, across = _overlaps(spot.x_mm - stand.x_mm, w, pitch, width, stand.pitch)
    return rows, columns, np.asarray(down @ space_HW @ across.T, np.float32)


def _overlaps(start: float, count: int, fine: float, size: int, coarse: float) -> tuple[slice, FloatArray]:
    """Which coarse pixels ``count`` fine ones from ``start`` (mm) on touch, and the share of each that each covers."""
    first = min(max(int(np.floor(start / coarse)), 0), size)
    last = min(max(int(np.ceil((start + count * fine) / coarse)), first), size)
    edges = np.arange(first, last, dtype=np.float64)[:, None] * coarse
    begins = (start + np.arange(count) * fine)[None, :]
    cover = np.minimum(edges + coarse, begins + fine) - np.maximum(edges, begins)
    return slice(first, last), np.asarray(np.clip(cover, 0.0, None) / coarse, np.float32)


def _less(sprite: Sprite, gone: dict[str, FloatArray], rows: slice, columns: slice) -> Sprite:
    layers = {name: layer.copy() for name, layer in sprite.layers.items()}
    for name, piece in gone.items():
        layers[name][rows, columns] -= piece
    return replace(sprite, layers=layers, mass_kg=layers_mass_kg(layers, sprite.pitch_mm))


def take_from(canvas: Canvas, load: Placed, taken: tuple[Placed, ...]) -> tuple[Placed, tuple[Placed, ...]]:
    """Take what was displaced off the canvas and off the load's own layers; never more than there is.

    Returns the load as it is now, and what was really taken.
    """
    layers = {name: layer.copy() for name, layer in load.layers.items()}
    really: list[Placed] = []
    for piece in taken:
        gone: dict[str, FloatArray] = {}
        for name, areal in piece.layers.items():
            mine, its = _common(load.x, load.y, layers[name], piece.x, piece.y, areal)
            least = np.minimum(areal[its], layers[name][mine])
            layers[name][mine] -= least
            gone[name] = np.zeros_like(areal)
            gone[name][its] = least
        canvas.add({name: -areal for name, areal in gone.items()}, piece.x, piece.y)
        really.append(replace(piece, layers=gone))
    return replace(load, layers=layers), tuple(really)


def _common(
    x: int, y: int, one: FloatArray, x2: int, y2: int, two: FloatArray
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The pixels that two arrays at two places share, as slices of each."""
    x0, y0 = max(x, x2), max(y, y2)
    x1, y1 = max(x0, min(x + one.shape[1], x2 + two.shape[1])), max(y0, min(y + one.shape[0], y2 + two.shape[0]))
    first = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    second = (slice(y0 - y2, y1 - y2), slice(x0 - x2, x1 - x2))
    return first, second


def laid_over(placed: Placed, taken: tuple[Placed, ...]) -> dict[str, FloatArray]:
    """What was taken, in the window of an object's own layers."""
    h, w = next(iter(placed.layers.values())).shape
    out: dict[str, FloatArray] = {}
    for piece in taken:
        for name, areal in piece.layers.items():
            target = out.setdefault(name, np.zeros((h, w), np.float32))
            mine, its = _common(placed.x, placed.y, target, piece.x, piece.y, areal)
            target[mine] += areal[its]
    return out
