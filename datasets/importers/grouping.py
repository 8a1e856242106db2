"""Which pictures belong together: what a source says, what a pattern takes from the name, or each alone."""

import re
from pathlib import PurePosixPath

from scantally.datasets.importers.source import SourceImage
from scantally.detector.errors import ConfigError

ROBOFLOW = re.compile(r"^(.+)_(?:jpe?g|png|bmp|tiff?|webp)\.rf\.[0-9A-Za-z]+\.\w+$", re.IGNORECASE)
"""Roboflow names what it makes of ``a.jpg``, augmented copies too, ``a_jpg.rf.<hash>.jpg``."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern of ``--group-by``.

    Raises:
        ConfigError: no regular expression, or one without a group in round brackets.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as e:
        raise ConfigError("--group-by", f"expected a regular expression, got '{pattern}': {e}") from e
    if compiled.groups < 1:
        raise ConfigError("--group-by", f"expected a pattern with a group in round brackets, got '{pattern}'")
    return compiled


def group_of(image: SourceImage, pattern: re.Pattern[str] | None, alone: str) -> str:
    """The group of one picture; ``alone`` where nothing says one."""
    name = PurePosixPath(image.source).name
    if pattern is not None:
        found = pattern.search(name)
        return (found.group(1) if found else None) or alone
    if image.group is not None:
        return image.group
    found = ROBOFLOW.match(name)
    return found.group(1) if found else alone
