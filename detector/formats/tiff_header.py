"""The headers of a TIFF file (TIFF 6.0, BigTIFF), read by ourselves so that nothing hostile reaches the decoder.

Checked before any memory is taken: the chain of pages ends, every value and every strip or tile lies inside the
file, and sizes are within the limits.
"""

import struct
from dataclasses import dataclass, field
from typing import TypeAlias

from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats.picture import check_size

Values: TypeAlias = tuple[int, ...]

MAX_PAGES = 2
MAX_TAGS = 512
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
COMPRESSIONS = {
    1: "none",
    5: "LZW",
    7: "JPEG",
    8: "Deflate",
    32773: "PackBits",
    32946: "Deflate",
    34925: "LZMA",
    50000: "Zstandard",
}
WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_COUNTS, PLANAR = 273, 277, 278, 279, 284
PREDICTOR, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS = 317, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT = 338, 339
DEPTH, TILE_DEPTH = 32997, 32998


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One image file directory."""

    width: int
    height: int
    bits: int
    samples: int
    planar: bool  # each sample in strips or tiles of its own
    sample_format: int  # 1 unsigned, 2 signed, 3 floating point
    alpha: bool  # the last sample is opacity
    photometric: int  # 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 6 YCbCr
    tags: dict[int, Values] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How numbers stand in this file."""

    order: str
    big: bool

    @property
    def count_format(self) -> str:
        """Number of tags of a directory."""
        return self.order + ("Q" if self.big else "H")

    @property
    def offset_format(self) -> str:
        """Offsets, and counts of values."""
        return self.order + ("Q" if self.big else "I")

    @property
    def entry_size(self) -> int:
        """Bytes of a directory's entry."""
        return 20 if self.big else 12


def read_pages(raw: bytes, source: str, limits: Limits) -> tuple[Page, ...]:
    """Headers of all pages.

    Raises:
        ScanError: damaged or cut short, a size over the limits, more than two pages, a layout that is not read.
    """
    try:
        layout, at = _file_header(raw, source)
        pages: list[Page] = []
        while at:
            if len(pages) == MAX_PAGES:
                raise ScanError(source, "a TIFF of more than two pages: expected one page, or one page per energy")
            tags, at = _directory(raw, layout, at, source)
            pages.append(_page(tags, source, limits))
            _check_segments(pages[-1], len(raw), source, limits)
    except struct.error as e:
        raise ScanError(source, f"TIFF file is cut short or damaged ({len(raw)} bytes)") from e
    if not pages:
        raise ScanError(source, "damaged TIFF: it holds no page")
    return tuple(pages)


def _file_header(raw: bytes, source: str) -> tuple[Layout, int]:
    order = "<" if raw[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", raw, 2)
    if version == 43:
        size, zero, at = struct.unpack_from(order + "HHQ", raw, 4)
        if (size, zero) != (8, 0):
            raise ScanError(source, "damaged BigTIFF: its header is wrong")
        return Layout(order=order, big=True), at
    (at,) = struct.unpack_from(order + "I", raw, 4)
    return Layout(order=order, big=False), at


def _directory(raw: bytes, layout: Layout, at: int, source: str) -> tuple[dict[int, Values], int]:
    """Integer values of each tag, and the offset of the next directory."""
    (count,) = struct.unpack_from(layout.count_format, raw, at)
    if not 0 < count <= MAX_TAGS:
        raise ScanError(source, f"damaged TIFF: a page with {count} tags")
    at += struct.calcsize(layout.count_format)
    tags: dict[int, Values] = {}
    for i in range(count):
        code, values = _entry(raw, layout, at + i * layout.entry_size, source)
        tags.setdefault(code, values)
    (following,) = struct.unpack_from(layout.offset_format, raw, at + count * layout.entry_size)
    return tags, following


def _entry(raw: bytes, layout: Layout, at: int, source: str) -> tuple[int, Values]:
    """Code and integer values of one entry; values that are not integers are left to the decoder."""
    code, kind = struct.unpack_from(layout.order + "HH", raw, at)
    (count,) = struct.unpack_from(layout.offset_format, raw, at + 4)
    value_at = at + 4 + struct.calcsize(layout.offset_format)
    size = TYPE_SIZES.get(kind, 0) * count
    if size > struct.calcsize(layout.offset_format):
        (value_at,) = struct.unpack_from(layout.offset_format, raw, value_at)
    if value_at + size > len(raw):
        raise ScanError(source, f"TIFF file is cut short or damaged: the values of tag {code} lie outside the file")
    if kind not in INTEGERS:
        return code, ()
    return code, struct.unpack_from(f"{layout.order}{count}{INTEGERS[kind]}", raw, value_at)


def _page(tags: dict[int, Values], source: str, limits: Limits) -> Page:
    def one(code: int, default: int) -> int:
        values = tags.get(code) or (default,)
        return values[0]

    width, height, samples = one(WIDTH, 0), one(LENGTH, 0), one(SAMPLES, 1)
    if one(DEPTH, 1) != 1 or one(TILE_DEPTH, 1) != 1:
        raise ScanError(source, "a TIFF volume: expected flat pages")
    if not 1 <= samples <= 4:
        raise ScanError(source, f"{samples} samples per pixel: expected grey, two energies or RGB")
    check_size(width, height, samples, source, limits)
    bits, formats = set(tags.get(BITS) or (1,)), set(tags.get(SAMPLE_FORMAT) or (1,))
    sample_format, depth = formats.pop(), bits.pop()
    if bits or formats or (sample_format, depth) not in DEPTHS:
        raise ScanError(source, f"samples of {depth} bits (format {sample_format}): expected 8, 16 or 32 bit or float")
    if (compression := one(COMPRESSION, 1)) not in COMPRESSIONS:
        known = ", ".join(dict.fromkeys(COMPRESSIONS.values()))
        raise ScanError(source, f"TIFF compression {compression} is not read: expected one of {known}")
    return Page(
        width=width,
        height=height,
        bits=depth,
        samples=samples,
        planar=one(PLANAR, 1) == 2 and samples > 1,
        sample_format=sample_format,
        alpha=samples in (2, 4) and one(EXTRA_SAMPLES, 0) in (1, 2),
        photometric=one(PHOTOMETRIC, 1),
        tags=tags,
    )


DEPTHS = {(kind, bits) for kind in (1, 2) for bits in (8, 16, 32)} | {(3, 16), (3, 32), (3, 64)}


def _check_segments(page: Page, size: int, source: str, limits: Limits) -> None:
    """Every strip or tile is there, lies in the file and is not larger than a page may be."""
    tiled = TILE_WIDTH in page.tags
    offsets = page.tags.get(TILE_OFFSETS if tiled else STRIP_OFFSETS, ())
    counts = page.tags.get(TILE_COUNTS if tiled else STRIP_COUNTS, ())
    if tiled:
        width, height = (page.tags.get(code) or (0,) for code in (TILE_WIDTH, TILE_LENGTH))
        wide, high = width[0], height[0]
        if not (wide > 0 and high > 0 and wide * high <= 4 * max(limits.max_pixels, 1)):
            raise ScanError(source, f"damaged TIFF: tiles of {wide} x {high} pixels")
        expected = -(-page.width // wide) * -(-page.height // high)
    else:
        rows = min((page.tags.get(ROWS_PER_STRIP) or (page.height,))[0], page.height)
        expected = -(-page.height // rows) if rows else 0
    expected *= page.samples if page.planar else 1
    what = "tiles" if tiled else "strips"
    if len(offsets) != expected or len(counts) != expected:
        raise ScanError(source, f"damaged TIFF: {len(offsets)} {what}, expected {expected}")
    if any(o <= 0 or n <= 0 or o + n > size for o, n in zip(offsets, counts, strict=True)):
        raise ScanError(source, f"TIFF file is cut short or damaged: {what} lie outside its {size} bytes")
