"""Bounds on what is read, so that a hostile or broken file costs little."""

from pydantic import Field

from scantally.detector.types import Document

MOST = 10**12
"""More than any machine holds."""


class Limits(Document):
    """Sizes beyond which a file is refused before memory is taken for it."""

    max_pixels: int = Field(default=100_000_000, gt=0, le=MOST)
    """Pixels of one scan, over all bands. A 5,000 x 1,200 dual-energy scan has 12 million."""

    min_side_px: int = Field(default=32, gt=0, le=MOST)
    """Smaller pictures cannot show a container."""

    max_scan_bytes: int = Field(default=1024**3, gt=0, le=MOST)
    """Bytes of a scan file."""

    max_manifest_bytes: int = Field(default=16 * 1024**2, gt=0, le=MOST)
    """Bytes of a manifest file."""
