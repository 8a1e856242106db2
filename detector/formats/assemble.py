"""From a decoded picture to a Scan: polarity, padding, open beam, transmission. The same for every format."""

from dataclasses import dataclass

import numpy as np

from scantally.detector.config.scanners import Polarity, ScannerProfile
from scantally.detector.errors import ScanError
from scantally.detector.formats.options import ReadOptions
from scantally.detector.formats.picture import Picture
from scantally.detector.imaging.openbeam import floor_of, infer_polarity, open_beam_level, to_transmission
from scantally.detector.imaging.padding import Margins, find_dead_lines, find_margins, interpolate_lines
from scantally.detector.types import BoolArray, FloatArray, Provenance, Scan

UNKNOWN_SCANNER = ScannerProfile(name="unknown")
BLACK = 8.0 / 255
"""Measured in the real 8-bit scans: padding is 0 to 8 of 255 after JPEG. Deeper files are lossless: exactly black."""
GUESSED_DEPTHS = (8, 10, 12, 14, 16, 20, 24, 32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """What the stored numbers span."""

    full: float  # largest grey that the depth can hold
    step: float  # one grey step as a share of it, 0 for floating point


def assemble(picture: Picture, provenance: Provenance, options: ReadOptions) -> Scan:
    """Make the Scan.

    Raises:
        ScanError: when energies do not fit the number of bands, or every pixel is hidden.
    """
    profile = options.profile or UNKNOWN_SCANNER
    notes = list(picture.notes)
    scale = _scale(picture, profile)
    shown_BHW = picture.grey_BHW.astype(np.float32) * np.float32(1 / scale.full)
    if picture.inverted:
        np.subtract(1, shown_BHW, out=shown_BHW)
    polarity = _polarity(picture, profile, options, shown_BHW[-1], notes)
    signal_BHW = np.maximum(1 - shown_BHW, 0) if polarity == "bright" else shown_BHW
    valid_HW, padding_HW, dead = _masks(picture, profile, scale, signal_BHW, notes)
    if any(lines.any() for lines in dead):
        signal_BHW = interpolate_lines(signal_BHW, *dead)
    transmission_BHW, floor = _transmission(picture, profile, scale, polarity, signal_BHW, valid_HW, notes)
    transmission_BHW[:, padding_HW] = 1.0
    return Scan(
        transmission_BHW=transmission_BHW,
        valid_HW=valid_HW,
        floor=floor,
        pitch_mm=options.pitch_mm or picture.pitch_mm or profile.pitch_mm,
        energies_mv=_energies(picture, profile, options, provenance.source, notes),
        calibrated=picture.calibrated or profile.calibrated,
        provenance=provenance,
        container_numbers=picture.container_numbers,
        notes=tuple(notes),
    )


def _scale(picture: Picture, profile: ScannerProfile) -> Scale:
    """The profile's depth, else the file's, else the least usual depth that holds the largest value."""
    largest = float(picture.grey_BHW.max())
    if picture.grey_BHW.dtype.kind == "f":
        full = picture.full_scale or (1.0 if largest <= 1.5 else largest)
        return Scale(full=full, step=(picture.step or 0.0) / full)
    if profile.bit_depth is not None:
        full = float(2**profile.bit_depth - 1)
        if largest <= full:
            return Scale(full=full, step=1 / full)
        # The scanner's bits are stored at the upper end of a wider sample.
        return Scale(full=float(np.iinfo(picture.grey_BHW.dtype).max), step=1 / full)
    if picture.full_scale is not None:
        return Scale(full=picture.full_scale, step=1 / picture.full_scale)
    full = next(float(2**bits - 1) for bits in GUESSED_DEPTHS if largest <= 2**bits - 1)
    return Scale(full=full, step=1 / full)


def _polarity(
    picture: Picture, profile: ScannerProfile, options: ReadOptions, shown_HW: FloatArray, notes: list[str]
) -> Polarity:
    said = options.polarity or picture.polarity or profile.polarity
    seen, clear = infer_polarity(shown_HW)
    if said is None:
        if not clear:
            notes.append("it is not clear whether dense cargo is dark or bright: dark was assumed")
        elif seen == "bright":
            notes.append("dense cargo seems to be bright in this picture: it was turned round")
        return seen if clear else "dark"
    if clear and seen != said:
        notes.append(f"the picture looks as if dense cargo were {seen}, but {said} was given")
    return said


def _masks(
    picture: Picture, profile: ScannerProfile, scale: Scale, signal_BHW: FloatArray, notes: list[str]
) -> tuple[BoolArray, BoolArray, tuple[BoolArray, BoolArray]]:
    """Valid pixels, padding (with what is hidden), and dead rows and columns."""
    shape = signal_BHW.shape[1:]
    bright_HW = signal_BHW[-1] > 0.25 * max(float(np.quantile(signal_BHW[-1, ::4, ::4], 0.98)), 4 * BLACK)
    margins = find_margins(_padded(picture, profile, scale, signal_BHW), bright_HW)
    rows, columns = margins.inside((shape[0], shape[1]))
    level = float(np.quantile(signal_BHW[-1, rows, columns][::4, ::4], 0.98))
    dead_H, dead_W = np.zeros(shape[0], np.bool_), np.zeros(shape[1], np.bool_)
    for band_HW in signal_BHW:
        found_H, found_W = find_dead_lines(band_HW[rows, columns], level)
        dead_H[rows] |= found_H
        dead_W[columns] |= found_W
    padding_HW = margins.mask((shape[0], shape[1]))
    if picture.hidden_HW is not None:
        padding_HW |= picture.hidden_HW
    valid_HW: BoolArray = ~(padding_HW | dead_H[:, None] | dead_W[None, :])
    _note_masks(margins, int(dead_H.sum()), int(dead_W.sum()), notes)
    return valid_HW, padding_HW, (dead_H, dead_W)


def _padded(picture: Picture, profile: ScannerProfile, scale: Scale, signal_BHW: FloatArray) -> BoolArray:
    """Pixels with the padding's grey in every band: the profile's value, else black (8 bit: as JPEG leaves black)."""
    slack = BLACK if scale.full == 255 else 1e-6
    away_BHW = signal_BHW
    if profile.padding is not None:
        away_BHW = np.abs(picture.grey_BHW.astype(np.float32) - np.float32(profile.padding)) / np.float32(scale.full)
    padded_HW: BoolArray = np.less_equal(away_BHW.max(axis=0), slack)
    return padded_HW


def _note_masks(margins: Margins, rows: int, columns: int, notes: list[str]) -> None:
    if margins:
        sides = ("left", "right", "top", "bottom")
        found = ", ".join(f"{getattr(margins, side)} px {side}" for side in sides if getattr(margins, side))
        notes.append(f"padding was left out ({found})")
    if rows or columns:
        notes.append(f"dead or weak detector lines were left out ({rows} rows, {columns} columns)")


def _transmission(
    picture: Picture,
    profile: ScannerProfile,
    scale: Scale,
    polarity: Polarity,
    signal_BHW: FloatArray,
    valid_HW: BoolArray,
    notes: list[str],
) -> tuple[FloatArray, float]:
    """Transmission (B, H, W), and the floor that holds for every band."""
    given = picture.open_beam if picture.open_beam is not None else profile.open_beam
    levels = [_level(band_HW, valid_HW, given, scale, polarity, picture.inverted) for band_HW in signal_BHW]
    if None in levels:
        notes.append(_why_no_open_beam(signal_BHW[-1], valid_HW))
    known = [1.0 if level is None else level for level in levels]
    floor = max(floor_of(scale.step, level, profile.curve) for level in known)
    bands = [to_transmission(s, level, profile.curve, floor) for s, level in zip(signal_BHW, known, strict=True)]
    return np.stack(bands), floor


def _level(
    band_HW: FloatArray, valid_HW: BoolArray, given: float | None, scale: Scale, polarity: Polarity, inverted: bool
) -> float | None:
    """The open beam as a share of the full scale: as given in stored grey, else as seen."""
    if given is None:
        return open_beam_level(band_HW, valid_HW)
    share = given / scale.full
    if inverted != (polarity == "bright"):
        share = 1 - share
    return share if share > 0 else None


def _why_no_open_beam(signal_HW: FloatArray, valid_HW: BoolArray) -> str:
    seen = signal_HW[valid_HW]
    if seen.size == 0 or float(seen.max()) <= BLACK:
        return "the picture is black: nothing can be judged"
    return "no open beam was found in the picture: transmission is relative to the full scale and not to be trusted"


def _energies(
    picture: Picture, profile: ScannerProfile, options: ReadOptions, source: str, notes: list[str]
) -> tuple[float, ...] | None:
    bands = picture.grey_BHW.shape[0]
    for said in (options.energies_mv, picture.energies_mv):
        if said is not None:
            if len(said) != bands:
                raise ScanError(source, f"holds {bands} energy band(s), but {len(said)} energies were given")
            return said
    if profile.energies_mv is not None and len(profile.energies_mv) != bands:
        notes.append(f"the scanner profile names {len(profile.energies_mv)} energies, the file holds {bands}: not used")
        return None
    return profile.energies_mv
