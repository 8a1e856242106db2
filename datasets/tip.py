"""Threat image projection: the transmission of a simulated object multiplied into a scan.

Beer-Lambert is multiplicative: what stands behind one another multiplies its transmission. Beam hardening by the cargo in
front is neglected: a polychromatic beam that cargo has hardened is stopped a little less by the object than stated here.
"""

import cv2
import numpy as np

from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import Box, FloatArray

BLUR_PX = 0.7
"""Standard deviation of the blur of the projected object's edges, about that of the edges in the real scans."""


def object_transmission(sprite: Sprite, energy_mv: float, scale_x: float, scale_y: float) -> FloatArray:
    """Transmission of a sprite alone, resized by the two scales, with blurred edges and a margin of open beam, (h, w)."""
    picture = transmission_picture(energy_mv, sprite.layers)
    h, w = max(2, round(picture.shape[0] * scale_y)), max(2, round(picture.shape[1] * scale_x))
    small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    margin = 3
    padded = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=1.0)
    return np.asarray(cv2.GaussianBlur(padded, (0, 0), BLUR_PX), np.float32)


def project(transmission_HW: FloatArray, object_hw: FloatArray, x: int, y: int) -> tuple[FloatArray, Box]:
    """Multiply an object into a scan with its upper left corner at (x, y).

    Returns:
        A new (H, W) transmission, and the box of the pixels that the object darkens by at least 2 %.

    Raises:
        ValueError: the object does not lie within the scan.
    """
    h, w = object_hw.shape
    if x < 0 or y < 0 or y + h > transmission_HW.shape[0] or x + w > transmission_HW.shape[1]:
        raise ValueError(f"object {w} x {h} at ({x}, {y}) leaves the scan {transmission_HW.shape[::-1]}")
    out = transmission_HW.copy()
    out[y : y + h, x : x + w] *= object_hw
    np.clip(out, 1e-6, 1.0, out=out)
    rows, columns = np.nonzero(object_hw < 0.98)
    if not rows.size:
        return out, (float(x), float(y), float(x), float(y))
    box = (x + columns.min(), y + rows.min(), x + columns.max() + 1, y + rows.max() + 1)
    return out, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
