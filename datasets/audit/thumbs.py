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
from scantally.detector.types import Box, ByteArray

SIDE = (260, 150)
"""Most px of a thumbnail, width and height."""

QUALITY = 72
BOX_BGR = (0, 58, 192)


def thumbnail(path: Path, box: Box | None = None) -> Markup | None:
    """A picture file as a small JPEG in a data URI, with a box drawn; None where the file cannot be decoded."""
    try:
        grey_HW = decode(read_bytes(path, InputError, Limits().max_scan_bytes), path.name, Limits()).grey_HW
    except (DamagedError, InputError):
        return None
    height, width = grey_HW.shape
    scale = min(SIDE[0] / width, SIDE[1] / height, 1.0)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small_hw = cv2.resize(grey_HW, size, interpolation=cv2.INTER_AREA)
    shown_hw3 = cv2.cvtColor(_bytes(small_hw, grey_HW), cv2.COLOR_GRAY2BGR)
    if box is not None:
        _draw(shown_hw3, box, scale)
    _, raw = cv2.imencode(".jpg", shown_hw3, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return Markup(f"data:image/jpeg;base64,{base64.b64encode(raw.tobytes()).decode('ascii')}")


def _bytes(small_hw: np.ndarray, grey_HW: np.ndarray) -> ByteArray:  # type: ignore[type-arg]
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
