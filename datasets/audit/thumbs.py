"""Small pictures for the page: an example's files as data URIs, a bounded number of them."""

import base64
from pathlib import Path

import cv2
import numpy as np
from markupsafe import Markup

from scantally.datasets.audit.decode import DamagedError, decode
from scantally.detector.config.files import read_bytes
from scantally.detector.config.limits import Limits
from scantally.detector.errors import InputError
from scantally.detector.formats.picture import AnyArray
from scantally.detector.types import Box, ByteArray

SIDE = (260, 150)
"""Most px of a thumbnail, width and height."""

QUALITY = 72

AROUND, LEAST_WINDOW = 8.0, 64.0
"""A small box is shown with this many times its longer side around it, and at least so many px."""

BOX_BGR = (0, 58, 192)


def thumbnail(path: Path, box: Box | None = None) -> Markup | None:
    """A picture file as a small JPEG in a data URI, with a box drawn; None where the file cannot be decoded."""
    try:
        grey_HW = decode(read_bytes(path, InputError, Limits().max_scan_bytes), path.name, Limits()).grey_HW
    except (DamagedError, InputError):
        return None
    window = _window(box, *grey_HW.shape[::-1])
    x0, y0, x1, y1 = window
    part_HW = np.ascontiguousarray(grey_HW[y0:y1, x0:x1])
    scale = min(SIDE[0] / (x1 - x0), SIDE[1] / (y1 - y0))
    size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    small_hw = cv2.resize(part_HW, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    shown_hw3 = cv2.cvtColor(_bytes(small_hw, grey_HW), cv2.COLOR_GRAY2BGR)
    if box is not None:
        _draw(shown_hw3, (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0), scale)
    _, raw = cv2.imencode(".jpg", shown_hw3, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return Markup(f"data:image/jpeg;base64,{base64.b64encode(raw.tobytes()).decode('ascii')}")


def _window(box: Box | None, width: int, height: int) -> tuple[int, int, int, int]:
    """The whole picture, or the surroundings of a box that would be too small to see in it."""
    if box is None:
        return 0, 0, width, height
    longer = max(box[2] - box[0], box[3] - box[1], 1.0)
    side = max(AROUND * longer, LEAST_WINDOW)
    if side >= min(width, height):
        return 0, 0, width, height
    x, y = (max(0.0, min(c - side / 2, most - side)) for c, most in _centres(box, width, height))
    return int(x), int(y), int(x + side), int(y + side)


def _centres(box: Box, width: int, height: int) -> tuple[tuple[float, int], tuple[float, int]]:
    return ((box[0] + box[2]) / 2, width), ((box[1] + box[3]) / 2, height)


def _bytes(small_hw: AnyArray, grey_HW: AnyArray) -> ByteArray:
    if grey_HW.dtype == np.uint8:
        return np.asarray(small_hw, np.uint8)
    top = max(float(grey_HW.max()), 1e-6)
    return np.asarray(small_hw * (255.0 / top)).astype(np.uint8)


def _draw(shown_hw3: ByteArray, box: Box, scale: float) -> None:
    """A box, moved to the border where it lies outside, so that one sees to which side."""
    height, width = shown_hw3.shape[:2]
    x0, y0, x1, y1 = (round(float(np.clip(v * scale, -1e6, 1e6))) for v in box)
    corner, end = (
        (min(max(x0, 0), width - 2), min(max(y0, 0), height - 2)),
        (min(max(x1, 1), width - 1), min(max(y1, 1), height - 1)),
    )
    cv2.rectangle(shown_hw3, corner, end, BOX_BGR, 2)
