"""What a decoder hands over: grey values as the file stores them, and what the file says about them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scantally.detector.config.limits import Limits
from scantally.detector.config.scanners import Polarity
from scantally.detector.errors import ScanError
from scantally.detector.types import BoolArray

AnyArray: TypeAlias = NDArray[Any]

OVERLAY_SHARE = 0.05  # of all pixels: more colour than this is a colour picture, not a line drawn over a scan
COLOUR_STEP = 16  # of 255: grey that went through JPEG's YCbCr stays below it


class ColourError(ScanError):
    """A picture in colours. An import of datasets may take its luminance; an inspection never does."""

    def __init__(self, source: str, problem: str, rgb_HW3: AnyArray) -> None:
        super().__init__(source, problem)
        self.rgb_HW3 = rgb_HW3


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One decoded file. What it does not say is None.

    ``full_scale`` is the largest grey the file's depth can hold, None for floating point or where only the container's
    depth (16 or 32 bits) is known and the scanner's is not.
    """

    grey_BHW: AnyArray  # integers or float32, finite, not negative
    full_scale: float | None = None
    step: float | None = None  # grey between two stored steps; None: 1 for integers, unknown for floating point
    inverted: bool = False  # a viewer shows 0 as white (TIFF WhiteIsZero, DICOM MONOCHROME1)
    hidden_HW: BoolArray | None = None  # pixels that are not measurements: overlays, transparent, padding value
    polarity: Polarity | None = None
    pitch_mm: float | None = None
    energies_mv: tuple[float, ...] | None = None
    calibrated: bool = False
    open_beam: float | None = None  # stored grey
    device: str | None = None
    container_numbers: tuple[str, ...] = ()  # from left to right
    time: str | None = None
    notes: tuple[str, ...] = ()


def check_size(width: int, height: int, bands: int, source: str, limits: Limits) -> None:
    """Refuse a picture by its header, before memory is taken for it.

    Raises:
        ScanError: no area, too small to show a container, or more pixels than the limit.
    """
    if min(width, height) < limits.min_side_px:
        least = limits.min_side_px
        raise ScanError(source, f"{width} x {height} pixels is too small: expected at least {least} x {least}")
    if width * height * bands > limits.max_pixels:
        size = f"{width} x {height}" + (f" x {bands}" if bands > 1 else "")
        raise ScanError(source, f"{size} pixels is over the limit of {limits.max_pixels} pixels (max_pixels)")


def split_channels(pixels: AnyArray, top: int, source: str) -> tuple[AnyArray, BoolArray | None, tuple[str, ...]]:
    """Grey of (H, W), (H, W, 2: grey and alpha), (H, W, 3: RGB) or (H, W, 4: RGBA) pixels.

    Scans are often saved as RGB with equal channels. Operators' workstations draw thin coloured lines and words over
    some; such pixels are hidden, not read as cargo.

    Args:
        pixels: As decoded.
        top: Largest value of the depth; alpha at ``top`` is opaque.
        source: For the error.

    Returns:
        Grey (H, W); the pixels that show no measurement, (H, W) or None; notes.

    Raises:
        ColourError: for a colour picture.
        ScanError: for one that is transparent everywhere.
    """
    if pixels.ndim == 2:
        return pixels, None, ()
    grey_HW, hidden_HW, notes = pixels[..., 0], None, []
    if pixels.shape[2] >= 3:
        grey_HW, coloured_HW = _grey_of(pixels[..., :3])
        if coloured_HW is not None:
            share = float(coloured_HW.mean())
            if share > OVERLAY_SHARE:
                problem = f"a colour picture ({share:.0%} of its pixels): expected a grey scan"
                raise ColourError(source, problem, pixels[..., :3])
            hidden_HW = coloured_HW
            notes.append(f"coloured drawing over {share:.1%} of the picture was left out")
    if pixels.shape[2] in (2, 4):
        transparent_HW = pixels[..., -1] < top
        if transparent_HW.all():
            raise ScanError(source, "every pixel is transparent: expected an opaque picture")
        if transparent_HW.any():
            hidden_HW = transparent_HW if hidden_HW is None else hidden_HW | transparent_HW
            notes.append(f"transparent pixels ({float(transparent_HW.mean()):.1%}) were left out")
    return grey_HW, hidden_HW, tuple(notes)


def _grey_of(rgb_HW3: AnyArray) -> tuple[AnyArray, BoolArray | None]:
    """The middle channel (exact where all are equal), and where the channels differ."""
    red, green, blue = rgb_HW3[..., 0], rgb_HW3[..., 1], rgb_HW3[..., 2]
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return green, None
    high_HW, low_HW = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    # Wider samples may hold fewer bits than they could, and no JPEG has blurred them.
    top = 255 if rgb_HW3.dtype == np.uint8 else int(high_HW.max())
    coloured_HW: BoolArray = (high_HW - low_HW) > top * COLOUR_STEP / 255
    return green, coloured_HW if coloured_HW.any() else None


def square_pitch(pitch: float | tuple[float, float] | None) -> tuple[float | None, tuple[str, ...]]:
    """One pitch for both axes, or None with a note where (horizontal, vertical) differ by more than 2 %."""
    if not isinstance(pitch, tuple):
        return pitch, ()
    across, down = pitch
    if abs(across - down) > 0.02 * max(pitch):
        return None, (f"pixels are not square ({across:g} x {down:g} mm): pixel pitch is taken as unknown",)
    return (across + down) / 2, ()
