"""The files of a simulated scan: STEM.tif or STEM.jpg, STEM.manifest.json and, last, STEM.truth.json.

Each file appears whole or not at all, and the truth comes last: where it is, the scan is complete.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import cv2

from scantally.datasets.simulator.areal import AREAL, encode_areal
from scantally.datasets.simulator.scene import SimulatedScan
from scantally.detector.errors import ConfigError
from scantally.detector.formats.tiff_writer import encode_tiff
from scantally.detector.types import Manifest

TRUTH, MANIFEST, PART = ".truth.json", ".manifest.json", ".part"
SUFFIXES = (".tif", ".jpg", AREAL, MANIFEST, TRUTH)


def write_scan(folder: Path, stem: str, scan: SimulatedScan) -> None:
    """Write a scan's three files, and its true areal density where that was asked for.

    Raises:
        ConfigError: a file cannot be written; nothing half-written stays.
    """
    suffix = ".tif" if scan.grey_HW is None else ".jpg"
    files = {
        suffix: _picture(scan),
        **({AREAL: encode_areal(scan.areal_HW)} if scan.with_areal else {}),
        MANIFEST: manifest_json(scan.manifests),
        TRUTH: (scan.truth.model_dump_json(indent=1) + "\n").encode(),
    }
    try:
        for ending, raw in files.items():
            write_whole(folder / (stem + ending), raw)
    except ConfigError:
        for ending in files:  # the truth is not there, so none of them is of use
            with contextlib.suppress(OSError):
                (folder / (stem + ending)).unlink(missing_ok=True)
        raise


def is_complete(folder: Path, stem: str) -> bool:
    """Whether a scan was written to its end."""
    return (folder / (stem + TRUTH)).is_file()


def sweep(folder: Path, stems: Iterable[str]) -> None:
    """Remove the half-written files of these scans that a killed process left behind."""
    known = frozenset(folder / (stem + ending) for stem in stems for ending in SUFFIXES)
    for place in {path.parent for path in known}:
        for part in place.glob(f".*{PART}"):
            whole = part.name[1:].removesuffix(PART).rpartition(".")[0]  # without the process's number
            if part.with_name(whole) in known:
                part.unlink(missing_ok=True)


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        part.write_bytes(raw)
        part.replace(path)
    except OSError as e:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e


def manifest_json(manifests: tuple[Manifest, ...]) -> bytes:
    """A manifest file: one container as it is, several below the key ``containers``."""
    values = [{k: v for k, v in m.model_dump(mode="json", exclude_none=True).items() if v != []} for m in manifests]
    for value in values:
        value.setdefault("lines", [])
    return (json.dumps(values[0] if len(values) == 1 else {"containers": values}, indent=1) + "\n").encode()


def _picture(scan: SimulatedScan) -> bytes:
    style = scan.style
    if scan.grey_HW is None:
        return encode_tiff(
            scan.transmission_BHW,
            pitch_mm=style.pitch_mm,
            energies_mv=style.energies_mv,
            calibrated=True,
            device="Scantally simulator",
        )
    done, raw = cv2.imencode(".jpg", scan.grey_HW, [cv2.IMWRITE_JPEG_QUALITY, style.jpeg_quality])
    if not done:
        raise RuntimeError("OpenCV could not encode a JPEG")
    return bytes(raw.tobytes())
