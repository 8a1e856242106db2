"""Writing the three files of a report, whole or not at all."""

import os
import uuid
from pathlib import Path

from scantally.detector.errors import ConfigError
from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report, to_json
from scantally.detector.report.html import render_html
from scantally.detector.report.overlay import render_overlay
from scantally.detector.report.picture import grey_view
from scantally.detector.types import AnomalyMap

SUFFIXES = (".json", ".html", ".png")


def output_paths(out_dir: Path, stem: str, inputs: frozenset[Path] = frozenset()) -> tuple[Path, Path, Path]:
    """Where STEM.json, STEM.html and STEM.png will lie.

    Raises:
        ConfigError: when the stem is no plain file name, or one of the files would replace one of ``inputs``.
    """
    if stem in ("", ".", "..") or Path(stem).name != stem or "\0" in stem:
        raise ConfigError(stem or "''", "expected a plain file name to write the report under")
    document, page, picture = (out_dir / f"{stem}{suffix}" for suffix in SUFFIXES)
    paths = (document, page, picture)
    for path in paths:
        if any(_same(path, given) for given in inputs):
            raise ConfigError(str(path), "the report would replace an input: expected another folder for --out")
    return paths


def write_outputs(
    inspection: Inspection, out_dir: Path, stem: str, inputs: frozenset[Path] = frozenset()
) -> tuple[Path, Path, Path]:
    """Write STEM.json, STEM.html and STEM.png into ``out_dir``, which is made when it is missing.

    Each file appears whole, and the JSON last: where it is, the other two are. Files of an earlier report are replaced.

    Raises:
        ConfigError: see ``output_paths``, or when the folder cannot be written.
    """
    paths = output_paths(out_dir, stem, inputs)
    report, grey = build_report(inspection), grey_view(inspection.scan)
    contents = (
        to_json(report, indent=True).encode("ascii"),
        render_html(report, inspection.scan, grey, _maps(inspection)).encode("utf-8"),
        render_overlay(report, grey),
    )
    written: dict[Path, Path] = {}
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for path, raw in zip(paths, contents, strict=True):
            written[path] = _beside(path, raw)
        for path in sorted(paths, key=_last_the_json):
            written[path].replace(path)
            del written[path]
    except OSError as e:
        raise ConfigError(str(out_dir), f"the report cannot be written: {e.strerror or e}") from e
    finally:
        for left in written.values():
            left.unlink(missing_ok=True)
    return paths


def _maps(inspection: Inspection) -> tuple[AnomalyMap, ...] | None:
    return None if inspection.anomalies is None else inspection.maps


def _last_the_json(path: Path) -> bool:
    return path.suffix == ".json"


def _beside(path: Path, raw: bytes) -> Path:
    """A new file with ``raw`` in the same folder, safely on the disk."""
    temporary = path.with_name(f".scantally-{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _same(path: Path, given: Path) -> bool:
    """Whether both lead to one file, through links and other spellings too."""
    if path.resolve() == given.resolve():
        return True
    try:
        return path.samefile(given)
    except OSError:
        return False
