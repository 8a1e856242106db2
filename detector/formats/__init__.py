"""Scan files: bytes in, a Scan out. One row per format; the module is imported when such a file comes."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from scantally.detector.config.files import read_bytes, sha256
from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats.assemble import assemble
from scantally.detector.formats.options import ReadOptions
from scantally.detector.formats.picture import Picture
from scantally.detector.types import Provenance, Scan

__all__ = ["FORMATS", "SCAN_SUFFIXES", "Format", "ReadOptions", "decode_scan", "format_of", "read_scan"]


class Decoder(Protocol):
    """What a format's module offers."""

    def decode(self, raw: bytes, source: str, limits: Limits) -> Picture:
        """Grey values of a file, or ScanError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One row: how to know a file by its content, and who reads it."""

    module: str
    sniff: Callable[[bytes], bool]
    suffixes: tuple[str, ...]


FORMATS: dict[str, Format] = {
    "png": Format(
        module="scantally.detector.formats.png",
        sniff=lambda raw: raw.startswith(b"\x89PNG\r\n\x1a\n"),
        suffixes=(".png",),
    ),
    "jpeg": Format(
        module="scantally.detector.formats.jpeg",
        sniff=lambda raw: raw.startswith(b"\xff\xd8\xff"),
        suffixes=(".jpg", ".jpeg", ".jpe", ".jfif"),
    ),
    "tiff": Format(
        module="scantally.detector.formats.tiff",
        sniff=lambda raw: raw[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        suffixes=(".tif", ".tiff"),
    ),
    "dicom": Format(
        module="scantally.detector.formats.dicom",
        sniff=lambda raw: raw[128:132] == b"DICM",
        suffixes=(".dcm", ".dicom"),
    ),
}

SCAN_SUFFIXES = frozenset(suffix for row in FORMATS.values() for suffix in row.suffixes)
"""Endings by which a scan is found in a folder; what a file is, is decided by its content."""

OTHERS = {
    b"GIF8": "a GIF image",
    b"BM": "a Windows bitmap",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 image",
    b"RIFF": "a RIFF file (WebP?)",
    b"\x93NUMPY": "a numpy array",
}


def read_scan(path: Path, options: ReadOptions | None = None) -> Scan:
    """Read one scan file.

    Raises:
        ScanError: no file, not readable, over a limit, or whatever `decode_scan` refuses.
    """
    options = options or ReadOptions()
    raw = read_bytes(path, ScanError, options.limits.max_scan_bytes)
    try:
        return decode_scan(raw, path.name, options)
    except ScanError as e:
        raise ScanError(str(path), e.problem) from e


def decode_scan(raw: bytes, source: str, options: ReadOptions | None = None) -> Scan:
    """Bytes of a scan file to a Scan; pure.

    Args:
        raw: The whole file.
        source: The file's name, for provenance and errors.
        options: What the caller knows.

    Raises:
        ScanError: not a known format, damaged, cut short, too small or large, no grey picture.
    """
    options = options or ReadOptions()
    name = format_of(raw, source)
    decoder = cast(Decoder, import_module(FORMATS[name].module))
    picture = decoder.decode(raw, source, options.limits)
    provenance = Provenance(source=source, sha256=sha256(raw), format=name, device=picture.device, time=picture.time)
    return assemble(picture, provenance, options)


def format_of(raw: bytes, source: str) -> str:
    """The format's name in FORMATS, by the first bytes.

    Raises:
        ScanError: none of them; the message says what the file is instead, where that is known.
    """
    if not raw:
        raise ScanError(source, "the file is empty (0 bytes)")
    for name, row in FORMATS.items():
        if row.sniff(raw):
            return name
    suffix = Path(source).suffix.lower()
    named = next((name.upper() for name, row in FORMATS.items() if suffix in row.suffixes), None)
    expected = f"{named} content, as its name says" if named else "PNG, JPEG, TIFF or DICOM"
    raise ScanError(source, f"{_what_it_is(raw)}: expected {expected}")


def _what_it_is(raw: bytes) -> str:
    """Name what a file is instead, so that the mistake is plain."""
    other = next((what for magic, what in OTHERS.items() if raw.startswith(magic)), None)
    if other:
        return other
    head = raw[:64]
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head):
        return f"a text file that begins with '{head[:24].decode('ascii').strip()}'"
    return f"not a scan (begins with bytes {head[:8].hex(' ')})"
