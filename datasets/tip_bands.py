"""Projection into every energy of a scan at once: one object at one place, each energy with its own transmission, blur and noise.

An interlaced scanner sees each energy at every second column and interpolates the columns between: there the object is projected
into the columns that were seen, and those between are interpolated again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import Projection, find_spot, project_at
from scantally.datasets.tip_character import ScanCharacter, estimate_character
from scantally.datasets.tip_frame import ContainerFrame
from scantally.datasets.tip_place import PLACES, Spot
from scantally.detector.types import Box, FloatArray, Scan

BETWEEN_SHARE = 0.99
"""Of the pixels in the columns between, how many are the mean of their neighbours where a scanner interpolated them."""

BETWEEN_OFF = 3e-5
"""By how much such a pixel may differ: two steps of a 16-bit file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """One energy: its character, and the first of the columns that it was seen at (None: at all). With columns left out, the
    character is that of the picture of the columns seen."""

    character: ScanCharacter
    first: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BandsCharacter:
    """``whole`` is the character of the deepest-seeing energy at all columns: where containers stand and what they hold."""

    whole: ScanCharacter
    bands: tuple[Band, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BandsProjection:
    """A scan with an object in it. ``bands`` holds what is true at each energy; ``best`` is the one that shows the object better."""

    scan: Scan
    bands: tuple[Projection, ...]

    @property
    def best(self) -> Projection:
        """By the simulator's rule: an officer sees all energies."""
        return max(self.bands, key=lambda b: (b.inspectable, b.cnr))


def estimate_bands(
    scan: Scan,
    containers: Sequence[Box],
    *,
    empty: Sequence[bool] = (),
    x_pitch_mm: float | None = None,
    background: str = "steel",
    quantisation_88: FloatArray | None = None,
) -> BandsCharacter:
    """Measure each energy of a scan once. Arguments are those of ``tip.estimate_character``; the scan knows the rest.

    Raises:
        ValueError: the background is not one of BACKGROUNDS.
        InputError: the scan is too small, or a box holds what is no place.
    """
    energies = scan.energies_mv or (None,) * scan.transmission_BHW.shape[0]

    def measured(band: int, step: slice, boxes: Sequence[Box], x_pitch: float | None) -> ScanCharacter:
        return estimate_character(
            np.ascontiguousarray(scan.transmission_BHW[band][:, step]),
            boxes,
            np.ascontiguousarray(scan.valid_HW[:, step]),
            empty=empty,
            calibrated=scan.calibrated,
            energy_mv=energies[band],
            pitch_mm=scan.pitch_mm,
            x_pitch_mm=x_pitch,
            background=background,
            quantisation_88=quantisation_88,
        )

    last = len(energies) - 1
    whole = measured(last, slice(None), containers, x_pitch_mm)
    bands = []
    for band, picture in enumerate(scan.transmission_BHW):
        first = seen_from(picture) if len(energies) > 1 else None
        if first is None:
            own = whole if band == last else measured(band, slice(None), containers, x_pitch_mm)
        else:
            own = measured(band, slice(first, None, 2), (), None)
            # As wide as high: sharp edges are too few in half the columns to measure a spread below one of them.
            own = replace(own, edge_px=(own.edge_px[1] / 2.0, own.edge_px[1]))
        bands.append(Band(character=replace(own, frames=whole.frames), first=first))
    return BandsCharacter(whole=whole, bands=tuple(bands))


def place_and_project_bands(
    scan: Scan, character: BandsCharacter, sprite: Sprite, rng: np.random.Generator, places: tuple[str, ...] = PLACES
) -> BandsProjection | None:
    """Project an object into all energies at a drawn place where it could be.

    None and what shows nothing (``best.inspectable``): as for ``tip.place_and_project``.

    Raises:
        ValueError: a place is neither one of PLACES nor ANYWHERE, or the character is another scan's.
    """
    spot = find_spot(scan.primary_HW, character.whole, sprite, rng, places)
    return None if spot is None else project_bands_at(scan, character, sprite, spot, rng)


def project_bands_at(
    scan: Scan, character: BandsCharacter, sprite: Sprite, spot: Spot, rng: np.random.Generator
) -> BandsProjection:
    """Project an object into all energies at a given place.

    Raises:
        ValueError: the object does not lie within the scan, or the character is another scan's.
    """
    if len(character.bands) != scan.transmission_BHW.shape[0]:
        raise ValueError(
            f"a character of {len(character.bands)} energies does not belong to {scan.transmission_BHW.shape[0]}"
        )
    found = tuple(
        _one(picture, band, sprite, spot, rng)
        for picture, band in zip(scan.transmission_BHW, character.bands, strict=True)
    )
    pictures = np.clip(np.stack([f.transmission_HW for f in found]), np.float32(scan.floor), np.float32(1.0))
    note = f"a simulated object ({sprite.label}) was projected into this scan"
    return BandsProjection(scan=replace(scan, transmission_BHW=pictures, notes=(*scan.notes, note)), bands=found)


def seen_from(picture_HW: FloatArray) -> int | None:
    """Which columns an interlaced energy was seen at: 0 for the even, 1 for the odd, None where all were seen."""
    mean = 0.5 * (picture_HW[:, :-2] + picture_HW[:, 2:])
    inner = picture_HW[:, 1:-1]
    usable = (np.maximum(picture_HW[:, :-2], picture_HW[:, 2:]) < 0.97) & (mean > 1e-3)  # not where values are cut
    close = np.abs(inner - mean) <= BETWEEN_OFF
    shares = [float(close[:, k::2][usable[:, k::2]].mean()) if usable[:, k::2].any() else 0.0 for k in (0, 1)]
    between = [share > BETWEEN_SHARE for share in shares]  # of inner columns 1, 3, ... and 2, 4, ...
    return None if between[0] == between[1] else (0 if between[0] else 1)


def _one(picture: FloatArray, band: Band, sprite: Sprite, spot: Spot, rng: np.random.Generator) -> Projection:
    """One energy."""
    if band.first is None:
        return project_at(picture, band.character, sprite, spot, rng)
    first = band.first
    thin = np.ascontiguousarray(picture[:, first::2])
    frame = _thinned(spot.frame, first)
    found = project_at(thin, band.character, sprite, replace(spot, frame=frame, left=_thin(spot.left, first)), rng)
    out = picture.copy()
    out[:, first::2] = found.transmission_HW
    changed = found.transmission_HW != thin
    for column in range(1 - first, picture.shape[1], 2):
        beside = [k for k in ((column - 1 - first) // 2, (column + 1 - first) // 2) if 0 <= k < thin.shape[1]]
        some = changed[:, beside].any(axis=1)
        out[some, column] = found.transmission_HW[:, beside].mean(axis=1)[some]
    x0, y0, x1, y1 = found.box
    box = (2.0 * x0 + first, y0, 2.0 * x1 + first, y1) if x1 > x0 else found.box
    return replace(found, transmission_HW=out, box=box)


def _thin(x: float, first: int) -> float:
    """A place along x among the columns seen: their centres lie at ``first`` + 0.5, ``first`` + 2.5 and so on."""
    return (x - first + 0.5) / 2.0


def _thinned(frame: ContainerFrame, first: int) -> ContainerFrame:
    """A container's frame in the picture of the columns seen."""
    begin = (frame.first - first) % 2
    x0, y0, x1, y1 = frame.box
    return replace(
        frame,
        box=(_thin(x0, first), y0, _thin(x1, first), y1),
        first=(frame.first + begin - first) // 2,
        roof_N=np.ascontiguousarray(frame.roof_N[begin::2]),
        x_pitch_mm=2.0 * frame.x_pitch_mm,
    )
