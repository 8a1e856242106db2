"""Model packages: a folder NAME/VERSION with a network, a card that says what it is, and checksums of both."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from scantally.detector.config.files import first_problem, parse_yaml, read_bytes, sha256
from scantally.detector.errors import PackageError
from scantally.detector.imaging.encode import RECIPES
from scantally.detector.models.anomaly_file import ANOMALY, AnomalyModel, read_anomaly
from scantally.detector.models.reference import Reference
from scantally.detector.types import Document, Group

DEFAULT_PACKAGE = "cargo"
CHECKSUMS = "SHA256SUMS"
REQUIRED = ("model.onnx", "card.yaml")
REFERENCE = "reference.json"
WEIGHTS = "weights.npz"
MAX_FILE_BYTES = 512 * 1024**2

Probability = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
"""A name that is a folder's name too."""


class LabelCard(Document):
    """One label, in the order of the network's outputs."""

    name: Name
    group: Group
    threshold: Probability = 0.25
    """Probability from which a detection is passed on; the site's configuration says from which it counts as sure."""
    a: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    b: Finite = 0.0
    """Calibration: probability = sigmoid(a * logit(score) + b)."""
    passes: tuple[Literal["scout", "detail"], ...] = Field(default=("scout",), min_length=1)


class Card(Document):
    """What a package says of itself."""

    schema_: Literal[1] = Field(alias="schema")
    name: Name
    version: Name
    description: str
    licence: str
    encoding: str
    scout_height: int = Field(gt=0, le=4096)
    detail_pitch_mm: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    labels: tuple[LabelCard, ...] = Field(min_length=1)
    training: dict[str, JsonValue] = Field(default_factory=dict)
    export: dict[str, JsonValue] = Field(default_factory=dict)
    """How closely the network's file reproduces the trained weights: the figures of the gates that it passed."""
    calibration: dict[str, JsonValue] = Field(default_factory=dict)
    """What calibrations, thresholds and ``reference.json`` were fitted on, and how well."""
    measured: tuple[dict[str, JsonValue], ...] = ()
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A package that was read whole and whose files are what its checksums say."""

    path: Path
    card: Card
    model: bytes
    sha256: str
    reference: Reference | None = None
    """Statistics of the scans that it was calibrated on; None where it was not."""
    anomaly: AnomalyModel | None = None
    """What finds anomalies in the maps of this network; None where nothing was fitted."""

    @property
    def title(self) -> str:
        """NAME/VERSION."""
        return f"{self.card.name}/{self.card.version}"


def open_package(path: Path) -> Package:
    """Read and verify the package in ``path`` (NAME/VERSION, or NAME that holds one version).

    Raises:
        PackageError: a file is missing, altered, not listed, or does not fit this version of Scantally.
    """
    folder = _version_folder(path)
    listed = _checksums(folder)
    for name in REQUIRED:
        if name not in listed:
            raise PackageError(str(folder), f"expected '{name}' in {CHECKSUMS}")
    contents = {name: _verified(folder / name, digest) for name, digest in sorted(listed.items())}
    strangers = sorted({p.name for p in _entries(folder)} - set(listed) - {CHECKSUMS})
    if strangers:
        raise PackageError(str(folder), f"'{strangers[0]}' is not listed in {CHECKSUMS}")
    card_path = str(folder / "card.yaml")
    card = parse_yaml(contents["card.yaml"], card_path, Card, PackageError)
    if card.encoding not in RECIPES:
        raise PackageError(card_path, f"encoding '{card.encoding}' is unknown to this version of Scantally")
    if len({x.name for x in card.labels}) != len(card.labels):
        raise PackageError(card_path, "a label stands twice in 'labels'")
    return Package(
        path=folder,
        card=card,
        model=contents["model.onnx"],
        sha256=_digest_of_all(contents),
        reference=_reference(contents, folder),
        anomaly=read_anomaly(contents[ANOMALY], str(folder / ANOMALY)) if ANOMALY in contents else None,
    )


def default_package() -> Path:
    """The folder of the package that is installed with Scantally."""
    return Path(str(resources.files("scantally.detector.packages"))) / DEFAULT_PACKAGE


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS over every file of ``folder``."""
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != CHECKSUMS)
    lines = [f"{sha256((folder / name).read_bytes())}  {name}\n" for name in names]
    (folder / CHECKSUMS).write_text("".join(lines))


def _reference(contents: dict[str, bytes], folder: Path) -> Reference | None:
    raw = contents.get(REFERENCE)
    if raw is None:
        return None
    try:
        return Reference.model_validate_json(raw)
    except ValidationError as e:
        raise PackageError(str(folder / REFERENCE), first_problem(e)) from e


def _version_folder(path: Path) -> Path:
    entries = _entries(path)
    if {CHECKSUMS, "card.yaml"} & {p.name for p in entries}:
        return path
    versions = sorted(p for p in entries if (p / CHECKSUMS).is_file())
    if len(versions) != 1:
        raise PackageError(str(path), f"expected one model package NAME/VERSION, found {len(versions)} versions here")
    return versions[0]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError as e:
        raise PackageError(str(folder), "no such folder") from e
    except NotADirectoryError as e:
        raise PackageError(str(folder), "expected the folder of a model package") from e
    except OSError as e:
        raise PackageError(str(folder), f"cannot be read: {e.strerror or e}") from e


def _checksums(folder: Path) -> dict[str, str]:
    """Lines of ``sha256sum``: digest, two spaces, name."""
    path = folder / CHECKSUMS
    raw = read_bytes(path, PackageError, MAX_FILE_BYTES)
    listed: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or Path(name).name != name or name in listed:
            raise PackageError(str(path), f"line {number}: expected a SHA-256, two spaces and a file's name")
        listed[name] = digest
    return listed


def _verified(path: Path, digest: str) -> bytes:
    raw = read_bytes(path, PackageError, MAX_FILE_BYTES)
    if sha256(raw) != digest:
        raise PackageError(str(path), f"was altered: its SHA-256 is not the one in {CHECKSUMS}")
    return raw


def _digest_of_all(contents: dict[str, bytes]) -> str:
    """One SHA-256 over every file's name and bytes, in order of names."""
    total = hashlib.sha256()
    for name, raw in sorted(contents.items()):
        total.update(f"{name}\0{len(raw)}\0".encode())
        total.update(raw)
    return total.hexdigest()
