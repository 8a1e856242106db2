"""Weights files (.pt): known to be such before a training or an export rests on them."""

import zipfile
from pathlib import Path

from scantally.detector.errors import ConfigError


def require_weights(path: Path, why: str) -> None:
    """Refuse what cannot be weights.

    Args:
        path: the file; torch writes a ZIP archive.
        why: who asks for it, for the error.

    Raises:
        ConfigError: no such file, or no weights.
    """
    try:
        if not path.is_file():
            raise ConfigError(str(path), f"no such file: expected {why}")
        if not zipfile.is_zipfile(path):
            raise ConfigError(str(path), f"not a file of PyTorch weights: expected {why}")
    except OSError as e:
        raise ConfigError(str(path), f"cannot be read: {e.strerror or e}") from e
