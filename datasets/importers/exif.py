"""EXIF orientation of JPEG files: what it says, whether boxes follow it, and turning by it.

Viewers and most annotation tools show a picture turned as its orientation says; reading a scan takes it as it is stored. Boxes lie in
the frame of the turned picture where the annotation states the turned picture's size.
"""

import struct

import numpy as np

from scantally.detector.formats.picture import AnyArray

EXIF = b"Exif\0\0"
EXIF_WITHIN = 2**17
"""Bytes from a JPEG's beginning: two of its segments, of which EXIF data fill the first or, after JFIF's, the second."""

ORIENTATION = 0x0112
"""The EXIF tag: 1 is as stored, 2 to 8 are turned or mirrored."""

SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""

SHORT = 3
"""The type of a whole number of 16 bits in TIFF."""


def exif_orientation(raw: bytes) -> int:
    """The orientation that a JPEG's EXIF data state, 1 to 8; 1 for other files, without such data, and where they are damaged."""
    start = raw.find(EXIF, 0, EXIF_WITHIN) if raw.startswith(b"\xff\xd8") else -1
    if start < 0:
        return 1
    start += len(EXIF)
    found = _orientation(raw[start : start + EXIF_WITHIN])
    return found if 1 <= found <= 8 else 1


def wants_turning(orientation: int, size: tuple[int, int], stated: tuple[int, int] | None) -> bool:
    """Whether an annotation was made on the turned picture: the stated size is the turned one's and not the stored one's.

    Args:
        orientation: 1 to 8.
        size: Width and height as stored, px.
        stated: Width and height that the annotation gives.
    """
    return orientation in SIDEWAYS and stated == size[::-1] and stated != size


def turned_upright(grey_HW: AnyArray, orientation: int) -> AnyArray:
    """A picture as viewers show it (Exif 3.0, section 4.6.5: where row 0 and column 0 belong), (H, W) or (W, H)."""
    turned = grey_HW.T if orientation in SIDEWAYS else grey_HW
    down = -1 if orientation in (3, 4, 7, 8) else 1
    across = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(turned[::down, ::across])


def _orientation(tiff: bytes) -> int:
    """The orientation in EXIF data, which are laid out as a TIFF file (Exif 3.0, section 4.6); 1 where they state none.

    Pillow reads it, too, but warns on stderr of what is damaged.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(entries):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if tag == ORIENTATION:
                return int(value) if kind == SHORT else 1
    except struct.error:
        return 1
    return 1
