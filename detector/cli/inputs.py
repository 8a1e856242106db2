"""Which scans and manifests a command line means."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scantally.detector.errors import ConfigError, ManifestError, ScanError
from scantally.detector.report.text import visible

SCAN_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".dcm", ".dicom")
"""What is taken for a scan inside a folder. A file that is named itself may be called anything."""

OTHER_SUFFIXES = (".json", ".csv", ".xml", ".edi", ".edifact", ".html")
"""Papers and reports, which may lie beside scans."""

SIDE_PICTURES = (".areal.tif",)
"""Truth that ``scantally simulate --areal`` writes beside a scan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One scan to inspect with the manifest that belongs to it."""

    scan: Path
    manifest: Path | None

    @property
    def stem(self) -> str:
        """Name of the outputs."""
        return self.scan.stem


def collect(paths: Sequence[Path], manifest: Path | None, out: Path | None) -> list[Job]:
    """Jobs in the order given; a folder stands for the scans directly in it, by name.

    Raises:
        ScanError: a path that is not there, or a folder without scans.
        ManifestError: two files claim to be one scan's manifest.
        ConfigError: two scans would write the same outputs.
    """
    scans = [scan for path in paths for scan in _scans(path)]
    if out is not None:
        _refuse_one_stem(scans)
    return [Job(scan=scan, manifest=manifest or beside(scan)) for scan in scans]


def beside(scan: Path) -> Path | None:
    """The file STEM.manifest.* beside a scan, None where there is none.

    Raises:
        ManifestError: there are two.
    """
    prefix = f"{scan.stem}.manifest."
    if not _is_folder(scan.parent):
        return None
    found = sorted(p for p in _entries(scan.parent) if p.name.startswith(prefix) and p.is_file())
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise ManifestError(str(scan), f"expected one manifest beside the scan, found {names}: choose by --manifest")
    return found[0] if found else None


def _scans(path: Path) -> list[Path]:
    # What is no folder is a scan; one that is not there, or cannot be read, fails alone when its turn comes.
    if not _is_folder(path):
        return [path]
    entries = _entries(path)
    reported = {p.stem for p in entries if p.suffix == ".html"} & {p.stem for p in entries if p.suffix == ".json"}
    found = sorted(p for p in entries if _is_scan_name(p) and not _is_of_report(p, reported) and p.is_file())
    if not found:
        raise ScanError(str(path), f"the folder holds no scans (expected {', '.join(SCAN_SUFFIXES)})")
    return found


def _is_scan_name(path: Path) -> bool:
    return path.suffix.lower() in SCAN_SUFFIXES and not path.name.endswith(SIDE_PICTURES)


def _is_of_report(path: Path, reported: set[str]) -> bool:
    """Whether this is the picture that ``inspect --out`` writes: its STEM.json and STEM.html lie beside it.

    A scan STEM.png never has them there, because its report would replace it and is refused.
    """
    return path.suffix == ".png" and path.stem in reported


def passed_over(paths: Sequence[Path]) -> list[str]:
    """A line for each folder that holds files which are named neither as scans nor as papers: nobody should miss one silently."""
    lines = []
    for folder in (path for path in paths if _is_folder(path)):
        names = sorted(p.name for p in _entries(folder) if not _expected(p) and p.is_file())
        if names:
            shown = ", ".join(visible(name) for name in names[:3]) + (", ..." if len(names) > 3 else "")
            what = "1 file is" if len(names) == 1 else f"{len(names)} files are"
            lines.append(f"{folder}: {what} not named as scans ({', '.join(SCAN_SUFFIXES)}) and passed over: {shown}")
    return lines


def _expected(path: Path) -> bool:
    """Whether a file in a folder of scans is a scan, its papers, a report, or hidden."""
    return path.suffix.lower() in (*SCAN_SUFFIXES, *OTHER_SUFFIXES) or path.name.startswith(".")


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where a name is too long)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as e:
        raise ScanError(str(folder), f"the folder cannot be read: {e.strerror or e}") from e


def _refuse_one_stem(scans: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for scan in scans:
        if scan.stem in seen:
            both = f"{seen[scan.stem]} and {scan}"
            raise ConfigError("--out", f"{both} would both write {scan.stem}.json: inspect them in two runs")
        seen[scan.stem] = scan
