"""Writing a version of a model package: whole or not at all, and never over one that exists."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.models.package import Card, write_checksums

SIMULATED_LIMIT = "Figures on simulated scans do not carry over to real ones."
"""Stands among the limits of every card that has figures of simulated scans, whoever wrote it."""


def version_folder(out: Path, card: Card) -> Path:
    """NAME/VERSION below ``out``, which must not exist yet.

    Raises:
        PackageError: it does.
    """
    folder = out / card.name / card.version
    if folder.exists():
        raise PackageError(str(folder), "exists already: a version of a package is never changed, choose another")
    return folder


def write_version(out: Path, card: Card, files: Mapping[str, bytes]) -> Path:
    """Write the package NAME/VERSION with its card, these files and their checksums; returns its folder.

    Raises:
        ConfigError: ``out`` cannot be written.
        PackageError: the version exists already.
    """
    folder = version_folder(out, card)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as scratch:
            new = Path(scratch) / "package"
            new.mkdir()
            for name, raw in files.items():
                (new / name).write_bytes(raw)
            write_card(new / "card.yaml", with_limits(card))
            write_checksums(new)
            folder.parent.mkdir(parents=True, exist_ok=True)
            new.rename(folder)
    except OSError as e:
        raise ConfigError(str(out), f"cannot be written: {e.strerror or e}") from e
    return folder


def write_card(path: Path, card: Card) -> None:
    """Write a card as YAML in the order of its fields."""
    document = card.model_dump(mode="json", by_alias=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")


def with_limits(card: Card) -> Card:
    """The card with the limit that its figures bring with them, where it does not say it already."""
    kinds = [str(x.get("kind", "")) for x in (*card.measured, card.calibration, card.export)]
    if not any("simulated" in kind for kind in kinds) or any(SIMULATED_LIMIT in said for said in card.fails):
        return card
    return card.model_copy(update={"fails": (*card.fails, SIMULATED_LIMIT)})
