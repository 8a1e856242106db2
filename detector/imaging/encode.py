"""From transmission to the eight-bit, three-channel picture that the network sees.

ultralytics drops the low byte of sixteen-bit images, so this step is ours, and it is the same function in
training and in inference. A recipe is versioned by its name, which is stored in the model's metadata: a recipe
never changes; a better one gets a new name.
"""

from collections.abc import Callable

import cv2
import numpy as np

from scantally.detector.types import BoolArray, ByteArray, FloatArray, Scan

SHALLOW_ATTENUATION = 1.5
"""Upper end of the first window, in -ln T: container walls, cartons, dunnage (T from 1 down to 0.22)."""

DEEP_ATTENUATION = 7.0
"""Upper end of the second window, in -ln T: T = 0.0009, about 230 mm of steel at 6 MV."""

CONTRAST_GAIN = 160.0
"""Grey levels per unit of local contrast: a step of 0.01 in -ln T, just visible, becomes 1.6 levels."""

CONTRAST_WINDOW = 31
"""Side of the neighbourhood that local contrast is measured against, in pixels of the picture as it is encoded."""


def encode(transmission_HW: FloatArray, recipe: str) -> ByteArray:
    """Encode one band of transmission.

    Args:
        transmission_HW: (H, W) float32 in (0, 1].
        recipe: a name in ``RECIPES``.

    Returns:
        (H, W, 3) uint8.

    Raises:
        KeyError: no such recipe.
    """
    return RECIPES[recipe](transmission_HW)


def working_band(scan: Scan) -> FloatArray:
    """The band that recipes for one band take: the deepest-seeing one, with invalid pixels as open beam, (H, W).

    Open beam is what padding looks like to a network that learned from scans without padding.
    """
    band = scan.primary_HW
    if scan.valid_HW.all():
        return band
    return np.where(_lines_filled(scan.valid_HW), band, np.float32(1.0))


def _lines_filled(valid_HW: BoolArray) -> BoolArray:
    """Dead single lines were interpolated by the reader and may be looked at; blocks of padding may not."""
    kernel = np.ones((5, 5), np.uint8)
    closed = cv2.morphologyEx(valid_HW.astype(np.uint8), cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(closed, np.bool_)


def resize(transmission_HW: FloatArray, height: int, width: int) -> FloatArray:
    """Resize a transmission picture; shrinking averages, as a coarser detector would."""
    smaller = height < transmission_HW.shape[0] or width < transmission_HW.shape[1]
    out = cv2.resize(transmission_HW, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(out, np.float32)


def _log_windows_1(transmission_HW: FloatArray) -> ByteArray:
    """Recipe ``log-windows-1``: attenuation in a shallow and in a deep window, and local contrast.

    Local contrast is divided by the local attenuation's own scale, so that a step inside a dense load shows as well as
    one in an empty container.
    """
    # Below the deep window nothing can be told apart, and a stored zero must not shine in the contrast channel.
    attenuation = np.minimum(-np.log(transmission_HW), np.float32(DEEP_ATTENUATION))
    mean = cv2.blur(attenuation, (CONTRAST_WINDOW, CONTRAST_WINDOW), borderType=cv2.BORDER_REPLICATE)
    contrast = (attenuation - mean) / (0.25 + mean)
    out = np.empty((*transmission_HW.shape, 3), np.uint8)
    out[..., 0] = _to_byte(attenuation * np.float32(255.0 / SHALLOW_ATTENUATION))
    out[..., 1] = _to_byte(attenuation * np.float32(255.0 / DEEP_ATTENUATION))
    out[..., 2] = _to_byte(contrast * np.float32(CONTRAST_GAIN) + np.float32(128.0))
    return out


def _to_byte(values: FloatArray) -> ByteArray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


RECIPES: dict[str, Callable[[FloatArray], ByteArray]] = {"log-windows-1": _log_windows_1}
"""Every recipe that a model package may name."""
