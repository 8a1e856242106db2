"""Files that must be refused, each with one line that says what is wrong; then damage of every kind."""

import errno
import io
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pydicom
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats import ReadOptions, decode_scan, read_scan
from scantally.detector.formats.tiff_writer import encode_tiff

G16 = np.full((48, 64), 3600, np.uint16)
G16[12:40, 10:50] = np.arange(40, dtype=np.uint16) * 60
G8 = (G16 >> 4).astype(np.uint8)


def rgb(*channels: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.dstack(channels)


COLOUR = rgb(G8, np.flipud(G8), np.fliplr(G8))


def png(picture: NDArray[np.generic]) -> bytes:
    raw: bytes = imagecodecs.png_encode(picture)
    return raw


def jpeg(picture: NDArray[np.generic], **keys: object) -> bytes:
    raw: bytes = imagecodecs.jpeg8_encode(picture, **keys)
    return raw


def tiff(*pages: NDArray[np.generic], **keys: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        for page in pages:
            writer.write(page, metadata=None, contiguous=False, **{"photometric": "minisblack"} | keys)
    return out.getvalue()


def pillow(mode: str, kind: str, **keys: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(G8).convert(mode).save(out, kind, **keys)
    return out.getvalue()


def dicom(grey: NDArray[np.generic] | None, syntax: UID = ExplicitVRLittleEndian, **keys: object) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = pydicom.Dataset()
    header.file_meta = meta
    header.SOPClassUID, header.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 0
    header.Rows, header.Columns = (48, 64) if grey is None else grey.shape[-2:]
    if grey is not None:
        header.PixelData = grey.tobytes()
    for key, value in keys.items():
        setattr(header, key, value)
    if syntax == RLELossless:
        header.compress(RLELossless)
    encoders = {
        JPEGLSLossless: imagecodecs.jpegls_encode,
        JPEG2000Lossless: imagecodecs.jpeg2k_encode,
        JPEGBaseline8Bit: imagecodecs.jpeg8_encode,
    }
    if syntax in encoders:
        header.PixelData = pydicom.encaps.encapsulate([encoders[syntax](grey)])
        header["PixelData"].VR = "OB"
        header["PixelData"].is_undefined_length = True
    meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    pydicom.dcmwrite(out, header, enforce_file_format=True)
    return out.getvalue()


def png_header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG that holds a header and one empty chunk of data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def jpeg_header(width: int, height: int) -> bytes:
    raw = bytearray(jpeg(G8))
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(raw)


def tiff_with(raw: bytes, code: int, value: int) -> bytes:
    """A little-endian classic TIFF with the value of one tag of the first page replaced."""
    (at,) = struct.unpack_from("<I", raw, 4)
    (count,) = struct.unpack_from("<H", raw, at)
    changed = bytearray(raw)
    for i in range(count):
        entry = at + 2 + 12 * i
        if struct.unpack_from("<H", raw, entry)[0] == code:
            struct.pack_into("<HHII", changed, entry, code, 4, 1, value)
    return bytes(changed)


def looping_tiff() -> bytes:
    """A TIFF whose second page is its first."""
    raw = bytearray(tiff(G16))
    (at,) = struct.unpack_from("<I", raw, 4)
    (count,) = struct.unpack_from("<H", raw, at)
    struct.pack_into("<I", raw, at + 2 + 12 * count, at)
    return bytes(raw)


def nan_at(value: float) -> NDArray[np.float32]:
    grey = np.full((48, 64), 0.9, np.float32)
    grey[3, :7] = value
    return grey


def animated_png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(G8).save(out, "png", save_all=True, append_images=[Image.fromarray(G8 // 2)])
    return out.getvalue()


def partly(raw: bytes, share: float = 0.5) -> bytes:
    return raw[: int(len(raw) * share)]


TOO_LARGE = "60000 x 60000 pixels is over the limit of 100000000 pixels (max_pixels)"
TOO_SMALL = "3 x 3 pixels is too small: expected at least 32 x 32"
COMPRESSED = (
    "pixels are compressed as JPEG-LS Lossless Image Compression (1.2.840.10008.1.2.4.80), and no decoder is installed: "
    "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
)

BAD = {
    "zero bytes": ("a.png", b"", "the file is empty (0 bytes)"),
    "text named png": (
        "a.png",
        b"hello world\n" * 9,
        "a text file that begins with 'hello world\nhello world': expected",
    ),
    "text named dicom": (
        "a.dcm",
        b"hello",
        "a text file that begins with 'hello': expected DICOM content, as its name",
    ),
    "gif": ("a.gif", pillow("L", "gif"), "a GIF image: expected PNG, JPEG, TIFF or DICOM"),
    "rubbish": (
        "a",
        bytes(range(128, 160)),
        "not a scan (begins with bytes 80 81 82 83 84 85 86 87): expected PNG, JPEG",
    ),
    "png cut short": ("a", partly(png(G16)), "PNG image is cut short"),
    "png without its last chunk": ("a", png(G16)[:-12], "PNG image is cut short"),
    "png with a flipped bit": ("a", png(G16)[:60] + b"\0\0" + png(G16)[62:], "damaged PNG: the checksum of a chunk"),
    "png of too few rows": ("a", png_header(64, 64), "expected a PNG image that can be decoded, but it is damaged:"),
    "png too large": ("a", png_header(60_000, 60_000), TOO_LARGE),
    "png too small": ("a", png(np.zeros((3, 3), np.uint8)), TOO_SMALL),
    "png of no size": ("a", png_header(0, 0), "0 x 0 pixels is too small"),
    "png, animated": ("a", animated_png(), "an animated PNG: expected one picture"),
    "png, 1 bit": ("a", pillow("1", "png"), "1 bit per pixel: expected 8 or 16"),
    "png, colour": ("a", png(COLOUR), "a colour picture ("),
    "png, transparent": ("a", png(rgb(G8, G8, G8, G8 * 0)), "every pixel is transparent: expected an opaque picture"),
    "jpeg cut short": ("a", partly(jpeg(G8)), "JPEG image is cut short"),
    "jpeg cut short and closed": (
        "a",
        partly(jpeg(G8), 0.8) + b"\xff\xd9",
        "JPEG image is cut short: its data end before",
    ),
    "jpeg of 3 bytes": ("a", b"\xff\xd8\xff", "JPEG image is cut short or damaged (3 bytes): it has no frame header"),
    "jpeg too large": ("a", jpeg_header(60_000, 60_000), TOO_LARGE),
    "jpeg larger than its data": (
        "a",
        jpeg_header(640, 480),
        "JPEG image is cut short: its data end before the last row",
    ),
    "jpeg too small": ("a", jpeg(np.zeros((3, 3), np.uint8)), TOO_SMALL),
    "jpeg, cmyk": ("a", pillow("CMYK", "jpeg"), "a CMYK JPEG: expected a grey scan"),
    "jpeg, colour": ("a", jpeg(COLOUR), "a colour picture ("),
    "jpeg, progressive, cut short": (
        "a",
        partly(pillow("L", "jpeg", progressive=True), 0.9) + b"\xff\xd9",
        "JPEG image is cut short: its data end before the last row",
    ),
    "tiff of 4 bytes": ("a", b"II*\0", "TIFF file is cut short or damaged (4 bytes)"),
    "tiff cut short": ("a", partly(tiff(G16, compression="zlib")), "TIFF file is cut short or damaged"),
    "tiff without pages": ("a", b"II*\0\0\0\0\0", "damaged TIFF: it holds no page"),
    "tiff too large": ("a", tiff_with(tiff_with(tiff(G16), 256, 60_000), 257, 60_000), TOO_LARGE),
    "tiff too small": ("a", tiff(np.zeros((3, 3), np.uint16)), TOO_SMALL),
    "tiff with rows that are missing": (
        "a",
        tiff_with(tiff(G16), 257, 480),
        "damaged TIFF: 1 strips, expected 10",
    ),
    "tiff without strips": ("a", tiff_with(tiff(G16, rowsperstrip=8), 278, 4), "damaged TIFF: 6 strips, expected 12"),
    "tiff with a huge tile": (
        "a",
        tiff_with(tiff(G16, tile=(16, 16)), 322, 2**31),
        "damaged TIFF: tiles of 2147483648",
    ),
    "tiff with a strip outside": (
        "a",
        tiff_with(tiff(G16), 273, 10**6),
        "TIFF file is cut short or damaged: strips lie",
    ),
    "tiff in a circle": (
        "a",
        looping_tiff(),
        "a TIFF of more than two pages: expected one page, or one page per energy",
    ),
    "tiff of three pages": ("a", tiff(G16, G16, G16), "a TIFF of more than two pages"),
    "tiff of three planes": (
        "a",
        tiff(np.stack([G16, G16 // 2, G16 // 3]), planarconfig="separate"),
        "a colour picture (",
    ),
    "tiff of five samples": ("a", tiff(rgb(*[G16] * 5), planarconfig="contig"), "5 samples per pixel: expected grey"),
    "tiff of unlike pages": ("a", tiff(G16, G16[:40]), "pages differ (64 x 48 uint16 and 64 x 40 uint16): expected"),
    "tiff, unknown compression": (
        "a",
        tiff_with(tiff(G16), 259, 34_887),
        "TIFF compression 34887 is not read: expected",
    ),
    "tiff, 1 bit": ("a", tiff(G8 > 100), "samples of 1 bits (format 1): expected 8, 16 or 32 bit or float"),
    "tiff, complex": ("a", tiff(G16.astype(np.complex64)), "samples of 64 bits (format 6): expected"),
    "tiff, palette": (
        "a",
        tiff(G8, photometric="palette", colormap=np.zeros((3, 256), np.uint16)),
        "a TIFF with a palette: expected grey or RGB",
    ),
    "tiff, colour": ("a", tiff(COLOUR, photometric="rgb"), "a colour picture ("),
    "tiff with nan": ("a", tiff(nan_at(np.nan)), "7 of 3072 values are NaN or infinite: expected finite grey values"),
    "tiff with infinity": (
        "a",
        tiff(nan_at(np.inf)),
        "7 of 3072 values are NaN or infinite: expected finite grey values",
    ),
    "tiff with negative": (
        "a",
        tiff(nan_at(-0.1)),
        "7 of 3072 values are negative: expected grey values of 0 and above",
    ),
    "tiff with huge": ("a", tiff(nan_at(1e35)), "values up to 1e+35: expected grey values below 1e30"),
    "tiff, signed, negative": ("a", tiff(G16.astype(np.int16) - 100), "56 of 3072 values are negative"),
    "dicom cut short": ("a", partly(dicom(G16)), "expected a DICOM image that can be decoded, but it is damaged"),
    "dicom, deflated, cut short": (
        "a",
        partly(dicom(G16, DeflatedExplicitVRLittleEndian), 0.9),
        "DICOM file is cut short",
    ),
    "dicom without pixels": ("a", dicom(None), "DICOM without pixel data: expected an image"),
    "dicom too large": ("a", dicom(G16, Rows=60_000, Columns=60_000), TOO_LARGE),
    "dicom too small": ("a", dicom(np.zeros((3, 3), np.uint16)), TOO_SMALL),
    "dicom of three frames": ("a", dicom(np.stack([G16] * 3), NumberOfFrames=3), "3 frames: expected one, or one per"),
    "dicom, colour": (
        "a",
        dicom(G16, PhotometricInterpretation="RGB"),
        "DICOM photometric interpretation 'RGB': expected MONOCHROME1 or MONOCHROME2",
    ),
    "dicom, no decoder": ("a", dicom(G16, JPEGLSLossless), COMPRESSED),
    "dicom, slope 1e300": ("a", dicom(G16, RescaleSlope="1e300", RescaleIntercept="0"), "rescale slope 1e+300 and"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_one_line(name: str) -> None:
    source, raw, said = BAD[name]
    with pytest.raises(ScanError) as caught:
        decode_scan(raw, source)
    text = str(caught.value)
    assert text.startswith(f"{source}: {' '.join(said.split())}")
    assert text.isprintable() and len(text) < 300


def test_a_bomb_is_refused_before_memory_is_taken() -> None:
    """60,000 x 60,000 of zeros deflate to a few megabytes; a tenth of that stands for it."""
    bomb = zlib.compress(bytes(200 * 1024**2), 9)
    raw = dicom(G16, DeflatedExplicitVRLittleEndian)
    at = raw.index(DeflatedExplicitVRLittleEndian.encode()) + len(DeflatedExplicitVRLittleEndian)
    raw = raw[: at + at % 2] + bomb[2:-4]
    with pytest.raises(ScanError, match="inflates to more than"):
        decode_scan(raw, "a.dcm", ReadOptions(limits=Limits(max_pixels=1_000_000)))


def test_a_deflated_strip_that_is_too_long_takes_no_memory() -> None:
    import tracemalloc

    strip = zlib.compress(bytes(300 * 1024**2), 9)
    raw = tiff(G16, compression="zlib")
    raw = tiff_with(tiff_with(raw + strip, 273, len(raw)), 279, len(strip))
    tracemalloc.start()
    try:
        decode_scan(raw, "a.tif")
    except ScanError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20 * 1024**2


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(ScanError) as caught:
        read_scan(tmp_path)
    assert str(caught.value) == f"{tmp_path}: expected a file"
    with pytest.raises(ScanError) as caught:
        read_scan(tmp_path / "none.png")
    assert str(caught.value) == f"{tmp_path / 'none.png'}: no such file"
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    with pytest.raises(ScanError) as caught:
        read_scan(loop)
    assert str(caught.value).startswith(f"{loop}: ")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(G16))

    def denied(self: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", denied)  # root, who runs many test machines, may read everything
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    assert str(caught.value) == f"{path}: cannot be read: Permission denied"


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(ScanError) as caught:
        decode_scan(VALID["png 8"], "a.png")
    said = "a PNG image needs a library that is not installed: pip install imagecodecs"
    assert str(caught.value) == f"a.png: {said}"


def test_a_file_over_the_limit_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(G16))
    with pytest.raises(ScanError, match="is over the limit of 100 bytes"):
        read_scan(path, ReadOptions(limits=Limits(max_scan_bytes=100)))


def test_the_error_of_a_file_names_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"hello")
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    said = "a text file that begins with 'hello': expected PNG content, as its name says"
    assert str(caught.value) == f"{path}: {said}"


VALID = {
    "png 8": png(G8),
    "png 16": png(G16),
    "png rgb": png(rgb(G8, G8, G8)),
    "jpeg": jpeg(G8),
    "jpeg rgb": cv2.imencode(".jpg", rgb(G8, G8, G8))[1].tobytes(),
    "jpeg progressive": pillow("L", "jpeg", progressive=True),
    "jpeg lossless": jpeg(G16, lossless=True, bitspersample=16),
    "tiff": tiff(G16),
    "tiff float": tiff((G16 / 3600).astype(np.float32), compression="zlib", predictor=True),
    "tiff tiled": tiff(G16, tile=(16, 16), compression="lzw"),
    "tiff zstd": tiff(G16, compression="zstd"),
    "tiff lzma": tiff(G16, compression="lzma"),
    "tiff packbits": tiff(G16, compression="packbits"),
    "tiff jpeg": tiff(G8, compression="jpeg"),
    "tiff ours": encode_tiff(np.stack([G16, G16])[:, :40] / 4095.0, energies_mv=(4, 6), pitch_mm=4.4),
    "dicom": dicom(G16),
    "dicom deflated": dicom(G16, DeflatedExplicitVRLittleEndian),
    "dicom rle": dicom(G16, RLELossless),
    "dicom jpeg 2000": dicom(G16, JPEG2000Lossless),
    "dicom jpeg": dicom(G8, JPEGBaseline8Bit, BitsAllocated=8, BitsStored=8, HighBit=7),
}


@pytest.mark.parametrize("name", VALID)
def test_samples_are_valid_before_they_are_damaged(name: str) -> None:
    assert decode_scan(VALID[name], name).valid_HW.any()


@pytest.mark.parametrize("name", VALID)
def test_every_cut_is_refused_or_harmless(name: str) -> None:
    raw = VALID[name]
    whole = decode_scan(raw, name)
    for length in sorted(
        {*range(0, 200, 9), *(len(raw) * i // 40 for i in range(40)), *range(len(raw) - 30, len(raw))}
    ):
        try:
            scan = decode_scan(raw[: max(length, 0)], name)
        except ScanError:
            continue
        # What is cut off was not the picture (padding bytes, a mark after the data): nothing is half grey.
        np.testing.assert_array_equal(scan.transmission_BHW, whole.transmission_BHW)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    raw = bytearray(VALID[draw(st.sampled_from(sorted(VALID)))])
    # Headers are at either end and small: half of the damage goes there.
    at = st.one_of(st.integers(0, len(raw) - 1), st.integers(0, min(400, len(raw) - 1)), st.integers(-400, -1))
    for _ in range(draw(st.integers(1, 4))):
        kind, place = draw(st.sampled_from(("cut", "flip", "insert", "set", "swap"))), draw(at) % max(len(raw), 1)
        if kind == "cut":
            raw = raw[:place]
        elif kind == "flip" and raw:
            raw[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "insert":
            raw[place:place] = draw(st.binary(min_size=1, max_size=16))
        elif kind == "set":
            raw[place : place + 4] = draw(st.sampled_from((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x80")))
        elif raw:
            other = draw(st.integers(0, len(raw) - 1))
            raw[place], raw[other] = raw[other], raw[place]
    return bytes(raw)


@given(raw=damaged())
@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_damage_gives_a_scan_error_or_a_scan(raw: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.process_time()
    try:
        scan = decode_scan(raw, "a")
    except ScanError as e:
        assert str(e).startswith("a: ") and str(e).isprintable() and len(str(e)) < 400
    else:
        assert scan.transmission_BHW.size <= 100_000_000
    assert time.process_time() - began < 5
    assert capfd.readouterr() == ("", "")


def test_decoders_say_nothing_on_standard_error() -> None:
    """In a process without handlers, where Python prints log records of WARNING and above by itself."""
    code = (
        "import sys, contextlib; from pathlib import Path;"
        "from scantally.detector.formats import decode_scan; from scantally.detector.errors import ScanError\n"
        "for path in sys.argv[1:]:\n"
        "    with contextlib.suppress(ScanError): decode_scan(Path(path).read_bytes(), 'a')"
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, raw in VALID.items():
            for at in range(8, min(len(raw), 900), 37):
                broken = bytearray(raw)
                broken[at] ^= 0xFF
                paths.append(Path(folder) / f"{name} {at}")
                paths[-1].write_bytes(broken)
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True
        )
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("length", [0, 1, 7])
@pytest.mark.timeout(20)
def test_a_jpeg_2000_box_without_length_is_refused_and_not_walked_for_ever(length: int) -> None:
    """Found by the damages above: the reader of the boxes went round in a circle."""
    raw = dicom(G8, JPEG2000Lossless)
    second = raw.index(b"\0\0\0\x0cjP  ") + 12
    broken = raw[:second] + length.to_bytes(4, "big") + raw[second + 4 :]
    with pytest.raises(ScanError, match=f"a box of {length} bytes, expected at least 8"):
        decode_scan(broken, "a")
