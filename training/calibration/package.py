"""A calibrated package, written as a new version: its place, its card, its files."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import JsonValue, ValidationError

from scantally.detector.config.files import first_problem, read_bytes
from scantally.detector.errors import ConfigError, InputError, PackageError
from scantally.detector.evidence.tables import EVIDENCE
from scantally.detector.maps.limits import INSPECTABILITY
from scantally.detector.models.anomaly_file import ANOMALY
from scantally.detector.models.package import REFERENCE, WEIGHTS, Card, Package, open_package
from scantally.detector.pipeline import open_inspector
from scantally.training.calibration.run import Calibrated
from scantally.training.card import annotated
from scantally.training.packing import version_folder, write_version

_KEPT = (REFERENCE, WEIGHTS, ANOMALY, INSPECTABILITY, EVIDENCE)

NO_PAPERS = "expected simulated scans with papers beside them (scantally simulate)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the calibrated package goes, and the notes that go into its card."""

    out: Path
    version: str
    notes: Path | None


def require_place(model: Path, out: Path | None, version: str | None, notes: Path | None) -> Place | None:
    """Where to write, known to be free before hours are spent; None where nothing is to be written.

    Raises:
        ConfigError: ``--out`` without ``--version``, or the other way round, or notes that do not fit.
        PackageError: the package cannot be used, or the version exists already.
    """
    if out is None and version is None:
        if notes is not None:
            raise ConfigError("--card", "expected --out and --version with it")
        return None
    if out is None or version is None:
        raise ConfigError("--out" if out is None else "--version", "expected --out and --version together")
    card = open_package(model).card
    card = versioned(card, version)
    version_folder(out, card if notes is None else annotated(card, notes))
    return Place(out=out, version=version, notes=notes)


def require_papers(scans: Path) -> None:
    """Refuse a folder that evidence cannot be counted on, before hours are spent.

    Raises:
        InputError: it holds no simulated scan with papers.
    """
    from scantally.training.calibration.strength import with_papers

    if next(with_papers(scans), None) is None:
        raise InputError(str(scans), NO_PAPERS)


def with_evidence(done: Calibrated, place: Place, scans: Path, say: Callable[[str], None]) -> tuple[bytes, str]:
    """What ``evidence.yaml`` of the calibrated package will hold, counted with that package on simulated scans with papers, and
    what to say of it.

    Raises:
        InputError: the scans cannot be used.
    """
    with tempfile.TemporaryDirectory() as scratch:
        return _counted(write_calibrated(done, replace(place, out=Path(scratch))), scans, say)


def _counted(package: Path, scans: Path, say: Callable[[str], None]) -> tuple[bytes, str]:
    """``evidence.yaml`` as a package gives it, and what to say of it."""
    from scantally.training.calibration.strength import estimate, listen, tables_yaml, told

    said = listen(open_inspector(package), scans, say)
    tables, chance_N = estimate(said, f"{len({x.scan for x in said})} simulated scans, {scans.resolve().name}")
    return tables_yaml(tables), told(said, tables, chance_N)


def write_with_evidence(model: Path, place: Place, scans: Path, say: Callable[[str], None]) -> tuple[Path, str]:
    """Count evidence with a package as it is, and write it as a new version with nothing else changed; its folder, and what to say.

    Raises:
        ConfigError: the place cannot be written, or the notes do not fit.
        InputError: the scans or the package cannot be used.
    """
    package = open_package(model)
    tables, told = _counted(model, scans, say)
    card = versioned(package.card, place.version)
    return write_package_files(place, card, kept_files(package) | {EVIDENCE: tables}), told


def kept_files(package: Package) -> dict[str, bytes]:
    """All files of a package but its card and its checksums: what a new version has too where it changes none of them."""
    kept = [path for path in sorted(package.path.iterdir()) if path.name in _KEPT]
    return {path.name: read_bytes(path, PackageError) for path in kept} | {"model.onnx": package.model}


def write_package_files(place: Place, card: Card, files: dict[str, bytes]) -> Path:
    """Write a version with this card, with the place's notes where there are any; its folder.

    Raises:
        ConfigError: the place cannot be written, or the notes do not fit. PackageError: the version exists by now.
    """
    return write_version(place.out, card if place.notes is None else annotated(card, place.notes), files)


def write_calibrated(done: Calibrated, place: Place, evidence: bytes | None = None) -> Path:
    """Write the calibrated package, with its ``evidence.yaml`` where there is one, and return its folder.

    Raises:
        ConfigError: the place cannot be written, or the notes cannot be read any more.
        PackageError: the version exists by now, or the package that was calibrated has changed.
    """
    card = new_card(done, place.version)
    files = kept_files(done.package)
    # Evidence that was counted with other probabilities and thresholds says nothing of these.
    files.pop(EVIDENCE, None)
    files.pop(INSPECTABILITY, None)  # other thresholds find other blocks
    files[REFERENCE] = done.reference.model_dump_json(indent=1, by_alias=True).encode()
    if evidence is not None:
        files[EVIDENCE] = evidence
    return write_package_files(place, card, files)


def versioned(card: Card, version: str) -> Card:
    """The card under another version. Raises ConfigError where it cannot be one."""
    try:
        return Card.model_validate(card.model_dump(by_alias=True) | {"version": version})
    except ValidationError as e:
        raise ConfigError("--version", first_problem(e)) from e


def notes_text(done: Calibrated) -> str:
    """Calibration and thresholds as a part of notes for an export, as YAML."""
    adopted = {x.name: [x.a, x.b] for x in done.labels if done.figures.labels[x.name].fit.adopted}
    chosen = {x.name: x.threshold for x in done.labels if done.figures.labels[x.name].threshold.chosen}
    return yaml.safe_dump({"calibration": adopted, "thresholds": chosen}, sort_keys=False)


def new_card(done: Calibrated, version: str) -> Card:
    """The package's card with what was fitted, under a new version."""
    old = done.package.card
    stale = old.calibration.get("limits", [])
    said = [x for x in old.fails if not isinstance(stale, list) or x not in stale]
    calibration: dict[str, JsonValue] = done.figures.model_dump(mode="json")
    document = old.model_dump(by_alias=True) | {
        "version": version,
        "labels": [x.model_dump() for x in done.labels],
        "calibration": calibration,
        "fails": (*said, *done.figures.limits),
    }
    return Card.model_validate(document)
