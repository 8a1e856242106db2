"""Reading the project's and the site's own files: YAML or JSON in, a checked document out."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from scantally.detector.errors import ConfigError, InputError

Model = TypeVar("Model", bound=BaseModel)

MAX_CONFIG_BYTES = 4 * 1024 * 1024

MOST_REPEATED = 100_000
"""Values that the aliases of one YAML file may stand for; nine lines of aliases can stand for more than fit into memory."""

BRIEF = 60
"""Characters of a value in a message."""


def brief(value: object) -> str:
    """A value for a message, cut. The whole is never written out: aliases make a small file hold a very large value."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > BRIEF:
            return text[: BRIEF - 3] + "..."
    return text


def _pieces(value: object) -> Iterator[str]:
    """What ``repr`` would write, bit by bit; of long texts and numbers more than a message shows."""
    if type(value) is dict:
        yield "{"
        for number, (key, item) in enumerate(value.items()):
            yield ", " if number else ""
            yield from _pieces(key)
            yield ": "
            yield from _pieces(item)
        yield "}"
    elif type(value) is list:
        yield "["
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _pieces(item)
        yield "]"
    elif isinstance(value, int) and value.bit_length() > 4 * BRIEF:
        # Python refuses to write very long whole numbers out in decimals.
        yield hex(value >> (value.bit_length() - 4 * BRIEF)) + "..."
    else:
        yield repr(value[: 2 * BRIEF] if isinstance(value, str | bytes) else value)


def load_yaml(text: str) -> Any:  # noqa: ANN401 (what YAML holds)
    """YAML of any form, in which each key stands once and aliases repeat no more than a bounded number of values.

    Raises:
        yaml.YAMLError, RecursionError, ValueError: no YAML, a key that stands twice, or values that would grow beyond the bound.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        sizes: dict[yaml.Node, int] = {}
        if _size(node, sizes) > len(sizes) + MOST_REPEATED:
            raise ValueError(f"its aliases repeat more than {MOST_REPEATED:,} values")
        for inner in sizes:
            if isinstance(inner, yaml.MappingNode):
                _refuse_twice(inner, loader)
        return loader.construct_document(node)
    except (ArithmeticError, AttributeError, LookupError, TypeError) as e:
        # PyYAML lets such faults through where a value is none of its tag: ``!!bool foo``, ``!!int ''``, ``!!set a: 1``.
        raise ValueError("a value does not fit its tag, such as !!bool or !!timestamp") from e
    finally:
        loader.dispose()


def _size(node: yaml.Node, sizes: dict[yaml.Node, int]) -> int:
    """How many values a node stands for, aliases written out."""
    if node not in sizes:
        sizes[node] = 0  # inside itself a node counts for nothing: it is the same value and not a copy
        below = [node.value] if isinstance(node, yaml.SequenceNode) else node.value
        inner = [part for pair in below for part in pair] if isinstance(node, yaml.CollectionNode) else []
        sizes[node] = 1 + sum(_size(part, sizes) for part in inner)
    return sizes[node]


def _refuse_twice(node: yaml.MappingNode, loader: yaml.SafeLoader) -> None:
    """YAML 1.2.2, section 3.2.1.1, wants keys that differ; PyYAML takes the last one and says nothing of the others.

    Keys are alike where Python takes them for one (``0`` and ``00``). What ``<<`` brings in may be written over.
    """
    lines: dict[object, int] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            value, line = loader.construct_object(key), key.start_mark.line + 1
            if value in lines:
                raise ValueError(f"key {brief(value)} stands twice, in lines {lines[value]} and {line}")
            lines[value] = line


def first_problem(error: ValidationError) -> str:
    """The first fault of a pydantic error with its path: ``lines[2].gross_mass_kg: expected ..., got ...``."""
    faults = error.errors(include_url=False)
    fault = faults[0]
    path = _path(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{path}'"
    if fault["type"] == "missing":
        beside = [x["loc"] for x in faults if x["type"] == "extra_forbidden" and x["loc"][:-1] == fault["loc"][:-1]]
        # Misspelt, perhaps: the one is missing because the other is not known.
        return f"key '{path}' is missing" + (f", and key '{_path(beside[0])}' is unknown" if beside else "")
    if fault["type"] == "string_type" and fault["loc"][-1] == "[key]":
        # YAML takes what looks like a number, a date or yes and no for one.
        return f"{_path(fault['loc'][:-1])}: expected text as a key, got {brief(fault['input'])}: put it in quotes"
    message = fault["msg"][0].lower() + fault["msg"][1:]
    if not path:  # of the document as a whole, which nobody wants to read again
        return f"document: {message}"
    return f"{path}: {message}, got {brief(fault['input'])}"


def _path(places: tuple[int | str, ...]) -> str:
    """``lines[2].gross_mass_kg``."""
    path = ""
    for part in places:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def parse_yaml(raw: bytes, source: str, model: type[Model], error: type[InputError] = ConfigError) -> Model:
    """Parse YAML into a document.

    Raises:
        InputError: of the class ``error``, naming ``source`` and the first fault.
    """
    if len(raw) > MAX_CONFIG_BYTES:
        raise error(source, f"{len(raw)} bytes is too large for a configuration file (at most {MAX_CONFIG_BYTES})")
    try:
        value = load_yaml(raw.decode("utf-8-sig"))
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


def parse_json(raw: bytes, source: str, error: type[InputError] = InputError) -> Any:  # noqa: ANN401 (what JSON holds)
    """JSON of any form, in whose objects each key stands once.

    Raises:
        InputError: of the class ``error``: no JSON, and where; or a key that stands twice, for readers differ in which they take.
    """

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise error(source, f"expected each key once: {_twice(pairs)} stands twice in {brief(found)}")
        return found

    try:
        return json.loads(raw, object_pairs_hook=whole)
    except json.JSONDecodeError as e:
        raise error(source, f"expected JSON: {e.msg} at line {e.lineno} column {e.colno}") from e
    except (UnicodeDecodeError, RecursionError, ValueError) as e:
        raise error(source, f"expected JSON: {e}") from e


def refuse_keys_twice(raw: bytes, source: str, error: type[InputError] = InputError) -> None:
    """Refuse JSON in which a key stands twice, before a reader that says nothing of it; any other fault is left to that reader.

    Raises:
        InputError: of the class ``error``, naming the key.
    """

    def look(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) < len(pairs):
            raise error(source, f"expected each key once: {_twice(pairs)} stands twice in {brief(dict(pairs))}")

    with suppress(ValueError, RecursionError):
        json.loads(raw, object_pairs_hook=look)


def _twice(pairs: list[tuple[str, Any]]) -> str:
    often = Counter(key for key, _ in pairs)
    return brief(next(key for key in often if often[key] > 1))


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
