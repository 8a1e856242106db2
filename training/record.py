"""What a run leaves behind so that it can be repeated: data by content, versions, commit."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from pydantic import JsonValue

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import Card
from scantally.training.sources import Sources

RECORD = "record.json"

PACKAGES = (
    "scantally",
    "torch",
    "torchvision",
    "ultralytics",
    "albumentations",
    "numpy",
    "opencv-python-headless",
    "scipy",
)


def run_record(sources: Sources, weights: Path, counts: dict[str, int]) -> dict[str, object]:
    """The record of a run, as JSON values.

    Args:
        sources: the scans that were trained on.
        weights: the file that the training began with.
        counts: how often each label stands in the training pictures.
    """
    scans = sources.all()
    return {
        "weights_sha256": file_sha256(weights),
        "data_sha256": data_sha256(scans),
        "pictures": " ".join(sorted({_short(scan) for scan in sources.labelled() if scan.path is not None})),
        "real_scans": len(sources.real),
        "imported_scans": sum(map(len, sources.imported)),
        "simulated_scans": len(sources.simulated),
        "scanners": sorted({scan.scanner for scan in scans}),
        "labels_in_pictures": counts,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "commit": source_commit(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def read_record(run: Path) -> dict[str, JsonValue] | None:
    """The record in a run's folder; None where there is none.

    Raises:
        ConfigError: it is damaged.
    """
    path = run / RECORD
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as e:
        raise ConfigError(str(path), f"expected the record of a training run (JSON): {e}") from e
    if not isinstance(record, dict):
        raise ConfigError(str(path), f"expected the record of a training run (JSON), got {type(record).__name__}")
    return record


def data_sha256(scans: Sequence[LabelledScan]) -> str:
    """One hash over every picture file and every label, whatever the order of the scans."""
    return hashlib.sha256("".join(sorted(_scan_line(scan) for scan in scans)).encode()).hexdigest()


def trained_on(card: Card, scans: Sequence[LabelledScan]) -> int:
    """How many of these scans the training of a package saw, by their files: its figures on them say nothing of others.

    Of simulated scans nothing is recorded but their seeds.
    """
    record = card.training.get("record")
    seen = record.get("pictures") if isinstance(record, dict) else None
    known = set(seen.split()) if isinstance(seen, str) else set()
    return sum(scan.path is not None and _short(scan) in known for scan in scans) if known else 0


SEEN = "{number} of the {whole} scans were trained on: figures on them say nothing of others."


def _short(scan: LabelledScan) -> str:
    """Enough of a file's hash to tell it from some thousands of others."""
    return "" if scan.path is None else file_sha256(scan.path)[:12]


def _scan_line(scan: LabelledScan) -> str:
    boxes = sorted(f"{x.label} {','.join(f'{v:.3f}' for v in x.box)}" for x in (*scan.labels, *scan.ignored))
    picture = "-" if scan.path is None else file_sha256(scan.path)
    return f"{scan.name} {scan.group} {picture} {';'.join(boxes)}\n"


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_commit() -> str | None:
    """The commit that the code was at, marked where files differ from it; None outside a git checkout."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(git, check=True, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
