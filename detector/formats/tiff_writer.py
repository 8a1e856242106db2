"""Writing scans as TIFF: 16 bit, one page per energy, with a description that the reader trusts."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile
from numpy.typing import NDArray

from scantally.detector.formats.description import ScanDescription

OPEN_BEAM = 60_000
"""Stored grey of the open beam: a tenth of the range is left for noise above it."""


def encode_tiff(
    transmission_BHW: NDArray[np.floating],
    *,
    pitch_mm: float | None = None,
    energies_mv: tuple[float, ...] | None = None,
    calibrated: bool = False,
    open_beam: int = OPEN_BEAM,
    device: str | None = None,
    container_numbers: Sequence[str] = (),
    time: str | None = None,
    compression: Literal["zlib", "zstd", "none"] = "zlib",
) -> bytes:
    """A scan as TIFF bytes: the same input gives the same bytes with the same versions of tifffile and imagecodecs.

    Args:
        transmission_BHW: (B, H, W), B 1 or 2, low energy first; clipped to what 16 bits hold, noise above 1 included.
        pitch_mm: Pixel pitch in mm, horizontal and vertical alike.
        energies_mv: Accelerating voltage in MV, one per band.
        calibrated: Whether transmission is proportional to detector dose.
        open_beam: Stored grey of transmission 1.
        device: Name of the scanner.
        container_numbers: Numbers of the containers in the picture, from left to right.
        time: Time of the scan, ISO 8601.
        compression: Codec of the pages, after a horizontal difference.

    Raises:
        ValueError: when shape, range or the number of energies make no sense.
    """
    stored_BHW = _quantise(transmission_BHW, open_beam)
    if energies_mv is not None and len(energies_mv) != stored_BHW.shape[0]:
        raise ValueError(f"{stored_BHW.shape[0]} bands but {len(energies_mv)} energies")
    description = ScanDescription(
        pitch_mm=pitch_mm,
        energies_mv=energies_mv,
        calibrated=calibrated,
        polarity="dark",
        open_beam=open_beam,
        device=device,
        container_numbers=tuple(container_numbers),
        time=time,
    ).to_text()
    return _pages(stored_BHW, description, None if compression == "none" else compression)


def encode_grey_tiff(
    grey_HW: NDArray[np.uint8], *, device: str | None = None, container_numbers: Sequence[str] = ()
) -> bytes:
    """Grey values (H, W) of a scanner without calibration as TIFF bytes, 8 bit, dense cargo dark.

    Raises:
        ValueError: the picture is no (H, W) of uint8.
    """
    if grey_HW.ndim != 2 or grey_HW.dtype != np.uint8 or grey_HW.size == 0:
        raise ValueError(f"grey must be (H, W) uint8, got {grey_HW.shape} {grey_HW.dtype}")
    description = ScanDescription(polarity="dark", device=device, container_numbers=tuple(container_numbers))
    return _pages(grey_HW[None], description.to_text(), "zlib")


def write_tiff(
    path: Path,
    transmission_BHW: NDArray[np.floating],
    *,
    pitch_mm: float | None = None,
    energies_mv: tuple[float, ...] | None = None,
    calibrated: bool = False,
    open_beam: int = OPEN_BEAM,
    device: str | None = None,
    container_numbers: Sequence[str] = (),
    time: str | None = None,
    compression: Literal["zlib", "zstd", "none"] = "zlib",
) -> None:
    """Write what `encode_tiff` makes; see there.

    Raises:
        ValueError: as `encode_tiff`.
        OSError: when the file cannot be written.
    """
    raw = encode_tiff(
        transmission_BHW,
        pitch_mm=pitch_mm,
        energies_mv=energies_mv,
        calibrated=calibrated,
        open_beam=open_beam,
        device=device,
        container_numbers=container_numbers,
        time=time,
        compression=compression,
    )
    path.write_bytes(raw)


def _quantise(transmission_BHW: NDArray[np.floating], open_beam: int) -> NDArray[np.uint16]:
    if transmission_BHW.ndim != 3 or transmission_BHW.shape[0] not in (1, 2) or transmission_BHW.size == 0:
        raise ValueError(f"transmission must be (1 or 2, H, W), got {transmission_BHW.shape}")
    if not 0 < open_beam <= 65_535:
        raise ValueError(f"open_beam must lie in 1 to 65535, got {open_beam}")
    if not np.isfinite(transmission_BHW).all():
        raise ValueError("transmission holds NaN or infinity")
    stored_BHW: NDArray[np.uint16] = np.clip(np.rint(transmission_BHW * np.float32(open_beam)), 0, 65_535).astype(
        np.uint16
    )
    return stored_BHW


def _pages(stored_BHW: NDArray[np.uint16] | NDArray[np.uint8], description: str, compression: str | None) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, byteorder="<") as tiff:
        for number, page_HW in enumerate(stored_BHW):
            tiff.write(
                page_HW,
                photometric="minisblack",
                compression=compression,
                compressionargs={"level": 1} if compression == "zlib" else None,  # noise: more effort packs no tighter
                predictor=compression is not None,
                description=description if number == 0 else None,
                metadata=None,
                software=False,
                contiguous=False,
            )
    return buffer.getvalue()
