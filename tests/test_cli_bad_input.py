"""Every kind of bad input through the whole command: exit code 2, one line that names the file, and nothing written."""

import dataclasses
import io
import json
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import jsonschema
import numpy as np
import pydicom
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, SecondaryCaptureImageStorage

from scantally.datasets.cli import simulate
from scantally.detector.errors import InputError
from scantally.detector.formats import decode_scan
from scantally.detector.manifests import parse_manifest
from scantally.detector.models.infer import Detector
from scantally.detector.pipeline import Inspector, open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.types import Detections, Scan

Command = Callable[..., Any]
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "report.schema.json").read_text())
GREY = np.full((96, 320), 60000, np.uint16)
GREY[20:80, 40:280] = np.arange(240, dtype=np.uint16) * 150


def png(grey: np.ndarray) -> bytes:
    return bytes(imagecodecs.png_encode(grey))


def tiff(grey: np.ndarray) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, grey, photometric="minisblack", metadata=None)
    return out.getvalue()


def huge_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60000, 60000, 16, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def huge_tiff() -> bytes:
    """A small TIFF whose header claims 60,000 x 60,000 pixels."""
    raw = bytearray(tiff(GREY))
    (at,) = struct.unpack_from("<I", raw, 4)
    (count,) = struct.unpack_from("<H", raw, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        (code,) = struct.unpack_from("<H", raw, entry)
        if code in (256, 257, 278):  # width, height, rows per strip
            struct.pack_into("<HHII", raw, entry, code, 4, 1, 60000)
    return bytes(raw)


def with_nan() -> bytes:
    grey = GREY.astype(np.float32) / 65535
    grey[30, 50:60] = np.nan
    return tiff(grey)


def compressed_dicom() -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = pydicom.Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, (data.Rows, data.Columns) = 15, GREY.shape
    data.PixelData = pydicom.encaps.encapsulate([imagecodecs.jpegls_encode(GREY)])
    data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
    meta.TransferSyntaxUID = JPEGLSLossless
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=True)
    return out.getvalue()


SCANS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "truncated png": ("a.png", lambda: png(GREY)[:-200], "PNG image is cut short"),
    "truncated jpeg": (
        "a.jpg",
        lambda: bytes(imagecodecs.jpeg8_encode((GREY >> 8).astype(np.uint8)))[:-200],
        "cut short",
    ),
    "truncated tiff": ("a.tif", lambda: tiff(GREY)[:-20000], "TIFF file is cut short or damaged"),
    "zero bytes": ("a.png", lambda: b"", "the file is empty (0 bytes)"),
    "text named png": ("a.png", lambda: b"hello\n", "a text file that begins with 'hello': expected PNG content"),
    "huge png": ("a.png", huge_png, "60000 x 60000 pixels is over the limit of 100000000 pixels (max_pixels)"),
    "huge tiff": ("a.tif", huge_tiff, "60000 x 60000 pixels is over the limit of 100000000 pixels (max_pixels)"),
    "3 x 3 px": ("a.png", lambda: png(GREY[:3, :3]), "3 x 3 pixels is too small: expected at least 32 x 32"),
    "nan": ("a.tif", with_nan, "expected"),
    "no codec": ("a.dcm", compressed_dicom, "no decoder is installed: pip install pylibjpeg"),
}


def held(done: Any, path: Path, problem: str, out: Path) -> None:  # noqa: ANN401 (what the fixture returns)
    """Exit code 2, exactly one line that names the file and the problem, nothing on stdout, nothing written."""
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1 and done.err.endswith("\n")
    assert done.err.startswith(f"scantally: {path}: ")
    assert problem in done.err
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.parametrize("kind", SCANS)
def test_a_bad_scan(scantally: Command, tmp_path: Path, kind: str) -> None:
    name, made, problem = SCANS[kind]
    path = tmp_path / name
    path.write_bytes(made())
    held(scantally("inspect", path, "--json", "--out", tmp_path / "out"), path, problem, tmp_path / "out")


def test_the_limit_of_pixels_is_the_sites(scantally: Command, tmp_path: Path) -> None:
    path, config = tmp_path / "a.png", tmp_path / "site.yaml"
    path.write_bytes(png(GREY))
    config.write_text("limits: {max_pixels: 30000}\n")
    done = scantally("inspect", path, "--config", config, "--out", tmp_path / "out")
    held(done, path, "320 x 96 pixels is over the limit of 30000 pixels (max_pixels)", tmp_path / "out")
    config.write_text("limits: {max_pixel: 30000}\n")
    done = scantally("inspect", path, "--config", config, "--out", tmp_path / "out")
    held(done, config, "unknown key 'limits.max_pixel'", tmp_path / "out")


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
)
PAPERS: dict[str, tuple[str, bytes, str]] = {
    "billion laughs": ("x.xml", f"{LAUGHS}]><MetaData>&j;</MetaData>".encode(), "expected"),
    "external entity": (
        "x.xml",
        b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><MetaData>&a;</MetaData>',
        "expected",
    ),
    "cut xml": ("x.xml", b"<MetaData><Declaration>", "expected"),
    "another xml": ("x.xml", b"<html/>", "expected"),
    "latin-1": ("x.json", '{"consignor": "Åkerlund", "lines": []}'.encode("latin-1"), "expected"),
    "no lines": ("x.json", b'{"container_number": "CSQU3054383"}', "'lines'"),
    "unknown key": ("x.json", b'{"lines": [], "colour": "red"}', "colour"),
    "unknown key of a line": ("x.json", b'{"lines": [{"weight": 3}]}', "weight"),
    "negative mass": ("x.json", b'{"lines": [{"gross_mass_kg": -3}]}', "lines[0].gross_mass_kg"),
    "negative mass in csv": ("x.csv", b"description,gross_mass_kg\npaper,-3\n", "-3"),
    "text for a mass in awmds": (
        "x.xml",
        b"<Awmds><Bol_segment><Goods_segment><Gross_mass>12,5 TN</Gross_mass></Goods_segment></Bol_segment></Awmds>",
        "Bol_segment.Goods_segment.Gross_mass: expected kg, got '12,5 TN'",
    ),
    "edifact that is cut off": ("x.edi", b"UNB+UNOA:1'UNH+1+CUSCAR:D:95B:UN'", "it is cut off"),
    "missing columns": ("x.csv", b"a,b\n1,2\n", "expected"),
    "zero bytes": ("x.csv", b"", "the file is empty (0 bytes)"),
    "broken json": ("x.json", b'{"lines": [', "expected"),
    "not a manifest": ("x.pdf", b"%PDF-1.7", "expected"),
}


@pytest.mark.parametrize(("kind", "beside"), [*((kind, False) for kind in PAPERS), ("broken json", True)])
def test_a_bad_manifest(scantally: Command, tmp_path: Path, kind: str, beside: bool) -> None:
    name, raw, problem = PAPERS[kind]
    scan, out = tmp_path / "a.png", tmp_path / "out"
    scan.write_bytes(png(GREY))
    path = tmp_path / (f"a.manifest{Path(name).suffix}" if beside else name)
    path.write_bytes(raw)
    named = () if beside else ("--manifest", path)
    held(scantally("inspect", scan, *named, "--json", "--out", out), path, problem, out)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("picture", ["black", "white"])
def test_a_picture_that_says_nothing_is_reported_as_such(
    scantally: Command, tmp_path: Path, picture: str, bits: int
) -> None:
    value = 0 if picture == "black" else 2**bits - 1
    path = tmp_path / "a.png"
    path.write_bytes(png(np.full((300, 900), value, np.uint8 if bits == 8 else np.uint16)))
    papers = tmp_path / "a.manifest.json"
    papers.write_text('{"container_number": "CSQU3054383", "empty": true, "lines": []}')
    done = scantally("inspect", path, "--json", "--out", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    jsonschema.validate(report, SCHEMA)
    assert report["disposition"] == "review"
    assert [judged["judgeable"] for judged in report["judged"]] == [False]
    looked = [f for f in report["findings"] if f["check"] in ("empty", "undeclared", "prohibited", "inspectability")]
    assert len(looked) == 4 and {f["verdict"] for f in looked} == {"unknown"}
    assert (tmp_path / "out" / "a.html").stat().st_size > 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembering(Detector):
    """A detector that looks at each scan once: damage of a manifest does not change what the model sees."""

    seen: dict[str, Detections] = field(default_factory=dict)

    def detect(self, scan: Scan) -> Detections:
        key = scan.provenance.sha256
        if key not in self.seen:
            self.seen[key] = Detector.detect(self, scan)
        return self.seen[key]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    simulate(folder, suite="demo", workers=1)
    # JPEG as well: its decoders carry on over much damage, so that damaged pictures go all the way to a report.
    for path in sorted(folder.glob("*.tif")):
        grey = (tifffile.imread(path) >> 8).astype(np.uint8)
        path.with_suffix(".jpg").write_bytes(imagecodecs.jpeg8_encode(grey, level=90))
    return folder


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    made = open_inspector()
    return dataclasses.replace(made, detector=Remembering(engine=made.detector.engine, card=made.detector.card))


def damaged(raw: bytes, seed: int, ways: list[str]) -> bytes:
    """Raw bytes with some of them changed, lost, doubled or cut off, as the ways say."""
    rng, out = random.Random(seed), bytearray(raw)
    for way in ways:
        at, size = rng.randrange(len(out) or 1), rng.choice((1, 2, 4, 16, 300))
        if way == "flip" and out:
            out[at] ^= 1 << rng.randrange(8)
        elif way == "head" and out:
            out[rng.randrange(min(400, len(out)))] = rng.randrange(256)
        elif way == "cut":
            del out[at:]
        elif way == "lose":
            del out[at : at + size]
        elif way == "double":
            out[at:at] = out[at : at + size]
        elif way == "rubbish":
            out[at : at + size] = rng.randbytes(size)
    return bytes(out)


WAYS = st.lists(st.sampled_from(["flip", "head", "cut", "lose", "double", "rubbish"]), min_size=1, max_size=4)
STEMS = st.sampled_from(["honest", "undeclared", "false_empty", "too_dense"])
SUFFIXES = st.sampled_from([".tif", ".jpg"])
CHECKED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def whole_or_refused(inspector: Inspector, scan: bytes, papers: bytes) -> str:
    """Inspect damaged bytes: an InputError of one line, or a report that is whole."""
    try:
        inspection = inspector.inspect(decode_scan(scan, "x.tif"), parse_manifest(papers, "x.json"))
    except InputError as e:
        text = str(e)
        assert text.isprintable() and text.startswith("x.")
        return "refused"
    report = json.loads(to_json(build_report(inspection)))
    jsonschema.validate(report, SCHEMA)
    return str(report["disposition"])


@given(stem=STEMS, suffix=SUFFIXES, seed=st.integers(0, 2**32), ways=WAYS)
@CHECKED
def test_a_damaged_scan_is_refused_or_reported_whole(
    samples: Path, inspector: Inspector, stem: str, suffix: str, seed: int, ways: list[str]
) -> None:
    scan, papers = ((samples / f"{stem}{end}").read_bytes() for end in (suffix, ".manifest.json"))
    whole_or_refused(inspector, damaged(scan, seed, ways), papers)


@given(stem=STEMS, seed=st.integers(0, 2**32), ways=WAYS)
@settings(CHECKED, max_examples=200)
def test_a_damaged_manifest_is_refused_or_reported_whole(
    samples: Path, inspector: Inspector, stem: str, seed: int, ways: list[str]
) -> None:
    scan, papers = ((samples / f"{stem}{end}").read_bytes() for end in (".tif", ".manifest.json"))
    whole_or_refused(inspector, scan, damaged(papers, seed, ways))


def test_undamaged_samples_are_reported(samples: Path, inspector: Inspector) -> None:
    for stem in ("honest", "undeclared", "false_empty", "too_dense"):
        scan, papers = ((samples / f"{stem}{end}").read_bytes() for end in (".tif", ".manifest.json"))
        assert whole_or_refused(inspector, scan, papers) in ("release", "review", "inspect")


def test_the_same_damage_on_disk_through_the_command(scantally: Command, samples: Path, tmp_path: Path) -> None:
    raw = (samples / "honest.tif").read_bytes()
    path = tmp_path / "honest.tif"
    path.write_bytes(raw[: len(raw) // 2])
    held(scantally("inspect", path, "--out", tmp_path / "out"), path, "TIFF file is cut short", tmp_path / "out")


def test_a_picture_of_colours_is_no_scan(scantally: Command, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8))
    held(scantally("inspect", path, "--out", tmp_path / "out"), path, "expected", tmp_path / "out")
