"""One picture file to grey values, by a decoder that says when data are missing.

libjpeg fills what a file lacks with grey and goes on, and so do OpenCV and Pillow where an end mark follows the cut. simplejpeg (libjpeg-turbo)
can be told to take each such warning for an error, at the cost of a single decoding; other formats are read as inference reads them.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

import numpy as np

from scantally.detector.config.limits import Limits
from scantally.detector.config.scanners import Polarity
from scantally.detector.errors import MissingExtraError, ScanError
from scantally.detector.formats import FORMATS, Decoder, format_of
from scantally.detector.formats.guard import guarded
from scantally.detector.formats.picture import COLOUR_STEP, OVERLAY_SHARE, AnyArray, ColourError, Picture, check_size

Damage = Literal["missing", "truncated", "unreadable"]

CUT_SHORT = ("premature end", "cut short")
"""Words of libjpeg and of our own readers for data that end before the picture does."""


class DamagedError(Exception):
    """A file that is no whole picture. Its text is what the decoder said."""

    def __init__(self, damage: Damage, problem: str) -> None:
        self.damage = damage
        super().__init__(problem)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grey:
    """A decoded picture, and what its file says of itself."""

    grey_HW: AnyArray  # uint8, uint16 or float32; of two energies the higher one
    bits: int  # of one stored sample
    inverted: bool = False  # a viewer shows 0 as white
    polarity: Polarity | None = None
    refused: str | None = None  # why inference would not read it, although it can be decoded
    container_numbers: tuple[str, ...] = ()


def decode(raw: bytes, name: str, limits: Limits) -> Grey:
    """Grey values of a picture file.

    Raises:
        DamagedError: cut short, damaged, too large, or no picture that is known.
        MissingExtraError: simplejpeg is not installed.
    """
    try:
        if format_of(raw, name) == "jpeg":
            return _jpeg(raw, name, limits)
        return _other(raw, name, limits)
    except ScanError as e:
        damage: Damage = "truncated" if any(x in e.problem.lower() for x in CUT_SHORT) else "unreadable"
        raise DamagedError(damage, e.problem) from e


def _jpeg(raw: bytes, name: str, limits: Limits) -> Grey:
    try:
        import simplejpeg
    except ImportError as e:
        raise MissingExtraError("Auditing JPEG files", "data") from e
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(raw)
        check_size(width, height, 1, name, limits)
        grey_HW = simplejpeg.decode_jpeg(raw, "GRAY", strict=True)[..., 0]
        coloured = colours != "Gray" and _is_coloured(
            simplejpeg.decode_jpeg(raw, "RGB", min_height=1, min_width=1, min_factor=8, strict=False)
        )
    except ValueError as e:
        if any(words in str(e).lower() for words in CUT_SHORT):
            raise ScanError(name, f"JPEG image is cut short or damaged: {e}") from e
        return _other(raw, name, limits)  # 12 bits, lossless: another decoder's
    return Grey(grey_HW=grey_HW, bits=8, refused="a colour picture" if coloured else None)


def _is_coloured(small_HW3: AnyArray) -> bool:
    """As reading a scan judges colour, on a picture of an eighth of each side."""
    spread_HW = small_HW3.max(axis=2) - small_HW3.min(axis=2)
    return float((spread_HW > COLOUR_STEP).mean()) > OVERLAY_SHARE


def _other(raw: bytes, name: str, limits: Limits) -> Grey:
    """Whatever inference reads; colour that it refuses becomes luminance (ITU-R BT.601)."""
    decoder = cast(Decoder, import_module(FORMATS[format_of(raw, name)].module))
    try:
        picture = decoder.decode(raw, name, limits)
    except ColourError as e:
        with guarded(name, "a picture in colours"):
            weights = np.array([0.299, 0.587, 0.114], np.float32)
            grey_HW = np.asarray(e.rgb_HW3, np.float32) @ weights
        kept = grey_HW.astype(e.rgb_HW3.dtype) if e.rgb_HW3.dtype.kind == "u" else grey_HW
        return Grey(grey_HW=kept, bits=8 * e.rgb_HW3.dtype.itemsize, refused=e.problem)
    return _of(picture)


def _of(picture: Picture) -> Grey:
    grey_HW = np.ascontiguousarray(picture.grey_BHW[-1])
    if grey_HW.dtype.kind == "f" or grey_HW.dtype.itemsize > 2:
        grey_HW = grey_HW.astype(np.float32)
    return Grey(
        grey_HW=grey_HW,
        bits=8 * picture.grey_BHW.dtype.itemsize,
        inverted=picture.inverted,
        polarity=picture.polarity,
        container_numbers=picture.container_numbers,
    )
