"""TIFF (TIFF 6.0, BigTIFF): 8 to 32-bit integers and floats; one page, or one page per energy, low energy first.

Rules for what a file holds: one grey page is one band; two pages of one shape, or one page with two samples, are two bands,
low energy first; RGB pages with equal channels are grey. The resolution tags say how a page is printed, not the pitch of
the scanner, and are not read: pitch comes from our own ImageDescription, a profile or an option.
"""

import io
from typing import TYPE_CHECKING

import numpy as np

from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats.description import ScanDescription, parse_description
from scantally.detector.formats.guard import guarded
from scantally.detector.formats.picture import AnyArray, Picture, check_size, split_channels, square_pitch
from scantally.detector.formats.tiff_header import Page, read_pages
from scantally.detector.types import BoolArray

if TYPE_CHECKING:
    import tifffile


def decode(raw: bytes, source: str, limits: Limits) -> Picture:
    """Pixels and description of a TIFF file.

    Raises:
        ScanError: damaged, cut short, too large, more than two pages, colour, NaN or negative values.
    """
    pages = read_pages(raw, source, limits)
    check_size(pages[0].width, pages[0].height, len(pages) * pages[0].samples, source, limits)
    bands: list[AnyArray] = []
    notes: list[str] = []
    hidden_HW: BoolArray | None = None
    with guarded(source, "a TIFF image"):
        import tifffile

        with tifffile.TiffFile(io.BytesIO(raw)) as tiff:
            text = str(tiff.pages[0].description)
            for number, page in enumerate(pages):
                stored = _stored(tiff.pages[number], page, source)
                grey_BHW, page_hidden_HW, page_notes = _grey(stored, page, source)
                hidden_HW = _either(hidden_HW, page_hidden_HW)
                bands.append(grey_BHW)
                notes.extend(n for n in page_notes if n not in notes)
    grey_BHW = _join(bands, source)
    description = parse_description(text, source) or ScanDescription()
    return _picture(grey_BHW, pages[0], hidden_HW, tuple(notes), description, source)


def _stored(tiff_page: "tifffile.TiffPage", page: Page, source: str) -> AnyArray:
    """Values as stored: (H, W), (H, W, S) or, planar, (S, H, W)."""
    stored: AnyArray = tiff_page.asarray(maxworkers=1)
    expected: tuple[int, ...] = (page.height, page.width)
    if page.samples > 1:
        expected = (page.samples, *expected) if page.planar else (*expected, page.samples)
    if stored.shape != expected:
        raise ScanError(source, f"damaged TIFF: header says {expected}, decoded {stored.shape}")
    return stored


def _grey(stored: AnyArray, page: Page, source: str) -> tuple[AnyArray, BoolArray | None, tuple[str, ...]]:
    """Bands of one page, (B, H, W), with hidden pixels and notes."""
    values = _checked(stored, source)
    if page.planar:
        values = np.moveaxis(values, 0, -1)
    if page.samples == 2 and page.photometric in (0, 1) and not page.alpha:
        return np.ascontiguousarray(np.moveaxis(values, -1, 0)), None, ()
    if page.photometric == 3:
        raise ScanError(source, "a TIFF with a palette: expected grey or RGB")
    if page.samples > 1 and page.photometric in (0, 1, 2, 6) and values.dtype.kind == "u":
        grey_HW, hidden_HW, notes = split_channels(values, int(np.iinfo(values.dtype).max), source)
        return grey_HW[None], hidden_HW, notes
    if page.samples > 1:
        raise ScanError(source, f"{page.samples} samples of {values.dtype} per pixel: expected one")
    return values[None], None, ()


def _checked(stored: AnyArray, source: str) -> AnyArray:
    """Unsigned integers or float32, finite and not negative."""
    if stored.dtype.kind == "f":
        bad = stored.size - int(np.count_nonzero(np.isfinite(stored)))
        if bad:
            raise ScanError(source, f"{bad} of {stored.size} values are NaN or infinite: expected finite grey values")
    if stored.dtype.kind in "fi" and stored.min() < 0:
        bad = int(np.count_nonzero(stored < 0))
        raise ScanError(source, f"{bad} of {stored.size} values are negative: expected grey values of 0 and above")
    if stored.dtype.kind == "f":
        if float(stored.max()) > 1e30:
            raise ScanError(source, f"values up to {float(stored.max()):.3g}: expected grey values below 1e30")
        return stored.astype(np.float32, copy=False)
    if stored.dtype.kind == "i":
        return stored.astype(np.dtype(f"u{stored.dtype.itemsize}"), copy=False)
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)


def _either(a_HW: BoolArray | None, b_HW: BoolArray | None) -> BoolArray | None:
    if a_HW is None or b_HW is None or a_HW.shape != b_HW.shape:
        return a_HW if b_HW is None else b_HW
    return a_HW | b_HW


def _join(bands: list[AnyArray], source: str) -> AnyArray:
    if len({(b.shape[1:], b.dtype) for b in bands}) > 1:
        sizes = " and ".join(f"{b.shape[2]} x {b.shape[1]} {b.dtype}" for b in bands)
        raise ScanError(source, f"pages differ ({sizes}): expected one page per energy, all alike")
    joined = np.concatenate(bands) if len(bands) > 1 else bands[0]
    if joined.shape[0] > 2:
        raise ScanError(source, f"{joined.shape[0]} bands: expected one or two energies")
    return joined


def _picture(
    grey_BHW: AnyArray,
    page: Page,
    hidden_HW: BoolArray | None,
    notes: tuple[str, ...],
    description: ScanDescription,
    source: str,
) -> Picture:
    if description.energies_mv is not None and len(description.energies_mv) != grey_BHW.shape[0]:
        said = len(description.energies_mv)
        raise ScanError(source, f"ImageDescription names {said} energies, but the file holds {grey_BHW.shape[0]} bands")
    pitch_mm, pitch_note = square_pitch(description.pitch_mm)
    return Picture(
        grey_BHW=grey_BHW,
        full_scale=255.0 if page.bits == 8 else None,
        inverted=page.photometric == 0,
        hidden_HW=hidden_HW,
        polarity=description.polarity,
        pitch_mm=pitch_mm,
        energies_mv=description.energies_mv,
        calibrated=description.calibrated,
        open_beam=description.open_beam,
        device=description.device,
        container_numbers=description.container_numbers,
        time=description.time,
        notes=notes + pitch_note,
    )
