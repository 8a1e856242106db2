"""Pictures of a scan for people: grey with local contrast, and pseudo-colour of the attenuation.

Attenuation is -ln T (Beer-Lambert), so that equal steps of areal density look alike from thin to dense.
"""

import cv2
import numpy as np

from scantally.detector.types import MIN_TRANSMISSION, BoolArray, ByteArray, FloatArray, Scan

MAX_PIXELS = 8_000_000
"""A picture for the page or the overlay is made smaller beyond this; boxes keep the scan's coordinates."""

_CLAHE_TILE = 96  # px: smaller than a pallet, larger than the objects of interest
_CLAHE_CLIP = 2.0
_CLAHE_SHARE = 0.5  # the other half keeps the true order of grey values, which flat local contrast would lose
_TONE = 0.5  # bare walls stop some 10 % of the beam, a full load 99.9 %: the root gives both room
_COLOURS = 256
_WHITE = 40  # colours between white (open beam) and the yellow end of viridis


def scale_for(scan: Scan) -> float:
    """Factor from scan pixels to picture pixels: 1 up to MAX_PIXELS, less beyond."""
    return min(1.0, float(np.sqrt(MAX_PIXELS / (scan.width * scan.height))))


def grey_view(scan: Scan) -> ByteArray:
    """(h, w) uint8, dense is dark, open beam is white; places that are not the scene are mid-grey stripes.

    Half of the contrast is global (the same grey means the same attenuation everywhere), half is local (contrast
    limited adaptive histogram equalisation), so that details show both behind thin walls and in dense loads.
    """
    dark, valid = _tone(scan)
    tone = (65535 * (1.0 - dark)).astype(np.uint16)
    tiles = (max(1, tone.shape[1] // _CLAHE_TILE), max(1, tone.shape[0] // _CLAHE_TILE))
    local = cv2.createCLAHE(clipLimit=_CLAHE_CLIP, tileGridSize=tiles).apply(tone)
    mixed = cv2.addWeighted(tone, 1 - _CLAHE_SHARE, local, _CLAHE_SHARE, 0)
    grey: ByteArray = (mixed >> 8).astype(np.uint8)
    return np.where(valid, grey, _stripes(*valid.shape))


def colour_view(scan: Scan) -> ByteArray:
    """(h, w, 3) uint8 BGR: one colour for one attenuation, with no local contrast, so the legend holds everywhere."""
    dark, valid = _tone(scan)
    colours = colour_table()[(255 * dark).astype(np.uint8)]
    stripes = np.repeat(_stripes(*valid.shape)[:, :, None], 3, axis=2)
    return np.where(valid[:, :, None], colours, stripes)


def colour_table() -> ByteArray:
    """(256, 3) uint8 BGR from open beam to stopped beam: white, then viridis reversed.

    Lightness falls evenly, so the picture reads right in print and for the colour-blind.
    """
    ramp = np.linspace(255, 0, _COLOURS - _WHITE).round().astype(np.uint8).reshape(-1, 1)
    viridis = cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS).reshape(-1, 3)
    white = np.linspace((255, 255, 255), viridis[0], _WHITE, endpoint=False).round().astype(np.uint8)
    return np.concatenate([white, viridis])


def legend(scan: Scan) -> list[tuple[float, float]]:
    """Ticks of the colour scale: (place from 0 to 1, transmission there), open beam first."""
    deep = deepest(scan)
    decades = [10.0**-k for k in range(1, 7) if -np.log(10.0**-k) < 0.97 * deep]
    ticks = [1.0, *([0.8, 0.5] if deep > 1.0 else []), *decades, float(np.exp(-deep))]
    return [(float(-np.log(t) / deep) ** _TONE, t) for t in ticks]


def deepest(scan: Scan) -> float:
    """Attenuation that is drawn as the densest: 99.9 % of the scene is below it, or what the file can store."""
    values = scan.primary_HW[scan.valid_HW]
    if values.size == 0:
        return 1.0
    darkest = max(float(np.quantile(values[:: max(1, values.size // 500_000)], 0.001)), scan.floor, MIN_TRANSMISSION)
    return max(-float(np.log(darkest)), 0.05)  # an all-white scan stays white


def png(picture: ByteArray) -> bytes:
    """Lossless bytes of a (h, w) or (h, w, 3) BGR picture."""
    return _encoded(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])


def jpeg(picture: ByteArray) -> bytes:
    """Small bytes of a picture where exact values do not matter."""
    return _encoded(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


def _encoded(kind: str, picture: ByteArray, options: list[int]) -> bytes:
    done, raw = cv2.imencode(kind, picture, options)
    if not done:
        raise ValueError(f"cannot encode a {picture.shape} picture as {kind}")
    return bytes(raw.tobytes())


def _tone(scan: Scan) -> tuple[FloatArray, BoolArray]:
    """Darkness from 0 (open beam) to 1 (deepest) and what is valid, both at the size of the picture."""
    t, valid, scale = scan.primary_HW, scan.valid_HW, scale_for(scan)
    if scale < 1:
        size = (max(1, round(scan.width * scale)), max(1, round(scan.height * scale)))
        t = cv2.resize(t, size, interpolation=cv2.INTER_AREA)
        valid = cv2.resize(valid.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).view(np.bool_)
    depth = np.clip(-np.log(t) / np.float32(deepest(scan)), 0, 1).astype(np.float32)
    return cv2.pow(depth, _TONE), valid


def _stripes(height: int, width: int) -> ByteArray:
    """Diagonal stripes in two mid greys: visibly no part of the scene."""
    rows, columns = np.ogrid[:height, :width]
    return np.where((rows + columns) % 24 < 12, 150, 170).astype(np.uint8)
