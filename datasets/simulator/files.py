"""The files of a simulated scan: STEM.tif, STEM.manifest.json and, last, STEM.truth.json.

Each file appears whole or not at all, and the truth comes last: where it is, the scan is complete.
"""

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scantally.datasets.simulator.areal import AREAL, encode_areal
from scantally.datasets.simulator.scene import SimulatedScan
from scantally.detector.errors import ConfigError
from scantally.detector.formats.tiff_writer import encode_grey_tiff, encode_tiff
from scantally.detector.types import Manifest

TRUTH, MANIFEST, PART = ".truth.json", ".manifest.json", ".part"
PICTURE = ".tif"
SUFFIXES = (AREAL, PICTURE, MANIFEST, TRUTH)  # an areal density's name ends as a picture's does, and more

DEVICE = "Scantally simulator"


def write_scan(folder: Path, stem: str, scan: SimulatedScan) -> None:
    """Write a scan's three files, and its true areal density where that was asked for.

    Raises:
        ConfigError: a file cannot be written; nothing half-written stays.
    """
    files = {
        PICTURE: _picture(scan),
        **({AREAL: encode_areal(scan.areal_HW)} if scan.with_areal else {}),
        MANIFEST: manifest_json(scan.manifests),
        TRUTH: (scan.truth.model_dump_json(indent=1) + "\n").encode(),
    }
    try:
        # An earlier one, of a scan that has lost files since, would say too early that all are there.
        _remove(folder / (stem + TRUTH))
        for ending, raw in files.items():
            write_whole(folder / (stem + ending), raw)
    except ConfigError:
        for ending in files:  # the truth is not there, so none of them is of use
            with contextlib.suppress(OSError):
                (folder / (stem + ending)).unlink(missing_ok=True)
        raise


def is_complete(folder: Path, stem: str, *, areal: bool = False) -> bool:
    """Whether all files of a scan are there and none is empty, as a power cut may leave it; what is in them is not looked at."""
    needed = (TRUTH, MANIFEST, PICTURE, *((AREAL,) if areal else ()))
    return all(_holds(folder / (stem + ending)) for ending in needed)


def _holds(path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def sweep(folder: Path, stems: Iterable[str], others: Iterable[str] = ()) -> None:
    """Remove the half-written files of these scans, and of files with other names, that a killed process left behind."""
    known = frozenset(folder / stem for stem in stems)
    names = frozenset(folder / name for name in others)
    for place in {path.parent for path in (*known, *names)}:
        for part in place.glob(f".*{PART}"):
            whole = part.name[1:].removesuffix(PART).rpartition(".")[0]  # without the process's number
            stem = next((whole.removesuffix(ending) for ending in SUFFIXES if whole.endswith(ending)), "")
            if place / whole in names or place / stem in known:
                with contextlib.suppress(OSError):
                    part.unlink()


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Keep a folder, which is made when it is missing, for this process: two runs in it would sweep away each other's files.

    The lock is the operating system's and ends with the process, however that ends. A file system without locks has none.

    Raises:
        ConfigError: it cannot be made a folder, or another process is writing simulated scans there.
    """
    make_folder(folder)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            held = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, held)
            _lock(held, folder)
        yield


def _lock(held: int, folder: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        problem = "another run is writing simulated scans there; expected it to end first, or another folder"
        raise ConfigError(str(folder), problem) from e


def make_folder(place: Path) -> None:
    """Make a folder where there is none.

    Raises:
        ConfigError: it cannot be made, or it is there and nothing can be written into it.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigError(str(place), f"cannot be made a folder: {e.strerror or e}") from e
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(str(place), "cannot be written to; expected a folder that may be read and written")


def write_whole(path: Path, raw: bytes, *, durable: bool = False) -> None:
    """Write a file so that it is there whole or not at all; ``durable`` also if the machine fails right after.

    Raises:
        ConfigError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        part.write_bytes(raw)
        if durable:
            with part.open("rb") as file:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException as e:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if not isinstance(e, OSError):
            raise
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as e:
        raise ConfigError(str(path), f"cannot be replaced: {e.strerror or e}") from e


def manifest_json(manifests: tuple[Manifest, ...]) -> bytes:
    """A manifest file: one container as it is, several below the key ``containers``."""
    values = [{k: v for k, v in m.model_dump(mode="json", exclude_none=True).items() if v != []} for m in manifests]
    for value in values:
        value.setdefault("lines", [])
    return (json.dumps(values[0] if len(values) == 1 else {"containers": values}, indent=1) + "\n").encode()


def _picture(scan: SimulatedScan) -> bytes:
    style, numbers = scan.style, scan.truth.numbers_from_left()
    if scan.grey_HW is not None:
        # Without loss: a JPEG would make a few levels of one where another processor rounds a grey value otherwise.
        return encode_grey_tiff(scan.grey_HW, device=DEVICE, container_numbers=numbers)
    return encode_tiff(
        scan.transmission_BHW,
        pitch_mm=style.pitch_mm,
        energies_mv=style.energies_mv,
        calibrated=True,
        device=DEVICE,
        container_numbers=numbers,
    )
