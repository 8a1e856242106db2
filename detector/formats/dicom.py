"""DICOM (PS3.3, PS3.5, PS3.10) by pydicom: one frame, or one frame per energy, low energy first.

The VOI window and the presentation LUT are for the eye and are not applied. Pitch: PixelSpacing, else ImagerPixelSpacing
(PS3.3 10.7). Polarity: PixelIntensityRelationshipSign (PS3.3 C.8.11.3.1.2) says whether more beam is stored as more grey;
photometric interpretation only says how a viewer shows it.
"""

import io
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scantally.detector.config.limits import Limits
from scantally.detector.config.scanners import Polarity
from scantally.detector.errors import ScanError
from scantally.detector.formats.guard import guarded
from scantally.detector.formats.picture import AnyArray, Picture, check_size, square_pitch
from scantally.detector.types import BoolArray

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.uid import UID

DEFLATED = "1.2.840.10008.1.2.1.99"
PIXEL_KEYS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
UNSURE_DEPTH = 32_767  # BitsStored 16 (15 and a sign) is often written whatever the detector's depth
JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
LEAST_BOX = 8
LEAST_KVP = 50  # kV: below it, the field was filled with something else (some write megavolts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grey:
    """Rescaled pixels."""

    values_BHW: AnyArray
    full_scale: float | None  # None where the scanner's depth is not known
    step: float | None  # of one stored step, where pixels became floats
    shifted: bool  # 0 is not no dose


def decode(raw: bytes, source: str, limits: Limits) -> Picture:
    """Pixels of a DICOM file, rescaled, and what its header says.

    Raises:
        ScanError: damaged, without pixels, too large, colour, more than two frames, or compressed with a codec that is
            not installed (the text names the transfer syntax).
    """
    with guarded(source, "a DICOM image"):
        header = _read(raw, source, limits)
        _check(header, source, limits)
        stored_BHW = _pixels(header, source)
        return _picture(header, stored_BHW, source)


def _read(raw: bytes, source: str, limits: Limits) -> "Dataset":
    """The data set; a deflated one is inflated here, within bounds."""
    import pydicom
    from pydicom.filereader import _read_file_meta_info as read_meta
    from pydicom.filereader import read_dataset, read_preamble

    stream = io.BytesIO(raw)
    read_preamble(stream, force=False)
    meta = read_meta(stream)
    if str(meta.get("TransferSyntaxUID", "")) != DEFLATED:
        return pydicom.dcmread(io.BytesIO(raw))
    most = 16 * limits.max_pixels + 1024**2
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(stream.read(), most)
    if inflater.unconsumed_tail:
        raise ScanError(source, f"inflates to more than {most} bytes: over the limit for {limits.max_pixels} pixels")
    if not inflater.eof:
        raise ScanError(source, f"DICOM file is cut short ({len(raw)} bytes): its deflated data do not end")
    header = read_dataset(io.BytesIO(plain), is_implicit_VR=False, is_little_endian=True)
    header.file_meta = meta
    header.set_original_encoding(False, True, "iso8859")
    return header


def _check(header: "Dataset", source: str, limits: Limits) -> None:
    if not any(key in header for key in PIXEL_KEYS):
        raise ScanError(source, "DICOM without pixel data: expected an image")
    rows, columns = _whole(header, "Rows", source), _whole(header, "Columns", source)
    frames = _whole(header, "NumberOfFrames", source, 1) or 1
    samples = _whole(header, "SamplesPerPixel", source, 1)
    check_size(columns, rows, max(frames, 1) * samples, source, limits)
    photometric = str(header.get("PhotometricInterpretation", ""))
    if samples != 1 or photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise ScanError(
            source, f"DICOM photometric interpretation '{photometric}': expected MONOCHROME1 or MONOCHROME2"
        )
    if frames > 2:
        raise ScanError(source, f"{frames} frames: expected one, or one per energy")


def _whole(header: "Dataset", key: str, source: str, default: int | None = None) -> int:
    value = header.get(key)
    if value is None:
        if default is None:
            raise ScanError(source, f"DICOM without {key}: expected an image")
        return default
    return int(value)


def _pixels(header: "Dataset", source: str) -> AnyArray:
    """Stored values, (B, H, W)."""
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        raise ScanError(source, "DICOM without a transfer syntax: its pixels cannot be read")
    if syntax.is_compressed and not _can_decode(syntax):
        hint = "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
        raise ScanError(
            source, f"pixels are compressed as {syntax.name} ({syntax}), and no decoder is installed: {hint}"
        )
    if syntax.is_compressed:
        _refuse_endless_boxes(header, source)
    stored: AnyArray = header.pixel_array
    return stored if stored.ndim == 3 else stored[None]


def _refuse_endless_boxes(header: "Dataset", source: str) -> None:
    """pydicom steps through the boxes of a JP2 header by their lengths (ISO/IEC 15444-1 I.4): over one of no length, for ever."""
    from pydicom.encaps import generate_frames

    for frame in generate_frames(header.PixelData, number_of_frames=int(header.get("NumberOfFrames") or 1)):
        at = len(JP2) if frame.startswith(JP2[:8]) else len(frame)
        while at < len(frame) and frame[at + 4 : at + 8] != b"jp2c":
            length = int.from_bytes(frame[at : at + 4], "big")
            if length < LEAST_BOX:
                raise ScanError(source, f"damaged JPEG 2000: a box of {length} bytes, expected at least {LEAST_BOX}")
            at += length


def _can_decode(syntax: "UID") -> bool:
    from pydicom.pixels.decoders.base import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _picture(header: "Dataset", stored_BHW: AnyArray, source: str) -> Picture:
    hidden_HW = _padding(header, stored_BHW)
    notes: list[str] = []
    polarity, linear = _intensity(header, notes)
    grey = _rescaled(header, stored_BHW, hidden_HW, notes, source)
    pitch_mm = _pitch(header, notes)
    return Picture(
        grey_BHW=grey.values_BHW,
        full_scale=grey.full_scale,
        step=grey.step,
        inverted=header.PhotometricInterpretation == "MONOCHROME1",
        hidden_HW=hidden_HW,
        polarity=polarity,
        pitch_mm=pitch_mm,
        energies_mv=_energies(header, stored_BHW.shape[0], notes),
        calibrated=linear and not grey.shifted,
        device=_text(header, "Manufacturer", "ManufacturerModelName"),
        time=_text(header, "AcquisitionDateTime") or _text(header, "AcquisitionDate", "AcquisitionTime"),
        notes=tuple(notes),
    )


def _rescaled(
    header: "Dataset", stored_BHW: AnyArray, hidden_HW: BoolArray | None, notes: list[str], source: str
) -> Grey:
    """Grey from 0 after rescale slope and intercept (PS3.3 C.11.1.1.2)."""
    slope = float(header.get("RescaleSlope") or 1)
    intercept = float(header.get("RescaleIntercept") or 0)
    low, high = _stored_range(header, stored_BHW)
    if stored_BHW.dtype.kind == "i" and stored_BHW.min() >= 0:
        stored_BHW = stored_BHW.astype(f"u{stored_BHW.dtype.itemsize}")
    shown = stored_BHW if hidden_HW is None else stored_BHW[:, ~hidden_HW]
    if bad := shown.size - int(np.count_nonzero(np.isfinite(shown))):
        raise ScanError(source, f"{bad} of {shown.size} values are NaN or infinite: expected finite grey values")
    if not (math.isfinite(slope) and math.isfinite(intercept) and 1e-12 < abs(slope) < 1e12 and abs(intercept) < 1e12):
        raise ScanError(source, f"rescale slope {slope:g} and intercept {intercept:g} make no grey values")
    zero = 0.0
    if min(float(shown.min()) * slope, float(shown.max()) * slope) + intercept < 0:
        zero = min(low * slope, high * slope) + intercept
        notes.append(f"grey values below 0: black was taken to be the least that can be stored ({zero:g})")
    # A slope alone falls out when grey is divided by the open beam.
    if stored_BHW.dtype.kind == "u" and slope > 0 and intercept == 0:
        known = high if high < UNSURE_DEPTH else None
        return Grey(values_BHW=_blank(stored_BHW, hidden_HW), full_scale=known, step=None, shifted=False)
    values_BHW = _blank((stored_BHW * slope + (intercept - zero)).astype(np.float32), hidden_HW)
    top = max(low * slope, high * slope) + intercept - zero
    known = top if stored_BHW.dtype.kind in "iu" and high < UNSURE_DEPTH and top > 0 else None
    step = abs(slope) if stored_BHW.dtype.kind in "iu" else None
    return Grey(values_BHW=values_BHW, full_scale=known, step=step, shifted=zero != 0)


def _stored_range(header: "Dataset", stored_BHW: AnyArray) -> tuple[float, float]:
    if stored_BHW.dtype.kind == "f":
        return float(np.nanmin(stored_BHW)), float(np.nanmax(stored_BHW))
    bits = int(header.get("BitsStored") or 8 * stored_BHW.dtype.itemsize)
    if stored_BHW.dtype.kind == "i":
        return float(-(2 ** (bits - 1))), float(2 ** (bits - 1) - 1)
    return 0.0, float(2**bits - 1)


def _blank(values_BHW: AnyArray, hidden_HW: BoolArray | None) -> AnyArray:
    return values_BHW if hidden_HW is None else np.where(hidden_HW, values_BHW.dtype.type(0), values_BHW)


def _padding(header: "Dataset", stored_BHW: AnyArray) -> BoolArray | None:
    """Pixels between PixelPaddingValue and PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2)."""
    first = header.get("PixelPaddingValue")
    if first is None:
        return None
    last = header.get("PixelPaddingRangeLimit")
    low, high = sorted((int(first), int(first if last is None else last)))
    outside_BHW: BoolArray = (stored_BHW < low) | (stored_BHW > high)
    hidden_HW: BoolArray = ~np.logical_or.reduce(outside_BHW, axis=0)
    return hidden_HW if hidden_HW.any() and not hidden_HW.all() else None


def _intensity(header: "Dataset", notes: list[str]) -> tuple[Polarity | None, bool]:
    """Polarity as a viewer shows the picture, and whether grey is linear in beam intensity."""
    relation = str(header.get("PixelIntensityRelationship", ""))
    if relation == "LOG":
        notes.append(
            "grey is logarithmic in beam intensity, to an unknown base: without a scanner profile not calibrated"
        )
    sign = header.get("PixelIntensityRelationshipSign")
    if sign not in (1, -1):
        return None, False
    # +1: more beam is more grey, so dense cargo is dark, unless the viewer turns the picture round.
    shown_dark = (sign == 1) != (header.PhotometricInterpretation == "MONOCHROME1")
    return ("dark" if shown_dark else "bright"), relation == "LIN"


def _pitch(header: "Dataset", notes: list[str]) -> float | None:
    for key in ("PixelSpacing", "ImagerPixelSpacing"):
        spacing = header.get(key)
        if spacing is None or len(spacing) != 2:
            continue
        down, across = float(spacing[0]), float(spacing[1])  # row spacing comes first (PS3.3 10.7.1.3)
        if not (0 < down < 1e3 and 0 < across < 1e3):
            notes.append(f"{key} {down:g} x {across:g} mm makes no sense: pixel pitch is taken as unknown")
            continue
        pitch_mm, odd = square_pitch((across, down))
        notes.extend(odd)
        if pitch_mm is not None and key == "ImagerPixelSpacing":
            notes.append("pixel pitch is that of the detector: things nearer the source look larger")
        return pitch_mm
    return None


def _energies(header: "Dataset", bands: int, notes: list[str]) -> tuple[float, ...] | None:
    """KVP is in kilovolts, and one number: it cannot name two energies."""
    peak_kv = header.get("KVP")
    if peak_kv is None or bands != 1:
        return None
    if not LEAST_KVP <= float(peak_kv) <= 50_000:
        notes.append(f"KVP of {float(peak_kv):g} kV makes no sense: energy is taken as unknown")
        return None
    return (float(peak_kv) / 1000,)


def _text(header: "Dataset", *keys: str) -> str | None:
    words = " ".join(str(header.get(key) or "").strip() for key in keys)
    return "".join(c for c in " ".join(words.split()) if c.isprintable())[:200] or None
