"""Each format becomes the same transmission, exactly; who wins where file, profile and option disagree."""

import io
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pydicom
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
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
from scantally.detector.config.scanners import ScannerProfile
from scantally.detector.errors import ConfigError, ScanError
from scantally.detector.formats import FORMATS, ReadOptions, decode_scan, read_scan
from scantally.detector.formats.jpeg import _next_marker
from scantally.detector.formats.tiff_writer import encode_grey_tiff, encode_tiff, write_tiff

Grey = NDArray[np.uint16]
AIR = 3600


def picture() -> Grey:
    """12 bit: air, a box with walls, a dense load in it; 96 x 160 px."""
    grey = np.full((96, 160), AIR, np.uint16)
    grey[20:80, 20:140] = 2700
    grey[40:78, 40:100] = np.arange(60, dtype=np.uint16)[None, :] * 30
    grey[60:78, 40:60] = 0
    return grey


def dicom(grey: NDArray[np.generic], syntax: UID = ExplicitVRLittleEndian, **keys: object) -> bytes:
    """A minimal DICOM file; (H, W) or (frames, H, W), 8 or 16 bit."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = pydicom.Dataset()
    header.file_meta = meta
    header.SOPClassUID, header.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    bits = grey.dtype.itemsize * 8
    header.Rows, header.Columns = grey.shape[-2:]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = bits
    header.HighBit, header.PixelRepresentation = bits - 1, int(grey.dtype.kind == "i")
    if grey.ndim == 3:
        header.NumberOfFrames = grey.shape[0]
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


def tiff(*pages: NDArray[np.generic], **keys: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bool(keys.pop("bigtiff", False))) as writer:
        for page in pages:
            writer.write(page, metadata=None, contiguous=False, **{"photometric": "minisblack"} | keys)
    return out.getvalue()


def rgb(grey: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.repeat(grey[..., None], 3, axis=2)


def expected(grey: Grey, air: float = AIR) -> NDArray[np.float32]:
    return np.clip(grey.astype(np.float32) / np.float32(air), 1 / air, 1).astype(np.float32)


G16 = picture()
G8 = (G16 >> 4).astype(np.uint8)
DEEP = {
    "png": imagecodecs.png_encode(G16),
    "png rgb": imagecodecs.png_encode(rgb(G16)),
    "lossless jpeg": imagecodecs.jpeg8_encode(G16, lossless=True, bitspersample=16),
    "lossless jpeg, 12 bit": imagecodecs.jpeg8_encode(G16, lossless=True, bitspersample=12),
    "tiff": tiff(G16),
    "big tiff": tiff(G16, bigtiff=True),
    "tiff, big-endian": tiff(G16.astype(">u2")),
    "tiff, tiled": tiff(G16, tile=(32, 32), compression="zlib"),
    "tiff, rgb": tiff(rgb(G16), photometric="rgb"),
    "tiff, rgb planar": tiff(np.moveaxis(rgb(G16), 2, 0), photometric="rgb", planarconfig="separate"),
    "tiff, 32 bit": tiff(G16.astype(np.uint32)),
    "tiff, signed": tiff(G16.astype(np.int16)),
    "dicom": dicom(G16),
    "dicom, deflated": dicom(G16, DeflatedExplicitVRLittleEndian),
    "dicom, run length": dicom(G16, RLELossless),
    "dicom, jpeg 2000": dicom(G16, JPEG2000Lossless),
    "dicom, signed": dicom(G16.astype(np.int16)),
    "dicom, slope": dicom(G16, RescaleSlope="0.5", RescaleIntercept="0"),
    "dicom, stored from 1000": dicom(G16 + 1000, RescaleSlope="1", RescaleIntercept="-1000"),
} | {
    f"tiff, {codec}": tiff(G16, compression=codec, predictor=codec not in ("packbits",), rowsperstrip=7)
    for codec in ("lzw", "zlib", "packbits", "zstd", "lzma")
}
SHALLOW = {
    "png": imagecodecs.png_encode(G8),
    "png rgb": imagecodecs.png_encode(rgb(G8)),
    "png rgba": imagecodecs.png_encode(np.dstack([rgb(G8), np.full_like(G8, 255)])),
    "lossless jpeg": imagecodecs.jpeg8_encode(G8, lossless=True),
    "tiff": tiff(G8),
    "tiff grey and alpha": tiff(
        np.dstack([G8, np.full_like(G8, 255)]), extrasamples=["unassalpha"], planarconfig="contig"
    ),
    "tiff rgba": tiff(np.dstack([rgb(G8), np.full_like(G8, 255)]), photometric="rgb", extrasamples=["unassalpha"]),
    "dicom": dicom(G8),
}


@pytest.mark.parametrize("name", DEEP)
def test_every_deep_format_gives_the_same_transmission(name: str) -> None:
    scan = decode_scan(DEEP[name], "a")
    np.testing.assert_allclose(scan.transmission_BHW[0], expected(G16), rtol=1e-5)
    assert scan.valid_HW.all() and not scan.calibrated
    assert (scan.pitch_mm, scan.energies_mv) == (None, None)


@pytest.mark.parametrize("name", SHALLOW)
def test_every_8_bit_format_gives_the_same_transmission(name: str) -> None:
    scan = decode_scan(SHALLOW[name], "a")
    np.testing.assert_allclose(scan.transmission_BHW[0], expected(G8, AIR >> 4), rtol=1e-5)
    assert scan.floor == pytest.approx(1 / (AIR >> 4))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_float_tiff(kind: type[np.floating]) -> None:
    grey = np.clip(G16 / 3600, 0.001, 1).astype(kind)
    scan = decode_scan(tiff(grey), "a.tif")
    np.testing.assert_allclose(scan.transmission_BHW[0], grey.astype(np.float32), rtol=1e-3)
    assert scan.floor == pytest.approx(1e-6)


def test_lossy_jpeg_is_close() -> None:
    scan = decode_scan(cv2.imencode(".jpg", G8, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes(), "a.jpg")
    assert np.abs(scan.transmission_BHW[0] - expected(G8, AIR >> 4)).mean() < 0.01


def test_palette_png_with_grey_colours() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(G8).convert("P").save(out, "png")
    np.testing.assert_allclose(decode_scan(out.getvalue(), "a").transmission_BHW[0], expected(G8, AIR >> 4), rtol=1e-5)


@pytest.mark.parametrize(
    "raw",
    [
        tiff(G16, (G16 // 2)),
        tiff(np.stack([G16, G16 // 2]), planarconfig="separate"),
        tiff(np.dstack([G16, G16 // 2]), planarconfig="contig"),
        dicom(np.stack([G16, G16 // 2])),
    ],
    ids=["two pages", "two planes", "two samples", "two frames"],
)
def test_two_bands_have_an_open_beam_each(raw: bytes) -> None:
    scan = decode_scan(raw, "a", ReadOptions(energies_mv=(4.0, 6.0)))
    assert scan.transmission_BHW.shape == (2, 96, 160)
    np.testing.assert_allclose(scan.transmission_BHW[0], np.clip(expected(G16), 1 / 1800, 1), rtol=1e-5)
    np.testing.assert_allclose(scan.transmission_BHW[1], scan.transmission_BHW[0], atol=1 / 1800)
    assert scan.energies_mv == (4.0, 6.0)


def test_white_is_zero() -> None:
    for raw in (tiff(4095 - G16, photometric="miniswhite"), dicom(4095 - G16, PhotometricInterpretation="MONOCHROME1")):
        scan = decode_scan(raw, "a", ReadOptions(profile=ScannerProfile(name="x", bit_depth=12)))
        np.testing.assert_allclose(scan.transmission_BHW[0], expected(G16), rtol=1e-3, atol=1e-6)


def test_our_own_tiff_comes_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    transmission = rng.uniform(1e-4, 1.0, (2, 64, 80)).astype(np.float32)
    path = tmp_path / "s.tif"
    write_tiff(
        path,
        transmission,
        pitch_mm=4.4,
        energies_mv=(4, 6),
        calibrated=True,
        device="Gate é",
        container_numbers=("CSQU3054383", "MSKU6856625"),
        time="2026-11-22T10:00:00Z",
    )
    scan = read_scan(path)
    np.testing.assert_allclose(scan.transmission_BHW, transmission, atol=0.51 / 60_000)
    assert (scan.pitch_mm, scan.energies_mv, scan.calibrated) == (4.4, (4.0, 6.0), True)
    assert scan.floor == pytest.approx(1 / 60_000)
    where = scan.provenance
    assert (where.source, where.format, where.device, where.time) == ("s.tif", "tiff", "Gate é", "2026-11-22T10:00:00Z")
    assert scan.container_numbers == ("CSQU3054383", "MSKU6856625")
    assert scan.valid_HW.all() and "open beam" not in " ".join(scan.notes)


def test_our_own_grey_tiff_comes_back_as_the_same_picture_does_as_png() -> None:
    raw = encode_grey_tiff(G8, device="Gate", container_numbers=("CSQU3054383",))
    assert raw == encode_grey_tiff(G8, device="Gate", container_numbers=("CSQU3054383",))
    scan = decode_scan(raw, "a.tif")
    png = decode_scan(cv2.imencode(".png", G8)[1].tobytes(), "a.png", ReadOptions(polarity="dark"))
    np.testing.assert_array_equal(scan.transmission_BHW, png.transmission_BHW)
    assert (scan.calibrated, scan.pitch_mm, scan.provenance.device) == (False, None, "Gate")
    assert scan.container_numbers == ("CSQU3054383",) and png.container_numbers == ()
    for wrong in (G16, G8[None], G8[:0]):
        with pytest.raises(ValueError, match=r"grey must be \(H, W\) uint8"):
            encode_grey_tiff(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("compression", ["zlib", "zstd", "none"])
def test_our_own_tiff_is_the_same_bytes_each_time(compression: str) -> None:
    transmission = np.linspace(0, 1.1, 64 * 80, dtype=np.float32).reshape(1, 64, 80)
    first = encode_tiff(transmission, compression=compression)  # type: ignore[arg-type]
    assert first == encode_tiff(transmission, compression=compression)  # type: ignore[arg-type]
    np.testing.assert_allclose(
        decode_scan(first, "a").transmission_BHW, np.clip(transmission, 1 / 60_000, 1), atol=0.51 / 60_000
    )


@pytest.mark.parametrize(
    ("shape", "keys", "said"),
    [
        ((64, 80), {}, "transmission must be (1 or 2, H, W), got (64, 80)"),
        ((3, 64, 80), {}, "transmission must be (1 or 2, H, W), got (3, 64, 80)"),
        ((1, 64, 80), {"energies_mv": (4.0, 6.0)}, "1 bands but 2 energies"),
        ((1, 64, 80), {"open_beam": 70_000}, "open_beam must lie in 1 to 65535, got 70000"),
    ],
)
def test_writer_refuses(shape: tuple[int, ...], keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        encode_tiff(np.ones(shape, np.float32), **keys)  # type: ignore[arg-type]
    assert str(caught.value) == said


def test_writer_refuses_nan() -> None:
    with pytest.raises(ValueError, match="NaN"):
        encode_tiff(np.full((1, 64, 80), np.nan, np.float32))


def described(text: str, grey: Grey = G16) -> bytes:
    return tiff(grey, description=text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"scantally": 1, "colour": 3}', "a.tif: ImageDescription: unknown key 'colour'"),
        ('{"scantally": 2}', "a.tif: ImageDescription: scantally: input should be 1, got 2"),
        (
            '{"scantally": 1, "pitch_mm": -1}',
            "a.tif: ImageDescription: pitch_mm.constrained-float: input should be greater",
        ),
        (
            '{"scantally": 1, "energies_mv": [4, 6]}',
            "a.tif: ImageDescription names 2 energies, but the file holds 1 bands",
        ),
    ],
)
def test_a_wrong_description_is_refused(text: str, said: str) -> None:
    with pytest.raises(ScanError) as caught:
        decode_scan(described(text), "a.tif")
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("text", ["", "ImageJ=1.11a", "{", '{"pitch_mm": 4}', "[1]"])
def test_a_foreign_description_says_nothing(text: str) -> None:
    assert decode_scan(described(text), "a.tif").pitch_mm is None


def test_resolution_tags_are_not_the_pitch() -> None:
    scan = decode_scan(tiff(G16, resolution=(2.5, 2.5), resolutionunit="centimeter"), "a.tif")
    assert scan.pitch_mm is None


def test_options_go_before_the_file_and_the_file_before_the_profile() -> None:
    raw = described('{"scantally": 1, "pitch_mm": 4.0, "energies_mv": [6]}')
    profile = ScannerProfile(name="x", pitch_mm=5.0, energies_mv=(9.0,))
    scan = decode_scan(raw, "a", ReadOptions(profile=profile))
    assert (scan.pitch_mm, scan.energies_mv) == (4.0, (6.0,))
    scan = decode_scan(raw, "a", ReadOptions(profile=profile, pitch_mm=3.0, energies_mv=(4.0,)))
    assert (scan.pitch_mm, scan.energies_mv) == (3.0, (4.0,))
    scan = decode_scan(tiff(G16), "a", ReadOptions(profile=profile))
    assert (scan.pitch_mm, scan.energies_mv) == (5.0, (9.0,))


def test_pixels_that_are_not_square_have_no_pitch() -> None:
    scan = decode_scan(described('{"scantally": 1, "pitch_mm": [4.0, 5.0]}'), "a")
    assert scan.pitch_mm is None
    assert scan.notes == ("pixels are not square (4 x 5 mm): pixel pitch is taken as unknown",)
    assert decode_scan(described('{"scantally": 1, "pitch_mm": [4.0, 4.04]}'), "a").pitch_mm == pytest.approx(4.02)


def test_polarity_is_seen_and_an_option_goes_before_it() -> None:
    upside = (255 - G8).astype(np.uint8)
    raw = imagecodecs.png_encode(upside)
    seen = decode_scan(raw, "a")
    np.testing.assert_allclose(seen.transmission_BHW[0], expected(G8, AIR >> 4), rtol=1e-4)
    assert "dense cargo seems to be bright in this picture: it was turned round" in seen.notes
    told = decode_scan(raw, "a", ReadOptions(polarity="bright"))
    np.testing.assert_array_equal(told.transmission_BHW, seen.transmission_BHW)
    assert told.notes == ()
    wrong = decode_scan(raw, "a", ReadOptions(polarity="dark"))
    assert "the picture looks as if dense cargo were bright, but dark was given" in wrong.notes
    profile = decode_scan(raw, "a", ReadOptions(profile=ScannerProfile(name="x", polarity="bright")))
    np.testing.assert_array_equal(profile.transmission_BHW, seen.transmission_BHW)


@pytest.mark.parametrize(
    ("photometric", "sign", "grey"),
    [
        ("MONOCHROME2", 1, G16),
        ("MONOCHROME1", 1, G16),
        ("MONOCHROME2", -1, 4095 - G16),
        ("MONOCHROME1", -1, 4095 - G16),
    ],
)
def test_dicom_says_which_way_round_by_its_intensity_relationship(photometric: str, sign: int, grey: Grey) -> None:
    raw = dicom(
        grey,
        PhotometricInterpretation=photometric,
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=sign,
        BitsStored=12,
        HighBit=11,
    )
    scan = decode_scan(raw, "a.dcm")
    np.testing.assert_allclose(scan.transmission_BHW[0], expected(G16), rtol=1e-3, atol=1e-6)
    assert scan.calibrated and scan.notes == ()


def test_dicom_header() -> None:
    raw = dicom(
        G16,
        PixelSpacing=["4.4", "4.4"],
        KVP="6000",
        Manufacturer="ACME",
        ManufacturerModelName="Gate",
        AcquisitionDateTime="20261122101500",
        WindowCenter="10",
        WindowWidth="1",
    )
    scan = decode_scan(raw, "a.dcm")
    assert (scan.pitch_mm, scan.energies_mv) == (4.4, (6.0,))
    assert (scan.provenance.device, scan.provenance.time) == ("ACME Gate", "20261122101500")
    np.testing.assert_allclose(scan.transmission_BHW[0], expected(G16), rtol=1e-5)


@pytest.mark.parametrize(
    ("keys", "pitch", "energies", "note"),
    [
        ({"PixelSpacing": ["4.4", "2.2"]}, None, None, "pixels are not square (2.2 x 4.4 mm)"),
        ({"ImagerPixelSpacing": ["5", "5"]}, 5.0, None, "pixel pitch is that of the detector"),
        ({"PixelSpacing": ["0", "0"]}, None, None, "PixelSpacing 0 x 0 mm makes no sense"),
        ({"KVP": "6"}, None, None, "KVP of 6 kV makes no sense"),
        ({"PixelIntensityRelationship": "LOG"}, None, None, "grey is logarithmic in beam intensity"),
    ],
)
def test_dicom_header_that_needs_a_note(
    keys: dict[str, object], pitch: float | None, energies: tuple[float, ...] | None, note: str
) -> None:
    scan = decode_scan(dicom(G16, **keys), "a.dcm")
    assert (scan.pitch_mm, scan.energies_mv) == (pitch, energies)
    assert scan.notes[0].startswith(note)


def test_dicom_padding_value_is_not_cargo() -> None:
    grey = G16.copy()
    grey[:, :10] = 4095
    scan = decode_scan(dicom(grey, PixelPaddingValue=4095), "a.dcm")
    assert not scan.valid_HW[:, :10].any() and scan.valid_HW[:, 10:].all()
    assert (scan.transmission_BHW[0, :, :10] == 1).all()
    np.testing.assert_allclose(scan.transmission_BHW[0, :, 10:], expected(G16)[:, 10:], rtol=1e-5)


def test_dicom_below_zero_is_shifted_and_said() -> None:
    scan = decode_scan(dicom(G16, RescaleSlope="1", RescaleIntercept="-1000"), "a.dcm")
    assert scan.notes == ("grey values below 0: black was taken to be the least that can be stored (-1000)",)
    np.testing.assert_allclose(scan.transmission_BHW[0], expected(G16), rtol=1e-5)


def test_a_drawn_line_is_left_out_and_said() -> None:
    coloured = rgb(G8).copy()
    coloured[50, :80] = (0, 255, 0)
    scan = decode_scan(imagecodecs.png_encode(coloured), "a.png")
    assert not scan.valid_HW[50, :80].any() and scan.valid_HW.sum() == 96 * 160 - 80
    assert scan.notes == ("coloured drawing over 0.5% of the picture was left out",)


def test_transparent_pixels_are_left_out_and_said() -> None:
    alpha = np.full_like(G8, 255)
    alpha[:, :16] = 0
    scan = decode_scan(imagecodecs.png_encode(np.dstack([rgb(G8), alpha])), "a.png")
    assert not scan.valid_HW[:, :16].any() and scan.valid_HW[:, 16:].all()


def test_a_profile_bends_the_grey() -> None:
    gamma = ScannerProfile(
        name="x", curve={"kind": "gamma", "exponent": 2.0}, bit_depth=12, open_beam=AIR, calibrated=True
    )
    scan = decode_scan(tiff(G16), "a", ReadOptions(profile=gamma))
    np.testing.assert_allclose(scan.transmission_BHW[0], np.clip((G16 / AIR) ** 2, 1e-6, 1), rtol=1e-4, atol=1e-7)
    assert scan.calibrated
    assert scan.floor == pytest.approx(1e-6)  # (1 / 3600) ** 2 is less than a Scan holds


def test_the_profiles_padding_value() -> None:
    grey = G16.copy()
    grey[:, 150:] = 1234
    told = decode_scan(tiff(grey), "a", ReadOptions(profile=ScannerProfile(name="x", padding=1234)))
    assert not told.valid_HW[:, 150:].any() and told.valid_HW[:, :150].all()
    assert decode_scan(tiff(grey), "a").valid_HW.all()


def test_bits_at_the_upper_end_of_a_sample() -> None:
    scan = decode_scan(tiff(G16 << 4), "a", ReadOptions(profile=ScannerProfile(name="x", bit_depth=12)))
    np.testing.assert_allclose(scan.transmission_BHW[0], np.clip(expected(G16), scan.floor, 1), rtol=1e-3)
    assert scan.floor == pytest.approx(1 / 3600, rel=1e-3)


def test_energies_must_fit_the_bands() -> None:
    with pytest.raises(ScanError) as caught:
        decode_scan(tiff(G16), "a.tif", ReadOptions(energies_mv=(4.0, 6.0)))
    assert str(caught.value) == "a.tif: holds 1 energy band(s), but 2 energies were given"
    scan = decode_scan(tiff(G16), "a", ReadOptions(profile=ScannerProfile(name="x", energies_mv=(4.0, 6.0))))
    assert scan.energies_mv is None
    assert scan.notes == ("the scanner profile names 2 energies, the file holds 1: not used",)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pitch_mm": 0.0}, "pixel pitch: expected millimetres above 0, got 0.0"),
        ({"pitch_mm": float("nan")}, "pixel pitch: expected millimetres above 0, got nan"),
        ({"energies_mv": ()}, "energy: expected one or two values in MV above 0, got []"),
        ({"energies_mv": (6.0, 4.0)}, "energy: expected the low energy first, got [6.0, 4.0]"),
        ({"energies_mv": (-1.0,)}, "energy: expected one or two values in MV above 0, got [-1.0]"),
        ({"polarity": "up"}, "polarity: expected 'dark' or 'bright', got 'up'"),
    ],
)
def test_options_that_make_no_sense(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ReadOptions(**keys)  # type: ignore[arg-type]
    assert str(caught.value) == said


def test_the_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(tiff(G16))
    assert read_scan(path).provenance.format == "tiff"


@pytest.mark.parametrize("name", FORMATS)
def test_each_row_of_the_table_names_a_module_that_decodes(name: str) -> None:
    from importlib import import_module

    assert callable(import_module(FORMATS[name].module).decode)
    assert sum(FORMATS[name].sniff(raw) for raw in DEEP.values()) >= 1


def test_reading_does_not_import_other_formats_libraries() -> None:
    import subprocess
    import sys

    code = (
        "import sys, pathlib; from scantally.detector.formats import read_scan; read_scan(pathlib.Path(sys.argv[1]));"
        "print([m for m in ('pydicom', 'tifffile', 'PIL', 'torch', 'scipy') if m in sys.modules])"
    )
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(DEEP["png"])
        file.flush()
        done = subprocess.run([sys.executable, "-c", code, file.name], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_limits_are_configurable() -> None:
    with pytest.raises(ScanError) as caught:
        decode_scan(DEEP["png"], "a.png", ReadOptions(limits=Limits(max_pixels=1000)))
    assert str(caught.value) == "a.png: 160 x 96 pixels is over the limit of 1000 pixels (max_pixels)"


@given(
    st.lists(st.sampled_from([b"\xff", b"\x00", b"\xd0", b"\xd7", b"\xd8", b"\xd9", b"\x0a", b"a"]), max_size=12),
    st.integers(0, 12),
)
def test_the_next_jpeg_marker_is_neither_stuffed_nor_a_restart(parts: list[bytes], at: int) -> None:
    raw = b"".join(parts)
    # T.81, B.1.1.2 and B.1.1.5: 0xFF 0x00 is data, 0xFF 0xD0 to 0xD7 are restarts.
    real = (n for n in range(at, len(raw) - 1) if raw[n] == 0xFF and raw[n + 1] not in (0, *range(0xD0, 0xD8)))
    assert _next_marker(raw, at) == next(real, len(raw))
