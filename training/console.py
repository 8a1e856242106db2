"""What the commands of training and evaluation share: progress on stderr, files that are written, extras that are missing."""

from importlib import util
from pathlib import Path

import typer

from scantally.detector.errors import ConfigError, MissingExtraError


def say(text: str) -> None:
    """A line on stderr."""
    typer.echo(text, err=True)


def write(path: Path, text: str) -> None:
    """Write a file that an option names.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        path.write_text(text)
    except OSError as e:
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e


def require(what: str, *libraries: str) -> None:
    """Say which extra is missing instead of failing inside an import.

    Raises:
        MissingExtraError: one of the libraries is not installed.
    """
    for name in libraries:
        if util.find_spec(name) is None:
            raise MissingExtraError(f"{what} ({name})", "train")
