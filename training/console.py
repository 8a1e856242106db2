"""What the commands of training and evaluation share: progress on stderr, files that are written, extras that are missing."""

import os
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path

import typer

from scantally.datasets.halves import HALVES, Half
from scantally.detector.errors import ConfigError, MissingExtraError


def say(text: str) -> None:
    """A line on stderr."""
    typer.echo(text, err=True)


def write(path: Path, text: str) -> None:
    """Write a file that an option names, whole or not at all; into a pipe or a device as it comes.

    Raises:
        ConfigError: it cannot be written.
    """
    from scantally.datasets.simulator.files import write_whole

    if path.is_file() or not path.exists():
        write_whole(path.resolve(), text.encode(), durable=True)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e


def require_files(outputs: Mapping[str, Path | None]) -> None:
    """Refuse, before long work begins, files that could not be written: by their options.

    Raises:
        ConfigError: one is a folder, or its folder is not there, is none, or cannot be written to.
    """
    for option, path in outputs.items():
        if path is None:
            continue
        folder = path.parent
        if path.is_dir():
            raise ConfigError(option, f"{path}: expected a file, this is a folder")
        if not folder.exists():
            raise ConfigError(option, f"{folder}: no such folder to write {path.name} into")
        if not folder.is_dir():
            raise ConfigError(option, f"{folder}: expected a folder to write {path.name} into, this is a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(option, f"{folder}: cannot be written to")


def require_folders(outputs: Mapping[str, Path | None]) -> None:
    """Refuse, before long work begins, folders that could not be made or written to: by their options.

    Raises:
        ConfigError: one is a file or lies below one, or it cannot be written to.
    """
    for option, path in outputs.items():
        if path is None:
            continue
        there = next(place for place in (path, *path.absolute().parents) if place.exists())
        if not there.is_dir():
            what = "this is a file" if there == path else f"{there} is a file"
            raise ConfigError(option, f"{path}: expected a folder, {what}")
        if not os.access(there, os.W_OK | os.X_OK):
            raise ConfigError(option, f"{there}: cannot be written to")


def require_apart(outputs: Mapping[str, Path | None], inputs: Sequence[Path | None]) -> None:
    """Refuse to write over what is read: outputs by their options.

    Raises:
        ConfigError: one is an input, lies in an input's folder, or is another output.
    """
    read = [path.resolve() for path in inputs if path is not None]
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        place = path.resolve()
        for source in read:
            if place == source or source in place.parents:
                raise ConfigError(
                    option, f"{path} would be written over or into the input {source}: expected another place"
                )
        if place in taken:
            raise ConfigError(option, f"{path} is written by {taken[place]} too: expected another file")
        taken[place] = option


def chosen_half(name: str | None) -> Half | None:
    """The half of real scans that ``--half`` names; None where it was not given.

    Raises:
        ConfigError: there is no such half.
    """
    chosen = next((half for half in HALVES if half == name), None)
    if name is not None and chosen is None:
        raise ConfigError("--half", f"expected {' or '.join(HALVES)}, got '{name}'")
    return chosen


def require(what: str, *libraries: str) -> None:
    """Say which extra is missing instead of failing inside an import.

    Raises:
        MissingExtraError: one of the libraries is not installed.
    """
    for name in libraries:
        if util.find_spec(name) is None:
            raise MissingExtraError(f"{what} ({name})", "train")
