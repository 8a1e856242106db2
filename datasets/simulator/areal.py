"""True areal density of what a scan's containers hold, in the scan's own geometry."""

import io

import numpy as np
import tifffile

from scantally.datasets.simulator.build import Built
from scantally.datasets.simulator.scanner import Warp
from scantally.detector.types import FloatArray

AREAL = ".areal.tif"
"""The file's ending: one page, 32-bit floating point, g/cm2."""


def load_areal(built: Built, warp: Warp, padding: tuple[int, int]) -> FloatArray:
    """Areal density in g/cm2 of loads and objects of interest along the slanted beam, all materials, (H, W) as the scan.

    Container, packing that was left behind, and vehicle are not in it. It runs through the same uneven motion and padding as
    the scan, but through no blur.
    """
    view = built.canvas.view
    total = np.zeros((view.height, view.width), np.float32)
    for thing in (*built.loads, *built.objects):
        for layer in thing.placed.layers.values():
            _add(total, layer, thing.placed.x, thing.placed.y)
    total *= view.slants()[:, None]
    return np.pad(warp.apply(total), ((0, 0), padding))


def encode_areal(areal_HW: FloatArray) -> bytes:
    """As TIFF: deflate after a floating-point difference, which loses nothing."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, byteorder="<") as tiff:
        tiff.write(
            areal_HW,
            photometric="minisblack",
            compression="zlib",
            predictor=True,
            description="areal density of the load along the beam, g/cm2",
            metadata=None,
            software=False,
        )
    return buffer.getvalue()


def _add(total_HW: FloatArray, layer: FloatArray, x: int, y: int) -> None:
    """Layers are placed within the picture, but may be cut at its rims."""
    h, w = layer.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, total_HW.shape[1]), min(y + h, total_HW.shape[0])
    if x1 > x0 and y1 > y0:
        total_HW[y0:y1, x0:x1] += layer[y0 - y : y1 - y, x0 - x : x1 - x]
