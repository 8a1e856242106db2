"""PNG (ISO/IEC 15948): 8 and 16 bit, grey or RGB with equal channels, palette, alpha."""

import struct
import zlib
from collections.abc import Iterator

from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats.guard import guarded
from scantally.detector.formats.picture import Picture, check_size, split_channels

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def decode(raw: bytes, source: str, limits: Limits) -> Picture:
    """Pixels of a PNG file.

    Raises:
        ScanError: damaged, cut short, animated, fewer than 8 bits, too large or a colour picture.
    """
    depth = _check_chunks(raw, source, limits)
    with guarded(source, "a PNG image"):
        import imagecodecs

        pixels = imagecodecs.png_decode(raw)
        top = 255 if pixels.dtype.itemsize == 1 else 65_535
        if depth != pixels.dtype.itemsize * 8:
            raise ScanError(source, f"damaged PNG: header says {depth} bits, decoded {pixels.dtype}")
        grey_HW, hidden_HW, notes = split_channels(pixels, top, source)
    full_scale = 255.0 if top == 255 else None
    return Picture(grey_BHW=grey_HW[None], full_scale=full_scale, hidden_HW=hidden_HW, notes=notes)


def _check_chunks(raw: bytes, source: str, limits: Limits) -> int:
    """Walk the chunks; bits per sample of the decoded picture."""
    depth, ended, data = 0, False, False
    for number, (kind, body, crc) in enumerate(_chunks(raw)):
        if number == 0:
            depth = _check_header(kind, body, source, limits)
        if zlib.crc32(kind + body) != crc:
            raise ScanError(source, f"damaged PNG: the checksum of a chunk is wrong (at its {_ordinal(number)} chunk)")
        if kind == b"acTL":
            raise ScanError(source, "an animated PNG: expected one picture")
        data = data or kind == b"IDAT"
        if kind == b"IEND":
            ended = True
            break
    if not ended or not data:
        raise ScanError(source, f"PNG image is cut short ({len(raw)} bytes): its end mark is missing")
    return depth


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """(type, body, CRC) of each whole chunk."""
    at = len(SIGNATURE)
    while at + 12 <= len(raw):
        (length,) = struct.unpack_from(">I", raw, at)
        if at + 12 + length > len(raw):
            return
        (crc,) = struct.unpack_from(">I", raw, at + 8 + length)
        yield raw[at + 4 : at + 8], raw[at + 8 : at + 8 + length], crc
        at += 12 + length


def _check_header(kind: bytes, body: bytes, source: str, limits: Limits) -> int:
    if kind != b"IHDR" or len(body) != 13:
        raise ScanError(source, "damaged PNG: expected it to begin with an IHDR chunk of 13 bytes")
    width, height, depth, colour = struct.unpack_from(">IIBB", body)
    check_size(width, height, 1, source, limits)
    if colour == 3:
        return 8  # a palette holds 8-bit colours whatever the depth of its indices
    if depth not in (8, 16):
        raise ScanError(source, f"{depth} bit per pixel: expected 8 or 16")
    return int(depth)


def _ordinal(number: int) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(number, f"{number + 1}th")
