"""Datasets that appear whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scantally.datasets.dataset import IMAGES, is_dataset, read_dataset
from scantally.detector.errors import ConfigError


def refuse_occupied(out: Path, made_by: str) -> None:
    """Raise ConfigError where ``out`` holds something; ``made_by`` is the layout or the way that the new dataset comes from."""
    if is_dataset(out):
        there = read_dataset(out)
        what = f"the dataset '{there.info.name}' ({there.info.imported_as}, {len(there.images)} pictures)"
        same = "was imported here before" if there.info.imported_as == made_by else "stands here"
        raise ConfigError(str(out), f"{what} {same}: remove the folder to import it anew, or name another")
    if os.path.exists(out) and (not out.is_dir() or any(out.iterdir())):  # noqa: PTH110 (Path.exists raises where a name is too long)
        raise ConfigError(str(out), "expected a folder that is empty or not there yet")


@contextmanager
def written_whole(out: Path) -> Iterator[Path]:
    """The folder to write a dataset to, ``OUT.part`` with ``images``; it becomes ``out`` at the end, and goes where something fails.

    Raises:
        ConfigError: it cannot be made, or is there already.
    """
    part = _reserve(out)
    try:
        yield part
        part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _reserve(out: Path) -> Path:
    part = out.with_name(out.name + ".part")
    try:
        if part.parent.exists() and not part.parent.is_dir():
            raise ConfigError(str(part.parent), "expected a folder to write to, this is a file")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        (part / IMAGES).mkdir()
    except FileExistsError as e:
        problem = "another import writes here, or one was killed: remove this folder if none is running"
        raise ConfigError(str(part), problem) from e
    except OSError as e:
        raise ConfigError(str(part), f"cannot be made: {e.strerror or e}") from e
    return part
