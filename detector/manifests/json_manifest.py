"""Scantally's own manifest JSON: exactly the keys of ``Manifest``, or ``{"containers": [...]}`` of such objects.

Values are taken at their word: a mass written as text, a number for a flag, an unknown or repeated key are errors.
"""

import json
import re
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import Reading, refuse_many_lines, shown
from scantally.detector.manifests.text import decode
from scantally.detector.types import Document, Manifest, ManifestLine

MAX_DIGITS = 15
"""Of a whole number: every such number is exact as a float too."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

# pydantic's kinds of fault, as what was expected instead.
_EXPECTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "string_unicode": "valid Unicode text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "greater_than_equal": "0 or more",
    "finite_number": "a finite number",
}


class _Several(Document):
    """A file with several containers."""

    containers: tuple[Manifest, ...]


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read manifest JSON. ``limits`` and ``columns`` are part of every reader's signature and not needed here.

    Raises:
        ManifestError: with the path of the first fault, such as ``lines[2].gross_mass_kg: expected a number, got '5'``.
    """
    value = _load(decode(raw, source), source)
    if not isinstance(value, dict):
        raise ManifestError(source, f"expected a JSON object with the key 'lines' or 'containers', got {_kind(value)}")
    refuse_many_lines(_count_lines(value), source)
    try:
        if "containers" in value:
            return Reading(containers=_some(_Several.model_validate(value, strict=True).containers, source))
        return Reading(containers=(Manifest.model_validate(value, strict=True),))
    except ValidationError as e:
        raise ManifestError(source, _sentence(e.errors(include_url=False)[0])) from e


def write_json(manifest: Manifest) -> bytes:
    """Canonical JSON of one manifest: UTF-8, keys in the order of the document, what is unknown left out."""
    value = manifest.model_dump(mode="json", exclude_none=True)
    if not manifest.seals:
        del value["seals"]
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()


def _load(text: str, source: str) -> object:
    def refuse_constant(name: str) -> NoReturn:
        raise ManifestError(source, f"expected JSON: {name} is not a number there")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise ManifestError(source, f"key {shown(key)} stands twice in one object")
            seen[key] = tuple(value) if isinstance(value, list) else value  # what strict documents ask for
        return seen

    def ordinary(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise ManifestError(
                source, f"expected whole numbers of at most {MAX_DIGITS} digits, got one of {len(digits)}"
            )
        return int(digits)

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant, parse_int=ordinary)
    except json.JSONDecodeError as e:
        raise ManifestError(source, f"expected JSON: {e.msg} at line {e.lineno} column {e.colno}") from e
    except RecursionError as e:
        raise ManifestError(source, "expected JSON of a few levels: it is nested too deep") from e
    _refuse_half_characters(value, text, source)
    return value


def _refuse_half_characters(value: object, text: str, source: str) -> None:
    """Half of a character outside the basic plane, written as an escape, is no text and could not be written back."""
    if _SURROGATE.search(text) is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as e:
        half = f"\\u{ord(e.object[e.start]):04x}"
        raise ManifestError(source, f"expected valid Unicode text: the escape {half} stands alone") from e


def _count_lines(value: dict[str, Any]) -> int:
    """Lines of goods, and containers, that a not yet checked value claims to hold."""
    several = value.get("containers")
    objects = several if isinstance(several, tuple) else (value,)
    lines = [o.get("lines") for o in objects if isinstance(o, dict)]
    return len(objects) - 1 + sum(len(each) for each in lines if isinstance(each, tuple))


def _some(containers: tuple[Manifest, ...], source: str) -> tuple[Manifest, ...]:
    if not containers:
        raise ManifestError(source, "containers: expected at least one container, got an empty list")
    return containers


def _sentence(fault: ErrorDetails) -> str:
    path = _path(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{path}' (known here: {', '.join(_known(fault['loc']))})"
    if fault["type"] == "missing":
        return f"key '{path}' is missing"
    expected = _EXPECTED.get(fault["type"], fault["msg"])
    return f"{path}: expected {expected}, got {_kind(fault['input'])}"


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    # A key comes from the file: it may be a novel.
    return path if len(path) <= 120 else path[:117] + "..."


def _known(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the object at ``loc`` may have."""
    inside = [part for part in loc[:-1] if isinstance(part, str)]
    document: type[Document] = Manifest
    if inside[-1:] == ["lines"]:
        document = ManifestLine
    elif len(loc) == 1:
        return [*Manifest.model_fields, "containers"]
    return list(document.model_fields)


def _kind(value: object) -> str:
    """A value as JSON calls it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown(value)
