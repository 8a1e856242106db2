"""JPEG (ITU-T T.81): 8 and 12 bit, and lossless up to 16 bit; grey, or YCbCr/RGB with equal channels."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats.guard import guarded
from scantally.detector.formats.picture import AnyArray, Picture, check_size, split_channels

SOF_KINDS = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless"}
OTHER_SOF = (0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
EOI = b"\xff\xd9"
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # neither a stuffed 0xFF nor a restart
PROBE = bytes((0xA5, 0x5A, 0x96, 0x69)) * 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What the frame header (SOF) says, and where the file's picture ends."""

    kind: str
    precision: int
    width: int
    height: int
    components: int
    end: int  # offset of the EOI mark


def decode(raw: bytes, source: str, limits: Limits) -> Picture:
    """Pixels of a JPEG file.

    Raises:
        ScanError: damaged, cut short, CMYK, too large or a colour picture.
    """
    frame = read_frame(raw, source, limits)
    with guarded(source, "a JPEG image"):
        pixels = _decode(raw)
        expected = (frame.height, frame.width) + ((3,) if frame.components == 3 else ())
        if pixels.shape != expected:
            raise ScanError(source, f"damaged JPEG: header says {expected}, decoded {pixels.shape}")
        if not _is_whole(raw, frame, pixels):
            raise ScanError(source, "JPEG image is cut short: its data end before the last row")
        top = 2**frame.precision - 1
        grey_HW, hidden_HW, notes = split_channels(pixels, top, source)
    full_scale = None if frame.precision == 16 else float(top)
    return Picture(grey_BHW=grey_HW[None], full_scale=full_scale, hidden_HW=hidden_HW, notes=notes)


def read_frame(raw: bytes, source: str, limits: Limits) -> Frame:
    """Header and end of the file, without decoding.

    Raises:
        ScanError: no or an unknown frame header, a picture too large, CMYK, or no end mark.
    """
    found, end = None, None
    for code, body, at in _segments(raw):
        if code in OTHER_SOF:
            raise ScanError(
                source, "a hierarchical or arithmetic-coded JPEG: expected baseline, progressive or lossless"
            )
        if code in SOF_KINDS and found is None:
            found = (code, *_frame_header(body, source, limits))
        if code == 0xD9:
            end = at
            break
    if found is None:
        raise ScanError(source, f"JPEG image is cut short or damaged ({len(raw)} bytes): it has no frame header")
    if end is None:
        raise ScanError(source, f"JPEG image is cut short ({len(raw)} bytes): its end mark is missing")
    code, precision, height, width, components = found
    return Frame(kind=SOF_KINDS[code], precision=precision, width=width, height=height, components=components, end=end)


def _frame_header(body: bytes, source: str, limits: Limits) -> tuple[int, int, int, int]:
    """Precision, height, width, components."""
    if len(body) < 6:
        raise ScanError(source, "damaged JPEG: its frame header is too short")
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    check_size(width, height, 1, source, limits)
    if components == 4:
        raise ScanError(source, "a CMYK JPEG: expected a grey scan")
    if components not in (1, 3) or not 2 <= precision <= 16 or len(body) < 6 + 3 * components:
        raise ScanError(source, f"damaged JPEG: {components} components of {precision} bits")
    return precision, height, width, components


def _segments(raw: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(marker, body, offset) of each marker segment; entropy-coded data after a scan header (SOS) are skipped."""
    at = 2
    while at + 2 <= len(raw):
        if raw[at] != 0xFF:
            # Entropy-coded data, or rubbish: go to the next marker that is neither a stuffed 0xFF nor a restart.
            at = _next_marker(raw, at)
            continue
        code = raw[at + 1]
        if code == 0xFF:
            at += 1
        elif code == 0xD9:
            yield code, b"", at
            return
        elif code in (0x00, 0x01) or 0xD0 <= code <= 0xD8:
            at = _next_marker(raw, at + 2)
        else:
            if at + 4 > len(raw):
                return
            (length,) = struct.unpack_from(">H", raw, at + 2)
            yield code, raw[at + 4 : at + 2 + length], at
            at += 2 + max(length, 2)


def _next_marker(raw: bytes, at: int) -> int:
    found = MARKER.search(raw, at)
    return found.start() if found else len(raw)


def _decode(raw: bytes) -> AnyArray:
    import imagecodecs

    pixels: AnyArray = imagecodecs.jpeg8_decode(raw)
    return pixels


def _is_whole(raw: bytes, frame: Frame, pixels: AnyArray) -> bool:
    """Whether the coded data reach the last block.

    libjpeg fills what is missing with grey and does not say so. If the decoder was still hungry at the end mark, more
    data before that mark change the picture; if not, they are skipped.
    """
    import imagecodecs

    try:
        longer = _decode(raw[: frame.end] + PROBE + EOI)
    except imagecodecs.Jpeg8Error:
        return False  # cut within a header, which took the probe for its own
    return bool(np.array_equal(longer, pixels))
