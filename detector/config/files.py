"""Reading the project's and the site's own files: YAML in, a checked document out."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from scantally.detector.errors import ConfigError, InputError

Model = TypeVar("Model", bound=BaseModel)

MAX_CONFIG_BYTES = 4 * 1024 * 1024


def first_problem(error: ValidationError) -> str:
    """The first fault of a pydantic error with its path: ``lines[2].gross_mass_kg: expected ..., got ...``."""
    fault = error.errors(include_url=False)[0]
    path = ""
    for part in fault["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{path}'"
    if fault["type"] == "missing":
        return f"key '{path}' is missing"
    message = fault["msg"][0].lower() + fault["msg"][1:]
    got = repr(fault["input"])
    return f"{path or 'document'}: {message}, got {got if len(got) <= 60 else got[:57] + '...'}"


def parse_yaml(raw: bytes, source: str, model: type[Model], error: type[InputError] = ConfigError) -> Model:
    """Parse YAML into a document.

    Raises:
        InputError: of the class ``error``, naming ``source`` and the first fault.
    """
    if len(raw) > MAX_CONFIG_BYTES:
        raise error(source, f"{len(raw)} bytes is too large for a configuration file (at most {MAX_CONFIG_BYTES})")
    try:
        value = yaml.safe_load(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        raise error(source, f"expected UTF-8 text: {e.reason} at byte {e.start}") from e
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise error(source, f"expected YAML: {e}") from e
    if not isinstance(value, dict):
        raise error(source, f"expected a mapping of keys to values, got {type(value).__name__}")
    try:
        return model.model_validate(value)
    except ValidationError as e:
        raise error(source, first_problem(e)) from e


def read_bytes(path: Path, error: type[InputError] = ConfigError, limit: int | None = None) -> bytes:
    """All bytes of a file.

    Raises:
        InputError: of the class ``error``, when the file is missing, unreadable, not a file, empty or over ``limit`` bytes.
    """
    try:
        if not path.is_file():
            raise error(str(path), "expected a file" if path.exists() else "no such file")
        if limit is not None and path.stat().st_size > limit:
            raise error(str(path), f"{path.stat().st_size} bytes is over the limit of {limit} bytes")
        raw = path.read_bytes()
    except OSError as e:
        raise error(str(path), f"cannot be read: {e.strerror or e}") from e
    if not raw:
        raise error(str(path), "the file is empty (0 bytes)")
    return raw


def shipped(name: str) -> bytes:
    """Bytes of a file below ``configs/`` as it was installed."""
    return resources.files("scantally.configs").joinpath(name).read_bytes()


def sha256(raw: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(raw).hexdigest()
