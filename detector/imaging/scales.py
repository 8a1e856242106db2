"""The two scales at which the network looks at a scan.

The *scout* pass sees the whole scan shrunk to a fixed height: containers and loads are then a few hundred pixels wide,
within the reach of the network's boxes (a stride-32 cell of YOLOv8 reaches 15 strides, 480 pixels, to each side; a
40-foot container at 4.4 mm per pixel is 2,770 pixels wide and could not be boxed at native resolution). The *detail*
pass sees the cargo at the pitch that the package was trained at, so that a pistol is still 45 pixels long.
"""

from dataclasses import dataclass

import numpy as np

from scantally.detector.imaging.encode import encode, resize
from scantally.detector.types import Box, ByteArray, FloatArray

STRIDE = 32
"""Coarsest stride of the network: sides of what it is given are multiples of this."""

MAX_SCOUT_WIDTH = 2048
"""A longer train of wagons is shrunk further, so that memory stays bounded."""

ENCODE_MARGIN = 32
"""Pixels around a detail region that are encoded and then cut off, so that local contrast knows its neighbours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A part of the scan as the network sees it, and the way back to pixels of the scan."""

    picture_HW3: ByteArray  # (h, w, 3) uint8, h and w multiples of STRIDE
    x0: float
    y0: float
    scale_x: float  # view pixels per scan pixel
    scale_y: float
    width: float  # of the part that holds picture, not padding, in view pixels
    height: float

    def to_scan(self, boxes_N4: FloatArray) -> FloatArray:
        """Boxes in pixels of the view to boxes in pixels of the scan, clipped to the part of the scan that the view shows."""
        size = np.array([self.width, self.height, self.width, self.height], np.float32)
        inside = np.clip(boxes_N4, 0.0, size)
        scale = np.array([self.scale_x, self.scale_y, self.scale_x, self.scale_y], np.float32)
        shift = np.array([self.x0, self.y0, self.x0, self.y0], np.float32)
        return np.asarray(inside / scale + shift, np.float32)


def scout_size(height: int, width: int, scout_height: int) -> tuple[int, int]:
    """Rows and columns of the scout picture of a scan of ``height`` x ``width`` pixels."""
    scale = min(scout_height / height, MAX_SCOUT_WIDTH / width)
    return max(STRIDE, round(height * scale)), max(STRIDE, round(width * scale))


def scout_view(transmission_HW: FloatArray, recipe: str, scout_height: int) -> View:
    """The whole scan, shrunk to ``scout_height`` rows."""
    rows, columns = transmission_HW.shape
    h, w = scout_size(rows, columns, scout_height)
    picture = encode(resize(transmission_HW, h, w), recipe)
    return View(
        picture_HW3=pad(picture, recipe), x0=0.0, y0=0.0, scale_x=w / columns, scale_y=h / rows, width=w, height=h
    )


def detail_view(transmission_HW: FloatArray, recipe: str, region: Box, scale: float) -> View:
    """A region of the scan at ``scale`` view pixels per scan pixel; the region is cut to the scan and to whole pixels."""
    rows, columns = transmission_HW.shape
    x0, y0 = max(0, int(region[0])), max(0, int(region[1]))
    x1, y1 = min(columns, int(np.ceil(region[2]))), min(rows, int(np.ceil(region[3])))
    margin = round(ENCODE_MARGIN / scale)
    mx0, my0 = max(0, x0 - margin), max(0, y0 - margin)
    wide = transmission_HW[my0 : min(rows, y1 + margin), mx0 : min(columns, x1 + margin)]
    h, w = max(1, round(wide.shape[0] * scale)), max(1, round(wide.shape[1] * scale))
    encoded = encode(resize(wide, h, w) if scale != 1.0 else wide, recipe)
    top, left = round((y0 - my0) * scale), round((x0 - mx0) * scale)
    bottom, right = min(h, top + round((y1 - y0) * scale)), min(w, left + round((x1 - x0) * scale))
    cut = encoded[top:bottom, left:right]
    return View(
        picture_HW3=pad(cut, recipe),
        x0=float(x0),
        y0=float(y0),
        scale_x=scale,
        scale_y=scale,
        width=cut.shape[1],
        height=cut.shape[0],
    )


def pad(picture_HW3: ByteArray, recipe: str) -> ByteArray:
    """Pad to multiples of the stride, at the right and below, with what open beam looks like."""
    h, w = picture_HW3.shape[:2]
    out = blank(-(-h // STRIDE) * STRIDE, -(-w // STRIDE) * STRIDE, recipe)
    out[:h, :w] = picture_HW3
    return out


def blank(height: int, width: int, recipe: str) -> ByteArray:
    """A picture of nothing but open beam, (height, width, 3)."""
    out = np.empty((height, width, 3), np.uint8)
    out[:] = encode(np.ones((1, 1), np.float32), recipe)[0, 0]
    return out
